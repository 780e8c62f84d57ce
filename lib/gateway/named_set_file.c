/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/text.h"
#include "gateway/keyring_impl.h"
#include "gateway/named_set.h"

/* "# smimegw profiles 1": the family, and the form of the file. */
enum { HEAD_SIZE = 40 };

static size_t write_family(char head[HEAD_SIZE], const struct sgw_configured_kind *kind)
{
    return (size_t)snprintf(head, HEAD_SIZE, "# smimegw %s ", kind->nouns);
}

/* --- export --------------------------------------------------------------------------------
 */

static int put_object(struct sgw_buf *text, const struct sgw_named *entry,
                      struct smimegw_error **ret_error)
{
    const struct sgw_configured_kind *kind = entry->object->kind;
    int ret = sgw_buf_printf(text, "\n[%s]\n", entry->name);
    for (size_t row = 0; kind->table[row].name != NULL; row++) {
        if (!sgw_configured_has(entry->object, row))
            continue;
        ret = SGW_STEP(ret, sgw_buf_printf(text, "%s = ", kind->table[row].name));
        ret = SGW_STEP(ret, sgw_configured_append(entry->object, row, text, ret_error));
        ret = SGW_STEP(ret, sgw_buf_append_byte(text, '\n'));
    }
    return ret < 0 ? sgw_fail(ret_error, ret, "%s \"%s\"", kind->noun, entry->name)
                   : SMIMEGW_OK;
}

int sgw_named_set_text(const struct sgw_named_set *set, struct sgw_buf *text,
                       struct smimegw_error **ret_error)
{
    char family[HEAD_SIZE];
    write_family(family, set->kind);
    int ret = sgw_buf_printf(text, "%s1\n", family);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "%s", set->kind->nouns);
    for (size_t i = 0; ret == SMIMEGW_OK && i < set->count; i++)
        ret = put_object(text, &set->entries[i], ret_error);
    return ret;
}

int sgw_named_set_export(const struct sgw_named_set *set, smimegw_write_fn write,
                         void *userdata, struct smimegw_error **ret_error)
{
    struct sgw_buf text = SGW_BUF_INIT(0);
    SGW_REQUIRE(write != NULL, ret_error);
    int ret = sgw_named_set_text(set, &text, ret_error);
    int code = ret == SMIMEGW_OK ? write(userdata, text.data, text.size) : 0;
    if (code != 0)
        ret = sgw_fail(ret_error, SMIMEGW_E_SINK, "the write function returned %d", code);
    sgw_buf_clear(&text);
    return ret;
}

/* --- import --------------------------------------------------------------------------------
 */

/* A file on its way into a set of its own. */
struct reading {
    const struct sgw_named_set *there;
    struct sgw_named_set *set;
    uint32_t flags;
    size_t line; /* the one that is read, from 1 */
    /* the one that is read; NULL in front of the first one */
    struct sgw_configured *object;
    char name[SGW_KEY_NAME_MAX + 1];
    size_t start;                          /* the line of its name */
    size_t lines[SGW_CONFIGURED_ROWS_MAX]; /* of its settings; 0: not there */
};

struct span {
    const char *data;
    size_t size;
};

static struct span trim(struct span span)
{
    while (span.size > 0 && sgw_is_blank((unsigned char)span.data[0])) {
        span.data++;
        span.size--;
    }
    while (span.size > 0 && sgw_is_blank((unsigned char)span.data[span.size - 1]))
        span.size--;
    return span;
}

/* The next line; CR, LF and CRLF end one. False at the end. */
static bool next_line(struct span *rest, struct span *ret_line)
{
    size_t size = 0;
    if (rest->size == 0)
        return false;
    while (size < rest->size && rest->data[size] != '\n' && rest->data[size] != '\r')
        size++;
    *ret_line = trim((struct span){rest->data, size});
    if (size + 1 < rest->size && rest->data[size] == '\r' && rest->data[size + 1] == '\n')
        size++;
    size += size < rest->size;
    rest->data += size;
    rest->size -= size;
    return true;
}

