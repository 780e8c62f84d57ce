/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The store in memory keeps every rule of a store. */
#include "store/conformance.h"

static struct smimegw_store *open_memory(void)
{
    struct smimegw_store *store = NULL;
    assert_int_equal(smimegw_store_new_memory(&store, NULL), SMIMEGW_OK);
    return store;
}

int main(void)
{
    const struct conformance memory = {.open = open_memory};
    return conformance_run(&memory);
}
