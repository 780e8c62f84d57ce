/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/smimea/smimea_impl.h"

/* Usage, selector, matching type, then what is matched [RFC6698-2.1], as [RFC8162-2] takes it
 * over. */
enum {
    HEAD_SIZE = 3,
    USAGE_CA = 0,
    USAGE_ANCHOR = 2,
    USAGE_LAST = 3,
    SELECTOR_CERT = 0,
    SELECTOR_KEY = 1,
    MATCH_EXACT = 0
};
enum { MATCH_LAST = 2, RCODE_NOERROR = 0, RCODE_NXDOMAIN = 3 };

/* True for a record that says that there is a certificate, but not which. */
static bool take_record(struct sgw_question *question, const uint8_t *record, size_t size)
{
    if (size <= HEAD_SIZE) {
        question->has_unreadable = true;
        return false;
    }
    /* what a later RFC adds is unusable, not wrong */
    if (record[0] > USAGE_LAST || record[1] > SELECTOR_KEY || record[2] > MATCH_LAST)
        return true;
    /* an issuer's certificate says that there is one, too [RFC6698-2.1.1] */
    bool is_issuer = record[0] == USAGE_CA || record[0] == USAGE_ANCHOR;
    if (is_issuer || record[1] != SELECTOR_CERT || record[2] != MATCH_EXACT)
        return true;
    sgw_question_add_value(question, record + HEAD_SIZE, size - HEAD_SIZE);
    return false;
}

static void take_records(const struct sgw_smimea_values *values, struct sgw_question *question,
                         const struct ub_result *result)
{
    bool is_named_only = false;
    for (size_t i = 0; result->data != NULL && result->data[i] != NULL; i++)
        if (take_record(question, (const uint8_t *)result->data[i], (size_t)result->len[i]))
            is_named_only = true;
    if (question->cert_count == 0 && is_named_only && values->hash_only == SGW_SMIMEA_FAIL)
        sgw_question_fail(question, "DNS only names a certificate, and does not hold it");
    sgw_question_close(question);
}

void sgw_smimea_take(const struct sgw_smimea_values *values, struct sgw_question *question,
                     const struct sgw_anchors *anchors, int error,
                     const struct ub_result *result)
{
    if (error != 0 || result == NULL) {
        sgw_question_fail(question, "DNS: %s", ub_strerror(error));
        return;
    }
    if (result->bogus) {
        sgw_question_fail(question, "DNSSEC: %s",
                          result->why_bogus != NULL ? result->why_bogus : "bogus");
        return;
    }
    if (result->rcode != RCODE_NOERROR && result->rcode != RCODE_NXDOMAIN) {
        sgw_question_fail(question, "DNS: the name servers fail (rcode %d)", result->rcode);
        return;
    }
    question->ttl = result->ttl;
    if (!result->secure && !sgw_anchors_cover(anchors, result->qname))
        sgw_question_fail(question, "DNSSEC: no trust anchor covers the domain");
    else if (!result->secure && values->insecure == SGW_SMIMEA_FAIL)
        sgw_question_fail(question, "the domain is not signed (DNSSEC)");
    else if (result->secure && result->havedata)
        take_records(values, question, result);
    else
        sgw_question_close(question);
}
