/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"

/* What a signal handler removes before the process dies of the signal. */
static const char *volatile unfinished;

static void remove_unfinished(int number)
{
    if (unfinished != NULL)
        unlink(unfinished);
    raise(number);
}

static void watch_signals(void)
{
    const int numbers[] = {SIGHUP, SIGINT, SIGPIPE, SIGTERM};
    struct sigaction action = {.sa_handler = remove_unfinished, .sa_flags = (int)SA_RESETHAND};
    struct sigaction now;
    for (size_t index = 0; index < sizeof(numbers) / sizeof(numbers[0]); index++)
        if (sigaction(numbers[index], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            sigaction(numbers[index], &action, NULL);
}

void cli_signals_wait(bool wait)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(wait ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

static int fail_file(const char *path)
{
    return cli_fail(CLI_TROUBLE, "%s: %s", path, strerror(errno));
}

static int open_temporary(struct cli_output *output)
{
    if (asprintf(&output->temporary, "%s.XXXXXX", output->path) < 0) {
        output->temporary = NULL;
        return cli_fail(CLI_TROUBLE, "out of memory");
    }
    watch_signals();
    /* No signal between the file's birth and the note of its name. */
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    output->fd = mkostemp(output->temporary, O_CLOEXEC);
    unfinished = output->fd >= 0 ? output->temporary : NULL;
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (output->fd >= 0)
        return CLI_DONE;
    free(output->temporary);
    output->temporary = NULL;
    return fail_file(output->path);
}

int cli_output_open(struct cli_output *output, const char *path, int kind)
{
    struct stat status;
    memset(output, 0, sizeof(*output));
    output->fd = STDOUT_FILENO;
    output->kind = kind;
    if (path == NULL)
        return CLI_DONE;
    output->fd = -1;
    /* Through symbolic links: it is the file that is replaced, not the link to it. */
    output->path = realpath(path, NULL);
    if (output->path == NULL && (output->path = strdup(path)) == NULL)
        return cli_fail(CLI_TROUBLE, "out of memory");
    bool there = stat(output->path, &status) == 0;
    if (there && S_ISREG(status.st_mode) && (kind & CLI_OUTPUT_NEW) != 0)
        return cli_fail(CLI_TROUBLE, "%s: is there already (--force replaces it)", path);
    if (!there || S_ISREG(status.st_mode))
        return open_temporary(output);
    /* A device or a pipe must not be replaced by a file. */
    output->fd = open(output->path, O_WRONLY | O_CLOEXEC);
    return output->fd >= 0 ? CLI_DONE : fail_file(path);
}

static int set_rights(const struct cli_output *output)
{
    struct stat status;
    mode_t mask = umask(0);
    umask(mask);
    mode_t mode = 0666 & ~mask;
    if ((output->kind & CLI_OUTPUT_PRIVATE) != 0)
        mode = 0600;
    if ((output->kind & CLI_OUTPUT_KEEP) != 0 && stat(output->path, &status) == 0) {
        mode = status.st_mode & 0777;
        /* Who may not give files away keeps this one; but its group must not get more. */
        if (fchown(output->fd, status.st_uid, status.st_gid) != 0 &&
            fchown(output->fd, (uid_t)-1, status.st_gid) != 0)
            mode &= 0707;
    }
    return fchmod(output->fd, mode);
}

/* The new name is on the disk, too; file systems that can't do it have done it already. */
static void sync_folder(char *path)
{
    char *slash = strrchr(path, '/');
    char after = slash == NULL ? '\0' : slash[1];
    if (slash != NULL)
        slash[1] = '\0';
    int fd = open(slash == NULL ? "." : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (slash != NULL)
        slash[1] = after;
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

/* Of two programs that make the same new file, one fails. */
static int put_in_place(const struct cli_output *output)
{
    if ((output->kind & CLI_OUTPUT_NEW) == 0)
        return rename(output->temporary, output->path);
    if (link(output->temporary, output->path) != 0)
        return -1;
    unlink(output->temporary);
    return 0;
}

int cli_output_commit(struct cli_output *output)
{
    if (output->temporary == NULL)
        return CLI_DONE;
    if (set_rights(output) != 0 || fsync(output->fd) != 0 || put_in_place(output) != 0)
        return fail_file(output->path);
    unfinished = NULL;
    free(output->temporary);
    output->temporary = NULL;
    sync_folder(output->path);
    return CLI_DONE;
}

void cli_output_close(struct cli_output *output)
{
    if (output->temporary != NULL)
        unlink(output->temporary);
    unfinished = NULL;
    if (output->path != NULL && output->fd >= 0)
        close(output->fd);
    free(output->temporary);
    free(output->path);
}

int cli_output_save(const char *path, int kind, const void *data, size_t size)
{
    struct cli_output output;
    int code = cli_output_open(&output, path, kind);
    if (code == CLI_DONE && smimegw_fd_write(&output.fd, data, size) != SMIMEGW_OK)
        code =
            cli_fail(CLI_TROUBLE, "%s: %s", path == NULL ? "stdout" : path, strerror(errno));
    if (code == CLI_DONE)
        code = cli_output_commit(&output);
    cli_output_close(&output);
    return code;
}
