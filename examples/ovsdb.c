/* SPDX-License-Identifier: MIT
 * ovsdb.c: vif_ovsdb.h alone. Lists the bridges of an Open vSwitch, and their ports' number.
 *   cc -I. examples/ovsdb.c -o ovsdb && ./ovsdb unix:/run/openvswitch/db.sock */
#define VIF_IMPLEMENTATION
#include "vif_ovsdb.h"
#include <stdio.h>

static char in[32768], out[16384];      /* the connection's; nothing else is allocated */

int main(int argc, char **argv)
{
    char text[512], name[64];
    vif_ovsdb_desc desc = vif_ovsdb_desc_default();
    vif_error err = { 0 };
    vif_ovsdb_event reply;
    vif_ovsdb_value row;
    vif_ovsdb_txn txn;
    vif_ovsdb db;

    desc.remote = argc > 1 ? argv[1] : "unix:/run/openvswitch/db.sock";
    desc.in = in;
    desc.in_cap = sizeof in;
    desc.out = out;
    desc.out_cap = sizeof out;
    vif_ovsdb_begin(&txn, text, sizeof text, "Open_vSwitch");
    const int bridges = vif_ovsdb_select(&txn, "Bridge");
    vif_ovsdb_column(&txn, "name");
    vif_ovsdb_column(&txn, "ports");
    if (vif_ovsdb_open(&db, &desc, &err) != VIF_OK ||
        vif_ovsdb_call(&db, &txn, vif_ovsdb_now(&db) + 5000, &reply, &err) != VIF_OK) {
        fprintf(stderr, "%s: %s\n", err.where, err.text);
        return 1;
    }
    for (vif_ovsdb_iter it = vif_ovsdb_rows(&reply, bridges); vif_ovsdb_next(&it, NULL, &row);) {
        (void)vif_ovsdb_text(vif_ovsdb_member(row, "name"), name, sizeof name);
        printf("%s: %d ports\n", name, (int)vif_ovsdb_count(vif_ovsdb_member(row, "ports")));
    }
    vif_ovsdb_close(&db);
    return 0;
}
