/* SPDX-License-Identifier: MIT
 * The virtual functions of a card: a whole message of any N bytes behind its header; and one attribute of a
 * function, of any type and of up to 12 bytes.
 * parts: message attribute
 * options: -eva-interprocedural-splits -eva-slevel 2000
 * reached: 60
 * alarms: 0
 * defect: message s/list = msg->len > 16 \? /list = msg->len > 0 ? /
 * defect: attribute s/view.len < 4u \+ row->size \|\|/view.len < 4u ||/
 */
#include "prove.h"
#define VIF_IMPLEMENTATION
#define VIF_NO_POSIX
#include "vif_netlink.h"

#ifndef N
#define N 12
#endif
enum { ATTR = 12 };

int main(void)
{
#ifdef PART_message
    static unsigned char bytes[16 + N];
    const size_t len = UPTO(16 + N);
    uint32_t number, count;
    vif_error err;
    vif_nl_msg msg;
    vif_vf vf;

    FILL(bytes);
    FILL(number);
    //@ split len;
    msg.type = 16;
    msg.flags = 0;
    msg.request = 0;
    msg.len = len;
    msg.data = bytes + (16 + N - len);
    (void)vif_vf_parse(&msg, number, &vf, &count, &err);
#else
    static unsigned char bytes[ATTR];
    const size_t len = UPTO(ATTR);
    static vif_vf vf;
    vif_attr attr;

    FILL(bytes);
    FILL(attr.type);
    //@ split len;
    attr.len = len;
    attr.data = bytes + (ATTR - len);
    vif__vf_take(&vf, attr);
#endif
    return 0;
}
