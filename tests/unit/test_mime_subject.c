/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A tag out of a Subject, a header in other words. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "mime/edited.h"
#include "mime/subject.h"
#include "mime/words.h"
#include "mime_support.h"
#include "stream/sink.h"

/* --- the tag -------------------------------------------------------------------------------
 */

/* Value before and after, without its line end; NULL: stays as it is. */
static const struct {
    const char *tag;
    const char *value;
    const char *expected;
} subjects[] = {
    {"[crypt]", " hello", NULL},
    {"[crypt]", "", NULL},
    {"[crypt]", " [crypt]", ""},
    {"[crypt]", "[crypt]", ""},
    {"[crypt]", " [crypt] ", ""},
    {"[crypt]", " [crypt] hello", " hello"},
    {"[crypt]", "[crypt] hello", " hello"},
    {"[crypt]", " [CRYPT]hello", " hello"},
    {"[crypt]", " hello [Crypt]", " hello"},
    {"[crypt]", " hello \t [crypt]  world", " hello world"},
    {"[crypt]", " hello[crypt]world", " helloworld"},
    {"[crypt]", " [crypt] a [crypt][crypt] b [crypt]", " a b"},
    {"[crypt]", "  two  blanks  stay", NULL},
    /* what closes up to be the tag goes, too */
    {"[crypt]", " [cry[crypt]pt] x", " x"},
    {"[crypt]", " [cr [crypt] ypt] x", " [cr ypt] x"},
    {"aab", " aaab", " a"},
    /* folded */
    {"[crypt]", " hello\r\n [crypt]\r\n world", " hello\r\n world"},
    {"[crypt]", " hello\n\t[crypt] world", " hello\n world"},
    {"[crypt]", "\r\n [crypt] world", "\r\n world"},
    {"[crypt]", " hello\r\n [crypt]", " hello"},
    {"[secure mail]", " [secure\r\n mail] x", " x"},
    {"[secure mail]", " [Secure \t MAIL] x", " x"},
    {"[secure mail]", " [securemail] x", NULL},
    {"[crypt]", " [cry\r\n pt] x", NULL},
    /* encoded-words */
    {"[crypt]", " =?utf-8?Q?[crypt]_Gr=C3=BC=C3=9Fe?=", " =?utf-8?Q?Gr=C3=BC=C3=9Fe?="},
    {"[crypt]", " =?UTF-8?q?=5BCrypt=5D_Gr=C3=BC?= x", " =?utf-8?Q?Gr=C3=BC?= x"},
    {"[crypt]", " =?utf-8?B?W2NyeXB0XSBHcsO8w59l?=", " =?utf-8?B?R3LDvMOfZQ==?="},
    {"[crypt]", " =?utf-8*de?B?W2NyeXB0XSBHcsO8w59l?=", " =?utf-8?B?R3LDvMOfZQ==?="},
    {"[crypt]", " Re: =?us-ascii?Q?a_[crypt]_b?= c", " Re: =?utf-8?Q?a_b?= c"},
    {"[crypt]", " a =?utf-8?Q?[crypt]?= b", " a b"},
    {"[crypt]", " a =?utf-8?Q?_[crypt]_?=", " a"},
    {"[crypt]", " =?utf-8?Q?[crypt]?=", ""},
    /* beside what is an encoded-word only without it */
    {"[crypt]", " =?utf-8?B?W2NyeXB0XQ==?=[crypt]", ""},
    {"[crypt]", " a [crypt]=?utf-8?Q?=5Bcrypt]_b?= c", " a =?utf-8?Q?b?= c"},
    /* one that is over two words; a character may be, too */
    {"[crypt]", " =?utf-8?Q?=C3=9F_[cry?= =?utf-8?B?cHRdIHg=?=", " =?utf-8?Q?=C3=9F_x?="},
    {"[crypt]", " =?utf-8?Q?[crypt]=C3?=\r\n =?utf-8?Q?=9F?=", " =?utf-8?Q?=C3=9F?="},
    /* other charsets, and what is no encoded-word that can be read, are let alone */
    {"[crypt]", " =?iso-8859-1?Q?[crypt]_x?=", NULL},
    {"[crypt]", " =?utf-8?Q?[crypt]=X?=", NULL},
    {"[crypt]", " =?utf-8?B?W2NyeXB0XQ=?=", NULL},
    {"abcd", " =?utf-8?B?abcd?=", NULL},
    {"utf", " =?utf-8?Q?x?= utf y", " =?utf-8?Q?x?= y"},
    {"[crypt]", " =?utf-8?X?[crypt]?= x",
     " =?utf-8?X?"
     "?= x"},
    /* blanks between encoded-words are none [RFC2047-6.2] */
    {"[crypt]",
     " =?utf-8?Q?a?= [crypt] =?utf-8?Q?b?=", " =?utf-8?Q?a?= =?us-ascii?Q?_?= =?utf-8?Q?b?="},
    {"[crypt]",
     " =?utf-8?Q?a_[crypt]?= =?iso-8859-1?Q?b?=", " =?utf-8?Q?a_?= =?iso-8859-1?Q?b?="},
    {"[crypt]",
     " =?iso-8859-1?Q?a?= =?utf-8?Q?[crypt]_b?=", " =?iso-8859-1?Q?a?= =?utf-8?Q?_b?="},
    {"[crypt]", " =?utf-8?Q?a?= [crypt] b", " =?utf-8?Q?a?= b"},
};

