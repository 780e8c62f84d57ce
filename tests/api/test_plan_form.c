/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a plan promises it keeps: a message that it says goes out signed or encrypted can be
 * written, whatever it looks like, and one that could not be is refused while it is decided.
 */
#include "plan_support.h"

#include <dirent.h>
#include <sys/stat.h>

#include "hostile_headers.h"

enum { PATHS_MAX = 4096, PATH_ROOM = 512, MAIL_MAX = 4 << 20 };

#define HEAD "From: alice@example.com\r\nTo: rsa2048@example.com\r\nMIME-Version: 1.0\r\n"
#define MIXED HEAD "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
#define END "\r\n\r\nx\r\n--b--\r\n"

/* A plan of one recipient, who has a key. */
static struct scene plan_mail(const char *mode, const void *data, size_t size)
{
    struct scene scene = {
        .gateway = make_gateway(),
        .profile = PROFILE("mode", mode, "check-sender", "no", "already-smime", "wrap"),
        .message = make_message(data, size),
        .identity = load_identity("alice-id.pem")};
    assert_int_equal(
        smimegw_plan_new(scene.gateway, scene.profile, scene.message, &scene.plan, NULL),
        SMIMEGW_OK);
    assert_int_equal(smimegw_plan_set_identity(scene.plan, scene.identity, NULL), SMIMEGW_OK);
    add(&scene, "rsa2048@example.com");
    if (smimegw_plan_need(scene.plan, 0) != NULL)
        supply(&scene, "rsa2048@example.com", "rsa2048.pem");
    decide(&scene);
    return scene;
}

/* The same work without a plan. */
static int protect_mail(const struct scene *scene)
{
    struct smimegw_identity *reader = load_identity("rsa2048-id.pem");
    struct smimegw_cert *cert = smimegw_identity_cert(reader);
    struct smimegw_buffer *out = make_buffer();
    int ret = smimegw_protect(scene->gateway, scene->profile, scene->message, scene->identity,
                              &cert, 1, smimegw_buffer_write, out, NULL);
    smimegw_buffer_free(out);
    smimegw_identity_unref(reader);
    return ret;
}

/* What is decided is what happens; true where it goes out. */
static bool keeps_promise(const char *name, const char *mode, const void *data, size_t size)
{
    struct scene scene = plan_mail(mode, data, size);
    int reason = 0;
    int outcome = smimegw_plan_recipient_outcome(scene.plan, 0, &reason, NULL);
    bool is_sent = outcome == SMIMEGW_PLAN_ENCRYPTED || outcome == SMIMEGW_PLAN_CLEAR;
    int ret = protect_mail(&scene);
    if (is_sent) {
        smimegw_buffer_free(write_delivery(&scene, 0));
        assert_int_equal(ret, SMIMEGW_OK);
    } else if (ret == SMIMEGW_OK || smimegw_severity(ret) != SMIMEGW_SEVERITY_MESSAGE ||
               (reason != SMIMEGW_PLAN_MALFORMED && reason != SMIMEGW_PLAN_OVER_LIMIT)) {
        fail_msg("%s, %s: %s (%d)", name, mode, smimegw_plan_recipient_text(scene.plan, 0),
                 ret);
    }
    end_scene(&scene);
    return is_sent;
}

static void hostile_headers_keep_the_promise(void **state)
{
    static const char *const bodies[] = {
        "\r\n\r\nfor you\r\n",
        "Content-Disposition: attachment; filename=\"\xc3\xbc \xe4;\\\".pdf\"\r\n\r\n\xe4\r\n",
    };
    static struct hostile input;
    (void)state;
    for (uint32_t number = 0; number < HOSTILE_BLOCKS; number++) {
        char name[16];
        snprintf(name, sizeof(name), "block %u", number);
        hostile_block(number, &input);
        hostile_add(&input, bodies[number % 2]);
        keeps_promise(name, number % 3 == 0 ? "triple" : "sign", input.data, input.size);
    }
}

/* --- fields --------------------------------------------------------------------------------
 */

