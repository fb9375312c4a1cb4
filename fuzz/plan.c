/* SPDX-License-Identifier: MIT
 * Fuzz target: plans. From the input come an object (JSON, or structs that nobody has validated),
 * options (by name, or raw), a view of the host, a plugin of the agent's, and the room for it all.
 * A plan names only what can be a link, numbers only what can be meant, prints the same twice and
 * without control bytes; a refusal says what and where. */
#define VIF_STATIC
#include "vif.h"
#include <stdio.h>
#include <stdlib.h>

#define MUST(cond) do { if (!(cond)) { __builtin_trap(); } } while (0)

/* ---- the input, byte by byte; zeros behind its end ------------------------------------------- */

static const uint8_t *at, *end;
static char texts[8192];
static size_t texts_used;

static unsigned byte(void)
{
    return at < end ? *at++ : 0;
}

static uint64_t number(unsigned bytes)
{
    uint64_t n = 0;

    while (bytes-- > 0) {
        n = n << 8 | byte();
    }
    return n;
}

/* A text: unset, null, one of a list, or bytes of the input. */
static const char *text(const char *const *known, unsigned count, bool null)
{
    const unsigned choice = byte();
    char *to = texts + texts_used;
    size_t len;

    if (choice == 0) {
        return NULL;
    }
    if (choice == 1) {
        return null ? vif_null()->text : NULL;
    }
    if (choice < 2 + count) {
        return known[choice - 2];
    }
    len = choice % 24;
    if (texts_used + len + 1 > sizeof texts) {
        return NULL;
    }
    texts_used += len + 1;
    for (size_t i = 0; i < len; i++) {
        to[i] = (char)byte();
    }
    to[len] = '\0';
    return to;
}

static const char *const names[] = {"br0", "eth1", "tap0", "vlan101", "123456789012345",
    "1234567890123456", "tap%d", "a/b", "", ".", "all", "\xc3\xa4", "\xff\xfe", "a\nb"};
static const char *const addresses[] = {"192.0.2.1", "2001:db8::1", "fe80::1", "0.0.0.0", "::", "",
    "192.0.2.300", "1", "255.255.255.255", "::ffff:1.2.3.4"};
static const char *const macs[] = {"22:52:25:62:e2:aa", "fe:52:25:62:e2:aa", "01:00:5e:00:00:01",
    "ff:ff:ff:ff:ff:ff", "22-52-25-62-e2-aa", "", "22:52:25:62:e2", "zz:52:25:62:e2:aa"};
static const char *const ids[] = {"dc065497-3c8d-4f44-8fb4-e1d33c16a536", "shared", "", "a:b",
    "1234567890123456789012345678901234567890123456789012345678901234567890123456789012"};
static const char *const plugin_names[] = {"linux_bridge", "tap", "noop", "mine", "nonesuch", "",
    "a\nb"};
static const char *const lists[] = {"all", "eth1", "eth1,eth2", ",", "eth1,", "eth1,all", "a/b,c",
    "eth1, eth2", "123456789012345678", "", "all,all,all,all,all,all,all,all"};
#define TEXT(list, null) text(list, sizeof(list) / sizeof(list)[0], null)

/* ---- structs --------------------------------------------------------------------------------- */

static vif_vif vif;
static vif_network network;
static vif_subnet_list subnets;
static vif_subnet subnet[4];
static vif_fixed_ip_list ips[4];
static vif_fixed_ip ip[4][40];
static vif_port_profile profile;
static vif_options options;

static vif_int some_int(void)
{
    static const int64_t known[] = {0, 1, 67, 68, 101, 1450, 1500, 4094, 4095, 65535, 65536, -1,
                                    INT64_MAX, INT64_MIN};
    const unsigned choice = byte();
    vif_int v = {0, VIF_STATE_UNSET};

    v.state = choice == 0 ? VIF_STATE_UNSET : choice == 1 ? VIF_STATE_NULL : VIF_STATE_SET;
    v.value = choice < 2 ? 0 : choice < 16 ? known[choice - 2] : (int64_t)number(choice % 9);
    return v;
}

static vif_bool some_bool(void)
{
    return (vif_bool)(byte() % 3);
}

