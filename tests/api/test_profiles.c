/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sending profiles: every setting, what applies to which mode, and named sets of them. */
#include "support.h"

#define HEAD "# smimegw profiles 1\n"
#define ASSERT_OK(call) assert_int_equal(call, SMIMEGW_OK)

/* The text of the error holds all of it. */
#define ASSERT_FAILS(code, part, call)                                                        \
    do {                                                                                      \
        struct smimegw_error *error = NULL;                                                   \
        assert_int_equal(call, code);                                                         \
        if (strstr(smimegw_error_text(error), part) == NULL)                                  \
            fail_msg("\"%s\" lacks \"%s\"", smimegw_error_text(error), part);                 \
        smimegw_error_free(error);                                                            \
    } while (0)

static struct smimegw_profile *make_profile(const char *mode)
{
    struct smimegw_profile *profile;
    ASSERT_OK(smimegw_profile_new(&profile, NULL));
    ASSERT_OK(smimegw_profile_set(profile, "mode", mode, NULL));
    return profile;
}

static struct smimegw_profiles *make_set(void)
{
    struct smimegw_profiles *set;
    ASSERT_OK(smimegw_profiles_new(&set, NULL));
    return set;
}

static void assert_value(const struct smimegw_profile *profile, const char *name,
                         const char *value)
{
    struct smimegw_buffer *text;
    ASSERT_OK(smimegw_profile_get(profile, name, &text, NULL));
    assert_string_equal(smimegw_buffer_data(text), value);
    smimegw_buffer_free(text);
}

static struct smimegw_buffer *export(const struct smimegw_profiles *set)
{
    struct smimegw_buffer *out = make_buffer();
    ASSERT_OK(smimegw_profiles_export(set, smimegw_buffer_write, out, NULL));
    return out;
}

static void assert_exports(const struct smimegw_profiles *set, const char *text)
{
    struct smimegw_buffer *out = export(set);
    assert_string_equal(smimegw_buffer_data(out), text);
    smimegw_buffer_free(out);
}

static int import(struct smimegw_profiles *set, const char *text, uint32_t flags,
                  struct smimegw_error **ret_error)
{
    return smimegw_profiles_import(set, text, strlen(text), flags, ret_error);
}

/* --- settings ------------------------------------------------------------------------------
 */

/* Name, default, another value, and the letters of the modes that it is for. */
static const struct {
    const char *name;
    const char *initial;
    const char *other;
    const char *modes; /* s sign, e encrypt, b sign-encrypt, t triple */
} table[] = {
    {"mode", "sign", "sign", "sebt"},
    {"description", "", "Partner Ltd., all mail", "sebt"},
    {"signing-certificate", "", "gateway.example.com", "sbt"},
    {"sign-form", "detached", "opaque", "sbt"},
    {"digest", "auto", "sha512", "sbt"},
    {"rsa-padding", "pkcs1", "pss", "sbt"},
    {"signer-id", "issuer-serial", "ski", "sbt"},
    {"include-chain", "yes", "no", "sbt"},
    {"check-sender", "yes", "no", "sbt"},
    {"signing-time", "now", "2026-05-01T12:00:00Z", "sbt"},
    {"missing-key", "bounce", "split-bounce", "ebt"},
    {"sign-clear-copy", "yes", "no", "bt"},
    {"isolate-ec", "yes", "no", "ebt"},
    {"isolate-blind", "yes", "no", "ebt"},
    {"expired-certificates", "refuse", "use", "ebt"},
    {"cipher", "aes-256-cbc", "aes-256-gcm", "ebt"},
    {"lowest-cipher", "aes-128-cbc", "aes-192-cbc", "ebt"},
    {"use-capabilities", "yes", "no", "ebt"},
    {"lowest-grade", "harvested", "chain", "ebt"},
    {"key-encryption", "rsa-pkcs1", "rsa-oaep-sha256", "ebt"},
    {"recipient-id", "issuer-serial", "ski", "ebt"},
    {"extra-recipients", "", "archive, second archive", "ebt"},
    {"encoding", "der", "ber", "sebt"},
    {"already-smime", "pass", "wrap", "sebt"},
    {"reports", "protect", "pass", "sebt"},
    {"calendar", "protect", "pass", "sebt"},
    {"subject-trigger", "", "[encrypt]", "sebt"},
    {"bcc-field", "keep", "remove", "sebt"},
    {"header-protection", "none", "shy", "sebt"},
};
enum { ROWS = sizeof(table) / sizeof(table[0]) };

