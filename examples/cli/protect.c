/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plan.h"

/* The folder grows under another name beside its own, and is renamed when it is complete. */
struct folder {
    const char *path; /* (borrowed) */
    char *temporary;
    int fd;
    size_t files; /* deliveries that were begun */
};

static int fail_errno(const char *path)
{
    return cli_fail(CLI_TROUBLE, "%s: %s", path, strerror(errno));
}

static int open_folder(struct folder *folder, const char *path)
{
    size_t size = strlen(path);
    *folder = (struct folder){path, NULL, -1, 0};
    while (size > 1 && path[size - 1] == '/')
        size--;
    if (asprintf(&folder->temporary, "%.*s.XXXXXX", (int)size, path) < 0) {
        folder->temporary = NULL;
        return cli_fail(CLI_TROUBLE, "out of memory");
    }
    if (mkdtemp(folder->temporary) == NULL) {
        free(folder->temporary);
        folder->temporary = NULL;
        return fail_errno(path);
    }
    folder->fd = open(folder->temporary, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return folder->fd >= 0 ? CLI_DONE : fail_errno(path);
}

static void name_file(char name[32], size_t number, const char *ending)
{
    snprintf(name, 32, "%zu.%s", number, ending);
}

/* After a commit there is nothing left to remove. */
static void close_folder(struct folder *folder)
{
    char name[32];
    for (size_t number = 1; folder->temporary != NULL && number <= folder->files; number++) {
        name_file(name, number, "eml");
        unlinkat(folder->fd, name, 0);
        name_file(name, number, "rcpt");
        unlinkat(folder->fd, name, 0);
    }
    if (folder->temporary != NULL)
        rmdir(folder->temporary);
    if (folder->fd >= 0)
        close(folder->fd);
    free(folder->temporary);
}

static int open_file(const struct folder *folder, const char *ending, int *ret_fd)
{
    char name[32];
    name_file(name, folder->files, ending);
    *ret_fd = openat(folder->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return *ret_fd >= 0 ? CLI_DONE : fail_errno(folder->path);
}

static int close_file(const struct folder *folder, int fd, int code)
{
    if (code == CLI_DONE && fsync(fd) != 0)
        code = fail_errno(folder->path);
    close(fd);
    return code;
}

static int write_message(const struct cli_session *session, const struct folder *folder,
                         struct smimegw_plan *plan, size_t delivery)
{
    int fd;
    struct smimegw_error *error = NULL;
    int code = open_file(folder, "eml", &fd);
    if (code != CLI_DONE)
        return code;
    if (smimegw_plan_delivery_write(plan, delivery, smimegw_fd_write, &fd, &error) !=
        SMIMEGW_OK)
        code = cli_session_fail(session, CLI_TROUBLE, error);
    return close_file(folder, fd, code);
}

static int write_recipients(const struct folder *folder, const struct smimegw_plan *plan,
                            size_t delivery)
{
    int fd;
    const char *address;
    int code = open_file(folder, "rcpt", &fd);
    if (code != CLI_DONE)
        return code;
    for (size_t index = 0;
         code == CLI_DONE &&
         (address = smimegw_plan_delivery_recipient(plan, delivery, index)) != NULL;
         index++)
        if (smimegw_fd_write(&fd, address, strlen(address)) != SMIMEGW_OK ||
            smimegw_fd_write(&fd, "\n", 1) != SMIMEGW_OK)
            code = fail_errno(folder->path);
    return close_file(folder, fd, code);
}

/* In the place of an empty folder, too; never over one with something in it. */
static int commit(struct folder *folder)
{
    mode_t mask = umask(0);
    umask(mask);
    if (fchmod(folder->fd, 0777 & ~mask) != 0 || fsync(folder->fd) != 0 ||
        rename(folder->temporary, folder->path) != 0)
        return fail_errno(folder->path);
    free(folder->temporary);
    folder->temporary = NULL;
    return CLI_DONE;
}

static int write_all(const struct cli_session *session, struct smimegw_plan *plan)
{
    struct folder folder;
    size_t deliveries = smimegw_plan_delivery_count(plan);
    int code = open_folder(&folder, cli_list_first(&session->options->out_folder));
    for (size_t index = 0; code == CLI_DONE && index < deliveries; index++) {
        folder.files++;
        code = write_message(session, &folder, plan, index);
        if (code == CLI_DONE)
            code = write_recipients(&folder, plan, index);
    }
    if (code == CLI_DONE)
        code = commit(&folder);
    close_folder(&folder);
    return code;
}

int cli_protect(struct cli_session *session)
{
    struct smimegw_plan *plan = NULL;
    int code = cli_plan_make(session, &plan);
    cli_signals_wait(true);
    if (code == CLI_DONE && smimegw_plan_delivery_count(plan) != 0)
        code = write_all(session, plan);
    cli_signals_wait(false);
    code = cli_plan_finish(session, plan, code);
    smimegw_plan_free(plan);
    return code;
}
