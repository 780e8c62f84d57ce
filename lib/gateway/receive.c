/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/receive.h>

#include "base/error_impl.h"
#include "gateway/auth_results.h"
#include "gateway/gateway_impl.h"
#include "gateway/policy_impl.h"
#include "mime/results_filter.h"
#include "smime/unwrap.h"
#include "stream/sink.h"

/* A call of smimegw_receive() under way. */
struct receiving {
    struct sgw_policy_values policy;
    struct sgw_context context;
    struct sgw_source *source;
    struct smimegw_identity *const *identities;
    size_t count;
    struct sgw_opened
        opened;   /* of a message that could be read; else only the verdict is set */
    size_t depth; /* layers that are taken off */
    struct sgw_header header; /* what is delivered, where fields were restored */
    struct sgw_buf field;     /* Authentication-Results */
};

/* --- opening -------------------------------------------------------------------------------
 */

/* Nothing was opened: of the message it is only known whether somebody takes it for S/MIME. */
static int look_only(struct receiving *call, int reason, struct smimegw_error **ret_error)
{
    int ret = sgw_verdict_new(1, &call->opened.verdict, ret_error);
    if (ret < 0)
        return ret;
    call->opened.count = 0;
    call->opened.verdict->reason = reason;
    call->opened.verdict->outcome = sgw_outcome_of(reason);
    return sgw_source_hints_smime(call->source, &call->context.limits,
                                  &call->opened.verdict->is_smime, ret_error);
}

static int check_recipient(struct receiving *call, struct smimegw_error **ret_error)
{
    struct smimegw_verdict *verdict = call->opened.verdict;
    int outcome = sgw_outcome_of(SMIMEGW_REASON_RECIPIENT_MISMATCH);
    int ret = sgw_opened_bind(&call->opened);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "recipients");
    if (call->policy.is_strict_about_recipients && verdict->recipient_listed == SGW_NO &&
        sgw_outcome_is_worse(outcome, verdict->outcome)) {
        verdict->outcome = outcome;
        verdict->reason = SMIMEGW_REASON_RECIPIENT_MISMATCH;
    }
    return SMIMEGW_OK;
}

static int open_message(struct receiving *call, struct smimegw_error **ret_error)
{
    struct smimegw_error *error = NULL;
    if (call->policy.smime == SGW_SMIME_OFF)
        return look_only(call, SMIMEGW_REASON_NOT_CHECKED, ret_error);
    uint32_t flags = SGW_UNWRAP_DECRYPT;
    if (call->policy.protected_headers == SGW_PROTECTED_IGNORE)
        flags |= SGW_UNWRAP_NO_FIELDS;
    int ret = sgw_unwrap(&call->context, call->source, call->identities, call->count, flags,
                         &call->opened, &error);
    if (ret == SMIMEGW_OK)
        return check_recipient(call, ret_error);
    /* its own header or MIME structure: the sender's doing, and delivered all the same (C42)
     */
    if (ret == SMIMEGW_E_SYNTAX || ret == SMIMEGW_E_LIMIT) {
        sgw_error_clear(&error);
        return look_only(
            call, ret == SMIMEGW_E_SYNTAX ? SMIMEGW_REASON_SYNTAX : SMIMEGW_REASON_LIMIT,
            ret_error);
    }
    if (ret_error != NULL && *ret_error == NULL) {
        *ret_error = error;
        error = NULL;
    }
    sgw_error_clear(&error);
    return ret;
}

/* --- delivering ----------------------------------------------------------------------------
 */

/* More layers than the limit: nobody knows what is in there. */
static bool is_too_deep(const struct sgw_opened *opened)
{
    const struct sgw_verdict_layer *last = &opened->verdict->layers[opened->count - 1];
    return last->reason == SMIMEGW_REASON_LIMIT &&
           opened->layers[opened->count - 1].inner == NULL &&
           last->texts[SMIMEGW_LAYER_TEXT].size == 0;
}

/* How many layers are taken off. An encryption takes the signatures around it along; of a
 * triple wrapped message the inner one is left, to be kept or removed (C41). */
static size_t find_depth(const struct receiving *call)
{
    const struct sgw_opened *opened = &call->opened;
    const struct smimegw_verdict *verdict = opened->verdict;
    size_t depth = 0;
    if (opened->count == 0 || is_too_deep(opened))
        return 0;
    for (size_t i = 0; i < opened->count && opened->layers[i].inner != NULL; i++)
        if (sgw_layer_is_encrypted(&verdict->layers[i]))
            depth = i + 1;
    if (call->policy.signature == SGW_SIGNATURE_KEEP ||
        verdict->outcome != SMIMEGW_OUTCOME_PASS)
        return depth;
    while (depth < opened->count && opened->layers[depth].inner != NULL)
        depth++;
    return depth;
}

/* Only what the From outside vouches for takes its place (P6); without any signature nobody
 * does, and what is only for people to read is no worse inside than outside. */
