/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef API_HOSTILE_HEADERS_H
#define API_HOSTILE_HEADERS_H

/*
 * Header blocks as nobody would write them, always the same ones: a table, and what a
 * generator with a fixed seed makes. All are headers by RFC 5322 with its obsolete syntax, so
 * that each can be protected. And a reader of headers that owes nothing to the library's.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

enum { HOSTILE_BLOCKS = 500, HOSTILE_ROOM = 200000, HOSTILE_LONG = 50000 };

struct hostile {
    size_t size;
    char data[HOSTILE_ROOM];
};

static inline void hostile_put(struct hostile *text, const char *data, size_t size)
{
    assert(size <= sizeof(text->data) - text->size);
    memcpy(text->data + text->size, data, size);
    text->size += size;
}

static inline void hostile_add(struct hostile *text, const char *data)
{
    hostile_put(text, data, strlen(data));
}

/* --- the table; lines end with LF here -----------------------------------------------------
 */

#define F "From: Someone <p256@example.com>\n"
#define T "To: p384@example.com, dave@example.net\n"
/* clang-format off */
static const char *const hostile_rows[] = {
    F T,
    T F,
    F T "Subject: x\n\ty\n  z\n\t \tw\n",
    F T "Subject:\n x\n",
    F T "Subject: \n\t x\n",
    F T "Subject : blank before the colon\n",
    F T "Subject\t:\ttab before the colon\n",
    F T "X-Many   \t  : y\n",
    F T "X-Empty:\nX-Empty: \nX-Empty:\t\nX-Empty:   \n",
    F T "Subject: trailing blanks   \t \nX-Next: y \n z \t\n",
    F T "Subject: raw \xe4\xf6\xfc \xff\xfe\x80\n",
    F T "Subject: \xf0\x9f\x92\xa9 \xe2\x80\xae live\n",
    F T "Subject: \x01\x02\x07\x08\x0b\x0c\x0e\x1b\x7f\n",
    F T "Subject: one\nSubject: two\nSUBJECT: three\nsubject: \n",
    F T "Date: never\nDate: 1\nMessage-ID: <>\nMessage-ID: not one\nMessage-ID: <a@b> <c@d>\n",
    "Received: from a (b [127.0.0.1])\n\tby c with ESMTP\n\tid 1; Thu, 1 Jan 1970 00:00:00\n"
    "Received: from d by e\nReceived: x\nreceived:;\n" F T "Received: below From\n",
    "Return-Path: <>\nDelivered-To: x\n" F T "Errors-To: z\nReturn-Path: <a@b>\n",
    "From p256@example.com Thu Jan  1 00:00:00 1970\n" F T "Subject: mbox\n",
    "From \n" F T "Subject: hardly an mbox\n",
    F T "Subject: =?utf-8?q?=0d=0aFrom:_eve?=\nX-Encoded: =?utf-8?b?DQoNCg==?=\n =?x?y?z?=\n",
    F T "Subject: =?iso-8859-1?q?open\n ended?=  =?utf-8?B?\?=\n",
    F T "Subject: a\n b: c\n d: e\n\tFrom: eve@example.org\n",
    F T "x!#$%&'*+-^_`|~{}/\\()<>[]\"@,;=?.0: every name\n",
    F T "1: digit\n-: dash\n_: line\n.: dot\n\"quoted\": x\n<a>: y\n(c): z\n",
    F T "Bcc: blind@example.org\nBcc:\nbcc: x@y, z@w\n",
    F T "Cc: p256@example.com\nCC: p384@example.com\nReply-To: eve@example.org\nSender: eve@a\n",
    F T "Resent-From: a@b\nResent-To: c@d\nResent-Date: x\nResent-From: e@f\nResent-To: g@h\n",
    F T "Authentication-Results: mx.example.com; smime=pass\nAuthentication-Results: x; none\n",
    "Authentication-Results: other.example; smime=pass\n" F T "authentication-results:\n\tx; y=z\n",
    "ARC-Seal: i=1; cv=none\nARC-Authentication-Results: i=1; a; smime=pass\n" F T,
    F T "HP-Outer: Subject: [...]\nHP-Outer: From: eve@example.org\nhp-outer:\nHP-Outer: x\n",
    F T "HP-Obscured: x\nhp: cipher\nHp-Removed: Subject\nProtected-Headers: v1\n",
    "DKIM-Signature: v=1; h=from:to:\n\tcontent-type:subject;\n bh=; b=\n" F T,
    "List-Id: <x>\nList-Unsubscribe: <mailto:a>,\n <http://b>\nPrecedence: bulk\n" F T,
    F T "X-SMIMEGW-Profile: x\nX-SMIME-Mode: none\nX-Content-Type: text/html\nXContent-Type: y\n",
    F T "Content-Type: text/plain; charset=us-ascii\n",
    "Content-Type: text/plain;\n\tcharset=\"us-ascii\";\n  format=flowed\n" F T,
    F "Content-Type: text/plain\n" T "Content-Transfer-Encoding: 7bit\nSubject: between\n"
    "Content-Disposition: inline\nX-Last: y\nContent-Language: de\n",
    "CONTENT-TYPE: TEXT/PLAIN\n" F "content-transfer-encoding: 7BIT\n" T "cOnTeNt-Id: <a@b>\n",
    F T "Content-Type: text/plain; (comment) charset=utf-8 (\n another)\n",
    F T "Content-Description: =?utf-8?q?x?=\n\ty\nContent-Location: a\n b\nContent-Base: c\n",
    F T "Content-X: y\nContent-: empty rest\nContent: none of them\nContents: nor this\n",
    F T "Content-Foo: a\nContent-Foo: b\nContent-FOO: c\nContent-Duration: 3\nContent-MD5: q\n",
    F T "Content_Type: text/html\nContent.Type: text/html\nContent--Type: x\n",
    F T "Content-Return: Allowed\nContent-Length: 12345\nStatus: RO\nX-Status:\nLines: 1\n",
    "MIME-Version: 1.0\n" F T "Subject: x\n",
    F T "MIME-Version: 1.0 (made by x)\nContent-Type: text/plain\n",
    F T "mime-version:1.0\n",
    F T "MIME-VERSION : 1.0\n",
    F T "MIME-Version:\n 1.0\nSubject: x\n",
    F T "MIME-Version: 1.0\nMIME-Version: 1.0\n",
    F T "MIME-Version: 2.0\n",
    F T "Mime-Version: \nX-Mime-Version: 1.0\n",
    F T "MIME-Version: (a) 1 (b) . (c) 0 (d)\n",
    "Content-Language: en\n" F "MIME-Version: 1.0\n" T "Content-Type: text/plain\n",
    F T "Autocrypt: addr=a@b; keydata=\n AAAA\n BBBB\nOpenPGP: id=x\nX-Pgp: y\n",
    F T "Subject: \"open quote\nX-Comment: (open comment\nX-Angle: <open\nX-Slash: \\\n",
    F T "Subject: .\nX-Dot: ..\n .\n ..\nX-Dash: --=_boundary\n --=_boundary--\n",
    F T "X-Percent: %s%n%d %x\nX-Shell: $(x) `y` ${z} ; & |\nX-Sql: ' OR 1=1--\n",
    F T "X-Dashes: --\n --\nX-Pem: -----BEGIN PKCS7-----\n AAAA\n -----END PKCS7-----\n",
    F T "X-Fold:\n a\n b\n c\n d\n e\n f\n g\n h\n i\n j\n k\n l\n m\n n\n o\n p\n",
    "Comments: a\nKeywords: b,\n c\n" F T "Importance: high\nX-Priority: 1 (Highest)\n",
    F T "Auto-Submitted: auto-replied\nX-Auto-Response-Suppress: All\nReturn-Receipt-To: a\n",
    F T "Disposition-Notification-To: a\nOriginal-Recipient: b\n",
    "\"From\": eve@example.org\nFrom-: eve\nX-From: eve\nFrom.: eve\n" F T,
};
/* clang-format on */
enum { HOSTILE_ROWS = sizeof(hostile_rows) / sizeof(hostile_rows[0]) };

