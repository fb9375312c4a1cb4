/* SPDX-License-Identifier: MIT
 * Virtual switches as text, and their plans: what is read, what is written, what is refused. No
 * kernel, no privileges. */
#define VIF_IMPLEMENTATION
#include "vif.h"
#include "check.h"

static vif_switch sw;
static vif_error err;
static vif_arena arena;
static unsigned char room[1 << 21];
static char text[70000], again[70000];

static vif_status decode(const char *json)
{
    memset(&err, 0, sizeof err);
    vif_arena_init(&arena, room, sizeof room);
    return vif_switch_decode(&arena, json, strlen(json), &sw, &err);
}

static void reads(const char *json, const char *want)
{
    if (decode(json) != VIF_OK) {
        CHECK_FAIL("%s: %s: %s", json, err.where, err.text);
        return;
    }
    CHECK_INT(vif_switch_encode(&sw, text, sizeof text), strlen(want));
    CHECK_STR(text, want);
    CHECK_INT(decode(text), VIF_OK);
    CHECK_INT(vif_switch_encode(&sw, again, sizeof again), strlen(want));
    CHECK_STR(again, want);
}

static void refuses(const char *json, vif_status want, const char *where, const char *words)
{
    const vif_status st = decode(json);
    if (st != want || err.status != want || strcmp(err.where, where) != 0 ||
        !strstr(err.text, words)) {
        CHECK_FAIL("%s: %s, %s: %s", json, vif_status_name(st), err.where, err.text);
    }
}

#define FIELD(json, where, words) refuses(json, VIF_E_FIELD, where, words)

/* ---- text ------------------------------------------------------------------------------------ */

TEST(read_and_written)
{
    reads("{\"name\":\"vs0\"}", "{\"name\":\"vs0\",\"backend\":\"ovs\"}");
    reads("{\"name\":\"vs0\",\"backend\":null,\"uplinks\":null,\"port_groups\":null,\"mtu\":null,"
          "\"shaping\":null}", "{\"name\":\"vs0\",\"backend\":\"ovs\"}");
    reads(" { \"port_groups\" : [ ] , \"uplinks\" : [ ] , \"name\" : \"vs0\" } ",
          "{\"name\":\"vs0\",\"backend\":\"ovs\"}");
    reads("{\"port_groups\":[{\"security\":{\"promiscuous\":true},\"vlan\":4095,\"name\":\"all\"},"
          "{\"name\":\"m\",\"management\":true,\"vlan\":0,\"shaping\":{\"out_bps\":7}}],"
          "\"teaming\":{\"lacp\":true,\"mode\":\"balance-tcp\"},\"mtu\":9000,"
          "\"uplinks\":[\"eth1\",\"eth2\"],\"datapath_type\":\"netdev\",\"name\":\"vs0\","
          "\"security\":{\"forged_transmits\":false,\"mac_changes\":false,\"promiscuous\":false},"
          "\"shaping\":{\"out_burst_bytes\":6,\"out_peak_bps\":5,\"out_bps\":4,"
          "\"in_burst_bytes\":3,\"in_peak_bps\":2,\"in_bps\":1}}",
          "{\"name\":\"vs0\",\"backend\":\"ovs\",\"datapath_type\":\"netdev\","
          "\"uplinks\":[\"eth1\",\"eth2\"],\"mtu\":9000,"
          "\"teaming\":{\"mode\":\"balance-tcp\",\"lacp\":true},"
          "\"shaping\":{\"in_bps\":1,\"in_peak_bps\":2,\"in_burst_bytes\":3,"
          "\"out_bps\":4,\"out_peak_bps\":5,\"out_burst_bytes\":6},"
          "\"security\":{\"promiscuous\":false,\"mac_changes\":false,\"forged_transmits\":false},"
          "\"port_groups\":[{\"name\":\"all\",\"vlan\":4095,\"security\":{\"promiscuous\":true}},"
          "{\"name\":\"m\",\"vlan\":0,\"management\":true,\"shaping\":{\"out_bps\":7}}]}");
    reads("{\"revision\":\"0f\",\"name\":\"vs0\"}",
          "{\"name\":\"vs0\",\"backend\":\"ovs\",\"revision\":\"0f\"}");
}

