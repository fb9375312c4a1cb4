/* SPDX-License-Identifier: MIT
 * Networks on a real Open vSwitch (userspace datapath): made whole from whatever somebody has left,
 * counted, and refused in the words of the commands of Zero-OS. */
/* flags: -Wl,--wrap=sendmsg,--wrap=send */
#include "ns.h"
#include "switch.h"

ssize_t __wrap_send(int fd, const void *data, size_t len, int flags);
ssize_t __wrap_send(int fd, const void *data, size_t len, int flags)
{
    if (kill_after > 0 && --kill_after == 0) {
        raise(SIGKILL);
    }
    return __real_send(fd, data, len, flags);
}

static vif_net net;
static const char *net_id;

static vif_subject net_subject(void)
{
    vif_subject subject;
    memset(&subject, 0, sizeof subject);
    subject.id = net_id;
    subject.plan = vif_net_plan;
    subject.object = &net;
    subject.options = &options;
    subject.differences = differences;
    subject.difference_cap = 16;
    return subject;
}

static vif_status net_verb(vif_verb verb)
{
    const vif_subject subject = net_subject();
    vif_job_desc d;
    memset(&d, 0, sizeof d);
    d.verb = verb;
    d.subjects = &subject;
    d.count = 1;
    d.results = &host.result;
    memset(&host.result, 0, sizeof host.result);
    memset(&err, 0, sizeof err);
    const vif_status st = vif_verb_many(&host, &d, &err);
    difference_count = st == VIF_E_DIFFERENT ? host.result.differences : 0;
    return st;
}

static vif_status ensure(void)
{
    return net_verb(VIF_PLUG);
}

static void vlan(uint32_t tag)
{
    memset(&net, 0, sizeof net);
    memset(&options, 0, sizeof options);
    net.type = VIF_NET_VLAN;
    net.master = "br-int";
    net.tag = tag;
    net_id = "a-network";
}

static void vxlan(uint32_t vni)
{
    vlan(0);
    net.type = VIF_NET_VXLAN;
    net.vni = vni;
}

/* What a network's life is: it is made, found right, kept by others, and goes. */
static void net_life(const char *bridge)
{
    char *before = everything(), *plugged;
    CHECK_INT(net_verb(VIF_CHECK), VIF_E_DIFFERENT);
    GOOD(ensure());
    CHECK(host.result.committed && host.result.applied);
    CHECK_STR(host.result.bridge, bridge);
    CHECK_STR(host.result.port, "");
    plugged = everything();
    GOOD(net_verb(VIF_CHECK));
    said[0] = '\0';
    GOOD(ensure());
    CHECK_STR(said, "");
    CHECK_STR(host.result.bridge, bridge);
    SAME_AS(plugged);
    DO(VSCTL "add-port %s other -- set Interface other type=internal", bridge);
    GOOD(net_verb(VIF_UNPLUG));
    DO(VSCTL "del-port other");
    SAME_AS(plugged);
    GOOD(net_verb(VIF_UNPLUG));
    SAME_AS(before);
    GOOD(net_verb(VIF_UNPLUG));
    SAME_AS(before);
    free(plugged);
    free(before);
}

TEST(vlan_life)
{
    vlan(100);
    REQUIRE(open_host());
    net_life("vlbr100");
    net.name = "blue";
    net_life("blue");
    vlan(0);
    net_life("vlbr0");
    close_host();
}

/* Whoever comes without a name is on the bridge that there is. */
TEST(vlan_found_under_its_name)
{
    char *before = everything(), *made;
    vlan(100);
    REQUIRE(open_host());
    net.name = "blue";
    GOOD(ensure());
    made = everything();
    net.name = NULL;
    GOOD(net_verb(VIF_CHECK));
    GOOD(ensure());
    CHECK_STR(host.result.bridge, "blue");
    SAME_AS(made);
    GOOD(net_verb(VIF_UNPLUG));
    SAME_AS(before);
    free(made);
    free(before);
    close_host();
}

