/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_BASE_ALLOC_H
#define SGW_BASE_ALLOC_H

#include <stddef.h>

/* All allocations of the library go through here, so that a test can fail each one in turn. */
void *sgw_malloc(size_t size);
void *sgw_calloc(size_t count, size_t size);
void *sgw_realloc(void *old, size_t count, size_t size);
char *sgw_strdup(const char *text);
char *sgw_strndup(const char *text, size_t size);
void sgw_free(void *memory);

/* Overwrite memory in a way that no optimiser removes. */
void sgw_wipe(void *memory, size_t size);

/* Wipe, then free; NULL is fine. */
void sgw_free_secret(void *memory, size_t size);

#ifdef SGW_TEST_HOOKS
/* Fail the allocation that comes after `successes` more; negative: never. Per process. */
void sgw_alloc_fail_after(long successes);
/* Whether the planned failure has happened. */
int sgw_alloc_has_failed(void);
#endif

#define SGW_CLEANUP(function) __attribute__((cleanup(function)))
/* Hand out a pointer that a cleanup attribute would free. */
#define SGW_TAKE(pointer)                                                                     \
    __extension__({                                                                           \
        __typeof__(pointer) sgw_taken_ = (pointer);                                           \
        (pointer) = NULL;                                                                     \
        sgw_taken_;                                                                           \
    })

/* Cleanup for `SGW_CLEANUP(sgw_freep) char *text`. */
void sgw_freep(void *pointer_to_pointer);

#endif
