/* SPDX-License-Identifier: MIT */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open,--wrap=read,--wrap=write */
/* flags: -Wl,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt */
/* vif.h against the running kernel. What it did is read with iproute2, /proc and raw dumps, never
 * with vif itself. */
#include "kernel/plug.h"
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/seccomp.h>
#include <net/ethernet.h>
#include <pthread.h>

static char last_log[4096];

static void note(void *user, const vif_event *event)
{
    char text[512];
    (void)user;
    (void)vif_event_text(event, text, sizeof text);
    if (strlen(last_log) + strlen(text) + 2 < sizeof last_log) {
        strcat(last_log, text);
        strcat(last_log, "\n");
    }
}

static bool open_with(vif_host_desc d)
{
    memset(&host, 0, sizeof host);
    d.options = d.options ? d.options : &s.options;
    if (vif_host_open(&host, &d, &err) != VIF_OK) {
        CHECK_FAIL("open: %s: %s", err.where, err.text);
        return false;
    }
    return true;
}

#define REFUSED(call, want_, where_, text_) \
    do { \
        const vif_status st_ = (call); \
        if (st_ != (want_)) { CHECK_FAIL("%s: got %s, want %s (%s: %s)", #call, \
            vif_status_name(st_), vif_status_name(want_), err.where, err.text); } \
        CHECK_INT(err.status, st_); \
        CHECK_HAS(err.where, where_); \
        CHECK_HAS(err.text, text_); \
    } while (0)

/* The differences that check finds, a line for each. */
static char found[8192];
static vif_status check(void)
{
    static vif_difference d[32];
    size_t count = 99, i, len = 0;
    vif_status st;
    memset(&err, 0, sizeof err);
    memset(d, 0, sizeof d);
    found[0] = '\0';
    shim_start(FAULT_NONE, 0, 0);
    st = check_with(&s.options, d, 32, &count, &err);
    shim_stop();
    for (i = 0; i < count && i < 32; i++) {
        len += (size_t)snprintf(found + len, sizeof found - len, "%s: %s wanted %s found %s\n",
                                d[i].resource, d[i].attribute, d[i].wanted, d[i].found);
    }
    CHECK_INT(shim.changing, 0);
    CHECK_INT(shim.writes, 0);
    CHECK((st == VIF_E_DIFFERENT) == (count != 0));
    CHECK(st == VIF_OK || st == VIF_E_DIFFERENT || err.text[0] != '\0');
    return st;
}

/* A plug that finds everything right sends no change. */
static void idle(const char *what)
{
    shim_start(FAULT_NONE, 0, 0);
    OK(plug());
    shim_stop();
    if (shim.changing != 0 || shim.writes != 0 || shim.ioctls != 0) {
        CHECK_FAIL("%s: a second plug changes: %s (%u ioctls)", what, shim.changes, shim.ioctls);
    }
    CHECK_INT(check(), VIF_OK);
    CHECK_STR(found, "");
}

#define SHOWS(name, part) CHECK_HAS(show("link show", name), part)
#define SHOWS_NOT(name, part) CHECK(!strstr(show("link show", name), part))

static void fresh(void)
{
    clean();
    memset(&s, 0, sizeof s);
    last_log[0] = '\0';
}

static void drift(const char *how, const char *says);

/* ---- linux_bridge ---------------------------------------------------------------------------- */

TEST(bridge_alone)
{
    fresh();
    scene_bridge(&s, "brq1b2c3d4e-5f", NULL);
    REQUIRE(open_with(counted()));
    OK(plug());
    SHOWS("brq1b2c3d4e-5f", "forward_delay 0 ");
    SHOWS("brq1b2c3d4e-5f", "stp_state 0 ");
    SHOWS("brq1b2c3d4e-5f", "mcast_snooping 0 ");
    SHOWS("brq1b2c3d4e-5f", "ageing_time 30000 ");
    SHOWS("brq1b2c3d4e-5f", ",UP");
    SHOWS("brq1b2c3d4e-5f", "alias vif:local:shared");
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/disable_ipv6", "brq1b2c3d4e-5f"), 1);
    CHECK_INT(file_int("/proc/sys/net/ipv4/conf/%s/arp_ignore", "brq1b2c3d4e-5f"), 1);
    CHECK_INT(file_int("/proc/sys/net/ipv4/conf/%s/arp_announce", "brq1b2c3d4e-5f"), 2);
    CHECK(!exists("tap0"));
    idle("bridge");
    OK(unplug());
    CHECK(exists("brq1b2c3d4e-5f"));
    OK(unplug());
    vif_host_close(&host);
    CHECK_INT(memory.bytes, 0);
}

/* A bridge that somebody else made keeps its settings. */
TEST(bridge_of_somebody)
{
    fresh();
    DO("ip link add br0 type bridge forward_delay 400 stp_state 1 mcast_snooping 1");
    scene_bridge(&s, "br0", NULL);
    REQUIRE(open_with(counted()));
    OK(plug());
    SHOWS("br0", "forward_delay 400 ");
    SHOWS("br0", "stp_state 1 ");
    SHOWS("br0", ",UP");
    SHOWS_NOT("br0", "alias");
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/disable_ipv6", "br0"), 0);
    CHECK_INT(file_int("/proc/sys/net/ipv4/conf/%s/arp_ignore", "br0"), 0);
    idle("bridge");
    vif_host_close(&host);
}

/* multi_host, or no bridge to provide: nothing at all, as in the reference. */
TEST(bridge_not_provided)
{
    fresh();
    REQUIRE(open_with(counted()));
    for (int i = 0; i < 3; i++) {
        scene_bridge(&s, "br0", NULL);
        s.network.multi_host = i == 0 ? VIF_TRUE : VIF_FALSE;
        s.network.should_provide_bridge = i == 1 ? VIF_FALSE : i == 0 ? VIF_TRUE : VIF_BOOL_UNSET;
        shim_start(FAULT_NONE, 0, 0);
        OK(plug());
        shim_stop();
        CHECK_INT(shim.changing + shim.writes, 0);
        CHECK(!exists("br0"));
    }
    vif_host_close(&host);
}

static void addressed(void)
{
    uplink("eth1");
    DO("ip link set eth1 up && ip addr add 192.0.2.2/24 dev eth1 && "
       "ip addr add 192.0.2.3/24 dev eth1 && ip addr add 198.51.100.1 peer 198.51.100.2/32 dev eth1"
       " && ip addr add 2001:db8::2/64 dev eth1 && ip addr add 2001:db8::3/64 dev eth1 && "
       "ip route add default via 192.0.2.1 dev eth1 metric 50 && "
       "ip route add default via 192.0.2.7 dev eth1 metric 70 && "
       "ip route add 203.0.113.0/24 via 192.0.2.9 dev eth1 table 77 mtu 1300 && "
       "ip route add 10.9.0.0/16 nexthop via 192.0.2.5 weight 2 nexthop via 192.0.2.6 && "
       "ip route add 10.8.0.0/16 via 172.16.0.1 dev eth1 onlink src 192.0.2.3 && "
       "ip route add 10.7.0.0/16 dev eth1 scope link && "
       "ip route add 10.6.0.0/16 tos 0x10 via 192.0.2.4 && "
       "ip -6 route add default via 2001:db8::1 dev eth1 metric 300 && "
       "ip -6 route add 2001:db8:9::/48 via 2001:db8::9 dev eth1 && "
       "ip -6 route add 2001:db8:8::/48 table 78 dev eth1 && "
       "ip -6 route add 2001:db8:7::/48 nexthop via 2001:db8::5 dev eth1 nexthop via 2001:db8::6 "
       "dev eth1 && ip -6 route add 2001:db8:6::/48 via fe80::77 dev eth1");
}

/* The text of all IPv4 and IPv6 addresses and routes of a device, its name taken out. */
static const char *layer3(const char *name, char *to)
{
    char *out = to;
    sh("{ ip -o addr show dev %s scope global; ip -4 route show table all dev %s; "
       "ip -4 route show table all | grep nexthop; ip -6 route show table all dev %s; } | "
       "grep -Ev 'ff00::|fe80::(/64|[^ ]* dev.*table local)|^local fe80|anycast|^local|broadcast|"
       "multicast|proto kernel' | "
       "sed -E 's/ *valid_lft.*//; s/^[0-9]+: //; s/%s(-peer)?/DEV/g; s/expires [0-9]+sec//; "
       "s/ tentative//'"
       " | sort", name, name, name, name);
    memcpy(out, sh_text, strlen(sh_text) + 1);
    return out;
}

TEST(uplink_moves_addresses_and_routes)
{
    static char before[16384], after[16384], left[16384];
    fresh();
    addressed();
    layer3("eth1", before);
    CHECK_HAS(before, "onlink");
    CHECK_HAS(before, "weight 2");
    CHECK_HAS(before, "2001:db8:8::/48");
    scene_bridge(&s, "br0", "eth1");
    REQUIRE(open_with(counted()));
    OK(plug());
    SHOWS("eth1", "master br0");
    SHOWS("eth1", "mtu 1450 ");
    SHOWS("br0", "mtu 1450 ");
    layer3("br0", after);
    CHECK_STR(after, before);
    sh("ip -4 addr show dev eth1; ip -6 addr show dev eth1 scope global; ip route show dev eth1");
    CHECK_STR(sh_text, "");
    layer3("eth1", left);
    CHECK(strstr(left, "inet") == NULL);
    /* IPv6 on, and the link-local address that the uplink has: forwarding needs one */
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/disable_ipv6", "br0"), 0);
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/addr_gen_mode", "br0"), 0);
    sh("ip -6 addr show dev br0 scope link | grep -c fe80::");
    CHECK_STR(sh_text, "1");
    idle("uplink");
    /* an address that comes back to the uplink is a difference, and plug moves it, too */
    DO("ip addr add 192.0.2.88/24 dev eth1");
    CHECK_INT(check(), VIF_E_DIFFERENT);
    CHECK_HAS(found, "addresses eth1: address wanted br0 found 192.0.2.88/24\n");
    OK(plug());
    CHECK_HAS(show("addr show", "br0"), "192.0.2.88/24");
    CHECK(!strstr(show("-4 addr show", "eth1"), "192.0.2"));
    idle("uplink again");
    vif_host_close(&host);
    CHECK_INT(memory.bytes, 0);
}

/* The last step fails, by the kernel's own will: all comes back to the uplink. */
TEST(uplink_comes_back)
{
    static char before[16384], after[16384];
    fresh();
    addressed();
    layer3("eth1", before);
    dump_host(&was);
    scene_bridge_tap(&s, "br0", "eth1");
    s.options.tap_owner = vif_u32_of(4000);     /* no such user here: EINVAL */
    REQUIRE(open_with(counted()));
    REFUSED(plug(), VIF_E_KERNEL, "tap tap0: TUNSETOWNER", "nvalid");
    CHECK_INT(err.sys_errno, EINVAL);
    CHECK(!strstr(err.text, "left behind"));
    layer3("eth1", after);
    CHECK_STR(after, before);
    CHECK(!exists("br0") && !exists("tap0"));
    dump_host(&is);
    CHECK(dump_same(&was, &is, false));
    vif_host_close(&host);
}

