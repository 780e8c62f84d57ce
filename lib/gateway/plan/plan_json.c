/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/buffer_impl.h"
#include "base/error_impl.h"
#include "base/text.h"
#include "gateway/plan/plan_impl.h"

static int put_address(const struct smimegw_plan *plan, size_t index, struct sgw_buf *json)
{
    const char *address = plan->recipients[index].address;
    return sgw_json_string(json, address, strlen(address));
}

static int put_fate(const struct smimegw_plan *plan, size_t index, struct sgw_buf *json)
{
    const struct sgw_plan_fate *fate = &plan->result.fates[index];
    const struct smimegw_cert *cert = smimegw_plan_recipient_cert(plan, index);
    int reason;
    const char *reply;
    int outcome = smimegw_plan_recipient_outcome(plan, index, &reason, &reply);
    int ret = sgw_buf_append_text(json, index > 0 ? ",{\"address\":" : "{\"address\":");
    ret = SGW_STEP(ret, put_address(plan, index, json));
    ret = SGW_STEP(ret, sgw_json_member(json, "outcome", smimegw_plan_outcome_name(outcome)));
    ret =
        SGW_STEP(ret, sgw_json_member(json, "reason", smimegw_plan_reason_name(reason, NULL)));
    ret = SGW_STEP(ret, sgw_json_member(json, "text", fate->text));
    ret = SGW_STEP(ret, sgw_json_member(json, "reply", reply[0] != '\0' ? reply : NULL));
    ret = SGW_STEP(ret,
                   sgw_buf_printf(json, ",\"blind\":%s", fate->is_blind ? "true" : "false"));
    if (fate->delivery != SIZE_MAX)
        ret = SGW_STEP(ret, sgw_buf_printf(json, ",\"delivery\":%zu", fate->delivery));
    if (cert != NULL) {
        ret = SGW_STEP(ret, sgw_json_member(json, "certificate",
                                            smimegw_cert_text(cert, SMIMEGW_CERT_SUBJECT)));
        ret = SGW_STEP(
            ret, sgw_json_member(json, "key", smimegw_cert_text(cert, SMIMEGW_CERT_KEY)));
        ret =
            SGW_STEP(ret, sgw_json_member(json, "fingerprint",
                                          smimegw_cert_text(cert, SMIMEGW_CERT_FINGERPRINT)));
    }
    if (cert != NULL && fate->found != NULL) {
        ret = SGW_STEP(ret, sgw_buf_printf(json, ",\"source\":%zu", fate->found->source));
        ret =
            SGW_STEP(ret, sgw_json_member(json, "grade", sgw_grade_name(fate->found->grade)));
        ret = SGW_STEP(
            ret,
            sgw_json_member(json, "record",
                            fate->found->record != NULL ? fate->found->record->name : NULL));
    }
    return SGW_STEP(ret, sgw_buf_append_text(json, "}"));
}

static int put_delivery(const struct smimegw_plan *plan, size_t index, struct sgw_buf *json)
{
    const struct sgw_plan_delivery *delivery = &plan->result.deliveries[index];
    uint32_t flags = smimegw_plan_delivery_flags(plan, index);
    int ret = sgw_buf_printf(
        json, "%s{\"signed\":%s,\"encrypted\":%s,\"certificates\":%zu", index > 0 ? "," : "",
        (flags & SMIMEGW_DELIVERY_SIGNED) != 0 ? "true" : "false",
        (flags & SMIMEGW_DELIVERY_ENCRYPTED) != 0 ? "true" : "false", delivery->cert_count);
    if ((flags & SMIMEGW_DELIVERY_ENCRYPTED) != 0)
        ret = SGW_STEP(
            ret, sgw_json_member(json, "cipher", smimegw_plan_delivery_cipher(plan, index)));
    ret = SGW_STEP(ret, sgw_json_member(json, "text", delivery->text));
    ret = SGW_STEP(ret, sgw_buf_append_text(json, ",\"recipients\":["));
    for (size_t i = 0; i < delivery->recipient_count; i++) {
        ret = i > 0 ? SGW_STEP(ret, sgw_buf_append_text(json, ",")) : ret;
        ret = SGW_STEP(ret, put_address(plan, delivery->recipients[i], json));
    }
    return SGW_STEP(ret, sgw_buf_append_text(json, "]}"));
}

static int put_plan(const struct smimegw_plan *plan, struct sgw_buf *json)
{
    int ret = sgw_buf_append_text(json, "{\"recipients\":[");
    for (size_t i = 0; ret == SMIMEGW_OK && i < plan->result.fate_count; i++)
        ret = put_fate(plan, i, json);
    ret = SGW_STEP(ret, sgw_buf_append_text(json, "],\"deliveries\":["));
    for (size_t i = 0; ret == SMIMEGW_OK && i < plan->result.delivery_count; i++)
        ret = put_delivery(plan, i, json);
    return SGW_STEP(ret, sgw_buf_append_text(json, "]}"));
}

int smimegw_plan_json(const struct smimegw_plan *plan, struct smimegw_buffer **ret_json,
                      struct smimegw_error **ret_error)
{
    struct smimegw_buffer *json;
    SGW_REQUIRE(plan != NULL, ret_error);
    SGW_REQUIRE(ret_json != NULL, ret_error);
    if (plan->result.fates == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_STATE, "plan is not decided");
    int ret = smimegw_buffer_new(0, &json, ret_error);
    if (ret < 0)
        return ret;
    ret = put_plan(plan, &json->buf);
    if (ret < 0) {
        smimegw_buffer_free(json);
        return sgw_fail(ret_error, ret, "plan as JSON");
    }
    *ret_json = json;
    return SMIMEGW_OK;
}
