/* SPDX-License-Identifier: MIT
 * faults.h: vif.h with a failure at every step k of a flow and verb, for k = 1, 2, ... until a run
 * passes untouched: system calls that fail, answers that are lost or late, requests that the kernel
 * itself refuses, no descriptor, no memory. Each run has a network namespace of its own. After it
 * the host is as before, or as wanted; a retry makes it right; nothing is leaked. The flows are
 * here, a test of each in plug_*.c. */
#ifndef FAULTS_H_INCLUDED
#define FAULTS_H_INCLUDED
#include "kernel/plug.h"
#include <sys/mman.h>
#include <sys/stat.h>

/* ---- what later runs are compared with ------------------------------------------------------- */

enum { TEXT_SIZE = 1 << 19 };
static struct shared {
    char plugged[TEXT_SIZE], unplugged[TEXT_SIZE], said[TEXT_SIZE];
    vif_status status, plug;        /* of the verb, and of a plug */
    struct shim count;
    int allocations;
} *reference;

static void dump_text(const dump *d, char *to)
{
    size_t len = 0;
    to[0] = '\0';
    for (int i = 0; i < d->count; i++) {
        const size_t n = strlen(d->lines[i]);
        if (len + n + 2 < TEXT_SIZE) {
            memcpy(to + len, d->lines[i], n);
            len += n;
            to[len++] = '\n';
            to[len] = '\0';
        }
    }
}

static void dump_of_text(dump *d, const char *text)
{
    dump_free(d);
    while (*text != '\0' && d->count < 4096) {
        const char *end = strchr(text, '\n');
        d->lines[d->count++] = strndup(text, (size_t)(end - text));
        text = end + 1;
    }
}

/* ---- flows ----------------------------------------------------------------------------------- */

typedef struct flow {
    const char *name;
    const char *setup;              /* lines for ip -batch */
    void (*scene)(scene *s);
    const char *drift;              /* after a plug, for what repairs: the same, or a !command */
    bool forwards;                  /* with global forwarding on */
    const vif_plugin *plugin;
    bool small;                     /* a host with VIF_HOST_MEMORY and not a byte more */
} flow;

#define VETH \
    "link add eth1 address 02:00:00:00:01:01 type veth " \
    "peer name eth1p address 02:00:00:00:01:02\n" \
    "link set eth1p up\n"
#define FILTERS "link add br0 type bridge vlan_filtering 1\nlink set br0 up\n"
#define ADDRESSED VETH \
    "link set eth1 up\n" \
    "addr add 192.0.2.2/24 dev eth1\n" \
    "addr add 192.0.2.3/24 dev eth1\n" \
    "addr add 198.51.100.1 peer 198.51.100.2/32 dev eth1\n" \
    "addr add 2001:db8::2/64 dev eth1 nodad\n" \
    "route add default via 192.0.2.1 dev eth1 metric 50\n" \
    "route add 203.0.113.0/24 via 192.0.2.9 dev eth1 table 77 mtu 1300\n" \
    "route add 10.9.0.0/16 nexthop via 192.0.2.5 weight 2 nexthop via 192.0.2.6\n" \
    "route add 10.8.0.0/16 via 172.16.0.1 dev eth1 onlink src 192.0.2.3\n" \
    "route add 10.7.0.0/16 dev eth1 scope link\n" \
    "route add ::/0 via 2001:db8::1 dev eth1 metric 300\n" \
    "route add 2001:db8:9::/48 via 2001:db8::9 dev eth1\n"

static void scene_new(scene *s)
{
    scene_bridge(s, "br0", NULL);
}

static void scene_uplink(scene *s)
{
    scene_bridge(s, "br0", "eth1");
}

static void scene_rules(scene *s)
{
    scene_bridge(s, "br0", "eth1");
    s->vif.base.has_traffic_filtering = VIF_FALSE;
    s->options.forward_bridge_interface = "eth1,eth2";
    s->options.iptables_drop_action = VIF_DROP_ACTION_REJECT;
    s->options.use_ipv6 = VIF_TRUE;
}

