/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/postgres.h>

#include "addons/common/table_store.h"
#include "addons/postgres/pool.h"
#include "addons/postgres/schema.h"
#include "addons/postgres/session.h"
#include "base/error_impl.h"

void sgw_store_close(void *userdata)
{
    sgw_pool_free(userdata);
}

/* The first connection, so that what is wrong is told now. */
static int prepare(struct sgw_pool *pool, struct smimegw_error **ret_error)
{
    struct sgw_link *link;
    bool is_fresh;
    int ret = sgw_pool_take(pool, &link, &is_fresh, ret_error);
    if (ret != SMIMEGW_STORE_DONE)
        return ret == SMIMEGW_STORE_NOMEM ? SMIMEGW_E_NOMEM : SMIMEGW_E_STORE;
    ret = sgw_schema_prepare(link, &pool->server, sgw_schema_steps, ret_error);
    sgw_pool_give(pool, link);
    return ret;
}

int smimegw_postgres_open(const char *connection, const char *const *settings,
                          struct smimegw_store **ret_store, struct smimegw_error **ret_error)
{
    struct sgw_pool *pool;
    SGW_REQUIRE(connection != NULL, ret_error);
    SGW_REQUIRE(ret_store != NULL, ret_error);
    int ret = sgw_pool_new(connection, settings, &pool, ret_error);
    if (ret < 0)
        return ret;
    ret = prepare(pool, ret_error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_store_new(&sgw_store_functions, pool, ret_store, ret_error);
    if (ret < 0)
        sgw_pool_free(pool);
    return ret;
}

const char *smimegw_postgres_setting(size_t index, const char **ret_default,
                                     const char **ret_meaning)
{
    return sgw_settings_list(sgw_server_settings, index, ret_default, ret_meaning);
}
