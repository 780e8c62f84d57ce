/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/settings.h"
#include "base/text.h"
#include "gateway/gateway_impl.h"

enum { TEXT_SIZE_MAX = 1000 };

static const char *const modes[] = {"sign", "encrypt", "sign-encrypt", "triple", NULL};
static const char *const forms[] = {"detached", "opaque", NULL};
static const char *const ids[] = {"issuer-serial", "ski", NULL};
static const char *const paddings[] = {"pkcs1", "pss", NULL};
static const char *const encodings[] = {"der", "ber", NULL};
static const char *const key_encryptions[] = {"rsa-pkcs1", "rsa-oaep-sha1", "rsa-oaep-sha256",
                                              NULL};
static const char *const missing_keys[] = {"bounce", "drop", "split", "split-bounce", NULL};
static const char *const already[] = {"pass", "wrap", "bounce", NULL};
static const char *const protect_or_pass[] = {"protect", "pass", NULL};
static const char *const header_words[] = {"none", "baseline", "shy", NULL};

#define AT(member) offsetof(struct sgw_profile_values, member)
#define CHOICE(name, member, initial, words, meaning)                                         \
    {                                                                                         \
        name, SGW_SETTING_CHOICE, AT(member), initial, words, 0, 0, meaning                   \
    }
#define SWITCH(name, member, initial, meaning)                                                \
    {                                                                                         \
        name, SGW_SETTING_SWITCH, AT(member), initial, NULL, 0, 0, meaning                    \
    }
#define TEXT(name, member, meaning)                                                           \
    {                                                                                         \
        name, SGW_SETTING_TEXT, AT(member), NULL, NULL, 0, 0, meaning                         \
    }
static const struct sgw_setting settings[] = {
    CHOICE("mode", options.mode, "sign", modes,
           "sign, encrypt, sign-encrypt (sign, then encrypt), triple (sign, encrypt, sign)"),
    TEXT("description", description, "text for people, up to 1000 bytes"),
    TEXT("signing-certificate", signing_certificate,
         "text: name under which the host finds the identity that signs"),
    CHOICE("sign-form", options.form, "detached", forms,
           "detached (multipart/signed) or opaque"),
    CHOICE("digest", options.digest, "auto", sgw_option_digest_words,
           "digest of signatures: auto (by the key), sha256, sha384, sha512"),
    CHOICE("rsa-padding", options.uses_pss, "pkcs1", paddings,
           "signatures with RSA keys: pkcs1 or pss"),
    CHOICE("signer-id", options.signer_key_id, "issuer-serial", ids,
           "how signers are named: issuer-serial, or ski where the certificate has one"),
    SWITCH("include-chain", options.has_chain, "yes",
           "yes or no: send the certificates above the signer's, too"),
    SWITCH("check-sender", options.checks_sender, "yes",
           "yes or no: sign only for a From in the scope of the certificate"),
    {"signing-time", SGW_SETTING_TIME, AT(options.signing_time), "now", NULL, 0, 0,
     "now (the gateway's clock), or a fixed ISO 8601 time in UTC"},
    CHOICE(
        "missing-key", rules.missing_key, "bounce", missing_keys,
        "when a recipient has no key: bounce (the whole message), drop (the whole message), "
        "split (a copy without encryption for those), split-bounce (bounce for those)"),
    SWITCH("sign-clear-copy", rules.sign_clear_copy, "yes",
           "yes or no: sign the copy without encryption of a split"),
    SWITCH("isolate-ec", rules.isolate_ec, "yes",
           "yes or no: a copy of their own for recipients with EC keys beside RSA keys"),
    SWITCH("isolate-blind", rules.isolate_blind, "yes",
           "yes or no: a copy of its own for each recipient that is not in To or Cc; with no, "
           "the others can tell"),
    CHOICE("cipher", options.cipher, "aes-256-cbc", sgw_option_cipher_words,
           "content cipher: aes-128-cbc, aes-192-cbc, aes-256-cbc, aes-128-gcm, aes-192-gcm, "
           "aes-256-gcm"),
    CHOICE("lowest-cipher", lowest_cipher, "aes-128-cbc", sgw_option_cipher_words,
           "as low in the order of the ciphers as recipients may bring it down"),
    SWITCH("use-capabilities", uses_capabilities, "yes",
           "yes or no: choose between lowest-cipher and cipher by what recipients can read"),
    CHOICE("key-encryption", options.key_encryption, "rsa-pkcs1", key_encryptions,
           "for RSA recipients: rsa-pkcs1, rsa-oaep-sha1, rsa-oaep-sha256"),
    CHOICE("recipient-id", options.recipient_key_id, "issuer-serial", ids,
           "how recipients are named: issuer-serial, or ski where the certificate has one"),
    TEXT(
        "extra-recipients", extra_recipients,
        "text: comma separated names of public keys to encrypt to, too, such as an archive's"),
    CHOICE("encoding", options.is_indefinite, "der", encodings,
           "der (definite lengths), or ber (indefinite lengths)"),
    CHOICE("already-smime", rules.already_smime, "pass", already,
           "mail that is S/MIME already: pass (as it is), wrap (like any other) or bounce"),
    CHOICE("reports", rules.reports, "protect", protect_or_pass,
           "delivery reports and mail with a null sender: protect, or pass (as they are)"),
    CHOICE("calendar", calendar, "protect", protect_or_pass,
           "invitations (text/calendar), which some clients can't read when signed: protect, "
           "or pass (as they are)"),
    TEXT("subject-trigger", subject_trigger,
         "text: tag to look for in the subject and to strip from it; empty: none"),
    CHOICE("header-protection", header_protection, "none", header_words,
           "RFC 9788: none; baseline: protect header fields, hide the subject when encrypted; "
           "shy: hide more of them"),
    {NULL, SGW_SETTING_TEXT, 0, NULL, NULL, 0, 0, NULL},
};

