/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream_check.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stream/message_impl.h"

enum { SIZE = 400000 };
static uint8_t content[SIZE];
static char directory[] = "/tmp/smimegw-test-XXXXXX";

static struct sgw_spool_settings settings_of(int64_t memory_limit, int64_t size_limit)
{
    return (struct sgw_spool_settings){
        .size_limit = size_limit, .memory_limit = memory_limit, .directory = directory};
}

static struct smimegw_message *write_message(const struct sgw_spool_settings *settings,
                                             size_t size, size_t chunk)
{
    struct smimegw_message *message = NULL;
    assert_int_equal(sgw_message_new(settings, &message, NULL), SMIMEGW_OK);
    for (size_t i = 0; i < size; i += chunk) {
        size_t piece = size - i < chunk ? size - i : chunk;
        assert_int_equal(smimegw_message_write(message, content + i, piece, NULL), SMIMEGW_OK);
        assert_int_equal(smimegw_message_size(message), i + piece);
    }
    assert_int_equal(smimegw_message_finish(message, NULL), SMIMEGW_OK);
    return message;
}

static void check_range(struct sgw_source *source, size_t whole, size_t offset, int64_t size)
{
    struct keeper keeper;
    keeper_init(&keeper, 0);
    assert_int_equal(source->write(source, (int64_t)offset, size, &keeper.base, NULL),
                     SMIMEGW_OK);
    int64_t there = offset < whole ? (int64_t)(whole - offset) : 0;
    int64_t wanted = size < there ? size : there;
    assert_int_equal(keeper.buf.size, wanted);
    if (wanted > 0)
        assert_memory_equal(keeper.buf.data, content + offset, (size_t)wanted);
    keeper_clear(&keeper);
    const uint8_t *data =
        source->peek != NULL ? source->peek(source, (int64_t)offset, size) : NULL;
    if (data == NULL)
        return;
    assert_true(size <= there);
    assert_memory_equal(data, content + offset, (size_t)size);
}

static void check_message(struct smimegw_message *message, size_t size)
{
    struct sgw_source *source = NULL;
    assert_int_equal(smimegw_message_size(message), size);
    assert_int_equal(sgw_message_source(message, &source, NULL), SMIMEGW_OK);
    assert_int_equal(source->size, size);
    for (size_t offset = 0; offset <= size + 10; offset += 1 + size / 9) {
        check_range(source, size, offset, SGW_TO_END);
        for (int64_t part = 0; part < SIZE; part = part * 10 + 1)
            check_range(source, size, offset, part);
    }
}

static void spools_give_back_what_was_written(void **state)
{
    (void)state;
    static const int64_t limits[] = {0, 1, 1000, 4096, 5000, 65536, 100000, 1 << 20};
    static const size_t sizes[] = {0, 1, 999, 1000, 1001, 65536, 100000, 100001, SIZE};
    for (size_t l = 0; l < sizeof(limits) / sizeof(limits[0]); l++)
        for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
            for (size_t chunk = 1 + sizes[s] / 2000; chunk < 1000000; chunk = chunk * 7 + 1) {
                struct sgw_spool_settings settings = settings_of(limits[l], 0);
                struct smimegw_message *message = write_message(&settings, sizes[s], chunk);
                check_message(message, sizes[s]);
                smimegw_message_free(message);
            }
}

/* Files of this process that have no name any more, in the test's directory. */
static int count_spool_files(int *ret_mode)
{
    int count = 0;
    DIR *open_files = opendir("/proc/self/fd");
    struct dirent *entry;
    assert_non_null(open_files);
    while ((entry = readdir(open_files)) != NULL) {
        char path[300];
        char target[300] = "";
        struct stat status;
        snprintf(path, sizeof(path), "/proc/self/fd/%s", entry->d_name);
        if (readlink(path, target, sizeof(target) - 1) < 0 ||
            strncmp(target, directory, strlen(directory)) != 0)
            continue;
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_nlink, 0);
        assert_true((fcntl(atoi(entry->d_name), F_GETFD) & FD_CLOEXEC) != 0);
        *ret_mode = (int)(status.st_mode & 07777);
        count++;
    }
    closedir(open_files);
    return count;
}

static int count_names(void)
{
    int count = 0;
    DIR *names = opendir(directory);
    assert_non_null(names);
    while (readdir(names) != NULL)
        count++;
    closedir(names);
    return count - 2;
}

