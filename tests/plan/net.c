/* SPDX-License-Identifier: MIT
 * Plans of networks, as text, and what is refused before there is one. No kernel, no privileges. */
#define VIF_IMPLEMENTATION
#include "vif.h"
#include "check.h"

static vif_net net;
static vif_options options;
static vif_plan plan;
static vif_error err;
static char text[4096];

static void start(vif_net_type type, vif_net_backend backend)
{
    memset(&net, 0, sizeof net);
    memset(&options, 0, sizeof options);
    net.type = type;
    net.backend = backend;
    net.master = "backplane";
}

static vif_status make(vif_verb verb)
{
    static unsigned char room[32768];
    static vif_arena arena;
    vif_plan_input in;
    memset(&in, 0, sizeof in);
    in.verb = verb;
    in.options = &options;
    in.owner = "local";
    in.plan = vif_net_plan;
    in.object = &net;
    in.id = "n";
    memset(&err, 0, sizeof err);
    vif_arena_init(&arena, room, sizeof room);
    return vif_plan_make(&plan, &arena, &in, &err);
}

static void golden(vif_verb verb, const char *bridge, const char *want)
{
    if (make(verb) != VIF_OK) {
        CHECK_FAIL("%s: %s", err.where, err.text);
        return;
    }
    CHECK_STR(plan.plugin, "net");
    CHECK_STR(plan.bridge, bridge);
    CHECK_INT(vif_plan_print(&plan, text, sizeof text), strlen(text));
    CHECK_STR(text, want);
}

static void refuses(const char *where, const char *words)
{
    CHECK_INT(make(VIF_PLUG), VIF_E_FIELD);
    CHECK_STR(err.where, where);
    CHECK_STR(err.text, words);
    CHECK_INT(plan.count, 0);
}

#define SHARED " external_ids:vif=vif:local:shared"

TEST(vlan)
{
    start(VIF_NET_VLAN, VIF_NET_OVS);
    net.tag = 100;
    for (int verb = VIF_PLUG; verb <= VIF_CHECK; verb++) {
        golden((vif_verb)verb, "vlbr100",
               "ovs bridge backplane (borrowed)\n"
               "ovs bridge vlbr100 (counted)" SHARED "\n"
               "ovs port vlbr100p (counted) bridge=backplane" SHARED
               " type=patch options:peer=vlbr100in tag=100\n"
               "ovs port vlbr100in (counted) bridge=vlbr100" SHARED
               " type=patch options:peer=vlbr100p\n");
    }
    net.tag = 0;
    net.name = "flat";
    golden(VIF_PLUG, "flat",
           "ovs bridge backplane (borrowed)\n"
           "ovs bridge flat (counted)" SHARED "\n"
           "ovs port vlbr0p (counted) bridge=backplane" SHARED
           " type=patch options:peer=vlbr0in\n"
           "ovs port vlbr0in (counted) bridge=flat" SHARED " type=patch options:peer=vlbr0p\n");
    start(VIF_NET_VLAN, VIF_NET_LINUX);
    net.tag = 100;
    golden(VIF_PLUG, "vlbr100",
           "up backplane (counted)\n"
           "vlan vlbr100p (counted) id=100 lower=backplane\n"
           "up vlbr100p (shared)\n"
           "bridge vlbr100 (counted)\n"
           "setting vlbr100 (shared) family=ipv6 disable_ipv6=1 if the link is ours\n"
           "up vlbr100 (shared)\n"
           "master vlbr100p (shared) master=vlbr100\n");
}

