/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The store keeps every rule of a store, through the public calls and the installed library.
 */
#include <smimegw/sqlite.h>
#include <unistd.h>

#include "store/conformance.h"

static char path[64];

static void wipe(void)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    char name[80];
    for (size_t i = 0; i < 3; i++) {
        snprintf(name, sizeof(name), "%s%s", path, endings[i]);
        unlink(name);
    }
}

static struct smimegw_store *open_store(void)
{
    struct smimegw_store *store = NULL;
    struct smimegw_error *error = NULL;
    need(smimegw_sqlite_open(path, SMIMEGW_SQLITE_CREATE, 0, &store, &error), error, path);
    return store;
}

int main(void)
{
    const struct conformance store = {
        .open = open_store, .wipe = wipe, .is_persistent = 1, .threads = 8, .rounds = 20};
    snprintf(path, sizeof(path), "/tmp/smimegw-store-%d", (int)getpid());
    int ret = conformance_run(&store);
    wipe();
    return ret;
}
