/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_SMIME_PROTECT_H
#define SGW_SMIME_PROTECT_H

#include "mime/scanner.h"
#include "smime/context.h"
#include "stream/source.h"

/* Who is in it. */
struct sgw_parties {
    struct smimegw_identity *identity; /* NULL where nothing is signed */
    struct smimegw_cert *const *recipients;
    size_t recipient_count;
};

/* A message in, a protected message out: what options->mode says. */
int sgw_protect(const struct sgw_context *context, const struct sgw_protect_options *options,
                struct sgw_source *message, const struct sgw_parties *parties,
                struct sgw_stage *sink, struct smimegw_error **ret_error);

/* The sender must lie in the scope of the certificate ([RFC8550-3], C26); one that names
 * nobody has no scope to leave. E_SENDER with words, E_NOMEM. */
int sgw_protect_check_sender(const struct sgw_protect_options *options,
                             const struct sgw_header *header, const struct smimegw_cert *cert,
                             struct smimegw_error **ret_error);

/* Whether the protected header stays within the limits of a header: what couldn't be read
 * again must not be written. E_LIMIT, E_NOMEM. */
int sgw_protect_check_header(const struct sgw_context *context,
                             const struct sgw_protect_options *options,
                             const struct sgw_mime *mime, struct smimegw_error **ret_error);

#endif
