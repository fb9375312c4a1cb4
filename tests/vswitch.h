/* SPDX-License-Identifier: MIT
 * vswitch.h: what the tests of virtual switches share, whatever carries them: switches as text,
 * VIFs in port groups. A test has `host` and `err` before it includes this. */
#ifndef VSWITCH_H_INCLUDED
#define VSWITCH_H_INCLUDED

static vif_host *vs_host = &host;       /* which of several */
static vif_arena vs_arena;
static unsigned char vs_room[1 << 21];

static const vif_switch *vs_read(const char *json)
{
    static vif_switch sw;
    memset(&err, 0, sizeof err);
    vif_arena_init(&vs_arena, vs_room, sizeof vs_room);
    if (vif_switch_decode(&vs_arena, json, strlen(json), &sw, &err) != VIF_OK) {
        CHECK_FAIL("%s: %s: %s", json, err.where, err.text);
    }
    return &sw;
}

/* A text with ' for ", as C has it in its own way. */
static const char *vs_text(const char *text)
{
    static char json[8][16384];
    static int n;
    char *to = json[n = (n + 1) % 8];
    snprintf(to, sizeof json[0], "%s", text);
    for (char *p = to; *p; p++) {
        *p = *p == '\'' ? '"' : *p;
    }
    return to;
}

static vif_status define(const char *text)
{
    return vif_switch_define(vs_host, vs_read(vs_text(text)), &err);
}

static vif_status edit(const char *text)
{
    return vif_switch_edit(vs_host, vs_read(vs_text(text)), &err);
}

static vif_status undefine(const char *name)
{
    memset(&err, 0, sizeof err);
    return vif_switch_undefine(vs_host, name, &err);
}

/* All switches of the host as text, a line each, with ' for ". */
static const char *vs_list(void)
{
    static char text[65536];
    vif_switches all;
    memset(&err, 0, sizeof err);
    text[0] = '\0';
    vif_arena_init(&vs_arena, vs_room, sizeof vs_room);
    if (vif_switch_list(vs_host, &vs_arena, &all, &err) != VIF_OK) {
        snprintf(text, sizeof text, "%s: %s: %s", vif_status_name(err.status), err.where, err.text);
        return text;
    }
    for (size_t i = 0, len = 0; i < all.count && len < sizeof text - 2; i++) {
        vif_switch sw = all.items[i];
        CHECK(vif_has_text(sw.revision));
        sw.revision = NULL;
        len += vif_switch_encode(&sw, text + len, sizeof text - len - 1);
        strcpy(text + len++, "\n");
    }
    for (char *p = text; *p; p++) {
        *p = *p == '"' ? '\'' : *p;
    }
    return text;
}

/* The switch as it is kept, in the arena, to be edited; returns its group of that name. NULL: there
 * is none. */
static vif_port_group *vs_seen(const char *name, const char *group, vif_switch *sw)
{
    vif_port_group *groups;
    vif_switches all;
    memset(&err, 0, sizeof err);
    vif_arena_init(&vs_arena, vs_room, sizeof vs_room);
    if (vif_switch_list(vs_host, &vs_arena, &all, &err) != VIF_OK) {
        return NULL;
    }
    for (size_t i = 0; i < all.count; i++) {
        if (strcmp(all.items[i].name, name) == 0) {
            *sw = all.items[i];
            groups = (vif_port_group *)vif_arena_alloc(&vs_arena, sw->group_count * sizeof *groups);
            memcpy(groups, sw->groups, sw->group_count * sizeof *groups);
            sw->groups = groups;
            for (size_t k = 0; k < sw->group_count; k++) {
                if (strcmp(groups[k].name, group) == 0) {
                    return &groups[k];
                }
            }
        }
    }
    return NULL;
}

/* Reads the switch vs0, adds 1000 to what its group says, and edits it, `times` times; how often it
 * had to read again, or -1. Whoever else does so has another group. */
static int vs_count_up(const char *group, int times, bool blind)
{
    int again = 0;
    while (times > 0) {
        vif_switch sw;
        vif_port_group *g = vs_seen("vs0", group, &sw);
        vif_status st;
        if (g == NULL) {
            printf("# list: %s: %s\n", err.where, err.text);
            return -1;
        }
        g->policy.in_bps = vif_int_of(g->policy.in_bps.value + 1000);
        if (blind) {
            sw.revision = NULL;
        }
        st = vif_switch_edit(vs_host, &sw, &err);
        if (st != VIF_OK && (st != VIF_E_CONFLICT || blind)) {
            printf("# edit: %s: %s: %s\n", vif_status_name(st), err.where, err.text);
            return -1;
        }
        times -= st == VIF_OK;
        again += st != VIF_OK;
    }
    return again;
}

/* Its ports, as "tap0=vif(web) eth1=uplink ". */
static const char *vs_ports(const char *name)
{
    static const char *const roles[] = {"vif", "uplink", "host", "foreign"};
    static char text[8192];
    vif_switch_ports ports;
    memset(&err, 0, sizeof err);
    text[0] = '\0';
    vif_arena_init(&vs_arena, vs_room, sizeof vs_room);
    if (vif_switch_port_list(vs_host, &vs_arena, name, &ports, &err) != VIF_OK) {
        snprintf(text, sizeof text, "%s: %s: %s", vif_status_name(err.status), err.where, err.text);
        return text;
    }
    for (size_t i = 0; i < ports.count && strlen(text) < sizeof text - 200; i++) {
        const vif_switch_port *p = &ports.items[i];
        snprintf(text + strlen(text), 200, "%s=%s%s%s%s ", p->name, roles[p->role],
                 p->role == VIF_PORT_OF_VIF ? "(" : "", p->group,
                 p->role == VIF_PORT_OF_VIF ? ")" : "");
    }
    return text;
}

