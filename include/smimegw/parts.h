/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SMIMEGW_PARTS_H
#define SMIMEGW_PARTS_H

#include <smimegw/types.h>

SMIMEGW_BEGIN_DECLS

/**
 * Look at a message's MIME structure: the fields of its header, and its parts.
 *
 * For looking into mail, not for judging it: what is here proves nothing, and is as tolerant
 * as mail clients are. Memory depends on the header and the number of parts, not on the size
 * of the message. A message inside (message/rfc822) is one part; S/MIME is not opened, so hand
 * in what smimegw_receive() wrote where that matters.
 *
 * @param gateway    (nullable) (borrowed) limits; NULL for the defaults
 * @param message    (borrowed) a finished message; must outlive the parts
 * @param ret_parts  (owned) the view, for smimegw_parts_free()
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_STATE, #SMIMEGW_E_NOMEM, #SMIMEGW_E_IO,
 *         #SMIMEGW_E_SYNTAX (its header can't be read) or #SMIMEGW_E_LIMIT
 * @rfc RFC 2045, RFC 2046
 * @thread owner of @p message
 * @since 0.1
 */
SMIMEGW_API int smimegw_parts_new(struct smimegw_gateway *gateway,
                                  struct smimegw_message *message,
                                  struct smimegw_parts **ret_parts,
                                  struct smimegw_error **ret_error);

/**
 * Free a view; the message stays.
 *
 * @param parts  (nullable) (consumed) the view
 * @thread owner of @p parts
 * @since 0.1
 */
SMIMEGW_API void smimegw_parts_free(struct smimegw_parts *parts);

/**
 * Number of fields in the header of a message.
 *
 * @param parts  (nullable) the view
 * @return how many; 0 for NULL
 * @thread owner of @p parts
 * @since 0.1
 */
SMIMEGW_API size_t smimegw_parts_field_count(const struct smimegw_parts *parts);

/**
 * Name of a header field, as it is written.
 *
 * @param parts  (nullable) the view
 * @param index  0, 1, 2 ... in the order of the message
 * @return (borrowed) printable ASCII that lives as long as @p parts; NULL past the last one
 * @thread owner of @p parts
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_parts_field_name(const struct smimegw_parts *parts,
                                                 size_t index);

/**
 * Value of a header field with folding undone and no blanks around it.
 *
 * @param parts     (nullable) the view
 * @param index     0, 1, 2 ...
 * @param ret_size  number of bytes; untouched where there is no such field
 * @return (borrowed) bytes that live as long as @p parts, followed by a NUL that does not
 *         count; NULL past the last one
 * @thread owner of @p parts
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_parts_field_value(const struct smimegw_parts *parts,
                                                  size_t index, size_t *ret_size);

/**
 * Value of a header field as text: unfolded, encoded words decoded, in UTF-8.
 *
 * @param parts     (nullable) the view
 * @param index     0, 1, 2 ...
 * @param ret_size  number of bytes; untouched where there is no such field
 * @return (borrowed) valid UTF-8 that lives as long as @p parts, followed by a NUL that does
 *         not count (others may be in it); NULL past the last one
 * @rfc RFC 2047
 * @thread owner of @p parts
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_parts_field_text(const struct smimegw_parts *parts,
                                                 size_t index, size_t *ret_size);

/**
 * Where in the message a header field is, its line ends included.
 *
 * @param parts     (nullable) the view
 * @param index     0, 1, 2 ...
 * @param ret_size  number of bytes; untouched where there is no such field
 * @return offset of its first byte, for smimegw_message_copy(); -1 past the last one
 * @thread owner of @p parts
 * @since 0.1
 */
SMIMEGW_API int64_t smimegw_parts_field_offset(const struct smimegw_parts *parts, size_t index,
                                               int64_t *ret_size);

/**
 * Number of parts; the message itself is part 0, and parts stand in the order of their
 * headers.
 *
 * @param parts  (nullable) the view
 * @return how many, at least 1; 0 for NULL
 * @thread owner of @p parts
 * @since 0.1
 */
