/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/store/memory_store.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "gateway/store/key_set.h"

/* --- states and turns ----------------------------------------------------------------------
 */

/* The clock that nobody sets. */
static bool init_turn(pthread_cond_t *turn)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0)
        return false;
    bool is_made = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
                   pthread_cond_init(turn, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    return is_made;
}

int sgw_memory_init(struct sgw_memory *memory)
{
    memory->has_writer = false;
    int ret = sgw_records_init(&memory->records);
    if (ret < 0)
        return ret;
    if (pthread_mutex_init(&memory->lock, NULL) != 0)
        return SMIMEGW_E_NOMEM;
    if (init_turn(&memory->turn))
        return SMIMEGW_OK;
    pthread_mutex_destroy(&memory->lock);
    return SMIMEGW_E_NOMEM;
}

void sgw_memory_clear(struct sgw_memory *memory)
{
    sgw_records_clear(&memory->records);
    pthread_cond_destroy(&memory->turn);
    pthread_mutex_destroy(&memory->lock);
}

bool sgw_memory_take_turn(struct sgw_memory *memory)
{
    struct timespec until;
    int result = 0;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += SGW_STORE_PATIENCE;
    pthread_mutex_lock(&memory->lock);
    while (memory->has_writer && result != ETIMEDOUT)
        result = pthread_cond_timedwait(&memory->turn, &memory->lock, &until);
    bool is_ours = !memory->has_writer;
    memory->has_writer = true;
    pthread_mutex_unlock(&memory->lock);
    return is_ours;
}

void sgw_memory_leave_turn(struct sgw_memory *memory)
{
    pthread_mutex_lock(&memory->lock);
    memory->has_writer = false;
    pthread_cond_signal(&memory->turn);
    pthread_mutex_unlock(&memory->lock);
}

struct sgw_memory_session *sgw_memory_open(struct sgw_memory *memory, bool is_writing)
{
    struct sgw_memory_session *session = sgw_malloc(sizeof(*session));
    if (session == NULL)
        return NULL;
    session->is_writing = is_writing;
    session->has_changed = false;
    session->lock = -1;
    pthread_mutex_lock(&memory->lock);
    session->records = sgw_records_copy(&memory->records);
    pthread_mutex_unlock(&memory->lock);
    return session;
}

void sgw_memory_install(struct sgw_memory *memory, struct sgw_records *records)
{
    pthread_mutex_lock(&memory->lock);
    struct sgw_records old = memory->records;
    memory->records = *records;
    pthread_mutex_unlock(&memory->lock);
    *records = (struct sgw_records){0};
    /* perhaps very many: not while others wait */
    sgw_records_clear(&old);
}

void sgw_memory_close(struct sgw_memory_session *session)
{
    sgw_records_clear(&session->records);
    sgw_free(session);
}

/* --- functions of a session ----------------------------------------------------------------
 */

static int result_of(int ret)
{
    return ret == SMIMEGW_OK ? SMIMEGW_STORE_DONE : SMIMEGW_STORE_NOMEM;
}

static int get(void *userdata, void *session, int kind, const char *name,
               smimegw_record_fn take, void *take_userdata)
{
    const struct sgw_memory_session *own = session;
    const struct smimegw_record *record = sgw_records_get(&own->records, kind, name);
    (void)userdata;
    if (record != NULL)
        take(take_userdata, record);
    return SMIMEGW_STORE_DONE;
}

/* A record that several of the keys find is handed over for the first of its own among them.
 */
static bool is_first(const struct smimegw_record *record, const struct sgw_key_set *asked,
                     const char *key)
{
    size_t i = 0;
    while (i + 1 < record->lookup_key_count && !sgw_key_set_has(asked, record->lookup_keys[i]))
        i++;
    return strcmp(record->lookup_keys[i], key) == 0;
}

static int ask(struct sgw_key_set *asked, const char *const *lookup_keys, size_t count)
{
    int ret = SMIMEGW_OK;
    for (size_t i = 0; ret == SMIMEGW_OK && i < count; i++)
        ret = sgw_key_set_add(asked, lookup_keys[i], strlen(lookup_keys[i]));
    return ret;
}

static int find(void *userdata, void *session, const char *const *lookup_keys, size_t count,
                smimegw_record_fn take, void *take_userdata)
{
    const struct sgw_memory_session *own = session;
    const struct smimegw_record *record;
    struct sgw_key_set asked = {0};
    bool is_over = false;
    (void)userdata;
    int ret = ask(&asked, lookup_keys, count);
    for (size_t i = 0; ret == SMIMEGW_OK && !is_over && i < count; i++) {
        struct sgw_records_place place = {SGW_BY_LOOKUP_KEY, lookup_keys[i], 0, 0, NULL};
        while (!is_over && (record = sgw_records_next(&own->records, &place)) != NULL)
            is_over =
                is_first(record, &asked, lookup_keys[i]) && take(take_userdata, record) != 0;
    }
    sgw_key_set_clear(&asked);
    return result_of(ret);
}

