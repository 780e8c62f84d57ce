/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream_check.h"

#include <stdio.h>
#include <unistd.h>

#include "stream/source.h"

enum { SIZE = 200000 };
static uint8_t content[SIZE];

/* What the source gives of a range, against the content. */
static void check_range(struct sgw_source *source, const uint8_t *expected, int64_t whole,
                        int64_t offset, int64_t size)
{
    struct keeper keeper;
    keeper_init(&keeper, 0);
    int64_t there = offset < whole ? whole - offset : 0;
    int64_t wanted = size < there ? size : there;
    assert_int_equal(source->write(source, offset, size, &keeper.base, NULL), SMIMEGW_OK);
    assert_int_equal(keeper.buf.size, wanted);
    assert_int_equal(keeper.finished, 0);
    if (wanted > 0)
        assert_memory_equal(keeper.buf.data, expected + offset, (size_t)wanted);
    keeper_clear(&keeper);
    if (source->peek == NULL)
        return;
    const uint8_t *data = source->peek(source, offset, size);
    assert_true((data != NULL) == (offset <= whole && size <= whole - offset));
    if (data != NULL)
        assert_memory_equal(data, expected + offset, (size_t)size);
}

static void check_source(struct sgw_source *source, const uint8_t *expected, int64_t whole)
{
    static const int64_t edges[] = {0,        1,    65535,    65536,         65537, 131072,
                                    SIZE - 1, SIZE, SIZE + 1, INT64_MAX - 1, 12345, INT64_MAX};
    for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++)
        for (size_t j = 0; j < sizeof(edges) / sizeof(edges[0]); j++)
            check_range(source, expected, whole, edges[i], edges[j]);
}

static int make_file(void)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, SIZE, file), SIZE);
    assert_int_equal(fflush(file), 0);
    int fd = dup(fileno(file));
    assert_int_equal(fclose(file), 0);
    return fd;
}

static void memory_is_a_source(void **state)
{
    (void)state;
    struct sgw_memory_source source;
    sgw_memory_source_init(&source, content, SIZE);
    assert_int_equal(source.base.size, SIZE);
    check_source(&source.base, content, SIZE);
    struct keeper keeper;
    keeper_init(&keeper, 0);
    sgw_memory_source_init(&source, NULL, 0);
    assert_int_equal(sgw_source_run(&source.base, 0, SGW_TO_END, &keeper.base, NULL),
                     SMIMEGW_OK);
    assert_int_equal(keeper.finished, 1);
}

static void a_file_is_a_source(void **state)
{
    (void)state;
    int fd = make_file();
    struct sgw_file_source source;
    assert_int_equal(sgw_file_source_init(&source, fd, 0, SIZE, NULL), SMIMEGW_OK);
    assert_int_equal(source.base.size, SIZE);
    check_source(&source.base, content, SIZE);
    sgw_file_source_clear(&source);
    assert_int_equal(sgw_file_source_init(&source, fd, 777, 70000, NULL), SMIMEGW_OK);
    check_source(&source.base, content + 777, 70000);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), SIZE);
    sgw_file_source_clear(&source);
    close(fd);
}

static void a_changed_file_is_an_error(void **state)
{
    (void)state;
    int fd = make_file();
    struct sgw_file_source source;
    struct sgw_count_sink count;
    struct smimegw_error *error = NULL;
    sgw_count_sink_init(&count);
    assert_int_equal(sgw_file_source_init(&source, fd, 0, SIZE, NULL), SMIMEGW_OK);
    assert_int_equal(ftruncate(fd, SIZE - 1), 0);
    assert_int_equal(sgw_source_run(&source.base, 0, SGW_TO_END, &count.base, &error),
                     SMIMEGW_E_IO);
    assert_int_equal(smimegw_error_code(error), SMIMEGW_E_IO);
    sgw_error_clear(&error);
    close(fd);
    assert_int_equal(sgw_source_run(&source.base, 0, 1, &count.base, &error), SMIMEGW_E_IO);
    sgw_error_clear(&error);
    sgw_file_source_clear(&source);
}

/* Reads the source that it is read from. */
struct nested_stage {
    struct sgw_stage base;
    struct sgw_source *source;
    struct keeper keeper;
};

static int nested_push(struct sgw_stage *base, const uint8_t *data, size_t size,
                       struct smimegw_error **ret_error)
{
    struct nested_stage *stage = (struct nested_stage *)base;
    struct sgw_count_sink count;
    sgw_count_sink_init(&count);
    int ret = stage->source->write(stage->source, 100, 70000, &count.base, ret_error);
    assert_int_equal(count.size, 70000);
    return ret < 0 ? ret : sgw_push(&stage->keeper.base, data, size, ret_error);
}

static void a_file_may_be_read_while_it_is_read(void **state)
{
    (void)state;
    int fd = make_file();
    struct sgw_file_source source;
    assert_int_equal(sgw_file_source_init(&source, fd, 0, SIZE, NULL), SMIMEGW_OK);
    struct nested_stage stage = {.base = {nested_push, NULL}, .source = &source.base};
    keeper_init(&stage.keeper, 0);
    assert_int_equal(source.base.write(&source.base, 0, SIZE, &stage.base, NULL), SMIMEGW_OK);
    assert_int_equal(stage.keeper.buf.size, SIZE);
    assert_memory_equal(stage.keeper.buf.data, content, SIZE);
    keeper_clear(&stage.keeper);
    sgw_file_source_clear(&source);
    close(fd);
}

