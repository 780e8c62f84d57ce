/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cms/attributes.h"

#include <smimegw/error.h>
#include <smimegw/verdict.h>
#include <string.h>

enum { ATTRIBUTES_MAX = 64, ATTRIBUTE_SIZE_MAX = 65536 };

#define PKCS9(...)                                                                            \
    {                                                                                         \
        sizeof(                                                                               \
            (const uint8_t[]){0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, __VA_ARGS__}),  \
        {                                                                                     \
            0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, __VA_ARGS__                       \
        }                                                                                     \
    }
const struct sgw_oid sgw_attribute_oids[SGW_ATTRIBUTES] = {
    [SGW_ATTRIBUTE_CONTENT_TYPE] = PKCS9(3),
    [SGW_ATTRIBUTE_MESSAGE_DIGEST] = PKCS9(4),
    [SGW_ATTRIBUTE_SIGNING_TIME] = PKCS9(5),
    [SGW_ATTRIBUTE_COUNTERSIGNATURE] = PKCS9(6),
    [SGW_ATTRIBUTE_SIGNING_CERTIFICATE] = PKCS9(16, 2, 12),
    [SGW_ATTRIBUTE_SIGNING_CERTIFICATE_V2] = PKCS9(16, 2, 47),
    [SGW_ATTRIBUTE_CAPABILITIES] = PKCS9(15),
    [SGW_ATTRIBUTE_KEY_PREFERENCE] = PKCS9(16, 2, 11),
    [SGW_ATTRIBUTE_ALGORITHM_PROTECTION] = PKCS9(52),
};

static int find_attribute(const struct sgw_tlv *oid)
{
    for (int i = 0; i < SGW_ATTRIBUTES; i++)
        if (sgw_tlv_is_oid(oid, &sgw_attribute_oids[i]))
            return i;
    return -1;
}

/* Attribute ::= SEQUENCE { attrType, attrValues SET OF ANY }; values may be none. */
static bool read_attribute(struct sgw_der *walk, struct sgw_tlv *ret_oid,
                           struct sgw_der *ret_values)
{
    struct sgw_der inside;
    return sgw_der_enter(walk, SGW_TAG_SEQUENCE, &inside) &&
           sgw_der_get(&inside, SGW_TAG_OID, ret_oid) &&
           sgw_der_enter(&inside, SGW_TAG_SET, ret_values) && sgw_der_at_end(&inside);
}

static bool note_attribute(struct sgw_attributes *attributes, const struct sgw_tlv *oid,
                           struct sgw_der values)
{
    int id = find_attribute(oid);
    if (id < 0)
        return true;
    if (id == SGW_ATTRIBUTE_COUNTERSIGNATURE || attributes->values[id].start != NULL)
        return false;
    return sgw_der_next(&values, &attributes->values[id]) && sgw_der_at_end(&values);
}

int sgw_attributes_read(const struct sgw_tlv *signed_attributes, struct sgw_attributes *ret)
{
    struct sgw_der walk;
    struct sgw_tlv before = {0};
    memset(ret, 0, sizeof(*ret));
    /* signed bytes that are not DER could be read in another way by the next program (AC-24);
     * the header itself counts too, as it is signed with only its tag exchanged */
    if (!sgw_der_is_strict(signed_attributes->start, signed_attributes->total))
        return SMIMEGW_REASON_ATTRIBUTES_INVALID;
    sgw_der_init(&walk, signed_attributes->value, signed_attributes->size);
    int count = sgw_der_count(walk);
    if (count < 1)
        return SMIMEGW_REASON_ATTRIBUTES_INVALID;
    if (count > ATTRIBUTES_MAX)
        return SMIMEGW_REASON_LIMIT;
    while (!sgw_der_at_end(&walk)) {
        struct sgw_tlv oid;
        struct sgw_der values;
        struct sgw_tlv whole = {.start = walk.at};
        if (!read_attribute(&walk, &oid, &values))
            return SMIMEGW_REASON_ATTRIBUTES_INVALID;
        whole.total = (size_t)(walk.at - whole.start);
        if (whole.total > ATTRIBUTE_SIZE_MAX)
            return SMIMEGW_REASON_LIMIT;
        if (before.start != NULL &&
            sgw_der_compare(before.start, before.total, whole.start, whole.total) > 0)
            return SMIMEGW_REASON_ATTRIBUTES_INVALID;
        if (!note_attribute(ret, &oid, values))
            return SMIMEGW_REASON_ATTRIBUTES_INVALID;
        before = whole;
    }
    return SMIMEGW_REASON_OK;
}

bool sgw_unsigned_attributes_are_fine(const struct sgw_tlv *attributes)
{
    struct sgw_der walk;
    sgw_ber_init(&walk, attributes->value, attributes->size);
    if (sgw_der_count(walk) > ATTRIBUTES_MAX)
        return false;
    while (!sgw_der_at_end(&walk)) {
        struct sgw_tlv oid;
        struct sgw_der values;
        if (!read_attribute(&walk, &oid, &values))
            return false;
        int id = find_attribute(&oid);
        if (id >= 0 && id != SGW_ATTRIBUTE_COUNTERSIGNATURE)
            return false;
    }
    return true;
}

bool sgw_attribute_names_cert(const struct sgw_tlv *value, bool is_v2, const uint8_t *der,
                              size_t size)
{
    struct sgw_der walk;
    struct sgw_der certs;
    struct sgw_der id;
    struct sgw_tlv tlv;
    struct sgw_der parameters;
    uint8_t digest[SGW_HASH_SIZE_MAX];
    enum sgw_hash_id hash = is_v2 ? SGW_HASH_SHA256 : SGW_HASH_SHA1;
    sgw_der_init(&walk, value->start, value->total);
    if (!sgw_der_enter(&walk, SGW_TAG_SEQUENCE, &walk) ||
        !sgw_der_enter(&walk, SGW_TAG_SEQUENCE, &certs) ||
        !sgw_der_enter(&certs, SGW_TAG_SEQUENCE, &id))
        return false;
    if (is_v2 && sgw_der_get(&id, SGW_TAG_SEQUENCE, &tlv)) {
        struct sgw_tlv oid;
        const struct sgw_digest_row *row = NULL;
        if (sgw_algorithm_read(&tlv, &oid, &parameters))
            row = sgw_digest_by_oid(&oid);
        if (row == NULL || row->is_weak)
            return false;
        hash = row->id;
    }
    return sgw_der_get(&id, SGW_TAG_OCTET_STRING, &tlv) &&
           sgw_hash_once(hash, der, size, digest) == SMIMEGW_OK &&
           sgw_tlv_is(&tlv, digest, sgw_hash_size(hash));
}
