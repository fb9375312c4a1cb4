/* SPDX-License-Identifier: MIT
 * vif_ovsdb.h against canned bytes: no socket, no server. Tests of facts about servers are named after
 * the fact: what ovsdb-server 3.1 really sends is what is fed here. */
#define VIF_IMPLEMENTATION
#include "vif_ovsdb.h"
#include "check.h"

#define U1 "550e8400-e29b-41d4-a716-446655440000"
#define U2 "550e8400-e29b-41d4-a716-446655440001"

static char in[4096], out[2048], text[4096];
static vif_ovsdb db;
static vif_error err;
static vif_ovsdb_event ev;

static void start(void)
{
    vif_ovsdb_desc desc = vif_ovsdb_desc_default();
    desc.in = in;
    desc.in_cap = sizeof in;
    desc.out = out;
    desc.out_cap = sizeof out;
    CHECK_INT(vif_ovsdb_init(&db, &desc, &err), VIF_OK);
    CHECK_INT(vif_ovsdb_step(&db, 0, &ev), VIF_OVSDB_CONNECTED);
}

static void feed(const char *s)
{
    CHECK_INT(vif_ovsdb_deliver(&db, s, strlen(s)), strlen(s));
}

static int64_t ask(void)
{
    int64_t id = 0;
    CHECK_INT(vif_ovsdb_send(&db, "transact", "[\"d\"]", &id, &err), VIF_OK);
    return id;
}

/* What is to be sent, taken. */
static const char *sent(void)
{
    static char copy[4096];
    size_t len;
    const void *p = vif_ovsdb_output(&db, &len);
    if (p) {
        memcpy(copy, p, len);
        vif_ovsdb_sent(&db, len);
    }
    copy[len] = 0;
    return copy;
}

static vif_ovsdb_event_type step(void)
{
    return vif_ovsdb_step(&db, 0, &ev);
}

/* The event of a reply to request 1. */
static void reply(const char *s)
{
    start();
    CHECK_INT(ask(), 1);
    feed(s);
    CHECK_INT(step(), VIF_OVSDB_REPLY);
    CHECK_INT(ev.id, 1);
}

static vif_status checked(const char *s, int ops)
{
    reply(s);
    memset(&err, 0, sizeof err);
    return vif_ovsdb_check(&ev, ops, &err);
}

static vif_ovsdb_value value(const char *s)
{
    return vif_ovsdb_view(s, strlen(s));
}

static const char *copy(vif_ovsdb_value v)
{
    static char buf[4][300];
    static unsigned which;
    char *to = buf[which++ % 4];
    memcpy(to, v.text ? v.text : "(absent)", v.text ? v.len : 8);
    to[v.text ? v.len : 8] = 0;
    return to;
}

/* ---- values ---- */

TEST(values_types)
{
    CHECK_INT(vif_ovsdb_type(value(" {}")), VIF_JSON_OBJECT);
    CHECK_INT(vif_ovsdb_type(value("[]")), VIF_JSON_ARRAY);
    CHECK_INT(vif_ovsdb_type(value("\"\"")), VIF_JSON_STRING);
    CHECK_INT(vif_ovsdb_type(value("-1.5")), VIF_JSON_INT);
    CHECK_INT(vif_ovsdb_type(value("true")), VIF_JSON_TRUE);
    CHECK_INT(vif_ovsdb_type(value("false")), VIF_JSON_FALSE);
    CHECK_INT(vif_ovsdb_type(value("null")), VIF_JSON_NULL);
    CHECK_INT(vif_ovsdb_type(value("")), VIF_JSON_ERROR);
    CHECK_INT(vif_ovsdb_type(vif_ovsdb_view(NULL, 0)), VIF_JSON_ERROR);
}

TEST(values_member)
{
    const vif_ovsdb_value v = value("{\"a\" : 1 , \"b\":[{\"a\":2},\"}\"],\"a\\u0062\":{\"x\":[]},\"a\":3}");
    CHECK_STR(copy(vif_ovsdb_member(v, "a")), "3");     /* duplicate keys: the last one, 7.20 */
    CHECK_STR(copy(vif_ovsdb_member(v, "b")), "[{\"a\":2},\"}\"]");
    CHECK_STR(copy(vif_ovsdb_member(v, "ab")), "{\"x\":[]}");
    CHECK_STR(copy(vif_ovsdb_member(v, "c")), "(absent)");
    CHECK_STR(copy(vif_ovsdb_member(value("[\"a\",1]"), "a")), "(absent)");
}

TEST(r7_8_sets_in_their_three_forms)
{
    static const struct { const char *s; int n; const char *first; } rows[] = {
        {"5", 1, "5"}, {"[\"set\",[]]", 0, ""}, {"[\"set\",[5]]", 1, "5"},
        {"[\"set\",[5,6]]", 2, "5"}, {"[\"uuid\",\"" U1 "\"]", 1, "[\"uuid\",\"" U1 "\"]"},
        {"[\"set\",[[\"uuid\",\"" U1 "\"],[\"uuid\",\"" U2 "\"]]]", 2, "[\"uuid\",\"" U1 "\"]"},
        {"\"set\"", 1, "\"set\""}, {"", 0, ""}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        vif_ovsdb_iter it = vif_ovsdb_set_of(value(rows[i].s));
        vif_ovsdb_value v;
        int n = 0;
        CHECK_INT(vif_ovsdb_count(value(rows[i].s)), rows[i].n);
        while (vif_ovsdb_next(&it, NULL, &v)) {
            if (n++ == 0) {
                CHECK_STR(copy(v), rows[i].first);
            }
        }
        CHECK_INT(n, rows[i].n);
    }
}

TEST(values_maps)
{
    const vif_ovsdb_value v = value("[\"map\",[[\"a\",\"1\"],[\"b\\\"\",\"2\"],[\"c\",3]]]");
    vif_ovsdb_iter it = vif_ovsdb_map_of(v);
    vif_ovsdb_value k, w;
    CHECK_INT(vif_ovsdb_count(v), 3);
    CHECK_STR(copy(vif_ovsdb_map_get(v, "b\"")), "\"2\"");
    CHECK_STR(copy(vif_ovsdb_map_get(v, "x")), "(absent)");
    CHECK(vif_ovsdb_next(&it, &k, &w));
    CHECK_STR(copy(k), "\"a\"");
    CHECK_STR(copy(w), "\"1\"");
    CHECK_INT(vif_ovsdb_count(value("[\"map\",[]]")), 0);
    CHECK_STR(copy(vif_ovsdb_map_get(value("[\"set\",[]]"), "x")), "(absent)");
    CHECK(vif_ovsdb_next(&it, &k, &w));
    CHECK(vif_ovsdb_next(&it, &k, &w));
    CHECK_STR(copy(k), "\"c\"");
    CHECK(!vif_ovsdb_next(&it, &k, &w));
}

TEST(values_readers)
{
    int64_t i = 7;
    bool b = false;
    char u[37];
    CHECK(vif_ovsdb_int(value("-9223372036854775808"), &i) && i == INT64_MIN);
    CHECK(vif_ovsdb_int(value("[\"set\",[65535]]"), &i) && i == 65535);
    CHECK(!vif_ovsdb_int(value("[\"set\",[]]"), &i) && i == 65535);
    CHECK(!vif_ovsdb_int(value("[\"set\",[1,2]]"), &i));
    CHECK(!vif_ovsdb_int(value("9223372036854775808"), &i));
    CHECK(!vif_ovsdb_int(value("1.5"), &i) && !vif_ovsdb_int(value("\"1\""), &i));
    CHECK(vif_ovsdb_bool(value("true"), &b) && b);
    CHECK(vif_ovsdb_bool(value("[\"set\",[false]]"), &b) && !b);
    CHECK(!vif_ovsdb_bool(value("0"), &b));
    CHECK(vif_ovsdb_uuid(value("[\"uuid\",\"" U1 "\"]"), u));
    CHECK_STR(u, U1);
    CHECK(vif_ovsdb_uuid(value("\"" U2 "\""), u));
    CHECK_STR(u, U2);
    CHECK(!vif_ovsdb_uuid(value("[\"named-uuid\",\"" U1 "\"]"), u));
    CHECK(!vif_ovsdb_uuid(value("\"550e8400-e29b-41d4-a716-44665544000g\""), u));
    CHECK(!vif_ovsdb_uuid(value("[\"uuid\",\"x\"]"), u) && !vif_ovsdb_uuid(value("5"), u));
}

