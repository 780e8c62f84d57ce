/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_MIME_SCANNER_H
#define SGW_MIME_SCANNER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "mime/content_type.h"
#include "mime/header.h"
#include "stream/stage.h"

enum sgw_encoding {
    SGW_ENCODING_7BIT, /* also where the field is absent */
    SGW_ENCODING_8BIT,
    SGW_ENCODING_BINARY,
    SGW_ENCODING_QUOTED_PRINTABLE,
    SGW_ENCODING_BASE64,
    SGW_ENCODING_UNKNOWN
};

/* What a body is made of, as bits; gathered only with SGW_SCAN_FACTS. */
enum sgw_body_fact {
    SGW_BODY_8BIT = 1,
    SGW_BODY_NUL = 2,
    SGW_BODY_BARE_CR = 4,
    SGW_BODY_BARE_LF = 8,         /* LF without CR before it */
    SGW_BODY_LONG_LINE = 16,      /* over 998 bytes */
    SGW_BODY_TRAILING_BLANK = 32, /* space or tab before a line end or the end */
    SGW_BODY_FROM_LINE = 64,      /* a line that starts "From " */
    SGW_BODY_DOT_LINE = 128,      /* a line that is a lone dot */
    SGW_BODY_NO_FINAL_EOL = 256,
    SGW_BODY_NOT_UTF8 = 512
};

/* S/MIME kind of a part, by media type, smime-type and file name; a hint: the CMS decides. */
enum sgw_smime_hint {
    SGW_SMIME_NONE,
    SGW_SMIME_SIGNED,   /* multipart/signed, protocol of S/MIME or none given */
    SGW_SMIME_MIME,     /* application/(x-)pkcs7-mime, or octet-stream named .p7m/.p7z/.p7c */
    SGW_SMIME_SIGNATURE /* application/(x-)pkcs7-signature, or octet-stream named .p7s */
};

/* A part by offsets into the scanned source. Parts stand in the order of their headers. */
struct sgw_part {
    int parent; /* index, -1 for the root, which is part 0 */
    int depth;
    int position; /* among its siblings, from 0 */
    int child_count;
    int64_t delimiter_start; /* line that opens it; -1 for the root */
    int64_t header_start;
    int64_t body_start;
    int64_t end; /* of the body, without the line end that belongs to the delimiter */
    struct sgw_content_type type;        /* defaults not filled in */
    struct sgw_content_type disposition; /* of Content-Disposition */
    enum sgw_encoding encoding;
    enum sgw_smime_hint smime;
    int64_t close_start; /* multipart: the close delimiter's line; -1 where there is none */
    int64_t close_end;
    uint32_t facts; /* of the body; multipart: of preamble, epilogue and delimiter lines */
    uint32_t header_facts; /* of the header, see sgw_facts_of_header() */
    bool is_ambiguous; /* doubled or broken Content-Type, doubled encoding, bad boundary ... */
    bool is_closed;    /* multipart: its close delimiter was seen */
    const char *ambiguity; /* static text: what is ambiguous */
};

struct sgw_mime {
    struct sgw_header header; /* of the root */
    struct sgw_part *parts;
    int count;
    int capacity;
    bool has_watch; /* the watched boundary occurs at a line start */
    bool is_lf;     /* the root's header uses bare LF */
};

enum sgw_scan_flags {
    SGW_SCAN_FACTS = 1,
    /* descend only into a multipart/signed root: two parts and nothing below; quick */
    SGW_SCAN_SHALLOW = 2
};

/*
 * Byte-exact MIME scanner: a stage at the end of a chain that finds headers, parts and
 * boundaries in one pass, linear in the size, whatever the chunks. Lines end with CRLF or LF.
 * A delimiter of an outer multipart ends all inner ones [RFC2046-5.1.2].
 * message/rfc822 is a leaf. E_LIMIT over the limits; E_SYNTAX for a broken root header; odd
 * bodies never fail.
 */
struct sgw_scanner;
int sgw_scanner_new(const struct sgw_limits *limits, uint32_t flags,
                    struct sgw_scanner **ret_scanner, struct smimegw_error **ret_error);
/* Note whether a line "--boundary..." occurs anywhere (boundary is borrowed). Before any push.
 */
void sgw_scanner_watch(struct sgw_scanner *scanner, const char *boundary);
struct sgw_stage *sgw_scanner_stage(struct sgw_scanner *scanner);
/* After finish: the result, owned by the caller from now on. */
void sgw_scanner_take(struct sgw_scanner *scanner, struct sgw_mime *ret_mime);
void sgw_scanner_free(struct sgw_scanner *scanner);
void sgw_mime_clear(struct sgw_mime *mime);

struct sgw_source;
/* All of it: scan a source. */
int sgw_mime_scan(struct sgw_source *source, const struct sgw_limits *limits, uint32_t flags,
                  const char *watch, struct sgw_mime *ret_mime,
                  struct smimegw_error **ret_error);

#endif
