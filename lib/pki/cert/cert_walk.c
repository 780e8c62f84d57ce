/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/cert/cert_walk.h"

#include <smimegw/error.h>
#include <string.h>

#include "asn1/der.h"
#include "pki/cert/extension.h"

/* Value octets of the object identifiers met here. */
#define OID_RSA "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
#define OID_RSA_PSS "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"
#define OID_EC "\x2a\x86\x48\xce\x3d\x02\x01"
#define OID_P256 "\x2a\x86\x48\xce\x3d\x03\x01\x07"
#define OID_P384 "\x2b\x81\x04\x00\x22"
#define OID_P521 "\x2b\x81\x04\x00\x23"
#define OID_X25519 "\x2b\x65\x6e"
#define OID_ED25519 "\x2b\x65\x70"
#define OID_ANY_PURPOSE "\x55\x1d\x25\x00"
#define OID_EMAIL_PURPOSE "\x2b\x06\x01\x05\x05\x07\x03\x04"

#define IS_OID(tlv, oid) sgw_tlv_is(tlv, oid, sizeof(oid) - 1)

struct key_row {
    const char *oid;
    size_t oid_size;
    const char *curve; /* named curve, NULL where the algorithm has none */
    size_t curve_size;
    enum sgw_key_type type;
    unsigned int bits; /* 0: the modulus says */
};

#define KEY(oid, type, bits)                                                                  \
    {                                                                                         \
        oid, sizeof(oid) - 1, NULL, 0, type, bits                                             \
    }
#define CURVE(curve, type, bits)                                                              \
    {                                                                                         \
        OID_EC, sizeof(OID_EC) - 1, curve, sizeof(curve) - 1, type, bits                      \
    }
static const struct key_row key_rows[] = {
    KEY(OID_RSA, SGW_KEY_RSA, 0),           KEY(OID_RSA_PSS, SGW_KEY_RSA_PSS, 0),
    KEY(OID_ED25519, SGW_KEY_ED25519, 256), KEY(OID_X25519, SGW_KEY_X25519, 256),
    CURVE(OID_P256, SGW_KEY_P256, 256),     CURVE(OID_P384, SGW_KEY_P384, 384),
    CURVE(OID_P521, SGW_KEY_P521, 521),
};

static const char too_many[] = "it has too many names or extensions";

/* More attributes in a Name than the limit; what is malformed is left to GnuTLS. */
static bool is_name_too_long(const struct sgw_der *outer, const struct sgw_tlv *name)
{
    struct sgw_der rdns = sgw_der_inside(outer, name);
    struct sgw_der rdn;
    if (sgw_der_count(rdns) > SGW_CERT_RDNS_MAX)
        return true;
    int total = 0;
    while (sgw_der_enter(&rdns, SGW_TAG_SET, &rdn)) {
        int count = sgw_der_count(rdn);
        total += count > 0 ? count : 1;
        if (total > SGW_CERT_RDNS_MAX)
            return true;
    }
    return false;
}

static unsigned int bit_length(const struct sgw_tlv *number)
{
    const uint8_t *value = number->value;
    size_t size = number->size;
    for (; size > 0 && *value == 0; size--)
        value++;
    if (size == 0)
        return 0;
    unsigned int top = 0;
    for (unsigned int rest = *value; rest > 0; rest >>= 1)
        top++;
    return (unsigned int)(size - 1) * 8 + top;
}

static bool is_positive(const struct sgw_tlv *number)
{
    return number->size > 0 && (number->value[0] & 0x80) == 0;
}

/* RSAPublicKey (RFC 8017 appendix A.1.1) */
static bool read_rsa(struct smimegw_cert *cert, const uint8_t *key, size_t size)
{
    struct sgw_der der;
    struct sgw_der inside;
    struct sgw_tlv modulus;
    struct sgw_tlv exponent;
    sgw_der_init(&der, key, size);
    if (!sgw_der_enter(&der, SGW_TAG_SEQUENCE, &inside) || !sgw_der_at_end(&der) ||
        !sgw_der_get(&inside, SGW_TAG_INTEGER, &modulus) ||
        !sgw_der_get(&inside, SGW_TAG_INTEGER, &exponent) || !sgw_der_at_end(&inside) ||
        !is_positive(&modulus) || !is_positive(&exponent))
        return false;
    cert->rsa_n = modulus.value;
    cert->rsa_n_size = modulus.size;
    cert->rsa_e = exponent.value;
    cert->rsa_e_size = exponent.size;
    cert->key_bits = bit_length(&modulus);
    cert->rsa_e_bits = bit_length(&exponent);
    return true;
}

