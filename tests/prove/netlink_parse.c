/* SPDX-License-Identifier: MIT
 * Every parser, on every message of up to N bytes behind its header, and on those too short to have one.
 * What it stores of one attribute is shown for any attribute of up to 36 bytes, which the walk of
 * netlink_walk.c may give; so nothing depends on how many there are.
 * parts: link addr nl_route neigh qdisc nl_bridge bridge_port vlan tun macvlan bond vxlan
 * options: -eva-slevel 3000
 * reached: 80
 * alarms: 0
 * defect: vlan s/default: return len == row->size/default: return len <= row->size/
 */
#include "prove.h"
#define VIF_IMPLEMENTATION
#define VIF_NO_POSIX
#include "vif_netlink.h"

#ifndef N
#define N LESS(8, 4)
#endif
#define CAT(a, b, c) CAT_(a, b, c)
#define CAT_(a, b, c) a##b##c

#if defined(PART_link)
#define NAME link
#elif defined(PART_addr)
#define NAME addr
#elif defined(PART_nl_route)
#define NAME nl_route
#elif defined(PART_neigh)
#define NAME neigh
#elif defined(PART_qdisc)
#define NAME qdisc
#elif defined(PART_nl_bridge)
#define NAME nl_bridge
#elif defined(PART_bridge_port)
#define NAME bridge_port
#elif defined(PART_vlan)
#define NAME vlan
#elif defined(PART_tun)
#define NAME tun
#elif defined(PART_macvlan)
#define NAME macvlan
#elif defined(PART_bond)
#define NAME bond
#else
#define NAME vxlan
#endif
#define ROWS CAT(vif__, NAME, _rows)

enum { HEADER = 20, ATTR = 36 };        /* no header is longer */
static unsigned char bytes[HEADER + N], content[ATTR];
static CAT(vif_, NAME,) out;

int main(void)
{
    const unsigned header = ROWS->size;
    const unsigned len = (unsigned)UPTO(header + N);
    vif_attr attr;

    if (ANY_BOOL()) {                   /* one attribute for each row */
        FILL(content);
        FILL(out);
        attr.type = (uint16_t)UPTO(0x3fff);
        attr.len = UPTO(ATTR);
        //@ split attr.len;
        attr.data = content + (ATTR - attr.len);
        for (unsigned i = 1; i <= ROWS->kind; i++) {
            if (ROWS[i].kind != VIF__K_HEAD) {
                (void)vif__nl_row_take(ROWS + i, (unsigned char *)&out, &attr);
            }
        }
        return 0;
    }
    FILL(bytes);
    //@ split len;
    (void)vif__nl_rows_parse(ROWS, &out, bytes + (HEADER + N - len), len);
    (void)vif__nl_rows_parse(ROWS, &out, NULL, 0);
    return 0;
}
