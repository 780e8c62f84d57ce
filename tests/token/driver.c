/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * driver URL PIN CERTS OPERATION...: make an identity, then do things with it, and print the
 * code of each. "-" for PIN and CERTS is none. The operations:
 *   sign FILE RESULT PADDING   decrypt FILE RESULT   verify FILE ANCHORS
 *   shim TEXT (the file SHIM_STATE)
 */
#include <fcntl.h>
#include <smimegw/smimegw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct smimegw_identity *identity;
static struct smimegw_error *error;

static void report(const char *what, int result)
{
    printf("%s %s %s\n", what, smimegw_result_name(result), smimegw_error_text(error));
    fflush(stdout);
    smimegw_error_free(error);
    error = NULL;
}

static struct smimegw_buffer *read_file(const char *path)
{
    struct smimegw_buffer *buffer;
    char data[65536];
    FILE *file = fopen(path, "rb");
    if (file == NULL || smimegw_buffer_new(0, &buffer, NULL) < 0)
        exit(2);
    size_t size = fread(data, 1, sizeof(data), file);
    fclose(file);
    if (smimegw_buffer_write(buffer, data, size) < 0)
        exit(2);
    return buffer;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    if (file == NULL)
        exit(2);
    fputs(text, file);
    fclose(file);
}

static struct smimegw_message *open_message(const char *path)
{
    struct smimegw_message *message;
    int fd = open(path, O_RDONLY);
    if (fd < 0 || smimegw_message_new_fd(NULL, fd, 0, &message, NULL) < 0)
        exit(2);
    return message;
}

static void sign(char **arguments)
{
    struct smimegw_profile *profile;
    struct smimegw_message *message = open_message(arguments[0]);
    int out = open(arguments[1], O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (smimegw_profile_new(&profile, NULL) < 0 ||
        smimegw_profile_set(profile, "rsa-padding", arguments[2], NULL) < 0)
        exit(2);
    report("sign",
           smimegw_sign(NULL, profile, message, identity, smimegw_fd_write, &out, &error));
    close(out);
    smimegw_profile_unref(profile);
    smimegw_message_free(message);
}

static void decrypt(char **arguments)
{
    struct smimegw_message *message = open_message(arguments[0]);
    int out = open(arguments[1], O_WRONLY | O_CREAT | O_TRUNC, 0600);
    report("decrypt",
           smimegw_decrypt(NULL, message, &identity, 1, smimegw_fd_write, &out, NULL, &error));
    close(out);
    smimegw_message_free(message);
}

static void verify(char **arguments)
{
    struct smimegw_gateway *gateway;
    struct smimegw_verdict *verdict = NULL;
    struct smimegw_message *message = open_message(arguments[0]);
    struct smimegw_buffer *anchors = read_file(arguments[1]);
    if (smimegw_gateway_new(&gateway, NULL) < 0 ||
        smimegw_gateway_add_certs(gateway, SMIMEGW_TRUST_ANCHOR, smimegw_buffer_data(anchors),
                                  smimegw_buffer_size(anchors), NULL) < 0)
        exit(2);
    int ret = smimegw_verify(gateway, message, NULL, NULL, &verdict, &error);
    printf("verify %s %s\n", smimegw_result_name(ret),
           smimegw_outcome_name(smimegw_verdict_outcome(verdict)));
    smimegw_verdict_unref(verdict);
    smimegw_buffer_free(anchors);
    smimegw_message_free(message);
    smimegw_gateway_unref(gateway);
}

static int make_identity(char **arguments)
{
    struct smimegw_buffer *certs =
        strcmp(arguments[2], "-") != 0 ? read_file(arguments[2]) : NULL;
    int ret = smimegw_identity_new_url(arguments[0],
                                       strcmp(arguments[1], "-") != 0 ? arguments[1] : NULL,
                                       certs != NULL ? smimegw_buffer_data(certs) : NULL,
                                       smimegw_buffer_size(certs), &identity, &error);
    smimegw_buffer_free(certs);
    report("identity", ret);
    if (ret < 0)
        return ret;
    const struct smimegw_cert *above = smimegw_identity_chain(identity, 0);
    printf("cert %s\n",
           smimegw_cert_text(smimegw_identity_cert(identity), SMIMEGW_CERT_SUBJECT));
    printf("chain %s\n", above != NULL ? smimegw_cert_text(above, SMIMEGW_CERT_SUBJECT) : "");
    return ret;
}

int main(int count, char **arguments)
{
    if (count < 4)
        return 2;
    if (make_identity(arguments + 1) < 0)
        return 0;
    for (int i = 4; i < count; i++) {
        if (strcmp(arguments[i], "sign") == 0 && i + 3 < count) {
            sign(arguments + i + 1);
            i += 3;
        } else if (strcmp(arguments[i], "decrypt") == 0 && i + 2 < count) {
            decrypt(arguments + i + 1);
            i += 2;
        } else if (strcmp(arguments[i], "verify") == 0 && i + 2 < count) {
            verify(arguments + i + 1);
            i += 2;
        } else if (strcmp(arguments[i], "shim") == 0 && i + 1 < count) {
            write_file(getenv("SHIM_STATE"), arguments[++i]);
        } else {
            return 2;
        }
    }
    smimegw_identity_unref(identity);
    return 0;
}
