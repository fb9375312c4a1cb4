/* SPDX-License-Identifier: MIT
 * The plans of the plugin ovs, as text: every flow, verb, option and refusal. No kernel, no
 * switch, no privileges: the host's links and its sysfs are tables. */
#define VIF_IMPLEMENTATION
#include "vif.h"
#include "ovs/vifs.h"
#include "plan/table.h"

/* ---- the host -------------------------------------------------------------------------------- */

static bool view_bare;

/* ---- VIFs ------------------------------------------------------------------------------------ */

static const char *owner;

static void start(vif_class klass)
{
    start_vif(klass);
    instance.name = "vm";
    table_count = file_count = port_count = 0;
    view_fails = view_bare = false;
    owner = "local";
}

static void plain(bool create_port)
{
    start(VIF_CLASS_VIFOpenVSwitch);
    vif.openvswitch.vif_name = "tap0";
    profile.openvswitch.create_port = create_port ? VIF_TRUE : VIF_BOOL_UNSET;
}

/* Two physical functions of one card, in switchdev mode: uplinks p0 and p1, VF 0 to 3 of the first
 * and 0, 1 of the second. The VIF is VF 3 of the first. */
static void device(void)
{
    start(VIF_CLASS_VIFHostDevice);
    vif.host_device.dev_type = VIF_DEV_ETHERNET;
    vif.host_device.dev_address = "0000:03:00.5";
    file("bus/pci/devices/0000:03:00.5/physfn/uevent",
         "DRIVER=mlx5_core\nPCI_SLOT_NAME=0000:03:00.0\nMODALIAS=pci:x\n");
    file("bus/pci/devices/0000:03:00.5/physfn/virtfn0/uevent", "PCI_SLOT_NAME=0000:03:00.2\n");
    file("bus/pci/devices/0000:03:00.5/physfn/virtfn3/uevent",
         "DRIVER=vfio-pci\nPCI_SLOT_NAME=0000:03:00.5\n");
    file("bus/pci/devices/0000:03:00.5/physfn/sriov_numvfs", "4\n");
}

static const char *some_path(const char *name, const char *what)
{
    static char paths[64][64];
    static size_t next;
    char *path = paths[next++ % 64];
    snprintf(path, 64, "class/net/%s/%s", name, what);
    return path;
}

/* A netdev of the card; NULL: no such file. pf: it is below the physical function. */
static void netdev(const char *name, const char *switch_id, const char *port_name, bool pf)
{
    static char paths[16][80];
    static size_t next;
    file(some_path(name, "mtu"), "1500\n");
    if (switch_id != NULL) {
        file(some_path(name, "phys_switch_id"), switch_id);
    }
    if (port_name != NULL) {
        file(some_path(name, "phys_port_name"), port_name);
    }
    if (pf) {
        char *path = paths[next++ % 16];
        snprintf(path, 80, "bus/pci/devices/0000:03:00.5/physfn/net/%s/mtu", name);
        file(path, "1500\n");
        file(some_path(name, "device/uevent"), "DRIVER=mlx5_core\nPCI_SLOT_NAME=0000:03:00.0\n");
    }
}

/* ---- plans ----------------------------------------------------------------------------------- */

static vif_plan plan;
static vif_error err;
static char text[16384], memory[32768];
static size_t room = sizeof memory;
static bool fast_path;                  /* the host has one of its own */
static const vif_plugin *agents;        /* a plugin of the test's own, or NULL */

static vif_status make(vif_verb verb)
{
    static vif_arena arena;
    const vif_view view = {.link = view_link, .user = table, .sysfs = view_sysfs,
                           .sysfs_list = view_sysfs_list, .devlink_port = view_devlink,
                           .notes = view_notes};
    const vif_view bare = {.link = view_link, .user = table};
    vif_plan_input in;
    memset(&in, 0, sizeof in);
    in.verb = verb;
    in.vif = &vif;
    in.instance = instance.object.klass == VIF_CLASS_NONE ? NULL : &instance;
    in.options = &options;
    in.view = view_bare ? &bare : &view;
    in.owner = owner;
    in.plugins = &agents;
    in.plugin_count = agents != NULL;
    in.fast_path = fast_path;
    memset(&err, 0, sizeof err);
    vif_arena_init(&arena, memory, room);
    return vif_plan_make(&plan, &arena, &in, &err);
}

static const char *printed_by(const char *plugin, vif_verb verb)
{
    const vif_status st = make(verb);
    if (st != VIF_OK) {
        snprintf(text, sizeof text, "%s: %s: %s", vif_status_name(st), err.where, err.text);
    } else {
        CHECK_INT(vif_plan_print(&plan, text, sizeof text), strlen(text));
        CHECK_STR(plan.plugin, plugin);
    }
    return text;
}

static const char *printed(vif_verb verb)
{
    return printed_by("ovs", verb);
}

/* Every unplug looks for what carries the tag, whatever its name. */
static void golden_at(int line, vif_verb verb, const char *want)
{
    static char more[8192];
    if (verb == VIF_UNPLUG) {
        snprintf(more, sizeof more, "%sovs rows " TAG " (own)\n", want);
        want = more;
    }
    if (strcmp(printed(verb), want) != 0) {
        CHECK_FAIL("line %d, verb %d: got\n%swant\n%s", line, (int)verb, text, want);
    }
}

#define golden(verb, want) golden_at(__LINE__, verb, want)
/* plug and check have the same plan. */
#define golden_plug(want) do { golden(VIF_PLUG, want); golden(VIF_CHECK, want); } while (0)
#define PLUGS(part) do { CHECK_HAS(printed(VIF_PLUG), part); } while (0)

static bool has(vif_verb verb, const char *part)
{
    return strstr(printed(verb), part) != NULL;
}

static void refused_at(int line, vif_verb verb, vif_status status, const char *where,
                       const char *says)
{
    const vif_status st = make(verb);
    if (st != status || err.status != status || strcmp(err.where, where) != 0 ||
        !strstr(err.text, says)) {
        CHECK_FAIL("line %d, verb %d: %s: %s: %s", line, (int)verb, vif_status_name(st), err.where,
                   err.text);
    }
}

#define refuses_plug(status, where, says) do { \
        refused_at(__LINE__, VIF_PLUG, status, where, says); \
        refused_at(__LINE__, VIF_CHECK, status, where, says); } while (0)
#define refuses(status, where, says) do { \
        refuses_plug(status, where, says); \
        refused_at(__LINE__, VIF_UNPLUG, status, where, says); } while (0)

