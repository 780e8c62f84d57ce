/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gnutls/abstract.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/buffer_impl.h"
#include "base/error_impl.h"
#include "pki/cert/pem.h"
#include "pki/code.h"
#include "pki/issue/template_impl.h"
#include "pki/key/identity_impl.h"

/* The end of validity stays within the years that a certificate can tell, four digits. */
enum { COMMON_NAME_MAX = 64 };
static const int64_t time_max = 253402300799 - (int64_t)SGW_TEMPLATE_DAYS_MAX * 24 * 60 * 60;

/* A key that was made here, and its certificate's parts. */
struct new_key {
    gnutls_x509_privkey_t x509;
    gnutls_privkey_t key;
    gnutls_pubkey_t pubkey;
    gnutls_datum_t spki;
};

/* By enum sgw_template_algorithm. */
static const struct {
    enum sgw_key_type type;
    gnutls_pk_algorithm_t gnutls;
    gnutls_ecc_curve_t curve;
} new_keys[] = {
    {SGW_KEY_RSA, GNUTLS_PK_RSA, GNUTLS_ECC_CURVE_INVALID},
    {SGW_KEY_P256, GNUTLS_PK_ECDSA, GNUTLS_ECC_CURVE_SECP256R1},
    {SGW_KEY_ED25519, GNUTLS_PK_EDDSA_ED25519, GNUTLS_ECC_CURVE_ED25519},
};

static void wipe_datum(gnutls_datum_t *datum)
{
    if (datum->data != NULL)
        sgw_wipe(datum->data, datum->size);
    gnutls_free(datum->data);
}

static void new_key_clear(struct new_key *key)
{
    if (key->pubkey != NULL)
        gnutls_pubkey_deinit(key->pubkey);
    if (key->key != NULL)
        gnutls_privkey_deinit(key->key);
    if (key->x509 != NULL)
        gnutls_x509_privkey_deinit(key->x509);
    gnutls_free(key->spki.data);
}

static int new_key_make(struct new_key *key, const struct smimegw_template *tmpl)
{
    unsigned int bits = tmpl->algorithm == SGW_TEMPLATE_RSA
                            ? sgw_template_key_size(tmpl)
                            : GNUTLS_CURVE_TO_BITS(new_keys[tmpl->algorithm].curve);
    int ret = gnutls_x509_privkey_init(&key->x509);
    if (ret == 0)
        ret =
            gnutls_x509_privkey_generate(key->x509, new_keys[tmpl->algorithm].gnutls, bits, 0);
    if (ret == 0)
        ret = gnutls_privkey_init(&key->key);
    if (ret == 0)
        ret = gnutls_privkey_import_x509(key->key, key->x509, 0);
    if (ret == 0)
        ret = gnutls_pubkey_init(&key->pubkey);
    if (ret == 0)
        ret = gnutls_pubkey_import_privkey(key->pubkey, key->key, 0, 0);
    if (ret == 0)
        ret = gnutls_pubkey_export2(key->pubkey, GNUTLS_X509_FMT_DER, &key->spki);
    return ret < 0 ? sgw_pki_code(ret, SMIMEGW_E_CRYPTO) : SMIMEGW_OK;
}

/* What signs: an identity wherever its key is, or a key made here. */
struct signer {
    struct smimegw_identity *identity;
    gnutls_privkey_t key;
};

static int sign_with_new_key(gnutls_privkey_t key,
                             const struct sgw_signature_algorithm *algorithm,
                             const struct sgw_buf *data, struct sgw_buf *ret_signature)
{
    const gnutls_datum_t to_sign = {data->data, (unsigned int)data->size};
    gnutls_datum_t signature = {NULL, 0};
    int ret = gnutls_privkey_sign_data2(key, sgw_signature_row_find(algorithm)->gnutls, 0,
                                        &to_sign, &signature);
    if (ret < 0)
        return sgw_pki_code(ret, SMIMEGW_E_CRYPTO);
    ret = sgw_buf_append(ret_signature, signature.data, signature.size);
    gnutls_free(signature.data);
    return ret;
}

