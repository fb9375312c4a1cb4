/* SPDX-License-Identifier: MIT */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open,--wrap=read,--wrap=write */
/* flags: -Wl,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt */
/* Bonds of the kernel's, alone and as ports of a bridge; links become their ports and are again
 * what they were. Few of this where the kernel has no bonds: all of it in tests/vm. */
#include "kernel/inside.h"

static vif_net net;
static vif_subject subject;
static vif_options options;

static bool has_bonds(void)
{
    static int has = -1;
    if (has < 0) {
        has = sh("ip link add probe type bond && ip link del probe") == 0;
    }
    return has == 1;
}

/* Two links of the host's, l0 (up) and l1; their other ends are ports of a bridge elsewhere. */
static bool started(void)
{
    clean();
    if (ns >= 0) {
        close(ns);
    }
    ns = ns_new_net();
    DO_INSIDE("link add far type bridge forward_delay 0");
    DO_INSIDE("link set far up");
    DO_INSIDE("addr add 10.7.0.2/24 dev far");
    for (int i = 0; i < 2; i++) {
        DO("ip link add l%d address 02:00:00:00:00:0%d mtu 1600 type veth peer name far%d mtu 1600 "
           "&& ip link set far%d netns /proc/%d/fd/%d", i, i + 1, i, i, (int)getpid(), ns);
        DO_INSIDE("link set far%d master far", i);
        DO_INSIDE("link set far%d up", i);
    }
    DO("ip link set l0 up && ip link add br0 type bridge forward_delay 0 && ip link set br0 up");
    memset(&net, 0, sizeof net);
    net.type = VIF_NET_BOND;
    net.backend = VIF_NET_LINUX;
    net.name = "bond7";
    net.master = "br0";
    net.links = "l0,l1";
    memset(&options, 0, sizeof options);
    memset(&subject, 0, sizeof subject);
    subject.id = "bond";
    subject.plan = vif_net_plan;
    subject.object = &net;
    subject.options = &options;
    instead = &subject;
    many = 1;
    dump_host(&was);
    return ns >= 0 && opened();
}
#define START() REQUIRE(started())
#define BONDS() do { if (!has_bonds()) { SKIP("the kernel has no bonds"); } START(); } while (0)

static vif_status look(void)
{
    memset(&err, 0, sizeof err);
    return vif_check(&host, &subject, &err);
}

static void gone(void)
{
    CHECK(same_host());
    CHECK(sh("! ls /run/vif/*.bonded*") == 0);
}

static void right(void)
{
    CHECK_INT(look(), VIF_OK);
    show("link show", "bond7");
    CHECK_HAS(sh_text, "bond mode active-backup ");
    CHECK_HAS(sh_text, " miimon 100 ");
    CHECK_HAS(sh_text, "alias vif:local:bond");
    CHECK_HAS(sh_text, "master br0");
    for (int i = 0; i < 2; i++) {
        show("link show", i == 0 ? "l0" : "l1");
        CHECK_HAS(sh_text, "master bond7");
        CHECK_HAS(sh_text, ",UP");
        CHECK_HAS(sh_text, "mtu 1500");
    }
}

#define REFUSED(call, status_, text_) \
    do { CHECK_INT(call, status_); CHECK_HAS(err.text, text_); gone(); } while (0)

/* The kernel says what it has not, and nothing has changed by then. */
TEST(of_a_kernel_without_bonds)
{
    if (has_bonds()) {
        SKIP("the kernel has bonds");
    }
    START();
    REFUSED(plug(), VIF_E_UNSUPPORTED, "Unknown device type");
    CHECK_STR(err.where, "bond bond7");
    OK(unplug());
    gone();
    vif_host_close(&host);
}

static bool pings(void)
{
    return sh("ping -c4 -i0.2 -W1 10.7.0.2 | grep -E '[1-4] received'") == 0;
}

static void guest(void)
{
    DO("ip link add port type veth peer name guest && ip link set port master br0 && "
       "ip link set port up && ip addr add 10.7.0.1/24 dev guest && ip link set guest up");
}

/* What leaves by one link goes on by the other, whichever fails. */
TEST(one_goes_down)
{
    BONDS();
    OK(plug());
    CHECK_STR(results[0].bridge, "br0");
    right();
    shim_start(FAULT_NONE, 0, 0);
    OK(plug());
    CHECK_STR(shim.changes, "");
    shim_stop();
    guest();
    CHECK(pings());
    DO_INSIDE("link set far0 down");
    CHECK(pings());
    DO_INSIDE("link set far0 up");
    DO_INSIDE("link set far1 down");
    CHECK(pings());
    DO_INSIDE("link set far1 up");
    DO("ip link del port");
    OK(unplug());
    gone();
    OK(unplug());
    gone();
    vif_host_close(&host);
}

