/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_GATEWAY_PLAN_IMPL_H
#define SGW_GATEWAY_PLAN_IMPL_H

#include <smimegw/plan.h>
#include <smimegw/store.h>

#include "base/index.h"
#include "gateway/gateway_impl.h"
#include "mime/edited.h"
#include "mime/scanner.h"
#include "pki/cert/cert_impl.h"

enum { SGW_PLAN_RECIPIENTS_MAX = 10000, SGW_ANSWER_CERTS_MAX = 32 };
enum { SGW_PLAN_ADDRESS_MAX = 320, SGW_PLAN_NOTE_MAX = 200 };

enum sgw_answer {
    SGW_ANSWER_NEEDED,
    SGW_ANSWER_CERTS, /* perhaps none */
    SGW_ANSWER_FAILED
};

/* A record of a store, shared by all that it serves. */
struct sgw_plan_record {
    size_t holders;
    int kind;
    int64_t used; /* last; one touch a day will do */
    char name[];
};

/* A certificate that a store or resolver of the gateway had for a recipient. */
struct sgw_plan_found {
    struct smimegw_cert *cert;
    int grade;                      /* enum smimegw_grade, usable */
    bool is_harvested;              /* comes after all others */
    bool is_vouched;                /* as of a recipient */
    int fit;                        /* sgw_plan_fit() */
    size_t source;                  /* place among the gateway's */
    struct sgw_plan_record *record; /* NULL: a resolver's */
    uint32_t ciphers;               /* that its owner announced, as of a recipient */
};
struct sgw_plan_finds {
    struct sgw_plan_found *entries;
    size_t count;
    size_t capacity;
    bool has_administrator; /* there is an administrator's, if perhaps of no use now */
};

/* Of the envelope, and what is known of the certificates. */
struct sgw_plan_recipient {
    char *address;
    char *key;      /* of the mailbox; what lookups see */
    bool is_opaque; /* no certificate can name it, and no lookup sees it */
    enum sgw_answer answer;
    bool is_vouched; /* certificates with other names are taken, too */
    bool is_asked;   /* the resolver that is being called was asked for it */
    struct sgw_cert_list certs;
    struct sgw_plan_finds finds; /* beside certs */
    char *note;                  /* nullable: what failed */
    uint32_t ciphers; /* that the host says it announced, bits as of capabilities.h; 0: none */
};

/* What was decided about a recipient. */
struct sgw_plan_fate {
    int outcome; /* enum smimegw_plan_outcome, 0 until it is known */
    int reason;
    bool is_blind;
    int status;                   /* 1 has a key, 0 has none, -1 not known */
    struct smimegw_cert *cert;    /* borrowed from the recipient */
    struct sgw_plan_found *found; /* likewise; NULL: not from a source of the gateway */
    uint32_t ciphers;             /* that it may be encrypted with, see sgw_plan_ciphers() */
    bool has_spoiled;             /* one that expired or lost trust: no key, but never clear */
    const char *note;             /* nullable, borrowed or static: why there is no key */
    size_t delivery;              /* place; SIZE_MAX: none */
    char *text;
};

struct sgw_plan_delivery {
    int mode; /* enum sgw_mode; -1: goes as it came */
    int reason;
    bool is_rsa;
    bool is_shut;     /* takes nobody else */
    uint32_t ciphers; /* that all may read, see sgw_plan_ciphers(); never 0 if encrypted */
    size_t *recipients;
    size_t recipient_count;
    size_t recipient_capacity;
    struct smimegw_cert **certs; /* borrowed from recipients and extras, each once */
    size_t cert_count;
    size_t cert_capacity;
    char *text;
};

struct sgw_plan_result {
    struct sgw_plan_fate *fates; /* as many as recipients; NULL: not decided */
    size_t fate_count;
    struct sgw_plan_delivery *deliveries;
    size_t delivery_count;
    size_t delivery_capacity;
};

/* What the message is, found out once. */
struct sgw_plan_message {
    struct sgw_source *source; /* borrowed, or edited: what goes out */
    struct sgw_edited_source edited;
    struct sgw_mime mime; /* as it came in */
    int refusal;          /* reason nothing can be done with it; 0: something can */
    int stiff;            /* reason it can go only as it came; 0: it can be protected */
    char *trouble;        /* nullable: what is wrong, if one of these is set */
    int already;          /* ALREADY_SIGNED, ALREADY_ENCRYPTED or 0 */
    bool is_report;
    bool is_calendar;
};

