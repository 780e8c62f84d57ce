/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/cert/cert_text.h"

#include <gnutls/abstract.h>
#include <stdio.h>
#include <string.h>

#include "asn1/der.h"
#include "base/alloc.h"
#include "base/crypto.h"
#include "base/text.h"
#include "pki/cert/names.h"
#include "pki/code.h"

/* Names of keys, by enum sgw_key_type; RSA gets its size behind it. */
static const char *const key_names[] = {"unknown", "RSA",   "RSA-PSS", "P-256",
                                        "P-384",   "P-521", "Ed25519", "X25519"};

enum { OID_TEXT_SIZE = 128 };

/* [RFC5280-4.2.1.3] */
static const struct {
    unsigned int bit;
    const char *name;
} usage_names[] = {
    {GNUTLS_KEY_DIGITAL_SIGNATURE, "digitalSignature"},
    {GNUTLS_KEY_NON_REPUDIATION, "nonRepudiation"},
    {GNUTLS_KEY_KEY_ENCIPHERMENT, "keyEncipherment"},
    {GNUTLS_KEY_DATA_ENCIPHERMENT, "dataEncipherment"},
    {GNUTLS_KEY_KEY_AGREEMENT, "keyAgreement"},
    {GNUTLS_KEY_KEY_CERT_SIGN, "keyCertSign"},
    {GNUTLS_KEY_CRL_SIGN, "cRLSign"},
    {GNUTLS_KEY_ENCIPHER_ONLY, "encipherOnly"},
    {GNUTLS_KEY_DECIPHER_ONLY, "decipherOnly"},
};

/* [RFC5280-4.2.1.12], RFC 9336, and what is often met beside; others go by their OID. */
#define PKIX "\x2b\x06\x01\x05\x05\x07\x03"
#define MICROSOFT "\x2b\x06\x01\x04\x01\x82\x37"
#define PURPOSE(oid, name)                                                                    \
    {                                                                                         \
        oid, sizeof(oid) - 1, name                                                            \
    }
static const struct {
    const char *oid;
    size_t oid_size;
    const char *name;
} purpose_names[] = {
    PURPOSE(PKIX "\x04", "emailProtection"),
    PURPOSE(PKIX "\x02", "clientAuth"),
    PURPOSE(PKIX "\x01", "serverAuth"),
    PURPOSE(PKIX "\x03", "codeSigning"),
    PURPOSE(PKIX "\x08", "timeStamping"),
    PURPOSE(PKIX "\x09", "OCSPSigning"),
    PURPOSE(PKIX "\x05", "ipsecEndSystem"),
    PURPOSE(PKIX "\x06", "ipsecTunnel"),
    PURPOSE(PKIX "\x07", "ipsecUser"),
    PURPOSE(PKIX "\x11", "ipsecIKE"),
    PURPOSE(PKIX "\x24", "documentSigning"),
    PURPOSE("\x55\x1d\x25\x00", "anyExtendedKeyUsage"),
    PURPOSE(MICROSOFT "\x0a\x03\x0c", "msDocumentSigning"),
    PURPOSE(MICROSOFT "\x0a\x03\x04", "msEFS"),
    PURPOSE(MICROSOFT "\x14\x02\x02", "msSmartcardLogon"),
};

/* Escaped copy: a byte becomes four characters at most. */
static int set_text(struct smimegw_cert *cert, int field, const char *raw)
{
    size_t room = 4 * strlen(raw) + 8;
    char *text = sgw_malloc(room);
    if (text == NULL)
        return SMIMEGW_E_NOMEM;
    sgw_text_escape(raw, text, room);
    cert->texts[field] = text;
    return SMIMEGW_OK;
}

static int set_hex(struct smimegw_cert *cert, int field, const uint8_t *data, size_t size)
{
    char *text = sgw_malloc(2 * size + 1);
    if (text == NULL)
        return SMIMEGW_E_NOMEM;
    sgw_hex(data, size, text);
    cert->texts[field] = text;
    return SMIMEGW_OK;
}

