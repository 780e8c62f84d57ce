/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "identity.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static int load_line(struct cli_file *file, const char *path)
{
    if (path == NULL)
        return CLI_DONE;
    int code = cli_file_load(file, path);
    if (code == CLI_DONE)
        file->data[strcspn(file->data, "\r\n")] = '\0';
    return code;
}

int cli_credentials_load(struct cli_credentials *credentials,
                         const struct cli_options *options)
{
    const char *certs = cli_list_first(&options->cert);
    int code = load_line(&credentials->passphrase, cli_list_first(&options->passphrase_file));
    if (code == CLI_DONE)
        code = load_line(&credentials->pin, cli_list_first(&options->pin_file));
    if (code == CLI_DONE && certs != NULL)
        code = cli_file_load(&credentials->certs, certs);
    return code;
}

void cli_credentials_clear(struct cli_credentials *credentials)
{
    cli_file_clear(&credentials->passphrase);
    cli_file_clear(&credentials->pin);
    cli_file_clear(&credentials->certs);
}

bool cli_identity_is_url(const char *name)
{
    return strncasecmp(name, "pkcs11:", strlen("pkcs11:")) == 0;
}

/* Says so when others than the owner can get at a private key. */
static void check_rights(const struct cli_file *file, const char *path)
{
    if ((file->mode & (S_IRWXO | S_IWGRP)) != 0)
        cli_warn("%s: other users can get at this private key (mode %04o, better 0600)", path,
                 file->mode);
}

static int load_url(const struct cli_credentials *credentials, const char *url,
                    struct smimegw_identity **ret_identity)
{
    struct smimegw_error *error = NULL;
    if (smimegw_identity_new_url(url, credentials->pin.data, credentials->certs.data,
                                 credentials->certs.size, ret_identity, &error) == SMIMEGW_OK)
        return CLI_DONE;
    /* The query behind the path may hold the PIN. */
    char *shown = strndup(url, strcspn(url, "?"));
    int code = cli_fail_error(CLI_TROUBLE, shown == NULL ? "pkcs11:" : shown, error);
    free(shown);
    return code;
}

int cli_identity_read(const struct cli_credentials *credentials, const char *path,
                      const struct cli_file *file, struct smimegw_identity **ret_identity)
{
    struct smimegw_error *error = NULL;
    const char *passphrase = credentials->passphrase.data;
    const struct cli_file *certs = &credentials->certs;
    int result =
        certs->data == NULL
            ? smimegw_identity_new(file->data, file->size, passphrase, ret_identity, &error)
            : smimegw_identity_new_pair(file->data, file->size, passphrase, certs->data,
                                        certs->size, ret_identity, &error);
    if (result != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, path, error);
    check_rights(file, path);
    return CLI_DONE;
}

int cli_identity_load(const struct cli_credentials *credentials, const char *name,
                      struct smimegw_identity **ret_identity, struct cli_file *ret_file)
{
    struct cli_file file = {0};
    if (cli_identity_is_url(name))
        return load_url(credentials, name, ret_identity);
    int code = cli_file_load(&file, name);
    if (code == CLI_DONE)
        code = cli_identity_read(credentials, name, &file, ret_identity);
    if (code == CLI_DONE && ret_file != NULL)
        *ret_file = file;
    else
        cli_file_clear(&file);
    return code;
}
