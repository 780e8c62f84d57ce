/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Many mixed messages in one process: soak KEYS COUNT. Small mail goes out in every mode and
 * comes back good, forged, malformed, and as no S/MIME at all. After a tenth of them memory
 * and open descriptors must stay as they are; prints TAP.
 */
#include "kit.h"

#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What may be more at the end than after the warm-up: a page cache of the allocator, no more.
 * One byte kept of each of 100,000 messages would be over the first. */
enum { HEAP_TOLERANCE = 64 * 1024, RSS_TOLERANCE_KB = 1024, SETTINGS = 6 };

#define BODY "Small mail, number after number.\r\n"
#define FIELDS "From: p256@example.com\r\nTo: p384@example.com, dave@example.net\r\n"

static const struct {
    const char *settings[SETTINGS];
} ways[] = {
    {{"mode", "sign"}},
    {{"mode", "sign", "sign-form", "opaque"}},
    {{"mode", "encrypt", "missing-key", "split"}},
    {{"mode", "sign-encrypt", "missing-key", "split"}},
    {{"mode", "triple", "missing-key", "split"}},
    {{"mode", "sign-encrypt", "missing-key", "split", "cipher", "aes-256-gcm"}},
    {{"mode", "sign-encrypt", "missing-key", "bounce"}},
    {{"mode", "encrypt", "missing-key", "drop"}},
};
enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

/* Mail that is no S/MIME, or only looks so. */
static const char *const others[] = {
    FIELDS "Subject: plain\r\n\r\n" BODY,
    "no header at all\r\n",
    "",
    FIELDS "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n"
           "Content-Transfer-Encoding: base64\r\n\r\nMIAGCSqGSIb3DQEHA6CAMIACAQAxgA==\r\n",
    FIELDS "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n",
    FIELDS "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--c\r\n",
    FIELDS "Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\n" BODY,
};
enum { OTHERS = sizeof(others) / sizeof(others[0]) };

struct soak {
    struct smimegw_gateway *gateway;
    struct smimegw_profile *profiles[WAYS];
    struct smimegw_policy *policies[2];
    struct smimegw_identity *sender;
    struct smimegw_identity *reader;
    long counts[5]; /* copies, verified, forged, bounced or dropped, others */
};
enum { COPIES, VERIFIED, FORGED, REFUSED, OTHER };

struct marks {
    size_t heap;
    long rss;
    int descriptors;
};

static void need(int result, const char *what, const struct smimegw_error *error)
{
    if (result != SMIMEGW_OK)
        kit_die("%s: %s, %s", what, smimegw_result_name(result), smimegw_error_text(error));
}

/* --- the kit -------------------------------------------------------------------------------
 */

static struct smimegw_identity *load(const char *folder, const char *name)
{
    char path[4096];
    size_t size;
    struct smimegw_identity *identity = NULL;
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    void *data = kit_slurp(path, &size);
    need(smimegw_identity_new(data, size, NULL, &identity, NULL), name, NULL);
    free(data);
    return identity;
}

static void open_soak(struct soak *soak, const char *folder)
{
    char path[4096];
    size_t size;
    snprintf(path, sizeof(path), "%s/root.pem", folder);
    void *data = kit_slurp(path, &size);
    need(smimegw_gateway_new(&soak->gateway, NULL), "gateway", NULL);
    need(smimegw_gateway_set(soak->gateway, "spool-memory", "4K", NULL), "spool", NULL);
    need(smimegw_gateway_add_certs(soak->gateway, SMIMEGW_TRUST_ANCHOR, data, size, NULL),
         "root", NULL);
    free(data);
    for (size_t i = 0; i < WAYS; i++) {
        const char *const *setting = ways[i].settings;
        need(smimegw_profile_new(&soak->profiles[i], NULL), "profile", NULL);
        for (; setting < ways[i].settings + SETTINGS && *setting != NULL; setting += 2)
            need(smimegw_profile_set(soak->profiles[i], setting[0], setting[1], NULL),
                 setting[0], NULL);
    }
    for (size_t i = 0; i < 2; i++)
        need(smimegw_policy_new(&soak->policies[i], NULL), "policy", NULL);
    need(smimegw_policy_set(soak->policies[1], "signature", "remove", NULL), "policy", NULL);
    need(smimegw_policy_set(soak->policies[1], "authserv-id", "mx.example.com", NULL),
         "policy", NULL);
    soak->sender = load(folder, "p256-id.pem");
    soak->reader = load(folder, "p384-id.pem");
}

