/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream_check.h"

enum { SIZE = 100000, PIECE = 16384 };
static uint8_t content[SIZE];

struct host {
    struct sgw_buf buf;
    size_t calls;
    size_t small_calls;
    const uint8_t *seen; /* start of the piece that came last */
    size_t fail_at;      /* call that fails; 0: none */
    int failure;
};

static int host_write(void *userdata, const void *data, size_t size)
{
    struct host *host = userdata;
    assert_true(size > 0);
    host->calls++;
    host->small_calls += size < PIECE;
    host->seen = data;
    if (host->calls == host->fail_at)
        return host->failure;
    assert_int_equal(sgw_buf_append(&host->buf, data, size), SMIMEGW_OK);
    return 0;
}

static void hosts_get_large_pieces(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, PIECE - 1, PIECE, PIECE + 1, SIZE};
    static struct sgw_callback_sink sink;
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
        for (size_t chunk = 1; chunk < 200000; chunk = chunk * 2 + 1) {
            struct host host = {0};
            sgw_callback_sink_init(&sink, host_write, &host);
            assert_int_equal(run_chunks(&sink.base, content, sizes[s], chunk, NULL),
                             SMIMEGW_OK);
            assert_int_equal(host.buf.size, sizes[s]);
            if (sizes[s] > 0)
                assert_memory_equal(host.buf.data, content, sizes[s]);
            assert_true(host.small_calls <= 1);
            sgw_buf_clear(&host.buf);
        }
}

static void large_pushes_are_not_copied(void **state)
{
    (void)state;
    static struct sgw_callback_sink sink;
    struct host host = {0};
    sgw_callback_sink_init(&sink, host_write, &host);
    assert_int_equal(sgw_push(&sink.base, content, 50000, NULL), SMIMEGW_OK);
    assert_ptr_equal(host.seen, content);
    sgw_buf_clear(&host.buf);
}

/* Plaintext on its way does not stay behind when the host fails (P10). */
static void nothing_stays_after_a_failure(void **state)
{
    (void)state;
    static const uint8_t zeros[PIECE];
    static struct sgw_callback_sink sink;
    struct host host = {.fail_at = 1, .failure = 1};
    memset(content, 'p', SIZE);
    sgw_callback_sink_init(&sink, host_write, &host);
    assert_int_equal(sgw_push(&sink.base, content, PIECE - 1, NULL), SMIMEGW_OK);
    assert_int_equal(sgw_push(&sink.base, content, PIECE - 1, NULL), SMIMEGW_E_SINK);
    assert_memory_not_equal(sink.held, zeros, PIECE);
    sgw_callback_sink_clear(&sink);
    assert_memory_equal(sink.held, zeros, PIECE);
    sgw_buf_clear(&host.buf);
}

static void any_failure_of_the_host_is_one(void **state)
{
    (void)state;
    static const int failures[] = {1, -1, -20, 77};
    static struct sgw_callback_sink sink;
    for (size_t chunk = 1000; chunk <= SIZE; chunk *= 10)
        for (size_t at = 1; at <= 7; at++) {
            struct host host = {.fail_at = at, .failure = failures[at % 4]};
            struct smimegw_error *error = NULL;
            sgw_callback_sink_init(&sink, host_write, &host);
            int ret = run_chunks(&sink.base, content, SIZE, chunk, &error);
            assert_int_equal(ret, host.calls < at ? SMIMEGW_OK : SMIMEGW_E_SINK);
            assert_int_equal(smimegw_error_code(error), ret);
            assert_true(host.calls <= at);
            smimegw_error_free(error);
            sgw_buf_clear(&host.buf);
        }
}

static void a_buffer_has_its_ceiling(void **state)
{
    (void)state;
    for (size_t limit = 99; limit <= 101; limit++) {
        struct sgw_buf buf = SGW_BUF_INIT(limit);
        struct sgw_buf_sink sink;
        struct smimegw_error *error = NULL;
        sgw_buf_sink_init(&sink, &buf);
        int ret = run_chunks(&sink.base, content, 100, 7, &error);
        assert_int_equal(ret, limit < 100 ? SMIMEGW_E_LIMIT : SMIMEGW_OK);
        assert_int_equal(smimegw_error_code(error), ret);
        if (ret == SMIMEGW_OK)
            assert_memory_equal(buf.data, content, 100);
        smimegw_error_free(error);
        sgw_buf_clear(&buf);
    }
}

static void bytes_are_counted(void **state)
{
    (void)state;
    struct sgw_count_sink sink;
    sgw_count_sink_init(&sink);
    assert_int_equal(run_chunks(&sink.base, content, SIZE, 333, NULL), SMIMEGW_OK);
    assert_int_equal(sink.size, SIZE);
}

