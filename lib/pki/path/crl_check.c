/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/path/crl_check.h"

#include <smimegw/error.h>
#include <string.h>

/* Bounds of work on what a stranger sends along. */
enum { GROUP_MAX = 32, GROUPS = SGW_CRL_CHAINS + 1, SIGNERS_MAX = 16 };
enum { LISTS_MAX = GROUPS * GROUP_MAX };

/* Lists that may tell of a certificate, the newest first. */
struct lists {
    struct sgw_crl *items[LISTS_MAX];
    size_t count;
};

static void add_by_age(struct lists *lists, size_t room, struct sgw_crl *crl)
{
    size_t at = lists->count;
    while (at > 0 && sgw_crl_is_newer(crl, lists->items[at - 1]))
        at--;
    if (at == room)
        return;
    size_t last = lists->count < room ? lists->count++ : room - 1;
    memmove(&lists->items[at + 1], &lists->items[at], (last - at) * sizeof(lists->items[0]));
    lists->items[at] = crl;
}

/* Those that proved good have a group of their own, which forged ones can't fill, and so have
 * those of the store, which those of a message can't. */
static void gather(const struct sgw_crl_chains *chains, const struct smimegw_cert *cert,
                   int64_t time, struct lists *ret)
{
    struct lists groups[GROUPS] = {{.count = 0}};
    for (size_t c = 0; c < SGW_CRL_CHAINS; c++)
        for (struct sgw_crl *crl = chains->first[c]; crl != NULL; crl = crl->next)
            if (sgw_crl_is_fresh(crl, time) && sgw_crl_covers(crl, cert) != 0)
                add_by_age(&groups[sgw_crl_is_proven(crl) ? SGW_CRL_CHAINS : c], GROUP_MAX,
                           crl);
    ret->count = 0;
    for (size_t g = 0; g < GROUPS; g++)
        for (size_t i = 0; i < groups[g].count; i++)
            add_by_age(ret, LISTS_MAX, groups[g].items[i]);
}

/* --- whose list it is ----------------------------------------------------------------------
 */

bool sgw_crl_is_proven(const struct sgw_crl *crl)
{
    return crl->proof.good[0] != '\0';
}

bool sgw_crl_is_signer(const struct sgw_crl *crl, const struct smimegw_cert *cert)
{
    return (cert->key_usage & GNUTLS_KEY_CRL_SIGN) != 0 && /* all bits where it is absent */
           cert->subject_size == crl->issuer.total &&
           memcmp(cert->subject, crl->issuer.start, cert->subject_size) == 0;
}

/* An issuer of the path itself. */
static int prove_by_path(struct sgw_crl *crl, const struct sgw_revocation_query *query,
                         bool *ret_good)
{
    int ret = SMIMEGW_OK;
    *ret_good = false;
    for (size_t i = query->index + 1; ret == SMIMEGW_OK && !*ret_good && i < query->count; i++)
        if (sgw_crl_is_signer(crl, query->path[i]))
            ret = sgw_status_check_signature(&crl->status, query->path[i], &crl->proof,
                                             query->operations, ret_good);
    return ret;
}

int sgw_crls_check_signer(const struct sgw_crl_chains *chains,
                          const struct sgw_revocation_query *query,
                          const struct smimegw_cert *signer, bool *ret_revoked)
{
    struct lists lists;
    int ret = SMIMEGW_OK;
    *ret_revoked = false;
    gather(chains, signer, query->time, &lists);
    for (size_t i = 0; ret == SMIMEGW_OK && !*ret_revoked && i < lists.count; i++) {
        bool is_good;
        if (sgw_crl_find(lists.items[i], signer) != SGW_CRL_LISTED)
            continue;
        ret = prove_by_path(lists.items[i], query, &is_good);
        *ret_revoked = is_good;
    }
    return ret;
}

/* A signer with a key of its own, whom somebody of the path made one [RFC5280-6.3.3] (f). */
static int prove_by_signer(const struct sgw_crl_chains *chains, struct sgw_crl *crl,
                           const struct sgw_revocation_query *query,
                           const struct smimegw_cert *signer, bool *ret_good)
{
    bool is_issued = false;
    bool is_revoked = false;
    int ret = SMIMEGW_OK;
    for (size_t i = query->index + 1; ret == SMIMEGW_OK && !is_issued && i < query->count; i++)
        ret = sgw_status_signer_is_issued(signer, query->path[i], query->time,
                                          query->operations, &is_issued);
    if (ret == SMIMEGW_OK && is_issued)
        ret = sgw_crls_check_signer(chains, query, signer, &is_revoked);
    /* last, for it is remembered as proof */
    if (ret == SMIMEGW_OK && is_issued && !is_revoked)
        ret = sgw_status_check_signature(&crl->status, signer, &crl->proof, query->operations,
                                         ret_good);
    return ret;
}

