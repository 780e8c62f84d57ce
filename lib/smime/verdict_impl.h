/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_SMIME_VERDICT_IMPL_H
#define SGW_SMIME_VERDICT_IMPL_H

#include <smimegw/verdict.h>

#include "base/buf.h"
#include "base/ref.h"
#include "pki/cert/cert_impl.h"

enum { SGW_SIGNER_TEXTS = 6, SGW_LAYER_TEXTS = 4 }; /* indexed by the public field enums */

struct sgw_verdict_signer {
    int reason;
    struct smimegw_cert *cert; /* a reference, nullable */
    struct sgw_buf texts[SGW_SIGNER_TEXTS];
    struct sgw_buf capabilities; /* in DER; empty where none were announced, or not proven */
    bool has_signing_time;
    int64_t signing_time;
    bool is_pinned; /* trusted itself, whatever its issuer */
    /* Where it passed: another certificate that mail to it is to be encrypted with (a
     * reference, nullable); or it names one that nobody should believe in. */
    struct smimegw_cert *preferred;
    bool is_preference_odd;
};

struct sgw_verdict_recipient {
    struct sgw_buf id;
    const char *algorithm; /* static */
    bool is_ours;
    struct smimegw_cert *cert; /* ours: a reference; else NULL */
};

struct sgw_verdict_layer {
    int kind;
    int outcome;
    int reason;
    struct sgw_verdict_signer *signers;
    size_t signer_count;
    struct sgw_verdict_recipient *recipients;
    size_t recipient_count;
    struct sgw_buf texts[SGW_LAYER_TEXTS];
};

/* A field of the protected header, or one that is only outside. */
struct sgw_verdict_field {
    struct sgw_buf name;
    int protection; /* enum smimegw_protection */
    int outside;    /* enum smimegw_outside */
};

/* What may not be known. */
enum sgw_truth { SGW_UNKNOWN, SGW_YES, SGW_NO };

struct smimegw_verdict {
    struct sgw_ref ref;
    int outcome;
    int reason;
    bool is_smime; /* at the root */
    /* Surreptitious forwarding (AC-80): whom it was encrypted for, does the signer vouch for
     * that, and is one of us among those that To and Cc name? */
    enum sgw_truth recipient_bound;
    enum sgw_truth recipient_listed;
    struct sgw_buf from;     /* address that signers were compared with */
    int header_kind;         /* enum smimegw_header_protection */
    bool from_differs;       /* the protected From is another than the one outside */
    bool is_header_restored; /* what was delivered has the protected values outside */
    struct sgw_verdict_field *fields;
    size_t field_count;
    struct sgw_verdict_layer *layers;
    size_t layer_count;
    size_t layer_capacity;
};

int sgw_verdict_new(int64_t layer_limit, struct smimegw_verdict **ret,
                    struct smimegw_error **ret_error);
/* Outcome that goes with a reason. */
int sgw_outcome_of(int reason);
/* True where a is worse than b. */
bool sgw_outcome_is_worse(int a, int b);
/* The worst of the layers becomes the verdict's; opened encryption says nothing. A pass ends
 * where the header contradicts itself. */
void sgw_verdict_conclude(struct smimegw_verdict *verdict);
/* What is told of the protected header; a From that differs stays one. */
bool sgw_layer_is_encrypted(const struct sgw_verdict_layer *layer);
const char *sgw_layer_kind_name(int kind);
/* Members of a layer's JSON object, without its braces. */
int sgw_layer_json(const struct sgw_verdict_layer *layer, struct sgw_buf *json);

#endif
