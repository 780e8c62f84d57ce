/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_GATEWAY_HEADER_EDIT_H
#define SGW_GATEWAY_HEADER_EDIT_H

#include "gateway/gateway_impl.h"
#include "mime/edited.h"
#include "mime/header.h"

/* Could the profile change any header? values: NULL for all defaults. */
bool sgw_header_edit_is_asked(const struct sgw_profile_values *values);
/* Make edited what the profile changes of the header: Bcc fields that go, the tag of the
 * subject. *source is the whole message, and is edited afterwards where anything changed;
 * edited is cleared by the caller. E_NOMEM. */
int sgw_header_edit(const struct sgw_header *header, const struct sgw_profile_values *values,
                    struct sgw_edited_source *edited, struct sgw_source **source,
                    struct smimegw_error **ret_error);

#endif
