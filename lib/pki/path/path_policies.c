/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki/path/path_policies.h"

#include "pki/cert/extension.h"

#define OID_ANY_POLICY "\x55\x1d\x20\x00"

/*
 * The valid_policy_tree of [RFC5280-6.1.2] without its branches. Whose child a node is matters
 * only for the policies that come out at the end; here the one question is whether the tree
 * is empty. That depends on the leaves' expected policies alone, so these are kept as a set:
 * it grows by what a certificate lists and no more, where a tree grows by products
 * (CVE-2023-0464).
 */
enum { POLICIES_MAX = 128 };

struct policies {
    struct sgw_tlv oids[POLICIES_MAX];
    size_t count;
    bool has_any;
};

/* State variables of [RFC5280-6.1.2]; the counters are certificates that are left. */
struct state {
    struct policies expected;
    int explicit_policy;
    int inhibit_any;
    int inhibit_mapping;
};

static bool is_any(const struct sgw_tlv *oid)
{
    return sgw_tlv_is(oid, OID_ANY_POLICY, sizeof(OID_ANY_POLICY) - 1);
}

static bool has(const struct policies *policies, const struct sgw_tlv *oid)
{
    for (size_t i = 0; i < policies->count; i++)
        if (sgw_tlv_is(oid, policies->oids[i].value, policies->oids[i].size))
            return true;
    return false;
}

/* False where there is no room. */
static bool add(struct policies *policies, const struct sgw_tlv *oid)
{
    if (has(policies, oid))
        return true;
    if (policies->count == POLICIES_MAX)
        return false;
    policies->oids[policies->count++] = *oid;
    return true;
}

static bool is_empty(const struct policies *policies)
{
    return policies->count == 0 && !policies->has_any;
}

/* certificatePolicies; false where malformed, or one is there twice [RFC5280-4.2.1.4] */
static bool read_policies(struct sgw_der value, struct policies *ret)
{
    struct sgw_der list;
    struct sgw_der information;
    struct sgw_tlv oid;
    if (!sgw_der_enter(&value, SGW_TAG_SEQUENCE, &list) || !sgw_der_at_end(&value))
        return false;
    while (sgw_der_enter(&list, SGW_TAG_SEQUENCE, &information)) {
        if (!sgw_der_get(&information, SGW_TAG_OID, &oid))
            return false;
        if (is_any(&oid) ? ret->has_any : has(ret, &oid))
            return false;
        if (is_any(&oid))
            ret->has_any = true;
        else if (!add(ret, &oid))
            return false;
    }
    return sgw_der_at_end(&list);
}

/* [RFC5280-6.1.3] (d) and (e): which of the expected policies the certificate has */
static bool take_policies(struct state *state, const struct smimegw_cert *cert,
                          bool is_any_allowed)
{
    struct policies stated = {.count = 0};
    struct policies valid = {.count = 0};
    const struct policies *expected = &state->expected;
    struct sgw_der value;
    if (sgw_extension_find(cert, SGW_EXTENSION_POLICIES, &value) &&
        !read_policies(value, &stated))
        return false;
    for (size_t i = 0; i < stated.count; i++)
        if (expected->has_any || has(expected, &stated.oids[i]))
            add(&valid, &stated.oids[i]);
    if (stated.has_any && is_any_allowed) {
        valid.has_any = expected->has_any;
        for (size_t i = 0; i < expected->count; i++)
            if (!add(&valid, &expected->oids[i]))
                return false;
    }
    state->expected = valid;
    return true;
}

/* The next pair of policyMappings; [RFC5280-6.1.4] (a): none may name any-policy */
static bool next_mapping(struct sgw_der *list, struct sgw_tlv *ret_from,
                         struct sgw_tlv *ret_to)
{
    struct sgw_der pair;
    return sgw_der_enter(list, SGW_TAG_SEQUENCE, &pair) &&
           sgw_der_get(&pair, SGW_TAG_OID, ret_from) &&
           sgw_der_get(&pair, SGW_TAG_OID, ret_to) && sgw_der_at_end(&pair) &&
           !is_any(ret_from) && !is_any(ret_to);
}

/* [RFC5280-6.1.4] (b): what is mapped is no more expected itself, but as what it is mapped to;
 * any-policy stands for whatever is mapped */