/* An uplink that was down goes down again, with the addresses it had. */
TEST(uplink_down_comes_back)
{
    fresh();
    uplink("eth1");
    DO("ip addr add 192.0.2.2/24 dev eth1 && ip addr add 2001:db8::2/64 dev eth1");
    dump_host(&was);
    scene_bridge_tap(&s, "br0", "eth1");
    s.options.tap_owner = vif_u32_of(4000);
    REQUIRE(open_with(counted()));
    CHECK(plug() == VIF_E_KERNEL);
    dump_host(&is);
    CHECK(dump_same(&was, &is, false));
    vif_host_close(&host);
}

/* A route over two devices is not the uplink's alone: it stays. A blackhole is nobody's. */
TEST(uplink_foreign_routes_stay)
{
    fresh();
    uplink("eth1");
    uplink("eth2");
    DO("ip link set eth1 up && ip link set eth2 up && ip addr add 192.0.2.2/24 dev eth1 && "
       "ip addr add 198.51.100.2/24 dev eth2 && ip route add blackhole 10.66.0.0/16 && "
       "ip route add 10.5.0.0/16 via 198.51.100.1");
    scene_bridge(&s, "br0", "eth1");
    REQUIRE(open_with(counted()));
    OK(plug());
    sh("ip route");
    CHECK_HAS(sh_text, "blackhole 10.66.0.0/16");
    CHECK_HAS(sh_text, "10.5.0.0/16 via 198.51.100.1 dev eth2");
    CHECK_HAS(sh_text, "192.0.2.0/24 dev br0 proto kernel");
    CHECK_HAS(show("addr show", "eth2"), "198.51.100.2/24");
    vif_host_close(&host);
}

/* Address attributes survive: broadcast, scope, lifetimes (but a lease's), noprefixroute,
 * metric. */
TEST(uplink_address_attributes)
{
    fresh();
    uplink("eth1");
    DO("ip link set eth1 up && ip addr add 192.0.2.2/24 broadcast 192.0.2.255 dev eth1 "
       "noprefixroute && ip addr add 198.51.100.2/24 dev eth1 valid_lft 3600 preferred_lft 1800 && "
       "ip addr add 203.0.113.2/24 dev eth1 metric 555 && "
       "ip addr add 2001:db8::2/64 dev eth1 noprefixroute && "
       "ip addr add 2001:db8::4/64 dev eth1 valid_lft 3600 preferred_lft 1800 nodad");
    scene_bridge(&s, "br0", "eth1");
    REQUIRE(open_with(counted()));
    OK(plug());
    show("addr show", "br0");
    CHECK_HAS(sh_text, "192.0.2.2/24 brd 192.0.2.255 scope global noprefixroute br0");
    CHECK(strstr(sh_text, "2001:db8::2/64 scope global noprefixroute") ||
          strstr(sh_text, "2001:db8::2/64 scope global tentative noprefixroute"));
    CHECK(strstr(sh_text, "valid_lft 3600sec preferred_lft 1800sec") ||
          strstr(sh_text, "valid_lft 3599sec preferred_lft 1799sec"));
    CHECK_HAS(sh_text, "metric 555");
    sh("ip -4 addr show dev br0 | grep -A1 198.51.100.2 | tail -1");
    CHECK_HAS(sh_text, "valid_lft forever");            /* nobody renews it here */
    vif_host_close(&host);
}

TEST(uplink_right_takes_three_round_trips)
{
    uint32_t sent;
    fresh();
    uplink("eth1");
    scene_bridge(&s, "br0", "eth1");
    REQUIRE(open_with(counted()));
    OK(plug());
    sent = host.nl.count.datagrams_sent;
    idle("uplink");                     /* a plug and a check */
    sent = host.nl.count.datagrams_sent;
    shim_start(FAULT_NONE, 0, 0);
    OK(plug());
    shim_stop();
    CHECK(host.nl.count.datagrams_sent - sent <= 3);
    CHECK_INT(shim.changing, 0);
    CHECK_INT(shim.sends, host.nl.count.datagrams_sent - sent);
    CHECK_INT(shim.opens, 0);
    vif_host_close(&host);
}

TEST(uplink_that_is_missing_is_left_out)
{
    fresh();
    scene_bridge(&s, "br0", "eth77");
    REQUIRE(open_with(counted()));
    OK(plug());
    SHOWS("br0", ",UP");
    SHOWS("br0", "mtu 1500 ");          /* as in the reference: its MTU comes with an interface */
    idle("without uplink");
    vif_host_close(&host);
}

TEST(flat_interface_overrides)
{
    fresh();
    uplink("eth1");
    uplink("eth2");
    scene_bridge(&s, "br0", "eth1");
    s.options.flat_interface = "eth2";
    REQUIRE(open_with(counted()));
    OK(plug());
    SHOWS("eth2", "master br0");
    SHOWS_NOT("eth1", "master");
    idle("flat");
    vif_host_close(&host);
}

TEST(vlan_the_kernel_has_or_refuses)
{
    fresh();
    uplink("eth1");
    dump_host(&was);
    scene_bridge(&s, "br101", "eth1");
    s.network.should_provide_vlan = VIF_TRUE;
    s.network.vlan = vif_int_of(101);
    REQUIRE(open_with(counted()));
    if (sh("ip link add link eth1 name vlan9 type vlan id 9") == 0) {
        DO("ip link del vlan9");
        OK(plug());
        SHOWS("vlan101", "vlan protocol 802.1Q id 101");
        SHOWS("vlan101", "master br101");
        idle("vlan");
    } else {
        REFUSED(plug(), VIF_E_UNSUPPORTED, "vlan vlan101", "nknown device type");
        dump_host(&is);
        CHECK(dump_same(&was, &is, false));
    }
    vif_host_close(&host);
}

static bool has_tun(void)
{
    const int fd = open("/dev/net/tun", O_RDWR);
    if (fd >= 0) {
        close(fd);
    }
    return fd >= 0;
}
#define NEED_TUN do { if (!has_tun()) { SKIP("no /dev/net/tun"); } } while (0)

TEST(bridge_tap_all_options)
{
    fresh();
    NEED_TUN;
    uplink("eth1");
    scene_bridge_tap(&s, "br0", "eth1");
    s.options.tap_multi_queue = VIF_TRUE;
    s.options.tap_vnet_hdr = VIF_TRUE;
    s.options.tap_owner = vif_u32_of(0);
    s.options.tap_group = vif_u32_of(0);
    s.options.port_isolated = VIF_TRUE;
    s.options.port_hairpin = VIF_TRUE;
    s.options.port_learning = VIF_FALSE;
    s.options.port_unicast_flood = VIF_FALSE;
    s.options.port_mcast_flood = VIF_FALSE;
    s.options.port_bcast_flood = VIF_FALSE;
    REQUIRE(open_with(counted()));
    OK(plug());
    show("link show", "tap0");
    CHECK_HAS(sh_text, "master br0");
    CHECK_HAS(sh_text, "mtu 1450 ");
    CHECK_HAS(sh_text, "link/ether fe:52:25:62:e2:aa");
    CHECK_HAS(sh_text, "tun type tap pi off vnet_hdr on multi_queue");
    CHECK_HAS(sh_text, "user root group root");
    CHECK_HAS(sh_text, "isolated on");
    CHECK_HAS(sh_text, "hairpin on");
    CHECK_HAS(sh_text, "learning off");
    CHECK_HAS(sh_text, " flood off");
    CHECK_HAS(sh_text, "mcast_flood off");
    CHECK_HAS(sh_text, "bcast_flood off");
    CHECK_HAS(sh_text, ",UP");
    CHECK_HAS(sh_text, "alias " TAG);
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/disable_ipv6", "tap0"), 1);
    idle("tap");
    /* unplug takes exactly the tap, also when the options no longer ask for one */
    dump_host(&was);
    memset(&s.options, 0, sizeof s.options);
    OK(unplug());
    CHECK(!exists("tap0"));
    CHECK(exists("br0"));
    SHOWS("eth1", "master br0");
    OK(unplug());
    vif_host_close(&host);
    CHECK_INT(memory.bytes, 0);
}

/* Port options that are not given are left as they are. */
TEST(port_unset_is_untouched)
{
    fresh();
    NEED_TUN;
    scene_bridge_tap(&s, "br0", NULL);
    s.options.port_hairpin = VIF_TRUE;
    REQUIRE(open_with(counted()));
    OK(plug());
    SHOWS("tap0", "hairpin on");
    SHOWS("tap0", "isolated off");
    SHOWS("tap0", "learning on");
    DO("ip link set tap0 type bridge_slave isolated on learning off");
    idle("unset");
    SHOWS("tap0", "isolated on");
    vif_host_close(&host);
}

/* L10, L13: IPv6 is off before the tap is a port; the MTU is the network's. */
TEST(bridge_tap_order)
{
    char *off, *master;
    fresh();
    NEED_TUN;
    scene_bridge_tap(&s, "br0", NULL);
    {
        vif_host_desc d = counted();
        d.log = note;
        REQUIRE(open_with(d));
    }
    OK(plug());
    off = strstr(last_log, "setting tap0");
    master = strstr(last_log, "master tap0");
    CHECK(off && master && off < master);
    CHECK(strstr(last_log, "up tap0") > master);
    /* no link-local address was ever made on it */
    sh("ip -6 addr show dev tap0");
    CHECK_STR(sh_text, "");
    vif_host_close(&host);
}