static const struct key_row *find_key(const struct sgw_tlv *oid, const struct sgw_tlv *curve)
{
    for (size_t i = 0; i < sizeof(key_rows) / sizeof(key_rows[0]); i++) {
        const struct key_row *row = &key_rows[i];
        if (sgw_tlv_is(oid, row->oid, row->oid_size) &&
            (row->curve == NULL || sgw_tlv_is(curve, row->curve, row->curve_size)))
            return row;
    }
    return NULL;
}

static bool read_key(struct smimegw_cert *cert, struct sgw_der spki)
{
    struct sgw_der algorithm;
    struct sgw_tlv oid;
    struct sgw_tlv curve = {0};
    struct sgw_tlv bits;
    if (!sgw_der_enter(&spki, SGW_TAG_SEQUENCE, &algorithm) ||
        !sgw_der_get(&algorithm, SGW_TAG_OID, &oid) ||
        !sgw_der_get(&spki, SGW_TAG_BIT_STRING, &bits) || !sgw_der_at_end(&spki))
        return false;
    sgw_der_get(&algorithm, SGW_TAG_OID, &curve);
    const struct key_row *row = find_key(&oid, &curve);
    if (row == NULL)
        return true;
    if (bits.size < 2 || bits.value[0] != 0)
        return false;
    cert->key_type = row->type;
    cert->key_bits = row->bits;
    if (row->bits == 0)
        return read_rsa(cert, bits.value + 1, bits.size - 1);
    if (row->type == SGW_KEY_ED25519)
        return true;
    cert->point = bits.value + 1;
    cert->point_size = bits.size - 1;
    return true;
}

/* The contents of a SEQUENCE, to be walked over where they are needed. */
static bool keep_list(struct sgw_der value, const uint8_t **ret_list, size_t *ret_size)
{
    struct sgw_tlv list;
    if (!sgw_der_get(&value, SGW_TAG_SEQUENCE, &list))
        return false;
    *ret_list = list.value;
    *ret_size = list.size;
    return true;
}

static bool read_alternative_names(struct smimegw_cert *cert, struct sgw_der value)
{
    return keep_list(value, &cert->san, &cert->san_size);
}

static bool read_name_constraints(struct smimegw_cert *cert, struct sgw_der value)
{
    return keep_list(value, &cert->name_constraints, &cert->name_constraints_size);
}

/* Where these two are malformed there is nothing to fetch, and no harm in the certificate. */
static bool read_information(struct smimegw_cert *cert, struct sgw_der value)
{
    keep_list(value, &cert->information, &cert->information_size);
    return true;
}

static bool read_crl_points(struct smimegw_cert *cert, struct sgw_der value)
{
    keep_list(value, &cert->crl_points, &cert->crl_points_size);
    return true;
}

static bool read_authority_key_id(struct smimegw_cert *cert, struct sgw_der value)
{
    (void)value;
    cert->has_authority_key_id = true;
    return true;
}

static bool read_key_id(struct smimegw_cert *cert, struct sgw_der value)
{
    struct sgw_tlv id;
    if (!sgw_der_get(&value, SGW_TAG_OCTET_STRING, &id))
        return false;
    /* longer ones are nothing that a recipient could be found by */
    if (id.size > sizeof(cert->ski))
        return true;
    if (id.size > 0)
        memcpy(cert->ski, id.value, id.size);
    cert->ski_size = id.size;
    return true;
}

static bool read_key_usage(struct smimegw_cert *cert, struct sgw_der value)
{
    struct sgw_tlv bits;
    if (!sgw_der_get(&value, SGW_TAG_BIT_STRING, &bits) || bits.size < 1 || bits.size > 3)
        return false;
    cert->has_key_usage = true;
    cert->key_usage = bits.size > 1 ? bits.value[1] : 0;
    if (bits.size > 2)
        cert->key_usage |= (unsigned int)bits.value[2] << 8;
    return true;
}

