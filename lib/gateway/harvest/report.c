/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer_impl.h"
#include "base/error_impl.h"
#include "base/text.h"
#include "gateway/harvest/harvest_impl.h"

/* --- words ---------------------------------------------------------------------------------
 */

static const char *const outcomes[] = {
    [SMIMEGW_HARVEST_OFF] = "off",         [SMIMEGW_HARVEST_STORED] = "stored",
    [SMIMEGW_HARVEST_UPDATED] = "updated", [SMIMEGW_HARVEST_KNOWN] = "known",
    [SMIMEGW_HARVEST_HELD] = "held",       [SMIMEGW_HARVEST_UNTRUSTED] = "untrusted",
    [SMIMEGW_HARVEST_REFUSED] = "refused"};

static const struct {
    const char *name;
    const char *meaning;
} reasons[] = {
    [SMIMEGW_HARVEST_BY_POLICY] = {"by-policy", "what the policy asks for"},
    [SMIMEGW_HARVEST_NOT_PASSED] = {"not-passed", "the signature did not pass"},
    [SMIMEGW_HARVEST_EXPIRED] = {"expired",
                                 "the certificate has expired, or is not valid yet"},
    [SMIMEGW_HARVEST_SELF_SIGNED] = {"self-signed", "the certificate is self-signed"},
    [SMIMEGW_HARVEST_WEAK] = {"weak", "it does not meet the requirements for encryption"},
    [SMIMEGW_HARVEST_NO_ADDRESS] = {"no-address", "it names no address that is the sender's"},
    [SMIMEGW_HARVEST_DOMAIN] = {"domain", "it would serve a whole domain"},
    [SMIMEGW_HARVEST_ADMINISTRATOR] = {"administrator",
                                       "an administrator's key serves the address"},
    [SMIMEGW_HARVEST_NOT_UPDATING] = {"not-updating",
                                      "another key is known, and updates are off"},
    [SMIMEGW_HARVEST_NEW_ISSUER] = {"new-issuer", "the known key is of another issuer"},
    [SMIMEGW_HARVEST_OLD_SIGNATURE] = {"old-signature",
                                       "it was signed before what is known, or long ago"},
    [SMIMEGW_HARVEST_FUTURE] = {"future", "the signing time is too far ahead"},
    [SMIMEGW_HARVEST_NO_TIME] = {"no-time", "there is no signing time, and a key is known"},
    [SMIMEGW_HARVEST_PREFERENCE] = {"preference",
                                    "the key that the signer prefers is not its own, or can't "
                                    "be proven to be"},
    [SMIMEGW_HARVEST_NOT_ONE_SIGNER] = {"not-one-signer", "there are several signers"},
    [SMIMEGW_HARVEST_LIMIT] = {"limit", "there is no room for more of its kind"},
    [SMIMEGW_HARVEST_OTHER_ADDRESS] = {"other-address", "another of its addresses has a key"},
};

const char *smimegw_harvest_outcome_name(int outcome)
{
    return outcome >= SMIMEGW_HARVEST_OFF && outcome <= SMIMEGW_HARVEST_REFUSED
               ? outcomes[outcome]
               : "unknown";
}

const char *smimegw_harvest_reason_name(int reason, const char **ret_meaning)
{
    bool is_known =
        reason >= SMIMEGW_HARVEST_BY_POLICY && reason <= SMIMEGW_HARVEST_OTHER_ADDRESS;
    if (ret_meaning != NULL)
        *ret_meaning = is_known ? reasons[reason].meaning : "unknown";
    return is_known ? reasons[reason].name : "unknown";
}

static const char *const alert_kinds[] = {
    [SMIMEGW_ALERT_NEW_ISSUER] = "new-issuer",
    [SMIMEGW_ALERT_DOMAIN] = "domain",
    [SMIMEGW_ALERT_ADMINISTRATOR_KEY] = "administrator-key",
    [SMIMEGW_ALERT_UPDATED_KEYS] = "updated-keys",
    [SMIMEGW_ALERT_OTHER_ADDRESS] = "other-address",
};

const char *smimegw_alert_kind_name(int kind)
{
    return kind >= SMIMEGW_ALERT_NEW_ISSUER && kind <= SMIMEGW_ALERT_OTHER_ADDRESS
               ? alert_kinds[kind]
               : "unknown";
}

/* --- making --------------------------------------------------------------------------------
 */

int sgw_harvest_new(const struct smimegw_verdict *verdict, struct smimegw_harvest **ret)
{
    size_t count = 0;
    for (size_t i = 0; i < verdict->layer_count; i++)
        count += verdict->layers[i].signer_count;
    struct smimegw_harvest *harvest = sgw_calloc(1, sizeof(*harvest));
    if (harvest == NULL)
        return SMIMEGW_E_NOMEM;
    if (count > 0)
        harvest->items = sgw_calloc(count, sizeof(*harvest->items));
    if (count > 0 && harvest->items == NULL) {
        sgw_free(harvest);
        return SMIMEGW_E_NOMEM;
    }
    for (size_t i = 0; i < verdict->layer_count; i++)
        for (size_t k = 0; k < verdict->layers[i].signer_count; k++) {
            struct sgw_harvest_item *item = &harvest->items[harvest->count++];
            item->layer = i;
            item->signer = k;
            item->from = &verdict->layers[i].signers[k];
        }
    *ret = harvest;
    return SMIMEGW_OK;
}