/* L13 where the host has IPv6 off altogether. */
TEST(bridge_without_ipv6)
{
    fresh();
    NEED_TUN;
    uplink("eth1");
    ns_write("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
    ns_write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
    DO("ip addr add 192.0.2.2/24 dev eth1");
    scene_bridge_tap(&s, "br0", "eth1");
    REQUIRE(open_with(counted()));
    OK(plug());
    SHOWS("tap0", "master br0");
    CHECK_HAS(show("addr show", "br0"), "192.0.2.2/24");
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/disable_ipv6", "br0"), 1);
    idle("no IPv6");
    OK(unplug());
    vif_host_close(&host);
}

/* The rules of a bridge without filtering by others: found right the second time, found missing,
 * repaired, left by unplug, taken back when the plug is refused. (What they do: rules.c.) */
TEST(bridge_rules)
{
    uint32_t sent;
    fresh();
    uplink("eth1");
    scene_bridge(&s, "br0", "eth1");
    s.vif.base.has_traffic_filtering = VIF_FALSE;
    s.options.forward_bridge_interface = "eth7,eth8";
    REQUIRE(open_with(counted()));
    dump_host(&was);
    if (has_tun()) {
        s.options.create_tap = VIF_TRUE;
        s.options.tap_owner = vif_u32_of(4000);
        REFUSED(plug(), VIF_E_KERNEL, "tap tap0", "nvalid");
        dump_host(&is);
        CHECK(dump_same(&was, &is, false));
        s.options.create_tap = VIF_BOOL_UNSET;
        s.options.tap_owner.set = false;
    }
    OK(plug());
    idle("rules");
    sent = shim.sends;
    CHECK(sent <= 4);                   /* the idle check: links, addresses, and two of nftables */
    if (sh("nft list ruleset") == 0) {
        CHECK_HAS(sh_text, "eth7");
        CHECK_HAS(sh_text, "eth8");
        CHECK_HAS(sh_text, "br0");
        drift("nft flush ruleset", "rules br0: ");
        DO("nft list ruleset | grep -q eth8");
        s.options.forward_bridge_interface = "eth9";
        CHECK_INT(check(), VIF_E_DIFFERENT);
        OK(plug());
        idle("others");
        sh("nft list ruleset");
        CHECK(strstr(sh_text, "eth9") && !strstr(sh_text, "eth8"));
        OK(unplug());
        sh("nft list ruleset");
        CHECK_HAS(sh_text, "eth9");
        /* another bridge's rules stand beside it */
        s.vif.bridge.bridge_name = "br1";
        s.network.bridge_interface = NULL;
        OK(plug());
        sh("nft list ruleset");
        CHECK(strstr(sh_text, "br0") && strstr(sh_text, "br1"));
        idle("second bridge");
    }
    s.options.forward_bridge_interface = "a/b";
    CHECK(plug() != VIF_OK);
    CHECK(err.where[0] != '\0' && err.text[0] != '\0');
    vif_host_close(&host);
    CHECK_INT(memory.bytes, 0);
}

/* A first octet of fe is kept apart from the guest's own. */
TEST(bridge_tap_mac_differs_from_the_guests)
{
    fresh();
    NEED_TUN;
    scene_bridge_tap(&s, "br0", NULL);
    s.vif.base.address = "fe:52:25:62:e2:aa";
    REQUIRE(open_with(counted()));
    OK(plug());
    SHOWS_NOT("tap0", "link/ether fe:52:25:62:e2:aa");
    SHOWS("tap0", ":52:25:62:e2:aa");
    OK(unplug());
    s.vif.base.address = NULL;
    OK(plug());
    SHOWS("tap0", "link/ether");
    idle("no MAC");
    vif_host_close(&host);
}

/* Two VIFs on one bridge: the second takes nothing from the first, nor does its unplug. */
TEST(two_vifs_on_one_bridge)
{
    fresh();
    NEED_TUN;
    uplink("eth1");
    DO("ip addr add 192.0.2.2/24 dev eth1");
    scene_bridge_tap(&s, "br0", "eth1");
    REQUIRE(open_with(counted()));
    OK(plug());
    dump_host(&was);
    s.vif.bridge.vif_name = "tap1";
    s.vif.base.id = "another";
    s.vif.base.address = "22:52:25:62:e2:bb";
    OK(plug());
    SHOWS("tap0", "master br0");
    SHOWS("tap1", "master br0");
    SHOWS("tap1", "alias vif:local:another");
    OK(unplug());
    dump_host(&is);
    CHECK(dump_same(&was, &is, false));
    scene_bridge_tap(&s, "br0", "eth1");
    idle("first");
    OK(unplug());
    CHECK(!exists("tap0"));
    vif_host_close(&host);
}

/* A multicast address cannot be an interface's: refused before anything is done. */
TEST(multicast_address_is_refused)
{
    fresh();
    NEED_TUN;
    scene_tap(&s);
    s.vif.base.address = "01:00:5e:00:00:01";
    dump_host(&was);
    REQUIRE(open_with(counted()));
    REFUSED(plug(), VIF_E_FIELD, "address", "multicast");
    dump_host(&is);
    CHECK(dump_same(&was, &is, false));
    OK(unplug());
    vif_host_close(&host);
}

/* ---- T6, T20, T21, T22 ----------------------------------------------------------------------- */

/* T6: no MTU known, or none given: 1500, or the option's; never a number made of an error. */
TEST(mtu_unknown)
{
    fresh();
    NEED_TUN;
    scene_tap(&s);
    s.network.mtu.state = VIF_STATE_UNSET;
    REQUIRE(open_with(counted()));
    OK(plug());
    SHOWS("tap0", "mtu 1500 ");
    s.options.network_device_mtu = 9000;
    OK(plug());
    SHOWS("tap0", "mtu 9000 ");
    s.network.mtu = vif_int_of(68);
    OK(plug());
    SHOWS("tap0", "mtu 68 ");
    vif_host_close(&host);
    /* the look-up fails: nothing is sent */
    for (int k = 1; k < 4; k++) {
        REQUIRE(open_with(counted()));
        shim_start(FAULT_LOST, k, 0);
        s.network.mtu = vif_int_of(1450);
        if (plug() != VIF_OK) {
            CHECK_INT(shim.changing, 0);
        }
        shim_stop();
        SHOWS_NOT("tap0", "mtu 4294967295");
        vif_host_close(&host);
    }
}

/* T20: the library never closes or reads a descriptor that is not its own. */
TEST(descriptors_of_the_embedder)
{
    int adopted, fds, again;
    vif_host_desc d = counted();
    struct sockaddr_nl a = {.nl_family = AF_NETLINK};
    fresh();
    NEED_TUN;
    adopted = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    REQUIRE(bind(adopted, (struct sockaddr *)&a, sizeof a) == 0);
    d.netlink_fd = vif_fd_of(adopted);
    scene_tap(&s);
    fds = count_fds();
    REQUIRE(open_with(d));
    CHECK_INT(count_fds(), fds);
    OK(plug());
    CHECK_INT(count_fds(), fds);
    vif_host_close(&host);
    CHECK_INT(count_fds(), fds);
    CHECK(fcntl(adopted, F_GETFD) >= 0);
    /* and its number, taken by somebody else, is not touched by a second close */
    close(adopted);
    again = open("/dev/null", O_RDONLY);
    CHECK_INT(again, adopted);
    vif_host_close(&host);
    CHECK(fcntl(again, F_GETFD) >= 0);
    close(again);
    /* without one adopted: opened with CLOEXEC, and closed */
    fds = count_fds();
    REQUIRE(open_with(counted()));
    CHECK_INT(count_fds(), fds + 1);
    CHECK(fcntl(vif_nl_fd(&host.nl), F_GETFD) & FD_CLOEXEC);
    vif_host_close(&host);
    vif_host_close(&host);
    CHECK_INT(count_fds(), fds);
}

/* T21 */
TEST(bridge_that_is_none)
{
    fresh();
    uplink("eth1");
    uplink("eth2");
    scene_bridge(&s, "eth2", "eth1");
    dump_host(&was);
    REQUIRE(open_with(counted()));
    REFUSED(plug(), VIF_E_EXISTS, "bridge eth2", "eth2 is veth, not bridge");
    s.vif.bridge.bridge_name = "lo";
    REFUSED(plug(), VIF_E_EXISTS, "bridge lo", "not bridge");
    if (sh("ip link add bond0 type bond") == 0) {
        dump_host(&was);
        s.vif.bridge.bridge_name = "bond0";
        REFUSED(plug(), VIF_E_EXISTS, "bridge bond0", "bond0 is bond, not bridge");
    }
    if (has_tun()) {
        /* none is provided, and a tap is wanted on it */
        s.network.should_provide_bridge = VIF_FALSE;
        s.options.create_tap = VIF_TRUE;
        s.vif.bridge.bridge_name = "nobridge";
        REFUSED(plug(), VIF_E_NO_INTERFACE, "master tap0", "nobridge does not exist");
        s.vif.bridge.bridge_name = "eth2";
        REFUSED(plug(), VIF_E_EXISTS, "master tap0", "eth2 is veth, not bridge");
    }
    dump_host(&is);
    CHECK(dump_same(&was, &is, false));
    vif_host_close(&host);
}

/* T22: many taps, each step of opening refused: no descriptor stays (tests/fault: each step). */
TEST(taps_beyond_256)
{
    char name[16];
    int fds;
    fresh();
    NEED_TUN;
    scene_tap(&s);
    s.vif.generic.vif_name = name;
    REQUIRE(open_with(counted()));
    fds = count_fds();
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "t%d", i);
        OK(plug());
    }
    CHECK(exists("t299"));
    CHECK_INT(count_fds(), fds);
    vif_host_close(&host);
}

/* ---- adoption, tags, kinds ------------------------------------------------------------------- */

TEST(untagged_tap_is_adopted)
{
    fresh();
    NEED_TUN;
    DO("ip tuntap add tap0 mode tap && ip link set tap0 alias somebody mtu 1400");
    scene_tap(&s);
    REQUIRE(open_with(counted()));
    CHECK_INT(check(), VIF_E_DIFFERENT);
    CHECK_HAS(found, "tap tap0: alias wanted " TAG " found somebody\n");
    CHECK_HAS(found, "tap tap0: mtu wanted 1450 found 1400\n");
    CHECK_HAS(found, "tap tap0: mac wanted fe:52:25:62:e2:aa found ");
    CHECK_HAS(found, "up tap0: up wanted yes found no\n");
    OK(plug());
    SHOWS("tap0", "alias " TAG);
    SHOWS("tap0", "mtu 1450 ");
    idle("adopted");
    OK(unplug());
    CHECK(!exists("tap0"));
    vif_host_close(&host);
}

/* Made by a hypervisor with its own owner or header: taken as it is where none is asked; with its
 * own queues as long as it holds them. */
static int hold(const char *tap, int flags)
{
    struct ifreq r;
    const int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    memset(&r, 0, sizeof r);
    snprintf(r.ifr_name, sizeof r.ifr_name, "%s", tap);
    r.ifr_flags = (short)flags;
    CHECK_INT(ioctl(fd, TUNSETIFF, &r), 0);
    return fd;
}

TEST(adoption_asks_for_nothing_that_is_not_set)
{
    int fd;
    fresh();
    NEED_TUN;
    DO("ip tuntap add tap0 mode tap user 0 group 0 vnet_hdr multi_queue");
    scene_tap(&s);
    REQUIRE(open_with(counted()));
    REFUSED(plug(), VIF_E_EXISTS, "tap tap0", "single-queue");
    fd = hold("tap0", IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE | IFF_VNET_HDR);
    OK(plug());
    idle("held");
    close(fd);
    SHOWS("tap0", "user root group root");
    SHOWS("tap0", "vnet_hdr on multi_queue");
    vif_host_close(&host);
}

