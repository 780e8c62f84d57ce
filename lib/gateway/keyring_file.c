/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/lint.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/buffer_impl.h"
#include "base/error_impl.h"
#include "base/text.h"
#include "gateway/keyring_impl.h"
#include "pki/cert/pem.h"

#define FIRST_LINE "# smimegw public keys 1\n"

/* Base64 of the largest certificate that is read, and its lines' ends. */
enum { BLOCK_SIZE_MAX = 2 * 65536, NUMBER_ROOM = 24 };

/* --- export --------------------------------------------------------------------------------
 */

static int put_entry(const struct sgw_key_entry *entry, struct sgw_buf *text,
                     struct smimegw_error **ret_error)
{
    struct smimegw_buffer *pem;
    int ret = smimegw_cert_pem(entry->cert, &pem, ret_error);
    if (ret < 0)
        return ret;
    ret = sgw_buf_printf(text, "\nName: %s\nOrigin: %s\n", entry->name, entry->origin);
    if (ret == SMIMEGW_OK)
        ret = sgw_buf_append(text, smimegw_buffer_data(pem), smimegw_buffer_size(pem));
    smimegw_buffer_free(pem);
    return ret < 0 ? sgw_fail(ret_error, ret, "key \"%s\"", entry->name) : SMIMEGW_OK;
}

static int write_text(smimegw_write_fn write, void *userdata, const void *data, size_t size,
                      struct smimegw_error **ret_error)
{
    int code = write(userdata, data, size);
    return code != 0
               ? sgw_fail(ret_error, SMIMEGW_E_SINK, "the write function returned %d", code)
               : SMIMEGW_OK;
}

int smimegw_keyring_export(const struct smimegw_keyring *keyring, smimegw_write_fn write,
                           void *userdata, struct smimegw_error **ret_error)
{
    struct sgw_buf text = SGW_BUF_INIT(0);
    SGW_REQUIRE(keyring != NULL, ret_error);
    SGW_REQUIRE(write != NULL, ret_error);
    int ret = write_text(write, userdata, FIRST_LINE, sizeof(FIRST_LINE) - 1, ret_error);
    for (size_t i = 0; ret == SMIMEGW_OK && i < keyring->table.count; i++) {
        sgw_buf_truncate(&text, 0);
        ret = put_entry(&keyring->table.entries[i], &text, ret_error);
        if (ret == SMIMEGW_OK)
            ret = write_text(write, userdata, text.data, text.size, ret_error);
    }
    sgw_buf_clear(&text);
    return ret;
}

/* --- import --------------------------------------------------------------------------------
 */

/* A file on its way into a copy of the keyring. */
struct import {
    struct sgw_key_table table;
    struct sgw_index numbers; /* of names that were made, by the name they were made from */
    const char *data;
    size_t size;
    size_t at;   /* how far it was read */
    size_t line; /* of that place, from 1 */
    uint32_t flags;
    smimegw_import_fn report;
    void *userdata;
    size_t entries; /* of any outcome */
    /* what the lines in front of the next block say */
    char name[SGW_KEY_NAME_MAX + 1];
    char origin[SGW_KEY_NAME_MAX + 1];
    const char *wrong; /* with those lines; NULL: nothing */
};

