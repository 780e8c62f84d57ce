/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stddef.h>

#include "smime/verdict_impl.h"

struct reason_row {
    int reason;
    int outcome;
    const char *name;
    const char *meaning;
};

#define ROW(reason, outcome, name, meaning)                                                   \
    {                                                                                         \
        SMIMEGW_REASON_##reason, SMIMEGW_OUTCOME_##outcome, name, meaning                     \
    }
static const struct reason_row reasons[] = {
    ROW(NOT_CHECKED, NONE, "not-checked", "not checked"),
    ROW(OK, PASS, "ok", "all checks passed"),
    ROW(NO_SIGNERS, NEUTRAL, "no-signers", "signed data without a signature"),
    ROW(SIGNER_NOT_FOUND, PERMERROR, "signer-not-found",
        "the signer's certificate is not in the message"),
    ROW(SIGNER_AMBIGUOUS, PERMERROR, "signer-ambiguous",
        "several certificates answer to the signer id"),
    ROW(MANY_SIGNERS, POLICY, "many-signers", "more than one signer"),
    ROW(ATTRIBUTES_MISSING, POLICY, "attributes-missing", "there are no signed attributes"),
    ROW(ATTRIBUTES_INVALID, FAIL, "attributes-invalid",
        "the signed attributes are not as they must be"),
    ROW(CONTENT_TYPE, POLICY, "content-type",
        "the signed content is not of the type it must be"),
    ROW(CERT_HASH, FAIL, "cert-hash", "the signature names another certificate"),
    ROW(SIGNING_TIME, POLICY, "signing-time", "the signing time lies in the future"),
    ROW(DIGEST_MISMATCH, FAIL, "digest-mismatch", "the content was changed after signing"),
    ROW(SIGNATURE_INVALID, FAIL, "signature-invalid",
        "the signature does not fit the signer's key"),
    ROW(ALGORITHM_MISMATCH, FAIL, "algorithm-mismatch",
        "the algorithm fields contradict each other"),
    ROW(ALGORITHM_WEAK, POLICY, "algorithm-weak", "a broken digest algorithm was used"),
    ROW(ALGORITHM_UNKNOWN, POLICY, "algorithm-unknown", "an algorithm is not known here"),
    ROW(KEY_WEAK, POLICY, "key-weak", "a key is too small, too large or ill-formed"),
    ROW(CERT_UNTRUSTED, POLICY, "cert-untrusted",
        "no path from the certificate to a trust anchor"),
    ROW(CERT_EXPIRED, POLICY, "cert-expired", "a certificate has expired"),
    ROW(CERT_NOT_YET, POLICY, "cert-not-yet", "a certificate is not valid yet"),
    ROW(CERT_KEY_USAGE, POLICY, "cert-key-usage", "the certificate may not sign (key usage)"),
    ROW(CERT_PURPOSE, POLICY, "cert-purpose",
        "the certificate is not for e-mail (extended key usage)"),
    ROW(CERT_INVALID, POLICY, "cert-invalid",
        "a certificate of the path is not as it must be"),
    ROW(CERT_REVOKED, POLICY, "cert-revoked", "a certificate was revoked"),
    ROW(CERT_REVOCATION_UNKNOWN, TEMPERROR, "cert-revocation-unknown",
        "whether a certificate was revoked is required, and not known"),
    ROW(CERT_DENIED, POLICY, "cert-denied", "a certificate was denied by the administrator"),
    ROW(CERT_LOOKUP, TEMPERROR, "cert-lookup",
        "whether an administrator added the certificate is not known: a store failed"),
    ROW(FROM_MISMATCH, POLICY, "from-mismatch", "From is not an address of the signer"),
    ROW(FROM_AMBIGUOUS, POLICY, "from-ambiguous", "From is not exactly one address"),
    ROW(FROM_SENDER_ONLY, POLICY, "from-sender-only",
        "the signer is the Sender, not the From"),
    ROW(FROM_DOMAIN, POLICY, "from-domain",
        "the certificate is for the domain of From; its anchor or its purposes may not vouch "
        "for domains"),
    ROW(FROM_PROTECTED, POLICY, "from-protected",
        "the protected From is another than the From outside"),
    ROW(PARTIAL, NEUTRAL, "partial", "only a part of the message is protected"),
    ROW(CONFLICT, PERMERROR, "conflict", "the detached signature brings a content of its own"),
    ROW(SYNTAX, PERMERROR, "syntax", "malformed or ambiguous"),
    ROW(LIMIT, PERMERROR, "limit", "over a limit"),
    ROW(UNSUPPORTED, PERMERROR, "unsupported",
        "a structure or algorithm that is not read here"),
    ROW(DECRYPT, PERMERROR, "decrypt", "can't be decrypted"),
    ROW(NO_KEY, NEUTRAL, "no-key", "encrypted for others"),
    ROW(RECIPIENT_MISMATCH, POLICY, "recipient-mismatch",
        "decrypted with the key of somebody whom To and Cc do not name"),
};

/* From the best to the worst. */
static const int ranking[] = {
    SMIMEGW_OUTCOME_PASS,      SMIMEGW_OUTCOME_NONE,      SMIMEGW_OUTCOME_NEUTRAL,
    SMIMEGW_OUTCOME_POLICY,    SMIMEGW_OUTCOME_TEMPERROR, SMIMEGW_OUTCOME_FAIL,
    SMIMEGW_OUTCOME_PERMERROR,
};
enum { RANKS = sizeof(ranking) / sizeof(ranking[0]) };

static const char *const outcome_names[] = {
    [SMIMEGW_OUTCOME_NONE] = "none",           [SMIMEGW_OUTCOME_PASS] = "pass",
    [SMIMEGW_OUTCOME_FAIL] = "fail",           [SMIMEGW_OUTCOME_POLICY] = "policy",
    [SMIMEGW_OUTCOME_NEUTRAL] = "neutral",     [SMIMEGW_OUTCOME_TEMPERROR] = "temperror",
    [SMIMEGW_OUTCOME_PERMERROR] = "permerror",
};
enum { OUTCOMES = sizeof(outcome_names) / sizeof(outcome_names[0]) };

static const struct reason_row *find_reason(int reason)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (reasons[i].reason == reason)
            return &reasons[i];
    return NULL;
}

static int rank_of(int outcome)
{
    for (int i = 0; i < RANKS; i++)
        if (ranking[i] == outcome)
            return i;
    return RANKS;
}

int sgw_outcome_of(int reason)
{
    const struct reason_row *row = find_reason(reason);
    return row != NULL ? row->outcome : SMIMEGW_OUTCOME_NONE;
}

bool sgw_outcome_is_worse(int a, int b)
{
    return rank_of(a) > rank_of(b);
}

const char *smimegw_outcome_name(int outcome)
{
    return outcome >= 0 && outcome < OUTCOMES ? outcome_names[outcome] : outcome_names[0];
}

const char *smimegw_reason_name(int reason, const char **ret_meaning)
{
    const struct reason_row *row = find_reason(reason);
    if (ret_meaning != NULL)
        *ret_meaning = row != NULL ? row->meaning : "unknown";
    return row != NULL ? row->name : "unknown";
}
