/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_GATEWAY_GATEWAY_IMPL_H
#define SGW_GATEWAY_GATEWAY_IMPL_H

#include <smimegw/gateway.h>
#include <smimegw/profile.h>

#include "base/buf.h"
#include "base/ref.h"
#include "gateway/configured.h"
#include "gateway/sources.h"
#include "smime/context.h"
#include "stream/message_impl.h"

/* Values of the gateway's settings, as the table writes them. */
struct sgw_gateway_values {
    struct sgw_context context; /* time is -1 for the clock */
    char *spool_directory;
};

struct smimegw_gateway {
    struct sgw_ref ref;
    int is_frozen; /* atomic: set by the first use */
    struct sgw_gateway_values values;
    struct sgw_trust *trust;
    struct sgw_sources sources;
};

/* What a plan asks of a profile beside the options of a single protect call. */
enum sgw_missing_key {
    SGW_MISSING_BOUNCE,
    SGW_MISSING_DROP,
    SGW_MISSING_SPLIT,
    SGW_MISSING_SPLIT_BOUNCE
};
enum sgw_already_smime { SGW_ALREADY_PASS, SGW_ALREADY_WRAP, SGW_ALREADY_BOUNCE };
enum sgw_report_rule { SGW_REPORTS_PROTECT, SGW_REPORTS_PASS };
enum sgw_expired_rule { SGW_EXPIRED_REFUSE, SGW_EXPIRED_USE };
enum sgw_bcc_rule { SGW_BCC_KEEP, SGW_BCC_REMOVE };
struct sgw_sending_rules {
    int missing_key;     /* enum sgw_missing_key */
    int sign_clear_copy; /* the clear copy of a split is signed where the mode signs */
    int isolate_ec;      /* recipients with EC keys apart from those with RSA keys */
    int isolate_blind;   /* blind recipients each alone */
    int already_smime;   /* enum sgw_already_smime */
    int reports;         /* enum sgw_report_rule: null sender and multipart/report */
    int expired;         /* enum sgw_expired_rule */
    int bcc_field;       /* enum sgw_bcc_rule */
    int lowest_cipher;   /* index into sgw_option_ciphers; the option is the highest */
    int uses_capabilities;
    int lowest_grade; /* index into sgw_grade_words */
};

enum sgw_calendar_rule { SGW_CALENDAR_PROTECT, SGW_CALENDAR_PASS };

/* Values of a sending profile, as the table writes them. Texts are NULL where empty. */
struct sgw_profile_values {
    struct sgw_protect_options options;
    struct sgw_sending_rules rules;
    int calendar;              /* enum sgw_calendar_rule */
    char *signing_certificate; /* the host's name of it */
    char *extra_recipients;    /* names of keys, comma separated */
    char *subject_trigger;
    char *description;
};

struct smimegw_profile {
    struct sgw_configured base;
    struct sgw_profile_values values;
};
extern const struct sgw_configured_kind sgw_profile_kind;

/* E_STATE where it is in use already. */
int sgw_gateway_check_open(const struct smimegw_gateway *gateway,
                           struct smimegw_error **ret_error);
/* Freeze, and what operations work with; NULL stands for all defaults. */
int sgw_gateway_use(struct smimegw_gateway *gateway, struct sgw_context *ret_context,
                    struct smimegw_error **ret_error);
/* The spool's settings; the directory lives as long as the gateway. */
int sgw_gateway_spool(struct smimegw_gateway *gateway, struct sgw_spool_settings *ret_spool,
                      struct smimegw_error **ret_error);
int sgw_profile_use(struct smimegw_profile *profile, struct sgw_protect_options *ret_options,
                    struct smimegw_error **ret_error);
/* Freeze; (borrowed) all values, NULL for NULL. */
const struct sgw_profile_values *sgw_profile_values(struct smimegw_profile *profile);
/* The rules of a plan; NULL stands for all defaults. Freezes, too. */
int sgw_profile_rules(struct smimegw_profile *profile, struct sgw_sending_rules *ret,
                      struct smimegw_error **ret_error);

#endif
