/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_GATEWAY_HARVEST_IMPL_H
#define SGW_GATEWAY_HARVEST_IMPL_H

#include <smimegw/harvester.h>

#include "base/buf.h"
#include "base/ref.h"
#include "gateway/keyring_impl.h"
#include "gateway/policy_impl.h"
#include "gateway/store/store_impl.h"
#include "pki/cert/names.h"
#include "smime/verdict_impl.h"

/* "alice@example.com 0123456789abcdef": whom it is for, and the fingerprint's start. */
enum { SGW_HARVEST_ID_SIZE = 16, SGW_HARVEST_ADDRESS_MAX = 220 };
/* Capabilities that are kept: ours are about 100 bytes. */
enum { SGW_HARVEST_CAPABILITIES_MAX = 4096 };
/* The end of the year 9999: the last that has a text. */
#define SGW_HARVEST_TIME_MAX INT64_C(253402300799)
#define SGW_HARVEST_UNTRUSTED_PREFIX "untrusted "
#define SGW_HARVEST_HELD_PREFIX "held "

struct sgw_harvester_values {
    int64_t size_limit;
    int64_t keep_used;
    int64_t alert_window;
    int64_t alert_after;
    int64_t alert_keep;
    int64_t clock_skew;
};

struct smimegw_harvester {
    struct sgw_ref ref;
    int is_frozen; /* atomic: set by the first use */
    struct smimegw_store *store;
    struct sgw_harvester_values values;
    smimegw_alert_fn alert;
    void *alert_userdata;
};

/* What became of one signer's key. */
struct sgw_harvest_item {
    size_t layer;
    size_t signer;
    int outcome; /* 0: not decided yet */
    int reason;
    char name[SGW_KEY_NAME_MAX + 1]; /* of its record; "" where there is none */
    struct sgw_buf text;
    /* Which key it is about; valid while it is taken. */
    const struct sgw_verdict_signer *from;
    struct smimegw_cert *cert; /* (borrowed) from the verdict */
    bool is_passed;
    bool is_domain;
    bool is_open; /* the store has a word in it */
    /* What comes of it beside the outcome: */
    int alert;      /* a member of enum smimegw_alert_kind; 0: none */
    bool is_update; /* a key in the place of another one arrived (C36) */
};

struct smimegw_harvest {
    struct sgw_harvest_item *items;
    size_t count;
};

/* To be told to the host when it is in the store. */
struct sgw_harvest_alert {
    int kind;
    struct sgw_buf text;
    struct sgw_buf json;
};

/* One message on its way into the store. */
struct sgw_harvesting {
    const struct smimegw_harvester *harvester;
    struct sgw_policy_values policy;
    const struct smimegw_verdict *verdict;
    int64_t now;
    /* the sender: its address as the key of a lookup */
    const char *sender;
    size_t sender_size;
    char address[SGW_NAME_KEY_MAX + 1];
    const char *domain; /* in address */
    struct smimegw_harvest *harvest;
    struct smimegw_transaction *transaction;
    /* False while it is only found out whether there is anything to write. */
    bool is_writing;
    bool has_changes;
    struct sgw_harvest_alert *alerts; /* room for two an item */
    size_t alert_count;
};

/* Names of records that are to be removed. */
struct sgw_harvest_names {
    struct sgw_buf text; /* each with its NUL */
    size_t count;
};

/* What the store knows about the addresses of a certificate. */
struct sgw_harvest_known {
    /* an administrator's key for the sender or one of them */
    bool has_administrators;
    bool is_administrators; /* this certificate */
    /* harvested: this certificate */
    bool is_there;
    char name[SGW_KEY_NAME_MAX + 1];
    int grade;
    int64_t added;
    int64_t used;
    int64_t time; /* when it was signed, or came where nobody said that */
    bool has_same_capabilities;
    /* harvested: other ones in use */
    size_t others;
    int64_t newest; /* the latest such time of one of them */
    int best_grade;
    bool is_other_issuer;
    bool is_other_address; /* one serves an address that is not the sender's */
    /* those of them that serve the sender only */
    struct sgw_harvest_names replaced;
    int64_t replaced_size;
    int64_t replaced_used; /* when one of them was used last */
    /* others for the sender that are not in use */
    size_t held;
    size_t untrusted;
};

