/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs each scenario with the first allocation failing, then the second, and so on until none
 * fails: every run but the last must end with SMIMEGW_E_NOMEM, and the operation must then do
 * on the same objects. Only the library's own allocations fail (FACTS A 0.3 tells why).
 */
#include <smimegw/smimegw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { ROOM = 1 << 20, SETTINGS = 6 };

struct bytes {
    size_t size;
    uint8_t data[ROOM];
};

struct kit;
struct scenario {
    const char *name;
    int (*operate)(struct kit *kit);
    const char *settings[SETTINGS]; /* of the profile, name then value */
    int reads;                      /* its message is made by the profile first */
    const char *identity;           /* file in tests/data/keys */
    const char *passphrase;
    size_t deliveries;     /* of its plan */
    const char *signature; /* setting of its policy */
    int is_encrypted_only; /* what it receives: nobody's word, and never a pass */
};

struct kit {
    const struct scenario *scenario;
    struct bytes *out;
    struct smimegw_gateway *gateway;
    struct smimegw_profile *profile;
    struct smimegw_identity *identity;
    struct smimegw_message *message;
    struct smimegw_verdict *verdict;
    struct smimegw_buffer *text;
    struct smimegw_error *error;
};

static const char *keys;
static struct bytes anchors, identity_file, mail, wire, result_bytes;

static int collect(void *userdata, const void *data, size_t size)
{
    struct bytes *bytes = userdata;
    if (size > ROOM - bytes->size)
        return -1;
    memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
    return 0;
}

static void load(const char *file, struct bytes *bytes)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", keys, file);
    FILE *stream = fopen(path, "rb");
    bytes->size = stream != NULL ? fread(bytes->data, 1, ROOM, stream) : 0;
    if (stream == NULL || bytes->size == 0) {
        printf("Bail out! can't read %s\n", path);
        exit(1);
    }
    fclose(stream);
}

/* From the identity's owner, named as its file; long enough to leave the spool's memory and to
 * fill several blocks of every stage. */
static void make_mail(const char *identity)
{
    static const char header[] = "To: Test <rsa2048@example.com>\r\n"
                                 "Subject: out of memory\r\n"
                                 "MIME-Version: 1.0\r\n"
                                 "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\n"
                                 "Content-Type: text/plain; charset=utf-8\r\n"
                                 "Content-Transfer-Encoding: 8bit\r\n\r\n";
    static const char line[] = "Gr\xc3\xbc\xc3\x9f"
                               "e, and a line that ends with a blank \r\n";
    static const char end[] = "--b--\r\n";
    char from[100];
    int size = snprintf(from, sizeof(from), "From: Test <%.*s@example.com>\r\n",
                        (int)strcspn(identity, "-."), identity);
    mail.size = 0;
    collect(&mail, from, (size_t)size);
    collect(&mail, header, sizeof(header) - 1);
    for (int i = 0; i < 500; i++)
        collect(&mail, line, sizeof(line) - 1);
    collect(&mail, end, sizeof(end) - 1);
}

static int open_profile(struct kit *kit)
{
    const char *const *setting = kit->scenario->settings;
    int result = smimegw_profile_new(&kit->profile, &kit->error);
    for (int i = 0; result == SMIMEGW_OK && i < SETTINGS && setting[i] != NULL; i += 2)
        result = smimegw_profile_set(kit->profile, setting[i], setting[i + 1], &kit->error);
    return result;
}

static int open_message(struct kit *kit, const struct bytes *bytes)
{
    int result = smimegw_message_new(kit->gateway, &kit->message, &kit->error);
    if (result == SMIMEGW_OK)
        result = smimegw_message_write(kit->message, bytes->data, bytes->size, &kit->error);
    if (result == SMIMEGW_OK)
        result = smimegw_message_finish(kit->message, &kit->error);
    return result;
}

static int open_kit(struct kit *kit, const struct scenario *scenario,
                    const struct bytes *bytes)
{
    *kit = (struct kit){.scenario = scenario, .out = &result_bytes};
    int result = smimegw_gateway_new(&kit->gateway, &kit->error);
    if (result == SMIMEGW_OK)
        result = smimegw_gateway_set(kit->gateway, "spool-memory", "4K", &kit->error);
    if (result == SMIMEGW_OK)
        result = smimegw_gateway_add_certs(kit->gateway, SMIMEGW_TRUST_ANCHOR, anchors.data,
                                           anchors.size, &kit->error);
    if (result == SMIMEGW_OK)
        result = open_profile(kit);
    if (result == SMIMEGW_OK)
        result = smimegw_identity_new(identity_file.data, identity_file.size,
                                      scenario->passphrase, &kit->identity, &kit->error);
    return result == SMIMEGW_OK ? open_message(kit, bytes) : result;
}

