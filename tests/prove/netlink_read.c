/* SPDX-License-Identifier: MIT
 * What reads single attributes out of any N bytes: the settings of a link, the VLANs of a port, in
 * both forms that the kernel has of them.
 * parts: settings vlans ranges
 * options: -eva-interprocedural-splits -eva-slevel 2000
 * reached: 70
 * alarms: 0
 * defect: settings s,which >= view.len / 4,which > view.len / 4,
 * defect: ranges s/info.len != 4/info.len < 2/
 * defect: vlans s/attr.len == 4 \? vif__nl_u16\(attr.data \+ 2/attr.len >= 3 ? vif__nl_u16(attr.data + 2/
 */
#include "prove.h"
#define VIF_IMPLEMENTATION
#define VIF_NO_POSIX
#include "vif_netlink.h"

#ifndef N
#define N 12
#endif
enum { VLANS = 2 };
static unsigned char bytes[N];

static unsigned any(void)
{
    unsigned n;
    FILL(n);
    return n;
}

int main(void)
{
    static vif_bridge_vlan vlans[VLANS];
    static vif_link link;
    uint32_t value;

    FILL(bytes);
    link.present = VIF_LINK_AF_SPEC;
    link.af_spec.len = UPTO(N);
    //@ split link.af_spec.len;
    link.af_spec.data = bytes + (N - link.af_spec.len);
#ifdef PART_settings
    (void)vif_link_inet_conf(&link, any(), &value);
    (void)vif_link_inet6_conf(&link, any(), &value);
#elif defined(PART_ranges)
    //@ loop unroll N;
    while (vif_bridge_vlan_next(&link.af_spec, vlans)) {
    }
#else
    (void)vif_link_bridge_vlans(&link, vlans, UPTO(VLANS));
#endif
    return 0;
}
