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

/* --- certificates that an administrator added ---------------------------------------------
 */

static bool is_pin(const struct smimegw_record *record)
{
    return record->kind == SMIMEGW_RECORD_KEY && record->grade == SMIMEGW_GRADE_ADMINISTRATOR;
}

/* Ask the stores until it is done. Whoever is found behind a failure is found all the same. */
static int search_all(const struct sgw_sources *sources, const struct sgw_key_set *lookup,
                      sgw_seen_record_fn take, void *userdata, const bool *is_done,
                      struct smimegw_error **ret_error)
{
    bool has_failed = false;
    for (size_t i = 0; !*is_done && i < sources->count; i++) {
        if (sources->entries[i].store == NULL)
            continue;
        int ret = sgw_store_find(sources->entries[i].store, lookup, take, userdata, ret_error);
        if (ret == SMIMEGW_E_NOMEM)
            return ret;
        has_failed = has_failed || ret < 0;
    }
    return has_failed && !*is_done ? sgw_fail(ret_error, SMIMEGW_E_STORE, "a store failed")
                                   : SMIMEGW_OK;
}

static int finish_search(int ret, struct smimegw_error **error,
                         struct smimegw_error **ret_error)
{
    if (ret < 0 && ret != SMIMEGW_E_NOMEM)
        ret = SMIMEGW_E_STORE;
    if (ret < 0)
        sgw_fail(ret_error, ret, "looking up a signer: %s", smimegw_error_text(*error));
    sgw_error_clear(error);
    return ret;
}

/* --- which of these did an administrator add? ----------------------------------------------
 */

struct finding {
    struct smimegw_cert *const *certs;
    size_t count;
    bool *is_pinned;
    size_t left; /* not found yet */
    bool is_done;
};

static int take_pin(void *userdata, const struct sgw_seen_record *seen)
{
    struct finding *finding = userdata;
    const struct smimegw_record *record = &seen->record;
    if (!is_pin(record))
        return 0;
    for (size_t i = 0; i < finding->count; i++) {
        const struct sgw_buf *der = &finding->certs[i]->der;
        if (finding->is_pinned[i] ||
            !sgw_equal(der->data, der->size, record->data, record->data_size))
            continue;
        finding->is_pinned[i] = true;
        finding->left--;
    }
    finding->is_done = finding->left == 0;
    return finding->is_done;
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

static int find_pins(void *userdata, struct smimegw_cert *const *certs, size_t count,
                     bool *ret_is_pinned, struct smimegw_error **ret_error)
{
    struct finding finding = {certs, count, ret_is_pinned, 0, false};
    struct sgw_key_set lookup = {0};
    struct smimegw_error *error = NULL;
    int ret = SMIMEGW_OK;
    for (size_t i = 0; ret == SMIMEGW_OK && i < count; i++)
        ret = add_key(certs[i], &lookup, &finding.left);
    finding.is_done = finding.left == 0;
    ret = SGW_STEP(ret, sgw_key_set_list(&lookup));
    ret = SGW_STEP(
        ret, search_all(userdata, &lookup, take_pin, &finding, &finding.is_done, &error));
    sgw_key_set_clear(&lookup);
    return finish_search(ret, &error, ret_error);
}

/* --- which did he add for an address? ------------------------------------------------------
 */

struct gathering {
    const struct sgw_pin_search *search;
    struct sgw_cert_list *certs;
    bool is_done;
    int ret;
};

static bool has_cert(const struct sgw_cert_list *list, const struct smimegw_record *record)
{
    for (size_t i = 0; i < list->count; i++)
        if (sgw_equal(list->certs[i]->der.data, list->certs[i]->der.size, record->data,
                      record->data_size))
            return true;
    return false;
}

static int take_fitting(void *userdata, const struct sgw_seen_record *seen)
{
    struct gathering *gathering = userdata;
    const struct sgw_pin_search *search = gathering->search;
    const struct smimegw_record *record = &seen->record;
    struct smimegw_cert *cert;
    if (!is_pin(record) || !search->fits(search->object, &seen->cert) ||
        has_cert(gathering->certs, record))
        return 0;
    gathering->ret = sgw_cert_new_der(record->data, record->data_size, &cert, NULL);
    if (gathering->ret == SMIMEGW_OK) {
        gathering->ret = sgw_cert_list_add(gathering->certs, cert);
        smimegw_cert_unref(cert);
    }
    gathering->is_done = gathering->ret < 0 || gathering->certs->count >= search->most;
    return gathering->is_done;
}

static int gather_pins(void *userdata, const struct sgw_pin_search *search,
                       struct sgw_cert_list *ret_certs, struct smimegw_error **ret_error)
{
    struct gathering gathering = {search, ret_certs, false, SMIMEGW_OK};
    struct sgw_scope_keys keys;
    struct sgw_key_set lookup = {0};
    struct smimegw_error *error = NULL;
    int ret = SMIMEGW_OK;
    if (!sgw_scope_keys(search->address, search->address_size, &keys))
        return SMIMEGW_OK;
    for (size_t i = 0; ret == SMIMEGW_OK && i < keys.count; i++)
        ret = sgw_key_set_add(&lookup, keys.keys[i].text, keys.keys[i].size);
    ret = SGW_STEP(ret, sgw_key_set_list(&lookup));
    ret = SGW_STEP(ret, search_all(userdata, &lookup, take_fitting, &gathering,
                                   &gathering.is_done, &error));
    ret = SGW_STEP(ret, gathering.ret);
    sgw_key_set_clear(&lookup);
    return finish_search(ret, &error, ret_error);
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
    sources->pins = (struct sgw_pins){find_pins, gather_pins, sources};
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
