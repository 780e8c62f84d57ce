/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_REVOCATION_H
#define SGW_PKI_REVOCATION_H

#include <stddef.h>
#include <stdint.h>

struct sgw_cert_list;
struct smimegw_cert;
struct smimegw_error;

enum sgw_revocation_rule {
    SGW_REVOCATION_OFF,
    SGW_REVOCATION_IF_AVAILABLE, /* what is not known passes */
    SGW_REVOCATION_REQUIRED
};

enum sgw_revocation_status {
    SGW_REVOCATION_UNKNOWN, /* nothing that covers it, or nothing fresh and proven */
    SGW_REVOCATION_GOOD,
    SGW_REVOCATION_REVOKED
};

/* CRLs and OCSP responses that a gateway was given. Bounded; one lock inside, any thread. */
struct sgw_revocation;
int sgw_revocation_new(struct sgw_revocation **ret_revocation,
                       struct smimegw_error **ret_error);
void sgw_revocation_free(struct sgw_revocation *revocation);
/* See smimegw_gateway_add_revocation(). */
int sgw_revocation_add(struct sgw_revocation *revocation, const void *data, size_t size,
                       struct smimegw_error **ret_error);
/* Prove what was added, as far as the CAs of these lists signed it: what is forged can't push
 * it out then. E_NOMEM, E_CRYPTO. */
int sgw_revocation_prove(struct sgw_revocation *revocation,
                         const struct sgw_cert_list *const *issuers, size_t count);
/* Another number after each add: verdicts kept from before are stale. */
uint64_t sgw_revocation_generation(const struct sgw_revocation *revocation);

/* Raw CRLs that came with a message, in it: hints, proven like all others. */
enum { SGW_CRL_LIST_MAX = 32 };
struct sgw_crl;
struct sgw_crl_list {
    const uint8_t *crls[SGW_CRL_LIST_MAX];
    size_t sizes[SGW_CRL_LIST_MAX];
    size_t count;
};

/* Parsed, those that can be; nullable list. They remember what was checked of them. E_NOMEM.
 */
int sgw_crl_hints_new(const struct sgw_crl_list *list, struct sgw_crl **ret_hints);
void sgw_crl_hints_free(struct sgw_crl *hints);

/* The path is a proven one, from the leaf to the anchor; index: which of it is asked about
 * (not the anchor). */
struct sgw_revocation_query {
    const struct smimegw_cert *const *path;
    size_t count;
    size_t index;
    const struct sgw_cert_list *candidates[2]; /* nullable: CRL issuers and responders may be
                                                  among them */
    const struct sgw_cert_list *denied;        /* nullable: never believed */
    struct sgw_crl *hints;                     /* nullable: those of the message */
    int64_t time;
    int64_t *operations; /* nullable: signature checks that are left; -1 after an answer that
                            wanted more: what is not revoked is not known then */
};

/* ret_until: when this answer gets stale. A lie about the time is not possible: thisUpdate
 * after query->time, and nextUpdate before it, are no answers. E_NOMEM, E_CRYPTO. */
int sgw_revocation_check(struct sgw_revocation *revocation,
                         const struct sgw_revocation_query *query,
                         enum sgw_revocation_status *ret_status, int64_t *ret_until);

#endif
