/* SPDX-License-Identifier: MIT
 * vif.h 0.1.0: plugs virtual network interfaces into a Linux host and takes them out again.
 *
 * USE    One file of the program says
 *            #define VIF_IMPLEMENTATION
 *            #include "vif.h"
 *        all others only include it. It includes vif_objects.h and vif_netlink.h, and needs nothing
 *        but libc. CAP_NET_ADMIN in the network namespace is enough; root is not needed.
 *
 *            vif_host host;
 *            vif_host_desc desc = vif_host_desc_default();
 *            vif_error err;
 *            if (vif_host_open(&host, &desc, &err) != VIF_OK ||
 *                vif_plug(&host, vif, NULL, NULL, &err) != VIF_OK) {
 *                fprintf(stderr, "%s: %s\n", err.where, err.text);
 *            }
 *            vif_host_close(&host);
 *
 * HOW    A VIF's plugin turns it into a plan: a list of resources (a link, its master, an address,
 *        …), each described once. Every verb walks that list. plug tests each and applies what
 *        differs; a failure walks back over what this call did. unplug walks it backwards and takes
 *        away what is the VIF's own. dry run and check only test. The kinds of resources stand in
 *        one table (vif__kinds): a new kind is a row there, a new VIF type is one function that
 *        fills a plan, a new verb is one more walk.
 *
 * OPTIONS (define before the include of the implementation)
 *        VIF_STATIC         private copy in each file that includes the header
 *        VIF_NO_LIBC_ALLOC  no malloc behind a desc without memory: memory or resize must be given
 *
 * RULES  Memory: the host takes VIF_HOST_MEMORY bytes when it is opened (from desc.memory, or from
 *        desc.resize, or malloc) and nothing more while VIFs are of ordinary size.
 *        Threads: one host, one thread at a time; hosts are independent; no globals.
 *        fork: a child must not use the parent's host. Signals: EINTR is retried.
 *        Outcomes: VIF_OK is done and confirmed. VIF_E_UNKNOWN: the kernel's answer was lost and
 *        looking did not settle it; plug or unplug again. Anything else: refused, and the host is
 *        as it was before the call (if taking back failed too, err->text ends with "left behind:").
 *        Namespaces: everything happens in the namespace where netlink_fd was opened. Settings that
 *        netlink can't write go through proc_root, which must show that namespace's /proc/sys/net.
 *        Owners: links that vif makes carry the alias "vif:<owner>:<id of the VIF>", shared ones
 *        "vif:<owner>:shared". A link that the VIF names and that carries no tag of vif is taken as
 *        it is (somebody made it for this VIF); one with another tag is refused.
 *
 * NOT    It runs no program, loads no module, writes no global setting, keeps no daemon. */
#ifndef VIF_H_INCLUDED
#define VIF_H_INCLUDED

#include "vif_netlink.h"
#include "vif_objects.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes that a host takes at vif_host_open: receive and send buffers, and scratch for one verb. */
#define VIF_HOST_MEMORY 65536u

/* ---- options -------------------------------------------------------------------------------- */

/* Every option: field, kind, os-vif's name where it has one. Zero is the default. */
#define VIF_OPTION_MAP(X) \
    X(network_device_mtu, NUMBER)       /* MTU where the network has none; 0: 1500 */ \
    X(vlan_interface, TEXT)             /* linux_bridge: lower device of VLANs */ \
    X(flat_interface, TEXT)             /* linux_bridge: uplink without a VLAN */ \
    X(forward_bridge_interface, TEXT)   /* linux_bridge: "all" (default) or names, by commas */ \
    X(iptables_drop_action, TEXT)       /* linux_bridge: DROP (default) or REJECT */ \
    X(use_ipv6, SWITCH)                 /* linux_bridge: forwarding rules for IPv6, too */ \
    X(create_tap, SWITCH)               /* linux_bridge: make and enslave the VIF's tap */ \
    X(tap_multi_queue, SWITCH)          /* a tap with IFF_MULTI_QUEUE */ \
    X(tap_vnet_hdr, SWITCH)             /* a tap with IFF_VNET_HDR */ \
    X(tap_owner, NUMBER)                /* uid that may attach to the tap, plus one */ \
    X(tap_group, NUMBER)                /* gid that may attach to the tap, plus one */ \
    X(routed, SWITCH)                   /* tap: routed, with proxy ARP and host routes */ \
    X(port_isolated, SWITCH)            /* the VIF's bridge port: not to other isolated ports */ \
    X(port_hairpin, SWITCH) \
    X(port_learning, SWITCH) \
    X(port_unicast_flood, SWITCH) \
    X(port_mcast_flood, SWITCH) \
    X(port_bcast_flood, SWITCH)

