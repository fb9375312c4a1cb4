/* SPDX-License-Identifier: MIT
 * vif_netlink.h without a kernel: tables against captured bytes, the builder, the exchange. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#define VIF_IMPLEMENTATION
#include "vif_netlink.h"
#include "check.h"
#include "netlink_golden.h"

#define LITTLE (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
enum { PORT = 0x12345678, SEQ = 1000 };

static unsigned char mem[140000];
static vif_buf buf;

static void fresh(size_t cap)
{
    vif_buf_init(&buf, mem, cap);
}

/* ---- tables ---- */

/* What the captured message lacks (the kernel here can't make it, or only takes it), by hand from
 * uapi: appended, so that it also wins over a captured value where that one proves nothing. */
typedef struct extra {
    uint16_t type, len;
    unsigned char data[16];
} extra;
static const extra link_extras[] = {
    { 28, 4, { 9, 1, 0, 0 } }, { 37, 4, { 8, 2, 0, 0 } }, { 54, 6, { 2, 3, 4, 5, 6, 7 } },
    { 12, 4, { 4, 0, 1, 0 } }
};
static const extra bridge_extras[] = {
    { 7, 1, { 1 } }, { 8, 2, { 0x88, 0xa8 } }, { 10, 8, { 1, 2, 3, 4, 5, 6, 7, 8 } },
    { 39, 2, { 77, 0 } }, { 41, 1, { 1 } }, { 45, 1, { 0 } }
};
static const extra port_extras[] = { { 34, 4, { 3, 2, 1, 0 } }, { 40, 1, { 0 } } };
static const extra vlan_extras[] = {
    { 1, 2, { 5, 0 } }, { 2, 8, { 1, 0, 0, 0, 3, 0, 0, 0 } }, { 5, 2, { 0x88, 0xa8 } }
};
static const extra vxlan_extras[] = {
    { 16, 16, { 0xff, 0x0e, 0, 1 } }, { 17, 16, { 0x20, 1, 0, 2 } }, { 25, 1, { 0 } }
};
static const extra addr_extras[] = { { 11, 1, { 99 } } };
static const extra route_extras[] = {
    { 2, 4, { 10, 7, 7, 7 } }, { 9, 8, { 8, 0, 0, 0, 7, 0, 0, 0 } }, { 18, 6, { 10, 0, 1, 2, 3, 4 } },
    { 20, 1, { 1 } }, { 30, 4, { 31, 1, 0, 0 } }, { 23, 4, { 60, 0, 0, 0 } }
};
static const unsigned char route_metrics[] = {
    8, 0, 1, 0, 4, 0, 0, 0, 8, 0, 2, 0, 0x78, 5, 0, 0, 8, 0, 3, 0, 3, 3, 0, 0, 8, 0, 8, 0, 8, 8, 0, 0,
    8, 0, 10, 0, 10, 0, 0, 0, 8, 0, 11, 0, 11, 0, 0, 0, 8, 0, 13, 0, 13, 0, 0, 0, 8, 0, 14, 0, 14, 0,
    0, 0
};
static const unsigned char route_cache[32] = { 1, 0, 0, 0, 2, 0, 0, 0, 3 };
static const extra tun_extras[] = {
    { 1, 4, { 0xe8, 3, 0, 0 } }, { 2, 4, { 0xe9, 3, 0, 0 } }, { 3, 1, { 2 } }, { 4, 1, { 0 } },
    { 5, 1, { 1 } }, { 6, 1, { 3 } }, { 7, 1, { 4 } }, { 8, 4, { 5 } }, { 9, 4, { 6 } }
};
static const extra neigh_extras[] = {
    { 5, 2, { 12, 1 } }, { 6, 2, { 0x12, 0xb6 } }, { 7, 4, { 66, 1, 0, 0 } },
    { 8, 4, { 3, 0, 0, 0 } }, { 9, 4, { 2, 0, 0, 0 } }, { 15, 4, { 1, 0, 0, 0 } }
};

/* The extras stand before the message's own attributes: of duplicates the first counts. */
static size_t message(unsigned char *to, const unsigned char *golden, size_t len, size_t head,
                      const extra *extras, size_t count)
{
    vif_buf b;
    memcpy(to, golden, head);
    vif_buf_init(&b, to + head, 2048);
    for (size_t i = 0; i < count; i++) {
        vif_put_attr(&b, extras[i].type, extras[i].data, extras[i].len);
    }
    memcpy(to + head + b.len, golden + head, len - head);
    return len + b.len;
}

/* True if `bytes` (attributes) hold one of that type (flags aside) with the same content. */
static bool holds(const unsigned char *bytes, size_t len, const vif_attr *wanted)
{
    vif_attr attr;
    bool bad;
    while (vif_attr_next(&bytes, &len, &attr, &bad)) {
        if (attr.type == wanted->type && attr.len == wanted->len &&
            memcmp(attr.data, wanted->data, attr.len) == 0) {
            return true;
        }
    }
    return false;
}

/* One table against one message: every row is found; swapping any two neighbours is noticed; what
 * is built from the object is made of the message's own attributes, and reads back the same. */
static void table(const char *name, const vif__row *rows, const unsigned char *msg, size_t len)
{
    static unsigned char object[512], other[512], built[4096];
    vif__row twisted[40];
    uint32_t present, all = ((uint32_t)1 << (rows->kind - 1) << 1) - 1;
    vif_attr attr;
    vif_buf b;
    bool bad;
    if (!vif__nl_rows_parse(rows, object, msg, len)) {
        CHECK_FAIL("%s does not parse", name);
        return;
    }
    memcpy(&present, object, 4);
    if (present != all) {
        CHECK_FAIL("%s: rows %08x are missing", name, (unsigned)(all & ~present));
    }
    for (int i = 1; i < rows->kind; i++) {
        memcpy(twisted, rows, sizeof *rows * (rows->kind + 1u));
        twisted[i].wire = rows[i + 1].wire;
        twisted[i + 1].wire = rows[i].wire;
        if (vif__nl_rows_parse(twisted, other, msg, len) && memcmp(object, other, rows->off) == 0) {
            CHECK_FAIL("%s: rows %d and %d swapped, and nobody noticed", name, i - 1, i);
        }
    }
    vif_buf_init(&b, built, sizeof built);
    vif__nl_rows_build(rows, &b, object, UINT32_MAX);
    CHECK_INT(vif_buf_status(&b, NULL), VIF_OK);
    const unsigned char *at = built + rows->size;
    size_t left = b.len - rows->size;
    while (vif_attr_next(&at, &left, &attr, &bad)) {
        if (rows->wire != 0 && attr.type == rows->wire) {
            continue;                   /* the nest: its rows are among those that must read back */
        }
        if (!holds(msg + rows->size, len - rows->size, &attr)) {
            vif_attr padded = attr;     /* a string may have come without its NUL */
            padded.len--;
            if (attr.len == 0 || !holds(msg + rows->size, len - rows->size, &padded)) {
                vif_attr longer = attr;
                longer.len++;
                if (!holds(msg + rows->size, len - rows->size, &longer)) {
                    CHECK_FAIL("%s: built attribute %d is not the kernel's", name, attr.type);
                }
            }
        }
    }
    CHECK(!bad);
    CHECK(vif__nl_rows_parse(rows, other, built, b.len));
    memcpy(&present, other, 4);
    CHECK_INT(present, all);
}

#define TABLE(name, rows, golden, extras) \
    do { \
        const size_t len_ = message(mem, golden, sizeof golden, (rows)->size, extras, \
                                    sizeof extras / sizeof *extras); \
        table(name, rows, mem, len_); \
    } while (0)
static const extra no_extras[] = { { 4000, 0, { 0 } } };

TEST(tables_against_the_kernels_bytes)
{
    if (!LITTLE) {
        SKIP("captured on a little-endian machine");
    }
    static const unsigned char nothing[] = { 4, 0, 0xff, 0x0f };
    /* the slave kind and data come with a port, kind and data with any */
    TABLE("bridge", vif__nl_bridge_rows, golden_bridge, bridge_extras);
    TABLE("bridge_port", vif__bridge_port_rows, golden_bridge_port, port_extras);
    TABLE("vlan", vif__vlan_rows, nothing, vlan_extras);
    TABLE("macvlan", vif__macvlan_rows, golden_macvlan, no_extras);
    TABLE("vxlan", vif__vxlan_rows, golden_vxlan, vxlan_extras);
    TABLE("addr", vif__addr_rows, golden_addr, addr_extras);
    TABLE("tun", vif__tun_rows, nothing, tun_extras);
    TABLE("neigh", vif__neigh_rows, golden_neigh, neigh_extras);
    TABLE("qdisc", vif__qdisc_rows, golden_qdisc, no_extras);
    /* a veth sends no INFO_DATA: its LINKINFO again, by hand, with all four of its rows */
    size_t len = message(mem, golden_route, sizeof golden_route, 12, route_extras,
                         sizeof route_extras / sizeof *route_extras);
    vif_buf b;
    vif_buf_init(&b, mem + len, 256);
    vif_put_attr(&b, 8, route_metrics, sizeof route_metrics);
    vif_put_attr(&b, 12, route_cache, sizeof route_cache);
    table("route", vif__nl_route_rows, mem, len + b.len);
    len = message(mem, golden_link, sizeof golden_link, 16, link_extras, 4);
    vif_buf_init(&b, mem + len, 256);
    const size_t nest = vif_nest_begin(&b, 18);
    vif_put_str(&b, 1, "veth");
    vif_put_attr(&b, 2, "\4\0\1\0", 4);
    vif_put_str(&b, 4, "bridge");
    vif_put_attr(&b, 5, "\4\0\1\0", 4);
    vif_nest_end(&b, nest);
    table("link", vif__link_rows, mem, len + b.len);
}

/* Attributes find their rows by their numbers modulo 64. */
TEST(no_two_rows_of_a_level_share_a_place)
{
    static const vif__row *const lists[] = {
        vif__link_rows, vif__nl_bridge_rows, vif__bridge_port_rows, vif__vlan_rows, vif__tun_rows,
        vif__macvlan_rows, vif__vxlan_rows, vif__bond_rows, vif__addr_rows, vif__nl_route_rows,
        vif__neigh_rows, vif__qdisc_rows, vif__devlink_port_rows
    };
    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++) {
        uint64_t taken[2] = { 0, 0 };
        for (int i = 1; i <= lists[k]->kind; i++) {
            const vif__row *row = lists[k] + i;
            const uint64_t bit = (uint64_t)1 << (row->wire & 63);
            uint64_t *of = &taken[(row->kind & VIF__K_IN) != 0];
            if (row->kind != VIF__K_HEAD && (*of & bit) != 0) {
                CHECK_FAIL("list %d: row %d takes another's place", (int)k, i);
            }
            *of |= row->kind != VIF__K_HEAD ? bit : 0;
        }
    }
}

TEST(an_attribute_that_only_shares_a_place_is_skipped)
{
    vif_link link;
    vif_buf b;
    vif_buf_init(&b, mem, 256);
    (void)vif__nl_grow(&b, 16);
    vif_put_str(&b, 64 + 3, "other");
    vif_put_str(&b, 3, "name");
    CHECK(vif__nl_rows_parse(vif__link_rows, &link, mem, b.len));
    CHECK_STR(link.name, "name");
}

static vif_nl_msg msg_of(uint16_t type, const void *data, size_t len)
{
    vif_nl_msg m;
    memset(&m, 0, sizeof m);
    m.type = type;
    m.data = (const unsigned char *)data;
    m.len = len;
    return m;
}

