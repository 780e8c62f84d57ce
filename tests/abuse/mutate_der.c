/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Edits of one element in a DER object: a tree walk over offsets, no decoder involved. */
#include "mutate.h"

#include <stdlib.h>
#include <string.h>

enum { NODES_MOST = 512, DEEPEST = 32 };

struct node {
    size_t start;
    size_t content;
    size_t end;
    int parent; /* index, -1 for the root */
};

struct tree {
    struct node nodes[NODES_MOST];
    int count;
};

/* Length of the header at `offset`, 0 if it is none that can be walked. */
static size_t read_header(const struct text *der, size_t offset, size_t end,
                          size_t *ret_length)
{
    const unsigned char *bytes = (const unsigned char *)der->data;
    if (offset + 2 > end || (bytes[offset] & 0x1f) == 0x1f)
        return 0;
    size_t length = bytes[offset + 1];
    size_t extra = 0;
    if (length >= 0x80) {
        extra = length & 0x7f;
        length = 0;
        if (extra == 0 || extra > 4 || offset + 2 + extra > end)
            return 0;
        for (size_t i = 0; i < extra; i++)
            length = length << 8 | bytes[offset + 2 + i];
    }
    if (length > end - offset - 2 - extra)
        return 0;
    *ret_length = length;
    return 2 + extra;
}

/* Adds the elements between two offsets as children of `parent`. */
static void walk_level(const struct text *der, struct tree *tree, size_t offset, size_t end,
                       int parent)
{
    while (offset < end && tree->count < NODES_MOST) {
        size_t length;
        size_t header = read_header(der, offset, end, &length);
        if (header == 0)
            return;
        struct node *node = &tree->nodes[tree->count++];
        node->start = offset;
        node->content = offset + header;
        node->end = node->content + length;
        node->parent = parent;
        offset = node->end;
    }
}

/* Breadth first: the list is its own queue. */
static void walk(const struct text *der, struct tree *tree)
{
    tree->count = 0;
    walk_level(der, tree, 0, der->size, -1);
    for (int i = 0; i < tree->count; i++) {
        const struct node *node = &tree->nodes[i];
        if ((der->data[node->start] & 0x20) != 0)
            walk_level(der, tree, node->content, node->end, i);
    }
}

static size_t write_length(unsigned char *out, size_t length)
{
    if (length < 0x80) {
        out[0] = (unsigned char)length;
        return 1;
    }
    size_t extra = length > 0xffffff ? 4 : length > 0xffff ? 3 : length > 0xff ? 2 : 1;
    out[0] = (unsigned char)(0x80 | extra);
    for (size_t i = 0; i < extra; i++)
        out[1 + i] = (unsigned char)(length >> 8 * (extra - 1 - i));
    return 1 + extra;
}

/* Innermost first: a header that grows moves nothing that stands before it. */
static struct text fix_lengths_around(struct text edited, const struct tree *tree,
                                      size_t start, size_t end, size_t size)
{
    long grown = (long)size - (long)(end - start);
    for (int i = tree->count - 1; i >= 0; i--) {
        const struct node *node = &tree->nodes[i];
        if (node->content > start || node->end < end || node->start == start)
            continue;
        unsigned char length[5];
        size_t now = (size_t)((long)(node->end - node->content) + grown);
        size_t written = write_length(length, now);
        struct text fixed =
            text_splice(&edited, node->start + 1, node->content, length, written);
        grown += (long)written - (long)(node->content - node->start - 1);
        free(edited.data);
        edited = fixed;
    }
    return edited;
}

struct text mutate_splice(const struct text *der, size_t start, size_t end,
                          const void *replacement, size_t size, int fix_lengths)
{
    struct text edited = text_splice(der, start, end, replacement, size);
    if (!fix_lengths)
        return edited;
    struct tree *tree = malloc(sizeof(*tree));
    if (tree == NULL)
        return edited;
    walk(der, tree);
    edited = fix_lengths_around(edited, tree, start, end, size);
    free(tree);
    return edited;
}

static struct text edit_length(const struct text *der, const struct node *node,
                               uint64_t *state)
{
    static const char *const lengths[] = {"\x80",
                                          "\x84\xff\xff\xff\xff",
                                          "\x88\x7f\xff\xff\xff\xff\xff\xff\xff",
                                          "\x88\xff\xff\xff\xff\xff\xff\xff\xff",
                                          "\xff",
                                          "\x01",
                                          "\x7f",
                                          "\x81\xff"};
    const char *chosen = lengths[mutate_random(state) % 8];
    return text_splice(der, node->start + 1, node->content, chosen, strlen(chosen));
}

static struct text swap_with_next(const struct text *der, const struct tree *tree, int chosen)
{
    const struct node *first = &tree->nodes[chosen];
    const struct node *second = first + 1;
    if (chosen + 1 >= tree->count || second->parent != first->parent)
        second = first;
    struct text swapped = text_copy(der->data, der->size);
    size_t second_size = second->end - second->start;
    memcpy(swapped.data + first->start, der->data + second->start, second_size);
    if (second != first)
        memcpy(swapped.data + first->start + second_size, der->data + first->start,
               first->end - first->start);
    return swapped;
}

/* The element in place of another one, as an attacker splices messages. */
static struct text transplant(const struct text *der, const struct tree *tree, int chosen,
                              uint64_t *state)
{
    const struct node *target = &tree->nodes[chosen];
    const struct node *source = &tree->nodes[mutate_random(state) % (uint64_t)tree->count];
    return mutate_splice(der, target->start, target->end, der->data + source->start,
                         source->end - source->start, 1);
}

struct text mutate_der(const struct text *der, uint64_t *state, const char **ret_kind)
{
    static const char *const kinds[] = {"der-remove",     "der-duplicate", "der-length",
                                        "der-tag",        "der-content",   "der-swap",
                                        "der-transplant", "der-empty",     "der-remove-raw"};
    struct tree *tree = malloc(sizeof(*tree));
    if (tree == NULL)
        abort();
    walk(der, tree);
    int chosen = tree->count == 0 ? 0 : (int)(mutate_random(state) % (uint64_t)tree->count);
    const struct node *node = &tree->nodes[chosen];
    size_t kind = tree->count == 0 ? 99 : mutate_random(state) % 9;
    struct text made = {NULL, 0};
    *ret_kind = kind < 9 ? kinds[kind] : "der-none";
    if (kind == 0 || kind == 8)
        made = mutate_splice(der, node->start, node->end, "", 0, kind == 0);
    else if (kind == 1)
        made = mutate_splice(der, node->end, node->end, der->data + node->start,
                             node->end - node->start, 1);
    else if (kind == 2)
        made = edit_length(der, node, state);
    else if (kind == 5)
        made = swap_with_next(der, tree, chosen);
    else if (kind == 6)
        made = transplant(der, tree, chosen, state);
    else if (kind == 7)
        made = mutate_splice(der, node->content, node->end, "", 0, 1);
    else
        made = text_copy(der->data, der->size);
    if (kind == 3)
        made.data[node->start] ^= (char)(1U << mutate_random(state) % 8);
    if (kind == 4 && node->end > node->content)
        made.data[node->content + mutate_random(state) % (node->end - node->content)] ^=
            (char)(1U << mutate_random(state) % 8);
    free(tree);
    return made;
}