/* [RFC8550-4.4.4] */
static bool read_purposes(struct smimegw_cert *cert, struct sgw_der value)
{
    struct sgw_der purposes;
    struct sgw_tlv oid;
    if (!keep_list(value, &cert->purposes, &cert->purposes_size))
        return false;
    sgw_der_init(&purposes, cert->purposes, cert->purposes_size);
    bool is_any = false;
    bool is_email = false;
    while (sgw_der_get(&purposes, SGW_TAG_OID, &oid)) {
        is_any = is_any || IS_OID(&oid, OID_ANY_PURPOSE);
        is_email = is_email || IS_OID(&oid, OID_EMAIL_PURPOSE);
    }
    cert->has_email_purpose = is_any || is_email;
    cert->names_email_purpose = is_email && !is_any;
    return sgw_der_at_end(&purposes);
}

static bool read_constraints(struct smimegw_cert *cert, struct sgw_der value)
{
    struct sgw_der inside;
    struct sgw_tlv is_ca;
    if (!sgw_der_enter(&value, SGW_TAG_SEQUENCE, &inside))
        return false;
    cert->is_ca = sgw_der_get(&inside, SGW_TAG_BOOLEAN, &is_ca) && is_ca.size == 1 &&
                  is_ca.value[0] != 0;
    return true;
}

struct extension_row {
    const char *oid;
    size_t oid_size;
    bool (*read)(struct smimegw_cert *cert, struct sgw_der value);
};

#define EXTENSION(oid, read)                                                                  \
    {                                                                                         \
        oid, sizeof(oid) - 1, read                                                            \
    }
static const struct extension_row extension_rows[] = {
    EXTENSION("\x55\x1d\x0e", read_key_id),
    EXTENSION("\x55\x1d\x0f", read_key_usage),
    EXTENSION("\x55\x1d\x11", read_alternative_names),
    EXTENSION("\x55\x1d\x13", read_constraints),
    EXTENSION("\x55\x1d\x1e", read_name_constraints),
    EXTENSION("\x55\x1d\x1f", read_crl_points),
    EXTENSION("\x55\x1d\x23", read_authority_key_id),
    EXTENSION("\x55\x1d\x25", read_purposes),
    EXTENSION("\x2b\x06\x01\x05\x05\x07\x01\x01", read_information),
};

static const char bad_extension[] = "an extension is malformed";

/* Entries of a list, and of the lists in it (name constraints): GnuTLS reads them one by one,
 * each time from the start. */
static bool is_list_too_long(struct sgw_der value)
{
    struct sgw_der list;
    struct sgw_tlv entry;
    if (!sgw_der_enter(&value, SGW_TAG_SEQUENCE, &list))
        return false;
    if (sgw_der_count(list) > SGW_CERT_NAMES_MAX)
        return true;
    while (sgw_der_next(&list, &entry))
        if ((entry.tag & SGW_TAG_CONSTRUCTED) != 0 &&
            sgw_der_count(sgw_der_inside(&list, &entry)) > SGW_CERT_NAMES_MAX)
            return true;
    return false;
}

static const char *read_extension(struct smimegw_cert *cert,
                                  const struct sgw_extension *extension, int *ret_code)
{
    struct sgw_der value;
    sgw_der_init(&value, extension->value.value, extension->value.size);
    if (is_list_too_long(value)) {
        *ret_code = SMIMEGW_E_LIMIT;
        return too_many;
    }
    for (size_t i = 0; i < sizeof(extension_rows) / sizeof(extension_rows[0]); i++) {
        const struct extension_row *row = &extension_rows[i];
        if (sgw_tlv_is(&extension->oid, row->oid, row->oid_size) && !row->read(cert, value))
            return bad_extension;
    }
    return NULL;
}

static const char *read_extensions(struct smimegw_cert *cert, struct sgw_der tbs,
                                   int *ret_code)
{
    struct sgw_der wrapper;
    struct sgw_der list;
    struct sgw_extension extension;
    struct sgw_tlv unique_id;
    sgw_der_get(&tbs, SGW_TAG_CONTEXT | 1, &unique_id);
    sgw_der_get(&tbs, SGW_TAG_CONTEXT | 2, &unique_id);
    if (sgw_der_at_end(&tbs))
        return NULL;
    if (!sgw_der_enter(&tbs, SGW_TAG_CONTEXT_CONSTRUCTED | 3, &wrapper) ||
        !sgw_der_at_end(&tbs) || !sgw_der_enter(&wrapper, SGW_TAG_SEQUENCE, &list) ||
        !sgw_der_at_end(&wrapper))
        return "the extensions are malformed";
    if (sgw_der_count(list) > SGW_CERT_EXTENSIONS_MAX) {
        *ret_code = SMIMEGW_E_LIMIT;
        return too_many;
    }
    while (!sgw_der_at_end(&list)) {
        if (!sgw_extension_next(&list, &extension))
            return bad_extension;
        const char *wrong = read_extension(cert, &extension, ret_code);
        if (wrong != NULL)
            return wrong;
    }
    return NULL;
}

