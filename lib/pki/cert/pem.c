/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/cert/pem.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/text.h"
#include "pki/code.h"

static const char begin_mark[] = "-----BEGIN ";
static const char end_mark[] = "-----END ";
static const char dashes[] = "-----";

bool sgw_pem_is_der(const uint8_t *data, size_t size)
{
    /* a SEQUENCE over 127 bytes, as no text starts, or exactly one small one */
    return size > 2 && data[0] == 0x30 && (data[1] >= 0x80 || data[1] + (size_t)2 == size);
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
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    const char *text = (const char *)data;
    const char *end = text + size;
    if (*at == 0 && size > 3 && memcmp(text, byte_order_mark, 3) == 0)
        *at = 3;
    const char *start = find_line(text + *at, size - *at, begin_mark);
    if (start == NULL)
        return false;
    const char *label = start + strlen(begin_mark);
    const char *label_end = memmem(label, (size_t)(end - label), dashes, strlen(dashes));
    if (label_end == NULL)
        return false;
    /* a block that never ends must not swallow the next one */
    const char *next = find_line(label_end, (size_t)(end - label_end), begin_mark);
    const char *limit = next != NULL ? next : end;
    const char *line_end = find_line(label_end, (size_t)(limit - label_end), end_mark);
    if (line_end == NULL)
        line_end = limit;
    while (line_end < limit && *line_end != '\n' && *line_end != '\r')
        line_end++;
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

int sgw_pem_decode(const struct sgw_pem_block *block, struct sgw_buf *ret_data,
                   struct smimegw_error **ret_error)
{
    if (block->size > SGW_PEM_SIZE_MAX)
        return sgw_fail(ret_error, SMIMEGW_E_LIMIT, "the PEM block is larger than %d bytes",
                        SGW_PEM_SIZE_MAX);
    gnutls_datum_t pem = sgw_pem_datum(block);
    gnutls_datum_t data = {NULL, 0};
    int ret = gnutls_pem_base64_decode2(NULL, &pem, &data);
    if (ret < 0)
        return sgw_fail(ret_error, sgw_pki_code(ret, SMIMEGW_E_KEY), "its base64 is broken");
    ret = sgw_buf_append(ret_data, data.data, data.size);
    sgw_wipe(data.data, data.size);
    gnutls_free(data.data);
    return ret < 0 ? sgw_fail(ret_error, ret, "PEM block") : ret;
}

int sgw_pem_append(struct sgw_buf *text, const char *label, const void *der, size_t size)
{
    const gnutls_datum_t data = {(unsigned char *)(uintptr_t)der, (unsigned int)size};
    gnutls_datum_t pem = {NULL, 0};
    int ret = gnutls_pem_base64_encode2(label, &data, &pem);
    if (ret < 0)
        return sgw_pki_code(ret, SMIMEGW_E_CRYPTO);
    ret = sgw_buf_append(text, pem.data, pem.size);
    gnutls_free(pem.data);
    return ret;
}
