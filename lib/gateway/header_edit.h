/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_GATEWAY_HEADER_EDIT_H
#define SGW_GATEWAY_HEADER_EDIT_H

#include "gateway/gateway_impl.h"
#include "mime/edited.h"
#include "mime/header.h"

/* Could the profile change any header? values: NULL for all defaults. */
bool sgw_header_edit_is_asked(const struct sgw_profile_values *values);
/* Note in edited, an init source over the whole message, what the profile changes of its
 * header: Bcc fields that go, the tag of the subject. E_NOMEM. */
int sgw_header_edit(const struct sgw_header *header, const struct sgw_profile_values *values,
                    struct sgw_edited_source *edited, struct smimegw_error **ret_error);

#endif
