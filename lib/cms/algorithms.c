/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cms/algorithms.h"

#include <smimegw/verdict.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define OID(...)                                                                              \
    {                                                                                         \
        sizeof((const uint8_t[]){__VA_ARGS__}),                                               \
        {                                                                                     \
            __VA_ARGS__                                                                       \
        }                                                                                     \
    }
/* 1.2.840.113549 and arcs below it */
#define RSADSI 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d
#define PKCS1(arc) OID(RSADSI, 0x01, 0x01, arc)
#define PKCS7(arc) OID(RSADSI, 0x01, 0x07, arc)
#define SMIME(...) OID(RSADSI, 0x01, 0x09, 0x10, __VA_ARGS__)
/* 2.16.840.1.101.3.4 */
#define NIST(...) OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, __VA_ARGS__)

const struct sgw_oid sgw_oid_data = PKCS7(1);
const struct sgw_oid sgw_oid_signed_data = PKCS7(2);
const struct sgw_oid sgw_oid_enveloped_data = PKCS7(3);
const struct sgw_oid sgw_oid_auth_enveloped_data = SMIME(1, 23);
const struct sgw_oid sgw_oid_rsa = PKCS1(1);
const struct sgw_oid sgw_oid_rsa_oaep = PKCS1(7);
const struct sgw_oid sgw_oid_ec_public_key = OID(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01);
const struct sgw_oid sgw_oid_x25519 = OID(0x2b, 0x65, 0x6e);
static const struct sgw_oid oid_mgf1 = PKCS1(8);
static const struct sgw_oid oid_pspecified = PKCS1(9);
static const struct sgw_oid oid_pss = PKCS1(10);

static const struct sgw_digest_row digests[] = {
    {SGW_HASH_SHA256, "sha256", "sha-256", false, NIST(2, 1)},
    {SGW_HASH_SHA384, "sha384", "sha-384", false, NIST(2, 2)},
    {SGW_HASH_SHA512, "sha512", "sha-512", false, NIST(2, 3)},
    {SGW_HASH_SHA224, "sha224", "sha-224", true, NIST(2, 4)},
    {SGW_HASH_SHA1, "sha1", "sha1", true, OID(0x2b, 0x0e, 0x03, 0x02, 0x1a)},
    {SGW_HASH_MD5, "md5", "md5", true, OID(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05)},
};

static const struct sgw_cipher_row ciphers[] = {
    {SGW_CIPHER_AES128_CBC, "aes-128-cbc", false, NIST(1, 2)},
    {SGW_CIPHER_AES192_CBC, "aes-192-cbc", false, NIST(1, 22)},
    {SGW_CIPHER_AES256_CBC, "aes-256-cbc", false, NIST(1, 42)},
    {SGW_CIPHER_AES128_GCM, "aes-128-gcm", false, NIST(1, 6)},
    {SGW_CIPHER_AES192_GCM, "aes-192-gcm", false, NIST(1, 26)},
    {SGW_CIPHER_AES256_GCM, "aes-256-gcm", false, NIST(1, 46)},
    {SGW_CIPHER_3DES_CBC, "des-ede3-cbc", true, OID(RSADSI, 0x03, 0x07)},
};