TEST(fields_as_read)
{
    reads("{\"name\":\"vs0\",\"shaping\":{\"out_bps\":4,\"out_burst_bytes\":6},"
          "\"port_groups\":[{\"name\":\"all\",\"vlan\":4095},"
          "{\"name\":\"m\",\"management\":true}]}",
          "{\"name\":\"vs0\",\"backend\":\"ovs\","
          "\"shaping\":{\"out_bps\":4,\"out_burst_bytes\":6},"
          "\"port_groups\":[{\"name\":\"all\",\"vlan\":4095},"
          "{\"name\":\"m\",\"management\":true}]}");
    CHECK_INT(sw.group_count, 2);
    CHECK_INT(sw.groups[0].vlan.value, 4095);
    CHECK(sw.groups[1].management == VIF_TRUE);
    CHECK_INT(sw.policy.out_burst_bytes.value, 6);
}

/* What takes no effect is kept as it was said: 0 of a peak beside no average. */
TEST(zeros_alone_are_kept)
{
    reads("{\"name\":\"vs0\",\"shaping\":{\"in_peak_bps\":0,\"out_burst_bytes\":0}}",
          "{\"name\":\"vs0\",\"backend\":\"ovs\","
          "\"shaping\":{\"in_peak_bps\":0,\"out_burst_bytes\":0}}");
}

/* Names of groups are people's: any text but control characters, escaped where it is shown. */
TEST(names_of_groups)
{
    char json[300], name[90];
    reads("{\"name\":\"vs0\",\"port_groups\":"
          "[{\"name\":\"VM Network \\\"\\u00fc\\\" \xe2\x82\xac\"}]}",
          "{\"name\":\"vs0\",\"backend\":\"ovs\",\"port_groups\":"
          "[{\"name\":\"VM Network \\\"\xc3\xbc\\\" \xe2\x82\xac\"}]}");
    FIELD("{\"name\":\"vs0\",\"port_groups\":[{\"name\":\"a\\nb\"}]}", "port_groups[0].name",
          "control character");
    FIELD("{\"name\":\"vs0\",\"port_groups\":[{\"name\":\"a\\u007f\"}]}", "port_groups[0].name",
          "control character");
    FIELD("{\"name\":\"vs0\",\"port_groups\":[{\"name\":\"a\\u009b\"}]}", "port_groups[0].name",
          "control character");
    FIELD("{\"name\":\"vs0\",\"port_groups\":[{\"name\":\"\"}]}", "port_groups[0].name", "1 to 80");
    FIELD("{\"name\":\"vs0\",\"port_groups\":[{}]}", "port_groups[0].name", "1 to 80");
    for (int len = 80; len <= 81; len++) {
        memset(name, 'x', sizeof name);
        name[len] = '\0';
        snprintf(json, sizeof json, "{\"name\":\"vs0\",\"port_groups\":[{\"name\":\"%s\"}]}", name);
        CHECK_INT(decode(json), len == 80 ? VIF_OK : VIF_E_FIELD);
    }
    FIELD("{\"name\":\"vs0\",\"port_groups\":[{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"a\"}]}",
          "port_groups[2].name", "two port groups have it");
}

