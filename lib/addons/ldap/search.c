/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "addons/ldap/lookup.h"
#include "addons/ldap/search_filter.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"

/* --- asking --------------------------------------------------------------------------------
 */

static bool is_asked(const struct smimegw_ldap_lookup *lookup, size_t index)
{
    const struct sgw_question *question = &lookup->questions.items[index];
    return question->state == SGW_QUESTION_OPEN && question->is_single == lookup->is_single;
}

static size_t most_in_a_search(const struct smimegw_ldap_lookup *lookup)
{
    const char *attribute;
    size_t size;
    bool is_shared = !lookup->is_single &&
                     sgw_ldap_filter_attribute(lookup->ldap->values.filter, &attribute, &size);
    return is_shared ? (size_t)lookup->ldap->values.batch : 1;
}

/* The filter of the next search, and its questions. E_NOMEM. */
static int make_filter(struct smimegw_ldap_lookup *lookup, struct sgw_buf *filter,
                       struct sgw_ldap_search *ret_search)
{
    size_t most = most_in_a_search(lookup);
    struct sgw_ldap_search search = {.first = lookup->next, .end = lookup->next};
    int ret = most > 1 ? sgw_buf_append_text(filter, "(|") : SMIMEGW_OK;
    while (ret == SMIMEGW_OK && search.end < lookup->questions.count && search.asked < most) {
        if (is_asked(lookup, search.end)) {
            ret = sgw_ldap_filter_append(filter, lookup->ldap->values.filter,
                                         lookup->questions.items[search.end].address);
            search.asked++;
        }
        search.end++;
    }
    if (ret == SMIMEGW_OK && most > 1)
        ret = sgw_buf_append_byte(filter, ')');
    *ret_search = search;
    return ret;
}

/* What an entry is for is read from the attribute that was asked by. */
static int make_attributes(const struct smimegw_ldap_lookup *lookup, char *ret_by,
                           size_t by_size, const char **ret_attributes)
{
    const char *attribute;
    size_t size;
    size_t count = 0;
    while (lookup->ldap->attributes[count] != NULL) {
        ret_attributes[count] = lookup->ldap->attributes[count];
        count++;
    }
    if (sgw_ldap_filter_attribute(lookup->ldap->values.filter, &attribute, &size)) {
        if (size >= by_size)
            return SMIMEGW_E_LIMIT;
        memcpy(ret_by, attribute, size);
        ret_by[size] = '\0';
        ret_attributes[count++] = ret_by;
    }
    ret_attributes[count] = NULL;
    return SMIMEGW_OK;
}

static int send_search(struct smimegw_ldap_lookup *lookup, const char *filter,
                       int *ret_message_id)
{
    static const int scopes[] = {LDAP_SCOPE_BASE, LDAP_SCOPE_ONELEVEL, LDAP_SCOPE_SUBTREE};
    const struct sgw_ldap_values *values = &lookup->ldap->values;
    const char *attributes[SGW_LDAP_ATTRIBUTES_MAX + 2];
    char by[256];
    if (make_attributes(lookup, by, sizeof(by), attributes) < 0)
        return LDAP_FILTER_ERROR;
    return ldap_search_ext(lookup->handle, values->base != NULL ? values->base : "",
                           scopes[values->scope], filter, (char **)(uintptr_t)attributes, 0,
                           NULL, NULL, NULL, (int)values->entries, ret_message_id);
}

static struct sgw_ldap_search *find_search(struct smimegw_ldap_lookup *lookup, int message_id)
{
    for (size_t i = 0; i < SGW_LDAP_SEARCHES_MAX; i++)
        if (lookup->searches[i].message_id == message_id)
            return &lookup->searches[i];
    return NULL;
}

/* False where the server is lost. */
static bool ask(struct smimegw_ldap_lookup *lookup)
{
    struct sgw_buf filter = SGW_BUF_INIT(0);
    struct sgw_ldap_search search;
    int result = LDAP_NO_MEMORY;
    int message_id = 0;
    if (make_filter(lookup, &filter, &search) == SMIMEGW_OK)
        result = search.asked == 0 ? LDAP_SUCCESS
                                   : send_search(lookup, sgw_buf_text(&filter), &message_id);
    sgw_buf_clear(&filter);
    if (result != LDAP_SUCCESS) {
        sgw_ldap_lose(lookup, "search", result);
        return false;
    }
    lookup->next = search.end;
    if (search.asked == 0)
        return true;
    search.message_id = message_id;
    *find_search(lookup, 0) = search;
    lookup->under_way++;
    lookup->until_ms = sgw_clock_now_ms() + lookup->ldap->values.search_timeout_ms;
    return true;
}

