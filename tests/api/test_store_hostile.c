/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A store that lies, fails, raises, or calls back: a documented error, and nothing of it is
 * believed (AC-142). */
#include "store_villain.h"

/* --- the calls -----------------------------------------------------------------------------
 */

static int call(struct villain *villain, char function, int *ret_taken,
                struct smimegw_error **error)
{
    static const char *const addresses[] = {"rsa2048@example.com"};
    static const char *const names[] = {"x"};
    struct smimegw_transaction *transaction = villain->transaction;
    const struct smimegw_record record = key_record("x", villain->good);
    struct names taken = {0};
    int64_t count;
    int ret = SMIMEGW_E_USAGE;
    switch (function) {
    case 'g':
        ret = smimegw_transaction_get(transaction, SMIMEGW_RECORD_KEY, "x", take_name, &taken,
                                      error);
        break;
    case 'f':
        ret = smimegw_transaction_find(transaction, addresses, 1, take_name, &taken, error);
        break;
    case 'e':
        ret = smimegw_transaction_each(transaction, SMIMEGW_RECORD_KEY, NULL, take_name,
                                       &taken, error);
        break;
    case 'o':
        ret = smimegw_transaction_oldest(transaction, SMIMEGW_RECORD_KEY, take_name, &taken,
                                         error);
        break;
    case 'p':
        ret = smimegw_transaction_put(transaction, &record, SMIMEGW_KEYRING_REPLACE, error);
        break;
    case 'r':
        ret = smimegw_transaction_remove(transaction, SMIMEGW_RECORD_KEY, "x", error);
        break;
    case 't':
        ret = smimegw_transaction_touch(transaction, SMIMEGW_RECORD_KEY, names, 1, 5, error);
        break;
    case 'm':
        ret =
            smimegw_transaction_measure(transaction, SMIMEGW_RECORD_KEY, &count, NULL, error);
        break;
    default:
        break;
    }
    *ret_taken = taken.count;
    return ret;
}

/* What comes of each crime in each function it can be done in. */
static const struct {
    const char *name;
    enum crime crime;
    const char *functions; /* get find each oldest put remove touch measure */
    int ret;
    int most_taken;
} rows[] = {
    {"no crime", NO_CRIME, "gfeoprtm", SMIMEGW_OK, 1},
    {"returns 0", NOTHING, "gfeoprtm", SMIMEGW_E_STORE, 1},
    {"returns an odd number", ODD, "gfeoprtm", SMIMEGW_E_STORE, 1},
    {"is busy", BUSY, "gfeoprtm", SMIMEGW_E_STORE, 1},
    {"has no memory", NO_MEMORY, "gfeoprtm", SMIMEGW_E_NOMEM, 1},
    {"NULL", NO_RECORD, "gfeor", SMIMEGW_E_STORE, 0},
    {"no data", NO_DATA, "gfeor", SMIMEGW_E_STORE, 0},
    {"no name", NO_NAME, "gfeor", SMIMEGW_E_STORE, 0},
    {"no size", NO_SIZE, "gfeor", SMIMEGW_E_STORE, 0},
    {"of a later version", FUTURE_SIZE, "gfeor", SMIMEGW_E_STORE, 0},
    {"wrong kind", WRONG_KIND, "gfeor", SMIMEGW_E_STORE, 0},
    {"no kind", NO_KIND, "gfeor", SMIMEGW_E_STORE, 0},
    {"no grade", WRONG_GRADE, "gfeor", SMIMEGW_E_STORE, 0},
    {"another name", OTHER_NAME, "gr", SMIMEGW_E_STORE, 0},
    {"not UTF-8", BAD_NAME, "gfeor", SMIMEGW_E_STORE, 0},
    {"two lines", TWO_LINES, "gfeor", SMIMEGW_E_STORE, 0},
    {"endless name", ENDLESS_NAME, "gfeor", SMIMEGW_E_STORE, 0},
    {"bad origin", BAD_ORIGIN, "gfeor", SMIMEGW_E_STORE, 0},
    {"garbage", GARBAGE, "gfeor", SMIMEGW_E_STORE, 0},
    {"cut", CUT, "gfeor", SMIMEGW_E_STORE, 0},
    {"bytes follow", FOLLOWED, "gfeor", SMIMEGW_E_STORE, 0},
    {"huge", HUGE_DATA, "gfeor", SMIMEGW_E_STORE, 0},
    {"a private key", PRIVATE_KEY, "gfeor", SMIMEGW_E_STORE, 0},
    {"bad capabilities", BAD_CAPABILITIES, "gfeor", SMIMEGW_E_STORE, 0},
    {"before 1970", NEGATIVE_TIME, "gfeor", SMIMEGW_E_STORE, 0},
    {"another address", OTHER_ADDRESS, "f", SMIMEGW_E_STORE, 0},
    {"twice", TWICE, "gfeor", SMIMEGW_E_STORE, 1},
    {"ten thousand", TEN_THOUSAND, "f", SMIMEGW_E_STORE, 6000},
    {"ten thousand names", TEN_THOUSAND, "gr", SMIMEGW_E_STORE, 0},
    {"never stops", NEVER_STOPS, "gr", SMIMEGW_E_STORE, 0},
    {"calls back", RE_ENTERS, "gfeo", SMIMEGW_OK, 1},
    {"another transaction", ANOTHER, "gfeo", SMIMEGW_OK, 1},
    {"no number", NO_NUMBER, "m", SMIMEGW_E_STORE, 0},
};

