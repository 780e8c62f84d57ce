/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_TESTS_PKCS12_MAKER_H
#define SGW_TESTS_PKCS12_MAKER_H

#include <gnutls/crypto.h>

#include "pki/cert/pem.h"
#include "pki/key/pbe.h"
#include "pki_data.h"

/* PKCS#12 files with nothing encrypted and a MAC that is right, or wrong in one way. */
struct p12 {
    struct sgw_der_out bags; /* contents of SafeContents, put in by the functions below */
    const char *passphrase;
    const char *digest_oid; /* NULL: SHA-256 */
    size_t digest_size;     /* what the file says of it; 0: all */
    int iterations;         /* 0: 1, left out */
    bool has_no_mac;
    const char *raw_iterations; /* INTEGER's octets */
    size_t raw_iterations_size;
};

#define OID_SHA256 "\x60\x86\x48\x01\x65\x03\x04\x02\x01"
#define OID_BAG "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01"
#define OID_DATA "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
#define PUT_OID(out, oid) sgw_out_put(out, SGW_TAG_OID, oid, sizeof(oid) - 1)

/* The DER in a PEM file's first block with that label. */
static inline struct sgw_buf pem_der(const char *file_name, const char *label)
{
    struct file file = read_key_file(file_name);
    struct sgw_pem_block block;
    struct sgw_buf der = SGW_BUF_INIT(0);
    for (size_t at = 0; sgw_pem_next(file.data, file.size, &at, &block);) {
        if (block.label_size != strlen(label) ||
            memcmp(block.label, label, block.label_size) != 0)
            continue;
        assert_int_equal(sgw_pem_decode(&block, &der, NULL), SMIMEGW_OK);
        break;
    }
    assert_true(der.size > 0);
    free(file.data);
    return der;
}

