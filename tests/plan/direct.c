/* SPDX-License-Identifier: MIT
 * The plans of the plugin direct, as text: modes, options, profiles, refusals, and how sysfs leads
 * from a PCI address to a netdev. No kernel, no privileges. */
#define VIF_IMPLEMENTATION
#include "vif.h"
#define PLUGIN "direct"
#include "plan/golden.h"

#define CARD "bus/pci/devices/0000:03:00.2/"

static vif_port_profile profile;

static void start(vif_direct_mode mode)
{
    memset(&options, 0, sizeof options);
    table_count = file_count = 0;
    bare = false;
    file(CARD "net/eth2/mtu", "1500\n");
    vif_object_init(&vif, VIF_CLASS_VIFDirect);
    vif_object_init(&network, VIF_CLASS_Network);
    vif_object_init(&instance, VIF_CLASS_InstanceInfo);
    vif.base.id = VIF_ID;
    vif.base.address = "22:52:25:62:e2:aa";
    vif.base.network = &network;
    vif.direct.vif_name = "mv0";
    vif.direct.dev_address = "0000:03:00.2";
    vif.direct.mode = mode;
}

#define QUIET "setting mv0 (own) family=ipv6 disable_ipv6=1\n"
#define PLAN(mode, more) "up eth2 (counted)\n" GONE(mode, more)
/* An unplug hears from a note that the card was down. */
#define GONE(mode, more) \
    "macvtap mv0 (own) lower=eth2 mode=" mode " mac=22:52:25:62:e2:aa\n" QUIET more \
    "queues mv0 (own)\n" \
    "up mv0 (own)\n"

TEST(modes)
{
    start(VIF_DIRECT_VEPA);
    golden(VIF_PLUG, PLAN("vepa", ""));
    golden(VIF_UNPLUG, GONE("vepa", ""));
    start(VIF_DIRECT_BRIDGE);
    golden(VIF_PLUG, PLAN("bridge", ""));
    start(VIF_DIRECT_PASSTHROUGH);
    golden(VIF_PLUG, PLAN("passthrough", ""));
    start(VIF_DIRECT_UNSET);
    golden(VIF_PLUG, PLAN("vepa", ""));
    options.direct_private = VIF_TRUE;
    golden(VIF_PLUG, PLAN("private", ""));
}

/* The card is a virtual function: of one that the guest has for itself the physical function sets
 * MAC and VLAN, unless the VLAN has a device of its own, or a profile says both. */
static void function(vif_direct_mode mode)
{
    start(mode);
    file(CARD "physfn/uevent", "DRIVER=igb\nPCI_SLOT_NAME=0000:03:00.0\n");
    file(CARD "physfn/virtfn1/uevent", "PCI_SLOT_NAME=0000:03:00.2\n");
    file(CARD "physfn/net/eth0/mtu", "1500\n");
    network.vlan = vif_int_of(7);
}

TEST(a_virtual_function_below)
{
    static const char vf[] = "vf 0000:03:00.2 (borrowed) pf=eth0 number=1 mac=22:52:25:62:e2:aa "
                             "vlan=7 qos=0 protocol=33024\n";
    char want[1024];
    function(VIF_DIRECT_PASSTHROUGH);
    snprintf(want, sizeof want, "%s%s", vf, PLAN("passthrough", ""));
    golden(VIF_PLUG, want);
    CHECK_STR(plan.items[0].other, "eth2");
    snprintf(want, sizeof want, "%s%s", vf, GONE("passthrough", ""));
    golden(VIF_UNPLUG, want);
    note(VIF_RES_RAISED, "eth2");
    snprintf(want, sizeof want, "%s%s%s", vf, GONE("passthrough", ""), "up eth2 (counted)\n");
    golden(VIF_UNPLUG, want);
    note_count = 0;
    vif.direct.mode = VIF_DIRECT_VEPA;  /* as the object says by now */
    note(VIF_RES_VF, "0000:03:00.2");
    CHECK_INT(make(VIF_UNPLUG), VIF_OK);
    vif_plan_print(&plan, text, sizeof text);
    CHECK_HAS(text, "up mv0 (own)\nvf 0000:03:00.2 (borrowed) pf=eth0 number=1");
    CHECK_STR(plan.items[plan.count - 1].other, "eth2");
    note_count = 0;
    vif.direct.mode = VIF_DIRECT_PASSTHROUGH;
    network.vlan = vif_int_of(4096);
    refuses(VIF_E_FIELD, "network.vlan", "0 to 4095");
    network.vlan.state = VIF_STATE_UNSET;
    vif.base.address = NULL;
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    vif_plan_print(&plan, text, sizeof text);
    CHECK(strstr(text, "vf ") == NULL);
    function(VIF_DIRECT_PASSTHROUGH);
    vif.direct.vlan_name = "vlan7";
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    vif_plan_print(&plan, text, sizeof text);
    CHECK_HAS(text, "number=1 mac=22:52:25:62:e2:aa\nup eth2 (counted)\nvlan vlan7");
    function(VIF_DIRECT_BRIDGE);
    golden(VIF_PLUG, PLAN("bridge", ""));
    function(VIF_DIRECT_PASSTHROUGH);
    file_count--;                       /* its physical function is in another namespace */
    golden(VIF_PLUG, PLAN("passthrough", ""));
}

