/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_LIMIT = 16 << 20, CHUNK = 64 << 10 };

/* What a signal handler removes before the process dies of the signal. */
static const char *volatile unfinished;

static int fail_file(const char *path)
{
    return cli_fail(CLI_TROUBLE, "%s: %s", path, strerror(errno));
}

int cli_file_load(struct cli_file *file, const char *path)
{
    FILE *stream = fopen(path, "re");
    if (stream == NULL)
        return fail_file(path);
    /* No stdio buffer and no realloc: neither may leave a copy of a key behind. */
    setvbuf(stream, NULL, _IONBF, 0);
    struct stat status;
    size_t capacity = FILE_LIMIT;
    if (fstat(fileno(stream), &status) == 0 && S_ISREG(status.st_mode) &&
        status.st_size < FILE_LIMIT)
        capacity = (size_t)status.st_size + 1;
    char *data = malloc(capacity + 1);
    size_t size = data == NULL ? 0 : fread(data, 1, capacity, stream);
    bool failed = ferror(stream) != 0;
    fclose(stream);
    if (data != NULL && !failed && size < capacity) {
        data[size] = '\0';
        file->data = data;
        file->size = size;
        return CLI_DONE;
    }
    free(data);
    return cli_fail(CLI_TROUBLE, "%s: %s", path,
                    data == NULL ? "out of memory"
                    : failed     ? "can't be read"
                                 : "larger than 16 MiB");
}

void cli_file_clear(struct cli_file *file)
{
    if (file->data != NULL)
        explicit_bzero(file->data, file->size);
    free(file->data);
    memset(file, 0, sizeof(*file));
}

static int push_all(struct smimegw_message *message, int fd, struct smimegw_error **ret_error)
{
    static char chunk[CHUNK];
    ssize_t got;
    while ((got = read(fd, chunk, sizeof(chunk))) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return SMIMEGW_E_IO;
        int result = smimegw_message_write(message, chunk, (size_t)got, ret_error);
        if (result != SMIMEGW_OK)
            return result;
    }
    return smimegw_message_finish(message, ret_error);
}

static int read_message(struct cli_input *input, struct smimegw_gateway *gateway, int fd,
                        struct smimegw_error **ret_error)
{
    struct stat status;
    /* The shell, or who ran before us, may have read some lines of stdin already. */
    off_t offset = lseek(fd, 0, SEEK_CUR);
    if (offset >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
        return smimegw_message_new_fd(gateway, fd, offset, &input->message, ret_error);
    int result = smimegw_message_new(gateway, &input->message, ret_error);
    return result == SMIMEGW_OK ? push_all(input->message, fd, ret_error) : result;
}

int cli_input_open(struct cli_input *input, struct smimegw_gateway *gateway, const char *path,
                   bool reading)
{
    struct smimegw_error *error = NULL;
    if (path != NULL && (input->file = fopen(path, "re")) == NULL)
        return fail_file(path);
    int fd = path == NULL ? STDIN_FILENO : fileno(input->file);
    int result = read_message(input, gateway, fd, &error);
    if (result == SMIMEGW_OK)
        return CLI_DONE;
    const char *name = path == NULL ? "stdin" : path;
    if (error == NULL)
        return fail_file(name);
    return cli_fail_error(reading && result == SMIMEGW_E_LIMIT ? CLI_NOT_PASSED : CLI_TROUBLE,
                          name, error);
}

void cli_input_close(struct cli_input *input)
{
    smimegw_message_free(input->message);
    if (input->file != NULL)
        fclose(input->file);
}

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

int cli_output_open(struct cli_output *output, const char *path)
{
    struct stat status;
    memset(output, 0, sizeof(*output));
    output->fd = STDOUT_FILENO;
    if (path == NULL)
        return CLI_DONE;
    /* Through symbolic links: it is the file that is replaced, not the link to it. */
    output->path = realpath(path, NULL);
    if (output->path == NULL && (output->path = strdup(path)) == NULL)
        return cli_fail(CLI_TROUBLE, "out of memory");
    if (stat(output->path, &status) != 0 || S_ISREG(status.st_mode))
        return open_temporary(output);
    /* A device or a pipe must not be replaced by a file. */
    output->fd = open(output->path, O_WRONLY | O_CLOEXEC);
    return output->fd >= 0 ? CLI_DONE : fail_file(path);
}

int cli_output_commit(struct cli_output *output)
{
    if (output->temporary == NULL)
        return CLI_DONE;
    mode_t mask = umask(0);
    umask(mask);
    if (fchmod(output->fd, 0666 & ~mask) != 0 || fsync(output->fd) != 0 ||
        rename(output->temporary, output->path) != 0)
        return fail_file(output->path);
    unfinished = NULL;
    free(output->temporary);
    output->temporary = NULL;
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
