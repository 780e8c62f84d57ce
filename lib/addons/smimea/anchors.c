/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * To libunbound, whatever no anchor stands above is insecure, as a domain is that its parent
 * says to be unsigned. Only the latter is an answer; so we look what the anchors are.
 */
#include "addons/smimea/anchors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error_impl.h"
#include "base/text.h"

enum { FILE_MOST = 1 << 20, PIECE = 4096, NAME_MOST = 255 };
static const char blanks[] = " \t\r";

static bool is_key(const char *line)
{
    char word[8];
    while (*(line += strspn(line, blanks)) != '\0') {
        size_t size = strcspn(line, blanks);
        snprintf(word, sizeof(word), "%.*s", (int)size, line);
        if (size < sizeof(word) &&
            (strcasecmp(word, "DS") == 0 || strcasecmp(word, "DNSKEY") == 0))
            return true;
        line += size;
    }
    return false;
}

/* An owner stays that of the lines below it that begin with a blank. */
static int take_line(struct sgw_anchors *anchors, char owner[NAME_MOST + 1], char *line)
{
    line[strcspn(line, ";")] = '\0';
    size_t size = strcspn(line, blanks);
    if (size > NAME_MOST)
        return SMIMEGW_OK;
    if (size > 0) {
        snprintf(owner, NAME_MOST + 1, "%.*s", (int)size, line);
        if (owner[size - 1] == '.')
            owner[size - 1] = '\0';
        for (char *at = owner; *at != '\0'; at++)
            *at = (char)sgw_lower((unsigned char)*at);
    }
    if (!is_key(line + size))
        return SMIMEGW_OK;
    return sgw_buf_append(&anchors->names, owner, strlen(owner) + 1);
}

static int take_lines(struct sgw_anchors *anchors, char *text)
{
    char owner[NAME_MOST + 1] = "";
    char *line;
    int ret = SMIMEGW_OK;
    while (ret == SMIMEGW_OK && (line = strsep(&text, "\n")) != NULL)
        ret = take_line(anchors, owner, line);
    return ret;
}

/* libunbound would read a directory for ever. */
static const char *why_not(int fd)
{
    struct stat facts;
    if (fstat(fd, &facts) != 0)
        return strerrordesc_np(errno);
    if (!S_ISREG(facts.st_mode))
        return "no regular file";
    return facts.st_size > FILE_MOST ? "over 1 MiB" : NULL;
}

/* A member of enum smimegw_result; NULL, or what is wrong. */
static int read_all(int fd, struct sgw_buf *text, const char **ret_reason)
{
    uint8_t *room;
    ssize_t size = 1;
    *ret_reason = why_not(fd);
    if (*ret_reason != NULL)
        return SMIMEGW_E_SETTING;
    while (size > 0) {
        int ret = sgw_buf_extend(text, PIECE, &room);
        if (ret < 0)
            return ret;
        size = read(fd, room, PIECE);
        sgw_buf_truncate(text, text->size - PIECE + (size > 0 ? (size_t)size : 0));
    }
    *ret_reason = size < 0 ? strerrordesc_np(errno) : NULL;
    return size < 0 ? SMIMEGW_E_IO : SMIMEGW_OK;
}

static int read_file(const char *path, struct sgw_buf *text, const char **ret_reason)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        *ret_reason = strerrordesc_np(errno);
        return SMIMEGW_E_IO;
    }
    int ret = read_all(fd, text, ret_reason);
    close(fd);
    return ret;
}

int sgw_anchors_read(const char *path, struct sgw_anchors *ret_anchors,
                     struct smimegw_error **ret_error)
{
    struct sgw_buf text = SGW_BUF_INIT(FILE_MOST + PIECE);
    const char *reason = NULL;
    *ret_anchors = (struct sgw_anchors){0};
    int ret = read_file(path, &text, &reason);
    if (ret == SMIMEGW_OK && text.size > 0)
        ret = take_lines(ret_anchors, (char *)text.data);
    sgw_buf_clear(&text);
    if (ret == SMIMEGW_OK && ret_anchors->names.size == 0) {
        ret = SMIMEGW_E_SETTING;
        reason = "it has no DS and no DNSKEY record";
    }
    if (ret == SMIMEGW_OK)
        return SMIMEGW_OK;
    sgw_anchors_clear(ret_anchors);
    return sgw_fail(ret_error, ret, "trust-anchor-file %.300s: %s", path,
                    reason != NULL ? reason : "can't be read");
}

void sgw_anchors_clear(struct sgw_anchors *anchors)
{
    sgw_buf_clear(&anchors->names);
}

static bool is_below(const char *name, size_t size, const char *anchor)
{
    size_t length = strlen(anchor);
    if (length == 0)
        return true;
    return size >= length && strncasecmp(name + size - length, anchor, length) == 0 &&
           (size == length || name[size - length - 1] == '.');
}

bool sgw_anchors_cover(const struct sgw_anchors *anchors, const char *name)
{
    const char *at = sgw_buf_text(&anchors->names);
    const char *end = at + anchors->names.size;
    size_t size = strlen(name);
    size -= size > 0 && name[size - 1] == '.';
    for (; at < end; at += strlen(at) + 1)
        if (is_below(name, size, at))
            return true;
    return false;
}
