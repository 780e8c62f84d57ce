/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "smime/payload.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/text.h"
#include "mime/content_field.h"
#include "mime/part.h"
#include "mime/protected_header.h"
#include "pki/cert/names.h"
#include "smime/unwrap.h"

/* A field by its name and its value in the form of comparison. */
struct entry {
    struct sgw_buf name;
    struct sgw_buf value;
    bool is_outside; /* of what was put outside: it still is */
};

struct entries {
    struct entry *list;
    size_t count;
    size_t capacity;
};

/* The three headers: what the writer wrote, what he put outside, what is there. */
struct judging {
    struct entries written;
    struct entries put_outside;
    struct entries outside;
    bool is_signed;
    bool is_encrypted; /* by the writer's own word, too */
};

/* --- lists of fields -----------------------------------------------------------------------
 */

static void clear_entries(struct entries *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        sgw_buf_clear(&entries->list[i].name);
        sgw_buf_clear(&entries->list[i].value);
    }
    sgw_free(entries->list);
}

static int add_entry(struct entries *entries, const struct sgw_header *header,
                     const struct sgw_field *field)
{
    int ret =
        sgw_grow(&entries->list, entries->count, &entries->capacity, sizeof(*entries->list));
    if (ret < 0)
        return ret;
    struct entry *entry = &entries->list[entries->count++];
    *entry = (struct entry){.name = SGW_BUF_INIT(0)};
    ret = sgw_buf_append(&entry->name, header->raw.data + field->start, field->name_size);
    return ret < 0 ? ret : sgw_field_put_plain(&entry->value, header, field);
}

/* "Name: value" of HP-Outer becomes name and value [RFC9788-4.2.1]; what has no colon is
 * nothing. */
static int split_copy(struct entry *entry)
{
    struct sgw_buf name = SGW_BUF_INIT(0);
    struct sgw_buf value = SGW_BUF_INIT(0);
    const char *text = sgw_buf_text(&entry->value);
    size_t size = 0;
    while (size < entry->value.size && text[size] != ':')
        size++;
    size_t start = size < entry->value.size ? size + 1 : size;
    while (start < entry->value.size && text[start] == ' ')
        start++;
    int ret = sgw_buf_append(&name, text, start > size ? size : 0);
    if (ret == SMIMEGW_OK)
        ret = sgw_buf_append(&value, text + start, entry->value.size - start);
    if (ret < 0) {
        sgw_buf_clear(&name);
        return ret;
    }
    sgw_buf_clear(&entry->name);
    sgw_buf_clear(&entry->value);
    *entry = (struct entry){.name = name, .value = value};
    return SMIMEGW_OK;
}

static int read_written(struct judging *judging, const struct sgw_header *header)
{
    int ret = SMIMEGW_OK;
    for (size_t i = 0; ret == SMIMEGW_OK && i < header->count; i++) {
        const struct sgw_field *field = &header->fields[i];
        enum sgw_field_role role = sgw_field_role(header, field);
        if (sgw_field_is_doubtful(header, field))
            continue;
        if (role == SGW_FIELD_PROTECTED)
            ret = add_entry(&judging->written, header, field);
        if (role != SGW_FIELD_HP_OUTER || !judging->is_encrypted)
            continue;
        ret = add_entry(&judging->put_outside, header, field);
        if (ret == SMIMEGW_OK)
            ret = split_copy(&judging->put_outside.list[judging->put_outside.count - 1]);
    }
    return ret;
}

static int read_outside(struct entries *entries, const struct sgw_header *header)
{
    int ret = SMIMEGW_OK;
    for (size_t i = 0; ret == SMIMEGW_OK && i < header->count; i++)
        if (sgw_field_role(header, &header->fields[i]) == SGW_FIELD_PROTECTED)
            ret = add_entry(entries, header, &header->fields[i]);
    return ret;
}

static bool is_named_like(const struct entry *a, const struct entry *b)
{
    return sgw_equal_nocase(sgw_buf_text(&a->name), a->name.size, sgw_buf_text(&b->name),
                            b->name.size);
}

