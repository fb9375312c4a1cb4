/* SPDX-License-Identifier: MIT
 * Plugin ovs against a real ovsdb-server and ovs-vswitchd (userspace datapath, in namespaces of the
 * test's own): every flow plugged, plugged again, checked and unplugged, and what others may have
 * done to the same rows. */
/* flags: -Wl,--wrap=sendmsg */
#include "switch.h"
#include <sys/un.h>

/* Everything a VIF's life is: what was there before is there behind it, and nothing else. */
static void life(const char *port)
{
    char *before = everything(), uuid[64];
    int64_t ofport;
    if (!open_host()) {
        return;
    }
    CHECK_INT(look(), VIF_E_DIFFERENT);
    if (GOOD(plug())) {
        CHECK(host.result.committed && host.result.applied && !host.result.ready);
        CHECK_STR(host.result.port, port);
        ofport = host.result.ofport;
        CHECK(ofport > 0);
        CHECK_INT(atoi(get("Interface", port, "ofport")), ofport);
        CHECK_STR(get("Port", port, "external_ids:vif"), "\"" TAG "\"");
        strcpy(uuid, get("Port", port, "_uuid"));
        GOOD(look());
        said[0] = '\0';
        changing = 0;
        GOOD(plug());
        CHECK_STR(said, "");
        CHECK_INT(changing, 0);
        CHECK_INT(host.result.ofport, ofport);
        CHECK(host.result.committed && host.result.applied);
        CHECK_STR(get("Port", port, "_uuid"), uuid);
        GOOD(unplug());
        GOOD(unplug());
        CHECK_INT(look(), VIF_E_DIFFERENT);
        SAME_AS(before);
    }
    close_host();
    free(before);
}

/* ---- every flow ------------------------------------------------------------------------------ */

TEST(plain_tap)
{
    plain("tap0", true);
    life("tap0");
}

TEST(plain_tap_with_queues)
{
    plain("tap0", true);
    profile.openvswitch.multiqueue = VIF_TRUE;
    life("tap0");
}

/* The guest is in a network namespace: layer 3 comes last, and what fails there takes the port back
 * with it. */
TEST(plain_in_a_namespace)
{
    static vif_subnet_list list;
    static vif_subnet subnet;
    static vif_fixed_ip_list ips;
    static vif_fixed_ip ip;
    char *before = everything();
    const int ns = ns_new_net();
    vif_object_init(&list, VIF_CLASS_SubnetList);
    vif_object_init(&subnet, VIF_CLASS_Subnet);
    vif_object_init(&ips, VIF_CLASS_FixedIPList);
    vif_object_init(&ip, VIF_CLASS_FixedIP);
    ip.address = "192.0.2.17";
    ips.objects.items = &ip;
    ips.objects.count = 1;
    subnet.cidr = "192.0.2.0/24";
    subnet.gateway = "192.0.2.1";
    subnet.ips = &ips;
    list.objects.items = &subnet;
    list.objects.count = 1;
    plain("tap0", false);
    network.subnets = &list;
    options.netns_fd = vif_u32_of((uint32_t)ns);
    REQUIRE(ns >= 0);
    life("tap0");
    REQUIRE(open_host());
    GOOD(plug());
    DO("nsenter --net=/proc/%d/fd/%d ip route", (int)getpid(), ns);
    CHECK_HAS(sh_text, "default via 192.0.2.1 dev eth0");
    DO("ip -o link show tap0");
    CHECK_HAS(sh_text, "fe:52:25:62:e2:aa");
    GOOD(unplug());
    DO("nsenter --net=/proc/%d/fd/%d ip route add default dev lo", (int)getpid(), ns);
    FAILS(plug(), VIF_E_EXISTS, "leads elsewhere");
    CHECK_HAS(err.where, "route eth0 in namespace 1");
    CHECK(!strstr(err.text, "left behind"));
    SAME_AS(before);
    close_host();
    close(ns);
    free(before);
}

TEST(plain_rows_and_link)
{
    plain("tap0", true);
    profile.openvswitch.datapath_type = NULL;           /* "system": a QoS row */
    options.isolate_vif = VIF_TRUE;
    REQUIRE(open_host());
    GOOD(plug());
    CHECK_STR(get("Interface", "tap0", "external_ids"), "{attached-mac=\"" MAC "\", iface-id=\""
              IFACE_ID "\", iface-status=active, vm-uuid=\"" VM_ID "\"}");
    CHECK_STR(get("Port", "tap0", "tag trunks vlan_mode"), "4095\n[4095]\ntrunk");
    CHECK_STR(get("Port", "tap0", "external_ids"), "{vif=\"" TAG "\"}");
    DO(VSCTL "get QoS $(" VSCTL "get Port tap0 qos) type external_ids");
    CHECK_STR(sh_text, "linux-noop\n{_type=linux-noop, "
                       "id=\"6c6e4dcb-184a-5252-918e-96489b2784d5\"}");
    DO(VSCTL "iface-to-br tap0; ip -o link show tap0");
    CHECK_HAS(sh_text, "br-int\n");
    CHECK_HAS(sh_text, "UP");
    CHECK_HAS(sh_text, "mtu 1450");
    CHECK_HAS(sh_text, MAC);
    CHECK_INT(host.result.ifindex, if_nametoindex("tap0"));
    GOOD(unplug());
    CHECK(!exists("tap0"));
    DO(VSCTL "list QoS");
    CHECK_STR(sh_text, "");
    close_host();
}

TEST(plain_with_a_device_of_somebody_elses)
{
    char *before = everything();
    plain("tap0", false);
    DO("ip tuntap add tap0 mode tap");
    REQUIRE(open_host());
    GOOD(plug());
    GOOD(look());
    DO("ip -o link show tap0");
    CHECK_HAS(sh_text, "mtu 1450");
    GOOD(unplug());
    SAME_AS(before);                    /* as in the reference, the device goes, too */
    close_host();
    free(before);
}

/* A device of that name, without a tag, is whose port it is; once it is nobody's a tap goes, as in
 * the reference. */
static void unplug_leaves(const char *joins, const char *leaves)
{
    static const char *const made[] = {"ip tuntap add tap0 mode tap",
                                       "ip link add tap0 type veth peer name tap0-end"};
    size_t i;

    for (i = 0; i < 2; i++) {
        char *before;
        plain("tap0", i == 0);
        DO("%s && %s", made[i], joins);
        settle();
        before = everything();
        REQUIRE(open_host());
        GOOD(unplug());
        SAME_AS(before);
        DO("%s", leaves);
        if (i == 0) {
            GOOD(unplug());
            CHECK(!exists("tap0"));
        } else {
            DO("ip link del tap0");
        }
        close_host();
        free(before);
    }
}

TEST(unplug_leaves_a_port_of_a_linux_bridge)
{
    unplug_leaves("ip link add lb0 type bridge && ip link set tap0 master lb0",
                  "ip link set tap0 nomaster && ip link del lb0");
}

/* The switch knows an interface of somebody's bond by the bond's name. */
TEST(unplug_leaves_a_link_of_a_bond)
{
    unplug_leaves("ip link add d0 type veth peer name d1 && ovs-vsctl add-br br-x -- "
                  "set Bridge br-x datapath_type=netdev -- add-bond br-x bo tap0 d0",
                  "ovs-vsctl del-br br-x && ip link del d0");
}

TEST(without_a_port_only_the_bridge)
{
    char *before = everything();
    plain("tap0", false);
    profile.openvswitch.create_port = VIF_FALSE;
    network.bridge = "br-new";
    REQUIRE(open_host());
    GOOD(plug());
    CHECK_STR(get("Bridge", "br-new", "datapath_type external_ids"),
              "netdev\n{vif=\"vif:local:shared\"}");
    CHECK(exists("br-new"));
    GOOD(plug());
    GOOD(look());
    GOOD(unplug());
    CHECK(exists("br-new"));            /* shared: it stays */
    DO(VSCTL "del-br br-new");
    SAME_AS(before);
    close_host();
    free(before);
}

TEST(bridge_made_on_the_way)
{
    plain("tap0", true);
    network.bridge = "br-new";
    REQUIRE(open_host());
    GOOD(plug());
    CHECK(host.result.ofport > 0);
    GOOD(look());
    GOOD(unplug());
    CHECK_STR(get("Bridge", "br-new", "ports") + 37, "]");      /* its own alone */
    DO(VSCTL "del-br br-new");
    close_host();
}

TEST(per_port_bridge)
{
    plain("tap0", true);
    options.per_port_bridge = VIF_TRUE;
    life("tap0");
}

TEST(per_port_bridge_rows)
{
    plain("tap0", true);
    options.per_port_bridge = VIF_TRUE;
    options.isolate_vif = VIF_TRUE;
    REQUIRE(open_host());
    GOOD(plug());
    DO(VSCTL "list-ports pbdc065497-3c8");
    CHECK_STR(sh_text, "pbp" VIF_ID "\ntap0");
    DO(VSCTL "list-ports br-int");
    CHECK_STR(sh_text, "ibp" VIF_ID);
    CHECK_STR(get("Interface", "ibp" VIF_ID, "type options external_ids:iface-id"),
              "patch\n{peer=pbp" VIF_ID "}\n\"" VIF_ID "\"");
    CHECK_STR(get("Interface", "pbp" VIF_ID, "type options external_ids"),
              "patch\n{peer=ibp" VIF_ID "}\n{}");
    CHECK_STR(get("Port", "ibp" VIF_ID, "tag vlan_mode"), "4095\n[]");
    CHECK_STR(get("Interface", "tap0", "external_ids"), "{}");
    GOOD(unplug());
    close_host();
}

TEST(trunk_bridge_goes_with_its_vif)
{
    plain("tap0", true);
    network.bridge = "tbr-12345678-9a";
    life("tap0");
}

/* Whose VIF it is: one that says so in bridge_name, as Neutron wants it, keeps the bridge; a patch
 * port of its agent does not. Also when it comes just before the bridge would go. */
