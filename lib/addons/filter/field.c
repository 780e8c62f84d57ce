/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdbool.h>
#include <string.h>

#include "addons/filter/edit.h"
#include "addons/filter/text.h"

enum { LINE_GOAL = 76, LINE_MAX = 990, WORD_BYTES = 42 };

/* A field that is being written. */
struct writer {
    struct smimegw_buffer *buffer;
    const char *eol;
    size_t column;
    bool was_encoded; /* the last word was */
    int ret;
};

static void put(struct writer *writer, const char *data, size_t size)
{
    if (writer->ret == SMIMEGW_OK && size > 0)
        writer->ret = smimegw_buffer_write(writer->buffer, data, size);
    writer->column += size;
}

/* A blank, and a line end before it where the next word would not fit. */
static void blank(struct writer *writer, size_t next)
{
    if (writer->column + 1 + next > LINE_GOAL && writer->column > 1) {
        put(writer, writer->eol, strlen(writer->eol));
        writer->column = 0;
    }
    put(writer, " ", 1);
}

static size_t base64(const char *data, size_t size, char *ret)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t used = 0;
    for (size_t at = 0; at < size; at += 3) {
        size_t left = size - at < 3 ? size - at : 3;
        uint32_t bits = 0;
        for (size_t i = 0; i < 3; i++)
            bits = bits << 8 | (i < left ? (unsigned char)data[at + i] : 0U);
        for (size_t i = 0; i < 4; i++)
            ret[used++] = i <= left ? alphabet[bits >> (18 - 6 * i) & 0x3f] : '=';
    }
    return used;
}

/* Whole characters, as many as an encoded word of one line holds. */
static size_t piece_size(const char *data, size_t size)
{
    size_t used = 0;
    while (used < size) {
        size_t run = sgw_utf8_length((const uint8_t *)(data + used), size - used);
        run = run > 0 ? run : 1;
        if (used + run > WORD_BYTES)
            break;
        used += run;
    }
    return used;
}

static void put_encoded(struct writer *writer, const char *data, size_t size)
{
    while (size > 0 && writer->ret == SMIMEGW_OK) {
        char text[64];
        size_t piece = piece_size(data, size);
        size_t used = base64(data, piece, text);
        blank(writer, used + 12);
        put(writer, "=?UTF-8?B?", 10);
        put(writer, text, used);
        put(writer, "?=", 2);
        data += piece;
        size -= piece;
    }
}

static bool is_plain(const char *word, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)word[i] > 0x7e)
            return false;
    /* what looks like an encoded word but is none must not become one */
    return size < 2 || memcmp(word, "=?", 2) != 0 || memcmp(word + size - 2, "?=", 2) == 0;
}

static void put_word(struct writer *writer, const char *word, size_t size)
{
    if (!is_plain(word, size)) {
        /* the blank between two encoded words is part of neither */
        size_t before = writer->was_encoded ? 1 : 0;
        put_encoded(writer, word - before, size + before);
        writer->was_encoded = true;
        return;
    }
    writer->was_encoded = false;
    while (size > LINE_MAX) {
        blank(writer, LINE_MAX);
        put(writer, word, LINE_MAX);
        word += LINE_MAX;
        size -= LINE_MAX;
    }
    blank(writer, size);
    put(writer, word, size);
}

int sgw_flt_put_field(struct smimegw_buffer *buffer, const char *name, const char *value,
                      const char *eol)
{
    struct writer writer = {.buffer = buffer, .eol = eol};
    put(&writer, name, strlen(name));
    put(&writer, ":", 1);
    while (*value != '\0') {
        size_t size = strcspn(value, " ");
        if (size > 0)
            put_word(&writer, value, size);
        value += size;
        if (*value == ' ')
            value++;
    }
    put(&writer, eol, strlen(eol));
    return writer.ret;
}