typedef int (*get_dn_fn)(gnutls_x509_crt_t cert, gnutls_datum_t *dn, unsigned int flags);

/* RFC 4514; an empty name and one that GnuTLS can't put into words have no text. */
static int set_dn(struct smimegw_cert *cert, int field, get_dn_fn get)
{
    gnutls_datum_t dn = {NULL, 0};
    int ret = get(cert->crt, &dn, 0);
    if (ret == GNUTLS_E_MEMORY_ERROR)
        return SMIMEGW_E_NOMEM;
    ret = set_text(cert, field, dn.data != NULL ? (const char *)dn.data : "");
    gnutls_free(dn.data);
    return ret;
}

static int set_names(struct smimegw_cert *cert, int field, enum sgw_name_kind kind)
{
    struct sgw_buf list = SGW_BUF_INIT(0);
    struct sgw_name_walk walk;
    struct sgw_name name;
    int ret = SMIMEGW_OK;
    sgw_name_walk_init(&walk, cert);
    while (ret == SMIMEGW_OK && sgw_name_next(&walk, &name)) {
        if (name.kind != kind)
            continue;
        if (list.size > 0)
            ret = sgw_buf_append_byte(&list, ',');
        if (ret == SMIMEGW_OK)
            ret = sgw_buf_append(&list, name.data, name.size);
    }
    if (ret == SMIMEGW_OK)
        ret = set_text(cert, field, sgw_buf_text(&list));
    sgw_buf_clear(&list);
    return ret;
}

static int set_key(struct smimegw_cert *cert)
{
    char text[32];
    bool is_rsa = cert->key_type == SGW_KEY_RSA || cert->key_type == SGW_KEY_RSA_PSS;
    if (is_rsa)
        snprintf(text, sizeof(text), "%s-%u", key_names[cert->key_type], cert->key_bits);
    else
        snprintf(text, sizeof(text), "%s", key_names[cert->key_type]);
    return set_text(cert, SMIMEGW_CERT_KEY, text);
}

static int set_fingerprint(struct smimegw_cert *cert)
{
    uint8_t digest[SGW_HASH_SIZE_MAX];
    int ret = sgw_hash_once(SGW_HASH_SHA256, cert->der.data, cert->der.size, digest);
    return ret < 0 ? ret
                   : set_hex(cert, SMIMEGW_CERT_FINGERPRINT, digest,
                             sgw_hash_size(SGW_HASH_SHA256));
}

static int set_time(struct smimegw_cert *cert, int field, int64_t time)
{
    char text[SGW_TIME_TEXT_SIZE];
    sgw_time_text(time, text);
    return set_text(cert, field, text);
}

/* What the buffer holds becomes the text; nothing leaves none. */
static int take_text(struct smimegw_cert *cert, int field, int ret, struct sgw_buf *buf)
{
    if (ret == SMIMEGW_OK && buf->size > 0) {
        cert->texts[field] = (char *)buf->data;
        *buf = (struct sgw_buf)SGW_BUF_INIT(0);
    }
    sgw_buf_clear(buf);
    return ret;
}

static int put_item(struct sgw_buf *list, const char *item)
{
    int ret = list->size > 0 ? sgw_buf_append_byte(list, ',') : SMIMEGW_OK;
    return ret == SMIMEGW_OK ? sgw_buf_append_text(list, item) : ret;
}

/* As GnuTLS names it, or the OID. */
static int set_signature(struct smimegw_cert *cert)
{
    char oid[OID_TEXT_SIZE];
    size_t oid_size = sizeof(oid);
    int algorithm = gnutls_x509_crt_get_signature_algorithm(cert->crt);
    const char *name = algorithm > GNUTLS_SIGN_UNKNOWN
                           ? gnutls_sign_get_name((gnutls_sign_algorithm_t)algorithm)
                           : NULL;
    if (name == NULL && gnutls_x509_crt_get_signature_oid(cert->crt, oid, &oid_size) >= 0)
        name = oid;
    return set_text(cert, SMIMEGW_CERT_SIGNATURE, name != NULL ? name : "");
}

