/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_STREAM_SINK_H
#define SGW_STREAM_SINK_H

#include <smimegw/types.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "stream/stage.h"

/* Ends of chains. */

/* To the host's write function, in pieces of a few kilobytes at least; flushed by finish. */
struct sgw_callback_sink {
    struct sgw_stage base;
    smimegw_write_fn write;
    void *userdata;
    size_t held_size;
    uint8_t held[16384];
};
void sgw_callback_sink_init(struct sgw_callback_sink *sink, smimegw_write_fn write,
                            void *userdata);
/* Wipe what is held: plaintext stays there when something fails before finish. */
void sgw_callback_sink_clear(struct sgw_callback_sink *sink);

/* Into a buffer; E_LIMIT where its ceiling is passed. */
struct sgw_buf_sink {
    struct sgw_stage base;
    struct sgw_buf *buf; /* borrowed */
};
void sgw_buf_sink_init(struct sgw_buf_sink *sink, struct sgw_buf *buf);

/* Only counts. */
struct sgw_count_sink {
    struct sgw_stage base;
    int64_t size;
};
void sgw_count_sink_init(struct sgw_count_sink *sink);

/* Hashes with up to six algorithms; passes on where next is not NULL. */
enum { SGW_DIGESTS_MAX = 6 };
struct sgw_digest_stage {
    struct sgw_stage base;
    struct sgw_stage *next; /* nullable */
    size_t count;
    enum sgw_hash_id ids[SGW_DIGESTS_MAX];
    struct sgw_hash *hashes[SGW_DIGESTS_MAX];
    uint8_t digests[SGW_DIGESTS_MAX][SGW_HASH_SIZE_MAX];
    bool is_done; /* digests are filled */
};
void sgw_digest_stage_init(struct sgw_digest_stage *stage, struct sgw_stage *next);
/* The same algorithm twice counts once. E_LIMIT over six. */
int sgw_digest_stage_add(struct sgw_digest_stage *stage, enum sgw_hash_id id,
                         struct smimegw_error **ret_error);
/* After the bytes, any number of times: their digest. E_USAGE where the algorithm was not
 * added. */
int sgw_digest_stage_get(struct sgw_digest_stage *stage, enum sgw_hash_id id,
                         uint8_t ret_digest[SGW_HASH_SIZE_MAX]);
void sgw_digest_stage_clear(struct sgw_digest_stage *stage);

/* Passes everything to two stages; says STOP when both have. */
struct sgw_tee_stage {
    struct sgw_stage base;
    struct sgw_stage *first; /* NULL once it said STOP */
    struct sgw_stage *second;
};
void sgw_tee_stage_init(struct sgw_tee_stage *stage, struct sgw_stage *first,
                        struct sgw_stage *second);

#endif
