/* SPDX-License-Identifier: MIT */
/* flags: -lexpat */
/* Virtual switches as networks with port groups in libvirt's XML, read with expat.
 *
 *     libvirt_net to-json FILE.xml        the network as a switch, in vif's JSON
 *     libvirt_net to-xml FILE.json        and back
 *     libvirt_net define|edit FILE.xml    makes the network on this host, as a switch; changes it
 *     libvirt_net dump NAME               the host's switch of that name, in XML
 *     libvirt_net undefine NAME
 *
 * FILE may be "-". Behind the verb may stand -d REMOTE, the OVSDB; -o OWNER, of the switches; -n:
 * switches of Open vSwitch are of its userspace datapath (datapath_type netdev); -p: peaks of rates
 * are passed over, as not all ports can have them. Exit status: 0 done; 1 refused or failed; 2
 * usage; 3 written, but for what the XML has no words for, which is named.
 *
 * What stands for what, as in libvirt's ESX driver, whose networks are virtual switches, too:
 *
 *     name, bridge@name       the switch, which is called as its bridge; without a bridge, as the
 *                             network
 *     forward mode='bridge'   each interface@dev (or forward@dev) is an uplink; without any, and
 *                             without forward, the switch leads nowhere
 *     virtualport type=       openvswitch: backend ovs; without it, linux
 *     mtu@size                mtu
 *     portgroup@name          a port group
 *     vlan/tag@id             vlan; 4095, with trunk='yes' or without, is all VLANs, as ESX has it.
 *                             Without a vlan it is frames without a tag (in libvirt's own ports of
 *                             Open vSwitch it would be all of them)
 *     <?vif-revision WORD?>   the revision, which a dump writes: an edit with it is refused if the
 *                             switch has changed since. libvirt passes it over
 *     bandwidth/inbound       in_bps, in_peak_bps, in_burst_bytes: average and peak are of 1000
 *                             bytes per second, burst of 1024. The same of outbound; both may
 *                             differ. The network's own is that of each port whose group has none
 *                             (in libvirt's own bridges all ports share it)
 *
 * Passed over without a word, since each dump of libvirt's has it: uuid, mac, connections=, ipv6=,
 * stp= and delay= of the bridge, whatever says no. Passed over with one: title, description,
 * metadata, zone=, trustGuestRxFilters='yes', default='yes' (a VIF always names its group), the
 * network's name beside another of its bridge. All else is refused by name, so that no network is
 * less than it says: other modes, addresses and names (ip, dns, domain, route), trunks of some
 * VLANs, nativeMode=, a VLAN of the whole network, isolated='yes', floor=, parameters of virtual
 * ports, PCI addresses. A file may have 1 MB, and no document type: so there are no entities.
 *
 * Written is what virsh prints, but for the uuid and the mac. The XML has no words for, and exit
 * status 3 is about: security, teaming, datapath_type (but netdev with -n), another backend,
 * management groups, and rates that are no whole number of kilobytes, which are rounded down, but
 * not to 0. libvirt has a bridge or uplinks, not both: with uplinks only these are written; without
 * them the bridge, of Open vSwitch as forward mode='bridge', so that libvirt's guests can be on it.
 * Libvirt 9 does not take an mtu beside forward, rates beside uplinks, VLANs of Linux bridges.
 *
 *     cc -I. examples/libvirt_net.c -lexpat -o libvirt_net */
#define VIF_IMPLEMENTATION
#include "vif.h"
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>

enum { DONE, FAILED, USAGE, IN_PART, MOST = 1 << 20, UPLINKS = 17, DEEPEST = 8 };

static vif_arena arena;
static vif_error error;
static const char *remote, *owner;      /* -d, -o */
static bool netdev, no_peaks;           /* -n, -p */

static void *resize(void *user, void *ptr, size_t old_size, size_t size)
{
    (void)user, (void)old_size;
    if (size == 0) {
        free(ptr);
        return NULL;
    }
    return realloc(ptr, size);
}

/* ---- reading XML ----------------------------------------------------------------------------- */

typedef struct reader reader;