TEST(vxlan_life)
{
    vxlan(5);
    REQUIRE(open_host());
    DO("ip link set br-int up");
    net_life("vxlbr5");
    net.name = "red";
    net_life("red");
    vxlan(0xffffff);
    net_life("vxlbr16777215");
    vxlan(7);
    net.remotes = "192.0.2.1";
    net_life("vxlbr7");
    net.remotes = "192.0.2.1,2001:db8::1";
    net_life("vxlbr7");
    close_host();
}

TEST(vxlan_device)
{
    vxlan(0x12345);
    REQUIRE(open_host());
    GOOD(ensure());
    DO("ip -d -o link show vtep74565");
    CHECK_HAS(sh_text, "vxlan id 74565 group 239.0.1.36 dev br-int");
    CHECK_HAS(sh_text, "dstport 8472");
    CHECK_HAS(sh_text, ",UP");
    CHECK_HAS(sh_text, "alias vif:local:shared");
    CHECK_STR(get("Interface", "vtep74565", "type error"), "\"\"\n[]");
    DO(VSCTL "iface-to-br vtep74565");
    CHECK_STR(sh_text, "vxlbr74565");
    /* found on another bridge, by whoever gives no name */
    GOOD(net_verb(VIF_UNPLUG));
    CHECK(sh("ip link show vtep74565") != 0);
    vxlan(8);
    net.remotes = "192.0.2.1,192.0.2.2";
    net.port = 4789;
    GOOD(ensure());
    DO(VSCTL "--columns=options find Interface options:remote_ip=192.0.2.2");
    CHECK_HAS(sh_text, "{dst_port=\"4789\", key=\"8\", remote_ip=\"192.0.2.2\"}");
    GOOD(net_verb(VIF_UNPLUG));
    close_host();
}

/* Where its ports lead to, in order. */
static void ends_are(const char *want)
{
    DO("for p in $(" VSCTL "list-ports vxlbr9); do "
       VSCTL "get Interface $p options:remote_ip error; done | tr -d '\"[]\\n'");
    DO("for p in $(" VSCTL "list-ports vxlbr9); do "
       VSCTL "get Interface $p options:remote_ip; done | tr -d '\"' | sort | tr '\\n' ' '");
    CHECK_STR(sh_text, want);
}

/* One that the list no longer has goes; one that others have put on the bridge stays, and keeps the
 * network. An unplug need not know the list. */
TEST(remotes_come_and_go)
{
    vxlan(9);
    REQUIRE(open_host());
    net.remotes = "192.0.2.1,192.0.2.2,192.0.2.3";
    GOOD(ensure());
    ends_are("192.0.2.1 192.0.2.2 192.0.2.3 ");
    DO(VSCTL "add-port vxlbr9 other -- set Interface other type=vxlan options:key=9 "
       "options:remote_ip=192.0.2.7");
    net.remotes = "192.0.2.4,192.0.2.3,192.0.2.1";
    CHECK_INT(net_verb(VIF_CHECK), VIF_E_DIFFERENT);
    GOOD(ensure());
    ends_are("192.0.2.1 192.0.2.3 192.0.2.4 192.0.2.7 ");
    CHECK_INT(net_verb(VIF_CHECK), VIF_OK);
    GOOD(ensure());
    net.remotes = NULL;
    GOOD(net_verb(VIF_UNPLUG));
    ends_are("192.0.2.1 192.0.2.3 192.0.2.4 192.0.2.7 ");
    DO(VSCTL "del-port other");
    GOOD(net_verb(VIF_UNPLUG));
    CHECK(sh(VSCTL "br-exists vxlbr9") != 0);
    close_host();
}

static vif_found found[4];

static vif_status gc_networks(bool dry, size_t cap, size_t *count)
{
    const vif_gc_networks_desc desc = {found, cap, dry};
    memset(&err, 0, sizeof err);
    return vif_gc_networks(&host, &desc, count, &err);
}

