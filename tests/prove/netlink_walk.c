/* SPDX-License-Identifier: MIT
 * One step of the walk over attributes, on every content of up to N bytes: an attribute lies within
 * them, and what is left ends where they do. any_attr.c gives its users just that.
 * options: -eva-slevel 100000 -eva-domains equality
 * reached: 95
 * alarms: 0
 * defect: all s/len < 4 \|\| len > \*left/len < 4 || len > *left + 1/
 */
#include "prove.h"
#define VIF_IMPLEMENTATION
#define VIF_NO_POSIX
#include "vif_netlink.h"

#ifndef N
#define N LESS(32, 24)
#endif
static unsigned char bytes[N];

int main(void)
{
    for (unsigned left = 0; left <= N; left++) {
        for (unsigned len = 0; len <= left + 1; len++) {
            const unsigned char *const start = bytes + (N - left), *at = start;
            size_t rest = left;
            vif_attr attr;
            bool malformed;

            FILL(bytes);
            if (left >= 4) {            /* every length there is: exactly, or all too long ones */
                const uint16_t wire = (uint16_t)(len <= left ? len : UPTO(65535 - len) + len);
                memcpy(bytes + (N - left), &wire, 2);
            }
            if (vif_attr_next(&at, &rest, &attr, &malformed)) {
                //@ check inside: attr.data == start + 4 && attr.len <= left - 4;
                //@ check end: at + rest == bytes + N;
                //@ check progress: at > start && rest < left;
                //@ check good: !malformed && attr.type <= 0x3fff;
            } else {
                //@ check same: at == start && rest == left;
                //@ check told: malformed || left == 0;
            }
        }
    }
    return 0;
}
