/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/path/trust.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/text.h"
#include "pki/cert/names.h"
#include "pki/path/name_constraints.h"
#include "pki/path/path.h"
#include "pki/path/path_cache.h"

/* Bounds of the search: a message can hold as many certificates of one name as it likes. */
enum { EXPANSIONS_MAX = 64, CHECKS_MAX = 16 };

/* Lists of the search: issuers of the first two end a path. */
enum { ANCHOR_LISTS = 2, SEARCH_LISTS = 5 };

struct sgw_trust {
    struct sgw_cert_list
        lists[SMIMEGW_TRUST_INTERMEDIATE + 1]; /* by enum smimegw_trust_kind */
    struct sgw_revocation *revocation;
    struct sgw_path_cache *cache;
};

/* Depth first over the issuers, with a stack of its own. */
struct search {
    struct sgw_trust *trust;
    const struct sgw_trust_query *query;
    const struct sgw_cert_list *lists[SEARCH_LISTS]; /* hints of the message last */
    const struct smimegw_cert *path[SGW_PATH_MAX];
    size_t next[SGW_PATH_MAX]; /* issuer of path[i] to try next, counted over the lists */
    size_t depth;
    int expansions;
    int checks;
    bool wants_domains; /* a path that lets the certificate speak for a domain is a better one
                         */
    int64_t until;      /* when the finding gets stale */
    bool is_out_of_work;
    struct sgw_crl *hints; /* CRLs of the message */
    bool is_over;
    struct sgw_trust_finding finding;
};

int sgw_trust_new(struct sgw_trust **ret_trust, struct smimegw_error **ret_error)
{
    struct sgw_trust *trust = sgw_calloc(1, sizeof(*trust));
    int ret = trust != NULL ? sgw_path_cache_new(&trust->cache) : SMIMEGW_E_NOMEM;
    if (ret == SMIMEGW_OK)
        ret = sgw_revocation_new(&trust->revocation, ret_error);
    if (ret < 0) {
        sgw_trust_free(trust);
        return sgw_fail(ret_error, ret, "trust anchors");
    }
    *ret_trust = trust;
    return SMIMEGW_OK;
}

void sgw_trust_free(struct sgw_trust *trust)
{
    if (trust == NULL)
        return;
    for (size_t i = 0; i <= SMIMEGW_TRUST_INTERMEDIATE; i++)
        sgw_cert_list_clear(&trust->lists[i]);
    sgw_path_cache_free(trust->cache);
    sgw_revocation_free(trust->revocation);
    sgw_free(trust);
}

int sgw_trust_add(struct sgw_trust *trust, int kind, const void *data, size_t size,
                  struct smimegw_error **ret_error)
{
    return sgw_cert_list_load(&trust->lists[kind], data, size, ret_error);
}

struct sgw_revocation *sgw_trust_revocation(const struct sgw_trust *trust)
{
    return trust->revocation;
}

int sgw_trust_add_revocation(struct sgw_trust *trust, const void *data, size_t size,
                             struct smimegw_error **ret_error)
{
    const struct sgw_cert_list *const issuers[] = {&trust->lists[SMIMEGW_TRUST_ANCHOR],
                                                   &trust->lists[SMIMEGW_TRUST_DOMAIN_ANCHOR],
                                                   &trust->lists[SMIMEGW_TRUST_INTERMEDIATE]};
    const size_t count = sizeof(issuers) / sizeof(issuers[0]);
    /* a CA may have become known behind its list, which must be proven before this one can
     * push it out */
    int ret = sgw_revocation_prove(trust->revocation, issuers, count);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "checking the signature of a CRL");
    ret = sgw_revocation_add(trust->revocation, data, size, ret_error);
    if (ret < 0)
        return ret;
    ret = sgw_revocation_prove(trust->revocation, issuers, count);
    return ret < 0 ? sgw_fail(ret_error, ret, "checking the signature of a CRL") : ret;
}

bool sgw_trust_denies(const struct sgw_trust *trust)
{
    return trust->lists[SMIMEGW_TRUST_DENIED].count > 0;
}

const struct sgw_cert_list *sgw_trust_known(const struct sgw_trust *trust, size_t index)
{
    static const int kinds[SGW_TRUST_KNOWN] = {SMIMEGW_TRUST_PINNED,
                                               SMIMEGW_TRUST_INTERMEDIATE};
    return &trust->lists[kinds[index]];
}

static bool is_in_list(const struct sgw_cert_list *list, const struct smimegw_cert *cert)
{
    for (size_t i = 0; i < list->count; i++)
        if (sgw_cert_is_same(list->certs[i], cert))
            return true;
    return false;
}

static bool is_denied(const struct sgw_trust *trust, const struct smimegw_cert *cert)
{
    return sgw_cert_list_denies(&trust->lists[SMIMEGW_TRUST_DENIED], cert);
}

static bool is_anchor(const struct search *search, const struct smimegw_cert *cert)
{
    for (size_t i = 0; i < ANCHOR_LISTS; i++)
        if (is_in_list(search->lists[i], cert))
            return true;
    return false;
}

