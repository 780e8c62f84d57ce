/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>

#include "pki/path/path.h"
#include "pki_data.h"

/*
 * Paths of NIST's PKITS whose verdict hangs on revocation lists, asked for as the rule
 * "required" does: a path passes where each certificate of it is known to be good. What NIST
 * calls invalid must never pass.
 */
static const char *const sections[] = {"4.4.", "4.5.", "4.14.", "4.15."};

/* Tests that come out another way; on the safe side only. */
static const struct {
    const char *test;
    const char *why;
} exceptions[] = {
    {"", "none"},
};

enum { FILE_ROOM = 1 << 20 };

static const char *corpus(void)
{
    const char *folder = getenv("SMIMEGW_CORPUS");
    return folder != NULL ? folder : "../shared/corpus";
}

static size_t read_pkits(const char *folder, const char *name, uint8_t *data)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/pkits/%s/%s", corpus(), folder, name);
    FILE *stream = fopen(path, "rb");
    if (stream == NULL)
        return 0;
    size_t size = fread(data, 1, FILE_ROOM, stream);
    fclose(stream);
    return size;
}

static struct smimegw_cert *read_cert(const char *name)
{
    uint8_t *data = malloc(FILE_ROOM);
    char file[256];
    struct smimegw_cert *cert = NULL;
    snprintf(file, sizeof(file), "%s.crt", name);
    size_t size = read_pkits("certs", file, data);
    assert_int_not_equal(size, 0);
    sgw_cert_new_der(data, size, &cert, NULL);
    free(data);
    return cert;
}

/* The corpus lacks the list that test 4.4.6 says is a wrong one. */
static void add_crl(struct sgw_revocation *revocation, const char *name)
{
    uint8_t *data = malloc(FILE_ROOM);
    struct smimegw_error *error = NULL;
    size_t size = read_pkits("crls", name, data);
    assert_true(size > 0 || strcmp(name, "WrongCRLCACRL.crl") == 0);
    if (size > 0 && sgw_revocation_add(revocation, data, size, &error) != SMIMEGW_OK)
        fail_msg("%s: %s", name, smimegw_error_text(error));
    free(data);
}

static bool is_in_section(const char *test)
{
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
        if (strncmp(test, sections[i], strlen(sections[i])) == 0)
            return true;
    return false;
}

static bool is_exception(const char *test)
{
    for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++)
        if (strcmp(exceptions[i].test, test) == 0)
            return true;
    return false;
}

struct case_path {
    const struct smimegw_cert *certs[SGW_PATH_MAX];
    size_t count;
};

static bool may_be_issuer(const struct smimegw_cert *cert, const struct smimegw_cert *issuer)
{
    return issuer->subject_size == cert->issuer_size &&
           memcmp(issuer->subject, cert->issuer, cert->issuer_size) == 0 &&
           gnutls_x509_crt_check_issuer(cert->crt, issuer->crt) != 0 &&
           gnutls_x509_crt_verify(cert->crt, &issuer->crt, 1,
                                  GNUTLS_VERIFY_DISABLE_TIME_CHECKS, &(unsigned int){0}) == 0;
}

/* The files of a row are few, and only one path fits. */
static bool build_path(struct smimegw_cert *leaf, const struct sgw_cert_list *bag,
                       const struct smimegw_cert *anchor, struct case_path *path)
{
    path->certs[0] = leaf;
    path->count = 1;
    while (path->count < SGW_PATH_MAX) {
        const struct smimegw_cert *last = path->certs[path->count - 1];
        const struct smimegw_cert *next = NULL;
        if (may_be_issuer(last, anchor)) {
            path->certs[path->count++] = anchor;
            return true;
        }
        for (size_t i = 0; i < bag->count && next == NULL; i++)
            if (bag->certs[i] != last && may_be_issuer(last, bag->certs[i]))
                next = bag->certs[i];
        if (next == NULL)
            return false;
        path->certs[path->count++] = next;
    }
    return false;
}

static bool passes(struct sgw_revocation *revocation, const struct case_path *path,
                   const struct sgw_cert_list *bag)
{
    int reason;
    assert_int_equal(
        sgw_path_check(path->certs, path->count, SMIMEGW_USE_SIGN, TEST_TIME, &reason),
        SMIMEGW_OK);
    if (reason != SMIMEGW_REASON_OK)
        return false;
    for (size_t i = 0; i + 1 < path->count; i++) {
        enum sgw_revocation_status status = SGW_REVOCATION_UNKNOWN;
        int64_t until = 0;
        const struct sgw_revocation_query query = {.path = path->certs,
                                                   .count = path->count,
                                                   .index = i,
                                                   .candidates = {bag, NULL},
                                                   .time = TEST_TIME};
        assert_int_equal(sgw_revocation_check(revocation, &query, &status, &until),
                         SMIMEGW_OK);
        if (status != SGW_REVOCATION_GOOD)
            return false;
        assert_true(until >= TEST_TIME);
    }
    return true;
}

