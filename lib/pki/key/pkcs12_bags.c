/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/text.h"
#include "pki/cert/file_kind.h"
#include "pki/key/pkcs12.h"

enum { NAME_SIZE_MAX = 512, TAG_BMP_STRING = 0x1e };

/* A SafeBag while it is read. */
struct bag {
    struct sgw_key_file *file;
    struct sgw_passphrase *passphrase;
    struct sgw_tlv value;
    struct sgw_der walk;
    char *name; /* taken over by what the bag holds */
};
typedef int (*bag_fn)(struct bag *bag, struct smimegw_error **ret_error);

static void append_utf8(char *text, size_t *size, uint32_t character)
{
    char *at = text + *size;
    if (character < 0x80) {
        at[0] = (char)character;
        *size += 1;
    } else if (character < 0x800) {
        at[0] = (char)(0xc0 | character >> 6);
        at[1] = (char)(0x80 | (character & 0x3f));
        *size += 2;
    } else if (character < 0x10000) {
        at[0] = (char)(0xe0 | character >> 12);
        at[1] = (char)(0x80 | (character >> 6 & 0x3f));
        at[2] = (char)(0x80 | (character & 0x3f));
        *size += 3;
    } else {
        at[0] = (char)(0xf0 | character >> 18);
        at[1] = (char)(0x80 | (character >> 12 & 0x3f));
        at[2] = (char)(0x80 | (character >> 6 & 0x3f));
        at[3] = (char)(0x80 | (character & 0x3f));
        *size += 4;
    }
}

/* UTF-16 as text for people: what is no character, and NUL, is the replacement character. */
static int read_name(const struct sgw_tlv *value, char **ret_name)
{
    char raw[NAME_SIZE_MAX * 3 / 2 + 1];
    char text[NAME_SIZE_MAX * 2];
    size_t size = 0;
    const uint8_t *at = value->value;
    size_t left = (value->size < NAME_SIZE_MAX ? value->size : NAME_SIZE_MAX) & ~(size_t)1;
    while (left >= 2 && at[left - 1] == 0 && at[left - 2] == 0)
        left -= 2; /* some makers count the end of a C string */
    for (; left >= 2; at += 2, left -= 2) {
        uint32_t unit = (uint32_t)at[0] << 8 | at[1];
        uint32_t low = left >= 4 ? (uint32_t)at[2] << 8 | at[3] : 0;
        if ((unit & 0xfc00) == 0xd800 && (low & 0xfc00) == 0xdc00) {
            unit = 0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff);
            at += 2;
            left -= 2;
        } else if ((unit & 0xf800) == 0xd800 || unit == 0) {
            unit = 0xfffd;
        }
        append_utf8(raw, &size, unit);
    }
    raw[size] = '\0';
    sgw_text_escape(raw, text, sizeof(text));
    *ret_name = sgw_strdup(text);
    return *ret_name != NULL ? SMIMEGW_OK : SMIMEGW_E_NOMEM;
}