/* Both ends say that they are one, by LACP. */
TEST(lacp)
{
    BONDS();
    DO_INSIDE("link del far");
    DO_INSIDE("link add bond7 type bond mode 802.3ad miimon 100 lacp_rate fast");
    for (int i = 0; i < 2; i++) {
        DO_INSIDE("link set far%d down", i);
        DO_INSIDE("link set far%d master bond7", i);
    }
    DO_INSIDE("link set bond7 up");
    DO_INSIDE("addr add 10.7.0.2/24 dev bond7");
    net.bond_mode = "balance-tcp";
    net.lacp = VIF_TRUE;
    OK(plug());
    CHECK_INT(look(), VIF_OK);
    show("link show", "bond7");
    CHECK_HAS(sh_text, "bond mode 802.3ad ");
    CHECK_HAS(sh_text, " miimon 100 ");
    CHECK_HAS(sh_text, "xmit_hash_policy layer3+4 ");
    CHECK_HAS(sh_text, "lacp_rate fast ");
    guest();
    /* A partner is believed after some messages a second apart, of each link by itself. */
    CHECK(sh("for i in $(seq 100); do ip -d link show bond7 | grep 'ad_num_ports 2 ' && exit; "
             "sleep 0.2; done; exit 1") == 0);
    CHECK(sh("for i in $(seq 15); do ping -c1 -W1 10.7.0.2 && exit; done; exit 1") == 0);
    DO_INSIDE("link set far0 down");
    CHECK(sh("for i in $(seq 15); do ping -c1 -W1 10.7.0.2 && exit; done; exit 1") == 0);
    DO("ip link del port");
    DO_INSIDE("link set far0 up");
    OK(unplug());
    gone();
    vif_host_close(&host);
}

/* Who is in no bridge has the bond for itself. */
TEST(alone)
{
    BONDS();
    net.master = NULL;
    net.bond_mode = "balance-xor";
    options.network_device_mtu = 1550;
    OK(plug());
    CHECK_INT(look(), VIF_OK);
    CHECK_STR(results[0].bridge, "bond7");
    show("link show", "l1");
    CHECK_HAS(sh_text, "mtu 1550");
    show("link show", "bond7");
    CHECK_HAS(sh_text, "mtu 1550");
    CHECK_HAS(sh_text, "mode balance-xor");
    DO("ip addr add 10.7.0.1/24 dev bond7");
    OK(unplug());
    gone();
    vif_host_close(&host);
}

/* What others have changed is found, and set right. */
TEST(found_and_healed)
{
    BONDS();
    OK(plug());
    DO("ip link set l1 nomaster");
    CHECK_INT(look(), VIF_E_DIFFERENT);
    OK(plug());
    right();
    DO("ip link set l0 down");
    CHECK_INT(look(), VIF_E_DIFFERENT);
    OK(plug());
    right();
    DO("ip link set bond7 type bond miimon 0");
    CHECK_INT(look(), VIF_E_DIFFERENT);
    OK(plug());
    right();
    DO("rm /run/vif/*.l0.bonded");
    CHECK_INT(look(), VIF_E_DIFFERENT);
    OK(plug());
    right();
    /* by its id alone, which knows no links: its notes do */
    OK(vif_unplug_id(&host, "bond", &err));
    gone();
    OK(plug());
    DO("ip link del bond7");            /* the kernel lets its ports go, down */
    CHECK_INT(look(), VIF_E_DIFFERENT);
    OK(unplug());
    DO("ip link set l1 up && ip link set l1 down");     /* its IPv6 learns of its MTU only so */
    gone();
    OK(plug());                         /* a link that is another's by now stays that one's */
    DO("ip link set l1 nomaster && ip link set l1 master br0 && ip link set l1 up");
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_HAS(err.text, "l1 is a port of another link");
    OK(unplug());
    show("link show", "l1");
    CHECK_HAS(sh_text, "master br0");
    CHECK(!exists("bond7"));
    CHECK(sh("! ls /run/vif/*.bonded*") == 0);
    vif_host_close(&host);
}

/* A link leaves the bond, and another one comes; the mode stays, as long as there are ports. */
TEST(edits)
{
    BONDS();
    DO("ip link add l2 address 02:00:00:00:00:03 mtu 1600 type veth peer name far2");
    dump_host(&was);
    OK(plug());
    net.bond_mode = "802.3ad";
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_HAS(err.text, "bond7 has the mode active-backup");
    CHECK_INT(look(), VIF_E_EXISTS);
    net.bond_mode = "active-backup";
    right();
    net.links = "l0,l1,l2";
    OK(plug());
    CHECK_INT(look(), VIF_OK);
    show("link show", "l2");
    CHECK_HAS(sh_text, "master bond7");
    net.links = "l0,l1";                /* fewer links leave by an unplug alone */
    OK(unplug());
    gone();
    vif_host_close(&host);
}

/* A bond of nobody's that is down and has no ports, as the kernel's module brings one, is taken;
 * one at work is not changed. */
