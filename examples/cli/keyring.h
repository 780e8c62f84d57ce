/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_KEYRING_H
#define CLI_KEYRING_H

#include "store.h"

/* The public keys of a file. */
struct cli_keyring {
    struct smimegw_keyring *keys;
    struct cli_store store;
};

/* changing: a file that is not there is an empty keyring. To be closed also on failure. */
int cli_keyring_open(struct cli_keyring *keyring, const char *path, bool changing);
/* All of it is in the file, or nothing has changed. */
int cli_keyring_save(const struct cli_keyring *keyring);
void cli_keyring_close(struct cli_keyring *keyring);

#endif