/* Networks on which nobody has a port go, those of each sort; what others have made stays. */
TEST(idle_networks)
{
    size_t count = 9;
    char *before;
    vxlan(9);
    REQUIRE(open_host());
    before = everything();
    GOOD(gc_networks(true, 4, &count));
    CHECK_INT(count, 0);
    net.remotes = "192.0.2.1,192.0.2.2,192.0.2.3";
    GOOD(ensure());
    vxlan(10);
    GOOD(ensure());
    vlan(100);
    GOOD(ensure());
    vlan(101);
    net.name = "red";
    GOOD(ensure());
    DO(VSCTL "add-br blue -- add-port blue vlbr7in -- set Bridge blue "
       "external_ids:vif=vif:other:shared -- set Port vlbr7in external_ids:vif=vif:other:shared "
       "-- add-port vlbr100 guest -- set Interface guest type=internal");
    GOOD(gc_networks(true, 4, &count));
    CHECK_INT(count, 3);
    CHECK_STR(found[0].name, "red");
    CHECK_STR(found[0].kind, "ovs vlan");
    CHECK_STR(found[0].id, "shared");
    CHECK_STR(found[1].name, "vxlbr10");
    CHECK_STR(found[1].kind, "ovs vxlan");
    CHECK_STR(found[2].name, "vxlbr9");
    GOOD(gc_networks(false, 2, &count));
    CHECK_INT(count, 3);                /* for one there was no room */
    CHECK(sh(VSCTL "br-exists red") != 0 && sh(VSCTL "br-exists vxlbr10") != 0);
    CHECK(sh("ip link show vtep10") != 0);
    DO(VSCTL "br-exists vxlbr9");
    GOOD(gc_networks(false, 4, &count));
    CHECK_INT(count, 1);
    CHECK(sh(VSCTL "br-exists vxlbr9") != 0);
    DO(VSCTL "br-exists blue");
    DO(VSCTL "list-ports vlbr100 | grep guest");
    DO(VSCTL "del-br blue -- del-port guest");
    GOOD(gc_networks(false, 4, &count));
    CHECK_INT(count, 1);
    SAME_AS(before);
    free(before);
    close_host();
}

TEST(vxlan_refused)
{
    char *before;
    vxlan(5);
    REQUIRE(open_host());
    net.vni = 0;
    FAILS(ensure(), VIF_E_FIELD, "invalid nid");
    net.vni = 0x1000000;
    FAILS(ensure(), VIF_E_FIELD, "invalid nid");
    vxlan(5);
    net.master = NULL;
    FAILS(ensure(), VIF_E_FIELD, "master bridge not specified");
    net.master = "nowhere";
    before = everything();
    CHECK_INT(ensure(), VIF_E_NO_INTERFACE);
    net.remotes = "192.0.2.1";
    FAILS(ensure(), VIF_E_NO_INTERFACE, "master bridge does not exist");
    net.remotes = "somewhere";
    FAILS(ensure(), VIF_E_FIELD, "is no list of IP addresses");
    SAME_AS(before);
    free(before);
    vxlan(5);
    DO(VSCTL "add-br other -- set bridge other datapath_type=netdev");
    GOOD(ensure());
    before = everything();
    net.master = "other";
    FAILS(ensure(), VIF_E_EXISTS, "reassigning vxlan to another master bridge is not allowed");
    vxlan(5);
    net.name = "another";
    FAILS(ensure(), VIF_E_EXISTS, "reassigning vxlan tag to another bridge not allowed");
    SAME_AS(before);
    vxlan(5);
    GOOD(net_verb(VIF_UNPLUG));
    DO(VSCTL "del-br other; ip link add vtep5 type bridge");
    FAILS(ensure(), VIF_E_EXISTS, "vtep5 is bridge, not vxlan");
    DO("ip link del vtep5");
    free(before);
    close_host();
}

/* The device alone, as vtep-ensure and vtep-del have it. */
TEST(vtep)
{
    char *before = everything();
    vxlan(5);
    net.type = VIF_NET_VTEP;
    REQUIRE(open_host());
    GOOD(ensure());
    GOOD(net_verb(VIF_CHECK));
    CHECK(sh("ip link show vtep5") == 0);
    GOOD(net_verb(VIF_UNPLUG));
    SAME_AS(before);
    free(before);
    close_host();
}

/* ---- bridges, ports, bonds ------------------------------------------------------------------- */

