/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/path/crl.h"

#include <smimegw/error.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "pki/cert/extension.h"

enum { WEEK = 7 * 86400, SKEW = 300, REMOVE_FROM_CRL = 8, FIRST_CAPACITY = 64 };

/* Numbers below 2.5.29. */
enum {
    CRL_NUMBER = 20,
    REASON_CODE = 21,
    INVALIDITY_DATE = 24,
    DELTA_INDICATOR = 27,
    ISSUING_POINT = 28,
    CERTIFICATE_ISSUER = 29,
    KEY_ID = 35,
    FRESHEST = 46,
    ISSUER_NAMES = 18,
    INFORMATION = 0
};

/* --- extensions ----------------------------------------------------------------------------
 */

static bool read_integer(const struct sgw_tlv *value, struct sgw_tlv *ret)
{
    struct sgw_der der;
    sgw_der_init(&der, value->value, value->size);
    return sgw_der_get(&der, SGW_TAG_INTEGER, ret) && sgw_der_at_end(&der);
}

static bool is_true(const struct sgw_tlv *flag)
{
    return flag->size == 1 && flag->value[0] != 0;
}

unsigned int sgw_crl_reasons(const struct sgw_tlv *bits)
{
    unsigned int reasons = 0;
    for (unsigned int bit = 1; bit <= 8; bit++) {
        size_t at = 1 + bit / 8;
        if (at < bits->size && (bits->value[at] & 0x80 >> bit % 8) != 0)
            reasons |= 1U << bit;
    }
    return reasons;
}

static bool read_scope(const struct sgw_tlv *value, struct sgw_crl_scope *scope)
{
    struct sgw_der outer;
    struct sgw_der inside;
    struct sgw_tlv tlv;
    sgw_der_init(&outer, value->value, value->size);
    if (!sgw_der_enter(&outer, SGW_TAG_SEQUENCE, &inside) || !sgw_der_at_end(&outer))
        return false;
    scope->is_there = true;
    if (sgw_der_get(&inside, SGW_TAG_CONTEXT_CONSTRUCTED, &tlv)) {
        struct sgw_der choice = sgw_der_inside(&inside, &tlv);
        if (!sgw_der_next(&choice, &scope->point))
            return false;
    }
    if (sgw_der_get(&inside, SGW_TAG_CONTEXT | 1, &tlv))
        scope->only_users = is_true(&tlv);
    if (sgw_der_get(&inside, SGW_TAG_CONTEXT | 2, &tlv))
        scope->only_cas = is_true(&tlv);
    if (sgw_der_get(&inside, SGW_TAG_CONTEXT | 3, &tlv))
        scope->reasons = sgw_crl_reasons(&tlv);
    if (sgw_der_get(&inside, SGW_TAG_CONTEXT | 4, &tlv))
        scope->is_indirect = is_true(&tlv);
    if (sgw_der_get(&inside, SGW_TAG_CONTEXT | 5, &tlv))
        scope->only_attributes = is_true(&tlv);
    return sgw_der_at_end(&inside);
}

static bool take_extension(struct sgw_crl *crl, const struct sgw_extension *extension)
{
    switch (extension->number) {
    case CRL_NUMBER:
        return read_integer(&extension->value, &crl->number);
    case DELTA_INDICATOR:
        return read_integer(&extension->value, &crl->base_number);
    case ISSUING_POINT:
        crl->scope_value = extension->value;
        return read_scope(&extension->value, &crl->scope);
    case KEY_ID:
        crl->key_value = extension->value;
        return true;
    case ISSUER_NAMES:
    case FRESHEST:
        return true;
    default:
        crl->is_unusable = crl->is_unusable || extension->is_critical;
        return true;
    }
}

static bool read_extensions(struct sgw_crl *crl, struct sgw_der *body)
{
    struct sgw_der outer;
    struct sgw_der list;
    struct sgw_extension extension;
    if (!sgw_der_enter(body, SGW_TAG_CONTEXT_CONSTRUCTED, &outer))
        return true;
    if (!sgw_der_enter(&outer, SGW_TAG_SEQUENCE, &list))
        return false;
    while (!sgw_der_at_end(&list))
        if (!sgw_extension_next(&list, &extension) || !take_extension(crl, &extension))
            return false;
    return true;
}

/* --- entries -------------------------------------------------------------------------------
 */

