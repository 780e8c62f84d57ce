/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_BASE_BUFFER_IMPL_H
#define SGW_BASE_BUFFER_IMPL_H

#include <smimegw/buffer.h>

#include "base/buf.h"

struct smimegw_buffer {
    struct sgw_buf buf;
};

#endif
