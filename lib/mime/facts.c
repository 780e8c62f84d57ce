/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime/facts.h"

#include <string.h>

#include "base/text.h"
#include "mime/scanner.h"

enum { LINE_LENGTH_MAX = 998, VECTOR_SIZE = 16, VECTORS_A_BLOCK = 255 };

typedef uint8_t vector __attribute__((vector_size(VECTOR_SIZE)));

/* What a walk over bytes finds without knowing lines. */
struct tally {
    uint8_t all; /* OR of the bytes */
    uint8_t has_nul;
    uint64_t cr_count;
};

/* At most 255 vectors, so that the counters of a lane do not overflow. */
static void tally_block(struct tally *tally, const uint8_t *data, size_t vectors)
{
    vector all = {0};
    vector zeros = {0};
    vector returns = {0};
    for (size_t i = 0; i < vectors; i++) {
        vector bytes;
        memcpy(&bytes, data + i * VECTOR_SIZE, VECTOR_SIZE);
        all |= bytes;
        zeros |= (vector)(bytes == 0);
        returns -= (vector)(bytes == '\r'); /* a match is -1 */
    }
    for (int lane = 0; lane < VECTOR_SIZE; lane++) {
        tally->all |= all[lane];
        tally->has_nul |= zeros[lane];
        tally->cr_count += returns[lane];
    }
}

static struct tally tally_bytes(const uint8_t *data, size_t size)
{
    struct tally tally = {0};
    while (size >= VECTOR_SIZE) {
        size_t vectors = size / VECTOR_SIZE;
        if (vectors > VECTORS_A_BLOCK)
            vectors = VECTORS_A_BLOCK;
        tally_block(&tally, data, vectors);
        data += vectors * VECTOR_SIZE;
        size -= vectors * VECTOR_SIZE;
    }
    for (; size > 0; data++, size--) {
        tally.all |= *data;
        tally.has_nul |= *data == 0;
        tally.cr_count += *data == '\r';
    }
    return tally;
}

/* [RFC3629-4]; false where the byte can't stand here. */
static bool utf8_step(struct sgw_utf8_state *state, uint8_t byte)
{
    if (state->due > 0) {
        bool is_good = byte >= state->lowest && byte <= state->highest;
        state->due--;
        state->lowest = 0x80;
        state->highest = 0xbf;
        return is_good;
    }
    if (byte < 0x80)
        return true;
    if (byte < 0xc2 || byte > 0xf4)
        return false;
    state->due = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1;
    state->lowest = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
    state->highest = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
    return true;
}

static bool utf8_take(struct sgw_utf8_state *state, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!utf8_step(state, data[i]))
            return false;
    return true;
}

static void take_bytes(struct sgw_facts *facts, const uint8_t *data, size_t size)
{
    struct tally tally = tally_bytes(data, size);
    bool is_8bit = tally.all >= 0x80;
    facts->cr_count += tally.cr_count;
    facts->facts |= (is_8bit ? SGW_BODY_8BIT : 0) | (tally.has_nul ? SGW_BODY_NUL : 0);
    if ((is_8bit || facts->utf8.due > 0) && (facts->facts & SGW_BODY_NOT_UTF8) == 0 &&
        !utf8_take(&facts->utf8, data, size))
        facts->facts |= SGW_BODY_NOT_UTF8;
}

/* A line without its line end: its first bytes, size, and last byte. */
static void judge_line(struct sgw_facts *facts, const uint8_t *head, int64_t content,
                       uint8_t last)
{
    if (content == 0)
        return;
    if (sgw_is_blank(last))
        facts->facts |= SGW_BODY_TRAILING_BLANK;
    if (content > LINE_LENGTH_MAX)
        facts->facts |= SGW_BODY_LONG_LINE;
    if (head[0] == 'F' && content >= 5 && memcmp(head, "From ", 5) == 0)
        facts->facts |= SGW_BODY_FROM_LINE;
    if (head[0] == '.' && content == 1)
        facts->facts |= SGW_BODY_DOT_LINE;
}

/* Part of a line. */
static void take_piece(struct sgw_facts *facts, const uint8_t *data, size_t size)
{
    if (size == 0)
        return;
    for (size_t i = 0; facts->column + (int64_t)i < (int64_t)sizeof(facts->head) && i < size;
         i++)
        facts->head[facts->column + (int64_t)i] = data[i];
    facts->before_last = size > 1 ? data[size - 2] : facts->last;
    facts->last = data[size - 1];
    facts->column += (int64_t)size;
}