TEST(trunk_bridge_stays_for_others)
{
    char *before = everything();
    plain("tap0", true);
    network.bridge = "tbr-12345678-9a";
    REQUIRE(open_host());
    GOOD(plug());
    CHECK_STR(get("Bridge", "tbr-12345678-9a", "external_ids"), "{\"" TAG "\"=user}");
    DO(VSCTL "add-port tbr-12345678-9a spt0 -- set Interface spt0 type=patch options:peer=x");
    DO(VSCTL "add-port tbr-12345678-9a int1 -- set Interface int1 type=internal "
       "external_ids:bridge_name=tbr-12345678-9a");
    said[0] = '\0';
    GOOD(unplug());
    CHECK_HAS(said, "removed: ovs port tap0");
    CHECK(!strstr(said, "removed: ovs bridge"));
    DO(VSCTL "list-ports tbr-12345678-9a");
    CHECK_STR(sh_text, "int1\nspt0");
    DO(VSCTL "del-port int1");
    GOOD(unplug());
    SAME_AS(before);
    close_host();
    free(before);
}

/* Somebody puts a port on a bridge that this plug has made, before the plug fails: the bridge
 * stays, and is not the failed VIF's. */
static const char *meddling;
static void meddle(void *user, const vif_event *event)
{
    say(user, event);
    if (meddling != NULL && strcmp(event->what, "applied") == 0 &&
        strcmp(event->kind, "ovs port") == 0) {
        DO("%s", meddling);
        meddling = NULL;
    }
}

TEST(trunk_bridge_of_a_plug_that_fails)
{
    char *before = everything();
    vif_found found[4];
    size_t count;
    plain("nodev0", false);
    network.bridge = "tbr-12345678-9a";
    REQUIRE(open_host());
    FAILS(plug(), VIF_E_PLUG, "could not open network device nodev0");
    settle();
    SAME_AS(before);
    host.desc.log = meddle;
    meddling = VSCTL "--no-wait add-port tbr-12345678-9a int1 -- set Interface int1 type=internal "
               "external_ids:bridge_name=tbr-12345678-9a";
    FAILS(plug(), VIF_E_PLUG, "could not open network device nodev0");
    CHECK(meddling == NULL);
    DO(VSCTL "list-ports tbr-12345678-9a");
    CHECK_STR(sh_text, "int1");
    GOOD(vif_list(&host, found, 4, &count, &err));
    CHECK_INT(count, 0);
    DO(VSCTL "del-br tbr-12345678-9a");
    settle();
    SAME_AS(before);
    close_host();
    free(before);
}

TEST(hybrid_flow)
{
    hybrid();
    life("qvodc065497-3c");
}

TEST(hybrid_unplug_deletes_links_once)
{
    char *before = everything();
    hybrid();
    REQUIRE(open_host());
    GOOD(plug());
    DO("ip -d -o link show qvbdc065497-3c");
    CHECK_HAS(sh_text, "master qbrdc065497-3c");
    CHECK_HAS(sh_text, "promiscuity 2");
    dellinks = 0;
    GOOD(unplug());
    CHECK_INT(dellinks, 1);
    SAME_AS(before);
    /* Nova says VIFOpenVSwitch then. */
    GOOD(plug());
    plain("tap0", false);
    dellinks = 0;
    GOOD(unplug());
    CHECK_INT(dellinks, 1);
    SAME_AS(before);
    close_host();
    free(before);
}

TEST(internal_port)
{
    plain("int0", false);
    options.ovs_type = "internal";
    life("int0");
}

TEST(internal_port_has_its_mac_and_mtu)
{
    plain("int0", false);
    options.ovs_type = "internal";
    REQUIRE(open_host());
    GOOD(plug());
    DO("ip -o link show int0");
    CHECK_HAS(sh_text, "mtu 1450");
    CHECK_HAS(sh_text, MAC);
    CHECK_INT(host.result.ifindex, if_nametoindex("int0"));
    network.mtu = vif_int_of(1400);     /* in place */
    vif.base.address = "22:52:25:62:e2:ab";
    const int64_t ofport = host.result.ofport;
    CHECK_INT(look(), VIF_E_DIFFERENT);
    CHECK(differs("mtu_request", "1400", "1450"));
    GOOD(plug());
    CHECK_INT(host.result.ofport, ofport);
    DO("ip -o link show int0");
    CHECK_HAS(sh_text, "mtu 1400");
    CHECK_HAS(sh_text, "22:52:25:62:e2:ab");
    GOOD(unplug());
    CHECK(!exists("int0"));
    close_host();
}

TEST(l17_internal_port_of_the_bridge_itself)
{
    plain("br-loc", false);
    network.bridge = "br-loc";
    options.ovs_type = "internal";
    REQUIRE(open_host());
    DO(VSCTL "add-br br-loc -- set bridge br-loc datapath_type=netdev");
    GOOD(plug());
    DO("ip -o link show br-loc");
    CHECK_HAS(sh_text, MAC);
    CHECK_HAS(sh_text, "mtu 1450");
    CHECK_STR(get("Bridge", "br-loc", "other_config:hwaddr"), "\"" MAC "\"");
    CHECK_STR(get("Interface", "br-loc", "external_ids:iface-id"), "\"" IFACE_ID "\"");
    GOOD(look());
    GOOD(plug());
    GOOD(unplug());
    CHECK(exists("br-loc"));            /* the bridge is everybody's */
    DO(VSCTL "del-br br-loc");
    /* The same when the plug itself makes the bridge. */
    GOOD(plug());
    GOOD(look());
    DO("ip -o link show br-loc");
    CHECK_HAS(sh_text, MAC);
    DO(VSCTL "del-br br-loc");
    close_host();
}

/* A switch without DPDK cannot open the port: committed is as far as it goes. */
TEST(vhost_user)
{
    char *before = everything();
    vhost(VIF_VHOST_SERVER);
    REQUIRE(open_host());
    FAILS(plug(), VIF_E_PLUG, "vhudc065497-3c");
    settle();
    SAME_AS(before);
    options.ovs_device_later = VIF_TRUE;
    GOOD(plug());
    CHECK_STR(get("Interface", "vhudc065497-3c", "type options mtu_request"),
              "dpdkvhostuserclient\n{vhost-server-path=\"/run/vhu0\"}\n1450");
    GOOD(look());
    GOOD(plug());
    GOOD(unplug());
    SAME_AS(before);
    vhost(VIF_VHOST_CLIENT);
    options.ovs_wait = VIF_OVS_WAIT_COMMITTED;
    GOOD(plug());
    CHECK(host.result.committed && !host.result.applied);
    CHECK_STR(get("Interface", "vhudc065497-3c", "type options"), "dpdkvhostuser\n{}");
    GOOD(look());
    GOOD(unplug());
    settle();                           /* the switch comes after */
    SAME_AS(before);
    close_host();
    free(before);
}

/* A port without a QoS row of ours takes none away. */
TEST(vhost_user_and_the_qos_of_others)
{
    vhost(VIF_VHOST_SERVER);
    REQUIRE(open_host());
    DO(VSCTL "create QoS type=linux-noop external_ids:id='\"\"'");
    FAILS(plug(), VIF_E_PLUG, "vhudc065497-3c");        /* taken back */
    options.ovs_wait = VIF_OVS_WAIT_COMMITTED;
    GOOD(plug());
    GOOD(unplug());
    DO(VSCTL "--columns=external_ids list QoS");
    CHECK_HAS(sh_text, "{id=\"\"}");
    DO(VSCTL "--all destroy QoS");
    close_host();
}

/* sysfs follows a device's name in real life; here the test has to. */
static void rep_is(const char *name)
{
    DO("cd %s/sys/class/net && mv rep3 tapvf3 2>/dev/null; mv tapvf3 %s 2>/dev/null; true", ovs_dir,
       name);
}

/* The representor has the profile's name while it is plugged. What an unplug finds by that name or
 * tag gets the kernel's name back, also if the function has gone; what is taken is told. */
static void renamed(char *before)
{
    static vif_datapath_offload offload;
    const char *address = vif.host_device.dev_address;
    vif_object_init(&offload, VIF_CLASS_DatapathOffloadRepresentor);
    offload.representor.representor_name = "tapvf3";
    profile.base.datapath_offload = &offload;
    DO("ip link set rep3 alias mine; ip link set rep3 mtu 1500");
    GOOD(plug());
    CHECK_STR(host.result.port, "tapvf3");
    rep_is("tapvf3");
    DO("ip -o link show tapvf3; " VSCTL "iface-to-br tapvf3");
    CHECK_HAS(sh_text, ",UP");
    CHECK_HAS(sh_text, "alias vif:local:");
    CHECK_HAS(sh_text, "br-int");
    GOOD(look());
    GOOD(plug());
    vif.host_device.dev_address = "0000:03:00.6";
    GOOD(unplug());                     /* the function has gone */
    vif.host_device.dev_address = address;
    rep_is("rep3");
    DO("ip -o link show rep3");
    CHECK_HAS(sh_text, "alias mine");
    DO("ip link set rep3 alias ''; ip link set rep3 mtu 1500");
    SAME_AS(before);
    DO("ip link add tapvf3 type bridge");
    FAILS(plug(), VIF_E_EXISTS, "tapvf3");
    CHECK_HAS(err.text, "another link");
    DO("ip link del tapvf3; ip link property add dev rep3 altname tapvf3");
    FAILS(plug(), VIF_E_EXISTS, "tapvf3");
    CHECK_HAS(err.text, "an alternative one of rep3");
    DO("ip link property del dev rep3 altname tapvf3");
    SAME_AS(before);
    GOOD(unplug());
    SAME_AS(before);
    profile.base.datapath_offload = NULL;
}

/* A vhost-user VIF that an option makes a function's vDPA device: an unplug without the option, and
 * one by the id alone, find the representor, too. */
static void vhost_user_of_a_function(char *before)
{
    int by_id;
    start(VIF_CLASS_VIFVHostUser);
    vif_object_init(&profile, VIF_CLASS_VIFPortProfileOVSRepresentor);
    profile.openvswitch.interface_id = IFACE_ID;
    profile.ovs_representor.representor_address = "0000:03:00.5";
    vif.vhost_user.mode = VIF_VHOST_CLIENT;
    for (by_id = 0; by_id < 2; by_id++) {
        DO("ip link set rep3 down alias mine; ip link set rep3 mtu 1500");
        options.vdpa = VIF_TRUE;
        GOOD(plug());
        CHECK_STR(host.result.vdpa, "/dev/vhost-vdpa-7");
        CHECK_STR(host.result.port, "rep3");
        GOOD(look());
        GOOD(plug());
        options.vdpa = VIF_BOOL_UNSET;
        GOOD(by_id ? vif_unplug_id(&host, VIF_ID, &err) : unplug());
        DO("ip -o link show rep3");
        CHECK_HAS(sh_text, "alias mine");
        CHECK(!strstr(sh_text, ",UP"));
        GOOD(unplug());
        DO("ip link set rep3 alias ''; ip link set rep3 mtu 1500");
        SAME_AS(before);
    }
}