TEST(values_text)
{
    char s[16];
    CHECK(vif_ovsdb_text(value("\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\""), s, sizeof s));
    CHECK_STR(s, "a\"\\/\b\f\n\r\tz");
    CHECK(vif_ovsdb_text(value("\"\\u00e9\\u20ac\\ud83d\\ude00x\""), s, sizeof s));
    CHECK_STR(s, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80x");
    CHECK(vif_ovsdb_is(value("\"\\u00e9\""), "\xc3\xa9") && !vif_ovsdb_is(value("\"ab\""), "a"));
    CHECK(!vif_ovsdb_is(value("\"a\""), "ab") && vif_ovsdb_is(value("\"\""), ""));
    CHECK(!vif_ovsdb_is(value("5"), "5") && !vif_ovsdb_is(vif_ovsdb_view(NULL, 0), ""));
    CHECK(vif_ovsdb_text(value("\"123456789012345\""), s, sizeof s));
    CHECK(!vif_ovsdb_text(value("\"1234567890123456\""), s, sizeof s));
    CHECK_STR(s, "");
    CHECK(!vif_ovsdb_text(value("5"), s, sizeof s));
    CHECK(vif_ovsdb_text(value("[\"set\",[\"x\"]]"), s, sizeof s));
    CHECK_STR(s, "x");
}

TEST(values_that_are_no_json_stay_inside)
{
    static const char all[] = "{\"a\":[\"set\",[1,\"\\\"\\ud83d\",{}]]}";
    for (size_t len = 0; len < sizeof all; len++) {
        char *s = (char *)malloc(len + 1);      /* exact: a sanitizer sees what is read beyond */
        vif_ovsdb_value v, k;
        vif_ovsdb_iter it;
        char to[64];
        REQUIRE(s != NULL);
        s = (char *)realloc(s, len ? len : 1);
        memcpy(s, all, len);
        for (it = vif_ovsdb_each(vif_ovsdb_view(s, len)); vif_ovsdb_next(&it, &k, &v);) {
            (void)vif_ovsdb_count(v);
            (void)vif_ovsdb_text(v, to, sizeof to);
        }
        free(s);
    }
}

/* ---- builder ---- */

static vif_ovsdb_txn txn;

static void begin(void)
{
    vif_ovsdb_begin(&txn, text, sizeof text, "Open_vSwitch");
}

static const char *built(void)
{
    memset(&err, 0, sizeof err);
    if (vif_ovsdb_txn_status(&txn, &err) != VIF_OK) {
        return err.text;
    }
    text[txn.out.len] = 0;
    return text;
}

TEST(build_plug)
{
    int r0, r1;
    begin();
    (void)vif_ovsdb_wait(&txn, "Bridge", "==");
    vif_ovsdb_where_text(&txn, "name", "br0");
    vif_ovsdb_column(&txn, "name");
    vif_ovsdb_row_text(&txn, "name", "br0");
    r0 = vif_ovsdb_insert(&txn, "Interface");
    vif_ovsdb_row_text(&txn, "name", "tap0");
    vif_ovsdb_row(&txn, "external_ids");
    vif_ovsdb_put_map(&txn);
    vif_ovsdb_put_text(&txn, "iface-id");
    vif_ovsdb_put_text(&txn, "x\"y");
    vif_ovsdb_put_end(&txn);
    r1 = vif_ovsdb_insert(&txn, "Port");
    vif_ovsdb_row_int(&txn, "tag", 7);
    vif_ovsdb_row(&txn, "interfaces");
    vif_ovsdb_put_ref(&txn, r0);
    (void)vif_ovsdb_mutate(&txn, "Bridge");
    vif_ovsdb_where_text(&txn, "name", "br0");
    vif_ovsdb_mutation(&txn, "ports", "insert");
    vif_ovsdb_put_ref(&txn, r1);
    CHECK_INT(vif_ovsdb_next_cfg(&txn), 5);
    CHECK_INT(vif_ovsdb_comment(&txn, "vif"), 6);
    CHECK_INT(txn.ops, 7);
    CHECK_STR(built(),
        "[\"Open_vSwitch\","
        "{\"op\":\"wait\",\"table\":\"Bridge\",\"until\":\"==\",\"timeout\":0,"
        "\"where\":[[\"name\",\"==\",\"br0\"]],\"columns\":[\"name\"],\"rows\":[{\"name\":\"br0\"}]},"
        "{\"op\":\"insert\",\"table\":\"Interface\",\"uuid-name\":\"r1\",\"row\":{\"name\":\"tap0\","
        "\"external_ids\":[\"map\",[[\"iface-id\",\"x\\\"y\"]]]}},"
        "{\"op\":\"insert\",\"table\":\"Port\",\"uuid-name\":\"r2\",\"row\":{\"tag\":7,"
        "\"interfaces\":[\"named-uuid\",\"r1\"]}},"
        "{\"op\":\"mutate\",\"table\":\"Bridge\",\"where\":[[\"name\",\"==\",\"br0\"]],"
        "\"mutations\":[[\"ports\",\"insert\",[\"named-uuid\",\"r2\"]]]},"
        "{\"op\":\"mutate\",\"table\":\"Open_vSwitch\",\"where\":[],"
        "\"mutations\":[[\"next_cfg\",\"+=\",1]]},"
        "{\"op\":\"select\",\"table\":\"Open_vSwitch\",\"columns\":[\"next_cfg\"],\"where\":[]},"
        "{\"op\":\"comment\",\"comment\":\"vif\"}]");
}

TEST(build_every_value)
{
    begin();
    (void)vif_ovsdb_insert(&txn, "T");
    vif_ovsdb_row(&txn, "a");
    vif_ovsdb_put_value(&txn, value("1.5e3"));
    vif_ovsdb_row(&txn, "b");
    vif_ovsdb_put_bool(&txn, true);
    vif_ovsdb_row(&txn, "c");
    vif_ovsdb_put_uuid(&txn, U1);
    vif_ovsdb_row(&txn, "d");
    vif_ovsdb_put_set(&txn);
    vif_ovsdb_put_end(&txn);
    vif_ovsdb_row(&txn, "e");
    vif_ovsdb_put_set(&txn);
    vif_ovsdb_put_int(&txn, INT64_MIN);
    vif_ovsdb_put_value(&txn, value("[\"uuid\",\"" U2 "\"]"));
    vif_ovsdb_put_end(&txn);
    vif_ovsdb_row(&txn, "f");
    vif_ovsdb_put_map(&txn);
    vif_ovsdb_put_int(&txn, 1);
    vif_ovsdb_put_ref(&txn, 9);
    vif_ovsdb_put_end(&txn);
    CHECK_STR(built(), "[\"Open_vSwitch\",{\"op\":\"insert\",\"table\":\"T\",\"uuid-name\":\"r0\","
        "\"row\":{\"a\":1.5e3,\"b\":true,\"c\":[\"uuid\",\"" U1 "\"],\"d\":[\"set\",[]],"
        "\"e\":[\"set\",[-9223372036854775808,[\"uuid\",\"" U2 "\"]]],"
        "\"f\":[\"map\",[[1,[\"named-uuid\",\"r9\"]]]]}}]");
}

TEST(build_the_rest)
{
    begin();
    (void)vif_ovsdb_update(&txn, "T");
    vif_ovsdb_where_uuid(&txn, U1);
    vif_ovsdb_row_int(&txn, "n", 1);
    (void)vif_ovsdb_delete(&txn, "T");
    vif_ovsdb_where(&txn, "n", "<");
    vif_ovsdb_put_int(&txn, 0);
    vif_ovsdb_where(&txn, "s", "includes");
    vif_ovsdb_put_text(&txn, "x");
    (void)vif_ovsdb_wait(&txn, "T", "!=");
    vif_ovsdb_row_text(&txn, "a", "1");
    vif_ovsdb_new_row(&txn);
    vif_ovsdb_row_text(&txn, "a", "2");
    (void)vif_ovsdb_wait(&txn, "T", "==");
    (void)vif_ovsdb_assert(&txn, "l");
    (void)vif_ovsdb_abort(&txn);
    (void)vif_ovsdb_insert(&txn, "T");
    CHECK_STR(built(), "[\"Open_vSwitch\","
        "{\"op\":\"update\",\"table\":\"T\",\"where\":[[\"_uuid\",\"==\",[\"uuid\",\"" U1 "\"]]],"
        "\"row\":{\"n\":1}},"
        "{\"op\":\"delete\",\"table\":\"T\",\"where\":[[\"n\",\"<\",0],[\"s\",\"includes\",\"x\"]]},"
        "{\"op\":\"wait\",\"table\":\"T\",\"until\":\"!=\",\"timeout\":0,"
        "\"rows\":[{\"a\":\"1\"},{\"a\":\"2\"}],\"where\":[]},"
        "{\"op\":\"wait\",\"table\":\"T\",\"until\":\"==\",\"timeout\":0,\"where\":[],\"rows\":[]},"
        "{\"op\":\"assert\",\"lock\":\"l\"},{\"op\":\"abort\"},"
        "{\"op\":\"insert\",\"table\":\"T\",\"uuid-name\":\"r6\",\"row\":{}}]");
}

TEST(r7_9_map_set_deletes_the_key_first)
{
    begin();
    (void)vif_ovsdb_mutate(&txn, "T");
    vif_ovsdb_where_all(&txn);
    vif_ovsdb_map_set(&txn, "m", "k", "v");
    vif_ovsdb_map_delete(&txn, "m", "z");
    CHECK_STR(built(), "[\"Open_vSwitch\",{\"op\":\"mutate\",\"table\":\"T\",\"where\":[],\"mutations\":["
        "[\"m\",\"delete\",[\"set\",[\"k\"]]],[\"m\",\"insert\",[\"map\",[[\"k\",\"v\"]]]],"
        "[\"m\",\"delete\",[\"set\",[\"z\"]]]]}]");
}

TEST(r7_4_wait_has_timeout_0)
{
    begin();
    (void)vif_ovsdb_wait(&txn, "T", "==");
    CHECK_HAS(built(), "\"timeout\":0");
}

#define MISUSE(name, words, ...) \
    TEST(misuse_##name) \
    { \
        begin(); \
        __VA_ARGS__; \
        CHECK_HAS(built(), words); \
        CHECK_INT(err.status, VIF_E_INVAL); \
        CHECK_INT(vif_ovsdb_transact(&db, &txn, NULL, NULL), VIF_E_INVAL); \
    }
MISUSE(delete_all_by_accident, "where", (void)vif_ovsdb_delete(&txn, "T"))
MISUSE(update_all_by_accident, "where", (void)vif_ovsdb_update(&txn, "T");
       vif_ovsdb_row_int(&txn, "a", 1))
MISUSE(mutate_all_by_accident, "where", (void)vif_ovsdb_mutate(&txn, "T");
       vif_ovsdb_mutation(&txn, "a", "+="); vif_ovsdb_put_int(&txn, 1))
MISUSE(no_mutation, "mutation", (void)vif_ovsdb_mutate(&txn, "T"); vif_ovsdb_where_all(&txn))
MISUSE(value_missing, "missing", (void)vif_ovsdb_insert(&txn, "T"); vif_ovsdb_row(&txn, "a");
       vif_ovsdb_row(&txn, "b"))
MISUSE(value_without_place, "place", (void)vif_ovsdb_insert(&txn, "T"); vif_ovsdb_put_int(&txn, 1))
MISUSE(no_such_clause, "no such", (void)vif_ovsdb_select(&txn, "T"); vif_ovsdb_row_int(&txn, "a", 1))
MISUSE(clause_without_operation, "no such", vif_ovsdb_column(&txn, "a"))
MISUSE(scattered, "together", (void)vif_ovsdb_select(&txn, "T"); vif_ovsdb_column(&txn, "a");
       vif_ovsdb_where_text(&txn, "a", "b"); vif_ovsdb_column(&txn, "c"))
MISUSE(set_in_set, "inside", (void)vif_ovsdb_insert(&txn, "T"); vif_ovsdb_row(&txn, "a");
       vif_ovsdb_put_set(&txn); vif_ovsdb_put_map(&txn))
MISUSE(key_alone, "key", (void)vif_ovsdb_insert(&txn, "T"); vif_ovsdb_row(&txn, "a");
       vif_ovsdb_put_map(&txn); vif_ovsdb_put_int(&txn, 1); vif_ovsdb_put_end(&txn))
MISUSE(end_of_nothing, "end", vif_ovsdb_put_end(&txn))
MISUSE(rows_of_insert, "several", (void)vif_ovsdb_insert(&txn, "T"); vif_ovsdb_new_row(&txn))
MISUSE(uuid, "UUID", (void)vif_ovsdb_select(&txn, "T"); vif_ovsdb_where_uuid(&txn, "x"))
MISUSE(number, "JSON", (void)vif_ovsdb_insert(&txn, "T"); vif_ovsdb_row(&txn, "a");
       vif_ovsdb_put_value(&txn, value("NaN")))
MISUSE(number_with_a_tail, "JSON", (void)vif_ovsdb_insert(&txn, "T"); vif_ovsdb_row(&txn, "a");
       vif_ovsdb_put_value(&txn, (vif_ovsdb_value){ "1,2", 3 }))
MISUSE(json, "JSON", (void)vif_ovsdb_insert(&txn, "T"); vif_ovsdb_row(&txn, "a");
       vif_ovsdb_put_value(&txn, value("[1")))
MISUSE(utf8, "UTF-8", (void)vif_ovsdb_comment(&txn, "\xff"))
MISUSE(ended, "ended", (void)!vif_ovsdb_txn_status(&txn, NULL); (void)vif_ovsdb_abort(&txn))

TEST(build_every_buffer_size)
{
    size_t need = 0, cap;
    for (cap = 0; cap < 400; cap++) {
        char *room = (char *)malloc(cap ? cap : 1);
        vif_status st;
        vif_ovsdb_begin(&txn, room, cap, "d");
        (void)vif_ovsdb_insert(&txn, "T");
        vif_ovsdb_row_text(&txn, "name", "x");
        (void)vif_ovsdb_next_cfg(&txn);
        st = vif_ovsdb_txn_status(&txn, NULL);
        need = need ? need : txn.out.len;
        CHECK_INT(txn.out.len, need);
        CHECK_INT(st, cap < need ? VIF_E_SPACE : VIF_OK);
        free(room);
    }
}

/* The operations of one subject, an open clause last. */
static int append(vif_ovsdb_txn *txn, const char *name)
{
    const int op = vif_ovsdb_insert(txn, "Port");
    vif_ovsdb_row_text(txn, "name", name);
    return op;
}

TEST(txn_a_copy_is_a_mark)
{
    char wanted[400];
    vif_ovsdb_txn txn, mark;
    size_t size;
    vif_ovsdb_begin(&txn, text, sizeof text, "d");
    append(&txn, "a");
    CHECK_INT(append(&txn, "b"), 1);
    size = vif_ovsdb_txn_size(&txn);
    CHECK_INT(vif_ovsdb_txn_status(&txn, &err), VIF_OK);
    CHECK_INT(txn.out.len, size);
    CHECK_INT(vif_ovsdb_txn_size(&txn), size);
    memcpy(wanted, text, size);

    vif_ovsdb_begin(&txn, text, size + 5, "d");
    append(&txn, "a");
    mark = txn;
    append(&txn, "one that does not fit");
    CHECK(vif_ovsdb_txn_size(&txn) > size + 5);
    CHECK(txn.out.overflow);
    txn = mark;
    vif_ovsdb_put_int(&txn, 7);         /* misuse, and no UTF-8 */
    append(&txn, "\xff");
    CHECK_INT(vif_ovsdb_txn_status(&txn, &err), VIF_E_INVAL);
    txn = mark;
    CHECK(vif_ovsdb_txn_size(&txn) < size);
    CHECK_INT(append(&txn, "b"), 1);
    CHECK_INT(vif_ovsdb_txn_size(&txn), size);
    CHECK_INT(vif_ovsdb_txn_status(&txn, &err), VIF_OK);
    CHECK_INT(txn.out.len, size);
    CHECK(memcmp(text, wanted, size) == 0);
}

TEST(txn_most_is_what_can_be_sent)
{
    static char large[sizeof out];
    vif_ovsdb_txn txn;
    size_t pad;
    start();
    for (pad = vif_ovsdb_txn_most(&db) - 100; ; pad++) {
        char name[sizeof out] = "";
        memset(name, 'x', pad);
        vif_ovsdb_begin(&txn, large, sizeof large, "d");
        append(&txn, name);
        if (vif_ovsdb_txn_size(&txn) > vif_ovsdb_txn_most(&db)) {
            break;
        }
        CHECK_INT(vif_ovsdb_transact(&db, &txn, NULL, &err), VIF_OK);
        (void)sent();
        vif_ovsdb_forget(&db, db.priv.next_id);
    }
    CHECK_INT(vif_ovsdb_transact(&db, &txn, NULL, &err), VIF_E_TOO_BIG);
    CHECK_INT(vif_ovsdb_txn_size(&txn), vif_ovsdb_txn_most(&db) + 1);
}

/* ---- connection ---- */

TEST(request_is_exactly_three_members)
{
    start();
    CHECK_INT(ask(), 1);
    CHECK_INT(ask(), 2);
    CHECK_STR(sent(), "{\"id\":1,\"method\":\"transact\",\"params\":[\"d\"]}"
                      "{\"id\":2,\"method\":\"transact\",\"params\":[\"d\"]}");
    CHECK_STR(sent(), "");
    CHECK_INT(db.count.messages_out, 2);
}

TEST(params_must_be_a_list)
{
    static const char *const bad[] = {"{}", "[", "[1,]", "\"\\u0000\"", "[\"\\ud800\"]", "[] []", "",
                                      "[\"\xff\"]", "[] "};
    start();
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_INT(vif_ovsdb_send(&db, "x", bad[i], NULL, &err), VIF_E_INVAL);
    }
    CHECK_STR(sent(), "");
}

TEST(ids_start_behind_first_id)
{
    vif_ovsdb_desc desc = vif_ovsdb_desc_default();
    desc.in = in;
    desc.in_cap = sizeof in;
    desc.out = out;
    desc.out_cap = sizeof out;
    desc.first_id = 4294967295u;
    CHECK_INT(vif_ovsdb_init(&db, &desc, &err), VIF_OK);
    CHECK_INT(ask(), 4294967296ll);
    feed("{\"id\":4294967296,\"result\":[]}");
    CHECK_INT(step(), VIF_OVSDB_CONNECTED);
    CHECK_INT(step(), VIF_OVSDB_REPLY);
}

static const char stream[] =
    " {\"id\":2,\"result\":[{\"rows\":[{\"n\":\"}}{\\\"\\\\\\u2028\\ud83d\\ude00\"}]}],\"error\":null}\n"
    "{\"method\":\"echo\",\"id\":\"echo\",\"params\":[1.50,\"\\u00e9\"]}"
    "{\"id\":null,\"method\":\"update3\",\"params\":[\"m\",\"" U1 "\",{}]}  "
    "{\"id\":1,\"error\":null,\"result\":[{},{\"count\":1}]}\t";

TEST(r7_18_t8_split_at_every_byte)
{
    const size_t len = sizeof stream - 1;
    for (size_t cut = 0; cut <= len; cut++) {
        int events = 0;
        start();
        (void)ask();
        (void)ask();
        (void)sent();
        for (int part = 0; part < 2; part++) {
            const size_t from = part ? cut : 0, to = part ? len : cut;
            CHECK_INT(vif_ovsdb_deliver(&db, stream + from, to - from), to - from);
            while (step() != VIF_OVSDB_NOTHING) {
                static const vif_ovsdb_event_type want[] = {VIF_OVSDB_REPLY, VIF_OVSDB_UPDATE,
                                                            VIF_OVSDB_REPLY};
                char s[32];
                REQUIRE(events < 3);
                CHECK_INT(ev.type, want[events]);
                if (events == 0) {
                    CHECK_INT(ev.id, 2);
                    CHECK(vif_ovsdb_text(vif_ovsdb_member(vif_ovsdb_first(&ev, 0), "n"), s, 32));
                    CHECK_STR(s, "}}{\"\\\xe2\x80\xa8\xf0\x9f\x98\x80");
                }
                events++;
            }
        }
        CHECK_INT(events, 3);
        CHECK_INT(ev.status, VIF_OK);
        CHECK_STR(sent(), "{\"id\":\"echo\",\"error\":null,\"result\":[1.50,\"\\u00e9\"]}");
        CHECK_INT(db.count.bytes_in, len);
        CHECK_INT(db.count.messages_in, 4);
    }
}

TEST(byte_by_byte)
{
    int events = 0;
    start();
    (void)ask();
    (void)ask();
    for (size_t i = 0; i + 1 < sizeof stream; i++) {
        CHECK_INT(vif_ovsdb_deliver(&db, stream + i, 1), 1);
        events += step() != VIF_OVSDB_NOTHING;
    }
    CHECK_INT(events, 3);
}

TEST(r7_17_t11_echo_with_any_id)
{
    static const char *const ids[] = {"\"echo\"", "0", "-1.5", "null", "{\"a\":[1]}", "[]", "true"};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        char s[200], want[200];
        start();
        snprintf(s, sizeof s, "{\"id\":%s,\"params\":[],\"method\":\"echo\"}", ids[i]);
        snprintf(want, sizeof want, "{\"id\":%s,\"error\":null,\"result\":[]}", ids[i]);
        feed(s);
        CHECK_INT(step(), VIF_OVSDB_NOTHING);
        CHECK_STR(sent(), want);
    }
    start();
    feed("{\"method\":\"echo\",\"id\":7}");
    CHECK_INT(step(), VIF_OVSDB_NOTHING);
    CHECK_STR(sent(), "{\"id\":7,\"error\":null,\"result\":null}");
    feed("{\"method\":\"dance\",\"id\":8,\"params\":[]}");
    CHECK_INT(step(), VIF_OVSDB_NOTHING);
    CHECK_STR(sent(), "{\"id\":8,\"error\":\"unknown method\",\"result\":null}");
}

