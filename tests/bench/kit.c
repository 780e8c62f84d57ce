/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct kit_row kit_rows[KIT_COUNT] = {
    [KIT_SIGN_DETACHED] = {"sign-detached", KIT_WRITES, KIT_SIGN_DETACHED, "sign", "detached",
                           "aes-256-cbc"},
    [KIT_SIGN_OPAQUE] = {"sign-opaque", KIT_WRITES, KIT_SIGN_OPAQUE, "sign", "opaque",
                         "aes-256-cbc"},
    [KIT_ENCRYPT_CBC] = {"encrypt-cbc", KIT_WRITES, KIT_ENCRYPT_CBC, "encrypt", "detached",
                         "aes-256-cbc"},
    [KIT_ENCRYPT_GCM] = {"encrypt-gcm", KIT_WRITES, KIT_ENCRYPT_GCM, "encrypt", "detached",
                         "aes-256-gcm"},
    [KIT_SIGN_ENCRYPT] = {"sign-encrypt", KIT_WRITES, KIT_SIGN_ENCRYPT, "sign-encrypt",
                          "detached", "aes-256-cbc"},
    [KIT_TRIPLE] = {"triple", KIT_WRITES, KIT_TRIPLE, "triple", "detached", "aes-256-cbc"},
    [KIT_VERIFY_DETACHED] = {"verify-detached", KIT_VERIFIES, KIT_SIGN_DETACHED, 0, 0, 0},
    [KIT_VERIFY_OPAQUE] = {"verify-opaque", KIT_VERIFIES, KIT_SIGN_OPAQUE, 0, 0, 0},
    [KIT_DECRYPT_CBC] = {"decrypt-cbc", KIT_DECRYPTS, KIT_ENCRYPT_CBC, 0, 0, 0},
    [KIT_DECRYPT_GCM] = {"decrypt-gcm", KIT_DECRYPTS, KIT_ENCRYPT_GCM, 0, 0, 0},
    [KIT_DECRYPT_SIGNED] = {"decrypt-signed", KIT_DECRYPTS, KIT_SIGN_ENCRYPT, 0, 0, 0},
    [KIT_DECRYPT_TRIPLE] = {"decrypt-triple", KIT_DECRYPTS, KIT_TRIPLE, 0, 0, 0},
};

void kit_die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(99);
}

static void need(int result, struct smimegw_error *error, const char *what)
{
    if (result != SMIMEGW_OK)
        kit_die("%s: %s: %s", what, smimegw_result_name(result), smimegw_error_text(error));
}

void *kit_slurp(const char *path, size_t *ret_size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        kit_die("%s: can't be read", path);
    long size = ftell(file);
    rewind(file);
    void *data = size < 0 ? NULL : malloc((size_t)size + 1);
    if (data == NULL || fread(data, 1, (size_t)size, file) != (size_t)size)
        kit_die("%s: can't be read", path);
    fclose(file);
    *ret_size = (size_t)size;
    return data;
}

static struct smimegw_profile *profile_for(const struct kit_row *row)
{
    const char *const settings[][2] = {
        {"mode", row->mode}, {"sign-form", row->form}, {"cipher", row->cipher}};
    struct smimegw_profile *profile = NULL;
    struct smimegw_error *error = NULL;
    need(smimegw_profile_new(&profile, &error), error, "profile");
    for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++)
        need(smimegw_profile_set(profile, settings[i][0], settings[i][1], &error), error,
             settings[i][0]);
    return profile;
}

static void open_gateway(struct kit *kit, const char *anchors_path)
{
    struct smimegw_error *error = NULL;
    size_t size;
    void *data = kit_slurp(anchors_path, &size);
    need(smimegw_gateway_new(&kit->gateway, &error), error, "gateway");
    /* The default is what mail hosts take; the largest message here is bigger. */
    need(smimegw_gateway_set(kit->gateway, "message-size", "4G", &error), error,
         "message-size");
    need(smimegw_gateway_add_certs(kit->gateway, SMIMEGW_TRUST_ANCHOR, data, size, &error),
         error, anchors_path);
    free(data);
}

void kit_open(struct kit *kit, const char *anchors_path, const char *identity_path)
{
    memset(kit, 0, sizeof(*kit));
    open_gateway(kit, anchors_path);
    struct smimegw_error *error = NULL;
    size_t size;
    void *data = kit_slurp(identity_path, &size);
    need(smimegw_identity_new(data, size, NULL, &kit->identity, &error), error, identity_path);
    free(data);
    kit->cert = smimegw_identity_cert(kit->identity);
    for (int op = 0; op < KIT_COUNT; op++)
        if (kit_rows[op].verb == KIT_WRITES)
            kit->profiles[op] = profile_for(&kit_rows[op]);
}

void kit_close(struct kit *kit)
{
    for (int op = 0; op < KIT_COUNT; op++)
        smimegw_profile_unref(kit->profiles[op]);
    smimegw_identity_unref(kit->identity);
    smimegw_gateway_unref(kit->gateway);
}

int kit_run(const struct kit *kit, enum kit_op op, struct smimegw_message *message,
            smimegw_write_fn write, void *userdata, struct smimegw_verdict **ret_verdict,
            struct smimegw_error **ret_error)
{
    switch (kit_rows[op].verb) {
    case KIT_VERIFIES:
        return smimegw_verify(kit->gateway, message, write, userdata, ret_verdict, ret_error);
    case KIT_DECRYPTS:
        return smimegw_decrypt(kit->gateway, message, &kit->identity, 1, write, userdata,
                               ret_verdict, ret_error);
    case KIT_WRITES:
        break;
    }
    return smimegw_protect(kit->gateway, kit->profiles[op], message, kit->identity, &kit->cert,
                           1, write, userdata, ret_error);
}

enum kit_op kit_find(const char *name)
{
    int op = 0;
    while (op < KIT_COUNT && strcmp(kit_rows[op].name, name) != 0)
        op++;
    return (enum kit_op)op;
}
