/* SPDX-License-Identifier: MIT
 * What a guest may send and get at a port of a real Open vSwitch: frames between the guest's end,
 * in a namespace, and the bridge. With the userspace datapath; with the kernel's where OVS_DATAPATH
 * is "system" (tests/vm). */
/* flags: -Wl,--wrap=sendmsg */
#include "packets.h"
#include "switch.h"

#define OWN "\x22\x52\x25\x62\xe2\xaa"
static int ns = -1, guest = -1, bridge = -1;

static bool start_guest(void)
{
    ns = ns >= 0 ? ns : ns_new_net();
    sh("ip link set br-int up");
    plain("tap0", true);
    profile.openvswitch.datapath_type = NULL;   /* as the bridge has it */
    options.netns_fd = vif_u32_of((uint32_t)ns);
    return ns >= 0 && open_host();
}

/* Both ends. */
static bool seen(void)
{
    close(guest);
    close(bridge);
    guest = packet_on(ns, "eth0");
    bridge = packet_on(-1, "br-int");
    return guest >= 0 && bridge >= 0;
}

static int passes(int from, int to, const char *receiver, const char *sender)
{
    return packet_passes(from, to, receiver, sender, 60);
}
#define SENDS(receiver, sender) passes(guest, bridge, receiver, sender)
#define GETS(receiver) passes(bridge, guest, receiver, "\x02\0\0\0\0\x01")

static const char *ruleset(void)
{
    sh("nft list ruleset");
    return sh_text;
}

TEST(what_a_guest_gets)
{
    char *before;
    REQUIRE(start_guest());
    before = everything();
    GOOD(plug());
    REQUIRE(seen());
    CHECK_INT(GETS(PACKET_OTHER), 1);
    GOOD(unplug());
    options.port_mac_changes = VIF_FALSE;
    GOOD(plug());
    GOOD(look());
    REQUIRE(seen());
    CHECK_INT(GETS(PACKET_OTHER), 0);
    CHECK_INT(GETS(OWN), 1);
    CHECK_INT(GETS(PACKET_ALL), 1);
    CHECK_INT(GETS(PACKET_GROUP), 1);
    CHECK_INT(SENDS(PACKET_ALL, PACKET_OTHER), 1);
    CHECK_HAS(ruleset(), "comment \"" TAG "\"");
    sh("nft flush ruleset");
    CHECK_INT(look(), VIF_E_DIFFERENT);
    CHECK_INT(GETS(PACKET_OTHER), 1);
    GOOD(plug());
    CHECK_INT(GETS(PACKET_OTHER), 0);
    options.port_mac_changes = VIF_TRUE;
    GOOD(plug());
    CHECK_STR(ruleset(), "");
    options.port_mac_changes = VIF_FALSE;
    GOOD(plug());
    options.port_mac_changes = VIF_BOOL_UNSET;     /* an unplug finds them all the same */
    GOOD(unplug());
    CHECK_STR(ruleset(), "");
    SAME_AS(before);
    free(before);
    close_host();
}

/* Never done without protection: where frames pass the rules by, it is refused. */
TEST(what_a_guest_sends)
{
    char *before;
    REQUIRE(start_guest());
    before = everything();
    options.port_forged_transmits = VIF_FALSE;
    if (strcmp(datapath(), "netdev") == 0) {
        FAILS(plug(), VIF_E_UNSUPPORTED, "port_forged_transmits=false: in the userspace datapath");
        CHECK_STR(ruleset(), "");
        SAME_AS(before);
        options.port_forged_transmits = VIF_TRUE;
        GOOD(plug());
    } else {
        GOOD(plug());
        GOOD(look());
        REQUIRE(seen());
        CHECK_INT(SENDS(PACKET_ALL, PACKET_OTHER), 0);
        CHECK_INT(SENDS(PACKET_NEAREST, PACKET_OTHER), 0);
        CHECK_INT(SENDS(PACKET_ALL, OWN), 1);
        CHECK_INT(GETS(PACKET_OTHER), 1);
        options.port_forged_transmits = VIF_TRUE;
        GOOD(plug());
        CHECK_INT(SENDS(PACKET_ALL, PACKET_OTHER), 1);
        options.port_forged_transmits = VIF_FALSE;
        GOOD(plug());
        DO(VSCTL "set Open_vSwitch . other_config:hw-offload=true");
        CHECK_INT(look(), VIF_E_UNSUPPORTED);
        CHECK_HAS(err.text, "with other_config:hw-offload frames pass rules of nftables by");
        DO(VSCTL "remove Open_vSwitch . other_config hw-offload");
    }
    GOOD(unplug());
    CHECK_STR(ruleset(), "");
    SAME_AS(before);
    free(before);
    close_host();
}

