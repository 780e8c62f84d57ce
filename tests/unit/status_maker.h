/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_TESTS_STATUS_MAKER_H
#define SGW_TESTS_STATUS_MAKER_H

#include "asn1/der.h"
#include "base/crypto.h"
#include "base/text.h"
#include "pki_maker.h"

/* CRLs and OCSP responses written element by element, with any fault. */
struct signing {
    gnutls_x509_privkey_t key;
    gnutls_sign_algorithm_t algorithm; /* 0: ECDSA with SHA-256 */
    const void *identifier;            /* AlgorithmIdentifier; NULL: the same */
    size_t identifier_size;
};

struct list_recipe {
    const struct smimegw_cert *issuer; /* whose subject it is from */
    struct signing signing;
    int64_t this_update;
    int64_t next_update;                /* 0: none */
    const struct smimegw_cert *revoked; /* NULL: nobody */
    int reason;                         /* of that entry; 0: none given */
    const void *entry_extension;        /* one more of that entry */
    size_t entry_extension_size;
    size_t others;         /* entries before that one, 64 bits each */
    int repeated;          /* entries before that one, of one serial number */
    int number;            /* cRLNumber; 0: none */
    int base_number;       /* makes it a delta; 0: none */
    const void *extension; /* one more of the list */
    size_t extension_size;
    bool has_no_extensions; /* version 1 */
};

static inline void put_signature(struct sgw_der_out *out, const struct signing *signing)
{
    static const char ecdsa[] = "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";
    gnutls_datum_t data = {out->buf.data, (unsigned int)out->buf.size};
    gnutls_datum_t value = {NULL, 0};
    gnutls_privkey_t key;
    gnutls_privkey_init(&key);
    assert_int_equal(gnutls_privkey_import_x509(key, signing->key, 0), 0);
    assert_int_equal(
        gnutls_privkey_sign_data2(
            key, signing->algorithm != 0 ? signing->algorithm : GNUTLS_SIGN_ECDSA_SHA256, 0,
            &data, &value),
        0);
    if (signing->identifier != NULL)
        sgw_out_raw(out, signing->identifier, signing->identifier_size);
    else
        sgw_out_raw(out, ecdsa, sizeof(ecdsa) - 1);
    size_t mark = sgw_out_mark(out);
    sgw_out_raw(out, "", 1);
    sgw_out_raw(out, value.data, value.size);
    sgw_out_wrap(out, mark, SGW_TAG_BIT_STRING);
    gnutls_free(value.data);
    gnutls_privkey_deinit(key);
}

static inline void put_list_extension(struct sgw_der_out *out, uint8_t number,
                                      bool is_critical, const void *value, size_t size)
{
    const uint8_t oid[] = {0x55, 0x1d, number};
    size_t mark = sgw_out_mark(out);
    sgw_out_put(out, SGW_TAG_OID, oid, sizeof(oid));
    if (is_critical)
        sgw_out_put(out, SGW_TAG_BOOLEAN, "\xff", 1);
    sgw_out_put(out, SGW_TAG_OCTET_STRING, value, size);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
}

static inline void put_entry(struct sgw_der_out *out, const void *serial, size_t size,
                             int64_t date, const struct list_recipe *recipe)
{
    size_t mark = sgw_out_mark(out);
    sgw_out_put(out, SGW_TAG_INTEGER, serial, size);
    sgw_out_time(out, date);
    if (recipe != NULL && (recipe->reason != 0 || recipe->entry_extension != NULL)) {
        const uint8_t reason[] = {0x0a, 1, (uint8_t)recipe->reason};
        size_t list = sgw_out_mark(out);
        if (recipe->reason != 0)
            put_list_extension(out, 21, false, reason, sizeof(reason));
        sgw_out_raw(out, recipe->entry_extension, recipe->entry_extension_size);
        sgw_out_wrap(out, list, SGW_TAG_SEQUENCE);
    }
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
}

/* Of the same size all: written by hand, for a list has many. */
static inline void put_others(struct sgw_der_out *out, const struct list_recipe *recipe)
{
    uint8_t serial[8] = {0x5a};
    for (size_t i = 0; i < recipe->others; i++) {
        uint32_t mixed = (uint32_t)i * 2654435761U;
        for (size_t k = 0; k < 4; k++)
            serial[4 + k] = (uint8_t)(mixed >> 8 * k);
        put_entry(out, serial, sizeof(serial), recipe->this_update, NULL);
    }
    for (int i = 0; i < recipe->repeated; i++)
        put_entry(out, "\x11\x22\x33", 3, recipe->this_update, NULL);
}

