/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/settings.h"
#include "gateway/harvest/harvest_impl.h"

enum { DAY = 86400, YEAR = 366 * DAY };

#define AT(member) offsetof(struct sgw_harvester_values, member)
#define ROW(name, member, initial, lowest, highest, meaning)                                  \
    {                                                                                         \
        name, SGW_SETTING_NUMBER, AT(member), initial, NULL, lowest, highest, meaning         \
    }
static const struct sgw_setting settings[] = {
    ROW("size-limit", size_limit, "512M", 65536, INT64_C(1) << 50,
        "bytes of all harvested keys, roughly; when full, untrusted ones go first, then those "
        "that are held, then unused ones, then those that were not used for longest"),
    ROW("keep-used", keep_used, "2592000", 1, 10 * YEAR,
        "seconds since its last use in which a key is in use and never goes: where nothing "
        "else can go, a new one is refused"),
    ROW("alert-window", alert_window, "172800", 1, YEAR,
        "seconds in which updated keys of a domain are counted, and an alert of one kind "
        "about a domain or an address is told once"),
    ROW("alert-after", alert_after, "2", 1, 32,
        "number of updated keys of one domain that makes an alert"),
    ROW("alert-keep", alert_keep, "7776000", 1, 10 * YEAR,
        "seconds for which alerts stay in the store, which takes the latest 10,000"),
    ROW("clock-skew", clock_skew, "86400", 1, YEAR,
        "seconds that the signing time of a new key may lie ahead or behind"),
    {NULL, SGW_SETTING_TEXT, 0, NULL, NULL, 0, 0, NULL},
};

int smimegw_harvester_new(struct smimegw_store *store,
                          struct smimegw_harvester **ret_harvester,
                          struct smimegw_error **ret_error)
{
    SGW_REQUIRE(store != NULL, ret_error);
    SGW_REQUIRE(ret_harvester != NULL, ret_error);
    struct smimegw_harvester *harvester = sgw_calloc(1, sizeof(*harvester));
    if (harvester == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "harvester");
    sgw_ref_init(&harvester->ref);
    int ret = sgw_settings_init(settings, &harvester->values, ret_error);
    if (ret < 0) {
        sgw_free(harvester);
        return ret;
    }
    harvester->store = smimegw_store_ref(store);
    *ret_harvester = harvester;
    return SMIMEGW_OK;
}

struct smimegw_harvester *smimegw_harvester_ref(struct smimegw_harvester *harvester)
{
    if (harvester != NULL)
        sgw_ref_get(&harvester->ref);
    return harvester;
}

void smimegw_harvester_unref(struct smimegw_harvester *harvester)
{
    if (harvester == NULL || !sgw_ref_put(&harvester->ref))
        return;
    sgw_settings_clear(settings, &harvester->values);
    smimegw_store_unref(harvester->store);
    sgw_free(harvester);
}

static int check_open(const struct smimegw_harvester *harvester,
                      struct smimegw_error **ret_error)
{
    return __atomic_load_n(&harvester->is_frozen, __ATOMIC_ACQUIRE)
               ? sgw_fail(ret_error, SMIMEGW_E_STATE,
                          "harvester is in use and can't be changed")
               : SMIMEGW_OK;
}

int smimegw_harvester_set(struct smimegw_harvester *harvester, const char *name,
                          const char *value, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(harvester != NULL, ret_error);
    SGW_REQUIRE(name != NULL, ret_error);
    int ret = check_open(harvester, ret_error);
    return SGW_STEP(ret,
                    sgw_settings_set(settings, &harvester->values, name, value, ret_error));
}

int smimegw_harvester_get(const struct smimegw_harvester *harvester, const char *name,
                          struct smimegw_buffer **ret_value, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(harvester != NULL, ret_error);
    SGW_REQUIRE(name != NULL, ret_error);
    SGW_REQUIRE(ret_value != NULL, ret_error);
    return sgw_settings_get_buffer(settings, &harvester->values, name, ret_value, ret_error);
}

const char *smimegw_harvester_setting(size_t index, const char **ret_default,
                                      const char **ret_meaning)
{
    return sgw_settings_list(settings, index, ret_default, ret_meaning);
}

int smimegw_harvester_set_alert(struct smimegw_harvester *harvester, smimegw_alert_fn alert,
                                void *userdata, struct smimegw_error **ret_error)
{
    SGW_REQUIRE(harvester != NULL, ret_error);
    int ret = check_open(harvester, ret_error);
    if (ret < 0)
        return ret;
    harvester->alert = alert;
    harvester->alert_userdata = userdata;
    return SMIMEGW_OK;
}
