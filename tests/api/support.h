/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef API_SUPPORT_H
#define API_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <smimegw/smimegw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* For programs over the public headers only; run from the top folder. */

static inline struct smimegw_buffer *read_key_file(const char *name)
{
    char path[256];
    char piece[4096];
    size_t size;
    struct smimegw_buffer *buffer;
    snprintf(path, sizeof(path), "tests/data/keys/%s", name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(smimegw_buffer_new(0, &buffer, NULL), SMIMEGW_OK);
    while ((size = fread(piece, 1, sizeof(piece), file)) > 0)
        assert_int_equal(smimegw_buffer_write(buffer, piece, size), SMIMEGW_OK);
    fclose(file);
    return buffer;
}

static inline struct smimegw_identity *load_identity(const char *name)
{
    struct smimegw_identity *identity;
    struct smimegw_buffer *file = read_key_file(name);
    assert_int_equal(smimegw_identity_new(smimegw_buffer_data(file), smimegw_buffer_size(file),
                                          NULL, &identity, NULL),
                     SMIMEGW_OK);
    smimegw_buffer_free(file);
    return identity;
}

static inline struct smimegw_gateway *make_gateway(void)
{
    struct smimegw_gateway *gateway;
    struct smimegw_buffer *file = read_key_file("root.pem");
    assert_int_equal(smimegw_gateway_new(&gateway, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_add_certs(gateway, SMIMEGW_TRUST_ANCHOR,
                                               smimegw_buffer_data(file),
                                               smimegw_buffer_size(file), NULL),
                     SMIMEGW_OK);
    smimegw_buffer_free(file);
    return gateway;
}

static inline struct smimegw_message *make_message(const void *data, size_t size)
{
    struct smimegw_message *message;
    assert_int_equal(smimegw_message_new_memory(NULL, data, size, &message, NULL), SMIMEGW_OK);
    return message;
}

static inline struct smimegw_buffer *make_buffer(void)
{
    struct smimegw_buffer *buffer;
    assert_int_equal(smimegw_buffer_new(0, &buffer, NULL), SMIMEGW_OK);
    return buffer;
}

/* Protect a message for the signer itself; NULL settings keep their defaults. */
static inline struct smimegw_buffer *protect(const char *mode, const char *form,
                                             const char *cipher, const char *key,
                                             const char *text)
{
    struct smimegw_profile *profile;
    struct smimegw_identity *identity = load_identity(key);
    struct smimegw_cert *recipient = smimegw_identity_cert(identity);
    struct smimegw_message *message = make_message(text, strlen(text));
    struct smimegw_buffer *out = make_buffer();
    struct smimegw_error *error = NULL;
    assert_int_equal(smimegw_profile_new(&profile, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_profile_set(profile, "mode", mode, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_profile_set(profile, "sign-form", form, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_profile_set(profile, "cipher", cipher, NULL), SMIMEGW_OK);
    int ret = smimegw_protect(NULL, profile, message, identity, &recipient, 1,
                              smimegw_buffer_write, out, &error);
    if (ret != SMIMEGW_OK)
        fail_msg("protect: %s", smimegw_error_text(error));
    smimegw_message_free(message);
    smimegw_profile_unref(profile);
    smimegw_identity_unref(identity);
    return out;
}

#endif
