/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "key_store.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#ifdef CLI_HAS_SQLITE
#include <smimegw/sqlite.h>
#endif
#ifdef CLI_HAS_POSTGRES
#include <smimegw/postgres.h>
#endif

/* --- the kinds -----------------------------------------------------------------------------
 */

static int open_file(const char *place, bool is_new, struct smimegw_store **ret_store,
                     struct smimegw_error **ret_error)
{
    (void)is_new;
    return smimegw_store_new_file(place, ret_store, ret_error);
}

#ifdef CLI_HAS_SQLITE
static int open_sqlite(const char *place, bool is_new, struct smimegw_store **ret_store,
                       struct smimegw_error **ret_error)
{
    return smimegw_sqlite_open(place, is_new ? SMIMEGW_SQLITE_CREATE : 0, 0, ret_store,
                               ret_error);
}
#define SQLITE_FUNCTIONS                                                                      \
    .open = open_sqlite, .check = smimegw_sqlite_check, .backup = smimegw_sqlite_backup
#else
#define SQLITE_FUNCTIONS .open = NULL
#endif

#ifdef CLI_HAS_POSTGRES
static int open_postgres(const char *place, bool is_new, struct smimegw_store **ret_store,
                         struct smimegw_error **ret_error)
{
    const char *const settings[] = {"create", is_new ? "yes" : "no", NULL};
    return smimegw_postgres_open(place, settings, ret_store, ret_error);
}
#define POSTGRES_FUNCTIONS .open = open_postgres
#else
#define POSTGRES_FUNCTIONS .open = NULL
#endif

#define POSTGRES(start_, is_cut_)                                                             \
    {                                                                                         \
        .start = (start_), .is_cut = (is_cut_), .keeps_all = true,                            \
        .library = "libsmimegw-postgres", POSTGRES_FUNCTIONS                                  \
    }

static const struct cli_store_kind of_text = {.library = "libsmimegw", .open = open_file};
static const struct cli_store_kind of_sqlite = {
    .keeps_all = true, .library = "libsmimegw-sqlite", SQLITE_FUNCTIONS};
/* A URI is libpq's own, and whole. */
static const struct cli_store_kind named_kinds[] = {POSTGRES("postgres://", false),
                                                    POSTGRES("postgresql://", false),
                                                    POSTGRES("postgres:", true)};

/* --- which one -----------------------------------------------------------------------------
 */

static bool ends_with(const char *text, const char *ending)
{
    size_t size = strlen(text);
    size_t tail = strlen(ending);
    return size > tail && strcmp(text + size - tail, ending) == 0;
}

/* A file of public keys, under whatever name. */
static bool is_text(const char *path)
{
    char start[4096];
    FILE *file = fopen(path, "rb");
    size_t size = file == NULL ? 0 : fread(start, 1, sizeof(start) - 1, file);
    if (file != NULL)
        fclose(file);
    start[size] = '\0';
    return strstr(start, "-----BEGIN ") != NULL ||
           strncmp(start, "# smimegw public keys", 21) == 0;
}

int cli_key_store_find(struct cli_key_store *store, const char *name)
{
    *store = (struct cli_key_store){.name = name, .place = name, .kind = &of_sqlite};
    if (ends_with(name, ".pem") || ends_with(name, ".txt") || is_text(name))
        store->kind = &of_text;
    for (size_t index = sizeof(named_kinds) / sizeof(named_kinds[0]); index-- > 0;) {
        const struct cli_store_kind *kind = &named_kinds[index];
        size_t size = strlen(kind->start);
        if (strncmp(name, kind->start, size) != 0)
            continue;
        store->kind = kind;
        store->name = "the PostgreSQL store"; /* there may be a password in it */
        store->place = kind->is_cut ? name + size : name;
    }
    if (store->kind->open != NULL)
        return CLI_DONE;
    return cli_fail(CLI_USAGE,
                    "--store: %s can't be opened, this smimegw was built without %s",
                    store->name, store->kind->library);
}

int cli_key_store_open(struct cli_key_store *store, const char *name, bool is_new)
{
    struct smimegw_error *error = NULL;
    int code = cli_key_store_find(store, name);
    if (code != CLI_DONE)
        return code;
    /* a name that was mistyped must not be a store without keys */
    if (store->kind == &of_text && !is_new && access(name, F_OK) != 0)
        return cli_fail(CLI_TROUBLE, "%s: %s", name, strerror(errno));
    if (store->kind->open(store->place, is_new, &store->store, &error) != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, store->name, error);
    return CLI_DONE;
}

void cli_key_store_close(struct cli_key_store *store)
{
    smimegw_store_unref(store->store);
    store->store = NULL;
}

int cli_key_store_begin(const struct cli_key_store *store, int mode,
                        struct smimegw_transaction **ret_transaction)
{
    struct smimegw_error *error = NULL;
    if (smimegw_transaction_new(store->store, mode, ret_transaction, &error) != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, store->name, error);
    return CLI_DONE;
}

int cli_key_store_end(const struct cli_key_store *store,
                      struct smimegw_transaction *transaction, int code)
{
    struct smimegw_error *error = NULL;
    if (transaction == NULL)
        return code;
    if (code != CLI_DONE) {
        smimegw_transaction_rollback(transaction);
        return code;
    }
    if (smimegw_transaction_commit(transaction, &error) != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, store->name, error);
    return CLI_DONE;
}