struct entry {
    struct sgw_tlv serial;
    bool is_removed;
    struct sgw_tlv issuer; /* GeneralNames of certificateIssuer; start NULL where not there */
    bool is_odd;           /* a critical extension that is not known */
};

static bool read_entry_extension(const struct sgw_extension *extension, struct entry *entry)
{
    struct sgw_der value;
    struct sgw_tlv reason;
    sgw_der_init(&value, extension->value.value, extension->value.size);
    switch (extension->number) {
    case REASON_CODE:
        if (!sgw_der_next(&value, &reason))
            return false;
        entry->is_removed = reason.size == 1 && reason.value[0] == REMOVE_FROM_CRL;
        return true;
    case CERTIFICATE_ISSUER:
        return sgw_der_get(&value, SGW_TAG_SEQUENCE, &entry->issuer);
    case INVALIDITY_DATE:
        return true;
    default:
        entry->is_odd = entry->is_odd || extension->is_critical;
        return true;
    }
}

static bool next_entry(struct sgw_der *entries, struct entry *entry)
{
    struct sgw_der inside;
    struct sgw_der list;
    struct sgw_tlv date;
    struct sgw_extension extension;
    *entry = (struct entry){0};
    if (!sgw_der_enter(entries, SGW_TAG_SEQUENCE, &inside) ||
        !sgw_der_get(&inside, SGW_TAG_INTEGER, &entry->serial) ||
        !sgw_der_next(&inside, &date))
        return false;
    if (!sgw_der_enter(&inside, SGW_TAG_SEQUENCE, &list))
        return sgw_der_at_end(&inside);
    while (!sgw_der_at_end(&list))
        if (!sgw_extension_next(&list, &extension) || !read_entry_extension(&extension, entry))
            return false;
    return sgw_der_at_end(&inside);
}

static struct sgw_der entries_of(const struct sgw_crl *crl)
{
    struct sgw_der entries;
    sgw_der_init(&entries, crl->entries.value,
                 crl->entries.start != NULL ? crl->entries.size : 0);
    return entries;
}

static bool entry_at(const struct sgw_crl *crl, uint32_t offset, struct entry *ret)
{
    struct sgw_der entries = entries_of(crl);
    entries.at += offset;
    return next_entry(&entries, ret);
}

/* An order for INTEGERs, which DER writes without needless octets: that of the numbers where
 * they are not negative, as CRL numbers are. */
static int compare_integers(const struct sgw_tlv *a, const struct sgw_tlv *b)
{
    if (a->size != b->size)
        return a->size < b->size ? -1 : 1;
    return memcmp(a->value, b->value, a->size);
}

/* Entries that were read once without a fault: only the serial number's place matters. */
static int compare_offsets(const void *a, const void *b, void *list)
{
    const struct sgw_crl *crl = list;
    struct sgw_der inside[2];
    struct sgw_tlv serials[2];
    const uint32_t offsets[2] = {*(const uint32_t *)a, *(const uint32_t *)b};
    for (int i = 0; i < 2; i++) {
        struct sgw_der entries = entries_of(crl);
        entries.at += offsets[i];
        sgw_der_enter(&entries, SGW_TAG_SEQUENCE, &inside[i]);
        sgw_der_get(&inside[i], SGW_TAG_INTEGER, &serials[i]);
    }
    return compare_integers(&serials[0], &serials[1]);
}

static int add_offset(struct sgw_crl *crl, size_t *capacity, size_t offset)
{
    if (crl->offset_count == *capacity) {
        size_t room = *capacity > 0 ? *capacity * 2 : FIRST_CAPACITY;
        uint32_t *offsets = sgw_realloc(crl->offsets, room, sizeof(*offsets));
        if (offsets == NULL)
            return SMIMEGW_E_NOMEM;
        crl->offsets = offsets;
        *capacity = room;
    }
    crl->offsets[crl->offset_count++] = (uint32_t)offset;
    return SMIMEGW_OK;
}

/* Read every entry once: malformed ones are told now; and sort them by their serial numbers.
 * In an indirect list an entry depends on those before it. */
