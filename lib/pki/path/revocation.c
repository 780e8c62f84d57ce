/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/path/revocation.h"

#include <pthread.h>
#include <smimegw/error.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/text.h"
#include "pki/cert/file_kind.h"
#include "pki/cert/pem.h"

#include "pki/path/crl_check.h"
#include "pki/path/ocsp.h"

/* What a gateway holds at most; what was not of use for longest goes first. */
enum {
    BYTES_MAX = 128 << 20,
    CRLS_MAX = 1000,
    RESPONSE_BYTES_MAX = 16 << 20,
    RESPONSES_MAX = 4000
};
/* Newer lists of one series that have not proved to be their issuer's: the next one may. */
enum { UNPROVEN_MAX = 4 };

struct sgw_revocation {
    pthread_mutex_t lock;
    uint64_t generation;
    uint64_t used;
    struct sgw_crl *crls;
    struct sgw_ocsp *responses;
};

int sgw_revocation_new(struct sgw_revocation **ret_revocation,
                       struct smimegw_error **ret_error)
{
    struct sgw_revocation *revocation = sgw_calloc(1, sizeof(*revocation));
    if (revocation == NULL || pthread_mutex_init(&revocation->lock, NULL) != 0) {
        sgw_free(revocation);
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "revocation data");
    }
    *ret_revocation = revocation;
    return SMIMEGW_OK;
}

static void free_crls(struct sgw_crl *crls)
{
    while (crls != NULL) {
        struct sgw_crl *next = crls->next;
        sgw_crl_free(crls);
        crls = next;
    }
}

static void free_responses(struct sgw_ocsp *responses)
{
    while (responses != NULL) {
        struct sgw_ocsp *next = responses->next;
        sgw_ocsp_free(responses);
        responses = next;
    }
}

void sgw_revocation_free(struct sgw_revocation *revocation)
{
    if (revocation == NULL)
        return;
    free_crls(revocation->crls);
    free_responses(revocation->responses);
    pthread_mutex_destroy(&revocation->lock);
    sgw_free(revocation);
}

uint64_t sgw_revocation_generation(const struct sgw_revocation *revocation)
{
    return __atomic_load_n(&revocation->generation, __ATOMIC_ACQUIRE);
}

/* --- keeping -------------------------------------------------------------------------------
 */

static void drop_crl(struct sgw_crl **link)
{
    struct sgw_crl *crl = *link;
    *link = crl->next;
    sgw_crl_free(crl);
}

static void drop_response(struct sgw_ocsp **link)
{
    struct sgw_ocsp *ocsp = *link;
    *link = ocsp->next;
    sgw_ocsp_free(ocsp);
}

