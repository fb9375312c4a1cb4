/* SPDX-License-Identifier: MIT
 * The plans of every flow, as text: no kernel, no privileges. The host is a table. */
#define VIF_IMPLEMENTATION
#include "vif.h"
#include "plan/table.h"

#define VIF_ID "dc065497-3c8d-4f44-8fb4-e1d33c16a536"

/* ---- the host -------------------------------------------------------------------------------- */

static bool no_view;

/* ---- VIFs ------------------------------------------------------------------------------------ */

static vif_vif vif;
static vif_network network;
static vif_subnet_list subnets;
static vif_subnet subnet[4];
static vif_fixed_ip_list ips[4];
static vif_fixed_ip ip[4][2];
static vif_port_profile profile;
static vif_options options;

static void start(vif_class klass)
{
    memset(&options, 0, sizeof options);
    memset(&subnets, 0, sizeof subnets);
    table_count = 0;
    view_fails = false;
    vif_object_init(&vif, klass);
    vif_object_init(&network, VIF_CLASS_Network);
    network.multi_host = VIF_FALSE;
    network.should_provide_bridge = VIF_TRUE;
    network.should_provide_vlan = VIF_FALSE;
    network.mtu = vif_int_of(1450);
    vif.base.network = &network;
    vif.base.id = VIF_ID;
    vif.base.address = "22:52:25:62:e2:aa";
    vif.base.has_traffic_filtering = VIF_TRUE;
}

static void bridge(void)
{
    start(VIF_CLASS_VIFBridge);
    vif.bridge.vif_name = "tap0";
    vif.bridge.bridge_name = "br0";
    network.bridge_interface = "eth1";
}

static void generic(void)
{
    start(VIF_CLASS_VIFGeneric);
    vif.generic.vif_name = "tap0";
}

static void add_subnet(const char *gateway, const char *a, const char *b)
{
    const size_t n = subnets.objects.count;
    if (n == 0) {
        vif_object_init(&subnets, VIF_CLASS_SubnetList);
        subnets.objects.items = subnet;
        network.subnets = &subnets;
    }
    subnets.objects.count = n + 1;
    vif_object_init(&subnet[n], VIF_CLASS_Subnet);
    vif_object_init(&ips[n], VIF_CLASS_FixedIPList);
    vif_object_init(&ip[n][0], VIF_CLASS_FixedIP);
    vif_object_init(&ip[n][1], VIF_CLASS_FixedIP);
    ips[n].objects.items = ip[n];
    ips[n].objects.count = (size_t)(a != NULL) + (size_t)(b != NULL);
    ip[n][0].address = a;
    ip[n][1].address = b;
    subnet[n].ips = &ips[n];
    subnet[n].gateway = gateway;
}

/* ---- plans ----------------------------------------------------------------------------------- */

static vif_plan plan;
static vif_error err;
static char text[16384];
static const vif_plugin *const *plugins;
static size_t plugin_count;

static vif_status make(vif_verb verb)
{
    static char memory[32768];
    static vif_arena arena;
    const vif_view view = {.link = view_link, .user = table};
    vif_plan_input in;
    memset(&in, 0, sizeof in);
    in.verb = verb;
    in.vif = &vif;
    in.options = &options;
    in.view = no_view ? NULL : &view;
    in.owner = "local";
    in.plugins = plugins;
    in.plugin_count = plugin_count;
    memset(&err, 0, sizeof err);
    looks = 0;
    vif_arena_init(&arena, memory, sizeof memory);
    return vif_plan_make(&plan, &arena, &in, &err);
}

static void golden(vif_verb verb, const char *want)
{
    const vif_status st = make(verb);
    size_t len;
    if (st != VIF_OK) {
        CHECK_FAIL("%s %s: %s", vif_status_name(st), err.where, err.text);
        return;
    }
    len = vif_plan_print(&plan, text, sizeof text);
    CHECK_INT(len, strlen(text));
    if (strcmp(text, want) != 0) {
        CHECK_FAIL("got\n%swant\n%s", text, want);
    }
}

#define RECORD "record tap0 (own) text=\n"
#define TAP_OF_OURS "tap tap0 (own) mac=fe:52:25:62:e2:aa mtu=1450 if the link is ours\n"

/* The same for plug and check. Unplug has the same plan, and names the tap that an earlier plug may
 * have made, and the record of its port group. */
static void golden_all(const char *want)
{
    const bool tap = vif.object.klass == VIF_CLASS_VIFBridge && plugin_count == 0;
    const char *at = strstr(want, "tap tap0 ");
    char more[4096];
    golden(VIF_PLUG, want);
    golden(VIF_CHECK, want);
    if (!tap || strcmp(plan.plugin, "linux_bridge") != 0) {
        golden(VIF_UNPLUG, want);
        return;
    }
    at = at ? at : want + strlen(want);
    snprintf(more, sizeof more, "%.*s" RECORD "%s%s", (int)(at - want), want, at,
             options.create_tap != VIF_TRUE ? TAP_OF_OURS : "");
    golden(VIF_UNPLUG, more);
}

static void refused_by(vif_verb verb, vif_status status, const char *where, const char *says)
{
    const vif_status st = make(verb);
    if (st != status) {
        CHECK_FAIL("verb %d: got %s, want %s (%s: %s)", (int)verb, vif_status_name(st),
                   vif_status_name(status), err.where, err.text);
        return;
    }
    CHECK_INT(err.status, status);
    CHECK_STR(err.where, where);
    CHECK_HAS(err.text, says);
}

static void refuses(vif_status status, const char *where, const char *says)
{
    refused_by(VIF_PLUG, status, where, says);
    refused_by(VIF_UNPLUG, status, where, says);
    refused_by(VIF_CHECK, status, where, says);
}

#define BRIDGE \
    "bridge br0 (shared)\n" \
    "setting br0 (shared) family=ipv6 disable_ipv6=1 if the link is ours\n" \
    "setting br0 (shared) family=ipv4 arp_ignore=1 if the link is ours\n" \
    "setting br0 (shared) family=ipv4 arp_announce=2 if the link is ours\n" \
    "up br0 (shared)\n"
#define UPLINK(name) \
    "master " name " (shared) master=br0 if it exists\n" \
    "mtu " name " (shared) mtu=1450 if it exists\n" \
    "addresses " name " (shared) to=br0 if it exists\n" \
    "up " name " (shared) if it exists\n" \
    "mtu br0 (shared) mtu=1450\n"

TEST(bridge_alone)
{
    bridge();
    network.bridge_interface = NULL;
    golden_all(BRIDGE);
    network.bridge_interface = vif_null()->text;
    golden_all(BRIDGE);
    network.bridge_interface = "";
    golden_all(BRIDGE);
    CHECK_STR(plan.plugin, "linux_bridge");
}

TEST(bridge_with_uplink)
{
    bridge();
    golden_all(BRIDGE UPLINK("eth1"));
    CHECK_INT(looks, 0);                /* unplug: is there a tap of ours? */
    (void)!make(VIF_PLUG);
    CHECK_INT(looks, 0);
}

TEST(bridge_flat_interface)
{
    bridge();
    options.flat_interface = "eth2";
    options.vlan_interface = "eth3";
    golden_all(BRIDGE UPLINK("eth2"));
    network.bridge_interface = NULL;
    golden_all(BRIDGE UPLINK("eth2"));
    options.flat_interface = "";
    golden_all(BRIDGE);
}

TEST(bridge_mtu)
{
    bridge();
    network.mtu.state = VIF_STATE_UNSET;
    make(VIF_PLUG);
    vif_plan_print(&plan, text, sizeof text);
    CHECK_HAS(text, "mtu br0 (shared) mtu=1500\n");
    options.network_device_mtu = 9000;
    make(VIF_PLUG);
    vif_plan_print(&plan, text, sizeof text);
    CHECK_HAS(text, "mtu eth1 (shared) mtu=9000 if it exists\n");
    network.mtu = vif_int_of(0);        /* as the reference: "network.mtu or the option" */
    make(VIF_PLUG);
    vif_plan_print(&plan, text, sizeof text);
    CHECK_HAS(text, "mtu br0 (shared) mtu=9000\n");
    network.mtu.state = VIF_STATE_NULL;
    make(VIF_PLUG);
    vif_plan_print(&plan, text, sizeof text);
    CHECK_HAS(text, "mtu br0 (shared) mtu=9000\n");
    network.mtu = vif_int_of(68);
    make(VIF_PLUG);
    vif_plan_print(&plan, text, sizeof text);
    CHECK_HAS(text, "mtu br0 (shared) mtu=68\n");
    network.mtu = vif_int_of(65535);
    make(VIF_PLUG);
    vif_plan_print(&plan, text, sizeof text);
    CHECK_HAS(text, "mtu br0 (shared) mtu=65535\n");
}

