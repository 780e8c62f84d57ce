/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "cms/enveloped_in.h"

enum { TAG_KEY_AGREEMENT = 0xa1 };

static bool read_issuer_serial(struct sgw_der *walk, struct sgw_recipient *recipient)
{
    struct sgw_der inside;
    return sgw_der_enter(walk, SGW_TAG_SEQUENCE, &inside) &&
           sgw_der_get(&inside, SGW_TAG_SEQUENCE, &recipient->issuer) &&
           sgw_der_get(&inside, SGW_TAG_INTEGER, &recipient->serial) &&
           sgw_der_at_end(&inside);
}

/* KeyTransRecipientInfo [RFC5652-6.2.1]. */
static bool read_transport(struct sgw_der walk, struct sgw_recipient *recipient)
{
    struct sgw_tlv version;
    recipient->kind = SGW_RECIPIENT_TRANSPORT;
    if (!sgw_der_get(&walk, SGW_TAG_INTEGER, &version))
        return false;
    recipient->is_key_id = sgw_der_is_next(&walk, SGW_TAG_CONTEXT);
    if (recipient->is_key_id ? !sgw_der_get(&walk, SGW_TAG_CONTEXT, &recipient->key_id)
                             : !read_issuer_serial(&walk, recipient))
        return false;
    return sgw_der_get(&walk, SGW_TAG_SEQUENCE, &recipient->algorithm) &&
           sgw_der_get(&walk, SGW_TAG_OCTET_STRING, &recipient->encrypted_key) &&
           sgw_der_at_end(&walk);
}

/* Originator of a key agreement: only an ephemeral key ([1]) is of use to us. */
static bool read_originator(struct sgw_der *walk, struct sgw_recipient *recipient)
{
    struct sgw_der inside;
    struct sgw_der key;
    if (!sgw_der_enter(walk, SGW_TAG_CONTEXT_CONSTRUCTED, &inside))
        return false;
    if (!sgw_der_is_next(&inside, SGW_TAG_CONTEXT_CONSTRUCTED | 1))
        return true;
    return sgw_der_enter(&inside, SGW_TAG_CONTEXT_CONSTRUCTED | 1, &key) &&
           sgw_der_get(&key, SGW_TAG_SEQUENCE, &recipient->originator_algorithm) &&
           sgw_der_get(&key, SGW_TAG_BIT_STRING, &recipient->originator) &&
           sgw_der_at_end(&key) && sgw_der_at_end(&inside);
}

/* What all encrypted keys of a KeyAgreeRecipientInfo share [RFC5652-6.2.2]. */
static bool read_agreement(struct sgw_der *walk, struct sgw_recipient *shared,
                           struct sgw_der *ret_keys)
{
    struct sgw_tlv version;
    struct sgw_der inside;
    shared->kind = SGW_RECIPIENT_AGREEMENT;
    if (!sgw_der_get(walk, SGW_TAG_INTEGER, &version) || !read_originator(walk, shared))
        return false;
    if (sgw_der_is_next(walk, SGW_TAG_CONTEXT_CONSTRUCTED | 1) &&
        (!sgw_der_enter(walk, SGW_TAG_CONTEXT_CONSTRUCTED | 1, &inside) ||
         !sgw_der_get(&inside, SGW_TAG_OCTET_STRING, &shared->ukm)))
        return false;
    return sgw_der_get(walk, SGW_TAG_SEQUENCE, &shared->algorithm) &&
           sgw_der_enter(walk, SGW_TAG_SEQUENCE, ret_keys) && sgw_der_at_end(walk);
}

static bool read_encrypted_key(struct sgw_der *walk, struct sgw_recipient *recipient)
{
    struct sgw_der inside;
    struct sgw_der id;
    if (!sgw_der_enter(walk, SGW_TAG_SEQUENCE, &inside))
        return false;
    recipient->is_key_id = sgw_der_is_next(&inside, SGW_TAG_CONTEXT_CONSTRUCTED);
    if (recipient->is_key_id ? !sgw_der_enter(&inside, SGW_TAG_CONTEXT_CONSTRUCTED, &id) ||
                                   !sgw_der_get(&id, SGW_TAG_OCTET_STRING, &recipient->key_id)
                             : !read_issuer_serial(&inside, recipient))
        return false;
    return sgw_der_get(&inside, SGW_TAG_OCTET_STRING, &recipient->encrypted_key) &&
           sgw_der_at_end(&inside);
}

