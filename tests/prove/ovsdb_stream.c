/* SPDX-License-Identifier: MIT
 * The stream of a connection, one step from any state in which its marks are in order: what has
 * come is looked through for the end of a message; more comes, for a buffer of N bytes that cannot
 * grow.
 * before: any_token.c
 * parts: scan deliver
 * options: -eva-interprocedural-splits -eva-slevel 200 -eva-auto-loop-unroll 4
 * reached: 60
 * alarms: 0
 * defect: scan s/scan, at, \(size_t\)\(end - at\)\)/scan, at, (size_t)(end - at) + 1)/
 * defect: deliver s/room = room < len - taken \? room : len - taken;/room = len - taken;/
 */
#include "prove.h"
#define VIF_IMPLEMENTATION
#define VIF_NO_POSIX
#include "vif_ovsdb.h"

#ifndef N
#define N LESS(2, 1)
#endif
static unsigned char bytes[N], more[N + 2];
static vif_ovsdb db;

int main(void)
{
    vif_ovsdb_buffer *const in = &db.priv.in;
    const size_t len = UPTO(N), scanned = UPTO(N), at = UPTO(N), message = UPTO(N);

    FILL(bytes);
    FILL(more);
    //@ split len;
    //@ split at;
    //@ split scanned;
    if (at > scanned || scanned > len) {
        return 0;
    }
    in->data = bytes;
    in->cap = N;
    in->at = at;
    in->len = len;
    vif_json_init_scan(&db.priv.scan);
    db.priv.scan.priv.base = (uint32_t)(scanned - at);
    db.priv.scanned = scanned;
    db.priv.depth = ANY_BOOL() ? 1 : 0;
    db.priv.desc.max_message = N;
#ifdef PART_scan
    (void)vif__db_scan(&db);
#else
    //@ split message;
    if (message > len - at) {
        return 0;
    }
    db.priv.message = message;
    db.priv.now.given = message > 0 && ANY_BOOL();
    const size_t come = UPTO(N + 2);

    //@ split come;
    (void)vif_ovsdb_deliver(&db, more, come);
#endif
    return 0;
}