TEST(bridge_with_options)
{
    static const vif_net_set set[] = {{"datapath_type", "netdev"}, {"fail_mode", "secure"},
                                      {"other_config:hwaddr", "02:00:00:00:00:01"}};
    char *before = everything();
    vlan(0);
    REQUIRE(open_host());
    net.type = VIF_NET_BRIDGE;
    net.name = "br-own";
    net.stp = VIF_TRUE;
    net.mcast_snooping = VIF_TRUE;
    net.ageing_s = vif_u32_of(60);
    net.set = set;
    net.set_count = 3;
    GOOD(ensure());
    GOOD(net_verb(VIF_CHECK));
    CHECK_STR(host.result.bridge, "br-own");
    CHECK_STR(get("Bridge", "br-own", "stp_enable mcast_snooping_enable fail_mode other_config"),
              "true\ntrue\nsecure\n{hwaddr=\"02:00:00:00:00:01\", mac-aging-time=\"60\"}");
    DO(VSCTL "add-port br-own other -- set Interface other type=internal");
    GOOD(net_verb(VIF_UNPLUG));
    DO(VSCTL "br-exists br-own");
    DO(VSCTL "del-port other");
    GOOD(net_verb(VIF_UNPLUG));
    SAME_AS(before);
    net.alone = true;
    GOOD(ensure());
    DO(VSCTL "add-port br-own other -- set Interface other type=internal");
    GOOD(net_verb(VIF_UNPLUG));
    SAME_AS(before);
    free(before);
    close_host();
}

TEST(port_with_columns)
{
    static const vif_net_set set[] = {{"type", "internal"}, {"mtu_request", "1400"},
                                      {"external_ids:a", "1"}};
    char *before = everything();
    vlan(0);
    REQUIRE(open_host());
    net.type = VIF_NET_PORT;
    net.name = "p0";
    net.tag = 7;
    net.set = set;
    net.set_count = 3;
    GOOD(ensure());
    CHECK_STR(host.result.port, "p0");
    GOOD(net_verb(VIF_CHECK));
    CHECK_STR(get("Port", "p0", "tag"), "7");
    CHECK_STR(get("Interface", "p0", "type mtu_request external_ids"),
              "internal\n1400\n{a=\"1\"}");
    net.master = NULL;
    GOOD(net_verb(VIF_UNPLUG));
    SAME_AS(before);
    FAILS(ensure(), VIF_E_FIELD, "bridge name is not set");
    net.master = "nowhere";
    FAILS(ensure(), VIF_E_NO_INTERFACE, "there is no such bridge");
    SAME_AS(before);
    free(before);
    close_host();
}

TEST(bond_of_two_links)
{
    char *before = everything();
    vlan(0);
    REQUIRE(open_host());
    net.type = VIF_NET_BOND;
    net.name = "bond0";
    net.links = "v0";
    FAILS(ensure(), VIF_E_FIELD, "need more than one link to bond");
    net.links = "v0,v1";
    net.name = "";
    FAILS(ensure(), VIF_E_FIELD, "missing port name");
    net.name = "bond0";
    SAME_AS(before);
    DO("ip link add v0 type veth peer name v1");
    GOOD(ensure());
    GOOD(net_verb(VIF_CHECK));
    CHECK_STR(get("Port", "bond0", "bond_mode lacp"), "balance-slb\n[]");
    DO(VSCTL "list-ifaces br-int");
    CHECK_STR(sh_text, "v0\nv1");
    net.bond_mode = "balance-tcp";
    net.lacp = VIF_TRUE;
    GOOD(ensure());
    CHECK_STR(get("Port", "bond0", "bond_mode lacp"), "balance-tcp\nactive");
    net.links = "v0,v2";
    FAILS(ensure(), VIF_E_EXISTS, "bond0 is a bond of other links");
    net.links = "v0,v1,v2";
    FAILS(ensure(), VIF_E_EXISTS, "bond0 is a bond of other links");
    net.name = "br-int";
    CHECK_INT(ensure(), VIF_E_EXISTS);
    net.name = "bond1";                 /* one of its links is not there, another is taken */
    DO("ip link add v2 type veth peer name v3");
    net.links = "v8,v2";
    FAILS(ensure(), VIF_E_PLUG, "could not open network device v8");
    net.links = "v0,v9";
    CHECK_INT(ensure(), VIF_E_EXISTS);
    net.name = "bond0";
    net.links = "v0,v1";
    GOOD(net_verb(VIF_CHECK));
    GOOD(net_verb(VIF_UNPLUG));
    DO("ip link del v0; ip link del v2");
    SAME_AS(before);
    free(before);
    close_host();
}

