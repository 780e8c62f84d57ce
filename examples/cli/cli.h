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
    CLI_TROUBLE = 3,    /* files, keys, memory */
    /* of a plan, the worst that any recipient gets */
    CLI_BOUNCED = 4,
    CLI_DROPPED = 5,
    CLI_DEFERRED = 6,
    CLI_QUARANTINED = 7, /* by a rule */
    /* with --mta, as in sysexits.h */
    CLI_MTA_REFUSED = 65,
    CLI_MTA_NO_KEY = 67,
    CLI_MTA_LATER = 75
};

/* What a verb takes, and may need. */
#define CLI_BIT(number) (UINT64_C(1) << (number))
#define CLI_IDENTITY CLI_BIT(0)
#define CLI_IDENTITIES CLI_BIT(1) /* more than one */
#define CLI_RECIPIENTS CLI_BIT(2)
#define CLI_TRUST CLI_BIT(3) /* judges certificates against anchors */
#define CLI_SIGN CLI_BIT(4)
#define CLI_ENCRYPT CLI_BIT(5)
#define CLI_JSON CLI_BIT(6)
#define CLI_OUTPUT CLI_BIT(7)
#define CLI_MESSAGE CLI_BIT(8)
#define CLI_ANY CLI_BIT(9)
#define CLI_KEYRING CLI_BIT(10)
#define CLI_FIELDS CLI_BIT(11)      /* of a certificate that is to be made */
#define CLI_NEW_KEY CLI_BIT(12)     /* and of its key */
#define CLI_KEY_OUTPUT CLI_BIT(13)  /* a file that others must not read */
#define CLI_TEXT_OUTPUT CLI_BIT(14) /* a file or stdout */
#define CLI_CHECKS CLI_BIT(15)      /* certificates that are there */
#define CLI_IMPORT CLI_BIT(16)      /* of an identity */
#define CLI_KEY_ADD CLI_BIT(17)     /* to the keyring, one or many */
#define CLI_ORIGIN CLI_BIT(18)
#define CLI_PROGRESS CLI_BIT(19)
#define CLI_MODULE CLI_BIT(20)
#define CLI_TIME CLI_BIT(21)
#define CLI_FORCE CLI_BIT(22)
#define CLI_EMPTY CLI_BIT(23)
#define CLI_PASSPHRASE CLI_BIT(24) /* of FILE, where --identity is not taken */
#define CLI_POLICY CLI_BIT(25)     /* of incoming mail */
#define CLI_PROFILES CLI_BIT(26)
#define CLI_NAMED_FIELDS CLI_BIT(27) /* of a profile or policy that is kept */
#define CLI_NAMED_ADD CLI_BIT(28)
#define CLI_POLICIES CLI_BIT(29)
#define CLI_ENVELOPE CLI_BIT(30) /* sender and recipients */
#define CLI_OUT_FOLDER CLI_BIT(31)
#define CLI_EXPLAIN CLI_BIT(32)
#define CLI_FILTER CLI_BIT(33)
#define CLI_RULES CLI_BIT(34)
#define CLI_STORES CLI_BIT(35) /* to look keys up in; more than one */
#define CLI_STORE CLI_BIT(36)  /* that the verb is about */
#define CLI_HARVEST CLI_BIT(37)
#define CLI_RECORD CLI_BIT(38) /* a kind of what is in a store */

struct cli_session;

struct cli_verb {
    const char *name; /* two words where it is one of a group */
    const char *arguments;
    size_t fewest; /* arguments */
    size_t most;
    const char *summary;
    const char *notes; /* shown below the options by --help; may be NULL */
    uint64_t takes;
    uint64_t needs;
    int (*run)(struct cli_session *session);
};

/* main.c: one line to stderr, the exit code back. */
__attribute__((format(printf, 2, 3))) int cli_fail(int code, const char *format, ...);
/* As above for the library's error, which is freed; where says what was being done. */
int cli_fail_error(int code, const char *where, struct smimegw_error *error);
/* One line to stderr about what is no failure. */
__attribute__((format(printf, 1, 2))) void cli_warn(const char *format, ...);

/* send.c */
int cli_send(struct cli_session *session);
/* plan.c */
int cli_plan(struct cli_session *session);
/* protect.c */
int cli_protect(struct cli_session *session);
/* filter.c */
int cli_filter(struct cli_session *session);
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
/* named_edit.c: profiles or policies, as the verb says */
int cli_named_create(struct cli_session *session);
int cli_named_edit(struct cli_session *session);
int cli_named_copy(struct cli_session *session);
int cli_named_remove(struct cli_session *session);
int cli_named_import(struct cli_session *session);
/* named_show.c */
int cli_named_show(struct cli_session *session);
int cli_named_list(struct cli_session *session);
int cli_named_search(struct cli_session *session);
int cli_named_check(struct cli_session *session);
int cli_named_export(struct cli_session *session);
/* rules.c, where libsmimegw-filter is built */
int cli_rules_check(struct cli_session *session);
int cli_rules_run(struct cli_session *session);
/* store_admin.c */
int cli_store_create(struct cli_session *session);
int cli_store_check(struct cli_session *session);
int cli_store_backup(struct cli_session *session);
int cli_store_export(struct cli_session *session);
/* store_add.c */
int cli_store_add(struct cli_session *session);
/* key_import.c */
int cli_store_import(struct cli_session *session);
/* record_show.c: of a store, or of what was harvested, as the verb says */
int cli_record_list(struct cli_session *session);
int cli_record_show(struct cli_session *session);
/* record_edit.c */
int cli_record_remove(struct cli_session *session);
int cli_harvest_promote(struct cli_session *session);
int cli_harvest_alerts(struct cli_session *session);
/* trust.c */
int cli_trust_list(struct cli_session *session);
int cli_trust_extract(struct cli_session *session);

#endif