static inline void put_list_extensions(struct sgw_der_out *out,
                                       const struct list_recipe *recipe)
{
    size_t mark = sgw_out_mark(out);
    const uint8_t number[] = {2, 1, (uint8_t)recipe->number};
    const uint8_t base[] = {2, 1, (uint8_t)recipe->base_number};
    if (recipe->has_no_extensions)
        return;
    if (recipe->issuer->ski_size > 0) {
        struct sgw_der_out id = {0};
        sgw_out_put(&id, SGW_TAG_CONTEXT, recipe->issuer->ski, recipe->issuer->ski_size);
        sgw_out_wrap(&id, 0, SGW_TAG_SEQUENCE);
        put_list_extension(out, 35, false, id.buf.data, id.buf.size);
        sgw_out_clear(&id);
    }
    if (recipe->number != 0)
        put_list_extension(out, 20, false, number, sizeof(number));
    if (recipe->base_number != 0)
        put_list_extension(out, 27, true, base, sizeof(base));
    sgw_out_raw(out, recipe->extension, recipe->extension_size);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
    sgw_out_wrap(out, mark, SGW_TAG_CONTEXT_CONSTRUCTED);
}

static inline struct sgw_der_out make_list(const struct list_recipe *recipe)
{
    struct sgw_der_out out = {0};
    static const char ecdsa[] = "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";
    if (!recipe->has_no_extensions)
        sgw_out_number(&out, 1);
    if (recipe->signing.identifier != NULL)
        sgw_out_raw(&out, recipe->signing.identifier, recipe->signing.identifier_size);
    else
        sgw_out_raw(&out, ecdsa, sizeof(ecdsa) - 1);
    sgw_out_raw(&out, recipe->issuer->subject, recipe->issuer->subject_size);
    sgw_out_time(&out, recipe->this_update);
    if (recipe->next_update != 0)
        sgw_out_time(&out, recipe->next_update);
    size_t mark = sgw_out_mark(&out);
    put_others(&out, recipe);
    if (recipe->revoked != NULL)
        put_entry(&out, recipe->revoked->serial, recipe->revoked->serial_size,
                  recipe->this_update, recipe);
    if (sgw_out_mark(&out) > mark)
        sgw_out_wrap(&out, mark, SGW_TAG_SEQUENCE);
    put_list_extensions(&out, recipe);
    sgw_out_wrap(&out, 0, SGW_TAG_SEQUENCE);
    put_signature(&out, &recipe->signing);
    sgw_out_wrap(&out, 0, SGW_TAG_SEQUENCE);
    assert_int_equal(out.result, SMIMEGW_OK);
    return out;
}

enum { ANSWER_GOOD = 0x80, ANSWER_REVOKED = 0xa1, ANSWER_UNKNOWN = 0x82 };

struct answer_recipe {
    const struct smimegw_cert *cert;
    const struct smimegw_cert *issuer;
    enum sgw_hash_id hash; /* 0: SHA-1, as responders do */
    int status;            /* 0: good */
    int64_t this_update;
    int64_t next_update; /* 0: none */
    struct signing signing;
    const struct smimegw_cert *responder; /* sent along; NULL: none */
    const struct smimegw_cert *others[3]; /* sent along behind it */
    const void *extension;                /* of the response */
    size_t extension_size;
    const void *single_extension; /* of what it says about the certificate */
    size_t single_extension_size;
};

static inline void put_answer_time(struct sgw_der_out *out, int64_t seconds)
{
    char text[SGW_TIME_TEXT_SIZE];
    char digits[16];
    size_t size = 0;
    sgw_time_text(seconds, text);
    for (const char *c = text; *c != '\0'; c++)
        if (*c >= '0' && *c <= '9')
            digits[size++] = *c;
    digits[size++] = 'Z';
    sgw_out_put(out, SGW_TAG_GENERALIZED_TIME, digits, size);
}