/* A veth is the representor, in a sysfs of the test's own. */
TEST(representor)
{
    char root[300], *before;
    vif_host_desc desc;
    start(VIF_CLASS_VIFHostDevice);
    vif.host_device.dev_address = "0000:03:00.5";
    profile.openvswitch.datapath_type = NULL;
    DO("cd %s && mkdir -p sys/bus/pci/devices/0000:03:00.5 sys/class/net pf/virtfn3 pf/net/up0 && "
       "cd sys/bus/pci/devices/0000:03:00.5 && ln -s ../../../../../pf physfn && cd - && "
       "echo PCI_SLOT_NAME=0000:03:00.0 >pf/uevent && "
       "echo PCI_SLOT_NAME=0000:03:00.5 >pf/virtfn3/uevent && ln -s ../../../pf pf/net/up0/device"
       " && "
       "ln -s ../../../pf/net/up0 sys/class/net/up0 && mkdir sys/class/net/rep3 && "
       "echo abc >pf/net/up0/phys_switch_id && echo p0 >pf/net/up0/phys_port_name && "
       "echo abc >sys/class/net/rep3/phys_switch_id && "
       "echo pf0vf3 >sys/class/net/rep3/phys_port_name", ovs_dir);
    DO("ip link add rep3 type veth peer name vf3");
    before = everything();
    desc = host_desc();
    snprintf(root, sizeof root, "%s", ovs_path("sys"));
    desc.sys_root = root;
    REQUIRE(vif_host_open(&host, &desc, &err) == VIF_OK);
    GOOD(plug());
    CHECK_STR(host.result.port, "rep3");
    CHECK(host.result.ofport > 0);
    DO("ip -o link show rep3; " VSCTL "iface-to-br rep3");
    CHECK_HAS(sh_text, ",UP");
    CHECK_HAS(sh_text, "mtu 1450");
    CHECK_HAS(sh_text, "br-int");
    GOOD(look());
    GOOD(plug());
    GOOD(unplug());
    DO("ip -o link show rep3");         /* stays, and is down */
    CHECK(!strstr(sh_text, ",UP"));
    DO("ip link set rep3 mtu 1500");
    GOOD(unplug());
    SAME_AS(before);
    renamed(before);
    options.vdpa = VIF_TRUE;
    CHECK_INT(plug(), VIF_E_NO_PCI_DEVICE);
    DO("cd %s && mkdir -p sys/bus/vdpa/devices vf/nic7/vhost-vdpa-7 && "
       "echo PCI_SLOT_NAME=0000:03:00.5 >vf/uevent && "
       "ln -s ../../../../vf/nic7 sys/bus/vdpa/devices/nic7", ovs_dir);
    GOOD(plug());
    CHECK_STR(host.result.vdpa, "/dev/vhost-vdpa-7");
    CHECK_STR(host.result.port, "rep3");
    GOOD(unplug());
    CHECK_STR(host.result.vdpa, "");
    options.vdpa = VIF_BOOL_UNSET;
    DO("ip link set rep3 mtu 1500");
    vif.host_device.dev_address = "0000:03:00.6";
    CHECK_INT(plug(), VIF_E_NO_PCI_DEVICE);
    vhost_user_of_a_function(before);
    close_host();
    DO("ip link del rep3");
    free(before);
}

/* ---- fast paths ------------------------------------------------------------------------------ */

#define FP "fpdc065497-3c8"

static void fast(vif_class klass)
{
    start(VIF_CLASS_VIFVHostUser);
    vif.base.plugin = "vhostuser_fp";
    vif.vhost_user.vif_name = "fast0";
    vif.vhost_user.mode = VIF_VHOST_SERVER;
    vif.vhost_user.path = "/run/vhu0";
    vif_object_init(&profile, klass);
    if (klass == VIF_CLASS_VIFPortProfileFPOpenVSwitch) {
        profile.openvswitch.interface_id = IFACE_ID;
    }
    options.ovs_device_later = VIF_TRUE;        /* this switch has no DPDK */
}

/* The switch is the fast path: a bridge for the VIF, whose device is a port of the Linux bridge. */
TEST(fast_path_of_a_linux_bridge)
{
    char *before = everything();
    fast(VIF_CLASS_VIFPortProfileFPBridge);
    profile.fp_bridge.bridge_name = "brq0";
    REQUIRE(open_host());
    GOOD(plug());
    DO("ip -o link show " FP "; " VSCTL "list-ports " FP);
    CHECK_HAS(sh_text, "master brq0");
    CHECK_HAS(sh_text, ",UP");
    CHECK_HAS(sh_text, "vhudc065497-3c");
    GOOD(look());
    GOOD(plug());
    DO("ip link set " FP " nomaster");
    CHECK_INT(look(), VIF_E_DIFFERENT);
    GOOD(plug());
    DO("ip -o link show " FP);
    CHECK_HAS(sh_text, "master brq0");
    GOOD(unplug());
    DO("ip link del brq0");             /* shared: it stays until its owner takes it away */
    settle();
    SAME_AS(before);
    GOOD(unplug());
    close_host();
    free(before);
}

TEST(fast_path_of_a_hybrid_port)
{
    char *before = everything();
    fast(VIF_CLASS_VIFPortProfileFPOpenVSwitch);
    profile.fp_openvswitch.bridge_name = "qbrdc065497-3c";
    profile.fp_openvswitch.hybrid_plug = VIF_TRUE;
    profile.openvswitch.datapath_type = "netdev";
    REQUIRE(open_host());
    GOOD(plug());
    DO("ip -o link show " FP "; " VSCTL "iface-to-br qvodc065497-3c");
    CHECK_HAS(sh_text, "master qbrdc065497-3c");
    CHECK_HAS(sh_text, "br-int");
    GOOD(look());
    GOOD(unplug());
    settle();
    SAME_AS(before);
    close_host();
    free(before);
}

static int hook_calls[2];
static const char *hook_lacks;          /* it does nothing, or fails with these words */

/* The host's own fast path: its device is a veth, which comes a little later. */
static vif_status hook(void *user, vif_verb verb, const vif_vif *v, const char *name,
                       vif_error *e)
{
    (void)user;
    CHECK(v == &vif && verb != VIF_CHECK);
    hook_calls[verb == VIF_UNPLUG]++;
    if (hook_lacks && *hook_lacks) {
        e->status = VIF_E_SYSTEM;
        snprintf(e->text, sizeof e->text, "%s", hook_lacks);
        return VIF_E_SYSTEM;
    }
    if (!hook_lacks && verb == VIF_PLUG) {
        DO("(sleep 0.1; ip link add %s type veth peer name fastp) >/dev/null 2>&1 &", name);
    } else if (!hook_lacks) {
        DO("ip link del %s", name);
    }
    return VIF_OK;
}

TEST(fast_path_of_the_host)
{
    char *before = everything();
    vif_host_desc desc = host_desc();
    desc.fast_path = hook;
    fast(VIF_CLASS_VIFPortProfileFPBridge);
    profile.fp_bridge.bridge_name = "brq0";
    options.ovs_applied_timeout_ms = 3000;
    REQUIRE(vif_host_open(&host, &desc, &err) == VIF_OK);
    GOOD(plug());
    CHECK_INT(hook_calls[0], 1);
    DO("ip -o link show fast0");
    CHECK_HAS(sh_text, "master brq0");
    GOOD(look());
    GOOD(plug());
    CHECK_INT(hook_calls[0], 1);
    GOOD(unplug());
    CHECK_INT(hook_calls[1], 1);
    GOOD(unplug());
    CHECK_INT(hook_calls[1], 1);
    DO("ip link del brq0");
    settle();
    SAME_AS(before);
    hook_lacks = "no more ports";
    FAILS(plug(), VIF_E_SYSTEM, "no more ports");
    CHECK_STR(err.where, "fast path fast0");
    SAME_AS(before);
    hook_lacks = "";                    /* it says yes, and no device comes */
    options.ovs_applied_timeout_ms = 200;
    FAILS(plug(), VIF_E_TIMEOUT, "has not made fast0");
    SAME_AS(before);
    hook_lacks = NULL;
    options.ovs_applied_timeout_ms = 3000;
    fast(VIF_CLASS_VIFPortProfileFPOpenVSwitch);
    profile.openvswitch.datapath_type = "netdev";
    GOOD(plug());
    CHECK_STR(host.result.port, "fast0");
    DO(VSCTL "iface-to-br fast0");
    CHECK_HAS(sh_text, "br-int");
    GOOD(unplug());
    settle();
    SAME_AS(before);
    close_host();
    free(before);
}

/* ---- counts ---------------------------------------------------------------------------------- */

/* 1 transaction and a wait each way, where nobody was there before. */
TEST(transactions)
{
    uint64_t replies;
    plain("tap0", true);
    REQUIRE(open_host());
    GOOD(plug());
    CHECK_INT(host.ovsdb.count.replies, 2);
    replies = host.ovsdb.count.replies;
    GOOD(unplug());
    CHECK(host.ovsdb.count.replies - replies <= 3);
    options.ovs_wait = VIF_OVS_WAIT_COMMITTED;
    replies = host.ovsdb.count.replies;
    GOOD(plug());
    CHECK_INT(host.ovsdb.count.replies - replies, 1);
    replies = host.ovsdb.count.replies;
    GOOD(unplug());
    CHECK(host.ovsdb.count.replies - replies <= 2);
    replies = host.ovsdb.count.replies;
    GOOD(unplug());                     /* by its tag, then by its name */
    CHECK_INT(host.ovsdb.count.replies - replies, 2);
    close_host();
}