#define refuses_value(option, value, says) do { \
        options.option = (value); \
        refuses_plug(VIF_E_INVAL, #option, says); } while (0)

#define SHARED(datapath) \
    "ovs bridge br-int (shared) datapath_type=" datapath " external_ids:vif=vif:local:shared\n"
#define IDS(id) \
    " external_ids:iface-id=" id " external_ids:iface-status=active" \
    " external_ids:attached-mac=" MAC \
    " external_ids:vm-uuid=" VM_ID
#define PORT(name) "ovs port " name " (own) bridge=br-int external_ids:vif=" TAG IDS(IFACE_ID)

/* ---- VIFOpenVSwitch -------------------------------------------------------------------------- */

TEST(plain_without_a_port_is_the_bridge)
{
    plain(false);
    golden_plug(SHARED("system"));
    profile.openvswitch.create_port = VIF_FALSE;
    golden_plug(SHARED("system"));
    vif.openvswitch.vif_name = NULL;    /* not needed */
    golden_plug(SHARED("system"));
}

TEST(plain_with_its_port)
{
    plain(true);
    golden_plug("mtu tap0 (shared) mtu=1450 if it exists\n"
                SHARED("system") PORT("tap0") " qos=linux-noop\n");
}

/* The port goes, whatever the profile says today: an earlier one may have said otherwise. */
TEST(plain_unplug)
{
    static const char want[] = "device tap0 (own)\n" SHARED("system") PORT("tap0")
        " qos=linux-noop\n";
    plain(false);
    golden(VIF_UNPLUG, want);
    plain(true);
    golden(VIF_UNPLUG, want);
    profile.openvswitch.create_tap = VIF_TRUE;
    golden(VIF_UNPLUG, want);
}

TEST(plain_unplug_needs_no_ids)
{
    plain(true);
    profile.openvswitch.interface_id = NULL;
    instance.object.klass = VIF_CLASS_NONE;
    vif.base.address = NULL;
    golden(VIF_UNPLUG, "device tap0 (own)\n" SHARED("system")
           "ovs port tap0 (own) bridge=br-int external_ids:vif=" TAG " qos=linux-noop\n");
}

TEST(ids_that_are_not_known_are_left_out)
{
    plain(true);
    instance.object.klass = VIF_CLASS_NONE;
    golden_plug("mtu tap0 (shared) mtu=1450 if it exists\n" SHARED("system")
                "ovs port tap0 (own) bridge=br-int external_ids:vif=" TAG
                " external_ids:iface-id=" IFACE_ID " external_ids:iface-status=active"
                " external_ids:attached-mac=" MAC " qos=linux-noop\n");
    vif.base.address = vif_null()->text;
    golden_plug("mtu tap0 (shared) mtu=1450 if it exists\n" SHARED("system")
                "ovs port tap0 (own) bridge=br-int external_ids:vif=" TAG
                " external_ids:iface-id=" IFACE_ID " external_ids:iface-status=active"
                " qos=linux-noop\n");
    instance.object.klass = VIF_CLASS_InstanceInfo;
    instance.uuid = NULL;
    CHECK(!has(VIF_PLUG, "vm-uuid"));
}

TEST(tap_of_its_own)
{
    plain(true);
    profile.openvswitch.create_tap = VIF_TRUE;
    golden_plug("tap tap0 (own) mac=" MAC " mtu=1450\n"
                SEALED("tap0") "up tap0 (own)\n" SHARED("system") PORT("tap0") " qos=linux-noop\n");
    profile.openvswitch.multiqueue = VIF_TRUE;
    PLUGS("tap tap0 (own) mac=" MAC " mtu=1450 multi_queue=yes\n");
    options.tap_owner = vif_u32_of(1000);
    options.tap_vnet_hdr = VIF_TRUE;
    PLUGS("tap tap0 (own) mac=" MAC " mtu=1450 owner=1000 multi_queue=yes vnet_hdr=yes\n");
    profile.openvswitch.create_tap = VIF_FALSE;
    CHECK(!has(VIF_PLUG, "tap tap0"));
    options.create_tap = VIF_TRUE;
    PLUGS("tap tap0 (own) mac=" MAC " mtu=1450");
}

/* The reference makes the tap with the port: without create_port there is neither. */
TEST(tap_without_a_port)
{
    plain(false);
    profile.openvswitch.create_tap = VIF_TRUE;
    golden_plug(SHARED("system"));
}

TEST(mtu_of_the_network_or_the_option)
{
    plain(true);
    network.mtu.state = VIF_STATE_UNSET;
    PLUGS("mtu tap0 (shared) mtu=1500 if it exists\n");
    options.network_device_mtu = 9000;
    PLUGS("mtu tap0 (shared) mtu=9000 if it exists\n");
    network.mtu = vif_int_of(0);
    PLUGS("mtu tap0 (shared) mtu=9000 if it exists\n");
}

/* The datapath that a profile names is looked at, and has no QoS of ours; without one nothing
 * is. */
TEST(datapath_of_the_profile)
{
    const vif_ovs_column *c;
    plain(true);
    profile.openvswitch.datapath_type = "netdev";
    golden_plug("mtu tap0 (shared) mtu=1450 if it exists\n" SHARED("netdev") PORT("tap0") "\n");
    c = plan.items[1].want.ovs->columns;
    CHECK_STR(c->column, "datapath_type");
    CHECK(!c->fresh);
    profile.openvswitch.datapath_type = "system";
    golden_plug("mtu tap0 (shared) mtu=1450 if it exists\n" SHARED("system") PORT("tap0")
                " qos=linux-noop\n");
    CHECK(!plan.items[1].want.ovs->columns->fresh);
    profile.openvswitch.datapath_type = vif_null()->text;
    PLUGS(" qos=linux-noop\n");
    CHECK(plan.items[1].want.ovs->columns->fresh);
    profile.openvswitch.datapath_type = "";
    PLUGS(" qos=linux-noop\n");
}

TEST(owner_is_in_the_tags)
{
    plain(true);
    owner = "nova.host-1";
    PLUGS("external_ids:vif=vif:nova.host-1:shared\n");
    PLUGS(" external_ids:vif=vif:nova.host-1:" VIF_ID " ");
}

/* ---- isolation, trunk bridges ---------------------------------------------------------------- */

TEST(isolated_in_the_dead_vlan)
{
    const vif_ovs_column *c;
    size_t fresh = 0;
    plain(true);
    options.isolate_vif = VIF_TRUE;
    golden_plug("mtu tap0 (shared) mtu=1450 if it exists\n" SHARED("system") PORT("tap0")
                " tag=4095 vlan_mode=trunk trunks=4095 qos=linux-noop\n");
    for (c = plan.items[2].want.ovs->columns; c != NULL; c = c->next) {
        fresh += c->fresh;              /* of new ports only */
    }
    CHECK_INT(fresh, 3);
    options.isolate_vif = VIF_FALSE;
    CHECK(!has(VIF_PLUG, "4095"));
    options.isolate_vif = VIF_TRUE;     /* a VLAN that was asked for is more than isolation */
    options.ovs_tag = 7;
    PLUGS(" tag=7 qos=linux-noop\n");
}

/* So are trunks and a mode: with the dead VLAN's beside them a second plug would see others. */
TEST(not_isolated_where_options_say_the_vlans)
{
    plain(true);
    options.isolate_vif = VIF_TRUE;
    options.ovs_trunks = "10,30";
    golden_plug("mtu tap0 (shared) mtu=1450 if it exists\n" SHARED("system") PORT("tap0")
                " trunks=[\"set\",[10,30]] qos=linux-noop\n");
    options.ovs_trunks = NULL;
    options.ovs_vlan_mode = "access";
    golden_plug("mtu tap0 (shared) mtu=1450 if it exists\n" SHARED("system") PORT("tap0")
                " vlan_mode=access qos=linux-noop\n");
}

/* Which VLANs a port has is said by three columns, all of which are written: an edit finds what an
 * earlier plug has put there. */
TEST(vlans_of_the_port)
{
#define NONE "[\"set\",[]]"
    plain(true);
    options.isolate_vif = VIF_TRUE;
    options.port_vlan = 100;
    golden_plug("mtu tap0 (shared) mtu=1450 if it exists\n" SHARED("system") PORT("tap0")
                " tag=100 trunks=" NONE " vlan_mode=" NONE " qos=linux-noop\n");
    options.port_trunks = "30,10-12,11";
    PLUGS(" tag=100 trunks=[\"set\",[10,11,12,30]] vlan_mode=native-untagged");
    options.port_vlan = 0;
    PLUGS(" tag=" NONE " trunks=[\"set\",[10,11,12,30]] vlan_mode=" NONE);
    options.port_trunks = "1-4094";     /* all of them, which the switch has no list for */
    PLUGS(" tag=" NONE " trunks=" NONE " vlan_mode=" NONE);
    options.port_trunks = NULL;
    CHECK(!has(VIF_PLUG, "vlan_mode=" NONE));
    options.ovs_trunks = "7-9";
    PLUGS(" trunks=[\"set\",[7,8,9]]");
}

/* Two options for one column would be two answers. */
TEST(vlans_said_twice)
{
    plain(true);
    options.port_trunks = "7";
    options.ovs_vlan_mode = "trunk";
    refuses_plug(VIF_E_INVAL, "port_trunks", "ovs_vlan_mode");
    options.ovs_trunks = "7";
    refuses_plug(VIF_E_INVAL, "port_trunks", "ovs_trunks");
    options.port_vlan = 8;
    options.ovs_tag = 8;
    refuses_plug(VIF_E_INVAL, "port_vlan", "ovs_tag");
}

#define TRUNK "tbr-12345678-9a"
TEST(trunk_bridge)
{
    plain(true);
    network.bridge = TRUNK;
    options.isolate_vif = VIF_TRUE;     /* nothing would end it */
    golden_plug("mtu tap0 (shared) mtu=1450 if it exists\n"
                "ovs bridge " TRUNK " (counted) datapath_type=system external_ids:" TAG "=user\n"
                "ovs port tap0 (own) bridge=" TRUNK " external_ids:vif=" TAG IDS(IFACE_ID)
                " external_ids:bridge_name=" TRUNK " qos=linux-noop\n");
    golden(VIF_UNPLUG, "device tap0 (own)\n"
           "ovs bridge " TRUNK " (counted) datapath_type=system external_ids:" TAG "=user\n"
           "ovs port tap0 (own) bridge=" TRUNK " external_ids:vif=" TAG IDS(IFACE_ID)
           " external_ids:bridge_name=" TRUNK " qos=linux-noop\n");
    network.bridge = "tbr";             /* not by this name */
    CHECK(!has(VIF_PLUG, "bridge_name="));
    PLUGS("tag=4095");
}

TEST(trunk_bridge_of_each_class)
{
    hybrid();
    network.bridge = TRUNK;
    CHECK(has(VIF_UNPLUG, "ovs bridge " TRUNK " (counted)"));
    CHECK(has(VIF_PLUG, "ovs bridge " TRUNK " (counted)"));
    vhost(VIF_VHOST_CLIENT);
    network.bridge = TRUNK;
    CHECK(has(VIF_UNPLUG, "ovs bridge " TRUNK " (counted)"));
    CHECK(has(VIF_PLUG, "external_ids:bridge_name=" TRUNK));
    device();
    profile.openvswitch.datapath_type = "netdev";
    network.bridge = TRUNK;
    CHECK(has(VIF_UNPLUG, "ovs bridge " TRUNK " (counted)"));
}

/* ---- a bridge for each port ------------------------------------------------------------------ */

#define PB "pbdc065497-3c8"
#define PAIR(whose, rest) \
    SHARED("system") \
    "ovs bridge " PB " (own) datapath_type=system external_ids:vif=" TAG "\n" \
    "ovs port tap0 (own) bridge=" PB " external_ids:vif=" TAG rest " qos=linux-noop\n" \
    "ovs port pbp" VIF_ID " (own) bridge=" PB " external_ids:vif=" TAG \
    " type=patch options:peer=ibp" VIF_ID "\n" \
    "ovs port ibp" VIF_ID " (own) bridge=br-int external_ids:vif=" TAG IDS(VIF_ID)

TEST(per_port_bridge)
{
    plain(false);                       /* the port is made, whatever create_port says */
    options.per_port_bridge = VIF_TRUE;
    golden_plug("mtu tap0 (shared) mtu=1450 if it exists\n" PAIR("own", "")
                " type=patch options:peer=pbp" VIF_ID "\n");
    golden(VIF_UNPLUG, "device tap0 (own)\n" PAIR("own", "")
           " type=patch options:peer=pbp" VIF_ID "\n");
    profile.openvswitch.create_tap = VIF_TRUE;
    golden_plug("tap tap0 (own) mac=" MAC " mtu=1450\n" SEALED("tap0") "up tap0 (own)\n"
                PAIR("own", "")
                " type=patch options:peer=pbp" VIF_ID "\n");
}

/* The patch port to the network is the one that gets only the tag. */
TEST(per_port_bridge_isolated)
{
    plain(true);
    options.per_port_bridge = VIF_TRUE;
    options.isolate_vif = VIF_TRUE;
    golden_plug("mtu tap0 (shared) mtu=1450 if it exists\n"
                PAIR("own", " tag=4095 vlan_mode=trunk trunks=4095")
                " tag=4095 type=patch options:peer=pbp" VIF_ID "\n");
}

TEST(per_port_bridge_is_for_vifopenvswitch)
{
    vhost(VIF_VHOST_CLIENT);
    options.per_port_bridge = VIF_TRUE;
    CHECK(!has(VIF_PLUG, "patch"));
    hybrid();
    options.per_port_bridge = VIF_TRUE;
    CHECK(!has(VIF_PLUG, "patch"));
}

TEST(per_port_bridge_of_a_long_id)
{
    char id[81];
    memset(id, 'x', 80);
    id[80] = '\0';
    plain(true);
    vif.base.id = id;
    options.per_port_bridge = VIF_TRUE;
    PLUGS("ovs bridge pbxxxxxxxxxxxx (own)");
    CHECK_INT(strlen(plan.items[4].want.ovs->name), 64);
    CHECK_INT(strlen(plan.items[5 - 1].want.ovs->columns->next->value), 5);  /* "patch" */
}

/* ---- QoS ------------------------------------------------------------------------------------- */

TEST(qos_types)
{
    static const char *const types[] = {"linux-noop", "linux-htb", "linux-hfsc", "linux-sfq",
                                        "linux-codel", "linux-fq_codel"};
    char want[40];
    size_t i;
    plain(true);
    for (i = 0; i < sizeof types / sizeof types[0]; i++) {
        options.default_qos_type = types[i];
        snprintf(want, sizeof want, " qos=%s\n", types[i]);
        PLUGS(want);
    }
    options.default_qos_type = "";
    PLUGS(" qos=linux-noop\n");
    refuses_value(default_qos_type, "linux-tbf", "none of linux-noop, linux-htb");
    refuses_value(default_qos_type, "Linux-htb", "none of linux-noop, linux-htb");
    refuses_value(default_qos_type, "linux-htb, linux-hfsc", "none of linux-noop");
}

TEST(qos_rate)
{
    plain(true);
    options.default_qos_type = "linux-htb";
    options.ovs_qos_max_rate_bps = vif_int_of(1000000000000);
    PLUGS(" qos=linux-htb max-rate=1000000000000\n");
    profile.openvswitch.datapath_type = "netdev";       /* asked for: on any datapath */
    PLUGS(" qos=linux-htb max-rate=1000000000000\n");
    options.ovs_qos_max_rate_bps.state = VIF_STATE_UNSET;
    CHECK(!has(VIF_PLUG, "max-rate"));
    options.ovs_qos_max_rate_bps.state = VIF_STATE_NULL;
    CHECK(!has(VIF_PLUG, "max-rate"));
    refuses_value(ovs_qos_max_rate_bps, vif_int_of(0), "a number from 1");
    refuses_value(ovs_qos_max_rate_bps, vif_int_of(-5), "not \"-5\"");
}

static void refuses_rate(vif_status status, const char *where, const char *says)
{
    const vif_status st = make(VIF_PLUG);
    CHECK_INT(st, status);
    CHECK_STR(err.where, where);
    CHECK_HAS(err.text, says);
    CHECK_INT(make(VIF_UNPLUG), VIF_OK);
}

TEST(rates_of_a_port)
{
    plain(true);
    network.mtu = vif_int_of(1500);
    options.port_rate_in_bps = vif_int_of(1000000000);
    options.port_rate_out_bps = vif_int_of(1001);
    PLUGS(" ingress_policing_rate=2 ingress_policing_burst=0 qos=linux-htb max-rate=1000000000"
          " burst=10000000\n");
    options.port_rate_in_burst_bytes = 20000;
    options.port_rate_out_burst_bytes = 1;
    PLUGS(" ingress_policing_rate=2 ingress_policing_burst=1 qos=linux-htb max-rate=1000000000"
          " burst=160000\n");
    options.port_rate_in_peak_bps = vif_int_of(1000000000);
    PLUGS(" max-rate=1000000000 burst=1000000\n");
    options.port_rate_in_peak_bps = vif_int_of(1000000008);
    refuses_rate(VIF_E_UNSUPPORTED, "port_rate_in_peak_bps", "as fast as the link does");
    options.port_rate_in_peak_bps.state = VIF_STATE_UNSET;
    options.ovs_qos_max_rate_bps = vif_int_of(7);
    refuses_rate(VIF_E_INVAL, "port_rate_in_bps", "so is ovs_qos_max_rate_bps");
    options.ovs_qos_max_rate_bps.state = VIF_STATE_UNSET;
    options.ovs_ingress_burst_kbit = 7;
    refuses_rate(VIF_E_INVAL, "port_rate_out_bps", "so is ovs_ingress_burst_kbit");
    options.ovs_ingress_rate_kbps = 7;
    refuses_rate(VIF_E_INVAL, "port_rate_out_bps", "so is ovs_ingress_rate_kbps");
    options.ovs_ingress_rate_kbps = options.ovs_ingress_burst_kbit = 0;
    options.port_rate_out_peak_bps = vif_int_of(1002);
    refuses_rate(VIF_E_UNSUPPORTED, "port_rate_out_peak_bps", "as fast as it comes");
    options.port_rate_out_peak_bps = vif_int_of(1000);
    refuses_rate(VIF_E_INVAL, "port_rate_out_peak_bps", "below the rate");
    options.port_rate_out_peak_bps.state = VIF_STATE_UNSET;
    profile.openvswitch.datapath_type = "netdev";
    refuses_rate(VIF_E_UNSUPPORTED, "port_rate_out_bps", "the userspace datapath");
    options.port_rate_out_bps.state = VIF_STATE_UNSET;
    refuses_rate(VIF_E_INVAL, "port_rate_out_burst_bytes", "only with a rate");
    options.port_rate_out_burst_bytes = 0;
    options.port_rate_in_bps = vif_int_of(34359738361);
    refuses_rate(VIF_E_UNSUPPORTED, "port_rate_in_bps", "as far as Open vSwitch 3.1 counts");
    options.port_rate_in_bps = vif_int_of(1000);
    options.port_rate_in_burst_bytes = 1517;
    refuses_rate(VIF_E_INVAL, "port_rate_in_burst_bytes", "below a frame");
}

/* At the device, where it is made here; for what the guest sends the bridge is looked at. */
TEST(rules_of_a_port)
{
    plain(true);
    profile.openvswitch.create_tap = VIF_TRUE;
    options.port_forged_transmits = VIF_FALSE;
    CHECK(has(VIF_PLUG, "rules tap0 (own) use=port_from mac=22:52:25:62:e2:aa\nup tap0 (own)\n"));
    options.port_forged_transmits = VIF_TRUE;
    options.port_mac_changes = VIF_FALSE;
    CHECK(has(VIF_PLUG, "rules tap0 (own) use=port_from mac=any\n"
              "rules tap0 (own) use=port_to mac=22:52:25:62:e2:aa\nup tap0 (own)\n"));
    profile.openvswitch.create_tap = VIF_FALSE;
    refuses_rate(VIF_E_UNSUPPORTED, "port_mac_changes", "needs create_tap or a namespace");
}

/* DPDK drops what is above the rate: in bytes, without a queue. */
TEST(rates_of_vhost_user)
{
    vhost(VIF_VHOST_CLIENT);
    options.port_rate_in_bps = vif_int_of(8000001);
    options.port_rate_out_bps = vif_int_of(8000);
    CHECK(has(VIF_PLUG, " qos=egress-policer max-rate=1000001 burst=10000\n"));
    CHECK(has(VIF_PLUG, " ingress_policing_rate=8 "));
}

/* A vhost-user port has no device of the kernel's: no QoS row, with a rate neither. */
TEST(qos_of_vhost_user)
{
    vhost(VIF_VHOST_CLIENT);
    options.ovs_qos_max_rate_bps = vif_int_of(1000);
    CHECK(!has(VIF_PLUG, "qos"));
    CHECK(plan.items[1].want.ovs->qos == NULL && plan.items[1].want.ovs->qos_max_rate == NULL);
}

/* What Python's uuid.uuid5(UUID("68da264a-847f-42a8-8ab0-5e774aee3d95"), name) says. */
TEST(qos_ids)
{
    static const char *const known[][2] = {
        {"tap0", "6c6e4dcb-184a-5252-918e-96489b2784d5"},
        {"qvodc065497-3c", "6ed2d146-a3ae-557c-bffe-504001458a40"},
        {"a", "ddf136fb-d835-5e36-8b4c-12af18975511"},
        {"123456789012345", "943ae45f-053b-5002-9ca2-16d1cd516c5e"},
        {"", "ebc3b350-48eb-5837-966c-8943901d5be5"},
        {"\xc3\xa4", "ecd74769-e3e1-5041-a60f-bccb37967e4a"},
    };
    char id[37];
    size_t i;
    for (i = 0; i < sizeof known / sizeof known[0]; i++) {
        vif__qos_id(known[i][0], id);
        CHECK_STR(id, known[i][1]);
    }
}

/* ---- options of the port --------------------------------------------------------------------- */

TEST(options_of_the_port)
{
    plain(true);
    options.ovs_tag = 4095;
    options.ovs_vlan_mode = "native-tagged";
    options.ovs_ofport = 65279;
    options.ovs_ingress_rate_kbps = 4000000000u;
    options.ovs_ingress_burst_kbit = 1;
    options.ovs_trunks = "30,10,20,10";
    options.ovs_protected = VIF_TRUE;
    options.ovs_mirrors = "m1,m2";
    golden_plug("mtu tap0 (shared) mtu=1450 if it exists\n" SHARED("system") PORT("tap0")
                " tag=4095 vlan_mode=native-tagged ofport_request=65279"
                " ingress_policing_rate=4000000000 ingress_policing_burst=1"
                " trunks=[\"set\",[10,20,30]] protected=true"
                " qos=linux-noop mirrors=m1,m2\n");
    options.ovs_protected = VIF_FALSE;
    options.ovs_trunks = "7";
    PLUGS(" trunks=7 protected=false");
    options.ovs_trunks = "7,7,7";
    PLUGS(" trunks=7 ");
    options.ovs_trunks = "0,4095";
    PLUGS(" trunks=[\"set\",[0,4095]] ");
}

TEST(options_out_of_range)
{
    static const char *const bad[] = {"4096", "-1", "x", "5-1", "1 2", "0x10", "1,,4096",
                                      "99999999999999999999", " 1", "12345678901234567"};
    size_t i;
    plain(true);
    refuses_value(ovs_tag, 4096, "range");
    options.ovs_tag = 0;
    refuses_value(ovs_ofport, 65280, "range");
    options.ovs_ofport = 0;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        options.ovs_trunks = bad[i];
        refuses_plug(VIF_E_INVAL, "ovs_trunks", "VLANs");
    }
    options.ovs_trunks = NULL;
    options.ovs_vlan_mode = "dot1q-tunnel";
    PLUGS(" vlan_mode=dot1q-tunnel ");
    refuses_value(ovs_vlan_mode, "Trunk", "none of access, dot1q-tunnel, native-tagged, "
                  "native-untagged, trunk");
    refuses_value(ovs_vlan_mode, "trun", "none of access");
    refuses_value(ovs_vlan_mode, "native-tagged, native-untagged", "none of access");
}