TEST(vlan_rows)
{
    vlan(4094);
    REQUIRE(open_host());
    GOOD(ensure());
    CHECK_STR(get("Bridge", "vlbr4094", "datapath_type external_ids"),
              "netdev\n{vif=\"vif:local:shared\"}");
    CHECK_STR(get("Port", "vlbr4094p", "tag external_ids"), "4094\n{vif=\"vif:local:shared\"}");
    CHECK_STR(get("Port", "vlbr4094in", "tag"), "[]");
    CHECK_STR(get("Interface", "vlbr4094p", "type options"), "patch\n{peer=vlbr4094in}");
    CHECK_STR(get("Interface", "vlbr4094in", "type options"), "patch\n{peer=vlbr4094p}");
    DO(VSCTL "iface-to-br vlbr4094p; " VSCTL "iface-to-br vlbr4094in");
    CHECK_STR(sh_text, "br-int\nvlbr4094");
    GOOD(net_verb(VIF_UNPLUG));
    close_host();
}

TEST(vlan_refused)
{
    char *before = everything();
    vlan(100);
    REQUIRE(open_host());
    net.master = "nowhere";
    FAILS(ensure(), VIF_E_NO_INTERFACE, "master bridge does not exist");
    SAME_AS(before);
    net.master = NULL;
    FAILS(ensure(), VIF_E_FIELD, "master bridge not specified");
    net.master = "";
    FAILS(ensure(), VIF_E_FIELD, "master bridge not specified");
    vlan(4095);
    FAILS(ensure(), VIF_E_FIELD, "invalid vlan tag");
    vlan(100);
    net.name = "no name for a bridge";
    CHECK_INT(ensure(), VIF_E_FIELD);
    SAME_AS(before);
    free(before);

    DO(VSCTL "add-br other -- set bridge other datapath_type=netdev");
    vlan(100);
    GOOD(ensure());
    before = everything();
    net.master = "other";
    FAILS(ensure(), VIF_E_EXISTS, "reassigning vlang tag to another master bridge is not allowed");
    vlan(100);
    net.name = "another";
    FAILS(ensure(), VIF_E_EXISTS, "reassigning vlan tag to another bridge not allowed");
    SAME_AS(before);
    vlan(100);
    GOOD(net_verb(VIF_UNPLUG));
    DO(VSCTL "del-br other");
    free(before);
    close_host();
}

/* What the plugin of Zero-OS leaves where it dies between its transactions, and more than it. */
TEST(vlan_half_made)
{
    static const char *const halves[] = {
        "add-br vlbr100 -- set bridge vlbr100 datapath_type=netdev",
        "add-port br-int vlbr100p tag=100",
        "set Interface vlbr100p type=patch options:peer=vlbr100in",
        "add-port vlbr100 vlbr100in",
        "set Interface vlbr100in type=patch options:peer=vlbr100p"};
    char *whole = NULL;
    vlan(100);
    REQUIRE(open_host());
    for (size_t n = sizeof halves / sizeof *halves; n > 0; n--) {
        for (size_t i = 0; i < n; i++) {
            (void)sh(VSCTL "--no-wait %s", halves[i]);
        }
        GOOD(ensure());
        GOOD(net_verb(VIF_CHECK));
        DO(VSCTL "clear Bridge vlbr100 external_ids -- clear Port vlbr100p external_ids -- "
           "clear Port vlbr100in external_ids");
        if (whole == NULL) {
            whole = everything();
        }
        SAME_AS(whole);
        GOOD(net_verb(VIF_UNPLUG));     /* none of it is ours */
        SAME_AS(whole);
        DO(VSCTL "del-br vlbr100 -- del-port vlbr100p");
    }
    free(whole);
    /* the tag and the peers are somebody's mistake */
    GOOD(ensure());
    whole = everything();
    DO(VSCTL "set Port vlbr100p tag=7 -- set Interface vlbr100p options:peer=x -- "
       "set Interface vlbr100in options:peer=y");
    CHECK_INT(net_verb(VIF_CHECK), VIF_E_DIFFERENT);
    GOOD(ensure());
    SAME_AS(whole);
    GOOD(net_verb(VIF_UNPLUG));
    free(whole);
    close_host();
}