static bool has_name(const struct entries *entries, const struct entry *entry)
{
    for (size_t i = 0; i < entries->count; i++)
        if (is_named_like(&entries->list[i], entry))
            return true;
    return false;
}

static bool has_field(const struct entries *entries, const struct entry *entry)
{
    const struct sgw_buf *value = &entry->value;
    for (size_t i = 0; i < entries->count; i++) {
        const struct entry *other = &entries->list[i];
        if (sgw_equal(other->value.data, other->value.size, value->data, value->size) &&
            is_named_like(other, entry))
            return true;
    }
    return false;
}

/* --- judging -------------------------------------------------------------------------------
 */

/* Does what is outside still hold a value that the writer put there for this name? */
static bool is_as_put(const struct judging *judging, const struct entry *entry)
{
    for (size_t i = 0; i < judging->put_outside.count; i++)
        if (judging->put_outside.list[i].is_outside &&
            is_named_like(&judging->put_outside.list[i], entry))
            return true;
    return false;
}

static int outside_of(const struct judging *judging, const struct entry *entry, bool is_hidden)
{
    bool is_there = has_name(&judging->outside, entry);
    if (!is_hidden) {
        if (has_field(&judging->outside, entry))
            return SMIMEGW_OUTSIDE_SAME;
        return is_there ? SMIMEGW_OUTSIDE_CHANGED : SMIMEGW_OUTSIDE_REMOVED;
    }
    if (!has_name(&judging->put_outside, entry))
        return is_there ? SMIMEGW_OUTSIDE_CHANGED : SMIMEGW_OUTSIDE_HIDDEN;
    if (!is_there)
        return SMIMEGW_OUTSIDE_REMOVED;
    return is_as_put(judging, entry) ? SMIMEGW_OUTSIDE_OBSCURED : SMIMEGW_OUTSIDE_CHANGED;
}

/* [RFC9788-4.3.1] */
static void judge_entry(const struct judging *judging, const struct entry *entry,
                        struct sgw_verdict_field *field)
{
    bool is_hidden = judging->is_encrypted && !has_field(&judging->put_outside, entry);
    field->outside = outside_of(judging, entry, is_hidden);
    if (is_hidden)
        field->protection = judging->is_signed ? SMIMEGW_PROTECTION_SIGNED_ENCRYPTED
                                               : SMIMEGW_PROTECTION_ENCRYPTED;
    else
        field->protection =
            judging->is_signed ? SMIMEGW_PROTECTION_SIGNED : SMIMEGW_PROTECTION_NONE;
}

/* The protected fields, then those that are outside only; names move into the verdict. */
static int tell(struct judging *judging, struct smimegw_verdict *verdict)
{
    size_t count = judging->written.count;
    struct sgw_verdict_field *fields =
        sgw_calloc(count + judging->outside.count + 1, sizeof(*fields));
    if (fields == NULL)
        return SMIMEGW_E_NOMEM;
    /* once for each: three lists of many fields of one name must not be multiplied */
    for (size_t i = 0; i < judging->put_outside.count; i++) {
        struct entry *put = &judging->put_outside.list[i];
        put->is_outside = has_field(&judging->outside, put);
    }
    for (size_t i = 0; i < judging->written.count; i++)
        judge_entry(judging, &judging->written.list[i], &fields[i]);
    for (size_t i = 0; i < judging->outside.count; i++) {
        struct entry *entry = &judging->outside.list[i];
        if (has_name(&judging->written, entry))
            continue;
        fields[count].outside = SMIMEGW_OUTSIDE_ADDED;
        fields[count++].name = entry->name;
        entry->name = (struct sgw_buf)SGW_BUF_INIT(0);
    }
    for (size_t i = 0; i < judging->written.count; i++) {
        fields[i].name = judging->written.list[i].name;
        judging->written.list[i].name = (struct sgw_buf)SGW_BUF_INIT(0);
    }
    verdict->fields = fields;
    verdict->field_count = count;
    return SMIMEGW_OK;
}

