/* SPDX-License-Identifier: MIT
 * Fuzz target: NICs as JSON. The first byte says how much memory there is, and with what options
 * they are planned. What is taken has a plan, or is refused with a reason, in plain ASCII; a plan
 * holds nothing that a link could not be called, and is the same for whoever makes it again. */
#define VIF_STATIC
#include "vif.h"
#include <stdlib.h>
#include "words.h"
#include "twice.h"

static char memory[1 << 17];

/* An address of the pool, or (mode) none. */
static bool lease(void *user, const char *bridge, const vif_ip *pool, const char *tag, vif_ip *out)
{
    MUST(vif_ifname_check(bridge) == NULL && (pool->len == 4 || pool->len == 16) && tag[0] != '\0');
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

static void plan(vif_nic *nic, unsigned char mode)
{
    const vif_view view = {.link = no_link, .lease = lease, .user = &mode};
    vif_options options;
    vif_subject s;
    vif_plan_input in;

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
    plan_twice(&in);
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
        plan(&nics[i], mode);
    }
    free(text);
    return 0;
}
