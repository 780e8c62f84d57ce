/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/sources.h"

#include <smimegw/resolver.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/text.h"
#include "gateway/gateway_impl.h"
#include "gateway/store/store_impl.h"
#include "mime/part.h"
#include "pki/cert/names.h"

const char *const sgw_grade_words[] = {"harvested", "dnssec", "chain", "administrator", NULL};

const char *sgw_grade_name(int grade)
{
    return sgw_grade_words[grade - SMIMEGW_GRADE_HARVESTED];
}

void sgw_sources_clear(struct sgw_sources *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        smimegw_store_unref(sources->entries[i].store);
        smimegw_resolver_unref(sources->entries[i].resolver);
    }
    sgw_free(sources->entries);
    *sources = (struct sgw_sources){0};
}

/* --- which certificates an administrator added ---------------------------------------------
 */

struct pin_search {
    struct smimegw_cert *const *certs;
    size_t count;
    bool *is_pinned;
    size_t left; /* not found yet */
};

static int take_pin(void *userdata, const struct sgw_seen_record *seen)
{
    struct pin_search *search = userdata;
    const struct smimegw_record *record = &seen->record;
    if (record->kind != SMIMEGW_RECORD_KEY || record->grade != SMIMEGW_GRADE_ADMINISTRATOR)
        return 0;
    for (size_t i = 0; i < search->count; i++) {
        const struct sgw_buf *der = &search->certs[i]->der;
        if (search->is_pinned[i] ||
            !sgw_equal(der->data, der->size, record->data, record->data_size))
            continue;
        search->is_pinned[i] = true;
        search->left--;
    }
    return search->left == 0;
}

static int search_store(struct smimegw_store *store, const struct sgw_key_set *lookup,
                        struct pin_search *search, struct smimegw_error **ret_error)
{
    struct smimegw_transaction *transaction;
    int ret =
        smimegw_transaction_new(store, SMIMEGW_TRANSACTION_READ, &transaction, ret_error);
    if (ret < 0)
        return ret;
    ret = sgw_transaction_find(transaction, lookup, take_pin, search, ret_error);
    smimegw_transaction_rollback(transaction);
    return ret;
}

/* One of its names finds a certificate, an address rather than a domain, which may have many;
 * one without names is in no store. */
static int add_key(const struct smimegw_cert *cert, struct sgw_key_set *lookup,
                   size_t *ret_found)
{
    struct sgw_name_walk walk;
    struct sgw_name name;
    char key[SGW_NAME_KEY_MAX];
    char best[SGW_NAME_KEY_MAX];
    size_t size;
    size_t best_size = 0;
    bool is_address = false;
    sgw_name_walk_init(&walk, cert);
    while (!is_address && sgw_name_next(&walk, &name)) {
        is_address = name.kind == SGW_NAME_ADDRESS && sgw_name_key(&name, key, &size);
        if (!is_address && (best_size > 0 || !sgw_name_key(&name, key, &size)))
            continue;
        memcpy(best, key, size);
        best_size = size;
    }
    *ret_found += best_size > 0;
    return best_size > 0 ? sgw_key_set_add(lookup, best, best_size) : SMIMEGW_OK;
}

static int search_all(const struct sgw_sources *sources, const struct sgw_key_set *lookup,
                      struct pin_search *search, struct smimegw_error **ret_error)
{
    bool has_failed = false;
    for (size_t i = 0; search->left > 0 && i < sources->count; i++) {
        if (sources->entries[i].store == NULL)
            continue;
        int ret = search_store(sources->entries[i].store, lookup, search, ret_error);
        if (ret == SMIMEGW_E_NOMEM)
            return ret;
        /* whoever is found behind a failure is found all the same */
        has_failed = has_failed || ret < 0;
    }
    return has_failed && search->left > 0
               ? sgw_fail(ret_error, SMIMEGW_E_STORE, "a store failed")
               : SMIMEGW_OK;
}

static int find_pins(void *userdata, struct smimegw_cert *const *certs, size_t count,
                     bool *ret_is_pinned, struct smimegw_error **ret_error)
{
    struct pin_search search = {certs, count, ret_is_pinned, 0};
    struct sgw_key_set lookup = {0};
    struct smimegw_error *error = NULL;
    int ret = SMIMEGW_OK;
    for (size_t i = 0; ret == SMIMEGW_OK && i < count; i++)
        ret = add_key(certs[i], &lookup, &search.left);
    ret = SGW_STEP(ret, sgw_key_set_list(&lookup));
    ret = SGW_STEP(ret, search_all(userdata, &lookup, &search, &error));
    sgw_key_set_clear(&lookup);
    if (ret < 0 && ret != SMIMEGW_E_NOMEM)
        ret = SMIMEGW_E_STORE;
    if (ret < 0)
        sgw_fail(ret_error, ret, "looking up a signer: %s", smimegw_error_text(error));
    sgw_error_clear(&error);
    return ret;
}

/* --- for the host --------------------------------------------------------------------------
 */

static int check_open(const struct smimegw_gateway *gateway, struct smimegw_error **ret_error)
{
    int ret = sgw_gateway_check_open(gateway, ret_error);
    if (ret == SMIMEGW_OK && gateway->sources.count == SGW_SOURCES_MAX)
        ret = sgw_fail(ret_error, SMIMEGW_E_LIMIT, "more than %d stores and resolvers",
                       SGW_SOURCES_MAX);
    return ret;
}

static int add_source(struct smimegw_gateway *gateway, struct sgw_key_source source,
                      struct smimegw_error **ret_error)
{
    struct sgw_sources *sources = &gateway->sources;
    int ret = sgw_grow(&sources->entries, sources->count, &sources->capacity,
                       sizeof(*sources->entries));
    if (ret < 0)
        return sgw_fail(ret_error, ret, "gateway");
    smimegw_store_ref(source.store);
    smimegw_resolver_ref(source.resolver);
    sources->entries[sources->count++] = source;
    sources->pins = (struct sgw_pins){find_pins, sources};
    return SMIMEGW_OK;
}

int smimegw_gateway_add_store(struct smimegw_gateway *gateway, struct smimegw_store *store,
                              struct smimegw_error **ret_error)
{
    SGW_REQUIRE(gateway != NULL, ret_error);
    SGW_REQUIRE(store != NULL, ret_error);
    int ret = check_open(gateway, ret_error);
    return ret < 0 ? ret
                   : add_source(gateway, (struct sgw_key_source){store, NULL}, ret_error);
}

int smimegw_gateway_add_resolver(struct smimegw_gateway *gateway,
                                 struct smimegw_resolver *resolver,
                                 struct smimegw_error **ret_error)
{
    SGW_REQUIRE(gateway != NULL, ret_error);
    SGW_REQUIRE(resolver != NULL, ret_error);
    int ret = check_open(gateway, ret_error);
    return ret < 0 ? ret
                   : add_source(gateway, (struct sgw_key_source){NULL, resolver}, ret_error);
}