/* [RFC5753-7.1.4] (standard and, for a cofactor of 1, cofactor), [RFC8418-2] */
#define CERTICOM(...) OID(0x2b, 0x81, 0x04, 0x01, __VA_ARGS__)
#define X963(...) OID(0x2b, 0x81, 0x05, 0x10, 0x86, 0x48, 0x3f, 0x00, __VA_ARGS__)
static const struct sgw_kdf_row kdfs[] = {
    {"ecdh-sha256", SGW_HASH_SHA256, false, CERTICOM(11, 1)},
    {"ecdh-sha384", SGW_HASH_SHA384, false, CERTICOM(11, 2)},
    {"ecdh-sha512", SGW_HASH_SHA512, false, CERTICOM(11, 3)},
    {"ecdh-sha224", SGW_HASH_SHA224, false, CERTICOM(11, 0)},
    {"ecdh-sha1", SGW_HASH_SHA1, false, X963(2)},
    {"ecdh-hkdf-sha256", SGW_HASH_SHA256, true, SMIME(3, 19)},
    {"ecdh-hkdf-sha384", SGW_HASH_SHA384, true, SMIME(3, 20)},
    {"ecdh-hkdf-sha512", SGW_HASH_SHA512, true, SMIME(3, 21)},
    {"ecdh-cofactor-sha256", SGW_HASH_SHA256, false, CERTICOM(14, 1)},
    {"ecdh-cofactor-sha384", SGW_HASH_SHA384, false, CERTICOM(14, 2)},
    {"ecdh-cofactor-sha512", SGW_HASH_SHA512, false, CERTICOM(14, 3)},
    {"ecdh-cofactor-sha1", SGW_HASH_SHA1, false, X963(3)},
};

static const struct sgw_wrap_row wraps[] = {
    {16, NIST(1, 5)},
    {24, NIST(1, 25)},
    {32, NIST(1, 45)},
};

/* Signature algorithm OIDs. A digest of NONE means: the one of digestAlgorithm. */
struct signature_row {
    enum sgw_signature_scheme scheme;
    enum sgw_hash_id hash;
    struct sgw_oid oid;
};
#define ECDSA_SHA2(arc) OID(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, arc)
static const struct signature_row signatures[] = {
    {SGW_SCHEME_RSA_PKCS1, SGW_HASH_NONE, PKCS1(1)},
    {SGW_SCHEME_RSA_PSS, SGW_HASH_NONE, PKCS1(10)},
    {SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA256, PKCS1(11)},
    {SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA384, PKCS1(12)},
    {SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA512, PKCS1(13)},
    {SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA224, PKCS1(14)},
    {SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA1, PKCS1(5)},
    {SGW_SCHEME_RSA_PKCS1, SGW_HASH_MD5, PKCS1(4)},
    {SGW_SCHEME_ECDSA, SGW_HASH_SHA256, ECDSA_SHA2(2)},
    {SGW_SCHEME_ECDSA, SGW_HASH_SHA384, ECDSA_SHA2(3)},
    {SGW_SCHEME_ECDSA, SGW_HASH_SHA512, ECDSA_SHA2(4)},
    {SGW_SCHEME_ECDSA, SGW_HASH_SHA224, ECDSA_SHA2(1)},
    {SGW_SCHEME_ECDSA, SGW_HASH_SHA1, OID(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01)},
    /* written by some for ecdsa-with-SHA2 */
    {SGW_SCHEME_ECDSA, SGW_HASH_NONE, OID(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01)},
    {SGW_SCHEME_ED25519, SGW_HASH_SHA512, OID(0x2b, 0x65, 0x70)},
};

static const char *const scheme_names[] = {
    [SGW_SCHEME_NONE] = "unknown",    [SGW_SCHEME_RSA_PKCS1] = "rsa-pkcs1",
    [SGW_SCHEME_RSA_PSS] = "rsa-pss", [SGW_SCHEME_ECDSA] = "ecdsa",
    [SGW_SCHEME_ED25519] = "ed25519",
};

/* Look a row up by its `oid` or another member. */
#define FIND(table, condition)                                                                \
    do {                                                                                      \
        for (size_t i = 0; i < COUNT(table); i++)                                             \
            if (condition)                                                                    \
                return &(table)[i];                                                           \
        return NULL;                                                                          \
    } while (0)

const struct sgw_digest_row *sgw_digest_by_id(enum sgw_hash_id id)
{
    FIND(digests, digests[i].id == id);
}

const struct sgw_digest_row *sgw_digest_by_oid(const struct sgw_tlv *oid)
{
    FIND(digests, sgw_tlv_is_oid(oid, &digests[i].oid));
}

