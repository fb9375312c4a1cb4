/* SPDX-License-Identifier: MIT
 * What reads a value of the OVSDB: the first one of any N bytes, its type, a step over its items, its
 * numbers. The bytes are any, not only JSON: more than the connection lets through.
 * parts: view next number
 * options: -eva-slevel 3000
 * reached: 60
 * alarms: 0
 * defect: next s/p \+= p < end \? 1 : 0;           /p += 1;/
 */
#include "prove.h"
#define VIF_IMPLEMENTATION
#define VIF_NO_POSIX
#include "vif_ovsdb.h"

#ifndef N
#define N 5
#endif
static char text[N];

int main(void)
{
    const size_t len = UPTO(N);
    vif_ovsdb_value value, key;

    FILL(text);
    //@ split len;
#if defined(PART_view)
    value = vif_ovsdb_view(text + (N - len), len);
    (void)vif_ovsdb_type(value);
    //@ check inside: value.len == 0 || text + 0 <= value.text <= text + N;
#elif defined(PART_next)
    vif_ovsdb_iter it;
    it.at = text + (N - len);
    it.left = len * 4 + UPTO(2);
    //@ split it.left;
    (void)vif_ovsdb_next(&it, &key, &value);
    //@ check end: it.at + it.left / 4 == text + N;
#else
    int64_t number;
    value.text = text + (N - len);
    value.len = len;
    (void)vif_ovsdb_int(value, &number);
#endif
    return 0;
}