TEST(no_memory_in_steady_state)
{
    size_t calls;
    hybrid();
    REQUIRE(open_host());
    GOOD(plug());
    calls = memory_calls;
    GOOD(look());
    GOOD(plug());
    GOOD(unplug());
    GOOD(plug());
    GOOD(unplug());
    CHECK_INT(memory_calls, calls);
    close_host();
}

TEST(memory_of_the_callers)
{
    static unsigned char memory[VIF_HOST_MEMORY + VIF_HOST_OVS_MEMORY];
    vif_host_desc desc = host_desc();
    size_t calls = memory_calls;
    plain("tap0", true);
    desc.memory = memory;
    desc.memory_size = sizeof memory;
    REQUIRE(vif_host_open(&host, &desc, &err) == VIF_OK);
    GOOD(plug());
    GOOD(unplug());
    close_host();
    CHECK_INT(memory_calls, calls);
    desc.memory_size = VIF_HOST_MEMORY;
    REQUIRE(vif_host_open(&host, &desc, &err) == VIF_OK);
    FAILS(plug(), VIF_E_NOMEM, "VIF_HOST_OVS_MEMORY");
    CHECK(!exists("tap0"));
    close_host();
}

static void *no_more(void *user, void *ptr, size_t old_size, size_t size)
{
    (void)user;
    (void)ptr;
    (void)old_size;
    (void)size;
    return NULL;
}

/* A host with so much memory, and no more. */
static bool open_small_host(void)
{
    static unsigned char memory[VIF_HOST_MEMORY + VIF_HOST_OVS_MEMORY];
    vif_host_desc desc = host_desc();
    desc.memory = memory;
    desc.memory_size = sizeof memory;
    desc.resize = no_more;
    return GOOD(vif_host_open(&host, &desc, &err));
}

/* ---- ports that are there -------------------------------------------------------------------- */

TEST(adopts_a_port_without_ids)
{
    char uuid[64];
    plain("tap0", true);
    REQUIRE(open_host());
    DO("ip tuntap add tap0 mode tap && " VSCTL "add-port br-int tap0 -- "
       "set Interface tap0 external_ids:else=kept");
    strcpy(uuid, get("Port", "tap0", "_uuid"));
    GOOD(plug());
    CHECK_STR(get("Port", "tap0", "_uuid"), uuid);
    CHECK_STR(get("Interface", "tap0", "external_ids:iface-id"), "\"" IFACE_ID "\"");
    CHECK_STR(get("Interface", "tap0", "external_ids:else"), "kept");
    CHECK_STR(get("Port", "tap0", "external_ids:vif"), "\"" TAG "\"");
    CHECK_STR(get("Port", "tap0", "qos"), "[]");
    GOOD(look());
    GOOD(unplug());
    CHECK(!exists("tap0"));
    close_host();
}

TEST(adopts_a_port_with_our_iface_id)
{
    plain("tap0", true);
    REQUIRE(open_host());
    DO("ip tuntap add tap0 mode tap && " VSCTL "add-port br-int tap0 -- "
       "set Interface tap0 external_ids:iface-id=" IFACE_ID " external_ids:attached-mac=x -- "
       "set Port tap0 tag=5");
    options.isolate_vif = VIF_TRUE;     /* of new ports only */
    GOOD(plug());
    CHECK_STR(get("Interface", "tap0", "external_ids:attached-mac"), "\"" MAC "\"");
    CHECK_STR(get("Port", "tap0", "tag"), "5");
    GOOD(look());
    GOOD(unplug());
    close_host();
}

TEST(refuses_a_port_of_another_vif)
{
    char *before;
    plain("tap0", true);
    REQUIRE(open_host());
    DO("ip tuntap add tap0 mode tap && " VSCTL "add-port br-int tap0 -- "
       "set Interface tap0 external_ids:iface-id=somebody");
    settle();
    before = everything();
    FAILS(plug(), VIF_E_EXISTS, "somebody");
    FAILS(unplug(), VIF_E_EXISTS, "somebody");
    FAILS(look(), VIF_E_EXISTS, "somebody");
    SAME_AS(before);
    DO(VSCTL "remove Interface tap0 external_ids iface-id -- "
       "set Port tap0 external_ids:vif=vif:neutron:" VIF_ID);
    free(before);
    settle();
    before = everything();
    FAILS(plug(), VIF_E_EXISTS, "vif:neutron:");
    FAILS(unplug(), VIF_E_EXISTS, "vif:neutron:");
    SAME_AS(before);
    options.ovs_take_over = VIF_TRUE;
    GOOD(plug());
    CHECK_STR(get("Port", "tap0", "external_ids:vif"), "\"" TAG "\"");
    options.ovs_take_over = VIF_FALSE;
    GOOD(plug());
    GOOD(unplug());
    close_host();
    free(before);
}

TEST(moves_a_port_from_another_bridge)
{
    plain("tap0", true);
    REQUIRE(open_host());
    DO("ip tuntap add tap0 mode tap && " VSCTL "add-br br-old -- "
       "set bridge br-old datapath_type=netdev -- add-port br-old tap0 -- "
       "add-port br-old keep -- set interface keep type=internal");
    FAILS(look(), VIF_E_EXISTS, "which has no ids of this VIF, is a port of br-old");
    FAILS(plug(), VIF_E_EXISTS, "is a port of br-old");
    GOOD(unplug());                     /* it is not the VIF's */
    DO(VSCTL "iface-to-br tap0");
    CHECK_STR(sh_text, "br-old");
    DO("ip tuntap add tap0 mode tap 2>/dev/null; " VSCTL "set interface tap0 "
       "external_ids:iface-id=" IFACE_ID);
    CHECK_INT(look(), VIF_E_DIFFERENT);
    CHECK(differs("bridge", "br-int", "br-old"));
    GOOD(plug());
    DO(VSCTL "iface-to-br tap0; " VSCTL "list-ports br-old");
    CHECK_STR(sh_text, "br-int\nkeep");
    CHECK(host.result.ofport > 0);
    GOOD(look());
    GOOD(unplug());
    DO(VSCTL "del-br br-old");
    close_host();
}

TEST(stale_holder_of_the_interface_id)
{
    plain("tap0", true);
    REQUIRE(open_host());
    DO(VSCTL "add-port br-int stale0 -- set Interface stale0 type=internal "
       "external_ids:iface-id=" IFACE_ID);
    GOOD(plug());                       /* not ours to remove unless asked for */
    CHECK_HAS(said, "another port has this interface id");
    CHECK_INT(look(), VIF_E_DIFFERENT);
    CHECK(differs("stale holder", "none", "stale0"));
    GOOD(unplug());
    CHECK_STR(get("Port", "stale0", "name"), "stale0");
    options.ovs_remove_stale = VIF_TRUE;
    GOOD(plug());
    CHECK_STR(get("Port", "stale0", "name"), "");
    GOOD(look());
    DO(VSCTL "add-br br-old -- set bridge br-old datapath_type=netdev -- add-port br-old stale0 -- "
       "set Interface stale0 type=internal external_ids:iface-id=" IFACE_ID);
    GOOD(plug());                       /* also beside a port that is right, on another bridge */
    CHECK_STR(get("Port", "stale0", "name"), "");
    GOOD(look());
    DO(VSCTL "del-br br-old");
    GOOD(unplug());
    close_host();
}

/* All of them go in one plug, wherever they are; none in a plug that fails. */
TEST(stale_holders)
{
    char *before;
    plain("tap0", true);
    options.ovs_remove_stale = VIF_TRUE;
    REQUIRE(open_host());
    DO(VSCTL "add-br br-old -- set bridge br-old datapath_type=netdev");
    for (int i = 0; i < 3; i++) {
        DO(VSCTL "add-port %s stale%d -- set Interface stale%d type=internal "
           "external_ids:iface-id=" IFACE_ID, i == 1 ? "br-old" : "br-int", i, i);
    }
    before = everything();
    vif.openvswitch.vif_name = "nodev0";
    profile.openvswitch.create_tap = VIF_FALSE;
    FAILS(plug(), VIF_E_PLUG, "could not open network device nodev0");
    CHECK(!strstr(err.text, "left behind"));
    settle();
    SAME_AS(before);
    plain("tap0", true);
    options.ovs_remove_stale = VIF_TRUE;
    GOOD(plug());
    DO(VSCTL "list-ports br-int; " VSCTL "list-ports br-old");
    CHECK_STR(sh_text, "tap0");
    GOOD(look());
    said[0] = '\0';
    GOOD(plug());
    CHECK_STR(said, "");
    GOOD(unplug());
    DO(VSCTL "del-br br-old");
    free(before);
    close_host();
}

/* A holder that is given to another VIF while the switch is waited for is none any more. */
static void hand_over(void)
{
    ovs_sleep(500);
    sh(VSCTL "--no-wait set Interface stale0 external_ids:iface-id=another");
    ovs_signal(ovs_switch, SIGCONT);
}

TEST(stale_holder_that_is_handed_over)
{
    pid_t child;
    plain("tap0", true);
    options.ovs_remove_stale = VIF_TRUE;
    REQUIRE(open_host());
    DO(VSCTL "add-port br-int stale0 -- set Interface stale0 type=internal "
       "external_ids:iface-id=" IFACE_ID);
    ovs_signal(ovs_switch, SIGSTOP);
    child = run_in_child(hand_over);
    GOOD(plug());
    ovs_wait(child);
    CHECK_STR(get("Port", "stale0", "name"), "stale0");
    GOOD(unplug());
    DO(VSCTL "del-port stale0");
    close_host();
}

/* A holder that is its bridge's own port, or an interface of a bond, cannot go alone. */
TEST(stale_holder_that_is_a_bridge)
{
    plain("tap0", true);
    options.ovs_remove_stale = VIF_TRUE;
    REQUIRE(open_host());
    DO(VSCTL "add-br br-old -- set bridge br-old datapath_type=netdev -- "
       "set Interface br-old external_ids:iface-id=" IFACE_ID);
    (void)plug();
    CHECK(exists("br-old"));
    CHECK_STR(get("Port", "br-old", "name"), "br-old");
    (void)unplug();
    DO(VSCTL "del-br br-old");
    close_host();
}