/* Which go out, and what of the field is inside then; NULL: refused, with that sentence. */
static const struct {
    const char *mail;
    const char *inside;
    const char *sentence;
} rows[] = {
    {HEAD "Content-Disposition: attachment; filename=\"\xc3\xbc.pdf\"\r\n\r\nx\r\n",
     "Content-Disposition: attachment;\r\n filename*=utf-8''%C3%BC.pdf\r\n", NULL},
    {HEAD "Content-Type: text/plain; name=\xfc.pdf; charset=utf-8\r\n\r\nx\r\n",
     "Content-Type: text/plain;\r\n name*=utf-8''%C3%BC.pdf;\r\n charset=utf-8\r\n", NULL},
    {HEAD "Content-Description: Gr\xfc\xdf"
          "e\r\n\r\nx\r\n",
     "Content-Description: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n", NULL},
    {MIXED "Content-Type: application/pdf; name=\"\xc3\xbc.pdf\"" END,
     "Content-Type: application/pdf;\r\n name*=utf-8''%C3%BC.pdf\r\n", NULL},
    {MIXED "Content-Disposition: attachment; filename=\"\xfc.pdf\"" END,
     "Content-Disposition: attachment;\r\n filename*=utf-8''%C3%BC.pdf\r\n", NULL},
    {HEAD "Content-Type: text/pl\xe4in\r\n\r\nx\r\n", NULL, "Content-Type"},
    {MIXED "Content-Type: multipart/mixed; boundary=\"\xe4\"" END, NULL,
     "Content-Type: 8-bit"},
    {MIXED "Content-ID: <\xe4@b>" END, NULL, "Content-ID: 8-bit"},
    {MIXED "Content-Transfer-Encoding: x-y\r\n\r\n\xe4\r\n--b--\r\n", NULL, "not 7-bit"},
    {MIXED "Content-Transfer-Encoding: base64\r\n\r\n\xe4\r\n--b--\r\n", NULL,
     "broken base64"},
    {HEAD "Content-Type: multipart/mixed; boundary=b\r\n\r\n\xe4\r\n", NULL, "never closed"},
    {HEAD "Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\nx\r\n", NULL,
     "more than one Content-Type"},
    {HEAD "no field\r\n\r\nx\r\n", NULL, "is no field"},
};

static void fields_are_encoded_or_refused(void **state)
{
    static const char *const modes[] = {"sign", "encrypt", "sign-encrypt", "triple"};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t k = 0; k < sizeof(modes) / sizeof(modes[0]); k++)
            assert_int_equal(
                keeps_promise(rows[i].mail, modes[k], rows[i].mail, strlen(rows[i].mail)),
                rows[i].inside != NULL);
        struct scene scene = plan_mail("sign", rows[i].mail, strlen(rows[i].mail));
        if (rows[i].inside != NULL) {
            struct smimegw_buffer *copy = write_delivery(&scene, 0);
            assert_true(has_text(copy, rows[i].inside));
            smimegw_buffer_free(copy);
        } else {
            const char *text = smimegw_plan_recipient_text(scene.plan, 0);
            assert_fate(&scene, 0, SMIMEGW_PLAN_BOUNCED, SMIMEGW_PLAN_MALFORMED, "554 5.6.0 ");
            if (strstr(text, rows[i].sentence) == NULL)
                fail_msg("row %zu: %s", i, text);
        }
        end_scene(&scene);
    }
}

/* What can't be signed can go as it came, where nothing else was asked for. */
static void what_passes_needs_no_form(void **state)
{
    static const char report[] =
        HEAD "Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-ID: <\xe4>" END;
    (void)state;
    for (int has_pass = 0; has_pass < 2; has_pass++) {
        struct scene scene = make_scene(PROFILE("mode", has_pass ? "encrypt" : "sign",
                                                "reports", has_pass ? "pass" : NULL),
                                        report);
        add(&scene, "rsa2048@example.com");
        decide(&scene);
        assert_fate(&scene, 0, SMIMEGW_PLAN_CLEAR, SMIMEGW_PLAN_REPORT, "");
        struct smimegw_buffer *copy = write_delivery(&scene, 0);
        assert_true(is_mail(copy, report));
        smimegw_buffer_free(copy);
        end_scene(&scene);
    }
}

/* --- what it is already --------------------------------------------------------------------
 */

/* A label over clear text, in the place of a triple's encryption (AC-40). */
static const char fake[] =
    HEAD "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n"
         "Content-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n";

