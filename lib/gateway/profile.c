/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/settings.h"
#include "base/text.h"
#include "gateway/gateway_impl.h"

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
static const char *const expired[] = {"refuse", "use", NULL};
static const char *const bcc_words[] = {"keep", "remove", NULL};
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
           "yes or no: send the certificates above the signer's, too, but for the root"),
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
    SWITCH(
        "isolate-blind", rules.isolate_blind, "yes",
        "yes or no: a copy of its own for each recipient that is not in To, Cc, Resent-To or "
        "Resent-Cc; with no, the others can tell"),
    CHOICE(
        "expired-certificates", rules.expired, "refuse", expired,
        "certificates outside their validity: refuse (counts as no key, and with split the "
        "mail bounces for whoever has no other, as where it is revoked: it never goes clear), "
        "or use where there is no other"),
    CHOICE("cipher", options.cipher, "aes-256-cbc", sgw_option_cipher_words,
           "content cipher: aes-128-cbc, aes-192-cbc, aes-256-cbc, aes-128-gcm, aes-192-gcm, "
           "aes-256-gcm"),
    CHOICE("lowest-cipher", rules.lowest_cipher, "aes-128-cbc", sgw_option_cipher_words,
           "as low in the order of the ciphers as recipients may bring it down"),
    SWITCH("use-capabilities", rules.uses_capabilities, "yes",
           "yes or no: choose between lowest-cipher and cipher by what recipients can read"),
    CHOICE("lowest-grade", rules.lowest_grade, "harvested", sgw_grade_words,
           "what a certificate from a store or resolver must be worth: harvested, dnssec, "
           "chain, administrator"),
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
         "text: tag to look for in the subject and to strip from it, which breaks an earlier "
         "DKIM "
         "signature; empty: none"),
    CHOICE(
        "bcc-field", rules.bcc_field, "keep", bcc_words,
        "Bcc and Resent-Bcc in the header: keep, or remove from all copies, which breaks an "
        "earlier DKIM signature over them"),
    CHOICE("header-protection", options.header_rule, "none", header_words,
           "RFC 9788: none; baseline: protect header fields, hide the subject when encrypted; "
           "shy: hide more of them, where they are ASCII"),
    {NULL, SGW_SETTING_TEXT, 0, NULL, NULL, 0, 0, NULL},
};

enum { ROWS = sizeof(settings) / sizeof(settings[0]) - 1 };
_Static_assert((int)ROWS <= (int)SGW_CONFIGURED_ROWS_MAX, "a bit for each row");

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
    {"expired-certificates", ENCRYPTS},
    {"cipher", ENCRYPTS},
    {"lowest-cipher", ENCRYPTS},
    {"use-capabilities", ENCRYPTS},
    {"lowest-grade", ENCRYPTS},
    {"key-encryption", ENCRYPTS},
    {"recipient-id", ENCRYPTS},
    {"extra-recipients", ENCRYPTS},
};

static int check_scopes(const struct smimegw_profile *profile, size_t *ret_row,
                        struct smimegw_error **ret_error)
{
    int mode = profile->values.options.mode;
    for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
        int missing = scopes[i].steps & ~mode_steps[mode];
        if (missing == 0 || !sgw_setting_find(settings, scopes[i].name, ret_row) ||
            !sgw_configured_has(&profile->base, *ret_row))
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

static int check(const struct sgw_configured *object, size_t *ret_row,
                 struct smimegw_error **ret_error)
{
    const struct smimegw_profile *profile = (const void *)object;
    const struct sgw_profile_values *values = &profile->values;
    int ret = check_scopes(profile, ret_row, ret_error);
    if (ret < 0)
        return ret;
    if (values->rules.lowest_cipher > values->options.cipher &&
        sgw_setting_find(settings, "lowest-cipher", ret_row))
        return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                        "lowest-cipher %s is above the cipher %s",
                        sgw_option_cipher_words[values->rules.lowest_cipher],
                        sgw_option_cipher_words[values->options.cipher]);
    if (values->extra_recipients != NULL && !is_list(values->extra_recipients) &&
        sgw_setting_find(settings, "extra-recipients", ret_row))
        return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                        "extra-recipients has an empty name in \"%s\"",
                        values->extra_recipients);
    return SMIMEGW_OK;
}

/* --- the object ----------------------------------------------------------------------------
 */

const struct sgw_configured_kind sgw_profile_kind = {
    .noun = "profile",
    .nouns = "profiles",
    .size = sizeof(struct smimegw_profile),
    .values = offsetof(struct smimegw_profile, values),
    .table = settings,
    .check = check,
};

int smimegw_profile_new(struct smimegw_profile **ret_profile, struct smimegw_error **ret_error)
{
    struct sgw_configured *object;
    SGW_REQUIRE(ret_profile != NULL, ret_error);
    int ret = sgw_configured_new(&sgw_profile_kind, &object, ret_error);
    if (ret == SMIMEGW_OK)
        *ret_profile = (void *)object;
    return ret;
}

struct smimegw_profile *smimegw_profile_ref(struct smimegw_profile *profile)
{
    sgw_configured_ref((struct sgw_configured *)profile);
    return profile;
}

void smimegw_profile_unref(struct smimegw_profile *profile)
{
    sgw_configured_unref((struct sgw_configured *)profile);
}

int smimegw_profile_copy(const struct smimegw_profile *profile,
                         struct smimegw_profile **ret_profile,
                         struct smimegw_error **ret_error)
{
    struct sgw_configured *copy;
    SGW_REQUIRE(profile != NULL, ret_error);
    SGW_REQUIRE(ret_profile != NULL, ret_error);
    int ret = sgw_configured_copy(&profile->base, &copy, ret_error);
    if (ret == SMIMEGW_OK)
        *ret_profile = (void *)copy;
    return ret;
}

int smimegw_profile_set(struct smimegw_profile *profile, const char *name, const char *value,
                        struct smimegw_error **ret_error)
{
    SGW_REQUIRE(profile != NULL, ret_error);
    SGW_REQUIRE(name != NULL, ret_error);
    return sgw_configured_set(&profile->base, name, value, ret_error);
}

int smimegw_profile_get(const struct smimegw_profile *profile, const char *name,
                        struct smimegw_buffer **ret_value, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(profile != NULL, ret_error);
    SGW_REQUIRE(name != NULL, ret_error);
    SGW_REQUIRE(ret_value != NULL, ret_error);
    return sgw_configured_get(&profile->base, name, ret_value, ret_error);
}

int smimegw_profile_is_set(const struct smimegw_profile *profile, const char *name)
{
    return sgw_configured_is_set((const struct sgw_configured *)profile, name);
}

int smimegw_profile_check(const struct smimegw_profile *profile,
                          struct smimegw_error **ret_error)
{
    size_t row;
    SGW_REQUIRE(profile != NULL, ret_error);
    return check(&profile->base, &row, ret_error);
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
    sgw_configured_freeze(&profile->base);
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
