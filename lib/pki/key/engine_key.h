/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_ENGINE_KEY_H
#define SGW_PKI_ENGINE_KEY_H

#include "pki/key/identity_impl.h"

/* Give an identity whose key is elsewhere a key that GnuTLS can sign with, for requests and
 * certificates: what it asks goes to the token or the host, and is checked. None for X25519.
 * E_NOMEM, E_KEY. */
int sgw_engine_key_new(struct smimegw_identity *identity, struct smimegw_error **ret_error);

#endif
