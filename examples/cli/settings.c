/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session.h"

typedef const char *(*setting_fn)(size_t index, const char **ret_default,
                                  const char **ret_meaning);

static void list(const char *title, setting_fn setting)
{
    const char *name = NULL;
    const char *initial = NULL;
    const char *meaning = NULL;
    printf("%s\n", title);
    for (size_t index = 0; (name = setting(index, &initial, &meaning)) != NULL; index++)
        printf("  %-20s %-16s %s\n", name, *initial == '\0' ? "-" : initial, meaning);
}

int cli_settings(struct cli_session *session)
{
    (void)session;
    list("gateway (every verb)", smimegw_gateway_setting);
    list("profile (sign, encrypt, sign-encrypt, triple, plan, protect, filter, profile)",
         smimegw_profile_setting);
    list("policy (receive, filter, policy)", smimegw_policy_setting);
    list("harvester (receive, filter; with --store)", smimegw_harvester_setting);
    list("certificate (cert create, cert csr, cert renew)", smimegw_template_setting);
    return CLI_DONE;
}
