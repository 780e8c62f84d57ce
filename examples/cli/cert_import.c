/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "cert_file.h"
#include "cert_report.h"
#include "json.h"
#include "session.h"

/* What is imported: an identity, or certificates alone. */
struct import {
    const char *path;
    char *target;
    struct cli_file file;
    struct smimegw_identity *identity;
    struct smimegw_cert_list *list;
    struct smimegw_lint *lint; /* of the identity's certificate */
    const char *failed;        /* which requirement was not met; NULL for none */
};

static bool is_pem_key(const struct cli_file *file)
{
    static const char label[] = " PRIVATE KEY-----";
    return cli_file_is_pem(file) &&
           memmem(file->data, file->size, label, strlen(label)) != NULL;
}

static int read_file(const struct cli_session *session, struct import *import)
{
    const struct cli_credentials *credentials = &session->credentials;
    int code = cli_file_load(&import->file, import->path);
    if (code != CLI_DONE)
        return code;
    if (credentials->certs.data == NULL && !is_pem_key(&import->file) &&
        smimegw_cert_list_new(import->file.data, import->file.size, &import->list, NULL) ==
            SMIMEGW_OK)
        return CLI_DONE;
    return cli_identity_read(credentials, import->path, &import->file, &import->identity);
}

/* Findings that --fqdn-check makes errors. */
static int check_domains(const char *which, const struct smimegw_lint *lint,
                         const char **failed)
{
    static const struct {
        const char *name;
        int codes[2];
    } checks[] = {{"none", {0, 0}},
                  {"common-name", {SMIMEGW_LINT_COMMON_NAME_FQDN, 0}},
                  {"domains", {SMIMEGW_LINT_DOMAIN_FQDN, 0}},
                  {"both", {SMIMEGW_LINT_COMMON_NAME_FQDN, SMIMEGW_LINT_DOMAIN_FQDN}}};
    size_t check = 0;
    while (check < sizeof(checks) / sizeof(checks[0]) &&
           strcmp(checks[check].name, which) != 0)
        check++;
    if (check == sizeof(checks) / sizeof(checks[0]))
        return cli_fail(CLI_USAGE,
                        "--fqdn-check %s: none, common-name, domains or both is due", which);
    for (size_t index = 0; index < smimegw_lint_count(lint); index++) {
        int code = smimegw_lint_code(lint, index);
        if (code == checks[check].codes[0] || code == checks[check].codes[1])
            *failed = "a name is no full domain name";
    }
    return CLI_DONE;
}

static int check_identity(const struct cli_session *session, struct import *import)
{
    uint32_t use = 0;
    int64_t time = -1;
    struct smimegw_error *error = NULL;
    const char *which = cli_list_first(&session->options->fqdn_check);
    int code = cli_options_use(session->options, &use);
    if (code == CLI_DONE)
        code = cli_time_parse(cli_list_first(&session->options->time), &time);
    if (code == CLI_DONE && import->identity != NULL &&
        smimegw_cert_lint(smimegw_identity_cert(import->identity), use, time, &import->lint,
                          &error) != SMIMEGW_OK)
        code = cli_fail_error(CLI_TROUBLE, import->path, error);
    if (cli_lint_has_errors(import->lint))
        import->failed = "does not meet the requirements";
    if (code == CLI_DONE && which != NULL)
        code = check_domains(which, import->lint, &import->failed);
    return code;
}

static const struct smimegw_cert *get_cert(const struct import *import, size_t index)
{
    const struct cli_cert_file file = {import->list, import->identity};
    return cli_cert_file_get(&file, index);
}

static int report(const struct import *import, bool json)
{
    const struct smimegw_cert *cert;
    json_t *documents = json ? json_array() : NULL;
    int result = 0;
    for (size_t index = 0; result == 0 && (cert = get_cert(import, index)) != NULL; index++) {
        const struct smimegw_lint *lint = index == 0 ? import->lint : NULL;
        if (json)
            result = json_array_append_new(documents,
                                           cli_cert_report_json(import->path, cert, lint));
        else
            cli_cert_report_print(import->path, cert, lint, true);
    }
    if (!json)
        return CLI_DONE;
    if (result != 0) {
        json_decref(documents);
        return cli_fail(CLI_TROUBLE, "out of memory");
    }
    return cli_json_print(json_pack("{s:o, s:b, s:b}", "certificates", documents,
                                    "private_key", (int)(import->identity != NULL), "accepted",
                                    (int)(import->failed == NULL)));
}

static int append(struct smimegw_buffer *buffer, const void *data, size_t size)
{
    return smimegw_buffer_write(buffer, data, size) == SMIMEGW_OK
               ? CLI_DONE
               : cli_fail(CLI_TROUBLE, "out of memory");
}

