/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "json.h"
#include "named.h"

/* Exit codes of what the library says about names, settings and the rest. */
static int fail(const char *where, int result, struct smimegw_error *error)
{
    bool is_usage = result == SMIMEGW_E_USAGE || result == SMIMEGW_E_SETTING;
    return cli_fail_error(is_usage ? CLI_USAGE : CLI_TROUBLE, where, error);
}

static int set_fields(const struct cli_list *fields, const struct cli_named_kind *kind,
                      void *object)
{
    int code = CLI_DONE;
    for (size_t index = 0; code == CLI_DONE && index < fields->count; index++) {
        struct smimegw_error *error = NULL;
        char *text = fields->items[index];
        char *equals = strchr(text, '=');
        if (equals == NULL)
            return cli_fail(CLI_USAGE, "--set %s: NAME=VALUE is due", text);
        *equals = '\0';
        int result = kind->set(object, text, equals[1] == '\0' ? NULL : equals + 1, &error);
        if (result != SMIMEGW_OK)
            code = fail("--set", result, error);
        *equals = '=';
    }
    return code;
}

static int report(const struct cli_session *session, const struct cli_named_kind *kind,
                  const char *name, const void *object)
{
    if (session->options->json.count != 0)
        return cli_json_print(cli_named_json(kind, name, object));
    cli_named_print(kind, name, object);
    return CLI_DONE;
}

/* from: what to start with; NULL for a new one. Saved under the name, and told. */
static int keep(const struct cli_session *session, struct cli_named *named, const void *from,
                const char *name, uint32_t flags)
{
    struct smimegw_error *error = NULL;
    void *object = NULL;
    const struct cli_named_kind *kind = named->kind;
    int result =
        from == NULL ? kind->make(&object, &error) : kind->copy(from, &object, &error);
    if (result != SMIMEGW_OK)
        return fail(name, result, error);
    int code = set_fields(&session->options->fields, kind, object);
    if (code == CLI_DONE) {
        result = kind->add(named->set, name, object, flags, &error);
        code = result == SMIMEGW_OK ? CLI_DONE : fail(name, result, error);
    }
    if (code == CLI_DONE)
        code = cli_named_save(named);
    if (code == CLI_DONE)
        code = report(session, kind, name, object);
    kind->unref(object);
    return code;
}

/* One number for both kinds. */
_Static_assert((int)SMIMEGW_PROFILES_REPLACE == (int)SMIMEGW_POLICIES_REPLACE, "flags");

static uint32_t flags_of(const struct cli_session *session)
{
    return session->options->replace.count != 0 ? SMIMEGW_PROFILES_REPLACE : 0;
}

int cli_named_create(struct cli_session *session)
{
    struct cli_named named;
    int code = cli_named_open_own(&named, session, true, CLI_TROUBLE);
    if (code == CLI_DONE)
        code =
            keep(session, &named, NULL, session->options->input.items[0], flags_of(session));
    cli_named_close(&named);
    return code;
}

/* One that is there, kept under its own name or another. */
static int change(const struct cli_session *session, const char *name, uint32_t flags)
{
    struct cli_named named;
    const void *object;
    int code =
        cli_named_open_one(&named, session, true, session->options->input.items[0], &object);
    if (code == CLI_DONE)
        code = keep(session, &named, object, name, flags);
    cli_named_close(&named);
    return code;
}

int cli_named_edit(struct cli_session *session)
{
    return change(session, session->options->input.items[0], SMIMEGW_PROFILES_REPLACE);
}

int cli_named_copy(struct cli_session *session)
{
    return change(session, session->options->input.items[1], flags_of(session));
}

/* All of them, or none. */
int cli_named_remove(struct cli_session *session)
{
    struct cli_named named;
    const struct cli_list *input = &session->options->input;
    int code = cli_named_open_own(&named, session, true, CLI_TROUBLE);
    for (size_t index = 0; code == CLI_DONE && index < input->count; index++)
        if (named.kind->remove(named.set, input->items[index], NULL) != SMIMEGW_OK)
            code = cli_fail(CLI_NOT_PASSED, "%s: no %s %s", named.place, named.kind->noun,
                            input->items[index]);
    if (code == CLI_DONE)
        code = cli_named_save(&named);
    cli_named_close(&named);
    return code;
}

static int import_file(const struct cli_session *session, const struct cli_file *file)
{
    struct cli_named named;
    struct smimegw_error *error = NULL;
    int code = cli_named_open_own(&named, session, true, CLI_TROUBLE);
    size_t before = named.kind->count(named.set);
    int result = code != CLI_DONE ? SMIMEGW_OK
                                  : named.kind->import(named.set, file->data, file->size,
                                                       flags_of(session), &error);
    if (result == SMIMEGW_E_SETTING)
        code = cli_fail_error(CLI_NOT_PASSED, session->options->input.items[0], error);
    else if (result != SMIMEGW_OK)
        code = fail(session->options->input.items[0], result, error);
    if (code == CLI_DONE)
        code = cli_named_save(&named);
    size_t added = named.kind->count(named.set) - before;
    if (code == CLI_DONE && session->options->json.count != 0)
        code = cli_json_print(json_pack("{s:I}", "added", (json_int_t)added));
    else if (code == CLI_DONE)
        printf("%zu added\n", added);
    cli_named_close(&named);
    return code;
}

int cli_named_import(struct cli_session *session)
{
    struct cli_file file = {0};
    int code = cli_file_load_large(&file, session->options->input.items[0]);
    if (code == CLI_DONE)
        code = import_file(session, &file);
    cli_file_clear(&file);
    return code;
}