/* A port of another sort has the name; nothing is made. */
TEST(vlan_name_taken)
{
    char *before;
    vlan(100);
    REQUIRE(open_host());
    DO(VSCTL "add-port br-int vlbr100p -- set Interface vlbr100p type=internal");
    before = everything();
    FAILS(ensure(), VIF_E_EXISTS, "vlbr100p is a port of another type: internal");
    SAME_AS(before);
    DO(VSCTL "del-port vlbr100p -- add-port br-int vlbr100 -- set Interface vlbr100 type=internal");
    free(before);
    before = everything();
    FAILS(ensure(), VIF_E_EXISTS, "vlbr100 is a port, not a bridge");
    SAME_AS(before);
    DO(VSCTL "del-port vlbr100");
    free(before);
    close_host();
}

/* Whoever has made it takes it away; the other's subject uses it. */
TEST(two_owners)
{
    char *before = everything(), *made;
    static vif_host second;
    vif_host_desc desc;
    vlan(100);
    REQUIRE(open_host());
    desc = host_desc();
    desc.owner = "second";
    desc.log = NULL;
    REQUIRE(vif_host_open(&second, &desc, &err) == VIF_OK);
    GOOD(ensure());
    made = everything();
    vif_subject subject = net_subject();
    vif_job_desc d;
    vif_result result;
    memset(&d, 0, sizeof d);
    d.subjects = &subject;
    d.count = 1;
    d.results = &result;
    for (int i = 0; i < 2; i++) {
        d.verb = i == 0 ? VIF_PLUG : VIF_UNPLUG;
        memset(&result, 0, sizeof result);
        GOOD(vif_verb_many(&second, &d, &err));
        SAME_AS(made);
    }
    GOOD(net_verb(VIF_UNPLUG));
    SAME_AS(before);
    vif_host_close(&second);
    free(made);
    free(before);
    close_host();
}

/* ---- traffic --------------------------------------------------------------------------------- */

/* A process in a network namespace of its own. */
static pid_t in_a_namespace(void)
{
    const pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)unshare(CLONE_NEWNET);
        pause();
        _exit(0);
    }
    for (int i = 0; i < 100 && sh("test $(readlink /proc/%d/ns/net) != $(readlink /proc/%d/ns/net)",
                                  (int)pid, (int)getpid()); i++) {
        usleep(10000);
    }
    return pid;
}

/* It has gone once nothing in there is left. */
static void namespace_gone(pid_t pid)
{
    kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
}

