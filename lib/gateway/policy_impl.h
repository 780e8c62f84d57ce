/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_GATEWAY_POLICY_IMPL_H
#define SGW_GATEWAY_POLICY_IMPL_H

#include <smimegw/policy.h>

#include "gateway/configured.h"

enum sgw_smime_rule { SGW_SMIME_OFF, SGW_SMIME_ON };
enum sgw_signature_rule { SGW_SIGNATURE_KEEP, SGW_SIGNATURE_REMOVE };
/* From less to more. */
enum sgw_protected_rule {
    SGW_PROTECTED_IGNORE,
    SGW_PROTECTED_REPORT,
    SGW_PROTECTED_RESTORE,
    SGW_PROTECTED_RESTORE_UNSIGNED
};
enum sgw_wrapped_rule { SGW_WRAPPED_KEEP, SGW_WRAPPED_RESTORE };

/* Values of the policy's settings, as the table writes them. */
struct sgw_policy_values {
    int smime;     /* enum sgw_smime_rule */
    int signature; /* enum sgw_signature_rule */
    int is_strict_about_recipients;
    int removes_forged;
    int protected_headers; /* enum sgw_protected_rule */
    int wrapped_message;   /* enum sgw_wrapped_rule */
    char *authserv_id;     /* NULL where empty */
    int harvests;
    int harvests_on_failure;
    int harvests_updated;
    int harvests_expired;
    int harvests_self_signed;
};

struct smimegw_policy {
    struct sgw_configured base;
    struct sgw_policy_values values;
};
extern const struct sgw_configured_kind sgw_policy_kind;

/* Freeze, and the values, whose text lives as long as the policy; NULL stands for all
 * defaults.
 */
int sgw_policy_use(struct smimegw_policy *policy, struct sgw_policy_values *ret,
                   struct smimegw_error **ret_error);

#endif
