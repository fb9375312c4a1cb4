/* SPDX-License-Identifier: MIT
 * vif_ovsdb.h against a real ovsdb-server, and ovs-vswitchd with a userspace datapath in a
 * namespace of its own. Tests are named after the facts about the server that they show. */
#include "ovs.h"
#include <sys/socket.h>
#include <sys/un.h>
#define VIF_IMPLEMENTATION
#include "vif_ovsdb.h"
#include "check.h"

static char in[32768], out[16384], text[65536], remote[300];
static vif_ovsdb db;
static vif_error err;
static vif_ovsdb_event ev;
static vif_ovsdb_txn txn;

static int64_t soon(void)
{
    return vif_ovsdb_now(&db) + 5000;
}

static vif_ovsdb_desc desc_of(const char *where)
{
    vif_ovsdb_desc desc = vif_ovsdb_desc_default();
    desc.in = in;
    desc.in_cap = sizeof in;
    desc.out = out;
    desc.out_cap = sizeof out;
    desc.now_ms = ovs_now;
    desc.remote = where;
    return desc;
}

static bool start(void)
{
    snprintf(remote, sizeof remote, "unix:%s", ovs_path("db.sock"));
    const vif_ovsdb_desc desc = desc_of(remote);
    const vif_status st = vif_ovsdb_open(&db, &desc, &err);
    CHECK_INT(st, VIF_OK);
    return st == VIF_OK;
}

static void begin(void)
{
    vif_ovsdb_begin(&txn, text, sizeof text, "Open_vSwitch");
}

/* A request and its reply, once the connection is there. */
static vif_status ask_for(vif_ovsdb *c, const char *method, const char *params, int64_t deadline)
{
    int64_t id = 0;
    vif_status st = vif_ovsdb_ready(c, deadline, &err);
    st = st == VIF_OK ? vif_ovsdb_send(c, method, params, &id, &err) : st;
    return st == VIF_OK ? vif_ovsdb_await(c, id, deadline, &ev, &err) : st;
}

static vif_status call(void)
{
    memset(&err, 0, sizeof err);
    return vif_ovsdb_call(&db, &txn, soon(), &ev, &err);
}

/* Bridge, its Port and Interface, in one transaction. */
static vif_status add_bridge(const char *name)
{
    int i, p, b;
    begin();
    i = vif_ovsdb_insert(&txn, "Interface");
    vif_ovsdb_row_text(&txn, "name", name);
    vif_ovsdb_row_text(&txn, "type", "internal");
    p = vif_ovsdb_insert(&txn, "Port");
    vif_ovsdb_row_text(&txn, "name", name);
    vif_ovsdb_row(&txn, "interfaces");
    vif_ovsdb_put_ref(&txn, i);
    b = vif_ovsdb_insert(&txn, "Bridge");
    vif_ovsdb_row_text(&txn, "name", name);
    vif_ovsdb_row_text(&txn, "datapath_type", "netdev");
    vif_ovsdb_row(&txn, "ports");
    vif_ovsdb_put_ref(&txn, p);
    (void)vif_ovsdb_mutate(&txn, "Open_vSwitch");
    vif_ovsdb_where_all(&txn);
    vif_ovsdb_mutation(&txn, "bridges", "insert");
    vif_ovsdb_put_ref(&txn, b);
    (void)vif_ovsdb_next_cfg(&txn);
    return call();
}

/* The plug's transaction, guarded; returns the number of next_cfg's select. */
static int build_port(const char *bridge, const char *name)
{
    int i, p, cfg;
    begin();
    (void)vif_ovsdb_wait(&txn, "Bridge", "==");
    vif_ovsdb_where_text(&txn, "name", bridge);
    vif_ovsdb_column(&txn, "name");
    vif_ovsdb_row_text(&txn, "name", bridge);
    i = vif_ovsdb_insert(&txn, "Interface");
    vif_ovsdb_row_text(&txn, "name", name);
    vif_ovsdb_row(&txn, "external_ids");
    vif_ovsdb_put_map(&txn);
    vif_ovsdb_put_text(&txn, "iface-id");
    vif_ovsdb_put_text(&txn, name);
    vif_ovsdb_put_end(&txn);
    p = vif_ovsdb_insert(&txn, "Port");
    vif_ovsdb_row_text(&txn, "name", name);
    vif_ovsdb_row(&txn, "interfaces");
    vif_ovsdb_put_ref(&txn, i);
    (void)vif_ovsdb_mutate(&txn, "Bridge");
    vif_ovsdb_where_text(&txn, "name", bridge);
    vif_ovsdb_mutation(&txn, "ports", "insert");
    vif_ovsdb_put_ref(&txn, p);
    cfg = vif_ovsdb_next_cfg(&txn);
    (void)vif_ovsdb_comment(&txn, "vif test");
    return cfg;
}

static vif_ovsdb_value select_one(const char *table, const char *name, const char *column)
{
    int op;
    begin();
    op = vif_ovsdb_select(&txn, table);
    vif_ovsdb_where_text(&txn, "name", name);
    vif_ovsdb_column(&txn, column);
    CHECK_INT(call(), VIF_OK);
    return vif_ovsdb_member(vif_ovsdb_first(&ev, op), column);
}

static char port_uuid[37];

static bool find_port(const char *name)
{
    return vif_ovsdb_uuid(select_one("Port", name, "_uuid"), port_uuid);
}

static void remove_port(const char *name)
{
    if (find_port(name)) {
        begin();
        (void)vif_ovsdb_mutate(&txn, "Bridge");
        vif_ovsdb_where(&txn, "ports", "includes");
        vif_ovsdb_put_uuid(&txn, port_uuid);
        vif_ovsdb_mutation(&txn, "ports", "delete");
        vif_ovsdb_put_uuid(&txn, port_uuid);
        CHECK_INT(call(), VIF_OK);
        CHECK_INT(vif_ovsdb_changed(&ev, 0), 1);
    }
}

TEST(list_dbs_and_schema)
{
    REQUIRE(start());
    CHECK_INT(ask_for(&db, "list_dbs", "[]", soon()), VIF_OK);
    vif_ovsdb_iter it = vif_ovsdb_each(ev.result);
    vif_ovsdb_value v;
    bool found = false;
    while (vif_ovsdb_next(&it, NULL, &v)) {
        found = found || vif_ovsdb_is(v, "Open_vSwitch");
    }
    CHECK(found);
    CHECK_INT(ask_for(&db, "get_schema", "[\"Open_vSwitch\"]", soon()),
              VIF_OK);
    CHECK(vif_ovsdb_is(vif_ovsdb_member(ev.result, "name"), "Open_vSwitch"));
    CHECK_INT(ask_for(&db, "nonsense", "[]", soon()), VIF_E_UNSUPPORTED);
    CHECK_STR(err.text, "unknown method");
    CHECK_INT(ask_for(&db, "get_schema", "[\"x\"]", soon()), VIF_E_INVAL);
    CHECK_HAS(err.text, "unknown database");
    CHECK_INT(ask_for(&db, "set_db_change_aware", "[true]", soon()), VIF_OK);
    vif_ovsdb_close(&db);
}

