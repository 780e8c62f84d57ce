/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/alloc.h"
#include "base/error_impl.h"
#include "smime/unwrap.h"

/* --- verify --------------------------------------------------------------------------------
 */

/* Is there anything for verify to say? */
static int check_signed(const struct sgw_opened *opened, struct smimegw_error **ret_error)
{
    const struct smimegw_verdict *verdict = opened->verdict;
    if (opened->count == 0 && verdict->reason == SMIMEGW_REASON_NOT_CHECKED)
        return sgw_fail(ret_error, SMIMEGW_E_NOT_SMIME, "message: not signed");
    if (opened->count > 0 && sgw_layer_is_encrypted(&verdict->layers[0]))
        return sgw_fail(ret_error, SMIMEGW_E_NOT_SMIME,
                        "message: encrypted; decrypt it first");
    if (opened->count > 0 && verdict->layers[0].kind == SMIMEGW_LAYER_CERTS_ONLY)
        return sgw_fail(ret_error, SMIMEGW_E_NOT_SMIME,
                        "message: certificates only, nothing is signed");
    return SMIMEGW_OK;
}

/* Encryption further in is not verify's business, and what is said of it is no judgement. */
static void forget_encrypted(struct smimegw_verdict *verdict)
{
    for (size_t i = 0; i < verdict->layer_count; i++)
        if (sgw_layer_is_encrypted(&verdict->layers[i])) {
            verdict->layers[i].outcome = SMIMEGW_OUTCOME_NONE;
            verdict->layers[i].reason = SMIMEGW_REASON_NOT_CHECKED;
        }
    sgw_verdict_conclude(verdict);
}

int sgw_verify(const struct sgw_context *context, struct sgw_source *message,
               struct sgw_stage *sink, struct smimegw_verdict **ret_verdict,
               struct smimegw_error **ret_error)
{
    struct sgw_opened opened;
    int ret = sgw_unwrap(context, message, NULL, 0, 0, &opened, ret_error);
    if (ret < 0)
        return ret;
    ret = check_signed(&opened, ret_error);
    if (ret == SMIMEGW_OK && opened.count > 0)
        forget_encrypted(opened.verdict);
    if (ret == SMIMEGW_OK && sink != NULL && opened.verdict->outcome == SMIMEGW_OUTCOME_PASS)
        ret =
            sgw_opened_write(&opened, sgw_opened_signed_depth(&opened), NULL, sink, ret_error);
    if (ret == SMIMEGW_OK)
        *ret_verdict = SGW_TAKE(opened.verdict);
    sgw_opened_clear(&opened);
    return ret;
}

/* --- decrypt -------------------------------------------------------------------------------
 */

/* Reasons that a message stays encrypted for, as results. */
static const struct {
    int reason;
    int result;
    const char *text;
} refusals[] = {
    {SMIMEGW_REASON_SYNTAX, SMIMEGW_E_SYNTAX, "malformed"},
    {SMIMEGW_REASON_LIMIT, SMIMEGW_E_LIMIT, "over a limit"},
    {SMIMEGW_REASON_UNSUPPORTED, SMIMEGW_E_UNSUPPORTED, "not supported"},
    {SMIMEGW_REASON_NO_KEY, SMIMEGW_E_NO_KEY, "encrypted for others"},
    {SMIMEGW_REASON_DECRYPT, SMIMEGW_E_DECRYPT, "can't be decrypted"},
};

static int refuse(const struct sgw_verdict_layer *layer, struct smimegw_error **ret_error)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        if (refusals[i].reason == layer->reason) {
            const char *text = sgw_buf_text(&layer->texts[SMIMEGW_LAYER_TEXT]);
            return sgw_fail(ret_error, refusals[i].result, "message: %s",
                            text[0] != '\0' ? text : refusals[i].text);
        }
    return sgw_fail(ret_error, SMIMEGW_E_NOT_SMIME, "message: not encrypted");
}

/* What stands inside an opened encryption is plaintext: its failures must not tell of it, or
 * bad padding could be told from good (RFC 3218). The nesting's limit tells nothing of the
 * kind. */
static bool is_inside_encryption(const struct sgw_opened *opened)
{
    const struct sgw_verdict_layer *last = &opened->verdict->layers[opened->count - 1];
    if (last->reason == SMIMEGW_REASON_LIMIT && last->texts[SMIMEGW_LAYER_TEXT].size == 0)
        return false;
    for (size_t i = 0; i + 1 < opened->count; i++)
        if (sgw_layer_is_encrypted(&opened->verdict->layers[i]) &&
            opened->layers[i].inner != NULL)
            return true;
    return false;
}

static int check_decrypted(const struct sgw_opened *opened, struct smimegw_error **ret_error)
{
    const struct smimegw_verdict *verdict = opened->verdict;
    if (sgw_opened_encrypted_depth(opened) > 0)
        return SMIMEGW_OK;
    if (opened->count == 0)
        return sgw_fail(ret_error, SMIMEGW_E_NOT_SMIME, "message: not encrypted");
    if (is_inside_encryption(opened))
        return sgw_fail(ret_error, SMIMEGW_E_DECRYPT, "message: can't be decrypted");
    return refuse(&verdict->layers[opened->count - 1], ret_error);
}

int sgw_decrypt(const struct sgw_context *context, struct sgw_source *message,
                struct smimegw_identity *const *identities, size_t identity_count,
                struct sgw_stage *sink, struct smimegw_verdict **ret_verdict,
                struct smimegw_error **ret_error)
{
    struct sgw_opened opened;
    int ret = sgw_unwrap(context, message, identities, identity_count, SGW_UNWRAP_DECRYPT,
                         &opened, ret_error);
    if (ret < 0)
        return ret;
    ret = check_decrypted(&opened, ret_error);
    if (ret == SMIMEGW_OK && sink != NULL)
        ret = sgw_opened_write(&opened, sgw_opened_encrypted_depth(&opened), NULL, sink,
                               ret_error);
    if (ret == SMIMEGW_OK && ret_verdict != NULL)
        *ret_verdict = SGW_TAKE(opened.verdict);
    sgw_opened_clear(&opened);
    return ret;
}
