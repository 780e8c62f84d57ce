/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* The lock is on a file beside it: the store itself is another file after each change. */
static int take_lock(struct cli_store *store)
{
    char *path = NULL;
    if (asprintf(&path, "%s.lock", store->path) < 0)
        return cli_fail(CLI_TROUBLE, "out of memory");
    store->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    int result = store->lock < 0 ? -1 : 0;
    while (result == 0 && (result = flock(store->lock, LOCK_EX)) != 0 && errno == EINTR)
        result = 0;
    int code = result == 0 ? CLI_DONE : cli_fail(CLI_TROUBLE, "%s: %s", path, strerror(errno));
    free(path);
    return code;
}

int cli_store_open(struct cli_store *store, const char *path, bool changing,
                   struct cli_file *ret_file)
{
    *store = (struct cli_store){path, -1};
    memset(ret_file, 0, sizeof(*ret_file));
    int code = changing ? take_lock(store) : CLI_DONE;
    if (code != CLI_DONE)
        return code;
    if (changing && access(path, F_OK) != 0 && errno == ENOENT)
        return CLI_DONE;
    code = cli_file_load_large(ret_file, path);
    if (code == CLI_DONE && strspn(ret_file->data, " \t\r\n") == ret_file->size)
        cli_file_clear(ret_file);
    return code;
}

int cli_store_save(const struct cli_store *store, cli_export_fn export, const void *object)
{
    struct cli_output output;
    struct smimegw_error *error = NULL;
    int code = cli_output_open(&output, store->path, CLI_OUTPUT_KEEP);
    if (code == CLI_DONE && export(object, smimegw_fd_write, &output.fd, &error) != SMIMEGW_OK)
        code = cli_fail_error(CLI_TROUBLE, store->path, error);
    if (code == CLI_DONE)
        code = cli_output_commit(&output);
    cli_output_close(&output);
    return code;
}

void cli_store_close(struct cli_store *store)
{
    if (store->lock >= 0)
        close(store->lock);
    store->lock = -1;
}