/* The LF of a line that may have come in pieces. */
static void end_pieces(struct sgw_facts *facts)
{
    bool has_cr = facts->column > 0 && facts->last == '\r';
    int64_t content = facts->column - has_cr;
    judge_line(facts, facts->head, content, has_cr ? facts->before_last : facts->last);
    facts->crlf_count += has_cr;
    facts->pending = has_cr ? 0 : SGW_BODY_BARE_LF;
    facts->eol_size = has_cr ? 2 : 1;
    facts->last_content = content;
    facts->column = 0;
}

/* The same for a whole line at once, the case that counts. */
static void take_line(struct sgw_facts *facts, const uint8_t *data, size_t size)
{
    facts->facts |= facts->pending;
    if (facts->column > 0 || size == 0) {
        take_piece(facts, data, size);
        end_pieces(facts);
        return;
    }
    bool has_cr = data[size - 1] == '\r';
    size_t content = size - has_cr;
    judge_line(facts, data, (int64_t)content, content > 0 ? data[content - 1] : 0);
    facts->crlf_count += has_cr;
    facts->pending = has_cr ? 0 : SGW_BODY_BARE_LF;
    facts->eol_size = has_cr ? 2 : 1;
    facts->last_content = (int64_t)content;
}

/* Lines only: what a delimiter needs to know of the line before it. */
static void skip_line(struct sgw_facts *facts, const uint8_t *data, size_t size)
{
    uint8_t last = size > 0 ? data[size - 1] : facts->column > 0 ? facts->last : 0;
    facts->eol_size = last == '\r' ? 2 : 1;
    facts->column = 0;
}

void sgw_facts_start(struct sgw_facts *facts, bool is_on)
{
    *facts = (struct sgw_facts){.is_on = is_on, .eol_size = facts->eol_size};
}

size_t sgw_facts_take(struct sgw_facts *facts, const uint8_t *data, size_t size)
{
    const uint8_t *at = data;
    const uint8_t *end = data + size;
    do {
        const uint8_t *lf = memchr(at, '\n', (size_t)(end - at));
        if (lf == NULL) {
            facts->facts |= facts->is_on ? facts->pending : 0;
            facts->pending = 0;
            take_piece(facts, at, (size_t)(end - at));
            at = end;
            break;
        }
        if (facts->is_on)
            take_line(facts, at, (size_t)(lf - at));
        else
            skip_line(facts, at, (size_t)(lf - at));
        at = lf + 1;
    } while (at < end && *at != '-');
    if (facts->is_on)
        take_bytes(facts, data, (size_t)(at - data));
    return (size_t)(at - data);
}

uint32_t sgw_facts_finish(struct sgw_facts *facts, bool is_delimited)
{
    if (!facts->is_on)
        return 0;
    if (!is_delimited)
        facts->facts |= facts->pending;
    if (facts->column > 0)
        judge_line(facts, facts->head, facts->column, facts->last);
    if (facts->column > 0 || (is_delimited && facts->last_content > 0))
        facts->facts |= SGW_BODY_NO_FINAL_EOL;
    if (facts->cr_count != facts->crlf_count)
        facts->facts |= SGW_BODY_BARE_CR;
    if (facts->utf8.due > 0)
        facts->facts |= SGW_BODY_NOT_UTF8;
    return facts->facts;
}

uint32_t sgw_facts_of_line(const uint8_t *line, size_t size)
{
    struct sgw_facts facts = {.is_on = true};
    sgw_facts_take(&facts, line, size);
    return sgw_facts_finish(&facts, false);
}

uint32_t sgw_facts_of_header(const uint8_t *data, size_t size)
{
    struct sgw_facts facts = {.is_on = true};
    for (size_t at = 0; at < size;)
        at += sgw_facts_take(&facts, data + at, size - at);
    uint32_t wanted = SGW_BODY_8BIT | SGW_BODY_NUL | SGW_BODY_BARE_LF | SGW_BODY_BARE_CR |
                      SGW_BODY_LONG_LINE;
    return sgw_facts_finish(&facts, false) & wanted;
}
