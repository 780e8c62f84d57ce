/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Harvesters of two processes, each with a store of its own on one server. Argument: seconds.
 */
#include "store/harvest_stress.h"

#include <smimegw/postgres.h>
#include <stdlib.h>

static struct smimegw_store *open_store(void)
{
    static const char *const settings[] = {"create", "yes", "timeout-ms", "20000", NULL};
    struct smimegw_store *store = NULL;
    smimegw_postgres_open("dbname=postgres", settings, &store, NULL);
    return store;
}

int main(int argc, char **argv)
{
    const struct stress stress = {
        .open = open_store, .processes = 2, .seconds = argc > 1 ? atoi(argv[1]) : 4};
    return stress_run(&stress);
}
