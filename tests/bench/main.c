/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ours against OpenSSL's CMS: same messages, same keys, one thread, CPU time, interleaved
 * runs. */
#include "bench.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RUNS_MOST = 101 };

struct bench {
    struct kit kit;
    struct ossl *ossl;
    struct limit *limit;
    const char *key;
    int runs;
    FILE *json;
    int rows;
    int disagreements;
};

/* What one row of the table is made from. */
struct setup {
    enum kit_op op;
    size_t size;
    struct bytes message;
    struct bytes entity; /* borrowed from message */
    struct bytes ours;   /* input of ours: the message, or what it was made into */
    struct bytes theirs;
    struct bytes *output;
};

struct medians {
    double ours;
    double theirs;
    double limit;
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median(double *times, int count)
{
    qsort(times, (size_t)count, sizeof(*times), compare);
    return times[count / 2];
}

static void ours_run(struct bench *bench, enum kit_op op, const struct bytes *input,
                     struct bytes *output)
{
    struct smimegw_message *message = NULL;
    struct smimegw_verdict *verdict = NULL;
    struct smimegw_error *error = NULL;
    output->size = 0;
    int result = smimegw_message_new_memory(bench->kit.gateway, input->data, input->size,
                                            &message, &error);
    if (result == SMIMEGW_OK)
        result = kit_run(&bench->kit, op, message, bytes_write, output, &verdict, &error);
    if (result != SMIMEGW_OK)
        kit_die("%s: %s: %s", kit_rows[op].name, smimegw_result_name(result),
                smimegw_error_text(error));
    int reason = smimegw_verdict_reason(verdict);
    int signs = op == KIT_DECRYPT_SIGNED || op == KIT_DECRYPT_TRIPLE;
    if ((kit_rows[op].verb == KIT_VERIFIES || signs) && reason != SMIMEGW_REASON_OK)
        kit_die("%s: %s", kit_rows[op].name, smimegw_reason_name(reason, NULL));
    smimegw_verdict_unref(verdict);
    smimegw_message_free(message);
}

/* Where the body of a message begins; both sides must hand out the same one. */
static const unsigned char *body_of(const struct bytes *bytes, size_t *ret_size)
{
    const unsigned char *blank = memmem(bytes->data, bytes->size, "\r\n\r\n", 4);
    if (blank == NULL)
        kit_die("no header end");
    *ret_size = bytes->size - (size_t)(blank - bytes->data);
    return blank;
}

static int same_body(const struct bytes *left, const struct bytes *right)
{
    size_t left_size;
    size_t right_size;
    const unsigned char *a = body_of(left, &left_size);
    const unsigned char *b = body_of(right, &right_size);
    return left_size == right_size && memcmp(a, b, left_size) == 0;
}

/* What ours wrote is read by both, and both get the same bytes out of it. */
static void check_agreement(struct bench *bench, const struct setup *setup)
{
    struct bytes ours = {0};
    struct bytes theirs = {0};
    ours_run(bench, setup->op, &setup->ours, &ours);
    ossl_run(bench->ossl, setup->op, 1, &setup->theirs, &theirs);
    if (kit_rows[setup->op].verb != KIT_WRITES && !same_body(&ours, &theirs)) {
        fprintf(stderr, "%s: results differ\n", kit_rows[setup->op].name);
        bench->disagreements++;
    }
    bytes_clear(&ours);
    bytes_clear(&theirs);
}

static double time_ours(struct bench *bench, const struct setup *setup)
{
    double start = now();
    ours_run(bench, setup->op, &setup->ours, setup->output);
    return now() - start;
}

static double time_theirs(struct bench *bench, const struct setup *setup, int stream)
{
    double start = now();
    ossl_run(bench->ossl, setup->op, stream, &setup->theirs, setup->output);
    return now() - start;
}

static struct medians measure(struct bench *bench, const struct setup *setup)
{
    double ours[RUNS_MOST];
    double stream[RUNS_MOST];
    double whole[RUNS_MOST];
    double limit[RUNS_MOST];
    int writes = kit_rows[setup->op].verb == KIT_WRITES;
    for (int run = 0; run < bench->runs; run++) {
        ours[run] = time_ours(bench, setup);
        stream[run] = time_theirs(bench, setup, 1);
        whole[run] = writes ? time_theirs(bench, setup, 0) : stream[run];
        double start = now();
        limit_run(bench->limit, setup->op, &setup->entity);
        limit[run] = now() - start;
    }
    struct medians found = {median(ours, bench->runs), median(stream, bench->runs),
                            median(limit, bench->runs)};
    double other = median(whole, bench->runs);
    found.theirs = found.theirs < other ? found.theirs : other;
    return found;
}

static void report(struct bench *bench, const struct setup *setup, const struct medians *found)
{
    const char *name = kit_rows[setup->op].name;
    double size = (double)setup->message.size / 1e6;
    int large = setup->size >= 1000000;
    double scale = large ? size : 1;
    char limit[32] = "-";
    if (large)
        snprintf(limit, sizeof(limit), "%.1f", scale / found->limit);
    printf("%-16s %-8s %9zu %10.1f %10.1f %6.2f %10s  %s\n", name, bench->key, setup->size,
           scale / found->ours, scale / found->theirs, found->theirs / found->ours, limit,
           large ? "MB/s" : "op/s");
    fflush(stdout);
    if (bench->json == NULL)
        return;
    fprintf(bench->json,
            "%s\n  {\"operation\": \"%s\", \"key\": \"%s\", \"size\": %zu, \"runs\": %d, "
            "\"ours_s\": %.7f, \"openssl_s\": %.7f, \"ratio\": %.3f, \"limit_s\": %.7f}",
            bench->rows++ == 0 ? "" : ",", name, bench->key, setup->size, bench->runs,
            found->ours, found->theirs, found->theirs / found->ours, found->limit);
}

static void make_inputs(struct bench *bench, struct setup *setup)
{
    if (kit_rows[setup->op].verb == KIT_WRITES) {
        setup->ours = setup->message;
        setup->theirs = setup->entity;
        return;
    }
    ours_run(bench, kit_rows[setup->op].input, &setup->message, &setup->ours);
    setup->theirs = setup->ours;
}

static void bench_size(struct bench *bench, size_t size)
{
    size_t offset;
    const char *address = smimegw_cert_text(bench->kit.cert, SMIMEGW_CERT_ADDRESSES);
    struct bytes message = message_make(address, size, &offset);
    struct bytes output = {0};
    for (int op = 0; op < KIT_COUNT; op++) {
        struct setup setup = {
            .op = (enum kit_op)op, .size = size, .message = message, .output = &output};
        setup.entity.data = message.data + offset;
        setup.entity.size = message.size - offset;
        make_inputs(bench, &setup);
        check_agreement(bench, &setup);
        struct medians found = measure(bench, &setup);
        report(bench, &setup, &found);
        if (setup.ours.data != message.data)
            bytes_clear(&setup.ours);
    }
    bytes_clear(&output);
    bytes_clear(&message);
}

static size_t parse_size(const char *text)
{
    char *end;
    size_t number = strtoull(text, &end, 10);
    if (*end == 'K')
        return number * 1000;
    return *end == 'M' ? number * 1000000 : number;
}

/* Small messages are over in microseconds and need more runs for a steady median. */
static int runs_for(size_t size, int least)
{
    return size < 1000000 && least < 51 ? 51 : least;
}

int main(int count, char **arguments)
{
    if (count < 5)
        kit_die("usage: bench PKI-FOLDER KEY RUNS JSON|- SIZE...");
    struct bench bench = {.key = arguments[2]};
    char anchors[512];
    char identity[512];
    snprintf(anchors, sizeof(anchors), "%s/root.crt", arguments[1]);
    snprintf(identity, sizeof(identity), "%s/%s.identity.pem", arguments[1], arguments[2]);
    kit_open(&bench.kit, anchors, identity);
    bench.ossl = ossl_open(arguments[1], arguments[2]);
    bench.limit = limit_open(arguments[1], arguments[2]);
    if (strcmp(arguments[4], "-") != 0)
        bench.json = fopen(arguments[4], "w");
    if (bench.json != NULL)
        fputc('[', bench.json);
    int least = atoi(arguments[3]);
    least = least < 1 ? 1 : least > RUNS_MOST ? RUNS_MOST : least;
    printf("%-16s %-8s %9s %10s %10s %6s %10s\n", "operation", "key", "size", "ours",
           "openssl", "ratio", "limit");
    for (int i = 5; i < count; i++) {
        size_t size = parse_size(arguments[i]);
        bench.runs = runs_for(size, least);
        bench_size(&bench, size);
    }
    if (bench.json != NULL) {
        fputs("\n]\n", bench.json);
        fclose(bench.json);
    }
    limit_close(bench.limit);
    ossl_close(bench.ossl);
    kit_close(&bench.kit);
    return bench.disagreements == 0 ? 0 : 1;
}