static bool is_in_path(const struct search *search, const struct smimegw_cert *cert)
{
    for (size_t i = 0; i < search->depth; i++)
        if (sgw_cert_is_same(search->path[i], cert))
            return true;
    return false;
}

/* The next certificate that by name and key identifier may have issued the last of the path;
 * NULL where there is no more. */
static const struct smimegw_cert *next_issuer(struct search *search, size_t *ret_list)
{
    const struct smimegw_cert *last = search->path[search->depth - 1];
    size_t *next = &search->next[search->depth - 1];
    for (;;) {
        size_t index = *next;
        size_t list = 0;
        while (list < SEARCH_LISTS && index >= search->lists[list]->count)
            index -= search->lists[list++]->count;
        if (list == SEARCH_LISTS)
            return NULL;
        (*next)++;
        const struct smimegw_cert *issuer = search->lists[list]->certs[index];
        *ret_list = list;
        if (sgw_equal(issuer->subject, issuer->subject_size, last->issuer,
                      last->issuer_size) &&
            gnutls_x509_crt_check_issuer(last->crt, issuer->crt) != 0)
            return issuer;
    }
}

/* Each certificate of a path costs a signature check. */
static bool may_check(struct search *search, size_t count)
{
    int64_t *left = search->query->operations;
    if (left == NULL)
        return true;
    if (*left < (int64_t)count) {
        if (search->finding.reason != SMIMEGW_REASON_OK)
            search->finding.reason = SMIMEGW_REASON_LIMIT;
        search->is_out_of_work = true;
        search->depth = 0;
        return false;
    }
    *left -= (int64_t)count;
    return true;
}

/* Every certificate of the path but the anchor, which has nobody above it to ask. A revoked
 * leaf ends the search: another way up does not make it good. */
static int check_revocation(struct search *search, size_t count, int *reason, int64_t *until)
{
    const struct sgw_trust_query *query = search->query;
    struct sgw_revocation_query asked = {
        .path = search->path,
        .count = count,
        .candidates = {query->candidates, &search->trust->lists[SMIMEGW_TRUST_INTERMEDIATE]},
        .denied = &search->trust->lists[SMIMEGW_TRUST_DENIED],
        .hints = search->hints,
        .time = query->time,
        .operations = query->operations,
    };
    bool is_revoked = false;
    for (; !is_revoked && asked.index + 1 < count; asked.index++) {
        enum sgw_revocation_status status;
        int64_t end;
        int ret = sgw_revocation_check(search->trust->revocation, &asked, &status, &end);
        if (ret < 0)
            return ret;
        if (end < *until)
            *until = end;
        is_revoked = status == SGW_REVOCATION_REVOKED;
        search->is_over = is_revoked && asked.index == 0;
        /* what can't be looked at for want of work must not pass as not known, nor by an
         * older list */
        bool is_cut = query->operations != NULL && *query->operations < 0;
        search->is_out_of_work = search->is_out_of_work || is_cut;
        if (is_revoked)
            *reason = SMIMEGW_REASON_CERT_REVOKED;
        else if (is_cut)
            *reason = SMIMEGW_REASON_LIMIT;
        else if (*reason == SMIMEGW_REASON_OK && status == SGW_REVOCATION_UNKNOWN &&
                 query->revocation_rule == SGW_REVOCATION_REQUIRED)
            *reason = SMIMEGW_REASON_CERT_REVOCATION_UNKNOWN;
    }
    return SMIMEGW_OK;
}

static int64_t end_of_path(const struct search *search, size_t count)
{
    int64_t end = search->path[0]->not_after;
    for (size_t i = 1; i < count; i++)
        if (search->path[i]->not_after < end)
            end = search->path[i]->not_after;
    return end;
}

/* Is whatever is wrong with a path something else than its signatures? */
static bool has_good_signatures(int reason)
{
    return sgw_path_better(SMIMEGW_REASON_CERT_INVALID, reason) != SMIMEGW_REASON_CERT_INVALID;
}

static int check_path(struct search *search, size_t count, bool is_for_domains)
{
    const struct sgw_trust_query *query = search->query;
    struct sgw_trust_finding *finding = &search->finding;
    int64_t until = end_of_path(search, count);
    int reason;
    search->checks++;
    if (!may_check(search, count))
        return SMIMEGW_OK;
    int ret = sgw_path_check(search->path, count, query->use, query->time, &reason);
    if (ret == SMIMEGW_OK && query->revocation_rule != SGW_REVOCATION_OFF &&
        has_good_signatures(reason))
        ret = check_revocation(search, count, &reason, &until);
    if (ret < 0)
        return ret;
    if (search->is_over) {
        *finding = (struct sgw_trust_finding){.reason = reason};
        return SMIMEGW_OK;
    }
    if (reason == SMIMEGW_REASON_OK) {
        finding->speaks_for_domains |=
            is_for_domains && sgw_cert_may_have_domains(search->path[0], finding->is_pinned) &&
            sgw_domains_are_permitted(search->path, count);
        if (until < search->until)
            search->until = until;
    }
    finding->reason = sgw_path_better(finding->reason, reason);
    return SMIMEGW_OK;
}

