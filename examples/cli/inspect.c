/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <jansson.h>
#include <stdlib.h>

#include "json.h"
#include "session.h"
#include "tree.h"
#include "words.h"

/* Programs that read the document need no decoder for encoded words [RFC2047-2]. */
static void add_decoded_subject(json_t *document)
{
    const char *subject = json_string_value(json_object_get(document, "subject"));
    char *decoded = subject == NULL ? NULL : cli_words_decode(subject);
    if (decoded != NULL)
        json_object_set_new(document, "subject_text", cli_json_text(decoded));
    free(decoded);
}

static int report(const struct cli_session *session, const struct smimegw_buffer *text)
{
    json_error_t error;
    json_t *document = json_loadb(smimegw_buffer_data(text), smimegw_buffer_size(text),
                                  JSON_ALLOW_NUL, &error);
    if (document == NULL)
        return cli_fail(CLI_TROUBLE, "report: %s", error.text);
    if (session->options->json.count != 0) {
        add_decoded_subject(document);
        return cli_json_print(document);
    }
    cli_tree_print(stdout, document, cli_options_are_trusting(session->options));
    json_decref(document);
    return CLI_DONE;
}

int cli_inspect(struct cli_session *session)
{
    struct smimegw_buffer *json = NULL;
    struct smimegw_error *error = NULL;
    if (smimegw_inspect(session->gateway, session->input.message, session->identities,
                        session->identity_count, &json, &error) != SMIMEGW_OK)
        return cli_session_fail(session, CLI_TROUBLE, error);
    int code = report(session, json);
    smimegw_buffer_free(json);
    return code;
}
