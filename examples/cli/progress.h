/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "options.h"

/* How far something long is, on stderr: where that is a terminal, or with --progress. */
struct cli_progress {
    bool is_shown;
    bool is_terminal;
    int64_t shown_ms;
};

void cli_progress_start(struct cli_progress *progress, const struct cli_options *options);
/* A few times a second; text: (nullable) what is said beside it. */
void cli_progress_show(struct cli_progress *progress, int64_t done, int64_t size,
                       const char *text);
void cli_progress_end(struct cli_progress *progress, const char *text);

#endif