TEST(plug_is_one_round_trip)
{
    REQUIRE(start());
    CHECK_INT(vif_ovsdb_ready(&db, soon(), &err), VIF_OK);
    const uint64_t before = db.count.replies, sent = db.count.messages_out;
    const int cfg = build_port("br0", "p0");
    CHECK_INT(call(), VIF_OK);
    CHECK_INT(db.count.replies - before, 1);
    CHECK_INT(db.count.messages_out - sent, 1);
    CHECK_INT(vif_ovsdb_changed(&ev, 3), 1);
    CHECK(vif_ovsdb_next_cfg_of(&ev, cfg) > 0);
    CHECK(vif_ovsdb_uuid(vif_ovsdb_member(vif_ovsdb_result(&ev, 1), "uuid"), port_uuid));
    CHECK(find_port("p0"));
    CHECK(vif_ovsdb_is(vif_ovsdb_map_get(select_one("Interface", "p0", "external_ids"), "iface-id"),
                       "p0"));
    remove_port("p0");
    CHECK(!find_port("p0"));
    CHECK(select_one("Interface", "p0", "_uuid").text == NULL);
    vif_ovsdb_close(&db);
}

TEST(r7_1_where_that_matches_nothing_is_a_success)
{
    REQUIRE(start());
    build_port("br0", "lost");
    begin();
    const int i = vif_ovsdb_insert(&txn, "Interface");
    vif_ovsdb_row_text(&txn, "name", "lost");
    const int p = vif_ovsdb_insert(&txn, "Port");
    vif_ovsdb_row_text(&txn, "name", "lost");
    vif_ovsdb_row(&txn, "interfaces");
    vif_ovsdb_put_ref(&txn, i);
    const int m = vif_ovsdb_mutate(&txn, "Bridge");
    vif_ovsdb_where_text(&txn, "name", "no such bridge");
    vif_ovsdb_mutation(&txn, "ports", "insert");
    vif_ovsdb_put_ref(&txn, p);
    CHECK_INT(call(), VIF_OK);
    CHECK_INT(vif_ovsdb_changed(&ev, m), 0);
    CHECK(!find_port("lost"));
    build_port("no such bridge", "lost");           /* so the plug is guarded */
    CHECK_INT(call(), VIF_E_CONFLICT);
    CHECK_STR(err.where, "operation 0");
    vif_ovsdb_close(&db);
}

TEST(r7_2_error_forms)
{
    REQUIRE(start());
    begin();
    (void)vif_ovsdb_comment(&txn, "a");
    (void)vif_ovsdb_select(&txn, "NoTable");
    (void)vif_ovsdb_comment(&txn, "b");
    CHECK_INT(call(), VIF_E_INVAL);
    CHECK_STR(err.where, "operation 1");
    CHECK_HAS(err.text, "NoTable");
    begin();                            /* (b): a trailing error */
    (void)vif_ovsdb_insert(&txn, "Port");
    vif_ovsdb_row_text(&txn, "name", "x");
    CHECK_INT(call(), VIF_E_INVAL);
    CHECK(err.text[0] != 0);
    begin();
    (void)vif_ovsdb_insert(&txn, "Bridge");
    vif_ovsdb_row(&txn, "nocolumn");
    vif_ovsdb_put_bool(&txn, true);
    CHECK_INT(call(), VIF_E_INVAL);
    vif_ovsdb_begin(&txn, text, sizeof text, "nodb");
    CHECK_INT(call(), VIF_E_INVAL);
    begin();
    (void)vif_ovsdb_abort(&txn);
    CHECK_INT(call(), VIF_E_INVAL);
    CHECK_HAS(err.text, "aborted");
    vif_ovsdb_close(&db);
}

TEST(r7_3_wait_and_comment_give_an_empty_result)
{
    REQUIRE(start());
    begin();
    (void)vif_ovsdb_comment(&txn, "x");
    (void)vif_ovsdb_wait(&txn, "Bridge", "==");
    vif_ovsdb_where_text(&txn, "name", "absent");
    vif_ovsdb_column(&txn, "name");
    CHECK_INT(call(), VIF_OK);
    CHECK_INT(vif_ovsdb_result(&ev, 0).len, 2);
    CHECK_INT(vif_ovsdb_result(&ev, 1).len, 2);
    begin();
    (void)vif_ovsdb_wait(&txn, "Bridge", "!=");
    vif_ovsdb_where_text(&txn, "name", "absent");
    vif_ovsdb_column(&txn, "name");
    CHECK_INT(call(), VIF_E_CONFLICT);
    CHECK_STR(err.text, "timed out: 'where' clause test failed");
    vif_ovsdb_close(&db);
}

TEST(r7_4_replies_come_out_of_order)
{
    static const char wait[] = "[\"Open_vSwitch\",{\"op\":\"wait\",\"timeout\":300,"
        "\"table\":\"Bridge\",\"where\":[[\"name\",\"==\",\"absent\"]],\"columns\":[\"name\"],"
        "\"until\":\"!=\",\"rows\":[]}]";
    int64_t slow = 0, quick = 0, order[2] = {0, 0};
    int n = 0;
    REQUIRE(start());
    CHECK_INT(vif_ovsdb_ready(&db, soon(), &err), VIF_OK);
    CHECK_INT(vif_ovsdb_send(&db, "transact", wait, &slow, &err), VIF_OK);
    CHECK_INT(vif_ovsdb_send(&db, "list_dbs", "[]", &quick, &err), VIF_OK);
    for (const int64_t end = soon(); n < 2 && vif_ovsdb_now(&db) < end;) {
        while (vif_ovsdb_step(&db, vif_ovsdb_now(&db), &ev) != VIF_OVSDB_NOTHING) {
            if (ev.type == VIF_OVSDB_REPLY && n < 2) {
                order[n++] = ev.id;
            }
        }
        vif_ovsdb_run(&db, true, true, vif_ovsdb_now(&db));
        ovs_sleep(5);
    }
    CHECK(order[0] == quick && order[1] == slow);
    vif_ovsdb_close(&db);
}

TEST(r7_5_replay_is_refused_by_its_guard)
{
    REQUIRE(start());
    build_port("br0", "again");
    CHECK_INT(call(), VIF_OK);
    build_port("br0", "again");
    CHECK_INT(call(), VIF_E_EXISTS);    /* 7.12: the name is an index; nothing is doubled */
    CHECK_HAS(err.text, "identical values");
    remove_port("again");
    vif_ovsdb_close(&db);
}