static void close_soak(struct soak *soak)
{
    for (size_t i = 0; i < WAYS; i++)
        smimegw_profile_unref(soak->profiles[i]);
    for (size_t i = 0; i < 2; i++)
        smimegw_policy_unref(soak->policies[i]);
    smimegw_identity_unref(soak->sender);
    smimegw_identity_unref(soak->reader);
    smimegw_gateway_unref(soak->gateway);
}

/* --- one message ---------------------------------------------------------------------------
 */

static struct smimegw_buffer *make_buffer(void)
{
    struct smimegw_buffer *buffer = NULL;
    need(smimegw_buffer_new(0, &buffer, NULL), "buffer", NULL);
    return buffer;
}

/* Pushed, so that large ones go through a file. */
static struct smimegw_message *push(struct soak *soak, const void *data, size_t size)
{
    struct smimegw_message *message = NULL;
    need(smimegw_message_new(soak->gateway, &message, NULL), "message", NULL);
    need(smimegw_message_write(message, data, size, NULL), "message", NULL);
    need(smimegw_message_finish(message, NULL), "message", NULL);
    return message;
}

/* 1 if it verified. */
static int receive(struct soak *soak, const void *data, size_t size, size_t policy)
{
    struct smimegw_verdict *verdict = NULL;
    struct smimegw_buffer *json = NULL;
    struct smimegw_error *error = NULL;
    struct smimegw_buffer *out = make_buffer();
    struct smimegw_message *message = push(soak, data, size);
    need(smimegw_receive(soak->gateway, soak->policies[policy], message, &soak->reader, 1,
                         smimegw_buffer_write, out, &verdict, &error),
         "receive", error);
    need(smimegw_verdict_json(verdict, &json, &error), "verdict", error);
    int is_verified = smimegw_verdict_is_gateway_verified(verdict);
    smimegw_buffer_free(json);
    smimegw_verdict_unref(verdict);
    smimegw_message_free(message);
    smimegw_buffer_free(out);
    return is_verified;
}

/* It verifies; with one byte changed in its middle it does not, or is as good as before where
 * the byte counts for nothing; cut in two it never does. */
static void receive_copy(struct soak *soak, const struct smimegw_buffer *copy, size_t policy)
{
    size_t size = smimegw_buffer_size(copy);
    char *data = malloc(size);
    if (data == NULL)
        kit_die("no memory");
    memcpy(data, smimegw_buffer_data(copy), size);
    if (!receive(soak, data, size, policy))
        kit_die("a good message does not verify");
    soak->counts[VERIFIED]++;
    if (receive(soak, data, size / 2, policy))
        kit_die("half a message verifies");
    char *body = memmem(data, size, "\r\n\r\n", 4);
    char *place = body + (size - (size_t)(body - data)) / 2;
    *place = *place == 'A' ? 'B' : 'A';
    receive(soak, data, size, policy);
    soak->counts[FORGED] += 2;
    free(data);
}

static void write_copies(struct soak *soak, struct smimegw_plan *plan, size_t policy)
{
    struct smimegw_error *error = NULL;
    for (size_t i = 0; i < smimegw_plan_delivery_count(plan); i++) {
        struct smimegw_buffer *copy = make_buffer();
        need(smimegw_plan_delivery_write(plan, i, smimegw_buffer_write, copy, &error), "write",
             error);
        soak->counts[COPIES]++;
        /* a clear copy without signature has nothing to verify */
        if (smimegw_plan_delivery_flags(plan, i) != 0)
            receive_copy(soak, copy, policy);
        smimegw_buffer_free(copy);
    }
    soak->counts[REFUSED] += smimegw_plan_delivery_count(plan) == 0;
}