TEST(echo_waits_for_room_to_answer)
{
    char s[1500];
    start();
    memset(s, 'a', sizeof s);
    memcpy(s, "[\"", 2);
    memcpy(s + sizeof s - 2, "\"]", 2);
    memcpy(text, s, sizeof s);
    text[sizeof s] = 0;
    CHECK_INT(vif_ovsdb_send(&db, "x", text, NULL, &err), VIF_OK);
    CHECK_INT(vif_ovsdb_send(&db, "x", text, NULL, &err), VIF_E_BUSY);
    memcpy(text, "{\"method\":\"echo\",\"id\":1,\"params\":", 33);
    memcpy(text + 33, s, sizeof s);
    memcpy(text + 33 + sizeof s, "}{\"method\":\"later\",\"params\":[]}", 32);
    feed(text);
    CHECK_INT(step(), VIF_OVSDB_NOTHING);
    CHECK(!vif_ovsdb_want(&db, 0).read && vif_ovsdb_want(&db, 0).write);
    CHECK_INT(step(), VIF_OVSDB_NOTHING);
    (void)sent();
    CHECK_INT(step(), VIF_OVSDB_NOTICE);
    CHECK(vif_ovsdb_is(ev.method, "later"));
    CHECK_INT(strlen(sent()), 31 + sizeof s);
}

