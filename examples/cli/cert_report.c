/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cert_report.h"

#include <stdlib.h>
#include <string.h>

#include "io.h"
#include "json.h"

static const struct {
    int field;
    bool lines; /* any number of values, one a line */
    const char *title;
    const char *member;
} fields[] = {{SMIMEGW_CERT_SUBJECT, false, "subject", "subject"},
              {SMIMEGW_CERT_ADDRESSES, false, "addresses", "addresses"},
              {SMIMEGW_CERT_DOMAINS, false, "domains", "domains"},
              {SMIMEGW_CERT_ISSUER, false, "issuer", "issuer"},
              {SMIMEGW_CERT_SERIAL, false, "serial", "serial"},
              {SMIMEGW_CERT_NOT_BEFORE, false, "valid from", "not_before"},
              {SMIMEGW_CERT_NOT_AFTER, false, "valid until", "not_after"},
              {SMIMEGW_CERT_KEY, false, "key", "key"},
              {SMIMEGW_CERT_KEY_USAGE, false, "key usage", "key_usage"},
              {SMIMEGW_CERT_PURPOSES, false, "purposes", "purposes"},
              {SMIMEGW_CERT_SIGNATURE, false, "signed with", "signature"},
              {SMIMEGW_CERT_KEY_ID, false, "key id", "key_id"},
              {SMIMEGW_CERT_FINGERPRINT, false, "SHA-256", "fingerprint"},
              {SMIMEGW_CERT_OCSP_URLS, true, "OCSP at", "ocsp_urls"},
              {SMIMEGW_CERT_ISSUER_URLS, true, "issuer at", "issuer_urls"},
              {SMIMEGW_CERT_CRL_URLS, true, "CRL at", "crl_urls"}};

enum { FIELDS = sizeof(fields) / sizeof(fields[0]) };

static const char *const severities[] = {[SMIMEGW_LINT_NOTE] = "note",
                                         [SMIMEGW_LINT_WARNING] = "warning",
                                         [SMIMEGW_LINT_ERROR] = "error"};

static const char *severity_name(int severity)
{
    bool known = severity > 0 && (size_t)severity < sizeof(severities) / sizeof(severities[0]);
    return known ? severities[severity] : "unknown";
}

void cli_cert_print(FILE *stream, const struct smimegw_cert *cert)
{
    for (size_t index = 0; index < FIELDS; index++) {
        const char *text = smimegw_cert_text(cert, fields[index].field);
        while (*text != '\0') {
            size_t size = fields[index].lines ? strcspn(text, "\n") : strlen(text);
            fprintf(stream, "  %-12s ", fields[index].title);
            char *line = strndup(text, size);
            cli_print(stream, line == NULL ? "?" : line);
            free(line);
            fputc('\n', stream);
            text += size + (text[size] == '\n' ? 1 : 0);
        }
    }
}

static json_t *lines_json(const char *text)
{
    json_t *lines = json_array();
    while (lines != NULL && *text != '\0') {
        size_t size = strcspn(text, "\n");
        if (json_array_append_new(lines, json_stringn(text, size)) != 0) {
            json_decref(lines);
            return NULL;
        }
        text += size + (text[size] == '\n' ? 1 : 0);
    }
    return lines;
}

json_t *cli_cert_json(const struct smimegw_cert *cert)
{
    json_t *document = json_object();
    for (size_t index = 0; document != NULL && index < FIELDS; index++) {
        const char *text = smimegw_cert_text(cert, fields[index].field);
        json_t *value = fields[index].lines ? lines_json(text) : cli_json_text(text);
        if (json_object_set_new(document, fields[index].member, value) != 0) {
            json_decref(document);
            return NULL;
        }
    }
    return document;
}

void cli_lint_print(FILE *stream, const struct smimegw_lint *lint)
{
    for (size_t index = 0; index < smimegw_lint_count(lint); index++) {
        const char *severity = severity_name(smimegw_lint_severity(lint, index));
        fprintf(stream, "  %-12s %s: ", severity,
                smimegw_lint_name(smimegw_lint_code(lint, index), NULL));
        cli_print(stream, smimegw_lint_text(lint, index));
        fputc('\n', stream);
    }
}

json_t *cli_lint_json(const struct smimegw_lint *lint)
{
    json_t *findings = json_array();
    for (size_t index = 0; findings != NULL && index < smimegw_lint_count(lint); index++) {
        int code = smimegw_lint_code(lint, index);
        json_t *finding = json_pack("{s:i, s:s, s:s, s:o}", "code", code, "name",
                                    smimegw_lint_name(code, NULL), "severity",
                                    severity_name(smimegw_lint_severity(lint, index)), "text",
                                    cli_json_text(smimegw_lint_text(lint, index)));
        if (json_array_append_new(findings, finding) != 0) {
            json_decref(findings);
            return NULL;
        }
    }
    return findings;
}

static const char *summary(const struct smimegw_lint *lint)
{
    if (lint == NULL)
        return "issued another one of the file";
    if (cli_lint_has_errors(lint))
        return "does not meet the requirements";
    return smimegw_lint_count(lint) == 0 ? "nothing found" : "meets the requirements";
}

void cli_cert_report_print(const char *path, const struct smimegw_cert *cert,
                           const struct smimegw_lint *lint, bool all)
{
    cli_print(stdout, path);
    fputs(": ", stdout);
    cli_print(stdout, smimegw_cert_text(cert, SMIMEGW_CERT_SUBJECT));
    printf(": %s\n", summary(lint));
    if (all)
        cli_cert_print(stdout, cert);
    cli_lint_print(stdout, lint);
}

json_t *cli_cert_report_json(const char *path, const struct smimegw_cert *cert,
                             const struct smimegw_lint *lint)
{
    json_t *document = cli_cert_json(cert);
    if (document != NULL && json_object_set_new(document, "file", cli_json_text(path)) == 0 &&
        (lint == NULL || json_object_set_new(document, "findings", cli_lint_json(lint)) == 0))
        return document;
    json_decref(document);
    return NULL;
}

bool cli_lint_has_errors(const struct smimegw_lint *lint)
{
    /* The worst comes first. */
    return smimegw_lint_severity(lint, 0) == SMIMEGW_LINT_ERROR;
}
