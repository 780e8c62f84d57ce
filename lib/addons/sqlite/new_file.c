/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/sqlite/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "addons/sqlite/connection.h"
#include "addons/sqlite/fail.h"

static const char *const endings[] = {"", "-journal", "-wal", "-shm"};

static int fail_file(struct smimegw_error **ret_error, const char *path, const char *what)
{
    return sgw_fail(ret_error, SMIMEGW_E_IO, "%.300s: %s: %s", path, what,
                    strerrordesc_np(errno));
}

/* False for names that no file can have. */
static bool join(char ret[PATH_MAX], const char *path, const char *ending)
{
    int size = snprintf(ret, PATH_MAX, "%s%s", path, ending);
    return size >= 0 && size < PATH_MAX;
}

bool sgw_new_file_is_there(const char *path, const char *ending)
{
    char name[PATH_MAX];
    struct stat status;
    return join(name, path, ending) && lstat(name, &status) == 0;
}

/* With the mode it shall have; SQLite gives the same one to the files beside it. */
static int make_empty(const char *path, char ret_name[PATH_MAX],
                      struct smimegw_error **ret_error)
{
    char ending[32];
    uint64_t number;
    if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
        return fail_file(ret_error, path, "no random name");
    snprintf(ending, sizeof(ending), "-new-%016" PRIx64, number);
    if (!join(ret_name, path, ending))
        return sgw_fail(ret_error, SMIMEGW_E_IO, "%.100s...: too long", path);
    int fd = open(ret_name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail_file(ret_error, path, "the file can't be made");
    close(fd);
    return SMIMEGW_OK;
}

static void remove_all(const char *path)
{
    char name[PATH_MAX];
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
        if (join(name, path, endings[i]))
            unlink(name);
}

/* A name is on the disk when its folder is. */
static int sync_folder(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    /* with its slash: the name of the root is nothing else */
    size_t size = slash != NULL ? (size_t)(slash - path) + 1 : 0;
    snprintf(folder, sizeof(folder), "%.*s.", (int)size, path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int ret = fsync(fd);
    close(fd);
    return ret;
}

static int take_place(const char *name, const char *path, enum sgw_old_file old_file,
                      struct smimegw_error **ret_error)
{
    int ret = old_file == SGW_OLD_FILE_GOES ? rename(name, path) : link(name, path);
    if (ret != 0 && old_file == SGW_OLD_FILE_FAILS && errno == EEXIST)
        return sgw_fail(ret_error, SMIMEGW_E_STATE, "%.300s: a file came there meanwhile",
                        path);
    if (ret != 0 && (old_file != SGW_OLD_FILE_STAYS || errno != EEXIST))
        return fail_file(ret_error, path, "the file can't take its place");
    if (old_file != SGW_OLD_FILE_GOES)
        unlink(name);
    return sync_folder(path) == 0 ? SMIMEGW_OK
                                  : fail_file(ret_error, path, "its folder can't be synced");
}

int sgw_new_file_make(const char *path, enum sgw_old_file old_file,
                      int (*fill)(void *data, const struct sgw_place *place,
                                  struct smimegw_error **ret_error),
                      void *data, struct smimegw_error **ret_error)
{
    char name[PATH_MAX];
    struct sgw_place place;
    int ret = make_empty(path, name, ret_error);
    if (ret < 0)
        return ret;
    ret = sgw_place_init(&place, name, false, ret_error);
    if (ret == SMIMEGW_OK) {
        ret = fill(data, &place, ret_error);
        sgw_place_clear(&place);
    }
    if (ret == SMIMEGW_OK)
        ret = take_place(name, path, old_file, ret_error);
    if (ret < 0)
        remove_all(name);
    return ret;
}
