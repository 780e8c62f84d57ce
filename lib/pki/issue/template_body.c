/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gnutls/x509.h>
#include <smimegw/error.h>

#include "base/crypto.h"
#include "pki/issue/template_impl.h"

enum {
    DAY = 24 * 60 * 60,
    SERIAL_SIZE = 16,
    KEY_ID_SIZE = 20,
    OID_SUBJECT_KEY_ID = 14,
    OID_KEY_USAGE = 15,
    OID_ALTERNATIVE_NAME = 17,
    OID_BASIC_CONSTRAINTS = 19,
    OID_AUTHORITY_KEY_ID = 35,
    OID_PURPOSES = 37
};

#define OID_EMAIL_PROTECTION "\x2b\x06\x01\x05\x05\x07\x03\x04"
#define OID_EXTENSION_REQUEST "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e"

/* The exact octets of the CA/Browser Forum's S/MIME requirements, section 7.1.3.2; PSS is the
 * one with SHA-256. A larger curve has the hash of its size. */
#define ROW(type, scheme, hash, salt, identifier)                                             \
    {                                                                                         \
        type, {scheme, hash, salt}, identifier, sizeof(identifier) - 1                        \
    }
static const struct sgw_template_signature signatures[] = {
    ROW(SGW_KEY_RSA, SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA256, 0,
        "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00"),
    ROW(SGW_KEY_RSA_PSS, SGW_SCHEME_RSA_PSS, SGW_HASH_SHA256, 32,
        "\x30\x41\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x34\xa0\x0f\x30\x0d\x06\x09"
        "\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\xa1\x1c\x30\x1a\x06\x09\x2a\x86\x48\x86"
        "\xf7\x0d\x01\x01\x08\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\xa2"
        "\x03\x02\x01\x20"),
    ROW(SGW_KEY_P256, SGW_SCHEME_ECDSA, SGW_HASH_SHA256, 0,
        "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"),
    ROW(SGW_KEY_P384, SGW_SCHEME_ECDSA, SGW_HASH_SHA384, 0,
        "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03"),
    ROW(SGW_KEY_P521, SGW_SCHEME_ECDSA, SGW_HASH_SHA512, 0,
        "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x04"),
    ROW(SGW_KEY_ED25519, SGW_SCHEME_ED25519, SGW_HASH_NONE, 0, "\x30\x05\x06\x03\x2b\x65\x70"),
};

const struct sgw_template_signature *sgw_template_signature(enum sgw_key_type type)
{
    for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++)
        if (signatures[i].type == type)
            return &signatures[i];
    return NULL;
}

static void stick(struct sgw_der_out *out, int ret)
{
    if (out->result == SMIMEGW_OK)
        out->result = ret;
}

/* Positive and in as few octets as DER wants [RFC5280-4.1.2.2]. */
static void put_serial(struct sgw_der_out *out)
{
    uint8_t serial[SERIAL_SIZE] = {0};
    size_t skip = 0;
    stick(out, sgw_random(serial, sizeof(serial)));
    serial[0] &= 0x7f;
    while (skip < sizeof(serial) - 1 && serial[skip] == 0 && serial[skip + 1] < 0x80)
        skip++;
    sgw_out_put(out, SGW_TAG_INTEGER, serial + skip, sizeof(serial) - skip);
}

/* An extension of id-ce that is being written, and where its value starts. */
struct extension {
    size_t start;
    size_t value;
};

static struct extension begin_extension(struct sgw_der_out *out, uint8_t number,
                                        bool is_critical)
{
    static const uint8_t truth = 0xff;
    const uint8_t oid[] = {0x55, 0x1d, number};
    struct extension extension = {.start = sgw_out_mark(out)};
    sgw_out_put(out, SGW_TAG_OID, oid, sizeof(oid));
    if (is_critical)
        sgw_out_put(out, SGW_TAG_BOOLEAN, &truth, sizeof(truth));
    extension.value = sgw_out_mark(out);
    return extension;
}

static void end_extension(struct sgw_der_out *out, struct extension extension)
{
    sgw_out_wrap(out, extension.value, SGW_TAG_OCTET_STRING);
    sgw_out_wrap(out, extension.start, SGW_TAG_SEQUENCE);
}

/* Bits are numbered from the highest of the first octet [RFC5280-4.2.1.3]. */
static void put_key_usage(struct sgw_der_out *out, const struct smimegw_template *tmpl,
                          enum sgw_key_type type)
{
    const struct smimegw_cert key = {.key_type = type};
    unsigned int usage = 0;
    if (tmpl->use != SGW_TEMPLATE_ENCRYPT)
        usage |= GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_NON_REPUDIATION;
    if (tmpl->use != SGW_TEMPLATE_SIGN)
        usage |= sgw_cert_key_encrypt_usage(&key);
    uint8_t bits[2] = {0, (uint8_t)usage};
    while ((usage >> bits[0] & 1) == 0)
        bits[0]++;
    struct extension extension = begin_extension(out, OID_KEY_USAGE, true);
    sgw_out_put(out, SGW_TAG_BIT_STRING, bits, sizeof(bits));
    end_extension(out, extension);
}

