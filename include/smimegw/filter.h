/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file The add-on libsmimegw-filter: which mail is signed, encrypted, kept back or changed.
 */
#ifndef SMIMEGW_FILTER_H
#define SMIMEGW_FILTER_H

#include <smimegw/types.h>

SMIMEGW_BEGIN_DECLS

struct smimegw_filter;
struct smimegw_filter_input;
struct smimegw_filter_result;

/**
 * Read a text of filters, groups and policies; doc/filter.md is the manual of the language.
 *
 * A filter is shared: set up by one thread, frozen by its first use, then used by any number
 * of threads.
 *
 * @param name        (borrowed) name of the file, for complaints and traces
 * @param text        (borrowed) the text, UTF-8; NULL only if @p size is 0
 * @param size        number of bytes
 * @param ret_filter  (owned) the filter, for smimegw_filter_unref()
 * @param ret_error   (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM, #SMIMEGW_E_LIMIT (over 16 MiB) or
 *         #SMIMEGW_E_SYNTAX, whose detail is "NAME:LINE:COLUMN: expected this, not that"
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_filter_new(const char *name, const void *text, size_t size,
                                   struct smimegw_filter **ret_filter,
                                   struct smimegw_error **ret_error);

/**
 * Add a holder of a filter.
 *
 * @param filter  (nullable) the filter
 * @return (owned) @p filter, for smimegw_filter_unref()
 * @thread any
 * @since 0.1
 */
SMIMEGW_API struct smimegw_filter *smimegw_filter_ref(struct smimegw_filter *filter);

/**
 * Drop a holder of a filter; the last one frees it.
 *
 * @param filter  (nullable) (consumed) the filter
 * @thread any
 * @since 0.1
 */
SMIMEGW_API void smimegw_filter_unref(struct smimegw_filter *filter);

/**
 * Add a group from a dictionary file, before first use.
 *
 * Each line is an entry as in the language: an address, a domain, ".domain" for its
 * subdomains, or a pattern with * and ?. What stands behind # is a comment.
 *
 * @param filter     the filter
 * @param name       (borrowed) name of the group
 * @param text       (borrowed) the file's bytes; NULL only if @p size is 0
 * @param size       number of bytes
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM, #SMIMEGW_E_STATE (in use already),
 *         #SMIMEGW_E_SETTING (there is a group of that name) or #SMIMEGW_E_SYNTAX
 * @thread the one that sets @p filter up
 * @since 0.1
 */
SMIMEGW_API int smimegw_filter_add_group(struct smimegw_filter *filter, const char *name,
                                         const void *text, size_t size,
                                         struct smimegw_error **ret_error);

/** Names in a text of filters. */
enum smimegw_filter_name {
    SMIMEGW_FILTER_NAME_FILTER = 1,   /**< its filters, in order */
    SMIMEGW_FILTER_NAME_POLICY = 2,   /**< its policies, in order */
    SMIMEGW_FILTER_NAME_PROFILE = 3,  /**< sending profiles that it asks for, some twice */
    SMIMEGW_FILTER_NAME_RECEIVING = 4 /**< receiving policies that it asks for, some twice */
};

/**
 * List names in a text of filters, so that a host can check that it has what is asked for.
 *
 * @param filter  (nullable) the filter
 * @param which   a member of enum smimegw_filter_name
 * @param index   0, 1, 2 ...
 * @return (borrowed) a name that lives as long as @p filter; NULL past the last one
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_filter_name(const struct smimegw_filter *filter, int which,
                                            size_t index);

/**
 * List the settings that a text can `set`.
 *
 * @param index        0, 1, 2 ...
 * @param ret_default  (nullable) (borrowed) static text of the default
 * @param ret_meaning  (nullable) (borrowed) static text: unit, meaning
 * @return (borrowed) static name of the setting; NULL past the last one
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_filter_setting(size_t index, const char **ret_default,
                                               const char **ret_meaning);

/**
 * Make what filters run over: a message and its envelope.
 *
 * @param gateway    (nullable) (borrowed) limits of MIME; NULL for the defaults
 * @param message    (borrowed) a finished message; must outlive the input
 * @param ret_input  (owned) the input, for smimegw_filter_input_free()
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_NOMEM
 * @thread owner of @p message
 * @since 0.1
 */
