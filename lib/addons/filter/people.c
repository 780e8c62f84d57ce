/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/filter/people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addons/filter/text.h"

enum { ENTRY_MAX = 400 };

static bool is_good(const char *entry, size_t size)
{
    if (size == 0 || size > ENTRY_MAX || !sgw_utf8_valid((const uint8_t *)entry, size))
        return false;
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)entry[i] <= ' ' || entry[i] == 0x7f || entry[i] == ',')
            return false;
    /* "@example.com" and "user@" are slips; "." names nobody */
    return entry[size - 1] != '@' && entry[0] != '@' && !(size == 1 && entry[0] == '.');
}

/* A domain, or all below one, is compared as in an address. */
static char *normal_entry(const char *entry, size_t size, bool is_pattern)
{
    char address[ENTRY_MAX + 3];
    bool is_address = memchr(entry, '@', size) != NULL;
    if (is_pattern || is_address)
        return sgw_flt_normal(entry, size);
    size_t dot = entry[0] == '.';
    size_t length =
        (size_t)snprintf(address, sizeof(address), "x@%.*s", (int)(size - dot), entry + dot);
    char *normal = sgw_flt_normal(address, length);
    if (normal == NULL)
        return NULL;
    /* "x@" makes room for the dot */
    memmove(normal, normal + 2 - dot, strlen(normal) - 1 + dot);
    if (dot == 1)
        normal[0] = '.';
    return normal;
}

int sgw_flt_people_add(struct sgw_flt_people *people, const char *entry, size_t size)
{
    if (!is_good(entry, size))
        return SMIMEGW_E_SYNTAX;
    bool is_pattern = memchr(entry, '*', size) != NULL || memchr(entry, '?', size) != NULL;
    bool is_null = size == 2 && memcmp(entry, "<>", 2) == 0;
    int ret = is_pattern ? sgw_flt_grow(&people->patterns, people->pattern_count,
                                        &people->pattern_room, sizeof(char *))
                         : sgw_flt_grow(&people->exact, people->exact_count,
                                        &people->exact_room, sizeof(char *));
    if (ret < 0)
        return ret;
    char *copy = is_null ? sgw_flt_copy("", 0) : normal_entry(entry, size, is_pattern);
    if (copy == NULL)
        return SMIMEGW_E_NOMEM;
    if (is_pattern)
        people->patterns[people->pattern_count++] = copy;
    else
        people->exact[people->exact_count++] = copy;
    return SMIMEGW_OK;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void sgw_flt_people_close(struct sgw_flt_people *people)
{
    if (people->exact_count > 1)
        qsort(people->exact, people->exact_count, sizeof(char *), compare);
}

void sgw_flt_people_clear(struct sgw_flt_people *people)
{
    for (size_t i = 0; i < people->exact_count; i++)
        free(people->exact[i]);
    for (size_t i = 0; i < people->pattern_count; i++)
        free(people->patterns[i]);
    free(people->exact);
    free(people->patterns);
    *people = (struct sgw_flt_people){0};
}

static bool has_exact(const struct sgw_flt_people *people, const char *text)
{
    return people->exact_count > 0 &&
           bsearch(&text, people->exact, people->exact_count, sizeof(char *), compare) != NULL;
}

/* Shell-like, by going back to the last star only: linear times the stars. */
static bool fits(const char *pattern, const char *text)
{
    const char *star = NULL;
    const char *resume = NULL;
    while (*text != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            resume = text;
        } else if (*pattern == '?' || *pattern == *text) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star + 1;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

bool sgw_flt_people_has(const struct sgw_flt_people *people, const char *address)
{
    const char *at = strrchr(address, '@');
    if (has_exact(people, address) || (at != NULL && has_exact(people, at + 1)))
        return true;
    for (const char *dot = at != NULL ? strchr(at, '.') : NULL; dot != NULL;
         dot = strchr(dot + 1, '.'))
        if (has_exact(people, dot))
            return true;
    for (size_t i = 0; i < people->pattern_count; i++)
        if (fits(people->patterns[i], address))
            return true;
    return false;
}
