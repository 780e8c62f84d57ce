/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "gateway/keys_file.h"
#include "gateway/store/key_set.h"
#include "gateway/store/memory_store.h"
#include "gateway/store/store_impl.h"
#include "gateway/store/text_file.h"

/* What the file says, in memory. */
struct file_store {
    struct sgw_text_file file;
    struct sgw_memory memory;
    pthread_mutex_t reading; /* one reads the file; the others wait for what comes of it */
    struct sgw_file_mark mark;
    struct smimegw_store_functions functions; /* of a session in memory */
};

/* --- the file to records -------------------------------------------------------------------
 */

/* The file keeps no more of a key than that. */
static struct smimegw_record kept_of(const struct smimegw_record *record)
{
    return (struct smimegw_record){.size = sizeof(*record),
                                   .kind = SMIMEGW_RECORD_KEY,
                                   .grade = SMIMEGW_GRADE_ADMINISTRATOR,
                                   .name = record->name,
                                   .origin = record->origin != NULL ? record->origin
                                                                    : SGW_DEFAULT_ORIGIN,
                                   .data = record->data,
                                   .data_size = record->data_size,
                                   .lookup_keys = record->lookup_keys,
                                   .lookup_key_count = record->lookup_key_count};
}

static int has_name(void *userdata, const char *name, bool *ret_has,
                    struct smimegw_error **ret_error)
{
    (void)ret_error;
    *ret_has = sgw_records_get(userdata, SMIMEGW_RECORD_KEY, name) != NULL;
    return SMIMEGW_OK;
}

/* Each entry of the file is one record, whatever the others are. */
static int has_cert(void *userdata, const struct smimegw_cert *cert, const char *name,
                    bool *ret_has, struct smimegw_error **ret_error)
{
    (void)userdata;
    (void)cert;
    (void)name;
    (void)ret_error;
    *ret_has = false;
    return SMIMEGW_OK;
}

static int put_entry(void *userdata, const struct sgw_key_entry *entry, bool replaces,
                     int *ret_outcome, struct smimegw_error **ret_error)
{
    struct sgw_key_set keys = {0};
    bool is_taken;
    (void)replaces;
    has_name(userdata, entry->name, &is_taken, ret_error);
    *ret_outcome = is_taken ? SMIMEGW_IMPORT_CONFLICT : SMIMEGW_IMPORT_ADDED;
    if (is_taken)
        return SMIMEGW_OK;
    int ret = sgw_key_set_add_cert(&keys, entry->cert);
    ret = SGW_STEP(ret, sgw_key_set_list(&keys));
    struct smimegw_record record = {.name = entry->name,
                                    .origin = entry->origin,
                                    .data = entry->cert->der.data,
                                    .data_size = entry->cert->der.size,
                                    .lookup_keys = keys.keys,
                                    .lookup_key_count = keys.count};
    record = kept_of(&record);
    ret = SGW_STEP(ret, sgw_records_put(userdata, &record));
    sgw_key_set_clear(&keys);
    return ret < 0 ? sgw_fail(ret_error, ret, "store in a file") : SMIMEGW_OK;
}

/* A file that is not whole is no store: a key that is left out would be "no key". */
static int stop_at_fault(void *userdata, int outcome, size_t line, const char *name,
                         const char *text, size_t done, size_t size)
{
    (void)done;
    (void)size;
    if (outcome == SMIMEGW_IMPORT_ADDED)
        return 0;
    sgw_fail(userdata, SMIMEGW_E_KEY, "line %zu%s%s: %s", line,
             name[0] != '\0' ? ", key " : "", name, text);
    return 1;
}