static int prove(const struct sgw_crl_chains *chains, struct sgw_crl *crl,
                 const struct sgw_revocation_query *query, bool *ret_good)
{
    int tried = 0;
    int ret = prove_by_path(crl, query, ret_good);
    for (size_t l = 0; l < 2; l++) {
        const struct sgw_cert_list *list = query->candidates[l];
        for (size_t i = 0; list != NULL && i < list->count && tried < SIGNERS_MAX; i++) {
            const struct smimegw_cert *cert = list->certs[i];
            if (ret < 0 || *ret_good)
                return ret;
            if (!sgw_crl_is_signer(crl, cert) || !cert->has_key_usage ||
                (query->denied != NULL && sgw_cert_list_denies(query->denied, cert)))
                continue;
            tried++;
            ret = prove_by_signer(chains, crl, query, cert, ret_good);
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

/* All that a question needs on its way. */
struct work {
    const struct sgw_crl_chains *chains;
    const struct sgw_revocation_query *query;
    struct lists lists;
    uint64_t used;
};

/* The newest delta of the base, if it proves. */
static int find_delta(const struct work *work, const struct sgw_crl *base,
                      struct sgw_crl **ret_delta)
{
    *ret_delta = NULL;
    for (size_t i = 0; i < work->lists.count; i++) {
        bool is_good;
        struct sgw_crl *delta = work->lists.items[i];
        if (!sgw_crl_is_delta_of(delta, base))
            continue;
        int ret = prove(work->chains, delta, work->query, &is_good);
        if (ret < 0)
            return ret;
        if (is_good) {
            *ret_delta = delta;
            break;
        }
    }
    return SMIMEGW_OK;
}

static int apply(const struct work *work, struct sgw_crl *base, struct result *result)
{
    const struct smimegw_cert *cert = work->query->path[work->query->index];
    struct sgw_crl *delta;
    int ret = find_delta(work, base, &delta);
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

/* A newer one of the series by the same signer: another key of the same name may be another
 * CA. */
static bool was_taken(const struct lists *taken, const struct sgw_crl *crl)
{
    for (size_t i = 0; i < taken->count; i++)
        if (sgw_crl_is_same_series(taken->items[i], crl) &&
            sgw_crl_is_newer(taken->items[i], crl) &&
            memcmp(taken->items[i]->proof.good, crl->proof.good, SGW_FINGERPRINT_SIZE) == 0)
            return true;
    return false;
}

static int ask_all(const struct work *work, struct result *result)
{
    struct lists taken = {.count = 0};
    for (size_t i = 0; i < work->lists.count && !result->is_revoked; i++) {
        bool is_good;
        struct sgw_crl *crl = work->lists.items[i];
        if (crl->base_number.start != NULL)
            continue;
        int ret = prove(work->chains, crl, work->query, &is_good);
        /* an older one is no news beside a newer one that proved */
        if (ret == SMIMEGW_OK && is_good && !was_taken(&taken, crl)) {
            crl->used = work->used;
            taken.items[taken.count++] = crl;
            ret = apply(work, crl, result);
        }
        if (ret < 0)
            return ret;
    }
    return SMIMEGW_OK;
}

int sgw_crls_check(const struct sgw_crl_chains *chains,
                   const struct sgw_revocation_query *query, uint64_t used,
                   enum sgw_revocation_status *ret_status, int64_t *ret_until)
{
    struct work work = {.chains = chains, .query = query, .used = used};
    struct result result = {.until = INT64_MAX};
    gather(chains, query->path[query->index], query->time, &work.lists);
    int ret = ask_all(&work, &result);
    *ret_until = result.until;
    *ret_status = result.is_revoked                   ? SGW_REVOCATION_REVOKED
                  : result.reasons == SGW_REASONS_ALL ? SGW_REVOCATION_GOOD
                                                      : SGW_REVOCATION_UNKNOWN;
    return ret;
}