static bool read_validity(struct smimegw_cert *cert, struct sgw_der validity)
{
    struct sgw_tlv not_before;
    struct sgw_tlv not_after;
    return sgw_der_next(&validity, &not_before) && sgw_der_next(&validity, &not_after) &&
           sgw_der_at_end(&validity) && sgw_tlv_time(&not_before, &cert->not_before) &&
           sgw_tlv_time(&not_after, &cert->not_after);
}

/* TBSCertificate, [RFC5280-4.1] */
static const char *read_body(struct smimegw_cert *cert, struct sgw_der tbs, int *ret_code)
{
    struct sgw_der wrapper;
    struct sgw_der validity;
    struct sgw_tlv version;
    struct sgw_tlv spki;
    struct sgw_tlv serial;
    struct sgw_tlv algorithm;
    struct sgw_tlv issuer;
    struct sgw_tlv subject;
    if (sgw_der_enter(&tbs, SGW_TAG_CONTEXT_CONSTRUCTED, &wrapper) &&
        sgw_der_get(&wrapper, SGW_TAG_INTEGER, &version))
        cert->version = version.size == 1 && version.value[0] < 2 ? version.value[0] + 1 : 3;
    if (!sgw_der_get(&tbs, SGW_TAG_INTEGER, &serial) || serial.size == 0 ||
        !sgw_der_get(&tbs, SGW_TAG_SEQUENCE, &algorithm) ||
        !sgw_der_get(&tbs, SGW_TAG_SEQUENCE, &issuer) ||
        !sgw_der_enter(&tbs, SGW_TAG_SEQUENCE, &validity) ||
        !sgw_der_get(&tbs, SGW_TAG_SEQUENCE, &subject) ||
        !sgw_der_get(&tbs, SGW_TAG_SEQUENCE, &spki))
        return "it is no X.509 certificate";
    if (is_name_too_long(&tbs, &issuer) || is_name_too_long(&tbs, &subject)) {
        *ret_code = SMIMEGW_E_LIMIT;
        return too_many;
    }
    if (!read_validity(cert, validity))
        return "its dates are malformed";
    if (!read_key(cert, sgw_der_inside(&tbs, &spki)))
        return "its public key is malformed";
    cert->serial = serial.value;
    cert->serial_size = serial.size;
    cert->issuer = issuer.start;
    cert->issuer_size = issuer.total;
    cert->subject = subject.start;
    cert->subject_size = subject.total;
    cert->spki = spki.start;
    cert->spki_size = spki.total;
    return read_extensions(cert, tbs, ret_code);
}

const char *sgw_cert_walk(struct smimegw_cert *cert, int *ret_code)
{
    struct sgw_der der;
    struct sgw_der certificate;
    struct sgw_der tbs;
    struct sgw_tlv tlv;
    *ret_code = SMIMEGW_E_KEY;
    cert->version = 1;
    cert->key_usage = ~0U;
    cert->has_email_purpose = true;
    sgw_der_init(&der, cert->der.data, cert->der.size);
    if (!sgw_der_enter(&der, SGW_TAG_SEQUENCE, &certificate))
        return "it is no certificate in DER";
    if (!sgw_der_at_end(&der))
        return "bytes follow the certificate";
    if (!sgw_der_is_strict(cert->der.data, cert->der.size))
        return "its lengths are not DER's";
    if (!sgw_der_enter(&certificate, SGW_TAG_SEQUENCE, &tbs) ||
        !sgw_der_get(&certificate, SGW_TAG_SEQUENCE, &tlv) ||
        !sgw_der_get(&certificate, SGW_TAG_BIT_STRING, &tlv) || !sgw_der_at_end(&certificate))
        return "it is no X.509 certificate";
    return read_body(cert, tbs, ret_code);
}