#define VLAN(lower) \
    "vlan vlan101 (shared) id=101 lower=" lower "\n" \
    "mtu vlan101 (shared) mtu=1450\n" \
    "up " lower " (shared)\n"

TEST(bridge_vlan)
{
    bridge();
    network.should_provide_vlan = VIF_TRUE;
    network.vlan = vif_int_of(101);
    golden_all(VLAN("eth1") BRIDGE UPLINK("vlan101")
               "rules br0 (shared) gateway=no drop=DROP ipv6=no\n");
    options.vlan_interface = "eth3";
    options.flat_interface = "eth2";
    options.use_ipv6 = VIF_TRUE;
    options.iptables_drop_action = VIF_DROP_ACTION_REJECT;
    options.forward_bridge_interface = "eth9";
    golden_all(VLAN("eth3") BRIDGE UPLINK("vlan101")
               "rules br0 (shared) gateway=no drop=REJECT ipv6=yes\n");
    vif.base.has_traffic_filtering = VIF_FALSE;     /* with a VLAN the rules are always there */
    golden_all(VLAN("eth3") BRIDGE UPLINK("vlan101")
               "rules br0 (shared) gateway=no drop=REJECT ipv6=yes\n");
    network.vlan = vif_int_of(4094);
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    vif_plan_print(&plan, text, sizeof text);
    CHECK_HAS(text, "vlan vlan4094 (shared) id=4094");
    network.vlan = vif_int_of(1);
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    vif_plan_print(&plan, text, sizeof text);
    CHECK_HAS(text, "vlan vlan1 (shared) id=1 ");
}

TEST(bridge_filtering)
{
    bridge();
    vif.base.has_traffic_filtering = VIF_FALSE;
    golden_all(BRIDGE UPLINK("eth1")
               "rules br0 (shared) gateway=yes forward=all drop=DROP ipv6=no\n");
    /* unset is what the reference's default says: no filtering by others, so rules */
    vif.base.has_traffic_filtering = VIF_BOOL_UNSET;
    golden_all(BRIDGE UPLINK("eth1")
               "rules br0 (shared) gateway=yes forward=all drop=DROP ipv6=no\n");
    options.forward_bridge_interface = "eth1,eth2";
    options.iptables_drop_action = VIF_DROP_ACTION_REJECT;
    options.use_ipv6 = VIF_TRUE;
    golden_all(BRIDGE UPLINK("eth1")
               "rules br0 (shared) gateway=yes forward=eth1,eth2 drop=REJECT ipv6=yes\n");
    options.iptables_drop_action = VIF_DROP_ACTION_DROP;
    options.use_ipv6 = VIF_FALSE;
    golden_all(BRIDGE UPLINK("eth1")
               "rules br0 (shared) gateway=yes forward=eth1,eth2 drop=DROP ipv6=no\n");
}

TEST(bridge_not_provided)
{
    bridge();
    network.multi_host = VIF_TRUE;
    golden_all("");
    network.multi_host = VIF_FALSE;
    network.should_provide_bridge = VIF_FALSE;
    golden_all("");
    network.should_provide_bridge = VIF_BOOL_UNSET;
    golden_all("");
    network.should_provide_bridge = VIF_TRUE;
    network.multi_host = VIF_BOOL_UNSET;            /* the reference's default: false */
    golden_all(BRIDGE UPLINK("eth1"));
    /* not for the bridge, but for the tap on it */
    network.should_provide_bridge = VIF_FALSE;
    options.create_tap = VIF_TRUE;
    golden_all("tap tap0 (own) mac=fe:52:25:62:e2:aa mtu=1450\n"
               SEALED("tap0")
               "master tap0 (own) master=br0\n"
               "up tap0 (own)\n");
}

#define RATED(rate) \
    golden(VIF_PLUG, BRIDGE "tap tap0 (own) mac=fe:52:25:62:e2:aa mtu=1450\n" SEALED("tap0") \
           "master tap0 (own) master=br0\n" rate "up tap0 (own)\n")
#define NOT_RATED(field, says) \
    do { CHECK_INT(make(VIF_PLUG), VIF_E_INVAL); CHECK_STR(err.where, field); \
         CHECK_HAS(err.text, says); CHECK_INT(make(VIF_UNPLUG), VIF_OK); } while (0)

TEST(rates_of_a_port)
{
    bridge();
    network.bridge_interface = NULL;
    options.create_tap = VIF_TRUE;
    options.port_rate_in_bps = vif_int_of(1000000000);
    RATED("rate tap0 (own) rate=1000000000 burst=1250000\n");
    options.port_rate_in_bps = vif_int_of(1000000);
    RATED("rate tap0 (own) rate=1000000 burst=1468\n");   /* a frame: 10 ms would be 1250 bytes */
    options.port_rate_in_peak_bps = vif_int_of(2000000);
    options.port_rate_in_burst_bytes = 9000;
    RATED("rate tap0 (own) rate=1000000 peak=2000000 burst=9000\n");
    options.port_rate_in_peak_bps = vif_int_of(1000000);
    RATED("rate tap0 (own) rate=1000000 burst=1468\n");   /* not faster at any time */
    options.port_rate_in_peak_bps = vif_int_of(999999);
    NOT_RATED("port_rate_in_peak_bps", "is below the rate on average");
    options.port_rate_in_bps.state = VIF_STATE_UNSET;
    NOT_RATED("port_rate_in_peak_bps", "is of use only with a rate on average");
    options.port_rate_in_peak_bps.state = VIF_STATE_UNSET;
    NOT_RATED("port_rate_in_burst_bytes", "is of use only with a rate on average");
}

/* What is said the other way is planned, too: an earlier plug may have said no. */
TEST(rules_of_a_port)
{
    bridge();
    network.bridge_interface = NULL;
    options.create_tap = VIF_TRUE;
    options.port_forged_transmits = VIF_FALSE;
    RATED("rules tap0 (own) use=port_from mac=22:52:25:62:e2:aa\n");
    options.port_mac_changes = VIF_FALSE;
    options.port_forged_transmits = VIF_TRUE;
    RATED("rules tap0 (own) use=port_from mac=any\n"
          "rules tap0 (own) use=port_to mac=22:52:25:62:e2:aa\n");
    options.port_forged_transmits = VIF_BOOL_UNSET;
    options.port_rate_out_bps = vif_int_of(1000001);
    options.port_rate_out_burst_bytes = 9000;
    RATED("rules tap0 (own) use=port_from mac=any bytes_per_second=125001 burst_bytes=9000\n"
          "rules tap0 (own) use=port_to mac=22:52:25:62:e2:aa\n");
    vif.base.address = NULL;
    CHECK_INT(make(VIF_PLUG), VIF_E_FIELD);
    CHECK_STR(err.where, "address");
    CHECK_HAS(err.text, "port_mac_changes=false needs it");
    CHECK_INT(make(VIF_UNPLUG), VIF_OK);
    vif.base.address = "22:52:25:62:e2:aa";
    options.port_rate_out_peak_bps = vif_int_of(1);
    NOT_RATED("port_rate_out_peak_bps", "is below the rate on average");
    options.port_rate_out_peak_bps.state = VIF_STATE_UNSET;
    options.port_rate_out_bps = vif_int_of(200000000000);
    NOT_RATED("port_rate_out_bps", "is more than nftables counts");
}

/* Behind its master, before it is up; the bridge that the plan makes is one that filters. */
TEST(vlans_of_a_port)
{
    static const char *const bad[] = {"0", "4095", "5-1", "1-4095", "x", "1-", "-1", "1 2", ","};
    size_t i;
    bridge();
    network.bridge_interface = NULL;
    network.should_provide_bridge = VIF_FALSE;
    options.create_tap = VIF_TRUE;
    options.port_vlan = 100;
#define VLANS(words) \
    golden_all("tap tap0 (own) mac=fe:52:25:62:e2:aa mtu=1450\n" SEALED("tap0") \
               "master tap0 (own) master=br0\nvlans tap0 (own) " words "\nup tap0 (own)\n")
    VLANS("pvid=100");
    options.port_trunks = "30,10-12,11";
    VLANS("pvid=100 tagged=10-12,30");
    options.port_vlan = 0;
    VLANS("tagged=10-12,30");
    options.port_trunks = "1-4094";
    VLANS("tagged=1-4094");
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        options.port_trunks = bad[i];
        refuses(VIF_E_INVAL, "port_trunks", "VLANs of 1 to 4094");
    }
    options.port_trunks = NULL;
    options.port_vlan = 4095;
    refuses(VIF_E_INVAL, "port_vlan", "1 to 4094");
    options.port_vlan = 100;
    options.create_tap = VIF_FALSE;     /* somebody else makes the port, who knows nothing of it */
    CHECK_INT(make(VIF_PLUG), VIF_E_INVAL);
    CHECK_STR(err.where, "port_vlan");
    CHECK_HAS(err.text, "create_tap");
    CHECK_INT(make(VIF_UNPLUG), VIF_OK);
}