TEST(r7_6_deleting_a_referenced_port_is_refused)
{
    REQUIRE(start());
    build_port("br0", "held");
    CHECK_INT(call(), VIF_OK);
    begin();
    const int op = vif_ovsdb_delete(&txn, "Port");
    vif_ovsdb_where_text(&txn, "name", "held");
    CHECK_INT(call(), VIF_E_INVAL);
    CHECK_HAS(err.text, "referential integrity violation");
    CHECK(op == 0 && find_port("held"));
    remove_port("held");
    CHECK(select_one("Interface", "held", "name").text == NULL);
    vif_ovsdb_close(&db);
}

TEST(r7_7_deleting_what_is_not_in_a_set_counts_1)
{
    REQUIRE(start());
    for (int miss = 0; miss < 2; miss++) {
        begin();
        (void)vif_ovsdb_mutate(&txn, "Bridge");
        vif_ovsdb_where_text(&txn, "name", miss ? "absent" : "br0");
        vif_ovsdb_mutation(&txn, "ports", "delete");
        vif_ovsdb_put_uuid(&txn, "00000000-0000-4000-8000-000000000000");
        CHECK_INT(call(), VIF_OK);
        CHECK_INT(vif_ovsdb_changed(&ev, 0), miss ? 0 : 1);
    }
    vif_ovsdb_close(&db);
}

TEST(r7_8_sets_as_the_server_writes_them)
{
    static const int64_t tags[] = {5, 6, 7};
    REQUIRE(start());
    build_port("br0", "sets");
    CHECK_INT(call(), VIF_OK);
    for (size_t n = 0; n <= 3; n++) {
        begin();
        (void)vif_ovsdb_update(&txn, "Port");
        vif_ovsdb_where_text(&txn, "name", "sets");
        vif_ovsdb_row(&txn, "trunks");
        vif_ovsdb_put_set(&txn);
        for (size_t i = 0; i < n; i++) {
            vif_ovsdb_put_int(&txn, tags[i]);
        }
        vif_ovsdb_put_end(&txn);
        CHECK_INT(call(), VIF_OK);
        const vif_ovsdb_value v = select_one("Port", "sets", "trunks");
        vif_ovsdb_iter it = vif_ovsdb_set_of(v);
        vif_ovsdb_value item;
        int64_t sum = 0, one = 0;
        CHECK_INT(vif_ovsdb_count(v), n);
        while (vif_ovsdb_next(&it, NULL, &item)) {
            CHECK(vif_ovsdb_int(item, &one));
            sum += one;
        }
        CHECK_INT(sum, n == 0 ? 0 : n == 1 ? 5 : n == 2 ? 11 : 18);
    }
    remove_port("sets");
    vif_ovsdb_close(&db);
}

TEST(r7_9_map_insert_never_overwrites)
{
    REQUIRE(start());
    build_port("br0", "maps");
    CHECK_INT(call(), VIF_OK);
    for (int i = 0; i < 3; i++) {
        begin();
        (void)vif_ovsdb_mutate(&txn, "Interface");
        vif_ovsdb_where_text(&txn, "name", "maps");
        if (i == 0) {
            vif_ovsdb_mutation(&txn, "external_ids", "insert");
            vif_ovsdb_put_map(&txn);
            vif_ovsdb_put_text(&txn, "iface-id");
            vif_ovsdb_put_text(&txn, "other");
            vif_ovsdb_put_end(&txn);
        } else if (i == 1) {
            vif_ovsdb_map_set(&txn, "external_ids", "iface-id", "other");
            vif_ovsdb_map_set(&txn, "external_ids", "new", "\xc3\xa9\"\\");
        } else {
            vif_ovsdb_map_delete(&txn, "external_ids", "iface-id");
        }
        CHECK_INT(call(), VIF_OK);
        const vif_ovsdb_value m = select_one("Interface", "maps", "external_ids");
        CHECK(i == 2 ? vif_ovsdb_map_get(m, "iface-id").text == NULL
              : vif_ovsdb_is(vif_ovsdb_map_get(m, "iface-id"), i == 0 ? "maps" : "other"));
        CHECK(i == 0 || vif_ovsdb_is(vif_ovsdb_map_get(m, "new"), "\xc3\xa9\"\\"));
    }
    remove_port("maps");
    vif_ovsdb_close(&db);
}

TEST(r7_10_forward_and_dangling_references)
{
    REQUIRE(start());
    begin();                            /* Port (0) names the Interface (1) that comes behind */
    (void)vif_ovsdb_insert(&txn, "Port");
    vif_ovsdb_row_text(&txn, "name", "fwd-9");
    vif_ovsdb_row(&txn, "interfaces");
    vif_ovsdb_put_ref(&txn, 1);
    (void)vif_ovsdb_insert(&txn, "Interface");
    vif_ovsdb_row_text(&txn, "name", "fwd-9");
    (void)vif_ovsdb_mutate(&txn, "Bridge");
    vif_ovsdb_where_text(&txn, "name", "br0");
    vif_ovsdb_mutation(&txn, "ports", "insert");
    vif_ovsdb_put_ref(&txn, 0);
    CHECK_INT(call(), VIF_OK);
    remove_port("fwd-9");
    begin();
    (void)vif_ovsdb_mutate(&txn, "Bridge");
    vif_ovsdb_where_text(&txn, "name", "br0");
    vif_ovsdb_mutation(&txn, "ports", "insert");
    vif_ovsdb_put_uuid(&txn, "00000000-0000-4000-8000-000000000000");
    CHECK_INT(call(), VIF_E_INVAL);
    CHECK_HAS(err.text, "referential integrity");
    vif_ovsdb_close(&db);
}

