/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_FILTER_EDIT_H
#define SGW_FILTER_EDIT_H

#include <smimegw/parts.h>

#include "addons/filter/regex.h"

/* A field of the header as it will be. */
struct sgw_flt_line {
    int64_t offset; /* in the message; -1: it is new */
    int64_t size;
    char *name;
    char *value; /* UTF-8; NULL: as it is in the message */
    bool is_gone;
};

/* The header of a group's message; nothing is copied before the first change. */
struct sgw_flt_edits {
    bool is_made;
    bool is_changed;
    struct sgw_flt_line *lines;
    size_t count;
    size_t room;
};

/* OK, or E_NOMEM. A new field goes behind the others. */
int sgw_flt_insert_field(struct sgw_flt_edits *edits, const struct smimegw_parts *parts,
                         const char *name, const char *value);
int sgw_flt_strip_field(struct sgw_flt_edits *edits, const struct smimegw_parts *parts,
                        const char *name);
/* enum sgw_flt_truth, or E_NOMEM. After UNKNOWN the fields before may be edited already. */
struct sgw_flt_replacement {
    const char *name;
    const struct sgw_flt_regex *regex;
    const char *text;
};
int sgw_flt_edit_field(struct sgw_flt_edits *edits, const struct smimegw_parts *parts,
                       struct sgw_flt_matcher *matcher,
                       const struct sgw_flt_replacement *replacement);
void sgw_flt_edits_clear(struct sgw_flt_edits *edits);
/* Write the message with its header as it will be. */
int sgw_flt_edits_write(const struct sgw_flt_edits *edits, struct smimegw_message *message,
                        smimegw_write_fn write, void *userdata,
                        struct smimegw_error **ret_error);

/* Append a header field; words that are not ASCII are encoded [RFC2047-5], and it is folded.
 */
int sgw_flt_put_field(struct smimegw_buffer *buffer, const char *name, const char *value,
                      const char *eol);

#endif
