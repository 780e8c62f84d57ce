/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_NAME_FORMS_H
#define SGW_PKI_NAME_FORMS_H

#include "asn1/der.h"

/* Tags of GeneralName, [RFC5280-4.2.1.6]; directoryName is EXPLICIT, for it is a CHOICE. */
enum sgw_name_form {
    SGW_NAME_FORM_MAIL = 0x81,
    SGW_NAME_FORM_DOMAIN = 0x82,
    SGW_NAME_FORM_DIRECTORY = 0xa4,
    SGW_NAME_FORM_URI = 0x86
};

/*
 * Is a GeneralName in the subtree below a base of the same tag [RFC5280-4.2.1.10]? The address
 * may be one of RFC 9598. Where there is no telling, or no rule for the form, the answer is
 * the one that refuses: yes for excluded subtrees, no for permitted ones.
 */
bool sgw_name_is_within(const struct sgw_tlv *name, const struct sgw_tlv *base,
                        bool is_excluded);

/*
 * The same for a dNSName, "d" or "*.d", that stands for all mail addresses of its hosts, and
 * the base of an rfc822Name: permitted are hosts as a whole, no single mailbox; excluded is
 * what has any address in common with the base.
 */
bool sgw_mail_domain_is_within(const struct sgw_tlv *name, const struct sgw_tlv *base,
                               bool is_excluded);

#endif