SMIMEGW_API int smimegw_filter_input_new(struct smimegw_gateway *gateway,
                                         struct smimegw_message *message,
                                         struct smimegw_filter_input **ret_input,
                                         struct smimegw_error **ret_error);

/**
 * Free an input; the message stays.
 *
 * @param input  (nullable) (consumed) the input
 * @thread owner of @p input
 * @since 0.1
 */
SMIMEGW_API void smimegw_filter_input_free(struct smimegw_filter_input *input);

/**
 * Say who sent the message.
 *
 * @param input      the input
 * @param address    (nullable) (borrowed) address of the envelope; NULL or "" for the null
 *                   sender, which is the default
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE (also where it is not UTF-8) or #SMIMEGW_E_NOMEM
 * @thread owner of @p input
 * @since 0.1
 */
SMIMEGW_API int smimegw_filter_input_set_sender(struct smimegw_filter_input *input,
                                                const char *address,
                                                struct smimegw_error **ret_error);

/**
 * Add a recipient.
 *
 * @param input      the input
 * @param address    (borrowed) address of the envelope
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE (also where it is not UTF-8) or #SMIMEGW_E_NOMEM
 * @thread owner of @p input
 * @since 0.1
 */
SMIMEGW_API int smimegw_filter_input_add_recipient(struct smimegw_filter_input *input,
                                                   const char *address,
                                                   struct smimegw_error **ret_error);

/**
 * Hand in what smimegw_receive() found.
 *
 * Without a verdict nothing is verified, and a message is S/MIME where its root says so.
 *
 * @param input      the input
 * @param verdict    (nullable) (borrowed) the verdict; a reference is kept
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK or #SMIMEGW_E_USAGE
 * @thread owner of @p input
 * @since 0.1
 */
SMIMEGW_API int smimegw_filter_input_set_verdict(struct smimegw_filter_input *input,
                                                 struct smimegw_verdict *verdict,
                                                 struct smimegw_error **ret_error);

/** Which way a message goes. */
enum smimegw_filter_direction {
    SMIMEGW_FILTER_INCOMING = 1, /**< to the organisation */
    SMIMEGW_FILTER_OUTGOING = 2  /**< from it */
};

/**
 * Say which way the message goes; outgoing is the default.
 *
 * @param input      the input
 * @param direction  a member of enum smimegw_filter_direction
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK or #SMIMEGW_E_USAGE
 * @thread owner of @p input
 * @since 0.1
 */
SMIMEGW_API int smimegw_filter_input_set_direction(struct smimegw_filter_input *input,
                                                   int direction,
                                                   struct smimegw_error **ret_error);

/** What a #smimegw_filter_group_fn answers. */
enum smimegw_filter_member {
    SMIMEGW_FILTER_MEMBER = 1,    /**< the address is in the group */
    SMIMEGW_FILTER_NO_MEMBER = 2, /**< it is not */
    SMIMEGW_FILTER_NO_GROUP = 3   /**< no such group */
};

/**
 * Tell whether an address is in a group that the text does not define itself.
 *
 * Called by smimegw_filter_run(), on its thread.
 *
 * @param userdata  (nullable) what the caller handed in beside the function
 * @param group     (borrowed) name of the group
 * @param address   (borrowed) as smimegw_address_normalise() makes it, else in lower case; ""
 * for the null sender
 * @return a member of enum smimegw_filter_member; anything else means that it can't be told,
 *         and so does #SMIMEGW_FILTER_NO_GROUP
 */
typedef int (*smimegw_filter_group_fn)(void *userdata, const char *group, const char *address);

