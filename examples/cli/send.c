/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session.h"

int cli_send(struct cli_session *session)
{
    struct cli_output output;
    struct smimegw_error *error = NULL;
    int code = cli_output_open(&output, cli_list_first(&session->options->output), 0);
    if (code == CLI_DONE &&
        smimegw_protect(session->gateway, session->profile, session->input.message,
                        session->identity_count == 0 ? NULL : session->identities[0],
                        session->recipients, session->recipient_count, smimegw_fd_write,
                        &output.fd, &error) != SMIMEGW_OK)
        code = cli_session_fail(session, CLI_TROUBLE, error);
    if (code == CLI_DONE)
        code = cli_output_commit(&output);
    cli_output_close(&output);
    return code;
}
