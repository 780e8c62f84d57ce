/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef STORE_CONFORMANCE_H
#define STORE_CONFORMANCE_H

#include "store/conformance_keys.h"
#include "store/conformance_shared.h"
#include "store/conformance_text.h"

/* Every rule of struct smimegw_store_functions, for one kind of store; what main() returns. */
static inline int conformance_run(const struct conformance *store)
{
    const struct CMUnitTest tests[] = {
        CONFORMANCE_TEST(an_empty_store_has_nothing),
        CONFORMANCE_TEST(a_key_comes_back_as_it_was),
        CONFORMANCE_TEST(a_name_is_unique),
        CONFORMANCE_TEST(keys_are_found_by_whom_they_serve),
        CONFORMANCE_TEST(each_is_found_once),
        CONFORMANCE_TEST(hostile_addresses_find_nothing),
        CONFORMANCE_TEST(names_are_in_the_order_of_strcmp),
        CONFORMANCE_TEST(hostile_names_are_names),
        CONFORMANCE_TEST(what_is_removed_is_gone),
        CONFORMANCE_TEST(a_file_goes_out_and_in),
        CONFORMANCE_TEST(an_import_can_be_undone),
        CONFORMANCE_TEST(private_keys_never_get_in),
        CONFORMANCE_TEST(all_fields_come_back),
        CONFORMANCE_TEST(kinds_are_apart),
        CONFORMANCE_TEST(large_records_come_back),
        CONFORMANCE_TEST(use_is_noted),
        CONFORMANCE_TEST(the_oldest_comes_first),
        CONFORMANCE_TEST(a_rollback_keeps_nothing),
        CONFORMANCE_TEST(a_reader_sees_one_state),
        CONFORMANCE_TEST(sizes_are_told),
        CONFORMANCE_TEST(what_was_committed_stays),
        CONFORMANCE_TEST(threads_lose_nothing),
    };
    conformance_store = store;
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