/* The rules, and behind them a tap that the kernel refuses. */
static void scene_rules_refused(scene *s)
{
    scene_rules(s);
    s->options.create_tap = VIF_TRUE;
    s->options.tap_owner = vif_u32_of(4000);
}

static void scene_port(scene *s)
{
    scene_bridge_tap(s, "br0", "eth1");
    s->options.port_isolated = VIF_TRUE;
    s->options.port_hairpin = VIF_TRUE;
    s->options.port_learning = VIF_FALSE;
    s->options.port_unicast_flood = VIF_FALSE;
    s->options.port_mcast_flood = VIF_FALSE;
    s->options.port_bcast_flood = VIF_FALSE;
}

static void scene_rate(scene *s)
{
    scene_bridge_tap(s, "br0", NULL);
    s->options.port_rate_in_bps = vif_int_of(100000000);
    s->options.port_rate_in_peak_bps = vif_int_of(1000000000);
}

static void scene_vlans(scene *s)
{
    scene_bridge_tap(s, "br0", NULL);
    s->options.port_vlan = 100;
    s->options.port_trunks = "10-12,30";
}

/* A VLAN over the uplink, whose addresses stay where they are. */
static void scene_vlan(scene *s)
{
    scene_bridge_tap(s, "br101", "eth1");
    s->network.should_provide_vlan = VIF_TRUE;
    s->network.vlan = vif_int_of(101);
}

/* Three rules in two chains; the guest can be nobody else. */
static void scene_guarded(scene *s)
{
    scene_bridge_tap(s, "br0", NULL);
    s->options.port_forged_transmits = VIF_FALSE;
    s->options.port_mac_changes = VIF_FALSE;
    s->options.port_rate_out_bps = vif_int_of(100000000);
}

static void scene_full_tap(scene *s)
{
    scene_tap(s);
    s->options.tap_multi_queue = VIF_TRUE;
    s->options.tap_vnet_hdr = VIF_TRUE;
    s->options.tap_owner = vif_u32_of(0);
    s->options.tap_group = vif_u32_of(0);
}

static void scene_wrong_owner(scene *s)
{
    scene_tap(s);
    s->options.tap_owner = vif_u32_of(4000);    /* not mapped here: the kernel says no */
}

static void scene_too_large(scene *s)
{
    scene_port(s);
    s->network.mtu = vif_int_of(65535); /* more than a tap takes: the kernel says no */
}

static void scene_routed(scene *s)
{
    scene_tap(s);
    s->options.routed = VIF_TRUE;
    scene_subnet(s, "169.254.1.1", "192.0.2.17", "192.0.2.18", NULL);
    scene_subnet(s, "2001:db8::1", "2001:db8::17", NULL, NULL);
}

/* An agent's own plugin that uses every kind of resource that this kernel has. */
static void own_plan(vif_plan *plan, const vif_plan_input *in)
{
    vif_resource *r;
    (void)vif_plan_add(plan, VIF_RES_BRIDGE, VIF_SHARED, "br0", NULL);
    (void)vif_plan_add(plan, VIF_RES_UP, VIF_SHARED, "br0", NULL);
    (void)vif_plan_tap(plan, in, "tap0", (const uint8_t *)"\x22\x52\x25\x62\xe2\xaa", 1400);
    (void)vif_plan_conf(plan, VIF_OWN, "tap0", VIF_CONF_PROXY_ARP, 1);
    (void)vif_plan_conf(plan, VIF_OWN, "tap0", VIF_CONF_ADDR_GEN_MODE, 1);
    (void)vif_plan_add(plan, VIF_RES_MASTER, VIF_BORROWED, "eth1", "br0");
    (void)vif_plan_number(plan, VIF_RES_MTU, VIF_BORROWED, "eth1", 1400);
    r = vif_plan_add(plan, VIF_RES_PORT, VIF_BORROWED, "eth1", NULL);
    r->want.port.on = VIF_PORT_ISOLATED;
    r->want.port.mask = VIF_PORT_ISOLATED | VIF_PORT_LEARNING;
    (void)vif_plan_add(plan, VIF_RES_UP, VIF_OWN, "tap0", NULL);
    r = vif_plan_add(plan, VIF_RES_ROUTE, VIF_OWN, "tap0", NULL);
    (void)vif_ip_parse("10.1.2.3", 8, false, &r->want.ip.address);
    r = vif_plan_add(plan, VIF_RES_PROXY, VIF_OWN, "tap0", NULL);
    (void)vif_ip_parse("10.1.2.1", 8, false, &r->want.ip.address);
    /* The last step of all fails: it wants a name that a veth has. */
    if (in->vif->base.active == VIF_TRUE) {
        (void)vif_plan_add(plan, VIF_RES_BRIDGE, VIF_SHARED, "eth1p", NULL);
    }
}