/* An element, by the one that it is in, or an attribute ("@name") of the element. */
typedef struct word {
    const char *in, *name;
    unsigned how;
    void (*take)(reader *r, const char *value);
    const char *why;                    /* it is refused */
} word;

enum {
    MANY = 1,                           /* may stand there more than once */
    AT_END = 2,                         /* is taken behind all that is in it */
    TEXT = 4,                           /* with its text */
    SKIPPED = 8,                        /* with all that is in it */
    TOLD = 16,                          /* it is passed over, and that is said */
    IF_YES = 32                         /* yes or no; what is to be done is for yes */
};

struct reader {
    XML_Parser parser;
    const char *file;
    const word *stack[DEEPEST];         /* the elements that are open; there are no deeper ones */
    unsigned depth, skipping;
    char text[256];                     /* of the last that is taken with its text */
    vif_status status;
    const char *name, *bridge;
    const char *uplinks[UPLINKS];
    bool of_forward;                    /* the first uplink is forward@dev */
    bool bridged, trunk;
    vif_port_group *groups;
    size_t cap;
    vif_port_policy *policy;            /* whose bandwidth it is */
    vif_int *average, *peak, *burst;    /* of the direction */
    vif_switch sw;
};

/* Where it stands: network/portgroup/vlan, and the part of it. */
static const char *where_is(const reader *r, const char *part)
{
    static char path[96];
    path[0] = '\0';
    for (unsigned i = 0; i < r->depth; i++) {
        vif_cat(path, sizeof path, i > 0 ? "/" : "");
        vif_cat(path, sizeof path, r->stack[i]->name);
    }
    if (part) {
        vif_cat(path, sizeof path, r->depth > 0 && *part != '@' ? "/" : "");
        vif_cat_escaped(path, sizeof path, part, strlen(part));
    }
    return path;
}

/* Nothing is read any more. */
static void refuse(reader *r, const char *part, const char *why)
{
    if (r->status == VIF_OK) {
        r->status = vif_fail(&error, VIF_E_FIELD, 0, where_is(r, part), why);
        error.offset = (uint32_t)XML_GetCurrentLineNumber(r->parser);
        XML_StopParser(r->parser, XML_FALSE);
    }
}

static void refuse_value(reader *r, const char *value, const char *why)
{
    const bool first = r->status == VIF_OK;
    refuse(r, NULL, why);
    if (first) {
        vif_cat(error.text, sizeof error.text, ": \"");
        vif_cat_escaped(error.text, sizeof error.text - 1, value, strlen(value));
        vif_cat(error.text, sizeof error.text, "\"");
    }
}

static void tell(const reader *r, const char *part)
{
    fprintf(stderr, "libvirt_net: %s:%lu: %s is passed over\n", r->file,
            (unsigned long)XML_GetCurrentLineNumber(r->parser), where_is(r, part));
}

static const char *keep(reader *r, const char *value)
{
    const char *kept = vif_arena_text(&arena, value, strlen(value));
    if (!kept) {
        refuse(r, NULL, "no memory is left");
    }
    return kept;
}

/* A number of a unit, which is so many of ours. */
static vif_int number(reader *r, const char *value, int64_t unit)
{
    int64_t n = 0;
    size_t i = 0;
    while (value[i] >= '0' && value[i] <= '9' && n <= (INT64_MAX / unit - 9) / 10) {
        n = n * 10 + (value[i++] - '0');
    }
    if (i == 0 || value[i]) {
        refuse_value(r, value, value[i] >= '0' && value[i] <= '9' ? "the number is too large"
                                                                  : "no number");
    }
    return vif_int_of(n * unit);
}

static void take_name(reader *r, const char *value) { r->name = keep(r, value); }
static void take_bridge(reader *r, const char *value) { r->bridge = keep(r, value); }
static void take_mtu(reader *r, const char *value) { r->sw.mtu = number(r, value, 1); }
static void take_average(reader *r, const char *value) { *r->average = number(r, value, 8000); }
static void take_burst(reader *r, const char *value) { *r->burst = number(r, value, 1024); }

static void take_peak(reader *r, const char *value)
{
    const vif_int peak = number(r, value, 8000);
    if (no_peaks) {
        tell(r, "@peak");
    } else {
        *r->peak = peak;
    }
}

