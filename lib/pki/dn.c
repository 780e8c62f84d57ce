/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/dn.h"

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
