/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/keys_file.h"

#include <smimegw/lint.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/error_impl.h"
#include "base/text.h"
#include "pki/cert/pem.h"

#define FIRST_LINE "# smimegw public keys 1\n"
#define LAST_LINE "# end"

/* Base64 of the largest certificate that is read, and its lines' ends. */
enum { BLOCK_SIZE_MAX = 2 * 65536, NUMBER_ROOM = 24, NUMBERS = 256 };

/* --- writing -------------------------------------------------------------------------------
 */

static int write_text(smimegw_write_fn write, void *userdata, const void *data, size_t size,
                      struct smimegw_error **ret_error)
{
    int code = write(userdata, data, size);
    return code != 0
               ? sgw_fail(ret_error, SMIMEGW_E_SINK, "the write function returned %d", code)
               : SMIMEGW_OK;
}

int sgw_keys_write_head(smimegw_write_fn write, void *userdata,
                        struct smimegw_error **ret_error)
{
    return write_text(write, userdata, FIRST_LINE, sizeof(FIRST_LINE) - 1, ret_error);
}

int sgw_keys_write_end(smimegw_write_fn write, void *userdata,
                       struct smimegw_error **ret_error)
{
    return write_text(write, userdata, "\n" LAST_LINE "\n", sizeof(LAST_LINE) + 1, ret_error);
}

/* The fingerprint tells a damaged certificate: for whom it is must never change. */
static int put_line(const struct sgw_keys_line *line, struct sgw_buf *text)
{
    uint8_t digest[SGW_HASH_SIZE_MAX];
    char fingerprint[2 * SGW_HASH_SIZE_MAX + 1];
    int ret = sgw_hash_once(SGW_HASH_SHA256, line->der, line->size, digest);
    if (ret < 0)
        return ret;
    sgw_hex(digest, sgw_hash_size(SGW_HASH_SHA256), fingerprint);
    ret = sgw_buf_printf(text, "\nName: %s\nOrigin: %s\nFingerprint: %s\n", line->name,
                         line->origin, fingerprint);
    return SGW_STEP(ret, sgw_pem_append(text, "CERTIFICATE", line->der, line->size));
}

int sgw_keys_write(const struct sgw_keys_line *line, smimegw_write_fn write, void *userdata,
                   struct smimegw_error **ret_error)
{
    struct sgw_buf text = SGW_BUF_INIT(0);
    int ret = put_line(line, &text);
    if (ret < 0)
        sgw_fail(ret_error, ret, "key \"%s\"", line->name);
    else
        ret = write_text(write, userdata, text.data, text.size, ret_error);
    sgw_buf_clear(&text);
    return ret;
}

/* --- reading -------------------------------------------------------------------------------
 */

/* The last number that was put behind a name, by the name's hash: a guess that saves looking
 * up all of "name 2", "name 3" ... */
struct number {
    uint64_t hash;
    size_t number;
};

struct reading {
    const struct sgw_keys_source *source;
    const struct sgw_keys_target *target;
    const char *data;
    size_t at;   /* how far it was read */
    size_t line; /* of that place, from 1 */
    size_t entries;
    struct sgw_index hashes; /* for its random key only */
    struct number numbers[NUMBERS];
    /* what the lines in front of the next block say */
    char name[SGW_KEY_NAME_MAX + 1];
    char origin[SGW_KEY_NAME_MAX + 1];
    char fingerprint[SGW_KEY_NAME_MAX + 1];
    size_t fingerprint_line; /* 0: there was none */
    const char *wrong;       /* with those lines; NULL: nothing */
    bool is_open;            /* a LAST_LINE is due */
    bool is_ended;           /* there was one */
};

static int tell(struct reading *reading, int outcome, size_t line, const char *text,
                struct smimegw_error **ret_error)
{
    const struct sgw_keys_source *source = reading->source;
    reading->entries++;
    if (source->report == NULL)
        return SMIMEGW_OK;
    int code = source->report(source->userdata, outcome, line, reading->name, text,
                              reading->at, source->size);
    return code != 0
               ? sgw_fail(ret_error, SMIMEGW_E_SINK, "the report function returned %d", code)
               : SMIMEGW_OK;
}