static inline void put_cert_id(struct sgw_der_out *out, const struct answer_recipe *recipe)
{
    static const char sha1[] = "\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00";
    static const char sha256[] = "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01";
    enum sgw_hash_id hash = recipe->hash != 0 ? recipe->hash : SGW_HASH_SHA1;
    uint8_t digest[SGW_HASH_SIZE_MAX];
    struct sgw_der der;
    struct sgw_der inside;
    struct sgw_tlv tlv;
    size_t mark = sgw_out_mark(out);
    if (hash == SGW_HASH_SHA1)
        sgw_out_raw(out, sha1, sizeof(sha1) - 1);
    else
        sgw_out_raw(out, sha256, sizeof(sha256) - 1);
    sgw_hash_once(hash, recipe->issuer->subject, recipe->issuer->subject_size, digest);
    sgw_out_put(out, SGW_TAG_OCTET_STRING, digest, sgw_hash_size(hash));
    sgw_der_init(&der, recipe->issuer->spki, recipe->issuer->spki_size);
    assert_true(sgw_der_enter(&der, SGW_TAG_SEQUENCE, &inside) &&
                sgw_der_next(&inside, &tlv) && sgw_der_next(&inside, &tlv));
    sgw_hash_once(hash, tlv.value + 1, tlv.size - 1, digest);
    sgw_out_put(out, SGW_TAG_OCTET_STRING, digest, sgw_hash_size(hash));
    sgw_out_put(out, SGW_TAG_INTEGER, recipe->cert->serial, recipe->cert->serial_size);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
}

/* Both places have the same tag. */
static inline void put_answer_extension(struct sgw_der_out *out, const void *extension,
                                        size_t size)
{
    size_t mark = sgw_out_mark(out);
    if (size == 0)
        return;
    sgw_out_raw(out, extension, size);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
    sgw_out_wrap(out, mark, SGW_TAG_CONTEXT_CONSTRUCTED | 1);
}

static inline void put_answer(struct sgw_der_out *out, const struct answer_recipe *recipe)
{
    int status = recipe->status != 0 ? recipe->status : ANSWER_GOOD;
    size_t mark = sgw_out_mark(out);
    put_cert_id(out, recipe);
    size_t inside = sgw_out_mark(out);
    if (status == ANSWER_REVOKED)
        put_answer_time(out, recipe->this_update);
    sgw_out_wrap(out, inside, (uint8_t)status);
    put_answer_time(out, recipe->this_update);
    if (recipe->next_update != 0) {
        inside = sgw_out_mark(out);
        put_answer_time(out, recipe->next_update);
        sgw_out_wrap(out, inside, SGW_TAG_CONTEXT_CONSTRUCTED);
    }
    put_answer_extension(out, recipe->single_extension, recipe->single_extension_size);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
}

static inline void put_responders(struct sgw_der_out *out, const struct answer_recipe *recipe)
{
    size_t mark = sgw_out_mark(out);
    sgw_out_raw(out, recipe->responder->der.data, recipe->responder->der.size);
    for (size_t i = 0; i < 3 && recipe->others[i] != NULL; i++)
        sgw_out_raw(out, recipe->others[i]->der.data, recipe->others[i]->der.size);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
    sgw_out_wrap(out, mark, SGW_TAG_CONTEXT_CONSTRUCTED);
}

static inline void wrap_response(struct sgw_der_out *out)
{
    static const char basic[] = "\x06\x09\x2b\x06\x01\x05\x05\x07\x30\x01\x01";
    struct sgw_der_out response = {0};
    sgw_out_put(&response, 0x0a, "", 1);
    size_t mark = sgw_out_mark(&response);
    sgw_out_raw(&response, basic, sizeof(basic) - 1);
    sgw_out_put(&response, SGW_TAG_OCTET_STRING, out->buf.data, out->buf.size);
    sgw_out_wrap(&response, mark, SGW_TAG_SEQUENCE);
    sgw_out_wrap(&response, mark, SGW_TAG_CONTEXT_CONSTRUCTED);
    sgw_out_wrap(&response, 0, SGW_TAG_SEQUENCE);
    sgw_out_clear(out);
    *out = response;
}

static inline struct sgw_der_out make_response(const struct answer_recipe *recipe)
{
    struct sgw_der_out out = {0};
    const struct smimegw_cert *signer =
        recipe->responder != NULL ? recipe->responder : recipe->issuer;
    sgw_out_raw(&out, signer->subject, signer->subject_size);
    sgw_out_wrap(&out, 0, SGW_TAG_CONTEXT_CONSTRUCTED | 1);
    put_answer_time(&out, recipe->this_update);
    size_t mark = sgw_out_mark(&out);
    put_answer(&out, recipe);
    sgw_out_wrap(&out, mark, SGW_TAG_SEQUENCE);
    put_answer_extension(&out, recipe->extension, recipe->extension_size);
    sgw_out_wrap(&out, 0, SGW_TAG_SEQUENCE);
    put_signature(&out, &recipe->signing);
    if (recipe->responder != NULL)
        put_responders(&out, recipe);
    sgw_out_wrap(&out, 0, SGW_TAG_SEQUENCE);
    wrap_response(&out);
    assert_int_equal(out.result, SMIMEGW_OK);
    return out;
}

#endif
