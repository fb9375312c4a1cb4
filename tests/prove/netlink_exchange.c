/* SPDX-License-Identifier: MIT
 * One step of an exchange: from any state in which what is left are the last bytes of the
 * datagram, on any N bytes. That holds again after the step, so it does for datagrams of any
 * length.
 * before: any_answer.c
 * parts: step begin
 * options: -eva-interprocedural-splits -eva-slevel 2000
 * reached: 60
 * alarms: 0
 * defect: step s/len < VIF__NLMSG_HEAD \|\| len > left/len < VIF__NLMSG_HEAD || len > left + 4/
 */
#include "prove.h"
#define VIF_IMPLEMENTATION
#define VIF_NO_POSIX
#include "vif_netlink.h"

#ifndef N
#define N 28
#endif
static unsigned char bytes[N];

static uint32_t any(void)
{
    uint32_t n;
    FILL(n);
    return n;
}

int main(void)
{
    static vif_nl_exchange x;
    vif_nl_msg msg;

    FILL(bytes);
#ifdef PART_step
    FILL(x);
    x.priv.finished = ANY_BOOL();
    x.priv.interrupted = ANY_BOOL();
    x.priv.left = UPTO(N);
    //@ split x.priv.left;
    x.priv.at = bytes + (N - x.priv.left);
    (void)vif_nl_step(&x, &msg);
    //@ check end: x.priv.at + x.priv.left == bytes + N;
#else
    vif_buf requests;

    vif_buf_init(&requests, bytes, N);
    requests.len = UPTO(N);
    //@ split requests.len;
    (void)vif_nl_exchange_begin(&x, &requests, any(), any());
#endif
    return 0;
}