static void make_subnets(void)
{
    unsigned i, k;

    vif_object_init(&subnets, VIF_CLASS_SubnetList);
    subnets.objects.items = subnet;
    subnets.objects.count = byte() % 5;
    for (i = 0; i < subnets.objects.count; i++) {
        vif_object_init(&subnet[i], VIF_CLASS_Subnet);
        subnet[i].gateway = TEXT(addresses, true);
        subnet[i].ips = byte() % 4 != 0 ? &ips[i] : NULL;
        vif_object_init(&ips[i], VIF_CLASS_FixedIPList);
        ips[i].objects.items = ip[i];
        ips[i].objects.count = byte() % 41;
        for (k = 0; k < ips[i].objects.count; k++) {
            vif_object_init(&ip[i][k], VIF_CLASS_FixedIP);
            ip[i][k].address = TEXT(addresses, true);
        }
    }
    network.subnets = &subnets;
}

static void make_network(void)
{
    vif_object_init(&network, VIF_CLASS_Network);
    network.multi_host = some_bool();
    network.should_provide_bridge = some_bool();
    network.should_provide_vlan = some_bool();
    network.bridge_interface = TEXT(names, true);
    network.vlan = some_int();
    network.mtu = some_int();
    if (byte() % 2 != 0) {
        make_subnets();
    }
    vif.base.network = byte() % 8 != 0 ? &network : NULL;
}

static const vif_object *structs(void)
{
    static const vif_class classes[] = {VIF_CLASS_VIFBridge, VIF_CLASS_VIFGeneric,
        VIF_CLASS_VIFVHostUser, VIF_CLASS_VIFOpenVSwitch, VIF_CLASS_VIFBase,
        VIF_CLASS_VIFDPDKNested,
        VIF_CLASS_VIFHostDevice};
    static const vif_class profiles[] = {VIF_CLASS_VIFPortProfileFPTap,
        VIF_CLASS_VIFPortProfileFPBridge, VIF_CLASS_VIFPortProfileOpenVSwitch,
        VIF_CLASS_VIFPortProfileBase};
    const unsigned klass = byte();

    memset(&vif, 0, sizeof vif);
    memset(&network, 0, sizeof network);
    vif_object_init(&vif, classes[klass % 16 < 7 ? klass % 16 : klass % 2]);
    make_network();
    vif.base.id = TEXT(ids, true);
    vif.base.address = TEXT(macs, true);
    vif.base.plugin = TEXT(plugin_names, true);
    vif.base.has_traffic_filtering = some_bool();
    if (byte() % 3 == 0) {
        vif_object_init(&profile, profiles[byte() % 4]);
        if (profile.object.klass == VIF_CLASS_VIFPortProfileFPTap) {
            profile.fp_tap.mac_address = TEXT(macs, true);
        }
        profile.object.minor = byte() % 4 == 0 ? (uint8_t)byte() : profile.object.minor;
        vif.base.port_profile = &profile;
    }
    if (vif.object.klass == VIF_CLASS_VIFBridge) {
        vif.bridge.vif_name = TEXT(names, true);
        vif.bridge.bridge_name = TEXT(names, true);
    } else if (vif.object.klass == VIF_CLASS_VIFGeneric) {
        vif.generic.vif_name = TEXT(names, true);
    }
    if (byte() % 16 == 0) {
        vif.object.minor = (uint8_t)byte();
        vif.object.major = (uint8_t)byte();
    }
    return &vif.object;
}

/* ---- options, the host, the agent's plugin --------------------------------------------------- */

#define RAW_NUMBER(name) options.name = (uint32_t)number(byte() % 5);
#define RAW_MAYBE(name) \
    options.name = vif_u32_of((uint32_t)number(byte() % 5)); \
    options.name.set = byte() % 2 != 0;
#define RAW_RATE(name) \
    options.name.value = (int64_t)byte() - 1; \
    options.name.state = (vif_state)(byte() % 3);
#define RAW_LIMIT(name) RAW_RATE(name)
#define RAW_DROP_ACTION(name) options.name = (vif_drop_action)(byte() % 4);
#define RAW_LINK_STATE(name) options.name = (vif_link_state)(byte() % (VIF_LINK_STATE_COUNT + 1));
#define RAW_OVS_WAIT(name) options.name = (vif_ovs_wait)(byte() % 5);
#define RAW_TEXT(name) options.name = TEXT(names, false);
#define RAW_SWITCH(name) options.name = some_bool();
#define RAW(name, kind) RAW_##kind(name)
#define NAME(name, kind) #name,

