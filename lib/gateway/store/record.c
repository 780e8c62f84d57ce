/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/store/record.h"

#include <string.h>

#include "asn1/der.h"
#include "base/error_impl.h"
#include "base/sized.h"
#include "base/text.h"
#include "gateway/keyring_impl.h"
#include "pki/cert/cert_walk.h"
#include "pki/cert/file_kind.h"
#include "pki/cert/pem.h"

enum { DATA_SIZE_MAX = 1 << 20, CAPABILITIES_SIZE_MAX = 65536, LABEL_MAX = 64 };

bool sgw_record_kind_is_valid(int kind)
{
    return kind >= SMIMEGW_RECORD_KEY && kind <= SMIMEGW_RECORD_ALERT;
}

bool sgw_record_kind_is_key(int kind)
{
    return kind == SMIMEGW_RECORD_KEY || kind == SMIMEGW_RECORD_HARVESTED;
}

/* --- private keys --------------------------------------------------------------------------
 */

static bool label_is_private(const char *label, size_t size)
{
    static const char words[] = "PRIVATE KEY";
    size_t words_size = sizeof(words) - 1;
    for (size_t i = 0; i + words_size <= size; i++)
        if (sgw_equal_nocase(label + i, words_size, words, words_size))
            return true;
    return false;
}

/* PEM anywhere, not at the start of a line only: in JSON all of it is one line. */
static bool has_private_pem(const char *text, size_t size)
{
    static const char mark[] = "-----BEGIN";
    size_t mark_size = sizeof(mark) - 1;
    const char *end = text + size;
    while (text < end &&
           (text = memmem(text, (size_t)(end - text), mark, mark_size)) != NULL) {
        text += mark_size;
        size_t left = (size_t)(end - text);
        if (label_is_private(text, left < LABEL_MAX ? left : LABEL_MAX))
            return true;
    }
    return false;
}

static bool is_private(int kind, const void *data, size_t size)
{
    /* for keys there is DER only, and a stranger's certificate has any text in it */
    if (!sgw_record_kind_is_key(kind) && has_private_pem(data, size))
        return true;
    switch (sgw_file_kind(data, size)) {
    case SGW_FILE_PKCS12:
    case SGW_FILE_PKCS8:
    case SGW_FILE_PKCS8_ENCRYPTED:
    case SGW_FILE_PKCS1:
    case SGW_FILE_SEC1:
    case SGW_FILE_OTHER_KEY:
    case SGW_FILE_OPENSSH:
    case SGW_FILE_PUTTY:
    case SGW_FILE_JKS:
        return true;
    default:
        return false;
    }
}

/* --- what the kinds hold -------------------------------------------------------------------
 */

static int see_key(struct sgw_seen_record *seen, struct smimegw_error **ret_error)
{
    struct smimegw_cert *cert = &seen->cert;
    int code;
    /* borrowed: it is never grown, and never cleared */
    cert->der.data = (uint8_t *)(uintptr_t)seen->record.data;
    cert->der.size = seen->record.data_size;
    if (cert->der.size > SGW_CERT_SIZE_MAX)
        return sgw_fail(ret_error, SMIMEGW_E_KEY, "its certificate is larger than %d bytes",
                        SGW_CERT_SIZE_MAX);
    const char *wrong = sgw_cert_walk(cert, &code);
    if (wrong != NULL)
        return sgw_fail(ret_error, SMIMEGW_E_KEY, "its certificate can't be read: %s", wrong);
    int ret = sgw_key_set_add_cert(&seen->keys, cert);
    ret = SGW_STEP(ret, sgw_key_set_list(&seen->keys));
    if (ret < 0)
        return sgw_fail(ret_error, ret, "record");
    seen->record.lookup_keys = seen->keys.keys;
    seen->record.lookup_key_count = seen->keys.count;
    return SMIMEGW_OK;
}

static int see_text(struct sgw_seen_record *seen, struct smimegw_error **ret_error)
{
    const struct smimegw_record *record = &seen->record;
    if (memchr(record->data, '\0', record->data_size) != NULL ||
        !sgw_utf8_valid(record->data, record->data_size))
        return sgw_fail(ret_error, SMIMEGW_E_USAGE, "its text is not UTF-8 without NUL");
    return SMIMEGW_OK;
}