TEST(bridge_tap)
{
    bridge();
    network.bridge_interface = NULL;
    options.create_tap = VIF_TRUE;
    golden_all(BRIDGE
               "tap tap0 (own) mac=fe:52:25:62:e2:aa mtu=1450\n"
               SEALED("tap0")
               "master tap0 (own) master=br0\n"
               "up tap0 (own)\n");
    options.tap_multi_queue = VIF_TRUE;
    options.tap_vnet_hdr = VIF_TRUE;
    options.tap_owner = vif_u32_of(107);
    options.tap_group = vif_u32_of(108);
    options.port_isolated = VIF_TRUE;
    options.port_hairpin = VIF_FALSE;
    options.port_learning = VIF_TRUE;
    options.port_unicast_flood = VIF_FALSE;
    options.port_mcast_flood = VIF_TRUE;
    options.port_bcast_flood = VIF_FALSE;
    golden_all(BRIDGE
               "tap tap0 (own) mac=fe:52:25:62:e2:aa mtu=1450 owner=107 group=108 multi_queue=yes"
               " vnet_hdr=yes\n"
               SEALED("tap0")
               "master tap0 (own) master=br0\n"
               "port tap0 (own) isolated=1 hairpin=0 learning=1 unicast_flood=0 mcast_flood=1"
               " bcast_flood=0\n"
               "up tap0 (own)\n");
    memset(&options, 0, sizeof options);
    options.create_tap = VIF_TRUE;
    options.port_learning = VIF_FALSE;
    vif.base.address = "fe:52:25:62:e2:aa";
    golden_all(BRIDGE
               "tap tap0 (own) mac=fa:52:25:62:e2:aa mtu=1450\n"
               SEALED("tap0")
               "master tap0 (own) master=br0\n"
               "port tap0 (own) learning=0\n"
               "up tap0 (own)\n");
    vif.base.address = NULL;
    golden_all(BRIDGE
               "tap tap0 (own) mtu=1450\n"
               SEALED("tap0")
               "master tap0 (own) master=br0\n"
               "port tap0 (own) learning=0\n"
               "up tap0 (own)\n");
}

/* Made by an earlier plug it goes, whatever the options say today. */
TEST(bridge_unplug_names_the_tap)
{
    bridge();
    network.bridge_interface = NULL;
    golden(VIF_UNPLUG, BRIDGE RECORD TAP_OF_OURS);
    golden(VIF_PLUG, BRIDGE);
    golden(VIF_CHECK, BRIDGE);
    vif.bridge.vif_name = NULL;
    golden(VIF_UNPLUG, BRIDGE);
    CHECK_INT(looks, 0);
}

/* A name that two links of the VIF would have, an id that would read as vif's own word. */
TEST(names_that_collide)
{
    bridge();
    options.create_tap = VIF_TRUE;
    vif.bridge.vif_name = "br0";
    refuses(VIF_E_FIELD, "br0", "two links");
    bridge();
    network.bridge_interface = "br0";
    refuses(VIF_E_FIELD, "br0", "two links");
    bridge();
    vif.base.id = "shared";
    refuses(VIF_E_FIELD, "id", "\"shared\"");
}

TEST(tap_plain)
{
    generic();
    golden_all("tap tap0 (own) mac=fe:52:25:62:e2:aa mtu=1450\n" SEALED("tap0") "up tap0 (own)\n");
    CHECK_STR(plan.plugin, "tap");
    CHECK_INT(looks, 0);
    vif.base.network = NULL;
    vif.base.address = vif_null()->text;
    options.tap_multi_queue = VIF_TRUE;
    options.tap_owner = vif_u32_of(0);
    options.routed = VIF_FALSE;
    golden_all("tap tap0 (own) mtu=1500 owner=0 multi_queue=yes\n"
               SEALED("tap0") "up tap0 (own)\n");
    options.network_device_mtu = 1400;
    golden_all("tap tap0 (own) mtu=1400 owner=0 multi_queue=yes\n"
               SEALED("tap0") "up tap0 (own)\n");
}

/* Addresses that the kernel would take, or refuse when half of the guest is made; what is there
 * may go with any. */
TEST(addresses_of_no_host)
{
    static const char *bad[] = {"0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.5", "255.255.255.255",
                                "::", "::1", "ff02::1"};
    static const char *good[] = {"1.0.0.0", "126.0.0.1", "128.0.0.1", "223.255.255.255", "::2",
                                 "1::", "fe80::1"};
    size_t i, how;

    for (how = 0; how < 2; how++) {
        generic();
        add_subnet(NULL, "192.0.2.18", "192.0.2.17");
        options.routed = how == 0 ? VIF_TRUE : VIF_FALSE;
        options.netns_fd.set = how == 1;
        for (i = 0; i < sizeof bad / sizeof *bad; i++) {
            ip[0][1].address = bad[i];
            subnet[0].cidr = strchr(bad[i], ':') != NULL ? "::/0" : "0.0.0.0/0";
            refused_by(VIF_PLUG, VIF_E_FIELD, "ips.address", "one that a host may have");
            CHECK_INT(make(VIF_UNPLUG), VIF_OK);
        }
        for (i = 0; i < sizeof good / sizeof *good; i++) {
            ip[0][1].address = good[i];
            subnet[0].cidr = strchr(good[i], ':') != NULL ? "::/0" : "0.0.0.0/0";
            CHECK_INT(make(VIF_PLUG), VIF_OK);
        }
    }
    subnet[0].cidr = "192.0.2.0/24";    /* of the two one is in it, which will do */
    subnet[0].gateway = "192.0.2.1";
    ip[0][1].address = "203.0.113.17";
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    ip[0][0].address = "203.0.113.18";
    refused_by(VIF_PLUG, VIF_E_FIELD, "ips.address", "its subnet's cidr");
    CHECK_INT(make(VIF_UNPLUG), VIF_OK);
    subnet[0].gateway = NULL;
    CHECK_INT(make(VIF_PLUG), VIF_OK);
}

