/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text file of public keys (AC-147). */
#include <smimegw/smimegw.h>
#include <time.h>

#include "base/buf.h"
#include "pki_data.h"

struct report {
    int outcomes[8]; /* how often, by enum smimegw_import_outcome */
    size_t count;
    size_t stop_at; /* 0: never */
    size_t last_line;
    size_t last_done;
    char last_name[256];
    char last_text[256];
};

static int take_report(void *userdata, int outcome, size_t line, const char *name,
                       const char *text, size_t done, size_t size)
{
    struct report *report = userdata;
    assert_in_range(outcome, SMIMEGW_IMPORT_ADDED, SMIMEGW_IMPORT_PRIVATE);
    assert_true(line > report->last_line);
    assert_true(done >= report->last_done && done <= size);
    report->outcomes[outcome]++;
    report->count++;
    report->last_line = line;
    report->last_done = done;
    snprintf(report->last_name, sizeof(report->last_name), "%s", name);
    snprintf(report->last_text, sizeof(report->last_text), "%s", text);
    return report->stop_at != 0 && report->count == report->stop_at;
}

static int import(struct smimegw_keyring *keyring, const char *text, uint32_t flags,
                  struct report *report)
{
    struct smimegw_error *error = NULL;
    int ret = smimegw_keyring_import(keyring, text, strlen(text), flags, take_report, report,
                                     &error);
    assert_int_equal(ret == SMIMEGW_OK, error == NULL);
    smimegw_error_free(error);
    return ret;
}

static struct smimegw_keyring *new_keyring(void)
{
    struct smimegw_keyring *keyring;
    assert_int_equal(smimegw_keyring_new(&keyring, NULL), SMIMEGW_OK);
    return keyring;
}

/* A text with the files' blocks in it: %name% stands for tests/data/keys/name. */
static char *fill(const char *form)
{
    struct sgw_buf text = SGW_BUF_INIT(0);
    while (*form != '\0') {
        const char *end = *form == '%' ? strchr(form + 1, '%') : NULL;
        if (end == NULL) {
            assert_int_equal(sgw_buf_append_byte(&text, (uint8_t)*form++), SMIMEGW_OK);
            continue;
        }
        char name[64];
        snprintf(name, sizeof(name), "%.*s", (int)(end - form - 1), form + 1);
        struct file file = read_key_file(name);
        assert_int_equal(sgw_buf_append(&text, file.data, file.size), SMIMEGW_OK);
        free(file.data);
        form = end + 1;
    }
    char *copy = strdup(sgw_buf_text(&text));
    sgw_buf_clear(&text);
    return copy;
}

static char *export(const struct smimegw_keyring *keyring)
{
    struct smimegw_buffer *buffer;
    assert_int_equal(smimegw_buffer_new(0, &buffer, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_keyring_export(keyring, smimegw_buffer_write, buffer, NULL),
                     SMIMEGW_OK);
    char *copy = strdup(smimegw_buffer_data(buffer));
    smimegw_buffer_free(buffer);
    return copy;
}

static void a_round_trip_is_byte_for_byte(void **state)
{
    (void)state;
    struct report report = {0};
    struct smimegw_keyring *one = new_keyring();
    struct smimegw_keyring *two = new_keyring();
    char *text =
        fill("Name: Company B\nOrigin: administrator\n%rsa2048.pem%\n"
             "Name: K\xc3\xb6ln: the gateway\nOrigin: harvest 2026-01-01\n%p256.pem%");
    assert_int_equal(import(one, text, 0, &report), SMIMEGW_OK);
    assert_int_equal(report.outcomes[SMIMEGW_IMPORT_ADDED], 2);
    assert_string_equal(report.last_name, "K\xc3\xb6ln: the gateway");
    char *first = export(one);
    memset(&report, 0, sizeof(report));
    assert_int_equal(import(two, first, 0, &report), SMIMEGW_OK);
    char *second = export(two);
    assert_string_equal(first, second);
    assert_non_null(strstr(first, "Origin: harvest 2026-01-01"));
    memset(&report, 0, sizeof(report));
    assert_int_equal(import(two, first, 0, &report), SMIMEGW_OK);
    assert_int_equal(report.outcomes[SMIMEGW_IMPORT_SAME], 2);
    free(text);
    free(first);
    free(second);
    smimegw_keyring_free(one);
    smimegw_keyring_free(two);
}

/* A file after an editor on another system had it. */
static void line_ends_may_be_mixed(void **state)
{
    (void)state;
    static const char *const ends[] = {"\r\n", "\r", "\n\n"};
    char *text = fill("Name: one\n%rsa2048.pem%\nName: two\n%p256.pem%");
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct sgw_buf other = SGW_BUF_INIT(0);
        struct report report = {0};
        struct smimegw_keyring *keyring = new_keyring();
        sgw_buf_append_text(&other, "\xef\xbb\xbf");
        for (const char *at = text; *at != '\0'; at++)
            sgw_buf_append_text(&other, *at == '\n' ? ends[i] : (char[]){*at, '\0'});
        assert_int_equal(import(keyring, sgw_buf_text(&other), 0, &report), SMIMEGW_OK);
        assert_int_equal(report.outcomes[SMIMEGW_IMPORT_ADDED], 2);
        assert_non_null(smimegw_keyring_find(keyring, "two", NULL));
        sgw_buf_clear(&other);
        smimegw_keyring_free(keyring);
    }
    free(text);
}