static int add_recipient(struct sgw_recipients *recipients, const struct sgw_recipient *new,
                         int64_t limit, struct smimegw_error **ret_error)
{
    if ((int64_t)recipients->count == limit)
        return sgw_fail(ret_error, SMIMEGW_E_LIMIT,
                        "enveloped data: more than %lld recipients", (long long)limit);
    /* grows at powers of two */
    if ((recipients->count & (recipients->count - 1)) == 0) {
        struct sgw_recipient *list =
            sgw_realloc(recipients->list, recipients->count > 0 ? recipients->count * 2 : 1,
                        sizeof(*list));
        if (list == NULL)
            return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "recipients");
        recipients->list = list;
    }
    recipients->list[recipients->count++] = *new;
    return SMIMEGW_OK;
}

static int bad_recipient(size_t index, struct smimegw_error **ret_error)
{
    return sgw_fail(ret_error, SMIMEGW_E_SYNTAX, "enveloped data: malformed RecipientInfo %zu",
                    index + 1);
}

static int add_agreement(struct sgw_recipients *recipients, struct sgw_der walk, int64_t limit,
                         struct smimegw_error **ret_error)
{
    struct sgw_recipient shared = {0};
    struct sgw_der keys;
    if (!read_agreement(&walk, &shared, &keys))
        return bad_recipient(recipients->count, ret_error);
    while (!sgw_der_at_end(&keys)) {
        struct sgw_recipient recipient = shared;
        if (!read_encrypted_key(&keys, &recipient))
            return bad_recipient(recipients->count, ret_error);
        int ret = add_recipient(recipients, &recipient, limit, ret_error);
        if (ret < 0)
            return ret;
    }
    return SMIMEGW_OK;
}

static int read_all(struct sgw_der walk, int64_t limit, struct sgw_recipients *recipients,
                    struct smimegw_error **ret_error)
{
    while (!sgw_der_at_end(&walk)) {
        struct sgw_tlv tlv;
        struct sgw_recipient recipient = {.kind = SGW_RECIPIENT_OTHER};
        if (!sgw_der_next(&walk, &tlv))
            return bad_recipient(recipients->count, ret_error);
        struct sgw_der inside = sgw_der_inside(&walk, &tlv);
        int ret;
        if (tlv.tag == TAG_KEY_AGREEMENT) {
            ret = add_agreement(recipients, inside, limit, ret_error);
        } else {
            if (tlv.tag == SGW_TAG_SEQUENCE && !read_transport(inside, &recipient))
                return bad_recipient(recipients->count, ret_error);
            ret = add_recipient(recipients, &recipient, limit, ret_error);
        }
        if (ret < 0)
            return ret;
    }
    return SMIMEGW_OK;
}

int sgw_recipients_read(const struct sgw_framing *framing, const struct sgw_limits *limits,
                        struct sgw_recipients *ret, struct smimegw_error **ret_error)
{
    struct sgw_recipients found = {0};
    struct sgw_der walk;
    sgw_ber_init(&walk, framing->recipients.value, framing->recipients.size);
    int result = read_all(walk, limits->recipients_in, &found, ret_error);
    if (result == SMIMEGW_OK && found.count == 0)
        result = sgw_fail(ret_error, SMIMEGW_E_SYNTAX, "enveloped data: no recipient");
    if (result < 0) {
        sgw_recipients_clear(&found);
        return result;
    }
    *ret = found;
    return SMIMEGW_OK;
}

void sgw_recipients_clear(struct sgw_recipients *recipients)
{
    sgw_free(recipients->list);
    memset(recipients, 0, sizeof(*recipients));
}

bool sgw_recipient_is(const struct sgw_recipient *recipient, const struct smimegw_cert *cert)
{
    if (recipient->kind == SGW_RECIPIENT_OTHER)
        return false;
    if (recipient->is_key_id)
        return sgw_cert_is_ski(cert, recipient->key_id.value, recipient->key_id.size);
    return sgw_cert_is_issuer_serial(cert, recipient->issuer.start, recipient->issuer.total,
                                     recipient->serial.value, recipient->serial.size);
}

const char *sgw_recipient_algorithm(const struct sgw_recipient *recipient)
{
    struct sgw_tlv oid;
    struct sgw_der parameters;
    if (recipient->kind == SGW_RECIPIENT_OTHER ||
        !sgw_algorithm_read(&recipient->algorithm, &oid, &parameters))
        return "unknown";
    if (sgw_tlv_is_oid(&oid, &sgw_oid_rsa))
        return "rsa-pkcs1";
    if (sgw_tlv_is_oid(&oid, &sgw_oid_rsa_oaep))
        return "rsa-oaep";
    const struct sgw_kdf_row *kdf = sgw_kdf_by_oid(&oid);
    return kdf != NULL ? kdf->name : "unknown";
}