/* --- what comes back -----------------------------------------------------------------------
 */

/* "userCertificate;binary" is asked as such and may come without the option. */
static bool has_certs(const struct smimegw_ldap *ldap, const char *attribute)
{
    size_t size = strcspn(attribute, ";");
    for (size_t i = 0; ldap->attributes[i] != NULL; i++)
        if (sgw_equal_nocase(attribute, size, ldap->attributes[i],
                             strcspn(ldap->attributes[i], ";")))
            return true;
    return false;
}

static void add_values(struct smimegw_ldap_lookup *lookup, struct sgw_question *question,
                       LDAPMessage *entry)
{
    BerElement *at = NULL;
    for (char *name = ldap_first_attribute(lookup->handle, entry, &at); name != NULL;
         name = ldap_next_attribute(lookup->handle, entry, at)) {
        struct berval **values = has_certs(lookup->ldap, name)
                                     ? ldap_get_values_len(lookup->handle, entry, name)
                                     : NULL;
        if (values == NULL && has_certs(lookup->ldap, name))
            question->has_unreadable = true;
        for (size_t i = 0; values != NULL && values[i] != NULL; i++)
            sgw_question_add_value(question, values[i]->bv_val, values[i]->bv_len);
        ldap_value_free_len(values);
        ldap_memfree(name);
    }
    ber_free(at, 0);
}

static bool names(struct berval **values, const char *address)
{
    for (size_t i = 0; values != NULL && values[i] != NULL; i++) {
        const char *text = values[i]->bv_val;
        size_t size = values[i]->bv_len;
        for (; size > 0 && text[0] == ' '; size--)
            text++;
        while (size > 0 && text[size - 1] == ' ')
            size--;
        if (sgw_is_text_nocase(text, size, address))
            return true;
    }
    return false;
}

/* "mail;lang-de" and subtypes match a filter on "mail", and are not compared here. */
static bool has_other_names(struct smimegw_ldap_lookup *lookup, LDAPMessage *entry,
                            const char *by)
{
    BerElement *at = NULL;
    bool has_others = false;
    for (char *name = ldap_first_attribute(lookup->handle, entry, &at); name != NULL;
         name = ldap_next_attribute(lookup->handle, entry, at)) {
        if (!has_certs(lookup->ldap, name) && strcasecmp(name, by) != 0)
            has_others = true;
        ldap_memfree(name);
    }
    ber_free(at, 0);
    return has_others;
}

static void take_entry(struct smimegw_ldap_lookup *lookup, struct sgw_ldap_search *search,
                       LDAPMessage *entry)
{
    const char *attribute;
    size_t size;
    char by[256] = "";
    bool is_for_some = false;
    if (search->asked > 1 &&
        sgw_ldap_filter_attribute(lookup->ldap->values.filter, &attribute, &size))
        snprintf(by, sizeof(by), "%.*s", (int)size, attribute);
    struct berval **values =
        search->asked > 1 ? ldap_get_values_len(lookup->handle, entry, by) : NULL;
    for (size_t i = search->first; i < search->end; i++) {
        if (!is_asked(lookup, i) ||
            (search->asked > 1 && !names(values, lookup->questions.items[i].address)))
            continue;
        is_for_some = true;
        add_values(lookup, &lookup->questions.items[i], entry);
    }
    if (!is_for_some || (search->asked > 1 && has_other_names(lookup, entry, by)))
        search->has_stranger = true;
    ldap_value_free_len(values);
}