/* 802.1Qbh of a virtual function: its card is told, and by which number. */
#define FUNCTION "vf 0000:03:00.2 (borrowed) pf=eth0 number=1 mac=22:52:25:62:e2:aa if it exists\n"
TEST(a_profile_of_a_virtual_function)
{
    function(VIF_DIRECT_PASSTHROUGH);
    vif_object_init(&profile, VIF_CLASS_VIFPortProfile8021Qbh);
    profile.qbh.profile_id = "finance";
    vif.base.port_profile = &profile;
    golden(VIF_PLUG, FUNCTION PLAN("passthrough", "profile eth0 (own) of=mv0 name=finance\n"));
    CHECK_INT(plan.items[4].want.profile.port->vf, 1);
    function(VIF_DIRECT_VEPA);
    vif.base.port_profile = &profile;
    golden(VIF_PLUG, FUNCTION PLAN("vepa", "profile eth0 (own) of=mv0 name=finance\n"));
}

TEST(mtu_is_the_lower_devices_unless_it_is_said)
{
    start(VIF_DIRECT_BRIDGE);
    network.mtu = vif_int_of(1450);
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    vif_plan_print(&plan, text, sizeof text);
    CHECK_HAS(text, "mac=22:52:25:62:e2:aa mtu=1450\n");
    network.mtu = vif_int_of(60);
    refuses(VIF_E_FIELD, "network.mtu", "68 to 65535");
    vif.base.network = NULL;
    options.network_device_mtu = 9000;
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    vif_plan_print(&plan, text, sizeof text);
    CHECK_HAS(text, "mtu=9000\n");
}

TEST(a_vlan_goes_with_its_last_user)
{
    start(VIF_DIRECT_BRIDGE);
    vif.direct.vlan_name = "vlan7";
    network.vlan = vif_int_of(7);
    golden(VIF_PLUG,
           "up eth2 (counted)\n"
           "vlan vlan7 (counted) id=7 lower=eth2\n"
           "up vlan7 (counted)\n"
           "macvtap mv0 (own) lower=vlan7 mode=bridge mac=22:52:25:62:e2:aa\n" QUIET
           "queues mv0 (own)\n"
           "up mv0 (own)\n");
    network.vlan = vif_int_of(4095);
    refuses(VIF_E_FIELD, "network.vlan", "1 to 4094");
    vif.base.network = NULL;
    refuses(VIF_E_FIELD, "network.vlan", "1 to 4094");
    vif.direct.vlan_name = "a/b";
    refuses(VIF_E_FIELD, "vlan_name", "");
    vif.direct.vlan_name = "mv0";
    vif.base.network = &network;
    network.vlan = vif_int_of(7);
    refuses(VIF_E_FIELD, "mv0", "two links");
}

/* Before a guest has come here only what it does not take part in. */
TEST(down)
{
    start(VIF_DIRECT_PASSTHROUGH);
    options.direct_down = VIF_TRUE;
    golden(VIF_PLUG,
           "macvtap mv0 (own) lower=eth2 mode=passthrough mac=22:52:25:62:e2:aa\n" QUIET
           "queues mv0 (own)\n");
}

TEST(queues)
{
    start(VIF_DIRECT_VEPA);
    options.direct_queues = vif_u32_of(4);
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    vif_plan_print(&plan, text, sizeof text);
    CHECK_HAS(text, "queues mv0 (own) opened=4\n");
    options.direct_queues = vif_u32_of(0);
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    vif_plan_print(&plan, text, sizeof text);
    CHECK(strstr(text, "queues") == NULL);
    options.direct_queues = vif_u32_of(17);
    refuses(VIF_E_INVAL, "direct_queues", "at most 16");
}

