/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef API_PLAN_SUPPORT_H
#define API_PLAN_SUPPORT_H

#include "support.h"

#include <stdbool.h>

#define SECRET "meet at the old mill at nine"
static const char mail[] = "From: Alice <alice@example.com>\r\n"
                           "To: \"First, the\" <RSA2048@Example.com>\r\n"
                           "Cc: team: p256@example.com, p384@example.com;\r\n"
                           "Subject: plan\r\n"
                           "MIME-Version: 1.0\r\n"
                           "Content-Type: text/plain\r\n"
                           "\r\n" SECRET "\r\n";

static inline struct smimegw_profile *make_profile(const char *const *settings)
{
    struct smimegw_profile *profile;
    struct smimegw_error *error = NULL;
    assert_int_equal(smimegw_profile_new(&profile, NULL), SMIMEGW_OK);
    for (; settings != NULL && settings[0] != NULL; settings += 2)
        if (smimegw_profile_set(profile, settings[0], settings[1], &error) != SMIMEGW_OK)
            fail_msg("%s: %s", settings[0], smimegw_error_text(error));
    return profile;
}
#define PROFILE(...) make_profile((const char *const[]){__VA_ARGS__, NULL})

/* A plan over a mail of its own. */
struct scene {
    struct smimegw_gateway *gateway;
    struct smimegw_profile *profile;
    struct smimegw_message *message;
    struct smimegw_identity *identity;
    struct smimegw_plan *plan;
};

static inline struct scene make_scene(struct smimegw_profile *profile, const char *text)
{
    struct scene scene = {.gateway = make_gateway(),
                          .profile = profile,
                          .message = make_message(text, strlen(text)),
                          .identity = load_identity("alice-id.pem")};
    assert_int_equal(
        smimegw_plan_new(scene.gateway, profile, scene.message, &scene.plan, NULL),
        SMIMEGW_OK);
    assert_int_equal(smimegw_plan_set_sender(scene.plan, "alice@example.com", NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_plan_set_identity(scene.plan, scene.identity, NULL), SMIMEGW_OK);
    return scene;
}

static inline void end_scene(struct scene *scene)
{
    smimegw_plan_free(scene->plan);
    smimegw_identity_unref(scene->identity);
    smimegw_message_free(scene->message);
    smimegw_profile_unref(scene->profile);
    smimegw_gateway_unref(scene->gateway);
}

static inline void add(struct scene *scene, const char *address)
{
    assert_int_equal(smimegw_plan_add_recipient(scene->plan, address, NULL, NULL), SMIMEGW_OK);
}

static inline void supply_flags(struct scene *scene, const char *address, const char *file,
                                uint32_t flags)
{
    struct smimegw_cert *cert;
    struct smimegw_buffer *bytes = read_key_file(file);
    assert_int_equal(
        smimegw_cert_new(smimegw_buffer_data(bytes), smimegw_buffer_size(bytes), &cert, NULL),
        SMIMEGW_OK);
    assert_int_equal(smimegw_plan_supply(scene->plan, address, &cert, 1, flags, NULL),
                     SMIMEGW_OK);
    smimegw_cert_unref(cert);
    smimegw_buffer_free(bytes);
}

static inline void supply(struct scene *scene, const char *address, const char *file)
{
    supply_flags(scene, address, file, 0);
}

static inline void supply_none(struct scene *scene, const char *address)
{
    assert_int_equal(smimegw_plan_supply(scene->plan, address, NULL, 0, 0, NULL), SMIMEGW_OK);
}

static inline void decide(struct scene *scene)
{
    struct smimegw_error *error = NULL;
    if (smimegw_plan_decide(scene->plan, &error) != SMIMEGW_OK)
        fail_msg("decide: %s", smimegw_error_text(error));
}

static inline void assert_fate(const struct scene *scene, size_t index, int outcome,
                               int reason, const char *reply)
{
    int found_reason = 0;
    const char *found_reply = NULL;
    int found =
        smimegw_plan_recipient_outcome(scene->plan, index, &found_reason, &found_reply);
    if (found != outcome || found_reason != reason)
        fail_msg("recipient %zu: %s", index, smimegw_plan_recipient_text(scene->plan, index));
    if (strncmp(found_reply, reply, strlen(reply)) != 0 ||
        (reply[0] == '\0' && found_reply[0] != '\0'))
        fail_msg("reply %s", found_reply);
}

static inline struct smimegw_buffer *write_delivery(const struct scene *scene, size_t delivery)
{
    struct smimegw_error *error = NULL;
    struct smimegw_buffer *out = make_buffer();
    if (smimegw_plan_delivery_write(scene->plan, delivery, smimegw_buffer_write, out,
                                    &error) != SMIMEGW_OK)
        fail_msg("delivery %zu: %s", delivery, smimegw_error_text(error));
    return out;
}

static inline bool has_text(const struct smimegw_buffer *bytes, const char *text)
{
    return memmem(smimegw_buffer_data(bytes), smimegw_buffer_size(bytes), text,
                  strlen(text)) != NULL;
}

static inline bool is_mail(const struct smimegw_buffer *bytes, const char *text)
{
    return smimegw_buffer_size(bytes) == strlen(text) &&
           memcmp(smimegw_buffer_data(bytes), text, strlen(text)) == 0;
}

/* Result of opening a copy with somebody's key; ret_inner: what is in it. */
static inline int open_copy(const struct scene *scene, const struct smimegw_buffer *copy,
                            struct smimegw_identity *reader, struct smimegw_buffer **ret_inner)
{
    struct smimegw_message *message =
        make_message(smimegw_buffer_data(copy), smimegw_buffer_size(copy));
    *ret_inner = make_buffer();
    int ret = smimegw_decrypt(scene->gateway, message, &reader, 1, smimegw_buffer_write,
                              *ret_inner, NULL, NULL);
    smimegw_message_free(message);
    return ret;
}

static inline bool verifies(const struct scene *scene, const struct smimegw_buffer *bytes)
{
    struct smimegw_verdict *verdict = NULL;
    struct smimegw_message *message =
        make_message(smimegw_buffer_data(bytes), smimegw_buffer_size(bytes));
    int ret = smimegw_verify(scene->gateway, message, NULL, NULL, &verdict, NULL);
    bool passes =
        ret == SMIMEGW_OK && smimegw_verdict_outcome(verdict) == SMIMEGW_OUTCOME_PASS;
    smimegw_verdict_unref(verdict);
    smimegw_message_free(message);
    return passes;
}

#endif