TEST(refused_fields)
{
    FIELD("{}", "name", "1 to 80");
    FIELD("{\"name\":\"\"}", "name", "1 to 80");
    FIELD("{\"name\":{}}", "name", "a text is required");
    FIELD("{\"name\":\"vs0\",\"uplinks\":\"eth0\"}", "uplinks", "a list");
    FIELD("{\"name\":\"vs0\",\"uplinks\":[1]}", "uplinks", "a list");
    FIELD("{\"name\":\"vs0\",\"uplinks\":[\"a/b\"]}", "uplinks", "");
    FIELD("{\"name\":\"vs0\",\"uplinks\":[\"\"]}", "uplinks", "");
    FIELD("{\"name\":\"vs0\",\"uplinks\":[\"0123456789abcdef\"]}", "uplinks", "");
    FIELD("{\"name\":\"vs0\",\"uplinks\":[\"a\",\"b\",\"a\"]}", "uplinks", "named twice");
    FIELD("{\"name\":\"vs0\",\"uplinks\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\","
          "\"10\",\"11\",\"12\",\"13\",\"14\",\"15\",\"16\",\"17\"]}", "uplinks", "16");
    FIELD("{\"name\":\"vs0\",\"mtu\":67}", "mtu", "68 to 65535");
    FIELD("{\"name\":\"vs0\",\"mtu\":65536}", "mtu", "68 to 65535");
    FIELD("{\"name\":\"vs0\",\"mtu\":-1}", "mtu", "68 to 65535");
    FIELD("{\"name\":\"vs0\",\"mtu\":1500.5}", "mtu", "a whole number");
    FIELD("{\"name\":\"vs0\",\"mtu\":\"1500\"}", "mtu", "a whole number");
    FIELD("{\"name\":\"vs0\",\"mtu\":99999999999999999999}", "mtu", "a whole number");
    FIELD("{\"name\":\"vs0\",\"teaming\":[]}", "teaming", "an object");
    FIELD("{\"name\":\"vs0\",\"teaming\":{\"mode\":\"best\"}}", "teaming.mode", "active-backup");
    FIELD("{\"name\":\"vs0\",\"teaming\":{\"mode\":\"balance-tcp\"}}", "teaming.lacp", "needs it");
    FIELD("{\"name\":\"vs0\",\"teaming\":{\"mode\":\"balance-tcp\",\"lacp\":false}}",
          "teaming.lacp", "needs it");
    FIELD("{\"name\":\"vs0\",\"teaming\":{\"lacp\":1}}", "teaming.lacp", "true or false");
    FIELD("{\"name\":\"vs0\",\"colour\":1}", "colour", "no such field");
    FIELD("{\"name\":\"vs0\",\"teaming\":{\"colour\":1}}", "teaming.colour", "no such field");
    FIELD("{\"name\":\"vs0\",\"security\":{\"promiscuous\":\"yes\"}}", "security.promiscuous",
          "true or false");
}

TEST(refused_rates)
{
    FIELD("{\"name\":\"vs0\",\"shaping\":{\"in_bps\":-1}}", "shaping.in_bps", "no rate");
    FIELD("{\"name\":\"vs0\",\"shaping\":{\"in_peak_bps\":5}}", "shaping.in_peak_bps",
          "needs an average");
    FIELD("{\"name\":\"vs0\",\"shaping\":{\"in_bps\":0,\"in_peak_bps\":5}}", "shaping.in_peak_bps",
          "needs an average");
    FIELD("{\"name\":\"vs0\",\"shaping\":{\"out_bps\":6,\"out_peak_bps\":5}}",
          "shaping.out_peak_bps", "below the average");
    FIELD("{\"name\":\"vs0\",\"shaping\":{\"in_bps\":1,\"out_burst_bytes\":5}}",
          "shaping.out_burst_bytes", "needs an average");
    FIELD("{\"name\":\"vs0\",\"shaping\":{\"in_bps\":1,\"in_burst_bytes\":4294967295}}",
          "shaping.in_burst_bytes", "0 to 4294967294");
    FIELD("{\"name\":\"vs0\",\"port_groups\":[{\"name\":\"a\",\"shaping\":{\"in_bps\":-1}}]}",
          "port_groups[0].shaping.in_bps", "no rate");
}

