/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SMIMEGW_TEMPLATE_H
#define SMIMEGW_TEMPLATE_H

#include <smimegw/types.h>

SMIMEGW_BEGIN_DECLS

/**
 * Make an empty template: the fields of a certificate that is to be made or asked for.
 *
 * @param ret_template  (owned) the template, for smimegw_template_free()
 * @param ret_error     (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE or #SMIMEGW_E_NOMEM
 * @thread any
 * @since 0.1
 */
SMIMEGW_API int smimegw_template_new(struct smimegw_template **ret_template,
                                     struct smimegw_error **ret_error);

/**
 * Free a template.
 *
 * @param tmpl  (nullable) (consumed) the template
 * @thread owner of @p tmpl
 * @since 0.1
 */
SMIMEGW_API void smimegw_template_free(struct smimegw_template *tmpl);

/**
 * Change a field by name and text.
 *
 * smimegw_template_setting() lists the names, their defaults and what they mean; doc/guide.md
 * has the same list. Each field is checked here; what only holds between fields is checked
 * when the template is used.
 *
 * @param tmpl       the template
 * @param name       (borrowed) name of the field
 * @param value      (nullable) (borrowed) UTF-8; NULL brings the default back
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_SETTING or #SMIMEGW_E_NOMEM
 * @thread owner of @p tmpl
 * @since 0.1
 */
SMIMEGW_API int smimegw_template_set(struct smimegw_template *tmpl, const char *name,
                                     const char *value, struct smimegw_error **ret_error);

/**
 * Read a field as text.
 *
 * @param tmpl       the template
 * @param name       (borrowed) name of the field
 * @param ret_value  (owned) the text, in the form that smimegw_template_set() takes
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_SETTING or #SMIMEGW_E_NOMEM
 * @thread owner of @p tmpl
 * @since 0.1
 */
SMIMEGW_API int smimegw_template_get(const struct smimegw_template *tmpl, const char *name,
                                     struct smimegw_buffer **ret_value,
                                     struct smimegw_error **ret_error);

/**
 * List the fields of a template.
 *
 * @param index        0, 1, 2 ...
 * @param ret_default  (nullable) (borrowed) static text of the default
 * @param ret_meaning  (nullable) (borrowed) static text: type, unit, meaning
 * @return (borrowed) static name of the field; NULL past the last one
 * @thread any
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_template_setting(size_t index, const char **ret_default,
                                                 const char **ret_meaning);

/**
 * Fill a template from a certificate, to renew it: its names, key type and size, and days.
 *
 * @param tmpl       the template; unchanged on failure
 * @param cert       (borrowed) the certificate
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM or #SMIMEGW_E_KEY (it holds what a
 *         template can't express: the text says what)
 * @thread owner of @p tmpl
 * @since 0.1
 */
SMIMEGW_API int smimegw_template_copy_cert(struct smimegw_template *tmpl,
                                           const struct smimegw_cert *cert,
                                           struct smimegw_error **ret_error);

/**
 * Make a new private key and its self-signed certificate.
 *
 * The certificate has a random serial of 127 bits, key usage by use and key type,
 * emailProtection, subject and authority key identifiers, and is no CA's.
 *
 * @param tmpl        the template
 * @param time        seconds since 1970 UTC at which validity starts; negative for now
 * @param passphrase  (nullable) (borrowed) UTF-8, encrypts the key (PKCS#8, PBES2 with
 *                    AES-256-CBC); NULL leaves it in clear
 * @param ret_pem     (owned) PEM file for smimegw_identity_new(): key, then certificate
 * @param ret_error   (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM, #SMIMEGW_E_SETTING (fields missing
 *         or in contradiction: the text says which), #SMIMEGW_E_RANDOM or #SMIMEGW_E_CRYPTO
 * @rfc RFC 5280 section 4, RFC 8550 section 4.4, RFC 9598
 * @thread any one at a time; RSA keys take up to seconds
 * @since 0.1
 */
SMIMEGW_API int smimegw_template_create(const struct smimegw_template *tmpl, int64_t time,
                                        const char *passphrase,
                                        struct smimegw_buffer **ret_pem,
                                        struct smimegw_error **ret_error);

/**
 * Make a new self-signed certificate for a key that is there: renewal.
 *
 * @param tmpl       the template; its key type and size are the identity's
 * @param identity   (borrowed) whose key signs and is certified
 * @param time       seconds since 1970 UTC at which validity starts; negative for now
 * @param ret_cert   (owned) the certificate, for smimegw_cert_unref()
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM, #SMIMEGW_E_SETTING, #SMIMEGW_E_KEY
 *         (a key that can't sign), #SMIMEGW_E_IO (the host's key engine failed),
 *         #SMIMEGW_E_RANDOM or #SMIMEGW_E_CRYPTO
 * @thread any one at a time
 * @since 0.1
 */
SMIMEGW_API int smimegw_template_renew(const struct smimegw_template *tmpl,
                                       struct smimegw_identity *identity, int64_t time,
                                       struct smimegw_cert **ret_cert,
                                       struct smimegw_error **ret_error);

/**
 * Make a certificate signing request for a CA, over a key that is there.
 *
 * @param tmpl       the template; its key type, size and days do not matter
 * @param identity   (borrowed) whose key signs and is to be certified
 * @param ret_pem    (owned) PKCS#10 request as PEM text
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM, #SMIMEGW_E_SETTING, #SMIMEGW_E_KEY
 *         (a key that can't sign), #SMIMEGW_E_IO (the host's key engine failed),
 *         #SMIMEGW_E_RANDOM or #SMIMEGW_E_CRYPTO
 * @rfc RFC 2986, RFC 2985 section 5.4.2
 * @thread any one at a time
 * @since 0.1
 */
SMIMEGW_API int smimegw_template_request(const struct smimegw_template *tmpl,
                                         struct smimegw_identity *identity,
                                         struct smimegw_buffer **ret_pem,
                                         struct smimegw_error **ret_error);

SMIMEGW_END_DECLS

#endif