static const struct {
    char letter;
    const char *mode;
} modes[] = {{'s', "sign"}, {'e', "encrypt"}, {'b', "sign-encrypt"}, {'t', "triple"}};

static void settings_are_listed(void **state)
{
    (void)state;
    struct smimegw_profile *profile;
    const char *initial;
    const char *meaning;
    ASSERT_OK(smimegw_profile_new(&profile, NULL));
    for (size_t i = 0; i < ROWS; i++) {
        assert_string_equal(smimegw_profile_setting(i, &initial, &meaning), table[i].name);
        assert_string_equal(initial, table[i].initial);
        assert_true(strlen(meaning) > 10);
        assert_value(profile, table[i].name, table[i].initial);
        assert_int_equal(smimegw_profile_is_set(profile, table[i].name), 0);
        ASSERT_OK(smimegw_profile_set(profile, table[i].name, table[i].other, NULL));
        assert_value(profile, table[i].name, table[i].other);
        assert_int_equal(smimegw_profile_is_set(profile, table[i].name), 1);
        ASSERT_OK(smimegw_profile_set(profile, table[i].name, NULL, NULL));
        assert_value(profile, table[i].name, table[i].initial);
        assert_int_equal(smimegw_profile_is_set(profile, table[i].name), 0);
    }
    assert_null(smimegw_profile_setting(ROWS, NULL, NULL));
    assert_int_equal(smimegw_profile_is_set(profile, "no-such"), 0);
    assert_int_equal(smimegw_profile_is_set(NULL, "mode"), 0);
    smimegw_profile_unref(profile);
}

/* C11, every field in every mode; also where the value is the default's. */
static void fields_apply_to_modes(void **state)
{
    (void)state;
    for (size_t i = 1; i < ROWS; i++)
        for (size_t k = 0; k < 8; k++) {
            struct smimegw_profile *profile = make_profile(modes[k % 4].mode);
            const char *value = k < 4 ? table[i].other : table[i].initial;
            ASSERT_OK(smimegw_profile_check(profile, NULL));
            ASSERT_OK(smimegw_profile_set(profile, table[i].name, value, NULL));
            if (*value == '\0' || strchr(table[i].modes, modes[k % 4].letter) != NULL) {
                ASSERT_OK(smimegw_profile_check(profile, NULL));
            } else {
                char words[100];
                snprintf(words, sizeof(words), "%s does not apply to the mode %s,",
                         table[i].name, modes[k % 4].mode);
                ASSERT_FAILS(SMIMEGW_E_SETTING, words, smimegw_profile_check(profile, &error));
                ASSERT_OK(smimegw_profile_set(profile, table[i].name, NULL, NULL));
                ASSERT_OK(smimegw_profile_check(profile, NULL));
            }
            smimegw_profile_unref(profile);
        }
}

static void contradictions_are_told(void **state)
{
    (void)state;
    struct smimegw_profile *profile = make_profile("encrypt");
    ASSERT_OK(smimegw_profile_set(profile, "lowest-cipher", "aes-128-gcm", NULL));
    ASSERT_FAILS(SMIMEGW_E_SETTING,
                 "lowest-cipher aes-128-gcm is above the cipher aes-256-cbc",
                 smimegw_profile_check(profile, &error));
    ASSERT_OK(smimegw_profile_set(profile, "cipher", "aes-128-gcm", NULL));
    ASSERT_OK(smimegw_profile_check(profile, NULL));
    static const char *const lists[] = {",", "a,", ",a", "a,,b", "a, ,b"};
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        ASSERT_OK(smimegw_profile_set(profile, "extra-recipients", lists[i], NULL));
        ASSERT_FAILS(SMIMEGW_E_SETTING, "empty name", smimegw_profile_check(profile, &error));
    }
    smimegw_profile_unref(profile);
    ASSERT_FAILS(SMIMEGW_E_USAGE, "profile", smimegw_profile_check(NULL, &error));
}

