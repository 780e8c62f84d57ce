/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The store of a text file keeps every rule of a store. */
#include <unistd.h>

#include "store/conformance.h"

static char folder[] = "/tmp/smimegw-store-XXXXXX";
static char path[64];

static struct smimegw_store *open_file(void)
{
    struct smimegw_store *store = NULL;
    struct smimegw_error *error = NULL;
    need(smimegw_store_new_file(path, &store, &error), error, path);
    return store;
}

static void wipe(void)
{
    unlink(path);
}

int main(void)
{
    const struct conformance file = {
        .open = open_file, .wipe = wipe, .is_persistent = 1, .is_file = 1, .rounds = 15};
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(path, sizeof(path), "%s/keys", folder);
    int failed = conformance_run(&file);
    wipe();
    strcat(path, ".lock");
    unlink(path);
    rmdir(folder);
    return failed;
}
