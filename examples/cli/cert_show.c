/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "cert_file.h"
#include "cert_report.h"
#include "json.h"
#include "session.h"

/* One run of show or lint over some files. */
struct showing {
    bool show; /* all, and not the findings only */
    bool json;
    uint32_t use;
    int64_t time;
    json_t *documents; /* one a certificate; NULL for text */
    json_t *issuers;   /* of the file at hand: the names of who issued another one of it */
    bool has_errors;
};

static int note_issuers(struct showing *showing, const struct cli_cert_file *file)
{
    const struct smimegw_cert *cert;
    json_object_clear(showing->issuers);
    for (size_t index = 0; (cert = cli_cert_file_get(file, index)) != NULL; index++) {
        const char *issuer = smimegw_cert_text(cert, SMIMEGW_CERT_ISSUER);
        bool is_own = strcmp(issuer, smimegw_cert_text(cert, SMIMEGW_CERT_SUBJECT)) == 0;
        if (!is_own && json_object_set_new(showing->issuers, issuer, json_true()) != 0)
            return cli_fail(CLI_TROUBLE, "out of memory");
    }
    return CLI_DONE;
}

static int show_one(struct showing *showing, const char *path, const struct smimegw_cert *cert)
{
    struct smimegw_lint *lint = NULL;
    struct smimegw_error *error = NULL;
    int code = CLI_DONE;
    bool is_issuer = json_object_get(showing->issuers,
                                     smimegw_cert_text(cert, SMIMEGW_CERT_SUBJECT)) != NULL;
    if (is_issuer && !showing->show)
        return CLI_DONE;
    if (!is_issuer &&
        smimegw_cert_lint(cert, showing->use, showing->time, &lint, &error) != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, path, error);
    showing->has_errors = showing->has_errors || cli_lint_has_errors(lint);
    if (!showing->json)
        cli_cert_report_print(path, cert, lint, showing->show);
    else if (json_array_append_new(showing->documents,
                                   cli_cert_report_json(path, cert, lint)) != 0)
        code = cli_fail(CLI_TROUBLE, "out of memory");
    smimegw_lint_free(lint);
    return code;
}

static int show_file(struct showing *showing, const char *path, const char *passphrase)
{
    struct cli_cert_file file;
    const struct smimegw_cert *cert;
    int code = cli_cert_file_load(&file, path, passphrase);
    if (code == CLI_DONE)
        code = note_issuers(showing, &file);
    for (size_t index = 0;
         code == CLI_DONE && (cert = cli_cert_file_get(&file, index)) != NULL; index++)
        code = show_one(showing, path, cert);
    cli_cert_file_clear(&file);
    return code;
}

static int show_all(struct cli_session *session, bool show)
{
    const struct cli_options *options = session->options;
    struct showing showing = {.show = show, .json = options->json.count != 0};
    int code = cli_options_use(options, &showing.use);
    if (code == CLI_DONE)
        code = cli_time_parse(cli_list_first(&options->time), &showing.time);
    if (code != CLI_DONE)
        return code;
    showing.documents = json_array();
    showing.issuers = json_object();
    if (showing.documents == NULL || showing.issuers == NULL)
        code = cli_fail(CLI_TROUBLE, "out of memory");
    for (size_t index = 0; code == CLI_DONE && index < options->input.count; index++)
        code = show_file(&showing, options->input.items[index],
                         session->credentials.passphrase.data);
    if (code == CLI_DONE && showing.json)
        code = cli_json_print(json_pack("{s:O}", "certificates", showing.documents));
    json_decref(showing.documents);
    json_decref(showing.issuers);
    return code == CLI_DONE && showing.has_errors && !show ? CLI_NOT_PASSED : code;
}

int cli_cert_show(struct cli_session *session)
{
    return show_all(session, true);
}

int cli_cert_lint(struct cli_session *session)
{
    return show_all(session, false);
}
