/* SPDX-License-Identifier: MIT */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open,--wrap=read,--wrap=write */
/* flags: -Wl,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt */
/* Virtual switches on bridges of the kernel's, and over a backend of the test's own: all of one is
 * made or nothing, an edit reaches the ports that have its groups and nothing else, and what
 * somebody uses stays. (VLANs: tests/vm.) */
#include "kernel/inside.h"
#include <sys/file.h>
#include "vswitch.h"

static char files_were[4096];
static vs_member a, b;

/* Files that are kept of switches and their ports; locks are gone with their verbs. */
static const char *files(void)
{
    sh("ls /run/vif 2>/dev/null | grep -v 'lock$'");
    return sh_text;
}

static void remember(void)
{
    dump_host(&was);
    snprintf(files_were, sizeof files_were, "%.4000s", files());
}

static bool started(void)
{
    clean();
    sh("rm -rf /run/vif");
    vs_host = &host;
    DO("for n in 1 2 3; do ip link add eth$n address 02:00:00:00:01:0$n type veth peer name far$n "
       "address 02:00:00:00:02:0$n && ip link set far$n up && ip link set eth$n up || exit 1; "
       "done");
    remember();
    return opened();
}
#define START() REQUIRE(started())

static bool same(void)
{
    dump_host(&is);
    CHECK_STR(files(), files_were);
    return dump_same(&was, &is, false);
}

#define FAILS(call, want, says) do { \
        const vif_status st_ = (call); \
        if (st_ != (want) || err.status != (want) || !strstr(err.text, says)) { \
            CHECK_FAIL("%s: %s: %s: %s", #call, vif_status_name(st_), err.where, err.text); \
        } } while (0)
#define REFUSED(call, status, text) do { FAILS(call, status, text); CHECK(same()); } while (0)

#define VS(more) "{'name':'vs0','backend':'linux'" more "}"
#define WEB(rate) VS(",'port_groups':[{'name':'web','shaping':{'in_bps':" #rate "}}," \
                     "{'name':'db'}]")

/* The rate of a port, as tc(8) has it. */
static const char *rate(const char *port)
{
    sh("tc qdisc show dev %s root | grep -o 'rate [^ ]*'", port);
    return sh_text;
}

/* ---- define, undefine ------------------------------------------------------------------------ */

TEST(life)
{
    START();
    CHECK_STR(vs_list(), "");
    OK(define(VS(",'uplinks':['eth1'],'mtu':1400,'port_groups':[{'name':'web'}]")));
    CHECK_STR(vs_list(), VS(",'uplinks':['eth1'],'mtu':1400,'port_groups':[{'name':'web'}]") "\n");
    CHECK_STR(vs_ports("vs0"), "eth1=uplink ");
    show("link show", "eth1");
    CHECK_HAS(sh_text, "mtu 1400");
    CHECK_HAS(sh_text, "master vs0");
    show("link show", "vs0");
    CHECK_HAS(sh_text, "mtu 1400");
    CHECK_HAS(sh_text, ",UP");
    CHECK_HAS(files(), ".vs0.switch");
    remember();
    REFUSED(define(VS("")), VIF_E_EXISTS, "there is a switch of that name");
    OK(undefine("vs0"));
    CHECK(!exists("vs0"));
    CHECK_STR(files(), "");
    show("link show", "eth1");
    CHECK(!strstr(sh_text, "master"));
    FAILS(undefine("vs0"), VIF_E_NO_INTERFACE, "no such switch");
    FAILS(edit(VS("")), VIF_E_NO_INTERFACE, "no such switch");
    vif_host_close(&host);
}

TEST(names_and_cards_of_others)
{
    START();
    DO("ip link add lbr type bridge && ip link set eth3 master lbr && "
       "ip addr add 192.0.2.1/24 dev eth2");
    OK(define("{'name':'vs1','backend':'linux','uplinks':['eth1'],"
              "'port_groups':[{'name':'web'}]}"));
    remember();
    REFUSED(define("{'name':'lbr','backend':'linux'}"), VIF_E_EXISTS, "already");
    CHECK_STR(err.where, "lbr");
    REFUSED(define("{'name':'far2','backend':'linux'}"), VIF_E_EXISTS, "already");
    REFUSED(define("{'name':'vs1','backend':'linux'}"), VIF_E_EXISTS, "a switch of that name");
    REFUSED(define(VS(",'port_groups':[{'name':'new'},{'name':'web'}]")), VIF_E_EXISTS,
            "is a port group of the switch vs1");
    CHECK_STR(err.where, "port_groups[1].name");
    REFUSED(define(VS(",'uplinks':['eth1']")), VIF_E_EXISTS, "is an uplink of the switch vs1");
    CHECK_STR(err.where, "eth1");
    REFUSED(define(VS(",'uplinks':['eth2']")), VIF_E_EXISTS, "the host has addresses on it");
    CHECK_STR(err.where, "eth2");
    REFUSED(define(VS(",'uplinks':['eth3']")), VIF_E_EXISTS, "a port of lbr");
    REFUSED(define(VS(",'uplinks':['eth9']")), VIF_E_NO_INTERFACE, "no such uplink");
    CHECK_STR(err.where, "eth9");
    REFUSED(define(VS(",'uplinks':['lo']")), VIF_E_EXISTS, "addresses");
    DO("ip link property add dev far3 altname wan");
    remember();
    REFUSED(define(VS(",'uplinks':['wan']")), VIF_E_FIELD, "the kernel has that one as far3");
    CHECK_STR(err.where, "uplinks");
    REFUSED(define("{'name':'vs0','backend':'none'}"), VIF_E_FIELD, "none of that name");
    OK(undefine("vs1"));
    vif_host_close(&host);
}

/* Whoever has a card already is named: what is over it, its master, the VIF whose it is. */
TEST(cards_in_use)
{
    static const struct { const char *make, *drop, *says; } uses[] = {
        {"ip link add link eth1 name eth1.7 type vlan id 7", "ip link del eth1.7",
         "in use: under the vlan eth1.7"},
        {"ip link add link eth1 name mt type macvtap mode passthru", "ip link del mt",
         "in use: under the macvtap mt"},
        {"ip link add link eth1 name mv type macvlan mode bridge", "ip link del mv",
         "in use: under the macvlan mv"},
        {"ip link add link eth1 name iv type ipvlan", "ip link del iv",
         "in use: under the ipvlan iv"},
        {"ip link add bd type bond && ip link set eth1 down && ip link set eth1 master bd",
         "ip link del bd", "in use: a port of bd"},
        {"ip link add vr type vrf table 9 && ip link set eth1 master vr", "ip link del vr",
         "in use: a port of vr"},
        {"ip link add vx type vxlan id 7 dev eth1 group 239.1.1.1 dstport 4789", "ip link del vx",
         "in use: under the vxlan vx"},
        {"ip link set eth1 alias vif:second:some-vif", "ip link set eth1 alias ''",
         "in use: it belongs to vif:second:some-vif"}};
    int tried = 0;
    START();
    OK(define(VS(",'uplinks':['eth2']")));
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        if (sh("%s", uses[i].make) != 0) {      /* a kernel without that kind */
            printf("# not tried: %s\n", uses[i].make);
            continue;
        }
        remember();
        REFUSED(define("{'name':'vs1','backend':'linux','uplinks':['eth1']}"), VIF_E_EXISTS,
                uses[i].says);
        CHECK_STR(err.where, "eth1");
        REFUSED(edit(VS(",'uplinks':['eth2','eth1']")), VIF_E_EXISTS, uses[i].says);
        DO("%s", uses[i].drop);
        tried++;
    }
    CHECK(tried > 3);
    OK(undefine("vs0"));
    vif_host_close(&host);
}

