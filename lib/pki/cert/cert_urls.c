/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/error.h>
#include <string.h>

#include "asn1/der.h"
#include "base/text.h"
#include "pki/cert/cert_text.h"

/* What is more than this was not made to be fetched from. */
enum { URLS_MAX = 16, URL_SIZE_MAX = 1024 };

enum { TAG_URI = 0x86, TAG_POINT_NAME = 0xa0, TAG_FULL_NAME = 0xa0 };

/* Access methods [RFC5280-4.2.2.1] */
#define OID_OCSP "\x2b\x06\x01\x05\x05\x07\x30\x01"
#define OID_CA_ISSUERS "\x2b\x06\x01\x05\x05\x07\x30\x02"

struct url_list {
    struct sgw_buf *text;
    int count;
    int result;
};

/* Controls and blanks would let one entry look like two. */
static bool is_url(const struct sgw_tlv *name)
{
    static const char *const schemes[] = {"http://", "https://", "ldap://"};
    if (name->tag != TAG_URI || name->size > URL_SIZE_MAX)
        return false;
    for (size_t i = 0; i < name->size; i++)
        if (name->value[i] <= ' ' || name->value[i] > '~')
            return false;
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t size = strlen(schemes[i]);
        if (name->size > size &&
            sgw_equal_nocase((const char *)name->value, size, schemes[i], size))
            return true;
    }
    return false;
}

static void add_url(struct url_list *list, const struct sgw_tlv *name)
{
    if (list->result < 0 || list->count == URLS_MAX || !is_url(name))
        return;
    if (list->count++ > 0)
        list->result = sgw_buf_append_byte(list->text, '\n');
    if (list->result == SMIMEGW_OK)
        list->result = sgw_buf_append(list->text, name->value, name->size);
}

static void add_access(struct url_list *list, const struct smimegw_cert *cert,
                       const char *method)
{
    struct sgw_der entries;
    struct sgw_der entry;
    struct sgw_tlv oid;
    struct sgw_tlv name;
    sgw_der_init(&entries, cert->information, cert->information_size);
    while (sgw_der_enter(&entries, SGW_TAG_SEQUENCE, &entry))
        if (sgw_der_get(&entry, SGW_TAG_OID, &oid) &&
            sgw_tlv_is(&oid, method, sizeof(OID_OCSP) - 1) && sgw_der_next(&entry, &name))
            add_url(list, &name);
}

/* Full names; relative ones need a directory to be found in [RFC5280-4.2.1.13] */
static void add_crl_points(struct url_list *list, const struct smimegw_cert *cert)
{
    struct sgw_der points;
    struct sgw_der point;
    struct sgw_der choice;
    struct sgw_der names;
    struct sgw_tlv name;
    sgw_der_init(&points, cert->crl_points, cert->crl_points_size);
    while (sgw_der_enter(&points, SGW_TAG_SEQUENCE, &point))
        if (sgw_der_enter(&point, TAG_POINT_NAME, &choice) &&
            sgw_der_enter(&choice, TAG_FULL_NAME, &names))
            while (sgw_der_next(&names, &name))
                add_url(list, &name);
}

int sgw_cert_put_urls(const struct smimegw_cert *cert, int field, struct sgw_buf *urls)
{
    struct url_list list = {.text = urls, .result = SMIMEGW_OK};
    if (field == SMIMEGW_CERT_CRL_URLS)
        add_crl_points(&list, cert);
    else
        add_access(&list, cert, field == SMIMEGW_CERT_OCSP_URLS ? OID_OCSP : OID_CA_ISSUERS);
    return list.result;
}