static void send_mail(struct soak *soak, size_t way, size_t policy)
{
    static const char mail[] = FIELDS "Subject: x\r\n\r\n" BODY;
    struct smimegw_plan *plan = NULL;
    struct smimegw_buffer *json = NULL;
    struct smimegw_cert *cert = smimegw_identity_cert(soak->reader);
    struct smimegw_message *message = push(soak, mail, sizeof(mail) - 1);
    need(smimegw_plan_new(soak->gateway, soak->profiles[way], message, &plan, NULL), "plan",
         NULL);
    need(smimegw_plan_set_identity(plan, soak->sender, NULL), "identity", NULL);
    need(smimegw_plan_add_recipient(plan, "p384@example.com", NULL, NULL), "recipient", NULL);
    need(smimegw_plan_add_recipient(plan, "dave@example.net", NULL, NULL), "recipient", NULL);
    need(smimegw_plan_supply(plan, "p384@example.com", &cert, 1, 0, NULL), "supply", NULL);
    need(smimegw_plan_supply(plan, "dave@example.net", NULL, 0, 0, NULL), "supply", NULL);
    need(smimegw_plan_decide(plan, NULL), "decide", NULL);
    write_copies(soak, plan, policy);
    need(smimegw_plan_json(plan, &json, NULL), "JSON", NULL);
    smimegw_buffer_free(json);
    smimegw_plan_free(plan);
    smimegw_message_free(message);
}

static void receive_other(struct soak *soak, size_t number)
{
    const char *text = others[number % OTHERS];
    if (receive(soak, text, strlen(text), number / OTHERS % 2))
        kit_die("other mail %zu verifies", number % OTHERS);
    soak->counts[OTHER]++;
}

/* --- memory --------------------------------------------------------------------------------
 */

static long resident_kilobytes(void)
{
    char line[256];
    long value = -1;
    FILE *status = fopen("/proc/self/status", "r");
    while (status != NULL && value < 0 && fgets(line, sizeof(line), status) != NULL)
        if (strncmp(line, "VmRSS:", 6) == 0)
            value = atol(line + 6);
    if (status != NULL)
        fclose(status);
    return value;
}

static int count_descriptors(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    if (folder == NULL)
        kit_die("/proc/self/fd: can't be read");
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

static struct marks take_marks(void)
{
    struct mallinfo2 info = mallinfo2();
    return (struct marks){info.uordblks + info.hblkhd, resident_kilobytes(),
                          count_descriptors()};
}

static long messages(const struct soak *soak)
{
    return soak->counts[COPIES] + soak->counts[VERIFIED] + soak->counts[FORGED] +
           soak->counts[REFUSED] + soak->counts[OTHER];
}

static int report(const struct soak *soak, const struct marks *early, const struct marks *late)
{
    int heap = late->heap <= early->heap + HEAP_TOLERANCE;
    int rss = late->rss <= early->rss + RSS_TOLERANCE_KB;
    int descriptors = late->descriptors == early->descriptors;
    printf(
        "# %ld copies, %ld verified, %ld forged or cut, %ld bounced or dropped, %ld others\n",
        soak->counts[COPIES], soak->counts[VERIFIED], soak->counts[FORGED],
        soak->counts[REFUSED], soak->counts[OTHER]);
    printf("%s 1 - heap in use: %zu bytes, then %zu\n", heap ? "ok" : "not ok", early->heap,
           late->heap);
    printf("%s 2 - resident: %ld KB, then %ld\n", rss ? "ok" : "not ok", early->rss,
           late->rss);
    printf("%s 3 - descriptors: %d, then %d\n", descriptors ? "ok" : "not ok",
           early->descriptors, late->descriptors);
    return heap && rss && descriptors ? 0 : 1;
}

int main(int count, char **arguments)
{
    const char *wanted = getenv("SMIMEGW_SOAK");
    struct soak soak = {0};
    struct marks early = {0};
    if (count != 3)
        kit_die("usage: soak KEYS COUNT");
    long total = atol(wanted != NULL ? wanted : arguments[2]);
    printf("1..3\n");
    open_soak(&soak, arguments[1]);
    for (size_t turn = 0; messages(&soak) < total; turn++) {
        send_mail(&soak, turn % WAYS, turn / WAYS % 2);
        receive_other(&soak, turn);
        if (early.rss == 0 && messages(&soak) >= total / 10)
            early = take_marks();
    }
    struct marks late = take_marks();
    close_soak(&soak);
    return report(&soak, &early, &late);
}
