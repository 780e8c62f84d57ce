/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_BENCH_KIT_H
#define TESTS_BENCH_KIT_H

#include <smimegw/smimegw.h>

/* The operations that bench, memory and abuse drive, in the order of their tables. */
enum kit_op {
    KIT_SIGN_DETACHED,
    KIT_SIGN_OPAQUE,
    KIT_ENCRYPT_CBC,
    KIT_ENCRYPT_GCM,
    KIT_SIGN_ENCRYPT,
    KIT_TRIPLE,
    KIT_VERIFY_DETACHED,
    KIT_VERIFY_OPAQUE,
    KIT_DECRYPT_CBC,
    KIT_DECRYPT_GCM,
    KIT_DECRYPT_SIGNED,
    KIT_DECRYPT_TRIPLE,
    KIT_COUNT
};

enum kit_verb { KIT_WRITES, KIT_VERIFIES, KIT_DECRYPTS };

struct kit_row {
    const char *name;
    enum kit_verb verb;
    enum kit_op input; /* what makes the message that is read; itself where it writes */
    const char *mode;
    const char *form;
    const char *cipher;
};

extern const struct kit_row kit_rows[KIT_COUNT];

/* Everything that an idle gateway process has loaded. */
struct kit {
    struct smimegw_gateway *gateway;
    struct smimegw_identity *identity;
    struct smimegw_cert *cert;
    struct smimegw_profile *profiles[KIT_COUNT]; /* of the operations that write */
};

/* Ends the program with a message: nothing can be measured without the kit. */
void kit_open(struct kit *kit, const char *anchors_path, const char *identity_path);
void kit_close(struct kit *kit);

/* Returns what the library said; `ret_verdict` is set by the operations that read. */
int kit_run(const struct kit *kit, enum kit_op op, struct smimegw_message *message,
            smimegw_write_fn write, void *userdata, struct smimegw_verdict **ret_verdict,
            struct smimegw_error **ret_error);

/* The operation of that name; KIT_COUNT if there is none. */
enum kit_op kit_find(const char *name);

/* Whole file in memory, for free(). */
void *kit_slurp(const char *path, size_t *ret_size);

__attribute__((format(printf, 1, 2), noreturn)) void kit_die(const char *format, ...);

#endif