/**
 * Hand in groups of the host.
 *
 * @param input      the input
 * @param find       (nullable) called for groups that the text does not define
 * @param userdata   (nullable) handed to @p find
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK or #SMIMEGW_E_USAGE
 * @thread owner of @p input
 * @since 0.1
 */
SMIMEGW_API int smimegw_filter_input_set_groups(struct smimegw_filter_input *input,
                                                smimegw_filter_group_fn find, void *userdata,
                                                struct smimegw_error **ret_error);

/**
 * Run filters over a message: recipients are grouped by policy, and each group gets its
 * decision.
 *
 * Nothing in a message is an error: what can't be told of it (a regex over its limits, a
 * header that can't be read) is what the setting "on-error" says, by default
 * #SMIMEGW_FILTER_DEFER, and never silently no match.
 *
 * @param filter      (borrowed) the filter, frozen from now on; the result keeps a reference
 * @param input       (borrowed) the message and its envelope, with at least one recipient
 * @param ret_result  (owned) the decisions, for smimegw_filter_result_free()
 * @param ret_error   (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_STATE (the message is not finished),
 *         #SMIMEGW_E_NOMEM or #SMIMEGW_E_IO
 * @thread owner of @p input
 * @since 0.1
 */
SMIMEGW_API int smimegw_filter_run(struct smimegw_filter *filter,
                                   const struct smimegw_filter_input *input,
                                   struct smimegw_filter_result **ret_result,
                                   struct smimegw_error **ret_error);

/**
 * Free a result.
 *
 * @param result  (nullable) (consumed) the result
 * @thread owner of @p result
 * @since 0.1
 */
SMIMEGW_API void smimegw_filter_result_free(struct smimegw_filter_result *result);

/**
 * Number of groups of recipients; each recipient is in one.
 *
 * @param result  (nullable) the result
 * @return how many, at least 1; 0 for NULL
 * @thread owner of @p result
 * @since 0.1
 */
SMIMEGW_API size_t smimegw_filter_result_count(const struct smimegw_filter_result *result);

/**
 * A recipient of a group.
 *
 * @param result  (nullable) the result
 * @param group   0, 1, 2 ...
 * @param index   0, 1, 2 ... in the order in which they were added
 * @return (borrowed) the address as it was added, as long as @p result lives; NULL past the
 *         last one
 * @thread owner of @p result
 * @since 0.1
 */
SMIMEGW_API const char *
smimegw_filter_result_recipient(const struct smimegw_filter_result *result, size_t group,
                                size_t index);

/** What becomes of the message of a group. */
enum smimegw_filter_action {
    SMIMEGW_FILTER_DELIVER = 1,    /**< deliver; with #SMIMEGW_FILTER_PROFILE where there is
                                      one */
    SMIMEGW_FILTER_SMIME = 2,      /**< sign or encrypt with #SMIMEGW_FILTER_PROFILE now, and
                                      deliver, without any other processing */
    SMIMEGW_FILTER_QUARANTINE = 3, /**< keep it back; what would have become of it, were it
                                      released, is told by its profile */
    SMIMEGW_FILTER_DROP = 4,       /**< discard it, and tell nobody */
    SMIMEGW_FILTER_BOUNCE = 5,     /**< refuse it, or send it back */
    SMIMEGW_FILTER_DEFER = 6       /**< it can't be told: a temporary failure */
};

/**
 * The decision about a group.
 *
 * @param result  (nullable) the result
 * @param group   0, 1, 2 ...
 * @return a member of enum smimegw_filter_action; #SMIMEGW_FILTER_DEFER where there is no such
 *         group
 * @thread owner of @p result
 * @since 0.1
 */
SMIMEGW_API int smimegw_filter_result_action(const struct smimegw_filter_result *result,
                                             size_t group);

