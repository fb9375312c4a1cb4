/* SPDX-License-Identifier: MIT
 * Fuzz target of vif_netlink.h: an exchange fed with arbitrary datagrams, every parser on every
 * message, and for each: what is built from the parsed object parses to the same object, and builds
 * to the same bytes. The same messages are read as nftables' replies, and the same datagrams as a
 * monitor's.
 * Input: byte 0 = number of requests and where datagrams are cut; the rest is the kernel's
 * stream. */
#define VIF_IMPLEMENTATION
#include "vif_netlink.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUZZ_SEQ = 1, FUZZ_PORT = 2 };

static void insist(bool cond)
{
    if (!cond) {
        abort();
    }
}

static void fixpoint(const vif__row *rows, const unsigned char *data, size_t len)
{
    static unsigned char one[512], two[512], first[140000], second[140000];
    vif_buf a, b;
    if (!vif__nl_rows_parse(rows, one, data, len)) {
        return;
    }
    vif_buf_init(&a, first, sizeof first);
    vif_buf_init(&b, second, sizeof second);
    vif__nl_rows_build(rows, &a, one, UINT32_MAX);
    if (vif_buf_status(&a, NULL) != VIF_OK) {
        return;                         /* a nest of more than 64 KB */
    }
    insist(vif__nl_rows_parse(rows, two, first, a.len));
    insist(memcmp(one, two, 4) == 0);
    vif__nl_rows_build(rows, &b, two, UINT32_MAX);
    insist(vif_buf_status(&b, NULL) == VIF_OK);
    insist(a.len == b.len && memcmp(first, second, a.len) == 0);
}

static void plain(const vif_nl_msg *msg)
{
    static unsigned char mem[140000];
    vif_bridge_vlan vlans[4];
    vif_nl_view ranges;
    vif_link link;
    vif_qdisc qdisc;
    vif_tbf tbf;
    vif_buf buf;
    uint32_t value;
    vif_buf_init(&buf, mem, sizeof mem);
    if (vif_qdisc_parse(msg, &qdisc) && vif_tbf_parse(&qdisc, &tbf)) {
        insist(strcmp(qdisc.kind, "tbf") == 0);
    }
    insist(vif_bridge_vlans_parse(msg, &ranges) == 0 || msg->len >= 8);
    while (vif_bridge_vlan_next(&ranges, vlans)) {
        insist(vlans->first > 0 && vlans->first <= vlans->last && vlans->last < 4095);
    }
    if (vif_link_parse(msg, &link)) {
        (void)vif_link_inet_conf(&link, VIF_INET_ARP_IGNORE, &value);
        (void)vif_link_inet6_conf(&link, VIF_INET6_DISABLE_IPV6, &value);
        (void)vif_link_bridge_vlans(&link, vlans, 4);
        fixpoint(vif__nl_bridge_rows, link.kind_data.data, link.kind_data.len);
        fixpoint(vif__tun_rows, link.kind_data.data, link.kind_data.len);
        fixpoint(vif__vlan_rows, link.kind_data.data, link.kind_data.len);
        fixpoint(vif__macvlan_rows, link.kind_data.data, link.kind_data.len);
        fixpoint(vif__vxlan_rows, link.kind_data.data, link.kind_data.len);
        fixpoint(vif__bond_rows, link.kind_data.data, link.kind_data.len);
        fixpoint(vif__bridge_port_rows, link.slave_data.data, link.slave_data.len);
        fixpoint(vif__bridge_port_rows, link.protinfo.data, link.protinfo.len);
    }
    for (int32_t vf = -1; vf < 2; vf++) {
        const vif_nl_port port = { .vf = vf, .name = vf == 1 ? "eth0" : NULL };
        insist(vif_nl_port_response(msg, &port) >= VIF_PORT_ABSENT);
    }
    if (vif_nl_put_moved(&buf, msg->type, 0, msg, &(vif_nl_move){ .from = 7, .to = 8 })) {
        insist(buf.len >= 24 || buf.overflow);
    }
    for (size_t i = 0; i < 3; i++) {
        vif_buf_init(&buf, mem, sizeof mem);
        if (vif_nl_put_route_hop(&buf, msg, i)) {
            insist(buf.len >= 28 || buf.overflow);
        }
    }
    if (msg->len < 100) {
        char name[101];
        memcpy(name, msg->data, msg->len);
        name[msg->len] = '\0';
        (void)vif_ifname_check(name);
    }
}

