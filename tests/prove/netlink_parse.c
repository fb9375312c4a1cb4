/* SPDX-License-Identifier: MIT
 * Every parser of a message or of a kind's attributes, on headers of any length and any attributes.
 * before: any_attr.c
 * parts: link addr nl_route neigh qdisc nl_bridge bridge_port vlan tun macvlan vxlan
 * options: -eva-slevel 5000 -eva-slevel-function vif__nl_rows_parse:60 -eva-split-return-function vif_attr_next:0:1
 * reached: 70
 * alarms: 0
 * defect: link s/len < rows->size\)/len + 1 < rows->size)/
 */
#include "prove.h"
#define VIF_IMPLEMENTATION
#define VIF_NO_POSIX
#include "vif_netlink.h"

enum { HEADER = 20 };                   /* none is longer */
static unsigned char bytes[HEADER];

#define MESSAGE(name) { static vif_##name out; FILL(out); (void)vif_##name##_parse(&msg, &out); }
#define VIEW(name) { static vif_##name out; FILL(out); (void)vif_##name##_parse(view, &out); }

int main(void)
{
    vif_nl_msg msg;
    vif_nl_view view;

    FILL(bytes);
    FILL(msg);
    msg.len = UPTO(HEADER);
    //@ split msg.len;
    msg.data = bytes + (HEADER - msg.len);
    view.data = msg.data;
    view.len = msg.len;
    if (ANY_BOOL()) {                   /* an absent view */
        view.data = NULL;
        view.len = 0;
    }
#if defined(PART_link)
    MESSAGE(link)
#elif defined(PART_addr)
    MESSAGE(addr)
#elif defined(PART_nl_route)
    MESSAGE(nl_route)
#elif defined(PART_neigh)
    MESSAGE(neigh)
#elif defined(PART_qdisc)
    MESSAGE(qdisc)
#elif defined(PART_nl_bridge)
    VIEW(nl_bridge)
#elif defined(PART_bridge_port)
    VIEW(bridge_port)
#elif defined(PART_vlan)
    VIEW(vlan)
#elif defined(PART_tun)
    VIEW(tun)
#elif defined(PART_macvlan)
    VIEW(macvlan)
#else
    VIEW(vxlan)
#endif
    return 0;
}
