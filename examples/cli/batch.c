/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "batch.h"

#include <stdlib.h>
#include <string.h>

#include "plan.h"

void cli_batch_clear(struct cli_batch *batch)
{
    for (size_t index = 0; index < batch->count; index++)
        cli_copy_close(&batch->copies[index]);
    for (size_t index = 0; index < batch->kept_count; index++)
        cli_quarantined_close(&batch->kept[index]);
    cli_list_clear(&batch->notes);
    free(batch->copies);
    free(batch->kept);
    free(batch->served);
    free(batch->refused);
    free(batch->reply);
    free(batch->text);
    *batch = (struct cli_batch){.code = CLI_DONE};
}

static int fail_memory(void)
{
    return cli_fail(CLI_TROUBLE, "out of memory");
}

/* The first one is named. */
static int note(char **name, const char *text)
{
    if (*name == NULL && text != NULL && (*name = strdup(text)) == NULL)
        return fail_memory();
    return CLI_DONE;
}

/* --- gathering -----------------------------------------------------------------------------
 */

int cli_batch_add(const struct cli_session *session, struct cli_batch *batch,
                  const struct cli_list *recipients, bool secret, struct cli_copy **ret_copy)
{
    struct cli_copy *copies =
        reallocarray(batch->copies, batch->count + 1, sizeof(*batch->copies));
    if (copies == NULL)
        return fail_memory();
    batch->copies = copies;
    struct cli_copy *copy = &copies[batch->count];
    int code = cli_copy_open(session, secret, copy);
    if (code != CLI_DONE)
        return code;
    batch->count++;
    for (size_t index = 0; code == CLI_DONE && index < recipients->count; index++)
        code = cli_list_add(&copy->recipients, recipients->items[index]);
    *ret_copy = copy;
    return code == CLI_DONE ? note(&batch->served, cli_list_first(recipients)) : code;
}

static int add_delivery(const struct cli_session *session, struct cli_batch *batch,
                        struct smimegw_plan *plan, size_t at, bool secret)
{
    struct cli_list recipients = {0};
    struct cli_copy *copy = NULL;
    struct smimegw_error *error = NULL;
    const char *address;
    int code = CLI_DONE;
    for (size_t index = 0;
         code == CLI_DONE &&
         (address = smimegw_plan_delivery_recipient(plan, at, index)) != NULL;
         index++)
        code = cli_list_add(&recipients, address);
    if (code == CLI_DONE)
        code = cli_batch_add(session, batch, &recipients, secret, &copy);
    if (code == CLI_DONE && smimegw_plan_delivery_write(plan, at, smimegw_fd_write, &copy->fd,
                                                        &error) != SMIMEGW_OK)
        code = cli_session_fail(session, CLI_TROUBLE, error);
    cli_list_clear(&recipients);
    return code;
}

int cli_batch_refuse(struct cli_batch *batch, const char *recipient, int code,
                     const char *reply, const char *text)
{
    if (batch->code != CLI_DONE) {
        batch->is_mixed = batch->is_mixed || batch->code != code;
        return CLI_DONE;
    }
    batch->code = code;
    int result = note(&batch->refused, recipient);
    if (result == CLI_DONE)
        result = note(&batch->reply, reply);
    return result == CLI_DONE ? note(&batch->text, text) : result;
}

/* No output is no message, but to a filter's MTA it is an empty one. */
int cli_batch_drop(const struct cli_session *session, struct cli_batch *batch,
                   const char *recipient, const char *text)
{
    char *line = NULL;
    if (session->options->send_with.count == 0)
        return cli_batch_refuse(batch, recipient, CLI_DROPPED, NULL, text);
    if (asprintf(&line, "%s: %s", recipient, text) < 0)
        return fail_memory();
    int code = cli_list_add(&batch->notes, line);
    free(line);
    return code == CLI_DONE ? note(&batch->served, recipient) : code;
}

int cli_batch_keep(const struct cli_session *session, struct cli_batch *batch,
                   const struct cli_list *recipients, json_t *about)
{
    struct cli_quarantined *kept =
        reallocarray(batch->kept, batch->kept_count + 1, sizeof(*kept));
    if (kept == NULL) {
        json_decref(about);
        return fail_memory();
    }
    batch->kept = kept;
    int code = cli_quarantined_open(session, about, &kept[batch->kept_count++]);
    if (code != CLI_DONE)
        return code;
    const char *recipient = cli_list_first(recipients);
    /* only a final program can say that it is done with a message that does not come out */
    if (session->options->send_with.count == 0)
        return cli_batch_refuse(batch, recipient, CLI_QUARANTINED, NULL,
                                "kept back; an MTA needs --send-with for it");
    return note(&batch->served, recipient);
}