static enum sgw_restore find_restore(const struct receiving *call)
{
    const struct sgw_opened *opened = &call->opened;
    const struct smimegw_verdict *verdict = opened->verdict;
    int rule = call->policy.protected_headers;
    if (call->depth == 0 || verdict->header_kind == SMIMEGW_HEADERS_NONE ||
        rule < SGW_PROTECTED_RESTORE)
        return SGW_RESTORE_NOTHING;
    if (verdict->outcome == SMIMEGW_OUTCOME_PASS && opened->sender.is_checked)
        return SGW_RESTORE_ALL;
    bool is_unsigned = verdict->header_kind == SMIMEGW_HEADERS_CIPHER &&
                       verdict->outcome == SMIMEGW_OUTCOME_NONE && !verdict->from_differs;
    return is_unsigned && rule == SGW_PROTECTED_RESTORE_UNSIGNED ? SGW_RESTORE_INFORMATION
                                                                 : SGW_RESTORE_NOTHING;
}

/* A message within is one more layer around the body: it goes when all of them do. */
static int look_for_wrapped(struct receiving *call, struct smimegw_error **ret_error)
{
    const struct sgw_opened *opened = &call->opened;
    if (call->policy.wrapped_message == SGW_WRAPPED_KEEP ||
        call->policy.protected_headers < SGW_PROTECTED_RESTORE || call->depth == 0 ||
        call->depth < opened->count || opened->verdict->outcome != SMIMEGW_OUTCOME_PASS)
        return SMIMEGW_OK;
    return sgw_opened_judge_wrapped(&call->opened, ret_error);
}

static int prepare_header(struct receiving *call, struct smimegw_error **ret_error)
{
    int ret = look_for_wrapped(call, ret_error);
    enum sgw_restore restore = find_restore(call);
    if (ret < 0 || restore == SGW_RESTORE_NOTHING)
        return ret;
    ret = sgw_opened_restore(&call->opened, call->depth, restore, &call->header, ret_error);
    if (ret == SMIMEGW_OK)
        call->opened.verdict->is_header_restored = true;
    return ret;
}

static int write_message(struct receiving *call, struct sgw_stage *stage,
                         struct smimegw_error **ret_error)
{
    const struct sgw_header *header = call->header.count > 0 ? &call->header : NULL;
    return call->depth > 0
               ? sgw_opened_write(&call->opened, call->depth, header, stage, ret_error)
               : sgw_source_run(call->source, 0, SGW_TO_END, stage, ret_error);
}

/* RFC 8601 section 5: what claims to be of us and is not goes first. */
static int write_results(struct receiving *call, struct sgw_stage *sink,
                         struct smimegw_error **ret_error)
{
    struct sgw_results_filter filter;
    const char *id = call->policy.authserv_id;
    bool has_field = call->policy.smime == SGW_SMIME_ON;
    int ret = SMIMEGW_OK;
    if (has_field)
        ret = sgw_auth_results_put(call->opened.verdict, id, &call->field);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "Authentication-Results");
    sgw_results_filter_init(&filter, call->policy.removes_forged ? id : NULL,
                            has_field ? &call->field : NULL, sink);
    ret = write_message(call, &filter.base, ret_error);
    sgw_results_filter_clear(&filter);
    return ret;
}

static int deliver(struct receiving *call, smimegw_write_fn write, void *userdata,
                   struct smimegw_error **ret_error)
{
    struct sgw_callback_sink sink;
    call->depth = find_depth(call);
    int ret = prepare_header(call, ret_error);
    if (ret < 0)
        return ret;
    sgw_callback_sink_init(&sink, write, userdata);
    ret = call->policy.authserv_id != NULL ? write_results(call, &sink.base, ret_error)
                                           : write_message(call, &sink.base, ret_error);
    sgw_callback_sink_clear(&sink);
    return ret;
}

static int check_arguments(struct smimegw_message *message,
                           struct smimegw_identity *const *identities, size_t count,
                           smimegw_write_fn write, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(message != NULL, ret_error);
    SGW_REQUIRE(write != NULL, ret_error);
    SGW_REQUIRE(identities != NULL || count == 0, ret_error);
    for (size_t i = 0; i < count; i++)
        SGW_REQUIRE(identities[i] != NULL, ret_error);
    return SMIMEGW_OK;
}

int smimegw_receive(struct smimegw_gateway *gateway, struct smimegw_policy *policy,
                    struct smimegw_message *message,
                    struct smimegw_identity *const *identities, size_t count,
                    smimegw_write_fn write, void *userdata,
                    struct smimegw_verdict **ret_verdict, struct smimegw_error **ret_error)
{
    struct receiving call = {.identities = identities, .count = count};
    int ret = check_arguments(message, identities, count, write, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_policy_use(policy, &call.policy, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_message_source(message, &call.source, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_gateway_use(gateway, &call.context, ret_error);
    if (ret == SMIMEGW_OK)
        ret = open_message(&call, ret_error);
    if (ret == SMIMEGW_OK)
        ret = deliver(&call, write, userdata, ret_error);
    if (ret == SMIMEGW_OK && ret_verdict != NULL) {
        *ret_verdict = call.opened.verdict;
        call.opened.verdict = NULL;
    }
    sgw_buf_clear(&call.field);
    sgw_header_clear(&call.header);
    sgw_opened_clear(&call.opened);
    return ret;
}
