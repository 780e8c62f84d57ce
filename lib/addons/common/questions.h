/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_COMMON_QUESTIONS_H
#define SGW_ADDONS_COMMON_QUESTIONS_H

#include <smimegw/error.h>
#include <smimegw/plan.h>
#include <stdbool.h>

enum {
    SGW_QUESTION_CERTS_MAX = 32, /* what smimegw_plan_supply() takes */
    SGW_QUESTION_NOTE_MAX = 200
};

enum sgw_question_state {
    SGW_QUESTION_OPEN,  /* certificates may be there, but it is not known to be all */
    SGW_QUESTION_KNOWN, /* these, or that there are none */
    SGW_QUESTION_FAILED /* not known, and why */
};

/* An address and what a directory says of it. */
struct sgw_question {
    char *address;
    enum sgw_question_state state;
    bool is_told;        /* the plan has the answer */
    bool is_cached;      /* the answer came from the cache */
    bool has_unreadable; /* something was there that is no certificate */
    bool is_single;      /* must not share a search with others */
    struct smimegw_cert **certs;
    size_t cert_count;
    int64_t ttl; /* seconds for which the source stands by the answer; negative: not said */
    char note[SGW_QUESTION_NOTE_MAX + 1];
};

struct sgw_questions {
    struct sgw_question *items;
    size_t count;
};

/* All that the plan needs. E_NOMEM. */
int sgw_questions_from_plan(struct sgw_questions *questions, const struct smimegw_plan *plan);
/* E_NOMEM. */
int sgw_questions_from_list(struct sgw_questions *questions, const char *const *addresses,
                            size_t count);
void sgw_questions_clear(struct sgw_questions *questions);

/* Certificates in DER, alone or in a PKCS#7. What can't be had makes the question fail. */
void sgw_question_add_value(struct sgw_question *question, const void *data, size_t size);
/* The source has said all. */
void sgw_question_close(struct sgw_question *question);
void sgw_question_fail(struct sgw_question *question, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* All that are open fail for the same reason. */
void sgw_questions_fail(struct sgw_questions *questions, const char *note);
/* Start anew: what was found does not count. */
void sgw_question_reset(struct sgw_question *question);
bool sgw_questions_are_done(const struct sgw_questions *questions);

/* Tell a plan what is known and was not told. E_NOMEM, E_STATE, E_USAGE (another plan). */
int sgw_questions_tell(struct sgw_questions *questions, struct smimegw_plan *plan,
                       uint32_t flags, struct smimegw_error **ret_error);

#endif