/* --- the generator -------------------------------------------------------------------------
 */

struct hostile_dice {
    uint64_t state;
};

static inline uint32_t hostile_roll(struct hostile_dice *dice, uint32_t sides)
{
    dice->state ^= dice->state << 13;
    dice->state ^= dice->state >> 7;
    dice->state ^= dice->state << 17;
    return (uint32_t)(dice->state >> 33) % sides;
}

#define HOSTILE_PICK(dice, words)                                                             \
    ((words)[hostile_roll(dice, sizeof(words) / sizeof((words)[0]))])

/* What a value is made of; folds have something behind them: a line of blanks ends the header
 * for some readers, and then nobody protects it. */
static inline void hostile_value(struct hostile_dice *dice, struct hostile *text)
{
    static const char *const pieces[] = {
        "a",
        "word",
        " ",
        "  ",
        "\t",
        "\n x",
        "\n\ty",
        "\n  \t z",
        ":",
        ";",
        "=",
        "\"",
        "\\",
        "(",
        ")",
        "<",
        ">",
        "@",
        ",",
        "[",
        "]",
        "%",
        "=?utf-8?q?x?=",
        "\xc3\xa4",
        "\xff",
        "\x80",
        "\x01",
        "\x7f",
        "From:",
        "Content-Type: x/y",
        "--=_b",
        "\n From: eve@example.org",
        "\n Content-Type: text/html",
        "\n\tMIME-Version: 1.0",
        "smime=pass",
        "..",
        "\n .",
    };
    for (uint32_t left = hostile_roll(dice, 20); left > 0; left--)
        hostile_add(text, HOSTILE_PICK(dice, pieces));
    if (hostile_roll(dice, 30) == 0)
        for (uint32_t left = hostile_roll(dice, HOSTILE_LONG); left > 0; left--)
            hostile_add(text, "y");
}

