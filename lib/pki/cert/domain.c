/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/cert/domain.h"

#include <string.h>

#include "base/text.h"

enum { DOMAIN_SIZE_MAX = 253, LABEL_SIZE_MAX = 63 };

static bool is_label(const char *label, size_t size)
{
    if (size == 0 || size > LABEL_SIZE_MAX || label[0] == '-' || label[size - 1] == '-')
        return false;
    for (size_t i = 0; i < size; i++)
        if (!sgw_is_alpha((unsigned char)label[i]) && !sgw_is_digit((unsigned char)label[i]) &&
            label[i] != '-')
            return false;
    return true;
}

static bool is_number(const char *label, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!sgw_is_digit((unsigned char)label[i]))
            return false;
    return true;
}

bool sgw_domain_is_qualified(const char *domain, size_t size, bool allows_star)
{
    if (allows_star && size > 2 && domain[0] == '*' && domain[1] == '.') {
        domain += 2;
        size -= 2;
    }
    if (size > DOMAIN_SIZE_MAX)
        return false;
    const char *dot;
    size_t labels = 1;
    for (; (dot = memchr(domain, '.', size)) != NULL; labels++) {
        size_t label_size = (size_t)(dot - domain);
        if (!is_label(domain, label_size))
            return false;
        domain = dot + 1;
        size -= label_size + 1;
    }
    return labels >= 2 && is_label(domain, size) && !is_number(domain, size);
}

static bool is_in_table(const char *const *table, size_t count, const char *data, size_t size)
{
    for (size_t i = 0; i < count; i++)
        if (sgw_is_text_nocase(data, size, table[i]))
            return true;
    return false;
}

/*
 * No copy of the public suffix list, which is out of date the day it is shipped: the second
 * levels that registries use below the two letters of a country, and a few names of companies
 * that sell what is below. Some of the former are companies' own in some countries; they have
 * to name their domains one by one.
 */
bool sgw_domain_is_public(const char *domain, size_t size)
{
    static const char *const second_levels[] = {
        "ac",         "ad",   "asn",    "asso", "biz", "co",  "com", "coop", "ed",
        "edu",        "firm", "gen",    "go",   "gob", "gop", "gos", "gouv", "gov",
        "govt",       "gub",  "gv",     "id",   "idf", "ind", "inf", "info", "int",
        "k12",        "lg",   "ltd",    "me",   "med", "mi",  "mil", "mod",  "muni",
        "museum",     "name", "ne",     "net",  "nhs", "nic", "nom", "or",   "org",
        "parliament", "plc",  "police", "pp",   "pro", "pub", "re",  "res",  "sch",
        "school",     "sci",  "store",  "tm",   "tv",  "web"};
    static const char *const sold[] = {
        "ae.org", "br.com", "cn.com", "co.com",  "de.com",  "eu.com",          "eu.org",
        "gb.net", "hu.net", "jp.net", "jpn.com", "mex.com", "onmicrosoft.com", "ru.com",
        "sa.com", "se.net", "uk.com", "uk.net",  "us.com",  "us.org",          "za.com"};
    const char *dot = memchr(domain, '.', size);
    if (dot == NULL || sgw_ends_nocase(domain, size, ".arpa"))
        return true;
    size_t second_size = (size_t)(dot - domain);
    if (size - second_size - 1 == 2)
        return is_in_table(second_levels, sizeof(second_levels) / sizeof(second_levels[0]),
                           domain, second_size);
    return is_in_table(sold, sizeof(sold) / sizeof(sold[0]), domain, size);
}
