/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "cli.h"

struct cli_list {
    char **items;
    size_t count;
};

/* Every option is a list: a flag is there or not, a single value is the first item. */
struct cli_options {
    struct cli_list identities;
    struct cli_list passphrase_file;
    struct cli_list recipients;
    struct cli_list trust;
    struct cli_list intermediates;
    struct cli_list settings; /* name=value */
    struct cli_list json;
    struct cli_list output;
    struct cli_list help;
    struct cli_list input;
};

int cli_list_add(struct cli_list *list, const char *text);
/* The first item, or NULL. */
const char *cli_list_first(const struct cli_list *list);

/* argv[0] is the verb. CLI_DONE, or the exit code of a command line that is wrong. */
int cli_options_parse(struct cli_options *options, const struct cli_verb *verb, int argc,
                      const char **argv);
void cli_options_clear(struct cli_options *options);
void cli_options_help(const struct cli_verb *verb);

#endif
