/* SPDX-License-Identifier: MIT
 * Virtual switches on a real Open vSwitch (userspace datapath): all of one is made or nothing, an
 * edit reaches the ports that have its groups and nothing else, and what somebody uses stays. */
/* flags: -Wl,--wrap=sendmsg,--wrap=send,--wrap=recv */
#include "ns.h"
#include "switch.h"
#include "vswitch.h"

static int transactions;
static int meddle_at, meddle_status;    /* before the meddle_at-th message somebody does … */
static const char *meddle;              /* … this */

ssize_t __wrap_send(int fd, const void *data, size_t len, int flags);
ssize_t __wrap_send(int fd, const void *data, size_t len, int flags)
{
    if (meddle_at > 0 && --meddle_at == 0) {
        meddle_status = sh("%s", meddle);
    }
    transactions += len > 20 && memmem(data, len, "\"transact\"", 10) != NULL;
    if (kill_after > 0 && --kill_after == 0) {
        raise(SIGKILL);
    }
    if (fail_after > 0 && --fail_after == 0) {
        errno = EPIPE;
        return -1;
    }
    return __real_send(fd, data, len, flags);
}

static int lose_at;                     /* the connection breaks before the lose_at-th answer */

ssize_t __real_recv(int fd, void *data, size_t len, int flags);
ssize_t __wrap_recv(int fd, void *data, size_t len, int flags);
ssize_t __wrap_recv(int fd, void *data, size_t len, int flags)
{
    const ssize_t got = __real_recv(fd, data, len, flags);
    if (got > 0 && lose_at > 0 && --lose_at == 0) {
        errno = ECONNRESET;
        return -1;
    }
    return got;
}

/* All of the host that a switch is made of, texts and files too. */
static char *all(void)
{
    char *what = everything(), *copy;
    sh(VSCTL "--format=csv --columns=name,datapath_type,external_ids list Bridge | sort; "
       "ls /run/vif 2>/dev/null | grep -v '^switches.lock$'");
    copy = (char *)malloc(strlen(what) + strlen(sh_text) + 2);
    sprintf(copy, "%s\n%s", what, sh_text);
    free(what);
    return copy;
}

#define ALL_AS(before) do { \
        char *now_ = all(); \
        if (strcmp(now_, before) != 0) { CHECK_FAIL("got\n%s\nwant\n%s", now_, before); } \
        free(now_); } while (0)

#define VS(more) "{'name':'vs0','backend':'ovs','datapath_type':'netdev'" more "}"
#define WEB(vlan) VS(",'port_groups':[{'name':'web','vlan':" #vlan "},{'name':'db'}]")

static vs_member a, b;

static void cards(void)
{
    DO("for n in 1 2 3; do ip link add eth$n type veth peer name far$n && ip link set far$n up && "
       "ip link set eth$n up || exit 1; done; "
       "while ip link show type veth | grep -q NO-CARRIER; do sleep 0.01; done");
}

static void no_cards(void)
{
    DO("for n in 1 2 3; do ip link del eth$n; done");
}

/* ---- define, undefine ------------------------------------------------------------------------ */

TEST(life)
{
    char *before, *defined;
    REQUIRE(open_host());
    cards();
    settle();
    before = all();
    CHECK_STR(vs_list(), "");
    GOOD(define(VS(",'uplinks':['eth1'],'mtu':1400,'port_groups':[{'name':'web','vlan':100}]")));
    settle();
    CHECK_STR(vs_list(), VS(",'uplinks':['eth1'],'mtu':1400,"
                            "'port_groups':[{'name':'web','vlan':100}]") "\n");
    CHECK_STR(vs_ports("vs0"), "eth1=uplink ");
    CHECK_STR(get("Bridge", "vs0", "datapath_type"), "netdev");
    CHECK_STR(get("Port", "eth1", "tag trunks"), "[]\n[]");
    CHECK(sh("ip link show eth1 | grep -q 'UP.*mtu 1400'") == 0);
    defined = all();
    FAILS(define(VS("")), VIF_E_EXISTS, "there is a switch of that name");
    CHECK_STR(err.where, "vs0");
    ALL_AS(defined);
    GOOD(undefine("vs0"));
    settle();
    ALL_AS(before);
    FAILS(undefine("vs0"), VIF_E_NO_INTERFACE, "no such switch");
    FAILS(edit(VS("")), VIF_E_NO_INTERFACE, "no such switch");
    CHECK_STR(vs_ports("vs0"), "E_NO_INTERFACE: vs0: there is no such switch");
    no_cards();
    free(before);
    free(defined);
    close_host();
}

/* Each refusal names what is in the way, and changes nothing. */
TEST(names_and_cards_of_others)
{
    char *before;
    REQUIRE(open_host());
    cards();
    DO(VSCTL "add-br other -- set bridge other datapath_type=netdev -- add-port other eth3; "
       "ip link add lbr type bridge; ip link add tapx type veth peer name tapy; "
       VSCTL "add-bond other team tapx tapy; "
       "ip addr add 192.0.2.1/24 dev eth2");
    GOOD(define("{'name':'vs1','datapath_type':'netdev','uplinks':['eth1'],"
                "'port_groups':[{'name':'web'}]}"));
    settle();
    before = all();
    FAILS(define("{'name':'other'}"), VIF_E_EXISTS, "already");
    CHECK_STR(err.where, "other");
    FAILS(define("{'name':'lbr'}"), VIF_E_EXISTS, "already");
    FAILS(define("{'name':'tapx'}"), VIF_E_EXISTS, "already");
    FAILS(define("{'name':'vs1'}"), VIF_E_EXISTS, "there is a switch of that name");
    FAILS(define("{'name':'vs1','backend':'linux'}"), VIF_E_EXISTS, "there is a switch");
    FAILS(define(VS(",'port_groups':[{'name':'new'},{'name':'web'}]")), VIF_E_EXISTS,
          "is a port group of the switch vs1");
    CHECK_STR(err.where, "port_groups[1].name");
    FAILS(define("{'name':'vs0','backend':'linux','port_groups':[{'name':'web'}]}"), VIF_E_EXISTS,
          "is a port group of the switch vs1");
    FAILS(define(VS(",'uplinks':['eth1']")), VIF_E_EXISTS, "is an uplink of the switch vs1");
    CHECK_STR(err.where, "eth1");
    FAILS(define(VS(",'uplinks':['eth2']")), VIF_E_EXISTS, "the host has addresses on it");
    CHECK_STR(err.where, "eth2");
    FAILS(define(VS(",'uplinks':['eth3']")), VIF_E_EXISTS, "in use: a port of other");
    FAILS(define("{'name':'vs0','backend':'linux','uplinks':['eth3']}"), VIF_E_EXISTS,
          "in use: a port of other");
    FAILS(define("{'name':'vs0','backend':'linux','uplinks':['tapx']}"), VIF_E_EXISTS,
          "in use: a port of other");
    CHECK_STR(err.where, "tapx");
    FAILS(define("{'name':'vs0','backend':'linux','uplinks':['eth1']}"), VIF_E_EXISTS,
          "is an uplink of the switch vs1");
    FAILS(define(VS(",'uplinks':['eth9']")), VIF_E_NO_INTERFACE, "no such uplink");
    CHECK_STR(err.where, "eth9");
    FAILS(define("{'name':'vs0','backend':'none'}"), VIF_E_FIELD, "none of that name");
    CHECK_STR(err.where, "backend");
    ALL_AS(before);
    DO("ip link set eth2 master lbr 2>/dev/null; ip addr flush dev eth2");
    FAILS(define(VS(",'uplinks':['eth2']")), VIF_E_EXISTS, "a port of lbr");
    GOOD(undefine("vs1"));
    DO(VSCTL "del-br other; ip link del lbr; ip link del tapx");
    no_cards();
    free(before);
    close_host();
}

