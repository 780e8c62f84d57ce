/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Edits of a message: single bytes, lines, headers, boundaries, and the CMS inside. */
#include "mutate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t mutate_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state * 0x2545f4914f6cdd1dULL >> 16;
}

struct text text_copy(const void *data, size_t size)
{
    struct text copy = {malloc(size + 1), size};
    if (copy.data == NULL)
        abort();
    memcpy(copy.data, data, size);
    copy.data[size] = '\0';
    return copy;
}

struct text text_splice(const struct text *text, size_t start, size_t end,
                        const void *replacement, size_t size)
{
    struct text made = {malloc(text->size - (end - start) + size + 1), 0};
    if (made.data == NULL)
        abort();
    made.size = text->size - (end - start) + size;
    memcpy(made.data, text->data, start);
    memcpy(made.data + start, replacement, size);
    memcpy(made.data + start + size, text->data + end, text->size - end);
    made.data[made.size] = '\0';
    return made;
}

/* A random line with its line end, within [from, to). */
static void pick_line(const struct text *text, size_t from, size_t to, uint64_t *state,
                      size_t *ret_start, size_t *ret_end)
{
    size_t start = from + mutate_random(state) % (to - from);
    while (start > from && text->data[start - 1] != '\n')
        start--;
    const char *newline = memchr(text->data + start, '\n', to - start);
    *ret_start = start;
    *ret_end = newline == NULL ? to : (size_t)(newline - text->data) + 1;
}

static size_t header_end(const struct text *text)
{
    const char *blank = memmem(text->data, text->size, "\r\n\r\n", 4);
    return blank == NULL ? text->size : (size_t)(blank - text->data) + 2;
}

static struct text mutate_byte(const struct text *text, uint64_t *state, const char **ret_kind)
{
    static const char nasty[] = {0, '\r', '\n', ' ', '-', '=', '"', ';', (char)0xff, ':'};
    struct text made = text_copy(text->data, text->size);
    size_t at = mutate_random(state) % made.size;
    if (mutate_random(state) % 2 == 0) {
        *ret_kind = "bit-flip";
        made.data[at] ^= (char)(1U << mutate_random(state) % 8);
    } else {
        *ret_kind = "byte-set";
        made.data[at] = nasty[mutate_random(state) % sizeof(nasty)];
    }
    return made;
}

static struct text mutate_line(const struct text *text, uint64_t *state, const char **ret_kind)
{
    size_t start;
    size_t end;
    size_t other_start;
    size_t other_end;
    pick_line(text, 0, text->size, state, &start, &end);
    switch (mutate_random(state) % 4) {
    case 0:
        *ret_kind = "line-delete";
        return text_splice(text, start, end, "", 0);
    case 1:
        *ret_kind = "line-duplicate";
        return text_splice(text, end, end, text->data + start, end - start);
    case 2:
        *ret_kind = "line-bare-lf";
        if (end - start >= 2 && text->data[end - 2] == '\r')
            return text_splice(text, end - 2, end - 1, "", 0);
        return text_copy(text->data, text->size);
    default:
        *ret_kind = "line-copy-elsewhere";
        pick_line(text, 0, text->size, state, &other_start, &other_end);
        return text_splice(text, other_start, other_start, text->data + start, end - start);
    }
}

static struct text mutate_header(const struct text *text, uint64_t *state,
                                 const char **ret_kind)
{
    static const char *const extra[] = {
        "Content-Type: text/plain\r\n",
        "Content-Type: multipart/signed; protocol=\"x\"; boundary=\"inner\"\r\n",
        "Content-Type: multipart/mixed; boundary=inner; boundary=outer\r\n",
        "Content-Transfer-Encoding: base64\r\n",
        "Content-Transfer-Encoding: quoted-printable\r\n",
        "Content-Transfer-Encoding: x-unknown\r\n",
        "From: Eve <eve@example.test>\r\n",
        "From: Alice <alice@example.test>, eve@example.test\r\n",
        "Sender: alice@example.test\r\n",
        "no colon here\r\n",
        " leading blank\r\n",
        "\r\n",
        "MIME-Version: 2.0\r\n",
        "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n",
    };
    size_t start;
    size_t end;
    pick_line(text, 0, header_end(text), state, &start, &end);
    if (mutate_random(state) % 3 == 0) {
        *ret_kind = "header-delete";
        return text_splice(text, start, end, "", 0);
    }
    const char *chosen = extra[mutate_random(state) % (sizeof(extra) / sizeof(*extra))];
    *ret_kind = "header-insert";
    return text_splice(text, start, start, chosen, strlen(chosen));
}

