/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Header blocks on stdin, each behind its size of four octets (little endian); what we take
 * for the sender of each on stdout: "one" and the address in hexadecimal, "none" or
 * "ambiguous". */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "limits_support.h"
#include "mime/address.h"
#include "mime/scanner.h"

static const char *const states[] = {"one", "none", "ambiguous"};

static int scan(const uint8_t *data, size_t size, struct sgw_mime *ret_mime)
{
    struct sgw_limits limits;
    struct sgw_scanner *scanner;
    limits_init(&limits);
    int ret = sgw_scanner_new(&limits, 0, &scanner, NULL);
    if (ret < 0)
        return ret;
    struct sgw_stage *stage = sgw_scanner_stage(scanner);
    ret = sgw_push(stage, data, size, NULL);
    if (ret == SMIMEGW_OK)
        ret = sgw_finish(stage, NULL);
    if (ret == SMIMEGW_OK)
        sgw_scanner_take(scanner, ret_mime);
    sgw_scanner_free(scanner);
    return ret;
}

static int read_case(const uint8_t *data, size_t size)
{
    struct sgw_mime mime = {0};
    struct sgw_buf address = SGW_BUF_INIT(0);
    enum sgw_sender_state state = SGW_SENDER_NONE;
    int ret = scan(data, size, &mime);
    if (ret == SMIMEGW_OK)
        ret = sgw_sender_find(&mime.header, "From", &state, &address);
    bool is_refused = ret == SMIMEGW_E_SYNTAX || ret == SMIMEGW_E_LIMIT;
    char *hex = ret == SMIMEGW_OK || is_refused ? malloc(2 * address.size + 1) : NULL;
    if (hex != NULL) {
        sgw_hex(address.data, address.size, hex);
        printf("%s %s\n", is_refused ? "refused" : states[state], hex);
    }
    free(hex);
    sgw_buf_clear(&address);
    sgw_mime_clear(&mime);
    return hex != NULL ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(void)
{
    uint8_t head[4];
    int result = EXIT_SUCCESS;
    while (result == EXIT_SUCCESS && fread(head, 1, sizeof(head), stdin) == sizeof(head)) {
        size_t size = head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16;
        uint8_t *data = malloc(size + 1);
        result = data != NULL && fread(data, 1, size, stdin) == size ? read_case(data, size)
                                                                     : EXIT_FAILURE;
        free(data);
    }
    return result;
}
