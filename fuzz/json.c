/* SPDX-License-Identifier: MIT
 * Fuzz target: the JSON reader and writer of vif_objects.h. The first byte is the seed of the
 * splitting, the rest the text. Its tokens in one piece, and in random pieces with a scratch that
 * grows by few bytes, must be the same; so must what the writer makes of them. */
#define VIF_IMPLEMENTATION
#include "vif_objects.h"
#include <stdlib.h>

#define MUST(cond) do { if (!(cond)) { __builtin_trap(); } } while (0)
enum { MAX = 1 << 14 };

/* A run of the reader: every token, one behind the other, as bytes to compare. */
typedef struct log_of {
    unsigned char bytes[MAX * 16];
    size_t len, tokens;
    const char *why;
    uint32_t offset;
} log_of;

static log_of whole, pieces, again;

static void put(log_of *l, const void *p, size_t n)
{
    MUST(n <= sizeof l->bytes - l->len);
    if (n > 0) {
        memcpy(l->bytes + l->len, p, n);
    }
    l->len += n;
}

static void put_token(log_of *l, const vif_json_token *t, int with_offset)
{
    /* The writer writes -0 as 0. */
    const size_t len = with_offset || t->type != VIF_JSON_INT ? t->len : 0;
    put(l, &t->type, 1);
    if (with_offset) {
        put(l, &t->offset, sizeof t->offset);
    }
    put(l, &len, sizeof len);
    put(l, t->text, len);
    put(l, &t->integer, sizeof t->integer);
    l->tokens++;
}

static void log_start(log_of *l)
{
    l->len = l->tokens = 0;
    l->why = NULL;
    l->offset = 0;
}

static void log_error(log_of *l, vif_json *j)
{
    vif_json_token t;
    l->why = j->why;
    l->offset = j->offset;
    MUST(j->why != NULL);
    MUST(vif_json_next(j, &t) == VIF_JSON_ERROR && j->why == l->why && j->offset == l->offset);
}

static uint32_t seed;

static uint32_t rnd(uint32_t below)
{
    seed = seed * 1103515245u + 12345u;
    return (seed >> 8) % below;
}

/* Each piece in memory of its own, so that a sanitizer sees reads beyond it. */
static void read_pieces(const unsigned char *text, size_t len, size_t most, size_t grow)
{
    static unsigned char scratch[2][MAX];
    vif_json j;
    vif_json_token t;
    size_t cap = grow == 0 ? MAX : 0, at = 0;
    unsigned char *piece = NULL;
    int which = 0;

    log_start(&pieces);
    vif_json_init(&j, scratch[0], cap);
    for (;;) {
        switch (vif_json_next(&j, &t)) {
        case VIF_JSON_MORE: {
            const size_t n = at < len ? rnd((uint32_t)(len - at < most ? len - at : most) + 1) : 0;
            free(piece);
            piece = NULL;
            if (at == len) {
                vif_json_finish(&j);
                break;
            }
            piece = malloc(n ? n : 1);
            memcpy(piece, text + at, n);
            vif_json_feed(&j, piece, n);
            at += n;
            break;
        }
        case VIF_JSON_SPACE:
            MUST(grow > 0 && cap < MAX);
            cap += grow;
            cap = cap < MAX ? cap : MAX;
            which ^= 1;
            vif_json_scratch(&j, scratch[which], cap);
            break;
        case VIF_JSON_ERROR:
            log_error(&pieces, &j);
            free(piece);
            return;
        default:
            put_token(&pieces, &t, 1);
        }
    }
}