static int read_entries(struct sgw_crl *crl, bool is_sorted, bool *ret_good)
{
    struct sgw_der entries = entries_of(crl);
    struct entry entry;
    size_t capacity = 0;
    int ret = SMIMEGW_OK;
    *ret_good = true;
    while (ret == SMIMEGW_OK && !sgw_der_at_end(&entries)) {
        size_t offset = (size_t)(entries.at - crl->entries.value);
        *ret_good = next_entry(&entries, &entry);
        if (!*ret_good)
            return SMIMEGW_OK;
        crl->is_unusable = crl->is_unusable || entry.is_odd;
        if (is_sorted && !crl->scope.is_indirect)
            ret = add_offset(crl, &capacity, offset);
    }
    if (ret == SMIMEGW_OK && crl->offset_count > 1)
        qsort_r(crl->offsets, crl->offset_count, sizeof(*crl->offsets), compare_offsets, crl);
    return ret;
}

/* --- the list ------------------------------------------------------------------------------
 */

static bool read_times(struct sgw_crl *crl, struct sgw_der *body)
{
    struct sgw_tlv time;
    crl->next_update = -1;
    if (!sgw_der_next(body, &time) || !sgw_tlv_time(&time, &crl->this_update))
        return false;
    if (!sgw_der_is_next(body, SGW_TAG_UTC_TIME) &&
        !sgw_der_is_next(body, SGW_TAG_GENERALIZED_TIME))
        return true;
    return sgw_der_next(body, &time) && sgw_tlv_time(&time, &crl->next_update);
}

/* TBSCertList [RFC5280-5.1] */
static bool read_body(struct sgw_crl *crl, struct sgw_der body)
{
    struct sgw_tlv version;
    struct sgw_tlv algorithm;
    sgw_der_get(&body, SGW_TAG_INTEGER, &version);
    if (!sgw_der_get(&body, SGW_TAG_SEQUENCE, &algorithm) ||
        !sgw_der_get(&body, SGW_TAG_SEQUENCE, &crl->issuer) || !read_times(crl, &body))
        return false;
    if (!sgw_der_get(&body, SGW_TAG_SEQUENCE, &crl->entries))
        crl->entries.start = NULL;
    return read_extensions(crl, &body) && sgw_der_at_end(&body) &&
           sgw_tlv_is(&algorithm, crl->status.algorithm.value, crl->status.algorithm.size);
}

static bool read_list(struct sgw_crl *crl)
{
    struct sgw_der outer;
    struct sgw_der list;
    sgw_der_init(&outer, crl->der.data, crl->der.size);
    return sgw_der_enter(&outer, SGW_TAG_SEQUENCE, &list) && sgw_der_at_end(&outer) &&
           sgw_der_get(&list, SGW_TAG_SEQUENCE, &crl->status.body) &&
           sgw_der_get(&list, SGW_TAG_SEQUENCE, &crl->status.algorithm) &&
           sgw_der_get(&list, SGW_TAG_BIT_STRING, &crl->status.signature) &&
           sgw_der_at_end(&list) && read_body(crl, sgw_der_inside(&list, &crl->status.body));
}

int sgw_crl_new(const void *der, size_t size, bool is_sorted, struct sgw_crl **ret_crl,
                struct smimegw_error **ret_error)
{
    struct sgw_crl *crl = sgw_calloc(1, sizeof(*crl));
    bool is_good = false;
    int ret = crl != NULL ? sgw_buf_append(&crl->der, der, size) : SMIMEGW_E_NOMEM;
    if (ret == SMIMEGW_OK) {
        crl->scope.reasons = SGW_REASONS_ALL;
        is_good = read_list(crl);
    }
    if (ret == SMIMEGW_OK && is_good)
        ret = read_entries(crl, is_sorted, &is_good);
    if (ret < 0 || !is_good) {
        sgw_crl_free(crl);
        return ret < 0 ? sgw_fail(ret_error, ret, "CRL")
                       : sgw_fail(ret_error, SMIMEGW_E_KEY, "the CRL is malformed");
    }
    *ret_crl = crl;
    return SMIMEGW_OK;
}

void sgw_crl_free(struct sgw_crl *crl)
{
    if (crl == NULL)
        return;
    sgw_buf_clear(&crl->der);
    sgw_free(crl->offsets);
    sgw_free(crl);
}

int64_t sgw_crl_end(const struct sgw_crl *crl)
{
    return crl->next_update >= 0 ? crl->next_update : crl->this_update + WEEK;
}

bool sgw_crl_is_fresh(const struct sgw_crl *crl, int64_t time)
{
    return crl->this_update <= time + SKEW && time <= sgw_crl_end(crl);
}

