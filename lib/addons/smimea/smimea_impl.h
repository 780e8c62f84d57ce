/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_SMIMEA_SMIMEA_IMPL_H
#define SGW_ADDONS_SMIMEA_SMIMEA_IMPL_H

#include <smimegw/smimea.h>
#include <unbound.h>

#include "addons/common/directory.h"

enum sgw_smimea_unsigned { SGW_SMIMEA_NONE, SGW_SMIMEA_FAIL };

struct sgw_smimea_values {
    struct sgw_directory_values directory;
    char *trust_anchor_file;
    char *forwarders;
    int insecure; /* a choice, likewise the next */
    int hash_only;
    int64_t timeout_ms;
};

struct smimegw_smimea {
    struct sgw_directory directory;
    struct sgw_smimea_values values;
};

/* A resolver of libunbound, set up. E_SETTING, E_IO or E_NOMEM. */
int sgw_smimea_context_new(const struct smimegw_smimea *smimea, struct ub_ctx **ret_context,
                           struct smimegw_error **ret_error);
void sgw_smimea_context_free(void *context);

/* What DNS says of an address. */
void sgw_smimea_take(const struct sgw_smimea_values *values, struct sgw_question *question,
                     int error, const struct ub_result *result);

#endif
