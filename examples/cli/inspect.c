/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <jansson.h>

#include "session.h"
#include "tree.h"

static int draw(const struct cli_session *session, const struct smimegw_buffer *text)
{
    json_error_t error;
    json_t *document = json_loadb(smimegw_buffer_data(text), smimegw_buffer_size(text),
                                  JSON_ALLOW_NUL, &error);
    if (document == NULL)
        return cli_fail(CLI_TROUBLE, "report: %s", error.text);
    cli_tree_print(stdout, document, session->options->trust.count != 0);
    json_decref(document);
    return CLI_DONE;
}

int cli_inspect(struct cli_session *session)
{
    struct smimegw_buffer *json = NULL;
    struct smimegw_error *error = NULL;
    int code = CLI_DONE;
    if (smimegw_inspect(session->gateway, session->input.message, session->identities,
                        session->identity_count, &json, &error) != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, session->verb->name, error);
    if (session->options->json.count != 0)
        puts(smimegw_buffer_data(json));
    else
        code = draw(session, json);
    smimegw_buffer_free(json);
    return code;
}
