/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/cert/pkcs7.h"

#include "asn1/der.h"
#include "base/error_impl.h"

/* Up to the field of certificates, which may be absent [RFC5652-5.1]. */
static bool find_certificates(const uint8_t *data, size_t size, struct sgw_der *ret_certs)
{
    struct sgw_der der;
    struct sgw_der info;
    struct sgw_der content;
    struct sgw_der inside;
    struct sgw_tlv skipped;
    sgw_ber_init(&der, data, size);
    if (!sgw_der_enter(&der, SGW_TAG_SEQUENCE, &info) ||
        !sgw_der_get(&info, SGW_TAG_OID, &skipped) ||
        !sgw_der_enter(&info, SGW_TAG_CONTEXT_CONSTRUCTED | 0, &content) ||
        !sgw_der_enter(&content, SGW_TAG_SEQUENCE, &inside) ||
        !sgw_der_get(&inside, SGW_TAG_INTEGER, &skipped) ||
        !sgw_der_get(&inside, SGW_TAG_SET, &skipped) ||
        !sgw_der_get(&inside, SGW_TAG_SEQUENCE, &skipped))
        return false;
    if (!sgw_der_enter(&inside, SGW_TAG_CONTEXT_CONSTRUCTED | 0, ret_certs))
        sgw_ber_init(ret_certs, NULL, 0);
    return true;
}

static int load_one(struct sgw_cert_list *list, const struct sgw_tlv *tlv, size_t number,
                    struct smimegw_error **ret_error)
{
    struct smimegw_error *error = NULL;
    int ret = sgw_cert_list_load_der(list, tlv->start, tlv->total, &error);
    if (ret < 0)
        sgw_fail(ret_error, ret, "certificate %zu of the PKCS#7 file: %s", number,
                 smimegw_error_text(error));
    smimegw_error_free(error);
    return ret;
}

int sgw_pkcs7_load(struct sgw_cert_list *list, const uint8_t *data, size_t size,
                   struct smimegw_error **ret_error)
{
    struct sgw_der certs;
    struct sgw_tlv tlv;
    size_t number = 0;
    if (!find_certificates(data, size, &certs))
        return sgw_fail(ret_error, SMIMEGW_E_KEY, "the PKCS#7 file is malformed");
    while (!sgw_der_at_end(&certs)) {
        if (!sgw_der_next(&certs, &tlv))
            return sgw_fail(ret_error, SMIMEGW_E_KEY, "the PKCS#7 file is malformed");
        /* attribute certificates and the like have tags of their own [RFC5652-10.2.2] */
        if (tlv.tag != SGW_TAG_SEQUENCE)
            continue;
        if (++number > SGW_CERT_LIST_MAX)
            return sgw_fail(ret_error, SMIMEGW_E_LIMIT, "more than %d certificates in a file",
                            SGW_CERT_LIST_MAX);
        int ret = load_one(list, &tlv, number, ret_error);
        if (ret < 0)
            return ret;
    }
    if (number == 0)
        return sgw_fail(ret_error, SMIMEGW_E_KEY, "the PKCS#7 file holds no certificate");
    return SMIMEGW_OK;
}
