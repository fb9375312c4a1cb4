/* SPDX-License-Identifier: MIT
 * Fuzz target: NICs as JSON. The first byte says how much memory there is, and with what options
 * they are planned. What is taken has a plan, or is refused with a reason, in plain ASCII; a plan
 * holds nothing that a link could not be called, and is the same for whoever makes it again. */
#define VIF_IMPLEMENTATION
#include "vif.h"
#include <stdlib.h>
#include "words.h"

static char memory[1 << 17], said[2][16384];

/* An address of the pool, or (mode) none. */
static bool lease(void *user, const char *bridge, const vif_ip *pool, const char *tag, vif_ip *out)
{
    MUST(vif_ifname_check(bridge) == NULL && pool->len == 4 && tag[0] != '\0');
    return vif__lease_nth(pool, tag, *(const unsigned char *)user, out);
}

static const vif_link_info *no_link(void *user, const char *name)
{
    static vif_link_info none;

    (void)user;
    memset(&none, 0, sizeof none);
    vif__name_copy(none.name, name);
    vif__name_copy(none.kind, "bridge");
    none.index = name[0] == 'n' ? 0 : 7;
    return &none;
}

static void plan(vif_arena *arena, vif_nic *nic, unsigned char mode)
{
    const vif_view view = {.link = no_link, .lease = lease, .user = &mode};
    vif_options options;
    vif_subject s;
    vif_plan_input in;
    vif_plan p;
    vif_error err;
    vif_status st;
    size_t i, round;

    memset(&options, 0, sizeof options);
    options.netns_fd.set = (mode & 1) != 0;
    options.port_spoofchk = (mode & 2) != 0 ? VIF_TRUE : VIF_BOOL_UNSET;
    s = vif_nic_subject(nic, &options);
    memset(&in, 0, sizeof in);
    in.verb = (mode & 4) != 0 ? VIF_UNPLUG : VIF_PLUG;
    in.options = &options;
    in.view = (mode & 8) != 0 ? &view : NULL;
    in.owner = "local";
    in.plan = s.plan;
    in.object = s.object;
    in.id = s.id;
    for (round = 0; round < 2; round++) {
        memset(&err, 0, sizeof err);
        st = vif_plan_make(&p, arena, &in, &err);
        if (st != VIF_OK) {
            check_error(&err, st);
            MUST(p.count == 0 && err.text[0] != '\0');
            return;
        }
        for (i = 0; i < p.count; i++) {
            MUST(p.items[i].link[0] == '\0' || vif_ifname_check(p.items[i].link) == NULL);
            MUST(p.items[i].other[0] == '\0' || vif_ifname_check(p.items[i].other) == NULL);
        }
        MUST(vif_plan_print(&p, said[round], sizeof said[round]) == strlen(said[round]) ||
             strlen(said[round]) == sizeof said[round] - 1);
    }
    MUST(strcmp(said[0], said[1]) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static vif_nic nics[8];
    const unsigned char mode = size > 0 ? data[0] : 0;
    char *text = (char *)malloc(size + 1);      /* exactly: what is read behind it shows */
    const vif_nic_desc d = {text, size > 0 ? size - 1 : 0, "17"};
    vif_arena arena;
    vif_error err;
    vif_status st;
    size_t count = 8, i;

    if (size > 1) {
        memcpy(text, data + 1, size - 1);
    }
    memset(&err, 0, sizeof err);
    vif_arena_init(&arena, memory, (mode & 0x80) != 0 ? (size_t)mode * 8 : sizeof memory);
    st = vif_nic_decode(&arena, &d, nics, &count, &err);
    if (st != VIF_OK) {
        check_error(&err, st);
    }
    for (i = 0; st == VIF_OK && i < count; i++) {
        MUST(vif_nic_check(&nics[i], 1, &err) == VIF_OK);
        plan(&arena, &nics[i], mode);
    }
    free(text);
    return 0;
}
