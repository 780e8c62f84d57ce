/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tree.h"

#include <stdlib.h>
#include <string.h>

#include "io.h"
#include "words.h"

enum { LEVELS = 400, RECIPIENTS_SHOWN = 4 };

/* The lines and marks of a locale. */
struct glyphs {
    const char *branch;
    const char *last;
    const char *bar;
    const char *good;
    const char *bad;
    const char *arrow;
    const char *between;
};

static const struct glyphs utf8_glyphs = {"├─ ", "└─ ", "│  ", "✔", "✘", "→", " · "};
static const struct glyphs ascii_glyphs = {"|- ", "`- ", "|  ", "[ok]", "[!!]", "->", " / "};

struct drawing {
    FILE *stream;
    const struct glyphs *glyphs;
    bool trusting;
};

/* A node on the way down, and which of its children is next. */
struct level {
    const json_t *children;
    size_t next;
};

static const char *text_of(const json_t *node, const char *name)
{
    const char *text = json_string_value(json_object_get(node, name));
    return text == NULL ? "" : text;
}

/* Members that are missing or empty leave no trace. */
static void print_text(const struct drawing *drawing, const char *before, const char *text)
{
    if (*text == '\0')
        return;
    fputs(before, drawing->stream);
    cli_print(drawing->stream, text);
}

static void print_subject(const struct drawing *drawing, const char *subject)
{
    char *decoded = cli_words_decode(subject);
    print_text(drawing, "  subject ", decoded == NULL ? subject : decoded);
    free(decoded);
}

static void print_size(const struct drawing *drawing, const json_t *node)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    const json_t *member = json_object_get(node, "size");
    double size = json_number_value(member);
    size_t unit = 0;
    if (!json_is_number(member))
        return;
    for (; size >= 999.95 && unit < 4; unit++)
        size /= 1000;
    fprintf(drawing->stream, unit == 0 ? "  %.0f %s" : "  %.1f %s", size, units[unit]);
}

static void print_part(const struct drawing *drawing, const json_t *node)
{
    const char *type = text_of(node, "type");
    print_text(drawing, "", *type == '\0' ? "part" : type);
    print_text(drawing, "  ", text_of(node, "charset"));
    print_text(drawing, "  ", text_of(node, "name"));
    print_size(drawing, node);
}

/* What a layer or a signer came out as; the reason only where it is no pass. */
static void print_outcome(const struct drawing *drawing, const json_t *node)
{
    const char *outcome = text_of(node, "outcome");
    const char *reason = text_of(node, "reason");
    if (*outcome == '\0' || strcmp(outcome, "none") == 0)
        return;
    if (strcmp(outcome, "pass") == 0) {
        fprintf(drawing->stream, "  %s pass", drawing->glyphs->good);
        return;
    }
    if (!drawing->trusting && strcmp(reason, "cert-untrusted") == 0) {
        fputs("  ? intact, signer not judged (no --trust)", drawing->stream);
        return;
    }
    fprintf(drawing->stream, "  %s ",
            strcmp(outcome, "neutral") == 0 ? "?" : drawing->glyphs->bad);
    cli_print(drawing->stream, outcome);
    print_text(drawing, ": ", reason);
}

static void print_signer(const struct drawing *drawing, const json_t *signer)
{
    const char *addresses = text_of(signer, "addresses");
    print_text(drawing, "  ", text_of(signer, "digest"));
    print_text(drawing, ", ", text_of(signer, "signature"));
    print_outcome(drawing, signer);
    print_text(drawing, "  ", *addresses == '\0' ? text_of(signer, "subject") : addresses);
    print_text(drawing, "  ", text_of(signer, "signing_time"));
}

static void print_signed(const struct drawing *drawing, const json_t *node)
{
    const json_t *signers = json_object_get(node, "signers");
    fputs(strcmp(text_of(node, "kind"), "signed-opaque") == 0 ? "signed (opaque)"
                                                              : "signed (detached)",
          drawing->stream);
    for (size_t index = 0; index < json_array_size(signers); index++) {
        if (index != 0)
            fputs(drawing->glyphs->between, drawing->stream);
        print_signer(drawing, json_array_get(signers, index));
    }
    if (json_array_size(signers) == 0)
        print_outcome(drawing, node);
}