static void check_subject(const char *tag, const char *value, const char *expected,
                          const char *eol)
{
    bool has_found;
    struct sgw_buf whole = SGW_BUF_INIT(0);
    struct sgw_buf wanted = SGW_BUF_INIT(0);
    struct sgw_buf got = SGW_BUF_INIT(0);
    assert_int_equal(sgw_buf_printf(&whole, "%s%s", value, eol), SMIMEGW_OK);
    if (expected != NULL)
        assert_int_equal(sgw_buf_printf(&wanted, "%s%s", expected, eol), SMIMEGW_OK);
    assert_int_equal(
        sgw_subject_strip(sgw_buf_text(&whole), whole.size, tag, &got, &has_found),
        SMIMEGW_OK);
    if (has_found != (expected != NULL) || got.size != wanted.size ||
        (got.size > 0 && memcmp(got.data, wanted.data, got.size) != 0))
        fail_msg("%s without %s: \"%s\"", value, tag, sgw_buf_text(&got));
    sgw_buf_clear(&whole);
    sgw_buf_clear(&wanted);
    sgw_buf_clear(&got);
}

static void tags_are_stripped(void **state)
{
    (void)state;
    static const char *const eols[] = {"\r\n", "\n", ""};
    for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++)
        for (size_t k = 0; k < 3; k++)
            check_subject(subjects[i].tag, subjects[i].value, subjects[i].expected, eols[k]);
}

/* A tag removed from a text somewhere, whatever is around it, gives the text: by words of any
 * length in both encodings. */
static void long_words_are_split(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++)
        for (size_t size = 1; size < 200; size++) {
            struct sgw_buf text = SGW_BUF_INIT(0);
            struct sgw_buf tagged = SGW_BUF_INIT(0);
            struct sgw_buf words = SGW_BUF_INIT(0);
            struct sgw_buf value = SGW_BUF_INIT(0);
            struct sgw_buf back = SGW_BUF_INIT(0);
            bool has_found;
            static const char *const letters[] = {"a", "\xc3\xbc", "\xe2\x82\xac",
                                                  "\xf0\x9f\x98\x80"};
            for (size_t k = 0; k < size; k++)
                sgw_buf_append_text(&text, letters[(k * 7 + size) % 4]);
            sgw_buf_printf(&tagged, "[x] %s", sgw_buf_text(&text));
            assert_int_equal(
                sgw_words_write(sgw_buf_text(&tagged), tagged.size, i == 1, "\r\n ", &words),
                SMIMEGW_OK);
            assert_int_equal(
                sgw_subject_strip(sgw_buf_text(&words), words.size, "[X]", &value, &has_found),
                SMIMEGW_OK);
            assert_true(has_found);
            for (size_t at = 0; at < value.size;) {
                struct sgw_word word;
                assert_true(sgw_word_read((char *)value.data + at, value.size - at, &word));
                assert_true(word.size <= 75 && word.is_utf8 && word.is_base64 == (i == 1));
                size_t start = back.size;
                assert_int_equal(sgw_word_decode(&word, &back), SMIMEGW_OK);
                assert_true(sgw_utf8_valid(back.data + start, back.size - start));
                at += word.size + 3;
            }
            assert_string_equal(sgw_buf_text(&back), sgw_buf_text(&text));
            sgw_buf_clear(&text);
            sgw_buf_clear(&tagged);
            sgw_buf_clear(&words);
            sgw_buf_clear(&value);
            sgw_buf_clear(&back);
        }
}

