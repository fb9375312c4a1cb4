/* SPDX-License-Identifier: MIT
 * Fuzz target: arguments of the commands of networks, as JSON. The first byte says which command,
 * the second how much memory there is. What is read is planned, for plug and unplug, or refused
 * with a reason, in plain ASCII; a plan holds nothing that a link could not be called, and says
 * which bridge it comes to. */
#define VIF_STATIC
#include "vif.h"
#include <stdlib.h>
#include "words.h"

static char memory[1 << 16], said[1 << 16];

static void plan(vif_arena *arena, const vif_net *net, vif_verb verb)
{
    vif_options options;
    vif_plan_input in;
    vif_plan p;
    vif_error err;
    vif_status st;
    size_t i;

    memset(&options, 0, sizeof options);
    memset(&in, 0, sizeof in);
    memset(&err, 0, sizeof err);
    in.verb = verb;
    in.options = &options;
    in.owner = "local";
    in.plan = vif_net_plan;
    in.object = net;
    in.id = "net:x";
    st = vif_plan_make(&p, arena, &in, &err);
    if (st != VIF_OK) {
        check_error(&err, st);
        MUST(p.count == 0 && err.text[0] != '\0');
        return;
    }
    MUST(p.count > 0 && (p.bridge != NULL || verb == VIF_UNPLUG));
    for (i = 0; i < p.count; i++) {
        MUST(p.items[i].link[0] == '\0' || vif_ifname_check(p.items[i].link) == NULL);
        MUST(p.items[i].other[0] == '\0' || vif_ifname_check(p.items[i].other) == NULL);
    }
    (void)vif_plan_print(&p, said, sizeof said);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static vif__net_args args;
    const size_t count = sizeof vif__net_verbs / sizeof *vif__net_verbs;
    const struct vif__net_verb *v = &vif__net_verbs[size > 0 ? data[0] % count : 0];
    const size_t head = size < 2 ? size : 2;
    const size_t room = size > 1 && data[1] < 128 ? (size_t)data[1] * 64 : sizeof memory;
    char *text = (char *)malloc(size - head + 1);       /* exactly: what is read behind it shows */
    vif_net_command command;
    vif_ovsdb_txn t;
    vif_arena arena;
    vif_error err;
    vif_status st;

    memcpy(text, data + head, size - head);
    command.name = v->name;
    command.args = text;
    command.len = size - head;
    memset(&err, 0, sizeof err);
    vif_arena_init(&arena, memory, room);
    st = vif__net_read(&arena, &command, &args, &err);
    if (st != VIF_OK) {
        check_error(&err, st);
    } else if (v->verb == VIF_CHECK) {
        const vif_ovs_row row = {args.table, args.record, args.set.items, args.set.count};

        vif_ovsdb_begin(&t, said, sizeof said, "Open_vSwitch");
        if (vif_has_text(row.table) && vif_has_text(row.record)) {
            MUST(vif__ovs_put_row(&t, &row) <= 2);
        }
    } else {
        vif__net_fill(&args.net, v, &args, &arena);
        plan(&arena, &args.net, VIF_PLUG);
        plan(&arena, &args.net, VIF_UNPLUG);
    }
    free(text);
    return 0;
}
