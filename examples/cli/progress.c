/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "progress.h"

#include <time.h>
#include <unistd.h>

enum { PROGRESS_MS = 200 };

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void cli_progress_start(struct cli_progress *progress, const struct cli_options *options)
{
    bool is_terminal = isatty(STDERR_FILENO) != 0;
    *progress = (struct cli_progress){.is_shown = is_terminal || options->progress.count != 0,
                                      .is_terminal = is_terminal};
}

static void print(const struct cli_progress *progress, int64_t done, int64_t size,
                  const char *text)
{
    fprintf(stderr, "%s%3.0f %%%s%s%s", progress->is_terminal ? "\r" : "",
            size == 0 ? 100.0 : 100.0 * (double)done / (double)size, text == NULL ? "" : ", ",
            text == NULL ? "" : text, progress->is_terminal ? "" : "\n");
}

void cli_progress_show(struct cli_progress *progress, int64_t done, int64_t size,
                       const char *text)
{
    int64_t now = progress->is_shown ? now_ms() : 0;
    if (!progress->is_shown || now < progress->shown_ms + PROGRESS_MS)
        return;
    progress->shown_ms = now;
    print(progress, done, size, text);
}

void cli_progress_end(struct cli_progress *progress, const char *text)
{
    if (!progress->is_shown)
        return;
    print(progress, 1, 1, text);
    if (progress->is_terminal)
        fputc('\n', stderr);
}
