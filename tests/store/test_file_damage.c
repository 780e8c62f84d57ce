/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file that was cut or changed is never taken for another one: it is refused, or each key is
 * for whom it was; what is whole of it can be imported (AC-146). */
#include <sys/stat.h>
#include <unistd.h>

#include "store/store_support.h"

static char folder[] = "/tmp/smimegw-damage-XXXXXX";
static char path[64];
static struct smimegw_buffer *whole;

static void write_file(const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    fclose(file);
}

static int open_file(struct smimegw_store **ret_store)
{
    struct smimegw_error *error = NULL;
    int ret = smimegw_store_new_file(path, ret_store, &error);
    assert_int_equal(ret, smimegw_error_code(error));
    if (ret != SMIMEGW_OK && strstr(smimegw_error_text(error), "line ") == NULL &&
        strstr(smimegw_error_text(error), "no PEM block") == NULL)
        fail_msg("%s", smimegw_error_text(error));
    smimegw_error_free(error);
    return ret;
}

static int set_up(void **state)
{
    (void)state;
    static const char *const names[] = {"rsa2048", "p256", "p384"};
    struct smimegw_store *store;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/keys", folder);
    assert_int_equal(smimegw_store_new_file(path, &store, NULL), SMIMEGW_OK);
    struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_WRITE);
    for (size_t i = 0; i < 3; i++) {
        char file[32];
        snprintf(file, sizeof(file), "%s.pem", names[i]);
        struct smimegw_cert *cert = load_cert(file);
        const struct smimegw_record record = key_record(names[i], cert);
        put(transaction, &record);
        smimegw_cert_unref(cert);
    }
    whole = export_all(transaction);
    commit(transaction);
    smimegw_store_unref(store);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    smimegw_buffer_free(whole);
    unlink(path);
    strcat(path, ".lock");
    unlink(path);
    return rmdir(folder);
}

/* Sanitizers and valgrind: not every byte. */
static size_t step(void)
{
    return getenv("SMIMEGW_SLOW") != NULL ? 29 : 1;
}

static void every_cut_is_seen(void **state)
{
    (void)state;
    size_t size = smimegw_buffer_size(whole);
    /* the last line's end does not matter */
    for (size_t i = 0; i < size - 1; i += step()) {
        struct smimegw_store *store = NULL;
        write_file(smimegw_buffer_data(whole), i);
        if (open_file(&store) != SMIMEGW_E_KEY)
            fail_msg("cut at %zu of %zu", i, size);
        assert_null(store);
    }
}

/* The keys that were there, whatever they are called now. */
static void expect_bindings(struct smimegw_store *store, size_t place)
{
    static const char *const names[] = {"rsa2048@example.com", "p256@example.com",
                                        "p384@example.com"};
    struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_READ);
    struct smimegw_buffer *now = export_all(transaction);
    for (size_t i = 0; i < 3; i++)
        if (find_names(transaction, &names[i], 1).count != 1)
            fail_msg("byte %zu: %s", place, names[i]);
    /* and the same certificates */
    const char *text = smimegw_buffer_data(now);
    int blocks = 0;
    for (const char *at = smimegw_buffer_data(whole); (at = strstr(at, "-----BEGIN")) != NULL;
         blocks++) {
        const char *end = strstr(at, "-----END");
        char *block = strndup(at, (size_t)(end - at));
        if (strstr(text, block) == NULL)
            fail_msg("byte %zu: another certificate", place);
        free(block);
        at = end;
    }
    assert_int_equal(blocks, 3);
    commit(transaction);
    smimegw_buffer_free(now);
}

static void every_flip_is_seen_or_harmless(void **state)
{
    (void)state;
    static const unsigned char flips[] = {0x01, 0x20, 0x80};
    size_t size = smimegw_buffer_size(whole);
    char *text = malloc(size);
    int refused = 0;
    memcpy(text, smimegw_buffer_data(whole), size);
    for (size_t i = 0; i < size; i += step()) {
        unsigned char flip = flips[i % 3];
        struct smimegw_store *store = NULL;
        text[i] = (char)(text[i] ^ flip);
        write_file(text, size);
        if (open_file(&store) == SMIMEGW_OK) {
            expect_bindings(store, i);
            smimegw_store_unref(store);
        } else {
            refused++;
        }
        text[i] = (char)(text[i] ^ flip);
    }
    assert_true(refused > 10);
    free(text);
}

