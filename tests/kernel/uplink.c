/* SPDX-License-Identifier: MIT */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open,--wrap=read,--wrap=write */
/* flags: -Wl,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt,--wrap=getsockopt */
/* What real hosts have on the uplink of a bridge: all of it moves, or the plug is refused and the
 * host is as it was; whoever is killed in the middle, and however many do it at once. */
#include "kernel/plug.h"
#include <arpa/inet.h>
#include <net/if.h>
#include <sys/file.h>

static char state_dir[] = "/tmp/vif-uplink-XXXXXX";

static void open_uplink(void)
{
    vif_host_desc d = counted();

    d.options = &s.options;
    d.state_dir = state_dir;
    memset(&host, 0, sizeof host);
    if (vif_host_open(&host, &d, &err) != VIF_OK) {
        CHECK_FAIL("open: %s: %s", err.where, err.text);
    }
}

/* The uplink, up and as the commands make it; and what is to be plugged. */
static void host_has(const char *commands)
{
    clean();
    uplink("eth1");
    DO("ip link set eth1 up");
    if (commands[0] != '\0') {
        DO("%s", commands);
    }
    scene_bridge(&s, "br0", "eth1");
    s.network.mtu = vif_int_of(1500);
    open_uplink();
}

/* No note is left (the empty lock of a process that was killed may be). */
static void done(void)
{
    vif_host_close(&host);
    sh("ls %s | grep note", state_dir);
    CHECK_STR(sh_text, "");
}

static void refused(const char *what)
{
    dump_host(&was);
    CHECK(plug() != VIF_OK);
    CHECK_HAS(err.text, what);
    dump_host(&is);
    CHECK(dump_same(&was, &is, false));
}

#define HAS(command, text) do { sh("%s", command); CHECK_HAS(sh_text, text); } while (0)
#define HAS_NOT(command, text) \
    do { sh("%s", command); CHECK(strstr(sh_text, text) == NULL); } while (0)

TEST(prefix_route_of_a_manager)
{
    host_has("ip addr add 198.51.100.5/24 brd 198.51.100.255 noprefixroute dev eth1 && "
          "ip route add 198.51.100.0/24 dev eth1 proto kernel scope link src 198.51.100.5 "
          "metric 100 && ip route add default via 198.51.100.1 proto dhcp metric 100 && "
          "ip route add 198.51.100.0/24 dev eth1 table 77 proto kernel scope link");
    OK(plug());
    HAS("ip route show dev br0", "198.51.100.0/24 proto kernel scope link src 198.51.100.5 metric");
    HAS("ip route show dev br0", "default via 198.51.100.1 proto dhcp metric 100");
    HAS("ip route show table 77", "198.51.100.0/24 dev br0 proto kernel");
    HAS_NOT("ip -4 route show table all", "eth1");
    done();
}

TEST(routes_of_one_metric_keep_their_order)
{
    host_has("");
    uplink("eth2");
    DO("ip link set eth2 up && ip addr add 198.51.100.5/24 dev eth1 && "
       "ip addr add 203.0.113.5/24 dev eth2 && ip route add default via 198.51.100.1 && "
       "ip route append default via 203.0.113.1 && "
       "ip route add 10.1.0.0/16 via 203.0.113.9 && "
       "ip route append 10.1.0.0/16 via 198.51.100.9 && "
       "ip route add 10.2.0.0/16 nexthop via 198.51.100.7 weight 3 nexthop via 203.0.113.7 && "
       "ip -6 addr add 2001:db8:1::5/64 dev eth1 && ip -6 addr add 2001:db8:2::5/64 dev eth2 && "
       "ip -6 route add default nexthop via 2001:db8:1::1 nexthop via 2001:db8:2::1");
    OK(plug());
    sh("ip route show default; ip route show 10.1.0.0/16; ip route show 10.2.0.0/16");
    CHECK_HAS(sh_text, "default via 198.51.100.1 dev br0 \ndefault via 203.0.113.1 dev eth2 \n"
                       "10.1.0.0/16 via 203.0.113.9 dev eth2 \n"
                       "10.1.0.0/16 via 198.51.100.9 dev br0");
    CHECK_HAS(sh_text, "via 198.51.100.7 dev br0 weight 3");
    CHECK_HAS(sh_text, "via 203.0.113.7 dev eth2");
    HAS("ip -6 route show default", "via 2001:db8:1::1 dev br0");
    HAS("ip -6 route show default", "via 2001:db8:2::1 dev eth2");
    HAS_NOT("ip -6 route show default", "eth1");
    done();
}

/* The kernel puts the route of a new address behind those of the same prefix over other links. */
TEST(prefix_routes_keep_their_order)
{
    static const char order[] =
        "192.0.2.0/24 dev %s proto kernel scope link src 192.0.2.5 \n"
        "192.0.2.0/24 dev eth2 proto kernel scope link src 192.0.2.6 \n"
        "198.51.100.0/24 dev eth2 proto kernel scope link src 198.51.100.6 \n"
        "198.51.100.0/24 dev %s proto kernel scope link src 198.51.100.5 ";
    char on_uplink[400], on_bridge[400];

    (void)snprintf(on_uplink, sizeof on_uplink, order, "eth1", "eth1");
    (void)snprintf(on_bridge, sizeof on_bridge, order, "br0", "br0");
    host_has("");
    uplink("eth2");
    DO("ip link set eth2 up && ip addr add 192.0.2.5/24 dev eth1 && "
       "ip addr add 192.0.2.6/24 dev eth2 && ip addr add 198.51.100.6/24 dev eth2 && "
       "ip addr add 198.51.100.5/24 dev eth1 && ip addr add 192.0.2.7/24 dev eth1");
    sh("ip route");
    CHECK_STR(sh_text, on_uplink);
    scene_bridge_tap(&s, "br0", "eth1");
    s.network.mtu = vif_int_of(1500);
    s.options.tap_owner = vif_u32_of(4000);         /* no such user here: brought back */
    CHECK(plug() != VIF_OK);
    sh("ip route");
    CHECK_STR(sh_text, on_uplink);
    s.options.tap_owner.set = false;
    OK(plug());
    sh("ip route");
    CHECK_STR(sh_text, on_bridge);
    done();
}

/* IPv6 puts each route behind the others of its metric, whoever makes it; who is first has to stay
 * so. */
TEST(routes_of_ipv6_keep_their_order)
{
    static const char order[] =
        "2001:db8:1::/64 dev %s proto kernel metric 256 pref medium\n"
        "2001:db8:1::/64 dev eth2 proto kernel metric 256 pref medium\n"
        "2001:db8:2::/64 dev eth2 proto kernel metric 256 pref medium\n"
        "2001:db8:2::/64 dev %s proto kernel metric 256 pref medium\n"
        "2001:db8:3::/64 dev %s metric 7 pref medium\n"
        "2001:db8:3::/64 dev eth2 metric 7 pref medium\n"
        "2001:db8:3::/64 dev eth3 metric 7 pref medium";
    static const char routes[] = "ip -6 route | grep 2001";
    char on_uplink[600], on_bridge[600];

    (void)snprintf(on_uplink, sizeof on_uplink, order, "eth1", "eth1", "eth1");
    (void)snprintf(on_bridge, sizeof on_bridge, order, "br0", "br0", "br0");
    host_has("");
    uplink("eth2");
    uplink("eth3");
    DO("ip link set eth2 up && ip link set eth3 up && "
       "ip -6 addr add 2001:db8:1::5/64 dev eth1 nodad && "
       "ip -6 addr add 2001:db8:1::6/64 dev eth2 nodad && "
       "ip -6 addr add 2001:db8:2::6/64 dev eth2 nodad && "
       "ip -6 addr add 2001:db8:2::5/64 dev eth1 nodad && "
       "ip -6 route append 2001:db8:3::/64 dev eth1 metric 7 && "
       "ip -6 route append 2001:db8:3::/64 dev eth2 metric 7 && "
       "ip -6 route append 2001:db8:3::/64 dev eth3 metric 7");
    sh(routes);
    CHECK_STR(sh_text, on_uplink);
    scene_bridge_tap(&s, "br0", "eth1");
    s.network.mtu = vif_int_of(1500);
    s.options.tap_owner = vif_u32_of(4000);         /* no such user here: brought back */
    CHECK(plug() != VIF_OK);
    sh(routes);
    CHECK_STR(sh_text, on_uplink);
    s.options.tap_owner.set = false;
    OK(plug());
    sh(routes);
    CHECK_STR(sh_text, on_bridge);
    done();
}