TEST(undefine_refused)
{
    char *before;
    REQUIRE(open_host());
    GOOD(define(WEB(100)));
    GOOD(vs_plug(&a, 1, "web"));
    before = all();
    FAILS(undefine("vs0"), VIF_E_BUSY, "has a port of the VIF 00000001-");
    CHECK_STR(err.where, "web");
    ALL_AS(before);
    GOOD(vs_unplug(&a));
    free(before);
    DO("ip link add hand type veth peer name hand1; " VSCTL "add-port vs0 hand");
    before = all();
    FAILS(undefine("vs0"), VIF_E_BUSY, "has a port that is somebody else's: hand");
    CHECK_STR(vs_ports("vs0"), "hand=foreign ");
    ALL_AS(before);
    DO(VSCTL "del-port hand; ip link del hand; ip addr add 192.0.2.1/24 dev vs0");
    FAILS(undefine("vs0"), VIF_E_BUSY, "is the host's own, which has addresses on vs0");
    CHECK_STR(vs_ports("vs0"), "vs0=host ");
    DO("ip addr flush dev vs0");
    /* a name of a port may be longer than a link's */
    DO(VSCTL "--no-wait add-bond vs0 %064d x1 x2", 1);
    FAILS(undefine("vs0"), VIF_E_BUSY, "somebody else's: 00000");
    DO(VSCTL "--no-wait del-port %064d", 1);
    DO(VSCTL "--no-wait add-bond vs0 %0100d x1 x2", 1);
    FAILS(undefine("vs0"), VIF_E_BUSY, "somebody else's: 00000");
    DO(VSCTL "--no-wait del-port %0100d", 1);
    GOOD(undefine("vs0"));
    free(before);
    close_host();
}

/* A port that comes between the look and the deletion keeps the bridge, which is then the switch
 * that it was; the server itself looks, in the transaction that deletes. */
TEST(a_port_that_comes_just_then)
{
#define DEFINED VS(",'uplinks':['eth1'],'port_groups':[{'name':'web','vlan':100}]")
    char *before;
    int kept = 0, k;
    bool done = false;
    REQUIRE(open_host());
    cards();
    before = all();
    meddle = VSCTL "--no-wait add-port vs0 eth2";
    for (k = 1; !done && k < 60; k++) {
        vif_status st;
        GOOD(define(DEFINED));
        settle();
        meddle_status = -1;
        meddle_at = k;
        st = undefine("vs0");
        done = meddle_at > 0;
        meddle_at = 0;
        if (st == VIF_OK) {
            CHECK(meddle_status != 0);  /* there was no bridge any more */
        } else {
            FAILS(st, VIF_E_BUSY, "has a port that is somebody else's: eth2");
            CHECK_INT(meddle_status, 0);
            CHECK_STR(vs_list(), DEFINED "\n");
            CHECK(!strcmp(vs_ports("vs0"), "eth1=uplink eth2=foreign ") ||
                  !strcmp(vs_ports("vs0"), "eth2=foreign eth1=uplink "));
            kept++;
            DO(VSCTL "del-port eth2");
            GOOD(undefine("vs0"));
        }
        settle();
        ALL_AS(before);
    }
    printf("# %d messages, the bridge was kept %d times\n", k, kept);
    CHECK(done && kept > 2);
    no_cards();
    free(before);
    close_host();
}

/* ---- VIFs ------------------------------------------------------------------------------------ */

TEST(a_vif_in_a_group)
{
    char *before, *defined, *plugged;
    REQUIRE(open_host());
    before = all();
    GOOD(define(WEB(100)));
    settle();
    defined = all();
    CHECK_INT(vs_plug(&b, 2, "nowhere"), VIF_E_NO_INTERFACE);
    CHECK_HAS(err.text, "no such port group");
    CHECK_STR(err.where, "nowhere");
    GOOD(vs_plug(&a, 1, "web"));
    settle();
    CHECK_STR(get("Port", "m1", "tag"), "100");
    CHECK_STR(get("Port", "m1", "external_ids:vif-port-group"), "web");
    CHECK_STR(vs_ports("vs0"), "m1=vif(web) ");
    plugged = all();
    changing = 0;
    said[0] = '\0';
    GOOD(vs_verb(&a, VIF_PLUG));
    CHECK_INT(changing, 0);
    CHECK_STR(said, "");
    ALL_AS(plugged);
    GOOD(vs_verb(&a, VIF_CHECK));
    DO(VSCTL "set Port m1 tag=7");
    CHECK_INT(vs_verb(&a, VIF_CHECK), VIF_E_DIFFERENT);
    CHECK(vs_differs("tag", "100", "7"));
    GOOD(vs_verb(&a, VIF_PLUG));
    settle();
    ALL_AS(plugged);
    GOOD(vs_unplug(&a));
    settle();
    ALL_AS(defined);
    GOOD(vs_plug(&a, 1, "db"));
    CHECK_STR(get("Port", "m1", "tag"), "0");
    memset(&err, 0, sizeof err);
    GOOD(vif_unplug_id(&host, a.id, &err));
    settle();
    ALL_AS(defined);
    vif_arena_free(&a.arena);
    GOOD(undefine("vs0"));
    settle();
    ALL_AS(before);
    free(before);
    free(defined);
    free(plugged);
    close_host();
}

TEST(management_groups)
{
    REQUIRE(open_host());
    GOOD(define(VS(",'port_groups':[{'name':'Management Network','management':true}]")));
    FAILS(vs_plug(&a, 1, "Management Network"), VIF_E_FIELD, "is a management group");
    GOOD(undefine("vs0"));
    close_host();
}

/* What has been edited since its group was looked up is not plugged as it was. An unplug asks
 * nothing of that. */
TEST(a_group_that_was_edited_since)
{
    char *before;
    REQUIRE(open_host());
    GOOD(define(WEB(100)));
    GOOD(vs_plug(&a, 1, "web"));
    vs_vif(&b, 2);
    GOOD(vs_find(&b, "web"));
    GOOD(edit(WEB(200)));
    settle();
    CHECK_STR(get("Port", "m1", "tag"), "200");
    before = all();
    FAILS(vs_verb(&b, VIF_PLUG), VIF_E_CONFLICT, "has been changed since");
    settle();
    ALL_AS(before);
    CHECK_INT(vs_verb(&b, VIF_CHECK), VIF_E_CONFLICT);
    GOOD(vs_unplug(&a));
    GOOD(vs_unplug(&b));
    GOOD(undefine("vs0"));
    free(before);
    close_host();
}