static const vif_plugin_vif own_takes[] = {{VIF_CLASS_VIFBridge, 0, 0, NULL},
                                           {VIF_CLASS_NONE, 0, 0, NULL}};
static const vif_plugin own_plugin = {"mine", own_takes, own_plan};

static void scene_own(scene *s)
{
    scene_bridge(s, "br0", "eth1");
    s->vif.base.plugin = "mine";
}

static void scene_own_refused(scene *s)
{
    scene_own(s);
    s->vif.base.active = VIF_TRUE;
}

/* A port that somebody else has put on the bridge, in VLANs of his. */
static void vlans_plan(vif_plan *plan, const vif_plan_input *in)
{
    vif_resource *r;
    (void)vif_plan_tap(plan, in, "tap0", (const uint8_t *)"\x22\x52\x25\x62\xe2\xaa", 1400);
    (void)vif_plan_add(plan, VIF_RES_MASTER, VIF_BORROWED, "eth1", "br0");
    r = vif_plan_add(plan, VIF_RES_PORT_VLANS, VIF_BORROWED, "eth1", "br0");
    r->want.vlans.pvid = 7;
    if (in->vif->base.active == VIF_TRUE) {
        (void)vif_plan_add(plan, VIF_RES_BRIDGE, VIF_SHARED, "eth1p", NULL);
    }
}

static const vif_plugin vlans_plugin = {"mine", own_takes, vlans_plan};

/* A device of somebody else's is called otherwise as long as the VIF is plugged; its own name and
 * alias come back. It is up, which it has to stay. */
static void name_plan(vif_plan *plan, const vif_plan_input *in)
{
    static vif_device_want want;
    const vif_link_info *eth1 = in->view->link(in->view->user, "eth1");
    const bool has_it = in->verb == VIF_UNPLUG || eth1 == NULL || eth1->index == 0;
    vif_resource *r = vif_plan_add(plan, VIF_RES_NAME, VIF_BORROWED, "rep0",
                                   has_it ? NULL : "eth1");
    if (eth1 == NULL) {
        vif_plan_refuse(plan, VIF_E_SYSTEM, "eth1", "the link could not be looked up");
    }
    want.address = "rep0";
    r->want.device = &want;
    (void)vif_plan_number(plan, VIF_RES_MTU, VIF_SHARED, "rep0", 1400);
    if (in->verb != VIF_UNPLUG) {
        (void)vif_plan_add(plan, VIF_RES_UP, VIF_OWN, "rep0", NULL);
    }
    if (in->vif->base.active == VIF_TRUE) {
        (void)vif_plan_add(plan, VIF_RES_BRIDGE, VIF_SHARED, "eth1p", NULL);
    }
}

static const vif_plugin name_plugin = {"mine", own_takes, name_plan};

