/* SPDX-License-Identifier: MIT
 * Fuzz target: vif_ovsdb.h. The first byte chooses: the transaction builder, driven by the rest,
 * whose text must be JSON and read back as it was put; or a server whose bytes are the rest, in
 * random pieces, with every reader let loose on what comes out. Two ways of splitting must give the
 * same events. */
/* flags: -O2 -fno-sanitize-coverage=trace-cmp -fsanitize-trap=undefined */
/* libFuzzer: -max_len=700 */
#define VIF_IMPLEMENTATION
#include "vif_ovsdb.h"
#include <stdlib.h>

#define MUST(cond) do { if (!(cond)) { __builtin_trap(); } } while (0)

/* What only this file does needs no sanitizer: it runs with them in fuzz/replay.c. */
#ifdef __clang__
#define PLAIN __attribute__((no_sanitize("address", "undefined", "coverage")))
#else
#define PLAIN
#endif

static uint32_t seed;

PLAIN static uint32_t rnd(uint32_t below)
{
    seed = seed * 1103515245u + 12345u;
    return (seed >> 8) % below;
}

/* Every event adds to a sum, so that two runs can be compared. What the readers say of its text
 * adds nothing: they know only the text, which is in the sum. So one of the two runs reads. */
static uint64_t sum;
static bool reads;

PLAIN static void mix(const void *bytes, size_t len)
{
    const unsigned char *p = (const unsigned char *)bytes;
    uint64_t part;

    for (; len >= sizeof part; len -= sizeof part, p += sizeof part) {
        memcpy(&part, p, sizeof part);
        sum = (sum ^ part) * 0x9e3779b97f4a7c15u;
        sum ^= sum >> 29;
    }
    while (len-- > 0) {
        sum = (sum ^ *p++) * 1099511628211u;
    }
}

PLAIN static void check_within(vif_ovsdb_value inner, vif_ovsdb_value outer)
{
    MUST(inner.text >= outer.text && inner.len <= outer.len &&
         (size_t)(inner.text - outer.text) <= outer.len - inner.len);
}

static void read_value(vif_ovsdb_value v, int depth)
{
    vif_ovsdb_iter it;
    vif_ovsdb_value key, value;
    char text[64], uuid[37];
    int64_t i = 0;
    bool b = false;
    size_t n = 0;

    if (vif_ovsdb_text(v, text, sizeof text)) {
        MUST(vif_ovsdb_is(v, text));
    }
    MUST(vif_ovsdb_same(v, v));
    MUST(strlen(vif_ovsdb_show(v, text, 1 + rnd(sizeof text - 1))) < sizeof text);
    (void)vif_ovsdb_int(v, &i);
    (void)vif_ovsdb_bool(v, &b);
    MUST(!vif_ovsdb_uuid(v, uuid) || strlen(uuid) == 36);
    if (depth > 0) {
        (void)vif_ovsdb_map_get(v, "k");
    }
    for (it = vif_ovsdb_set_of(v); vif_ovsdb_next(&it, NULL, &value); n++) {
        check_within(value, v);
    }
    if (vif__db_tagged(v, "\"map\"").text == NULL) { MUST(vif_ovsdb_count(v) == n); }
    for (it = vif_ovsdb_map_of(v); vif_ovsdb_next(&it, &key, &value);) {
        check_within(key, v);
        check_within(value, v);
    }
    for (it = vif_ovsdb_each(v); depth < 4 && vif_ovsdb_next(&it, &key, &value);) {
        check_within(value, v);
        if (key.text) { check_within(key, v); }
        read_value(value, depth + 1);
    }
}

/* A value of an event. */
static void take_value(vif_ovsdb_value v, int depth)
{
    mix(v.text, v.len);
    if (reads) {
        read_value(v, depth);
    }
}