enum { ROWS = sizeof(settings) / sizeof(settings[0]) - 1 };
_Static_assert((int)ROWS <= (int)SGW_PROFILE_ROWS_MAX, "a bit for each row");

/* --- what applies to which mode ------------------------------------------------------------
 */

enum { SIGNS = 1, ENCRYPTS = 2 };

static const int mode_steps[] = {[SGW_MODE_SIGN] = SIGNS,
                                 [SGW_MODE_ENCRYPT] = ENCRYPTS,
                                 [SGW_MODE_SIGN_ENCRYPT] = SIGNS | ENCRYPTS,
                                 [SGW_MODE_TRIPLE] = SIGNS | ENCRYPTS};

/* Fields that are for modes with all of the steps only. */
static const struct {
    const char *name;
    int steps;
} scopes[] = {
    {"signing-certificate", SIGNS},
    {"sign-form", SIGNS},
    {"digest", SIGNS},
    {"rsa-padding", SIGNS},
    {"signer-id", SIGNS},
    {"include-chain", SIGNS},
    {"check-sender", SIGNS},
    {"signing-time", SIGNS},
    {"missing-key", ENCRYPTS},
    {"sign-clear-copy", SIGNS | ENCRYPTS},
    {"isolate-ec", ENCRYPTS},
    {"isolate-blind", ENCRYPTS},
    {"cipher", ENCRYPTS},
    {"lowest-cipher", ENCRYPTS},
    {"use-capabilities", ENCRYPTS},
    {"key-encryption", ENCRYPTS},
    {"recipient-id", ENCRYPTS},
    {"extra-recipients", ENCRYPTS},
};

bool sgw_profile_find(const char *name, size_t *ret_row)
{
    for (*ret_row = 0; *ret_row < ROWS; ++*ret_row)
        if (strcmp(settings[*ret_row].name, name) == 0)
            return true;
    return false;
}

static bool is_set(const struct smimegw_profile *profile, size_t row)
{
    return (profile->set >> row & 1) != 0;
}

static int check_scopes(const struct smimegw_profile *profile, size_t *ret_row,
                        struct smimegw_error **ret_error)
{
    int mode = profile->values.options.mode;
    for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
        int missing = scopes[i].steps & ~mode_steps[mode];
        if (missing == 0 || !sgw_profile_find(scopes[i].name, ret_row) ||
            !is_set(profile, *ret_row))
            continue;
        return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                        "%s does not apply to the mode %s, which does not %s", scopes[i].name,
                        modes[mode], (missing & SIGNS) != 0 ? "sign" : "encrypt");
    }
    return SMIMEGW_OK;
}