static const flow flows[] = {
    {"new", "", scene_new, "link set br0 down\n", false, NULL, false},
    {"uplink_plain", VETH, scene_uplink, "link set eth1 nomaster\nlink set eth1 mtu 1500\n", false,
     NULL, false},
    {"uplink", ADDRESSED, scene_uplink, "addr add 192.0.2.99/24 dev eth1\n", false, NULL, false},
    {"uplink_small", ADDRESSED, scene_uplink, "link set eth1 nomaster down\n", false, NULL, true},
    {"uplink_there", ADDRESSED "link add br0 type bridge\n", scene_uplink, "link set eth1 down\n",
     false, NULL, false},
    {"rules", VETH, scene_rules, "!nft flush ruleset", false, NULL, false},
    {"rules_refused", VETH, scene_rules_refused, "", false, NULL, false},
    {"port", ADDRESSED, scene_port,
     "link set tap0 type bridge_slave isolated off learning on\nlink set tap0 alias none\n", false,
     NULL, false},
    {"port_there", VETH "link add br0 type bridge\nlink set br0 up\n"
     "tuntap add tap0 mode tap user 0 group 0\n"
     "link set tap0 alias hello mtu 1400 address 02:00:00:00:00:77\n", scene_full_tap, "", false,
     NULL, false},
    {"port_adopted", VETH "link add br0 type bridge\nlink set br0 up\ntuntap add tap0 mode tap\n"
     "link set tap0 alias hello mtu 1400 address 02:00:00:00:00:77\n", scene_port,
     "link set tap0 nomaster\n", false, NULL, false},
    {"rate", "", scene_rate, "!tc qdisc change dev tap0 root handle 7669: tbf rate 5mbit burst 20k "
     "limit 100k && ip link set tap0 down", false, NULL, false},
    {"vlan", ADDRESSED, scene_vlan, "link set vlan101 nomaster\nlink set vlan101 down\n", false,
     NULL, false},
    {"vlans", FILTERS, scene_vlans, "!bridge vlan del dev tap0 vid 11 && "
     "bridge vlan add dev tap0 vid 1 pvid untagged && ip link set tap0 down", false, NULL, false},
    {"vlans_new", "", scene_vlans, "link set tap0 nomaster\n", false, NULL, false},
    {"vlans_borrowed", FILTERS VETH "link set eth1 master br0\n", scene_own,
     "!bridge vlan add dev eth1 vid 8", false, &vlans_plugin, false},
    {"vlans_refused", FILTERS VETH "link set eth1 master br0\n", scene_own_refused, "", false,
     &vlans_plugin, false},
    {"guarded", "", scene_guarded, "!nft flush ruleset && ip link set tap0 down", false, NULL,
     false},
    {"tap", "", scene_full_tap, "link set tap0 mtu 1300 down\n", false, NULL, false},
    {"wrong_owner", "", scene_wrong_owner, "", false, NULL, false},
    {"too_large", VETH, scene_too_large, "", false, NULL, false},
    {"routed", "", scene_routed,
     "route del 192.0.2.18 dev tap0\nneigh del proxy 2001:db8::1 dev tap0\n", true, NULL, false},
    {"routed_silent", "", scene_routed, "", false, NULL, false},
    {"own", ADDRESSED, scene_own, "link set eth1 mtu 1500\n", false, &own_plugin, false},
    {"own_refused", ADDRESSED, scene_own_refused, "", false, &own_plugin, false},
    {"name", VETH "link set eth1 alias hello\n", scene_own, "link set rep0 alias none\n", false,
     &name_plugin, false},
    {"name_refused", VETH "link set eth1 up alias hello\n", scene_own_refused, "", false,
     &name_plugin, false},
};

static void batch(const char *lines)
{
    FILE *f;
    if (*lines == '!') {
        sh("%s", lines + 1);
        return;
    }
    f = *lines != '\0' ? popen("ip -force -batch - >/dev/null", "w") : NULL;
    if (f) {
        fputs(lines, f);
        pclose(f);
    }
}

/* ---- one run, in a child --------------------------------------------------------------------- */

typedef struct run {
    const flow *flow;
    vif_verb verb;
    bool dry, repair;
    enum fault fault;
    int k, error, memory_at;
} run;

static dump before, now, wanted;
static int fds;

