/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hold.h"

#define BLANKS " \t"
static const char sender_mark[] = "{sender}";
static const char recipients_mark[] = "{recipients}";

/* The next word, cut off in place; a word may stand in quotes, which are taken off. */
static char *next_word(char **rest)
{
    char *word = *rest + strspn(*rest, BLANKS);
    if (*word == '\0')
        return NULL;
    char quote = *word == '"' || *word == '\'' ? *word++ : '\0';
    char *end = quote != '\0' ? strchr(word, quote) : word + strcspn(word, BLANKS);
    if (end == NULL)
        end = word + strlen(word);
    *rest = *end == '\0' ? end : end + 1;
    *end = '\0';
    return word;
}

static int split(char *text, struct cli_list *words)
{
    int code = CLI_DONE;
    for (char *word; code == CLI_DONE && (word = next_word(&text)) != NULL;)
        code = cli_list_add(words, word);
    return code;
}

/* The place of a word; the number of words where it is not there. */
static size_t find_word(const struct cli_list *words, const char *text)
{
    size_t at = 0;
    while (at < words->count && strcmp(words->items[at], text) != 0)
        at++;
    return at;
}

/* An address must not be read as an option. */
static int check_words(const struct cli_list *words, const struct cli_copy *copies,
                       size_t count)
{
    size_t place = find_word(words, recipients_mark);
    if (place == 0 || place == words->count || find_word(words, sender_mark) == words->count)
        return cli_fail(CLI_USAGE, "--send-with needs a command with the words %s and %s",
                        sender_mark, recipients_mark);
    if (find_word(words, "--") < place)
        return CLI_DONE;
    for (size_t copy = 0; copy < count; copy++)
        for (size_t index = 0; index < copies[copy].recipients.count; index++)
            if (copies[copy].recipients.items[index][0] == '-')
                return cli_fail(CLI_USAGE, "--send-with needs -- in front of %s for %s",
                                recipients_mark, copies[copy].recipients.items[index]);
    return CLI_DONE;
}

/* (borrowed) words and addresses in an array of its own; NULL when out of memory. */
static char **make_arguments(const struct cli_list *words, const char *sender,
                             const struct cli_copy *copy)
{
    size_t used = 0;
    char **arguments = calloc(words->count + copy->recipients.count + 1, sizeof(*arguments));
    for (size_t index = 0; arguments != NULL && index < words->count; index++) {
        char *word = words->items[index];
        if (strcmp(word, recipients_mark) == 0) {
            memcpy(&arguments[used], copy->recipients.items,
                   copy->recipients.count * sizeof(*arguments));
            used += copy->recipients.count;
        } else {
            arguments[used++] =
                strcmp(word, sender_mark) == 0 ? (char *)(uintptr_t)sender : word;
        }
    }
    return arguments;
}

__attribute__((noreturn)) static void run_child(char **arguments, int fd)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    /* stdout is where a filter's message goes, and nothing else */
    if (dup2(fd, STDIN_FILENO) >= 0 && lseek(STDIN_FILENO, 0, SEEK_SET) == 0 &&
        dup2(STDERR_FILENO, STDOUT_FILENO) >= 0)
        execv(arguments[0], arguments);
    dprintf(STDERR_FILENO, "smimegw: %s: %s\n", arguments[0], strerror(errno));
    _exit(CLI_MTA_LATER);
}

/* 0, or what the program came to, in words. */
static int run(char **arguments, int fd, char text[64])
{
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        run_child(arguments, fd);
    pid_t got = -1;
    while (child > 0 && (got = waitpid(child, &status, 0)) < 0 && errno == EINTR)
        continue;
    if (got < 0)
        snprintf(text, 64, "%s", strerror(errno));
    else if (WIFSIGNALED(status))
        snprintf(text, 64, "signal %d", WTERMSIG(status));
    else
        snprintf(text, 64, "exit code %d", WEXITSTATUS(status));
    return got > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

/* Whoever reads the log must know who has got it already. */
static int fail_copy(const struct cli_list *words, const struct cli_copy *copies, size_t at,
                     size_t count, const char *text)
{
    int code =
        cli_fail(CLI_TROUBLE, "delivery %zu of %zu was not sent (%s: %s)%s", at + 1, count,
                 words->items[0], text, at == 0 ? "" : "; these have got theirs already:");
    for (size_t copy = 0; copy < at; copy++)
        for (size_t index = 0; index < copies[copy].recipients.count; index++)
            cli_fail(code, "sent already: %s", copies[copy].recipients.items[index]);
    return code;
}

static int send_all(const struct cli_list *words, const char *sender,
                    const struct cli_copy *copies, size_t count)
{
    for (size_t at = 0; at < count; at++) {
        char text[64];
        char **arguments = make_arguments(words, sender, &copies[at]);
        snprintf(text, sizeof(text), "out of memory");
        int result = arguments == NULL ? -1 : run(arguments, copies[at].fd, text);
        free(arguments);
        if (result != 0)
            return fail_copy(words, copies, at, count, text);
    }
    return CLI_DONE;
}

int cli_copies_send(const char *command, const char *sender, const struct cli_copy *copies,
                    size_t count)
{
    struct cli_list words = {0};
    char *text = strdup(command);
    int code = text == NULL ? cli_fail(CLI_TROUBLE, "out of memory") : split(text, &words);
    if (code == CLI_DONE)
        code = check_words(&words, copies, count);
    /* Killed in the middle, it could not tell what was sent. */
    cli_signals_wait(true);
    if (code == CLI_DONE)
        code = send_all(&words, sender, copies, count);
    cli_signals_wait(false);
    cli_list_clear(&words);
    free(text);
    return code;
}
