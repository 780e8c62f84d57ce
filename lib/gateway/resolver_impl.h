/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_GATEWAY_RESOLVER_IMPL_H
#define SGW_GATEWAY_RESOLVER_IMPL_H

#include <smimegw/resolver.h>

#include "base/ref.h"

struct smimegw_resolver {
    struct sgw_ref ref;
    struct smimegw_resolver_functions functions;
    void *userdata;
    int grade;
};

#endif
