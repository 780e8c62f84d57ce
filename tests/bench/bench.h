/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stddef.h>

#include "kit.h"

/* The sink of both sides: grows if it must, and is used again for the next run, since fresh
 * pages would cost more than the work on the message. */
struct bytes {
    unsigned char *data;
    size_t size;
    size_t room;
};

int bytes_write(void *userdata, const void *data, size_t size); /* a smimegw_write_fn */
void bytes_clear(struct bytes *bytes);

/* A message of about `size` bytes; the MIME entity in it starts at `*ret_entity`. */
struct bytes message_make(const char *address, size_t size, size_t *ret_entity);

/* A side of the comparison; each call ends the program if it fails. */
struct ossl;
struct ossl *ossl_open(const char *folder, const char *key);
void ossl_close(struct ossl *ossl);
/* `stream` picks one of the two ways to drive it. `input` is an entity, or a S/MIME message.
 */
void ossl_run(struct ossl *ossl, enum kit_op op, int stream, const struct bytes *input,
              struct bytes *output);

/* The same bytes through the primitives only; nothing is framed or written. */
struct limit;
struct limit *limit_open(const char *folder, const char *key);
void limit_close(struct limit *limit);
/* `size` is that of the MIME entity, for reading operations too. */
void limit_run(struct limit *limit, enum kit_op op, const struct bytes *input);

#endif
