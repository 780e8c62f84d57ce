/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <langinfo.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "io.h"

bool cli_locale_is_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* Marks and overrides of the writing direction, and other characters that show nothing. */
static bool is_invisible(wchar_t character)
{
    return (character >= 0x200b && character <= 0x200f) ||
           (character >= 0x2028 && character <= 0x202e) ||
           (character >= 0x2060 && character <= 0x206f) || character == 0xfeff ||
           character == 0xad || character == 0x61c;
}

/* Bytes of the character at text that can be shown as they are; 0 where it can't. */
static size_t shown_size(const char *text)
{
    wchar_t character = 0;
    mbstate_t state = {0};
    if ((unsigned char)*text < 0x80)
        return *text >= 0x20 && *text != 0x7f ? 1 : 0;
    if (!cli_locale_is_utf8())
        return 0;
    size_t size = mbrtowc(&character, text, strlen(text), &state);
    if (size == (size_t)-1 || size == (size_t)-2)
        return 0;
    return iswprint((wint_t)character) && !is_invisible(character) ? size : 0;
}

void cli_print(FILE *stream, const char *text)
{
    while (*text != '\0') {
        size_t size = shown_size(text);
        if (size == 0)
            fprintf(stream, "\\x%02x", (unsigned char)*text++);
        fwrite(text, 1, size, stream);
        text += size;
    }
}