/* As an answer of nftables: of each kind, for each family. What is counted stays within what was
 * read, and none of the names that come back is ever used. */
static void nft(const vif_nl_msg *msg)
{
    static const vif_nft_rules rules = { "br0", "eth0,eth1", VIF_NFT_GATEWAY };
    vif__nft_job job;
    vif_nl_msg as = *msg;
    memset(&job, 0, sizeof job);
    insist(vif__nft_prepare(&job, &rules) == VIF_OK);
    for (unsigned i = 0; i < 6; i++) {
        as.type = i < 2 ? VIF__NFT_NEWTABLE : i < 4 ? VIF__NFT_NEWCHAIN : VIF__NFT_NEWRULE;
        as.request = msg->request + i % 2 * 2;
        vif__nft_note(&job, &as);
    }
    insist((job.at & 0x7fffffff) == (msg->len < 4 ? 0 : 2));
}

static void monitor(const uint8_t *data, size_t size)
{
    unsigned char *copy = (unsigned char *)malloc(size);
    vif_nl_monitor m;
    vif_nl_event event;
    vif_nl_msg msg;
    size_t left = size;
    memcpy(copy, data, size);
    vif_nl_monitor_init(&m);
    vif_nl_monitor_deliver(&m, copy, size, 0);
    while ((event = vif_nl_monitor_step(&m, &msg)) == VIF_NL_MESSAGE) {
        insist(msg.len + 16 <= left);
        left -= msg.len + 16;
    }
    insist(event == VIF_NL_RESYNC && vif_nl_monitor_step(&m, &msg) == VIF_NL_WANT_READ);
    free(copy);
}

static void message(const vif_nl_msg *msg)
{
    nft(msg);
    fixpoint(vif__link_rows, msg->data, msg->len);
    fixpoint(vif__addr_rows, msg->data, msg->len);
    fixpoint(vif__nl_route_rows, msg->data, msg->len);
    fixpoint(vif__neigh_rows, msg->data, msg->len);
    fixpoint(vif__qdisc_rows, msg->data, msg->len);
    fixpoint(vif__devlink_port_rows, msg->data, msg->len);
    insist(vif_nl_family(msg) == 0 || msg->type == 16);
    plain(msg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned char mem[512];
    vif_nl_exchange x;
    vif_nl_event event;
    vif_nl_msg msg;
    vif_error error;
    vif_buf buf;
    size_t at = 1, cut;
    unsigned answers = 0;
    if (size < 2) {
        return 0;
    }
    monitor(data + 1, size - 1);
    cut = data[0] >> 2 ? (size_t)(data[0] >> 2) * 16 : size;
    vif_buf_init(&buf, mem, sizeof mem);
    for (int i = 0; i <= (data[0] & 3); i++) {
        vif_nl_put_link_flags(&buf, 3, 1, 1);
    }
    insist(vif_nl_exchange_begin(&x, &buf, FUZZ_SEQ, FUZZ_PORT) == VIF_OK);
    while ((event = vif_nl_step(&x, &msg)) != VIF_NL_DONE) {
        if (event == VIF_NL_WANT_READ) {
            const size_t len = size - at < cut ? size - at : cut;
            unsigned char *copy;
            if (len == 0) {
                break;
            }
            copy = (unsigned char *)malloc(len);        /* exact, so that ASan sees one byte over */
            memcpy(copy, data + at, len);
            at += len;
            vif_nl_deliver(&x, copy, len, 0);
            while ((event = vif_nl_step(&x, &msg)) == VIF_NL_MESSAGE || event == VIF_NL_ANSWER) {
                insist(msg.request <= 3);
                if (event == VIF_NL_MESSAGE) {
                    message(&msg);
                } else {
                    answers += vif_nl_answer(&msg, &error) <= VIF_OK;
                    insist(memchr(error.text, 0, sizeof error.text) != NULL);
                }
            }
            free(copy);
            x.priv.left = 0;
        }
    }
    insist(answers <= 4 || size > 64);
    return 0;
}