TEST(bond_and_bridge_in_the_place)
{
    char *before;
    plain("bond0", false);
    REQUIRE(open_host());
    DO("ip tuntap add t1 mode tap; ip tuntap add t2 mode tap; " VSCTL
       "add-bond br-int bond0 t1 t2");
    before = everything();
    FAILS(plug(), VIF_E_EXISTS, "bond");
    FAILS(unplug(), VIF_E_EXISTS, "bond");
    SAME_AS(before);
    plain("t1", false);                 /* one of its interfaces */
    FAILS(plug(), VIF_E_EXISTS, "interface of another port");
    SAME_AS(before);
    DO(VSCTL "del-port bond0; ip link del t1; ip link del t2");
    free(before);
    close_host();
}

/* T17, T21: a bridge of that name is none of the VIF's, at plug and at unplug. */
TEST(bridge_in_the_place_of_the_port)
{
    char *before;
    plain("br-x", false);
    REQUIRE(open_host());
    DO(VSCTL "add-br br-x -- set bridge br-x datapath_type=netdev -- add-port br-x other -- "
       "set interface other type=internal");
    before = everything();
    FAILS(plug(), VIF_E_EXISTS, "is a bridge");
    FAILS(unplug(), VIF_E_EXISTS, "is a bridge");
    SAME_AS(before);
    sh(VSCTL "--if-exists del-br br-x");
    free(before);
    close_host();
}

TEST(port_in_the_place_of_the_bridge)
{
    char *before;
    plain("tap0", true);
    network.bridge = "p0";
    REQUIRE(open_host());
    DO(VSCTL "add-port br-int p0 -- set interface p0 type=internal");
    before = everything();
    FAILS(plug(), VIF_E_EXISTS, "not a bridge");
    SAME_AS(before);
    DO(VSCTL "del-port p0");
    free(before);
    close_host();
}

TEST(link_in_the_place_of_the_bridge)
{
    static const char *const kinds[] = {"veth peer name brp", "bridge"};
    char *before;
    REQUIRE(open_host());
    for (size_t i = 0; i < 2; i++) {
        plain("tap0", true);
        network.bridge = "br-veth";
        DO("ip link add br-veth type %s", kinds[i]);
        before = everything();
        CHECK(plug() != VIF_OK);
        settle();
        SAME_AS(before);
        DO("ip link del br-veth");
        free(before);
    }
    close_host();
}

TEST(bridge_of_another_datapath)
{
    char *before = everything();
    plain("tap0", true);
    profile.openvswitch.datapath_type = "system";
    REQUIRE(open_host());
    FAILS(plug(), VIF_E_EXISTS, "datapath");
    SAME_AS(before);
    free(before);
    close_host();
}

/* T17, T18: foreign ports stay, also those that came a moment ago. */
TEST(foreign_ports_stay)
{
    plain("tap0", true);
    network.bridge = "br-new";
    REQUIRE(open_host());
    GOOD(plug());
    DO(VSCTL "add-port br-new other -- set interface other type=internal");
    GOOD(plug());
    GOOD(unplug());
    DO(VSCTL "list-ports br-new; " VSCTL "get interface other ofport");
    CHECK_HAS(sh_text, "other\n");
    DO(VSCTL "del-br br-new");
    close_host();
}

/* T16: a bridge full of somebody's external_ids. */
TEST(t16_large_rows_beside)
{
    char value[301];
    FILE *f;
    plain("tap0", true);
    options.ovs_commit_timeout_s = vif_u32_of(2);
    REQUIRE(open_host());
    memset(value, 'x', 300);
    value[300] = '\0';
    f = fopen(ovs_path("set.sh"), "w");
    fprintf(f, VSCTL "set Bridge br-int");
    for (int i = 0; i < 100; i++) {
        fprintf(f, " 'external_ids:k%d=\"}}{\\\\%s\"'", i, value);
    }
    fclose(f);
    DO("sh %s", ovs_path("set.sh"));
    DO(VSCTL "add-port br-int other -- set interface other type=internal "
       "'external_ids:x=\"}}{\\\"\\\\[\"'");
    GOOD(plug());
    GOOD(plug());
    GOOD(look());
    GOOD(unplug());
    DO(VSCTL "clear Bridge br-int external_ids -- del-port other");
    close_host();
}

/* So large that it does not fit the buffers: they grow, where there is a hook for it. */
TEST(large_row_of_its_own)
{
    plain("tap0", true);
    REQUIRE(open_small_host());
    GOOD(plug());
    DO(VSCTL "set Interface tap0 external_ids:big=$(head -c 25000 /dev/zero | tr '\\0' x)");
    FAILS(look(), VIF_E_NOMEM, "memory");
    FAILS(plug(), VIF_E_NOMEM, "memory");
    close_host();
    REQUIRE(open_host());
    GOOD(look());
    options.ovs_tag = 7;
    GOOD(plug());
    CHECK_STR(get("Port", "tap0", "tag"), "7");
    GOOD(look());
    close_host();
    REQUIRE(open_small_host());
    GOOD(unplug());                     /* the port has the VIF's tag: its interface is not read */
    CHECK(!exists("tap0"));
    close_host();
}

/* ---- changes in place ------------------------------------------------------------------------ */

TEST(changes_in_place)
{
    char uuid[80];
    int64_t ofport;
    plain("tap0", true);
    options.ovs_tag = 7;
    options.ovs_ingress_rate_kbps = 1000;
    REQUIRE(open_host());
    GOOD(plug());
    ofport = host.result.ofport;
    strcpy(uuid, get("Port", "tap0", "_uuid"));
    options.ovs_tag = 8;
    options.ovs_trunks = "30,10";
    options.ovs_vlan_mode = "native-tagged";
    options.ovs_protected = VIF_TRUE;
    options.ovs_ingress_rate_kbps = 2000;
    options.ovs_ingress_burst_kbit = 200;
    options.ovs_qos_max_rate_bps = vif_int_of(1000000);
    options.default_qos_type = "linux-htb";
    options.ovs_mirrors = "m0,m1";
    network.mtu = vif_int_of(1400);
    instance.uuid = IFACE_ID;
    DO(VSCTL "-- --id=@m create mirror name=m0 -- add bridge br-int mirrors @m -- "
       "--id=@n create mirror name=m1 -- add bridge br-int mirrors @n");
    CHECK_INT(look(), VIF_E_DIFFERENT);
    CHECK(differs("tag", "8", "7"));
    CHECK(differs("trunks", "10,30", ""));
    CHECK(differs("mirrors", "m0,m1", "not all"));
    CHECK(differs("mtu", "1400", "1450"));
    CHECK(differs("external_ids:vm-uuid", IFACE_ID, VM_ID));
    GOOD(plug());
    CHECK_INT(host.result.ofport, ofport);
    CHECK_STR(get("Port", "tap0", "_uuid"), uuid);
    CHECK_STR(get("Port", "tap0", "tag trunks vlan_mode protected"),
              "8\n[10, 30]\nnative-tagged\ntrue");
    CHECK_STR(get("Interface", "tap0", "ingress_policing_rate ingress_policing_burst"),
              "2000\n200");
    DO(VSCTL "get QoS $(" VSCTL "get Port tap0 qos) type other_config");
    CHECK_STR(sh_text, "linux-htb\n{max-rate=\"1000000\"}");
    DO(VSCTL "get Mirror m0 select_src_port select_dst_port");
    CHECK(strstr(sh_text, uuid) && strstr(strstr(sh_text, uuid) + 1, uuid));
    DO("tc qdisc show dev tap0");
    CHECK_HAS(sh_text, "htb");
    GOOD(look());
    said[0] = '\0';
    GOOD(plug());
    CHECK_STR(said, "");
    options.ovs_qos_max_rate_bps = vif_int_of(2000000);
    CHECK_INT(look(), VIF_E_DIFFERENT);
    GOOD(plug());
    DO(VSCTL "--columns=other_config list QoS");
    CHECK_HAS(sh_text, "2000000");
    CHECK(!strstr(sh_text, "\"1000000\""));
    GOOD(unplug());
    DO(VSCTL "get Mirror m0 select_src_port; " VSCTL "list QoS");
    CHECK_STR(sh_text, "[]");
    DO(VSCTL "clear bridge br-int mirrors");
    close_host();
}

/* Which VLANs the port has, edited from each to the next; what an earlier one, or somebody else,
 * has put into the three columns does not stay. */
TEST(vlans_in_place)
{
    static const struct {
        uint32_t vlan;
        const char *trunks, *columns;
    } edits[] = {{100, NULL, "100\n[]\n[]"}, {200, NULL, "200\n[]\n[]"},
                 {0, "30,10-12", "[]\n[10, 11, 12, 30]\n[]"},
                 {7, "8", "7\n[8]\nnative-untagged"}, {0, "1-4094", "[]\n[]\n[]"},
                 {100, NULL, "100\n[]\n[]"}};
    char *before = everything();
    char uuid[80] = "";
    plain("tap0", true);
    options.isolate_vif = VIF_TRUE;
    REQUIRE(open_host());
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        options.port_vlan = edits[i].vlan;
        options.port_trunks = edits[i].trunks;
        CHECK(i == 0 || look() == VIF_E_DIFFERENT);
        GOOD(plug());
        CHECK_STR(get("Port", "tap0", "tag trunks vlan_mode"), edits[i].columns);
        GOOD(look());
        said[0] = '\0';
        GOOD(plug());
        CHECK_STR(said, "");
        CHECK(i == 0 || strcmp(uuid, get("Port", "tap0", "_uuid")) == 0);
        strcpy(uuid, get("Port", "tap0", "_uuid"));
    }
    DO(VSCTL "set Port tap0 tag=5 vlan_mode=native-tagged trunks=9");
    CHECK_INT(look(), VIF_E_DIFFERENT);
    CHECK(differs("tag", "100", "5"));
    CHECK(differs("trunks", "", "9"));
    CHECK(differs("vlan_mode", "", "native-tagged"));
    GOOD(plug());
    CHECK_STR(get("Port", "tap0", "tag trunks vlan_mode"), "100\n[]\n[]");
    GOOD(unplug());
    SAME_AS(before);
    close_host();
    free(before);
}

