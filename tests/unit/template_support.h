/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_TESTS_TEMPLATE_SUPPORT_H
#define SGW_TESTS_TEMPLATE_SUPPORT_H

#include <smimegw/buffer.h>
#include <smimegw/template.h>

#include "pki_data.h"

/* Fields in pairs of name and value, ended by NULL. */
struct fields {
    const char *pairs[16];
};

static inline int set_fields(struct smimegw_template *tmpl, const struct fields *fields,
                             struct smimegw_error **error)
{
    int ret = SMIMEGW_OK;
    for (size_t i = 0; ret == SMIMEGW_OK && fields->pairs[i] != NULL; i += 2)
        ret = smimegw_template_set(tmpl, fields->pairs[i], fields->pairs[i + 1], error);
    return ret;
}

static inline struct smimegw_template *make_template(const struct fields *fields)
{
    struct smimegw_template *tmpl = NULL;
    struct smimegw_error *error = NULL;
    assert_int_equal(smimegw_template_new(&tmpl, NULL), SMIMEGW_OK);
    if (set_fields(tmpl, fields, &error) != SMIMEGW_OK)
        fail_msg("%s", smimegw_error_text(error));
    return tmpl;
}

static inline void check_field(const struct smimegw_template *tmpl, const char *name,
                               const char *expected)
{
    struct smimegw_buffer *value = NULL;
    assert_int_equal(smimegw_template_get(tmpl, name, &value, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_buffer_size(value), strlen(expected));
    assert_memory_equal(smimegw_buffer_data(value), expected, strlen(expected));
    smimegw_buffer_free(value);
}

/* That code, with that in its text; the error is freed. By pointer, for the call that sets it
 * is an argument, too. */
static inline void check_failure(int ret, struct smimegw_error **error, int code,
                                 const char *part)
{
    if (ret != code || strstr(smimegw_error_text(*error), part) == NULL)
        fail_msg("%d, \"%s\" instead of %d, \"%s\"", ret, smimegw_error_text(*error), code,
                 part);
    assert_int_equal(smimegw_error_code(*error), code);
    smimegw_error_free(*error);
    *error = NULL;
}

static inline struct smimegw_identity *load_created(const struct smimegw_buffer *pem,
                                                    const char *passphrase)
{
    struct smimegw_identity *identity = NULL;
    struct smimegw_error *error = NULL;
    if (smimegw_identity_new(smimegw_buffer_data(pem), smimegw_buffer_size(pem), passphrase,
                             &identity, &error) != SMIMEGW_OK)
        fail_msg("%s", smimegw_error_text(error));
    return identity;
}

static inline struct smimegw_identity *create(const struct fields *fields)
{
    struct smimegw_buffer *pem = NULL;
    struct smimegw_error *error = NULL;
    struct smimegw_template *tmpl = make_template(fields);
    if (smimegw_template_create(tmpl, TEST_TIME, NULL, &pem, &error) != SMIMEGW_OK)
        fail_msg("%s", smimegw_error_text(error));
    struct smimegw_identity *identity = load_created(pem, NULL);
    smimegw_buffer_free(pem);
    smimegw_template_free(tmpl);
    return identity;
}

#endif
