/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Write a mail of about the wanted size, attachment included, to standard output. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES = 1024, COLUMNS = 78 };

static uint64_t state = 88172645463325252ULL;

static void fill_line(char *line)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int i = 0; i < COLUMNS - 2; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        line[i] = digits[state >> 58];
    }
    memcpy(line + COLUMNS - 2, "\r\n", 2);
}

int main(int count, char **arguments)
{
    if (count != 3)
        return 2;
    long long left = atoll(arguments[2]);
    printf("From: Memory <%s>\r\nTo: %s\r\nSubject: large\r\nMIME-Version: 1.0\r\n",
           arguments[1], arguments[1]);
    fputs("Content-Type: multipart/mixed; boundary=\"=_memory\"\r\n\r\n--=_memory\r\n"
          "Content-Type: text/plain\r\n\r\nSee the attachment.\r\n\r\n--=_memory\r\n"
          "Content-Type: application/octet-stream\r\n"
          "Content-Transfer-Encoding: base64\r\n\r\n",
          stdout);
    static char block[LINES * COLUMNS];
    for (int i = 0; i < LINES; i++)
        fill_line(block + i * COLUMNS);
    while (left > 0) {
        /* Another line each time, so that no two blocks are the same. */
        fill_line(block + (left / COLUMNS) % LINES * COLUMNS);
        size_t size =
            left < (long long)sizeof(block) ? (size_t)left / COLUMNS * COLUMNS : sizeof(block);
        if (size == 0)
            break;
        if (fwrite(block, 1, size, stdout) != size)
            return 1;
        left -= (long long)size;
    }
    fputs("--=_memory--\r\n", stdout);
    return fclose(stdout) == 0 ? 0 : 1;
}
