/* SPDX-License-Identifier: MIT
 * One step of an exchange: from any state in which what is left are the last bytes of the datagram, on
 * any N bytes. That holds again after the step, so it does for datagrams of any length.
 * parts: step begin
 * options: -eva-slevel 2000
 * reached: 60
 * alarms: 0
 * defect: step s/len < VIF__NLMSG_HEAD \|\| len > left/len < VIF__NLMSG_HEAD || len > left + 4/
 */
#include "prove.h"
#define VIF_IMPLEMENTATION
#define VIF_NO_POSIX
#include "vif_netlink.h"

#ifndef N
#define N 40
#endif
static unsigned char bytes[N];

int main(void)
{
    static vif_nl_exchange x;
    vif_nl_msg msg;

    FILL(bytes);
#ifdef PART_step
    FILL(x);
    x.finished = ANY_BOOL();
    x.interrupted = ANY_BOOL();
    x.left = UPTO(N);
    //@ split x.left;
    x.at = bytes + (N - x.left);
    (void)vif_nl_step(&x, &msg);
    //@ check end: x.at + x.left == bytes + N;
#else
    vif_buf requests;

    vif_buf_init(&requests, bytes, N);
    requests.len = UPTO(N);
    //@ split requests.len;
    (void)vif_nl_exchange_begin(&x, &requests, (uint32_t)UPTO(UINT32_MAX), (uint32_t)UPTO(UINT32_MAX));
#endif
    return 0;
}