TEST(mirrors)
{
    char *before = everything();
    plain("tap0", true);
    options.ovs_mirrors = "m0,m1";
    REQUIRE(open_host());
    DO(VSCTL "-- --id=@m create mirror name=m0 -- add bridge br-int mirrors @m");
    CHECK(plug() != VIF_OK);            /* there is no m1 */
    CHECK_HAS(err.text, "m1");
    DO(VSCTL "list-ports br-int");
    CHECK_STR(sh_text, "");
    CHECK(!exists("tap0"));
    DO(VSCTL "-- --id=@m create mirror name=m1 -- add bridge br-int mirrors @m");
    GOOD(plug());
    DO(VSCTL "get Mirror m1 select_src_port select_dst_port");
    CHECK(!strstr(sh_text, "[]"));
    GOOD(look());
    GOOD(plug());
    DO(VSCTL "clear Mirror m1 select_dst_port");
    CHECK_INT(look(), VIF_E_DIFFERENT);
    GOOD(plug());
    GOOD(look());
    GOOD(unplug());
    DO(VSCTL "clear bridge br-int mirrors");
    SAME_AS(before);
    close_host();
    free(before);
}

/* Options of a host for all of its VIFs: what one plug makes is what the next one wants. */
TEST(options_that_do_not_go_together)
{
    vhost(VIF_VHOST_SERVER);
    options.isolate_vif = VIF_TRUE;
    options.ovs_trunks = "10,30";
    options.ovs_type = "internal";
    options.ovs_wait = VIF_OVS_WAIT_COMMITTED;
    REQUIRE(open_host());
    GOOD(plug());
    GOOD(look());
    said[0] = '\0';
    GOOD(plug());
    CHECK_STR(said, "");
    CHECK_STR(get("Port", "vhudc065497-3c", "tag trunks vlan_mode"), "[]\n[10, 30]\n[]");
    CHECK_STR(get("Interface", "vhudc065497-3c", "type"), "dpdkvhostuserclient");
    GOOD(unplug());
    close_host();
}

TEST(ofport_request)
{
    plain("tap0", true);
    options.ovs_ofport = 1234;
    REQUIRE(open_host());
    GOOD(plug());
    CHECK_INT(host.result.ofport, 1234);
    GOOD(look());
    GOOD(unplug());
    close_host();
}

/* ---- devices that do not work ---------------------------------------------------------------- */

/* T7: refused in the switch's words, and nothing is left. */
TEST(t7_missing_device)
{
    char *before = everything();
    plain("nodev0", false);
    REQUIRE(open_host());
    FAILS(plug(), VIF_E_PLUG, "could not open network device nodev0");
    CHECK_HAS(err.where, "ovs port nodev0");
    SAME_AS(before);
    network.bridge = "br-new";          /* nor a bridge that it made */
    FAILS(plug(), VIF_E_PLUG, "could not open network device nodev0");
    settle();
    SAME_AS(before);
    network.bridge = "br-int";
    options.ovs_device_later = VIF_TRUE;
    GOOD(plug());
    CHECK(host.result.committed && host.result.applied && host.result.ofport <= 0);
    GOOD(look());
    options.ovs_device_later = VIF_FALSE;
    CHECK_INT(look(), VIF_E_DIFFERENT);
    DO("ip tuntap add nodev0 mode tap");
    GOOD(plug());
    CHECK(host.result.ofport > 0);
    GOOD(look());
    GOOD(unplug());
    SAME_AS(before);
    close_host();
    free(before);
}

/* T7: with a tap made in the same call, and a second port that fails. */
TEST(t7_tap_made_in_the_same_call)
{
    char *before = everything();
    plain("tap0", true);
    REQUIRE(open_host());
    options.ovs_vlan_mode = "no-such-mode";
    FAILS(plug(), VIF_E_INVAL, "none of access");
    CHECK(strstr(said, "applied") == NULL);
    options.ovs_vlan_mode = NULL;
    SAME_AS(before);
    network.bridge = "br-new";
    options.ovs_mirrors = "nonesuch";
    CHECK(plug() != VIF_OK);
    settle();
    SAME_AS(before);
    close_host();
    free(before);
}

/* A plug that fails on a port which was there leaves it as it was. */
TEST(failure_puts_a_port_back)
{
    char *before;
    plain("nodev0", false);
    REQUIRE(open_host());
    DO(VSCTL "--no-wait add-br br-old -- set bridge br-old datapath_type=netdev -- "
       "add-port br-old nodev0 -- "
       "set Interface nodev0 external_ids:else=kept external_ids:attached-mac=x "
       "external_ids:iface-id=" IFACE_ID " -- "
       "set Port nodev0 tag=5");
    settle();                           /* the switch has said what is wrong with it */
    before = everything();
    options.ovs_tag = 6;
    options.ovs_trunks = "1,2";
    options.ovs_ingress_rate_kbps = 7;
    FAILS(plug(), VIF_E_PLUG, "could not open network device nodev0");
    CHECK_STR(get("Port", "nodev0", "tag trunks external_ids"), "5\n[]\n{}");
    CHECK_STR(get("Interface", "nodev0", "external_ids ingress_policing_rate"),
              "{attached-mac=x, else=kept, iface-id=\"" IFACE_ID "\"}\n0");
    SAME_AS(before);
    DO(VSCTL "del-br br-old");
    close_host();
    free(before);
}

/* What limits the port is the row that it uses. */
TEST(qos_that_the_port_uses)
{
    static const char *const others[] = {
        "clear Port nodev0 qos", "-- --id=@q create QoS type=linux-sfq -- set Port nodev0 qos=@q",
        "--no-wait del-port nodev0"};   /* its row stays: plugged again, there are two */
    plain("nodev0", false);
    options.ovs_device_later = VIF_TRUE;
    options.default_qos_type = "linux-htb";
    REQUIRE(open_host());
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        options.ovs_qos_max_rate_bps = vif_int_of(1000);
        GOOD(plug());
        DO(VSCTL "%s", others[i]);
        CHECK_INT(look(), VIF_E_DIFFERENT);
        for (int k = 0; k < 6; k++) {
            options.ovs_qos_max_rate_bps = vif_int_of(k % 2 ? 1000 : 2000);
            GOOD(plug());
            GOOD(look());
            DO(VSCTL "get QoS $(" VSCTL "get Port nodev0 qos) other_config:max-rate");
            CHECK_HAS(sh_text, k % 2 ? "1000" : "2000");
        }
        GOOD(unplug());
        DO(VSCTL "--all destroy QoS");
    }
    close_host();
}

/* The same of its QoS row, which row it uses, and of the mirrors, one way each. */
TEST(failure_puts_qos_and_mirrors_back)
{
    /* the row that the VIF has made; the same, unused; somebody's row beside it; none */
    static const char *const rows[] = {
        "-- --id=@q create Queue dscp=7 -- set QoS $(ovs-vsctl get Port nodev0 qos) queues:1=@q "
        "other_config:else=kept external_ids:else=kept", "clear Port nodev0 qos",
        "-- --id=@q create QoS type=linux-sfq -- set Port nodev0 qos=@q",
        "clear Port nodev0 qos -- --all destroy QoS"};
    char *before, qos[64];
    REQUIRE(open_host());
    DO(VSCTL "-- --id=@m create mirror name=m0 -- add bridge br-int mirrors @m -- "
       "--id=@n create mirror name=m1 -- add bridge br-int mirrors @n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        plain("nodev0", false);
        options.default_qos_type = "linux-htb";
        options.ovs_qos_max_rate_bps = vif_int_of(1000);
        options.ovs_device_later = VIF_TRUE;
        GOOD(plug());
        DO(VSCTL "-- --id=@p get Port nodev0 -- set Mirror m0 select_src_port=@p -- "
           "set Mirror m1 select_dst_port=@p");
        DO(VSCTL "%s", rows[i]);
        settle();
        strcpy(qos, get("Port", "nodev0", "qos"));
        before = everything();
        options.ovs_device_later = VIF_FALSE;
        options.default_qos_type = "linux-hfsc";
        options.ovs_qos_max_rate_bps = vif_int_of(2000);
        options.ovs_mirrors = "m0,m1";
        options.ovs_tag = 7;
        FAILS(plug(), VIF_E_PLUG, "could not open network device nodev0");
        CHECK(!strstr(err.text, "left behind"));
        settle();
        SAME_AS(before);
        CHECK_STR(get("Port", "nodev0", "qos"), qos);
        if (i == 0) {
            DO(VSCTL "get QoS $(" VSCTL "get Port nodev0 qos) queues");
            CHECK_HAS(sh_text, "{1=");
        }
        GOOD(unplug());
        DO(VSCTL "--all destroy QoS -- --all destroy Queue");
        free(before);
    }
    DO(VSCTL "clear bridge br-int mirrors");
    close_host();
}

/* T19, L8: what the switch says of the port is of this one, not of the one before it. */
static void a_hundred_times(const char *name)
{
    char *before = everything();
    int bad = 0;
    for (int i = 0; i < 100 && bad < 5; i++) {
        bad += !GOOD(plug());
        if (host.result.ofport <= 0 || host.result.ifindex != (int64_t)if_nametoindex(name) ||
            host.result.ifindex == 0) {
            CHECK_FAIL("round %d: ofport %d, ifindex %d", i, (int)host.result.ofport,
                       (int)host.result.ifindex);
            bad++;
        }
        bad += !GOOD(unplug());
    }
    SAME_AS(before);
    free(before);
}

TEST(t19_a_hundred_times_the_same_name)
{
    plain("tap0", true);
    REQUIRE(open_host());
    a_hundred_times("tap0");
    plain("int0", false);
    options.ovs_type = "internal";
    a_hundred_times("int0");
    close_host();
}

/* What is to go is found by its name, wherever it is. */
TEST(unplug_with_another_network)
{
    char *before = everything();
    plain("tap0", true);
    REQUIRE(open_host());
    GOOD(plug());
    network.bridge = "br-none";
    GOOD(unplug());
    SAME_AS(before);
    free(before);
    close_host();
}

/* ---- connections ----------------------------------------------------------------------------- */