/* A list with nothing in it asks for nothing. */
TEST(empty_lists)
{
    plain(true);
    options.ovs_trunks = ",";
    if (make(VIF_PLUG) == VIF_OK) {
        CHECK(!has(VIF_PLUG, "trunks=]]"));
    } else {
        CHECK_STR(err.where, "ovs_trunks");
    }
    options.ovs_trunks = "";
    CHECK(!has(VIF_PLUG, "trunks"));
    options.ovs_mirrors = "";
    CHECK(!has(VIF_PLUG, "mirrors"));
}

/* Every VLAN there is: as JSON, sorted, each once. */
TEST(all_trunks)
{
    static char list[32768], want[32768];
    const vif_ovs_column *c;
    int i;
    plain(true);
    strcpy(want, "[\"set\",[");
    for (i = 0; i < 4096; i++) {
        snprintf(list + strlen(list), 8, "%s%d", i ? "," : "", 4095 - i);
        snprintf(want + strlen(want), 8, "%s%d", i ? "," : "", i);
    }
    strcat(want, "]]");
    options.ovs_trunks = list;
    REQUIRE(make(VIF_PLUG) == VIF_OK);
    for (c = plan.items[2].want.ovs->columns; c && strcmp(c->column, "trunks") != 0; c = c->next) {
    }
    REQUIRE(c != NULL);
    CHECK_STR(c->value, want);
}

/* A value that is none of them would wait for something else than was meant. */
TEST(values_of_ovs_wait)
{
    int i;
    plain(true);
    for (i = 0; i < VIF_OVS_WAIT_COUNT; i++) {
        options.ovs_wait = (vif_ovs_wait)i;
        CHECK_INT(make(VIF_PLUG), VIF_OK);
    }
    refuses_value(ovs_wait, VIF_OVS_WAIT_COUNT, "committed, applied or ready");
}

