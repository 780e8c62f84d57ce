/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Thousands of mutants of good messages, read in this process: mutants DATA COUNT [ONLY]
 * None may crash, take a second, pass with another content, or write what did not count. */
#include "kit.h"
#include "mutate.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

enum { LEAK_BYTES = 256 * 1024, WARM_UP = 600 };

struct subject {
    const char *file;
    enum kit_op op;
    int signed_inside; /* what comes out of the decryption is a signed message */
    struct text message;
    struct text content; /* Content-* headers and body that a pass must hand out */
};

static struct subject subjects[] = {
    {"signed-detached.eml", KIT_VERIFY_DETACHED, 0, {0}, {0}},
    {"signed-opaque.eml", KIT_VERIFY_OPAQUE, 0, {0}, {0}},
    {"encrypted-cbc.eml", KIT_DECRYPT_CBC, 0, {0}, {0}},
    {"encrypted-gcm.eml", KIT_DECRYPT_GCM, 0, {0}, {0}},
    {"sign-encrypt.eml", KIT_DECRYPT_SIGNED, 1, {0}, {0}},
    {"triple.eml", KIT_DECRYPT_TRIPLE, 1, {0}, {0}},
};
enum { SUBJECTS = sizeof(subjects) / sizeof(*subjects) };

struct outcome {
    int result;
    int verdict;
    int layers;
    struct text output;
};

static struct kit kit;
static char running[64]; /* what a signal handler can say */

static int collect(void *userdata, const void *data, size_t size)
{
    struct text *output = userdata;
    char *grown = realloc(output->data, output->size + size + 1);
    if (grown == NULL)
        return 1;
    memcpy(grown + output->size, data, size);
    output->data = grown;
    output->size += size;
    output->data[output->size] = '\0';
    return 0;
}

static struct outcome read_message(enum kit_op op, const struct text *message)
{
    struct outcome outcome = {0};
    struct smimegw_message *opened = NULL;
    struct smimegw_verdict *verdict = NULL;
    struct smimegw_error *error = NULL;
    outcome.result =
        smimegw_message_new_memory(kit.gateway, message->data, message->size, &opened, &error);
    if (outcome.result == SMIMEGW_OK)
        outcome.result = kit_run(&kit, op, opened, collect, &outcome.output, &verdict, &error);
    outcome.verdict = smimegw_verdict_outcome(verdict);
    outcome.layers = (int)smimegw_verdict_layer_count(verdict);
    smimegw_verdict_unref(verdict);
    smimegw_error_free(error);
    smimegw_message_free(opened);
    return outcome;
}

static void keep_content_lines(struct text *content, const char *line, size_t size, int *keeps)
{
    if (*line != ' ' && *line != '\t')
        *keeps = size > 8 && strncasecmp(line, "Content-", 8) == 0;
    if (*keeps && collect(content, line, size) != 0)
        abort();
}

/* What is protected in a message: its Content-* headers and its body. */
static struct text content_of(const struct text *message)
{
    struct text content = {NULL, 0};
    int keeps = 0;
    const char *line = message->data;
    const char *end = message->data + message->size;
    while (line < end && *line != '\r' && *line != '\n') {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *next = newline == NULL ? end : newline + 1;
        keep_content_lines(&content, line, (size_t)(next - line), &keeps);
        line = next;
    }
    if (line < end && collect(&content, line, (size_t)(end - line)) != 0)
        abort();
    return content;
}

/* The protected content of what an operation handed out; empty if it is none. */
static struct text protected_of(const struct subject *subject, const struct text *output)
{
    if (!subject->signed_inside)
        return content_of(output);
    struct outcome inner = read_message(KIT_VERIFY_DETACHED, output);
    struct text content = {NULL, 0};
    if (inner.result == SMIMEGW_OK && inner.verdict == SMIMEGW_OUTCOME_PASS)
        content = content_of(&inner.output);
    free(inner.output.data);
    return content;
}

static int same(const struct text *left, const struct text *right)
{
    return left->size == right->size && memcmp(left->data, right->data, left->size) == 0;
}

/* Why an outcome may not be; NULL if it may. */
static const char *judge(const struct subject *subject, const struct outcome *outcome)
{
    int verifies = kit_rows[subject->op].verb == KIT_VERIFIES;
    int passed = outcome->verdict == SMIMEGW_OUTCOME_PASS;
    if (outcome->result != SMIMEGW_OK)
        return outcome->output.size == 0 ? NULL : "written although the call failed";
    if (verifies && !passed)
        return outcome->output.size == 0 ? NULL : "written although it did not pass";
    /* CBC alone protects nothing: what comes out may differ as long as nothing vouches for it.
     */
    if (!passed && subject->op != KIT_DECRYPT_GCM)
        return NULL;
    struct text content = protected_of(subject, &outcome->output);
    const char *problem =
        same(&content, &subject->content) ? NULL : "another content came out";
    free(content.data);
    return problem;
}

