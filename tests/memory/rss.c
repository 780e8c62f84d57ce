/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One operation, file to file, and how much memory it took above an idle process that has
 * library, keys and message open: rss ANCHORS IDENTITY OPERATION IN OUT
 * Prints the idle and the peak resident kilobytes, and the seconds. */
#include "kit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static long status_kilobytes(const char *key)
{
    char line[256];
    long value = -1;
    FILE *status = fopen("/proc/self/status", "r");
    if (status == NULL)
        kit_die("/proc/self/status: can't be read");
    while (value < 0 && fgets(line, sizeof(line), status) != NULL)
        if (strncmp(line, key, strlen(key)) == 0)
            value = atol(line + strlen(key));
    fclose(status);
    return value;
}

/* The kernel's high-water mark starts again at what is resident now. */
static void forget_peak(void)
{
    int file = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    if (file < 0 || write(file, "5", 1) != 1)
        kit_die("/proc/self/clear_refs: can't be written");
    close(file);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void run(const struct kit *kit, enum kit_op op, struct smimegw_message *message,
                int out)
{
    struct smimegw_verdict *verdict = NULL;
    struct smimegw_error *error = NULL;
    int result = kit_run(kit, op, message, smimegw_fd_write, &out, &verdict, &error);
    if (result != SMIMEGW_OK)
        kit_die("%s: %s: %s", kit_rows[op].name, smimegw_result_name(result),
                smimegw_error_text(error));
    int reason = smimegw_verdict_reason(verdict);
    int judged = kit_rows[op].verb == KIT_VERIFIES || op == KIT_DECRYPT_SIGNED ||
                 op == KIT_DECRYPT_TRIPLE;
    if (judged && reason != SMIMEGW_REASON_OK)
        kit_die("%s: %s", kit_rows[op].name, smimegw_reason_name(reason, NULL));
    smimegw_verdict_unref(verdict);
}

int main(int count, char **arguments)
{
    if (count != 6)
        kit_die("usage: rss ANCHORS IDENTITY OPERATION IN OUT");
    enum kit_op op = kit_find(arguments[3]);
    int in = open(arguments[4], O_RDONLY | O_CLOEXEC);
    int out = open(arguments[5], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (op == KIT_COUNT || in < 0 || out < 0)
        kit_die("%s: bad operation or files", arguments[3]);
    struct kit kit;
    kit_open(&kit, arguments[1], arguments[2]);
    struct smimegw_message *message = NULL;
    struct smimegw_error *error = NULL;
    if (smimegw_message_new_fd(kit.gateway, in, 0, &message, &error) != SMIMEGW_OK)
        kit_die("%s: %s", arguments[4], smimegw_error_text(error));
    forget_peak();
    long idle = status_kilobytes("VmRSS:");
    double start = now();
    run(&kit, op, message, out);
    double taken = now() - start;
    printf("%ld %ld %.2f\n", idle, status_kilobytes("VmHWM:"), taken);
    smimegw_message_free(message);
    kit_close(&kit);
    return 0;
}