/* Longer than the runner can hold: refused, not cut to another name. */
TEST(names_of_mirrors)
{
    char name[80];
    memset(name, 'm', sizeof name);
    plain(true);
    name[64] = '\0';
    options.ovs_mirrors = name;
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    name[64] = 'm';
    name[65] = '\0';
    refuses_plug(VIF_E_INVAL, "ovs_mirrors", "");
}

TEST(options_reach_every_class)
{
    hybrid();
    options.ovs_tag = 7;
    CHECK(has(VIF_PLUG, " tag=7"));
    vhost(VIF_VHOST_SERVER);
    options.ovs_tag = 7;
    options.ovs_mirrors = "m";
    CHECK(has(VIF_PLUG, " tag=7") && has(VIF_PLUG, "mirrors=m"));
    plain(true);
    options.per_port_bridge = VIF_TRUE;
    options.ovs_tag = 7;
    CHECK(has(VIF_PLUG, "ovs port tap0 (own) bridge=" PB " external_ids:vif=" TAG " tag=7"));
}

/* ---- internal ports -------------------------------------------------------------------------- */

TEST(internal_port)
{
    plain(true);
    options.ovs_type = "internal";
    golden_plug(SHARED("system") PORT("tap0") " type=internal mac=" MAC
                " mtu_request=1450 qos=linux-noop\n");
    profile.openvswitch.create_tap = VIF_TRUE;          /* the switch makes the device */
    CHECK(!has(VIF_PLUG, "tap tap0"));
    vif.base.address = NULL;
    CHECK(!has(VIF_PLUG, "mac="));
    options.ovs_type = "dummy";
    CHECK(!has(VIF_PLUG, "mtu"));
}

/* L17: the port with its bridge's name has the bridge's MAC. It goes with the bridge, not
 * before. */
TEST(internal_port_of_the_bridge_itself)
{
    plain(true);
    vif.openvswitch.vif_name = "br-int";
    options.ovs_type = "internal";
    golden_plug("ovs bridge br-int (shared) datapath_type=system external_ids:vif=vif:local:shared"
                " other_config:hwaddr=" MAC "\n"
                PORT("br-int") " type=internal mtu_request=1450 qos=linux-noop\n");
    CHECK(!has(VIF_UNPLUG, "device br-int"));
}

/* ---- hybrid ---------------------------------------------------------------------------------- */

#define HYBRID(bridge) \
    "bridge " bridge " (own)\n" \
    "setting " bridge " (own) family=ipv6 disable_ipv6=1\n" \
    "setting " bridge " (own) family=ipv4 arp_ignore=1\n" \
    "setting " bridge " (own) family=ipv4 arp_announce=2\n" \
    "up " bridge " (own)\n" \
    "veth qvbdc065497-3c (own) peer=qvodc065497-3c mtu=1450\n" \
    "mtu qvodc065497-3c (own) mtu=1450\n" \
    "up qvbdc065497-3c (own) promiscuous=yes\n" \
    "up qvodc065497-3c (own) promiscuous=yes\n" \
    "master qvbdc065497-3c (own) master=" bridge "\n" \
    SHARED("system") PORT("qvodc065497-3c") " qos=linux-noop\n"

TEST(hybrid_flow)
{
    hybrid();
    golden_plug(HYBRID("qbrdc065497-3c"));
    golden(VIF_UNPLUG, HYBRID("qbrdc065497-3c"));
    vif.bridge.bridge_name = "other";
    golden_plug(HYBRID("other"));
}

/* Nova says VIFOpenVSwitch when it takes away what it plugged as VIFBridge. */
TEST(hybrid_unplug_as_vifopenvswitch)
{
    plain(true);
    there_is("qbrdc065497-3c", "bridge", "");
    golden(VIF_UNPLUG, HYBRID("qbrdc065497-3c"));
    CHECK(has(VIF_PLUG, "ovs port tap0"));              /* only at unplug */
    table_count = 0;
    there_is("qbrdc065497-3c", "veth", "");                 /* something else of that name */
    CHECK(has(VIF_UNPLUG, "device tap0"));
    table_count = 0;
    view_fails = true;
    refused_at(__LINE__, VIF_UNPLUG, VIF_E_SYSTEM, "qbrdc065497-3c", "looked up");
}

TEST(hybrid_names_are_cut_to_14)
{
    hybrid();
    vif.base.id = "0123456789abcdefghi";
    PLUGS("veth qvb0123456789a (own) peer=qvo0123456789a mtu=1450\n");
    vif.base.id = "x";
    PLUGS("veth qvbx (own) peer=qvox mtu=1450\n");
}

/* ---- vhost-user ------------------------------------------------------------------------------ */

TEST(vhost_client_and_server)
{
    vhost(VIF_VHOST_CLIENT);
    golden_plug(SHARED("netdev") PORT("vhudc065497-3c") " type=dpdkvhostuser mtu_request=1450\n");
    vhost(VIF_VHOST_SERVER);
    golden_plug(SHARED("netdev") PORT("vhudc065497-3c")
                " type=dpdkvhostuserclient options:vhost-server-path=/run/vhu0"
                " mtu_request=1450\n");
    golden(VIF_UNPLUG, SHARED("netdev") PORT("vhudc065497-3c")
           " type=dpdkvhostuserclient options:vhost-server-path=/run/vhu0 mtu_request=1450\n");
    vhost(VIF_VHOST_CLIENT);            /* the switch makes the socket: its place is the switch's */
    vif.vhost_user.path = NULL;
    CHECK(has(VIF_PLUG, " type=dpdkvhostuser "));
}

TEST(vhost_with_a_representor_profile)
{
    vhost(VIF_VHOST_CLIENT);
    vif_object_init(&profile, VIF_CLASS_VIFPortProfileOVSRepresentor);
    profile.openvswitch.interface_id = IFACE_ID;
    CHECK(has(VIF_PLUG, " type=dpdkvhostuser "));
    vif_object_init(&profile, VIF_CLASS_VIFPortProfileFPOpenVSwitch);   /* a subclass of it */
    profile.openvswitch.interface_id = IFACE_ID;
    CHECK(has(VIF_PLUG, " type=dpdkvhostuser "));
}

TEST(vhost_refusals)
{
    vhost(VIF_VHOST_UNSET);
    refuses_plug(VIF_E_FIELD, "mode", "not set");
    vhost(VIF_VHOST_SERVER);
    vif.vhost_user.path = NULL;
    refuses_plug(VIF_E_FIELD, "path", "not set");
    vif.vhost_user.path = "";
    refuses_plug(VIF_E_FIELD, "path", "not set");
}

/* The port's name is all that its removal takes: mode and path may be forgotten. */
TEST(vhost_unplug_without_mode)
{
    vhost(VIF_VHOST_UNSET);
    vif.vhost_user.path = NULL;
    CHECK(has(VIF_UNPLUG, "ovs port vhudc065497-3c (own)"));
}

/* ---- representors ---------------------------------------------------------------------------- */

#define REPRESENTOR(name) \
    "mtu " name " (shared) mtu=1450 if it exists\n" \
    "up " name " (own)\n" \
    SHARED("system") PORT(name) " qos=linux-noop\n"

static void card(const char *port_name)
{
    device();
    netdev("lo", NULL, NULL, false);
    netdev("enp3s0f0", "a1b2c3\n", "p0\n", true);
    netdev("enp3s0f1", "a1b2c3\n", "p1\n", false);
    netdev("rep0", "a1b2c3\n", "pf0vf0\n", false);
    netdev("other3", "ffffff\n", "pf0vf3\n", false);    /* of another switch */
    netdev("pf1rep3", "a1b2c3\n", "pf1vf3\n", false);   /* of the other function */
    netdev("rep33", "a1b2c3\n", "pf0vf33\n", false);
    netdev("rep3", "a1b2c3\n", port_name, false);
}

TEST(representor_by_each_form_of_name)
{
    static const char *const names[] = {"pf0vf3\n", "vf3\n", "3\n", "c0pf0vf3\n", "VF3\n",
                                        "PF0VF3\n", "p1pf0vf3\n", "pf0vf3", "3"};
    size_t i;
    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        card(names[i]);
        if (!has(VIF_PLUG, REPRESENTOR("rep3"))) {
            CHECK_FAIL("%s: got %s", names[i], text);
        }
        golden(VIF_UNPLUG, REPRESENTOR("rep3"));
    }
}

TEST(names_that_are_not_the_representor)
{
    static const char *const names[] = {"pf0vf4\n", "p3\n", "pf3\n", "pf1vf3\n", "30\n", "3x\n",
                                        "\n", "", "vf\n", "pf0sf3\n", "-3\n",
                                        "c1pf0vf3\n", "pf0vf3sf1\n", "pf0vf3x\n", "xpf0vf3\n",
                                        "vf99999999999999999999\n"};
    size_t i;
    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        card(names[i]);
        if (make(VIF_PLUG) != VIF_E_NO_REPRESENTOR) {
            CHECK_FAIL("%s: %s", names[i], printed(VIF_PLUG));
        }
        CHECK_STR(err.where, "dev_address");
    }
}

/* A port of a card: of VF n, by that physical function, which the kernel calls pf. */
static void port(const char *device, uint16_t pf, uint16_t vf, uint32_t controller,
                 const char *netdev_name)
{
    vif_devlink_port *p = &ports[port_count++];
    memset(p, 0, sizeof *p);
    strcpy(p->bus, "pci");
    strcpy(p->device, device);
    strcpy(p->netdev, netdev_name);
    p->flavour = VIF_PORT_PCI_VF;
    p->pf = pf;
    p->vf = vf;
    p->controller = controller;
    p->external = controller != 0;
}

/* Neither of two is taken: one of them leads to another guest. An unplug does without. */
TEST(two_that_say_they_are_the_representor)
{
    card("pf0vf3\n");
    netdev("rep3too", "a1b2c3\n", "c0pf0vf3\n", false);
    CHECK_INT(make(VIF_PLUG), VIF_E_NO_REPRESENTOR);
    CHECK_HAS(err.text, "several devices");
    CHECK_INT(make(VIF_UNPLUG), VIF_OK);
    vif_plan_print(&plan, text, sizeof text);
    CHECK(strstr(text, "rep3") == NULL);
    card("3\n");                       /* the other function's says the same */
    netdev("otherrep3", "a1b2c3\n", "3", false);
    CHECK_INT(make(VIF_PLUG), VIF_E_NO_REPRESENTOR);
    port("0000:03:00.0", 0, 3, 0, "rep3");
    golden_plug(REPRESENTOR("rep3"));   /* devlink tells them apart */
}

/* The uplink is the port named p<N>; else the first of a switch below the physical function. */
TEST(uplink_choice)
{
    device();
    netdev("a", NULL, "p0\n", true);                    /* of no switch */
    netdev("b", "bad\n", "pf0vf1\n", true);
    netdev("c", "good\n", "p0\n", true);
    netdev("badrep", "bad\n", "pf0vf3\n", false);
    netdev("rep3", "good\n", "pf0vf3\n", false);
    golden_plug(REPRESENTOR("rep3"));
    device();
    netdev("a", "\n", NULL, true);                      /* not in switchdev mode */
    netdev("b", "good\n", NULL, true);
    netdev("c", "bad\n", NULL, true);
    netdev("badrep", "bad\n", "pf0vf3\n", false);
    netdev("rep3", "good\n", "pf0vf3\n", false);
    golden_plug(REPRESENTOR("rep3"));
}