static void take_mode(reader *r, const char *value)
{
    r->bridged = true;
    if (strcmp(value, "bridge") != 0) {
        refuse_value(r, value, "a switch has the mode bridge, or no forward");
    }
}

static void take_forward(reader *r, const char *text)
{
    (void)text;
    if (!r->bridged) {
        refuse(r, NULL, "without a mode it is nat; a switch has the mode bridge");
    }
}

/* libvirt writes the first of the interfaces as that of forward, too. */
static void take_uplink(reader *r, const char *value)
{
    const bool again = r->of_forward && strcmp(value, r->uplinks[0]) == 0;
    r->of_forward = r->depth == 2;
    if (!again && r->sw.uplinks.count < UPLINKS) {
        r->uplinks[r->sw.uplinks.count++] = keep(r, value);
    }
}

static void take_table_manager(reader *r, const char *value)
{
    if (strcmp(value, "kernel") != 0) {
        refuse_value(r, value, "only the kernel knows which MAC is where");
    }
}

static void take_type(reader *r, const char *value)
{
    r->sw.backend = "ovs";
    if (strcmp(value, "openvswitch") != 0) {
        refuse_value(r, value, "of virtual ports there is openvswitch");
    }
}

static void take_inbound(reader *r, const char *text)
{
    (void)text;
    r->average = &r->policy->in_bps;
    r->peak = &r->policy->in_peak_bps;
    r->burst = &r->policy->in_burst_bytes;
}

static void take_outbound(reader *r, const char *text)
{
    (void)text;
    r->average = &r->policy->out_bps;
    r->peak = &r->policy->out_peak_bps;
    r->burst = &r->policy->out_burst_bytes;
}

static void take_bandwidth(reader *r, const char *text)
{
    (void)text;
    r->policy = r->depth == 2 ? &r->sw.policy : &r->groups[r->sw.group_count - 1].policy;
}

static void take_group(reader *r, const char *text)
{
    (void)text;
    if (r->sw.group_count == r->cap) {
        const size_t cap = r->cap > 0 ? 2 * r->cap : 16;
        void *more = vif_arena_alloc(&arena, cap * sizeof *r->groups);
        if (!more) {
            refuse(r, NULL, "no memory is left");
            return;
        }
        if (r->cap > 0) {
            memcpy(more, r->groups, r->cap * sizeof *r->groups);
        }
        r->groups = (vif_port_group *)more;
        r->cap = cap;
    }
    r->sw.group_count++;
}

static void take_group_name(reader *r, const char *value)
{
    r->groups[r->sw.group_count - 1].name = keep(r, value);
}

static void take_vlan(reader *r, const char *text)
{
    (void)text;
    r->trunk = false;
}

static void take_trunk(reader *r, const char *value)
{
    (void)value;
    r->trunk = true;
}

static void take_tag(reader *r, const char *value)
{
    vif_int *of = &r->groups[r->sw.group_count - 1].vlan;
    const vif_int vlan = number(r, value, 1);
    const bool more = of->state == VIF_STATE_SET;
    *of = vlan;
    if (vlan.value > 4095) {
        refuse_value(r, value, "0 to 4095 is required");
    } else if (more || (r->trunk && vlan.value != 4095)) {
        refuse(r, NULL, "of trunks there is that of all VLANs, 4095");
    }
}

static const char addresses[] = "a switch has no addresses, nor names; its VIFs have";
static const char ports[] = "of virtual ports a switch says the type, its groups nothing";

/* All that may stand in a network. Once what is in an element was seen, it is not to come again
 * before the next such element. */
