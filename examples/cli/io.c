/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_LIMIT = 16 << 20, LARGE_FILE_LIMIT = 1 << 30, CHUNK = 64 << 10 };

static int fail_file(const char *path)
{
    return cli_fail(CLI_TROUBLE, "%s: %s", path, strerror(errno));
}

static int load_stream(struct cli_file *file, FILE *stream, const char *path, size_t limit)
{
    struct stat status;
    size_t capacity = limit;
    /* No stdio buffer and no realloc: neither may leave a copy of a key behind. */
    setvbuf(stream, NULL, _IONBF, 0);
    if (fstat(fileno(stream), &status) == 0 && S_ISREG(status.st_mode)) {
        file->mode = status.st_mode & 07777;
        if ((size_t)status.st_size < limit)
            capacity = (size_t)status.st_size + 1;
    }
    char *data = malloc(capacity + 1);
    size_t size = data == NULL ? 0 : fread(data, 1, capacity, stream);
    bool failed = ferror(stream) != 0;
    if (data != NULL && !failed && size < capacity) {
        data[size] = '\0';
        file->data = data;
        file->size = size;
        return CLI_DONE;
    }
    if (data != NULL)
        explicit_bzero(data, size);
    free(data);
    if (data == NULL || failed)
        return cli_fail(CLI_TROUBLE, "%s: %s", path,
                        failed ? "can't be read" : "out of memory");
    return cli_fail(CLI_TROUBLE, "%s: larger than %zu MiB", path, limit >> 20);
}

static int load_file(struct cli_file *file, const char *path, size_t limit)
{
    FILE *stream = fopen(path, "re");
    memset(file, 0, sizeof(*file));
    if (stream == NULL)
        return fail_file(path);
    int code = load_stream(file, stream, path, limit);
    fclose(stream);
    return code;
}

int cli_file_load(struct cli_file *file, const char *path)
{
    return load_file(file, path, FILE_LIMIT);
}

int cli_file_load_large(struct cli_file *file, const char *path)
{
    return load_file(file, path, LARGE_FILE_LIMIT);
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
    const char *name = path == NULL ? "stdin" : path;
    int result = read_message(input, gateway, fd, &error);
    /* Nothing to send is a pipe that broke, not a message; whoever reads may be sent it. */
    if (result == SMIMEGW_OK && !reading && smimegw_message_size(input->message) == 0)
        return cli_fail(CLI_TROUBLE, "%s: the message is empty", name);
    if (result == SMIMEGW_OK)
        return CLI_DONE;
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
