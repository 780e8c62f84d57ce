/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/store/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <smimegw/buffer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error_impl.h"

enum { OUT_SIZE = 65536, READ_SIZE = 65536, READ_TRIES = 3, POLL_MS = 10 };

static int fail_io(const char *path, const char *what, struct smimegw_error **ret_error)
{
    char text[128];
    /* as POSIX has it, or as GNU has it: its result is the text */
    const char *why = strerror_r(errno, text, sizeof(text));
    return sgw_fail(ret_error, SMIMEGW_E_IO, "%s: %s: %s", path, what, why);
}

/* --- names ---------------------------------------------------------------------------------
 */

static int append_real(struct sgw_buf *ret, const char *path)
{
    char *real = realpath(path, NULL);
    int result = real == NULL ? SMIMEGW_E_IO : sgw_buf_append_text(ret, real);
    free(real);
    return result;
}

/* A file that is not there yet is in a folder that is. */
static int find_real(const char *path, struct sgw_buf *ret)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    int result = append_real(ret, path);
    if (result != SMIMEGW_E_IO || errno != ENOENT)
        return result;
    char *folder = slash == path   ? sgw_strdup("/")
                   : slash == NULL ? sgw_strdup(".")
                                   : sgw_strndup(path, (size_t)(slash - path));
    result = folder != NULL ? append_real(ret, folder) : SMIMEGW_E_NOMEM;
    sgw_free(folder);
    result = SGW_STEP(result, sgw_buf_append_byte(ret, '/'));
    return SGW_STEP(result, sgw_buf_append_text(ret, name));
}

static char *with_end(const char *path, const char *end)
{
    struct sgw_buf text = SGW_BUF_INIT(0);
    char *result = NULL;
    if (sgw_buf_printf(&text, "%s%s", path, end) == SMIMEGW_OK)
        result = sgw_strdup(sgw_buf_text(&text));
    sgw_buf_clear(&text);
    return result;
}

int sgw_text_file_init(struct sgw_text_file *file, const char *path,
                       struct smimegw_error **ret_error)
{
    struct sgw_buf real = SGW_BUF_INIT(0);
    *file = (struct sgw_text_file){0};
    int ret = find_real(path, &real);
    if (ret == SMIMEGW_E_IO) {
        sgw_buf_clear(&real);
        return fail_io(path, "can't be found", ret_error);
    }
    if (ret == SMIMEGW_OK) {
        file->path = sgw_strdup(sgw_buf_text(&real));
        file->lock = with_end(sgw_buf_text(&real), ".lock");
        file->new_path = with_end(sgw_buf_text(&real), ".new");
        const char *slash = strrchr(sgw_buf_text(&real), '/');
        file->folder =
            sgw_strndup(sgw_buf_text(&real), (size_t)(slash - sgw_buf_text(&real)) + 1);
    }
    sgw_buf_clear(&real);
    if (file->path != NULL && file->lock != NULL && file->new_path != NULL &&
        file->folder != NULL)
        return SMIMEGW_OK;
    sgw_text_file_clear(file);
    return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "store in a file");
}

void sgw_text_file_clear(struct sgw_text_file *file)
{
    sgw_free(file->path);
    sgw_free(file->lock);
    sgw_free(file->new_path);
    sgw_free(file->folder);
    *file = (struct sgw_text_file){0};
}

/* --- one after the other -------------------------------------------------------------------
 */

bool sgw_text_file_lock(const struct sgw_text_file *file, int seconds, int *ret_fd)
{
    const struct timespec pause = {.tv_nsec = POLL_MS * 1000000};
    int fd = open(file->lock, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return false;
    for (int left = seconds * 1000 / POLL_MS; left > 0; left--) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
            *ret_fd = fd;
            return true;
        }
        if (errno != EWOULDBLOCK && errno != EINTR)
            break;
        nanosleep(&pause, NULL);
    }
    close(fd);
    return false;
}

/* --- reading -------------------------------------------------------------------------------
 */

int sgw_text_file_mark(const struct sgw_text_file *file, struct sgw_file_mark *ret,
                       struct smimegw_error **ret_error)
{
    memset(ret, 0, sizeof(*ret));
    ret->is_there = stat(file->path, &ret->status) == 0;
    return ret->is_there || errno == ENOENT ? SMIMEGW_OK
                                            : fail_io(file->path, "can't be read", ret_error);
}

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool sgw_file_mark_is_same(const struct sgw_file_mark *a, const struct sgw_file_mark *b)
{
    const struct stat *one = &a->status;
    const struct stat *other = &b->status;
    if (!a->is_there || !b->is_there)
        return a->is_there == b->is_there;
    return one->st_dev == other->st_dev && one->st_ino == other->st_ino &&
           one->st_size == other->st_size && is_same_time(&one->st_mtim, &other->st_mtim) &&
           is_same_time(&one->st_ctim, &other->st_ctim);
}

static int read_fd(int fd, struct sgw_buf *ret_text)
{
    for (;;) {
        int ret = sgw_buf_reserve(ret_text, READ_SIZE);
        if (ret < 0)
            return ret;
        ssize_t size = read(fd, ret_text->data + ret_text->size, READ_SIZE);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return SMIMEGW_E_IO;
        ret_text->size += (size_t)size;
        if (size == 0)
            return SMIMEGW_OK;
    }
}