const struct sgw_cipher_row *sgw_cipher_by_id(enum sgw_cipher_id id)
{
    FIND(ciphers, ciphers[i].id == id);
}

const struct sgw_cipher_row *sgw_cipher_by_oid(const struct sgw_tlv *oid)
{
    FIND(ciphers, sgw_tlv_is_oid(oid, &ciphers[i].oid));
}

const struct sgw_kdf_row *sgw_kdf_by_oid(const struct sgw_tlv *oid)
{
    FIND(kdfs, sgw_tlv_is_oid(oid, &kdfs[i].oid));
}

const struct sgw_kdf_row *sgw_kdf_find(enum sgw_hash_id hash, bool is_hkdf)
{
    FIND(kdfs, kdfs[i].hash == hash && kdfs[i].is_hkdf == is_hkdf);
}

const struct sgw_wrap_row *sgw_wrap_by_oid(const struct sgw_tlv *oid)
{
    FIND(wraps, sgw_tlv_is_oid(oid, &wraps[i].oid));
}

const struct sgw_wrap_row *sgw_wrap_by_size(size_t key_size)
{
    FIND(wraps, wraps[i].key_size == key_size);
}

static const struct signature_row *find_signature(const struct sgw_tlv *oid)
{
    FIND(signatures, sgw_tlv_is_oid(oid, &signatures[i].oid));
}

static const struct signature_row *find_scheme(enum sgw_signature_scheme scheme,
                                               enum sgw_hash_id hash)
{
    FIND(signatures, signatures[i].scheme == scheme && signatures[i].hash == hash);
}

const char *sgw_scheme_name(enum sgw_signature_scheme scheme)
{
    return scheme_names[scheme];
}

bool sgw_tlv_is_oid(const struct sgw_tlv *tlv, const struct sgw_oid *oid)
{
    return sgw_tlv_is(tlv, oid->bytes, oid->size);
}

void sgw_out_oid(struct sgw_der_out *out, const struct sgw_oid *oid)
{
    sgw_out_put(out, SGW_TAG_OID, oid->bytes, oid->size);
}

bool sgw_algorithm_read(const struct sgw_tlv *algorithm, struct sgw_tlv *ret_oid,
                        struct sgw_der *ret_parameters)
{
    sgw_ber_init(ret_parameters, algorithm->value, algorithm->size);
    return algorithm->tag == SGW_TAG_SEQUENCE &&
           sgw_der_get(ret_parameters, SGW_TAG_OID, ret_oid);
}

void sgw_out_algorithm(struct sgw_der_out *out, const struct sgw_oid *oid,
                       enum sgw_parameters parameters)
{
    size_t mark = sgw_out_mark(out);
    sgw_out_oid(out, oid);
    if (parameters == SGW_PARAMETERS_NULL)
        sgw_out_put(out, SGW_TAG_NULL, NULL, 0);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
}

/* A digest's AlgorithmIdentifier; parameters NULL or absent [RFC5754-2]. */
static enum sgw_hash_id read_digest(const struct sgw_tlv *algorithm)
{
    struct sgw_tlv oid;
    struct sgw_tlv null;
    struct sgw_der parameters;
    if (!sgw_algorithm_read(algorithm, &oid, &parameters))
        return SGW_HASH_NONE;
    if (sgw_der_get(&parameters, SGW_TAG_NULL, &null) && null.size != 0)
        return SGW_HASH_NONE;
    const struct sgw_digest_row *row = sgw_digest_by_oid(&oid);
    return row != NULL && sgw_der_at_end(&parameters) ? row->id : SGW_HASH_NONE;
}