TEST(undefine_refused)
{
    START();
    OK(define(WEB(1000000)));
    OK(vs_plug(&a, 1, "web"));
    remember();
    REFUSED(undefine("vs0"), VIF_E_BUSY, "has a port of the VIF 00000001-");
    CHECK_STR(err.where, "web");
    OK(vs_unplug(&a));
    DO("ip link set eth1 master vs0");
    CHECK_STR(vs_ports("vs0"), "eth1=foreign ");
    remember();
    REFUSED(undefine("vs0"), VIF_E_BUSY, "has a port that is somebody else's: eth1");
    CHECK_STR(err.where, "vs0");
    DO("ip link set eth1 nomaster && ip addr add 192.0.2.1/24 dev vs0");
    CHECK_STR(vs_ports("vs0"), "vs0=host ");
    remember();
    REFUSED(undefine("vs0"), VIF_E_BUSY, "is the host's own, which has addresses on vs0");
    DO("ip addr flush dev vs0");
    OK(undefine("vs0"));
    vif_host_close(&host);
}

/* A port that comes between the look and the deletion keeps the bridge, which is then the switch
 * that it was. */
TEST(a_port_that_comes_just_then)
{
    int kept = 0;
    START();
    for (int k = 1; k < 40; k++) {
        vif_status st;
        OK(define(VS(",'uplinks':['eth1'],'port_groups':[{'name':'web'}]")));
        shim_start(FAULT_NONE, 0, 0);
        shim.meddle_at = k;
        shim.meddle = "ip link set eth2 master vs0";
        st = undefine("vs0");
        shim_stop();
        if (st != VIF_OK) {
            CHECK_INT(st, VIF_E_BUSY);
            CHECK_HAS(err.text, "has a port that is somebody else's: eth2");
            CHECK(exists("vs0"));
            CHECK_STR(vs_list(), VS(",'uplinks':['eth1'],'port_groups':[{'name':'web'}]") "\n");
            CHECK_STR(vs_ports("vs0"), "eth1=uplink eth2=foreign ");
            kept++;
            DO("ip link set eth2 nomaster");
            OK(undefine("vs0"));
        } else {
            sh("ip link set eth2 nomaster; ip link del vs0");
            CHECK_STR(files(), "");
        }
    }
    CHECK(kept > 2);
    vif_host_close(&host);
}

/* ---- VIFs ------------------------------------------------------------------------------------ */

TEST(a_vif_in_a_group)
{
    START();
    OK(define(WEB(1000000)));
    remember();
    CHECK_INT(vs_plug(&b, 2, "nowhere"), VIF_E_NO_INTERFACE);
    CHECK_HAS(err.text, "no such port group");
    OK(vs_plug(&a, 1, "web"));
    CHECK_STR(rate("m1"), "rate 1Mbit");
    CHECK_STR(vs_ports("vs0"), "m1=vif(web) ");
    shim_start(FAULT_NONE, 0, 0);
    OK(vs_verb(&a, VIF_PLUG));
    CHECK_STR(shim.changes, "");
    shim_stop();
    OK(vs_verb(&a, VIF_CHECK));
    DO("tc qdisc del dev m1 root");
    CHECK_INT(vs_verb(&a, VIF_CHECK), VIF_E_DIFFERENT);
    OK(vs_verb(&a, VIF_PLUG));
    CHECK_STR(rate("m1"), "rate 1Mbit");
    OK(vs_unplug(&a));
    CHECK(same());
    OK(vs_plug(&a, 1, "db"));
    CHECK_STR(rate("m1"), "");
    OK(vif_unplug_id(&host, a.id, &err));
    vif_arena_free(&a.arena);
    CHECK(same());
    OK(undefine("vs0"));
    vif_host_close(&host);
}

/* Options that a group is about are the group's, and a management group is no VIF's. */
TEST(vifs_refused)
{
    START();
    OK(define(VS(",'port_groups':[{'name':'web'},{'name':'Management Network',"
                 "'management':true}]")));
    remember();
    REFUSED(vs_plug(&a, 1, "Management Network"), VIF_E_FIELD, "is a management group");
    vs_vif(&a, 1);
    OK(vs_find(&a, "web"));
    a.options.port_rate_in_bps = vif_int_of(7);
    REFUSED(vs_verb(&a, VIF_PLUG), VIF_E_INVAL, "is the port group's to say");
    CHECK_STR(err.where, "port_rate_in_bps");
    vif_arena_free(&a.arena);
    OK(undefine("vs0"));
    vif_host_close(&host);
}

/* A container's VIF: its end in there, the other in the group. */
TEST(a_pair_into_a_namespace)
{
    START();
    ns = ns_new_net();
    OK(define(WEB(1000000)));
    remember();
    vs_vif(&a, 1);
    OK(vs_find(&a, "web"));
    a.options.netns_fd = vif_u32_of((uint32_t)ns);
    OK(vs_verb(&a, VIF_PLUG));
    DO_INSIDE("link show eth0");
    CHECK_HAS(sh_text, "02:00:00:00:00:01");
    CHECK_STR(rate("m1"), "rate 1Mbit");
    CHECK_STR(vs_ports("vs0"), "m1=vif(web) ");
    OK(vs_verb(&a, VIF_CHECK));
    OK(edit(WEB(2000000)));
    CHECK_STR(rate("m1"), "rate 2Mbit");
    a.options.netns_fd.set = false;
    OK(vs_unplug(&a));
    OK(edit(WEB(1000000)));
    CHECK(same());
    OK(undefine("vs0"));
    close(ns);
    ns = -1;
    vif_host_close(&host);
}

/* ---- edit ------------------------------------------------------------------------------------ */

