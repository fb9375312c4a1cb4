/* SPDX-License-Identifier: MIT
 * Whose a bridge, port or row of Open vSwitch is, and what the switch said of another device:
 * against a real ovsdb-server and ovs-vswitchd (userspace datapath, in namespaces of the test's
 * own). */
/* flags: -Wl,--wrap=sendmsg */
#include "switch.h"

/* ---- whose ----------------------------------------------------------------------------------- */

/* An uplink, a tunnel, a patch port: without ids, on another bridge or of another type. */
TEST(ports_of_others_stay)
{
    static const char *const ports[] = {
        "add-port br-old tap0", "add-port br-int tap0 -- set interface tap0 type=internal",
        "add-port br-int tap0 -- set interface tap0 type=vxlan options:remote_ip=192.0.2.1",
        "add-port br-int tap0 -- set interface tap0 type=patch options:peer=x"};
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
        char *before;
        plain("tap0", false);
        REQUIRE(open_host());
        DO(VSCTL "--no-wait add-br br-old -- set bridge br-old datapath_type=netdev -- %s",
           ports[i]);
        settle();
        before = everything();
        CHECK_INT(plug(), VIF_E_EXISTS);
        CHECK_HAS(err.text, i == 0 ? "is a port of br-old" : "of another type");
        GOOD(unplug());
        SAME_AS(before);
        DO(VSCTL "del-port tap0 -- del-br br-old");
        close_host();
        free(before);
    }
}

/* A veth without a tag, of the name but with another peer. */
TEST(a_pair_of_others_stays)
{
    char *before;
    hybrid();
    REQUIRE(open_host());
    DO("ip link add qvbdc065497-3c type veth peer name other0");
    before = everything();
    FAILS(plug(), VIF_E_EXISTS, "not paired with that link");
    FAILS(unplug(), VIF_E_EXISTS, "not paired with that link");
    SAME_AS(before);
    DO("ip link del other0");
    close_host();
    free(before);
}

/* The bridge's name has twelve characters of the id. */
TEST(ids_that_share_a_bridges_name)
{
    char *before;
    plain("tap0", true);
    options.per_port_bridge = VIF_TRUE;
    REQUIRE(open_host());
    GOOD(plug());
    before = everything();
    plain("tap1", true);
    options.per_port_bridge = VIF_TRUE;
    vif.base.id = "dc065497-3c8e-4f44-8fb4-e1d33c16a536";
    profile.openvswitch.interface_id = "ec065497-3c8e-4f44-8fb4-e1d33c16a536";
    FAILS(plug(), VIF_E_EXISTS, "belongs to " TAG);
    CHECK_INT(unplug(), VIF_E_EXISTS);
    SAME_AS(before);
    plain("tap0", true);
    options.per_port_bridge = VIF_TRUE;
    GOOD(look());
    GOOD(unplug());
    close_host();
    free(before);
}

TEST(unplug_finds_rows_by_their_tag)
{
    char *before = everything();
    plain("tap0", true);
    options.per_port_bridge = VIF_TRUE;
    REQUIRE(open_host());
    GOOD(plug());
    options.per_port_bridge = VIF_FALSE;
    GOOD(unplug());
    SAME_AS(before);
    GOOD(plug());
    vif.openvswitch.vif_name = "tap1";  /* the VIF has another name today */
    GOOD(unplug());
    SAME_AS(before);
    close_host();
    free(before);
}

/* Two links of one VIF would compete for its guest, so it has one name at a time. A switch that has
 * both (an earlier version made them) is cleaned of both, with their links. */
TEST(a_vif_has_one_name)
{
    char *before = everything(), *first;
    plain("tap0", true);
    REQUIRE(open_host());
    GOOD(plug());
    first = everything();
    vif.openvswitch.vif_name = "tap1";
    FAILS(plug(), VIF_E_EXISTS, "this VIF is plugged as tap0: unplug it first");
    SAME_AS(first);
    CHECK_INT(look(), VIF_E_DIFFERENT);
    CHECK(differs("stale holder", "none", "tap0"));
    GOOD(unplug());                     /* by its tag */
    SAME_AS(before);
    vif.openvswitch.vif_name = "tap0";
    GOOD(plug());
    vif.openvswitch.vif_name = "tap1";
    options.ovs_remove_stale = VIF_TRUE;
    GOOD(plug());                       /* takes the other with it */
    CHECK_INT(sh("ip link show dev tap0"), 1);
    CHECK_STR(get("Port", "tap0", "name"), "");
    GOOD(look());
    DO("ip tuntap add tap0 mode tap && ip link set tap0 alias " TAG " && " VSCTL
       "add-port br-int tap0 -- set port tap0 external_ids:vif=" TAG);
    GOOD(unplug());
    SAME_AS(before);
    close_host();
    free(before);
    free(first);
}