/* An optional [n] EXPLICIT AlgorithmIdentifier; present ones are put in ret. */
static bool read_tagged(struct sgw_der *walk, uint8_t number, struct sgw_tlv *ret)
{
    struct sgw_der inside;
    ret->start = NULL;
    if (!sgw_der_is_next(walk, (uint8_t)(SGW_TAG_CONTEXT_CONSTRUCTED | number)))
        return true;
    return sgw_der_enter(walk, (uint8_t)(SGW_TAG_CONTEXT_CONSTRUCTED | number), &inside) &&
           sgw_der_next(&inside, ret) && sgw_der_at_end(&inside);
}

/* The [0] hash and [1] mask generation that PSS and OAEP parameters begin with; SHA-1 is the
 * default of both (RFC 4055). */
static bool read_hash_and_mask(struct sgw_der *walk, enum sgw_hash_id *ret_hash,
                               enum sgw_hash_id *ret_mgf_hash)
{
    struct sgw_tlv hash;
    struct sgw_tlv mask;
    struct sgw_tlv oid;
    struct sgw_tlv mask_hash;
    struct sgw_der parameters;
    if (!read_tagged(walk, 0, &hash) || !read_tagged(walk, 1, &mask))
        return false;
    *ret_hash = hash.start != NULL ? read_digest(&hash) : SGW_HASH_SHA1;
    *ret_mgf_hash = SGW_HASH_SHA1;
    if (mask.start != NULL) {
        if (!sgw_algorithm_read(&mask, &oid, &parameters) ||
            !sgw_tlv_is_oid(&oid, &oid_mgf1) || !sgw_der_next(&parameters, &mask_hash) ||
            !sgw_der_at_end(&parameters))
            return false;
        *ret_mgf_hash = read_digest(&mask_hash);
    }
    return *ret_hash != SGW_HASH_NONE && *ret_mgf_hash != SGW_HASH_NONE;
}

static bool read_pss(struct sgw_der parameters, struct sgw_signature_algorithm *ret)
{
    struct sgw_der walk;
    struct sgw_tlv salt;
    struct sgw_tlv trailer;
    enum sgw_hash_id mgf_hash;
    int number = 20;
    if (!sgw_der_enter(&parameters, SGW_TAG_SEQUENCE, &walk) || !sgw_der_at_end(&parameters) ||
        !read_hash_and_mask(&walk, &ret->hash, &mgf_hash) || mgf_hash != ret->hash ||
        !read_tagged(&walk, 2, &salt) || !read_tagged(&walk, 3, &trailer) ||
        !sgw_der_at_end(&walk))
        return false;
    if (salt.start != NULL && !sgw_tlv_number(&salt, &number))
        return false;
    ret->salt_size = (unsigned int)number;
    if (trailer.start != NULL && (!sgw_tlv_number(&trailer, &number) || number != 1))
        return false;
    return ret->salt_size <= 512;
}

int sgw_signature_algorithm_read(const struct sgw_tlv *digest_algorithm,
                                 const struct sgw_tlv *signature_algorithm,
                                 struct sgw_signature_algorithm *ret)
{
    struct sgw_tlv oid;
    struct sgw_der parameters;
    enum sgw_hash_id digest = read_digest(digest_algorithm);
    if (digest == SGW_HASH_NONE || !sgw_algorithm_read(signature_algorithm, &oid, &parameters))
        return SMIMEGW_REASON_ALGORITHM_UNKNOWN;
    const struct signature_row *row = find_signature(&oid);
    if (row == NULL)
        return SMIMEGW_REASON_ALGORITHM_UNKNOWN;
    *ret = (struct sgw_signature_algorithm){row->scheme, row->hash, 0};
    if (row->scheme == SGW_SCHEME_RSA_PSS && !read_pss(parameters, ret))
        return SMIMEGW_REASON_ALGORITHM_UNKNOWN;
    if (ret->hash == SGW_HASH_NONE)
        ret->hash = digest;
    return ret->hash == digest ? SMIMEGW_REASON_OK : SMIMEGW_REASON_ALGORITHM_MISMATCH;
}

