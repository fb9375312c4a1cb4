/* SPDX-License-Identifier: MIT
 * One step over a note of the state directory: any bytes are the rest of the file, and what is left then
 * ends with it, so notes of any length.
 * options: -eva-slevel 2000
 * reached: 60
 * alarms: 0
 * defect: all s/len < 16 \|\| len > left->len/len < 16 || len > left->len + 1/
 */
#include "prove.h"
/* What Frama-C's libc lacks; nothing that is called here uses it. */
#define _IOW(type, number, of) 0u
#define _IOR(type, number, of) 0u
#define SOCK_CLOEXEC 0
#define SOCK_NONBLOCK 0
#define VIF_IMPLEMENTATION
#include "vif.h"

#ifndef N
#define N LESS(28, 20)
#endif
static unsigned char bytes[N];

int main(void)
{
    const size_t len = UPTO(N);
    vif_nl_view left;
    vif_nl_msg msg;

    FILL(bytes);
    //@ split len;
    left.data = bytes + (N - len);
    left.len = len;
    if (vif__note_next(&left, &msg)) {
        //@ check inside: msg.data + msg.len <= bytes + N;
    }
    //@ check end: left.data + left.len == bytes + N;
    return 0;
}