TEST(nexthop_objects)
{
    host_has("ip addr add 192.0.2.5/24 dev eth1");
    if (sh("ip nexthop add id 10 via 192.0.2.10 dev eth1 proto zebra") != 0) {
        vif_host_close(&host);
        SKIP("no nexthop objects here");
    }
    DO("ip route add default nhid 10 proto bgp metric 20");
    OK(plug());
    HAS("ip route show default", "default nhid 10 via 192.0.2.10 dev br0");
    HAS_NOT("ip nexthop", "eth1");
    done();
}

/* The kernel shows the encapsulation of an object without the flag that it wants to be given. */
TEST(nexthop_objects_with_encapsulation)
{
    host_has("ip -6 addr add 2001:db8::5/64 dev eth1 nodad");
    if (sh("ip nexthop add id 10 encap ip6 id 7 dst 2001:db8::7 via 2001:db8::9 dev eth1 && "
           "ip -6 route add 2001:db8:7::/48 nhid 10") != 0) {
        vif_host_close(&host);
        SKIP("no nexthop objects with encapsulation here");
    }
    OK(plug());
    HAS("ip nexthop", "encap ip6 id 7 src :: dst 2001:db8::7");
    HAS("ip -6 route show 2001:db8:7::/48", "dev br0");
    HAS_NOT("ip nexthop", "eth1");
    done();
}

/* IPv4 routes by IPv6 gateways, also on one way of two: the bridge gets IPv6 for them alone. */
TEST(routes_by_gateways_of_ipv6)
{
    host_has("ip addr add 192.0.2.5/24 dev eth1 && "
             "ip route add 203.0.113.0/24 via inet6 fe80::1 dev eth1");
    OK(plug());
    HAS("ip route", "203.0.113.0/24 via inet6 fe80::1 dev br0");
    done();
    host_has("ip addr add 192.0.2.5/24 dev eth1 && ip link set eth1-peer up && ip route add "
             "203.0.113.0/24 nexthop via inet6 fe80::2 dev eth1-peer "
             "nexthop via inet6 fe80::1 dev eth1");
    OK(plug());
    HAS("ip route", "nexthop via inet6 fe80::1 dev br0");
    HAS("ip -6 addr show dev br0", "fe80::");
    done();
}

/* The kernel makes the route to a peer of IPv6 some time after the address. */
TEST(gateways_that_are_peers)
{
    host_has("ip -6 addr add 2001:db8:5::5 peer 2001:db8:5::9/128 dev eth1 nodad && "
             "for i in 1 2 3 4 5; do "
             "ip -6 route add default via 2001:db8:5::9 2>/dev/null && break; sleep 0.1; done");
    OK(plug());
    HAS("ip -6 route", "default via 2001:db8:5::9 dev br0");
    HAS("ip -6 route", "2001:db8:5::9 dev br0 proto kernel");
    done();
}

/* An uplink without an address; neighbours; labels; lifetimes; what somebody calls local. */
TEST(all_that_names_it)
{
    host_has("ip addr add 203.0.113.5/32 dev lo && "
          "ip route add default via 198.51.100.1 dev eth1 onlink && "
          "ip neigh add 198.51.100.9 lladdr 02:aa:00:00:00:01 nud permanent dev eth1 && "
          "ip neigh add proxy 198.51.100.77 dev eth1 && "
          "ip neigh add 198.51.100.8 lladdr 02:aa:00:00:00:02 nud reachable dev eth1");
    OK(plug());
    HAS("ip route", "default via 198.51.100.1 dev br0 onlink");
    HAS("ip neigh show dev br0", "198.51.100.9 lladdr 02:aa:00:00:00:01 PERMANENT");
    HAS_NOT("ip neigh show dev br0", "198.51.100.8");
    HAS("ip neigh show proxy", "198.51.100.77 dev br0");
    HAS_NOT("ip neigh show dev eth1 nud permanent", "198.51.100");
    DO("ip addr del 203.0.113.5/32 dev lo");
    done();
    host_has("ip addr add 192.0.2.5/24 dev eth1 && "
          "ip addr add 192.0.2.7/24 dev eth1 label eth1:7 && "
          "ip route add local 10.9.0.0/16 dev eth1 table local && "
          "ip -6 addr add 2001:db8::1/64 dev eth1 && ip -6 addr add 2001:db8::2/64 dev eth1 "
          "valid_lft 1000 preferred_lft 500 && "
          "ip -6 addr add 2001:db8::3/64 dev eth1 preferred_lft 0 && "
          "ip -6 route add default via 2001:db8::9 dev eth1 proto static expires 1800");
    sh("ip -6 addr show dev eth1 scope global | grep -o '2001[^ ]*' | tr '\\n' ' '");
    char order[200];
    memcpy(order, sh_text, sizeof order - 1);
    order[sizeof order - 1] = '\0';
    OK(plug());
    HAS("ip addr show dev br0", "192.0.2.7/24 scope global secondary br0:7");
    HAS("ip route show table local", "local 10.9.0.0/16 dev br0");
    HAS("ip -6 route show default", "dev br0 proto static metric 1024 expires");
    DO("ip -6 addr show dev br0 | grep -E 'valid_lft (1000|9..)sec preferred_lft (500|4..)sec'");
    HAS("ip -6 addr show dev br0 deprecated", "2001:db8::3/64");    /* no source, for ever */
    sh("ip -6 addr show dev br0 scope global | grep -o '2001[^ ]*' | tr '\\n' ' '");
    CHECK_STR(sh_text, order);
    HAS_NOT("ip -6 route show dev eth1", "2001:db8");
    done();
}

/* How neighbours and routers are asked is a setting as well. Taken back, the bridge has what it had
 * before. */
TEST(timers_go_along)
{
    host_has("ip addr add 192.0.2.5/24 dev eth1 && ip -6 addr add 2001:db8::1/64 dev eth1 && "
          "cd /proc/sys/net && for f in ipv4 ipv6; do "
          "echo 45000 >$f/neigh/eth1/base_reachable_time_ms && echo 99 >$f/neigh/eth1/gc_stale_time"
          " && echo 7 >$f/neigh/eth1/ucast_solicit && echo 0 >$f/neigh/eth1/proxy_qlen; done && "
          "echo 20 >ipv4/neigh/eth1/proxy_delay && echo 9 >ipv6/conf/eth1/router_probe_interval && "
          "echo 8 >ipv6/conf/eth1/router_solicitation_interval && "
          "echo 7 >ipv6/conf/eth1/router_solicitation_delay && "
          "echo 600 >ipv6/conf/eth1/router_solicitation_max_interval");
    s.network.bridge_interface = NULL;
    OK(plug());
    DO("echo 77 >/proc/sys/net/ipv4/neigh/br0/gc_stale_time");
    scene_bridge_tap(&s, "br0", "eth1");
    s.network.mtu = vif_int_of(1500);
    s.options.tap_owner = vif_u32_of(4000);         /* no such user here: brought back */
    CHECK(plug() != VIF_OK);
    CHECK_INT(file_int("/proc/sys/net/ipv4/neigh/%s/gc_stale_time", "br0"), 77);
    CHECK_INT(file_int("/proc/sys/net/ipv6/neigh/%s/gc_stale_time", "br0"), 60);
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/router_solicitation_delay", "br0"), 1);
    s.options.tap_owner.set = false;
    OK(plug());
    HAS("cd /proc/sys/net/ipv4/neigh && diff -r eth1 br0 && echo same", "same");
    HAS("cd /proc/sys/net/ipv6/neigh && diff -r eth1 br0 && echo same", "same");
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/router_probe_interval", "br0"), 9);
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/router_solicitation_interval", "br0"), 8);
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/router_solicitation_delay", "br0"), 7);
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/router_solicitation_max_interval", "br0"), 600);
    done();
}