/* An editor may write into the file while it is read: then once more. */
static int read_settled(int fd, struct sgw_buf *ret_text, struct sgw_file_mark *ret_mark)
{
    struct sgw_file_mark before = {.is_there = true};
    ret_mark->is_there = true;
    for (int i = 0; i < READ_TRIES; i++) {
        sgw_buf_truncate(ret_text, 0);
        if (fstat(fd, &before.status) != 0 || lseek(fd, 0, SEEK_SET) != 0)
            return SMIMEGW_E_IO;
        int ret = read_fd(fd, ret_text);
        if (ret < 0)
            return ret;
        if (fstat(fd, &ret_mark->status) != 0)
            return SMIMEGW_E_IO;
        if (sgw_file_mark_is_same(&before, ret_mark))
            return SMIMEGW_OK;
    }
    errno = EAGAIN;
    return SMIMEGW_E_IO;
}

int sgw_text_file_read(const struct sgw_text_file *file, struct sgw_buf *ret_text,
                       struct sgw_file_mark *ret_mark, struct smimegw_error **ret_error)
{
    int fd = open(file->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_io(file->path, "can't be read", ret_error);
    int ret = read_settled(fd, ret_text, ret_mark);
    if (ret == SMIMEGW_E_IO)
        fail_io(file->path, "can't be read", ret_error);
    else if (ret < 0)
        sgw_fail(ret_error, ret, "store in a file");
    close(fd);
    return ret;
}

/* --- writing -------------------------------------------------------------------------------
 */

/* Few writes instead of one a key. */
struct out {
    int fd;
    size_t size;
    uint8_t data[OUT_SIZE];
};

static int flush(struct out *out)
{
    int code = smimegw_fd_write(&out->fd, out->data, out->size);
    out->size = 0;
    return code;
}

static int put_out(void *userdata, const void *data, size_t size)
{
    struct out *out = userdata;
    int code = size > OUT_SIZE - out->size ? flush(out) : 0;
    if (code != 0 || size > OUT_SIZE)
        return code != 0 ? code : smimegw_fd_write(&out->fd, data, size);
    memcpy(out->data + out->size, data, size);
    out->size += size;
    return 0;
}

/* As the old one, where there is one; group and others never get more. */
static bool keep_rights(const struct sgw_text_file *file, int fd)
{
    struct stat status;
    if (stat(file->path, &status) != 0)
        return errno == ENOENT;
    mode_t mode = status.st_mode & 0777;
    if (fchown(fd, status.st_uid, status.st_gid) != 0 &&
        fchown(fd, (uid_t)-1, status.st_gid) != 0)
        mode &= 0707;
    return fchmod(fd, mode) == 0;
}

/* The new name is on the disk, too. */
static bool sync_folder(const struct sgw_text_file *file)
{
    int fd = open(file->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    /* file systems that can't do it say EINVAL, and have done it already */
    bool is_done = fsync(fd) == 0 || errno == EINVAL;
    close(fd);
    return is_done;
}

static int write_new(const struct sgw_text_file *file, struct out *out,
                     sgw_text_file_fn write_all, const void *object,
                     struct smimegw_error **ret_error)
{
    struct smimegw_error *error = NULL;
    int ret = write_all(object, put_out, out, &error);
    if (ret == SMIMEGW_E_SINK)
        ret = SMIMEGW_E_IO;
    else if (ret < 0)
        sgw_fail(ret_error, ret, "%s", smimegw_error_text(error));
    smimegw_error_free(error);
    if (ret == SMIMEGW_OK &&
        (flush(out) != 0 || !keep_rights(file, out->fd) || fsync(out->fd) != 0))
        ret = SMIMEGW_E_IO;
    return ret == SMIMEGW_E_IO ? fail_io(file->new_path, "can't be written", ret_error) : ret;
}

int sgw_text_file_replace(const struct sgw_text_file *file, sgw_text_file_fn write_all,
                          const void *object, struct sgw_file_mark *ret_mark,
                          struct smimegw_error **ret_error)
{
    struct out *out = sgw_malloc(sizeof(*out));
    if (out == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "store in a file");
    /* what a process that died has left; a link put there is not followed */
    unlink(file->new_path);
    out->size = 0;
    out->fd = open(file->new_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    int ret = out->fd >= 0 ? write_new(file, out, write_all, object, ret_error)
                           : fail_io(file->new_path, "can't be written", ret_error);
    if (ret == SMIMEGW_OK && rename(file->new_path, file->path) != 0)
        ret = fail_io(file->path, "can't be replaced", ret_error);
    if (out->fd >= 0 && ret < 0)
        unlink(file->new_path);
    /* after the renaming, which is a change, too */
    if (ret == SMIMEGW_OK && fstat(out->fd, &ret_mark->status) != 0)
        ret = fail_io(file->path, "can't be looked at", ret_error);
    ret_mark->is_there = true;
    if (ret == SMIMEGW_OK && !sync_folder(file))
        ret = fail_io(file->path, "its folder can't be synchronised", ret_error);
    if (out->fd >= 0)
        close(out->fd);
    sgw_free(out);
    return ret;
}
