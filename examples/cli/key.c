/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "cert_report.h"
#include "json.h"
#include "keyring.h"
#include "session.h"

/* An entry of the keyring. */
struct key {
    const char *name;
    const char *origin;
    const struct smimegw_cert *cert;
};

static const char *path_of(const struct cli_session *session)
{
    return cli_list_first(&session->options->keyring);
}

static void print_line(const char *title, const char *text)
{
    if (*text == '\0')
        return;
    printf("  %-12s ", title);
    cli_print(stdout, text);
    putchar('\n');
}

/* What tells public keys apart. */
static void print_key(const struct key *key)
{
    cli_print(stdout, key->name);
    putchar('\n');
    print_line("addresses", smimegw_cert_text(key->cert, SMIMEGW_CERT_ADDRESSES));
    print_line("domains", smimegw_cert_text(key->cert, SMIMEGW_CERT_DOMAINS));
    print_line("key", smimegw_cert_text(key->cert, SMIMEGW_CERT_KEY));
    print_line("valid until", smimegw_cert_text(key->cert, SMIMEGW_CERT_NOT_AFTER));
    print_line("origin", key->origin);
}

static json_t *key_json(const struct key *key)
{
    json_t *document = cli_cert_json(key->cert);
    if (document != NULL &&
        json_object_set_new(document, "name", cli_json_text(key->name)) == 0 &&
        json_object_set_new(document, "origin", cli_json_text(key->origin)) == 0)
        return document;
    json_decref(document);
    return NULL;
}

static int add(const struct cli_session *session, struct cli_keyring *keyring,
               struct smimegw_cert *cert)
{
    struct smimegw_error *error = NULL;
    const struct cli_options *options = session->options;
    const char *name = options->input.items[0];
    uint32_t flags = (options->replace.count != 0 ? SMIMEGW_KEYRING_REPLACE : 0) |
                     (options->force.count != 0 ? SMIMEGW_KEYRING_FORCE : 0);
    int code = cli_keyring_open(keyring, path_of(session), true);
    if (code != CLI_DONE)
        return code;
    int result = smimegw_keyring_add(keyring->keys, name, cli_list_first(&options->origin),
                                     cert, flags, &error);
    if (result == SMIMEGW_E_KEY)
        return cli_fail_error(CLI_NOT_PASSED, options->input.items[1], error);
    if (result != SMIMEGW_OK)
        return cli_fail_error(result == SMIMEGW_E_USAGE ? CLI_USAGE : CLI_TROUBLE, name,
                              error);
    return cli_keyring_save(keyring);
}

/* The key of a name, and what is to be known about its certificate. */
static int report(const struct cli_session *session, const struct smimegw_keyring *keys,
                  const char *name, int64_t time)
{
    struct smimegw_lint *lint = NULL;
    struct smimegw_error *error = NULL;
    struct key key = {.name = name, .origin = ""};
    key.cert = smimegw_keyring_find(keys, name, &key.origin);
    if (key.cert == NULL)
        return cli_fail(CLI_NOT_PASSED, "%s: no public key %s", path_of(session), name);
    if (smimegw_cert_lint(key.cert, 0, time, &lint, &error) != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, name, error);
    int code = CLI_DONE;
    if (session->options->json.count == 0) {
        cli_print(stdout, name);
        putchar('\n');
        print_line("origin", key.origin);
        cli_cert_print(stdout, key.cert);
        cli_lint_print(stdout, lint);
    } else {
        json_t *document = key_json(&key);
        json_object_set_new(document, "findings", cli_lint_json(lint));
        code = cli_json_print(document);
    }
    smimegw_lint_free(lint);
    return code;
}

int cli_key_add(struct cli_session *session)
{
    struct cli_file file = {0};
    struct cli_keyring keyring = {.store.lock = -1};
    struct smimegw_cert *cert = NULL;
    struct smimegw_error *error = NULL;
    const struct cli_list *input = &session->options->input;
    int code = cli_file_load(&file, input->items[1]);
    if (code == CLI_DONE &&
        smimegw_cert_new(file.data, file.size, &cert, &error) != SMIMEGW_OK)
        code = cli_fail_error(CLI_TROUBLE, input->items[1], error);
    if (code == CLI_DONE)
        code = add(session, &keyring, cert);
    if (code == CLI_DONE)
        code = report(session, keyring.keys, input->items[0], -1);
    cli_keyring_close(&keyring);
    smimegw_cert_unref(cert);
    cli_file_clear(&file);
    return code;
}