static void make_options(void)
{
    static const char *const option_names[] = {VIF_OPTION_MAP(NAME) "nonesuch", "", "x\x1b"};
    static const char *const values[] = {"true", "false", "1", "0", "yes", "9000", "67", "-1", "",
                                         "4294967294", "4294967295", "eth2", "REJECT", "all",
                                         "ready"};
    unsigned i, count;
    vif_error err;

    memset(&options, 0, sizeof options);
    if (byte() % 2 != 0) {
        VIF_OPTION_MAP(RAW)
        options.forward_bridge_interface = TEXT(lists, false);
        return;
    }
    count = byte() % 12;
    for (i = 0; i < count; i++) {
        const char *name = TEXT(option_names, false), *value = TEXT(values, false);
        const vif_options was = options;
        vif_status st;

        memset(&err, 0, sizeof err);
        if (name == NULL || value == NULL) {
            continue;
        }
        st = vif_option_set(&options, name, value, &err);
        MUST(st == VIF_OK || (st == VIF_E_INVAL && err.status == st && err.text[0] != '\0'));
        MUST(st == VIF_OK || memcmp(&was, &options, sizeof was) == 0);
    }
}

static vif_link_info links[4];
static char aliases[4][160];
static unsigned link_count;

static const vif_link_info *look(void *user, const char *name)
{
    static vif_link_info none;
    unsigned i;

    MUST(user == &links && vif_ifname_check(name) == NULL);
    for (i = 0; i < link_count; i++) {
        if (strcmp(links[i].name, name) == 0) {
            return links[i].index == 99 ? NULL : &links[i];
        }
    }
    return &none;
}

static void make_links(void)
{
    unsigned i;

    link_count = byte() % 5;
    for (i = 0; i < link_count; i++) {
        const char *name = TEXT(names, false);

        memset(&links[i], 0, sizeof links[i]);
        links[i].index = (int32_t)(byte() % 100);
        vif_cat(links[i].name, sizeof links[i].name, name != NULL ? name : "tap0");
        links[i].is_tap = byte() % 2 != 0;
        if (byte() % 2 != 0) {
            snprintf(aliases[i], sizeof aliases[i], "vif:local:%s", ids[0]);
            links[i].alias = aliases[i];
        }
    }
}

static void own_plan(vif_plan *plan, const vif_plan_input *in)
{
    const unsigned count = byte() % 40;
    unsigned i;

    for (i = 0; i < count; i++) {
        const char *link = TEXT(names, false), *other = TEXT(names, false);
        const vif_kind kind = (vif_kind)(byte() % VIF_RES_COUNT);
        const vif_whose whose = (vif_whose)(byte() % 3);
        vif_resource *r;

        switch (byte() % 6) {
        case 0:
            (void)vif_plan_number(plan, VIF_RES_MTU, whose, link != NULL ? link : "x", 1500);
            break;
        case 1: (void)vif_plan_conf(plan, whose, link != NULL ? link : "x",
                                    (vif_conf)(byte() % VIF_CONF_COUNT), byte() % 3); break;
        case 2: (void)vif_plan_tap(plan, in, link != NULL ? link : "x", NULL, 1500); break;
        case 3: vif_plan_refuse(plan, VIF_E_PLUG, "field", "a rule"); break;
        default:
            r = vif_plan_add(plan, kind, whose, link != NULL ? link : "x", other);
            MUST(r != NULL);
            if (kind == VIF_RES_RULES) {
                static vif_nft_rules rules;
                rules.use = (vif_nft_use)(byte() % VIF_NFT_USES);
                rules.forward = "all";
                r->want.rules = &rules;
            } else if (kind == VIF_RES_REQUIRE) {
                r->want.require.path = "ipv4/ip_forward";
            } else if (kind == VIF_RES_ROUTE || kind == VIF_RES_PROXY) {
                r->want.ip.address.len = 4;
                r->want.ip.address.prefix = 32;
            } else if (kind < VIF_RES_DEVICE) {
                r->want.link.mtu = 1500;
            }
            break;
        }
    }
}

static const vif_plugin_vif own_takes[] = {{VIF_CLASS_VIFBridge, 0, 0, NULL},
                                           {VIF_CLASS_VIFHostDevice, 0, 1, NULL},
                                           {VIF_CLASS_NONE, 0, 0, NULL}};
static const vif_plugin own_plugin = {"mine", own_takes, own_plan};

/* ---- what must hold -------------------------------------------------------------------------- */

static bool printable(const char *s, bool lines)
{
    for (; *s != '\0'; s++) {
        if (((unsigned char)*s < 0x20 && !(lines && *s == '\n')) || *s == 0x7f) {
            return false;
        }
    }
    return true;
}