TEST(tags_of_others_are_refused)
{
    fresh();
    NEED_TUN;
    DO("ip tuntap add tap0 mode tap && ip link set tap0 alias vif:other:" VIF_ID);
    scene_tap(&s);
    dump_host(&was);
    REQUIRE(open_with(counted()));
    REFUSED(plug(), VIF_E_EXISTS, "tap tap0", "tap0 belongs to vif:other:" VIF_ID);
    REFUSED(unplug(), VIF_E_EXISTS, "tap tap0", "tap0 belongs to vif:other:" VIF_ID);
    REFUSED(check(), VIF_E_EXISTS, "tap tap0", "belongs to");
    dump_host(&is);
    CHECK(dump_same(&was, &is, false));
    /* the same for another VIF of ours, and for a bridge's tap */
    DO("ip link set tap0 alias vif:local:another");
    dump_host(&was);
    REFUSED(plug(), VIF_E_EXISTS, "tap tap0", "tap0 belongs to vif:local:another");
    REFUSED(unplug(), VIF_E_EXISTS, "tap tap0", "vif:local:another");
    scene_bridge_tap(&s, "br0", NULL);
    REFUSED(plug(), VIF_E_EXISTS, "tap tap0", "tap0 belongs to vif:local:another");
    REFUSED(unplug(), VIF_E_EXISTS, "tap tap0", "vif:local:another");
    CHECK(!exists("br0"));
    /* and unplug without a word of a tap leaves it */
    s.options.create_tap = VIF_BOOL_UNSET;
    OK(unplug());
    dump_host(&is);
    CHECK(dump_same(&was, &is, false));
    /* a tag that only starts like ours is another's */
    DO("ip link set tap0 alias " TAG "-and-more");
    scene_tap(&s);
    REFUSED(plug(), VIF_E_EXISTS, "tap tap0", "belongs to");
    vif_host_close(&host);
}

TEST(names_of_other_kinds_are_refused)
{
    fresh();
    NEED_TUN;
    uplink("tap0");
    scene_tap(&s);
    dump_host(&was);
    REQUIRE(open_with(counted()));
    REFUSED(plug(), VIF_E_EXISTS, "tap tap0", "tap0 is veth, not tap");
    REFUSED(unplug(), VIF_E_EXISTS, "tap tap0", "tap0 is veth, not tap");
    dump_host(&is);
    CHECK(dump_same(&was, &is, false));
    DO("ip link del tap0 && ip tuntap add tap0 mode tun");
    REFUSED(plug(), VIF_E_EXISTS, "tap tap0", "tap0 is tun, not tap");
    REFUSED(unplug(), VIF_E_EXISTS, "tap tap0", "tap0 is tun, not tap");
    DO("ip link del tap0 && ip link add tap0 type bridge");
    REFUSED(plug(), VIF_E_EXISTS, "tap tap0", "tap0 is bridge, not tap");
    CHECK(exists("tap0"));
    DO("ip link del tap0 && ip tuntap add tap0 mode tap");
    s.options.tap_multi_queue = VIF_TRUE;
    REFUSED(plug(), VIF_E_EXISTS, "tap tap0", "multi-queue");
    s.options.tap_multi_queue = VIF_BOOL_UNSET;
    s.options.tap_vnet_hdr = VIF_TRUE;
    REFUSED(plug(), VIF_E_EXISTS, "tap tap0", "vnet header");
    s.options.tap_vnet_hdr = VIF_BOOL_UNSET;
    s.options.tap_owner = vif_u32_of(0);
    REFUSED(plug(), VIF_E_EXISTS, "tap tap0", "owner");
    vif_host_close(&host);
}

/* An alternative name finds a link: what it means must still be right, or refused. */
TEST(alternative_names)
{
    fresh();
    uplink("eth1");
    DO("ip link add realbr type bridge && ip link property add dev realbr altname br0 && "
       "ip link property add dev eth1 altname up0 && ip addr add 2001:db8::2/64 dev eth1");
    scene_bridge(&s, "br0", "up0");
    dump_host(&was);
    REQUIRE(open_with(counted()));
    if (plug() == VIF_OK) {
        SHOWS("eth1", "master realbr");
        CHECK_HAS(show("addr show", "realbr"), "2001:db8::2");
        idle("altname");
    } else {
        dump_host(&is);
        CHECK(dump_same(&was, &is, false));
    }
    vif_host_close(&host);
}