static const word words[] = {
    {"", "network", 0, NULL, NULL},
    {"network", "@connections", 0, NULL, NULL},
    {"network", "@ipv6", 0, NULL, NULL},
    {"network", "@trustGuestRxFilters", TOLD | IF_YES, NULL, NULL},
    {"network", "name", AT_END | TEXT, take_name, NULL},
    {"network", "uuid", SKIPPED, NULL, NULL},
    {"network", "title", SKIPPED | TOLD, NULL, NULL},
    {"network", "description", SKIPPED | TOLD, NULL, NULL},
    {"network", "metadata", SKIPPED | TOLD, NULL, NULL},
    {"network", "mac", SKIPPED, NULL, NULL},
    {"network", "ip", 0, NULL, addresses},
    {"network", "dns", 0, NULL, addresses},
    {"network", "domain", 0, NULL, addresses},
    {"network", "route", 0, NULL, addresses},
    {"network", "vlan", 0, NULL, "each port group has its own"},
    {"network", "port", 0, NULL, NULL},
    {"port", "@isolated", IF_YES, NULL, "ports of a switch see each other"},
    {"network", "forward", AT_END, take_forward, NULL},
    {"forward", "@mode", 0, take_mode, NULL},
    {"forward", "@dev", 0, take_uplink, NULL},
    {"forward", "interface", MANY, NULL, NULL},
    {"interface", "@dev", 0, take_uplink, NULL},
    {"interface", "@connections", 0, NULL, NULL},
    {"network", "bridge", 0, NULL, NULL},
    {"bridge", "@name", 0, take_bridge, NULL},
    {"bridge", "@stp", 0, NULL, NULL},
    {"bridge", "@delay", 0, NULL, NULL},
    {"bridge", "@zone", TOLD, NULL, NULL},
    {"bridge", "@macTableManager", 0, take_table_manager, NULL},
    {"network", "mtu", 0, NULL, NULL},
    {"mtu", "@size", 0, take_mtu, NULL},
    {"network", "virtualport", 0, NULL, NULL},
    {"virtualport", "@type", 0, take_type, NULL},
    {"virtualport", "parameters", 0, NULL, ports},
    {"network", "bandwidth", 0, take_bandwidth, NULL},
    {"bandwidth", "inbound", 0, take_inbound, NULL},
    {"inbound", "@average", 0, take_average, NULL},
    {"inbound", "@peak", 0, take_peak, NULL},
    {"inbound", "@burst", 0, take_burst, NULL},
    {"inbound", "@floor", 0, NULL, "no rate is guaranteed to a port"},
    {"bandwidth", "outbound", 0, take_outbound, NULL},
    {"outbound", "@average", 0, take_average, NULL},
    {"outbound", "@peak", 0, take_peak, NULL},
    {"outbound", "@burst", 0, take_burst, NULL},
    {"network", "portgroup", MANY, take_group, NULL},
    {"portgroup", "@name", 0, take_group_name, NULL},
    {"portgroup", "@default", TOLD | IF_YES, NULL, NULL},
    {"portgroup", "@trustGuestRxFilters", TOLD | IF_YES, NULL, NULL},
    {"portgroup", "virtualport", 0, NULL, ports},
    {"portgroup", "bandwidth", 0, take_bandwidth, NULL},
    {"portgroup", "vlan", 0, take_vlan, NULL},
    {"vlan", "@trunk", IF_YES, take_trunk, NULL},
    {"vlan", "tag", MANY, NULL, NULL},
    {"tag", "@id", 0, take_tag, NULL},
    {"tag", "@nativeMode", 0, NULL, "frames of a VLAN are tagged for all ports, or for none"}};
enum { WORDS = sizeof words / sizeof *words };
static bool seen[WORDS];

/* The word of that name where the reader is, unless that is refused. */
static const word *find(reader *r, const char *name)
{
    const char *in = r->depth > 0 ? r->stack[r->depth - 1]->name : "";
    unsigned i = 0;
    while (i < WORDS && (strcmp(words[i].in, in) != 0 || strcmp(words[i].name, name) != 0)) {
        i++;
    }
    if (i == WORDS) {
        refuse(r, name, "a switch has no such thing");
    } else if (seen[i] && !(words[i].how & MANY)) {
        refuse(r, name, "stands there twice");
    } else if (words[i].why && !(words[i].how & IF_YES)) {
        refuse(r, name, words[i].why);
    } else {
        seen[i] = true;
        return &words[i];
    }
    return NULL;
}

