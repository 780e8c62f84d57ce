/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file The whole of libsmimegw; each object has a header of its own. */
#ifndef SMIMEGW_SMIMEGW_H
#define SMIMEGW_SMIMEGW_H

#include <smimegw/buffer.h>
#include <smimegw/cert.h>
#include <smimegw/error.h>
#include <smimegw/gateway.h>
#include <smimegw/identity.h>
#include <smimegw/keyring.h>
#include <smimegw/lint.h>
#include <smimegw/message.h>
#include <smimegw/parts.h>
#include <smimegw/plan.h>
#include <smimegw/policies.h>
#include <smimegw/policy.h>
#include <smimegw/profile.h>
#include <smimegw/profiles.h>
#include <smimegw/receive.h>
#include <smimegw/resolver.h>
#include <smimegw/smime.h>
#include <smimegw/store.h>
#include <smimegw/template.h>
#include <smimegw/types.h>
#include <smimegw/verdict.h>

SMIMEGW_BEGIN_DECLS

/**
 * Version of the library that is running, as in "0.1.0".
 *
 * @return (borrowed) static text
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_version(void);

SMIMEGW_END_DECLS

#endif