static void slices_are_sources(void **state)
{
    (void)state;
    struct sgw_memory_source memory;
    struct sgw_slice_source outer;
    struct sgw_slice_source inner;
    sgw_memory_source_init(&memory, content, SIZE);
    sgw_slice_source_init(&outer, &memory.base, 1000, SGW_TO_END);
    assert_int_equal(outer.base.size, SIZE - 1000);
    check_source(&outer.base, content + 1000, SIZE - 1000);
    sgw_slice_source_init(&inner, &outer.base, 500, 70000);
    assert_int_equal(inner.base.size, 70000);
    check_source(&inner.base, content + 1500, 70000);
    sgw_slice_source_init(&inner, &outer.base, INT64_MAX, SGW_TO_END);
    assert_int_equal(inner.base.size, 0);
    check_source(&inner.base, content, 0);
    sgw_slice_source_init(&inner, &outer.base, SIZE - 1001, 5);
    assert_int_equal(inner.base.size, 1);
    check_source(&inner.base, content + SIZE - 1, 1);
}

/* A source that can only be produced from its start. */
static int unknown_write(struct sgw_source *source, int64_t offset, int64_t size,
                         struct sgw_stage *stage, struct smimegw_error **ret_error)
{
    struct sgw_range_stage range;
    (void)source;
    sgw_range_stage_init(&range, offset, size, stage);
    int ret = SMIMEGW_OK;
    for (size_t i = 0; ret == SMIMEGW_OK && i < SIZE; i += 1000)
        ret = sgw_push(&range.base, content + i, 1000, ret_error);
    return sgw_range_stage_result(&range, ret);
}

static void ranges_of_a_source_of_unknown_size(void **state)
{
    (void)state;
    struct sgw_source unknown = {unknown_write, NULL, -1};
    check_source(&unknown, content, SIZE);
    struct sgw_slice_source slice;
    sgw_slice_source_init(&slice, &unknown, 1234, SGW_TO_END);
    assert_int_equal(slice.base.size, -1);
    assert_null(slice.base.peek);
    check_source(&slice.base, content + 1234, SIZE - 1234);
    sgw_slice_source_init(&slice, &unknown, 1234, 4321);
    assert_int_equal(slice.base.size, -1);
    check_source(&slice.base, content + 1234, 4321);
    sgw_slice_source_init(&slice, &unknown, INT64_MAX, SGW_TO_END);
    check_source(&slice.base, content, 0);
}

static void ranges_do_not_depend_on_chunks(void **state)
{
    (void)state;
    for (size_t chunk = 1; chunk <= 40; chunk++)
        for (int64_t offset = 0; offset <= 32; offset++)
            for (int64_t size = 0; size <= 32; size++) {
                struct sgw_range_stage range;
                struct keeper keeper;
                keeper_init(&keeper, 0);
                sgw_range_stage_init(&range, offset, size, &keeper.base);
                int ret = run_chunks(&range.base, content, 30, chunk, NULL);
                int64_t there = offset < 30 ? 30 - offset : 0;
                int64_t wanted = size < there ? size : there;
                assert_int_equal(keeper.buf.size, wanted);
                assert_int_equal(sgw_range_stage_result(&range, ret), SMIMEGW_OK);
                assert_int_equal(keeper.finished, 0);
                if (wanted > 0)
                    assert_memory_equal(keeper.buf.data, content + offset, (size_t)wanted);
                keeper_clear(&keeper);
            }
}

/* A stop at the last byte of a range is the next stage's own, too. */
static void a_stop_is_told_from_the_end_of_a_range(void **state)
{
    (void)state;
    struct sgw_source unknown = {unknown_write, NULL, -1};
    for (size_t enough = 99; enough <= 101; enough++) {
        struct keeper keeper;
        keeper_init(&keeper, enough);
        assert_int_equal(unknown.write(&unknown, 950, 100, &keeper.base, NULL),
                         enough <= 100 ? SGW_STOP : SMIMEGW_OK);
        keeper_clear(&keeper);
    }
}

static void run_finishes_unless_stopped(void **state)
{
    (void)state;
    int fd = make_file();
    struct sgw_memory_source memory;
    struct sgw_file_source file;
    sgw_memory_source_init(&memory, content, SIZE);
    assert_int_equal(sgw_file_source_init(&file, fd, 0, SIZE, NULL), SMIMEGW_OK);
    struct sgw_source *sources[] = {&memory.base, &file.base};
    for (size_t i = 0; i < 2; i++)
        for (size_t enough = 0; enough <= 1; enough++) {
            struct keeper keeper;
            keeper_init(&keeper, enough);
            assert_int_equal(sgw_source_run(sources[i], 5, SGW_TO_END, &keeper.base, NULL),
                             SMIMEGW_OK);
            assert_int_equal(keeper.finished, enough == 0);
            assert_int_equal(keeper.buf.size, enough == 0 ? SIZE - 5 : 65536);
            keeper_clear(&keeper);
        }
    sgw_file_source_clear(&file);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_a_source),
        cmocka_unit_test(a_file_is_a_source),
        cmocka_unit_test(a_changed_file_is_an_error),
        cmocka_unit_test(a_file_may_be_read_while_it_is_read),
        cmocka_unit_test(slices_are_sources),
        cmocka_unit_test(ranges_of_a_source_of_unknown_size),
        cmocka_unit_test(ranges_do_not_depend_on_chunks),
        cmocka_unit_test(a_stop_is_told_from_the_end_of_a_range),
        cmocka_unit_test(run_finishes_unless_stopped),
    };
    fill_random(content, sizeof(content), 9);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
