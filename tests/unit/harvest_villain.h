/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_TESTS_HARVEST_VILLAIN_H
#define SGW_TESTS_HARVEST_VILLAIN_H

#include "gateway/store/store_impl.h"
#include "harvest_letters.h"

/* A store in memory that does one thing wrong, at one call or at all of a function. */
enum { ORDER_MOST = 200, DONE = 1000000 /* as an honest one */ };

struct crime {
    const char *name;
    const char *functions; /* begin end get find each oldest put remove measure */
    int result;            /* of the function, or DONE */
    void (*spoil)(struct smimegw_record *record);
    int times;       /* each record is handed over, whatever the taker says; 0: once */
    bool is_silent;  /* nothing is done, and nothing handed over */
    int64_t number;  /* of measure; 0: the right one */
    bool is_steady;  /* at all calls of the functions */
    int ret;         /* what comes of it */
    bool is_unknown; /* can't be told from the truth: something else may be kept */
};

/* A store in memory behind functions that go wrong. */
static struct {
    struct smimegw_store *inner;
    const struct crime *crime;
    int at; /* at which call */
    int calls;
    char order[ORDER_MOST]; /* of them, by their letters */
    bool is_done;
    bool has_spoiled; /* a record that was handed over */
    bool is_writing;
    void (*meanwhile)(void); /* done within each find, but not within what it does itself */
} bad;

static bool is_bad(char function)
{
    if (bad.calls < ORDER_MOST - 1)
        bad.order[bad.calls] = function;
    bad.calls++;
    if (bad.crime == NULL || strchr(bad.crime->functions, function) == NULL ||
        (bad.calls != bad.at && !bad.crime->is_steady))
        return false;
    bad.is_done = true;
    return true;
}

static int result_of(bool is_crime, int result)
{
    return is_crime && bad.crime->result != DONE ? bad.crime->result : result;
}

/* --- spoiling ------------------------------------------------------------------------------
 */

static void spoil_data(struct smimegw_record *record)
{
    static const char garbage[1000];
    record->data = garbage;
    record->data_size = sizeof(garbage);
}

static void spoil_size(struct smimegw_record *record)
{
    record->data_size--;
}

static void spoil_pointer(struct smimegw_record *record)
{
    record->data = NULL;
}

static void spoil_name(struct smimegw_record *record)
{
    record->name = "two\nlines";
}

static void spoil_kind(struct smimegw_record *record)
{
    record->kind = 77;
}

static void spoil_grade(struct smimegw_record *record)
{
    record->grade = 77;
}

static void spoil_time(struct smimegw_record *record)
{
    record->used = -1;
}

static void spoil_struct(struct smimegw_record *record)
{
    record->size = 0;
}

/* Somebody else's, under the lookup keys that were asked for. */
static void spoil_owner(struct smimegw_record *record)
{
    static uint8_t der[4096];
    memcpy(der, record->data, record->data_size);
    write_over(der, record->data_size, "bob@", "eve@");
    record->data = der;
}

struct spoiling {
    smimegw_record_fn take;
    void *userdata;
};

static int take_spoiled(void *userdata, const struct smimegw_record *record)
{
    const struct spoiling *spoiling = userdata;
    struct smimegw_record copy = *record;
    char name[32];
    int ret = 0;
    bad.has_spoiled = true;
    if (bad.crime->is_silent)
        return 0;
    if (bad.crime->spoil != NULL)
        bad.crime->spoil(&copy);
    for (int i = 0; i == 0 || i < bad.crime->times; i++) {
        if (i > 1) {
            snprintf(name, sizeof(name), "name %d", i);
            copy.name = name;
        }
        ret = spoiling->take(spoiling->userdata, bad.crime->times < 0 ? NULL : &copy);
    }
    return bad.crime->times > 0 ? 0 : ret;
}

/* --- its functions -------------------------------------------------------------------------
 */

