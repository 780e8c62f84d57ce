/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/text.h"
#include "pki/cert/dn.h"
#include "pki/cert/domain.h"
#include "pki/cert/names.h"
#include "pki/lint/lint_impl.h"

/* GeneralName, [RFC5280-4.2.1.6] */
enum { TAG_OTHER_NAME = 0xa0, TAG_RFC822_NAME = 0x81, TAG_DNS_NAME = 0x82 };

#define OID_DN_EMAIL "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"
#define OID_COMMON_NAME "\x55\x04\x03"
#define OID_COUNTRY "\x55\x04\x06"

/* Each costs a comparison with all names. */
enum { SUBJECT_ADDRESSES_MAX = 4 };

/* The next attribute of a type. */
static bool next_of(struct sgw_dn_walk *walk, const char *oid, size_t oid_size,
                    struct sgw_tlv *ret)
{
    struct sgw_tlv type;
    while (sgw_dn_next(walk, &type, ret))
        if (sgw_tlv_is(&type, oid, oid_size))
            return true;
    return false;
}

static bool has_attribute(const struct smimegw_cert *cert, const char *oid)
{
    struct sgw_dn_walk walk;
    struct sgw_tlv value;
    sgw_dn_walk_init(&walk, cert->subject, cert->subject_size);
    return next_of(&walk, oid, sizeof(OID_COUNTRY) - 1, &value) && value.size > 0;
}

/* The next domain that may be compared. */
static bool next_domain(struct sgw_name_walk *walk, struct sgw_name *ret)
{
    while (sgw_name_next(walk, ret))
        if (ret->kind == SGW_NAME_DOMAIN)
            return true;
    return false;
}

static bool is_wildcard(const struct sgw_name *domain)
{
    return domain->data[0] == '*';
}

void sgw_lint_no_names(struct sgw_lint_run *run)
{
    if (!run->has_address && !run->has_domain)
        sgw_lint_find(run, "neither a mail address nor a domain");
}

/* A name of a kind that is compared; others are none of ours. */
static bool is_mail_name(const struct sgw_der *names, const struct sgw_tlv *name)
{
    struct sgw_der inside = sgw_der_inside(names, name);
    struct sgw_tlv oid;
    return name->tag == TAG_RFC822_NAME || name->tag == TAG_DNS_NAME ||
           (name->tag == TAG_OTHER_NAME && sgw_der_get(&inside, SGW_TAG_OID, &oid) &&
            sgw_tlv_is(&oid, SGW_OID_SMTP_UTF8_MAILBOX,
                       sizeof(SGW_OID_SMTP_UTF8_MAILBOX) - 1));
}

static bool is_within(const struct sgw_name *name, const struct sgw_tlv *tlv)
{
    const uint8_t *data = (const uint8_t *)name->data;
    return data >= tlv->value && data < tlv->value + tlv->size;
}

/* Letters, digits, and what stands between them in a host's name: not qualified at worst. */
static bool is_like_domain(const struct sgw_tlv *tlv)
{
    struct sgw_tlv rest = *tlv;
    if (rest.size > 2 && memcmp(rest.value, "*.", 2) == 0) {
        rest.value += 2;
        rest.size -= 2;
    }
    for (size_t i = 0; i < rest.size; i++)
        if (!sgw_is_alpha(rest.value[i]) && !sgw_is_digit(rest.value[i]) &&
            memchr("-_.", rest.value[i], 3) == NULL)
            return false;
    return rest.size > 0;
}

static bool matches_something(const struct sgw_name *name)
{
    char key[SGW_NAME_KEY_MAX];
    size_t key_size;
    return name->kind == SGW_NAME_DOMAIN || sgw_name_key(name, key, &key_size);
}

/* What is said of a name: of an OtherName the string in it, where it can be read so far. */
static const char *name_text(const struct sgw_der *names, struct sgw_tlv name,
                             struct sgw_lint_value *value)
{
    struct sgw_der inside = sgw_der_inside(names, &name);
    struct sgw_der wrapper;
    struct sgw_tlv tlv;
    if (name.tag == TAG_OTHER_NAME && sgw_der_get(&inside, SGW_TAG_OID, &tlv) &&
        sgw_der_enter(&inside, SGW_TAG_CONTEXT_CONSTRUCTED, &wrapper) &&
        sgw_der_next(&wrapper, &tlv))
        name = tlv;
    return sgw_lint_value(value, name.value, name.size);
}

/* Both walks are in the order of the SAN: what the one over names leaves out never matches.
 * Domains that only lack their end have a rule of their own. */
void sgw_lint_name_malformed(struct sgw_lint_run *run)
{
    struct sgw_name_walk walk;
    struct sgw_name name;
    struct sgw_der all;
    struct sgw_tlv tlv;
    struct sgw_lint_value value;
    sgw_name_walk_init(&walk, run->cert);
    sgw_der_init(&all, run->cert->san, run->cert->san_size);
    bool has_name = sgw_name_next(&walk, &name);
    while (sgw_der_next(&all, &tlv)) {
        bool is_known = has_name && is_within(&name, &tlv);
        bool is_fine = is_known ? matches_something(&name)
                                : !is_mail_name(&all, &tlv) ||
                                      (tlv.tag == TAG_DNS_NAME && is_like_domain(&tlv));
        if (!is_fine) {
            sgw_lint_find(run, "the name \"%s\" is malformed and never matches",
                          name_text(&all, tlv, &value));
            return;
        }
        if (is_known)
            has_name = sgw_name_next(&walk, &name);
    }
}

