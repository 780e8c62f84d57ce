/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/store/records.h"

#include <smimegw/error.h>
#include <string.h>

#include "base/alloc.h"
#include "base/crypto.h"
#include "base/ref.h"
#include "gateway/store/held_record.h"

/* A treap: sorted by place, a heap by priority; deep as the logarithm of its size whatever is
 * put in. A node with one holder is in this state only and may change; others are copied. */
struct sgw_records_node {
    struct sgw_ref ref;
    uint32_t priority;
    int64_t age;
    const char *key; /* points into the record */
    struct sgw_records_node *left;
    struct sgw_records_node *right;
    struct sgw_held_record *held;
    struct sgw_records_node *next_to_free;
};

int sgw_records_init(struct sgw_records *records)
{
    *records = (struct sgw_records){0};
    int ret = sgw_random(&records->random, sizeof(records->random));
    records->random |= 1;
    return ret;
}

int64_t sgw_record_age(const struct smimegw_record *record)
{
    return record->used > record->added ? record->used : record->added;
}

/* --- holders -------------------------------------------------------------------------------
 */

static struct sgw_records_node *hold(struct sgw_records_node *node)
{
    if (node != NULL)
        sgw_ref_get(&node->ref);
    return node;
}

static void drop_one(struct sgw_records_node *node, struct sgw_records_node **list)
{
    if (node == NULL || !sgw_ref_put(&node->ref))
        return;
    node->next_to_free = *list;
    *list = node;
}

/* A list instead of recursion. */
static void drop(struct sgw_records_node *node)
{
    struct sgw_records_node *list = NULL;
    drop_one(node, &list);
    while (list != NULL) {
        node = list;
        list = node->next_to_free;
        drop_one(node->left, &list);
        drop_one(node->right, &list);
        sgw_held_record_unref(node->held);
        sgw_free(node);
    }
}

void sgw_records_clear(struct sgw_records *records)
{
    for (int i = 0; i < SGW_ORDERS; i++)
        drop(records->roots[i]);
    *records = (struct sgw_records){0};
}

struct sgw_records sgw_records_copy(const struct sgw_records *records)
{
    for (int i = 0; i < SGW_ORDERS; i++)
        hold(records->roots[i]);
    return *records;
}

/* Make the node at a link ours alone. */
static bool own(struct sgw_records_node **link)
{
    struct sgw_records_node *shared = *link;
    if (__atomic_load_n(&shared->ref.count, __ATOMIC_ACQUIRE) == 1)
        return true;
    struct sgw_records_node *node = sgw_malloc(sizeof(*node));
    if (node == NULL)
        return false;
    sgw_ref_init(&node->ref);
    node->priority = shared->priority;
    node->age = shared->age;
    node->key = shared->key;
    node->left = hold(shared->left);
    node->right = hold(shared->right);
    node->held = sgw_held_record_ref(shared->held);
    drop(shared);
    *link = node;
    return true;
}

/* --- order ---------------------------------------------------------------------------------
 */