TEST(values_as_other_tools_set_them)
{
    if (!LITTLE) {
        SKIP("captured on a little-endian machine");
    }
    vif_link l;
    vif_nl_msg m = msg_of(16, golden_link, sizeof golden_link);
    REQUIRE(vif_link_parse(&m, &l));
    CHECK_STR(l.name, "va");
    CHECK_BYTES(l.mac, 6, "\x02\xaa\xbb\xcc\xdd\x01", 6);
    CHECK_INT(l.index, 4);
    CHECK_INT(l.type, 1);
    CHECK_INT(l.mtu, 1450);
    CHECK_INT(l.min_mtu, 68);
    CHECK_INT(l.max_mtu, 65535);
    CHECK_INT(l.master, 2);
    CHECK_INT(l.link, 3);
    CHECK_INT(l.txqlen, 777);
    CHECK_INT(l.num_tx_queues, 3);
    CHECK_INT(l.num_rx_queues, 2);
    CHECK_INT(l.group, 42);
    CHECK_INT(l.promiscuity, 2);
    CHECK_INT(l.carrier, 1);
    CHECK_INT(l.operstate, 6);
    CHECK_INT(l.flags & (VIF_IFF_UP | VIF_IFF_PROMISC), VIF_IFF_UP | VIF_IFF_PROMISC);
    CHECK_BYTES(l.alias.data, l.alias.len, "vif:golden", 10);
    CHECK_STR(l.kind, "veth");
    CHECK_STR(l.slave_kind, "bridge");
    vif_nl_view alt;
    CHECK(vif_attr_find(l.prop_list, 53, &alt));
    CHECK_BYTES(alt.data, alt.len, "other-name-of-va", 17);
    vif_bridge_port p;
    REQUIRE(vif_bridge_port_parse(l.slave_data, &p));
    CHECK_INT(p.state, 3);
    CHECK_INT(p.priority, 21);
    CHECK_INT(p.cost, 1234);
    CHECK_INT(p.hairpin, 1);
    CHECK_INT(p.guard, 0);
    CHECK_INT(p.protect, 1);
    CHECK_INT(p.fast_leave, 0);
    CHECK_INT(p.learning, 1);
    CHECK_INT(p.unicast_flood, 0);
    CHECK_INT(p.proxyarp, 1);
    CHECK_INT(p.proxyarp_wifi, 0);
    CHECK_INT(p.mcast_router, 1);
    CHECK_INT(p.mcast_flood, 0);
    CHECK_INT(p.mcast_to_ucast, 1);
    CHECK_INT(p.vlan_tunnel, 0);
    CHECK_INT(p.bcast_flood, 1);
    CHECK_INT(p.group_fwd_mask, 0x4010);
    CHECK_INT(p.neigh_suppress, 1);
    CHECK_INT(p.isolated, 0);
    CHECK_INT(p.locked, 1);
    vif_nl_bridge b;
    const vif_nl_view bridge = { golden_bridge, sizeof golden_bridge };
    REQUIRE(vif_nl_bridge_parse(bridge, &b));
    CHECK_INT(b.forward_delay, 1700);
    CHECK_INT(b.hello_time, 300);
    CHECK_INT(b.max_age, 1800);
    CHECK_INT(b.ageing_time, 12344);    /* the kernel rounds to its own ticks */
    CHECK_INT(b.stp_state, 0);
    CHECK_INT(b.priority, 4097);
    CHECK_INT(b.group_fwd_mask, 0x4008);
    CHECK_BYTES(b.group_addr, 6, "\x01\x80\xc2\0\0\x05", 6);
    CHECK_INT(b.mcast_router, 2);
    CHECK_INT(b.mcast_snooping, 1);
    CHECK_INT(b.mcast_query_use_ifaddr, 0);
    CHECK_INT(b.mcast_querier, 1);
    CHECK_INT(b.mcast_hash_max, 1024);
    CHECK_INT(b.nf_call_iptables, 1);
    CHECK_INT(b.nf_call_ip6tables, 0);
    CHECK_INT(b.nf_call_arptables, 1);
    CHECK_INT(b.mcast_stats, 0);
    CHECK_INT(b.igmp_version, 3);
    CHECK_INT(b.mld_version, 1);
    CHECK_INT(b.vlan_filtering, 0);
    vif_vxlan x;
    const vif_nl_view vxlan = { golden_vxlan, sizeof golden_vxlan };
    REQUIRE(vif_vxlan_parse(vxlan, &x));
    CHECK_INT(x.id, 4242);
    CHECK_BYTES(x.group, 4, "\xef\1\2\3", 4);
    CHECK_BYTES(x.local, 4, "\x0a\1\2\3", 4);
    CHECK_INT(x.link, 4);
    CHECK_INT(x.ttl, 9);
    CHECK_INT(x.tos, 0x1c);
    CHECK_INT(x.learning, 0);
    CHECK_INT(x.ageing, 333);
    CHECK_INT(x.limit, 44);
    CHECK_INT(x.proxy, 1);
    CHECK_INT(x.l2miss, 0);
    CHECK_INT(x.l3miss, 1);
    CHECK_INT(x.port, 4790);
    CHECK_INT(x.udp_csum, 1);
    vif_bond bond;
    const vif_nl_view bond_data = { golden_bond, sizeof golden_bond };
    REQUIRE(vif_bond_parse(bond_data, &bond));
    CHECK_INT(bond.present, VIF_BOND_MODE | VIF_BOND_MIIMON | VIF_BOND_HASH | VIF_BOND_LACP_RATE);
    CHECK_INT(bond.mode, VIF_BOND_LACP);
    CHECK_INT(bond.miimon, 77);
    CHECK_INT(bond.hash, 1);
    CHECK_INT(bond.lacp_rate, 1);
    vif_macvlan v;
    const vif_nl_view macvlan = { golden_macvlan, sizeof golden_macvlan };
    REQUIRE(vif_macvlan_parse(macvlan, &v));
    CHECK_INT(v.mode, VIF_MACVLAN_PASSTHRU);
    CHECK_INT(v.flags, 1);
    vif_addr a;
    m = msg_of(20, golden_addr, sizeof golden_addr);
    REQUIRE(vif_addr_parse(&m, &a));
    CHECK_BYTES(a.local, 4, "\x0a\x09\x08\x07", 4);
    CHECK_BYTES(a.address, 4, "\x0a\x09\x08\x01", 4);
    CHECK_BYTES(a.broadcast, 4, "\x0a\x09\x08\x0f", 4);
    CHECK_STR(a.label, "vc:x");
    CHECK_INT(a.scope, 210);
    CHECK_INT(a.prefix_len, 29);
    CHECK_INT(a.lifetime[0], 6000);
    CHECK_INT(a.lifetime[1], 7000);
    CHECK_INT(a.metric, 55);
    CHECK_INT(a.flags, VIF_IFA_NOPREFIXROUTE);
    m = msg_of(20, golden_addr6, sizeof golden_addr6);
    REQUIRE(vif_addr_parse(&m, &a));
    CHECK_INT(a.prefix_len, 61);
    CHECK_BYTES(a.address, 16, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07", 16);
    CHECK_INT(a.present & VIF_ADDR_LOCAL, 0);
    CHECK_INT(a.flags, VIF_IFA_NODAD | VIF_IFA_PERMANENT);
    vif_nl_route r;
    m = msg_of(24, golden_route, sizeof golden_route);
    REQUIRE(vif_nl_route_parse(&m, &r));
    CHECK_INT(r.dst_len, 14);
    CHECK_INT(r.tos, 0x10);
    CHECK_INT(r.table, 77);
    CHECK_INT(r.protocol, 88);
    CHECK_INT(r.type, VIF_RTN_UNICAST);
    CHECK_INT(r.flags, VIF_RTF_ONLINK);
    CHECK_BYTES(r.dst, 4, "\xac\x14\0\0", 4);
    CHECK_BYTES(r.gateway, 4, "\x0a\x03\0\x09", 4);
    CHECK_BYTES(r.prefsrc, 4, "\x0a\x03\0\x01", 4);
    CHECK_INT(r.metric, 66);
    CHECK_INT(r.mtu, 1333);
    CHECK_INT(r.oif, 7);
    vif_neigh n;
    m = msg_of(28, golden_neigh, sizeof golden_neigh);
    REQUIRE(vif_neigh_parse(&m, &n));
    CHECK_BYTES(n.dst, 4, "\x0a\x03\0\x2c", 4);
    CHECK_BYTES(n.lladdr, 6, "\x02\0\0\0\0\x44", 6);
    CHECK_INT(n.state, VIF_NUD_STALE);
    CHECK_INT(n.flags, VIF_NTF_ROUTER);
    CHECK_INT(n.type, 1);
    CHECK_INT(n.protocol, 91);
    m = msg_of(28, golden_fdb, sizeof golden_fdb);
    REQUIRE(vif_neigh_parse(&m, &n));
    CHECK_INT(n.family, VIF_AF_BRIDGE);
    CHECK_INT(n.flags, VIF_NTF_STICKY);
    CHECK_INT(n.master, 2);
    vif_qdisc q;
    m = msg_of(36, golden_qdisc, sizeof golden_qdisc);
    REQUIRE(vif_qdisc_parse(&m, &q));
    CHECK_STR(q.kind, "pfifo");
    CHECK_INT(q.handle, 0x70000);
    CHECK_INT(q.parent, 0xffffffff);
    CHECK_INT(q.index, 7);
    CHECK_INT(q.options.len, 4);
    CHECK_INT(q.options.data[0], 77);
}

TEST(token_buckets)
{
    static const unsigned char sent[] = {   /* what tc sends, but for its rate table and times */
        0x74, 0, 0, 0, 36, 0, 5, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0,
        0, 0, 0x69, 0x76, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0,
        8, 0, 1, 0, 't', 'b', 'f', 0, 0x44 + 4, 0, 2, 0x80,
        0x28, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
        0, 1, 0, 0, 0, 0, 0, 0, 0x40, 0x42, 0x0f, 0, 0x10, 0x27, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0x0c, 0, 4, 0, 0x00, 0xf2, 0x05, 0x2a, 1, 0, 0, 0,
        8, 0, 6, 0, 0, 0x40, 0x0d, 3, 8, 0, 7, 0, 0x60, 0xea, 0, 0 };
    vif_nl_msg m = msg_of(36, golden_tbf, sizeof golden_tbf);
    unsigned char cut[sizeof golden_tbf];
    vif_tbf t;
    vif_qdisc q;
    if (!LITTLE) {
        SKIP("captured on a little-endian machine");
    }
    REQUIRE(vif_qdisc_parse(&m, &q));
    REQUIRE(vif_tbf_parse(&q, &t));
    CHECK_INT(t.rate, 5000000000);
    CHECK_INT(t.peak, 6000000000);
    CHECK_INT(t.limit, 104857600);
    CHECK_INT(t.burst, 51199680);       /* 51200000, but for 64 ns: 320 bytes */
    CHECK_INT(t.peak_burst, 59904);     /* 60000, but for 384 bytes */
    memcpy(cut, golden_tbf, sizeof cut);
    cut[74] = cut[86] = 99;             /* without the attributes of 64 bits */
    m.data = cut;
    REQUIRE(vif_qdisc_parse(&m, &q));
    REQUIRE(vif_tbf_parse(&q, &t));
    CHECK_INT(t.rate, 0xffffffff);
    cut[32] = 0x24;                     /* a short one */
    REQUIRE(vif_qdisc_parse(&m, &q));
    CHECK(!vif_tbf_parse(&q, &t));
    CHECK_INT(t.rate, 0);
    m = msg_of(36, golden_qdisc, sizeof golden_qdisc);
    REQUIRE(vif_qdisc_parse(&m, &q));
    CHECK(!vif_tbf_parse(&q, &t));      /* a pfifo */
    memset(&q, 0, sizeof q);
    VIF_SET(&q, VIF_QDISC_INDEX, index, 3);
    VIF_SET(&q, VIF_QDISC_HANDLE, handle, 0x76690000);
    VIF_SET(&q, VIF_QDISC_PARENT, parent, VIF_QDISC_ROOT);
    t = (vif_tbf){5000000000, 1000000, 51200000, 60000, 10000};
    fresh(1024);
    vif_nl_put_tbf(&buf, 0x600, &q, &t);
    CHECK_INT(vif_buf_status(&buf, NULL), VIF_OK);
    CHECK_BYTES(buf.data, buf.len, sent, sizeof sent);
}

/* The largest numbers that the kernel may say, and none at all. */
TEST(bytes_of_a_time)
{
    CHECK_INT(vif__tbf_bytes(0, UINT32_MAX), 0);
    CHECK_INT(vif__tbf_bytes(UINT64_MAX, 0), 0);
    CHECK_INT(vif__tbf_bytes(UINT64_MAX, UINT32_MAX), UINT32_MAX);
    CHECK_INT(vif__tbf_bytes(15625000, UINT32_MAX), UINT32_MAX);
    CHECK_INT(vif__tbf_bytes(15624999, UINT32_MAX), UINT32_MAX - 274);
    CHECK_INT(vif__tbf_bytes(1, 1), 1);
    CHECK_INT(vif__tbf_bytes(1250000, 256000), 20480);
    CHECK_INT(vif__tbf_bytes(1250000, 255999), 20480);
}

TEST(goldens_at_every_alignment_and_length)
{
    vif_link l, base;
    vif_nl_msg m = msg_of(16, golden_link, sizeof golden_link);
    (void)vif_link_parse(&m, &base);
    for (size_t shift = 1; shift < 4; shift++) {
        memcpy(mem + shift, golden_link, sizeof golden_link);
        m = msg_of(16, mem + shift, sizeof golden_link);
        CHECK(!LITTLE || (vif_link_parse(&m, &l) && l.present == base.present && l.mtu == base.mtu));
    }
    for (size_t len = 0; len < sizeof golden_link; len++) {
        unsigned char *exact = (unsigned char *)malloc(len ? len : 1);
        memcpy(exact, golden_link, len);
        m = msg_of(16, exact, len);
        if (vif_link_parse(&m, &l)) {
            CHECK(len >= 16);
        }
        free(exact);
    }
    m = msg_of(20, golden_link, sizeof golden_link);
    CHECK(!vif_link_parse(&m, &l));     /* another message's type */
}

TEST(wrong_lengths_are_absent_and_the_first_wins)
{
    unsigned char info[16] = { 0 };
    vif_link l;
    fresh(1024);
    memcpy(mem, info, 16);
    buf.len = 16;
    vif_put_u16(&buf, 4, 1500);         /* MTU of 2 bytes */
    vif_put_str(&buf, 3, "sixteen-bytes-xx");
    vif_put_attr(&buf, 1, "12345678", 8);
    vif_nl_msg m = msg_of(16, mem, buf.len);
    CHECK(vif_link_parse(&m, &l));
    CHECK_INT(l.present, VIF_LINK_FAMILY | VIF_LINK_TYPE | VIF_LINK_INDEX | VIF_LINK_FLAGS |
                         VIF_LINK_CHANGE);
    vif_put_u32(&buf, 4, 1);
    vif_put_u32(&buf, 4, 2);
    vif_put_attr(&buf, 3, "a", 1);      /* without its NUL */
    vif_put_str(&buf, 3, "longername");
    m = msg_of(16, mem, buf.len);
    CHECK(vif_link_parse(&m, &l));
    CHECK_INT(l.mtu, 1);
    CHECK_STR(l.name, "a");
    for (size_t i = 0; i < 16; i++) {
        CHECK(i == 0 || l.name[i] == 0);
    }
}

/* ---- virtual functions ---- */

/* A link's message as the kernel writes it, with as many virtual functions; their list's length has 16
 * bits, whatever it holds. */
static vif_nl_msg vf_message(vif_buf *b, unsigned count, bool stats)
{
    static const unsigned char zeros[100] = { 0 };
    const uint32_t number = count;
    uint16_t wrapped;

    vif_put_attr(b, 0, NULL, 0);        /* makes room for the header, with the next ones */
    vif_put_attr(b, 0, NULL, 0);
    vif_put_attr(b, 0, NULL, 0);
    vif_put_attr(b, 0, NULL, 0);
    memset(b->data, 0, 16);
    vif_put_attr(b, 1, "\2\0\0\0\0\1", 6);
    vif_put_str(b, 3, "eth7");
    vif_put_attr(b, 21, &number, 4);
    const size_t list = b->len;
    vif_put_attr(b, 22, NULL, 0);
    for (uint32_t vf = 0; vf < count; vf++) {
        const size_t info = vif_nest_begin(b, 1);
        uint32_t value[9] = { vf, 0x52000000u + vf };
        vif_put_attr(b, 1, value, 36);
        vif_put_attr(b, 13, zeros, 32);
        value[1] = 5;
        value[2] = 3;
        vif_put_attr(b, 2, value, 12);
        value[1] = 10;
        value[2] = 100;
        vif_put_attr(b, 6, value, 12);
        vif_put_attr(b, 3, value, 8);
        value[1] = 1;
        vif_put_attr(b, 4, value, 8);
        vif_put_attr(b, 5, value, 8);
        value[1] = UINT32_MAX;          /* the driver can't say */
        vif_put_attr(b, 7, value, 8);
        vif_put_attr(b, 9, value, 8);
        const size_t vlans = vif_nest_begin(b, 12);
        value[1] = 5;
        value[2] = 3;
        memcpy(value + 3, "\x88\xa8\0\0", 4);
        vif_put_attr(b, 1, value, 16);
        vif_nest_end(b, vlans);
        if (stats) {
            vif_put_attr(b, 8, zeros, 96);
        }
        vif_nest_end(b, info);
    }
    wrapped = (uint16_t)(b->len - list);
    memcpy(b->data + list, &wrapped, 2);
    return msg_of(16, b->data, b->len);
}

TEST(virtual_functions)
{
    static unsigned char big[1 << 18];
    vif_nl_msg m;
    vif_error err;
    vif_link l;
    uint32_t count;
    vif_vf vf;
    vif_buf b;

    vif_buf_init(&b, big, sizeof big);
    m = vf_message(&b, 254, false);
    CHECK_INT(vif_vf_parse(&m, 253, &vf, &count, &err), VIF_OK);
    CHECK_INT(count, 254);
    CHECK_INT(vf.present, VIF_VF_MAC | VIF_VF_VLAN | VIF_VF_RATE | VIF_VF_SPOOFCHK |
                          VIF_VF_LINK_STATE);
    CHECK_INT(vf.number, 253);
    CHECK_INT(vf.vlan, 5);
    CHECK_INT(vf.qos, 3);
    CHECK_INT(vf.protocol, 0x88a8);
    CHECK_INT(vf.min_rate, 10);
    CHECK_INT(vf.max_rate, 100);
    CHECK_INT(vf.spoofchk, 1);
    CHECK_INT(vf.link_state, 1);
    CHECK_INT(vif_vf_parse(&m, 254, &vf, NULL, &err), VIF_E_NO_INTERFACE);
    CHECK_HAS(err.text, "no such virtual function");

    /* More than its length can say: what is left over would pass for attributes of the link. */
    for (int stats = 0; stats < 2; stats++) {
        vif_buf_init(&b, big, sizeof big);
        m = vf_message(&b, stats ? 222 : 400, stats != 0);
        CHECK_INT(vif_vf_parse(&m, 0, &vf, NULL, &err), VIF_E_PROTO);
        CHECK_HAS(err.text, "cut short");
        if (vif_link_parse(&m, &l)) {
            CHECK_BYTES(l.mac, 6, "\2\0\0\0\0\1", 6);
            CHECK_STR(l.name, "eth7");
        }
    }
    vif_buf_init(&b, big, sizeof big);
    m = vf_message(&b, 0, false);
    CHECK_INT(vif_vf_parse(&m, 0, &vf, &count, &err), VIF_E_NO_INTERFACE);
    CHECK_INT(count, 0);
    m.len = 16;                         /* a link that has no such thing */
    CHECK_INT(vif_vf_parse(&m, 0, &vf, &count, &err), VIF_E_NO_INTERFACE);
}

/* A driver may leave out what it does not know, or a newer kernel say less than is asked for. */
TEST(virtual_functions_cut_short)
{
    uint32_t value[4] = { 0, 5, 0, 0 };
    vif_error err;
    vif_vf vf;
    vif_nl_msg m;

    for (uint32_t said = 0; said < 4; said++) {
        fresh(256);
        vif_nl_end(&buf, vif_nl_begin(&buf, 16, 0, NULL, 16));
        buf.len = 32;
        if (said < 3) {
            vif_put_attr(&buf, 21, &said, said == 2 ? 2 : 4);       /* no number at all */
        }
        const size_t list = vif_nest_begin(&buf, 22), info = vif_nest_begin(&buf, 1);
        vif_put_attr(&buf, 4, value, 7);
        const size_t vlans = vif_nest_begin(&buf, 12);
        vif_put_attr(&buf, 2, value, 16);
        vif_nest_end(&buf, vlans);
        if (said != 3) {
            vif_put_attr(&buf, 5, value, 8);
        }
        vif_nest_end(&buf, info);
        vif_nest_end(&buf, list);
        m = msg_of(16, mem + 16, buf.len - 16);
        CHECK_INT(vif_vf_parse(&m, 0, &vf, NULL, &err), said == 0 ? VIF_E_PROTO
                  : said == 3 ? VIF_E_NO_INTERFACE : VIF_OK);
        CHECK_INT(vf.present, said == 1 || said == 2 ? VIF_VF_LINK_STATE : 0);
    }
}

/* What a driver says of a port profile: in a message that has some of it, none, or another's. */
TEST(responses_of_ports)
{
    static const struct {
        uint16_t id, id_len, code_len, code;
        int want;
    } cases[] = {
        { 1, 4, 2, 0x100, VIF_PORT_DONE }, { 1, 4, 2, 0x101, VIF_PORT_UNDER_WAY },
        { 1, 4, 2, 7, 7 }, { 1, 4, 4, 0x100, VIF_PORT_UNDER_WAY }, { 9, 0, 2, 0x100, VIF_PORT_ABSENT },
        { 1, 2, 2, 0x100, VIF_PORT_ABSENT }, { 1, 4, 0, 0, VIF_PORT_UNDER_WAY }
    };
    const uint32_t function = 5;
    vif_nl_port port;

    memset(&port, 0, sizeof port);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int who = 0; who < 3; who++) {         /* the function, another one, the device itself */
            fresh(256);
            vif_nl_end(&buf, vif_nl_begin(&buf, 16, 0, NULL, 16));
            buf.len = 32;
            const size_t list = vif_nest_begin(&buf, who == 2 ? 25 : 24);
            const size_t one = who == 2 ? 0 : vif_nest_begin(&buf, 1);
            vif_put_attr(&buf, cases[i].id, &function, cases[i].id_len);
            if (cases[i].code_len > 0) {
                const uint16_t code[2] = { cases[i].code, 0 };
                vif_put_attr(&buf, 7, code, cases[i].code_len);
            }
            if (who != 2) {
                vif_nest_end(&buf, one);
            }
            vif_nest_end(&buf, list);
            port.vf = who == 2 ? -1 : 5 + who;
            vif_nl_msg m = msg_of(16, mem + 16, buf.len - 16);
            CHECK_INT(vif_nl_port_response(&m, &port), who == 1 ? VIF_PORT_ABSENT
                      : who == 2 && cases[i].want == VIF_PORT_ABSENT ? VIF_PORT_DONE : cases[i].want);
            m.len = 15;
            CHECK_INT(vif_nl_port_response(&m, &port), VIF_PORT_ABSENT);
        }
    }
}