static void take_attribute(reader *r, const char *name, const char *value)
{
    char at[80] = "@";
    const word *w;
    vif_cat(at, sizeof at, name);
    w = find(r, at);
    if (!w || (w->how & IF_YES && strcmp(value, "no") == 0)) {
        return;
    }
    if (w->how & IF_YES && strcmp(value, "yes") != 0) {
        refuse(r, at, "yes or no is required");
    } else if (w->why) {
        refuse(r, at, w->why);
    } else if (w->how & TOLD) {
        tell(r, at);
    } else if (w->take) {
        w->take(r, value);
    }
}

/* Seen is again nothing that can be in it. */
static void enter(reader *r, const word *w)
{
    r->stack[r->depth++] = w;
    r->text[0] = '\0';
    for (unsigned i = 0; i < WORDS; i++) {
        seen[i] = seen[i] && strcmp(words[i].in, w->name) != 0;
    }
    if (w->take && !(w->how & AT_END)) {
        w->take(r, NULL);
    }
}

/* The stack has room: no word is in itself. */
static void XMLCALL on_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
    reader *r = (reader *)user;
    const word *w;
    if (r->status != VIF_OK || r->skipping > 0) {
        r->skipping += r->skipping > 0;
        return;
    }
    w = find(r, name);
    if (w && w->how & SKIPPED) {
        r->skipping = 1;
        if (w->how & TOLD) {
            tell(r, name);
        }
    } else if (w) {
        enter(r, w);
        for (; *attributes && r->status == VIF_OK; attributes += 2) {
            take_attribute(r, attributes[0], attributes[1]);
        }
    }
}

/* A VLAN without a number is refused by libvirt, too. */
static void XMLCALL on_end(void *user, const XML_Char *name)
{
    reader *r = (reader *)user;
    const word *w = r->depth > 0 ? r->stack[r->depth - 1] : NULL;
    if (r->status != VIF_OK || r->skipping > 0 || !w) {
        r->skipping -= r->skipping > 0;
        return;
    }
    if (w->how & AT_END) {
        w->take(r, r->text);
    } else if (strcmp(name, "vlan") == 0 &&
               r->groups[r->sw.group_count - 1].vlan.state != VIF_STATE_SET) {
        refuse(r, NULL, "a tag is required");
    }
    r->depth--;
}

static void XMLCALL on_text(void *user, const XML_Char *text, int len)
{
    reader *r = (reader *)user;
    const size_t used = strlen(r->text);
    if (r->status == VIF_OK && r->skipping == 0 && r->depth > 0 &&
        r->stack[r->depth - 1]->how & TEXT) {
        if (used + (size_t)len >= sizeof r->text) {
            refuse(r, NULL, "is too long");
            return;
        }
        memcpy(r->text + used, text, (size_t)len);
        r->text[used + (size_t)len] = '\0';
    }
}

/* Without one there are no entities, which could make 1 MB many, or name other files. */
static void XMLCALL on_type(void *user, const XML_Char *name, const XML_Char *system,
                            const XML_Char *pub, int internal)
{
    (void)name, (void)system, (void)pub, (void)internal;
    refuse((reader *)user, NULL, "a document type is not taken");
}

/* An instruction to whoever knows its name, which nobody else heeds (XML 1.0, 2.6). */
static void XMLCALL on_instruction(void *user, const XML_Char *target, const XML_Char *data)
{
    reader *r = (reader *)user;
    if (strcmp(target, "vif-revision") == 0) {
        r->sw.revision = keep(r, data);
    }
}

/* What was read as a whole. */
static vif_status finish(reader *r)
{
    if (r->bridge && r->name && strcmp(r->bridge, r->name) != 0) {
        fprintf(stderr, "libvirt_net: %s: the network's name is passed over: the switch is called "
                "as its bridge\n", r->file);
    }
    r->sw.name = r->bridge ? r->bridge : r->name;
    r->sw.backend = r->sw.backend ? r->sw.backend : "linux";
    r->sw.datapath_type = netdev && strcmp(r->sw.backend, "ovs") == 0 ? "netdev" : NULL;
    r->sw.uplinks.items = r->uplinks;
    r->sw.groups = r->groups;
    return vif_switch_check(&r->sw, &error);
}