TEST(settings_and_mac_go_along)
{
    host_has("ip addr add 192.0.2.5/24 dev eth1 && ip -6 addr add 2001:db8::1/64 dev eth1 && "
          "cd /proc/sys/net && echo 0 >ipv6/conf/eth1/accept_ra && "
          "echo 2 >ipv4/conf/eth1/rp_filter && echo 1 >ipv4/conf/eth1/proxy_arp && "
          "echo 1 >ipv6/conf/eth1/forwarding && "
          "echo 33 >ipv6/conf/eth1/hop_limit && echo 1 >ipv6/conf/eth1/disable_policy && "
          "echo 0 >ipv6/conf/eth1/enhanced_dad && echo 1400 >ipv6/conf/eth1/mtu && "
          "echo 1 >ipv6/conf/eth1/ignore_routes_with_linkdown");
    OK(plug());
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/mtu", "br0"), 1400);
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/enhanced_dad", "br0"), 0);
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/hop_limit", "br0"), 33);
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/disable_policy", "br0"), 1);
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/ignore_routes_with_linkdown", "br0"), 1);
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/accept_ra", "br0"), 0);
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/forwarding", "br0"), 1);
    CHECK_INT(file_int("/proc/sys/net/ipv4/conf/%s/rp_filter", "br0"), 2);
    CHECK_INT(file_int("/proc/sys/net/ipv4/conf/%s/proxy_arp", "br0"), 1);
    CHECK_INT(file_int("/proc/sys/net/ipv4/conf/%s/arp_ignore", "br0"), 1);
    HAS("ip link show dev br0", "02:00:00:00:01:01");
    HAS("ip -6 addr show dev br0", "fe80::ff:fe00:101/64 scope link");
    done();
    host_has("");
    s.network.bridge_interface = NULL;
    OK(plug());
    sh("ip -o link show dev br0 | grep -o 'ether [^ ]*'");
    char mac[64];
    snprintf(mac, sizeof mac, "%.60s", sh_text);
    DO("ip link add g0 address 00:00:00:00:00:01 type veth peer name g1 && "
       "ip link set g0 master br0");
    HAS("ip link show dev br0", mac);
    DO("ip link del br0");
    OK(plug());
    HAS("ip link show dev br0", mac);   /* of owner and name: the same again */
    done();
}

/* Who renews a lease on the uplink puts it there again: the bridge keeps the address. */
TEST(lease_that_is_renewed)
{
    host_has("ip addr add 198.51.100.5/24 dev eth1 valid_lft 60 preferred_lft 60 && "
          "ip route add default via 198.51.100.1");
    OK(plug());
    HAS("ip -o -4 addr show dev br0", "198.51.100.5/24 scope global br0\\       valid_lft forever");
    DO("ip addr change 198.51.100.5/24 dev eth1 valid_lft 60 preferred_lft 60");
    OK(plug());
    HAS("ip -o -4 addr show dev br0", "198.51.100.5/24 scope global br0\\       valid_lft forever");
    HAS_NOT("ip -o -4 addr show dev eth1", "198.51.100.5");
    HAS("ip route show default", "dev br0");
    done();
}

/* Of IPv4 the kernel tells no lifetimes of one that is valid for ever, but a flag. A lease is for
 * ever on the bridge, and deprecated or not as before. */
TEST(deprecated_for_ever)
{
    host_has("ip addr add 192.0.2.5/24 dev eth1 && "
             "ip addr add 192.0.2.6/24 dev eth1 preferred_lft 0 && "
             "ip addr add 192.0.2.7/24 dev eth1 preferred_lft 0 valid_lft 3000 && "
             "ip addr add 192.0.2.8/24 dev eth1 preferred_lft 2000 valid_lft 3000");
    OK(plug());
    HAS("ip -o addr show dev br0", "192.0.2.5/24 scope global br0");
    HAS("ip -o addr show dev br0", "192.0.2.6/24 scope global secondary deprecated br0");
    HAS("ip -o addr show dev br0", "192.0.2.7/24 scope global secondary deprecated br0");
    HAS("ip -o addr show dev br0", "192.0.2.8/24 scope global secondary br0");
    done();
}

/* Whatever comes to the uplink while it is moved goes with it, at whichever request it comes, but
 * for what comes behind the last look: the next plug takes that along. 192.0.2.7 is a secondary
 * address, which the kernel would delete with the first one of its subnet. */
TEST(what_comes_meanwhile)
{
    int k, stayed = 0;

    for (k = 1; k == 1 || shim.meddled; k++) {
        host_has("echo 0 >/proc/sys/net/ipv4/conf/eth1/promote_secondaries && "
                 "ip addr add 192.0.2.5/24 dev eth1 && "
                 "ip -6 addr add 2001:db8:5::5/64 dev eth1 nodad");
        shim_start(FAULT_NONE, 0, 0);
        shim.meddle_at = k;
        shim.meddle = "ip addr add 198.51.100.7/24 dev eth1 && "
            "ip addr add 192.0.2.7/24 dev eth1 && "
            "ip -6 addr add 2001:db8:7::7/64 dev eth1 nodad && "
            "ip route add 203.0.113.0/24 via 198.51.100.1";
        OK(plug());
        shim_stop();
        if (sh("ip addr show dev eth1 | grep -q '198.51.100.7\\|2001:db8:7'") == 0) {
            stayed++;
            OK(plug());
        }
        if (shim.meddled) {
            HAS("ip addr show dev br0", "198.51.100.7/24");
            HAS("ip addr show dev br0", "192.0.2.7/24");
            HAS("ip addr show dev br0", "2001:db8:7::7/64");
            HAS("ip route show dev br0", "203.0.113.0/24 via 198.51.100.1");
        }
        HAS_NOT("ip addr show dev eth1", "198.51.100.7");
        CHECK_INT(file_int("/proc/sys/net/ipv4/conf/%s/promote_secondaries", "eth1"), 0);
        done();
    }
    CHECK(k > 10);
    CHECK(stayed <= 2);
}

/* What names the uplink without an address of its own comes at whichever request, also of kinds of
 * which the uplink had nothing. With the last IPv4 address the kernel removes much of it, but none
 * is lost, but for a proxy, of which the kernel tells nobody, that comes right before it. */
TEST(no_address_comes_meanwhile)
{
    static const struct { const char *shows, *what; } all[] = {
        {"route show table all", "203.0.113.0/24 via 192.0.2.9 dev br0"},
        {"route show table all", "default via 192.0.2.8 dev br0 table 99"},
        {"route show table all", "nexthop via 192.0.2.7 dev br0 weight 2"},
        {"-6 route show", "2001:db8:77::/48 dev br0 metric 1024"},
        {"neigh show nud permanent", "192.0.2.99 dev br0 lladdr 02:aa:00:00:00:01"},
        {"neigh show nud permanent", "2001:db8:77::9 dev br0 lladdr 02:aa:00:00:00:01"},
        {"neigh show proxy", "192.0.2.77 dev br0"},
        {"nexthop", "id 10 via 192.0.2.10 dev br0"},
        {"route show table all", "198.51.100.0/24 nhid 10 via 192.0.2.10 dev br0"},
    };
    enum { KINDS = sizeof all / sizeof *all, PROXY = 6 };
    unsigned stayed[KINDS] = {0}, lost[KINDS] = {0};
    const bool objects = sh("ip nexthop") == 0;
    unsigned i;
    int k;

    for (k = 1; k == 1 || shim.meddled; k++) {
        host_has("ip addr add 192.0.2.5/24 dev eth1");
        shim_start(FAULT_NONE, 0, 0);
        shim.meddle_at = k;
        shim.meddle = "ip neigh add proxy 192.0.2.77 dev eth1 && "
            "ip neigh add 192.0.2.99 lladdr 02:aa:00:00:00:01 nud permanent dev eth1 && "
            "ip -6 neigh add 2001:db8:77::9 lladdr 02:aa:00:00:00:01 nud permanent dev eth1 && "
            "ip -6 route add 2001:db8:77::/48 dev eth1 && "
            "ip route add 203.0.113.0/24 via 192.0.2.9 && "
            "ip route add default via 192.0.2.8 table 99 && "
            "ip route add 10.9.0.0/16 nexthop via 192.0.2.6 nexthop via 192.0.2.7 weight 2 && "
            "ip nexthop add id 10 via 192.0.2.10 dev eth1 && ip route add 198.51.100.0/24 nhid 10";
        OK(plug());
        shim_stop();
        /* Behind the move the uplink has no address, and the routes can't be made there. */
        for (i = 0; i < KINDS && shim.meddled && (shim.meddle_status == 0 || i == PROXY); i++) {
            const char *dev = strstr(all[i].what, "br0");
            char on_uplink[100];

            snprintf(on_uplink, sizeof on_uplink, "%.*seth1%s", (int)(dev - all[i].what),
                     all[i].what, dev + 3);
            sh("ip %s", all[i].shows);
            if (strstr(sh_text, all[i].what) == NULL) {
                *(strstr(sh_text, on_uplink) != NULL ? &stayed[i] : &lost[i]) += 1;
            }
        }
        done();
    }
    CHECK(k > 10);
    for (i = 0; i < KINDS && objects; i++) {
        CHECK(lost[i] <= (i == PROXY ? 2 : 0));
        CHECK(stayed[i] <= 6);
    }
}

