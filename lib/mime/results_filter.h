/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_MIME_RESULTS_FILTER_H
#define SGW_MIME_RESULTS_FILTER_H

#include <stdbool.h>

#include "base/buf.h"
#include "stream/stage.h"

/*
 * Does the value of an Authentication-Results field claim to be of this authserv-id? Values
 * that readers may differ about, and those without an id that speak of S/MIME, count as
 * claims.
 */
bool sgw_results_are_of(const char *value, size_t size, const char *authserv_id);

/*
 * Stage for a whole message: its header goes on without the Authentication-Results fields of
 * an authserv-id, and with one of ours on top (behind an mbox "From " line). All other bytes
 * stay as they are, also where the header is none that could be parsed; the field on top gets
 * the line ends of the first line. Such a field over 64 KiB is dropped, whoever it is of.
 */
struct sgw_results_filter {
    struct sgw_stage base;
    struct sgw_stage *next;
    const char *authserv_id;     /* NULL: nothing is removed */
    const struct sgw_buf *field; /* nullable: ours, with CRLF */
    struct sgw_buf held;         /* undecided bytes, or some on their way */
    size_t value_start;          /* in held: behind the colon */
    size_t matched;              /* characters of the name */
    int state;                   /* enum state */
    bool is_first;               /* nothing was pushed on */
    bool has_eol;                /* the first line end was seen */
    bool is_lf;                  /* and it was a bare LF */
    bool is_line_start;
    bool is_field_open; /* a line that starts with a blank continues a field */
    bool is_after_cr;   /* the last byte, which is not in held yet */
    bool has_cr_prefix; /* the unit stands behind a bare CR, which is in held */
    bool swallows_cr;   /* the unit before was dropped; so is the CR that ended it */
};
void sgw_results_filter_init(struct sgw_results_filter *filter, const char *authserv_id,
                             const struct sgw_buf *field, struct sgw_stage *next);
void sgw_results_filter_clear(struct sgw_results_filter *filter);

#endif
