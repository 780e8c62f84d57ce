/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bench.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int bytes_write(void *userdata, const void *data, size_t size)
{
    struct bytes *bytes = userdata;
    if (size > bytes->room - bytes->size) {
        size_t room = (bytes->size + size + 4095) / 3 * 4;
        unsigned char *grown = realloc(bytes->data, room);
        if (grown == NULL)
            return 1;
        bytes->data = grown;
        bytes->room = room;
    }
    memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
    return 0;
}

void bytes_clear(struct bytes *bytes)
{
    free(bytes->data);
    memset(bytes, 0, sizeof(*bytes));
}

static void put(struct bytes *bytes, const char *text)
{
    if (bytes_write(bytes, text, strlen(text)) != 0)
        kit_die("out of memory");
}

/* What a mail with an attachment is: headers, some text, many base64 lines. */
struct bytes message_make(const char *address, size_t size, size_t *ret_entity)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct bytes made = {malloc(size + 4096), 0, size + 4096};
    char line[256];
    snprintf(line, sizeof(line), "From: Bench <%s>\r\nTo: %s\r\n", address, address);
    put(&made, line);
    put(&made, "Subject: quarterly figures\r\nDate: Tue, 24 Nov 2026 08:00:00 +0000\r\n"
               "Message-ID: <bench@example.test>\r\nMIME-Version: 1.0\r\n");
    *ret_entity = made.size;
    put(&made, "Content-Type: multipart/mixed; boundary=\"=_bench_1\"\r\n\r\n--=_bench_1\r\n"
               "Content-Type: text/plain; charset=us-ascii\r\n\r\n");
    size_t text_end = made.size + (size < 16384 ? size / 4 : 4096);
    while (made.size < text_end)
        put(&made, "Dear colleagues, please find the figures of this quarter attached.\r\n");
    put(&made, "\r\n--=_bench_1\r\nContent-Type: application/octet-stream; name=\"a.bin\"\r\n"
               "Content-Transfer-Encoding: base64\r\n\r\n");
    uint64_t state = 88172645463325252ULL;
    while (made.size < size) {
        for (int i = 0; i < 76; i++) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            line[i] = digits[state >> 58];
        }
        memcpy(line + 76, "\r\n", 3);
        put(&made, line);
    }
    put(&made, "--=_bench_1--\r\n");
    return made;
}