#define VIF__OPTION_TYPE_NUMBER uint32_t
#define VIF__OPTION_TYPE_TEXT const char *
#define VIF__OPTION_TYPE_SWITCH vif_bool
#define VIF__OPTION_FIELD(name, kind) VIF__OPTION_TYPE_##kind name;
/* Switches are VIF_TRUE or VIF_FALSE; unset is "no", for port_* "as the kernel has it". */
typedef struct vif_options {
    VIF_OPTION_MAP(VIF__OPTION_FIELD)
} vif_options;

/* Sets an option by its name. value stays the caller's and must live as long as the options.
 * tap_owner and tap_group take the plain number. E_INVAL: no such option, or not its kind. */
VIF_API VIF_MUST_CHECK vif_status vif_option_set(vif_options *options, const char *name,
                                                 const char *value, vif_error *err);

/* ---- the host's links, as planners and tests see them --------------------------------------- */

/* Per-link settings: name, directory of /proc/sys/net, number for netlink. */
#define VIF_CONF_MAP(X) \
    X(ARP_IGNORE, "ipv4", "arp_ignore", VIF_INET_ARP_IGNORE) \
    X(ARP_ANNOUNCE, "ipv4", "arp_announce", VIF_INET_ARP_ANNOUNCE) \
    X(PROXY_ARP, "ipv4", "proxy_arp", VIF_INET_PROXY_ARP) \
    X(FORWARDING, "ipv4", "forwarding", VIF_INET_FORWARDING) \
    X(DISABLE_IPV6, "ipv6", "disable_ipv6", VIF_INET6_DISABLE_IPV6) \
    X(PROXY_NDP, "ipv6", "proxy_ndp", VIF_INET6_PROXY_NDP) \
    X(FORWARDING6, "ipv6", "forwarding", VIF_INET6_FORWARDING) \
    X(ADDR_GEN_MODE, "ipv6", "addr_gen_mode", VIF_INET6_ADDR_GEN_MODE)
#define VIF__CONF_ENUM(name, dir, file, number) VIF_CONF_##name,
typedef enum vif_conf { VIF_CONF_MAP(VIF__CONF_ENUM) VIF_CONF_COUNT } vif_conf;

/* Switches of a bridge port, as bits. */
enum { VIF_PORT_ISOLATED = 1, VIF_PORT_HAIRPIN = 2, VIF_PORT_LEARNING = 4,
       VIF_PORT_UNICAST_FLOOD = 8, VIF_PORT_MCAST_FLOOD = 16, VIF_PORT_BCAST_FLOOD = 32 };

/* A link of the host. index 0: there is none of that name. */
typedef struct vif_link_info {
    char name[16];
    int32_t index;
    uint32_t flags, mtu;                /* VIF_IFF_*; bytes */
    int32_t master, lower;              /* indices, 0: none */
    uint16_t vlan;                      /* kind vlan: its id */
    uint8_t mac[6];
    char kind[16];                      /* "" for hardware; taps are "tun" */
    char alias[160];
    bool is_tap, multi_queue, vnet_hdr; /* kind tun */
    uint32_t uid_plus_one, gid_plus_one;
    uint8_t port;                       /* of a bridge's port: VIF_PORT_* that are on */
    uint16_t conf_known;                /* bit per vif_conf */
    uint32_t conf[VIF_CONF_COUNT];
} vif_link_info;

/* What a planner may ask of the host: nothing is changed by it. NULL: the look-up failed. */
typedef struct vif_view {
    const vif_link_info *(*link)(void *user, const char *name);
    void *user;
} vif_view;

/* ---- plans ---------------------------------------------------------------------------------- */

/* The kinds of resources. What else the struct's fields say, and whose it may be: */
typedef enum vif_kind {
    VIF_RES_BRIDGE,                     /* a Linux bridge. shared */
    VIF_RES_VLAN,                       /* VLAN `number` over `other`. shared */
    VIF_RES_TAP,                        /* a tap with mac, `number` as MTU, tap. own */
    VIF_RES_CONF,                       /* setting `which` (vif_conf) is `number` */
    VIF_RES_REQUIRE,                    /* a global setting `text` (a path below sys/net) is on */
    VIF_RES_MASTER,                     /* the link is a port of `other` */
    VIF_RES_PORT,                       /* of the port's switches, `mask` are as in `number` */
    VIF_RES_UP,
    VIF_RES_MTU,                        /* `number` */
    VIF_RES_MOVE,                       /* its addresses and routes are `other`'s */
    VIF_RES_ROUTE,                      /* a route to ip over the link */
    VIF_RES_PROXY,                      /* the link answers ARP or NDP for ip */
    VIF_RES_RULES,                      /* forwarding rules of the bridge; see vif_plan_rules */
    VIF_RES_COUNT
} vif_kind;

