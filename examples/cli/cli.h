/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_H
#define CLI_H

#include <smimegw/smimegw.h>
#include <stdbool.h>
#include <stdio.h>

/* What a script learns from $?; the manual page promises these. */
enum cli_exit {
    CLI_DONE = 0,
    CLI_NOT_PASSED = 1, /* a message or a certificate: no pass, or can't be read */
    CLI_USAGE = 2,      /* the command line */
    CLI_TROUBLE = 3     /* files, keys, memory */
};

/* What a verb takes, and may need. */
enum {
    CLI_IDENTITY = 1 << 0,
    CLI_IDENTITIES = 1 << 1, /* more than one */
    CLI_RECIPIENTS = 1 << 2,
    CLI_TRUST = 1 << 3, /* judges certificates against anchors */
    CLI_SIGN = 1 << 4,
    CLI_ENCRYPT = 1 << 5,
    CLI_JSON = 1 << 6,
    CLI_OUTPUT = 1 << 7,
    CLI_MESSAGE = 1 << 8,
    CLI_ANY = 1 << 9,
    CLI_KEYRING = 1 << 10,
    CLI_FIELDS = 1 << 11,      /* of a certificate that is to be made */
    CLI_NEW_KEY = 1 << 12,     /* and of its key */
    CLI_KEY_OUTPUT = 1 << 13,  /* a file that others must not read */
    CLI_TEXT_OUTPUT = 1 << 14, /* a file or stdout */
    CLI_CHECKS = 1 << 15,      /* certificates that are there */
    CLI_IMPORT = 1 << 16,      /* of an identity */
    CLI_KEY_ADD = 1 << 17,     /* to the keyring, one or many */
    CLI_ORIGIN = 1 << 18,
    CLI_PROGRESS = 1 << 19,
    CLI_MODULE = 1 << 20,
    CLI_TIME = 1 << 21,
    CLI_FORCE = 1 << 22,
    CLI_EMPTY = 1 << 23,
    CLI_POLICY = 1 << 25,     /* of incoming mail */
    CLI_PASSPHRASE = 1 << 24, /* of FILE, where --identity is not taken */
    CLI_PROFILES = 1 << 26,
    CLI_PROFILE_FIELDS = 1 << 27, /* of a profile that is kept */
    CLI_PROFILE_ADD = 1 << 28,
    CLI_RULES = 1 << 29
};

struct cli_session;

struct cli_verb {
    const char *name; /* two words where it is one of a group */
    const char *arguments;
    size_t fewest; /* arguments */
    size_t most;
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
/* One line to stderr about what is no failure. */
__attribute__((format(printf, 1, 2))) void cli_warn(const char *format, ...);

/* protect.c */
int cli_protect(struct cli_session *session);
/* read.c */
int cli_verify(struct cli_session *session);
int cli_decrypt(struct cli_session *session);
/* receive.c */
int cli_receive(struct cli_session *session);
/* inspect.c */
int cli_inspect(struct cli_session *session);
/* settings.c */
int cli_settings(struct cli_session *session);
/* cert.c */
int cli_cert_create(struct cli_session *session);
int cli_cert_csr(struct cli_session *session);
int cli_cert_renew(struct cli_session *session);
/* cert_import.c */
int cli_cert_import(struct cli_session *session);
/* cert_show.c */
int cli_cert_show(struct cli_session *session);
int cli_cert_lint(struct cli_session *session);
/* key.c */
int cli_key_add(struct cli_session *session);
int cli_key_remove(struct cli_session *session);
int cli_key_list(struct cli_session *session);
int cli_key_show(struct cli_session *session);
int cli_key_lookup(struct cli_session *session);
int cli_key_export(struct cli_session *session);
/* key_import.c */
int cli_key_import(struct cli_session *session);
/* profile.c */
int cli_profile_create(struct cli_session *session);
int cli_profile_edit(struct cli_session *session);
int cli_profile_copy(struct cli_session *session);
int cli_profile_remove(struct cli_session *session);
int cli_profile_import(struct cli_session *session);
/* profile_show.c */
int cli_profile_show(struct cli_session *session);
int cli_profile_list(struct cli_session *session);
int cli_profile_search(struct cli_session *session);
int cli_profile_check(struct cli_session *session);
int cli_profile_export(struct cli_session *session);
/* rules.c, where libsmimegw-filter is built */
int cli_rules_check(struct cli_session *session);
int cli_rules_run(struct cli_session *session);
/* trust.c */
int cli_trust_list(struct cli_session *session);
int cli_trust_extract(struct cli_session *session);

#endif
