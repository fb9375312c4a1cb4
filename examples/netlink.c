/* SPDX-License-Identifier: MIT
 * netlink.c: vif_netlink.h alone. Makes a veth pair, says what the kernel made of it, deletes it.
 *   cc -I. examples/netlink.c -o netlink && unshare -Urn ./netlink */
#define VIF_IMPLEMENTATION
#include "vif_netlink.h"
#include <stdio.h>

static unsigned char room[32768];       /* answers are received here */

int main(void)
{
    unsigned char mem[512];             /* requests are built here */
    vif_link outer = { 0 }, peer = { 0 };
    vif_nl_desc desc = { 0 };
    vif_error err = { 0 };
    vif_buf req;
    vif_nl nl;

    desc.buffer = room;
    desc.buffer_cap = sizeof room;
    (void)vif_link_set_name(&outer, "veth0");
    (void)vif_link_set_name(&peer, "veth1");
    VIF_SET(&outer, VIF_LINK_MTU, mtu, 9000);
    VIF_SET(&peer, VIF_LINK_MTU, mtu, 9000);
    vif_buf_init(&req, mem, sizeof mem);
    vif_nl_put_veth(&req, 0, &outer, &peer);
    if (vif_nl_open(&nl, &desc, &err) == VIF_OK &&
        vif_nl_link_new(&nl, &req, &outer, &err) == VIF_OK) {
        printf("%s: index %d, MTU %u, kind %s, in %u round trip\n", outer.name, (int)outer.index,
               (unsigned)outer.mtu, outer.kind, (unsigned)nl.count.datagrams_sent);
        (void)!vif_nl_link_delete(&nl, outer.index, &err);
    }
    if (err.status != VIF_OK) {
        fprintf(stderr, "status %d, errno %d: %s\n", (int)err.status, err.sys_errno, err.text);
    }
    vif_nl_close(&nl);
    return err.status != VIF_OK;
}