/* devlink comes first, whatever the names in sysfs say; without such a port they are read. */
TEST(representor_by_devlink)
{
    card("pf0vf3\n");
    port("0000:03:00.0", 0, 3, 1, "other_machine");
    port("0000:03:00.1", 0, 3, 0, "other_card");
    port("0000:03:00.0", 1, 3, 0, "other_pf");
    golden_plug(REPRESENTOR("rep3"));
    port("0000:03:00.0", 0, 3, 0, "dl3");
    golden_plug(REPRESENTOR("dl3"));
    golden(VIF_UNPLUG, REPRESENTOR("dl3"));
    ports[3].netdev[0] = '\0';          /* its device is in another namespace */
    golden_plug(REPRESENTOR("rep3"));
    ports[3] = ports[2];
    device();                           /* no netdevs: devlink is enough, and ARI is counted so */
    files[0][1] = "PCI_SLOT_NAME=0000:03:02.1\n";
    port("0000:03:02.1", 17, 3, 0, "ari3");
    golden_plug(REPRESENTOR("ari3"));
}

/* What devlink names is another port as far as sysfs knows, or no link at all. */
TEST(representor_of_which_devlink_lies)
{
    static const char *const names[] = {"pf0vf4\n", "4\n", "p0\n", "pf0\n", "c1pf0vf3\n",
                                        "pf0sf3\n"};
    static const char *const links[] = {"..", "a/b", "a b", "a:b", "dl\x01"};
    static const char *const others[] = {"pf0vf3\n", "c0pf0vf3\n", "3\n", "vf3\n", "if7\n", ""};
    size_t i;
    for (i = 0; i < sizeof names / sizeof *names; i++) {
        card("pf0vf3\n");
        netdev("dl3", "a1b2c3\n", names[i], false);
        port("0000:03:00.0", 0, 3, 0, "dl3");
        CHECK_INT(make(VIF_PLUG), VIF_E_NO_REPRESENTOR);
        CHECK_HAS(err.text, "contradict each other");
        CHECK_INT(make(VIF_UNPLUG), VIF_OK);
        vif_plan_print(&plan, text, sizeof text);
        CHECK(strstr(text, "dl3") == NULL);
    }
    for (i = 0; i < sizeof links / sizeof *links; i++) {
        card("pf0vf3\n");
        port("0000:03:00.0", 0, 3, 0, links[i]);
        CHECK_INT(make(VIF_PLUG), VIF_E_NO_REPRESENTOR);
        CHECK_HAS(err.text, "contradict each other");
    }
    for (i = 0; i < sizeof others / sizeof *others; i++) {
        card("pf0vf3\n");
        netdev("dl3", "a1b2c3\n", others[i], false);
        port("0000:03:00.0", 0, 3, 0, "dl3");
        golden_plug(REPRESENTOR("dl3"));
    }
}

/* sysfs as drivers and kernels lay it out: each file has what is in a host's, and of which function
 * what is the representor, or the refusal. */
static int layout(const char *name)
{
    static char lines[128][2][160];
    char path[300], line[400], address[16], want[40];
    size_t count = 0, i;
    int expected = 0;
    FILE *f;
    snprintf(path, sizeof path, "tests/fixtures/sysfs/%s", name);
    for (f = fopen(path, "r"); f && fgets(line, sizeof line, f); ) {
        if (sscanf(line, "%159s %150[^\n]", lines[count][0], lines[count][1]) == 2 &&
            *line != '#' && strncmp(line, "vf ", 3) != 0) {
            strcat(lines[count++][1], "\n");
        }
    }
    for (rewind(f); fgets(line, sizeof line, f); ) {
        if (sscanf(line, "vf %15s %39s", address, want) != 2) {
            continue;
        }
        expected++;
        start(VIF_CLASS_VIFHostDevice);
        vif.host_device.dev_address = address;
        for (i = 0; i < count; i++) {
            file(lines[i][0], lines[i][1]);
        }
        snprintf(path, sizeof path, "up %s (own)\n", want);
        if (!has(VIF_PLUG, *want == 'E' ? want : path)) {
            CHECK_FAIL("%s: %s is to be %s: %s", name, address, want, text);
        }
    }
    fclose(f);
    return expected;
}

TEST(representor_of_each_layout)
{
    static const char *const layouts[] = {
        "bnxt", "dpu-card", "dpu-host", "ice", "mlx5-4.19", "mlx5-5.4", "mlx5-5.8", "mlx5-vf-lag",
        "mlx5-vf-lag-one-uplink", "nfp", "nfp-split"};
    int expected = 0;
    size_t i;
    for (i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        expected += layout(layouts[i]);
    }
    CHECK_INT(expected, 18);
}

/* A function whose guest gets a vDPA device: the port is the representor all the same. */
TEST(vdpa_of_a_function)
{
    static const char *const parents[] = {"bus/vdpa/devices/nic1/../uevent",
                                          "bus/vdpa/devices/nic1/../../uevent"};
    static vif_datapath_offload offload;
    int way;
    for (way = 0; way < 2; way++) {
        card("pf0vf3\n");
        file("bus/vdpa/devices/nic0/../uevent", "PCI_SLOT_NAME=0000:03:00.4\n");
        file("bus/vdpa/devices/nic0/vhost-vdpa-0/dev", "511:0\n");
        options.vdpa = VIF_TRUE;
        refuses_plug(VIF_E_NO_PCI_DEVICE, "vdpa", "no vDPA device");
        options.vdpa = VIF_BOOL_UNSET;
        CHECK(has(VIF_PLUG, REPRESENTOR("rep3")) && plan.vdpa == NULL);
        file(parents[way], "PCI_SLOT_NAME=0000:03:00.5\n");
        file("bus/vdpa/devices/nic1/virtio1/uevent", "\n");
        options.vdpa = VIF_TRUE;        /* another driver has it */
        refuses_plug(VIF_E_NO_PCI_DEVICE, "vdpa", "no vDPA device");
        file("bus/vdpa/devices/nic1/vhost-vdpa-12/dev", "511:12\n");
        golden_plug(REPRESENTOR("rep3"));
        CHECK_STR(plan.vdpa, "vhost-vdpa-12");
        options.vdpa = VIF_FALSE;
        CHECK(has(VIF_PLUG, REPRESENTOR("rep3")) && plan.vdpa == NULL);
        options.vdpa = VIF_BOOL_UNSET;
        golden(VIF_UNPLUG, REPRESENTOR("rep3"));
        CHECK(plan.vdpa == NULL);
    }
    options.vdpa = VIF_TRUE;
    vif_object_init(&vif, VIF_CLASS_VIFVHostUser);
    start_vif(VIF_CLASS_VIFVHostUser);
    options.vdpa = VIF_TRUE;
    refuses(VIF_E_FIELD, "dev_address", "not set");
    vif_object_init(&profile, VIF_CLASS_VIFPortProfileOVSRepresentor);
    profile.openvswitch.interface_id = IFACE_ID;
    profile.ovs_representor.representor_address = "0000:03:00.5";
    golden_plug("name rep3 (borrowed)\n" REPRESENTOR("rep3"));
    CHECK_STR(plan.vdpa, "vhost-vdpa-12");
    vif_object_init(&offload, VIF_CLASS_DatapathOffloadRepresentor);
    profile.base.datapath_offload = &offload;
    offload.representor.representor_address = "x/../0000:03:00.5";
    refuses(VIF_E_FIELD, "dev_address", "not set");
    offload.representor.representor_address = "0000:03:00.5";
    CHECK(has(VIF_PLUG, REPRESENTOR("rep3")) && plan.vdpa != NULL);
    profile.base.datapath_offload = NULL;
    options.vdpa = VIF_BOOL_UNSET;      /* not asked for: as in os-vif, the fast path's */
    vif.vhost_user.mode = VIF_VHOST_CLIENT;
    profile.ovs_representor.representor_address = "0000:03:00.5";
    CHECK(has(VIF_PLUG, " type=dpdkvhostuser "));
    CHECK(has(VIF_UNPLUG, " type=dpdkvhostuser ") && !has(VIF_UNPLUG, "name rep3"));
    note(VIF_RES_NAME, "rep3");         /* unless it was plugged as one */
    CHECK(has(VIF_UNPLUG, "name rep3 (borrowed)\n"));
    CHECK(!has(VIF_PLUG, "name rep3"));
    note_count = 0;
}

TEST(representor_refusals)
{
    card("pf0vf3\n");
    vif.host_device.dev_address = "0000:03:00.6";       /* no such device */
    refuses_plug(VIF_E_NO_PCI_DEVICE, "dev_address", "0000:03:00.6");
    golden(VIF_UNPLUG, "");             /* what has gone is looked for by its tag */
    vif.host_device.dev_address = NULL;
    refuses(VIF_E_FIELD, "dev_address", "not set");
    device();
    netdev("enp3s0f0", NULL, NULL, true);
    refuses_plug(VIF_E_NO_PCI_DEVICE, "dev_address", "switchdev");
    device();
    refuses_plug(VIF_E_NO_PCI_DEVICE, "dev_address", "switchdev");
    card("pf0vf3\n");
    view_bare = true;
    refuses(VIF_E_FIELD, "dev_address", "");
    device();
    files[2][1] = "PCI_SLOT_NAME=0000:03:00.7\n";       /* no virtfn is this VF */
    refuses_plug(VIF_E_NO_PCI_DEVICE, "dev_address", "0000:03:00.5");
}

#define NAMED "name tapvf3 (borrowed)\nmtu tapvf3 (shared) mtu=1450 if it exists\n" \
    SHARED("system") PORT("tapvf3") " qos=linux-noop\n"

/* The name that the profile asks for, of either class that has one: from the plug on all is about a
 * device of that name. An unplug goes by what the representor is called today; of a function that
 * has gone, only the profile's name is known. */
