/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gnutls/x509.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "pki/cert/names.h"
#include "pki/issue/template_impl.h"

enum {
    DAY = 24 * 60 * 60,
    NUMBER_TEXT_SIZE = 24,
    OID_TEXT_SIZE = 64,
    TAG_PRINTABLE_STRING = 0x13,
    TAG_IA5_STRING = 0x16
};

static int cant_express(struct smimegw_error **ret_error, const char *what)
{
    return sgw_fail(ret_error, SMIMEGW_E_KEY,
                    "the certificate has what a template can't express: %s", what);
}

/* A field from bytes of the certificate; what the field refuses, a template can't express. */
static int set_field(struct smimegw_template *tmpl, const char *field, const void *data,
                     size_t size, struct smimegw_error **ret_error)
{
    if (size == 0 || memchr(data, '\0', size) != NULL)
        return cant_express(ret_error, "an empty name, or one with a NUL in it");
    SGW_CLEANUP(sgw_freep) char *text = sgw_strndup(data, size);
    if (text == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "template");
    struct smimegw_error *error = NULL;
    int ret = smimegw_template_set(tmpl, field, text, &error);
    if (ret == SMIMEGW_E_SETTING)
        ret = cant_express(ret_error, smimegw_error_text(error));
    else if (ret < 0)
        sgw_fail(ret_error, ret, "template");
    smimegw_error_free(error);
    return ret;
}

static const struct sgw_template_attribute *find_attribute(const struct sgw_tlv *oid)
{
    if (oid->size != 3 || memcmp(oid->value, "\x55\x04", 2) != 0)
        return NULL;
    for (size_t i = 0; i < SGW_TEMPLATE_ATTRIBUTES; i++)
        if (sgw_template_attributes[i].number == oid->value[2])
            return &sgw_template_attributes[i];
    return NULL;
}

static int copy_attribute(struct smimegw_template *tmpl, struct sgw_der rdn,
                          struct smimegw_error **ret_error)
{
    struct sgw_der attribute;
    struct sgw_tlv oid;
    struct sgw_tlv value;
    char oid_text[OID_TEXT_SIZE] = "?";
    if (!sgw_der_enter(&rdn, SGW_TAG_SEQUENCE, &attribute) ||
        !sgw_der_get(&attribute, SGW_TAG_OID, &oid) || !sgw_der_next(&attribute, &value))
        return cant_express(ret_error, "a subject that can't be read");
    if (!sgw_der_at_end(&rdn))
        return cant_express(ret_error, "several attributes in one part of the subject");
    const struct sgw_template_attribute *known = find_attribute(&oid);
    if (known == NULL) {
        sgw_oid_text(oid.value, oid.size, oid_text, sizeof(oid_text));
        return sgw_fail(ret_error, SMIMEGW_E_KEY,
                        "the certificate has what a template can't express: the attribute %s "
                        "in the subject",
                        oid_text);
    }
    if (value.tag != SGW_TAG_UTF8_STRING && value.tag != TAG_PRINTABLE_STRING &&
        value.tag != TAG_IA5_STRING)
        return cant_express(ret_error, "a subject in an old character set");
    const char *before;
    memcpy(&before, (const uint8_t *)tmpl + known->offset, sizeof(before));
    if (before != NULL)
        return sgw_fail(ret_error, SMIMEGW_E_KEY,
                        "the certificate has what a template can't express: %s twice in the "
                        "subject",
                        known->field);
    return set_field(tmpl, known->field, value.value, value.size, ret_error);
}

static int copy_subject(struct smimegw_template *tmpl, const struct smimegw_cert *cert,
                        struct smimegw_error **ret_error)
{
    struct sgw_der outer;
    struct sgw_der names;
    struct sgw_der rdn;
    int ret = SMIMEGW_OK;
    sgw_der_init(&outer, cert->subject, cert->subject_size);
    if (!sgw_der_enter(&outer, SGW_TAG_SEQUENCE, &names))
        return cant_express(ret_error, "a subject that can't be read");
    while (ret == SMIMEGW_OK && sgw_der_enter(&names, SGW_TAG_SET, &rdn))
        ret = copy_attribute(tmpl, rdn, ret_error);
    return ret;
}

/* Names by the number of their tag [RFC5280-4.2.1.6]. */
static const char *describe_odd_name(const struct smimegw_cert *cert)
{
    static const char *const kinds[] = {"another name (otherName)",
                                        NULL,
                                        NULL,
                                        "an X.400 address",
                                        "a directory name",
                                        "an EDI party name",
                                        "a URI",
                                        "an IP address",
                                        "a registered ID"};
    struct sgw_der names;
    struct sgw_tlv name;
    sgw_der_init(&names, cert->san, cert->san_size);
    while (sgw_der_next(&names, &name)) {
        size_t number = name.tag & 0x1f;
        if (number > 0 && number < sizeof(kinds) / sizeof(kinds[0]) && kinds[number] != NULL)
            return kinds[number];
    }
    return "an alternative name that is neither mail address nor domain, or a broken one";
}

static int append_name(struct sgw_buf *list, const struct sgw_name *name)
{
    int ret = list->size > 0 ? sgw_buf_append_byte(list, ',') : SMIMEGW_OK;
    return ret == SMIMEGW_OK ? sgw_buf_append(list, name->data, name->size) : ret;
}