/* [0] hash, [1] MGF1 with the same hash: the NULL is what CA/B's byte forms have. */
static void put_hash_and_mask(struct sgw_der_out *out, enum sgw_hash_id hash)
{
    const struct sgw_oid *oid = &sgw_digest_by_id(hash)->oid;
    size_t mark = sgw_out_mark(out);
    sgw_out_algorithm(out, oid, SGW_PARAMETERS_NULL);
    sgw_out_wrap(out, mark, SGW_TAG_CONTEXT_CONSTRUCTED);
    mark = sgw_out_mark(out);
    sgw_out_oid(out, &oid_mgf1);
    sgw_out_algorithm(out, oid, SGW_PARAMETERS_NULL);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
    sgw_out_wrap(out, mark, SGW_TAG_CONTEXT_CONSTRUCTED | 1);
}

static void put_pss(struct sgw_der_out *out, const struct sgw_signature_algorithm *algorithm)
{
    size_t whole = sgw_out_mark(out);
    sgw_out_oid(out, &oid_pss);
    size_t parameters = sgw_out_mark(out);
    put_hash_and_mask(out, algorithm->hash);
    size_t salt = sgw_out_mark(out);
    sgw_out_number(out, (int)algorithm->salt_size);
    sgw_out_wrap(out, salt, SGW_TAG_CONTEXT_CONSTRUCTED | 2);
    sgw_out_wrap(out, parameters, SGW_TAG_SEQUENCE);
    sgw_out_wrap(out, whole, SGW_TAG_SEQUENCE);
}

void sgw_out_signature_algorithm(struct sgw_der_out *out,
                                 const struct sgw_signature_algorithm *algorithm)
{
    if (algorithm->scheme == SGW_SCHEME_RSA_PSS) {
        put_pss(out, algorithm);
        return;
    }
    /* rsaEncryption with NULL is what every reader takes [RFC5754-3.2] */
    bool is_rsa = algorithm->scheme == SGW_SCHEME_RSA_PKCS1;
    const struct signature_row *row =
        find_scheme(algorithm->scheme, is_rsa ? SGW_HASH_NONE : algorithm->hash);
    sgw_out_algorithm(out, &row->oid, is_rsa ? SGW_PARAMETERS_NULL : SGW_PARAMETERS_ABSENT);
}

bool sgw_oaep_read(struct sgw_der parameters, enum sgw_hash_id *ret_hash,
                   enum sgw_hash_id *ret_mgf_hash)
{
    struct sgw_der walk;
    struct sgw_der source;
    struct sgw_tlv label;
    struct sgw_tlv oid;
    struct sgw_tlv text;
    if (!sgw_der_enter(&parameters, SGW_TAG_SEQUENCE, &walk) || !sgw_der_at_end(&parameters) ||
        !read_hash_and_mask(&walk, ret_hash, ret_mgf_hash) || !read_tagged(&walk, 2, &label) ||
        !sgw_der_at_end(&walk))
        return false;
    if (label.start == NULL)
        return true;
    return sgw_algorithm_read(&label, &oid, &source) &&
           sgw_tlv_is_oid(&oid, &oid_pspecified) &&
           sgw_der_get(&source, SGW_TAG_OCTET_STRING, &text) && text.size == 0;
}

void sgw_out_oaep(struct sgw_der_out *out, enum sgw_hash_id hash)
{
    size_t whole = sgw_out_mark(out);
    sgw_out_oid(out, &sgw_oid_rsa_oaep);
    size_t parameters = sgw_out_mark(out);
    /* DER leaves defaults out, and SHA-1 is the default */
    if (hash != SGW_HASH_SHA1)
        put_hash_and_mask(out, hash);
    sgw_out_wrap(out, parameters, SGW_TAG_SEQUENCE);
    sgw_out_wrap(out, whole, SGW_TAG_SEQUENCE);
}