TEST(edits_of_groups)
{
    START();
    OK(define(WEB(1000000)));
    OK(vs_plug(&a, 1, "web"));
    OK(vs_plug(&b, 2, "db"));
    remember();
    REFUSED(edit(VS(",'port_groups':[{'name':'db'},{'name':'new'}]")), VIF_E_BUSY,
            "has a port of the VIF 00000001-");
    CHECK_STR(err.where, "web");
    REFUSED(edit("{'name':'vs0'}"), VIF_E_FIELD, "");
    CHECK_STR(err.where, "backend");
    shim_start(FAULT_NONE, 0, 0);
    OK(edit(WEB(1000000)));
    CHECK_STR(shim.changes, "");
    shim_stop();
    OK(edit(WEB(2000000)));
    CHECK_STR(rate("m1"), "rate 2Mbit");
    CHECK_STR(rate("m2"), "");
    OK(edit(VS(",'port_groups':[{'name':'db','shaping':{'in_bps':3000000}},{'name':'web'},"
               "{'name':'new'}]")));
    CHECK_STR(rate("m1"), "");
    CHECK_STR(rate("m2"), "rate 3Mbit");
    OK(edit(VS(",'shaping':{'in_bps':4000000},'port_groups':[{'name':'db','shaping':"
               "{'in_bps':3000000}},{'name':'web'}]")));
    CHECK_STR(rate("m1"), "rate 4Mbit");
    CHECK_STR(rate("m2"), "rate 3Mbit");
    FAILS(vs_verb(&a, VIF_CHECK), VIF_E_CONFLICT, "has been changed since");
    FAILS(vs_verb(&a, VIF_PLUG), VIF_E_CONFLICT, "has been changed since");
    OK(vs_unplug(&a));
    OK(vs_unplug(&b));
    OK(undefine("vs0"));
    vif_host_close(&host);
}

/* The MTU of what is plugged goes with the switch's; where one of them can't have it (a tap no more
 * than 65521 bytes), all have what they had, whatever that was. */
TEST(edits_of_mtu)
{
    START();
    OK(define(WEB(1000000)));
    OK(vs_plug(&a, 1, "web"));
    OK(vs_plug(&b, 2, "web"));
    DO("ip link set eth1 down; ip link set m2 mtu 1450; ip link set eth1 mtu 1480");
    OK(edit(WEB(1000000)));             /* the burst of m2 is one for its MTU now */
    remember();
    REFUSED(edit(VS(",'uplinks':['eth1'],'mtu':65530,'port_groups':[{'name':'web'}]")),
            VIF_E_KERNEL, "mtu greater than device maximum");
    CHECK(!strstr(err.text, "left behind"));
    OK(edit(VS(",'mtu':9000,'port_groups':[{'name':'web','shaping':{'in_bps':1000000}}]")));
    sh("tc qdisc show dev m1");
    CHECK_HAS(sh_text, "burst 9018b");          /* a frame has to fit */
    DO("ip link show m1 | grep -q 'mtu 9000' && ip link show m2 | grep -q 'mtu 9000'");
    vif_arena_free(&a.arena);
    OK(vs_find(&a, "web"));
    OK(vs_verb(&a, VIF_CHECK));
    OK(edit(VS(",'uplinks':['eth1'],'mtu':1300,'port_groups':[{'name':'web'}]")));
    for (int i = 0; i < 4; i++) {
        static const char *const links[] = {"m1", "m2", "eth1", "vs0"};
        DO("ip link show %s | grep -q 'mtu 1300'", links[i]);
    }
    remember();
    OK(edit(VS(",'uplinks':['eth1'],'port_groups':[{'name':'web'}]")));
    dump_host(&is);
    CHECK(dump_same(&was, &is, false));     /* each keeps what it has */
    OK(vs_unplug(&a));
    OK(vs_unplug(&b));
    OK(edit(VS(",'uplinks':['eth2'],'mtu':1300")));
    DO("ip link show eth1 | grep -q 'mtu 1480' && ip link show eth2 | grep -q 'mtu 1300'");
    OK(edit(VS(",'uplinks':['eth1'],'mtu':1300")));
    DO("ip link show eth2 | grep -q 'mtu 1500'");           /* it gets its own back */
    OK(undefine("vs0"));
    CHECK_STR(files(), "");
    vif_host_close(&host);
}

/* eth1, a team, the other, none. What is a bond's needs one in the kernel. */
TEST(edits_of_uplinks)
{
    static const char *const steps[] = {"'eth1'", "'eth2'", "", "'eth2'", "'eth1','eth2'",
                                        "'eth2','eth3'", "'eth3'", ""};
    static const char *const masters[] = {"eth1", "eth2", "", "eth2", "u-vs0", "u-vs0", "eth3", ""};
    const bool bonds = sh("ip link add bondx type bond && ip link del bondx") == 0;
    char text[300];
    START();
    OK(define(VS("")));
    OK(vs_plug(&a, 1, "web") == VIF_E_NO_INTERFACE ? VIF_OK : VIF_E_INVAL);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        vif_status st;
        snprintf(text, sizeof text, VS(",'uplinks':[%s]"), steps[i]);
        remember();
        st = edit(text);
        if (strcmp(masters[i], "u-vs0") == 0 && !bonds) {
            CHECK(st != VIF_OK);
            CHECK(same());
            continue;
        }
        OK(st);
        sh("ip -br link show master vs0 | sed 's/[@ ].*//'");
        CHECK_STR(sh_text, masters[i]);
    }
    remember();
    REFUSED(edit(VS(",'uplinks':['eth1','eth9']")), VIF_E_NO_INTERFACE, "no such uplink");
    REFUSED(edit(VS(",'uplinks':['eth1','eth2'],'teaming':{'mode':'balance-slb'}")), VIF_E_FIELD,
            "Open vSwitch's");
    OK(edit(VS(",'uplinks':['eth1'],'mtu':1300")));
    show("link show", "eth1");
    CHECK_HAS(sh_text, "mtu 1300");
    OK(edit(VS(",'uplinks':['eth1'],'mtu':1600")));
    show("link show", "vs0");
    CHECK_HAS(sh_text, "mtu 1600");
    OK(undefine("vs0"));
    vif_host_close(&host);
}

/* A kernel that tells no VLANs apart refuses a group that has one, and all is as it was. */
TEST(vlans_that_the_kernel_has_not)
{
    const bool vlans = sh("ip link add brx type bridge vlan_filtering 1 && ip link del brx") == 0;
    sh("ip link del brx");
    if (vlans) {
        SKIP("this kernel has VLANs on bridges: tests/vm");
    }
    START();
    REFUSED(define(VS(",'uplinks':['eth1'],'port_groups':[{'name':'web','vlan':100}]")),
            VIF_E_UNSUPPORTED, "");
    OK(define(WEB(1000000)));
    OK(vs_plug(&a, 1, "web"));
    remember();
    REFUSED(edit(VS(",'port_groups':[{'name':'web','vlan':100}]")), VIF_E_UNSUPPORTED, "");
    OK(vs_unplug(&a));
    OK(undefine("vs0"));
    vif_host_close(&host);
}

/* Two guests of other groups speak through an edit of one of them: nothing is lost. (A link that
 * gets its first qdisc, or loses it, has for a moment one that drops all: the kernel's dev_graft.
 * So theirs stay.) */
