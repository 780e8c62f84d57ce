/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gnutls/gnutls.h>
#include <string.h>

#include "base/text.h"
#include "pki/cert/name_forms.h"
#include "pki/cert/names.h"
#include "pki/code.h"
#include "pki/issue/template_impl.h"

enum { HOST_SIZE_MAX = 253, LABEL_SIZE_MAX = 63, TAG_PRINTABLE_STRING = 0x13 };

bool sgw_template_next(const char **list, struct sgw_template_entry *ret)
{
    const char *start = *list;
    if (start == NULL)
        return false;
    const char *end = strchrnul(start, ',');
    *list = *end == ',' ? end + 1 : NULL;
    while (start < end && sgw_is_blank((unsigned char)*start))
        start++;
    while (end > start && sgw_is_blank((unsigned char)end[-1]))
        end--;
    *ret = (struct sgw_template_entry){start, (size_t)(end - start)};
    return true;
}

bool sgw_template_is_ascii(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] >= 0x80)
            return false;
    return true;
}

size_t sgw_template_local_size(const struct sgw_template_entry *address)
{
    const char *at = memrchr(address->data, '@', address->size);
    return (size_t)(at - address->data);
}

/* The preferred name syntax [RFC5280-4.2.1.6]: NULL, or what is wrong. */
static const char *why_not_host(const char *host, size_t size)
{
    size_t label_size = 0;
    if (size == 0)
        return "it is empty";
    for (size_t i = 0; i <= size; i++) {
        char c = i < size ? host[i] : '.';
        if (c == '.' && label_size == 0)
            return "it has a dot at an end, or two in a row";
        if (c == '.' && host[i - 1] == '-')
            return "a label ends with a hyphen";
        if (c == '-' && label_size == 0)
            return "a label starts with a hyphen";
        if (c != '.' && c != '-' && !sgw_is_alpha((unsigned char)c) &&
            !sgw_is_digit((unsigned char)c))
            return "there is something else in it than letters, digits, hyphens and dots";
        label_size = c == '.' ? 0 : label_size + 1;
        if (label_size > LABEL_SIZE_MAX)
            return "a label is longer than 63 octets";
    }
    return NULL;
}

/* Would a reader find the address of somebody in that domain in the certificate? IDNA makes
 * other names of some, which look the same (AC-119). */
static bool is_comparable(const char *domain, size_t size)
{
    char address[SGW_NAME_KEY_MAX] = "x@";
    struct sgw_scope_keys keys;
    if (sgw_template_is_ascii(domain, size))
        return true;
    if (size > sizeof(address) - 2)
        return false;
    memcpy(address + 2, domain, size);
    return sgw_scope_keys(address, size + 2, &keys);
}

int sgw_template_host(const char *domain, size_t size, bool allows_star,
                      char ret_host[SGW_TEMPLATE_HOST_ROOM], const char **ret_wrong)
{
    size_t star_size = allows_star && size > 2 && memcmp(domain, "*.", 2) == 0 ? 2 : 0;
    gnutls_datum_t mapped = {NULL, 0};
    domain += star_size;
    size -= star_size;
    /* labels beyond ASCII become A-labels (RFC 5890) */
    int ret =
        size > 0 ? gnutls_idna_map(domain, (unsigned int)size, &mapped, GNUTLS_IDNA_FORCE_2008)
                 : 0;
    if (ret < 0) {
        *ret_wrong = "it is no internationalised domain name";
        return sgw_pki_code(ret, SMIMEGW_OK);
    }
    *ret_wrong = mapped.size + star_size > HOST_SIZE_MAX
                     ? "it is longer than 253 octets"
                     : why_not_host((const char *)mapped.data, mapped.size);
    if (*ret_wrong == NULL && !is_comparable(domain, size))
        *ret_wrong = "its internationalised form is another name that looks like it";
    if (*ret_wrong == NULL) {
        memcpy(ret_host, "*.", star_size);
        for (size_t i = 0; i < mapped.size; i++)
            ret_host[star_size + i] = (char)sgw_lower(mapped.data[i]);
        ret_host[star_size + mapped.size] = '\0';
    }
    gnutls_free(mapped.data);
    return SMIMEGW_OK;
}

/* In the order of the certificate: from the large to the small. */
const struct sgw_template_attribute sgw_template_attributes[SGW_TEMPLATE_ATTRIBUTES] = {
    {6, "country", offsetof(struct smimegw_template, country)},
    {8, "state", offsetof(struct smimegw_template, state)},
    {7, "locality", offsetof(struct smimegw_template, locality)},
    {10, "organization", offsetof(struct smimegw_template, organization)},
    {11, "organizational-unit", offsetof(struct smimegw_template, organizational_unit)},
    {3, "common-name", offsetof(struct smimegw_template, common_name)},
};

