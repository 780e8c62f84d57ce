/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/common/table_store.h"

#include <string.h>

#include "addons/postgres/row.h"
#include "addons/postgres/session.h"
#include "base/alloc.h"

/* Records that are in memory at a time: a take function that is slow, or wants no more, does
 * not hold the server up. The same number stands in the statements. */
enum { PAGE = 32 };

/* Where the next page begins: after the last record of the one before. */
struct place {
    int64_t last;
    char *name; /* (owned) */
};

static int take_row(const PGresult *result, int number, const char *key,
                    struct sgw_taker *taker)
{
    struct sgw_row row;
    if (!sgw_row_read(result, number, &row) ||
        (key != NULL && !sgw_record_has_key(&row.record, key)))
        return SGW_LINK_FAILED;
    sgw_taker_give(taker, &row.record);
    return SMIMEGW_STORE_DONE;
}

static int take_page(const PGresult *result, struct sgw_taker *taker)
{
    int ret = SMIMEGW_STORE_DONE;
    for (int i = 0; ret == SMIMEGW_STORE_DONE && i < PQntuples(result); i++)
        if (!taker->is_enough)
            ret = take_row(result, i, NULL, taker);
    return ret;
}

/* --- by kind -------------------------------------------------------------------------------
 */

/* The row was taken, so that it can be read. */
static int move_place(const PGresult *result, struct place *place)
{
    struct sgw_row row;
    if (!sgw_row_read(result, PQntuples(result) - 1, &row))
        return SGW_LINK_FAILED;
    char *name = sgw_strdup(row.record.name);
    if (name == NULL)
        return SMIMEGW_STORE_NOMEM;
    sgw_free(place->name);
    place->name = name;
    place->last = row.record.used > row.record.added ? row.record.used : row.record.added;
    return SMIMEGW_STORE_DONE;
}

/* A statement about a kind, $1, from a place on: after the name $2 and, where the order needs
 * it, the time $3. */
static int take_pages(struct sgw_session *session, const char *text, int kind, bool is_by_time,
                      struct place *place, struct sgw_taker *taker)
{
    bool is_last = false;
    int ret = SMIMEGW_STORE_DONE;
    while (ret == SMIMEGW_STORE_DONE && !is_last && !taker->is_enough) {
        struct sgw_params params = {0};
        PGresult *result;
        sgw_params_add_number(&params, kind);
        sgw_params_add_text(&params, place->name);
        if (is_by_time)
            sgw_params_add_number(&params, place->last);
        ret = sgw_session_run(session, text, &params, &result);
        if (ret != SMIMEGW_STORE_DONE)
            return ret;
        is_last = PQntuples(result) < PAGE;
        ret = take_page(result, taker);
        if (ret == SMIMEGW_STORE_DONE && !is_last)
            ret = move_place(result, place);
        PQclear(result);
    }
    return ret;
}

static int take_after(struct sgw_session *session, const char *text, int kind,
                      const char *after, bool is_by_time, struct sgw_taker *taker)
{
    struct place place = {.last = INT64_MIN, .name = sgw_strdup(after)};
    int ret = place.name != NULL ? take_pages(session, text, kind, is_by_time, &place, taker)
                                 : SMIMEGW_STORE_NOMEM;
    sgw_free(place.name);
    return sgw_session_result(session, ret);
}

int sgw_read_get(void *userdata, void *session, int kind, const char *name,
                 smimegw_record_fn take, void *take_userdata)
{
    struct sgw_taker taker = {take, take_userdata, false};
    struct sgw_params params = {0};
    PGresult *result;
    (void)userdata;
    sgw_params_add_number(&params, kind);
    sgw_params_add_text(&params, name);
    int ret =
        sgw_session_run(session, SGW_ROW_OF "WHERE kind = $1 AND name = $2", &params, &result);
    if (ret == SMIMEGW_STORE_DONE) {
        ret = take_page(result, &taker);
        PQclear(result);
    }
    return sgw_session_result(session, ret);
}

int sgw_read_each(void *userdata, void *session, int kind, const char *after,
                  smimegw_record_fn take, void *take_userdata)
{
    struct sgw_taker taker = {take, take_userdata, false};
    (void)userdata;
    /* no name is empty */
    return take_after(session,
                      SGW_ROW_OF "WHERE kind = $1 AND name > $2 ORDER BY name LIMIT 32", kind,
                      after != NULL ? after : "", false, &taker);
}