TEST(r7_14_update_of_ours_comes_before_the_reply)
{
    static const char *const columns[] = {"name", "tag"};
    static const vif_ovsdb_watch watch = {"Port", columns, 2, NULL};
    vif_ovsdb_monitor mon;
    vif_ovsdb_changes changes;
    vif_ovsdb_change change;
    int64_t id = 0;
    int updates = 0, snapshot = 0;
    bool replied = false;
    memset(&mon, 0, sizeof mon);
    mon.name = "ports";
    mon.database = "Open_vSwitch";
    mon.watches = &watch;
    mon.watch_count = 1;
    REQUIRE(start());
    CHECK_INT(vif_ovsdb_ready(&db, soon(), &err), VIF_OK);
    CHECK_INT(vif_ovsdb_monitor_start(&db, &mon, &err), VIF_OK);
    build_port("br0", "seen");
    CHECK_INT(vif_ovsdb_transact(&db, &txn, &id, &err), VIF_OK);
    for (const int64_t end = soon(); !replied && vif_ovsdb_now(&db) < end;) {
        while (vif_ovsdb_step(&db, vif_ovsdb_now(&db), &ev) != VIF_OVSDB_NOTHING) {
            const vif_ovsdb_take take = vif_ovsdb_monitor_take(&db, &mon, &ev, &changes);
            snapshot += take == VIF_OVSDB_SNAPSHOT;     /* 7.23: nothing to resume */
            while (take == VIF_OVSDB_CHANGES && vif_ovsdb_next_change(&changes, &change)) {
                updates += change.type == VIF_OVSDB_INSERT && !replied &&
                    vif_ovsdb_is(vif_ovsdb_member(change.row, "name"), "seen");
            }
            replied = replied || (ev.type == VIF_OVSDB_REPLY && ev.id == id);
        }
        vif_ovsdb_run(&db, true, true, vif_ovsdb_now(&db));
        ovs_sleep(2);
    }
    CHECK(replied);
    CHECK_INT(snapshot, 1);
    CHECK_INT(updates, 1);
    CHECK_INT(mon.dialect, 3);
    remove_port("seen");
    vif_ovsdb_close(&db);
}

TEST(r7_19_it_closes_on_what_it_does_not_take)
{
    REQUIRE(start());
    CHECK_INT(vif_ovsdb_ready(&db, soon(), &err), VIF_OK);
    CHECK_INT(send(db.priv.fd, "{\"id\":1,\"method\":\"list_dbs\"}", 28, MSG_NOSIGNAL), 28);
    db.priv.now.hasty = 1;                   /* as if it had been sent in the right way */
    for (const int64_t end = soon(); db.error.status == VIF_OK && vif_ovsdb_now(&db) < end;) {
        (void)vif__db_drop(&db, end);
    }
    CHECK_INT(db.error.status, VIF_E_SYSTEM);
    CHECK_HAS(db.error.text, "closed the connection right after our message");
    vif_ovsdb_close(&db);
}

TEST(r7_21_integers)
{
    static const char *const numbers[] = {"1400.0", "14e2"};
    REQUIRE(start());
    build_port("br0", "nums");
    CHECK_INT(call(), VIF_OK);
    for (int i = 0; i < 2; i++) {
        int64_t mtu = 0;
        begin();
        (void)vif_ovsdb_update(&txn, "Interface");
        vif_ovsdb_where_text(&txn, "name", "nums");
        vif_ovsdb_row(&txn, "mtu_request");
        vif_ovsdb_put_value(&txn, vif_ovsdb_view(numbers[i], strlen(numbers[i])));
        CHECK_INT(call(), VIF_OK);
        CHECK(vif_ovsdb_int(select_one("Interface", "nums", "mtu_request"), &mtu) && mtu == 1400);
    }
    begin();
    (void)vif_ovsdb_update(&txn, "Interface");
    vif_ovsdb_where_text(&txn, "name", "nums");
    vif_ovsdb_row(&txn, "mtu_request");
    vif_ovsdb_put_value(&txn, vif_ovsdb_view("9223372036854775808", 19));
    CHECK_INT(call(), VIF_E_INVAL);
    remove_port("nums");
    vif_ovsdb_close(&db);
}

TEST(r7_24_lock_steal_and_assert)
{
    static char in2[8192], out2[4096];
    static vif_ovsdb other;
    vif_ovsdb_desc desc;
    bool locked = false, stolen = false;
    REQUIRE(start());
    desc = desc_of(remote);
    desc.in = in2;
    desc.in_cap = sizeof in2;
    desc.out = out2;
    desc.out_cap = sizeof out2;
    CHECK_INT(vif_ovsdb_open(&other, &desc, &err), VIF_OK);
    CHECK_INT(ask_for(&db, "lock", "[\"vif\"]", soon()), VIF_OK);
    CHECK(vif_ovsdb_bool(vif_ovsdb_member(ev.result, "locked"), &locked) && locked);
    CHECK_INT(ask_for(&other, "lock", "[\"vif\"]", soon()), VIF_OK);
    CHECK(vif_ovsdb_bool(vif_ovsdb_member(ev.result, "locked"), &locked) && !locked);
    CHECK_INT(ask_for(&other, "unlock", "[\"vif\"]", soon()), VIF_OK);
    begin();
    (void)vif_ovsdb_assert(&txn, "vif");
    CHECK_INT(call(), VIF_OK);
    CHECK_INT(ask_for(&other, "steal", "[\"vif\"]", soon()), VIF_OK);
    for (const int64_t end = soon(); !stolen && vif_ovsdb_now(&db) < end;) {
        stolen = vif_ovsdb_step(&db, vif_ovsdb_now(&db), &ev) == VIF_OVSDB_STOLEN;
        vif_ovsdb_run(&db, true, false, vif_ovsdb_now(&db));
    }
    CHECK(stolen);
    begin();
    (void)vif_ovsdb_assert(&txn, "vif");
    CHECK_INT(call(), VIF_E_EXISTS);
    CHECK_HAS(err.text, "not owner");
    vif_ovsdb_close(&other);
    vif_ovsdb_close(&db);
}

TEST(r7_25_a_standalone_server_leads)
{
    snprintf(remote, sizeof remote, "unix:%s,unix:%s", ovs_path("absent"), ovs_path("db.sock"));
    vif_ovsdb_desc desc = desc_of(remote);
    desc.leader_of = "Open_vSwitch";
    CHECK_INT(vif_ovsdb_open(&db, &desc, &err), VIF_OK);
    CHECK_INT(vif_ovsdb_ready(&db, soon(), &err), VIF_OK);
    CHECK_INT(ask_for(&db, "list_dbs", "[]", soon()), VIF_OK);
    vif_ovsdb_close(&db);
}

TEST(tcp)
{
    static const char *const hosts[] = {"tcp:127.0.0.1:%d", "tcp:[::1]:1,tcp:127.0.0.1:%d"};
    for (size_t i = 0; i < 2; i++) {
        snprintf(remote, sizeof remote, hosts[i], ovs_port);
        const vif_ovsdb_desc desc = desc_of(remote);
        CHECK_INT(vif_ovsdb_open(&db, &desc, &err), VIF_OK);
        CHECK_INT(ask_for(&db, "list_dbs", "[]", soon()), VIF_OK);
        CHECK((fcntl(db.priv.fd, F_GETFD) & FD_CLOEXEC) != 0);
        vif_ovsdb_close(&db);
    }
}