TEST(of_others)
{
    BONDS();
    DO("ip link add bond7 type bond");
    OK(plug());
    right();
    OK(unplug());
    gone();
    DO("ip link add bond7 type bond && ip link set bond7 up");
    dump_host(&was);
    OK(unplug());
    gone();
    REFUSED(plug(), VIF_E_EXISTS, "bond7 has the mode balance-rr");
    DO("ip link del bond7 && ip link add bond7 type bond && ip link set bond7 alias vif:local:x");
    dump_host(&was);
    REFUSED(plug(), VIF_E_EXISTS, "belongs to vif:local:x");
    DO("ip link del bond7 && ip link add bond7 type bridge");
    dump_host(&was);
    REFUSED(plug(), VIF_E_EXISTS, "bond7 is bridge, not bond");
    DO("ip link del bond7 && ip link add bond7 type bond && ip link set l1 mtu 1500 && "
       "ip link add bad type dummy && ip link del bad");
    dump_host(&was);
    net.master = "none";                /* refused when the rest is looked at, and all is back */
    REFUSED(plug(), VIF_E_NO_INTERFACE, "none does not exist");
    vif_host_close(&host);
}

/* Nothing of the host's gets lost with a link. */
TEST(links_in_use)
{
    START();
    net.master = NULL;
    DO("ip addr add 192.0.2.1/24 dev l0");
    dump_host(&was);
    REFUSED(plug(), VIF_E_EXISTS, "l0 has addresses of the host's, which would be lost: 192.0.2.1");
    DO("ip addr flush dev l0 && ip link set l1 up && ip route add 198.51.100.0/24 dev l1");
    dump_host(&was);
    REFUSED(plug(), VIF_E_EXISTS, "lost: route 198.51.100.0/24");
    DO("ip route del 198.51.100.0/24 && ip link set l1 down && ip link set l1 master br0");
    dump_host(&was);
    REFUSED(plug(), VIF_E_EXISTS, "l1 is a port of another link");
    DO("ip link set l1 nomaster && ip link set l1 alias vif:local:other");
    dump_host(&was);
    REFUSED(plug(), VIF_E_EXISTS, "l1 belongs to vif:local:other");
    net.links = "l0,l9";
    DO("ip link set l1 alias ''");
    dump_host(&was);
    REFUSED(plug(), VIF_E_NO_INTERFACE, "l9 does not exist");
    vif_host_close(&host);
}

TEST(a_kill_at_each_call)
{
    BONDS();
    kill_at_each_call((killing){opened, right, gone, 0});
    vif_host_close(&host);
}

TEST(a_fault_at_each_call)
{
    BONDS();
    fault_at_each_call((killing){opened, right, gone, 0});
    vif_host_close(&host);
}

/* Two bonds want one link: it goes to one, and the other is refused, whoever was quicker. */
TEST(two_want_one)
{
    static vif_net second;
    static vif_subject two[2];
    BONDS();
    DO("ip link add l2 type veth peer name far2");
    dump_host(&was);
    OK(plug());
    second = net;
    second.name = "bond8";
    second.links = "l2,l1";
    two[0] = subject;
    two[0].id = "second";
    two[0].object = &second;
    instead = two;
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_HAS(err.text, "the device belongs to vif:local:bond");
    instead = &subject;
    right();
    OK(unplug());
    gone();
    vif_host_close(&host);
}

/* The same of two processes at once, each with a link of its own that comes first: one has the
 * link, the other is refused by name, and its own link is what it was. */
static int plugs_bond(const void *arg)
{
    const int n = *(const int *)arg;
    static char name[8], links[16], id[8];
    int won = 0;
    if (!opened()) {
        return 9;
    }
    snprintf(name, sizeof name, "race%d", n);
    snprintf(links, sizeof links, n % 2 ? "l1,own%d" : "own%d,l1", n);
    snprintf(id, sizeof id, "race%d", n);
    net.name = name;
    net.links = links;
    net.master = NULL;
    subject.id = id;
    for (int i = 0; i < 10; i++) {
        if (plug() == VIF_OK) {
            won++;
            show("link show", "l1");
            CHECK_HAS(sh_text, name);
            CHECK_INT(look(), VIF_OK);
            OK(unplug());
        } else {
            CHECK_INT(err.status, VIF_E_EXISTS);
            CHECK(strstr(err.text, "l1") || strstr(err.where, "l1"));
        }
    }
    return check_failures > 0 ? 10 : won > 0;
}

TEST(two_processes_want_one)
{
    child all[4];
    int numbers[4], won = 0;
    BONDS();
    for (int i = 0; i < 4; i++) {
        DO("ip link add own%d mtu 1600 type veth peer name other%d", i, i);
    }
    dump_host(&was);
    for (int i = 0; i < 4; i++) {
        numbers[i] = i;
        all[i] = child_start(plugs_bond, &numbers[i]);
    }
    for (int i = 0; i < 4; i++) {
        const int status = child_finish(&all[i]);
        CHECK(status == 0 || status == 1);
        won += status == 1;
    }
    CHECK(won > 0);
    gone();
    vif_host_close(&host);
}

PLUG_MAIN
