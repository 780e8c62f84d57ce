/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_FILTER_CONTENT_H
#define SGW_FILTER_CONTENT_H

#include <smimegw/parts.h>

#include "addons/filter/regex.h"

enum sgw_flt_kept_state { SGW_FLT_NOT_READ, SGW_FLT_KEPT, SGW_FLT_TOO_LARGE };

/* The decoded text of a part. */
struct sgw_flt_kept {
    enum sgw_flt_kept_state state;
    struct smimegw_buffer *text;
};

/* What conditions see of a message; decoded once where it fits into memory. */
struct sgw_flt_content {
    struct smimegw_parts *parts; /* NULL: can't be read */
    char problem[120];           /* why */
    struct sgw_flt_kept *kept;   /* one a part */
    size_t count;
    size_t room; /* bytes that may still be kept */
};

/* OK where the message can't be read, too; fails for trouble of the host only. */
int sgw_flt_content_open(struct sgw_flt_content *content, struct smimegw_gateway *gateway,
                         struct smimegw_message *message, int64_t body_limit,
                         struct smimegw_error **ret_error);
void sgw_flt_content_clear(struct sgw_flt_content *content);
/* Is it text, and does it belong to the body? */
bool sgw_flt_part_is_text(const struct sgw_flt_content *content, size_t part);
bool sgw_flt_part_is_body(const struct sgw_flt_content *content, size_t part);

/*
 * Search a part for a number of matches: enum sgw_flt_truth, or a negative result. *count is
 * how many there are so far, from other parts, too. A large part is searched in windows that
 * overlap, so that memory does not grow with it.
 */
struct sgw_flt_search_order {
    struct sgw_flt_matcher *matcher;
    const struct sgw_flt_regex *regex;
    int64_t wanted;
    int64_t count;
};
int sgw_flt_search_part(struct sgw_flt_content *content, size_t part,
                        struct sgw_flt_search_order *order, struct smimegw_error **ret_error);

#endif
