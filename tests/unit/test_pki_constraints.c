/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <time.h>

#include "pki/path/name_constraints.h"
#include "pki_link.h"

/*
 * Names and subtrees in words: form:text, several with | between. Forms: mail, dns, uri, dn,
 * ip, id (registeredID), utf8 (SmtpUTF8Mailbox); subject and email stand in the subject. A dn
 * is O=text/OU=text; O~ is a PrintableString, O! a BMPString, + starts another attribute of
 * the same RDN.
 */
enum { ROOM = 512 };

static void put_dn_attribute(struct sgw_der_out *out, const char *text)
{
    static const struct {
        const char *name;
        uint8_t number;
    } types[] = {{"CN", 3}, {"C", 6}, {"OU", 11}, {"O", 10}};
    size_t size = strcspn(text, "=~!");
    uint8_t tag = text[size] == '~' ? 0x13 : text[size] == '!' ? 0x1e : 0x0c;
    uint8_t oid[] = {0x55, 0x04, 0};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strlen(types[i].name) == size && memcmp(types[i].name, text, size) == 0)
            oid[2] = types[i].number;
    assert_int_not_equal(oid[2], 0);
    size_t mark = sgw_out_mark(out);
    sgw_out_put(out, SGW_TAG_OID, oid, sizeof(oid));
    sgw_out_put(out, tag, text + size + 1, strlen(text + size + 1));
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
}

/* RDNs, without the SEQUENCE around */
static void put_dn(struct sgw_der_out *out, const char *text)
{
    char copy[ROOM];
    char *rest = NULL;
    snprintf(copy, sizeof(copy), "%s", text);
    for (char *rdn = strtok_r(copy, "/", &rest); rdn != NULL;
         rdn = strtok_r(NULL, "/", &rest)) {
        size_t mark = sgw_out_mark(out);
        char *attributes = NULL;
        for (char *one = strtok_r(rdn, "+", &attributes); one != NULL;
             one = strtok_r(NULL, "+", &attributes))
            put_dn_attribute(out, one);
        sgw_out_wrap(out, mark, SGW_TAG_SET);
    }
}

static const struct {
    const char *form;
    uint8_t tag;
} form_rows[] = {{"mail", 0x81}, {"dns", 0x82}, {"uri", 0x86}, {"ip", 0x87}, {"id", 0x88}};

static void put_name(struct sgw_der_out *out, const char *form, const char *text)
{
    size_t mark = sgw_out_mark(out);
    if (strcmp(form, "utf8") == 0) {
        put_utf8_mailbox(out, text);
        return;
    }
    if (strcmp(form, "dn") == 0) {
        put_dn(out, text);
        sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
        sgw_out_wrap(out, mark, 0xa4);
        return;
    }
    for (size_t i = 0; i < sizeof(form_rows) / sizeof(form_rows[0]); i++)
        if (strcmp(form, form_rows[i].form) == 0) {
            sgw_out_put(out, form_rows[i].tag, text, strlen(text));
            return;
        }
    fail_msg("no form %s", form);
}

/* Call put for each item of a list in words. */
static void each_item(const char *list,
                      void (*put)(struct sgw_der_out *out, const char *form, const char *text),
                      struct sgw_der_out *out)
{
    char copy[ROOM];
    char *rest = NULL;
    snprintf(copy, sizeof(copy), "%s", list);
    for (char *item = strtok_r(copy, "|", &rest); item != NULL;
         item = strtok_r(NULL, "|", &rest)) {
        char *text = strchr(item, ':');
        assert_non_null(text);
        *text = '\0';
        put(out, item, text + 1);
    }
}

static void put_subtree(struct sgw_der_out *out, const char *form, const char *text)
{
    size_t mark = sgw_out_mark(out);
    put_name(out, form, text);
    sgw_out_wrap(out, mark, SGW_TAG_SEQUENCE);
}

static void put_alternative(struct sgw_der_out *out, const char *form, const char *text)
{
    if (strcmp(form, "subject") != 0 && strcmp(form, "email") != 0)
        put_name(out, form, text);
}

