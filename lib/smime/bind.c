/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime/address_list.h"
#include "pki/cert/cert_impl.h"
#include "pki/cert/names.h"
#include "smime/unwrap.h"

static bool has_signer(const struct sgw_verdict_layer *layer, const struct smimegw_cert *cert)
{
    if (cert == NULL || layer->outcome != SMIMEGW_OUTCOME_PASS)
        return false;
    for (size_t i = 0; i < layer->signer_count; i++)
        if (layer->signers[i].reason == SMIMEGW_REASON_OK &&
            sgw_cert_is_same(layer->signers[i].cert, cert))
            return true;
    return false;
}

/* Do all signers inside sign the encryption, too? Then they chose its recipients. */
static enum sgw_truth find_bound(const struct smimegw_verdict *verdict, size_t encrypted)
{
    enum sgw_truth found = SGW_UNKNOWN;
    for (size_t i = encrypted + 1; i < verdict->layer_count; i++) {
        const struct sgw_verdict_layer *inner = &verdict->layers[i];
        for (size_t k = 0; k < inner->signer_count; k++) {
            bool is_bound = false;
            for (size_t outer = 0; outer < encrypted && !is_bound; outer++)
                is_bound = has_signer(&verdict->layers[outer], inner->signers[k].cert);
            if (!is_bound)
                return SGW_NO;
            found = SGW_YES;
        }
    }
    return found;
}

static bool is_named(const struct smimegw_verdict *verdict, const char *address, size_t size)
{
    for (size_t i = 0; i < verdict->layer_count; i++)
        for (size_t k = 0; k < verdict->layers[i].recipient_count; k++) {
            const struct smimegw_cert *cert = verdict->layers[i].recipients[k].cert;
            if (cert != NULL && (sgw_cert_has_address(cert, address, size) ||
                                 sgw_cert_speaks_for(cert, address, size)))
                return true;
        }
    return false;
}

static int find_listed(const struct sgw_opened *opened, enum sgw_truth *ret_listed)
{
    struct sgw_named_list named;
    struct sgw_buf address = SGW_BUF_INIT(0);
    int ret;
    *ret_listed = SGW_NO;
    sgw_named_list_init(&named, &opened->mime.header);
    while ((ret = sgw_named_list_next(&named, &address)) > 0)
        if (is_named(opened->verdict, sgw_buf_text(&address), address.size))
            *ret_listed = SGW_YES;
    sgw_buf_clear(&address);
    return ret;
}

int sgw_opened_bind(struct sgw_opened *opened)
{
    struct smimegw_verdict *verdict = opened->verdict;
    size_t encrypted = opened->count;
    for (size_t i = 0; i < opened->count; i++)
        if (sgw_layer_is_encrypted(&verdict->layers[i]) && opened->layers[i].inner != NULL)
            encrypted = i;
    if (encrypted == opened->count)
        return SMIMEGW_OK;
    verdict->recipient_bound = find_bound(verdict, encrypted);
    return find_listed(opened, &verdict->recipient_listed);
}
