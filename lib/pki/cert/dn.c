/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/cert/dn.h"

#include <gnutls/x509.h>
#include <smimegw/error.h>

#include "base/text.h"

enum { NAME_SIZE_MAX = 4096, TEXT_MAX = 1024 };

int sgw_put_dn(struct sgw_buf *buf, const void *der, size_t size)
{
    char escaped[TEXT_MAX + 1] = "?";
    gnutls_datum_t text = {NULL, 0};
    gnutls_datum_t name = {(unsigned char *)(uintptr_t)der, (unsigned int)size};
    if (size <= NAME_SIZE_MAX && gnutls_x509_rdn_get2(&name, &text, 0) == 0)
        sgw_text_escape((const char *)text.data, escaped, sizeof(escaped));
    gnutls_free(text.data);
    return sgw_buf_append_text(buf, escaped);
}

void sgw_dn_walk_init(struct sgw_dn_walk *walk, const void *der, size_t size)
{
    struct sgw_der outer;
    sgw_der_init(&outer, der, size);
    sgw_der_init(&walk->rdn, NULL, 0);
    if (!sgw_der_enter(&outer, SGW_TAG_SEQUENCE, &walk->rdns))
        sgw_der_init(&walk->rdns, NULL, 0);
}

bool sgw_dn_next(struct sgw_dn_walk *walk, struct sgw_tlv *ret_oid, struct sgw_tlv *ret_value)
{
    struct sgw_der attribute;
    for (;;) {
        if (sgw_der_enter(&walk->rdn, SGW_TAG_SEQUENCE, &attribute)) {
            if (sgw_der_get(&attribute, SGW_TAG_OID, ret_oid) &&
                sgw_der_next(&attribute, ret_value))
                return true;
        } else if (!sgw_der_enter(&walk->rdns, SGW_TAG_SET, &walk->rdn)) {
            return false;
        }
    }
}
