/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_PATH_CACHE_H
#define SGW_PKI_PATH_CACHE_H

#include "pki/path/trust.h"

/*
 * Certificates whose paths proved good, so that a known signer costs one signature check. Only
 * what passed is kept: another message may bring the link that was missing. Bounded, by place:
 * of two certificates that fall on one, the later stays. One lock inside, any thread.
 */
struct sgw_path_cache;
int sgw_path_cache_new(struct sgw_path_cache **ret_cache);
void sgw_path_cache_free(struct sgw_path_cache *cache);

/* Is the finding known, under the rules of the query and with the revocation data of that
 * generation? */
bool sgw_path_cache_find(struct sgw_path_cache *cache, const struct sgw_trust_query *query,
                         uint64_t generation, struct sgw_trust_finding *ret);
/* Keep a finding until then, a quarter of an hour at most. E_NOMEM. */
int sgw_path_cache_keep(struct sgw_path_cache *cache, const struct sgw_trust_query *query,
                        uint64_t generation, int64_t until,
                        const struct sgw_trust_finding *finding);

#endif