static vif_status read_xml(reader *r, const char *text, size_t len)
{
    r->parser = XML_ParserCreate(NULL);
    if (!r->parser) {
        return vif_fail(&error, VIF_E_NOMEM, 0, "", NULL);
    }
    XML_SetUserData(r->parser, r);
    XML_SetElementHandler(r->parser, on_start, on_end);
    XML_SetCharacterDataHandler(r->parser, on_text);
    XML_SetStartDoctypeDeclHandler(r->parser, on_type);
    XML_SetProcessingInstructionHandler(r->parser, on_instruction);
    if (XML_Parse(r->parser, text, (int)len, 1) != XML_STATUS_OK && r->status == VIF_OK) {
        r->status = vif_fail(&error, VIF_E_FIELD, 0, "",
                             XML_ErrorString(XML_GetErrorCode(r->parser)));
        error.offset = (uint32_t)XML_GetCurrentLineNumber(r->parser);
    }
    XML_ParserFree(r->parser);
    return r->status == VIF_OK ? finish(r) : r->status;
}

/* ---- writing XML ----------------------------------------------------------------------------- */

static int written;                     /* DONE, or IN_PART */

static void left_out(const char *which, const char *what)
{
    char name[160] = "";
    vif_cat_escaped(name, sizeof name, which, strlen(which));
    fprintf(stderr, "libvirt_net: %s: %s\n", name, what);
    written = IN_PART;
}

/* name='value' behind a space, or <name>value</name>: escaped as virsh does. Names of switches have
 * no control characters, and no other character needs more. */
static void put_escaped(const char *value)
{
    static const char plain[] = "<>&'\"";
    static const char *const escaped[] = {"&lt;", "&gt;", "&amp;", "&apos;", "&quot;"};
    for (; *value; value++) {
        const char *special = strchr(plain, *value);
        if (special) {
            fputs(escaped[special - plain], stdout);
        } else {
            putchar(*value);
        }
    }
}

static void put_attribute(const char *name, const char *value)
{
    printf(" %s='", name);
    put_escaped(value);
    putchar('\'');
}

/* A number in a unit of so many of ours. */
static void put_units(const char *who, const char *name, const vif_int *value, int64_t unit)
{
    const int64_t whole = value->value / unit;
    if (value->state != VIF_STATE_SET) {
        return;
    }
    if (value->value % unit != 0) {
        left_out(who, unit == 1024 ? "a burst was rounded to whole KiB"
                                   : "a rate was rounded to whole kilobytes per second");
    }
    printf(" %s='%lld'", name, (long long)(whole > 0 || value->value == 0 ? whole : 1));
}

static void put_direction(const char *who, int indent, const char *name, const vif_int *const of[3])
{
    if (of[0]->state == VIF_STATE_SET) {
        printf("%*s<%s", indent + 2, "", name);
        put_units(who, "average", of[0], 8000);
        put_units(who, "peak", of[1], 8000);
        put_units(who, "burst", of[2], 1024);
        puts("/>");
    }
}

static void put_policy(const char *who, int indent, const vif_port_policy *p)
{
    const vif_int *const in[3] = {&p->in_bps, &p->in_peak_bps, &p->in_burst_bytes};
    const vif_int *const out[3] = {&p->out_bps, &p->out_peak_bps, &p->out_burst_bytes};
    if (in[0]->state == VIF_STATE_SET || out[0]->state == VIF_STATE_SET) {
        printf("%*s<bandwidth>\n", indent, "");
        put_direction(who, indent, "inbound", in);
        put_direction(who, indent, "outbound", out);
        printf("%*s</bandwidth>\n", indent, "");
    }
    if (p->promiscuous != VIF_BOOL_UNSET || p->mac_changes != VIF_BOOL_UNSET ||
        p->forged_transmits != VIF_BOOL_UNSET) {
        left_out(who, "its security is left out");
    }
}

static void put_group(const vif_port_group *g)
{
    if (g->management == VIF_TRUE) {
        left_out(g->name, "the port group is left out: it is the host's own");
        return;
    }
    fputs("  <portgroup", stdout);
    put_attribute("name", g->name);
    puts(">");
    if (g->vlan.state == VIF_STATE_SET) {
        printf("    <vlan%s>\n      <tag id='%d'/>\n    </vlan>\n",
               g->vlan.value == 4095 ? " trunk='yes'" : "", (int)g->vlan.value);
    }
    put_policy(g->name, 4, &g->policy);
    puts("  </portgroup>");
}

