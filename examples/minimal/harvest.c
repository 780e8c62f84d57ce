/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* harvest CA.pem MESSAGE.eml ...: whose public keys would be collected from these messages? */
#include <fcntl.h>
#include <smimegw/smimegw.h>
#include <stdio.h>
#include <unistd.h>

struct scene {
    struct smimegw_gateway *gateway;
    struct smimegw_policy *policy;
    struct smimegw_store *store; /* a real gateway opens one of libsmimegw-sqlite */
    struct smimegw_harvester *harvester;
};

static void warn(void *userdata, const char *text, const char *json)
{
    (void)userdata;
    (void)json;
    printf("ALERT: %s\n", text);
}

static int set_up(struct scene *scene, const char *ca_path, struct smimegw_error **error)
{
    static char pem[1 << 20];
    FILE *file = fopen(ca_path, "rb");
    size_t size = file == NULL ? 0 : fread(pem, 1, sizeof(pem), file);
    if (file != NULL)
        fclose(file);
    int result = smimegw_gateway_new(&scene->gateway, error);
    if (result == SMIMEGW_OK)
        result =
            smimegw_gateway_add_certs(scene->gateway, SMIMEGW_TRUST_ANCHOR, pem, size, error);
    if (result == SMIMEGW_OK)
        result = smimegw_policy_new(&scene->policy, error);
    if (result == SMIMEGW_OK)
        result = smimegw_policy_set(scene->policy, "harvest", "on", error);
    if (result == SMIMEGW_OK)
        result = smimegw_store_new_memory(&scene->store, error);
    if (result == SMIMEGW_OK)
        result = smimegw_harvester_new(scene->store, &scene->harvester, error);
    if (result == SMIMEGW_OK)
        result = smimegw_harvester_set_alert(scene->harvester, warn, NULL, error);
    return result;
}

static int harvest(const struct scene *scene, const char *path, struct smimegw_error **error)
{
    struct smimegw_message *message = NULL;
    struct smimegw_verdict *verdict = NULL;
    struct smimegw_harvest *found = NULL;
    int fd = open(path, O_RDONLY);
    int result = smimegw_message_new_fd(scene->gateway, fd, 0, &message, error);
    if (result == SMIMEGW_OK)
        result = smimegw_verify(scene->gateway, message, NULL, NULL, &verdict, error);
    /* A mail server delivers the message now, whatever comes of its keys. */
    if (result == SMIMEGW_OK)
        result = smimegw_harvester_take(scene->harvester, scene->policy, verdict, NULL, -1,
                                        &found, error);
    for (size_t i = 0; i < smimegw_harvest_count(found); i++)
        printf("%s: %s\n", path, smimegw_harvest_text(found, i));
    smimegw_harvest_free(found);
    smimegw_verdict_unref(verdict);
    smimegw_message_free(message);
    if (fd >= 0)
        close(fd);
    return result;
}

int main(int argc, char **argv)
{
    struct scene scene = {0};
    struct smimegw_error *error = NULL;
    int result = argc > 2 ? set_up(&scene, argv[1], &error) : SMIMEGW_E_USAGE;
    for (int i = 2; result == SMIMEGW_OK && i < argc; i++)
        result = harvest(&scene, argv[i], &error);
    if (result != SMIMEGW_OK)
        fprintf(stderr, "%s\n", smimegw_error_text(error));
    smimegw_error_free(error);
    smimegw_harvester_unref(scene.harvester);
    smimegw_store_unref(scene.store);
    smimegw_policy_unref(scene.policy);
    smimegw_gateway_unref(scene.gateway);
    return result == SMIMEGW_OK ? 0 : 1;
}
