/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "stream/message_impl.h"
#include "stream/sink.h"
#include "stream/spool.h"

enum message_state { MESSAGE_OPEN, MESSAGE_FINISHED, MESSAGE_FAILED };

struct smimegw_message {
    enum message_state state;
    int64_t size_limit; /* 0: none */
    int64_t size;
    struct sgw_source *source; /* one of the three below, NULL until finished */
    struct sgw_spool spool;
    struct sgw_memory_source memory;
    struct sgw_file_source file;
};

static int check_size(int64_t limit, int64_t size, struct smimegw_error **ret_error)
{
    if (limit > 0 && size > limit)
        return sgw_fail(ret_error, SMIMEGW_E_LIMIT, "message of more than %" PRId64 " bytes",
                        limit);
    return SMIMEGW_OK;
}

static int new_message(const struct sgw_spool_settings *settings, struct smimegw_message **ret,
                       struct smimegw_error **ret_error)
{
    struct smimegw_message *message = sgw_calloc(1, sizeof(*message));
    if (message == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "message");
    message->size_limit = settings->size_limit;
    *ret = message;
    return SMIMEGW_OK;
}

int sgw_message_new(const struct sgw_spool_settings *settings, struct smimegw_message **ret,
                    struct smimegw_error **ret_error)
{
    struct smimegw_message *message = NULL;
    int result = new_message(settings, &message, ret_error);
    if (message == NULL)
        return result;
    result = sgw_spool_init(&message->spool, settings->memory_limit, settings->directory,
                            ret_error);
    if (result < 0) {
        sgw_free(message);
        return result;
    }
    *ret = message;
    return SMIMEGW_OK;
}

static void finish_with(struct smimegw_message *message, struct sgw_source *source)
{
    message->source = source;
    message->size = source->size;
    message->state = MESSAGE_FINISHED;
}

int sgw_message_new_memory(const struct sgw_spool_settings *settings, const void *data,
                           size_t size, struct smimegw_message **ret,
                           struct smimegw_error **ret_error)
{
    assert(size <= INT64_MAX);
    struct smimegw_message *message = NULL;
    int result = check_size(settings->size_limit, (int64_t)size, ret_error);
    if (result == SMIMEGW_OK)
        result = new_message(settings, &message, ret_error);
    if (message == NULL)
        return result;
    sgw_memory_source_init(&message->memory, data, size);
    finish_with(message, &message->memory.base);
    *ret = message;
    return SMIMEGW_OK;
}

/* Bytes from the offset to the end of a regular file. */
static int measure_file(int fd, int64_t offset, int64_t *ret_size,
                        struct smimegw_error **ret_error)
{
    struct stat status;
    if (offset < 0)
        return sgw_fail(ret_error, SMIMEGW_E_USAGE, "negative offset into a file");
    if (fstat(fd, &status) < 0)
        return sgw_fail(ret_error, SMIMEGW_E_IO, "not an open descriptor (errno %d)", errno);
    if (!S_ISREG(status.st_mode))
        return sgw_fail(ret_error, SMIMEGW_E_IO, "the descriptor is of no regular file");
    if (offset > status.st_size)
        return sgw_fail(ret_error, SMIMEGW_E_IO, "the offset is past the end of the file");
    *ret_size = status.st_size - offset;
    return SMIMEGW_OK;
}

int sgw_message_new_fd(const struct sgw_spool_settings *settings, int fd, int64_t offset,
                       struct smimegw_message **ret, struct smimegw_error **ret_error)
{
    int64_t size = 0;
    struct smimegw_message *message = NULL;
    int result = measure_file(fd, offset, &size, ret_error);
    if (result == SMIMEGW_OK)
        result = check_size(settings->size_limit, size, ret_error);
    if (result == SMIMEGW_OK)
        result = new_message(settings, &message, ret_error);
    if (message == NULL)
        return result;
    result = sgw_file_source_init(&message->file, fd, offset, size, ret_error);
    if (result < 0) {
        sgw_free(message);
        return result;
    }
    finish_with(message, &message->file.base);
    *ret = message;
    return SMIMEGW_OK;
}

/* Nothing of a failed message is kept. */
static int fail_message(struct smimegw_message *message, int code)
{
    sgw_spool_clear(&message->spool);
    message->state = MESSAGE_FAILED;
    return code;
}

static int require_open(const struct smimegw_message *message,
                        struct smimegw_error **ret_error)
{
    if (message->state == MESSAGE_OPEN)
        return SMIMEGW_OK;
    return sgw_fail(ret_error, SMIMEGW_E_STATE,
                    message->state == MESSAGE_FAILED ? "the message has failed before"
                                                     : "the message is finished");
}

int smimegw_message_write(struct smimegw_message *message, const void *data, size_t size,
                          struct smimegw_error **ret_error)
{
    SGW_REQUIRE(message != NULL, ret_error);
    SGW_REQUIRE(data != NULL || size == 0, ret_error);
    int ret = require_open(message, ret_error);
    if (ret < 0)
        return ret;
    int64_t total = INT64_MAX;
    if (__builtin_add_overflow(message->size, size, &total))
        ret = sgw_fail(ret_error, SMIMEGW_E_LIMIT, "more bytes than can be counted");
    else
        ret = check_size(message->size_limit, total, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_spool_write(&message->spool, data, size, ret_error);
    if (ret < 0)
        return fail_message(message, ret);
    message->size = total;
    return SMIMEGW_OK;
}

int smimegw_message_finish(struct smimegw_message *message, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(message != NULL, ret_error);
    int ret = require_open(message, ret_error);
    if (ret < 0)
        return ret;
    finish_with(message, sgw_spool_source(&message->spool));
    return SMIMEGW_OK;
}

int64_t smimegw_message_size(const struct smimegw_message *message)
{
    return message != NULL ? message->size : 0;
}

void smimegw_message_free(struct smimegw_message *message)
{
    if (message == NULL)
        return;
    sgw_spool_clear(&message->spool);
    sgw_file_source_clear(&message->file);
    sgw_free(message);
}

int sgw_message_source(struct smimegw_message *message, struct sgw_source **ret_source,
                       struct smimegw_error **ret_error)
{
    if (message->state != MESSAGE_FINISHED)
        return sgw_fail(ret_error, SMIMEGW_E_STATE,
                        message->state == MESSAGE_FAILED ? "the message has failed before"
                                                         : "the message is not finished");
    *ret_source = message->source;
    return SMIMEGW_OK;
}

int smimegw_message_copy(struct smimegw_message *message, int64_t offset, int64_t size,
                         smimegw_write_fn write, void *userdata,
                         struct smimegw_error **ret_error)
{
    SGW_REQUIRE(message != NULL && offset >= 0 && size >= 0 && write != NULL, ret_error);
    struct sgw_source *source = NULL;
    struct sgw_callback_sink sink;
    int ret = sgw_message_source(message, &source, ret_error);
    if (ret < 0 || size == 0 || offset >= source->size)
        return ret;
    int64_t most = source->size - offset;
    sgw_callback_sink_init(&sink, write, userdata);
    ret = sgw_source_run(source, offset, size < most ? size : most, &sink.base, ret_error);
    sgw_callback_sink_clear(&sink);
    return ret;
}
