/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Harvesters of many threads on one store. Arguments: `sqlite` by two processes, `threads` by
 * one, or `memory`; and seconds. */
#include "store/harvest_stress.h"

#include <smimegw/sqlite.h>
#include <string.h>

#include "table.h"

static char path[96];
static struct smimegw_store *shared;

/* One who is out of luck waits. */
static struct smimegw_store *open_file(void)
{
    struct smimegw_store *store = NULL;
    smimegw_sqlite_open(path, SMIMEGW_SQLITE_CREATE, 20000, &store, NULL);
    return store;
}

static struct smimegw_store *open_memory(void)
{
    return smimegw_store_ref(shared);
}

int main(int argc, char **argv)
{
    char folder[64];
    const char *what = argc > 1 ? argv[1] : "sqlite";
    struct stress stress = {.open = open_file,
                            .processes = strcmp(what, "sqlite") == 0 ? 2 : 1,
                            .seconds = argc > 2 ? atoi(argv[2]) : 4};
    if (strcmp(what, "memory") == 0) {
        stress.open = open_memory;
        smimegw_store_new_memory(&shared, NULL);
    }
    if (table_folder(folder) < 0) {
        printf("Bail out! folder\n");
        return 1;
    }
    snprintf(path, sizeof(path), "%s/store", folder);
    int failed = stress_run(&stress);
    smimegw_store_unref(shared);
    table_remove(path);
    rmdir(folder);
    return failed;
}
