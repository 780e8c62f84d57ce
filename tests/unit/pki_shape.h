/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_TESTS_PKI_SHAPE_H
#define SGW_TESTS_PKI_SHAPE_H

#include "asn1/der.h"
#include "pki_data.h"

/*
 * Certificates put together element by element, for shapes that GnuTLS does not write. They
 * are not signed; nobody looks.
 */
struct shape {
    size_t rdns;       /* relative distinguished names of the subject */
    size_t attributes; /* in one RDN instead */
    size_t names;      /* entries of the SAN */
    size_t purposes;   /* entries of the EKU */
    size_t extensions; /* odd ones */
    size_t padding;    /* bytes of an odd extension, to reach a size */
    const char *san;   /* DER of GeneralNames' contents, instead of names */
    size_t san_size;
    const char *dn_email; /* emailAddress in the subject */
    size_t dn_email_size;
    uint8_t dn_email_tag; /* 0: IA5String */
};

static inline void put_attribute(struct sgw_der_out *out, const char *oid, size_t oid_size,
                                 const char *value, size_t size)
{
    size_t mark = sgw_out_mark(out);
    sgw_out_put(out, SGW_TAG_OID, oid, oid_size);
    sgw_out_put(out, 0x16, value, size);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
}

static inline void put_subject(struct sgw_der_out *out, const struct shape *shape)
{
    size_t mark = sgw_out_mark(out);
    for (size_t i = 0; i < shape->rdns; i++) {
        size_t rdn = sgw_out_mark(out);
        put_attribute(out, "\x55\x04\x0b", 3, "x", 1);
        sgw_out_wrap(out, rdn, SGW_TAG_SET);
    }
    size_t rdn = sgw_out_mark(out);
    for (size_t i = 0; i < shape->attributes; i++)
        put_attribute(out, "\x55\x04\x0b", 3, "x", 1);
    if (shape->attributes > 0)
        sgw_out_wrap(out, rdn, SGW_TAG_SET);
    if (shape->dn_email != NULL) {
        rdn = sgw_out_mark(out);
        put_attribute(out, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", 9, shape->dn_email,
                      shape->dn_email_size);
        if (shape->dn_email_tag != 0)
            out->buf.data[out->buf.size - shape->dn_email_size - 2] = shape->dn_email_tag;
        sgw_out_wrap(out, rdn, SGW_TAG_SET);
    }
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
}

static inline void wrap_extension(struct sgw_der_out *out, size_t mark, uint8_t number)
{
    struct sgw_buf value = SGW_BUF_INIT(0);
    const uint8_t oid[] = {0x55, 0x1d, number};
    assert_int_equal(sgw_buf_append(&value, out->buf.data + mark, out->buf.size - mark), 0);
    sgw_buf_truncate(&out->buf, mark);
    sgw_out_put(out, SGW_TAG_OID, oid, sizeof(oid));
    sgw_out_put(out, SGW_TAG_OCTET_STRING, value.data, value.size);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
    sgw_buf_clear(&value);
}

static inline void put_extensions(struct sgw_der_out *out, const struct shape *shape)
{
    size_t all = sgw_out_mark(out);
    size_t mark = all;
    if (shape->names > 0 || shape->san != NULL) {
        for (size_t i = 0; i < shape->names; i++)
            sgw_out_put(out, 0x81, "a@b", 3);
        if (shape->san != NULL)
            sgw_out_raw(out, shape->san, shape->san_size);
        sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
        wrap_extension(out, mark, 17);
    }
    mark = sgw_out_mark(out);
    for (size_t i = 0; i < shape->purposes; i++)
        sgw_out_put(out, SGW_TAG_OID, "\x2a\x03", 2);
    if (shape->purposes > 0) {
        sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
        wrap_extension(out, mark, 37);
    }
    for (size_t i = 0; i < shape->extensions; i++) {
        mark = sgw_out_mark(out);
        sgw_out_put(out, SGW_TAG_NULL, "", 0);
        wrap_extension(out, mark, (uint8_t)(40 + i));
    }
    if (shape->padding > 0) {
        char *zeros = calloc(1, shape->padding);
        mark = sgw_out_mark(out);
        sgw_out_put(out, SGW_TAG_OCTET_STRING, zeros, shape->padding);
        wrap_extension(out, mark, 39);
        free(zeros);
    }
    if (sgw_out_mark(out) == all)
        return;
    sgw_out_wrap(out, all, SGW_TAG_SEQUENCE);
    sgw_out_wrap(out, all, SGW_TAG_CONTEXT_CONSTRUCTED | 3);
}

static inline void put_shape(struct sgw_der_out *out, const struct shape *shape)
{
    static const char algorithm[] =
        "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00";
    static const char issuer[] = "\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01x";
    static const char key[] = "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"
                              "01234567890123456789012345678901";
    size_t tbs = sgw_out_mark(out);
    sgw_out_raw(out, "\xa0\x03\x02\x01\x02", 5);
    sgw_out_number(out, 77);
    sgw_out_raw(out, algorithm, sizeof(algorithm) - 1);
    sgw_out_raw(out, issuer, sizeof(issuer) - 1);
    size_t mark = sgw_out_mark(out);
    sgw_out_time(out, 1704067200);
    sgw_out_time(out, 2650838400);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
    put_subject(out, shape);
    sgw_out_raw(out, key, sizeof(key) - 1);
    put_extensions(out, shape);
    sgw_out_wrap(out, tbs, SGW_TAG_SEQUENCE);
    sgw_out_raw(out, algorithm, sizeof(algorithm) - 1);
    sgw_out_put(out, SGW_TAG_BIT_STRING, "\0signature", 10);
    sgw_out_wrap(out, tbs, SGW_TAG_SEQUENCE);
}

static inline int load_shape(const struct shape *shape, struct smimegw_cert **ret_cert)
{
    struct sgw_der_out out = {0};
    put_shape(&out, shape);
    assert_int_equal(out.result, SMIMEGW_OK);
    int ret = sgw_cert_new_der(out.buf.data, out.buf.size, ret_cert, NULL);
    sgw_out_clear(&out);
    return ret;
}

#endif
