/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/key/pkcs12.h"

#include "base/error_impl.h"

#define OID_PKCS7 "\x2a\x86\x48\x86\xf7\x0d\x01\x07"
#define IS_OID(tlv, oid) sgw_tlv_is(tlv, oid, sizeof(oid) - 1)

int sgw_pkcs12_malformed(struct smimegw_error **ret_error)
{
    return sgw_fail(ret_error, SMIMEGW_E_KEY, "the PKCS#12 file is malformed");
}

int sgw_pkcs12_octets(struct sgw_der walk, const struct sgw_tlv *tlv, struct sgw_buf *ret,
                      struct smimegw_error **ret_error)
{
    struct sgw_der pieces = sgw_der_inside(&walk, tlv);
    struct sgw_tlv piece = *tlv;
    bool is_whole = (tlv->tag & SGW_TAG_CONSTRUCTED) == 0;
    while (is_whole || !sgw_der_at_end(&pieces)) {
        if (!is_whole && !sgw_der_get(&pieces, SGW_TAG_OCTET_STRING, &piece))
            return sgw_pkcs12_malformed(ret_error);
        if (sgw_buf_append(ret, piece.value, piece.size) < 0)
            return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "PKCS#12 file");
        if (is_whole)
            break;
    }
    return SMIMEGW_OK;
}

/* The octets in a ContentInfo's [0] EXPLICIT OCTET STRING. */
static int read_data(struct sgw_der info, struct sgw_buf *ret,
                     struct smimegw_error **ret_error)
{
    struct sgw_der content;
    struct sgw_tlv octets;
    if (!sgw_der_enter(&info, SGW_TAG_CONTEXT_CONSTRUCTED | 0, &content) ||
        !sgw_der_next(&content, &octets) ||
        (octets.tag | SGW_TAG_CONSTRUCTED) != SGW_TAG_CONSTRUCTED_OCTET_STRING)
        return sgw_pkcs12_malformed(ret_error);
    return sgw_pkcs12_octets(content, &octets, ret, ret_error);
}

