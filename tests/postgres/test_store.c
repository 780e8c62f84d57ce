/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The store keeps every rule of a store, through the public calls and the installed library.
 */
#include "postgres/support.h"
#include "store/conformance.h"

int main(void)
{
    const struct conformance store = {.open = open_store,
                                      .wipe = wipe_store,
                                      .is_persistent = 1,
                                      .threads = 8,
                                      .rounds = 20};
    return conformance_run(&store);
}