static int hand_over(const struct sgw_records *records, struct sgw_records_place *place,
                     smimegw_record_fn take, void *take_userdata)
{
    const struct smimegw_record *record;
    while ((record = sgw_records_next(records, place)) != NULL)
        if (take(take_userdata, record) != 0)
            break;
    return SMIMEGW_STORE_DONE;
}

static int each(void *userdata, void *session, int kind, const char *after,
                smimegw_record_fn take, void *take_userdata)
{
    const struct sgw_memory_session *own = session;
    struct sgw_records_place place = {SGW_BY_NAME, "", kind, 0, after};
    (void)userdata;
    return hand_over(&own->records, &place, take, take_userdata);
}

static int oldest(void *userdata, void *session, int kind, smimegw_record_fn take,
                  void *take_userdata)
{
    const struct sgw_memory_session *own = session;
    struct sgw_records_place place = {SGW_BY_AGE, "", kind, 0, NULL};
    (void)userdata;
    return hand_over(&own->records, &place, take, take_userdata);
}

static int put(void *userdata, void *session, const struct smimegw_record *record)
{
    struct sgw_memory_session *own = session;
    (void)userdata;
    own->has_changed = true;
    return result_of(sgw_records_put(&own->records, record));
}

static int remove_one(void *userdata, void *session, int kind, const char *name)
{
    struct sgw_memory_session *own = session;
    (void)userdata;
    own->has_changed = true;
    return result_of(sgw_records_remove(&own->records, kind, name));
}

static int touch(void *userdata, void *session, int kind, const char *const *names,
                 size_t count, int64_t time)
{
    struct sgw_memory_session *own = session;
    int ret = SMIMEGW_OK;
    (void)userdata;
    for (size_t i = 0; ret == SMIMEGW_OK && i < count; i++)
        ret = sgw_records_touch(&own->records, kind, names[i], time);
    return result_of(ret);
}

static int measure(void *userdata, void *session, int kind, int64_t *ret_count,
                   int64_t *ret_bytes)
{
    const struct sgw_memory_session *own = session;
    (void)userdata;
    *ret_count = own->records.counts[kind];
    *ret_bytes = own->records.bytes[kind];
    return SMIMEGW_STORE_DONE;
}

void sgw_memory_functions(struct smimegw_store_functions *ret)
{
    *ret = (struct smimegw_store_functions){.size = sizeof(*ret),
                                            .get = get,
                                            .find = find,
                                            .each = each,
                                            .oldest = oldest,
                                            .put = put,
                                            .remove = remove_one,
                                            .touch = touch,
                                            .measure = measure};
}

/* --- a store of it -------------------------------------------------------------------------
 */

static int begin(void *userdata, int mode, void **ret_session)
{
    struct sgw_memory *memory = userdata;
    bool is_writing = mode == SMIMEGW_TRANSACTION_WRITE;
    if (is_writing && !sgw_memory_take_turn(memory))
        return SMIMEGW_STORE_BUSY;
    struct sgw_memory_session *session = sgw_memory_open(memory, is_writing);
    if (session == NULL && is_writing)
        sgw_memory_leave_turn(memory);
    *ret_session = session;
    return session != NULL ? SMIMEGW_STORE_DONE : SMIMEGW_STORE_NOMEM;
}

static int end(void *userdata, void *session, int is_commit)
{
    struct sgw_memory *memory = userdata;
    struct sgw_memory_session *own = session;
    if (is_commit)
        sgw_memory_install(memory, &own->records);
    if (own->is_writing)
        sgw_memory_leave_turn(memory);
    sgw_memory_close(own);
    return SMIMEGW_STORE_DONE;
}

static void close_store(void *userdata)
{
    sgw_memory_clear(userdata);
    sgw_free(userdata);
}

int smimegw_store_new_memory(struct smimegw_store **ret_store,
                             struct smimegw_error **ret_error)
{
    struct smimegw_store_functions functions;
    SGW_REQUIRE(ret_store != NULL, ret_error);
    struct sgw_memory *memory = sgw_malloc(sizeof(*memory));
    int ret = memory != NULL ? sgw_memory_init(memory) : SMIMEGW_E_NOMEM;
    if (ret < 0) {
        sgw_free(memory);
        return sgw_fail(ret_error, ret, "store in memory");
    }
    sgw_memory_functions(&functions);
    functions.begin = begin;
    functions.end = end;
    functions.close = close_store;
    ret = smimegw_store_new(&functions, memory, ret_store, ret_error);
    if (ret < 0)
        close_store(memory);
    return ret;
}