struct smimegw_plan {
    struct smimegw_gateway *gateway; /* nullable */
    struct smimegw_profile *profile; /* nullable */
    struct sgw_context context;
    struct sgw_protect_options options;
    struct sgw_sending_rules rules;
    struct sgw_plan_message message;
    bool has_null_sender;
    struct smimegw_identity *identity; /* nullable */
    struct sgw_plan_recipient *recipients;
    size_t recipient_count;
    size_t recipient_capacity;
    struct sgw_index keys;
    struct sgw_cert_list extras;
    bool is_resolving;  /* no call but answers and questions */
    bool is_looking_up; /* and it is smimegw_plan_lookup() that does */
    struct sgw_plan_result result;
};

/* What the message as a whole comes to, whoever the recipients are. */
struct sgw_plan_course {
    int outcome; /* BOUNCED or DEFERRED: all of it; else 0 */
    int reason;
    int mode; /* enum sgw_mode; -1: goes as it came */
};
/* Without the question whether it can be signed. */
void sgw_plan_course_find(const struct smimegw_plan *plan, struct sgw_plan_course *ret);
/* The same, and what signing says. E_NOMEM, E_CRYPTO. */
int sgw_plan_course_sign(const struct smimegw_plan *plan, struct sgw_plan_course *course,
                         struct smimegw_error **ret_error);

/* plan_message.c */
int sgw_plan_message_read(struct sgw_plan_message *message, const struct sgw_context *context,
                          const struct sgw_protect_options *options,
                          struct smimegw_error **ret_error);
/* Change the header as the profile says: everything after this sees it changed. E_NOMEM. */
int sgw_plan_message_edit(struct sgw_plan_message *message,
                          const struct sgw_profile_values *values,
                          struct smimegw_error **ret_error);
void sgw_plan_message_clear(struct sgw_plan_message *message);

/* plan.c */
/* E_STATE where it was decided already. */
int sgw_plan_check_open(const struct smimegw_plan *plan, struct smimegw_error **ret_error);
/* Key of a mailbox; is_opaque where no certificate can name it. */
struct sgw_plan_key {
    char text[SGW_PLAN_ADDRESS_MAX + 1];
    size_t size;
    bool is_opaque;
};
void sgw_plan_key_make(const char *address, size_t size, struct sgw_plan_key *ret);
bool sgw_plan_find(const struct smimegw_plan *plan, const struct sgw_plan_key *key,
                   size_t *ret_index);

/* plan_supply.c: of a plan that is not decided. E_USAGE for others, E_STATE. */
int sgw_plan_find_recipient(struct smimegw_plan *plan, const char *address,
                            struct sgw_plan_recipient **ret_recipient,
                            struct smimegw_error **ret_error);
int sgw_plan_check_unresolved(const struct smimegw_plan *plan,
                              struct smimegw_error **ret_error);
bool sgw_plan_wants_keys(const struct smimegw_plan *plan);
/* As smimegw_plan_add_extra(), also while the plan is looking up. */
int sgw_plan_add_extra(struct smimegw_plan *plan, struct smimegw_cert *cert,
                       struct smimegw_error **ret_error);
/* The new answer in the place of what was there; certs and note are taken over. */
void sgw_plan_put_answer(struct sgw_plan_recipient *recipient, enum sgw_answer answer,
                         struct sgw_cert_list certs, char *note);
/* Call a function about addresses; whatever it does not answer has failed. */
void sgw_plan_ask(struct smimegw_plan *plan, const char **needs, size_t count,
                  smimegw_resolve_fn resolve, void *userdata);

/* plan_lookup_store.c: the certificates of a store for recipients, each into its finds. */
struct sgw_plan_round {
    const struct smimegw_plan *plan;
    size_t source;            /* place of the store or resolver among the gateway's */
    const size_t *recipients; /* who is asked for */
    size_t count;
    struct sgw_plan_finds *finds; /* of all recipients of the plan */
};
/* E_STORE, E_NOMEM, E_RANDOM; on failure the finds may have grown. */
int sgw_plan_ask_store(const struct sgw_plan_round *round, struct smimegw_error **ret_error);