/* A plug, before whose call k somebody runs a command; whether that did something. */
static bool plugged_beside(int k, const char *command)
{
    shim_start(FAULT_NONE, 0, 0);
    shim.meddle_at = k;
    shim.meddle = command;
    OK(plug());
    shim_stop();
    return shim.meddled && shim.meddle_status == 0;
}

/* The kernel tells of each of many addresses that go, and forgets what nobody reads in time. A
 * route that comes in between is heard all the same. */
TEST(a_route_comes_among_many_addresses)
{
    int k;

    for (k = 25; k == 25 || shim.meddled; k += 3) {
        host_has("for i in $(seq 200); do echo addr add 10.$i.0.5/24 dev eth1; done | ip -batch -");
        if (plugged_beside(k, "ip route add 203.0.113.0/24 via 10.1.0.9")) {
            HAS("ip route show 203.0.113.0/24", "via 10.1.0.9 dev br0");
        }
        done();
    }
    CHECK(k > 30);
}

/* An address that somebody gives the bridge itself, as soon as there is one, keeps its route. */
TEST(a_bridges_address_comes_meanwhile)
{
    int k, came = 0;

    for (k = 1; k == 1 || shim.meddled; k++) {
        host_has("ip addr add 192.0.2.5/24 dev eth1");
        if (plugged_beside(k, "ip addr add 203.0.113.77/24 dev br0")) {
            came++;
            HAS("ip addr show dev br0", "203.0.113.77/24");
            HAS("ip route show dev br0", "203.0.113.0/24 proto kernel scope link src 203.0.113.77");
        }
        HAS("ip route show dev br0", "192.0.2.0/24 proto kernel scope link src 192.0.2.5");
        done();
    }
    CHECK(came > 5);
}

/* So does one of IPv6, which the kernel refuses there later: switching IPv6 off does not remove it,
 * even if it comes right before that. */
TEST(a_bridges_ipv6_address_comes_meanwhile)
{
    int k, came = 0;

    for (k = 1; k == 1 || shim.meddled; k++) {
        host_has("ip addr add 192.0.2.5/24 dev eth1");
        shim_start(FAULT_NONE, 0, 0);
        shim.meddle_at = k;
        shim.meddles_writes = true;
        shim.meddle = "ip -6 addr add 2001:db8:77::7/64 dev br0 nodad";
        OK(plug());
        shim_stop();
        CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/disable_ipv6", "br0"),
                  !shim.meddled || shim.meddle_status != 0);
        if (shim.meddled && shim.meddle_status == 0) {
            came++;
            HAS("ip addr show dev br0", "2001:db8:77::7/64");
            HAS("ip -6 route show dev br0", "2001:db8:77::/64 proto kernel");
            OK(plug());
        }
        HAS("ip route show dev br0", "192.0.2.0/24 proto kernel scope link src 192.0.2.5");
        done();
    }
    CHECK_INT(came, 3);
}

/* Taken back, everything is on the uplink that came to it or to the bridge in the middle, by a
 * route through what moves, for example. */
TEST(taken_back_with_what_came_meanwhile)
{
    int k, came = 0;

    for (k = 1; k == 1 || shim.meddled; k++) {
        host_has("ip addr add 192.0.2.5/24 dev eth1");
        scene_bridge_tap(&s, "br0", "eth1");
        s.network.mtu = vif_int_of(1500);
        s.options.tap_owner = vif_u32_of(4000);     /* no such user here */
        shim_start(FAULT_NONE, 0, 0);
        shim.meddle_at = k;
        shim.meddle = "ip route add 203.0.113.0/24 via 192.0.2.9 && "
            "ip neigh add 192.0.2.99 lladdr 02:aa:00:00:00:01 nud permanent "
            "$(ip route get 192.0.2.99 | grep -o 'dev [^ ]*')";
        CHECK(plug() != VIF_OK);
        shim_stop();
        if (shim.meddled && shim.meddle_status == 0) {
            came++;
            HAS("ip route show dev eth1", "203.0.113.0/24 via 192.0.2.9");
            HAS("ip neigh show dev eth1 nud permanent", "192.0.2.99");
        }
        HAS("ip route show dev eth1", "192.0.2.0/24 proto kernel scope link src 192.0.2.5");
        done();
    }
    CHECK(came > 30);
}

/* An operator's bridge without an address gets nothing of its own taken with those that go home,
 * nor with the MAC that it gets from its first port. */
TEST(taken_back_from_an_operators_bridge)
{
    host_has("ip addr add 192.0.2.5/24 dev eth1 && "
             "ip link add br0 type bridge && "
             "ip link set br0 up && ip route add 10.1.0.0/16 dev br0 metric 5 && "
             "ip neigh add 10.1.0.9 lladdr 02:aa:00:00:00:01 nud permanent dev br0 && "
             "ip neigh add proxy 10.1.0.7 dev br0");
    scene_bridge_tap(&s, "br0", "eth1");
    s.network.mtu = vif_int_of(1500);
    s.options.tap_owner = vif_u32_of(4000);         /* no such user here */
    dump_host(&was);
    CHECK(plug() != VIF_OK);
    dump_host(&is);
    CHECK(dump_same(&was, &is, false));
    HAS("ip route show dev br0", "10.1.0.0/16 scope link metric 5");
    HAS("ip neigh show dev br0 nud permanent", "10.1.0.9 lladdr 02:aa:00:00:00:01");
    HAS("ip neigh show proxy", "10.1.0.7 dev br0");
    s.options.tap_owner.set = false;
    OK(plug());
    HAS("ip neigh show dev br0 nud permanent", "10.1.0.9 lladdr 02:aa:00:00:00:01");
    HAS("ip route show dev br0", "10.1.0.0/16 scope link metric 5");
    done();
}

/* Somebody makes the uplink another bridge's port at whichever request. It stays that, unless this
 * comes just before the request that makes it our bridge's port. */
TEST(masters_that_come_meanwhile)
{
    int k, robbed = 0;

    for (k = 1; k == 1 || shim.meddled; k++) {
        host_has("ip addr add 192.0.2.5/24 dev eth1 && ip link add br-ex type bridge");
        shim_start(FAULT_NONE, 0, 0);
        shim.meddle_at = k;
        shim.meddle = "ip link set eth1 master br-ex";
        (void)!plug();
        shim_stop();
        robbed += shim.meddled && sh("ip link show dev eth1 | grep -q 'master br-ex'") != 0;
        HAS("ip addr", "192.0.2.5/24");
        done();
    }
    CHECK(k > 10);
    CHECK(robbed <= 1);
}