/* Cells against whatever is in the place of a row; what they found is written back. */
static void note(vif_ovsdb_value row)
{
    static char room[1 << 12], text[1 << 14];
    vif_ovsdb_cell cells[3];
    vif_arena arena;
    vif_ovsdb_txn txn;
    vif_error err;
    vif_status st;

    memset(cells, 0, sizeof cells);
    cells[0].next = &cells[1];
    cells[1].next = &cells[2];
    cells[0].table = cells[1].table = cells[2].table = "T";
    cells[0].column = "c";
    cells[1].column = cells[2].column = "d";
    cells[1].key = "k";
    cells[2].key = "x";
    cells[2].fresh = true;
    cells[0].json = true;
    cells[0].value = "[\"set\",[1,2]]";
    cells[1].value = cells[2].value = "v";
    vif_arena_init(&arena, room, 1 + rnd(sizeof room - 1));
    st = vif_ovsdb_cells_note(cells, "T", row, &arena, &err);
    MUST(st == VIF_OK || st == VIF_E_PROTO || st == VIF_E_NOMEM);
    if (st == VIF_OK) {
        vif_ovsdb_begin(&txn, text, sizeof text, "d");
        vif_ovsdb_cells_write(&txn, cells, "T", "550e8400-e29b-41d4-a716-446655440000",
                              rnd(2) != 0);
        MUST(vif_ovsdb_txn_status(&txn, &err) != VIF_E_INVAL);
        MUST(txn.ops == cells[0].differs + cells[1].differs && !cells[2].differs);
    }
}

static void read_event(vif_ovsdb *db, const vif_ovsdb_event *ev, vif_ovsdb_monitor *monitor)
{
    vif_ovsdb_changes changes;
    vif_ovsdb_change change;
    vif_ovsdb_iter it;
    vif_ovsdb_value row;
    vif_error err;
    int op;

    mix(&ev->type, sizeof ev->type);
    mix(&ev->id, sizeof ev->id);
    mix(&ev->status, sizeof ev->status);
    take_value(ev->method, 0);
    take_value(ev->params, 0);
    take_value(ev->result, 0);
    take_value(ev->error, 0);
    for (op = 1; op < 3; op++) {
        const vif_status st = vif_ovsdb_check(ev, op, &err);
        mix(&st, sizeof st);
        MUST(vif_ovsdb_fault(ev, op) < op && (st != VIF_OK || vif_ovsdb_fault(ev, op) < 0));
        MUST(vif_ovsdb_result(ev, op).text == vif_ovsdb_result(ev, op).text);
        if (st != VIF_OK) {
            MUST(err.status == st && memchr(err.text, 0, sizeof err.text));
            mix(err.text, strlen(err.text));
        }
        for (it = vif_ovsdb_rows(ev, op); vif_ovsdb_next(&it, NULL, &row);) {
            take_value(vif_ovsdb_member(row, "c"), 0);
            if (reads) {
                note(row);
            }
        }
        mix(&op, vif_ovsdb_first(ev, op).len > 0);
        (void)vif_ovsdb_changed(ev, op);
        (void)vif_ovsdb_next_cfg_of(ev, op);
    }
    switch (vif_ovsdb_monitor_take(db, monitor, ev, &changes)) {
    case VIF_OVSDB_SNAPSHOT:
    case VIF_OVSDB_CHANGES:
        while (vif_ovsdb_next_change(&changes, &change)) {
            mix(&change.type, sizeof change.type);
            take_value(change.table, 4);
            take_value(change.uuid, 4);
            take_value(change.row, 3);
            take_value(change.old, 3);
        }
        break;
    case VIF_OVSDB_NOT_MINE:
    case VIF_OVSDB_AGAIN:
    case VIF_OVSDB_REFUSED:
        break;
    }
}

/* What goes out must be whole messages. */
static void check_output(const char *text, size_t len)
{
    vif_json json;
    vif_json_token token;
    static char scratch[1 << 12];
    vif_json_type type;

    vif_json_init(&json, scratch, sizeof scratch);
    vif_json_feed(&json, text, len);
    do {
        type = vif_json_next(&json, &token);
    } while (type > VIF_JSON_MORE && type != VIF_JSON_SPACE);
    MUST(type == VIF_JSON_MORE);
}

static void *grow(void *user, void *ptr, size_t old_size, size_t size)
{
    void *to = size > 0 && size <= 1 << 17 ? malloc(size) : NULL;

    (void)user;
    if (to && ptr) {
        memcpy(to, ptr, old_size < size ? old_size : size);
    }
    if (to || size == 0) {
        free(ptr);
    }
    return to;
}

