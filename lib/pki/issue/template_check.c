/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/error_impl.h"
#include "base/text.h"
#include "mime/address.h"
#include "pki/cert/domain.h"
#include "pki/issue/template_impl.h"

enum { LOCAL_SIZE_MAX = 64, NUMBER_DIGITS_MAX = 9 };

struct field;
typedef int (*check_fn)(const struct field *field, const char *value,
                        struct smimegw_error **ret_error);
struct field {
    const char *name;
    check_fn check;
    int most; /* of what the check counts */
};

/* Characters of valid UTF-8. */
static int count_characters(const char *text)
{
    int count = 0;
    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

/* C1 controls, and what turns the order of writing: U+200E to U+202E, U+2066 to U+2069, and
 * the byte order mark [RFC9598-3]. */
static bool has_invisible(const char *text)
{
    static const char *const invisible[] = {
        "\xe2\x80\x8b", "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xa8", "\xe2\x80\xa9",
        "\xe2\x80\xaa", "\xe2\x80\xab", "\xe2\x80\xac", "\xe2\x80\xad", "\xe2\x80\xae",
        "\xe2\x81\xa6", "\xe2\x81\xa7", "\xe2\x81\xa8", "\xe2\x81\xa9", "\xef\xbb\xbf"};
    for (const uint8_t *at = (const uint8_t *)text; *at != '\0'; at++)
        if (*at < ' ' || *at == 0x7f || (at[0] == 0xc2 && at[1] < 0xa0))
            return true;
    for (size_t i = 0; i < sizeof(invisible) / sizeof(invisible[0]); i++)
        if (strstr(text, invisible[i]) != NULL)
            return true;
    return false;
}

static int check_readable(const char *name, const char *value,
                          struct smimegw_error **ret_error)
{
    if (!sgw_utf8_valid((const uint8_t *)value, strlen(value)))
        return sgw_fail(ret_error, SMIMEGW_E_SETTING, "%s is not UTF-8", name);
    if (has_invisible(value))
        return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                        "%s holds a control or invisible character", name);
    return SMIMEGW_OK;
}

/* Upper bounds of [RFC5280-A.1]. */
static int check_text(const struct field *field, const char *value,
                      struct smimegw_error **ret_error)
{
    size_t size = strlen(value);
    if (value[0] == ' ' || value[size - 1] == ' ')
        return sgw_fail(ret_error, SMIMEGW_E_SETTING, "%s has a blank at an end", field->name);
    if (count_characters(value) > field->most)
        return sgw_fail(ret_error, SMIMEGW_E_SETTING, "%s is longer than %d characters",
                        field->name, field->most);
    return SMIMEGW_OK;
}

static int check_country(const struct field *field, const char *value,
                         struct smimegw_error **ret_error)
{
    if (strlen(value) == (size_t)field->most && sgw_is_alpha((unsigned char)value[0]) &&
        sgw_is_alpha((unsigned char)value[1]))
        return SMIMEGW_OK;
    return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                    "country must be two letters, as in \"DE\", and not \"%.100s\"", value);
}

static int check_domain(const struct sgw_template_entry *entry,
                        struct smimegw_error **ret_error)
{
    char host[SGW_TEMPLATE_HOST_ROOM];
    const char *wrong;
    int ret = sgw_template_host(entry->data, entry->size, true, host, &wrong);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "domain");
    if (wrong == NULL && host[0] == '*' && sgw_domain_is_public(host + 2, strlen(host + 2)))
        wrong = "strangers live under it";
    if (wrong != NULL)
        return sgw_fail(ret_error, SMIMEGW_E_SETTING, "domains: \"%.*s\": %s",
                        (int)entry->size, entry->data, wrong);
    return SMIMEGW_OK;
}

static int check_address(const struct sgw_template_entry *entry,
                         struct smimegw_error **ret_error)
{
    char host[SGW_TEMPLATE_HOST_ROOM];
    const char *wrong = NULL;
    if (!sgw_address_is_valid(entry->data, entry->size))
        return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                        "addresses: \"%.*s\" is no mail address, as in \"info@example.org\"",
                        (int)entry->size, entry->data);
    size_t local_size = sgw_template_local_size(entry);
    int ret = sgw_template_host(entry->data + local_size + 1, entry->size - local_size - 1,
                                false, host, &wrong);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "address");
    if (local_size > LOCAL_SIZE_MAX)
        wrong = "over 64 octets before the @";
    if (wrong != NULL)
        return sgw_fail(ret_error, SMIMEGW_E_SETTING, "addresses: \"%.*s\": %s",
                        (int)entry->size, entry->data, wrong);
    return SMIMEGW_OK;
}

typedef int (*check_entry_fn)(const struct sgw_template_entry *entry,
                              struct smimegw_error **ret_error);

static int check_list(const struct field *field, const char *value, check_entry_fn check,
                      struct smimegw_error **ret_error)
{
    struct sgw_template_entry entry;
    int count = 0;
    while (sgw_template_next(&value, &entry)) {
        if (++count > field->most)
            return sgw_fail(ret_error, SMIMEGW_E_SETTING, "%s: more than %d of them",
                            field->name, field->most);
        if (entry.size == 0)
            return sgw_fail(ret_error, SMIMEGW_E_SETTING, "%s: number %d is empty",
                            field->name, count);
        int ret = check(&entry, ret_error);
        if (ret < 0)
            return ret;
    }
    return SMIMEGW_OK;
}