TEST(representor_with_a_name)
{
    static vif_datapath_offload offload;
    int way;
    for (way = 0; way < 3; way++) {
        card("pf0vf3\n");
        if (way == 0) {
            vif_object_init(&profile, VIF_CLASS_VIFPortProfileOVSRepresentor);
            profile.openvswitch.interface_id = IFACE_ID;
            profile.ovs_representor.representor_name = "tapvf3";
        } else {
            vif_object_init(&offload, VIF_CLASS_DatapathOffloadRepresentor);
            offload.representor.representor_name = "tapvf3";
            profile.base.datapath_offload = &offload;
        }
        if (way == 2) {                 /* not in the kernel: there is nothing to be named */
            profile.openvswitch.datapath_type = "netdev";
            CHECK(!has(VIF_PLUG, "name"));
            continue;
        }
        golden_plug("name tapvf3 (borrowed) of=rep3\n" REPRESENTOR("tapvf3"));
        golden(VIF_UNPLUG, "name tapvf3 (borrowed)\n" REPRESENTOR("rep3"));
        netdev("tapvf3", "a1b2c3\n", "pf0vf3\n", false);
        files[file_count - 4][1] = "pf0vf9\n";     /* rep3's, in place of which it is */
        golden_plug("name tapvf3 (borrowed)\n" REPRESENTOR("tapvf3"));
        golden(VIF_UNPLUG, NAMED);
        vif.host_device.dev_address = "0000:03:00.6";
        refuses_plug(VIF_E_NO_PCI_DEVICE, "dev_address", "0000:03:00.6");
        golden(VIF_UNPLUG, NAMED);
    }
    card("pf0vf3\n");
    profile.base.datapath_offload = &offload;
    offload.representor.representor_name = "sixteen-letters-";
    refuses(VIF_E_FIELD, "representor_name", "");
    offload.representor.representor_name = "a/b";
    refuses(VIF_E_FIELD, "representor_name", "");
    offload.representor.representor_name = "";
    CHECK(has(VIF_PLUG, REPRESENTOR("rep3")));
}

/* ---- hostdev: functions that a guest gets as they are ---------------------------------------- */

static void hostdev(vif_dev_type type)
{
    device();
    netdev("pf0hpf", NULL, "pf0vf3\n", true);           /* a representor: not the card's own */
    netdev("enp3s0f0", NULL, NULL, true);
    vif.host_device.dev_type = type;
    vif.base.plugin = "hostdev";
    vif.base.port_profile = NULL;
}

#define HOSTDEV(verb, want) hostdev_at(__LINE__, verb, want)
static void hostdev_at(int line, vif_verb verb, const char *want)
{
    const vif_status st = make(verb);
    vif_plan_print(&plan, text, sizeof text);
    if (st != VIF_OK || strcmp(text, want) != 0) {
        CHECK_FAIL("line %d: %s: %s: %s: got\n%swant\n%s", line, vif_status_name(st), err.where,
                   err.text, text, want);
    }
}
#define VF "vf 0000:03:00.5 (borrowed) pf=enp3s0f0 number=3"
#define DRIVER(name) "driver 0000:03:00.5 (borrowed) driver=" name "\n"

TEST(hostdev)
{
    hostdev(VIF_DEV_ETHERNET);
    HOSTDEV(VIF_PLUG, VF " mac=22:52:25:62:e2:aa\n");
    HOSTDEV(VIF_CHECK, VF " mac=22:52:25:62:e2:aa\n");
    HOSTDEV(VIF_UNPLUG, VF " mac=22:52:25:62:e2:aa\n");
    vif.base.address = NULL;
    HOSTDEV(VIF_PLUG, VF "\n");
    network.vlan = vif_int_of(0);
    HOSTDEV(VIF_PLUG, VF " vlan=0 qos=0 protocol=33024\n");
    network.vlan = vif_int_of(4095);
    options.vf_vlan_qos = 7;
    options.vf_vlan_8021ad = VIF_TRUE;
    options.vf_min_rate_mbps = vif_u32_of(0);
    options.vf_max_rate_mbps = vif_u32_of(1000);
    options.vf_spoofchk = VIF_FALSE;
    options.vf_trust = VIF_TRUE;
    options.vf_link_state = VIF_LINK_STATE_DOWN;
    HOSTDEV(VIF_PLUG, VF " vlan=4095 qos=7 protocol=34984 min_rate_mbps=0 max_rate_mbps=1000 "
                      "spoofchk=0 link_state=2 trust=1\n");
}

TEST(hostdev_driver)
{
    hostdev(VIF_DEV_GENERIC);
    HOSTDEV(VIF_PLUG, DRIVER("vfio-pci") VF " mac=22:52:25:62:e2:aa\n");
    options.hostdev_driver = "uio_pci_generic";
    HOSTDEV(VIF_PLUG, DRIVER("uio_pci_generic") VF " mac=22:52:25:62:e2:aa\n");
    HOSTDEV(VIF_UNPLUG, DRIVER("uio_pci_generic") VF " mac=22:52:25:62:e2:aa\n");
    file_count = 0;                     /* no virtual function: what is noted of it is looked for */
    HOSTDEV(VIF_PLUG, DRIVER("uio_pci_generic"));
    HOSTDEV(VIF_UNPLUG, DRIVER("uio_pci_generic")
                        "vf 0000:03:00.5 (borrowed) pf= number=0 mac=22:52:25:62:e2:aa\n");
}

/* A whole card: with what the host itself is on a network by, or with functions of others. */
TEST(hostdev_of_the_host)
{
    hostdev(VIF_DEV_GENERIC);
    file_count = 0;
    file("bus/pci/devices/0000:03:00.5/net/eth5/mtu", "1500\n");
    there_is("eth5", "", "");
    HOSTDEV(VIF_PLUG, DRIVER("vfio-pci"));
    table[0].flags = VIF_IFF_UP;
    CHECK_INT(make(VIF_PLUG), VIF_E_EXISTS);
    CHECK_STR(err.where, "eth5");
    CHECK_HAS(err.text, "the host uses the card");
    CHECK_INT(make(VIF_CHECK), VIF_E_EXISTS);
    CHECK_INT(make(VIF_UNPLUG), VIF_OK);
    table[0].flags = 0;
    table[0].master = 7;
    CHECK_INT(make(VIF_PLUG), VIF_E_EXISTS);
    table[0].master = 0;
    file("bus/pci/devices/0000:03:00.5/sriov_numvfs", "0\n");
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    file_count--;
    file("bus/pci/devices/0000:03:00.5/sriov_numvfs", "65536\n");
    CHECK_INT(make(VIF_PLUG), VIF_E_EXISTS);
}

/* Without a device to look at: it has functions all the same, a container has it, or the address
 * is a disk's. Of a virtual function only the second matters. */
TEST(hostdev_of_others_without_a_device)
{
    static const char *const used[][2] = {{"bus/pci/devices/0000:03:00.5/sriov_numvfs", "2"},
        {"bus/pci/devices/0000:03:00.5/net/../modalias", "pci:v00008086d000010CA\n"},
        {"bus/pci/devices/0000:03:00.5/class", "0x010802\n"}};
    for (size_t i = 0; i < 3; i++) {
        hostdev(VIF_DEV_GENERIC);
        file(used[i][0], used[i][1]);
        CHECK_INT(make(VIF_PLUG), i == 1 ? VIF_E_EXISTS : VIF_OK);
        CHECK_INT(make(VIF_UNPLUG), VIF_OK);
        file_count = 0;
        file(used[i][0], used[i][1]);
        CHECK_INT(make(VIF_PLUG), VIF_E_EXISTS);
        CHECK_STR(err.where, "0000:03:00.5");
        CHECK_INT(make(VIF_UNPLUG), VIF_OK);
        file_count = 0;
        file("bus/pci/devices/0000:03:00.5/class", "0x028000\n");
        HOSTDEV(VIF_PLUG, DRIVER("vfio-pci"));
    }
}

#define REFUSES_HOSTDEV(status, field, part) \
    do { \
        CHECK_INT(make(VIF_PLUG), status); \
        CHECK_STR(err.where, field); \
        CHECK_HAS(err.text, part); \
    } while (0)

TEST(hostdev_refusals)
{
    hostdev(VIF_DEV_UNSET);
    REFUSES_HOSTDEV(VIF_E_FIELD, "dev_type", "not set");
    hostdev(VIF_DEV_ETHERNET);
    vif.host_device.dev_address = NULL;
    REFUSES_HOSTDEV(VIF_E_FIELD, "dev_address", "not set");
    device();
    hostdev(VIF_DEV_ETHERNET);
    file_count = 4;                     /* no network device, as in another namespace */
    REFUSES_HOSTDEV(VIF_E_NO_PCI_DEVICE, "dev_address", "no network device");
    file_count = 0;
    REFUSES_HOSTDEV(VIF_E_NO_PCI_DEVICE, "dev_address", "0000:03:00.5");
    hostdev(VIF_DEV_ETHERNET);
    network.vlan = vif_int_of(4096);
    REFUSES_HOSTDEV(VIF_E_FIELD, "network.vlan", "0 to 4095");
    network.vlan = vif_int_of(1);
    options.vf_vlan_qos = 8;
    REFUSES_HOSTDEV(VIF_E_INVAL, "vf_vlan_qos", "0 to 7");
    hostdev(VIF_DEV_ETHERNET);
    options.vf_vlan_qos = 1;
    REFUSES_HOSTDEV(VIF_E_INVAL, "vf_vlan_qos", "network's VLAN");
    hostdev(VIF_DEV_ETHERNET);
    vif.base.address = "03:00:00:00:00:01";
    REFUSES_HOSTDEV(VIF_E_FIELD, "address", "multicast");
    hostdev(VIF_DEV_ETHERNET);
    vif.base.port_profile = &profile;
    REFUSES_HOSTDEV(VIF_E_NO_PROFILE_CLASS, "port_profile", "");
}

/* Files as no driver writes them, and addresses as few machines have them. */
TEST(hostdev_of_odd_files)
{
    static char long_text[5000];
    hostdev(VIF_DEV_ETHERNET);
    files[0][1] = "PCI_SLOT_NAME=0000:03:00.0";         /* without a newline */
    files[2][1] = "PCI_SLOT_NAME=0000:03:00.5";
    HOSTDEV(VIF_PLUG, VF " mac=22:52:25:62:e2:aa\n");
    files[2][1] = "";
    REFUSES_HOSTDEV(VIF_E_NO_PCI_DEVICE, "dev_address", "0000:03:00.5");
    memset(long_text, 'x', sizeof long_text - 1);
    strcpy(long_text + sizeof long_text - 40, "\nPCI_SLOT_NAME=0000:03:00.5\n");
    files[2][1] = long_text;
    REFUSES_HOSTDEV(VIF_E_NO_PCI_DEVICE, "dev_address", "0000:03:00.5");
    files[2][1] = "PCI_SLOT_NAME=0000:03:00.55\n";
    REFUSES_HOSTDEV(VIF_E_NO_PCI_DEVICE, "dev_address", "0000:03:00.5");
    files[2][1] = "PCI_SLOT_NAME=0000:03:00.5\n";
    files[2][0] = "bus/pci/devices/0000:03:00.5/physfn/virtfn65535/uevent";
    HOSTDEV(VIF_PLUG, "vf 0000:03:00.5 (borrowed) pf=enp3s0f0 number=65535 "
            "mac=22:52:25:62:e2:aa\n");
    /* 65539 is 3 in 16 bits, as devlink counts. */
    files[2][0] = "bus/pci/devices/0000:03:00.5/physfn/virtfn999999/uevent";
    REFUSES_HOSTDEV(VIF_E_NO_PCI_DEVICE, "dev_address", "0000:03:00.5");
    files[2][0] = "bus/pci/devices/0000:03:00.5/physfn/virtfn-3/uevent";
    REFUSES_HOSTDEV(VIF_E_NO_PCI_DEVICE, "dev_address", "0000:03:00.5");
    /* ARI has functions up to 1f.7. os-vif's addresses have domains of four digits. */
    start(VIF_CLASS_VIFHostDevice);
    vif.base.plugin = "hostdev";
    vif.base.port_profile = NULL;
    vif.host_device.dev_type = VIF_DEV_GENERIC;
    vif.host_device.dev_address = "ffff:e1:1f.7";
    file("bus/pci/devices/ffff:e1:1f.7/physfn/uevent", "PCI_SLOT_NAME=ffff:e1:00.0\n");
    file("bus/pci/devices/ffff:e1:1f.7/physfn/virtfn7/uevent", "PCI_SLOT_NAME=ffff:e1:1f.7\n");
    file("bus/pci/devices/ffff:e1:1f.7/physfn/net/eth7/mtu", "1500\n");
    HOSTDEV(VIF_PLUG, "driver ffff:e1:1f.7 (borrowed) driver=vfio-pci\n"
            "vf ffff:e1:1f.7 (borrowed) pf=eth7 number=7 mac=22:52:25:62:e2:aa\n");
    vif.host_device.dev_address = "10000:e1:1f.7";
    REFUSES_HOSTDEV(VIF_E_FIELD, "dev_address", "not a PCI address");
}