TEST(t12_out_of_order_unknown_and_between)
{
    start();
    (void)ask();
    (void)ask();
    (void)ask();
    feed("{\"id\":99,\"result\":[]}{\"id\":\"1\",\"result\":[]}{\"id\":3,\"result\":[]}"
         "{\"id\":null,\"method\":\"locked\",\"params\":[\"l\"]}{\"id\":1,\"result\":[]}"
         "{\"id\":1,\"result\":[]}{\"id\":2,\"result\":[],\"error\":null}{\"id\":null,\"error\":\"x\"}");
    CHECK(step() == VIF_OVSDB_REPLY && ev.id == 3);
    CHECK(step() == VIF_OVSDB_LOCKED && vif_ovsdb_is(ev.method, "locked"));
    CHECK(step() == VIF_OVSDB_REPLY && ev.id == 1);
    CHECK(step() == VIF_OVSDB_REPLY && ev.id == 2);
    CHECK_INT(step(), VIF_OVSDB_NOTHING);
    CHECK_INT(db.count.strangers, 4);
    CHECK_INT(db.count.replies, 3);
}

TEST(r7_16_forgotten_is_a_stranger)
{
    start();
    (void)ask();
    vif_ovsdb_forget(&db, 1);
    vif_ovsdb_forget(&db, 77);
    feed("{\"id\":1,\"error\":\"canceled\"}");
    CHECK_INT(step(), VIF_OVSDB_NOTHING);
    CHECK_INT(db.count.strangers, 1);
}

TEST(notifications)
{
    start();
    feed("{\"method\":\"stolen\",\"params\":[\"l\"],\"id\":null}"
         "{\"method\":\"monitor_canceled\",\"params\":[\"m\"],\"id\":null}"
         "{\"method\":\"news\",\"params\":[1]}{\"method\":\"echo\",\"params\":[]}");
    CHECK_INT(step(), VIF_OVSDB_STOLEN);
    CHECK_INT(step(), VIF_OVSDB_MONITOR_CANCELED);
    CHECK_INT(step(), VIF_OVSDB_NOTICE);
    CHECK_STR(copy(ev.params), "[1]");
    CHECK_INT(step(), VIF_OVSDB_NOTICE);
    CHECK_STR(sent(), "");
}

TEST(t15_r7_19_bad_input_is_an_error_at_once)
{
    static const char *const bad[] = {"x", "[", "5", "\"", "}", "{]", "{\"a\":tru,", "{'", "{\"a\" 1",
                                      "{\"a\":\"\\u0000", "{\"a\":\"\\ud800x", "{\"a\":\"\xff",
                                      "{\"a\":\"\xc0\x80", "{\"a\":\"\n", "{\"a\":01", "{\"a\":1,}",
                                      "{},", "{\"id\":1}]"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        start();
        (void)ask();
        (void)ask();
        (void)sent();
        feed("{\"id\":2,\"result\":[]}");
        feed(bad[i]);
        CHECK(step() == VIF_OVSDB_REPLY && ev.id == 2);
        while (step() == VIF_OVSDB_REPLY) {
        }
        CHECK_INT(db.error.status, VIF_E_PROTO);
        CHECK(db.error.text[0] != 0);
        if (ev.type == VIF_OVSDB_LOST) {
            CHECK_INT(ev.status, VIF_E_UNKNOWN);
            CHECK_INT(step(), VIF_OVSDB_CLOSED);
        }
        CHECK_INT(ev.type, VIF_OVSDB_CLOSED);
        CHECK_INT(ev.status, VIF_E_PROTO);
        CHECK_INT(step(), VIF_OVSDB_NOTHING);
    }
}

TEST(messages_that_mean_nothing)
{
    static const char *const bad[] = {"{}", "{\"result\":[]}", "{\"method\":5,\"params\":[]}",
                                      "{\"method\":null,\"params\":[]}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        start();
        feed(bad[i]);
        CHECK_INT(step(), VIF_OVSDB_CLOSED);
        CHECK_INT(db.error.status, VIF_E_PROTO);
    }
}

TEST(r7_22_depth)
{
    int n;
    for (n = 20; n < 40; n++) {
        memset(text, '[', 100);
        start();
        feed("{\"id\":1,\"result\":");
        CHECK_INT(vif_ovsdb_deliver(&db, text, (size_t)n), n);
        (void)step();
        CHECK_INT(db.error.status, n + 1 <= VIF_JSON_DEPTH ? VIF_OK : VIF_E_PROTO);
    }
    CHECK_HAS(db.error.text, "deep");
}

TEST(huge_and_endless)
{
    int i;
    start();
    feed("{\"id\":1,\"result\":\"");
    memset(text, 'a', 1000);
    for (i = 0; i < 4; i++) {
        CHECK_INT(step(), VIF_OVSDB_NOTHING);
        (void)vif_ovsdb_deliver(&db, text, 1000);
    }
    CHECK_INT(step(), VIF_OVSDB_NOTHING);
    CHECK(vif_ovsdb_deliver(&db, text, 1000) < 1000);
    CHECK_INT(step(), VIF_OVSDB_CLOSED);
    CHECK_INT(ev.status, VIF_E_TOO_BIG);
    start();                            /* blanks cost nothing */
    memset(text, ' ', 1000);
    for (i = 0; i < 100; i++) {
        CHECK_INT(vif_ovsdb_deliver(&db, text, 1000), 1000);
        CHECK_INT(step(), VIF_OVSDB_NOTHING);
    }
}

static size_t held, most_held;

static void *hook(void *user, void *ptr, size_t old, size_t size)
{
    const size_t limit = *(const size_t *)user;
    void *to;
    if (size > limit) {
        return NULL;
    }
    to = size ? malloc(size) : NULL;
    if (to && ptr) {
        memcpy(to, ptr, old < size ? old : size);
    }
    free(ptr);
    held += size - old;
    most_held = held > most_held ? held : most_held;
    return to;
}

/* With the caller's buffers first, and with none. */
TEST(growth_by_the_hook)
{
    for (int own = 0; own < 2; own++) {
        static char small_in[32], small_out[16];
        size_t limit = 100000;
        vif_ovsdb_desc desc = vif_ovsdb_desc_default();
        memset(text, 'a', sizeof text);
        held = 0;
        if (own) {
            desc.in = small_in;
            desc.out = small_out;
        }
        desc.in_cap = sizeof small_in;
        desc.out_cap = sizeof small_out;
        desc.resize = hook;
        desc.user = &limit;
        desc.max_message = 20000;
        CHECK_INT(vif_ovsdb_init(&db, &desc, &err), VIF_OK);
        CHECK_INT(step(), VIF_OVSDB_CONNECTED);
        CHECK_INT(ask(), 1);
        text[0] = '[';
        text[1] = text[3998] = '"';
        text[3999] = ']';
        text[4000] = 0;
        CHECK_INT(vif_ovsdb_send(&db, "x", text, NULL, &err), VIF_OK);
        CHECK_INT(strlen(sent()) > 4000, 1);
        feed("{\"id\":1,\"result\":");
        for (size_t at = 0; at < 4000;) {
            at += vif_ovsdb_deliver(&db, text + at, 4000 - at);
            CHECK(step() == VIF_OVSDB_NOTHING);
        }
        CHECK_INT(vif_ovsdb_deliver(&db, "}", 1), 1);
        CHECK_INT(step(), VIF_OVSDB_REPLY);
        CHECK_INT(ev.result.len, 4000);
        CHECK(db.count.in_peak > 4000);
        vif_ovsdb_close(&db);
        vif_ovsdb_close(&db);
        CHECK_INT(held, 0);
    }
}

/* Memory fails at every size: an error, never a crash, and all is given back. */
TEST(hook_without_memory)
{
    size_t limit;
    for (limit = 0; limit < 5000; limit += 100) {
        vif_ovsdb_desc desc = vif_ovsdb_desc_default();
        held = 0;
        desc.in_cap = desc.out_cap = 64;
        desc.resize = hook;
        desc.user = &limit;
        if (vif_ovsdb_init(&db, &desc, &err) == VIF_OK) {
            memset(text, 'a', 3000);
            (void)step();
            feed("{\"id\":1,\"result\":\"");
            for (size_t at = 0, n = 1; at < 3000 && n > 0; at += n) {
                (void)step();
                n = vif_ovsdb_deliver(&db, text, 3000 - at);
            }
            (void)step();
            CHECK(db.error.status == VIF_OK || db.error.status == VIF_E_NOMEM);
        } else {
            CHECK_INT(err.status, VIF_E_NOMEM);
        }
        vif_ovsdb_close(&db);
        CHECK_INT(held, 0);
    }
}

TEST(no_buffers)
{
    vif_ovsdb_desc desc = vif_ovsdb_desc_default();
    CHECK_INT(vif_ovsdb_init(&db, &desc, &err), VIF_E_INVAL);
    CHECK_INT(vif_ovsdb_send(&db, "x", "[]", NULL, &err), VIF_E_INVAL);
    vif_ovsdb_close(&db);
}