static inline void hostile_field(struct hostile_dice *dice, struct hostile *text)
{
    static const char *const names[] = {
        "X-Odd",
        "x-odd",
        "Received",
        "Subject",
        "SUBJECT",
        "To",
        "cc",
        "Bcc",
        "Date",
        "Sender",
        "Reply-To",
        "Message-ID",
        "References",
        "DKIM-Signature",
        "List-Id",
        "Return-Path",
        "HP-Outer",
        "hp",
        "Resent-To",
        "X-Content-Type",
        "Content",
        "Mime",
        "x!#$%&*+",
        "1",
        "-",
        "ARC-Authentication-Results",
        "X-Authentication-Results",
        "Content-",
        "_Content-Type",
    };
    static const char *const colons[] = {":", ": ", ":\t", ":  ", " :", "\t: ", " \t :"};
    hostile_add(text, HOSTILE_PICK(dice, names));
    hostile_add(text, HOSTILE_PICK(dice, colons));
    hostile_value(dice, text);
    hostile_add(text, "\n");
}

/* Of the fields that MIME knows each once at most: two would be two meanings. */
static inline void hostile_content_field(struct hostile_dice *dice, struct hostile *text,
                                         uint32_t *used)
{
    static const char *const fields[] = {
        "Content-Type: text/plain\n",
        "content-TYPE:\n\tTEXT/Plain;\n charset=\"us-ascii\"\n",
        "Content-Transfer-Encoding: 7bit\n",
        "Content-Disposition: inline;\n\tfilename=\"x\"\n",
        "MIME-Version: 1.0\n",
        "Content-Language: de, en\n",
        "CONTENT-ID: <a@b>\n",
        "Content-Description: =?utf-8?q?x?=\n y\n",
        "Content-Odd  : blank before\n",
        "Content-X:\n",
    };
    enum { COUNT = sizeof(fields) / sizeof(fields[0]) };
    uint32_t at = hostile_roll(dice, COUNT);
    uint32_t bit = 1u << (at == 1 ? 0 : at);
    if ((*used & bit) != 0)
        return;
    *used |= bit;
    hostile_add(text, fields[at]);
}

static inline void hostile_make(uint32_t number, struct hostile *text)
{
    struct hostile_dice dice = {0x9e3779b97f4a7c15u * (number + 1)};
    uint32_t used = 0;
    uint32_t count = 1 + hostile_roll(&dice, 14);
    uint32_t from = hostile_roll(&dice, count);
    if (hostile_roll(&dice, 12) == 0)
        hostile_add(text, "From p256@example.com Thu Jan  1 00:00:00 1970\n");
    for (uint32_t i = 0; i < count; i++) {
        if (i == from)
            hostile_add(text, i % 2 == 0 ? F T : "FROM:\n\t(a)p256@example.com\n" T);
        if (hostile_roll(&dice, 3) == 0)
            hostile_content_field(&dice, text, &used);
        hostile_field(&dice, text);
    }
}

/* --- a block -------------------------------------------------------------------------------
 */

enum hostile_ends { HOSTILE_CRLF, HOSTILE_LF, HOSTILE_MIXED };