/* ---- edit ------------------------------------------------------------------------------------ */

TEST(edits_of_vlans)
{
    REQUIRE(open_host());
    GOOD(define(WEB(0)));
    GOOD(vs_plug(&a, 1, "web"));
    GOOD(vs_plug(&b, 2, "db"));
    CHECK_STR(get("Port", "m1", "tag"), "0");      /* what has a tag stays out */
    for (int i = 0; i < 2; i++) {
        GOOD(edit(WEB(100)));
        CHECK_STR(get("Port", "m1", "tag trunks vlan_mode"), "100\n[]\n[]");
        GOOD(edit(WEB(4095)));
        CHECK_STR(get("Port", "m1", "tag trunks vlan_mode"), "[]\n[]\n[]");    /* all */
        GOOD(edit(WEB(0)));
        CHECK_STR(get("Port", "m1", "tag trunks vlan_mode"), "0\n[]\n[]");
    }
    CHECK_STR(get("Port", "m2", "tag trunks vlan_mode"), "0\n[]\n[]");
    vif_arena_free(&a.arena);
    GOOD(vs_find(&a, "web"));
    GOOD(vs_verb(&a, VIF_CHECK));
    GOOD(vs_unplug(&a));
    GOOD(vs_unplug(&b));
    GOOD(undefine("vs0"));
    close_host();
}

/* An edit that changes nothing sends no change. */
TEST(an_edit_of_nothing)
{
    char *before;
    REQUIRE(open_host());
    cards();
    GOOD(define(VS(",'uplinks':['eth1'],'mtu':1500,'port_groups':[{'name':'web','vlan':5}]")));
    GOOD(vs_plug(&a, 1, "web"));
    settle();
    before = all();
    changing = 0;
    GOOD(edit(VS(",'uplinks':['eth1'],'mtu':1500,'port_groups':[{'name':'web','vlan':5}]")));
    CHECK_INT(changing, 0);
    ALL_AS(before);
    GOOD(vs_unplug(&a));
    GOOD(undefine("vs0"));
    no_cards();
    free(before);
    close_host();
}

/* The MTU of what is plugged goes with the switch's; where one of them can't have it (a tap no more
 * than 65521 bytes), all have what they had, whatever that was. */
TEST(edits_of_mtu)
{
    char *before;
    REQUIRE(open_host());
    cards();
    GOOD(define(WEB(100)));
    GOOD(vs_plug(&a, 1, "web"));
    GOOD(vs_plug(&b, 2, "db"));
    DO("ip link set eth1 down; ip link set m2 mtu 1450; ip link set eth1 mtu 1480");
    settle();
    before = all();
    FAILS(edit(VS(",'uplinks':['eth1'],'mtu':65530,'port_groups':[{'name':'web','vlan':7},"
                  "{'name':'db'}]")), VIF_E_KERNEL, "mtu greater than device maximum");
    CHECK(!strstr(err.text, "left behind"));
    settle();
    ALL_AS(before);
    CHECK_STR(get("Port", "m1", "tag"), "100");
    GOOD(edit(VS(",'mtu':1300,'port_groups':[{'name':'web','vlan':7},{'name':'db'}]")));
    settle();
    DO("ip link show m1 | grep -q 'mtu 1300' && ip link show m2 | grep -q 'mtu 1300'");
    CHECK_STR(get("Port", "m1", "tag"), "7");
    CHECK_STR(get("Interface", "m1", "mtu"), "1300");
    vif_arena_free(&a.arena);
    GOOD(vs_find(&a, "web"));
    GOOD(vs_verb(&a, VIF_CHECK));
    GOOD(vs_unplug(&a));
    GOOD(vs_unplug(&b));
    GOOD(undefine("vs0"));
    no_cards();
    free(before);
    close_host();
}

static const char *mtus(void)
{
    sh("cat /sys/class/net/eth1/mtu /sys/class/net/eth2/mtu /sys/class/net/eth3/mtu | xargs echo; "
       "ls /run/vif | grep -c card");
    return sh_text;
}

/* A card that leaves has what it had when it came. */
TEST(cards_get_their_mtu_back)
{
    REQUIRE(open_host());
    cards();
    DO("mount -t sysfs none /sys; ip link set eth1 mtu 1480");
    GOOD(define(VS(",'uplinks':['eth1'],'mtu':1400")));
    GOOD(edit(VS(",'uplinks':['eth1','eth2'],'mtu':1350,'port_groups':[{'name':'web'}]")));
    CHECK_STR(mtus(), "1350 1350 1500\n2");
    GOOD(vs_plug(&a, 1, "web"));
    FAILS(edit(VS(",'uplinks':['eth1','eth3'],'mtu':65530,'port_groups':[{'name':'web'}]")),
          VIF_E_KERNEL, "mtu greater than device maximum");
    GOOD(vs_unplug(&a));
    CHECK_STR(mtus(), "1350 1350 1500\n2");
    GOOD(edit(VS(",'uplinks':['eth3'],'mtu':1300")));
    CHECK_STR(mtus(), "1480 1500 1300\n1");
    GOOD(undefine("vs0"));
    CHECK_STR(mtus(), "1480 1500 1500\n0");
    GOOD(define(VS(",'uplinks':['eth1'],'mtu':1400")));
    DO(VSCTL "del-br vs0 && ip link set eth1 mtu 1490");    /* others have removed the switch */
    GOOD(define(VS(",'uplinks':['eth1'],'mtu':1400")));
    GOOD(undefine("vs0"));
    CHECK_STR(mtus(), "1490 1500 1500\n0");
    no_cards();
    close_host();
}

TEST(edits_of_groups)
{
    char *before;
    REQUIRE(open_host());
    GOOD(define(WEB(100)));
    GOOD(vs_plug(&a, 1, "web"));
    settle();
    before = all();
    FAILS(edit(VS(",'port_groups':[{'name':'db'},{'name':'new'}]")), VIF_E_BUSY,
          "has a port of the VIF 00000001-");
    CHECK_STR(err.where, "web");
    FAILS(edit(VS("")), VIF_E_BUSY, "has a port of the VIF 00000001-");
    FAILS(edit("{'name':'vs0','backend':'linux'}"), VIF_E_FIELD, "stays on the one that it has");
    CHECK_STR(err.where, "backend");
    ALL_AS(before);
    GOOD(edit(VS(",'port_groups':[{'name':'new','vlan':7},{'name':'web','vlan':100}]")));
    GOOD(vs_plug(&b, 2, "new"));
    CHECK_STR(get("Port", "m2", "tag"), "7");
    vif_arena_free(&b.arena);
    CHECK_INT(vs_plug(&b, 3, "db"), VIF_E_NO_INTERFACE);
    memset(&err, 0, sizeof err);
    GOOD(vif_unplug_id(&host, "00000002-0000-4000-8000-000000000000", &err));
    GOOD(vs_unplug(&a));
    GOOD(edit(VS("")));
    CHECK_STR(vs_list(), VS("") "\n");
    GOOD(undefine("vs0"));
    free(before);
    close_host();
}

