/* SPDX-License-Identifier: MIT
 * vif_netlink.h against the running kernel, in namespaces of its own. Tests named row_* show one
 * measured fact of the kernel each, and that the library keeps its rule about it. */
#include "ns.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#define VIF_IMPLEMENTATION
#include "vif_netlink.h"
#include "check.h"

static unsigned char room[32768], mem[65536];
static vif_nl nl;
static vif_buf req;
static vif_error err;

static int64_t now_ms(void *user)
{
    struct timespec t;
    (void)user;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static vif_nl_desc desc_of(void *buffer, size_t cap)
{
    vif_nl_desc d = vif_nl_desc_default();
    d.buffer = buffer;
    d.buffer_cap = cap;
    d.now_ms = now_ms;
    d.seed = 0x5eed;
    d.timeout_ms = 2000;
    return d;
}

static void fresh(void)
{
    memset(&err, 0, sizeof err);
    vif_buf_init(&req, mem, sizeof mem);
}

static vif_status run(void)
{
    const vif_status status = vif_nl_request(&nl, &req, &err);
    vif_buf_init(&req, mem, sizeof mem);
    return status;
}

static vif_link named(const char *name)
{
    vif_link link;
    memset(&link, 0, sizeof link);
    (void)vif_link_set_name(&link, name);
    return link;
}

static vif_status new_veth(const char *a, const char *b, vif_link *made)
{
    const vif_link outer = named(a), peer = named(b);
    fresh();
    vif_nl_put_veth(&req, 0, &outer, &peer);
    return vif_nl_link_new(&nl, &req, made, &err);
}

static int32_t new_kind(const char *kind, const char *name)
{
    vif_link link = named(name);
    fresh();
    vif_link_set_kind(&link, kind);
    vif_nl_put_link(&req, VIF_RTM_NEWLINK, 0x600, &link);
    return vif_nl_link_new(&nl, &req, &link, &err) == VIF_OK ? link.index : -1;
}

static void gone(const char *name)
{
    vif_link link;
    if (vif_nl_link_get(&nl, 0, name, &link, NULL) == VIF_OK) {
        CHECK_INT(vif_nl_link_delete(&nl, link.index, NULL), VIF_OK);
    }
}

static bool exists(const char *name)
{
    vif_link link;
    return vif_nl_link_get(&nl, 0, name, &link, NULL) == VIF_OK;
}

static int setting(const char *path)
{
    char text[16] = "";
    FILE *f = fopen(path, "r");
    if (f && !fgets(text, sizeof text, f)) {
        text[0] = 0;
    }
    if (f) {
        fclose(f);
    }
    return text[0] ? atoi(text) : -1;
}

TEST(link_create_get_set_delete)
{
    vif_link link, got;
    const uint32_t before = nl.count.datagrams_sent;
    CHECK_INT(new_veth("va", "vb", &link), VIF_OK);
    CHECK_INT(nl.count.datagrams_sent - before, 1);     /* the index came with the echo */
    CHECK(link.index > 0);
    CHECK_STR(link.name, "va");
    CHECK_STR(link.kind, "veth");
    CHECK_INT(vif_nl_link_get(&nl, 0, "vb", &got, &err), VIF_OK);
    CHECK_INT(got.link, link.index);
    CHECK((got.present & VIF_LINK_AF_SPEC) != 0);       /* a view that outlived the answer */
    CHECK_INT(nl.count.datagrams_sent - before, 2);
    memset(&got, 0, sizeof got);
    VIF_SET(&got, VIF_LINK_INDEX, index, link.index);
    VIF_SET(&got, VIF_LINK_MTU, mtu, 1400);
    got.alias.data = (const unsigned char *)"vif:test:1";
    got.alias.len = 10;
    got.present |= VIF_LINK_ALIAS;
    CHECK_INT(vif_nl_link_set(&nl, &got, &err), VIF_OK);
    CHECK_INT(vif_nl_link_get(&nl, link.index, NULL, &got, &err), VIF_OK);
    CHECK_INT(got.mtu, 1400);
    CHECK_BYTES(got.alias.data, got.alias.len, "vif:test:1", 10);
    CHECK_INT(vif_nl_link_delete(&nl, link.index, &err), VIF_OK);
    CHECK_INT(vif_nl_link_get(&nl, 0, "va", &got, &err), VIF_E_NO_INTERFACE);
    CHECK_INT(err.sys_errno, ENODEV);
}

TEST(kinds)
{
    vif_link link = named("br9"), lower;
    vif_nl_bridge bridge;
    vif_macvlan macvlan;
    vif_vxlan vxlan;
    vif_vlan vlan;
    memset(&bridge, 0, sizeof bridge);
    VIF_SET(&bridge, VIF_NL_BRIDGE_FORWARD_DELAY, forward_delay, 0);
    VIF_SET(&bridge, VIF_NL_BRIDGE_STP_STATE, stp_state, 0);
    VIF_SET(&bridge, VIF_NL_BRIDGE_MCAST_SNOOPING, mcast_snooping, 0);
    VIF_SET(&bridge, VIF_NL_BRIDGE_AGEING_TIME, ageing_time, 12300);
    fresh();
    vif_nl_put_bridge(&req, 0, &link, &bridge);
    REQUIRE(vif_nl_link_new(&nl, &req, &link, &err) == VIF_OK);
    CHECK(vif_nl_bridge_parse(link.kind_data, &bridge));
    CHECK_INT(bridge.ageing_time, 12300);
    CHECK_INT(bridge.mcast_snooping, 0);
    gone("br9");

    REQUIRE(new_veth("va", "vb", &lower) == VIF_OK);
    link = named("mv0");
    VIF_SET(&link, VIF_LINK_LINK, link, (uint32_t)lower.index);
    memset(&macvlan, 0, sizeof macvlan);
    VIF_SET(&macvlan, VIF_MACVLAN_MODE, mode, VIF_MACVLAN_PRIVATE);
    fresh();
    vif_nl_put_macvlan(&req, 0, "macvtap", &link, &macvlan);
    CHECK_INT(vif_nl_link_new(&nl, &req, &link, &err), VIF_OK);
    CHECK_STR(link.kind, "macvtap");
    CHECK(vif_macvlan_parse(link.kind_data, &macvlan));
    CHECK_INT(macvlan.mode, VIF_MACVLAN_PRIVATE);
    gone("mv0");

    link = named("vx0");
    memset(&vxlan, 0, sizeof vxlan);
    VIF_SET(&vxlan, VIF_VXLAN_ID, id, 4242);
    VIF_SET(&vxlan, VIF_VXLAN_PORT, port, 4789);
    VIF_SET(&vxlan, VIF_VXLAN_LEARNING, learning, 0);
    vxlan.local[0] = 10;
    vxlan.local[3] = 1;
    vxlan.present |= VIF_VXLAN_LOCAL;
    fresh();
    vif_nl_put_vxlan(&req, 0, &link, &vxlan);
    CHECK_INT(vif_nl_link_new(&nl, &req, &link, &err), VIF_OK);
    CHECK(vif_vxlan_parse(link.kind_data, &vxlan));
    CHECK_INT(vxlan.id, 4242);
    CHECK_INT(vxlan.port, 4789);
    CHECK_INT(vxlan.learning, 0);
    CHECK_INT(vxlan.local[3], 1);
    gone("vx0");

    link = named("vl5");
    VIF_SET(&link, VIF_LINK_LINK, link, (uint32_t)lower.index);
    memset(&vlan, 0, sizeof vlan);
    VIF_SET(&vlan, VIF_VLAN_ID, id, 5);
    fresh();
    vif_nl_put_vlan(&req, 0, &link, &vlan);
    const vif_status status = vif_nl_link_new(&nl, &req, &link, &err);
    CHECK(status == VIF_OK || status == VIF_E_UNSUPPORTED);
    if (status == VIF_OK) {
        CHECK(vif_vlan_parse(link.kind_data, &vlan));
        CHECK_INT(vlan.id, 5);
        CHECK_INT(vlan.protocol, 0x8100);
    } else {
        CHECK_STR(err.text, "Unknown device type");
    }
    gone("va");
}

TEST(bridge_port_settings)
{
    vif_link link;
    vif_bridge_port port;
    const int32_t bridge = new_kind("bridge", "br0");
    REQUIRE(bridge > 0 && new_veth("va", "vb", &link) == VIF_OK);
    memset(&link.present, 0, sizeof link.present);
    link.present = VIF_LINK_INDEX;
    VIF_SET(&link, VIF_LINK_MASTER, master, (uint32_t)bridge);
    CHECK_INT(vif_nl_link_set(&nl, &link, &err), VIF_OK);
    memset(&port, 0, sizeof port);
    VIF_SET(&port, VIF_BRIDGE_PORT_HAIRPIN, hairpin, 1);
    VIF_SET(&port, VIF_BRIDGE_PORT_ISOLATED, isolated, 1);
    VIF_SET(&port, VIF_BRIDGE_PORT_LEARNING, learning, 0);
    fresh();
    vif_nl_put_bridge_port(&req, link.index, &port);
    CHECK_INT(run(), VIF_OK);
    CHECK_INT(vif_nl_link_get(&nl, link.index, NULL, &link, &err), VIF_OK);
    CHECK_STR(link.slave_kind, "bridge");
    CHECK(vif_bridge_port_parse(link.slave_data, &port));
    CHECK_INT(port.hairpin, 1);
    CHECK_INT(port.isolated, 1);
    CHECK_INT(port.learning, 0);
    CHECK_INT(port.unicast_flood, 1);
    link.present = VIF_LINK_INDEX;
    VIF_SET(&link, VIF_LINK_MASTER, master, 0);         /* 0 is a value: it detaches */
    CHECK_INT(vif_nl_link_set(&nl, &link, &err), VIF_OK);
    CHECK_INT(vif_nl_link_get(&nl, link.index, NULL, &link, &err), VIF_OK);
    CHECK_INT(link.present & VIF_LINK_MASTER, 0);
    gone("va");
    gone("br0");
}

TEST(bridge_vlans_need_filtering)
{
    const vif_bridge_vlan set[2] = { { 7, 7, VIF_BRIDGE_VLAN_PVID | VIF_BRIDGE_VLAN_UNTAGGED },
                                     { 100, 103, 0 } };
    vif_bridge_vlan got[4];
    vif_link link;
    vif_nl_msg msg;
    vif_nl_event event;
    size_t count = 99;
    const int32_t bridge = new_kind("bridge", "br0");
    REQUIRE(bridge > 0 && new_veth("va", "vb", &link) == VIF_OK);
    const int32_t port = link.index;
    link.present = VIF_LINK_INDEX;
    VIF_SET(&link, VIF_LINK_MASTER, master, (uint32_t)bridge);
    CHECK_INT(vif_nl_link_set(&nl, &link, &err), VIF_OK);
    fresh();
    const vif_bridge_vlans vlans = { set, 2, false };
    vif_nl_put_bridge_vlans(&req, VIF_RTM_SETLINK, port, &vlans);
    const vif_status status = run();
    if (status == VIF_E_UNSUPPORTED) {
        gone("va");
        gone("br0");
        SKIP("the kernel has no bridge VLAN filtering; refused cleanly: %.80s", err.text);
    }
    CHECK_INT(status, VIF_OK);
    vif_nl_put_link_dump(&req, VIF_AF_BRIDGE, 0, NULL, VIF_EXT_BRVLAN_COMPRESSED);
    CHECK_INT(vif_nl_send(&nl, &req, &err), VIF_OK);
    while ((event = vif_nl_next(&nl, &msg, &err)) != VIF_NL_DONE) {
        if (event == VIF_NL_MESSAGE && vif_link_parse(&msg, &link) && link.index == port) {
            count = vif_link_bridge_vlans(&link, got, 4);
        }
    }
    CHECK_INT(count, 3);                /* 1 by default, 7, 100-103 */
    gone("va");
    gone("br0");
}

TEST(addresses_that_a_link_makes)
{
    vif_link link, got;
    uint32_t mode = 9;
    REQUIRE(new_veth("va", "vb", &link) == VIF_OK);
    for (uint8_t wanted = 1; wanted < 2; wanted--) {    /* none, then of its MAC */
        fresh();
        vif_nl_put_addr_gen_mode(&req, link.index, wanted);
        CHECK_INT(run(), VIF_OK);
        CHECK_INT(vif_nl_link_get(&nl, link.index, NULL, &got, &err), VIF_OK);
        if (!vif_link_inet6_conf(&got, VIF_INET6_ADDR_GEN_MODE, &mode)) {
            gone("va");
            SKIP("the kernel has no IPv6");
        }
        CHECK_INT(mode, wanted);
    }
    fresh();
    vif_nl_put_addr_gen_mode(&req, link.index, 77);
    CHECK_INT(run(), VIF_E_KERNEL);
    gone("va");
}

TEST(settings_per_link)
{
    const vif_inet_conf set[3] = { { VIF_INET_ARP_IGNORE, 1 }, { VIF_INET_ARP_ANNOUNCE, 2 },
                                   { VIF_INET_PROXY_ARP, 1 } };
    vif_link link;
    uint32_t value = 77;
    REQUIRE(new_veth("va", "vb", &link) == VIF_OK);
    fresh();
    vif_nl_put_inet_conf(&req, link.index, set, 3);
    CHECK_INT(run(), VIF_OK);
    CHECK_INT(setting("/proc/sys/net/ipv4/conf/va/arp_ignore"), 1);
    CHECK_INT(setting("/proc/sys/net/ipv4/conf/va/arp_announce"), 2);
    CHECK_INT(setting("/proc/sys/net/ipv4/conf/va/proxy_arp"), 1);
    ns_write("/proc/sys/net/ipv4/conf/va/route_localnet", "1");
    ns_write("/proc/sys/net/ipv6/conf/va/disable_ipv6", "0");
    ns_write("/proc/sys/net/ipv6/conf/va/proxy_ndp", "1");
    ns_write("/proc/sys/net/ipv6/conf/va/accept_dad", "2");
    ns_write("/proc/sys/net/ipv6/conf/va/addr_gen_mode", "1");
    ns_write("/proc/sys/net/ipv6/conf/va/forwarding", "1");
    CHECK_INT(vif_nl_link_get(&nl, link.index, NULL, &link, &err), VIF_OK);
    CHECK(vif_link_inet_conf(&link, VIF_INET_ARP_IGNORE, &value));
    CHECK_INT(value, 1);
    CHECK(vif_link_inet_conf(&link, VIF_INET_ARP_ANNOUNCE, &value));
    CHECK_INT(value, 2);
    CHECK(vif_link_inet_conf(&link, VIF_INET_ROUTE_LOCALNET, &value));
    CHECK_INT(value, 1);
    CHECK(!vif_link_inet_conf(&link, 0, &value));
    CHECK(!vif_link_inet_conf(&link, 5000, &value));
    if (setting("/proc/sys/net/ipv6/conf/va/disable_ipv6") >= 0) {
        CHECK(vif_link_inet6_conf(&link, VIF_INET6_PROXY_NDP, &value));
        CHECK_INT(value, 1);
        CHECK(vif_link_inet6_conf(&link, VIF_INET6_ACCEPT_DAD, &value));
        CHECK_INT(value, 2);
        CHECK(vif_link_inet6_conf(&link, VIF_INET6_ADDR_GEN_MODE, &value));
        CHECK_INT(value, 1);
        CHECK(vif_link_inet6_conf(&link, VIF_INET6_FORWARDING, &value));
        CHECK_INT(value, 1);
        CHECK(vif_link_inet6_conf(&link, VIF_INET6_DISABLE_IPV6, &value));
        CHECK_INT(value, 0);
    }
    gone("va");
}

/* Dumps into a callback's counter: messages of `type`, the last one parsed by the caller. */
static unsigned char kept[4096];
static vif_nl_msg keep(const vif_nl_msg *msg)
{
    vif_nl_msg copy = *msg;
    memcpy(kept, msg->data, msg->len < sizeof kept ? msg->len : sizeof kept);
    copy.data = kept;
    return copy;
}

static unsigned dump(uint16_t type, vif_nl_msg *last)
{
    vif_nl_event event;
    vif_nl_msg msg;
    unsigned count = 0;
    CHECK_INT(vif_nl_send(&nl, &req, &err), VIF_OK);
    while ((event = vif_nl_next(&nl, &msg, &err)) != VIF_NL_DONE) {
        if (event == VIF_NL_MESSAGE && msg.type == type) {
            count++;
            if (last) {
                *last = keep(&msg);
            }
        }
    }
    CHECK_INT(err.status, VIF_OK);
    vif_buf_init(&req, mem, sizeof mem);
    return count;
}

static vif_addr ipv4(int32_t index, uint8_t last)
{
    vif_addr a;
    memset(&a, 0, sizeof a);
    VIF_SET(&a, VIF_ADDR_FAMILY, family, VIF_AF_INET);
    VIF_SET(&a, VIF_ADDR_PREFIX_LEN, prefix_len, 24);
    VIF_SET(&a, VIF_ADDR_INDEX, index, index);
    a.local[0] = 10;
    a.local[3] = last;
    a.present |= VIF_ADDR_LOCAL;
    return a;
}

static void up(int32_t index)
{
    vif_nl_put_link_flags(&req, index, VIF_IFF_UP, VIF_IFF_UP);
    CHECK_INT(run(), VIF_OK);
}

TEST(addresses_routes_and_their_move)
{
    unsigned char addr_bytes[256];
    vif_link a, b;
    vif_addr addr;
    vif_nl_route route;
    vif_nl_msg msg;
    REQUIRE(new_veth("va", "vb", &a) == VIF_OK);
    REQUIRE(vif_nl_link_get(&nl, 0, "vb", &b, &err) == VIF_OK);
    fresh();
    up(a.index);
    up(b.index);
    addr = ipv4(a.index, 1);
    vif_nl_put_addr(&req, VIF_RTM_NEWADDR, 0x600, &addr);
    CHECK_INT(run(), VIF_OK);
    memset(&route, 0, sizeof route);
    VIF_SET(&route, VIF_NL_ROUTE_FAMILY, family, VIF_AF_INET);
    VIF_SET(&route, VIF_NL_ROUTE_OIF, oif, (uint32_t)a.index);
    route.gateway[0] = 10;
    route.gateway[3] = 9;
    route.present |= VIF_NL_ROUTE_GATEWAY;
    VIF_SET(&route, VIF_NL_ROUTE_METRIC, metric, 50);
    VIF_SET(&route, VIF_NL_ROUTE_MTU, mtu, 1300);
    vif_nl_put_route(&req, VIF_RTM_NEWROUTE, 0x600, &route);
    CHECK_INT(run(), VIF_OK);
    vif_nl_put_addr_dump(&req, VIF_AF_INET, a.index);
    CHECK_INT(dump(VIF_RTM_NEWADDR, &msg), 1);
    CHECK(vif_addr_parse(&msg, &addr));
    CHECK_INT(addr.prefix_len, 24);
    CHECK_BYTES(addr.local, 4, "\x0a\0\0\1", 4);
    CHECK_STR(addr.label, "va");
    const vif_nl_msg old_addr = { msg.type, msg.flags, 0, addr_bytes, msg.len };
    memcpy(addr_bytes, msg.data, msg.len < sizeof addr_bytes ? msg.len : sizeof addr_bytes);
    CHECK(!vif_nl_put_moved(&req, VIF_RTM_DELADDR, 0, &old_addr,
                            &(vif_nl_move){ .from = b.index, .to = b.index }));
    vif_nl_put_route_dump(&req, VIF_AF_INET, (uint32_t)a.index, VIF_TABLE_MAIN);
    vif_nl_msg ours;
    CHECK_INT(dump(VIF_RTM_NEWROUTE, NULL), 2);         /* connected, and ours */
    /* take ours: the one with a gateway */
    vif_nl_put_route_dump(&req, VIF_AF_INET, (uint32_t)a.index, VIF_TABLE_MAIN);
    CHECK_INT(vif_nl_send(&nl, &req, &err), VIF_OK);
    vif_nl_event event;
    vif_nl_msg m;
    memset(&ours, 0, sizeof ours);
    bool refused_connected = false;
    vif_buf_init(&req, mem, sizeof mem);
    while ((event = vif_nl_next(&nl, &m, &err)) != VIF_NL_DONE) {
        if (event != VIF_NL_MESSAGE || !vif_nl_route_parse(&m, &route)) {
            continue;
        }
        if ((route.present & VIF_NL_ROUTE_GATEWAY) == 0) {
            refused_connected = !vif_nl_put_moved(&req, VIF_RTM_NEWROUTE, 0x600, &m,
                                                  &(vif_nl_move){ .from = 9999, .to = b.index });
        } else {
            ours = keep(&m);
        }
    }
    CHECK(refused_connected);           /* it is another device's */
    CHECK(vif_nl_route_parse(&ours, &route));
    CHECK_INT(route.mtu, 1300);
    CHECK_INT(route.metric, 50);
    CHECK_INT(route.protocol, VIF_RTPROT_STATIC);
    /* the move: route and address leave, then address and route arrive, all in one datagram */
    CHECK(vif_nl_put_moved(&req, VIF_RTM_DELROUTE, 0, &ours,
                           &(vif_nl_move){ .from = a.index, .to = a.index }));
    CHECK(vif_nl_put_moved(&req, VIF_RTM_DELADDR, 0, &old_addr,
                           &(vif_nl_move){ .from = a.index, .to = a.index }));
    CHECK(vif_nl_put_moved(&req, VIF_RTM_NEWADDR, 0x600, &old_addr,
                           &(vif_nl_move){ .from = a.index, .to = b.index }));
    CHECK(vif_nl_put_moved(&req, VIF_RTM_NEWROUTE, 0x600, &ours,
                           &(vif_nl_move){ .from = a.index, .to = b.index }));
    vif_status each[4];
    CHECK_INT(vif_nl_request_each(&nl, &req, each, 4, &err), VIF_OK);
    vif_buf_init(&req, mem, sizeof mem);
    vif_nl_put_route_dump(&req, VIF_AF_INET, (uint32_t)a.index, VIF_TABLE_MAIN);
    CHECK_INT(dump(VIF_RTM_NEWROUTE, NULL), 0);
    vif_nl_put_route_dump(&req, VIF_AF_INET, (uint32_t)b.index, VIF_TABLE_MAIN);
    CHECK_INT(dump(VIF_RTM_NEWROUTE, NULL), 2);
    gone("va");
}

TEST(multipath_route_moves)
{
    vif_link a, b;
    vif_addr addr;
    vif_nl_route route;
    vif_nl_msg msg;
    unsigned char hops[32] = { 0 };
    REQUIRE(new_veth("va", "vb", &a) == VIF_OK);
    REQUIRE(vif_nl_link_get(&nl, 0, "vb", &b, &err) == VIF_OK);
    const int32_t br = new_kind("bridge", "br0");
    fresh();
    up(a.index);
    up(b.index);
    up(br);
    for (int i = 0; i < 3; i++) {
        addr = ipv4(i == 0 ? a.index : i == 1 ? b.index : br, 1);
        addr.local[1] = (uint8_t)(i == 2 ? 0 : i);
        addr.local[3] = (uint8_t)(i == 2 ? 2 : 1);
        vif_nl_put_addr(&req, VIF_RTM_NEWADDR, 0x600, &addr);
    }
    CHECK_INT(run(), VIF_OK);
    for (int i = 0; i < 2; i++) {
        const uint16_t hop_len = 16, gw_len = 8, gw_type = 5;
        unsigned char *h = hops + 16 * i;
        const int32_t index = i == 0 ? a.index : b.index;
        memcpy(h, &hop_len, 2);
        memcpy(h + 4, &index, 4);
        memcpy(h + 8, &gw_len, 2);
        memcpy(h + 10, &gw_type, 2);
        h[12] = 10;
        h[13] = (unsigned char)i;
        h[15] = 9;
    }
    memset(&route, 0, sizeof route);
    VIF_SET(&route, VIF_NL_ROUTE_FAMILY, family, VIF_AF_INET);
    VIF_SET(&route, VIF_NL_ROUTE_DST_LEN, dst_len, 16);
    route.dst[0] = 172;
    route.dst[1] = 16;
    route.multipath.data = hops;
    route.multipath.len = sizeof hops;
    route.present |= VIF_NL_ROUTE_DST | VIF_NL_ROUTE_MULTIPATH;
    vif_nl_put_route(&req, VIF_RTM_NEWROUTE, 0x600, &route);
    CHECK_INT(run(), VIF_OK);
    CHECK_STR(err.text, "");
    vif_nl_put_route_dump(&req, VIF_AF_INET, 0, VIF_TABLE_MAIN);
    CHECK_INT(vif_nl_send(&nl, &req, &err), VIF_OK);
    vif_nl_event event;
    vif_nl_msg m;
    bool found = false;
    while ((event = vif_nl_next(&nl, &m, &err)) != VIF_NL_DONE) {
        if (event == VIF_NL_MESSAGE && vif_nl_route_parse(&m, &route) &&
            (route.present & VIF_NL_ROUTE_MULTIPATH) != 0) {
            msg = keep(&m);
            found = true;
        }
    }
    vif_buf_init(&req, mem, sizeof mem);
    REQUIRE(found);
    CHECK(!vif_nl_put_moved(&req, VIF_RTM_NEWROUTE, 0x500, &msg,
                            &(vif_nl_move){ .from = 9999, .to = br }));
    CHECK(vif_nl_put_moved(&req, VIF_RTM_NEWROUTE, 0x500, &msg,
                           &(vif_nl_move){ .from = a.index, .to = br }));
    CHECK_INT(run(), VIF_OK);
    vif_nl_put_route_dump(&req, VIF_AF_INET, 0, VIF_TABLE_MAIN);
    CHECK_INT(vif_nl_send(&nl, &req, &err), VIF_OK);
    int32_t hop[2] = { 0, 0 };
    while ((event = vif_nl_next(&nl, &m, &err)) != VIF_NL_DONE) {
        if (event == VIF_NL_MESSAGE && vif_nl_route_parse(&m, &route) &&
            (route.present & VIF_NL_ROUTE_MULTIPATH) != 0) {
            memcpy(&hop[0], route.multipath.data + 4, 4);
            memcpy(&hop[1], route.multipath.data + 20, 4);
        }
    }
    CHECK_INT(hop[0], br);
    CHECK_INT(hop[1], b.index);
    gone("va");
    gone("br0");
}

TEST(neighbours_and_forwarding_table)
{
    vif_link a;
    vif_neigh n;
    vif_nl_msg msg;
    const int32_t br = new_kind("bridge", "br0");
    REQUIRE(br > 0 && new_veth("va", "vb", &a) == VIF_OK);
    fresh();
    a.present = VIF_LINK_INDEX;
    VIF_SET(&a, VIF_LINK_MASTER, master, (uint32_t)br);
    CHECK_INT(vif_nl_link_set(&nl, &a, &err), VIF_OK);
    memset(&n, 0, sizeof n);
    VIF_SET(&n, VIF_NEIGH_FAMILY, family, VIF_AF_BRIDGE);
    VIF_SET(&n, VIF_NEIGH_INDEX, index, a.index);
    VIF_SET(&n, VIF_NEIGH_STATE, state, VIF_NUD_NOARP);
    VIF_SET(&n, VIF_NEIGH_FLAGS, flags, VIF_NTF_MASTER);
    memcpy(n.lladdr, "\x02\0\0\0\0\x07", 6);
    n.present |= VIF_NEIGH_LLADDR;
    vif_nl_put_neigh(&req, VIF_RTM_NEWNEIGH, 0x600, &n);
    CHECK_INT(run(), VIF_OK);
    vif_nl_put_neigh_dump(&req, VIF_AF_BRIDGE, a.index, (uint32_t)br, false);
    bool seen = false;
    vif_nl_event event;
    CHECK_INT(vif_nl_send(&nl, &req, &err), VIF_OK);
    while ((event = vif_nl_next(&nl, &msg, &err)) != VIF_NL_DONE) {
        if (event == VIF_NL_MESSAGE && vif_neigh_parse(&msg, &n)) {
            CHECK_INT(n.index, a.index);
            seen = seen || memcmp(n.lladdr, "\x02\0\0\0\0\x07", 6) == 0;
        }
    }
    CHECK(seen);
    CHECK_INT(err.status, VIF_OK);
    vif_buf_init(&req, mem, sizeof mem);
    memset(&n, 0, sizeof n);
    VIF_SET(&n, VIF_NEIGH_FAMILY, family, VIF_AF_INET);
    VIF_SET(&n, VIF_NEIGH_INDEX, index, br);
    VIF_SET(&n, VIF_NEIGH_STATE, state, VIF_NUD_PERMANENT);
    VIF_SET(&n, VIF_NEIGH_FLAGS, flags, VIF_NTF_PROXY);
    n.dst[0] = 10;
    n.dst[3] = 77;
    n.present |= VIF_NEIGH_DST;
    vif_nl_put_neigh(&req, VIF_RTM_NEWNEIGH, 0x600, &n);
    CHECK_INT(run(), VIF_OK);
    vif_nl_put_neigh_dump(&req, VIF_AF_INET, br, 0, true);
    CHECK_INT(dump(VIF_RTM_NEWNEIGH, &msg), 1);
    CHECK(vif_neigh_parse(&msg, &n));
    CHECK_INT(n.dst[3], 77);
    CHECK_INT(n.flags & VIF_NTF_PROXY, VIF_NTF_PROXY);
    gone("va");
    gone("br0");
}

TEST(qdisc_ingress)
{
    vif_link a;
    vif_qdisc q;
    vif_nl_msg msg;
    REQUIRE(new_veth("va", "vb", &a) == VIF_OK);
    fresh();
    memset(&q, 0, sizeof q);
    VIF_SET(&q, VIF_QDISC_INDEX, index, a.index);
    VIF_SET(&q, VIF_QDISC_PARENT, parent, 0xfffffff1u);
    VIF_SET(&q, VIF_QDISC_HANDLE, handle, 0xffff0000u);
    memcpy(q.kind, "ingress", 8);
    q.present |= VIF_QDISC_KIND;
    vif_nl_put_qdisc(&req, VIF_RTM_NEWQDISC, 0x600, &q);
    CHECK_INT(run(), VIF_OK);
    q.present &= ~(uint32_t)VIF_QDISC_KIND;
    vif_nl_put_qdisc(&req, VIF_RTM_GETQDISC, 0, &q);
    CHECK_INT(dump(VIF_RTM_NEWQDISC, &msg), 1);
    CHECK(vif_qdisc_parse(&msg, &q));
    CHECK_STR(q.kind, "ingress");
    q.present = VIF_QDISC_INDEX | VIF_QDISC_PARENT | VIF_QDISC_HANDLE;
    vif_nl_put_qdisc(&req, VIF_RTM_DELQDISC, 0, &q);
    CHECK_INT(run(), VIF_OK);
    gone("va");
}

/* Not a request of the library's: what it takes with the builder. */
static void put_altname(uint16_t type, int32_t index, const char *name)
{
    unsigned char info[16] = { 0 };
    memcpy(info + 4, &index, 4);
    const size_t at = vif_nl_begin(&req, type, type == VIF_RTM_NEWLINKPROP ? 0xe00 : 0, info, 16);
    const size_t list = vif_nest_begin(&req, 52);   /* IFLA_PROP_LIST{IFLA_ALT_IFNAME} */
    vif_put_str(&req, 53, name);
    vif_nest_end(&req, list);
    vif_nl_end(&req, at);
}

TEST(alternative_names)
{
    static const char *const longer = "a-name-that-is-much-longer-than-fifteen-bytes";
    vif_link a;
    vif_nl_msg msg;
    REQUIRE(new_veth("va", "vb", &a) == VIF_OK);
    fresh();
    put_altname(VIF_RTM_NEWLINKPROP, a.index, longer);
    CHECK_INT(run(), VIF_OK);
    vif_nl_put_link_get_alt(&req, longer, 0);
    CHECK_INT(dump(VIF_RTM_NEWLINK, &msg), 1);
    CHECK(vif_link_parse(&msg, &a));
    CHECK_STR(a.name, "va");
    CHECK((a.present & VIF_LINK_PROP_LIST) != 0);
    put_altname(VIF_RTM_DELLINKPROP, a.index, longer);
    CHECK_INT(run(), VIF_OK);
    vif_nl_put_link_get_alt(&req, longer, 0);
    CHECK_INT(run(), VIF_E_NO_INTERFACE);
    gone("va");
}

/* ---- one test per measured fact ---- */

TEST(row_6_1_forged_sender)
{
    /* Another socket of this user answers first, with our port, our sequence number and success. */
    unsigned char forged[36] = { 0 }, to[12] = { 16, 0 };
    const uint32_t len = 36;
    const uint16_t type = 2;
    const uint32_t seq = nl.priv.next_seq;
    vif_link link;
    const int fd = socket(16, SOCK_RAW | SOCK_CLOEXEC, 0);
    struct sockaddr addr;
    memcpy(forged, &len, 4);
    memcpy(forged + 4, &type, 2);
    memcpy(forged + 8, &seq, 4);
    memcpy(forged + 12, &nl.priv.port, 4);
    memcpy(to + 4, &nl.priv.port, 4);
    memcpy(&addr, to, 12);
    CHECK_INT(sendto(fd, forged, sizeof forged, 0, &addr, 12), 36);
    CHECK_INT(vif_nl_link_delete(&nl, 77777, &err), VIF_E_NO_INTERFACE);
    memcpy(forged + 8, &nl.priv.next_seq, 4);
    CHECK_INT(sendto(fd, forged, sizeof forged, 0, &addr, 12), 36);
    CHECK_INT(vif_nl_link_get(&nl, 0, "lo", &link, &err), VIF_OK);
    CHECK_STR(link.name, "lo");
    close(fd);
}

TEST(row_6_2_error_in_done)
{
    /* A dump whose header the kernel refuses: the error is in DONE, with words. */
    unsigned char info[16] = { 0 };
    info[4] = 1;                        /* an index in the header of a link dump */
    info[2] = 1;
    fresh();
    vif_nl_end(&req, vif_nl_begin(&req, VIF_RTM_GETLINK, VIF_NLM_F_DUMP, info, sizeof info));
    CHECK_INT(run(), VIF_E_KERNEL);
    CHECK_INT(err.sys_errno, EINVAL);
    CHECK_HAS(err.text, "Invalid values in header for link dump request");
}

TEST(row_6_3_extended_answers)
{
    /* Words, and the attribute at fault, from a capped answer and from one that is not. */
    vif_link link = named("xx0");
    for (int capped = 1; capped >= 0; capped--) {
        CHECK_INT(setsockopt(nl.priv.fd, 270, 10, &capped, sizeof capped), 0);
        fresh();
        vif_link_set_kind(&link, "nosuchkind");
        vif_nl_put_link(&req, VIF_RTM_NEWLINK, 0x600, &link);
        CHECK_INT(run(), VIF_E_UNSUPPORTED);
        CHECK_STR(err.text, "Unknown device type");
        /* MTU of 3 bytes: the offset points at it */
        unsigned char info[16] = { 0 };
        const size_t at = vif_nl_begin(&req, VIF_RTM_NEWLINK, 0x600, info, sizeof info);
        vif_put_attr(&req, 4, "abc", 3);
        vif_nl_end(&req, at);
        CHECK_INT(run(), VIF_E_KERNEL);
        CHECK_INT(err.offset, 32);
        CHECK(err.text[0] != 0);
    }
    const int on = 1;
    CHECK_INT(setsockopt(nl.priv.fd, 270, 10, &on, sizeof on), 0);
}

TEST(row_6_4_overflow_loses_the_answer)
{
    /* A small receive buffer, filled with notifications: our own answer does not fit any more. */
    static unsigned char own[8192];
    unsigned char small_mem[256];
    vif_buf b;
    vif_nl other;
    vif_nl_desc d = desc_of(own, sizeof own);
    const int bytes = 2304, group = 1;
    REQUIRE(vif_nl_open(&other, &d, &err) == VIF_OK);
    CHECK_INT(setsockopt(other.priv.fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes), 0);
    CHECK_INT(setsockopt(other.priv.fd, 270, 1, &group, sizeof group), 0);
    for (int i = 0; i < 8; i++) {
        vif_link a;
        CHECK_INT(new_veth("va", "vb", &a), VIF_OK);
        gone("va");
    }
    vif_buf_init(&b, small_mem, sizeof small_mem);
    vif_nl_put_link_flags(&b, 1, VIF_IFF_UP, VIF_IFF_UP);
    CHECK_INT(vif_nl_request(&other, &b, &err), VIF_E_UNKNOWN);
    CHECK_INT(err.sys_errno, ENOBUFS);
    const int none = 1;
    CHECK_INT(setsockopt(other.priv.fd, 270, 2, &none, sizeof none), 0);
    vif_link lo;                    /* still usable: what is queued is told apart by its number */
    const int roomy = 65536;
    CHECK_INT(setsockopt(other.priv.fd, SOL_SOCKET, SO_RCVBUF, &roomy, sizeof roomy), 0);
    CHECK_INT(vif_nl_link_get(&other, 1, NULL, &lo, &err), VIF_OK);
    CHECK_STR(lo.name, "lo");
    vif_nl_close(&other);
}

TEST(row_6_5_one_answer_each)
{
    vif_link link;
    const uint32_t before = nl.count.datagrams_received;
    CHECK_INT(vif_nl_link_get(&nl, 1, NULL, &link, &err), VIF_OK);
    CHECK_INT(nl.count.datagrams_received - before, 2);     /* the link, the acknowledgement */
    struct pollfd p = { nl.priv.fd, POLLIN, 0 };
    CHECK_INT(poll(&p, 1, 20), 0);                          /* and nothing else */
}

TEST(row_6_6_refused_in_the_middle)
{
    vif_status each[3];
    const uint32_t sent = nl.count.datagrams_sent;
    vif_link a = named("va"), b = named("vc");
    fresh();
    vif_link_set_kind(&a, "ifb");
    vif_link_set_kind(&b, "ifb");
    vif_nl_put_link(&req, VIF_RTM_NEWLINK, 0x600, &a);
    vif_nl_put_link_flags(&req, 99999, VIF_IFF_UP, VIF_IFF_UP);
    vif_nl_put_link(&req, VIF_RTM_NEWLINK, 0x600, &b);
    CHECK_INT(vif_nl_request_each(&nl, &req, each, 3, &err), VIF_E_NO_INTERFACE);
    CHECK_INT(nl.count.datagrams_sent - sent, 1);
    CHECK_INT(each[0], VIF_OK);
    CHECK_INT(each[1], VIF_E_NO_INTERFACE);
    CHECK_INT(each[2], VIF_OK);
    CHECK(exists("va"));
    CHECK(exists("vc"));
    gone("va");
    gone("vc");
}

TEST(row_6_7_a_set_is_not_atomic)
{
    vif_link a;
    REQUIRE(new_veth("va", "vb", &a) == VIF_OK);
    a.present = VIF_LINK_INDEX;
    VIF_SET(&a, VIF_LINK_MTU, mtu, 1300);
    VIF_SET(&a, VIF_LINK_MASTER, master, 1);            /* lo is no bridge */
    CHECK(vif_nl_link_set(&nl, &a, &err) != VIF_OK);
    CHECK_INT(vif_nl_link_get(&nl, a.index, NULL, &a, &err), VIF_OK);
    CHECK_INT(a.mtu, 1300);
    gone("va");
}

TEST(row_6_8_a_create_is_atomic)
{
    vif_link a = named("va"), b = named("vb");
    VIF_SET(&a, VIF_LINK_MASTER, master, 99999);
    fresh();
    vif_nl_put_veth(&req, 0, &a, &b);
    CHECK(vif_nl_link_new(&nl, &req, NULL, &err) != VIF_OK);
    CHECK(!exists("va"));
    CHECK(!exists("vb"));
    a = named("va");
    VIF_SET(&b, VIF_LINK_FLAGS, flags, VIF_IFF_UP);
    VIF_SET(&b, VIF_LINK_CHANGE, change, VIF_IFF_UP);
    fresh();
    vif_nl_put_veth(&req, 0, &a, &b);
    CHECK_INT(vif_nl_link_new(&nl, &req, NULL, &err), VIF_E_KERNEL);
    CHECK_INT(err.sys_errno, ENOTCONN);
    CHECK(!exists("va"));
    VIF_SET(&a, VIF_LINK_FLAGS, flags, VIF_IFF_UP);
    VIF_SET(&a, VIF_LINK_CHANGE, change, VIF_IFF_UP);
    b = named("vb");
    fresh();
    vif_nl_put_veth(&req, 0, &a, &b);
    CHECK_INT(vif_nl_link_new(&nl, &req, &a, &err), VIF_OK);
    CHECK_INT(a.flags & VIF_IFF_UP, VIF_IFF_UP);
    gone("va");
}

TEST(row_6_9_and_6_10_echo_and_namespaces)
{
    static unsigned char own[32768];
    vif_link a = named("va"), b = named("vb"), got;
    vif_nl other;
    vif_nl_desc d = desc_of(own, sizeof own);
    const int ns = ns_new_net(), home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    REQUIRE(ns >= 0 && home >= 0);
    REQUIRE(setns(ns, CLONE_NEWNET) == 0);
    const vif_status opened = vif_nl_open(&other, &d, &err);
    REQUIRE(setns(home, CLONE_NEWNET) == 0);
    REQUIRE(opened == VIF_OK);
    VIF_SET(&b, VIF_LINK_NET_NS_FD, net_ns_fd, ns);
    fresh();
    vif_nl_put_veth(&req, 0, &a, &b);
    CHECK_INT(vif_nl_link_new(&nl, &req, &a, &err), VIF_OK);
    CHECK(a.index > 0);                 /* our end is here: echoed */
    CHECK(!exists("vb"));
    CHECK_INT(vif_nl_link_get(&other, 0, "vb", &got, &err), VIF_OK);    /* it lives there */
    gone("va");
    CHECK_INT(vif_nl_link_get(&other, 0, "vb", &got, &err), VIF_E_NO_INTERFACE);
    /* the outer end itself created there: no echo, index unknown, look there */
    a = named("vd");
    vif_link_set_kind(&a, "ifb");
    VIF_SET(&a, VIF_LINK_NET_NS_FD, net_ns_fd, ns);
    fresh();
    vif_nl_put_link(&req, VIF_RTM_NEWLINK, 0x600, &a);
    CHECK_INT(vif_nl_link_new(&nl, &req, &a, &err), VIF_OK);
    CHECK_INT(a.index, 0);
    CHECK_INT(vif_nl_link_get(&other, 0, "vd", &got, &err), VIF_OK);
    /* a bad namespace */
    a = named("ve");
    VIF_SET(&a, VIF_LINK_NET_NS_FD, net_ns_fd, 9999);
    fresh();
    vif_nl_put_link(&req, VIF_RTM_NEWLINK, 0x600, &a);
    CHECK_INT(vif_nl_link_new(&nl, &req, NULL, &err), VIF_E_KERNEL);
    CHECK_INT(err.sys_errno, EBADF);
    vif_nl_close(&other);
    close(ns);
    close(home);
}

TEST(row_6_12_names_as_the_kernel_sees_them)
{
    static const char *const names[] = { "a", "-x", "a.b", "fifteen-bytes-x", "\xc3\xa9", ".", "..",
        "", "all", "default", "a/b", "a:b", "a b", "a\tb", "a\x01z", "sixteen-bytes-xx", "\xc3\xa0",
        "..." };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        unsigned char info[16] = { 0 };
        fresh();
        const size_t at = vif_nl_begin(&req, VIF_RTM_NEWLINK, 0x600, info, sizeof info);
        vif_put_str(&req, 3, names[i]);
        const size_t nest = vif_nest_begin(&req, 18);
        vif_put_str(&req, 1, "ifb");
        vif_nest_end(&req, nest);
        vif_nl_end(&req, at);
        const vif_status status = run();
        const char *rule = vif_ifname_check(names[i]);
        if (rule && status == VIF_OK) {
            CHECK(strcmp(names[i], "a\x01z") == 0 || strcmp(names[i], "") == 0 ||
                  strcmp(names[i], "all") == 0 || strcmp(names[i], "default") == 0);
        }
        if (!rule && status != VIF_OK) {
            CHECK_FAIL("%s is allowed, but: %s %d", names[i], err.text, err.sys_errno);
        }
        if (status == VIF_OK && names[i][0]) {
            const size_t del = vif_nl_begin(&req, VIF_RTM_DELLINK, 0, info, sizeof info);
            vif_put_str(&req, 3, names[i]);
            vif_nl_end(&req, del);
            CHECK_INT(run(), VIF_OK);
        }
    }
    CHECK(vif_ifname_check("tap%d") != NULL);
    CHECK(vif_ifname_check(NULL) != NULL);
}