static void load_subjects(const char *folder)
{
    for (int i = 0; i < SUBJECTS; i++) {
        struct subject *subject = &subjects[i];
        char path[512];
        snprintf(path, sizeof(path), "%s/%s", folder, subject->file);
        subject->message.data = kit_slurp(path, &subject->message.size);
        struct outcome outcome = read_message(subject->op, &subject->message);
        int must_pass = subject->signed_inside || kit_rows[subject->op].verb == KIT_VERIFIES;
        if (outcome.result != SMIMEGW_OK ||
            (must_pass && outcome.verdict != SMIMEGW_OUTCOME_PASS))
            kit_die("Bail out! %s: the message itself gives %s, %s", subject->file,
                    smimegw_result_name(outcome.result),
                    smimegw_outcome_name(outcome.verdict));
        subject->content = protected_of(subject, &outcome.output);
        if (memmem(subject->content.data, subject->content.size, "Pay 100 EUR", 11) == NULL)
            kit_die("Bail out! %s: lost its text", subject->file);
        free(outcome.output.data);
    }
}

static void on_signal(int number)
{
    static const char says[] = "\n# died in ";
    ssize_t written = write(2, says, sizeof(says) - 1);
    written = write(2, running, strlen(running));
    written = write(2, "\n", 1);
    (void)written;
    signal(number, SIG_DFL);
    raise(number);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

struct totals {
    long passed;
    long decrypted;
    long refused;
    long problems;
    double slowest;
    uint64_t slowest_number;
};

static void run_mutant(uint64_t number, struct totals *totals, int only)
{
    struct subject *subject = &subjects[number % SUBJECTS];
    const char *kind;
    snprintf(running, sizeof(running), "mutant %llu", (unsigned long long)number);
    struct text mutant = mutate(&subject->message, number, &kind);
    if (only)
        fwrite(mutant.data, 1, mutant.size, stdout);
    alarm(60);
    double start = now();
    struct outcome outcome = read_message(subject->op, &mutant);
    double taken = now() - start;
    const char *problem = taken > 1.0 ? "took over a second" : judge(subject, &outcome);
    if (problem != NULL || only)
        fprintf(stderr, "# mutant %llu of %s (%s): %s; result %s, outcome %s\n",
                (unsigned long long)number, subject->file, kind, problem ? problem : "fine",
                smimegw_result_name(outcome.result), smimegw_outcome_name(outcome.verdict));
    totals->problems += problem != NULL;
    totals->passed += outcome.verdict == SMIMEGW_OUTCOME_PASS;
    totals->decrypted += outcome.result == SMIMEGW_OK && outcome.output.size != 0 &&
                         outcome.verdict != SMIMEGW_OUTCOME_PASS;
    totals->refused += outcome.output.size == 0;
    if (taken > totals->slowest) {
        totals->slowest = taken;
        totals->slowest_number = number;
    }
    free(outcome.output.data);
    free(mutant.data);
}

static int report(const struct totals *totals, uint64_t count, long grown)
{
    int leaks = count > WARM_UP && grown > LEAK_BYTES;
    printf("# %llu mutants: %ld pass, %ld decrypted without a pass, %ld refused\n",
           (unsigned long long)count, totals->passed, totals->decrypted, totals->refused);
    printf("# slowest: %.3f s (mutant %llu); heap grew by %ld bytes\n", totals->slowest,
           (unsigned long long)totals->slowest_number, grown);
    printf("%s 1 - no mutant crashes, hangs, passes with another content or leaks output\n",
           totals->problems == 0 ? "ok" : "not ok");
    printf("%s 2 - the heap does not grow\n", leaks ? "not ok" : "ok");
    /* Nothing but mutants that pass, or none at all, would mean that nothing was tried. */
    int sane = totals->passed > 0 && totals->refused > totals->passed;
    printf("%s 3 - some pass, most are refused\n", sane || count < WARM_UP ? "ok" : "not ok");
    return totals->problems == 0 && !leaks ? 0 : 1;
}

int main(int count, char **arguments)
{
    if (count < 3)
        kit_die("usage: mutants DATA-FOLDER COUNT [NUMBER]");
    char anchors[512];
    char identity[512];
    snprintf(anchors, sizeof(anchors), "%s/ca.pem", arguments[1]);
    snprintf(identity, sizeof(identity), "%s/alice.pem", arguments[1]);
    int deadly[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGALRM};
    for (size_t i = 0; i < sizeof(deadly) / sizeof(*deadly); i++)
        signal(deadly[i], on_signal);
    kit_open(&kit, anchors, identity);
    load_subjects(arguments[1]);
    struct totals totals = {0};
    if (count > 3) {
        run_mutant(strtoull(arguments[3], NULL, 10), &totals, 1);
        return totals.problems == 0 ? 0 : 1;
    }
    uint64_t wanted = strtoull(arguments[2], NULL, 10);
    size_t settled = 0;
    printf("1..3\n");
    for (uint64_t number = 0; number < wanted; number++) {
        if (number == WARM_UP)
            settled = mallinfo2().uordblks;
        run_mutant(number, &totals, 0);
    }
    int failed = report(&totals, wanted, (long)mallinfo2().uordblks - (long)settled);
    for (int i = 0; i < SUBJECTS; i++) {
        free(subjects[i].message.data);
        free(subjects[i].content.data);
    }
    kit_close(&kit);
    return failed;
}
