/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cert_file.h"

#include <string.h>

bool cli_file_is_pem(const struct cli_file *file)
{
    static const char begin[] = "-----BEGIN ";
    return memmem(file->data, file->size, begin, strlen(begin)) != NULL;
}

/* What is neither PEM nor a certificate may be PKCS#12: its own error counts where it is. */
static int read_bundle(struct cli_cert_file *file, const struct cli_file *bytes,
                       const char *passphrase, struct smimegw_error **error)
{
    struct smimegw_error *other = NULL;
    int result =
        smimegw_identity_new(bytes->data, bytes->size, passphrase, &file->identity, &other);
    if (result == SMIMEGW_OK || result == SMIMEGW_E_PASSPHRASE ||
        result == SMIMEGW_E_MISMATCH) {
        smimegw_error_free(*error);
        *error = other;
        return result;
    }
    smimegw_error_free(other);
    return SMIMEGW_E_KEY;
}

int cli_cert_file_load(struct cli_cert_file *file, const char *path, const char *passphrase)
{
    struct cli_file bytes = {0};
    struct smimegw_error *error = NULL;
    memset(file, 0, sizeof(*file));
    int code = cli_file_load(&bytes, path);
    if (code != CLI_DONE)
        return code;
    int result = smimegw_cert_list_new(bytes.data, bytes.size, &file->list, &error);
    if (result == SMIMEGW_E_KEY && !cli_file_is_pem(&bytes))
        result = read_bundle(file, &bytes, passphrase, &error);
    cli_file_clear(&bytes);
    return result == SMIMEGW_OK ? CLI_DONE : cli_fail_error(CLI_TROUBLE, path, error);
}

void cli_cert_file_clear(struct cli_cert_file *file)
{
    smimegw_cert_list_free(file->list);
    smimegw_identity_unref(file->identity);
    memset(file, 0, sizeof(*file));
}

const struct smimegw_cert *cli_cert_file_get(const struct cli_cert_file *file, size_t index)
{
    if (file->list != NULL)
        return smimegw_cert_list_get(file->list, index);
    return index == 0 ? smimegw_identity_cert(file->identity)
                      : smimegw_identity_chain(file->identity, index - 1);
}
