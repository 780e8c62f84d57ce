/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/filter/content.h"

#include <smimegw/buffer.h>
#include <stdlib.h>
#include <string.h>

#include "addons/filter/text.h"

enum {
    WINDOW = 262144,
    OVERLAP = 16384, /* a match up to this size is found wherever it is */
    BACK = 256,      /* kept for looking back */
    AHEAD = 256      /* a match this near to a window's end waits for the next one */
};

/* A search on its way through a text. */
struct seeker {
    struct sgw_flt_search_order *order;
    int truth; /* NO, UNKNOWN, or a negative result */
    size_t from;
    bool is_first;
    size_t size; /* of what is in the room */
    char *room;  /* WINDOW bytes */
};

static bool is_done(const struct seeker *seeker)
{
    return seeker->truth != SGW_FLT_NO || seeker->order->count >= seeker->order->wanted;
}

/* Bytes without a character that is cut off at the end. */
static size_t whole_size(const char *data, size_t size)
{
    size_t back = 0;
    while (back < 3 && back < size && ((unsigned char)data[size - 1 - back] & 0xc0) == 0x80)
        back++;
    if (back == size)
        return size;
    return sgw_utf8_length((const uint8_t *)(data + size - 1 - back), back + 1) > 0
               ? size
               : size - 1 - back;
}

static size_t to_character(const char *data, size_t size, size_t at)
{
    while (at < size && ((unsigned char)data[at] & 0xc0) == 0x80)
        at++;
    return at;
}

/* Count the matches in a window; how many of its bytes are done with comes back. */
static size_t look(struct seeker *seeker, const char *data, size_t size, bool is_last)
{
    size_t whole = is_last ? size : whole_size(data, size);
    size_t safe = is_last || whole < OVERLAP ? 0 : to_character(data, whole, whole - OVERLAP);
    struct sgw_flt_stretch stretch = {data, whole, seeker->from, seeker->is_first, is_last};
    while (!is_done(seeker) && stretch.from <= whole) {
        size_t match[2];
        int truth =
            sgw_flt_search(seeker->order->matcher, seeker->order->regex, &stretch, match);
        if (truth != SGW_FLT_YES) {
            seeker->truth = truth;
            break;
        }
        if (!is_last && match[0] >= safe && match[1] + AHEAD > whole)
            break;
        seeker->order->count++;
        stretch.from =
            match[1] > match[0] ? match[1] : to_character(data, whole, match[1] + 1);
    }
    if (is_last)
        return size;
    size_t next = stretch.from > safe ? stretch.from : safe;
    if (next > whole)
        next = whole;
    size_t done = next > BACK ? to_character(data, whole, next - BACK) : 0;
    seeker->from = next - done;
    seeker->is_first = seeker->is_first && done == 0;
    return done;
}

static int look_through(struct seeker *seeker, const char *text, size_t size)
{
    size_t at = 0;
    bool is_last = false;
    while (!is_last && !is_done(seeker)) {
        is_last = size - at <= WINDOW;
        at += look(seeker, text + at, is_last ? size - at : WINDOW, is_last);
    }
    return seeker->truth;
}

/* As look_through(), for a text that comes in pieces. */
static int take(void *userdata, const void *data, size_t size)
{
    struct seeker *seeker = userdata;
    const char *from = data;
    while (size > 0) {
        size_t fits = WINDOW - seeker->size;
        fits = fits < size ? fits : size;
        memcpy(seeker->room + seeker->size, from, fits);
        seeker->size += fits;
        from += fits;
        size -= fits;
        if (size == 0)
            break;
        /* there is more, so this window is not the last one */
        size_t done = look(seeker, seeker->room, seeker->size, false);
        if (is_done(seeker))
            return 1;
        seeker->size -= done;
        memmove(seeker->room, seeker->room + done, seeker->size);
    }
    return 0;
}

static int search_pieces(struct sgw_flt_content *content, size_t part, struct seeker *seeker,
                         struct smimegw_error **ret_error)
{
    struct smimegw_error *error = NULL;
    seeker->room = sgw_flt_new(WINDOW, 1);
    if (seeker->room == NULL)
        return sgw_flt_no_memory(ret_error);
    int ret =
        smimegw_parts_write(content->parts, part, SMIMEGW_PART_UTF8, take, seeker, &error);
    if (ret == SMIMEGW_OK)
        look(seeker, seeker->room, seeker->size, true);
    if (ret == SMIMEGW_OK || ret == SMIMEGW_E_SINK)
        ret = seeker->truth;
    else
        smimegw_error_set(ret_error, ret, smimegw_error_text(error));
    smimegw_error_free(error);
    free(seeker->room);
    return ret;
}

struct keeper {
    struct smimegw_buffer *buffer;
    int ret;
};