#define INNER(function, ...) bad.inner->functions.function(bad.inner->userdata, __VA_ARGS__)
#define SPOILED(is_crime)                                                                     \
    struct spoiling spoiling = {take, take_userdata};                                         \
    smimegw_record_fn taker = (is_crime) ? take_spoiled : take;                               \
    void *taker_data = (is_crime) ? &spoiling : take_userdata

static int bad_begin(void *userdata, int mode, void **ret_session)
{
    bool is_crime = is_bad('b');
    (void)userdata;
    if (is_crime)
        return result_of(true, 0);
    if (mode == SMIMEGW_TRANSACTION_WRITE && bad.is_writing)
        return SMIMEGW_STORE_BUSY;
    bad.is_writing |= mode == SMIMEGW_TRANSACTION_WRITE;
    return INNER(begin, mode, ret_session);
}

static int bad_end(void *userdata, void *session, int is_commit)
{
    bool is_crime = is_bad('E');
    (void)userdata;
    bad.is_writing = false;
    return result_of(is_crime, INNER(end, session, is_commit && !is_crime));
}

static int bad_get(void *userdata, void *session, int kind, const char *name,
                   smimegw_record_fn take, void *take_userdata)
{
    bool is_crime = is_bad('g');
    SPOILED(is_crime);
    (void)userdata;
    return result_of(is_crime, INNER(get, session, kind, name, taker, taker_data));
}

static int bad_find(void *userdata, void *session, const char *const *keys, size_t count,
                    smimegw_record_fn take, void *take_userdata)
{
    bool is_crime = is_bad('f');
    SPOILED(is_crime);
    (void)userdata;
    void (*meanwhile)(void) = bad.meanwhile;
    bad.meanwhile = NULL;
    if (meanwhile != NULL)
        meanwhile();
    bad.meanwhile = meanwhile;
    return result_of(is_crime, INNER(find, session, keys, count, taker, taker_data));
}

static int bad_each(void *userdata, void *session, int kind, const char *after,
                    smimegw_record_fn take, void *take_userdata)
{
    bool is_crime = is_bad('e');
    SPOILED(is_crime);
    (void)userdata;
    return result_of(is_crime, INNER(each, session, kind, after, taker, taker_data));
}

static int bad_oldest(void *userdata, void *session, int kind, smimegw_record_fn take,
                      void *take_userdata)
{
    bool is_crime = is_bad('o');
    SPOILED(is_crime);
    (void)userdata;
    return result_of(is_crime, INNER(oldest, session, kind, taker, taker_data));
}

static int bad_put(void *userdata, void *session, const struct smimegw_record *record)
{
    bool is_crime = is_bad('p');
    (void)userdata;
    return result_of(is_crime, is_crime ? SMIMEGW_STORE_DONE : INNER(put, session, record));
}

static int bad_remove(void *userdata, void *session, int kind, const char *name)
{
    bool is_crime = is_bad('r');
    (void)userdata;
    return result_of(is_crime,
                     is_crime ? SMIMEGW_STORE_DONE : INNER(remove, session, kind, name));
}

static int bad_touch(void *userdata, void *session, int kind, const char *const *names,
                     size_t count, int64_t time)
{
    (void)userdata;
    return INNER(touch, session, kind, names, count, time);
}

static int bad_measure(void *userdata, void *session, int kind, int64_t *ret_count,
                       int64_t *ret_bytes)
{
    bool is_crime = is_bad('m');
    (void)userdata;
    if (is_crime && bad.crime->is_silent)
        return SMIMEGW_STORE_DONE;
    int result = INNER(measure, session, kind, ret_count, ret_bytes);
    if (is_crime && bad.crime->number != 0)
        *ret_count = *ret_bytes = bad.crime->number;
    return result_of(is_crime, result);
}

static const struct smimegw_store_functions functions = {
    .size = sizeof(functions),
    .begin = bad_begin,
    .end = bad_end,
    .get = bad_get,
    .find = bad_find,
    .each = bad_each,
    .oldest = bad_oldest,
    .put = bad_put,
    .remove = bad_remove,
    .touch = bad_touch,
    .measure = bad_measure,
};

#endif
