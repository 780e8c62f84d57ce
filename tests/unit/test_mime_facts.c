/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mime_support.h"

#include "mime/facts.h"

struct facts_case {
    const char *body;
    uint32_t facts;
};

static const struct facts_case cases[] = {
    {"", 0},
    {"clean\r\nlines\r\n", 0},
    {"\r\n\r\n", 0},
    {"open", SGW_BODY_NO_FINAL_EOL},
    {"x\n", SGW_BODY_BARE_LF},
    {"\n", SGW_BODY_BARE_LF},
    {"x\r\ny\nz\r\n", SGW_BODY_BARE_LF},
    {"x\ry\r\n", SGW_BODY_BARE_CR},
    {"x\r\r\n", SGW_BODY_BARE_CR},
    {"x\r", SGW_BODY_BARE_CR | SGW_BODY_NO_FINAL_EOL},
    {"x \r\n", SGW_BODY_TRAILING_BLANK},
    {"x\t\n", SGW_BODY_TRAILING_BLANK | SGW_BODY_BARE_LF},
    {"x ", SGW_BODY_TRAILING_BLANK | SGW_BODY_NO_FINAL_EOL},
    {" \r\n", SGW_BODY_TRAILING_BLANK},
    {"From me\r\n", SGW_BODY_FROM_LINE},
    {"a\r\nFrom \r\n", SGW_BODY_FROM_LINE | SGW_BODY_TRAILING_BLANK},
    {"From\r\n >From x\r\n", 0},
    {".\r\n", SGW_BODY_DOT_LINE},
    {"a\r\n.", SGW_BODY_DOT_LINE | SGW_BODY_NO_FINAL_EOL},
    {"..\r\n.x\r\na.\r\n", 0},
    {"\xc3\xa4\r\n", SGW_BODY_8BIT},
    {"\xe2\x82\xac \xf0\x9f\x98\x80\r\n", SGW_BODY_8BIT},
    {"\xe4\r\n", SGW_BODY_8BIT | SGW_BODY_NOT_UTF8},
    {"\xc3", SGW_BODY_8BIT | SGW_BODY_NOT_UTF8 | SGW_BODY_NO_FINAL_EOL},
    {"\xc0\xaf\r\n", SGW_BODY_8BIT | SGW_BODY_NOT_UTF8},
    {"\xe0\x80\x80\r\n", SGW_BODY_8BIT | SGW_BODY_NOT_UTF8},
    {"\xed\xa0\x80\r\n", SGW_BODY_8BIT | SGW_BODY_NOT_UTF8},
    {"\xf0\x80\x80\x80\r\n", SGW_BODY_8BIT | SGW_BODY_NOT_UTF8},
    {"\xc3"
     "a\xa4\r\n",
     SGW_BODY_8BIT | SGW_BODY_NOT_UTF8},
    {"\xf4\x90\x80\x80\r\n", SGW_BODY_8BIT | SGW_BODY_NOT_UTF8},
    {"0123456789abcdef0123456789abcde\xc3\xa4 0123456789abcdef\r\n", SGW_BODY_8BIT},
    {"- x\r\n--\r\n-\n", SGW_BODY_BARE_LF},
};

static uint32_t root_facts(const char *head, const void *body, size_t size)
{
    struct sgw_buf text = SGW_BUF_INIT(0);
    struct sgw_mime mime = {0};
    sgw_buf_append_text(&text, head);
    sgw_buf_append(&text, body, size);
    assert_int_equal(scan_chunks(text.data, text.size, 0, SGW_SCAN_FACTS, NULL, &mime),
                     SMIMEGW_OK);
    uint32_t facts = mime.parts[mime.count - 1].facts;
    sgw_mime_clear(&mime);
    if (size < 200)
        assert_chunks_equal(text.data, text.size, SGW_SCAN_FACTS);
    sgw_buf_clear(&text);
    return facts;
}

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t facts = root_facts("A: b\r\n\r\n", cases[i].body, strlen(cases[i].body));
        if (facts != cases[i].facts)
            fail_msg("case %zu: %x, not %x", i, facts, cases[i].facts);
    }
}