TEST(masters_are_not_robbed)
{
    host_has("ip link add br-ex type bridge && ip link set eth1 master br-ex && "
          "ip link set br-ex up && ip addr add 198.51.100.5/24 dev br-ex");
    refused("eth1 is a port of bridge br-ex; the option uplink_take_over takes it");
    s.options.uplink_take_over = VIF_TRUE;
    OK(plug());
    HAS("ip link show dev eth1", "master br0");
    done();
}

/* What can't be a bridge's port is named before there is a bridge. */
TEST(only_ethernet)
{
    host_has("ip tuntap add tun7 mode tun");
    s.network.bridge_interface = "lo";
    refused("lo is hardware, not an Ethernet device");
    s.network.bridge_interface = "tun7";
    refused("tun7 is tun, not an Ethernet device");
    CHECK_HAS(err.where, "master tun7");
    shim_start(FAULT_NONE, 0, 0);
    CHECK(plug() != VIF_OK);
    shim_stop();
    CHECK_INT(shim.changing, 0);
    DO("ip link del tun7");
    done();
}

/* Taken back, the uplink is again what it was as a port. */
TEST(a_port_comes_back)
{
    host_has("ip link add br-ex type bridge && ip link set eth1 master br-ex && "
             "ip link set br-ex up && ip link set eth1 type bridge_slave learning off cost 7");
    scene_bridge_tap(&s, "br0", "eth1");
    s.options.uplink_take_over = VIF_TRUE;
    s.options.tap_owner = vif_u32_of(4000);         /* no such user here */
    dump_host(&was);
    CHECK(plug() != VIF_OK);
    dump_host(&is);
    CHECK(dump_same(&was, &is, false));
    HAS("ip -d link show dev eth1", "cost 7 ");
    HAS("ip -d link show dev eth1", "learning off ");
    done();
}

/* Tables are read once before and once after, and six requests change something: the bridge, what
 * it is set to, up; the port with its MTU; the address, there and away. */
TEST(few_requests)
{
    host_has("ip addr add 192.0.2.5/24 dev eth1");
    s.network.mtu = vif_int_of(1450);
    shim_start(FAULT_NONE, 0, 0);
    OK(plug());
    shim_stop();
    CHECK_INT(shim.changing, 6);
    CHECK_INT(shim.sends, 31);
    HAS("ip link show dev eth1", "mtu 1450 ");
    HAS("ip link show dev br0", "mtu 1450 ");
    HAS("ip -4 route show dev br0", "192.0.2.0/24 proto kernel scope link src 192.0.2.5");
    done();
}

TEST(many_routes_share_datagrams)
{
    host_has("ip addr add 192.0.2.5/24 dev eth1 && for i in $(seq 0 499); do "
             "echo route add 198.18.$((i / 250)).$((i % 250)) via 192.0.2.1; done | ip -batch -");
    shim_start(FAULT_NONE, 0, 0);
    OK(plug());
    shim_stop();
    CHECK_INT(shim.changing, 1006);
    CHECK(shim.sends < 60);
    sh("ip route show dev br0 | wc -l");
    CHECK_STR(sh_text, "501");
    HAS_NOT("ip -4 route show dev eth1", "via");
    done();
}

/* Master and MTU are one message; refused, it is told which of the two it was. */
TEST(a_refused_mtu_is_named)
{
    host_has("ip link add mv0 link eth1 type macvlan && ip link set mv0 up && "
             "ip addr add 192.0.2.5/24 dev mv0");
    s.network.bridge_interface = "mv0";
    s.network.mtu = vif_int_of(9000);
    refused("");
    CHECK_HAS(err.where, "mtu mv0");
    done();
}

/* A gateway was in a subnet when its route was made: the kernel takes no such route any more. */
TEST(a_refused_route_is_named)
{
    host_has("ip addr add 192.0.2.5/24 dev eth1 && ip addr add 198.51.100.5/24 dev eth1 && "
             "ip route add 203.0.113.0/24 via 192.0.2.1 && ip addr del 192.0.2.5/24 dev eth1");
    refused("(route 203.0.113.0/24)");
    done();
}

TEST(small_mtus)
{
    host_has("ip -6 addr add 2001:db8::1/64 dev eth1");
    s.network.mtu = vif_int_of(1200);
    refused("eth1 has IPv6 addresses: an MTU below 1280 would take them");
    done();
    host_has("ip link add mv0 link eth1 type macvlan && ip link set mv0 up && "
          "ip -6 addr add 2001:db8::1/64 dev mv0");
    s.network.mtu = vif_int_of(1200);
    refused("mv0 has IPv6 addresses");
    done();
}

/* Taken back, a link that had no IPv6 for a while has the settings that it had. */
TEST(small_mtu_comes_back)
{
    host_has("echo 0 >/proc/sys/net/ipv6/conf/eth1/accept_ra");
    scene_bridge_tap(&s, "br0", "eth1");
    s.network.mtu = vif_int_of(1200);
    s.options.tap_owner = vif_u32_of(4000);         /* no such user here */
    dump_host(&was);
    CHECK(plug() != VIF_OK);
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/accept_ra", "eth1"), 0);
    dump_host(&is);
    CHECK(dump_same(&was, &is, false));
    done();
}

TEST(rules_that_name_it)
{
    host_has("ip addr add 192.0.2.5/24 dev eth1 && ip rule add iif eth1 lookup 100");
    refused("a routing rule names eth1");
    DO("ip rule del iif eth1 lookup 100 && ip link property add dev eth1 altname rack7 && "
       "ip link property add dev eth1 altname rack && ip -6 rule add oif rack7 lookup 100");
    refused("a routing rule names eth1");
    DO("ip -6 rule del oif rack7 lookup 100 && ip rule add iif rack70 lookup 100");
    OK(plug());
    DO("ip rule del iif rack70 lookup 100");
    done();
}

TEST(tunnels_over_it)
{
    host_has("ip addr add 192.0.2.5/24 dev eth1 && ip link add e2 type veth peer name e3");
    if (sh("ip link add vx0 type vxlan id 5 dstport 4789 dev eth1 remote 192.0.2.9") != 0) {
        done();
        SKIP("no vxlan in this kernel");
    }
    refused("the tunnel vx0 goes over eth1");
    DO("ip link del vx0 && ip link add vx0 type vxlan id 5 dstport 4789 dev e2 remote 192.0.2.9");
    OK(plug());
    DO("ip link del vx0 && ip link del e2");
    done();
}

/* A link that a macvlan is over is no bridge's port: the kernel says no more than EBUSY. */
TEST(macvlans_over_it)
{
    host_has("ip addr add 192.0.2.5/24 dev eth1 && ip link add mv0 link eth1 type macvlan");
    refused("eth1 is in use: macvlan mv0");
    if (sh("ip link del mv0 && ip link add mv1 link eth1 type macvtap") == 0) {
        refused("eth1 is in use: macvtap mv1");
        DO("ip link del mv1 && ip addr flush dev eth1 && ip link add mv2 link eth1 type macvlan");
        refused("eth1 is in use: macvlan mv2");     /* also where nothing has to move */
        DO("ip link del mv2");
    }
    OK(plug());
    done();
}

/* What a router says of a prefix of eth1's other end, for so many seconds. */
static void advertise(uint8_t subnet, uint32_t seconds)
{
    unsigned char ra[48] = {134, 0, 0, 0, 64, 0, 0, 0};
    struct sockaddr_in6 to = {.sin6_family = AF_INET6};
    const int fd = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6), hops = 255;
    const int index = (int)if_nametoindex("eth1-peer");
    const unsigned char option[4] = {3, 4, 64, 0xc0}, prefix[5] = {0x20, 1, 0xd, 0xb8, subnet};
    int i = 0;

    seconds = htonl(seconds);
    memcpy(ra + 16, option, 4);
    memcpy(ra + 20, &seconds, 4);
    memcpy(ra + 24, &seconds, 4);
    memcpy(ra + 32, prefix, 5);
    inet_pton(AF_INET6, "ff02::1", &to.sin6_addr);
    to.sin6_scope_id = (uint32_t)index;
    CHECK_INT(setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof hops), 0);
    CHECK_INT(setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &index, sizeof index), 0);
    do {                                /* a link that is not up yet hears nothing */
        CHECK_INT(sendto(fd, ra, sizeof ra, 0, (struct sockaddr *)&to, sizeof to), sizeof ra);
        usleep(100000);
    } while (++i < 100 && sh("ip -6 addr | grep -q 2001:db8:%x00:", subnet) != 0);
    close(fd);
}