static void try_crime(struct villain *villain, size_t row, char function)
{
    struct smimegw_error *error = NULL;
    int taken;
    villain->crime = NO_CRIME;
    villain->committed = 0;
    villain->inner = SMIMEGW_OK;
    villain->transaction = begin(villain->store, SMIMEGW_TRANSACTION_WRITE);
    villain->crime = rows[row].crime;
    int ret = call(villain, function, &taken, &error);
    if (ret != rows[row].ret || taken > rows[row].most_taken)
        fail_msg("%s, %c: %d, %d taken: %s", rows[row].name, function, ret, taken,
                 smimegw_error_text(error));
    assert_int_equal(ret, smimegw_error_code(error));
    assert_int_equal(villain->inner,
                     rows[row].crime == RE_ENTERS ? SMIMEGW_E_STATE : SMIMEGW_OK);
    smimegw_error_free(error);
    villain->crime = NO_CRIME;
    /* a transaction that failed has no second try, and keeps nothing */
    assert_int_equal(call(villain, 'm', &taken, NULL),
                     ret == SMIMEGW_OK ? SMIMEGW_OK : SMIMEGW_E_STATE);
    assert_int_equal(smimegw_transaction_commit(villain->transaction, NULL),
                     ret == SMIMEGW_OK ? SMIMEGW_OK : SMIMEGW_E_STORE);
    assert_int_equal(villain->committed, ret == SMIMEGW_OK);
}

static void crimes_are_errors(void **state)
{
    struct villain villain;
    (void)state;
    open_villain(&villain);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (const char *function = rows[i].functions; *function != '\0'; function++)
            try_crime(&villain, i, *function);
    close_villain(&villain);
}

/* Who holds a transaction loses it only to himself. */
static void functions_end_nothing(void **state)
{
    struct villain villain;
    int taken;
    (void)state;
    open_villain(&villain);
    for (const char *function = "gfeo"; *function != '\0'; function++) {
        villain.crime = NO_CRIME;
        villain.transaction = begin(villain.store, SMIMEGW_TRANSACTION_WRITE);
        villain.crime = ENDS_IT;
        call(&villain, *function, &taken, NULL);
        assert_int_equal(villain.inner, SMIMEGW_E_STATE);
        villain.crime = NO_CRIME;
        assert_int_equal(smimegw_transaction_commit(villain.transaction, NULL),
                         SMIMEGW_E_STORE);
    }
    assert_int_equal(villain.committed, 0);
    close_villain(&villain);
}