static int append_pem(struct smimegw_buffer *buffer, const struct smimegw_cert_list *list)
{
    int code = CLI_DONE;
    for (size_t index = 0; code == CLI_DONE && index < smimegw_cert_list_count(list);
         index++) {
        struct smimegw_buffer *pem = NULL;
        struct smimegw_error *error = NULL;
        if (smimegw_cert_pem(smimegw_cert_list_get(list, index), &pem, &error) != SMIMEGW_OK)
            return cli_fail_error(CLI_TROUBLE, "certificate", error);
        code = append(buffer, smimegw_buffer_data(pem), smimegw_buffer_size(pem));
        smimegw_buffer_free(pem);
    }
    return code;
}

/* A key and its certificates, which came apart, in one file. */
static int join(const struct cli_session *session, const struct import *import,
                struct smimegw_buffer *buffer)
{
    struct smimegw_cert_list *list = NULL;
    struct smimegw_error *error = NULL;
    const struct cli_file *certs = &session->credentials.certs;
    if (!is_pem_key(&import->file))
        return cli_fail(CLI_TROUBLE, "%s: with --cert the private key must be PEM to be kept",
                        import->path);
    if (smimegw_cert_list_new(certs->data, certs->size, &list, &error) != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, session->options->cert.items[0], error);
    int code = append(buffer, import->file.data, import->file.size);
    if (code == CLI_DONE)
        code = append(buffer, "\n", 1);
    if (code == CLI_DONE)
        code = append_pem(buffer, list);
    smimegw_cert_list_free(list);
    return code;
}

static int keep(const struct cli_session *session, const struct import *import)
{
    struct smimegw_buffer *buffer = NULL;
    struct smimegw_error *error = NULL;
    int kind = import->identity != NULL ? CLI_OUTPUT_PRIVATE : 0;
    if (session->options->force.count == 0)
        kind |= CLI_OUTPUT_NEW;
    if (import->identity != NULL && session->credentials.certs.data == NULL)
        return cli_output_save(import->target, kind, import->file.data, import->file.size);
    if (smimegw_buffer_new(0, &buffer, &error) != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, import->path, error);
    int code = import->identity == NULL ? append_pem(buffer, import->list)
                                        : join(session, import, buffer);
    if (code == CLI_DONE)
        code = cli_output_save(import->target, kind, smimegw_buffer_data(buffer),
                               smimegw_buffer_size(buffer));
    smimegw_buffer_free(buffer);
    return code;
}

/* --name is a name, not a way out of the folder. */
static bool is_name(const char *name)
{
    if (*name == '\0' || *name == '.' || strlen(name) > 200)
        return false;
    for (const char *byte = name; *byte != '\0'; byte++)
        if (*byte == '/' || (unsigned char)*byte < 0x20 || *byte == 0x7f)
            return false;
    return true;
}

static int find_target(const struct cli_options *options, struct import *import)
{
    const char *output = cli_list_first(&options->output);
    const char *folder = cli_list_first(&options->store);
    const char *name = cli_list_first(&options->name);
    if ((output == NULL) == (folder == NULL) || (folder == NULL) != (name == NULL))
        return cli_fail(CLI_USAGE, "cert import needs -o, or --store and --name");
    if (name != NULL && !is_name(name))
        return cli_fail(CLI_USAGE, "--name: no slashes, no controls, no dot in front");
    const char *end =
        import->identity == NULL || cli_file_is_pem(&import->file) ? "pem" : "p12";
    int size = output != NULL ? asprintf(&import->target, "%s", output)
                              : asprintf(&import->target, "%s/%s.%s", folder, name, end);
    if (size >= 0)
        return CLI_DONE;
    import->target = NULL;
    return cli_fail(CLI_TROUBLE, "out of memory");
}

int cli_cert_import(struct cli_session *session)
{
    const struct cli_options *options = session->options;
    struct import import = {.path = options->input.items[0]};
    int code = read_file(session, &import);
    if (code == CLI_DONE)
        code = find_target(options, &import);
    if (code == CLI_DONE)
        code = check_identity(session, &import);
    if (code == CLI_DONE)
        code = report(&import, options->json.count != 0);
    if (code == CLI_DONE && import.failed != NULL && options->force.count == 0)
        code = cli_fail(CLI_NOT_PASSED, "%s: %s: not kept (--force keeps it)", import.path,
                        import.failed);
    if (code == CLI_DONE)
        code = keep(session, &import);
    cli_file_clear(&import.file);
    smimegw_lint_free(import.lint);
    smimegw_cert_list_free(import.list);
    smimegw_identity_unref(import.identity);
    free(import.target);
    return code;
}