/* A router at the other end of the uplink. It has to wait until nobody else has claimed the
 * uplink's addresses, or nobody is asked. */
#define ROUTER "ip -6 addr add fe80::99/64 dev eth1-peer nodad && " \
    "echo 1 >/proc/sys/net/ipv6/conf/eth1/accept_ra_from_local && "
#define ASKED "sleep 1.5; " ROUTER
#define NOBODY_ASKED "ip link set eth1 down && " \
    "echo 0 >/proc/sys/net/ipv6/conf/eth1/accept_dad && ip link set eth1 up && " ROUTER

/* The uplink has an address of a router's prefix, by what the commands say of it; the bridge keeps
 * that one, and the router goes on to renew it. */
static void renewed(bool asked, const char *commands)
{
    char address[64];

    host_has(asked ? ASKED "true" : NOBODY_ASKED "true");
    DO("%s", commands);
    advertise(1, 3000);
    sh("ip -6 addr show dev eth1 scope global | grep -o 'inet6 2001:db8:100:[^ ]*'");
    CHECK_HAS(sh_text, "2001:db8:100:");
    snprintf(address, sizeof address, "%.60s", sh_text);
    usleep(asked ? 1500000 : 1000);
    OK(plug());
    advertise(1, 5000);
    sh("ip -6 addr show dev br0 scope global | grep -o 'inet6 2001:db8:100:[^ ]*'");
    CHECK_STR(sh_text, address);
    HAS_NOT("ip -6 addr show dev br0 scope global", "valid_lft 2");     /* of 3000 s */
    HAS_NOT("ip -6 addr show dev br0 scope global", "valid_lft 3");
    done();
}

#define SECRET "echo 2001:db8::1234 >/proc/sys/net/ipv6/conf/eth1/stable_secret && " \
    "ip link set eth1 addrgenmode stable_secret"

/* A bridge of an operator's, of another MAC. */
#define OTHER "ip link add br0 type bridge && ip link set br0 address 02:00:00:00:09:09 up && " \
    "echo 1 >/proc/sys/net/ipv6/conf/br0/accept_ra_from_local && "

TEST(routers_go_on_to_renew)
{
    renewed(true, "true");
    renewed(false, "ip token set ::5 dev eth1");
    renewed(true, SECRET);
}

TEST(routers_renew_on_an_operators_bridge)
{
    renewed(false, OTHER "true");
    HAS("ip token get dev br0", "token ::ff:fe00:101 dev br0");
    renewed(false, OTHER "ip -6 addr add 2001:db8:9::1/64 dev br0 && ip token set ::5 dev eth1");
    renewed(false, OTHER SECRET);
    renewed(false, "ip link add br0 type bridge && ip link set br0 address 02:00:00:00:01:01 up && "
            "echo 1 >/proc/sys/net/ipv6/conf/br0/accept_ra_from_local");
    HAS("ip token get dev br0", "token :: dev br0");        /* the same MAC: it needs none */
}

/* The bridge would not renew them, or have to give up addresses of its own for it: nothing is
 * changed. What is of former settings of the uplink's expires there, too. */
TEST(not_renewed_on_an_operators_bridge)
{
    host_has(NOBODY_ASKED OTHER "echo 0 >/proc/sys/net/ipv6/conf/br0/accept_ra");
    advertise(1, 3000);
    refused("2001:db8:100::ff:fe00:101/64, which routers renew on eth1, would expire on br0");
    DO("echo 1 >/proc/sys/net/ipv6/conf/br0/accept_ra && ip token set ::9 dev br0");
    refused("would expire on br0 (accept_ra, token)");
    DO("ip token set :: dev br0; ip -6 addr add 2001:db8:7::1/64 dev br0 mngtmpaddr "
       "valid_lft 3000 preferred_lft 3000");
    refused("would expire on br0 (accept_ra, token)");
    DO("ip token set ::5 dev eth1");
    OK(plug());
    HAS("ip token get dev br0", "token :: dev br0");
    done();
}

/* Taken back, the bridge has no token again. */
TEST(a_token_is_taken_back)
{
    host_has(NOBODY_ASKED OTHER "true");
    advertise(1, 3000);
    scene_bridge_tap(&s, "br0", "eth1");
    s.options.tap_owner = vif_u32_of(4000);         /* no such user here */
    CHECK(plug() != VIF_OK);
    HAS("ip token get dev br0", "token :: dev br0");
    HAS("ip -6 addr show dev eth1", "2001:db8:100::ff:fe00:101/64");
    done();
}

/* But of addresses by a secret only those of one prefix. */
TEST(addresses_by_a_secret)
{
    host_has(NOBODY_ASKED SECRET);
    advertise(1, 3000);
    advertise(2, 3000);
    refused("which routers renew on eth1, would expire on br0");
    DO("echo 0 >/proc/sys/net/ipv6/conf/eth1/accept_ra");   /* nobody renews them anyway */
    OK(plug());
    done();
}

static void many_things(void)
{
    DO("ip addr add 192.0.2.5/24 dev eth1 && ip addr add 192.0.2.6/24 dev eth1 && "
       "ip -6 addr add 2001:db8:5::5/64 dev eth1 && ip route add default via 192.0.2.1 && "
       "ip route add 203.0.113.0/24 via 192.0.2.9 && "
       "ip -6 route add default via 2001:db8:5::1 && "
       "ip neigh add 192.0.2.99 lladdr 02:aa:00:00:00:01 nud permanent dev eth1 && "
       "ip link set eth1-peer up && ip addr add 192.0.2.7/24 dev eth1-peer");     /* behind eth1 */
}

/* Nothing of that is lost: it is on the one link or the other. */
static void all_there(const char *on, const char *when)
{
    static const char *const all[] = {"192.0.2.5/24", "192.0.2.6/24", "2001:db8:5::5/64",
        "default via 192.0.2.1", "203.0.113.0/24 via 192.0.2.9", "default via 2001:db8:5::1",
        "192.0.2.99", "192.0.2.0/24 dev eth1-peer"};
    size_t i;

    sh("ip addr show%s%s; ip route; ip -6 route; ip neigh show nud permanent", on[0] ? " dev " : "",
       on);
    for (i = 0; i < sizeof all / sizeof *all; i++) {
        /* IPv6 shows two routes of one metric, on either link, as one over two hops */
        if (strstr(sh_text, all[i] + (on[0] == '\0' && i == 5 ? strlen("default ") : 0)) == NULL) {
            CHECK_FAIL("%s: lost %s", when, all[i]);
        }
    }
    for (i = 3; on[0] != '\0' && i < 6; i++) {
        char want[64];

        snprintf(want, sizeof want, "%s dev %s", all[i], on);
        if (strstr(sh_text, want) == NULL) {
            CHECK_FAIL("%s: not there: %s", when, want);
        }
    }
}

/* Whether the plug has made its bridge, and not yet taken all from the uplink. From before the one
 * until after the other there is a whole note, which ends with an NLMSG_DONE. */
static bool half_way(const char *when)
{
    bool half = sh("ip link show dev br0") == 0;

    sh("for s in addr route '-6 route' 'neigh show nud permanent'; do ip $s dev eth1; done");
    half = half && (strstr(sh_text, "192.0.2") != NULL || strstr(sh_text, "2001:db8:5") != NULL);
    sh("tail -c 16 %s/*.eth1.note | od -An -tu2", state_dir);
    if (half && strncmp(sh_text, "    16     0     3 ", 19) != 0) {
        CHECK_FAIL("%s: without a note: %s", when, sh_text);
    }
    return half;
}

