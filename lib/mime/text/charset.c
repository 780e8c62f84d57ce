/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime/text/charset.h"

#include <errno.h>
#include <string.h>

#include "base/error_impl.h"
#include "base/text.h"
#include "stream/sink.h"

/*
 * Charsets of mail. A list, because a name picks code of libc: the odd converters have had
 * holes (CVE-2024-2961, ISO-2022-CN-EXT), and strangers write the names.
 */
static const char *const known_charsets[] = {
    "UTF-8",        "ISO-8859-1",   "ISO-8859-2",   "ISO-8859-3",   "ISO-8859-4",
    "ISO-8859-5",   "ISO-8859-6",   "ISO-8859-7",   "ISO-8859-8",   "ISO-8859-9",
    "ISO-8859-10",  "ISO-8859-13",  "ISO-8859-14",  "ISO-8859-15",  "ISO-8859-16",
    "WINDOWS-1250", "WINDOWS-1251", "WINDOWS-1252", "WINDOWS-1253", "WINDOWS-1254",
    "WINDOWS-1255", "WINDOWS-1256", "WINDOWS-1257", "WINDOWS-1258", "CP437",
    "CP850",        "CP866",        "CP932",        "CP936",        "CP949",
    "CP950",        "KOI8-R",       "KOI8-U",       "MACINTOSH",    "TIS-620",
    "GB2312",       "GBK",          "GB18030",      "BIG5",         "BIG5-HKSCS",
    "SHIFT_JIS",    "EUC-JP",       "EUC-KR",       "ISO-2022-JP",  "ISO-2022-KR",
    "UTF-16",       "UTF-16LE",     "UTF-16BE",     "UTF-32",       "UTF-7",
};

/* Names under which the same is met. */
static const struct {
    const char *alias;
    const char *name;
} aliases[] = {
    {"US-ASCII", "UTF-8"},      {"ASCII", "UTF-8"},           {"ANSI_X3.4-1968", "UTF-8"},
    {"UTF8", "UTF-8"},          {"LATIN1", "ISO-8859-1"},     {"ISO8859-1", "ISO-8859-1"},
    {"CP1250", "WINDOWS-1250"}, {"CP1251", "WINDOWS-1251"},   {"CP1252", "WINDOWS-1252"},
    {"X-SJIS", "SHIFT_JIS"},    {"KS_C_5601-1987", "EUC-KR"}, {"ISO-8859-8-I", "ISO-8859-8"},
};

static const char *find_charset(const char *charset, size_t size)
{
    for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
        if (sgw_is_text_nocase(charset, size, aliases[i].alias))
            return aliases[i].name;
    for (size_t i = 0; i < sizeof(known_charsets) / sizeof(known_charsets[0]); i++)
        if (sgw_is_text_nocase(charset, size, known_charsets[i]))
            return known_charsets[i];
    return NULL;
}

bool sgw_charset_is_known(const char *charset, size_t size)
{
    return find_charset(charset, size) != NULL;
}

static int flush(struct sgw_charset_stage *stage, struct smimegw_error **ret_error)
{
    int ret = sgw_push(stage->next, stage->room, stage->room_size, ret_error);
    stage->room_size = 0;
    return ret;
}

/* What is no character of Unicode is told as U+FFFD. */
static int put(struct sgw_charset_stage *stage, uint32_t c, struct smimegw_error **ret_error)
{
    if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        c = 0xfffd;
    uint8_t *room = stage->room + stage->room_size;
    if (c < 0x80) {
        room[0] = (uint8_t)c;
        stage->room_size++;
    } else {
        size_t more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
        static const uint8_t heads[] = {0, 0xc0, 0xe0, 0xf0};
        room[0] = (uint8_t)(heads[more] | (c >> (6 * more)));
        for (size_t i = 1; i <= more; i++)
            room[i] = (uint8_t)(0x80 | ((c >> (6 * (more - i))) & 0x3f));
        stage->room_size += more + 1;
    }
    return stage->room_size + 4 > sizeof(stage->room) ? flush(stage, ret_error) : SMIMEGW_OK;
}

