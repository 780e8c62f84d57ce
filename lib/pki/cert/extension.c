/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/cert/extension.h"

#include <string.h>

enum { TAG_EXTENSIONS = SGW_TAG_CONTEXT_CONSTRUCTED | 3 };

/* What a path is checked for, in whatever file of this folder. */
static const uint8_t processed[] = {
    SGW_EXTENSION_KEY_ID,           SGW_EXTENSION_KEY_USAGE,
    SGW_EXTENSION_ALTERNATIVE_NAME, SGW_EXTENSION_BASIC_CONSTRAINTS,
    SGW_EXTENSION_NAME_CONSTRAINTS, SGW_EXTENSION_POLICIES,
    SGW_EXTENSION_POLICY_MAPPINGS,  SGW_EXTENSION_POLICY_CONSTRAINTS,
    SGW_EXTENSION_PURPOSES,         SGW_EXTENSION_INHIBIT_ANY_POLICY,
};

/* The certificate's form is known to be right: sgw_cert_walk() has been over it. */
static struct sgw_der extensions_of(const struct smimegw_cert *cert)
{
    struct sgw_der der;
    struct sgw_der body = {0};
    struct sgw_der list = {0};
    struct sgw_tlv field;
    sgw_der_init(&der, cert->der.data, cert->der.size);
    if (!sgw_der_enter(&der, SGW_TAG_SEQUENCE, &body) ||
        !sgw_der_enter(&body, SGW_TAG_SEQUENCE, &body))
        return list;
    while (!sgw_der_is_next(&body, TAG_EXTENSIONS))
        if (!sgw_der_next(&body, &field))
            return list;
    if (sgw_der_enter(&body, TAG_EXTENSIONS, &body))
        sgw_der_enter(&body, SGW_TAG_SEQUENCE, &list);
    return list;
}

/* Below the arc 2.5.29; -1 for what is not of it. */
static int number_of(const struct sgw_tlv *oid)
{
    return oid->size == 3 && memcmp(oid->value, "\x55\x1d", 2) == 0 ? oid->value[2] : -1;
}

bool sgw_extension_next(struct sgw_der *list, struct sgw_extension *ret)
{
    struct sgw_der rest = *list;
    struct sgw_der inside;
    struct sgw_tlv critical;
    if (!sgw_der_enter(&rest, SGW_TAG_SEQUENCE, &inside) ||
        !sgw_der_get(&inside, SGW_TAG_OID, &ret->oid))
        return false;
    ret->number = number_of(&ret->oid);
    /* any octet but zero: what is not DER must not hide that it matters */
    ret->is_critical = sgw_der_get(&inside, SGW_TAG_BOOLEAN, &critical) &&
                       (critical.size != 1 || critical.value[0] != 0);
    if (!sgw_der_get(&inside, SGW_TAG_OCTET_STRING, &ret->value) || !sgw_der_at_end(&inside))
        return false;
    *list = rest;
    return true;
}

bool sgw_extension_find_oid(const struct smimegw_cert *cert, const uint8_t *oid, size_t size,
                            struct sgw_der *ret_value)
{
    struct sgw_der list = extensions_of(cert);
    struct sgw_extension extension;
    while (sgw_extension_next(&list, &extension))
        if (sgw_tlv_is(&extension.oid, oid, size)) {
            sgw_der_init(ret_value, extension.value.value, extension.value.size);
            return true;
        }
    return false;
}

bool sgw_extension_find(const struct smimegw_cert *cert, int number, struct sgw_der *ret_value)
{
    const uint8_t oid[] = {0x55, 0x1d, (uint8_t)number};
    return sgw_extension_find_oid(cert, oid, sizeof(oid), ret_value);
}

static bool is_processed(int number)
{
    return number >= 0 && memchr(processed, number, sizeof(processed)) != NULL;
}

static bool is_repeated(struct sgw_der rest, const struct sgw_tlv *oid)
{
    struct sgw_extension other;
    while (sgw_extension_next(&rest, &other))
        if (sgw_tlv_is(oid, other.oid.value, other.oid.size))
            return true;
    return false;
}

bool sgw_extensions_are_known(const struct smimegw_cert *cert)
{
    struct sgw_der list = extensions_of(cert);
    struct sgw_extension extension;
    while (sgw_extension_next(&list, &extension))
        if ((extension.is_critical && !is_processed(extension.number)) ||
            is_repeated(list, &extension.oid))
            return false;
    return sgw_der_at_end(&list);
}
