/* SPDX-License-Identifier: MIT */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open,--wrap=read,--wrap=write */
/* flags: -Wl,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt */
/* The VLANs of a bridge's port: what is refused before anything is done, and, where the kernel's
 * bridges filter VLANs (tests/vm), a kill at each call. */
#include "kernel/plug.h"


static bool opened(void)
{
    vif_host_desc d = vif_host_desc_default();
    d.options = &s.options;
    memset(&host, 0, sizeof host);
    return vif_host_open(&host, &d, &err) == VIF_OK;
}

static bool can_filter(void)
{
    return sh("ip link add brvlans type bridge vlan_filtering 1") == 0 &&
        sh("ip link del brvlans") == 0;
}

static void refused(const char *says)
{
    dump_host(&was);
    shim_start(FAULT_NONE, 0, 0);
    CHECK_INT(plug(), VIF_E_UNSUPPORTED);
    shim_stop();
    CHECK_INT(shim.changing, 0);
    CHECK_HAS(err.where, "vlans tap0");
    CHECK_HAS(err.text, says);
    dump_host(&is);
    CHECK(dump_same(&was, &is, false));
}

/* What is asked for is a wall between guests: none is worse than a refusal. */
TEST(bridge_that_filters_nothing)
{
    clean();
    DO("ip link add br0 type bridge");
    scene_bridge_tap(&s, "br0", NULL);
    s.options.port_vlan = 100;
    REQUIRE(opened());
    refused("port_vlan and port_trunks: the bridge br0 filters no VLANs");
    CHECK_INT(unplug(), VIF_OK);
    vif_host_close(&host);
}

TEST(kernel_that_filters_nothing)
{
    if (can_filter()) {
        SKIP("this one does");
    }
    clean();
    scene_bridge_tap(&s, "br0", NULL);
    s.options.port_trunks = "1-4094";
    REQUIRE(opened());
    refused("the kernel's bridges filter no VLANs");
    vif_host_close(&host);
}

static void is_plugged(void)
{
    sh("bridge vlan show dev tap0");
    CHECK_HAS(sh_text, "100 PVID Egress Untagged");
    CHECK_HAS(sh_text, "10\n");
    CHECK(!strstr(sh_text, " 1 "));
}

static void is_unplugged(void)
{
    CHECK(!exists("tap0"));
}

TEST(a_kill_at_each_call)
{
    if (!can_filter()) {
        SKIP("the kernel's bridges filter no VLANs");
    }
    clean();
    scene_bridge_tap(&s, "br0", NULL);
    s.options.port_vlan = 100;
    s.options.port_trunks = "10-12,30";
    REQUIRE(opened());
    kill_at_each_call((killing){opened, is_plugged, is_unplugged, 0});
    vif_host_close(&host);
}

PLUG_MAIN