TEST(refused_groups)
{
    FIELD("{\"name\":\"vs0\",\"port_groups\":{}}", "port_groups", "a list is required");
    FIELD("{\"name\":\"vs0\",\"port_groups\":7}", "port_groups", "a list is required");
    FIELD("{\"name\":\"vs0\",\"port_groups\":[7]}", "port_groups", "a list of objects");
    FIELD("{\"name\":\"vs0\",\"port_groups\":[null]}", "port_groups", "a list of objects");
    FIELD("{\"name\":\"vs0\",\"port_groups\":[{\"name\":\"a\"},7]}", "port_groups",
          "a list of objects");
    FIELD("{\"name\":\"vs0\",\"port_groups\":[{\"name\":\"a\"},{\"name\":\"b\",\"vlan\":4096}]}",
          "port_groups[1].vlan", "0, 1 to 4094, or 4095");
    FIELD("{\"name\":\"vs0\",\"port_groups\":[{\"name\":\"a\",\"vlan\":-1}]}",
          "port_groups[0].vlan", "0, 1 to 4094, or 4095");
    FIELD("{\"name\":\"vs0\",\"port_groups\":[{\"name\":\"a\",\"vlan\":\"7\"}]}",
          "port_groups[0].vlan", "a whole number");
    FIELD("{\"name\":\"vs0\",\"port_groups\":[{\"name\":\"a\",\"uplinks\":[]}]}",
          "port_groups[0].uplinks", "no such field");
    FIELD("{\"name\":\"vs0\",\"port_groups\":[{\"name\":\"a\",\"security\":{\"x\":true}}]}",
          "port_groups[0].security.x", "no such field");
    FIELD("{\"name\":\"vs0\",\"port_groups\":[{\"name\":\"a\",\"management\":1}]}",
          "port_groups[0].management", "true or false");
}

/* Two lists of groups are no list, whatever they hold. */
TEST(a_key_twice)
{
    FIELD("{\"name\":\"vs0\",\"port_groups\":[{\"name\":\"a\"}],"
          "\"port_groups\":[{\"name\":\"b\"}]}", "port_groups", "is there twice");
    FIELD("{\"name\":\"vs0\",\"port_groups\":[{\"name\":\"a\"}],\"port_groups\":null}",
          "port_groups", "is there twice");
    FIELD("{\"name\":\"vs0\",\"port_groups\":null,\"port\\u005fgroups\":[]}", "port_groups",
          "is there twice");
}

TEST(broken_text)
{
    static const char *const bad[] = {
        "", "[", "[]", "7", "{\"name\":\"vs0\"", "{\"name\":\"vs0\"} x", "{\"name\":\"vs0\",}",
        "{\"name\":\"vs0\",\"port_groups\":[", "{\"name\":\"vs0\",\"port_groups\":[{]}",
        "{\"name\":\"vs0\",\"port_groups\":[{\"name\":\"a\"}}", "{\"name\":\"a\xff\"}",
        "{\"name\":\"vs0\",\"port_groups\":[[[[[[[[[[[[[[[[[[[[[[[["};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const vif_status st = decode(bad[i]);
        if (st != VIF_E_JSON && st != VIF_E_FIELD) {
            CHECK_FAIL("%s: %s", bad[i], vif_status_name(st));
        }
        CHECK_INT(err.status, st);
    }
}

/* A text that ends anywhere is refused; one that is read with any less memory, too. */
TEST(cut_anywhere)
{
    static const char whole[] = "{\"name\":\"vs0\",\"uplinks\":[\"eth1\"],\"port_groups\":"
        "[{\"name\":\"a\",\"vlan\":5},{\"name\":\"b\",\"shaping\":{\"in_bps\":5}}]}";
    for (size_t len = 0; len < sizeof whole - 1; len++) {
        char part[sizeof whole];
        memcpy(part, whole, len);
        part[len] = '\0';
        CHECK(decode(part) != VIF_OK);
    }
    CHECK_INT(decode(whole), VIF_OK);
    vif_status st = VIF_E_NOMEM;
    size_t size = 0;
    for (; st == VIF_E_NOMEM && size < 8192; size += 8) {
        vif_arena_init(&arena, room, size);
        st = vif_switch_decode(&arena, whole, sizeof whole - 1, &sw, &err);
    }
    CHECK_INT(st, VIF_OK);
    CHECK(size > 256);
}

/* Many groups are taken, as long as their text fits; the same list is never looked at as long. */
TEST(many_groups)
{
    size_t count[2] = {400, 2000};
    for (int round = 0; round < 2; round++) {
        size_t len = (size_t)sprintf(text, "{\"name\":\"vs0\",\"port_groups\":[");
        for (size_t i = 0; i < count[round]; i++) {
            len += (size_t)sprintf(text + len, "%s{\"name\":\"g%zu\"}", i > 0 ? "," : "", i);
        }
        strcpy(text + len, "]}");
        if (round == 0) {
            CHECK_INT(decode(text), VIF_OK);
            CHECK_INT(sw.group_count, count[round]);
            CHECK_STR(sw.groups[399].name, "g399");
        } else {
            FIELD(text, "port_groups", "longer than 32768 bytes");
        }
    }
}

