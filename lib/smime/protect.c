/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "smime/protect.h"

#include <stdio.h>

#include "base/error_impl.h"
#include "base/text.h"
#include "mime/address.h"
#include "mime/content_field.h"
#include "mime/protected_header.h"
#include "pki/cert/names.h"
#include "smime/made_source.h"
#include "smime/recipients.h"

const char *const sgw_option_digest_words[] = {"auto", "sha256", "sha384", "sha512", NULL};
const enum sgw_hash_id sgw_option_digests[] = {SGW_HASH_NONE, SGW_HASH_SHA256, SGW_HASH_SHA384,
                                               SGW_HASH_SHA512};
const char *const sgw_option_cipher_words[] = {"aes-128-cbc", "aes-192-cbc", "aes-256-cbc",
                                               "aes-128-gcm", "aes-192-gcm", "aes-256-gcm",
                                               NULL};
const enum sgw_cipher_id sgw_option_ciphers[] = {SGW_CIPHER_AES128_CBC, SGW_CIPHER_AES192_CBC,
                                                 SGW_CIPHER_AES256_CBC, SGW_CIPHER_AES128_GCM,
                                                 SGW_CIPHER_AES192_GCM, SGW_CIPHER_AES256_GCM};

/* The steps of a mode, from the inside out. */
enum step { STEP_NONE, STEP_SIGN, STEP_ENCRYPT };
enum { STEPS_MAX = 3 };
static const enum step mode_steps[][STEPS_MAX] = {
    [SGW_MODE_SIGN] = {STEP_SIGN},
    [SGW_MODE_ENCRYPT] = {STEP_ENCRYPT},
    [SGW_MODE_SIGN_ENCRYPT] = {STEP_SIGN, STEP_ENCRYPT},
    [SGW_MODE_TRIPLE] = {STEP_SIGN, STEP_ENCRYPT, STEP_SIGN},
};

/* Boundaries that collide with the content are drawn again; one time in 2^128 is once too
 * often only for somebody who can guess them. */
enum { BOUNDARY_TRIES = 3 };

/* Content-Type and Content-Transfer-Encoding where the message had none. */
enum { MADE_FIELDS = 2, MADE_SIZE = 128 };

/* A message on its way out, and the entities made around it. */
struct work {
    const struct sgw_context *context;
    const struct sgw_protect_options *options;
    const struct sgw_parties *parties;
    struct sgw_mime mime;
    bool protects_header;
    struct sgw_header_plan header;
    char boundary[SGW_BOUNDARY_SIZE];
    struct sgw_canonical_source canonical;
    struct sgw_signed_source signatures[2];
    size_t signature_count;
    struct sgw_enveloped_source enveloped;
};

static int scan(struct work *work, struct sgw_source *message,
                struct smimegw_error **ret_error)
{
    for (int i = 0; i < BOUNDARY_TRIES; i++) {
        int ret = sgw_boundary_make(work->boundary, ret_error);
        if (ret == SMIMEGW_OK)
            ret = sgw_mime_scan(message, &work->context->limits, SGW_SCAN_FACTS,
                                work->boundary, &work->mime, ret_error);
        if (ret < 0)
            return ret;
        if (!work->mime.has_watch)
            return SMIMEGW_OK;
        sgw_mime_clear(&work->mime);
    }
    return sgw_fail(ret_error, SMIMEGW_E_RANDOM, "no boundary that is not in the message");
}

int sgw_protect_check_sender(const struct sgw_protect_options *options,
                             const struct sgw_header *header, const struct smimegw_cert *cert,
                             struct smimegw_error **ret_error)
{
    enum sgw_sender_state state;
    struct sgw_buf address = SGW_BUF_INIT(0);
    if (!options->checks_sender || sgw_cert_names_nobody(cert) ||
        sgw_header_is_bare_entity(header))
        return SMIMEGW_OK;
    int ret = sgw_sender_find(header, "From", &state, &address);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "sender");
    if (state != SGW_SENDER_ONE)
        ret =
            sgw_fail(ret_error, SMIMEGW_E_SENDER, "message: From is not exactly one address");
    else if (!sgw_cert_covers_sender(cert, sgw_buf_text(&address), address.size))
        ret = sgw_fail(
            ret_error, SMIMEGW_E_SENDER,
            "message: From <%s> is not in the scope of the signing certificate (%s%s%s)",
            sgw_buf_text(&address), smimegw_cert_text(cert, SMIMEGW_CERT_ADDRESSES),
            sgw_cert_has_any_address(cert) ? "" : "domains ",
            smimegw_cert_text(cert, SMIMEGW_CERT_DOMAINS));
    sgw_buf_clear(&address);
    return ret;
}