#define THERE(pid, command, ...) \
    DO("nsenter --net=/proc/%d/ns/net sh -c '" command "'", (int)(pid), ##__VA_ARGS__)

/* The other host: a namespace at the far end of a veth pair that is a port of the master. */
static pid_t other_host(void)
{
    const pid_t pid = in_a_namespace();
    DO("ip link add under0 type veth peer name under1 && ip link set under1 netns %d && "
       "ip link set under0 up && ip addr add 10.0.0.1/24 dev br-int && ip link set br-int up && "
       VSCTL "add-port br-int under0", (int)pid);
    THERE(pid, "ip addr add 10.0.0.2/24 dev under1; ip link set under1 up");
    return pid;
}

static void other_host_gone(pid_t pid)
{
    DO(VSCTL "del-port under0; ip link del under0; ip addr flush dev br-int");
    namespace_gone(pid);
}

/* Whether a guest on the bridge reaches the far end, which ip has made there. */
static bool pings(const char *bridge, pid_t far, const char *make)
{
    bool good;
    THERE(far, "%s && ip addr add 10.7.0.2/24 dev far && ip link set far up", make);
    DO("ip link add port type veth peer name guest && ip link set port up && "
       "ip link set guest up && ip addr add 10.7.0.1/24 dev guest && "
       VSCTL "add-port %s port", bridge);
    good = sh("ping -c5 -i0.2 -W1 10.7.0.2") == 0;
    DO(VSCTL "del-port port; ip link del port");
    THERE(far, "ip link del far");
    return good;
}

TEST(vxlan_to_another_host)
{
    pid_t far;
    char *before;
    DO("ip link set br-int up");
    before = everything();
    vxlan(77);
    REQUIRE(open_host());
    far = other_host(); 
    GOOD(ensure());
    CHECK(pings("vxlbr77", far, "ip link add far type vxlan id 77 group 239.0.0.1 dev under1 "
                "dstport 8472"));
    CHECK(!pings("vxlbr77", far, "ip link add far type vxlan id 78 group 239.0.0.1 dev under1 "
                 "dstport 8472"));
    GOOD(net_verb(VIF_UNPLUG));
    net.remotes = "10.0.0.2";           /* the switch's own port */
    net.port = 4789;
    GOOD(ensure());
    CHECK(pings("vxlbr77", far, "ip link add far type vxlan id 77 remote 10.0.0.1 dev under1 "
                "dstport 4789 noudpcsum"));
    GOOD(net_verb(VIF_UNPLUG));
    other_host_gone(far);
    SAME_AS(before);
    free(before);
    close_host();
}

/* Inside the network's bridge there is no tag, on the master there is: two of them meet there. */
TEST(vlans_meet_on_the_master)
{
    static const char *const other[] = {"100", "101"};
    vlan(100);
    REQUIRE(open_host());
    GOOD(ensure());
    DO("ip link add port type veth peer name guest && ip link set port up && "
       "ip link set guest up && ip addr add 10.8.0.1/24 dev guest && "
       VSCTL "add-port vlbr100 port");
    for (int i = 0; i < 2; i++) {
        const pid_t there = in_a_namespace();
        DO(VSCTL "add-port br-int inner tag=%s -- set Interface inner type=internal && "
           "ip link set inner netns %d", other[i], (int)there);
        THERE(there, "ip addr add 10.8.0.2/24 dev inner; ip link set inner up");
        CHECK((sh("ping -c5 -i0.2 -W1 10.8.0.2") == 0) == (i == 0));
        DO(VSCTL "del-port inner");
        namespace_gone(there);
    }
    DO(VSCTL "del-port port; ip link del port");
    GOOD(net_verb(VIF_UNPLUG));
    close_host();
}

/* ---- kills, many, races ---------------------------------------------------------------------- */

static vif_verb kill_verb;
static int kill_at;

static void killed(void)
{
    if (open_host()) {
        kill_after = kill_at;
        _exit(net_verb(kill_verb) == VIF_OK ? 0 : 1);
    }
}

/* Killed at each of its requests, to the kernel or the server: the same again makes it right, the
 * opposite takes all of it back. */
TEST(a_kill_at_each_request)
{
    char *before = everything(), *plugged;
    int status = -1, n;
    vxlan(9);
    REQUIRE(open_host());
    GOOD(ensure());
    plugged = everything();
    for (int way = 0; way < 4; way++) {
        kill_verb = way % 2 == 0 ? VIF_PLUG : VIF_UNPLUG;
        for (n = 1, status = -1; status != 0 && n < 60; n++) {
            pid_t pid;
            GOOD(net_verb(kill_verb == VIF_PLUG ? VIF_UNPLUG : VIF_PLUG));
            kill_at = n;
            pid = run_in_child(killed);
            (void)waitpid(pid, &status, 0);
            CHECK(status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
            if (way / 2 == 0) {
                GOOD(ensure());
                SAME_AS(plugged);
            }
            GOOD(net_verb(VIF_UNPLUG));
            settle();
            SAME_AS(before);
        }
        CHECK(n > 3);
    }
    kill_at = 0;
    free(plugged);
    free(before);
    close_host();
}

/* A port that comes just before the bridge would go keeps it. */
TEST(many_of_one_network)
{
    enum { COUNT = 20 };
    static vif_subject subjects[COUNT];
    static vif_result results[COUNT];
    static vif_net nets[COUNT];
    static char ids[COUNT][8];
    char *before = everything();
    vif_job_desc d;
    vlan(100);
    REQUIRE(open_host());
    memset(&d, 0, sizeof d);
    for (int i = 0; i < COUNT; i++) {
        nets[i] = net;
        nets[i].tag = 100 + (uint32_t)i / 4;
        snprintf(ids[i], sizeof ids[i], "n%d", i);
        subjects[i] = net_subject();
        subjects[i].id = ids[i];
        subjects[i].object = &nets[i];
    }
    d.subjects = subjects;
    d.count = COUNT;
    d.results = results;
    GOOD(vif_verb_many(&host, &d, &err));
    DO(VSCTL "list-br | wc -l");
    CHECK_STR(sh_text, "6");
    d.verb = VIF_UNPLUG;
    GOOD(vif_verb_many(&host, &d, &err));
    settle();
    SAME_AS(before);
    free(before);
    close_host();
}

/* A port of the process's own, with its network in front of it, as a NIC has it. */
static char port_name[16];

static void port_plan(vif_plan *plan, const vif_plan_input *in)
{
    vif_resource *r;
    vif_net_plan(plan, in);
    r = vif_plan_ovs(plan, VIF_RES_OVS_PORT, VIF_OWN, port_name,
                     plan->bridge ? plan->bridge : "none");
    (void)vif_plan_ovs_column(plan, r, "Interface", "type", "internal");
    vif_plan_ovs_column(plan, r, "Port", "external_ids", "vif:local:a-network")->key = "vif";
}

static vif_status port_verb(vif_verb verb)
{
    vif_subject subject = net_subject();
    vif_result result;
    vif_job_desc d;
    subject.plan = port_plan;
    memset(&result, 0, sizeof result);
    memset(&d, 0, sizeof d);
    d.verb = verb;
    d.subjects = &subject;
    d.count = 1;
    d.results = &result;
    return vif_verb_many(&host, &d, &err);
}

TEST(a_port_and_its_network)
{
    char *before = everything();
    vlan(100);
    REQUIRE(open_host());
    strcpy(port_name, "p0");
    GOOD(port_verb(VIF_PLUG));
    GOOD(port_verb(VIF_CHECK));
    DO(VSCTL "list-ports vlbr100");
    CHECK_STR(sh_text, "p0\nvlbr100in");
    GOOD(net_verb(VIF_UNPLUG));         /* its port keeps it */
    GOOD(port_verb(VIF_CHECK));
    GOOD(port_verb(VIF_UNPLUG));
    SAME_AS(before);
    strcpy(port_name, "br-int");        /* refused: what was made for it goes again */
    CHECK(port_verb(VIF_PLUG) != VIF_OK);
    settle();
    SAME_AS(before);
    net.name = "blue";                  /* whoever gives no name comes where it is */
    GOOD(ensure());
    net.name = NULL;
    strcpy(port_name, "p0");
    GOOD(port_verb(VIF_PLUG));
    DO(VSCTL "iface-to-br p0");
    CHECK_STR(sh_text, "blue");
    GOOD(port_verb(VIF_UNPLUG));
    SAME_AS(before);
    free(before);
    close_host();
}

static void plugger(void)
{
    bool good = open_host();
    for (int i = 0; i < 15 && good; i++) {
        good = port_verb(VIF_PLUG) == VIF_OK && port_verb(VIF_CHECK) == VIF_OK &&
            port_verb(VIF_UNPLUG) == VIF_OK;
    }
    if (!good) {
        printf("# %s: %s\n", err.where, err.text);
        fflush(stdout);
    }
    _exit(good ? 0 : 1);
}

/* Several processes plug into it and unplug: each is served at any time, and in the end nothing is
 * there. */
static void four_processes(void)
{
    char *before = everything();
    pid_t pids[4];
    int status;
    for (int i = 0; i < 4; i++) {
        snprintf(port_name, sizeof port_name, "p%d", i);
        pids[i] = run_in_child(plugger);
    }
    for (int i = 0; i < 4; i++) {
        CHECK(waitpid(pids[i], &status, 0) == pids[i] && status == 0);
    }
    settle();
    SAME_AS(before);
    free(before);
}

TEST(four_processes_in_a_vlan)
{
    vlan(100);
    four_processes();
}

TEST(four_processes_in_a_vxlan)
{
    vxlan(77);
    four_processes();
}

int main(int argc, char **argv)
{
    return switch_main(argc, argv);
}
