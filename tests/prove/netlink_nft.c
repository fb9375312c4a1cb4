/* SPDX-License-Identifier: MIT
 * What the kernel has of nftables: one message of a reply, of any N bytes, a part for each of what
 * is asked for. Of its attributes any is found.
 * before: any_attr.c
 * parts: table chain rule
 * options: -eva-interprocedural-splits -eva-slevel 5000
 * reached: 60
 * alarms: 0
 * defect: rule s/v.len != len \|\| memcmp/memcmp/
 * defect: table s/if \(msg->len < 4\) \{                 /if (msg->len < 3) {/
 */
#include "prove.h"
/* What Frama-C's libc lacks of the system's calls, of which none is reached. */
#define _IOW(type, number, size) 0
#define _IOR(type, number, size) 0
#define SOCK_CLOEXEC 0
#define VIF_IMPLEMENTATION
#include "vif_netlink.h"

#ifndef N
#ifdef PART_rule
#define N LESS(44, 24)                       /* its comment has up to 18 bytes here */
#else
#define N LESS(12, 8)
#endif
#endif
static unsigned char bytes[N];

/* Numbers of as many digits are looked at together. */
#define DIGITS(number) \
    if ((number) < 10) { number += 0; } else if ((number) < 100) { number += 0; }

int main(void)
{
    const size_t len = UPTO(N);
    static vif_nft_rules rules;
    static vif__nft_job job;
    vif_nl_msg msg;

    FILL(bytes);
    FILL(job.hash);
    FILL(msg.request);
    job.count = (uint32_t)UPTO(999);
    DIGITS(job.count);
    job.at = (uint32_t)UPTO(999);
    DIGITS(job.at);
    job.at--;                           /* it is counted on */
    job.rules = &rules;
    //@ split len;
#if defined(PART_table)
    msg.type = VIF__NFT_NEWTABLE;
#elif defined(PART_chain)
    msg.type = VIF__NFT_NEWCHAIN;
#else
    msg.type = VIF__NFT_NEWRULE;
#endif
    msg.flags = 0;
    msg.len = len;
    msg.data = bytes + (N - len);
    vif__nft_note(&job, &msg);
    return 0;
}