static const char *attribute_text(const struct smimegw_template *tmpl, size_t index)
{
    const char *text;
    memcpy(&text, (const uint8_t *)tmpl + sgw_template_attributes[index].offset, sizeof(text));
    return text;
}

static void put_attribute(struct sgw_der_out *out, uint8_t number, uint8_t tag,
                          const void *value, size_t size)
{
    const uint8_t oid[] = {0x55, 0x04, number};
    size_t mark = sgw_out_mark(out);
    sgw_out_put(out, SGW_TAG_OID, oid, sizeof(oid));
    sgw_out_put(out, tag, value, size);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
    sgw_out_wrap(out, mark, SGW_TAG_SET);
}

/* ISO 3166 has capitals, in a PrintableString [RFC5280-A.1]. */
static void put_country(struct sgw_der_out *out, const char *country)
{
    const uint8_t letters[2] = {(uint8_t)(country[0] & ~0x20), (uint8_t)(country[1] & ~0x20)};
    put_attribute(out, SGW_TEMPLATE_OID_COUNTRY, TAG_PRINTABLE_STRING, letters,
                  sizeof(letters));
}

bool sgw_template_has_subject(const struct smimegw_template *tmpl)
{
    for (size_t i = 0; i < SGW_TEMPLATE_ATTRIBUTES; i++)
        if (attribute_text(tmpl, i) != NULL)
            return true;
    return false;
}

void sgw_template_put_subject(struct sgw_der_out *out, const struct smimegw_template *tmpl,
                              const struct sgw_template_entry *stand_in)
{
    size_t mark = sgw_out_mark(out);
    for (size_t i = 0; i < SGW_TEMPLATE_ATTRIBUTES; i++) {
        const char *text = attribute_text(tmpl, i);
        uint8_t number = sgw_template_attributes[i].number;
        if (text != NULL && number == SGW_TEMPLATE_OID_COUNTRY)
            put_country(out, text);
        else if (text != NULL)
            put_attribute(out, number, SGW_TAG_UTF8_STRING, text, strlen(text));
    }
    if (stand_in != NULL)
        put_attribute(out, SGW_TEMPLATE_OID_COMMON_NAME, SGW_TAG_UTF8_STRING, stand_in->data,
                      stand_in->size);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
}

/* The domain of an entry that was checked when it was set. */
static void find_host(struct sgw_der_out *out, const char *domain, size_t size,
                      char host[SGW_TEMPLATE_HOST_ROOM])
{
    const char *wrong;
    int ret = sgw_template_host(domain, size, true, host, &wrong);
    if (ret == SMIMEGW_OK && wrong != NULL)
        ret = SMIMEGW_E_SETTING;
    if (out->result == SMIMEGW_OK)
        out->result = ret;
}

static void put_domain(struct sgw_der_out *out, const struct sgw_template_entry *entry)
{
    char host[SGW_TEMPLATE_HOST_ROOM] = "";
    find_host(out, entry->data, entry->size, host);
    sgw_out_put(out, SGW_NAME_FORM_DOMAIN, host, strlen(host));
}

/* The domain is of A-labels in both forms, and the second one only for a local part beyond
 * ASCII [RFC9598-3]. */
static void put_address(struct sgw_der_out *out, const struct sgw_template_entry *entry)
{
    char host[SGW_TEMPLATE_HOST_ROOM] = "";
    size_t local_size = sgw_template_local_size(entry);
    bool is_ascii = sgw_template_is_ascii(entry->data, local_size);
    size_t mark = sgw_out_mark(out);
    find_host(out, entry->data + local_size + 1, entry->size - local_size - 1, host);
    if (!is_ascii)
        sgw_out_put(out, SGW_TAG_OID, SGW_OID_SMTP_UTF8_MAILBOX,
                    sizeof(SGW_OID_SMTP_UTF8_MAILBOX) - 1);
    size_t text = sgw_out_mark(out);
    sgw_out_raw(out, entry->data, local_size + 1);
    sgw_out_raw(out, host, strlen(host));
    sgw_out_wrap(out, text, is_ascii ? SGW_NAME_FORM_MAIL : SGW_TAG_UTF8_STRING);
    if (is_ascii)
        return;
    sgw_out_wrap(out, text, SGW_TAG_CONTEXT_CONSTRUCTED);
    sgw_out_wrap(out, mark, SGW_TAG_CONTEXT_CONSTRUCTED);
}

void sgw_template_put_names(struct sgw_der_out *out, const struct smimegw_template *tmpl)
{
    struct sgw_template_entry entry;
    size_t mark = sgw_out_mark(out);
    for (const char *list = tmpl->addresses; sgw_template_next(&list, &entry);)
        put_address(out, &entry);
    for (const char *list = tmpl->domains; sgw_template_next(&list, &entry);)
        put_domain(out, &entry);
    if (sgw_out_mark(out) > mark)
        sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
}