/* `Field: value`, blanks around the value dropped; false for any other line. */
static bool read_field(const char *line, size_t size, const char *field, char *ret,
                       const char **ret_wrong)
{
    size_t field_size = strlen(field);
    if (size <= field_size || line[field_size] != ':' ||
        !sgw_equal_nocase(line, field_size, field, field_size))
        return false;
    line += field_size + 1;
    size -= field_size + 1;
    while (size > 0 && sgw_is_blank(line[0])) {
        line++;
        size--;
    }
    while (size > 0 && sgw_is_blank(line[size - 1]))
        size--;
    ret[0] = '\0';
    if (!sgw_key_name_is_valid(line, size)) {
        *ret_wrong = "its name or origin is not one line of 1 to 255 bytes of UTF-8";
        return true;
    }
    memcpy(ret, line, size);
    ret[size] = '\0';
    return true;
}

/* The end of a line; CR, LF and CRLF end one. */
static const char *line_end(const char *at, const char *end)
{
    while (at < end && *at != '\n' && *at != '\r')
        at++;
    return at;
}

static const char *next_line(const char *at, const char *end)
{
    if (at < end && *at == '\r' && at + 1 < end && at[1] == '\n')
        at++;
    return at < end ? at + 1 : end;
}

/* A fingerprint without a certificate after it: the block's first line is damaged. */
static int check_lost(struct reading *reading, struct smimegw_error **ret_error)
{
    size_t line = reading->fingerprint_line;
    reading->fingerprint_line = 0;
    return line != 0 ? tell(reading, SMIMEGW_IMPORT_REFUSED, line,
                            "its certificate is missing: the file is damaged", ret_error)
                     : SMIMEGW_OK;
}

static int read_line(struct reading *reading, const char *line, size_t size,
                     struct smimegw_error **ret_error)
{
    char value[SGW_KEY_NAME_MAX + 1];
    int ret = SMIMEGW_OK;
    if (sgw_is_text(line, size, LAST_LINE)) {
        ret = check_lost(reading, ret_error);
        reading->is_open = false;
        reading->is_ended = true;
    } else if (read_field(line, size, "Fingerprint", value, &reading->wrong)) {
        ret = check_lost(reading, ret_error);
        strcpy(reading->fingerprint, value);
        reading->fingerprint_line = reading->line;
        reading->is_open = true;
    } else if (!read_field(line, size, "Name", reading->name, &reading->wrong)) {
        read_field(line, size, "Origin", reading->origin, &reading->wrong);
    }
    return ret;
}

/* Count the lines up to there; what stands between blocks is read, too. */
static int go_to(struct reading *reading, size_t to, bool reads,
                 struct smimegw_error **ret_error)
{
    const char *end = reading->data + to;
    int ret = SMIMEGW_OK;
    for (const char *at = reading->data + reading->at; ret == SMIMEGW_OK && at < end;) {
        const char *stop = line_end(at, end);
        if (reads)
            ret = read_line(reading, at, (size_t)(stop - at), ret_error);
        reading->line += stop < end;
        at = next_line(stop, end);
    }
    reading->at = to;
    return ret;
}

/* A name from the certificate: an address, else a domain, else the subject. */
static void name_by_cert(const struct smimegw_cert *cert, char ret[SGW_KEY_NAME_MAX + 1])
{
    static const int fields[] = {SMIMEGW_CERT_ADDRESSES, SMIMEGW_CERT_DOMAINS,
                                 SMIMEGW_CERT_SUBJECT};
    const char *text = "";
    for (size_t i = 0; i < 3 && text[0] == '\0'; i++)
        text = smimegw_cert_text(cert, fields[i]);
    size_t size = strcspn(text, ",");
    if (size > SGW_KEY_NAME_MAX - NUMBER_ROOM)
        size = SGW_KEY_NAME_MAX - NUMBER_ROOM;
    memcpy(ret, text, size);
    while (size > 0 && !sgw_key_name_is_valid(ret, size))
        size--;
    ret[size] = '\0';
    if (size == 0)
        strcpy(ret, "unnamed");
}

