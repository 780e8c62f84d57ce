/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "quarantine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { RIGHTS = CLI_OUTPUT_PRIVATE | CLI_OUTPUT_NEW };

/* A name that no other message has. */
static int name_files(const char *folder, struct cli_quarantined *quarantined, char **ret_path)
{
    uint64_t chance = 0;
    if (getrandom(&chance, sizeof(chance), 0) != (ssize_t)sizeof(chance))
        return cli_fail(CLI_TROUBLE, "no random numbers: %s", strerror(errno));
    long long now = (long long)time(NULL);
    if (asprintf(ret_path, "%s/%lld-%016llx.eml", folder, now, (unsigned long long)chance) < 0)
        *ret_path = NULL;
    if (asprintf(&quarantined->about_path, "%s/%lld-%016llx.json", folder, now,
                 (unsigned long long)chance) < 0)
        quarantined->about_path = NULL;
    return *ret_path != NULL && quarantined->about_path != NULL
               ? CLI_DONE
               : cli_fail(CLI_TROUBLE, "out of memory");
}

/* Byte for byte, whatever is wrong with it. */
static int write_message(const struct cli_session *session,
                         struct cli_quarantined *quarantined)
{
    struct smimegw_policy *policy = NULL;
    struct smimegw_error *error = NULL;
    int result = smimegw_policy_new(&policy, &error);
    if (result == SMIMEGW_OK)
        result = smimegw_policy_set(policy, "smime", "off", &error);
    if (result == SMIMEGW_OK)
        result = smimegw_receive(session->gateway, policy, session->input.message, NULL, 0,
                                 smimegw_fd_write, &quarantined->output.fd, NULL, &error);
    smimegw_policy_unref(policy);
    return result == SMIMEGW_OK ? CLI_DONE : cli_session_fail(session, CLI_TROUBLE, error);
}

int cli_quarantined_open(const struct cli_session *session, json_t *about,
                         struct cli_quarantined *ret)
{
    char *path = NULL;
    *ret = (struct cli_quarantined){.output.fd = -1};
    ret->about = about == NULL ? NULL : json_dumps(about, JSON_COMPACT);
    json_decref(about);
    if (ret->about == NULL)
        return cli_fail(CLI_TROUBLE, "out of memory");
    int code = name_files(cli_list_first(&session->options->quarantine), ret, &path);
    if (code == CLI_DONE)
        code = cli_output_open(&ret->output, path, RIGHTS);
    if (code == CLI_DONE)
        code = write_message(session, ret);
    free(path);
    return code;
}

int cli_quarantined_commit(struct cli_quarantined *quarantined)
{
    const char *path = quarantined->about_path;
    int code = cli_output_save(path, RIGHTS, quarantined->about, strlen(quarantined->about));
    if (code != CLI_DONE)
        return code;
    code = cli_output_commit(&quarantined->output);
    if (code != CLI_DONE)
        unlink(path);
    return code;
}

void cli_quarantined_close(struct cli_quarantined *quarantined)
{
    cli_output_close(&quarantined->output);
    free(quarantined->about_path);
    free(quarantined->about);
    *quarantined = (struct cli_quarantined){.output.fd = -1};
}