static void texts_are_single_lines(void **state)
{
    (void)state;
    struct smimegw_profile *profile = make_profile("sign");
    char text[1002];
    static const char *const bad[] = {" x", "x ", "\tx", "a\nb", "a\rb", "\xff", " "};
    ASSERT_OK(smimegw_profile_set(profile, "description", "before", NULL));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ASSERT_FAILS(SMIMEGW_E_SETTING, "description",
                     smimegw_profile_set(profile, "description", bad[i], &error));
    memset(text, 'x', sizeof(text));
    text[1001] = '\0';
    ASSERT_FAILS(SMIMEGW_E_SETTING, "longer than 1000",
                 smimegw_profile_set(profile, "description", text, &error));
    assert_value(profile, "description", "before");
    text[1000] = '\0';
    ASSERT_OK(smimegw_profile_set(profile, "description", text, NULL));
    ASSERT_OK(smimegw_profile_set(profile, "description", "", NULL));
    assert_int_equal(smimegw_profile_is_set(profile, "description"), 0);
    ASSERT_FAILS(SMIMEGW_E_SETTING, "yes",
                 smimegw_profile_set(profile, "isolate-blind", "", &error));
    ASSERT_FAILS(SMIMEGW_E_SETTING, "no-such",
                 smimegw_profile_set(profile, "no-such", NULL, &error));
    smimegw_profile_unref(profile);
}

static void copies_can_be_changed(void **state)
{
    (void)state;
    struct smimegw_profiles *set = make_set();
    struct smimegw_profile *profile = make_profile("triple");
    struct smimegw_profile *copy;
    for (size_t i = 1; i < ROWS; i++)
        ASSERT_OK(smimegw_profile_set(profile, table[i].name, table[i].other, NULL));
    ASSERT_OK(smimegw_profile_set(profile, "reports", NULL, NULL));
    ASSERT_OK(smimegw_profiles_add(set, "p", profile, 0, NULL));
    struct smimegw_profile *kept = smimegw_profiles_get(set, "p");
    /* what is in the set is frozen, and apart from what it was made of */
    ASSERT_FAILS(SMIMEGW_E_STATE, "in use",
                 smimegw_profile_set(kept, "digest", "sha256", &error));
    ASSERT_OK(smimegw_profile_set(profile, "digest", "sha256", NULL));
    assert_value(kept, "digest", "sha512");
    ASSERT_OK(smimegw_profile_copy(kept, &copy, NULL));
    for (size_t i = 1; i < ROWS; i++) {
        int is_set = strcmp(table[i].name, "reports") != 0;
        assert_value(copy, table[i].name, is_set ? table[i].other : table[i].initial);
        assert_int_equal(smimegw_profile_is_set(copy, table[i].name), is_set);
    }
    ASSERT_OK(smimegw_profile_set(copy, "digest", "sha384", NULL));
    assert_value(kept, "digest", "sha512");
    smimegw_profile_unref(copy);
    smimegw_profile_unref(profile);
    smimegw_profiles_free(set);
}

/* --- sets ----------------------------------------------------------------------------------
 */