static int copy_names(struct smimegw_template *tmpl, const struct smimegw_cert *cert,
                      struct smimegw_error **ret_error)
{
    struct sgw_buf addresses = SGW_BUF_INIT(0);
    struct sgw_buf domains = SGW_BUF_INIT(0);
    struct sgw_name_walk walk;
    struct sgw_name name;
    struct sgw_der names;
    int count = 0;
    int ret = SMIMEGW_OK;
    sgw_name_walk_init(&walk, cert);
    for (; ret == SMIMEGW_OK && sgw_name_next(&walk, &name); count++)
        ret = append_name(name.kind == SGW_NAME_DOMAIN ? &domains : &addresses, &name);
    sgw_der_init(&names, cert->san, cert->san_size);
    if (ret < 0)
        sgw_fail(ret_error, ret, "template");
    else if (count != sgw_der_count(names))
        ret = cant_express(ret_error, describe_odd_name(cert));
    if (ret == SMIMEGW_OK && addresses.size > 0)
        ret = set_field(tmpl, "addresses", addresses.data, addresses.size, ret_error);
    if (ret == SMIMEGW_OK && domains.size > 0)
        ret = set_field(tmpl, "domains", domains.data, domains.size, ret_error);
    sgw_buf_clear(&addresses);
    sgw_buf_clear(&domains);
    return ret;
}

static int set_number(struct smimegw_template *tmpl, const char *field, int64_t number,
                      struct smimegw_error **ret_error)
{
    char text[NUMBER_TEXT_SIZE];
    int size = snprintf(text, sizeof(text), "%lld", (long long)number);
    return set_field(tmpl, field, text, (size_t)size, ret_error);
}

static int copy_key(struct smimegw_template *tmpl, const struct smimegw_cert *cert,
                    struct smimegw_error **ret_error)
{
    static const struct {
        enum sgw_key_type type;
        enum sgw_template_algorithm algorithm;
    } algorithms[] = {{SGW_KEY_RSA, SGW_TEMPLATE_RSA},
                      {SGW_KEY_P256, SGW_TEMPLATE_ECDSA},
                      {SGW_KEY_ED25519, SGW_TEMPLATE_ED25519}};
    size_t i = 0;
    while (i < sizeof(algorithms) / sizeof(algorithms[0]) &&
           algorithms[i].type != cert->key_type)
        i++;
    if (i == sizeof(algorithms) / sizeof(algorithms[0]))
        return sgw_fail(ret_error, SMIMEGW_E_KEY,
                        "the certificate has what a template can't express: a key of the type "
                        "%s",
                        smimegw_cert_text(cert, SMIMEGW_CERT_KEY));
    tmpl->algorithm = (int)algorithms[i].algorithm;
    return cert->key_type == SGW_KEY_RSA
               ? set_number(tmpl, "key-size", cert->key_bits, ret_error)
               : SMIMEGW_OK;
}

static void copy_use(struct smimegw_template *tmpl, const struct smimegw_cert *cert)
{
    unsigned int encrypt = sgw_cert_key_encrypt_usage(cert);
    bool signs =
        (cert->key_usage & (GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_NON_REPUDIATION)) != 0;
    bool encrypts = encrypt == 0 || (cert->key_usage & encrypt) != 0;
    tmpl->use = SGW_TEMPLATE_BOTH;
    if (signs && !encrypts)
        tmpl->use = SGW_TEMPLATE_SIGN;
    if (!signs && encrypts)
        tmpl->use = SGW_TEMPLATE_ENCRYPT;
}

/* Days are counted from their first second to the first one that is out. */
static int copy_days(struct smimegw_template *tmpl, const struct smimegw_cert *cert,
                     struct smimegw_error **ret_error)
{
    int64_t days = (cert->not_after - cert->not_before + DAY - 1) / DAY;
    /* older ones were made for longer than new ones may be */
    if (days > SGW_TEMPLATE_DAYS_MAX)
        days = SGW_TEMPLATE_DAYS_MAX;
    return set_number(tmpl, "days", days, ret_error);
}

int smimegw_template_copy_cert(struct smimegw_template *tmpl, const struct smimegw_cert *cert,
                               struct smimegw_error **ret_error)
{
    SGW_REQUIRE(tmpl != NULL, ret_error);
    SGW_REQUIRE(cert != NULL, ret_error);
    struct smimegw_template *copy = NULL;
    int ret = smimegw_template_new(&copy, ret_error);
    if (ret == SMIMEGW_OK)
        ret = copy_subject(copy, cert, ret_error);
    if (ret == SMIMEGW_OK)
        ret = copy_names(copy, cert, ret_error);
    if (ret == SMIMEGW_OK)
        ret = copy_key(copy, cert, ret_error);
    if (ret == SMIMEGW_OK)
        ret = copy_days(copy, cert, ret_error);
    if (ret == SMIMEGW_OK) {
        copy_use(copy, cert);
        copy->fqdn_check = tmpl->fqdn_check;
        struct smimegw_template old = *tmpl;
        *tmpl = *copy;
        *copy = old;
    }
    smimegw_template_free(copy);
    return ret;
}