static const char *const columns[] = { "c" };
static const vif_ovsdb_watch watch = { "t", columns, 1, "[[\"c\",\"==\",1]]" };

static void serve(const uint8_t *data, size_t size, uint32_t most, size_t in_cap, vif_resize hook)
{
    static char out[1 << 16], sent[1 << 16], room[1 << 14];
    const bool small = !hook && in_cap < sizeof room;   /* exact, so that one byte over shows */
    char *in = small ? (char *)malloc(in_cap) : hook ? NULL : room;
    vif_ovsdb db;
    vif_ovsdb_monitor monitor;
    vif_ovsdb_event ev;
    vif_error err;
    vif_ovsdb_desc desc = vif_ovsdb_desc_default();
    size_t at = 0, len, sent_len = 0;
    int64_t now = 0;
    int lost = 0, i;

    sum = 1469598103934665603u;
    memset(&monitor, 0, sizeof monitor);
    monitor.name = "m";
    monitor.database = "d";
    monitor.watches = &watch;
    monitor.watch_count = 1;
    desc.in = in;
    desc.in_cap = in_cap;
    desc.out = out;
    desc.out_cap = sizeof out;
    desc.resize = hook;
    desc.max_message = 1 << 15;
    desc.leader_of = (seed & 1) ? "d" : NULL;
    MUST(vif_ovsdb_init(&db, &desc, &err) == VIF_OK);
    if (!(seed & 1)) {
        MUST(vif_ovsdb_send(&db, "list_dbs", "[]", NULL, &err) == VIF_OK);   /* 1 */
        MUST(vif_ovsdb_monitor_start(&db, &monitor, &err) == VIF_OK);   /* 2 */
        for (i = 0; i < 3; i++) {                                   /* 3 to 5 */
            MUST(vif_ovsdb_send(&db, "transact", "[\"d\"]", NULL, &err) == VIF_OK);
        }
    }
    for (;;) {
        const void *p = vif_ovsdb_output(&db, &len);
        if (p) {
            MUST(len <= sizeof sent - sent_len);
            memcpy(sent + sent_len, p, len);
            sent_len += len;
            vif_ovsdb_sent(&db, len);
        }
        while (vif_ovsdb_step(&db, now, &ev) != VIF_OVSDB_NOTHING) {
            if (ev.type == VIF_OVSDB_LOST || ev.type == VIF_OVSDB_CLOSED) {
                MUST(db.error.status != VIF_OK);
                lost++;
            } else {
                read_event(&db, &ev, &monitor);
            }
        }
        if (db.error.status != VIF_OK) {
            break;
        }
        if (at == size) {
            vif_ovsdb_finish(&db, 0);
            continue;
        }
        len = 1 + rnd(most);
        len = len < size - at ? len : size - at;
        at += vif_ovsdb_deliver(&db, data + at, len);
    }
    MUST(lost <= 6 && db.error.text[0] != 0 && vif_ovsdb_step(&db, now, &ev) == VIF_OVSDB_NOTHING);
    mix(&db.error.status, sizeof db.error.status);
    mix(&db.count.messages_in, sizeof db.count.messages_in);
    if (most > 1000) {                  /* the same for every splitting */
        check_output(sent, sent_len);
    }
    vif_ovsdb_close(&db);
    free(small ? in : NULL);
}

/* A word of the input, with a NUL. */
static const uint8_t *input, *input_end;

PLAIN static const char *word(char to[32])
{
    size_t n = 0;
    while (input < input_end && *input != 0 && n < 31) {
        to[n++] = (char)*input++;
    }
    input += input < input_end;
    to[n] = 0;
    return to;
}