static bool open_host(const run *r)
{
    static _Alignas(16) unsigned char block[VIF_HOST_MEMORY];
    static const vif_plugin *plugins[1];
    vif_host_desc d = counted();
    plugins[0] = r->flow->plugin;
    d.plugins = plugins;
    d.plugin_count = r->flow->plugin != NULL;
    d.options = &s.options;
    d.timeout_ms = 300;
    /* Named, it must be usable: with the default EPERM means that there is no state. */
    d.state_dir = r->flow->plugin == &name_plugin ? "/run/vif" : NULL;
    (void)mkdir("/run/vif", 0700);      /* each run opens as many files as the first */
    if (r->flow->small) {
        d.memory = block;
        d.memory_size = sizeof block;
    }
    return vif_host_open(&host, &d, &err) == VIF_OK;
}

static void enter(const run *r)
{
    if (unshare(CLONE_NEWNET) != 0 || !ns_lo_up()) {
        _exit(77);
    }
    ns_write("/proc/sys/net/ipv6/conf/default/accept_dad", "0");
    ns_write("/proc/sys/net/ipv6/conf/all/accept_dad", "0");
    if (r->flow->forwards) {
        ns_write("/proc/sys/net/ipv4/ip_forward", "1");
        ns_write("/proc/sys/net/ipv6/conf/all/forwarding", "1");
        ns_write("/proc/sys/net/ipv6/conf/all/proxy_ndp", "1");
    }
    batch(r->flow->setup);
    r->flow->scene(&s);
}

static vif_status verb(const run *r, char *said)
{
    vif_difference differences[40];
    size_t count = 0, len = 0;
    vif_status st;
    memset(&err, 0, sizeof err);
    if (r->dry) {
        return dry_run(r->verb, NULL, r->k % 2 == 0, said, TEXT_SIZE);
    }
    if (r->verb != VIF_CHECK) {
        return r->verb == VIF_PLUG ? plug() : unplug();
    }
    memset(differences, 0, sizeof differences);
    st = check_with(NULL, differences, 40, &count, &err);
    len = (size_t)sprintf(said, "%zu\n", count);
    for (size_t i = 0; i < count && i < 40; i++) {
        len += (size_t)sprintf(said + len, "%s.%s wants %s has %s\n", differences[i].resource,
                               differences[i].attribute, differences[i].wanted,
                               differences[i].found);
    }
    return st;
}

#define COMPLAIN(...) \
    do { printf("#   "); printf(__VA_ARGS__); printf("\n"); fflush(stdout); bad = true; } while (0)

static bool equals(const char *text, bool quiet)
{
    dump_of_text(&wanted, text);
    dump_host(&now);
    return dump_same(&wanted, &now, quiet);
}

/* What must hold of the host after the verb that a fault has hit. */
static bool judge(const run *r, vif_status st)
{
    const bool dead = r->fault == FAULT_DEAD || r->fault == FAULT_DEAD_LOST;
    const char *const done = r->verb == VIF_UNPLUG ? reference->unplugged : reference->plugged;
    const bool changes = r->verb != VIF_CHECK && !r->dry;
    bool bad = false;
    dump_host(&now);
    if (!changes) {
        if (shim.changing != 0 || shim.writes != 0 || !dump_same(&before, &now, false)) {
            COMPLAIN("a verb that only looks has changed something: %s", shim.changes);
        }
        return !bad;
    }
    if (st == VIF_OK) {
        if (!equals(done, false)) {
            COMPLAIN("VIF_OK, but the host is not as it should be");
        }
        return !bad;
    }
    if (err.status != st || err.where[0] == '\0' || err.text[0] == '\0') {
        COMPLAIN("error not filled: status %d (returned %d) where '%s' text '%s'", err.status, st,
                 err.where, err.text);
    }
    if (r->fault == FAULT_CALL && st != VIF_E_UNKNOWN && reference->status == VIF_OK &&
        err.sys_errno != r->error) {
        COMPLAIN("first error masked: errno %d, want %d; %s: %s", err.sys_errno, r->error,
                 err.where, err.text);
    }
    if (st == VIF_E_UNKNOWN && !dead && reference->plug == VIF_OK) {
        COMPLAIN("one lost answer was not settled by looking: %s: %s", err.where, err.text);
    }
    if (dead) {
        if (!dump_same(&before, &now, true) && !strstr(err.text, "left behind") &&
            st != VIF_E_UNKNOWN) {
            COMPLAIN("changed, refused, and 'left behind' not said");
        }
    } else if (strstr(err.text, "left behind: ")) {
        /* where the flow itself is refused, the fault may have hit the undo */
        if (reference->plug == VIF_OK) {
            COMPLAIN("left behind after one fault: %s: %s", err.where, err.text);
        }
    } else if (!dump_same(&before, &now, st == VIF_E_UNKNOWN) &&
               !(st == VIF_E_UNKNOWN && equals(done, true))) {
        COMPLAIN("%s: %s %s: %s", st == VIF_E_UNKNOWN ? "neither done nor undone"
                 : "refused, but changed", vif_status_name(st), err.where, err.text);
        dump_host(&now);
        dump_same(&before, &now, false);
    }
    return !bad;
}