/* Twice is once, the tag is gone from plain text, and nothing takes long: 256 KiB. */
static void hostile_subjects_are_quick(void **state)
{
    (void)state;
    static const char *const bricks[] = {"[cr", "ypt]", " ", "\r\n ", "[crypt]", "=?utf-8?Q?",
                                         "?=",  "=",    "?", "W2",    "=5B",     "\xc3"};
    srandom(7);
    for (int round = 0; round < 300; round++) {
        struct sgw_buf value = SGW_BUF_INIT(0);
        struct sgw_buf once = SGW_BUF_INIT(0);
        struct sgw_buf twice = SGW_BUF_INIT(0);
        bool has_found;
        size_t most = round == 0 ? 256 * 1024 : 300;
        while (value.size < most)
            sgw_buf_append_text(&value, round == 0 ? (value.size < most / 2 ? "[cr" : "ypt]")
                                                   : bricks[random() % 12]);
        assert_int_equal(
            sgw_subject_strip((char *)value.data, value.size, "[crypt]", &once, &has_found),
            SMIMEGW_OK);
        if (has_found) {
            assert_int_equal(sgw_subject_strip(sgw_buf_text(&once), once.size, "[crypt]",
                                               &twice, &has_found),
                             SMIMEGW_OK);
            assert_false(has_found);
        }
        sgw_buf_clear(&value);
        sgw_buf_clear(&once);
        sgw_buf_clear(&twice);
    }
}

/* A word and the tag behind it, again and again. */
static void many_tags_are_quick(void **state)
{
    struct sgw_buf value = SGW_BUF_INIT(0);
    struct sgw_buf text = SGW_BUF_INIT(0);
    bool has_found = false;
    (void)state;
    assert_int_equal(sgw_buf_append_text(&value, " =?utf-8?Q?a?= "), SMIMEGW_OK);
    while (value.size < 2 << 20)
        assert_int_equal(sgw_buf_append_text(&value, "[crypt]"), SMIMEGW_OK);
    assert_int_equal(sgw_buf_append_text(&value, "x"), SMIMEGW_OK);
    assert_int_equal(
        sgw_subject_strip(sgw_buf_text(&value), value.size, "[crypt]", &text, &has_found),
        SMIMEGW_OK);
    assert_true(has_found);
    assert_string_equal(sgw_buf_text(&text), " =?utf-8?Q?a?= x");
    sgw_buf_clear(&value);
    sgw_buf_clear(&text);
}

/* --- the source ----------------------------------------------------------------------------
 */

/* Any range of an edited source is that range of the edited text. */
static void edited_ranges_agree(void **state)
{
    (void)state;
    static const char whole[] = "abcdefghijklmnopqrstuvwxyz";
    static const char expected[] = "ONEcdefTWO, longerijklmnopqrstuvwTHREE";
    struct sgw_memory_source memory;
    struct sgw_edited_source edited;
    sgw_memory_source_init(&memory, whole, 26);
    sgw_edited_source_init(&edited, &memory.base);
    assert_int_equal(sgw_edited_source_replace(&edited, 0, 2, "ONE", 3), SMIMEGW_OK);
    assert_int_equal(sgw_edited_source_replace(&edited, 6, 8, "TWO, longer", 11), SMIMEGW_OK);
    assert_int_equal(sgw_edited_source_replace(&edited, 23, 25, NULL, 0), SMIMEGW_OK);
    assert_int_equal(sgw_edited_source_replace(&edited, 25, 26, "THREE", 5), SMIMEGW_OK);
    assert_int_equal(edited.base.size, (int64_t)sizeof(expected) - 1);
    for (int64_t at = 0; at <= edited.base.size + 1; at++)
        for (int64_t size = 0; size <= edited.base.size + 2; size++) {
            struct sgw_buf got = SGW_BUF_INIT(0);
            struct sgw_buf_sink sink;
            int64_t left = at < edited.base.size ? edited.base.size - at : 0;
            sgw_buf_sink_init(&sink, &got);
            assert_int_equal(
                edited.base.write(&edited.base, at,
                                  size > edited.base.size ? (int64_t)SGW_TO_END : size,
                                  &sink.base, NULL),
                SMIMEGW_OK);
            assert_int_equal(got.size, size < left ? size : left);
            if (got.size > 0)
                assert_memory_equal(got.data, expected + at, got.size);
            sgw_buf_clear(&got);
        }
    sgw_edited_source_clear(&edited);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tags_are_stripped),          cmocka_unit_test(long_words_are_split),
        cmocka_unit_test(hostile_subjects_are_quick), cmocka_unit_test(many_tags_are_quick),
        cmocka_unit_test(edited_ranges_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