static inline void hostile_end_lines(const struct hostile *lf, enum hostile_ends ends,
                                     struct hostile *out)
{
    uint32_t line = 0;
    for (size_t i = 0; i < lf->size; i++) {
        bool is_end = lf->data[i] == '\n';
        line += is_end;
        if (is_end && (ends == HOSTILE_CRLF || (ends == HOSTILE_MIXED && line % 2 == 0)))
            hostile_put(out, "\r", 1);
        hostile_put(out, lf->data + i, 1);
    }
}

/* The header block of that number, without the blank line. */
static inline void hostile_block(uint32_t number, struct hostile *out)
{
    static struct hostile lf;
    lf.size = 0;
    out->size = 0;
    if (number < 2 * HOSTILE_ROWS)
        hostile_add(&lf, hostile_rows[number / 2]);
    else
        hostile_make(number, &lf);
    hostile_end_lines(&lf, (enum hostile_ends)(number % 3), out);
}
#undef F
#undef T

/* --- a reader ------------------------------------------------------------------------------
 */

/* A field, or what stands before the first one, with its folding and line ends. */
struct hostile_piece {
    const char *data;
    size_t size;
};

/* Size of the line with its end. */
static inline size_t hostile_line(const char *data, size_t size)
{
    const char *lf = memchr(data, '\n', size);
    return lf != NULL ? (size_t)(lf - data) + 1 : size;
}

/* Takes the next field off a header; false at the blank line and at the end. */
static inline bool hostile_next(struct hostile_piece *rest, struct hostile_piece *ret)
{
    size_t size = hostile_line(rest->data, rest->size);
    if (size == 0 || rest->data[0] == '\n' ||
        (size == 2 && memcmp(rest->data, "\r\n", 2) == 0))
        return false;
    while (size < rest->size && (rest->data[size] == ' ' || rest->data[size] == '\t'))
        size += hostile_line(rest->data + size, rest->size - size);
    *ret = (struct hostile_piece){rest->data, size};
    *rest = (struct hostile_piece){rest->data + size, rest->size - size};
    return true;
}

static inline bool hostile_is(const struct hostile_piece *field, const char *name,
                              bool is_whole)
{
    size_t size = strlen(name);
    size_t colon = size;
    if (field->size < size || strncasecmp(field->data, name, size) != 0)
        return false;
    while (colon < field->size && (field->data[colon] == ' ' || field->data[colon] == '\t'))
        colon++;
    bool is_end = colon < field->size && field->data[colon] == ':';
    return is_end == is_whole;
}

static inline bool hostile_is_content(const struct hostile_piece *field)
{
    return hostile_is(field, "Content-", false);
}

/* The line that a mailbox puts on top. */
static inline bool hostile_is_mailbox(const struct hostile_piece *field)
{
    return field->size > 5 && memcmp(field->data, "From ", 5) == 0 &&
           !hostile_is(field, "From", true);
}

static inline void hostile_add_crlf(struct hostile *out, const struct hostile_piece *field)
{
    for (size_t i = 0; i < field->size; i++)
        if (field->data[i] != '\r' && field->data[i] != '\n')
            hostile_put(out, field->data + i, 1);
        else if (field->data[i] == '\n')
            hostile_add(out, "\r\n");
    if (field->size > 0 && field->data[field->size - 1] != '\n')
        hostile_add(out, "\r\n");
}

/* The fields that are Content-*, or those that are not, with CRLF; true where MIME-Version is
 * among all of them. */
static inline bool hostile_fields(const void *data, size_t size, bool content,
                                  struct hostile *out)
{
    struct hostile_piece rest = {data, size};
    struct hostile_piece field;
    bool has_version = false;
    out->size = 0;
    while (hostile_next(&rest, &field)) {
        bool is_mailbox = field.data == (const char *)data && hostile_is_mailbox(&field);
        has_version = has_version || hostile_is(&field, "MIME-Version", true);
        if (!is_mailbox && hostile_is_content(&field) == content)
            hostile_add_crlf(out, &field);
    }
    return has_version;
}

/* What a rewritten message must have outside: what was there, and what MIME needs. */
static inline void hostile_outer(const void *data, size_t size, struct hostile *out)
{
    if (!hostile_fields(data, size, false, out))
        hostile_add(out, "MIME-Version: 1.0\r\n");
}

#endif
