/* SPDX-License-Identifier: MIT
 * What reads single attributes, of any content: the settings of a link, VLANs of a port, an answer of
 * any length with its words.
 * before: any_attr.c
 * parts: settings vlans answer
 * reached: 70
 * alarms: 0
 * defect: settings s,which >= view.len / 4,which > view.len / 4,
 * defect: vlans s/attr.len == 4 \? vif__nl_u16\(attr.data/attr.len >= 3 ? vif__nl_u16(attr.data/
 * defect: answer s/msg->len >= 4 \? vif__nl_errno/msg->len >= 3 ? vif__nl_errno/
 */
#include "prove.h"
#define VIF_IMPLEMENTATION
#define VIF_NO_POSIX
#include "vif_netlink.h"

enum { ANSWER = 44, VLANS = 3 };        /* an answer: status, header, 24 bytes */
static unsigned char bytes[ANSWER];

int main(void)
{
    vif_bridge_vlan vlans[VLANS];
    vif_nl_msg msg;
    vif_link link;
    vif_error err;
    uint32_t value;

    FILL(bytes);
    FILL(msg);
    FILL(link);
    msg.len = UPTO(ANSWER);
    //@ split msg.len;
    msg.data = bytes + (ANSWER - msg.len);
    link.af_spec.data = msg.data;
    link.af_spec.len = msg.len;
#if defined(PART_settings)
    (void)vif_link_inet_conf(&link, (unsigned)UPTO(UINT32_MAX), &value);
    (void)vif_link_inet6_conf(&link, (unsigned)UPTO(UINT32_MAX), &value);
#elif defined(PART_vlans)
    (void)vif_link_bridge_vlans(&link, vlans, UPTO(VLANS));
#else
    (void)vif_nl_answer(&msg, ANY_BOOL() ? &err : NULL);
#endif
    return 0;
}