/* A retry, and the way back. What was left behind when even taking back failed is no longer known
 * to anybody: a bridge without its tag, routes that had gone from one link and not come to the
 * other. */
static bool converge(const run *r)
{
    const bool nobodys = strstr(err.text, "left behind: ") != NULL;
    bool bad = false;
    if (reference->plug == VIF_OK) {
        if (r->verb != VIF_UNPLUG) {
            if (plug() != VIF_OK) {
                COMPLAIN("plugging again: %s: %s", err.where, err.text);
            } else if (!nobodys && !equals(reference->plugged, false)) {
                COMPLAIN("plugged again, not as it should be");
            }
            shim_start(FAULT_NONE, 0, 0);
            if (plug() != VIF_OK || shim.changing != 0 || shim.writes != 0) {
                COMPLAIN("plugged once more, it sends changes: %s", shim.changes);
            }
            shim_stop();
        }
        if (unplug() != VIF_OK) {
            COMPLAIN("unplugging: %s: %s", err.where, err.text);
        } else if (!nobodys && !equals(reference->unplugged, false)) {
            COMPLAIN("unplugged, not as it should be");
        }
        if (unplug() != VIF_OK) {
            COMPLAIN("unplugging twice: %s: %s", err.where, err.text);
        }
    }
    return !bad;
}

/* 0: hit and good; 1: bad; 2: the fault was not reached, all good */
static int run_child(const void *arg)
{
    const run *r = arg;
    const bool first = r->fault == FAULT_NONE && r->memory_at == 0;
    static char said[TEXT_SIZE];
    bool bad = false, hit;
    vif_status st;
    enter(r);
    fds = count_fds();
    if (!open_host(r)) {
        COMPLAIN("open: %s %s", err.where, err.text);
        return 1;
    }
    if ((r->verb != VIF_PLUG || r->repair) && plug() != VIF_OK) {
        child_exit(reference->status != VIF_OK || first ? 3 : 1);
    }
    if (r->repair) {
        batch(r->flow->drift);
    }
    dump_host(&before);
    memory.calls = 0;
    memory.fail_at = r->memory_at;
    shim_start(r->fault, r->k, r->error);
    st = verb(r, said);
    shim_stop();
    memory.fail_at = 0;
    hit = shim.hit || memory.failed;
    if (first) {
        reference->status = reference->plug = st;
        reference->count = shim;
        reference->allocations = memory.calls;
        memcpy(reference->said, said, sizeof said);
        dump_host(&now);
        dump_text(&now, r->verb == VIF_UNPLUG ? reference->unplugged : reference->plugged);
        if (r->verb != VIF_UNPLUG && (st == VIF_OK || st == VIF_E_DIFFERENT)) {
            if (r->verb == VIF_CHECK || r->dry) {
                reference->plug = plug();
                dump_host(&now);
                dump_text(&now, reference->plugged);
            }
            (void)!unplug();
            dump_host(&now);
            dump_text(&now, reference->unplugged);
        }
    } else {
        if ((r->verb == VIF_CHECK || r->dry) && (st == VIF_OK || st == VIF_E_DIFFERENT) &&
            (st != reference->status || (!r->dry && strcmp(said, reference->said) != 0))) {
            COMPLAIN("another finding than without a fault: %d\n%s--- want %d\n%s", st, said,
                     reference->status, reference->said);
        }
        bad = !judge(r, st) || bad;
        bad = !converge(r) || bad;
    }
    vif_host_close(&host);
    if (memory.bytes != 0) {
        COMPLAIN("%ld bytes leaked", memory.bytes);
    }
    if (count_fds() != fds) {
        COMPLAIN("%d descriptors leaked", count_fds() - fds);
    }
    return bad ? 1 : hit || first ? 0 : 2;
}