/* "name", "name 2", "name 3" ... */
static int make_unique(struct reading *reading, struct smimegw_error **ret_error)
{
    const struct sgw_keys_target *target = reading->target;
    char base[SGW_KEY_NAME_MAX + 1];
    bool is_taken = true;
    strcpy(base, reading->name);
    uint64_t hash = sgw_index_hash(&reading->hashes, base, strlen(base));
    struct number *last = &reading->numbers[hash % NUMBERS];
    size_t number = last->hash == hash ? last->number : 0;
    int ret = SMIMEGW_OK;
    while (ret == SMIMEGW_OK && is_taken) {
        if (++number > 1)
            snprintf(reading->name, sizeof(reading->name), "%.*s %zu",
                     SGW_KEY_NAME_MAX - NUMBER_ROOM, base, number);
        ret = target->has_name(target->userdata, reading->name, &is_taken, ret_error);
    }
    *last = (struct number){hash, number};
    return ret;
}

/* What is wrong with it; NULL: nothing. ret_lint (owned) holds the text where that is its. */
static int find_fault(const struct reading *reading, const struct smimegw_cert *cert,
                      const char **ret_fault, struct smimegw_lint **ret_lint,
                      struct smimegw_error **ret_error)
{
    *ret_fault = NULL;
    *ret_lint = NULL;
    if (reading->fingerprint_line != 0 &&
        strcmp(reading->fingerprint, smimegw_cert_text(cert, SMIMEGW_CERT_FINGERPRINT)) != 0)
        *ret_fault = "it has another fingerprint: the file is damaged";
    else if (reading->fingerprint_line != 0 && reading->name[0] == '\0')
        *ret_fault = "its name is missing: the file is damaged";
    if (*ret_fault != NULL || (reading->source->flags & SMIMEGW_KEYRING_FORCE) != 0)
        return SMIMEGW_OK;
    int ret = sgw_key_check(cert, ret_lint, ret_error);
    if (ret == SMIMEGW_OK && *ret_lint != NULL)
        *ret_fault = smimegw_lint_text(*ret_lint, 0);
    return ret;
}

static int put_cert(struct reading *reading, struct smimegw_cert *cert, size_t line,
                    struct smimegw_error **ret_error)
{
    const struct sgw_keys_target *target = reading->target;
    const struct sgw_key_entry entry = {reading->name, reading->origin, cert};
    struct smimegw_error *error = NULL;
    int outcome = 0;
    int ret =
        target->put(target->userdata, &entry,
                    (reading->source->flags & SMIMEGW_KEYRING_REPLACE) != 0, &outcome, &error);
    if (ret == SMIMEGW_E_LIMIT) {
        sgw_error_clear(&error);
        return tell(reading, SMIMEGW_IMPORT_REFUSED, line,
                    "there are 1000 keys for an address of it", ret_error);
    }
    if (ret < 0) {
        sgw_fail(ret_error, ret, "%s", smimegw_error_text(error));
        smimegw_error_free(error);
        return ret;
    }
    return tell(reading, outcome, line,
                outcome == SMIMEGW_IMPORT_CONFLICT ? "another certificate has this name" : "",
                ret_error);
}

static int take_cert(struct reading *reading, struct smimegw_cert *cert, size_t line,
                     struct smimegw_error **ret_error)
{
    const struct sgw_keys_target *target = reading->target;
    struct smimegw_lint *lint;
    const char *fault;
    bool is_there = false;
    int ret = find_fault(reading, cert, &fault, &lint, ret_error);
    if (ret == SMIMEGW_OK && reading->name[0] == '\0') {
        name_by_cert(cert, reading->name);
        ret = target->has_cert(target->userdata, cert, reading->name, &is_there, ret_error);
        if (ret == SMIMEGW_OK && !is_there)
            ret = make_unique(reading, ret_error);
    }
    if (ret == SMIMEGW_OK && is_there)
        ret = tell(reading, SMIMEGW_IMPORT_SAME, line, "", ret_error);
    else if (ret == SMIMEGW_OK && fault != NULL)
        ret = tell(reading, SMIMEGW_IMPORT_REFUSED, line, fault, ret_error);
    else if (ret == SMIMEGW_OK)
        ret = put_cert(reading, cert, line, ret_error);
    smimegw_lint_free(lint);
    return ret;
}