/* EncryptedData [RFC5652-8] */
static int read_encrypted(struct sgw_der info, struct sgw_passphrase *passphrase,
                          struct sgw_buf *ret_plain, struct smimegw_error **ret_error)
{
    struct sgw_der content;
    struct sgw_der data;
    struct sgw_der inside;
    struct sgw_der algorithm;
    struct sgw_tlv tlv;
    struct sgw_buf secret = SGW_BUF_INIT(0);
    if (!sgw_der_enter(&info, SGW_TAG_CONTEXT_CONSTRUCTED | 0, &content) ||
        !sgw_der_enter(&content, SGW_TAG_SEQUENCE, &data) ||
        !sgw_der_get(&data, SGW_TAG_INTEGER, &tlv) ||
        !sgw_der_enter(&data, SGW_TAG_SEQUENCE, &inside) ||
        !sgw_der_get(&inside, SGW_TAG_OID, &tlv) ||
        !sgw_der_enter(&inside, SGW_TAG_SEQUENCE, &algorithm) ||
        !sgw_der_next(&inside, &tlv) ||
        (tlv.tag | SGW_TAG_CONSTRUCTED) != (SGW_TAG_CONTEXT_CONSTRUCTED | 0))
        return sgw_pkcs12_malformed(ret_error);
    int ret = sgw_pkcs12_octets(inside, &tlv, &secret, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_pbe_decrypt(passphrase, algorithm, secret.data, secret.size, ret_plain,
                              ret_error);
    sgw_buf_clear(&secret);
    if (ret == SMIMEGW_E_PASSPHRASE)
        sgw_fail(ret_error, ret, "a part of the file has another passphrase than the rest");
    return ret;
}

/* One ContentInfo of the AuthenticatedSafe [RFC7292-4.1]. */
static int load_safe(struct sgw_key_file *file, struct sgw_der info,
                     struct sgw_passphrase *passphrase, struct smimegw_error **ret_error)
{
    struct sgw_tlv oid;
    struct sgw_buf contents = SGW_BUF_INIT(0);
    if (!sgw_der_get(&info, SGW_TAG_OID, &oid))
        return sgw_pkcs12_malformed(ret_error);
    int ret;
    if (IS_OID(&oid, OID_PKCS7 "\x01"))
        ret = read_data(info, &contents, ret_error);
    else if (IS_OID(&oid, OID_PKCS7 "\x06"))
        ret = read_encrypted(info, passphrase, &contents, ret_error);
    else
        ret = sgw_fail(ret_error, SMIMEGW_E_KEY,
                       "the PKCS#12 file is encrypted to a certificate instead of by a "
                       "passphrase: export it with a passphrase");
    if (ret == SMIMEGW_OK)
        ret = sgw_pkcs12_load_bags(file, &contents, passphrase, ret_error);
    sgw_buf_clear(&contents);
    return ret;
}

static int load_safes(struct sgw_key_file *file, const struct sgw_buf *content,
                      struct sgw_passphrase *passphrase, struct smimegw_error **ret_error)
{
    struct sgw_der der;
    struct sgw_der safes;
    struct sgw_der info;
    sgw_ber_init(&der, content->data, content->size);
    if (!sgw_der_enter(&der, SGW_TAG_SEQUENCE, &safes))
        return sgw_pkcs12_malformed(ret_error);
    while (!sgw_der_at_end(&safes)) {
        if (!sgw_der_enter(&safes, SGW_TAG_SEQUENCE, &info))
            return sgw_pkcs12_malformed(ret_error);
        int ret = load_safe(file, info, passphrase, ret_error);
        if (ret < 0)
            return ret;
    }
    if (file->count > 0)
        return SMIMEGW_OK;
    return sgw_fail(ret_error, SMIMEGW_E_KEY,
                    file->certs.count > 0
                        ? "the file holds certificates but no private key: export it again "
                          "together with the key"
                        : "the file holds no private key and no certificate");
}

/* Check the MAC, then read what it covers. */
static int open_file(struct sgw_key_file *file, struct sgw_der pfx, struct sgw_der info,
                     struct sgw_passphrase *passphrase, struct smimegw_error **ret_error)
{
    struct sgw_buf content = SGW_BUF_INIT(0);
    int ret = read_data(info, &content, ret_error);
    if (ret == SMIMEGW_OK && sgw_der_at_end(&pfx))
        ret = sgw_fail(ret_error, SMIMEGW_E_KEY,
                       "the PKCS#12 file has no integrity check: export it with one (without "
                       "-nomac)");
    struct sgw_der mac_data;
    if (ret == SMIMEGW_OK && !sgw_der_enter(&pfx, SGW_TAG_SEQUENCE, &mac_data))
        ret = sgw_pkcs12_malformed(ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_pkcs12_check_mac(passphrase, mac_data, &content, ret_error);
    if (ret == SMIMEGW_OK)
        ret = load_safes(file, &content, passphrase, ret_error);
    sgw_buf_clear(&content);
    return ret;
}

int sgw_pkcs12_load(struct sgw_key_file *file, const uint8_t *data, size_t size,
                    const char *text, struct smimegw_error **ret_error)
{
    struct sgw_passphrase passphrase;
    struct sgw_der der;
    struct sgw_der pfx;
    struct sgw_der info;
    struct sgw_tlv tlv;
    int version;
    sgw_ber_init(&der, data, size);
    if (!sgw_der_enter(&der, SGW_TAG_SEQUENCE, &pfx) ||
        !sgw_der_get(&pfx, SGW_TAG_INTEGER, &tlv) || !sgw_tlv_number(&tlv, &version) ||
        version != 3 || !sgw_der_enter(&pfx, SGW_TAG_SEQUENCE, &info) ||
        !sgw_der_get(&info, SGW_TAG_OID, &tlv))
        return sgw_pkcs12_malformed(ret_error);
    if (!IS_OID(&tlv, OID_PKCS7 "\x01"))
        return sgw_fail(ret_error, SMIMEGW_E_KEY,
                        "the PKCS#12 file is protected by a signature instead of a "
                        "passphrase: export it with a passphrase");
    int ret = sgw_passphrase_init(&passphrase, text, ret_error);
    passphrase.work = file->work;
    if (ret == SMIMEGW_OK)
        ret = open_file(file, pfx, info, &passphrase, ret_error);
    file->work = passphrase.work;
    sgw_passphrase_clear(&passphrase);
    if (ret == SMIMEGW_E_PASSPHRASE)
        return sgw_fail(ret_error, ret,
                        text != NULL ? "the passphrase is wrong"
                                     : "the file is encrypted: a passphrase is needed");
    return ret < 0 ? sgw_fail(ret_error, ret, "PKCS#12 file") : ret;
}
