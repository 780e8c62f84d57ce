/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/key/token_url.h"
#include "pki_data.h"

static const struct {
    const char *url;
    const char *key;   /* without what is for us alone */
    const char *token; /* without the object */
    const char *pin;   /* NULL: refused */
    const char *path;
} rows[] = {
    {"pkcs11:", "pkcs11:", "pkcs11:", "", ""},
    {"pkcs11:?", "pkcs11:", "pkcs11:", "", ""},
    {"pkcs11:token=a;object=b", "pkcs11:token=a;object=b", "pkcs11:token=a", "", ""},
    {"pkcs11:object=b;token=a;id=%01;type=private",
     "pkcs11:object=b;token=a;id=%01;type=private", "pkcs11:token=a", "", ""},
    {"pkcs11:token=a?pin-value=1234", "pkcs11:token=a", "pkcs11:token=a", "1234", ""},
    {"pkcs11:token=a?pin-source=f&pin-value=1&module-name=m",
     "pkcs11:token=a?pin-source=f&module-name=m", "pkcs11:token=a", "1", ""},
    {"pkcs11:token=a?module-path=%2fusr/l%C3%bc.so&pin-value=a%26b%3D", "pkcs11:token=a",
     "pkcs11:token=a", "a&b=", "/usr/l\xc3\xbc.so"},
    {"pkcs11:;;token=a;;serial=1;?&&module-name=m&", "pkcs11:token=a;serial=1?module-name=m",
     "pkcs11:token=a;serial=1", "", ""},
    /* not what they look like */
    {"pkcs11:token=pin-value=1;objects=b", "pkcs11:token=pin-value=1;objects=b",
     "pkcs11:token=pin-value=1;objects=b", "", ""},
    {"pkcs11:token=a?pin-values=1&xpin-value=2&pin-value", /* no value */
     "pkcs11:token=a?pin-values=1&xpin-value=2&pin-value", "pkcs11:token=a", "", ""},
    {"pkcs11:token=a?x=?pin-value=1", "pkcs11:token=a?x=?pin-value=1", "pkcs11:token=a", "",
     ""},
    {"pkcs11:token=a?pin-value=", "pkcs11:token=a", "pkcs11:token=a", "", ""},
    {"pkcs11:token=a?pin-value=%", "pkcs11:token=a", "pkcs11:token=a", NULL, ""},
    {"pkcs11:token=a?pin-value=%4", "pkcs11:token=a", "pkcs11:token=a", NULL, ""},
    {"pkcs11:token=a?pin-value=%4&module-path=x", "pkcs11:token=a", "pkcs11:token=a", NULL,
     "x"},
    {"pkcs11:token=a?pin-value=%4g", "pkcs11:token=a", "pkcs11:token=a", NULL, ""},
    {"pkcs11:token=a?pin-value=1%002", "pkcs11:token=a", "pkcs11:token=a", NULL, ""},
};

static void urls_are_taken_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sgw_buf key = SGW_BUF_INIT(0);
        struct sgw_buf token = SGW_BUF_INIT(0);
        struct sgw_buf pin = SGW_BUF_INIT(0);
        struct sgw_buf path = SGW_BUF_INIT(0);
        assert_true(sgw_token_url_is(rows[i].url));
        assert_int_equal(sgw_token_url_key(rows[i].url, &key), SMIMEGW_OK);
        assert_string_equal(sgw_buf_text(&key), rows[i].key);
        assert_int_equal(sgw_token_url_token(rows[i].url, &token), SMIMEGW_OK);
        assert_string_equal(sgw_buf_text(&token), rows[i].token);
        assert_int_equal(sgw_token_url_query(rows[i].url, "pin-value", &pin),
                         rows[i].pin != NULL ? SMIMEGW_OK : SMIMEGW_E_KEY);
        if (rows[i].pin != NULL)
            assert_string_equal(sgw_buf_text(&pin), rows[i].pin);
        assert_int_equal(sgw_token_url_query(rows[i].url, "module-path", &path), SMIMEGW_OK);
        assert_string_equal(sgw_buf_text(&path), rows[i].path);
        sgw_buf_clear(&key);
        sgw_buf_clear(&token);
        sgw_buf_clear(&pin);
        sgw_buf_clear(&path);
    }
}

static void other_schemes_are_none(void **state)
{
    static const char *const others[] = {"",       "pkcs11",          "PKCS11:token=a",
                                         "pkcs1:", " pkcs11:token=a", "tpmkey:file=a"};
    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(sgw_token_url_is(others[i]));
}

static void wrong_arguments(void **state)
{
    struct smimegw_identity *identity = NULL;
    (void)state;
    assert_int_equal(smimegw_identity_new_url(NULL, NULL, NULL, 0, &identity, NULL),
                     SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_identity_new_url("pkcs11:", NULL, NULL, 1, &identity, NULL),
                     SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_identity_new_url("pkcs11:", NULL, NULL, 0, NULL, NULL),
                     SMIMEGW_E_USAGE);
    assert_null(identity);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_are_taken_apart),
        cmocka_unit_test(other_schemes_are_none),
        cmocka_unit_test(wrong_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