static int killed_plug(const void *arg)
{
    open_uplink();
    shim_start(FAULT_KILL, *(const int *)arg, 0);
    const vif_status st = plug();
    shim_stop();
    return st == VIF_OK ? 0 : 1;
}

/* Killed at each system call, then the same again, or unplugged: at no point is a route gone, a
 * note is there before the first change and until the last, and in the end everything is on the
 * bridge, or everything on the uplink. */
TEST(killed_at_every_call)
{
    int k, status = 137, half = 0;

    for (k = 1; status == 137 && k < 400; k += 3) {
        char when[60];
        child c;

        host_has("");
        vif_host_close(&host);
        many_things();
        c = child_start(killed_plug, &k);
        status = child_finish(&c);
        snprintf(when, sizeof when, "killed at call %d", k);
        all_there("", when);
        half += half_way(when);
        open_uplink();
        if (k % 2 == 0) {
            OK(plug());
        } else {
            OK(unplug());
        }
        sh("ip -o link show dev eth1");
        all_there(strstr(sh_text, "master br0") != NULL ? "br0" : "eth1", when);
        done();
    }
    CHECK_INT(status, 0);
    CHECK(k > 60);
    CHECK(half > 5);
}

/* The same without another plug: an agent that starts finds the notes and has them finished. */
TEST(recovered_after_a_kill)
{
    int k, status = 137, notes = 0;

    for (k = 1; status == 137 && k < 400; k += 5) {
        vif_found found[4];
        size_t count = 9;
        char when[60];
        child c;

        host_has("");
        vif_host_close(&host);
        many_things();
        c = child_start(killed_plug, &k);
        status = child_finish(&c);
        snprintf(when, sizeof when, "killed at call %d", k);
        open_uplink();
        OK(vif_notes(&host, found, 4, &count, &err));
        CHECK(count <= 1);
        sh("ls %s | grep -c note", state_dir);
        CHECK(count == 1 || sh_text[0] == '0' || sh_text[0] == '1');
        if (count == 1) {
            notes++;
            CHECK_STR(found[0].name, "eth1");
            CHECK_STR(found[0].id, "br0");
            CHECK_STR(found[0].kind, "note");
            CHECK(found[0].index > 0);
            OK(vif_recover(&host, found, &err));
            OK(vif_notes(&host, NULL, 0, &count, &err));
            CHECK_INT(count, 0);
            sh("ls %s | grep note", state_dir);
            CHECK_STR(sh_text, "");
        }
        sh("ip -o link show dev eth1");
        all_there(strstr(sh_text, "master br0") != NULL ? "br0" : "eth1", when);
        vif_host_close(&host);
    }
    CHECK_INT(status, 0);
    CHECK(notes > 5);
}

