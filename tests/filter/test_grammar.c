/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "filter_support.h"

/* Every complaint has a place and says what was due. */
static const struct {
    const char *text;
    const char *complaint;
} faults[] = {
    {"x", "test.flt:1:2: expected : behind the name of a filter, not the end"},
    {"x: drop;", "test.flt:1:4: expected if, not drop"},
    {"x: if true", "test.flt:1:7: expected (, not true"},
    {"x: if (", "test.flt:1:8: expected a rule, not or (, not the end"},
    {"x: if ()", "test.flt:1:8: expected a rule, not or (, not )"},
    {"x: if (true", "test.flt:1:12: expected and, or or ), not the end"},
    {"x: if (true false) {}", "test.flt:1:13: expected and, or or ), not false"},
    {"x: if (true and) {}", "test.flt:1:16: expected a rule, not or (, not )"},
    {"x: if ((true) {}", "test.flt:1:15: expected and, or or ), not {"},
    {"x: if (true) drop;", "test.flt:1:14: expected {, not drop"},
    {"x: if (true) { drop }", "test.flt:1:21: expected ;, not }"},
    {"x: if (true) { drop;", "test.flt:1:21: expected an action, if or }, not the end"},
    {"x: if (true) { fly; }", "test.flt:1:16: expected an action, if or }, not fly"},
    {"x: if (true) {} else", "test.flt:1:21: expected {, not the end"},
    {"x: if (true) {} elif {}", "test.flt:1:22: expected (, not {"},
    {"x: if (true) {} else {} else {}",
     "test.flt:1:30: expected : behind the name of a filter,"
     " not {"},
    {"x: if (smime-gateway) {}", "test.flt:1:8: expected a rule, not or (, not smime-gateway"},
    {"x:\n  if (subject) {}", "test.flt:2:14: expected == or !=, not )"},
    {"x: if (subject < \"a\") {}", "test.flt:1:16: expected == or !=, not <"},
    {"x: if (subject == a) {}", "test.flt:1:19: expected a regex in quotes, not a"},
    {"x: if (subject == \"(\") {}",
     "test.flt:1:19: regex, at its byte 1: missing closing parenthesis"},
    {"x: if (subject == \"a) {}", "test.flt:1:19: a string does not end on its line"},
    {"x: if (subject == \"a\n\") {}", "test.flt:1:19: a string does not end on its line"},
    {"x: if (subject == \"\xff\") {}", "test.flt:1:19: a string is not UTF-8"},
    {"x: if (header) {}", "test.flt:1:14: expected (, not )"},
    {"x: if (header(\"a b\")) {}", "test.flt:1:15: expected the name of a header field, not "
                                   "\"a b\""},
    {"x: if (header(X)) {}",
     "test.flt:1:15: expected the name of a header field in quotes, not X"},
    {"x: if (body-contains(\"a\" 2)) {}", "test.flt:1:26: expected , or ), not 2"},
    {"x: if (body-contains(\"a\", b)) {}", "test.flt:1:27: expected a number, not b"},
    {"x: if (body-contains(\"a\", 0)) {}", "test.flt:1:27: expected a number from 1"},
    {"x: if (body-size > \"1\") {}", "test.flt:1:20: expected a size, as in 5M, not \"1\""},
    {"x: if (body-size > 1X) {}", "test.flt:1:20: expected a size, as in 5M, not 1X"},
    {"x: if (body-size) {}", "test.flt:1:17: expected <, <=, >, >=, == or !=, not )"},
    {"x: if (mail-from-group == ) {}", "test.flt:1:27: expected a group's name, not )"},
    {"x: if (true) { quarantine; }", "test.flt:1:26: expected (, not ;"},
    {"x: if (true) { quarantine(\"\"); }",
     "test.flt:1:27: expected a name of 1 to 255 bytes, not \"\""},
    {"x: if (true) { quarantine(Policy); }",
     "test.flt:1:27: expected a text in quotes, not Policy"},
    {"x: if (true) { notify(\"bob\"); }",
     "test.flt:1:23: expected a mail address, not \"bob\""},
    {"x: if (true) { insert-header(\"X\"); }", "test.flt:1:33: expected ,, not )"},
    {"x: if (true) { insert-header(\"X:\", \"v\"); }",
     "test.flt:1:30: expected the name of a header field, not \"X:\""},
    {"x: if (true) { edit-header-text(\"X\", \"[\", \"\"); }",
     "test.flt:1:38: regex, at its byte 1: missing terminating ] for character class"},
    {"x: if (true) { edit-header-text(\"X\", \"(a)\", \"\\2\"); }",
     "test.flt:1:45: the replacement refers to a bracket that the regex lacks"},
    {"x: if (true) {}\nx: if (true) {}", "test.flt:2:1: a second filter x"},
    {"group g { \"a@b.c\" }\ngroup g { \"a@b.c\" }", "test.flt:2:7: a second group g"},
    {"group g { }",
     "test.flt:1:11: expected an address, a domain or a pattern in quotes, not }"},
    {"group g { \"@b.c\" }", "test.flt:1:11: expected an address, a domain or a pattern, not "
                             "\"@b.c\""},
    {"group g { \"a@b.c\" \"x\" }", "test.flt:1:19: expected , or }, not \"x\""},
    {"policy p { } policy p { }", "test.flt:1:21: a second policy p"},
    {"policy p { x; }",
     "test.flt:1:12: expected from, to, direction, filters, sending-profile, "
     "receiving-policy or }, not x"},
    {"policy p { direction up; }", "test.flt:1:22: expected incoming or outgoing, not up"},
    {"policy p { from \"a\" \"b\"; }", "test.flt:1:21: expected , or ;, not \"b\""},
    {"policy p { from group(); }", "test.flt:1:23: expected the name of a group, not )"},
    {"policy p { filters x; }", "test.flt:1:20: no filter x"},
    {"policy p { sending-profile; }",
     "test.flt:1:27: expected the name of a sending profile, not ;"},
    {"set x 1;", "test.flt:1:5: expected the name of a setting, not x"},
    {"set on-error maybe;", "test.flt:1:14: expected defer, match or no-match, not maybe"},
    {"set match-limit 1;", "test.flt:1:17: expected a number from 1000, not 1"},
    {"set body-limit ;", "test.flt:1:16: expected a number of bytes, not ;"},
    {"set body-limit 1M", "test.flt:1:18: expected ;, not the end"},
    {"# \xc3\xa4\xc3\xb6\n\xc3\xa4: x", "test.flt:2:1: \xc3\xa4 has no place here"},
    {"x: if (subject == \"\xc3\xa4\" x) {}", "test.flt:1:23: expected and, or or ), not x"},
    {"x\x01", "test.flt:1:2: byte 0x01 has no place here"},
};