/* The same error, with the number of its line. */
static int fail_at(size_t line, int code, struct smimegw_error *error,
                   struct smimegw_error **ret_error)
{
    sgw_fail(ret_error, code, "line %zu: %s", line, smimegw_error_text(error));
    smimegw_error_free(error);
    return code;
}

static int end_object(struct reading *reading, struct smimegw_error **ret_error)
{
    size_t row;
    struct smimegw_error *error = NULL;
    if (reading->object == NULL)
        return SMIMEGW_OK;
    int ret = reading->set->kind->check(reading->object, &row, &error);
    if (ret < 0)
        return fail_at(reading->lines[row] != 0 ? reading->lines[row] : reading->start, ret,
                       error, ret_error);
    ret = sgw_named_set_add(reading->set, reading->name, reading->object, 0, &error);
    if (ret < 0)
        return fail_at(reading->start, ret, error, ret_error);
    sgw_configured_unref(reading->object);
    reading->object = NULL;
    return SMIMEGW_OK;
}

static int begin_object(struct reading *reading, struct span line,
                        struct smimegw_error **ret_error)
{
    size_t at;
    if (line.size < 2 || line.data[line.size - 1] != ']')
        return sgw_fail(ret_error, SMIMEGW_E_SETTING, "line %zu: a \"]\" is due at its end",
                        reading->line);
    /* whatever stands between the first and the last bracket, brackets too */
    struct span name = trim((struct span){line.data + 1, line.size - 2});
    if (!sgw_key_name_is_valid(name.data, name.size))
        return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                        "line %zu: a name is 1 to %d bytes of UTF-8", reading->line,
                        SGW_KEY_NAME_MAX);
    memcpy(reading->name, name.data, name.size);
    reading->name[name.size] = '\0';
    reading->start = reading->line;
    memset(reading->lines, 0, sizeof(reading->lines));
    if (sgw_named_set_find(reading->set, reading->name, &at))
        return sgw_fail(ret_error, SMIMEGW_E_SETTING, "line %zu: the %s \"%s\" is there twice",
                        reading->line, reading->set->kind->noun, reading->name);
    if ((reading->flags & SGW_NAMED_REPLACE) == 0 &&
        sgw_named_set_find(reading->there, reading->name, &at))
        return sgw_fail(ret_error, SMIMEGW_E_USAGE,
                        "line %zu: there is another %s called \"%s\"", reading->line,
                        reading->set->kind->noun, reading->name);
    return sgw_configured_new(reading->set->kind, &reading->object, ret_error);
}

static int set_field(struct reading *reading, const char *name, const char *value,
                     struct smimegw_error **ret_error)
{
    size_t row;
    struct smimegw_error *error = NULL;
    if (sgw_setting_find(reading->set->kind->table, name, &row) && reading->lines[row] != 0)
        return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                        "line %zu: %s is there twice, first in line %zu", reading->line, name,
                        reading->lines[row]);
    int ret = sgw_configured_set(reading->object, name, value, &error);
    if (ret < 0)
        return fail_at(reading->line, ret, error, ret_error);
    reading->lines[row] = reading->line;
    return SMIMEGW_OK;
}

static int read_field(struct reading *reading, struct span line,
                      struct smimegw_error **ret_error)
{
    const char *equals = memchr(line.data, '=', line.size);
    if (equals == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                        "line %zu: [name], setting = value, or # and a comment is due",
                        reading->line);
    if (reading->object == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                        "line %zu: a setting stands in front of the first [name]",
                        reading->line);
    size_t size = (size_t)(equals - line.data);
    struct span name = trim((struct span){line.data, size});
    struct span value = trim((struct span){equals + 1, line.size - size - 1});
    char *name_text = sgw_strndup(name.data, name.size);
    char *value_text = sgw_strndup(value.data, value.size);
    int ret = name_text != NULL && value_text != NULL
                  ? set_field(reading, name_text, value_text, ret_error)
                  : sgw_fail(ret_error, SMIMEGW_E_NOMEM, "lines");
    sgw_free(name_text);
    sgw_free(value_text);
    return ret;
}