/* What a certificate and a request have in common. */
static void put_shared_extensions(struct sgw_der_out *out, const struct smimegw_template *tmpl,
                                  enum sgw_key_type type, bool has_subject)
{
    struct extension extension = begin_extension(out, OID_BASIC_CONSTRAINTS, true);
    /* cA is FALSE by default, and DER writes no defaults */
    sgw_out_put(out, SGW_TAG_SEQUENCE, NULL, 0);
    end_extension(out, extension);
    put_key_usage(out, tmpl, type);
    extension = begin_extension(out, OID_PURPOSES, false);
    sgw_out_put(out, SGW_TAG_OID, OID_EMAIL_PROTECTION, sizeof(OID_EMAIL_PROTECTION) - 1);
    sgw_out_wrap(out, extension.value, SGW_TAG_SEQUENCE);
    end_extension(out, extension);
    if (tmpl->addresses == NULL && tmpl->domains == NULL)
        return;
    /* [RFC5280-4.2.1.6]: critical where it is the only name */
    extension = begin_extension(out, OID_ALTERNATIVE_NAME, !has_subject);
    sgw_template_put_names(out, tmpl);
    end_extension(out, extension);
}

/* Method 1 of [RFC5280-4.2.1.2]: SHA-1 of the key's BIT STRING without its first octet. */
static int make_key_id(const struct sgw_template_key *key, uint8_t ret_id[KEY_ID_SIZE])
{
    struct sgw_der outer;
    struct sgw_der inside;
    struct sgw_tlv tlv;
    sgw_der_init(&outer, key->spki, key->spki_size);
    if (!sgw_der_enter(&outer, SGW_TAG_SEQUENCE, &inside) || !sgw_der_next(&inside, &tlv) ||
        !sgw_der_get(&inside, SGW_TAG_BIT_STRING, &tlv) || tlv.size == 0)
        return SMIMEGW_E_KEY;
    return sgw_hash_once(SGW_HASH_SHA1, tlv.value + 1, tlv.size - 1, ret_id);
}

static void put_key_ids(struct sgw_der_out *out, const struct sgw_template_key *key)
{
    uint8_t id[KEY_ID_SIZE] = {0};
    stick(out, make_key_id(key, id));
    struct extension extension = begin_extension(out, OID_SUBJECT_KEY_ID, false);
    sgw_out_put(out, SGW_TAG_OCTET_STRING, id, sizeof(id));
    end_extension(out, extension);
    extension = begin_extension(out, OID_AUTHORITY_KEY_ID, false);
    sgw_out_put(out, SGW_TAG_CONTEXT, id, sizeof(id));
    sgw_out_wrap(out, extension.value, SGW_TAG_SEQUENCE);
    end_extension(out, extension);
}

static void put_validity(struct sgw_der_out *out, int64_t time, int64_t days)
{
    size_t mark = sgw_out_mark(out);
    sgw_out_time(out, time);
    sgw_out_time(out, time + days * DAY);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
}

void sgw_template_put_certificate(struct sgw_der_out *out, const struct smimegw_template *tmpl,
                                  const struct sgw_template_key *key, int64_t time)
{
    const struct sgw_template_signature *signature = sgw_template_signature(key->type);
    struct sgw_template_entry first;
    const char *names = tmpl->addresses != NULL ? tmpl->addresses : tmpl->domains;
    /* an issuer without a name is none [RFC5280-4.1.2.4] */
    bool needs_name = !sgw_template_has_subject(tmpl) && sgw_template_next(&names, &first);
    size_t mark = sgw_out_mark(out);
    sgw_out_number(out, 2);
    sgw_out_wrap(out, mark, SGW_TAG_CONTEXT_CONSTRUCTED);
    put_serial(out);
    sgw_out_raw(out, signature->identifier, signature->identifier_size);
    sgw_template_put_subject(out, tmpl, needs_name ? &first : NULL);
    put_validity(out, time, sgw_template_days(tmpl));
    sgw_template_put_subject(out, tmpl, needs_name ? &first : NULL);
    sgw_out_raw(out, key->spki, key->spki_size);
    size_t extensions = sgw_out_mark(out);
    put_shared_extensions(out, tmpl, key->type, true);
    put_key_ids(out, key);
    sgw_out_wrap(out, extensions, SGW_TAG_SEQUENCE);
    sgw_out_wrap(out, extensions, SGW_TAG_CONTEXT_CONSTRUCTED | 3);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
}

/* [RFC2986-4.1], with what is wanted in the certificate as [RFC2985-5.4.2] says. */
void sgw_template_put_request(struct sgw_der_out *out, const struct smimegw_template *tmpl,
                              const struct sgw_template_key *key)
{
    size_t mark = sgw_out_mark(out);
    sgw_out_number(out, 0);
    sgw_template_put_subject(out, tmpl, NULL);
    sgw_out_raw(out, key->spki, key->spki_size);
    size_t attribute = sgw_out_mark(out);
    sgw_out_put(out, SGW_TAG_OID, OID_EXTENSION_REQUEST, sizeof(OID_EXTENSION_REQUEST) - 1);
    size_t extensions = sgw_out_mark(out);
    put_shared_extensions(out, tmpl, key->type, sgw_template_has_subject(tmpl));
    sgw_out_wrap(out, extensions, SGW_TAG_SEQUENCE);
    sgw_out_wrap(out, extensions, SGW_TAG_SET);
    sgw_out_wrap(out, attribute, SGW_TAG_SEQUENCE);
    sgw_out_wrap(out, attribute, SGW_TAG_CONTEXT_CONSTRUCTED);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
}
