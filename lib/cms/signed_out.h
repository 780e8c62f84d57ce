/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_CMS_SIGNED_OUT_H
#define SGW_CMS_SIGNED_OUT_H

#include "asn1/frame_out.h"
#include "cms/algorithms.h"

/* Who signs, and how. */
struct sgw_signer_request {
    struct smimegw_identity *identity; /* borrowed */
    struct sgw_signature_algorithm algorithm;
    int64_t signing_time;
    bool has_key_id; /* signer id by SKI, where the certificate has one */
    bool has_chain;
};

/* Scheme and digest for an identity's key: hash NONE lets the key decide. E_KEY where the key
 * can't sign so. */
int sgw_signature_choose(const struct smimegw_identity *identity, enum sgw_hash_id hash,
                         bool wants_pss, struct sgw_signature_algorithm *ret,
                         struct smimegw_error **ret_error);

/* SignedData's frame but for after_size [RFC5652-5.1]. */
int sgw_signed_frame(const struct sgw_signer_request *request, struct sgw_frame_out *frame,
                     struct smimegw_error **ret_error);
/* Sign, and write what stands behind the content: certificates and signerInfos. */
int sgw_signed_after(const struct sgw_signer_request *request, const uint8_t *digest,
                     struct sgw_der_out *out, struct smimegw_error **ret_error);

/* Signed attributes as the SET OF that is signed [RFC5652-5.4]. */
void sgw_attributes_make(const struct sgw_signer_request *request, const uint8_t *digest,
                         struct sgw_der_out *out);

/* IssuerAndSerialNumber of a certificate, as SEQUENCE or with another tag. */
void sgw_out_issuer_serial(struct sgw_der_out *out, const struct smimegw_cert *cert,
                           uint8_t tag);

#endif