static int add_signature(struct work *work, struct sgw_source *child, bool is_last,
                         struct sgw_source **ret_source, struct smimegw_error **ret_error)
{
    char boundary[SGW_BOUNDARY_SIZE + 4];
    struct sgw_signed_source *source = &work->signatures[work->signature_count];
    const struct sgw_protect_options *options = work->options;
    struct sgw_signer_request request = {
        .identity = work->parties->identity,
        .signing_time =
            options->signing_time >= 0 ? options->signing_time : work->context->time,
        .has_key_id = options->signer_key_id,
        .has_chain = options->has_chain,
    };
    const char *why_not =
        sgw_cert_why_not_sign_at(request.identity->cert, work->context->time);
    if (why_not != NULL)
        return sgw_fail(ret_error, SMIMEGW_E_KEY, "signing certificate: %s", why_not);
    int ret = sgw_signature_choose(request.identity, sgw_option_digests[options->digest],
                                   options->uses_pss, &request.algorithm, ret_error);
    if (ret < 0)
        return ret;
    snprintf(boundary, sizeof(boundary), "%s-%zu", work->boundary, work->signature_count + 1);
    ret = sgw_signed_source_init(source, child, &request, options->form == SGW_FORM_OPAQUE,
                                 options->is_indefinite, boundary, ret_error);
    if (ret < 0)
        return ret;
    work->signature_count++;
    *ret_source = &source->base;
    /* what is around it needs its size; the outermost one signs while it is written */
    return is_last && !source->is_opaque ? SMIMEGW_OK
                                         : sgw_signed_source_sign(source, ret_error);
}

/* --- protected header ----------------------------------------------------------------------
 */

/*
 * A message that is S/MIME or PGP/MIME already has its cryptographic payload, and its writer's
 * word on the header, further inside [RFC9788-5]; a bare entity has no fields to protect.
 */
static bool protects_header(const struct sgw_protect_options *options,
                            const struct sgw_mime *mime)
{
    const struct sgw_part *root = &mime->parts[0];
    return options->header_rule != SGW_HEADERS_NONE && root->smime == SGW_SMIME_NONE &&
           !sgw_content_type_is(&root->type, "multipart/signed") &&
           !sgw_content_type_is(&root->type, "multipart/encrypted") &&
           !sgw_header_is_bare_entity(&mime->header);
}

/* What is inside has to be read again: copies and HP-Outer double the fields. */
static int check_size(const struct sgw_limits *limits, const struct sgw_header *header,
                      const struct sgw_header_plan *plan, struct smimegw_error **ret_error)
{
    struct sgw_buf content = SGW_BUF_INIT(0);
    size_t count = plan->inner_count + MADE_FIELDS;
    int ret = SMIMEGW_OK;
    for (size_t i = 0; ret >= 0 && i < header->count; i++) {
        if (!sgw_field_is_content(header, &header->fields[i]))
            continue;
        ret = sgw_content_field_put(&content, header, &header->fields[i], SGW_CONTENT_7BIT,
                                    plan->hp);
        count++;
    }
    size_t size = plan->inner.size + content.size + MADE_SIZE;
    sgw_buf_clear(&content);
    if (ret < 0)
        return sgw_fail(ret_error, ret, "Content-* fields");
    if ((int64_t)count > limits->header_fields || (int64_t)size > limits->header_size)
        return sgw_fail(ret_error, SMIMEGW_E_LIMIT,
                        "protected header: %zu fields and %zu bytes are over the limits for "
                        "a header",
                        count, size);
    return SMIMEGW_OK;
}

static int make_plan(const struct sgw_context *context,
                     const struct sgw_protect_options *options, const struct sgw_mime *mime,
                     struct sgw_header_plan *ret_plan, struct smimegw_error **ret_error)
{
    int ret = sgw_header_plan_init(ret_plan, &mime->header,
                                   (enum sgw_header_rule)options->header_rule,
                                   options->mode != SGW_MODE_SIGN);
    return ret < 0 ? sgw_fail(ret_error, ret, "protected header fields")
                   : check_size(&context->limits, &mime->header, ret_plan, ret_error);
}

int sgw_protect_check_header(const struct sgw_context *context,
                             const struct sgw_protect_options *options,
                             const struct sgw_mime *mime, struct smimegw_error **ret_error)
{
    struct sgw_header_plan plan = {0};
    if (!protects_header(options, mime))
        return SMIMEGW_OK;
    int ret = make_plan(context, options, mime, &plan, ret_error);
    sgw_header_plan_clear(&plan);
    return ret;
}