/* The line end before a delimiter is not the body's, so a lone LF there is no fact of it. */
static void test_delimited(void **state)
{
    (void)state;
    static const char head[] = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n";
    assert_int_equal(root_facts(head, "x\n--b--\r\n", 9), SGW_BODY_NO_FINAL_EOL);
    assert_int_equal(root_facts(head, "x\r\n\n--b--\r\n", 11), 0);
    assert_int_equal(root_facts(head, "x\n\n--b--\r\n", 10), SGW_BODY_BARE_LF);
    assert_int_equal(root_facts(head, "\n--b--\r\n", 8), 0);
    assert_int_equal(root_facts(head, "x \n--b--\r\n", 10),
                     SGW_BODY_NO_FINAL_EOL | SGW_BODY_TRAILING_BLANK);
    assert_int_equal(root_facts(head, "\xc3\r\n--b--\r\n", 10),
                     SGW_BODY_NO_FINAL_EOL | SGW_BODY_8BIT | SGW_BODY_NOT_UTF8);
}

static void test_long_lines(void **state)
{
    (void)state;
    char line[1003];
    memset(line, 'x', sizeof(line));
    memcpy(line + 998, "\r\n", 2);
    assert_int_equal(root_facts("\r\n", line, 1000), 0);
    memcpy(line + 998, "x\r\n", 3);
    assert_int_equal(root_facts("\r\n", line, 1001), SGW_BODY_LONG_LINE);
    memset(line, 'x', sizeof(line));
    assert_int_equal(root_facts("\r\n", line, 1003),
                     SGW_BODY_LONG_LINE | SGW_BODY_NO_FINAL_EOL);
}

/* One odd byte at every place of a block, alone. */
static void test_places(void **state)
{
    (void)state;
    static const struct facts_case odd[] = {{"\0", SGW_BODY_NUL},
                                            {"\r", SGW_BODY_BARE_CR},
                                            {"\x80", SGW_BODY_8BIT | SGW_BODY_NOT_UTF8}};
    static char body[9000];
    for (size_t i = 0; i < sizeof(body); i++)
        body[i] = i % 60 == 58 ? '\r' : i % 60 == 59 ? '\n' : 'x';
    for (size_t kind = 0; kind < 3; kind++)
        for (size_t at = 1; at < sizeof(body); at += 61) {
            char old = body[at];
            if (old != 'x' || body[at + 1] == '\r')
                continue;
            body[at] = odd[kind].body[0];
            assert_int_equal(root_facts("\r\n", body, sizeof(body)), odd[kind].facts);
            body[at] = old;
        }
}

/* More CRs than one counter of a vector lane holds. */
static void test_many_returns(void **state)
{
    (void)state;
    static char body[20000];
    memset(body, '\r', sizeof(body));
    memcpy(body + sizeof(body) - 2, "\r\n", 2);
    assert_int_equal(root_facts("\r\n", body, sizeof(body)),
                     SGW_BODY_BARE_CR | SGW_BODY_LONG_LINE);
    for (size_t i = 1; i < sizeof(body); i += 2)
        body[i] = '\n';
    assert_int_equal(root_facts("\r\n", body, sizeof(body)), 0);
}

static void test_header_facts(void **state)
{
    (void)state;
    assert_int_equal(sgw_facts_of_header((const uint8_t *)"A: b \r\n\r\n", 9), 0);
    assert_int_equal(sgw_facts_of_header((const uint8_t *)"A: b\n\n", 6), SGW_BODY_BARE_LF);
    assert_int_equal(sgw_facts_of_header((const uint8_t *)"A: \xe4\0\r\n", 7),
                     SGW_BODY_8BIT | SGW_BODY_NUL);
    assert_int_equal(sgw_facts_of_header(NULL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),        cmocka_unit_test(test_delimited),
        cmocka_unit_test(test_long_lines),   cmocka_unit_test(test_places),
        cmocka_unit_test(test_many_returns), cmocka_unit_test(test_header_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