TEST(traffic_through_edits)
{
    static const char *const edits[] = {
        VS(",'uplinks':['eth1'],'port_groups':[{'name':'web'},{'name':'db'},{'name':'x','shaping':"
           "{'in_bps':1000000}}]"),
        VS(",'uplinks':['eth2'],'port_groups':[{'name':'web'},{'name':'db'},{'name':'x','shaping':"
           "{'in_bps':2000000}}]"),
        VS(",'port_groups':[{'name':'y'},{'name':'db'},{'name':'web'},{'name':'x'}]"),
        VS(",'uplinks':['eth1'],'port_groups':[{'name':'web'},{'name':'db'},{'name':'x','shaping':"
           "{'in_bps':900000000}}]")};
    static vs_member third;
    int one, two;
    FILE *ping;
    char line[300], last[300] = "";
    START();
    OK(define(edits[0]));
    one = ns_new_net();
    two = ns_new_net();
    vs_vif(&a, 1);
    vs_vif(&b, 2);
    OK(vs_find(&a, "web"));
    OK(vs_find(&b, "db"));
    a.options.netns_fd = vif_u32_of((uint32_t)one);
    b.options.netns_fd = vif_u32_of((uint32_t)two);
    OK(vs_verb(&a, VIF_PLUG));
    OK(vs_verb(&b, VIF_PLUG));
    OK(vs_plug(&third, 3, "x"));
    ns = one;
    DO_INSIDE("addr add 10.9.0.1/24 dev eth0");
    DO_INSIDE("link set eth0 up");
    ns = two;
    DO_INSIDE("addr add 10.9.0.2/24 dev eth0");
    DO_INSIDE("link set eth0 up");
    snprintf(line, sizeof line, "nsenter --net=/proc/%d/fd/%d ping -c300 -i0.01 -W2 -q 10.9.0.1",
             (int)getpid(), two);
    ping = popen(line, "r");
    REQUIRE(ping != NULL);
    usleep(200000);
    for (int i = 1; i < 12; i++) {
        OK(edit(edits[i % 4]));
        usleep(100000);
    }
    while (fgets(line, sizeof line, ping)) {
        if (strstr(line, "received")) {
            strcpy(last, line);
        }
    }
    pclose(ping);
    CHECK_HAS(last, "300 packets transmitted, 300 received");
    OK(vs_unplug(&third));
    OK(vs_unplug(&a));
    OK(vs_unplug(&b));
    OK(undefine("vs0"));
    close(one);
    close(two);
    ns = -1;
    vif_host_close(&host);
}

/* ---- failures, kills ------------------------------------------------------------------------- */

#define BIG VS(",'uplinks':['eth1'],'mtu':1500,'port_groups':[{'name':'web','shaping':" \
               "{'in_bps':1000000}},{'name':'db'}]")
#define BIG_NOW VS(",'uplinks':['eth2'],'mtu':1400,'port_groups':[{'name':'web','shaping':" \
                   "{'in_bps':2000000}},{'name':'db'},{'name':'more'}]")

static vif_status do_define(void) { return define(BIG); }
static vif_status do_edit(void) { return edit(BIG_NOW); }
static vif_status do_undefine(void) { return undefine("vs0"); }
/* A card that is dropped has the MTU that it got. */
static vif_status edit_back(void)
{
    const vif_status st = edit(BIG);
    DO("ip link set eth2 mtu 1500");
    return st;
}

static void fails_anywhere(vif_status (*verb)(void), vif_status (*undo)(void))
{
    static const enum fault faults[] = {FAULT_CALL, FAULT_LOST, FAULT_RECEIVE, FAULT_REFUSE,
                                        FAULT_NO_CAP};
    const char *every = getenv("FAULT_EVERY");
    remember();
    for (size_t f = 0; f < sizeof faults / sizeof *faults; f++) {
        bool hit = true;
        int k;
        for (k = 1; hit && k < 400; k += every ? atoi(every) : 1) {
            vif_status st;
            shim_start(faults[f], k, ENOMEM);
            st = verb();
            hit = shim.hit;
            shim_stop();
            if (st != VIF_OK && st != VIF_E_UNKNOWN && !strstr(err.text, "left behind")) {
                const int failures = check_failures;
                CHECK(same());
                if (check_failures > failures) {
                    printf("# fault %d at %d: %s %s: %s\n", (int)f, k, vif_status_name(st),
                           err.where, err.text);
                }
            }
            if (st != VIF_OK) {
                st = verb();
                if (st == VIF_E_NO_INTERFACE && verb == do_undefine) {
                    st = VIF_OK;
                }
                OK(st);
            }
            OK(undo());
        }
        CHECK(!hit && k > 3);
    }
}

TEST(define_fails_anywhere)
{
    START();
    DO("ip link set eth1 promisc on");
    fails_anywhere(do_define, do_undefine);
    vif_host_close(&host);
}

TEST(edit_fails_anywhere)
{
    START();
    OK(define(BIG));
    OK(vs_plug(&a, 1, "web"));
    OK(vs_plug(&b, 2, "db"));
    fails_anywhere(do_edit, edit_back);
    OK(vs_unplug(&a));
    OK(vs_unplug(&b));
    OK(undefine("vs0"));
    vif_host_close(&host);
}

TEST(undefine_fails_anywhere)
{
    START();
    OK(define(BIG));
    fails_anywhere(do_undefine, do_define);
    OK(undefine("vs0"));
    vif_host_close(&host);
}

static vif_status (*child_verb)(void);
static int child_k;

static int child_run(const void *arg)
{
    (void)arg;
    if (!opened()) {
        return 1;
    }
    shim_start(FAULT_KILL, child_k, 0);
    return child_verb() == VIF_OK ? 0 : 2;
}

TEST(killed_anywhere)
{
    static vif_status (*const verbs[])(void) = {do_define, do_edit, do_undefine};
    const char *every = getenv("KILL_EVERY");
    START();
    for (int way = 0; way < 6; way++) {
        int status = -1, k;
        for (k = 1; status != 0 && k < 400; k += every ? atoi(every) : 1) {
            child c;
            if (way / 2 != 0) {
                OK(define(BIG));
            }
            if (way / 2 == 1) {
                OK(vs_plug(&a, 1, "web"));
                OK(vs_plug(&b, 2, "db"));
            }
            child_verb = verbs[way / 2];
            child_k = k;
            c = child_start(child_run, NULL);
            status = child_finish(&c);
            CHECK(status == 0 || status == 128 + SIGKILL);
            if (way % 2 == 0 && way / 2 < 2) {
                vif_status st = verbs[way / 2]();
                OK(st == VIF_E_EXISTS ? edit(BIG) : st);
                CHECK_STR(vs_list(), way / 2 == 0 ? BIG "\n" : BIG_NOW "\n");
                CHECK_STR(vs_ports("vs0"), way / 2 == 0 ? "eth1=uplink "
                          : "eth2=uplink m1=vif(web) m2=vif(db) ");
            }
            if (way == 2) {
                CHECK_STR(rate("m1"), "rate 2Mbit");
                DO("ip link show m2 | grep -q 'mtu 1400'");
            }
            if (way / 2 == 1) {
                OK(vs_unplug(&a));
                OK(vs_unplug(&b));
            }
            if (undefine("vs0") == VIF_E_NO_INTERFACE) {
                memset(&err, 0, sizeof err);
            }
            if (err.status != VIF_OK) {
                CHECK_FAIL("way %d, k %d: %s: %s", way, k, err.where, err.text);
            }
            CHECK(!exists("vs0"));
            CHECK_STR(files(), "");
        }
        CHECK(k > 3 && status == 0);
    }
    vif_host_close(&host);
}