/* An MTA has codes of its own, and takes the enhanced code at the start of the line. */
static int refuse_plan(const struct cli_session *session, struct cli_batch *batch,
                       const struct smimegw_plan *plan, size_t at)
{
    int reason = 0;
    const char *reply = "";
    int outcome = smimegw_plan_recipient_outcome(plan, at, &reason, &reply);
    const char *address = smimegw_plan_recipient(plan, at);
    const char *text = smimegw_plan_recipient_text(plan, at);
    const char *space = strchr(reply, ' ');
    if (outcome == SMIMEGW_PLAN_DROPPED)
        return cli_batch_drop(session, batch, address, text);
    int code = cli_plan_code(outcome);
    if (session->options->mta.count != 0 && outcome == SMIMEGW_PLAN_BOUNCED)
        code = reason == SMIMEGW_PLAN_NO_KEY || reason == SMIMEGW_PLAN_OTHER_NO_KEY
                   ? (int)CLI_MTA_NO_KEY
                   : (int)CLI_MTA_REFUSED;
    return cli_batch_refuse(batch, address, code, space == NULL ? reply : space + 1, text);
}

int cli_batch_add_plan(const struct cli_session *session, struct cli_batch *batch,
                       struct smimegw_plan *plan, bool secret)
{
    size_t recipient;
    size_t count = smimegw_plan_delivery_count(plan);
    int code = CLI_DONE;
    if (cli_plan_code(cli_plan_worst(plan, &recipient)) != CLI_DONE) {
        if (count != 0)
            code = note(&batch->served, smimegw_plan_delivery_recipient(plan, 0, 0));
        return code == CLI_DONE ? refuse_plan(session, batch, plan, recipient) : code;
    }
    for (size_t at = 0; code == CLI_DONE && at < count; at++)
        code = add_delivery(session, batch, plan, at, secret);
    return code;
}

/* --- doing it ------------------------------------------------------------------------------
 */

static int put_out(const struct cli_session *session, const struct cli_batch *batch)
{
    const char *command = cli_list_first(&session->options->send_with);
    if (batch->count == 0)
        return CLI_DONE;
    if (command != NULL)
        return cli_copies_send(command, cli_list_first(&session->options->from), batch->copies,
                               batch->count);
    if (batch->count == 1)
        return cli_copy_print(&batch->copies[0]);
    return cli_fail(CLI_TROUBLE,
                    "the message becomes %zu deliveries, and a filter writes one: take "
                    "--send-with, or one recipient a call",
                    batch->count);
}

static int keep_all(const struct cli_batch *batch)
{
    int code = CLI_DONE;
    for (size_t index = 0; code == CLI_DONE && index < batch->kept_count; index++)
        code = cli_quarantined_commit(&batch->kept[index]);
    return code;
}

/* The whole message has one outcome, the exit code tells. */
static int refuse(const struct cli_session *session, const struct cli_batch *batch)
{
    if (batch->served != NULL || batch->is_mixed)
        return cli_fail(
            CLI_TROUBLE,
            "one exit code can't say what becomes of %s and of %s: one recipient a "
            "call, then",
            batch->served != NULL ? batch->served : "others", batch->refused);
    if (session->options->mta.count == 0 || batch->reply == NULL)
        return cli_fail(batch->code, "%s: %s", batch->refused, batch->text);
    fprintf(stderr, "%s\n", batch->reply);
    return batch->code;
}

int cli_batch_finish(const struct cli_session *session, struct cli_batch *batch)
{
    int code = CLI_DONE;
    /* a filter's MTA must not take the end of a message that is kept back for an empty one */
    bool is_kept = batch->code == CLI_QUARANTINED && batch->served == NULL &&
                   !batch->is_mixed && session->options->mta.count == 0;
    if (batch->code != CLI_DONE && !is_kept)
        code = refuse(session, batch);
    if (code == CLI_DONE)
        code = put_out(session, batch);
    if (code == CLI_DONE)
        code = keep_all(batch);
    if (code == CLI_DONE && is_kept)
        code = refuse(session, batch);
    for (size_t index = 0; index < batch->notes.count; index++)
        cli_fail(code, "%s", batch->notes.items[index]);
    return code;
}
