/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <smimegw/filter.h>
#include <smimegw/smimegw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Every allocation fails once in turn, whoever makes it: this program's malloc stands in for
 * that of all libraries, those of PCRE2 and iconv included. What is not freed is seen, too.
 */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *memory);

static long successes = -1; /* before the one that fails; -1: none does */
static int has_failed;
static long balance;

static int must_fail(void)
{
    if (successes < 0 || successes-- > 0)
        return 0;
    has_failed = 1;
    errno = ENOMEM;
    return 1;
}

static void *counted(void *memory)
{
    balance += memory != NULL;
    return memory;
}

void *malloc(size_t size)
{
    return must_fail() ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return must_fail() ? NULL : counted(__libc_calloc(count, size));
}

void *realloc(void *old, size_t size)
{
    if (must_fail())
        return NULL;
    return old == NULL ? counted(__libc_realloc(old, size)) : __libc_realloc(old, size);
}

void free(void *memory)
{
    balance -= memory != NULL;
    __libc_free(memory);
}

static const char text[] =
    "set body-limit 64; group g { \"a@b.c\", \"*x@y.z\" }\n"
    "one: if (not (subject == \"(a|b)+z\" or header(\"X-A\")) and body-contains(\"o+\", 2)) "
    "{\n"
    "  insert-header(\"X\", \"$Subject \xc3\xa4\"); edit-header-text(\"Subject\", \"(o)\", "
    "\"\\1\\1\");\n"
    "  strip-header(\"From\"); quarantine(\"q\"); log-entry(\"$EnvelopeRecipients\");\n"
    "  notify(\"a@b.c\"); smime-gateway-deferred(\"p\"); }\n"
    "policy p { to group(g), group(h); filters one; sending-profile s; }\n";
static const char mail[] =
    "From: a@b.c\r\nSubject: =?utf-8?q?Hello?= foo\r\nContent-Type: multipart/mixed; "
    "boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\n"
    "foo \xe4 boo\r\n--b\r\nContent-Disposition: attachment; filename=x.txt\r\n\r\n"
    "this one is larger than what is kept of it, so it is searched in pieces: "
    "zoo\r\n--b--\r\n";

static int find_group(void *userdata, const char *group, const char *address)
{
    (void)userdata;
    (void)group;
    return address[0] == 'h' ? SMIMEGW_FILTER_MEMBER : SMIMEGW_FILTER_NO_MEMBER;
}

static int use(struct smimegw_filter *filter, struct smimegw_filter_input *input,
               struct smimegw_message *message)
{
    struct smimegw_filter_result *result = NULL;
    struct smimegw_buffer *out[3] = {NULL, NULL, NULL};
    int ret = smimegw_filter_input_set_sender(input, "a@b.c", NULL);
    smimegw_filter_input_set_groups(input, find_group, NULL, NULL);
    if (ret == SMIMEGW_OK)
        ret = smimegw_filter_input_add_recipient(input, "h@i.j", NULL);
    if (ret == SMIMEGW_OK)
        ret = smimegw_filter_input_add_recipient(input, "k@l.m", NULL);
    if (ret == SMIMEGW_OK)
        ret = smimegw_filter_run(filter, input, &result, NULL);
    if (ret == SMIMEGW_OK)
        ret = smimegw_filter_result_trace(result, &out[0], NULL);
    if (ret == SMIMEGW_OK)
        ret = smimegw_filter_result_json(result, &out[1], NULL);
    if (ret == SMIMEGW_OK)
        ret = smimegw_buffer_new(0, &out[2], NULL);
    if (ret == SMIMEGW_OK)
        ret = smimegw_filter_result_write(result, 0, message, smimegw_buffer_write, out[2],
                                          NULL);
    if (ret == SMIMEGW_E_SINK && has_failed) /* our sink's own memory */
        ret = SMIMEGW_E_NOMEM;
    if (ret == SMIMEGW_OK &&
        (smimegw_filter_result_action(result, 0) != SMIMEGW_FILTER_QUARANTINE ||
         strstr(smimegw_buffer_data(out[2]), "Subject: Helloo foooo\r\n") == NULL))
        ret = SMIMEGW_E_STATE;
    for (int i = 0; i < 3; i++)
        smimegw_buffer_free(out[i]);
    smimegw_filter_result_free(result);
    return ret;
}

static int whole(void)
{
    struct smimegw_filter *filter = NULL;
    struct smimegw_filter_input *input = NULL;
    struct smimegw_message *message = NULL;
    int ret = smimegw_filter_new("f", text, sizeof(text) - 1, &filter, NULL);
    if (ret == SMIMEGW_OK)
        ret = smimegw_filter_add_group(filter, "d", "a@b.c\n*@x\n", 10, NULL);
    if (ret == SMIMEGW_OK)
        ret = smimegw_message_new_memory(NULL, mail, sizeof(mail) - 1, &message, NULL);
    if (ret == SMIMEGW_OK)
        ret = smimegw_filter_input_new(NULL, message, &input, NULL);
    if (ret == SMIMEGW_OK)
        ret = use(filter, input, message);
    smimegw_filter_input_free(input);
    smimegw_message_free(message);
    smimegw_filter_unref(filter);
    return ret;
}

int main(void)
{
    int bad = 0;
    long count = 0;
    /* what libc keeps for ever */
    int ret = whole();
    printf("1..1\n");
    if (ret != SMIMEGW_OK)
        printf("# without a failure: %s\n", smimegw_result_name(ret));
    for (has_failed = 1; ret == SMIMEGW_OK && has_failed && bad < 5; count++) {
        long before = balance;
        has_failed = 0;
        successes = count;
        int got = whole();
        successes = -1;
        if (got == (has_failed ? SMIMEGW_E_NOMEM : SMIMEGW_OK) && balance == before)
            continue;
        bad++;
        printf("# allocation %ld: %s, %ld not freed\n", count + 1, smimegw_result_name(got),
               balance - before);
    }
    printf("# %ld allocations\n", count - 1);
    printf("%s 1 - each allocation fails in turn\n",
           bad == 0 && count > 100 ? "ok" : "not ok");
    return bad != 0 || count <= 100;
}