/* One call of the converter; its errno comes back, or 0. */
static int convert_some(struct sgw_charset_stage *stage, char **in, size_t *left, int *ret,
                        struct smimegw_error **ret_error)
{
    uint32_t wide[256];
    char *out = (char *)wide;
    size_t room = sizeof(wide);
    size_t done = iconv(stage->converter, in, left, &out, &room);
    int reason = done == (size_t)-1 ? errno : 0;
    for (size_t i = 0; *ret == SMIMEGW_OK && i < (sizeof(wide) - room) / 4; i++)
        *ret = put(stage, wide[i], ret_error);
    return reason;
}

/* Convert what is held; a character that is not complete stays there. */
static int convert(struct sgw_charset_stage *stage, bool is_last,
                   struct smimegw_error **ret_error)
{
    int ret = SMIMEGW_OK;
    char *in = stage->held;
    size_t left = stage->held_size;
    while (left > 0 && ret == SMIMEGW_OK) {
        int reason = convert_some(stage, &in, &left, &ret, ret_error);
        if (reason == EINVAL && !is_last && left < sizeof(stage->held) / 2)
            break;
        if ((reason != EILSEQ && reason != EINVAL) || ret != SMIMEGW_OK)
            continue;
        ret = put(stage, (uint8_t)*in++, ret_error);
        left--;
    }
    memmove(stage->held, in, left);
    stage->held_size = left;
    return ret;
}

static size_t ascii_run(const uint8_t *data, size_t size)
{
    size_t run = 0;
    while (run < size && data[run] < 0x80)
        run++;
    return run;
}

static int charset_push(struct sgw_stage *base, const uint8_t *data, size_t size,
                        struct smimegw_error **ret_error)
{
    struct sgw_charset_stage *stage = (struct sgw_charset_stage *)base;
    int ret = SMIMEGW_OK;
    while (size > 0 && ret == SMIMEGW_OK) {
        size_t run = stage->is_utf8 && stage->held_size == 0 ? ascii_run(data, size) : 0;
        if (run > 0) {
            ret = flush(stage, ret_error);
            ret = SGW_STEP(ret, sgw_push(stage->next, data, run, ret_error));
        } else {
            run = sizeof(stage->held) - stage->held_size;
            run = run < size ? run : size;
            memcpy(stage->held + stage->held_size, data, run);
            stage->held_size += run;
            ret = convert(stage, false, ret_error);
        }
        data += run;
        size -= run;
    }
    return ret;
}

static int charset_finish(struct sgw_stage *base, struct smimegw_error **ret_error)
{
    struct sgw_charset_stage *stage = (struct sgw_charset_stage *)base;
    int ret = convert(stage, true, ret_error);
    if (ret == SMIMEGW_OK)
        convert_some(stage, NULL, NULL, &ret, ret_error);
    ret = SGW_STEP(ret, flush(stage, ret_error));
    return SGW_STEP(ret, sgw_finish(stage->next, ret_error));
}

int sgw_charset_stage_init(struct sgw_charset_stage *stage, const char *charset, size_t size,
                           struct sgw_stage *next, struct smimegw_error **ret_error)
{
    const char *name = charset == NULL ? "UTF-8" : find_charset(charset, size);
    stage->base = (struct sgw_stage){charset_push, charset_finish};
    stage->next = next;
    if (name == NULL)
        name = "ISO-8859-1";
    stage->is_utf8 = strcmp(name, "UTF-8") == 0;
    stage->held_size = 0;
    stage->room_size = 0;
    stage->converter = iconv_open("UCS-4LE", name);
    if (stage->converter == (iconv_t)-1 && errno != ENOMEM) {
        /* this system has no converter for it */
        stage->is_utf8 = false;
        stage->converter = iconv_open("UCS-4LE", "ISO-8859-1");
    }
    if (stage->converter == (iconv_t)-1)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "charset converter");
    return SMIMEGW_OK;
}

void sgw_charset_stage_clear(struct sgw_charset_stage *stage)
{
    iconv_close(stage->converter);
}

int sgw_charset_append(const char *charset, size_t charset_size, const void *data, size_t size,
                       struct sgw_buf *ret_text, struct smimegw_error **ret_error)
{
    struct sgw_charset_stage stage;
    struct sgw_buf_sink sink;
    sgw_buf_sink_init(&sink, ret_text);
    int ret = sgw_charset_stage_init(&stage, charset, charset_size, &sink.base, ret_error);
    if (ret < 0)
        return ret;
    ret = sgw_push(&stage.base, data, size, ret_error);
    ret = SGW_STEP(ret, sgw_finish(&stage.base, ret_error));
    sgw_charset_stage_clear(&stage);
    return ret;
}
