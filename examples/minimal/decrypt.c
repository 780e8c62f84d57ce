/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* decrypt IDENTITY.pem MESSAGE.eml > PLAIN.eml: decrypt; a signed message inside stays signed.
 */
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

static int decrypt(const char *identity_path, int message_fd, struct smimegw_error **error)
{
    static char pem[1 << 20];
    int out = STDOUT_FILENO;
    struct smimegw_identity *identity = NULL;
    struct smimegw_message *message = NULL;
    size_t size = load(identity_path, pem, sizeof(pem));
    int result = smimegw_identity_new(pem, size, NULL, &identity, error);
    if (result == SMIMEGW_OK)
        result = smimegw_message_new_fd(NULL, message_fd, 0, &message, error);
    /* No verdict asked for: hand the output to `verify` to learn who signed. */
    if (result == SMIMEGW_OK)
        result =
            smimegw_decrypt(NULL, message, &identity, 1, smimegw_fd_write, &out, NULL, error);
    smimegw_message_free(message);
    smimegw_identity_unref(identity);
    return result;
}

int main(int argc, char **argv)
{
    struct smimegw_error *error = NULL;
    if (argc != 3) {
        fprintf(stderr, "usage: %s IDENTITY.pem MESSAGE.eml > PLAIN.eml\n", argv[0]);
        return 2;
    }
    int fd = open(argv[2], O_RDONLY);
    int result = decrypt(argv[1], fd, &error);
    if (fd >= 0)
        close(fd);
    if (result != SMIMEGW_OK)
        fprintf(stderr, "%s: %s\n", smimegw_result_name(result), smimegw_error_text(error));
    smimegw_error_free(error);
    return result == SMIMEGW_OK ? 0 : 1;
}