/* A pair instead of a tap, with the guest's end in its namespace; what is in there comes last. */
TEST(tap_of_a_guest_in_a_namespace)
{
    static const char *servers[17] = {"192.0.2.53", "2001:db8::53", "192.0.2.54", "192.0.2.53"};
    static char many[17][16];
    generic();
    add_subnet("192.0.2.1", "192.0.2.17", "192.0.2.18");
    subnet[0].cidr = "192.0.2.0/24";
    add_subnet("fe80::1", "2001:db8::17", NULL);
    subnet[1].cidr = "2001:db8::/64";
    options.netns_fd = vif_u32_of(5);
    options.tap_owner = vif_u32_of(0);
    golden_all("veth tap0 (own) peer=eth0 namespace=1 mac=fe:52:25:62:e2:aa mtu=1450\n"
               SEALED("tap0")
               "up tap0 (own)\n"
               "peer eth0 in namespace 1 (own) mac=22:52:25:62:e2:aa mtu=1450\n"
               "up lo in namespace 1 (shared)\n"
               "address eth0 in namespace 1 (own) ip=192.0.2.17/24\n"
               "address eth0 in namespace 1 (own) ip=192.0.2.18/24\n"
               "address eth0 in namespace 1 (own) ip=2001:db8::17/64\n"
               "up eth0 in namespace 1 (own)\n"
               "route eth0 in namespace 1 (own) ip=0.0.0.0/0 via=192.0.2.1\n"
               "route eth0 in namespace 1 (own) ip=::/0 via=fe80::1\n");
    CHECK_INT(plan.namespaces[1].fd, 5);
    options.l3_dad = VIF_TRUE;
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    CHECK_STR(plan.items[plan.count - 1].link, "eth0");
    CHECK_INT(plan.items[plan.count - 1].kind, VIF_RES_SETTLED);
    CHECK_INT(plan.items[plan.count - 1].want.settled.ms, 5000);
    CHECK(!plan.items[plan.count - 1].want.settled.optimistic);
    options.l3_optimistic = VIF_TRUE;
    options.l3_settle_ms = 70;
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    CHECK(vif_plan_print(&plan, text, sizeof text) < sizeof text);
    CHECK_HAS(text, "ip=192.0.2.18/24\n");
    CHECK_HAS(text, "ip=2001:db8::17/64 dad=optimistic\n");
    CHECK_HAS(text, "settled eth0 in namespace 1 (own) within_ms=70\n");
    CHECK(plan.items[plan.count - 1].want.settled.optimistic);
    options.l3_announce = VIF_TRUE;     /* what is announced is settled before */
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    CHECK(vif_plan_print(&plan, text, sizeof text) < sizeof text);
    CHECK_HAS(text, "settled eth0 in namespace 1 (own) within_ms=70\n"
              "announcement eth0 in namespace 1 (own) within_ms=70\n");
    CHECK(!plan.items[plan.count - 2].want.settled.optimistic);
    ips[0].objects.count = ips[1].objects.count = 0;    /* nothing to announce */
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    CHECK_INT(plan.items[plan.count - 1].kind, VIF_RES_SETTLED);
    ips[0].objects.count = 2;
    ips[1].objects.count = 1;
    options.l3_announce = VIF_FALSE;
    options.netns_link = "net1";
    subnet[0].gateway = "203.0.113.1";
    options.use_ipv6 = VIF_FALSE;
    golden_all("veth tap0 (own) peer=net1 namespace=1 mac=fe:52:25:62:e2:aa mtu=1450\n"
               SEALED("tap0")
               "up tap0 (own)\n"
               "peer net1 in namespace 1 (own) mac=22:52:25:62:e2:aa mtu=1450\n"
               "up lo in namespace 1 (shared)\n"
               "address net1 in namespace 1 (own) ip=192.0.2.17/24\n"
               "address net1 in namespace 1 (own) ip=192.0.2.18/24\n"
               "up net1 in namespace 1 (own)\n"
               "route net1 in namespace 1 (own) ip=203.0.113.1/32\n"
               "route net1 in namespace 1 (own) ip=0.0.0.0/0 via=203.0.113.1\n");
    subnet[0].gateway = "2001:db8::1";
    refuses(VIF_E_FIELD, "gateway", "family");
    subnet[0].gateway = NULL;           /* name servers, each once, in order; none at an unplug */
    subnet[0].dns.items = servers;
    subnet[0].dns.count = 3;
    subnet[1].dns.items = servers + 1;
    subnet[1].dns.count = 2;
    options.dns_file = "etc/resolv.conf";
    CHECK_INT(make(VIF_CHECK), VIF_OK);
    CHECK(vif_plan_print(&plan, text, sizeof text) < sizeof text);
    CHECK_HAS(text, "dns etc/resolv.conf (own) servers=192.0.2.53,192.0.2.54\n");
    options.use_ipv6 = VIF_TRUE;
    options.dns_root = "/c";
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    CHECK(vif_plan_print(&plan, text, sizeof text) < sizeof text);
    CHECK_HAS(text, "settled net1 in namespace 1 (own) within_ms=70\n"
              "dns etc/resolv.conf (own) root=/c servers=192.0.2.53,2001:db8::53,192.0.2.54\n");
    CHECK_INT(make(VIF_UNPLUG), VIF_OK);
    CHECK(vif_plan_print(&plan, text, sizeof text) < sizeof text && !strstr(text, "dns"));
    for (int i = 0; i < 17; i++) {
        snprintf(many[i], sizeof many[i], "192.0.2.%d", i + 1);
        servers[i] = many[i];
    }
    subnet[0].dns.count = 16;
    subnet[1].dns.count = 0;
    options.netns_netkit = VIF_TRUE;
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    CHECK(plan.items[0].want.link.netkit && plan.items[0].kind == VIF_RES_VETH);
    CHECK(vif_plan_print(&plan, text, sizeof text) < sizeof text);
    CHECK_HAS(text, "veth tap0 (own) type=netkit peer=net1 namespace=1 ");
    options.netns_netkit = VIF_FALSE;
    subnet[0].dns.count = 17;
    CHECK_INT(make(VIF_PLUG), VIF_E_FIELD);
    CHECK_STR(err.where, "dns");
    CHECK_HAS(err.text, "more than 16");
    options.dns_file = NULL;
    options.netns_link = "a/b";
    refuses(VIF_E_INVAL, "netns_link", "");
    options.netns_link = NULL;
    subnet[0].gateway = NULL;
    vif.base.plugin = "noop";
    golden_all("");
}

TEST(tap_routed_by_profile)
{
    generic();
    vif_object_init(&profile, VIF_CLASS_VIFPortProfileFPTap);
    profile.fp_tap.mac_address = "ee:ee:ee:ee:ee:ee";
    vif.base.port_profile = &profile;
    add_subnet("169.254.1.1", "192.0.2.17", "192.0.2.18");
    golden_all("global tap0 (shared) ipv4/ip_forward=1\n"
               "tap tap0 (own) mac=ee:ee:ee:ee:ee:ee mtu=1450\n"
               "setting tap0 (own) family=ipv6 disable_ipv6=1\n"
               "setting tap0 (own) family=ipv4 rp_filter=1\n"
               "setting tap0 (own) family=ipv4 accept_redirects=0\n"
               "setting tap0 (own) family=ipv4 send_redirects=0\n"
               "setting tap0 (own) family=ipv4 forwarding=1\n"
               "setting tap0 (own) family=ipv4 proxy_delay=0\n"
               "setting tap0 (own) family=ipv4 proxy_arp=1\n"
               "up tap0 (own)\n"
               "route tap0 (own) ip=192.0.2.17/32\n"
               "route tap0 (own) ip=192.0.2.18/32\n"
               "proxy tap0 (own) ip=169.254.1.1\n");
    /* both families, several subnets, one of them without anything */
    add_subnet("2001:db8::1", "2001:db8::17", NULL);
    add_subnet(NULL, NULL, NULL);
    add_subnet(NULL, "198.51.100.9", NULL);
    profile.fp_tap.mac_address = NULL;
    golden_all("global tap0 (shared) ipv4/ip_forward=1\n"
               "global tap0 (shared) ipv6/conf/all/forwarding=1\n"
               "global tap0 (shared) ipv6/conf/all/proxy_ndp=1\n"
               "tap tap0 (own) mac=fe:52:25:62:e2:aa mtu=1450\n"
               "setting tap0 (own) family=ipv6 disable_ipv6=0\n"
               "setting tap0 (own) family=ipv6 accept_ra=0\n"
               "setting tap0 (own) family=ipv6 accept_redirects=0\n"
               "setting tap0 (own) family=ipv6 forwarding=1\n"
               "setting tap0 (own) family=ipv6 proxy_delay=0\n"
               "setting tap0 (own) family=ipv6 proxy_ndp=1\n"
               "setting tap0 (own) family=ipv4 rp_filter=1\n"
               "setting tap0 (own) family=ipv4 accept_redirects=0\n"
               "setting tap0 (own) family=ipv4 send_redirects=0\n"
               "setting tap0 (own) family=ipv4 forwarding=1\n"
               "setting tap0 (own) family=ipv4 proxy_delay=0\n"
               "setting tap0 (own) family=ipv4 proxy_arp=1\n"
               "up tap0 (own)\n"
               "route tap0 (own) ip=192.0.2.17/32\n"
               "route tap0 (own) ip=192.0.2.18/32\n"
               "route tap0 (own) ip=2001:db8::17/128\n"
               "route tap0 (own) ip=198.51.100.9/32\n"
               "proxy tap0 (own) ip=169.254.1.1\n"
               "proxy tap0 (own) ip=2001:db8::1\n");
}

TEST(tap_routed_by_option)
{
    generic();
    options.routed = VIF_TRUE;
    add_subnet("2001:db8::1", "2001:DB8:0::17", NULL);
    golden_all("global tap0 (shared) ipv6/conf/all/forwarding=1\n"
               "global tap0 (shared) ipv6/conf/all/proxy_ndp=1\n"
               "tap tap0 (own) mac=fe:52:25:62:e2:aa mtu=1450\n"
               "setting tap0 (own) family=ipv6 disable_ipv6=0\n"
               "setting tap0 (own) family=ipv6 accept_ra=0\n"
               "setting tap0 (own) family=ipv6 accept_redirects=0\n"
               "setting tap0 (own) family=ipv6 forwarding=1\n"
               "setting tap0 (own) family=ipv6 proxy_delay=0\n"
               "setting tap0 (own) family=ipv6 proxy_ndp=1\n"
               "setting tap0 (own) family=ipv4 rp_filter=1\n"
               "setting tap0 (own) family=ipv4 arp_ignore=1\n"
               "setting tap0 (own) family=ipv4 accept_redirects=0\n"
               "setting tap0 (own) family=ipv4 send_redirects=0\n"
               "up tap0 (own)\n"
               "route tap0 (own) ip=2001:db8::17/128\n"
               "proxy tap0 (own) ip=2001:db8::1\n");
    vif.base.network = NULL;            /* routed, and nowhere to route to: a tap */
    golden_all("tap tap0 (own) mac=fe:52:25:62:e2:aa mtu=1500\n" SEALED("tap0") "up tap0 (own)\n");
}