static void only_large_messages_have_a_file(void **state)
{
    (void)state;
    int mode = 0;
    for (size_t size = 9999; size <= 10001; size++) {
        struct sgw_spool_settings settings = settings_of(10000, 0);
        struct smimegw_message *message = write_message(&settings, size, 100);
        assert_int_equal(count_spool_files(&mode), size > 10000);
        assert_int_equal(mode, size > 10000 ? 0600 : 0);
        assert_int_equal(count_names(), 0);
        smimegw_message_free(message);
        assert_int_equal(count_spool_files(&mode), 0);
    }
}

static void a_missing_directory_is_an_error_that_stays(void **state)
{
    (void)state;
    struct sgw_spool_settings settings = settings_of(10, 0);
    struct smimegw_message *message;
    struct smimegw_error *error = NULL;
    settings.directory = "/nonexistent/directory";
    assert_int_equal(sgw_message_new(&settings, &message, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_message_write(message, content, 10, &error), SMIMEGW_OK);
    assert_int_equal(smimegw_message_write(message, content, 1, &error), SMIMEGW_E_IO);
    assert_non_null(strstr(smimegw_error_text(error), "/nonexistent/directory"));
    sgw_error_clear(&error);
    assert_int_equal(smimegw_message_write(message, content, 1, &error), SMIMEGW_E_STATE);
    sgw_error_clear(&error);
    assert_int_equal(smimegw_message_finish(message, &error), SMIMEGW_E_STATE);
    sgw_error_clear(&error);
    struct sgw_source *source;
    assert_int_equal(sgw_message_source(message, &source, NULL), SMIMEGW_E_STATE);
    smimegw_message_free(message);
}

static void the_size_limit_holds(void **state)
{
    (void)state;
    for (size_t size = 999; size <= 1001; size++)
        for (size_t chunk = 1; chunk <= size; chunk += 250) {
            struct sgw_spool_settings settings = settings_of(500, 1000);
            struct smimegw_message *message;
            struct smimegw_error *error = NULL;
            int ret = SMIMEGW_OK;
            assert_int_equal(sgw_message_new(&settings, &message, NULL), SMIMEGW_OK);
            for (size_t i = 0; ret == SMIMEGW_OK && i < size; i += chunk) {
                size_t piece = size - i < chunk ? size - i : chunk;
                ret = smimegw_message_write(message, content, piece, &error);
            }
            assert_int_equal(ret, size > 1000 ? SMIMEGW_E_LIMIT : SMIMEGW_OK);
            assert_int_equal(smimegw_error_code(error), ret);
            smimegw_error_free(error);
            assert_int_equal(smimegw_message_finish(message, NULL),
                             size > 1000 ? SMIMEGW_E_STATE : SMIMEGW_OK);
            smimegw_message_free(message);
            ret = sgw_message_new_memory(&settings, content, size, &message, NULL);
            assert_int_equal(ret, size > 1000 ? SMIMEGW_E_LIMIT : SMIMEGW_OK);
            if (ret == SMIMEGW_OK)
                smimegw_message_free(message);
        }
}

static void states_are_kept(void **state)
{
    (void)state;
    struct sgw_spool_settings settings = settings_of(1000, 0);
    struct smimegw_message *message;
    struct smimegw_error *error = NULL;
    struct sgw_source *source = NULL;
    assert_int_equal(sgw_message_new(&settings, &message, NULL), SMIMEGW_OK);
    assert_int_equal(sgw_message_source(message, &source, &error), SMIMEGW_E_STATE);
    sgw_error_clear(&error);
    assert_null(source);
    assert_int_equal(smimegw_message_write(message, NULL, 0, &error), SMIMEGW_OK);
    assert_int_equal(smimegw_message_write(message, NULL, 1, &error), SMIMEGW_E_USAGE);
    sgw_error_clear(&error);
    assert_int_equal(smimegw_message_write(NULL, "", 1, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_message_finish(NULL, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_message_size(NULL), 0);
    smimegw_message_free(NULL);
    assert_int_equal(smimegw_message_write(message, "abc", 3, &error), SMIMEGW_OK);
    assert_int_equal(smimegw_message_finish(message, &error), SMIMEGW_OK);
    assert_int_equal(smimegw_message_finish(message, &error), SMIMEGW_E_STATE);
    sgw_error_clear(&error);
    assert_int_equal(smimegw_message_write(message, "d", 1, &error), SMIMEGW_E_STATE);
    sgw_error_clear(&error);
    assert_int_equal(sgw_message_source(message, &source, &error), SMIMEGW_OK);
    assert_int_equal(source->size, 3);
    smimegw_message_free(message);
}

static void borrowed_memory_is_not_copied(void **state)
{
    (void)state;
    struct sgw_spool_settings settings = settings_of(0, 0);
    struct smimegw_message *message;
    struct sgw_source *source;
    assert_int_equal(sgw_message_new_memory(&settings, content, SIZE, &message, NULL),
                     SMIMEGW_OK);
    check_message(message, SIZE);
    assert_int_equal(sgw_message_source(message, &source, NULL), SMIMEGW_OK);
    assert_ptr_equal(source->peek(source, 17, 100), content + 17);
    assert_int_equal(smimegw_message_write(message, "", 1, NULL), SMIMEGW_E_STATE);
    smimegw_message_free(message);
    assert_int_equal(sgw_message_new_memory(&settings, NULL, 0, &message, NULL), SMIMEGW_OK);
    check_message(message, 0);
    smimegw_message_free(message);
}

static void regular_files_are_messages(void **state)
{
    (void)state;
    struct sgw_spool_settings settings = settings_of(0, SIZE);
    struct smimegw_message *message = NULL;
    FILE *file = tmpfile();
    assert_non_null(file);
    int fd = fileno(file);
    assert_int_equal(pwrite(fd, "0123456789", 10, 0), 10);
    assert_int_equal(pwrite(fd, content, SIZE, 10), SIZE);
    assert_int_equal(sgw_message_new_fd(&settings, fd, 9, &message, NULL), SMIMEGW_E_LIMIT);
    assert_int_equal(sgw_message_new_fd(&settings, fd, -1, &message, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(sgw_message_new_fd(&settings, fd, SIZE + 11, &message, NULL),
                     SMIMEGW_E_IO);
    assert_null(message);
    assert_int_equal(sgw_message_new_fd(&settings, fd, 10, &message, NULL), SMIMEGW_OK);
    check_message(message, SIZE);
    smimegw_message_free(message);
    assert_int_equal(sgw_message_new_fd(&settings, fd, SIZE + 10, &message, NULL), SMIMEGW_OK);
    check_message(message, 0);
    smimegw_message_free(message);
    assert_int_equal(fclose(file), 0);
}

static void other_descriptors_are_refused(void **state)
{
    (void)state;
    struct sgw_spool_settings settings = settings_of(0, 0);
    struct smimegw_message *message = NULL;
    struct smimegw_error *error = NULL;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(sgw_message_new_fd(&settings, ends[0], 0, &message, &error),
                     SMIMEGW_E_IO);
    assert_non_null(strstr(smimegw_error_text(error), "regular"));
    sgw_error_clear(&error);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(sgw_message_new_fd(&settings, ends[0], 0, &message, NULL), SMIMEGW_E_IO);
    int fd = open(directory, O_RDONLY);
    assert_int_equal(sgw_message_new_fd(&settings, fd, 0, &message, NULL), SMIMEGW_E_IO);
    close(fd);
    assert_null(message);
}

/* Freeing a message without a file must not close descriptor 0. */
static void no_foreign_descriptor_is_closed(void **state)
{
    (void)state;
    struct sgw_spool_settings settings = settings_of(100, 0);
    struct smimegw_message *message = write_message(&settings, 10, 10);
    smimegw_message_free(message);
    int fd = dup(0);
    assert_true(fd >= 0);
    close(fd);
}

static void stop_reaches_through_a_spool(void **state)
{
    (void)state;
    struct sgw_spool_settings settings = settings_of(100000, 0);
    for (size_t size = 90000; size <= SIZE; size += 310000) {
        struct smimegw_message *message = write_message(&settings, size, 5000);
        struct sgw_source *source;
        assert_int_equal(sgw_message_source(message, &source, NULL), SMIMEGW_OK);
        struct keeper keeper;
        keeper_init(&keeper, 70000);
        assert_int_equal(source->write(source, 0, SGW_TO_END, &keeper.base, NULL), SGW_STOP);
        assert_true(keeper.buf.size < 70000 + 65536);
        keeper_clear(&keeper);
        smimegw_message_free(message);
    }
}

static int make_directory(void **state)
{
    (void)state;
    fill_random(content, sizeof(content), 12);
    return mkdtemp(directory) != NULL ? 0 : -1;
}

static int remove_directory(void **state)
{
    (void)state;
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spools_give_back_what_was_written),
        cmocka_unit_test(only_large_messages_have_a_file),
        cmocka_unit_test(a_missing_directory_is_an_error_that_stays),
        cmocka_unit_test(the_size_limit_holds),
        cmocka_unit_test(states_are_kept),
        cmocka_unit_test(borrowed_memory_is_not_copied),
        cmocka_unit_test(regular_files_are_messages),
        cmocka_unit_test(other_descriptors_are_refused),
        cmocka_unit_test(no_foreign_descriptor_is_closed),
        cmocka_unit_test(stop_reaches_through_a_spool),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