static int plan_header(struct work *work, struct smimegw_error **ret_error)
{
    work->protects_header = protects_header(work->options, &work->mime);
    return work->protects_header
               ? make_plan(work->context, work->options, &work->mime, &work->header, ret_error)
               : SMIMEGW_OK;
}

/* --- layers --------------------------------------------------------------------------------
 */

/* Put the entities of the mode around each other; the outermost comes back. */
static int build(struct work *work, struct sgw_source *message, struct sgw_source **ret_source,
                 struct smimegw_error **ret_error)
{
    const enum step *steps = mode_steps[work->options->mode];
    int ret =
        sgw_canonical_source_init(&work->canonical, message, &work->mime,
                                  work->protects_header ? &work->header : NULL, ret_error);
    *ret_source = &work->canonical.base;
    for (int i = 0; ret == SMIMEGW_OK && i < STEPS_MAX && steps[i] != STEP_NONE; i++) {
        bool is_last = i + 1 == STEPS_MAX || steps[i + 1] == STEP_NONE;
        if (steps[i] == STEP_SIGN) {
            ret = add_signature(work, *ret_source, is_last, ret_source, ret_error);
            continue;
        }
        ret = sgw_enveloped_source_init(&work->enveloped, *ret_source, work->options,
                                        work->parties->recipients,
                                        work->parties->recipient_count, ret_error);
        *ret_source = &work->enveloped.base;
    }
    return ret;
}

static int write_message(const struct work *work, struct sgw_source *entity,
                         struct sgw_stage *sink, struct smimegw_error **ret_error)
{
    static const char version[] = "MIME-Version: 1.0\r\n";
    const struct sgw_header *header = &work->mime.header;
    const struct sgw_field *field;
    const struct sgw_buf *outer = &work->header.outer;
    int ret = work->protects_header
                  ? sgw_push(sink, outer->data, outer->size, ret_error)
                  : sgw_header_write(header, SGW_HEADER_OUTER, sink, ret_error);
    if (ret == SMIMEGW_OK && sgw_header_find(header, "MIME-Version", &field) == 0)
        ret = sgw_push(sink, version, sizeof(version) - 1, ret_error);
    if (ret == SMIMEGW_OK)
        ret = entity->write(entity, 0, SGW_TO_END, sink, ret_error);
    return ret == SMIMEGW_OK ? sgw_finish(sink, ret_error) : ret;
}

static int protect(struct work *work, struct sgw_source *message, struct sgw_stage *sink,
                   struct smimegw_error **ret_error)
{
    struct sgw_source *entity;
    int ret = scan(work, message, ret_error);
    if (ret < 0)
        return ret;
    if (work->mime.parts[0].is_ambiguous)
        return sgw_fail(ret_error, SMIMEGW_E_SYNTAX, "message: %s",
                        work->mime.parts[0].ambiguity);
    if (work->options->mode != SGW_MODE_SIGN)
        ret = sgw_recipients_check(work->context, work->parties, ret_error);
    if (ret == SMIMEGW_OK && work->options->mode != SGW_MODE_ENCRYPT)
        ret = sgw_protect_check_sender(work->options, &work->mime.header,
                                       work->parties->identity->cert, ret_error);
    if (ret == SMIMEGW_OK)
        ret = plan_header(work, ret_error);
    if (ret == SMIMEGW_OK)
        ret = build(work, message, &entity, ret_error);
    return ret == SMIMEGW_OK ? write_message(work, entity, sink, ret_error) : ret;
}

int sgw_protect(const struct sgw_context *context, const struct sgw_protect_options *options,
                struct sgw_source *message, const struct sgw_parties *parties,
                struct sgw_stage *sink, struct smimegw_error **ret_error)
{
    struct work work = {.context = context, .options = options, .parties = parties};
    if ((int64_t)parties->recipient_count > context->limits.recipients_out)
        return sgw_fail(ret_error, SMIMEGW_E_LIMIT, "more than %lld recipients",
                        (long long)context->limits.recipients_out);
    int ret = protect(&work, message, sink, ret_error);
    sgw_enveloped_source_clear(&work.enveloped);
    for (size_t i = 0; i < work.signature_count; i++)
        sgw_signed_source_clear(&work.signatures[i]);
    sgw_canonical_source_clear(&work.canonical);
    sgw_header_plan_clear(&work.header);
    sgw_mime_clear(&work.mime);
    return ret;
}