/* What "ip link set eth0 vf 2 mac 52:54:00:00:00:01 vlan 100 qos 3 proto 802.1ad spoofchk off" and its
 * like send, and reads back. */
TEST(virtual_functions_set)
{
    static const unsigned char golden[] = {
        0x9c, 0, 0, 0, 19, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0x7c, 0, 22, 0x80, 0x78, 0, 1, 0x80,
        40, 0, 1, 0, 2, 0, 0, 0, 0x52, 0x54, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        24, 0, 12, 0x80, 20, 0, 1, 0, 2, 0, 0, 0, 100, 0, 0, 0, 3, 0, 0, 0, 0x88, 0xa8, 0, 0,
        16, 0, 6, 0, 2, 0, 0, 0, 10, 0, 0, 0, 100, 0, 0, 0,
        12, 0, 4, 0, 2, 0, 0, 0, 0, 0, 0, 0,
        12, 0, 5, 0, 2, 0, 0, 0, 2, 0, 0, 0,
        12, 0, 9, 0, 2, 0, 0, 0, 1, 0, 0, 0 };
    vif_vf vf, back;
    vif_nl_msg m;

    if (!LITTLE) {
        SKIP("captured on a little-endian machine");
    }
    memset(&vf, 0, sizeof vf);
    vf.present = 63;
    vf.number = 2;
    memcpy(vf.mac, "\x52\x54\0\0\0\1", 6);
    vf.vlan = 100;
    vf.qos = 3;
    vf.protocol = 0x88a8;
    vf.min_rate = 10;
    vf.max_rate = 100;
    vf.link_state = 2;
    vf.trust = 1;
    fresh(1024);
    vif_nl_put_vf(&buf, 7, &vf);
    CHECK_INT(vif_buf_status(&buf, NULL), VIF_OK);
    memset(buf.data + 8, 0, 4);
    CHECK_BYTES(buf.data, buf.len, golden, sizeof golden);
    m = msg_of(19, buf.data + 16, buf.len - 16);
    CHECK_INT(vif_vf_parse(&m, 0, &back, NULL, NULL), VIF_OK);
    CHECK_BYTES(&back, sizeof back, &vf, sizeof vf);
}