TEST(vxlan)
{
    start(VIF_NET_VXLAN, VIF_NET_OVS);
    net.vni = 0xffffff;
    golden(VIF_PLUG, "vxlbr16777215",
           "vxlan vtep16777215 (counted) lower=backplane id=16777215 group=239.1.0.0 port=8472\n"
           "up vtep16777215 (shared)\n"
           "ovs bridge backplane (borrowed)\n"
           "ovs bridge vxlbr16777215 (counted)" SHARED "\n"
           "ovs port vtep16777215 (counted) bridge=vxlbr16777215" SHARED "\n");
    net.vni = 7;
    net.remotes = "192.0.2.1,2001:db8::1";
    net.port = 4789;
    golden(VIF_PLUG, "vxlbr7",
           "ovs bridge backplane (borrowed)\n"
           "ovs bridge vxlbr7 (counted)" SHARED " external_ids:vif-net=vx7\n"
           "ovs port vx7rfrh71j (counted) bridge=vxlbr7" SHARED " type=vxlan"
           " options:remote_ip=192.0.2.1 options:key=7 options:dst_port=4789 protected=true"
           " external_ids:vif-net=vx7\n"
           "ovs port vx7r7r2u3r (counted) bridge=vxlbr7" SHARED " type=vxlan"
           " options:remote_ip=2001:db8::1 options:key=7 options:dst_port=4789 protected=true"
           " external_ids:vif-net=vx7\n");
    net.vni = 0xffffff;                 /* the longest, and one that is named twice */
    net.remotes = "192.0.2.1,192.0.2.1";
    golden(VIF_PLUG, "vxlbr16777215",
           "ovs bridge backplane (borrowed)\n"
           "ovs bridge vxlbr16777215 (counted)" SHARED " external_ids:vif-net=vx16777215\n"
           "ovs port vx16777215rfrh7 (counted) bridge=vxlbr16777215" SHARED " type=vxlan"
           " options:remote_ip=192.0.2.1 options:key=16777215 options:dst_port=4789"
           " protected=true external_ids:vif-net=vx16777215\n");
    start(VIF_NET_VXLAN, VIF_NET_LINUX);
    net.vni = 7;
    net.group = "ff0e::7";
    golden(VIF_UNPLUG, "vxlbr7",
           "vxlan vtep7 (counted) lower=backplane id=7 group=ff0e::7 port=8472\n"
           "up vtep7 (shared)\n"
           "bridge vxlbr7 (counted)\n"
           "setting vxlbr7 (shared) family=ipv6 disable_ipv6=1 if the link is ours\n"
           "up vxlbr7 (shared)\n"
           "master vtep7 (shared) master=vxlbr7\n");
    net.group = NULL;
    net.remotes = "192.0.2.1,192.0.2.2";
    golden(VIF_PLUG, "vxlbr7",
           "up backplane (counted)\n"
           "vxlan vtep7 (counted) lower=backplane id=7 port=8472\n"
           "remotes vtep7 (shared) ip=192.0.2.1 ip=192.0.2.2\n"
           "up vtep7 (shared)\n"
           "bridge vxlbr7 (counted)\n"
           "setting vxlbr7 (shared) family=ipv6 disable_ipv6=1 if the link is ours\n"
           "up vxlbr7 (shared)\n"
           "master vtep7 (shared) master=vxlbr7\n");
    net.type = VIF_NET_VTEP;
    net.remotes = "2001:db8::1";
    golden(VIF_PLUG, "backplane",
           "vxlan vtep7 (counted) lower=backplane id=7 group=:: port=8472\n"
           "remotes vtep7 (shared) ip=2001:db8::1\n"
           "up vtep7 (shared)\n");
    start(VIF_NET_VTEP, VIF_NET_OVS);
    net.vni = 0x12345;
    golden(VIF_PLUG, "backplane",
           "vxlan vtep74565 (counted) lower=backplane id=74565 group=239.0.1.36 port=8472\n"
           "up vtep74565 (shared)\n");
}

TEST(bridges_ports_bonds)
{
    static const vif_net_set set[] = {{"fail_mode", "secure"}, {"other_config:a", "1"}};
    start(VIF_NET_BRIDGE, VIF_NET_OVS);
    net.name = "br0";
    net.stp = VIF_FALSE;
    net.ageing_s = vif_u32_of(60);
    net.set = set;
    net.set_count = 2;
    golden(VIF_PLUG, "br0", "ovs bridge br0 (counted)" SHARED " stp_enable=false"
           " other_config:mac-aging-time=60 fail_mode=secure other_config:a=1\n");
    net.alone = true;
    net.set_count = 0;
    golden(VIF_PLUG, "br0", "ovs bridge br0 (own) external_ids:vif=vif:local:n stp_enable=false"
           " other_config:mac-aging-time=60\n");
    net.backend = VIF_NET_LINUX;
    net.stp = VIF_TRUE;
    golden(VIF_PLUG, "br0", "bridge br0 (own) stp=yes ageing=60\n"
           "setting br0 (own) family=ipv6 disable_ipv6=1\n"
           "up br0 (own)\n");
    start(VIF_NET_PORT, VIF_NET_OVS);
    net.name = "p0";
    net.tag = 7;
    golden(VIF_PLUG, "backplane", "ovs bridge backplane (borrowed)\n"
           "ovs port p0 (own) bridge=backplane external_ids:vif=vif:local:n tag=7\n");
    start(VIF_NET_BOND, VIF_NET_OVS);
    net.name = "b0";
    net.links = "eth0,eth1";
    net.lacp = VIF_TRUE;
    golden(VIF_PLUG, "backplane", "ovs bridge backplane (borrowed)\n"
           "ovs port b0 (own) bridge=backplane external_ids:vif=vif:local:n bond_mode=balance-slb"
           " lacp=active\n");
}

