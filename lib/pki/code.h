/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_CODE_H
#define SGW_PKI_CODE_H

#include <gnutls/gnutls.h>
#include <smimegw/error.h>

/* What a failure of GnuTLS is where it is nobody's fault but the machine's. */
static inline int sgw_pki_code(int gnutls_code, int other)
{
    if (gnutls_code == GNUTLS_E_MEMORY_ERROR)
        return SMIMEGW_E_NOMEM;
    return gnutls_code == GNUTLS_E_RANDOM_FAILED ? SMIMEGW_E_RANDOM : other;
}

#endif