TEST(connection_by_tcp)
{
    static char tcp[40];
    vif_host_desc desc = host_desc();
    plain("tap0", true);
    snprintf(tcp, sizeof tcp, "unix:/nonesuch,tcp:127.0.0.1:%d", ovs_port);
    host_options.ovsdb_connection = tcp;
    REQUIRE(vif_host_open(&host, &desc, &err) == VIF_OK);
    GOOD(plug());
    GOOD(look());
    GOOD(unplug());
    close_host();
}

TEST(connection_adopted)
{
    struct sockaddr_un addr;
    vif_ovsdb_desc ovsdb = vif_ovsdb_desc_default();
    vif_host_desc desc = host_desc();
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    plain("tap0", true);
    memset(&addr, 0, sizeof addr);
    addr.sun_family = AF_UNIX;
    snprintf(addr.sun_path, sizeof addr.sun_path, "%s", ovs_path("db.sock"));
    REQUIRE(connect(fd, (struct sockaddr *)&addr, sizeof addr) == 0);
    ovsdb.fd = vif_fd_of(fd);
    ovsdb.now_ms = ovs_now;
    desc.ovsdb = &ovsdb;
    REQUIRE(vif_host_open(&host, &desc, &err) == VIF_OK);
    GOOD(plug());
    GOOD(look());
    GOOD(unplug());
    close_host();
    CHECK(fcntl(fd, F_GETFD) >= 0);     /* the caller's */
    shutdown(fd, SHUT_RDWR);
    REQUIRE(vif_host_open(&host, &desc, &err) == VIF_OK);
    CHECK(plug() == VIF_E_SYSTEM || err.status == VIF_E_UNKNOWN);
    CHECK(err.text[0] != '\0');
    close_host();
    close(fd);
    if (exists("tap0")) {               /* unknown: a call that can look settles it */
        REQUIRE(open_host());
        GOOD(unplug());
        close_host();
    }
}

/* Buffers that grow, by the caller's hook: given back, also where nobody could be reached. */
TEST(connection_with_buffers_that_grow)
{
    vif_ovsdb_desc ovsdb = vif_ovsdb_desc_default();
    vif_host_desc desc = host_desc();
    plain("tap0", true);
    ovsdb.resize = counting_resize;
    ovsdb.now_ms = ovs_now;
    desc.ovsdb = &ovsdb;
    REQUIRE(vif_host_open(&host, &desc, &err) == VIF_OK);
    GOOD(plug());
    GOOD(unplug());
    close_host();
    ovsdb.remote = "unix:/nonesuch";
    REQUIRE(vif_host_open(&host, &desc, &err) == VIF_OK);
    CHECK_INT(plug(), VIF_E_SYSTEM);
    CHECK_INT(plug(), VIF_E_SYSTEM);
    CHECK(!exists("tap0"));
    close_host();
}

/* ---- who else is at work --------------------------------------------------------------------- */

/* "applied" is the switch's word, also for a change that an earlier call has committed. */
TEST(applied_is_what_the_switch_says)
{
    plain("tap0", true);
    options.ovs_applied_timeout_ms = 300;
    REQUIRE(open_host());
    GOOD(plug());
    options.ovs_tag = 7;
    ovs_signal(ovs_switch, SIGSTOP);
    FAILS(plug(), VIF_E_UNCONFIRMED, "committed");
    CHECK(host.result.committed && !host.result.applied);
    (void)plug();                       /* the rows are right now, the switch is where it was */
    CHECK(host.result.committed && !host.result.applied);
    ovs_signal(ovs_switch, SIGCONT);
    GOOD(plug());
    CHECK(host.result.applied);
    ovs_signal(ovs_switch, SIGSTOP);
    FAILS(unplug(), VIF_E_UNCONFIRMED, "committed");
    (void)unplug();
    CHECK(!host.result.applied);
    ovs_signal(ovs_switch, SIGCONT);
    GOOD(unplug());
    CHECK(!exists("tap0"));
    close_host();
}

/* Two agents plug and unplug the same VIF: each call ends, and one alone finds everything in
 * order. */
TEST(two_agents)
{
    char *before = everything();
    int bad = 0, status;
    plain("tap0", true);
    fflush(stdout);
    for (int child = 0; child < 2; child++) {
        if (fork() == 0) {
            int failures = 0;
            if (!open_host()) {
                _exit(100);
            }
            for (int i = 0; i < 30; i++) {
                const vif_status st = (i + child) % 3 == 2 ? unplug() : plug();
                if (st != VIF_OK) {
                    printf("# agent %d, call %d: %s: %s: %s\n", child, i, vif_status_name(st),
                           err.where, err.text);
                    /* E_PLUG, E_KERNEL, E_NO_INTERFACE: the tap went between commit and look */
                    failures += st == VIF_E_UNKNOWN || st == VIF_E_TIMEOUT || st == VIF_E_PROTO ||
                                st == VIF_E_NOMEM || st == VIF_E_INVAL;
                }
            }
            vif_host_close(&host);
            fflush(stdout);
            _exit(failures);
        }
    }
    for (int child = 0; child < 2; child++) {
        while (wait(&status) < 0 && errno == EINTR) {
        }
        bad += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    }
    CHECK_INT(bad, 0);
    REQUIRE(open_host());
    GOOD(plug());
    GOOD(look());
    GOOD(unplug());
    SAME_AS(before);
    close_host();
    free(before);
}

/* More than a request can hold in memory that does not grow: said so, and nothing is left. */
TEST(too_much_for_a_request)
{
    static char list[32768];
    char *before = everything();
    plain("tap0", true);
    for (int i = 0; i < 2000; i++) {
        snprintf(list + strlen(list), 8, "%s%d", i ? "," : "", i);
    }
    options.ovs_trunks = list;
    REQUIRE(open_small_host());
    CHECK(plug() != VIF_OK);
    CHECK(err.status == VIF_E_TOO_BIG || err.status == VIF_E_SPACE);
    CHECK(err.text[0] != '\0' && err.where[0] != '\0');
    SAME_AS(before);
    free(before);
    close_host();
}

/* An agent's plugin: rows, a link that comes of them, rows again. */
static void agents_plan(vif_plan *plan, const vif_plan_input *in)
{
    vif_resource *r = vif_plan_ovs(plan, VIF_RES_OVS_BRIDGE, VIF_SHARED, "br-int", NULL);
    (void)in;
    vif_plan_ovs_column(plan, r, "Bridge", "stp_enable", "false")->json = true;
    r = vif_plan_ovs(plan, VIF_RES_OVS_PORT, VIF_OWN, "int0", "br-int");
    (void)vif_plan_ovs_column(plan, r, "Interface", "type", "internal");
    (void)vif_plan_add(plan, VIF_RES_UP, VIF_OWN, "int0", NULL);
    r = vif_plan_ovs(plan, VIF_RES_OVS_PORT, VIF_OWN, "int1", "br-int");
    (void)vif_plan_ovs_column(plan, r, "Interface", "type", "internal");
    if (options.ovs_tag == 9) {
        (void)vif_plan_add(plan, VIF_RES_UP, VIF_OWN, "nodev0", NULL);
    }
}

TEST(a_plugin_of_the_agents)
{
    static const vif_plugin_vif takes[] = {{VIF_CLASS_VIFGeneric, 0, 0, NULL},
                                           {VIF_CLASS_NONE, 0, 0, NULL}};
    static const vif_plugin mine = {"mine", takes, agents_plan};
    static const vif_plugin *const plugins[] = {&mine};
    char *before = everything();
    vif_host_desc desc = host_desc();
    start(VIF_CLASS_VIFGeneric);
    vif.base.plugin = "mine";
    vif.base.port_profile = NULL;
    desc.plugins = plugins;
    desc.plugin_count = 1;
    REQUIRE(vif_host_open(&host, &desc, &err) == VIF_OK);
    GOOD(plug());
    DO("ip -o link show int0; " VSCTL "list-ports br-int");
    CHECK_HAS(sh_text, ",UP");
    CHECK_HAS(sh_text, "int0\nint1");
    GOOD(look());
    GOOD(plug());
    GOOD(unplug());
    SAME_AS(before);
    options.ovs_tag = 9;                /* one behind the rows fails: both groups are taken back */
    CHECK_INT(plug(), VIF_E_NO_INTERFACE);
    settle();
    SAME_AS(before);
    free(before);
    close_host();
}

/* Somebody keeps 1.5 MB in a row's map: it is looked at, and taken away. */
TEST(rows_of_more_than_a_megabyte)
{
    plain("tap0", true);
    options.ovs_wait = VIF_OVS_WAIT_COMMITTED;
    REQUIRE(open_host());
    GOOD(plug());
    DO("for i in $(seq 15); do ovs-vsctl --no-wait set Port tap0 external_ids:big$i="
       "$(head -c 100000 /dev/zero | tr '\\0' x) || exit 1; done");
    GOOD(look());
    GOOD(plug());
    GOOD(unplug());
    CHECK(!exists("tap0"));
    DO("! ovs-vsctl --no-wait list-ports br-int | grep tap0");
    close_host();
}

/* ---- dry run, port data ---------------------------------------------------------------------- */

TEST(dry_runs)
{
    static char text[16384];
    char *before = everything();
    plain("tap0", true);
    options.ovs_tag = 7;
    REQUIRE(open_host());
    CHECK_INT(dry_run(VIF_PLUG, false, text, sizeof text), VIF_OK);
    CHECK_STR(text, "create  tap tap0 (own) mac=" MAC " mtu=1450\n"
              "create  setting tap0 (own) family=ipv6 disable_ipv6=1\n"
              "create  setting tap0 (own) family=ipv4 rp_filter=1\n"
              "create  setting tap0 (own) family=ipv4 arp_ignore=1\n"
              "create  setting tap0 (own) family=ipv4 accept_redirects=0\n"
              "create  setting tap0 (own) family=ipv4 send_redirects=0\n"
              "create  up tap0 (own)\n"
              "keep    ovs bridge br-int (shared) datapath_type=netdev "
              "external_ids:vif=vif:local:shared\n"
              "create  ovs port tap0 (own) bridge=br-int external_ids:vif=" TAG
              " external_ids:iface-id=" IFACE_ID " external_ids:iface-status=active "
              "external_ids:attached-mac=" MAC " external_ids:vm-uuid=" VM_ID " tag=7\n");
    SAME_AS(before);
    GOOD(plug());
    DO(VSCTL "set Port tap0 tag=8");
    CHECK_INT(dry_run(VIF_PLUG, true, text, sizeof text), VIF_OK);
    CHECK_HAS(text, "{\"kind\":\"ovs port\","
                    "\"link\":\"tap0\",\"whose\":\"own\",\"action\":\"change\","
              "\"wanted\":{\"bridge\":\"br-int\",\"external_ids:vif\":\"" TAG "\",");
    CHECK_HAS(text, "\"differences\":[{\"attribute\":\"tag\",\"wanted\":\"7\",\"found\":\"8\"}]");
    CHECK_INT(dry_run(VIF_UNPLUG, false, text, sizeof text), VIF_OK);
    CHECK_HAS(text, "remove  ovs port tap0 (own)");
    CHECK_HAS(text, "leave   ovs bridge br-int (shared)");
    CHECK_HAS(text, "remove  device tap0 (own)");
    CHECK_STR(get("Port", "tap0", "tag"), "8");
    GOOD(unplug());
    CHECK_INT(dry_run(VIF_UNPLUG, false, text, sizeof text), VIF_OK);
    CHECK_HAS(text, "gone    ovs port tap0 (own)");
    SAME_AS(before);
    close_host();
    free(before);
}

