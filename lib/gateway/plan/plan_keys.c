/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/store.h>
#include <string.h>

#include "base/error_impl.h"
#include "base/text.h"
#include "gateway/plan/plan_impl.h"
#include "pki/cert/names.h"
#include "smime/recipients.h"

/* Which certificate serves a recipient: answers of a host are checked again (TB4). */

static const char *why_no_key(const struct smimegw_cert *cert)
{
    const char *note = sgw_cert_why_not_encrypt(cert);
    if (note == NULL && !sgw_cert_key_is_acceptable(cert))
        note = "key is too weak, or of a kind not known here";
    return note;
}

/* ret_note: why the gateway's trust refuses it; E_REVOCATION where that can't be told. */
static int check_trust(const struct smimegw_plan *plan, struct smimegw_cert *cert,
                       const char **ret_note, struct smimegw_error **ret_error)
{
    const struct sgw_parties parties = {NULL, &cert, 1};
    struct smimegw_error *error = NULL;
    *ret_note = NULL;
    int ret = sgw_recipients_check(&plan->context, &parties, &error);
    if (ret == SMIMEGW_E_RECIPIENT) {
        *ret_note = "revoked, denied or not trusted";
        ret = SMIMEGW_OK;
    } else if (ret < 0) {
        sgw_fail(ret_error, ret, "%s", smimegw_error_text(error));
    }
    smimegw_error_free(error);
    return ret;
}

int sgw_plan_cert_check(const struct smimegw_plan *plan, struct smimegw_cert *cert,
                        const char **ret_note, struct smimegw_error **ret_error)
{
    *ret_note = why_no_key(cert);
    return *ret_note != NULL ? SMIMEGW_OK : check_trust(plan, cert, ret_note, ret_error);
}

int sgw_plan_fit(const struct smimegw_cert *cert, const char *address)
{
    struct sgw_scope_keys keys;
    struct sgw_name_walk walk;
    struct sgw_name name;
    char key[SGW_NAME_KEY_MAX];
    size_t size;
    int best = SGW_FIT_NONE;
    if (!sgw_scope_keys(address, strlen(address), &keys))
        return best;
    sgw_name_walk_init(&walk, cert);
    while (sgw_name_next(&walk, &name)) {
        if (!sgw_name_key(&name, key, &size))
            continue;
        for (size_t i = 0; i < keys.count; i++) {
            int rank = i == 0                        ? SGW_FIT_ADDRESS
                       : keys.keys[i].text[0] == '*' ? SGW_FIT_WILDCARD
                                                     : SGW_FIT_DOMAIN;
            if (rank < best && keys.keys[i].size == size &&
                memcmp(keys.keys[i].text, key, size) == 0)
                best = rank;
        }
    }
    return best;
}

static const char not_valid[] = "its certificate is not valid now";

/*
 * Why a certificate is not for this recipient (fate->note), if it is not. Whether it is his is
 * asked before whether it is good: one of his that went bad is no reason for clear mail.
 * Trouble about one is no trouble about the others.
 */
static int judge(const struct smimegw_plan *plan, const struct sgw_plan_found *found,
                 struct sgw_plan_fate *fate, bool *is_unknown,
                 struct smimegw_error **ret_error)
{
    struct smimegw_error *error = NULL;
    fate->note = why_no_key(found->cert);
    if (fate->note == NULL && found->fit == SGW_FIT_NONE && !found->is_vouched)
        fate->note = "certificate names somebody else";
    if (fate->note != NULL)
        return SMIMEGW_OK;
    if (plan->rules.expired == SGW_EXPIRED_REFUSE &&
        !sgw_cert_is_valid_at(found->cert, plan->context.time)) {
        fate->has_spoiled = true;
        fate->note = not_valid;
        return SMIMEGW_OK;
    }
    int ret = check_trust(plan, found->cert, &fate->note, &error);
    fate->has_spoiled |= fate->note != NULL;
    if (ret == SMIMEGW_E_REVOCATION) {
        *is_unknown = true;
        fate->note = "whether the certificate is revoked is not known";
        ret = SMIMEGW_OK;
    } else if (ret < 0) {
        sgw_fail(ret_error, ret, "%s", smimegw_error_text(error));
    }
    smimegw_error_free(error);
    return ret;
}

/* What the host supplied, then what the gateway's sources had. */
static struct sgw_plan_found found_at(const struct sgw_plan_recipient *recipient, size_t index)
{
    size_t supplied = recipient->certs.count;
    if (index >= supplied)
        return recipient->finds.entries[index - supplied];
    struct smimegw_cert *cert = recipient->certs.certs[index];
    return (struct sgw_plan_found){.cert = cert,
                                   .grade = SMIMEGW_GRADE_ADMINISTRATOR,
                                   .is_vouched = recipient->is_vouched,
                                   .fit = sgw_plan_fit(cert, recipient->key)};
}

static void take_best(const struct smimegw_plan *plan,
                      const struct sgw_plan_recipient *recipient, size_t index,
                      struct sgw_plan_fate *fate)
{
    size_t supplied = recipient->certs.count;
    const struct sgw_plan_found best = found_at(recipient, index);
    /* what the host says counts more than what a source knows */
    uint32_t announced = recipient->ciphers != 0 ? recipient->ciphers : best.ciphers;
    fate->cert = best.cert;
    fate->found = index < supplied ? NULL : &recipient->finds.entries[index - supplied];
    fate->note = sgw_cert_is_valid_at(best.cert, plan->context.time) ? NULL : not_valid;
    fate->ciphers = sgw_plan_ciphers(plan, announced, best.cert);
}

/* A status that can't be told is a failed lookup. */
int sgw_plan_choose(const struct smimegw_plan *plan,
                    const struct sgw_plan_recipient *recipient, struct sgw_plan_fate *fate,
                    struct smimegw_error **ret_error)
{
    struct sgw_plan_found best = {0};
    size_t best_index = 0;
    bool is_unknown = recipient->answer != SGW_ANSWER_CERTS;
    fate->note = recipient->note != NULL                  ? recipient->note
                 : recipient->is_opaque                   ? "no certificate can name it"
                 : recipient->answer == SGW_ANSWER_NEEDED ? "nobody answered"
                                                          : NULL;
    for (size_t i = 0; i < recipient->certs.count + recipient->finds.count; i++) {
        const struct sgw_plan_found found = found_at(recipient, i);
        int ret = judge(plan, &found, fate, &is_unknown, ret_error);
        if (ret < 0)
            return ret;
        if (fate->note == NULL &&
            (best.cert == NULL || sgw_plan_found_is_better(plan, &found, &best))) {
            best = found;
            best_index = i;
        }
    }
    fate->status = best.cert != NULL ? 1 : is_unknown ? -1 : 0;
    if (best.cert != NULL)
        take_best(plan, recipient, best_index, fate);
    return SMIMEGW_OK;
}

const char *sgw_plan_extra_name(const struct smimegw_plan *plan, size_t index,
                                size_t *ret_size)
{
    const struct sgw_profile_values *values = sgw_profile_values(plan->profile);
    const char *at = values != NULL ? values->extra_recipients : NULL;
    for (; at != NULL; index--) {
        const char *comma = strchr(at, ',');
        size_t size = comma != NULL ? (size_t)(comma - at) : strlen(at);
        for (; size > 0 && sgw_is_blank((unsigned char)*at); size--)
            at++;
        while (size > 0 && sgw_is_blank((unsigned char)at[size - 1]))
            size--;
        if (index == 0) {
            *ret_size = size;
            return at;
        }
        at = comma != NULL ? comma + 1 : NULL;
    }
    return NULL;
}