/* Tell something of a keyring as of the time that was asked for. */
static int tell(const struct cli_session *session,
                int (*tell_keys)(const struct cli_session *session,
                                 const struct smimegw_keyring *keys, int64_t time))
{
    int64_t time = -1;
    struct cli_keyring keyring;
    int code = cli_time_parse(cli_list_first(&session->options->time), &time);
    if (code != CLI_DONE)
        return code;
    code = cli_keyring_open(&keyring, path_of(session), false);
    if (code == CLI_DONE)
        code = tell_keys(session, keyring.keys, time);
    cli_keyring_close(&keyring);
    return code;
}

static int show(const struct cli_session *session, const struct smimegw_keyring *keys,
                int64_t time)
{
    return report(session, keys, session->options->input.items[0], time);
}

int cli_key_show(struct cli_session *session)
{
    return tell(session, show);
}

/* All of them, or none. */
int cli_key_remove(struct cli_session *session)
{
    struct cli_keyring keyring;
    const struct cli_list *input = &session->options->input;
    int code = cli_keyring_open(&keyring, path_of(session), true);
    for (size_t index = 0; code == CLI_DONE && index < input->count; index++)
        if (smimegw_keyring_remove(keyring.keys, input->items[index], NULL) != SMIMEGW_OK)
            code = cli_fail(CLI_NOT_PASSED, "%s: no public key %s", path_of(session),
                            input->items[index]);
    if (code == CLI_DONE)
        code = cli_keyring_save(&keyring);
    cli_keyring_close(&keyring);
    return code;
}

static int list_all(const struct smimegw_keyring *keys, bool json)
{
    json_t *documents = json ? json_array() : NULL;
    for (size_t index = 0; index < smimegw_keyring_count(keys); index++) {
        struct key key = {0};
        key.cert = smimegw_keyring_get(keys, index, &key.name, &key.origin);
        if (!json)
            print_key(&key);
        else if (json_array_append_new(documents, key_json(&key)) != 0) {
            json_decref(documents);
            return cli_fail(CLI_TROUBLE, "out of memory");
        }
    }
    return json ? cli_json_print(json_pack("{s:o}", "keys", documents)) : CLI_DONE;
}

int cli_key_list(struct cli_session *session)
{
    struct cli_keyring keyring;
    int code = cli_keyring_open(&keyring, path_of(session), false);
    if (code == CLI_DONE)
        code = list_all(keyring.keys, session->options->json.count != 0);
    cli_keyring_close(&keyring);
    return code;
}

int cli_key_export(struct cli_session *session)
{
    struct cli_keyring keyring;
    struct cli_output output = {0};
    struct smimegw_error *error = NULL;
    int code = cli_keyring_open(&keyring, path_of(session), false);
    if (code == CLI_DONE)
        code = cli_output_open(&output, cli_list_first(&session->options->output), 0);
    if (code == CLI_DONE && smimegw_keyring_export(keyring.keys, smimegw_fd_write, &output.fd,
                                                   &error) != SMIMEGW_OK)
        code = cli_fail_error(CLI_TROUBLE, session->verb->name, error);
    if (code == CLI_DONE)
        code = cli_output_commit(&output);
    cli_output_close(&output);
    cli_keyring_close(&keyring);
    return code;
}

/* The library tells the certificate only; the name is in the list. */
static struct key find_key(const struct smimegw_keyring *keys, const char *address,
                           int64_t time)
{
    struct key key = {"", "", smimegw_keyring_lookup(keys, address, time)};
    const char *name = NULL;
    const char *origin = NULL;
    const struct smimegw_cert *cert;
    for (size_t index = 0;
         key.cert != NULL && (cert = smimegw_keyring_get(keys, index, &name, &origin)) != NULL;
         index++)
        if (cert == key.cert)
            return (struct key){name, origin, cert};
    return key;
}

static int look_up(const struct cli_session *session, const struct smimegw_keyring *keys,
                   int64_t time)
{
    const struct cli_list *input = &session->options->input;
    bool json = session->options->json.count != 0;
    json_t *documents = json ? json_object() : NULL;
    int code = CLI_DONE;
    int result = 0;
    for (size_t index = 0; result == 0 && index < input->count; index++) {
        const char *address = input->items[index];
        struct key key = find_key(keys, address, time);
        if (key.cert == NULL)
            code = cli_fail(CLI_NOT_PASSED, "%s: no public key to encrypt to for %s",
                            path_of(session), address);
        if (json)
            result = json_object_set_new(documents, address,
                                         key.cert == NULL ? json_null() : key_json(&key));
        else if (key.cert != NULL)
            print_key(&key);
    }
    if (!json)
        return code;
    if (result != 0) {
        json_decref(documents);
        return cli_fail(CLI_TROUBLE, "an address is no UTF-8, or out of memory");
    }
    int printed = cli_json_print(json_pack("{s:o}", "addresses", documents));
    return printed == CLI_DONE ? code : printed;
}

int cli_key_lookup(struct cli_session *session)
{
    return tell(session, look_up);
}
