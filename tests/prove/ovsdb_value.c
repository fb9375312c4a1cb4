/* SPDX-License-Identifier: MIT
 * One step over the items of a value of the OVSDB: the list, the object or the list of pairs is any N
 * bytes, not only JSON. What is left ends where it did, so it holds for as many items as there are.
 * options: -eva-interprocedural-splits -eva-slevel 200
 * reached: 60
 * alarms: 0
 * defect: all s/p \+= p < end \? 1 : 0;           /p += 1;/
 */
#include "prove.h"
#define VIF_IMPLEMENTATION
#define VIF_NO_POSIX
#include "vif_ovsdb.h"

#ifndef N
#define N 4
#endif
static char text[N];

int main(void)
{
    const size_t len = UPTO(N);
    vif_ovsdb_value value, key;
    vif_ovsdb_iter it;


    FILL(text);
    //@ split len;
    it.at = text + (N - len);
    it.left = len * 4 + UPTO(2);
    //@ split it.left;
    (void)vif_ovsdb_next(&it, &key, &value);
    //@ check end: it.at + it.left / 4 == text + N;
    return 0;
}
