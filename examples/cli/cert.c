/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "cert_file.h"
#include "cert_report.h"
#include "json.h"
#include "session.h"

static int fail_template(const struct cli_session *session, int result,
                         struct smimegw_error *error)
{
    return cli_fail_error(result == SMIMEGW_E_SETTING ? CLI_USAGE : CLI_TROUBLE,
                          session->verb->name, error);
}

static int kind_of_output(const struct cli_session *session)
{
    return CLI_OUTPUT_PRIVATE | (session->options->force.count == 0 ? CLI_OUTPUT_NEW : 0);
}

/* The certificate that was made. */
static int report(const struct cli_session *session, const struct smimegw_cert *cert)
{
    const char *path = cli_list_first(&session->options->output);
    if (session->options->json.count != 0)
        return cli_json_print(cli_cert_report_json(path, cert, NULL));
    cli_print(stdout, path);
    puts(":");
    cli_cert_print(stdout, cert);
    return CLI_DONE;
}

/* The place first: a key that can't be kept need not be made. */
static int create(struct cli_session *session, struct cli_output *output,
                  struct smimegw_identity **ret_identity)
{
    struct smimegw_buffer *pem = NULL;
    struct smimegw_error *error = NULL;
    int64_t time = -1;
    const char *path = cli_list_first(&session->options->output);
    const char *passphrase = session->credentials.passphrase.data;
    int code = cli_time_parse(cli_list_first(&session->options->time), &time);
    if (code == CLI_DONE)
        code = cli_output_open(output, path, kind_of_output(session));
    if (code != CLI_DONE)
        return code;
    int result = smimegw_template_create(session->template, time, passphrase, &pem, &error);
    if (result != SMIMEGW_OK)
        return fail_template(session, result, error);
    if (smimegw_identity_new(smimegw_buffer_data(pem), smimegw_buffer_size(pem), passphrase,
                             ret_identity, &error) != SMIMEGW_OK)
        code = cli_fail_error(CLI_TROUBLE, session->verb->name, error);
    else if (smimegw_fd_write(&output->fd, smimegw_buffer_data(pem),
                              smimegw_buffer_size(pem)) != SMIMEGW_OK)
        code = cli_fail(CLI_TROUBLE, "%s: can't be written (disk full?)", path);
    smimegw_buffer_free(pem);
    return code == CLI_DONE ? cli_output_commit(output) : code;
}

int cli_cert_create(struct cli_session *session)
{
    struct cli_output output = {0};
    struct smimegw_identity *identity = NULL;
    int code = create(session, &output, &identity);
    cli_output_close(&output);
    if (code == CLI_DONE)
        code = report(session, smimegw_identity_cert(identity));
    smimegw_identity_unref(identity);
    return code;
}

int cli_cert_csr(struct cli_session *session)
{
    struct smimegw_buffer *pem = NULL;
    struct smimegw_error *error = NULL;
    int result =
        smimegw_template_request(session->template, session->identities[0], &pem, &error);
    if (result != SMIMEGW_OK)
        return fail_template(session, result, error);
    int code = cli_output_save(cli_list_first(&session->options->output), 0,
                               smimegw_buffer_data(pem), smimegw_buffer_size(pem));
    smimegw_buffer_free(pem);
    return code;
}

/* The block of the private key in a PEM file as it stands there; none elsewhere. */
static size_t find_key_block(const struct cli_file *file, const char **ret_block)
{
    static const char begin[] = "-----BEGIN ";
    static const char end[] = "\n-----END ";
    const char *at = file->data;
    *ret_block = "";
    while (at != NULL && (at = strstr(at, begin)) != NULL) {
        size_t head = strcspn(at, "\r\n");
        const char *stop = strstr(at, end);
        if (stop == NULL)
            return 0;
        stop += strlen(end) + strcspn(stop + strlen(end), "\r\n");
        *ret_block = at;
        if (memmem(at, head, " PRIVATE KEY-----", strlen(" PRIVATE KEY-----")) != NULL)
            return (size_t)(stop - at);
        at = stop;
    }
    return 0;
}

static int write_renewed(const struct cli_session *session, struct cli_output *output,
                         const struct smimegw_cert *cert)
{
    struct smimegw_buffer *pem = NULL;
    struct smimegw_error *error = NULL;
    const char *block = "";
    size_t size = find_key_block(&session->identity_file, &block);
    if (smimegw_cert_pem(cert, &pem, &error) != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, session->verb->name, error);
    int result = size == 0 ? SMIMEGW_OK : smimegw_fd_write(&output->fd, block, size);
    if (result == SMIMEGW_OK && size != 0)
        result = smimegw_fd_write(&output->fd, "\n", 1);
    if (result == SMIMEGW_OK)
        result =
            smimegw_fd_write(&output->fd, smimegw_buffer_data(pem), smimegw_buffer_size(pem));
    smimegw_buffer_free(pem);
    if (result != SMIMEGW_OK)
        return cli_fail(CLI_TROUBLE, "%s: can't be written (disk full?)",
                        cli_list_first(&session->options->output));
    return cli_output_commit(output);
}

int cli_cert_renew(struct cli_session *session)
{
    struct cli_output output = {0};
    struct smimegw_cert *cert = NULL;
    struct smimegw_error *error = NULL;
    int64_t time = -1;
    int code = cli_time_parse(cli_list_first(&session->options->time), &time);
    if (code != CLI_DONE)
        return code;
    int result =
        smimegw_template_renew(session->template, session->identities[0], time, &cert, &error);
    if (result != SMIMEGW_OK)
        return fail_template(session, result, error);
    code = cli_output_open(&output, cli_list_first(&session->options->output),
                           kind_of_output(session));
    if (code == CLI_DONE)
        code = write_renewed(session, &output, cert);
    cli_output_close(&output);
    if (code == CLI_DONE)
        code = report(session, cert);
    smimegw_cert_unref(cert);
    return code;
}