static void drop_results(struct kit *kit)
{
    smimegw_verdict_unref(kit->verdict);
    smimegw_buffer_free(kit->text);
    smimegw_error_free(kit->error);
    kit->verdict = NULL;
    kit->text = NULL;
    kit->error = NULL;
    kit->out->size = 0;
}

static void close_kit(struct kit *kit)
{
    drop_results(kit);
    smimegw_message_free(kit->message);
    smimegw_identity_unref(kit->identity);
    smimegw_profile_unref(kit->profile);
    smimegw_gateway_unref(kit->gateway);
}

static int protect(struct kit *kit)
{
    struct smimegw_cert *recipient = smimegw_identity_cert(kit->identity);
    return smimegw_protect(kit->gateway, kit->profile, kit->message, kit->identity, &recipient,
                           1, collect, kit->out, &kit->error);
}

static int passes(const struct kit *kit, int result)
{
    if (result == SMIMEGW_OK &&
        smimegw_verdict_outcome(kit->verdict) != SMIMEGW_OUTCOME_PASS) {
        printf("# not a pass: %s\n",
               smimegw_reason_name(smimegw_verdict_reason(kit->verdict), NULL));
        return SMIMEGW_E_STATE;
    }
    return result;
}

static int verify(struct kit *kit)
{
    return passes(kit, smimegw_verify(kit->gateway, kit->message, collect, kit->out,
                                      &kit->verdict, &kit->error));
}

static int decrypt(struct kit *kit)
{
    return smimegw_decrypt(kit->gateway, kit->message, &kit->identity, 1, collect, kit->out,
                           &kit->verdict, &kit->error);
}

static int decrypt_signed(struct kit *kit)
{
    return passes(kit, decrypt(kit));
}

static int inspect(struct kit *kit)
{
    return smimegw_inspect(kit->gateway, kit->message, &kit->identity, 1, &kit->text,
                           &kit->error);
}

static int verdict_json(struct kit *kit)
{
    int result = decrypt_signed(kit);
    return result != SMIMEGW_OK ? result
                                : smimegw_verdict_json(kit->verdict, &kit->text, &kit->error);
}

static int read_setting(struct kit *kit)
{
    int result = smimegw_profile_get(kit->profile, "mode", &kit->text, &kit->error);
    smimegw_buffer_free(kit->text);
    kit->text = NULL;
    if (result == SMIMEGW_OK)
        result = smimegw_gateway_get(kit->gateway, "spool-memory", &kit->text, &kit->error);
    return result;
}

static int fill_buffer(struct kit *kit)
{
    struct smimegw_buffer *buffer = NULL;
    int result = smimegw_buffer_new(0, &buffer, &kit->error);
    for (size_t at = 0; result == SMIMEGW_OK && at < mail.size; at += mail.size / 10)
        result = smimegw_buffer_write(buffer, mail.data, mail.size / 10);
    smimegw_buffer_free(buffer);
    return result;
}

/* The message that is delivered, with the field on top. */
static int receive(struct kit *kit)
{
    struct smimegw_policy *policy = NULL;
    int result = smimegw_policy_new(&policy, &kit->error);
    if (result == SMIMEGW_OK)
        result =
            smimegw_policy_set(policy, "signature", kit->scenario->signature, &kit->error);
    if (result == SMIMEGW_OK)
        result = smimegw_policy_set(policy, "authserv-id", "mx.example.com", &kit->error);
    if (result == SMIMEGW_OK)
        result = smimegw_receive(kit->gateway, policy, kit->message, &kit->identity, 1,
                                 collect, kit->out, &kit->verdict, &kit->error);
    smimegw_policy_unref(policy);
    if (result != SMIMEGW_OK && kit->verdict != NULL)
        return SMIMEGW_E_STATE;
    return kit->scenario->is_encrypted_only ? result : passes(kit, result);
}

static int auth_results(struct kit *kit)
{
    int result = receive(kit);
    return result != SMIMEGW_OK ? result
                                : smimegw_verdict_auth_results(kit->verdict, "mx.example.com",
                                                               &kit->text, &kit->error);
}

static int has_none(void *userdata, struct smimegw_plan *plan, const char *const *addresses,
                    size_t count)
{
    struct kit *kit = userdata;
    for (size_t i = 0; i < count; i++)
        if (smimegw_plan_supply(plan, addresses[i], NULL, 0, 0, &kit->error) < 0)
            return 0;
    return SMIMEGW_ANSWERED;
}

