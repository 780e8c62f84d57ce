/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_IDENTITY_H
#define CLI_IDENTITY_H

#include "io.h"
#include "options.h"

/* What opens private keys. Each file is read once: it may be a pipe. */
struct cli_credentials {
    struct cli_file passphrase;
    struct cli_file pin;
    struct cli_file certs; /* of the key, where they are not with it */
};
int cli_credentials_load(struct cli_credentials *credentials,
                         const struct cli_options *options);
void cli_credentials_clear(struct cli_credentials *credentials);

bool cli_identity_is_url(const char *name);
/* name: a file, which goes to ret_file to be cleared where that is not NULL; or a URL. */
int cli_identity_load(const struct cli_credentials *credentials, const char *name,
                      struct smimegw_identity **ret_identity, struct cli_file *ret_file);
/* The same for a file's bytes; path is for messages only. */
int cli_identity_read(const struct cli_credentials *credentials, const char *path,
                      const struct cli_file *file, struct smimegw_identity **ret_identity);

#endif