/* Bytes received for one plug, and the memory it takes, do not grow with the bridge. */
TEST(cost_does_not_grow_with_the_ports)
{
    static char big[1 << 20];
    static const int ports[] = {0, 100, 3000};
    uint64_t bytes[3];
    int have = 0;
    REQUIRE(start());
    CHECK_INT(add_bridge("brbig"), VIF_OK);
    for (int k = 0; k < 3; k++) {
        while (have < ports[k]) {
            vif_ovsdb_begin(&txn, big, sizeof big, "Open_vSwitch");
            for (int end = have + 10 < ports[k] ? have + 10 : ports[k]; have < end; have++) {
                char name[16];
                snprintf(name, sizeof name, "b%d", have);
                const int i = vif_ovsdb_insert(&txn, "Interface");
                vif_ovsdb_row_text(&txn, "name", name);
                vif_ovsdb_row(&txn, "external_ids");
                vif_ovsdb_put_map(&txn);
                vif_ovsdb_put_text(&txn, "}}{\"\\");             /* T8, T16 */
                vif_ovsdb_put_text(&txn, "a long text of a foreign row, \xe2\x80\xa8 and so on");
                vif_ovsdb_put_end(&txn);
                const int p = vif_ovsdb_insert(&txn, "Port");
                vif_ovsdb_row_text(&txn, "name", name);
                vif_ovsdb_row(&txn, "interfaces");
                vif_ovsdb_put_ref(&txn, i);
                (void)vif_ovsdb_mutate(&txn, "Bridge");
                vif_ovsdb_where_text(&txn, "name", "brbig");
                vif_ovsdb_mutation(&txn, "ports", "insert");
                vif_ovsdb_put_ref(&txn, p);
            }
            REQUIRE(call() == VIF_OK);
        }
        const uint64_t before = db.count.bytes_in;
        build_port("brbig", "one");
        CHECK_INT(call(), VIF_OK);
        bytes[k] = db.count.bytes_in - before;
        remove_port("one");
    }
    printf("# bytes received for a plug: %d, %d, %d\n", (int)bytes[0], (int)bytes[1],
           (int)bytes[2]);
    CHECK(bytes[2] <= 4096 && bytes[2] <= bytes[0] + 8 && bytes[1] <= bytes[0] + 8);
    CHECK(db.count.in_peak <= 4096);
    /* So many rows are more than 32 KB: refused, and the connection is given up. */
    begin();
    (void)vif_ovsdb_select(&txn, "Interface");
    CHECK_INT(call(), VIF_E_UNKNOWN);
    CHECK_INT(db.error.status, VIF_E_TOO_BIG);
    vif_ovsdb_close(&db);
    REQUIRE(start());                   /* without the bridge, its ports are gone, too */
    REQUIRE(vif_ovsdb_uuid(select_one("Bridge", "brbig", "_uuid"), port_uuid));
    begin();
    (void)vif_ovsdb_mutate(&txn, "Open_vSwitch");
    vif_ovsdb_where_all(&txn);
    vif_ovsdb_mutation(&txn, "bridges", "delete");
    vif_ovsdb_put_uuid(&txn, port_uuid);
    CHECK_INT(call(), VIF_OK);
    vif_ovsdb_close(&db);
}

/* ---- the switch ---- */

/* Until the switch has applied that number. */
static vif_status wait_applied(int64_t number, int64_t ms)
{
    begin();
    (void)vif_ovsdb_wait_cfg(&txn, number, ms);
    return call();
}

TEST(r7_13_committed_is_not_applied)
{
    int64_t number = 0;
    REQUIRE(start());
    const int cfg = build_port("br0", "nodev0");
    CHECK_INT(call(), VIF_OK);
    number = vif_ovsdb_next_cfg_of(&ev, cfg);
    CHECK_INT(wait_applied(number, 200), VIF_E_CONFLICT);
    CHECK_HAS(err.text, "timed out");
    if (!ovs_start_switch()) {
        SKIP("ovs-vswitchd does not start");
    }
    CHECK_INT(wait_applied(number, 20000), VIF_OK);
    int64_t ofport = 0;
    char words[100];
    CHECK(vif_ovsdb_int(select_one("Interface", "nodev0", "ofport"), &ofport) && ofport == -1);
    CHECK(vif_ovsdb_text(select_one("Interface", "nodev0", "error"), words, sizeof words));
    CHECK_HAS(words, "could not open network device nodev0");
    remove_port("nodev0");
    /* A port that works; one round trip, and one reply when the switch has got as far. */
    CHECK_INT(ovs_do("ip", "tuntap", "add", "good0", "mode", "tap", (char *)NULL), 0);
    const uint64_t before = db.count.messages_out;
    const int again = build_port("br0", "good0");
    const int64_t begin_ms = vif_ovsdb_now(&db);
    CHECK_INT(call(), VIF_OK);
    CHECK_INT(wait_applied(vif_ovsdb_next_cfg_of(&ev, again), 5000), VIF_OK);
    CHECK_INT(db.count.messages_out - before, 2);
    CHECK(vif_ovsdb_now(&db) - begin_ms < 2000);
    CHECK(vif_ovsdb_int(select_one("Interface", "good0", "ofport"), &ofport) && ofport > 0);
    remove_port("good0");
    ovs_kill(&ovs_switch);
    vif_ovsdb_close(&db);
}

/* ---- a server that stops, dies, comes back ---- */

static int rows_named(const char *name)
{
    int op, n = 0;
    begin();
    op = vif_ovsdb_select(&txn, "Port");
    vif_ovsdb_where_text(&txn, "name", name);
    vif_ovsdb_column(&txn, "_uuid");
    CHECK_INT(call(), VIF_OK);
    vif_ovsdb_iter it = vif_ovsdb_rows(&ev, op);
    vif_ovsdb_value row;
    while (vif_ovsdb_next(&it, NULL, &row)) {
        n++;
    }
    return n;
}

/* ---- facts that need another way to talk to the server ---- */

/* Bytes to the server on a connection of their own, and what it says within ms milliseconds, or
 * until it has said want; closed tells whether it hung up. */
static bool raw_closed;

static const char *raw_talk(const char *bytes, size_t len, const char *want, int ms)
{
    static char got[4096];
    const int64_t end = ovs_now(NULL) + ms;
    struct sockaddr_un addr;
    size_t at = 0;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    memset(&addr, 0, sizeof addr);
    addr.sun_family = AF_UNIX;
    snprintf(addr.sun_path, sizeof addr.sun_path, "%s", ovs_path("db.sock"));
    CHECK_INT(connect(fd, (struct sockaddr *)&addr, sizeof addr), 0);
    CHECK_INT(send(fd, bytes, len, MSG_NOSIGNAL), len);
    raw_closed = false;
    got[0] = 0;
    while (!raw_closed && ovs_now(NULL) < end && !(want && strstr(got, want))) {
        const ssize_t n = recv(fd, got + at, sizeof got - 1 - at, MSG_DONTWAIT);
        raw_closed = n == 0 || (n < 0 && errno == ECONNRESET);
        at += n > 0 ? (size_t)n : 0;
        got[at] = 0;
        ovs_sleep(1);
    }
    close(fd);
    return got;
}