/* Generic netlink: the header's command, then the attributes, as linux/devlink.h has them. */
TEST(ports_of_a_card)
{
    static const unsigned char ask[] = { 32, 0, 0, 0, 16, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        3, 1, 0, 0, 12, 0, 2, 0, 'd', 'e', 'v', 'l', 'i', 'n', 'k', 0 };
    static const unsigned char dump[] = { 20, 0, 0, 0, 20, 0, 5, 3, 0, 0, 0, 0, 0, 0, 0, 0,
        5, 1, 0, 0 };
    static const unsigned char family[] = { 1, 2, 0, 0, 8, 0, 2, 0, 'd', 'e', 'v', 0,
        6, 0, 1, 0, 20, 0, 0, 0 };
    unsigned char answer[] = { 7, 1, 0, 0, 8, 0, 1, 0, 'p', 'c', 'i', 0,
        17, 0, 2, 0, '0', '0', '0', '0', ':', '0', '3', ':', '0', '0', '.', '0', 0, 0, 0, 0,
        8, 0, 3, 0, 9, 0, 0, 0, 8, 0, 6, 0, 7, 0, 0, 0, 9, 0, 7, 0, 'e', 't', 'h', '5', 0, 0, 0, 0,
        6, 0, 77, 0, 4, 0, 0, 0, 6, 0, 127, 0, 1, 0, 0, 0, 6, 0, 128, 0, 3, 0, 0, 0,
        5, 0, 149, 0, 1, 0, 0, 0, 8, 0, 150, 0, 2, 0, 0, 0, 8, 0, 164, 0, 88, 0, 0, 0 };
    vif_devlink_port port;
    vif_nl_msg m;

    if (!LITTLE) {
        SKIP("captured on a little-endian machine");
    }
    fresh(1024);
    vif_nl_put_family_get(&buf, "devlink");
    memset(buf.data + 8, 0, 4);
    CHECK_BYTES(buf.data, buf.len, ask, sizeof ask);
    fresh(1024);
    vif_nl_put_devlink_ports(&buf, 20);
    memset(buf.data + 8, 0, 4);
    CHECK_BYTES(buf.data, buf.len, dump, sizeof dump);
    m = msg_of(16, family, sizeof family);
    CHECK_INT(vif_nl_family(&m), 20);
    m.len = 12;
    CHECK_INT(vif_nl_family(&m), 0);
    m = msg_of(20, family, sizeof family);
    CHECK_INT(vif_nl_family(&m), 0);
    m = msg_of(20, answer, sizeof answer);
    CHECK(vif_devlink_port_parse(&m, &port));
    CHECK_INT(port.present, 1023);
    CHECK_STR(port.bus, "pci");
    CHECK_STR(port.device, "0000:03:00.0");
    CHECK_STR(port.netdev, "eth5");
    CHECK(port.index == 9 && port.flavour == VIF_PORT_PCI_VF && port.pf == 1 && port.vf == 3);
    CHECK(port.external == 1 && port.controller == 2 && port.sf == 88);
    answer[32] = 200;                   /* an attribute that is longer than the message */
    CHECK(!vif_devlink_port_parse(&m, &port));
    answer[0] = 5;                      /* another command */
    answer[32] = 8;
    CHECK(!vif_devlink_port_parse(&m, &port));
}

/* ---- attributes ---- */

TEST(attributes_that_lie_about_their_length)
{
    static const uint16_t lens[] = { 0, 1, 3, 9, 65535 };
    for (size_t i = 0; i < 5; i++) {
        unsigned char bytes[8] = { 0 };
        const unsigned char *at = bytes;
        size_t left = sizeof bytes;
        vif_attr attr;
        bool bad = false;
        memcpy(bytes, &lens[i], 2);
        CHECK(!vif_attr_next(&at, &left, &attr, &bad));
        CHECK(bad);
    }
    for (size_t left = 0; left < 4; left++) {
        const unsigned char bytes[4] = { 0 };
        const unsigned char *at = bytes;
        size_t n = left;
        vif_attr attr;
        bool bad = true;
        CHECK(!vif_attr_next(&at, &n, &attr, &bad));
        CHECK_INT(bad, left != 0);
    }
}

TEST(short_family_headers)
{
    vif_link l;
    vif_addr a;
    vif_nl_route r;
    vif_neigh n;
    vif_qdisc q;
    memset(mem, 0, 32);
    for (size_t len = 0; len < 24; len++) {
        vif_nl_msg m = msg_of(16, mem, len);
        CHECK_INT(vif_link_parse(&m, &l), len == 16);
        m.type = 20;
        CHECK_INT(vif_addr_parse(&m, &a), len == 8);
        m.type = 24;
        CHECK_INT(vif_nl_route_parse(&m, &r), len == 12);
        m.type = 28;
        CHECK_INT(vif_neigh_parse(&m, &n), len == 12);
        m.type = 36;
        CHECK_INT(vif_qdisc_parse(&m, &q), len == 20);
    }
}

/* ---- builder ---- */

TEST(message_bytes_in_both_orders)
{
    /* RTM_NEWLINK index 0x01020304, IFLA_MTU 0x0000057a, LINKINFO{KIND "vlan", DATA{ID 5,
     * PROTOCOL 0x88a8}}: little and big endian, from uapi linux/netlink.h and if_link.h by hand. */
    static const unsigned char little[] = {
        92, 0, 0, 0, 16, 0, 5, 6, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0,
        8, 0, 4, 0, 0x7a, 5, 0, 0, 8, 0, 5, 0, 9, 0, 0, 0,
        44, 0, 18, 0x80, 9, 0, 1, 0, 'v', 'l', 'a', 'n', 0, 0, 0, 0,
        28, 0, 2, 0x80, 6, 0, 1, 0, 5, 0, 0, 0,
        12, 0, 2, 0, 1, 0, 0, 0, 1, 0, 0, 0, 6, 0, 5, 0 };
    static const unsigned char big[] = {
        0, 0, 0, 92, 0, 16, 6, 5, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 8, 0, 4, 0, 0, 5, 0x7a, 0, 8, 0, 5, 0, 0, 0, 9,
        0, 44, 0x80, 18, 0, 9, 0, 1, 'v', 'l', 'a', 'n', 0, 0, 0, 0,
        0, 28, 0x80, 2, 0, 6, 0, 1, 0, 5, 0, 0,
        0, 12, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 6, 0, 5 };
    vif_link l;
    vif_vlan v;
    memset(&l, 0, sizeof l);
    memset(&v, 0, sizeof v);
    VIF_SET(&l, VIF_LINK_INDEX, index, 0x01020304);
    VIF_SET(&l, VIF_LINK_MTU, mtu, 0x57a);
    VIF_SET(&l, VIF_LINK_LINK, link, 9);
    VIF_SET(&v, VIF_VLAN_ID, id, 5);
    v.flags[0] = v.flags[1] = 1;
    v.present |= VIF_VLAN_FLAGS;
    VIF_SET(&v, VIF_VLAN_PROTOCOL, protocol, 0x88a8);
    fresh(1024);
    vif_nl_put_vlan(&buf, 0, &l, &v);
    CHECK_INT(buf.len, 96);             /* the last value and its padding: the same in both orders */
    CHECK_BYTES(mem + 92, 4, "\x88\xa8\0\0", 4);
    CHECK_INT(vif_buf_status(&buf, NULL), VIF_OK);
    uint32_t total;
    memcpy(&total, mem, 4);
    CHECK_INT(total, 96);
    if (LITTLE) {
        unsigned char want[92];
        memcpy(want, little, 92);
        want[0] = 96;
        want[48] = 48;
        want[64] = 32;
        CHECK_BYTES(mem, 92, want, 92);
    } else {
        unsigned char want[92];
        memcpy(want, big, 92);
        want[3] = 96;
        want[49] = 48;
        want[65] = 32;
        CHECK_BYTES(mem, 92, want, 92);
    }
    fresh(64);
    vif_put_be16(&buf, 1, 0x0102);
    vif_put_be32(&buf, 2, 0x01020304);
    vif_put_be64(&buf, 3, 0x0102030405060708u);
    CHECK_BYTES(mem + 4, 2, "\1\2", 2);
    CHECK_BYTES(mem + 12, 4, "\1\2\3\4", 4);
    CHECK_BYTES(mem + 20, 8, "\1\2\3\4\5\6\7\x08", 8);
}

TEST(overflow_sticks_at_every_size)
{
    vif_link a, b;
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    CHECK(vif_link_set_name(&a, "veth0"));
    CHECK(vif_link_set_name(&b, "veth1"));
    fresh(1024);
    vif_nl_put_veth(&buf, 0, &a, &b);
    const size_t need = buf.len;
    for (size_t cap = 0; cap <= need; cap++) {
        unsigned char *exact = (unsigned char *)malloc(cap ? cap : 1);
        vif_error e;
        vif_buf_init(&buf, exact, cap);
        vif_nl_put_veth(&buf, 0, &a, &b);
        CHECK_INT(vif_buf_status(&buf, &e), cap == need ? VIF_OK : VIF_E_SPACE);
        CHECK(buf.len <= cap);
        vif_put_u8(&buf, 1, 1);
        CHECK(buf.overflow);
        free(exact);
    }
}

/* As linux/if_link.h has it: IFLA_NETKIT_PEER_INFO (1), behind an ifinfomsg the peer's attributes,
 * and IFLA_NETKIT_MODE (5), NETKIT_L2 (0), which is not the kernel's default. */
TEST(a_pair_of_netkit)
{
    vif_link a, b, l;
    vif_nl_view v;
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    CHECK(vif_link_set_name(&a, "nk0"));
    CHECK(vif_link_set_name(&b, "nk1"));
    fresh(1024);
    vif_nl_put_netkit(&buf, 0, &a, &b);
    CHECK_INT(vif_buf_status(&buf, NULL), VIF_OK);
    vif_nl_msg m = msg_of(16, mem + 16, buf.len - 16);
    REQUIRE(vif_link_parse(&m, &l));
    CHECK_STR(l.kind, "netkit");
    CHECK_STR(l.name, "nk0");
    REQUIRE(vif_attr_find(l.kind_data, 5, &v));
    CHECK_BYTES(v.data, v.len, "\0\0\0", 4);
    REQUIRE(vif_attr_find(l.kind_data, 1, &v) && v.len > 16);
    m = msg_of(16, v.data, v.len);
    REQUIRE(vif_link_parse(&m, &l));
    CHECK_STR(l.name, "nk1");
}

TEST(attributes_of_64_kilobytes)
{
    static unsigned char big[70000];
    fresh(sizeof mem);
    vif_put_attr(&buf, 1, big, 65531);
    CHECK(!buf.overflow);
    CHECK_INT(buf.len, 65536);
    vif_put_attr(&buf, 1, big, 65532);
    CHECK(buf.overflow);
    fresh(sizeof mem);
    const size_t nest = vif_nest_begin(&buf, 1);
    vif_put_attr(&buf, 2, big, 40000);
    vif_put_attr(&buf, 2, big, 40000);
    vif_nest_end(&buf, nest);
    CHECK(buf.overflow);
}

TEST(empty_nests_are_dropped)
{
    fresh(64);
    const size_t nest = vif_nest_begin(&buf, 1);
    vif_nest_end_or_drop(&buf, nest);
    CHECK_INT(buf.len, 0);
    const size_t kept = vif_nest_begin(&buf, 1);
    vif_nest_end(&buf, kept);
    CHECK_INT(buf.len, 4);
}