static int note_refused(void *userdata, int outcome, size_t line, const char *name,
                        const char *text, size_t done, size_t size)
{
    int *refused = userdata;
    (void)line;
    (void)name;
    (void)text;
    (void)done;
    (void)size;
    *refused += outcome == SMIMEGW_IMPORT_REFUSED;
    return 0;
}

/* One key is damaged: the others come out of it, under their names. */
static void the_others_survive(void **state)
{
    (void)state;
    static const struct {
        const char *what; /* its first letter is changed, where it is for the second time */
        const char *left;
    } rows[] = {{"-----BEGIN", "p256 rsa2048 "},
                {"-----END", "p256 rsa2048 "},
                {"Fingerprint: ", "p256 p384 rsa2048 "},
                {"Name: ", "p256 rsa2048 "},
                {"MII", "p256 rsa2048 "}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t size = smimegw_buffer_size(whole);
        char *text = strndup(smimegw_buffer_data(whole), size);
        char *at = strstr(strstr(text, rows[i].what) + 1, rows[i].what);
        struct smimegw_store *store;
        int refused = 0;
        *at = 'x';
        write_file(text, size);
        assert_int_equal(smimegw_store_new_memory(&store, NULL), SMIMEGW_OK);
        struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_WRITE);
        assert_int_equal(smimegw_transaction_import(transaction, text, size, 0, note_refused,
                                                    &refused, NULL),
                         SMIMEGW_OK);
        expect_each(transaction, SMIMEGW_RECORD_KEY, NULL, rows[i].left);
        assert_int_equal(refused, rows[i].left[5] == 'r');
        commit(transaction);
        smimegw_store_unref(store);
        free(text);
    }
}

/* While it is open: no key is "not there", all is a temporary failure until it is mended. */
static void a_damaged_file_stops_an_open_store(void **state)
{
    (void)state;
    struct smimegw_store *store = NULL;
    struct smimegw_transaction *transaction = NULL;
    write_file(smimegw_buffer_data(whole), smimegw_buffer_size(whole));
    assert_int_equal(open_file(&store), SMIMEGW_OK);
    write_file(smimegw_buffer_data(whole), 2000);
    for (int mode = SMIMEGW_TRANSACTION_READ; mode <= SMIMEGW_TRANSACTION_WRITE; mode++) {
        struct smimegw_error *error = NULL;
        assert_int_equal(smimegw_transaction_new(store, mode, &transaction, &error),
                         SMIMEGW_E_STORE);
        /* what and where */
        assert_non_null(strstr(smimegw_error_text(error), path));
        assert_non_null(strstr(smimegw_error_text(error), ": line "));
        smimegw_error_free(error);
    }
    assert_null(transaction);
    write_file(smimegw_buffer_data(whole), smimegw_buffer_size(whole));
    transaction = begin(store, SMIMEGW_TRANSACTION_WRITE);
    expect_each(transaction, SMIMEGW_RECORD_KEY, NULL, "p256 p384 rsa2048 ");
    commit(transaction);
    smimegw_store_unref(store);
}

/* People write such files, too; and private keys into them. */
static void files_of_people(void **state)
{
    (void)state;
    static const struct {
        const char *files[3];
        int ret;
    } rows[] = {{{"rsa2048.pem", NULL, NULL}, SMIMEGW_OK},
                {{"rsa2048.pem", "p256.pem", NULL}, SMIMEGW_OK},
                {{"rsa2048.pem", "rsa2048.pem", NULL}, SMIMEGW_OK},
                {{"rsa2048.pem", "rsa2048-key.pem", NULL}, SMIMEGW_E_KEY},
                {{"rsa2048-key.pem", NULL, NULL}, SMIMEGW_E_KEY},
                {{NULL, NULL, NULL}, SMIMEGW_E_KEY}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct smimegw_store *store = NULL;
        struct smimegw_buffer *text = make_buffer();
        for (size_t k = 0; k < 3 && rows[i].files[k] != NULL; k++) {
            struct smimegw_buffer *file = read_key_file(rows[i].files[k]);
            smimegw_buffer_write(text, smimegw_buffer_data(file), smimegw_buffer_size(file));
            smimegw_buffer_free(file);
        }
        write_file(smimegw_buffer_data(text), smimegw_buffer_size(text));
        if (open_file(&store) != rows[i].ret)
            fail_msg("row %zu", i);
        smimegw_store_unref(store);
        smimegw_buffer_free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cut_is_seen),
        cmocka_unit_test(every_flip_is_seen_or_harmless),
        cmocka_unit_test(the_others_survive),
        cmocka_unit_test(a_damaged_file_stops_an_open_store),
        cmocka_unit_test(files_of_people),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