/* Each name between the commas is there. */
static bool is_list(const char *text)
{
    bool has_name = false;
    for (; *text != '\0'; text++) {
        if (*text == ',' && !has_name)
            return false;
        has_name = *text != ',' && (has_name || !sgw_is_blank((unsigned char)*text));
    }
    return has_name;
}

int sgw_profile_check(const struct smimegw_profile *profile, size_t *ret_row,
                      struct smimegw_error **ret_error)
{
    const struct sgw_profile_values *values = &profile->values;
    int ret = check_scopes(profile, ret_row, ret_error);
    if (ret < 0)
        return ret;
    if (values->lowest_cipher > values->options.cipher &&
        sgw_profile_find("lowest-cipher", ret_row))
        return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                        "lowest-cipher %s is above the cipher %s",
                        sgw_option_cipher_words[values->lowest_cipher],
                        sgw_option_cipher_words[values->options.cipher]);
    if (values->extra_recipients != NULL && !is_list(values->extra_recipients) &&
        sgw_profile_find("extra-recipients", ret_row))
        return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                        "extra-recipients has an empty name in \"%s\"",
                        values->extra_recipients);
    return SMIMEGW_OK;
}

/* --- the object ----------------------------------------------------------------------------
 */

int smimegw_profile_new(struct smimegw_profile **ret_profile, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(ret_profile != NULL, ret_error);
    struct smimegw_profile *profile = sgw_calloc(1, sizeof(*profile));
    if (profile == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "profile");
    sgw_ref_init(&profile->ref);
    int ret = sgw_settings_init(settings, &profile->values, ret_error);
    if (ret < 0) {
        smimegw_profile_unref(profile);
        return ret;
    }
    *ret_profile = profile;
    return SMIMEGW_OK;
}

struct smimegw_profile *smimegw_profile_ref(struct smimegw_profile *profile)
{
    if (profile != NULL)
        sgw_ref_get(&profile->ref);
    return profile;
}

void smimegw_profile_unref(struct smimegw_profile *profile)
{
    if (profile == NULL || !sgw_ref_put(&profile->ref))
        return;
    sgw_settings_clear(settings, &profile->values);
    sgw_free(profile);
}

/* Only what is set differs from a new profile. */
int smimegw_profile_copy(const struct smimegw_profile *profile,
                         struct smimegw_profile **ret_profile,
                         struct smimegw_error **ret_error)
{
    struct sgw_buf text = SGW_BUF_INIT(0);
    struct smimegw_profile *copy;
    SGW_REQUIRE(profile != NULL, ret_error);
    SGW_REQUIRE(ret_profile != NULL, ret_error);
    int ret = smimegw_profile_new(&copy, ret_error);
    if (ret < 0)
        return ret;
    for (size_t row = 0; ret == SMIMEGW_OK && row < ROWS; row++) {
        if (!is_set(profile, row))
            continue;
        sgw_buf_truncate(&text, 0);
        ret = sgw_profile_append(profile, row, &text, ret_error);
        if (ret == SMIMEGW_OK)
            ret =
                smimegw_profile_set(copy, settings[row].name, sgw_buf_text(&text), ret_error);
    }
    sgw_buf_clear(&text);
    if (ret < 0)
        smimegw_profile_unref(copy);
    else
        *ret_profile = copy;
    return ret;
}

/* --- settings ------------------------------------------------------------------------------
 */

/* One line of a file, where blanks around a value are nobody's. */
static int check_text(const struct sgw_setting *setting, const char *value,
                      struct smimegw_error **ret_error)
{
    size_t size = strlen(value);
    if (setting->type != SGW_SETTING_TEXT || size == 0)
        return SMIMEGW_OK;
    if (size > TEXT_SIZE_MAX)
        return sgw_fail(ret_error, SMIMEGW_E_SETTING, "%s is longer than %d bytes",
                        setting->name, TEXT_SIZE_MAX);
    if (sgw_is_blank((unsigned char)value[0]) || sgw_is_blank((unsigned char)value[size - 1]))
        return sgw_fail(ret_error, SMIMEGW_E_SETTING, "%s has blanks around it",
                        setting->name);
    return SMIMEGW_OK;
}

