/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/cert/dn_match.h"

#include <string.h>

#include "base/text.h"

/* More attributes in one RDN than anybody uses are compared as bytes. */
enum { RDN_ATTRIBUTES_MAX = 8 };

enum { TAG_NUMERIC = 0x12, TAG_PRINTABLE, TAG_TELETEX, TAG_IA5 = 0x16, TAG_VISIBLE = 0x1a };

static const uint8_t ascii_tags[] = {SGW_TAG_UTF8_STRING, TAG_NUMERIC, TAG_PRINTABLE,
                                     TAG_TELETEX,         TAG_IA5,     TAG_VISIBLE};

static bool is_ascii_text(const struct sgw_tlv *tlv)
{
    if (memchr(ascii_tags, tlv->tag, sizeof(ascii_tags)) == NULL)
        return false;
    for (size_t i = 0; i < tlv->size; i++)
        if (tlv->value[i] < 0x20 || tlv->value[i] > 0x7e)
            return false;
    return true;
}

static void skip_blanks(struct sgw_tlv *text)
{
    for (; text->size > 0 && *text->value == ' '; text->size--)
        text->value++;
}

static void trim(struct sgw_tlv *text)
{
    skip_blanks(text);
    while (text->size > 0 && text->value[text->size - 1] == ' ')
        text->size--;
}

/* The next character in lower case; a run of blanks is one. */
static int take(struct sgw_tlv *text)
{
    int c = sgw_lower(*text->value);
    text->value++;
    text->size--;
    if (c == ' ')
        skip_blanks(text);
    return c;
}

static bool is_same_text(struct sgw_tlv one, struct sgw_tlv other)
{
    trim(&one);
    trim(&other);
    while (one.size > 0 && other.size > 0)
        if (take(&one) != take(&other))
            return false;
    return one.size == 0 && other.size == 0;
}

static bool is_same_value(const struct sgw_tlv *one, const struct sgw_tlv *other,
                          bool if_unclear)
{
    if (is_ascii_text(one) && is_ascii_text(other))
        return is_same_text(*one, *other);
    return (one->tag == other->tag && sgw_tlv_is(one, other->value, other->size)) ||
           if_unclear;
}

/* AttributeTypeAndValue */
static bool next_attribute(struct sgw_der *rdn, struct sgw_tlv *ret_type,
                           struct sgw_tlv *ret_value)
{
    struct sgw_der attribute;
    return sgw_der_enter(rdn, SGW_TAG_SEQUENCE, &attribute) &&
           sgw_der_get(&attribute, SGW_TAG_OID, ret_type) &&
           sgw_der_next(&attribute, ret_value);
}

static bool has_attribute(struct sgw_der rdn, const struct sgw_tlv *type,
                          const struct sgw_tlv *value, bool if_unclear)
{
    struct sgw_tlv other_type;
    struct sgw_tlv other_value;
    while (next_attribute(&rdn, &other_type, &other_value))
        if (sgw_tlv_is(type, other_type.value, other_type.size) &&
            is_same_value(value, &other_value, if_unclear))
            return true;
    return !sgw_der_at_end(&rdn) && if_unclear;
}

static bool has_all(struct sgw_der rdn, struct sgw_der attributes, bool if_unclear)
{
    struct sgw_tlv type;
    struct sgw_tlv value;
    while (next_attribute(&attributes, &type, &value))
        if (!has_attribute(rdn, &type, &value, if_unclear))
            return false;
    return sgw_der_at_end(&attributes) || if_unclear;
}

/* The order in a SET says nothing; each must have what the other has, for one may be there
 * twice. */
static bool is_same_rdn(const struct sgw_der *one, const struct sgw_der *other,
                        bool if_unclear)
{
    size_t size = sgw_der_left(one);
    int count = sgw_der_count(*one);
    if (size == sgw_der_left(other) && memcmp(one->at, other->at, size) == 0)
        return true;
    if (count < 0 || count > RDN_ATTRIBUTES_MAX)
        return if_unclear;
    if (count != sgw_der_count(*other))
        return false;
    return has_all(*other, *one, if_unclear) && has_all(*one, *other, if_unclear);
}

bool sgw_dn_begins_with(struct sgw_der name, struct sgw_der base, bool if_unclear)
{
    struct sgw_der rdn;
    struct sgw_der base_rdn;
    while (!sgw_der_at_end(&base)) {
        if (sgw_der_at_end(&name))
            return false;
        if (!sgw_der_enter(&name, SGW_TAG_SET, &rdn) ||
            !sgw_der_enter(&base, SGW_TAG_SET, &base_rdn))
            return if_unclear;
        if (!is_same_rdn(&rdn, &base_rdn, if_unclear))
            return false;
    }
    return true;
}