TEST(row_6_13_both_ends_may_be_taken)
{
    vif_link a;
    REQUIRE(new_veth("va", "vb", &a) == VIF_OK);
    CHECK_INT(new_veth("va", "vz", NULL), VIF_E_KERNEL);
    CHECK_INT(err.sys_errno, EEXIST);
    CHECK_INT(new_veth("vz", "vb", NULL), VIF_E_KERNEL);
    CHECK_INT(err.sys_errno, EEXIST);
    CHECK(!exists("vz"));
    gone("va");
}

TEST(row_6_14_deletions)
{
    vif_link a, b, none;
    REQUIRE(new_veth("va", "vb", &a) == VIF_OK);
    REQUIRE(vif_nl_link_get(&nl, 0, "vb", &b, &err) == VIF_OK);
    CHECK_INT(vif_nl_link_delete(&nl, a.index, &err), VIF_OK);
    CHECK_INT(vif_nl_link_delete(&nl, b.index, &err), VIF_E_NO_INTERFACE);
    CHECK_INT(vif_nl_link_delete(&nl, 0, &err), VIF_E_INVAL);           /* never sent */
    memset(&none, 0, sizeof none);
    VIF_SET(&none, VIF_LINK_GROUP, group, 0);
    const uint32_t sent = nl.count.datagrams_sent;
    fresh();
    vif_nl_put_link(&req, VIF_RTM_DELLINK, 0, &none);   /* would delete every link of group 0 */
    CHECK_INT(run(), VIF_E_INVAL);
    CHECK_INT(nl.count.datagrams_sent, sent);
}

