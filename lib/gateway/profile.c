/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/settings.h"
#include "gateway/gateway_impl.h"

static const char *const modes[] = {"sign", "encrypt", "sign-encrypt", "triple", NULL};
static const char *const forms[] = {"detached", "opaque", NULL};
static const char *const ids[] = {"issuer-serial", "ski", NULL};
static const char *const paddings[] = {"pkcs1", "pss", NULL};
static const char *const encodings[] = {"der", "ber", NULL};
static const char *const key_encryptions[] = {"rsa-pkcs1", "rsa-oaep-sha1", "rsa-oaep-sha256",
                                              NULL};

#define AT(member) offsetof(struct sgw_protect_options, member)
#define CHOICE(name, member, initial, words, meaning)                                         \
    {                                                                                         \
        name, SGW_SETTING_CHOICE, AT(member), initial, words, 0, 0, meaning                   \
    }
static const struct sgw_setting settings[] = {
    CHOICE("mode", mode, "sign", modes,
           "sign, encrypt, sign-encrypt (sign, then encrypt), triple (sign, encrypt, sign)"),
    CHOICE("sign-form", form, "detached", forms, "detached (multipart/signed) or opaque"),
    CHOICE("digest", digest, "auto", sgw_option_digest_words,
           "digest of signatures: auto (by the key), sha256, sha384, sha512"),
    CHOICE("rsa-padding", uses_pss, "pkcs1", paddings,
           "signatures with RSA keys: pkcs1 or pss"),
    CHOICE("signer-id", signer_key_id, "issuer-serial", ids,
           "how signers are named: issuer-serial, or ski where the certificate has one"),
    {"include-chain", SGW_SETTING_SWITCH, AT(has_chain), "yes", NULL, 0, 0,
     "yes or no: send the certificates above the signer's, too"},
    {"check-sender", SGW_SETTING_SWITCH, AT(checks_sender), "yes", NULL, 0, 0,
     "yes or no: sign only for a From in the scope of the certificate"},
    {"signing-time", SGW_SETTING_TIME, AT(signing_time), "now", NULL, 0, 0,
     "now (the gateway's clock), or a fixed ISO 8601 time in UTC"},
    CHOICE("cipher", cipher, "aes-256-cbc", sgw_option_cipher_words,
           "content cipher: aes-128-cbc, aes-192-cbc, aes-256-cbc, aes-128-gcm, aes-192-gcm, "
           "aes-256-gcm"),
    CHOICE("key-encryption", key_encryption, "rsa-pkcs1", key_encryptions,
           "for RSA recipients: rsa-pkcs1, rsa-oaep-sha1, rsa-oaep-sha256"),
    CHOICE("recipient-id", recipient_key_id, "issuer-serial", ids,
           "how recipients are named: issuer-serial, or ski where the certificate has one"),
    CHOICE("encoding", is_indefinite, "der", encodings,
           "der (definite lengths), or ber (indefinite lengths)"),
    {NULL, SGW_SETTING_TEXT, 0, NULL, NULL, 0, 0, NULL},
};

int smimegw_profile_new(struct smimegw_profile **ret_profile, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(ret_profile != NULL, ret_error);
    struct smimegw_profile *profile = sgw_calloc(1, sizeof(*profile));
    if (profile == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "profile");
    sgw_ref_init(&profile->ref);
    int ret = sgw_settings_init(settings, &profile->options, ret_error);
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
    sgw_settings_clear(settings, &profile->options);
    sgw_free(profile);
}

int smimegw_profile_set(struct smimegw_profile *profile, const char *name, const char *value,
                        struct smimegw_error **ret_error)
{
    SGW_REQUIRE(profile != NULL, ret_error);
    SGW_REQUIRE(name != NULL, ret_error);
    if (__atomic_load_n(&profile->is_frozen, __ATOMIC_ACQUIRE))
        return sgw_fail(ret_error, SMIMEGW_E_STATE, "profile is in use and can't be changed");
    return sgw_settings_set(settings, &profile->options, name, value, ret_error);
}

int smimegw_profile_get(const struct smimegw_profile *profile, const char *name,
                        struct smimegw_buffer **ret_value, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(profile != NULL, ret_error);
    SGW_REQUIRE(name != NULL, ret_error);
    SGW_REQUIRE(ret_value != NULL, ret_error);
    return sgw_settings_get_buffer(settings, &profile->options, name, ret_value, ret_error);
}

const char *smimegw_profile_setting(size_t index, const char **ret_default,
                                    const char **ret_meaning)
{
    return sgw_settings_list(settings, index, ret_default, ret_meaning);
}

int sgw_profile_use(struct smimegw_profile *profile, struct sgw_protect_options *ret_options,
                    struct smimegw_error **ret_error)
{
    if (profile == NULL)
        return sgw_settings_init(settings, ret_options, ret_error);
    __atomic_store_n(&profile->is_frozen, 1, __ATOMIC_RELEASE);
    *ret_options = profile->options;
    return SMIMEGW_OK;
}
