/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/common/table_store.h"

#include "addons/postgres/row.h"
#include "addons/postgres/session.h"
#include "base/alloc.h"

enum { NAMES_AT_ONCE = 1000 };

/* The record of a name goes, its lookup rows with it, and its place in the counts. */
static int withdraw(struct sgw_session *session, int kind, const char *name)
{
    struct sgw_params params = {0};
    PGresult *result;
    int64_t bytes;
    if (kind < 0 || kind >= SGW_RECORD_KINDS)
        return SGW_LINK_FAILED;
    sgw_params_add_number(&params, kind);
    sgw_params_add_text(&params, name);
    int ret = sgw_session_run(session,
                              "DELETE FROM records WHERE kind = $1 AND name = $2"
                              " RETURNING bytes",
                              &params, &result);
    if (ret != SMIMEGW_STORE_DONE)
        return ret;
    if (PQntuples(result) == 1 && sgw_row_number(result, 0, 0, &bytes)) {
        session->counts[kind]--;
        session->bytes[kind] -= bytes;
    }
    PQclear(result);
    return ret;
}

static int insert(struct sgw_session *session, const struct smimegw_record *record,
                  const char *keys, size_t keys_size, const struct sgw_array *lookup)
{
    struct sgw_params params = {0};
    PGresult *result;
    sgw_row_add(&params, record, keys, keys_size);
    sgw_params_add_array(&params, lookup);
    int ret =
        sgw_session_run(session,
                        "WITH new AS (" SGW_ROW_INSERT ") INSERT INTO lookup(key, record)"
                        " SELECT DISTINCT key, id FROM new, unnest($13) AS key",
                        &params, &result);
    if (ret == SMIMEGW_STORE_DONE) {
        PQclear(result);
        session->counts[record->kind]++;
        session->bytes[record->kind] += sgw_record_size(record);
    }
    return ret;
}

int sgw_write_put(void *userdata, void *session_data, const struct smimegw_record *record)
{
    struct sgw_session *session = session_data;
    struct sgw_array lookup;
    size_t keys_size;
    (void)userdata;
    if (record->lookup_key_count > SGW_RECORD_KEYS_MOST)
        return sgw_session_result(session, SGW_LINK_FAILED);
    char *keys = sgw_record_join_keys(record, &keys_size);
    if ((keys == NULL && keys_size > 0) ||
        sgw_array_of_texts(SGW_TYPE_BYTES, record->lookup_keys, record->lookup_key_count,
                           &lookup) < 0) {
        sgw_free(keys);
        return sgw_session_result(session, SMIMEGW_STORE_NOMEM);
    }
    int ret = withdraw(session, record->kind, record->name);
    if (ret == SMIMEGW_STORE_DONE)
        ret = insert(session, record, keys, keys_size, &lookup);
    sgw_array_clear(&lookup);
    sgw_free(keys);
    return sgw_session_result(session, ret);
}

int sgw_write_remove(void *userdata, void *session, int kind, const char *name)
{
    (void)userdata;
    return sgw_session_result(session, withdraw(session, kind, name));
}

static int touch(struct sgw_session *session, int kind, const char *const *names, size_t count,
                 int64_t time)
{
    struct sgw_params params = {0};
    struct sgw_array array;
    PGresult *result;
    if (sgw_array_of_texts(SGW_TYPE_TEXT, names, count, &array) < 0)
        return SMIMEGW_STORE_NOMEM;
    sgw_params_add_number(&params, kind);
    sgw_params_add_array(&params, &array);
    sgw_params_add_number(&params, time);
    int ret = sgw_session_run(session,
                              "UPDATE records SET used = $3, last = greatest(added, $3)"
                              " WHERE kind = $1 AND name = ANY($2) AND used < $3",
                              &params, &result);
    sgw_array_clear(&array);
    if (ret == SMIMEGW_STORE_DONE)
        PQclear(result);
    return ret;
}

int sgw_write_touch(void *userdata, void *session, int kind, const char *const *names,
                    size_t count, int64_t time)
{
    int ret = SMIMEGW_STORE_DONE;
    (void)userdata;
    for (size_t i = 0; ret == SMIMEGW_STORE_DONE && i < count; i += NAMES_AT_ONCE) {
        size_t left = count - i;
        ret =
            touch(session, kind, names + i, left < NAMES_AT_ONCE ? left : NAMES_AT_ONCE, time);
    }
    return sgw_session_result(session, ret);
}
