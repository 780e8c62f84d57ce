/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/cert_text.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/crypto.h"
#include "base/text.h"
#include "pki/code.h"
#include "pki/names.h"

/* Names of keys, by enum sgw_key_type; RSA gets its size behind it. */
static const char *const key_names[] = {"unknown", "RSA",   "RSA-PSS", "P-256",
                                        "P-384",   "P-521", "Ed25519", "X25519"};

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
    return ret;
}
