/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* verify CA.pem MESSAGE.eml: say who signed a message, and whether that holds. */
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

static int verify(const char *ca_path, int message_fd, struct smimegw_verdict **verdict,
                  struct smimegw_error **error)
{
    static char pem[1 << 20];
    struct smimegw_gateway *gateway = NULL;
    struct smimegw_message *message = NULL;
    size_t size = load(ca_path, pem, sizeof(pem));
    int result = smimegw_gateway_new(&gateway, error);
    if (result == SMIMEGW_OK)
        result = smimegw_gateway_add_certs(gateway, SMIMEGW_TRUST_ANCHOR, pem, size, error);
    if (result == SMIMEGW_OK)
        result = smimegw_message_new_fd(gateway, message_fd, 0, &message, error);
    if (result == SMIMEGW_OK)
        result = smimegw_verify(gateway, message, NULL, NULL, verdict, error);
    smimegw_message_free(message);
    smimegw_gateway_unref(gateway);
    return result;
}

int main(int argc, char **argv)
{
    struct smimegw_error *error = NULL;
    struct smimegw_verdict *verdict = NULL;
    int fd = argc == 3 ? open(argv[2], O_RDONLY) : -1;
    if (argc == 3 && verify(argv[1], fd, &verdict, &error) != SMIMEGW_OK)
        fprintf(stderr, "%s\n", smimegw_error_text(error));
    /* A bad signature is a result, not an error: ask the verdict. */
    int passed = smimegw_verdict_outcome(verdict) == SMIMEGW_OUTCOME_PASS;
    if (verdict != NULL)
        printf("%s: %s\n", passed ? "pass" : "NOT VERIFIED",
               smimegw_verdict_signer_text(verdict, 0, 0, SMIMEGW_SIGNER_TEXT));
    smimegw_verdict_unref(verdict);
    smimegw_error_free(error);
    if (fd >= 0)
        close(fd);
    return passed ? 0 : 1;
}