static void put_uplinks(const vif_texts *uplinks)
{
    fputs("  <forward", stdout);
    put_attribute("dev", uplinks->items[0]);
    puts(" mode='bridge'>");
    for (size_t i = 0; i < uplinks->count; i++) {
        fputs("    <interface", stdout);
        put_attribute("dev", uplinks->items[i]);
        puts("/>");
    }
    puts("  </forward>");
}

/* With uplinks libvirt takes no bridge. */
static void put_bridge(const vif_switch *sw, bool ovs)
{
    if (ovs) {
        puts("  <forward mode='bridge'/>");
    }
    fputs("  <bridge", stdout);
    put_attribute("name", sw->name);
    puts("/>");
}

/* Two code points are no characters of XML. */
static bool is_text(const char *name)
{
    return !strstr(name, "\xef\xbf\xbe") && !strstr(name, "\xef\xbf\xbf");
}

static vif_status check_xml(const vif_switch *sw)
{
    const char *bad = is_text(sw->name) ? NULL : sw->name;
    for (size_t i = 0; i < sw->group_count; i++) {
        bad = is_text(sw->groups[i].name) ? bad : sw->groups[i].name;
    }
    return !bad ? VIF_OK : vif_fail(&error, VIF_E_FIELD, 0, bad, "XML has no such character");
}

static int write_xml(const vif_switch *sw)
{
    const bool linux_bridge = sw->backend && strcmp(sw->backend, "linux") == 0;
    const bool ovs = !vif_has_text(sw->backend) || strcmp(sw->backend, "ovs") == 0;
    if (check_xml(sw) != VIF_OK) {
        return FAILED;
    }
    if (sw->revision && strspn(sw->revision, "0123456789") == strlen(sw->revision)) {
        printf("<?vif-revision %s?>\n", sw->revision);
    }
    fputs("<network>\n  <name>", stdout);
    put_escaped(sw->name);
    puts("</name>");
    if (sw->uplinks.count > 0) {
        put_uplinks(&sw->uplinks);
    } else {
        put_bridge(sw, ovs);
    }
    if (sw->mtu.state == VIF_STATE_SET) {
        printf("  <mtu size='%d'/>\n", (int)sw->mtu.value);
    }
    put_policy(sw->name, 2, &sw->policy);
    if (ovs) {
        puts("  <virtualport type='openvswitch'/>");
    }
    for (size_t i = 0; i < sw->group_count; i++) {
        put_group(&sw->groups[i]);
    }
    puts("</network>");
    if (!ovs && !linux_bridge) {
        left_out(sw->name, "its backend is left out");
    }
    if (vif_has_text(sw->datapath_type) && !(netdev && strcmp(sw->datapath_type, "netdev") == 0)) {
        left_out(sw->name, "its datapath_type is left out");
    }
    if (vif_has_text(sw->teaming) || sw->lacp != VIF_BOOL_UNSET) {
        left_out(sw->name, "its teaming is left out");
    }
    return written;
}

/* ---- the verbs ------------------------------------------------------------------------------- */

static char text[MOST + 1];

static vif_status read_file(const char *path, size_t *len)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    vif_status status = VIF_OK;
    *len = file ? fread(text, 1, sizeof text, file) : 0;
    if (!file || ferror(file)) {
        status = vif_fail(&error, VIF_E_SYSTEM, errno, "", NULL);
    } else if (*len > MOST) {
        status = vif_fail(&error, VIF_E_FIELD, 0, "", "it has more than 1 MB");
    }
    if (file && file != stdin) {
        fclose(file);
    }
    return status;
}

static int write_json(const vif_switch *sw)
{
    const size_t len = vif_switch_encode(sw, text, sizeof text);
    fwrite(text, 1, len, stdout);
    putchar('\n');
    return DONE;
}

