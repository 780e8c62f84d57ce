/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/sized.h"
#include "gateway/store/store_impl.h"

int smimegw_store_new(const struct smimegw_store_functions *functions, void *userdata,
                      struct smimegw_store **ret_store, struct smimegw_error **ret_error)
{
    struct smimegw_store_functions copy;
    SGW_REQUIRE(functions != NULL, ret_error);
    SGW_REQUIRE(ret_store != NULL, ret_error);
    int ret = sgw_sized_copy(&copy, sizeof(copy), functions);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "the store has functions that are not known here");
    SGW_REQUIRE(copy.begin != NULL && copy.end != NULL, ret_error);
    SGW_REQUIRE(copy.get != NULL && copy.find != NULL, ret_error);
    SGW_REQUIRE(copy.each != NULL && copy.oldest != NULL, ret_error);
    SGW_REQUIRE(copy.put != NULL && copy.remove != NULL, ret_error);
    SGW_REQUIRE(copy.touch != NULL && copy.measure != NULL, ret_error);
    struct smimegw_store *store = sgw_calloc(1, sizeof(*store));
    if (store == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "store");
    sgw_ref_init(&store->ref);
    store->functions = copy;
    store->userdata = userdata;
    *ret_store = store;
    return SMIMEGW_OK;
}

struct smimegw_store *smimegw_store_ref(struct smimegw_store *store)
{
    if (store != NULL)
        sgw_ref_get(&store->ref);
    return store;
}

void smimegw_store_unref(struct smimegw_store *store)
{
    if (store == NULL || !sgw_ref_put(&store->ref))
        return;
    if (store->functions.close != NULL)
        store->functions.close(store->userdata);
    sgw_free(store);
}