/* The whole text; what it holds is written to out too, as long as it is one value. */
static void read_whole(const unsigned char *text, size_t len, vif_json_out *out)
{
    static unsigned char scratch[MAX];
    unsigned char *copy = malloc(len ? len : 1);
    static char key[MAX];
    vif_json j;
    vif_json_token t;
    vif_json_type type;

    memcpy(copy, text, len);
    log_start(&whole);
    log_start(&again);
    vif_json_init(&j, scratch, sizeof scratch);
    vif_json_feed(&j, copy, len);
    vif_json_finish(&j);
    while ((type = vif_json_next(&j, &t)) != VIF_JSON_ERROR) {
        MUST(type != VIF_JSON_MORE && type != VIF_JSON_SPACE && type == t.type);
        put_token(&whole, &t, 1);
        put_token(&again, &t, 0);
        switch (type) {
        case VIF_JSON_OBJECT: vif_json_open(out, '{'); break;
        case VIF_JSON_ARRAY: vif_json_open(out, '['); break;
        case VIF_JSON_OBJECT_END: vif_json_close(out, '}'); break;
        case VIF_JSON_ARRAY_END: vif_json_close(out, ']'); break;
        case VIF_JSON_KEY:
            memcpy(key, t.text, t.len);
            key[t.len] = '\0';
            vif_json_key(out, key);
            break;
        case VIF_JSON_STRING: vif_json_text(out, t.text, t.len); break;
        case VIF_JSON_INT: vif_json_int(out, t.integer); break;
        case VIF_JSON_REAL: vif_json_raw(out, t.text, t.len); break;
        case VIF_JSON_TRUE: vif_json_bool(out, true); break;
        case VIF_JSON_FALSE: vif_json_bool(out, false); break;
        case VIF_JSON_NULL: vif_json_null(out); break;
        default: break;
        }
    }
    log_error(&whole, &j);
    free(copy);
}

/* Reading over the values must stop where reading them does. */
static void skip_whole(const unsigned char *text, size_t len, int small)
{
    static unsigned char scratch[MAX];
    vif_json j;
    size_t ends = 0, i;

    for (i = 0; i < whole.len; ) {
        uint64_t n;
        memcpy(&n, whole.bytes + i + 5, sizeof n);
        ends += whole.bytes[i] == VIF_JSON_END;
        i += 5 + sizeof n + (size_t)n + 8;
    }
    vif_json_init(&j, scratch, small ? 4 : sizeof scratch);
    vif_json_feed(&j, text, len);
    vif_json_finish(&j);
    for (i = 0; ; i++) {
        vif_json_token t;
        const vif_json_type type = vif_json_skip(&j, VIF_JSON_MORE);
        if (type != VIF_JSON_END) {
            MUST(type == VIF_JSON_ERROR);
            break;
        }
        MUST(vif_json_next(&j, &t) == VIF_JSON_END);
    }
    MUST(i == ends && j.why == whole.why && j.offset == whole.offset);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[MAX * 8];
    vif_json_out out, count;
    size_t values;

    if (size < 1 || size > MAX / 2) {
        return 0;
    }
    seed = data[0];
    data++;
    size--;
    vif_json_out_init(&out, text, sizeof text);
    read_whole(data, size, &out);
    values = whole.tokens;
    /* Few pieces, or the run takes too long. */
    read_pieces(data, size, 1 + seed % 7 + size / 32, 1 + seed % 3 + size / 64);
    MUST(pieces.len == whole.len && memcmp(pieces.bytes, whole.bytes, whole.len) == 0);
    MUST(pieces.why == whole.why && pieces.offset == whole.offset);
    read_pieces(data, size, size + 1, 0);
    MUST(pieces.len == whole.len && memcmp(pieces.bytes, whole.bytes, whole.len) == 0);
    MUST(pieces.why == whole.why && pieces.offset == whole.offset);
    skip_whole(data, size, 0);
    skip_whole(data, size, 1);

    /* What was written of one value reads as the same tokens, and writes as the same bytes. */
    if (values > 1 && whole.bytes[0] != VIF_JSON_END && !out.bad && out.priv.depth == 0) {
        static char second[MAX * 8];
        static unsigned char kept[sizeof again.bytes];
        const size_t kept_len = again.len;
        size_t ends = 0, i;
        for (i = 0; i < again.len; ) {
            uint64_t n;
            memcpy(&n, again.bytes + i + 1, sizeof n);
            ends += again.bytes[i] == VIF_JSON_END;
            i += 1 + sizeof n + (size_t)n + 8;
        }
        if (ends != 1 || again.bytes[again.len - 17] != VIF_JSON_END) {
            return 0;
        }
        memcpy(kept, again.bytes, again.len);
        MUST(!out.overflow);
        vif_json_out_init(&count, second, sizeof second);
        read_whole((const unsigned char *)text, out.len, &count);
        MUST(again.len == kept_len && memcmp(again.bytes, kept, again.len) == 0);
        MUST(count.len == out.len && memcmp(text, second, out.len) == 0);
    }
    return 0;
}