/* SIGNED{} of [RFC5280-4.1] around what is in out. */
static int sign(const struct signer *signer, const struct sgw_template_signature *row,
                struct sgw_der_out *out, struct smimegw_error **ret_error)
{
    struct sgw_buf signature = SGW_BUF_INIT(0);
    int ret = out->result;
    /* the octet says that no bit of the last one is unused */
    if (ret == SMIMEGW_OK)
        ret = sgw_buf_append_byte(&signature, 0);
    if (ret == SMIMEGW_OK && signer->identity != NULL)
        ret = sgw_signature_make(signer->identity, &row->algorithm, out->buf.data,
                                 out->buf.size, &signature, ret_error);
    else if (ret == SMIMEGW_OK)
        ret = sign_with_new_key(signer->key, &row->algorithm, &out->buf, &signature);
    if (ret == SMIMEGW_OK) {
        sgw_out_raw(out, row->identifier, row->identifier_size);
        sgw_out_put(out, SGW_TAG_BIT_STRING, signature.data, signature.size);
        sgw_out_wrap(out, 0, SGW_TAG_SEQUENCE);
        ret = out->result;
    }
    sgw_buf_clear(&signature);
    /* an engine without the algorithm is a key that can't, to whom asks for a certificate */
    if (ret == SMIMEGW_E_UNSUPPORTED)
        ret = SMIMEGW_E_KEY;
    return ret < 0 ? sgw_fail(ret_error, ret, "the certificate can't be made") : ret;
}

/* A fault in the computation would give the key away: the signature must fit. */
static int check_own_signature(const struct smimegw_cert *cert,
                               const struct sgw_signature_algorithm *algorithm)
{
    struct sgw_der outer;
    struct sgw_der inside;
    struct sgw_tlv body;
    struct sgw_tlv identifier;
    struct sgw_tlv signature;
    sgw_der_init(&outer, cert->der.data, cert->der.size);
    if (!sgw_der_enter(&outer, SGW_TAG_SEQUENCE, &inside) || !sgw_der_next(&inside, &body) ||
        !sgw_der_next(&inside, &identifier) ||
        !sgw_der_get(&inside, SGW_TAG_BIT_STRING, &signature) || signature.size == 0)
        return SMIMEGW_E_CRYPTO;
    int ret = sgw_signature_check(cert, algorithm, body.start, body.total, signature.value + 1,
                                  signature.size - 1);
    return ret == SMIMEGW_OK || ret == SMIMEGW_E_NOMEM ? ret : SMIMEGW_E_CRYPTO;
}

static int make_certificate(const struct smimegw_template *tmpl,
                            const struct sgw_template_key *key, const struct signer *signer,
                            int64_t time, struct smimegw_cert **ret_cert,
                            struct smimegw_error **ret_error)
{
    const struct sgw_template_signature *row = sgw_template_signature(key->type);
    struct sgw_der_out out = {.buf = SGW_BUF_INIT(0)};
    struct smimegw_cert *cert = NULL;
    sgw_template_put_certificate(&out, tmpl, key, time);
    int ret = sign(signer, row, &out, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_cert_new_der(out.buf.data, out.buf.size, &cert, ret_error);
    sgw_out_clear(&out);
    if (ret == SMIMEGW_OK)
        ret = check_own_signature(cert, &row->algorithm);
    if (ret == SMIMEGW_OK)
        *ret_cert = cert;
    else
        smimegw_cert_unref(cert);
    return ret < 0 ? sgw_fail(ret_error, ret, "the certificate made is not sound") : ret;
}

static int append_key(struct sgw_buf *pem, const struct new_key *key, const char *passphrase)
{
    gnutls_datum_t text = {NULL, 0};
    int ret = gnutls_x509_privkey_export2_pkcs8(
        key->x509, GNUTLS_X509_FMT_PEM, passphrase,
        passphrase != NULL ? GNUTLS_PKCS_PBES2_AES_256 : GNUTLS_PKCS_PLAIN, &text);
    if (ret < 0)
        return sgw_pki_code(ret, SMIMEGW_E_CRYPTO);
    ret = sgw_buf_append(pem, text.data, text.size);
    wipe_datum(&text);
    return ret;
}

static int write_file(const struct new_key *key, const struct smimegw_cert *cert,
                      const char *passphrase, struct smimegw_buffer **ret_pem,
                      struct smimegw_error **ret_error)
{
    struct smimegw_buffer *pem = NULL;
    int ret = smimegw_buffer_new(0, &pem, ret_error);
    if (ret == SMIMEGW_OK)
        ret = append_key(&pem->buf, key, passphrase);
    if (ret == SMIMEGW_OK)
        ret = sgw_pem_append(&pem->buf, "CERTIFICATE", cert->der.data, cert->der.size);
    if (ret == SMIMEGW_OK)
        *ret_pem = pem;
    else
        smimegw_buffer_free(pem);
    return ret < 0 ? sgw_fail(ret_error, ret, "key file") : ret;
}

/* A certificate that is its own issuer needs a subject, and a long name has no place in it. */
static int check_stand_in(const struct smimegw_template *tmpl,
                          struct smimegw_error **ret_error)
{
    const char *names = tmpl->addresses != NULL ? tmpl->addresses : tmpl->domains;
    struct sgw_template_entry first;
    if (sgw_template_has_subject(tmpl) || !sgw_template_next(&names, &first) ||
        first.size <= COMMON_NAME_MAX)
        return SMIMEGW_OK;
    return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                    "the first name is too long for the subject of a self-signed certificate: "
                    "set common-name");
}

