/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_IO_H
#define CLI_IO_H

#include "cli.h"

/* A file in memory (certificates, keys, a passphrase), NUL-terminated, wiped when cleared. */
struct cli_file {
    char *data;
    size_t size;
    unsigned int mode; /* of a regular file; 0 for anything else */
};
/* At most 16 MiB. */
int cli_file_load(struct cli_file *file, const char *path);
/* For files that are large by nature. */
int cli_file_load_large(struct cli_file *file, const char *path);
void cli_file_clear(struct cli_file *file);

/* The message to work on: a regular file is read where it is, anything else is pushed in. */
struct cli_input {
    struct smimegw_message *message;
    FILE *file; /* stays open as long as the message; NULL for stdin */
};
/* reading: a message that is over a limit is the message's fault, not trouble. */
int cli_input_open(struct cli_input *input, struct smimegw_gateway *gateway, const char *path,
                   bool reading);
void cli_input_close(struct cli_input *input);

/* What is special about an output file. */
enum {
    CLI_OUTPUT_PRIVATE = 1 << 0, /* for its owner only */
    CLI_OUTPUT_NEW = 1 << 1,     /* never over a file that is there */
    CLI_OUTPUT_KEEP = 1 << 2     /* with owner and rights of the file it replaces */
};

/* Where the result goes: stdout for a NULL path, else a file that appears when committed. */
struct cli_output {
    int fd;
    int kind;
    char *path;
    char *temporary; /* NULL where bytes go straight to their place */
};
int cli_output_open(struct cli_output *output, const char *path, int kind);
int cli_output_commit(struct cli_output *output);
/* Also after a commit; without one nothing is left behind. */
void cli_output_close(struct cli_output *output);
/* All of the above for bytes at hand. */
int cli_output_save(const char *path, int kind, const void *data, size_t size);

/* Signals that ask to end wait while something is done as a whole. */
void cli_signals_wait(bool wait);

/* Text for people: nothing in it can move a cursor or turn the writing direction. */
void cli_print(FILE *stream, const char *text);
bool cli_locale_is_utf8(void);

#endif