static const char *raw(const char *text, const char *want)
{
    return raw_talk(text, strlen(text), want, want ? 5000 : 300);
}

/* Moves bytes and drops events until the condition holds, or time is up. */
#define UNTIL(cond, ms) \
    for (const int64_t end_ = vif_ovsdb_now(&db) + (ms); !(cond) && vif_ovsdb_now(&db) < end_;) { \
        (void)vif__db_drop(&db, vif_ovsdb_now(&db) + 20); \
    }

TEST(r7_11_a_uuid_of_ones_own)
{
    static const char params[] = "[\"Open_vSwitch\",{\"op\":\"insert\",\"table\":\"SSL\",\"uuid\":"
        "\"550e8400-e29b-41d4-a716-446655440000\",\"row\":{\"private_key\":\"k\","
        "\"certificate\":\"c\","
        "\"ca_cert\":\"a\"}},{\"op\":\"abort\"}]";
    char uuid[37] = "";
    REQUIRE(start());
    CHECK_INT(ask_for(&db, "transact", params, soon()), VIF_OK);
    CHECK(vif_ovsdb_uuid(vif_ovsdb_member(vif_ovsdb_result(&ev, 0), "uuid"), uuid));
    CHECK_STR(uuid, "550e8400-e29b-41d4-a716-446655440000");
    CHECK_INT(vif_ovsdb_check(&ev, 2, &err), VIF_E_INVAL);
    CHECK_HAS(err.text, "aborted");
    vif_ovsdb_close(&db);
}

TEST(r7_12_a_name_twice_is_a_trailing_error)
{
    REQUIRE(start());
    CHECK_INT(add_bridge("br0"), VIF_E_EXISTS);
    CHECK_HAS(err.text, "identical values");
    CHECK_STR(err.where, "the transaction as a whole");
    CHECK_INT(vif_ovsdb_fault(&ev, 6), -1);
    vif_ovsdb_close(&db);
}

TEST(r7_15_the_server_answers_an_id_as_often_as_it_comes)
{
    static const char twice[] = "{\"id\":7,\"method\":\"echo\",\"params\":[]}"
                                "{\"id\":7,\"method\":\"echo\",\"params\":[]}";
    int64_t one = 0, two = 0;
    const char *got = raw(twice, "}{");
    CHECK(strstr(got, "\"id\":7") && strstr(strstr(got, "}{"), "\"id\":7"));
    CHECK_HAS(raw("{\"id\":{\"a\":[null]},\"method\":\"echo\",\"params\":[]}", "}}"),
              "{\"a\":[null]}");
    /* Ours are never used twice, and what nobody asked for is ignored and counted. */
    REQUIRE(start());
    CHECK_INT(vif_ovsdb_ready(&db, soon(), &err), VIF_OK);
    CHECK_INT(vif_ovsdb_send(&db, "echo", "[]", &one, &err), VIF_OK);
    CHECK_INT(vif_ovsdb_await(&db, one, soon(), &ev, &err), VIF_OK);
    CHECK_INT(send(db.priv.fd, "{\"id\":1,\"method\":\"echo\",\"params\":[]}", 36, MSG_NOSIGNAL),
              36);
    UNTIL(db.count.strangers == 1, 5000);
    CHECK_INT(db.count.strangers, 1);
    CHECK_INT(vif_ovsdb_send(&db, "echo", "[]", &two, &err), VIF_OK);
    CHECK_INT(two, one + 1);
    CHECK_INT(vif_ovsdb_await(&db, two, soon(), &ev, &err), VIF_OK);
    vif_ovsdb_close(&db);
}

/* A wait of ten seconds that does not hold: what becomes of it when it is cancelled. */
#define WAITING "{\"id\":1,\"method\":\"transact\",\"params\":[\"Open_vSwitch\",{\"op\":\"wait\"," \
    "\"table\":\"Bridge\",\"timeout\":10000,\"where\":[],\"columns\":[\"name\"],\"until\":\"==\"," \
    "\"rows\":[]}]}"
#define CANCEL "{\"id\":null,\"method\":\"cancel\",\"params\":[1]}"
#define AWARE "{\"id\":0,\"method\":\"set_db_change_aware\",\"params\":[true]}"

TEST(r7_16_cancel_is_answered_only_sometimes)
{
    int64_t id = 0;
    CHECK_STR(raw(WAITING CANCEL, NULL), "");
    CHECK(!raw_closed);
    CHECK_HAS(raw(AWARE WAITING CANCEL, "cancel"), "\"error\":\"canceled\"");
    /* So it is not waited for: what is given up is a stranger when it comes. */
    REQUIRE(start());
    begin();
    (void)vif_ovsdb_wait_ms(&txn, "Bridge", "==", 100);
    vif_ovsdb_where_text(&txn, "name", "br0");
    vif_ovsdb_column(&txn, "name");
    CHECK_INT(vif_ovsdb_ready(&db, soon(), &err), VIF_OK);
    CHECK_INT(vif_ovsdb_transact(&db, &txn, &id, &err), VIF_OK);
    vif_ovsdb_forget(&db, id);
    UNTIL(db.count.strangers == 1, 5000);
    CHECK_INT(db.count.strangers, 1);
    CHECK_INT(db.count.replies, 0);
    vif_ovsdb_close(&db);
}

/* Five seconds of silence: the server asks on tcp, and never on a unix socket. */
TEST(r7_17_idle_probe_of_the_server)
{
    static char in2[4096], out2[4096];
    static vif_ovsdb quiet;
    char tcp[60];
    vif_ovsdb_desc desc;
    REQUIRE(start());
    quiet = db;
    snprintf(tcp, sizeof tcp, "tcp:127.0.0.1:%d", ovs_port);
    desc = desc_of(tcp);
    desc.in = in2;
    desc.in_cap = sizeof in2;
    desc.out = out2;
    desc.out_cap = sizeof out2;
    desc.probe_ms = -1;
    CHECK_INT(vif_ovsdb_open(&db, &desc, &err), VIF_OK);
    UNTIL(db.count.messages_out == 1, 9000);
    CHECK_INT(db.count.messages_in, 1);
    CHECK_INT(db.count.messages_out, 1);        /* answered, though nobody asked for an event */
    UNTIL(db.error.status != VIF_OK, 300);
    CHECK_INT(db.error.status, VIF_OK);
    vif_ovsdb_close(&db);
    db = quiet;
    UNTIL(db.count.messages_in > 0, 300);
    CHECK_INT(db.count.messages_in, 0);
    CHECK_INT(db.error.status, VIF_OK);
    vif_ovsdb_close(&db);
}

