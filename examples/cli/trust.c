/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "cert_file.h"
#include "cert_report.h"
#include "json.h"
#include "session.h"
#include "trust_module.h"

/* Where Debian, Fedora and others have NSS' roots; the last one reads the system's. */
static const char *const places[] = {
    "/usr/lib/*/nss/libnssckbi.so", "/usr/lib/*/libnssckbi.so", "/usr/lib64/libnssckbi.so",
    "/usr/lib/libnssckbi.so", "/usr/lib/*/pkcs11/p11-kit-trust.so"};

static int list_file(const char *path, json_t *documents)
{
    struct cli_cert_file file;
    const struct smimegw_cert *cert;
    int code = cli_cert_file_load(&file, path, NULL);
    for (size_t index = 0;
         code == CLI_DONE && (cert = cli_cert_file_get(&file, index)) != NULL; index++) {
        if (documents == NULL) {
            printf("%s  %.10s  ", smimegw_cert_text(cert, SMIMEGW_CERT_FINGERPRINT),
                   smimegw_cert_text(cert, SMIMEGW_CERT_NOT_AFTER));
            cli_print(stdout, smimegw_cert_text(cert, SMIMEGW_CERT_SUBJECT));
            putchar('\n');
        } else if (json_array_append_new(documents, cli_cert_report_json(path, cert, NULL)) !=
                   0) {
            code = cli_fail(CLI_TROUBLE, "out of memory");
        }
    }
    cli_cert_file_clear(&file);
    return code;
}

int cli_trust_list(struct cli_session *session)
{
    const struct cli_list *input = &session->options->input;
    json_t *documents = session->options->json.count != 0 ? json_array() : NULL;
    int code = CLI_DONE;
    for (size_t index = 0; code == CLI_DONE && index < input->count; index++)
        code = list_file(input->items[index], documents);
    if (code == CLI_DONE && documents != NULL)
        code = cli_json_print(json_pack("{s:O}", "certificates", documents));
    json_decref(documents);
    return code;
}

static char *find_module(void)
{
    char *path = NULL;
    for (size_t index = 0; path == NULL && index < sizeof(places) / sizeof(places[0]);
         index++) {
        glob_t found;
        if (glob(places[index], 0, NULL, &found) == 0) {
            path = strdup(found.gl_pathv[0]);
            globfree(&found);
        }
    }
    return path;
}

static int append(struct smimegw_buffer *text, const void *data, size_t size)
{
    return smimegw_buffer_write(text, data, size) == SMIMEGW_OK
               ? CLI_DONE
               : cli_fail(CLI_TROUBLE, "out of memory");
}

static int append_root(struct smimegw_buffer *text, const struct cli_root *root,
                       const char *module, json_t *documents)
{
    struct smimegw_cert *cert = NULL;
    struct smimegw_buffer *pem = NULL;
    struct smimegw_error *error = NULL;
    int code = append(text, "# ", 2);
    if (code == CLI_DONE)
        code = append(text, root->label, strlen(root->label));
    if (code == CLI_DONE)
        code = append(text, "\n", 1);
    if (code == CLI_DONE &&
        (smimegw_cert_new(root->der.data, root->der.size, &cert, &error) != SMIMEGW_OK ||
         smimegw_cert_pem(cert, &pem, &error) != SMIMEGW_OK))
        code = cli_fail_error(CLI_TROUBLE, module, error);
    if (code == CLI_DONE)
        code = append(text, smimegw_buffer_data(pem), smimegw_buffer_size(pem));
    if (code == CLI_DONE && documents != NULL &&
        json_array_append_new(documents, cli_cert_report_json(module, cert, NULL)) != 0)
        code = cli_fail(CLI_TROUBLE, "out of memory");
    smimegw_buffer_free(pem);
    smimegw_cert_unref(cert);
    return code;
}

static int append_all(struct smimegw_buffer *text, const struct cli_roots *roots,
                      const char *module, json_t *documents)
{
    int code = CLI_DONE;
    for (size_t index = 0; code == CLI_DONE && index < roots->count; index++) {
        const struct cli_root *root = &roots->items[index];
        /* A file of anchors can't say "only what was issued before". */
        if (root->is_trusted && root->is_phased_out)
            cli_warn("left out, being phased out: %s", root->label);
        else if (root->is_trusted)
            code = append_root(text, root, module, documents);
    }
    if (code == CLI_DONE && smimegw_buffer_size(text) == 0)
        return cli_fail(CLI_TROUBLE, "%s: holds no roots that are trusted for mail", module);
    return code;
}

static int write_roots(const struct cli_session *session, const char *module,
                       const struct cli_roots *roots)
{
    struct smimegw_buffer *text = NULL;
    struct smimegw_error *error = NULL;
    const char *path = cli_list_first(&session->options->output);
    json_t *documents = session->options->json.count != 0 ? json_array() : NULL;
    int code = CLI_DONE;
    if (smimegw_buffer_new(0, &text, &error) != SMIMEGW_OK)
        code = cli_fail_error(CLI_TROUBLE, session->verb->name, error);
    if (code == CLI_DONE)
        code = append_all(text, roots, module, documents);
    /* One thing on stdout. */
    if (code == CLI_DONE && (documents == NULL || path != NULL))
        code = cli_output_save(path, 0, smimegw_buffer_data(text), smimegw_buffer_size(text));
    if (code == CLI_DONE && documents != NULL)
        code = cli_json_print(json_pack("{s:O}", "certificates", documents));
    smimegw_buffer_free(text);
    json_decref(documents);
    return code;
}

int cli_trust_extract(struct cli_session *session)
{
    struct cli_roots roots = {0};
    const char *given = cli_list_first(&session->options->module);
    char *module = given != NULL ? strdup(given) : find_module();
    if (module == NULL)
        return cli_fail(CLI_TROUBLE, "NSS' libnssckbi.so is not where it usually is (install "
                                     "libnss3, or use --module)");
    int code = cli_trust_module_read(module, &roots);
    if (code == CLI_DONE)
        code = write_roots(session, module, &roots);
    cli_roots_clear(&roots);
    free(module);
    return code;
}
