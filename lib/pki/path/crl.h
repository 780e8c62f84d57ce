/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_CRL_H
#define SGW_PKI_CRL_H

#include "pki/path/status_signer.h"

enum { SGW_REASONS_ALL = 0x1fe }; /* bits 1 to 8 of ReasonFlags, as 1 << bit */

/* Issuing distribution point [RFC5280-5.2.5]. */
struct sgw_crl_scope {
    bool is_there;
    struct sgw_tlv point; /* DistributionPointName's choice; start NULL where absent */
    bool only_users;
    bool only_cas;
    bool only_attributes;
    bool is_indirect;
    unsigned int reasons; /* covered, as SGW_REASONS_ALL */
};

/* One list, parsed: what is inside points into der. */
struct sgw_crl {
    struct sgw_buf der;
    struct sgw_signed_status status;
    struct sgw_tlv issuer; /* Name, whole */
    int64_t this_update;
    int64_t next_update;        /* -1: none is told */
    struct sgw_tlv entries;     /* start NULL where there is none */
    struct sgw_tlv scope_value; /* these two tell series apart: the scope's extension, */
    struct sgw_tlv key_value;   /* and the authority key identifier's; start NULL */
    struct sgw_crl_scope scope;
    struct sgw_tlv number;      /* INTEGERs; start NULL where absent */
    struct sgw_tlv base_number; /* of a delta */
    bool is_unusable;  /* critical extensions that are not known: lists what is revoked, and
                          tells nothing of the rest */
    uint32_t *offsets; /* of the entries, by their serial numbers; NULL: not sorted */
    size_t offset_count;

    struct sgw_status_proof proof;
    uint64_t used; /* when last, by the store's count */
    struct sgw_crl *next;
};

/* ReasonFlags as above: bit 0 is unused, 1 to 8 are reasons. */
unsigned int sgw_crl_reasons(const struct sgw_tlv *bits);
/* Is this Name a directoryName among GeneralNames, given as their contents? */
bool sgw_crl_names_directory(const struct sgw_tlv *names, const uint8_t *name, size_t size);

/* Take over a copy of the DER. E_KEY with words, E_NOMEM. */
int sgw_crl_new(const void *der, size_t size, bool is_sorted, struct sgw_crl **ret_crl,
                struct smimegw_error **ret_error);
void sgw_crl_free(struct sgw_crl *crl);

bool sgw_crl_is_fresh(const struct sgw_crl *crl, int64_t time);
/* When it stops to be fresh. */
int64_t sgw_crl_end(const struct sgw_crl *crl);
/* Which of one series is newer: by thisUpdate, then by number [RFC5280-5.2.3]. */
bool sgw_crl_is_newer(const struct sgw_crl *crl, const struct sgw_crl *other);
/* Of the same issuer, key and scope, both complete or both deltas? One replaces the other. */
bool sgw_crl_is_same_series(const struct sgw_crl *a, const struct sgw_crl *b);
/* May the delta be applied to the base [RFC5280-5.2.4]? */
bool sgw_crl_is_delta_of(const struct sgw_crl *delta, const struct sgw_crl *base);

enum sgw_crl_entry { SGW_CRL_ABSENT, SGW_CRL_LISTED, SGW_CRL_REMOVED };
/* What the list says about a certificate; `issuer`: its issuer's Name. */
enum sgw_crl_entry sgw_crl_find(const struct sgw_crl *crl, const struct smimegw_cert *cert);

/*
 * For which reasons does the list cover the certificate [RFC5280-6.3.3] (b)? 0: not at all.
 * The list's issuer need not be the certificate's.
 */
unsigned int sgw_crl_covers(const struct sgw_crl *crl, const struct smimegw_cert *cert);

#endif