/* A check that can't keep what it has found does not say that it is little, or nothing. */
TEST(check_without_memory)
{
    static char whole[4096], text[4096];
    size_t all, size;
    int fits = 0;
    plain("tap0", true);
    REQUIRE(open_small_host());
    size = host.priv.memory_size;
    CHECK_INT(look(), VIF_E_DIFFERENT);
    all = difference_count;
    CHECK_INT(dry_run(VIF_PLUG, false, whole, sizeof whole), VIF_OK);
    for (int less = 0; less < 20480 && check_failures == 0; less += 16) {
        host.priv.memory_size = size - (size_t)less;
        if (look() != VIF_E_NOMEM) {
            CHECK(err.status == VIF_E_DIFFERENT && difference_count == all);
            fits++;
        }
        if (dry_run(VIF_PLUG, false, text, sizeof text) != VIF_E_NOMEM) {
            CHECK_STR(text, whole);
        }
    }
    CHECK(fits > 0 && fits < 20480 / 16);
    host.priv.memory_size = size;
    close_host();
}

TEST(port_data)
{
    static char big[4000], buf[5000];
    plain("tap0", true);
    REQUIRE(open_host());
    CHECK_INT(vif_port_data_get(&host, "tap0", buf, sizeof buf, &err), VIF_E_NO_INTERFACE);
    CHECK_INT(vif_port_data_set(&host, "tap0", "x", &err), VIF_E_NO_INTERFACE);
    GOOD(plug());
    CHECK_INT(vif_port_data_get(&host, "tap0", buf, sizeof buf, &err), VIF_OK);
    CHECK_STR(buf, "");
    CHECK_INT(vif_port_data_set(&host, "tap0", "a \"b\"\n\xc3\xa4}", &err), VIF_OK);
    CHECK_INT(vif_port_data_get(&host, "tap0", buf, sizeof buf, &err), VIF_OK);
    CHECK_STR(buf, "a \"b\"\n\xc3\xa4}");
    CHECK_INT(vif_port_data_get(&host, "tap0", buf, strlen(buf), &err), VIF_E_SPACE);
    CHECK_INT(vif_port_data_get(&host, "tap0", buf, 1, &err), VIF_E_SPACE);
    memset(big, 'x', sizeof big - 1);
    CHECK_INT(vif_port_data_set(&host, "tap0", big, &err), VIF_OK);
    CHECK_INT(vif_port_data_get(&host, "tap0", buf, sizeof buf, &err), VIF_OK);
    CHECK_STR(buf, big);
    GOOD(look());                       /* a plug keeps it */
    GOOD(plug());
    CHECK_INT(vif_port_data_get(&host, "tap0", buf, sizeof buf, &err), VIF_OK);
    CHECK_STR(buf, big);
    CHECK_INT(vif_port_data_set(&host, "tap0", "\xff", &err), VIF_E_INVAL);     /* no UTF-8 */
    GOOD(unplug());
    close_host();
}

/* ---- waiting --------------------------------------------------------------------------------- */

/* "ready" is what a controller says; here the test is one. */
TEST(wait_ready)
{
    plain("tap0", true);
    options.ovs_wait = VIF_OVS_WAIT_READY;
    options.ovs_ready_timeout_ms = 300;
    REQUIRE(open_host());
    FAILS(plug(), VIF_E_UNCONFIRMED, "ovn-installed");
    CHECK(host.result.committed && host.result.applied && !host.result.ready);
    CHECK(host.result.ofport > 0);
    DO(VSCTL "set Interface tap0 external_ids:ovn-installed=true");
    GOOD(plug());
    CHECK(host.result.ready);
    GOOD(unplug());
    options.ovs_ready_timeout_ms = 10000;
    if (fork() == 0) {
        for (int i = 0; i < 200; i++) {
            if (sh(VSCTL "set Interface tap0 external_ids:ovn-installed=true") == 0) {
                break;
            }
        }
        _exit(0);
    }
    GOOD(plug());
    CHECK(host.result.ready);
    while (wait(NULL) < 0 && errno == EINTR) {
    }
    GOOD(unplug());
    close_host();
}

/* ---- without a switch ------------------------------------------------------------------------ */

TEST(z1_no_switch)
{
    int64_t began;
    ovs_kill(&ovs_switch);
    plain("tapz", true);
    options.ovs_applied_timeout_ms = 200;
    REQUIRE(open_host());
    began = ovs_now(NULL);
    FAILS(plug(), VIF_E_UNCONFIRMED, "committed");
    CHECK(ovs_now(NULL) - began < 2000);
    CHECK(host.result.committed && !host.result.applied);
    sh("ovs-vsctl --no-wait get Port tapz name");
    CHECK_STR(sh_text, "tapz");
    FAILS(plug(), VIF_E_UNCONFIRMED, "committed");          /* still not */
    options.ovs_wait = VIF_OVS_WAIT_COMMITTED;
    GOOD(plug());
    CHECK(host.result.committed && !host.result.applied);
    options.ovs_wait = VIF_OVS_WAIT_UNSET;
    FAILS(unplug(), VIF_E_UNCONFIRMED, "committed");
    sh("ovs-vsctl --no-wait --if-exists get Port tapz name");
    CHECK_STR(sh_text, "");
    options.ovs_wait = VIF_OVS_WAIT_COMMITTED;
    GOOD(unplug());                     /* and what the first left undone */
    CHECK(!exists("tapz"));
    close_host();
}

/* 3000 ports on the bridge, in one transaction. */
static bool many(const char *bridge, int from, int count)
{
    static char text[1 << 20];
    unsigned char *buffers = (unsigned char *)malloc(2 << 20);
    vif_ovsdb_desc desc = vif_ovsdb_desc_default();
    vif_ovsdb_txn t;
    vif_ovsdb_event ev;
    vif_ovsdb db;
    vif_status st;
    int i, *ports = (int *)malloc((size_t)count * sizeof *ports);
    desc.in = buffers;
    desc.in_cap = desc.out_cap = 1 << 20;
    desc.out = buffers + (1 << 20);
    desc.remote = remote;
    desc.now_ms = ovs_now;
    desc.max_message = 4 << 20;
    if (vif_ovsdb_open(&db, &desc, &err) != VIF_OK) {
        return false;
    }
    vif_ovsdb_begin(&t, text, sizeof text, "Open_vSwitch");
    for (i = 0; i < count; i++) {
        char name[20];
        int iface;
        snprintf(name, sizeof name, "many%d", from + i);
        iface = vif_ovsdb_insert(&t, "Interface");
        vif_ovsdb_row_text(&t, "name", name);
        ports[i] = vif_ovsdb_insert(&t, "Port");
        vif_ovsdb_row_text(&t, "name", name);
        vif_ovsdb_row(&t, "interfaces");
        vif_ovsdb_put_ref(&t, iface);
    }
    (void)vif_ovsdb_mutate(&t, "Bridge");
    vif_ovsdb_where_text(&t, "name", bridge);
    vif_ovsdb_mutation(&t, "ports", "insert");
    vif_ovsdb_put_set(&t);
    for (i = 0; i < count; i++) {
        vif_ovsdb_put_ref(&t, ports[i]);
    }
    vif_ovsdb_put_end(&t);
    st = vif_ovsdb_call(&db, &t, ovs_now(NULL) + 20000, &ev, &err);
    vif_ovsdb_close(&db);
    free(buffers);
    free(ports);
    return GOOD(st);
}

/* What one plug receives, and sends, does not depend on how many ports there are. */
TEST(z2_bytes_do_not_grow)
{
    static const int sizes[] = {0, 100, 3000};
    uint64_t in[3], out[3], again[3], in_before, out_before;
    int i, have = 0;
    plain("tapz", false);
    options.ovs_wait = VIF_OVS_WAIT_COMMITTED;
    REQUIRE(open_host());
    /* connected, the request ids are of equal length from here */
    GOOD(plug());
    GOOD(unplug());
    for (i = 0; i < 3; i++) {
        if (sizes[i] > have) {
            REQUIRE(many("br-int", have, sizes[i] - have));
            have = sizes[i];
        }
        host.ovsdb.priv.next_id = 1000;
        in_before = host.ovsdb.count.bytes_in;
        out_before = host.ovsdb.count.bytes_out;
        GOOD(plug());
        in[i] = host.ovsdb.count.bytes_in - in_before;
        out[i] = host.ovsdb.count.bytes_out - out_before;
        GOOD(plug());
        GOOD(unplug());
        again[i] = host.ovsdb.count.bytes_in - in_before;
    }
    printf("# bytes received: plug %d, with a second and unplug %d; sent: %d\n", (int)in[0],
           (int)again[0], (int)out[0]);
    CHECK(in[0] <= 4096 && again[0] <= 3 * 4096);
    for (i = 1; i < 3; i++) {
        CHECK_INT(in[i], in[0]);
        CHECK_INT(out[i], out[0]);
        CHECK_INT(again[i], again[0]);
    }
    close_host();
}

int main(int argc, char **argv)
{
    return switch_main(argc, argv);
}
