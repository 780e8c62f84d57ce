/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_TESTS_PKI_DATA_H
#define SGW_TESTS_PKI_DATA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error_impl.h"
#include "pki/key/identity_impl.h"
#include "pki/path/trust.h"

/* 2026-06-01, inside the validity of what tests/data/keys holds. */
enum { TEST_TIME = 1780272000 };

/* The reason of a path for signing, without revocation. */
static inline int trust_reason(struct sgw_trust *trust, struct smimegw_cert *cert,
                               const struct sgw_cert_list *candidates, int64_t time,
                               int *ret_reason, struct smimegw_error **ret_error)
{
    const struct sgw_trust_query query = {
        .cert = cert, .use = SMIMEGW_USE_SIGN, .candidates = candidates, .time = time};
    struct sgw_trust_finding finding = {.reason = -1};
    int ret = sgw_trust_check(trust, &query, &finding, ret_error);
    *ret_reason = finding.reason;
    return ret;
}

struct file {
    uint8_t *data;
    size_t size;
};

/* A file of tests/data/keys; the caller frees the data. */
static inline struct file read_key_file(const char *name)
{
    char path[1024];
    const char *folder = getenv("SMIMEGW_TEST_DATA");
    snprintf(path, sizeof(path), "%s/keys/%s", folder != NULL ? folder : "tests/data", name);
    FILE *stream = fopen(path, "rb");
    if (stream == NULL)
        fail_msg("can't open %s", path);
    struct file file = {malloc(1 << 20), 0};
    file.size = fread(file.data, 1, 1 << 20, stream);
    fclose(stream);
    return file;
}

static inline struct smimegw_cert *load_cert(const char *name)
{
    struct smimegw_cert *cert = NULL;
    struct file file = read_key_file(name);
    struct smimegw_error *error = NULL;
    if (smimegw_cert_new(file.data, file.size, &cert, &error) != SMIMEGW_OK)
        fail_msg("%s: %s", name, smimegw_error_text(error));
    free(file.data);
    return cert;
}

static inline struct smimegw_identity *load_identity(const char *name, const char *passphrase)
{
    struct smimegw_identity *identity = NULL;
    struct file file = read_key_file(name);
    struct smimegw_error *error = NULL;
    if (smimegw_identity_new(file.data, file.size, passphrase, &identity, &error) !=
        SMIMEGW_OK)
        fail_msg("%s: %s", name, smimegw_error_text(error));
    free(file.data);
    return identity;
}

#endif