int sgw_read_oldest(void *userdata, void *session, int kind, smimegw_record_fn take,
                    void *take_userdata)
{
    struct sgw_taker taker = {take, take_userdata, false};
    (void)userdata;
    return take_after(session,
                      SGW_ROW_OF "WHERE kind = $1 AND (last, name) > ($3, $2)"
                                 " ORDER BY last, name LIMIT 32",
                      kind, "", true, &taker);
}

/* --- by lookup key -------------------------------------------------------------------------
 */

/* Each record that a key leads to, once, with one of the keys that do. */
static int find_hits(struct sgw_session *session, const char *const *lookup_keys, size_t count,
                     PGresult **ret_hits)
{
    struct sgw_params params = {0};
    struct sgw_array keys;
    int ret = SMIMEGW_STORE_NOMEM;
    if (sgw_array_of_texts(SGW_TYPE_BYTES, lookup_keys, count, &keys) < 0)
        return ret;
    sgw_params_add_array(&params, &keys);
    ret = sgw_session_run(session,
                          "SELECT DISTINCT ON (record) record, key FROM lookup"
                          " WHERE key = ANY($1) ORDER BY record, key",
                          &params, ret_hits);
    sgw_array_clear(&keys);
    return ret;
}

static int read_hits(struct sgw_session *session, const PGresult *hits, int first, int count,
                     PGresult **ret_result)
{
    struct sgw_params params = {0};
    struct sgw_array numbers;
    const char *ids[PAGE];
    for (int i = 0; i < count; i++)
        ids[i] = PQgetvalue(hits, first + i, 0);
    if (sgw_array_of_numbers(ids, (size_t)count, &numbers) < 0)
        return SMIMEGW_STORE_NOMEM;
    sgw_params_add_array(&params, &numbers);
    int ret = sgw_session_run(session, SGW_ROW_OF "WHERE id = ANY($1) ORDER BY id", &params,
                              ret_result);
    sgw_array_clear(&numbers);
    return ret;
}

static int take_hits(struct sgw_session *session, const PGresult *hits, int first,
                     struct sgw_taker *taker)
{
    PGresult *result;
    int left = PQntuples(hits) - first;
    int count = left < PAGE ? left : PAGE;
    int ret = read_hits(session, hits, first, count, &result);
    if (ret != SMIMEGW_STORE_DONE)
        return ret;
    /* a lookup row that leads nowhere */
    if (PQntuples(result) != count)
        ret = SGW_LINK_FAILED;
    for (int i = 0; ret == SMIMEGW_STORE_DONE && i < count && !taker->is_enough; i++)
        ret = take_row(result, i, PQgetvalue(hits, first + i, 1), taker);
    PQclear(result);
    return ret;
}

int sgw_read_find(void *userdata, void *session, const char *const *lookup_keys, size_t count,
                  smimegw_record_fn take, void *take_userdata)
{
    struct sgw_taker taker = {take, take_userdata, false};
    PGresult *hits;
    (void)userdata;
    int ret = find_hits(session, lookup_keys, count, &hits);
    if (ret == SMIMEGW_STORE_DONE) {
        for (int i = 0; ret == SMIMEGW_STORE_DONE && i < PQntuples(hits) && !taker.is_enough;
             i += PAGE)
            ret = take_hits(session, hits, i, &taker);
        PQclear(hits);
    }
    return sgw_session_result(session, ret);
}

/* --- sizes ---------------------------------------------------------------------------------
 */

int sgw_read_measure(void *userdata, void *session_data, int kind, int64_t *ret_count,
                     int64_t *ret_bytes)
{
    struct sgw_session *session = session_data;
    struct sgw_params params = {0};
    PGresult *result;
    int64_t count = 0;
    int64_t bytes = 0;
    (void)userdata;
    if (kind < 0 || kind >= SGW_RECORD_KINDS)
        return sgw_session_result(session, SGW_LINK_FAILED);
    sgw_params_add_number(&params, kind);
    int ret = sgw_session_run(session, "SELECT records, bytes FROM counts WHERE kind = $1",
                              &params, &result);
    if (ret != SMIMEGW_STORE_DONE)
        return sgw_session_result(session, ret);
    bool has_row = PQntuples(result) == 1;
    if (has_row &&
        (!sgw_row_number(result, 0, 0, &count) || !sgw_row_number(result, 0, 1, &bytes)))
        ret = SGW_LINK_FAILED;
    PQclear(result);
    if (ret == SMIMEGW_STORE_DONE) {
        *ret_count = count + session->counts[kind];
        *ret_bytes = bytes + session->bytes[kind];
    }
    return sgw_session_result(session, ret);
}