static void print_recipients(const struct drawing *drawing, const json_t *recipients)
{
    size_t count = json_array_size(recipients);
    fprintf(drawing->stream, " %s %zu recipient%s", drawing->glyphs->arrow, count,
            count == 1 ? "" : "s");
    for (size_t index = 0; index < count && index < RECIPIENTS_SHOWN; index++) {
        const json_t *recipient = json_array_get(recipients, index);
        fputs(index == 0 ? ": " : drawing->glyphs->between, drawing->stream);
        if (json_is_true(json_object_get(recipient, "ours")))
            fprintf(drawing->stream, "%s have key ", drawing->glyphs->good);
        cli_print(drawing->stream, text_of(recipient, "id"));
        print_text(drawing, " ", text_of(recipient, "algorithm"));
    }
    if (count > RECIPIENTS_SHOWN)
        fprintf(drawing->stream, "%s%zu more", drawing->glyphs->between,
                count - RECIPIENTS_SHOWN);
}

static void print_encrypted(const struct drawing *drawing, const json_t *node)
{
    fputs("encrypted", drawing->stream);
    print_text(drawing, "  ", text_of(node, "cipher"));
    print_recipients(drawing, json_object_get(node, "recipients"));
    print_outcome(drawing, node);
}

static void print_other(const struct drawing *drawing, const json_t *node)
{
    print_text(drawing, "", text_of(node, "kind"));
    print_outcome(drawing, node);
}

static void print_node(const struct drawing *drawing, const json_t *node)
{
    static const struct {
        const char *kind;
        void (*print)(const struct drawing *drawing, const json_t *node);
    } kinds[] = {{"part", print_part},
                 {"signed-detached", print_signed},
                 {"signed-opaque", print_signed},
                 {"enveloped", print_encrypted},
                 {"auth-enveloped", print_encrypted},
                 {"", print_other}};
    const char *kind = text_of(node, "kind");
    size_t index = 0;
    while (*kinds[index].kind != '\0' && strcmp(kinds[index].kind, kind) != 0)
        index++;
    kinds[index].print(drawing, node);
    print_text(drawing, "  ! ", text_of(node, "error"));
    fputc('\n', drawing->stream);
}

static void print_indent(const struct drawing *drawing, const struct level *levels,
                         size_t depth)
{
    for (size_t index = 0; index <= depth; index++) {
        bool more = levels[index].next < json_array_size(levels[index].children);
        const char *stem = more ? drawing->glyphs->bar : "   ";
        const char *fork = more ? drawing->glyphs->branch : drawing->glyphs->last;
        fputs(index < depth ? stem : fork, drawing->stream);
    }
}

/* A loop, not a recursion: the depth is the message's to choose. */
static void print_below(const struct drawing *drawing, const json_t *children)
{
    struct level levels[LEVELS] = {{children, 0}};
    size_t depth = 0;
    while (depth != 0 || levels[0].next < json_array_size(levels[0].children)) {
        struct level *level = &levels[depth];
        if (level->next >= json_array_size(level->children)) {
            depth--;
            continue;
        }
        const json_t *node = json_array_get(level->children, level->next++);
        print_indent(drawing, levels, depth);
        print_node(drawing, node);
        if (depth + 1 < LEVELS)
            levels[++depth] = (struct level){json_object_get(node, "children"), 0};
    }
}

void cli_tree_print(FILE *stream, const json_t *document, bool trusting)
{
    const struct drawing drawing = {
        stream, cli_locale_is_utf8() ? &utf8_glyphs : &ascii_glyphs, trusting};
    json_t *root = json_object_get(document, "root");
    /* NULL, which draws nothing, where the message could not be read at all. */
    json_t *children = json_is_object(root) ? json_pack("[O]", root) : NULL;
    fputs("message", stream);
    print_size(&drawing, document);
    print_text(&drawing, "  from ", text_of(document, "from"));
    print_subject(&drawing, text_of(document, "subject"));
    print_text(&drawing, "  ! ", text_of(document, "error"));
    fputc('\n', stream);
    print_below(&drawing, children);
    json_decref(children);
}