static bool is_in_encryption(const struct sgw_opened *opened)
{
    for (size_t i = 0; i < opened->count; i++)
        if (sgw_layer_is_encrypted(&opened->verdict->layers[i]))
            return true;
    return false;
}

/* [RFC9788-4.4.5]; addresses that no certificate could hold are compared as they are. */
static bool is_same_address(const struct sgw_buf *a, const struct sgw_buf *b)
{
    struct sgw_scope_keys a_keys;
    struct sgw_scope_keys b_keys;
    const char *a_text = sgw_buf_text(a);
    const char *b_text = sgw_buf_text(b);
    if (sgw_scope_keys(a_text, a->size, &a_keys) && sgw_scope_keys(b_text, b->size, &b_keys))
        return sgw_equal(a_keys.keys[0].text, a_keys.keys[0].size, b_keys.keys[0].text,
                         b_keys.keys[0].size);
    return sgw_equal_nocase(a_text, a->size, b_text, b->size);
}

enum from {
    FROM_NONE, /* on one of the two sides there is nothing to compare */
    FROM_SAME,
    FROM_OTHER
};

/* The From outside is what the host's own checks have seen: another one inside is a conflict,
 * and so is one that is there and not one address, were it empty [RFC9788-4.4]. Around a bare
 * entity there is nothing to differ from. */
static int compare_from(const struct sgw_opened *opened, const struct sgw_header *header,
                        enum from *ret_from)
{
    const struct sgw_sender *sender = &opened->sender;
    enum sgw_sender_state state = SGW_SENDER_NONE;
    struct sgw_buf address = SGW_BUF_INIT(0);
    const struct sgw_field *field;
    int ret = sgw_sender_find(header, "From", &state, &address);
    bool is_comparable = state == SGW_SENDER_ONE && sender->state == SGW_SENDER_ONE;
    bool is_free =
        state == SGW_SENDER_ONE && sender->state == SGW_SENDER_NONE && !sender->is_checked;
    if (sgw_header_find(header, "From", &field) == 0 || is_free)
        *ret_from = FROM_NONE;
    else
        *ret_from = is_comparable && is_same_address(&address, &sender->address) ? FROM_SAME
                                                                                 : FROM_OTHER;
    sgw_buf_clear(&address);
    return ret;
}

static int judge(struct sgw_opened *opened)
{
    const struct sgw_payload *payload = &opened->payload;
    struct smimegw_verdict *verdict = opened->verdict;
    struct judging judging = {.is_signed = verdict->outcome == SMIMEGW_OUTCOME_PASS,
                              .is_encrypted = payload->kind != SMIMEGW_HEADERS_CLEAR &&
                                              is_in_encryption(opened)};
    int ret = read_written(&judging, payload->header);
    if (ret == SMIMEGW_OK)
        ret = read_outside(&judging.outside, &opened->mime.header);
    /* nobody says what was outside: what is there now is taken for it [RFC9788-4.10.2] */
    if (ret == SMIMEGW_OK && payload->kind == SMIMEGW_HEADERS_WRAPPED)
        ret = read_outside(&judging.put_outside, &opened->mime.header);
    if (ret == SMIMEGW_OK)
        ret = tell(&judging, verdict);
    clear_entries(&judging.written);
    clear_entries(&judging.put_outside);
    clear_entries(&judging.outside);
    verdict->header_kind = payload->kind;
    return ret;
}

/* --- finding -------------------------------------------------------------------------------
 */

/* The last layer, where the payload begins behind it; NULL where it is not open, or what is
 * inside has no header. */
static const struct sgw_layer *payload_layer(const struct sgw_opened *opened)
{
    const struct sgw_layer *last =
        opened->count > 0 ? &opened->layers[opened->count - 1] : NULL;
    bool is_open = last != NULL && last->inner != NULL && last->is_entity;
    return is_open && last->inner_mime.parts[0].smime == SGW_SMIME_NONE &&
                   !last->inner_mime.parts[0].is_ambiguous
               ? last
               : NULL;
}

