/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_SMIMEA_ANCHORS_H
#define SGW_ADDONS_SMIMEA_ANCHORS_H

#include <stdbool.h>

#include "base/buf.h"

struct smimegw_error;

/* Names of the domains that a file of trust anchors holds keys for. */
struct sgw_anchors {
    struct sgw_buf names; /* each in lower case, without the dot at its end, with its NUL */
};

/* E_SETTING (no key in it, no regular file, over 1 MiB), E_IO or E_NOMEM. */
int sgw_anchors_read(const char *path, struct sgw_anchors *ret_anchors,
                     struct smimegw_error **ret_error);
void sgw_anchors_clear(struct sgw_anchors *anchors);
/* Whether what DNS says of a name can be proven at all. The name ends with a dot. */
bool sgw_anchors_cover(const struct sgw_anchors *anchors, const char *name);

#endif
