/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trust_module.h"

#include <nettle/sha1.h>
#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>
#include <p11-kit/pkcs11x.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 16, OBJECTS = 10000, ATTRIBUTE_LIMIT = 64 << 10 };

/* What a trust object says: of the certificate with this issuer and serial number. */
struct statement {
    struct cli_bytes issuer;
    struct cli_bytes serial;
    struct cli_bytes sha1;
    CK_ULONG trust;
};

struct reader {
    CK_FUNCTION_LIST *module;
    CK_SESSION_HANDLE session;
    struct statement *statements;
    size_t statement_count;
    struct cli_roots *roots;
};

static bool is_equal(const struct cli_bytes *left, const struct cli_bytes *right)
{
    return left->size == right->size && left->size != 0 &&
           memcmp(left->data, right->data, left->size) == 0;
}

/* Empty where the object does not have it; false when out of memory. */
static bool read_attribute(const struct reader *reader, CK_OBJECT_HANDLE object,
                           CK_ATTRIBUTE_TYPE type, struct cli_bytes *bytes)
{
    CK_ATTRIBUTE attribute = {type, NULL, 0};
    memset(bytes, 0, sizeof(*bytes));
    if (reader->module->C_GetAttributeValue(reader->session, object, &attribute, 1) !=
            CKR_OK ||
        attribute.ulValueLen == 0 || attribute.ulValueLen > ATTRIBUTE_LIMIT)
        return true;
    attribute.pValue = malloc(attribute.ulValueLen);
    if (attribute.pValue == NULL)
        return false;
    if (reader->module->C_GetAttributeValue(reader->session, object, &attribute, 1) ==
        CKR_OK) {
        bytes->data = attribute.pValue;
        bytes->size = attribute.ulValueLen;
        return true;
    }
    free(attribute.pValue);
    return true;
}

static void clear_statements(struct reader *reader)
{
    for (size_t index = 0; index < reader->statement_count; index++) {
        free(reader->statements[index].issuer.data);
        free(reader->statements[index].serial.data);
        free(reader->statements[index].sha1.data);
    }
    free(reader->statements);
    reader->statements = NULL;
    reader->statement_count = 0;
}

void cli_roots_clear(struct cli_roots *roots)
{
    for (size_t index = 0; index < roots->count; index++) {
        free(roots->items[index].der.data);
        free(roots->items[index].label);
    }
    free(roots->items);
    memset(roots, 0, sizeof(*roots));
}

static bool add_statement(struct reader *reader, CK_OBJECT_HANDLE object)
{
    struct statement *statements =
        reallocarray(reader->statements, reader->statement_count + 1, sizeof(*statements));
    if (statements == NULL)
        return false;
    reader->statements = statements;
    struct statement *statement = &statements[reader->statement_count++];
    memset(statement, 0, sizeof(*statement));
    CK_ATTRIBUTE trust = {CKA_TRUST_EMAIL_PROTECTION, &statement->trust,
                          sizeof(statement->trust)};
    if (reader->module->C_GetAttributeValue(reader->session, object, &trust, 1) != CKR_OK)
        statement->trust = CKT_NSS_TRUST_UNKNOWN;
    return read_attribute(reader, object, CKA_ISSUER, &statement->issuer) &&
           read_attribute(reader, object, CKA_SERIAL_NUMBER, &statement->serial) &&
           read_attribute(reader, object, CKA_CERT_SHA1_HASH, &statement->sha1);
}

/* Trust is for one certificate, by its hash; distrust for all that have its names. */
static bool is_trusted(const struct reader *reader, const struct statement *wanted)
{
    bool trusted = false;
    for (size_t index = 0; index < reader->statement_count; index++) {
        const struct statement *statement = &reader->statements[index];
        if (!is_equal(&statement->issuer, &wanted->issuer) ||
            !is_equal(&statement->serial, &wanted->serial))
            continue;
        if (statement->trust == CKT_NSS_NOT_TRUSTED)
            return false;
        if (statement->trust == CKT_NSS_TRUSTED_DELEGATOR &&
            is_equal(&statement->sha1, &wanted->sha1))
            trusted = true;
    }
    return trusted;
}

