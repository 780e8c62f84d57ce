/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_SMIMEA_SMIMEA_IMPL_H
#define SGW_ADDONS_SMIMEA_SMIMEA_IMPL_H

#include <smimegw/smimea.h>
#include <unbound.h>

#include "addons/common/clock.h"
#include "addons/common/directory.h"
#include "addons/smimea/anchors.h"

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

/* A resolver of libunbound, and what it can prove. */
struct sgw_smimea_context {
    struct ub_ctx *resolver;
    struct sgw_anchors anchors;
    int64_t until_ms; /* it is not used for ever */
    bool is_broken;
};

/* E_SETTING, E_IO or E_NOMEM. */
int sgw_smimea_context_new(const struct sgw_smimea_values *values,
                           struct sgw_smimea_context **ret_context,
                           struct smimegw_error **ret_error);
/* Whether it may serve another lookup. */
bool sgw_smimea_context_is_good(const struct sgw_smimea_context *context);
void sgw_smimea_context_free(void *context);

/* What DNS says of an address; of a name that no anchor covers it can't say anything. */
void sgw_smimea_take(const struct sgw_smimea_values *values, struct sgw_question *question,
                     const struct sgw_anchors *anchors, int error,
                     const struct ub_result *result);

#endif
