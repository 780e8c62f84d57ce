/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/common/table_store.h"

const struct smimegw_store_functions sgw_store_functions = {
    .size = sizeof(sgw_store_functions),
    .begin = sgw_session_begin,
    .end = sgw_session_end,
    .get = sgw_read_get,
    .find = sgw_read_find,
    .each = sgw_read_each,
    .oldest = sgw_read_oldest,
    .put = sgw_write_put,
    .remove = sgw_write_remove,
    .touch = sgw_write_touch,
    .measure = sgw_read_measure,
    .close = sgw_store_close,
};

void sgw_taker_give(struct sgw_taker *taker, const struct smimegw_record *record)
{
    taker->is_enough = taker->take(taker->userdata, record) != 0;
}