TEST(r7_28_full_send_buffer_is_busy)
{
    int i, n = 0;
    start();
    for (i = 0; i < 100; i++) {
        const vif_status st = vif_ovsdb_send(&db, "x", "[]", NULL, &err);
        n += st == VIF_OK;
        CHECK(st == VIF_OK || st == VIF_E_BUSY);
    }
    CHECK(n > 10 && n <= VIF_OVSDB_REQUESTS);
    memset(text, 'a', 3000);
    text[0] = '[';
    text[1] = text[2998] = '"';
    text[2999] = ']';
    text[3000] = 0;
    (void)sent();
    while (db.priv.pending_count > 0) {
        vif_ovsdb_forget(&db, db.priv.own[0].id);
    }
    CHECK_INT(vif_ovsdb_send(&db, "x", text, NULL, &err), VIF_E_TOO_BIG);
}

TEST(at_most_so_many_requests)
{
    int i;
    start();
    for (i = 0; i < VIF_OVSDB_REQUESTS; i++) {
        CHECK_INT(vif_ovsdb_send(&db, "x", "[]", NULL, &err), VIF_OK);
        (void)sent();
    }
    CHECK_INT(vif_ovsdb_send(&db, "x", "[]", NULL, &err), VIF_E_BUSY);
    feed("{\"id\":5,\"result\":[]}");
    CHECK_INT(step(), VIF_OVSDB_REPLY);
    CHECK_INT(vif_ovsdb_send(&db, "x", "[]", NULL, &err), VIF_OK);
}

TEST(end_of_stream_says_what_became_of_each)
{
    start();
    (void)ask();
    (void)ask();
    vif_ovsdb_sent(&db, 60);            /* the first whole, the second in part */
    feed("{\"method\":\"x\",\"params\":[]}{\"id\":9");
    vif_ovsdb_finish(&db, 0);
    CHECK_INT(step(), VIF_OVSDB_NOTICE);
    CHECK(step() == VIF_OVSDB_LOST && ev.id == 1 && ev.status == VIF_E_UNKNOWN);
    CHECK_INT(vif_ovsdb_check(&ev, 1, &err), VIF_E_UNKNOWN);
    CHECK(step() == VIF_OVSDB_LOST && ev.id == 2 && ev.status == VIF_E_SYSTEM);
    CHECK(step() == VIF_OVSDB_CLOSED && ev.status == VIF_E_SYSTEM);
    CHECK_HAS(db.error.text, "middle");
    CHECK_INT(step(), VIF_OVSDB_NOTHING);
    CHECK_INT(vif_ovsdb_send(&db, "x", "[]", NULL, &err), VIF_E_SYSTEM);
    CHECK_HAS(err.text, "closed");
    CHECK_STR(sent(), "");
    CHECK_INT(vif_ovsdb_want(&db, 5).deadline_ms, INT64_MAX);
    CHECK_INT(vif_ovsdb_want(&db, 5).fd, -1);
}

TEST(r7_19_hint_when_it_closes_on_our_message)
{
    start();
    (void)ask();
    (void)sent();
    vif_ovsdb_finish(&db, 0);
    CHECK_INT(step(), VIF_OVSDB_LOST);
    CHECK_HAS(db.error.text, "right after our message");
    start();
    vif_ovsdb_finish(&db, 104);
    CHECK_INT(step(), VIF_OVSDB_CLOSED);
    CHECK_INT(db.error.sys_errno, 104);
    CHECK(!strstr(db.error.text, "right after"));
}

TEST(r7_17_own_probe_after_a_silence)
{
    vif_ovsdb_desc desc = vif_ovsdb_desc_default();
    desc.in = in;
    desc.in_cap = sizeof in;
    desc.out = out;
    desc.out_cap = sizeof out;
    desc.probe_ms = 5000;
    CHECK_INT(vif_ovsdb_init(&db, &desc, &err), VIF_OK);
    CHECK_INT(vif_ovsdb_step(&db, 1000, &ev), VIF_OVSDB_CONNECTED);
    CHECK_INT(vif_ovsdb_want(&db, 1000).deadline_ms, 6000);
    CHECK_INT(vif_ovsdb_step(&db, 5999, &ev), VIF_OVSDB_NOTHING);
    CHECK_STR(sent(), "");
    CHECK_INT(vif_ovsdb_step(&db, 6000, &ev), VIF_OVSDB_NOTHING);
    CHECK_STR(sent(), "{\"id\":1,\"method\":\"echo\",\"params\":[]}");
    CHECK_INT(vif_ovsdb_want(&db, 6000).deadline_ms, 11000);
    feed("{\"id\":1,");                 /* any byte is life */
    CHECK_INT(vif_ovsdb_step(&db, 10000, &ev), VIF_OVSDB_NOTHING);
    CHECK_INT(vif_ovsdb_want(&db, 10000).deadline_ms, 15000);
    feed("\"result\":[]}");
    CHECK_INT(vif_ovsdb_step(&db, 10000, &ev), VIF_OVSDB_NOTHING);
    CHECK_INT(db.count.strangers, 0);
    CHECK_INT(vif_ovsdb_step(&db, 15000, &ev), VIF_OVSDB_NOTHING);
    CHECK_INT(vif_ovsdb_step(&db, 20000, &ev), VIF_OVSDB_CLOSED);
    CHECK_HAS(db.error.text, "answer");
}

static void leader(const char *answer, vif_ovsdb_event_type want)
{
    vif_ovsdb_desc desc = vif_ovsdb_desc_default();
    desc.in = in;
    desc.in_cap = sizeof in;
    desc.out = out;
    desc.out_cap = sizeof out;
    desc.leader_of = "OVN_Southbound";
    CHECK_INT(vif_ovsdb_init(&db, &desc, &err), VIF_OK);
    CHECK_HAS(sent(), "[\"_Server\",{\"op\":\"wait\",\"table\":\"Database\",");
    CHECK_INT(step(), VIF_OVSDB_NOTHING);
    CHECK_INT(vif_ovsdb_send(&db, "x", "[]", NULL, &err), VIF_E_BUSY);
    feed(answer);
    CHECK_INT(step(), want);
}

/* A server without _Server is as good as one that leads; a wait
 * that fails means a follower, or one that is cut off, or does not have the database. */
TEST(r7_25_leader)
{
    leader("{\"id\":1,\"error\":null,\"result\":[{}]}", VIF_OVSDB_CONNECTED);
    leader("{\"id\":1,\"error\":null,\"result\":[{\"error\":\"timed out\"}]}", VIF_OVSDB_CLOSED);
    CHECK_INT(db.error.status, VIF_E_UNSUPPORTED);
    leader("{\"id\":1,\"error\":\"unknown database\"}", VIF_OVSDB_CONNECTED);
}

/* ---- results ---- */

TEST(r7_1_a_change_of_nothing_is_a_success_with_count_0)
{
    CHECK_INT(checked("{\"id\":1,\"result\":[{\"count\":0},{\"uuid\":[\"uuid\",\"" U1 "\"]},{}],"
                      "\"error\":null}", 3), VIF_OK);
    char u[37];
    CHECK_INT(vif_ovsdb_changed(&ev, 0), 0);
    CHECK_INT(vif_ovsdb_changed(&ev, 1), -1);
    CHECK(vif_ovsdb_uuid(vif_ovsdb_member(vif_ovsdb_result(&ev, 1), "uuid"), u));
    CHECK_STR(u, U1);
    CHECK(vif_ovsdb_result(&ev, 3).text == NULL);
}

TEST(r7_2a_operation_error_then_nulls)
{
    CHECK_INT(checked("{\"id\":1,\"error\":null,\"result\":[{},{\"error\":\"timed out\",\"details\":"
                      "\"\\\"where\\\" clause test failed\"},null,null]}", 4), VIF_E_CONFLICT);
    CHECK_STR(err.text, "timed out: 'where' clause test failed");
    CHECK_STR(err.where, "operation 1");
    CHECK_INT(vif_ovsdb_fault(&ev, 4), 1);
}

TEST(r7_2b_extra_trailing_error)
{
    CHECK_INT(checked("{\"id\":1,\"error\":null,\"result\":[{},{\"error\":\"referential integrity "
                      "violation\",\"details\":\"x\"}]}", 1), VIF_E_INVAL);
    CHECK_STR(err.where, "the transaction as a whole");
    CHECK_INT(vif_ovsdb_fault(&ev, 1), -1);
    CHECK_INT(vif_ovsdb_fault(&ev, 2), 1);
    CHECK_INT(checked("{\"id\":1,\"result\":[{},{\"error\":\"x\"}]}", 1), VIF_E_INVAL);
    CHECK_STR(err.text, "x");
    CHECK_INT(checked("{\"id\":1,\"result\":[{},{}]}", 1), VIF_E_PROTO);
    CHECK_INT(checked("{\"id\":1,\"result\":[{},null]}", 1), VIF_E_PROTO);
}

TEST(r7_2c_t10_whole_request_errors)
{
    CHECK_INT(checked("{\"id\":1,\"error\":\"unknown method\"}", 1), VIF_E_UNSUPPORTED);
    CHECK_INT(ev.status, VIF_E_UNSUPPORTED);
    CHECK_STR(err.text, "unknown method");
    CHECK_INT(vif_ovsdb_fault(&ev, 1), -1);
    CHECK_INT(checked("{\"id\":1,\"error\":{\"error\":\"unknown database\",\"details\":\"d \\n\"},"
                      "\"result\":null}", 1), VIF_E_INVAL);
    CHECK_STR(err.text, "unknown database: d \\x0a");
    CHECK_INT(checked("{\"id\":1,\"error\":{}}", 1), VIF_E_INVAL);
    CHECK(err.text[0] != 0);
    CHECK_INT(checked("{\"id\":1,\"error\":5}", 1), VIF_E_INVAL);
    CHECK_INT(checked("{\"id\":1,\"error\":null}", 1), VIF_E_PROTO);
    CHECK_INT(checked("{\"id\":1,\"result\":null}", 1), VIF_E_PROTO);
    CHECK_INT(checked("{\"id\":1,\"result\":{}}", 1), VIF_E_PROTO);
    CHECK_INT(checked("{\"id\":1,\"result\":[]}", 1), VIF_E_PROTO);
    CHECK_INT(checked("{\"id\":1,\"result\":[5]}", 1), VIF_E_PROTO);
    CHECK_INT(checked("{\"id\":1,\"result\":[]}", 0), VIF_OK);
}