static int keep_bytes(void *userdata, const void *data, size_t size)
{
    struct keeper *keeper = userdata;
    keeper->ret = smimegw_buffer_write(keeper->buffer, data, size);
    return keeper->ret;
}

/* Decode a part into memory where it fits. */
static int keep(struct sgw_flt_content *content, size_t part, struct smimegw_error **ret_error)
{
    struct sgw_flt_kept *kept = &content->kept[part];
    struct keeper keeper = {NULL, SMIMEGW_OK};
    struct smimegw_error *error = NULL;
    kept->state = SGW_FLT_TOO_LARGE;
    /* base64 of UTF-16 is the worst: what is left of that is more than a third */
    if (content->room == 0 ||
        smimegw_parts_size(content->parts, part) / 4 > (int64_t)content->room)
        return SMIMEGW_OK;
    int ret = smimegw_buffer_new(content->room, &keeper.buffer, ret_error);
    if (ret < 0)
        return ret;
    ret = smimegw_parts_write(content->parts, part, SMIMEGW_PART_UTF8, keep_bytes, &keeper,
                              &error);
    if (ret == SMIMEGW_OK) {
        kept->state = SGW_FLT_KEPT;
        kept->text = keeper.buffer;
        content->room -= smimegw_buffer_size(kept->text);
        return SMIMEGW_OK;
    }
    smimegw_buffer_free(keeper.buffer);
    ret = ret == SMIMEGW_E_SINK ? keeper.ret : ret;
    if (ret != SMIMEGW_E_LIMIT)
        smimegw_error_set(ret_error, ret, smimegw_error_text(error));
    smimegw_error_free(error);
    return ret == SMIMEGW_E_LIMIT ? SMIMEGW_OK : ret;
}

int sgw_flt_search_part(struct sgw_flt_content *content, size_t part,
                        struct sgw_flt_search_order *order, struct smimegw_error **ret_error)
{
    struct sgw_flt_kept *kept = &content->kept[part];
    struct seeker seeker = {.order = order, .truth = SGW_FLT_NO, .is_first = true};
    int ret = kept->state == SGW_FLT_NOT_READ ? keep(content, part, ret_error) : SMIMEGW_OK;
    if (ret < 0)
        return ret;
    ret = kept->state == SGW_FLT_KEPT ? look_through(&seeker, smimegw_buffer_data(kept->text),
                                                     smimegw_buffer_size(kept->text))
                                      : search_pieces(content, part, &seeker, ret_error);
    if (ret == SMIMEGW_E_NOMEM)
        return sgw_flt_no_memory(ret_error);
    if (ret < 0)
        return ret;
    return order->count >= order->wanted ? SGW_FLT_YES : ret;
}

int sgw_flt_content_open(struct sgw_flt_content *content, struct smimegw_gateway *gateway,
                         struct smimegw_message *message, int64_t body_limit,
                         struct smimegw_error **ret_error)
{
    struct smimegw_error *error = NULL;
    int ret = smimegw_parts_new(gateway, message, &content->parts, &error);
    if (ret == SMIMEGW_E_SYNTAX || ret == SMIMEGW_E_LIMIT) {
        size_t used = 0;
        for (const char *text = smimegw_error_text(error);
             text[used] != '\0' && used + 1 < sizeof(content->problem); used++)
            content->problem[used] = text[used];
        content->problem[used] = '\0';
        smimegw_error_free(error);
        return SMIMEGW_OK;
    }
    if (ret < 0)
        smimegw_error_set(ret_error, ret, smimegw_error_text(error));
    smimegw_error_free(error);
    if (ret < 0)
        return ret;
    content->count = smimegw_parts_count(content->parts);
    content->room = (size_t)body_limit;
    content->kept = sgw_flt_new(content->count, sizeof(*content->kept));
    return content->kept == NULL ? sgw_flt_no_memory(ret_error) : SMIMEGW_OK;
}

void sgw_flt_content_clear(struct sgw_flt_content *content)
{
    for (size_t i = 0; content->kept != NULL && i < content->count; i++)
        smimegw_buffer_free(content->kept[i].text);
    free(content->kept);
    smimegw_parts_free(content->parts);
}

bool sgw_flt_part_is_text(const struct sgw_flt_content *content, size_t part)
{
    const char *type = smimegw_parts_text(content->parts, part, SMIMEGW_PART_TYPE);
    return strncmp(type, "text/", 5) == 0 || strncmp(type, "message/", 8) == 0;
}

bool sgw_flt_part_is_body(const struct sgw_flt_content *content, size_t part)
{
    const char *disposition =
        smimegw_parts_text(content->parts, part, SMIMEGW_PART_DISPOSITION);
    return sgw_flt_part_is_text(content, part) &&
           (disposition == NULL || strcmp(disposition, "attachment") != 0) &&
           smimegw_parts_text(content->parts, part, SMIMEGW_PART_FILENAME) == NULL;
}
