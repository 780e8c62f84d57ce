/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/auth_results.h"

#include <string.h>

#include "base/buffer_impl.h"
#include "base/error_impl.h"
#include "base/text.h"
#include "smime/verdict_impl.h"

enum {
    COLUMNS = 78,
    ID_MAX = 255,
    VALUE_MAX = 512,   /* characters of a value; far below the 998 of a line */
    ADDRESS_MAX = 254, /* [RFC5321-4.5.3.1.3] */
    RESULTS_MAX = 10   /* signers that are told of one by one */
};

/* The field while it is written; words are kept until it is known whether they end a line. */
struct writer {
    struct sgw_buf *buf;
    size_t column;
    bool is_after_word; /* else a blank is the last character */
    int count;          /* results so far */
    int ret;
};

static void put(struct writer *writer, const char *data, size_t size)
{
    if (writer->ret == SMIMEGW_OK)
        writer->ret = sgw_buf_append(writer->buf, data, size);
    writer->column += size;
}

/* A blank and a word; on a line of its own where it does not fit, but never after a blank
 * alone: lines of nothing but blanks are obsolete [RFC5322-4.2]. */
static void put_word(struct writer *writer, const char *word, size_t size)
{
    if (writer->is_after_word && size > 0 && writer->column + 1 + size + 1 > COLUMNS) {
        put(writer, "\r\n", 2);
        writer->column = 0;
    }
    put(writer, " ", 1);
    put(writer, word, size);
    writer->is_after_word = size > 0;
}

/* Text with blanks in it, which are places to fold. */
static void put_text(struct writer *writer, const struct sgw_buf *text)
{
    const char *at = sgw_buf_text(text);
    const char *end = at + text->size;
    for (;;) {
        const char *blank = memchr(at, ' ', (size_t)(end - at));
        put_word(writer, at, (size_t)((blank != NULL ? blank : end) - at));
        if (blank == NULL)
            return;
        at = blank + 1;
    }
}

/* name="value" in a quoted string. What is not printable ASCII becomes \HH, which is what it
 * is in a distinguished name [RFC4514-2.4]; its backslash is quoted like all of them. */
static void put_quoted(struct writer *writer, const char *name, const char *value)
{
    struct sgw_buf text = SGW_BUF_INIT(0);
    int ret = sgw_buf_printf(&text, "%s=\"", name);
    for (const char *at = value; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;
        if (c < ' ' || c >= 0x7f)
            ret = SGW_STEP(ret, sgw_buf_printf(&text, "\\\\%02X", c));
        else if (c == '"' || c == '\\')
            ret = SGW_STEP(ret, sgw_buf_printf(&text, "\\%c", c));
        else
            ret = SGW_STEP(ret, sgw_buf_append_byte(&text, c));
    }
    ret = SGW_STEP(ret, sgw_buf_append_byte(&text, '"'));
    if (ret < 0)
        writer->ret = ret;
    else
        put_text(writer, &text);
    sgw_buf_clear(&text);
}

static void put_plain(struct writer *writer, const char *name, const char *value)
{
    struct sgw_buf text = SGW_BUF_INIT(0);
    int ret = sgw_buf_printf(&text, "%s=%s", name, value);
    if (ret < 0)
        writer->ret = ret;
    else
        put_word(writer, sgw_buf_text(&text), text.size);
    sgw_buf_clear(&text);
}

/* --- properties ----------------------------------------------------------------------------
 */

static bool is_made_of(const char *text, const char *more)
{
    for (; *text != '\0'; text++)
        if (!sgw_is_alpha((unsigned char)*text) && !sgw_is_digit((unsigned char)*text) &&
            strchr(more, *text) == NULL)
            return false;
    return true;
}

static bool is_printable(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~')
            return false;
    return true;
}

/* local-part@domain needs no quotes [RFC8601-2.2] where nothing in it is special. */
static void put_address(struct writer *writer, const char *address)
{
    static const char name[] = "body.smime-identifier";
    const char *at = strchr(address, '@');
    size_t size = strlen(address);
    if (at == NULL || size > ADDRESS_MAX || !is_printable(address))
        return;
    bool is_plain = at != address && at[1] != '\0' && strchr(at + 1, '@') == NULL &&
                    is_made_of(address, "@.-_+");
    if (is_plain)
        put_plain(writer, name, address);
    else
        put_quoted(writer, name, address);
}

/* The address that was vouched for, or the first one that the certificate claims. */
static void put_identifier(struct writer *writer, const struct smimegw_verdict *verdict,
                           const struct sgw_verdict_signer *signer)
{
    char first[ADDRESS_MAX + 1];
    const char *all = smimegw_cert_text(signer->cert, SMIMEGW_CERT_ADDRESSES);
    size_t size = strcspn(all, ",");
    if (signer->reason == SMIMEGW_REASON_OK && verdict->from.size > 0) {
        put_address(writer, sgw_buf_text(&verdict->from));
    } else if (size < sizeof(first)) {
        memcpy(first, all, size);
        first[size] = '\0';
        put_address(writer, first);
    }
}

