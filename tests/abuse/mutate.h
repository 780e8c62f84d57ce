/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_ABUSE_MUTATE_H
#define TESTS_ABUSE_MUTATE_H

#include <stddef.h>
#include <stdint.h>

struct text {
    char *data;
    size_t size;
};

/* A mutant of a message: the same for the same message and number, on any machine. */
struct text mutate(const struct text *message, uint64_t number, const char **ret_kind);

/* Replace bytes in a DER object and correct the lengths of all elements around them. */
struct text mutate_splice(const struct text *der, size_t start, size_t end,
                          const void *replacement, size_t size, int fix_lengths);

uint64_t mutate_random(uint64_t *state);

/* One edit of a DER object. */
struct text mutate_der(const struct text *der, uint64_t *state, const char **ret_kind);

struct text text_copy(const void *data, size_t size);

/* Replace bytes, whatever they are. */
struct text text_splice(const struct text *text, size_t start, size_t end,
                        const void *replacement, size_t size);

#endif