/* Leaves a note of eth1, of a process that died before it had moved anything; and its path. */
static bool note_left(char *path, size_t cap)
{
    int k, status = 137;

    for (k = 20; status == 137 && k < 400; k++) {
        child c;

        host_has("ip addr add 192.0.2.5/24 dev eth1");
        vif_host_close(&host);
        c = child_start(killed_plug, &k);
        status = child_finish(&c);
        if (sh("ls %s/*.eth1.note", state_dir) == 0 && sh("ip link show dev br0") != 0) {
            sh("ls %s/*.eth1.note | tr -d '\n'", state_dir);
            snprintf(path, cap, "%s", sh_text);
            /* a whole one; the writer may also have died before that */
            if (sh("tail -c 16 %s | od -An -tu2 | grep -q '^    16     0     3 '", path) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* A note is of one link, and not of another that gets its name and index. */
TEST(a_note_is_of_one_link)
{
    char path[200];

    REQUIRE(note_left(path, sizeof path));
    DO("i=$(ip -o link show dev eth1 | cut -d: -f1); ip link del eth1 && "
       "ip link add eth1 index $i type veth peer name eth1-peer && ip link set eth1 up && "
       "ip addr add 198.51.100.5/24 dev eth1");
    open_uplink();
    OK(plug());
    HAS("ip addr show dev br0", "198.51.100.5/24");
    HAS_NOT("ip addr", "192.0.2.5");
    done();
}

/* Nor is it of the same card after the host was started again, where the state directory outlives
 * that. The id is the kernel's, and in the note's first message. */
TEST(a_note_ends_with_its_kernel)
{
    char path[200];

    REQUIRE(note_left(path, sizeof path));
    DO("LC_ALL=C sed -i 's/-[0-9a-f]\\{4\\}-[0-9a-f]\\{4\\}-/-0000-0000-/' %s && "
       "ip addr flush dev eth1 && ip addr add 198.51.100.5/24 dev eth1", path);
    open_uplink();
    OK(plug());
    HAS("ip addr show dev br0", "198.51.100.5/24");
    HAS_NOT("ip addr", "192.0.2.5");
    done();
}

/* Of a version that did not say so the note counts by name and index, as it did there. */
TEST(a_note_of_a_former_version)
{
    unsigned char old[4096], now[4096];
    vif_buf head;
    char path[200];
    uint32_t first;
    vif_link link;
    ssize_t len;
    int fd;

    REQUIRE(note_left(path, sizeof path));
    fd = open(path, O_RDWR);
    len = read(fd, now, sizeof now);
    REQUIRE(len > 16);
    memcpy(&first, now, 4);
    first = (first + 3) & ~3u;
    memset(&link, 0, sizeof link);
    VIF_SET(&link, VIF_LINK_INDEX, index, (int32_t)if_nametoindex("eth1"));
    CHECK(vif_link_set_name(&link, "br0"));
    vif_buf_init(&head, old, sizeof old);
    vif_nl_put_link(&head, VIF_RTM_NEWLINK, 0, &link);
    CHECK(head.len < first);
    CHECK(pwrite(fd, old, head.len, 0) == (ssize_t)head.len);
    CHECK(pwrite(fd, now + first, (size_t)len - first, (off_t)head.len) == len - (ssize_t)first);
    CHECK_INT(ftruncate(fd, (off_t)head.len + len - (off_t)first), 0);
    close(fd);
    DO("ip addr flush dev eth1");
    open_uplink();
    OK(unplug());
    HAS("ip addr show dev eth1", "192.0.2.5/24");
    done();
}

static int killed_plug_meddled(const void *arg)
{
    open_uplink();
    shim_start(FAULT_KILL, *(const int *)arg, 0);
    shim.meddle_at = 14;                /* the look before has been, and the last has not */
    shim.meddle = "ip route add 203.0.113.0/24 via 192.0.2.9";
    const vif_status st = plug();
    shim_stop();
    return st == VIF_OK ? 0 : 1;
}

/* What came in the middle is in the note before it goes from the uplink, so that it comes back even
 * if somebody takes the bridge away. */
TEST(what_came_meanwhile_outlives_a_kill)
{
    int k, status = 137, moved = 0;

    for (k = 60; status == 137 && k < 400; k += 2) {
        child c;
        bool came, noted;

        host_has("ip addr add 192.0.2.5/24 dev eth1");
        vif_host_close(&host);
        c = child_start(killed_plug_meddled, &k);
        status = child_finish(&c);
        came = sh("ip route show 203.0.113.0/24 | grep -q via") == 0;
        noted = sh("ls %s/*.eth1.note", state_dir) == 0;
        moved += noted && sh("ip route show dev br0 | grep -q 203.0.113") == 0 &&
            sh("ip route show dev eth1 | grep -q 203.0.113") != 0;
        open_uplink();
        if (came && noted) {
            sh("ip link del br0");
            OK(unplug());
            HAS("ip route show dev eth1", "203.0.113.0/24 via 192.0.2.9");
        } else {
            OK(unplug());
        }
        done();
    }
    CHECK_INT(status, 0);
    CHECK(moved > 0);
}

/* So are the routes by a nexthop object or by a group of them, which go with it when the bridge
 * goes. */
TEST(routes_by_nexthop_objects_outlive_a_kill)
{
    static const char *const all[] = {"203.0.113.0/24 nhid 10 via 192.0.2.10 dev eth1",
        "198.51.100.0/24 nhid 5 via 192.0.2.10 dev eth1",
        "2001:db8:7::/48 nhid 12 via 2001:db8:5::10 dev eth1"};
    int k, status = 137, gone = 0;
    size_t i;

    for (k = 30; status == 137 && k < 400; k += 3) {
        char when[60];
        child c;

        host_has("ip addr add 192.0.2.5/24 dev eth1 && "
                 "ip -6 addr add 2001:db8:5::5/64 dev eth1 nodad");
        vif_host_close(&host);
        if (sh("ip nexthop add id 10 via 192.0.2.10 dev eth1 && ip nexthop add id 5 group 10 && "
               "ip nexthop add id 12 via 2001:db8:5::10 dev eth1") != 0) {
            SKIP("no nexthop objects here");
        }
        DO("ip route add 203.0.113.0/24 nhid 10 && ip route add 198.51.100.0/24 nhid 5 && "
           "ip -6 route add 2001:db8:7::/48 nhid 12");
        c = child_start(killed_plug, &k);
        status = child_finish(&c);
        snprintf(when, sizeof when, "killed at call %d", k);
        if (status == 137 && sh("ls %s/*.eth1.note", state_dir) == 0) {
            gone += sh("ip nexthop | grep -q 'dev br0' && ip link del br0") == 0;
            sh("ip link del br0");
        }
        open_uplink();
        OK(unplug());
        if (sh("ip link show dev br0") != 0) {
            sh("ip route; ip -6 route");
            for (i = 0; i < sizeof all / sizeof *all; i++) {
                const char *found = strstr(sh_text, all[i]);

                if (found == NULL || strstr(found + 1, all[i]) != NULL) {
                    CHECK_FAIL("%s: lost, or twice: %s", when, all[i]);
                }
            }
        }
        done();
    }
    CHECK_INT(status, 0);
    CHECK(gone > 3);
}

static int deny, denial;                /* which call for the namespace's number fails, and how */
int __real_getsockopt(int fd, int level, int name, void *value, socklen_t *len);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len);

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    if (name == 71 && deny > 0 && --deny == 0) {
        errno = denial;
        return -1;
    }
    return __real_getsockopt(fd, level, name, value, len);
}

/* A note is found again under the name that it was written with, whatever the kernel says then. */
TEST(a_namespace_has_one_number)
{
    for (int k = 1; k < 6; k++) {
        deny = k;
        denial = ENOPROTOOPT;           /* as Linux before 5.14 */
        host_has("ip addr add 192.0.2.5/24 dev eth1");
        OK(plug());
        HAS("ip addr show dev br0", "192.0.2.5/24");
        OK(unplug());
        done();
    }
    deny = 1;
    denial = ENOMEM;
    memset(&host, 0, sizeof host);
    CHECK_INT(vif_host_open(&host, &(vif_host_desc){.state_dir = state_dir}, &err), VIF_E_SYSTEM);
    CHECK_INT(err.sys_errno, ENOMEM);
    deny = 0;
}

/* What else has a note's name is no note, and a FIFO that nobody writes to is not waited for. */
TEST(a_fifo_for_a_note)
{
    char path[128];
    uint64_t cookie = 0;
    socklen_t len = sizeof cookie;
    vif_found found[2];
    size_t count = 9;

    host_has("ip addr add 192.0.2.5/24 dev eth1");
    REQUIRE(getsockopt(vif_nl_fd(&host.nl), SOL_SOCKET, 71, &cookie, &len) == 0);
    snprintf(path, sizeof path, "%s/%llu.eth1.note", state_dir, (unsigned long long)cookie);
    DO("mkdir -p %s && mkfifo %s", state_dir, path);
    OK(vif_notes(&host, found, 2, &count, &err));
    OK(plug());
    HAS("ip addr show dev br0", "192.0.2.5/24");
    DO("rm -f %s && mkfifo %s", path, path);
    OK(unplug());
    DO("rm -f %s", path);
    done();
}

/* Not while somebody holds the bridge's lock, and not of a link that has gone. */
TEST(not_to_be_recovered)
{
    int k, lock = -1, status = 137;
    char path[128];
    vif_found found[2];
    size_t count = 0;

    for (k = 40; status == 137 && count == 0 && k < 400; k += 5) {
        child c;
        host_has("");
        vif_host_close(&host);
        many_things();
        c = child_start(killed_plug, &k);
        status = child_finish(&c);
        open_uplink();
        OK(vif_notes(&host, found, 2, &count, &err));
        if (count == 0) {
            vif_host_close(&host);
        }
    }
    REQUIRE(count == 1);
    sh("ls %s | sed -n 's/eth1.note/br0.lock/p' | tr -d '\\n'", state_dir);
    snprintf(path, sizeof path, "%s/%.64s", state_dir, sh_text);
    lock = open(path, O_RDWR | O_CREAT, 0600);
    CHECK(lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0);
    CHECK_INT(vif_recover(&host, found, &err), VIF_E_TIMEOUT);
    CHECK_HAS(err.text, "holds the bridge's lock");
    close(lock);
    DO("ip link set eth1 down && ip link set eth1 name eth9");
    CHECK_INT(vif_recover(&host, found, &err), VIF_E_NO_INTERFACE);
    DO("ip link set eth9 name eth1 && ip link set eth1 up");
    OK(vif_recover(&host, found, &err));
    done();
}

/* What the bridge is to have that renews an address by a secret it gets also from whoever finishes
 * the work of one who died, wherever that was. */
TEST(tokens_outlive_a_kill)
{
    int k, status = 137, noted = 0;

    for (k = 40; status == 137 && k < 400; k += 3) {
        char want[80];
        child c;

        host_has(NOBODY_ASKED SECRET);
        vif_host_close(&host);
        advertise(1, 3000);
        sh("ip -6 addr show dev eth1 scope global | sed -n 's,.*2001:db8:100:0:\\(.*\\)/64.*,\\1,p'"
           " | tr -d '\n'");
        REQUIRE(sh_text[0] != '\0');
        snprintf(want, sizeof want, "token ::%.40s dev br0", sh_text);
        c = child_start(killed_plug, &k);
        status = child_finish(&c);
        noted += sh("ls %s | grep -q note", state_dir) == 0;
        open_uplink();
        OK(plug());
        HAS("ip token get dev br0", want);
        done();
    }
    CHECK_INT(status, 0);
    CHECK(noted > 5);
}

static int one_of_many(const void *arg)
{
    static char name[8], id[40];
    const int n = *(const int *)arg;

    snprintf(name, sizeof name, "t%d", n);
    snprintf(id, sizeof id, "0000000%d-0000-4000-8000-000000000000", n);
    scene_bridge_tap(&s, "br0", "eth1");
    s.vif.bridge.vif_name = name;
    s.vif.base.id = id;
    open_uplink();
    return plug() == VIF_OK ? 0 : 1;
}

/* First plugs of several processes at once, some rounds. */
TEST(many_at_once)
{
    enum { PROCESSES = 8, ROUNDS = 12 };
    child c[PROCESSES];
    int n[PROCESSES], round, i;

    for (round = 0; round < ROUNDS; round++) {
        host_has("");
        vif_host_close(&host);
        many_things();
        for (i = 0; i < PROCESSES; i++) {
            n[i] = i;
            c[i] = child_start(one_of_many, &n[i]);
        }
        for (i = 0; i < PROCESSES; i++) {
            CHECK_INT(child_finish(&c[i]), 0);
        }
        all_there("br0", "at once");
        sh("ls %s", state_dir);
        CHECK_STR(sh_text, "");
    }
}

int main(int argc, char **argv)
{
    int failed;

    if (!ns_enter()) {
        puts("skip all: no user and network namespaces here");
        return 0;
    }
    if (mkdtemp(state_dir) == NULL) {
        return 1;
    }
    failed = check_main(argc, argv);
    sh("rm -rf %s", state_dir);
    return failed;
}
