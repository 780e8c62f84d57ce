/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <jansson.h>

#include "report.h"
#include "session.h"

/* One call of the library: write may be NULL to judge only. */
typedef int (*read_fn)(struct cli_session *session, smimegw_write_fn write, int *fd,
                       struct smimegw_verdict **ret_verdict, struct smimegw_error **ret_error);

static int run_verify(struct cli_session *session, smimegw_write_fn write, int *fd,
                      struct smimegw_verdict **ret_verdict, struct smimegw_error **ret_error)
{
    return smimegw_verify(session->gateway, session->input.message, write, fd, ret_verdict,
                          ret_error);
}

static int run_decrypt(struct cli_session *session, smimegw_write_fn write, int *fd,
                       struct smimegw_verdict **ret_verdict, struct smimegw_error **ret_error)
{
    return smimegw_decrypt(session->gateway, session->input.message, session->identities,
                           session->identity_count, write, fd, ret_verdict, ret_error);
}

static bool is_of_the_message(int result)
{
    const int results[] = {SMIMEGW_E_SYNTAX,      SMIMEGW_E_LIMIT,  SMIMEGW_E_NOT_SMIME,
                           SMIMEGW_E_UNSUPPORTED, SMIMEGW_E_NO_KEY, SMIMEGW_E_DECRYPT};
    for (size_t index = 0; index < sizeof(results) / sizeof(results[0]); index++)
        if (results[index] == result)
            return true;
    return false;
}

/* Whoever asked for JSON gets JSON, also where there is no verdict to print. */
static void print_json_error(int result, struct smimegw_error *error)
{
    json_t *document = json_pack("{s:s, s:s}", "error", smimegw_result_name(result), "text",
                                 smimegw_error_text(error));
    if (document != NULL && json_dumpf(document, stdout, JSON_COMPACT) == 0)
        putchar('\n');
    json_decref(document);
}

static int fail_operation(struct cli_session *session, int result, struct smimegw_error *error)
{
    if (session->options->json.count != 0)
        print_json_error(result, error);
    return cli_session_fail(session, is_of_the_message(result) ? CLI_NOT_PASSED : CLI_TROUBLE,
                            error);
}

/* verify takes a pass and nothing else; for decrypt, an encryption without any signature is no
 * pass, and no failure either. */
static bool is_accepted(const struct cli_session *session, read_fn read,
                        const struct smimegw_verdict *verdict)
{
    int outcome = smimegw_verdict_outcome(verdict);
    if (outcome == SMIMEGW_OUTCOME_PASS)
        return true;
    if (read != run_decrypt)
        return false;
    return !cli_options_are_trusting(session->options) || outcome == SMIMEGW_OUTCOME_NONE;
}

/* CLI_DONE where the message was accepted (and written, where write is not NULL). */
static int read_once(struct cli_session *session, read_fn read, smimegw_write_fn write,
                     int *fd, struct smimegw_verdict **verdict)
{
    struct smimegw_error *error = NULL;
    smimegw_verdict_unref(*verdict);
    *verdict = NULL;
    int result = read(session, write, fd, verdict, &error);
    if (result != SMIMEGW_OK)
        return fail_operation(session, result, error);
    return is_accepted(session, read, *verdict) ? CLI_DONE : CLI_NOT_PASSED;
}

static int read_to(struct cli_session *session, read_fn read, struct cli_output *output,
                   struct smimegw_verdict **verdict)
{
    /* What went to stdout can't be taken back: judge the signatures before the first byte. */
    bool judge_first = output->temporary == NULL && read == run_decrypt &&
                       cli_options_are_trusting(session->options);
    int code = CLI_DONE;
    if (judge_first)
        code = read_once(session, read, NULL, NULL, verdict);
    if (code == CLI_DONE)
        code = read_once(session, read, smimegw_fd_write, &output->fd, verdict);
    return code == CLI_DONE ? cli_output_commit(output) : code;
}

static int print_report(const struct cli_session *session,
                        const struct smimegw_verdict *verdict, bool message_on_stdout)
{
    bool trusting = cli_options_are_trusting(session->options);
    if (session->options->json.count == 0) {
        cli_report_print(message_on_stdout ? stderr : stdout, verdict, trusting);
        return CLI_DONE;
    }
    struct smimegw_buffer *json = NULL;
    struct smimegw_error *error = NULL;
    if (smimegw_verdict_json(verdict, &json, &error) != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, "verdict", error);
    puts(smimegw_buffer_data(json));
    smimegw_buffer_free(json);
    return CLI_DONE;
}

static int read_message(struct cli_session *session, read_fn read)
{
    const char *path = cli_list_first(&session->options->output);
    bool writes = path != NULL || session->options->json.count == 0;
    struct cli_output output = {0};
    struct smimegw_verdict *verdict = NULL;
    int code = CLI_DONE;
    if (writes)
        code = cli_output_open(&output, path, 0);
    if (code == CLI_DONE)
        code = writes ? read_to(session, read, &output, &verdict)
                      : read_once(session, read, NULL, NULL, &verdict);
    if (verdict != NULL && print_report(session, verdict, writes && path == NULL) != CLI_DONE)
        code = CLI_TROUBLE;
    smimegw_verdict_unref(verdict);
    cli_output_close(&output);
    return code;
}

int cli_verify(struct cli_session *session)
{
    return read_message(session, run_verify);
}

int cli_decrypt(struct cli_session *session)
{
    return read_message(session, run_decrypt);
}