/* One with a key, one blind with the same key, one without, of whom nobody has heard. */
static int fill_plan(struct kit *kit, struct smimegw_plan *plan)
{
    static const char *const people[] = {"rsa2048@example.com", "blind@example.com",
                                         "none@example.com"};
    struct smimegw_cert *cert = smimegw_identity_cert(kit->identity);
    int result = smimegw_plan_set_identity(plan, kit->identity, &kit->error);
    for (int i = 0; result == SMIMEGW_OK && i < 3; i++)
        result = smimegw_plan_add_recipient(plan, people[i], NULL, &kit->error);
    for (int i = 0; result == SMIMEGW_OK && i < 2; i++)
        result = smimegw_plan_supply(plan, people[i], &cert, 1, SMIMEGW_SUPPLY_ANY_NAME,
                                     &kit->error);
    if (result == SMIMEGW_OK)
        result = smimegw_plan_supply_failure(plan, people[2], "down", &kit->error);
    if (result == SMIMEGW_OK)
        result = smimegw_plan_add_extra(plan, cert, &kit->error);
    if (result == SMIMEGW_OK)
        result = smimegw_plan_supply(plan, people[2], NULL, 0, 0, &kit->error);
    if (result == SMIMEGW_OK)
        result = smimegw_plan_add_recipient(plan, "late@example.com", NULL, &kit->error);
    return result == SMIMEGW_OK ? smimegw_plan_resolve(plan, has_none, kit, &kit->error)
                                : result;
}

static int plan_it(struct kit *kit)
{
    struct smimegw_plan *plan = NULL;
    int result =
        smimegw_plan_new(kit->gateway, kit->profile, kit->message, &plan, &kit->error);
    if (result == SMIMEGW_OK)
        result = fill_plan(kit, plan);
    if (result == SMIMEGW_OK)
        result = smimegw_plan_decide(plan, &kit->error);
    if (result == SMIMEGW_OK && smimegw_plan_delivery_count(plan) != kit->scenario->deliveries)
        result = SMIMEGW_E_STATE;
    for (size_t i = 0; result == SMIMEGW_OK && i < kit->scenario->deliveries; i++)
        result = smimegw_plan_delivery_write(plan, i, collect, kit->out, &kit->error);
    if (result == SMIMEGW_OK)
        result = smimegw_plan_json(plan, &kit->text, &kit->error);
    smimegw_plan_free(plan);
    return result;
}

#define RSA .identity = "rsa2048-id.pem"
#define EC .identity = "p256-id.pem"
#define SIGN "mode", "sign"
#define OPAQUE "sign-form", "opaque"
#define SPLIT "missing-key", "split"
static const struct scenario scenarios[] = {
    {"buffer", fill_buffer, {SIGN}, 0, RSA},
    {"settings", read_setting, {SIGN}, 0, RSA},
    {"sign detached", protect, {SIGN, "sign-form", "detached"}, 0, RSA},
    {"sign opaque", protect, {SIGN, "sign-form", "opaque"}, 0, RSA},
    {"sign without a tag", protect, {SIGN, "subject-trigger", "of"}, 0, RSA},
    {"sign with PKCS#12",
     protect,
     {SIGN},
     0,
     .identity = "rsa2048.p12",
     .passphrase = "secret"},
    {"sign with Ed25519", protect, {SIGN}, 0, .identity = "ed25519-id.pem"},
    {"encrypt CBC", protect, {"mode", "encrypt", "cipher", "aes-256-cbc"}, 0, RSA},
    {"encrypt GCM", protect, {"mode", "encrypt", "cipher", "aes-256-gcm"}, 0, RSA},
    {"encrypt for P-256", protect, {"mode", "encrypt"}, 0, .identity = "p256-id.pem"},
    {"sign-encrypt", protect, {"mode", "sign-encrypt"}, 0, RSA},
    {"triple", protect, {"mode", "triple"}, 0, RSA},
    {"verify detached", verify, {SIGN, "sign-form", "detached"}, 1, RSA},
    {"verify opaque", verify, {SIGN, "sign-form", "opaque"}, 1, RSA},
    {"decrypt CBC", decrypt, {"mode", "encrypt", "cipher", "aes-256-cbc"}, 1, RSA},
    {"decrypt GCM", decrypt, {"mode", "encrypt", "cipher", "aes-256-gcm"}, 1, RSA},
    {"decrypt for P-256", decrypt, {"mode", "encrypt"}, 1, .identity = "p256-id.pem"},
    {"decrypt sign-encrypt", decrypt_signed, {"mode", "sign-encrypt"}, 1, RSA},
    {"decrypt triple", decrypt_signed, {"mode", "triple"}, 1, RSA},
    {"receive plain mail",
     receive,
     {SIGN},
     0,
     RSA,
     .signature = "keep",
     .is_encrypted_only = 1},
    {"receive detached", receive, {SIGN}, 1, EC, .signature = "keep"},
    {"receive detached, remove", receive, {SIGN}, 1, EC, .signature = "remove"},
    {"receive opaque, remove", receive, {SIGN, OPAQUE}, 1, EC, .signature = "remove"},
    {"receive encrypted",
     receive,
     {"mode", "encrypt"},
     1,
     EC,
     .signature = "keep",
     .is_encrypted_only = 1},
    {"receive sign-encrypt", receive, {"mode", "sign-encrypt"}, 1, EC, .signature = "keep"},
    {"receive triple", receive, {"mode", "triple"}, 1, RSA, .signature = "remove"},
    {"receive triple, opaque",
     receive,
     {"mode", "triple", OPAQUE},
     1,
     EC,
     .signature = "keep"},
    {"receive and its field",
     auth_results,
     {"mode", "sign-encrypt"},
     1,
     RSA,
     .signature = "remove"},
    {"inspect", inspect, {"mode", "triple"}, 1, RSA},
    {"plan sign", plan_it, {SIGN}, 0, EC, .deliveries = 1},
    {"plan sign opaque", plan_it, {SIGN, OPAQUE}, 0, EC, .deliveries = 1},
    {"plan encrypt", plan_it, {"mode", "encrypt", SPLIT}, 0, EC, .deliveries = 3},
    {"plan with a tag",
     plan_it,
     {"mode", "encrypt", SPLIT, "subject-trigger", "OF"},
     0,
     EC,
     .deliveries = 3},
    {"plan sign-encrypt", plan_it, {"mode", "sign-encrypt", SPLIT}, 0, RSA, .deliveries = 3},
    {"plan triple", plan_it, {"mode", "triple", SPLIT, OPAQUE}, 0, EC, .deliveries = 3},
    {"plan clear copy",
     plan_it,
     {"mode", "triple", SPLIT, "sign-clear-copy", "no"},
     0,
     EC,
     .deliveries = 3},
    {"verdict as JSON", verdict_json, {"mode", "triple"}, 1, RSA},
};