/* The length that it takes, and all of it or nothing. */
TEST(written_into_little_room)
{
    char small[16];
    CHECK_INT(decode("{\"name\":\"vs0\",\"mtu\":1500}"), VIF_OK);
    const size_t len = vif_switch_encode(&sw, text, sizeof text);
    CHECK_INT(vif_switch_encode(&sw, again, len), len);
    CHECK_STR(again, "");
    CHECK_INT(vif_switch_encode(&sw, again, len + 1), len);
    CHECK_STR(again, text);
    for (size_t cap = 0; cap < sizeof small; cap++) {
        memset(small, '#', sizeof small);
        CHECK_INT(vif_switch_encode(&sw, cap > 0 ? small : NULL, cap), len);
        if (cap > 0) {
            CHECK_STR(small, "");
        }
        CHECK(small[cap] == '#');
    }
}

/* One that was filled in by hand is checked as one that was read. */
TEST(filled_in_by_hand)
{
    vif_port_group groups[2];
    memset(&sw, 0, sizeof sw);
    memset(groups, 0, sizeof groups);
    FIELD("{}", "name", "1 to 80");
    sw.name = "vs0";
    sw.groups = groups;
    sw.group_count = 2;
    groups[0].name = "a";
    groups[1].name = NULL;
    CHECK_INT(vif_switch_check(&sw, &err), VIF_E_FIELD);
    CHECK_STR(err.where, "port_groups[1].name");
    groups[1].name = "b\xff";
    CHECK_INT(vif_switch_check(&sw, &err), VIF_E_FIELD);
    groups[1].name = "b";
    CHECK_INT(vif_switch_check(&sw, &err), VIF_OK);
    CHECK_INT(vif_switch_check(&sw, NULL), VIF_OK);
}

/* ---- plans ----------------------------------------------------------------------------------- */

static vif_plan plan;
static vif_options options;

static vif_status make(vif_verb verb, const vif_subject *s)
{
    vif_plan_input in;
    memset(&in, 0, sizeof in);
    memset(&err, 0, sizeof err);
    in.verb = verb;
    in.options = &options;
    in.owner = "local";
    in.plan = s->plan;
    in.object = s->object;
    in.id = s->id;
    return vif_plan_make(&plan, &arena, &in, &err);
}

static vif_status make_switch(vif_verb verb)
{
    vif_subject s;
    memset(&s, 0, sizeof s);
    s.plan = vif_switch_plan;
    s.object = &sw;
    s.id = "switch:vs0";
    return make(verb, &s);
}

static void golden(const char *json, vif_verb verb, const char *want)
{
    if (decode(json) != VIF_OK || make_switch(verb) != VIF_OK) {
        CHECK_FAIL("%s: %s: %s", json, err.where, err.text);
        return;
    }
    CHECK_STR(plan.plugin, "switch");
    CHECK_STR(plan.bridge, "vs0");
    vif_plan_print(&plan, text, sizeof text);
    CHECK_STR(text, want);
}

static void no_plan(const char *json, vif_status want, const char *where, const char *words)
{
    if (decode(json) != VIF_OK) {
        CHECK_FAIL("%s: %s: %s", json, err.where, err.text);
        return;
    }
    CHECK_INT(make_switch(VIF_PLUG), want);
    CHECK_STR(err.where, where);
    CHECK_HAS(err.text, words);
    CHECK_INT(plan.count, 0);
}

#define TEXT_OF(more) "external_ids:vif-switch={\"name\":\"vs0\",\"backend\":\"ovs\"" more "}\n"
#define SHARED "external_ids:vif=vif:local:shared"