/* More addresses than the first piece of a plan holds. */
TEST(plan_grows)
{
    static vif_fixed_ip many[300];
    static char names[300][16];
    size_t i;
    generic();
    options.routed = VIF_TRUE;
    add_subnet("192.0.2.1", "192.0.2.2", NULL);
    for (i = 0; i < 100; i++) {
        strcpy(names[i], "10.0.0.");
        vif_cat_int(names[i], 16, (int64_t)i);
        vif_object_init(&many[i], VIF_CLASS_FixedIP);
        many[i].address = names[i];
    }
    ips[0].objects.items = many;
    ips[0].objects.count = 60;
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    CHECK_INT(plan.count, 1 + 1 + 7 + 1 + 60 + 1);
    CHECK_INT(plan.items[10].kind, VIF_RES_ROUTE);
    CHECK_INT(plan.items[69].want.ip.address.bytes[3], 59);
    CHECK_INT(plan.items[70].kind, VIF_RES_PROXY);
    /* … and than the arena */
    for (i = 0; i < 300; i++) {
        vif_object_init(&many[i], VIF_CLASS_FixedIP);
        many[i].address = names[i % 100];
    }
    ips[0].objects.count = 300;
    refuses(VIF_E_NOMEM, "", "no memory");
}

TEST(printing_into_little_room)
{
    size_t len;
    bridge();
    network.bridge_interface = NULL;
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    len = vif_plan_print(&plan, text, sizeof text);
    CHECK_INT(len, sizeof BRIDGE - 1);
    CHECK_INT(vif_plan_print(&plan, NULL, 0), len);
    memset(text, 'x', sizeof text);
    CHECK_INT(vif_plan_print(&plan, text, len), len);
    CHECK(memchr(text, 0, len) != NULL);
    CHECK(text[len] == 'x');
    CHECK_INT(vif_plan_print(&plan, text, len + 1), len);
    CHECK_STR(text, BRIDGE);
    CHECK_INT(vif_plan_print(&plan, text, 1), len);
    CHECK_STR(text, "");
}

/* Who says how a port is to be may rely on it; but of an unplug it is no matter. */
TEST(options_of_a_port_without_one)
{
    for (int i = 0; i < 4; i++) {
        generic();
        options.routed = i == 3 ? VIF_TRUE : VIF_BOOL_UNSET;
        options.port_forged_transmits = i == 0 ? VIF_FALSE : VIF_BOOL_UNSET;
        options.port_vlan = i == 1;
        options.port_rate_out_bps = i >= 2 ? vif_int_of(1000000) : options.port_rate_out_bps;
        CHECK_INT(make(VIF_PLUG), VIF_E_INVAL);
        CHECK_STR(err.where, i == 0 ? "port_forged_transmits" : i == 1 ? "port_vlan"
                  : "port_rate_out_bps");
        CHECK_HAS(err.text, "is of a port of a switch, and none is made here");
        CHECK_INT(make(VIF_CHECK), VIF_E_INVAL);
        CHECK_INT(make(VIF_UNPLUG), VIF_OK);
        vif.base.plugin = "noop";
        CHECK_INT(make(VIF_PLUG), VIF_OK);
    }
}

TEST(noop_takes_all)
{
    static const vif_class all[] = {VIF_CLASS_VIFBridge, VIF_CLASS_VIFGeneric,
        VIF_CLASS_VIFVHostUser, VIF_CLASS_VIFOpenVSwitch, VIF_CLASS_VIFVlanNested,
        VIF_CLASS_VIFNestedDPDK, VIF_CLASS_VIFHostDevice, VIF_CLASS_VIFDirect, VIF_CLASS_VIFBase};
    size_t i;
    for (i = 0; i < sizeof all / sizeof all[0]; i++) {
        start(all[i]);
        vif.base.plugin = "noop";
        golden_all("");
        CHECK_STR(plan.plugin, "noop");
    }
}

/* ---- which plugin ---------------------------------------------------------------------------- */

static void own_plan(vif_plan *p, const vif_plan_input *in)
{
    static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
    vif_resource *r;
    (void)vif_plan_add(p, VIF_RES_BRIDGE, VIF_SHARED, "brx", NULL);
    r = vif_plan_add(p, VIF_RES_VLAN, VIF_SHARED, "v7", "eth1");
    r->want.link.vlan = 7;
    (void)vif_plan_tap(p, in, "own0", mac, vif_plan_mtu(p, in));
    (void)vif_plan_tap(p, in, "own1", NULL, 68);
    (void)vif_plan_conf(p, VIF_OWN, "own0", VIF_CONF_ADDR_GEN_MODE, 1);
    (void)vif_plan_add(p, VIF_RES_MASTER, VIF_BORROWED, "eth1", "brx");
    r = vif_plan_add(p, VIF_RES_PORT, VIF_BORROWED, "eth1", NULL);
    r->want.port.on = VIF_PORT_HAIRPIN;
    r->want.port.mask = VIF_PORT_HAIRPIN | VIF_PORT_BCAST_FLOOD;
    (void)vif_plan_number(p, VIF_RES_MTU, VIF_BORROWED, "eth1", 1400);
    vif_plan_add(p, VIF_RES_MOVE, VIF_BORROWED, "eth1", "brx")->optional = true;
    vif_plan_add(p, VIF_RES_UP, VIF_SHARED, "brx", NULL)->only_ours = true;
}

#define OWN \
    "bridge brx (shared)\n" \
    "vlan v7 (shared) id=7 lower=eth1\n" \
    "tap own0 (own) mac=02:00:00:00:00:01 mtu=1450\n" \
    "tap own1 (own) mtu=68\n" \
    "setting own0 (own) family=ipv6 addr_gen_mode=1\n" \
    "master eth1 (borrowed) master=brx\n" \
    "port eth1 (borrowed) hairpin=1 bcast_flood=0\n" \
    "mtu eth1 (borrowed) mtu=1400\n" \
    "addresses eth1 (borrowed) to=brx if it exists\n" \
    "up brx (shared) if the link is ours\n"

static const char *bad_name;
static void bad_plan(vif_plan *p, const vif_plan_input *in)
{
    vif_resource *r;
    (void)in;
    (void)vif_plan_add(p, VIF_RES_UP, VIF_OWN, "good", NULL);
    r = vif_plan_add(p, VIF_RES_MASTER, VIF_OWN, "good", bad_name);
    CHECK(r != NULL);
    r->want.link.mtu = 7;               /* a dummy may be filled */
    (void)vif_plan_add(p, VIF_RES_UP, VIF_OWN, "also_good", NULL);
    vif_plan_refuse(p, VIF_E_PLUG, "later", "the first error counts");
}

static void bad_link_plan(vif_plan *p, const vif_plan_input *in)
{
    (void)in;
    (void)vif_plan_number(p, VIF_RES_MTU, VIF_OWN, bad_name, 1500);
}

static void refusing_plan(vif_plan *p, const vif_plan_input *in)
{
    (void)in;
    vif_plan_refuse(p, VIF_E_NO_PROFILE, "port_profile", "I want one");
    vif_plan_refuse(p, VIF_E_PLUG, "later", "the first error counts");
}

static const vif_plugin_profile own_profiles[] = {{VIF_CLASS_VIFPortProfileFPBridge, 1, 1},
                                                  {VIF_CLASS_NONE, 0, 0}};
static const vif_plugin_vif own_takes[] = {{VIF_CLASS_VIFHostDevice, 0, 0, NULL},
                                           {VIF_CLASS_VIFBridge, 0, 0, own_profiles},
                                           {VIF_CLASS_NONE, 0, 0, NULL}};
static const vif_plugin own_plugin = {"mine", own_takes, own_plan};
static const vif_plugin own_bridge = {"linux_bridge", own_takes, own_plan};
static const vif_plugin bad_plugin = {"bad", own_takes, bad_plan};
static const vif_plugin bad_link_plugin = {"bad_link", own_takes, bad_link_plan};
static const vif_plugin refusing = {"refusing", own_takes, refusing_plan};
static const vif_plugin *const own[] = {&refusing, &bad_plugin, &own_plugin, &own_bridge,
                                        &bad_link_plugin};

TEST(plugin_of_the_agents)
{
    bridge();
    plugins = own;
    plugin_count = 5;
    vif.base.plugin = "mine";
    golden_all(OWN);
    CHECK_STR(plan.plugin, "mine");
    /* the agent's come first, also where a built-in one has that name */
    vif.base.plugin = "linux_bridge";
    golden_all(OWN);
    /* unset: the first that takes the class */
    vif.base.plugin = NULL;
    refuses(VIF_E_NO_PROFILE, "port_profile", "I want one");
    plugins = own + 2;
    plugin_count = 1;
    golden_all(OWN);
    start(VIF_CLASS_VIFHostDevice);
    golden_all(OWN);
    generic();                          /* which it does not take: the built-in default */
    golden_all("tap tap0 (own) mac=fe:52:25:62:e2:aa mtu=1450\n" SEALED("tap0") "up tap0 (own)\n");
    plugins = NULL;
    plugin_count = 0;
}