static int attach(const char *name, int extra)
{
    struct ifreq r;
    const int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    memset(&r, 0, sizeof r);
    snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
    r.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | extra);
    if (fd >= 0 && ioctl(fd, TUNSETIFF, &r) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* A guest that holds the tap sees nothing of a second plug. */
TEST(holder_survives_a_second_plug)
{
    unsigned index;
    unsigned char frame[60] = "\xff\xff\xff\xff\xff\xff\x22\x52\x25\x62\xe2\xaa\x08\x06";
    int fd;
    fresh();
    NEED_TUN;
    scene_bridge_tap(&s, "br0", NULL);
    REQUIRE(open_with(counted()));
    OK(plug());
    index = if_nametoindex("tap0");
    fd = attach("tap0", 0);
    REQUIRE(fd >= 0);
    CHECK_INT(write(fd, frame, sizeof frame), sizeof frame);
    idle("held");
    CHECK_INT(if_nametoindex("tap0"), index);
    CHECK_INT(write(fd, frame, sizeof frame), sizeof frame);
    DO("ip link set tap0 down mtu 1300");
    OK(plug());
    CHECK_INT(if_nametoindex("tap0"), index);
    CHECK_INT(write(fd, frame, sizeof frame), sizeof frame);
    SHOWS("tap0", "mtu 1450 ");
    /* unplug takes it away under the holder */
    OK(unplug());
    CHECK(!exists("tap0"));
    CHECK(write(fd, frame, sizeof frame) < 0);
    close(fd);
    vif_host_close(&host);
}

TEST(two_hosts_with_two_owners)
{
    vif_host_desc d = counted();
    vif_host other;
    fresh();
    NEED_TUN;
    scene_bridge_tap(&s, "br0", NULL);
    REQUIRE(open_with(d));
    d.owner = "other.one_2-3";
    OK(vif_host_open(&other, &d, &err));
    OK(plug());
    REFUSED(vif_plug(&other, &s.vif, NULL, &s.options, &err), VIF_E_EXISTS, "tap tap0",
            "tap0 belongs to " TAG);
    REFUSED(vif_unplug(&other, &s.vif, NULL, &s.options, &err), VIF_E_EXISTS, "tap tap0",
            "belongs to " TAG);
    CHECK(exists("tap0"));
    s.vif.bridge.vif_name = "tap1";
    OK(vif_plug(&other, &s.vif, NULL, &s.options, &err));
    SHOWS("tap1", "alias vif:other.one_2-3:" VIF_ID);
    SHOWS("br0", "alias vif:local:shared");
    OK(vif_unplug(&other, &s.vif, NULL, &s.options, &err));
    CHECK(!exists("tap1"));
    CHECK(exists("tap0"));
    vif_host_close(&other);
    vif_host_close(&host);
    CHECK_INT(memory.bytes, 0);
}

/* ---- check ----------------------------------------------------------------------------------- */

TEST(check_before_plug)
{
    fresh();
    NEED_TUN;
    uplink("eth1");
    scene_bridge_tap(&s, "br0", "eth1");
    REQUIRE(open_with(counted()));
    dump_host(&was);
    CHECK_INT(check(), VIF_E_DIFFERENT);
    CHECK_HAS(found, "bridge br0: exists wanted yes found no\n");
    CHECK_HAS(found, "tap tap0: exists wanted yes found no\n");
    CHECK_HAS(found, "master eth1: master wanted br0 found none\n");
    CHECK_HAS(found, "mtu eth1: mtu wanted 1450 found 1500\n");
    dump_host(&is);
    CHECK(dump_same(&was, &is, false));
    vif_host_close(&host);
}

static void drift(const char *how, const char *says)
{
    DO("%s", how);
    CHECK_INT(check(), VIF_E_DIFFERENT);
    if (!strstr(found, says)) {
        CHECK_FAIL("after %s: want %s, found %s", how, says, found);
    }
    OK(plug());
    if (check() != VIF_OK) {
        CHECK_FAIL("plug does not repair %s: %s", how, found);
    }
}

TEST(check_finds_each_drift_and_plug_repairs_it)
{
    fresh();
    NEED_TUN;
    uplink("eth1");
    scene_bridge_tap(&s, "br0", "eth1");
    s.options.port_isolated = VIF_TRUE;
    s.options.port_learning = VIF_FALSE;
    REQUIRE(open_with(counted()));
    OK(plug());
    idle("before");
    drift("ip link set br0 down", "up br0: up wanted yes found no\n");
    drift("ip link set eth1 down", "up eth1: up wanted yes found no\n");
    drift("ip link set tap0 down", "up tap0: up wanted yes found no\n");
    drift("ip link set eth1 mtu 1400", "mtu eth1: mtu wanted 1450 found 1400\n");
    drift("ip link set br0 mtu 1300", "mtu br0: mtu wanted 1450 found 1300\n");
    drift("ip link set tap0 mtu 1300", "tap tap0: mtu wanted 1450 found 1300\n");
    drift("ip link set tap0 address 02:11:22:33:44:55",
          "tap tap0: mac wanted fe:52:25:62:e2:aa found 02:11:22:33:44:55\n");
    drift("ip link set tap0 nomaster", "master tap0: master wanted br0 found none\n");
    drift("ip link set eth1 nomaster", "master eth1: master wanted br0 found none\n");
    drift("ip link add br9 type bridge && ip link set tap0 master br9",
          "master tap0: master wanted br0 found ");
    drift("ip link set tap0 type bridge_slave isolated off",
          "port tap0: isolated wanted 1 found 0\n");
    drift("ip link set tap0 type bridge_slave learning on",
          "port tap0: learning wanted 0 found 1\n");
    drift("ip link set tap0 alias ''", "tap tap0: alias wanted " TAG " found \n");
    drift("echo 0 >/proc/sys/net/ipv4/conf/br0/arp_ignore",
          "setting br0: arp_ignore wanted 1 found 0\n");
    drift("echo 0 >/proc/sys/net/ipv6/conf/tap0/disable_ipv6",
          "setting tap0: disable_ipv6 wanted 1 found 0\n");
    drift("ip addr add 192.0.2.2/24 dev eth1",
          "addresses eth1: address wanted br0 found 192.0.2.2/24");
    drift("ip addr add 2001:db8::2/64 dev eth1",
          "addresses eth1: address wanted br0 found 2001:db8::2/64");
    drift("ip link del tap0", "tap tap0: exists wanted yes found no\n");
    drift("ip link del br0", "bridge br0: exists wanted yes found no\n");
    SHOWS("tap0", "isolated on");
    vif_host_close(&host);
    CHECK_INT(memory.bytes, 0);
}

static void forwarding(const char *on)
{
    ns_write("/proc/sys/net/ipv4/ip_forward", on);
    ns_write("/proc/sys/net/ipv6/conf/all/forwarding", on);
    ns_write("/proc/sys/net/ipv6/conf/all/proxy_ndp", on);
}

static void routed(void)
{
    scene_tap(&s);
    scene_profile(&s, "ee:ee:ee:ee:ee:ee");
    scene_subnet(&s, "169.254.1.1", "192.0.2.17", "192.0.2.18", NULL);
    scene_subnet(&s, "2001:db8::1", "2001:db8::17", NULL, NULL);
}

TEST(routed_drift)
{
    fresh();
    NEED_TUN;
    forwarding("1");
    routed();
    REQUIRE(open_with(counted()));
    OK(plug());
    idle("routed");
    drift("ip route del 192.0.2.17 dev tap0", "route tap0: exists wanted yes found no\n");
    drift("ip -6 route del 2001:db8::17 dev tap0", "route tap0: exists wanted yes found no\n");
    drift("ip neigh del proxy 169.254.1.1 dev tap0", "proxy tap0: exists wanted yes found no\n");
    drift("ip neigh del proxy 2001:db8::1 dev tap0", "proxy tap0: exists wanted yes found no\n");
    drift("echo 0 >/proc/sys/net/ipv4/conf/tap0/proxy_arp",
          "setting tap0: proxy_arp wanted 1 found 0\n");
    drift("echo 0 >/proc/sys/net/ipv6/conf/tap0/proxy_ndp",
          "setting tap0: proxy_ndp wanted 1 found 0\n");
    drift("echo 0 >/proc/sys/net/ipv4/conf/tap0/forwarding",
          "setting tap0: forwarding wanted 1 found 0\n");
    drift("ip link set tap0 down", "up tap0: up wanted yes found no\n");
    drift("ip link set tap0 address 02:00:00:00:00:09", "tap tap0: mac wanted ee:ee:ee:ee:ee:ee");
    vif_host_close(&host);
}

/* The first cap differences are given, the count is of all. */
TEST(check_with_little_room)
{
    vif_difference one[1];
    size_t count = 0;
    fresh();
    scene_bridge(&s, "br0", NULL);
    REQUIRE(open_with(counted()));
    CHECK_INT(check_with(NULL, one, 1, &count, &err), VIF_E_DIFFERENT);
    CHECK(count > 1);
    CHECK_STR(one[0].resource, "bridge br0");
    count = 0;
    CHECK_INT(check_with(NULL, NULL, 0, &count, NULL), VIF_E_DIFFERENT);
    CHECK(count > 1);
    vif_host_close(&host);
}

/* ---- dry run --------------------------------------------------------------------------------- */

/* Whether the whole text is one JSON value in UTF-8, by another reader than ours. */
static bool json_valid(const char *text)
{
    FILE *f = popen("python3 -c 'import sys,json; json.loads(sys.stdin.buffer.read().decode())' "
                    "2>/dev/null", "w");
    fwrite(text, 1, strlen(text), f);
    return pclose(f) == 0;
}

TEST(dry_run_changes_nothing)
{
    static char text[32768];
    fresh();
    NEED_TUN;
    uplink("eth1");
    DO("ip addr add 192.0.2.2/24 dev eth1");
    scene_bridge_tap(&s, "br0", "eth1");
    s.options.port_isolated = VIF_TRUE;
    REQUIRE(open_with(counted()));
    dump_host(&was);
    for (int json = 0; json < 2; json++) {
        shim_start(FAULT_NONE, 0, 0);
        OK(dry_run(VIF_PLUG, &s.options, json, text, sizeof text));
        shim_stop();
        CHECK_INT(shim.changing + shim.writes + shim.ioctls, 0);
        CHECK_INT(dry_len, strlen(text));
        dump_host(&is);
        CHECK(dump_same(&was, &is, false));
    }
    CHECK_HAS(text, "{\"kind\":\"tap\",\"link\":\"tap0\",\"whose\":\"own\",\"action\":\"create\"");
    CHECK_HAS(text, "\"attribute\":\"address\",\"wanted\":\"br0\",\"found\":\"192.0.2.2/24\"");
    if (sh("python3 -c 'import json'") == 0) {
        CHECK(json_valid(text));
    }
    /* too small a buffer says how large it must be; one byte more than the text is enough */
    {
        const size_t whole = dry_len;
        CHECK_INT(dry_run(VIF_PLUG, &s.options, true, text, whole), VIF_E_SPACE);
        CHECK_INT(dry_len, whole);
        CHECK_INT(dry_run(VIF_PLUG, &s.options, true, NULL, 0),
                  VIF_E_SPACE);
        CHECK_INT(dry_len, whole);
        OK(dry_run(VIF_PLUG, &s.options, true, text, whole + 1));
    }
    OK(plug());
    OK(dry_run(VIF_PLUG, &s.options, false, text, sizeof text));
    CHECK(!strstr(text, "create") && !strstr(text, "change"));
    CHECK_HAS(text, "keep    tap tap0 (own)");
    dump_host(&was);
    OK(dry_run(VIF_UNPLUG, &s.options, false, text, sizeof text));
    CHECK_HAS(text, "remove  tap tap0 (own)");
    CHECK_HAS(text, "leave   bridge br0 (shared)");
    dump_host(&is);
    CHECK(dump_same(&was, &is, false));
    OK(unplug());
    OK(dry_run(VIF_UNPLUG, &s.options, false, text, sizeof text));
    CHECK_HAS(text, "gone    tap tap0 (own)");
    vif_host_close(&host);
    CHECK_INT(memory.bytes, 0);
}

/* An alias of somebody's may hold any bytes: JSON stays JSON, and text stays printable. */
TEST(dry_run_with_a_strange_alias)
{
    static char text[32768];
    fresh();
    NEED_TUN;
    DO("ip tuntap add tap0 mode tap && ip link set tap0 alias \"$(printf "
       "'a\\377\\033[1m\"b\\nc')\"");
    scene_tap(&s);
    REQUIRE(open_with(counted()));
    OK(dry_run(VIF_PLUG, NULL, true, text, sizeof text));
    if (sh("python3 -c 'import json'") == 0) {
        CHECK(json_valid(text));
    }
    CHECK(!strchr(text, '\033') && !strchr(text, '\377'));
    OK(dry_run(VIF_PLUG, NULL, false, text, sizeof text));
    CHECK(!strchr(text, '\033') && !strchr(text, '\377'));
    CHECK_INT(check(), VIF_E_DIFFERENT);
    CHECK(!strchr(found, '\033') && !strchr(found, '\377'));
    /* and so may names of interfaces */
    DO("ip link add \"$(printf 'e\\377\\376')\" type veth peer name eth1p");
    scene_bridge(&s, "br0", NULL);
    s.options.flat_interface = "e\377\376";
    OK(dry_run(VIF_PLUG, &s.options, true, text, sizeof text));
    if (sh("python3 -c 'import json'") == 0) {
        CHECK(json_valid(text));
    }
    OK(plug());
    idle("strange name");
    vif_host_close(&host);
}

/* ---- tap, routed ----------------------------------------------------------------------------- */

TEST(tap_plain)
{
    fresh();
    NEED_TUN;
    scene_tap(&s);
    scene_subnet(&s, "192.0.2.1", "192.0.2.17", NULL, NULL);
    REQUIRE(open_with(counted()));
    dump_host(&was);
    OK(plug());
    show("link show", "tap0");
    CHECK_HAS(sh_text, "link/ether fe:52:25:62:e2:aa");
    CHECK_HAS(sh_text, "mtu 1450 ");
    CHECK_HAS(sh_text, ",UP");
    CHECK_HAS(sh_text, "pi off vnet_hdr off");
    CHECK_HAS(sh_text, "persist on");
    sh("ip route show dev tap0");
    CHECK_STR(sh_text, "");
    idle("tap");
    OK(unplug());
    OK(unplug());
    dump_host(&is);
    CHECK(dump_same(&was, &is, false));
    vif_host_close(&host);
    CHECK_INT(memory.bytes, 0);
}

TEST(routed_is_what_it_says)
{
    fresh();
    NEED_TUN;
    forwarding("1");
    routed();
    REQUIRE(open_with(counted()));
    dump_host(&was);
    OK(plug());
    SHOWS("tap0", "link/ether ee:ee:ee:ee:ee:ee");
    sh("ip route show dev tap0");
    CHECK_HAS(sh_text, "192.0.2.17 proto static scope link");
    CHECK_HAS(sh_text, "192.0.2.18 proto static scope link");
    sh("ip -6 route show dev tap0");
    CHECK_HAS(sh_text, "2001:db8::17");
    sh("ip neigh show proxy; ip -6 neigh show proxy");
    CHECK_HAS(sh_text, "169.254.1.1 dev tap0");
    CHECK_HAS(sh_text, "2001:db8::1 dev tap0");
    CHECK_INT(file_int("/proc/sys/net/ipv4/conf/%s/proxy_arp", "tap0"), 1);
    CHECK_INT(file_int("/proc/sys/net/ipv4/conf/%s/forwarding", "tap0"), 1);
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/proxy_ndp", "tap0"), 1);
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/forwarding", "tap0"), 1);
    idle("routed");
    OK(unplug());
    dump_host(&is);
    CHECK(dump_same(&was, &is, false));
    vif_host_close(&host);
}

/* By option instead of the profile: the host's side is the guest's MAC with a first octet of fe. */
TEST(routed_by_option)
{
    fresh();
    NEED_TUN;
    forwarding("1");
    scene_tap(&s);
    scene_subnet(&s, NULL, "192.0.2.17", NULL, NULL);
    s.options.routed = VIF_TRUE;
    REQUIRE(open_with(counted()));
    OK(plug());
    SHOWS("tap0", "link/ether fe:52:25:62:e2:aa");
    sh("ip neigh show proxy");
    CHECK_STR(sh_text, "");
    vif_host_close(&host);
}

/* L1: proxy entries outlive the guest's carrier. */
TEST(routed_proxy_survives_the_carrier)
{
    int fd;
    fresh();
    NEED_TUN;
    forwarding("1");
    routed();
    REQUIRE(open_with(counted()));
    OK(plug());
    for (int i = 0; i < 2; i++) {
        fd = attach("tap0", 0);
        REQUIRE(fd >= 0);
        usleep(50000);
        close(fd);
        usleep(50000);
        DO("ip neigh show proxy | grep -q 169.254.1.1");
        DO("ip -6 neigh show proxy | grep -q 2001:db8::1");
    }
    idle("carrier");
    vif_host_close(&host);
}

/* L2: each global setting that is missing is named, and none is written. */
TEST(routed_names_what_is_missing)
{
    static const char *const paths[] = {"ipv4/ip_forward", "ipv6/conf/all/forwarding",
                                        "ipv6/conf/all/proxy_ndp"};
    char path[100];
    fresh();
    NEED_TUN;
    routed();
    REQUIRE(open_with(counted()));
    CHECK_INT(check(), VIF_E_DIFFERENT);
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s wanted 1 found 0\n", paths[i]);
        CHECK_HAS(found, path);
    }
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "/proc/sys/net/%s", paths[i]);
        dump_host(&was);
        shim_start(FAULT_NONE, 0, 0);
        REFUSED(plug(), VIF_E_UNSUPPORTED, "global tap0", path);
        shim_stop();
        CHECK_INT(shim.changing + shim.writes + shim.ioctls, 0);
        dump_host(&is);
        CHECK(dump_same(&was, &is, false));
        ns_write(path, "1");
    }
    OK(plug());
    vif_host_close(&host);
}

