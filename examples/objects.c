/* SPDX-License-Identifier: MIT
 * The objects alone: reads a VIF, shows it on stderr, sets its network's MTU, writes it.
 *     cc -I. examples/objects.c -o objects && ./objects 9000 <tests/fixtures/vifs/ovs.json */
#define VIF_IMPLEMENTATION
#include "vif_objects.h"
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    static char text[65536], lines[65536], memory[65536];
    const size_t len = fread(text, 1, sizeof text, stdin);
    vif_arena arena;
    vif_object *object;
    vif_json_out out;
    vif_error err;
    vif_network network;
    vif_base *vif;

    vif_arena_init(&arena, memory, sizeof memory);
    if (vif_decode(&arena, text, len, &object, &err) != VIF_OK) {
        fprintf(stderr, "byte %u: %s: %s\n", (unsigned)err.offset, err.where, err.text);
        return 1;
    }
    vif_print(object, lines, sizeof lines);
    fputs(lines, stderr);
    if (vif_as_vif(object) == NULL || !vif_has(vif_as_vif(object)->base.network)) {
        return fputs("not a VIF with a network\n", stderr), 1;
    }
    vif = (vif_base *)(void *)object;               /* every VIF starts as VIFBase does */
    network = *vif->network;                        /* what it points to is not to be written to */
    network.mtu = vif_int_of(argc > 1 ? atol(argv[1]) : 1500);
    vif->network = &network;
    vif_json_out_init(&out, text, sizeof text);     /* the object has nothing in the text */
    if (vif_encode(&vif->object, NULL, &out, &err) != VIF_OK) {
        fprintf(stderr, "%s: %s\n", err.where, err.text);
        return 1;
    }
    return printf("%.*s\n", (int)out.len, text) < 0;
}
