/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_MIME_FACTS_H
#define SGW_MIME_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where in a UTF-8 character the text is: bytes still due, and the range of the next one. */
struct sgw_utf8_state {
    int due;
    uint8_t lowest;
    uint8_t highest;
};

/* A walk along the lines of a body that gathers enum sgw_body_fact on its way. */
struct sgw_facts {
    uint32_t facts;
    uint32_t pending;     /* of the last line end, which may turn out to be a delimiter's */
    int64_t column;       /* bytes of the line so far, a CR included */
    int64_t last_content; /* bytes of the last line that ended, without the line end */
    uint8_t head[5];      /* first bytes of the line */
    uint8_t last;         /* bytes before the position */
    uint8_t before_last;
    int eol_size; /* of the last line end: 1 or 2 */
    bool is_on;   /* else only lines are followed */
    uint64_t cr_count;
    uint64_t crlf_count;
    struct sgw_utf8_state utf8;
};

/* At the start of a body; the line end before it stays known. */
void sgw_facts_start(struct sgw_facts *facts, bool is_on);
/* Take at least one byte; stops at the start of a line that begins with '-'. */
size_t sgw_facts_take(struct sgw_facts *facts, const uint8_t *data, size_t size);
/* The body ends: with the line before a delimiter, or with the data. */
uint32_t sgw_facts_finish(struct sgw_facts *facts, bool is_delimited);
/* All facts of a line alone. */
uint32_t sgw_facts_of_line(const uint8_t *line, size_t size);
/* BARE_LF, BARE_CR, 8BIT, NUL and LONG_LINE of a header block. */
uint32_t sgw_facts_of_header(const uint8_t *data, size_t size);

#endif