TEST(plugin_that_names_badly)
{
    static const char *const bad[] = {"", "1234567890123456", "a/b", "tap%d", "a b", ".", "..",
                                      "all", "default", "a:b", "a\tb", "a\x7f"};
    size_t i;
    bridge();
    plugins = own;
    plugin_count = 5;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        bad_name = bad[i];
        vif.base.plugin = "bad";
        CHECK_INT(make(VIF_PLUG), VIF_E_FIELD);
        CHECK(err.text[0] != '\0');
        CHECK(strchr(err.where, '\t') == NULL && strchr(err.where, '\x7f') == NULL);
        CHECK(plan.count <= 1);
        vif.base.plugin = "bad_link";
        CHECK_INT(make(VIF_PLUG), VIF_E_FIELD);
        CHECK_INT(plan.count, 0);
    }
    plugins = NULL;
    plugin_count = 0;
}

/* What an agent's plugin leaves out is seen before anything runs. */
static int left_out;
static void incomplete_plan(vif_plan *p, const vif_plan_input *in)
{
    static const char patch[] =
        "patch-0123456789012345678901234567890123456789012345678901234567890";
    vif_resource *r = vif_plan_add(p, left_out < 4 ? VIF_RES_UP : VIF_RES_ROUTE, VIF_OWN, "tap0",
                                   NULL);
    (void)in;
    (void)vif_ip_parse("192.0.2.1", 9, false, &r->want.ip.address);
    switch (left_out) {
    case 0: r->kind = VIF_RES_COUNT; break;
    case 1: r->kind = VIF_RES_REQUIRE; r->want.require.path = NULL; break;
    case 2: r->kind = VIF_RES_CONF; r->want.conf.which = VIF_CONF_COUNT; break;
    case 3: r->kind = VIF_RES_VETH; break;
    case 4: r->want.ip.address.len = 5; break;
    case 5: r->want.ip.address.prefix = 33; break;
    case 6:
        r->kind = VIF_RES_PROXY;
        r->want.ip.address.len = 16;
        r->want.ip.address.prefix = 129;
        break;
    case 7: r->kind = VIF_RES_MOVE; break;
    case 8: r->kind = VIF_RES_OVS_PORT; r->want.ovs = NULL; break;
    case 9: r->kind = VIF_RES_OVS_BRIDGE; r->want.ovs = NULL; break;
    case 10: (void)vif_plan_ovs(p, VIF_RES_OVS_PORT, VIF_OWN, "tap0", NULL); break;
    case 11:
        vif_plan_ovs(p, VIF_RES_OVS_PORT, VIF_OWN, "tap0", "br0")->want.ovs->name = NULL;
        break;
    case 12: (void)vif_plan_ovs(p, VIF_RES_OVS_PORT, VIF_OWN, "longer-than-a-link", "br0"); break;
    default:
        r = vif_plan_ovs(p, VIF_RES_OVS_PORT, VIF_OWN, patch, "br0");
        (void)vif_plan_ovs_column(p, r, "Interface", "type", "patch");
    }
}

TEST(plugin_that_leaves_out)
{
    static const vif_plugin plugin = {"incomplete", own_takes, incomplete_plan};
    static const vif_plugin *const incomplete[] = {&plugin};
    bridge();
    plugins = incomplete;
    plugin_count = 1;
    vif.base.plugin = "incomplete";
    for (left_out = 0; left_out < 14; left_out++) {
        const vif_status st = make(VIF_PLUG);
        if (st != VIF_E_INVAL && st != VIF_E_FIELD) {
            CHECK_FAIL("%d: %s %s: %s", left_out, vif_status_name(st), err.where, err.text);
        }
        CHECK(err.text[0] != '\0');
    }
    plugins = NULL;
    plugin_count = 0;
}

TEST(plugin_chosen)
{
    bridge();
    vif.base.plugin = "nonesuch";
    refuses(VIF_E_NO_PLUGIN, "plugin", "nonesuch");
    vif.base.plugin = "";
    CHECK(make(VIF_PLUG) == VIF_E_NO_PLUGIN || make(VIF_PLUG) == VIF_OK);
    vif.base.plugin = "Linux_bridge";
    refuses(VIF_E_NO_PLUGIN, "plugin", "Linux_bridge");
    vif.base.plugin = "tap";
    refuses(VIF_E_NO_VIF_CLASS, "VIFBridge", "NoMatchingVIFClass");
    generic();
    vif.base.plugin = "linux_bridge";
    refuses(VIF_E_NO_VIF_CLASS, "VIFGeneric", "NoMatchingVIFClass");
    start(VIF_CLASS_VIFBase);
    refuses(VIF_E_NO_PLUGIN, "plugin", "no default");
    bridge();
    vif.base.plugin = "bad\nname\x1b[1m";
    CHECK_INT(make(VIF_PLUG), VIF_E_NO_PLUGIN);
    CHECK(strchr(err.text, '\n') == NULL && strchr(err.text, '\x1b') == NULL);
}

TEST(versions)
{
    bridge();
    vif.object.minor = 1;
    CHECK(make(VIF_PLUG) == VIF_E_VIF_VERSION || make(VIF_PLUG) == VIF_E_VERSION);
    bridge();
    vif.object.major = 2;
    CHECK(make(VIF_PLUG) == VIF_E_VIF_VERSION || make(VIF_PLUG) == VIF_E_VERSION);
    CHECK(err.text[0] != '\0');
}

TEST(port_profiles)
{
    static const struct {
        vif_class klass;
        vif_status status;
    } all[] = {{VIF_CLASS_VIFPortProfileFPTap, VIF_OK},
               {VIF_CLASS_VIFPortProfileFPBridge, VIF_E_NO_PROFILE_CLASS},
               {VIF_CLASS_VIFPortProfileOpenVSwitch, VIF_E_NO_PROFILE_CLASS},
               {VIF_CLASS_VIFPortProfileBase, VIF_E_NO_PROFILE_CLASS}};
    size_t i;
    for (i = 0; i < sizeof all / sizeof all[0]; i++) {
        generic();
        vif_object_init(&profile, all[i].klass);
        vif.base.port_profile = &profile;
        CHECK_INT(make(VIF_PLUG), all[i].status);
        if (all[i].status != VIF_OK) {
            CHECK_STR(err.where, "port_profile");
            CHECK_HAS(err.text, "NoMatchingPortProfileClass");
        }
        /* linux_bridge says nothing of profiles, so it takes all of them */
        bridge();
        vif.base.port_profile = &profile;
        CHECK_INT(make(VIF_PLUG), VIF_OK);
    }
    generic();
    vif_object_init(&profile, VIF_CLASS_VIFPortProfileFPTap);
    vif.base.port_profile = &profile;
    profile.object.minor = 2;
    CHECK(make(VIF_PLUG) == VIF_E_PROFILE_VERSION || make(VIF_PLUG) == VIF_E_VERSION);
    CHECK_HAS(err.where, "port_profile");
    profile.object.minor = 0;
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    /* a plugin of the agent's that wants 1.1 */
    plugins = own + 2;
    plugin_count = 1;
    bridge();
    vif.base.plugin = "mine";
    vif_object_init(&profile, VIF_CLASS_VIFPortProfileFPBridge);
    vif.base.port_profile = &profile;
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    profile.object.minor = 0;
    refuses(VIF_E_PROFILE_VERSION, "port_profile", "NoSupportedPortProfileVersion");
    plugins = NULL;
    plugin_count = 0;
}

/* ---- refusals -------------------------------------------------------------------------------- */

TEST(names_refused)
{
    static const struct {
        const char *name, *rule;
    } bad[] = {{"1234567890123456", "1 to 15 bytes"},
               {"tap%d", "'%'"}, {"a/b", "'/'"}, {"a b", "space"}, {"a:b", "':'"},
               {"a\nb", "control"}, {".", "reserved"}, {"..", "reserved"}, {"all", "reserved"},
               {"default", "reserved"}};
    size_t i;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        bridge();
        vif.bridge.bridge_name = bad[i].name;
        refuses(VIF_E_FIELD, "bridge_name", bad[i].rule);
        bridge();
        network.bridge_interface = bad[i].name;
        refuses(VIF_E_FIELD, "network.bridge_interface", bad[i].rule);
        bridge();
        options.create_tap = VIF_TRUE;
        vif.bridge.vif_name = bad[i].name;
        refuses(VIF_E_FIELD, "vif_name", bad[i].rule);
        options.create_tap = VIF_FALSE;         /* the name of another's tap does not matter */
        CHECK_INT(make(VIF_PLUG), VIF_OK);
        generic();
        vif.generic.vif_name = bad[i].name;
        refuses(VIF_E_FIELD, "vif_name", bad[i].rule);
        bridge();
        options.flat_interface = bad[i].name;
        refuses(VIF_E_FIELD, "flat_interface", bad[i].rule);
        options.flat_interface = NULL;
        options.vlan_interface = bad[i].name;
        CHECK_INT(make(VIF_PLUG), VIF_OK);      /* it is not looked at without a VLAN */
        network.should_provide_vlan = VIF_TRUE;
        network.vlan = vif_int_of(7);
        refuses(VIF_E_FIELD, "vlan_interface", bad[i].rule);
    }
    bridge();
    vif.bridge.bridge_name = "123456789012345";
    network.bridge_interface = "\xc3\xa4\xf0\x9f\x90\xa7";
    CHECK_INT(make(VIF_PLUG), VIF_OK);
}

