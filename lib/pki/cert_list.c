/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/alloc.h"
#include "base/error_impl.h"
#include "pki/cert_impl.h"
#include "pki/pem.h"

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

/* Put a new certificate into the list, which then is its only holder. */
static int add_new(struct sgw_cert_list *list, struct smimegw_cert *cert,
                   struct smimegw_error **ret_error)
{
    int ret = sgw_cert_list_add(list, cert);
    smimegw_cert_unref(cert);
    return ret < 0 ? sgw_fail(ret_error, ret, "list of certificates") : ret;
}

static int load_block(struct sgw_cert_list *list, const struct sgw_pem_block *block,
                      size_t number, struct smimegw_error **ret_error)
{
    struct smimegw_cert *cert = NULL;
    struct smimegw_error *error = NULL;
    int ret = sgw_cert_new_pem(block, &cert, &error);
    if (ret < 0) {
        sgw_fail(ret_error, ret, "certificate %zu of the file: %s", number,
                 smimegw_error_text(error));
        smimegw_error_free(error);
        return ret;
    }
    return add_new(list, cert, ret_error);
}

static int load_pem(struct sgw_cert_list *list, const void *data, size_t size,
                    struct smimegw_error **ret_error)
{
    struct sgw_pem_block block;
    size_t number = 0;
    for (size_t at = 0; size > 0 && sgw_pem_next(data, size, &at, &block);) {
        if (!sgw_pem_is_certificate(&block))
            continue;
        int ret = load_block(list, &block, ++number, ret_error);
        if (ret < 0)
            return ret;
    }
    if (number == 0)
        return sgw_fail(ret_error, SMIMEGW_E_KEY,
                        "there is no certificate, neither PEM nor DER");
    return SMIMEGW_OK;
}

static int load_der(struct sgw_cert_list *list, const void *data, size_t size,
                    struct smimegw_error **ret_error)
{
    struct smimegw_cert *cert = NULL;
    int ret = sgw_cert_new_der(data, size, &cert, ret_error);
    return ret < 0 ? ret : add_new(list, cert, ret_error);
}

int sgw_cert_list_load(struct sgw_cert_list *list, const void *data, size_t size,
                       struct smimegw_error **ret_error)
{
    size_t count = list->count;
    int ret = sgw_pem_is_der(data, size) ? load_der(list, data, size, ret_error)
                                         : load_pem(list, data, size, ret_error);
    while (ret < 0 && list->count > count)
        smimegw_cert_unref(list->certs[--list->count]);
    return ret;
}