TEST(row_6_15_short_buffers)
{
    /* Dumps come in datagrams as large as our largest read; a cut one is told, and the end still
     * comes. */
    static unsigned char own[8192];
    vif_nl other;
    vif_nl_msg msg;
    vif_nl_event event;
    vif_link link;
    vif_nl_desc d = desc_of(own, sizeof own);
    unsigned links = 0;
    fresh();
    for (int i = 0; i < 40; i++) {
        char name[16];
        snprintf(name, sizeof name, "if%d", i);
        link = named(name);
        vif_link_set_kind(&link, "ifb");
        vif_nl_put_link(&req, VIF_RTM_NEWLINK, 0x600, &link);
    }
    CHECK_INT(run(), VIF_OK);
    REQUIRE(vif_nl_open(&other, &d, &err) == VIF_OK);
    vif_nl_put_link_dump(&req, 0, 0, "ifb", 0);
    CHECK_INT(vif_nl_send(&other, &req, &err), VIF_OK);
    while ((event = vif_nl_next(&other, &msg, &err)) != VIF_NL_DONE) {
        links += event == VIF_NL_MESSAGE && vif_link_parse(&msg, &link) &&
                 strcmp(link.kind, "ifb") == 0;
    }
    CHECK_INT(err.status, VIF_OK);
    CHECK_INT(links, 40);
    CHECK(other.count.datagrams_received > 4);
    vif_nl_close(&other);
    /* the library's own limit is 8192 bytes; below it, by hand */
    REQUIRE(vif_nl_open(&other, &d, &err) == VIF_OK);
    other.priv.desc.buffer_cap = 512;
    vif_buf_init(&req, mem, sizeof mem);
    vif_nl_put_link_get(&req, 1, NULL, 0);
    CHECK_INT(vif_nl_request(&other, &req, &err), VIF_E_TOO_BIG);
    CHECK(other.count.largest > 512);
    other.priv.desc.buffer_cap = sizeof own;
    CHECK_INT(vif_nl_link_get(&other, 1, NULL, &link, &err), VIF_OK);
    vif_nl_close(&other);
    vif_buf_init(&req, mem, sizeof mem);
    for (int i = 0; i < 40; i++) {
        char name[16];
        snprintf(name, sizeof name, "if%d", i);
        gone(name);
    }
}