/* ---- VIFs in port groups --------------------------------------------------------------------- */

typedef struct vs_member {
    vif_vif vif;
    vif_network network;
    vif_member member;
    vif_options options;
    vif_arena arena;
    char id[40], name[16], mac[18];
    unsigned char room[16384];
} vs_member;

/* Number n, a tap "m<n>". */
static void vs_vif(vs_member *m, unsigned n)
{
    memset(m, 0, offsetof(vs_member, room));
    snprintf(m->id, sizeof m->id, "%08x-0000-4000-8000-000000000000", n);
    snprintf(m->name, sizeof m->name, "m%u", n);
    snprintf(m->mac, sizeof m->mac, "02:00:00:00:%02x:%02x", n >> 8 & 255, n & 255);
    vif_object_init(&m->vif, VIF_CLASS_VIFGeneric);
    vif_object_init(&m->network, VIF_CLASS_Network);
    m->vif.base.network = &m->network;
    m->vif.base.id = m->id;
    m->vif.base.address = m->mac;
    m->vif.generic.vif_name = m->name;
    m->member.vif = &m->vif;
}

static vif_status vs_find(vs_member *m, const char *group)
{
    memset(&err, 0, sizeof err);
    vif_arena_init_hook(&m->arena, m->room, sizeof m->room, vs_host->desc.resize,
                        vs_host->desc.resize_user);
    return vif_port_group_find(vs_host, &m->arena, group, &m->member, &err);
}

static vif_difference vs_differences[16];
static vif_result vs_result;

static vif_status vs_verb(vs_member *m, vif_verb verb)
{
    vif_subject s = vif_member_subject(&m->member, &m->options);
    vif_job_desc d;
    memset(&d, 0, sizeof d);
    memset(&err, 0, sizeof err);
    memset(&vs_result, 0, sizeof vs_result);
    s.differences = vs_differences;
    s.difference_cap = 16;
    d.verb = verb;
    d.subjects = &s;
    d.count = 1;
    d.results = &vs_result;
    return vif_verb_many(vs_host, &d, &err);
}

__attribute__((unused)) static bool vs_differs(const char *attribute, const char *wanted,
                                               const char *found)
{
    for (size_t i = 0; i < vs_result.differences && i < 16; i++) {
        const vif_difference *d = &vs_differences[i];
        if (strcmp(d->attribute, attribute) == 0 && strcmp(d->wanted, wanted) == 0 &&
            strcmp(d->found, found) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < vs_result.differences && i < 16; i++) {
        printf("# %s %s: wanted %s, found %s\n", vs_differences[i].resource,
               vs_differences[i].attribute, vs_differences[i].wanted, vs_differences[i].found);
    }
    return false;
}

static vif_status vs_plug(vs_member *m, unsigned n, const char *group)
{
    vif_status st;
    vs_vif(m, n);
    st = vs_find(m, group);
    st = st == VIF_OK ? vs_verb(m, VIF_PLUG) : st;
    if (st != VIF_OK) {
        vif_arena_free(&m->arena);
    }
    return st;
}

static vif_status vs_unplug(vs_member *m)
{
    const vif_status st = vs_verb(m, VIF_UNPLUG);
    vif_arena_free(&m->arena);
    return st;
}

/* ---- watching them --------------------------------------------------------------------------- */

static vif_watch vs_watch;
static vif_subject vs_watched[2];
static vif_result vs_outcomes[2];
static vif_difference vs_found[2][8];

/* What the watch says until it has said nothing for two seconds: "0 right. 1 m2 rate. ". Of
 * several differences one is told, and of several words of one member the last. */
static const char *vs_news(void)
{
    static char text[400];
    char last[2][160] = {"", ""};
    size_t n;
    for (int quiet = 0; quiet < 200; quiet++) {
        while (vif_watch_step(&vs_watch, &n)) {
            const vif_result *o = &vs_outcomes[n];
            snprintf(last[n], sizeof last[n], "%zu %s. ", n, o->status == VIF_OK ? "right"
                     : o->status != VIF_E_DIFFERENT ? vif_status_name(o->status)
                     : vs_found[n][0].resource);
            quiet = 0;
        }
        usleep(10000);
    }
    CHECK_INT(vs_watch.error.status, VIF_OK);
    snprintf(text, sizeof text, "%s%s", last[0], last[1]);
    return text;
}

/* Members 1 and 2 are plugged into the groups, and watched. */
static bool vs_watch_two(vs_member *m, vs_member *other, const char *group, const char *second)
{
    vif_watch_desc w;
    memset(&w, 0, sizeof w);
    if (vs_plug(m, 1, group) != VIF_OK || vs_plug(other, 2, second) != VIF_OK) {
        return false;
    }
    for (int i = 0; i < 2; i++) {
        vs_member *one = i == 0 ? m : other;
        vs_watched[i] = vif_member_subject(&one->member, &one->options);
        vs_watched[i].differences = vs_found[i];
        vs_watched[i].difference_cap = 8;
    }
    w.subjects = vs_watched;
    w.results = vs_outcomes;
    w.count = 2;
    memset(&err, 0, sizeof err);
    if (vif_watch_start(&vs_watch, vs_host, &w, &err) != VIF_OK) {
        printf("# %s: %s\n", err.where, err.text);
        return false;
    }
    return true;
}
#endif