/* What an outer signature shows without a key counts: a triple is encrypted already. */
static void signatures_are_looked_through(void **state)
{
    static const char *const forms[] = {"detached", "opaque"};
    static const struct {
        const char *text;
        const char *mode;
        int reason;
    } layers[] = {
        {mail, "triple", SMIMEGW_PLAN_ALREADY_ENCRYPTED},
        {mail, "sign", SMIMEGW_PLAN_BY_PROFILE},
        {fake, "sign", SMIMEGW_PLAN_BY_PROFILE},
    };
    (void)state;
    for (size_t i = 0; i < 3 * 2; i++) {
        const char *form = forms[i / 3];
        struct smimegw_buffer *made =
            protect(layers[i % 3].mode, form, NULL, "alice-id.pem", layers[i % 3].text);
        assert_int_equal(smimegw_buffer_write(made, "", 1), 0);
        const char *text = smimegw_buffer_data(made);
        struct scene scene = make_scene(PROFILE("mode", "sign-encrypt"), text);
        add(&scene, "rsa2048@example.com");
        bool is_encrypted = smimegw_plan_need(scene.plan, 0) == NULL;
        assert_int_equal(is_encrypted, i % 3 == 0);
        if (!is_encrypted)
            supply(&scene, "rsa2048@example.com", "rsa2048.pem");
        decide(&scene);
        assert_fate(&scene, 0, SMIMEGW_PLAN_ENCRYPTED, layers[i % 3].reason, "");
        struct smimegw_buffer *copy = write_delivery(&scene, 0);
        assert_int_equal(is_mail(copy, text), is_encrypted);
        smimegw_buffer_free(copy);
        end_scene(&scene);
        smimegw_buffer_free(made);
    }
}

/* --- the corpus ----------------------------------------------------------------------------
 */

struct paths {
    size_t count;
    char list[PATHS_MAX][PATH_ROOM];
};

/* Folders are put behind the list and gone through in their turn. */
static void list_files(const char *top, struct paths *paths)
{
    snprintf(paths->list[paths->count++], PATH_ROOM, "%s", top);
    for (size_t i = 0; i < paths->count; i++) {
        DIR *folder = opendir(paths->list[i]);
        for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;)
            if (entry->d_name[0] != '.' && paths->count < PATHS_MAX)
                snprintf(paths->list[paths->count++], PATH_ROOM, "%.255s/%.255s",
                         paths->list[i], entry->d_name);
        if (folder != NULL)
            closedir(folder);
    }
}

static void check_file(const char *path)
{
    static char data[MAIL_MAX];
    const char *end = strrchr(path, '.');
    FILE *file = end != NULL && strcmp(end, ".eml") == 0 ? fopen(path, "rb") : NULL;
    if (file == NULL)
        return;
    size_t size = fread(data, 1, sizeof(data), file);
    fclose(file);
    keeps_promise(path, "sign", data, size);
    keeps_promise(path, "sign-encrypt", data, size);
}

static void corpus_keeps_the_promise(void **state)
{
    static struct paths paths;
    const char *corpus = getenv("SMIMEGW_CORPUS");
    (void)state;
    list_files("tests/data/message", &paths);
    list_files(corpus != NULL ? corpus : "../shared/corpus", &paths);
    for (size_t i = 0; i < paths.count; i++)
        check_file(paths.list[i]);
    assert_true(paths.count > 2);
}

/* What nobody could read again is refused before anybody is told that it goes out. */
static void more_fields_than_can_be_read(void **state)
{
    static const char *const rules[] = {"none", "baseline"};
    char text[20000] = "From: alice@example.com\r\n";
    size_t size = strlen(text);
    (void)state;
    for (int i = 0; i < 600; i++)
        size += (size_t)snprintf(text + size, sizeof(text) - size, "X-%d: y\r\n", i);
    snprintf(text + size, sizeof(text) - size, "Subject: s\r\n\r\nb\r\n");
    for (int is_over = 0; is_over < 2; is_over++) {
        struct scene scene = make_scene(
            PROFILE("mode", "sign-encrypt", "header-protection", rules[is_over]), text);
        struct smimegw_cert *recipient = smimegw_identity_cert(scene.identity);
        struct smimegw_buffer *out = make_buffer();
        add(&scene, "rsa2048@example.com");
        supply(&scene, "rsa2048@example.com", "rsa2048.pem");
        decide(&scene);
        assert_fate(&scene, 0, is_over ? SMIMEGW_PLAN_BOUNCED : SMIMEGW_PLAN_ENCRYPTED,
                    is_over ? SMIMEGW_PLAN_OVER_LIMIT : SMIMEGW_PLAN_BY_PROFILE,
                    is_over ? "5" : "");
        assert_int_equal(smimegw_protect(scene.gateway, scene.profile, scene.message,
                                         scene.identity, &recipient, 1, smimegw_buffer_write,
                                         out, NULL),
                         is_over ? SMIMEGW_E_LIMIT : SMIMEGW_OK);
        assert_int_equal(smimegw_buffer_size(out) == 0, is_over);
        smimegw_buffer_free(out);
        end_scene(&scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_encoded_or_refused),
        cmocka_unit_test(what_passes_needs_no_form),
        cmocka_unit_test(signatures_are_looked_through),
        cmocka_unit_test(hostile_headers_keep_the_promise),
        cmocka_unit_test(corpus_keeps_the_promise),
        cmocka_unit_test(more_fields_than_can_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