TEST(row_6_15_statistics_are_left_out)
{
    vif_link link;
    vif_nl_msg msg;
    unsigned char info[16] = { 0 };
    info[4] = 1;
    fresh();
    vif_nl_end(&req, vif_nl_begin(&req, VIF_RTM_GETLINK, 0, info, sizeof info));
    CHECK_INT(dump(VIF_RTM_NEWLINK, &msg), 1);
    const size_t with = msg.len;
    vif_nl_put_link_get(&req, 1, NULL, 0);
    CHECK_INT(dump(VIF_RTM_NEWLINK, &msg), 1);
    CHECK(msg.len + 200 < with);
    CHECK(vif_link_parse(&msg, &link));
}

TEST(row_6_16_interrupted_dump)
{
    /* A child makes and deletes links while we dump, until the kernel says it interfered. */
    static unsigned char own[8192];
    vif_nl other;
    vif_nl_desc d = desc_of(own, sizeof own);
    vif_link link;
    int interrupted = 0, finished = 0;
    fresh();
    for (int i = 0; i < 60; i++) {
        char name[16];
        snprintf(name, sizeof name, "if%d", i);
        link = named(name);
        vif_link_set_kind(&link, "ifb");
        vif_nl_put_link(&req, VIF_RTM_NEWLINK, 0x600, &link);
    }
    CHECK_INT(run(), VIF_OK);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        vif_nl_close(&nl);
        vif_nl_desc cd = desc_of(room, sizeof room);
        if (vif_nl_open(&nl, &cd, NULL) != VIF_OK) {
            _exit(1);
        }
        for (;;) {
            vif_link a = named("churn");
            vif_link_set_kind(&a, "ifb");
            vif_buf_init(&req, mem, sizeof mem);
            vif_nl_put_link(&req, VIF_RTM_NEWLINK, 0x600, &a);
            if (vif_nl_link_new(&nl, &req, &a, NULL) == VIF_OK) {
                (void)!vif_nl_link_delete(&nl, a.index, NULL);
            }
        }
    }
    REQUIRE(vif_nl_open(&other, &d, &err) == VIF_OK);
    for (int i = 0; i < 3000 && interrupted == 0; i++) {
        vif_buf_init(&req, mem, sizeof mem);
        vif_nl_put_link_dump(&req, 0, 0, NULL, 0);
        const vif_status status = vif_nl_request(&other, &req, &err);
        interrupted += status == VIF_E_INTERRUPTED;
        finished += status == VIF_OK;
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    CHECK_INT(vif_nl_link_get(&other, 1, NULL, &link, &err), VIF_OK);   /* nothing is left */
    vif_nl_close(&other);
    vif_buf_init(&req, mem, sizeof mem);
    gone("churn");
    for (int i = 0; i < 60; i++) {
        char name[16];
        snprintf(name, sizeof name, "if%d", i);
        gone(name);
    }
    if (interrupted == 0) {
        SKIP("the kernel never said so in %d dumps", finished);
    }
}

