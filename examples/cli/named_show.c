/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "json.h"
#include "named.h"

/* One field always, the rest where it is set. To be freed; NULL where it is not to be shown.
 */
static struct smimegw_buffer *shown(const struct cli_named_kind *kind, const void *object,
                                    const char *field)
{
    struct smimegw_buffer *value = NULL;
    if (strcmp(field, kind->shown) == 0 || kind->is_set(object, field))
        kind->get(object, field, &value, NULL);
    return value;
}

void cli_named_print(const struct cli_named_kind *kind, const char *name, const void *object)
{
    const char *field;
    cli_print(stdout, name);
    putchar('\n');
    for (size_t index = 0; (field = kind->setting(index, NULL, NULL)) != NULL; index++) {
        struct smimegw_buffer *value = shown(kind, object, field);
        if (value == NULL)
            continue;
        printf("  %-20s ", field);
        cli_print(stdout, smimegw_buffer_data(value));
        putchar('\n');
        smimegw_buffer_free(value);
    }
}

json_t *cli_named_json(const struct cli_named_kind *kind, const char *name, const void *object)
{
    const char *field;
    json_t *fields = json_object();
    for (size_t index = 0; (field = kind->setting(index, NULL, NULL)) != NULL; index++) {
        struct smimegw_buffer *value = shown(kind, object, field);
        if (value != NULL)
            json_object_set_new(fields, field, cli_json_text(smimegw_buffer_data(value)));
        smimegw_buffer_free(value);
    }
    return json_pack("{s:o, s:o}", "name", cli_json_text(name), "fields", fields);
}

int cli_named_show(struct cli_session *session)
{
    struct cli_named named;
    const void *object;
    const char *name = session->options->input.items[0];
    int code = cli_named_open_one(&named, session, false, name, &object);
    if (code == CLI_DONE && session->options->json.count != 0)
        code = cli_json_print(cli_named_json(named.kind, name, object));
    else if (code == CLI_DONE)
        cli_named_print(named.kind, name, object);
    cli_named_close(&named);
    return code;
}

/* Those with the text. */
static int list(const struct cli_session *session, const char *text, size_t *ret_found)
{
    struct cli_named named;
    bool json = session->options->json.count != 0;
    json_t *documents = json ? json_array() : NULL;
    int code = cli_named_open_own(&named, session, false, CLI_TROUBLE);
    size_t count = named.kind->count(named.set);
    *ret_found = 0;
    for (size_t at = 0; (at = named.kind->search(named.set, text, at)) < count; at++) {
        const char *name = "";
        const void *object = named.kind->at(named.set, at, &name);
        if (json)
            json_array_append_new(documents, cli_named_json(named.kind, name, object));
        else
            cli_named_print(named.kind, name, object);
        ++*ret_found;
    }
    if (code == CLI_DONE && json && json_array_size(documents) != *ret_found)
        code = cli_fail(CLI_TROUBLE, "out of memory");
    if (code == CLI_DONE && json)
        code = cli_json_print(json_pack("{s:O}", named.kind->nouns, documents));
    json_decref(documents);
    cli_named_close(&named);
    return code;
}

int cli_named_list(struct cli_session *session)
{
    size_t found;
    return list(session, "", &found);
}

int cli_named_search(struct cli_session *session)
{
    size_t found;
    int code = list(session, session->options->input.items[0], &found);
    return code == CLI_DONE && found == 0 ? CLI_NOT_PASSED : code;
}

int cli_named_check(struct cli_session *session)
{
    struct cli_named named;
    int code = cli_named_open_own(&named, session, false, CLI_NOT_PASSED);
    size_t count = named.kind->count(named.set);
    if (code == CLI_DONE && session->options->json.count != 0)
        code = cli_json_print(json_pack("{s:I}", named.kind->nouns, (json_int_t)count));
    else if (code == CLI_DONE)
        printf("%zu %s\n", count, named.kind->nouns);
    cli_named_close(&named);
    return code;
}

int cli_named_export(struct cli_session *session)
{
    struct cli_named named;
    struct cli_output output = {.fd = -1};
    struct smimegw_error *error = NULL;
    int code = cli_named_open_own(&named, session, false, CLI_TROUBLE);
    if (code == CLI_DONE)
        code = cli_output_open(&output, cli_list_first(&session->options->output), 0);
    if (code == CLI_DONE &&
        named.kind->export(named.set, smimegw_fd_write, &output.fd, &error) != SMIMEGW_OK)
        code = cli_fail_error(CLI_TROUBLE, session->verb->name, error);
    if (code == CLI_DONE)
        code = cli_output_commit(&output);
    cli_output_close(&output);
    cli_named_close(&named);
    return code;
}