static int take_block(struct reading *reading, const struct sgw_pem_block *block, size_t line,
                      struct smimegw_error **ret_error)
{
    struct smimegw_cert *cert;
    struct smimegw_error *error = NULL;
    if (sgw_pem_is_private_key(block))
        return tell(reading, SMIMEGW_IMPORT_PRIVATE, line,
                    "a private key does not belong here and was not taken", ret_error);
    if (!sgw_pem_is_certificate(block))
        return tell(reading, SMIMEGW_IMPORT_REFUSED, line, "it is no certificate", ret_error);
    if (reading->wrong != NULL)
        return tell(reading, SMIMEGW_IMPORT_REFUSED, line, reading->wrong, ret_error);
    if (block->size > BLOCK_SIZE_MAX)
        return tell(reading, SMIMEGW_IMPORT_REFUSED, line, "it is larger than 128 KiB",
                    ret_error);
    int ret = sgw_cert_new_pem(block, &cert, &error);
    if (ret == SMIMEGW_OK) {
        ret = take_cert(reading, cert, line, ret_error);
        smimegw_cert_unref(cert);
    } else if (ret == SMIMEGW_E_NOMEM) {
        sgw_fail(ret_error, ret, "keyring");
    } else {
        ret =
            tell(reading, SMIMEGW_IMPORT_REFUSED, line, smimegw_error_text(error), ret_error);
    }
    sgw_error_clear(&error);
    return ret;
}

/* A block without an end has swallowed what stands before the next one: that is read. */
static size_t end_of_block(const struct reading *reading, const struct sgw_pem_block *block,
                           size_t end)
{
    static const char mark[] = "-----END ";
    const char *line = block->start + block->size;
    while (line > block->start && line[-1] != '\n' && line[-1] != '\r')
        line--;
    size_t left = (size_t)(block->start + block->size - line);
    if (left >= strlen(mark) && memcmp(line, mark, strlen(mark)) == 0)
        return end;
    return (size_t)(block->label + block->label_size - reading->data);
}

static void clear_fields(struct reading *reading)
{
    strcpy(reading->origin, SGW_DEFAULT_ORIGIN);
    reading->name[0] = '\0';
    reading->wrong = NULL;
    reading->fingerprint_line = 0;
}

static int read_blocks(struct reading *reading, struct smimegw_error **ret_error)
{
    const struct sgw_keys_source *source = reading->source;
    struct sgw_pem_block block;
    int ret = SMIMEGW_OK;
    clear_fields(reading);
    for (size_t at = 0;
         ret == SMIMEGW_OK && sgw_pem_next(source->data, source->size, &at, &block);) {
        ret = go_to(reading, (size_t)(block.start - reading->data), true, ret_error);
        size_t line = reading->line;
        ret =
            SGW_STEP(ret, go_to(reading, end_of_block(reading, &block, at), false, ret_error));
        ret = SGW_STEP(ret, take_block(reading, &block, line, ret_error));
        clear_fields(reading);
    }
    ret = SGW_STEP(ret, go_to(reading, source->size, true, ret_error));
    ret = SGW_STEP(ret, check_lost(reading, ret_error));
    if (ret == SMIMEGW_OK && reading->is_open)
        ret = tell(reading, SMIMEGW_IMPORT_REFUSED, reading->line,
                   "the file is cut off: its last line is missing", ret_error);
    return ret;
}

int sgw_keys_read(const struct sgw_keys_source *source, const struct sgw_keys_target *target,
                  struct smimegw_error **ret_error)
{
    struct reading reading = {
        .source = source, .target = target, .data = source->data, .line = 1};
    int ret = sgw_index_init(&reading.hashes);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "public keys");
    ret = read_blocks(&reading, ret_error);
    /* what an empty store or keyring writes has an end, and that is all */
    if (ret == SMIMEGW_OK && reading.entries == 0 && !reading.is_ended)
        ret = sgw_fail(ret_error, SMIMEGW_E_KEY,
                       sgw_pem_is_der(source->data, source->size)
                           ? "the file is binary: PEM text with certificates is due"
                           : "the file holds no PEM block");
    return ret;
}