static vif_status do_plug(void)
{
    return vs_plug(&a, 1, "web");
}

/* What a plug leaves that is killed, goes with the dead; what is being written stays. */
TEST(gc_after_kills)
{
    static vif_found found[32];
    int status = -1, k, left = 0, fd;
    vif_gc_desc gc;
    size_t dead;
    START();
    OK(define(BIG));
    remember();
    child_verb = do_plug;
    for (k = 1; status != 0 && k < 400; k++) {
        child c;
        child_k = k;
        c = child_start(child_run, NULL);
        status = child_finish(&c);
        left += strstr(files(), ".new") != NULL;
        memset(&gc, 0, sizeof gc);
        gc.found = found;
        OK(vif_list(&host, found, 32, &gc.found_count, &err));
        OK(vif_gc(&host, &gc, &dead, &err));
        CHECK(same());
    }
    CHECK(k > 10 && left > 0);
    sh("ls /run/vif/*.vs0.switch");
    sh_text[strcspn(sh_text, "\n")] = '\0';
    strcat(sh_text, ".new");
    fd = open(sh_text, O_WRONLY | O_CREAT, 0600);
    CHECK(fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0);
    OK(vif_gc(&host, &gc, &dead, &err));
    CHECK_HAS(files(), ".vs0.switch.new");
    FAILS(edit(BIG_NOW), VIF_E_SYSTEM, ".vs0.switch.new");
    close(fd);
    OK(vif_gc(&host, &gc, &dead, &err));
    CHECK(same());
    OK(undefine("vs0"));
    vif_host_close(&host);
}

/* ---- several at once ------------------------------------------------------------------------- */

static int racing(const void *arg)
{
    const int n = *(const int *)arg;
    const char *name = n % 2 == 0 ? "vs0" : "vs1";
    char text[200];
    if (!opened()) {
        return 9;
    }
    host.desc.timeout_ms = 60000;
    snprintf(text, sizeof text, "{'name':'%s','backend':'linux',"
             "'port_groups':[{'name':'web','shaping':{'in_bps':%d}}]}", name, 1000 * (n + 1));
    for (int i = 0; i < 12; i++) {
        vif_status st = define(text);
        if (st != VIF_OK && st != VIF_E_EXISTS) {
            printf("# define: %s %s: %s\n", vif_status_name(st), err.where, err.text);
            return 1;
        }
        if (st == VIF_OK) {
            const char *list = vs_list();
            if (strstr(list, name) == NULL || strchr(list, '\n') != strrchr(list, '\n')) {
                printf("# %s: list: %s\n", name, list);
                return 2;
            }
            st = undefine(name);
            if (st != VIF_OK) {
                printf("# undefine: %s %s: %s\n", vif_status_name(st), err.where, err.text);
                return 3;
            }
        }
    }
    return 0;
}

TEST(eight_processes)
{
    child c[8];
    int numbers[8];
    START();
    for (int i = 0; i < 8; i++) {
        numbers[i] = i;
        c[i] = child_start(racing, &numbers[i]);
    }
    for (int i = 0; i < 8; i++) {
        CHECK_INT(child_finish(&c[i]), 0);
    }
    CHECK(same());
    vif_host_close(&host);
}

static int counting(const void *arg)
{
    if (!opened()) {
        return 9;
    }
    host.desc.timeout_ms = 60000;
    return vs_count_up((const char *)arg, 200, false) < 0;
}

/* Two agents read the switch, change one group each, and edit it, all the time: none of their edits
 * is lost. */
TEST(edits_of_what_was_seen)
{
    static const char *const groups[] = {"web", "db"};
    vif_switch sw;
    child c[2];
    START();
    OK(define(VS(",'port_groups':[{'name':'web'},{'name':'db'}]")));
    for (int i = 0; i < 2; i++) {
        c[i] = child_start(counting, groups[i]);
    }
    for (int i = 0; i < 2; i++) {
        CHECK_INT(child_finish(&c[i]), 0);
    }
    CHECK_STR(vs_list(), VS(",'port_groups':[{'name':'web','shaping':{'in_bps':200000}},"
                            "{'name':'db','shaping':{'in_bps':200000}}]") "\n");
    /* What was seen before somebody's edit is no more; without it the edit is the last word, and
     * one that is done already is right, as its answer may have been lost. */
    REQUIRE(vs_seen("vs0", "web", &sw) != NULL);
    sw.mtu = vif_int_of(1400);
    OK(vif_switch_edit(&host, &sw, &err));
    OK(vif_switch_edit(&host, &sw, &err));
    sw.mtu = vif_int_of(1300);
    FAILS(vif_switch_edit(&host, &sw, &err), VIF_E_CONFLICT, "has been changed since");
    sw.revision = NULL;
    OK(vif_switch_edit(&host, &sw, &err));
    OK(undefine("vs0"));
    /* A define goes by no revision, as of another host's list. */
    sw.revision = "0123456789";
    OK(vif_switch_define(&host, &sw, &err));
    OK(undefine("vs0"));
    CHECK(same());
    vif_host_close(&host);
}

static int plugging(const void *arg)
{
    const unsigned n = *(const unsigned *)arg;
    if (!opened()) {
        return 9;
    }
    for (int i = 0; i < 20; i++) {
        vif_status st = VIF_E_CONFLICT;
        while (st == VIF_E_CONFLICT) {
            st = vs_plug(&a, n, "web");
        }
        if (st != VIF_OK) {
            printf("# plug: %s %s: %s\n", vif_status_name(st), err.where, err.text);
            return 1;
        }
        if (i < 19 && vs_unplug(&a) != VIF_OK) {
            printf("# unplug: %s: %s\n", err.where, err.text);
            return 2;
        }
    }
    return 0;
}

/* Whatever a plug and an edit see of each other, in the end a port has what its group says. */
TEST(plugs_race_with_edits)
{
    unsigned numbers[3] = {1, 2, 3};
    child c[3];
    int edits = 0, alive = 3, status;
    START();
    OK(define(WEB(1000000)));
    for (int i = 0; i < 3; i++) {
        c[i] = child_start(plugging, &numbers[i]);
    }
    for (int i = 0; alive > 0; i++) {
        const vif_status st = edit(i % 2 == 0 ? WEB(2000000) : WEB(3000000));
        if (st != VIF_OK) {
            CHECK_FAIL("edit: %s %s: %s", vif_status_name(st), err.where, err.text);
        }
        edits++;
        usleep(20000);
        for (int k = 0; k < 3; k++) {
            if (c[k].pid > 0 && waitpid(c[k].pid, &status, WNOHANG) == c[k].pid) {
                CHECK_INT(child_ended(&c[k], status), 0);
                c[k].pid = 0;
                alive--;
            }
        }
    }
    sh("cat /run/vif/*.vs0.switch");
    const bool three = strstr(sh_text, "3000000") != NULL;
    CHECK(edits > 3);
    for (unsigned n = 1; n <= 3; n++) {
        char name[8];
        snprintf(name, sizeof name, "m%u", n);
        CHECK_STR(rate(name), three ? "rate 3Mbit" : "rate 2Mbit");
        vs_vif(&a, n);
        OK(vs_find(&a, "web"));
        OK(vs_verb(&a, VIF_CHECK));
        OK(vs_unplug(&a));
    }
    OK(undefine("vs0"));
    vif_host_close(&host);
}