static void every_fault_has_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        struct smimegw_filter *filter = NULL;
        struct smimegw_error *error = NULL;
        const char *text = faults[i].text;
        int ret = smimegw_filter_new("test.flt", text, strlen(text), &filter, &error);
        assert_int_equal(ret, SMIMEGW_E_SYNTAX);
        assert_string_equal(smimegw_error_text(error), faults[i].complaint);
        assert_null(filter);
        smimegw_error_free(error);
    }
}

/* An endless nesting is refused where it passes the limit, without recursion. */
static void nesting_is_bounded(void **state)
{
    enum { DEEP = 100000 };
    static const struct {
        const char *start;
        const char *piece;
    } shapes[] = {{"x: if (", "("}, {"x: if (", "not "}, {"x: ", "if (true) { "}};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        size_t size = strlen(shapes[i].piece);
        char *text = malloc(DEEP * size + 100);
        struct smimegw_filter *filter = NULL;
        struct smimegw_error *error = NULL;
        assert_non_null(text);
        char *at = stpcpy(text, shapes[i].start);
        for (int n = 0; n < DEEP; n++, at += size)
            memcpy(at, shapes[i].piece, size);
        assert_int_equal(
            smimegw_filter_new("deep", text, (size_t)(at - text), &filter, &error),
            SMIMEGW_E_SYNTAX);
        assert_non_null(strstr(smimegw_error_text(error), "nested more than"));
        smimegw_error_free(error);
        free(text);
    }
}