static int64_t start_time(int64_t wanted)
{
    return wanted < 0 ? (int64_t)time(NULL) : wanted;
}

int smimegw_template_create(const struct smimegw_template *tmpl, int64_t time,
                            const char *passphrase, struct smimegw_buffer **ret_pem,
                            struct smimegw_error **ret_error)
{
    SGW_REQUIRE(tmpl != NULL, ret_error);
    SGW_REQUIRE(time <= time_max, ret_error);
    SGW_REQUIRE(passphrase == NULL || passphrase[0] != '\0', ret_error);
    SGW_REQUIRE(ret_pem != NULL, ret_error);
    struct sgw_template_key parts = {.type = new_keys[tmpl->algorithm].type};
    int ret = sgw_template_check(tmpl, parts.type, ret_error);
    if (ret == SMIMEGW_OK)
        ret = check_stand_in(tmpl, ret_error);
    if (ret < 0)
        return ret;
    if (tmpl->algorithm != SGW_TEMPLATE_RSA && tmpl->key_size != NULL)
        return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                        "key-size is for rsa keys only: leave it empty with this algorithm");
    struct new_key key = {0};
    struct smimegw_cert *cert = NULL;
    ret = new_key_make(&key, tmpl);
    if (ret < 0)
        sgw_fail(ret_error, ret, "the key can't be made");
    parts.spki = key.spki.data;
    parts.spki_size = key.spki.size;
    const struct signer signer = {.key = key.key};
    if (ret == SMIMEGW_OK)
        ret = make_certificate(tmpl, &parts, &signer, start_time(time), &cert, ret_error);
    if (ret == SMIMEGW_OK)
        ret = write_file(&key, cert, passphrase, ret_pem, ret_error);
    smimegw_cert_unref(cert);
    new_key_clear(&key);
    return ret;
}

/* Can the identity's key sign what the template asks for? */
static int check_identity(const struct smimegw_template *tmpl,
                          const struct smimegw_identity *identity,
                          struct smimegw_error **ret_error)
{
    if (sgw_template_signature(identity->cert->key_type) == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_KEY, "a key of the type %s can't sign",
                        smimegw_cert_text(identity->cert, SMIMEGW_CERT_KEY));
    return sgw_template_check(tmpl, identity->cert->key_type, ret_error);
}

static struct sgw_template_key key_of(const struct smimegw_identity *identity)
{
    return (struct sgw_template_key){identity->cert->key_type, identity->cert->spki,
                                     identity->cert->spki_size};
}

int smimegw_template_renew(const struct smimegw_template *tmpl,
                           struct smimegw_identity *identity, int64_t time,
                           struct smimegw_cert **ret_cert, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(tmpl != NULL, ret_error);
    SGW_REQUIRE(identity != NULL, ret_error);
    SGW_REQUIRE(time <= time_max, ret_error);
    SGW_REQUIRE(ret_cert != NULL, ret_error);
    int ret = check_identity(tmpl, identity, ret_error);
    if (ret == SMIMEGW_OK)
        ret = check_stand_in(tmpl, ret_error);
    if (ret < 0)
        return ret;
    const struct sgw_template_key key = key_of(identity);
    const struct signer signer = {.identity = identity};
    return make_certificate(tmpl, &key, &signer, start_time(time), ret_cert, ret_error);
}

int smimegw_template_request(const struct smimegw_template *tmpl,
                             struct smimegw_identity *identity,
                             struct smimegw_buffer **ret_pem, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(tmpl != NULL, ret_error);
    SGW_REQUIRE(identity != NULL, ret_error);
    SGW_REQUIRE(ret_pem != NULL, ret_error);
    int ret = check_identity(tmpl, identity, ret_error);
    if (ret < 0)
        return ret;
    const struct sgw_template_key key = key_of(identity);
    const struct signer signer = {.identity = identity};
    struct sgw_der_out out = {.buf = SGW_BUF_INIT(0)};
    struct smimegw_buffer *pem = NULL;
    sgw_template_put_request(&out, tmpl, &key);
    ret = sign(&signer, sgw_template_signature(key.type), &out, ret_error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_buffer_new(0, &pem, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_pem_append(&pem->buf, "CERTIFICATE REQUEST", out.buf.data, out.buf.size);
    sgw_out_clear(&out);
    if (ret == SMIMEGW_OK)
        *ret_pem = pem;
    else
        smimegw_buffer_free(pem);
    return ret < 0 ? sgw_fail(ret_error, ret, "request") : ret;
}