/* ---- others ---------------------------------------------------------------------------------- */

TEST(gc_and_unplug_by_id)
{
    static vif_found found[32];
    vif_gc_desc gc;
    size_t count, dead;
    START();
    OK(define(VS(",'uplinks':['eth1'],'port_groups':[{'name':'web'}]")));
    remember();
    OK(vs_plug(&a, 1, "web"));
    OK(vif_list(&host, found, 32, &count, &err));
    for (size_t i = 0; i < count; i++) {
        CHECK(strcmp(found[i].id, a.id) == 0 || strcmp(found[i].id, "shared") == 0);
    }
    memset(&gc, 0, sizeof gc);
    gc.found = found;
    gc.found_count = count;
    OK(vif_gc(&host, &gc, &dead, &err));
    CHECK_INT(dead, 1);
    vif_arena_free(&a.arena);
    CHECK(same());
    (void)!vif_unplug_id(&host, "switch:vs0", &err);
    (void)!vif_unplug_id(&host, "shared", &err);
    CHECK(same());
    OK(undefine("vs0"));
    vif_host_close(&host);
}

TEST(another_owner)
{
    static vif_host second;
    vif_host_desc d = vif_host_desc_default();
    START();
    d.owner = "second";
    OK(vif_host_open(&second, &d, &err));
    OK(define(WEB(1000000)));
    OK(vs_plug(&a, 1, "web"));
    vs_host = &second;
    OK(vs_plug(&b, 2, "web"));
    remember();
    CHECK_HAS(vs_list(), "'name':'vs0'");
    CHECK_STR(vs_ports("vs0"), "m1=vif(web) m2=vif(web) ");
    REFUSED(edit(WEB(2000000)), VIF_E_EXISTS, "belongs to the owner local");
    REFUSED(undefine("vs0"), VIF_E_EXISTS, "belongs to the owner local");
    vs_host = &host;
    OK(edit(WEB(2000000)));
    CHECK_STR(rate("m1"), "rate 2Mbit");
    CHECK_STR(rate("m2"), "rate 2Mbit");
    OK(vs_unplug(&a));
    FAILS(undefine("vs0"), VIF_E_BUSY, "has a port of the VIF 00000002-");
    vs_host = &second;
    OK(vs_unplug(&b));
    vs_host = &host;
    OK(undefine("vs0"));
    vif_host_close(&second);
    vif_host_close(&host);
}

/* A bridge that somebody has deleted: what is kept of it says so until an edit makes it again, or
 * an undefine takes it away. */
TEST(deleted_by_hand)
{
    START();
    OK(define(VS(",'uplinks':['eth1'],'port_groups':[{'name':'web'}]")));
    remember();
    DO("ip link del vs0");
    CHECK_HAS(vs_list(), "'name':'vs0'");
    CHECK_STR(vs_ports("vs0"), "");
    FAILS(define(VS("")), VIF_E_EXISTS, "there is a switch of that name");
    CHECK(vs_plug(&a, 1, "web") != VIF_OK);
    CHECK(!exists("m1"));
    OK(edit(VS(",'uplinks':['eth1'],'port_groups':[{'name':'web'}]")));
    CHECK_STR(vs_ports("vs0"), "eth1=uplink ");
    DO("ip link del vs0");
    OK(undefine("vs0"));
    CHECK_STR(vs_list(), "");
    CHECK_STR(files(), "");
    /* One that somebody has made anew is as good for the switch, and stays his. */
    OK(define(VS("")));
    DO("ip link del vs0; ip link add vs0 type bridge");
    OK(edit(VS(",'uplinks':['eth1'],'port_groups':[{'name':'web'}]")));
    OK(vs_plug(&a, 1, "web"));
    FAILS(undefine("vs0"), VIF_E_BUSY, "has a port of the VIF");
    OK(vs_unplug(&a));
    OK(undefine("vs0"));
    CHECK(exists("vs0"));
    CHECK_STR(vs_list(), "");
    CHECK_STR(files(), "");
    DO("test -z \"$(ip link show master vs0)\" && ip link del vs0");
    vif_host_close(&host);
}