static void add_row_crls(struct sgw_revocation *revocation, const char *names)
{
    char copy[1024];
    char file[256];
    char *rest = NULL;
    snprintf(copy, sizeof(copy), "%s", names);
    for (char *name = strtok_r(copy, ",", &rest); name != NULL;
         name = strtok_r(NULL, ",", &rest)) {
        snprintf(file, sizeof(file), "%s.crl", name);
        add_crl(revocation, file);
    }
}

/* fields: the row's; shared: a store with all lists, NULL for one with the row's only. */
static bool judge(char *const *fields, const struct smimegw_cert *anchor,
                  struct sgw_revocation *shared)
{
    struct sgw_cert_list bag = {0};
    struct case_path path;
    struct sgw_revocation *revocation = shared;
    char copy[1024];
    char *rest = NULL;
    struct smimegw_cert *leaf = read_cert(fields[3]);
    if (leaf == NULL)
        return false;
    snprintf(copy, sizeof(copy), "%s", fields[4]);
    for (char *name = strtok_r(copy, ",", &rest); name != NULL;
         name = strtok_r(NULL, ",", &rest)) {
        struct smimegw_cert *cert = read_cert(name);
        assert_non_null(cert);
        sgw_cert_list_add(&bag, cert);
        smimegw_cert_unref(cert);
    }
    if (shared == NULL) {
        assert_int_equal(sgw_revocation_new(&revocation, NULL), SMIMEGW_OK);
        add_row_crls(revocation, fields[5]);
    }
    bool has_passed = build_path(leaf, &bag, anchor, &path) && passes(revocation, &path, &bag);
    if (shared == NULL)
        sgw_revocation_free(revocation);
    sgw_cert_list_clear(&bag);
    smimegw_cert_unref(leaf);
    return has_passed;
}

static size_t judge_line(char *line, const struct smimegw_cert *anchor,
                         struct sgw_revocation *shared, size_t *wrong)
{
    char *fields[7];
    for (size_t i = 0; i < 7; i++) {
        fields[i] = strsep(&line, "\t");
        if (fields[i] == NULL)
            return 0;
    }
    if (!is_in_section(fields[0]))
        return 0;
    bool is_expected = strcmp(fields[6], "valid") == 0 && !is_exception(fields[0]);
    bool has_passed = judge(fields, anchor, shared);
    if (has_passed != is_expected) {
        print_message("# %s %s: %s\n", fields[0], fields[2], fields[6]);
        (*wrong)++;
    }
    return 1;
}

static void judge_table(struct sgw_revocation *shared)
{
    char path[1024];
    char line[4096];
    snprintf(path, sizeof(path), "%s/pkits/PKITS-EXPECTED-open.tsv", corpus());
    FILE *table = fopen(path, "r");
    if (table == NULL) {
        print_message("# no %s: nothing is checked\n", path);
        return;
    }
    struct smimegw_cert *anchor = read_cert("TrustAnchorRootCertificate");
    size_t count = 0;
    size_t wrong = 0;
    while (fgets(line, sizeof(line), table) != NULL)
        count += judge_line(line, anchor, shared, &wrong);
    fclose(table);
    smimegw_cert_unref(anchor);
    print_message("# %zu paths\n", count);
    assert_true(count >= 35);
    assert_int_equal(wrong, 0);
}

static void paths_are_judged_as_nist_does(void **state)
{
    (void)state;
    judge_table(NULL);
}

/* Lists of other rows, of the same issuers too, change nothing; nor does the order. */
static void all_lists_in_one_store_tell_the_same(void **state)
{
    (void)state;
    char path[1024];
    struct sgw_revocation *revocation = NULL;
    snprintf(path, sizeof(path), "%s/pkits/crls", corpus());
    struct dirent **names;
    int count = scandir(path, &names, NULL, alphasort);
    assert_int_equal(sgw_revocation_new(&revocation, NULL), SMIMEGW_OK);
    for (int turn = 0; turn < 2; turn++)
        for (int i = 0; i < count; i++)
            if (strstr(names[turn == 0 ? i : count - 1 - i]->d_name, ".crl") != NULL)
                add_crl(revocation, names[turn == 0 ? i : count - 1 - i]->d_name);
    judge_table(revocation);
    judge_table(revocation);
    for (int i = 0; i < count; i++)
        free(names[i]);
    if (count >= 0)
        free(names);
    sgw_revocation_free(revocation);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(paths_are_judged_as_nist_does),
                                       cmocka_unit_test(all_lists_in_one_store_tell_the_same)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