/* L4: an address that is routed elsewhere is not taken silently. */
TEST(routed_address_of_somebody)
{
    fresh();
    NEED_TUN;
    forwarding("1");
    uplink("eth1");
    DO("ip link set eth1 up && ip route add 192.0.2.17/32 dev eth1");
    routed();
    dump_host(&was);
    REQUIRE(open_with(counted()));
    REFUSED(plug(), VIF_E_EXISTS, "route tap0", "leads elsewhere");
    dump_host(&is);
    CHECK(dump_same(&was, &is, false));
    DO("ip route del 192.0.2.17/32 dev eth1 && ip -6 route add 2001:db8::17/128 dev eth1");
    dump_host(&was);
    REFUSED(plug(), VIF_E_EXISTS, "route tap0", "leads elsewhere");
    dump_host(&is);
    CHECK(dump_same(&was, &is, false));
    vif_host_close(&host);
}

/* Waits for a frame that the guest's end of the tap gets; its length, or 0. */
static size_t hear(int fd, unsigned char *frame, size_t size, bool (*wanted)(const unsigned char *),
                   int ms)
{
    struct pollfd p = {fd, POLLIN, 0};
    struct timespec t0, t;
    clock_gettime(CLOCK_MONOTONIC, &t0);
    for (;;) {
        ssize_t n;
        clock_gettime(CLOCK_MONOTONIC, &t);
        if ((t.tv_sec - t0.tv_sec) * 1000 + (t.tv_nsec - t0.tv_nsec) / 1000000 > ms) {
            return 0;
        }
        if (poll(&p, 1, 100) > 0 && (n = read(fd, frame, size)) > 0 && wanted(frame)) {
            return (size_t)n;
        }
    }
}

static bool is_arp_reply(const unsigned char *f)
{
    return f[12] == 8 && f[13] == 6 && f[21] == 2;
}

static bool is_echo_reply(const unsigned char *f)
{
    return f[12] == 8 && f[13] == 0 && f[23] == 1 && f[34] == 0;
}

static bool is_na(const unsigned char *f)
{
    return f[12] == 0x86 && f[13] == 0xdd && f[20] == 58 && f[54] == 136;
}

static unsigned checksum(const unsigned char *p, size_t len, unsigned long sum)
{
    for (size_t i = 0; i + 1 < len; i += 2) {
        sum += (unsigned)p[i] << 8 | p[i + 1];
    }
    while (sum >> 16) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return ~(unsigned)sum & 0xffff;
}

/* The guest asks for its gateway, pings a peer behind the host, and asks for its IPv6 gateway. */
TEST(routed_answers_and_forwards)
{
    static const unsigned char ask[42] = {
        255, 255, 255, 255, 255, 255, 0x22, 0x52, 0x25, 0x62, 0xe2, 0xaa, 8, 6,
        0, 1, 8, 0, 6, 4, 0, 1,
        0x22, 0x52, 0x25, 0x62, 0xe2, 0xaa, 192, 0, 2, 17, 0, 0, 0, 0, 0, 0, 169, 254, 1, 1};
    unsigned char ping[42] = {
        0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0x22, 0x52, 0x25, 0x62, 0xe2, 0xaa, 8, 0,
        0x45, 0, 0, 28, 0, 1, 0, 0, 64, 1, 0, 0, 192, 0, 2, 17, 198, 51, 100, 2,
        8, 0, 0, 0, 0, 7, 0, 1};
    unsigned char ns[86] = {
        0x33, 0x33, 0xff, 0, 0, 1, 0x22, 0x52, 0x25, 0x62, 0xe2, 0xaa, 0x86, 0xdd,
        0x60, 0, 0, 0, 0, 32, 58, 255, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x17,
        0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 1,
        135, 0, 0, 0, 0, 0, 0, 0, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
        1, 1, 0x22, 0x52, 0x25, 0x62, 0xe2, 0xaa};
    unsigned char frame[2000], pseudo[40 + 32];
    unsigned sum;
    int fd, peer;
    fresh();
    NEED_TUN;
    forwarding("1");
    uplink("eth1");
    peer = ns_new_net();
    REQUIRE(peer >= 0);
    DO("ip link set eth1 up && ip addr add 198.51.100.1/24 dev eth1 && "
       "ip addr add 2001:db8:100::1/64 dev eth1 && ip route add default via 198.51.100.2 && "
       "ip -6 route add default via 2001:db8:100::2");
    {
        const int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/fd/%d", getpid(), peer);
        DO("ip link set eth1-peer netns %s", path);
        REQUIRE(setns(peer, CLONE_NEWNET) == 0);
        DO("ip link set eth1-peer up && ip addr add 198.51.100.2/24 dev eth1-peer && "
           "ip route add default via 198.51.100.1");
        REQUIRE(setns(home, CLONE_NEWNET) == 0);
        close(home);
    }
    routed();
    REQUIRE(open_with(counted()));
    OK(plug());
    fd = attach("tap0", 0);
    REQUIRE(fd >= 0);
    usleep(100000);
    CHECK_INT(write(fd, ask, sizeof ask), sizeof ask);
    if (hear(fd, frame, sizeof frame, is_arp_reply, 3000) == 0) {
        CHECK_FAIL("no answer to ARP for the gateway");
    } else {
        CHECK_BYTES(frame + 22, 6, "\xee\xee\xee\xee\xee\xee", 6);
        CHECK_BYTES(frame + 28, 4, "\xa9\xfe\x01\x01", 4);
    }
    sum = checksum(ping + 14, 20, 0);
    ping[24] = (unsigned char)(sum >> 8);
    ping[25] = (unsigned char)sum;
    sum = checksum(ping + 34, 8, 0);
    ping[36] = (unsigned char)(sum >> 8);
    ping[37] = (unsigned char)sum;
    CHECK_INT(write(fd, ping, sizeof ping), sizeof ping);
    /* the host may ask for the guest's MAC first: it learnt it from the guest's own question */
    if (hear(fd, frame, sizeof frame, is_echo_reply, 3000) == 0) {
        CHECK_FAIL("no answer to ping through the host");
    }
    memcpy(pseudo, ns + 22, 32);
    memset(pseudo + 32, 0, 8);
    pseudo[35] = 32;
    pseudo[39] = 58;
    memcpy(pseudo + 40, ns + 54, 32);
    sum = checksum(pseudo, sizeof pseudo, 0);
    ns[56] = (unsigned char)(sum >> 8);
    ns[57] = (unsigned char)sum;
    CHECK_INT(write(fd, ns, sizeof ns), sizeof ns);
    if (hear(fd, frame, sizeof frame, is_na, 3000) == 0) {
        CHECK_FAIL("no answer to the neighbour solicitation for the gateway");
    }
    close(fd);
    close(peer);
    OK(unplug());
    vif_host_close(&host);
}

/* ---- hosts ----------------------------------------------------------------------------------- */

TEST(host_in_another_namespace)
{
    vif_host_desc d = counted();
    struct sockaddr_nl a = {.nl_family = AF_NETLINK};
    const int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    const int other = ns_new_net();
    int fd;
    fresh();
    REQUIRE(other >= 0 && setns(other, CLONE_NEWNET) == 0);
    fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    CHECK(bind(fd, (struct sockaddr *)&a, sizeof a) == 0);
    DO("ip link add eth1 type veth peer name eth1p && ip addr add 192.0.2.2/24 dev eth1 && "
       "ip link add br0 type bridge");
    REQUIRE(setns(home, CLONE_NEWNET) == 0);
    d.netlink_fd = vif_fd_of(fd);
    scene_bridge(&s, "br0", "eth1");
    dump_host(&was);
    REQUIRE(open_with(d));
    OK(plug());
    idle("other namespace");
    dump_host(&is);
    CHECK(dump_same(&was, &is, false));
    REQUIRE(setns(other, CLONE_NEWNET) == 0);
    SHOWS("eth1", "master br0");
    CHECK_HAS(show("addr show", "br0"), "192.0.2.2/24");
    REQUIRE(setns(home, CLONE_NEWNET) == 0);
    vif_host_close(&host);
    close(fd);
    close(other);
    close(home);
}

/* Nothing of a host in another namespace may happen in ours, rules least of all: where its
 * netfilter socket is not given, and rules are wanted, it is refused; with one they are made
 * there. */
TEST(rules_in_another_namespace)
{
    vif_host_desc d = counted();
    struct sockaddr_nl a = {.nl_family = AF_NETLINK};
    const int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    const int other = ns_new_net();
    int fd, nf;
    fresh();
    REQUIRE(other >= 0 && setns(other, CLONE_NEWNET) == 0);
    fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    nf = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
    CHECK(bind(fd, (struct sockaddr *)&a, sizeof a) == 0);
    CHECK(bind(nf, (struct sockaddr *)&a, sizeof a) == 0);
    DO("ip link add br0 type bridge");
    REQUIRE(setns(home, CLONE_NEWNET) == 0);
    d.netlink_fd = vif_fd_of(fd);
    scene_bridge(&s, "br0", NULL);
    s.vif.base.has_traffic_filtering = VIF_FALSE;
    dump_host(&was);
    REQUIRE(open_with(d));
    if (plug() == VIF_OK) {
        CHECK_FAIL("VIF_OK, but the rules cannot be where they belong");
    }
    dump_host(&is);
    CHECK(dump_same(&was, &is, false));
    vif_host_close(&host);
    d.netfilter_fd = vif_fd_of(nf);
    REQUIRE(open_with(d));
    OK(plug());
    dump_host(&is);
    CHECK(dump_same(&was, &is, false));
    REQUIRE(setns(other, CLONE_NEWNET) == 0);
    if (sh("nft list ruleset") == 0) {
        CHECK_HAS(sh_text, "br0");
    }
    REQUIRE(setns(home, CLONE_NEWNET) == 0);
    vif_host_close(&host);
    CHECK(fcntl(nf, F_GETFD) >= 0);
    close(fd);
    close(nf);
    close(other);
    close(home);
}

/* Other places for /proc and the tun device: what is not there is named, and all is taken back. */
TEST(roots_of_the_desc)
{
    vif_host_desc d = counted();
    fresh();
    dump_host(&was);
    d.proc_root = "/nonexistent";
    scene_bridge(&s, "br0", NULL);
    REQUIRE(open_with(d));
    REFUSED(plug(), VIF_E_SYSTEM, "setting br0",
            "/nonexistent/sys/net/ipv6/conf/br0/disable_ipv6");
    CHECK_INT(err.sys_errno, ENOENT);
    vif_host_close(&host);
    dump_host(&is);
    CHECK(dump_same(&was, &is, false));
    d = counted();
    d.tun_path = "/nonexistent";
    s.options.create_tap = VIF_TRUE;
    REQUIRE(open_with(d));
    REFUSED(plug(), VIF_E_UNSUPPORTED, "tap tap0: open", "");
    CHECK_INT(err.sys_errno, ENOENT);
    vif_host_close(&host);
    dump_host(&is);
    CHECK(dump_same(&was, &is, false));
    CHECK_INT(memory.bytes, 0);
}

