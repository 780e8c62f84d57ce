/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hold.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int open_unnamed(const char *folder)
{
    char *path = NULL;
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    /* file systems that can't do it */
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT))
        return fd;
    if (asprintf(&path, "%s/smimegw.XXXXXX", folder) < 0)
        return -1;
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    free(path);
    return fd;
}

int cli_copy_open(const struct cli_session *session, bool secret, struct cli_copy *copy)
{
    struct smimegw_buffer *folder = NULL;
    struct smimegw_error *error = NULL;
    int code = CLI_DONE;
    *copy = (struct cli_copy){.fd = -1};
    if (smimegw_gateway_get(session->gateway, "spool-directory", &folder, &error) !=
        SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, "spool-directory", error);
    copy->fd = secret ? memfd_create("smimegw", MFD_CLOEXEC)
                      : open_unnamed(smimegw_buffer_data(folder));
    if (copy->fd < 0)
        code = cli_fail(CLI_TROUBLE, "%s: %s", (const char *)smimegw_buffer_data(folder),
                        strerror(errno));
    smimegw_buffer_free(folder);
    return code;
}

void cli_copy_close(struct cli_copy *copy)
{
    if (copy->fd >= 0)
        close(copy->fd);
    cli_list_clear(&copy->recipients);
    *copy = (struct cli_copy){.fd = -1};
}

int cli_copy_print(const struct cli_copy *copy)
{
    static char chunk[64 << 10];
    int out = STDOUT_FILENO;
    ssize_t size = 0;
    off_t at = 0;
    while ((size = pread(copy->fd, chunk, sizeof(chunk), at)) > 0) {
        if (smimegw_fd_write(&out, chunk, (size_t)size) != SMIMEGW_OK)
            return cli_fail(CLI_TROUBLE, "can't write the output: %s", strerror(errno));
        at += size;
    }
    return size == 0 ? CLI_DONE : cli_fail(CLI_TROUBLE, "reading back: %s", strerror(errno));
}