#define VFR "vfrdc065497-3c"
TEST(representor_of_the_userspace_datapath)
{
    card("pf0vf3\n");
    profile.openvswitch.datapath_type = "netdev";
    golden_plug(SHARED("netdev") PORT(VFR)
                " type=dpdk options:dpdk-devargs=0000:03:00.0,representor=[3]\n");
    device();                           /* no netdevs at all: none is needed */
    profile.openvswitch.datapath_type = "netdev";
    golden_plug(SHARED("netdev") PORT(VFR)
                " type=dpdk options:dpdk-devargs=0000:03:00.0,representor=[3]\n");
    file_count = 0;                     /* nor the VF, to take the port away */
    refuses_plug(VIF_E_NO_PCI_DEVICE, "dev_address", "0000:03:00.5");
    CHECK(has(VIF_UNPLUG, "ovs port " VFR " (own) bridge=br-int"));
    profile.openvswitch.datapath_type = "";
    card("pf0vf3\n");
    CHECK(has(VIF_PLUG, REPRESENTOR("rep3")));
}

/* A host of a device tree says much of the function; a switch's id may have 32 bytes. */
TEST(representor_of_a_talkative_host)
{
    static char uevent[401] = "DRIVER=mlx5_core\nPCI_SLOT_NAME=0000:03:00.0\nOF_NAME=";
    static char ids[2][66];
    size_t i;
    memset(uevent + strlen(uevent), 'x', sizeof uevent - 1 - strlen(uevent));
    for (i = 0; i < 64; i++) {
        ids[0][i] = ids[1][i] = "0123456789abcdef"[i % 16];
    }
    ids[1][63] = '0';                   /* the other switch's */
    card("pf0vf3\n");
    files[0][1] = uevent;
    for (i = 0; i < file_count; i++) {
        files[i][1] = strcmp(files[i][1], "a1b2c3\n") == 0 ? ids[0]
            : strcmp(files[i][1], "ffffff\n") == 0 ? ids[1] : files[i][1];
    }
    golden_plug(REPRESENTOR("rep3"));
}

/* ---- fast paths ------------------------------------------------------------------------------ */

#define FP "fpdc065497-3c8"

static void fp(vif_class klass, bool own)
{
    start(VIF_CLASS_VIFVHostUser);
    vif.base.plugin = "vhostuser_fp";
    vif.vhost_user.vif_name = "tap0";
    vif.vhost_user.mode = VIF_VHOST_SERVER;
    vif.vhost_user.path = "/run/vhu0";
    vif_object_init(&profile, klass);
    if (klass == VIF_CLASS_VIFPortProfileFPOpenVSwitch) {
        profile.openvswitch.interface_id = IFACE_ID;
    }
    fast_path = own;
}

#define FP_ROWS(hwaddr) \
    "ovs bridge " FP " (own) datapath_type=netdev external_ids:vif=" TAG hwaddr "\n" \
    "ovs port " FP " (own) bridge=" FP " external_ids:vif=" TAG " type=internal" \
    " mtu_request=1450\n" \
    "ovs port vhudc065497-3c (own) bridge=" FP " external_ids:vif=" TAG \
    " type=dpdkvhostuserclient options:vhost-server-path=/run/vhu0 mtu_request=1450\n"
#define FP_UNPLUGGED FP_ROWS("") "ovs rows " TAG " (own)\n"

static const char *fp_printed(vif_verb verb)
{
    return printed_by("vhostuser_fp", verb);
}

/* A port of the bridge that the profile names, else of the network's: the switch has the socket
 * itself, or the host's fast path has a device. */
TEST(fast_path_of_open_vswitch)
{
    fp(VIF_CLASS_VIFPortProfileFPOpenVSwitch, false);
    CHECK_HAS(fp_printed(VIF_PLUG), "ovs port vhudc065497-3c (own) bridge=br-int");
    CHECK_HAS(text, " type=dpdkvhostuserclient options:vhost-server-path=/run/vhu0");
    profile.fp_openvswitch.bridge_name = "br-fp";
    CHECK_HAS(fp_printed(VIF_PLUG), "ovs bridge br-fp (shared) datapath_type=netdev");
    CHECK_HAS(text, "ovs port vhudc065497-3c (own) bridge=br-fp");
    CHECK_HAS(fp_printed(VIF_UNPLUG), "ovs port vhudc065497-3c (own) bridge=br-fp");
    CHECK_HAS(text, "ovs rows " TAG " (own)\n");
    fp(VIF_CLASS_VIFPortProfileFPOpenVSwitch, true);
    CHECK_STR(fp_printed(VIF_PLUG), "fast path tap0 (own)\n" SHARED("system") PORT("tap0")
              " qos=linux-noop\n");
    CHECK_HAS(fp_printed(VIF_UNPLUG), "fast path tap0 (own)\n");
    CHECK_HAS(text, "ovs rows " TAG " (own)\n");
}

TEST(fast_path_of_a_hybrid_port)
{
    const char *fast;
    fp(VIF_CLASS_VIFPortProfileFPOpenVSwitch, false);
    profile.fp_openvswitch.hybrid_plug = VIF_TRUE;
    refuses_plug(VIF_E_FIELD, "port_profile.bridge_name", "not set");
    profile.fp_openvswitch.bridge_name = "qbrdc065497-3c";
    CHECK_HAS(fp_printed(VIF_PLUG), "bridge qbrdc065497-3c (own)");
    CHECK_HAS(text, "ovs port qvodc065497-3c (own) bridge=br-int");
    CHECK_HAS(text, FP_ROWS(""));
    fast = strstr(text, "fast path " FP " (borrowed)\n");      /* once its rows are there */
    CHECK(fast && fast > strstr(text, "ovs port vhu"));
    CHECK_HAS(text, "master " FP " (own) master=qbrdc065497-3c\n");
    CHECK_HAS(fp_printed(VIF_UNPLUG), "bridge qbrdc065497-3c (own)");
    CHECK_HAS(text, FP_UNPLUGGED);
    CHECK(!strstr(text, "fast path") && !strstr(text, "master " FP));
    fp(VIF_CLASS_VIFPortProfileFPOpenVSwitch, true);
    profile.fp_openvswitch.hybrid_plug = VIF_TRUE;
    profile.fp_openvswitch.bridge_name = "qbrdc065497-3c";
    CHECK_HAS(fp_printed(VIF_PLUG), "fast path tap0 (own)\n");
    CHECK_HAS(text, "master tap0 (own) master=qbrdc065497-3c\n");
    CHECK(!strstr(text, FP));
}

TEST(fast_path_of_a_linux_bridge)
{
    fp(VIF_CLASS_VIFPortProfileFPBridge, false);
    refuses_plug(VIF_E_FIELD, "port_profile.bridge_name", "not set");
    profile.fp_bridge.bridge_name = "brq0";
    CHECK_HAS(fp_printed(VIF_PLUG), "bridge brq0 (shared)\n");
    CHECK_HAS(text, FP_ROWS("") "fast path " FP " (borrowed)\n" SEALED(FP)
              "master " FP " (own) master=brq0\nup " FP " (own)\n");
    CHECK_STR(fp_printed(VIF_UNPLUG), FP_UNPLUGGED);
    fp(VIF_CLASS_VIFPortProfileFPBridge, true);
    profile.fp_bridge.bridge_name = "brq0";
    CHECK_HAS(fp_printed(VIF_PLUG), "fast path tap0 (own)\n" SEALED("tap0")
              "master tap0 (own) master=brq0\nup tap0 (own)\n");
    CHECK(!strstr(text, "ovs"));
    CHECK_STR(fp_printed(VIF_UNPLUG), "ovs rows " TAG " (own)\nfast path tap0 (own)\n");
}

TEST(fast_path_that_is_routed)
{
    fp(VIF_CLASS_VIFPortProfileFPTap, false);
    profile.fp_tap.mac_address = "02:00:00:00:00:07";
    CHECK_HAS(fp_printed(VIF_PLUG),
              FP_ROWS(" other_config:hwaddr=02:00:00:00:00:07") "fast path " FP " (borrowed)\n");
    CHECK_HAS(text, "up " FP " (own)\n");
    CHECK(!strstr(text, "tap " FP));
    CHECK_HAS(fp_printed(VIF_UNPLUG), "ovs rows " TAG " (own)\n");
    fp(VIF_CLASS_VIFPortProfileFPTap, true);
    CHECK_HAS(fp_printed(VIF_PLUG), "fast path tap0 (own)\n");
    CHECK(!strstr(text, "ovs"));
}

TEST(fast_path_refusals)
{
    fp(VIF_CLASS_VIFPortProfileFPTap, false);
    vif.base.port_profile = NULL;
    refuses(VIF_E_NO_PROFILE, "port_profile", "");
    fp(VIF_CLASS_VIFPortProfileFPTap, false);
    vif.base.network = NULL;
    refuses(VIF_E_FIELD, "network", "not set");
    fp(VIF_CLASS_VIFPortProfileFPBridge, true);
    profile.fp_bridge.bridge_name = "brq0";
    vif.vhost_user.vif_name = NULL;
    refuses(VIF_E_FIELD, "vif_name", "");
    fp(VIF_CLASS_VIFPortProfileOpenVSwitch, false);
    refuses(VIF_E_NO_PROFILE_CLASS, "port_profile", "");
    fp(VIF_CLASS_VIFPortProfileFPBridge, false);
    profile.fp_bridge.bridge_name = "brq0";
    vif.vhost_user.path = NULL;
    refuses_plug(VIF_E_FIELD, "path", "not set");
}

/* ---- refusals -------------------------------------------------------------------------------- */

