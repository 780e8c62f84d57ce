/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* harvest CA.pem MESSAGE.eml ...: whose public keys would be collected from these messages? */
#include <fcntl.h>
#include <smimegw/smimegw.h>
#include <stdio.h>
#include <unistd.h>

static void warn(void *userdata, int kind, const char *text, const char *json)
{
    (void)userdata, (void)kind, (void)json;
    printf("ALERT: %s\n", text);
}

static int harvest(struct smimegw_gateway *gateway, struct smimegw_policy *policy,
                   struct smimegw_harvester *harvester, const char *path)
{
    struct smimegw_message *message = NULL;
    struct smimegw_verdict *verdict = NULL;
    struct smimegw_harvest *found = NULL;
    int fd = open(path, O_RDONLY);
    int result = smimegw_message_new_fd(gateway, fd, 0, &message, NULL);
    if (result == 0)
        result = smimegw_verify(gateway, message, NULL, NULL, &verdict, NULL);
    /* A mail server delivers the message now, whatever comes of its keys. */
    if (result == 0)
        result = smimegw_harvester_take(harvester, policy, verdict, NULL, -1, &found, NULL);
    for (size_t i = 0; i < smimegw_harvest_count(found); i++)
        printf("%s: %s\n", path, smimegw_harvest_text(found, i));
    smimegw_harvest_free(found);
    smimegw_verdict_unref(verdict);
    smimegw_message_free(message);
    close(fd);
    return result;
}

int main(int argc, char **argv)
{
    static char pem[1 << 20];
    struct smimegw_gateway *gateway = NULL;
    struct smimegw_policy *policy = NULL;
    struct smimegw_store *store = NULL; /* a real gateway opens one of libsmimegw-sqlite */
    struct smimegw_harvester *harvester = NULL;
    FILE *file = argc > 2 ? fopen(argv[1], "rb") : NULL;
    size_t size = file == NULL ? 0 : fread(pem, 1, sizeof(pem), file);
    int failed = smimegw_gateway_new(&gateway, NULL) ||
                 smimegw_gateway_add_certs(gateway, SMIMEGW_TRUST_ANCHOR, pem, size, NULL) ||
                 smimegw_policy_new(&policy, NULL) ||
                 smimegw_policy_set(policy, "harvest", "on", NULL) ||
                 smimegw_store_new_memory(&store, NULL) ||
                 smimegw_harvester_new(store, &harvester, NULL) ||
                 smimegw_harvester_set_alert(harvester, warn, NULL, NULL);
    for (int i = 2; !failed && i < argc; i++)
        failed = harvest(gateway, policy, harvester, argv[i]);
    smimegw_harvester_unref(harvester);
    smimegw_store_unref(store);
    smimegw_policy_unref(policy);
    smimegw_gateway_unref(gateway);
    return failed ? 1 : 0;
}