typedef enum vif_whose {
    VIF_OWN,                            /* made for this VIF, goes with it */
    VIF_SHARED,                         /* made if missing, stays */
    VIF_BORROWED                        /* was there before; comes back as it was */
} vif_whose;

typedef struct vif_resource {
    vif_kind kind;
    vif_whose whose;
    char link[16];                      /* the link it is about */
    char other[16];                     /* master, lower device, or where things move */
    uint32_t number, mask;
    uint8_t which;
    uint8_t mac[6];
    bool has_mac;
    bool optional;                      /* skipped where the link does not exist */
    bool only_ours;                     /* skipped where the link does not carry our tag */
    bool multi_queue, vnet_hdr;         /* tap */
    uint32_t uid_plus_one, gid_plus_one;
    vif_ip ip;
    const char *text;                   /* lives as long as the plan */
    struct {                            /* the runner's: what it found, to be put back */
        uint8_t state;
        bool created;
        uint32_t number;
        int32_t master;
        uint8_t mac[6];
        char *alias;
        void *saved;                    /* MOVE: the messages that were there */
    } priv;
} vif_resource;

typedef struct vif_plan {
    vif_resource *items;
    size_t count;
    const char *plugin;
    vif_error error;                    /* the first thing that could not be planned */
    struct {
        vif_arena *arena;
        size_t cap;
    } priv;
} vif_plan;

typedef enum vif_verb { VIF_PLUG, VIF_UNPLUG, VIF_CHECK } vif_verb;

/* What a planner works from. vif has been validated: every set field is well formed. */
typedef struct vif_plan_input {
    vif_verb verb;
    const vif_vif *vif;
    const vif_instance_info *instance;  /* may be NULL */
    const vif_options *options;
    const vif_view *view;
    const char *owner;
} vif_plan_input;

/* Describe resources, in the order in which they are to be applied. Names must be valid for links
 * (checked); the returned struct may be filled further. Never NULL: after an error, which sticks to
 * the plan, it is a dummy. */
VIF_API vif_resource *vif_plan_add(vif_plan *plan, vif_kind kind, vif_whose whose,
                                   const char *link, const char *other);
VIF_API vif_resource *vif_plan_number(vif_plan *plan, vif_kind kind, vif_whose whose,
                                      const char *link, uint32_t number);
VIF_API vif_resource *vif_plan_conf(vif_plan *plan, vif_whose whose, const char *link,
                                    vif_conf which, uint32_t number);
/* The VIF's tap as the options want it, with MAC (may be NULL) and MTU. */
VIF_API vif_resource *vif_plan_tap(vif_plan *plan, const vif_plan_input *in, const char *name,
                                   const uint8_t *mac, uint32_t mtu);
/* Refuses: the plan's error is set (if it has none), naming the field. */
VIF_API void vif_plan_refuse(vif_plan *plan, vif_status status, const char *field,
                             const char *why);
/* Network's MTU, or the option's, or 1500; refuses what is out of 68..65535 (RFC 791 §3.2). */
VIF_API uint32_t vif_plan_mtu(vif_plan *plan, const vif_plan_input *in);

typedef struct vif_plugin_profile {
    vif_class klass;
    uint8_t min_minor, max_minor;       /* major is 1 */
} vif_plugin_profile;

typedef struct vif_plugin_vif {
    vif_class klass;                    /* VIF_CLASS_NONE ends the list */
    uint8_t min_minor, max_minor;
    const vif_plugin_profile *profiles; /* ends with VIF_CLASS_NONE; NULL: any, or none */
} vif_plugin_vif;

typedef struct vif_plugin {
    const char *name;
    const vif_plugin_vif *vifs;
    /* Fills the plan; the same plan serves every verb. Errors through vif_plan_refuse. */
    void (*plan)(vif_plan *plan, const vif_plan_input *in);
} vif_plugin;

/* The plan of one VIF, without a host: nothing is read but through the view, nothing is changed.
 * plugins (may be NULL) are the agent's own, looked at before the built-in ones. */
