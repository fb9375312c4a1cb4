/* SPDX-License-Identifier: MIT
 * The plans of the plugin nested, as text: VLANs and macvlans of pods, and what is refused. No
 * kernel, no privileges. */
#define VIF_IMPLEMENTATION
#include "vif.h"
#define PLUGIN "nested"
#include "plan/golden.h"

#define MAC "mac=22:52:25:62:e2:aa"

static vif_subnet_list subnets;
static vif_subnet subnet;
static vif_fixed_ip_list ips;
static vif_fixed_ip ip;

static void start(vif_class klass)
{
    memset(&options, 0, sizeof options);
    options.netns_fd = vif_u32_of(5);
    vif_object_init(&vif, klass);
    vif_object_init(&network, VIF_CLASS_Network);
    vif_object_init(&subnets, VIF_CLASS_SubnetList);
    vif_object_init(&subnet, VIF_CLASS_Subnet);
    vif_object_init(&ips, VIF_CLASS_FixedIPList);
    vif_object_init(&ip, VIF_CLASS_FixedIP);
    ip.address = "192.0.2.17";
    ips.objects.items = &ip;
    ips.objects.count = 1;
    subnet.cidr = "192.0.2.0/24";
    subnet.gateway = "192.0.2.1";
    subnet.ips = &ips;
    subnets.objects.items = &subnet;
    subnets.objects.count = 1;
    network.subnets = &subnets;
    network.bridge_interface = "ens3";
    vif.base.id = VIF_ID;
    vif.base.address = "22:52:25:62:e2:aa";
    vif.base.network = &network;
    vif.macvlan_nested.vif_name = "tapdc065497-3c";
    if (klass == VIF_CLASS_VIFVlanNested) {
        vif.vlan_nested.vlan_id = vif_int_of(101);
    }
}

#define INSIDE(link) \
    "up lo in namespace 1 (shared)\n" \
    "address " link " in namespace 1 (own) ip=192.0.2.17/24\n" \
    "up " link " in namespace 1 (own)\n" \
    "route " link " in namespace 1 (own) ip=0.0.0.0/0 via=192.0.2.1\n"

TEST(a_vlan)
{
    start(VIF_CLASS_VIFVlanNested);
    golden(VIF_PLUG, "up ens3 (shared)\n"
           "vlan eth0 in namespace 1 (own) id=101 lower=ens3 " MAC "\n" INSIDE("eth0"));
    options.vlan_interface = "ens4";
    options.flat_interface = "ens5";
    options.netns_link = "net1";
    network.mtu = vif_int_of(1450);
    golden(VIF_CHECK, "up ens4 (shared)\n"
           "vlan net1 in namespace 1 (own) id=101 lower=ens4 " MAC " mtu=1450\n" INSIDE("net1"));
    options.l3_setup = VIF_FALSE;
    golden(VIF_UNPLUG,
           "vlan net1 in namespace 1 (own) id=101 lower=ens4 " MAC " mtu=1450\n"
           "up lo in namespace 1 (shared)\n"
           "up net1 in namespace 1 (own)\n");
}

TEST(a_macvlan)
{
    start(VIF_CLASS_VIFMacvlanNested);
    golden(VIF_PLUG, "up ens3 (shared)\n"
           "macvlan eth0 in namespace 1 (own) lower=ens3 mode=bridge " MAC "\n" INSIDE("eth0"));
    options.flat_interface = "ens5";
    golden(VIF_UNPLUG,
           "macvlan eth0 in namespace 1 (own) lower=ens5 mode=bridge " MAC "\n" INSIDE("eth0"));
}

/* What is not known any more is not needed to take the link away. */
TEST(unplug_with_less)
{
    start(VIF_CLASS_VIFVlanNested);
    vif.base.network = NULL;
    vif.vlan_nested.vlan_id = vif_int_of(0);
    golden(VIF_UNPLUG, "vlan eth0 in namespace 1 (own) " MAC "\n"
           "up lo in namespace 1 (shared)\n"
           "up eth0 in namespace 1 (own)\n");
    options.netns_fd.set = false;
    golden(VIF_UNPLUG, "vlan tapdc065497-3c (own) " MAC " if the link is ours\n");
}

TEST(refusals)
{
    start(VIF_CLASS_VIFVlanNested);
    vif.vlan_nested.vlan_id = vif_int_of(4095);
    refuses(VIF_E_FIELD, "vlan_id", "1 to 4094");
    vif.vlan_nested.vlan_id = vif_int_of(0);
    refuses(VIF_E_FIELD, "vlan_id", "1 to 4094");
    start(VIF_CLASS_VIFVlanNested);
    vif.vlan_nested.vif_name = NULL;
    refuses(VIF_E_FIELD, "vif_name", "not set");
    start(VIF_CLASS_VIFMacvlanNested);
    network.bridge_interface = NULL;
    refuses(VIF_E_FIELD, "network.bridge_interface", "a lower device is needed");
    options.flat_interface = "a/b";
    refuses(VIF_E_FIELD, "flat_interface", "");
    start(VIF_CLASS_VIFMacvlanNested);
    options.netns_fd.set = false;
    refuses(VIF_E_INVAL, "netns_fd", "not set");
    start(VIF_CLASS_VIFMacvlanNested);
    options.netns_link = "a/b";
    refuses(VIF_E_INVAL, "netns_link", "");
    start(VIF_CLASS_VIFMacvlanNested);
    network.mtu = vif_int_of(60);
    refuses(VIF_E_FIELD, "network.mtu", "68 to 65535");
    start(VIF_CLASS_VIFMacvlanNested);
    vif.base.address = "01:00:5e:00:00:01";
    refuses(VIF_E_FIELD, "address", "multicast");
}

CHECK_MAIN
