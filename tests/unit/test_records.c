/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The trees of records against a plain list: whatever is done, in whichever order; and states
 * that were copied stay what they were. */
#include <smimegw/error.h>
#include <time.h>

#include "gateway/store/records.h"
#include "pki_data.h"

enum { NAMES = 60, STEPS = 20000, STATES = 6, KEYS = 3 };

/* What a name stands for; used -1: nothing. */
struct row {
    int64_t used;
    int keys; /* bit i: has lookup key i */
};

static const char *const lookup_keys[KEYS] = {"a@example.com", "example.com", "*.example.net"};

struct state {
    struct sgw_records records;
    struct row rows[NAMES];
};

static void name_of(int number, char name[16])
{
    snprintf(name, 16, "n%02d", number);
}

static void put(struct state *state, int number, int keys, int64_t used)
{
    char name[16];
    const char *own[KEYS];
    struct smimegw_record record = {.size = sizeof(record),
                                    .kind = SMIMEGW_RECORD_HARVESTED,
                                    .name = name,
                                    .data = "data",
                                    .data_size = 4,
                                    .lookup_keys = own,
                                    .used = used};
    name_of(number, name);
    for (int i = 0; i < KEYS; i++)
        if ((keys & 1 << i) != 0)
            own[record.lookup_key_count++] = lookup_keys[i];
    assert_int_equal(sgw_records_put(&state->records, &record), SMIMEGW_OK);
    state->rows[number] = (struct row){used, keys};
}

static void change(struct state *state)
{
    char name[16];
    int number = rand() % NAMES;
    int64_t time = rand() % 50;
    name_of(number, name);
    switch (rand() % 4) {
    case 0:
        assert_int_equal(sgw_records_remove(&state->records, SMIMEGW_RECORD_HARVESTED, name),
                         SMIMEGW_OK);
        state->rows[number].used = -1;
        break;
    case 1:
        assert_int_equal(
            sgw_records_touch(&state->records, SMIMEGW_RECORD_HARVESTED, name, time),
            SMIMEGW_OK);
        if (state->rows[number].used >= 0 && state->rows[number].used < time)
            state->rows[number].used = time;
        break;
    default:
        put(state, number, rand() % (1 << KEYS), time);
    }
}

static void expect_name(const struct smimegw_record *record, int number)
{
    char name[16];
    name_of(number, name);
    assert_non_null(record);
    assert_string_equal(record->name, name);
}

/* All that have the key, in the order of their names; key -1: all. */
static void check_names(const struct state *state, int key)
{
    struct sgw_records_place place = {SGW_BY_NAME, "", SMIMEGW_RECORD_HARVESTED, 0, NULL};
    if (key >= 0)
        place = (struct sgw_records_place){SGW_BY_LOOKUP_KEY, lookup_keys[key], 0, 0, NULL};
    int64_t count = 0;
    for (int i = 0; i < NAMES; i++) {
        if (state->rows[i].used < 0 || (key >= 0 && (state->rows[i].keys & 1 << key) == 0))
            continue;
        const struct smimegw_record *record = sgw_records_next(&state->records, &place);
        expect_name(record, i);
        assert_int_equal(record->used, state->rows[i].used);
        count++;
    }
    assert_null(sgw_records_next(&state->records, &place));
    if (key < 0)
        assert_int_equal(state->records.counts[SMIMEGW_RECORD_HARVESTED], count);
}

static void check_ages(const struct state *state)
{
    struct sgw_records_place place = {SGW_BY_AGE, "", SMIMEGW_RECORD_HARVESTED, 0, NULL};
    for (int64_t used = 0; used < 50; used++)
        for (int i = 0; i < NAMES; i++)
            if (state->rows[i].used == used)
                expect_name(sgw_records_next(&state->records, &place), i);
    assert_null(sgw_records_next(&state->records, &place));
}

static void check(const struct state *state)
{
    char name[16];
    for (int key = -1; key < KEYS; key++)
        check_names(state, key);
    check_ages(state);
    for (int i = 0; i < NAMES; i++) {
        name_of(i, name);
        assert_int_equal(sgw_records_get(&state->records, SMIMEGW_RECORD_HARVESTED, name) !=
                             NULL,
                         state->rows[i].used >= 0);
        assert_null(sgw_records_get(&state->records, SMIMEGW_RECORD_KEY, name));
    }
}

/* One state changes; others are copies of what one was, and are dropped, in any order. */
static void states_are_apart(void **unused)
{
    static struct state states[STATES];
    (void)unused;
    srand(7);
    for (int i = 0; i < STATES; i++) {
        assert_int_equal(sgw_records_init(&states[i].records), SMIMEGW_OK);
        for (int k = 0; k < NAMES; k++)
            states[i].rows[k].used = -1;
    }
    for (int step = 0; step < STEPS; step++) {
        struct state *state = &states[rand() % STATES];
        change(state);
        if (rand() % 20 == 0) {
            struct state *other = &states[rand() % STATES];
            struct sgw_records copy = sgw_records_copy(&state->records);
            struct state from = *state;
            sgw_records_clear(&other->records);
            *other = from;
            other->records = copy;
        }
        if (step % 50 == 0)
            for (int i = 0; i < STATES; i++)
                check(&states[i]);
    }
    for (int i = 0; i < STATES; i++)
        sgw_records_clear(&states[i].records);
}

/* Sorted input must not make a list of a tree: this would take minutes. */
static void sorted_input_costs_little(void **unused)
{
    enum { MANY = 100000 };
    struct sgw_records records;
    char name[16];
    (void)unused;
    assert_int_equal(sgw_records_init(&records), SMIMEGW_OK);
    const struct smimegw_record record = {
        .kind = SMIMEGW_RECORD_POLICY, .name = name, .data = "x", .data_size = 1};
    clock_t start = clock();
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "%08d", i);
        assert_int_equal(sgw_records_put(&records, &record), SMIMEGW_OK);
    }
    assert_true(getenv("SMIMEGW_SLOW") != NULL || clock() - start < 5 * CLOCKS_PER_SEC);
    assert_int_equal(records.counts[SMIMEGW_RECORD_POLICY], MANY);
    sgw_records_clear(&records);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_are_apart),
        cmocka_unit_test(sorted_input_costs_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