/* Lines that begin with two hyphens, and the parameter that announces them. */
static struct text mutate_boundary(const struct text *text, uint64_t *state,
                                   const char **ret_kind)
{
    static const char *const edits[] = {"--", " ",   "\t \t",           "\"",
                                        "x",  "--x", "\r\n--inner\r\n", "\r\n--inner--\r\n"};
    size_t at = mutate_random(state) % text->size;
    const char *found = NULL;
    *ret_kind = "boundary";
    if (mutate_random(state) % 3 == 0)
        found = memmem(text->data, text->size, "boundary=", 9);
    if (found == NULL)
        found = memmem(text->data + at, text->size - at, "\r\n--", 4);
    if (found == NULL)
        found = memmem(text->data, text->size, "\r\n--", 4);
    if (found != NULL) {
        const char *end =
            memmem(found + 2, (size_t)(text->data + text->size - found - 2), "\r\n", 2);
        at = (size_t)((end == NULL ? found : end) - text->data);
        if (mutate_random(state) % 2 == 0)
            at = (size_t)(found - text->data) + mutate_random(state) % 12;
    }
    at = at > text->size ? text->size : at;
    const char *chosen = edits[mutate_random(state) % 8];
    size_t gone = mutate_random(state) % 3;
    size_t end_at = at + gone > text->size ? text->size : at + gone;
    return text_splice(text, at, end_at, chosen, strlen(chosen));
}

static int digit_value(char digit)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = digit == '\0' ? NULL : strchr(digits, digit);
    return found == NULL ? -1 : (int)(found - digits);
}

static struct text decode(const char *data, size_t size)
{
    struct text made = text_copy(data, size);
    uint32_t bits = 0;
    int count = 0;
    made.size = 0;
    for (size_t i = 0; i < size; i++) {
        int value = digit_value(data[i]);
        if (value < 0)
            continue;
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            made.data[made.size++] = (char)(bits >> count);
        }
    }
    return made;
}

static struct text encode(const struct text *der)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct text made = {malloc(der->size * 3 / 2 + 16), 0};
    if (made.data == NULL)
        abort();
    for (size_t i = 0; i < der->size; i += 3) {
        size_t left = der->size - i;
        uint32_t bits = (uint32_t)(unsigned char)der->data[i] << 16;
        bits |= left > 1 ? (uint32_t)(unsigned char)der->data[i + 1] << 8 : 0;
        bits |= left > 2 ? (uint32_t)(unsigned char)der->data[i + 2] : 0;
        for (size_t k = 0; k < 4; k++)
            made.data[made.size++] = k > left ? '=' : digits[bits >> (18 - 6 * k) & 63];
        if (i / 3 % 16 == 15) {
            made.data[made.size++] = '\r';
            made.data[made.size++] = '\n';
        }
    }
    made.data[made.size++] = '\r';
    made.data[made.size++] = '\n';
    return made;
}

/* The base64 lines of the CMS: a body that begins with "MI", the last one in the message. */
static int find_cms(const struct text *text, size_t *ret_start, size_t *ret_end)
{
    const char *found = NULL;
    const char *end = text->data + text->size;
    for (const char *at = text->data; at != NULL && at < end;
         at = found == NULL ? NULL : at + 1) {
        at = memmem(at, (size_t)(end - at), "\r\n\r\nMI", 6);
        if (at == NULL)
            break;
        found = at;
    }
    if (found == NULL)
        return 0;
    const char *stop = memmem(found + 4, (size_t)(end - found - 4), "\r\n\r\n", 4);
    *ret_start = (size_t)(found + 4 - text->data);
    *ret_end = stop == NULL ? text->size : (size_t)(stop - text->data) + 2;
    return 1;
}

static struct text mutate_cms(const struct text *text, uint64_t *state, const char **ret_kind)
{
    size_t start;
    size_t end;
    if (!find_cms(text, &start, &end))
        return mutate_byte(text, state, ret_kind);
    struct text der = decode(text->data + start, end - start);
    struct text edited = mutate_der(&der, state, ret_kind);
    struct text coded = encode(&edited);
    struct text made = text_splice(text, start, end, coded.data, coded.size);
    free(der.data);
    free(edited.data);
    free(coded.data);
    return made;
}

struct text mutate(const struct text *message, uint64_t number, const char **ret_kind)
{
    uint64_t state = (number + 1) * 0x9e3779b97f4a7c15ULL;
    for (int i = 0; i < 4; i++)
        mutate_random(&state);
    switch (mutate_random(&state) % 16) {
    case 0:
    case 1:
    case 2:
        return mutate_byte(message, &state, ret_kind);
    case 3:
    case 4:
        return mutate_line(message, &state, ret_kind);
    case 5:
        return mutate_header(message, &state, ret_kind);
    case 6:
        return mutate_boundary(message, &state, ret_kind);
    case 7:
        *ret_kind = "truncate";
        return text_copy(message->data, mutate_random(&state) % message->size);
    default:
        return mutate_cms(message, &state, ret_kind);
    }
}