static void build(void)
{
    static char text[1 << 14];
    char a[32], b[32], *room;
    const size_t cap = rnd(4) ? sizeof text : rnd(600);
    vif_ovsdb_txn txn, mark;
    vif_error err;
    vif_status st;
    int ops = 0, marked = 0;

    room = cap == sizeof text ? text : (char *)malloc(cap ? cap : 1);
    vif_ovsdb_begin(&txn, room, cap, word(a));
    mark = txn;
    while (input < input_end && txn.out.len < sizeof text / 2) {
        switch (*input++ % 31) {
        case 0: (void)vif_ovsdb_insert(&txn, word(a)); ops++; break;
        case 1: (void)vif_ovsdb_select(&txn, word(a)); ops++; break;
        case 2: (void)vif_ovsdb_update(&txn, word(a)); ops++; break;
        case 3: (void)vif_ovsdb_mutate(&txn, word(a)); ops++; break;
        case 4: (void)vif_ovsdb_delete(&txn, word(a)); ops++; break;
        case 5: (void)vif_ovsdb_wait(&txn, word(a), "=="); ops++; break;
        case 6: (void)vif_ovsdb_comment(&txn, word(a)); ops++; break;
        case 7: (void)vif_ovsdb_assert(&txn, word(a)); ops++; break;
        case 8: (void)vif_ovsdb_abort(&txn); ops++; break;
        case 9: (void)vif_ovsdb_next_cfg(&txn); ops += 2; break;
        case 10: vif_ovsdb_where(&txn, word(a), word(b)); break;
        case 11: vif_ovsdb_where_text(&txn, word(a), word(b)); break;
        case 12: vif_ovsdb_where_uuid(&txn, word(a)); break;
        case 13: vif_ovsdb_where_all(&txn); break;
        case 14: vif_ovsdb_column(&txn, word(a)); break;
        case 15: vif_ovsdb_row(&txn, word(a)); break;
        case 16: vif_ovsdb_row_text(&txn, word(a), word(b)); break;
        case 17: vif_ovsdb_row_int(&txn, word(a), -1); break;
        case 18: vif_ovsdb_mutation(&txn, word(a), word(b)); break;
        case 19: vif_ovsdb_map_set(&txn, word(a), "k", word(b)); break;
        case 20: vif_ovsdb_new_row(&txn); break;
        case 21: vif_ovsdb_put_text(&txn, word(a)); break;
        case 22: vif_ovsdb_put_bool(&txn, true); break;
        case 23: vif_ovsdb_put_ref(&txn, 0); break;
        case 24: word(a); vif_ovsdb_put_value(&txn, vif_ovsdb_view(a, strlen(a))); break;
        case 25: vif_ovsdb_put_set(&txn); break;
        case 26: vif_ovsdb_put_map(&txn); break;
        case 27: mark = txn; marked = ops; break;
        case 28: txn = mark; ops = marked; break;
        case 29: MUST(vif_ovsdb_txn_size(&txn) >= txn.out.len); break;
        default: vif_ovsdb_put_end(&txn); break;
        }
    }
    st = vif_ovsdb_txn_status(&txn, &err);
    MUST(st == vif_ovsdb_txn_status(&txn, &err));
    if (st == VIF_OK) {
        vif_ovsdb_iter it = vif_ovsdb_each(vif_ovsdb_view(room, txn.out.len));
        vif_ovsdb_value v;
        MUST(txn.ops == ops && txn.out.len <= cap);
        MUST(vif_json_valid(room, txn.out.len));
        MUST(vif_ovsdb_next(&it, NULL, &v) && vif_ovsdb_type(v) == VIF_JSON_STRING);
        while (vif_ovsdb_next(&it, NULL, &v)) {
            MUST(vif_ovsdb_type(v) == VIF_JSON_OBJECT && ops-- > 0);
            read_value(v, 0);
        }
        MUST(ops == 0);
    } else {
        MUST(st == err.status && (st == VIF_E_SPACE ? txn.out.len > cap : txn.why || txn.out.bad));
    }
    free(room != text ? room : NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t first;

    if (size < 2 || size > 1 << 13) {
        return 0;
    }
    seed = data[1];
    if (data[0] % 4 == 0) {
        input = data + 2;
        input_end = data + size;
        build();
        return 0;
    }
    reads = true;
    switch (data[0] % 4) {
    case 1:
        serve(data + 2, size - 2, 1 + rnd(200), 16 + rnd(200), NULL);   /* that it survives */
        return 0;
    case 2:
        serve(data + 2, size - 2, 24, 1u << 14, NULL);
        break;
    default:
        serve(data + 2, size - 2, 300, 64, grow);
        break;
    }
    first = sum;
    reads = false;
    seed = data[1];
    serve(data + 2, size - 2, 1u << 14, 1u << 14, NULL);
    MUST(sum == first);
    return 0;
}