TEST(builders_refuse)
{
    vif_link l, peer;
    vif_bridge_port port;
    vif_neigh n;
    vif_error e;
    const vif_bridge_vlan vlans[] = { { 0, 1, 0 }, { 5, 4, 0 }, { 4000, 4095, 0 } };
    memset(&l, 0, sizeof l);
    memset(&peer, 0, sizeof peer);
    memset(&port, 0, sizeof port);
    VIF_SET(&l, VIF_LINK_MTU, mtu, 1);
    VIF_SET(&l, VIF_LINK_GROUP, group, 5);
#define REFUSED(call) \
    do { fresh(1024); call; CHECK_INT(vif_buf_status(&buf, &e), VIF_E_INVAL); CHECK(e.text[0]); } while (0)
    REFUSED(vif_nl_put_link(&buf, VIF_RTM_NEWLINK, 0, &l));
    REFUSED(vif_nl_put_link(&buf, VIF_RTM_SETLINK, 0, &l));
    REFUSED(vif_nl_put_link(&buf, VIF_RTM_DELLINK, 0, &l));
    REFUSED(vif_nl_put_link(&buf, VIF_RTM_GETLINK, 0, &l));
    REFUSED(vif_nl_put_link_delete(&buf, 0));
    REFUSED(vif_nl_put_link_delete(&buf, -1));
    REFUSED(vif_nl_put_link_flags(&buf, 0, 1, 1));
    REFUSED(vif_nl_put_bridge_port(&buf, 0, &port));
    REFUSED(vif_nl_put_link_get(&buf, 0, "", 0));
    REFUSED(vif_nl_put_link_get(&buf, 0, NULL, 0));
    REFUSED(vif_nl_put_link_get(&buf, 0, "a/b", 0));
    REFUSED(vif_nl_put_link_get_alt(&buf, "", 0));
    for (size_t i = 0; i < 3; i++) {
        const vif_bridge_vlans one = { &vlans[i], 1, false };
        REFUSED(vif_nl_put_bridge_vlans(&buf, VIF_RTM_SETLINK, 3, &one));
    }
    memcpy(l.name, "tap%d", 6);
    l.present |= VIF_LINK_NAME;
    REFUSED(vif_nl_put_link(&buf, VIF_RTM_NEWLINK, 0x600, &l));
    memset(l.name, 'x', 16);
    REFUSED(vif_nl_put_link(&buf, VIF_RTM_NEWLINK, 0x600, &l));
    CHECK(vif_link_set_name(&l, "ok"));
    memcpy(peer.name, "a b", 4);
    peer.present |= VIF_LINK_NAME;
    REFUSED(vif_nl_put_veth(&buf, 0, &l, &peer));
    CHECK(!vif_link_set_name(&l, "all"));
    CHECK_STR(l.name, "ok");
    CHECK(!vif_link_set_kind(&l, ""));
    CHECK(!vif_link_set_kind(&l, "sixteen-bytes-xx"));
    memset(&n, 0, sizeof n);
    n.present = VIF_NEIGH_DST;
    REFUSED(vif_nl_put_neigh(&buf, VIF_RTM_NEWNEIGH, 0, &n));
}

TEST(bridge_vlan_ranges)
{
    const vif_bridge_vlan in[] = { { 1, 1, 6 }, { 10, 20, 0 }, { 4094, 4094, 4 } };
    vif_bridge_vlan out[3];
    vif_link l;
    fresh(256);
    const vif_bridge_vlans vlans = { in, 3, true };
    vif_nl_put_bridge_vlans(&buf, VIF_RTM_SETLINK, 3, &vlans);
    CHECK_INT(vif_buf_status(&buf, NULL), VIF_OK);
    vif_nl_msg m = msg_of(19, mem + 16, buf.len - 16);
    REQUIRE(vif_link_parse(&m, &l));
    memset(out, 0, sizeof out);
    CHECK_INT(vif_link_bridge_vlans(&l, out, 3), 3);
    CHECK_BYTES(out, sizeof out, in, sizeof in);
    memset(out, 0, sizeof out);
    CHECK_INT(vif_link_bridge_vlans(&l, out, 1), 3);    /* counts on, writes one */
    CHECK_INT(out[1].first, 0);
}

/* What Linux 6.1 says of a port in VLANs 7, which is untagged, 100 to 103, and 200, untagged. */
static const unsigned char vlans_reply[] = {
    0x07, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x1c, 0x00, 0x01, 0x80, 0x08, 0x00, 0x01, 0x00,
    0x06, 0x00, 0x07, 0x00, 0x05, 0x00, 0x03, 0x00, 0x03, 0x00, 0x00, 0x00, 0x05, 0x00, 0x06, 0x00,
    0x01, 0x00, 0x00, 0x00, 0x24, 0x00, 0x01, 0x80, 0x08, 0x00, 0x01, 0x00, 0x00, 0x00, 0x64, 0x00,
    0x06, 0x00, 0x02, 0x00, 0x67, 0x00, 0x00, 0x00, 0x05, 0x00, 0x03, 0x00, 0x03, 0x00, 0x00, 0x00,
    0x05, 0x00, 0x06, 0x00, 0x01, 0x00, 0x00, 0x00, 0x1c, 0x00, 0x01, 0x80, 0x08, 0x00, 0x01, 0x00,
    0x04, 0x00, 0xc8, 0x00, 0x05, 0x00, 0x03, 0x00, 0x03, 0x00, 0x00, 0x00, 0x05, 0x00, 0x06, 0x00,
    0x01, 0x00, 0x00, 0x00
};

TEST(vlans_of_one_link)
{
    if (!LITTLE) {
        SKIP("captured on a little-endian machine");
    }
    static const unsigned char asks[] = {
        0x18, 0x00, 0x00, 0x00, 0x72, 0x00, 0x05, 0x03, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00
    };
    static const vif_bridge_vlan want[] = {
        { 7, 7, VIF_BRIDGE_VLAN_PVID | VIF_BRIDGE_VLAN_UNTAGGED }, { 100, 103, 0 },
        { 200, 200, VIF_BRIDGE_VLAN_UNTAGGED } };
    unsigned char bytes[sizeof vlans_reply];
    vif_nl_msg msg = { 0 };
    vif_bridge_vlan got;
    vif_nl_view left;
    fresh(64);
    vif_nl_put_bridge_vlan_dump(&buf, 4);
    CHECK_BYTES(buf.data, buf.len, asks, sizeof asks);
    msg.type = VIF_RTM_NEWVLAN;
    msg.data = vlans_reply;
    msg.len = sizeof vlans_reply;
    CHECK_INT(vif_bridge_vlans_parse(&msg, &left), 4);
    for (size_t i = 0; i < 3; i++) {
        CHECK(vif_bridge_vlan_next(&left, &got));
        CHECK_BYTES(&got, sizeof got, &want[i], sizeof got);
    }
    CHECK(!vif_bridge_vlan_next(&left, &got));
    /* What is cut is not read, whatever is behind it; other messages are about no link. */
    for (size_t len = 0; len <= sizeof bytes; len++) {
        unsigned char *exact = (unsigned char *)malloc(len ? len : 1);
        size_t count = 0;
        memcpy(exact, vlans_reply, len);
        msg.data = exact;
        msg.len = len;
        CHECK_INT(vif_bridge_vlans_parse(&msg, &left), len < 8 ? 0 : 4);
        while (vif_bridge_vlan_next(&left, &got)) {
            count++;
        }
        CHECK_INT(count, (len >= 36) + (len >= 72) + (len >= 100));
        free(exact);
    }
    msg.data = vlans_reply;
    msg.type = VIF_RTM_NEWLINK;
    CHECK_INT(vif_bridge_vlans_parse(&msg, &left), 0);
    CHECK(!vif_bridge_vlan_next(&left, &got));
}

/* No VLANs: 0, 4095, a range backwards. The rest is read. */
TEST(vlans_that_are_none)
{
    if (!LITTLE) {
        SKIP("captured on a little-endian machine");
    }
    static const unsigned vids[][2] = { { 0, 0x67 }, { 0x64, 4095 }, { 0x68, 0x67 } };
    unsigned char bytes[sizeof vlans_reply];
    vif_nl_msg msg = { 0 };
    vif_bridge_vlan got;
    vif_nl_view left;
    msg.type = VIF_RTM_NEWVLAN;
    msg.data = bytes;
    msg.len = sizeof bytes;
    for (size_t i = 0; i < 3; i++) {
        memcpy(bytes, vlans_reply, sizeof bytes);
        vif__nl_set16(bytes + 46, (uint16_t)vids[i][0]);
        vif__nl_set16(bytes + 52, (uint16_t)vids[i][1]);
        CHECK_INT(vif_bridge_vlans_parse(&msg, &left), 4);
        CHECK(vif_bridge_vlan_next(&left, &got));
        CHECK_INT(got.last, 7);
        CHECK(vif_bridge_vlan_next(&left, &got));
        CHECK_INT(got.first, 200);
        CHECK(!vif_bridge_vlan_next(&left, &got));
    }
}

TEST(routes_get_their_defaults)
{
    vif_nl_route r, got;
    memset(&r, 0, sizeof r);
    VIF_SET(&r, VIF_NL_ROUTE_FAMILY, family, VIF_AF_INET);
    VIF_SET(&r, VIF_NL_ROUTE_OIF, oif, 3);
    fresh(256);
    vif_nl_put_route(&buf, VIF_RTM_NEWROUTE, 0x600, &r);
    vif_nl_msg m = msg_of(24, mem + 16, buf.len - 16);
    REQUIRE(vif_nl_route_parse(&m, &got));
    CHECK_INT(got.scope, VIF_SCOPE_LINK);
    CHECK_INT(got.type, VIF_RTN_UNICAST);
    CHECK_INT(got.protocol, VIF_RTPROT_STATIC);
    fresh(256);
    vif_nl_put_route(&buf, VIF_RTM_DELROUTE, 0, &r);
    REQUIRE(vif_nl_route_parse(&m, &got));
    CHECK_INT(got.scope, VIF_SCOPE_NOWHERE);
    CHECK_INT(got.type, 0);
    CHECK_INT(got.protocol, 0);
}

TEST(what_must_not_move)
{
    vif_nl_msg m = msg_of(24, mem, sizeof golden_route);
    if (!LITTLE) {
        SKIP("captured on a little-endian machine");
    }
    static unsigned char out[1024];
    vif_buf_init(&buf, out, sizeof out);
    memcpy(mem, golden_route, sizeof golden_route);
    CHECK(vif_nl_put_moved(&buf, VIF_RTM_NEWROUTE, 0, &m, &(vif_nl_move){ .from = 7, .to = 8 }));
    vif_buf_init(&buf, out, sizeof out);
    CHECK(!vif_nl_put_moved(&buf, VIF_RTM_NEWROUTE, 0, &m, &(vif_nl_move){ .from = 9, .to = 8 }));
    mem[9] = 2;                         /* cached */
    CHECK(!vif_nl_put_moved(&buf, VIF_RTM_NEWROUTE, 0, &m, &(vif_nl_move){ .from = 7, .to = 8 }));
    CHECK_INT(buf.len, 0);
    memcpy(mem, golden_addr6, sizeof golden_addr6);
    m = msg_of(20, mem, sizeof golden_addr6);
    CHECK(!vif_nl_put_moved(&buf, VIF_RTM_NEWADDR, 0, &m, &(vif_nl_move){ .from = 9, .to = 8 }));
    CHECK(vif_nl_put_moved(&buf, VIF_RTM_NEWADDR, 0, &m, &(vif_nl_move){ .from = 7, .to = 8 }));
    vif_nl_msg bad = msg_of(24, golden_route, sizeof golden_route - 1);
    CHECK(!vif_nl_put_moved(&buf, VIF_RTM_NEWROUTE, 0, &bad, &(vif_nl_move){ .from = 7, .to = 8 }));
}

/* What is moved is copied from the kernel's message: each kind of it, into buffers of every size. */
static const vif_nl_move seven = { .from = 7, .to = 8, .protocol = 99 };

static bool move_one(const vif_nl_msg *m, bool hop)
{
    return hop ? vif_nl_put_route_hop(&buf, m, 0) : vif_nl_put_moved(&buf, m->type, 0, m, &seven);
}