/* 1 when the run went as it must; *ret_fired tells whether an allocation failed in it. */
static int run_once(const struct scenario *scenario, const struct bytes *bytes, long successes,
                    int *ret_fired)
{
    struct kit kit;
    sgw_alloc_fail_after(successes);
    int result = open_kit(&kit, scenario, bytes);
    int is_open = result == SMIMEGW_OK;
    if (is_open)
        result = scenario->operate(&kit);
    *ret_fired = sgw_alloc_has_failed();
    sgw_alloc_fail_after(-1);
    int expected = *ret_fired ? SMIMEGW_E_NOMEM : SMIMEGW_OK;
    int is_empty = kit.out->size == 0 && kit.text == NULL && scenario->operate != fill_buffer;
    int good = result == expected && (*ret_fired || (kit.error == NULL && !is_empty));
    if (!good)
        printf("# allocation %ld: %s, %s\n", successes + 1, smimegw_result_name(result),
               smimegw_error_text(kit.error));
    if (good && is_open && *ret_fired) {
        drop_results(&kit);
        result = scenario->operate(&kit);
        good = result == SMIMEGW_OK;
        if (!good)
            printf("# again after allocation %ld: %s, %s\n", successes + 1,
                   smimegw_result_name(result), smimegw_error_text(kit.error));
    }
    close_kit(&kit);
    return good;
}

/* The protected message that a reading scenario starts from. */
static int make_wire(const struct scenario *scenario)
{
    struct kit kit;
    wire.size = 0;
    int result = open_kit(&kit, scenario, &mail);
    kit.out = &wire;
    if (result == SMIMEGW_OK)
        result = protect(&kit);
    if (result != SMIMEGW_OK)
        printf("# making the message: %s, %s\n", smimegw_result_name(result),
               smimegw_error_text(kit.error));
    kit.out = &result_bytes;
    close_kit(&kit);
    return result == SMIMEGW_OK;
}

static int run_all(const struct scenario *scenario)
{
    int fired = 1;
    int bad = 0;
    long successes = 0;
    load(scenario->identity, &identity_file);
    make_mail(scenario->identity);
    if (scenario->reads && !make_wire(scenario))
        return 0;
    for (; fired && bad < 5; successes++)
        bad += !run_once(scenario, scenario->reads ? &wire : &mail, successes, &fired);
    printf("# %s: %ld allocations\n", scenario->name, successes - 1);
    return bad == 0;
}

int main(int argc, char **argv)
{
    int failed = 0;
    int count = (int)(sizeof(scenarios) / sizeof(scenarios[0]));
    if (argc != 2)
        return 2;
    keys = argv[1];
    load("root.pem", &anchors);
    printf("1..%d\n", count);
    for (int i = 0; i < count; i++) {
        int good = run_all(&scenarios[i]);
        failed += !good;
        printf("%s %d - %s\n", good ? "ok" : "not ok", i + 1, scenarios[i].name);
        fflush(stdout);
    }
    return failed > 0;
}