/* Decide what can be told without the store. */
void sgw_harvest_judge(struct sgw_harvesting *call, struct sgw_harvest_item *item);
/* Decide by what is known; nothing is written. */
void sgw_harvest_decide(const struct sgw_harvesting *call,
                        const struct sgw_harvest_known *known, struct sgw_harvest_item *item);
/* The grade of a record with that outcome. */
int sgw_harvest_grade(const struct sgw_harvest_item *item);
/* Is it newer than what is there, and worth a write? */
bool sgw_harvest_is_fresh(const struct sgw_harvest_known *known,
                          const struct sgw_harvest_item *item);
/* Its capabilities, where they are kept: a store never gets what it could not give back. NULL:
 * there are none. */
const struct sgw_buf *sgw_harvest_capabilities(const struct sgw_harvest_item *item);

/* Within the transaction. E_NOMEM, E_RANDOM, E_STORE and its like. */
int sgw_harvest_look_up(const struct sgw_harvesting *call, const struct sgw_harvest_item *item,
                        struct sgw_harvest_known *ret, struct smimegw_error **ret_error);
void sgw_harvest_known_clear(struct sgw_harvest_known *known);
int sgw_harvest_keep(struct sgw_harvesting *call, const struct sgw_harvest_known *known,
                     struct sgw_harvest_item *item, struct smimegw_error **ret_error);
/* What has to go for it, if anything; none of this call. False: that would not do. */
int sgw_harvest_find_room(const struct sgw_harvesting *call,
                          const struct sgw_harvest_known *known,
                          const struct sgw_harvest_item *item, struct sgw_harvest_names *ret,
                          bool *ret_is_enough, struct smimegw_error **ret_error);
/* Bytes that it takes in a store, more or less. */
int64_t sgw_harvest_size(size_t cert_size, size_t capabilities_size);

/* Note what an administrator should see about an item. */
int sgw_harvest_warn(struct sgw_harvesting *call, const struct sgw_harvest_item *item,
                     struct smimegw_error **ret_error);
/* The key that updates others of a domain is counted, and an alert made of too many. */
int sgw_harvest_count_update(struct sgw_harvesting *call, const struct sgw_harvest_item *item,
                             struct smimegw_error **ret_error);
/* Forget alerts whose time is over, or that are too many. */
int sgw_harvest_prune_alerts(const struct sgw_harvesting *call,
                             struct smimegw_error **ret_error);

/* E_NOMEM. */
int sgw_harvest_add_name(struct sgw_harvest_names *names, const char *name);
bool sgw_harvest_has_name(const struct sgw_harvest_names *names, const char *name);
int sgw_harvest_remove(struct smimegw_transaction *transaction, int kind,
                       const struct sgw_harvest_names *names,
                       struct smimegw_error **ret_error);

/* Room for one item a signer. E_NOMEM. */
int sgw_harvest_new(const struct smimegw_verdict *verdict, struct smimegw_harvest **ret);
/* The sentence about an item. */
int sgw_harvest_describe(const struct sgw_harvesting *call, struct sgw_harvest_item *item);
/* How the name of its record starts: those that are not in use stand together, so that they
 * are found without a look at the others. */
const char *sgw_harvest_prefix(int grade);
/* "<prefix><address> <start of the fingerprint>" */
void sgw_harvest_make_name(const struct sgw_harvesting *call,
                           const struct sgw_harvest_item *item, const char *prefix,
                           char ret[SGW_KEY_NAME_MAX + 1]);
/* The start of the fingerprint. */
const char *sgw_harvest_id(const struct sgw_harvest_item *item,
                           char ret[SGW_HARVEST_ID_SIZE + 1]);

#endif