VIF_API VIF_MUST_CHECK vif_status vif_plan_make(vif_plan *plan, vif_arena *arena,
                                                const vif_plan_input *in,
                                                const vif_plugin *const *plugins, size_t count,
                                                vif_error *err);
/* A line per resource, for people. Returns the length it takes, as snprintf does. */
VIF_API size_t vif_plan_print(const vif_plan *plan, char *buf, size_t cap);

/* ---- the host ------------------------------------------------------------------------------- */

typedef struct vif_host_desc {
    const vif_options *options;         /* defaults of every verb; NULL: all default. Kept. */
    const char *owner;                  /* in the tags; NULL: "local". 1-64 of A-Z a-z 0-9 . _ - */
    const vif_plugin *const *plugins;   /* the agent's own plugins. Kept. */
    size_t plugin_count;
    int netlink_fd_plus_one;            /* adopted rtnetlink socket, the caller's; 0: opened */
    int netfilter_fd_plus_one;          /* the same for NETLINK_NETFILTER, opened when needed */
    int timeout_ms;                     /* of one exchange with the kernel; 0: 5000 */
    const char *proc_root;              /* NULL: "/proc" */
    const char *tun_path;               /* NULL: "/dev/net/tun" */
    void *memory;                       /* at least VIF_HOST_MEMORY bytes, or NULL */
    size_t memory_size;
    vif_resize resize;                  /* NULL: realloc and free, unless VIF_NO_LIBC_ALLOC */
    void *resize_user;
    int64_t (*now_ms)(void *user);      /* monotonic clock for deadlines; may be NULL */
    void (*log)(void *user, const char *text);  /* each change, as it is made; may be NULL */
    void *user;                         /* for now_ms and log */
    uint32_t seed;                      /* see vif_nl_desc */
} vif_host_desc;

typedef struct vif_host {
    vif_host_desc desc;
    vif_nl nl;                          /* nl.count: what was sent and received so far */
    struct {
        vif_nl nf;
        bool open, nf_open;
        unsigned char *memory, *receive, *send, *nf_receive, *scratch;
        size_t memory_size, scratch_size;
        vif_options options;
    } priv;
} vif_host;

VIF_API vif_host_desc vif_host_desc_default(void);
/* Opens the host. On failure nothing stays open, and vif_host_close may still be called. */
VIF_API VIF_MUST_CHECK vif_status vif_host_open(vif_host *host, const vif_host_desc *desc,
                                                vif_error *err);
VIF_API void vif_host_close(vif_host *host);

/* Makes everything of the VIF's plan as it should be. What already is stays untouched: a second
 * plug sends no changing request. instance and options may be NULL. */
VIF_API VIF_MUST_CHECK vif_status vif_plug(vif_host *host, const vif_vif *vif,
                                           const vif_instance_info *instance,
                                           const vif_options *options, vif_error *err);
/* Takes away what is the VIF's own. What is gone already is success. */
VIF_API VIF_MUST_CHECK vif_status vif_unplug(vif_host *host, const vif_vif *vif,
                                             const vif_instance_info *instance,
                                             const vif_options *options, vif_error *err);

/* One thing that is not as the plan wants it. */
typedef struct vif_difference {
    char resource[48], attribute[24], wanted[64], found[64];
} vif_difference;

/* Tests the plan, changes nothing. VIF_OK: all is right. E_DIFFERENT: *count differences, of which
 * the first cap are in out. */
VIF_API VIF_MUST_CHECK vif_status vif_check(vif_host *host, const vif_vif *vif,
                                            const vif_instance_info *instance,
                                            const vif_options *options, vif_difference *out,
                                            size_t cap, size_t *count, vif_error *err);
/* What plug or unplug would do, as text or (json) as a JSON object; nothing is changed. *len is
 * what the whole takes; E_SPACE if that is more than cap. */
VIF_API VIF_MUST_CHECK vif_status vif_dry_run(vif_host *host, vif_verb verb, const vif_vif *vif,
                                              const vif_instance_info *instance,
                                              const vif_options *options, bool json, char *buf,
                                              size_t cap, size_t *len, vif_error *err);
/* What the plugins take, as os-vif's HostInfo in the caller's arena: plugins sorted by name, their
 * VIF classes filtered by permitted (count 0: all). E_NOMEM. */
VIF_API VIF_MUST_CHECK vif_status vif_host_describe(const vif_plugin *const *plugins, size_t count,
                                                    const vif_class *permitted,
                                                    size_t permitted_count, vif_arena *arena,
                                                    vif_host_info **out, vif_error *err);

#ifdef __cplusplus
}
#endif
#endif