TEST(r7_17_idle_probe_of_ours)
{
    vif_ovsdb_desc desc;
    snprintf(remote, sizeof remote, "unix:%s", ovs_path("db.sock"));
    desc = desc_of(remote);
    desc.probe_ms = 100;
    CHECK_INT(vif_ovsdb_open(&db, &desc, &err), VIF_OK);
    UNTIL(db.count.messages_in >= 3, 5000);
    CHECK(db.count.messages_in >= 3);           /* answers to our probes; none is an event */
    CHECK_INT(db.count.strangers, 0);
    CHECK_INT(db.error.status, VIF_OK);
    ovs_signal(ovs_server, SIGSTOP);
    UNTIL(db.error.status != VIF_OK, 5000);
    ovs_signal(ovs_server, SIGCONT);
    CHECK_INT(db.error.status, VIF_E_SYSTEM);
    CHECK_HAS(db.error.text, "does not answer");
    vif_ovsdb_close(&db);
}

TEST(r7_18_no_framing)
{
    CHECK_HAS(raw(" \n{\"id\":1,\"method\":\"echo\",\"params\":[ ]}\r\n\t {\"id\":2,"
                  "\"method\":\"echo\",\"params\":[]} ", "}{"), "}{");
}

TEST(r7_20_invalid_utf_8_comes_through_and_the_last_key_counts)
{
    static const char bad[] = "{\"id\":1,\"method\":\"echo\",\"params\":[\"a\xff\"]}";
    CHECK_HAS(raw("{\"id\":1,\"method\":\"echo\",\"params\":[1],\"params\":[2]}", "}"),
              "\"result\":[2]");
    CHECK_HAS(raw(bad, "}"), "\"result\":[\"a\xff\"]");
    REQUIRE(start());
    CHECK_INT(vif_ovsdb_ready(&db, soon(), &err), VIF_OK);
    CHECK_INT(vif_ovsdb_send(&db, "echo", bad + 33, NULL, &err), VIF_E_INVAL);
    CHECK_INT(send(db.priv.fd, bad, sizeof bad - 1, MSG_NOSIGNAL), sizeof bad - 1);
    UNTIL(db.error.status != VIF_OK, 5000);
    CHECK_INT(db.error.status, VIF_E_PROTO);
    vif_ovsdb_close(&db);
}

TEST(r7_22_the_server_takes_a_thousand_levels)
{
    char s[2200] = "{\"id\":1,\"method\":\"echo\",\"params\":";
    const size_t at = strlen(s);
    for (int depth = 900; depth <= 1001; depth += 101) {
        memset(s + at, '[', (size_t)depth);
        memset(s + at + depth, ']', (size_t)depth);
        s[at + (size_t)depth * 2] = '}';
        const char *got = raw_talk(s, at + (size_t)depth * 2 + 1, "\"result\"", 2000);
        CHECK(depth == 900 ? strstr(got, "\"result\"") != NULL : raw_closed && !*got);
    }
}

static void monitor_of(vif_ovsdb_monitor *mon, const char *database, const vif_ovsdb_watch *watch)
{
    memset(mon, 0, sizeof *mon);
    mon->name = "m";
    mon->database = database;
    mon->watches = watch;
    mon->watch_count = 1;
}

TEST(r7_23_nothing_to_resume_and_a_name_only_once)
{
    static const vif_ovsdb_watch watch = {"Bridge", NULL, 0, NULL};
    vif_ovsdb_monitor mon;
    vif_ovsdb_changes changes;
    monitor_of(&mon, "Open_vSwitch", &watch);
    for (int i = 0; i < 2; i++) {       /* the second time with what the first one said */
        REQUIRE(start());
        CHECK_INT(vif_ovsdb_ready(&db, soon(), &err), VIF_OK);
        CHECK_INT(vif_ovsdb_monitor_start(&db, &mon, &err), VIF_OK);
        CHECK_INT(vif_ovsdb_await(&db, mon.request, soon(), &ev, &err), VIF_OK);
        CHECK_INT(vif_ovsdb_monitor_take(&db, &mon, &ev, &changes), VIF_OVSDB_SNAPSHOT);
        CHECK_STR(mon.last_txn, "00000000-0000-0000-0000-000000000000");
        if (i == 1) {
            CHECK_INT(vif_ovsdb_monitor_start(&db, &mon, &err), VIF_OK);
            CHECK_INT(vif_ovsdb_await(&db, mon.request, soon(), &ev, &err), VIF_E_INVAL);
            CHECK_HAS(err.text, "duplicate monitor ID");
        }
        vif_ovsdb_close(&db);
    }
}

/* A database is taken away: a connection that said it is aware of that gets monitor_canceled and
 * "canceled"; any other one is closed. */
TEST(r7_27_a_database_that_goes_away)
{
    static const char schema[] = "{\"name\":\"Extra\",\"version\":\"1.0.0\",\"tables\":{\"T\":"
                                 "{\"columns\":{\"c\":{\"type\":\"integer\"}}}}}";
    static const vif_ovsdb_watch watch = {"T", NULL, 0, NULL};
    vif_ovsdb_monitor mon;
    vif_ovsdb_changes changes;
    char ctl[220], file[220];
    FILE *f = fopen(ovs_path("extra.schema"), "w");
    REQUIRE(f);
    fputs(schema, f);
    fclose(f);
    snprintf(ctl, sizeof ctl, "%s", ovs_path("server.ctl"));
    snprintf(file, sizeof file, "%s", ovs_path("extra.db"));
    CHECK_INT(ovs_do("ovsdb-tool", "create", file, ovs_path("extra.schema"), (char *)NULL), 0);
    for (int aware = 1; aware >= 0; aware--) {
        int64_t id = 0;
        bool canceled = false;
        CHECK_INT(ovs_do("ovs-appctl", "-t", ctl, "ovsdb-server/add-db", file, (char *)NULL), 0);
        REQUIRE(start());
        CHECK_INT(ask_for(&db, "set_db_change_aware", aware ? "[true]" : "[false]", soon()),
                  VIF_OK);
        monitor_of(&mon, "Extra", &watch);
        CHECK_INT(vif_ovsdb_monitor_start(&db, &mon, &err), VIF_OK);
        CHECK_INT(vif_ovsdb_await(&db, mon.request, soon(), &ev, &err), VIF_OK);
        CHECK_INT(vif_ovsdb_monitor_take(&db, &mon, &ev, &changes), VIF_OVSDB_SNAPSHOT);
        vif_ovsdb_begin(&txn, text, sizeof text, "Extra");
        (void)vif_ovsdb_wait_ms(&txn, "T", "!=", 20000);
        vif_ovsdb_column(&txn, "c");
        CHECK_INT(vif_ovsdb_transact(&db, &txn, &id, &err), VIF_OK);
        vif_ovsdb_run(&db, false, true, vif_ovsdb_now(&db));
        ovs_sleep(100);
        CHECK_INT(ovs_do("ovs-appctl", "-t", ctl, "ovsdb-server/remove-db", "Extra",
                         (char *)NULL), 0);
        for (const int64_t end = soon(); id && vif_ovsdb_now(&db) < end; ovs_sleep(1)) {
            vif_ovsdb_run(&db, true, true, vif_ovsdb_now(&db));
            while (vif_ovsdb_step(&db, vif_ovsdb_now(&db), &ev) != VIF_OVSDB_NOTHING) {
                canceled |= ev.type == VIF_OVSDB_MONITOR_CANCELED;
                if (id > 0 && ev.id == id) {
                    CHECK_INT(ev.status, aware ? VIF_E_CONFLICT : VIF_E_UNKNOWN);
                    CHECK_INT(ev.type, aware ? VIF_OVSDB_REPLY : VIF_OVSDB_LOST);
                    id = canceled || !aware ? 0 : -1;
                }
            }
            id = id < 0 && canceled ? 0 : id;
        }
        CHECK_INT(id, 0);
        CHECK_INT(canceled, aware);
        vif_ovsdb_close(&db);
    }
}