SMIMEGW_API size_t smimegw_parts_count(const struct smimegw_parts *parts);

/**
 * The part that a part is in.
 *
 * @param parts  (nullable) the view
 * @param part   0, 1, 2 ...
 * @return number of the multipart around it; -1 for part 0 and where there is no such part
 * @thread owner of @p parts
 * @since 0.1
 */
SMIMEGW_API int smimegw_parts_parent(const struct smimegw_parts *parts, size_t part);

/** What a part says of itself. */
enum smimegw_part_text {
    SMIMEGW_PART_TYPE = 1,        /**< media type in lower case; "text/plain" where absent */
    SMIMEGW_PART_CHARSET = 2,     /**< parameter charset */
    SMIMEGW_PART_FILENAME = 3,    /**< file name in UTF-8, decoded (RFC 2231, RFC 2047) */
    SMIMEGW_PART_DISPOSITION = 4, /**< "inline", "attachment" or another word, lower case */
    SMIMEGW_PART_ENCODING = 5,    /**< transfer encoding: "7bit", "8bit", "binary",
                                     "quoted-printable", "base64" or "unknown" */
    SMIMEGW_PART_PROBLEM = 6      /**< in what its header is doubtful to readers */
};

/**
 * Read a text of a part.
 *
 * @param parts  (nullable) the view
 * @param part   0, 1, 2 ...
 * @param which  a member of enum smimegw_part_text
 * @return (borrowed) text that lives as long as @p parts; NULL where there is none
 * @rfc RFC 2183, RFC 2231
 * @thread owner of @p parts
 * @since 0.1
 */
SMIMEGW_API const char *smimegw_parts_text(const struct smimegw_parts *parts, size_t part,
                                           int which);

/**
 * Size of a part's body, as it stands in the message.
 *
 * @param parts  (nullable) the view
 * @param part   0, 1, 2 ...
 * @return bytes; -1 where there is no such part
 * @thread owner of @p parts
 * @since 0.1
 */
SMIMEGW_API int64_t smimegw_parts_size(const struct smimegw_parts *parts, size_t part);

/** How smimegw_parts_write() writes a body. */
enum smimegw_part_form {
    SMIMEGW_PART_BYTES = 0,   /**< transfer encoding undone; strict */
    SMIMEGW_PART_UTF8 = 1,    /**< that, tolerant as mail clients are, and converted from
                                 the part's charset: always valid UTF-8. Bytes that can't be
                                 read are taken for Latin-1, and so is a whole part whose
                                 charset is unknown */
    SMIMEGW_PART_AS_IT_IS = 2 /**< as it stands in the message */
};

/**
 * Write the body of a part.
 *
 * Bytes whose transfer encoding is unknown are written as they are.
 *
 * @param parts      the view
 * @param part       0, 1, 2 ...
 * @param form       a member of enum smimegw_part_form
 * @param write      receives the body; constant memory
 * @param userdata   (nullable) handed to @p write
 * @param ret_error  (nullable) (owned) detail; set only on failure
 * @return #SMIMEGW_OK, #SMIMEGW_E_USAGE, #SMIMEGW_E_NOMEM, #SMIMEGW_E_IO, #SMIMEGW_E_SINK or
 *         #SMIMEGW_E_SYNTAX (the encoding is broken; what stands before was written; never
 *         with #SMIMEGW_PART_UTF8)
 * @thread owner of @p parts
 * @since 0.1
 */
SMIMEGW_API int smimegw_parts_write(struct smimegw_parts *parts, size_t part, int form,
                                    smimegw_write_fn write, void *userdata,
                                    struct smimegw_error **ret_error);

/**
 * Tell whether a part's charset is one that #SMIMEGW_PART_UTF8 converts from.
 *
 * @param parts  (nullable) the view
 * @param part   0, 1, 2 ...
 * @return 1 where it is, or none is given; 0 otherwise
 * @thread owner of @p parts
 * @since 0.1
 */
SMIMEGW_API int smimegw_parts_charset_is_known(const struct smimegw_parts *parts, size_t part);

SMIMEGW_END_DECLS

#endif