TEST(row_6_19_late_answer)
{
    /* A first exchange gives up at once; its answer is in the queue when the second one starts. */
    vif_link link;
    const int saved = nl.priv.desc.timeout_ms;
    fresh();
    vif_nl_put_link_get(&req, 0, "nosuchlink", 0);
    CHECK_INT(vif_nl_send(&nl, &req, &err), VIF_OK);
    CHECK_INT(vif_nl_link_get(&nl, 0, "lo", &link, &err), VIF_OK);
    CHECK_STR(link.name, "lo");
    nl.priv.desc.timeout_ms = saved;
}

TEST(no_answer_in_time_is_unknown)
{
    /* A socket that has nothing to say: the peer is not the kernel's rtnetlink but ourselves. */
    int pair[2];
    vif_nl other;
    vif_nl_desc d = desc_of(mem + 32768, 8192);
    const int fd = socket(16, SOCK_RAW | SOCK_CLOEXEC, 2);      /* NETLINK_USERSOCK: nobody there */
    unsigned char at[12] = { 16, 0 };
    struct sockaddr addr;
    (void)pair;
    memcpy(&addr, at, 12);
    REQUIRE(fd >= 0 && bind(fd, &addr, 12) == 0);
    d.fd = vif_fd_of(fd);
    d.timeout_ms = 50;
    REQUIRE(vif_nl_open(&other, &d, &err) == VIF_OK);
    vif_buf_init(&req, mem, 4096);
    vif_nl_put_link_flags(&req, 1, 1, 1);
    const int64_t before = now_ms(NULL);
    const vif_status status = vif_nl_request(&other, &req, &err);
    CHECK(status == VIF_E_UNKNOWN || status == VIF_E_SYSTEM);
    CHECK(now_ms(NULL) - before < 1000);
    vif_nl_close(&other);
    CHECK(fcntl(fd, F_GETFD) >= 0);     /* adopted: still open */
    close(fd);
}