/* A host's own function calls about the transaction that serves it. */
static int take_and_call(void *userdata, const struct smimegw_record *record)
{
    struct villain *villain = userdata;
    villain->inner = smimegw_transaction_remove(villain->transaction, SMIMEGW_RECORD_KEY,
                                                record->name, NULL);
    return 0;
}

static void takers_change_nothing(void **state)
{
    struct villain villain;
    (void)state;
    open_villain(&villain);
    villain.transaction = begin(villain.store, SMIMEGW_TRANSACTION_WRITE);
    assert_int_equal(smimegw_transaction_get(villain.transaction, SMIMEGW_RECORD_KEY, "x",
                                             take_and_call, &villain, NULL),
                     SMIMEGW_OK);
    assert_int_equal(villain.inner, SMIMEGW_E_STATE);
    assert_int_equal(smimegw_transaction_commit(villain.transaction, NULL), SMIMEGW_OK);
    close_villain(&villain);
}

static void hostile_addresses_never_arrive(void **state)
{
    static const char *const addresses[] = {"*)(uid=*", "' OR 1=1--", "../../x", "%s", "@"};
    struct villain villain;
    struct names names = {0};
    (void)state;
    open_villain(&villain);
    villain.transaction = begin(villain.store, SMIMEGW_TRANSACTION_READ);
    assert_int_equal(
        smimegw_transaction_find(villain.transaction, addresses, 5, take_name, &names, NULL),
        SMIMEGW_OK);
    assert_int_equal(villain.calls, 0);
    assert_int_equal(names.count, 0);
    smimegw_transaction_rollback(villain.transaction);
    close_villain(&villain);
}

static void beginnings_and_ends_fail(void **state)
{
    struct villain villain;
    struct smimegw_transaction *transaction = NULL;
    static const int wanted[] = {[NOTHING] = SMIMEGW_E_STORE,
                                 [ODD] = SMIMEGW_E_STORE,
                                 [BUSY] = SMIMEGW_E_STORE,
                                 [NO_MEMORY] = SMIMEGW_E_NOMEM};
    (void)state;
    open_villain(&villain);
    for (enum crime crime = NOTHING; crime <= NO_MEMORY; crime++) {
        struct smimegw_error *error = NULL;
        villain.crime = crime;
        assert_int_equal(smimegw_transaction_new(villain.store, SMIMEGW_TRANSACTION_READ,
                                                 &transaction, &error),
                         wanted[crime]);
        assert_null(transaction);
        assert_int_equal(smimegw_error_code(error), wanted[crime]);
        smimegw_error_free(error);
        villain.crime = NO_CRIME;
        transaction = begin(villain.store, SMIMEGW_TRANSACTION_WRITE);
        villain.crime = crime;
        assert_int_equal(smimegw_transaction_commit(transaction, NULL), wanted[crime]);
        transaction = NULL;
    }
    close_villain(&villain);
}

static void all_functions_are_due(void **state)
{
    struct smimegw_store *store = NULL;
    const struct smimegw_store_functions all = bad_functions();
    (void)state;
    for (size_t i = 0; i < 10; i++) {
        struct smimegw_store_functions some = all;
        memset((char *)&some + sizeof(size_t) + i * sizeof(void *), 0, sizeof(void *));
        assert_int_equal(smimegw_store_new(&some, NULL, &store, NULL), SMIMEGW_E_USAGE);
    }
    struct {
        struct smimegw_store_functions functions;
        size_t more;
    } later = {all, 1};
    later.functions.size = sizeof(later);
    assert_int_equal(smimegw_store_new(&later.functions, NULL, &store, NULL), SMIMEGW_E_ABI);
    assert_null(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crimes_are_errors),
        cmocka_unit_test(functions_end_nothing),
        cmocka_unit_test(takers_change_nothing),
        cmocka_unit_test(hostile_addresses_never_arrive),
        cmocka_unit_test(beginnings_and_ends_fail),
        cmocka_unit_test(all_functions_are_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
