/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Outer headers stay byte for byte but for line ends, whatever is done to a message: 500
 * hostile blocks in every mode of sending, and around every form of S/MIME that is received.
 */
#include "hostile_headers.h"
#include "plan_support.h"

#define BODY "for you, and not from.\r\n"
#define ID "stamp.example"

static struct smimegw_gateway *gateway;
static struct smimegw_identity *sender;
static struct smimegw_identity *reader;
static struct hostile input, delivered, found, wanted;

/* Each way to send, with how many copies it makes of a mail to one with a key and to one
 * without. */
static struct way {
    const char *name;
    const char *settings[9];
    size_t copies;
    struct smimegw_profile *profile;
} ways[] = {
    {"sign, detached", {"mode", "sign"}, 1, NULL},
    {"sign, opaque", {"mode", "sign", "sign-form", "opaque"}, 1, NULL},
    {"encrypt", {"mode", "encrypt"}, 1, NULL},
    {"sign-encrypt", {"mode", "sign-encrypt"}, 1, NULL},
    {"triple", {"mode", "triple"}, 1, NULL},
    {"split", {"mode", "sign-encrypt", "missing-key", "split"}, 2, NULL},
    {"split, opaque",
     {"mode", "triple", "missing-key", "split", "sign-form", "opaque"},
     2,
     NULL},
    {"split, clear as it came",
     {"mode", "sign-encrypt", "missing-key", "split", "sign-clear-copy", "no"},
     2,
     NULL},
};
enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

/* An S/MIME entity that somebody made, to stand below other headers. */
static struct form {
    const char *mode;
    const char *sign_form;
    bool is_signed;    /* outermost */
    bool is_encrypted; /* somewhere */
    struct hostile content;
    struct hostile body; /* with the blank line */
} forms[] = {
    {.mode = "sign", .sign_form = "detached", .is_signed = true},
    {.mode = "sign", .sign_form = "opaque", .is_signed = true},
    {.mode = "encrypt", .is_encrypted = true},
    {.mode = "sign-encrypt", .is_encrypted = true},
    {.mode = "triple", .is_signed = true, .is_encrypted = true},
};
enum { FORMS = sizeof(forms) / sizeof(forms[0]) };

static struct policy_row {
    const char *signature;
    const char *authserv_id;
    struct smimegw_policy *policy;
} policies[] = {
    {"keep", NULL, NULL}, {"remove", NULL, NULL}, {"keep", ID, NULL}, {"remove", ID, NULL}};
enum { POLICIES = sizeof(policies) / sizeof(policies[0]) };

static void fail_block(uint32_t number, const char *what, const char *why)
{
    fail_msg("block %u, %s: %s\nin:\n%.3000s\nfound:\n%.3000s\nwanted:\n%.3000s", number, what,
             why, input.data, found.data, wanted.data);
}

