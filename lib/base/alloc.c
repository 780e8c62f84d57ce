/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/alloc.h"

#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

#ifdef SGW_TEST_HOOKS
static long fail_after = -1;
static int has_failed;

void sgw_alloc_fail_after(long successes)
{
    fail_after = successes;
    has_failed = 0;
}

int sgw_alloc_has_failed(void)
{
    return has_failed;
}

static int fails_now(void)
{
    if (fail_after < 0)
        return 0;
    if (fail_after-- > 0)
        return 0;
    has_failed = 1;
    return 1;
}
#else
static int fails_now(void)
{
    return 0;
}
#endif

void *sgw_malloc(size_t size)
{
    return fails_now() ? NULL : malloc(size > 0 ? size : 1);
}

void *sgw_calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : calloc(count > 0 ? count : 1, size > 0 ? size : 1);
}

void *sgw_realloc(void *old, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total) || fails_now())
        return NULL;
    return realloc(old, total > 0 ? total : 1);
}

char *sgw_strdup(const char *text)
{
    return sgw_strndup(text, strlen(text));
}

char *sgw_strndup(const char *text, size_t size)
{
    char *copy = sgw_malloc(size + 1);
    if (copy == NULL)
        return NULL;
    if (size > 0)
        memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

void sgw_free(void *memory)
{
    free(memory);
}

void sgw_wipe(void *memory, size_t size)
{
    if (size > 0)
        gnutls_memset(memory, 0, size);
}

void sgw_free_secret(void *memory, size_t size)
{
    if (memory == NULL)
        return;
    sgw_wipe(memory, size);
    free(memory);
}

void sgw_freep(void *pointer_to_pointer)
{
    void *memory;
    memcpy(&memory, pointer_to_pointer, sizeof(memory));
    free(memory);
}