/* [RFC7281-3.2]: both or neither. */
static void put_issuer(struct writer *writer, const struct smimegw_cert *cert)
{
    const char *serial = smimegw_cert_text(cert, SMIMEGW_CERT_SERIAL);
    const char *issuer = smimegw_cert_text(cert, SMIMEGW_CERT_ISSUER);
    if (serial[0] == '\0' || issuer[0] == '\0' || strlen(issuer) > VALUE_MAX / 2 ||
        strlen(serial) > VALUE_MAX / 2 || !is_made_of(serial, ""))
        return;
    put_plain(writer, "body.smime-serial", serial);
    put_quoted(writer, "body.smime-issuer", issuer);
}

/* --- results -------------------------------------------------------------------------------
 */

/* What is said of a part of a verdict: no pass where the whole is none. */
static void put_result(struct writer *writer, const struct smimegw_verdict *verdict,
                       int reason)
{
    const char *meaning;
    int outcome = sgw_outcome_of(reason);
    if (writer->count++ > 0)
        put(writer, ";", 1);
    if (outcome == SMIMEGW_OUTCOME_PASS && verdict->outcome != SMIMEGW_OUTCOME_PASS) {
        outcome = verdict->outcome;
        reason = verdict->reason;
    }
    put_plain(writer, "smime", smimegw_outcome_name(outcome));
    smimegw_reason_name(reason, &meaning);
    if (outcome != SMIMEGW_OUTCOME_PASS && reason != SMIMEGW_REASON_NOT_CHECKED)
        put_quoted(writer, "reason", meaning);
}

static void put_signer(struct writer *writer, const struct smimegw_verdict *verdict,
                       const struct sgw_verdict_layer *layer,
                       const struct sgw_verdict_signer *signer)
{
    put_result(writer, verdict, signer->reason);
    /* the signature is the second part, or all of the body */
    put_plain(writer, "body.smime-part",
              layer->kind == SMIMEGW_LAYER_SIGNED_DETACHED ? "2" : "1");
    if (signer->cert == NULL)
        return;
    put_identifier(writer, verdict, signer);
    put_issuer(writer, signer->cert);
}

static void put_layer(struct writer *writer, const struct smimegw_verdict *verdict,
                      const struct sgw_verdict_layer *layer)
{
    if (layer->signer_count == 0 && layer->outcome != SMIMEGW_OUTCOME_NONE)
        put_result(writer, verdict, layer->reason);
    for (size_t i = 0; i < layer->signer_count && writer->count < RESULTS_MAX; i++)
        put_signer(writer, verdict, layer, &layer->signers[i]);
}

bool sgw_authserv_id_is_valid(const char *id)
{
    size_t size = strlen(id);
    return size > 0 && size <= ID_MAX && is_made_of(id, "!#$%&'*+-.^_`{|}~");
}

int sgw_auth_results_put(const struct smimegw_verdict *verdict, const char *authserv_id,
                         struct sgw_buf *buf)
{
    static const char name[] = "Authentication-Results:";
    struct writer writer = {.buf = buf, .is_after_word = true};
    put(&writer, name, sizeof(name) - 1);
    put_word(&writer, authserv_id, strlen(authserv_id));
    put(&writer, ";", 1);
    for (size_t i = 0; i < verdict->layer_count; i++)
        put_layer(&writer, verdict, &verdict->layers[i]);
    if (writer.count == 0)
        put_result(&writer, verdict, verdict->reason);
    put(&writer, "\r\n", 2);
    return writer.ret;
}

int smimegw_verdict_auth_results(const struct smimegw_verdict *verdict,
                                 const char *authserv_id, struct smimegw_buffer **ret_field,
                                 struct smimegw_error **ret_error)
{
    struct smimegw_buffer *field;
    SGW_REQUIRE(verdict != NULL, ret_error);
    SGW_REQUIRE(authserv_id != NULL, ret_error);
    SGW_REQUIRE(sgw_authserv_id_is_valid(authserv_id), ret_error);
    SGW_REQUIRE(ret_field != NULL, ret_error);
    int ret = smimegw_buffer_new(0, &field, ret_error);
    if (ret < 0)
        return ret;
    ret = sgw_auth_results_put(verdict, authserv_id, &field->buf);
    if (ret < 0) {
        smimegw_buffer_free(field);
        return sgw_fail(ret_error, ret, "verdict");
    }
    *ret_field = field;
    return SMIMEGW_OK;
}
