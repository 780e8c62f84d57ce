/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_TEMPLATE_IMPL_H
#define SGW_PKI_TEMPLATE_IMPL_H

#include <smimegw/template.h>

#include "asn1/der.h"
#include "pki/cert/cert_impl.h"
#include "pki/key/signature.h"

enum sgw_template_algorithm {
    SGW_TEMPLATE_RSA,
    SGW_TEMPLATE_ECDSA, /* P-256 */
    SGW_TEMPLATE_ED25519
};

enum sgw_template_use { SGW_TEMPLATE_BOTH, SGW_TEMPLATE_SIGN, SGW_TEMPLATE_ENCRYPT };

enum sgw_template_fqdn {
    SGW_TEMPLATE_FQDN_NONE,
    SGW_TEMPLATE_FQDN_COMMON_NAME,
    SGW_TEMPLATE_FQDN_DOMAINS,
    SGW_TEMPLATE_FQDN_BOTH
};

/* Numbers are texts here: a size that was not asked for is told from one that was. */
struct smimegw_template {
    char *common_name;
    char *organization;
    char *organizational_unit;
    char *locality;
    char *state;
    char *country;
    char *domains;
    char *addresses;
    char *key_size;
    char *days;
    int algorithm;
    int use;
    int fqdn_check;
};

enum {
    SGW_TEMPLATE_KEY_SIZE_MIN = 2048,
    SGW_TEMPLATE_KEY_SIZE_MAX = 8192,
    SGW_TEMPLATE_KEY_SIZE_INITIAL = 3072,
    SGW_TEMPLATE_DAYS_MAX = 3650
};
unsigned int sgw_template_key_size(const struct smimegw_template *tmpl);
int64_t sgw_template_days(const struct smimegw_template *tmpl);

/* Can the field take that value? E_SETTING with words, E_NOMEM. */
int sgw_template_check_field(const char *name, const char *value,
                             struct smimegw_error **ret_error);
/* What must hold between the fields, for a key of that type. E_SETTING, E_NOMEM. */
int sgw_template_check(const struct smimegw_template *tmpl, enum sgw_key_type type,
                       struct smimegw_error **ret_error);

/* The entries of a list, without the blanks around them. */
struct sgw_template_entry {
    const char *data;
    size_t size;
};
bool sgw_template_next(const char **list, struct sgw_template_entry *ret);

/* A domain in lower-case A-labels, with "*." in front only where a star is allowed: NULL, or
 * why it is none (static text). E_NOMEM. */
enum { SGW_TEMPLATE_HOST_ROOM = 256 };
int sgw_template_host(const char *domain, size_t size, bool allows_star,
                      char ret_host[SGW_TEMPLATE_HOST_ROOM], const char **ret_wrong);
/* Octets of the local part of an address that has one. */
size_t sgw_template_local_size(const struct sgw_template_entry *address);
bool sgw_template_is_ascii(const char *text, size_t size);

/* Attributes of the subject that are fields, and the last octet of their OID below 2.5.4. */
enum {
    SGW_TEMPLATE_ATTRIBUTES = 6,
    SGW_TEMPLATE_OID_COMMON_NAME = 3,
    SGW_TEMPLATE_OID_COUNTRY = 6
};
struct sgw_template_attribute {
    uint8_t number;
    const char *field;
    size_t offset; /* of its text in the template */
};
extern const struct sgw_template_attribute sgw_template_attributes[SGW_TEMPLATE_ATTRIBUTES];

/* Name, with a common name beside the template's fields (nullable). */
void sgw_template_put_subject(struct sgw_der_out *out, const struct smimegw_template *tmpl,
                              const struct sgw_template_entry *stand_in);
bool sgw_template_has_subject(const struct smimegw_template *tmpl);
/* GeneralNames of addresses and domains; nothing where there are none. */
void sgw_template_put_names(struct sgw_der_out *out, const struct smimegw_template *tmpl);

/* What a certificate or a request is made for. */
struct sgw_template_key {
    enum sgw_key_type type;
    const uint8_t *spki; /* SubjectPublicKeyInfo, whole */
    size_t spki_size;
};
/* The parts that are signed; failure sticks in out. time: start of the validity. */
void sgw_template_put_certificate(struct sgw_der_out *out, const struct smimegw_template *tmpl,
                                  const struct sgw_template_key *key, int64_t time);
void sgw_template_put_request(struct sgw_der_out *out, const struct smimegw_template *tmpl,
                              const struct sgw_template_key *key);

/* How a key of a type signs certificates. */
struct sgw_template_signature {
    enum sgw_key_type type;
    struct sgw_signature_algorithm algorithm;
    const char *identifier; /* AlgorithmIdentifier, whole */
    size_t identifier_size;
};
/* NULL where it can't sign. */
const struct sgw_template_signature *sgw_template_signature(enum sgw_key_type type);

#endif