static int run_one(const run *r)
{
    child c = child_start(run_child, r);
    return child_finish(&c);
}

static long steps;

/* How many steps there are at which that can go wrong, counted in the run without a fault. */
static int steps_of(const run *r)
{
    const struct shim *n = &reference->count;
    switch (r->fault) {
    case FAULT_NONE: return reference->allocations;
    case FAULT_CALL: return (int)n->calls;
    case FAULT_RECEIVE: return (int)n->receives;
    case FAULT_NO_CAP: return (int)(n->sends + n->ioctls);
    case FAULT_NO_FD: return (int)n->opens;
    default: return (int)n->sends;
    }
}

/* FAULT_EVERY=n in the environment: only each n-th step. */
static int stride(void)
{
    const char *every = getenv("FAULT_EVERY");
    return every && atoi(every) > 0 ? atoi(every) : 1;
}

/* A move of an uplink hears news, each of which is a call more, and some come of themselves: of
 * many steps the last few may be there or not. */
static int news(int count)
{
    return count < 96 ? count / 8 : 12;
}

/* Some runs are under way at a time, of all faults: the kernel lets each wait most of the time. */
enum { AT_ONCE = 4 };
static struct under_way {
    child of;
    const char *what;
    int k, count;
} under_way[AT_ONCE];

static void finished(const run *r, struct under_way *u, int status)
{
    static int failed;
    const int result = child_ended(&u->of, status);
    failed = u->k == 1 ? 0 : failed;
    steps += u->k <= u->count;
    const bool there = u->k <= u->count - news(u->count);
    const bool gone = u->k > u->count + news(u->count);
    if (!(result == 0 && !gone) && !(result == 2 && !there) && failed++ < 3) {
        CHECK_FAIL("%s, %s %s at step %d of %d: %s (%d)", r->flow->name,
                   r->dry ? "dry run" : r->verb == VIF_PLUG ? r->repair ? "repair" : "plug"
                   : r->verb == VIF_CHECK ? "check" : "unplug", u->what, u->k, u->count,
                   result == 1 ? "see above" : "died, or not reached", result);
    }
    memset(u, 0, sizeof *u);
}

/* Waits for whichever ends first: its place. NULL: there was none. */
static struct under_way *wait_for_one(const run *r)
{
    int status = 0;
    const pid_t pid = waitpid(-1, &status, 0);
    for (int i = 0; pid > 0 && i < AT_ONCE; i++) {
        if (under_way[i].of.pid == pid) {
            finished(r, &under_way[i], status);
            return &under_way[i];
        }
    }
    return NULL;
}

static void start(run *r, const char *what, int k, int count)
{
    static const int errors[3] = {EPERM, ENOMEM, ENOBUFS};
    struct under_way *u = NULL;
    for (int i = 0; i < AT_ONCE && !u; i++) {
        u = under_way[i].of.pid == 0 ? &under_way[i] : NULL;
    }
    u = u ? u : wait_for_one(r);
    if (!u) {
        CHECK_FAIL("a child that is not known");
        return;
    }
    u->what = what;
    u->k = r->k = k;
    u->count = count;
    r->memory_at = r->fault == FAULT_NONE ? k : 0;
    r->error = errors[k % 3];
    u->of = child_start(run_child, r);
}