static bool is_same_bytes(const struct sgw_buf *a, const struct sgw_buf *b)
{
    return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

static bool is_there(const struct sgw_revocation *revocation, const struct sgw_crl *crl)
{
    for (const struct sgw_crl *other = revocation->crls; other != NULL; other = other->next)
        if (is_same_bytes(&other->der, &crl->der))
            return true;
    return false;
}

/* Is it of the past, for a newer list of its series proved good? One that proved by another
 * key is another CA's of the same name. An older one that comes late is never asked before the
 * newer (AC-123), and goes with the next one that comes. */
static bool is_past(const struct sgw_crl *crl, const struct sgw_crl *proven)
{
    return proven != NULL && sgw_crl_is_newer(proven, crl) &&
           (!sgw_crl_is_proven(crl) ||
            memcmp(crl->proof.good, proven->proof.good, SGW_FINGERPRINT_SIZE) == 0);
}

/* Make room in the series: what a newer proven one made old, and the oldest of too many that
 * have not proved. A good list never goes for one that may be forged. */
static void tidy_series(struct sgw_revocation *revocation, const struct sgw_crl *crl)
{
    const struct sgw_crl *proven = NULL;
    struct sgw_crl **oldest = NULL;
    size_t unproven = 0;
    for (struct sgw_crl *other = revocation->crls; other != NULL; other = other->next)
        if (sgw_crl_is_proven(other) && sgw_crl_is_same_series(other, crl) &&
            (proven == NULL || sgw_crl_is_newer(other, proven)))
            proven = other;
    for (struct sgw_crl **link = &revocation->crls; *link != NULL;) {
        struct sgw_crl *other = *link;
        if (!sgw_crl_is_same_series(other, crl) || other == proven) {
            link = &other->next;
            continue;
        }
        if (is_past(other, proven)) {
            drop_crl(link);
            continue;
        }
        unproven += !sgw_crl_is_proven(other);
        link = &other->next;
    }
    if (unproven < UNPROVEN_MAX)
        return;
    for (struct sgw_crl **link = &revocation->crls; *link != NULL; link = &(*link)->next)
        if (!sgw_crl_is_proven(*link) && sgw_crl_is_same_series(*link, crl) &&
            (oldest == NULL || (*link)->this_update < (*oldest)->this_update))
            oldest = link;
    if (oldest != NULL)
        drop_crl(oldest);
}

/* Lists that proved good and those that did not have half the room each, so that forged ones
 * push out only their like. */
static bool is_crowded(const struct sgw_revocation *revocation, bool proven, size_t size)
{
    size_t count = 0;
    size_t bytes = 0;
    for (const struct sgw_crl *crl = revocation->crls; crl != NULL; crl = crl->next)
        if (sgw_crl_is_proven(crl) == proven) {
            count++;
            bytes += crl->der.size + crl->offset_count * sizeof(*crl->offsets);
        }
    return count > 0 && (count >= CRLS_MAX / 2 || bytes + size > BYTES_MAX / 2);
}

static void drop_least_used_crl(struct sgw_revocation *revocation, bool proven)
{
    struct sgw_crl **least = NULL;
    for (struct sgw_crl **link = &revocation->crls; *link != NULL; link = &(*link)->next)
        if (sgw_crl_is_proven(*link) == proven &&
            (least == NULL || (*link)->used < (*least)->used))
            least = link;
    if (least != NULL)
        drop_crl(least);
}

static bool is_response_proven(const struct sgw_ocsp *ocsp)
{
    return ocsp->proof.good[0] != '\0';
}

/* As it is with lists. */
static bool is_crowded_with_responses(const struct sgw_revocation *revocation, bool proven,
                                      size_t size)
{
    size_t count = 0;
    size_t bytes = 0;
    for (const struct sgw_ocsp *ocsp = revocation->responses; ocsp != NULL; ocsp = ocsp->next)
        if (is_response_proven(ocsp) == proven) {
            count++;
            bytes += ocsp->der.size;
        }
    return count > 0 && (count >= RESPONSES_MAX / 2 || bytes + size > RESPONSE_BYTES_MAX / 2);
}

static void drop_least_used_response(struct sgw_revocation *revocation, bool proven)
{
    struct sgw_ocsp **least = NULL;
    for (struct sgw_ocsp **link = &revocation->responses; *link != NULL; link = &(*link)->next)
        if (is_response_proven(*link) == proven &&
            (least == NULL || (*link)->used < (*least)->used))
            least = link;
    if (least != NULL)
        drop_response(least);
}

static void keep_crl(struct sgw_revocation *revocation, struct sgw_crl *crl)
{
    if (is_there(revocation, crl)) {
        sgw_crl_free(crl);
        return;
    }
    tidy_series(revocation, crl);
    for (int proven = 0; proven < 2; proven++)
        while (is_crowded(revocation, proven != 0, proven != 0 ? 0 : crl->der.size))
            drop_least_used_crl(revocation, proven != 0);
    crl->used = ++revocation->used;
    crl->next = revocation->crls;
    revocation->crls = crl;
}

static void keep_response(struct sgw_revocation *revocation, struct sgw_ocsp *ocsp)
{
    for (const struct sgw_ocsp *other = revocation->responses; other != NULL;
         other = other->next)
        if (is_same_bytes(&other->der, &ocsp->der)) {
            sgw_ocsp_free(ocsp);
            return;
        }
    for (int proven = 0; proven < 2; proven++)
        while (is_crowded_with_responses(revocation, proven != 0,
                                         proven != 0 ? 0 : ocsp->der.size))
            drop_least_used_response(revocation, proven != 0);
    ocsp->used = ++revocation->used;
    ocsp->next = revocation->responses;
    revocation->responses = ocsp;
}

/* --- reading what was fetched --------------------------------------------------------------
 */

/* It is something else: what, in words. */
static int refuse(const void *data, size_t size, struct smimegw_error **ret_error)
{
    enum sgw_file_kind kind = sgw_file_kind(data, size);
    return sgw_fail(
        ret_error, SMIMEGW_E_KEY, "there is neither a CRL nor an OCSP response: %s",
        kind == SGW_FILE_CERTIFICATE ? "this is a certificate" : sgw_file_kind_text(kind));
}

static int read_crl(const void *der, size_t size, struct sgw_crl **crls,
                    struct smimegw_error **ret_error)
{
    struct sgw_crl *crl;
    struct smimegw_error *error = NULL;
    int ret = sgw_crl_new(der, size, true, &crl, &error);
    if (ret == SMIMEGW_E_KEY && sgw_file_kind(der, size) != SGW_FILE_CRL)
        refuse(der, size, ret_error);
    else if (ret < 0)
        sgw_fail(ret_error, ret, "%s", smimegw_error_text(error));
    sgw_error_clear(&error);
    if (ret < 0)
        return ret;
    crl->next = *crls;
    *crls = crl;
    return SMIMEGW_OK;
}

static int read_block(const struct sgw_pem_block *block, struct sgw_crl **crls,
                      struct smimegw_error **ret_error)
{
    struct sgw_buf der = SGW_BUF_INIT(0);
    int ret = sgw_pem_decode(block, &der, ret_error);
    if (ret == SMIMEGW_OK)
        ret = read_crl(der.data, der.size, crls, ret_error);
    sgw_buf_clear(&der);
    return ret;
}

static int read_pem(const void *data, size_t size, struct sgw_crl **crls,
                    struct smimegw_error **ret_error)
{
    struct sgw_pem_block block;
    int ret = SMIMEGW_OK;
    for (size_t at = 0; ret == SMIMEGW_OK && sgw_pem_next(data, size, &at, &block);)
        if (sgw_ends_nocase(block.label, block.label_size, "CRL"))
            ret = read_block(&block, crls, ret_error);
    if (ret == SMIMEGW_OK && *crls == NULL)
        ret = refuse(data, size, ret_error);
    return ret;
}

int sgw_revocation_add(struct sgw_revocation *revocation, const void *data, size_t size,
                       struct smimegw_error **ret_error)
{
    struct sgw_crl *crls = NULL;
    struct sgw_ocsp *ocsp = NULL;
    int ret;
    bool is_response = sgw_ocsp_is_one(data, size);
    size_t limit = is_response ? RESPONSE_BYTES_MAX / 2 : BYTES_MAX / 2;
    if (size > limit)
        return sgw_fail(ret_error, SMIMEGW_E_LIMIT, "over %zu MiB", limit >> 20);
    if (is_response)
        ret = sgw_ocsp_new(data, size, &ocsp, ret_error);
    else if (sgw_pem_is_der(data, size))
        ret = read_crl(data, size, &crls, ret_error);
    else
        ret = read_pem(data, size, &crls, ret_error);
    if (ret < 0) {
        free_crls(crls);
        return ret;
    }
    pthread_mutex_lock(&revocation->lock);
    while (crls != NULL) {
        struct sgw_crl *next = crls->next;
        keep_crl(revocation, crls);
        crls = next;
    }
    if (ocsp != NULL)
        keep_response(revocation, ocsp);
    __atomic_add_fetch(&revocation->generation, 1, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&revocation->lock);
    return SMIMEGW_OK;
}

/* Prove what was added, before something forged can push it out. */
static int prove_by(struct sgw_crl *crl, const struct sgw_cert_list *issuers)
{
    int ret = SMIMEGW_OK;
    for (size_t i = 0; ret == SMIMEGW_OK && !sgw_crl_is_proven(crl) && i < issuers->count;
         i++) {
        bool is_good;
        if (sgw_crl_is_signer(crl, issuers->certs[i]))
            ret = sgw_status_check_signature(&crl->status, issuers->certs[i], &crl->proof,
                                             NULL, &is_good);
    }
    return ret;
}

int sgw_revocation_prove(struct sgw_revocation *revocation,
                         const struct sgw_cert_list *const *issuers, size_t count)
{
    int ret = SMIMEGW_OK;
    pthread_mutex_lock(&revocation->lock);
    for (struct sgw_crl *crl = revocation->crls; ret == SMIMEGW_OK && crl != NULL;
         crl = crl->next)
        for (size_t i = 0; ret == SMIMEGW_OK && i < count; i++)
            ret = prove_by(crl, issuers[i]);
    pthread_mutex_unlock(&revocation->lock);
    return ret;
}

/* --- asking --------------------------------------------------------------------------------
 */

int sgw_crl_hints_new(const struct sgw_crl_list *list, struct sgw_crl **ret_hints)
{
    struct sgw_crl *hints = NULL;
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        struct sgw_crl *crl;
        int ret = sgw_crl_new(list->crls[i], list->sizes[i], false, &crl, NULL);
        if (ret == SMIMEGW_E_NOMEM) {
            free_crls(hints);
            return ret;
        }
        if (ret == SMIMEGW_OK) {
            crl->next = hints;
            hints = crl;
        }
    }
    *ret_hints = hints;
    return SMIMEGW_OK;
}