static int set_key_usage(struct smimegw_cert *cert)
{
    struct sgw_buf list = SGW_BUF_INIT(0);
    int ret = SMIMEGW_OK;
    if (!cert->has_key_usage)
        return ret;
    for (size_t i = 0; ret == SMIMEGW_OK && i < sizeof(usage_names) / sizeof(usage_names[0]);
         i++)
        if ((cert->key_usage & usage_names[i].bit) != 0)
            ret = put_item(&list, usage_names[i].name);
    return take_text(cert, SMIMEGW_CERT_KEY_USAGE, ret, &list);
}

static const char *purpose_name(const struct sgw_tlv *oid, char text[OID_TEXT_SIZE])
{
    for (size_t i = 0; i < sizeof(purpose_names) / sizeof(purpose_names[0]); i++)
        if (sgw_tlv_is(oid, purpose_names[i].oid, purpose_names[i].oid_size))
            return purpose_names[i].name;
    return sgw_oid_text(oid->value, oid->size, text, OID_TEXT_SIZE) ? text : "?";
}

static int set_purposes(struct smimegw_cert *cert)
{
    char text[OID_TEXT_SIZE];
    struct sgw_buf list = SGW_BUF_INIT(0);
    struct sgw_der purposes;
    struct sgw_tlv oid;
    int ret = SMIMEGW_OK;
    sgw_der_init(&purposes, cert->purposes, cert->purposes_size);
    while (ret == SMIMEGW_OK && sgw_der_get(&purposes, SGW_TAG_OID, &oid))
        ret = put_item(&list, purpose_name(&oid, text));
    return take_text(cert, SMIMEGW_CERT_PURPOSES, ret, &list);
}

static int set_urls(struct smimegw_cert *cert, int field)
{
    struct sgw_buf urls = SGW_BUF_INIT(0);
    int ret = sgw_cert_put_urls(cert, field, &urls);
    return take_text(cert, field, ret, &urls);
}

/* What the certificate says beside names and dates. */
static int make_use_texts(struct smimegw_cert *cert)
{
    int ret = set_signature(cert);
    if (ret == SMIMEGW_OK)
        ret = set_key_usage(cert);
    if (ret == SMIMEGW_OK)
        ret = set_purposes(cert);
    if (ret == SMIMEGW_OK)
        ret = set_hex(cert, SMIMEGW_CERT_KEY_ID, cert->ski, cert->ski_size);
    for (int field = SMIMEGW_CERT_OCSP_URLS;
         ret == SMIMEGW_OK && field <= SMIMEGW_CERT_CRL_URLS; field++)
        ret = set_urls(cert, field);
    return ret;
}

int sgw_cert_make_texts(struct smimegw_cert *cert)
{
    int ret = set_dn(cert, SMIMEGW_CERT_SUBJECT, gnutls_x509_crt_get_dn3);
    if (ret == SMIMEGW_OK)
        ret = set_dn(cert, SMIMEGW_CERT_ISSUER, gnutls_x509_crt_get_issuer_dn3);
    if (ret == SMIMEGW_OK)
        ret = set_hex(cert, SMIMEGW_CERT_SERIAL, cert->serial, cert->serial_size);
    if (ret == SMIMEGW_OK)
        ret = set_names(cert, SMIMEGW_CERT_ADDRESSES, SGW_NAME_ADDRESS);
    if (ret == SMIMEGW_OK)
        ret = set_names(cert, SMIMEGW_CERT_DOMAINS, SGW_NAME_DOMAIN);
    if (ret == SMIMEGW_OK)
        ret = set_key(cert);
    if (ret == SMIMEGW_OK)
        ret = set_fingerprint(cert);
    if (ret == SMIMEGW_OK)
        ret = set_time(cert, SMIMEGW_CERT_NOT_BEFORE, cert->not_before);
    if (ret == SMIMEGW_OK)
        ret = set_time(cert, SMIMEGW_CERT_NOT_AFTER, cert->not_after);
    if (ret == SMIMEGW_OK)
        ret = make_use_texts(cert);
    return ret;
}
