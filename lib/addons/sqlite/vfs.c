/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/sqlite/vfs.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "addons/common/checksum.h"

/* Reads below this size are of the header only, which is read once more with its page. */
enum { SMALLEST_PAGE = 512 };

/* SQLite's file comes behind this one, in the same memory. */
struct page_file {
    sqlite3_file file;
    int has_sums; /* the database itself, not its log */
    uint8_t page[SGW_PAGE_SIZE];
};

static sqlite3_file *real_file(sqlite3_file *file)
{
    return (sqlite3_file *)((struct page_file *)file + 1);
}

static sqlite3_vfs *real_vfs(sqlite3_vfs *vfs)
{
    return vfs->pAppData;
}

/* The place counts: a page that was written elsewhere is none. */
static void sum_page(const uint8_t *page, sqlite3_int64 offset, uint8_t ret[SGW_PAGE_RESERVE])
{
    uint64_t sum = sgw_checksum_number(1, (uint64_t)offset);
    sum = sgw_checksum_add(sum, page, SGW_PAGE_SIZE - SGW_PAGE_RESERVE);
    for (int i = 0; i < SGW_PAGE_RESERVE; i++)
        ret[i] = (uint8_t)(sum >> (8 * i));
}

static int read_page(sqlite3_file *file, void *data, int size, sqlite3_int64 offset)
{
    uint8_t sum[SGW_PAGE_RESERVE];
    int ret = real_file(file)->pMethods->xRead(real_file(file), data, size, offset);
    if (ret != SQLITE_OK || !((struct page_file *)file)->has_sums || size < SMALLEST_PAGE)
        return ret;
    if (size != SGW_PAGE_SIZE)
        return SQLITE_CORRUPT;
    sum_page(data, offset, sum);
    const uint8_t *found = (const uint8_t *)data + SGW_PAGE_SIZE - SGW_PAGE_RESERVE;
    return memcmp(found, sum, sizeof(sum)) == 0 ? SQLITE_OK : SQLITE_CORRUPT;
}

static int write_page(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset)
{
    struct page_file *own = (struct page_file *)file;
    if (own->has_sums) {
        if (size != SGW_PAGE_SIZE)
            return SQLITE_IOERR_WRITE;
        memcpy(own->page, data, SGW_PAGE_SIZE);
        sum_page(own->page, offset, own->page + SGW_PAGE_SIZE - SGW_PAGE_RESERVE);
        data = own->page;
    }
    return real_file(file)->pMethods->xWrite(real_file(file), data, size, offset);
}

static int close_file(sqlite3_file *file)
{
    return real_file(file)->pMethods->xClose(real_file(file));
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 size)
{
    return real_file(file)->pMethods->xTruncate(real_file(file), size);
}

static int sync_file(sqlite3_file *file, int flags)
{
    return real_file(file)->pMethods->xSync(real_file(file), flags);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
    return real_file(file)->pMethods->xFileSize(real_file(file), ret_size);
}

/* One that a backup replaced between opening and the first look: the log of that name belongs
 * to the new file. */
static int check_place(sqlite3_file *real)
{
    int has_moved = 0;
    real->pMethods->xFileControl(real, SQLITE_FCNTL_HAS_MOVED, &has_moved);
    if (!has_moved)
        return SQLITE_OK;
    real->pMethods->xUnlock(real, SQLITE_LOCK_NONE);
    return SQLITE_CANTOPEN;
}

static int lock_file(sqlite3_file *file, int level)
{
    sqlite3_file *real = real_file(file);
    int ret = real->pMethods->xLock(real, level);
    return ret == SQLITE_OK && level == SQLITE_LOCK_SHARED ? check_place(real) : ret;
}

static int unlock_file(sqlite3_file *file, int level)
{
    return real_file(file)->pMethods->xUnlock(real_file(file), level);
}

static int check_lock(sqlite3_file *file, int *ret_is_locked)
{
    return real_file(file)->pMethods->xCheckReservedLock(real_file(file), ret_is_locked);
}

static int control_file(sqlite3_file *file, int what, void *argument)
{
    return real_file(file)->pMethods->xFileControl(real_file(file), what, argument);
}

static int sector_size(sqlite3_file *file)
{
    return real_file(file)->pMethods->xSectorSize(real_file(file));
}

