/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/path/trust.h"
#include "pki_data.h"

/*
 * Paths of NIST's PKITS, whose revocation lists are not looked at here. What NIST calls
 * invalid must never pass; what it calls valid passes but for the exceptions.
 */
static const char *const sections[] = {"4.1.", "4.2.",  "4.3.",  "4.6.",  "4.7.", "4.8.",
                                       "4.9.", "4.10.", "4.11.", "4.12.", "4.13."};
static const char *const valid_sections[] = {"4.4.", "4.5.", "4.14.", "4.15.", "4.16."};

/* Tests or subparts that come out another way. */
static const struct {
    const char *test;
    const char *title; /* how it ends; NULL: any */
    bool passes;
    const char *why;
} exceptions[] = {
    {"4.3.3", NULL, false, "names are compared as bytes, by GnuTLS too"},
    /* invalid for a user who asks for more than a gateway does: for a policy of a set, an
     * explicit policy, no mapping, no any-policy */
    {"4.8.1", "(Subpart 3)", true, "initial-policy-set"},
    {"4.8.3", "(Subpart 2)", true, "initial-explicit-policy"},
    {"4.8.3", "(Subpart 3)", true, "initial-explicit-policy"},
    {"4.10.1", "(Subpart 2)", true, "initial-policy-set"},
    {"4.10.1", "(Subpart 3)", true, "initial-policy-mapping-inhibit"},
    {"4.10.6", "(Subpart 2)", true, "initial-policy-set"},
    {"4.12.3", "(Subpart 2)", true, "initial-any-policy-inhibit"},
};

static const char *corpus(void)
{
    const char *folder = getenv("SMIMEGW_CORPUS");
    return folder != NULL ? folder : "../shared/corpus";
}

static bool starts_with_any(const char *text, const char *const *starts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strncmp(text, starts[i], strlen(starts[i])) == 0)
            return true;
    return false;
}

/* What we say of a path where NIST says is_valid. */
static bool is_pass_expected(const char *test, const char *title, bool is_valid)
{
    for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++)
        if (strcmp(exceptions[i].test, test) == 0 &&
            (exceptions[i].title == NULL || strstr(title, exceptions[i].title) != NULL))
            return exceptions[i].passes;
    return is_valid;
}

static size_t read_cert(const char *name, uint8_t *data, size_t room)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/pkits/certs/%s.crt", corpus(), name);
    FILE *stream = fopen(path, "rb");
    if (stream == NULL)
        return 0;
    size_t size = fread(data, 1, room, stream);
    fclose(stream);
    return size;
}

static void add_certs(struct sgw_cert_list *list, char *names)
{
    uint8_t data[8192];
    char *rest = NULL;
    for (char *name = strtok_r(names, ",", &rest); name != NULL;
         name = strtok_r(NULL, ",", &rest)) {
        size_t size = read_cert(name, data, sizeof(data));
        assert_int_not_equal(size, 0);
        sgw_cert_list_load(list, data, size, NULL);
    }
}

/* The reason for a row of the table; NOT_CHECKED where a certificate is refused at once. */
static int judge(struct sgw_trust *trust, const char *leaf_name, char *intermediates)
{
    uint8_t data[8192];
    struct sgw_cert_list bag = {0};
    struct smimegw_cert *leaf = NULL;
    int reason = SMIMEGW_REASON_NOT_CHECKED;
    size_t size = read_cert(leaf_name, data, sizeof(data));
    assert_int_not_equal(size, 0);
    add_certs(&bag, intermediates);
    if (sgw_cert_new_der(data, size, &leaf, NULL) == SMIMEGW_OK)
        assert_int_equal(trust_reason(trust, leaf, &bag, TEST_TIME, &reason, NULL),
                         SMIMEGW_OK);
    smimegw_cert_unref(leaf);
    sgw_cert_list_clear(&bag);
    return reason;
}

static size_t judge_line(struct sgw_trust *trust, char *line, size_t *wrong)
{
    char *fields[7];
    for (size_t i = 0; i < 7; i++) {
        fields[i] = strsep(&line, "\t");
        if (fields[i] == NULL)
            return 0;
    }
    bool is_valid = strcmp(fields[6], "valid") == 0;
    if (!starts_with_any(fields[0], sections, sizeof(sections) / sizeof(sections[0])) &&
        !(is_valid && starts_with_any(fields[0], valid_sections,
                                      sizeof(valid_sections) / sizeof(valid_sections[0]))))
        return 0;
    int reason = judge(trust, fields[3], fields[4]);
    bool has_passed = reason == SMIMEGW_REASON_OK;
    if (has_passed == is_pass_expected(fields[0], fields[2], is_valid))
        return 1;
    print_message("# %s %s: %s, reason %d\n", fields[0], fields[2], fields[6], reason);
    (*wrong)++;
    return 1;
}

static void paths_are_judged_as_nist_does(void **state)
{
    (void)state;
    char path[1024];
    char line[4096];
    uint8_t anchor[8192];
    snprintf(path, sizeof(path), "%s/pkits/PKITS-EXPECTED-open.tsv", corpus());
    FILE *table = fopen(path, "r");
    if (table == NULL) {
        print_message("# no %s: nothing is checked\n", path);
        return;
    }
    struct sgw_trust *trust = NULL;
    size_t size = read_cert("TrustAnchorRootCertificate", anchor, sizeof(anchor));
    assert_int_equal(sgw_trust_new(&trust, NULL), SMIMEGW_OK);
    assert_int_equal(sgw_trust_add(trust, SMIMEGW_TRUST_ANCHOR, anchor, size, NULL),
                     SMIMEGW_OK);
    size_t count = 0;
    size_t wrong = 0;
    while (fgets(line, sizeof(line), table) != NULL)
        count += judge_line(trust, line, &wrong);
    fclose(table);
    sgw_trust_free(trust);
    print_message("# %zu paths\n", count);
    assert_true(count >= 95);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(paths_are_judged_as_nist_does)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
