/* SPDX-License-Identifier: MIT
 * Fuzz target: virtual switches as JSON, and a VIF in each of their port groups. The first byte
 * says how much memory there is, and with what options and verb they are planned. What is taken is
 * written as a text that reads back as the same; it has a plan, or is refused with a reason, in
 * plain ASCII; and a plan holds nothing that a link could not be called. */
#define VIF_STATIC
#include "vif.h"
#include <stdlib.h>
#include "words.h"
#include "twice.h"

static char memory[1 << 18], again[1 << 18], said[70000], text[VIF__SWITCH_TEXT + 1];

static void plan(const vif_subject *s, unsigned char mode)
{
    vif_options options;
    vif_plan_input in;

    memset(&options, 0, sizeof options);
    options.netns_fd.set = (mode & 1) != 0;
    options.port_vlan = (mode & 2) != 0 ? 5 : 0;
    memset(&in, 0, sizeof in);
    in.verb = (mode & 4) != 0 ? VIF_UNPLUG : VIF_PLUG;
    in.options = &options;
    in.owner = "local";
    in.plan = s->plan;
    in.object = s->object;
    in.id = s->id;
    plan_twice(&in);
}

/* What is written is read as what it was: the same text again, and no byte that a terminal would
 * obey. */
static void back(const vif_switch *sw)
{
    const size_t len = vif_switch_encode(sw, text, sizeof text);
    vif_switch copy;
    vif_arena arena;
    vif_error err;
    size_t i;

    MUST(len < sizeof text && strlen(text) == len);
    for (i = 0; i < len; i++) {
        MUST((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
    }
    vif_arena_init(&arena, again, sizeof again);
    MUST(vif_switch_decode(&arena, text, len, &copy, &err) == VIF_OK);
    MUST(vif_switch_encode(&copy, said, sizeof said) == len && strcmp(said, text) == 0);
    MUST(copy.group_count == sw->group_count && copy.uplinks.count == sw->uplinks.count);
}

static void plan_all(const vif_switch *sw, unsigned char mode)
{
    vif_member m;
    vif_subject s;
    vif_vif vif;
    size_t i;

    memset(&s, 0, sizeof s);
    s.plan = vif_switch_plan;
    s.object = sw;
    s.id = "switch";
    plan(&s, mode);
    vif_object_init(&vif, (mode & 8) != 0 ? VIF_CLASS_VIFBridge : VIF_CLASS_VIFGeneric);
    vif.base.id = "an-id";
    *((mode & 8) != 0 ? &vif.bridge.vif_name : &vif.generic.vif_name) = "tap0";
    memset(&m, 0, sizeof m);
    m.vif = &vif;
    m.sw = *sw;
    for (i = 0; i < sw->group_count && i < 4; i++) {
        m.group = &sw->groups[i];
        s = vif_member_subject(&m, NULL);
        plan(&s, mode);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const unsigned char mode = size > 0 ? data[0] : 0;
    char *json = (char *)malloc(size + 1);      /* exactly: what is read behind it shows */
    vif_switch sw;
    vif_arena arena;
    vif_error err;
    vif_status st;

    if (size > 1) {
        memcpy(json, data + 1, size - 1);
    }
    memset(&err, 0, sizeof err);
    vif_arena_init(&arena, memory, (mode & 0x80) != 0 ? (size_t)mode * 8 : sizeof memory);
    st = vif_switch_decode(&arena, json, size > 0 ? size - 1 : 0, &sw, &err);
    if (st != VIF_OK) {
        check_error(&err, st);
    } else {
        MUST(vif_switch_check(&sw, &err) == VIF_OK);
        back(&sw);
        plan_all(&sw, mode);
    }
    free(json);
    return 0;
}
