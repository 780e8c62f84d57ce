/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/cert/file_kind.h"

#include <string.h>

#include "asn1/der.h"
#include "base/text.h"
#include "pki/cert/pem.h"

#define END "\xff"

/* The tags of the first elements in a SEQUENCE; END says that there are no more. */
struct shape_row {
    const char *tags;
    enum sgw_file_kind kind;
};
static const struct shape_row outer_rows[] = {
    {"\x02\x30\x04", SGW_FILE_PKCS8},           {"\x02\x30\x30", SGW_FILE_PKCS12},
    {"\x02\x30" END, SGW_FILE_PKCS12},          {"\x02\x02\x02\x02", SGW_FILE_PKCS1},
    {"\x02\x02" END, SGW_FILE_PUBLIC_KEY},      {"\x02\x04", SGW_FILE_SEC1},
    {"\x30\x04" END, SGW_FILE_PKCS8_ENCRYPTED}, {"\x30\x03" END, SGW_FILE_PUBLIC_KEY},
};
/* Of what is signed, where the outer shape is SEQUENCE, SEQUENCE, BIT STRING. */
static const struct shape_row signed_rows[] = {
    {"\xa0\x02\x30\x30\x30", SGW_FILE_CERTIFICATE},
    {"\x02\x30\x30\x30", SGW_FILE_CERTIFICATE},
    {"\x02\x30\x30\x17", SGW_FILE_CRL},
    {"\x02\x30\x30\x18", SGW_FILE_CRL},
    {"\x30\x30\x17", SGW_FILE_CRL},
    {"\x30\x30\x18", SGW_FILE_CRL},
    {"\x02\x30\x30", SGW_FILE_REQUEST},
};

struct text_row {
    const char *text;
    size_t size;
    enum sgw_file_kind kind;
};
#define TEXT(text, kind)                                                                      \
    {                                                                                         \
        text, sizeof(text) - 1, kind                                                          \
    }
static const struct text_row label_rows[] = {
    TEXT("CERTIFICATE", SGW_FILE_CERTIFICATE),
    TEXT("X509 CERTIFICATE", SGW_FILE_CERTIFICATE),
    TEXT("TRUSTED CERTIFICATE", SGW_FILE_TRUSTED),
    TEXT("PKCS7", SGW_FILE_PKCS7),
    TEXT("CMS", SGW_FILE_PKCS7),
    TEXT("PKCS #7 SIGNED DATA", SGW_FILE_PKCS7),
    TEXT("PKCS12", SGW_FILE_PKCS12),
    TEXT("PRIVATE KEY", SGW_FILE_PKCS8),
    TEXT("ENCRYPTED PRIVATE KEY", SGW_FILE_PKCS8_ENCRYPTED),
    TEXT("RSA PRIVATE KEY", SGW_FILE_PKCS1),
    TEXT("EC PRIVATE KEY", SGW_FILE_SEC1),
    TEXT("DSA PRIVATE KEY", SGW_FILE_OTHER_KEY),
    TEXT("CERTIFICATE REQUEST", SGW_FILE_REQUEST),
    TEXT("NEW CERTIFICATE REQUEST", SGW_FILE_REQUEST),
    TEXT("X509 CRL", SGW_FILE_CRL),
    TEXT("PUBLIC KEY", SGW_FILE_PUBLIC_KEY),
    TEXT("RSA PUBLIC KEY", SGW_FILE_PUBLIC_KEY),
    TEXT("OPENSSH PRIVATE KEY", SGW_FILE_OPENSSH),
    TEXT("PGP PRIVATE KEY BLOCK", SGW_FILE_PGP),
    TEXT("PGP PUBLIC KEY BLOCK", SGW_FILE_PGP),
    TEXT("PGP MESSAGE", SGW_FILE_PGP),
};
static const struct text_row start_rows[] = {
    TEXT("\xfe\xed\xfe\xed", SGW_FILE_JKS),
    TEXT("\xce\xce\xce\xce", SGW_FILE_JKS),
    TEXT("PK\x03\x04", SGW_FILE_ZIP),
    TEXT("\xff\xfe", SGW_FILE_UTF16),
    TEXT("\xfe\xff", SGW_FILE_UTF16),
    TEXT("---- BEGIN SSH2", SGW_FILE_SSH2),
    TEXT("PuTTY-User-Key-File-", SGW_FILE_PUTTY),
    TEXT("ssh-", SGW_FILE_OPENSSH_PUBLIC),
    TEXT("ecdsa-sha2-", SGW_FILE_OPENSSH_PUBLIC),
    TEXT("<?xml", SGW_FILE_HTML),
    TEXT("<!DOCTYPE", SGW_FILE_HTML),
    TEXT("<html", SGW_FILE_HTML),
    TEXT("MII", SGW_FILE_BASE64),
    TEXT("MIAG", SGW_FILE_BASE64),
    TEXT("Received:", SGW_FILE_MAIL),
    TEXT("Return-Path:", SGW_FILE_MAIL),
    TEXT("MIME-Version:", SGW_FILE_MAIL),
    TEXT("Content-Type:", SGW_FILE_MAIL),
};

