/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SMIMEGW_TYPES_H
#define SMIMEGW_TYPES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define SMIMEGW_BEGIN_DECLS extern "C" {
#define SMIMEGW_END_DECLS }
#else
#define SMIMEGW_BEGIN_DECLS
#define SMIMEGW_END_DECLS
#endif

#ifndef SMIMEGW_API
#define SMIMEGW_API __attribute__((visibility("default")))
#endif

SMIMEGW_BEGIN_DECLS

struct smimegw_buffer;
struct smimegw_cert;
struct smimegw_cert_list;
struct smimegw_error;
struct smimegw_gateway;
struct smimegw_identity;
struct smimegw_key_request;
struct smimegw_keyring;
struct smimegw_lint;
struct smimegw_message;
struct smimegw_parts;
struct smimegw_plan;
struct smimegw_policies;
struct smimegw_policy;
struct smimegw_profile;
struct smimegw_profiles;
struct smimegw_resolver;
struct smimegw_store;
struct smimegw_template;
struct smimegw_transaction;
struct smimegw_verdict;

/**
 * Receive the next bytes of a result: take all of them, or fail.
 *
 * What was received counts only after the call that wrote it returned #SMIMEGW_OK;
 * write to a temporary place and commit then.
 *
 * @param userdata  (nullable) what the caller handed in beside the function
 * @param data      (borrowed) bytes, split anywhere
 * @param size      number of bytes, at least 1
 * @return 0 when all bytes were taken; anything else stops the operation with #SMIMEGW_E_SINK
 */
typedef int (*smimegw_write_fn)(void *userdata, const void *data, size_t size);

SMIMEGW_END_DECLS

#endif