static void sets_are_kept_in_order(void **state)
{
    (void)state;
    struct smimegw_profiles *set = make_set();
    struct smimegw_profile *sign = make_profile("sign");
    struct smimegw_profile *encrypt = make_profile("encrypt");
    const char *name;
    ASSERT_OK(smimegw_profiles_add(set, "b", sign, 0, NULL));
    ASSERT_OK(smimegw_profiles_add(set, "a", sign, 0, NULL));
    ASSERT_OK(smimegw_profiles_add(set, "B", sign, 0, NULL));
    ASSERT_FAILS(SMIMEGW_E_USAGE, "called \"a\"",
                 smimegw_profiles_add(set, "a", encrypt, 0, &error));
    assert_value(smimegw_profiles_get(set, "a"), "mode", "sign");
    struct smimegw_profile *old = smimegw_profile_ref(smimegw_profiles_get(set, "a"));
    ASSERT_OK(smimegw_profiles_add(set, "a", encrypt, SMIMEGW_PROFILES_REPLACE, NULL));
    assert_value(smimegw_profiles_get(set, "a"), "mode", "encrypt");
    assert_value(old, "mode", "sign");
    smimegw_profile_unref(old);
    assert_int_equal(smimegw_profiles_count(set), 3);
    assert_ptr_equal(smimegw_profiles_at(set, 1, &name), smimegw_profiles_get(set, "a"));
    assert_string_equal(name, "a");
    assert_null(smimegw_profiles_at(set, 3, &name));
    ASSERT_FAILS(SMIMEGW_E_USAGE, "\"c\"", smimegw_profiles_remove(set, "c", &error));
    ASSERT_OK(smimegw_profiles_remove(set, "b", NULL));
    assert_non_null(smimegw_profiles_at(set, 1, &name));
    assert_string_equal(name, "B");
    assert_null(smimegw_profiles_get(set, "b"));
    smimegw_profile_unref(sign);
    smimegw_profile_unref(encrypt);
    smimegw_profiles_free(set);
}