TEST(r7_3_error_classes)
{
    static const struct { const char *words; vif_status status; } rows[] = {
        {"timed out", VIF_E_CONFLICT}, {"canceled", VIF_E_CONFLICT}, {"not owner", VIF_E_EXISTS},
        {"constraint violation", VIF_E_INVAL}, {"aborted", VIF_E_INVAL},
        {"resources exhausted", VIF_E_SYSTEM}, {"I/O error", VIF_E_SYSTEM},
        {"not supported", VIF_E_UNSUPPORTED}, {"syntax error", VIF_E_INVAL}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char s[200];
        snprintf(s, sizeof s, "{\"id\":1,\"result\":[{\"error\":\"%s\"}]}", rows[i].words);
        CHECK_INT(checked(s, 1), rows[i].status);
        CHECK_STR(err.text, rows[i].words);
    }
    CHECK_INT(checked("{\"id\":1,\"result\":[null]}", 1), VIF_E_CONFLICT);
    CHECK_INT(checked("{\"id\":1,\"error\":\"canceled\"}", 1), VIF_E_CONFLICT);
}

/* What has been read is overwritten: whoever reads it again, to find what comes behind it, finds
 * something else. */
TEST(results_are_found_in_one_walk)
{
    enum { N = 200 };
    char s[N * 12 + 64] = "{\"id\":1,\"result\":[", item[16];
    for (int i = 0; i < N; i++) {
        snprintf(item, sizeof item, "%s{\"n\":%d}", i ? "," : "", i);
        strcat(s, item);
    }
    strcat(s, "]}");
    reply(s);
    const vif_ovsdb_value last = vif_ovsdb_result(&ev, N - 1);     /* asked for in between, too */
    for (int i = 0; i < N - 1; i++) {
        const vif_ovsdb_value v = vif_ovsdb_result(&ev, i);
        int64_t n = -1;
        CHECK(vif_ovsdb_result(&ev, N - 1).text == last.text);
        CHECK(vif_ovsdb_int(vif_ovsdb_member(v, "n"), &n) && n == i);
        CHECK(vif_ovsdb_result(&ev, i).text == v.text);
        memset(in + (ev.result.text - in) + 1, '[', (size_t)(v.text - ev.result.text) - 1);
    }
}

TEST(results_are_found_in_any_order)
{
    static const int order[] = {2, 0, 1, 3, 9, 3, -1, 0, 4, 2, 2, 5, 1};
    char s[24];
    reply("{\"id\":1,\"result\":[{\"n\":0},{\"n\":1},{\"n\":2},{\"n\":3}]}");
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        snprintf(s, sizeof s, order[i] < 0 || order[i] > 3 ? "(absent)" : "{\"n\":%d}", order[i]);
        CHECK_STR(copy(vif_ovsdb_result(&ev, order[i])), s);
    }
    /* Another reply, that begins where this one did. */
    CHECK_INT(ask(), 2);
    feed("{\"id\":2,\"result\":[{\"m\":0},{\"m\":1},{\"m\":2},{\"m\":3}]}");
    CHECK_INT(step(), VIF_OVSDB_REPLY);
    CHECK_STR(copy(vif_ovsdb_result(&ev, 1)), "{\"m\":1}");
    ev.priv.cursors = NULL;
    CHECK_STR(copy(vif_ovsdb_result(&ev, 2)), "{\"m\":2}");
    CHECK_INT(ask(), 3);
    vif_ovsdb_finish(&db, 0);           /* no reply has no results */
    CHECK_INT(step(), VIF_OVSDB_LOST);
    CHECK_STR(copy(vif_ovsdb_result(&ev, 0)), "(absent)");
    CHECK(vif_ovsdb_first(&ev, 1).text == NULL && vif_ovsdb_changed(&ev, 0) == -1);
}

/* A result of each sort, and what it must not be. */
#define MADE "{\"uuid\":[\"uuid\",\"" U1 "\"]}"
#define NO_ROWS "[{\"rows\":[]}"
TEST(r_malformed_results)
{
    static const struct { const char *results; vif_status plain, strict; } rows[] = {
        {NO_ROWS "," MADE ",{\"count\":1},{}]", VIF_OK, VIF_OK},
        {"[{\"rows\":[{\"_uuid\":[\"uuid\",\"" U1 "\"]}]}," MADE ",{\"count\":0}"
         ",{\"x\":1}]", VIF_OK, VIF_OK},
        {"[{}," MADE ",{\"count\":1},{}]", VIF_OK, VIF_E_PROTO},
        {NO_ROWS ",{},{\"count\":1},{}]", VIF_OK, VIF_E_PROTO},
        {NO_ROWS "," MADE ",{},{}]", VIF_OK, VIF_E_PROTO},
        {NO_ROWS ",{\"count\":1}," MADE ",{}]", VIF_OK, VIF_E_PROTO},
        {"[{\"rows\":{}}," MADE ",{\"count\":1},{}]", VIF_E_PROTO, VIF_E_PROTO},
        {"[{\"rows\":null}," MADE ",{\"count\":1},{}]", VIF_E_PROTO, VIF_E_PROTO},
        {"[{\"rows\":[7]}," MADE ",{\"count\":1},{}]", VIF_E_PROTO, VIF_E_PROTO},
        {"[{\"rows\":[{\"_uuid\":7}]}," MADE ",{\"count\":1},{}]", VIF_E_PROTO,
         VIF_E_PROTO},
        {"[{\"rows\":[{},{\"_uuid\":[\"uuid\",\"x\"]}]}," MADE ",{\"count\":1},{}]",
         VIF_E_PROTO, VIF_E_PROTO},
        {NO_ROWS ",{\"uuid\":[\"uuid\",\"x\"]},{\"count\":1},{}]", VIF_E_PROTO, VIF_E_PROTO},
        {NO_ROWS "," MADE ",{\"count\":-1},{}]", VIF_E_PROTO, VIF_E_PROTO},
        {NO_ROWS "," MADE ",{\"count\":\"1\"},{}]", VIF_E_PROTO, VIF_E_PROTO},
        {NO_ROWS "," MADE ",{\"count\":1},[]]", VIF_E_PROTO, VIF_E_PROTO},
        {"[{\"rows\":7},null,null,{\"error\":\"x\"}]", VIF_E_INVAL, VIF_E_INVAL}};
    vif_ovsdb_txn t, longer;
    vif_ovsdb_begin(&t, text, sizeof text, "d");
    (void)vif_ovsdb_select(&t, "T");
    (void)append(&t, "a");
    (void)vif_ovsdb_delete(&t, "T");
    vif_ovsdb_where_all(&t);
    longer = t;
    (void)vif_ovsdb_comment(&t, "c");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char s[400];
        vif_ovsdb_txn again = t;
        snprintf(s, sizeof s, "{\"id\":1,\"result\":%s}", rows[i].results);
        CHECK_INT(checked(s, 4), rows[i].plain);        /* sent as a text: of what, nobody knows */
        start();
        CHECK_INT(vif_ovsdb_transact(&db, &again, NULL, &err), VIF_OK);
        feed(s);
        CHECK_INT(step(), VIF_OVSDB_REPLY);
        CHECK_INT(vif_ovsdb_check(&ev, 4, &err), rows[i].strict);
    }
    start();                            /* a mark is one for this, too */
    CHECK_INT(vif_ovsdb_transact(&db, &longer, NULL, &err), VIF_OK);
    feed("{\"id\":1,\"result\":" NO_ROWS "," MADE ",{\"count\":1}]}");
    CHECK_INT(step(), VIF_OVSDB_REPLY);
    CHECK_INT(vif_ovsdb_check(&ev, 3, &err), VIF_OK);
}

/* Hundreds under way, in memory of the caller's; each event says whose it is. */
TEST(many_requests_each_with_its_owner)
{
    enum { N = 500 };
    static vif_ovsdb_pending pending[N];
    static char large_out[N * 64], s[64];
    static int owners[N];
    vif_ovsdb_txn t;
    vif_ovsdb_desc desc = vif_ovsdb_desc_default();
    desc.in = in;
    desc.in_cap = sizeof in;
    desc.out = large_out;
    desc.out_cap = sizeof large_out;
    desc.pending = pending;
    desc.pending_cap = N;
    CHECK_INT(vif_ovsdb_init(&db, &desc, &err), VIF_OK);
    CHECK_INT(step(), VIF_OVSDB_CONNECTED);
    for (int i = 0; i < N; i++) {
        vif_ovsdb_begin(&t, text, sizeof text, "d");
        t.user = &owners[i];
        CHECK_INT(vif_ovsdb_transact(&db, &t, NULL, &err), VIF_OK);
        size_t len;
        (void)vif_ovsdb_output(&db, &len);
        vif_ovsdb_sent(&db, i < N - 1 ? len : len - 1);
    }
    CHECK_INT(vif_ovsdb_transact(&db, &t, NULL, &err), VIF_E_BUSY);
    for (int i = 0; i < N - 2; i++) {   /* in another order than they were asked */
        const int which = i * 7 % (N - 2);
        snprintf(s, sizeof s, "{\"id\":%d,\"result\":[]}", which + 1);
        feed(s);
        CHECK_INT(step(), VIF_OVSDB_REPLY);
        CHECK(ev.user == &owners[which]);
    }
    vif_ovsdb_finish(&db, 0);
    CHECK_INT(step(), VIF_OVSDB_LOST);
    CHECK(ev.user == &owners[N - 2] && ev.status == VIF_E_UNKNOWN);
    CHECK_INT(step(), VIF_OVSDB_LOST);
    CHECK(ev.user == &owners[N - 1] && ev.status == VIF_E_SYSTEM);
    CHECK_INT(step(), VIF_OVSDB_CLOSED);
    CHECK(ev.user == NULL);
}

TEST(t13_first_result_is_empty)
{
    CHECK_INT(checked("{\"id\":1,\"result\":[{},{\"rows\":[{\"next_cfg\":7}]},{}]}", 3), VIF_OK);
    CHECK_INT(vif_ovsdb_next_cfg_of(&ev, 1), 7);
    CHECK_INT(vif_ovsdb_next_cfg_of(&ev, 0), -1);
}

TEST(t16_long_error_is_cut_and_escaped)
{
    char s[2000] = "{\"id\":1,\"error\":{\"error\":\"x\",\"details\":\"";
    while (strlen(s) < 1500) {
        strcat(s, "\\u001b\\u00e9");
    }
    strcat(s, "\"}}");
    CHECK_INT(checked(s, 1), VIF_E_INVAL);
    CHECK(strlen(err.text) < sizeof err.text);
    CHECK_HAS(err.text, "x: \\x1b\\xc3\\xa9\\x1b");
}