static void check_plan(const vif_plan *plan, bool own)
{
    size_t i;

    for (i = 0; i < plan->count; i++) {
        const vif_resource *r = &plan->items[i];

        MUST((unsigned)r->kind < VIF_RES_COUNT && (unsigned)r->whose <= VIF_BORROWED);
        if (r->kind == VIF_RES_OVS_TAGGED) {
            MUST(plan->status != VIF_OK ||
                 (r->link[0] == '\0' && r->want.ovs != NULL && r->want.ovs->name != NULL));
            continue;
        }
        if (r->kind == VIF_RES_OVS_BRIDGE || r->kind == VIF_RES_OVS_PORT) {
            if (plan->status == VIF_OK) {
                MUST(r->link[0] == '\0' && r->want.ovs != NULL && r->want.ovs->name != NULL);
                MUST(r->want.ovs->name[0] != '\0' && strlen(r->want.ovs->name) <= 64);
                MUST((r->kind == VIF_RES_OVS_PORT) == (r->want.ovs->bridge != NULL));
            }
            continue;
        }
        /* A file of name servers is of the guest, and of no link. */
        MUST(vif_ifname_check(r->link) == NULL || (r->kind == VIF_RES_DNS && r->link[0] == '\0'));
        MUST(r->other[0] == '\0' || vif_ifname_check(r->other) == NULL);
        if (own) {
            continue;
        }
        MUST(r->kind != VIF_RES_MTU || (r->want.mtu.mtu >= 68 && r->want.mtu.mtu <= 65535));
        MUST(r->kind != VIF_RES_TAP || (r->want.link.mtu >= 68 && r->want.link.mtu <= 65535));
        MUST(r->kind != VIF_RES_VLAN || (r->want.link.vlan >= 1 && r->want.link.vlan <= 4094 &&
                                         r->other[0] != '\0'));
        MUST(r->kind != VIF_RES_RULES || r->want.rules->forward != NULL ||
             r->want.rules->use != VIF_NFT_FORWARD);
        MUST(r->kind != VIF_RES_REQUIRE || r->want.require.path != NULL);
        MUST((r->kind != VIF_RES_ROUTE && r->kind != VIF_RES_PROXY) ||
             r->want.ip.address.len == 4 || r->want.ip.address.len == 16);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char decoded[65536], room[2][65536], printed[2][65536];
    static const vif_plugin *const plugins[] = {&own_plugin};
    const vif_view view = {.link = look, .user = links};
    const vif_object *object;
    vif_object *from_json = NULL;
    vif_plan_input in;
    vif_arena arena;
    vif_plan plan[2];
    vif_error err[2];
    vif_status st[2];
    size_t small;
    unsigned how, i;

    at = data;
    end = data + size;
    texts_used = 0;
    how = byte();
    memset(&in, 0, sizeof in);
    in.verb = (vif_verb)(how % 3);
    small = how / 3 % 8 == 0 ? byte() * 64u : sizeof room[0];
    make_options();
    make_links();
    if (how / 24 % 2 == 0) {
        object = structs();
    } else {
        vif_arena_init(&arena, decoded, sizeof decoded);
        if (vif_decode(&arena, (const char *)at, (size_t)(end - at), &from_json, NULL) != VIF_OK) {
            return 0;
        }
        object = from_json;
    }
    in.vif = (const vif_vif *)object;
    in.options = &options;
    in.view = how / 48 % 4 == 0 ? NULL : &view;
    in.owner = "local";
    in.plugins = plugins;
    in.plugin_count = how % 5 != 0;
    for (i = 0; i < 2; i++) {
        const uint8_t *const here = at;

        memset(&err[i], 0, sizeof err[i]);
        vif_arena_init(&arena, room[i], small);
        st[i] = vif_plan_make(&plan[i], &arena, &in, &err[i]);
        check_plan(&plan[i], plan[i].plugin != NULL && strcmp(plan[i].plugin, "mine") == 0);
        if (st[i] != VIF_OK) {
            MUST(err[i].status == st[i] && err[i].text[0] != '\0');
            MUST(memchr(err[i].where, 0, sizeof err[i].where) != NULL);
            MUST(memchr(err[i].text, 0, sizeof err[i].text) != NULL);
            MUST(printable(err[i].where, false) && printable(err[i].text, false));
            MUST(st[i] != VIF_E_NOMEM || small < sizeof room[0] || plan[i].count >= 90);
        }
        MUST(vif_plan_print(&plan[i], printed[i], sizeof printed[i]) == strlen(printed[i]));
        MUST(st[i] != VIF_OK || printable(printed[i], true));
        at = here;                      /* the agent's plugin reads the same bytes again */
    }
    MUST(st[0] == st[1] && strcmp(printed[0], printed[1]) == 0);
    MUST(vif_plan_print(&plan[0], NULL, 0) == strlen(printed[0]));
    return 0;
}