TEST(fields_missing)
{
    bridge();
    vif.bridge.bridge_name = NULL;
    refuses(VIF_E_FIELD, "bridge_name", "not set");
    vif.bridge.bridge_name = vif_null()->text;
    CHECK(make(VIF_PLUG) == VIF_E_FIELD);
    vif.bridge.bridge_name = "";
    refuses(VIF_E_FIELD, "bridge_name", "1 to 15 bytes");
    bridge();
    vif.base.network = NULL;
    refuses(VIF_E_FIELD, "network", "not set");
    bridge();
    options.create_tap = VIF_TRUE;
    vif.bridge.vif_name = NULL;
    refuses(VIF_E_FIELD, "vif_name", "not set");
    generic();
    vif.generic.vif_name = NULL;
    refuses(VIF_E_FIELD, "vif_name", "not set");
    bridge();
    network.should_provide_vlan = VIF_TRUE;
    refuses(VIF_E_FIELD, "network.vlan", "1 to 4094");
    network.vlan = vif_int_of(7);
    network.bridge_interface = NULL;
    refuses(VIF_E_FIELD, "network.bridge_interface", "lower device");
    options.flat_interface = "eth1";    /* that is for networks without a VLAN */
    refuses(VIF_E_FIELD, "network.bridge_interface", "lower device");
}

TEST(numbers_refused)
{
    static const int64_t mtus[] = {
        1, 67, 65536, -1, INT64_MAX, INT64_MIN, ((int64_t)1 << 32) + 1500};
    static const int64_t vlans[] = {0, 4095, 4096, -1, INT64_MAX, ((int64_t)1 << 32) + 5,
                                    65536 + 5};
    size_t i;
    for (i = 0; i < sizeof mtus / sizeof mtus[0]; i++) {
        bridge();
        network.mtu = vif_int_of(mtus[i]);
        refuses(VIF_E_FIELD, "network.mtu", "68 to 65535");
        generic();
        network.mtu = vif_int_of(mtus[i]);
        refuses(VIF_E_FIELD, "network.mtu", "68 to 65535");
    }
    bridge();
    network.mtu.state = VIF_STATE_UNSET;
    options.network_device_mtu = 67;
    CHECK_INT(make(VIF_PLUG), VIF_E_INVAL);
    CHECK_HAS(err.text, "68 to 65535");
    CHECK_STR(err.where, "network_device_mtu");
    options.network_device_mtu = 65536;
    CHECK_INT(make(VIF_PLUG), VIF_E_INVAL);
    for (i = 0; i < sizeof vlans / sizeof vlans[0]; i++) {
        bridge();
        network.should_provide_vlan = VIF_TRUE;
        network.vlan = vif_int_of(vlans[i]);
        refuses(VIF_E_FIELD, "network.vlan", "1 to 4094");
    }
}

TEST(ids_refused)
{
    char id[82];
    memset(id, 'i', sizeof id);
    id[81] = '\0';
    bridge();
    vif.base.id = NULL;
    refuses(VIF_E_FIELD, "id", "1 to 80");
    vif.base.id = "";
    refuses(VIF_E_FIELD, "id", "1 to 80");
    vif.base.id = id;
    refuses(VIF_E_FIELD, "id", "1 to 80");
    id[80] = '\0';
    CHECK_INT(make(VIF_PLUG), VIF_OK);
}

/* From C structs, which nobody has decoded. */
TEST(values_refused)
{
    bridge();
    vif.base.address = "22:52:25:62:e2";
    CHECK_INT(make(VIF_PLUG), VIF_E_FIELD);
    CHECK_HAS(err.where, "address");
    vif.base.address = "22:52:25:62:e2:zz";
    CHECK_INT(make(VIF_PLUG), VIF_E_FIELD);
    bridge();
    options.iptables_drop_action = VIF_DROP_ACTION_COUNT;
    refuses(VIF_E_INVAL, "iptables_drop_action", "DROP or REJECT is required, not \"3\"");
    bridge();
    options.tap_owner = vif_u32_of(4294967295);
    refuses(VIF_E_INVAL, "tap_owner", "a number from 0 to 4294967294");
    options.tap_owner.set = false;
    options.use_ipv6 = 3;
    refuses(VIF_E_INVAL, "use_ipv6", "true or false");
    generic();
    options.routed = VIF_TRUE;
    add_subnet("not an address", "192.0.2.17", NULL);
    CHECK_INT(make(VIF_PLUG), VIF_E_FIELD);
    CHECK_HAS(err.where, "gateway");
    add_subnet(NULL, NULL, NULL);
    subnet[0].gateway = NULL;
    ip[0][0].address = "192.0.2.300";
    CHECK_INT(make(VIF_PLUG), VIF_E_FIELD);
    CHECK_HAS(err.where, "address");
    generic();
    vif_object_init(&profile, VIF_CLASS_VIFPortProfileFPTap);
    profile.fp_tap.mac_address = "ee:ee";
    vif.base.port_profile = &profile;
    CHECK_INT(make(VIF_PLUG), VIF_E_FIELD);
    CHECK_HAS(err.where, "mac_address");
    /* not a VIF at all */
    memset(&vif, 0, sizeof vif);
    vif_object_init(&vif, VIF_CLASS_Network);
    CHECK_INT(make(VIF_PLUG), VIF_E_OBJECT);
    memset(&vif, 0, sizeof vif);
    CHECK(make(VIF_PLUG) != VIF_OK);
    vif.object.klass = 200;
    CHECK(make(VIF_PLUG) != VIF_OK);
}

/* ---- options --------------------------------------------------------------------------------- */

static vif_status set(const char *name, const char *value)
{
    memset(&err, 0, sizeof err);
    return vif_option_set(&options, name, value, &err);
}