TEST(memory_of_the_caller)
{
    static _Alignas(16) unsigned char block[VIF_HOST_MEMORY + 1];
    vif_host_desc d = counted();
    fresh();
    NEED_TUN;
    memset(block, 0xa5, sizeof block);
    d.memory = block;
    d.memory_size = VIF_HOST_MEMORY;
    uplink("eth1");
    DO("ip addr add 192.0.2.2/24 dev eth1");
    scene_bridge_tap(&s, "br0", "eth1");
    s.options.port_hairpin = VIF_TRUE;
    REQUIRE(open_with(d));
    OK(plug());
    idle("block");
    OK(unplug());
    CHECK_INT(memory.calls, 0);
    CHECK_INT(block[VIF_HOST_MEMORY], 0xa5);
    vif_host_close(&host);
    d.memory_size = VIF_HOST_MEMORY - 1;
    memset(&host, 0, sizeof host);
    REFUSED(vif_host_open(&host, &d, &err), VIF_E_INVAL, "memory_size", "VIF_HOST_MEMORY");
    vif_host_close(&host);
    /* an odd address is as good */
    d.memory = block + 1;
    d.memory_size = VIF_HOST_MEMORY;
    REQUIRE(open_with(d));
    OK(plug());
    OK(unplug());
    vif_host_close(&host);
}

/* Memory for a job that holds nothing at all: the first bytes behind it stay the caller's. */
TEST(memory_of_a_job_that_is_too_small)
{
    static _Alignas(16) unsigned char block[VIF_JOB_MEMORY];
    vif_subject one;
    vif_result result;
    vif_job_desc d;
    fresh();
    NEED_TUN;
    dump_host(&was);
    scene_tap(&s);
    REQUIRE(open_with(counted()));
    memset(&d, 0, sizeof d);
    memset(&one, 0, sizeof one);
    one.vif = &s.vif;
    one.options = &s.options;
    d.subjects = &one;
    d.count = 1;
    d.results = &result;
    d.memory = block;
    for (d.memory_size = 0; d.memory_size < 16; d.memory_size++) {
        memset(block, 0xa5, sizeof block);
        REFUSED(vif_verb_many(&host, &d, &err), VIF_E_NOMEM, "", "no memory for the job");
        CHECK_INT(block[d.memory_size], 0xa5);
        CHECK_INT(result.status, VIF_E_NOMEM);
    }
    dump_host(&is);
    CHECK(dump_same(&was, &is, false));
    d.memory_size = sizeof block;
    OK(vif_verb_many(&host, &d, &err));
    d.verb = VIF_UNPLUG;
    OK(vif_verb_many(&host, &d, &err));
    vif_host_close(&host);
    CHECK_INT(memory.bytes, 0);
}

/* A loop that steps a job of a host that was closed comes to its end, and nothing that was half
 * done is told to be done. */
TEST(host_closed_under_a_job)
{
    static unsigned char block[VIF_JOB_MEMORY];
    vif_subject ones[2];
    vif_result results[2];
    vif_job_desc d;
    vif_job job;
    fresh();
    NEED_TUN;
    scene_tap(&s);
    memset(&d, 0, sizeof d);
    memset(ones, 0, sizeof ones);
    memset(results, 0xa5, sizeof results);
    ones[0].vif = ones[1].vif = &s.vif;
    ones[0].options = ones[1].options = &s.options;
    d.subjects = ones;
    d.count = 2;
    d.results = results;
    d.memory = block;                   /* so that they begin one after the other */
    d.memory_size = sizeof block;
    REQUIRE(open_with(counted()));
    OK(vif_job_start(&job, &host, &d, &err));
    CHECK(vif_job_step(&job) && vif_job_step(&job));
    vif_host_close(&host);
    CHECK(!vif_job_step(&job));
    vif_job_cancel(&job);
    REFUSED(vif_job_finish(&job, &err), VIF_E_UNKNOWN, "", "the host was closed");
    CHECK_INT(results[0].status, VIF_E_UNKNOWN);
    CHECK_STR(results[0].error.text, "the host was closed");
    CHECK_INT(results[1].status, VIF_E_CANCELED);
    CHECK_INT(job.done, 2);
    CHECK_INT(job.failed, 2);
    CHECK_INT(memory.bytes, 0);
}

TEST(memory_that_there_is_not)
{
    vif_host_desc d = counted();
    fresh();
    memory.fail_at = 1;
    REFUSED(vif_host_open(&host, &d, &err), VIF_E_NOMEM, "memory", "no memory");
    vif_host_close(&host);
    CHECK_INT(memory.bytes, 0);
}

/* An uplink with more than the host's own memory holds: it grows by the hook, and gives it back;
 * without, the plug is refused and taken back. */
TEST(memory_for_many_addresses)
{
    FILE *f;
    fresh();
    uplink("eth1");
    DO("ip link set eth1 up");
    f = popen("ip -batch -", "w");
    REQUIRE(f != NULL);
    for (int i = 0; i < 300; i++) {
        fprintf(f, "addr add 10.%d.%d.1/24 dev eth1\n", i / 200, i % 200);
        fprintf(f, "route add 172.%d.%d.0/24 via 10.0.0.%d dev eth1\n", 16 + i / 200, i % 200,
                2 + i % 200);
    }
    pclose(f);
    dump_host(&was);
    scene_bridge(&s, "br0", "eth1");
    {
        vif_host_desc d = counted();
        REQUIRE(open_with(d));
        memory.fail_at = 2;
        REFUSED(plug(), VIF_E_NOMEM, "addresses eth1", "no memory");
        dump_host(&is);
        CHECK(dump_same(&was, &is, false));
        memory.fail_at = 0;
        OK(plug());
        CHECK(memory.bytes == VIF_HOST_MEMORY);
        sh("ip -4 addr show dev br0 | grep -c inet; ip route show dev br0 | grep -c via");
        CHECK_STR(sh_text, "300\n300");
        sh("ip -4 addr show dev eth1 | grep -c inet");
        CHECK_STR(sh_text, "0");
        idle("many");
        vif_host_close(&host);
        CHECK_INT(memory.bytes, 0);
    }
}

TEST(log_names_each_change)
{
    vif_host_desc d = counted();
    fresh();
    NEED_TUN;
    d.log = note;
    scene_bridge_tap(&s, "br0", NULL);
    REQUIRE(open_with(d));
    OK(plug());
    CHECK_HAS(last_log, "bridge br0");
    CHECK_HAS(last_log, "up br0");
    CHECK_HAS(last_log, "tap tap0");
    CHECK_HAS(last_log, "master tap0");
    last_log[0] = '\0';
    idle("log");
    CHECK_STR(last_log, "");
    OK(unplug());
    CHECK_HAS(last_log, "tap tap0");
    CHECK(!strstr(last_log, "br0"));
    last_log[0] = '\0';
    OK(unplug());
    CHECK_STR(last_log, "");
    s.options.tap_owner = vif_u32_of(4000);
    CHECK(plug() != VIF_OK);
    vif_host_close(&host);
}

/* Everything works without anybody who listens to errors. */
TEST(without_error)
{
    vif_host_desc d = counted();
    char text[16];
    size_t count;
    fresh();
    scene_bridge(&s, "br0", NULL);
    CHECK_INT(vif_host_open(&host, &d, NULL), VIF_OK);
    CHECK_INT(vif_plug(&host, &s.vif, NULL, NULL, NULL), VIF_OK);
    CHECK_INT(check_with(NULL, NULL, 0, &count, NULL), VIF_OK);
    CHECK_INT(dry_run(VIF_PLUG, NULL, true, text, 16),
              VIF_E_SPACE);
    CHECK_INT(vif_unplug(&host, &s.vif, NULL, NULL, NULL), VIF_OK);
    s.vif.bridge.bridge_name = "lo";
    CHECK_INT(vif_plug(&host, &s.vif, NULL, NULL, NULL), VIF_E_EXISTS);
    s.vif.bridge.bridge_name = "a/b";
    CHECK_INT(vif_plug(&host, &s.vif, NULL, NULL, NULL), VIF_E_FIELD);
    vif_host_close(&host);
    d.owner = "a:b";
    CHECK_INT(vif_host_open(&host, &d, NULL), VIF_E_INVAL);
    vif_host_close(&host);
}

TEST(host_that_is_not_open)
{
    size_t count;
    fresh();
    scene_bridge(&s, "br0", NULL);
    memset(&host, 0, sizeof host);
    REFUSED(plug(), VIF_E_NOT_OPEN, "", "");
    REFUSED(unplug(), VIF_E_NOT_OPEN, "", "");
    CHECK_INT(check_with(NULL, NULL, 0, &count, &err), VIF_E_NOT_OPEN);
    REQUIRE(open_with(counted()));
    vif_host_close(&host);
    REFUSED(plug(), VIF_E_NOT_OPEN, "", "");
}

/* The path of a file below one would be cut, and be another's. */
TEST(directories_that_are_too_long)
{
    static const char *const names[] = {"state_dir", "proc_root", "sys_root", "dev_root"};
    char path[VIF_DIR_MAX + 2];

    fresh();
    memset(path, '/', sizeof path);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        vif_host_desc d = counted();
        const char **dirs[] = {&d.state_dir, &d.proc_root, &d.sys_root, &d.dev_root};
        *dirs[i] = path;
        path[VIF_DIR_MAX + 1] = '\0';
        REFUSED(vif_host_open(&host, &d, &err), VIF_E_INVAL, names[i], "longer than 128 bytes");
        vif_host_close(&host);
        path[VIF_DIR_MAX] = '\0';
        REQUIRE(open_with(d));
        vif_host_close(&host);
        path[VIF_DIR_MAX] = '/';
    }
}

/* A state directory that can be none is refused before any verb: a plug that needs no note would be
 * done, and its unplug would fail. */
TEST(state_directories_that_are_none)
{
    static const struct {
        const char *make, *path, *words;
        int number;
    } all[] = {
        {"touch /run/file", "/run/file", "not a directory: /run/file", ENOTDIR},
        {"touch /run/file", "/run/file/vif", "not a directory: /run/file/vif", ENOTDIR},
        {"ln -s loop /run/loop", "/run/loop", "too many symbolic links: /run/loop", ELOOP},
        {"rm -rf /run/vif && touch /run/vif", NULL, "not a directory: /run/vif", ENOTDIR}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        vif_host_desc d = counted();
        fresh();
        DO("%s", all[i].make);
        d.state_dir = all[i].path;
        REFUSED(vif_host_open(&host, &d, &err), VIF_E_SYSTEM, "state_dir", all[i].words);
        CHECK_INT(err.sys_errno, all[i].number);
        vif_host_close(&host);
        DO("rm -rf /run/file /run/loop /run/vif");
    }
    fresh();
    vif_host_desc d = counted();
    d.state_dir = "/run/later/vif";     /* is made when it is needed, if it can be */
    REQUIRE(open_with(d));
    vif_host_close(&host);
}