TEST(plans_of_open_vswitch)
{
    golden("{\"name\":\"vs0\"}", VIF_PLUG, "ovs bridge vs0 (counted) " SHARED " " TEXT_OF(""));
    golden("{\"name\":\"vs0\",\"uplinks\":[\"eth1\"],\"mtu\":9000,\"datapath_type\":\"netdev\","
           "\"port_groups\":[{\"name\":\"web\",\"vlan\":100}]}", VIF_PLUG,
           "mtu eth1 (shared) mtu=9000\n"
           "up eth1 (shared)\n"
           "ovs bridge vs0 (counted) " SHARED " datapath_type=netdev "
           TEXT_OF(",\"datapath_type\":\"netdev\",\"uplinks\":[\"eth1\"],\"mtu\":9000,"
                   "\"port_groups\":[{\"name\":\"web\",\"vlan\":100}]")
           "ovs port eth1 (counted) bridge=vs0 " SHARED "\n");
    golden("{\"name\":\"vs0\",\"uplinks\":[\"eth1\",\"eth2\"],"
           "\"teaming\":{\"mode\":\"balance-tcp\",\"lacp\":true}}", VIF_PLUG,
           "up eth1 (shared)\n"
           "up eth2 (shared)\n"
           "ovs bridge vs0 (counted) " SHARED " "
           TEXT_OF(",\"uplinks\":[\"eth1\",\"eth2\"],"
                   "\"teaming\":{\"mode\":\"balance-tcp\",\"lacp\":true}")
           "ovs port u-vs0 (counted) bridge=vs0 " SHARED " bond_mode=balance-tcp lacp=active\n");
    golden("{\"name\":\"vs0\",\"uplinks\":[\"eth1\"]}", VIF_UNPLUG,
           "ovs bridge vs0 (counted) " SHARED " " TEXT_OF(",\"uplinks\":[\"eth1\"]")
           "ovs port eth1 (counted) bridge=vs0 " SHARED "\n");
}

#define RECORD(more) \
    "record vs0 (own) text={\"name\":\"vs0\",\"backend\":\"linux\"" more "}\n"
#define OURS "setting vs0 (shared) family=ipv6 disable_ipv6=1 if the link is ours\n" \
    "up vs0 (shared)\n"

TEST(plans_of_linux)
{
    golden("{\"name\":\"vs0\",\"backend\":\"linux\"}", VIF_PLUG,
           RECORD("") "bridge vs0 (counted)\n" OURS);
    golden("{\"name\":\"vs0\",\"backend\":\"linux\",\"uplinks\":[\"eth1\"],\"mtu\":9000,"
           "\"port_groups\":[{\"name\":\"web\",\"vlan\":100}]}", VIF_PLUG,
           RECORD(",\"uplinks\":[\"eth1\"],\"mtu\":9000,"
                  "\"port_groups\":[{\"name\":\"web\",\"vlan\":100}]")
           "mtu eth1 (shared) mtu=9000\n"
           "up eth1 (shared)\n"
           "bridge vs0 (counted) vlan_filtering=yes\n" OURS
           "master eth1 (shared) master=vs0\n"
           "vlans eth1 (shared) pvid=1 tagged=1-4094\n"
           "mtu vs0 (shared) mtu=9000\n");
    golden("{\"name\":\"vs0\",\"backend\":\"linux\",\"uplinks\":[\"eth1\"]}", VIF_UNPLUG,
           RECORD(",\"uplinks\":[\"eth1\"]") "bridge vs0 (counted)\n" OURS
           "master eth1 (own) master=vs0\n");
}

/* ---- VIFs in port groups --------------------------------------------------------------------- */

static vif_vif vif;
static vif_network network;
static vif_member member;

static void start(const char *json, vif_class klass)
{
    CHECK_INT(decode(json), VIF_OK);
    memset(&options, 0, sizeof options);
    memset(&member, 0, sizeof member);
    vif_object_init(&vif, klass);
    vif_object_init(&network, VIF_CLASS_Network);
    network.bridge = "another";
    network.mtu = vif_int_of(1400);
    vif.base.id = "dc065497-3c8d-4f44-8fb4-e1d33c16a536";
    vif.base.address = "22:52:25:62:e2:aa";
    vif.base.network = &network;
    *(klass == VIF_CLASS_VIFBridge ? &vif.bridge.vif_name
      : klass == VIF_CLASS_VIFOpenVSwitch ? &vif.openvswitch.vif_name
      : &vif.generic.vif_name) = "tap0";
    member.vif = &vif;
    member.sw = sw;
    member.group = sw.groups;
}