/* The transaction was done, and the connection breaks before its answer is read: unknown, not
 * repeated, found by looking; a row that another takes away meanwhile is not found. */
TEST(t9_cut_between_commit_and_reply)
{
    for (int gone = 0; gone < 2; gone++) {
        int64_t id = 0;
        uint64_t sent;
        REQUIRE(start());
        CHECK_INT(vif_ovsdb_ready(&db, soon(), &err), VIF_OK);
        build_port("br0", "cut");
        CHECK_INT(vif_ovsdb_transact(&db, &txn, &id, &err), VIF_OK);
        vif_ovsdb_run(&db, false, true, vif_ovsdb_now(&db));
        sent = db.count.messages_out;
        ovs_sleep(200);                         /* the answer lies in the socket, and stays there */
        CHECK_INT(vif_ovsdb_step(&db, vif_ovsdb_now(&db), &ev), VIF_OVSDB_CONNECTED);
        vif_ovsdb_finish(&db, ECONNRESET);
        CHECK_INT(vif_ovsdb_step(&db, vif_ovsdb_now(&db), &ev), VIF_OVSDB_LOST);
        CHECK_INT(ev.status, VIF_E_UNKNOWN);
        CHECK_INT(vif_ovsdb_step(&db, vif_ovsdb_now(&db), &ev), VIF_OVSDB_CLOSED);
        if (gone) {
            char with[220];
            snprintf(with, sizeof with, "--db=unix:%s", ovs_path("db.sock"));
            CHECK_INT(ovs_do("ovs-vsctl", with, "--no-wait", "del-port", "br0", "cut",
                             (char *)NULL), 0);
        }
        CHECK_INT(vif_ovsdb_reconnect(&db, vif_ovsdb_now(&db)), VIF_OK);
        CHECK_INT(vif_ovsdb_ready(&db, soon(), &err), VIF_OK);
        CHECK_INT(db.count.messages_out, sent);
        CHECK_INT(rows_named("cut"), gone ? 0 : 1);
        remove_port("cut");
        CHECK_INT(rows_named("cut"), 0);
        vif_ovsdb_close(&db);
    }
}

TEST(stopped_server_leaves_the_outcome_unknown)
{
    REQUIRE(start());
    CHECK_INT(vif_ovsdb_ready(&db, soon(), &err), VIF_OK);
    ovs_signal(ovs_server, SIGSTOP);
    build_port("br0", "stopped");
    const int64_t begin_ms = vif_ovsdb_now(&db);
    CHECK_INT(vif_ovsdb_call(&db, &txn, begin_ms + 200, &ev, &err), VIF_E_UNKNOWN);
    CHECK(vif_ovsdb_now(&db) - begin_ms < 1000);
    CHECK_INT(db.error.status, VIF_E_SYSTEM);   /* whatever comes on it is too late */
    CHECK_INT(vif_ovsdb_step(&db, begin_ms, &ev), VIF_OVSDB_CLOSED);
    CHECK_INT(vif_ovsdb_reconnect(&db, vif_ovsdb_now(&db)), VIF_OK);
    ovs_signal(ovs_server, SIGCONT);
    CHECK_INT(rows_named("stopped"), 1);        /* it was done after all */
    CHECK_INT(db.count.strangers, 0);
    remove_port("stopped");
    vif_ovsdb_close(&db);
}

TEST(killed_server_and_reconnect)
{
    int64_t id = 0;
    REQUIRE(start());
    CHECK_INT(vif_ovsdb_ready(&db, soon(), &err), VIF_OK);
    ovs_signal(ovs_server, SIGSTOP);
    build_port("br0", "killed");
    CHECK_INT(vif_ovsdb_transact(&db, &txn, &id, &err), VIF_OK);
    vif_ovsdb_run(&db, false, true, vif_ovsdb_now(&db));
    ovs_kill(&ovs_server);
    CHECK_INT(vif_ovsdb_await(&db, id, soon(), &ev, &err), VIF_E_UNKNOWN);
    CHECK_INT(vif_ovsdb_reconnect(&db, vif_ovsdb_now(&db)), VIF_E_BUSY);
    CHECK_INT(vif_ovsdb_step(&db, vif_ovsdb_now(&db), &ev), VIF_OVSDB_CLOSED);
    CHECK_INT(call(), VIF_E_SYSTEM);            /* sticky */
    CHECK_INT(vif_ovsdb_reconnect(&db, vif_ovsdb_now(&db)), VIF_OK);
    CHECK_INT(vif_ovsdb_ready(&db, soon(), &err), VIF_E_SYSTEM);    /* nobody is there */
    REQUIRE(ovs_start_server());
    while (vif_ovsdb_step(&db, vif_ovsdb_now(&db), &ev) != VIF_OVSDB_NOTHING) {
    }
    CHECK_INT(vif_ovsdb_reconnect(&db, vif_ovsdb_now(&db)), VIF_OK);
    CHECK(vif_ovsdb_want(&db, 0).fd == -1);
    CHECK_INT(vif_ovsdb_ready(&db, vif_ovsdb_now(&db) + 9000, &err), VIF_OK);
    CHECK_INT(rows_named("killed"), 0);         /* not repeated, and never read by the server */
    vif_ovsdb_close(&db);
}

int main(int argc, char **argv)
{
    int failed;
    if (!ns_enter()) {
        puts("skip ovsdb: no user namespaces");
        return 0;
    }
    if (!ovs_start()) {
        puts("skip ovsdb: needs ovsdb-server (openvswitch-switch)");
        return 0;
    }
    failed = !start() || add_bridge("br0") != VIF_OK;
    vif_ovsdb_close(&db);
    failed |= check_main(argc, argv);
    ovs_stop();
    return failed;
}