static int see_identity(struct sgw_seen_record *seen, struct smimegw_error **ret_error)
{
    const struct smimegw_record *record = &seen->record;
    struct sgw_pem_block block;
    size_t count = 0;
    int ret = see_text(seen, ret_error);
    for (size_t at = 0;
         ret == SMIMEGW_OK && sgw_pem_next(record->data, record->data_size, &at, &block);
         count++) {
        struct smimegw_cert *cert = NULL;
        if (!sgw_pem_is_certificate(&block))
            return sgw_fail(ret_error, SMIMEGW_E_KEY, "it holds more than certificates");
        ret = sgw_cert_new_pem(&block, &cert, ret_error);
        smimegw_cert_unref(cert);
    }
    return ret == SMIMEGW_OK && count == 0
               ? sgw_fail(ret_error, SMIMEGW_E_KEY, "it holds no certificate in PEM")
               : ret;
}

static int (*const see_data[])(struct sgw_seen_record *seen,
                               struct smimegw_error **ret_error) = {
    [SMIMEGW_RECORD_KEY] = see_key,           [SMIMEGW_RECORD_HARVESTED] = see_key,
    [SMIMEGW_RECORD_IDENTITY] = see_identity, [SMIMEGW_RECORD_PROFILE] = see_text,
    [SMIMEGW_RECORD_POLICY] = see_text,       [SMIMEGW_RECORD_ALERT] = see_text};

/* --- all of it -----------------------------------------------------------------------------
 */

/* A SEQUENCE OF SEQUENCE { OID, ... }, which no private key is. */
bool sgw_record_are_capabilities(const void *data, size_t size)
{
    struct sgw_der der;
    struct sgw_der list;
    struct sgw_der inside;
    struct sgw_tlv oid;
    sgw_der_init(&der, data, size);
    if (!sgw_der_enter(&der, SGW_TAG_SEQUENCE, &list) || !sgw_der_at_end(&der))
        return false;
    while (!sgw_der_at_end(&list))
        if (!sgw_der_enter(&list, SGW_TAG_SEQUENCE, &inside) ||
            !sgw_der_get(&inside, SGW_TAG_OID, &oid))
            return false;
    return true;
}

static bool name_is_valid(const char *name)
{
    /* never read on and on where there is no end */
    return name != NULL && sgw_key_name_is_valid(name, strnlen(name, SGW_KEY_NAME_MAX + 1));
}

static const char *find_fault(const struct smimegw_record *record)
{
    bool is_key = sgw_record_kind_is_key(record->kind);
    if (!sgw_record_kind_is_valid(record->kind))
        return "its kind is none that is known";
    if (!name_is_valid(record->name) ||
        (record->origin != NULL && !name_is_valid(record->origin)))
        return "its name or origin is not one line of 1 to 255 bytes of UTF-8, without blanks "
               "around it";
    if (is_key ? record->grade < SMIMEGW_GRADE_UNTRUSTED ||
                     record->grade > SMIMEGW_GRADE_ADMINISTRATOR
               : record->grade != 0)
        return "its grade is none of its kind";
    if (record->data == NULL || record->data_size == 0 || record->data_size > DATA_SIZE_MAX)
        return "its data is not 1 to 1,048,576 bytes";
    if ((record->capabilities == NULL) != (record->capabilities_size == 0) ||
        record->capabilities_size > CAPABILITIES_SIZE_MAX ||
        (record->capabilities != NULL &&
         (!is_key ||
          !sgw_record_are_capabilities(record->capabilities, record->capabilities_size))))
        return "its capabilities are not SMIMECapabilities of a key in DER";
    if (record->added < 0 || record->used < 0 || record->signed_at < 0)
        return "it has a time before 1970";
    return NULL;
}

int sgw_record_see(const struct smimegw_record *record, struct sgw_seen_record *ret,
                   struct smimegw_error **ret_error)
{
    memset(ret, 0, sizeof(*ret));
    if (record == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_USAGE, "record: there is none");
    int result = sgw_sized_copy(&ret->record, sizeof(ret->record), record);
    if (result < 0)
        return sgw_fail(ret_error, result, "record: its size is none that is known");
    const char *fault = find_fault(&ret->record);
    if (fault != NULL)
        return sgw_fail(ret_error, SMIMEGW_E_USAGE, "record: %s", fault);
    ret->record.lookup_keys = NULL;
    ret->record.lookup_key_count = 0;
    if (is_private(ret->record.kind, ret->record.data, ret->record.data_size))
        return sgw_fail(ret_error, SMIMEGW_E_KEY,
                        "record \"%s\": a private key does not belong here", ret->record.name);
    struct smimegw_error *error = NULL;
    result = see_data[ret->record.kind](ret, &error);
    if (result < 0)
        sgw_fail(ret_error, result, "record \"%s\": %s", ret->record.name,
                 smimegw_error_text(error));
    sgw_error_clear(&error);
    return result;
}

void sgw_record_clear(struct sgw_seen_record *seen)
{
    sgw_key_set_clear(&seen->keys);
}