static void moves_at_every_size(uint16_t type, size_t len, bool hop)
{
    vif_nl_msg m = msg_of(type, mem + 4096 + 16, len - 16);
    vif_buf_init(&buf, mem, 2048);
    REQUIRE(move_one(&m, hop));
    const size_t need = buf.len;
    REQUIRE(need > 0 && need <= 2048);
    for (size_t cap = 0; cap <= need; cap++) {
        vif_buf_init(&buf, mem, cap);
        CHECK(move_one(&m, hop));
        CHECK_INT(vif_buf_status(&buf, NULL), cap == need ? VIF_OK : VIF_E_SPACE);
    }
    for (m.len = 0; m.len < (type == 20 || type == 104 ? 8u : 12u); m.len++) {
        vif_buf_init(&buf, mem, 2048);
        CHECK(!move_one(&m, hop));
        CHECK_INT(buf.len, 0);
    }
}

TEST(moves_into_every_size)
{
    unsigned char hops[16] = { 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1 };
    const uint16_t len_of_hop = 16, gateway[2] = { 8, 5 };
    const uint32_t index = 7;
    vif_nl_route route;
    vif_neigh neigh;
    vif_addr addr;

    memcpy(hops, &len_of_hop, 2);
    memcpy(hops + 4, &index, 4);
    memcpy(hops + 8, gateway, 4);
    vif_buf_init(&buf, mem + 4096, 512);
    memset(&addr, 0, sizeof addr);
    VIF_SET(&addr, VIF_ADDR_FAMILY, family, VIF_AF_INET);
    VIF_SET(&addr, VIF_ADDR_INDEX, index, 7);
    vif_nl_put_addr(&buf, VIF_RTM_NEWADDR, 0, &addr);
    moves_at_every_size(VIF_RTM_NEWADDR, buf.len, false);

    vif_buf_init(&buf, mem + 4096, 512);
    memset(&neigh, 0, sizeof neigh);
    VIF_SET(&neigh, VIF_NEIGH_FAMILY, family, VIF_AF_INET);
    VIF_SET(&neigh, VIF_NEIGH_INDEX, index, 7);
    memcpy(neigh.dst, "\12\0\0\1", 4);
    neigh.present |= VIF_NEIGH_DST;
    vif_nl_put_neigh(&buf, VIF_RTM_NEWNEIGH, 0, &neigh);
    moves_at_every_size(VIF_RTM_NEWNEIGH, buf.len, false);

    for (int several = 0; several < 3; several++) {
        vif_buf_init(&buf, mem + 4096, 512);
        memset(&route, 0, sizeof route);
        VIF_SET(&route, VIF_NL_ROUTE_FAMILY, family, VIF_AF_INET);
        if (several) {
            hops[3] = several == 2;                 /* the weight, less one */
            VIF_SET(&route, VIF_NL_ROUTE_TABLE, table, 254);
            VIF_SET(&route, VIF_NL_ROUTE_MULTIPATH, multipath.data, hops);
            route.multipath.len = sizeof hops;
        } else {
            VIF_SET(&route, VIF_NL_ROUTE_OIF, oif, 7);
        }
        vif_nl_put_route(&buf, VIF_RTM_NEWROUTE, 0, &route);
        const size_t len = buf.len;
        moves_at_every_size(VIF_RTM_NEWROUTE, len, false);
        if (several) {
            moves_at_every_size(VIF_RTM_NEWROUTE, len, true);
        }
    }
    vif_nl_msg m = msg_of(24, mem + 4096 + 16, 12);
    vif_buf_init(&buf, mem, 512);
    CHECK(!vif_nl_put_route_hop(&buf, &m, 0));      /* it has no hops */
}

/* A nexthop object leads to another device, to none, or does not say it in four bytes. */
TEST(nexthop_objects)
{
    static const struct { uint16_t type, len; uint32_t index; } cases[] = {
        { 5, 4, 7 }, { 5, 4, 9 }, { 5, 2, 7 }, { 6, 4, 7 }
    };
    for (size_t i = 0; i < 4; i++) {
        vif_buf_init(&buf, mem + 4096, 512);
        const size_t at = vif_nl_begin(&buf, VIF_RTM_NEWNEXTHOP, 0, NULL, 8);
        vif_put_u32(&buf, 1, 42);
        vif_put_attr(&buf, cases[i].type, &cases[i].index, cases[i].len);
        vif_nl_end(&buf, at);
        const size_t len = buf.len;
        vif_nl_msg m = msg_of(VIF_RTM_NEWNEXTHOP, mem + 4096 + 16, len - 16);
        vif_buf_init(&buf, mem, 512);
        CHECK(vif_nl_put_moved(&buf, m.type, 0, &m, &seven) == (i == 0));
        CHECK_INT(buf.len > 0, i == 0);
        if (i == 0) {
            moves_at_every_size(VIF_RTM_NEWNEXTHOP, len, false);
        }
    }
}

/* Routes by an object name only that, whatever is shown of it; a group names its members. One with
 * times of its own (a resilient group, NHA_RES_GROUP) is not made again. */
TEST(what_goes_with_nexthop_objects)
{
    static const uint32_t members[2] = { 10, 0 };
    static const struct { uint32_t oif; bool moves; } cases[] = {
        { 7, true }, { 0, true }, { 9, false }
    };
    vif_nl_route route, got;
    for (size_t i = 0; i < 3; i++) {
        vif_buf_init(&buf, mem + 4096, 512);
        memset(&route, 0, sizeof route);
        VIF_SET(&route, VIF_NL_ROUTE_FAMILY, family, VIF_AF_INET);
        VIF_SET(&route, VIF_NL_ROUTE_NH_ID, nh_id, 10);
        VIF_SET(&route, VIF_NL_ROUTE_METRIC, metric, 20);
        if (cases[i].oif != 0) {
            VIF_SET(&route, VIF_NL_ROUTE_OIF, oif, cases[i].oif);
            memcpy(route.gateway, "\12\0\0\1", 4);
            route.present |= VIF_NL_ROUTE_GATEWAY;
        }
        vif_nl_put_route(&buf, VIF_RTM_NEWROUTE, 0, &route);
        const size_t len = buf.len;
        vif_nl_msg m = msg_of(VIF_RTM_NEWROUTE, mem + 4096 + 16, len - 16);
        vif_buf_init(&buf, mem, 512);
        CHECK(vif_nl_put_moved(&buf, m.type, 0, &m, &seven) == cases[i].moves);
        if (cases[i].moves) {
            vif_nl_msg moved = msg_of(VIF_RTM_NEWROUTE, mem + 16, buf.len - 16);
            REQUIRE(vif_nl_route_parse(&moved, &got));
            CHECK_INT(got.nh_id, 10);
            CHECK_INT(got.metric, 20);
            CHECK_INT(got.present & (VIF_NL_ROUTE_OIF | VIF_NL_ROUTE_GATEWAY), 0);
            CHECK(!vif_nl_put_route_hop(&buf, &m, 0));
            moves_at_every_size(VIF_RTM_NEWROUTE, len, false);
        }
    }
    for (int resilient = 0; resilient < 2; resilient++) {
        vif_buf_init(&buf, mem + 4096, 512);
        const size_t at = vif_nl_begin(&buf, VIF_RTM_NEWNEXTHOP, 0, NULL, 8);
        vif_put_u32(&buf, 1, 42);
        vif_put_attr(&buf, 2, members, sizeof members);
        if (resilient) {
            vif_put_attr(&buf, 12, NULL, 0);
        }
        vif_nl_end(&buf, at);
        vif_nl_msg m = msg_of(VIF_RTM_NEWNEXTHOP, mem + 4096 + 16, buf.len - 16);
        const size_t len = buf.len;
        vif_buf_init(&buf, mem, 512);
        CHECK(vif_nl_put_moved(&buf, m.type, 0, &m, &seven) == !resilient);
        CHECK_BYTES(mem + 16, buf.len > 16 ? buf.len - 16 : 0,
                    mem + 4096 + 16, resilient ? 0 : len - 16);
    }
}

/* Ranges whose ends a message has lost, and entries that are none. */
TEST(bridge_vlans_that_lie)
{
    static const uint16_t in[][2] = { { 16, 20 }, { 8, 10 }, { 8, 11 }, { 16, 12 } };
    vif_bridge_vlan out[4];
    vif_link l;
    fresh(256);
    const size_t at = vif_nl_begin(&buf, 16, 0, NULL, 16);
    const size_t nest = vif_nest_begin(&buf, 26);
    for (size_t i = 0; i < 4; i++) {
        vif_put_attr(&buf, 2, in[i], 4);
    }
    vif_put_attr(&buf, 2, in[0], 2);
    vif_put_attr(&buf, 3, in[0], 4);
    vif_nest_end(&buf, nest);
    vif_nl_end(&buf, at);
    vif_nl_msg m = msg_of(16, mem + 16, buf.len - 16);
    REQUIRE(vif_link_parse(&m, &l));
    CHECK_INT(vif_link_bridge_vlans(&l, out, 4), 2);
    CHECK_INT(out[0].first, 20);        /* an end without its beginning */
    CHECK_INT(out[1].first, 11);        /* of two beginnings the later */
    CHECK_INT(out[1].last, 12);
}

TEST(tunnel_ends_in_a_forwarding_table)
{
    static const unsigned char four[16] = { 10, 0, 0, 1 };
    static const unsigned char sixteen[16] = { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9 };
    for (int wide = 0; wide < 2; wide++) {
        vif_neigh n, got;
        vif_nl_view view;
        memset(&n, 0, sizeof n);
        VIF_SET(&n, VIF_NEIGH_FAMILY, family, VIF_AF_BRIDGE);
        VIF_SET(&n, VIF_NEIGH_PORT, port, 4789);
        memcpy(n.dst, wide ? sixteen : four, 16);
        n.present |= VIF_NEIGH_DST;
        fresh(256);
        vif_nl_put_neigh(&buf, VIF_RTM_NEWNEIGH, 0, &n);
        const vif_nl_view attrs = { mem + 28, buf.len - 28 };
        CHECK(vif_attr_find(attrs, 1, &view));
        CHECK_INT(view.len, wide ? 16 : 4);
        vif_nl_msg m = msg_of(28, mem + 16, buf.len - 16);
        CHECK(vif_neigh_parse(&m, &got));
        CHECK_BYTES(got.dst, 16, n.dst, 16);
        CHECK_INT(got.port, 4789);
    }
}

TEST(nexthops_that_lie_about_their_length)
{
    static const uint16_t lens[] = { 0, 7, 12, 65535 };
    vif_nl_route r;
    unsigned char out[512];
    for (size_t i = 0; i < 4; i++) {
        unsigned char hop[8] = { 0 };
        const uint32_t oif = 7;
        vif_buf moved;
        memcpy(hop, &lens[i], 2);
        memcpy(hop + 4, &oif, 4);
        memset(&r, 0, sizeof r);
        VIF_SET(&r, VIF_NL_ROUTE_FAMILY, family, VIF_AF_INET);
        r.multipath.data = hop;
        r.multipath.len = sizeof hop;
        r.present |= VIF_NL_ROUTE_MULTIPATH;
        fresh(256);
        vif_nl_put_route(&buf, VIF_RTM_NEWROUTE, 0, &r);
        vif_nl_msg m = msg_of(24, mem + 16, buf.len - 16);
        vif_buf_init(&moved, out, sizeof out);
        CHECK(!vif_nl_put_moved(&moved, VIF_RTM_NEWROUTE, 0, &m, &(vif_nl_move){ .from = 7, .to = 8 }));
        CHECK_INT(moved.len, 0);
        vif_buf_init(&moved, out, 32);      /* no room: said by the buffer */
        CHECK(vif_nl_put_moved(&moved, VIF_RTM_NEWROUTE, 0, &m, &(vif_nl_move){ .from = 7, .to = 8 }));
        CHECK_INT(vif_buf_status(&moved, NULL), VIF_E_SPACE);
        CHECK(!vif_nl_put_moved(&moved, VIF_RTM_NEWROUTE, 0, &m, &(vif_nl_move){ .from = 0, .to = 8 }));
    }
}