static int parse(const char *path, const struct sgw_buf *text, struct sgw_records *records,
                 struct smimegw_error **ret_error)
{
    struct smimegw_error *fault = NULL;
    struct smimegw_error *error = NULL;
    const struct sgw_keys_source source = {sgw_buf_text(text), text->size,
                                           SMIMEGW_KEYRING_FORCE, stop_at_fault, &fault};
    const struct sgw_keys_target target = {records, has_name, has_cert, put_entry};
    int ret = sgw_keys_read(&source, &target, &error);
    if (ret == SMIMEGW_E_SINK)
        ret = SMIMEGW_E_KEY;
    if (ret < 0)
        sgw_fail(ret_error, ret, "%s: %s", path,
                 smimegw_error_text(fault != NULL ? fault : error));
    smimegw_error_free(fault);
    smimegw_error_free(error);
    return ret;
}

static int read_records(struct file_store *store, struct sgw_records *ret_records,
                        struct sgw_file_mark *ret_mark, struct smimegw_error **ret_error)
{
    struct sgw_buf text = SGW_BUF_INIT(0);
    int ret = sgw_records_init(ret_records);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "store in a file");
    if (!ret_mark->is_there)
        return SMIMEGW_OK;
    ret = sgw_text_file_read(&store->file, &text, ret_mark, ret_error);
    ret = SGW_STEP(ret, parse(store->file.path, &text, ret_records, ret_error));
    sgw_buf_clear(&text);
    if (ret < 0)
        sgw_records_clear(ret_records);
    return ret;
}

/* Read the file again where it is another one. */
static int refresh(struct file_store *store, struct smimegw_error **ret_error)
{
    struct sgw_file_mark mark;
    struct sgw_records records;
    pthread_mutex_lock(&store->reading);
    int ret = sgw_text_file_mark(&store->file, &mark, ret_error);
    if (ret == SMIMEGW_OK && !sgw_file_mark_is_same(&mark, &store->mark)) {
        ret = read_records(store, &records, &mark, ret_error);
        if (ret == SMIMEGW_OK) {
            sgw_memory_install(&store->memory, &records);
            store->mark = mark;
        }
    }
    pthread_mutex_unlock(&store->reading);
    return ret;
}

/* --- records to the file -------------------------------------------------------------------
 */

static int write_all(const void *object, smimegw_write_fn write, void *userdata,
                     struct smimegw_error **ret_error)
{
    const struct smimegw_record *record;
    struct sgw_records_place place = {SGW_BY_NAME, "", SMIMEGW_RECORD_KEY, 0, NULL};
    int ret = sgw_keys_write_head(write, userdata, ret_error);
    while (ret == SMIMEGW_OK && (record = sgw_records_next(object, &place)) != NULL) {
        const struct sgw_keys_line line = {record->name, record->origin, record->data,
                                           record->data_size};
        ret = sgw_keys_write(&line, write, userdata, ret_error);
    }
    return SGW_STEP(ret, sgw_keys_write_end(write, userdata, ret_error));
}

static int result_of(int ret)
{
    if (ret == SMIMEGW_OK)
        return SMIMEGW_STORE_DONE;
    return ret == SMIMEGW_E_NOMEM ? SMIMEGW_STORE_NOMEM : ret;
}

static int commit(struct file_store *store, struct sgw_memory_session *session)
{
    struct sgw_file_mark mark;
    if (!session->has_changed)
        return SMIMEGW_STORE_DONE;
    pthread_mutex_lock(&store->reading);
    int ret = sgw_text_file_replace(&store->file, write_all, &session->records, &mark, NULL);
    if (ret == SMIMEGW_OK) {
        sgw_memory_install(&store->memory, &session->records);
        store->mark = mark;
    }
    pthread_mutex_unlock(&store->reading);
    return result_of(ret);
}

/* --- the functions -------------------------------------------------------------------------
 */

static int begin_reading(struct file_store *store, void **ret_session)
{
    int ret = refresh(store, NULL);
    if (ret < 0)
        return result_of(ret);
    *ret_session = sgw_memory_open(&store->memory, false);
    return *ret_session != NULL ? SMIMEGW_STORE_DONE : SMIMEGW_STORE_NOMEM;
}

