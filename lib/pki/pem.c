/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/pem.h"

#include <string.h>

#include "base/text.h"

static const char begin_mark[] = "-----BEGIN ";
static const char end_mark[] = "-----END ";
static const char dashes[] = "-----";

bool sgw_pem_is_der(const uint8_t *data, size_t size)
{
    /* a SEQUENCE over 127 bytes; no text starts with these two */
    return size > 2 && data[0] == 0x30 && data[1] >= 0x80;
}

/* A mark counts at the start of a line only. */
static const char *find_line(const char *text, size_t size, const char *mark)
{
    size_t mark_size = strlen(mark);
    const char *at = text;
    const char *end = text + size;
    while (at < end) {
        const char *found = memmem(at, (size_t)(end - at), mark, mark_size);
        if (found == NULL || found == text || found[-1] == '\n' || found[-1] == '\r')
            return found;
        at = found + 1;
    }
    return NULL;
}

bool sgw_pem_next(const uint8_t *data, size_t size, size_t *at, struct sgw_pem_block *ret)
{
    const char *text = (const char *)data;
    const char *end = text + size;
    const char *start = find_line(text + *at, size - *at, begin_mark);
    if (start == NULL)
        return false;
    const char *label = start + strlen(begin_mark);
    const char *label_end = memmem(label, (size_t)(end - label), dashes, strlen(dashes));
    if (label_end == NULL)
        return false;
    const char *stop = find_line(label_end, (size_t)(end - label_end), end_mark);
    const char *line_end = stop != NULL ? memchr(stop, '\n', (size_t)(end - stop)) : NULL;
    if (line_end == NULL)
        line_end = end;
    ret->start = start;
    ret->size = (size_t)(line_end - start);
    ret->label = label;
    ret->label_size = (size_t)(label_end - label);
    *at = (size_t)(line_end - text);
    return true;
}

bool sgw_pem_is_certificate(const struct sgw_pem_block *block)
{
    return sgw_is_text(block->label, block->label_size, "CERTIFICATE") ||
           sgw_is_text(block->label, block->label_size, "X509 CERTIFICATE");
}

bool sgw_pem_is_private_key(const struct sgw_pem_block *block)
{
    return sgw_ends_nocase(block->label, block->label_size, "PRIVATE KEY");
}

gnutls_datum_t sgw_pem_datum(const struct sgw_pem_block *block)
{
    return (gnutls_datum_t){(unsigned char *)(uintptr_t)block->start,
                            (unsigned int)block->size};
}