TEST(owners_that_are_refused)
{
    static const char *const bad[] = {"", "a b", "a:b", "a/b", "\xc3\xa4", "a\n",
        "12345678901234567890123456789012345678901234567890123456789012345"};
    vif_host_desc d = counted();
    char longest[65];
    fresh();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        d.owner = bad[i];
        REFUSED(vif_host_open(&host, &d, &err), VIF_E_INVAL, "owner", "1 to 64");
        vif_host_close(&host);
    }
    memset(longest, 'x', 64);
    longest[64] = '\0';
    d.owner = longest;
    REQUIRE(open_with(d));
    scene_bridge(&s, "br0", NULL);
    OK(plug());
    SHOWS("br0", longest);
    SHOWS("br0", ":shared");
    vif_host_close(&host);
}

/* The longest owner and id make the longest tag; it is found again. */
TEST(longest_tag)
{
    vif_host_desc d = counted();
    char owner[65], id[82];
    fresh();
    NEED_TUN;
    memset(owner, 'o', 64);
    owner[64] = '\0';
    memset(id, 'i', 81);
    id[80] = '\0';
    d.owner = owner;
    scene_tap(&s);
    s.vif.base.id = id;
    REQUIRE(open_with(d));
    OK(plug());
    SHOWS("tap0", owner);
    SHOWS("tap0", id);
    idle("tag");
    id[79] = 'j';
    REFUSED(plug(), VIF_E_EXISTS, "tap tap0", "belongs to");
    id[79] = 'i';
    OK(unplug());
    CHECK(!exists("tap0"));
    vif_host_close(&host);
}

/* A process that may neither fork, nor run a program, nor load a module, plugs all the same. */
TEST(runs_no_program)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 6, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 5, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 4, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execveat, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_init_module, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_finit_module, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)};
    const struct sock_fprog program = {sizeof code / sizeof *code, code};
    int status = -1;
    pid_t pid;
    fresh();
    NEED_TUN;
    uplink("eth1");
    DO("ip addr add 192.0.2.2/24 dev eth1");
    scene_bridge_tap(&s, "br0", "eth1");
    s.vif.base.has_traffic_filtering = VIF_FALSE;
    pid = fork();
    if (pid == 0) {
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
            _exit(42);
        }
        REQUIRE(open_with(counted()));
        _exit(plug() == VIF_OK && unplug() == VIF_OK ? 0 : 1);
    }
    waitpid(pid, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 42) {
        SKIP("no seccomp here");
    }
    CHECK_INT(status, 0);
    CHECK(exists("br0"));
}

/* What the planner refuses is refused before anything is sent. */
TEST(refusals_send_nothing)
{
    static const struct {
        const char *bridge, *uplink, *tap, *id, *address;
        int64_t mtu;
        vif_status status;
        const char *where;
    } all[] = {
        {"1234567890123456", "eth1", "tap0", VIF_ID, NULL, 1450, VIF_E_FIELD, "bridge_name"},
        {"br%d", "eth1", "tap0", VIF_ID, NULL, 1450, VIF_E_FIELD, "bridge_name"},
        {NULL, "eth1", "tap0", VIF_ID, NULL, 1450, VIF_E_FIELD, "bridge_name"},
        {"br0", "a/b", "tap0", VIF_ID, NULL, 1450, VIF_E_FIELD, "network.bridge_interface"},
        {"br0", "eth1", "tap%d", VIF_ID, NULL, 1450, VIF_E_FIELD, "vif_name"},
        {"br0", "eth1", "..", VIF_ID, NULL, 1450, VIF_E_FIELD, "vif_name"},
        {"br0", "eth1", NULL, VIF_ID, NULL, 1450, VIF_E_FIELD, "vif_name"},
        {"br0", "eth1", "tap0", NULL, NULL, 1450, VIF_E_FIELD, "id"},
        {"br0", "eth1", "tap0", VIF_ID, "22:52", 1450, VIF_E_FIELD, "address"},
        {"br0", "eth1", "tap0", VIF_ID, NULL, 67, VIF_E_FIELD, "network.mtu"},
        {"br0", "eth1", "tap0", VIF_ID, NULL, 65536, VIF_E_FIELD, "network.mtu"}};
    fresh();
    REQUIRE(open_with(counted()));
    dump_host(&was);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        scene_bridge_tap(&s, all[i].bridge, all[i].uplink);
        s.vif.bridge.vif_name = all[i].tap;
        s.vif.base.id = all[i].id;
        s.vif.base.address = all[i].address;
        s.network.mtu = vif_int_of(all[i].mtu);
        shim_start(FAULT_NONE, 0, 0);
        REFUSED(plug(), all[i].status, all[i].where, "");
        CHECK(err.text[0] != '\0');
        REFUSED(unplug(), all[i].status, all[i].where, "");
        shim_stop();
        CHECK_INT(shim.sends + shim.opens + shim.ioctls, 0);
    }
    dump_host(&is);
    CHECK(dump_same(&was, &is, false));
    vif_host_close(&host);
}

/* ---- somebody else at the same time ---------------------------------------------------------- */

/* A process that runs one command over and over until it is killed. */
static pid_t meddler(const char *command)
{
    const pid_t pid = fork();
    if (pid == 0) {
        char line[1024];
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        snprintf(line, sizeof line, "while :; do %s; done >/dev/null 2>&1", command);
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    return pid;
}

static void stop(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* Every answer is one that the documentation knows, and with the meddler gone all comes right. No
 * memory is lost. */
static void race(const char *command, int times)
{
    int good = 0, refused = 0;
    pid_t pid;
    REQUIRE(open_with(counted()));
    pid = meddler(command);
    for (int i = 0; i < times; i++) {
        vif_status st = i % 2 == 0 ? plug() : unplug();
        good += st == VIF_OK;
        refused += st != VIF_OK;
        if (st != VIF_OK && (err.text[0] == '\0' || err.where[0] == '\0' || err.status != st)) {
            CHECK_FAIL("%s: %d without words", command, st);
        }
        if (st != VIF_OK && st != VIF_E_NO_INTERFACE && st != VIF_E_EXISTS && st != VIF_E_KERNEL &&
            st != VIF_E_CONFLICT && st != VIF_E_SYSTEM) {
            CHECK_FAIL("%s: %s %s: %s", command, vif_status_name(st), err.where, err.text);
        }
    }
    stop(pid);
    usleep(20000);
    OK(unplug());
    if (sh("ip link show br0 2>/dev/null | grep -q tap0") == 0) {
        CHECK_FAIL("tap0 still there");
    }
    OK(plug());
    idle(command);
    OK(unplug());
    CHECK(!exists("tap0"));
    vif_host_close(&host);
    CHECK_INT(memory.bytes, 0);
    printf("# %s: %d done, %d refused\n", command, good, refused);
}

TEST(race_for_the_bridge)
{
    fresh();
    NEED_TUN;
    scene_bridge_tap(&s, "br0", NULL);
    race("ip link add br0 type bridge; ip link del br0", 60);
}

TEST(race_for_the_tap)
{
    fresh();
    NEED_TUN;
    scene_bridge_tap(&s, "br0", NULL);
    race("ip tuntap add tap0 mode tap; ip link del tap0", 60);
}

TEST(race_with_routes)
{
    fresh();
    NEED_TUN;
    uplink("eth1");
    DO("ip link set eth1 up && ip addr add 192.0.2.2/24 dev eth1");
    scene_bridge_tap(&s, "br0", "eth1");
    race("for i in 1 2 3 4 5 6 7 8; do ip addr add 192.0.2.1$i/24 dev eth1; ip route add "
         "10.$i.0.0/16 via 192.0.2.1; ip addr del 192.0.2.1$i/24 dev eth1; done", 40);
}

/* The tap was made by somebody (EBUSY) and is gone again when we look. */
TEST(meddling_twice)
{
    fresh();
    NEED_TUN;
    for (int k = 1; k < 30; k++) {
        fresh();
        scene_tap(&s);
        REQUIRE(open_with(counted()));
        shim_start(FAULT_NONE, 0, 0);
        shim.meddle = k % 2 == 0 ? "ip tuntap add tap0 mode tap" : "ip link del tap0";
        shim.meddle_at = k / 2 + 1;
        if (plug() != VIF_OK) {
            CHECK(err.status != VIF_E_INVAL);
        }
        shim_stop();
        OK(plug());
        OK(unplug());
        CHECK(!exists("tap0"));
        vif_host_close(&host);
    }
}

/* Two hosts plug and unplug the same VIF in two threads: each call ends, no deadlock, no leak. */
static void *rival(void *arg)
{
    vif_host_desc d = vif_host_desc_default();
    vif_host h;
    vif_error e;
    (void)arg;
    if (vif_host_open(&h, &d, &e) != VIF_OK) {
        return NULL;
    }
    for (int i = 0; i < 60; i++) {
        (void)!vif_plug(&h, &s.vif, NULL, &s.options, &e);
        (void)!vif_unplug(&h, &s.vif, NULL, &s.options, &e);
    }
    vif_host_close(&h);
    return NULL;
}

TEST(rivals_for_one_vif)
{
    pthread_t other;
    fresh();
    NEED_TUN;
    scene_bridge_tap(&s, "br0", NULL);
    REQUIRE(open_with(counted()));
    pthread_create(&other, NULL, rival, NULL);
    for (int i = 0; i < 60; i++) {
        (void)!plug();
        (void)!unplug();
    }
    pthread_join(other, NULL);
    OK(plug());
    idle("rivals");
    OK(unplug());
    vif_host_close(&host);
}

/* ---- an agent's own plugin ------------------------------------------------------------------- */

static void own_plan(vif_plan *plan, const vif_plan_input *in)
{
    (void)vif_plan_tap(plan, in, "own0", NULL, 1300);
    (void)vif_plan_conf(plan, VIF_OWN, "own0", VIF_CONF_PROXY_ARP, 1);
    (void)vif_plan_add(plan, VIF_RES_UP, VIF_OWN, "own0", NULL);
    (void)vif_plan_add(plan, VIF_RES_MASTER, VIF_BORROWED, "eth1", "br0");
    (void)vif_plan_number(plan, VIF_RES_MTU, VIF_BORROWED, "eth1", 1300);
}
static const vif_plugin_vif own_takes[] = {{VIF_CLASS_VIFBridge, 0, 0, NULL},
                                           {VIF_CLASS_NONE, 0, 0, NULL}};
static const vif_plugin own_plugin = {"mine", own_takes, own_plan};

TEST(own_plugin)
{
    static const vif_plugin *const plugins[] = {&own_plugin};
    vif_host_desc d = counted();
    fresh();
    NEED_TUN;
    uplink("eth1");
    DO("ip link add br0 type bridge");
    d.plugins = plugins;
    d.plugin_count = 1;
    scene_bridge(&s, "brX", "eth1");
    s.vif.base.plugin = "mine";
    REQUIRE(open_with(d));
    OK(plug());
    SHOWS("own0", "mtu 1300 ");
    SHOWS("own0", "alias " TAG);
    SHOWS("eth1", "master br0");
    SHOWS("eth1", "mtu 1300 ");
    CHECK(!exists("brX"));
    idle("own");
    OK(unplug());
    CHECK(!exists("own0"));
    vif_host_close(&host);
}

PLUG_MAIN