/** What is told of a group. */
enum smimegw_filter_text {
    SMIMEGW_FILTER_POLICY = 1,    /**< the policy that its recipients fall under */
    SMIMEGW_FILTER_PROFILE = 2,   /**< the sending profile: of smime-gateway, else the last of
                                     smime-gateway-deferred, else of the policy */
    SMIMEGW_FILTER_RECEIVING = 3, /**< the receiving policy, for smimegw_receive() */
    SMIMEGW_FILTER_DECIDED = 4,   /**< which filter, line and condition decided, for people */
    SMIMEGW_FILTER_REASON = 5     /**< the first thing that could not be told */
};

/**
 * Read a text of a group.
 *
 * @param result  (nullable) the result
 * @param group   0, 1, 2 ...
 * @param which   a member of enum smimegw_filter_text
 * @return (borrowed) text that lives as long as @p result; NULL where there is none
 * @thread owner of @p result
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_filter_result_text(const struct smimegw_filter_result *result,
                                                   size_t group, int which);

/** Lists of a group. */
enum smimegw_filter_list {
    SMIMEGW_FILTER_QUARANTINES = 1,   /**< names of quarantines, each once */
    SMIMEGW_FILTER_NOTIFICATIONS = 2, /**< addresses to notify, each once */
    SMIMEGW_FILTER_LOG = 3            /**< lines for the log */
};

/**
 * Read an item of a list of a group.
 *
 * @param result  (nullable) the result
 * @param group   0, 1, 2 ...
 * @param which   a member of enum smimegw_filter_list
 * @param index   0, 1, 2 ...
 * @return (borrowed) text that lives as long as @p result; NULL past the last one
 * @thread owner of @p result
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_filter_result_item(const struct smimegw_filter_result *result,
                                                   size_t group, int which, size_t index);

/**
 * Tell whether the header of a group's message changes.
 *
 * @param result  (nullable) the result
 * @param group   0, 1, 2 ...
 * @return 1 where it does, and smimegw_filter_result_write() is needed; 0 otherwise
 * @thread owner of @p result
 * @since 0.1
 */
SMIMEGW_API int smimegw_filter_result_is_changed(const struct smimegw_filter_result *result,
                                                 size_t group);

/**
 * Write a group's message: the header with its changes, all else byte for byte.
 *
 * @param result     (borrowed) the result
 * @param group      0, 1, 2 ...
 * @param message    (borrowed) the message that the filters ran over
 * @param write      receives the message
 * @param userdata   (nullable) handed to @p write
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_STATE (another message),
 *         #SMIMEGW_E_NOMEM, #SMIMEGW_E_IO or #SMIMEGW_E_SINK
 * @rfc RFC 5322 section 2.2, RFC 2047
 * @thread owner of @p result and @p message
 * @since 0.1
 */
SMIMEGW_API int smimegw_filter_result_write(const struct smimegw_filter_result *result,
                                            size_t group, struct smimegw_message *message,
                                            smimegw_write_fn write, void *userdata,
                                            struct smimegw_error **ret_error);

/**
 * Tell for people how each decision came about: each condition that was tried, with its place,
 * and each action.
 *
 * @param result     (borrowed) the result
 * @param ret_text   (owned) lines of UTF-8
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_NOMEM
 * @thread owner of @p result
 * @since 0.1
 */
SMIMEGW_API int smimegw_filter_result_trace(const struct smimegw_filter_result *result,
                                            struct smimegw_buffer **ret_text,
                                            struct smimegw_error **ret_error);

/**
 * Tell everything as one JSON document; doc/filter.md describes it.
 *
 * @param result     (borrowed) the result
 * @param ret_json   (owned) the document
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_NOMEM
 * @thread owner of @p result
 * @since 0.1
 */
SMIMEGW_API int smimegw_filter_result_json(const struct smimegw_filter_result *result,
                                           struct smimegw_buffer **ret_json,
                                           struct smimegw_error **ret_error);

/**
 * Name an action, as in "deliver".
 *
 * @param action  a member of enum smimegw_filter_action
 * @return (borrowed) static text, never NULL; "unknown" for anything else
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_filter_action_name(int action);

SMIMEGW_END_DECLS

#endif