/* Who shared a search that did not serve is asked for alone, in the second round. */
static void close_questions(struct smimegw_ldap_lookup *lookup,
                            const struct sgw_ldap_search *search, const char *failure)
{
    bool is_asked_anew = search->asked > 1 && (search->has_stranger || failure != NULL);
    for (size_t i = search->first; i < search->end; i++) {
        struct sgw_question *question = &lookup->questions.items[i];
        if (!is_asked(lookup, i))
            continue;
        if (is_asked_anew) {
            sgw_question_reset(question);
            question->is_single = true;
        } else if (failure != NULL) {
            sgw_question_fail(question, "%s", failure);
        } else {
            sgw_question_close(question);
        }
    }
}

static enum sgw_ldap_step take_result(struct smimegw_ldap_lookup *lookup,
                                      struct sgw_ldap_search *search, LDAPMessage *message)
{
    int result;
    int ret = ldap_parse_result(lookup->handle, message, &result, NULL, NULL, NULL, NULL, 0);
    if (ret == LDAP_SUCCESS)
        ret = result;
    if (ret != LDAP_SUCCESS && ret != LDAP_SIZELIMIT_EXCEEDED)
        return sgw_ldap_lose(lookup, "search", ret);
    bool is_part =
        search->has_reference && lookup->ldap->values.references == SGW_LDAP_REFERENCES_FAIL;
    close_questions(lookup, search,
                    ret != LDAP_SUCCESS ? "more entries than the directory hands out"
                    : is_part           ? "a part of the directory is on another server"
                                        : NULL);
    *search = (struct sgw_ldap_search){0};
    lookup->under_way--;
    lookup->until_ms = sgw_clock_now_ms() + lookup->ldap->values.search_timeout_ms;
    return SGW_LDAP_GO_ON;
}

static enum sgw_ldap_step take_message(struct smimegw_ldap_lookup *lookup,
                                       LDAPMessage *message)
{
    int message_id = ldap_msgid(message);
    struct sgw_ldap_search *search = message_id > 0 ? find_search(lookup, message_id) : NULL;
    if (search == NULL)
        return SGW_LDAP_GO_ON;
    switch (ldap_msgtype(message)) {
    case LDAP_RES_SEARCH_ENTRY:
        take_entry(lookup, search, message);
        return SGW_LDAP_GO_ON;
    case LDAP_RES_SEARCH_REFERENCE:
        search->has_reference = true;
        return SGW_LDAP_GO_ON;
    case LDAP_RES_SEARCH_RESULT:
        return take_result(lookup, search, message);
    default:
        return SGW_LDAP_GO_ON;
    }
}

static enum sgw_ldap_step read_message(struct smimegw_ldap_lookup *lookup)
{
    struct timeval no_time = {0};
    LDAPMessage *message = NULL;
    int type = ldap_result(lookup->handle, LDAP_RES_ANY, LDAP_MSG_ONE, &no_time, &message);
    if (type == 0)
        return SGW_LDAP_WAIT_READ;
    if (type < 0) {
        int result = LDAP_SERVER_DOWN;
        ldap_get_option(lookup->handle, LDAP_OPT_RESULT_CODE, &result);
        return sgw_ldap_lose(lookup, "search", result);
    }
    enum sgw_ldap_step step = take_message(lookup, message);
    ldap_msgfree(message);
    return step;
}

void sgw_ldap_search_reset(struct smimegw_ldap_lookup *lookup)
{
    for (size_t i = 0; i < lookup->questions.count; i++)
        if (lookup->questions.items[i].state == SGW_QUESTION_OPEN)
            sgw_question_reset(&lookup->questions.items[i]);
    memset(lookup->searches, 0, sizeof(lookup->searches));
    lookup->under_way = 0;
    lookup->next = 0;
    lookup->is_single = false;
}

enum sgw_ldap_step sgw_ldap_search_step(struct smimegw_ldap_lookup *lookup)
{
    while (lookup->under_way < SGW_LDAP_SEARCHES_MAX && lookup->next < lookup->questions.count)
        if (!ask(lookup))
            return SGW_LDAP_LOST;
    if (lookup->under_way > 0)
        return read_message(lookup);
    /* the first round is over, and left some for the second */
    if (!lookup->is_single && !sgw_questions_are_done(&lookup->questions)) {
        lookup->is_single = true;
        lookup->next = 0;
        return SGW_LDAP_GO_ON;
    }
    lookup->stage = SGW_LDAP_DONE;
    return SGW_LDAP_GO_ON;
}
