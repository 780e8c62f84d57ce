/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "smime/probe.h"

#include <string.h>

#include "base/error_impl.h"

/* Only trouble of the host stops a pass; what is wrong with the content waits for its proof.
 */
static int note_scan(struct sgw_probe *probe, int ret, struct smimegw_error **ret_error)
{
    probe->scan_result = ret;
    return ret == SMIMEGW_E_NOMEM ? sgw_fail(ret_error, ret, "MIME scanner") : SMIMEGW_OK;
}

static int probe_push(struct sgw_stage *base, const uint8_t *data, size_t size,
                      struct smimegw_error **ret_error)
{
    struct sgw_probe *probe = (struct sgw_probe *)base;
    if (!probe->is_over) {
        int ret = sgw_buf_append(&probe->held, data, size);
        if (ret == SMIMEGW_E_NOMEM)
            return sgw_fail(ret_error, ret, "decoded content");
        probe->is_over = ret == SMIMEGW_E_LIMIT;
        if (probe->is_over)
            sgw_buf_clear(&probe->held);
    }
    if (probe->scan_result != SMIMEGW_OK)
        return SMIMEGW_OK;
    return note_scan(probe, sgw_push(sgw_scanner_stage(probe->scanner), data, size, NULL),
                     ret_error);
}

static int probe_finish(struct sgw_stage *base, struct smimegw_error **ret_error)
{
    struct sgw_probe *probe = (struct sgw_probe *)base;
    if (probe->scan_result < 0)
        return SMIMEGW_OK;
    return note_scan(probe, sgw_finish(sgw_scanner_stage(probe->scanner), NULL), ret_error);
}

int sgw_probe_init(struct sgw_probe *probe, const struct sgw_limits *limits, int64_t hold_size,
                   struct smimegw_error **ret_error)
{
    memset(probe, 0, sizeof(*probe));
    probe->base = (struct sgw_stage){probe_push, probe_finish};
    probe->held.limit = (size_t)hold_size;
    probe->is_over = hold_size == 0;
    return sgw_scanner_new(limits, SGW_SCAN_SHALLOW, &probe->scanner, ret_error);
}

int sgw_probe_take(struct sgw_probe *probe, struct sgw_mime *ret_mime)
{
    if (probe->scan_result < 0)
        return probe->scan_result;
    sgw_scanner_take(probe->scanner, ret_mime);
    return SMIMEGW_OK;
}

void sgw_probe_clear(struct sgw_probe *probe)
{
    sgw_scanner_free(probe->scanner);
    probe->scanner = NULL;
    sgw_buf_clear(&probe->held);
}
