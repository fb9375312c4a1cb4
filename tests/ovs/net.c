/* SPDX-License-Identifier: MIT
 * Networks on a real Open vSwitch (userspace datapath): made whole from whatever somebody has left,
 * counted, and refused in the words of the commands of Zero-OS. */
/* flags: -Wl,--wrap=sendmsg */
#include "switch.h"

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
    CHECK_STR(get("Interface", "vx8r1", "type options"),
              "vxlan\n{dst_port=\"4789\", key=\"8\", remote_ip=\"192.0.2.2\"}");
    GOOD(net_verb(VIF_UNPLUG));
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
    GOOD(net_verb(VIF_UNPLUG));
    DO("ip link del v0");
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

int main(int argc, char **argv)
{
    return switch_main(argc, argv);
}