static void bad_ones_are_refused(void **state)
{
    (void)state;
    struct smimegw_profiles *set = make_set();
    struct smimegw_profile *profile = make_profile("sign");
    char name[257];
    static const char *const bad[] = {"", " a", "a ", "a\nb", "a\tb", "\xc3"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ASSERT_FAILS(SMIMEGW_E_USAGE, "name",
                     smimegw_profiles_add(set, bad[i], profile, 0, &error));
    memset(name, 'n', sizeof(name));
    name[256] = '\0';
    ASSERT_FAILS(SMIMEGW_E_USAGE, "255", smimegw_profiles_add(set, name, profile, 0, &error));
    ASSERT_FAILS(SMIMEGW_E_USAGE, "flags", smimegw_profiles_add(set, "a", profile, 2, &error));
    ASSERT_OK(smimegw_profile_set(profile, "missing-key", "drop", NULL));
    ASSERT_FAILS(SMIMEGW_E_SETTING, "missing-key does not apply to the mode sign",
                 smimegw_profiles_add(set, "a", profile, 0, &error));
    assert_int_equal(smimegw_profiles_count(set), 0);
    ASSERT_OK(smimegw_profile_set(profile, "missing-key", NULL, NULL));
    name[255] = '\0';
    ASSERT_OK(smimegw_profiles_add(set, name, profile, 0, NULL));
    smimegw_profile_unref(profile);
    smimegw_profiles_free(set);
    smimegw_profiles_free(NULL);
    assert_int_equal(smimegw_profiles_count(NULL), 0);
    assert_null(smimegw_profiles_get(NULL, "a"));
    assert_int_equal(smimegw_profiles_search(NULL, "a", 0), 0);
    ASSERT_FAILS(SMIMEGW_E_USAGE, "", smimegw_profiles_new(NULL, &error));
}

static void searches_find(void **state)
{
    (void)state;
    struct smimegw_profiles *set = make_set();
    ASSERT_OK(import(set,
                     HEAD "[Partner]\ndescription = Müller GmbH\nmode = encrypt\n"
                          "[other]\nmode = triple\nextra-recipients = Archive\n"
                          "[third]\nsubject-trigger = [crypt]\n",
                     0, NULL));
    static const struct {
        const char *text;
        const char *found;
    } rows[] = {{"PARTNER", "0"}, {"müller", "0"},  {"gmbh", "0"},    {"Triple", "1"},
                {"archive", "1"}, {"[crypt]", "2"}, {"crypt", "02"},  {"r", "012"},
                {"", "012"},      {"nothing", ""},  {"detached", ""}, {"extra-rec", ""},
                {"r\nM", ""},     {"mode", ""}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char found[4] = "";
        for (size_t at = 0; (at = smimegw_profiles_search(set, rows[i].text, at)) < 3; at++)
            found[strlen(found)] = (char)('0' + at);
        assert_string_equal(found, rows[i].found);
    }
    assert_int_equal(smimegw_profiles_search(set, NULL, 0), 3);
    assert_int_equal(smimegw_profiles_search(set, "", 99), 3);
    smimegw_profiles_free(set);
}

/* --- files ---------------------------------------------------------------------------------
 */

static void files_go_round(void **state)
{
    (void)state;
    struct smimegw_profiles *set = make_set();
    struct smimegw_profiles *again = make_set();
    static const char *const names[] = {"plain", "]", "[x]", "#1", "a = b", "a]b", "Grüße"};
    assert_exports(set, HEAD);
    for (size_t i = 0; i < 7; i++) {
        struct smimegw_profile *profile = make_profile(modes[i % 4].mode);
        for (size_t k = 1; k < ROWS; k++)
            if (strchr(table[k].modes, modes[i % 4].letter) != NULL && (k + i) % 3 != 0)
                ASSERT_OK(smimegw_profile_set(profile, table[k].name, table[k].other, NULL));
        ASSERT_OK(smimegw_profile_set(profile, "description", "# = [Ü] \"", NULL));
        ASSERT_OK(smimegw_profiles_add(set, names[i], profile, 0, NULL));
        smimegw_profile_unref(profile);
    }
    struct smimegw_buffer *first = export(set);
    ASSERT_OK(smimegw_profiles_import(again, smimegw_buffer_data(first),
                                      smimegw_buffer_size(first), 0, NULL));
    assert_exports(again, smimegw_buffer_data(first));
    for (size_t i = 0; i < 7; i++)
        assert_non_null(smimegw_profiles_get(again, names[i]));
    smimegw_buffer_free(first);
    smimegw_profiles_free(again);
    smimegw_profiles_free(set);
}

/* In the order of the table, whatever the order of setting. */
static void files_look_like_this(void **state)
{
    (void)state;
    struct smimegw_profiles *set = make_set();
    const char *text = HEAD "\n[A]\n\n[to B]\nmode = sign-encrypt\n"
                            "description = all of it\nsign-form = detached\n"
                            "missing-key = split\nheader-protection = baseline\n";
    ASSERT_OK(import(set, text, 0, NULL));
    assert_exports(set, text);
    smimegw_profiles_free(set);
    set = make_set();
    ASSERT_OK(import(set,
                     "\xef\xbb\xbf" HEAD "[ A ]\r\n  [\tto B ] \r# comment\r\r\n"
                     "\theader-protection=baseline\r\n  missing-key =split  \r\n"
                     " # another = one\nsign-form= \tdetached\n\n\n"
                     "description = all of it\rmode\t=\tsign-encrypt",
                     0, NULL));
    assert_exports(set, text);
    smimegw_profiles_free(set);
}

static void mistakes_have_lines(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *error;
    } rows[] = {
        {"", "line 1: \"# smimegw profiles 1\" is due"},
        {"[a]\nmode = sign\n", "line 1: \"# smimegw"},
        {"# smimegw profiles 2\n", "line 1: a file of a form"},
        {"# smimegw public keys 1\n", "line 1: \"# smimegw"},
        {HEAD "mode = sign\n", "line 2: a setting stands in front"},
        {HEAD "[a\n", "line 2: a \"]\" is due"},
        {HEAD "[\n", "line 2: a \"]\" is due"},
        {HEAD "[]\n", "line 2: a name"},
        {HEAD "[a\tb]\n", "line 2: a name"},
        {HEAD "\r\n[a]\r\nmode\r\n", "line 4: [name], setting = value"},
        {HEAD "[a]\r\rcolour = red\r", "line 4: no setting is called \"colour\""},
        {HEAD "[a]\n = red\n", "line 3: no setting is called \"\""},
        {HEAD "[a]\n# x\nmode = signed\n", "line 4: mode can't be \"signed\""},
        {HEAD "[a]\nmode =\n", "line 3: mode can't be \"\""},
        {HEAD "[a]\nmode = sign # x\n", "line 3: mode can't be"},
        {HEAD "[a]\ndescription = \xff\n", "line 3: description can't be"},
        {HEAD "[a]\nmode = sign\n\nmode = sign\n",
         "line 5: mode is there twice, first in line 3"},
        {HEAD "[a]\n[b]\n[a]\n", "line 4: the profile \"a\" is there twice"},
        {HEAD "[a]\nmode = encrypt\ndigest = sha256\n[b]\n", "line 4: digest does not apply"},
        {HEAD "[a]\ndigest = sha256\n\nmode = encrypt\n", "line 3: digest does not apply"},
        {HEAD "[a]\nmode = triple\nlowest-cipher = aes-256-gcm\n", "line 4: lowest-cipher"},
        {HEAD "[ok]\n[a]\nmode = sign\nmissing-key = drop\n", "line 5: missing-key"},
    };
    struct smimegw_profiles *set = make_set();
    struct smimegw_profile *profile = make_profile("triple");
    ASSERT_OK(smimegw_profiles_add(set, "there", profile, 0, NULL));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ASSERT_FAILS(SMIMEGW_E_SETTING, rows[i].error, import(set, rows[i].text, 0, &error));
        assert_exports(set, HEAD "\n[there]\nmode = triple\n");
    }
    ASSERT_FAILS(
        SMIMEGW_E_SETTING, "line 2: a NUL",
        smimegw_profiles_import(set, HEAD "[a\0b]", sizeof(HEAD "[a\0b]") - 1, 0, &error));
    ASSERT_FAILS(SMIMEGW_E_USAGE, "line 3: there is another profile called \"there\"",
                 import(set, HEAD "[new]\n[there]\n", 0, &error));
    assert_exports(set, HEAD "\n[there]\nmode = triple\n");
    ASSERT_OK(import(set, HEAD "[new]\n[there]\n", SMIMEGW_PROFILES_REPLACE, NULL));
    assert_exports(set, HEAD "\n[there]\n\n[new]\n");
    smimegw_profile_unref(profile);
    smimegw_profiles_free(set);
}