static int sign_of(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

/* <0: the place lies before the node. */
static int compare(const struct sgw_records_place *place, const struct sgw_records_node *node)
{
    const struct smimegw_record *record = &node->held->record;
    int order = strcmp(place->key, node->key);
    if (order == 0)
        order = sign_of(place->kind, record->kind);
    if (order == 0)
        order = sign_of(place->age, node->age);
    if (order == 0)
        order = place->name != NULL ? strcmp(place->name, record->name) : -1;
    return order;
}

const struct smimegw_record *sgw_records_next(const struct sgw_records *records,
                                              struct sgw_records_place *place)
{
    const struct sgw_records_node *best = NULL;
    for (const struct sgw_records_node *node = records->roots[place->order]; node != NULL;) {
        if (compare(place, node) < 0) {
            best = node;
            node = node->left;
        } else {
            node = node->right;
        }
    }
    if (best == NULL || strcmp(best->key, place->key) != 0 ||
        (place->order != SGW_BY_LOOKUP_KEY && best->held->record.kind != place->kind))
        return NULL;
    place->kind = best->held->record.kind;
    place->age = best->age;
    place->name = best->held->record.name;
    return &best->held->record;
}

static struct sgw_held_record *find(const struct sgw_records *records, int kind,
                                    const char *name)
{
    const struct sgw_records_place place = {SGW_BY_NAME, "", kind, 0, name};
    for (struct sgw_records_node *node = records->roots[SGW_BY_NAME]; node != NULL;) {
        int order = compare(&place, node);
        if (order == 0)
            return node->held;
        node = order < 0 ? node->left : node->right;
    }
    return NULL;
}

const struct smimegw_record *sgw_records_get(const struct sgw_records *records, int kind,
                                             const char *name)
{
    const struct sgw_held_record *held = find(records, kind, name);
    return held != NULL ? &held->record : NULL;
}

/* --- changes -------------------------------------------------------------------------------
 */

/* xorshift: strangers don't see what comes of it. */
static uint32_t next_random(struct sgw_records *records)
{
    records->random ^= records->random << 13;
    records->random ^= records->random >> 7;
    records->random ^= records->random << 17;
    return (uint32_t)(records->random >> 32);
}

/* Divide what is below a new node by its place. On failure all of it still hangs somewhere, if
 * not in order. */
static bool split(const struct sgw_records_place *place, struct sgw_records_node *rest,
                  struct sgw_records_node *top)
{
    struct sgw_records_node **left = &top->left;
    struct sgw_records_node **right = &top->right;
    while (rest != NULL) {
        if (!own(&rest)) {
            *left = rest;
            *right = NULL;
            return false;
        }
        if (compare(place, rest) < 0) {
            *right = rest;
            right = &rest->left;
            rest = rest->left;
        } else {
            *left = rest;
            left = &rest->right;
            rest = rest->right;
        }
    }
    *left = NULL;
    *right = NULL;
    return true;
}

static int insert(struct sgw_records *records, const struct sgw_records_place *place,
                  struct sgw_held_record *held)
{
    struct sgw_records_node **link = &records->roots[place->order];
    struct sgw_records_node *node = sgw_malloc(sizeof(*node));
    if (node == NULL)
        return SMIMEGW_E_NOMEM;
    sgw_ref_init(&node->ref);
    node->priority = next_random(records);
    node->age = place->age;
    node->key = place->key;
    node->held = sgw_held_record_ref(held);
    node->left = NULL;
    node->right = NULL;
    while (*link != NULL && (*link)->priority >= node->priority) {
        if (!own(link)) {
            drop(node);
            return SMIMEGW_E_NOMEM;
        }
        link = compare(place, *link) < 0 ? &(*link)->left : &(*link)->right;
    }
    struct sgw_records_node *below = *link;
    *link = node;
    return split(place, below, node) ? SMIMEGW_OK : SMIMEGW_E_NOMEM;
}

/* Join what was below a node that goes, into its link. */
static bool join(struct sgw_records_node **link, struct sgw_records_node *left,
                 struct sgw_records_node *right)
{
    while (left != NULL && right != NULL) {
        bool is_left = left->priority >= right->priority;
        *link = is_left ? left : right;
        if (!own(link)) {
            drop(is_left ? right : left);
            return false;
        }
        if (is_left) {
            link = &(*link)->right;
            left = *link;
        } else {
            link = &(*link)->left;
            right = *link;
        }
    }
    *link = left != NULL ? left : right;
    return true;
}

/* The place is that of a node. */
static int take_out(struct sgw_records *records, const struct sgw_records_place *place)
{
    struct sgw_records_node **link = &records->roots[place->order];
    for (int order; (order = compare(place, *link)) != 0;) {
        if (!own(link))
            return SMIMEGW_E_NOMEM;
        link = order < 0 ? &(*link)->left : &(*link)->right;
    }
    struct sgw_records_node *node = *link;
    struct sgw_records_node *left = hold(node->left);
    struct sgw_records_node *right = hold(node->right);
    *link = NULL;
    drop(node);
    return join(link, left, right) ? SMIMEGW_OK : SMIMEGW_E_NOMEM;
}

/* In or out of all trees where a record is. */
static int change_all(struct sgw_records *records, struct sgw_held_record *held, bool is_in)
{
    const struct smimegw_record *record = &held->record;
    struct sgw_records_place place = {SGW_BY_NAME, "", record->kind, 0, record->name};
    int ret = is_in ? insert(records, &place, held) : take_out(records, &place);
    place.order = SGW_BY_LOOKUP_KEY;
    for (size_t i = 0; ret == SMIMEGW_OK && i < record->lookup_key_count; i++) {
        place.key = record->lookup_keys[i];
        ret = is_in ? insert(records, &place, held) : take_out(records, &place);
    }
    place = (struct sgw_records_place){SGW_BY_AGE, "", record->kind, sgw_record_age(record),
                                       record->name};
    if (ret == SMIMEGW_OK)
        ret = is_in ? insert(records, &place, held) : take_out(records, &place);
    records->counts[record->kind] += is_in ? 1 : -1;
    records->bytes[record->kind] += is_in ? (int64_t)held->size : -(int64_t)held->size;
    return ret;
}

int sgw_records_remove(struct sgw_records *records, int kind, const char *name)
{
    struct sgw_held_record *held = sgw_held_record_ref(find(records, kind, name));
    if (held == NULL)
        return SMIMEGW_OK;
    int ret = change_all(records, held, false);
    sgw_held_record_unref(held);
    return ret;
}

int sgw_records_put(struct sgw_records *records, const struct smimegw_record *record)
{
    struct sgw_held_record *held = sgw_held_record_new(record);
    if (held == NULL)
        return SMIMEGW_E_NOMEM;
    int ret = sgw_records_remove(records, record->kind, record->name);
    if (ret == SMIMEGW_OK)
        ret = change_all(records, held, true);
    sgw_held_record_unref(held);
    return ret;
}

int sgw_records_touch(struct sgw_records *records, int kind, const char *name, int64_t time)
{
    const struct smimegw_record *there = sgw_records_get(records, kind, name);
    if (there == NULL || there->used >= time)
        return SMIMEGW_OK;
    struct smimegw_record record = *there;
    record.used = time;
    return sgw_records_put(records, &record);
}