static const char *const texts[] = {
    [SGW_FILE_UNKNOWN] = "this is neither PEM nor DER of a kind that is known here",
    [SGW_FILE_EMPTY] = "the file is empty",
    [SGW_FILE_CUT] = "the file is cut off: its end is missing",
    [SGW_FILE_CERTIFICATE] =
        "this is a certificate without its key: export it again, together "
        "with the private key",
    [SGW_FILE_PKCS7] = "this is a PKCS#7 file, which holds certificates only: export them "
                       "again as PKCS#12, together with the private key",
    [SGW_FILE_PKCS12] = "this is a PKCS#12 file, with a private key: import it as a key",
    [SGW_FILE_PKCS8] = "this is a private key; its certificate is in another file",
    [SGW_FILE_PKCS8_ENCRYPTED] = "this is a private key; its certificate is in another file",
    [SGW_FILE_PKCS1] = "this is a private key; its certificate is in another file",
    [SGW_FILE_SEC1] = "this is a private key; its certificate is in another file",
    [SGW_FILE_OTHER_KEY] = "this is a DSA key, which S/MIME has no use for",
    [SGW_FILE_TRUSTED] = "this is OpenSSL's TRUSTED CERTIFICATE: convert it with openssl x509",
    [SGW_FILE_REQUEST] = "this is a certificate request: what the certification authority "
                         "made of it is needed",
    [SGW_FILE_CRL] = "this is a list of revoked certificates (CRL)",
    [SGW_FILE_PUBLIC_KEY] = "this is a public key, without a certificate and a private key",
    [SGW_FILE_ENVELOPED] = "this is an encrypted or other message, not a file of certificates",
    [SGW_FILE_OPENSSH] = "this is an OpenSSH key: convert it with ssh-keygen -p -m PKCS8",
    [SGW_FILE_OPENSSH_PUBLIC] = "this is an OpenSSH public key, which S/MIME has no use for",
    [SGW_FILE_PUTTY] = "this is a PuTTY key: convert it with puttygen",
    [SGW_FILE_SSH2] = "this is an SSH2 key, which S/MIME has no use for",
    [SGW_FILE_PGP] = "this is a PGP key or message, which S/MIME has no use for",
    [SGW_FILE_JKS] = "this is a Java keystore (JKS): convert it with keytool -importkeystore "
                     "-deststoretype pkcs12",
    [SGW_FILE_ZIP] = "this is a ZIP archive: unpack it first",
    [SGW_FILE_HTML] = "this is a web page or XML: the download went wrong",
    [SGW_FILE_UTF16] = "this is text in UTF-16: save it as ASCII or UTF-8",
    [SGW_FILE_BASE64] = "this is base64 without its BEGIN and END lines",
    [SGW_FILE_MAIL] = "this is a mail: save the file that is attached to it",
};

