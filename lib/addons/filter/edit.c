/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/filter/edit.h"

#include <smimegw/message.h>
#include <stdlib.h>
#include <string.h>

#include "addons/filter/text.h"

static int make(struct sgw_flt_edits *edits, const struct smimegw_parts *parts)
{
    size_t count = smimegw_parts_field_count(parts);
    while (!edits->is_made && edits->count < count) {
        const char *name = smimegw_parts_field_name(parts, edits->count);
        if (sgw_flt_grow(&edits->lines, edits->count, &edits->room, sizeof(*edits->lines)) < 0)
            return SMIMEGW_E_NOMEM;
        struct sgw_flt_line *line = &edits->lines[edits->count];
        line->name = sgw_flt_copy(name, strlen(name));
        if (line->name == NULL)
            return SMIMEGW_E_NOMEM;
        line->offset = smimegw_parts_field_offset(parts, edits->count++, &line->size);
    }
    edits->is_made = true;
    return SMIMEGW_OK;
}

/* Nothing in it may end a line or hide. */
static char *clean_copy(const char *value)
{
    char *copy = sgw_flt_copy(value, strlen(value));
    for (char *at = copy; at != NULL && *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = ' ';
    return copy;
}

int sgw_flt_insert_field(struct sgw_flt_edits *edits, const struct smimegw_parts *parts,
                         const char *name, const char *value)
{
    int ret = make(edits, parts);
    ret = SGW_STEP(
        ret, sgw_flt_grow(&edits->lines, edits->count, &edits->room, sizeof(*edits->lines)));
    if (ret < 0)
        return ret;
    struct sgw_flt_line line = {
        .offset = -1, .name = sgw_flt_copy(name, strlen(name)), .value = clean_copy(value)};
    if (line.name == NULL || line.value == NULL) {
        free(line.name);
        free(line.value);
        return SMIMEGW_E_NOMEM;
    }
    edits->lines[edits->count++] = line;
    edits->is_changed = true;
    return SMIMEGW_OK;
}

int sgw_flt_strip_field(struct sgw_flt_edits *edits, const struct smimegw_parts *parts,
                        const char *name)
{
    int ret = make(edits, parts);
    for (size_t i = 0; ret == SMIMEGW_OK && i < edits->count; i++) {
        if (edits->lines[i].is_gone || !sgw_flt_same(edits->lines[i].name, name))
            continue;
        edits->lines[i].is_gone = true;
        edits->is_changed = true;
    }
    return ret;
}

/* The text of a field as it will be; NULL where a NUL in it would end it. */
static const char *text_of(const struct sgw_flt_edits *edits, size_t index,
                           const struct smimegw_parts *parts)
{
    size_t size = 0;
    const char *value = edits->lines[index].value;
    if (value != NULL)
        return value;
    value = smimegw_parts_field_text(parts, index, &size);
    return strlen(value) == size ? value : NULL;
}

static int edit_line(struct sgw_flt_edits *edits, size_t index,
                     const struct smimegw_parts *parts, struct sgw_flt_matcher *matcher,
                     const struct sgw_flt_replacement *replacement)
{
    char *made = NULL;
    const char *text = text_of(edits, index, parts);
    if (text == NULL)
        return SGW_FLT_UNKNOWN;
    int truth = sgw_flt_replace(matcher, replacement->regex, text, replacement->text, &made);
    if (truth != SGW_FLT_YES)
        return truth;
    char *clean = clean_copy(made);
    free(made);
    if (clean == NULL)
        return SMIMEGW_E_NOMEM;
    free(edits->lines[index].value);
    edits->lines[index].value = clean;
    edits->is_changed = true;
    return SGW_FLT_YES;
}

int sgw_flt_edit_field(struct sgw_flt_edits *edits, const struct smimegw_parts *parts,
                       struct sgw_flt_matcher *matcher,
                       const struct sgw_flt_replacement *replacement)
{
    int ret = make(edits, parts);
    for (size_t i = 0; ret >= 0 && ret != SGW_FLT_UNKNOWN && i < edits->count; i++)
        if (!edits->lines[i].is_gone && sgw_flt_same(edits->lines[i].name, replacement->name))
            ret = edit_line(edits, i, parts, matcher, replacement);
    return ret < 0 || ret == SGW_FLT_UNKNOWN ? ret : SGW_FLT_YES;
}

void sgw_flt_edits_clear(struct sgw_flt_edits *edits)
{
    for (size_t i = 0; i < edits->count; i++) {
        free(edits->lines[i].name);
        free(edits->lines[i].value);
    }
    free(edits->lines);
    *edits = (struct sgw_flt_edits){0};
}

/* --- writing -------------------------------------------------------------------------------
 */

/* Where fields go: the message's bytes as they are, new ones with its line ends. */
struct target {
    struct smimegw_message *message;
    smimegw_write_fn write;
    void *userdata;
    struct smimegw_error **ret_error;
    char last[2]; /* bytes of what was copied */
    const char *eol;
};

/* Remembers how what passes ends. */
static int pass(void *userdata, const void *data, size_t size)
{
    struct target *target = userdata;
    const char *bytes = data;
    target->last[0] = size > 1 ? bytes[size - 2] : target->last[1];
    target->last[1] = bytes[size - 1];
    return target->write(target->userdata, data, size);
}

static int copy(struct target *target, int64_t from, int64_t to)
{
    if (to <= from)
        return SMIMEGW_OK;
    return smimegw_message_copy(target->message, from, to - from, pass, target,
                                target->ret_error);
}

static int put_made(struct target *target, const struct sgw_flt_line *line)
{
    struct smimegw_buffer *buffer = NULL;
    int ret = smimegw_buffer_new(0, &buffer, target->ret_error);
    if (ret < 0)
        return ret;
    /* a header without a line end behind it is a whole message, too */
    if (target->last[1] != '\n' && target->last[1] != '\0')
        ret = sgw_flt_put(buffer, target->eol);
    ret = SGW_STEP(ret, sgw_flt_put_field(buffer, line->name, line->value, target->eol));
    if (ret < 0)
        sgw_flt_no_memory(target->ret_error);
    else if (pass(target, smimegw_buffer_data(buffer), smimegw_buffer_size(buffer)) != 0)
        ret = sgw_fail(target->ret_error, SMIMEGW_E_SINK, "the write function failed");
    smimegw_buffer_free(buffer);
    return ret;
}

/* Does the message end its lines with LF alone? By its first line. */
static int find_eol(void *userdata, const void *data, size_t size)
{
    struct target *target = userdata;
    const char *bytes = data;
    const char *lf = memchr(bytes, '\n', size);
    if (lf == NULL)
        target->last[0] = bytes[size - 1];
    else if (lf > bytes ? lf[-1] != '\r' : target->last[0] != '\r')
        target->eol = "\n";
    return lf != NULL;
}

static int set_eol(struct target *target)
{
    int ret = smimegw_message_copy(target->message, 0, INT64_MAX, find_eol, target, NULL);
    target->last[0] = '\0';
    /* it said that it has seen enough */
    if (ret == SMIMEGW_OK || ret == SMIMEGW_E_SINK)
        return SMIMEGW_OK;
    return sgw_fail(target->ret_error, ret, "the message can't be read");
}

int sgw_flt_edits_write(const struct sgw_flt_edits *edits, struct smimegw_message *message,
                        smimegw_write_fn write, void *userdata,
                        struct smimegw_error **ret_error)
{
    struct target target = {message, write, userdata, ret_error, {0, 0}, "\r\n"};
    int64_t at = 0;
    int ret = set_eol(&target);
    for (size_t i = 0; ret == SMIMEGW_OK && i < edits->count; i++) {
        const struct sgw_flt_line *line = &edits->lines[i];
        if (line->offset >= 0 && (line->is_gone || line->value != NULL)) {
            ret = copy(&target, at, line->offset);
            at = line->offset + line->size;
        } else if (line->offset >= 0) {
            ret = copy(&target, at, line->offset + line->size);
            at = line->offset + line->size;
        }
        if (!line->is_gone && line->value != NULL)
            ret = SGW_STEP(ret, put_made(&target, line));
    }
    return SGW_STEP(ret, copy(&target, at, INT64_MAX));
}
