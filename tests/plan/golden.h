/* SPDX-License-Identifier: MIT
 * golden.h: the plans of one VIF, as text, by the plugin that PLUGIN names; the host is a table.
 * Include it behind vif.h. */
#ifndef GOLDEN_H_INCLUDED
#define GOLDEN_H_INCLUDED
#include "plan/table.h"

#define VIF_ID "dc065497-3c8d-4f44-8fb4-e1d33c16a536"

static vif_vif vif;
static vif_network network;
static vif_instance_info instance;
static vif_options options;
static bool bare;                       /* the host has no sysfs */
static vif_plan plan;
static vif_error err;
static char text[4096];

static vif_status make(vif_verb verb)
{
    static char memory[32768];
    static vif_arena arena;
    const vif_view view = {.link = view_link, .user = table, .sysfs = view_sysfs,
                           .sysfs_list = view_sysfs_list, .notes = view_notes};
    const vif_view none = {.link = view_link, .user = table};
    vif_plan_input in;
    memset(&in, 0, sizeof in);
    in.verb = verb;
    in.vif = &vif;
    in.instance = &instance;
    in.options = &options;
    in.view = bare ? &none : &view;
    in.owner = "local";
    memset(&err, 0, sizeof err);
    vif_arena_init(&arena, memory, sizeof memory);
    return vif_plan_make(&plan, &arena, &in, &err);
}

static void golden(vif_verb verb, const char *want)
{
    const vif_status st = make(verb);
    if (st != VIF_OK) {
        CHECK_FAIL("%s %s: %s", vif_status_name(st), err.where, err.text);
        return;
    }
    CHECK_STR(plan.plugin, PLUGIN);
    CHECK_INT(vif_plan_print(&plan, text, sizeof text), strlen(text));
    CHECK_STR(text, want);
}

static void refuses(vif_status status, const char *where, const char *words)
{
    CHECK_INT(make(VIF_PLUG), status);
    CHECK_STR(err.where, where);
    CHECK_HAS(err.text, words);
    CHECK_INT(plan.count, 0);
}
#endif