/* A bond of the kernel's is the subject's own; its links are somebody else's. */
TEST(bonds_of_the_kernel)
{
    start(VIF_NET_BOND, VIF_NET_LINUX);
    net.name = "b0";
    net.links = "eth0,eth1";
    golden(VIF_PLUG, "backplane", "up backplane (shared)\n"
           "bond b0 (own) mode=active-backup\n"
           "bonded eth0 (borrowed) bond=b0\n"
           "bonded eth1 (borrowed) bond=b0\n"
           "up b0 (own)\n"
           "master b0 (own) master=backplane\n");
    net.master = NULL;
    net.lacp = VIF_TRUE;
    options.network_device_mtu = 9000;
    golden(VIF_PLUG, "b0", "bond b0 (own) mode=802.3ad hash=layer2 mtu=9000\n"
           "bonded eth0 (borrowed) bond=b0\n"
           "bonded eth1 (borrowed) bond=b0\n"
           "up b0 (own)\n");
    net.lacp = VIF_BOOL_UNSET;
    net.bond_mode = "balance-tcp";
    CHECK_INT(make(VIF_CHECK), VIF_OK);
    vif_plan_print(&plan, text, sizeof text);
    CHECK_HAS(text, "bond b0 (own) mode=802.3ad hash=layer3+4 mtu=9000\n");
    net.bond_mode = "balance-alb";
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    vif_plan_print(&plan, text, sizeof text);
    CHECK_HAS(text, "bond b0 (own) mode=balance-alb mtu=9000\n");
    net.bond_mode = "no mode at all";   /* an unplug needs none, nor links */
    net.links = NULL;
    golden(VIF_UNPLUG, "b0", "bond b0 (own) mtu=9000 if the link is ours\nup b0 (own)\n");
    net.type = VIF_NET_PORT;
    golden(VIF_UNPLUG, "b0", "bond b0 (own) mtu=9000\nup b0 (own)\n");
}

TEST(bonds_refused)
{
    start(VIF_NET_BOND, VIF_NET_LINUX);
    refuses("port", "missing port name");
    net.name = "b0";
    net.links = "eth0";
    refuses("links", "need more than one link to bond");
    net.links = "eth0,eth0";
    refuses("links", "a link is named twice");
    net.links = "eth0,b0";
    refuses("links", "a link is named twice");
    net.links = "eth0,eth1";
    net.bond_mode = "balance-slb";
    refuses("mode", "the kernel's are active-backup, balance-rr, balance-xor, broadcast, 802.3ad, "
            "balance-tlb and balance-alb");
    net.bond_mode = "active-backup";
    net.lacp = VIF_TRUE;
    refuses("lacp", "goes with 802.3ad, or balance-tcp, and no other mode");
    net.bond_mode = "802.3ad";
    net.lacp = VIF_FALSE;
    refuses("lacp", "goes with 802.3ad, or balance-tcp, and no other mode");
    net.lacp = VIF_BOOL_UNSET;
    net.tag = 5;
    refuses("vlan", "a bond of the kernel's has no tag");
    net.tag = 0;
    net.master = "no master";
    refuses("master", "no '/', ':', '%', space or control byte in a name");
    net.type = VIF_NET_PORT;
    net.master = "br0";
    refuses("backend", "such ports are Open vSwitch's");
    start(VIF_NET_BOND, VIF_NET_OVS);
    net.name = "b0";
    net.master = "br0";
    net.links = "eth0,eth1";
    net.bond_mode = "balance-rr";       /* one that the kernel alone has */
    refuses("mode", "none of balance-slb, active-backup, balance-tcp");
}

TEST(refused)
{
    start(VIF_NET_VLAN, VIF_NET_OVS);
    net.tag = 4095;
    refuses("vlan", "invalid vlan tag");
    net.master = NULL;
    refuses("master", "master bridge not specified");
    start(VIF_NET_VLAN, VIF_NET_LINUX);
    refuses("vlan", "invalid vlan tag");
    start(VIF_NET_VXLAN, VIF_NET_OVS);
    refuses("vxlan", "invalid nid");
    net.vni = 5;
    net.group = "a group";
    refuses("group", "is no IP address");
    net.port = 65536;
    refuses("dst_port", "no port of UDP");
    net.port = 0;
    net.remotes = "192.0.2.1,x";
    refuses("remotes", "is no list of IP addresses");
    net.backend = VIF_NET_LINUX;
    refuses("remotes", "is no list of IP addresses");
    net.remotes = "";
    refuses("remotes", "is no list of IP addresses");
    net.remotes = "192.0.2.1,2001:db8::1";
    refuses("remotes", "are of IPv4 or IPv6, not both");
    start(VIF_NET_BRIDGE, VIF_NET_OVS);
    refuses("bridge", "bridge name is not set");
    net.name = "br0";
    net.ageing_s = vif_u32_of(1000001);
    refuses("ageing_s", "longer than 1000000 s");
    start(VIF_NET_PORT, VIF_NET_OVS);
    refuses("port", "missing port name");
    net.master = "";
    refuses("bridge", "bridge name is not set");
    start(VIF_NET_BOND, VIF_NET_OVS);
    net.name = "b0";
    refuses("links", "need more than one link to bond");
    net.links = "eth0";
    refuses("links", "need more than one link to bond");
    net.links = "eth0,a link that is none";
    refuses("links", "need more than one link to bond");
}

CHECK_MAIN