static bool is_same_tlv(const struct sgw_tlv *a, const struct sgw_tlv *b)
{
    if (a->start == NULL || b->start == NULL)
        return a->start == b->start;
    return sgw_tlv_is(a, b->value, b->size);
}

bool sgw_crl_is_same_series(const struct sgw_crl *a, const struct sgw_crl *b)
{
    return is_same_tlv(&a->issuer, &b->issuer) &&
           is_same_tlv(&a->scope_value, &b->scope_value) &&
           is_same_tlv(&a->key_value, &b->key_value) &&
           (a->base_number.start == NULL) == (b->base_number.start == NULL);
}

bool sgw_crl_is_newer(const struct sgw_crl *crl, const struct sgw_crl *other)
{
    if (crl->this_update != other->this_update)
        return crl->this_update > other->this_update;
    return crl->number.start != NULL && other->number.start != NULL &&
           compare_integers(&crl->number, &other->number) > 0;
}

bool sgw_crl_is_delta_of(const struct sgw_crl *delta, const struct sgw_crl *base)
{
    return delta->base_number.start != NULL && base->base_number.start == NULL &&
           base->number.start != NULL && delta->number.start != NULL &&
           is_same_tlv(&delta->issuer, &base->issuer) &&
           is_same_tlv(&delta->scope_value, &base->scope_value) &&
           compare_integers(&base->number, &delta->base_number) >= 0 &&
           compare_integers(&base->number, &delta->number) < 0;
}

/* --- finding -------------------------------------------------------------------------------
 */

static bool is_serial_of(const struct entry *entry, const struct smimegw_cert *cert)
{
    return sgw_tlv_is(&entry->serial, cert->serial, cert->serial_size);
}

bool sgw_crl_names_directory(const struct sgw_tlv *names, const uint8_t *name, size_t size)
{
    struct sgw_der list;
    struct sgw_tlv one;
    sgw_der_init(&list, names->value, names->size);
    while (sgw_der_next(&list, &one))
        if (one.tag == (SGW_TAG_CONTEXT_CONSTRUCTED | 4) && sgw_tlv_is(&one, name, size))
            return true;
    return false;
}

/* In an indirect list an entry is of the issuer that was named last [RFC5280-5.3.3]. */
static enum sgw_crl_entry find_indirect(const struct sgw_crl *crl,
                                        const struct smimegw_cert *cert)
{
    struct sgw_der entries = entries_of(crl);
    struct entry entry;
    bool is_issuer = crl->issuer.total == cert->issuer_size &&
                     memcmp(crl->issuer.start, cert->issuer, cert->issuer_size) == 0;
    while (next_entry(&entries, &entry)) {
        if (entry.issuer.start != NULL)
            is_issuer =
                sgw_crl_names_directory(&entry.issuer, cert->issuer, cert->issuer_size);
        if (is_issuer && is_serial_of(&entry, cert))
            return entry.is_removed ? SGW_CRL_REMOVED : SGW_CRL_LISTED;
    }
    return SGW_CRL_ABSENT;
}

/* The first entry whose serial number is not below the certificate's. */
static size_t find_place(const struct sgw_crl *crl, const struct smimegw_cert *cert)
{
    const struct sgw_tlv serial = {.value = cert->serial, .size = cert->serial_size};
    size_t low = 0;
    size_t high = crl->offset_count;
    while (low < high) {
        struct entry entry;
        size_t middle = low + (high - low) / 2;
        entry_at(crl, crl->offsets[middle], &entry);
        if (compare_integers(&entry.serial, &serial) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A serial number may be there more than once, as no CA does it: one that lists it counts. */
static enum sgw_crl_entry find_sorted(const struct sgw_crl *crl,
                                      const struct smimegw_cert *cert)
{
    enum sgw_crl_entry found = SGW_CRL_ABSENT;
    struct entry entry;
    for (size_t i = find_place(crl, cert); i < crl->offset_count; i++) {
        entry_at(crl, crl->offsets[i], &entry);
        if (!is_serial_of(&entry, cert))
            break;
        if (!entry.is_removed)
            return SGW_CRL_LISTED;
        found = SGW_CRL_REMOVED;
    }
    return found;
}

enum sgw_crl_entry sgw_crl_find(const struct sgw_crl *crl, const struct smimegw_cert *cert)
{
    if (crl->offsets != NULL)
        return find_sorted(crl, cert);
    return find_indirect(crl, cert);
}