static bool is_done(const struct search *search)
{
    bool is_found = search->finding.reason == SMIMEGW_REASON_OK &&
                    (search->finding.speaks_for_domains || !search->wants_domains);
    return is_found || search->is_over || search->depth == 0 ||
           search->expansions >= EXPANSIONS_MAX || search->checks >= CHECKS_MAX;
}

static int try_issuer(struct search *search, const struct smimegw_cert *issuer, size_t list)
{
    search->expansions++;
    if (search->depth == SGW_PATH_MAX || is_in_path(search, issuer))
        return SMIMEGW_OK;
    if (is_denied(search->trust, issuer)) {
        search->finding.reason =
            sgw_path_better(search->finding.reason, SMIMEGW_REASON_CERT_DENIED);
        return SMIMEGW_OK;
    }
    search->path[search->depth] = issuer;
    if (list < ANCHOR_LISTS)
        return check_path(search, search->depth + 1, list == 0);
    if (!is_anchor(search, issuer)) {
        search->next[search->depth] = 0;
        search->depth++;
    }
    return SMIMEGW_OK;
}

static int search_paths(struct search *search)
{
    int ret = SMIMEGW_OK;
    while (ret == SMIMEGW_OK && !is_done(search)) {
        size_t list;
        const struct smimegw_cert *issuer = next_issuer(search, &list);
        if (issuer == NULL)
            search->depth--;
        else
            ret = try_issuer(search, issuer, list);
    }
    return ret;
}

static bool is_pinned(const struct search *search, const struct smimegw_cert *cert)
{
    return search->query->is_pinned ||
           is_in_list(&search->trust->lists[SMIMEGW_TRUST_PINNED], cert);
}

/* A certificate that is trusted itself, byte for byte (AC-129), needs no path. */
static int check_self(struct search *search, const struct smimegw_cert *cert)
{
    search->finding.is_pinned = is_pinned(search, cert);
    return check_path(search, 1,
                      search->finding.is_pinned || is_in_list(search->lists[0], cert));
}

static int search_all(struct search *search)
{
    const struct smimegw_cert *cert = search->path[0];
    if (is_denied(search->trust, cert)) {
        search->finding.reason = SMIMEGW_REASON_CERT_DENIED;
        return SMIMEGW_OK;
    }
    return is_pinned(search, cert) || is_anchor(search, cert) ? check_self(search, cert)
                                                              : search_paths(search);
}

/* Something better may be behind what was not looked at any more. */
static bool was_cut(const struct search *search)
{
    return search->is_out_of_work || search->expansions >= EXPANSIONS_MAX ||
           search->checks >= CHECKS_MAX;
}

int sgw_trust_check(struct sgw_trust *trust, const struct sgw_trust_query *query,
                    struct sgw_trust_finding *ret_finding, struct smimegw_error **ret_error)
{
    static const struct sgw_cert_list none = {0};
    const struct smimegw_cert *cert = query->cert;
    struct search search = {.trust = trust,
                            .query = query,
                            .lists = {&trust->lists[SMIMEGW_TRUST_DOMAIN_ANCHOR],
                                      &trust->lists[SMIMEGW_TRUST_ANCHOR],
                                      &trust->lists[SMIMEGW_TRUST_INTERMEDIATE],
                                      &trust->lists[SMIMEGW_TRUST_PINNED],
                                      query->candidates != NULL ? query->candidates : &none},
                            .path = {cert},
                            .depth = 1,
                            .wants_domains =
                                smimegw_cert_text(cert, SMIMEGW_CERT_DOMAINS)[0] != '\0',
                            .until = INT64_MAX,
                            .finding = {.reason = SMIMEGW_REASON_CERT_UNTRUSTED}};
    uint64_t generation = sgw_revocation_generation(trust->revocation);
    /* a CRL in the message may know better, and what is pinned elsewhere may be gone the next
     * time */
    bool is_open = !query->is_pinned && (query->crls == NULL || query->crls->count == 0);
    if (is_open && sgw_path_cache_find(trust->cache, query, generation, ret_finding))
        return SMIMEGW_OK;
    int ret = query->revocation_rule != SGW_REVOCATION_OFF
                  ? sgw_crl_hints_new(query->crls, &search.hints)
                  : SMIMEGW_OK;
    if (ret == SMIMEGW_OK)
        ret = search_all(&search);
    sgw_crl_hints_free(search.hints);
    if (ret == SMIMEGW_OK && search.finding.reason == SMIMEGW_REASON_OK && !was_cut(&search) &&
        !query->is_pinned)
        ret = sgw_path_cache_keep(trust->cache, query, generation, search.until,
                                  &search.finding);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "checking the path of a certificate");
    *ret_finding = search.finding;
    return SMIMEGW_OK;
}