int sgw_harvest_describe(const struct sgw_harvesting *call, struct sgw_harvest_item *item)
{
    const char *meaning;
    smimegw_harvest_reason_name(item->reason, &meaning);
    return sgw_buf_printf(&item->text, "%s: %s: %s",
                          call->address[0] != '\0' ? call->address : "unknown sender",
                          smimegw_harvest_outcome_name(item->outcome), meaning);
}

const char *sgw_harvest_id(const struct sgw_harvest_item *item,
                           char ret[SGW_HARVEST_ID_SIZE + 1])
{
    snprintf(ret, SGW_HARVEST_ID_SIZE + 1, "%.*s", SGW_HARVEST_ID_SIZE,
             smimegw_cert_text(item->cert, SMIMEGW_CERT_FINGERPRINT));
    return ret;
}

const char *sgw_harvest_prefix(int grade)
{
    if (grade == SMIMEGW_GRADE_UNTRUSTED)
        return SGW_HARVEST_UNTRUSTED_PREFIX;
    return grade == SMIMEGW_GRADE_HELD ? SGW_HARVEST_HELD_PREFIX : "";
}

void sgw_harvest_make_name(const struct sgw_harvesting *call,
                           const struct sgw_harvest_item *item, const char *prefix,
                           char ret[SGW_KEY_NAME_MAX + 1])
{
    char id[SGW_HARVEST_ID_SIZE + 1];
    snprintf(ret, SGW_KEY_NAME_MAX + 1, "%s%.*s %s", prefix, SGW_HARVEST_ADDRESS_MAX,
             call->address, sgw_harvest_id(item, id));
    /* cut within a letter */
    if (!sgw_key_name_is_valid(ret, strlen(ret)))
        snprintf(ret, SGW_KEY_NAME_MAX + 1, "%s%s", prefix, id);
}

/* --- what the host asks --------------------------------------------------------------------
 */

static const struct sgw_harvest_item *find_item(const struct smimegw_harvest *harvest,
                                                size_t index)
{
    return harvest != NULL && index < harvest->count ? &harvest->items[index] : NULL;
}

size_t smimegw_harvest_count(const struct smimegw_harvest *harvest)
{
    return harvest != NULL ? harvest->count : 0;
}

int smimegw_harvest_outcome(const struct smimegw_harvest *harvest, size_t index,
                            int *ret_reason)
{
    const struct sgw_harvest_item *item = find_item(harvest, index);
    if (ret_reason != NULL)
        *ret_reason = item != NULL ? item->reason : 0;
    return item != NULL ? item->outcome : 0;
}

const char *smimegw_harvest_name(const struct smimegw_harvest *harvest, size_t index)
{
    const struct sgw_harvest_item *item = find_item(harvest, index);
    return item != NULL ? item->name : "";
}

const char *smimegw_harvest_text(const struct smimegw_harvest *harvest, size_t index)
{
    const struct sgw_harvest_item *item = find_item(harvest, index);
    return item != NULL ? sgw_buf_text(&item->text) : "";
}

static int put_item(struct sgw_buf *json, const struct sgw_harvest_item *item)
{
    int ret = sgw_buf_printf(json, "{\"layer\":%zu,\"signer\":%zu", item->layer, item->signer);
    ret = SGW_STEP(
        ret, sgw_json_member(json, "outcome", smimegw_harvest_outcome_name(item->outcome)));
    ret = SGW_STEP(
        ret, sgw_json_member(json, "reason", smimegw_harvest_reason_name(item->reason, NULL)));
    if (item->name[0] != '\0')
        ret = SGW_STEP(ret, sgw_json_member(json, "name", item->name));
    ret = SGW_STEP(ret, sgw_json_member(json, "text", sgw_buf_text(&item->text)));
    return SGW_STEP(ret, sgw_buf_append_text(json, "}"));
}

int smimegw_harvest_json(const struct smimegw_harvest *harvest,
                         struct smimegw_buffer **ret_json, struct smimegw_error **ret_error)
{
    struct smimegw_buffer *json;
    SGW_REQUIRE(harvest != NULL, ret_error);
    SGW_REQUIRE(ret_json != NULL, ret_error);
    int ret = smimegw_buffer_new(0, &json, ret_error);
    if (ret < 0)
        return ret;
    ret = sgw_buf_append_text(&json->buf, "{\"signers\":[");
    for (size_t i = 0; i < harvest->count; i++) {
        ret = SGW_STEP(ret, sgw_buf_append_text(&json->buf, i > 0 ? "," : ""));
        ret = SGW_STEP(ret, put_item(&json->buf, &harvest->items[i]));
    }
    ret = SGW_STEP(ret, sgw_buf_append_text(&json->buf, "]}"));
    if (ret < 0) {
        smimegw_buffer_free(json);
        return sgw_fail(ret_error, ret, "harvest");
    }
    *ret_json = json;
    return SMIMEGW_OK;
}

void smimegw_harvest_free(struct smimegw_harvest *harvest)
{
    if (harvest == NULL)
        return;
    for (size_t i = 0; i < harvest->count; i++)
        sgw_buf_clear(&harvest->items[i].text);
    sgw_free(harvest->items);
    sgw_free(harvest);
}