static bool judge(const struct reader *reader, CK_OBJECT_HANDLE object, struct cli_root *root)
{
    unsigned char hash[SHA1_DIGEST_SIZE];
    struct sha1_ctx context;
    struct cli_bytes after = {NULL, 0};
    struct statement wanted = {.sha1 = {hash, sizeof(hash)}};
    sha1_init(&context);
    sha1_update(&context, root->der.size, root->der.data);
    sha1_digest(&context, sizeof(hash), hash);
    bool done = read_attribute(reader, object, CKA_ISSUER, &wanted.issuer) &&
                read_attribute(reader, object, CKA_SERIAL_NUMBER, &wanted.serial) &&
                read_attribute(reader, object, CKA_NSS_EMAIL_DISTRUST_AFTER, &after);
    root->is_trusted = is_trusted(reader, &wanted);
    /* One byte, a false, or the UTCTime of the day. */
    root->is_phased_out = after.size > 1;
    free(after.data);
    free(wanted.issuer.data);
    free(wanted.serial.data);
    return done;
}

/* One line: it becomes a comment. NSS counts a NUL at the end. */
static char *make_label(const struct cli_bytes *bytes)
{
    size_t size = bytes->size;
    char *label = calloc(size + 1, 1);
    while (size > 0 && bytes->data[size - 1] <= ' ')
        size--;
    for (size_t index = 0; label != NULL && index < size; index++) {
        unsigned char byte = bytes->data[index];
        label[index] = (char)(byte < ' ' || byte == 0x7f ? ' ' : byte);
    }
    return label;
}

static bool add_root(struct reader *reader, CK_OBJECT_HANDLE object)
{
    struct cli_roots *roots = reader->roots;
    struct cli_root *items = reallocarray(roots->items, roots->count + 1, sizeof(*items));
    if (items == NULL)
        return false;
    roots->items = items;
    struct cli_root *root = &items[roots->count++];
    memset(root, 0, sizeof(*root));
    struct cli_bytes label;
    if (!read_attribute(reader, object, CKA_VALUE, &root->der) ||
        !read_attribute(reader, object, CKA_LABEL, &label))
        return false;
    root->label = make_label(&label);
    free(label.data);
    return root->label != NULL && judge(reader, object, root);
}

static CK_RV for_each(struct reader *reader, CK_OBJECT_CLASS class,
                      bool (*add)(struct reader *reader, CK_OBJECT_HANDLE object))
{
    CK_ATTRIBUTE wanted = {CKA_CLASS, &class, sizeof(class)};
    CK_OBJECT_HANDLE object;
    CK_ULONG found = 0;
    CK_RV result = reader->module->C_FindObjectsInit(reader->session, &wanted, 1);
    if (result != CKR_OK)
        return result;
    for (size_t count = 0; result == CKR_OK && count < OBJECTS; count++) {
        result = reader->module->C_FindObjects(reader->session, &object, 1, &found);
        if (result != CKR_OK || found == 0)
            break;
        if (!add(reader, object))
            result = CKR_HOST_MEMORY;
    }
    reader->module->C_FindObjectsFinal(reader->session);
    return result;
}

/* What one slot says against a certificate counts in the others, too. */
static CK_RV for_each_slot(struct reader *reader, CK_OBJECT_CLASS class,
                           bool (*add)(struct reader *reader, CK_OBJECT_HANDLE object))
{
    CK_SLOT_ID slots[SLOTS];
    CK_ULONG count = SLOTS;
    CK_RV result = reader->module->C_GetSlotList(CK_TRUE, slots, &count);
    for (CK_ULONG index = 0; result == CKR_OK && index < count; index++) {
        result = reader->module->C_OpenSession(slots[index], CKF_SERIAL_SESSION, NULL, NULL,
                                               &reader->session);
        if (result != CKR_OK)
            break;
        result = for_each(reader, class, add);
        reader->module->C_CloseSession(reader->session);
    }
    return result;
}

int cli_trust_module_read(const char *path, struct cli_roots *roots)
{
    struct reader reader = {.roots = roots};
    reader.module = p11_kit_module_load(path, 0);
    if (reader.module == NULL)
        return cli_fail(CLI_TROUBLE, "%s: %s", path, p11_kit_message());
    CK_RV result = p11_kit_module_initialize(reader.module);
    if (result == CKR_OK) {
        result = for_each_slot(&reader, CKO_NSS_TRUST, add_statement);
        if (result == CKR_OK)
            result = for_each_slot(&reader, CKO_CERTIFICATE, add_root);
        p11_kit_module_finalize(reader.module);
    }
    p11_kit_module_release(reader.module);
    clear_statements(&reader);
    return result == CKR_OK ? CLI_DONE
                            : cli_fail(CLI_TROUBLE, "%s: %s", path, p11_kit_strerror(result));
}
