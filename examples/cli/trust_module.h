/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_TRUST_MODULE_H
#define CLI_TRUST_MODULE_H

#include "cli.h"

struct cli_bytes {
    unsigned char *data;
    size_t size;
};

/* A certificate that a module holds, and what the module says of it. */
struct cli_root {
    struct cli_bytes der;
    char *label;
    bool is_trusted;    /* for mail */
    bool is_phased_out; /* but not for certificates that were issued after some day */
};

struct cli_roots {
    struct cli_root *items;
    size_t count;
};

/* All certificates of a PKCS#11 module with NSS' trust objects, as libnssckbi.so has them. */
int cli_trust_module_read(const char *path, struct cli_roots *roots);
void cli_roots_clear(struct cli_roots *roots);

#endif