static const vif_class classes[] = {VIF_CLASS_VIFOpenVSwitch, VIF_CLASS_VIFBridge,
                                    VIF_CLASS_VIFVHostUser, VIF_CLASS_VIFHostDevice};

static void each(size_t i)
{
    switch (i) {
    case 0: plain(true); break;
    case 1: hybrid(); break;
    case 2: vhost(VIF_VHOST_SERVER); break;
    default: card("pf0vf3\n"); break;
    }
    CHECK_INT(vif.object.klass, classes[i]);
    CHECK_INT(make(VIF_PLUG), VIF_OK);
}

TEST(refusals_of_every_class)
{
    static const char *const bad[] = {"", "1234567890123456", "a/b", "a b", "a%b", ".", "..",
                                      "all", "default", "a:b", "a\nb"};
    size_t i, k;
    for (i = 0; i < 4; i++) {
        each(i);
        vif.base.port_profile = NULL;
        refuses(VIF_E_NO_PROFILE, "port_profile", "not set");
        vif.base.port_profile = &profile;
        vif.base.network = NULL;
        refuses(VIF_E_FIELD, "network", "not set");
        vif.base.network = &network;
        network.bridge = NULL;
        refuses(VIF_E_FIELD, "network.bridge", "not set");
        for (k = 0; k < sizeof bad / sizeof bad[0]; k++) {
            network.bridge = bad[k];
            refuses(VIF_E_FIELD, "network.bridge", "");
        }
        network.bridge = "br-int";
        network.mtu = vif_int_of(67);
        refuses_plug(VIF_E_FIELD, "network.mtu", "68 to 65535");
        network.mtu = vif_int_of(0);
        options.network_device_mtu = 65536;
        refuses_plug(VIF_E_INVAL, "network_device_mtu", "68 to 65535");
        options.network_device_mtu = 0;
        profile.openvswitch.interface_id = NULL;
        refuses_plug(VIF_E_FIELD, "port_profile.interface_id", "not set");
        profile.openvswitch.interface_id = "";
        refuses_plug(VIF_E_FIELD, "port_profile.interface_id", "");
        CHECK_INT(make(VIF_UNPLUG), VIF_OK);
        if (i > 0) {
            profile.openvswitch.interface_id = IFACE_ID;
            profile.openvswitch.create_tap = VIF_TRUE;
            refuses(VIF_E_TAP_CREATION, "port_profile.create_tap", "tap");
            profile.openvswitch.create_tap = VIF_FALSE;
            CHECK_INT(make(VIF_PLUG), VIF_OK);
        }
    }
}

/* The type of a port is its class's where that has one: an option for the whole host is not. */
TEST(ovs_type_is_of_vifopenvswitch)
{
    size_t i;
    for (i = 0; i < 5; i++) {
        each(i % 4);
        profile.openvswitch.datapath_type = i == 4 ? "netdev" : NULL;
        options.ovs_type = "internal";
        CHECK(has(VIF_PLUG, "type=internal") == (i % 4 == 0));
    }
}

TEST(profiles_of_other_classes)
{
    static const vif_class wrong[] = {
        VIF_CLASS_VIFPortProfileBase, VIF_CLASS_VIFPortProfileFPBridge,
        VIF_CLASS_VIFPortProfileFPTap, VIF_CLASS_VIFPortProfile8021Qbg,
        VIF_CLASS_VIFPortProfile8021Qbh, VIF_CLASS_VIFPortProfileK8sDPDK};
    size_t i, k;
    for (i = 0; i < 4; i++) {
        for (k = 0; k < sizeof wrong / sizeof wrong[0]; k++) {
            each(i);
            vif_object_init(&profile, wrong[k]);
            refuses(VIF_E_WRONG_PROFILE, "port_profile", "WrongPortProfile");
        }
        each(i);
        profile.object.minor = 9;
        CHECK_INT(make(VIF_PLUG), VIF_E_PROFILE_VERSION);
    }
}

TEST(names_of_the_vif)
{
    static const char *const bad[] = {"", "1234567890123456", "a/b", "tap%d", "all", "a\x7f"};
    size_t k;
    plain(true);
    vif.openvswitch.vif_name = NULL;
    refuses(VIF_E_FIELD, "vif_name", "not set");
    for (k = 0; k < sizeof bad / sizeof bad[0]; k++) {
        vif.openvswitch.vif_name = bad[k];
        refuses(VIF_E_FIELD, "vif_name", "");
        options.per_port_bridge = VIF_TRUE;
        refuses(VIF_E_FIELD, "vif_name", "");
        options.per_port_bridge = VIF_FALSE;
    }
    hybrid();
    vif.bridge.bridge_name = NULL;
    refuses(VIF_E_FIELD, "bridge_name", "not set");
    vif.bridge.bridge_name = "a/b";
    refuses(VIF_E_FIELD, "bridge_name", "");
}

/* An id that makes no name of a device: refused here, not by the switch. */
TEST(ids_that_make_no_names)
{
    static const char *const bad[] = {"a/b", "a%b", "a b", "a:b", "a\nb"};
    size_t k, i;
    for (k = 0; k < sizeof bad / sizeof bad[0]; k++) {
        for (i = 0; i < 3; i++) {
            each(i);
            vif.base.id = bad[k];
            options.per_port_bridge = i == 0 ? VIF_TRUE : VIF_FALSE;
            if (make(VIF_PLUG) != VIF_E_FIELD) {
                CHECK_FAIL("id \"%s\" of class %d: %s", bad[k], (int)i, printed(VIF_PLUG));
            }
        }
    }
}

TEST(other_classes_are_refused)
{
    start(VIF_CLASS_VIFGeneric);
    vif.generic.vif_name = "tap0";
    CHECK_INT(make(VIF_PLUG), VIF_E_NO_VIF_CLASS);
    start(VIF_CLASS_VIFDirect);
    CHECK_INT(make(VIF_PLUG), VIF_E_NO_VIF_CLASS);
}

/* Without a plugin's name VIFOpenVSwitch and VIFHostDevice are this one's, VIFBridge is not. */
TEST(default_plugin)
{
    plain(true);
    vif.base.plugin = NULL;
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    CHECK_STR(plan.plugin, "ovs");
    vhost(VIF_VHOST_CLIENT);
    vif.base.plugin = NULL;
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    CHECK_STR(plan.plugin, "ovs");
    hybrid();
    vif.base.plugin = NULL;
    (void)make(VIF_PLUG);
    CHECK_STR(plan.plugin, "linux_bridge");
}

/* ---- an agent's plugin ----------------------------------------------------------------------- */

static const char *agents_flaw;

static void agents_column(vif_plan *to, vif_resource *r, const char *table, const char *column,
                          const char *key, const char *value, bool json)
{
    vif_ovs_column *c = vif_plan_ovs_column(to, r, table, column, value);
    c->key = key;
    c->json = json;
}

static void agents_plan(vif_plan *to, const vif_plan_input *in)
{
    const char *flaw = agents_flaw;
    vif_resource *bridge, *r;
    (void)in;
    if (strcmp(flaw, "no bridge") != 0 && strcmp(flaw, "bridge behind") != 0) {
        bridge = vif_plan_ovs(to, VIF_RES_OVS_BRIDGE, VIF_SHARED,
                              strcmp(flaw, "another bridge") == 0 ? "br1" : "br0", NULL);
        agents_column(to, bridge, "Bridge", "stp_enable", NULL, "false", true);
    }
    r = vif_plan_ovs(to, VIF_RES_OVS_PORT, VIF_OWN, "p0", "br0");
    agents_column(to, r, "Port", "external_ids", "a", "b", false);
    if (strcmp(flaw, "bridge behind") == 0) {
        (void)vif_plan_ovs(to, VIF_RES_OVS_BRIDGE, VIF_SHARED, "br0", NULL);
    } else if (strcmp(flaw, "rate without qos") == 0) {
        r->want.ovs->qos_max_rate = "1000";
    } else if (strcmp(flaw, "no table") == 0) {
        agents_column(to, r, NULL, "tag", NULL, "7", true);
    } else if (strcmp(flaw, "no column") == 0) {
        agents_column(to, r, "Port", NULL, NULL, "7", true);
    } else if (strcmp(flaw, "no value") == 0) {
        vif_plan_ovs_column(to, r, "Port", "tag", "7")->value = NULL;
    } else if (strcmp(flaw, "key and none") == 0) {
        agents_column(to, r, "Port", "external_ids", NULL, "[\"map\",[]]", true);
    } else if (strcmp(flaw, "empty json") == 0) {
        agents_column(to, r, "Port", "tag", NULL, "", true);
    }
}

/* What an agent's plugin got wrong is refused here: the runner would stumble over it. */
TEST(rows_of_an_agents_plugin)
{
    static const vif_plugin_vif takes[] = {{VIF_CLASS_VIFGeneric, 0, 0, NULL},
                                           {VIF_CLASS_NONE, 0, 0, NULL}};
    static const vif_plugin mine = {"mine", takes, agents_plan};
    static const struct { const char *flaw, *says; } flaws[] = {
        {"no bridge", "no bridge for the port"}, {"another bridge", "no bridge for the port"},
        {"bridge behind", "no bridge for the port"}, {"rate without qos", "incomplete"},
        {"no table", "column"}, {"no column", "column"}, {"no value", "column"},
        {"key and none", "column"}, {"empty json", "column"}};
    size_t i;
    start(VIF_CLASS_VIFGeneric);
    vif.base.plugin = "mine";
    vif.base.port_profile = NULL;
    agents = &mine;
    agents_flaw = "";
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    for (i = 0; i < sizeof flaws / sizeof flaws[0]; i++) {
        agents_flaw = flaws[i].flaw;
        refuses(VIF_E_FIELD, "p0", flaws[i].says);
    }
    agents = NULL;
}

/* Memory of any size: the whole plan, or E_NOMEM. */
TEST(small_arenas)
{
    static char whole[sizeof text];
    int i, good;
    for (i = 0; i < 16; i++) {
        const vif_verb verb = i / 4 % 2 != 0 ? VIF_UNPLUG : VIF_PLUG;
        each((size_t)i % 4);
        options.ovs_trunks = "1,2,3";
        options.per_port_bridge = i < 8 ? VIF_TRUE : VIF_FALSE;
        profile.openvswitch.datapath_type = i < 8 ? NULL : "netdev";
        if (i >= 12) {
            there_is("qbrdc065497-3c", "bridge", "");
        }
        snprintf(whole, sizeof whole, "%s", printed(verb));
        CHECK(strncmp(whole, "E_", 2) != 0);
        for (room = 0, good = 0; good < 50 && room < sizeof memory; room += 16) {
            if (strncmp(printed(verb), "E_NOMEM: ", 9) == 0) {
                (void)vif_plan_print(&plan, text, sizeof text);
                continue;
            }
            good++;
            if (strcmp(text, whole) != 0) {
                CHECK_FAIL("%d: %d bytes: %s", i, (int)room, text);
            }
        }
        CHECK_INT(good, 50);
        room = sizeof memory;
    }
}

CHECK_MAIN
