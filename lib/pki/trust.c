/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/trust.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "pki/path.h"

/* Bounds of the search: a message can hold as many certificates of one name as it likes. */
enum { EXPANSIONS_MAX = 64, CHECKS_MAX = 16 };

struct sgw_trust {
    struct sgw_cert_list anchors;
    struct sgw_cert_list known;
};

/* Depth first over the issuers, with a stack of its own. */
struct search {
    const struct sgw_cert_list *lists[3]; /* anchors first, hints of the message last */
    const struct smimegw_cert *path[SGW_PATH_MAX];
    size_t next[SGW_PATH_MAX]; /* issuer of path[i] to try next, counted over the lists */
    size_t depth;
    int expansions;
    int checks;
    int64_t time;
    int reason;
};

int sgw_trust_new(struct sgw_trust **ret_trust, struct smimegw_error **ret_error)
{
    struct sgw_trust *trust = sgw_calloc(1, sizeof(*trust));
    if (trust == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "trust anchors");
    *ret_trust = trust;
    return SMIMEGW_OK;
}

void sgw_trust_free(struct sgw_trust *trust)
{
    if (trust == NULL)
        return;
    sgw_cert_list_clear(&trust->anchors);
    sgw_cert_list_clear(&trust->known);
    sgw_free(trust);
}

int sgw_trust_add_anchors(struct sgw_trust *trust, const void *data, size_t size,
                          struct smimegw_error **ret_error)
{
    return sgw_cert_list_load(&trust->anchors, data, size, ret_error);
}

int sgw_trust_add_intermediates(struct sgw_trust *trust, const void *data, size_t size,
                                struct smimegw_error **ret_error)
{
    return sgw_cert_list_load(&trust->known, data, size, ret_error);
}

const struct sgw_cert_list *sgw_trust_known(const struct sgw_trust *trust)
{
    return &trust->known;
}

static bool is_anchor(const struct search *search, const struct smimegw_cert *cert)
{
    const struct sgw_cert_list *anchors = search->lists[0];
    for (size_t i = 0; i < anchors->count; i++)
        if (sgw_cert_is_same(anchors->certs[i], cert))
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

static bool has_name_of_issuer(const struct smimegw_cert *issuer,
                               const struct smimegw_cert *cert)
{
    return issuer->subject_size == cert->issuer_size &&
           memcmp(issuer->subject, cert->issuer, cert->issuer_size) == 0;
}

/* The next certificate that by name and key identifier may have issued the last of the path;
 * NULL where there is no more. */
static const struct smimegw_cert *next_issuer(struct search *search, bool *ret_is_anchor)
{
    const struct smimegw_cert *last = search->path[search->depth - 1];
    size_t *next = &search->next[search->depth - 1];
    for (;;) {
        size_t index = *next;
        size_t list = 0;
        while (list < 3 && index >= search->lists[list]->count)
            index -= search->lists[list++]->count;
        if (list == 3)
            return NULL;
        (*next)++;
        const struct smimegw_cert *issuer = search->lists[list]->certs[index];
        *ret_is_anchor = list == 0;
        if (has_name_of_issuer(issuer, last) &&
            gnutls_x509_crt_check_issuer(last->crt, issuer->crt) != 0)
            return issuer;
    }
}

static int check_path(struct search *search, size_t count)
{
    int reason;
    int ret = sgw_path_check(search->path, count, search->time, &reason);
    search->checks++;
    if (ret == SMIMEGW_OK)
        search->reason = sgw_path_better(search->reason, reason);
    return ret;
}

static bool is_done(const struct search *search)
{
    return search->reason == SMIMEGW_REASON_OK || search->depth == 0 ||
           search->expansions >= EXPANSIONS_MAX || search->checks >= CHECKS_MAX;
}

static int search_paths(struct search *search)
{
    int ret = SMIMEGW_OK;
    while (ret == SMIMEGW_OK && !is_done(search)) {
        bool is_end;
        const struct smimegw_cert *issuer = next_issuer(search, &is_end);
        if (issuer == NULL) {
            search->depth--;
            continue;
        }
        search->expansions++;
        if (search->depth == SGW_PATH_MAX || is_in_path(search, issuer))
            continue;
        search->path[search->depth] = issuer;
        if (is_end) {
            ret = check_path(search, search->depth + 1);
        } else if (!is_anchor(search, issuer)) {
            search->next[search->depth] = 0;
            search->depth++;
        }
    }
    return ret;
}

int sgw_trust_check(const struct sgw_trust *trust, const struct smimegw_cert *cert,
                    const struct sgw_cert_list *candidates, int64_t time, int *ret_reason,
                    struct smimegw_error **ret_error)
{
    static const struct sgw_cert_list none = {0};
    struct search search = {
        .lists = {&trust->anchors, &trust->known, candidates != NULL ? candidates : &none},
        .path = {cert},
        .depth = 1,
        .time = time,
        .reason = SMIMEGW_REASON_CERT_UNTRUSTED};
    /* a pinned certificate is one byte for byte (AC-129) */
    int ret = is_anchor(&search, cert) ? check_path(&search, 1) : search_paths(&search);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "checking the path of a certificate");
    *ret_reason = search.reason;
    return SMIMEGW_OK;
}
