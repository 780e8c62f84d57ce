/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json.h"

#include <stdlib.h>
#include <string.h>

json_t *cli_json_text(const char *text)
{
    json_t *string = json_string(text);
    char *ascii = string == NULL ? strdup(text) : NULL;
    if (ascii == NULL)
        return string;
    for (char *byte = ascii; *byte != '\0'; byte++)
        if ((unsigned char)*byte >= 0x80)
            *byte = '?';
    string = json_string(ascii);
    free(ascii);
    return string;
}

int cli_json_put(json_t *document)
{
    bool done = document != NULL && json_dumpf(document, stdout, JSON_COMPACT) == 0;
    json_decref(document);
    return done ? CLI_DONE : cli_fail(CLI_TROUBLE, "the report can't be printed");
}

int cli_json_print(json_t *document)
{
    int code = cli_json_put(document);
    if (code == CLI_DONE)
        putchar('\n');
    return code;
}