static int check_domains(const struct field *field, const char *value,
                         struct smimegw_error **ret_error)
{
    return check_list(field, value, check_domain, ret_error);
}

static int check_addresses(const struct field *field, const char *value,
                           struct smimegw_error **ret_error)
{
    return check_list(field, value, check_address, ret_error);
}

static bool read_number(const char *value, int *ret_number)
{
    int number = 0;
    size_t size = 0;
    for (; sgw_is_digit((unsigned char)value[size]) && size < NUMBER_DIGITS_MAX; size++)
        number = 10 * number + value[size] - '0';
    *ret_number = number;
    return size > 0 && value[size] == '\0';
}

static int check_key_size(const struct field *field, const char *value,
                          struct smimegw_error **ret_error)
{
    int bits;
    if (read_number(value, &bits) && bits >= SGW_TEMPLATE_KEY_SIZE_MIN &&
        bits <= field->most && bits % 8 == 0)
        return SMIMEGW_OK;
    return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                    "key-size can't be \"%.100s\", but %d to %d and a multiple of 8", value,
                    SGW_TEMPLATE_KEY_SIZE_MIN, field->most);
}

static int check_days(const struct field *field, const char *value,
                      struct smimegw_error **ret_error)
{
    int days;
    if (read_number(value, &days) && days >= 1 && days <= field->most)
        return SMIMEGW_OK;
    return sgw_fail(ret_error, SMIMEGW_E_SETTING, "days can't be \"%.100s\", but 1 to %d",
                    value, field->most);
}

/* Together, addresses and domains stay within what is read of a certificate. */
static const struct field fields[] = {
    {"common-name", check_text, 64},
    {"organization", check_text, 64},
    {"organizational-unit", check_text, 64},
    {"locality", check_text, 128},
    {"state", check_text, 128},
    {"country", check_country, 2},
    {"domains", check_domains, 100},
    {"addresses", check_addresses, 100},
    {"key-size", check_key_size, SGW_TEMPLATE_KEY_SIZE_MAX},
    {"days", check_days, SGW_TEMPLATE_DAYS_MAX},
};

int sgw_template_check_field(const char *name, const char *value,
                             struct smimegw_error **ret_error)
{
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (strcmp(fields[i].name, name) != 0)
            continue;
        bool needs_value = strcmp(name, "days") == 0;
        if (value[0] == '\0' && !needs_value)
            return SMIMEGW_OK;
        int ret = check_readable(name, value, ret_error);
        return ret < 0 ? ret : fields[i].check(&fields[i], value, ret_error);
    }
    return SMIMEGW_OK;
}

/* C22: in words what a fully qualified domain name lacks. */
static int check_qualified(const char *field, const struct sgw_template_entry *entry,
                           bool allows_star, struct smimegw_error **ret_error)
{
    char host[SGW_TEMPLATE_HOST_ROOM];
    const char *wrong;
    int ret = sgw_template_host(entry->data, entry->size, allows_star, host, &wrong);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "domain");
    if (wrong == NULL && !sgw_domain_is_qualified(host, strlen(host), allows_star))
        wrong = strchr(host, '.') == NULL ? "it has one label only, the domain is missing"
                                          : "its last label is a number, as of an IP address, "
                                            "or the star stands for all of a top level";
    if (wrong == NULL)
        return SMIMEGW_OK;
    return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                    "%s: \"%.*s\" is no fully qualified domain name: %s", field,
                    (int)entry->size, entry->data, wrong);
}

static int check_fqdn(const struct smimegw_template *tmpl, struct smimegw_error **ret_error)
{
    bool checks_name = tmpl->fqdn_check == SGW_TEMPLATE_FQDN_COMMON_NAME ||
                       tmpl->fqdn_check == SGW_TEMPLATE_FQDN_BOTH;
    int ret = SMIMEGW_OK;
    if (checks_name && tmpl->common_name == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                        "common-name is empty, but fqdn-check wants a domain name there");
    if (checks_name) {
        struct sgw_template_entry name = {tmpl->common_name, strlen(tmpl->common_name)};
        ret = check_qualified("common-name", &name, false, ret_error);
    }
    /* in any case, for no address would match */
    const char *list = tmpl->domains;
    struct sgw_template_entry entry;
    while (ret == SMIMEGW_OK && sgw_template_next(&list, &entry))
        ret = check_qualified("domains", &entry, true, ret_error);
    return ret;
}

int sgw_template_check(const struct smimegw_template *tmpl, enum sgw_key_type type,
                       struct smimegw_error **ret_error)
{
    const struct smimegw_cert key = {.key_type = type};
    if (tmpl->common_name == NULL && tmpl->addresses == NULL && tmpl->domains == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                        "the template names nobody: set common-name, addresses or domains");
    if (tmpl->use == SGW_TEMPLATE_ENCRYPT && sgw_cert_key_encrypt_usage(&key) == 0)
        return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                        "use can't be encrypt: a key of this type only signs");
    return check_fqdn(tmpl, ret_error);
}
