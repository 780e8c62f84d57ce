/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/path/crl_check.h"

#include <smimegw/error.h>
#include <string.h>

/* Bounds of work on what a stranger sends along. */
enum { LISTS_MAX = 64, SIGNERS_MAX = 16 };

/* The lists that may tell of the certificate, the newest first. */
struct lists {
    struct sgw_crl *items[LISTS_MAX];
    size_t count;
};

static void add_by_age(struct lists *lists, struct sgw_crl *crl)
{
    size_t at = lists->count;
    while (at > 0 && lists->items[at - 1]->this_update < crl->this_update)
        at--;
    if (at == LISTS_MAX)
        return;
    size_t last = lists->count < LISTS_MAX ? lists->count++ : LISTS_MAX - 1;
    memmove(&lists->items[at + 1], &lists->items[at], (last - at) * sizeof(lists->items[0]));
    lists->items[at] = crl;
}

/* --- whose list it is ----------------------------------------------------------------------
 */

static bool has_name(const struct smimegw_cert *cert, const struct sgw_crl *crl)
{
    return cert->subject_size == crl->issuer.total &&
           memcmp(cert->subject, crl->issuer.start, cert->subject_size) == 0;
}

static bool may_sign(const struct smimegw_cert *cert)
{
    return (cert->key_usage & GNUTLS_KEY_CRL_SIGN) != 0; /* all bits where it is absent */
}

/* An issuer of the path itself. */
static int prove_by_path(struct sgw_crl *crl, const struct sgw_revocation_query *query,
                         bool *ret_good)
{
    int ret = SMIMEGW_OK;
    for (size_t i = query->index + 1; ret == SMIMEGW_OK && !*ret_good && i < query->count; i++)
        if (has_name(query->path[i], crl) && may_sign(query->path[i]))
            ret = sgw_status_check_signature(&crl->status, query->path[i], &crl->proof,
                                             ret_good);
    return ret;
}

/* A signer with a key of its own, whom somebody of the path made one [RFC5280-6.3.3] (f). */
static int prove_by_signer(struct sgw_crl *crl, const struct sgw_revocation_query *query,
                           const struct smimegw_cert *signer, bool *ret_good)
{
    bool is_issued = false;
    int ret = SMIMEGW_OK;
    for (size_t i = query->index + 1; ret == SMIMEGW_OK && !is_issued && i < query->count; i++)
        ret = sgw_status_signer_is_issued(signer, query->path[i], query->time, &is_issued);
    if (ret == SMIMEGW_OK && is_issued)
        ret = sgw_status_check_signature(&crl->status, signer, &crl->proof, ret_good);
    return ret;
}

static int prove(struct sgw_crl *crl, const struct sgw_revocation_query *query, bool *ret_good)
{
    int tried = 0;
    *ret_good = false;
    int ret = prove_by_path(crl, query, ret_good);
    for (size_t l = 0; l < 2; l++) {
        const struct sgw_cert_list *list = query->candidates[l];
        for (size_t i = 0; list != NULL && i < list->count && tried < SIGNERS_MAX; i++) {
            const struct smimegw_cert *cert = list->certs[i];
            if (ret < 0 || *ret_good)
                return ret;
            if (!has_name(cert, crl) || !cert->has_key_usage || !may_sign(cert))
                continue;
            tried++;
            ret = prove_by_signer(crl, query, cert, ret_good);
        }
    }
    return ret;
}

/* --- what they say -------------------------------------------------------------------------
 */

struct result {
    bool is_revoked;
    unsigned int reasons; /* covered so far */
    int64_t until;
};

/* The newest delta of the base, if it proves. */
static int find_delta(const struct lists *lists, const struct sgw_crl *base,
                      const struct sgw_revocation_query *query, struct sgw_crl **ret_delta)
{
    *ret_delta = NULL;
    for (size_t i = 0; i < lists->count; i++) {
        bool is_good;
        struct sgw_crl *delta = lists->items[i];
        if (!sgw_crl_is_delta_of(delta, base))
            continue;
        int ret = prove(delta, query, &is_good);
        if (ret < 0)
            return ret;
        if (is_good) {
            *ret_delta = delta;
            break;
        }
    }
    return SMIMEGW_OK;
}

static int apply(const struct lists *lists, struct sgw_crl *base,
                 const struct sgw_revocation_query *query, struct result *result)
{
    const struct smimegw_cert *cert = query->path[query->index];
    struct sgw_crl *delta;
    int ret = find_delta(lists, base, query, &delta);
    if (ret < 0)
        return ret;
    enum sgw_crl_entry entry = sgw_crl_find(base, cert);
    enum sgw_crl_entry later = delta != NULL ? sgw_crl_find(delta, cert) : SGW_CRL_ABSENT;
    int64_t end = sgw_crl_end(base);
    if (delta != NULL && sgw_crl_end(delta) < end)
        end = sgw_crl_end(delta);
    if (end < result->until)
        result->until = end;
    if (later == SGW_CRL_LISTED || (entry != SGW_CRL_ABSENT && later != SGW_CRL_REMOVED))
        result->is_revoked = true;
    else if (!base->is_unusable && (delta == NULL || !delta->is_unusable))
        result->reasons |= sgw_crl_covers(base, cert);
    return SMIMEGW_OK;
}

static bool was_taken(const struct lists *taken, const struct sgw_crl *crl)
{
    for (size_t i = 0; i < taken->count; i++)
        if (sgw_crl_is_same_series(taken->items[i], crl))
            return true;
    return false;
}

static int ask_all(const struct lists *lists, const struct sgw_revocation_query *query,
                   uint64_t used, struct result *result)
{
    struct lists taken = {.count = 0};
    for (size_t i = 0; i < lists->count && !result->is_revoked; i++) {
        bool is_good;
        struct sgw_crl *crl = lists->items[i];
        /* an older one is no news beside a newer one that proved */
        if (crl->base_number.start != NULL || was_taken(&taken, crl))
            continue;
        int ret = prove(crl, query, &is_good);
        if (ret == SMIMEGW_OK && is_good) {
            crl->used = used;
            taken.items[taken.count++] = crl;
            ret = apply(lists, crl, query, result);
        }
        if (ret < 0)
            return ret;
    }
    return SMIMEGW_OK;
}

int sgw_crls_check(struct sgw_crl *crls, const struct sgw_revocation_query *query,
                   uint64_t used, enum sgw_revocation_status *ret_status, int64_t *ret_until)
{
    const struct smimegw_cert *cert = query->path[query->index];
    struct lists lists = {.count = 0};
    struct result result = {.until = INT64_MAX};
    for (struct sgw_crl *crl = crls; crl != NULL; crl = crl->next)
        if (sgw_crl_is_fresh(crl, query->time) && sgw_crl_covers(crl, cert) != 0)
            add_by_age(&lists, crl);
    int ret = ask_all(&lists, query, used, &result);
    *ret_until = result.until;
    *ret_status = result.is_revoked                   ? SGW_REVOCATION_REVOKED
                  : result.reasons == SGW_REASONS_ALL ? SGW_REVOCATION_GOOD
                                                      : SGW_REVOCATION_UNKNOWN;
    return ret;
}
