/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_CMS_PREFERENCE_H
#define SGW_CMS_PREFERENCE_H

#include "cms/signed_in.h"

/*
 * The certificate that a signer wants mail to it encrypted with, by the signed attribute
 * SMIMEEncryptionKeyPreference [RFC8551-2.5.3]. Only a signer that passed is listened to, and
 * only about certificates of the message with its own subject and issuer, and a path to an
 * anchor. ret_preferred: a reference; NULL where it is the signer's own, or is_odd: it names
 * another one. E_NOMEM or E_CRYPTO for trouble.
 */
int sgw_preference_judge(const struct sgw_judge *judge,
                         const struct sgw_signer_finding *finding,
                         struct smimegw_cert **ret_preferred, bool *ret_is_odd,
                         struct smimegw_error **ret_error);

#endif