static void put_subject_part(struct sgw_der_out *out, const char *form, const char *text)
{
    size_t mark = sgw_out_mark(out);
    if (strcmp(form, "subject") == 0)
        put_dn(out, text);
    if (strcmp(form, "email") != 0)
        return;
    put_attribute(out, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", 9, text, strlen(text));
    sgw_out_wrap(out, mark, SGW_TAG_SET);
}

static struct smimegw_cert *make_holder(const char *names)
{
    struct sgw_der_out subject = {0};
    struct sgw_der_out extensions = {0};
    each_item(names, put_subject_part, &subject);
    each_item(names, put_alternative, &extensions);
    if (extensions.buf.size > 0) {
        sgw_out_wrap(&extensions, 0, SGW_TAG_SEQUENCE);
        wrap_extension(&extensions, 0, 17);
    }
    const struct link_names about = {subject.buf.data, subject.buf.size, "", 0};
    struct smimegw_cert *cert = make_link(&about, &extensions);
    sgw_out_clear(&subject);
    sgw_out_clear(&extensions);
    return cert;
}

/* A CA of that name, and of an issuer of another, or its own. */
static struct smimegw_cert *make_ca(const char *permitted, const char *excluded,
                                    const char *name, const char *issuer_name)
{
    uint8_t subject[64];
    uint8_t issuer[64];
    struct sgw_der_out extensions = {0};
    const struct link_names about = {subject, put_common_name(name, subject), issuer,
                                     put_common_name(issuer_name, issuer)};
    each_item(permitted, put_subtree, &extensions);
    if (extensions.buf.size > 0)
        sgw_out_wrap(&extensions, 0, 0xa0);
    size_t mark = sgw_out_mark(&extensions);
    each_item(excluded, put_subtree, &extensions);
    if (extensions.buf.size > mark)
        sgw_out_wrap(&extensions, mark, 0xa1);
    sgw_out_wrap(&extensions, 0, SGW_TAG_SEQUENCE);
    wrap_extension(&extensions, 0, 30);
    struct smimegw_cert *cert = make_link(&about, &extensions);
    sgw_out_clear(&extensions);
    return cert;
}

struct row {
    const char *permitted;
    const char *excluded;
    const char *names;
    bool is_permitted;
};

static const struct row rows[] = {
    /* addresses: one, a host, all hosts below */
    {"mail:a@d.test", "", "mail:a@d.test", true},
    {"mail:a@d.test", "", "mail:A@d.test", false},
    {"mail:a@d.test", "", "mail:a@D.TEST", true},
    {"mail:a@d.test", "", "mail:b@d.test", false},
    {"mail:d.test", "", "mail:b@d.test", true},
    {"mail:d.test", "", "mail:b@x.d.test", false},
    {"mail:d.test", "", "mail:b@xd.test", false},
    {"mail:D.Test", "", "mail:b@d.tesT", true}, /* CVE-2026-3833 */
    {"mail:.d.test", "", "mail:b@x.d.test", true},
    {"mail:.d.test", "", "mail:b@d.test", false},
    {"mail:.d.test", "", "mail:b@xd.test", false},
    {"mail:d.test|mail:e.test", "", "mail:b@e.test", true},
    {"mail:d.test|mail:e.test", "", "mail:b@d.test|mail:b@f.test", false},
    {"mail:d.test", "", "mail:d.test", false},
    {"mail:d.test", "", "mail:@d.test", false},
    {"mail:d.test", "", "mail:a@d.test.", false},
    {"mail:d.test", "", "mail:a@evil.test@d.test", true},
    {"mail:d.test", "", "mail:a@d.test@evil.test", false},
    {"mail:d..test", "", "mail:a@d..test", false},
    {"mail:", "", "mail:b@d.test", true},
    {"", "mail:", "mail:b@d.test", false},
    {"", "mail:d.test", "mail:b@D.TEST", false},
    {"", "mail:d.test", "mail:b@x.d.test", true},
    {"", "mail:.d.test", "mail:b@x.D.test", false},
    {"", "mail:a@d.test", "mail:A@d.test", false},
    {"", "mail:a@d.test", "mail:b@d.test", true},
    {"", "mail:d.test", "mail:b@[127.0.0.1]", false},
    {"", "mail:d.test", "mail:b@d.test.", false},
    {"mail:d.test", "mail:x@d.test", "mail:x@d.test", false},
    {"mail:d.test", "mail:x@d.test", "mail:y@d.test", true},
    /* the subject's, as long as the SAN has none */
    {"mail:d.test", "", "email:a@d.test", true},
    {"mail:d.test", "", "email:a@e.test", false},
    {"", "mail:e.test", "email:a@e.test|dns:d.test", false},
    {"mail:d.test", "", "email:a@e.test|mail:a@d.test", true},
    /* [RFC9598-6] */
    {"mail:d.test", "", "utf8:\xc3\xb6@d.test", true},
    {"mail:d.test", "", "utf8:\xc3\xb6@e.test", false},
    {"mail:xn--strae-oqa.test", "",
     "utf8:\xc3\xb6@stra\xc3\x9f"
     "e.test",
     true},
    {"mail:.test", "",
     "utf8:\xc3\xb6@stra\xc3\x9f"
     "e.test",
     true},
    {"", "mail:xn--strae-oqa.test",
     "utf8:\xc3\xb6@stra\xc3\x9f"
     "e.test",
     false},
    {"", "mail:.d.test", "utf8:\xc3\xb6@d.test", true},
    {"", "utf8:\xc3\xb6@d.test", "utf8:\xc3\xb6@e.test", false},
    /* domains: one and all below */
    {"dns:d.test", "", "dns:d.test", true},
    {"dns:d.test", "", "dns:a.b.D.test", true},
    {"dns:d.test", "", "dns:ad.test", false},
    {"dns:d.test", "", "dns:*.d.test", true},
    {"dns:a.d.test", "", "dns:*.d.test", false},
    {"dns:.d.test", "", "dns:a.d.test", true},
    {"dns:.d.test", "", "dns:d.test", false},
    {"dns:", "", "dns:d.test", true},
    {"dns:d.test", "", "dns:d.test.", false},
    {"dns:d.test", "", "dns:a b.d.test", false},
    {"", "dns:d.test", "dns:a.D.test", false},
    {"", "dns:.d.test", "dns:d.test", false},
    {"", "dns:a.d.test", "dns:*.d.test", false},
    {"", "dns:a.d.test", "dns:b.d.test", true},
    {"", "dns:d.test", "dns:d.test.", false},
    {"", "dns:", "dns:d.test", false},
    /* URIs by their host */
    {"uri:d.test", "", "uri:http://d.test/x", true},
    {"uri:d.test", "", "uri:http://D.TEST", true},
    {"uri:d.test", "", "uri:http://x.d.test/", false},
    {"uri:.d.test", "", "uri:https://x.d.test:443/", true},
    {"uri:.d.test", "", "uri:https://d.test/", false},
    {"uri:d.test", "", "uri:http://d.test@e.test/", false},
    {"uri:d.test", "", "uri:http://e.test:x@d.test:80/", true},
    {"uri:d.test", "", "uri:http://e.test/@d.test", false},
    {"uri:d.test", "", "uri:http://e.test?@d.test", false},
    {"uri:d.test", "", "uri:http://e.test#@d.test", false},
    {"uri:d.test", "", "uri:mailto:a@d.test", false},
    {"uri:d.test", "", "uri:x/http://d.test", false},
    {"", "uri:d.test", "uri:http://d.test:80", false},
    {"", "uri:d.test", "uri:http://e.test", true},
    {"", "uri:d.test", "uri:mailto:a@e.test", false},
    {"", "uri:d.test", "uri:http://127.0.0.1/", false},
    {"", "uri:d.test", "uri:http://[::1]/", false},
    {"", "uri:d.test", "uri:http://%64.test/", false},
    /* directory names: by RDNs, without case and blanks */
    {"dn:C=US/O=Test", "", "subject:C=US/O=Test/CN=x", true},
    {"dn:C=US/O=Test", "", "subject:C=US/O=Test", true},
    {"dn:C=US/O=Test", "", "subject:C=US/O=Tests/CN=x", false},
    {"dn:C=US/O=Test", "", "subject:C=US", false},
    {"dn:C=US/O=Test", "", "subject:O=Test/C=US", false},
    {"dn:C=US/O=a b", "", "subject:C~us/O~ A  B /CN=x", true},
    {"dn:C=US/O=Test", "", "subject:C=US/OU=Test", false},
    {"dn:C=US/O=Test", "", "subject:C=US/O=Test|dn:C=US/O=Other", false},
    {"dn:C=US/O=Test", "", "dn:C=US/O=Test/CN=x", true},
    {"dn:C=US/O=T\xc3\xb6st", "", "subject:C=US/O=T\xc3\xb6st/CN=x", true},
    {"dn:C=US/O=T\xc3\xb6st", "", "subject:C=US/O=T\xc3\x96ST/CN=x", false},
    {"dn:C=US/O=AB", "", "subject:C=US/O!\x01\x41\x01\x42", false},
    {"dn:O=a+OU=b", "", "subject:OU=B+O=A/CN=x", true},
    {"dn:O=a+OU=b", "", "subject:O=a/CN=x", false},
    {"dn:O=a+O=b", "", "subject:O=b+O=a", true},
    {"dn:O=a+O=b", "", "subject:O=a+O=a", false},
    {"dn:O=a+O=a", "", "subject:O=a+O=b", false},
    {"", "dn:O=a+O=b", "subject:O=a+O=a", true},
    {"", "dn:C=US/O=Test", "subject:C=US/O=Test/CN=x", false},
    {"", "dn:C=US/O=Test", "subject:C~us/O~TEST /CN=x", false},
    {"", "dn:C=US/O=Test", "subject:C=US/O=Other", true},
    {"", "dn:C=US/O=Test", "subject:C=US", true},
    {"", "dn:C=US/O=Test", "subject:C=US/O!\x01T\x01s", false},
    {"", "dn:C=US/O=T\xc3\xb6st", "subject:C=US/O=T\xc3\x96ST", false},
    {"", "dn:C=US/O=T\xc3\xb6st", "subject:C=DE/O=T\xc3\x96ST", true},
    {"", "dn:O=a+OU=b", "subject:OU=b+O=A", false},
    {"", "dn:O=a+OU=b", "subject:OU=b+O=c", true},
    /* an empty subject is no name; one form says nothing about another */
    {"dn:C=US", "", "mail:a@d.test", true},
    {"mail:d.test", "", "subject:C=US/CN=x|dns:e.test|uri:x:y", true},
    {"dns:d.test", "", "mail:a@e.test", true},
    /* forms without a rule */
    {"ip:12345678", "", "ip:1234", false},
    {"", "ip:12345678", "ip:9999", false},
    {"", "ip:12345678", "mail:a@d.test", true},
    {"", "id:\x2a\x03", "id:\x2a\x04", false},
};

typedef bool (*judge_fn)(const struct smimegw_cert *const *path, size_t count);

static void judge_rows(const struct row *list, size_t count, judge_fn judge)
{
    for (size_t i = 0; i < count; i++) {
        const struct row *row = &list[i];
        struct smimegw_cert *ca = make_ca(row->permitted, row->excluded, "CA", "root");
        struct smimegw_cert *leaf = make_holder(row->names);
        const struct smimegw_cert *path[] = {leaf, ca};
        if (judge(path, 2) != row->is_permitted)
            fail_msg("+ %s - %s: %s", row->permitted, row->excluded, row->names);
        assert_true(judge(path, 1));
        smimegw_cert_unref(ca);
        smimegw_cert_unref(leaf);
    }
}

/* [RFC5280-4.2.1.10], [RFC5280-7.1], [RFC5280-7.5] */
static void names_are_judged(void **state)
{
    (void)state;
    judge_rows(rows, sizeof(rows) / sizeof(rows[0]), sgw_names_are_permitted);
}

static bool judge_bytes(const char *constraints, size_t size, judge_fn judge)
{
    uint8_t name[64];
    struct sgw_der_out extensions = {0};
    const struct link_names about = {name, put_common_name("x", name), name,
                                     put_common_name("x", name)};
    sgw_out_put(&extensions, SGW_TAG_SEQUENCE, constraints, size);
    wrap_extension(&extensions, 0, 30);
    struct smimegw_cert *ca = make_link(&about, &extensions);
    struct smimegw_cert *leaf = make_holder("mail:a@d");
    const struct smimegw_cert *path[] = {leaf, ca};
    bool is_permitted = judge(path, 2);
    sgw_out_clear(&extensions);
    smimegw_cert_unref(ca);
    smimegw_cert_unref(leaf);
    return is_permitted;
}

/* A domain is all the mail of a host, or of the hosts one label below. */
static const struct row domain_rows[] = {
    {"mail:d.test", "", "dns:d.test", true},
    {"mail:d.test", "", "dns:e.test", false},
    {"mail:d.test", "", "dns:x.d.test", false},
    {"mail:d.test", "", "dns:*.d.test", false},
    {"mail:.d.test", "", "dns:*.d.test", true},
    {"mail:.test", "", "dns:*.d.test|dns:d.test", true},
    {"mail:.d.test", "", "dns:d.test", false},
    {"mail:", "", "dns:d.test|dns:*.e.test", true},
    {"mail:a@d.test", "", "dns:d.test", false},
    {"mail:d.test", "", "dns:d.test|dns:e.test", false},
    {"dns:d.test", "", "dns:e.test", true}, /* nor that */
    {"", "mail:d.test", "dns:d.test", false},
    {"", "mail:d.test", "dns:e.test", true},
    {"", "mail:d.test", "dns:x.d.test|dns:*.d.test", true},
    {"", "mail:.d.test", "dns:x.d.test", false},
    {"", "mail:.d.test", "dns:*.d.test", false},
    {"", "mail:.d.test", "dns:d.test", true},
    {"", "mail:x.d.test", "dns:*.d.test", false},
    {"", "mail:.x.d.test", "dns:*.d.test", false},
    {"", "mail:a@d.test", "dns:D.test", false},
    {"", "mail:a@x.d.test", "dns:*.d.test", false},
    {"", "mail:", "dns:d.test", false},
    {"", "mail:e..test", "dns:d.test", false},
    {"mail:.test", "mail:d.test", "dns:d.test", false},
};

static void domains_are_mail(void **state)
{
    (void)state;
    judge_rows(domain_rows, sizeof(domain_rows) / sizeof(domain_rows[0]),
               sgw_domains_are_permitted);
    assert_false(judge_bytes("\xa1\x02\x30\x00", 4, sgw_domains_are_permitted));
}

static void check_three(const char *upper_permitted, const char *upper_excluded,
                        const char *lower_permitted, const char *names, bool is_permitted)
{
    struct smimegw_cert *upper = make_ca(upper_permitted, upper_excluded, "upper", "root");
    struct smimegw_cert *lower = make_ca(lower_permitted, "", "lower", "upper");
    struct smimegw_cert *leaf = make_holder(names);
    const struct smimegw_cert *path[] = {leaf, lower, upper};
    if (sgw_names_are_permitted(path, 3) != is_permitted)
        fail_msg("+ %s - %s + %s: %s", upper_permitted, upper_excluded, lower_permitted,
                 names);
    smimegw_cert_unref(upper);
    smimegw_cert_unref(lower);
    smimegw_cert_unref(leaf);
}

/* CVE-2026-42011: what is excluded above stays so, whatever is permitted below. */
static void constraints_add_up(void **state)
{
    (void)state;
    check_three("", "mail:d.test", "mail:d.test", "mail:a@d.test", false);
    check_three("", "mail:e.test", "mail:d.test", "mail:a@d.test", true);
    check_three("", "mail:d.test", "mail:e.test", "mail:a@e.test", true);
    check_three("mail:d.test", "", "mail:e.test", "mail:a@e.test", false);
    check_three("mail:d.test", "", "mail:e.test", "mail:a@d.test", false);
    check_three("mail:.test", "", "mail:d.test", "mail:a@d.test", true);
    check_three("mail:.test", "", "mail:d.test", "mail:a@x.test", false);
    check_three("dns:d.test", "", "mail:d.test", "mail:a@d.test|dns:e.test", false);
}

/* [RFC5280-6.1.3] (b): a CA's own name counts, unless it is self-issued; a leaf's always */
static void names_of_cas_count(void **state)
{
    (void)state;
    struct smimegw_cert *root = make_ca("dn:O=only", "", "root", "root");
    struct smimegw_cert *other = make_ca("", "", "CA", "root");
    struct smimegw_cert *self = make_ca("", "", "root", "root");
    struct smimegw_cert *leaf = make_holder("subject:O=only/CN=x");
    const struct smimegw_cert *through_other[] = {leaf, other, root};
    const struct smimegw_cert *through_self[] = {leaf, self, root};
    const struct smimegw_cert *self_is_leaf[] = {self, root};
    assert_false(sgw_names_are_permitted(through_other, 3));
    assert_true(sgw_names_are_permitted(through_self, 3));
    assert_false(sgw_names_are_permitted(self_is_leaf, 2));
    smimegw_cert_unref(root);
    smimegw_cert_unref(other);
    smimegw_cert_unref(self);
    smimegw_cert_unref(leaf);
}

static void malformed_permits_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *data;
        size_t size;
        bool is_permitted;
    } odd[] = {
        {"\xa0\x05\x30\x03\x81\x01"
         "d",
         7, true},
        {"\xa1\x05\x30\x03\x81\x01"
         "e",
         7, true},
        /* a minimum, even of zero: DER leaves it out */
        {"\xa0\x08\x30\x06\x81\x01"
         "d\x80\x01\x00",
         10, false},
        {"\xa1\x08\x30\x06\x81\x01"
         "e\x80\x01\x01",
         10, false},
        {"\xa0\x05\x31\x03\x81\x01"
         "d",
         7, false},
        {"\xa0\x02\x30\x00", 4, false},
        {"\xa2\x05\x30\x03\x81\x01"
         "d",
         7, false},
        {"\xa1\x05\x30\x03\x81\x01"
         "e\xa0\x05\x30\x03\x81\x01"
         "d",
         14, false},
    };
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
        if (judge_bytes(odd[i].data, odd[i].size, sgw_names_are_permitted) !=
            odd[i].is_permitted)
            fail_msg("row %zu", i);
}