TEST(route_requests_into_every_size)
{
    static const uint8_t to[16] = { 10, 0, 0, 1 };
    vif_nl_route r;
    memset(&r, 0, sizeof r);
    VIF_SET(&r, VIF_NL_ROUTE_FAMILY, family, VIF_AF_INET);
    VIF_SET(&r, VIF_NL_ROUTE_OIF, oif, 7);
    VIF_SET(&r, VIF_NL_ROUTE_SCOPE, scope, VIF_SCOPE_HOST);
    VIF_SET(&r, VIF_NL_ROUTE_TYPE, type, 6);
    VIF_SET(&r, VIF_NL_ROUTE_PROTOCOL, protocol, 99);
    for (size_t cap = 0; cap <= 64; cap++) {
        fresh(cap);
        vif_nl_put_route_get(&buf, VIF_AF_INET6, to);
        CHECK_INT(vif_buf_status(&buf, NULL), cap < 16 + 12 + 20 ? VIF_E_SPACE : VIF_OK);
        fresh(cap);
        vif_nl_put_route(&buf, VIF_RTM_NEWROUTE, 0, &r);
        CHECK_INT(vif_buf_status(&buf, NULL), cap < 16 + 12 + 8 ? VIF_E_SPACE : VIF_OK);
    }
    CHECK_INT(mem[16 + 5], 99);         /* what is said has no default */
    CHECK_INT(mem[16 + 6], VIF_SCOPE_HOST);
    CHECK_INT(mem[16 + 7], 6);
    fresh(64);
    memset(mem, 0, 64);
    r.present &= ~(uint32_t)(VIF_NL_ROUTE_SCOPE | VIF_NL_ROUTE_TYPE | VIF_NL_ROUTE_PROTOCOL);
    vif_nl_put_route(&buf, VIF_RTM_GETROUTE, 0, &r);
    CHECK_BYTES(mem + 16 + 5, 3, "\0\0\0", 3);    /* nor does a question */
}

/* Refused before anything is sent. */
TEST(not_one_creation)
{
    vif_nl nl;
    vif_error e;
    vif_link made;
    memset(&nl, 0, sizeof nl);
    for (int i = 0; i < 4; i++) {
        fresh(i == 0 ? 8 : 256);
        if (i > 0) {
            vif_nl_put_link_delete(&buf, 3);
        }
        buf.len = i == 1 ? 8 : buf.len;
        buf.len += i == 2 ? 4 : 0;
        if (i == 0) {
            vif_nl_put_link_delete(&buf, 3);
        }
        CHECK_INT(vif_nl_link_new(&nl, &buf, &made, &e), i == 0 ? VIF_E_SPACE : VIF_E_INVAL);
        CHECK(i == 0 || strstr(e.text, "not one creation"));
    }
}

TEST(dump_requests)
{
    vif_nl_view view;
    const vif_nl_view link = { mem + 32, 0 };
    vif_nl_view attrs = link;
    fresh(512);
    vif_nl_put_link_dump(&buf, 0, 5, "bridge", VIF_EXT_BRVLAN);
    attrs.len = buf.len - 32;
    CHECK(vif_attr_find(attrs, 10, &view) && view.len == 4);
    CHECK(vif_attr_find(attrs, 18, &view));
    CHECK(vif_attr_find(attrs, 29, &view));
    fresh(512);
    vif_nl_put_neigh_dump(&buf, VIF_AF_INET6, 4, 5, true);
    CHECK_INT(mem[16], VIF_AF_INET6);
    CHECK_INT(mem[26], VIF_NTF_PROXY);
    CHECK_BYTES(mem + 20, 4, "\0\0\0\0", 4);
    attrs.data = mem + 28;
    attrs.len = buf.len - 28;
    CHECK(vif_attr_find(attrs, 8, &view));
    CHECK(vif_attr_find(attrs, 9, &view));
    fresh(20);
    vif_nl_put_neigh_dump(&buf, VIF_AF_INET6, 4, 5, true);
    vif_nl_put_link_flags(&buf, 4, 1, 1);
    CHECK_INT(vif_buf_status(&buf, NULL), VIF_E_SPACE);
}

/* ---- names ---- */

TEST(interface_names)
{
    static const char *const good[] = { "a", "-x", "eth0", "fifteen-bytes-x", "\xc3\xa9", "...", "All" };
    static const char *const bad[] = { "", ".", "..", "all", "default", "a/b", "a:b", "a b", "a\n",
        "tap%d", "%", "sixteen-bytes-xx", "a\x7f", "\xa0", "\x01" };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        CHECK(vif_ifname_check(good[i]) == NULL);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK(vif_ifname_check(bad[i]) != NULL);
    }
    CHECK(vif_ifname_check(NULL) != NULL);
}

/* ---- exchange ---- */

static unsigned char datagram[4096];
static vif_buf in;
static vif_nl_exchange x;
static vif_nl_msg msg;

static size_t reply(uint16_t type, uint16_t flags, uint32_t seq, uint32_t port)
{
    const size_t at = vif_nl_begin(&in, type, 0, NULL, 0);
    memcpy(datagram + at + 6, &flags, 2);
    memcpy(datagram + at + 8, &seq, 4);
    memcpy(datagram + at + 12, &port, 4);
    return at;
}

static void raw(const void *data, size_t len)
{
    memcpy(datagram + in.len, data, len);
    in.len += len;
}

/* An answer: status, then if it is an ERROR the echoed header and `payload` bytes after it. */
static size_t answer(uint16_t type, uint16_t flags, uint32_t seq, int32_t status, size_t payload)
{
    const size_t at = reply(type, flags, seq, PORT);
    unsigned char echo[16] = { 0 };
    const uint32_t len = (uint32_t)(16 + payload);
    const uint16_t asked = 5;
    raw(&status, 4);
    if (type == 2) {
        memcpy(echo, &len, 4);
        memcpy(echo + 6, &asked, 2);
        raw(echo, 16);
        memset(datagram + in.len, 0x55, payload);
        in.len += flags & 0x100 ? 0 : payload;
    }
    return at;
}

static void start(int requests)
{
    fresh(4096);
    for (int i = 0; i < requests; i++) {
        vif_nl_put_link_flags(&buf, 3, 1, 1);
    }
    CHECK_INT(vif_nl_exchange_begin(&x, &buf, SEQ, PORT), VIF_OK);
    vif_buf_init(&in, datagram, sizeof datagram);
}

static vif_nl_event step(void)
{
    return vif_nl_step(&x, &msg);
}

static void deliver(void)
{
    vif_nl_deliver(&x, datagram, in.len, 0);
    vif_buf_init(&in, datagram, sizeof datagram);
}

TEST(requests_are_stamped)
{
    uint32_t v;
    start(3);
    for (uint32_t i = 0; i < 3; i++) {
        memcpy(&v, mem + 32 * i + 8, 4);
        CHECK_INT(v, SEQ + i);
        memcpy(&v, mem + 32 * i + 12, 4);
        CHECK_INT(v, PORT);
    }
    fresh(4096);
    CHECK_INT(vif_nl_exchange_begin(&x, &buf, SEQ, PORT), VIF_E_INVAL);
    vif_nl_begin(&buf, 16, 0, NULL, 16);            /* never ended */
    CHECK_INT(vif_nl_exchange_begin(&x, &buf, SEQ, PORT), VIF_E_INVAL);
    CHECK_INT(step(), VIF_NL_DONE);
    CHECK_INT(x.error.status, VIF_E_INVAL);
}

TEST(the_first_message_is_somebody_elses)
{
    for (int split = 0; split < 2; split++) {
        start(1);
        CHECK_INT(step(), VIF_NL_WANT_READ);
        vif_nl_end(&in, answer(2, 0x100, SEQ - 1, -EINVAL, 0));     /* late: an earlier exchange */
        vif_nl_end(&in, answer(2, 0x100, SEQ + 1, -EINVAL, 0));     /* from the future */
        vif_nl_end(&in, answer(2, 0x100, 0, -EINVAL, 0));           /* a notification */
        const size_t at = answer(2, 0x100, SEQ, -EINVAL, 0);
        vif_nl_end(&in, at);
        const uint32_t elsewhere = PORT + 1;
        memcpy(datagram + at + 12, &elsewhere, 4);
        if (split) {
            deliver();
            CHECK_INT(step(), VIF_NL_WANT_READ);
        }
        vif_nl_end(&in, answer(2, 0x100, SEQ, 0, 0));
        deliver();
        CHECK_INT(step(), VIF_NL_ANSWER);
        CHECK_INT(vif_nl_answer(&msg, NULL), VIF_OK);
        CHECK_INT(step(), VIF_NL_DONE);
        CHECK_INT(x.error.status, VIF_OK);
    }
}

/* Notifications, then what is none: a datagram that is cut in the middle of a message is not read
 * past that, and what it held counts as lost. */
TEST(monitor_of_bytes)
{
    vif_nl_monitor m;
    vif_nl_monitor_init(&m);
    CHECK_INT(vif_nl_monitor_step(&m, &msg), VIF_NL_RESYNC);
    CHECK_INT(vif_nl_monitor_step(&m, &msg), VIF_NL_WANT_READ);
    for (size_t cut = 0; cut <= 64; cut++) {
        int messages = 0, lost = 0;
        vif_nl_event event;
        fresh(4096);
        vif_nl_put_link_flags(&buf, 3, 1, 1);
        vif_nl_put_link_flags(&buf, 4, 1, 1);
        REQUIRE(buf.len == 64);
        unsigned char *exact = (unsigned char *)malloc(cut ? cut : 1);
        memcpy(exact, mem, cut);
        vif_nl_monitor_deliver(&m, exact, cut, 0);
        while ((event = vif_nl_monitor_step(&m, &msg)) != VIF_NL_WANT_READ) {
            messages += event == VIF_NL_MESSAGE;
            lost += event == VIF_NL_RESYNC;
        }
        CHECK_INT(messages, cut / 32);
        CHECK_INT(lost, cut % 32 != 0);
        vif_nl_monitor_deliver(&m, exact, cut, 4711);       /* not the kernel's */
        CHECK_INT(vif_nl_monitor_step(&m, &msg), VIF_NL_WANT_READ);
        free(exact);
    }
    CHECK_INT(m.messages, 32 + 2);
}

/* Whatever fails says by its class what a second try needs; every status has a name and words. */
/* Which link a message is about, wherever its kind has it; 0 where it is too short to say. */
TEST(links_of_messages)
{
    static const struct { uint16_t type; size_t head; uint16_t attr; } kinds[] = {
        { 16, 0, 0 }, { 20, 0, 0 }, { 24, 12, 4 }, { 80, 4, 1 }
    };
    const uint32_t index = 7;
    for (size_t i = 0; i < 4; i++) {
        memset(mem, 0, 64);
        memcpy(mem + 4, &index, 4);
        vif_buf_init(&buf, mem, 64);
        buf.len = kinds[i].head;
        if (kinds[i].head > 0) {
            memset(mem, 0, 8);
            vif_put_u32(&buf, kinds[i].attr, index);
        } else {
            buf.len = 8;
        }
        vif_nl_msg m = msg_of(kinds[i].type, mem, buf.len);
        CHECK_INT(vif_nl_monitor_link(&m), 7);
        while (m.len > 0) {
            m.len--;
            CHECK_INT(vif_nl_monitor_link(&m), 0);
        }
        if (kinds[i].head > 0) {
            buf.len = kinds[i].head;
            vif_put_attr(&buf, kinds[i].attr, &index, 2);
            m.len = buf.len;
            CHECK_INT(vif_nl_monitor_link(&m), 0);
        }
    }
}