TEST(rows_and_first)
{
    vif_ovsdb_iter it;
    vif_ovsdb_value row;
    int n = 0;
    CHECK_INT(checked("{\"id\":1,\"result\":[{\"rows\":[{\"a\":1},{\"a\":2}]},{\"rows\":[]}]}", 2),
              VIF_OK);
    for (it = vif_ovsdb_rows(&ev, 0); vif_ovsdb_next(&it, NULL, &row);) {
        int64_t a = 0;
        CHECK(vif_ovsdb_int(vif_ovsdb_member(row, "a"), &a) && a == ++n);
    }
    CHECK_INT(n, 2);
    CHECK(vif_ovsdb_first(&ev, 1).text == NULL && vif_ovsdb_first(&ev, 9).text == NULL);
    CHECK(vif_ovsdb_first(&ev, -1).text == NULL);
}

TEST(views_live_until_the_next_step)
{
    start();
    (void)ask();
    (void)ask();
    feed("{\"id\":1,\"result\":[\"one\"]}{\"id\":2,\"result\":[\"two\"]}");
    CHECK_INT(step(), VIF_OVSDB_REPLY);
    CHECK_INT(vif_ovsdb_send(&db, "x", "[]", NULL, &err), VIF_OK);
    (void)sent();
    CHECK_STR(copy(ev.result), "[\"one\"]");
    CHECK_INT(step(), VIF_OVSDB_REPLY);
    CHECK_STR(copy(ev.result), "[\"two\"]");
}

/* ---- wanted rows ---- */