/* CVE-2026-42013, oversize SANs: 250 names under 250 subtrees at each of seven CAs end. */
static void work_is_bounded(void **state)
{
    (void)state;
    uint8_t name[64];
    struct sgw_der_out subtrees = {0};
    struct sgw_der_out names = {0};
    const struct link_names about = {name, put_common_name("x", name), "", 0};
    for (int i = 0; i < 250; i++) {
        put_subtree(&subtrees, "dn", "O=aaaaaaaaaaaaaaaaaaaaaaaaaaaaa/CN=b");
        put_name(&names, "dn", "O=aaaaaaaaaaaaaaaaaaaaaaaaaaaaa/CN=a");
    }
    sgw_out_wrap(&subtrees, 0, 0xa1);
    sgw_out_wrap(&subtrees, 0, SGW_TAG_SEQUENCE);
    wrap_extension(&subtrees, 0, 30);
    sgw_out_wrap(&names, 0, SGW_TAG_SEQUENCE);
    wrap_extension(&names, 0, 17);
    struct smimegw_cert *ca = make_link(&about, &subtrees);
    struct smimegw_cert *leaf = make_link(&about, &names);
    const struct smimegw_cert *path[] = {leaf, ca, ca, ca, ca, ca, ca, ca};
    assert_true(sgw_names_are_permitted(path, 2));
    clock_t start = clock();
    assert_false(sgw_names_are_permitted(path, 8));
    double spent = (double)(clock() - start) / CLOCKS_PER_SEC;
    print_message("# %.3f s\n", spent);
    assert_true(spent < 0.1 || getenv("SMIMEGW_SLOW") != NULL);
    sgw_out_clear(&subtrees);
    sgw_out_clear(&names);
    smimegw_cert_unref(ca);
    smimegw_cert_unref(leaf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_judged),          cmocka_unit_test(domains_are_mail),
        cmocka_unit_test(constraints_add_up),        cmocka_unit_test(names_of_cas_count),
        cmocka_unit_test(malformed_permits_nothing), cmocka_unit_test(work_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