static int tell(struct import *import, int outcome, size_t line, const char *text,
                struct smimegw_error **ret_error)
{
    import->entries++;
    if (import->report == NULL)
        return SMIMEGW_OK;
    int code = import->report(import->userdata, outcome, line, import->name, text, import->at,
                              import->size);
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

/* Count the lines up to there; what stands between blocks is read, too. */
static void go_to(struct import *import, size_t to, bool reads)
{
    const char *end = import->data + to;
    for (const char *at = import->data + import->at; at < end;) {
        const char *stop = line_end(at, end);
        if (reads &&
            !read_field(at, (size_t)(stop - at), "Name", import->name, &import->wrong))
            read_field(at, (size_t)(stop - at), "Origin", import->origin, &import->wrong);
        import->line += stop < end;
        at = next_line(stop, end);
    }
    import->at = to;
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

/* "name", "name 2", "name 3" ...; the last number is remembered, so that many of one name
 * cost no more than few. */
static int make_unique(struct import *import)
{
    char base[SGW_KEY_NAME_MAX + 1];
    size_t number = 1;
    size_t taken;
    strcpy(base, import->name);
    uint64_t hash = sgw_index_hash(&import->numbers, base, strlen(base));
    size_t at = 0;
    if (sgw_index_next(&import->numbers, hash, &at, &number))
        sgw_index_remove(&import->numbers, hash, number);
    while (sgw_key_table_find(&import->table, import->name, &taken))
        snprintf(import->name, sizeof(import->name), "%.*s %zu",
                 SGW_KEY_NAME_MAX - NUMBER_ROOM, base, ++number);
    return sgw_index_add(&import->numbers, hash, number);
}

static int take_cert(struct import *import, struct smimegw_cert *cert, size_t line,
                     struct smimegw_error **ret_error)
{
    struct smimegw_lint *lint = NULL;
    int outcome = 0;
    int ret = SMIMEGW_OK;
    if (import->name[0] == '\0') {
        name_by_cert(cert, import->name);
        if (sgw_key_table_has_cert(&import->table, cert))
            return tell(import, SMIMEGW_IMPORT_SAME, line, "", ret_error);
        ret = make_unique(import);
    }
    if (ret == SMIMEGW_OK && (import->flags & SMIMEGW_KEYRING_FORCE) == 0)
        ret = sgw_key_check(cert, &lint, ret_error);
    if (ret == SMIMEGW_OK && lint != NULL) {
        ret =
            tell(import, SMIMEGW_IMPORT_REFUSED, line, smimegw_lint_text(lint, 0), ret_error);
        smimegw_lint_free(lint);
        return ret;
    }
    const struct sgw_key_entry entry = {import->name, import->origin, cert};
    if (ret == SMIMEGW_OK)
        ret = sgw_key_table_put(&import->table, &entry,
                                (import->flags & SMIMEGW_KEYRING_REPLACE) != 0, &outcome);
    if (ret == SMIMEGW_E_LIMIT)
        return tell(import, SMIMEGW_IMPORT_REFUSED, line,
                    "there are 1000 keys for an address of it", ret_error);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "keyring");
    return tell(import, outcome, line,
                outcome == SMIMEGW_IMPORT_CONFLICT ? "another certificate has this name" : "",
                ret_error);
}

static int take_block(struct import *import, const struct sgw_pem_block *block, size_t line,
                      struct smimegw_error **ret_error)
{
    struct smimegw_cert *cert;
    struct smimegw_error *error = NULL;
    if (sgw_pem_is_private_key(block))
        return tell(import, SMIMEGW_IMPORT_PRIVATE, line,
                    "a private key does not belong here and was not taken", ret_error);
    if (!sgw_pem_is_certificate(block))
        return tell(import, SMIMEGW_IMPORT_REFUSED, line, "it is no certificate", ret_error);
    if (import->wrong != NULL)
        return tell(import, SMIMEGW_IMPORT_REFUSED, line, import->wrong, ret_error);
    if (block->size > BLOCK_SIZE_MAX)
        return tell(import, SMIMEGW_IMPORT_REFUSED, line, "it is larger than 128 KiB",
                    ret_error);
    int ret = sgw_cert_new_pem(block, &cert, &error);
    if (ret == SMIMEGW_OK) {
        ret = take_cert(import, cert, line, ret_error);
        smimegw_cert_unref(cert);
    } else if (ret == SMIMEGW_E_NOMEM) {
        sgw_fail(ret_error, ret, "keyring");
    } else {
        ret = tell(import, SMIMEGW_IMPORT_REFUSED, line, smimegw_error_text(error), ret_error);
    }
    sgw_error_clear(&error);
    return ret;
}

static int read_file(struct import *import, struct smimegw_error **ret_error)
{
    struct sgw_pem_block block;
    int ret = SMIMEGW_OK;
    for (size_t at = 0; ret == SMIMEGW_OK && sgw_pem_next((const uint8_t *)import->data,
                                                          import->size, &at, &block);) {
        strcpy(import->origin, "administrator");
        import->name[0] = '\0';
        import->wrong = NULL;
        go_to(import, (size_t)(block.start - import->data), true);
        size_t line = import->line;
        go_to(import, at, false);
        ret = take_block(import, &block, line, ret_error);
    }
    if (ret == SMIMEGW_OK && import->entries == 0)
        ret = sgw_fail(ret_error, SMIMEGW_E_KEY,
                       sgw_pem_is_der((const uint8_t *)import->data, import->size)
                           ? "the file is binary: PEM text with certificates is due"
                           : "the file holds no PEM block");
    return ret;
}

int smimegw_keyring_import(struct smimegw_keyring *keyring, const void *data, size_t size,
                           uint32_t flags, smimegw_import_fn report, void *userdata,
                           struct smimegw_error **ret_error)
{
    struct import import = {.data = data,
                            .size = size,
                            .line = 1,
                            .flags = flags,
                            .report = report,
                            .userdata = userdata};
    SGW_REQUIRE(keyring != NULL, ret_error);
    SGW_REQUIRE(data != NULL || size == 0, ret_error);
    SGW_REQUIRE((flags & ~SGW_KEYRING_FLAGS) == 0, ret_error);
    int ret = sgw_index_init(&import.numbers);
    if (ret == SMIMEGW_OK)
        ret = sgw_key_table_copy(&keyring->table, &import.table);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "keyring");
    ret = read_file(&import, ret_error);
    sgw_index_clear(&import.numbers);
    if (ret < 0) {
        sgw_key_table_clear(&import.table);
        return ret;
    }
    sgw_key_table_clear(&keyring->table);
    keyring->table = import.table;
    return SMIMEGW_OK;
}
