/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/smimegw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Imports one key file for run.py: load FILE [PASSPHRASE [CERTIFICATES]], "-" for no
 * passphrase. Tells the code, and a line for each thing that is known about the identity; or,
 * as load --certs FILE, the certificates of a file.
 */
enum { SIZE_MAX_READ = 4 << 20 };

static char *read_file(const char *path, size_t *ret_size)
{
    char *data = malloc(SIZE_MAX_READ);
    FILE *stream = fopen(path, "rb");
    if (data == NULL || stream == NULL)
        exit(2);
    *ret_size = fread(data, 1, SIZE_MAX_READ, stream);
    fclose(stream);
    return data;
}

static void print_cert(const char *name, const struct smimegw_cert *cert)
{
    printf("%s %s %s %s\n", name, smimegw_cert_text(cert, SMIMEGW_CERT_FINGERPRINT),
           smimegw_cert_text(cert, SMIMEGW_CERT_KEY),
           smimegw_cert_text(cert, SMIMEGW_CERT_SUBJECT));
}

static int load_certs(const char *path)
{
    size_t size;
    char *data = read_file(path, &size);
    struct smimegw_cert_list *list = NULL;
    struct smimegw_error *error = NULL;
    int ret = smimegw_cert_list_new(data, size, &list, &error);
    printf("%s\n", ret < 0 ? smimegw_result_name(ret) : "OK");
    if (ret < 0)
        printf("%s\n", smimegw_error_text(error));
    for (size_t i = 0; i < smimegw_cert_list_count(list); i++)
        print_cert("cert", smimegw_cert_list_get(list, i));
    smimegw_cert_list_free(list);
    smimegw_error_free(error);
    free(data);
    return 0;
}

static void print_identity(const struct smimegw_identity *identity)
{
    print_cert("leaf", smimegw_identity_cert(identity));
    for (size_t i = 0; smimegw_identity_chain(identity, i) != NULL; i++)
        print_cert("chain", smimegw_identity_chain(identity, i));
    printf("name %s\n", smimegw_identity_name(identity));
}

int main(int count, char **arguments)
{
    if (count == 3 && strcmp(arguments[1], "--certs") == 0)
        return load_certs(arguments[2]);
    if (count < 2 || count > 4)
        return 2;
    size_t size;
    size_t certs_size = 0;
    char *data = read_file(arguments[1], &size);
    char *certs = count > 3 ? read_file(arguments[3], &certs_size) : NULL;
    const char *passphrase = count > 2 && strcmp(arguments[2], "-") != 0 ? arguments[2] : NULL;
    struct smimegw_identity *identity = NULL;
    struct smimegw_error *error = NULL;
    int ret = certs != NULL ? smimegw_identity_new_pair(data, size, passphrase, certs,
                                                        certs_size, &identity, &error)
                            : smimegw_identity_new(data, size, passphrase, &identity, &error);
    printf("%s\n", ret < 0 ? smimegw_result_name(ret) : "OK");
    if (ret < 0)
        printf("%s\n", smimegw_error_text(error));
    else
        print_identity(identity);
    smimegw_identity_unref(identity);
    smimegw_error_free(error);
    free(certs);
    free(data);
    return 0;
}
