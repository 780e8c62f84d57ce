/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "oom_support.h"
#include "template_support.h"

/* Each allocation of the library in turn fails: every call answers E_NOMEM and leaves nothing.
 */
static int make_all(struct smimegw_template *tmpl, struct smimegw_identity *identity,
                    struct smimegw_error **error)
{
    struct smimegw_buffer *pem = NULL;
    struct smimegw_buffer *request = NULL;
    struct smimegw_buffer *value = NULL;
    struct smimegw_cert *cert = NULL;
    int ret = smimegw_template_create(tmpl, TEST_TIME, NULL, &pem, error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_template_renew(tmpl, identity, TEST_TIME, &cert, error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_template_request(tmpl, identity, &request, error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_template_copy_cert(tmpl, cert, error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_template_get(tmpl, "addresses", &value, error);
    smimegw_buffer_free(pem);
    smimegw_buffer_free(request);
    smimegw_buffer_free(value);
    smimegw_cert_unref(cert);
    return ret;
}

static int scenario(void *data, struct smimegw_error **error)
{
    struct smimegw_identity *identity = data;
    static const struct fields fields = {
        {"common-name", "gw.exämple.org", "organization", "Example", "country", "DE",
         "domains", "*.exämple.org", "addresses", "grüße@exämple.org, a@example.org",
         "algorithm", "ed25519", "fqdn-check", "both"}};
    struct smimegw_template *tmpl = NULL;
    int ret = smimegw_template_new(&tmpl, error);
    if (ret < 0)
        return ret;
    ret = set_fields(tmpl, &fields, error);
    if (ret == SMIMEGW_OK)
        ret = make_all(tmpl, identity, error);
    smimegw_template_free(tmpl);
    return ret;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    struct smimegw_identity *identity = load_identity("ed25519-id.pem", NULL);
    long count = fail_each_allocation(scenario, identity);
    assert_true(count > 60);
    smimegw_identity_unref(identity);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
