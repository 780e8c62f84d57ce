/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_H
#define CLI_H

#include <smimegw/smimegw.h>
#include <stdbool.h>
#include <stdio.h>

/* What a script learns from $?; the manual page promises these. */
enum cli_exit {
    CLI_DONE = 0,
    CLI_NOT_PASSED = 1, /* the message: no pass, can't be decrypted, can't be read */
    CLI_USAGE = 2,      /* the command line */
    CLI_TROUBLE = 3     /* files, keys, memory */
};

/* What a verb takes, and may need. */
enum {
    CLI_IDENTITY = 1 << 0,
    CLI_IDENTITIES = 1 << 1, /* more than one */
    CLI_RECIPIENTS = 1 << 2,
    CLI_TRUST = 1 << 3,
    CLI_SIGN = 1 << 4,
    CLI_ENCRYPT = 1 << 5,
    CLI_JSON = 1 << 6,
    CLI_OUTPUT = 1 << 7,
    CLI_MESSAGE = 1 << 8,
    CLI_ANY = 1 << 9
};

struct cli_session;

struct cli_verb {
    const char *name;
    const char *summary;
    const char *notes; /* shown below the options by --help; may be NULL */
    int takes;
    int needs;
    int (*run)(struct cli_session *session);
};

/* main.c: one line to stderr, the exit code back. */
__attribute__((format(printf, 2, 3))) int cli_fail(int code, const char *format, ...);
/* As above for the library's error, which is freed; where says what was being done. */
int cli_fail_error(int code, const char *where, struct smimegw_error *error);

/* protect.c */
int cli_protect(struct cli_session *session);
/* read.c */
int cli_verify(struct cli_session *session);
int cli_decrypt(struct cli_session *session);
/* inspect.c */
int cli_inspect(struct cli_session *session);
/* settings.c */
int cli_settings(struct cli_session *session);

#endif
