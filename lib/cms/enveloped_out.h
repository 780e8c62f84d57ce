/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_CMS_ENVELOPED_OUT_H
#define SGW_CMS_ENVELOPED_OUT_H

#include "asn1/frame_out.h"
#include "cms/algorithms.h"

enum sgw_key_encryption { /* of RSA recipients */
                          SGW_KEY_ENCRYPTION_PKCS1,
                          SGW_KEY_ENCRYPTION_OAEP_SHA1,
                          SGW_KEY_ENCRYPTION_OAEP_SHA256
};

struct sgw_recipients_request {
    struct smimegw_cert *const *certs; /* borrowed */
    size_t count;
    enum sgw_key_encryption key_encryption;
    bool has_key_id; /* recipient id by SKI, where the certificate has one */
    enum sgw_cipher_id cipher;
    const uint8_t *key; /* content-encryption key */
    const uint8_t *iv;
};

/* Frame of EnvelopedData or AuthEnvelopedData, whichever the cipher asks for, but for
 * after_size. The same certificate twice counts once. E_RECIPIENT says which and why. */
int sgw_enveloped_frame(const struct sgw_recipients_request *request,
                        struct sgw_frame_out *frame, struct smimegw_error **ret_error);

#endif