/* friendlyName (RFC 2985 section 5.5.1); other attributes tell us nothing. */
static int find_name(struct sgw_der attributes, char **ret_name)
{
    static const char friendly_name[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x14";
    struct sgw_der attribute;
    struct sgw_der values;
    struct sgw_tlv oid;
    struct sgw_tlv value;
    while (sgw_der_enter(&attributes, SGW_TAG_SEQUENCE, &attribute))
        if (sgw_der_get(&attribute, SGW_TAG_OID, &oid) &&
            sgw_tlv_is(&oid, friendly_name, sizeof(friendly_name) - 1) &&
            sgw_der_enter(&attribute, SGW_TAG_SET, &values) &&
            sgw_der_get(&values, TAG_BMP_STRING, &value) && value.size > 1)
            return read_name(&value, ret_name);
    return SMIMEGW_OK;
}

static int load_key(struct bag *bag, struct smimegw_error **ret_error)
{
    if (!sgw_key_file_wants(bag->file))
        return SMIMEGW_OK;
    int ret = sgw_key_file_add_key(bag->file, bag->value.start, bag->value.total, ret_error);
    if (ret == SMIMEGW_OK)
        bag->file->name = SGW_TAKE(bag->name);
    return ret;
}

static int load_shrouded_key(struct bag *bag, struct smimegw_error **ret_error)
{
    /* what GnuTLS 3.7 writes where the passphrase is empty */
    if (sgw_file_kind_der(bag->value.start, bag->value.total) == SGW_FILE_PKCS8)
        return load_key(bag, ret_error);
    if (!sgw_key_file_wants(bag->file))
        return SMIMEGW_OK;
    int ret = sgw_key_file_add_encrypted(bag->file, bag->value.start, bag->value.total,
                                         bag->passphrase, ret_error);
    if (ret == SMIMEGW_E_PASSPHRASE)
        return sgw_fail(ret_error, ret,
                        "the private key has another passphrase than the rest of the file");
    if (ret == SMIMEGW_OK)
        bag->file->name = SGW_TAKE(bag->name);
    return ret;
}

/* CertBag [RFC7292-4.2.3]; SDSI certificates are passed over. */
static int load_cert(struct bag *bag, struct smimegw_error **ret_error)
{
    static const char x509[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x16\x01";
    struct sgw_der inside = sgw_der_inside(&bag->walk, &bag->value);
    struct sgw_der content;
    struct sgw_tlv tlv;
    struct sgw_buf der = SGW_BUF_INIT(0);
    if (!sgw_der_get(&inside, SGW_TAG_OID, &tlv))
        return sgw_pkcs12_malformed(ret_error);
    if (!sgw_tlv_is(&tlv, x509, sizeof(x509) - 1))
        return SMIMEGW_OK;
    if (!sgw_der_enter(&inside, SGW_TAG_CONTEXT_CONSTRUCTED | 0, &content) ||
        !sgw_der_next(&content, &tlv))
        return sgw_pkcs12_malformed(ret_error);
    struct sgw_cert_list *certs = &bag->file->certs;
    if (certs->count == SGW_KEY_FILE_CERTS_MAX)
        return sgw_fail(ret_error, SMIMEGW_E_LIMIT,
                        "the PKCS#12 file holds more than %d certificates",
                        SGW_KEY_FILE_CERTS_MAX);
    int ret = sgw_pkcs12_octets(content, &tlv, &der, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_cert_list_load_der(certs, der.data, der.size, ret_error);
    if (ret == SMIMEGW_OK)
        bag->file->cert_names[certs->count - 1] = SGW_TAKE(bag->name);
    sgw_buf_clear(&der);
    return ret;
}

#define OID_BAG "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01"
/* Revocation lists, secrets and bags in bags are passed over. */
static const struct {
    const char *oid;
    bag_fn load;
} bag_rows[] = {
    {OID_BAG "\x01", load_key},
    {OID_BAG "\x02", load_shrouded_key},
    {OID_BAG "\x03", load_cert},
};

static int load_bag(struct bag *bag, const struct sgw_tlv *oid,
                    struct smimegw_error **ret_error)
{
    for (size_t i = 0; i < sizeof(bag_rows) / sizeof(bag_rows[0]); i++)
        if (sgw_tlv_is(oid, bag_rows[i].oid, sizeof(OID_BAG)))
            return bag_rows[i].load(bag, ret_error);
    return SMIMEGW_OK;
}

/* SafeBag [RFC7292-4.2] */
static int read_bag(struct bag *bag, struct sgw_der walk, struct smimegw_error **ret_error)
{
    struct sgw_der content;
    struct sgw_der attributes;
    struct sgw_tlv oid;
    int ret = SMIMEGW_OK;
    if (!sgw_der_get(&walk, SGW_TAG_OID, &oid) ||
        !sgw_der_enter(&walk, SGW_TAG_CONTEXT_CONSTRUCTED | 0, &content) ||
        !sgw_der_next(&content, &bag->value))
        return sgw_pkcs12_malformed(ret_error);
    bag->walk = content;
    if (sgw_der_enter(&walk, SGW_TAG_SET, &attributes))
        ret = find_name(attributes, &bag->name);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "name in the PKCS#12 file");
    ret = load_bag(bag, &oid, ret_error);
    sgw_free(bag->name);
    bag->name = NULL;
    return ret;
}

int sgw_pkcs12_load_bags(struct sgw_key_file *file, const struct sgw_buf *contents,
                         struct sgw_passphrase *passphrase, struct smimegw_error **ret_error)
{
    struct bag bag = {.file = file, .passphrase = passphrase};
    struct sgw_der der;
    struct sgw_der bags;
    struct sgw_der walk;
    sgw_ber_init(&der, contents->data, contents->size);
    if (!sgw_der_enter(&der, SGW_TAG_SEQUENCE, &bags))
        return sgw_pkcs12_malformed(ret_error);
    while (!sgw_der_at_end(&bags)) {
        if (!sgw_der_enter(&bags, SGW_TAG_SEQUENCE, &walk))
            return sgw_pkcs12_malformed(ret_error);
        int ret = read_bag(&bag, walk, ret_error);
        if (ret < 0)
            return ret;
    }
    return SMIMEGW_OK;
}