/* A guest that died without an unplug keeps nobody from editing its group. */
TEST(an_edit_past_a_port_without_device)
{
    REQUIRE(open_host());
    GOOD(define(WEB(100)));
    GOOD(vs_plug(&a, 1, "web"));
    GOOD(vs_plug(&b, 2, "web"));
    DO("ip link del m1");
    settle();
    GOOD(edit(WEB(200)));
    CHECK_STR(get("Port", "m1", "tag"), "200");
    CHECK_STR(get("Port", "m2", "tag"), "200");
    GOOD(vs_unplug(&a));
    GOOD(vs_unplug(&b));
    GOOD(undefine("vs0"));
    close_host();
}

/* eth1, then a team of two, then the other of them, then none, and back. */
TEST(edits_of_uplinks)
{
    static const char *const steps[] = {"'eth1'", "'eth1','eth2'", "'eth2'", "", "'eth2','eth3'",
                                        "'eth1','eth2'", "'eth1','eth2','eth3'", "'eth3'"};
    static const char *const ports[] = {"eth1", "u-vs0", "eth2", "", "u-vs0", "u-vs0", "u-vs0",
                                        "eth3"};
    static const char *const ifaces[] = {"eth1", "eth1\neth2", "eth2", "", "eth2\neth3",
                                         "eth1\neth2", "eth1\neth2\neth3", "eth3"};
    char text[300], *before;
    REQUIRE(open_host());
    cards();
    before = all();
    GOOD(define(VS("")));
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        snprintf(text, sizeof text, VS(",'uplinks':[%s]"), steps[i]);
        GOOD(edit(text));
        DO(VSCTL "list-ports vs0");
        CHECK_STR(sh_text, ports[i]);
        DO(VSCTL "list-ifaces vs0");
        CHECK_STR(sh_text, ifaces[i]);
        if (strcmp(ports[i], "u-vs0") == 0) {
            CHECK_STR(get("Port", "u-vs0", "bond_mode lacp"), "active-backup\noff");
        }
    }
    GOOD(edit(VS(",'uplinks':['eth1','eth2'],'teaming':{'mode':'balance-tcp','lacp':true}")));
    CHECK_STR(get("Port", "u-vs0", "bond_mode lacp"), "balance-tcp\nactive");
    GOOD(edit(VS(",'uplinks':['eth1','eth2'],'teaming':{'mode':'balance-slb'}")));
    CHECK_STR(get("Port", "u-vs0", "bond_mode lacp"), "balance-slb\noff");
    FAILS(edit(VS(",'uplinks':['eth1','eth9']")), VIF_E_NO_INTERFACE, "no such uplink");
    CHECK_STR(get("Port", "u-vs0", "bond_mode lacp"), "balance-slb\noff");
    GOOD(undefine("vs0"));
    settle();
    ALL_AS(before);
    no_cards();
    free(before);
    close_host();
}

/* The rows of what leads out, and its links: what is made anew has other UUIDs. */
static char *ways_out(void)
{
    DO(VSCTL "--format=csv --columns=_uuid,name,ofport list Interface | grep eth | sort; "
       VSCTL "--format=csv --columns=_uuid,name list Port | grep -e eth -e u- | sort; "
       "ip -o link show type veth | grep -o 'eth.*mtu [0-9]*' | sort");
    return strdup(sh_text);
}

/* What an edit drops goes in the transaction that makes the rest. If somebody else edits the switch
 * before it, or before any other message, the uplinks that he has are never touched. */
TEST(edits_of_uplinks_lose_a_race)
{
    static const char *const steps[][2] = {{"'eth1'", "'eth2'"}, {"'eth1'", "'eth1','eth2'"},
                                           {"'eth1','eth2'", "'eth2','eth3'"},
                                           {"'eth1','eth2'", "'eth2'"}, {"'eth3'", ""}};
    char from[200], to[200];
    REQUIRE(open_host());
    cards();
    meddle = VSCTL "--no-wait set Bridge vs0 \"external_ids:vif-switch=$("
        VSCTL "get Bridge vs0 external_ids:vif-switch | sed s/web/his/)\"";
    GOOD(define(VS("")));
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        bool met = true;
        int lost = 0;
        snprintf(from, sizeof from, VS(",'uplinks':[%s],'port_groups':[{'name':'web'}]"),
                 steps[i][0]);
        snprintf(to, sizeof to, VS(",'uplinks':[%s],'port_groups':[{'name':'web'}]"), steps[i][1]);
        for (int k = 1; met && k < 40; k++) {
            char *before, *now;
            vif_status st;
            GOOD(edit(from));
            before = ways_out();
            meddle_at = k;
            st = edit(to);
            met = meddle_at == 0;
            meddle_at = 0;
            settle();
            if (st != VIF_OK) {
                FAILS(st, VIF_E_CONFLICT, "has been changed since");
                CHECK(strstr(err.text, "left behind") == NULL);
                now = ways_out();
                CHECK_STR(now, before);
                free(now);
                lost++;
            }
            free(before);
        }
        CHECK(lost > 0 && !met);
    }
    GOOD(undefine("vs0"));
    no_cards();
    close_host();
}

/* A link that stays in the team keeps its port of the switch when another comes or goes. */
TEST(a_team_keeps_its_links)
{
    char *before, *now;
    REQUIRE(open_host());
    cards();
    GOOD(define(VS(",'uplinks':['eth1','eth2']")));
    settle();
    before = strdup(get("Interface", "eth2", "ofport"));
    GOOD(edit(VS(",'uplinks':['eth2','eth3']")));
    GOOD(edit(VS(",'uplinks':['eth1','eth2','eth3']")));
    settle();
    now = strdup(get("Interface", "eth2", "ofport"));
    CHECK_STR(now, before);
    GOOD(undefine("vs0"));
    no_cards();
    free(before);
    free(now);
    close_host();
}

/* An uplink that somebody has given to another bridge, or put into another bond, is his: an edit
 * that has it is refused before anything, and one that drops it leaves it there. */
TEST(an_uplink_that_somebody_took)
{
    char *before;
    REQUIRE(open_host());
    cards();
    DO(VSCTL "add-br other -- set bridge other datapath_type=netdev");
    GOOD(define(VS(",'uplinks':['eth1']")));
    DO(VSCTL "del-port eth1 -- add-port other eth1");
    settle();
    before = all();
    FAILS(edit(VS(",'uplinks':['eth1'],'mtu':1400")), VIF_E_EXISTS, "in use: a port of other");
    CHECK_STR(err.where, "eth1");
    FAILS(edit(VS(",'uplinks':['eth1','eth2']")), VIF_E_EXISTS, "in use: a port of other");
    CHECK(strstr(err.text, "left behind") == NULL);
    ALL_AS(before);
    GOOD(edit(VS(",'uplinks':['eth2']")));
    DO(VSCTL "port-to-br eth1");
    CHECK_STR(sh_text, "other");
    DO(VSCTL "port-to-br eth2");
    CHECK_STR(sh_text, "vs0");
    GOOD(undefine("vs0"));
    DO(VSCTL "del-br other");
    no_cards();
    free(before);
    close_host();
}

