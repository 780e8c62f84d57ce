/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_TRUST_H
#define SGW_PKI_TRUST_H

#include <smimegw/gateway.h>
#include <smimegw/lint.h>
#include <smimegw/verdict.h>

#include "pki/cert/cert_impl.h"
#include "pki/path/revocation.h"

/* What a gateway trusts, denies and knows of. Set up by one thread, then read by any; what is
 * learnt while it is in use (revocation, verdicts) has locks of its own. */
struct sgw_trust;
int sgw_trust_new(struct sgw_trust **ret_trust, struct smimegw_error **ret_error);
void sgw_trust_free(struct sgw_trust *trust);
/* kind: enum smimegw_trust_kind */
int sgw_trust_add(struct sgw_trust *trust, int kind, const void *data, size_t size,
                  struct smimegw_error **ret_error);
struct sgw_revocation *sgw_trust_revocation(const struct sgw_trust *trust);
/* See smimegw_gateway_add_revocation(). */
int sgw_trust_add_revocation(struct sgw_trust *trust, const void *data, size_t size,
                             struct smimegw_error **ret_error);

/* Is there anything denied? */
bool sgw_trust_denies(const struct sgw_trust *trust);

/* What is to be told of a certificate. */
struct sgw_trust_query {
    const struct smimegw_cert *cert;
    int use;                                /* one of enum smimegw_cert_use */
    const struct sgw_cert_list *candidates; /* nullable: hints, never trust */
    const struct sgw_crl_list *crls;        /* nullable: those of the message */
    int64_t time;
    int revocation_rule; /* enum sgw_revocation_rule */
    int64_t *operations; /* nullable: signature checks that are left; counted down */
    bool is_pinned;      /* found among sgw_pins: as if it had been added as pinned */
};

/* Pinned certificates that serve an address, and that the one who asks finds fitting; cert was
 * walked only. */
struct sgw_pin_search {
    const char *address;
    size_t address_size;
    bool (*fits)(const void *object, const struct smimegw_cert *cert);
    const void *object;
    size_t most;
};

/* An administrator's public keys that are kept elsewhere, and may come and go. */
struct sgw_pins {
    /* Which of some certificates are among them, byte for byte? ret_is_pinned: set for those
     * that were found; E_STORE where that is not known of the others, E_NOMEM. */
    int (*find)(void *userdata, struct smimegw_cert *const *certs, size_t count,
                bool *ret_is_pinned, struct smimegw_error **ret_error);
    /* Append each once; E_STORE where there may be others, E_NOMEM. */
    int (*gather)(void *userdata, const struct sgw_pin_search *search,
                  struct sgw_cert_list *ret, struct smimegw_error **ret_error);
    void *userdata;
};

struct sgw_trust_finding {
    int reason;              /* SMIMEGW_REASON_OK, or what is wrong */
    bool speaks_for_domains; /* pinned, or under an anchor for domains */
    bool is_pinned;
};

/*
 * Is there a path from the certificate to an anchor, at that time, for mail? Several candidate
 * issuers of the same name are tried (bounded work, depth 8); only
 * gnutls_x509_trust_list_verify_crt2() == success with no status bits is a path. Checks
 * purpose, key usage, basic constraints, key sizes, digests and revocation of the whole path
 * too. E_NOMEM, E_CRYPTO for trouble.
 */
int sgw_trust_check(struct sgw_trust *trust, const struct sgw_trust_query *query,
                    struct sgw_trust_finding *ret, struct smimegw_error **ret_error);

/* Known certificates that a signer may be found among: pinned ones and intermediates. */
enum { SGW_TRUST_KNOWN = 2 };
const struct sgw_cert_list *sgw_trust_known(const struct sgw_trust *trust, size_t index);

#endif