/* What comes of each entry: A added, R replaced, S same, C conflict, X refused, P private */
static const struct {
    const char *form;
    const char *outcomes;
} entry_rows[] = {
    {"%rsa2048-key.pem%", "P"},
    {"%rsa2048-id.pem%", "PAX"}, /* a CA is nobody's public key */
    {"-----BEGIN CERTIFICATE-----\nMIIB\n%p256.pem%", "XA"},
    {"%p256-key.pem%-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n"
     "-----END ENCRYPTED PRIVATE KEY-----\n-----BEGIN RSA PRIVATE KEY-----\n",
     "PPP"},
    {"%rsa2048.pem%%rsa2048.pem%", "AS"},
    {"Name: x\n%rsa2048.pem%Name: x\n%p256.pem%", "AC"},
    {"Name: x\n%rsa2048.pem%Name: y\n%rsa2048.pem%", "AA"},
    {"%rsa1024.pem%%rsa2048.pem%", "XA"},
    {"Name: \x01\n%rsa2048.pem%%p256.pem%", "XA"},
    {"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n%p256.pem%", "XA"},
    {"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE "
     "REQUEST-----\n%p256.pem%",
     "XA"},
    {"%p256.pem%-----BEGIN CERTIFICATE-----\nMIIB", "AX"},
};

static void each_entry_has_an_outcome(void **state)
{
    (void)state;
    static const char letters[] = "?ARSCXP";
    for (size_t i = 0; i < sizeof(entry_rows) / sizeof(entry_rows[0]); i++) {
        struct report report = {0};
        struct smimegw_keyring *keyring = new_keyring();
        char *text = fill(entry_rows[i].form);
        size_t added = 0;
        assert_int_equal(import(keyring, text, 0, &report), SMIMEGW_OK);
        if (report.count != strlen(entry_rows[i].outcomes))
            fail_msg("row %zu: %zu entries", i, report.count);
        for (int outcome = 1; outcome <= SMIMEGW_IMPORT_PRIVATE; outcome++) {
            int wanted = 0;
            for (const char *at = entry_rows[i].outcomes; *at != '\0'; at++)
                wanted += *at == letters[outcome];
            if (wanted != report.outcomes[outcome])
                fail_msg("row %zu: %d times %c (%s)", i, report.outcomes[outcome],
                         letters[outcome], report.last_text);
            added += outcome == SMIMEGW_IMPORT_ADDED ? (size_t)wanted : 0;
        }
        assert_int_equal(smimegw_keyring_count(keyring), added);
        char *out = export(keyring);
        assert_null(strstr(out, "PRIVATE"));
        free(out);
        free(text);
        smimegw_keyring_free(keyring);
    }
}

static void an_import_is_all_or_nothing(void **state)
{
    (void)state;
    struct smimegw_keyring *keyring = new_keyring();
    char *base = fill("Name: x\n%rsa2048.pem%");
    char *text = fill("Name: x\n%p256.pem%Name: y\n%p384.pem%Name: z\n%p521.pem%");
    struct report report = {0};
    assert_int_equal(import(keyring, base, 0, &report), SMIMEGW_OK);
    char *before = export(keyring);
    for (size_t stop = 1; stop <= 3; stop++) {
        report = (struct report){.stop_at = stop};
        assert_int_equal(import(keyring, text, SMIMEGW_KEYRING_REPLACE, &report),
                         SMIMEGW_E_SINK);
        char *after = export(keyring);
        assert_string_equal(before, after);
        free(after);
    }
    report = (struct report){0};
    assert_int_equal(import(keyring, text, SMIMEGW_KEYRING_REPLACE, &report), SMIMEGW_OK);
    assert_int_equal(report.outcomes[SMIMEGW_IMPORT_REPLACED], 1);
    assert_int_equal(smimegw_keyring_count(keyring), 3);
    assert_null(smimegw_keyring_lookup(keyring, "rsa2048@example.com", TEST_TIME));
    report = (struct report){0};
    assert_int_equal(import(keyring, "", 0, &report), SMIMEGW_E_KEY);
    assert_int_equal(import(keyring, "no PEM here\n", 0, &report), SMIMEGW_E_KEY);
    assert_int_equal(smimegw_keyring_count(keyring), 3);
    free(base);
    free(text);
    free(before);
    smimegw_keyring_free(keyring);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Files that want to cost time or memory. */
static void bombs_cost_little(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        size_t count;
    } rows[] = {
        {"-----BEGIN CERTIFICATE-----\n", 200000},
        {"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", 100000},
        {"-----BEGIN X", 500000},
        {"Name: a\n", 500000},
        {"\r", 5000000},
        {"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVpBQkNERUZHSElKS0xNTk9QUVJT\n", 500000},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sgw_buf text = SGW_BUF_INIT(0);
        struct smimegw_keyring *keyring = new_keyring();
        if (rows[i].line[0] == 'Q')
            sgw_buf_append_text(&text, "-----BEGIN CERTIFICATE-----\n");
        /* valgrind and sanitizers: smaller, and not judged */
        bool is_slow = getenv("SMIMEGW_SLOW") != NULL;
        for (size_t k = 0; k < rows[i].count / (is_slow ? 50 : 1); k++)
            sgw_buf_append_text(&text, rows[i].line);
        double start = seconds();
        smimegw_keyring_import(keyring, text.data, text.size, 0, NULL, NULL, NULL);
        double spent = seconds() - start;
        if (spent > 5 && !is_slow)
            fail_msg("row %zu: %.1f s", i, spent);
        assert_int_equal(smimegw_keyring_count(keyring), 0);
        sgw_buf_clear(&text);
        smimegw_keyring_free(keyring);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_round_trip_is_byte_for_byte),
        cmocka_unit_test(line_ends_may_be_mixed),
        cmocka_unit_test(each_entry_has_an_outcome),
        cmocka_unit_test(an_import_is_all_or_nothing),
        cmocka_unit_test(bombs_cost_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