/* The plan has this line, or a part of one. */
static void member_has(vif_verb verb, const char *part)
{
    const vif_subject s = vif_member_subject(&member, &options);
    CHECK_INT(make(verb, &s), VIF_OK);
    vif_plan_print(&plan, text, sizeof text);
    CHECK_HAS(text, part);
}

static void member_refused(vif_status want, const char *where, const char *words)
{
    const vif_subject s = vif_member_subject(&member, &options);
    CHECK_INT(make(VIF_PLUG, &s), want);
    CHECK_STR(err.where, where);
    CHECK_HAS(err.text, words);
    CHECK_INT(plan.count, 0);
}

#define OVS_WEB "{\"name\":\"vs0\",\"mtu\":1500,\"datapath_type\":\"netdev\",\"port_groups\":" \
    "[{\"name\":\"web\",\"vlan\":100}]}"
#define LINUX_WEB "{\"name\":\"vs0\",\"backend\":\"linux\",\"port_groups\":" \
    "[{\"name\":\"web\",\"shaping\":{\"in_bps\":1000000}}]}"

#define SETTINGS \
    "setting tap0 (own) family=ipv6 disable_ipv6=1\n" \
    "setting tap0 (own) family=ipv4 rp_filter=1\n" \
    "setting tap0 (own) family=ipv4 arp_ignore=1\n" \
    "setting tap0 (own) family=ipv4 accept_redirects=0\n" \
    "setting tap0 (own) family=ipv4 send_redirects=0\n"
#define BRIDGE "ovs bridge vs0 (borrowed) external_ids:vif-switch={\"name\":\"vs0\"," \
    "\"backend\":\"ovs\",\"datapath_type\":\"netdev\",\"mtu\":1500,\"port_groups\":" \
    "[{\"name\":\"web\",\"vlan\":100}]}\n"
#define PORT "ovs port tap0 (own) bridge=vs0 " \
    "external_ids:vif=vif:local:dc065497-3c8d-4f44-8fb4-e1d33c16a536 " \
    "external_ids:iface-id=dc065497-3c8d-4f44-8fb4-e1d33c16a536 " \
    "external_ids:iface-status=active external_ids:attached-mac=22:52:25:62:e2:aa " \
    "tag=100 trunks=[\"set\",[]] vlan_mode=[\"set\",[]]"

/* Whatever class it is of, it is the same VIF on this switch: with the switch's MTU, under its own
 * id. An unplug knows of the group by the port alone. */
TEST(members_of_open_vswitch)
{
    static const vif_class classes[] = {VIF_CLASS_VIFBridge, VIF_CLASS_VIFOpenVSwitch,
                                        VIF_CLASS_VIFGeneric};
    for (size_t i = 0; i < 3; i++) {
        start(OVS_WEB, classes[i]);
        member_has(VIF_PLUG, "tap tap0 (own) mac=22:52:25:62:e2:aa mtu=1500\n" SETTINGS);
        member_has(VIF_PLUG, "up tap0 (own)\n" BRIDGE PORT);
        member_has(VIF_PLUG, " external_ids:vif-port-group=web "
                   "external_ids:vif-mac=22:52:25:62:e2:aa ");
        member_has(VIF_UNPLUG, "device tap0 (own)\n");
        member_has(VIF_UNPLUG, BRIDGE PORT);
        member_has(VIF_UNPLUG, "ovs rows vif:local:dc065497-3c8d-4f44-8fb4-e1d33c16a536 (own)\n");
    }
}

#define NOTED "record tap0 (own) text=web\\x0a22:52:25:62:e2:aa\n" \
    "tap tap0 (own) mac=fe:52:25:62:e2:aa mtu=1400\n" SETTINGS "master tap0 (own) master=vs0\n"