/* A netdev's own port has no name, or that of a cable; a representor's names a function. */
TEST(the_netdev_of_an_address)
{
    start(VIF_DIRECT_VEPA);
    file_count = 0;
    refuses(VIF_E_NO_PCI_DEVICE, "0000:03:00.2", "no network device");
    file(CARD "virtio3/net/eth9/mtu", "1500\n");
    golden(VIF_PLUG,
           "up eth9 (counted)\n"
           "macvtap mv0 (own) lower=eth9 mode=vepa mac=22:52:25:62:e2:aa\n" QUIET
           "queues mv0 (own)\n"
           "up mv0 (own)\n");
    file_count = 0;
    file(CARD "net/rep0/mtu", "1500\n");
    file("class/net/rep0/phys_port_name", "pf0vf0\n");
    file(CARD "net/rep1/mtu", "1500\n");
    file("class/net/rep1/phys_port_name", "1\n");
    refuses(VIF_E_NO_PCI_DEVICE, "0000:03:00.2", "no network device");
    file(CARD "net/eth2/mtu", "1500\n");
    file("class/net/eth2/phys_port_name", "p0\n");
    golden(VIF_PLUG, PLAN("vepa", ""));
    vif.direct.dev_address = NULL;
    refuses(VIF_E_FIELD, "dev_address", "not set");
    start(VIF_DIRECT_VEPA);
    bare = true;
    refuses(VIF_E_FIELD, "dev_address", "not set");
}

/* At the directory "net" and at the port's name: the rest matters only if there is no netdev. */
TEST(a_card_with_a_netdev_is_looked_at_twice)
{
    start(VIF_DIRECT_VEPA);
    sysfs_looks = 0;
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    CHECK_INT(sysfs_looks, 2);
}

/* What was made goes also after the card has gone. */
TEST(unplug_without_the_card)
{
    start(VIF_DIRECT_VEPA);
    file_count = 0;
    golden(VIF_UNPLUG, "device mv0 (own)\n");
}

TEST(fields)
{
    start(VIF_DIRECT_VEPA);
    vif.direct.vif_name = NULL;
    refuses(VIF_E_FIELD, "vif_name", "not set");
    start(VIF_DIRECT_VEPA);
    vif.base.address = "01:00:5e:00:00:01";
    refuses(VIF_E_FIELD, "address", "multicast");
    vif.base.address = NULL;
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    vif_object_init(&profile, VIF_CLASS_VIFPortProfileOpenVSwitch);
    vif.base.port_profile = &profile;
    CHECK_INT(make(VIF_PLUG), VIF_E_NO_PROFILE_CLASS);
}

static void qbg(void)
{
    start(VIF_DIRECT_VEPA);
    vif_object_init(&profile, VIF_CLASS_VIFPortProfile8021Qbg);
    profile.qbg.manager_id = vif_int_of(11);
    profile.qbg.type_id = vif_int_of(1193047);
    profile.qbg.type_id_version = vif_int_of(2);
    profile.qbg.instance_id = "09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f";
    vif.base.port_profile = &profile;
}

TEST(a_profile_of_8021qbg)
{
    qbg();
    golden(VIF_PLUG, PLAN("vepa", "profile eth2 (own) of=mv0 manager=11 type=1193047 version=2\n"));
    options.direct_down = VIF_TRUE;
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    vif_plan_print(&plan, text, sizeof text);
    CHECK_HAS(text, "version=2 early=yes\n");
    qbg();
    profile.qbg.type_id = vif_int_of(0x1000000);
    refuses(VIF_E_FIELD, "type_id", "0 to 16777215");
    qbg();
    profile.qbg.manager_id = vif_int_of(256);
    refuses(VIF_E_FIELD, "manager_id", "0 to 255");
    qbg();
    profile.qbg.type_id_version.state = VIF_STATE_UNSET;
    refuses(VIF_E_FIELD, "type_id_version", "0 to 255");
    qbg();
    profile.qbg.instance_id = "guest";
    refuses(VIF_E_FIELD, "instance_id", "UUID");
    profile.qbg.instance_id = NULL;     /* the VIF's own */
    CHECK_INT(make(VIF_PLUG), VIF_OK);
}

TEST(a_profile_of_8021qbh)
{
    static char long_name[41];
    start(VIF_DIRECT_VEPA);
    vif_object_init(&profile, VIF_CLASS_VIFPortProfile8021Qbh);
    profile.qbh.profile_id = "finance";
    vif.base.port_profile = &profile;
    file("class/dmi/id/product_uuid", "11223344-5566-7788-99aa-bbccddeeff00\n");
    golden(VIF_PLUG, PLAN("vepa", "profile eth2 (own) of=mv0 name=finance\n"));
    memset(long_name, 'p', 40);
    profile.qbh.profile_id = long_name;
    refuses(VIF_E_FIELD, "profile_id", "1 to 39");
    profile.qbh.profile_id = NULL;
    refuses(VIF_E_FIELD, "profile_id", "1 to 39");
}


CHECK_MAIN