static int device_traits(sqlite3_file *file)
{
    return real_file(file)->pMethods->xDeviceCharacteristics(real_file(file));
}

static int map_shared(sqlite3_file *file, int region, int size, int may_grow,
                      void volatile **ret_memory)
{
    return real_file(file)->pMethods->xShmMap(real_file(file), region, size, may_grow,
                                              ret_memory);
}

static int lock_shared(sqlite3_file *file, int offset, int count, int flags)
{
    return real_file(file)->pMethods->xShmLock(real_file(file), offset, count, flags);
}

static void order_shared(sqlite3_file *file)
{
    real_file(file)->pMethods->xShmBarrier(real_file(file));
}

static int unmap_shared(sqlite3_file *file, int is_deleted)
{
    return real_file(file)->pMethods->xShmUnmap(real_file(file), is_deleted);
}

/* Version 2: without memory mapped pages, which nobody would check. */
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = close_file,
    .xRead = read_page,
    .xWrite = write_page,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = file_size,
    .xLock = lock_file,
    .xUnlock = unlock_file,
    .xCheckReservedLock = check_lock,
    .xFileControl = control_file,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = device_traits,
    .xShmMap = map_shared,
    .xShmLock = lock_shared,
    .xShmBarrier = order_shared,
    .xShmUnmap = unmap_shared,
};

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                     int *ret_flags)
{
    struct page_file *own = (struct page_file *)file;
    sqlite3_file *real = real_file(file);
    memset(real, 0, sizeof(*real));
    own->file.pMethods = NULL;
    own->has_sums = (flags & SQLITE_OPEN_MAIN_DB) != 0;
    int ret = real_vfs(vfs)->xOpen(real_vfs(vfs), name, real, flags, ret_flags);
    if (ret == SQLITE_OK && real->pMethods->iVersion < 2) {
        real->pMethods->xClose(real);
        return SQLITE_CANTOPEN;
    }
    /* one that is not open may have to be closed all the same */
    own->file.pMethods = real->pMethods != NULL ? &methods : NULL;
    return ret;
}

static int delete_file(sqlite3_vfs *vfs, const char *name, int is_synced)
{
    return real_vfs(vfs)->xDelete(real_vfs(vfs), name, is_synced);
}

static int access_file(sqlite3_vfs *vfs, const char *name, int flags, int *ret)
{
    return real_vfs(vfs)->xAccess(real_vfs(vfs), name, flags, ret);
}

static int full_name(sqlite3_vfs *vfs, const char *name, int size, char *ret_name)
{
    return real_vfs(vfs)->xFullPathname(real_vfs(vfs), name, size, ret_name);
}

static int make_random(sqlite3_vfs *vfs, int size, char *ret)
{
    return real_vfs(vfs)->xRandomness(real_vfs(vfs), size, ret);
}

static int sleep_a_while(sqlite3_vfs *vfs, int microseconds)
{
    return real_vfs(vfs)->xSleep(real_vfs(vfs), microseconds);
}

static int current_time(sqlite3_vfs *vfs, double *ret_day)
{
    return real_vfs(vfs)->xCurrentTime(real_vfs(vfs), ret_day);
}

static int last_error(sqlite3_vfs *vfs, int size, char *ret_text)
{
    return real_vfs(vfs)->xGetLastError(real_vfs(vfs), size, ret_text);
}

int sgw_vfs_open(struct sgw_vfs *vfs)
{
    sqlite3_vfs *real = sqlite3_vfs_find(NULL);
    if (real == NULL)
        return SQLITE_CANTOPEN;
    snprintf(vfs->name, sizeof(vfs->name), "smimegw-%p", (void *)vfs);
    /* Version 1, and no loading of extensions. */
    vfs->vfs = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = (int)sizeof(struct page_file) + real->szOsFile,
        .mxPathname = real->mxPathname,
        .zName = vfs->name,
        .pAppData = real,
        .xOpen = open_file,
        .xDelete = delete_file,
        .xAccess = access_file,
        .xFullPathname = full_name,
        .xRandomness = make_random,
        .xSleep = sleep_a_while,
        .xCurrentTime = current_time,
        .xGetLastError = last_error,
    };
    return sqlite3_vfs_register(&vfs->vfs, 0);
}

void sgw_vfs_close(struct sgw_vfs *vfs)
{
    sqlite3_vfs_unregister(&vfs->vfs);
}