/* The note of its group is there before its link; the switch is looked at again behind all. */
TEST(members_of_linux)
{
    static const vif_class classes[] = {VIF_CLASS_VIFBridge, VIF_CLASS_VIFOpenVSwitch,
                                        VIF_CLASS_VIFGeneric};
    for (size_t i = 0; i < 3; i++) {
        start(LINUX_WEB, classes[i]);
        member_has(VIF_PLUG, NOTED "rate tap0 (own) rate=1000000 burst=1418\n");
        member_has(VIF_PLUG, "up tap0 (own)\n"
                   "record vs0 (borrowed) text={\"name\":\"vs0\",\"backend\":\"linux\","
                   "\"port_groups\":[{\"name\":\"web\",\"shaping\":{\"in_bps\":1000000}}]}\n");
        member_has(VIF_UNPLUG, NOTED);
        CHECK(!strstr(text, "record vs0"));
    }
}

/* The group's own word counts, and the switch's where it has none; 0 of a group is no limit. */
TEST(policy_of_group_and_switch)
{
    start("{\"name\":\"vs0\",\"shaping\":{\"in_bps\":8,\"out_bps\":9,\"out_burst_bytes\":90},"
          "\"security\":{\"promiscuous\":true,\"mac_changes\":false},\"port_groups\":"
          "[{\"name\":\"a\"},{\"name\":\"b\",\"vlan\":4095,\"shaping\":{\"in_bps\":0},"
          "\"security\":{\"promiscuous\":false}}]}", VIF_CLASS_VIFGeneric);
    vif_options o;
    memset(&o, 0, sizeof o);
    vif__switch_options(&o, &sw, &sw.groups[0]);
    CHECK(o.port_rate_in_bps.value == 8 && o.port_rate_out_bps.value == 9 &&
          o.port_rate_out_burst_bytes == 90 && o.port_vlan == 0 && o.port_trunks == NULL);
    CHECK(o.port_promiscuous == VIF_TRUE && o.port_mac_changes == VIF_FALSE &&
          o.port_forged_transmits == VIF_BOOL_UNSET);
    vif__switch_options(&o, &sw, &sw.groups[1]);
    CHECK(o.port_rate_in_bps.state == VIF_STATE_UNSET && o.port_rate_out_bps.value == 9);
    CHECK(o.port_promiscuous == VIF_FALSE && o.port_mac_changes == VIF_FALSE);
    CHECK(o.port_vlan == 0);
    CHECK_STR(o.port_trunks, "1-4094");
}

TEST(members_refused)
{
    start(OVS_WEB, VIF_CLASS_VIFVHostUser);
    member_refused(VIF_E_FIELD, "versioned_object.name", "a VIFBridge");
    start(OVS_WEB, VIF_CLASS_VIFGeneric);
    vif.generic.vif_name = NULL;
    member_refused(VIF_E_FIELD, "versioned_object.name", "with a name");
    start(OVS_WEB, VIF_CLASS_VIFGeneric);
    member.group = NULL;
    member_refused(VIF_E_FIELD, "port_group", "is not set");
    start(OVS_WEB, VIF_CLASS_VIFGeneric);
    options.port_vlan = 7;
    member_refused(VIF_E_INVAL, "port_vlan", "is the port group's to say");
    options.port_vlan = 0;
    options.port_promiscuous = VIF_FALSE;
    member_refused(VIF_E_INVAL, "port_promiscuous", "is the port group's to say");
    options.port_promiscuous = VIF_BOOL_UNSET;
    options.port_rate_in_bps = vif_int_of(5);
    member_refused(VIF_E_INVAL, "port_rate_in_bps", "is the port group's to say");
}

TEST(plans_refused)
{
    no_plan("{\"name\":\"0123456789abcdef\"}", VIF_E_FIELD, "name", "");
    no_plan("{\"name\":\"a/b\"}", VIF_E_FIELD, "name", "");
    no_plan("{\"name\":\"0123456789abcd\",\"uplinks\":[\"a\",\"b\"]}", VIF_E_FIELD, "name",
            "longer than 13");
    no_plan("{\"name\":\"vs0\",\"datapath_type\":\"dpdk\"}", VIF_E_FIELD, "datapath_type",
            "netdev or system");
    no_plan("{\"name\":\"vs0\",\"backend\":\"linux\",\"teaming\":{\"mode\":\"balance-slb\"}}",
            VIF_E_FIELD, "teaming.mode", "Open vSwitch's");
}

CHECK_MAIN