void sgw_crl_hints_free(struct sgw_crl *hints)
{
    free_crls(hints);
}

static int ask_responses(struct sgw_revocation *revocation,
                         const struct sgw_revocation_query *query,
                         const struct sgw_crl_chains *chains,
                         enum sgw_revocation_status *ret_status, int64_t *ret_until)
{
    *ret_status = SGW_REVOCATION_UNKNOWN;
    *ret_until = INT64_MAX;
    for (struct sgw_ocsp *ocsp = revocation->responses; ocsp != NULL; ocsp = ocsp->next) {
        enum sgw_revocation_status status;
        int64_t until = INT64_MAX;
        int ret = sgw_ocsp_check(ocsp, query, chains, &status, &until);
        if (ret < 0)
            return ret;
        if (status == SGW_REVOCATION_UNKNOWN)
            continue;
        ocsp->used = ++revocation->used;
        if (*ret_status == SGW_REVOCATION_UNKNOWN || status == SGW_REVOCATION_REVOKED)
            *ret_status = status;
        if (until < *ret_until)
            *ret_until = until;
    }
    return SMIMEGW_OK;
}

int sgw_revocation_check(struct sgw_revocation *revocation,
                         const struct sgw_revocation_query *query,
                         enum sgw_revocation_status *ret_status, int64_t *ret_until)
{
    enum sgw_revocation_status by_crl = SGW_REVOCATION_UNKNOWN;
    int64_t until = INT64_MAX;
    pthread_mutex_lock(&revocation->lock);
    const struct sgw_crl_chains chains = {{query->hints, revocation->crls}};
    int ret = ask_responses(revocation, query, &chains, ret_status, ret_until);
    if (ret == SMIMEGW_OK && *ret_status != SGW_REVOCATION_REVOKED)
        ret = sgw_crls_check(&chains, query, ++revocation->used, &by_crl, &until);
    pthread_mutex_unlock(&revocation->lock);
    /* whoever says revoked is right; else whoever knows it */
    if (ret == SMIMEGW_OK && by_crl != SGW_REVOCATION_UNKNOWN) {
        *ret_status = by_crl;
        if (until < *ret_until)
            *ret_until = until;
    }
    return ret;
}
