/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* encrypt CERT.pem MESSAGE.eml > ENCRYPTED.eml: encrypt a message with AES-256-GCM. */
#include <fcntl.h>
#include <smimegw/smimegw.h>
#include <stdio.h>
#include <unistd.h>

static size_t load(const char *path, char *data, size_t capacity)
{
    FILE *file = fopen(path, "rb");
    size_t size = file == NULL ? 0 : fread(data, 1, capacity, file);
    if (file != NULL)
        fclose(file);
    return size;
}

static int encrypt(const char *cert_path, int message_fd, struct smimegw_error **error)
{
    static char pem[1 << 16];
    int out = STDOUT_FILENO;
    struct smimegw_cert *cert = NULL;
    struct smimegw_profile *profile = NULL;
    struct smimegw_message *message = NULL;
    size_t size = load(cert_path, pem, sizeof(pem));
    int result = smimegw_cert_new(pem, size, &cert, error);
    if (result == SMIMEGW_OK)
        result = smimegw_profile_new(&profile, error);
    if (result == SMIMEGW_OK)
        result = smimegw_profile_set(profile, "cipher", "aes-256-gcm", error);
    if (result == SMIMEGW_OK)
        result = smimegw_message_new_fd(NULL, message_fd, 0, &message, error);
    if (result == SMIMEGW_OK)
        result =
            smimegw_encrypt(NULL, profile, message, &cert, 1, smimegw_fd_write, &out, error);
    smimegw_message_free(message);
    smimegw_profile_unref(profile);
    smimegw_cert_unref(cert);
    return result;
}

int main(int argc, char **argv)
{
    struct smimegw_error *error = NULL;
    if (argc != 3) {
        fprintf(stderr, "usage: %s CERT.pem MESSAGE.eml > ENCRYPTED.eml\n", argv[0]);
        return 2;
    }
    int fd = open(argv[2], O_RDONLY);
    int result = encrypt(argv[1], fd, &error);
    if (fd >= 0)
        close(fd);
    if (result != SMIMEGW_OK)
        fprintf(stderr, "%s: %s\n", smimegw_result_name(result), smimegw_error_text(error));
    smimegw_error_free(error);
    return result == SMIMEGW_OK ? 0 : 1;
}