static void on_alarm(int sig)
{
    (void)sig;
}

TEST(row_6_20_signals)
{
    struct sigaction act;
    struct itimerval fast = { { 0, 200 }, { 0, 200 } }, off = { { 0, 0 }, { 0, 0 } };
    vif_link a;
    memset(&act, 0, sizeof act);
    act.sa_handler = on_alarm;
    sigaction(SIGALRM, &act, NULL);
    setitimer(ITIMER_REAL, &fast, NULL);
    for (int i = 0; i < 20; i++) {
        CHECK_INT(new_veth("va", "vb", &a), VIF_OK);
        CHECK_INT(vif_nl_link_delete(&nl, a.index, &err), VIF_OK);
    }
    /* and a wait that must still end in time */
    nl.priv.deadline = now_ms(NULL) + 60;
    memset(&nl.exchange, 0, sizeof nl.exchange);
    nl.exchange.priv.waiting = nl.exchange.priv.count = 1;
    nl.exchange.priv.first = 1;
    vif_nl_msg msg;
    const int64_t before = now_ms(NULL);
    CHECK_INT(vif_nl_next(&nl, &msg, &err), VIF_NL_DONE);
    CHECK_INT(err.status, VIF_E_UNKNOWN);
    CHECK_INT(err.sys_errno, ETIMEDOUT);
    const int64_t took = now_ms(NULL) - before;
    CHECK(took >= 50 && took < 400);
    setitimer(ITIMER_REAL, &off, NULL);
}

TEST(row_6_22_taps_not_over_netlink)
{
    vif_link a = named("tt0");
    vif_link_set_kind(&a, "tun");
    fresh();
    vif_nl_put_link(&req, VIF_RTM_NEWLINK, 0x600, &a);
    CHECK_INT(run(), VIF_E_UNSUPPORTED);
    CHECK_HAS(err.text, "tun/tap creation via rtnetlink is not supported");
}

TEST(row_6_23_missing_module)
{
    vif_link a = named("dd0");
    vif_link_set_kind(&a, "nosuchkind");
    fresh();
    vif_nl_put_link(&req, VIF_RTM_NEWLINK, 0x600, &a);
    CHECK_INT(run(), VIF_E_UNSUPPORTED);
    CHECK_STR(err.text, "Unknown device type");
}

/* ---- file descriptors, taps ---- */

