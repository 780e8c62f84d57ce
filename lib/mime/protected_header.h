/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_MIME_PROTECTED_HEADER_H
#define SGW_MIME_PROTECTED_HEADER_H

#include "mime/confidentiality.h"
#include "mime/header.h"

/* What header protection does with a field of that name [RFC9788-5.2]. */
enum sgw_field_role {
    SGW_FIELD_PROTECTED,  /* the writer's: a copy goes inside */
    SGW_FIELD_STRUCTURAL, /* tells how to read the body it stands over */
    SGW_FIELD_BLIND,      /* Bcc: nobody learns of it */
    SGW_FIELD_TRANSIT,    /* put on by whoever hands the message on */
    SGW_FIELD_HP_OUTER,   /* a copy of what stands outside */
};
enum sgw_field_role sgw_field_role(const struct sgw_header *header,
                                   const struct sgw_field *field);
/* Have the two the same name? */
bool sgw_field_is_like(const struct sgw_header *a, const struct sgw_field *a_field,
                       const struct sgw_header *b, const struct sgw_field *b_field);

/*
 * Append a field as a line of 7-bit text, folded as it is: blank lines, blanks at line ends
 * and before the colon go. Where the field is free text, words with 8-bit bytes or too long
 * for any line become encoded words. Lines that are too long are folded at blanks. `prefix`
 * comes before the name. 1: done; 0: can't be written like that, nothing was appended;
 * E_NOMEM.
 */
int sgw_field_put_clean(struct sgw_buf *buf, const char *prefix,
                        const struct sgw_header *header, const struct sgw_field *field);
/* Append the value in the form in which values are compared: unfolded, each run of blanks one
 * blank, free text in encoded words where put_clean does it. */
int sgw_field_put_plain(struct sgw_buf *buf, const struct sgw_header *header,
                        const struct sgw_field *field);

/* The header of a message that goes out, inside and outside. */
struct sgw_header_plan {
    const char *hp;       /* static: value of the parameter */
    struct sgw_buf inner; /* for the header of the cryptographic payload */
    size_t inner_count;   /* fields of it */
    struct sgw_buf outer; /* all fields but Content-* */
};
/* `rule` hides nothing where nothing is encrypted; what can't be copied inside stays outside,
 * with all fields of its name. E_NOMEM. */
int sgw_header_plan_init(struct sgw_header_plan *plan, const struct sgw_header *header,
                         enum sgw_header_rule rule, bool is_encrypted);
void sgw_header_plan_clear(struct sgw_header_plan *plan);

#endif
