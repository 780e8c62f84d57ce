/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cms/capabilities.h"

#include "cms/attributes.h"
#include "pki/cert/extension.h"

enum { SIZE_MOST = 65536, ENTRIES_MOST = 256 };

/* What we can read, best first ([RFC8551-2.5.2]; parameters left out, AEAD included).
 */
static const enum sgw_cipher_id readable[] = {
    SGW_CIPHER_AES256_GCM, SGW_CIPHER_AES192_GCM, SGW_CIPHER_AES128_GCM,
    SGW_CIPHER_AES256_CBC, SGW_CIPHER_AES192_CBC, SGW_CIPHER_AES128_CBC,
};

/* SMIMECapabilities ::= SEQUENCE OF SEQUENCE { capabilityID OID, parameters ANY OPTIONAL }.
 * Parameters of the ciphers that we know say nothing, and some write NULL. */
uint32_t sgw_capabilities_read(const void *der, size_t size)
{
    struct sgw_der walk;
    struct sgw_der list;
    struct sgw_tlv entry;
    uint32_t ciphers = 0;
    if (size > SIZE_MOST)
        return 0;
    sgw_der_init(&walk, der, size);
    if (!sgw_der_enter(&walk, SGW_TAG_SEQUENCE, &list) || !sgw_der_at_end(&walk) ||
        sgw_der_count(list) > ENTRIES_MOST)
        return 0;
    while (sgw_der_get(&list, SGW_TAG_SEQUENCE, &entry)) {
        struct sgw_tlv oid;
        struct sgw_der parameters;
        if (!sgw_algorithm_read(&entry, &oid, &parameters))
            return 0;
        const struct sgw_cipher_row *row = sgw_cipher_by_oid(&oid);
        if (row != NULL)
            ciphers |= UINT32_C(1) << row->id;
    }
    return sgw_der_at_end(&list) ? ciphers : 0;
}

uint32_t sgw_capabilities_of_cert(const struct smimegw_cert *cert)
{
    const struct sgw_oid *oid = &sgw_attribute_oids[SGW_ATTRIBUTE_CAPABILITIES];
    struct sgw_der value;
    if (!sgw_extension_find_oid(cert, oid->bytes, oid->size, &value))
        return 0;
    return sgw_capabilities_read(value.at, sgw_der_left(&value));
}

void sgw_out_capabilities(struct sgw_der_out *out)
{
    size_t whole = sgw_out_mark(out);
    for (size_t i = 0; i < sizeof(readable) / sizeof(readable[0]); i++)
        sgw_out_algorithm(out, &sgw_cipher_by_id(readable[i])->oid, SGW_PARAMETERS_ABSENT);
    sgw_out_oaep(out, SGW_HASH_SHA256);
    sgw_out_wrap(out, whole, SGW_TAG_SEQUENCE);
}
