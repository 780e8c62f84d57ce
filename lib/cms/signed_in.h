/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_CMS_SIGNED_IN_H
#define SGW_CMS_SIGNED_IN_H

#include "asn1/framing.h"
#include "base/limits.h"
#include "cms/algorithms.h"
#include "cms/attributes.h"
#include "pki/path/trust.h"

/* One SignerInfo [RFC5652-5.3]; spans point into the framing's tail. */
struct sgw_signer_info {
    bool is_key_id;
    struct sgw_tlv issuer; /* Name, whole */
    struct sgw_tlv serial;
    struct sgw_tlv key_id;
    struct sgw_tlv digest_algorithm;
    struct sgw_tlv signature_algorithm;
    struct sgw_tlv signature;
    struct sgw_tlv signed_attributes; /* start NULL where absent */
    struct sgw_tlv unsigned_attributes;
};

/* What stands around a signed content. */
struct sgw_signed_data {
    struct sgw_cert_list certs; /* hints; those that can't be read are left out */
    struct sgw_crl_list crls;   /* hints; they point into the framing's tail */
    struct sgw_signer_info *signers;
    size_t count;
};

/* What a signer is judged by, apart from its SignerInfo. */
struct sgw_judge {
    const struct sgw_framing *framing;
    const struct sgw_signed_data *signed_data;
    struct sgw_trust *trust;     /* nullable: nothing is trusted */
    const struct sgw_pins *pins; /* nullable; asked at most once a signer */
    const struct sgw_buf *from;  /* nullable: the one address that the mail says it is from */
    int revocation_rule;
    int64_t *operations; /* signature checks that are left for the message */
    int64_t time;
    int64_t skew; /* seconds that a signing time may lie ahead */
};

/* What was found about a signer. */
struct sgw_signer_finding {
    int reason;
    struct smimegw_cert *cert; /* a reference; NULL where not found */
    bool speaks_for_domains;
    bool is_pinned;      /* trusted itself, whatever its issuer */
    bool is_pin_unknown; /* it could be an administrator's key, which would tell more */
    struct sgw_signature_algorithm algorithm; /* scheme NONE where unknown */
    bool has_signing_time;
    int64_t signing_time;
    /* signed attributes' values; start NULL where absent */
    struct sgw_tlv capabilities;
    struct sgw_tlv preference;
};

/* Read what stands behind the content, after framing's finish. E_SYNTAX, E_LIMIT, E_NOMEM. */
int sgw_signed_read(const struct sgw_framing *framing, const struct sgw_limits *limits,
                    struct sgw_signed_data *ret, struct smimegw_error **ret_error);
void sgw_signed_clear(struct sgw_signed_data *signed_data);

/* Digest that a signer uses; NONE where it is unknown. */
enum sgw_hash_id sgw_signer_digest(const struct sgw_signer_info *signer);
/* Is that digest among the digestAlgorithms of the head? */
bool sgw_framing_announces(const struct sgw_framing *framing, enum sgw_hash_id digest);
/* Digests of the head that are known, each once; returns their number. */
size_t sgw_framing_digests(const struct sgw_framing *framing, enum sgw_hash_id *ret,
                           size_t room);

/*
 * Judge a signer by all rules but the identity of the sender; digest (of the content) may be
 * NULL where its algorithm is unknown. Returns E_NOMEM or E_CRYPTO for trouble, else OK with a
 * finding.
 */
int sgw_signer_judge(const struct sgw_judge *judge, const struct sgw_signer_info *signer,
                     const uint8_t *digest, struct sgw_signer_finding *ret,
                     struct smimegw_error **ret_error);
void sgw_signer_finding_clear(struct sgw_signer_finding *finding);

#endif