/* ---- failures, kills ------------------------------------------------------------------------- */

#define BIG VS(",'uplinks':['eth1'],'mtu':1500,'port_groups':[{'name':'web','vlan':100}," \
               "{'name':'db','vlan':7}]")
#define BIG_NOW VS(",'uplinks':['eth1','eth2'],'mtu':1400,'port_groups':" \
                   "[{'name':'web','vlan':200},{'name':'db'},{'name':'more'}]")

static vif_status do_define(void) { return define(BIG); }
static vif_status do_edit(void) { return edit(BIG_NOW); }
static vif_status do_undefine(void) { return undefine("vs0"); }

/* A verb whose k-th request is not sent, whichever: all is as it was, or it was not the verb's. */
static void fails_anywhere(vif_status (*verb)(void), vif_status (*again)(void),
                           vif_status (*undo)(void))
{
    char *before = all();
    bool hit = true;
    int k;
    for (k = 1; hit && k < 120; k++) {
        vif_status st;
        fail_after = k;
        st = verb();
        hit = fail_after == 0;
        fail_after = 0;
        if (st == VIF_OK && undo) {
            GOOD(undo());
        } else if (st != VIF_OK) {
            settle();
            if (st == VIF_E_UNKNOWN || strstr(err.text, "left behind")) {
                printf("# k %d: %s: %s\n", k, vif_status_name(st), err.text);
            } else {
                char *now = all();
                if (strcmp(now, before) != 0) {
                    CHECK_FAIL("k %d, %s %s: %s: got\n%s\nwant\n%s", k, vif_status_name(st),
                               err.where, err.text, now, before);
                }
                free(now);
            }
        }
        if (st != VIF_OK) {
            const bool gone = st == VIF_E_UNKNOWN && verb == do_undefine;
            if (gone && again() == VIF_E_NO_INTERFACE) {
                err.status = VIF_OK;    /* what it said may be, is */
            } else {
                GOOD(again());
            }
            if (undo) {
                GOOD(undo());
            }
        }
        settle();
    }
    CHECK(k > 4 && !hit);
    free(before);
}

TEST(define_fails_anywhere)
{
    REQUIRE(open_host());
    cards();
    fails_anywhere(do_define, do_define, do_undefine);
    no_cards();
    close_host();
}

/* A card that is dropped has the MTU that it got. */
static void cards_as_before(void)
{
    DO("ip link set eth1 mtu 1500; ip link set eth2 mtu 1500");
}

static vif_status edit_back(void)
{
    const vif_status st = edit(BIG);
    cards_as_before();
    return st;
}

TEST(edit_fails_anywhere)
{
    REQUIRE(open_host());
    cards();
    DO("ip link set eth2 up");
    GOOD(define(BIG));
    GOOD(vs_plug(&a, 1, "web"));
    GOOD(vs_plug(&b, 2, "db"));
    settle();
    fails_anywhere(do_edit, do_edit, edit_back);
    GOOD(vs_unplug(&a));
    GOOD(vs_unplug(&b));
    GOOD(undefine("vs0"));
    no_cards();
    close_host();
}

TEST(undefine_fails_anywhere)
{
    REQUIRE(open_host());
    cards();
    GOOD(define(BIG));
    settle();
    fails_anywhere(do_undefine, do_undefine, do_define);
    GOOD(undefine("vs0"));
    no_cards();
    close_host();
}

static vif_status (*child_verb)(void);
static int child_at;

static void child_body(void)
{
    if (open_host()) {
        kill_after = child_at;
        _exit(child_verb() == VIF_OK ? 0 : 1);
    }
    _exit(2);
}

static vif_status edit_web(void)
{
    return edit(WEB(200));
}

/* Killed before any of its requests, the same again makes it right, and the opposite takes all of
 * it away. */
