/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_TESTS_PKI_TREE_H
#define SGW_TESTS_PKI_TREE_H

#include <stdbool.h>
#include <string.h>

/* Certificate policies by the tree of [RFC5280-6.1.2], word for word and as slow as it
 * comes, to compare the library with. */
enum { CERTS_MAX = 8, POLICIES = 6, MAPPINGS = 6 };
enum { ANY = 0, ABSENT = -1 };

/* Policies are numbers; 0 is any-policy. Ends of lists are marked by -1. */
struct spec {
    int policies[POLICIES + 1]; /* first -1: no extension */
    int mappings[MAPPINGS + 1][2];
    int explicit_policy; /* SkipCerts, -1: absent */
    int inhibit_mapping;
    int inhibit_any;
    bool is_self_issued;
};

enum { NODES_MAX = 4096 };

struct node {
    int depth;
    int parent;
    int policy;
    int expected[MAPPINGS + 1];
    size_t expected_count;
    bool is_gone;
};

struct model {
    struct node nodes[NODES_MAX];
    int count;
    int explicit_policy, inhibit_mapping, inhibit_any;
};

static inline bool expects(const struct node *node, int policy)
{
    for (size_t i = 0; i < node->expected_count; i++)
        if (node->expected[i] == policy)
            return true;
    return false;
}

static inline int model_add(struct model *model, int depth, int parent, int policy)
{
    assert_true(model->count < NODES_MAX);
    model->nodes[model->count] = (struct node){.depth = depth,
                                               .parent = parent,
                                               .policy = policy,
                                               .expected = {policy},
                                               .expected_count = 1};
    return model->count++;
}

static inline bool has_child(const struct model *model, int parent, int policy)
{
    for (int i = 0; i < model->count; i++)
        if (model->nodes[i].parent == parent && !model->nodes[i].is_gone &&
            (policy == ABSENT || model->nodes[i].policy == policy))
            return true;
    return false;
}

/* "If there is a node of depth i-1 or less without any child nodes, delete that node." */
static inline void prune(struct model *model, int depth)
{
    for (int level = depth - 1; level >= 0; level--)
        for (int i = 0; i < model->count; i++)
            if (model->nodes[i].depth == level && !has_child(model, i, ABSENT))
                model->nodes[i].is_gone = true;
}

static inline int find(const struct model *model, int depth, int policy)
{
    for (int i = 0; i < model->count; i++)
        if (model->nodes[i].depth == depth && model->nodes[i].policy == policy &&
            !model->nodes[i].is_gone)
            return i;
    return ABSENT;
}

static inline void model_policy(struct model *model, int depth, int policy)
{
    bool is_matched = false;
    int old = model->count;
    for (int i = 0; i < old; i++)
        if (model->nodes[i].depth == depth - 1 && !model->nodes[i].is_gone &&
            expects(&model->nodes[i], policy)) {
            model_add(model, depth, i, policy);
            is_matched = true;
        }
    int any = find(model, depth - 1, ANY);
    if (!is_matched && any != ABSENT)
        model_add(model, depth, any, policy);
}

static inline void model_any(struct model *model, int depth)
{
    int old = model->count;
    for (int i = 0; i < old; i++)
        for (size_t j = 0; model->nodes[i].depth == depth - 1 && !model->nodes[i].is_gone &&
                           j < model->nodes[i].expected_count;
             j++)
            if (!has_child(model, i, model->nodes[i].expected[j]))
                model_add(model, depth, i, model->nodes[i].expected[j]);
}

static inline bool is_tree_null(const struct model *model)
{
    return model->nodes[0].is_gone;
}

static inline void model_take(struct model *model, const struct spec *spec, int depth,
                              bool is_leaf)
{
    bool has_any = false;
    for (size_t i = 0; spec->policies[i] != ABSENT; i++)
        if (spec->policies[i] == ANY)
            has_any = true;
        else
            model_policy(model, depth, spec->policies[i]);
    if (has_any && (model->inhibit_any > 0 || (!is_leaf && spec->is_self_issued)))
        model_any(model, depth);
    prune(model, depth);
}

static inline void model_map_one(struct model *model, const struct spec *spec, int depth,
                                 int from)
{
    struct node mapped = {.expected_count = 0};
    for (size_t i = 0; spec->mappings[i][0] != ABSENT; i++)
        if (spec->mappings[i][0] == from)
            mapped.expected[mapped.expected_count++] = spec->mappings[i][1];
    int old = model->count;
    bool is_found = false;
    for (int i = 0; i < old; i++) {
        struct node *node = &model->nodes[i];
        if (node->depth != depth || node->policy != from || node->is_gone)
            continue;
        is_found = true;
        if (model->inhibit_mapping == 0)
            node->is_gone = true;
        memcpy(node->expected, mapped.expected, sizeof(mapped.expected));
        node->expected_count = mapped.expected_count;
    }
    int any = find(model, depth, ANY);
    if (is_found || any == ABSENT || model->inhibit_mapping == 0)
        return;
    int child = model_add(model, depth, model->nodes[any].parent, from);
    memcpy(model->nodes[child].expected, mapped.expected, sizeof(mapped.expected));
    model->nodes[child].expected_count = mapped.expected_count;
}

static inline void model_map(struct model *model, const struct spec *spec, int depth)
{
    for (size_t i = 0; spec->mappings[i][0] != ABSENT; i++) {
        bool is_first = true;
        for (size_t j = 0; j < i; j++)
            is_first = is_first && spec->mappings[j][0] != spec->mappings[i][0];
        if (is_first)
            model_map_one(model, spec, depth, spec->mappings[i][0]);
    }
    prune(model, depth);
}

static inline void down(int *counter, bool is_counted, int limit)
{
    if (is_counted && *counter > 0)
        (*counter)--;
    if (limit != ABSENT && limit < *counter)
        *counter = limit;
}

static inline bool model_judge(const struct spec *specs, size_t count)
{
    static struct model model;
    int limit = (int)count + 1;
    model.count = 0;
    model.explicit_policy = model.inhibit_mapping = model.inhibit_any = limit;
    model_add(&model, 0, ABSENT, ANY);
    for (size_t i = 0; i < count; i++) {
        const struct spec *spec = &specs[i];
        bool is_leaf = i + 1 == count;
        model_take(&model, spec, (int)i + 1, is_leaf);
        if (model.explicit_policy == 0 && is_tree_null(&model))
            return false;
        if (is_leaf)
            break;
        model_map(&model, spec, (int)i + 1);
        down(&model.explicit_policy, !spec->is_self_issued, spec->explicit_policy);
        down(&model.inhibit_mapping, !spec->is_self_issued, spec->inhibit_mapping);
        down(&model.inhibit_any, !spec->is_self_issued, spec->inhibit_any);
    }
    if (model.explicit_policy > 0)
        model.explicit_policy--;
    if (specs[count - 1].explicit_policy == 0)
        model.explicit_policy = 0;
    return model.explicit_policy > 0 || !is_tree_null(&model);
}

#endif