int smimegw_profile_set(struct smimegw_profile *profile, const char *name, const char *value,
                        struct smimegw_error **ret_error)
{
    size_t row;
    SGW_REQUIRE(profile != NULL, ret_error);
    SGW_REQUIRE(name != NULL, ret_error);
    if (__atomic_load_n(&profile->is_frozen, __ATOMIC_ACQUIRE))
        return sgw_fail(ret_error, SMIMEGW_E_STATE, "profile is in use and can't be changed");
    bool is_known = sgw_profile_find(name, &row);
    int ret =
        is_known && value != NULL ? check_text(&settings[row], value, ret_error) : SMIMEGW_OK;
    if (ret == SMIMEGW_OK)
        ret = sgw_settings_set(settings, &profile->values, name, value, ret_error);
    if (ret < 0)
        return ret;
    /* an empty text is the default of each text */
    if (value == NULL || value[0] == '\0')
        profile->set &= ~(UINT64_C(1) << row);
    else
        profile->set |= UINT64_C(1) << row;
    return SMIMEGW_OK;
}

int smimegw_profile_get(const struct smimegw_profile *profile, const char *name,
                        struct smimegw_buffer **ret_value, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(profile != NULL, ret_error);
    SGW_REQUIRE(name != NULL, ret_error);
    SGW_REQUIRE(ret_value != NULL, ret_error);
    return sgw_settings_get_buffer(settings, &profile->values, name, ret_value, ret_error);
}

int sgw_profile_append(const struct smimegw_profile *profile, size_t row,
                       struct sgw_buf *ret_text, struct smimegw_error **ret_error)
{
    return sgw_settings_get(settings, &profile->values, settings[row].name, ret_text,
                            ret_error);
}

int smimegw_profile_is_set(const struct smimegw_profile *profile, const char *name)
{
    size_t row;
    return profile != NULL && name != NULL && sgw_profile_find(name, &row) &&
           is_set(profile, row);
}

int smimegw_profile_check(const struct smimegw_profile *profile,
                          struct smimegw_error **ret_error)
{
    size_t row;
    SGW_REQUIRE(profile != NULL, ret_error);
    return sgw_profile_check(profile, &row, ret_error);
}

const char *smimegw_profile_setting(size_t index, const char **ret_default,
                                    const char **ret_meaning)
{
    return sgw_settings_list(settings, index, ret_default, ret_meaning);
}

/* --- use -----------------------------------------------------------------------------------
 */

const struct sgw_profile_values *sgw_profile_values(struct smimegw_profile *profile)
{
    if (profile == NULL)
        return NULL;
    __atomic_store_n(&profile->is_frozen, 1, __ATOMIC_RELEASE);
    return &profile->values;
}

/* Texts are empty by default: nothing in ret is owned. */
static int get_values(struct smimegw_profile *profile, struct sgw_profile_values *ret,
                      struct smimegw_error **ret_error)
{
    const struct sgw_profile_values *values = sgw_profile_values(profile);
    if (values == NULL)
        return sgw_settings_init(settings, ret, ret_error);
    *ret = *values;
    return SMIMEGW_OK;
}

int sgw_profile_use(struct smimegw_profile *profile, struct sgw_protect_options *ret_options,
                    struct smimegw_error **ret_error)
{
    struct sgw_profile_values values;
    int ret = get_values(profile, &values, ret_error);
    if (ret == SMIMEGW_OK)
        *ret_options = values.options;
    return ret;
}

int sgw_profile_rules(struct smimegw_profile *profile, struct sgw_sending_rules *ret,
                      struct smimegw_error **ret_error)
{
    struct sgw_profile_values values;
    int result = get_values(profile, &values, ret_error);
    if (result == SMIMEGW_OK)
        *ret = values.rules;
    return result;
}
