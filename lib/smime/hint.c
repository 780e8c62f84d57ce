/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/text.h"
#include "smime/unwrap.h"
#include "stream/sink.h"

/* What makes some reader take an entity for S/MIME. */
static const char *const words[] = {"pkcs7", "multipart/signed", ".p7m", ".p7z", ".p7c"};

static bool has_word(const char *data, size_t size)
{
    for (size_t word = 0; word < sizeof(words) / sizeof(words[0]); word++) {
        size_t word_size = strlen(words[word]);
        for (size_t i = 0; i + word_size <= size; i++)
            if (sgw_equal_nocase(data + i, word_size, words[word], word_size))
                return true;
    }
    return false;
}

static bool header_hints(const struct sgw_header *header)
{
    for (size_t i = 0; i < header->count; i++) {
        const struct sgw_field *field = &header->fields[i];
        if (sgw_field_is_content(header, field) &&
            has_word((const char *)header->raw.data + field->value_start,
                     field->end - field->value_start))
            return true;
    }
    return false;
}

bool sgw_root_is_smime(const struct sgw_mime *mime)
{
    const struct sgw_part *root = &mime->parts[0];
    if (root->smime == SGW_SMIME_SIGNED || root->smime == SGW_SMIME_MIME)
        return true;
    return root->is_ambiguous && header_hints(&mime->header);
}

int sgw_source_hints_smime(struct sgw_source *message, const struct sgw_limits *limits,
                           bool *ret_is_smime, struct smimegw_error **ret_error)
{
    struct sgw_header header = {0};
    struct sgw_limits many = *limits;
    struct sgw_buf_sink sink;
    bool is_broken;
    many.header_fields = INT64_MAX;
    sgw_buf_sink_init(&sink, &header.raw);
    int ret = sgw_source_run(message, 0, limits->header_size, &sink.base, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_header_parse_lenient(&header, &many, &is_broken, ret_error);
    if (ret == SMIMEGW_OK)
        *ret_is_smime = header_hints(&header);
    sgw_header_clear(&header);
    return ret;
}
