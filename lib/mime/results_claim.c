/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/text.h"
#include "mime/content_type.h"
#include "mime/results_filter.h"

enum { ID_SIZE_MAX = 998, FLAT_SIZE_MAX = 4096 };

/* What is left of a value. */
struct reader {
    const char *at;
    const char *end;
};

/* [RFC2045-5.1]; bytes beyond ASCII are for the caller to judge. */
static bool is_token_byte(char c)
{
    return (unsigned char)c > ' ' && c != 0x7f && strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

/* Token or quoted string [RFC8601-2.2]; false where there is neither. */
static bool read_id(struct reader *reader, char ret[ID_SIZE_MAX], size_t *ret_size)
{
    bool is_quoted = reader->at < reader->end && *reader->at == '"';
    size_t size = 0;
    reader->at += is_quoted;
    while (reader->at < reader->end && size < ID_SIZE_MAX) {
        char c = *reader->at;
        if (is_quoted ? c == '"' : !is_token_byte(c))
            break;
        if (is_quoted && c == '\\' && reader->at + 1 < reader->end)
            c = *++reader->at;
        reader->at++;
        /* line ends in a quoted string are folding */
        if (c != '\r' && c != '\n')
            ret[size++] = c;
    }
    *ret_size = size;
    if (!is_quoted)
        return size > 0;
    return reader->at < reader->end && *reader->at++ == '"';
}

/* Behind the id: a version, then the end or a semicolon. */
static bool read_rest(struct reader *reader)
{
    if (!sgw_skip_space(&reader->at, reader->end))
        return false;
    while (reader->at < reader->end && sgw_is_digit((unsigned char)*reader->at))
        reader->at++;
    if (!sgw_skip_space(&reader->at, reader->end))
        return false;
    return reader->at == reader->end || *reader->at == ';';
}

/* "example.com." is example.com, and case means nothing. */
static bool is_same(const char *id, size_t size, const char *ours)
{
    size_t our_size = strlen(ours);
    while (size > 0 && id[size - 1] == '.')
        size--;
    while (our_size > 0 && ours[our_size - 1] == '.')
        our_size--;
    return sgw_equal_nocase(id, size, ours, our_size);
}

static bool has_text(const char *data, size_t size, const char *text)
{
    size_t text_size = strlen(text);
    for (size_t i = 0; i + text_size <= size; i++)
        if (sgw_equal_nocase(data + i, text_size, text, text_size))
            return true;
    return false;
}

/* What stands for a name in another alphabet, or in none: IDNA, encoded words, controls. */
static bool is_disguised(const char *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)data[i] >= 0x7f ||
            ((unsigned char)data[i] < ' ' && !sgw_is_folding_space(data[i])))
            return true;
    return has_text(data, size, "=?");
}

/* The value without blanks, quotes and backslashes, and without comments where that is asked.
 */
static size_t flatten(const char *value, size_t size, bool drops_comments,
                      char ret[FLAT_SIZE_MAX])
{
    size_t flat = 0;
    for (size_t i = 0; i < size && flat < FLAT_SIZE_MAX; i++) {
        size_t comment =
            drops_comments && value[i] == '(' ? sgw_comment_size(value + i, size - i) : 0;
        if (comment > 0)
            i += comment - 1;
        else if (!sgw_is_folding_space(value[i]) && value[i] != '"' && value[i] != '\\')
            ret[flat++] = value[i];
    }
    return flat;
}

/* A value that is not as it must be: what could anybody make of it? */
static bool could_be_of(const char *value, size_t size, const char *authserv_id)
{
    char flat[FLAT_SIZE_MAX];
    if (size > FLAT_SIZE_MAX || is_disguised(value, size))
        return true;
    for (int drops_comments = 0; drops_comments < 2; drops_comments++) {
        size_t flat_size = flatten(value, size, drops_comments, flat);
        if (has_text(flat, flat_size, authserv_id) || has_text(flat, flat_size, "smime="))
            return true;
    }
    return false;
}

bool sgw_results_are_of(const char *value, size_t size, const char *authserv_id)
{
    struct reader reader = {value, value + size};
    char id[ID_SIZE_MAX];
    size_t id_size;
    if (!sgw_skip_space(&reader.at, reader.end) || !read_id(&reader, id, &id_size) ||
        !read_rest(&reader) || memchr(id, ' ', id_size) != NULL ||
        memchr(id, '\t', id_size) != NULL)
        return could_be_of(value, size, authserv_id);
    return is_disguised(id, id_size) || is_same(id, id_size, authserv_id);
}