static int refuse(void *userdata, const void *data, size_t size)
{
    (void)userdata;
    (void)data;
    (void)size;
    return 7;
}

static void number_is_limited(void **state)
{
    (void)state;
    struct smimegw_profiles *set = make_set();
    struct smimegw_profile *profile = make_profile("sign");
    struct smimegw_buffer *text = make_buffer();
    char line[40];
    ASSERT_OK(smimegw_buffer_write(text, HEAD, strlen(HEAD)));
    for (int i = 0; i < 10000; i++) {
        snprintf(line, sizeof(line), "[%d]\n", i);
        ASSERT_OK(smimegw_buffer_write(text, line, strlen(line)));
    }
    ASSERT_OK(smimegw_profiles_import(set, smimegw_buffer_data(text),
                                      smimegw_buffer_size(text), 0, NULL));
    ASSERT_FAILS(SMIMEGW_E_LIMIT, "10000", smimegw_profiles_add(set, "a", profile, 0, &error));
    ASSERT_FAILS(SMIMEGW_E_LIMIT, "10000", import(set, HEAD "[5]\n[b]\n", 1, &error));
    assert_int_equal(smimegw_profiles_count(set), 10000);
    ASSERT_OK(smimegw_profiles_add(set, "77", profile, SMIMEGW_PROFILES_REPLACE, NULL));
    ASSERT_FAILS(SMIMEGW_E_SINK, "7", smimegw_profiles_export(set, refuse, NULL, &error));
    smimegw_buffer_free(text);
    smimegw_profile_unref(profile);
    smimegw_profiles_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_listed),     cmocka_unit_test(fields_apply_to_modes),
        cmocka_unit_test(contradictions_are_told), cmocka_unit_test(texts_are_single_lines),
        cmocka_unit_test(copies_can_be_changed),   cmocka_unit_test(sets_are_kept_in_order),
        cmocka_unit_test(bad_ones_are_refused),    cmocka_unit_test(searches_find),
        cmocka_unit_test(files_go_round),          cmocka_unit_test(files_look_like_this),
        cmocka_unit_test(mistakes_have_lines),     cmocka_unit_test(number_is_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