/* A device that others make may come later, or be one that the kernel has no rules for. */
TEST(refused_before_anything_is_done)
{
    char *before = everything();
    plain("tap0", false);
    REQUIRE(open_host());
    options.port_mac_changes = VIF_FALSE;
    FAILS(plug(), VIF_E_UNSUPPORTED, "needs create_tap or a namespace");
    options.port_mac_changes = VIF_TRUE;
    options.port_forged_transmits = VIF_FALSE;
    FAILS(plug(), VIF_E_UNSUPPORTED, "needs create_tap or a namespace");
    options.ovs_type = "internal";
    FAILS(plug(), VIF_E_UNSUPPORTED, "needs create_tap or a namespace");
    vhost(VIF_VHOST_SERVER);
    options.port_forged_transmits = VIF_FALSE;
    FAILS(plug(), VIF_E_UNSUPPORTED, "needs create_tap or a namespace");
    plain("tap0", true);
    profile.openvswitch.datapath_type = "netdev";
    options.port_forged_transmits = VIF_FALSE;
    FAILS(plug(), VIF_E_UNSUPPORTED, "in the userspace datapath frames pass rules");
    CHECK_STR(err.where, "port_forged_transmits");
    options.port_forged_transmits = VIF_BOOL_UNSET;
    options.port_promiscuous = VIF_TRUE;
    FAILS(plug(), VIF_E_UNSUPPORTED, "a mirror of Open vSwitch would discard");
    SAME_AS(before);
    free(before);
    close_host();
}

/* Why there is no promiscuous port: it gets what a mirror sends to it, but its guest is mute. */
TEST(a_port_of_a_mirror_is_mute)
{
    char *before, mac[6] = {2, 0, 0, 0, 1, 0};
    int passed = 0;
    REQUIRE(start_guest());
    before = everything();
    GOOD(plug());
    REQUIRE(seen());
    /* The first frames of a port wait for its flows, longer where the machine is emulated. */
    for (int i = 0; i < 50 && passed != 1; i++) {
        passed = SENDS(PACKET_ALL, OWN);
    }
    CHECK_INT(passed, 1);
    CHECK_INT(GETS(PACKET_OTHER), 1);
    DO(VSCTL "-- --id=@p get Port tap0 -- --id=@m create Mirror name=m0 select-all=true "
       "output-port=@p -- set Bridge br-int mirrors=@m");
    CHECK_INT(GETS(PACKET_OTHER), 1);
    for (mac[5] = 1; mac[5] < 100 && passed != 0; mac[5]++) {
        passed = SENDS(PACKET_ALL, mac);    /* of another sender, as flows of before stay a while */
    }
    CHECK_INT(passed, 0);
    CHECK_INT(GETS(PACKET_GROUP), 1);
    DO(VSCTL "clear Bridge br-int mirrors");
    GOOD(unplug());
    SAME_AS(before);
    free(before);
    close_host();
}

TEST(a_kill_at_each_request)
{
    char *before;
    bool died = true;
    REQUIRE(start_guest());
    before = everything();
    close_host();
    for (int k = 1; died && k < 60; k++) {
        pid_t pid;
        int status = 0;
        fflush(stdout);
        pid = fork();
        if (pid == 0) {
            kill_after = k;
            if (!start_guest()) {
                _exit(1);
            }
            options.port_mac_changes = VIF_FALSE;
            _exit(plug() == VIF_OK ? 0 : 1);
        }
        waitpid(pid, &status, 0);
        died = WIFSIGNALED(status);
        CHECK(died || status == 0);
        REQUIRE(start_guest());
        options.port_mac_changes = VIF_FALSE;
        if (k % 2 == 0) {
            GOOD(plug());
            GOOD(look());
        }
        GOOD(unplug());
        CHECK_STR(ruleset(), "");
        SAME_AS(before);
        close_host();
    }
    CHECK(!died);
    free(before);
}

int main(int argc, char **argv)
{
    return switch_main(argc, argv);
}
