/* SPDX-License-Identifier: MIT
 * One character of a string of JSON, escaped or not: any N bytes, JSON or not. What is left ends
 * where it did, so it holds for strings of any length.
 * options: -eva-interprocedural-splits -eva-slevel 2000
 * reached: 90
 * alarms: 0
 * defect: all s/while \(json.priv.text_len == 0 && p < end\)/while (json.priv.text_len == 0)/
 */
#include "prove.h"
#define VIF_IMPLEMENTATION
#define VIF_NO_POSIX
#include "vif_objects.h"

#ifndef N
#define N 12                            /* a pair of surrogates */
#endif
static char text[N];

int main(void)
{
    const size_t left = (size_t)Frama_C_interval(1, N);
    const char *p, *at;
    char to[8];
    size_t len;

    FILL(text);
    //@ split left;
    at = text + (N - left);
    p = vif_json_char(at, text + N, to, &len);
    //@ check progress: at + 1 <= p <= text + N;
    //@ check fits: len <= 4;
    return 0;
}
