/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/text.h"
#include "pki/cert/file_kind.h"
#include "pki/cert/pem.h"
#include "pki/cert/pkcs7.h"

enum { FIRST_CAPACITY = 8 };

int sgw_cert_list_add(struct sgw_cert_list *list, struct smimegw_cert *cert)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity > 0 ? list->capacity * 2 : FIRST_CAPACITY;
        struct smimegw_cert **certs =
            sgw_realloc(list->certs, capacity, sizeof(struct smimegw_cert *));
        if (certs == NULL)
            return SMIMEGW_E_NOMEM;
        list->certs = certs;
        list->capacity = capacity;
    }
    list->certs[list->count++] = smimegw_cert_ref(cert);
    return SMIMEGW_OK;
}

void sgw_cert_list_clear(struct sgw_cert_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        smimegw_cert_unref(list->certs[i]);
    sgw_free(list->certs);
    *list = (struct sgw_cert_list){0};
}

int sgw_cert_list_load_der(struct sgw_cert_list *list, const void *der, size_t size,
                           struct smimegw_error **ret_error)
{
    struct smimegw_cert *cert = NULL;
    int ret = sgw_cert_new_der(der, size, &cert, ret_error);
    if (ret < 0)
        return ret;
    ret = sgw_cert_list_add(list, cert);
    smimegw_cert_unref(cert);
    return ret < 0 ? sgw_fail(ret_error, ret, "list of certificates") : ret;
}

/* What is in a file, or in a block of one: Windows and some authorities label PKCS#7 as a
 * certificate. */
static int load_object(struct sgw_cert_list *list, const uint8_t *data, size_t size,
                       struct smimegw_error **ret_error)
{
    enum sgw_file_kind kind = sgw_file_kind_der(data, size);
    if (kind == SGW_FILE_PKCS7)
        return sgw_pkcs7_load(list, data, size, ret_error);
    if (kind == SGW_FILE_CERTIFICATE || kind == SGW_FILE_UNKNOWN)
        return sgw_cert_list_load_der(list, data, size, ret_error);
    return sgw_fail(ret_error, SMIMEGW_E_KEY, "there is no certificate: %s",
                    sgw_file_kind_text(kind));
}

static int load_block(struct sgw_cert_list *list, const struct sgw_pem_block *block,
                      size_t number, struct smimegw_error **ret_error)
{
    struct sgw_buf data = SGW_BUF_INIT(0);
    struct smimegw_error *error = NULL;
    int ret = sgw_pem_decode(block, &data, &error);
    if (ret == SMIMEGW_OK)
        ret = load_object(list, data.data, data.size, &error);
    if (ret < 0)
        sgw_fail(ret_error, ret, "certificate %zu of the file: %s", number,
                 smimegw_error_text(error));
    smimegw_error_free(error);
    sgw_buf_clear(&data);
    return ret;
}

static int load_pem(struct sgw_cert_list *list, const void *data, size_t size,
                    struct smimegw_error **ret_error)
{
    struct sgw_pem_block block;
    size_t number = 0;
    for (size_t at = 0; size > 0 && sgw_pem_next(data, size, &at, &block);) {
        enum sgw_file_kind kind = sgw_file_kind_label(block.label, block.label_size);
        if (kind != SGW_FILE_CERTIFICATE && kind != SGW_FILE_PKCS7)
            continue;
        if (++number > SGW_CERT_LIST_MAX)
            return sgw_fail(ret_error, SMIMEGW_E_LIMIT, "more than %d certificates in a file",
                            SGW_CERT_LIST_MAX);
        int ret = load_block(list, &block, number, ret_error);
        if (ret < 0)
            return ret;
    }
    if (number == 0)
        return sgw_fail(ret_error, SMIMEGW_E_KEY, "there is no certificate: %s",
                        sgw_file_kind_text(sgw_file_kind(data, size)));
    return SMIMEGW_OK;
}

int sgw_cert_list_load(struct sgw_cert_list *list, const void *data, size_t size,
                       struct smimegw_error **ret_error)
{
    size_t count = list->count;
    int ret = sgw_pem_is_der(data, size) ? load_object(list, data, size, ret_error)
                                         : load_pem(list, data, size, ret_error);
    while (ret < 0 && list->count > count)
        smimegw_cert_unref(list->certs[--list->count]);
    return ret;
}

struct smimegw_cert_list {
    struct sgw_cert_list certs;
};

int smimegw_cert_list_new(const void *data, size_t size, struct smimegw_cert_list **ret_list,
                          struct smimegw_error **ret_error)
{
    SGW_REQUIRE(data != NULL || size == 0, ret_error);
    SGW_REQUIRE(ret_list != NULL, ret_error);
    struct smimegw_cert_list *list = sgw_calloc(1, sizeof(*list));
    if (list == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "list of certificates");
    int ret = sgw_cert_list_load(&list->certs, data, size, ret_error);
    if (ret < 0)
        smimegw_cert_list_free(list);
    else
        *ret_list = list;
    return ret;
}

size_t smimegw_cert_list_count(const struct smimegw_cert_list *list)
{
    return list != NULL ? list->certs.count : 0;
}

struct smimegw_cert *smimegw_cert_list_get(const struct smimegw_cert_list *list, size_t index)
{
    return list != NULL && index < list->certs.count ? list->certs.certs[index] : NULL;
}

void smimegw_cert_list_free(struct smimegw_cert_list *list)
{
    if (list == NULL)
        return;
    sgw_cert_list_clear(&list->certs);
    sgw_free(list);
}

bool sgw_cert_list_denies(const struct sgw_cert_list *denied, const struct smimegw_cert *cert)
{
    for (size_t i = 0; i < denied->count; i++) {
        const struct smimegw_cert *other = denied->certs[i];
        if (sgw_cert_is_issuer_serial(cert, other->issuer, other->issuer_size, other->serial,
                                      other->serial_size) ||
            (sgw_equal(cert->subject, cert->subject_size, other->subject,
                       other->subject_size) &&
             sgw_equal(cert->spki, cert->spki_size, other->spki, other->spki_size)))
            return true;
    }
    return false;
}
