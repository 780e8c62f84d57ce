/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <time.h>

#include "base/error_impl.h"
#include "gateway/harvest/harvest_impl.h"
#include "gateway/store/held_record.h"

struct search {
    struct sgw_held_record *held;
    int ret;
};

static int hold(void *userdata, const struct sgw_seen_record *seen)
{
    struct search *search = userdata;
    search->held = sgw_held_record_new(&seen->record);
    search->ret = search->held != NULL ? SMIMEGW_OK : SMIMEGW_E_NOMEM;
    return 1;
}

static int find(struct smimegw_transaction *transaction, const char *name,
                struct search *search, struct smimegw_error **ret_error)
{
    int ret = sgw_transaction_get(transaction, SMIMEGW_RECORD_HARVESTED, name, hold, search,
                                  ret_error);
    if (ret < 0)
        return ret;
    if (search->ret < 0)
        return sgw_fail(ret_error, search->ret, "harvested key");
    return search->held != NULL ? SMIMEGW_OK
                                : sgw_fail(ret_error, SMIMEGW_E_USAGE,
                                           "no harvested key is called \"%s\"", name);
}

static int promote(struct smimegw_transaction *transaction, const char *name,
                   const char *new_name, uint32_t flags, int64_t now,
                   struct smimegw_error **ret_error)
{
    struct search search = {NULL, SMIMEGW_OK};
    int ret = find(transaction, name, &search, ret_error);
    if (ret == SMIMEGW_OK) {
        struct smimegw_record record = search.held->record;
        record.kind = SMIMEGW_RECORD_KEY;
        record.grade = SMIMEGW_GRADE_ADMINISTRATOR;
        record.name = new_name;
        record.added = now;
        ret = smimegw_transaction_put(transaction, &record, flags, ret_error);
    }
    ret = SGW_STEP(ret, smimegw_transaction_remove(transaction, SMIMEGW_RECORD_HARVESTED, name,
                                                   ret_error));
    sgw_held_record_unref(search.held);
    return ret;
}

/* Without what it is no more. */
static const char *bare_name(const char *name)
{
    static const char *const prefixes[] = {SGW_HARVEST_UNTRUSTED_PREFIX,
                                           SGW_HARVEST_HELD_PREFIX};
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
            return name + strlen(prefixes[i]);
    return name;
}

int smimegw_harvester_promote(struct smimegw_harvester *harvester, const char *name,
                              const char *new_name, uint32_t flags, int64_t time_now,
                              struct smimegw_error **ret_error)
{
    struct smimegw_transaction *transaction;
    SGW_REQUIRE(harvester != NULL, ret_error);
    SGW_REQUIRE(name != NULL && sgw_key_name_is_valid(name, strlen(name)), ret_error);
    SGW_REQUIRE(new_name == NULL || sgw_key_name_is_valid(new_name, strlen(new_name)),
                ret_error);
    SGW_REQUIRE((flags & ~SGW_KEYRING_FLAGS) == 0, ret_error);
    SGW_REQUIRE(time_now <= SGW_HARVEST_TIME_MAX, ret_error);
    int ret = smimegw_transaction_new(harvester->store, SMIMEGW_TRANSACTION_WRITE,
                                      &transaction, ret_error);
    if (ret < 0)
        return ret;
    ret = promote(transaction, name, new_name != NULL ? new_name : bare_name(name), flags,
                  time_now >= 0 ? time_now : (int64_t)time(NULL), ret_error);
    if (ret == SMIMEGW_OK)
        return smimegw_transaction_commit(transaction, ret_error);
    smimegw_transaction_rollback(transaction);
    return ret;
}