/* What not all readers see is not there. */
static const char *hp_of(const struct sgw_mime *mime)
{
    const struct sgw_parameter *hp = sgw_content_type_find(&mime->parts[0].type, "hp");
    return hp != NULL && !hp->is_odd ? hp->value : NULL;
}

static bool is_word(const char *text, const char *word)
{
    return text != NULL && sgw_equal_nocase(text, strlen(text), word, strlen(word));
}

int sgw_opened_judge_header(struct sgw_opened *opened, bool judges_fields,
                            struct smimegw_error **ret_error)
{
    enum from from = FROM_NONE;
    const struct sgw_layer *layer = payload_layer(opened);
    const char *hp = layer != NULL ? hp_of(&layer->inner_mime) : NULL;
    bool is_cipher = is_word(hp, "cipher");
    if (!is_cipher && !is_word(hp, "clear"))
        return SMIMEGW_OK;
    opened->payload.header = &layer->inner_mime.header;
    /* the word alone makes nothing secret, and encryption alone was not the writer's */
    opened->payload.kind =
        is_cipher && is_in_encryption(opened) ? SMIMEGW_HEADERS_CIPHER : SMIMEGW_HEADERS_CLEAR;
    int ret = compare_from(opened, opened->payload.header, &from);
    opened->verdict->from_differs = from == FROM_OTHER;
    sgw_verdict_conclude(opened->verdict);
    if (ret == SMIMEGW_OK && judges_fields)
        ret = judge(opened);
    return ret < 0 ? sgw_fail(ret_error, ret, "protected header") : SMIMEGW_OK;
}

/* A message without layers or protection of its own. */
static bool is_plain_message(const struct sgw_mime *mime)
{
    const struct sgw_part *root = &mime->parts[0];
    return root->smime == SGW_SMIME_NONE && !root->is_ambiguous &&
           !sgw_header_is_bare_entity(&mime->header) &&
           sgw_content_type_find(&root->type, "hp") == NULL;
}

static int scan_wrapped(struct sgw_opened *opened, const struct sgw_layer *layer,
                        struct smimegw_error **ret_error)
{
    struct sgw_payload *payload = &opened->payload;
    int ret = sgw_body_source_init(&payload->body, layer->inner, &layer->inner_mime.parts[0],
                                   ret_error);
    return ret < 0 ? ret
                   : sgw_mime_scan(&payload->body.base, &opened->context->limits,
                                   SGW_SCAN_SHALLOW, NULL, &payload->mime, ret_error);
}

int sgw_opened_judge_wrapped(struct sgw_opened *opened, struct smimegw_error **ret_error)
{
    struct sgw_payload *payload = &opened->payload;
    struct smimegw_error *error = NULL;
    const struct sgw_layer *layer = payload_layer(opened);
    enum from from = FROM_NONE;
    if (layer == NULL || hp_of(&layer->inner_mime) != NULL ||
        !sgw_content_type_is(&layer->inner_mime.parts[0].type, "message/rfc822"))
        return SMIMEGW_OK;
    int ret = scan_wrapped(opened, layer, &error);
    if (ret == SMIMEGW_E_SYNTAX || ret == SMIMEGW_E_LIMIT) {
        sgw_error_clear(&error);
        return SMIMEGW_OK;
    }
    if (ret < 0)
        sgw_fail(ret_error, ret, "%s", smimegw_error_text(error));
    sgw_error_clear(&error);
    if (ret < 0 || !is_plain_message(&payload->mime))
        return ret;
    bool can_lift;
    ret = sgw_content_check(&payload->mime.header, &can_lift);
    if (ret == SMIMEGW_OK)
        ret = compare_from(opened, &payload->mime.header, &from);
    if (ret == SMIMEGW_OK && from == FROM_SAME && can_lift) {
        payload->kind = SMIMEGW_HEADERS_WRAPPED;
        payload->header = &payload->mime.header;
        ret = judge(opened);
    }
    return ret < 0 ? sgw_fail(ret_error, ret, "protected header") : SMIMEGW_OK;
}
