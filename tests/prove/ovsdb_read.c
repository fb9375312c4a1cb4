/* SPDX-License-Identifier: MIT
 * What is read of a value of the OVSDB: a string into room of any size, a string that is compared,
 * a number, a reference, the results of a transaction. The value is any N bytes, JSON or not.
 * before: any_item.c
 * parts: text is int uuid results
 * options: -eva-interprocedural-splits -eva-slevel 300 -eva-auto-loop-unroll 6
 * reached: 60
 * alarms: 0
 * defect: text s/vif__db_decode\(value, out, cap - 1/vif__db_decode(value, out, cap/
 * defect: uuid s/one.len != 38 \|\| /one.len < 30 || /
 * defect: results s/if \(op <= ops\) \{  /if (true) {  /
 */
#include "prove.h"
#define VIF_IMPLEMENTATION
#define VIF_NO_POSIX
#include "vif_ovsdb.h"

#ifndef N
#if defined(PART_uuid)
#define N 40
#else
#define N LESS(6, 4)
#endif
#endif
static char text[N];

int main(void)
{
    const size_t len = UPTO(N);
    vif_ovsdb_value value;

    FILL(text);
    //@ split len;
    value.text = text + (N - len);
    value.len = len;
#if defined(PART_text)
    static char to[N];
    const size_t cap = (size_t)Frama_C_interval(1, N);

    //@ split cap;
    (void)vif_ovsdb_text(value, to + (N - cap), cap);
#elif defined(PART_is)
    (void)vif_ovsdb_is(value, "ab");
#elif defined(PART_int)
    int64_t number;

    (void)vif_ovsdb_int(value, &number);
#elif defined(PART_uuid)
    char uuid[37];

    (void)vif_ovsdb_uuid(value, uuid);
#else
    vif_ovsdb_event reply;
    vif_error err;

    memset(&reply, 0, sizeof reply);
    reply.type = VIF_OVSDB_REPLY;
    reply.result = value;
    if (ANY_BOOL()) {
        reply.error = value;
    }
    (void)vif_ovsdb_check(&reply, (int)UPTO(3), &err);
#endif
    return 0;
}