static void digests_come_any_number_of_times(void **state)
{
    (void)state;
    static const enum sgw_hash_id ids[] = {SGW_HASH_SHA256, SGW_HASH_SHA1, SGW_HASH_SHA512};
    struct keeper keeper;
    for (size_t chunk = 1; chunk < 3000; chunk = chunk * 3 + 1)
        for (int passed_on = 0; passed_on < 2; passed_on++) {
            struct sgw_digest_stage stage;
            keeper_init(&keeper, 0);
            sgw_digest_stage_init(&stage, passed_on ? &keeper.base : NULL);
            for (size_t i = 0; i < 6; i++)
                assert_int_equal(sgw_digest_stage_add(&stage, ids[i % 3], NULL), SMIMEGW_OK);
            assert_int_equal(stage.count, 3);
            assert_int_equal(run_chunks(&stage.base, content, 2000, chunk, NULL), SMIMEGW_OK);
            for (size_t i = 0; i < 9; i++) {
                uint8_t digest[SGW_HASH_SIZE_MAX];
                uint8_t expected[SGW_HASH_SIZE_MAX];
                sgw_hash_once(ids[i % 3], content, 2000, expected);
                assert_int_equal(sgw_digest_stage_get(&stage, ids[i % 3], digest), SMIMEGW_OK);
                assert_memory_equal(digest, expected, sgw_hash_size(ids[i % 3]));
            }
            assert_int_equal(keeper.finished, passed_on);
            assert_int_equal(keeper.buf.size, passed_on ? 2000 : 0);
            sgw_digest_stage_clear(&stage);
            sgw_digest_stage_clear(&stage);
            keeper_clear(&keeper);
        }
}

static void all_algorithms_fit_and_no_other_is_told(void **state)
{
    (void)state;
    uint8_t digest[SGW_HASH_SIZE_MAX];
    uint8_t expected[SGW_HASH_SIZE_MAX];
    struct sgw_digest_stage stage;
    for (int most = SGW_HASH_MD5; most <= SGW_HASH_SHA512; most++) {
        sgw_digest_stage_init(&stage, NULL);
        for (int id = SGW_HASH_MD5; id <= most; id++)
            assert_int_equal(sgw_digest_stage_add(&stage, (enum sgw_hash_id)id, NULL),
                             SMIMEGW_OK);
        assert_int_equal(run_chunks(&stage.base, content, 100, 9, NULL), SMIMEGW_OK);
        for (int id = SGW_HASH_MD5; id <= SGW_HASH_SHA512; id++) {
            int ret = sgw_digest_stage_get(&stage, (enum sgw_hash_id)id, digest);
            assert_int_equal(ret, id <= most ? SMIMEGW_OK : SMIMEGW_E_USAGE);
            sgw_hash_once((enum sgw_hash_id)id, content, 100, expected);
            if (ret == SMIMEGW_OK)
                assert_memory_equal(digest, expected, sgw_hash_size((enum sgw_hash_id)id));
        }
        sgw_digest_stage_clear(&stage);
    }
}

/* Each branch gets all it wants, and the tee stops when both have enough. */
static void branches_stop_one_by_one(void **state)
{
    (void)state;
    static const size_t wants[] = {0, 5, 50};
    for (size_t i = 0; i < 9; i++)
        for (size_t chunk = 1; chunk <= 101; chunk += 10) {
            struct sgw_tee_stage tee;
            struct keeper first;
            struct keeper second;
            size_t first_wants = wants[i % 3];
            size_t second_wants = wants[i / 3];
            keeper_init(&first, first_wants);
            keeper_init(&second, second_wants);
            sgw_tee_stage_init(&tee, &first.base, &second.base);
            int ret = run_chunks(&tee.base, content, 100, chunk, NULL);
            bool both = first_wants > 0 && second_wants > 0;
            assert_int_equal(ret, both ? SGW_STOP : SMIMEGW_OK);
            assert_int_equal(first.finished, first_wants == 0);
            assert_int_equal(second.finished, second_wants == 0);
            assert_true(first.buf.size >= (first_wants > 0 ? first_wants : 100));
            assert_true(second.buf.size >= (second_wants > 0 ? second_wants : 100));
            assert_true(first_wants == 0 || first.buf.size < first_wants + chunk);
            keeper_clear(&first);
            keeper_clear(&second);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_get_large_pieces),
        cmocka_unit_test(large_pushes_are_not_copied),
        cmocka_unit_test(nothing_stays_after_a_failure),
        cmocka_unit_test(any_failure_of_the_host_is_one),
        cmocka_unit_test(a_buffer_has_its_ceiling),
        cmocka_unit_test(bytes_are_counted),
        cmocka_unit_test(digests_come_any_number_of_times),
        cmocka_unit_test(all_algorithms_fit_and_no_other_is_told),
        cmocka_unit_test(branches_stop_one_by_one),
    };
    fill_random(content, sizeof(content), 11);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