TEST(option_set)
{
    static const char *const yes[] = {"1", "true", "True", "yes", "on"};
    static const char *const no[] = {"0", "false", "False", "no", "off"};
    static const char *const bad[] = {"", "2", "TRUE ", "maybe", "\n"};
    static const char *const numbers[] = {"-1", "4294967295", "1e3", " 1", "", "0x10", "1 ",
                                          "99999999999999999999"};
    size_t i;
    memset(&options, 0, sizeof options);
    for (i = 0; i < 5; i++) {
        CHECK_INT(set("create_tap", yes[i]), VIF_OK);
        CHECK_INT(options.create_tap, VIF_TRUE);
        CHECK_INT(set("create_tap", no[i]), VIF_OK);
        CHECK_INT(options.create_tap, VIF_FALSE);
        CHECK_INT(set("create_tap", bad[i]), VIF_E_INVAL);
        CHECK_INT(options.create_tap, VIF_FALSE);
        CHECK_STR(err.where, "create_tap");
        CHECK_HAS(err.text, "true or false");
        CHECK(strchr(err.text, '\n') == NULL);
    }
    CHECK_INT(set("network_device_mtu", "9000"), VIF_OK);
    CHECK_INT(options.network_device_mtu, 9000);
    for (i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        CHECK_INT(set("tap_owner", numbers[i]), VIF_E_INVAL);
        CHECK_HAS(err.text, "a number from 0 to 4294967294");
        CHECK(!options.tap_owner.set);
    }
    CHECK_INT(set("tap_owner", "0"), VIF_OK);
    CHECK(options.tap_owner.set);
    CHECK_INT(options.tap_owner.value, 0);
    CHECK_INT(set("tap_group", "4294967294"), VIF_OK);
    CHECK_INT(set("ovs_vsctl_timeout", "0"), VIF_OK);   /* by os-vif's name, and by ours */
    CHECK(options.ovs_commit_timeout_s.set);
    CHECK_INT(set("ovs_commit_timeout_s", "7"), VIF_OK);
    CHECK_INT(set("ovs_vsctl_timeout", "7 s"), VIF_E_INVAL);
    CHECK_STR(err.where, "ovs_commit_timeout_s");
    CHECK_INT(options.ovs_commit_timeout_s.value, 7);
    CHECK_INT(set("ovs_qos_max_rate_bps", "9223372036854775807"), VIF_OK);
    CHECK_INT(options.ovs_qos_max_rate_bps.value, INT64_MAX);
    CHECK_INT(set("ovs_qos_max_rate_bps", "10M"), VIF_E_INVAL);
    CHECK_INT(set("ovs_qos_max_rate_bps", "9223372036854775808"), VIF_E_INVAL);
    CHECK_INT(set("ovs_qos_max_rate_bps", "0"), VIF_E_INVAL);
    CHECK_HAS(err.text, "a number from 1 to 9223372036854775807 is required, not \"0\"");
    CHECK_INT(set("port_rate_in_bps", "0"), VIF_OK);
    CHECK_INT(options.port_rate_in_bps.state, VIF_STATE_SET);
    CHECK_INT(set("port_rate_in_bps", "-1"), VIF_E_INVAL);
    CHECK_HAS(err.text, "a number from 0 to 9223372036854775807 is required");
    CHECK_INT(set("iptables_drop_action", "REJECT"), VIF_OK);
    CHECK_INT(options.iptables_drop_action, VIF_DROP_ACTION_REJECT);
    CHECK_INT(set("iptables_drop_action", "reject"), VIF_E_INVAL);
    CHECK_HAS(err.text, "DROP or REJECT is required, not \"reject\"");
    CHECK_INT(set("ovs_wait", "ready"), VIF_OK);
    CHECK_INT(options.ovs_wait, VIF_OVS_WAIT_READY);
    CHECK_INT(set("ovs_wait", "comitted"), VIF_E_INVAL);
    CHECK_HAS(err.text, "committed, applied or ready is required");
    CHECK_INT(set("ovs_wait", ""), VIF_E_INVAL);
    CHECK_INT(options.ovs_wait, VIF_OVS_WAIT_READY);
    CHECK_INT(options.tap_group.value, 0xfffffffe);
    CHECK_INT(set("vlan_interface", "eth0"), VIF_OK);
    CHECK_STR(options.vlan_interface, "eth0");
    CHECK_INT(set("nonesuch", "1"), VIF_E_INVAL);
    CHECK_STR(err.where, "nonesuch");
    CHECK_HAS(err.text, "no such option");
    CHECK_INT(set("", "1"), VIF_E_INVAL);
    CHECK_INT(set("x\x1b[1m", "1"), VIF_E_INVAL);
    CHECK(strchr(err.where, '\x1b') == NULL);
    CHECK_INT(vif_option_set(&options, "create_tap", "?", NULL), VIF_E_INVAL);
}

/* Every option of the list, by its name, to its own field and to no other. */
TEST(option_each)
{
#define SET_NUMBER(name) CHECK_INT(set(#name, "7"), VIF_OK); CHECK_INT(options.name, 7);
#define SET_MAYBE(name) CHECK_INT(set(#name, "0"), VIF_OK); \
    CHECK(options.name.set && options.name.value == 0);
#define SET_RATE(name) CHECK_INT(set(#name, "1"), VIF_OK); \
    CHECK(options.name.state == VIF_STATE_SET && options.name.value == 1);
#define SET_LIMIT(name) SET_RATE(name)
#define SET_DROP_ACTION(name) CHECK_INT(set(#name, "DROP"), VIF_OK); \
    CHECK_INT(options.name, VIF_DROP_ACTION_DROP);
#define SET_OVS_WAIT(name) CHECK_INT(set(#name, "committed"), VIF_OK); \
    CHECK_INT(options.name, VIF_OVS_WAIT_COMMITTED);
#define SET_TEXT(name) CHECK_INT(set(#name, "x"), VIF_OK); CHECK_STR(options.name, "x");
#define SET_SWITCH(name) CHECK_INT(set(#name, "yes"), VIF_OK); CHECK_INT(options.name, VIF_TRUE);
#define SET_LINK_STATE(name) CHECK_INT(set(#name, "enable"), VIF_OK); \
    CHECK_INT(options.name, VIF_LINK_STATE_UP);
#define SET_ONE(name, kind) { \
        const vif_options none = {0}; \
        options = none; \
        SET_##kind(name) \
        memset(&options.name, 0, sizeof options.name); \
        CHECK(memcmp(&options, &none, sizeof none) == 0); \
    }
    VIF_OPTION_MAP(SET_ONE)
}

/* ---- a host that is not open --------------------------------------------------------------- */

/* All zero, closed, and closed twice: every verb says so, and touches none of its null pointers. */
TEST(host_that_is_not_open)
{
    static vif_host closed;
    static char said[VIF_CALL_SPACE];
    vif_call call = {0};
    int i;

    generic();
    call.verb = "plug";
    for (i = 0; i < 3; i++) {
        CHECK_INT(vif_plug(&closed, &vif, NULL, NULL, &err), VIF_E_NOT_OPEN);
        CHECK_INT(vif_unplug(&closed, &vif, NULL, &options, NULL), VIF_E_NOT_OPEN);
        CHECK_INT(vif_call_json(&closed, &call, said, sizeof said), VIF_E_NOT_OPEN);
        CHECK_STR(said, "{\"status\":\"E_NOT_OPEN\"}");
        CHECK_INT(vif_call_json(&closed, &call, said, sizeof said - 1), VIF_E_SPACE);
        CHECK_INT(vif_call_json(&closed, &call, NULL, 0), VIF_E_SPACE);
        vif_host_close(&closed);
    }
}

/* ---- host info ------------------------------------------------------------------------------- */

TEST(describe)
{
    static char memory[32768];
    const vif_class only[] = {VIF_CLASS_VIFGeneric};
    const vif_describe_desc all = {NULL, 0, NULL, 0}, some = {NULL, 0, only, 1};
    const vif_describe_desc more = {own + 2, 1, NULL, 0};
    vif_host_info *info = NULL;
    vif_json_out out;
    vif_arena arena;
    size_t room;
    vif_arena_init(&arena, memory, sizeof memory);
    CHECK_INT(vif_host_describe(&all, &arena, &info, &err), VIF_OK);
    CHECK_INT(info->plugin_info.count, 8);
    CHECK_STR(info->plugin_info.items[0].plugin_name, "direct");
    CHECK_STR(info->plugin_info.items[1].plugin_name, "hostdev");
    CHECK_STR(info->plugin_info.items[2].plugin_name, "linux_bridge");
    CHECK_STR(info->plugin_info.items[3].plugin_name, "nested");
    CHECK_STR(info->plugin_info.items[4].plugin_name, "noop");
    CHECK_STR(info->plugin_info.items[5].plugin_name, "ovs");
    CHECK_INT(info->plugin_info.items[5].vif_info.count, 4);
    CHECK_STR(info->plugin_info.items[6].plugin_name, "tap");
    CHECK_STR(info->plugin_info.items[6].vif_info.items[0].vif_object_name, "VIFGeneric");
    CHECK_STR(info->plugin_info.items[6].vif_info.items[0].min_version, "1.0");
    CHECK_STR(info->plugin_info.items[6].vif_info.items[0].supported_port_profiles.items[0]
              .profile_object_name, "VIFPortProfileFPTap");
    CHECK_STR(info->plugin_info.items[6].vif_info.items[0].supported_port_profiles.items[0]
              .max_version, "1.1");
    CHECK_STR(info->plugin_info.items[7].plugin_name, "vhostuser_fp");
    CHECK_INT(info->plugin_info.items[7].vif_info.items[0].supported_port_profiles.count, 3);
    CHECK_STR(info->plugin_info.items[4].vif_info.items[0].max_version, "1.1");
    vif_json_out_init(&out, text, sizeof text);
    CHECK_INT(vif_encode(&info->object, NULL, &out, &err), VIF_OK);
    vif_arena_init(&arena, memory, sizeof memory);
    CHECK_INT(vif_host_describe(&some, &arena, &info, &err), VIF_OK);
    CHECK_INT(info->plugin_info.items[2].vif_info.count, 0);
    CHECK_INT(info->plugin_info.items[4].vif_info.count, 0);
    CHECK_INT(info->plugin_info.items[5].vif_info.count, 0);
    CHECK_INT(info->plugin_info.items[6].vif_info.count, 1);
    vif_arena_init(&arena, memory, sizeof memory);
    CHECK_INT(vif_host_describe(&more, &arena, &info, &err), VIF_OK);
    CHECK_INT(info->plugin_info.count, 9);
    CHECK_STR(info->plugin_info.items[3].plugin_name, "mine");
    for (room = 0; room < sizeof memory; room += 24) {
        info = NULL;
        vif_arena_init(&arena, memory, room);
        memset(&err, 0, sizeof err);
        if (vif_host_describe(&more, &arena, &info, &err) == VIF_OK) {
            break;
        }
        CHECK_INT(err.status, VIF_E_NOMEM);
        CHECK(info == NULL);
    }
    CHECK(room > 100 && room < 8192);
}

CHECK_MAIN