static int dump(vif_host *host, const char *name)
{
    vif_switches all;
    if (vif_switch_list(host, &arena, &all, &error) != VIF_OK) {
        return FAILED;
    }
    for (size_t i = 0; i < all.count; i++) {
        if (strcmp(all.items[i].name, name) == 0) {
            return write_xml(&all.items[i]);
        }
    }
    vif_fail(&error, VIF_E_NO_INTERFACE, 0, "", "there is no such switch");
    return FAILED;
}

/* On this host. */
static int work(const char *verb, const char *operand, const vif_switch *sw)
{
    vif_host_desc desc = vif_host_desc_default();
    vif_options options;
    static vif_host host;
    vif_status status;
    int done = DONE;
    memset(&options, 0, sizeof options);
    options.ovsdb_connection = remote;
    desc.options = &options;
    desc.owner = owner;
    status = vif_host_open(&host, &desc, &error);
    if (status == VIF_OK && strcmp(verb, "dump") == 0) {
        done = dump(&host, operand);
    } else if (status == VIF_OK) {
        status = strcmp(verb, "define") == 0 ? vif_switch_define(&host, sw, &error)
               : strcmp(verb, "edit") == 0 ? vif_switch_edit(&host, sw, &error)
               : vif_switch_undefine(&host, operand, &error);
    }
    vif_host_close(&host);
    return status == VIF_OK ? done : FAILED;
}

static int run(const char *verb, const char *operand)
{
    static reader r;
    size_t len;
    if (strcmp(verb, "dump") == 0 || strcmp(verb, "undefine") == 0) {
        return work(verb, operand, NULL);
    }
    if (read_file(operand, &len) != VIF_OK) {
        return FAILED;
    }
    if (strcmp(verb, "to-xml") == 0) {
        return vif_switch_decode(&arena, text, len, &r.sw, &error) == VIF_OK ? write_xml(&r.sw)
                                                                             : FAILED;
    }
    r.file = operand;
    if (read_xml(&r, text, len) != VIF_OK) {
        return FAILED;
    }
    return strcmp(verb, "to-json") == 0 ? write_json(&r.sw) : work(verb, operand, &r.sw);
}

/* With the line of the XML at fault. */
static void say_why(const char *operand, bool xml)
{
    fprintf(stderr, "libvirt_net: %s", operand);
    if (xml && error.offset && error.status == VIF_E_FIELD) {
        fprintf(stderr, ":%u", (unsigned)error.offset);
    }
    fprintf(stderr, ": %s%s%s: %s\n", error.where, *error.where ? ": " : "",
            vif_status_name(error.status), error.text);
}

/* Where the operand stands, which is the last word; 0: it does not. */
static int take_options(int argc, char **argv)
{
    int at = 2;
    for (; at < argc - 1; at++) {
        if (strcmp(argv[at], "-n") == 0) {
            netdev = true;
        } else if (strcmp(argv[at], "-p") == 0) {
            no_peaks = true;
        } else if (strcmp(argv[at], "-d") == 0) {
            remote = argv[++at];
        } else if (strcmp(argv[at], "-o") == 0) {
            owner = argv[++at];
        } else {
            return 0;
        }
    }
    return at == argc - 1 ? at : 0;
}

int main(int argc, char **argv)
{
    static const char *const verbs[] = {"to-json", "to-xml", "define", "edit", "dump", "undefine"};
    const int at = take_options(argc, argv);
    size_t verb = 0;
    int done;
    while (at > 0 && verb < 6 && strcmp(verbs[verb], argv[1]) != 0) {
        verb++;
    }
    if (at == 0 || verb == 6) {
        fprintf(stderr, "usage: libvirt_net to-json|to-xml|define|edit [OPTION]... FILE\n"
                        "       libvirt_net dump|undefine [OPTION]... NAME\n"
                        "options: -d REMOTE, -o OWNER, -n, -p\n");
        return USAGE;
    }
    vif_arena_init_hook(&arena, NULL, 0, resize, NULL);
    done = run(verbs[verb], argv[at]);
    if (done == FAILED) {
        say_why(argv[at], verb != 1);
    }
    vif_arena_free(&arena);
    return fflush(stdout) == 0 && !ferror(stdout) ? done : FAILED;
}