static int read_line(struct reading *reading, struct span line,
                     struct smimegw_error **ret_error)
{
    if (line.size == 0 || line.data[0] == '#')
        return SMIMEGW_OK;
    if (memchr(line.data, '\0', line.size) != NULL)
        return sgw_fail(ret_error, SMIMEGW_E_SETTING, "line %zu: a NUL byte", reading->line);
    if (line.data[0] != '[')
        return read_field(reading, line, ret_error);
    int ret = end_object(reading, ret_error);
    return ret < 0 ? ret : begin_object(reading, line, ret_error);
}

static int read_head(const struct sgw_configured_kind *kind, struct span *rest,
                     struct smimegw_error **ret_error)
{
    static const char mark[] = "\xef\xbb\xbf";
    char family[HEAD_SIZE];
    struct span line;
    size_t size = write_family(family, kind);
    if (rest->size >= 3 && memcmp(rest->data, mark, 3) == 0) {
        rest->data += 3;
        rest->size -= 3;
    }
    bool is_of_family =
        next_line(rest, &line) && line.size > size && memcmp(line.data, family, size) == 0;
    if (!is_of_family)
        return sgw_fail(ret_error, SMIMEGW_E_SETTING, "line 1: \"%s1\" is due", family);
    if (line.size == size + 1 && line.data[size] == '1')
        return SMIMEGW_OK;
    return sgw_fail(ret_error, SMIMEGW_E_SETTING,
                    "line 1: a file of a form that is not known here");
}

static int read_all(struct reading *reading, struct span rest,
                    struct smimegw_error **ret_error)
{
    struct span line;
    int ret = read_head(reading->set->kind, &rest, ret_error);
    for (reading->line = 2; ret == SMIMEGW_OK && next_line(&rest, &line); reading->line++)
        ret = read_line(reading, line, ret_error);
    return ret < 0 ? ret : end_object(reading, ret_error);
}

int sgw_named_set_merge(struct sgw_named_set *target, struct sgw_named_set *set,
                        uint32_t flags, struct smimegw_error **ret_error)
{
    size_t at;
    size_t more = 0;
    for (size_t i = 0; i < set->count; i++) {
        bool is_there = sgw_named_set_find(target, set->entries[i].name, &at);
        if (is_there && (flags & SGW_NAMED_REPLACE) == 0)
            return sgw_fail(ret_error, SMIMEGW_E_USAGE, "there is another %s called \"%s\"",
                            target->kind->noun, set->entries[i].name);
        more += !is_there;
    }
    int ret = sgw_named_set_reserve(target, more, ret_error);
    if (ret < 0)
        return ret;
    for (size_t i = 0; i < set->count; i++)
        sgw_named_set_put(target, &set->entries[i]);
    return SMIMEGW_OK;
}

int sgw_named_set_import(struct sgw_named_set *target, const void *data, size_t size,
                         uint32_t flags, struct smimegw_error **ret_error)
{
    struct reading reading = {.there = target, .flags = flags};
    SGW_REQUIRE(data != NULL || size == 0, ret_error);
    SGW_REQUIRE((flags & ~(uint32_t)SGW_NAMED_REPLACE) == 0, ret_error);
    int ret = sgw_named_set_new(target->kind, &reading.set, ret_error);
    if (ret < 0)
        return ret;
    ret = read_all(&reading, (struct span){data, size}, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_named_set_merge(target, reading.set, flags, ret_error);
    sgw_configured_unref(reading.object);
    sgw_named_set_free(reading.set);
    return ret;
}