void sgw_lint_address_in_subject(struct sgw_lint_run *run)
{
    struct sgw_dn_walk walk;
    struct sgw_tlv address;
    struct sgw_lint_value value;
    sgw_dn_walk_init(&walk, run->cert->subject, run->cert->subject_size);
    for (int i = 0; i < SUBJECT_ADDRESSES_MAX; i++) {
        if (!next_of(&walk, OID_DN_EMAIL, sizeof(OID_DN_EMAIL) - 1, &address))
            return;
        if (run->has_mailbox &&
            sgw_cert_has_address(run->cert, (const char *)address.value, address.size))
            continue;
        sgw_lint_find(run, "the subject's address %s is not in the subjectAltName%s",
                      sgw_lint_value(&value, address.value, address.size),
                      run->has_mailbox ? ", which alone counts" : "");
        return;
    }
}

void sgw_lint_domain_outlook(struct sgw_lint_run *run)
{
    if (run->has_domain && !run->has_address)
        sgw_lint_find(run, "a certificate of a domain, without a mail address: Outlook and "
                           "others can't encrypt to it");
}

void sgw_lint_domain_public(struct sgw_lint_run *run)
{
    struct sgw_name_walk walk;
    struct sgw_name name;
    struct sgw_lint_value value;
    sgw_name_walk_init(&walk, run->cert);
    while (next_domain(&walk, &name)) {
        size_t skip = is_wildcard(&name) ? 2 : 0;
        if (!sgw_domain_is_public(name.data + skip, name.size - skip))
            continue;
        sgw_lint_find(run, "the domain %s is one under which strangers live",
                      sgw_lint_value(&value, name.data, name.size));
        return;
    }
}

/* C48 */
void sgw_lint_domain_wildcard(struct sgw_lint_run *run)
{
    struct sgw_name_walk walk;
    struct sgw_name name;
    struct sgw_lint_value value;
    sgw_name_walk_init(&walk, run->cert);
    while (next_domain(&walk, &name))
        if (is_wildcard(&name)) {
            sgw_lint_find(run, "the domain %s covers one label below it, and not itself",
                          sgw_lint_value(&value, name.data, name.size));
            return;
        }
}

/* C46, C47 */
void sgw_lint_field_missing(struct sgw_lint_run *run)
{
    static const struct {
        const char *oid;
        const char *name;
    } fields[] = {{OID_COMMON_NAME, "CN"},
                  {"\x55\x04\x0a", "O"},
                  {"\x55\x04\x07", "L"},
                  {"\x55\x04\x08", "ST"},
                  {OID_COUNTRY, "C"}};
    char list[sizeof(fields)] = "";
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (!has_attribute(run->cert, fields[i].oid)) {
            strcat(list, list[0] != '\0' ? ", " : "");
            strcat(list, fields[i].name);
        }
    if (list[0] != '\0')
        sgw_lint_find(run, "the subject has no %s", list);
}

void sgw_lint_common_name(struct sgw_lint_run *run)
{
    struct sgw_dn_walk walk;
    struct sgw_tlv name;
    struct sgw_lint_value value;
    sgw_dn_walk_init(&walk, run->cert->subject, run->cert->subject_size);
    while (next_of(&walk, OID_COMMON_NAME, sizeof(OID_COMMON_NAME) - 1, &name))
        if (!sgw_domain_is_qualified((const char *)name.value, name.size, false)) {
            sgw_lint_find(run, "the common name \"%s\" is no fully qualified domain name",
                          sgw_lint_value(&value, name.value, name.size));
            return;
        }
}

void sgw_lint_domain_qualified(struct sgw_lint_run *run)
{
    struct sgw_der names;
    struct sgw_tlv tlv;
    struct sgw_lint_value value;
    sgw_der_init(&names, run->cert->san, run->cert->san_size);
    while (sgw_der_next(&names, &tlv))
        if (tlv.tag == TAG_DNS_NAME && is_like_domain(&tlv) &&
            !sgw_domain_is_qualified((const char *)tlv.value, tlv.size, true)) {
            sgw_lint_find(run, "the domain \"%s\" is not fully qualified",
                          sgw_lint_value(&value, tlv.value, tlv.size));
            return;
        }
}

void sgw_lint_country(struct sgw_lint_run *run)
{
    struct sgw_dn_walk walk;
    struct sgw_tlv country;
    struct sgw_lint_value value;
    sgw_dn_walk_init(&walk, run->cert->subject, run->cert->subject_size);
    while (next_of(&walk, OID_COUNTRY, sizeof(OID_COUNTRY) - 1, &country))
        if (country.size != 2 || !sgw_is_alpha(country.value[0]) ||
            !sgw_is_alpha(country.value[1])) {
            sgw_lint_find(run, "the country \"%s\" is not two letters",
                          sgw_lint_value(&value, country.value, country.size));
            return;
        }
}
