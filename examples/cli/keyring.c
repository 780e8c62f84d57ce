/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* An entry of the file itself that can't be read, as somebody's editor left it. */
struct bad_entry {
    size_t line;
    char text[256];
};

/* The lock is on a file beside it: the keyring itself is another file after each change. */
static int take_lock(struct cli_keyring *keyring)
{
    char *path = NULL;
    if (asprintf(&path, "%s.lock", keyring->path) < 0)
        return cli_fail(CLI_TROUBLE, "out of memory");
    keyring->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    int result = keyring->lock < 0 ? -1 : 0;
    while (result == 0 && (result = flock(keyring->lock, LOCK_EX)) != 0 && errno == EINTR)
        result = 0;
    int code = result == 0 ? CLI_DONE : cli_fail(CLI_TROUBLE, "%s: %s", path, strerror(errno));
    free(path);
    return code;
}

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
    return strspn(file->data, " \t\r\n") == file->size ||
           (strncmp(file->data, head, strlen(head)) == 0 &&
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
        return cli_fail_error(CLI_TROUBLE, keyring->path, error);
    smimegw_error_free(error);
    return cli_fail(CLI_TROUBLE, "%s: line %zu is no public key (%s)", keyring->path, bad.line,
                    bad.text);
}

int cli_keyring_open(struct cli_keyring *keyring, const char *path, bool changing)
{
    struct smimegw_error *error = NULL;
    struct cli_file file = {0};
    memset(keyring, 0, sizeof(*keyring));
    keyring->path = path;
    keyring->lock = -1;
    int code = changing ? take_lock(keyring) : CLI_DONE;
    if (code != CLI_DONE)
        return code;
    if (smimegw_keyring_new(&keyring->keys, &error) != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, path, error);
    if (changing && access(path, F_OK) != 0 && errno == ENOENT)
        return CLI_DONE;
    code = cli_file_load_large(&file, path);
    if (code == CLI_DONE)
        code = read_keys(keyring, &file);
    cli_file_clear(&file);
    return code;
}

int cli_keyring_save(const struct cli_keyring *keyring)
{
    struct cli_output output;
    struct smimegw_error *error = NULL;
    int code = cli_output_open(&output, keyring->path, CLI_OUTPUT_KEEP);
    if (code == CLI_DONE && smimegw_keyring_export(keyring->keys, smimegw_fd_write, &output.fd,
                                                   &error) != SMIMEGW_OK)
        code = cli_fail_error(CLI_TROUBLE, keyring->path, error);
    if (code == CLI_DONE)
        code = cli_output_commit(&output);
    cli_output_close(&output);
    return code;
}

void cli_keyring_close(struct cli_keyring *keyring)
{
    smimegw_keyring_free(keyring->keys);
    if (keyring->lock >= 0)
        close(keyring->lock);
}