static int open_fds(void)
{
    int count = 0;
    for (int fd = 0; fd < 1024; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

TEST(sockets_close_once)
{
    vif_nl other;
    vif_nl_desc d = desc_of(mem, 32768);
    const int before = open_fds();
    REQUIRE(vif_nl_open(&other, &d, &err) == VIF_OK);
    CHECK_INT(fcntl(other.priv.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    const int number = other.priv.fd;
    vif_nl_close(&other);
    const int reused = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHECK_INT(reused, number);          /* somebody else has the number now */
    vif_nl_close(&other);
    CHECK(fcntl(reused, F_GETFD) >= 0);
    vif_buf_init(&req, mem + 32768, 4096);
    vif_nl_put_link_flags(&req, 1, 1, 1);
    CHECK_INT(vif_nl_request(&other, &req, &err), VIF_E_SYSTEM);
    CHECK_INT(err.sys_errno, EBADF);
    close(reused);
    d.buffer_cap = 100;
    CHECK_INT(vif_nl_open(&other, &d, &err), VIF_E_INVAL);
    vif_nl_close(&other);
    d.buffer_cap = 32768;
    d.protocol = 31;                    /* nobody's */
    CHECK_INT(vif_nl_open(&other, &d, &err), VIF_E_SYSTEM);
    vif_nl_close(&other);
    d.protocol = 0;
    d.fd = vif_fd_of(9998);
    CHECK_INT(vif_nl_open(&other, &d, &err), VIF_E_SYSTEM);
    const int unbound = socket(16, SOCK_RAW | SOCK_CLOEXEC, 0);
    d.fd = vif_fd_of(unbound);
    CHECK_INT(vif_nl_open(&other, &d, &err), VIF_E_INVAL);
    close(unbound);
    CHECK_INT(open_fds(), before);
}

TEST(high_descriptors)
{
    struct rlimit r;
    vif_nl other;
    vif_nl_desc d = desc_of(mem, 32768);
    vif_tap_desc t;
    int tap = -1;
    getrlimit(RLIMIT_NOFILE, &r);
    if (r.rlim_cur < 400) {
        SKIP("only %d descriptors", (int)r.rlim_cur);
    }
    const int low = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int high[300];
    for (int i = 0; i < 300; i++) {
        high[i] = dup(low);
    }
    CHECK_INT(vif_nl_open(&other, &d, &err), VIF_OK);
    CHECK(other.priv.fd > 256);
    vif_link lo;
    CHECK_INT(vif_nl_link_get(&other, 1, NULL, &lo, &err), VIF_OK);
    vif_nl_close(&other);
    memset(&t, 0, sizeof t);
    t.name = "tap0";
    const vif_status status = vif_tap_create(&t, &tap, NULL, &err);
    CHECK_INT(status, VIF_OK);
    CHECK(tap > 256);
    close(tap);
    for (int i = 0; i < 300; i++) {
        close(high[i]);
    }
    close(low);
}

static bool at_home(const char *where)
{
    char now[64] = "";
    return readlink("/proc/thread-self/ns/net", now, sizeof now - 1) > 0 && strcmp(now, where) == 0;
}

static int count_fds(void)
{
    int count = 0;
    for (int fd = 0; fd < 256; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

static vif_status set_up(vif_nl *in, int32_t index)
{
    fresh();
    vif_nl_put_link_flags(&req, index, VIF_IFF_UP, VIF_IFF_UP);
    return vif_nl_request(in, &req, &err);
}

static vif_status add_address(vif_nl *in, int32_t index, const uint8_t address[4])
{
    vif_addr a;
    memset(&a, 0, sizeof a);
    VIF_SET(&a, VIF_ADDR_FAMILY, family, VIF_AF_INET);
    VIF_SET(&a, VIF_ADDR_PREFIX_LEN, prefix_len, 24);
    VIF_SET(&a, VIF_ADDR_INDEX, index, index);
    memcpy(a.local, address, 4);
    a.present |= VIF_ADDR_LOCAL;
    fresh();
    vif_nl_put_addr(&req, VIF_RTM_NEWADDR, VIF_NLM_F_CREATE | VIF_NLM_F_EXCL, &a);
    return vif_nl_request(in, &req, &err);
}

/* How many addresses of IPv4 a link has. */
static int addresses(vif_nl *in, int32_t index)
{
    vif_nl_event event;
    vif_nl_msg msg;
    int count = 0;
    fresh();
    vif_nl_put_addr_dump(&req, VIF_AF_INET, index);
    if (vif_nl_send(in, &req, &err) != VIF_OK) {
        return -1;
    }
    while ((event = vif_nl_next(in, &msg, &err)) != VIF_NL_DONE) {
        count += event == VIF_NL_MESSAGE;
    }
    return count;
}

/* What a lane in another namespace does: a pair is made from here, the far end addressed, routed
 * and brought up from a socket in there, and it goes with this end. The thread has not moved. */
TEST(peer_in_another_namespace)
{
    static unsigned char there[32768];
    vif_nl_desc d = desc_of(there, sizeof there);
    char home[64] = "";
    vif_link a = named("va"), b = named("vb"), far;
    vif_nl_route route;
    vif_nl in;
    int32_t nsid = 7;
    const int ns = ns_new_net(), fds = count_fds();
    REQUIRE(ns >= 0 && readlink("/proc/thread-self/ns/net", home, sizeof home - 1) > 0);
    CHECK_INT(vif_nl_nsid_get(&nl, ns, &nsid, &err), VIF_OK);
    CHECK_INT(nsid, -1);                /* nothing crosses yet */
    REQUIRE(vif_nl_open_in(&in, &d, ns, &err) == VIF_OK);
    CHECK(at_home(home));
    CHECK_INT(count_fds(), fds + 1);
    VIF_SET(&b, VIF_LINK_NET_NS_FD, net_ns_fd, ns);
    fresh();
    vif_nl_put_veth(&req, 0, &a, &b);
    CHECK_INT(vif_nl_link_new(&nl, &req, &a, &err), VIF_OK);
    CHECK_INT(vif_nl_link_get(&nl, 0, "vb", &far, NULL), VIF_E_NO_INTERFACE);
    REQUIRE(vif_nl_link_get(&in, 0, "vb", &far, &err) == VIF_OK);
    CHECK_INT(vif_nl_nsid_get(&nl, ns, &nsid, &err), VIF_OK);
    CHECK(nsid >= 0);
    CHECK_INT(a.link_netnsid, nsid);
    CHECK_INT(set_up(&nl, a.index), VIF_OK);
    CHECK_INT(add_address(&in, far.index, (const uint8_t[]){ 192, 0, 2, 2 }), VIF_OK);
    CHECK_INT(set_up(&in, far.index), VIF_OK);
    memset(&route, 0, sizeof route);
    VIF_SET(&route, VIF_NL_ROUTE_FAMILY, family, VIF_AF_INET);
    VIF_SET(&route, VIF_NL_ROUTE_OIF, oif, (uint32_t)far.index);
    memcpy(route.gateway, (const uint8_t[]){ 192, 0, 2, 1 }, 4);
    route.present |= VIF_NL_ROUTE_GATEWAY;
    fresh();
    vif_nl_put_route(&req, VIF_RTM_NEWROUTE, VIF_NLM_F_CREATE | VIF_NLM_F_EXCL, &route);
    CHECK_INT(vif_nl_request(&in, &req, &err), VIF_OK);
    CHECK_INT(addresses(&in, far.index), 1);
    CHECK_INT(addresses(&nl, a.index), 0);
    CHECK_INT(vif_nl_link_delete(&nl, a.index, &err), VIF_OK);
    CHECK_INT(vif_nl_link_get(&in, 0, "vb", &far, NULL), VIF_E_NO_INTERFACE);
    vif_nl_close(&in);
    CHECK_INT(count_fds(), fds);
    close(ns);
}

TEST(namespaces_that_are_none)
{
    static unsigned char there[32768];
    vif_nl_desc d = desc_of(there, sizeof there);
    char home[64] = "";
    vif_nl in;
    const int file = open("/dev/null", O_RDONLY | O_CLOEXEC), fds = count_fds();
    const int ns = ns_new_net();
    int32_t nsid;
    REQUIRE(readlink("/proc/thread-self/ns/net", home, sizeof home - 1) > 0);
    CHECK_INT(vif_nl_open_in(&in, &d, -1, &err), VIF_E_SYSTEM);
    CHECK_STR(err.where, "setns");
    CHECK_INT(err.sys_errno, EBADF);
    CHECK_INT(vif_nl_open_in(&in, &d, file, &err), VIF_E_SYSTEM);
    CHECK_INT(err.sys_errno, EINVAL);
    CHECK_INT(vif_nl_nsid_get(&nl, file, &nsid, &err), VIF_E_KERNEL);
    d.buffer_cap = 1;                   /* refused in there: the thread comes back all the same */
    CHECK_INT(vif_nl_open_in(&in, &d, ns, &err), VIF_E_INVAL);
    vif_nl_close(&in);
    CHECK(at_home(home));
    close(ns);
    CHECK_INT(count_fds(), fds);
    close(file);
}

/* In a user namespace of its own a process may enter the network namespaces that it makes, but not
 * the one that it came from. Said aloud: nothing is open, and the status is no plain refusal. */
static int lost_for_ever(void)
{
    static unsigned char there[32768];
    vif_nl_desc d = desc_of(there, sizeof there);
    char path[64], byte = 0;
    int ready[2], ns, code = 0;
    vif_status status;
    vif_nl in;
    if (pipe(ready) != 0 || unshare(CLONE_NEWUSER) != 0) {
        return 77;
    }
    const pid_t other = fork();
    if (other == 0) {
        if (unshare(CLONE_NEWNET) != 0 || write(ready[1], "x", 1) != 1) {
            _exit(1);
        }
        pause();
    }
    close(ready[1]);
    if (read(ready[0], &byte, 1) != 1) {
        return 77;
    }
    snprintf(path, sizeof path, "/proc/%d/ns/net", (int)other);
    ns = open(path, O_RDONLY | O_CLOEXEC);
    status = ns < 0 ? VIF_OK : vif_nl_open_in(&in, &d, ns, &err);
    if (status != VIF_E_UNKNOWN || strcmp(err.where, "setns") != 0 || err.sys_errno != EPERM) {
        code = 1;
    } else if (vif_nl_fd(&in) != -1 || strstr(err.text, "cannot leave") == NULL) {
        code = 2;
    }
    kill(other, SIGKILL);
    return ns < 0 ? 77 : code;
}

TEST(a_thread_that_cannot_come_back)
{
    int how = 0;
    const pid_t child = fork();
    if (child == 0) {
        _exit(lost_for_ever());
    }
    REQUIRE(child > 0 && waitpid(child, &how, 0) == child && WIFEXITED(how));
    if (WEXITSTATUS(how) == 77) {
        SKIP("no user namespace in a user namespace");
    }
    CHECK_INT(WEXITSTATUS(how), 0);
}

/* Why a lane is a socket in there: two requests that name the other namespace act on ours. */
TEST(row_target_nsid_acts_here)
{
    static unsigned char there[32768];
    vif_nl_desc d = desc_of(there, sizeof there);
    vif_link a = named("va"), b = named("vb"), c, link;
    vif_nl in;
    vif_addr addr;
    int32_t nsid = -1;
    size_t at;
    const int ns = ns_new_net();
    REQUIRE(ns >= 0 && vif_nl_open_in(&in, &d, ns, &err) == VIF_OK);
    VIF_SET(&b, VIF_LINK_NET_NS_FD, net_ns_fd, ns);
    fresh();
    vif_nl_put_veth(&req, 0, &a, &b);
    REQUIRE(vif_nl_link_new(&nl, &req, &a, &err) == VIF_OK);
    REQUIRE(vif_nl_nsid_get(&nl, ns, &nsid, &err) == VIF_OK && nsid >= 0);
    REQUIRE(new_veth("vc", "vd", &c) == VIF_OK);

    memset(&addr, 0, sizeof addr);
    VIF_SET(&addr, VIF_ADDR_FAMILY, family, VIF_AF_INET);
    VIF_SET(&addr, VIF_ADDR_PREFIX_LEN, prefix_len, 24);
    VIF_SET(&addr, VIF_ADDR_INDEX, index, c.index);
    addr.local[0] = 10;
    addr.present |= VIF_ADDR_LOCAL;
    fresh();
    vif_nl_put_addr(&req, VIF_RTM_NEWADDR, VIF_NLM_F_CREATE, &addr);
    vif_put_u32(&req, 10, (uint32_t)nsid);              /* IFA_TARGET_NETNSID */
    vif_nl_end(&req, 0);
    CHECK_INT(run(), VIF_OK);
    CHECK_INT(addresses(&nl, c.index), 1);              /* ours */

    memset(&link, 0, sizeof link);
    VIF_SET(&link, VIF_LINK_INDEX, index, c.index);
    fresh();
    at = vif_nl_link_begin(&req, VIF_RTM_SETLINK, 0, &link);
    vif_put_u32(&req, 46, (uint32_t)nsid);              /* IFLA_TARGET_NETNSID */
    vif_nl_end(&req, at);
    CHECK_INT(run(), VIF_OK);
    CHECK(!exists("vc"));                               /* ours went there */
    CHECK_INT(vif_nl_link_get(&in, 0, "vc", &link, &err), VIF_OK);
    gone("vd");
    gone("va");
    vif_nl_close(&in);
    close(ns);
}

/* Reads until there is nothing: how often each event came; the last message's link in *last. */
static void watch(vif_nl *m, vif_nl_monitor *monitor, int count[5], vif_link *last)
{
    vif_nl_event event;
    vif_nl_msg msg;
    memset(count, 0, 5 * sizeof *count);
    while ((event = vif_nl_monitor_next(m, monitor, &msg, &err)) != VIF_NL_WANT_READ) {
        REQUIRE(event == VIF_NL_MESSAGE || event == VIF_NL_RESYNC);
        count[event]++;
        if (event == VIF_NL_MESSAGE && vif_link_parse(&msg, last)) {
            last->alias.data = NULL;    /* views die with the next call */
        }
    }
}

TEST(monitor)
{
    static unsigned char own[32768];
    vif_nl_desc d = desc_of(own, sizeof own);
    vif_nl_monitor monitor;
    vif_link link, last;
    vif_nl m;
    int count[5];
    const int small = 2304;
    d.groups = VIF_GROUP_LINK | VIF_GROUP_ADDR4;
    REQUIRE(vif_nl_open(&m, &d, &err) == VIF_OK);
    vif_nl_monitor_init(&monitor);
    watch(&m, &monitor, count, &last);
    CHECK_INT(count[VIF_NL_RESYNC], 1);                 /* it begins with a look at everything */
    CHECK_INT(count[VIF_NL_MESSAGE], 0);
    REQUIRE(new_veth("va", "vb", &link) == VIF_OK);
    watch(&m, &monitor, count, &last);
    CHECK(count[VIF_NL_MESSAGE] >= 2 && count[VIF_NL_RESYNC] == 0);
    CHECK(strcmp(last.name, "va") == 0 || strcmp(last.name, "vb") == 0);
    CHECK_INT(add_address(&nl, link.index, (const uint8_t[]){ 192, 0, 2, 9 }), VIF_OK);
    watch(&m, &monitor, count, &last);
    CHECK_INT(count[VIF_NL_MESSAGE], 1);

    /* Nobody reads, and the kernel has room for a message or two. */
    CHECK_INT(setsockopt(vif_nl_fd(&m), SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    for (int i = 0; i < 20; i++) {
        CHECK_INT(set_up(&nl, link.index), VIF_OK);
        fresh();
        vif_nl_put_link_flags(&req, link.index, 0, VIF_IFF_UP);
        CHECK_INT(run(), VIF_OK);
    }
    watch(&m, &monitor, count, &last);
    CHECK_INT(count[VIF_NL_RESYNC], 1);
    CHECK_INT(count[VIF_NL_MESSAGE], 0);                /* older than the look that follows */
    CHECK_INT(monitor.resyncs, 2);
    CHECK_INT(vif_nl_link_delete(&nl, link.index, &err), VIF_OK);
    watch(&m, &monitor, count, &last);
    CHECK(count[VIF_NL_MESSAGE] + count[VIF_NL_RESYNC] > 0);    /* it goes on */
    vif_nl_close(&m);
    vif_nl_monitor_init(&monitor);
    monitor.priv.lost = false;
    CHECK_INT(vif_nl_monitor_next(&m, &monitor, &(vif_nl_msg){0}, &err), VIF_NL_DONE);
    CHECK_INT(err.sys_errno, EBADF);
}

/* Many links in one deletion; nobody else's link goes with them. */
TEST(links_deleted_together)
{
    vif_link link, other;
    int32_t indices[70];
    const uint32_t before = nl.count.datagrams_sent;
    const int32_t foreign = new_kind("bridge", "foreign");
    for (int i = 0; i < 70; i++) {
        char name[16];
        snprintf(name, sizeof name, "many%d", i);
        indices[i] = new_kind("bridge", name);
        REQUIRE(indices[i] > 0);
    }
    memset(&link, 0, sizeof link);
    VIF_SET(&link, VIF_LINK_INDEX, index, foreign);
    VIF_SET(&link, VIF_LINK_GROUP, group, (nl.priv.next_seq + 1) | 0x80000000u);
    CHECK_INT(vif_nl_link_set(&nl, &link, &err), VIF_OK);
    CHECK_INT(vif_nl_links_delete(&nl, &req, indices, 70, &err), VIF_E_EXISTS);
    CHECK(exists("foreign") && exists("many0") && exists("many69"));
    CHECK_INT(vif_nl_link_get(&nl, foreign, NULL, &other, &err), VIF_OK);
    CHECK_INT(other.group, link.group);                 /* the probe has changed nothing */
    fresh();
    vif_nl_put_group_probe(&req, link.group);
    CHECK_INT(run(), VIF_E_KERNEL);
    vif_nl_put_group_probe(&req, link.group ^ 5);
    CHECK_INT(run(), VIF_OK);
    vif_nl_put_group_delete(&req, 0);
    CHECK_INT(run(), VIF_E_INVAL);
    CHECK_INT(vif_nl_links_delete(&nl, &req, indices, 70, &err), VIF_OK);
    CHECK(exists("foreign") && !exists("many0") && !exists("many69"));
    CHECK(nl.count.datagrams_sent - before < 90);
    gone("foreign");
    CHECK_INT(vif_nl_links_delete(&nl, &req, indices, 1, &err), VIF_E_NO_INTERFACE);
    CHECK_INT(vif_nl_links_delete(&nl, &req, indices, 0, &err), VIF_OK);
    fresh();
}

static bool seen_lo(void *user, const char *name)
{
    int *count = (int *)user;
    *count += strcmp(name, "lo") == 0;
    return strcmp(name, "lo") != 0;
}

TEST(small_files)
{
    static const char path[] = "/proc/sys/net/ipv4/conf/lo/arp_ignore";
    char text[32];
    int count = 0;
    CHECK_INT(vif_file_read(path, text, sizeof text, &err), VIF_OK);
    CHECK_STR(text, "0\n");
    CHECK_INT(vif_file_read(path, text, 3, &err), VIF_OK);      /* two bytes and a NUL: it fits */
    CHECK_INT(vif_file_read(path, text, 2, &err), VIF_E_SPACE);
    CHECK_STR(text, "0");
    CHECK_INT(vif_file_read("/nonesuch\x1b/x", text, sizeof text, &err), VIF_E_SYSTEM);
    CHECK_STR(err.where, "open");
    CHECK_STR(err.text, "no such entry: /nonesuch\\x1b/x");
    CHECK_STR(text, "");
    CHECK_INT(vif_file_read("/proc", text, sizeof text, &err), VIF_E_SYSTEM);
    CHECK_STR(err.where, "read");
    CHECK_INT(vif_dir_each("/proc/sys/net/ipv4/conf", seen_lo, &count, &err), VIF_OK);
    CHECK_INT(count, 1);
    CHECK_INT(vif_dir_each(path, seen_lo, &count, &err), VIF_E_SYSTEM);
    CHECK_INT(err.sys_errno, ENOTDIR);
    CHECK_INT(vif_file_write("/proc/sys/net/ipv4/conf/nonesuch/x", "1", &err), VIF_E_SYSTEM);
    CHECK_INT(vif_file_write(path, "x", &err), VIF_E_SYSTEM);
    CHECK_STR(err.where, err.sys_errno == EINVAL ? "write" : "open");
    if (vif_file_write(path, "1", &err) == VIF_OK) {    /* /proc/sys may be read-only */
        CHECK_INT(setting(path), 1);
        CHECK_INT(vif_file_write(path, "0", &err), VIF_OK);
    }
}

TEST(taps)
{
    vif_tap_desc t;
    vif_link link;
    char name[16] = "";
    int fd = -1;
    const int before = open_fds();
    memset(&t, 0, sizeof t);
    t.name = "tap0";
    t.vnet_hdr = true;
    t.multi_queue = true;
    t.uid = vif_u32_of(0);
    t.gid = vif_u32_of(0);
    t.persistent = true;
    CHECK_INT(vif_tap_create(&t, NULL, name, &err), VIF_OK);
    CHECK_STR(name, "tap0");
    CHECK_INT(open_fds(), before);
    CHECK_INT(vif_nl_link_get(&nl, 0, "tap0", &link, &err), VIF_OK);
    CHECK_STR(link.kind, "tun");
    vif_tun tun;
    REQUIRE(vif_tun_parse(link.kind_data, &tun));
    CHECK(tun.type == VIF_TUN_IS_TAP && tun.multi_queue && tun.vnet_hdr && tun.persist && !tun.pi);
    CHECK((tun.present & VIF_TUN_OWNER) != 0 && (tun.present & VIF_TUN_GROUP) != 0);
    CHECK(tun.owner == 0 && tun.group == 0);
    CHECK_INT(tun.num_queues + tun.num_disabled_queues, 0);     /* nobody is attached */
    CHECK_INT(vif_tap_create(&t, &fd, NULL, &err), VIF_E_KERNEL);   /* exclusive */
    CHECK_INT(err.sys_errno, EBUSY);
    CHECK_STR(err.where, "TUNSETIFF");
    CHECK_INT(fd, -1);
    CHECK_INT(open_fds(), before);
    gone("tap0");
    t.persistent = false;
    CHECK_INT(vif_tap_create(&t, &fd, NULL, &err), VIF_OK);
    CHECK_INT(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    CHECK(exists("tap0"));
    close(fd);
    CHECK(!exists("tap0"));
    CHECK_INT(vif_tap_create(&t, NULL, NULL, &err), VIF_E_INVAL);
    t.name = "tap%d";
    CHECK_INT(vif_tap_create(&t, &fd, NULL, &err), VIF_E_INVAL);
    t.name = "tap1";
    t.uid = vif_u32_of(77776);          /* not mapped in this user namespace */
    CHECK_INT(vif_tap_create(&t, &fd, NULL, &err), VIF_E_KERNEL);
    CHECK_STR(err.where, "TUNSETOWNER");
    CHECK(!exists("tap1"));
    t.uid.set = false;
    t.gid = vif_u32_of(77776);
    CHECK_INT(vif_tap_create(&t, &fd, NULL, &err), VIF_E_KERNEL);
    CHECK_STR(err.where, "TUNSETGROUP");
    t.gid.set = false;
    t.dev_path = "/nonexistent/tun";
    CHECK_INT(vif_tap_create(&t, &fd, NULL, &err), VIF_E_UNSUPPORTED);
    CHECK_STR(err.where, "open");
    t.dev_path = "/dev/null";
    CHECK_INT(vif_tap_create(&t, &fd, NULL, &err), VIF_E_KERNEL);
    CHECK_INT(err.sys_errno, ENOTTY);
    CHECK_INT(open_fds(), before);
}

TEST(failed_look_up_sends_no_garbage)
{
    /* An MTU that could not be read must not be sent: nothing of it is present. */
    vif_link link, other;
    memset(&link, 0xff, sizeof link);
    CHECK_INT(vif_nl_link_get(&nl, 0, "nosuchlink", &link, &err), VIF_E_NO_INTERFACE);
    CHECK_INT(link.present, 0);
    REQUIRE(new_veth("va", "vb", &other) == VIF_OK);
    link.present |= VIF_LINK_INDEX;
    link.index = other.index;
    CHECK_INT(vif_nl_link_set(&nl, &link, &err), VIF_OK);
    CHECK_INT(vif_nl_link_get(&nl, other.index, NULL, &other, &err), VIF_OK);
    CHECK_INT(other.mtu, 1500);
    gone("va");
}

/* nfnetlink: a batch whose begin and end ask for no answer. */
static size_t nft(uint16_t type, uint16_t flags, bool acked)
{
    const unsigned char head[4] = { 1 /* NFPROTO_INET */, 0, 0, type <= 17 ? 10 : 0 };
    return acked ? vif_nl_begin(&req, type, flags, head, 4)
                 : vif_nl_begin_noack(&req, type, flags, head, 4);
}

TEST(nftables_batch)
{
    static unsigned char own[8192];
    vif_nl other;
    vif_nl_desc d = desc_of(own, sizeof own);
    vif_status each[4];
    size_t at;
    d.protocol = 12;
    if (vif_nl_open(&other, &d, &err) != VIF_OK) {
        SKIP("no nfnetlink: %s", err.text);
    }
    for (int bad = 0; bad < 2; bad++) {
        vif_buf_init(&req, mem, sizeof mem);
        vif_nl_end(&req, nft(16, 0, false));                /* NFNL_MSG_BATCH_BEGIN */
        at = nft(10 << 8, 0x400, true);                     /* NEWTABLE */
        vif_put_str(&req, 1, "viftest");
        vif_nl_end(&req, at);
        at = nft(10 << 8 | 3, 0x400, true);                 /* NEWCHAIN */
        vif_put_str(&req, 1, bad ? "nosuchtable" : "viftest");
        vif_put_str(&req, 3, "c");
        vif_nl_end(&req, at);
        vif_nl_end(&req, nft(17, 0, false));                /* NFNL_MSG_BATCH_END */
        const vif_status status = vif_nl_request_each(&other, &req, each, 4, &err);
        if (bad) {
            CHECK_INT(status, VIF_E_KERNEL);
            CHECK_INT(err.sys_errno, ENOENT);
            CHECK_INT(each[1], VIF_OK);
            CHECK_INT(each[2], VIF_E_KERNEL);
        } else {
            CHECK_INT(status, VIF_OK);
            CHECK_INT(each[0], VIF_OK);
            CHECK_INT(each[3], VIF_OK);
        }
    }
    /* A batch for a subsystem that is not there is refused as a whole, with the number of its
     * begin. */
    vif_buf_init(&req, mem, sizeof mem);
    const unsigned char head[4] = { 0, 0, 0, 77 };
    vif_nl_end(&req, vif_nl_begin_noack(&req, 16, 0, head, 4));
    vif_nl_end(&req, vif_nl_begin(&req, 77 << 8, 0, head, 4));
    vif_nl_end(&req, vif_nl_begin_noack(&req, 17, 0, head, 4));
    const int64_t before = now_ms(NULL);
    CHECK(vif_nl_request(&other, &req, &err) < 0);
    CHECK(err.sys_errno != ETIMEDOUT);
    CHECK(now_ms(NULL) - before < 1000);
    vif_nl_close(&other);
}

int main(int argc, char **argv)
{
    if (!ns_enter()) {
        printf("skip kernel/netlink: no user and network namespaces here\n");
        return getenv("SKIPS_AS_FAILS") != NULL;
    }
    const vif_nl_desc d = desc_of(room, sizeof room);
    if (vif_nl_open(&nl, &d, &err) != VIF_OK) {
        printf("not ok vif_nl_open: %s\n", err.text);
        return 1;
    }
    const int failed = check_main(argc, argv);
    vif_nl_close(&nl);
    return failed;
}