static bool map_policies(struct state *state, const struct smimegw_cert *cert)
{
    struct policies mapped = {.has_any = state->expected.has_any};
    struct policies sources = {.count = 0};
    const struct policies *valid = &state->expected;
    struct sgw_der value;
    struct sgw_der list;
    struct sgw_tlv from;
    struct sgw_tlv to;
    if (!sgw_extension_find(cert, SGW_EXTENSION_POLICY_MAPPINGS, &value))
        return true;
    if (!sgw_der_enter(&value, SGW_TAG_SEQUENCE, &list) || !sgw_der_at_end(&value))
        return false;
    while (!sgw_der_at_end(&list)) {
        if (!next_mapping(&list, &from, &to) || !add(&sources, &from))
            return false;
        if (state->inhibit_mapping > 0 && (valid->has_any || has(valid, &from)) &&
            !add(&mapped, &to))
            return false;
    }
    for (size_t i = 0; i < valid->count; i++)
        if (!has(&sources, &valid->oids[i]) && !add(&mapped, &valid->oids[i]))
            return false;
    state->expected = mapped;
    return true;
}

static void lower_to(int *counter, int limit)
{
    if (limit < *counter)
        *counter = limit;
}

/* An optional SkipCerts; false where malformed. */
static bool read_skip(struct sgw_der *der, uint8_t tag, int *counter)
{
    struct sgw_tlv tlv;
    int skip;
    if (!sgw_der_is_next(der, tag))
        return true;
    if (!sgw_der_next(der, &tlv))
        return false;
    tlv.tag = SGW_TAG_INTEGER;
    if (!sgw_tlv_number(&tlv, &skip))
        return false;
    lower_to(counter, skip);
    return true;
}

/* policyConstraints; an empty one is none [RFC5280-4.2.1.11] */
static bool read_constraints(const struct smimegw_cert *cert, int *explicit_policy,
                             int *inhibit_mapping)
{
    struct sgw_der value;
    struct sgw_der inside;
    if (!sgw_extension_find(cert, SGW_EXTENSION_POLICY_CONSTRAINTS, &value))
        return true;
    return sgw_der_enter(&value, SGW_TAG_SEQUENCE, &inside) && sgw_der_at_end(&value) &&
           !sgw_der_at_end(&inside) && read_skip(&inside, SGW_TAG_CONTEXT, explicit_policy) &&
           read_skip(&inside, SGW_TAG_CONTEXT | 1, inhibit_mapping) && sgw_der_at_end(&inside);
}

static void count_down(int *counter)
{
    if (*counter > 0)
        (*counter)--;
}

/* [RFC5280-6.1.4] (a), (b), (h) to (j): after a certificate that issued the next */
static bool prepare_next(struct state *state, const struct smimegw_cert *cert)
{
    struct sgw_der value;
    if (!map_policies(state, cert))
        return false;
    if (!sgw_cert_is_self_issued(cert)) {
        count_down(&state->explicit_policy);
        count_down(&state->inhibit_mapping);
        count_down(&state->inhibit_any);
    }
    return read_constraints(cert, &state->explicit_policy, &state->inhibit_mapping) &&
           (!sgw_extension_find(cert, SGW_EXTENSION_INHIBIT_ANY_POLICY, &value) ||
            (read_skip(&value, SGW_TAG_INTEGER, &state->inhibit_any) &&
             sgw_der_at_end(&value)));
}

/* [RFC5280-6.1.5] (a), (b) and (g) */
static bool wrap_up(struct state *state, const struct smimegw_cert *leaf)
{
    int required = 1;
    int ignored = 0;
    count_down(&state->explicit_policy);
    if (!read_constraints(leaf, &required, &ignored))
        return false;
    if (required == 0)
        state->explicit_policy = 0;
    return state->explicit_policy > 0 || !is_empty(&state->expected);
}

bool sgw_policies_are_valid(const struct smimegw_cert *const *path, size_t count)
{
    /* one more than there are certificates below the anchor: no limit */
    int none = (int)count;
    struct state state = {.expected = {.has_any = true},
                          .explicit_policy = none,
                          .inhibit_any = none,
                          .inhibit_mapping = none};
    /* the anchor is no part of the path that is checked [RFC5280-6.1] */
    for (size_t i = count - 1; i-- > 0;) {
        bool is_exempt = i > 0 && sgw_cert_is_self_issued(path[i]);
        if (!take_policies(&state, path[i], state.inhibit_any > 0 || is_exempt) ||
            (state.explicit_policy == 0 && is_empty(&state.expected)))
            return false;
        if (i > 0 && !prepare_next(&state, path[i]))
            return false;
    }
    return count == 1 || wrap_up(&state, path[0]);
}