/* Of the port of another name only what carries the tag goes: the link may be another's. */
TEST(a_link_that_took_the_other_name)
{
    char *before;
    plain("tap1", true);
    REQUIRE(open_host());
    GOOD(plug());
    GOOD(unplug());
    DO("ip tuntap add tap0 mode tap && ip link set tap0 alias vif:local:another");
    before = everything();
    GOOD(plug());
    DO(VSCTL "add-port br-int tap0 -- set port tap0 external_ids:vif=" TAG);
    GOOD(unplug());
    SAME_AS(before);
    DO("ip link del tap0");
    close_host();
    free(before);
}

/* Others may have taken the port, or use its QoS row. */
TEST(a_qos_row_of_its_own_fate)
{
    char *before = everything();
    plain("tap0", true);
    profile.openvswitch.datapath_type = NULL;
    REQUIRE(open_host());
    GOOD(plug());
    DO(VSCTL "del-port tap0");
    GOOD(unplug());
    SAME_AS(before);
    GOOD(plug());
    DO(VSCTL "--no-wait add-port br-int p9 -- set interface p9 type=internal -- "
       "set port p9 qos=$(" VSCTL "get port tap0 qos)");
    GOOD(unplug());
    DO(VSCTL "list-ports br-int");
    CHECK_STR(sh_text, "p9");
    DO(VSCTL "del-port p9 && " VSCTL "--all destroy qos");
    SAME_AS(before);
    close_host();
    free(before);
}

TEST(mirrors_of_another_bridge)
{
    plain("tap0", true);
    options.ovs_mirrors = "m0";
    REQUIRE(open_host());
    DO(VSCTL "--no-wait add-br br-old -- set bridge br-old datapath_type=netdev -- --id=@m create "
       "mirror name=m0 -- add bridge br-old mirrors @m");
    FAILS(plug(), VIF_E_INVAL, "there is no mirror m0");
    DO(VSCTL "-- --id=@m create mirror name=m0 -- add bridge br-int mirrors @m");
    GOOD(plug());
    GOOD(look());
    DO(VSCTL "get mirror $(" VSCTL "get bridge br-old mirrors | tr -d []) select_src_port");
    CHECK_STR(sh_text, "[]");
    GOOD(unplug());
    DO(VSCTL "clear bridge br-int mirrors -- del-br br-old");
    close_host();
}

TEST(a_port_on_two_bridges)
{
    plain("tap0", true);
    REQUIRE(open_host());
    GOOD(plug());
    DO(VSCTL "--no-wait add-br br-old -- set bridge br-old datapath_type=netdev -- "
       "add bridge br-old ports $(" VSCTL "get port tap0 _uuid)");
    CHECK_INT(look(), VIF_E_DIFFERENT);
    GOOD(plug());
    GOOD(look());
    DO(VSCTL "list-ports br-old");
    CHECK_STR(sh_text, "");
    GOOD(unplug());
    DO(VSCTL "del-br br-old");
    close_host();
}

TEST(a_path_that_no_socket_takes)
{
    static char path[109];
    vhost(VIF_VHOST_SERVER);
    memset(path, 'a', 108);
    path[0] = '/';
    vif.vhost_user.path = path;
    REQUIRE(open_host());
    FAILS(plug(), VIF_E_FIELD, "107 bytes");
    GOOD(unplug());
    close_host();
}

/* ---- old words ------------------------------------------------------------------------------- */

/* The tap goes and is made anew under its port: the switch has to let the old one go. */
TEST(a_device_that_came_anew)
{
    char uuid[64];
    plain("tap0", true);
    REQUIRE(open_host());
    GOOD(plug());
    strcpy(uuid, get("Port", "tap0", "_uuid"));
    DO("ip link del tap0");
    GOOD(plug());
    CHECK(strcmp(get("Port", "tap0", "_uuid"), uuid) != 0);
    GOOD(look());
    GOOD(unplug());
    close_host();
}

/* What a controller said of the port under another interface id. */
TEST(ready_under_another_id)
{
    plain("tap0", true);
    options.ovs_wait = VIF_OVS_WAIT_READY;
    options.ovs_take_over = VIF_TRUE;
    options.ovs_ready_timeout_ms = 300;
    REQUIRE(open_host());
    DO("ip tuntap add tap0 mode tap && " VSCTL "add-port br-int tap0 -- set interface tap0 "
       "external_ids:iface-id=other external_ids:ovn-installed=true");
    CHECK_INT(plug(), VIF_E_UNCONFIRMED);
    DO(VSCTL "set interface tap0 external_ids:ovn-installed=true");
    GOOD(plug());
    GOOD(unplug());
    close_host();
}

int main(int argc, char **argv)
{
    return switch_main(argc, argv);
}
