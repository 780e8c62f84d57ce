/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_CERT_FILE_H
#define CLI_CERT_FILE_H

#include "io.h"

/* The certificates of a file of any kind. */
struct cli_cert_file {
    struct smimegw_cert_list *list;
    struct smimegw_identity *identity; /* of a PKCS#12 file, which list does not have */
};

/* passphrase: NULL where there is none. */
int cli_cert_file_load(struct cli_cert_file *file, const char *path, const char *passphrase);
void cli_cert_file_clear(struct cli_cert_file *file);
/* NULL past the last one. */
const struct smimegw_cert *cli_cert_file_get(const struct cli_cert_file *file, size_t index);
bool cli_file_is_pem(const struct cli_file *file);

#endif