static int begin_writing(struct file_store *store, void **ret_session)
{
    int lock;
    if (!sgw_memory_take_turn(&store->memory))
        return SMIMEGW_STORE_BUSY;
    if (!sgw_text_file_lock(&store->file, SGW_STORE_PATIENCE, &lock)) {
        sgw_memory_leave_turn(&store->memory);
        return SMIMEGW_STORE_BUSY;
    }
    int ret = refresh(store, NULL);
    struct sgw_memory_session *session =
        ret == SMIMEGW_OK ? sgw_memory_open(&store->memory, true) : NULL;
    if (session != NULL) {
        session->lock = lock;
        *ret_session = session;
        return SMIMEGW_STORE_DONE;
    }
    close(lock);
    sgw_memory_leave_turn(&store->memory);
    return result_of(ret == SMIMEGW_OK ? SMIMEGW_E_NOMEM : ret);
}

static int begin(void *userdata, int mode, void **ret_session)
{
    return mode == SMIMEGW_TRANSACTION_WRITE ? begin_writing(userdata, ret_session)
                                             : begin_reading(userdata, ret_session);
}

static int end(void *userdata, void *session, int is_commit)
{
    struct file_store *store = userdata;
    struct sgw_memory_session *own = session;
    int result = is_commit ? commit(store, own) : SMIMEGW_STORE_DONE;
    if (own->is_writing) {
        close(own->lock);
        sgw_memory_leave_turn(&store->memory);
    }
    sgw_memory_close(own);
    return result;
}

static int put(void *userdata, void *session, const struct smimegw_record *record)
{
    const struct file_store *store = userdata;
    if (record->kind != SMIMEGW_RECORD_KEY)
        return SMIMEGW_STORE_UNSUPPORTED;
    const struct smimegw_record kept = kept_of(record);
    return store->functions.put(NULL, session, &kept);
}

/* The file has no place for it, and is not written for it. */
static int touch(void *userdata, void *session, int kind, const char *const *names,
                 size_t count, int64_t time)
{
    (void)userdata;
    (void)session;
    (void)kind;
    (void)names;
    (void)count;
    (void)time;
    return SMIMEGW_STORE_DONE;
}

static int explain(void *userdata, struct smimegw_error **ret_error)
{
    return refresh(userdata, ret_error);
}

static void close_store(void *userdata)
{
    struct file_store *store = userdata;
    sgw_text_file_clear(&store->file);
    sgw_memory_clear(&store->memory);
    pthread_mutex_destroy(&store->reading);
    sgw_free(store);
}

static int make(const char *path, struct file_store **ret_store,
                struct smimegw_error **ret_error)
{
    struct file_store *store = sgw_calloc(1, sizeof(*store));
    if (store == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "store in a file");
    int ret = sgw_text_file_init(&store->file, path, ret_error);
    if (ret < 0) {
        sgw_free(store);
        return ret;
    }
    ret = sgw_memory_init(&store->memory);
    if (ret == SMIMEGW_OK && pthread_mutex_init(&store->reading, NULL) != 0) {
        sgw_memory_clear(&store->memory);
        ret = SMIMEGW_E_NOMEM;
    }
    if (ret < 0) {
        sgw_text_file_clear(&store->file);
        sgw_free(store);
        return sgw_fail(ret_error, ret, "store in a file");
    }
    sgw_memory_functions(&store->functions);
    *ret_store = store;
    return SMIMEGW_OK;
}

int smimegw_store_new_file(const char *path, struct smimegw_store **ret_store,
                           struct smimegw_error **ret_error)
{
    struct file_store *store = NULL;
    SGW_REQUIRE(path != NULL && path[0] != '\0', ret_error);
    SGW_REQUIRE(ret_store != NULL, ret_error);
    int ret = make(path, &store, ret_error);
    if (ret < 0)
        return ret;
    struct smimegw_store_functions functions = store->functions;
    functions.begin = begin;
    functions.end = end;
    functions.put = put;
    functions.touch = touch;
    functions.close = close_store;
    ret = refresh(store, ret_error);
    ret = SGW_STEP(ret, smimegw_store_new(&functions, store, ret_store, ret_error));
    if (ret < 0)
        close_store(store);
    else
        (*ret_store)->explain = explain;
    return ret;
}
