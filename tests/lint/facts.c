/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/smimegw.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * What the library says of certificates, by the installed API alone, for test_lint.py: names
 * of files on standard input, one a line; lines of fields with tabs between them on standard
 * output. A line feed in a text, between URLs, is written as a blank.
 */
enum { FILE_MAX = 1 << 17, PATH_SIZE = 4096 };

static long microseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void print_text(int field, const char *text)
{
    printf("text\t%d\t", field);
    for (; *text != '\0'; text++)
        putchar(*text == '\n' ? ' ' : *text);
    putchar('\n');
}

static void print_facts(const struct smimegw_cert *cert, const struct smimegw_lint *lint)
{
    for (int field = SMIMEGW_CERT_SUBJECT; field <= SMIMEGW_CERT_CRL_URLS; field++)
        print_text(field, smimegw_cert_text(cert, field));
    for (size_t i = 0; i < smimegw_lint_count(lint); i++)
        printf("lint\t%d\t%s\t%s\n", smimegw_lint_severity(lint, i),
               smimegw_lint_name(smimegw_lint_code(lint, i), NULL),
               smimegw_lint_text(lint, i));
}

static int tell(const char *path, char *data, int64_t now)
{
    struct smimegw_cert *cert = NULL;
    struct smimegw_lint *lint = NULL;
    struct smimegw_error *error = NULL;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return EXIT_FAILURE;
    size_t size = fread(data, 1, FILE_MAX, file);
    fclose(file);
    printf("file\t%s\n", path);
    long start = microseconds();
    int ret = smimegw_cert_new(data, size, &cert, &error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_cert_lint(cert, 0, now, &lint, &error);
    printf("time\t%ld\n", microseconds() - start);
    if (ret == SMIMEGW_OK)
        print_facts(cert, lint);
    else
        printf("refused\t%s\n", smimegw_error_text(error));
    smimegw_error_free(error);
    smimegw_lint_free(lint);
    smimegw_cert_unref(cert);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    char path[PATH_SIZE];
    char *data = malloc(FILE_MAX);
    int ret = data != NULL ? EXIT_SUCCESS : EXIT_FAILURE;
    int64_t now = argc > 1 ? strtoll(argv[1], NULL, 10) : -1;
    while (ret == EXIT_SUCCESS && fgets(path, sizeof(path), stdin) != NULL) {
        path[strcspn(path, "\n")] = '\0';
        ret = tell(path, data, now);
    }
    free(data);
    return ret;
}