TEST(failures_say_what_they_need)
{
    static const struct { vif_status status; int number; vif_retry retry; } cases[] = {
        { VIF_E_INVAL, 0, VIF_RETRY_CHANGED }, { VIF_E_UNKNOWN, ETIMEDOUT, VIF_RETRY_LOOKED },
        { VIF_E_KERNEL, EBUSY, VIF_RETRY_NOW }, { VIF_E_KERNEL, EEXIST, VIF_RETRY_CHANGED },
        { VIF_E_SYSTEM, EAGAIN, VIF_RETRY_NOW }, { VIF_E_UNSUPPORTED, 0, VIF_RETRY_NEVER },
        { VIF_E_TIMEOUT, 0, VIF_RETRY_NOW }, { VIF_E_UNCONFIRMED, 0, VIF_RETRY_LOOKED },
        { VIF_OK, 0, VIF_RETRY_NEVER }, { (vif_status)-4000, 0, VIF_RETRY_NEVER }
    };
    vif_error e;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_INT(vif_fail(&e, cases[i].status, cases[i].number, "", NULL), cases[i].status);
        CHECK_INT(vif_error_retry(&e), cases[i].retry);
        CHECK(e.text[0] != '\0');
    }
    CHECK_STR(vif_status_name(VIF_E_KERNEL), "E_KERNEL");
    CHECK_STR(vif_status_name((vif_status)5), "E_?");
    vif_fail(&e, VIF_E_KERNEL, ENODEV, "a\x1b\"b", NULL);
    CHECK_STR(e.text, "no such device");
    CHECK_STR(e.where, "a\\x1b\\x22b");
    vif_fail(&e, VIF_E_KERNEL, 250, "", NULL);
    CHECK_STR(e.text, vif_status_words(VIF_E_KERNEL));
    CHECK_INT(vif_fail(NULL, VIF_E_INVAL, 0, "", "no"), VIF_E_INVAL);
    char words[12] = "";
    vif_cat_escaped(words, sizeof words, "abc\n\ndef", 8);
    CHECK_STR(words, "abc\\x0a\\x0a");
    vif_cat_escaped(words, 8, "x", 1);
    const char *list = ",eth0,,eth12,";
    char name[5];
    CHECK(vif_list_next(&list, name, sizeof name));
    CHECK_STR(name, "eth0");
    CHECK(vif_list_next(&list, name, sizeof name));
    CHECK_STR(name, "eth1");
    CHECK(!vif_list_next(&list, name, sizeof name));
}

TEST(a_forged_datagram_is_dropped)
{
    start(1);
    vif_nl_end(&in, answer(2, 0x100, SEQ, 0, 0));
    vif_nl_deliver(&x, datagram, in.len, 4711);
    CHECK_INT(step(), VIF_NL_WANT_READ);
    vif_nl_deliver(&x, datagram, 3, 4711);          /* not even malformed: not looked at */
    CHECK_INT(step(), VIF_NL_WANT_READ);
}

TEST(done_of_every_size)
{
    static const size_t extra_bytes[] = { 0, 16, 68 };
    for (size_t i = 0; i < 3; i++) {
        for (int failed = 0; failed < 2; failed++) {
            start(1);
            reply(16, 2, SEQ, PORT);
            raw("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
            vif_nl_end(&in, 0);
            const size_t at = answer(3, (uint16_t)(2 | (extra_bytes[i] ? 0x200 : 0)), SEQ,
                                     failed ? -EINVAL : 0, 0);
            if (extra_bytes[i]) {
                char text[65];
                memset(text, 'w', 64);
                text[extra_bytes[i] - 5] = 0;
                vif_put_attr(&in, 1, text, extra_bytes[i] - 4);
            }
            vif_nl_end(&in, at);
            deliver();
            CHECK_INT(step(), VIF_NL_MESSAGE);
            CHECK_INT(msg.len, 16);
            CHECK_INT(step(), VIF_NL_ANSWER);
            CHECK_INT(vif_nl_answer(&msg, NULL), failed ? VIF_E_KERNEL : VIF_OK);
            CHECK_INT(step(), VIF_NL_DONE);
            CHECK_INT(x.error.status, failed ? VIF_E_KERNEL : VIF_OK);
            CHECK_INT(x.error.sys_errno, failed ? EINVAL : 0);
            if (failed) {
                CHECK_INT(x.error.text[0], extra_bytes[i] ? 'w' : 'i');
            }
        }
    }
    start(1);
    reply(3, 2, SEQ, PORT);
    raw("\0\0", 2);                     /* less than its status */
    vif_nl_end(&in, 0);
    deliver();
    CHECK_INT(step(), VIF_NL_ANSWER);
    CHECK_INT(x.error.status, VIF_E_PROTO);
}

TEST(words_and_offsets_of_the_kernel)
{
    for (int capped = 0; capped < 2; capped++) {
        for (size_t payload = 16; payload < 20; payload++) {
            vif_error e;
            start(1);
            const size_t at = answer(2, (uint16_t)(0x200 | (capped ? 0x100 : 0)), SEQ, -ERANGE, payload);
            in.len = (in.len + 3) & ~(size_t)3;
            vif_put_attr(&in, 1, "bad\x1b[31m \"x\\\xff", 14);
            vif_put_u32(&in, 2, 36);
            vif_nl_end(&in, at);
            deliver();
            CHECK_INT(step(), VIF_NL_ANSWER);
            CHECK_INT(vif_nl_answer(&msg, &e), VIF_E_KERNEL);
            CHECK_STR(e.text, "bad\\x1b[31m \\x22x\\x5c\\xff");
            CHECK_INT(e.offset, 36);
            CHECK_INT(e.sys_errno, ERANGE);
        }
    }
    /* a text longer than the field, of bytes that grow */
    char longer[400];
    memset(longer, 1, sizeof longer);
    start(1);
    const size_t at = answer(2, 0x300, SEQ, -EINVAL, 0);
    vif_put_attr(&in, 1, longer, sizeof longer);
    vif_nl_end(&in, at);
    deliver();
    CHECK_INT(step(), VIF_NL_ANSWER);
    CHECK_INT(strlen(x.error.text), 156);
    /* success with a warning */
    vif_error e;
    start(1);
    const size_t warn = answer(2, 0x300, SEQ, 0, 0);
    vif_put_str(&in, 1, "deprecated");
    vif_nl_end(&in, warn);
    deliver();
    CHECK_INT(step(), VIF_NL_ANSWER);
    CHECK_INT(vif_nl_answer(&msg, &e), VIF_OK);
    CHECK_STR(e.text, "deprecated");
    CHECK_INT(x.error.status, VIF_OK);
}

TEST(echoed_lengths_that_lie)
{
    static const uint32_t lies[] = { 0, 1, 15, 17, 1000, 0x7fffffff, 0x80000000u, 0xfffffff0u, UINT32_MAX };
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        start(1);
        const size_t at = answer(2, 0x200, SEQ, -EINVAL, 0);
        memcpy(datagram + at + 20, &lies[i], 4);
        vif_put_str(&in, 1, "text");
        vif_nl_end(&in, at);
        deliver();
        CHECK_INT(step(), VIF_NL_ANSWER);
        CHECK_INT(x.error.sys_errno, EINVAL);
    }
}

TEST(errno_in_either_sign)
{
    static const struct { int32_t wire; vif_status status; int number; } cases[] = {
        { -EPERM, VIF_E_KERNEL, EPERM }, { EPERM, VIF_E_KERNEL, EPERM },
        { -EOPNOTSUPP, VIF_E_UNSUPPORTED, EOPNOTSUPP }, { -ENODEV, VIF_E_NO_INTERFACE, ENODEV },
        { -4095, VIF_E_KERNEL, 4095 }, { 4095, VIF_E_KERNEL, 4095 }, { -4096, VIF_E_PROTO, 0 },
        { INT_MIN, VIF_E_PROTO, 0 }, { INT_MAX, VIF_E_PROTO, 0 }, { 0, VIF_OK, 0 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        start(1);
        vif_nl_end(&in, answer(2, 0x100, SEQ, cases[i].wire, 0));
        deliver();
        CHECK_INT(step(), VIF_NL_ANSWER);
        CHECK_INT(x.error.status, cases[i].status);
        CHECK_INT(x.error.sys_errno, cases[i].number);
        CHECK_INT(x.error.text[0] == 0, cases[i].status == VIF_OK);
    }
}

TEST(batches_in_any_order_and_split)
{
    static const uint32_t orders[][3] = { { 0, 1, 2 }, { 2, 1, 0 }, { 1, 2, 0 } };
    for (size_t o = 0; o < 3; o++) {
        for (int split = 0; split < 2; split++) {
            unsigned seen = 0;
            start(3);
            for (int i = 0; i < 3; i++) {
                const uint32_t r = orders[o][i];
                vif_nl_end(&in, answer(2, 0x100, SEQ + r, r == 1 ? -EBUSY : 0, 0));
                if (split || i == 2) {
                    deliver();
                    while (step() == VIF_NL_ANSWER) {
                        seen |= 1u << msg.request;
                        CHECK_INT(vif_nl_answer(&msg, NULL), msg.request == 1 ? VIF_E_KERNEL : VIF_OK);
                    }
                }
            }
            CHECK_INT(seen, 7);
            CHECK_INT(step(), VIF_NL_DONE);
            CHECK_INT(x.error.sys_errno, EBUSY);
        }
    }
}

TEST(interrupted_dumps_are_drained)
{
    for (int on_done = 0; on_done < 2; on_done++) {
        start(1);
        vif_nl_end(&in, reply(16, (uint16_t)(on_done ? 2 : 0x12), SEQ, PORT));
        vif_nl_end(&in, reply(16, 2, SEQ, PORT));
        vif_nl_end(&in, answer(3, (uint16_t)(on_done ? 0x12 : 2), SEQ, 0, 0));
        deliver();
        CHECK_INT(step(), VIF_NL_MESSAGE);
        CHECK_INT(step(), VIF_NL_MESSAGE);
        CHECK_INT(step(), VIF_NL_ANSWER);
        CHECK_INT(vif_nl_answer(&msg, NULL), VIF_E_INTERRUPTED);
        CHECK_INT(step(), VIF_NL_DONE);
        CHECK_INT(x.error.status, VIF_E_INTERRUPTED);
    }
}

TEST(message_lengths_that_lie)
{
    static const uint32_t lies[] = { 0, 1, 15, 37, 1000, UINT32_MAX };
    for (size_t i = 0; i < 6; i++) {
        start(1);
        vif_nl_end(&in, answer(2, 0x100, SEQ, 0, 0));
        memcpy(datagram, &lies[i], 4);
        deliver();
        CHECK_INT(step(), VIF_NL_DONE);
        CHECK_INT(x.error.status, VIF_E_PROTO);
        CHECK_INT(step(), VIF_NL_DONE);     /* for good */
    }
}

TEST(cut_datagrams_go_on_to_the_answer)
{
    start(1);
    vif_nl_exchange_fail(&x, VIF_E_TOO_BIG, 0);
    CHECK_INT(step(), VIF_NL_WANT_READ);
    vif_nl_end(&in, answer(2, 0x100, SEQ, 0, 0));
    deliver();
    CHECK_INT(step(), VIF_NL_ANSWER);
    CHECK_INT(vif_nl_answer(&msg, NULL), VIF_OK);
    CHECK_INT(step(), VIF_NL_DONE);
    CHECK_INT(x.error.status, VIF_E_TOO_BIG);
}

TEST(unacknowledged_messages)
{
    for (int begin_fails = 0; begin_fails < 2; begin_fails++) {
        fresh(4096);
        vif_nl_end(&buf, vif_nl_begin_noack(&buf, 16, 0, NULL, 4));
        vif_nl_end(&buf, vif_nl_begin(&buf, 0xa00, 0, NULL, 4));
        vif_nl_end(&buf, vif_nl_begin_noack(&buf, 0xa01, 0, NULL, 4));
        CHECK_INT(vif_nl_exchange_begin(&x, &buf, SEQ, PORT), VIF_OK);
        vif_buf_init(&in, datagram, sizeof datagram);
        const size_t at = answer(2, 0x100, begin_fails ? SEQ : SEQ + 2, -EBUSY, 0);
        const uint16_t unasked = 1;
        memcpy(datagram + at + 26, &unasked, 2);
        vif_nl_end(&in, at);
        deliver();
        CHECK_INT(step(), VIF_NL_ANSWER);
        CHECK_INT(msg.request, begin_fails ? 0 : 2);
        CHECK_INT(step(), begin_fails ? VIF_NL_DONE : VIF_NL_WANT_READ);
        if (!begin_fails) {
            vif_nl_end(&in, answer(2, 0x100, SEQ + 1, 0, 0));
            deliver();
            CHECK_INT(step(), VIF_NL_ANSWER);
            CHECK_INT(step(), VIF_NL_DONE);
        }
        CHECK_INT(x.error.sys_errno, EBUSY);
    }
    fresh(64);                          /* nothing is waited for: done at once */
    vif_nl_end(&buf, vif_nl_begin_noack(&buf, 16, 0, NULL, 4));
    CHECK_INT(vif_nl_exchange_begin(&x, &buf, SEQ, PORT), VIF_OK);
    CHECK_INT(step(), VIF_NL_DONE);
}

CHECK_MAIN