static inline void end_bag(struct sgw_der_out *out, size_t mark, const char *name,
                           size_t name_size)
{
    if (name != NULL) {
        size_t set = sgw_out_mark(out);
        PUT_OID(out, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x14");
        size_t value = sgw_out_mark(out);
        sgw_out_put(out, 0x1e, name, name_size);
        sgw_out_wrap(out, value, SGW_TAG_SET);
        sgw_out_wrap(out, set, SGW_TAG_SEQUENCE);
        sgw_out_wrap(out, set, SGW_TAG_SET);
    }
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
}

static inline void put_key_bag(struct p12 *p12, const struct sgw_buf *key, const char *name,
                               size_t name_size)
{
    size_t mark = sgw_out_mark(&p12->bags);
    PUT_OID(&p12->bags, OID_BAG "\x01");
    size_t value = sgw_out_mark(&p12->bags);
    sgw_out_raw(&p12->bags, key->data, key->size);
    sgw_out_wrap(&p12->bags, value, SGW_TAG_CONTEXT_CONSTRUCTED | 0);
    end_bag(&p12->bags, mark, name, name_size);
}

static inline void put_cert_bag(struct p12 *p12, const struct sgw_buf *cert, const char *name,
                                size_t name_size)
{
    size_t mark = sgw_out_mark(&p12->bags);
    PUT_OID(&p12->bags, OID_BAG "\x03");
    size_t value = sgw_out_mark(&p12->bags);
    PUT_OID(&p12->bags, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x16\x01");
    size_t octets = sgw_out_mark(&p12->bags);
    sgw_out_put(&p12->bags, SGW_TAG_OCTET_STRING, cert->data, cert->size);
    sgw_out_wrap(&p12->bags, octets, SGW_TAG_CONTEXT_CONSTRUCTED | 0);
    sgw_out_wrap(&p12->bags, value, SGW_TAG_SEQUENCE);
    sgw_out_wrap(&p12->bags, value, SGW_TAG_CONTEXT_CONSTRUCTED | 0);
    end_bag(&p12->bags, mark, name, name_size);
}

/* ContentInfo of type data around octets. */
static inline void put_data(struct sgw_der_out *out, const struct sgw_buf *octets)
{
    size_t mark = sgw_out_mark(out);
    PUT_OID(out, OID_DATA);
    size_t content = sgw_out_mark(out);
    sgw_out_put(out, SGW_TAG_OCTET_STRING, octets->data, octets->size);
    sgw_out_wrap(out, content, SGW_TAG_CONTEXT_CONSTRUCTED | 0);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
}

static inline void digest_content(const struct p12 *p12, const struct sgw_buf *content,
                                  uint8_t ret[SGW_HASH_SIZE_MAX])
{
    struct sgw_passphrase passphrase;
    struct sgw_pbe_salt salt = {(const uint8_t *)"saltsalt", 8,
                                p12->iterations > 0 ? p12->iterations : 1};
    uint8_t key[32];
    assert_int_equal(sgw_passphrase_init(&passphrase, p12->passphrase, NULL), SMIMEGW_OK);
    assert_int_equal(sgw_passphrase_form(&passphrase, 0), SMIMEGW_OK);
    assert_int_equal(
        sgw_pbe_derive_pkcs12(&passphrase, SGW_HASH_SHA256, 3, &salt, key, 32, NULL),
        SMIMEGW_OK);
    memset(ret, 0, SGW_HASH_SIZE_MAX);
    gnutls_hmac_fast(GNUTLS_MAC_SHA256, key, 32, content->data, content->size, ret);
    sgw_passphrase_clear(&passphrase);
}

static inline void put_mac(struct sgw_der_out *out, const struct p12 *p12,
                           const struct sgw_buf *content)
{
    uint8_t digest[SGW_HASH_SIZE_MAX];
    digest_content(p12, content, digest);
    size_t mark = sgw_out_mark(out);
    if (p12->digest_oid != NULL)
        sgw_out_put(out, SGW_TAG_OID, p12->digest_oid, strlen(p12->digest_oid));
    else
        PUT_OID(out, OID_SHA256);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
    sgw_out_put(out, SGW_TAG_OCTET_STRING, digest,
                p12->digest_size > 0 ? p12->digest_size : 32);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
    sgw_out_put(out, SGW_TAG_OCTET_STRING, "saltsalt", 8);
    if (p12->raw_iterations != NULL)
        sgw_out_put(out, SGW_TAG_INTEGER, p12->raw_iterations, p12->raw_iterations_size);
    else if (p12->iterations > 0)
        sgw_out_number(out, p12->iterations);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
}

/* PFX around a SafeContents' octets, which need not be one. */
static inline struct sgw_buf make_pfx(const struct p12 *p12, const struct sgw_buf *contents)
{
    struct sgw_der_out safes = {0};
    struct sgw_der_out out = {0};
    put_data(&safes, contents);
    sgw_out_wrap(&safes, 0, SGW_TAG_SEQUENCE);
    sgw_out_number(&out, 3);
    put_data(&out, &safes.buf);
    if (!p12->has_no_mac)
        put_mac(&out, p12, &safes.buf);
    sgw_out_wrap(&out, 0, SGW_TAG_SEQUENCE);
    assert_int_equal(out.result, SMIMEGW_OK);
    sgw_out_clear(&safes);
    return out.buf;
}

/* The file; its bags are gone then. */
static inline struct sgw_buf finish_p12(struct p12 *p12)
{
    sgw_out_wrap(&p12->bags, 0, SGW_TAG_SEQUENCE);
    assert_int_equal(p12->bags.result, SMIMEGW_OK);
    struct sgw_buf file = make_pfx(p12, &p12->bags.buf);
    sgw_out_clear(&p12->bags);
    return file;
}

/* With the key and certificate of tests/data/keys, without a name. */
static inline void put_pair(struct p12 *p12, const char *pem_file)
{
    struct sgw_buf key = pem_der(pem_file, "PRIVATE KEY");
    struct sgw_buf cert = pem_der(pem_file, "CERTIFICATE");
    put_key_bag(p12, &key, NULL, 0);
    put_cert_bag(p12, &cert, NULL, 0);
    sgw_buf_clear(&key);
    sgw_buf_clear(&cert);
}

static inline int try_file(const struct sgw_buf *file, const char *passphrase,
                           struct smimegw_identity **ret_identity,
                           struct smimegw_error **ret_error)
{
    return smimegw_identity_new(file->data, file->size, passphrase, ret_identity, ret_error);
}

static inline void assert_fails(int ret, struct smimegw_error *error, int code,
                                const char *words)
{
    if (ret != code || strstr(smimegw_error_text(error), words) == NULL)
        fail_msg("%d, \"%s\"; expected %d, \"%s\"", ret, smimegw_error_text(error), code,
                 words);
    smimegw_error_free(error);
}

#endif
