/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_GATEWAY_RECORD_H
#define SGW_GATEWAY_RECORD_H

#include <smimegw/store.h>

#include "gateway/store/key_set.h"
#include "pki/cert/cert_impl.h"

/*
 * A record that a host or a store handed over, looked at: a copy of the structure, whose
 * pointers are theirs, and what its certificate says. `cert` is there for keys only: its DER
 * was walked, GnuTLS did not see it.
 */
struct sgw_seen_record {
    struct smimegw_record record;
    struct smimegw_cert cert;
    struct sgw_key_set keys;
};

bool sgw_record_kind_is_valid(int kind);
bool sgw_record_kind_is_key(int kind);
/* Have they the form of SMIMECapabilities [RFC8551-2.5.2]? */
bool sgw_record_are_capabilities(const void *data, size_t size);

/* Copy and check all that can be told from the record alone; to be cleared in any case. E_KEY
 * (a private key, a certificate that is none), E_USAGE, E_ABI, E_NOMEM, E_RANDOM. */
int sgw_record_see(const struct smimegw_record *record, struct sgw_seen_record *ret,
                   struct smimegw_error **ret_error);
void sgw_record_clear(struct sgw_seen_record *seen);

#endif