static bool has_shape(struct sgw_der walk, const char *tags)
{
    struct sgw_tlv tlv;
    for (; *tags != '\0'; tags++) {
        if (*tags == END[0])
            return sgw_der_at_end(&walk);
        if (!sgw_der_get(&walk, (uint8_t)*tags, &tlv))
            return false;
    }
    return true;
}

static enum sgw_file_kind find_shape(struct sgw_der walk, const struct shape_row *rows,
                                     size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (has_shape(walk, rows[i].tags))
            return rows[i].kind;
    return SGW_FILE_UNKNOWN;
}

static enum sgw_file_kind content_kind(struct sgw_der walk)
{
    static const char signed_data[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
    struct sgw_tlv oid;
    return sgw_der_get(&walk, SGW_TAG_OID, &oid) &&
                   sgw_tlv_is(&oid, signed_data, sizeof(signed_data) - 1)
               ? SGW_FILE_PKCS7
               : SGW_FILE_ENVELOPED;
}

enum sgw_file_kind sgw_file_kind_der(const uint8_t *data, size_t size)
{
    struct sgw_der der;
    struct sgw_tlv whole;
    sgw_ber_init(&der, data, size);
    enum sgw_der_result result = sgw_der_read(&der, &whole);
    if (result == SGW_DER_SHORT)
        return SGW_FILE_CUT;
    if (result != SGW_DER_OK || whole.tag != SGW_TAG_SEQUENCE)
        return SGW_FILE_UNKNOWN;
    struct sgw_der inside = sgw_der_inside(&der, &whole);
    struct sgw_der walk = inside;
    struct sgw_der tbs;
    if (has_shape(inside, "\x06\xa0"))
        return content_kind(inside);
    if (has_shape(inside, "\x30\x30\x03" END) && sgw_der_enter(&walk, SGW_TAG_SEQUENCE, &tbs))
        return find_shape(tbs, signed_rows, sizeof(signed_rows) / sizeof(signed_rows[0]));
    return find_shape(inside, outer_rows, sizeof(outer_rows) / sizeof(outer_rows[0]));
}

enum sgw_file_kind sgw_file_kind_label(const char *label, size_t size)
{
    for (size_t i = 0; i < sizeof(label_rows) / sizeof(label_rows[0]); i++)
        if (sgw_is_text(label, size, label_rows[i].text))
            return label_rows[i].kind;
    return SGW_FILE_UNKNOWN;
}

/* A key packet of version 4 in the old format, as gpg --export writes it. */
static bool is_pgp(const uint8_t *data, size_t size)
{
    return size > 4 && (data[0] == 0x95 || data[0] == 0x99) && data[3] == 4;
}

static enum sgw_file_kind start_kind(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < sizeof(start_rows) / sizeof(start_rows[0]); i++)
        if (size >= start_rows[i].size &&
            memcmp(data, start_rows[i].text, start_rows[i].size) == 0)
            return start_rows[i].kind;
    return is_pgp(data, size) ? SGW_FILE_PGP : SGW_FILE_UNKNOWN;
}

enum sgw_file_kind sgw_file_kind(const uint8_t *data, size_t size)
{
    struct sgw_pem_block block;
    if (size == 0)
        return SGW_FILE_EMPTY;
    if (sgw_pem_is_der(data, size))
        return sgw_file_kind_der(data, size);
    for (size_t at = 0; sgw_pem_next(data, size, &at, &block);) {
        enum sgw_file_kind kind = sgw_file_kind_label(block.label, block.label_size);
        if (kind != SGW_FILE_UNKNOWN)
            return kind;
    }
    return start_kind(data, size);
}

bool sgw_file_kind_is_key(enum sgw_file_kind kind)
{
    return kind >= SGW_FILE_PKCS8 && kind <= SGW_FILE_SEC1;
}

const char *sgw_file_kind_text(enum sgw_file_kind kind)
{
    return texts[kind];
}