static bool is_same(struct hostile *a, struct hostile *b)
{
    hostile_put(a, "", 1);
    hostile_put(b, "", 1);
    return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

static const char *body_of(const struct smimegw_buffer *bytes, size_t *ret_size)
{
    struct hostile_piece rest = {smimegw_buffer_data(bytes), smimegw_buffer_size(bytes)};
    struct hostile_piece field;
    while (hostile_next(&rest, &field))
        continue;
    *ret_size = rest.size;
    return rest.data;
}

/* --- fixture -------------------------------------------------------------------------------
 */

static void make_form(struct form *form)
{
    static const char mail_of_form[] = "From: p256@example.com\r\nMIME-Version: 1.0\r\n"
                                       "Content-Type: text/plain; charset=us-ascii\r\n"
                                       "Content-Language: en\r\n\r\n" BODY;
    size_t size;
    struct smimegw_buffer *made =
        protect(form->mode, form->sign_form, NULL, "p256-id.pem", mail_of_form);
    hostile_fields(smimegw_buffer_data(made), smimegw_buffer_size(made), true, &form->content);
    const char *body = body_of(made, &size);
    hostile_put(&form->body, body, size);
    smimegw_buffer_free(made);
}

static int set_up(void **state)
{
    (void)state;
    gateway = make_gateway();
    sender = load_identity("p256-id.pem");
    reader = load_identity("p384-id.pem");
    for (size_t i = 0; i < WAYS; i++)
        ways[i].profile = make_profile(ways[i].settings);
    for (size_t i = 0; i < FORMS; i++)
        make_form(&forms[i]);
    for (size_t i = 0; i < POLICIES; i++) {
        struct smimegw_policy **policy = &policies[i].policy;
        assert_int_equal(smimegw_policy_new(policy, NULL), SMIMEGW_OK);
        assert_int_equal(smimegw_policy_set(*policy, "signature", policies[i].signature, NULL),
                         SMIMEGW_OK);
        assert_int_equal(
            smimegw_policy_set(*policy, "authserv-id", policies[i].authserv_id, NULL),
            SMIMEGW_OK);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < POLICIES; i++)
        smimegw_policy_unref(policies[i].policy);
    for (size_t i = 0; i < WAYS; i++)
        smimegw_profile_unref(ways[i].profile);
    smimegw_identity_unref(reader);
    smimegw_identity_unref(sender);
    smimegw_gateway_unref(gateway);
    return 0;
}

/* --- sending -------------------------------------------------------------------------------
 */

static struct smimegw_plan *make_plan(const struct way *way, struct smimegw_message *message)
{
    struct smimegw_plan *plan;
    struct smimegw_cert *cert = smimegw_identity_cert(reader);
    assert_int_equal(smimegw_plan_new(gateway, way->profile, message, &plan, NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_plan_set_sender(plan, "p256@example.com", NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_plan_set_identity(plan, sender, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_plan_add_recipient(plan, "p384@example.com", NULL, NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_plan_supply(plan, "p384@example.com", &cert, 1, 0, NULL),
                     SMIMEGW_OK);
    if (way->copies > 1) {
        assert_int_equal(smimegw_plan_add_recipient(plan, "dave@example.net", NULL, NULL),
                         SMIMEGW_OK);
        assert_int_equal(smimegw_plan_supply(plan, "dave@example.net", NULL, 0, 0, NULL),
                         SMIMEGW_OK);
    }
    assert_int_equal(smimegw_plan_decide(plan, NULL), SMIMEGW_OK);
    return plan;
}

static struct smimegw_buffer *write_copy(struct smimegw_plan *plan, size_t delivery)
{
    struct smimegw_error *error = NULL;
    struct smimegw_buffer *out = make_buffer();
    if (smimegw_plan_delivery_write(plan, delivery, smimegw_buffer_write, out, &error) !=
        SMIMEGW_OK)
        fail_msg("delivery %zu: %s", delivery, smimegw_error_text(error));
    return out;
}

/* A type is told where there was none. */
static void drop_default_type(struct hostile *fields)
{
    static const char type[] = "Content-Type: text/plain; charset=us-ascii\r\n";
    char *at = memmem(fields->data, fields->size, type, sizeof(type) - 1);
    if (at == NULL)
        return;
    fields->size -= sizeof(type) - 1;
    memmove(at, at + sizeof(type) - 1, fields->size - (size_t)(at - fields->data));
}

/* The recipient finds the fields that went inward as they were. */
static void check_inside(uint32_t number, const char *what, const struct smimegw_buffer *copy)
{
    struct smimegw_message *message =
        make_message(smimegw_buffer_data(copy), smimegw_buffer_size(copy));
    struct smimegw_buffer *out = make_buffer();
    struct smimegw_error *error = NULL;
    if (smimegw_receive(gateway, policies[1].policy, message, &reader, 1, smimegw_buffer_write,
                        out, NULL, &error) != SMIMEGW_OK)
        fail_block(number, what, smimegw_error_text(error));
    hostile_fields(input.data, input.size, true, &wanted);
    hostile_fields(smimegw_buffer_data(out), smimegw_buffer_size(out), true, &found);
    drop_default_type(&found);
    drop_default_type(&wanted);
    if (!is_same(&found, &wanted))
        fail_block(number, what, "Content-* inside");
    hostile_outer(input.data, input.size, &wanted);
    hostile_fields(smimegw_buffer_data(out), smimegw_buffer_size(out), false, &found);
    if (!is_same(&found, &wanted))
        fail_block(number, what, "outer header at the recipient");
    smimegw_buffer_free(out);
    smimegw_message_free(message);
}

static void check_copy(uint32_t number, const struct way *way, struct smimegw_plan *plan,
                       size_t delivery)
{
    struct smimegw_buffer *copy = write_copy(plan, delivery);
    if (smimegw_plan_delivery_flags(plan, delivery) == 0) {
        if (smimegw_buffer_size(copy) != input.size ||
            memcmp(smimegw_buffer_data(copy), input.data, input.size) != 0)
            fail_block(number, way->name, "not as it came");
    } else {
        hostile_fields(smimegw_buffer_data(copy), smimegw_buffer_size(copy), false, &found);
        hostile_outer(input.data, input.size, &wanted);
        if (!is_same(&found, &wanted))
            fail_block(number, way->name, "outer header");
        check_inside(number, way->name, copy);
    }
    smimegw_buffer_free(copy);
}

static void check_way(uint32_t number, const struct way *way)
{
    struct smimegw_message *message = make_message(input.data, input.size);
    struct smimegw_plan *plan = make_plan(way, message);
    size_t count = smimegw_plan_delivery_count(plan);
    if (count != way->copies)
        fail_block(number, way->name, smimegw_plan_recipient_text(plan, 0));
    for (size_t i = 0; i < count; i++)
        check_copy(number, way, plan, i);
    smimegw_plan_free(plan);
    smimegw_message_free(message);
}

/* Most have a body; of the others some end without a line end. */
static void make_input(uint32_t number)
{
    hostile_block(number, &input);
    if (number % 8 != 7)
        hostile_add(&input, number % 3 == HOSTILE_LF ? "\n" BODY : "\r\n" BODY);
    else if (number % 16 == 15)
        input.size -= input.data[input.size - 2] == '\r' ? 2 : 1;
}

static void sent_headers_stay(void **state)
{
    (void)state;
    for (uint32_t number = 0; number < HOSTILE_BLOCKS; number++) {
        make_input(number);
        for (size_t i = 0; i < WAYS; i++)
            check_way(number, &ways[i]);
    }
}

/* --- receiving -----------------------------------------------------------------------------
 */

static bool says_how_to_read(const struct hostile_piece *field)
{
    return hostile_is(field, "Content-Type", true) ||
           hostile_is(field, "Content-Transfer-Encoding", true);
}

/* The block around the fields of the form; of its own Content-* those stay that say nothing
 * about the body. */
static void put_around(uint32_t number, const struct form *form)
{
    static struct hostile block;
    struct hostile_piece rest = {block.data, 0};
    struct hostile_piece field;
    uint32_t at = 0;
    hostile_block(number, &block);
    rest.size = block.size;
    input.size = 0;
    while (hostile_next(&rest, &field)) {
        if (!says_how_to_read(&field))
            hostile_put(&input, field.data, field.size);
        if (at++ == number % 3)
            hostile_put(&input, form->content.data, form->content.size);
    }
    if (at <= number % 3)
        hostile_put(&input, form->content.data, form->content.size);
    hostile_put(&input, form->body.data, form->body.size);
}

/* What was delivered, without our own field, which is on top: below a mailbox' own line. */
static void take_delivered(uint32_t number, const struct smimegw_buffer *out, bool has_stamp)
{
    static const char start[] = "Authentication-Results: " ID ";";
    struct hostile_piece rest = {smimegw_buffer_data(out), smimegw_buffer_size(out)};
    struct hostile_piece field;
    delivered.size = 0;
    if (has_stamp) {
        bool has_field = hostile_next(&rest, &field);
        if (has_field && hostile_is_mailbox(&field)) {
            hostile_put(&delivered, field.data, field.size);
            has_field = hostile_next(&rest, &field);
        }
        if (!has_field || field.size < sizeof(start) ||
            memcmp(field.data, start, sizeof(start) - 1) != 0)
            fail_block(number, "receive", "no field on top");
    }
    hostile_put(&delivered, rest.data, rest.size);
}

static bool is_as_it_came(void)
{
    return delivered.size == input.size && memcmp(delivered.data, input.data, input.size) == 0;
}

static bool ends_with_body(void)
{
    static const char end[] = "\r\n\r\n" BODY;
    size_t size = sizeof(end) - 1;
    return delivered.size > size &&
           memcmp(delivered.data + delivered.size - size, end, size) == 0;
}

static void check_delivered(uint32_t number, const char *what)
{
    hostile_fields(delivered.data, delivered.size, false, &found);
    hostile_outer(input.data, input.size, &wanted);
    if (!is_same(&found, &wanted))
        fail_block(number, what, "outer header");
}

static void check_receive(uint32_t number, const struct form *form,
                          const struct policy_row *row)
{
    struct smimegw_verdict *verdict = NULL;
    struct smimegw_message *message = make_message(input.data, input.size);
    struct smimegw_buffer *out = make_buffer();
    assert_int_equal(smimegw_receive(gateway, row->policy, message, &sender, 1,
                                     smimegw_buffer_write, out, &verdict, NULL),
                     SMIMEGW_OK);
    take_delivered(number, out, row->authserv_id != NULL);
    if (!smimegw_verdict_is_gateway_verified(verdict))
        fail_block(number, form->mode,
                   smimegw_reason_name(smimegw_verdict_reason(verdict), NULL));
    if (form->is_encrypted || strcmp(row->signature, "remove") == 0)
        check_delivered(number, form->mode);
    else if (!is_as_it_came())
        fail_block(number, form->mode, "not as it came");
    if (strcmp(row->signature, "remove") == 0 && !ends_with_body())
        fail_block(number, form->mode, "body");
    smimegw_verdict_unref(verdict);
    smimegw_buffer_free(out);
    smimegw_message_free(message);
}

static void check_entity_calls(uint32_t number, const struct form *form)
{
    struct smimegw_verdict *verdict = NULL;
    struct smimegw_message *message = make_message(input.data, input.size);
    struct smimegw_buffer *out = make_buffer();
    int ret = form->is_encrypted ? smimegw_decrypt(gateway, message, &sender, 1,
                                                   smimegw_buffer_write, out, &verdict, NULL)
                                 : smimegw_verify(gateway, message, smimegw_buffer_write, out,
                                                  &verdict, NULL);
    assert_int_equal(ret, SMIMEGW_OK);
    take_delivered(number, out, false);
    check_delivered(number, form->is_encrypted ? "decrypt" : "verify");
    smimegw_verdict_unref(verdict);
    smimegw_buffer_free(out);
    smimegw_message_free(message);
}

/* What is S/MIME already goes out as it is. */
static void check_pass_through(uint32_t number, const struct form *form)
{
    const struct way *way = &ways[form->is_signed ? number % 2 : number % WAYS];
    struct smimegw_message *message = make_message(input.data, input.size);
    struct smimegw_plan *plan = make_plan(way, message);
    if (smimegw_plan_delivery_count(plan) != 1 || smimegw_plan_delivery_flags(plan, 0) != 0)
        fail_block(number, "pass", smimegw_plan_recipient_text(plan, 0));
    check_copy(number, way, plan, 0);
    smimegw_plan_free(plan);
    smimegw_message_free(message);
}

static void received_headers_stay(void **state)
{
    (void)state;
    for (uint32_t number = 0; number < HOSTILE_BLOCKS; number++)
        for (size_t i = 0; i < FORMS; i++) {
            put_around(number, &forms[i]);
            for (size_t j = 0; j < POLICIES; j++)
                check_receive(number, &forms[i], &policies[j]);
            check_entity_calls(number, &forms[i]);
            check_pass_through(number, &forms[i]);
        }
}

/* --- what is no header ---------------------------------------------------------------------
 */

/* Lines that are no field, and fields that readers understand in two ways. */
static const char *const broken[] = {
    "no colon\r\n",
    ": no name\r\n",
    "a name: x\r\n",
    "X: a\rFrom: eve@example.org\r\n",
    "Content-Type : text/plain\r\n",
    "Content-Type: text/plain\r\nContent-Type: text/plain\r\n",
    "Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n",
    "Content-Type: multipart/mixed\r\n",
    "Content-Type: text\r\n",
    "X:\r\n \t\r\nContent-Type: text/plain\r\n",
    "Content-Type: text/plain\r\nX: a\r\n \t\r\n b\r\n",
};

static void check_refused(uint32_t number)
{
    for (size_t i = 0; i < WAYS; i++) {
        struct smimegw_message *message = make_message(input.data, input.size);
        struct smimegw_plan *plan = make_plan(&ways[i], message);
        int reason = 0;
        if (smimegw_plan_delivery_count(plan) != 0 ||
            smimegw_plan_recipient_outcome(plan, 0, &reason, NULL) != SMIMEGW_PLAN_BOUNCED)
            fail_block(number, ways[i].name, smimegw_plan_recipient_text(plan, 0));
        assert_int_equal(reason, SMIMEGW_PLAN_MALFORMED);
        smimegw_plan_free(plan);
        smimegw_message_free(message);
    }
}

static void check_as_it_came(uint32_t number)
{
    for (size_t i = 0; i < POLICIES; i++) {
        struct smimegw_message *message = make_message(input.data, input.size);
        struct smimegw_buffer *out = make_buffer();
        assert_int_equal(smimegw_receive(gateway, policies[i].policy, message, &sender, 1,
                                         smimegw_buffer_write, out, NULL, NULL),
                         SMIMEGW_OK);
        take_delivered(number, out, policies[i].authserv_id != NULL);
        if (!is_as_it_came())
            fail_block(number, "receive", "not as it came");
        smimegw_buffer_free(out);
        smimegw_message_free(message);
    }
}

static void broken_headers_are_refused_or_stay(void **state)
{
    (void)state;
    for (uint32_t number = 0; number < sizeof(broken) / sizeof(broken[0]); number++) {
        input.size = 0;
        hostile_add(&input, "From: p256@example.com\r\nTo: p384@example.com\r\n");
        hostile_add(&input, broken[number]);
        hostile_add(&input, "Subject: x\r\n\r\n" BODY);
        check_refused(number);
        check_as_it_came(number);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sent_headers_stay),
        cmocka_unit_test(received_headers_stay),
        cmocka_unit_test(broken_headers_are_refused_or_stay),
    };
    return cmocka_run_group_tests_name("outer_header", tests, set_up, tear_down);
}
