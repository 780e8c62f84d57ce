/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Recipients of a verb that writes one message, by the stores. */
#include "stores_find.h"

#include "plan.h"

struct search {
    struct smimegw_cert *cert;
    int result;
    struct smimegw_error *error;
};

static int take_cert(void *userdata, const struct smimegw_record *record)
{
    struct search *search = userdata;
    search->result =
        smimegw_cert_new(record->data, record->data_size, &search->cert, &search->error);
    return 1;
}

static int search_one(const struct cli_key_store *store, const char *name,
                      struct search *search)
{
    struct smimegw_transaction *transaction = NULL;
    int code = cli_key_store_begin(store, SMIMEGW_TRANSACTION_READ, &transaction);
    if (code != CLI_DONE)
        return code;
    int result = smimegw_transaction_get(transaction, SMIMEGW_RECORD_KEY, name, take_cert,
                                         search, &search->error);
    if (result != SMIMEGW_OK || search->result != SMIMEGW_OK)
        code = cli_fail_error(CLI_TROUBLE, store->name, search->error);
    return cli_key_store_end(store, transaction, code);
}

int cli_stores_find(const struct cli_session *session, const char *name,
                    struct smimegw_cert **ret_cert)
{
    struct search search = {0};
    int code = CLI_DONE;
    for (size_t index = 0;
         code == CLI_DONE && search.cert == NULL && index < session->store_count; index++)
        code = search_one(&session->stores[index], name, &search);
    if (code == CLI_DONE)
        *ret_cert = search.cert;
    else
        smimegw_cert_unref(search.cert);
    return code;
}

/* What of the profile decides about certificates. */
static int make_profile(const struct cli_session *session,
                        struct smimegw_profile **ret_profile)
{
    static const char *const fields[] = {"lowest-grade", "expired-certificates"};
    struct smimegw_error *error = NULL;
    int result = smimegw_profile_new(ret_profile, &error);
    if (result == SMIMEGW_OK)
        result = smimegw_profile_set(*ret_profile, "mode", "encrypt", &error);
    for (size_t index = 0; result == SMIMEGW_OK && index < sizeof(fields) / sizeof(fields[0]);
         index++) {
        struct smimegw_buffer *value = NULL;
        result = smimegw_profile_get(session->profile, fields[index], &value, &error);
        if (result == SMIMEGW_OK)
            result = smimegw_profile_set(*ret_profile, fields[index],
                                         smimegw_buffer_data(value), &error);
        smimegw_buffer_free(value);
    }
    return result == SMIMEGW_OK ? CLI_DONE : cli_fail_error(CLI_TROUBLE, "profile", error);
}

static int take_planned(struct cli_session *session, const struct smimegw_plan *plan)
{
    size_t count = smimegw_plan_recipient_count(plan);
    for (size_t index = 0; index < count; index++) {
        struct smimegw_cert *cert = smimegw_plan_recipient_cert(plan, index);
        if (cert == NULL)
            return cli_fail(CLI_TROUBLE, "%s: %s", smimegw_plan_recipient(plan, index),
                            smimegw_plan_recipient_text(plan, index));
        session->recipients[session->recipient_count++] = smimegw_cert_ref(cert);
    }
    return CLI_DONE;
}

/* Only a plan knows the order of stores and grades: it is made for a message of no account. */
int cli_stores_find_recipients(struct cli_session *session)
{
    static const char text[] = "Subject: -\r\n\r\n-\r\n";
    struct smimegw_error *error = NULL;
    struct smimegw_plan *plan = NULL;
    struct cli_sending sending = {.recipients = &session->options->to};
    if (session->options->to.count == 0)
        return CLI_DONE;
    int code = make_profile(session, &sending.profile);
    if (code == CLI_DONE &&
        smimegw_message_new_memory(session->gateway, text, sizeof(text) - 1, &sending.message,
                                   &error) != SMIMEGW_OK)
        code = cli_fail_error(CLI_TROUBLE, session->verb->name, error);
    if (code == CLI_DONE)
        code = cli_plan_make_for(session, &sending, &plan);
    if (code == CLI_DONE)
        code = take_planned(session, plan);
    smimegw_plan_free(plan);
    smimegw_message_free(sending.message);
    smimegw_profile_unref(sending.profile);
    return code;
}
