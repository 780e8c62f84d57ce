/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_TESTS_PKI_LINK_H
#define SGW_TESTS_PKI_LINK_H

#include "pki_shape.h"

/* Certificates of a path with any name and extensions, not signed, for rules that look at
 * nothing else. */
struct link_names {
    const void *subject; /* contents of the Name */
    size_t subject_size;
    const void *issuer;
    size_t issuer_size;
};

/* extensions: what wrap_extension() wrote, one after the other; critical ones by hand. */
static inline struct smimegw_cert *make_link(const struct link_names *names,
                                             const struct sgw_der_out *extensions)
{
    static const char algorithm[] = "\x30\x05\x06\x03\x2b\x65\x70";
    static const char key[] = "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"
                              "01234567890123456789012345678901";
    struct sgw_der_out out = {0};
    struct smimegw_cert *cert = NULL;
    sgw_out_raw(&out, "\xa0\x03\x02\x01\x02\x02\x01\x07", 8);
    sgw_out_raw(&out, algorithm, sizeof(algorithm) - 1);
    sgw_out_put(&out, SGW_TAG_SEQUENCE, names->issuer, names->issuer_size);
    size_t mark = sgw_out_mark(&out);
    sgw_out_time(&out, 1704067200);
    sgw_out_time(&out, 2650838400);
    sgw_out_wrap(&out, mark, SGW_TAG_SEQUENCE);
    sgw_out_put(&out, SGW_TAG_SEQUENCE, names->subject, names->subject_size);
    sgw_out_raw(&out, key, sizeof(key) - 1);
    if (extensions->buf.size > 0) {
        mark = sgw_out_mark(&out);
        sgw_out_put(&out, SGW_TAG_SEQUENCE, extensions->buf.data, extensions->buf.size);
        sgw_out_wrap(&out, mark, SGW_TAG_CONTEXT_CONSTRUCTED | 3);
    }
    sgw_out_wrap(&out, 0, SGW_TAG_SEQUENCE);
    sgw_out_raw(&out, algorithm, sizeof(algorithm) - 1);
    sgw_out_put(&out, SGW_TAG_BIT_STRING, "\0signature", 10);
    sgw_out_wrap(&out, 0, SGW_TAG_SEQUENCE);
    assert_int_equal(out.result, SMIMEGW_OK);
    struct smimegw_error *error = NULL;
    if (sgw_cert_new_der(out.buf.data, out.buf.size, &cert, &error) != SMIMEGW_OK)
        fail_msg("%s", smimegw_error_text(error));
    sgw_out_clear(&out);
    return cert;
}

/* Contents of a Name with one attribute, CN. */
static inline size_t put_common_name(const char *text, uint8_t ret[64])
{
    struct sgw_der_out out = {0};
    put_attribute(&out, "\x55\x04\x03", 3, text, strlen(text));
    sgw_out_wrap(&out, 0, SGW_TAG_SET);
    size_t size = out.buf.size;
    assert_true(size <= 64);
    memcpy(ret, out.buf.data, size);
    sgw_out_clear(&out);
    return size;
}

/* SmtpUTF8Mailbox [RFC9598-3] */
static inline void put_utf8_mailbox(struct sgw_der_out *out, const char *text)
{
    size_t mark = sgw_out_mark(out);
    sgw_out_put(out, SGW_TAG_OID, "\x2b\x06\x01\x05\x05\x07\x08\x09", 8);
    size_t value = sgw_out_mark(out);
    sgw_out_put(out, SGW_TAG_UTF8_STRING, text, strlen(text));
    sgw_out_wrap(out, value, 0xa0);
    sgw_out_wrap(out, mark, 0xa0);
}

#endif
