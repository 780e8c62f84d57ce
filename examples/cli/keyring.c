/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keyring.h"

#include <string.h>

/* An entry of the file itself that can't be read, as somebody's editor left it. */
struct bad_entry {
    size_t line;
    char text[256];
};

/* What can't be read would be lost by the next change: nothing is left out. */
static int refuse_entry(void *userdata, int outcome, size_t line, const char *name,
                        const char *text, size_t done, size_t size)
{
    struct bad_entry *bad = userdata;
    (void)done;
    (void)size;
    if (outcome == SMIMEGW_IMPORT_ADDED || outcome == SMIMEGW_IMPORT_SAME)
        return 0;
    bad->line = line;
    snprintf(bad->text, sizeof(bad->text), "%s%s%s", name, *text == '\0' ? "" : ": ", text);
    return -1;
}

/* A keyring without keys, as opposed to a file that is something else. */
static bool is_empty(const struct cli_file *file)
{
    static const char head[] = "# smimegw public keys";
    return file->data == NULL || (strncmp(file->data, head, strlen(head)) == 0 &&
                                  strstr(file->data, "-----BEGIN") == NULL);
}

static int read_keys(struct cli_keyring *keyring, const struct cli_file *file)
{
    struct bad_entry bad = {0};
    struct smimegw_error *error = NULL;
    if (is_empty(file))
        return CLI_DONE;
    /* What was taken once stays, also after it has expired. */
    if (smimegw_keyring_import(keyring->keys, file->data, file->size, SMIMEGW_KEYRING_FORCE,
                               refuse_entry, &bad, &error) == SMIMEGW_OK)
        return CLI_DONE;
    if (bad.line == 0)
        return cli_fail_error(CLI_TROUBLE, keyring->store.path, error);
    smimegw_error_free(error);
    return cli_fail(CLI_TROUBLE, "%s: line %zu is no public key (%s)", keyring->store.path,
                    bad.line, bad.text);
}

int cli_keyring_open(struct cli_keyring *keyring, const char *path, bool changing)
{
    struct smimegw_error *error = NULL;
    struct cli_file file;
    keyring->keys = NULL;
    int code = cli_store_open(&keyring->store, path, changing, &file);
    if (code == CLI_DONE && smimegw_keyring_new(&keyring->keys, &error) != SMIMEGW_OK)
        code = cli_fail_error(CLI_TROUBLE, path, error);
    if (code == CLI_DONE)
        code = read_keys(keyring, &file);
    cli_file_clear(&file);
    return code;
}

static int export_keys(const void *object, smimegw_write_fn write, void *userdata,
                       struct smimegw_error **ret_error)
{
    return smimegw_keyring_export(object, write, userdata, ret_error);
}

int cli_keyring_save(const struct cli_keyring *keyring)
{
    return cli_store_save(&keyring->store, export_keys, keyring->keys);
}

void cli_keyring_close(struct cli_keyring *keyring)
{
    smimegw_keyring_free(keyring->keys);
    cli_store_close(&keyring->store);
}