/* k = 1, 2, 3 … and one that is not reached any more. */
static void every_step(run *r, const char *what)
{
    const int count = steps_of(r), every = stride();
    for (int k = 1; k <= count; k += every) {
        start(r, what, k, count);
    }
    start(r, what, count + news(count) + 1, count);
}

static void every_fault(run r)
{
    static const struct {
        enum fault fault;
        const char *name;
    } faults[] = {{FAULT_CALL, "call fails"}, {FAULT_LOST, "answer lost"},
                  {FAULT_LATE, "answer late"}, {FAULT_RECEIVE, "datagram lost"},
                  {FAULT_REFUSE, "refused"}, {FAULT_NO_CAP, "no capability"},
                  {FAULT_NO_FD, "no descriptor"}, {FAULT_DEAD, "dead"},
                  {FAULT_DEAD_LOST, "dead after sending"},
                  {FAULT_NONE, "no memory"}};
    const int result = run_one(&r);
    if (result == 3) {
        printf("# what is refused when plugged has nothing to unplug\n");
        return;
    }
    if (result != 0) {
        CHECK_FAIL("%s without a fault: %d", r.flow->name, result);
        return;
    }
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        r.fault = faults[i].fault;
        every_step(&r, faults[i].name);
    }
    while (wait_for_one(&r)) {
    }
}

static const flow *flow_of(const char *name)
{
    for (size_t i = 0; i < sizeof flows / sizeof *flows; i++) {
        if (strcmp(flows[i].name, name) == 0) {
            return &flows[i];
        }
    }
    abort();
}

/* Whether the kernel has what a flow is about: VLANs over a link, bridges that filter VLANs. */
static bool has_vlans(const char *name)
{
    const char *needs = strcmp(name, "vlan") == 0 ? "link brvlans name vlan9 type vlan id 9"
        : "brfilters type bridge vlan_filtering 1";
    return strncmp(name, "vlan", 4) != 0 ||
        sh("ip link add brvlans type bridge && ip link add %s; s=$?; ip link del brfilters; "
           "ip link del brvlans; exit $s", needs) == 0;
}

static bool possible(const run *r)
{
    if (reference == NULL) {
        reference = mmap(NULL, sizeof *reference, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    }
    memset(reference, 0, sizeof *reference);
    return (!strstr(r->flow->setup, "tuntap") || access("/dev/net/tun", R_OK | W_OK) == 0) &&
        has_vlans(r->flow->name);
}

#define STEPS(flow, tag, ...) \
    TEST(flow##_##tag) \
    { \
        const run r = {flow_of(#flow), __VA_ARGS__}; \
        if (!possible(&r)) { SKIP("no /dev/net/tun, or no VLANs"); } \
        every_fault(r); \
    }
#define PLUG(flow) STEPS(flow, plug, VIF_PLUG, false, false, FAULT_NONE, 0, 0, 0)
#define UNPLUG(flow) STEPS(flow, unplug, VIF_UNPLUG, false, false, FAULT_NONE, 0, 0, 0)
#define REPAIR(flow) STEPS(flow, repair, VIF_PLUG, false, true, FAULT_NONE, 0, 0, 0)
#define SEE(flow) STEPS(flow, check, VIF_CHECK, false, true, FAULT_NONE, 0, 0, 0)
#define DRY(flow) STEPS(flow, dry_run, VIF_PLUG, true, false, FAULT_NONE, 0, 0, 0)

#define FAULTS_MAIN \
    int main(int argc, char **argv) \
    { \
        int result; \
        if (!ns_enter()) { \
            puts("skip all: no user and network namespaces here"); \
            return 0; \
        } \
        result = check_main(argc, argv); \
        printf("# %ld runs with a fault\n", steps); \
        return result; \
    }
#endif
