/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report.h"

#include "io.h"

static const char *const kind_names[] = {
    [SMIMEGW_LAYER_SIGNED_DETACHED] = "signed (detached)",
    [SMIMEGW_LAYER_SIGNED_OPAQUE] = "signed (opaque)",
    [SMIMEGW_LAYER_ENVELOPED] = "encrypted",
    [SMIMEGW_LAYER_AUTH_ENVELOPED] = "encrypted (authenticated)",
    [SMIMEGW_LAYER_CERTS_ONLY] = "certificates only",
    [SMIMEGW_LAYER_OTHER] = "other S/MIME",
};

static const char *kind_name(int kind)
{
    bool known = kind > 0 && (size_t)kind < sizeof(kind_names) / sizeof(kind_names[0]);
    return known ? kind_names[kind] : "unknown";
}

static bool is_signature(int kind)
{
    return kind == SMIMEGW_LAYER_SIGNED_DETACHED || kind == SMIMEGW_LAYER_SIGNED_OPAQUE;
}

bool cli_report_is_signed(const struct smimegw_verdict *verdict)
{
    size_t count = smimegw_verdict_layer_count(verdict);
    for (size_t layer = 0; layer < count; layer++)
        if (is_signature(smimegw_verdict_layer_kind(verdict, layer)))
            return true;
    return false;
}

/* Without anchors nobody asked for trust: say so rather than "untrusted". */
static const char *outcome_text(int outcome, int reason, bool trusting)
{
    if (!trusting && reason == SMIMEGW_REASON_CERT_UNTRUSTED)
        return "not judged (no --trust)";
    return smimegw_outcome_name(outcome);
}

static void print_field(FILE *stream, const char *name, const char *text)
{
    if (text == NULL || *text == '\0')
        return;
    fprintf(stream, "    %-12s ", name);
    cli_print(stream, text);
    fputc('\n', stream);
}

static void print_cert(FILE *stream, const struct smimegw_cert *cert)
{
    static const struct {
        const char *name;
        int field;
    } fields[] = {{"subject", SMIMEGW_CERT_SUBJECT}, {"addresses", SMIMEGW_CERT_ADDRESSES},
                  {"domains", SMIMEGW_CERT_DOMAINS}, {"serial", SMIMEGW_CERT_SERIAL},
                  {"issuer", SMIMEGW_CERT_ISSUER},   {"key", SMIMEGW_CERT_KEY}};
    for (size_t index = 0; index < sizeof(fields) / sizeof(fields[0]); index++)
        print_field(stream, fields[index].name, smimegw_cert_text(cert, fields[index].field));
}

static void print_signer(FILE *stream, const struct smimegw_verdict *verdict, size_t layer,
                         size_t signer, bool trusting)
{
    static const struct {
        const char *name;
        int field;
    } fields[] = {{"signer id", SMIMEGW_SIGNER_ID},
                  {"digest", SMIMEGW_SIGNER_DIGEST},
                  {"signature", SMIMEGW_SIGNER_SIGNATURE},
                  {"signed at", SMIMEGW_SIGNER_SIGNING_TIME}};
    int reason = SMIMEGW_REASON_NOT_CHECKED;
    int outcome = smimegw_verdict_signer_outcome(verdict, layer, signer, &reason);
    const struct smimegw_cert *cert = smimegw_verdict_signer_cert(verdict, layer, signer);
    fprintf(stream, "  signer %zu: %s (%s)\n", signer + 1,
            outcome_text(outcome, reason, trusting), smimegw_reason_name(reason, NULL));
    print_field(stream, "result",
                smimegw_verdict_signer_text(verdict, layer, signer, SMIMEGW_SIGNER_TEXT));
    print_cert(stream, cert);
    /* The id says the same as the certificate's issuer and serial, where there is one. */
    for (size_t index = cert == NULL ? 0 : 1; index < sizeof(fields) / sizeof(fields[0]);
         index++)
        print_field(stream, fields[index].name,
                    smimegw_verdict_signer_text(verdict, layer, signer, fields[index].field));
}

static void print_layer(FILE *stream, const struct smimegw_verdict *verdict, size_t layer,
                        bool trusting)
{
    int kind = smimegw_verdict_layer_kind(verdict, layer);
    int reason = SMIMEGW_REASON_NOT_CHECKED;
    int outcome = smimegw_verdict_layer_outcome(verdict, layer, &reason);
    fprintf(stream, "layer %zu: %s", layer + 1, kind_name(kind));
    /* An encryption vouches for nothing: no outcome of its own. */
    if (outcome != SMIMEGW_OUTCOME_NONE)
        fprintf(stream, ": %s", outcome_text(outcome, reason, trusting));
    fputc('\n', stream);
    print_field(stream, "about",
                smimegw_verdict_layer_text(verdict, layer, SMIMEGW_LAYER_TEXT));
    print_field(stream, "cipher",
                smimegw_verdict_layer_text(verdict, layer, SMIMEGW_LAYER_CIPHER));
    size_t signers = smimegw_verdict_signer_count(verdict, layer);
    for (size_t signer = 0; signer < signers; signer++)
        print_signer(stream, verdict, layer, signer, trusting);
}

void cli_report_print(FILE *stream, const struct smimegw_verdict *verdict, bool trusting)
{
    const char *meaning = "";
    int outcome = smimegw_verdict_outcome(verdict);
    int reason = smimegw_verdict_reason(verdict);
    size_t layers = smimegw_verdict_layer_count(verdict);
    const char *name = smimegw_reason_name(reason, &meaning);
    fprintf(stream, "%s (%s: %s)\n", outcome_text(outcome, reason, trusting), name, meaning);
    for (size_t layer = 0; layer < layers; layer++)
        print_layer(stream, verdict, layer, trusting);
    if (!cli_report_is_signed(verdict))
        fputs("not signed: nothing vouches for the sender\n", stream);
}
