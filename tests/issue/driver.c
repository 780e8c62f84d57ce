/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The calls of template.h from a shell, over the public headers only:
 *   create TIME PASSPHRASE [FIELD=VALUE ...]            key and certificate
 *   renew IDENTITY TIME [FIELD=VALUE ...]               certificate
 *   request IDENTITY [FIELD=VALUE ...]                  PKCS#10 request
 *   copy CERTIFICATE [FIELD=VALUE ...]                  what the template holds then
 *   sign IDENTITY < MESSAGE                             signed message
 * An identity is a file or a PKCS#11 URL; its passphrase or PIN is in PASSPHRASE. "" as an
 * argument is none.
 */
#include <smimegw/smimegw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_ROOM = 1 << 20, FIELD_ROOM = 1 << 16 };

struct arguments {
    char **at;
    struct smimegw_template *tmpl;
    struct smimegw_error *error;
};

static const char *text_or_null(const char *text)
{
    return text != NULL && text[0] != '\0' ? text : NULL;
}

static const char *next_argument(struct arguments *arguments)
{
    return *arguments->at != NULL ? *arguments->at++ : "";
}

static size_t load(const char *path, char *data)
{
    FILE *file = fopen(path, "rb");
    size_t size = file == NULL ? 0 : fread(data, 1, FILE_ROOM, file);
    if (file != NULL)
        fclose(file);
    return size;
}

/* All that is left are fields. */
static int set_fields(struct arguments *arguments)
{
    static char name[FIELD_ROOM];
    int ret = SMIMEGW_OK;
    for (; ret == SMIMEGW_OK && *arguments->at != NULL; arguments->at++) {
        const char *value = strchr(*arguments->at, '=');
        size_t size = value != NULL ? (size_t)(value - *arguments->at) : 0;
        if (value == NULL || size >= sizeof(name))
            return SMIMEGW_E_USAGE;
        memcpy(name, *arguments->at, size);
        name[size] = '\0';
        ret = smimegw_template_set(arguments->tmpl, name, value + 1, &arguments->error);
    }
    return ret;
}

static int load_identity(struct arguments *arguments, struct smimegw_identity **ret)
{
    static char file[FILE_ROOM];
    const char *path = next_argument(arguments);
    const char *passphrase = text_or_null(getenv("PASSPHRASE"));
    if (strncmp(path, "pkcs11:", 7) == 0)
        return smimegw_identity_new_url(path, passphrase, NULL, 0, ret, &arguments->error);
    size_t size = load(path, file);
    return smimegw_identity_new(file, size, passphrase, ret, &arguments->error);
}

/* Print and free. */
static void put_buffer(struct smimegw_buffer *buffer)
{
    fwrite(smimegw_buffer_data(buffer), 1, smimegw_buffer_size(buffer), stdout);
    smimegw_buffer_free(buffer);
}

static int create(struct arguments *arguments)
{
    int64_t time = atoll(next_argument(arguments));
    const char *passphrase = text_or_null(next_argument(arguments));
    struct smimegw_buffer *pem = NULL;
    int ret = set_fields(arguments);
    if (ret == SMIMEGW_OK)
        ret = smimegw_template_create(arguments->tmpl, time, passphrase, &pem,
                                      &arguments->error);
    if (ret == SMIMEGW_OK)
        put_buffer(pem);
    return ret;
}

static int renew(struct arguments *arguments)
{
    struct smimegw_identity *identity = NULL;
    struct smimegw_cert *cert = NULL;
    struct smimegw_buffer *pem = NULL;
    int ret = load_identity(arguments, &identity);
    int64_t time = atoll(next_argument(arguments));
    if (ret == SMIMEGW_OK)
        ret = set_fields(arguments);
    if (ret == SMIMEGW_OK)
        ret =
            smimegw_template_renew(arguments->tmpl, identity, time, &cert, &arguments->error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_cert_pem(cert, &pem, &arguments->error);
    if (ret == SMIMEGW_OK)
        put_buffer(pem);
    smimegw_cert_unref(cert);
    smimegw_identity_unref(identity);
    return ret;
}

static int request(struct arguments *arguments)
{
    struct smimegw_identity *identity = NULL;
    struct smimegw_buffer *pem = NULL;
    int ret = load_identity(arguments, &identity);
    if (ret == SMIMEGW_OK)
        ret = set_fields(arguments);
    if (ret == SMIMEGW_OK)
        ret = smimegw_template_request(arguments->tmpl, identity, &pem, &arguments->error);
    if (ret == SMIMEGW_OK)
        put_buffer(pem);
    smimegw_identity_unref(identity);
    return ret;
}

static int put_field(struct arguments *arguments, const char *name)
{
    struct smimegw_buffer *value = NULL;
    int ret = smimegw_template_get(arguments->tmpl, name, &value, &arguments->error);
    if (ret != SMIMEGW_OK)
        return ret;
    printf("%s=", name);
    put_buffer(value);
    printf("\n");
    return SMIMEGW_OK;
}

static int copy(struct arguments *arguments)
{
    static char file[FILE_ROOM];
    struct smimegw_cert *cert = NULL;
    size_t size = load(next_argument(arguments), file);
    int ret = smimegw_cert_new(file, size, &cert, &arguments->error);
    if (ret == SMIMEGW_OK)
        ret = set_fields(arguments);
    if (ret == SMIMEGW_OK)
        ret = smimegw_template_copy_cert(arguments->tmpl, cert, &arguments->error);
    const char *name;
    for (size_t i = 0;
         ret == SMIMEGW_OK && (name = smimegw_template_setting(i, NULL, NULL)) != NULL; i++)
        ret = put_field(arguments, name);
    smimegw_cert_unref(cert);
    return ret;
}

static int sign(struct arguments *arguments)
{
    int out = STDOUT_FILENO;
    struct smimegw_identity *identity = NULL;
    struct smimegw_profile *profile = NULL;
    struct smimegw_message *message = NULL;
    int ret = load_identity(arguments, &identity);
    if (ret == SMIMEGW_OK)
        ret = smimegw_profile_new(&profile, &arguments->error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_profile_set(profile, "mode", "sign", &arguments->error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_message_new_fd(NULL, STDIN_FILENO, 0, &message, &arguments->error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_protect(NULL, profile, message, identity, NULL, 0, smimegw_fd_write,
                              &out, &arguments->error);
    smimegw_message_free(message);
    smimegw_profile_unref(profile);
    smimegw_identity_unref(identity);
    return ret;
}

static const struct {
    const char *name;
    int (*run)(struct arguments *arguments);
} commands[] = {{"create", create},
                {"renew", renew},
                {"request", request},
                {"copy", copy},
                {"sign", sign}};

int main(int argc, char **argv)
{
    struct arguments arguments = {.at = argv + (argc > 1 ? 2 : 1)};
    int ret = smimegw_template_new(&arguments.tmpl, &arguments.error);
    if (ret == SMIMEGW_OK)
        ret = SMIMEGW_E_USAGE;
    for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            ret = commands[i].run(&arguments);
    if (ret != SMIMEGW_OK)
        fprintf(stderr, "%s: %s\n", smimegw_result_name(ret),
                smimegw_error_text(arguments.error));
    smimegw_error_free(arguments.error);
    smimegw_template_free(arguments.tmpl);
    return ret == SMIMEGW_OK ? 0 : 1;
}