static int64_t clock_ms(void *user)
{
    struct timespec t;
    (void)user;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A port that drifts is told of, and the other is not; of an edit's, that its group was looked up
 * before it: it is looked up again, and right. */
TEST(members_watched)
{
    START();
    OK(define(VS(",'port_groups':[{'name':'web','shaping':{'in_bps':1000000}},{'name':'db'}]")));
    host.desc.now_ms = clock_ms;
    REQUIRE(vs_watch_two(&a, &b, "web", "db"));
    CHECK_STR(vs_news(), "0 right. 1 right. ");
    DO("tc qdisc del dev m1 root && ip link set m1 mtu 1400");
    CHECK_STR(vs_news(), "0 tap m1. ");
    OK(vs_verb(&a, VIF_PLUG));
    CHECK_STR(vs_news(), "0 right. ");
    DO("ip link set m2 nomaster");
    CHECK_STR(vs_news(), "1 master m2. ");
    DO("ip link set m2 master vs0");
    CHECK_STR(vs_news(), "1 right. ");
    vif_watch_stop(&vs_watch);
    OK(edit(VS(",'mtu':1300,'port_groups':[{'name':'web'},{'name':'db'}]")));
    CHECK_INT(vs_verb(&a, VIF_CHECK), VIF_E_CONFLICT);
    vif_arena_free(&a.arena);
    OK(vs_find(&a, "web"));
    OK(vs_verb(&a, VIF_CHECK));
    OK(vs_unplug(&a));
    OK(vs_unplug(&b));
    OK(undefine("vs0"));
    vif_host_close(&host);
}

/* What somebody has spoilt is named; it keeps nobody from what is elsewhere. */
TEST(spoilt_files)
{
    static const char *const spoils[] = {
        ": > $f", "printf x > $f", "printf 'vif:local:x\\n{' > $f", "printf '\\n{}' > $f",
        "printf 'vif:local:x\\n{\"name\":\"vs2\"}' > $f", "head -c 70000 /dev/zero > $f",
        "head -c 70000 /dev/zero | tr '\\0' '{' > $f", "rm $f; mkdir $f"};
    START();
    OK(define(WEB(1000000)));
    for (size_t i = 0; i < sizeof spoils / sizeof *spoils; i++) {
        OK(define("{'name':'vs1','backend':'linux','port_groups':[{'name':'x'}]}"));
        DO("f=$(echo /run/vif/*.vs1.switch); %s", spoils[i]);
        CHECK_HAS(vs_list(), ": vs1: what is kept of the switch ");
        OK(vs_plug(&a, 1, "web"));
        OK(vs_unplug(&a));
        CHECK(vs_plug(&a, 1, "x") != VIF_OK);
        CHECK(edit(WEB(2000000)) != VIF_OK && strcmp(err.where, "vs1") == 0);
        CHECK(define("{'name':'vs3','backend':'linux'}") != VIF_OK);
        CHECK(undefine("vs1") != VIF_OK);
        CHECK(exists("vs1") && !exists("vs3"));
        DO("rm -rf /run/vif/*.vs1.switch; ip link del vs1");
    }
    OK(undefine("vs0"));
    vif_host_close(&host);
}

/* A text that was written by hand is as good as vif's own: VIFs come into its groups, and an edit
 * writes it anew. */
TEST(a_text_by_hand)
{
    START();
    OK(define(WEB(1000000)));
    DO("f=$(echo /run/vif/*.vs0.switch); sed -i 's/:/: /3g; s/1000000/ 2000000 /' $f");
    OK(vs_plug(&a, 1, "web"));
    CHECK_STR(rate("m1"), "rate 2Mbit");
    OK(vs_verb(&a, VIF_CHECK));
    OK(edit(WEB(3000000)));
    CHECK_STR(rate("m1"), "rate 3Mbit");
    CHECK_STR(vs_list(), WEB(3000000) "\n");
    OK(vs_unplug(&a));
    OK(undefine("vs0"));
    CHECK(same());
    vif_host_close(&host);
}

/* ---- a backend of the agent's own ------------------------------------------------------------ */

/* Switches in memory, as a host far away would keep them. */
static struct far {
    vif_switch_backend backend;
    char texts[4][2048];
    size_t count;
    vif_switch_port ports[4];
    size_t port_count;
    int changes;
    vif_status admits, changing;
} far;

static vif_status far_list(const vif_switch_backend *self, vif_host *h, vif_arena *arena,
                           vif_switches *out, vif_error *e)
{
    const struct far *f = (const struct far *)self;
    vif_switch *items = vif_arena_alloc(arena, sizeof *items * 4);
    (void)h;
    out->items = items;
    for (out->count = 0; out->count < f->count; out->count++) {
        const char *text = f->texts[out->count];
        const vif_status st = vif_switch_decode(arena, text, strlen(text), &items[out->count], e);
        if (st != VIF_OK) {
            return st;
        }
    }
    return VIF_OK;
}

static vif_status far_ports(const vif_switch_backend *self, vif_host *h, vif_arena *arena,
                            vif_switch_ports *out, vif_error *e)
{
    const struct far *f = (const struct far *)self;
    (void)h, (void)arena, (void)e;
    out->items = f->ports;
    out->count = f->port_count;
    return VIF_OK;
}

static vif_status far_admit(const vif_switch_backend *self, vif_host *h, const vif_switch *before,
                            const vif_switch *now, vif_error *e)
{
    const struct far *f = (const struct far *)self;
    (void)h, (void)before, (void)now;
    return f->admits == VIF_OK ? VIF_OK : vif_fail(e, f->admits, 0, "uplinks", "no such card");
}

static vif_status far_change(const vif_switch_backend *self, vif_host *h,
                             const vif_switch_change *c, vif_error *e)
{
    struct far *f = (struct far *)(uintptr_t)self;
    size_t i = 0;
    (void)h;
    f->changes++;
    /* The change's memory and list of ports are there whatever becomes of the switch. */
    CHECK(vif_arena_alloc(c->arena, 100) != NULL && c->ports->count == (c->before ? f->port_count
                                                                                  : 0));
    CHECK(!c->now || !c->now->revision);
    if (f->changing != VIF_OK) {
        return vif_fail(e, f->changing, 0, "", "the far host says no");
    }
    while (i < f->count && (!c->before || !strstr(f->texts[i], c->before->name))) {
        i++;
    }
    if (!c->before) {
        f->count++;
    }
    if (c->now) {
        vif_switch_encode(c->now, f->texts[i], sizeof f->texts[i]);
    } else {
        memmove(f->texts[i], f->texts[i + 1], sizeof f->texts[0] * (3 - i));
        f->count--;
    }
    return VIF_OK;
}

static const vif_switch_backend *const far_backends[] = {&far.backend};

TEST(a_third_backend)
{
    const vif_switch_backend backend = {"far", far_list, far_ports, far_admit, far_change};
    vif_host_desc d = vif_host_desc_default();
    vif_switch sw;
    clean();
    sh("rm -rf /run/vif");
    vs_host = &host;
    memset(&far, 0, sizeof far);
    far.backend = backend;
    d.backends = far_backends;
    d.backend_count = 1;
    REQUIRE(vif_host_open(&host, &d, &err) == VIF_OK);
    remember();
    OK(define("{'name':'vSwitch 0 of the far host','backend':'far','uplinks':['vmnic1'],"
              "'port_groups':[{'name':'VM Network','vlan':7},{'name':'Management Network',"
              "'management':true}]}"));
    CHECK_INT(far.changes, 1);
    CHECK_HAS(vs_list(), "'name':'vSwitch 0 of the far host'");
    FAILS(define("{'name':'vSwitch 0 of the far host','backend':'linux'}"), VIF_E_EXISTS,
          "a switch of that name");
    FAILS(define(VS(",'port_groups':[{'name':'VM Network'}]")), VIF_E_EXISTS,
          "is a port group of the switch vSwitch 0 of the far host");
    OK(define(VS(",'port_groups':[{'name':'web'}]")));
    FAILS(define("{'name':'vs1','backend':'far','port_groups':[{'name':'web'}]}"), VIF_E_EXISTS,
          "is a port group of the switch vs0");
    FAILS(define("{'name':'vs0','backend':'far'}"), VIF_E_EXISTS, "a switch of that name");
    FAILS(edit("{'name':'vs0','backend':'far'}"), VIF_E_FIELD, "stays on the one that it has");
    CHECK_INT(far.changes, 1);
    far.admits = VIF_E_NO_INTERFACE;
    FAILS(edit("{'name':'vSwitch 0 of the far host','backend':'far','uplinks':['vmnic9'],"
               "'port_groups':[{'name':'VM Network'}]}"), VIF_E_NO_INTERFACE, "no such card");
    CHECK_INT(far.changes, 1);
    far.admits = VIF_OK;
    far.changing = VIF_E_SYSTEM;
    FAILS(edit("{'name':'vSwitch 0 of the far host','backend':'far'}"), VIF_E_SYSTEM,
          "the far host says no");
    far.changing = VIF_OK;
    far.ports[0] = (vif_switch_port){.name = "vm1", .group = "VM Network", .id = "vm-1", .mac = "",
                                     .role = VIF_PORT_OF_VIF};
    far.port_count = 1;
    far.changes = 0;
    FAILS(edit("{'name':'vSwitch 0 of the far host','backend':'far'}"), VIF_E_BUSY,
          "has a port of the VIF vm-1");
    FAILS(undefine("vSwitch 0 of the far host"), VIF_E_BUSY, "has a port of the VIF vm-1");
    far.ports[0].role = VIF_PORT_HOST;
    far.ports[0].group = "";
    FAILS(undefine("vSwitch 0 of the far host"), VIF_E_BUSY, "is the host's own");
    far.ports[0].role = VIF_PORT_FOREIGN;
    FAILS(undefine("vSwitch 0 of the far host"), VIF_E_BUSY, "somebody else's: vm1");
    CHECK_INT(far.changes, 0);
    far.port_count = 0;
    FAILS(vs_plug(&a, 1, "Management Network"), VIF_E_FIELD, "is a management group");
    FAILS(vs_plug(&a, 1, "VM Network"), VIF_E_FIELD, "nothing of this host can be on the switch");
    /* What was seen of it counts for its edits as for those of others, and it has cards of its own:
     * that one has the name of one of this host's says nothing. */
    REQUIRE(vs_seen("vSwitch 0 of the far host", "VM Network", &sw) != NULL);
    for (int i = 0; i < 2; i++) {
        sw.mtu = vif_int_of(1400 + i);
        CHECK_INT(vif_switch_edit(&host, &sw, &err), i == 0 ? VIF_OK : VIF_E_CONFLICT);
    }
    CHECK(!strstr(far.texts[0], "revision"));
    DO("ip link add vmnic1 type veth peer name far1");
    OK(edit(VS(",'uplinks':['vmnic1']")));
    OK(edit(VS("")));
    DO("ip link del vmnic1");
    OK(edit("{'name':'vSwitch 0 of the far host','backend':'far'}"));
    CHECK_HAS(far.texts[0], "far host\",\"backend\":\"far\"}");
    OK(undefine("vSwitch 0 of the far host"));
    CHECK_INT(far.count, 0);
    OK(undefine("vs0"));
    CHECK(same());
    vif_host_close(&host);
}

/* A card of that name: "NAME: PCI DRIVER SPEED SWITCH". */
static const char *card(const vif_physical_nic *nics, size_t count, const char *name)
{
    static char text[200];
    for (size_t i = 0; i < count; i++) {
        const vif_physical_nic *n = &nics[i];
        if (strcmp(n->name, name) == 0) {
            snprintf(text, sizeof text, "%s %s %lld %s %02x%02x%s", n->pci_address, n->driver,
                     (long long)n->speed_mbps, n->used_by, n->mac[4], n->mac[5],
                     n->up ? " up" : "");
            return text;
        }
    }
    return "none";
}

/* What sysfs says of a card, and what it may say that is none of it: a text that is cut, or too
 * long, or no number, a directory; of a speed that is not known the kernel says -1, or had said it
 * as a number without a sign. */
TEST(cards_of_sysfs)
{
    static const struct { const char *how, *says; } hostile[] = {
        {"echo -1 >$d/speed", "0000:03:00.0 igb 0 vs0 0101 up"},
        {"echo 4294967295 >$d/speed", "0000:03:00.0 igb 0 vs0 0101 up"},
        {"echo 99999999999999999999 >$d/speed", "0000:03:00.0 igb 0 vs0 0101 up"},
        {"printf 10000 >$d/speed", "0000:03:00.0 igb 10000 vs0 0101 up"},
        {"printf '1000x\\n' >$d/speed", "0000:03:00.0 igb 0 vs0 0101 up"},
        {"rm $d/speed; mkdir $d/speed", "0000:03:00.0 igb 0 vs0 0101 up"},
        {"rm -r $d/speed; head -c 5000 /dev/zero >$d/speed", "0000:03:00.0 igb 0 vs0 0101 up"},
        {"printf 'DRIVER=e1000e' >$d/device/uevent", " e1000e 0 vs0 0101 up"},
        {"printf 'XDRIVER=a\\nDRIVER=\\nPCI_SLOT_NAME=0000:04:00.1\\n' >$d/device/uevent",
         "0000:04:00.1  0 vs0 0101 up"},
        {"printf 'DRIVER=%0300d\\nPCI_SLOT_NAME=%0100d\\n' 1 2 >$d/device/uevent",
         "  0 vs0 0101 up"},
        {"printf 'DRIVER=%031d\\nPCI_SLOT_NAME=%016d\\n' 1 2 >$d/device/uevent",
         " 0000000000000000000000000000001 0 vs0 0101 up"},
        {"head -c 70000 /dev/urandom >$d/device/uevent", NULL},
        {"rm -r $d", "  0 vs0 0101 up"}};
    vif_host_desc d = vif_host_desc_default();
    vif_physical_nic nics[4];
    size_t count = 0;
    char root[] = "/tmp/vif.XXXXXX";
    START();
    REQUIRE(mkdtemp(root) != NULL);
    vif_host_close(&host);
    d.sys_root = root;
    OK(vif_host_open(&host, &d, &err));
    OK(define(VS(",'uplinks':['eth1']")));
    DO("for n in 1 2; do mkdir -p %s/class/net/eth$n/device; done; cd %s/class/net; "
       "printf 'DRIVER=igb\\nPCI_CLASS=20000\\nPCI_ID=8086:10C9\\nPCI_SLOT_NAME=0000:03:00.0\\n' "
       ">eth1/device/uevent; echo 1000 >eth1/speed; ip link set eth2 down", root, root);
    shim_hardware = "eth";
    OK(vif_switch_nics(&host, nics, 4, &count, &err));
    CHECK_INT(count, 3);
    CHECK_STR(card(nics, count, "eth1"), "0000:03:00.0 igb 1000 vs0 0101 up");
    CHECK_STR(card(nics, count, "eth2"), "  0  0102");
    CHECK_STR(card(nics, count, "far1"), "none");
    OK(vif_switch_nics(&host, nics, 1, &count, &err));
    CHECK_INT(count, 3);
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        DO("d=%s/class/net/eth1; %s", root, hostile[i].how);
        OK(vif_switch_nics(&host, nics, 4, &count, &err));
        if (hostile[i].says) {
            CHECK_STR(card(nics, count, "eth1"), hostile[i].says);
        }
    }
    shim_hardware = NULL;
    OK(undefine("vs0"));
    DO("rm -r %s", root);
    vif_host_close(&host);
}

/* No card is in a fresh namespace: links of the kernel's own are none. (Real ones: tests/vm.) */
TEST(no_cards)
{
    vif_physical_nic nics[4];
    size_t count = 7;
    START();
    OK(vif_switch_nics(&host, nics, 4, &count, &err));
    CHECK_INT(count, 0);
    vif_host_close(&host);
}

PLUG_MAIN