/* plan_finds.c */
/* NULL: out of memory. */
struct sgw_plan_record *sgw_plan_record_new(const struct smimegw_record *record);
void sgw_plan_record_unref(struct sgw_plan_record *record);
/* What a source must have to be worth anything to the plan: enum smimegw_grade. */
int sgw_plan_lowest_grade(const struct smimegw_plan *plan);
/* Is the recipient better served by the one than by the other? Valid before expired, then
 * harvested ones last, then by name and by grade, then the newest: smimegw_keyring_lookup()
 * does it so, too. */
bool sgw_plan_found_is_better(const struct smimegw_plan *plan,
                              const struct sgw_plan_found *one,
                              const struct sgw_plan_found *other);
/* Whatever a source says, "chain" without a path that the gateway can see is worth no more
 * than mail, and comes last as that. E_NOMEM, E_CRYPTO. */
int sgw_plan_found_check(const struct smimegw_plan *plan, struct sgw_plan_found *found,
                         struct smimegw_error **ret_error);
/* Would it be added? cert may have names and times only. Where an administrator has a key,
 * harvested ones are none: they go, even if that key is of no use. */
bool sgw_plan_finds_admit(const struct smimegw_plan *plan, struct sgw_plan_finds *finds,
                          const struct sgw_plan_found *found);
/* Add one that was admitted, in the place of the least where there is no more room;
 * certificate and record get another holder. E_NOMEM. */
int sgw_plan_finds_add(const struct smimegw_plan *plan, struct sgw_plan_finds *finds,
                       const struct sgw_plan_found *found);
void sgw_plan_finds_clear(struct sgw_plan_finds *finds);

/* plan_touch.c: note that the records of a delivery that was written were used. */
void sgw_plan_touch(struct smimegw_plan *plan, const struct sgw_plan_delivery *delivery);

/* How well a certificate fits the key of a recipient: 0 by the address, 1 by its domain, 2 by
 * a wildcard over that, 3 not at all. */
enum { SGW_FIT_ADDRESS, SGW_FIT_DOMAIN, SGW_FIT_WILDCARD, SGW_FIT_NONE };
int sgw_plan_fit(const struct smimegw_cert *cert, const char *key);

/* plan_keys.c: the certificate that serves a recipient; E_NOMEM, E_CRYPTO. */
int sgw_plan_choose(const struct smimegw_plan *plan,
                    const struct sgw_plan_recipient *recipient, struct sgw_plan_fate *fate,
                    struct smimegw_error **ret_error);
/* May be encrypted to? ret_note: why not; E_REVOCATION where it can't be told. */
int sgw_plan_cert_check(const struct smimegw_plan *plan, struct smimegw_cert *cert,
                        const char **ret_note, struct smimegw_error **ret_error);

/* The name at a place of the profile's extra-recipients, without blanks around it; NULL past
 * the last one. */
const char *sgw_plan_extra_name(const struct smimegw_plan *plan, size_t index,
                                size_t *ret_size);

/* plan_cipher.c: the ciphers of the profile's range, as bits of indexes into
 * sgw_option_ciphers, that the holder of a certificate can read; announced: what the host
 * knows of it (capabilities.h), which counts more than the certificate. Never 0: who announces
 * nothing in the range is as who announces nothing. */
uint32_t sgw_plan_ciphers(const struct smimegw_plan *plan, uint32_t announced,
                          const struct smimegw_cert *cert);
/* The strongest of them: an index into sgw_option_ciphers. */
int sgw_plan_cipher_best(uint32_t ciphers);

/* plan_delivery.c */
/* Put a recipient into the delivery that fits; E_NOMEM. */
int sgw_plan_deliver(const struct smimegw_plan *plan, struct sgw_plan_result *result,
                     size_t recipient, int mode);
/* plan_text.c: sentences of recipients and deliveries; E_NOMEM. */
int sgw_plan_explain(const struct smimegw_plan *plan, struct sgw_plan_result *result);
void sgw_plan_result_clear(struct sgw_plan_result *result);

#endif
