/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_GATEWAY_POLICY_IMPL_H
#define SGW_GATEWAY_POLICY_IMPL_H

#include <smimegw/policy.h>
#include <stdbool.h>

#include "base/ref.h"

enum sgw_smime_rule { SGW_SMIME_OFF, SGW_SMIME_ON };
enum sgw_signature_rule { SGW_SIGNATURE_KEEP, SGW_SIGNATURE_REMOVE };

/* Values of the policy's settings, as the table writes them. */
struct sgw_policy_values {
    int smime;     /* enum sgw_smime_rule */
    int signature; /* enum sgw_signature_rule */
    int is_strict_about_recipients;
    int removes_forged;
    char *authserv_id; /* NULL where empty */
};

struct smimegw_policy {
    struct sgw_ref ref;
    int is_frozen; /* atomic: set by the first use */
    struct sgw_policy_values values;
};

/* Freeze, and the values, whose text lives as long as the policy; NULL stands for all
 * defaults.
 */
int sgw_policy_use(struct smimegw_policy *policy, struct sgw_policy_values *ret,
                   struct smimegw_error **ret_error);

#endif