TEST(values_that_are_the_same)
{
    static const struct { const char *one, *other; bool same; } rows[] = {
        {"7", "7", true}, {"7", "\"7\"", false}, {"7", "8", false}, {"1.5", "1.5", true},
        {"7", "[\"set\",[7]]", true}, {"[\"set\",[1,2,3]]", "[\"set\", [3, 1 ,2]]", true},
        {"[\"set\",[1,2]]", "[\"set\",[1,2,3]]", false},
        {"[\"set\",[1,2,3]]", "[\"set\",[1,2]]", false}, {"[\"set\",[]]", "[\"set\",[]]", true},
        {"[\"set\",[]]", "7", false}, {"[\"set\",[1,1]]", "1", true},
        {"\"a\\u0062\"", "\"ab\"", true}, {"\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"", true},
        {"\"a\"", "\"ab\"", false}, {"\"ab\"", "\"a\"", false}, {"\"\"", "\"\"", true},
        {"true", "true", true}, {"true", "false", false}, {"true", "\"true\"", false},
        {"[\"uuid\",\"" U1 "\"]", "[\"set\",[[\"uuid\", \"" U1 "\"]]]", true},
        {"[\"uuid\",\"" U1 "\"]", "[\"uuid\",\"" U2 "\"]", false},
        {"[\"map\",[[\"a\",\"1\"],[\"b\",\"2\"]]]", "[\"map\",[[\"b\",\"2\"],[\"a\",\"1\"]]]", true},
        {"[\"map\",[[\"a\",\"1\"],[\"b\",\"2\"]]]", "[\"map\",[[\"a\",\"2\"],[\"b\",\"1\"]]]", false},
        {"[\"map\",[[\"a\",\"1\"]]]", "[\"map\",[[\"a\",\"1\"],[\"b\",\"2\"]]]", false},
        {"[\"map\",[[\"a\",1]]]", "[\"map\",[[\"a\",\"1\"]]]", false},
        {"[\"map\",[[\"a\",\"b\"]]]", "[\"set\",[\"b\"]]", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (vif_ovsdb_same(value(rows[i].one), value(rows[i].other)) != rows[i].same ||
            vif_ovsdb_same(value(rows[i].other), value(rows[i].one)) != rows[i].same) {
            printf("# %s %s\n", rows[i].one, rows[i].other);
            CHECK(false);
        }
    }
    CHECK(!vif_ovsdb_same(value("7"), value("")));
    CHECK(vif_ovsdb_same(value(""), value("")));
}

static vif_ovsdb_cell cell[7];

/* A tag, trunks (a set), two keys of a map, one of them for new rows only, a key of another table. */
static vif_ovsdb_cell *cells(void)
{
    static const vif_ovsdb_cell kept[7] = {
        {&cell[1], "Port", "tag", NULL, "7", true, false, false, NULL},
        {&cell[2], "Port", "external_ids", "owner", "me", false, false, false, NULL},
        {&cell[3], "Interface", "external_ids", "id", "x", false, false, false, NULL},
        {&cell[4], "Port", "trunks", NULL, "[\"set\",[1,2]]", true, false, false, NULL},
        {&cell[5], "Port", "external_ids", "made", "now", false, true, false, NULL},
        {&cell[6], "Port", "other_config", "first", "y", false, true, false, NULL},
        {NULL, "Port", "vlan_mode", NULL, "access", false, false, false, NULL}};
    memcpy(cell, kept, sizeof cell);
    return cell;
}

static const char *operations(void)
{
    static char shown[1000];
    CHECK_INT(vif_ovsdb_txn_status(&txn, &err), VIF_OK);
    snprintf(shown, sizeof shown, "%.*s", (int)txn.out.len - 5, text + 4);
    return shown[0] == ',' ? shown + 1 : shown;
}

static vif_status noted(const char *row)
{
    static char room[1000];
    vif_arena arena;
    vif_arena_init(&arena, room, sizeof room);
    return vif_ovsdb_cells_note(cells(), "Port", value(row), &arena, &err);
}

TEST(cells_of_a_new_row)
{
    vif_ovsdb_begin(&txn, text, sizeof text, "d");
    (void)vif_ovsdb_insert(&txn, "Port");
    vif_ovsdb_cells_row(&txn, cells(), "Port");
    CHECK_STR(operations(), "{\"op\":\"insert\",\"table\":\"Port\",\"uuid-name\":\"r0\",\"row\":{"
              "\"tag\":7,\"external_ids\":[\"map\",[[\"owner\",\"me\"],[\"made\",\"now\"]]],"
              "\"trunks\":[\"set\",[1,2]],\"other_config\":[\"map\",[[\"first\",\"y\"]]],"
              "\"vlan_mode\":\"access\"}}");
}

TEST(cells_of_a_select)
{
    vif_ovsdb_begin(&txn, text, sizeof text, "d");
    (void)vif_ovsdb_select(&txn, "Port");
    vif_ovsdb_cells_columns(&txn, cells(), "Port");
    CHECK_STR(operations(), "{\"op\":\"select\",\"table\":\"Port\",\"columns\":[\"tag\",\"external_ids\","
              "\"trunks\",\"vlan_mode\"],\"where\":[]}");
    vif_ovsdb_begin(&txn, text, sizeof text, "d");
    (void)vif_ovsdb_wait(&txn, "Port", "!=");
    vif_ovsdb_cells_where(&txn, cells(), "Port");
    CHECK_STR(operations(), "{\"op\":\"wait\",\"table\":\"Port\",\"until\":\"!=\",\"timeout\":0,"
              "\"where\":[[\"tag\",\"==\",7],[\"external_ids\",\"includes\",[\"map\",[[\"owner\",\"me\"]]]],"
              "[\"trunks\",\"==\",[\"set\",[1,2]]],[\"vlan_mode\",\"==\",\"access\"]],\"rows\":[]}");
}

#define ID "\"_uuid\":[\"uuid\",\"" U1 "\"],"
#define WHERE "\"where\":[[\"_uuid\",\"==\",[\"uuid\",\"" U1 "\"]]],"

/* What is right however it is written, what is not, and the way back. */
TEST(cells_that_differ)
{
    CHECK_INT(noted("{" ID "\"tag\":[\"set\",[7]],\"trunks\":[\"set\",[2,1]],\"vlan_mode\":\"access\","
                    "\"external_ids\":[\"map\",[[\"other\",\"z\"],[\"owner\",\"m\\u0065\"]]]}"), VIF_OK);
    for (size_t i = 0; i < 7; i++) {
        CHECK(!cell[i].differs);
    }
    CHECK_STR(cell[1].found, "me");
    vif_ovsdb_begin(&txn, text, sizeof text, "d");
    vif_ovsdb_cells_write(&txn, cell, "Port", U1, false);
    CHECK_INT(txn.ops, 0);

    CHECK_INT(noted("{" ID "\"tag\":[\"set\",[]],\"trunks\":[\"set\",[2,1]],\"vlan_mode\":\"trunk\","
                    "\"external_ids\":[\"map\",[[\"other\",\"z\"]]]}"), VIF_OK);
    CHECK(cell[0].differs && cell[1].differs && !cell[2].differs && !cell[3].differs);
    CHECK(!cell[4].differs && !cell[5].differs && cell[6].differs && cell[1].found == NULL);
    vif_ovsdb_begin(&txn, text, sizeof text, "d");
    vif_ovsdb_cells_write(&txn, cell, "Port", U1, false);
    CHECK_STR(operations(), "{\"op\":\"update\",\"table\":\"Port\"," WHERE "\"row\":{\"tag\":7,"
              "\"vlan_mode\":\"access\"}},{\"op\":\"mutate\",\"table\":\"Port\"," WHERE
              "\"mutations\":[[\"external_ids\",\"delete\",[\"set\",[\"owner\"]]],"
              "[\"external_ids\",\"insert\",[\"map\",[[\"owner\",\"me\"]]]]]}");
    vif_ovsdb_begin(&txn, text, sizeof text, "d");
    vif_ovsdb_cells_write(&txn, cell, "Port", U1, true);
    CHECK_STR(operations(), "{\"op\":\"update\",\"table\":\"Port\"," WHERE "\"row\":{\"tag\":"
              "[\"set\",[]],\"vlan_mode\":\"trunk\"}},{\"op\":\"mutate\",\"table\":\"Port\"," WHERE
              "\"mutations\":[[\"external_ids\",\"delete\",[\"set\",[\"owner\"]]]]}");

    CHECK_INT(noted("{" ID "\"tag\":7,\"trunks\":[\"set\",[2,1]],\"vlan_mode\":\"access\","
                    "\"external_ids\":[\"map\",[[\"owner\",\"you\"]]]}"), VIF_OK);
    vif_ovsdb_begin(&txn, text, sizeof text, "d");
    vif_ovsdb_cells_write(&txn, cell, "Port", U1, true);
    CHECK_HAS(operations(), "[\"external_ids\",\"insert\",[\"map\",[[\"owner\",\"you\"]]]]");
}

TEST(cells_of_no_row_and_of_rows_that_are_none)
{
    static char room[8];
    vif_arena arena;
    CHECK_INT(noted(""), VIF_OK);       /* there is none: nothing differs, nothing was found */
    CHECK(!cell[0].differs && cell[0].found == NULL && cell[1].found == NULL);
    CHECK_INT(noted("{\"tag\":7,\"trunks\":7,\"vlan_mode\":\"\",\"external_ids\":[\"map\",[]]}"),
              VIF_E_PROTO);             /* no _uuid: a row all the same */
    CHECK_INT(noted("{" ID "\"trunks\":7,\"vlan_mode\":\"\",\"external_ids\":[\"map\",[]]}"),
              VIF_E_PROTO);             /* no tag */
    vif_arena_init(&arena, room, sizeof room);
    CHECK_INT(vif_ovsdb_cells_note(cells(), "Port", value("{" ID "\"tag\":[\"set\",[1,2,3,4]]}"), &arena, &err),
              VIF_E_NOMEM);
}

TEST(values_shown_and_copied)
{
    static char room[64];
    vif_arena arena;
    char s[16];
    vif_arena_init(&arena, room, sizeof room);
    CHECK_STR(vif_ovsdb_show(value("[\"set\",[1,\"a\\u0062\",true]]"), s, sizeof s), "1,ab,true");
    CHECK_STR(vif_ovsdb_show(value("[\"set\",[]]"), s, sizeof s), "");
    CHECK(strlen(vif_ovsdb_show(value("[\"set\",[1111111,2222222,3333333]]"), s, sizeof s)) < sizeof s);
    CHECK_STR(vif_ovsdb_copy(value("\"a\\n\""), true, &arena), "a\n");
    CHECK_STR(vif_ovsdb_copy(value("\"a\\n\""), false, &arena), "\"a\\n\"");
    CHECK(vif_ovsdb_copy(value(""), true, &arena) == NULL);
}

/* ---- monitors, locks ---- */

static const char *const columns[] = {"c", "d"};
static const vif_ovsdb_watch watches[] = {{"t", columns, 2, "[[\"c\",\"==\",1]]"}, {"u", NULL, 0, NULL}};
static vif_ovsdb_monitor mon;
static vif_ovsdb_changes changes;
static vif_ovsdb_change change;

static void watch(void)
{
    memset(&mon, 0, sizeof mon);
    mon.name = "m";
    mon.database = "d";
    mon.watches = watches;
    mon.watch_count = 2;
    start();
    CHECK_INT(vif_ovsdb_monitor_start(&db, &mon, &err), VIF_OK);
}

static vif_ovsdb_take take(const char *s)
{
    feed(s);
    CHECK(step() != VIF_OVSDB_NOTHING);
    return vif_ovsdb_monitor_take(&db, &mon, &ev, &changes);
}

static void next(vif_ovsdb_change_type type, const char *table, const char *row, const char *old)
{
    REQUIRE(vif_ovsdb_next_change(&changes, &change));
    CHECK_INT(change.type, type);
    CHECK(vif_ovsdb_is(change.table, table));
    CHECK_STR(copy(change.uuid), "\"" U1 "\"");
    CHECK_STR(copy(change.row), row);
    CHECK_STR(copy(change.old), old);
}

TEST(r7_23_monitor_cond_since)
{
    watch();
    CHECK_STR(sent(), "{\"id\":1,\"method\":\"monitor_cond_since\",\"params\":[\"d\",\"m\",{\"t\":[{"
        "\"columns\":[\"c\",\"d\"],\"where\":[[\"c\",\"==\",1]]}],\"u\":[{}]},"
        "\"00000000-0000-0000-0000-000000000000\"]}");
    CHECK_INT(take("{\"id\":1,\"error\":null,\"result\":[false,\"00000000-0000-0000-0000-000000000000\","
        "{\"t\":{\"" U1 "\":{\"initial\":{\"c\":1}}},\"u\":{}}]}"), VIF_OVSDB_SNAPSHOT);
    next(VIF_OVSDB_INITIAL, "t", "{\"c\":1}", "(absent)");
    CHECK(!vif_ovsdb_next_change(&changes, &change));
    CHECK_INT(take("{\"id\":null,\"method\":\"update3\",\"params\":[\"m\",\"" U2 "\",{\"t\":{\"" U1
        "\":{\"modify\":{\"c\":2}}},\"u\":{\"" U1 "\":{\"delete\":null}}}]}"), VIF_OVSDB_CHANGES);
    next(VIF_OVSDB_MODIFY, "t", "{\"c\":2}", "(absent)");
    CHECK(change.difference);
    next(VIF_OVSDB_DELETE, "u", "(absent)", "(absent)");
    CHECK(!vif_ovsdb_next_change(&changes, &change));
    CHECK_STR(mon.last_txn, U2);
    CHECK_INT(take("{\"id\":null,\"method\":\"update3\",\"params\":[\"other\",\"" U1 "\",{}]}"),
              VIF_OVSDB_NOT_MINE);
    CHECK_STR(mon.last_txn, U2);
    CHECK_INT(vif_ovsdb_monitor_start(&db, &mon, &err), VIF_OK);
    CHECK_HAS(sent(), "},\"" U2 "\"]}");
    CHECK_INT(take("{\"id\":2,\"error\":null,\"result\":[true,\"" U1 "\",{}]}"), VIF_OVSDB_CHANGES);
}

TEST(monitor_falls_back_twice)
{
    watch();
    (void)sent();
    CHECK_INT(take("{\"id\":1,\"error\":\"unknown method\"}"), VIF_OVSDB_AGAIN);
    CHECK_HAS(sent(), "\"monitor_cond\",\"params\":[\"d\",\"m\",{\"t\":[{\"columns\":[\"c\",\"d\"],\"where\"");
    CHECK_INT(take("{\"id\":2,\"error\":\"unknown method\",\"result\":null}"), VIF_OVSDB_AGAIN);
    CHECK_STR(sent(), "{\"id\":3,\"method\":\"monitor\",\"params\":[\"d\",\"m\",{\"t\":[{"
        "\"columns\":[\"c\",\"d\"]}],\"u\":[{}]}]}");
    CHECK_INT(take("{\"id\":3,\"error\":null,\"result\":{\"t\":{\"" U1 "\":{\"new\":{\"c\":1}}}}}"),
              VIF_OVSDB_SNAPSHOT);
    next(VIF_OVSDB_INSERT, "t", "{\"c\":1}", "(absent)");
    CHECK_INT(take("{\"method\":\"update\",\"params\":[\"m\",{\"t\":{\"" U1 "\":{\"old\":{\"c\":1},"
        "\"new\":{\"c\":2}}}}],\"id\":null}"), VIF_OVSDB_CHANGES);
    next(VIF_OVSDB_MODIFY, "t", "{\"c\":2}", "{\"c\":1}");
    CHECK(!change.difference);
    CHECK_INT(take("{\"method\":\"update\",\"params\":[\"m\",{\"t\":{\"" U1 "\":{\"old\":{\"c\":2}}}}],"
        "\"id\":null}"), VIF_OVSDB_CHANGES);
    next(VIF_OVSDB_DELETE, "t", "{\"c\":2}", "{\"c\":2}");
    CHECK_INT(vif_ovsdb_monitor_start(&db, &mon, &err), VIF_OK);
    CHECK_INT(take("{\"id\":4,\"error\":\"unknown method\"}"), VIF_OVSDB_REFUSED);
}

TEST(monitor_refused_or_lost)
{
    watch();
    CHECK_INT(take("{\"id\":1,\"error\":{\"error\":\"syntax error\",\"details\":\"duplicate monitor "
                   "ID\"}}"), VIF_OVSDB_REFUSED);
    watch();
    (void)sent();
    vif_ovsdb_finish(&db, 0);
    CHECK_INT(step(), VIF_OVSDB_LOST);
    CHECK_INT(vif_ovsdb_monitor_take(&db, &mon, &ev, &changes), VIF_OVSDB_REFUSED);
}

TEST(monitor_where_must_be_json)
{
    static const vif_ovsdb_watch bad = {"t", NULL, 0, "[[}"};
    watch();
    mon.watches = &bad;
    mon.watch_count = 1;
    CHECK_INT(vif_ovsdb_monitor_start(&db, &mon, &err), VIF_E_INVAL);
}

TEST(wait_for_the_switch)
{
    begin();
    CHECK_INT(vif_ovsdb_wait_cfg(&txn, 7, 1500), 0);
    CHECK_INT(vif_ovsdb_select(&txn, "Interface"), 1);
    CHECK_STR(built(), "[\"Open_vSwitch\",{\"op\":\"wait\",\"table\":\"Open_vSwitch\",\"until\":\"!=\",\"timeout\":1500,"
          "\"where\":[[\"cur_cfg\",\">=\",7]],\"columns\":[\"cur_cfg\"],\"rows\":[]},"
          "{\"op\":\"select\",\"table\":\"Interface\",\"where\":[]}]");
}

TEST(r7_24_locks)
{
    bool b = true;
    start();
    CHECK_INT(vif_ovsdb_lock(&db, "lock", "l\"x", NULL, &err), VIF_OK);
    CHECK_INT(vif_ovsdb_lock(&db, "lock", "\xff", NULL, &err), VIF_E_INVAL);
    CHECK_STR(sent(), "{\"id\":1,\"method\":\"lock\",\"params\":[\"l\\\"x\"]}");
    feed("{\"id\":1,\"result\":{\"locked\":false},\"error\":null}");
    CHECK_INT(step(), VIF_OVSDB_REPLY);
    CHECK(vif_ovsdb_bool(vif_ovsdb_member(ev.result, "locked"), &b) && !b);
}

TEST(want_without_a_socket)
{
    start();
    vif_want w = vif_ovsdb_want(&db, 0);
    CHECK(w.fd == -1 && w.read && !w.write && w.deadline_ms == INT64_MAX);
    (void)ask();
    CHECK(vif_ovsdb_want(&db, 0).write);
}

TEST(memory_of_a_connection)
{
    CHECK(sizeof(vif_ovsdb) + 32768 + 16384 <= 65536);
    CHECK(sizeof(vif_ovsdb) <= 2048);
}

CHECK_MAIN