/* What each expression is worth, for each value of a and b: header fields that are there. */
static const struct {
    const char *condition;
    const char *table; /* a,b = 00 01 10 11 */
} expressions[] = {
    {"A and B", "0001"},
    {"A or B", "0111"},
    {"not A", "1100"},
    {"not A and B", "0100"},
    {"not (A and B)", "1110"},
    {"not not A", "0011"},
    {"A or B and false", "0011"},
    {"(A or B) and false", "0000"},
    {"A and false or B", "0101"},
    {"A and (false or B)", "0001"},
    {"not A and not B or A and B", "1001"},
    {"true and A and B and true", "0001"},
    {"false or A or B or false", "0111"},
    {"((((A))))", "0011"},
    {"not (not A or not (B))", "0001"},
};

static void expressions_bind_as_they_should(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(expressions) / sizeof(expressions[0]); i++)
        for (int values = 0; values < 4; values++) {
            char condition[500] = "";
            char message[100];
            const char *from = expressions[i].condition;
            for (char *to = condition; *from != '\0'; from++) {
                if (*from == 'A' || *from == 'B')
                    to += sprintf(to, "header(\"%c\")", *from);
                else
                    *to++ = *from;
            }
            snprintf(message, sizeof(message), "%s%sX: y\r\n\r\n",
                     values & 2 ? "A: 1\r\n" : "", values & 1 ? "B: 1\r\n" : "");
            const struct scene scene = {.message = message};
            assert_int_equal(is_true(condition, &scene), expressions[i].table[values] == '1');
        }
}

static void branches_are_taken_once(void **state)
{
    static const char text[] =
        "t: if (header(\"A\")) { quarantine(\"a\"); if (header(\"B\")) { quarantine(\"ab\"); "
        "} "
        "else if (true) { quarantine(\"a-\"); } quarantine(\"end\"); }\n"
        "elif (header(\"B\")) { quarantine(\"b\"); }\n"
        "else { quarantine(\"none\"); }\n"
        "# after it\n"
        "u: if (true) { quarantine(\"u\"); }";
    static const struct {
        const char *message;
        const char *names;
    } cases[] = {{"A: 1\nB: 1\n\n", "a ab end u "},
                 {"A: 1\n\n", "a a- end u "},
                 {"B: 1\n\n", "b u "},
                 {"C: 1\n\n", "none u "}};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        const struct scene scene = {.message = cases[i].message};
        struct smimegw_filter_result *result = run(text, &scene);
        char names[100] = "";
        const char *name;
        for (size_t n = 0;
             (name = smimegw_filter_result_item(result, 0, SMIMEGW_FILTER_QUARANTINES, n)) !=
             NULL;
             n++)
            strcat(strcat(names, name), " ");
        assert_string_equal(names, cases[i].names);
        assert_int_equal(smimegw_filter_result_action(result, 0), SMIMEGW_FILTER_QUARANTINE);
        smimegw_filter_result_free(result);
    }
}

/* Escapes, comments, line ends of other systems, a mark of UTF-8. */
static void strings_and_blanks(void **state)
{
    const struct scene scene = {.message = "Subject: a.b \"c\" 'd' \\e\r\n\r\n"};
    const struct scene marked = {.message = "Subject: [SPAM] win.exe\r\n\r\n"};
    (void)state;
    assert_int_equal(is_true("subject == \"a\\.b\"", &scene), 1);
    assert_int_equal(is_true("subject == \"a\\\\.b\"", &scene), 1);
    assert_int_equal(is_true("subject == 'a\\.b \"c\"'", &scene), 1);
    assert_int_equal(is_true("subject == \"\\\"c\\\" 'd'\"", &scene), 1);
    assert_int_equal(is_true("subject == '\\\\\\\\e'", &scene), 1);
    assert_int_equal(is_true("subject == 'a\\\\.c'", &scene), 0);
    assert_int_equal(is_true("subject == '^\\\\[SPAM\\\\]'", &marked), 1);
    assert_int_equal(is_true("subject == '(?i)\\\\.(EXE|pif)$'", &marked), 1);
    struct smimegw_filter *filter =
        make_filter("\xef\xbb\xbf# c\r\nx-1._:\r\n\tif(true){drop;}# d");
    assert_string_equal(smimegw_filter_name(filter, SMIMEGW_FILTER_NAME_FILTER, 0), "x-1._");
    smimegw_filter_unref(filter);
    smimegw_filter_unref(make_filter(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_has_its_place),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(expressions_bind_as_they_should),
        cmocka_unit_test(branches_are_taken_once),
        cmocka_unit_test(strings_and_blanks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