TEST(killed_anywhere)
{
    static vif_status (*const verbs[])(void) = {do_define, do_edit, do_undefine};
    char *before, *defined, *edited;
    REQUIRE(open_host());
    cards();
    before = all();
    GOOD(define(BIG));
    settle();
    defined = all();
    GOOD(edit(BIG_NOW));
    settle();
    edited = all();
    GOOD(undefine("vs0"));
    settle();
    cards_as_before();
    ALL_AS(before);
    for (int way = 0; way < 6; way++) {
        int status = -1, n;
        for (n = 1; status != 0 && n < 100; n++) {
            pid_t pid;
            if (way / 2 != 0) {
                GOOD(define(BIG));
            }
            if (way / 2 == 1) {
                GOOD(vs_plug(&a, 1, "web"));
                GOOD(vs_plug(&b, 2, "db"));
            }
            child_verb = verbs[way / 2];
            child_at = n;
            pid = run_in_child(child_body);
            (void)waitpid(pid, &status, 0);
            CHECK(status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
            if (way % 2 == 0 && way / 2 < 2) {
                vif_status st = verbs[way / 2]();
                if (st == VIF_E_EXISTS) {
                    st = edit(BIG);
                }
                GOOD(st);
            }
            if (way == 2) {
                CHECK_STR(get("Port", "m1", "tag"), "200");
                CHECK_STR(get("Port", "m2", "tag"), "0");
            }
            if (way / 2 == 1) {
                GOOD(vs_unplug(&a));
                GOOD(vs_unplug(&b));
            }
            if (way % 2 == 0 && way / 2 < 2) {
                settle();
                ALL_AS(way / 2 == 0 ? defined : edited);
            }
            if (undefine("vs0") == VIF_E_NO_INTERFACE) {
                err.status = VIF_OK;
            }
            CHECK_INT(err.status, VIF_OK);
            settle();
            cards_as_before();
            ALL_AS(before);
        }
        CHECK(n > 3);
    }
    no_cards();
    free(before);
    free(defined);
    free(edited);
    close_host();
}

/* ---- many, at once --------------------------------------------------------------------------- */

static int racer;

/* Each defines a switch of the same name, or (odd) of another name with the same group. */
static void racing(void)
{
    char text[200];
    if (!open_host()) {
        _exit(9);
    }
    for (int i = 0; i < 10; i++) {
        vif_status st;
        const char *name = racer % 2 == 0 ? "vs0" : "vs1";
        host.desc.timeout_ms = 30000;
        snprintf(text, sizeof text, "{'name':'%s','datapath_type':'netdev',"
                 "'port_groups':[{'name':'web','vlan':%d}]}", name, racer + 1);
        st = define(text);
        if (st != VIF_OK && st != VIF_E_EXISTS) {
            printf("# define: %s %s: %s\n", vif_status_name(st), err.where, err.text);
            fflush(stdout);
            _exit(1);
        }
        if (st == VIF_OK) {
            const char *list = vs_list();
            if (strstr(list, name) == NULL || strchr(list, '\n') != strrchr(list, '\n')) {
                printf("# %s: list: %s\n", name, list);
                fflush(stdout);
                _exit(2);
            }
            st = undefine(name);
            if (st != VIF_OK) {
                printf("# undefine: %s %s: %s\n", vif_status_name(st), err.where, err.text);
                fflush(stdout);
                _exit(3);
            }
        }
    }
    _exit(0);
}

TEST(eight_processes)
{
    pid_t pids[8];
    char *before;
    int status;
    REQUIRE(open_host());
    before = all();
    for (racer = 0; racer < 8; racer++) {
        pids[racer] = run_in_child(racing);
    }
    for (int i = 0; i < 8; i++) {
        CHECK(waitpid(pids[i], &status, 0) == pids[i] && status == 0);
    }
    settle();
    ALL_AS(before);
    free(before);
    close_host();
}

static const char *counted;

/* No lock is common to the two, as to agents of two hosts over one database. */
static void counting(void)
{
    static char dir[32];
    vif_host_desc desc = host_desc();
    snprintf(dir, sizeof dir, "/run/vif-%s", counted);
    desc.state_dir = dir;
    if (vif_host_open(&host, &desc, &err) != VIF_OK) {
        _exit(9);
    }
    _exit(vs_count_up(counted, 200, false) < 0);
}

/* Two agents read the switch, change one group each, and edit it, all the time: none of their edits
 * is lost. */
TEST(edits_of_what_was_seen)
{
    static const char *const groups[] = {"web", "db"};
    pid_t pids[2];
    int status;
    REQUIRE(open_host());
    GOOD(define(VS(",'port_groups':[{'name':'web'},{'name':'db'}]")));
    for (int i = 0; i < 2; i++) {
        counted = groups[i];
        pids[i] = run_in_child(counting);
    }
    for (int i = 0; i < 2; i++) {
        CHECK(waitpid(pids[i], &status, 0) == pids[i] && status == 0);
    }
    CHECK_STR(vs_list(), VS(",'port_groups':[{'name':'web','shaping':{'in_bps':200000}},"
                            "{'name':'db','shaping':{'in_bps':200000}}]") "\n");
    GOOD(undefine("vs0"));
    sh("rm -rf /run/vif-web /run/vif-db");
    close_host();
}

/* A hundred ports of a group are edited in a few transactions; one VIF that is bad fails alone. */
TEST(a_hundred_ports)
{
    enum { COUNT = 100 };
    static vs_member members[COUNT];
    static vif_subject subjects[COUNT];
    static vif_result results[COUNT];
    vif_job_desc d;
    vif_status st;
    REQUIRE(open_host());
    GOOD(define(WEB(100)));
    memset(&d, 0, sizeof d);
    host_options.ovs_applied_timeout_ms = 60000;
    vs_vif(&a, 0);
    GOOD(vs_find(&a, "web"));
    for (int i = 0; i < COUNT; i++) {
        vs_vif(&members[i], (unsigned)i);
        members[i].member.sw = a.member.sw;
        members[i].member.group = a.member.group;
        members[i].options.ovs_applied_timeout_ms = 60000;
        subjects[i] = vif_member_subject(&members[i].member, &members[i].options);
    }
    members[17].options.port_vlan = 3;
    d.subjects = subjects;
    d.count = COUNT;
    d.results = results;
    memset(&err, 0, sizeof err);
    st = vif_verb_many(&host, &d, &err);
    CHECK_INT(st, VIF_E_INVAL);
    CHECK_HAS(err.text, "is the port group's to say");
    for (int i = 0; i < COUNT; i++) {
        CHECK_INT(results[i].error.status, i == 17 ? VIF_E_INVAL : VIF_OK);
    }
    DO(VSCTL "list-ports vs0 | wc -l");
    CHECK_STR(sh_text, "99");
    transactions = changing = 0;
    GOOD(edit(WEB(200)));
    CHECK(transactions < 12);
    printf("# an edit of 99 ports: %d transactions, %d changes of the kernel\n", transactions,
           changing);
    DO(VSCTL "--columns=tag find Port tag=200 | grep -c tag");
    CHECK_STR(sh_text, "99");
    members[17].options.port_vlan = 0;
    d.verb = VIF_UNPLUG;
    GOOD(vif_verb_many(&host, &d, &err));
    vif_arena_free(&a.arena);
    GOOD(undefine("vs0"));
    close_host();
}

static unsigned plugger;

static void plugging(void)
{
    if (!open_host()) {
        _exit(9);
    }
    for (int i = 0; i < 12; i++) {
        vif_status st = VIF_E_CONFLICT;
        while (st == VIF_E_CONFLICT) {
            st = vs_plug(&a, plugger, "web");
        }
        if (st != VIF_OK || (i < 11 && (st = vs_unplug(&a)) != VIF_OK)) {
            printf("# m%u: %s %s: %s\n", plugger, vif_status_name(st), err.where, err.text);
            fflush(stdout);
            _exit(1);
        }
    }
    _exit(0);
}

/* Whatever a plug and an edit see of each other, in the end a port has what its group says. */
TEST(plugs_race_with_edits)
{
    pid_t pids[3];
    int alive = 3, status, edits = 0;
    const char *tag;
    REQUIRE(open_host());
    GOOD(define(WEB(100)));
    for (plugger = 1; plugger <= 3; plugger++) {
        pids[plugger - 1] = run_in_child(plugging);
    }
    for (; alive > 0; edits++) {
        GOOD(edit(edits % 2 == 0 ? WEB(200) : WEB(300)));
        usleep(20000);
        for (int k = 0; k < 3; k++) {
            if (pids[k] > 0 && waitpid(pids[k], &status, WNOHANG) == pids[k]) {
                CHECK_INT(status, 0);
                pids[k] = 0;
                alive--;
            }
        }
    }
    tag = edits % 2 == 1 ? "200" : "300";
    CHECK(edits > 3);
    for (unsigned n = 1; n <= 3; n++) {
        char name[16];
        snprintf(name, sizeof name, "m%u", n);
        CHECK_STR(get("Port", name, "tag"), tag);
        vs_vif(&a, n);
        GOOD(vs_find(&a, "web"));
        GOOD(vs_verb(&a, VIF_CHECK));
        GOOD(vs_unplug(&a));
    }
    GOOD(undefine("vs0"));
    close_host();
}

#define DB_IN(rate) ",{'name':'db','vlan':7},{'name':'x','vlan':9,'shaping':{'in_bps':" #rate "}}]"

/* Two guests of a group speak through edits of everything else: nothing is lost. */
TEST(traffic_through_edits)
{
    static const char *const edits[] = {
        VS(",'uplinks':['eth1'],'port_groups':[{'name':'web','vlan':5}" DB_IN(1000000)),
        VS(",'uplinks':['eth2'],'port_groups':[{'name':'web','vlan':5}" DB_IN(2000000)),
        VS(",'port_groups':[{'name':'y'},{'name':'web','vlan':5}" DB_IN(3000000)),
        VS(",'uplinks':['eth1','eth2'],'port_groups':[{'name':'web','vlan':5}" DB_IN(4000000))};
    static vs_member other;
    int spaces[2];
    vs_member *const members[] = {&a, &b};
    char line[300], last[300] = "";
    FILE *ping;
    REQUIRE(open_host());
    cards();
    GOOD(define(edits[0]));
    for (unsigned i = 0; i < 2; i++) {
        spaces[i] = ns_new_net();
        vs_vif(members[i], i + 1);
        GOOD(vs_find(members[i], "web"));
        members[i]->options.netns_fd = vif_u32_of((uint32_t)spaces[i]);
        GOOD(vs_verb(members[i], VIF_PLUG));
        DO("nsenter --net=/proc/%d/fd/%d sh -c 'ip addr add 10.9.0.%u/24 dev eth0 && "
           "ip link set eth0 up'", (int)getpid(), spaces[i], i + 1);
    }
    GOOD(vs_plug(&other, 3, "x"));
    DO("nsenter --net=/proc/%d/fd/%d ping -c3 -i0.2 -W2 10.9.0.1", (int)getpid(), spaces[1]);
    snprintf(line, sizeof line, "nsenter --net=/proc/%d/fd/%d ping -c250 -i0.01 -W2 -q 10.9.0.1",
             (int)getpid(), spaces[1]);
    ping = popen(line, "r");
    REQUIRE(ping != NULL);
    usleep(200000);
    for (int i = 1; i < 9; i++) {
        GOOD(edit(edits[i % 4]));
    }
    while (fgets(line, sizeof line, ping)) {
        if (strstr(line, "received")) {
            strcpy(last, line);
        }
    }
    pclose(ping);
    CHECK_HAS(last, "250 packets transmitted, 250 received");
    GOOD(vs_unplug(&other));
    GOOD(vs_unplug(&a));
    GOOD(vs_unplug(&b));
    GOOD(undefine("vs0"));
    no_cards();
    close(spaces[0]);
    close(spaces[1]);
    close_host();
}

/* ---- others ---------------------------------------------------------------------------------- */

/* What collects the dead takes no switch, nor its uplink. */
TEST(gc_and_unplug_by_id)
{
    static vif_found found[32];
    vif_gc_desc gc;
    size_t count, dead;
    char *before;
    REQUIRE(open_host());
    cards();
    GOOD(define(VS(",'uplinks':['eth1'],'port_groups':[{'name':'web','vlan':5}]")));
    settle();
    before = all();
    GOOD(vs_plug(&a, 1, "web"));
    GOOD(vif_list(&host, found, 32, &count, &err));
    for (size_t i = 0; i < count; i++) {
        CHECK(strcmp(found[i].id, a.id) == 0 || strcmp(found[i].id, "shared") == 0);
    }
    memset(&gc, 0, sizeof gc);
    gc.found = found;
    gc.found_count = count;
    GOOD(vif_gc(&host, &gc, &dead, &err));
    CHECK_INT(dead, 1);
    vif_arena_free(&a.arena);
    settle();
    ALL_AS(before);
    (void)!vif_unplug_id(&host, "switch:vs0", &err);
    (void)!vif_unplug_id(&host, "shared", &err);
    (void)!vif_unplug_id(&host, "vs0", &err);
    settle();
    ALL_AS(before);
    GOOD(undefine("vs0"));
    no_cards();
    free(before);
    close_host();
}

/* Whoever has made it edits it and takes it away; it is everyone's to list and to have VIFs in,
 * which an edit reaches, whosever they are. */
TEST(another_owner)
{
    static vif_host second;
    vif_host_desc desc;
    char *before, *defined;
    REQUIRE(open_host());
    before = all();
    GOOD(define(WEB(100)));
    GOOD(vs_plug(&a, 1, "web"));
    desc = host_desc();
    desc.owner = "second";
    REQUIRE(vif_host_open(&second, &desc, &err) == VIF_OK);
    vs_host = &second;
    CHECK_HAS(vs_list(), "'name':'vs0'");
    CHECK_STR(vs_ports("vs0"), "m1=vif(web) ");
    GOOD(vs_plug(&b, 2, "web"));
    settle();
    defined = all();
    FAILS(edit(WEB(200)), VIF_E_EXISTS, "belongs to the owner local");
    CHECK_STR(err.where, "vs0");
    FAILS(undefine("vs0"), VIF_E_EXISTS, "belongs to the owner local");
    FAILS(define(WEB(200)), VIF_E_EXISTS, "there is a switch of that name");
    ALL_AS(defined);
    vs_host = &host;
    GOOD(edit(WEB(200)));
    CHECK_STR(get("Port", "m1", "tag external_ids:vif"),
              "200\n\"vif:local:00000001-0000-4000-8000-000000000000\"");
    CHECK_STR(get("Port", "m2", "tag external_ids:vif"),
              "200\n\"vif:second:00000002-0000-4000-8000-000000000000\"");
    GOOD(vs_unplug(&a));
    FAILS(undefine("vs0"), VIF_E_BUSY, "has a port of the VIF 00000002-");
    vs_host = &second;
    GOOD(vs_unplug(&b));
    vs_host = &host;
    GOOD(undefine("vs0"));
    settle();
    ALL_AS(before);
    vif_host_close(&second);
    free(before);
    free(defined);
    close_host();
}

/* The server is another one at each verb; while there is none a verb says so and does nothing. */
TEST(server_restarted)
{
    REQUIRE(open_host());
    GOOD(define(WEB(100)));
    GOOD(vs_plug(&a, 1, "web"));
    ovs_kill(&ovs_server);
    CHECK_INT(edit(WEB(200)), VIF_E_SYSTEM);
    CHECK_INT(undefine("vs0"), VIF_E_SYSTEM);
    CHECK_INT(define("{'name':'vs1','datapath_type':'netdev'}"), VIF_E_SYSTEM);
    REQUIRE(ovs_start_server());
    GOOD(edit(WEB(200)));
    CHECK_STR(get("Port", "m1", "tag"), "200");
    ovs_kill(&ovs_server);
    REQUIRE(ovs_start_server());
    CHECK_STR(vs_ports("vs0"), "m1=vif(web) ");
    vif_arena_free(&a.arena);
    GOOD(vs_find(&a, "web"));
    GOOD(vs_unplug(&a));
    ovs_kill(&ovs_server);
    REQUIRE(ovs_start_server());
    GOOD(undefine("vs0"));
    CHECK_STR(vs_list(), "");
    close_host();
}

/* A look whose answer is lost is repeated, and a change looked for: none of it is unknown. */
TEST(answers_lost)
{
    bool hit = true;
    int k;
    REQUIRE(open_host());
    GOOD(define(WEB(100)));
    GOOD(vs_plug(&a, 1, "web"));
    for (k = 1; hit && k < 60; k++) {
        lose_at = k;
        GOOD(k % 2 != 0 ? edit(WEB(200)) : edit(WEB(100)));
        hit = lose_at == 0;
        lose_at = 0;
        CHECK_STR(get("Port", "m1", "tag"), k % 2 != 0 ? "200" : "100");
    }
    CHECK(k > 4 && !hit);
    GOOD(vs_unplug(&a));
    GOOD(undefine("vs0"));
    close_host();
}

/* A port that drifts is told of, and the other is not; of an edit in another process, that the
 * group was looked up before it. */
TEST(members_watched)
{
    REQUIRE(open_host());
    GOOD(define(WEB(100)));
    REQUIRE(vs_watch_two(&a, &b, "web", "db"));
    CHECK_STR(vs_news(), "0 right. 1 right. ");
    DO(VSCTL "set port m1 tag=7");
    CHECK_STR(vs_news(), "0 ovs port m1. ");
    GOOD(vs_verb(&a, VIF_PLUG));
    CHECK_STR(vs_news(), "0 right. ");
    child_verb = edit_web;
    child_at = 0;
    {
        int status = -1;
        const pid_t pid = run_in_child(child_body);
        (void)waitpid(pid, &status, 0);
        CHECK_INT(status, 0);
    }
    CHECK_STR(vs_news(), "0 E_CONFLICT. 1 E_CONFLICT. ");
    vif_watch_stop(&vs_watch);
    vif_arena_free(&a.arena);
    GOOD(vs_find(&a, "web"));
    GOOD(vs_verb(&a, VIF_CHECK));
    GOOD(vs_unplug(&a));
    GOOD(vs_unplug(&b));
    GOOD(undefine("vs0"));
    close_host();
}

/* What somebody has spoilt is named; it keeps nobody from what is elsewhere. */
TEST(spoilt_texts)
{
    REQUIRE(open_host());
    GOOD(define(WEB(100)));
    GOOD(define("{'name':'vs1','datapath_type':'netdev','port_groups':[{'name':'x'}]}"));
    GOOD(vs_plug(&a, 1, "web"));
    DO(VSCTL "set Bridge vs1 external_ids:vif-switch='\"{\"'");
    CHECK_HAS(vs_list(), "E_JSON: vs1: what is kept of the switch can't be read");
    DO(VSCTL "set Bridge vs1 'external_ids:vif-switch=\"{\\\"name\\\":\\\"vs2\\\"}\"'");
    CHECK_HAS(vs_list(), "E_PROTO: vs1: what is kept of the switch names another");
    DO(VSCTL "set Bridge vs1 'external_ids:vif-switch=\"{\\\"name\\\":\\\"vs1\\\","
       "\\\"backend\\\":\\\"linux\\\"}\"'");
    CHECK_HAS(vs_list(), "E_PROTO: vs1: what is kept of the switch names another");
    FAILS(undefine("vs1"), VIF_E_PROTO, "names another");
    CHECK_STR(vs_ports("vs0"), "m1=vif(web) ");
    GOOD(vs_verb(&a, VIF_CHECK));
    GOOD(vs_plug(&b, 2, "web"));
    GOOD(vs_unplug(&b));
    CHECK_INT(vs_plug(&b, 2, "x"), VIF_E_PROTO);
    FAILS(edit(WEB(200)), VIF_E_PROTO, "names another");
    FAILS(define("{'name':'vs3'}"), VIF_E_PROTO, "names another");
    FAILS(undefine("vs1"), VIF_E_PROTO, "names another");
    GOOD(vs_unplug(&a));
    GOOD(undefine("vs0"));
    GOOD(vif_switch_list(&host, &vs_arena, &(vif_switches){0}, &err) == VIF_E_PROTO
         ? VIF_OK : VIF_E_INVAL);
    DO(VSCTL "remove Bridge vs1 external_ids vif-switch");
    CHECK_STR(vs_list(), "");
    DO(VSCTL "del-br vs1");
    close_host();
}

/* A text that was written by hand is as good as vif's own: VIFs come into its groups, and an edit
 * writes it anew. */
TEST(a_text_by_hand)
{
    REQUIRE(open_host());
    GOOD(define(WEB(100)));
    DO(VSCTL "set Bridge vs0 'external_ids:vif-switch=\"{ \\\"port_groups\\\": [{\\\"vlan\\\":"
       " 7, \\\"name\\\": \\\"web\\\"}], \\\"name\\\": \\\"vs0\\\","
       " \\\"datapath_type\\\": \\\"netdev\\\"}\"'");
    GOOD(vs_plug(&a, 1, "web"));
    CHECK_STR(get("Port", "m1", "tag"), "7");
    GOOD(vs_verb(&a, VIF_CHECK));
    GOOD(edit(WEB(8)));
    CHECK_STR(get("Port", "m1", "tag"), "8");
    CHECK_STR(vs_list(), WEB(8) "\n");
    GOOD(vs_unplug(&a));
    GOOD(undefine("vs0"));
    close_host();
}

/* A switch that sleeps applies nothing, but the edit is committed, to its last port: it is not
 * turned back without a word, and a later edit is confirmed again. */
TEST(an_edit_that_is_not_confirmed)
{
    REQUIRE(open_host());
    GOOD(define(WEB(100)));
    GOOD(vs_plug(&a, 1, "web"));
    host.priv.options.ovs_applied_timeout_ms = 300;
    ovs_signal(ovs_switch, SIGSTOP);
    FAILS(edit(WEB(8)), VIF_E_UNCONFIRMED, "committed, but the switch has not applied it");
    CHECK(!strstr(err.text, "left behind"));
    CHECK_STR(vs_list(), WEB(8) "\n");
    DO(VSCTL "--no-wait get port m1 tag");
    CHECK_STR(sh_text, "8");
    FAILS(edit(VS(",'port_groups':[{'name':'web','vlan':9},{'name':'db'},{'name':'new'}]")),
          VIF_E_UNCONFIRMED, "committed, but the switch has not applied it");
    ovs_signal(ovs_switch, SIGCONT);
    host.priv.options.ovs_applied_timeout_ms = 0;
    GOOD(edit(WEB(10)));
    CHECK_STR(get("Port", "m1", "tag"), "10");
    GOOD(vs_unplug(&a));
    GOOD(undefine("vs0"));
    close_host();
}

/* The bridge that somebody deletes is no switch any more, and its name is free. */
TEST(deleted_by_hand)
{
    REQUIRE(open_host());
    GOOD(define(WEB(100)));
    GOOD(vs_plug(&a, 1, "web"));
    DO(VSCTL "del-br vs0");
    CHECK_STR(vs_list(), "");
    FAILS(undefine("vs0"), VIF_E_NO_INTERFACE, "no such switch");
    GOOD(vs_unplug(&a));
    GOOD(define(WEB(100)));
    GOOD(undefine("vs0"));
    close_host();
}

int main(int argc, char **argv)
{
    return switch_main(argc, argv);
}
