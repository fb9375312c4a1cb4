/* SPDX-License-Identifier: MIT
 * vif.h 0.2.0: plugs virtual network interfaces into a Linux host and takes them out again.
 *
 * USE    One file of the program says
 *            #define VIF_IMPLEMENTATION
 *            #include "vif.h"
 *        all others only include it. It includes vif_objects.h, vif_netlink.h and vif_ovsdb.h, and
 *        needs nothing but libc. CAP_NET_ADMIN in the network namespace is enough, root or not.
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
 *        VIF_NO_NFT         leave out the forwarding rules of bridges: a plan with them is refused
 *        VIF_NO_HOSTDEV     leave out the plugin for virtual functions and other PCI devices; so
 *                           does VIF_NO_VF, together with what it needs of vif_netlink.h (-9 KB)
 *        VIF_NO_WATCH       leave out vif_watch_* (-3 KB)
 *        VIF_NO_OVS         leave out the plugin for Open vSwitch, and vif_ovsdb.h (-64 KB)
 *        VIF_NO_DIRECT      leave out the plugin for VIFDirect: macvtaps (-8 KB)
 *        VIF_NO_QBG         leave out its port profiles, 802.1Qbg and 802.1Qbh (-4 KB)
 *        VIF_NO_NESTED      leave out the plugin for VLANs, macvlans and, unless VIF_NO_HOSTDEV
 *                           does so already, DPDK cards of pods (-2 KB)
 *        VIF_NO_NETWORKS    leave out vif_nic_* and vif_net_*: NICs of containers, and networks
 *                           (-37 KB)
 *        VIF_NO_SWITCH      leave out vif_switch_*, port groups, and port_vlan, port_trunks,
 *                           port_rate_*, port_forged_transmits, port_mac_changes,
 *                           port_promiscuous; VIF_NO_NETWORKS and VIF_NO_DECODE do so, too
 *        VIF_NO_ANNOUNCE    leave out l3_announce, and what it needs of vif_netlink.h (-1.5 KB)
 *        VIF_NO_DNS         leave out dns_file, and what it needs of vif_netlink.h (-8 KB)
 *        VIF_NO_CALL_JSON   leave out vif_call_json (-2.6 KB); VIF_NO_DECODE of vif_objects.h does
 *        VIF_NO_LIST        leave out vif_list, vif_gc, vif_gc_networks, vif_unplug_id, vif_recover
 *                           (-3 KB)
 *        VIF_NO_DRY_RUN     leave out vif_dry_run (-1.5 KB)
 *
 * RULES
 * Memory      The host takes VIF_HOST_MEMORY bytes when it is opened (from desc.memory, or from
 *             desc.resize, or malloc), and nothing more while VIFs are of ordinary size.
 * Threads     One host is used by one thread at a time. Hosts are independent; there are no
 *             globals.
 * fork        A child must not use its parent's host.
 * Signals     EINTR is retried.
 * Outcomes    VIF_OK: done, and confirmed. VIF_E_UNKNOWN: the kernel's answer was lost and looking
 *             did not settle it; plug or unplug again. Anything else: refused, and the host is as
 *             it was before the call. If taking back failed, too, err->text ends with "left
 *             behind:" and what.
 * OVS         Resources of a plan that are rows, and stand side by side, are one transaction. It is
 *             sent as if nothing were there yet, with guards by which the server refuses it
 *             otherwise. Only then are the rows looked at, by name, and a second transaction sets
 *             right what differs. The database is never downloaded.
 * Owners      Links that vif makes carry the alias "vif:<owner>:<id of the VIF>", shared ones
 *             "vif:<owner>:shared". Rows of Open vSwitch have the same in external_ids:vif; a trunk
 *             bridge, which goes with its last VIF, has a key for the tag of each. Chains of
 *             nftables that are a VIF's own have it as their comment (Linux 5.10).
 *             Whatever carries another tag is refused by name. Plug takes over what has no tag if
 *             it can have been made for this VIF: if it has the VIF's name, the wanted kind or
 *             type, and is nobody's port or on the wanted bridge; from then on it has the tag.
 *             Unplug takes away all that carries the tag, under any name and with any options.
 *             Without a tag only what is plainly the VIF's goes: a tap or veth of its own names,
 *             a bridge named from its id, a port with its interface id. Everything else
 *             stays. Links are changed and deleted by their index.
 * State       state_dir holds what has to survive a process that dies, and is to be forgotten at
 *             boot. It is made when it is first needed. Where the default can't be written there
 *             are no notes and locks of shared bridges; what can't do without a note is refused.
 *             - While a shared bridge is set up: its lock, and a note of all that its uplink had.
 *               A plug or unplug that finds the note of a process that died puts all of it where it
 *               belongs, and then goes on.
 *             - From plug to unplug of a device of somebody else's (plugin hostdev, pods with
 *               DPDK, cards of containers, links of bonds, representors with a name): whose it is,
 *               and what it had before. Without a note there is no plug, and an unplug gives
 *               nothing back. Notes are found by their tag, whatever the options or the object say
 *               at the unplug. A plug under way holds the note's lock, which goes with the process.
 *             - Addresses of a pool (default NICs), with the NIC's tag, until unplug.
 *             - Which lines of a container's file (dns_file) are vif's, from before they are
 *               written until an unplug takes them away. What a container may do to its files harms
 *               nobody else: see vif_file_find.
 *             - Switches over Linux bridges, and which port is in which of their groups.
 * Namespaces  Everything happens in the namespace where netlink_fd was opened, but for what is in a
 *             guest's (options.netns_fd). A socket is open in there, by setns(2) or
 *             desc.netlink_in, only while a VIF needs it, so that nothing keeps the namespace alive
 *             afterwards. Unplug needs no namespace: what is inside goes with the host's end.
 *             Settings that netlink can't write go through proc_root, which must show /proc/sys/net
 *             of the host's namespace.
 * Poor hosts  Without /dev/net/tun a tap that is there is taken. Without nf_tables:
 *             forward_rules=false. Without IPv6: use_ipv6=false where a routed VIF has addresses of
 *             it. With /proc/sys read-only: settings_optional=true, or default settings that are
 *             right already.
 *
 * NOT    It runs no program, loads no module, writes no global setting, keeps no daemon. It does
 *        not set up the floating_ips of a fixed IP: they are no addresses of the VIF's, but of a
 *        router that translates them (Neutron's l3 agent). Neither os-vif nor its users' plugs do,
 *        and on the VIF's link they would answer in that router's place. */
#ifndef VIF_H_INCLUDED
#define VIF_H_INCLUDED

#if defined(VIF_NO_DIRECT) && !defined(VIF_NO_QBG)
#define VIF_NO_QBG
#endif
#if (defined(VIF_NO_NETWORKS) || defined(VIF_NO_DECODE)) && !defined(VIF_NO_SWITCH)
#define VIF_NO_SWITCH
#endif
#include "vif_netlink.h"
#include "vif_objects.h"
#include "vif_ovsdb.h"
#if VIF_VERSION_NUM != 200
#error "vif headers of different versions: take all of them from one release (0.2.0 here)"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes that a host takes at vif_host_open: receive and send buffers, and scratch for one verb. */
#define VIF_HOST_MEMORY 65536u
/* More bytes that it takes when it first talks to an OVSDB: its receive and send buffers. For a row
 * that does not fit (external_ids of more than 20 KB) they grow, by desc.resize or realloc; those
 * of a desc.ovsdb do as that says. */
#define VIF_HOST_OVS_MEMORY 32768u

/* ---- options -------------------------------------------------------------------------------- */

/* Every option: its field and its kind. A field that is zero is unset and means the default. The
 * kinds are
 *     NUMBER   a uint32_t
 *     MAYBE    a vif_u32, for which 0 is a value, too: vif_u32_of(0)
 *     RATE     a vif_int, from 1
 *     TEXT     a text that lives as long as the options
 *     SWITCH   a vif_bool: VIF_TRUE or VIF_FALSE
 *     others   an enum, whose words are below
 * An option that os-vif has keeps its name, with the unit added at its end. */
#define VIF_OPTION_MAP(X) \
    X(network_device_mtu, NUMBER)       /* MTU where the network has none; 0: 1500 */ \
    X(vlan_interface, TEXT)             /* linux_bridge, nested: lower device of VLANs */ \
    X(flat_interface, TEXT)             /* linux_bridge: uplink without a VLAN; nested: lower
                                         * device of macvlans */ \
    /* linux_bridge: between which interfaces and the bridge frames are forwarded: names by \
     * commas, or "all", which is the default. */ \
    X(forward_bridge_interface, TEXT) \
    /* linux_bridge: what becomes of frames that no rule lets through: DROP (default), or \
     * REJECT, by which the sender is told. */ \
    X(iptables_drop_action, DROP_ACTION) \
    /* linux_bridge: an uplink that has a master already (bridge, bond, VRF, Open vSwitch) is \
     * taken from it, as os-vif does; unless this is true it is refused, naming the master. */ \
    X(uplink_take_over, SWITCH) \
    X(use_ipv6, SWITCH)                 /* linux_bridge: forwarding rules for IPv6, too; a routed
                                         * tap has IPv6 unless this is false */ \
    X(forward_rules, SWITCH)            /* linux_bridge: false: none (no nf_tables) */ \
    /* linux_bridge and ovs: vif makes the tap and brings it up. Otherwise the hypervisor makes \
     * it, and a linux_bridge VIF is the bridge alone. */ \
    X(create_tap, SWITCH) \
    /* The tap has IFF_MULTI_QUEUE, so that a hypervisor may attach several queues to it. It has \
     * to match what the hypervisor asks for: the kernel refuses a single queue on such a tap. */ \
    X(tap_multi_queue, SWITCH) \
    /* A tap with IFF_VNET_HDR: each frame has a virtio header, which carries offloads. */ \
    X(tap_vnet_hdr, SWITCH) \
    /* The uid that may attach to the tap without CAP_NET_ADMIN. With neither it nor the group set \
     * the kernel lets anybody who may open /dev/net/tun. */ \
    X(tap_owner, MAYBE) \
    /* The same for a gid. With both set the kernel wants both to match. */ \
    X(tap_group, MAYBE) \
    /* The guest's network namespace. A veth pair is made in place of the tap, and its other end \
     * is in there; of a nested VIF the link itself is. */ \
    X(netns_fd, MAYBE) \
    X(netns_link, TEXT)                 /* the name of the link in there; eth0 */ \
    X(netns_netkit, SWITCH)             /* the pair is one of netkit (Linux 6.7), not of veth */ \
    X(l3_setup, SWITCH)                 /* false: it gets no addresses and routes */ \
    X(l3_metric, NUMBER)                /* of its default routes; 0: the kernel's */ \
    /* The kernel asks whether others have the link's IPv6 addresses (DAD, RFC 4862 5.4), and a \
     * plug waits for the outcome. Unset: the addresses work at once (IFA_F_NODAD). */ \
    X(l3_dad, SWITCH) \
    X(l3_optimistic, SWITCH)            /* with l3_dad: they work while it asks (RFC 4429), where
                                         * the link's setting optimistic_dad is on */ \
    /* A plug tells all on the guest's link, twice, which MAC its addresses have (RFC 5227 3, RFC \
     * 4861 7.2.6), once they are settled and the link has a carrier. Needs CAP_NET_RAW, too. */ \
    X(l3_announce, SWITCH) \
    X(l3_settle_ms, NUMBER)             /* how long to wait for DAD, or that carrier; 5000 */ \
    /* The resolv.conf(5) to which the subnets' name servers are added: a path below dns_root in \
     * which no symbolic link is followed, "etc/resolv.conf". Lines that are there stay as they \
     * are; vif's lines stand at the end and go with the last VIF that has them. To change the \
     * file that the container sees, dns_root has to lead through the container's mounts, as \
     * /proc/PID/root does. At most 64 KB. */ \
    X(dns_file, TEXT) \
    X(dns_root, TEXT)                   /* a directory; links in its path are followed; "/" */ \
    /* The driver that a device gets. hostdev, of dev_type generic: unset is vfio-pci. nested, for \
     * a pod's DPDK program: unset is uio_pci_generic. Its module has to be loaded already. */ \
    X(hostdev_driver, TEXT) \
    /* hostdev, and direct in passthrough: priority of the network's VLAN on a virtual function, 0 \
     * to 7, and whether it is an outer VLAN (802.1ad), which few drivers have. */ \
    X(vf_vlan_qos, NUMBER) \
    X(vf_vlan_8021ad, SWITCH) \
    /* The same: settings of a virtual function; unset: it keeps what it has. The rates are of \
     * what the guest sends, and 0 means no limit. */ \
    X(vf_spoofchk, SWITCH) \
    X(vf_trust, SWITCH) \
    X(vf_link_state, LINK_STATE) \
    X(vf_min_rate_mbps, MAYBE) \
    X(vf_max_rate_mbps, MAYBE) \
    /* hostdev, ovs: the guest gets the virtual function's vDPA device, whose node is in the \
     * result. true: a plug without one is refused; unset: it is told where there is one. With \
     * true a VIFVHostUser, too, is of the function that its profile's representor_address \
     * names. */ \
    X(vdpa, SWITCH) \
    /* tap: no bridge: the host routes to the addresses of the VIF over its tap and answers ARP \
     * and NDP there for the gateways. */ \
    X(routed, SWITCH) \
    X(direct_private, SWITCH)           /* direct: mode private, whatever the VIF says */ \
    X(direct_down, SWITCH)              /* direct: stays down until a plug without this */ \
    X(direct_queues, MAYBE)             /* direct: a plug opens so many queues, up to 16, for
                                         * vif_result; 0: it does not look into /dev at all */ \
    X(profile_timeout_ms, NUMBER)       /* direct: what a switch may take for a profile; 10000 */ \
    X(settings_optional, SWITCH)        /* where /proc/sys is read-only, IPv6's settings are left
                                         * as they are, and the plug is not refused */ \
    /* linux_bridge: the VIF's port reaches ports that are not isolated only (bridge(8), \
     * isolated). */ \
    X(port_isolated, SWITCH) \
    /* A frame may leave by the port by which it came. */ \
    X(port_hairpin, SWITCH) \
    /* The bridge learns MACs from what comes in by the port. */ \
    X(port_learning, SWITCH) \
    /* Frames for MACs that the bridge does not know go to the port, too. */ \
    X(port_unicast_flood, SWITCH) \
    /* Multicasts that nobody has joined do so, too. */ \
    X(port_mcast_flood, SWITCH) \
    /* Broadcasts do so, too. Each of these switches has the kernel's default if it is unset. */ \
    X(port_bcast_flood, SWITCH) \
    /* linux_bridge: what the guest sends with another MAC than the VIF's, or another address than \
     * its fixed IPs (if it has some), is dropped: rules of nftables. */ \
    X(port_spoofchk, SWITCH) \
    /* linux_bridge and ovs, as the rest of port_*: what the port is on its switch. \
     * The VLAN that its frames are in, 1 to 4094, without a tag on the port itself. A bridge of \
     * the kernel's that is there must filter VLANs (vlan_filtering of ip-link(8), Linux 5.6), as \
     * else it were a VLAN in name alone, or others were cut off; one that a plug makes does. */ \
    X(port_vlan, NUMBER) \
    X(port_trunks, TEXT)                /* VLANs that it has tagged: "10,20-30"; "1-4094": all */ \
    /* Bits per second that the guest gets (in) and sends (out) at most, on average; for as many \
     * bytes (burst) as much as the peak, or as the link does. */ \
    X(port_rate_in_bps, RATE) \
    X(port_rate_in_peak_bps, RATE) \
    X(port_rate_in_burst_bytes, NUMBER) \
    /* Of a Linux bridge without a peak, and beside the burst (65536 without one) a second's worth \
     * of the rate comes at once: nftables' bucket. What is above is dropped. */ \
    X(port_rate_out_bps, RATE) \
    X(port_rate_out_peak_bps, RATE) \
    X(port_rate_out_burst_bytes, NUMBER) \
    /* false: what the guest sends from another MAC than the VIF's is dropped: rules of nftables, \
     * family netdev, at the host's end of its link, where it is made here. true takes such away \
     * again. Of Open vSwitch on the kernel's datapath alone, without hw-offload. */ \
    X(port_forged_transmits, SWITCH) \
    /* false: it gets no frames for one MAC that is not the VIF's, whichever it gives itself. The \
     * same, since Linux 5.16, on either datapath. */ \
    X(port_mac_changes, SWITCH) \
    X(port_promiscuous, SWITCH)         /* ovs: it gets all frames of its VLAN, or of all */ \
    X(ovsdb_connection, TEXT)           /* of the host's own options: unix:PATH, tcp:ADDR:PORT */ \
    /* Seconds that the server may take to commit: 120, as in os-vif; 0: no limit. */ \
    X(ovs_commit_timeout_s, MAYBE) \
    /* ovs: a new port without a VLAN is in 4095, which leads nowhere, until Neutron's agent \
     * gives it one: no frame of the guest leaks before. */ \
    X(isolate_vif, SWITCH) \
    /* ovs: the VIF has a bridge of its own, joined to the integration bridge by a patch pair, \
     * so that its flows can be exchanged without those of others. */ \
    X(per_port_bridge, SWITCH) \
    X(default_qos_type, TEXT)           /* ovs: QoS.type of new ports on the kernel's datapath;
                                         * linux-noop */ \
    X(ovs_wait, OVS_WAIT)               /* what a plug waits for; APPLIED */ \
    /* How long to wait for the switch; 10000, and 50 for each further VIF of the job. */ \
    X(ovs_applied_timeout_ms, NUMBER) \
    X(ovs_ready_timeout_ms, NUMBER)     /* how long to wait for the controller; 60000 */ \
    X(service_timeout_ms, NUMBER)       /* NICs: how long to wait for desc.service; 60000 */ \
    /* ovs: a port whose device is not there yet is no failure; the hypervisor makes it later. */ \
    X(ovs_device_later, SWITCH) \
    /* ovs: a port of that name that is another VIF's or owner's is overwritten, not refused. */ \
    X(ovs_take_over, SWITCH) \
    /* ovs: other ports with this interface id are removed, not refused. They are left of a VIF \
     * that has another name now, and OVN binds only one port of an id. */ \
    X(ovs_remove_stale, SWITCH) \
    X(ovs_type, TEXT)                   /* Interface.type of a VIFOpenVSwitch: internal */ \
    X(ovs_tag, NUMBER)                  /* Port.tag, 1 to 4095 */ \
    X(ovs_trunks, TEXT)                 /* Port.trunks, as 10,20-30 */ \
    X(ovs_vlan_mode, TEXT)              /* Port.vlan_mode: access, trunk, native-tagged, ... */ \
    X(ovs_ofport, NUMBER)               /* Interface.ofport_request, 1 to 65279 */ \
    X(ovs_protected, SWITCH)            /* Port.protected */ \
    X(ovs_mirrors, TEXT)                /* names of mirrors that are to see the port, by commas */ \
    X(ovs_ingress_rate_kbps, NUMBER)    /* Interface.ingress_policing_rate */ \
    X(ovs_ingress_burst_kbit, NUMBER)   /* Interface.ingress_policing_burst */ \
    X(ovs_qos_max_rate_bps, RATE)       /* QoS other_config:max-rate; see default_qos_type */

/* Words of the enums, as vif_option_set takes them. */
#define VIF_LINK_STATE_MAP(X) X(AUTO, "auto") X(UP, "enable") X(DOWN, "disable")
#define VIF_DROP_ACTION_MAP(X) X(DROP, "DROP") X(REJECT, "REJECT")
#define VIF_OVS_WAIT_MAP(X) \
    X(COMMITTED, "committed")           /* the server has the change */ \
    X(APPLIED, "applied")               /* the switch has made it so */ \
    X(READY, "ready")                   /* OVN's controller says that the port works */
#define VIF__LINK_STATE_ENUM(name, text) VIF_LINK_STATE_##name,
#define VIF__DROP_ACTION_ENUM(name, text) VIF_DROP_ACTION_##name,
#define VIF__OVS_WAIT_ENUM(name, text) VIF_OVS_WAIT_##name,
typedef enum vif_link_state {
    VIF_LINK_STATE_UNSET, VIF_LINK_STATE_MAP(VIF__LINK_STATE_ENUM) VIF_LINK_STATE_COUNT
} vif_link_state;
typedef enum vif_drop_action {
    VIF_DROP_ACTION_UNSET, VIF_DROP_ACTION_MAP(VIF__DROP_ACTION_ENUM) VIF_DROP_ACTION_COUNT
} vif_drop_action;
typedef enum vif_ovs_wait {
    VIF_OVS_WAIT_UNSET, VIF_OVS_WAIT_MAP(VIF__OVS_WAIT_ENUM) VIF_OVS_WAIT_COUNT
} vif_ovs_wait;

#define VIF__OPTION_TYPE_NUMBER uint32_t
#define VIF__OPTION_TYPE_RATE vif_int
#define VIF__OPTION_TYPE_MAYBE vif_u32      /* 0 is a value: vif_u32_of(0) */
#define VIF__OPTION_TYPE_TEXT const char *
#define VIF__OPTION_TYPE_SWITCH vif_bool
#define VIF__OPTION_TYPE_DROP_ACTION vif_drop_action
#define VIF__OPTION_TYPE_LINK_STATE vif_link_state
#define VIF__OPTION_TYPE_OVS_WAIT vif_ovs_wait
#define VIF__OPTION_FIELD(name, kind) VIF__OPTION_TYPE_##kind name;
typedef struct vif_options {
    VIF_OPTION_MAP(VIF__OPTION_FIELD)
} vif_options;

/* Sets an option by its name, or by one without a unit (os-vif's ovs_vsctl_timeout is one). value
 * stays the caller's and must live as long as the options. E_INVAL: no such option, or not its
 * kind; the options are then as they were. */
VIF_API VIF_MUST_CHECK vif_status vif_option_set(vif_options *options, const char *name,
                                                 const char *value, vif_error *err);

/* ---- the host's links, as planners and tests see them --------------------------------------- */

/* A vif_link_info is what the kernel said of a link when it was last asked, and may be out of date
 * by now. Whoever changes a link asks again first, and names it by its index. */

/* Per-link settings: name, directory of /proc/sys/net, number for netlink. */
#define VIF_CONF_MAP(X) \
    X(ARP_IGNORE, "ipv4", "arp_ignore", VIF_INET_ARP_IGNORE) /* 1: only for its own addresses */ \
    X(ARP_ANNOUNCE, "ipv4", "arp_announce", VIF_INET_ARP_ANNOUNCE) /* 2: names only those */ \
    X(PROXY_ARP, "ipv4", "proxy_arp", VIF_INET_PROXY_ARP) /* for what is routed elsewhere */ \
    X(FORWARDING, "ipv4", "forwarding", VIF_INET_FORWARDING) /* routes what comes in */ \
    X(RP_FILTER, "ipv4", "rp_filter", VIF_INET_RP_FILTER) /* 1: drops what has no way back here */ \
    X(ACCEPT_REDIRECTS, "ipv4", "accept_redirects", VIF_INET_ACCEPT_REDIRECTS) /* ICMP's */ \
    X(SEND_REDIRECTS, "ipv4", "send_redirects", VIF_INET_SEND_REDIRECTS) /* of ICMP */ \
    X(DISABLE_IPV6, "ipv6", "disable_ipv6", VIF_INET6_DISABLE_IPV6) /* 1: no IPv6 at all */ \
    X(PROXY_NDP, "ipv6", "proxy_ndp", VIF_INET6_PROXY_NDP) /* as proxy_arp */ \
    X(FORWARDING6, "ipv6", "forwarding", VIF_INET6_FORWARDING) /* as of IPv4 */ \
    X(ADDR_GEN_MODE, "ipv6", "addr_gen_mode", VIF_INET6_ADDR_GEN_MODE) /* 1: no link-local one */ \
    X(ACCEPT_RA, "ipv6", "accept_ra", VIF_INET6_ACCEPT_RA) /* believes routers */ \
    X(ACCEPT_REDIRECTS6, "ipv6", "accept_redirects", VIF_INET6_ACCEPT_REDIRECTS) /* as of IPv4 */ \
    X(PROXY_DELAY, "ipv4", "proxy_delay", VIF__CONF_NEIGH) \
    X(PROXY_DELAY6, "ipv6", "proxy_delay", VIF__CONF_NEIGH)
#define VIF__CONF_NEIGH 255             /* below neigh, not conf; no message tells it */
#define VIF__CONF_ENUM(name, dir, file, number) VIF_CONF_##name,
typedef enum vif_conf { VIF_CONF_MAP(VIF__CONF_ENUM) VIF_CONF_COUNT } vif_conf;

/* Switches of a bridge port, as bits. */
enum { VIF_PORT_ISOLATED = 1, VIF_PORT_HAIRPIN = 2, VIF_PORT_LEARNING = 4,
       VIF_PORT_UNICAST_FLOOD = 8, VIF_PORT_MCAST_FLOOD = 16, VIF_PORT_BCAST_FLOOD = 32 };

/* A link of the host. index 0: there is none of that name. */
typedef struct vif_link_info {
    uint8_t ns;                         /* of the plan's namespaces, the one that it is in */
    char name[16], real_name[16];       /* as asked for; the kernel's, if that is an altname */
    int32_t index;                      /* the kernel's number of it; 0: there is none */
    uint32_t flags, mtu;                /* VIF_IFF_*; bytes */
    int32_t master, lower;              /* indices, 0: none */
    vif_u32 lower_ns;                   /* where lower is, if not here: the kernel's number */
    uint16_t type;                      /* its hardware's, ARPHRD_*; 1: Ethernet */
    uint16_t vlan;                      /* kind vlan: its id */
    uint8_t mac[6];                     /* as the kernel prints it, first byte first */
    uint8_t mode;                       /* kinds macvlan, macvtap: VIF_MACVLAN_* */
    uint32_t vni;                       /* kind vxlan: its network's id */
    vif_bond bond;                      /* kind bond: how it is set up */
    char kind[16];                      /* "" for hardware; taps are "tun" */
    char alias[160];                    /* "" without one; a longer one is cut */
    bool is_tap, multi_queue, vnet_hdr; /* kind tun */
    uint32_t queues;                    /* of a multi-queue tap: attached now */
    vif_u32 uid, gid;                   /* who may attach to a tap, if that is bounded */
    uint8_t port;                       /* of a bridge's port: VIF_PORT_* that are on */
    uint64_t token;                     /* of the addresses that routers give it; its bytes are in
                                         * their order on the wire. 0: it has none */
    uint32_t conf_known;                /* bit per vif_conf */
    uint32_t conf[VIF_CONF_COUNT];      /* their values, by vif_conf */
} vif_link_info;

/* What a planner may ask of the host. None of it changes anything. */
typedef struct vif_view {
    const vif_link_info *(*link)(void *user, const char *name); /* index 0: there is none of that
                                         * name; NULL: the look-up failed */
    void *user;                         /* for these functions */
    /* Text of a file of sysfs, by its path below the root; false: there is none, or it does not
     * fit. May be NULL: there is no sysfs. */
    bool (*sysfs)(void *user, const char *path, char *text, size_t cap);
    /* Calls each for the names in a directory, until it says false. */
    void (*sysfs_list)(void *user, const char *path, bool (*each)(void *context, const char *name),
                       void *context);
    /* Finds the port of a card's switch that agrees with the attributes present in *port, and fills
     * in the others; false: there is none. May be NULL: the kernel has no devlink. */
    bool (*devlink_port)(void *user, vif_devlink_port *port);
    /* Calls each, until it says false, for the notes that are the subject's (see RULES, devices):
     * their kind, a vif_kind, and the device: a PCI address, or the name that a representor has.
     * May be NULL: there are none. */
    void (*notes)(void *user, bool (*each)(void *context, int kind, const char *device),
                  void *context);
    /* The address of the pool that the tag has taken, or one that is free now; false: there is
     * none. `pool` is the bridge's own, with its prefix. May be NULL: nothing is known. */
    bool (*lease)(void *user, const char *bridge, const vif_ip *pool, const char *tag, vif_ip *out);
} vif_view;

/* ---- plans ---------------------------------------------------------------------------------- */

/* The kinds of resources: what each is; behind the colon the member of `want` that says how it is
 * to be; and whose it is, where that is always the same (see vif_whose). */
typedef enum vif_kind {
    VIF_RES_BRIDGE,                     /* a Linux bridge, perhaps of link.more->bridge. shared */
    VIF_RES_VLAN,                       /* a VLAN over `other`: link */
    VIF_RES_TAP,                        /* link, without vlan. own */
    VIF_RES_VETH,                       /* a pair, the other end `other`: link.mtu, netkit. own */
    VIF_RES_PEER,                       /* the other end of the pair `other`: link. own */
    VIF_RES_MACVTAP,                    /* over `other`: link. own */
    VIF_RES_MACVLAN,                    /* over `other`: link. own */
    VIF_RES_VXLAN,                      /* over `other`, of link.more->vxlan. counted */
    VIF_RES_BOND,                       /* a bond, of link.more->bond: link */
    VIF_RES_DEVICE,                     /* own: whatever link has the name goes at unplug */
    VIF_RES_CONF,                       /* a setting: conf */
    VIF_RES_REQUIRE,                    /* a global setting is on: require, a path below sys/net */
    VIF_RES_MASTER,                     /* the link is a port of `other`: master */
    VIF_RES_PORT,                       /* of the port's switches, mask are as in on: port */
    VIF_RES_RATE,                       /* what the link sends is bounded: rate */
    VIF_RES_PORT_VLANS,                 /* VLANs of the port of the bridge `other`: vlans */
    VIF_RES_UP,                         /* up, and with these flags: up */
    VIF_RES_MTU,                        /* mtu */
    VIF_RES_MOVE,                       /* its addresses and routes are `other`'s */
    VIF_RES_ADDRESS,                    /* the link has an address: ip */
    VIF_RES_ROUTE,                      /* a route over the link: ip */
    VIF_RES_SETTLED,                    /* the link's IPv6 addresses are no other's: RFC 4862 5.4 */
    VIF_RES_ANNOUNCE,                   /* the link's addresses of the plan are announced, by each
                                         * plug: settled.ms */
    VIF_RES_DNS,                        /* a file names these servers: dns. own; of no link */
    VIF_RES_PROXY,                      /* the link answers ARP or NDP for an address: ip */
    VIF_RES_FDB,                        /* the VXLAN link's frames for all go to an address, too:
                                         * ip. shared: it goes with the link */
    VIF_RES_LEASE,                      /* of the bridge's pool, an address: ip, the pool as its
                                         * gateway. own */
    VIF_RES_FILTER,                     /* the bridge tells VLANs apart. own */
    VIF_RES_RECORD,                     /* a text that is kept of the link: record. own; borrowed:
                                         * it has to be there */
    VIF_RES_SERVICE,                    /* what desc.service does for a NIC is done: pointer. own */
    VIF_RES_RULES,                      /* forwarding rules of the bridge: rules */
    VIF_RES_QUEUES,                     /* the macvtap's device node is there: queues */
    VIF_RES_PROFILE,                    /* of the macvtap `other`, over the link: port */
    VIF_RES_DRIVER,                     /* a PCI device has the driver: device. borrowed */
    VIF_RES_VF,                         /* of a device, settings of the virtual function: device.
                                         * Its netdev `other`, if it has one, gets its MAC back.
                                         * borrowed */
    VIF_RES_NAME,                       /* the link is called device.address, and `other` before;
                                         * "": it is called so already. borrowed */
    VIF_RES_LENT,                       /* a card of the host's, device.address and `other`, is in
                                         * the namespace, as the link. borrowed */
    VIF_RES_BONDED,                     /* the link, device.address, is a port of the bond `other`,
                                         * and up; once it is none it is as it was. borrowed */
    VIF_RES_FAST_PATH,                  /* the device of a fast path's port is there. own: the
                                         * host's fast_path makes it; borrowed: the switch does */
    VIF_RES_OVS_BRIDGE,                 /* rows of Open vSwitch: ovs, by vif_plan_ovs */
    VIF_RES_OVS_PORT,
    VIF_RES_OVS_TAGGED,                 /* at an unplug: all rows with the tag ovs->name */
    VIF_RES_COUNT
} vif_kind;

typedef enum vif_whose {
    VIF_OWN,                            /* made for this VIF, goes with it */
    VIF_SHARED,                         /* made if missing, stays */
    VIF_COUNTED,                        /* made if missing, goes with its last user */
    VIF_BORROWED                        /* was there before; comes back as it was */
} vif_whose;

/* One column of a row of Open vSwitch (ovs-vswitchd.conf.db(5)), or one key of a map column: of
 * table "Bridge", "Port" or "Interface". */
typedef vif_ovsdb_cell vif_ovs_column;

/* A bridge, or a port with its one interface of the same name. */
typedef struct vif_ovs {
    const char *name;                   /* at most 15 bytes; a patch port 64 */
    const char *bridge;                 /* of a port */
    const char *iface_id;               /* external_ids:iface-id, if it is the port of a VIF */
    vif_ovs_column *columns;
    const char *qos, *qos_max_rate;     /* type of the port's QoS row, or NULL; bit/s, or NULL: of
                                         * egress-policer bytes per second */
    const char *qos_burst;              /* with a rate: bits, of a queue 0 that has it, too; of
                                         * egress-policer bytes; or NULL */
    bool qos_none;                      /* no such row with a rate; without the three above */
    const char *mirrors;                /* at most 8 names by commas, or NULL */
    const char *like;                   /* of a bridge: one that comes before it, whose datapath it
                                         * gets when it is made; or NULL */
    const char *refusal;                /* the words for a borrowed bridge that is not there, and
                                         * for a counted port that is on another bridge; or NULL */
    const char *links;                  /* of a bond: its interfaces by commas; NULL: it has one, of
                                         * its own name */
    bool anchor;                        /* a counted port: the bridge that it is on already is the
                                         * network's, whatever the plan calls it */
    bool by_vifs;                       /* a counted bridge goes with the last of the VIFs on it, as
                                         * their external_ids:bridge_name says, whoever made it;
                                         * else with its last port, if it has the tag `shared` */
    bool guarded;                       /* of a bridge: frames that come to it by a device meet
                                         * rules first, or it is refused */
    struct {                            /* the runner's */
        int op;                         /* number of its first operation in the transaction */
        bool taken, bond, local, broken, mirrors_right, sent, netdev, unbind, renew;
        bool qos_right, queue_right, leave_qos;
        bool offloads;                  /* the switch has others take frames */
        bool joins, leaves;             /* its bridge, in the transaction under construction */
        bool tagged;                    /* found by the VIF's tag */
        bool links_right;               /* of a bond: its interfaces are `links` */
        char uuid[37], iface[37];       /* of the port or bridge; of its interface, its own port */
        const char *bridge, *type, *error;      /* that it is on; of its interface */
        struct vif__ovs_holder *holders;        /* of the interface id, other ports */
        const char *qos_type, *qos_config, *qos_uuid, *qos;     /* of the QoS row; Port.qos */
        const char *queue_config, *queue0;  /* of the queue that is the port's own; QoS.queues[0] */
        const char *no_mirror;          /* where in `mirrors` one is named that is not there */
        char (*mirrors)[37];            /* the rows of `mirrors` that are the bridge's */
        uint32_t mirrored;              /* bits 2n, 2n + 1: the nth mirror has it as source, ... */
        int64_t ofport, ifindex;
    } priv;
} vif_ovs;

/* What few links are wanted to be. */
typedef struct vif_link_more {
    vif_vxlan vxlan;                    /* but for the lower device, which is the resource's */
    vif_nl_bridge bridge;               /* with present 0: as bridges of VIFs are */
    vif_bond bond;
    const char *refusal;                /* the words for one of that name that is there and over
                                         * another device; or NULL */
} vif_link_more;

/* What is wanted of a link that is made. */
typedef struct vif_link_want {
    uint32_t mtu;                       /* bytes; over another link 0: as that has it */
    uint16_t vlan;                      /* the id of a VLAN, 1 to 4094 */
    uint8_t mode;                       /* of a macvlan or macvtap: VIF_MACVLAN_* */
    uint8_t mac[6];                     /* what it is to have, if has_mac */
    bool has_mac;                       /* else the kernel makes one up */
    bool netkit;                        /* a pair is one of netkit, not of veth */
    bool multi_queue, vnet_hdr;         /* of a tap, and who may attach to it */
    bool vlan_filtering;                /* of a bridge that is made: it filters VLANs */
    vif_u32 uid, gid;
    const vif_link_more *more;          /* or NULL, but for a VXLAN */
} vif_link_want;

/* What is wanted of a PCI device. Attributes of its function that are not wanted stay as they are,
 * and what is set comes back at unplug: of the function by its physical function's netdev, which is
 * the resource's link (after that one has gone: ""), of the driver by sysfs. */
typedef struct vif_device_want {
    const char *address;                /* "0000:03:10.2"; what a link is to be called */
    const char *driver;                 /* that is to have it */
    const char *before;                 /* where it has that one already: which one it had before
                                         * that, and gets back; NULL: not known */
    vif_vf vf;                          /* what `present` names; the link is the PF's, or "". Of a
                                         * card that is lent, its MAC in there */
} vif_device_want;

#define VIF_DNS_SERVERS 16
/* What is wanted of a resolv.conf. */
typedef struct vif_dns_want {
    const char *root, *file;            /* as the options dns_root, dns_file */
    vif_ip servers[VIF_DNS_SERVERS];    /* count of them, each once */
    size_t count;
} vif_dns_want;

/* What is wanted of what a link sends: bits per second, and bytes. */
typedef struct vif_rate_want {
    int64_t average;                    /* 0: as much as it can, and the rest has no meaning */
    int64_t peak;                       /* above the average, for a burst; 0: as much as it can */
    uint32_t burst;                     /* bytes, at least a frame */
    uint32_t frame;                     /* bytes of the largest one */
} vif_rate_want;

typedef struct vif_resource {
    vif_kind kind;                      /* which member of `want` counts */
    vif_whose whose;                    /* who may take it away, and when */
    char link[16];                      /* the link it is about */
    char other[16];                     /* master, lower device, or where things move */
    uint8_t ns, other_ns;               /* of plan.namespaces, those that the two are in; a lower
                                         * device is in its link's, or the host's */
    bool optional;                      /* it is skipped where the link, or port, is not there */
    bool only_ours;                     /* it is skipped where the link does not carry our tag */
    union {                             /* of each kind, as vif_kind says; texts live as long as
                                         * the plan */
        vif_link_want link;             /* kinds that make a link */
        struct {
            uint8_t which;              /* vif_conf */
            uint32_t value;             /* as the file of /proc/sys has it */
        } conf;
        struct {
            bool take_over;             /* of a shared one: also if it is another's */
        } master;
        struct {
            uint8_t mask, on;           /* bits of VIF_PORT_* */
        } port;
        vif_rate_want rate;
        struct {
            const uint8_t *tagged;      /* a bit each, 512 bytes; NULL: none */
            uint16_t pvid;              /* the one without a tag, 1 to 4094; 0: none. With neither:
                                         * the bridge's default */
        } vlans;
        struct {
            uint32_t flags;             /* VIF_IFF_*, beside UP */
        } up;
        struct {
            uint32_t mtu;               /* bytes */
        } mtu;
        struct {
            vif_ip address;             /* with its prefix; of a route: where to */
            bool dad, optimistic;       /* an address of IPv6 is looked for elsewhere: first, or
                                         * while it works already */
            uint32_t metric;            /* of a route; 0: as the kernel has it */
            const vif_ip *gateway;      /* of a route, or NULL */
        } ip;
        struct {
            uint32_t ms;                /* that it may take */
            bool optimistic;            /* addresses that work meanwhile are not waited for */
        } settled;
        struct {
            const char *path;           /* "ipv4/ip_forward" */
        } require;
        struct {
            const char *text, *what;    /* what, ".switch", ends its file's name */
        } record;
        vif_nft_rules *rules;           /* the bridge's or link's name comes from the link */
        struct {
            uint32_t count;             /* how many are to be opened */
            bool multi_queue, vnet_hdr; /* as of a tap, by ioctl */
        } queues;
        struct {
            vif_nl_port *port;          /* what lldpad, or the driver, is told */
            bool early;                 /* only announced: the guest is not here yet */
        } profile;
        vif_device_want *device;        /* kinds driver, vf and name */
        vif_dns_want *dns;
        vif_ovs *ovs;                   /* kinds of rows */
        const void *pointer;            /* whichever it is, of those kinds that begin with one */
    } want;
    struct {                            /* the runner's: what it found, to be put back */
        vif_link_info *link;            /* as it was seen last; NULL: it has none */
        uint8_t state;                  /* right, different, applied, ... */
        bool applied;                   /* by this call, to its end, as was logged */
        bool created, read;             /* made by this call; its test has asked the kernel */
        bool there;                     /* of what outlives its link: there is some of it */
        union {                         /* one word of what was there before */
            int32_t index;              /* of the link that was made or found */
            uint32_t conf, port, flags, mtu; /* what apply has changed */
            uint32_t gen_mode;          /* move: the bridge's, plus one; 0: it had IPv6 on */
            uint32_t rules;             /* what was there: 1: the table, 2: the chain */
            bool sent;                  /* a first time */
            struct {
                uint8_t missing, made;  /* VIF__IP_*: parts of the entry */
            } ip;
        } was;
        union {                         /* more of it, in the task's memory */
            struct vif__link_note *link; /* MAC, MTU and alias of a link that was there */
            struct vif__above *above;   /* MTUs of the links above it */
            struct vif__layer3 *layer3; /* addresses, routes and neighbours of an uplink */
            struct vif__pci_note *device; /* what a device or representor had before */
            vif_dns_want *dns;          /* which servers the VIF had there before */
            char *text;                 /* of the file of a record; NULL: there was none */
            struct vif__rate_note *rate;
            struct vif__port_vlans *vlans; /* those that the port is to have, and had */
            struct {
                int32_t index;          /* of the master that it had; 0: none */
                uint32_t flags;         /* whether it was up */
                vif_bridge_port *port;  /* NULL: the master was no bridge */
            } master;
        } note;
    } priv;
} vif_resource;

/* What the options say of how a plan is carried out. It is part of the plan, as nothing behind the
 * planner reads an option. */
typedef struct vif_policy {
    vif_ovs_wait ovs_wait;              /* never UNSET */
    bool ovs_take_over, ovs_remove_stale, ovs_device_later; /* the options of these names */
    uint32_t profile_ms, service_ms;    /* what a profile, what a service may take */
    int64_t ovs_commit_ms, ovs_applied_ms, ovs_ready_ms;    /* INT64_MAX / 2: no limit */
} vif_policy;

#define VIF_PLAN_NAMESPACES 3

struct vif_plan_input;

/* What is to be there for one subject, and in which order it is made; unplug goes backwards. It
 * points into the subject, the options and the arena that it was made from, and lives as long as
 * they do. */
typedef struct vif_plan {
    vif_resource *items;                /* count of them, in the order of apply */
    size_t count;                       /* 0 also where the plan was refused */
    vif_fd namespaces[VIF_PLAN_NAMESPACES];     /* the caller's; [0], unset: where the host is */
    const char *plugin;                 /* by whose planner */
    struct {
        vif_arena *arena;               /* where it grows */
        size_t cap;                     /* of items */
        struct vif__plan_spare *spare;  /* what is filled after an error */
        uint8_t guest_ns;               /* where the guest's end of a pair is; 0: there is none */
        const struct vif_plan_input *as; /* of the VIF that it is another notation of, or NULL */
    } priv;
    vif_policy policy;                  /* for the whole of it */
    vif_error error;                    /* the first thing that could not be planned */
    const char *vdpa;                   /* "vhost-vdpa-0", of the result; NULL: none */
    const char *bridge;                 /* of the result: a network's; NULL: none */
} vif_plan;

/* What a job does with its subjects. Where a field `dry` is set, only the tests of it are run. */
typedef enum vif_verb {
    VIF_PLUG,                           /* makes what is missing, sets right what differs */
    VIF_UNPLUG,                         /* takes away what is the VIF's own, gives back the rest */
    VIF_CHECK                           /* says what a plug would change */
} vif_verb;

/* What a planner works from. vif has been validated: every set field is well formed. */
typedef struct vif_plan_input {
    vif_verb verb;
    const vif_vif *vif;                 /* NULL: `object` is planned */
    const vif_instance_info *instance;  /* may be NULL */
    const vif_options *options;         /* never NULL; checked, too */
    const vif_view *view;               /* NULL: a plan without a host, nothing is known of it */
    const char *owner;                  /* of the tags: vif_host_desc.owner */
    const struct vif_plugin *const *plugins;    /* the agent's own, looked at before the built-in */
    size_t plugin_count;                        /* ones; may be none */
    const void *object;                 /* what is no VIF: a network, a NIC, ... */
    const char *id;                     /* that its tags have */
    void (*plan)(struct vif_plan *plan, const struct vif_plan_input *in);   /* its planner */
    bool fast_path;                     /* the host has one of its own */
    const struct vif_member *member;    /* vif is in this port group; or NULL */
    bool whole_port;                    /* options of ports that are unset say so: "none" */
    bool filters;                       /* with it: the port's Linux bridge tells VLANs apart */
} vif_plan_input;

/* Adds a resource behind those that the plan has, which is the order of apply. Names must be valid
 * ones of links (that is checked). The caller may fill in more of what is returned, which is never
 * NULL: after an error, which the plan keeps, it is a dummy. */
VIF_API vif_resource *vif_plan_add(vif_plan *plan, vif_kind kind, vif_whose whose,
                                   const char *link, const char *other);
/* With a number: of a VLAN its id, of other kinds the MTU. */
VIF_API vif_resource *vif_plan_number(vif_plan *plan, vif_kind kind, vif_whose whose,
                                      const char *link, uint32_t number);
/* A setting of the link, written before it is up if the resource comes before VIF_RES_UP. */
VIF_API vif_resource *vif_plan_conf(vif_plan *plan, vif_whose whose, const char *link,
                                    vif_conf which, uint32_t number);
/* The VIF's tap as the options want it, with MAC (may be NULL) and MTU. */
VIF_API vif_resource *vif_plan_tap(vif_plan *plan, const vif_plan_input *in, const char *name,
                                   const uint8_t *mac, uint32_t mtu);
/* Adds a network namespace to the plan, by an fd that the caller keeps open until the job is over.
 * Returns its number for vif_resource.ns and other_ns. VLANs, macvlans, macvtaps, veth pairs and
 * their ends, addresses, routes and `up` may be in there, other kinds not. E_INVAL: the plan has
 * VIF_PLAN_NAMESPACES of them. */
VIF_API uint8_t vif_plan_namespace(vif_plan *plan, int fd);
/* A bridge (without `bridge`) or port of Open vSwitch; its bridge comes before a port, shared if it
 * is not the VIF's own. Texts live as long as the plan. Never NULL, and its ovs neither. */
VIF_API vif_resource *vif_plan_ovs(vif_plan *plan, vif_kind kind, vif_whose whose,
                                   const char *name, const char *bridge);
/* Says what a column of the row is to be. For one key of a map column the caller sets the key:
 * vif_plan_ovs_column(plan, r, "Port", "external_ids", "x")->key = "owner". Never NULL. */
VIF_API vif_ovs_column *vif_plan_ovs_column(vif_plan *plan, vif_resource *r, const char *table,
                                            const char *column, const char *value);
/* Refuses: the plan's error is set (if it has none), naming the field. */
VIF_API void vif_plan_refuse(vif_plan *plan, vif_status status, const char *field,
                             const char *why);
/* Network's MTU, or the option's, or 1500; refuses what is out of 68..65535 (RFC 791 §3.2). */
VIF_API uint32_t vif_plan_mtu(vif_plan *plan, const vif_plan_input *in);

/* A plugin is a const struct of the agent's, named in vif_host_desc.plugins. It says which classes
 * of VIFs it takes, in which versions and with which port profiles, and has a planner. It needs no
 * code for undo, check, dry run and locks: these come with the kinds of resources that its planner
 * describes.
 *
 *     static void wire_plan(vif_plan *plan, const vif_plan_input *in)
 *     {
 *         const char *name = in->vif->generic.vif_name;
 *
 *         (void)vif_plan_tap(plan, in, name, NULL, vif_plan_mtu(plan, in));
 *         (void)vif_plan_conf(plan, VIF_OWN, name, VIF_CONF_DISABLE_IPV6, 1);
 *         (void)vif_plan_add(plan, VIF_RES_UP, VIF_OWN, name, NULL);
 *     }
 *     static const vif_plugin_vif wire_takes[] = {
 *         {VIF_CLASS_VIFGeneric, 0, 0, NULL}, {VIF_CLASS_NONE, 0, 0, NULL}};
 *     static const vif_plugin wire = {"wire", wire_takes, wire_plan};
 *
 * examples/plugin.c is a whole one. */

/* A port profile that is taken, and in which versions. */
typedef struct vif_plugin_profile {
    vif_class klass;                    /* VIF_CLASS_NONE ends the list */
    uint8_t min_minor, max_minor;       /* major is 1 */
} vif_plugin_profile;

/* A class of VIFs that is taken, and in which versions. */
typedef struct vif_plugin_vif {
    vif_class klass;                    /* VIF_CLASS_NONE ends the list */
    uint8_t min_minor, max_minor;       /* of the class's version; major is 1 */
    const vif_plugin_profile *profiles; /* ends with VIF_CLASS_NONE; NULL: any, or none */
} vif_plugin_vif;

typedef struct vif_plugin {
    const char *name;                   /* as a VIF's field `plugin` has it; one of a built-in
                                         * plugin's takes its place */
    const vif_plugin_vif *vifs;         /* ends with VIF_CLASS_NONE */
    /* Fills the plan; the same plan serves every verb. Errors through vif_plan_refuse. */
    void (*plan)(vif_plan *plan, const vif_plan_input *in);
} vif_plugin;

/* Makes the plan of one VIF without a host: it reads nothing but through the view, and changes
 * nothing. A plan that is refused has no resources. It lives in the arena, and no longer than what
 * in points at. */
VIF_API VIF_MUST_CHECK vif_status vif_plan_make(vif_plan *plan, vif_arena *arena,
                                                const vif_plan_input *in, vif_error *err);
/* A line per resource, for people. Returns the length it takes, as snprintf does. */
VIF_API size_t vif_plan_print(const vif_plan *plan, char *buf, size_t cap);

/* ---- networks: what VIFs and NICs are plugged into ------------------------------------------ */

/* A network is a subject of its own: its planner is vif_net_plan, its object a vif_net.
 *
 *     vif_net net = {.type = VIF_NET_VLAN, .master = "backplane", .tag = 100};
 *     vif_subject s = {.id = "vlan100", .plan = vif_net_plan, .object = &net};
 *
 * plug makes what is missing of it, and host.result.bridge says what ports are to be put on. A
 * network is counted: its bridge and what leads out of it carry the tag "vif:<owner>:shared" where
 * vif has made them, and go when a subject that needs them is unplugged and no port of anybody
 * else's is left. What was there before, or is another owner's, is used and stays. vif_gc and
 * vif_unplug_id know ids alone, and leave networks: one that nobody uses any more goes with the
 * next unplug of a vif_net like it, or by vif_gc_networks. With devices of the kernel's, plugs and
 * unplugs of a network are under its lock in state_dir.
 *
 * A bond of the kernel's (Documentation/networking/bonding.rst) is the subject's own, and looks at
 * its carriers each 100 ms. Its links are the host's: whether they are up is noted in state_dir,
 * and unplug, which needs neither their names nor the mode, makes them again what they were. One
 * with addresses, routes or another master is refused by name, before anything changes. A bond at
 * work keeps its mode: to change that, unplug it first. options.network_device_mtu is its MTU, and
 * its links'. */

/* Its words in JSON are those of vifctl net. */
typedef enum vif_net_type {
    VIF_NET_VLAN,                       /* a bridge whose frames are in a VLAN of the master's */
    VIF_NET_VXLAN,                      /* one whose frames are in a VXLAN over the master */
    VIF_NET_BOND,                       /* a port of the master with several links */
    VIF_NET_BRIDGE,                     /* a bridge with options */
    VIF_NET_PORT,                       /* a port of the master, with columns of its own */
    VIF_NET_VTEP                        /* the kernel's device of a VXLAN alone: "vtep<vni>" */
} vif_net_type;

typedef enum vif_net_backend {
    VIF_NET_OVS,                        /* bridges of Open vSwitch */
    VIF_NET_LINUX                       /* of the kernel: VLANs, VXLANs, bridges and bonds alone */
} vif_net_backend;

/* A column of Open vSwitch, or a key of one, as ovs-vsctl has it: "other_config:hwaddr". */
typedef struct vif_net_set {
    const char *column;
    const char *value;                  /* a number, true or false becomes one, but for a key */
} vif_net_set;

/* Texts live as long as the subject. */
typedef struct vif_net {
    vif_net_type type;
    vif_net_backend backend;
    const char *name;                   /* of its bridge; NULL: "vlbr<tag>", "vxlbr<vni>"; and where
                                         * the network has got another one already, that. Of bonds,
                                         * bridges and ports their own name */
    const char *master;                 /* the bridge (backend LINUX: the link) that leads out, or
                                         * that gets the port; it has to be there. LINUX: a bond
                                         * without one is alone */
    uint32_t tag;                       /* of a VLAN: 1 to 4094; 0: the master's untagged frames; of
                                         * a port 0: none */
    uint32_t vni;                       /* of a VXLAN, 1 to 16777215 */
    const char *remotes;                /* its other ends, IP addresses by commas: ports of the
                                         * switch's own; LINUX: of the kernel's device, all of
                                         * IPv4 or all of IPv6: each goes with it, not before.
                                         * NULL: the kernel's device has a multicast group */
    const char *group;                  /* NULL: 239.A.B.C with vni / 256 + 1 in A, B, C */
    uint32_t port;                      /* UDP; 0: 8472, as the kernel and Zero-OS have it, not
                                         * 4789 */
    const char *links;                  /* of a bond, two or more by commas; LINUX: of the host's,
                                         * of which nothing is lost: see above */
    const char *bond_mode;              /* NULL: "balance-slb"; LINUX: "active-backup", or what the
                                         * kernel calls it, or "balance-tcp": 802.3ad, layer3+4 */
    vif_bool lacp;                      /* TRUE: active; LINUX: 802.3ad, unless a mode is named */
    vif_bool stp, mcast_snooping;       /* of a bridge; unset: off */
    vif_bool vlan_filtering;            /* of a bridge, LINUX; unset: off */
    vif_u32 ageing_s;                   /* of a bridge: how long an address stays, up to 1000000;
                                         * unset: 300 */
    const vif_net_set *set;             /* OVS: more columns of a bridge, or a port's interface */
    size_t set_count;
    bool alone;                         /* a bridge is the subject's own and not counted: unplug
                                         * takes it with all its ports */
} vif_net;

/* The planner of networks: in->object is a const vif_net *. Its refusals are in the words of the
 * commands of Zero-OS that do the same. E_FIELD: an object that is none; E_NO_INTERFACE: there is
 * no such master; E_EXISTS: the network is another master's, or has another bridge. */
VIF_API void vif_net_plan(vif_plan *plan, const vif_plan_input *in);

/* ---- the host ------------------------------------------------------------------------------- */

/* A vif_host is a program's way to the host: sockets, memory, an owner and options, in a struct of
 * the caller's. Open one for each network namespace and thread, and keep it open. It keeps nothing
 * about VIFs: that is written on their links and rows themselves, as tags. */

/* One thing that was done, or could not be, for desc.log. What it points at is gone when the log
 * returns. */
typedef struct vif_event {
    vif_verb verb;                      /* of the job */
    size_t subject;                     /* its index among the subjects of the job; of a blocking
                                         * call for one: 0 */
    const vif_vif *vif;                 /* NULL: it is no VIF, or an unplug by its id */
    const char *what;                   /* "applied", "removed", "taken back", ...; with an error
                                         * "refused", "unknown", "unconfirmed", "left behind" */
    const char *kind;                   /* "tap", "ovs port", ...; "" without a resource */
    const vif_resource *resource;       /* NULL: the plan, or a look-up for it, was refused */
    vif_status status;                  /* VIF_OK: it was done */
    const vif_error *error;             /* else why not; NULL if it was done */
    int64_t us;                         /* microseconds that it took, by desc.now_us. What was done
                                         * together (rows in one transaction, links that were
                                         * deleted at once) took as long as all of it */
} vif_event;

/* The event as a line for people, without an end of line: "applied: tap tap0 (own) mtu=1500", with
 * an error ": " and its status and text behind it. Returns the length it takes, as snprintf does.
 */
VIF_API size_t vif_event_text(const vif_event *event, char *buf, size_t cap);

struct vif_nic;

typedef struct vif_host_desc {
    const vif_options *options;         /* defaults of every verb; NULL: all default. Kept. */
    const char *owner;                  /* in the tags; NULL: "local". 1-64 of A-Z a-z 0-9 . _ - */
    const vif_plugin *const *plugins;   /* the agent's own plugins. Kept. */
    size_t plugin_count;                /* they are looked at before the built-in ones */
    vif_fd netlink_fd;                  /* adopted rtnetlink socket, the caller's; unset: opened */
    vif_fd netfilter_fd;                /* the same for NETLINK_NETFILTER; with the other adopted,
                                         * forwarding rules are refused without this one */
    int (*netlink_in)(void *user, int netns_fd);    /* for programs that may not call setns(2): a
                                         * bound rtnetlink socket of that namespace, which the host
                                         * closes, or -1 and errno. NULL: vif_nl_open_in */
    int timeout_ms;                     /* of one exchange with the kernel; 0: 5000 */
    const char *proc_root;              /* NULL: "/proc" */
    const char *sys_root;               /* NULL: "/sys" */
    const char *tun_path;               /* NULL: "/dev/net/tun" */
    const char *dev_root;               /* where macvtaps have their nodes; NULL: "/dev" */
    const char *state_dir;              /* notes and locks: see RULES; NULL: "/run/vif" */
    const struct vif_switch_backend *const *backends;   /* the agent's own for switches. Kept. */
    size_t backend_count;               /* they are looked at before the built-in ones */
    void *memory;                       /* at least VIF_HOST_MEMORY bytes, or NULL; for Open
                                         * vSwitch VIF_HOST_OVS_MEMORY more */
    size_t memory_size;                 /* bytes of it */
    vif_resize resize;                  /* NULL: realloc and free, unless VIF_NO_LIBC_ALLOC */
    void *resize_user;                  /* for resize */
    int64_t (*now_ms)(void *user);      /* monotonic clock for deadlines; may be NULL */
    int64_t (*now_us)(void *user);      /* a finer one, for what is told of; NULL: now_ms */
    void (*log)(void *user, const struct vif_event *event);     /* each change, once it is made, and
                                         * each refusal; may be NULL */
    void *user;                         /* for the clocks and log */
    uint32_t seed;                      /* see vif_nl_desc */
    /* Makes a fast path's port for a VIFVHostUser and its device in the kernel, `name` (plug), or
     * takes both away (unplug); maybe twice. The device may come later: it is waited for, for
     * ovs_applied_timeout_ms. NULL: the userspace datapath of Open vSwitch is the fast path. */
    vif_status (*fast_path)(void *user, vif_verb verb, const vif_vif *vif, const char *name,
                            vif_error *err);
    /* What a NIC with dhcp, or of type zerotier, needs of a program or service, in the container's
     * namespace. CHECK: VIF_OK, it is so, or E_DIFFERENT; PLUG begins it, UNPLUG ends it. Each is
     * called again while it says E_BUSY, for service_timeout_ms, and never waits. NULL: such NICs
     * are refused. examples/services.c has a client of each. */
    vif_status (*service)(void *user, vif_verb verb, const struct vif_nic *nic, int netns_fd,
                          vif_error *err);
    const vif_ovsdb_desc *ovsdb;        /* a connection of another sort (a connected fd, TLS, a
                                         * leader). Its buffers may be left out; its now_ms is
                                         * used for the connection. Kept. NULL: the remote is
                                         * options.ovsdb_connection, else the first of
                                         * VIF_OVSDB_REMOTES that answers */
} vif_host_desc;

#define VIF_OVSDB_REMOTES \
    "unix:/run/openvswitch/db.sock,unix:/var/run/openvswitch/db.sock,tcp:127.0.0.1:6640"

#define VIF_RESULT_QUEUES 16

/* What became of a subject: of a plug, unplug or check. */
typedef struct vif_result {
    vif_status status;                  /* VIF_OK: done and confirmed */
    vif_error error;                    /* if status is not VIF_OK */
    char link[16];                      /* the VIF's first link of its own; "": it has none */
    int64_t ifindex;                    /* of that link, or as the switch says; 0: not known */
    char port[65];                      /* its first port of Open vSwitch; "": it has none */
    char bridge[16];                    /* of a network; "": it is none, or has none */
    char address[20];                   /* of a default NIC that got one of the pool's,
                                         * "172.18.0.7/16" */
    int64_t ofport;                     /* of that port; 0: not known */
    bool committed, applied, ready;     /* confirmed by the server, the switch, the controller */
    size_t differences;                 /* found by a check or a dry run */
    int64_t us;                         /* microseconds from its begin to its end */
    int queues[VIF_RESULT_QUEUES];      /* of a macvtap, as direct_queues asks: CLOEXEC, and the */
    size_t queue_count;                 /* caller's to close. Each plug opens new ones */
    char vdpa[48];                      /* the function's "/dev/vhost-vdpa-0"; "": it has none */
    char pci_address[16];               /* of a device that was given another driver, and the one */
    char dev_driver[64];                /* that it had: as a VIFNestedDPDK's fields have them */
} vif_result;

/* What a host has done since it was opened: counters that only rise. Each is an uint64_t, so that a
 * program may export them by a loop over VIF_STATS_MAP. */
#define VIF_STATS_MAP(X) \
    X(begun)                            /* subjects of plugs, unplugs, checks and dry runs */ \
    X(done)                             /* how they ended: as was asked, */ \
    X(different)                        /* not as wanted (a check), */ \
    X(refused)                          /* refused, or failed, and taken back */ \
    X(unknown)                          /* an answer was lost */ \
    X(unconfirmed)                      /* committed, but not seen applied or ready */ \
    X(waits)                            /* for a switch or its controller */ \
    X(links_deleted)                    /* at unplugs */ \
    X(kernel_requests)                  /* netlink messages, over both sockets */ \
    X(kernel_round_trips)               /* datagrams sent */ \
    X(kernel_bytes_out) \
    X(kernel_bytes_in) \
    X(ovsdb_transactions)               /* sent; of many subjects at once */ \
    X(ovsdb_bytes_out) \
    X(ovsdb_bytes_in) \
    X(ovsdb_reconnects)
#define VIF__STATS_FIELD(name) uint64_t name;
typedef struct vif_stats {
    VIF_STATS_MAP(VIF__STATS_FIELD)
} vif_stats;

/* ---- jobs: a verb on one subject or a thousand, without waiting ------------------------------ */

/* A job is one verb for any number of subjects. Its steps never wait for a peer: the caller waits,
 * in a loop of its own, for what vif_host_want says. Each subject ends with a result of its own. A
 * subject that fails is taken back and does not touch the others. The blocking calls below are jobs
 * with such a loop around them. */

/* Something that carries a tag of this host's owner. */
typedef struct vif_found {
    char id[84];                        /* of the VIF whose own it is; "shared", or with "net:" or
                                         * "switch:" before a name: of no one VIF */
    char kind[16];                      /* the kernel's word for a link; "ovs port", "ovs bridge";
                                         * of a device that is noted "driver", "vf", "name";
                                         * "lease": an address of a pool, BRIDGE.ADDRESS;
                                         * "nft chain": of a link that it names */
    char name[65];                      /* as it is now, whatever it was made as; PCI address */
    int32_t index;                      /* of a link; 0: a row of Open vSwitch, or a device */
} vif_found;

/* One thing that is not as the plan wants it. */
typedef struct vif_difference {
    char resource[48], attribute[32], wanted[64], found[64]; /* escaped for one line */
} vif_difference;

/* What a verb is about: a VIF; something else that has an id and a planner (a network, a NIC); or,
 * for an unplug, an id alone. It has to stay, with all it points at, until the job is over. */
typedef struct vif_subject {
    const vif_vif *vif;                 /* NULL: `plan`, or what found says of `id` */
    const vif_instance_info *instance;  /* may be NULL */
    const vif_options *options;         /* NULL: the host's */
    const char *id;                     /* with vif NULL: 1 to 80 bytes, not "shared" */
    const vif_found *found;             /* of any VIFs; each is looked at again, by its tag, before
                                         * it is taken away */
    size_t found_count;                 /* of all VIFs together */
    vif_difference *differences;        /* of a check or dry run: room for the first of them, or */
    size_t difference_cap;              /* NULL; vif_result.differences counts them all */
    void (*plan)(vif_plan *plan, const vif_plan_input *in);     /* of what is no VIF, or NULL */
    const void *object;                 /* for it */
} vif_subject;

/* Bytes of desc.memory for each VIF that is to be in flight at once, enough for any ordinary one.
 * From the host's resize hook a VIF takes what it needs, 4 to 6 KB. Without the hook an uncommon
 * VIF (long texts, hundreds of addresses) that needs more than this is refused with E_NOMEM. */
#define VIF_JOB_MEMORY 10240u

typedef struct vif_job_desc {
    vif_verb verb;                      /* the same for all subjects */
    bool dry;                           /* only test: status VIF_OK, and differences are counted */
    const vif_subject *subjects;        /* kept until the job is over */
    size_t count;                       /* 0: the job is over at once */
    vif_result *results;                /* count of them, each complete once the job is over */
    void *memory;                       /* or NULL: of the host's resize hook. VIF_JOB_MEMORY for
                                         * each that is to be in flight at once */
    size_t memory_size;                 /* bytes */
} vif_job_desc;

/* A job at work. The struct must not move in memory until the job is over. Many jobs may be at work
 * on a host; what they ask of an OVSDB at the same time goes in one transaction. */
typedef struct vif_job {
    size_t done;                        /* subjects that are over, for better or worse */
    size_t failed;                      /* of them, those whose status is not VIF_OK */
    struct {
        vif_job_desc desc;              /* as it was started */
        struct vif_host *host;          /* NULL: it is over */
        struct vif_job *next;           /* at work on the same host */
        void *free;                     /* pieces of the caller's memory */
        struct vif_text *text;          /* of a dry run */
        size_t begun, flying, pieces;   /* subjects, those in flight; pieces in use */
        bool cancelled, starved;        /* starved: the next one waits for memory */
        vif_error error;                /* the first failure */
    } priv;
} vif_job;

typedef struct vif_host {
    struct {                            /* first, as near fields make small code */
        bool open, nf_open, ovsdb_open; /* which connections there are */
        bool inside;                    /* a call is at work: another one would be in its way */
        bool stuck;                     /* what is to be sent waits for the connection */
        const vif_ovs *guard;           /* the bridge that a transaction has asked for last */
        uint32_t dials;                 /* how often a lost connection was made anew */
        struct {                        /* queues: see >>runner */
            struct vif__task *first, *last;
        } queues[5];
        int64_t clock;                  /* ms, of a host that is given no clock */
        vif_job *jobs;                  /* all that are at work, the newest first */
        size_t job_count;
        unsigned char *memory;          /* receive buffer, request, trial, then a job's scratch */
        size_t memory_size;
        struct vif__task *locking;      /* the tasks that have a lock */
        struct vif_watch *watch;        /* that is told what nobody else waits for */
        unsigned char *batch;           /* a transaction under construction, if it is large */
        size_t batch_cap;
        unsigned char *ovs_memory;      /* of the connection to the OVSDB */
        vif_ovsdb_desc ovsdb_desc;      /* of the connection, with the host's memory in it */
        vif_options options;            /* desc.options, or all unset */
        vif_job blocking;               /* of a blocking call */
        vif_error lane_error;           /* of the answer that is being handed out */
        vif_nl nf;                      /* of nftables */
        vif_nl guest_nl;                /* in the namespace guest_ns of guest's plan */
        struct vif__task *guest;        /* NULL: it is closed */
        vif_fd far_fd;                  /* of desc.netlink_in */
        uint8_t guest_ns;
        char path[160];                 /* of a file, for the call at hand */
        vif_stats stats;                /* of the runner's own */
        int64_t since;                  /* when the turn began, in microseconds */
    } priv;
    vif_host_desc desc;                 /* as it was opened, defaults filled in */
    vif_nl nl;                          /* nl.count: what was sent and received so far */
    vif_ovsdb ovsdb;                    /* ovsdb.count, the same */
    vif_result result;                  /* of the last of the blocking calls below */
} vif_host;

VIF_API vif_host_desc vif_host_desc_default(void);
/* Opens the host. On failure nothing stays open, and vif_host_close may still be called. */
VIF_API VIF_MUST_CHECK vif_status vif_host_open(vif_host *host, const vif_host_desc *desc,
                                                vif_error *err);
/* Closes the host. Jobs that are still at work stop where they are, half done: finish or cancel
 * them before. */
VIF_API void vif_host_close(vif_host *host);
/* The counters as they are now. */
VIF_API void vif_host_stats(const vif_host *host, vif_stats *out);

/* Puts a job to work; nothing happens before the first step. E_BUSY: called from a callback.
 *     while (vif_job_step(&job)) {
 *         wait as vif_host_want says;
 *     }
 *     st = vif_job_finish(&job, &err); */
VIF_API VIF_MUST_CHECK vif_status vif_job_start(vif_job *job, vif_host *host,
                                                const vif_job_desc *desc, vif_error *err);
/* Carries on whatever of the host's jobs can go on, with at most one call to the kernel, and never
 * waits for a server or a switch. False: this job is over. */
VIF_API bool vif_job_step(vif_job *job);
/* The same for a loop with many jobs. Returns how many are at work. */
VIF_API size_t vif_host_step(vif_host *host);
/* What to wait for before the next step. deadline_ms is a time of vif_ovsdb_now(&host->ovsdb): a
 * time that has passed means that there is something to do at once. */
VIF_API vif_want vif_host_want(const vif_host *host);
/* Ends a job that is over: VIF_OK, or the first failure of a subject; the rest is in its results.
 * E_BUSY: it is not over. */
VIF_API VIF_MUST_CHECK vif_status vif_job_finish(vif_job *job, vif_error *err);
/* Cancels a job. Subjects that have not begun never do, half plugged ones are taken back, half
 * unplugged ones stay so; the status of each of them is E_CANCELED. The job has to be stepped until
 * vif_job_step says that it is over. */
VIF_API void vif_job_cancel(vif_job *job);

/* A blocking call for many: start, steps and finish. */
VIF_API VIF_MUST_CHECK vif_status vif_verb_many(vif_host *host, const vif_job_desc *desc,
                                                vif_error *err);

/* The blocking calls for one. Jobs that are at work go on meanwhile. */

/* Makes everything as the VIF's plan wants it. What is so already stays untouched: a second plug
 * sends no request that changes anything. instance and options may be NULL. */
VIF_API VIF_MUST_CHECK vif_status vif_plug(vif_host *host, const vif_vif *vif,
                                           const vif_instance_info *instance,
                                           const vif_options *options, vif_error *err);
/* Takes away what is the VIF's own. It is success if that has gone already. A link of the plan
 * whose name leads to nothing is looked for by its tag. Where every name leads to a link of the
 * VIF, no others are looked for: the kernel has no search by tag, and reading 4000 links takes
 * longer than the rest of an unplug. So if somebody renames a link, and its VIF is then plugged
 * anew, an unplug leaves the renamed one; vif_unplug_id, vif_list and vif_gc read all links and
 * find both. */
VIF_API VIF_MUST_CHECK vif_status vif_unplug(vif_host *host, const vif_vif *vif,
                                             const vif_instance_info *instance,
                                             const vif_options *options, vif_error *err);

/* Tests the plan and changes nothing. VIF_OK: all is as wanted. E_DIFFERENT:
 * host->result.differences counts what is not, and the first of these are in
 * subject->differences. */
VIF_API VIF_MUST_CHECK vif_status vif_check(vif_host *host, const vif_subject *subject,
                                            vif_error *err);

/* Room for a text. */
typedef struct vif_text {
    char *buf;                          /* the caller's; what does not fit is cut */
    size_t cap;                         /* bytes of it, with the NUL */
    bool json;                          /* wanted as a JSON object, not as text for people */
    size_t len;                         /* becomes what the whole takes, without the NUL */
} vif_text;

/* Says what plug or unplug would do, and changes nothing. Text and JSON end with a newline.
 * E_SPACE: out->cap is too small, out->len and a byte are needed. */
VIF_API VIF_MUST_CHECK vif_status vif_dry_run(vif_host *host, vif_verb verb,
                                              const vif_subject *subject, vif_text *out,
                                              vif_error *err);
/* Interface.external_ids:PortData of a port: what a switch wants carried along when its VIF moves
 * to another host (libvirt does so in a migration). E_NO_INTERFACE: no such port; get: E_SPACE; a
 * port without any gives "". */
VIF_API VIF_MUST_CHECK vif_status vif_port_data_get(vif_host *host, const char *port, char *buf,
                                                    size_t cap, vif_error *err);
VIF_API VIF_MUST_CHECK vif_status vif_port_data_set(vif_host *host, const char *port,
                                                    const char *data, vif_error *err);
/* A row of any table of Open vSwitch, and what its columns are to be. */
typedef struct vif_ovs_row {
    const char *table;                  /* "Bridge" */
    const char *record;                 /* its name, or its UUID; of Open_vSwitch "." */
    const vif_net_set *set;             /* of a column without a key: items by commas are a set, and
                                         * "[]" is an empty one */
    size_t set_count;                   /* at least 1 */
} vif_ovs_row;

/* Sets them, and nothing else of the row, in one transaction. Blocks; E_BUSY while jobs are at
 * work. E_NO_INTERFACE: there is no such row. */
VIF_API VIF_MUST_CHECK vif_status vif_ovs_set(vif_host *host, const vif_ovs_row *row,
                                              vif_error *err);

/* A command of Zero-OS's plugin for Open vSwitch, with its arguments as a JSON object:
 *     bridge-add    bridge, options             port-add   bridge, port, vlan, options
 *     bridge-del    bridge                      port-del   port, bridge
 *     vlan-ensure   master, vlan, name          bond-add   bridge, port, links, mode, lacp
 *     vxlan-ensure  master, vxlan, name         set        table, record, values
 *     vtep-ensure   bridge, vnid                vtep-del   vnid
 * (name, options, mode, lacp, port-del's bridge and a vlan of 0 may be missing), and beyond those
 * remotes (a list), group, dst_port, backend ("ovs", "linux"), stp, mcast_snooping, vlan_filtering,
 * ageing_s, as in a vif_net. One more takes a network away that nobody has a port on: net-del, with
 * the arguments of vlan-ensure or vxlan-ensure. */
typedef struct vif_net_command {
    const char *name;                   /* "vlan-ensure" */
    const char *args;                   /* needs no NUL */
    size_t len;                         /* bytes of it */
} vif_net_command;

/* Runs such a command, as a plug or unplug of a vif_net. *out gets what the plugin returns: the
 * network's bridge, or the device; else "". As in the plugin, bridge-add, port-add and bond-add
 * refuse what is there already (E_EXISTS), and a del what is not (E_NO_INTERFACE); bridge-del and
 * port-del take away what they name (with backend "linux", port-del: a bond), whoever made it.
 * E_FIELD, in the plugin's words: an argument is missing or wrong. Takes memory from the resize
 * hook while it runs. */
VIF_API VIF_MUST_CHECK vif_status vif_net_run(vif_host *host, const vif_net_command *command,
                                              char out[65], vif_error *err);

/* What carries tags of this host's owner: links by their alias, ports and bridges of Open vSwitch
 * by their external_ids, devices by their notes in state_dir, a guest's own chains of nftables by
 * their comment (Linux 5.10). *count of them, of which the first cap are in out. Where no
 * connection to an OVSDB is named (options.ovsdb_connection, desc.ovsdb) and none of
 * VIF_OVSDB_REMOTES answers, the rest is listed. Blocks; E_BUSY while jobs are at work. */
VIF_API VIF_MUST_CHECK vif_status vif_list(vif_host *host, vif_found *out, size_t cap,
                                           size_t *count, vif_error *err);
/* Unplugs a VIF by its id alone: takes away all that carries its tag, and gives back the devices
 * whose notes carry it. The id does not tell what else a plug has borrowed (settings, addresses):
 * that stays. */
VIF_API VIF_MUST_CHECK vif_status vif_unplug_id(vif_host *host, const char *id, vif_error *err);

/* Lists what processes have left half done that died while they moved an uplink's addresses: the
 * notes in state_dir about links of this namespace. Each has the kind "note", the link's name and
 * index, and as id the bridge. *count of them, of which the first cap are in out. */
VIF_API VIF_MUST_CHECK vif_status vif_notes(vif_host *host, vif_found *out, size_t cap,
                                            size_t *count, vif_error *err);
/* Finishes the move that the note is about, or takes it back. The next plug or unplug on the bridge
 * would do so, too; an agent need not wait for it. E_NO_INTERFACE: the link has gone, the note
 * stays. E_TIMEOUT: somebody holds the bridge's lock, and may be at work. */
VIF_API VIF_MUST_CHECK vif_status vif_recover(vif_host *host, const vif_found *note,
                                              vif_error *err);

/* Which VIFs are alive, and what there was before that was asked. Call vif_list first and read the
 * live ids after it: then a VIF that is plugged in between is safe. */
typedef struct vif_gc_desc {
    const vif_found *found;             /* of vif_list */
    size_t found_count;                 /* of all VIFs together */
    const char *const *live;            /* ids */
    size_t live_count;                  /* 0: none is alive, and all goes */
    bool dry;                           /* only count */
} vif_gc_desc;

/* Whether it is of a VIF or a NIC: vif_gc takes these away, and nothing else. */
VIF_API bool vif_found_is_of_vif(const vif_found *found);
/* Unplugs every VIF that was found and does not live; all else stays. *dead counts them. Takes
 * memory from the resize hook while it runs. Returns the first failure, after all were tried. */
VIF_API VIF_MUST_CHECK vif_status vif_gc(vif_host *host, const vif_gc_desc *desc, size_t *dead,
                                         vif_error *err);
typedef struct vif_gc_networks_desc {
    vif_found *out;                     /* of each, what it is */
    size_t cap;                         /* how many there is room for */
    bool dry;                           /* only list them */
} vif_gc_networks_desc;

/* Networks of the kernel's (vif_net: VLANs, VXLANs) that vif has made and that nobody has a port
 * on, or a link over; also those made for a port that is still to come. Of each: kind "vlan" or
 * "vxlan", name and index of its bridge, id "shared". *count of them; the first cap are in
 * desc->out, and those go, unless dry, each under its lock: one that has got a port meanwhile
 * stays. The first failure, after all were tried. Ports of dead VIFs go before, by vif_gc. A bridge
 * without a device that leads out is no network, and those of Open vSwitch are left. */
VIF_API VIF_MUST_CHECK vif_status vif_gc_networks(vif_host *host,
                                                  const vif_gc_networks_desc *desc,
                                                  size_t *count, vif_error *err);
/* ---- watching: which VIFs are no longer as they should be ------------------------------------ */

/* A watch hears of changes to links, addresses, routes and settings, and to rows of Open vSwitch if
 * VIFs have some, finds the VIFs whose plans name them, and checks these. It checks all of them
 * after news were lost, or the connection to the server was. The kernel tells nobody of forwarding
 * rules, some settings, and links in other namespaces: look_ms finds their changes.
 *     while (vif_watch_step(&watch, &n)) {
 *         subjects[n] is as results[n] and subjects[n].differences say, and was not before;
 *     }
 *     wait as vif_watch_want and vif_host_want say; then again.
 * The first word on each subject comes after the first look at it, whatever it is. */
typedef struct vif_watch_desc {
    vif_subject *subjects;              /* as long as the watch; all zero: nobody's place. Whoever
                                         * wants to know how one differs gives it room for that */
    vif_result *results;                /* of the last look at each */
    size_t count;                       /* of both; stays the same */
    int settle_ms;                      /* how long news are gathered, as few come alone; 0: 50 */
    int look_ms;                        /* looks at all so often; 0: never */
    vif_fd netlink_fd;                  /* adopted, in VIF_WATCH_GROUPS; unset: opened, in the
                                         * namespace of the calling thread */
} vif_watch_desc;

enum { VIF_WATCH_GROUPS = VIF_GROUP_LINK | VIF_GROUP_ADDR4 | VIF_GROUP_ADDR6 | VIF_GROUP_ROUTE4 |
       VIF_GROUP_ROUTE6 | VIF_GROUP_CONF4 | VIF_GROUP_CONF6 };

/* A watch at work; its place must not change. */
typedef struct vif_watch {
    vif_error error;                    /* VIF_OK while it watches; else it is of no use any more */
    uint32_t looks, resyncs;            /* subjects that were looked at; times that all had to be */
    struct {
        vif_watch_desc desc;            /* as it was started */
        struct vif_host *host;          /* that does the looking */
        vif_nl nl;                      /* a socket of its own */
        vif_nl_monitor links;           /* what that has to say */
        vif_ovsdb_monitor rows;         /* on the host's connection */
        bool asked;                     /* rows are monitored on the connection that there is */
        uint64_t dropped;               /* of that connection, when all were last looked at */
        vif_job job;                    /* of checks */
        size_t first, last, next;       /* of what is looked at, or told of; of what is next */
        struct vif__watched *watched;   /* one for each subject */
        int64_t due_at, look_at;        /* INT64_MAX: never */
    } priv;
} vif_watch;

/* Needs desc.now_ms of the host and, for 100 bytes a subject, its resize hook. E_BUSY: the host has
 * a watch already. */
VIF_API VIF_MUST_CHECK vif_status vif_watch_start(vif_watch *watch, vif_host *host,
                                                  const vif_watch_desc *desc, vif_error *err);
/* Takes news, and moves the host as vif_host_step does. True: *subject is told of. */
VIF_API bool vif_watch_step(vif_watch *watch, size_t *subject);
/* What to wait for, beside what the host waits for. */
VIF_API vif_want vif_watch_want(const vif_watch *watch);
/* Puts another subject in that place, after its plug; or nobody (NULL), before its unplug. False:
 * the one that is there is being looked at, and stays: try again after a step. */
VIF_API VIF_MUST_CHECK bool vif_watch_set(vif_watch *watch, size_t n, const vif_subject *subject);
/* Ends the watch, once the look that is under way is over. */
VIF_API void vif_watch_stop(vif_watch *watch);

/* What vif_host_describe is to tell. All zero: the built-in plugins with all that they take. */
typedef struct vif_describe_desc {
    const vif_plugin *const *plugins;   /* the agent's own, told beside the built-in ones */
    size_t plugin_count;
    const vif_class *permitted;         /* only these classes of VIFs are told */
    size_t permitted_count;             /* 0: all of them */
} vif_describe_desc;

/* Says what the plugins take, as os-vif's HostInfo: plugins sorted by name, with their VIF classes
 * and port profiles and the versions of each. It lives in the caller's arena. Nothing is asked of
 * the host itself. E_NOMEM: the arena is full. */
VIF_API VIF_MUST_CHECK vif_status vif_host_describe(const vif_describe_desc *desc, vif_arena *arena,
                                                    vif_host_info **out, vif_error *err);

/* ---- NICs of containers and virtual machines ------------------------------------------------- */

/* A NIC says in a few words what a guest gets, as Zero-OS has it. It is a VIF in another notation:
 * its planner writes down the same resources, and every verb takes it as a subject:
 *
 *     vif_nic nics[2];
 *     size_t count = 2;
 *     st = vif_nic_decode(&arena, &(vif_nic_desc){text, len, "17"}, nics, &count, &err);
 *     for (i = 0; i < count; i++) {
 *         subjects[i] = vif_nic_subject(&nics[i], &options);
 *     }
 *
 * options.netns_fd is the container's namespace; unset, the NIC is a tap, for KVM. */
#define VIF_NIC_TYPE_MAP(X) \
    X(DEFAULT, "default")               /* a port of the bridge `id` ("core0"), made with
                                         * address `pool`; what leaves it has the host's */ \
    X(BRIDGE, "bridge")                 /* a port of the Linux bridge `id`, which is there */ \
    X(VLAN, "vlan")                     /* a port of the VLAN `id` of `master`: see vif_net */ \
    X(VXLAN, "vxlan")                   /* a port of the VXLAN `id` over `master`: see vif_net */ \
    X(PASSTHROUGH, "passthrough")       /* the card `id` itself, which comes back as it was; a
                                         * container's only */ \
    X(ZEROTIER, "zerotier")             /* a member of the network `id`, 16 hexadecimal digits, by
                                         * desc.service; a container's only */ \
    X(MACVLAN, "macvlan")               /* over the card (or VLAN, bond, veth, dummy) `id`; a
                                         * container's only */
#define VIF__NIC_TYPE_ENUM(name, text) VIF_NIC_##name,
typedef enum vif_nic_type {
    VIF_NIC_UNSET, VIF_NIC_TYPE_MAP(VIF__NIC_TYPE_ENUM) VIF_NIC_COUNT
} vif_nic_type;

typedef struct vif_nic {
    int type;                           /* vif_nic_type */
    const char *container;              /* whose it is: 1 to 64 of A-Z a-z 0-9 . _ - */
    uint32_t index;                     /* which of its NICs */
    const char *id;                     /* what it is connected to, by its type */
    const char *hwaddr;                 /* the guest's MAC; NULL: the kernel makes one up */
    const char *name;                   /* in the container; NULL: "eth" and the index */
    const char *link;                   /* the host's end; NULL: "cont17-0", with monitor
                                         * "contm17-0", of a long container "cont" and 11 digits of
                                         * a hash */
    vif_bool monitor;                   /* it is one whose traffic is measured */
    const char *cidr;                   /* the guest's address, "10.0.0.2/24"; NULL: none, and of
                                         * default one of the pool, see vif_result.address */
    vif_bool dhcp;                      /* a client gets its addresses, by desc.service; the rest of
                                         * the configuration does not count then */
    const char *gateway;                /* of its default route, of metric 1000; NULL: none */
    vif_texts dns;                      /* addresses of name servers */
    const vif_subnet_list *subnets;     /* instead of these three, where they say too little: more
                                         * addresses, routes. No default gateway but theirs */
    const char *master;                 /* vlan, vxlan: of the network; NULL: "backplane",
                                         * "vxbackend" */
    int backend;                        /* vlan, vxlan: vif_net_backend */
    const char *pool;                   /* default: the bridge's address; NULL: "172.18.0.1/16" */
    vif_bool masquerade;                /* default: VIF_FALSE: what leaves keeps its address */
    vif_texts ports;                    /* default: of the host, that lead to cidr's: "8080:80",
                                         * "udp:5300:53", by any address of the host's but 127/8 */
    vif_int in_bps, in_burst_bits;      /* default, bridge, vlan, vxlan: bits per second that the
                                         * guest gets at most, and bits that come faster; unset or
                                         * 0: no bound, and the library's own */
    vif_int out_bps, out_burst_bits;    /* the same of what it sends */
    char tag[80];                       /* vif_nic_subject's: the id in the tags, "nic:17:0" */
} vif_nic;

/* The NIC as a subject; options may be NULL. The NIC and the options have to stay until the job is
 * over. */
VIF_API vif_subject vif_nic_subject(vif_nic *nic, const vif_options *options);

typedef struct vif_nic_desc {
    const char *text;                   /* a NIC, or a list of them */
    size_t len;                         /* bytes */
    const char *container;              /* of all of them */
} vif_nic_desc;

/* Reads NICs, {"type": "bridge", "id": "br0", "hwaddr": "52:54:00:00:00:01", "name": "net0",
 * "monitor": false, "config": {"cidr": "10.0.0.2/24", "gateway": "10.0.0.1", "dns": ["10.0.0.1"]},
 * "bandwidth": {"ingressRate": 8000000, "ingressBurst": 80000, "egressRate": ...}}, "gw" being
 * another word for "gateway", and the bandwidth as CNI's capability of that name has it (ingress is
 * what the guest gets), and checks them. *count is how many there is room for, and
 * becomes how many there are; what they point at lives in the arena. A field that a NIC does not
 * have is refused. E_JSON, E_FIELD; E_SPACE: there are more than that. */
VIF_API VIF_MUST_CHECK vif_status vif_nic_decode(vif_arena *arena, const vif_nic_desc *desc,
                                                 vif_nic *nics, size_t *count, vif_error *err);
/* Whether these are the NICs of one container: each well formed, no two of one name in it, no two
 * on one bridge or card. E_FIELD; err->where is as "nics[1].config.cidr". */
VIF_API VIF_MUST_CHECK vif_status vif_nic_check(const vif_nic *nics, size_t count, vif_error *err);

/* ---- virtual switches and their port groups -------------------------------------------------- */

/* A virtual switch is a bridge, its uplinks and its port groups: names under which VLAN, rates and
 * security of ports are kept. A VIF is plugged by such a name, and an edit reaches all ports that
 * have it:
 *
 *     vif_switch sw;
 *     vif_member m = {.vif = &vif};
 *     st = vif_switch_decode(&arena, text, len, &sw, &err);
 *     st = vif_switch_define(&host, &sw, &err);
 *     st = vif_port_group_find(&host, &arena, "web", &m, &err);
 *     subject = vif_member_subject(&m, &options);
 *
 * Nothing of it is kept in the host: the switch's text is with the bridge, over Open vSwitch in its
 * external_ids (vif-switch), over a Linux bridge in state_dir, where it goes at boot as the bridge
 * does; and a port says which group it is in. Verbs of a switch block, take memory of the resize
 * hook meanwhile, and are E_BUSY while jobs of the host are at work. Whoever defines a switch owns
 * it: owners of other names list it and have VIFs in its groups, which its edits reach, and are
 * refused an edit and an undefine of it. */

/* What the ports of a group are like. What a group leaves unset is as its switch says; what that
 * leaves unset, too, does not bind the ports. Rates are bits per second of what the guest gets (in)
 * and sends (out); 0 is no limit. As many bytes as the burst may pass at the peak rate. */
typedef struct vif_port_policy {
    vif_int in_bps, in_peak_bps, in_burst_bytes;
    vif_int out_bps, out_peak_bps, out_burst_bytes;
    vif_bool promiscuous;               /* it gets all frames of its VLAN */
    vif_bool mac_changes;               /* FALSE: no frames for another MAC reach it */
    vif_bool forged_transmits;          /* FALSE: what it sends from another MAC is dropped */
} vif_port_policy;

typedef struct vif_port_group {
    const char *name;                   /* 1 to 80 bytes of UTF-8; no other of the host's has it */
    vif_int vlan;                       /* 0 or unset: frames without a tag; 1 to 4094; 4095: all
                                         * VLANs, tagged: the guest's own business */
    vif_bool management;                /* of the host itself: no VIF is plugged into it, and none
                                         * is shown it */
    vif_port_policy policy;
} vif_port_group;

typedef struct vif_switch {
    const char *name;                   /* the bridge's: 1 to 15 bytes */
    const char *backend;                /* "ovs" (or NULL), "linux", or one of desc.backends */
    const char *datapath_type;          /* ovs: "netdev", the userspace datapath; NULL: the
                                         * kernel's */
    vif_texts uplinks;                  /* NICs of the host that lead out; up to 16 */
    vif_int mtu;                        /* bytes, of uplinks and of VIFs; unset: each its own */
    const char *teaming;                /* of two uplinks or more: "active-backup" (or NULL),
                                         * "balance-slb" (ovs), "balance-tcp" */
    vif_bool lacp;                      /* of these; balance-tcp needs it (IEEE 802.1AX) */
    vif_port_policy policy;
    const vif_port_group *groups;       /* group_count of them */
    size_t group_count;
    const char *owner;                  /* of a list: whose host has defined it, or NULL. Who
                                         * defines or edits one leaves it NULL */
} vif_switch;

typedef struct vif_switches {
    const vif_switch *items;            /* in the caller's arena, with all their texts */
    size_t count;
} vif_switches;

typedef enum vif_port_role {
    VIF_PORT_OF_VIF,                    /* a VIF's, in a group or not */
    VIF_PORT_UPLINK,
    VIF_PORT_HOST,                      /* the host's own: the bridge with addresses */
    VIF_PORT_FOREIGN                    /* put there by somebody else */
} vif_port_role;

typedef struct vif_switch_port {
    const char *name;
    const char *group, *id, *mac;       /* of a VIF's; "" */
    const char *owner;                  /* of a VIF's: whose it is, or NULL: the switch's */
    vif_port_role role;
} vif_switch_port;

typedef struct vif_switch_ports {
    const vif_switch *sw;               /* whose they are: a backend's `ports` is told by it */
    const vif_switch_port *items;       /* in the caller's arena */
    size_t count;
} vif_switch_ports;

/* What is to become of a switch. */
typedef struct vif_switch_change {
    const vif_switch *before, *now;     /* NULL: it is defined, undefined */
    const vif_switch_ports *ports;      /* of before */
    vif_arena *arena;                   /* for as long as the change */
} vif_switch_change;

/* What carries switches: Open vSwitch and the Linux bridge are built in; others, as a host that is
 * reached over the network, are const structs of the agent's in desc.backends, and perhaps the
 * first member of a larger one, with a connection. The verbs refuse what is a matter of names,
 * ports and missing switches before they call `change`. A backend owes four things:
 *     list    every switch of the host that it carries, whoever has defined it, whole; where it
 *             fails, those that it could read
 *     ports   every port of a switch with its role; a VIF's with group, id and MAC
 *     admit   VIF_OK, or why it can't carry that: names that do not fit, cards that are not there,
 *             or in use. before: NULL, or what the switch is so far
 *     change  before becomes now, or all stays as it was, and the error says why: what is in both
 *             is not touched; ports whose group is another now get what that says; at the end
 *             `list` tells of now
 * Each of them blocks; E_UNKNOWN where an answer was lost. */
typedef struct vif_switch_backend {
    const char *name;
    vif_status (*list)(const struct vif_switch_backend *self, vif_host *host, vif_arena *arena,
                       vif_switches *out, vif_error *err);
    vif_status (*ports)(const struct vif_switch_backend *self, vif_host *host, vif_arena *arena,
                        vif_switch_ports *out, vif_error *err);
    vif_status (*admit)(const struct vif_switch_backend *self, vif_host *host,
                        const vif_switch *before, const vif_switch *now, vif_error *err);
    vif_status (*change)(const struct vif_switch_backend *self, vif_host *host,
                         const vif_switch_change *change, vif_error *err);
} vif_switch_backend;

/* Reads {"name": "vs0", "backend": "ovs", "datapath_type": "system", "uplinks": ["eth1"],
 * "mtu": 1500,
 * "teaming": {"mode": "active-backup", "lacp": false},
 * "shaping": {"in_bps": 1000000, "in_peak_bps": ..., "in_burst_bytes": ..., "out_bps": ...},
 * "security": {"promiscuous": false, "mac_changes": false, "forged_transmits": false},
 * "port_groups": [{"name": "web", "vlan": 100, "management": false, "shaping": ...,
 * "security": ...}]}; all but the name may be left out. What sw points at lives in the arena.
 * E_JSON, E_FIELD: see vif_switch_check. */
VIF_API VIF_MUST_CHECK vif_status vif_switch_decode(vif_arena *arena, const char *text, size_t len,
                                                    vif_switch *sw, vif_error *err);
/* Writes it so, members in one order, so that equal switches have equal texts. Returns the length
 * that it takes without its NUL; where that does not fit, buf is "". */
VIF_API size_t vif_switch_encode(const vif_switch *sw, char *buf, size_t cap);
/* Whether it is well formed. E_FIELD; err->where is as "port_groups[1].vlan". */
VIF_API VIF_MUST_CHECK vif_status vif_switch_check(const vif_switch *sw, vif_error *err);

/* Makes the switch, all of it or nothing. E_EXISTS: there is one of that name, or a bridge, or a
 * port group of its names on any switch of the host, or an uplink is in use (it is a port of a
 * switch, a bridge or a bond, is under a VLAN, macvlan or tunnel, is a VIF's, or has addresses of
 * the host's), naming who has it. E_NO_INTERFACE: there is no such uplink. */
VIF_API VIF_MUST_CHECK vif_status vif_switch_define(vif_host *host, const vif_switch *sw,
                                                    vif_error *err);
/* Makes the switch of that name what sw says: what differs changes, also of ports in its groups,
 * and nothing else is touched; or all is as before. E_BUSY: a group that is missing in sw has
 * ports, naming one; E_EXISTS: it is another owner's; E_NO_INTERFACE: there is no such switch. */
VIF_API VIF_MUST_CHECK vif_status vif_switch_edit(vif_host *host, const vif_switch *sw,
                                                  vif_error *err);
/* Takes it away. E_BUSY: it has a port that is not an uplink: a VIF's, the host's own or somebody
 * else's, naming it. E_EXISTS: it is another owner's; E_NO_INTERFACE: there is no such switch. */
VIF_API VIF_MUST_CHECK vif_status vif_switch_undefine(vif_host *host, const char *name,
                                                      vif_error *err);
/* All switches of the host, over all backends; what *out points at lives in the arena. Where one
 * can't be read, the error names its bridge (E_JSON, E_FIELD, E_PROTO), and *out has the others: a
 * port group of theirs is found, and they can be undefined, while nothing is defined or edited. */
VIF_API VIF_MUST_CHECK vif_status vif_switch_list(vif_host *host, vif_arena *arena,
                                                  vif_switches *out, vif_error *err);
/* The ports of a switch. E_NO_INTERFACE: there is no such one. */
VIF_API VIF_MUST_CHECK vif_status vif_switch_port_list(vif_host *host, vif_arena *arena,
                                                       const char *name, vif_switch_ports *out,
                                                       vif_error *err);

/* A card of the host's, as uplinks are chosen from. */
typedef struct vif_physical_nic {
    char name[16];
    int32_t index;
    uint8_t mac[6];
    bool up, carrier;
    char pci_address[16], driver[32];   /* "" where sysfs says none */
    int64_t speed_mbps;                 /* 0: not known, as without a carrier */
    char used_by[16];                   /* the switch whose uplink it is; "" */
} vif_physical_nic;

/* *count of them, of which the first cap are in out: links that are no software of the kernel's. */
VIF_API VIF_MUST_CHECK vif_status vif_switch_nics(vif_host *host, vif_physical_nic *out, size_t cap,
                                                  size_t *count, vif_error *err);

/* A VIF in a port group. Its own bridge and port profile do not count, but for its interface id;
 * options that a group is about (port_vlan to port_promiscuous) must be unset. */
typedef struct vif_member {
    const vif_vif *vif;                 /* VIFBridge, VIFOpenVSwitch, VIFGeneric: a tap, or a veth
                                         * pair with options.netns_fd */
    vif_switch sw;                      /* vif_port_group_find fills these in */
    const vif_port_group *group;        /* one of sw's */
} vif_member;

/* The group of that name, and its switch, which live in the arena. E_NO_INTERFACE: there is none;
 * E_FIELD: it is a management group. One look serves any number of plugs; a plug with what has been
 * edited meanwhile is refused (E_CONFLICT): look again. */
VIF_API VIF_MUST_CHECK vif_status vif_port_group_find(vif_host *host, vif_arena *arena,
                                                      const char *name, vif_member *member,
                                                      vif_error *err);
/* The VIF in its group as a subject of any verb. Its id is the VIF's own, so that its tags are the
 * same in a group as without one. An unplug needs of the member only the switch; vif_unplug_id
 * needs neither the switch nor the VIF. member outlives the subject. */
VIF_API vif_subject vif_member_subject(const vif_member *member, const vif_options *options);
/* The planner of switches, for a dry run or a check: object is a const vif_switch *, and the
 * subject's id "switch:" and its name. A switch that was filled in by hand is checked as one that
 * was read from JSON. */
VIF_API void vif_switch_plan(vif_plan *plan, const vif_plan_input *in);

/* ---- for other languages -------------------------------------------------------------------- */

/* A program that loads the library while it runs needs no struct's layout but vif_call's: it takes
 * as many zeroed bytes as vif_sizeof says for a vif_host, vif_host_desc or vif_options, and fills
 * them by vif_host_open, vif_option_set and vif_call_json. Of a vif_host_desc the first two fields,
 * pointers both, are the options and the owner. tests/cli/bindings.py does so from Python. */

/* VIF_VERSION_NUM of the library, which may be another than that of its header. */
VIF_API uint32_t vif_version(void);
#define VIF_SIZEOF_MAP(X) \
    X(vif_host) X(vif_host_desc) X(vif_options) X(vif_error) X(vif_result) X(vif_vif) \
    X(vif_job) X(vif_job_desc) X(vif_subject) X(vif_arena) X(vif_call)
/* Bytes of one of these structs, by its name; 0: none of them. */
VIF_API size_t vif_sizeof(const char *name);

/* A verb with all it works from, as texts. */
typedef struct vif_call {
    const char *verb;                   /* plug, unplug, check, dry_plug, dry_unplug; of a switch
                                         * define, edit, undefine */
    const char *vif;                    /* the VIF in os-vif's wire form; the switch as
                                         * vif_switch_decode has it, of undefine its name */
    const char *instance;               /* the InstanceInfo, or NULL */
    const char *options;                /* {"name": value, ...} beyond the host's, or NULL; values
                                         * are texts, numbers, true, false */
    bool unknown_fields;                /* pass over fields that the classes do not have */
    const char *container;              /* vif is no VIF but a NIC of this container, in its JSON
                                         * (see vif_nic_decode); or NULL */
    const char *port_group;             /* the VIF is in this one (see vif_member); or NULL */
} vif_call;

/* Does it, and writes one JSON object with a NUL behind it to out, of at least VIF_CALL_SPACE bytes
 * (else E_SPACE, before anything is done). Always there: "status", as "OK" or "E_FIELD". Of success
 * and of E_UNCONFIRMED: "link", "ifindex", "port", "ofport", "vdpa", "pci_address", "dev_driver",
 * "bridge", "address", "committed", "applied", "ready". Of anything but success: "where", "text",
 * "errno", "retry" (never, changed, looked or now). Of a check "differences", the first 64; of a
 * dry run "plan", as vif_dry_run has it; E_SPACE where they do not fit. Memory comes from the
 * host's resize; without any, only "status" is said. */
#define VIF_CALL_SPACE 2048u
VIF_API vif_status vif_call_json(vif_host *host, const vif_call *call, char *out, size_t cap);

#ifdef __cplusplus
}
#endif
#endif

#if defined(VIF_IMPLEMENTATION) && !defined(VIF_H_IMPLEMENTATION_DONE)
#define VIF_H_IMPLEMENTATION_DONE
#if defined(VIF_NO_DECODE) && !defined(VIF_NO_CALL_JSON)
#define VIF_NO_CALL_JSON                /* which decodes */
#endif
#if defined(VIF_NO_MONITORS) && !defined(VIF_NO_OVS) && !defined(VIF_NO_WATCH)
#define VIF_NO_WATCH                    /* which monitors */
#endif
#if defined(VIF_NO_VF) && !defined(VIF_NO_HOSTDEV)
#define VIF_NO_HOSTDEV                  /* which sets virtual functions up */
#endif
#if !defined(VIF_NO_OVS) || !defined(VIF_NO_HOSTDEV) || !defined(VIF_NO_NETWORKS)
#define VIF__DEVICES                    /* somebody else's, of which there are notes */
#endif
#include "vif_netlink.h"                /* again: for their implementations, if not yet there */
#include "vif_objects.h"
#include "vif_ovsdb.h"
#ifndef VIF_NO_OVS
#include <poll.h>
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#ifndef VIF_NO_LIBC_ALLOC
#include <stdlib.h>
#endif

/* Copies a name that may be too long for a link: the check of names comes before its use. */
static void vif__name_copy(char to[16], const char *from)
{
    to[0] = '\0';
    vif_cat(to, 16, from);
}

/* What a turn of the runner calls once stays a function of its own, with a frame of its own. */
#if defined(__GNUC__) || defined(__clang__)
#define VIF__APART __attribute__((noinline))
#else
#define VIF__APART
#endif

/* >>kinds: the table that drives every verb
 *
 * A kind of resource is a row here and the four functions of its family, in a section of its own
 * (>>kinds: ...). plug, unplug, check, dry run and taking back are walks over a plan that call
 * them; what else a walk has to know of a kind is in the row's facts, so that no walk asks for a
 * kind by name. For a new kind: an enumerator in vif_kind, a row, a family. A family without its
 * functions does not link, and a row out of place does not compile. */

typedef struct vif__task vif__job;
typedef struct vif__sink vif__sink;

enum { VIF__TEST, VIF__APPLY, VIF__REVERT };

enum {                                  /* facts */
    VIF__MAKES = 1 << VIF__TEST,        /* tested only where its link is: apply makes that */
    VIF__USES = 1 << VIF__APPLY | 1 << VIF__REVERT,     /* the link has to be there for both */
    VIF__NEEDS = VIF__MAKES | VIF__USES,
    VIF__IS_LINK = 8,                   /* a link: what hangs on an own one goes with it */
    VIF__IS_READ = 16,                  /* its test asks the kernel: once, before all changes */
    VIF__IS_ROW = 32,                   /* rows of an OVSDB: the lane's, see vif__rows */
    VIF__HAS_OTHER = 64,                /* `other` names a link, too */
    VIF__HAS_PEER = 128,                /* which is its other end, and comes and goes with it */
    VIF__HAS_IP = 256,
    VIF__HAS_POINTER = 512,             /* want.pointer, which must be set */
    VIF__HAS_MTU = 1024,                /* want.link.mtu, and mac */
    VIF__ANYWHERE = 2048,               /* may be in another namespace than the host */
    VIF__IS_DEVICE = 4096,              /* of somebody's device: locked; noted until unplug */
    VIF__OUTLIVES = 16384,              /* its link: an own one has to be taken away, whether the
                                         * link is there or not. Its test sets priv.there */
    VIF__IS_FILE = 32768,               /* lines of somebody's file: dns */
    VIF__IS_OVER = 8192,                /* over `other`; an absent one is tested, too: its MTU */
    VIF__IS_NET = 65536,                /* a counted one comes and goes under its lock */
    VIF__UPPER = VIF__IS_OVER | VIF__IS_LINK | VIF__HAS_OTHER | VIF__HAS_MTU | VIF__ANYWHERE
};

/* Kind, its name for people, family, facts, the kernel's word for such a link. In the order of
 * vif_kind. */
#define VIF__KIND_MAP(X, OVS, DIRECT, QBG, HOSTDEV, ANNOUNCED, NETWORKS, RESOLV, SWITCHED) \
    X(BRIDGE, "bridge", link, VIF__MAKES | VIF__IS_LINK | VIF__IS_NET, "bridge") \
    X(VLAN, "vlan", link, VIF__UPPER, "vlan") \
    X(TAP, "tap", link, VIF__MAKES | VIF__IS_LINK | VIF__HAS_MTU, "tun") \
    X(VETH, "veth", link, VIF__MAKES | VIF__IS_LINK | VIF__HAS_OTHER | VIF__HAS_PEER | \
      VIF__HAS_MTU | VIF__ANYWHERE, "veth") \
    X(PEER, "peer", link, VIF__NEEDS | VIF__HAS_OTHER | VIF__HAS_MTU | VIF__ANYWHERE, "veth") \
    DIRECT(MACVTAP, "macvtap", link, VIF__UPPER, "macvtap") \
    X(MACVLAN, "macvlan", link, VIF__UPPER, "macvlan") \
    NETWORKS(VXLAN, "vxlan", link, VIF__UPPER | VIF__IS_NET, "vxlan") \
    NETWORKS(BOND, "bond", link, VIF__MAKES | VIF__IS_LINK | VIF__HAS_MTU, "bond") \
    X(DEVICE, "device", device, VIF__IS_LINK, NULL) \
    X(CONF, "setting", conf, VIF__NEEDS, NULL) \
    X(REQUIRE, "global", require, VIF__IS_READ | VIF__HAS_POINTER, NULL) \
    X(MASTER, "master", master, VIF__USES | VIF__HAS_OTHER, NULL) \
    X(PORT, "port", port, VIF__NEEDS, NULL) \
    SWITCHED(RATE, "rate", rate, VIF__NEEDS | VIF__IS_READ, NULL) \
    SWITCHED(PORT_VLANS, "vlans", vlans, VIF__USES | VIF__HAS_OTHER, NULL) \
    X(UP, "up", up, VIF__NEEDS | VIF__ANYWHERE, NULL) \
    X(MTU, "mtu", mtu, VIF__NEEDS, NULL) \
    X(MOVE, "addresses", move, VIF__NEEDS | VIF__IS_READ | VIF__HAS_OTHER, NULL) \
    X(ADDRESS, "address", ip, VIF__NEEDS | VIF__HAS_IP | VIF__ANYWHERE, NULL) \
    X(ROUTE, "route", ip, VIF__NEEDS | VIF__HAS_IP | VIF__ANYWHERE, NULL) \
    X(SETTLED, "settled", settled, VIF__NEEDS | VIF__ANYWHERE, NULL) \
    ANNOUNCED(ANNOUNCE, "announcement", announce, VIF__USES | VIF__ANYWHERE, NULL) \
    RESOLV(DNS, "dns", dns, VIF__IS_FILE | VIF__OUTLIVES | VIF__HAS_POINTER, NULL) \
    X(PROXY, "proxy", ip, VIF__NEEDS | VIF__HAS_IP, NULL) \
    NETWORKS(FDB, "remote", remote, VIF__NEEDS | VIF__HAS_IP, NULL) \
    NETWORKS(LEASE, "lease", lease, VIF__HAS_IP | VIF__OUTLIVES, NULL) \
    SWITCHED(FILTER, "filter", filter, VIF__NEEDS, NULL) \
    SWITCHED(RECORD, "record", record, VIF__OUTLIVES | VIF__HAS_POINTER, NULL) \
    NETWORKS(SERVICE, "service", service, VIF__OUTLIVES | VIF__ANYWHERE | VIF__HAS_POINTER, \
             NULL) \
    X(RULES, "rules", rules, VIF__IS_READ | VIF__HAS_POINTER | VIF__OUTLIVES, NULL) \
    DIRECT(QUEUES, "queues", queues, VIF__NEEDS, NULL) \
    QBG(PROFILE, "profile", profile, VIF__NEEDS | VIF__IS_READ | VIF__HAS_OTHER | \
        VIF__HAS_POINTER, NULL) \
    HOSTDEV(DRIVER, "driver", driver, VIF__IS_DEVICE | VIF__HAS_POINTER, NULL) \
    HOSTDEV(VF, "vf", vf, VIF__IS_DEVICE | VIF__IS_READ | VIF__HAS_POINTER, NULL) \
    OVS(NAME, "name", name, VIF__IS_DEVICE | VIF__HAS_POINTER, NULL) \
    NETWORKS(LENT, "lent", lent, VIF__IS_DEVICE | VIF__HAS_POINTER | VIF__ANYWHERE, NULL) \
    NETWORKS(BONDED, "bonded", bonded, VIF__IS_DEVICE | VIF__HAS_POINTER, NULL) \
    OVS(FAST_PATH, "fast path", fast_path, VIF__MAKES, NULL) \
    OVS(OVS_BRIDGE, "ovs bridge", ovs_bridge, VIF__IS_ROW, NULL) \
    OVS(OVS_PORT, "ovs port", ovs_port, VIF__IS_ROW, NULL) \
    OVS(OVS_TAGGED, "ovs rows", ovs_tagged, VIF__IS_ROW, NULL)
#define VIF__FAMILY_MAP(X) \
    X(link) X(device) X(conf) X(require) X(master) X(port) X(up) X(mtu) X(move) X(ip) \
    X(settled) X(rules)
#define VIF__HOSTDEV_FAMILY_MAP(X) X(driver) X(vf)
#define VIF__OVS_FAMILY_MAP(X) X(name) X(fast_path) X(ovs_bridge) X(ovs_port) X(ovs_tagged)

/* What a family does. describe: says what is wanted. test: is it as wanted? Calls vif__differ where
 * it is not, and fails where it must not be touched. apply: makes it so, and notes what was there
 * before. revert: puts back what apply noted, also after an apply that failed half way, or takes
 * away what is the VIF's own. Their link is in r->priv.link. */
#define VIF__FAMILY(name) \
    static void vif__##name##_describe(const vif_resource *r, const vif__sink *s); \
    static vif_status vif__##name##_test(vif__job *j, vif_resource *r); \
    static vif_status vif__##name##_apply(vif__job *j, vif_resource *r); \
    static vif_status vif__##name##_revert(vif__job *j, vif_resource *r);
VIF__FAMILY_MAP(VIF__FAMILY)
#ifndef VIF_NO_DIRECT
VIF__FAMILY(queues)
#endif
#ifndef VIF_NO_NETWORKS
VIF__FAMILY(lease)
VIF__FAMILY(service)
VIF__FAMILY(lent)
VIF__FAMILY(bonded)
VIF__FAMILY(remote)
#endif
#ifndef VIF_NO_SWITCH
VIF__FAMILY(rate)
VIF__FAMILY(vlans)
#endif
#ifndef VIF_NO_SWITCH
VIF__FAMILY(filter)
VIF__FAMILY(record)
#endif
#ifndef VIF_NO_QBG
VIF__FAMILY(profile)
#endif
#ifndef VIF_NO_ANNOUNCE
VIF__FAMILY(announce)
#endif
#ifndef VIF_NO_DNS
VIF__FAMILY(dns)
#endif
#ifndef VIF_NO_HOSTDEV
VIF__HOSTDEV_FAMILY_MAP(VIF__FAMILY)
#endif
#ifndef VIF_NO_OVS
VIF__OVS_FAMILY_MAP(VIF__FAMILY)
#endif

typedef struct vif__kind {
    const char *name;
    void (*describe)(const vif_resource *r, const vif__sink *s);
    vif_status (*steps[3])(vif__job *j, vif_resource *r);
    uint32_t facts;
    const char *word;
} vif__kind;

#define VIF__KIND(kind, name, family, facts, word) \
    {name, vif__##family##_describe, \
     {vif__##family##_test, vif__##family##_apply, vif__##family##_revert}, facts, word},
#define VIF__NO_KIND(kind, name, family, facts, word) {NULL, NULL, {NULL, NULL, NULL}, 0, NULL},
#ifndef VIF_NO_OVS
#define VIF__OVS_KIND VIF__KIND
#else
#define VIF__OVS_KIND VIF__NO_KIND
#endif
#ifndef VIF_NO_DIRECT
#define VIF__DIRECT_KIND VIF__KIND
#else
#define VIF__DIRECT_KIND VIF__NO_KIND
#endif
#ifndef VIF_NO_QBG
#define VIF__QBG_KIND VIF__KIND
#else
#define VIF__QBG_KIND VIF__NO_KIND
#endif
#ifndef VIF_NO_HOSTDEV
#define VIF__HOSTDEV_KIND VIF__KIND
#else
#define VIF__HOSTDEV_KIND VIF__NO_KIND
#endif
#ifndef VIF_NO_ANNOUNCE
#define VIF__ANNOUNCED_KIND VIF__KIND
#else
#define VIF__ANNOUNCED_KIND VIF__NO_KIND
#endif
#ifndef VIF_NO_NETWORKS
#define VIF__NETWORKS_KIND VIF__KIND
#else
#define VIF__NETWORKS_KIND VIF__NO_KIND
#endif
#ifndef VIF_NO_DNS
#define VIF__RESOLV_KIND VIF__KIND
#else
#define VIF__RESOLV_KIND VIF__NO_KIND
#endif
#ifndef VIF_NO_SWITCH
#define VIF__SWITCHED_KIND VIF__KIND
#else
#define VIF__SWITCHED_KIND VIF__NO_KIND
#endif
static const vif__kind vif__kinds[] = {VIF__KIND_MAP(
    VIF__KIND, VIF__OVS_KIND, VIF__DIRECT_KIND, VIF__QBG_KIND, VIF__HOSTDEV_KIND,
    VIF__ANNOUNCED_KIND, VIF__NETWORKS_KIND, VIF__RESOLV_KIND, VIF__SWITCHED_KIND)};

#define VIF__KIND_NUMBER(kind, name, family, facts, word) VIF__KIND_##kind,
#define VIF__KIND_IN_PLACE(kind, name, family, facts, word) \
    typedef char vif__kind_in_place_##kind[(int)VIF__KIND_##kind == (int)VIF_RES_##kind ? 1 : -1];
#define VIF__KINDS(X) VIF__KIND_MAP(X, X, X, X, X, X, X, X, X)
enum { VIF__KINDS(VIF__KIND_NUMBER) VIF__KIND_COUNT };
VIF__KINDS(VIF__KIND_IN_PLACE)

static bool vif__is(const vif_resource *r, unsigned fact)
{
    return (vif__kinds[r->kind].facts & fact) != 0;
}

/* >>options
 *
 * What a program may choose, and how it is read from text. One row of VIF_OPTION_MAP makes the
 * field, its name and its kind; vif_option_set goes by the rows, and so does the check that a verb
 * makes before anything else of the fields that a program has filled in itself. Behind the planners
 * nobody reads an option: what is needed later stands in the plan. */

enum { VIF__OPTION_NUMBER, VIF__OPTION_MAYBE, VIF__OPTION_RATE, VIF__OPTION_TEXT,
       VIF__OPTION_SWITCH, VIF__OPTION_DROP_ACTION, VIF__OPTION_OVS_WAIT,
       VIF__OPTION_LINK_STATE };

typedef struct vif__option {
    uint16_t offset;
    uint8_t kind;
} vif__option;

/* Names without a unit, os-vif's or those of 0.1.0: name, field, kind. */
#define VIF__OPTION_ALIAS_MAP(X) \
    X(ovs_vsctl_timeout, ovs_commit_timeout_s, MAYBE) \
    X(ovs_applied_timeout, ovs_applied_timeout_ms, NUMBER) \
    X(ovs_ready_timeout, ovs_ready_timeout_ms, NUMBER) \
    X(ovs_ingress_rate, ovs_ingress_rate_kbps, NUMBER) \
    X(ovs_ingress_burst, ovs_ingress_burst_kbit, NUMBER) \
    X(ovs_qos_max_rate, ovs_qos_max_rate_bps, RATE)

#define VIF__OPTION_NAME(name, kind) #name "\0"
#define VIF__OPTION_ROW(name, kind) {offsetof(vif_options, name), VIF__OPTION_##kind},
#define VIF__OPTION_ALIAS(alias, name, kind) #alias "\0"
#define VIF__OPTION_ALIAS_ROW(alias, name, kind) \
    {offsetof(vif_options, name), VIF__OPTION_##kind},
static const char vif__option_names[] =
    VIF_OPTION_MAP(VIF__OPTION_NAME) VIF__OPTION_ALIAS_MAP(VIF__OPTION_ALIAS);
static const vif__option vif__options[] = {
    VIF_OPTION_MAP(VIF__OPTION_ROW) VIF__OPTION_ALIAS_MAP(VIF__OPTION_ALIAS_ROW)};
#define VIF__OPTION_COUNT (sizeof vif__options / sizeof *vif__options)

/* The kinds from SWITCH on: how many values they have, and their words, packed. Words beyond the
 * first of each value are other spellings, in the same order. A switch's are the reference's. */
#define VIF__OPTION_WORD(name, text) text "\0"
static const struct vif__option_words {
    uint8_t values;
    char words[47];
} vif__option_words[] = {
    {2, "true\0" "false\0" "1\0" "0\0" "yes\0" "no\0" "on\0" "off\0" "True\0" "False\0"},
    {VIF_DROP_ACTION_COUNT - 1, VIF_DROP_ACTION_MAP(VIF__OPTION_WORD)},
    {VIF_OVS_WAIT_COUNT - 1, VIF_OVS_WAIT_MAP(VIF__OPTION_WORD)},
    {VIF_LINK_STATE_COUNT - 1, VIF_LINK_STATE_MAP(VIF__OPTION_WORD)}};

/* The name that an error gives for the field at that offset; every field has a row. */
static const char *vif__option_name(size_t offset)
{
    unsigned n = 0;

    while (vif__options[n].offset != offset) {
        n++;
    }
    return vif__packed(vif__option_names, n);
}

/* The value of one of a kind's words, 0 if it is none of them. */
static int vif__option_word(const struct vif__option_words *kind, const char *text)
{
    const char *word = kind->words;
    int n = 0;

    while (*word != '\0' && strcmp(word, text) != 0) {
        word += strlen(word) + 1;
        n++;
    }
    return *word != '\0' ? n % kind->values + 1 : 0;
}

/* Whether an option may be that number: of an enum, its value. */
static bool vif__option_good(unsigned kind, int64_t number)
{
    int64_t most = 0xfffffffe;

    if (kind >= VIF__OPTION_SWITCH) {
        most = vif__option_words[kind - VIF__OPTION_SWITCH].values;
    } else if (kind == VIF__OPTION_RATE) {
        most = INT64_MAX;
    }
    return number >= (kind >= VIF__OPTION_SWITCH || kind == VIF__OPTION_RATE ? 1 : 0) &&
        number <= most;
}

/* An option's number, of an enum its value; false: it is unset, or a text. */
static bool vif__option_get(const vif_options *options, const vif__option *o, int64_t *number)
{
    const unsigned char *field = (const unsigned char *)options + o->offset;
    vif_u32 maybe = vif_u32_of(0);
    vif_int rate = {0, VIF_STATE_UNSET};

    maybe.set = false;
    switch (o->kind) {
    case VIF__OPTION_TEXT:
        break;
    case VIF__OPTION_RATE:
        memcpy(&rate, field, sizeof rate);
        break;
    case VIF__OPTION_MAYBE:
        memcpy(&maybe, field, sizeof maybe);
        break;
    default:
        memcpy(&maybe.value, field, sizeof maybe.value);
        maybe.set = maybe.value != 0;
        break;
    }
    *number = maybe.set ? maybe.value : rate.value;
    return maybe.set || rate.state == VIF_STATE_SET;
}

/* Writes a value into its field, as wide as its kind is. Texts are kept as they are, not copied. */
static bool vif__option_put(vif_options *options, const vif__option *o, const char *value)
{
    unsigned char *field = (unsigned char *)options + o->offset;
    vif_int number = vif_int_of(0);
    vif_u32 n;

    if (o->kind == VIF__OPTION_TEXT) {
        memcpy(field, &value, sizeof value);
        return true;
    }
    if (o->kind >= VIF__OPTION_SWITCH) {
        number.value = vif__option_word(&vif__option_words[o->kind - VIF__OPTION_SWITCH], value);
    } else if (!vif_int_parse(value, strlen(value), &number.value)) {
        return false;
    }
    if (!vif__option_good(o->kind, number.value)) {
        return false;
    }
    n = vif_u32_of((uint32_t)number.value);
    if (o->kind == VIF__OPTION_RATE) {
        memcpy(field, &number, sizeof number);
    } else if (o->kind == VIF__OPTION_MAYBE) {
        memcpy(field, &n, sizeof n);
    } else {
        memcpy(field, &n.value, sizeof n.value);
    }
    return true;
}

/* What an option of that kind is, as "true or false". */
static void vif__option_rule(unsigned kind, char *to, size_t cap)
{
    unsigned i;

    if (kind < VIF__OPTION_SWITCH) {
        vif_cat(to, cap, kind == VIF__OPTION_RATE ? "a number from 1 to 9223372036854775807"
                                                  : "a number from 0 to 4294967294");
        return;
    }
    kind -= VIF__OPTION_SWITCH;
    for (i = 0; i < vif__option_words[kind].values; i++) {
        if (i > 0) {
            vif_cat(to, cap, i + 1u == vif__option_words[kind].values ? " or " : ", ");
        }
        vif_cat(to, cap, vif__packed(vif__option_words[kind].words, i));
    }
}

/* Says what the option takes, and quotes what it got: with its control characters escaped, since
 * the text may end on somebody's terminal. */
static vif_status vif__option_refuse(const vif__option *o, const char *value, vif_error *err)
{
    (void)vif_fail(err, VIF_E_INVAL, 0, vif__option_name(o->offset), "");
    if (err != NULL) {
        vif__option_rule(o->kind, err->text, sizeof err->text);
        vif__cat_format(err->text, sizeof err->text - 1, " is required, not \"%e", value, NULL,
                        NULL);
        vif_cat(err->text, sizeof err->text, "\"");
    }
    return VIF_E_INVAL;
}

/* os-vif's names without a unit are words of the table, too, behind those of the fields. */
VIF_API vif_status vif_option_set(vif_options *options, const char *name, const char *value,
                                  vif_error *err)
{
    unsigned n = 0;

    while (n < VIF__OPTION_COUNT && strcmp(vif__packed(vif__option_names, n), name) != 0) {
        n++;
    }
    if (n == VIF__OPTION_COUNT) {
        return vif_fail(err, VIF_E_INVAL, 0, name, "no such option");
    }
    return vif__option_put(options, &vif__options[n], value)
        ? VIF_OK : vif__option_refuse(&vif__options[n], value, err);
}

/* The name of the first option that is set of those that say what a port is on its switch,
 * port_vlan to port_promiscuous; NULL: none. */
static const char *vif__option_of_port(const vif_options *options)
{
    unsigned n;

    for (n = 0; vif__options[n].offset <= offsetof(vif_options, port_promiscuous); n++) {
        const vif__option *o = &vif__options[n];
        const char *text = NULL;
        int64_t number;

        if (o->kind == VIF__OPTION_TEXT) {
            memcpy(&text, (const unsigned char *)options + o->offset, sizeof text);
        }
        if (o->offset >= offsetof(vif_options, port_vlan) &&
            (vif__option_get(options, o, &number) || vif_has_text(text))) {
            return vif__option_name(o->offset);
        }
    }
    return NULL;
}

/* Whether what a program has put into the fields are values of their kinds. */
static vif_status vif__options_check(const vif_options *options, vif_error *err)
{
    unsigned n;

    for (n = 0; n < VIF__OPTION_COUNT; n++) {
        const vif__option *o = &vif__options[n];
        char digits[22];
        int64_t number;

        if (vif__option_get(options, o, &number) && !vif__option_good(o->kind, number)) {
            return vif__option_refuse(o, vif_int_format(number, digits), err);
        }
    }
    return VIF_OK;
}

/* >>plan
 *
 * How a planner writes down what it wants. In: names and numbers, from anybody; a name that no link
 * may have is refused here, once for all planners. Out: a plan whose resources are complete, or an
 * error that names the field. A planner need not test what these functions return: after an error
 * they give it something to fill that nobody reads. */

/* A plan is written into scratch memory, which also holds what planners fill in vain after an
 * error; what is left of it in the end is copied to the arena. */
typedef struct vif__plan_spare {
    vif_resource resource;
    vif_ovs ovs;
    vif_ovs_column column;
    vif_device_want device;
    vif_nft_rules rules;
    vif_link_more more;
} vif__plan_spare;

/* What the tags of the subject say. */
static const char *vif__input_id(const vif_plan_input *in)
{
    return in->vif != NULL ? in->vif->base.id : in->id;
}

/* NULL: it has none. */
static const vif_network *vif__input_network(const vif_plan_input *in)
{
    return in->vif != NULL ? in->vif->base.network : NULL;
}

/* Whether there is a planner for it, and not an id alone, or nobody. */
static bool vif__subject_is(const vif_subject *s)
{
    return s->vif != NULL || s->plan != NULL;
}

/* The first refusal is kept: what a planner says after it is a consequence. */
VIF_API void vif_plan_refuse(vif_plan *plan, vif_status status, const char *field,
                             const char *why)
{
    if (plan->error.status == VIF_OK) {
        (void)vif_fail(&plan->error, status, 0, field, why);
    }
}

/* What most refusals are: a field is unset, or not what the plugin needs. */
static void vif__plan_bad(vif_plan *plan, const char *field, const char *why)
{
    vif_plan_refuse(plan, VIF_E_FIELD, field, why);
}

/* All that a planner allocates fails with the same words. */
static void vif__plan_no_memory(vif_plan *plan)
{
    vif_plan_refuse(plan, VIF_E_NOMEM, "", "no memory for the plan");
}

/* A copy that lives as long as the plan; NULL, and refused, without memory. */
static const char *vif__plan_text(vif_plan *plan, const char *text)
{
    const char *copy = vif_arena_text(plan->priv.arena, text, strlen(text));

    if (copy == NULL) {
        vif__plan_no_memory(plan);
    }
    return copy;
}

/* Doubles the room for resources, so that a plan of any length is copied in linear time. The old
 * one stays in the arena, which gives nothing back singly. */
static bool vif__plan_grow(vif_plan *plan)
{
    const size_t cap = plan->priv.cap > 0 ? plan->priv.cap * 2 : 24;
    vif_resource *items = (vif_resource *)vif_arena_alloc(plan->priv.arena, cap * sizeof *items);

    if (items == NULL) {
        vif__plan_no_memory(plan);
        return false;
    }
    if (plan->count > 0) {
        memcpy(items, plan->items, plan->count * sizeof *items);
    }
    plan->items = items;
    plan->priv.cap = cap;
    return true;
}

/* The names are looked at here, so that no planner passes on one that the kernel would understand
 * in another way: "tap%d" is a template for it, and "all" a directory of settings. */
VIF_API vif_resource *vif_plan_add(vif_plan *plan, vif_kind kind, vif_whose whose,
                                   const char *link, const char *other)
{
    vif_resource *r = &plan->priv.spare->resource;
    const char *bad;

    link = link != NULL ? link : "";
    bad = vif_ifname_check(link);
    if (bad == NULL && other != NULL) {
        bad = vif_ifname_check(other);
        link = bad != NULL ? other : link;
    }
    if (bad != NULL) {
        vif__plan_bad(plan, link, bad);
    } else if (plan->error.status == VIF_OK &&
               (plan->count < plan->priv.cap || vif__plan_grow(plan))) {
        r = &plan->items[plan->count++];
    }
    memset(r, 0, sizeof *r);
    r->kind = kind;
    r->whose = whose;
    vif__name_copy(r->link, link);
    vif__name_copy(r->other, other != NULL ? other : "");
    return r;
}

VIF_API vif_resource *vif_plan_number(vif_plan *plan, vif_kind kind, vif_whose whose,
                                      const char *link, uint32_t number)
{
    vif_resource *r = vif_plan_add(plan, kind, whose, link, NULL);

    if (kind == VIF_RES_VLAN) {
        r->want.link.vlan = (uint16_t)number;
    } else {
        *(kind == VIF_RES_MTU ? &r->want.mtu.mtu : &r->want.link.mtu) = number;
    }
    return r;
}

VIF_API vif_resource *vif_plan_conf(vif_plan *plan, vif_whose whose, const char *link,
                                    vif_conf which, uint32_t number)
{
    vif_resource *r = vif_plan_add(plan, VIF_RES_CONF, whose, link, NULL);

    r->want.conf.which = (uint8_t)which;
    r->want.conf.value = number;
    return r;
}

/* What is there may go, whatever it says. */
static void vif__plan_unicast(vif_plan *plan, const vif_plan_input *in, const uint8_t *mac)
{
    if ((mac[0] & 1) != 0 && in->verb != VIF_UNPLUG) {
        vif__plan_bad(plan, "address", "a multicast address is no interface's");
    }
}

/* 0 is where the host is, and is never given out. */
VIF_API uint8_t vif_plan_namespace(vif_plan *plan, int fd)
{
    uint8_t ns = 1;

    while (ns < VIF_PLAN_NAMESPACES && plan->namespaces[ns].set) {
        ns++;
    }
    if (ns == VIF_PLAN_NAMESPACES) {
        vif_plan_refuse(plan, VIF_E_INVAL, "", "too many namespaces");
        return 0;
    }
    plan->namespaces[ns] = vif_fd_of(fd);
    return ns;
}

/* The host's side of the guest's MAC: with a first octet of fe it is never a bridge's lowest, and
 * differs from the guest's, which the kernel would take for its own (libvirt does the same). */
static void vif__host_mac(uint8_t mac[6])
{
    mac[0] = mac[0] == 0xfe ? 0xfa : 0xfe;
}

/* vif.address as bytes; false if it is unset or null. */
static bool vif__address(const vif_plan_input *in, uint8_t mac[6])
{
    const char *text = in->vif != NULL ? in->vif->base.address : NULL;

    return vif_has_text(text) && vif_mac_parse(text, strlen(text), mac);
}

/* The MTU that the network (*own), or else the option, says; 0: neither does. */
static int64_t vif__mtu_said(const vif_plan_input *in, bool *own)
{
    const vif_network *n = vif__input_network(in);

    *own = vif_has(n) && n->mtu.state == VIF_STATE_SET && n->mtu.value != 0;
    return *own ? n->mtu.value : in->options->network_device_mtu;
}

#if !defined(VIF_NO_DIRECT) || !defined(VIF_NO_NESTED)
/* MTU and MAC of a link over another; the lower device's MTU, unless one is said. */
static void vif__plan_upper(vif_plan *plan, const vif_plan_input *in, vif_resource *r)
{
    vif_link_want *want = &r->want.link;
    bool own;

    if (vif__mtu_said(in, &own) != 0) {
        want->mtu = vif_plan_mtu(plan, in);
    }
    want->has_mac = vif__address(in, want->mac);
    if (want->has_mac) {
        vif__plan_unicast(plan, in, want->mac);
    }
}
#endif

/* Whether a guest's device is to be made where others may make it, too. */
static bool vif__wants_tap(const vif_plan_input *in)
{
    return in->options->create_tap == VIF_TRUE || in->options->netns_fd.set;
}

/* Takes in the guest's namespace; returns the name of the link that the guest is to have. What else
 * is in there is planned last: see vif__plan_guest. */
static const char *vif__plan_enter(vif_plan *plan, const vif_plan_input *in)
{
    const char *name = in->options->netns_link, *bad;

    name = vif_has_text(name) ? name : "eth0";
    bad = vif_ifname_check(name);
    if (bad != NULL) {
        vif_plan_refuse(plan, VIF_E_INVAL, "netns_link", bad);
    }
    plan->priv.guest_ns = vif_plan_namespace(plan, (int)in->options->netns_fd.value);
    return name;
}

/* The guest's end is made with the host's, in one message, where the guest is. The host's must not
 * have the guest's MAC: its bridge would take the guest's frames for its own. */
static void vif__plan_pair(vif_plan *plan, const vif_plan_input *in, vif_resource *r)
{
    uint8_t mac[6];

    r->kind = VIF_RES_VETH;
    r->want.link.netkit = in->options->netns_netkit == VIF_TRUE;
    vif__name_copy(r->other, vif__plan_enter(plan, in));
    r->other_ns = plan->priv.guest_ns;
    if (r->want.link.has_mac && vif__address(in, mac) && memcmp(mac, r->want.link.mac, 6) == 0) {
        vif__host_mac(r->want.link.mac);
    }
}

/* With a namespace of the guest the same resource becomes a veth pair: nothing else of a plan has
 * to know which of them it is. */
VIF_API vif_resource *vif_plan_tap(vif_plan *plan, const vif_plan_input *in, const char *name,
                                   const uint8_t *mac, uint32_t mtu)
{
    vif_resource *r = vif_plan_add(plan, VIF_RES_TAP, VIF_OWN, name, NULL);
    vif_link_want *want = &r->want.link;

    want->mtu = mtu;
    if (mac != NULL) {
        memcpy(want->mac, mac, 6);
        want->has_mac = true;
        vif__plan_unicast(plan, in, mac);
    }
    if (in->options->netns_fd.set) {
        vif__plan_pair(plan, in, r);
        return r;
    }
    want->multi_queue = in->options->tap_multi_queue == VIF_TRUE;
    want->vnet_hdr = in->options->tap_vnet_hdr == VIF_TRUE;
    want->uid = in->options->tap_owner;
    want->gid = in->options->tap_group;
    return r;
}

/* A name that the object gives; NULL, and refused, if it is unset or no name for a link. */
static const char *vif__plan_name(vif_plan *plan, const char *field, const char *name)
{
    const char *bad = vif_has(name) ? vif_ifname_check(name) : "is not set";

    if (bad != NULL) {
        vif__plan_bad(plan, field, bad);
        return NULL;
    }
    return name;
}

VIF_API uint32_t vif_plan_mtu(vif_plan *plan, const vif_plan_input *in)
{
    bool own;
    int64_t mtu = vif__mtu_said(in, &own);

    mtu = mtu == 0 ? 1500 : mtu;
    if (mtu < 68 || mtu > 65535) {
        vif_plan_refuse(plan, own ? VIF_E_FIELD : VIF_E_INVAL,
                        own ? "network.mtu" : "network_device_mtu", "MTU out of 68 to 65535");
        return 1500;
    }
    return (uint32_t)mtu;
}

/* >>plugins
 *
 * What each class of VIF is made of: a planner reads the object and the options and writes down
 * resources in the order in which they are to be applied. It asks the host nothing but through the
 * view, and changes nothing; the same plan serves plug, unplug, check and dry run. The table at the
 * end says which plugin takes what; a new VIF type is a planner and a row there. */

/* For VIFs that somebody else plugs: there is nothing to do, and that is success. */
static void vif__plan_noop(vif_plan *plan, const vif_plan_input *in)
{
    (void)plan;
    (void)in;
}

/* A bridge as the reference makes it: quiet, and without addresses of its own. A shared bridge that
 * is there already keeps its settings, unless we made it. */
static void vif__plan_bridge(vif_plan *plan, vif_whose whose, const char *bridge,
                             const char *uplink)
{
    const bool only_ours = whose == VIF_SHARED;

    (void)vif_plan_add(plan, VIF_RES_BRIDGE, whose, bridge, uplink);
    vif_plan_conf(plan, whose, bridge, VIF_CONF_DISABLE_IPV6, 1)->only_ours = only_ours;
    vif_plan_conf(plan, whose, bridge, VIF_CONF_ARP_IGNORE, 1)->only_ours = only_ours;
    vif_plan_conf(plan, whose, bridge, VIF_CONF_ARP_ANNOUNCE, 2)->only_ours = only_ours;
    (void)vif_plan_add(plan, VIF_RES_UP, whose, bridge, NULL);
}

/* The bridge's way out; where the interface does not exist there is none. */
static void vif__plan_uplink(vif_plan *plan, const char *bridge, const char *uplink, uint32_t mtu,
                             bool take_over)
{
    vif_resource *master = vif_plan_add(plan, VIF_RES_MASTER, VIF_SHARED, uplink, bridge);

    master->optional = true;
    master->want.master.take_over = take_over;
    vif_plan_number(plan, VIF_RES_MTU, VIF_SHARED, uplink, mtu)->optional = true;
    vif_plan_add(plan, VIF_RES_MOVE, VIF_SHARED, uplink, bridge)->optional = true;
    /* Behind the move: taken back, a link that goes down would lose the IPv6 addresses it got. */
    vif_plan_add(plan, VIF_RES_UP, VIF_SHARED, uplink, NULL)->optional = true;
    /* Last: until a port has it the kernel refuses an MTU above the ports', or loses it again. */
    vif__name_copy(vif_plan_number(plan, VIF_RES_MTU, VIF_SHARED, bridge, mtu)->other, uplink);
}

/* The network's VLAN over a device, under that name. */
static void vif__plan_vlan_of(vif_plan *plan, vif_whose whose, const vif_network *n,
                              const char *name, const char *lower)
{
    const bool good = vif_has(n) && n->vlan.state == VIF_STATE_SET && n->vlan.value > 0 &&
        n->vlan.value < 4095;
    vif_resource *r = vif_plan_add(plan, VIF_RES_VLAN, whose, name, lower);

    if (good) {
        r->want.link.vlan = (uint16_t)n->vlan.value;
    } else {
        vif_plan_refuse(plan, VIF_E_FIELD, "network.vlan", "a VLAN from 1 to 4094 is required");
    }
}

/* "vlan100" over the interface; its name, or NULL. */
static const char *vif__plan_vlan(vif_plan *plan, const vif_network *n, const char *lower,
                                  uint32_t mtu)
{
    char name[16] = "vlan";

    if (lower == NULL) {
        vif__plan_bad(plan, "network.bridge_interface",
                        "is not set, and a VLAN needs a lower device");
        return NULL;
    }
    vif_cat_int(name, sizeof name, n->vlan.value);
    vif__plan_vlan_of(plan, VIF_SHARED, n, name, lower);
    (void)vif_plan_number(plan, VIF_RES_MTU, VIF_SHARED, name, mtu);
    /* Over a device that is down the kernel does not bring it up. */
    (void)vif_plan_add(plan, VIF_RES_UP, VIF_SHARED, lower, NULL);
    return vif__plan_text(plan, name);
}

/* The names of a list of interfaces are tested one by one; "all" is a word of its own. */
static void vif__plan_forward(vif_plan *plan, const char *list)
{
    char name[17];

    while (vif_list_next(&list, name, sizeof name)) {
        const char *bad = strcmp(name, "all") != 0 ? vif_ifname_check(name) : NULL;

        if (bad != NULL) {
            vif_plan_refuse(plan, VIF_E_INVAL, "forward_bridge_interface", bad);
        }
    }
}

/* Rules for that use, to be filled. Never NULL. */
static vif_nft_rules *vif__plan_nft(vif_plan *plan, vif_nft_use use, vif_whose whose,
                                    const char *link)
{
    vif_nft_rules *rules = (vif_nft_rules *)vif_arena_alloc(plan->priv.arena, sizeof *rules);

    if (rules == NULL) {
        vif__plan_no_memory(plan);
        rules = &plan->priv.spare->rules;
    }
    memset(rules, 0, sizeof *rules);
    rules->use = use;
    vif_plan_add(plan, VIF_RES_RULES, whose, link, NULL)->want.rules = rules;
    return rules;
}

/* What the bridge forwards, as the reference has it: from and to the named interfaces, or
 * everything; the rest is dropped or rejected. Traffic to the gateway, on the host itself, is let
 * through only where the network has no VLAN. */
static void vif__plan_rules(vif_plan *plan, const vif_plan_input *in, const char *bridge,
                            bool gateway)
{
    const vif_options *o = in->options;
    const bool reject = o->iptables_drop_action == VIF_DROP_ACTION_REJECT;
    vif_nft_rules *rules = vif__plan_nft(plan, VIF_NFT_FORWARD, VIF_SHARED, bridge);

    rules->forward = o->forward_bridge_interface != NULL ? o->forward_bridge_interface : "all";
    vif__plan_forward(plan, rules->forward);
    rules->flags |= gateway ? (unsigned)VIF_NFT_GATEWAY : 0;
    rules->flags |= reject ? (unsigned)VIF_NFT_REJECT : 0;
    rules->flags |= o->use_ipv6 == VIF_TRUE ? (unsigned)VIF_NFT_IPV6 : 0;
}

/* The host's interface to the network, or NULL: its own option wins over what the network names. */
static const char *vif__plan_interface(vif_plan *plan, const vif_plan_input *in, bool vlan)
{
    const vif_network *n = in->vif->base.network;
    const char *option = vlan ? in->options->vlan_interface : in->options->flat_interface;

    if (vif_has_text(option)) {
        return vif__plan_name(plan, vlan ? "vlan_interface" : "flat_interface", option);
    }
    return vif_has(n) && vif_has_text(n->bridge_interface)
        ? vif__plan_name(plan, "network.bridge_interface", n->bridge_interface) : NULL;
}

/* The network's side of a VIFBridge: VLAN device, bridge, uplink and rules, each shared by all VIFs
 * of the network. */
static void vif__plan_network(vif_plan *plan, const vif_plan_input *in, const char *bridge)
{
    const vif_network *n = in->vif->base.network;
    const bool vlan = n->should_provide_vlan == VIF_TRUE;
    const char *uplink = vif__plan_interface(plan, in, vlan);
    const uint32_t mtu = vif_plan_mtu(plan, in);

    if (plan->error.status != VIF_OK) {
        return;
    }
    if (vlan) {
        uplink = vif__plan_vlan(plan, n, uplink, mtu);
    }
    vif__plan_bridge(plan, VIF_SHARED, bridge, uplink);
    if (uplink != NULL) {
        vif__plan_uplink(plan, bridge, uplink, mtu, in->options->uplink_take_over == VIF_TRUE);
    }
    if (in->options->forward_rules != VIF_FALSE &&
        (vlan || in->vif->base.has_traffic_filtering != VIF_TRUE)) {
        vif__plan_rules(plan, in, bridge, !vlan);
    }
}

/* The guest's MAC as the host's side of the wire has it; false where the VIF has none. */
static bool vif__host_side_mac(vif_plan *plan, const vif_plan_input *in, uint8_t mac[6])
{
    const bool has_mac = vif__address(in, mac);

    if (has_mac) {
        vif__plan_unicast(plan, in, mac);
        vif__host_mac(mac);
    }
    return has_mac;
}

/* The MAC of the host's end: the given one unless it is the guest's, else one made from that. */
static bool vif__tap_mac(vif_plan *plan, const vif_plan_input *in, const char *given,
                         uint8_t mac[6])
{
    const bool has_mac = vif__address(in, mac);
    uint8_t own[6];

    if (vif_has_text(given) && vif_mac_parse(given, strlen(given), own) &&
        !(has_mac && memcmp(own, mac, 6) == 0)) {
        memcpy(mac, own, 6);
        return true;
    }
    return vif__host_side_mac(plan, in, mac);
}

typedef struct vif__setting {
    uint8_t which, number;              /* vif_conf */
} vif__setting;

/* Described one by one. */
static void vif__plan_settings(vif_plan *plan, const vif_plan_input *in, const char *name,
                               const vif__setting *settings, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        vif_plan_conf(plan, VIF_OWN, name, (vif_conf)settings[i].which, settings[i].number)
            ->optional = in->options->settings_optional == VIF_TRUE;
    }
}

/* What comes in by a tap that is only a port or a wire is not for the host: no IPv6, and of IPv4
 * nothing whose sender has no route back over the tap, thus nothing at all until somebody gives it
 * an address. */
static const vif__setting vif__sealed[] = {     /* IPv6's first, then IPv4's */
    {VIF_CONF_DISABLE_IPV6, 1}, {VIF_CONF_RP_FILTER, 1}, {VIF_CONF_ARP_IGNORE, 1},
    {VIF_CONF_ACCEPT_REDIRECTS, 0}, {VIF_CONF_SEND_REDIRECTS, 0}};

static void vif__plan_sealed(vif_plan *plan, const vif_plan_input *in, const char *name)
{
    vif__plan_settings(plan, in, name, vif__sealed, 5);
}

/* Only those switches are described that an option sets; the kernel's defaults of the others
 * stay. */
static void vif__plan_port_switches(vif_plan *plan, const vif_options *o, const char *name)
{
    const vif_bool want[6] = {o->port_isolated, o->port_hairpin, o->port_learning,
                              o->port_unicast_flood, o->port_mcast_flood, o->port_bcast_flood};
    uint32_t mask = 0, on = 0, i;

    for (i = 0; i < 6; i++) {
        mask |= want[i] != VIF_BOOL_UNSET ? 1u << i : 0;
        on |= want[i] == VIF_TRUE ? 1u << i : 0;
    }
    if (mask != 0) {
        vif_resource *r = vif_plan_add(plan, VIF_RES_PORT, VIF_OWN, name, NULL);

        r->want.port.mask = (uint8_t)mask;
        r->want.port.on = (uint8_t)on;
    }
}

#ifndef VIF_NO_NETWORKS
/* The fixed IPs of a network into a list, or (NULL) only their number. */
static size_t vif__plan_senders(const vif_network *n, vif_nft_address *list)
{
    size_t count = 0, i, k;
    vif_ip ip;

    for (i = 0; vif_has(n) && vif_has(n->subnets) && i < n->subnets->objects.count; i++) {
        const vif_fixed_ip_list *ips = n->subnets->objects.items[i].ips;

        for (k = 0; vif_has(ips) && k < ips->objects.count; k++) {
            const char *text = ips->objects.items[k].address;

            if (vif_has_text(text) && vif_ip_parse(text, strlen(text), false, &ip)) {
                if (list != NULL) {
                    memcpy(list[count].bytes, ip.bytes, 16);
                    list[count].len = ip.len;
                }
                count++;
            }
        }
    }
    return count;
}

/* The guest's MAC for its rules, which that option needs. */
static void vif__plan_rules_mac(vif_plan *plan, const vif_plan_input *in, vif_nft_rules *rules,
                                const char *option)
{
    char why[64] = "";

    if (!vif__address(in, rules->mac) && in->verb != VIF_UNPLUG) {
        vif__cat_format(why, sizeof why, "is not set, and %s needs it", option, NULL, NULL);
        vif__plan_bad(plan, "address", why);
    }
}

/* Before the guest can send anything: only with its own MAC and addresses. */
static void vif__plan_spoofchk(vif_plan *plan, const vif_plan_input *in, const char *link)
{
    const vif_network *n = vif__input_network(in);
    const size_t count = vif__plan_senders(n, NULL);
    vif_nft_address *list;
    vif_nft_rules *rules;

    if (in->options->port_spoofchk != VIF_TRUE) {
        return;
    }
    rules = vif__plan_nft(plan, VIF_NFT_SPOOF, VIF_OWN, link);
    list = (vif_nft_address *)vif_arena_alloc(plan->priv.arena, count * sizeof *list + 1);
    vif__plan_rules_mac(plan, in, rules, "port_spoofchk");
    if (list == NULL) {
        vif__plan_no_memory(plan);
    } else {
        rules->sender_count = vif__plan_senders(n, list);
        rules->senders = list;
    }
}
#endif

#ifdef VIF_NO_SWITCH
/* Options of what a port is on its switch, where nobody does it. */
static void vif__plan_no_policy(vif_plan *plan, const vif_plan_input *in)
{
    const char *set = vif__option_of_port(in->options);

    if (set != NULL && in->verb != VIF_UNPLUG) {
        vif_plan_refuse(plan, VIF_E_UNSUPPORTED, set, "is left out of the library");
    }
}
#else
/* The options of one direction. */
typedef struct vif__rate_fields {
    uint16_t average, peak, burst;
} vif__rate_fields;

static const vif__rate_fields vif__rate_in = {offsetof(vif_options, port_rate_in_bps),
    offsetof(vif_options, port_rate_in_peak_bps), offsetof(vif_options, port_rate_in_burst_bytes)};
static const vif__rate_fields vif__rate_out = {offsetof(vif_options, port_rate_out_bps),
    offsetof(vif_options, port_rate_out_peak_bps),
    offsetof(vif_options, port_rate_out_burst_bytes)};

/* What they say, of whichever switch; false: nothing. */
static bool vif__plan_rate(vif_plan *plan, const vif_plan_input *in, const vif__rate_fields *of,
                           vif_rate_want *to)
{
    const unsigned char *options = (const unsigned char *)in->options;
    vif_int average, peak;

    memset(to, 0, sizeof *to);
    memcpy(&average, options + of->average, sizeof average);
    memcpy(&peak, options + of->peak, sizeof peak);
    memcpy(&to->burst, options + of->burst, sizeof to->burst);
    to->average = average.state == VIF_STATE_SET ? average.value : 0;
    to->peak = peak.state == VIF_STATE_SET ? peak.value : 0;
    if (in->verb == VIF_UNPLUG) {
        return false;
    }
    if (to->average == 0 && (to->peak != 0 || to->burst != 0)) {
        vif_plan_refuse(plan, VIF_E_INVAL, vif__option_name(to->peak != 0 ? of->peak : of->burst),
                        "is of use only with a rate on average");
    } else if (to->peak != 0 && to->peak < to->average) {
        vif_plan_refuse(plan, VIF_E_INVAL, vif__option_name(of->peak),
                        "is below the rate on average");
    }
    return to->average != 0;
}

enum { VIF__FRAME_HEAD = 18 };          /* Ethernet's header, and a VLAN's tag */

/* Bits as bytes per second, rounded up: nothing is not what was wanted of a little. */
static uint64_t vif__rate_bytes(int64_t bits)
{
    return (uint64_t)bits / 8 + ((uint64_t)bits % 8 != 0);
}

/* What a rate is in that part of a second, at least a frame, and what fits. */
static uint32_t vif__rate_part(const vif_rate_want *want, int64_t bits, uint32_t part)
{
    const uint64_t bytes = vif__rate_bytes(bits) / part;

    return bytes < want->frame ? want->frame : bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes;
}

/* What a bucket can't be. Of a burst the kernel tells how long the rate takes for it, in 32 bits of
 * 64 ns. */
static void vif__plan_rate_check(vif_plan *plan, const vif__rate_fields *of,
                                 const vif_rate_want *want, bool given)
{
    if (want->average > 1000000000000 || want->peak > 1000000000000) {
        vif_plan_refuse(plan, VIF_E_INVAL, vif__option_name(want->average > want->peak
                        ? of->average : of->peak), "is above 1000000000000, a terabit");
    } else if (want->burst < want->frame) {
        vif_plan_refuse(plan, VIF_E_INVAL, vif__option_name(of->burst),
                        "is below a frame: the MTU and 18 bytes");
    } else if (want->burst / 274 >= vif__rate_bytes(want->average)) {
        vif_plan_refuse(plan, VIF_E_INVAL, vif__option_name(given ? of->burst : of->average),
                        "a burst, at least a frame, would take longer than 274 s");
    }
}

/* What the guest gets at most. Without a burst in the options it is what the rate is in 10 ms, so
 * that a timer that comes late costs nothing; with a peak that is the rate itself, as little as the
 * peak's own (see vif__rate_of). Of a port that is there, and no more known of it, its link tells
 * how large a frame may be. False: nothing is said of it. */
static bool vif__plan_rate_wants(vif_plan *plan, const vif_plan_input *in, const char *link,
                                 vif_rate_want *want)
{
    const vif__rate_fields *of = &vif__rate_in;
    const vif_link_info *info = in->whole_port && in->view != NULL
        ? in->view->link(in->view->user, link) : NULL;
    bool given;

    if (!vif__plan_rate(plan, in, of, want)) {
        return false;
    }
    given = want->burst != 0;
    want->frame = (info != NULL && info->index != 0 ? info->mtu : vif_plan_mtu(plan, in)) +
        VIF__FRAME_HEAD;
    want->burst = given ? want->burst : vif__rate_part(want, want->average, 100);
    vif__plan_rate_check(plan, of, want, given);
    if (want->peak != 0 && vif__rate_bytes(want->peak) == vif__rate_bytes(want->average)) {
        want->burst = vif__rate_part(want, want->peak, 1000);
        want->peak = 0;
    }
    return true;
}

/* Whether what the options leave unset is to be set right, too: no bound. */
static bool vif__plan_rate_all(const vif_plan_input *in)
{
    return (in->member != NULL || in->whole_port) && in->verb != VIF_UNPLUG;
}

/* It is what the host's end of its link sends. */
static void vif__plan_rate_in(vif_plan *plan, const vif_plan_input *in, const char *link)
{
    vif_rate_want want;

    if (vif__plan_rate_wants(plan, in, link, &want) || vif__plan_rate_all(in)) {
        vif_plan_add(plan, VIF_RES_RATE, VIF_OWN, link, NULL)->want.rate = want;
    }
}

/* What the guest may send at most, by rules. nftables' bucket has a second's worth of the rate, and
 * the burst beside it (nft_limit_init): measured, TCP reaches 96 % of it or more whatever the burst
 * is, but a frame that is larger than the bucket would never pass; one may have 64 KiB until it is
 * cut (TSO). */
static void vif__plan_rate_rules(vif_plan *plan, vif_nft_rules *rules, const vif_rate_want *want)
{
    const vif__rate_fields *of = &vif__rate_out;

    rules->rate = vif__rate_bytes(want->average);
    rules->burst = want->burst != 0 ? want->burst : 65536;
    if (want->peak != 0) {
        vif_plan_refuse(plan, VIF_E_UNSUPPORTED, vif__option_name(of->peak),
                        "a Linux bridge bounds what a guest sends on average only");
    }
    if (rules->rate > UINT64_MAX / 1000000000 - rules->burst) {
        vif_plan_refuse(plan, VIF_E_INVAL, vif__option_name(of->average),
                        "is more than nftables counts: with the burst 147573952584");
    }
}

/* What the guest may send and get. Of a port group all is said, also by silence, so that rules of
 * an earlier wish go. Open vSwitch (rated false) has a rate of its own. */
static void vif__plan_port_rules(vif_plan *plan, const vif_plan_input *in, const char *link,
                                 bool rated)
{
    const bool all = in->member != NULL || in->whole_port;
    const vif_options *o = in->options;
    vif_rate_want want;
    const bool bound = rated && vif__plan_rate(plan, in, &vif__rate_out, &want);
    vif_nft_rules *rules;

    if (all || o->port_forged_transmits != VIF_BOOL_UNSET || (rated && want.average != 0)) {
        rules = vif__plan_nft(plan, VIF_NFT_PORT_FROM, VIF_OWN, link);
        if (o->port_forged_transmits == VIF_FALSE) {
            rules->flags = VIF_NFT_ONLY_MAC;
            vif__plan_rules_mac(plan, in, rules, "port_forged_transmits=false");
        }
        if (bound) {
            vif__plan_rate_rules(plan, rules, &want);
        }
    }
    if (all || o->port_mac_changes != VIF_BOOL_UNSET) {
        rules = vif__plan_nft(plan, VIF_NFT_PORT_TO, VIF_OWN, link);
        if (o->port_mac_changes == VIF_FALSE) {
            rules->flags = VIF_NFT_ONLY_MAC;
            vif__plan_rules_mac(plan, in, rules, "port_mac_changes=false");
        }
    }
}
#endif

#if !defined(VIF_NO_OVS) || !defined(VIF_NO_SWITCH)
/* The first and last VLAN of "7" or "20-30"; -1: it is neither. */
static void vif__vlan_range(const char *item, int64_t *first, int64_t *last)
{
    const char *dash = strchr(item, '-');
    const size_t len = dash != NULL ? (size_t)(dash - item) : strlen(item);

    if (!vif_int_parse(item, len, first) ||
        (dash != NULL && !vif_int_parse(dash + 1, strlen(dash + 1), last))) {
        *first = -1;
    }
    *last = dash != NULL ? *last : *first;
}

/* The VLANs of a list by commas, from `lowest` to 4095 - lowest, a bit each; *count of them. NULL,
 * and refused. */
static uint8_t *vif__plan_vlan_bits(vif_plan *plan, const char *field, const char *list,
                                    int lowest, size_t *count)
{
    uint8_t *bits = (uint8_t *)vif_arena_alloc(plan->priv.arena, 512);
    const char *why = lowest == 0 ? "VLANs of 0 to 4095 by commas, as 10,20-30"
                                  : "VLANs of 1 to 4094 by commas, as 10,20-30";
    int64_t first, last = 0;
    char item[17];

    *count = 0;
    if (bits == NULL) {
        vif__plan_no_memory(plan);
        return NULL;
    }
    while (vif_list_next(&list, item, sizeof item)) {
        vif__vlan_range(item, &first, &last);
        if (first < lowest || last < first || last > 4095 - lowest ||
            item[15] != '\0') {         /* perhaps cut */
            vif_plan_refuse(plan, VIF_E_INVAL, field, why);
            return NULL;
        }
        for (; first <= last; first++) {
            *count += (bits[first / 8] >> first % 8 & 1) == 0;
            bits[first / 8] |= (uint8_t)(1u << first % 8);
        }
    }
    if (*count == 0) {
        vif_plan_refuse(plan, VIF_E_INVAL, field, why);
    }
    return bits;
}
#endif

#ifndef VIF_NO_SWITCH
/* The port's VLAN, which must be one; 0: unset. */
static uint32_t vif__plan_port_vlan(vif_plan *plan, const vif_options *o)
{
    if (o->port_vlan > 4094) {
        vif_plan_refuse(plan, VIF_E_INVAL, "port_vlan", "out of range, 1 to 4094");
        return 0;
    }
    return o->port_vlan;
}

/* The VLANs of a link that the plan makes a port of a bridge, before it is up: pvid (0: none)
 * without a tag, and those of the list (or NULL; "1-4094": all) with theirs; with neither the
 * bridge's default. A bridge that the plan makes is one that filters VLANs. */
static vif_resource *vif__plan_port_vlans(vif_plan *plan, const char *link, vif_whose whose,
                                          uint32_t pvid, const char *trunks)
{
    const char *bridge = NULL;
    vif_resource *r;
    size_t i, count;

    for (i = 0; i < plan->count; i++) {
        if (plan->items[i].kind == VIF_RES_MASTER && strcmp(plan->items[i].link, link) == 0) {
            bridge = plan->items[i].other;
        }
    }
    for (i = 0; i < plan->count && bridge != NULL; i++) {
        if (plan->items[i].kind == VIF_RES_BRIDGE && strcmp(plan->items[i].link, bridge) == 0) {
            plan->items[i].want.link.vlan_filtering = true;
        }
    }
    r = vif_plan_add(plan, VIF_RES_PORT_VLANS, whose, link, bridge);
    r->want.vlans.pvid = (uint16_t)pvid;
    if (vif_has_text(trunks)) {
        r->want.vlans.tagged = vif__plan_vlan_bits(plan, "port_trunks", trunks, 1, &count);
    }
    return r;
}
#endif

#ifndef VIF_NO_SWITCH
static const char vif__no_promiscuous[] =
    "no port of a Linux bridge sees all frames; one of Open vSwitch may";
#endif

/* What a port of a Linux bridge is there, as the options port_vlan to port_promiscuous say in the
 * same words as for Open vSwitch (vif__plan_ovs_policy). */
static void vif__plan_port_policy(vif_plan *plan, const vif_plan_input *in, const char *link)
{
#ifndef VIF_NO_SWITCH
    const vif_options *o = in->options;

    if (o->port_vlan != 0 || vif_has_text(o->port_trunks) || in->filters) {
        (void)vif__plan_port_vlans(plan, link, VIF_OWN, vif__plan_port_vlan(plan, o),
                                   o->port_trunks);
    }
    vif__plan_rate_in(plan, in, link);
    vif__plan_port_rules(plan, in, link, true);
    if (o->port_promiscuous == VIF_TRUE && in->verb != VIF_UNPLUG) {
        vif_plan_refuse(plan, VIF_E_UNSUPPORTED, "port_promiscuous", vif__no_promiscuous);
    }
#else
    (void)link;
    vif__plan_no_policy(plan, in);
#endif
}

/* A port that others make can be told nothing of what it is to be. */
static void vif__plan_port_of_others(vif_plan *plan, const vif_plan_input *in)
{
    const char *set = vif__option_of_port(in->options);

    if (set != NULL && in->verb != VIF_UNPLUG) {
        vif_plan_refuse(plan, VIF_E_INVAL, set,
                        "needs create_tap or a namespace: the port is made by others");
    }
}

#ifndef VIF_NO_SWITCH
/* A text that is kept of a link beside it: see >>kinds: record. `what` ends its file's name. */
static void vif__plan_record(vif_plan *plan, vif_whose whose, const char *link, const char *what,
                             const char *text)
{
    vif_resource *r = vif_plan_add(plan, VIF_RES_RECORD, whose, link, NULL);

    r->want.record.text = text != NULL ? text : "";
    r->want.record.what = what;
}

/* Which port group the port is in, and what an edit has to know of its guest. An unplug looks for
 * it whatever it knows of groups. */
static void vif__plan_member_note(vif_plan *plan, const vif_plan_input *in, const char *link)
{
    const char *mac = in->vif->base.address;
    char text[128] = "";

    if (in->member != NULL && in->member->group != NULL) {
        vif__cat_format(text, sizeof text, "%s\n%s", in->member->group->name,
                        vif_has_text(mac) ? mac : "", NULL);
    }
    if (in->member != NULL || (in->verb == VIF_UNPLUG && in->object == NULL)) {
        vif__plan_record(plan, VIF_OWN, link, ".group", vif__plan_text(plan, text));
    }
}
#else
#define vif__plan_member_note(plan, in, link) (void)0
#endif

/* The VIF's own tap as a port of the bridge. An unplug looks for it whatever the options say now,
 * as they may have said something else at the plug. */
static void vif__plan_bridge_tap(vif_plan *plan, const vif_plan_input *in, const char *bridge)
{
    const char *name = vif__plan_name(plan, "vif_name", in->vif->bridge.vif_name);
    vif_resource *tap;
    uint8_t mac[6];
    const bool has_mac = vif__host_side_mac(plan, in, mac);

    if (name == NULL) {
        return;
    }
    vif__plan_member_note(plan, in, name);
    tap = vif_plan_tap(plan, in, name, has_mac ? mac : NULL, vif_plan_mtu(plan, in));
    if (!vif__wants_tap(in)) {          /* unplug: one that an earlier plug made goes */
        tap->only_ours = true;
        return;
    }
    vif__plan_sealed(plan, in, name);
    (void)vif_plan_add(plan, VIF_RES_MASTER, VIF_OWN, name, bridge);
    vif__plan_port_switches(plan, in->options, name);
#ifndef VIF_NO_NETWORKS
    vif__plan_spoofchk(plan, in, name);
#endif
    vif__plan_port_policy(plan, in, name);
    (void)vif_plan_add(plan, VIF_RES_UP, VIF_OWN, name, NULL);
}

/* Whether an alias is a tag of vif's, of any owner: a link with another alias is nobody's. */
static bool vif__is_tag(const char *alias)
{
    return strncmp(alias, "vif:", 4) == 0;
}

/* "vif:<owner>:<what>", the alias of what we make. */
static void vif__tag(char *to, size_t cap, const char *owner, const char *what)
{
    to[0] = '\0';
    vif__cat_format(to, cap, "vif:%s:%s", owner, what, NULL);
}

/* The reference leaves the bridge alone in a network that is routed by a host of its own
 * (multi_host), and where it is not to provide one. */
static void vif__plan_linux_bridge(vif_plan *plan, const vif_plan_input *in)
{
    const vif_bridge *v = &in->vif->bridge;
    const vif_network *n = v->network;
    const char *bridge = vif__plan_name(plan, "bridge_name", v->bridge_name);

    if (!vif_has(n)) {
        vif__plan_bad(plan, "network", "is not set");
    }
    if (plan->error.status != VIF_OK) {
        return;
    }
    if (n->multi_host != VIF_TRUE && n->should_provide_bridge == VIF_TRUE) {
        vif__plan_network(plan, in, bridge);
    }
    if (vif__wants_tap(in) ||
        (in->verb == VIF_UNPLUG && vif_has_text(in->vif->bridge.vif_name))) {
        vif__plan_bridge_tap(plan, in, bridge);
    } else {
        vif__plan_port_of_others(plan, in);
    }
}

/* Settings without which a routed tap would be silent. They are global: named, never written. */
static void vif__plan_require(vif_plan *plan, const char *name, const char *path)
{
    vif_plan_add(plan, VIF_RES_REQUIRE, VIF_SHARED, name, NULL)->want.require.path = path;
}

/* Adds a route or proxy entry for an address; returns its family, 1: IPv4, 2: IPv6, 0: none. */
static unsigned vif__plan_ip(vif_plan *plan, const vif_plan_input *in, vif_kind kind,
                             const char *name, const char *address)
{
    vif_ip ip;

    if (!vif_has_text(address) || !vif_ip_parse(address, strlen(address), false, &ip) ||
        (ip.len == 16 && in->options->use_ipv6 == VIF_FALSE)) {
        return 0;
    }
    if (kind != VIF_RES_REQUIRE) {
        vif_plan_add(plan, kind, VIF_OWN, name, NULL)->want.ip.address = ip;
    }
    return ip.len == 16 ? 2 : 1;
}

/* The same for each fixed IP, or (VIF_RES_PROXY) each gateway, of the VIF's subnets; REQUIRE only
 * looks which families there are. */
static unsigned vif__plan_ips(vif_plan *plan, const vif_plan_input *in, vif_kind kind,
                              const char *name)
{
    const vif_network *n = in->vif->base.network;
    unsigned families = 0;
    size_t i, k;

    for (i = 0; vif_has(n) && vif_has(n->subnets) && i < n->subnets->objects.count; i++) {
        const vif_subnet *s = &n->subnets->objects.items[i];

        if (kind == VIF_RES_PROXY) {
            families |= vif__plan_ip(plan, in, kind, name, s->gateway);
        }
        for (k = 0; kind != VIF_RES_PROXY && vif_has(s->ips) && k < s->ips->objects.count; k++) {
            families |= vif__plan_ip(plan, in, kind, name, s->ips->objects.items[k].address);
        }
    }
    return families;
}

/* The Calico way: the host answers ARP and NDP for the gateways, and routes the guest's addresses
 * over the tap. */
static void vif__plan_routed(vif_plan *plan, const vif_plan_input *in, const char *name, bool tap,
                             const uint8_t *mac)
{
    static const vif__setting ipv4[6] = {
        {VIF_CONF_RP_FILTER, 1}, {VIF_CONF_ACCEPT_REDIRECTS, 0}, {VIF_CONF_SEND_REDIRECTS, 0},
        {VIF_CONF_FORWARDING, 1}, {VIF_CONF_PROXY_DELAY, 0}, {VIF_CONF_PROXY_ARP, 1}};
    static const vif__setting ipv6[6] = {
        {VIF_CONF_DISABLE_IPV6, 0}, {VIF_CONF_ACCEPT_RA, 0}, {VIF_CONF_ACCEPT_REDIRECTS6, 0},
        {VIF_CONF_FORWARDING6, 1}, {VIF_CONF_PROXY_DELAY6, 0}, {VIF_CONF_PROXY_NDP, 1}};
    const unsigned families = vif__plan_ips(plan, in, VIF_RES_REQUIRE, name);

    if ((families & 1) != 0) {
        vif__plan_require(plan, name, "ipv4/ip_forward");
    }
    if ((families & 2) != 0) {
        vif__plan_require(plan, name, "ipv6/conf/all/forwarding");
        vif__plan_require(plan, name, "ipv6/conf/all/proxy_ndp");
    }
    if (tap) {
        (void)vif_plan_tap(plan, in, name, mac, vif_plan_mtu(plan, in));
    }
    vif__plan_settings(plan, in, name, (families & 2) != 0 ? ipv6 : vif__sealed,
                       (families & 2) != 0 ? 6 : 1);
    vif__plan_settings(plan, in, name, (families & 1) != 0 ? ipv4 : vif__sealed + 1,
                       (families & 1) != 0 ? 6 : 4);
    (void)vif_plan_add(plan, VIF_RES_UP, VIF_OWN, name, NULL);
    (void)vif__plan_ips(plan, in, VIF_RES_ROUTE, name);
    (void)vif__plan_ips(plan, in, VIF_RES_PROXY, name);
}

/* The network of an address. */
static vif_ip vif__ip_net(vif_ip ip, unsigned prefix)
{
    unsigned i;

    for (i = 0; i < 16; i++) {
        const unsigned keep = prefix > i * 8 ? prefix - i * 8 : 0;

        ip.bytes[i] &= (uint8_t)(0xff00u >> (keep < 8 ? keep : 8));
    }
    ip.prefix = (uint8_t)prefix;
    return ip;
}

static const vif_port_profile *vif__tap_profile(const vif_plan_input *in)
{
    const vif_port_profile *p = in->vif->base.port_profile;

    return vif_has(p) && p->object.klass == VIF_CLASS_VIFPortProfileFPTap ? p : NULL;
}

/* Whether the guest is reached over routes, not as a port. */
static bool vif__is_routed(const vif_plan_input *in)
{
    return in->vif->object.klass == VIF_CLASS_VIFGeneric &&
        (vif__tap_profile(in) != NULL || in->options->routed == VIF_TRUE);
}

/* What layer 3 is planned for, and in which families (1: IPv4, 2: IPv6) it has a default route. */
typedef struct vif__l3 {
    const vif_plan_input *in;
    const char *link;
    uint8_t ns;
    unsigned defaults;
} vif__l3;

/* False: the text is unset, or of a family that the host does without. */
static bool vif__l3_ip(const vif__l3 *l, const char *text, bool net, vif_ip *ip)
{
    return vif_has_text(text) && vif_ip_parse(text, strlen(text), net, ip) &&
        (ip->len == 4 || l->in->options->use_ipv6 != VIF_FALSE);
}

/* Something of the guest's own link, where that is. */
static vif_resource *vif__plan_inside(vif_plan *plan, const vif__l3 *l, vif_kind kind,
                                      const vif_ip *ip)
{
    vif_resource *r = vif_plan_add(plan, kind, VIF_OWN, l->link, NULL);

    r->ns = l->ns;
    if (ip != NULL) {
        r->want.ip.address = *ip;
    }
    return r;
}

/* A route, and before it one to its gateway, where that is not on the link. The first default route
 * of a family counts. */
static void vif__plan_route(vif_plan *plan, vif__l3 *l, const vif_ip *on_link, const char *cidr,
                            const char *gateway)
{
    vif_ip to, net, *via = NULL;
    vif_resource *r;
    unsigned family;

    if (!vif__l3_ip(l, cidr, true, &to)) {
        return;
    }
    family = to.len == 4 ? 1 : 2;
    to = vif__ip_net(to, to.prefix);
    if (to.prefix == 0 && (l->defaults & family) != 0) {
        return;
    }
    l->defaults |= to.prefix == 0 ? family : 0;
    if (vif_has_text(gateway)) {
        via = (vif_ip *)vif_arena_alloc(plan->priv.arena, sizeof *via);
        if (via == NULL || !vif__l3_ip(l, gateway, false, via) || via->len != to.len) {
            vif__plan_bad(plan, "gateway", "is not of its route's family");
            return;
        }
        net = vif__ip_net(*via, on_link->prefix);
        if (memcmp(&net, on_link, sizeof net) != 0 &&
            !(via->bytes[0] == 0xfe && (via->bytes[1] & 0xc0) == 0x80)) {
            (void)vif__plan_inside(plan, l, VIF_RES_ROUTE, via);
        }
    }
    r = vif__plan_inside(plan, l, VIF_RES_ROUTE, &to);
    r->want.ip.gateway = via;
    r->want.ip.metric = to.prefix == 0 ? l->in->options->l3_metric : 0;
}

/* What of the subnet's addresses is on the link; routed, everything else is behind the gateway. */
static bool vif__l3_net(const vif__l3 *l, const vif_subnet *s, vif_ip *net)
{
    if (!vif__l3_ip(l, s->cidr, true, net)) {
        return false;
    }
    *net = vif__ip_net(*net, vif__is_routed(l->in) ? net->len * 8u : net->prefix);
    return true;
}

/* Those of one subnet, with its prefix. They come before the link is up: a guest that looks never
 * sees it without them. */
static void vif__plan_addresses(vif_plan *plan, const vif__l3 *l, const vif_subnet *s)
{
    vif_ip ip, net;
    vif_resource *r;
    size_t i;

    for (i = 0; vif__l3_net(l, s, &net) && vif_has(s->ips) && i < s->ips->objects.count; i++) {
        if (vif__l3_ip(l, s->ips->objects.items[i].address, false, &ip)) {
            ip.prefix = net.prefix;
            r = vif__plan_inside(plan, l, VIF_RES_ADDRESS, &ip);
            r->want.ip.dad = ip.len == 16 && l->in->options->l3_dad == VIF_TRUE;
            r->want.ip.optimistic = r->want.ip.dad && l->in->options->l3_optimistic == VIF_TRUE;
        }
    }
}

/* The subnet's routes come before the one over its gateway, which may say the same. */
static void vif__plan_routes(vif_plan *plan, vif__l3 *l, const vif_subnet *s)
{
    vif_ip net;
    size_t i;

    if (!vif__l3_net(l, s, &net)) {
        return;
    }
    for (i = 0; vif_has(s->routes) && i < s->routes->objects.count; i++) {
        const vif_route *r = &s->routes->objects.items[i];

        vif__plan_route(plan, l, &net, r->cidr, r->gateway);
    }
    if (vif_has_text(s->gateway)) {
        vif__plan_route(plan, l, &net, net.len == 4 ? "0.0.0.0/0" : "::/0", s->gateway);
    }
}

#ifndef VIF_NO_DNS
/* A server of a file, once. */
static void vif__plan_server(vif_plan *plan, vif_dns_want *want, const vif_ip *ip)
{
    size_t i = 0;

    while (i < want->count && memcmp(&want->servers[i], ip, sizeof *ip) != 0) {
        i++;
    }
    if (i == VIF_DNS_SERVERS) {
        vif__plan_bad(plan, "dns", "more than 16 name servers");
    } else if (i == want->count) {
        want->servers[want->count++] = *ip;
    }
}

/* A path that may be said to people, and noted. */
static bool vif__path_good(const char *path)
{
    size_t i = 0;

    while (i < 1024 && (unsigned char)path[i] >= 0x20 && path[i] != 0x7f) {
        i++;
    }
    return i > 0 && i < 1024 && path[i] == '\0' && vif_utf8_valid(path);
}

/* The file that gets them. It is of no link, and may outlive all of them. */
static vif_dns_want *vif__plan_resolv(vif_plan *plan, const char *root, const char *file)
{
    vif_dns_want *want = (vif_dns_want *)vif_arena_alloc(plan->priv.arena, sizeof *want);
    vif_resource *r = vif_plan_add(plan, VIF_RES_DNS, VIF_OWN, "lo", NULL);

    r->link[0] = '\0';
    r->want.dns = want;
    if (want == NULL) {
        vif__plan_no_memory(plan);
        return NULL;
    }
    memset(want, 0, sizeof *want);
    want->root = vif_has_text(root) ? root : "/";
    want->file = file;
    if (!vif__path_good(want->root) || !vif__path_good(file)) {
        vif_plan_refuse(plan, VIF_E_INVAL, "dns_file", "1 to 1023 bytes of UTF-8 are required, "
                        "without control characters");
    }
    return want;
}

/* An unplug goes by the note, whatever the options and the network are today. */
static void vif__plan_dns(vif_plan *plan, const vif__l3 *l, const vif_subnet_list *subnets)
{
    const char *file = l->in->options->dns_file;
    vif_dns_want *want;
    size_t i, n;
    vif_ip ip;

    if (!vif_has_text(file) || l->in->verb == VIF_UNPLUG) {
        return;
    }
    want = vif__plan_resolv(plan, l->in->options->dns_root, file);
    for (i = 0; want != NULL && i < subnets->objects.count; i++) {
        const vif_subnet *s = &subnets->objects.items[i];

        for (n = 0; vif_has(s->dns.items) && n < s->dns.count; n++) {
            if (vif__l3_ip(l, s->dns.items[n], false, &ip)) {
                vif__plan_server(plan, want, &ip);
            }
        }
    }
}
#else
static void vif__plan_dns(vif_plan *plan, const vif__l3 *l, const vif_subnet_list *subnets)
{
    (void)subnets;
    if (vif_has_text(l->in->options->dns_file) && l->in->verb != VIF_UNPLUG) {
        vif_plan_refuse(plan, VIF_E_INVAL, "dns_file", "is left out of the library");
    }
}
#endif

/* Whether the link gets addresses and routes: an option says so, or a pod's profile. */
static bool vif__plan_wants_l3(const vif_plan_input *in)
{
    const vif_port_profile *p = in->vif != NULL ? in->vif->base.port_profile : NULL;
    const bool pod = vif_has(p) && p->object.klass == VIF_CLASS_VIFPortProfileK8sDPDK;

    return in->options->l3_setup != VIF_FALSE && !(pod && p->k8s_dpdk.l3_setup == VIF_FALSE);
}

/* Layer 3 of a link, as the VIF's network has it: its addresses and, once it is up, its routes.
 * (Not its floating_ips: see NOT at the top.) */
static void vif__plan_l3(vif_plan *plan, const vif_plan_input *in, uint8_t ns, const char *link)
{
    const vif_network *n = vif__input_network(in);
    const bool has = vif__plan_wants_l3(in) && vif_has(n) && vif_has(n->subnets);
    const uint32_t ms = in->options->l3_settle_ms != 0 ? in->options->l3_settle_ms : 5000;
    const bool announce = in->options->l3_announce == VIF_TRUE;
    const size_t before = plan->count;
    vif__l3 l = {in, link, ns, 0};
    size_t i, addresses;
    vif_resource *r;

    for (i = 0; has && i < n->subnets->objects.count; i++) {
        vif__plan_addresses(plan, &l, &n->subnets->objects.items[i]);
    }
    addresses = plan->count - before;
    (void)vif__plan_inside(plan, &l, VIF_RES_UP, NULL);
    for (i = 0; has && i < n->subnets->objects.count; i++) {
        vif__plan_routes(plan, &l, &n->subnets->objects.items[i]);
    }
    if (has && in->options->l3_dad == VIF_TRUE && in->options->use_ipv6 != VIF_FALSE) {
        r = vif__plan_inside(plan, &l, VIF_RES_SETTLED, NULL);
        r->want.settled.ms = ms;        /* RFC 4429 3.2: not announced while it is optimistic */
        r->want.settled.optimistic = in->options->l3_optimistic == VIF_TRUE && !announce;
    }
    if (has) {
        vif__plan_dns(plan, &l, n->subnets);
    }
    if (announce && addresses > 0) {
        vif__plan_inside(plan, &l, VIF_RES_ANNOUNCE, NULL)->want.settled.ms = ms;
    }
}

/* What is in the guest's namespace: lo, and its link, which is the other end of a pair or was
 * planned in there, with all that is on it. */
static void vif__plan_guest(vif_plan *plan, const vif_plan_input *in)
{
    const uint8_t ns = plan->priv.guest_ns;
    size_t i = 0;
    vif_resource *r, of;

    while (i < plan->count && ((plan->items[i].other_ns != ns && plan->items[i].ns != ns) ||
                               ns == 0)) {
        i++;
    }
    if (i == plan->count) {
        if (in->options->netns_fd.set && plan->count > 0 && in->verb != VIF_UNPLUG &&
            (in->vif == NULL || !vif_is_a(&in->vif->object, VIF_CLASS_VIFNestedDPDK))) {
            vif_plan_refuse(plan, VIF_E_INVAL, "netns_fd", "no device is made for this VIF");
        }
        return;
    }
    of = plan->items[i];
    if (of.ns != ns) {
        r = vif_plan_add(plan, VIF_RES_PEER, VIF_OWN, of.other, of.link);
        r->ns = ns;
        r->want.link = of.want.link;
        r->want.link.has_mac = vif__address(in, r->want.link.mac);
        memcpy(of.link, of.other, sizeof of.link);
    }
    r = vif_plan_add(plan, VIF_RES_UP, VIF_SHARED, "lo", NULL);
    r->ns = ns;
    vif__plan_l3(plan, in, ns, of.link);
}

/* A tap that is the VIF's alone: a wire that somebody else connects, or routed by this host. */
static void vif__plan_generic(vif_plan *plan, const vif_plan_input *in)
{
    const vif_generic *v = &in->vif->generic;
    const char *name = vif__plan_name(plan, "vif_name", v->vif_name);
    const vif_port_profile *profile = vif__tap_profile(in);
    const char *given = profile != NULL ? profile->fp_tap.mac_address : NULL;
    uint8_t mac[6];
    const bool has_mac = vif__tap_mac(plan, in, given, mac);

    if (name == NULL) {
        return;
    }
    if (vif__is_routed(in)) {
        vif__plan_routed(plan, in, name, true, has_mac ? mac : NULL);
        return;
    }
    (void)vif_plan_tap(plan, in, name, has_mac ? mac : NULL, vif_plan_mtu(plan, in));
    vif__plan_sealed(plan, in, name);
    (void)vif_plan_add(plan, VIF_RES_UP, VIF_OWN, name, NULL);
}

#if !defined(VIF_NO_DIRECT) || !defined(VIF_NO_HOSTDEV)
/* A walk over the network devices of a PCI device. */
typedef struct vif__card {
    const vif_view *view;
    const char *address;
    bool (*each)(void *context, const char *name);
    void *context;
} vif__card;

static void vif__card_list(vif__card *c, const char *below,
                           bool (*each)(void *context, const char *name), void *context)
{
    char path[80] = "";

    vif__cat_format(path, sizeof path, "bus/pci/devices/%s%s", c->address, below, NULL);
    c->view->sysfs_list(c->view->user, path, each, context);
}

/* The netdev of a virtio card is that of a device of its own, "virtio3". */
static bool vif__card_virtio(void *context, const char *name)
{
    vif__card *c = (vif__card *)context;
    char below[32] = "";

    if (strncmp(name, "virtio", 6) == 0) {
        vif__cat_format(below, sizeof below, "/%s/net", name, NULL, NULL);
        vif__card_list(c, below, c->each, c->context);
    }
    return true;
}

static void vif__card_netdevs(vif__card *c)
{
    vif__card_list(c, "/net", c->each, c->context);
    vif__card_list(c, "", vif__card_virtio, c);
}
#endif

#if !defined(VIF_NO_OVS) || !defined(VIF_NO_HOSTDEV)
/* >>plugins: virtual functions in sysfs
 *
 * A VIFHostDevice names a PCI address. Its physical function, which of that one's virtual functions
 * it is, and how ports call themselves is read here, for the planners below. */

/* A look through sysfs for the VF with that PCI address. */
typedef struct vif__vf {
    const vif_view *view;
    const char *pci;
    char path[96], text[1024];
    char physfn[16], uplink[16], first[16], found[16], vhost[32];
    char switch_id[68];                 /* MAX_PHYS_ITEM_ID_LEN is 32 bytes, in hex here */
    int64_t number, function;
    const char *driver, *before;        /* what it gets unless an option says so; what it had */
    const uint8_t *mac;                 /* that its netdev is to have, if it has one; or NULL */
    char own[16];                       /* its netdev, whose MAC is to come back; "": it is not */
} vif__vf;

/* The text of a file whose path is made of three pieces; false, too, where the path does not
 * fit. */
static bool vif__vf_read(vif__vf *f, const char *below, const char *name, const char *file)
{
    f->path[0] = '\0';
    vif__cat_format(f->path, sizeof f->path, "%s%s%s", below, name, file);
    return f->view->sysfs(f->view->user, f->path, f->text, sizeof f->text);
}

/* The same of a file of one line, without its newline. */
static bool vif__vf_line(vif__vf *f, const char *below, const char *name, const char *file)
{
    const bool there = vif__vf_read(f, below, name, file);
    char *end = there ? strchr(f->text, '\n') : NULL;

    if (end != NULL) {
        *end = '\0';
    }
    return there;
}

/* A PCI device's own address, as its uevent has it: cut out of f->text, or NULL. */
static const char *vif__vf_slot(vif__vf *f, const char *below, const char *name, const char *file)
{
    static const char key[] = "PCI_SLOT_NAME=";
    char *slot = vif__vf_read(f, below, name, file) ? strstr(f->text, key) : NULL;
    char *end = slot != NULL ? strchr(slot, '\n') : NULL;

    if (end != NULL) {
        *end = '\0';
    }
    return slot != NULL ? slot + sizeof key - 1 : NULL;
}

/* A port's name (phys_port_name), taken apart; -1: it does not have that number. */
typedef struct vif__port_name {
    int64_t controller, port, pf, vf, other;
} vif__port_name;

/* "p0", "p0s1" (uplinks), "pf0", "pf0vf3", "c1pf0vf3" (of another machine's), "pf0sf88",
 * "p0pf1vf3", in either case; "3", "vf3" (older drivers). False: the name is none of these. */
static bool vif__port_name_parse(const char *text, vif__port_name *to)
{
    static const char words[] = "c\0p\0pf\0vf\0s\0sf\0";
    int64_t *const numbers[] = {&to->controller, &to->port, &to->pf, &to->vf, &to->other,
                                &to->other};
    unsigned k;

    to->controller = to->port = to->pf = to->vf = to->other = -1;
    if (*text >= '0' && *text <= '9') {
        return vif_int_parse(text, strlen(text), &to->vf);
    }
    while (*text != '\0') {
        size_t letters = 0, digits = 0;

        while ((text[letters] | 0x20) >= 'a' && (text[letters] | 0x20) <= 'z') {
            letters++;
        }
        while (text[letters + digits] >= '0' && text[letters + digits] <= '9') {
            digits++;
        }
        for (k = 0; k < 6; k++) {
            const char *word = vif__packed(words, k);

            if (letters == strlen(word) && (text[0] | 0x20) == word[0] &&
                (letters == 1 || (text[1] | 0x20) == word[1])) {
                break;
            }
        }
        if (k == 6 || digits == 0 || *numbers[k] >= 0 ||
            !vif_int_parse(text + letters, digits, numbers[k])) {
            return false;
        }
        text += letters + digits;
    }
    return true;
}

/* Each VF is a link "virtfn<n>" in its physical function's directory: the one that leads to our PCI
 * address has our number. */
static bool vif__vf_virtfn(void *context, const char *name)
{
    vif__vf *f = (vif__vf *)context;
    char file[40] = "/physfn/";
    const char *slot;

    if (strncmp(name, "virtfn", 6) != 0 || strlen(name) > 15) {
        return true;
    }
    vif_cat(file, sizeof file, name);
    vif_cat(file, sizeof file, "/uevent");
    slot = vif__vf_slot(f, "bus/pci/devices/", f->pci, file);
    return slot == NULL || strcmp(slot, f->pci) != 0 ||
        !vif_int_parse(name + 6, strlen(name + 6), &f->number);
}

/* A VF or representor that has gone is no reason not to take away what was made for it. */
static void vif__vf_refuse(vif_plan *plan, const vif_plan_input *in, vif_status status,
                           const char *why)
{
    if (in->verb != VIF_UNPLUG) {
        vif_plan_refuse(plan, status, "dev_address", why);
    }
}

/* The node that vhost_vdpa, a driver, has for a vDPA device. */
static bool vif__vf_vhost(void *context, const char *name)
{
    vif__vf *f = (vif__vf *)context;

    if (strncmp(name, "vhost-vdpa-", 11) == 0 && strlen(name) < sizeof f->vhost) {
        memcpy(f->vhost, name, strlen(name) + 1);
    }
    return f->vhost[0] == '\0';
}

/* A vDPA device, of any name, stands below its function or below an auxiliary device of that. */
static bool vif__vf_vdpa(void *context, const char *name)
{
    static const char below[] = "bus/vdpa/devices/";
    vif__vf *f = (vif__vf *)context;
    const char *slot = vif__vf_slot(f, below, name, "/../uevent");
    char path[96] = "";

    if (slot == NULL) {
        slot = vif__vf_slot(f, below, name, "/../../uevent");
    }
    if (slot != NULL && strcmp(slot, f->pci) == 0) {
        vif__cat_format(path, sizeof path, "%s%s", below, name, NULL);
        f->view->sysfs_list(f->view->user, path, vif__vf_vhost, f);
    }
    return f->vhost[0] == '\0';
}

/* What a guest opens of a function that has a vDPA device. */
static void vif__plan_vdpa(vif_plan *plan, const vif_plan_input *in, vif__vf *f)
{
    if (in->verb == VIF_UNPLUG || in->options->vdpa == VIF_FALSE) {
        return;
    }
    f->view->sysfs_list(f->view->user, "bus/vdpa/devices", vif__vf_vdpa, f);
    if (f->vhost[0] != '\0') {
        plan->vdpa = vif__plan_text(plan, f->vhost);
    } else if (in->options->vdpa == VIF_TRUE) {
        vif_plan_refuse(plan, VIF_E_NO_PCI_DEVICE, "vdpa",
                        "the function has no vDPA device that vhost_vdpa drives");
    }
}

/* Finds the VF's physical function and its number there; other: another device may be meant. An
 * unplug goes on without: what was made for a card that has been pulled out has to go all the
 * same. */
static bool vif__vf_find(vif_plan *plan, const vif_plan_input *in, vif__vf *f, bool other)
{
    const char *slot;

    f->view = in->view;
    f->number = -1;
    if (!vif_has_text(f->pci) || strchr(f->pci, '/') != NULL || in->view == NULL ||
        in->view->sysfs == NULL) {
        vif_plan_refuse(plan, VIF_E_FIELD, "dev_address", "is not set");
        return false;
    }
    slot = vif__vf_slot(f, "bus/pci/devices/", f->pci, "/physfn/uevent");
    if (slot != NULL && strlen(slot) < sizeof f->physfn) {
        char path[64] = "bus/pci/devices/";

        vif__name_copy(f->physfn, slot);
        vif_cat(path, sizeof path, f->pci);
        vif_cat(path, sizeof path, "/physfn");
        f->view->sysfs_list(f->view->user, path, vif__vf_virtfn, f);
    }
    if (f->number < 0 && !other) {
        vif__vf_refuse(plan, in, VIF_E_NO_PCI_DEVICE, f->pci);
    }
    return f->number >= 0;
}

#endif

#ifdef VIF__DEVICES
typedef struct vif__noted {
    vif_plan *plan;
    const vif_plan_input *in;
} vif__noted;

#ifndef VIF_NO_OVS
static void vif__plan_named(vif_plan *plan, const char *name, const char *other);
#endif
#if !defined(VIF_NO_OVS) || !defined(VIF_NO_NETWORKS)
/* A resource about a link of somebody else's, whose note goes by that address. */
static vif_resource *vif__plan_noted_link(vif_plan *plan, vif_kind kind, const char *link,
                                          const char *other, const char *address)
{
    vif_device_want *want = (vif_device_want *)vif_arena_alloc(plan->priv.arena, sizeof *want);
    vif_resource *r = vif_plan_add(plan, kind, VIF_BORROWED, link, other);

    if (want == NULL) {
        vif__plan_no_memory(plan);
        want = &plan->priv.spare->device;
    }
    memset(want, 0, sizeof *want);
    want->address = address;
    r->want.device = want;
    return r;
}
#endif

#ifndef VIF_NO_NETWORKS
/* The resource for a card that a guest has, or is to have, under that name. */
static vif_device_want *vif__plan_lent(vif_plan *plan, const char *link, const char *card)
{
    vif_resource *r = vif__plan_noted_link(plan, VIF_RES_LENT, link, card, card);

    r->ns = plan->priv.guest_ns;
    return r->want.device;
}
#endif
#ifndef VIF_NO_HOSTDEV
static void vif__plan_pci_noted(vif_plan *plan, const vif_plan_input *in, vif_kind kind,
                                const char *device);
#endif

/* A note of the VIF's that no resource of the plan is about yet. */
static bool vif__plan_note(void *context, int kind, const char *device)
{
    vif_plan *plan = ((vif__noted *)context)->plan;
    const char *name = vif__plan_text(plan, device);
    size_t i = 0;

    while (i < plan->count && ((int)plan->items[i].kind != kind ||
                               strcmp(plan->items[i].want.device->address, device) != 0)) {
        i++;
    }
    if (i < plan->count || name == NULL) {
        return true;
    }
#ifndef VIF_NO_OVS
    if (kind == VIF_RES_NAME) {
        vif__plan_named(plan, name, NULL);
        return true;
    }
#endif
#ifndef VIF_NO_NETWORKS
    if (kind == VIF_RES_LENT) {
        vif__plan_lent(plan, name, name);
        return true;
    }
    if (kind == VIF_RES_BONDED) {
        (void)vif__plan_noted_link(plan, VIF_RES_BONDED, name, name, name);
        return true;
    }
#endif
#ifndef VIF_NO_HOSTDEV
    if (kind == VIF_RES_DRIVER || kind == VIF_RES_VF) {
        vif__plan_pci_noted(plan, ((vif__noted *)context)->in, (vif_kind)kind, name);
    }
#endif
    return true;
}

/* An unplug gives back all that was noted for the VIF: its plug had other options, or its device
 * has moved to another place since. */
static void vif__plan_noted(vif_plan *plan, const vif_plan_input *in)
{
    vif__noted n = {plan, in};

    if (in->verb == VIF_UNPLUG && plan->error.status == VIF_OK && in->view != NULL &&
        in->view->notes != NULL) {
        in->view->notes(in->view->user, vif__plan_note, &n);
    }
}
#endif

#ifndef VIF_NO_HOSTDEV
/* >>plugins: hostdev
 *
 * A virtual function, or another PCI device, that a guest gets as it is. A VIFHostDevice comes in;
 * out goes the driver that the device is to have, of type "generic", and what its physical function
 * is to set of it. The driver is first: back at home it finds the function's own settings. */

/* The netdev of the physical function: the first that is no representor of another function. */
static bool vif__vf_netdev(void *context, const char *name)
{
    vif__vf *f = (vif__vf *)context;
    vif__port_name port;

    if (strlen(name) < 16 && (!vif__vf_line(f, "class/net/", name, "/phys_port_name") ||
                              !vif__port_name_parse(f->text, &port) || port.pf < 0)) {
        vif__name_copy(f->uplink, name);
    }
    return f->uplink[0] == '\0';
}

/* Rates go together, as the kernel has them; so do a VLAN's id, priority and protocol. */
static void vif__plan_vf(vif_plan *plan, const vif_plan_input *in, vif_vf *vf)
{
    const vif_network *n = in->vif->base.network;
    const vif_options *o = in->options;
    const bool vlan = vif_has(n) && n->vlan.state == VIF_STATE_SET;

    if (vif__address(in, vf->mac)) {
        vf->present |= VIF_VF_MAC;
        vif__plan_unicast(plan, in, vf->mac);
    }
    if (vlan && (n->vlan.value < 0 || n->vlan.value > 4095)) {
        vif_plan_refuse(plan, VIF_E_FIELD, "network.vlan", "a VLAN from 0 to 4095 is required");
    }
    if (o->vf_vlan_qos > 7 || (o->vf_vlan_qos > 0 && !vlan)) {
        vif_plan_refuse(plan, VIF_E_INVAL, "vf_vlan_qos", "is from 0 to 7, of a network's VLAN");
    }
    if (vlan) {
        VIF_SET(vf, VIF_VF_VLAN, vlan, (uint32_t)n->vlan.value);
        vf->qos = o->vf_vlan_qos;
        vf->protocol = o->vf_vlan_8021ad == VIF_TRUE ? 0x88a8 : 0x8100;
    }
    if (o->vf_min_rate_mbps.set || o->vf_max_rate_mbps.set) {
        VIF_SET(vf, VIF_VF_RATE, min_rate, o->vf_min_rate_mbps.value);
        vf->max_rate = o->vf_max_rate_mbps.value;
    }
    if (o->vf_spoofchk != VIF_BOOL_UNSET) {
        VIF_SET(vf, VIF_VF_SPOOFCHK, spoofchk, o->vf_spoofchk == VIF_TRUE);
    }
    if (o->vf_trust != VIF_BOOL_UNSET) {
        VIF_SET(vf, VIF_VF_TRUST, trust, o->vf_trust == VIF_TRUE);
    }
    if (o->vf_link_state != VIF_LINK_STATE_UNSET) {
        VIF_SET(vf, VIF_VF_LINK_STATE, link_state, (uint32_t)o->vf_link_state - 1u);
    }
}

/* A resource of the device, and of the link if it has one. */
static vif_device_want *vif__plan_device(vif_plan *plan, const vif_plan_input *in, vif_kind kind,
                                         const vif__vf *f)
{
    const char *driver = in->options->hostdev_driver;
    vif_device_want *want = (vif_device_want *)vif_arena_alloc(plan->priv.arena, sizeof *want);
    vif_resource *r = vif_plan_add(plan, kind, VIF_BORROWED, "lo", NULL);

    if (want == NULL) {
        vif__plan_no_memory(plan);
        want = &plan->priv.spare->device;
    }
    memset(want, 0, sizeof *want);
    r->want.device = want;
    r->link[0] = '\0';
    want->address = f->pci;
    if (kind == VIF_RES_DRIVER) {
        want->driver = vif_has_text(driver) ? driver : f->driver;
        want->before = f->before;
        return want;
    }
    vif__name_copy(r->link, f->uplink);
    vif__name_copy(r->other, f->own);
    want->vf.number = f->number < 0 ? 0 : (uint32_t)f->number;
    if (in->vif != NULL) {
        vif__plan_vf(plan, in, &want->vf);
    }
    return want;
}

/* Whether the line that was read is the MAC that is wanted. */
static bool vif__vf_has_mac(const vif__vf *f)
{
    uint8_t mac[6];

    return vif_mac_parse(f->text, strlen(f->text), mac) && memcmp(mac, f->mac, 6) == 0;
}

/* Notes a device of the card that the host is on a network by, or that is not the one that is
 * meant; true: it is none, go on. */
static bool vif__vf_unused(void *context, const char *name)
{
    vif__vf *f = (vif__vf *)context;
    const vif_link_info *info = strlen(name) < 16 ? f->view->link(f->view->user, name) : NULL;
    const bool functions = vif__vf_line(f, "bus/pci/devices/", f->pci, "/sriov_numvfs") &&
        strcmp(f->text, "0") != 0;
    const bool other = f->mac != NULL && vif__vf_line(f, "class/net/", name, "/address") &&
        !vif__vf_has_mac(f);

    if (functions || other || info == NULL || (info->flags & VIF_IFF_UP) != 0 ||
        info->master != 0) {
        vif__name_copy(f->found, name);
    }
    return f->found[0] == '\0';
}

/* A card that is no virtual function leaves the host with all that is on it: its addresses, and the
 * functions of other guests. */
static void vif__plan_whole_card(vif_plan *plan, const vif_plan_input *in, vif__vf *f)
{
    vif__card card = {f->view, f->pci, vif__vf_unused, f};

    vif__card_netdevs(&card);
    if (f->found[0] != '\0' && in->verb != VIF_UNPLUG) {
        vif_plan_refuse(plan, VIF_E_EXISTS, f->found,
                        "the host uses the card: the device is up, a port, or has functions; or "
                        "it has another MAC than the VIF");
    }
}

/* The netdev of its physical function, for what that sets. */
static void vif__plan_physfn(vif__vf *f)
{
    char path[64] = "bus/pci/devices/";

    vif_cat(path, sizeof path, f->pci);
    vif_cat(path, sizeof path, "/physfn/net");
    f->view->sysfs_list(f->view->user, path, vif__vf_netdev, f);
}

static bool vif__vf_own(void *context, const char *name)
{
    vif__name_copy(((vif__vf *)context)->own, strlen(name) < 16 ? name : "");
    return false;
}

/* The function at that address, with its physical function's netdev and its own; NULL: it is no
 * virtual function, or its physical function is elsewhere. */
static vif__vf *vif__plan_function(vif_plan *plan, const vif_plan_input *in, const char *pci)
{
    vif__vf *f = (vif__vf *)vif_arena_alloc(plan->priv.arena, sizeof *f);
    vif__card card;

    if (f == NULL) {
        vif__plan_no_memory(plan);
        return NULL;
    }
    f->pci = pci;
    if (vif__vf_find(plan, in, f, true)) {
        vif__plan_physfn(f);
        card.view = f->view;
        card.address = pci;
        card.each = vif__vf_own;
        card.context = f;
        vif__card_netdevs(&card);
    }
    return f->uplink[0] != '\0' ? f : NULL;
}

/* What a note says of a device, whatever plugin wrote it. */
static void vif__plan_pci_noted(vif_plan *plan, const vif_plan_input *in, vif_kind kind,
                                const char *device)
{
    vif__vf *f = vif__plan_function(plan, in, device);

    f = f != NULL ? f : (vif__vf *)vif_arena_alloc(plan->priv.arena, sizeof *f);
    if (f == NULL) {
        vif__plan_no_memory(plan);
        return;
    }
    f->pci = device;
    f->driver = "vfio-pci";             /* which of them, the note knows */
    (void)vif__plan_device(plan, in, kind, f);
}

/* A card's function for the guest alone. Of an ethernet device only what the physical function says
 * of it is set; a generic one gets another driver first, and may be a whole card. */
static void vif__plan_hostdev(vif_plan *plan, const vif_plan_input *in)
{
    const bool generic = in->vif->host_device.dev_type == VIF_DEV_GENERIC;
    vif__vf *f = (vif__vf *)vif_arena_alloc(plan->priv.arena, sizeof *f);

    if (f == NULL) {
        vif__plan_no_memory(plan);
        return;
    }
    f->pci = in->vif->host_device.dev_address;
    f->driver = "vfio-pci";
    if (in->vif->host_device.dev_type == VIF_DEV_UNSET) {
        vif_plan_refuse(plan, VIF_E_FIELD, "dev_type", "is not set");
        return;
    }
    if (vif__vf_find(plan, in, f, generic)) {
        vif__plan_physfn(f);
    }
    if (f->number >= 0 && f->uplink[0] == '\0') {
        vif__vf_refuse(plan, in, VIF_E_NO_PCI_DEVICE,
                       "its physical function has no network device here");
    }
    if (plan->error.status == VIF_OK && generic && f->number < 0) {
        vif__plan_whole_card(plan, in, f);
    }
    if (plan->error.status == VIF_OK && !generic) {
        vif__plan_vdpa(plan, in, f);
    }
    if (plan->error.status == VIF_OK && generic) {
        (void)vif__plan_device(plan, in, VIF_RES_DRIVER, f);
    }
    /* At an unplug even if it has gone: so has what was noted of it, then. */
    if (plan->error.status == VIF_OK && (f->number >= 0 || in->verb == VIF_UNPLUG)) {
        (void)vif__plan_device(plan, in, VIF_RES_VF, f);
    }
    vif__plan_noted(plan, in);
}
#endif

#if !defined(VIF_NO_HOSTDEV) && !defined(VIF_NO_NESTED)
/* >>plugins: nested, with DPDK
 *
 * A pod whose program drives a network card by itself: the host, a guest, has been given a card for
 * it, with the VIF's MAC. A VIFNestedDPDK or VIFDPDKNested comes in; out goes the driver that the
 * card is to have. Once it has that, no MAC is seen: it is found by its note then, or as the object
 * says. */

/* A netdev with the VIF's MAC that is a PCI device's, or a virtio device's below one: its address.
 * (What else stands below a PCI device, as a sub-function, is not that device.) */
static bool vif__dpdk_netdev(void *context, const char *name)
{
    vif__vf *f = (vif__vf *)context;
    const char *slot = NULL;

    if (strlen(name) < 16 && vif__vf_line(f, "class/net/", name, "/address") &&
        vif__vf_has_mac(f)) {
        slot = vif__vf_slot(f, "class/net/", name, "/device/uevent");
        if (slot == NULL && strstr(f->text, "MODALIAS=virtio:") != NULL) {
            slot = vif__vf_slot(f, "class/net/", name, "/device/../uevent");
        }
    }
    if (slot != NULL && strlen(slot) < sizeof f->physfn) {
        f->number++;
        vif__name_copy(f->physfn, slot);
    }
    return true;
}

/* The first device that is the VIF's by a note. */
static bool vif__dpdk_noted(void *context, int kind, const char *device)
{
    vif__vf *f = (vif__vf *)context;

    if (kind == VIF_RES_DRIVER && strlen(device) < sizeof f->physfn) {
        vif__name_copy(f->physfn, device);
    }
    return f->physfn[0] == '\0';
}

/* Where the card is, in f->pci; NULL: that is not known. */
static void vif__dpdk_find(vif_plan *plan, const vif_plan_input *in, vif__vf *f)
{
    const char *given = in->vif->nested_dpdk.pci_address;

    if (f->mac != NULL) {
        f->view->sysfs_list(f->view->user, "class/net", vif__dpdk_netdev, f);
    }
    if (f->number > 1 && in->verb != VIF_UNPLUG) {
        vif_plan_refuse(plan, VIF_E_CONFLICT, "address", "several devices have this MAC");
    }
    if (f->number == 0 && f->view->notes != NULL) {
        f->view->notes(f->view->user, vif__dpdk_noted, f);
    }
    f->pci = f->physfn[0] != '\0' ? f->physfn : vif_has_text(given) ? given : NULL;
    f->pci = f->pci != NULL && strchr(f->pci, '/') == NULL ? f->pci : NULL;
    if (f->pci == NULL && in->verb != VIF_UNPLUG) {
        vif_plan_refuse(plan, VIF_E_NO_PCI_DEVICE, "pci_address",
                        "is not set, and no network device has the VIF's MAC");
    }
}

/* The card is known by its address, or else found by the VIF's MAC; at an unplug, when the kernel
 * sees neither any more, by the note. */
static void vif__plan_dpdk(vif_plan *plan, const vif_plan_input *in)
{
    vif__vf *f = (vif__vf *)vif_arena_alloc(plan->priv.arena, sizeof *f + 8);
    uint8_t *mac = f != NULL ? (uint8_t *)(f + 1) : NULL;

    if (mac == NULL) {
        vif__plan_no_memory(plan);
    } else if (in->view == NULL || in->view->sysfs == NULL) {
        vif_plan_refuse(plan, VIF_E_NO_PCI_DEVICE, "pci_address", "there is no sysfs");
    } else {
        f->view = in->view;
        f->driver = "uio_pci_generic";
        f->before = vif_has_text(in->vif->nested_dpdk.dev_driver) ? in->vif->nested_dpdk.dev_driver
                                                                  : NULL;
        f->mac = vif__address(in, mac) ? mac : NULL;
        vif__dpdk_find(plan, in, f);
        if (plan->error.status == VIF_OK && f->pci != NULL) {
            vif__plan_whole_card(plan, in, f);
            (void)vif__plan_device(plan, in, VIF_RES_DRIVER, f);
        }
        vif__plan_noted(plan, in);
    }
}
#endif

#ifndef VIF_NO_DIRECT
/* >>plugins: direct
 *
 * A guest right on a network card: a macvtap over the card's netdev, which sysfs finds by its PCI
 * address (of a physical or a virtual function), or over a VLAN of it. The lower device keeps what
 * it has; where the guest is to have it for itself (passthrough) the kernel gives it the guest's
 * MAC as long as the macvtap is there, and takes that back with it, also when nobody else is left
 * to do so. That VLAN device is made if it is missing, and goes with its last macvtap. */

/* A look for the netdev of a PCI device. */
typedef struct vif__netdev {
    const vif_view *view;
    char found[16];
} vif__netdev;

/* An entry of a directory "net". Beside the device stand representors, whose ports name a function,
 * as "pf0vf1", or with an old driver only its number. */
static bool vif__netdev_of(void *context, const char *name)
{
    vif__netdev *p = (vif__netdev *)context;
    char path[64] = "", port[32];

    vif__cat_format(path, sizeof path, "class/net/%s/phys_port_name", name, NULL, NULL);
    if (strlen(name) < 16 && (!p->view->sysfs(p->view->user, path, port, sizeof port) ||
                              (port[0] == 'p' && strchr(port, 'f') == NULL))) {
        vif__name_copy(p->found, name);
    }
    return p->found[0] == '\0';
}

/* The netdev's name; NULL: there is none, which an unplug does without. */
static const char *vif__plan_pci(vif_plan *plan, const vif_plan_input *in, const char *address)
{
    vif__netdev p;
    vif__card card = {in->view, address, vif__netdev_of, &p};

    if (!vif_has_text(address) || in->view == NULL || in->view->sysfs_list == NULL) {
        vif_plan_refuse(plan, VIF_E_FIELD, "dev_address", "is not set");
        return NULL;
    }
    memset(&p, 0, sizeof p);
    p.view = in->view;
    vif__card_netdevs(&card);
    if (p.found[0] == '\0' && in->verb != VIF_UNPLUG) {
        vif_plan_refuse(plan, VIF_E_NO_PCI_DEVICE, address, "no network device of that address");
    }
    return p.found[0] != '\0' ? vif__plan_text(plan, p.found) : NULL;
}

/* The macvtap as the VIF wants it, and how much of it the host will look at. */
static void vif__plan_macvtap(vif_plan *plan, const vif_plan_input *in, const char *lower)
{
    /* By vif_direct_mode; unset is vepa, as for libvirt. */
    static const uint8_t modes[4] = {VIF_MACVLAN_VEPA, VIF_MACVLAN_VEPA, VIF_MACVLAN_PASSTHRU,
                                     VIF_MACVLAN_BRIDGE};
    vif_resource *r = vif_plan_add(plan, VIF_RES_MACVTAP, VIF_OWN, in->vif->direct.vif_name,
                                   lower);

    vif__plan_upper(plan, in, r);
    r->want.link.mode = in->options->direct_private == VIF_TRUE
        ? (uint8_t)VIF_MACVLAN_PRIVATE : modes[in->vif->direct.mode & 3];
}

/* Nobody asks: the node is waited for, but not opened. None are asked for: it is not even looked
 * at. */
static void vif__plan_queues(vif_plan *plan, const vif_plan_input *in, const char *name)
{
    const vif_options *o = in->options;
    const uint32_t count = o->direct_queues.set ? o->direct_queues.value : 0;
    vif_resource *r;

    if (count > VIF_RESULT_QUEUES) {
        vif_plan_refuse(plan, VIF_E_INVAL, "direct_queues", "at most 16 are opened");
    }
    if (count > 0 || !o->direct_queues.set) {
        r = vif_plan_add(plan, VIF_RES_QUEUES, VIF_OWN, name, NULL);
        r->want.queues.count = count;
        r->want.queues.multi_queue = count > 1 || o->tap_multi_queue == VIF_TRUE;
        r->want.queues.vnet_hdr = o->tap_vnet_hdr == VIF_TRUE;
    }
}

#ifndef VIF_NO_QBG
/* Numbers that have to be there, in their ranges. */
static uint32_t vif__plan_profile_number(vif_plan *plan, const char *field, vif_int number,
                                         int64_t most)
{
    if (number.state != VIF_STATE_SET || number.value < 0 || number.value > most) {
        vif_plan_refuse(plan, VIF_E_FIELD, field, most > 255 ? "0 to 16777215 is required"
                                                             : "0 to 255 is required");
    }
    return (uint32_t)number.value;
}

/* 802.1Qbg: the type of the guest, and this use of it: the VIF's id where it has no other. */
static void vif__plan_qbg(vif_plan *plan, const vif_plan_input *in, vif_nl_port *port)
{
    const vif_port_profile_8021qbg *q = &in->vif->base.port_profile->qbg;
    const char *id = vif_has_text(q->instance_id) ? q->instance_id : in->vif->base.id;
    vif_uuid uuid;

    port->manager = (uint8_t)vif__plan_profile_number(plan, "manager_id", q->manager_id, 255);
    port->type = vif__plan_profile_number(plan, "type_id", q->type_id, 0xffffff);
    port->version = (uint8_t)vif__plan_profile_number(plan, "type_id_version", q->type_id_version,
                                                      255);
    if (vif_uuid_parse(id, strlen(id), &uuid)) {
        memcpy(port->instance, uuid.bytes, sizeof port->instance);
    } else {
        vif_plan_refuse(plan, VIF_E_FIELD, "instance_id", "a UUID is required");
    }
    if (vif_has_text(in->vif->direct.vlan_name)) {
        port->vlan = (uint16_t)in->vif->base.network->vlan.value;
    }
}

/* 802.1Qbh: a name, and whose it is: the guest's and the machine's UUID, where they are known. */
static void vif__plan_qbh(vif_plan *plan, const vif_plan_input *in, vif_nl_port *port)
{
    const char *guest = in->instance != NULL && vif_has_text(in->instance->uuid)
        ? in->instance->uuid : in->vif->base.id;
    char host[48];
    vif_uuid uuid;

    port->profile = in->vif->base.port_profile->qbh.profile_id;
    if (!vif_has_text(port->profile) || strlen(port->profile) > 39) {
        vif_plan_refuse(plan, VIF_E_FIELD, "profile_id", "1 to 39 bytes are required");
    }
    if (vif_uuid_parse(guest, strlen(guest), &uuid)) {
        memcpy(port->instance, uuid.bytes, sizeof port->instance);
    }
    port->has_host = in->view->sysfs(in->view->user, "class/dmi/id/product_uuid", host,
                                     sizeof host) && strlen(host) > 35 &&
        vif_uuid_parse(host, 36, &uuid);
    memcpy(port->host, uuid.bytes, sizeof port->host);
}

/* The profile belongs to the macvtap, but the switch hears of it by the device below: that is the
 * resource's link, and the macvtap is `other`. */
static void vif__plan_profile(vif_plan *plan, const vif_plan_input *in, const char *device)
{
    const vif_port_profile *profile = in->vif->base.port_profile;
#ifndef VIF_NO_HOSTDEV
    const vif__vf *f;
#endif
    vif_nl_port *port;
    vif_resource *r;

    if (!vif_has(profile) || plan->error.status != VIF_OK) {
        return;
    }
    port = (vif_nl_port *)vif_arena_alloc(plan->priv.arena, sizeof *port);
    if (port == NULL) {
        vif__plan_no_memory(plan);
        return;
    }
    memset(port, 0, sizeof *port);
    port->vf = -1;
    port->has_mac = vif__address(in, port->mac);
    r = vif_plan_add(plan, VIF_RES_PROFILE, VIF_OWN, device, in->vif->direct.vif_name);
    r->want.profile.port = port;
    r->want.profile.early = in->options->direct_down == VIF_TRUE;
    if (profile->object.klass == VIF_CLASS_VIFPortProfile8021Qbg) {
        port->name = device;
        vif__plan_qbg(plan, in, port);
        return;
    }
    vif__plan_qbh(plan, in, port);
#ifndef VIF_NO_HOSTDEV
    f = vif__plan_function(plan, in, in->vif->direct.dev_address);
    if (f != NULL) {                    /* of a function, the card's driver is told */
        port->vf = (int32_t)f->number;
        vif__name_copy(r->link, f->uplink);
    }
#endif
}
#endif

/* The macvtap and what it needs, over the card's netdev. */
static void vif__plan_direct_over(vif_plan *plan, const vif_plan_input *in, const char *device)
{
    const vif_direct *v = &in->vif->direct;
    const char *name = v->vif_name;
    const bool vlan = vif_has_text(v->vlan_name), up = in->options->direct_down != VIF_TRUE;

    if (vlan && vif__plan_name(plan, "vlan_name", v->vlan_name) != NULL) {
        vif__plan_vlan_of(plan, VIF_COUNTED, v->network, v->vlan_name, device);
    }
    if (up) {
        (void)vif_plan_add(plan, VIF_RES_UP, VIF_SHARED, device, NULL);
    }
    if (up && vlan) {
        (void)vif_plan_add(plan, VIF_RES_UP, VIF_SHARED, v->vlan_name, NULL);
    }
    vif__plan_macvtap(plan, in, vlan ? v->vlan_name : device);
    vif__plan_settings(plan, in, name, vif__sealed, 1);
#ifndef VIF_NO_QBG
    vif__plan_profile(plan, in, device);
#endif
    vif__plan_queues(plan, in, name);
    if (up) {
        (void)vif_plan_add(plan, VIF_RES_UP, VIF_OWN, name, NULL);
    }
}

#ifndef VIF_NO_HOSTDEV
/* A virtual function that the guest has for itself: what it may send and gets is set through its
 * physical function, whose driver would else refuse the guest's MAC, or drop it. Where the VLAN has
 * a device of its own, it is that device's alone. A profile of 802.1Qbh brings the VLAN, and the
 * MAC comes with the request for it: it is put back where the driver tells what it was. */
static void vif__plan_direct_vf(vif_plan *plan, const vif_plan_input *in)
{
    const vif_direct *v = &in->vif->direct;
    const bool profile = vif_has(v->port_profile) &&
        v->port_profile->object.klass == VIF_CLASS_VIFPortProfile8021Qbh;
    const vif__vf *f;
    vif_vf vf;

    if (!profile && (v->mode != VIF_DIRECT_PASSTHROUGH ||
                     in->options->direct_private == VIF_TRUE)) {
        return;
    }
    f = vif__plan_function(plan, in, v->dev_address);
    memset(&vf, 0, sizeof vf);
    if (f != NULL) {
        vif__plan_vf(plan, in, &vf);
    }
    vf.present &= profile ? (uint32_t)VIF_VF_MAC
        : vif_has_text(v->vlan_name) ? ~(uint32_t)VIF_VF_VLAN : ~(uint32_t)0;
    if (vf.present != 0) {
        vif_resource *r;

        vif__plan_device(plan, in, VIF_RES_VF, f)->vf.present = vf.present;
        r = plan->count > 0 ? &plan->items[plan->count - 1] : &plan->priv.spare->resource;
        r->optional = profile;
        if (v->mode != VIF_DIRECT_PASSTHROUGH) {
            r->other[0] = '\0';
        }
    }
}
#endif

/* From below: the card, the VLAN over it, the macvtap. A card that has gone took all of it along,
 * and an unplug then looks for the name alone. */
static void vif__plan_direct(vif_plan *plan, const vif_plan_input *in)
{
    const vif_direct *v = &in->vif->direct;
    const char *name = vif__plan_name(plan, "vif_name", v->vif_name);
    const char *device = vif__plan_pci(plan, in, v->dev_address);

    if (plan->error.status == VIF_OK && device == NULL) {
        (void)vif_plan_add(plan, VIF_RES_DEVICE, VIF_OWN, name, NULL);  /* the card has gone */
    }
#ifndef VIF_NO_HOSTDEV
    if (plan->error.status == VIF_OK) {
        vif__plan_direct_vf(plan, in);
    }
#endif
    if (name != NULL && device != NULL) {
        vif__plan_direct_over(plan, in, device);
    }
#if !defined(VIF_NO_OVS) || !defined(VIF_NO_HOSTDEV)
    vif__plan_noted(plan, in);
#endif
}
#endif

#ifndef VIF_NO_NESTED
/* >>plugins: nested
 *
 * A pod on a host that is a guest itself. A VIFVlanNested or VIFMacvlanNested comes in (Kuryr's);
 * out goes a VLAN, or a macvlan of mode bridge, over the host's interface, made right in the pod's
 * namespace. Kuryr calls it vif_name on its way there; here it has no other name than its last. */
static void vif__plan_nested(vif_plan *plan, const vif_plan_input *in)
{
    const vif_vlan_nested *v = &in->vif->vlan_nested;
    const bool vlan = v->object.klass == VIF_CLASS_VIFVlanNested;
    const char *name, *lower;
    const bool inside = in->options->netns_fd.set;
    vif_resource *r;

#ifndef VIF_NO_HOSTDEV
    if (vif_is_a(&v->object, VIF_CLASS_VIFNestedDPDK)) {
        vif__plan_dpdk(plan, in);
        return;
    }
#endif
    name = vif__plan_name(plan, "vif_name", vlan ? v->vif_name : in->vif->macvlan_nested.vif_name);
    lower = vif__plan_interface(plan, in, vlan);
    if (in->verb != VIF_UNPLUG && lower == NULL) {
        vif__plan_bad(plan, "network.bridge_interface", "is not set, and neither is vlan_interface "
                      "or flat_interface: a lower device is needed");
    }
    if (in->verb != VIF_UNPLUG && !inside) {
        vif_plan_refuse(plan, VIF_E_INVAL, "netns_fd", "is not set: the link is a pod's");
    }
    if (in->verb != VIF_UNPLUG && vlan && (v->vlan_id.state != VIF_STATE_SET ||
                                           v->vlan_id.value < 1 || v->vlan_id.value > 4094)) {
        vif__plan_bad(plan, "vlan_id", "a VLAN from 1 to 4094 is required");
    }
    if (plan->error.status != VIF_OK) {
        return;
    }
    lower = lower != NULL ? lower : "lo";
    if (in->verb != VIF_UNPLUG) {       /* over one that is down no VLAN comes up */
        (void)vif_plan_add(plan, VIF_RES_UP, VIF_SHARED, lower, NULL);
    }
    /* An unplug without a namespace finds by its tag what has come to the host's. */
    r = vif_plan_add(plan, vlan ? VIF_RES_VLAN : VIF_RES_MACVLAN, VIF_OWN,
                     inside ? vif__plan_enter(plan, in) : name, lower);
    r->only_ours = !inside;
    r->ns = plan->priv.guest_ns;
    r->want.link.vlan = vlan ? (uint16_t)v->vlan_id.value : 0;
    r->want.link.mode = vlan ? 0 : VIF_MACVLAN_BRIDGE;
    vif__plan_upper(plan, in, r);
}
#endif

#ifndef VIF_NO_OVS
/* >>plugins: Open vSwitch
 *
 * VIFs that are ports of Open vSwitch, as the reference's plugin makes them: plain, isolated, with
 * a bridge of their own and a patch pair, hybrid with a Linux bridge for filters, vhost-user, and
 * representors (next section). A planner describes rows by their columns; what is sent for them,
 * and how it is found out what is there, is the business of the kinds. */

/* The reference's id of a port's QoS row: the UUID of version 5 of the port's name in a space of
 * its own. */
static void vif__qos_id(const char *port, char out[37])
{
    static const vif_uuid space = {{0x68, 0xda, 0x26, 0x4a, 0x84, 0x7f, 0x42, 0xa8,
                                    0x8a, 0xb0, 0x5e, 0x77, 0x4a, 0xee, 0x3d, 0x95}};
    vif_uuid id;

    vif_uuid_v5(&space, port, strlen(port), &id);
    vif_uuid_format(&id, out);
}

/* The name "ovs" is only there to pass the check of names: a row has no link. */
VIF_API vif_resource *vif_plan_ovs(vif_plan *plan, vif_kind kind, vif_whose whose,
                                   const char *name, const char *bridge)
{
    vif_ovs *o = (vif_ovs *)vif_arena_alloc(plan->priv.arena, sizeof *o);
    vif_resource *r = vif_plan_add(plan, kind, whose, "ovs", NULL);

    if (kind < VIF_RES_OVS_BRIDGE || kind > VIF_RES_OVS_TAGGED) {
        vif_plan_refuse(plan, VIF_E_INVAL, "", "not a kind of Open vSwitch");
    }
    if (o == NULL) {
        vif__plan_no_memory(plan);
        o = &plan->priv.spare->ovs;
    }
    memset(o, 0, sizeof *o);
    o->name = name;
    o->bridge = bridge;
    r->link[0] = '\0';                  /* nothing that netlink need look at */
    r->want.ovs = o;
    return r;
}

/* Columns are kept in the order in which they are described, as their operations are sent. */
VIF_API vif_ovs_column *vif_plan_ovs_column(vif_plan *plan, vif_resource *r, const char *table,
                                            const char *column, const char *value)
{
    vif_ovs_column *c = (vif_ovs_column *)vif_arena_alloc(plan->priv.arena, sizeof *c);
    vif_ovs_column **end = &r->want.ovs->columns;

    if (c == NULL || value == NULL) {
        vif__plan_no_memory(plan);
        memset(&plan->priv.spare->column, 0, sizeof plan->priv.spare->column);
        return &plan->priv.spare->column;
    }
    memset(c, 0, sizeof *c);
    c->table = table;
    c->column = column;
    c->value = value;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = c;
    return c;
}

/* A column whose value is JSON already: a number, a truth value, a set. */
static vif_ovs_column *vif__plan_ovs_json(vif_plan *plan, vif_resource *r, const char *table,
                                          const char *column, const char *json)
{
    vif_ovs_column *c = vif_plan_ovs_column(plan, r, table, column, json);

    c->json = true;
    return c;
}

/* A number as text, for a column; it lives as long as the plan. */
static const char *vif__plan_digits(vif_plan *plan, int64_t number)
{
    char digits[22];

    return vif__plan_text(plan, vif_int_format(number, digits));
}

/* "qvo" and as much of the VIF's id as fits. */
static const char *vif__plan_prefixed(vif_plan *plan, const vif_plan_input *in, const char *prefix,
                                      size_t max)
{
    char name[65] = "";

    vif__cat_format(name, max + 1, "%s%s", prefix, in->vif->base.id, NULL);
    return vif__plan_text(plan, name);
}

/* The tag of this owner for one of its VIFs, or for what is shared. */
static const char *vif__plan_tag(vif_plan *plan, const vif_plan_input *in, const char *what)
{
    char tag[160];

    vif__tag(tag, sizeof tag, in->owner, what);
    return vif__plan_text(plan, tag);
}

/* The representor's profile begins with the fields of that of Open vSwitch, so that both read as
 * one. */
static const vif_port_profile_openvswitch *vif__ovs_profile(const vif_plan_input *in)
{
    return &in->vif->base.port_profile->openvswitch;
}

#ifndef VIF_NO_SWITCH
/* As the profile names it; NULL: it does not, or there is no profile, as of a NIC. */
static const char *vif__ovs_datapath(const vif_plan_input *in)
{
    return vif_has(in->vif->base.port_profile) ? vif__ovs_profile(in)->datapath_type : NULL;
}
#endif

/* Neutron's agent for trunks names their bridges so, and looks for them by it. */
static bool vif__is_trunk(const char *bridge)
{
    return strncmp(bridge, "tbr-", 4) == 0;
}

/* Says whose a row is. A bridge of several VIFs has a key for each of them. */
static vif_ovs_column *vif__plan_ovs_tag(vif_plan *plan, vif_resource *r, const char *tag)
{
    const bool counted = r->want.ovs->by_vifs;
    const char *const table = r->want.ovs->bridge != NULL ? "Port" : "Bridge";
    vif_ovs_column *c = vif_plan_ovs_column(plan, r, table, "external_ids",
                                            counted ? "user" : tag);

    c->key = counted ? tag : "vif";
    return c;
}

/* A bridge, made if it is missing. The datapath of one that is there is only looked at where the
 * profile names one: a change would make all its ports anew. */
static vif_resource *vif__plan_ovs_bridge(vif_plan *plan, const vif_plan_input *in,
                                          vif_whose whose, const char *name, const char *datapath)
{
    const char *given = vif__ovs_profile(in)->datapath_type;
    vif_resource *r = vif_plan_ovs(plan, VIF_RES_OVS_BRIDGE, whose, name, NULL);
    const char *tag = whose == VIF_SHARED ? "shared" : vif__input_id(in);

    vif_plan_ovs_column(plan, r, "Bridge", "datapath_type",
                        vif_has_text(given) ? given : datapath)->fresh = !vif_has_text(given);
    r->want.ovs->by_vifs = whose == VIF_COUNTED;
    vif__plan_ovs_tag(plan, r, vif__plan_tag(plan, in, tag))->fresh = whose == VIF_SHARED;
    return r;
}

/* The bridge that the VIF is on: the network's, but where a fast path's profile names one. If it
 * is hybrid, that one is a Linux bridge. */
static const char *vif__ovs_bridge(const vif_plan_input *in)
{
    const vif_port_profile *p = in->vif->base.port_profile;

    return p->object.klass == VIF_CLASS_VIFPortProfileFPOpenVSwitch &&
        p->fp_openvswitch.hybrid_plug != VIF_TRUE && vif_has_text(p->fp_openvswitch.bridge_name)
        ? p->fp_openvswitch.bridge_name : in->vif->base.network->bridge;
}

#ifndef VIF_NO_SWITCH
static void vif__plan_switch_row(vif_plan *plan, const vif_switch *sw);
static void vif__plan_member_row(vif_plan *plan, const vif_plan_input *in, vif_resource *r);
#endif

/* The network's bridge. A trunk bridge goes with its last VIF, as in the reference with any; the
 * patch ports that Neutron's agent puts on it do not keep it. */
static const char *vif__plan_ovs_network(vif_plan *plan, const vif_plan_input *in,
                                         const char *datapath)
{
    const char *name = vif__ovs_bridge(in);
    const vif_whose whose = vif__is_trunk(name) ? VIF_COUNTED : VIF_SHARED;

#ifndef VIF_NO_SWITCH
    if (in->member != NULL) {
        vif__plan_switch_row(plan, &in->member->sw);
        return name;
    }
#endif
    (void)vif__plan_ovs_bridge(plan, in, whose, name, datapath);
    return name;
}

/* What OVN and Neutron's agent recognise the port by. An unplug does without it: the tag and the
 * name say enough. */
static void vif__plan_ovs_ids(vif_plan *plan, const vif_plan_input *in, vif_resource *r,
                              const char *iface_id)
{
    static const char ids[] = "external_ids";
    const char *const bridge = vif__ovs_bridge(in);

    if (!vif_has_text(iface_id)) {
        if (in->verb != VIF_UNPLUG) {
            vif__plan_bad(plan, "port_profile.interface_id", "is not set");
        }
        return;
    }
    r->want.ovs->iface_id = iface_id;
    vif_plan_ovs_column(plan, r, "Interface", ids, iface_id)->key = "iface-id";
    vif_plan_ovs_column(plan, r, "Interface", ids, "active")->key = "iface-status";
    if (vif_has_text(in->vif->base.address)) {
        vif_plan_ovs_column(plan, r, "Interface", ids, in->vif->base.address)->key = "attached-mac";
    }
    if (in->instance != NULL && vif_has_text(in->instance->uuid)) {
        vif_plan_ovs_column(plan, r, "Interface", ids, in->instance->uuid)->key = "vm-uuid";
    }
    if (vif__is_trunk(bridge)) {
        vif_plan_ovs_column(plan, r, "Interface", ids, bridge)->key = "bridge_name";
    }
}

#ifndef VIF_NO_SWITCH
static const char vif__ovs_none[] = "[\"set\",[]]";
#endif

/* Those VLANs as the server writes a set of integers: ["set",[10,30]], one alone bare. */
static const char *vif__plan_vlans(vif_plan *plan, const uint8_t *bits, size_t count)
{
    const size_t cap = count * 5 + 16;
    char *json = (char *)vif_arena_alloc(plan->priv.arena, cap);
    unsigned i;

    if (bits == NULL || json == NULL) {
        return NULL;
    }
    for (i = 0, count = 0; i < 4096; i++) {
        if ((bits[i / 8] >> i % 8 & 1) != 0) {
            vif_cat(json, cap, count++ == 0 ? "[\"set\",[" : ",");
            vif_cat_int(json, cap, (int64_t)i);
        }
    }
    vif_cat(json, cap, "]]");
    if (count == 1) {
        json[strlen(json) - 2] = '\0';
        json += 8;
    }
    return json;
}

/* Options that are a number or a text of one column: offset in vif_options, table, column. */
typedef struct vif__ovs_option {
    uint16_t offset, max;               /* max 0: text; 65535: any number */
    char table[10], column[23];
} vif__ovs_option;

static const vif__ovs_option vif__ovs_options[] = {
    {offsetof(vif_options, ovs_tag), 4095, "Port", "tag"},
    {offsetof(vif_options, ovs_vlan_mode), 0, "Port", "vlan_mode"},
    {offsetof(vif_options, ovs_type), 0, "Interface", "type"},
    {offsetof(vif_options, ovs_ofport), 65279, "Interface", "ofport_request"},
    {offsetof(vif_options, ovs_ingress_rate_kbps), 65535, "Interface", "ingress_policing_rate"},
    {offsetof(vif_options, ovs_ingress_burst_kbit), 65535, "Interface",
     "ingress_policing_burst"}};

/* One row of the table above: nothing where the option is unset, so that a column that somebody
 * else has filled in stays. */
static void vif__plan_ovs_option(vif_plan *plan, vif_resource *r, const vif_options *options,
                                 const vif__ovs_option *o)
{
    const unsigned char *field = (const unsigned char *)options + o->offset;
    const char *text = NULL;
    uint32_t number = 0;

    if (o->max == 0) {
        memcpy(&text, field, sizeof text);
        if (vif_has_text(text)) {
            (void)vif_plan_ovs_column(plan, r, o->table, o->column, text);
        }
        return;
    }
    memcpy(&number, field, sizeof number);
    if (number > o->max && o->max != 65535) {
        vif_plan_refuse(plan, VIF_E_INVAL, vif__option_name(o->offset), o->max == 4095
                        ? "out of range, 1 to 4095" : "out of range, 1 to 65279");
    }
    if (number != 0) {
        (void)vif__plan_ovs_json(plan, r, o->table, o->column, vif__plan_digits(plan, number));
    }
}

/* As many as a request has room for. */
static bool vif__mirrors_good(const char *list)
{
    char name[66];
    unsigned count = 0;

    while (count <= 8 && vif_list_next(&list, name, sizeof name)) {
        count += strlen(name) > 64 ? 9 : 1;
    }
    return count <= 8;
}

/* All that options say of the port's columns, beyond what the reference writes. */
static void vif__plan_ovs_options(vif_plan *plan, const vif_plan_input *in, vif_resource *r)
{
    const vif_options *o = in->options;
    size_t i;

    for (i = 0; i < sizeof vif__ovs_options / sizeof *vif__ovs_options; i++) {
        /* the type of others is their class's */
        if (vif__ovs_options[i].offset != offsetof(vif_options, ovs_type) ||
            in->vif->object.klass == VIF_CLASS_VIFOpenVSwitch) {
            vif__plan_ovs_option(plan, r, o, &vif__ovs_options[i]);
        }
    }
    if (vif_has_text(o->ovs_trunks)) {
        const uint8_t *bits = vif__plan_vlan_bits(plan, "ovs_trunks", o->ovs_trunks, 0, &i);

        (void)vif__plan_ovs_json(plan, r, "Port", "trunks", vif__plan_vlans(plan, bits, i));
    }
    if (o->ovs_protected != VIF_BOOL_UNSET) {
        (void)vif__plan_ovs_json(plan, r, "Port", "protected",
                                 o->ovs_protected == VIF_TRUE ? "true" : "false");
    }
    r->want.ovs->mirrors = vif_has_text(o->ovs_mirrors) ? o->ovs_mirrors : NULL;
    if (!vif__mirrors_good(r->want.ovs->mirrors)) {
        vif_plan_refuse(plan, VIF_E_INVAL, "ovs_mirrors", "at most 8 names of 64 bytes");
    }
}

/* A QoS row of its own for a port of the kernel's datapath, unless the port is there; at any time
 * when a rate is asked for. */
static void vif__plan_ovs_qos(vif_plan *plan, const vif_plan_input *in, vif_resource *r)
{
    static const char types[] = "linux-noop\0linux-htb\0linux-hfsc\0linux-sfq\0linux-codel\0"
                                "linux-fq_codel";
    const char *datapath = vif__ovs_profile(in)->datapath_type;
    const vif_int rate = in->options->ovs_qos_max_rate_bps;
    const char *type = in->options->default_qos_type;
    unsigned i = 0;

    type = vif_has_text(type) ? type : types;
    while (i < 6 && strcmp(vif__packed(types, i), type) != 0) {
        i++;
    }
    if (i == 6) {
        vif_plan_refuse(plan, VIF_E_INVAL, "default_qos_type", "no type that the switch has");
    }
    if (rate.state == VIF_STATE_SET) {
        r->want.ovs->qos_max_rate = vif__plan_digits(plan, rate.value);
    }
    if (rate.state == VIF_STATE_SET || !vif_has_text(datapath) || strcmp(datapath, "system") == 0) {
        r->want.ovs->qos = type;
    }
}

/* The dead VLAN, until an agent gives the new port its own: not where options do, nor on a trunk
 * bridge, where nothing would take it away again. */
static void vif__plan_ovs_isolate(vif_plan *plan, const vif_plan_input *in, vif_resource *r,
                                  bool whole)
{
    const vif_options *o = in->options;

    if (o->isolate_vif != VIF_TRUE || o->ovs_tag != 0 || vif_has_text(o->ovs_trunks) ||
        o->port_vlan != 0 || vif_has_text(o->port_trunks) || vif_has_text(o->ovs_vlan_mode) ||
        vif__is_trunk(r->want.ovs->bridge)) {
        return;
    }
    vif__plan_ovs_json(plan, r, "Port", "tag", "4095")->fresh = true;
    if (whole) {
        vif_plan_ovs_column(plan, r, "Port", "vlan_mode", "trunk")->fresh = true;
        vif__plan_ovs_json(plan, r, "Port", "trunks", "4095")->fresh = true;
    }
}

#ifndef VIF_NO_SWITCH
/* The VLANs of a port as vif__plan_port_vlans has them, by all three columns, as each of them may
 * have been another before: vlan (0: none) without a tag, and those of the list (or NULL) with
 * theirs. Of all of them, "1-4094", the switch has no list. With neither: nothing, or (all) VLAN
 * 0, in which are frames without a tag, as a port without all three has those of every VLAN. */
static void vif__plan_ovs_vlans(vif_plan *plan, vif_resource *r, uint32_t vlan, const char *trunks,
                                bool all)
{
    const bool tagged = vif_has_text(trunks), both = vlan != 0 && tagged;
    const char *set = vif__ovs_none;
    size_t count = 0;

    if (vlan == 0 && !tagged && !all) {
        return;
    }
    if (tagged) {
        const uint8_t *bits = vif__plan_vlan_bits(plan, "port_trunks", trunks, 1, &count);

        set = count < 4094 ? vif__plan_vlans(plan, bits, count) : set;
    }
    (void)vif__plan_ovs_json(plan, r, "Port", "tag",
                             vlan != 0 || !tagged ? vif__plan_digits(plan, vlan) : vif__ovs_none);
    (void)vif__plan_ovs_json(plan, r, "Port", "trunks", set);
    vif_plan_ovs_column(plan, r, "Port", "vlan_mode",
                        both ? "native-untagged" : vif__ovs_none)->json = !both;
}

/* Two names for the same column would be two answers. */
static void vif__plan_ovs_twice(vif_plan *plan, const char *port, const char *ovs)
{
    char why[64] = "";

    vif__cat_format(why, sizeof why, "is set, and so is %s: one of them says it", ovs, NULL, NULL);
    vif_plan_refuse(plan, VIF_E_INVAL, port, why);
}

/* Two ways to say one thing: either alone is fine, and which should count is not ours to say. */
static void vif__plan_ovs_either(vif_plan *plan, const vif_options *o)
{
    const char *port = o->port_vlan != 0 ? "port_vlan" : "port_trunks";
    const char *ovs = o->ovs_tag != 0 ? "ovs_tag" : vif_has_text(o->ovs_trunks) ? "ovs_trunks"
                    : vif_has_text(o->ovs_vlan_mode) ? "ovs_vlan_mode" : NULL;

    if (ovs != NULL && (o->port_vlan != 0 || vif_has_text(o->port_trunks))) {
        vif__plan_ovs_twice(plan, port, ovs);
    }
}

/* Whether DPDK serves the port, by the names that such ports have here. */
static bool vif__plan_is_dpdk(vif_plan *plan, const vif_plan_input *in, const char *name)
{
    const char *socket = vif__plan_prefixed(plan, in, "vhu", 14);
    const char *card = vif__plan_prefixed(plan, in, "vfr", 14);

    return socket != NULL && card != NULL && (strcmp(name, socket) == 0 || strcmp(name, card) == 0);
}

/* What the guest gets: a QoS row of type linux-htb, which bounds the rate, and a queue 0, which all
 * frames are in, for the burst. Measured with 3.1: a burst comes as fast as the link sends, as the
 * switch makes htb's cburst of it; with a maximum above the queue's rate that one is what comes in
 * the long run; and rates from 2^32 bytes per second on lose their high bits. A change of the rows
 * changes the kernel's class in place. DPDK's ports have no queues: what is above is dropped. */
static void vif__plan_ovs_rate_in(vif_plan *plan, const vif_plan_input *in, vif_resource *r,
                                  bool all)
{
    const bool other = in->options->ovs_qos_max_rate_bps.state == VIF_STATE_SET;
    vif_ovs *o = r->want.ovs;
    const bool dpdk = vif__plan_is_dpdk(plan, in, o->name);
    vif_rate_want want;

    if (!vif__plan_rate_wants(plan, in, o->name, &want)) {
        o->qos_none = all && !other;
        return;
    }
    if (other) {
        vif__plan_ovs_twice(plan, "port_rate_in_bps", "ovs_qos_max_rate_bps");
    }
    if (want.peak != 0) {
        vif_plan_refuse(plan, VIF_E_UNSUPPORTED, vif__option_name(vif__rate_in.peak),
                        "Open vSwitch sends a burst as fast as the link does");
    }
    if (want.average > 34359738360 && !dpdk) {
        vif_plan_refuse(plan, VIF_E_UNSUPPORTED, vif__option_name(vif__rate_in.average),
                        "is above 34359738360, as far as Open vSwitch 3.1 counts");
    }
    o->qos = dpdk ? "egress-policer" : "linux-htb";
    o->qos_max_rate = vif__plan_digits(plan, dpdk ? (int64_t)vif__rate_bytes(want.average)
                                                  : want.average);
    o->qos_burst = vif__plan_digits(plan, (int64_t)want.burst * (dpdk ? 1 : 8));
}

/* What the guest sends: what is above it is dropped by the kernel, or by DPDK, when it comes to the
 * switch. The kernel does so behind the socket by which the userspace datapath reads a device
 * (net/core/dev.c). Without a burst it is the switch's own, 8000 kbit. */
static void vif__plan_ovs_rate_out(vif_plan *plan, const vif_plan_input *in, vif_resource *r,
                                   bool all)
{
    const vif_options *options = in->options;
    const bool other = options->ovs_ingress_rate_kbps != 0 || options->ovs_ingress_burst_kbit != 0;
    const char *datapath = vif__ovs_datapath(in);
    vif_rate_want want;
    const bool wants = vif__plan_rate(plan, in, &vif__rate_out, &want);

    if (wants) {
        if (other) {
            vif__plan_ovs_twice(plan, "port_rate_out_bps", options->ovs_ingress_rate_kbps != 0
                                ? "ovs_ingress_rate_kbps" : "ovs_ingress_burst_kbit");
        }
        if (want.peak != 0) {
            vif_plan_refuse(plan, VIF_E_UNSUPPORTED, vif__option_name(vif__rate_out.peak),
                            "Open vSwitch takes a burst as fast as it comes");
        }
        if (vif_has_text(datapath) && strcmp(datapath, "netdev") == 0 &&
            !vif__plan_is_dpdk(plan, in, r->want.ovs->name)) {
            vif_plan_refuse(plan, VIF_E_UNSUPPORTED, vif__option_name(vif__rate_out.average),
                            "the userspace datapath does not bound what a kernel's device sends");
        }
    }
    if (wants || (all && !other)) {
        vif__plan_ovs_json(plan, r, "Interface", "ingress_policing_rate",
                           vif__plan_digits(plan, (want.average + 999) / 1000));
        vif__plan_ovs_json(plan, r, "Interface", "ingress_policing_burst",
                           vif__plan_digits(plan, ((int64_t)want.burst * 8 + 999) / 1000));
    }
}

/* What the options say of a port's rates. all: what they do not say is set right, too: no bound. */
static void vif__plan_ovs_rates(vif_plan *plan, const vif_plan_input *in, vif_resource *r, bool all)
{
    vif__plan_ovs_rate_in(plan, in, r, all);
    vif__plan_ovs_rate_out(plan, in, r, all);
}
#endif

#ifndef VIF_NO_SWITCH
static const char vif__past_rules[] =
    "in the userspace datapath frames pass rules of nftables by; the kernel's (system) has them";

/* Rules at the port's device, which are planned with it; but those of a port that is there. The
 * kernel's datapath takes frames behind them; the userspace one has a socket of packet(7) in front
 * of them for what comes in, and one behind them for what leaves (measured with 3.1). */
static void vif__plan_ovs_guard(vif_plan *plan, const vif_plan_input *in, const vif_ovs *o)
{
    const bool forged = in->options->port_forged_transmits == VIF_FALSE;
    const char *datapath = vif__ovs_datapath(in);
    bool planned = false;
    size_t i;

    if (in->whole_port) {
        vif__plan_port_rules(plan, in, o->name, false);
    }
    if (in->verb == VIF_UNPLUG || !(forged || in->options->port_mac_changes == VIF_FALSE)) {
        return;
    }
    for (i = 0; i < plan->count; i++) {
        vif_resource *r = &plan->items[i];

        planned = planned || (r->kind == VIF_RES_RULES && strcmp(r->link, o->name) == 0);
        if (r->kind == VIF_RES_OVS_BRIDGE && strcmp(r->want.ovs->name, o->bridge) == 0) {
            r->want.ovs->guarded = forged;
        }
    }
    if (!planned) {
        vif_plan_refuse(plan, VIF_E_UNSUPPORTED, forged ? "port_forged_transmits"
                        : "port_mac_changes", "needs create_tap or a namespace, so that the "
                        "port's device is made here");
    }
    if (forged && vif_has_text(datapath) && strcmp(datapath, "system") != 0) {
        vif_plan_refuse(plan, VIF_E_UNSUPPORTED, "port_forged_transmits", vif__past_rules);
    }
}
#endif

/* What vif__plan_port_policy is for a Linux bridge. */
static void vif__plan_ovs_policy(vif_plan *plan, const vif_plan_input *in, vif_resource *r)
{
#ifndef VIF_NO_SWITCH
    vif__plan_ovs_either(plan, in->options);
    vif__plan_ovs_vlans(plan, r, vif__plan_port_vlan(plan, in->options), in->options->port_trunks,
                        in->member != NULL || in->whole_port);
    vif__plan_ovs_rates(plan, in, r, vif__plan_rate_all(in));
    vif__plan_ovs_guard(plan, in, r->want.ovs);
    if (in->options->port_promiscuous == VIF_TRUE && in->verb != VIF_UNPLUG) {
        vif_plan_refuse(plan, VIF_E_UNSUPPORTED, "port_promiscuous",
                        "no mirror is made for it; one that is there takes the port (ovs_mirrors)");
    }
#else
    (void)r;
    vif__plan_no_policy(plan, in);
#endif
}

/* A port of the VIF with its owner's tag. iface_id NULL: without the VIF's ids. */
static vif_resource *vif__plan_ovs_port(vif_plan *plan, const vif_plan_input *in, const char *name,
                                        const char *bridge, const char *iface_id)
{
    vif_resource *r = vif_plan_ovs(plan, VIF_RES_OVS_PORT, VIF_OWN, name, bridge);

    (void)vif__plan_ovs_tag(plan, r, vif__plan_tag(plan, in, vif__input_id(in)));
    if (iface_id != NULL) {
        vif__plan_ovs_ids(plan, in, r, iface_id);
    }
    return r;
}

/* The port that a guest's device is. */
static vif_resource *vif__plan_ovs_vif(vif_plan *plan, const vif_plan_input *in, const char *name,
                                       const char *bridge, bool with_ids)
{
    const char *id = vif__ovs_profile(in)->interface_id;
    vif_resource *r = vif__plan_ovs_port(plan, in, name, bridge,
                                         !with_ids ? NULL : vif_has(id) ? id : "");

    vif__plan_ovs_isolate(plan, in, r, true);
    vif__plan_ovs_options(plan, in, r);
    vif__plan_ovs_qos(plan, in, r);
    vif__plan_ovs_policy(plan, in, r);
#ifndef VIF_NO_SWITCH
    if (in->member != NULL && in->verb != VIF_UNPLUG) {
        vif__plan_member_row(plan, in, r);
    }
#endif
    return r;
}

/* What the switch is to open as this port's device, with the one option that such a type needs. */
static void vif__plan_ovs_type(vif_plan *plan, vif_resource *r, const char *type,
                               const char *option, const char *value)
{
    (void)vif_plan_ovs_column(plan, r, "Interface", "type", type);
    if (option != NULL) {
        vif_plan_ovs_column(plan, r, "Interface", "options", value)->key = option;
    }
}

/* The switch sets the MTU of devices that are its own, when asked for in their row. */
static void vif__plan_ovs_mtu(vif_plan *plan, const vif_plan_input *in, vif_resource *r)
{
    (void)vif__plan_ovs_json(plan, r, "Interface", "mtu_request",
                             vif__plan_digits(plan, vif_plan_mtu(plan, in)));
}

#ifndef VIF_NO_SWITCH
#define vif__plan_ovs_rules(plan, in, name) vif__plan_port_rules(plan, in, name, false)
#else
#define vif__plan_ovs_rules(plan, in, name) (void)0
#endif

/* The kernel's device of a port. One of the switch's own (internal) has its MAC and MTU from its
 * row; another is there, or is made here, or comes later. */
static void vif__plan_ovs_device(vif_plan *plan, const vif_plan_input *in, const char *name)
{
    const vif_port_profile_openvswitch *p = vif__ovs_profile(in);
    const uint32_t mtu = vif_plan_mtu(plan, in);
    uint8_t mac[6];
    const bool has_mac = vif__address(in, mac);

    if (in->verb == VIF_UNPLUG) {
        (void)vif_plan_add(plan, VIF_RES_DEVICE, VIF_OWN, name, NULL);
        vif__plan_ovs_rules(plan, in, name);
    } else if (vif_has_text(in->options->ovs_type)) {
        return;
    } else if (p->create_tap == VIF_TRUE || vif__wants_tap(in)) {
        vif_resource *tap = vif_plan_tap(plan, in, name, has_mac ? mac : NULL, mtu);

        tap->want.link.multi_queue |= p->multiqueue == VIF_TRUE && tap->kind == VIF_RES_TAP;
        vif__plan_sealed(plan, in, name);
        vif__plan_ovs_rules(plan, in, name);
        (void)vif_plan_add(plan, VIF_RES_UP, VIF_OWN, name, NULL);
    } else {
        vif_plan_number(plan, VIF_RES_MTU, VIF_SHARED, name, mtu)->optional = true;
    }
}

/* An internal port: what the kernel would be told of another device is in its row. The one that has
 * its bridge's name takes its MAC from the bridge (ovs-vswitchd.conf.db(5), Bridge). */
static void vif__plan_ovs_internal(vif_plan *plan, const vif_plan_input *in, vif_resource *bridge,
                                   vif_resource *port)
{
    const char *mac = in->vif->base.address, *type = in->options->ovs_type;

    if (!vif_has_text(type) || strcmp(type, "internal") != 0) {
        return;
    }
    if (vif_has_text(mac) && strcmp(port->want.ovs->name, port->want.ovs->bridge) == 0) {
        vif_plan_ovs_column(plan, bridge, "Bridge", "other_config", mac)->key = "hwaddr";
    } else if (vif_has_text(mac)) {
        (void)vif_plan_ovs_column(plan, port, "Interface", "mac", mac);
    }
    vif__plan_ovs_mtu(plan, in, port);
}

/* A port that is the guest's device itself. Where the profile says that somebody else makes the
 * port (create_port), the bridge is all there is to do. */
static void vif__plan_ovs_plain(vif_plan *plan, const vif_plan_input *in)
{
    const bool port = vif__ovs_profile(in)->create_port == VIF_TRUE || in->verb == VIF_UNPLUG;
    const char *name = port ? vif__plan_name(plan, "vif_name", in->vif->openvswitch.vif_name) : "";
    const char *bridge;
    size_t at;

    if (name == NULL) {
        return;
    }
    if (port && strcmp(name, in->vif->base.network->bridge) != 0) {
        vif__plan_ovs_device(plan, in, name);
    }
    at = plan->count;
    bridge = vif__plan_ovs_network(plan, in, "system");
    if (port) {
        vif_resource *r = vif__plan_ovs_vif(plan, in, name, bridge, true);

        if (plan->error.status == VIF_OK) {
            vif__plan_ovs_internal(plan, in, &plan->items[at], r);
        }
    }
}

/* A bridge of the VIF's own, and a patch pair from it to the network's bridge. */
static void vif__plan_ovs_pair(vif_plan *plan, const vif_plan_input *in)
{
    const char *name = vif__plan_name(plan, "vif_name", in->vif->openvswitch.vif_name);
    const char *own = vif__plan_prefixed(plan, in, "pb", 14);
    const char *inner = vif__plan_prefixed(plan, in, "pbp", 64);
    const char *outer = vif__plan_prefixed(plan, in, "ibp", 64);
    const char *bridge;
    vif_resource *r;

    if (name == NULL || own == NULL || inner == NULL || outer == NULL) {
        return;
    }
    vif__plan_ovs_device(plan, in, name);
    bridge = vif__plan_ovs_network(plan, in, "system");
    (void)vif__plan_ovs_bridge(plan, in, VIF_OWN, own, "system");
    (void)vif__plan_ovs_vif(plan, in, name, own, false);
    r = vif__plan_ovs_port(plan, in, inner, own, NULL);
    vif__plan_ovs_type(plan, r, "patch", "peer", outer);
    r = vif__plan_ovs_port(plan, in, outer, bridge, in->vif->base.id);
    vif__plan_ovs_isolate(plan, in, r, false);
    vif__plan_ovs_type(plan, r, "patch", "peer", inner);
}

/* The guest's tap is a port of a Linux bridge, where it can be filtered; a veth pair leads from
 * there to the switch. */
static void vif__plan_ovs_hybrid(vif_plan *plan, const vif_plan_input *in, const char *linux_bridge)
{
    const char *qvb = vif__plan_prefixed(plan, in, "qvb", 14);
    const char *qvo = vif__plan_prefixed(plan, in, "qvo", 14);
    const char *qbr = vif__plan_prefixed(plan, in, "qbr", 14);
    const uint32_t mtu = vif_plan_mtu(plan, in);
    size_t at;

    if (linux_bridge == NULL || qvb == NULL || qvo == NULL || qbr == NULL) {
        return;
    }
    at = plan->count;
    vif__plan_bridge(plan, VIF_OWN, linux_bridge, NULL);
    if (plan->count > at) {             /* any other name may be that of somebody's bridge */
        plan->items[at].only_ours = in->verb == VIF_UNPLUG && strcmp(linux_bridge, qbr) != 0;
    }
    vif__name_copy(vif_plan_number(plan, VIF_RES_VETH, VIF_OWN, qvb, mtu)->other, qvo);
    (void)vif_plan_number(plan, VIF_RES_MTU, VIF_OWN, qvo, mtu);
    vif__plan_ovs_rules(plan, in, qvo);
    vif_plan_add(plan, VIF_RES_UP, VIF_OWN, qvb, NULL)->want.up.flags = VIF_IFF_PROMISC;
    vif_plan_add(plan, VIF_RES_UP, VIF_OWN, qvo, NULL)->want.up.flags = VIF_IFF_PROMISC;
    (void)vif_plan_add(plan, VIF_RES_MASTER, VIF_OWN, qvb, linux_bridge);
    (void)vif__plan_ovs_vif(plan, in, qvo, vif__plan_ovs_network(plan, in, "system"), true);
}

/* What of a port's row says that its device is a socket between the switch and the hypervisor;
 * which of the two makes it is the VIF's mode, seen from the hypervisor. */
static void vif__plan_ovs_socket(vif_plan *plan, const vif_plan_input *in, vif_resource *r)
{
    const vif_vhost_user *v = &in->vif->vhost_user;
    const bool server = v->mode == VIF_VHOST_SERVER;
    const bool complete = server ? vif_has_text(v->path) : v->mode != VIF_VHOST_UNSET;

    if (!complete && in->verb != VIF_UNPLUG) {
        vif__plan_bad(plan, server ? "path" : "mode", "is not set");
    }
    if (server && complete && strlen(v->path) > 107 && in->verb != VIF_UNPLUG) {
        vif__plan_bad(plan, "path", "longer than the 107 bytes of a socket's name");
    }
    if (complete) {
        vif__plan_ovs_type(plan, r, server ? "dpdkvhostuserclient" : "dpdkvhostuser",
                           server ? "vhost-server-path" : NULL, v->path);
        vif__plan_ovs_mtu(plan, in, r);
    }
}

/* A vhost-user port of the network's bridge. There is nothing in the kernel. */
static void vif__plan_ovs_vhost(vif_plan *plan, const vif_plan_input *in)
{
    vif_resource *r = vif__plan_ovs_vif(plan, in, vif__plan_prefixed(plan, in, "vhu", 14),
                                        vif__plan_ovs_network(plan, in, "netdev"), true);

    if (r->want.ovs->qos_burst == NULL) {
        r->want.ovs->qos = r->want.ovs->qos_max_rate = NULL;
    }
    vif__plan_ovs_socket(plan, in, r);
}

/* >>plugins: representors of virtual functions
 *
 * A VF of a card in switchdev mode has a representor: the port of the card's switch that leads to
 * it, a device of the kernel like others. In: the VF's PCI address, and sysfs through the view.
 * Out: the representor's name as a port of Open vSwitch, or for the userspace datapath the
 * arguments by which DPDK finds it. Names of ports come in several forms, since drivers have named
 * them by themselves and in different years; all text of sysfs is parsed as if somebody hostile had
 * written it. */

/* The uplink's representor is the port named "p0" or the like of the function's switch. */
static bool vif__vf_uplink(void *context, const char *name)
{
    vif__vf *f = (vif__vf *)context;
    vif__port_name port;

    if (strlen(name) > 15 || !vif__vf_line(f, "class/net/", name, "/phys_switch_id") ||
        f->text[0] == '\0') {
        return true;
    }
    if (f->first[0] == '\0') {
        vif__name_copy(f->first, name);
    }
    if (vif__vf_line(f, "class/net/", name, "/phys_port_name") &&
        vif__port_name_parse(f->text, &port) && port.port >= 0 && port.pf < 0) {
        vif__name_copy(f->uplink, name);
    }
    return f->uplink[0] == '\0';
}

/* The VF's representor: of the same switch, of no other machine's, with the VF's number and the
 * right physical function, where it names one. */
static bool vif__vf_representor(void *context, const char *name)
{
    vif__vf *f = (vif__vf *)context;
    vif__port_name port;

    if (strlen(name) > 15 || !vif__vf_line(f, "class/net/", name, "/phys_switch_id") ||
        strcmp(f->text, f->switch_id) != 0 ||
        !vif__vf_line(f, "class/net/", name, "/phys_port_name") ||
        !vif__port_name_parse(f->text, &port)) {
        return true;
    }
    if (port.vf == f->number && port.controller <= 0 && port.other < 0 &&
        (port.pf < 0 || port.pf == f->function)) {
        vif__name_copy(f->found, name);
    }
    return f->found[0] == '\0';
}

/* A hexadecimal number of one or two digits at the end of a PCI address: "1f" in "0000:03:1f.2". */
static int64_t vif__pci_device(const char *slot, const char *dot)
{
    int64_t number = 0;

    for (slot = dot - 2; slot < dot; slot++) {
        const char c = (char)(*slot | 0x20);

        number = number * 16 + (c >= 'a' ? c - 'a' + 10 : c - '0');
    }
    return number;
}

/* Drivers count physical functions by all 8 bits of device and function (ARI has more than 8), or
 * by the function alone. */
static void vif__vf_search(vif__vf *f)
{
    const char *slot = vif__vf_slot(f, "class/net/", f->uplink, "/device/uevent");
    const char *dot = slot != NULL ? strchr(slot, '.') : NULL;
    int64_t function = -1;

    if (dot != NULL && dot - slot > 2 && vif_int_parse(dot + 1, strlen(dot + 1), &function)) {
        f->function = vif__pci_device(slot, dot) * 8 + function;
        f->view->sysfs_list(f->view->user, "class/net", vif__vf_representor, f);
    }
    f->function = function;
    if (f->found[0] == '\0') {
        f->view->sysfs_list(f->view->user, "class/net", vif__vf_representor, f);
    }
}

/* The same by devlink (since Linux 5.9), whose ports say whose they are by numbers: those of the
 * physical function's own switch. */
static void vif__vf_devlink(vif__vf *f)
{
    const char *dot = strchr(f->physfn, '.');
    vif_devlink_port port;
    unsigned ari;

    for (ari = 0; ari < 2 && dot != NULL && dot - f->physfn > 2 && f->view->devlink_port != NULL &&
         f->found[0] == '\0'; ari++) {
        memset(&port, 0, sizeof port);
        vif_cat(port.bus, sizeof port.bus, "pci");
        vif_cat(port.device, sizeof port.device, f->physfn);
        port.flavour = VIF_PORT_PCI_VF;
        port.vf = (uint16_t)f->number;
        port.pf = (uint16_t)(dot[1] - '0' + (ari != 0 ? 8 * vif__pci_device(f->physfn, dot) : 0));
        port.present = VIF_DEVLINK_PORT_BUS | VIF_DEVLINK_PORT_DEVICE | VIF_DEVLINK_PORT_FLAVOUR |
            VIF_DEVLINK_PORT_PF | VIF_DEVLINK_PORT_VF | VIF_DEVLINK_PORT_EXTERNAL |
            VIF_DEVLINK_PORT_CONTROLLER;
        if (f->view->devlink_port(f->view->user, &port)) {
            vif__name_copy(f->found, port.netdev);
        }
    }
}

/* The name of the VF's representor, or NULL. */
static const char *vif__vf_port(vif_plan *plan, const vif_plan_input *in, vif__vf *f)
{
    char path[64] = "bus/pci/devices/";

    vif__vf_devlink(f);
    if (f->found[0] != '\0') {
        return vif__plan_text(plan, f->found);
    }
    vif__cat_format(path, sizeof path, "%s/physfn/net", f->pci, NULL, NULL);
    f->view->sysfs_list(f->view->user, path, vif__vf_uplink, f);
    if (f->uplink[0] == '\0') {
        memcpy(f->uplink, f->first, sizeof f->uplink);
    }
    if (f->uplink[0] == '\0' || !vif__vf_line(f, "class/net/", f->uplink, "/phys_switch_id")) {
        vif__vf_refuse(plan, in, VIF_E_NO_PCI_DEVICE,
                       "its physical function has no device in switchdev mode");
        return NULL;
    }
    vif_cat(f->switch_id, sizeof f->switch_id, f->text);
    vif__vf_search(f);
    if (f->found[0] == '\0') {
        vif__vf_refuse(plan, in, VIF_E_NO_REPRESENTOR, vif_status_words(VIF_E_NO_REPRESENTOR));
    }
    return f->found[0] != '\0' ? vif__plan_text(plan, f->found) : NULL;
}

/* A port of the userspace datapath: DPDK opens the representor by the physical function's address
 * and the VF's number, without a device of the kernel. */
static void vif__plan_ovs_dpdk(vif_plan *plan, const vif_plan_input *in, const vif__vf *f)
{
    const char *bridge = vif__plan_ovs_network(plan, in, "system");
    vif_resource *r = vif__plan_ovs_vif(plan, in, vif__plan_prefixed(plan, in, "vfr", 14), bridge,
                                        true);
    char args[64] = "", digits[22];

    vif__cat_format(args, sizeof args, "%s,representor=[%s]", f->physfn,
                 vif_int_format(f->number, digits), NULL);
    vif__plan_ovs_type(plan, r, "dpdk", "dpdk-devargs", vif__plan_text(plan, args));
}

/* The resource for a link that has, or is to have, that name. What else a representor was called is
 * in `other`. */
static void vif__plan_named(vif_plan *plan, const char *name, const char *other)
{
    (void)vif__plan_noted_link(plan, VIF_RES_NAME, name, other, name);
}

/* What the profile says of the representor, in either of the two classes that do. */
static vif_datapath_offload_representor vif__representor(const vif_plan_input *in)
{
    const vif_port_profile *p = in->vif->base.port_profile;
    const vif_datapath_offload *offload = p->base.datapath_offload;
    vif_datapath_offload_representor r;

    memset(&r, 0, sizeof r);
    if (p->object.klass == VIF_CLASS_VIFPortProfileOVSRepresentor) {
        r.representor_name = p->ovs_representor.representor_name;
        r.representor_address = p->ovs_representor.representor_address;
    }
    if (vif_has(offload) && offload->object.klass == VIF_CLASS_DatapathOffloadRepresentor) {
        r = offload->representor;
    }
    return r;
}

/* What the representor is called while the VIF is plugged: as the profile asks for it (name),
 * or as the kernel has named it. found: the name that it has; NULL at the unplug of a function that
 * has gone, of which the profile's name is all that is known. One of a vhost-user VIF is noted even
 * so: without the option that made it one, nothing else leads an unplug to it. */
static const char *vif__plan_representor(vif_plan *plan, const vif_plan_input *in,
                                         const char *name, const char *found)
{
    if (!vif_has_text(name) && in->vif->object.klass == VIF_CLASS_VIFVHostUser) {
        name = found;
    }
    if (!vif_has_text(name)) {
        return found;
    }
    if (vif__plan_name(plan, "representor_name", name) == NULL) {
        return NULL;
    }
    vif__plan_named(plan, name, found != NULL && in->verb != VIF_UNPLUG &&
                    strcmp(found, name) != 0 ? found : NULL);
    return found != NULL && in->verb == VIF_UNPLUG ? found : name;
}

/* Which of the two datapaths the bridge has decides between a device of the kernel and DPDK's
 * own. */
static void vif__plan_ovs_vf(vif_plan *plan, const vif_plan_input *in)
{
    const char *datapath = vif__ovs_profile(in)->datapath_type, *port;
    const bool kernel = !vif_has_text(datapath) || strcmp(datapath, "system") == 0;
    const vif_datapath_offload_representor named = vif__representor(in);
    vif__vf *f = (vif__vf *)vif_arena_alloc(plan->priv.arena, sizeof *f);
    bool there;

    if (f == NULL) {
        vif__plan_no_memory(plan);
        return;
    }
    f->pci = in->vif->object.klass == VIF_CLASS_VIFHostDevice ? in->vif->host_device.dev_address
                                                              : named.representor_address;
    /* Without the kernel's datapath the port's name is enough to take it away. */
    there = (in->verb != VIF_UNPLUG || kernel) && vif__vf_find(plan, in, f, false);
    if (there) {
        vif__plan_vdpa(plan, in, f);
    }
    if (!kernel && (there || in->verb == VIF_UNPLUG)) {
        vif__plan_ovs_dpdk(plan, in, f);
    }
    if (!kernel || plan->error.status != VIF_OK) {
        return;
    }
    port = vif__plan_representor(plan, in, named.representor_name,
                                 there ? vif__vf_port(plan, in, f) : NULL);
    if (port == NULL || plan->error.status != VIF_OK) {
        return;
    }
    vif_plan_number(plan, VIF_RES_MTU, VIF_SHARED, port, vif_plan_mtu(plan, in))->optional = true;
    /* One that is given its own name back is down by that. */
    if (in->verb != VIF_UNPLUG || !vif_has_text(named.representor_name) ||
        strcmp(named.representor_name, port) != 0) {
        (void)vif_plan_add(plan, VIF_RES_UP, VIF_OWN, port, NULL);
    }
    (void)vif__plan_ovs_vif(plan, in, port, vif__plan_ovs_network(plan, in, "system"), true);
}

/* A VIF that was plugged as hybrid is unplugged so, whatever its class says: it has a "qbr". */
static const char *vif__plan_qbr(vif_plan *plan, const vif_plan_input *in)
{
    const char *qbr = vif__plan_prefixed(plan, in, "qbr", 14);
    const vif_link_info *info;
    char tag[160];

    if (in->verb != VIF_UNPLUG || in->view == NULL || qbr == NULL ||
        vif_ifname_check(qbr) != NULL) {
        return NULL;
    }
    info = in->view->link(in->view->user, qbr);
    if (info == NULL) {
        vif_plan_refuse(plan, VIF_E_SYSTEM, qbr, "the link could not be looked up");
    }
    vif__tag(tag, sizeof tag, in->owner, vif__input_id(in));
    return info != NULL && strcmp(info->kind, "bridge") == 0 &&
        (!vif__is_tag(info->alias) || strcmp(info->alias, tag) == 0) ? qbr : NULL;
}

/* At the end of an unplug all other rows that carry the VIF's tag go, too: of a plug that died, or
 * of other options. */
static void vif__plan_ovs_tagged(vif_plan *plan, const vif_plan_input *in)
{
    if (in->verb == VIF_UNPLUG && plan->error.status == VIF_OK) {
        (void)vif_plan_ovs(plan, VIF_RES_OVS_TAGGED, VIF_OWN,
                           vif__plan_tag(plan, in, vif__input_id(in)), NULL);
    }
}

/* The flows of Open vSwitch by class. */
static void vif__plan_ovs(vif_plan *plan, const vif_plan_input *in)
{
    const vif_base *v = &in->vif->base;
    const char *qbr = NULL;

    if (!vif_has(v->port_profile)) {
        vif_plan_refuse(plan, VIF_E_NO_PROFILE, "port_profile", "is not set");
    } else if (!vif_has(v->network) ||
               vif__plan_name(plan, "network.bridge", v->network->bridge) == NULL) {
        vif__plan_bad(plan, "network", "is not set");
    } else if (vif__ovs_profile(in)->create_tap == VIF_TRUE &&
               v->object.klass != VIF_CLASS_VIFOpenVSwitch) {
        vif_plan_refuse(plan, VIF_E_TAP_CREATION, "port_profile.create_tap",
                        vif_status_words(VIF_E_TAP_CREATION));
    } else if (v->object.klass == VIF_CLASS_VIFBridge) {
        vif__plan_ovs_hybrid(plan, in, vif__plan_name(plan, "bridge_name",
                                                      in->vif->bridge.bridge_name));
    } else if (v->object.klass == VIF_CLASS_VIFHostDevice ||
               (v->object.klass == VIF_CLASS_VIFVHostUser && in->options->vdpa == VIF_TRUE)) {
        vif__plan_ovs_vf(plan, in);
    } else if (v->object.klass == VIF_CLASS_VIFVHostUser) {
        vif__plan_ovs_vhost(plan, in);
    } else if (in->options->per_port_bridge == VIF_TRUE) {
        vif__plan_ovs_pair(plan, in);
    } else if ((qbr = vif__plan_qbr(plan, in)) != NULL) {
        vif__plan_ovs_hybrid(plan, in, qbr);
    } else {
        vif__plan_ovs_plain(plan, in);
    }
    if (v->object.klass == VIF_CLASS_VIFHostDevice || v->object.klass == VIF_CLASS_VIFVHostUser) {
        vif__plan_noted(plan, in);
    }
    vif__plan_ovs_tagged(plan, in);
}

/* >>plugins: fast paths
 *
 * A fast path switches packets outside the kernel, and has a device in it for each of its ports, by
 * which a vhost-user VIF becomes what its profile says: a port of Open vSwitch, a port of a Linux
 * bridge, or one that the host routes to. The device is made by the host's fast_path; without one
 * the fast path is the userspace datapath of Open vSwitch, with a bridge for the VIF, between its
 * socket and the device of that bridge. What hangs on the device goes with it. */

/* The VIF's bridge, of the name of its device: between the guest's socket and the kernel. */
static void vif__plan_fp_bridge(vif_plan *plan, const vif_plan_input *in, const char *name,
                                const uint8_t *mac)
{
    vif_resource *r = vif_plan_ovs(plan, VIF_RES_OVS_BRIDGE, VIF_OWN, name, NULL);
    char text[18];

    (void)vif_plan_ovs_column(plan, r, "Bridge", "datapath_type", "netdev");
    vif_plan_ovs_column(plan, r, "Bridge", "external_ids",
                        vif__plan_tag(plan, in, in->vif->base.id))->key = "vif";
    if (mac != NULL) {
        vif_mac_format(mac, text);
        vif_plan_ovs_column(plan, r, "Bridge", "other_config",
                            vif__plan_text(plan, text))->key = "hwaddr";
    }
    r = vif__plan_ovs_port(plan, in, name, name, NULL);
    vif__plan_ovs_type(plan, r, "internal", NULL, NULL);
    vif__plan_ovs_mtu(plan, in, r);
    r = vif__plan_ovs_port(plan, in, vif__plan_prefixed(plan, in, "vhu", 14), name, NULL);
    vif__plan_ovs_socket(plan, in, r);
}

/* The fast path's device of this VIF in the kernel. */
static const char *vif__plan_fp_device(vif_plan *plan, const vif_plan_input *in,
                                       const uint8_t *mac)
{
    const char *name = in->fast_path
        ? vif__plan_name(plan, "vif_name", in->vif->vhost_user.vif_name)
        : vif__plan_prefixed(plan, in, "fp", 14);

    if (name == NULL) {
        return NULL;
    }
    if (!in->fast_path) {
        vif__plan_fp_bridge(plan, in, name, mac);
    }
    vif__plan_ovs_tagged(plan, in);
    if (in->fast_path || in->verb != VIF_UNPLUG) {
        (void)vif_plan_add(plan, VIF_RES_FAST_PATH, in->fast_path ? VIF_OWN : VIF_BORROWED, name,
                           NULL);
    }
    return name;
}

/* The device as a port of a Linux bridge: of a hybrid VIF, or of one that others are on, too. */
static void vif__plan_fp_port(vif_plan *plan, const vif_plan_input *in, const char *bridge,
                              bool hybrid)
{
    const char *name;

    if (vif__plan_name(plan, "port_profile.bridge_name", bridge) == NULL) {
        return;
    }
    if (hybrid) {
        vif__plan_ovs_hybrid(plan, in, bridge);
    } else if (in->verb != VIF_UNPLUG) {
        vif__plan_bridge(plan, VIF_SHARED, bridge, NULL);
    }
    name = vif__plan_fp_device(plan, in, NULL);
    if (name != NULL && in->verb != VIF_UNPLUG) {
        vif__plan_sealed(plan, in, name);
        (void)vif_plan_add(plan, VIF_RES_MASTER, VIF_OWN, name, bridge);
        vif__plan_port_switches(plan, in->options, name);
        if (!hybrid) {                  /* else Open vSwitch's port has it */
            vif__plan_port_policy(plan, in, name);
        }
        (void)vif_plan_add(plan, VIF_RES_UP, VIF_OWN, name, NULL);
    }
}

/* The device as one that the host routes to. */
static void vif__plan_fp_routed(vif_plan *plan, const vif_plan_input *in, const char *given)
{
    uint8_t mac[6];
    const bool has_mac = vif__tap_mac(plan, in, given, mac);
    const char *name = vif__plan_fp_device(plan, in, has_mac ? mac : NULL);

    if (name != NULL && in->verb != VIF_UNPLUG) {
        vif__plan_routed(plan, in, name, false, NULL);
    }
}

/* The device as a port of the bridge, where it is not the switch that has the socket. */
static void vif__plan_fp_ovs(vif_plan *plan, const vif_plan_input *in)
{
    const char *name = vif__plan_name(plan, "vif_name", in->vif->vhost_user.vif_name);

    if (name != NULL) {
        (void)vif_plan_add(plan, VIF_RES_FAST_PATH, VIF_OWN, name, NULL);
        (void)vif__plan_ovs_vif(plan, in, name, vif__plan_ovs_network(plan, in, "system"), true);
        vif__plan_ovs_tagged(plan, in);
    }
}

/* The port is of the switch or of a Linux bridge, as the profile says; its device is made by the
 * fast path, and waited for, before anything is put on it. */
static void vif__plan_fp(vif_plan *plan, const vif_plan_input *in)
{
    const vif_port_profile *p = in->vif->base.port_profile;
    const bool has = vif_has(p), tap = vif__tap_profile(in) != NULL;
    const bool ovs = has && p->object.klass == VIF_CLASS_VIFPortProfileFPOpenVSwitch;

    if (!has) {
        vif_plan_refuse(plan, VIF_E_NO_PROFILE, "port_profile", "is not set");
    } else if (!vif_has(in->vif->base.network)) {
        vif__plan_bad(plan, "network", "is not set");
    } else if (tap) {
        vif__plan_fp_routed(plan, in, p->fp_tap.mac_address);
    } else if (!ovs) {
        vif__plan_fp_port(plan, in, p->fp_bridge.bridge_name, false);
    } else if (vif__plan_name(plan, "network.bridge", vif__ovs_bridge(in)) == NULL) {
        return;
    } else if (p->fp_openvswitch.hybrid_plug == VIF_TRUE) {
        vif__plan_fp_port(plan, in, p->fp_openvswitch.bridge_name, true);
    } else if (in->fast_path) {
        vif__plan_fp_ovs(plan, in);
    } else {
        vif__plan_ovs_vhost(plan, in);
        vif__plan_ovs_tagged(plan, in);
    }
}
#endif

#ifndef VIF_NO_NETWORKS
/* >>plugins: networks
 *
 * A vif_net comes in; out go the bridge that ports are put on, and what leads out of it. All of it
 * is counted: whoever plugs a port into the network plans the network in front of it, and whoever
 * unplugs the last one takes the network along. So a network needs no life of its own, and what was
 * left half made is made whole by whoever comes next. */

#ifndef VIF_NO_DECODE
/* A list by commas; "" without memory, which is refused where it is looked at. */
static const char *vif__texts_list(vif_arena *arena, const vif_texts *texts)
{
    size_t len = 1, i;
    char *list;

    for (i = 0; i < texts->count; i++) {
        len += strlen(texts->items[i]) + 1;
    }
    list = (char *)vif_arena_alloc(arena, len);
    if (list == NULL) {
        return "";
    }
    list[0] = '\0';
    for (i = 0; i < texts->count; i++) {
        vif_cat(list, len, i > 0 ? "," : "");
        vif_cat(list, len, texts->items[i]);
    }
    return list;
}
#endif

/* "vlbr100": the given name, or one made of the network's number. NULL, and refused: it is none. */
static const char *vif__plan_net_name(vif_plan *plan, const char *given, const char *prefix,
                                      uint32_t number, const char *suffix)
{
    char name[40] = "";

    if (given == NULL) {
        vif_cat(name, sizeof name, prefix);
        vif_cat_int(name, sizeof name, number);
        vif_cat(name, sizeof name, suffix);
    }
    return vif__plan_name(plan, "name", given != NULL ? given : vif__plan_text(plan, name));
}

/* What few links are wanted to be, for the resource. Never NULL. */
static vif_link_more *vif__plan_more(vif_plan *plan, vif_resource *r)
{
    vif_link_more *more = (vif_link_more *)vif_arena_alloc(plan->priv.arena, sizeof *more);

    if (more == NULL) {
        vif__plan_no_memory(plan);
        more = &plan->priv.spare->more;
    }
    memset(more, 0, sizeof *more);
    r->want.link.more = more;
    return more;
}

static uint16_t vif__net_port(const vif_net *net)
{
    return net->port != 0 ? (uint16_t)net->port : 8472;
}

/* The group that frames for all go to. */
static void vif__plan_net_group(vif_plan *plan, const vif_net *net, vif_vxlan *x)
{
    const uint32_t id = net->vni / 256 + 1;
    vif_ip ip;

    memset(&ip, 0, sizeof ip);
    if (net->group == NULL) {
        ip.len = 4;
        ip.bytes[0] = 239;
        ip.bytes[1] = (uint8_t)(id >> 16);
        ip.bytes[2] = (uint8_t)(id >> 8);
        ip.bytes[3] = (uint8_t)id;
    } else if (!vif_ip_parse(net->group, strlen(net->group), false, &ip)) {
        vif__plan_bad(plan, "group", "is no IP address");
    }
    x->present |= ip.len == 16 ? VIF_VXLAN_GROUP6 : VIF_VXLAN_GROUP;
    memcpy(ip.len == 16 ? x->group6 : x->group, ip.bytes, ip.len);
}

/* The next of the network's other ends, as text and as an address; false: there is none. */
static bool vif__plan_net_remote(vif_plan *plan, const char **list, char text[47], vif_ip *ip)
{
    if (!vif_list_next(list, text, 47)) {
        return false;
    }
    memset(ip, 0, sizeof *ip);
    if (!vif_ip_parse(text, strlen(text), false, ip)) {
        vif__plan_bad(plan, "remotes", "is no list of IP addresses");
        ip->len = 4;
    }
    return true;
}

/* Frames for all go to each of the other ends. A device of the kernel's is of one family: of IPv6,
 * if its group is of that, though it be none. */
static void vif__plan_net_ends(vif_plan *plan, const vif_net *net, const char *name, vif_vxlan *x)
{
    const char *list = net->remotes;
    uint8_t len = 0;
    char text[47];
    vif_ip ip;

    while (vif__plan_net_remote(plan, &list, text, &ip)) {
        if (len != 0 && len != ip.len) {
            vif__plan_bad(plan, "remotes", "are of IPv4 or IPv6, not both");
        }
        len = ip.len;
        vif_plan_add(plan, VIF_RES_FDB, VIF_SHARED, name, NULL)->want.ip.address = ip;
    }
    if (len == 0) {
        vif__plan_bad(plan, "remotes", "is no list of IP addresses");
    }
    x->present |= len == 16 ? VIF_VXLAN_GROUP6 : 0;
}

/* The kernel's device of a VXLAN. Its MTU is the kernel's: what fits the lower device. */
static void vif__plan_net_vtep(vif_plan *plan, const vif_net *net, const char *name)
{
    vif_resource *r = vif_plan_add(plan, VIF_RES_VXLAN, VIF_COUNTED, name,
                                   vif_has_text(net->master) ? net->master : "lo");
    vif_link_more *more = vif__plan_more(plan, r);

    more->refusal = "reassigning vxlan to another master bridge is not allowed";
    VIF_SET(&more->vxlan, VIF_VXLAN_ID, id, net->vni);
    VIF_SET(&more->vxlan, VIF_VXLAN_LEARNING, learning, 1);
    VIF_SET(&more->vxlan, VIF_VXLAN_PORT, port, vif__net_port(net));
    if (net->remotes != NULL) {
        vif__plan_net_ends(plan, net, name, &more->vxlan);
    } else {
        vif__plan_net_group(plan, net, &more->vxlan);
    }
    (void)vif_plan_add(plan, VIF_RES_UP, VIF_SHARED, name, NULL);
}

/* By number: the kernel's words for modes of bonds, and for what a port is chosen by. */
static const char vif__bond_modes[] =
    "balance-rr\0" "active-backup\0" "balance-xor\0" "broadcast\0" "802.3ad\0" "balance-tlb\0"
    "balance-alb\0";
static const char vif__bond_hashes[] =
    "layer2\0" "layer3+4\0" "layer2+3\0" "encap2+3\0" "encap3+4\0" "vlan+srcmac\0";

/* A mode by the kernel's word for it, or by Open vSwitch's for the same: balance-tcp is LACP that
 * goes by ports of TCP. Its balance-slb is none of the kernel's: in balance-xor what comes in by
 * one port is not kept from going out by another. */
static void vif__plan_bond_mode(vif_plan *plan, const char *mode, vif_bool lacp, vif_bond *bond)
{
    const bool tcp = vif_has_text(mode) && strcmp(mode, "balance-tcp") == 0;
    unsigned n = tcp || lacp == VIF_TRUE ? VIF_BOND_LACP : VIF_BOND_BACKUP;

    if (vif_has_text(mode) && !tcp) {
        for (n = 0; n <= VIF_BOND_ALB && strcmp(vif__packed(vif__bond_modes, n), mode) != 0; n++) {
        }
    }
    if (n > VIF_BOND_ALB) {
        vif__plan_bad(plan, "mode", "the kernel's are active-backup, balance-rr, balance-xor, "
                      "broadcast, 802.3ad, balance-tlb and balance-alb");
    }
    if (lacp != VIF_BOOL_UNSET && (lacp == VIF_TRUE) != (n == VIF_BOND_LACP)) {
        vif__plan_bad(plan, "lacp", "goes with 802.3ad, or balance-tcp, and no other mode");
    }
    VIF_SET(bond, VIF_BOND_MODE, mode, (uint8_t)n);
    VIF_SET(bond, VIF_BOND_MIIMON, miimon, 100);
    if (n == VIF_BOND_LACP) {           /* that the other end has died is seen within 3 s, not 90 */
        VIF_SET(bond, VIF_BOND_LACP_RATE, lacp_rate, 1);
        VIF_SET(bond, VIF_BOND_HASH, hash, tcp);
    }
}

/* A link that becomes a port of the bond. */
static void vif__plan_bonded(vif_plan *plan, const char *link, const char *bond)
{
    size_t i = 0;

    while (i < plan->count && (plan->items[i].kind != VIF_RES_BONDED ||
                               strcmp(plan->items[i].link, link) != 0)) {
        i++;
    }
    if (i < plan->count || strcmp(link, bond) == 0) {
        vif__plan_bad(plan, "links", "a link is named twice");
    }
    (void)vif__plan_noted_link(plan, VIF_RES_BONDED, link, bond, vif__plan_text(plan, link));
}

/* A bond of the subject's own, its links its ports, and up. mtu: 0: the kernel's, 1500. Returns its
 * name; NULL: it is refused. */
static const char *vif__plan_bond(vif_plan *plan, const vif_plan_input *in, const char *name,
                                  const char *links, const char *mode, vif_bool lacp, uint32_t mtu)
{
    vif_resource *r = vif_plan_number(plan, VIF_RES_BOND, VIF_OWN, name, mtu);
    vif_link_more *more = vif__plan_more(plan, r);
    char link[17];

    r->only_ours = in->verb == VIF_UNPLUG;      /* of that name there may be anybody's */
    if (in->verb != VIF_UNPLUG) {
        vif__plan_bond_mode(plan, mode, lacp, &more->bond);
    }
    while (vif_list_next(&links, link, sizeof link)) {
        vif__plan_bonded(plan, link, name);
    }
    vif__plan_noted(plan, in);
    (void)vif_plan_add(plan, VIF_RES_UP, VIF_OWN, name, NULL);
    return plan->error.status == VIF_OK ? name : NULL;
}

#ifndef VIF_NO_OVS
/* A row that vif makes for a network says so. */
static vif_resource *vif__plan_net_row(vif_plan *plan, const vif_plan_input *in, const char *name,
                                       const char *bridge)
{
    const vif_kind kind = bridge == NULL ? VIF_RES_OVS_BRIDGE : VIF_RES_OVS_PORT;
    vif_resource *r = vif_plan_ovs(plan, kind, VIF_COUNTED, name, bridge);

    vif__plan_ovs_tag(plan, r, vif__plan_tag(plan, in, "shared"))->fresh = true;
    return r;
}

/* A bridge that leads out, or gets a port, and is never made. */
static void vif__plan_net_master(vif_plan *plan, const char *name, const char *refusal)
{
    vif_plan_ovs(plan, VIF_RES_OVS_BRIDGE, VIF_BORROWED, name, NULL)->want.ovs->refusal = refusal;
}

/* The master, and the network's own bridge. */
static void vif__plan_net_bridges(vif_plan *plan, const vif_plan_input *in, const vif_net *net,
                                  const char *name)
{
    vif__plan_net_master(plan, net->master, "master bridge does not exist");
    vif__plan_net_row(plan, in, name, NULL)->want.ovs->like = net->master;
}

/* A port on the network's bridge. A network without a name of its own stays on the bridge that it
 * has. */
static vif_resource *vif__plan_net_inner(vif_plan *plan, const vif_plan_input *in,
                                         const vif_net *net, const char *port, const char *bridge)
{
    vif_resource *r = vif__plan_net_row(plan, in, port, bridge);

    r->want.ovs->anchor = net->name == NULL;
    r->want.ovs->refusal = net->type == VIF_NET_VLAN
        ? "reassigning vlan tag to another bridge not allowed"
        : "reassigning vxlan tag to another bridge not allowed";
    return r;
}

/* A VLAN is a patch pair: on its bridge frames have no tag, on the master they have. */
static void vif__plan_net_ovs_vlan(vif_plan *plan, const vif_plan_input *in, const vif_net *net,
                                   const char *name)
{
    const char *outer = vif__plan_net_name(plan, NULL, "vlbr", net->tag, "p");
    const char *inner = vif__plan_net_name(plan, NULL, "vlbr", net->tag, "in");
    vif_resource *r;

    vif__plan_net_bridges(plan, in, net, name);
    r = vif__plan_net_row(plan, in, outer, net->master);
    r->want.ovs->refusal = "reassigning vlang tag to another master bridge is not allowed";
    vif__plan_ovs_type(plan, r, "patch", "peer", inner);
    if (net->tag != 0) {
        vif__plan_ovs_json(plan, r, "Port", "tag", vif__plan_digits(plan, net->tag));
    }
    r = vif__plan_net_inner(plan, in, net, inner, name);
    vif__plan_ovs_type(plan, r, "patch", "peer", outer);
}

/* A port of the switch's own for each of the other ends. What comes from one of them goes to none
 * of the others, which have it from there. */
static void vif__plan_net_remotes(vif_plan *plan, const vif_plan_input *in, const vif_net *net,
                                  const char *name)
{
    const char *list = net->remotes;
    char remote[47];
    unsigned n;
    vif_ip ip;

    for (n = 0; vif__plan_net_remote(plan, &list, remote, &ip); n++) {
        char suffix[24] = "r";
        vif_resource *r;

        vif_cat_int(suffix, sizeof suffix, n);
        r = vif__plan_net_inner(plan, in, net, vif__plan_net_name(plan, NULL, "vx", net->vni,
                                                                  suffix), name);
        vif__plan_ovs_type(plan, r, "vxlan", "remote_ip", vif__plan_text(plan, remote));
        vif_plan_ovs_column(plan, r, "Interface", "options",
                            vif__plan_digits(plan, net->vni))->key = "key";
        vif_plan_ovs_column(plan, r, "Interface", "options",
                            vif__plan_digits(plan, vif__net_port(net)))->key = "dst_port";
        (void)vif__plan_ovs_json(plan, r, "Port", "protected", "true");
    }
}

/* A VXLAN: the kernel's device is a port of its bridge, or the switch has ports of its own. */
static void vif__plan_net_ovs_vxlan(vif_plan *plan, const vif_plan_input *in, const vif_net *net,
                                    const char *name)
{
    const char *vtep = vif__plan_net_name(plan, NULL, "vtep", net->vni, "");

    if (net->remotes == NULL) {
        vif__plan_net_vtep(plan, net, vtep);
    }
    vif__plan_net_bridges(plan, in, net, name);
    if (net->remotes == NULL) {
        (void)vif__plan_net_inner(plan, in, net, vtep, name);
    } else {
        vif__plan_net_remotes(plan, in, net, name);
    }
}

/* "other_config:hwaddr" is a key of a map, whose values are texts; of a column what looks like a
 * number or a truth value is one. */
static void vif__plan_net_set(vif_plan *plan, vif_resource *r, const char *table,
                              const vif_net_set *set)
{
    const char *colon = strchr(set->column, ':');
    const size_t len = colon != NULL ? (size_t)(colon - set->column) : strlen(set->column);
    const char *column = vif_arena_text(plan->priv.arena, set->column, len);
    vif_ovs_column *c = vif_plan_ovs_column(plan, r, table, column, set->value);
    int64_t number;

    c->key = colon != NULL ? colon + 1 : NULL;
    c->json = colon == NULL && set->value != NULL &&
        (vif_int_parse(set->value, strlen(set->value), &number) ||
         strcmp(set->value, "true") == 0 || strcmp(set->value, "false") == 0);
    if (column == NULL) {
        vif__plan_no_memory(plan);
    }
}

static void vif__plan_net_sets(vif_plan *plan, const vif_net *net, vif_resource *r,
                               const char *table)
{
    size_t i;

    for (i = 0; i < net->set_count; i++) {
        vif__plan_net_set(plan, r, table, &net->set[i]);
    }
}

static void vif__plan_net_ovs_bridge(vif_plan *plan, const vif_plan_input *in, const vif_net *net,
                                     const char *name)
{
    vif_resource *r = net->alone ? vif_plan_ovs(plan, VIF_RES_OVS_BRIDGE, VIF_OWN, name, NULL)
                                 : vif__plan_net_row(plan, in, name, NULL);

    if (net->alone) {
        (void)vif__plan_ovs_tag(plan, r, vif__plan_tag(plan, in, vif__input_id(in)));
    }
    if (net->stp != VIF_BOOL_UNSET) {
        (void)vif__plan_ovs_json(plan, r, "Bridge", "stp_enable",
                                 net->stp == VIF_TRUE ? "true" : "false");
    }
    if (net->mcast_snooping != VIF_BOOL_UNSET) {
        (void)vif__plan_ovs_json(plan, r, "Bridge", "mcast_snooping_enable",
                                 net->mcast_snooping == VIF_TRUE ? "true" : "false");
    }
    if (net->ageing_s.set) {
        vif_plan_ovs_column(plan, r, "Bridge", "other_config",
                            vif__plan_digits(plan, net->ageing_s.value))->key = "mac-aging-time";
    }
    vif__plan_net_sets(plan, net, r, "Bridge");
}

/* A port of the subject's own on a bridge that is there. An unplug needs no bridge: the port is
 * found by its name. */
static vif_resource *vif__plan_net_ovs_port(vif_plan *plan, const vif_plan_input *in,
                                            const vif_net *net)
{
    const char *bridge = vif_has_text(net->master) ? net->master : "any";
    vif_resource *r;

    vif__plan_net_master(plan, bridge, "there is no such bridge");
    r = vif__plan_ovs_port(plan, in, net->name, bridge, NULL);
    if (net->tag != 0) {
        vif__plan_ovs_json(plan, r, "Port", "tag", vif__plan_digits(plan, net->tag));
    }
    vif__plan_net_sets(plan, net, r, "Interface");
    return r;
}

static void vif__plan_net_ovs_bond(vif_plan *plan, const vif_plan_input *in, const vif_net *net)
{
    vif_resource *r = vif__plan_net_ovs_port(plan, in, net);

    r->want.ovs->links = net->links;
    vif_plan_ovs_column(plan, r, "Port", "bond_mode",
                        vif_has_text(net->bond_mode) ? net->bond_mode : "balance-slb");
    if (net->lacp == VIF_TRUE) {
        (void)vif_plan_ovs_column(plan, r, "Port", "lacp", "active");
    }
}

/* The rows of a network; returns the name of its bridge. */
static const char *vif__plan_net_ovs(vif_plan *plan, const vif_plan_input *in, const vif_net *net,
                                     const char *name)
{
    switch (net->type) {
    case VIF_NET_VLAN: vif__plan_net_ovs_vlan(plan, in, net, name); return name;
    case VIF_NET_VXLAN: vif__plan_net_ovs_vxlan(plan, in, net, name); return name;
    case VIF_NET_BRIDGE: vif__plan_net_ovs_bridge(plan, in, net, name); return name;
    case VIF_NET_BOND: vif__plan_net_ovs_bond(plan, in, net); return net->master;
    case VIF_NET_PORT:
    case VIF_NET_VTEP:                  /* which has no rows, and does not come here */
    default: (void)vif__plan_net_ovs_port(plan, in, net); return net->master;
    }
}
#endif

/* A bridge of the kernel's with the options of the network, made with them; one that is there keeps
 * its own. Its MAC is the uplink's, if there is one. */
static void vif__plan_net_bridge(vif_plan *plan, const vif_net *net, const char *name,
                                 const char *uplink)
{
    const vif_whose whose = net->alone ? VIF_OWN : VIF_SHARED;
    vif_resource *r = vif_plan_add(plan, VIF_RES_BRIDGE, net->alone ? VIF_OWN : VIF_COUNTED, name,
                                   uplink);
    vif_nl_bridge *b = &vif__plan_more(plan, r)->bridge;

    if (net->stp != VIF_TRUE) {
        VIF_SET(b, VIF_NL_BRIDGE_FORWARD_DELAY, forward_delay, 0);
    }
    VIF_SET(b, VIF_NL_BRIDGE_STP_STATE, stp_state, net->stp == VIF_TRUE);
    VIF_SET(b, VIF_NL_BRIDGE_MCAST_SNOOPING, mcast_snooping, net->mcast_snooping == VIF_TRUE);
    if (net->vlan_filtering != VIF_BOOL_UNSET) {    /* which not every kernel has */
        VIF_SET(b, VIF_NL_BRIDGE_VLAN_FILTERING, vlan_filtering, net->vlan_filtering == VIF_TRUE);
    }
    if (net->ageing_s.set) {
        VIF_SET(b, VIF_NL_BRIDGE_AGEING_TIME, ageing_time, net->ageing_s.value * 100);
    }
    vif_plan_conf(plan, whose, name, VIF_CONF_DISABLE_IPV6, 1)->only_ours = !net->alone;
    (void)vif_plan_add(plan, VIF_RES_UP, whose, name, NULL);
}

/* A bond of the kernel's, which a bridge that is there gets for a port, unless it is alone. */
static void vif__plan_net_bond(vif_plan *plan, const vif_plan_input *in, const vif_net *net)
{
    const bool port = vif_has_text(net->master);
    const size_t first = plan->count;
    bool own;

    if (port && in->verb != VIF_UNPLUG) {   /* one that is missing is refused before all else */
        (void)vif_plan_add(plan, VIF_RES_UP, VIF_SHARED, net->master, NULL);
    }
    (void)vif__plan_bond(plan, in, net->name, net->links, net->bond_mode, net->lacp,
                         vif__mtu_said(in, &own) != 0 ? vif_plan_mtu(plan, in) : 0);
    if (port) {
        (void)vif_plan_add(plan, VIF_RES_MASTER, VIF_OWN, net->name, net->master);
    }
    if (net->type == VIF_NET_PORT && plan->count > first) {
        plan->items[first].only_ours = false;   /* what a del names goes, whoever made it */
    }
}

/* What leads out comes before the bridge: taken away, the bridge goes first. */
static void vif__plan_net_linux(vif_plan *plan, const vif_plan_input *in, const vif_net *net,
                                const char *name)
{
    const bool vlan = net->type == VIF_NET_VLAN;
    const char *device = vlan ? vif__plan_net_name(plan, NULL, "vlbr", net->tag, "p")
                              : vif__plan_net_name(plan, NULL, "vtep", net->vni, "");
    vif_resource *r;

    if (net->type == VIF_NET_BRIDGE) {
        vif__plan_net_bridge(plan, net, name, NULL);
        return;
    }
    if (net->type == VIF_NET_BOND || net->type == VIF_NET_PORT) {
        vif__plan_net_bond(plan, in, net);
        return;
    }
    if (in->verb != VIF_UNPLUG) {       /* over one that is down nothing comes up */
        (void)vif_plan_add(plan, VIF_RES_UP, VIF_SHARED, net->master, NULL);
    }
    if (vlan) {
        r = vif_plan_add(plan, VIF_RES_VLAN, VIF_COUNTED, device, net->master);
        r->want.link.vlan = (uint16_t)net->tag;
        vif__plan_more(plan, r)->refusal =
            "reassigning vlang tag to another master bridge is not allowed";
        (void)vif_plan_add(plan, VIF_RES_UP, VIF_SHARED, device, NULL);
    } else {
        vif__plan_net_vtep(plan, net, device);
    }
    vif__plan_net_bridge(plan, net, name, net->master);
    (void)vif_plan_add(plan, VIF_RES_MASTER, VIF_SHARED, device, name);
}

static size_t vif__net_links(const char *list)
{
    size_t count = 0;
    char name[17];

    while (vif_list_next(&list, name, sizeof name)) {
        count += vif_ifname_check(name) == NULL;
    }
    return count;
}

/* What is wrong with it, in the words of the commands of Zero-OS, and which field; or NULL. */
static const char *vif__net_wrong(const vif_plan_input *in, const vif_net *net, const char **field)
{
    const bool over = net->type == VIF_NET_VLAN || net->type == VIF_NET_VXLAN;
    const bool named = net->type >= VIF_NET_BOND && net->type <= VIF_NET_PORT;
    const bool vxlan = net->type == VIF_NET_VXLAN || net->type == VIF_NET_VTEP;
    const bool bond = net->type == VIF_NET_BOND && net->backend == VIF_NET_LINUX;

    *field = over ? "master" : "bridge";
    if (net->type != VIF_NET_BRIDGE && !vif_has_text(net->master) && !bond &&
        !((net->type == VIF_NET_PORT || net->type == VIF_NET_VTEP) && in->verb == VIF_UNPLUG)) {
        return over ? "master bridge not specified" : "bridge name is not set";
    }
    if (named && !vif_has_text(net->name)) {
        *field = net->type == VIF_NET_BRIDGE ? "bridge" : "port";
        return net->type == VIF_NET_BRIDGE ? "bridge name is not set" : "missing port name";
    }
    *field = "vlan";
    if (net->tag > 4094 || (net->tag == 0 && net->type == VIF_NET_VLAN &&
                            net->backend == VIF_NET_LINUX)) {
        return "invalid vlan tag";
    }
    if (bond && net->tag != 0) {
        return "a bond of the kernel's has no tag";
    }
    *field = "vxlan";
    if (vxlan && (net->vni < 1 || net->vni > 0xffffff)) {
        return "invalid nid";
    }
    if (net->port > 65535 || (net->ageing_s.set && net->ageing_s.value > 1000000)) {
        *field = net->port > 65535 ? "dst_port" : "ageing_s";
        return net->port > 65535 ? "no port of UDP" : "longer than 1000000 s";
    }
    *field = "links";
    if (net->type == VIF_NET_BOND && in->verb != VIF_UNPLUG && vif__net_links(net->links) < 2) {
        return "need more than one link to bond";
    }
    *field = "backend";
    return net->backend == VIF_NET_LINUX && net->type == VIF_NET_PORT && in->verb != VIF_UNPLUG
        ? "such ports are Open vSwitch's" : NULL;   /* to unplug one of them is to unplug a bond */
}

/* Plans a network for a port that comes behind it, directly where the network is of Open vSwitch,
 * as rows are one transaction with those next to them. Returns the name of its bridge; NULL: it is
 * refused. */
static const char *vif__plan_net(vif_plan *plan, const vif_plan_input *in, const vif_net *net)
{
    const bool vlan = net->type == VIF_NET_VLAN;
    const char *field, *name, *bad = vif__net_wrong(in, net, &field);

    if (bad != NULL) {
        vif__plan_bad(plan, field, bad);
        return NULL;
    }
    name = vif__plan_net_name(plan, net->name, vlan ? "vlbr" : "vxlbr", vlan ? net->tag : net->vni,
                              "");
    if (name != NULL && vif_has_text(net->master)) {
        (void)vif__plan_name(plan, "master", net->master);
    }
    if (plan->error.status != VIF_OK) {
        return NULL;
    }
    if (net->type == VIF_NET_VTEP) {
        vif__plan_net_vtep(plan, net, vif__plan_net_name(plan, NULL, "vtep", net->vni, ""));
        name = net->master;
#ifndef VIF_NO_OVS
    } else if (net->backend == VIF_NET_OVS) {
        name = vif__plan_net_ovs(plan, in, net, name);
#endif
    } else if (net->backend == VIF_NET_LINUX) {
        vif__plan_net_linux(plan, in, net, name);
        name = net->type == VIF_NET_BOND && vif_has_text(net->master) ? net->master : name;
    } else {
        vif_plan_refuse(plan, VIF_E_UNSUPPORTED, "backend", "Open vSwitch is left out");
    }
    return plan->error.status == VIF_OK ? name : NULL;
}

VIF_API void vif_net_plan(vif_plan *plan, const vif_plan_input *in)
{
    plan->plugin = "net";
    plan->bridge = vif__plan_net(plan, in, (const vif_net *)in->object);
}
#endif

#ifndef VIF_NO_NETWORKS
/* >>plugins: NICs
 *
 * NICs of containers and virtual machines, in the words of Zero-OS. A vif_nic comes in; it is
 * translated into the VIF, network and options that say the same, and planned by that VIF's own
 * planner: the one place where a NIC is anything else than a VIF is its notation. */

/* The VIF that a NIC stands for, as long as the plan. */
typedef struct vif__nic_vif {
    vif_plan_input in;                  /* of that VIF */
    vif_options options;
    vif_vif vif;
    vif_network network;
    vif_subnet_list subnets;
    vif_subnet subnet;
    vif_fixed_ip_list ips;
    vif_fixed_ip ip;
    vif_net net;                        /* that it is in */
    vif_nic nic;                        /* as it is planned, with an address of the pool */
    char address[46], name[16], link[16];
} vif__nic_vif;

static bool vif__nic_word_good(const char *text)
{
    static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    const size_t len = text != NULL ? strlen(text) : 0;

    return len > 0 && len <= 64 && strspn(text, good) == len;
}

/* What is wrong with its addresses, and where; or NULL. */
static const char *vif__nic_l3_check(const vif_nic *nic, const char **field)
{
    vif_ip ip, other;
    size_t i;

    *field = "subnets";
    if (nic->subnets != NULL &&
        (nic->cidr != NULL || vif_validate(&nic->subnets->object, NULL) != VIF_OK)) {
        return "well formed ones are required, and no cidr beside them";
    }
    *field = "config.cidr";
    if (nic->cidr != NULL && (!vif_ip_parse(nic->cidr, strlen(nic->cidr), true, &ip) ||
                              strchr(nic->cidr, '/') == NULL)) {
        return "an address with its prefix is required, as 10.0.0.2/24";
    }
    *field = "config.gateway";
    if (nic->gateway != NULL &&
        (nic->cidr == NULL || !vif_ip_parse(nic->gateway, strlen(nic->gateway), false, &other) ||
         other.len != ip.len)) {
        return "an address of cidr's family is required";
    }
    *field = "config.dns";
    for (i = 0; i < nic->dns.count; i++) {
        if (!vif_ip_parse(nic->dns.items[i], strlen(nic->dns.items[i]), false, &other)) {
            return "addresses are required";
        }
    }
    return NULL;
}

/* "udp:5300:53", or "8080:80" of TCP. */
static bool vif__nic_port(const char *text, vif_nft_port *out)
{
    const char *colon;
    int64_t host = 0, guest = 0;

    out->udp = strncmp(text, "udp:", 4) == 0;
    text += out->udp || strncmp(text, "tcp:", 4) == 0 ? 4 : 0;
    colon = strchr(text, ':');
    if (colon == NULL || !vif_int_parse(text, (size_t)(colon - text), &host) ||
        !vif_int_parse(colon + 1, strlen(colon + 1), &guest) || host < 1 || host > 65535 ||
        guest < 1 || guest > 65535) {
        return false;
    }
    out->host = (uint16_t)host;
    out->guest = (uint16_t)guest;
    return true;
}

/* The address of a default NIC's bridge, with its prefix. */
static bool vif__nic_pool(const vif_nic *nic, vif_ip *ip)
{
    const char *pool = nic->pool != NULL ? nic->pool : "172.18.0.1/16";

    return vif_ip_parse(pool, strlen(pool), true, ip) && ip->len == 4 && ip->prefix >= 8 &&
        ip->prefix <= 30 && strchr(pool, '/') != NULL;
}

/* The NIC's first address of IPv4, with the prefix of its net. */
static bool vif__nic_ipv4(const vif_nic *nic, vif_ip *ip)
{
    vif_ip net;
    size_t i, k;

    for (i = 0; nic->subnets != NULL && i < nic->subnets->objects.count; i++) {
        const vif_subnet *s = &nic->subnets->objects.items[i];

        for (k = 0; vif_has_text(s->cidr) && vif_has(s->ips) && k < s->ips->objects.count; k++) {
            const char *text = s->ips->objects.items[k].address;

            if (vif_ip_parse(s->cidr, strlen(s->cidr), true, &net) && vif_has_text(text) &&
                vif_ip_parse(text, strlen(text), false, ip) && ip->len == 4) {
                ip->prefix = net.prefix;
                return true;
            }
        }
    }
    return nic->cidr != NULL && vif_ip_parse(nic->cidr, strlen(nic->cidr), true, ip) &&
        ip->len == 4;
}

/* What only a default NIC has. */
static const char *vif__nic_default_check(const vif_nic *nic, const char **field)
{
    vif_ip pool, ip;
    const bool has = vif__nic_ipv4(nic, &ip);
    vif_nft_port port;
    size_t i;

    *field = "config.pool";
    if (!vif__nic_pool(nic, &pool)) {
        return "an address of IPv4 with a prefix of 8 to 30 is required";
    }
    if (nic->type != VIF_NIC_DEFAULT) {
        *field = nic->pool != NULL ? "config.pool" : "config.ports";
        return nic->pool != NULL || nic->ports.count > 0 ? "is for type default" : NULL;
    }
    *field = "config.cidr";
    if (has ? ip.prefix != pool.prefix || memcmp(ip.bytes, pool.bytes, 4) == 0
            : nic->cidr != NULL) {
        return "another address of the pool, with its prefix, is required";
    }
    *field = "config.ports";
    for (i = 0; i < nic->ports.count; i++) {
        if (nic->subnets != NULL && !has) {
            return "an address of IPv4 is required for them";
        }
        if (!vif__nic_port(nic->ports.items[i], &port)) {
            return "ports of 1 to 65535 are required, as 8080:80 or udp:5300:53";
        }
    }
    return NULL;
}

/* Rates need the host's end of a pair. CNI has a burst with each rate; here it may be left out, but
 * alone it bounds nothing, and whoever gives one alone means something else. */
static const char *vif__nic_rates_check(const vif_nic *nic, const char **field)
{
    const vif_int *all[4] = {&nic->in_bps, &nic->in_burst_bits, &nic->out_bps,
                             &nic->out_burst_bits};
    const bool pair = nic->type == VIF_NIC_DEFAULT || nic->type == VIF_NIC_BRIDGE ||
        nic->type == VIF_NIC_VLAN || nic->type == VIF_NIC_VXLAN;
    unsigned i;

    *field = "bandwidth";
    for (i = 0; i < 4; i++) {
        const int64_t value = all[i]->state == VIF_STATE_SET ? all[i]->value : 0;

        if (value != 0 && !pair) {
            return "is for types default, bridge, vlan and vxlan, which have an end on the host";
        }
        if (value < 0) {
            return "bits are no negative numbers";
        }
        if (i % 2 == 1 && value != 0 &&
            (all[i - 1]->state != VIF_STATE_SET || all[i - 1]->value == 0)) {
            *field = i == 1 ? "bandwidth.ingressBurst" : "bandwidth.egressBurst";
            return "is of use only with a rate";
        }
    }
    return NULL;
}

static bool vif__nic_is_net(const vif_nic *nic)
{
    return nic->type == VIF_NIC_VLAN || nic->type == VIF_NIC_VXLAN;
}

/* What is wrong with what it is connected to, or NULL: a link, or a network's number. */
static const char *vif__nic_id_check(const vif_nic *nic)
{
    const int64_t least = nic->type == VIF_NIC_VXLAN, most = least ? 16777215 : 4094;
    int64_t number;

    if (nic->id == NULL) {
        return nic->type == VIF_NIC_DEFAULT ? NULL : "is not set";
    }
    if (nic->type == VIF_NIC_ZEROTIER) {
        return strlen(nic->id) == 16 && strspn(nic->id, "0123456789abcdef") == 16 ? NULL
            : "16 of 0-9 a-f are required";
    }
    if (!vif__nic_is_net(nic)) {
        return vif_ifname_check(nic->id);
    }
    if (vif_int_parse(nic->id, strlen(nic->id), &number) && number >= least && number <= most) {
        return NULL;
    }
    return least ? "a number from 1 to 16777215 is required"
                 : "a number from 0 to 4094 is required";
}

/* What is wrong with a NIC by itself, and where; or NULL. */
static const char *vif__nic_wrong(const vif_nic *nic, const char **field)
{
    const char *bad;
    uint8_t mac[6];

    *field = "type";
    if (nic->type <= VIF_NIC_UNSET || nic->type >= VIF_NIC_COUNT) {
        return "no type of a NIC";
    }
    *field = "container";
    if (!vif__nic_word_good(nic->container)) {
        return "1 to 64 of A-Z a-z 0-9 . _ - are required";
    }
    *field = "id";
    bad = vif__nic_id_check(nic);
    if (bad != NULL) {
        return bad;
    }
    *field = "master";
    bad = nic->master != NULL ? vif_ifname_check(nic->master) : NULL;
    if (bad != NULL) {
        return bad;
    }
    *field = "hwaddr";
    if (nic->hwaddr != NULL && (!vif_mac_parse(nic->hwaddr, strlen(nic->hwaddr), mac) ||
                                (mac[0] & 1) != 0)) {
        return "a MAC that is no multicast address is required";
    }
    *field = "name";
    bad = nic->name != NULL ? vif_ifname_check(nic->name) : NULL;
    if (bad != NULL) {
        return bad;
    }
    *field = "link";
    bad = nic->link != NULL ? vif_ifname_check(nic->link) : NULL;
    bad = bad != NULL ? bad : vif__nic_l3_check(nic, field);
    bad = bad != NULL ? bad : vif__nic_default_check(nic, field);
    return bad != NULL ? bad : vif__nic_rates_check(nic, field);
}

/* Names that a NIC without one, or a service, may get: no other may have them. */
static bool vif__nic_taken(const char *name)
{
    return strcmp(name, "default") == 0 || strncmp(name, "eth", 3) == 0 ||
        strncmp(name, "zt", 2) == 0;
}

/* What two NICs of a container must not have in common, or NULL. */
static const char *vif__nic_clash(const vif_nic *a, const vif_nic *b, const char **field)
{
    *field = "type";
    if (a->type == VIF_NIC_DEFAULT && b->type == VIF_NIC_DEFAULT) {
        return "another NIC is the default one";
    }
    *field = "id";
    if (a->type == b->type && strcmp(a->id, b->id) == 0) {
        return "another NIC is connected to it";
    }
    *field = "name";
    if (a->name != NULL && b->name != NULL && strcmp(a->name, b->name) == 0) {
        return "another NIC has this name";
    }
    *field = "index";
    return a->index == b->index ? "another NIC has this index" : NULL;
}

/* The first thing that is wrong is told, with the NIC's place in the list. */
VIF_API vif_status vif_nic_check(const vif_nic *nics, size_t count, vif_error *err)
{
    const char *bad, *field;
    char where[48], digits[22];
    size_t i, k;

    for (i = 0; i < count; i++) {
        bad = vif__nic_wrong(&nics[i], &field);
        if (bad == NULL && nics[i].name != NULL && vif__nic_taken(nics[i].name)) {
            field = "name";
            bad = "\"default\" and names with eth or zt in front are taken";
        }
        for (k = 0; bad == NULL && k < i; k++) {
            bad = vif__nic_clash(&nics[i], &nics[k], &field);
        }
        if (bad != NULL) {
            where[0] = '\0';
            vif__cat_format(where, sizeof where, "nics[%s].%s",
                            vif_int_format((int64_t)i, digits), field, NULL);
            return vif_fail(err, VIF_E_FIELD, 0, where, bad);
        }
    }
    return VIF_OK;
}

/* "cont17-0". A container whose name is too long for that gets one of a hash; its tag leads back to
 * the container. */
static void vif__nic_link(const vif_nic *nic, char out[16])
{
    static const vif_uuid space = {{0x8a, 0x1f, 0x3f, 0x0e, 0x5b, 0x3c, 0x4e, 0x31,
                                    0x9d, 0x5a, 0x42, 0x6f, 0xc2, 0x10, 0x77, 0x5e}};
    char name[84] = "", digits[22], hash[37];
    vif_uuid id;

    vif__cat_format(name, sizeof name, nic->monitor == VIF_TRUE ? "contm%s-%s" : "cont%s-%s",
                    nic->container, vif_int_format(nic->index, digits), NULL);
    if (strlen(name) > 15) {
        vif_uuid_v5(&space, name, strlen(name), &id);
        vif_uuid_format(&id, hash);
        memcpy(name + 4, hash, 8);
        memcpy(name + 12, hash + 9, 3);
        name[15] = '\0';
    }
    vif__name_copy(out, nic->link != NULL ? nic->link : name);
}

/* The NIC's address, gateway and servers, as a network with one subnet. */
static void vif__nic_network(vif__nic_vif *v, const vif_nic *nic)
{
    vif_object_init(&v->network, VIF_CLASS_Network);
    v->vif.base.network = &v->network;
    if (nic->dhcp == VIF_TRUE) {
        return;
    }
    v->network.subnets = nic->subnets;
    if (nic->cidr == NULL) {
        return;
    }
    vif_object_init(&v->subnets, VIF_CLASS_SubnetList);
    vif_object_init(&v->subnet, VIF_CLASS_Subnet);
    vif_object_init(&v->ips, VIF_CLASS_FixedIPList);
    vif_object_init(&v->ip, VIF_CLASS_FixedIP);
    memcpy(v->address, nic->cidr, strcspn(nic->cidr, "/"));
    v->ip.address = v->address;
    v->ips.objects.items = &v->ip;
    v->ips.objects.count = 1;
    v->subnet.cidr = nic->cidr;
    v->subnet.gateway = nic->gateway;
    v->subnet.dns = nic->dns;
    v->subnet.ips = &v->ips;
    v->subnets.objects.items = &v->subnet;
    v->subnets.objects.count = 1;
    v->network.subnets = &v->subnets;
}

/* A rate and a burst of the NIC's, instead of those of the options. */
static void vif__nic_rate(const vif_int *bps, const vif_int *bits, vif_int *rate, uint32_t *bytes)
{
    if (bps->state == VIF_STATE_SET && bps->value != 0) {
        const int64_t burst = bits->state == VIF_STATE_SET ? bits->value / 8 : 0;

        *rate = *bps;
        *bytes = burst > (int64_t)UINT32_MAX - 1 ? UINT32_MAX - 1 : (uint32_t)burst;
    }
}

/* The VIF in the NIC's words: one of that class, whose link has the NIC's name on the host. */
static vif__nic_vif *vif__nic_vif_of(vif_plan *plan, const vif_plan_input *in, vif_class klass)
{
    const vif_nic *nic = (const vif_nic *)in->object;
    vif__nic_vif *v = (vif__nic_vif *)vif_arena_alloc(plan->priv.arena, sizeof *v);
    char digits[22];

    if (v == NULL) {
        vif__plan_no_memory(plan);
        return NULL;
    }
    memset(v, 0, sizeof *v);
    vif_object_init(&v->vif, klass);
    v->nic = *nic;
    v->vif.base.id = in->id;
    v->vif.base.address = nic->hwaddr;
    vif__nic_network(v, nic);
    vif__nic_link(nic, v->link);
    vif__cat_format(v->name, sizeof v->name, "eth%s", vif_int_format(nic->index, digits), NULL,
                    NULL);
    v->options = *in->options;
    v->options.create_tap = VIF_TRUE;
    v->options.netns_link = nic->name != NULL ? nic->name : v->name;
    v->options.l3_metric = in->options->l3_metric != 0 ? in->options->l3_metric : 1000;
    vif__nic_rate(&nic->in_bps, &nic->in_burst_bits, &v->options.port_rate_in_bps,
                  &v->options.port_rate_in_burst_bytes);
    vif__nic_rate(&nic->out_bps, &nic->out_burst_bits, &v->options.port_rate_out_bps,
                  &v->options.port_rate_out_burst_bytes);
    v->in = *in;
    v->in.vif = &v->vif;
    v->in.options = &v->options;
    plan->priv.as = &v->in;
    return v;
}

/* What the NIC is connected to, refused if it is not there or of none of these kinds, which are the
 * kernel's words by commas, and "card". NULL where there is no host to ask, or no need. */
static const vif_link_info *vif__nic_lower(vif_plan *plan, const vif_plan_input *in,
                                           const char *kinds)
{
    const vif_nic *nic = (const vif_nic *)in->object;
    const vif_link_info *link = NULL;
    char why[80] = "", kind[16] = "";

    if (in->view == NULL || in->verb == VIF_UNPLUG) {
        return NULL;
    }
    link = in->view->link(in->view->user, nic->id);
    if (link == NULL || link->index == 0) {
        vif_plan_refuse(plan, VIF_E_NO_INTERFACE, nic->id, "is not there");
        return NULL;
    }
    vif__cat_format(why, sizeof why, "is none of: %s", kinds, NULL, NULL);
    while (vif_list_next(&kinds, kind, sizeof kind)) {
        if (strcmp(kind, link->kind[0] != '\0' ? link->kind : "card") == 0) {
            return link;
        }
    }
    vif_plan_refuse(plan, VIF_E_EXISTS, nic->id, why);
    return NULL;
}

/* A port of a bridge, with the bridge's MTU: one with less would take it down. */
static void vif__nic_bridge(vif_plan *plan, const vif_plan_input *in)
{
    const vif_nic *nic = (const vif_nic *)in->object;
    const vif_link_info *bridge = vif__nic_lower(plan, in, "bridge");
    vif__nic_vif *v = vif__nic_vif_of(plan, in, VIF_CLASS_VIFBridge);

    if (v == NULL) {
        return;
    }
    v->vif.bridge.vif_name = v->link;
    v->vif.bridge.bridge_name = nic->id;
    if (bridge != NULL && v->options.network_device_mtu == 0) {
        v->network.mtu = vif_int_of(bridge->mtu);
    }
    vif__plan_linux_bridge(plan, &v->in);
}

/* The ports of the host that lead to the NIC: from outside, and from the host itself. An unplug
 * looks for them whatever it is told, as the plug may have been told of some. */
static void vif__nic_ports(vif_plan *plan, const vif__nic_vif *v, vif_nft_use use)
{
    const vif_nic *nic = &v->nic;
    const size_t count = nic->ports.count;
    vif_nft_port *ports;
    vif_nft_rules *rules;
    vif_ip ip;
    size_t i;

    memset(&ip, 0, sizeof ip);
    if ((count == 0 || !vif__nic_ipv4(nic, &ip)) && v->in.verb != VIF_UNPLUG) {
        return;
    }
    rules = vif__plan_nft(plan, use, VIF_OWN, v->link);
    ports = (vif_nft_port *)vif_arena_alloc(plan->priv.arena, count * sizeof *ports + 1);
    if (ports == NULL) {
        vif__plan_no_memory(plan);
        return;
    }
    memcpy(rules->address, ip.bytes, 4);
    for (i = 0; i < count && vif__nic_port(nic->ports.items[i], &ports[i]); i++) {
        rules->port_count++;
    }
    rules->ports = ports;
}

/* The bridge that all default NICs share, with its address, and the rule that makes their packets
 * the host's. One that is not vif's keeps the addresses that it has. */
static void vif__nic_gateway(vif_plan *plan, const char *bridge, const vif_ip *pool,
                             bool masquerade)
{
    vif_nft_rules *rules;
    vif_resource *r;

    vif__plan_require(plan, bridge, "ipv4/ip_forward");
    vif__plan_bridge(plan, VIF_SHARED, bridge, NULL);
    r = vif_plan_add(plan, VIF_RES_ADDRESS, VIF_SHARED, bridge, NULL);
    r->want.ip.address = *pool;
    r->only_ours = true;
    if (!masquerade) {
        return;
    }
    rules = vif__plan_nft(plan, VIF_NFT_MASQUERADE, VIF_SHARED, bridge);
    memcpy(rules->address, pool->bytes, 4);
    rules->prefix = pool->prefix;
}

/* The guest's address: one of the pool, where the NIC names none. */
static void vif__nic_lease(vif_plan *plan, const vif_plan_input *in, vif__nic_vif *v,
                           const char *bridge, const vif_ip *pool)
{
    vif_ip *of = (vif_ip *)vif_arena_alloc(plan->priv.arena, sizeof *of), ip;
    char tag[160], text[52];
    vif_resource *r;

    vif__tag(tag, sizeof tag, in->owner, in->id);
    if (of == NULL) {
        vif__plan_no_memory(plan);
    } else if (in->view == NULL || in->view->lease == NULL) {
        return;
    } else if (!in->view->lease(in->view->user, bridge, pool, tag, &ip)) {
        vif_plan_refuse(plan, in->verb == VIF_UNPLUG ? VIF_OK : VIF_E_CONFLICT, "config.pool",
                        "no address of it is free");
    } else {
        *of = *pool;
        ip.prefix = pool->prefix;
        r = vif_plan_add(plan, VIF_RES_LEASE, VIF_OWN, bridge, NULL);
        r->want.ip.address = ip;
        r->want.ip.gateway = of;
        vif_ip_format(&ip, true, text);
        v->nic.cidr = vif__plan_text(plan, text);
        vif__nic_network(v, &v->nic);
    }
}

/* The bridge and its rules come before the NIC's own link, so that nothing of the guest leaves the
 * host under the guest's address; the ports that lead to it come behind. */
static void vif__nic_default(vif_plan *plan, const vif_plan_input *in)
{
    const vif_nic *nic = (const vif_nic *)in->object;
    vif__nic_vif *v = vif__nic_vif_of(plan, in, VIF_CLASS_VIFBridge);
    const char *bridge = nic->id != NULL ? nic->id : "core0";
    char gateway[52];
    vif_ip pool;

    if (v == NULL || !vif__nic_pool(nic, &pool)) {
        return;
    }
    if (nic->cidr == NULL && nic->subnets == NULL && nic->dhcp != VIF_TRUE) {
        vif__nic_lease(plan, in, v, bridge, &pool);
    }
    if (v->nic.cidr != NULL && nic->gateway == NULL) {
        vif_ip_format(&pool, false, gateway);
        v->subnet.gateway = vif__plan_text(plan, gateway);
    }
    vif__nic_gateway(plan, bridge, &pool, nic->masquerade != VIF_FALSE);
    v->vif.bridge.vif_name = v->link;
    v->vif.bridge.bridge_name = bridge;
    vif__plan_linux_bridge(plan, &v->in);
    vif__nic_ports(plan, v, VIF_NFT_PORTS);
    vif__nic_ports(plan, v, VIF_NFT_PORTS_HERE);
}

#ifndef VIF_NO_NESTED
/* What Kuryr calls a VIFMacvlanNested: its plan needs only to be told which card it is over. */
static void vif__nic_macvlan(vif_plan *plan, const vif_plan_input *in)
{
    const vif_nic *nic = (const vif_nic *)in->object;
    vif__nic_vif *v = vif__nic_vif_of(plan, in, VIF_CLASS_VIFMacvlanNested);

    (void)vif__nic_lower(plan, in, "card,dummy,veth,vlan,bond");
    if (v != NULL) {
        v->vif.macvlan_nested.vif_name = v->link;
        v->options.flat_interface = nic->id;
        vif__plan_nested(plan, &v->in);
    }
}
#endif

#ifndef VIF_NO_OVS
/* The NIC's link, then the network's rows with the link's own: one transaction. */
static void vif__nic_ovs_port(vif_plan *plan, vif__nic_vif *v)
{
    const vif_plan_input *in = &v->in;
    const char *bridge;
    uint8_t mac[6];
    const bool has_mac = vif__host_side_mac(plan, in, mac);

    (void)vif_plan_tap(plan, in, v->link, has_mac ? mac : NULL, vif_plan_mtu(plan, in));
    vif__plan_sealed(plan, in, v->link);
    (void)vif_plan_add(plan, VIF_RES_UP, VIF_OWN, v->link, NULL);
    bridge = vif__plan_net(plan, in, &v->net);
    if (bridge != NULL) {
        vif__plan_ovs_policy(plan, in, vif__plan_ovs_port(plan, in, v->link, bridge, NULL));
    }
}
#endif

/* What fits through the master: a VXLAN takes 50 bytes of it (RFC 7348, over IPv4). */
static int64_t vif__nic_lower_mtu(const vif_plan_input *in, const char *master)
{
    const vif_link_info *link = in->view != NULL ? in->view->link(in->view->user, master) : NULL;

    return link != NULL && link->index != 0 && link->mtu > 118 && link->mtu < 65535 ? link->mtu
                                                                                    : 1500;
}

/* A port of a network, which is made if it is missing, and goes with its last port. */
static void vif__nic_net(vif_plan *plan, const vif_plan_input *in)
{
    const vif_nic *nic = (const vif_nic *)in->object;
    vif__nic_vif *v = vif__nic_vif_of(plan, in, VIF_CLASS_VIFBridge);
    const bool vlan = nic->type == VIF_NIC_VLAN;
    const char *master = vlan ? "backplane" : "vxbackend";
    int64_t number = 0;

    if (v == NULL || !vif_int_parse(nic->id, strlen(nic->id), &number)) {
        return;
    }
    v->net.type = vlan ? VIF_NET_VLAN : VIF_NET_VXLAN;
    v->net.backend = (vif_net_backend)nic->backend;
    v->net.master = nic->master != NULL ? nic->master : master;
    *(vlan ? &v->net.tag : &v->net.vni) = (uint32_t)number;
    v->vif.bridge.vif_name = v->link;
    if (!vlan && v->options.network_device_mtu == 0) {
        v->network.mtu = vif_int_of(vif__nic_lower_mtu(in, v->net.master) - 50);
    }
#ifndef VIF_NO_OVS
    if (nic->backend == VIF_NET_OVS) {
        vif__nic_ovs_port(plan, v);
        return;
    }
#endif
    v->vif.bridge.bridge_name = vif__plan_net(plan, &v->in, &v->net);
    if (v->vif.bridge.bridge_name != NULL) {
        vif__plan_linux_bridge(plan, &v->in);
    }
}

/* A card of the host's, given to the container as a whole. */
static void vif__nic_passthrough(vif_plan *plan, const vif_plan_input *in)
{
    const vif_nic *nic = (const vif_nic *)in->object;
    vif__nic_vif *v = vif__nic_vif_of(plan, in, VIF_CLASS_VIFGeneric);
    vif_device_want *want;

    if (v == NULL) {
        return;
    }
    if (!in->options->netns_fd.set && in->verb != VIF_UNPLUG) {
        vif_plan_refuse(plan, VIF_E_INVAL, "netns_fd", "is not set: the card is a container's");
        return;
    }
    want = vif__plan_lent(plan, in->options->netns_fd.set ? vif__plan_enter(plan, &v->in)
                          : nic->id, nic->id);
    plan->items[plan->count - (plan->count > 0)].ns = plan->priv.guest_ns;
    if (vif__address(&v->in, want->vf.mac)) {
        want->vf.present = VIF_VF_MAC;
    }
}

/* What is done for a NIC once its link is up, if it has one. */
static void vif__nic_service(vif_plan *plan, const vif_plan_input *in)
{
    const vif_nic *nic = (const vif_nic *)in->object;
    const bool zerotier = nic->type == VIF_NIC_ZEROTIER;
    const char *link = zerotier ? "lo" : plan->priv.as->options->netns_link;
    vif_resource *r;

    if (!zerotier && nic->dhcp != VIF_TRUE) {
        return;
    }
    if (plan->priv.guest_ns == 0) {     /* a virtual machine has a client of its own */
        if (zerotier && in->verb != VIF_UNPLUG) {
            vif_plan_refuse(plan, VIF_E_INVAL, "netns_fd", "is not set: it is a container's");
        }
        return;
    }
    if (zerotier) {
        vif_plan_add(plan, VIF_RES_UP, VIF_SHARED, link, NULL)->ns = plan->priv.guest_ns;
    }
    r = vif_plan_add(plan, VIF_RES_SERVICE, VIF_OWN, link, NULL);
    r->ns = plan->priv.guest_ns;
    r->want.pointer = nic;
}

/* What a type is made of. The NIC was well formed when it was read; but it may have been filled in
 * by hand since, so it is looked at once more. */
static void vif__plan_nic(vif_plan *plan, const vif_plan_input *in)
{
    const vif_nic *nic = (const vif_nic *)in->object;
    const char *field, *bad = vif__nic_wrong(nic, &field);

    plan->plugin = "nic";
    if (bad != NULL) {
        vif__plan_bad(plan, field, bad);
    } else if (nic->type == VIF_NIC_DEFAULT) {
        vif__nic_default(plan, in);
    } else if (nic->type == VIF_NIC_BRIDGE) {
        vif__nic_bridge(plan, in);
    } else if (vif__nic_is_net(nic)) {
        vif__nic_net(plan, in);
    } else if (nic->type == VIF_NIC_PASSTHROUGH) {
        vif__nic_passthrough(plan, in);
    } else if (nic->type == VIF_NIC_ZEROTIER) {
        vif__nic_vif *v = vif__nic_vif_of(plan, in, VIF_CLASS_VIFGeneric);

        if (v != NULL && in->options->netns_fd.set) {
            (void)vif__plan_enter(plan, &v->in);
        }
    } else {
#ifndef VIF_NO_NESTED
        vif__nic_macvlan(plan, in);
#else
        vif__plan_bad(plan, "type", "is left out of the library");
#endif
    }
}

/* The tag lives in the NIC itself, as the subject only points at it. */
VIF_API vif_subject vif_nic_subject(vif_nic *nic, const vif_options *options)
{
    vif_subject s;
    char digits[22];

    memset(&s, 0, sizeof s);
    nic->tag[0] = '\0';
    vif__cat_format(nic->tag, sizeof nic->tag, "nic:%s:%s",
                    nic->container != NULL ? nic->container : "",
                    vif_int_format(nic->index, digits), NULL);
    s.plan = vif__plan_nic;
    s.object = nic;
    s.id = nic->tag;
    s.options = options;
    return s;
}
#endif

#ifndef VIF_NO_SWITCH
/* >>plugins: virtual switches
 *
 * A vif_switch comes in; out go its bridge, its uplinks and the text by which it is found again.
 * And a VIF in a port group comes in: it is the VIF that has the group's bridge and options,
 * planned by that VIF's own planner. Whatever the group says of a port comes from one place
 * (vif__switch_options), for a plug as for an edit. */

static bool vif__switch_is_linux(const vif_switch *sw)
{
    return sw->backend != NULL && strcmp(sw->backend, "linux") == 0;
}

/* The VLANs of a guest that has all of them. */
static const char vif__all_vlans[] = "1-4094";
enum { VIF__VLAN_TRUNK = 4095 };

/* A rate of the group, or else of the switch; 0 means none. */
static vif_int vif__switch_rate(const vif_int *group, const vif_int *sw)
{
    const vif_int *said = group->state == VIF_STATE_SET ? group : sw;
    const vif_int none = {0, VIF_STATE_UNSET};

    return said->state == VIF_STATE_SET && said->value > 0 ? *said : none;
}

/* A switch of the policy; the group's own word wins. */
static vif_bool vif__switch_may(vif_bool group, vif_bool sw)
{
    return group != VIF_BOOL_UNSET ? group : sw;
}

/* What the group says of its ports, as the options that say the same. */
static void vif__switch_options(vif_options *o, const vif_switch *sw, const vif_port_group *g)
{
    const vif_port_policy *p = &g->policy, *s = &sw->policy;
    const int64_t vlan = g->vlan.state == VIF_STATE_SET ? g->vlan.value : 0;

    o->port_vlan = vlan != VIF__VLAN_TRUNK ? (uint32_t)vlan : 0;
    o->port_trunks = vlan == VIF__VLAN_TRUNK ? vif__all_vlans : NULL;
    o->port_rate_in_bps = vif__switch_rate(&p->in_bps, &s->in_bps);
    o->port_rate_in_peak_bps = vif__switch_rate(&p->in_peak_bps, &s->in_peak_bps);
    o->port_rate_in_burst_bytes = (uint32_t)vif__switch_rate(&p->in_burst_bytes,
                                                             &s->in_burst_bytes).value;
    o->port_rate_out_bps = vif__switch_rate(&p->out_bps, &s->out_bps);
    o->port_rate_out_peak_bps = vif__switch_rate(&p->out_peak_bps, &s->out_peak_bps);
    o->port_rate_out_burst_bytes = (uint32_t)vif__switch_rate(&p->out_burst_bytes,
                                                              &s->out_burst_bytes).value;
    o->port_promiscuous = vif__switch_may(p->promiscuous, s->promiscuous);
    o->port_mac_changes = vif__switch_may(p->mac_changes, s->mac_changes);
    o->port_forged_transmits = vif__switch_may(p->forged_transmits, s->forged_transmits);
}

/* The text of the switch; NULL, and refused, without memory. */
static const char *vif__plan_switch_text(vif_plan *plan, const vif_switch *sw)
{
    const size_t len = vif_switch_encode(sw, NULL, 0) + 1;
    char *text = (char *)vif_arena_alloc(plan->priv.arena, len);

    if (text == NULL) {
        vif__plan_no_memory(plan);
    } else {
        (void)vif_switch_encode(sw, text, len);
    }
    return text;
}

/* Whether ports of the switch are told apart by VLANs, for which a Linux bridge has to filter. */
static bool vif__switch_has_vlans(const vif_switch *sw)
{
    size_t i = 0;

    while (i < sw->group_count && !(sw->groups[i].vlan.state == VIF_STATE_SET &&
                                    sw->groups[i].vlan.value != 0)) {
        i++;
    }
    return i < sw->group_count;
}

/* What leads out of the switch as one device: its uplink, or the team of them. NULL: nothing. */
static const char *vif__switch_way_out(vif_plan *plan, const vif_switch *sw)
{
    char name[16] = "u-";

    if (sw->uplinks.count < 2) {
        return sw->uplinks.count == 1 ? sw->uplinks.items[0] : NULL;
    }
    vif_cat(name, sizeof name, sw->name);
    return vif__plan_text(plan, name);
}

/* Texts by commas. */
static const char *vif__plan_list(vif_plan *plan, const vif_texts *texts)
{
    const char *list = vif__texts_list(plan->priv.arena, texts);

    if (list[0] == '\0') {
        vif__plan_no_memory(plan);
    }
    return list;
}

/* An uplink is up, and as large as the switch is to be. */
static void vif__plan_switch_cards(vif_plan *plan, const vif_plan_input *in, const vif_switch *sw)
{
    size_t i;

    for (i = 0; i < sw->uplinks.count && in->verb != VIF_UNPLUG; i++) {
        if (sw->mtu.state == VIF_STATE_SET) {
            (void)vif_plan_number(plan, VIF_RES_MTU, VIF_SHARED, sw->uplinks.items[i],
                                  (uint32_t)sw->mtu.value);
        }
        (void)vif_plan_add(plan, VIF_RES_UP, VIF_SHARED, sw->uplinks.items[i], NULL);
    }
}

#ifndef VIF_NO_OVS
/* The way out as a port of the switch, which has it in all VLANs, as it has no tag. */
static void vif__plan_switch_port(vif_plan *plan, const vif_plan_input *in, const vif_switch *sw)
{
    const char *out = vif__switch_way_out(plan, sw);
    const bool balance = vif_has_text(sw->teaming);
    vif_resource *r;

    if (out == NULL) {
        return;
    }
    r = vif__plan_net_row(plan, in, out, sw->name);
    r->want.ovs->refusal = "the uplink is a port of another bridge";
    if (sw->uplinks.count > 1) {
        r->want.ovs->links = vif__plan_list(plan, &sw->uplinks);
        (void)vif_plan_ovs_column(plan, r, "Port", "bond_mode",
                                  balance ? sw->teaming : "active-backup");
        (void)vif_plan_ovs_column(plan, r, "Port", "lacp", sw->lacp == VIF_TRUE ? "active" : "off");
    }
}

/* Cards first, as the rows behind them are one transaction. The text is a key of the bridge's row,
 * so that whoever reads the one reads the other. */
static void vif__plan_switch_ovs(vif_plan *plan, const vif_plan_input *in, const vif_switch *sw)
{
    vif_resource *r;

    vif__plan_switch_cards(plan, in, sw);
    r = vif__plan_net_row(plan, in, sw->name, NULL);
    if (vif_has_text(sw->datapath_type)) {
        (void)vif_plan_ovs_column(plan, r, "Bridge", "datapath_type", sw->datapath_type);
    }
    vif_plan_ovs_column(plan, r, "Bridge", "external_ids",
                        vif__plan_switch_text(plan, sw))->key = "vif-switch";
    vif__plan_switch_port(plan, in, sw);
}

/* The switch of a member: as it was looked up, and never made. */
static void vif__plan_switch_row(vif_plan *plan, const vif_switch *sw)
{
    vif_resource *r = vif_plan_ovs(plan, VIF_RES_OVS_BRIDGE, VIF_BORROWED, sw->name, NULL);

    vif_plan_ovs_column(plan, r, "Bridge", "external_ids",
                        vif__plan_switch_text(plan, sw))->key = "vif-switch";
    r->want.ovs->refusal = "the switch has been changed since its port group was looked up";
}

/* A member's port says which group it is in, and what an edit has to know of its guest. */
static void vif__plan_member_row(vif_plan *plan, const vif_plan_input *in, vif_resource *r)
{
    const char *mac = in->vif->base.address;
    const vif_port_group *g = in->member->group;

    vif_plan_ovs_column(plan, r, "Port", "external_ids", g->name)->key = "vif-port-group";
    vif_plan_ovs_column(plan, r, "Port", "external_ids",
                        vif_has_text(mac) ? mac : "")->key = "vif-mac";
}
#endif

/* Uplinks of a Linux bridge become one by a bond of the kernel's. */
static const char *vif__plan_switch_team(vif_plan *plan, const vif_plan_input *in,
                                         const vif_switch *sw)
{
    return vif__plan_bond(plan, in, vif__switch_way_out(plan, sw),
                          vif__plan_list(plan, &sw->uplinks), sw->teaming, sw->lacp,
                          sw->mtu.state == VIF_STATE_SET ? (uint32_t)sw->mtu.value : 0);
}

/* The bridge filters VLANs where a group has one. The uplink has all of them, and leaves the bridge
 * with it. */
static void vif__plan_switch_linux(vif_plan *plan, const vif_plan_input *in, const vif_switch *sw)
{
    const vif_whose whose = in->verb == VIF_UNPLUG ? VIF_OWN : VIF_SHARED;
    const char *out;
    vif_net net;

    memset(&net, 0, sizeof net);
    net.vlan_filtering = vif__switch_has_vlans(sw) ? VIF_TRUE : VIF_BOOL_UNSET;
    vif__plan_record(plan, VIF_OWN, sw->name, ".switch", vif__plan_switch_text(plan, sw));
    if (sw->uplinks.count > 1) {        /* whose links the bond brings up */
        out = vif__plan_switch_team(plan, in, sw);
    } else {
        vif__plan_switch_cards(plan, in, sw);
        out = vif__switch_way_out(plan, sw);
    }
    vif__plan_net_bridge(plan, &net, sw->name, out);
    if (out != NULL) {
        (void)vif_plan_add(plan, VIF_RES_MASTER, whose, out, sw->name);
    }
    if (out != NULL && vif__switch_has_vlans(sw)) {
        vif__plan_port_vlans(plan, out, VIF_SHARED, 1, vif__all_vlans);
    }
    if (out != NULL && sw->mtu.state == VIF_STATE_SET) {    /* last: see vif__plan_uplink */
        vif__name_copy(vif_plan_number(plan, VIF_RES_MTU, VIF_SHARED, sw->name,
                                       (uint32_t)sw->mtu.value)->other, out);
    }
}

/* What is wrong with the switch over this backend, and where; or NULL. */
static const char *vif__switch_unfit(const vif_switch *sw, const char **field)
{
    *field = "name";
    if (vif_ifname_check(sw->name) != NULL) {
        return vif_ifname_check(sw->name);
    }
    if (sw->uplinks.count > 1 && strlen(sw->name) > 13) {
        return "longer than 13 bytes, and its uplinks are a team";
    }
    *field = "datapath_type";
    if (vif_has_text(sw->datapath_type) && strcmp(sw->datapath_type, "netdev") != 0 &&
        strcmp(sw->datapath_type, "system") != 0) {
        return "netdev or system is required";
    }
    *field = "teaming.mode";
    return vif__switch_is_linux(sw) && vif_has_text(sw->teaming) &&
        strcmp(sw->teaming, "balance-slb") == 0 ? "is Open vSwitch's" : NULL;
}

VIF_API void vif_switch_plan(vif_plan *plan, const vif_plan_input *in)
{
    const vif_switch *sw = (const vif_switch *)in->object;
    const char *field, *bad;

    plan->plugin = "switch";
    if (vif_switch_check(sw, &plan->error) != VIF_OK) {
        return;
    }
    bad = vif__switch_unfit(sw, &field);
    if (bad != NULL) {
        vif__plan_bad(plan, field, bad);
    } else if (vif__switch_is_linux(sw)) {
        vif__plan_switch_linux(plan, in, sw);
    } else {
#ifndef VIF_NO_OVS
        vif__plan_switch_ovs(plan, in, sw);
#else
        vif_plan_refuse(plan, VIF_E_UNSUPPORTED, "backend", "Open vSwitch is left out");
#endif
    }
    plan->bridge = sw->name;
}

/* Whether its bridge tells VLANs apart: of a Linux bridge, for an edit. */
static void vif__plan_switch_filter(vif_plan *plan, const vif_plan_input *in)
{
    const vif_switch *sw = (const vif_switch *)in->object;

    plan->plugin = "switch";
    (void)vif_plan_add(plan, VIF_RES_FILTER, VIF_OWN, sw->name, NULL);
}

/* For an unplug: what leads out of the switch, which is one with no more uplinks than are to go,
 * and nothing else of it. */
static void vif__plan_switch_drop(vif_plan *plan, const vif_plan_input *in)
{
    const vif_switch *sw = (const vif_switch *)in->object;
    const char *out = vif__switch_way_out(plan, sw);

    plan->plugin = "switch";
    plan->policy.ovs_take_over = true;  /* whoever has put it there */
    if (vif__switch_is_linux(sw)) {
        if (sw->uplinks.count > 1) {
            out = vif__plan_switch_team(plan, in, sw);
        }
        if (out != NULL) {
            (void)vif_plan_add(plan, VIF_RES_MASTER, VIF_OWN, out, sw->name);
        }
    } else {
#ifndef VIF_NO_OVS
        vif_plan_ovs(plan, VIF_RES_OVS_BRIDGE, VIF_BORROWED, sw->name, NULL)->want.ovs->refusal =
            "there is no such switch";
        (void)vif_plan_ovs(plan, VIF_RES_OVS_PORT, VIF_OWN, out, sw->name);
#endif
    }
}

/* The VIF that a member is, as long as the plan. */
typedef struct vif__member_vif {
    vif_plan_input in;                  /* of that VIF */
    vif_options options;
    vif_vif vif;
    vif_network network;
    vif_port_profile profile;
} vif__member_vif;

/* The name of the VIF's link, of those classes that may be in a group; else NULL. */
static const char *vif__member_link(const vif_vif *vif)
{
    switch (vif->object.klass) {
    case VIF_CLASS_VIFBridge: return vif->bridge.vif_name;
    case VIF_CLASS_VIFOpenVSwitch: return vif->openvswitch.vif_name;
    case VIF_CLASS_VIFGeneric: return vif->generic.vif_name;
    default: return NULL;
    }
}

/* The class, bridge and profile that a VIF on this switch has. Its own profile's interface id is
 * what controllers know the port by; without one it is the VIF's id. */
static void vif__member_class(vif__member_vif *v, const vif_member *m)
{
    const vif_port_profile *p = m->vif->base.port_profile;
    const bool ids = vif_has(p) && vif_is_a(&p->object, VIF_CLASS_VIFPortProfileOpenVSwitch) &&
        vif_has_text(p->openvswitch.interface_id);
    const char *link = vif__member_link(m->vif);

    if (vif__switch_is_linux(&m->sw)) {
        vif_object_init(&v->vif, VIF_CLASS_VIFBridge);
        v->vif.bridge.vif_name = link;
        v->vif.bridge.bridge_name = m->sw.name;
        v->vif.base.has_traffic_filtering = VIF_TRUE;
        return;
    }
    vif_object_init(&v->vif, VIF_CLASS_VIFOpenVSwitch);
    v->vif.openvswitch.vif_name = link;
    vif_object_init(&v->profile, VIF_CLASS_VIFPortProfileOpenVSwitch);
    v->profile.openvswitch.interface_id = ids ? p->openvswitch.interface_id : m->vif->base.id;
    v->profile.openvswitch.create_port = VIF_TRUE;
    v->profile.openvswitch.datapath_type = m->sw.datapath_type;
    v->vif.base.port_profile = &v->profile;
}

/* A copy, so that what the group says is said in the VIF's own words. */
static void vif__member_fill(vif__member_vif *v, const vif_plan_input *in, const vif_member *m)
{
    const vif_network *n = m->vif->base.network;

    vif__member_class(v, m);
    v->vif.base.id = m->vif->base.id;
    v->vif.base.address = m->vif->base.address;
    if (vif_has(n)) {
        v->network = *n;
    } else {
        vif_object_init(&v->network, VIF_CLASS_Network);
    }
    v->network.bridge = m->sw.name;
    v->network.should_provide_bridge = v->network.should_provide_vlan = VIF_FALSE;
    if (m->sw.mtu.state == VIF_STATE_SET) {
        v->network.mtu = m->sw.mtu;
    }
    v->vif.base.network = &v->network;
    v->options = *in->options;
    v->options.create_tap = VIF_TRUE;
    vif__switch_options(&v->options, &m->sw, m->group);
    v->in = *in;
    v->in.vif = &v->vif;
    v->in.options = &v->options;
    v->in.member = m;
}

/* What a member may not be; false: it is refused. */
static bool vif__member_good(vif_plan *plan, const vif_plan_input *in, const vif_member *m)
{
    const char *set = vif__option_of_port(in->options);

    if (vif__member_link(m->vif) == NULL) {
        vif__plan_bad(plan, "versioned_object.name",
                      "a VIFBridge, VIFOpenVSwitch or VIFGeneric with a name is required");
    } else if (in->verb != VIF_UNPLUG && m->group == NULL) {
        vif__plan_bad(plan, "port_group", "is not set");
    } else if (in->verb != VIF_UNPLUG && set != NULL) {
        vif_plan_refuse(plan, VIF_E_INVAL, set, "is the port group's to say");
    }
    return plan->error.status == VIF_OK;
}

/* Over a Linux bridge the note of the port's group comes before its link, so that whoever edits the
 * switch finds it; and the switch is looked at once more behind all, so that an edit of meanwhile
 * is not missed: either the edit sees the port, or the plug sees the edit. */
static void vif__plan_member(vif_plan *plan, const vif_plan_input *in)
{
    const vif_member *m = (const vif_member *)in->object;
    const bool plug = in->verb != VIF_UNPLUG;
    vif__member_vif *v;

    plan->plugin = "switch";
    if (!vif__member_good(plan, in, m)) {
        return;
    }
    v = (vif__member_vif *)vif_arena_alloc(plan->priv.arena, sizeof *v);
    if (v == NULL) {
        vif__plan_no_memory(plan);
        return;
    }
    memset(v, 0, sizeof *v);
    vif__member_fill(v, in, m);
    plan->priv.as = &v->in;
    if (vif__switch_is_linux(&m->sw)) {
        vif__plan_linux_bridge(plan, &v->in);
        if (plug) {
            vif__plan_record(plan, VIF_BORROWED, m->sw.name, ".switch",
                             vif__plan_switch_text(plan, &m->sw));
        }
    } else {
#ifndef VIF_NO_OVS
        vif__plan_ovs(plan, &v->in);
#else
        vif_plan_refuse(plan, VIF_E_UNSUPPORTED, "backend", "Open vSwitch is left out");
#endif
    }
}

VIF_API vif_subject vif_member_subject(const vif_member *member, const vif_options *options)
{
    vif_subject s;

    memset(&s, 0, sizeof s);
    s.plan = vif__plan_member;
    s.object = member;
    s.id = vif_has(member->vif->base.id) ? member->vif->base.id : NULL;
    s.options = options;
    return s;
}

/* A port that is there, and what its group says of it now. */
typedef struct vif__member_edit {
    const vif_switch *sw;
    const vif_port_group *group;
    const vif_switch_port *port;
    vif_options options;                /* the group's, on top of the host's */
    vif_vif vif;                        /* the port's, as far as it is known */
} vif__member_edit;

/* All that a group says of a port, also what it says by silence, and nothing else of the port. */
static void vif__plan_member_edit(vif_plan *plan, const vif_plan_input *in)
{
    const vif__member_edit *e = (const vif__member_edit *)in->object;
    const char *name = e->port->name;
    vif_plan_input as = *in;
    size_t i;

    plan->plugin = "switch";
    as.options = &e->options;
    as.vif = &e->vif;
    as.owner = e->port->owner != NULL ? e->port->owner : in->owner;
    as.whole_port = true;
    if (vif__switch_is_linux(e->sw)) {
        (void)vif_plan_add(plan, VIF_RES_MASTER, VIF_SHARED, name, e->sw->name);
        as.filters = vif__switch_has_vlans(e->sw);
        vif__plan_port_policy(plan, &as, name);
    } else {
#ifndef VIF_NO_OVS
        vif_resource *r;

        vif__plan_switch_row(plan, e->sw);
        r = vif_plan_ovs(plan, VIF_RES_OVS_PORT, VIF_OWN, name, e->sw->name);
        (void)vif__plan_ovs_tag(plan, r, vif__plan_tag(plan, &as, in->id));
        vif__plan_ovs_policy(plan, &as, r);
#endif
    }
    for (i = 0; i < plan->count; i++) { /* a port may go while it is edited */
        plan->items[i].optional = plan->items[i].whose != VIF_BORROWED;
    }
}
#endif

static const vif_plugin_profile vif__tap_profiles[] = {
    {VIF_CLASS_VIFPortProfileFPTap, 0, 1}, {VIF_CLASS_NONE, 0, 0}};
static const vif_plugin_vif vif__takes_bridge[] = {
    {VIF_CLASS_VIFBridge, 0, 0, NULL}, {VIF_CLASS_NONE, 0, 0, NULL}};
static const vif_plugin_vif vif__takes_generic[] = {
    {VIF_CLASS_VIFGeneric, 0, 0, vif__tap_profiles}, {VIF_CLASS_NONE, 0, 0, NULL}};
#ifndef VIF_NO_DIRECT
static const vif_plugin_profile vif__direct_profiles[] = {
#ifndef VIF_NO_QBG
    {VIF_CLASS_VIFPortProfile8021Qbg, 0, 1}, {VIF_CLASS_VIFPortProfile8021Qbh, 0, 1},
#endif
    {VIF_CLASS_NONE, 0, 0}};
static const vif_plugin_vif vif__takes_direct[] = {
    {VIF_CLASS_VIFDirect, 0, 0, vif__direct_profiles}, {VIF_CLASS_NONE, 0, 0, NULL}};
#endif
#if !defined(VIF_NO_NESTED) && !defined(VIF_NO_HOSTDEV)
static const vif_plugin_profile vif__pod_profiles[] = {
    {VIF_CLASS_VIFPortProfileK8sDPDK, 0, 1}, {VIF_CLASS_NONE, 0, 0}};
#endif
#ifndef VIF_NO_NESTED
static const vif_plugin_vif vif__takes_nested[] = {
    {VIF_CLASS_VIFVlanNested, 0, 0, NULL}, {VIF_CLASS_VIFMacvlanNested, 0, 0, NULL},
#ifndef VIF_NO_HOSTDEV
    {VIF_CLASS_VIFNestedDPDK, 0, 0, vif__pod_profiles},
    {VIF_CLASS_VIFDPDKNested, 0, 0, vif__pod_profiles},
#endif
    {VIF_CLASS_NONE, 0, 0, NULL}};
#endif
static const vif_plugin_vif vif__takes_any[] = {
    {VIF_CLASS_VIFVHostUser, 0, 1, NULL}, {VIF_CLASS_VIFVlanNested, 0, 0, NULL},
    {VIF_CLASS_VIFMacvlanNested, 0, 0, NULL}, {VIF_CLASS_VIFNestedDPDK, 0, 0, NULL},
    {VIF_CLASS_VIFDPDKNested, 0, 0, NULL}, {VIF_CLASS_NONE, 0, 0, NULL}};

#ifndef VIF_NO_OVS
static const vif_plugin_profile vif__ovs_profiles[] = {
    {VIF_CLASS_VIFPortProfileOpenVSwitch, 0, 4}, {VIF_CLASS_VIFPortProfileOVSRepresentor, 0, 4},
    {VIF_CLASS_NONE, 0, 0}};
static const vif_plugin_vif vif__takes_ovs[] = {
    {VIF_CLASS_VIFBridge, 0, 0, vif__ovs_profiles},
    {VIF_CLASS_VIFOpenVSwitch, 0, 0, vif__ovs_profiles},
    {VIF_CLASS_VIFVHostUser, 0, 1, vif__ovs_profiles},
    {VIF_CLASS_VIFHostDevice, 0, 0, vif__ovs_profiles}, {VIF_CLASS_NONE, 0, 0, NULL}};
#endif

#ifndef VIF_NO_OVS
static const vif_plugin_profile vif__fp_profiles[] = {
    {VIF_CLASS_VIFPortProfileFPOpenVSwitch, 0, 4}, {VIF_CLASS_VIFPortProfileFPBridge, 0, 1},
    {VIF_CLASS_VIFPortProfileFPTap, 0, 1}, {VIF_CLASS_NONE, 0, 0}};
static const vif_plugin_vif vif__takes_fp[] = {
    {VIF_CLASS_VIFVHostUser, 0, 1, vif__fp_profiles}, {VIF_CLASS_NONE, 0, 0, NULL}};
#endif
#ifndef VIF_NO_HOSTDEV
static const vif_plugin_profile vif__no_profiles[] = {{VIF_CLASS_NONE, 0, 0}};
static const vif_plugin_vif vif__takes_hostdev[] = {
    {VIF_CLASS_VIFHostDevice, 0, 0, vif__no_profiles}, {VIF_CLASS_NONE, 0, 0, NULL}};
#endif

/* The built-in plugins, by name. The first that takes a class is its default, but for noop. */
static const vif_plugin vif__plugins[] = {
#ifndef VIF_NO_DIRECT
    {"direct", vif__takes_direct, vif__plan_direct},
#endif
    {"linux_bridge", vif__takes_bridge, vif__plan_linux_bridge},
#ifndef VIF_NO_NESTED
    {"nested", vif__takes_nested, vif__plan_nested},
#endif
    {"noop", vif__takes_any, vif__plan_noop},
#ifndef VIF_NO_OVS
    {"ovs", vif__takes_ovs, vif__plan_ovs},
#endif
#ifndef VIF_NO_HOSTDEV
    {"hostdev", vif__takes_hostdev, vif__plan_hostdev},
#endif
#ifndef VIF_NO_OVS
    {"vhostuser_fp", vif__takes_fp, vif__plan_fp},
#endif
    {"tap", vif__takes_generic, vif__plan_generic}};
#define VIF__PLUGIN_COUNT (sizeof vif__plugins / sizeof vif__plugins[0])

/* Plugin n of the agent's and then of the built-in ones; NULL behind the last. */
static const vif_plugin *vif__plugin(const vif_plugin *const *own, size_t count, size_t n)
{
    return n < count ? own[n] : n - count < VIF__PLUGIN_COUNT ? &vif__plugins[n - count] : NULL;
}

/* The row of the class among those that the plugin takes, or NULL. */
static const vif_plugin_vif *vif__plugin_takes(const vif_plugin *plugin, unsigned klass)
{
    const vif_plugin_vif *v = plugin->vifs;

    while (v->klass != VIF_CLASS_NONE && v->klass != klass) {
        v++;
    }
    return v->klass != VIF_CLASS_NONE ? v : NULL;
}

/* The VIF's own choice by name, else the first plugin that takes its class. */
static const vif_plugin *vif__plugin_for(const vif_plan_input *in)
{
    const vif_vif *vif = in->vif;
    const char *name = vif_has(vif->base.plugin) ? vif->base.plugin : NULL;
    const vif_plugin *plugin;
    size_t n = 0;

    while ((plugin = vif__plugin(in->plugins, in->plugin_count, n++)) != NULL) {
        if (name != NULL ? strcmp(plugin->name, name) == 0
                         : strcmp(plugin->name, "noop") != 0 &&
                           vif__plugin_takes(plugin, vif->object.klass) != NULL) {
            break;
        }
    }
    return plugin;
}

/* Whether the plugin takes this VIF with this port profile. noop takes whatever there is. */
static vif_status vif__plugin_match(const vif_plugin *plugin, const vif_vif *vif, vif_error *err)
{
    const vif_plugin_vif *takes = vif__plugin_takes(plugin, vif->object.klass);
    const vif_port_profile *profile = vif->base.port_profile;
    const vif_plugin_profile *p;

    if (plugin->plan == vif__plan_noop) {
        return VIF_OK;
    }
    if (takes == NULL) {
        return vif_fail(err, VIF_E_NO_VIF_CLASS, 0, vif_class_name((vif_class)vif->object.klass),
                         vif_status_words(VIF_E_NO_VIF_CLASS));
    }
    if (vif->object.major != 1 || vif->object.minor < takes->min_minor ||
        vif->object.minor > takes->max_minor) {
        return vif_fail(err, VIF_E_VIF_VERSION, 0, "versioned_object.version", NULL);
    }
    if (takes->profiles == NULL || !vif_has(profile)) {
        return VIF_OK;
    }
    for (p = takes->profiles; p->klass != VIF_CLASS_NONE; p++) {
        if (vif_is_a(&profile->object, p->klass)) {
            if (profile->object.major == 1 && profile->object.minor >= p->min_minor &&
                profile->object.minor <= p->max_minor) {
                return VIF_OK;
            }
            return vif_fail(err, VIF_E_PROFILE_VERSION, 0, "port_profile", NULL);
        }
    }
#ifndef VIF_NO_OVS
    if (plugin->plan == vif__plan_ovs) {
        return vif_fail(err, VIF_E_WRONG_PROFILE, 0, "port_profile", NULL);
    }
#endif
    return vif_fail(err, VIF_E_NO_PROFILE_CLASS, 0, "port_profile", NULL);
}

/* The owner is a part of tags, between colons, and of names of files. */
static bool vif__owner_good(const char *owner)
{
    const size_t len = strlen(owner);
    size_t i;

    for (i = 0; i < len; i++) {
        const char c = owner[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '.' || c == '_' || c == '-')) {
            return false;
        }
    }
    return len > 0 && len <= 64;
}

#ifndef VIF_NO_OVS
/* Whether the resource is of Open vSwitch and has its rows: an agent's plugin may have left them
 * out. */
static bool vif__is_ovs(const vif_resource *r)
{
    return r->kind >= VIF_RES_OVS_BRIDGE && r->kind <= VIF_RES_OVS_TAGGED && r->want.ovs != NULL;
}
#endif

/* What the resource is called in messages. */
static const char *vif__resource_name(const vif_resource *r)
{
#ifndef VIF_NO_OVS
    if (vif__is_ovs(r)) {
        return r->want.ovs->name != NULL ? r->want.ovs->name : "";
    }
#endif
    return vif__is(r, VIF__IS_DEVICE) ? r->want.device->address
        : vif__is(r, VIF__IS_FILE) ? r->want.dns->file : r->link;
}

/* The id goes into tags, where "shared" has a meaning of its own. What the reference only warns
 * about cannot be taken here. */
static vif_status vif__id_check(const char *id, vif_error *err)
{
    return vif_has_text(id) && strlen(id) <= 80 && strcmp(id, "shared") != 0
        ? VIF_OK : vif_fail(err, VIF_E_FIELD, 0, "id",
                            "1 to 80 bytes are required, and not \"shared\"");
}

#ifndef VIF_NO_OVS
/* A patch port is no link, and its name may be longer than a link's. */
static const char *vif__ovs_name_check(const vif_ovs *o)
{
    const vif_ovs_column *c = o->columns;
    char end[16];
    size_t len;

    while (c != NULL && (strcmp(c->column, "type") != 0 || strcmp(c->value, "patch") != 0)) {
        c = c->next;
    }
    len = strlen(o->name);
    if (c == NULL || len < 16) {
        return vif_ifname_check(o->name);
    }
    memcpy(end, o->name + len - 15, sizeof end);
    return len > 64 ? "longer than 64 bytes" : vif_ifname_check(end);
}

/* A column names one of the kind's tables, and is a map everywhere or nowhere. */
static bool vif__ovs_column_good(const vif_ovs *o, const vif_ovs_column *c)
{
    const vif_ovs_column *other = o->columns;

    if (c->table == NULL || c->column == NULL || c->value == NULL ||
        (o->bridge == NULL) != (strcmp(c->table, "Bridge") == 0) ||
        (c->json && !vif_json_valid(c->value, strlen(c->value)))) {
        return false;
    }
    while (other != c && (strcmp(other->table, c->table) != 0 ||
                          strcmp(other->column, c->column) != 0)) {
        other = other->next;
    }
    return (other->key == NULL) == (c->key == NULL);
}

#ifndef VIF_NO_NETWORKS
/* What is refused where it is not as it has to be. */
static bool vif__ovs_needs_words(const vif_resource *r)
{
    return r->whose == VIF_BORROWED || (r->whose == VIF_COUNTED && r->want.ovs->bridge != NULL);
}
#endif

/* What is wrong with a bridge or port of Open vSwitch, or NULL. */
static const char *vif__ovs_check(const vif_plan *plan, const vif_resource *r)
{
    const vif_ovs *o = r->want.ovs;
    const vif_resource *bridge = plan->items, *other;
    const vif_ovs_column *c;

    if (o != NULL && o->name != NULL && r->kind == VIF_RES_OVS_TAGGED) {
        return NULL;
    }
    if (o == NULL || o->name == NULL ||
        (o->bridge == NULL) != (r->kind == VIF_RES_OVS_BRIDGE) ||
        (o->qos_max_rate != NULL && (o->qos == NULL || o->qos_none)) ||
        (o->qos_burst != NULL && o->qos_max_rate == NULL) || !vif__mirrors_good(o->mirrors)) {
        return "the plugin left the resource incomplete";
    }
#ifndef VIF_NO_NETWORKS
    if (o->refusal == NULL && vif__ovs_needs_words(r)) {
        return "the plugin has no words to refuse it";
    }
#endif
    for (c = o->columns; c != NULL; c = c->next) {
        if (!vif__ovs_column_good(o, c)) {
            return "a column is incomplete, or no column of this table";
        }
    }
    for (other = plan->items; other != r && o->iface_id != NULL; other++) {
        if (other->kind == VIF_RES_OVS_PORT && other->want.ovs->iface_id != NULL &&
            strcmp(other->want.ovs->iface_id, o->iface_id) == 0) {
            return "another port of the plan has the same interface id";
        }
    }
    while (o->bridge != NULL && bridge != r && (bridge->kind != VIF_RES_OVS_BRIDGE ||
                                                strcmp(bridge->want.ovs->name, o->bridge) != 0)) {
        bridge++;
    }
    return bridge == r && o->bridge != NULL ? "the plan has no bridge for the port"
        : vif__ovs_name_check(o);
}
#endif

/* Whether the resource makes a link: what else needs one is tested only where that is there. */
static bool vif__makes_link(const vif_resource *r)
{
    return (vif__kinds[r->kind].facts & VIF__NEEDS) == VIF__MAKES || vif__is(r, VIF__IS_OVER);
}

/* Whether a link of that name is the resource's, or its other end. */
static bool vif__is_end(const vif_resource *r, unsigned ns, const char *name)
{
    return (r->ns == ns && strcmp(r->link, name) == 0) ||
        (vif__is(r, VIF__HAS_PEER) && r->other_ns == ns && strcmp(r->other, name) == 0);
}

/* Whether two links of one name would be made, or a link be its own master. */
static bool vif__plan_twice(const vif_plan *plan, const vif_resource *r)
{
    const vif_resource *other = plan->items;

    if (vif__is(r, VIF__HAS_OTHER) && r->ns == r->other_ns && strcmp(r->link, r->other) == 0) {
        return true;
    }
    while (vif__makes_link(r) && other != r &&
           !(vif__makes_link(other) && (vif__is_end(other, r->ns, r->link) ||
              (vif__is(r, VIF__HAS_PEER) && vif__is_end(other, r->other_ns, r->other))))) {
        other++;
    }
    return vif__makes_link(r) && other != r;
}

/* An agent's plugin may leave out what a kind needs: refused here, before anything runs. */
#ifndef VIF_NO_OVS
/* Refuses the plan for the first thing that is wrong with the rows of one resource. */
static void vif__ovs_complete(vif_plan *plan, const vif_resource *r)
{
    const vif_ovs *o = r->want.ovs;
    const char *bad = vif__ovs_check(plan, r);

    if (bad != NULL) {
        vif_plan_refuse(plan, o != NULL && o->name != NULL ? VIF_E_FIELD : VIF_E_INVAL,
                        vif__resource_name(r), bad);
    }
}
#endif

/* Whether all that the kind's facts promise is there. */
static bool vif__plan_has_ns(const vif_plan *plan, const vif_resource *r, unsigned ns)
{
    return ns == 0 || (ns < VIF_PLAN_NAMESPACES && plan->namespaces[ns].set &&
                       vif__is(r, VIF__ANYWHERE));
}

/* Facts say what a kind cannot do without; four kinds need one thing more. */
static bool vif__plan_has_all(const vif_plan *plan, const vif_resource *r)
{
    const vif_ip *ip = &r->want.ip.address;
    const bool has_ip = (ip->len == 4 || ip->len == 16) && ip->prefix <= ip->len * 8;

    return vif__plan_has_ns(plan, r, r->ns) && vif__plan_has_ns(plan, r, r->other_ns) &&
        (!vif__is(r, VIF__HAS_OTHER) || r->other[0] != '\0') &&
        (!vif__is(r, VIF__IS_OVER) || r->other_ns == 0 || r->other_ns == r->ns) &&
        (!vif__is(r, VIF__HAS_IP) || has_ip) &&
        (!vif__is(r, VIF__HAS_POINTER) || r->want.pointer != NULL) &&
        ((r->kind != VIF_RES_VXLAN && r->kind != VIF_RES_BOND) || r->want.link.more != NULL) &&
        (!vif__is(r, VIF__IS_DEVICE) || r->want.device->address != NULL) &&
        (!vif__is(r, VIF__IS_FILE) || (r->want.dns->file != NULL && r->want.dns->root != NULL &&
                                       r->want.dns->count <= VIF_DNS_SERVERS)) &&
        (r->kind != VIF_RES_DRIVER || r->want.device->driver != NULL) &&
        (r->kind != VIF_RES_RATE || (r->want.rate.average >= 0 && r->want.rate.peak >= 0)) &&
        (r->kind != VIF_RES_PORT_VLANS || r->want.vlans.pvid < 4095) &&
        (r->kind != VIF_RES_CONF || r->want.conf.which < VIF_CONF_COUNT);
}

/* Goes over a finished plan, whoever's planner has written it, so that the kinds may rely on it. */
static void vif__plan_complete(vif_plan *plan)
{
    size_t i;

    for (i = 0; i < plan->count && plan->error.status == VIF_OK; i++) {
        vif_resource *r = &plan->items[i];
        const bool known = (unsigned)r->kind < VIF_RES_COUNT && vif__kinds[r->kind].name != NULL;

        if (!known || !vif__plan_has_all(plan, r)) {
            vif_plan_refuse(plan, VIF_E_INVAL, r->link, known
                            ? "the plugin left the resource incomplete"
                            : "this kind of resource is left out of the library");
            return;
        }
#ifndef VIF_NO_OVS
        if (vif__is(r, VIF__IS_ROW)) {
            vif__ovs_complete(plan, r);
        }
#endif
        if (vif__plan_twice(plan, r)) {
            vif__plan_bad(plan, r->link, "two links of the VIF have this name");
        }
    }
}

/* The plan of a VIF, by the plugin that takes it. */
static vif_status vif__plan_vif(vif_plan *plan, const vif_plan_input *in, vif_error *err)
{
    const vif_plugin *plugin = vif__plugin_for(in);
    vif_status st;

    if (plugin == NULL) {
        const char *name = vif_has(in->vif->base.plugin) ? in->vif->base.plugin : "";

        (void)vif_fail(err, VIF_E_NO_PLUGIN, 0, "plugin", name[0] != '\0'
            ? "no plugin of that name: " : "is not set, and the class has no default");
        if (err != NULL) {
            vif_cat_escaped(err->text, sizeof err->text, name, strlen(name));
        }
        return VIF_E_NO_PLUGIN;
    }
    st = vif__plugin_match(plugin, in->vif, err);
    if (st != VIF_OK) {
        return st;
    }
    plan->plugin = plugin->name;
    plugin->plan(plan, in);
    return VIF_OK;
}

/* The plan, written by its planner in scratch memory. */
static vif_status vif__plan_write(vif_plan *plan, const vif_plan_input *in, vif_error *err)
{
    vif_status st = VIF_OK;

    if (in->vif != NULL) {
        st = vif_validate(&in->vif->object, err);
        if (st == VIF_OK && !vif_is_a(&in->vif->object, VIF_CLASS_VIFBase)) {
            st = vif_fail(err, VIF_E_OBJECT, 0, "", "a VIF is required");
        }
    }
    if (in->vif == NULL && in->plan == NULL) {
        st = vif_fail(err, VIF_E_INVAL, 0, "vif", "a VIF, or a planner, is required");
    }
    st = st == VIF_OK ? vif__id_check(vif__input_id(in), err) : st;
    st = st == VIF_OK ? vif__options_check(in->options, err) : st;
    if (st == VIF_OK && in->vif != NULL) {
        st = vif__plan_vif(plan, in, err);
    } else if (st == VIF_OK) {
        in->plan(plan, in);
    }
    if (st != VIF_OK) {
        return st;
    }
    vif__plan_guest(plan, plan->priv.as != NULL ? plan->priv.as : in);
#ifndef VIF_NO_NETWORKS
    if (plan->priv.as != NULL && in->plan == vif__plan_nic) {
        vif__nic_service(plan, in);
    }
#endif
    vif__plan_complete(plan);
    if (plan->error.status != VIF_OK) {
        plan->count = 0;                /* what was refused is not even for print */
        if (err != NULL) {
            *err = plan->error;
        }
    }
    return plan->error.status;
}

/* The options that are none of a resource's, with their defaults. */
static vif_policy vif__plan_policy(const vif_options *o)
{
    const vif_u32 commit = o->ovs_commit_timeout_s;
    vif_policy p;

    p.ovs_wait = o->ovs_wait != VIF_OVS_WAIT_UNSET ? o->ovs_wait : VIF_OVS_WAIT_APPLIED;
    p.ovs_take_over = o->ovs_take_over == VIF_TRUE;
    p.ovs_remove_stale = o->ovs_remove_stale == VIF_TRUE;
    p.ovs_device_later = o->ovs_device_later == VIF_TRUE;
    p.ovs_commit_ms = 120000;
    if (commit.set) {
        p.ovs_commit_ms = commit.value == 0 ? INT64_MAX / 2 : (int64_t)commit.value * 1000;
    }
    p.ovs_applied_ms = o->ovs_applied_timeout_ms != 0 ? o->ovs_applied_timeout_ms : 10000;
    p.profile_ms = o->profile_timeout_ms != 0 ? o->profile_timeout_ms : 10000;
    p.service_ms = o->service_timeout_ms != 0 ? o->service_timeout_ms : 60000;
    p.ovs_ready_ms = o->ovs_ready_timeout_ms != 0 ? o->ovs_ready_timeout_ms : 60000;
    return p;
}

/* Gives a new plan its memory: scratch, of any alignment, for a spare and some resources; what is
 * more, and what lasts, is taken of the arena. */
static void vif__plan_init(vif_plan *plan, vif_arena *arena, void *scratch, size_t size,
                           const vif_options *options)
{
    const size_t aside = (size_t)(-(uintptr_t)scratch % sizeof(void *));

    memset(plan, 0, sizeof *plan);
    plan->policy = vif__plan_policy(options);
    plan->priv.arena = arena;
    plan->priv.spare = (vif__plan_spare *)(void *)((unsigned char *)scratch + aside);
    plan->items = (vif_resource *)(void *)(plan->priv.spare + 1);
    plan->priv.cap = (size - aside - sizeof *plan->priv.spare) / sizeof *plan->items;
}

/* Copies a good plan from the scratch to the arena; one that was refused has no resources. */
static vif_status vif__plan_keep(vif_plan *plan, vif_status st, vif_error *err)
{
    vif_resource *items = plan->items;

    if (st == VIF_OK && items == (vif_resource *)(void *)(plan->priv.spare + 1)) {
        items = (vif_resource *)vif_arena_alloc(plan->priv.arena, plan->count * sizeof *items + 1);
        st = items != NULL ? VIF_OK
            : vif_fail(err, VIF_E_NOMEM, 0, "", "no memory for the plan");
    }
    plan->count = st == VIF_OK ? plan->count : 0;
    if (plan->count > 0 && items != plan->items) {
        memcpy(items, plan->items, plan->count * sizeof *items);
    }
    plan->items = items;
    plan->priv.cap = plan->count;
    return st;
}

/* Scratch and what lasts come from the same arena: a caller has but one. */
VIF_API vif_status vif_plan_make(vif_plan *plan, vif_arena *arena, const vif_plan_input *in,
                                 vif_error *err)
{
    const size_t size = sizeof(vif__plan_spare) + 24 * sizeof(vif_resource);
    void *scratch = vif_arena_alloc(arena, size);

    if (scratch == NULL) {
        memset(plan, 0, sizeof *plan);
        return vif_fail(err, VIF_E_NOMEM, 0, "", "no memory for the plan");
    }
    vif__plan_init(plan, arena, scratch, size, in->options);
    return vif__plan_keep(plan, vif__plan_write(plan, in, err), err);
}

/* A link that an unplug found by its tag. One that is noted, or no software of the kernel's, is
 * hardware that nobody deletes: a representor that was given a name. */
static void vif__plan_gone(vif_plan *plan, const char *name, const char *kind)
{
#ifndef VIF_NO_OVS
    size_t i = 0;

    while (i < plan->count && (!vif__is(&plan->items[i], VIF__IS_DEVICE) ||
                               strcmp(plan->items[i].want.device->address, name) != 0)) {
        i++;
    }
    if (i < plan->count) {
        return;
    }
    if (kind[0] == '\0') {
        vif__plan_named(plan, name, NULL);
        return;
    }
#endif
    (void)kind;
    (void)vif_plan_add(plan, VIF_RES_DEVICE, VIF_OWN, name, NULL);
}

#ifndef VIF_NO_NETWORKS
/* "core0.172.18.0.7": the address is behind the fourth dot from the end. */
static void vif__plan_found_lease(vif_plan *plan, const char *name)
{
    size_t at = strlen(name), dots = 0;
    char bridge[16] = "";
    vif_resource *r;

    while (at > 0 && dots < 4) {
        at--;
        dots += name[at] == '.';
    }
    if (at < sizeof bridge && dots == 4) {
        memcpy(bridge, name, at);
        r = vif_plan_add(plan, VIF_RES_LEASE, VIF_OWN, bridge, NULL);
        (void)vif_ip_parse(name + at + 1, strlen(name + at + 1), false, &r->want.ip.address);
    }
}
#endif

/* One thing that was found, as a resource of the VIF's own. */
static void vif__plan_found_one(vif_plan *plan, const vif_found *f, const char *tag)
{
#ifndef VIF_NO_NETWORKS
    const char *link = NULL;
    const vif_nft_use use = vif_nft_chain_of(f->name, &link);

    if (strcmp(f->kind, "nft chain") == 0) {
        if (use != VIF_NFT_USES) {
            (void)vif__plan_nft(plan, use, VIF_OWN, link);
        }
        return;
    }
#endif
    if (strcmp(f->kind, "note") == 0) { /* nothing of it is removed: entering is what recovers */
        (void)vif_plan_add(plan, VIF_RES_BRIDGE, VIF_SHARED, f->id, NULL);
        (void)vif_plan_add(plan, VIF_RES_MOVE, VIF_SHARED, f->name, f->id);
    } else if (f->index != 0) {
        vif__plan_gone(plan, f->name, f->kind);
#ifndef VIF_NO_NETWORKS
    } else if (strcmp(f->kind, "lease") == 0) {
        vif__plan_found_lease(plan, f->name);
#endif
#ifndef VIF_NO_SWITCH
    } else if (strcmp(f->kind, "record") == 0) {
        vif__plan_record(plan, VIF_OWN, f->name, ".group", "");
#endif
#ifndef VIF_NO_OVS
    } else {
        const bool port = strcmp(f->kind, "ovs port") == 0, trunk = !port && vif__is_trunk(f->name);
        vif_resource *r = vif_plan_ovs(plan, port ? VIF_RES_OVS_PORT : VIF_RES_OVS_BRIDGE,
                                       trunk ? VIF_COUNTED : VIF_OWN, f->name, port ? "" : NULL);

        r->want.ovs->by_vifs = trunk;
        (void)vif__plan_ovs_tag(plan, r, tag);
#endif
    }
    (void)tag;
}

/* A letter for what was found: a link, a bridge or port of Open vSwitch, a chain of rules, an
 * address of a pool. A device has none, as its note says more. */
static char vif__found_sort(const vif_found *f)
{
    if (f->index != 0) {
        return 'l';
    }
    if (strncmp(f->kind, "ovs ", 4) == 0) {
        return f->kind[4];
    }
    if (strcmp(f->kind, "nft chain") == 0) {
        return 'c';
    }
    return strcmp(f->kind, "lease") == 0 || strcmp(f->kind, "record") == 0 ? 'a' : '\0';
}

/* The plan of an unplug for a VIF of which nothing is known but what carries its tag: its links,
 * bridges, chains of rules, ports. An unplug goes over them backwards. */
VIF__APART
static vif_status vif__plan_found(vif_plan *plan, const vif_plan_input *in, const vif_subject *s,
                                  vif_error *err)
{
    static const char order[5] = {'l', 'b', 'c', 'p', 'a'};
    char text[160];
    const char *tag;
    size_t i, pass;

    if (s->id == NULL || in->verb != VIF_UNPLUG) {
        return vif_fail(err, VIF_E_INVAL, 0, "vif", "a VIF, or an id to unplug, is required");
    }
    if (vif__id_check(s->id, err) != VIF_OK) {
        return VIF_E_FIELD;             /* what is shared is nobody's own */
    }
    vif__tag(text, sizeof text, in->owner, s->id);
    tag = vif__plan_text(plan, text);
    plan->plugin = "found";
#ifdef VIF__DEVICES
    vif__plan_noted(plan, in);
#endif
    for (pass = 0; pass < sizeof order && tag != NULL; pass++) {
        for (i = 0; i < s->found_count; i++) {
            const vif_found *f = &s->found[i];

            if (vif__found_sort(f) == order[pass] && strcmp(f->id, s->id) == 0) {
                vif__plan_found_one(plan, f, tag);
            }
        }
    }
    if (plan->error.status != VIF_OK && err != NULL) {
        *err = plan->error;
    }
    return vif__plan_keep(plan, plan->error.status, err);
}

/* >>job: one verb at work on one VIF
 *
 * A public vif_job has a task (vif__job) for each of its subjects that is in flight: its plan, what
 * is known of the links that the plan names, and how far its walk is. A task owns its memory and
 * its errors, so that tasks do not disturb each other; requests are built in memory of the host's,
 * as a request to the kernel is answered before anything else is done. */

typedef struct vif__info {
    struct vif__info *next;
    bool known;                         /* the kernel has answered */
    vif_link_info link;
} vif__info;

typedef struct vif__diff {
    struct vif__diff *next;
    const vif_resource *resource;
    vif_difference difference;
} vif__diff;

enum { VIF__NEW, VIF__SKIPPED, VIF__RIGHT, VIF__DIFFERENT, VIF__APPLIED };
/* Phases of a walk. TESTING goes over the whole plan before anything is changed, so that what will
 * be refused is refused first; then it goes FORWARD and applies, or BACK over what it did. */
enum { VIF__TESTING, VIF__FORWARD, VIF__BACK, VIF__REMOVE, VIF__OVER };

#ifndef VIF_NO_OVS
/* The group of adjacent OVSDB resources that a task is at. Several tasks may have their requests in
 * one transaction: the first of them leads, the others follow as its mates. */
typedef struct vif__rows {
    bool active;                        /* the walk has reached the group, and it is not over */
    bool detached;                      /* the walk has gone on; only the switch is waited for */
    bool maybe;                         /* a change was sent, and its reply lost */
    bool leave_bridges, leave_qos;      /* to those who use them */
    bool renewing;                      /* ports go first, and are made when the switch says so */
    uint8_t state, tries;
    uint32_t dials;                     /* the host's, when there was a connection or none tried */
    uint16_t limit;                     /* most tasks in its next transaction; 0: no limit */
    size_t first, end, at_fault;        /* resources of the plan */
    struct vif__task *mate;             /* the next one of the same transaction */
    int64_t request, next_cfg;          /* request: of the one that leads */
    int64_t deadline;                   /* by the clock of the connection; 0: there is none yet */
    int64_t since;                      /* when the walk came to the group; see vif__now_us */
    int first_op, end_op, cfg_op;       /* its own operations; that for next_cfg */
    vif_ovsdb_txn *txn;                 /* while a request is built or answered */
    int ops;                            /* of the whole transaction */
} vif__rows;
#endif

enum { VIF__DOOMED = 4, VIF__PATH_SIZE = sizeof ((vif_host *)0)->priv.path };

struct vif__task {                      /* first what is used most: near fields make small code */
    struct vif__task *next[2];          /* in a queue of walks; in one of the lane */
    vif_job *owner;
    vif_host *host;
    uint8_t ns;                         /* the namespace of the resource that is being worked on */
    size_t at;                          /* the resource whose turn it is; BACK, REMOVE: plus one */
    vif_verb verb;
    vif_status status;                  /* the first failure; error tells more */
    uint8_t phase;
    bool dry;                           /* test only, and note the differences */
    bool left_behind;                   /* taking back failed, too */
    bool forgetful;                     /* a difference could not be noted */
    bool alone;                         /* its links are deleted one by one */
    bool deleted;                       /* the doomed links have gone, or could not */
    bool parked;                        /* in no queue of walks: something has to come first */
    bool asleep;                        /* the step comes again, at the time `wake` */
    bool entered, shares, noted;        /* see >>runner: shared bridges */
    bool shares_lock;                   /* another task of this host has it */
    bool unfinished;                    /* what failed is the set-up of the bridge itself */
    uint8_t in_use;                     /* 1: no, 2: somebody else uses the bridge meanwhile */
    uint16_t lock_tries;
    vif_result *result;                 /* of the subject: also why it failed */
    vif_buf buf;                        /* a request under construction */
    vif_error step;                     /* of what is being done now */
    vif_plan plan;
    vif_arena arena;
    vif_buf trial;                      /* another one */
    vif__info *infos;
    vif__diff *diffs, *last_diff;
    size_t diff_count;
    vif_resource *doomed[VIF__DOOMED];   /* links that go at the end of an unplug, at once */
    size_t doomed_count;
    const char *tag, *shared_tag;       /* of what is the VIF's own; of what is shared */
    size_t subject;                     /* its number in the job */
    size_t ports;                       /* of the shared bridge, before all changes */
    void *memory;                       /* that its arena began with, of the hook or the caller */
    size_t memory_size;
    struct vif__task *next_locking;
    vif_fd lock;
#ifndef VIF_NO_OVS
    vif__rows rows;
#endif
    int64_t wake;
    uint32_t waited;                    /* ms that the step has waited so far */
#ifndef VIF_NO_QBG
    struct vif__talk *talk;             /* with lldpad; NULL: none under way */
#endif
#ifndef VIF_NO_ANNOUNCE
    vif_fd packet;                      /* between the two announcements */
#endif
    char *path;                         /* of the host's room for one: good for the call at hand */
};

#ifndef VIF_NO_WATCH
static void vif__watch_learn(const vif__job *j);
#else
#define vif__watch_learn(j) ((void)0)
#endif
#if !defined(VIF_NO_WATCH) && !defined(VIF_NO_OVS)
static void vif__watch_event(vif_host *h, const vif_ovsdb_event *ev);
#else
#define vif__watch_event(h, ev) ((void)0)
#endif
static void vif__log(vif__job *j, const char *what, const vif_resource *r);
#ifndef VIF_NO_DRY_RUN
static void vif__dry_print(const vif__job *j, vif_text *text);
#endif

/* Fails the step: the kernel's words are in j->step already, or text says what is wrong. */
static vif_status vif__step_fail(vif__job *j, vif_status status, const char *text)
{
    return vif_fail(&j->step, status, 0, "", text);
}

/* The same with up to three texts in it: see vif__cat_format. */
static vif_status vif__step_say(vif__job *j, vif_status status, const char *format, const char *a,
                                const char *b, const char *c)
{
    (void)vif__step_fail(j, status, "");
    vif__cat_format(j->step.text, sizeof j->step.text, format, a, b, c);
    return status;
}

static vif_status vif__no_memory(vif__job *j)
{
    return vif__step_fail(j, VIF_E_NOMEM, "no memory for the job");
}

/* Memory, all zero, that lives as long as the task; NULL: the step has failed. */
static void *vif__alloc(vif__job *j, size_t size)
{
    void *p = vif_arena_alloc(&j->arena, size);

    if (p == NULL) {
        (void)vif__no_memory(j);
    }
    return p;
}

static void vif__step_cat(vif__job *j, const char *text)
{
    vif_cat(j->step.text, sizeof j->step.text, text);
}

/* >>job: the host's links */

/* Ends the stay in another namespace: an open socket keeps it alive. */
static void vif__nl_leave(vif_host *h)
{
    if (h->priv.guest != NULL) {
        vif_nl_close(&h->priv.guest_nl);
        if (h->priv.far_fd.set) {
            (void)close(h->priv.far_fd.fd);
        }
    }
    h->priv.guest = NULL;
}

/* The way to a namespace of the task's plan: the host's own socket, or one that works in there. One
 * of those is open at a time, as a walk is done with one task before it goes on with the next. All
 * receive into the same memory. NULL: j->step tells why not. */
static vif_nl *vif__nl(vif__job *j, unsigned ns)
{
    vif_host *h = j->host;
    const int fd = j->plan.namespaces[ns].fd;
    vif_nl_desc d = vif_nl_desc_like(&h->nl);
    unsigned char count[sizeof h->priv.guest_nl.count];
    vif_status st;

    if (ns == 0 || (h->priv.guest == j && h->priv.guest_ns == ns)) {
        return ns == 0 ? &h->nl : &h->priv.guest_nl;
    }
    vif__nl_leave(h);
    memcpy(count, &h->priv.guest_nl.count, sizeof count);
    h->priv.far_fd.set = h->desc.netlink_in != NULL;
    if (h->priv.far_fd.set) {
        h->priv.far_fd.fd = h->desc.netlink_in(h->desc.user, fd);
        d.fd = h->priv.far_fd;
        st = d.fd.fd >= 0 ? vif_nl_open(&h->priv.guest_nl, &d, &j->step)
            : vif_fail(&j->step, VIF_E_SYSTEM, errno, "netlink_in", NULL);
        if (st != VIF_OK && d.fd.fd >= 0) {
            (void)close(d.fd.fd);
        }
    } else {
        st = vif_nl_open_in(&h->priv.guest_nl, &d, fd, &j->step);
    }
    memcpy(&h->priv.guest_nl.count, count, sizeof count);
    h->priv.guest = st == VIF_OK ? j : NULL;
    h->priv.guest_ns = (uint8_t)ns;
    return st == VIF_OK ? &h->priv.guest_nl : NULL;
}

/* Who may attach to a tap, and by how many queues: what decides whether a tap that is already there
 * will do. */
static void vif__info_tun(vif_link_info *info, vif_nl_view data)
{
    vif_tun tun;

    if (!vif_tun_parse(data, &tun)) {
        return;
    }
    info->is_tap = tun.type == VIF_TUN_IS_TAP;
    info->vnet_hdr = tun.vnet_hdr != 0;
    info->multi_queue = tun.multi_queue != 0;
    info->queues = tun.num_queues + tun.num_disabled_queues;
    info->uid.set = (tun.present & VIF_TUN_OWNER) != 0;
    info->uid.value = tun.owner;
    info->gid.set = (tun.present & VIF_TUN_GROUP) != 0;
    info->gid.value = tun.group;
}

/* The switches of a port, in the order of VIF_PORT_*: a byte of vif_bridge_port, its bit in
 * present. */
typedef struct vif__switch {
    uint8_t offset;
    uint32_t present;
} vif__switch;
static const vif__switch vif__port_rows[6] = {
    {offsetof(vif_bridge_port, isolated), VIF_BRIDGE_PORT_ISOLATED},
    {offsetof(vif_bridge_port, hairpin), VIF_BRIDGE_PORT_HAIRPIN},
    {offsetof(vif_bridge_port, learning), VIF_BRIDGE_PORT_LEARNING},
    {offsetof(vif_bridge_port, unicast_flood), VIF_BRIDGE_PORT_UNICAST_FLOOD},
    {offsetof(vif_bridge_port, mcast_flood), VIF_BRIDGE_PORT_MCAST_FLOOD},
    {offsetof(vif_bridge_port, bcast_flood), VIF_BRIDGE_PORT_BCAST_FLOOD}};

/* Packs the switches of a bridge's port into bits, as plans have them. */
static void vif__info_port(vif_link_info *info, vif_nl_view slave_data)
{
    vif_bridge_port p;
    unsigned i;

    info->port = 0;
    if (!vif_bridge_port_parse(slave_data, &p)) {
        return;
    }
    for (i = 0; i < 6; i++) {
        const unsigned char *on = (const unsigned char *)&p + vif__port_rows[i].offset;

        info->port |= (uint8_t)((*on != 0 ? 1u : 0) << i);
    }
}

/* One setting: its place below /proc/sys/net, its number in netlink's arrays. */
typedef struct vif__conf_row {
    char dir[5], file[17];
    uint8_t number;
} vif__conf_row;
#define VIF__CONF_ROW(name, dir, file, number) {dir, file, number},
static const vif__conf_row vif__confs[] = {VIF_CONF_MAP(VIF__CONF_ROW)};

static bool vif__conf_is_ipv6(unsigned which)
{
    return vif__confs[which].dir[3] == '6';
}

static bool vif__conf_is_neigh(unsigned which)
{
    return vif__confs[which].number == VIF__CONF_NEIGH;
}

/* Copies the settings that plans may name. A bit of conf_known says that the link has the family at
 * all: with IPv6 off, or not there, its settings are unknown and not zero. */
static void vif__info_conf(vif_link_info *info, const vif_link *link)
{
    unsigned i;

    info->conf_known = 0;
    for (i = 0; i < VIF_CONF_COUNT; i++) {
        if (vif__conf_is_ipv6(i)
                ? vif_link_inet6_conf(link, vif__confs[i].number, &info->conf[i])
                : vif_link_inet_conf(link, vif__confs[i].number, &info->conf[i])) {
            info->conf_known |= 1u << i;
        }
    }
}

#ifndef VIF_NO_NETWORKS
/* Its lower device is told among its own attributes only. */
static void vif__info_vxlan(vif_link_info *info, vif_nl_view data)
{
    vif_vxlan vxlan;

    if (vif_vxlan_parse(data, &vxlan)) {
        info->vni = vxlan.id;
        info->lower = (int32_t)vxlan.link;
    }
}
#endif

/* The last half of an IPv6 address. */
static uint64_t vif__id_of(const uint8_t address[16])
{
    uint64_t id;

    memcpy(&id, address + 8, sizeof id);
    return id;
}

/* 0: there is none. */
static uint64_t vif__token_of(vif_nl_view af_spec)
{
    uint8_t token[16] = {0};

    (void)vif_link_token(af_spec, token);
    return vif__id_of(token);
}

/* What the kernel said of a link. The name stays as it was asked for. */
static void vif__info_fill(vif_link_info *info, const vif_link *link)
{
    vif_macvlan macvlan;
    vif_vlan vlan;

    memcpy(info->real_name, link->name, sizeof info->real_name);
    info->index = link->index;
    info->type = link->type;
    info->flags = link->flags;
    info->mtu = link->mtu;
    info->master = (link->present & VIF_LINK_MASTER) != 0 ? (int32_t)link->master : 0;
    info->lower = (link->present & VIF_LINK_LINK) != 0 ? (int32_t)link->link : 0;
    info->lower_ns.set = (link->present & VIF_LINK_LINK_NETNSID) != 0;
    info->lower_ns.value = (uint32_t)link->link_netnsid;
    memcpy(info->mac, link->mac, 6);
    memcpy(info->kind, link->kind, sizeof info->kind);
    info->alias[0] = '\0';
    if ((link->present & VIF_LINK_ALIAS) != 0) {
        /* A tag of ours always fits: a longer alias is nobody's tag, and is kept cut. */
        const size_t len = link->alias.len < sizeof info->alias - 1 ? link->alias.len
                                                                    : sizeof info->alias - 1;

        memcpy(info->alias, link->alias.data, len);
        info->alias[len] = '\0';
    }
    if (strcmp(info->kind, "vlan") == 0 && vif_vlan_parse(link->kind_data, &vlan)) {
        info->vlan = vlan.id;
    }
#ifndef VIF_NO_NETWORKS
    if (strcmp(info->kind, "vxlan") == 0) {
        vif__info_vxlan(info, link->kind_data);
    } else if (strcmp(info->kind, "bond") == 0) {
        (void)vif_bond_parse(link->kind_data, &info->bond);
    }
#endif
    if (strcmp(info->kind, "tun") == 0) {
        vif__info_tun(info, link->kind_data);
    }
    if (strncmp(info->kind, "macv", 4) == 0 && vif_macvlan_parse(link->kind_data, &macvlan)) {
        info->mode = (uint8_t)macvlan.mode;
    }
    if (strcmp(link->slave_kind, "bridge") == 0) {
        vif__info_port(info, link->slave_data);
    }
    info->token = vif__token_of(link->af_spec);
    vif__info_conf(info, link);
}

/* A message of another sort, or one that makes no sense, changes nothing. */
static void vif__info_read(vif_link_info *info, const vif_nl_msg *msg)
{
    vif_link link;

    if (vif_link_parse(msg, &link)) {
        vif__info_fill(info, &link);
    }
}

/* A plan names a handful of links, so that a list is searched as fast as any table. */
static vif__info *vif__info_find(const vif__job *j, unsigned ns, const char *name)
{
    vif__info *i = j->infos;

    while (i != NULL && (i->link.ns != ns || strcmp(i->link.name, name) != 0)) {
        i = i->next;
    }
    return i;
}

/* Remembers that a link is of interest; nothing is known of it yet. */
static vif__info *vif__info_add(vif__job *j, unsigned ns, const char *name)
{
    vif__info *i = (vif__info *)vif__alloc(j, sizeof *i);

    if (i == NULL) {
        return NULL;
    }
    i->link.ns = (uint8_t)ns;
    vif__name_copy(i->link.name, name);
    i->next = j->infos;
    j->infos = i;
    return i;
}

enum { VIF__FETCHED = 16 };             /* links that one datagram asks for, at most */

/* Nothing is known of a link but what it is called and where it is to be: what was seen of one that
 * has gone meanwhile must not be taken for what an absent one has. */
static void vif__info_forget(vif_link_info *info)
{
    const vif_link_info seen = *info;

    memset(info, 0, sizeof *info);
    info->ns = seen.ns;
    memcpy(info->name, seen.name, sizeof info->name);
    memcpy(info->real_name, seen.real_name, sizeof info->real_name);
}

/* Asks for each of the links by its name and waits for all answers. An answer that a link does not
 * exist is knowledge; one that is missing leaves all of them unknown. */
static vif_status vif__fetch_once(vif__job *j, vif__info *const *links, size_t count)
{
    vif_nl *nl = vif__nl(j, links[0]->link.ns);
    vif_nl_event event;
    vif_nl_msg msg;
    vif_status st;
    size_t i, answered = 0;

    if (nl == NULL) {
        return j->step.status;
    }
    vif_buf_init(&j->buf, j->buf.data, j->buf.cap);
    for (i = 0; i < count; i++) {
        links[i]->known = false;
        vif__info_forget(&links[i]->link);
        vif_nl_put_link_get(&j->buf, 0, links[i]->link.name, 0);
    }
    st = vif_nl_send(nl, &j->buf, &j->step);
    if (st != VIF_OK) {
        return st;
    }
    while ((event = vif_nl_next(nl, &msg, NULL)) != VIF_NL_DONE) {
        if (event == VIF_NL_MESSAGE && msg.request < count) {
            vif__info_read(&links[msg.request]->link, &msg);
        } else if (event == VIF_NL_ANSWER && st == VIF_OK && msg.request < count) {
            answered++;
            st = vif_nl_answer(&msg, &j->step);
            st = st == VIF_E_NO_INTERFACE ? VIF_OK : st;
            links[msg.request]->known = st == VIF_OK;
        }
    }
    if (st == VIF_OK && answered < count) {
        st = vif__step_fail(j, VIF_E_UNKNOWN, "the kernel's answer was lost");
    }
    if (st == VIF_OK) {
        memset(&j->step, 0, sizeof j->step);    /* a link that is absent is no failure */
    }
    return st;
}

/* Asks for links of one namespace, all in one datagram. A link that does not exist has index 0.
 * Looking may be repeated, and changes nothing: an answer that is lost twice is a timeout. */
static vif_status vif__fetch(vif__job *j, vif__info *const *links, size_t count)
{
    vif_status st = vif__fetch_once(j, links, count);

    if (st == VIF_E_UNKNOWN) {
        st = vif__fetch_once(j, links, count);
    }
    return st == VIF_E_UNKNOWN ? VIF_E_TIMEOUT : st;
}

/* The link of that name, looked up once. NULL: j->step tells why not. */
static vif_link_info *vif__link(vif__job *j, unsigned ns, const char *name)
{
    vif__info *i = vif__info_find(j, ns, name);

    if (i == NULL) {
        i = vif__info_add(j, ns, name);
    }
    if (i != NULL && name[0] == '\0') {
        i->known = true;                /* of what is about no link */
    }
    if (i != NULL && !i->known) {
        j->step.status = vif__fetch(j, &i, 1);
    }
    return i != NULL && i->known ? &i->link : NULL;
}

static vif_status vif__refresh(vif__job *j, vif_link_info *info)
{
    vif__info *i = vif__info_find(j, info->ns, info->name);

    return i != NULL ? vif__fetch(j, &i, 1) : VIF_OK;
}

/* Looks up all links that are known of once more, as many in a datagram as there is room for
 * and as are next to each other in one namespace. */
static vif_status vif__look_again(vif__job *j)
{
    vif__info *some[VIF__FETCHED], *i = j->infos;
    vif_status st = VIF_OK;
    size_t count;

    while (i != NULL && st == VIF_OK) {
        for (count = 0; i != NULL && count < VIF__FETCHED &&
             (count == 0 || i->link.ns == some[0]->link.ns); i = i->next) {
            some[count] = i;
            count += i->link.name[0] != '\0';
        }
        st = count > 0 ? vif__fetch(j, some, count) : VIF_OK;
    }
    return st;
}

/* Looks up all links of the plan that are in the host's namespace at once (for unplug, those that
 * are the VIF's own): one round trip for most plugs. */
static vif_status vif__prefetch(vif__job *j)
{
    vif__info *wanted[VIF__FETCHED];
    size_t count = 0, i;

    for (i = 0; i < j->plan.count * 2 && count < VIF__FETCHED; i++) {
        const vif_resource *r = &j->plan.items[i / 2];
        const char *name = i % 2 == 0 ? r->link : r->other;

        if (name[0] != '\0' && (i % 2 == 0 ? r->ns : r->other_ns) == 0 &&
            vif__info_find(j, 0, name) == NULL &&
            (j->verb != VIF_UNPLUG || r->whose == VIF_OWN)) {
            wanted[count] = vif__info_add(j, 0, name);
            if (wanted[count++] == NULL) {
                return VIF_E_NOMEM;
            }
        }
    }
    return count > 0 ? vif__fetch(j, wanted, count) : VIF_OK;
}

/* A link that the plan names by an alternative name: the kernel takes that for the link's own, but
 * files, rules and rows do not. */
static void vif__real_names(vif__job *j)
{
    const vif__info *info;
    size_t i;

    for (info = j->infos; info != NULL; info = info->next) {
        const vif_link_info *l = &info->link;

        for (i = 0; l->index != 0 && strcmp(l->name, l->real_name) != 0 && i < j->plan.count; i++) {
            vif_resource *r = &j->plan.items[i];

            if (r->ns == l->ns && strcmp(r->link, l->name) == 0) {
                vif__name_copy(r->link, l->real_name);
            }
            if (r->other_ns == l->ns && strcmp(r->other, l->name) == 0) {
                vif__name_copy(r->other, l->real_name);
            }
        }
    }
}

static const vif_link_info *vif__view_link(void *user, const char *name)
{
    return vif__link((vif__job *)user, 0, name);
}

#if !defined(VIF_NO_OVS) || !defined(VIF_NO_DIRECT) || !defined(VIF_NO_HOSTDEV)
/* >>job: sysfs, for planners
 *
 * The two functions of the view by which planners read sysfs, below the root that the host's desc
 * names: a test has a tree of its own there. */

/* False where the path would be cut: a shorter one may be another file. */
static bool vif__sysfs_path(vif__job *j, const char *path)
{
    const char *root = j->host->desc.sys_root;

    j->path[0] = '\0';
    vif__cat_format(j->path, VIF__PATH_SIZE, "%s/%s", root != NULL ? root : "/sys", path, NULL);
    return strlen(j->path) < VIF__PATH_SIZE - 1;
}

static bool vif__view_sysfs(void *user, const char *path, char *text, size_t cap)
{
    vif__job *j = (vif__job *)user;

    text[0] = '\0';
    return vif__sysfs_path(j, path) && vif_file_read(j->path, text, cap, NULL) == VIF_OK;
}

static void vif__view_sysfs_list(void *user, const char *path,
                                 bool (*each)(void *context, const char *name), void *context)
{
    vif__job *j = (vif__job *)user;

    if (vif__sysfs_path(j, path)) {
        (void)vif_dir_each(j->path, each, context, NULL);
    }
}
#endif

#if !defined(VIF_NO_OVS) && !defined(VIF_NO_DEVLINK)
/* A socket for the one look-up. It is the kernel's where sysfs is, too, and of this namespace. */
static bool vif__view_devlink(void *user, vif_devlink_port *port)
{
    vif__job *j = (vif__job *)user;
    vif_nl_desc d = vif_nl_desc_like(&j->host->nl);
    vif_nl *nl = (vif_nl *)vif_arena_alloc(&j->arena, sizeof *nl);
    bool there;

    d.protocol = VIF_NETLINK_GENERIC;
    if (nl == NULL || j->host->desc.sys_root != NULL || j->host->desc.netlink_fd.set ||
        vif_nl_open(nl, &d, NULL) != VIF_OK) {
        return false;
    }
    there = vif_nl_devlink_port(nl, port, NULL) == VIF_OK;
    vif_nl_close(nl);
    return there;
}
#define VIF__VIEW_DEVLINK vif__view_devlink
#else
#define VIF__VIEW_DEVLINK NULL
#endif

/* >>job: waiting
 *
 * A step that can't be done yet says so by vif__wait, and is called again after a pause, of 2 ms
 * and an eighth of what it has waited so far. A host without a clock counts what it sleeps. */

enum { VIF__PAUSE_MS = 2 };

static int64_t vif__host_now(const vif_host *h)
{
    return h->desc.now_ms != NULL ? h->desc.now_ms(h->desc.user) : h->priv.clock;
}

/* The step comes again after so long. */
static vif_status vif__pause(vif__job *j, uint32_t ms)
{
    j->asleep = true;
    j->waited += ms;
    j->wake = vif__host_now(j->host) + ms;
    return VIF_E_BUSY;
}

/* E_BUSY: the step comes again. E_TIMEOUT: it has waited long enough. */
static vif_status vif__wait(vif__job *j, uint32_t most_ms)
{
    if (j->waited < most_ms) {
        return vif__pause(j, VIF__PAUSE_MS + j->waited / 8);
    }
    j->asleep = false;
    return vif__step_fail(j, VIF_E_TIMEOUT, "");
}

/* >>job: requests
 *
 * The host's one buffer for requests: begun, filled by the builders of vif_netlink.h, sent and
 * answered within one step of a task, so that no two tasks are ever in it. */

static vif_buf *vif__request_new(vif__job *j)
{
    vif_buf_init(&j->buf, j->buf.data, j->buf.cap);
    return &j->buf;
}

static vif_status vif__request_send(vif__job *j)
{
    vif_nl *nl = vif__nl(j, j->ns);

    return nl != NULL ? vif_nl_request(nl, &j->buf, &j->step) : j->step.status;
}

/* The same, where the kernel's "already so" (or "already gone") with that errno is as good. */
static vif_status vif__request_or(vif__job *j, int good)
{
    const vif_status st = vif__request_send(j);

    return st != VIF_OK && j->step.sys_errno == good ? VIF_OK : st;
}

/* Asks for all links of a namespace, without the statistics that make most of such an answer. */
static vif_status vif__links_ask(vif__job *j, vif_nl *nl)
{
    vif_nl_put_link_dump(vif__request_new(j), VIF_AF_UNSPEC, 0, NULL, VIF_EXT_SKIP_STATS);
    return nl != NULL ? vif_nl_send(nl, &j->buf, &j->step) : j->step.status;
}

/* The next link of a dump. Behind the last one err (may be NULL) tells whether these were all; who
 * has seen enough reads on nevertheless, or the next request has to. */
VIF__APART static bool vif__links_next(vif_nl *nl, vif_link *link, vif_error *err)
{
    vif_nl_event event;
    vif_nl_msg msg;

    do {
        event = vif_nl_next(nl, &msg, err);
    } while (event != VIF_NL_DONE && !(event == VIF_NL_MESSAGE && vif_link_parse(&msg, link)));
    return event != VIF_NL_DONE;
}

static bool vif__alias_is(const vif_link *link, const char *alias)
{
    return link->alias.len == strlen(alias) && alias[0] != '\0' &&
        memcmp(link->alias.data, alias, link->alias.len) == 0;
}

static vif_status vif__link_change(vif__job *j, const vif_link *link)
{
    vif_nl_put_link(vif__request_new(j), VIF_RTM_NEWLINK, 0, link);
    return vif__request_send(j);
}

/* >>job: what resources say of themselves
 *
 * How a resource becomes text. A kind says its attributes one by one (vif__say), into a line for
 * people or into JSON; and what its test found to be different is kept in the order in which it was
 * found. */

/* Attributes as " name=value", or as members of a JSON object. */
struct vif__sink {
    vif_json_out *out;
    bool json;
};

static void vif__pair(vif_json_out *out, const char *key, const char *value)
{
    vif_json_key(out, key);
    vif_json_string(out, value);
}

static void vif__pair_int(vif_json_out *out, const char *key, int64_t value)
{
    vif_json_key(out, key);
    vif_json_int(out, value);
}

#if !defined(VIF_NO_CALL_JSON) || !defined(VIF_NO_DRY_RUN)
/* What all that tell of a difference write of it. */
static void vif__pairs_of(vif_json_out *out, const vif_difference *d)
{
    vif__pair(out, "attribute", d->attribute);
    vif__pair(out, "wanted", d->wanted);
    vif__pair(out, "found", d->found);
    vif_json_piece(out, "}");
}
#endif

/* Texts of the kernel's and of agents are escaped here, once for all kinds. */
static void vif__say(const vif__sink *s, const char *name, const char *value)
{
    char safe[80] = "";

    const unsigned char *at = (const unsigned char *)value;

    while (*at >= 0x20 && *at != 0x7f) {
        at++;
    }
    /* A link's name may hold any bytes; a line of text no control bytes. */
    if (!vif_utf8_valid(value) || (*at != '\0' && !s->json)) {
        vif_cat_escaped(safe, sizeof safe, value, strlen(value));
        value = safe;
    }
    if (s->json) {
        vif__pair(s->out, name, value);
    } else {
        vif_json_put(s->out, " ", 1);
        vif_json_put(s->out, name, strlen(name));
        vif_json_put(s->out, "=", 1);
        vif_json_put(s->out, value, strlen(value));
    }
}

static void vif__say_int(const vif__sink *s, const char *name, int64_t value)
{
    char digits[22];

    if (s->json) {
        vif__pair_int(s->out, name, value);
    } else {
        vif__say(s, name, vif_int_format(value, digits));
    }
}

/* Notes that a resource is not as wanted; the text only where somebody will read it. */
static void vif__differ(vif__job *j, vif_resource *r, const char *attribute, const char *wanted,
                        const char *found)
{
    const vif_subject *subject = &j->owner->priv.desc.subjects[j->subject];
    vif__diff *d;

    r->priv.state = VIF__DIFFERENT;
    if (j->diff_count++ >= subject->difference_cap && j->owner->priv.text == NULL) {
        return;
    }
    d = (vif__diff *)vif_arena_alloc(&j->arena, sizeof *d);
    if (d == NULL) {
        j->forgetful = true;
        return;
    }
    d->resource = r;
    vif_cat(d->difference.attribute, sizeof d->difference.attribute, attribute);
    vif_cat_escaped(d->difference.wanted, sizeof d->difference.wanted, wanted, strlen(wanted));
    vif_cat_escaped(d->difference.found, sizeof d->difference.found, found, strlen(found));
    *(j->last_diff != NULL ? &j->last_diff->next : &j->diffs) = d;
    j->last_diff = d;
}

/* Numbers are compared by the kind itself; their texts are made only for the reader. */
static void vif__differ_int(vif__job *j, vif_resource *r, const char *attribute, int64_t wanted,
                            int64_t found)
{
    char digits[2][22];

    vif__differ(j, r, attribute, vif_int_format(wanted, digits[0]),
                vif_int_format(found, digits[1]));
}

/* The first such resource of the plan; most plans have one bridge, and one move at most. */
static vif_resource *vif__plan_find(const vif__job *j, vif_kind kind, vif_whose whose)
{
    size_t i = 0;

    while (i < j->plan.count &&
           (j->plan.items[i].kind != kind || j->plan.items[i].whose != whose)) {
        i++;
    }
    return i < j->plan.count ? &j->plan.items[i] : NULL;
}

static vif_status vif__missing(vif__job *j, const char *name)
{
    return vif__step_say(j, VIF_E_NO_INTERFACE, "%s does not exist", name, NULL, NULL);
}

/* The other link of a resource. NULL: j->step tells why not. */
static vif_link_info *vif__other(vif__job *j, const vif_resource *r)
{
    return vif__link(j, r->other_ns, r->other);
}

/* The same, where the resource needs it; NULL: *st tells why not. */
static vif_link_info *vif__needed(vif__job *j, const vif_resource *r, vif_status *st)
{
    vif_link_info *info = vif__other(j, r);

    *st = info == NULL ? j->step.status : info->index == 0 ? vif__missing(j, r->other) : VIF_OK;
    return *st == VIF_OK ? info : NULL;
}

/* >>kinds: bridge, vlan, tap
 *
 * Links that vif makes. The test looks whether the link of that name is one of this kind and is
 * ours, or at least nobody else's; the apply makes it with its tag, MAC and MTU in as few messages
 * as the kernel allows, or sets right what differs; the revert deletes what this call has made, by
 * index and after another look, and gives back what it has changed of a link that was there before.
 * */

/* FNV-1a, of 32 bits: not against an enemy, where two that collide cost a comparison more. */
static uint32_t vif__hash(uint32_t hash, const void *data, size_t len)
{
    const unsigned char *p = (const unsigned char *)data;

    while (len-- > 0) {
        hash = (hash ^ *p++) * 16777619u;
    }
    return hash;
}

/* The alias that the link is to have, or NULL: it keeps the one that it has. */
static const char *vif__want_tag(const vif__job *j, const vif_resource *r)
{
    if (r->kind == VIF_RES_PEER) {
        return NULL;                    /* the pair says whose it is */
    }
    return r->whose == VIF_OWN ? j->tag : r->priv.created ? j->shared_tag : NULL;
}

/* Refuses what has the name but is something else, and says what it is. */
static vif_status vif__is_not(vif__job *j, const vif_link_info *info, const char *wanted)
{
    const char *kind = info->kind[0] != '\0' ? info->kind : "hardware";

    return vif__step_say(j, VIF_E_EXISTS, "%s is %s, not %s", info->name,
                          info->is_tap ? "tap" : kind, wanted);
}

/* Whether the link has a master that the plan does not give it. A switch's ports are told by their
 * rows. */
static bool vif__is_port_elsewhere(vif__job *j, const vif_resource *r, const vif_link_info *info)
{
    const vif_link_info *master = NULL;
    size_t i;

    for (i = 0; i < j->plan.count; i++) {
        const vif_resource *m = &j->plan.items[i];

        if (m->kind == VIF_RES_OVS_PORT) {
            return false;
        }
        if (m->kind == VIF_RES_MASTER && strcmp(m->link, r->link) == 0) {
            master = vif__other(j, m);
        }
    }
    return info->master != 0 && (master == NULL || master->index != info->master);
}

/* Whose the link is: refused when it carries another owner's tag or another VIF's, or is somebody's
 * port. */
static vif_status vif__test_tag(vif__job *j, vif_resource *r, const vif_link_info *info)
{
    const char *want = vif__want_tag(j, r);

    if (want == NULL || strcmp(info->alias, want) == 0) {
        return VIF_OK;
    }
    if (vif__is_tag(info->alias) && r->whose == VIF_OWN) {
        return vif__step_say(j, VIF_E_EXISTS, "%s belongs to %e", r->link, info->alias, NULL);
    }
    if (r->whose == VIF_OWN && vif__is_port_elsewhere(j, r, info)) {
        return vif__step_say(j, VIF_E_EXISTS, "%s is a port of another bridge, and carries no "
                              "tag of this VIF's", r->link, NULL, NULL);
    }
    vif__differ(j, r, "alias", want, info->alias);
    return VIF_OK;
}

static bool vif__user_right(vif_u32 wanted, vif_u32 found)
{
    return !wanted.set || (found.set && found.value == wanted.value);
}

/* What cannot be changed under a guest that may hold the tap: refused rather than made anew. Only
 * what is asked for counts: a tap that a hypervisor made for this VIF may have an owner. */
static vif_status vif__test_tap(vif__job *j, const vif_resource *r, const vif_link_info *info)
{
    const vif_link_want *want = &r->want.link;

    /* Whoever attaches has to say the same; one that is held as it is is its holder's affair. */
    if (want->multi_queue != info->multi_queue && (want->multi_queue || info->queues == 0)) {
        return vif__is_not(j, info, want->multi_queue ? "multi-queue" : "single-queue");
    }
    if (want->vnet_hdr && !info->vnet_hdr) {
        return vif__is_not(j, info, "with a vnet header");
    }
    if (!vif__user_right(want->uid, info->uid) || !vif__user_right(want->gid, info->gid)) {
        return vif__is_not(j, info, "of the wanted owner and group");
    }
    return VIF_OK;
}

/* Whether the two are the ends of one pair. An end's index is one of its own namespace: elsewhere
 * another link has it, too. */
static vif_status vif__test_pair(vif__job *j, const vif_resource *r, const vif_link_info *info)
{
    const vif_link_info *other = vif__other(j, r);
    const vif_fd ns = j->plan.namespaces[r->other_ns];
    int32_t number = 0;

    if (other == NULL) {
        return j->step.status;
    }
    if (ns.set && info->lower_ns.set) {
        vif_nl *nl = vif__nl(j, r->ns);

        if (nl == NULL || vif_nl_nsid_get(nl, ns.fd, &number, &j->step) != VIF_OK) {
            return j->step.status;
        }
    }
    if (other->index == 0 || info->lower != other->index ||
        info->lower_ns.set != (r->ns != r->other_ns) ||
        (ns.set && info->lower_ns.value != (uint32_t)number)) {
        return vif__is_not(j, info, r->kind == VIF_RES_VETH ? "paired with that link"
                                                            : "this VIF's");
    }
    return VIF_OK;
}

static bool vif__vni_right(const vif_link_want *want, const vif_link_info *info)
{
#ifndef VIF_NO_NETWORKS
    return want->more == NULL || info->vni == want->more->vxlan.id;
#else
    (void)want;
    (void)info;
    return true;
#endif
}

/* A VLAN, macvlan or macvtap can't change its id, its mode or its lower device: another one of that
 * name is refused, not made anew under somebody's addresses. One that is absent is tested, too: the
 * kernel answers a bad MTU without a word. A lower device that is to be made yet has the MTU of
 * what that is over. */
static vif_status vif__test_over(vif__job *j, const vif_resource *r, const vif_link_info *info)
{
    const vif_link_want *want = &r->want.link;
    const vif_link_info *lower = vif__other(j, r);
    char digits[2][22];

    if (lower == NULL) {
        return j->step.status;
    }
    if (lower->index != 0 && want->mtu > lower->mtu) {
        return vif__step_say(j, VIF_E_FIELD, "network.mtu is %s, and the lower device %s has %s",
                             vif_int_format(want->mtu, digits[0]), r->other,
                             vif_int_format(lower->mtu, digits[1]));
    }
#ifndef VIF_NO_NETWORKS
    if (info->index != 0 && info->lower != lower->index && want->more != NULL &&
        want->more->refusal != NULL) {
        return vif__step_fail(j, VIF_E_EXISTS, want->more->refusal);
    }
#endif
    return info->index == 0 ||
        (info->vlan == want->vlan && info->mode == want->mode && info->lower == lower->index &&
         info->lower_ns.set == (r->ns != r->other_ns) && vif__vni_right(want, info))
        ? VIF_OK : vif__is_not(j, info, want->mode != 0 ? "of that mode over that device"
                                                        : "of that id over that device");
}

/* How many ports the link has, but for the one of that name. Others at work meanwhile: what was
 * read is good. What was lost is no change of ours. */
VIF__APART static vif_status vif__ports_of(vif__job *j, int32_t index, const char *except,
                                           size_t *count)
{
    vif_nl *nl = &j->host->nl;
    vif_link link;

    *count = 0;
    vif_nl_put_link_dump(vif__request_new(j), 0, (uint32_t)index, NULL, 0);
    if (vif_nl_send(nl, &j->buf, &j->step) != VIF_OK) {
        return j->step.status;
    }
    while (vif__links_next(nl, &link, &j->step)) {
        *count += (int32_t)link.master == index && strcmp(link.name, except) != 0;
    }
    return j->step.status == VIF_E_INTERRUPTED ? VIF_OK
        : j->step.status == VIF_E_UNKNOWN ? VIF_E_TIMEOUT : j->step.status;
}

#ifndef VIF_NO_NETWORKS
/* What is wanted of a bond and is not so, as bits of VIF_BOND_*. The rate of LACP is set with the
 * mode alone: later it could be only while the bond is down. */
static uint32_t vif__bond_differs(const vif_bond *want, const vif_bond *is)
{
    return want->present & ((want->mode != is->mode ? (uint32_t)VIF_BOND_MODE : 0) |
                            (want->miimon != is->miimon ? (uint32_t)VIF_BOND_MIIMON : 0) |
                            (want->hash != is->hash ? (uint32_t)VIF_BOND_HASH : 0));
}

/* A bond that is at work keeps its mode: the kernel changes it only while it is down and has no
 * ports, as one is that comes with the kernel's module. */
static vif_status vif__test_bond(vif__job *j, vif_resource *r, const vif_link_info *info)
{
    const vif_bond *want = &r->want.link.more->bond, *is = &info->bond;
    const uint32_t differs = info->index != 0 ? vif__bond_differs(want, is) : 0;
    const char *mode = vif__packed(vif__bond_modes, is->mode <= VIF_BOND_ALB ? is->mode : 7u);
    size_t ports = (info->flags & VIF_IFF_UP) != 0;

    if ((differs & VIF_BOND_MODE) != 0) {
        if (ports == 0 && vif__ports_of(j, info->index, "", &ports) != VIF_OK) {
            return j->step.status;
        }
        if (ports > 0) {
            return vif__step_say(j, VIF_E_EXISTS, "%s has the mode %s, which can change only while "
                                 "it is down and has no ports", r->link, mode, NULL);
        }
        vif__differ(j, r, "mode", vif__packed(vif__bond_modes, want->mode), mode);
    }
    if ((differs & VIF_BOND_MIIMON) != 0) {
        vif__differ_int(j, r, "miimon", want->miimon, is->miimon);
    }
    if ((differs & VIF_BOND_HASH) != 0) {
        vif__differ(j, r, "hash", vif__packed(vif__bond_hashes, want->hash),
                    vif__packed(vif__bond_hashes, is->hash <= 5 ? is->hash : 6u));
    }
    return VIF_OK;
}
#endif

static bool vif__is_pair(const char *kind)
{
    return strcmp(kind, "veth") == 0 || strcmp(kind, "netkit") == 0;
}

/* Whether the link is of the resource's kind, if that says of which. A pair that goes may be of
 * either: the options may be others today. */
static vif_status vif__link_is(vif__job *j, const vif_resource *r, const vif_link_info *info)
{
    const char *word = r->want.link.netkit ? "netkit" : vif__kinds[r->kind].word;
    const bool tap = word != NULL && strcmp(word, "tun") == 0;

    if (word == NULL || (strcmp(info->kind, word) == 0 && (!tap || info->is_tap)) ||
        (j->verb == VIF_UNPLUG && vif__is_pair(word) && vif__is_pair(info->kind))) {
        return VIF_OK;
    }
    return vif__is_not(j, info, tap ? "tap" : word);
}

/* What the link is comes first, then whose it is: both refuse. Only then is it compared with what
 * is wanted. */
static vif_status vif__link_test(vif__job *j, vif_resource *r)
{
    const vif_link_want *want = &r->want.link;
    const vif_link_info *info = r->priv.link;
    vif_status st = info->index != 0 ? vif__link_is(j, r, info) : VIF_OK;
    char found[18], wanted[18];

    st = st == VIF_OK && info->index != 0 ? vif__test_tag(j, r, info) : st;
    if (st == VIF_OK && r->kind == VIF_RES_TAP) {
        st = vif__test_tap(j, r, info);
#ifndef VIF_NO_NETWORKS
    } else if (st == VIF_OK && r->kind == VIF_RES_BOND) {
        st = vif__test_bond(j, r, info);
#endif
    } else if (st == VIF_OK && vif__is(r, VIF__IS_OVER)) {
        st = vif__test_over(j, r, info);
    } else if (st == VIF_OK && vif__is(r, VIF__HAS_OTHER)) {
        st = vif__test_pair(j, r, info);
    }
    if (st != VIF_OK || !vif__is(r, VIF__HAS_MTU)) {
        return st;
    }
    if (info->index == 0) {
        vif__differ(j, r, "exists", "yes", "no");
        return VIF_OK;
    }
    if (want->has_mac && memcmp(want->mac, info->mac, 6) != 0) {
        vif_mac_format(info->mac, found);
        vif_mac_format(want->mac, wanted);
        vif__differ(j, r, "mac", wanted, found);
    }
    if (want->mtu != 0 && info->mtu != want->mtu) {
        vif__differ_int(j, r, "mtu", want->mtu, info->mtu);
    }
    return VIF_OK;
}

#ifndef VIF_NO_NETWORKS
/* What a bridge has beside what all have: the switches that are on, and times. */
static void vif__say_bridge(const vif_nl_bridge *b, const vif__sink *s)
{
    static const char names[] = "stp\0mcast_snooping\0vlan_filtering";
    const uint32_t on[3] = {b->stp_state, b->mcast_snooping, b->vlan_filtering};
    unsigned i;

    for (i = 0; i < 3; i++) {
        if (on[i] != 0) {
            vif__say(s, vif__packed(names, i), "yes");
        }
    }
    if ((b->present & VIF_NL_BRIDGE_AGEING_TIME) != 0) {
        vif__say_int(s, "ageing", b->ageing_time / 100);
    }
}

static void vif__say_bond(const vif_bond *b, const vif__sink *s)
{
    if ((b->present & VIF_BOND_MODE) != 0) {
        vif__say(s, "mode", vif__packed(vif__bond_modes, b->mode));
    }
    if ((b->present & VIF_BOND_HASH) != 0) {
        vif__say(s, "hash", vif__packed(vif__bond_hashes, b->hash));
    }
}

/* What only networks ask for: a VXLAN's network, or settings of a bridge or a bond. */
static void vif__link_describe_more(const vif_resource *r, const vif__sink *s)
{
    const vif_vxlan *x = r->want.link.more != NULL ? &r->want.link.more->vxlan : NULL;
    vif_ip ip;
    char text[52];

    if (x == NULL || (x->present & VIF_VXLAN_ID) == 0) {
        if (x != NULL) {
            vif__say_bridge(&r->want.link.more->bridge, s);
            vif__say_bond(&r->want.link.more->bond, s);
        }
        if (r->want.link.vlan_filtering &&
            (x == NULL || r->want.link.more->bridge.vlan_filtering == 0)) {
            vif__say(s, "vlan_filtering", "yes");
        }
        return;
    }
    memset(&ip, 0, sizeof ip);
    ip.len = (x->present & VIF_VXLAN_GROUP6) != 0 ? 16 : 4;
    memcpy(ip.bytes, ip.len == 16 ? x->group6 : x->group, ip.len);
    vif_ip_format(&ip, false, text);
    vif__say_int(s, "id", x->id);
    if ((x->present & (VIF_VXLAN_GROUP | VIF_VXLAN_GROUP6)) != 0) {
        vif__say(s, "group", text);
    }
    vif__say_int(s, "port", x->port);
}
#endif

/* Only what is set is said, so that a line of a plan stays short. */
static void vif__link_describe(const vif_resource *r, const vif__sink *s)
{
    const vif_link_want *want = &r->want.link;
    char mac[18];

    if (want->vlan != 0) {
        vif__say_int(s, "id", want->vlan);
    }
    if (want->vlan != 0 || want->mode != 0 || (want->more != NULL && vif__is(r, VIF__IS_OVER))) {
        vif__say(s, "lower", r->other);
    }
#ifndef VIF_NO_NETWORKS
    vif__link_describe_more(r, s);
#endif
    if (want->mode != 0) {              /* 1, 2, 4, 8 */
        vif__say(s, "mode", vif__packed("private\0vepa\0bridge\0passthrough",
                                        want->mode / 4u + (want->mode > 1 ? 1u : 0u)));
    }
    if (r->kind == VIF_RES_VETH) {
        if (want->netkit) {
            vif__say(s, "type", "netkit");
        }
        vif__say(s, "peer", r->other);
        if (r->other_ns != 0) {
            vif__say_int(s, "namespace", r->other_ns);
        }
    }
    if (!vif__is(r, VIF__HAS_MTU)) {
        return;
    }
    if (want->has_mac) {
        vif_mac_format(want->mac, mac);
        vif__say(s, "mac", mac);
    }
    if (want->mtu != 0) {
        vif__say_int(s, "mtu", want->mtu);
    }
    if (want->uid.set) {
        vif__say_int(s, "owner", want->uid.value);
    }
    if (want->gid.set) {
        vif__say_int(s, "group", want->gid.value);
    }
    if (want->multi_queue) {
        vif__say(s, "multi_queue", "yes");
    }
    if (want->vnet_hdr) {
        vif__say(s, "vnet_hdr", "yes");
    }
}

/* The bridge's MAC from its first day: the uplink's, by which the host is known in its network, or
 * one made of owner and name. Left to the kernel it would be that of a port, of a guest. */
static vif_status vif__bridge_mac(vif__job *j, const vif_resource *r, vif_link *link)
{
    const vif_link_info *uplink = r->other[0] != '\0' ? vif__other(j, r) : NULL;
    uint32_t hash[2] = {2166136261u, 84696351u};
    unsigned i;

    if (r->other[0] != '\0' && uplink == NULL) {
        return j->step.status;
    }
    for (i = 0; i < 2; i++) {
        hash[i] = vif__hash(hash[i], j->host->desc.owner, strlen(j->host->desc.owner) + 1);
        hash[i] = vif__hash(hash[i], r->link, strlen(r->link));
    }
    memcpy(link->mac, hash, 6);
    link->mac[0] = (uint8_t)((link->mac[0] & 0xfc) | 2);    /* locally administered, of one host */
    if (uplink != NULL && memcmp(uplink->mac, "\0\0\0\0\0", 6) != 0) {
        memcpy(link->mac, uplink->mac, 6);
    }
    link->present |= VIF_LINK_MAC;
    return VIF_OK;
}

/* STP off and no delay: a port forwards at once. No snooping, as the reference has it. In the
 * bridge of one VIF addresses do not age, so that nothing is lost while its guest moves here. */
static vif_status vif__put_bridge(vif__job *j, vif_link *link, const vif_resource *r)
{
    const vif_status st = vif__bridge_mac(j, r, link);
    vif_nl_bridge b;

    memset(&b, 0, sizeof b);
    VIF_SET(&b, VIF_NL_BRIDGE_FORWARD_DELAY, forward_delay, 0);
    VIF_SET(&b, VIF_NL_BRIDGE_STP_STATE, stp_state, 0);
    VIF_SET(&b, VIF_NL_BRIDGE_MCAST_SNOOPING, mcast_snooping, 0);
    if (r->whose == VIF_OWN) {
        VIF_SET(&b, VIF_NL_BRIDGE_AGEING_TIME, ageing_time, 0);
    }
#ifndef VIF_NO_NETWORKS
    if (r->want.link.more != NULL) {
        b = r->want.link.more->bridge;
    }
    if (r->want.link.vlan_filtering) {
        VIF_SET(&b, VIF_NL_BRIDGE_VLAN_FILTERING, vlan_filtering, 1);
    }
#endif
    vif_nl_put_bridge(vif__request_new(j), 0, link, &b);
    return st;
}

/* Without a MAC of the caller's the kernel takes one at random. */
static void vif__put_mac(vif_link *link, const vif_link_want *want)
{
    if (want->has_mac) {
        link->present |= VIF_LINK_MAC;
        memcpy(link->mac, want->mac, 6);
    }
}

/* A VLAN, macvlan or macvtap, where it belongs, with the guest's MAC: in passthrough that is the
 * lower device's, too, and only a change gives it that (drivers/net/macvlan.c). */
static vif_status vif__put_over(vif__job *j, vif_link *link, const vif_resource *r)
{
    const vif_link_want *want = &r->want.link;
    vif_status st;
    const vif_link_info *lower = vif__needed(j, r, &st);
    vif_vlan v;

    if (lower == NULL) {
        return st;
    }
    VIF_SET(link, VIF_LINK_LINK, link, (uint32_t)lower->index);
    if (r->ns != r->other_ns) {
        VIF_SET(link, VIF_LINK_NET_NS_FD, net_ns_fd, j->plan.namespaces[r->ns].fd);
    }
    if (want->mode != VIF_MACVLAN_PASSTHRU) {
        vif__put_mac(link, want);
    }
    link->mtu = want->mtu;
    link->present |= want->mtu != 0 ? VIF_LINK_MTU : 0;
    if (want->mode != 0) {
        vif_macvlan m;

        memset(&m, 0, sizeof m);
        VIF_SET(&m, VIF_MACVLAN_MODE, mode, want->mode);
        vif_nl_put_macvlan(vif__request_new(j), 0, vif__kinds[r->kind].word, link, &m);
        return VIF_OK;
    }
#ifndef VIF_NO_NETWORKS
    if (r->kind == VIF_RES_VXLAN) {
        vif_vxlan x = want->more->vxlan;

        link->present &= ~(uint32_t)VIF_LINK_LINK;      /* which it has among its own attributes */
        VIF_SET(&x, VIF_VXLAN_LINK, link, (uint32_t)lower->index);
        vif_nl_put_vxlan(vif__request_new(j), 0, link, &x);
        return VIF_OK;
    }
#endif
    memset(&v, 0, sizeof v);
    VIF_SET(&v, VIF_VLAN_ID, id, want->vlan);
    vif_nl_put_vlan(vif__request_new(j), 0, link, &v);
    return VIF_OK;
}

/* Both ends have their MTU from the start: set later, the other end would keep its own. And the
 * other end is where it belongs, with the MAC that the plan has for it. */
static vif_status vif__put_veth(vif__job *j, vif_link *link, const vif_resource *r)
{
    vif_link *peer = (vif_link *)vif__alloc(j, sizeof *peer);
    size_t i;

    if (peer == NULL) {
        return VIF_E_NOMEM;
    }
    (void)vif_link_set_name(peer, r->other);
    VIF_SET(peer, VIF_LINK_MTU, mtu, r->want.link.mtu);
    VIF_SET(link, VIF_LINK_MTU, mtu, r->want.link.mtu);
    vif__put_mac(link, &r->want.link);
    for (i = 0; i < j->plan.count; i++) {
        const vif_resource *p = &j->plan.items[i];

        if (p->kind == VIF_RES_PEER && vif__is_end(r, p->ns, p->link)) {
            vif__put_mac(peer, &p->want.link);
        }
    }
    if (r->ns != r->other_ns) {
        VIF_SET(peer, VIF_LINK_NET_NS_FD, net_ns_fd, j->plan.namespaces[r->other_ns].fd);
    }
    (r->want.link.netkit ? vif_nl_put_netkit : vif_nl_put_veth)(vif__request_new(j), 0, link, peer);
    return VIF_OK;
}

#ifndef VIF_NO_NETWORKS
/* Its MAC is the kernel's to choose: that of its first port. */
static vif_status vif__put_bond(vif__job *j, vif_link *link, const vif_resource *r)
{
    link->mtu = r->want.link.mtu;
    link->present |= link->mtu != 0 ? VIF_LINK_MTU : 0;
    vif__put_mac(link, &r->want.link);
    vif_nl_put_bond(vif__request_new(j), 0, link, &r->want.link.more->bond);
    return VIF_OK;
}
#endif

/* The request that makes a link which needs no more than one, but for its tag. */
static vif_status vif__put_new(vif__job *j, vif_link *link, const vif_resource *r)
{
#ifndef VIF_NO_NETWORKS
    if (r->kind == VIF_RES_BOND) {
        return vif__put_bond(j, link, r);
    }
#endif
    return r->kind == VIF_RES_BRIDGE ? vif__put_bridge(j, link, r) : vif__put_over(j, link, r);
}

static bool vif__conf_known(const vif_link_info *info, unsigned which)
{
    return (info->conf_known >> which & 1) != 0;
}

/* A host without IPv6 has no such settings: as good. And a shared bridge has IPv6 turned off before
 * it is up; later it may have got addresses of its uplink, which would go. */
static bool vif__conf_right(const vif_resource *r, const vif_link_info *info)
{
    const unsigned which = r->want.conf.which;

    return !vif__conf_known(info, which) || info->conf[which] == r->want.conf.value ||
        (which == VIF_CONF_DISABLE_IPV6 && r->whose == VIF_SHARED &&
         (info->flags & VIF_IFF_UP) != 0);
}

/* The IPv4 settings that the plan wants of a link and that can go along in a message about it; what
 * they will be is noted. A file alone tells some; proxy ARP comes behind its delay. */
static size_t vif__conf_along(vif__job *j, vif_link_info *info, vif_inet_conf set[8])
{
    size_t i, count = 0;

    for (i = 0; i < j->plan.count && count < 8; i++) {
        const vif_resource *r = &j->plan.items[i];
        const unsigned which = r->want.conf.which;

        if (r->kind == VIF_RES_CONF && r->ns == info->ns && strcmp(r->link, info->name) == 0 &&
            which != VIF_CONF_PROXY_ARP && !vif__conf_is_neigh(which) &&
            !vif__conf_is_ipv6(which) && (info->index == 0 || !vif__conf_right(r, info))) {
            set[count].which = vif__confs[which].number;
            set[count++].value = info->conf[which] = r->want.conf.value;
        }
    }
    return count;
}

/* A change of a link; of one that this walk has made all settings go along. */
static void vif__put_change(vif__job *j, const vif_resource *r, vif_link_info *info,
                            const vif_link *link)
{
    vif_inet_conf set[8];
    const size_t count = r->priv.created ? vif__conf_along(j, info, set) : 0;
    const size_t at = vif_nl_link_begin(&j->buf, VIF_RTM_NEWLINK, 0, link);

    vif_put_inet_conf(&j->buf, set, count);
    vif_nl_end(&j->buf, at);
}

enum { VIF__SO_NETNS_COOKIE = 71 };

/* An index for a new link that hardly any link has, also of other namespaces: /dev has the nodes of
 * all their macvtaps. */
static int32_t vif__new_index(const vif__job *j, const char *tag, const char *link)
{
    uint64_t cookie = 0;                /* of the namespace; none before Linux 5.14 */
    socklen_t len = sizeof cookie;
    uint32_t hash;

    (void)getsockopt(vif_nl_fd(&j->host->nl), SOL_SOCKET, VIF__SO_NETNS_COOKIE, &cookie, &len);
    hash = vif__hash(j->host->nl.count.requests, &cookie, sizeof cookie);
    hash = vif__hash(vif__hash(hash, tag, strlen(tag)), link, strlen(link));
    return (int32_t)(0x100000 + (hash & 0xfffff));
}

/* Made, tagged, set up and looked at in one datagram: whoever finds the link knows whose it is. The
 * kernel takes no tag when it makes a link, so the link has an index of our choice, by which the
 * messages that follow name it: if it could not be made they are about no link at all. That number
 * is hardly ever one of another namespace's macvtap, whose node in /dev it would have. A link that
 * leaves its lower device's namespace is made from there, and all else of it in its own; by its
 * number, too, as before Linux 6.14 the kernel looks for the name in the wrong one of the two. */
static vif_status vif__create_tagged(vif__job *j, const vif_resource *r, vif_link_info *info)
{
    const bool leaves = r->ns != r->other_ns;
    const char *tag = vif__want_tag(j, r);
    vif_nl *nl = vif__nl(j, r->ns);
    vif_link *link = (vif_link *)vif__alloc(j, sizeof *link);
    const int32_t index = vif__new_index(j, tag, r->link);
    vif_status st, made = VIF_E_UNKNOWN;
    vif_nl_event event;
    vif_nl_msg msg;

    if (link == NULL || nl == NULL) {
        return link == NULL ? VIF_E_NOMEM : j->step.status;
    }
    (void)vif_link_set_name(link, r->link);
    VIF_SET(link, VIF_LINK_INDEX, index, index);
    st = vif__put_new(j, link, r);
    if (st == VIF_OK && leaves) {
        j->ns = r->other_ns;
        st = made = vif__request_send(j);
        j->ns = r->ns;
        (void)vif__request_new(j);
    }
    if (st != VIF_OK) {
        return st;
    }
    link->present = VIF_LINK_INDEX | VIF_LINK_ALIAS;
    if (r->want.link.mode == VIF_MACVLAN_PASSTHRU) {
        vif__put_mac(link, &r->want.link);
    }
    link->alias.data = (const unsigned char *)tag;
    link->alias.len = strlen(tag);
    vif__put_change(j, r, info, link);
    vif_nl_put_link_get(&j->buf, index, NULL, 0);
    j->step.status = vif_nl_send(nl, &j->buf, NULL);
    while ((event = vif_nl_next(nl, &msg, &j->step)) != VIF_NL_DONE) {
        if (event == VIF_NL_MESSAGE) {
            vif__info_read(info, &msg);
        } else if (event == VIF_NL_ANSWER && msg.request == 0 && !leaves) {
            made = vif_nl_answer(&msg, NULL);
        }
    }
    return made == VIF_OK ? VIF_OK : j->step.status;    /* what else failed is found, and done */
}

/* The answer of the kernel carries the new link (NLM_F_ECHO), so that nothing has to be looked up
 * again but the other end. */
static vif_status vif__create_pair(vif__job *j, const vif_resource *r, vif_link_info *info)
{
    vif__info *peer;
    vif_nl *nl;
    vif_link link;
    vif_status st;

    memset(&link, 0, sizeof link);
    (void)vif_link_set_name(&link, r->link);
    st = vif__put_veth(j, &link, r);
    if (st != VIF_OK) {
        return st;
    }
    nl = vif__nl(j, r->ns);
    st = nl != NULL ? vif_nl_link_new(nl, &j->buf, &link, &j->step) : j->step.status;
    if (st == VIF_OK && link.index > 0) {
        vif__info_fill(info, &link);
    }
    if (st == VIF_E_UNSUPPORTED && r->want.link.netkit) {
        (void)vif_fail(&j->step, st, j->step.sys_errno, "",
                       "netns_netkit: this kernel has no netkit (Linux 6.7, CONFIG_NETKIT)");
    }
    peer = vif__info_find(j, r->other_ns, r->other);
    if (peer != NULL) {
        peer->known = false;            /* it has come along */
    }
    return st;
}

/* What is known of a link follows a change of it; below an MTU of 1280 the kernel takes its IPv6
 * away, and above it makes that anew. */
static vif_status vif__changed(vif__job *j, vif_link_info *info, const vif_link *link)
{
    const bool mtu = (link->present & VIF_LINK_MTU) != 0;

    if (mtu && (info->mtu < 1280) != (link->mtu < 1280)) {
        return vif__refresh(j, info);
    }
    info->mtu = mtu ? link->mtu : info->mtu;
    if ((link->present & VIF_LINK_MAC) != 0) {
        memcpy(info->mac, link->mac, 6);
    }
    if ((link->present & VIF_LINK_ALIAS) != 0) {
        info->alias[0] = '\0';
        vif_cat(info->alias, sizeof info->alias, (const char *)link->alias.data);
    }
    return VIF_OK;
}

/* A link as it was found, and which VIF_LINK_* of it this call has changed. */
typedef struct vif__link_note {
    uint32_t changed, mtu;
    uint8_t mac[6];
    char alias[160];
    vif_bond bond;                      /* what of it was changed, as it was */
} vif__link_note;

#ifndef VIF_NO_NETWORKS
/* Sets a bond up so, as far as `present` says. */
static vif_status vif__set_bond(vif__job *j, vif_link_info *info, const vif_bond *bond)
{
    vif_status st;
    vif_link link;

    memset(&link, 0, sizeof link);
    VIF_SET(&link, VIF_LINK_INDEX, index, info->index);
    vif_nl_put_bond(vif__request_new(j), VIF_NLM_F_REQUEST, &link, bond);
    st = vif__request_send(j);
    return st == VIF_OK ? vif__refresh(j, info) : st;
}

/* Where a bond differs from what is wanted. With its mode all else is set that depends on that. */
static vif_status vif__adjust_bond(vif__job *j, const vif_resource *r, vif_link_info *info)
{
    vif_bond want = r->want.link.more->bond;
    const uint32_t differs = vif__bond_differs(&want, &info->bond);

    if (differs == 0) {
        return VIF_OK;
    }
    want.present = (differs & VIF_BOND_MODE) != 0 ? want.present : differs;
    if (!r->priv.created) {
        r->priv.note.link->bond = info->bond;
        r->priv.note.link->bond.present = differs;
    }
    return vif__set_bond(j, info, &want);
}
#endif

/* Tag, MAC and MTU, each where it differs; with them what a new link is to be set to. */
static vif_status vif__adjust(vif__job *j, vif_resource *r, vif_link_info *info)
{
    const vif_link_want *want = &r->want.link;
    const char *tag = vif__want_tag(j, r);
    const bool sized = vif__is(r, VIF__HAS_MTU);
    vif_status st;
    vif_link link;

    memset(&link, 0, sizeof link);
    if (tag != NULL && strcmp(info->alias, tag) != 0) {
        link.present |= VIF_LINK_ALIAS;
        link.alias.data = (const unsigned char *)tag;
        link.alias.len = strlen(tag);
    }
    if (want->has_mac && memcmp(want->mac, info->mac, 6) != 0) {
        link.present |= VIF_LINK_MAC;
        memcpy(link.mac, want->mac, 6);
    }
    if (sized && want->mtu != 0 && info->mtu != want->mtu) {
        VIF_SET(&link, VIF_LINK_MTU, mtu, want->mtu);
    }
    if (link.present == 0) {
        return VIF_OK;
    }
    if (!r->priv.created) {
        r->priv.note.link->changed |= link.present;
    }
    VIF_SET(&link, VIF_LINK_INDEX, index, info->index);
    (void)vif__request_new(j);
    vif__put_change(j, r, info, &link);
    st = vif__request_send(j);
    return st == VIF_OK ? vif__changed(j, info, &link) : st;
}

/* It stays only once it has its tag, MAC and MTU: until then it goes with whoever dies. */
static vif_status vif__create_tap(vif__job *j, vif_resource *r, vif_link_info *info)
{
    const vif_link_want *want = &r->want.link;
    vif_tap_desc d;
    vif_status st;
    char name[16];
    int fd = -1;

    memset(&d, 0, sizeof d);
    d.name = r->link;
    d.multi_queue = want->multi_queue;
    d.vnet_hdr = want->vnet_hdr;
    d.uid = want->uid;
    d.gid = want->gid;
    d.dev_path = j->host->desc.tun_path;
    st = vif_tap_create(&d, &fd, NULL, &j->step);
    if (st != VIF_OK) {
        if (j->step.sys_errno == ENOENT) {
            vif__cat_format(j->step.text, sizeof j->step.text, ": %s; a tap that others make is "
                            "taken",
                         d.dev_path != NULL ? d.dev_path : "/dev/net/tun", NULL, NULL);
        }
        return st;
    }
    st = vif__refresh(j, info);
    st = st == VIF_OK ? vif_tap_name(fd, name, &j->step) : st;
    if (st == VIF_OK && (info->index == 0 || strcmp(name, r->link) != 0)) {
        st = vif__missing(j, r->link);  /* any more: somebody has renamed or deleted it */
    }
    st = st == VIF_OK ? vif__adjust(j, r, info) : st;
    st = st == VIF_OK ? vif_tap_keep(fd, &j->step) : st;
    (void)close(fd);
    info->index = st == VIF_OK ? info->index : 0;
    return st;
}

#ifndef VIF_NO_NETWORKS
/* Whether a link is a port of that one, beside what the plan counts with it. */
static bool vif__is_port_of(const vif__job *j, const vif_link *link, int32_t bridge)
{
    size_t i = 0;

    while (i < j->plan.count && (j->plan.items[i].whose != VIF_COUNTED ||
                                 strcmp(j->plan.items[i].link, link->name) != 0)) {
        i++;
    }
    return (int32_t)link->master == bridge && i == j->plan.count;
}
#else
#define vif__is_port_of(j, link, bridge) false
#endif

#if !defined(VIF_NO_DIRECT) || !defined(VIF_NO_NETWORKS)
/* The first link that is over the device, as "macvlan eth0.5": any, also a bridge's port, or (with
 * a master, which may be 0) one that takes the device for itself, or is its master. "" if there is
 * none in this namespace: of those in others nothing is seen. */
static vif_status vif__find_over(vif__job *j, int32_t lower, const int32_t *master, char who[40])
{
    vif_nl *nl = &j->host->nl;
    vif_link link;

    who[0] = '\0';
    if (vif__links_ask(j, nl) != VIF_OK) {
        return j->step.status;
    }
    while (vif__links_next(nl, &link, &j->step)) {
        if (who[0] == '\0' &&
            ((master != NULL && link.index == *master) ||
             (master == NULL && vif__is_port_of(j, &link, lower)) ||
             ((int32_t)link.link == lower &&
             (master == NULL || strncmp(link.kind, "macv", 4) == 0 ||
              strncmp(link.kind, "ipv", 3) == 0)))) {
            vif__cat_format(who, 40, "%s %s", link.kind, link.name, NULL);
        }
    }
    return j->step.status == VIF_E_INTERRUPTED ? VIF_OK : j->step.status;
}

#ifndef VIF_NO_DIRECT
/* Who has the lower device of a macvtap, where the kernel said no more than EBUSY or EINVAL. */
static vif_status vif__refuse_lower(vif__job *j, const vif_resource *r, vif_status st)
{
    const vif_link_info *lower = vif__other(j, r);
    const vif_error error = j->step;
    char who[40];

    if (lower == NULL || vif__find_over(j, lower->index, &lower->master, who) != VIF_OK ||
        who[0] == '\0') {
        j->step = error;
        return st;
    }
    return vif__step_say(j, VIF_E_EXISTS, "%s is in use: %s", r->other, who, NULL);
}

#endif

/* A link of that kind goes if it is ours, is nobody's port, and nothing is over it any more. The
 * kernel knows no "delete if unused": what comes over it between the look and the deletion goes,
 * too, and its plug fails where it next needs its link, or is told so by a check; a port that comes
 * so to a bridge stays, without one. A lock helps among agents of one state directory, and networks
 * have it (see >>runner: shared bridges); it would make all plugs over a VLAN device of macvtaps
 * wait for each other, also for what udev and the switch have to do. Other bridges do not know the
 * case: of Linux a shared one never goes, and one of the VIF's own has its name. */
static vif_status vif__release(vif__job *j, int32_t lower, const char *kind, bool *gone)
{
    char who[40] = "";
    vif_link link;
    vif_status st = vif_nl_link_get(&j->host->nl, lower, NULL, &link, &j->step);

    *gone = st == VIF_OK && strcmp(link.kind, kind) == 0 && link.master == 0 &&
        vif__alias_is(&link, j->shared_tag);
    if (*gone) {
        st = vif__find_over(j, lower, NULL, who);
        *gone = st == VIF_OK && who[0] == '\0';
    }
    if (*gone) {
        st = vif_nl_link_delete(&j->host->nl, lower, &j->step);
    }
    return st == VIF_E_NO_INTERFACE ? VIF_OK : st;
}
#endif

/* The link is absent: makes it. Whoever made one of that name in between keeps it. */
static vif_status vif__create(vif__job *j, vif_resource *r, vif_link_info *info)
{
    vif_status st;

    r->priv.created = true;
    st = r->kind == VIF_RES_TAP ? vif__create_tap(j, r, info)
        : r->kind == VIF_RES_VETH ? vif__create_pair(j, r, info)
        : vif__create_tagged(j, r, info);
#ifndef VIF_NO_DIRECT
    if (r->want.link.mode != 0 &&
        (j->step.sys_errno == EBUSY || j->step.sys_errno == EINVAL) && st != VIF_OK) {
        st = vif__refuse_lower(j, r, st);
    }
#endif
    if (st != VIF_OK) {
        /* Refused: nothing of ours exists. Unknown: it may, and nobody else's was there. */
        r->priv.created = st == VIF_E_UNKNOWN && r->kind != VIF_RES_TAP;
        return st;
    }
    return info->index == 0 ? vif__refresh(j, info) : VIF_OK;
}

/* Why a VLAN "exists" whose name leads to nothing: the lower device has one of that id under
 * another name. One of this VIF's, of an earlier plug, goes; another is refused by its name. It may
 * also be in a namespace that nobody has named: that, and what comes and goes, is tried again. What
 * stays there can't be found from here, to be healed: a dump lists links of one namespace, sysfs
 * has "upper" only of links beside each other, and a namespace can be asked by its number only if
 * somebody has given it one here, as for a pair's end, but for no VLAN. Each plug could have one
 * given, for later ones to look there: a request more for all, where few wait until a pod ends. */
static vif_status vif__rival(vif__job *j, const vif_resource *r, unsigned ns)
{
    const vif_link_info *lower = vif__other(j, r);
    vif_nl *nl = vif__nl(j, ns);
    int32_t ours = 0;
    vif_link link;
    vif_vlan vlan;

    memset(&j->step, 0, sizeof j->step);
    vif_nl_put_link_dump(vif__request_new(j), 0, 0, "vlan", 0);
    if (lower == NULL || nl == NULL || vif_nl_send(nl, &j->buf, NULL) != VIF_OK) {
        return VIF_OK;
    }
    while (vif__links_next(nl, &link, NULL)) {
        if ((int32_t)link.link != lower->index ||
            ((link.present & VIF_LINK_LINK_NETNSID) != 0) != (ns != r->other_ns) ||
            !vif_vlan_parse(link.kind_data, &vlan) || vlan.id != r->want.link.vlan ||
            vlan.protocol == 0x88a8) {
            continue;
        }
        ours = r->whose == VIF_OWN && vif__alias_is(&link, j->tag) ? link.index : 0;
        if (ours == 0) {
            (void)vif__step_say(j, VIF_E_EXISTS, "%s has a VLAN of that id already: %s", r->other,
                                link.name, NULL);
        }
    }
    return ours != 0 ? vif_nl_link_delete(nl, ours, &j->step) : j->step.status;
}

/* Makes the link if it is absent. Who loses a race to somebody else takes what is there now, if it
 * passes the test; it is then not ours to take back. It may be gone again: a few times. */
static vif_status vif__ensure(vif__job *j, vif_resource *r, vif_link_info *info)
{
    vif_status st = VIF_OK;
    unsigned tries;

    for (tries = 0; tries < 3 && info->index == 0; tries++) {
        st = vif__create(j, r, info);
        if (st != VIF_OK && j->step.sys_errno != EEXIST && j->step.sys_errno != EBUSY) {
            return st;
        }
        if (st == VIF_OK && info->index != 0) {
            r->priv.was.index = info->index;
            return VIF_OK;
        }
        r->priv.created = false;
        st = vif__refresh(j, info);
        if (st == VIF_OK && info->index == 0 && r->kind == VIF_RES_VLAN) {
            st = vif__rival(j, r, r->other_ns);
            st = st == VIF_OK && r->ns != r->other_ns ? vif__rival(j, r, r->ns) : st;
        }
        if (st != VIF_OK || info->index != 0) {
            return st != VIF_OK ? st : vif__link_test(j, r);
        }
    }
    return info->index != 0 ? st : r->kind == VIF_RES_VLAN
        ? vif__step_say(j, VIF_E_EXISTS, "%s has a VLAN of that id already, in a network namespace "
                        "that is not seen from here", r->other, NULL, NULL)
        : vif__step_fail(j, VIF_E_CONFLICT,
                         "comes and goes: somebody else is at work on this link");
}

/* Remembers the link as it was found. */
static vif_status vif__note_link(vif__job *j, vif_resource *r, const vif_link_info *info)
{
    vif__link_note *n = (vif__link_note *)vif__alloc(j, sizeof *n);

    r->priv.note.link = n;
    if (n == NULL) {
        return VIF_E_NOMEM;
    }
    r->priv.was.index = info->index;
    n->mtu = info->mtu;
    memcpy(n->mac, info->mac, 6);
    memcpy(n->alias, info->alias, sizeof n->alias);
    return VIF_OK;
}

/* Made if it is missing. A link that was there before is noted before anything of it changes. */
static vif_status vif__link_apply(vif__job *j, vif_resource *r)
{
    vif_link_info *info = r->priv.link;
    vif_status st = vif__ensure(j, r, info);

    if (st == VIF_OK && !r->priv.created && r->priv.was.index != info->index) {
        st = vif__note_link(j, r, info);
    }
    st = st == VIF_OK ? vif__adjust(j, r, info) : st;
#ifndef VIF_NO_NETWORKS
    if (st == VIF_OK && r->kind == VIF_RES_BOND) {
        return vif__adjust_bond(j, r, info);
    }
#endif
    return st;
}

/* Gone already is as good. An answer that was lost is looked for before anything is repeated. */
static vif_status vif__delete(vif__job *j, vif_link_info *info)
{
    vif_status st = VIF_OK;
    unsigned tries;

    for (tries = 0; tries < 2 && info->index != 0; tries++) {
        vif_nl *nl = vif__nl(j, info->ns);

        st = nl != NULL ? vif_nl_link_delete(nl, info->index, &j->step) : j->step.status;
        if (st == VIF_OK || st == VIF_E_NO_INTERFACE) {
            info->index = 0;
            return VIF_OK;
        }
        if (st != VIF_E_UNKNOWN || vif__refresh(j, info) != VIF_OK) {
            return st;
        }
    }
    return info->index == 0 ? VIF_OK : st;
}

/* Whether it is the link that the plan means, and nobody else's. */
static vif_status vif__test_removed(vif__job *j, vif_resource *r, const vif_link_info *info)
{
    vif_status st;

    if (strcmp(info->alias, j->tag) == 0) {
        return VIF_OK;
    }
    /* A plug was killed before its pair had a tag, and its namespace has not been named again. */
    if (r->kind == VIF_RES_TAP && info->alias[0] == '\0' && info->lower_ns.set &&
        vif__is_pair(info->kind)) {
        return VIF_OK;
    }
    st = vif__is_tag(info->alias) ? vif__test_tag(j, r, info) : vif__link_is(j, r, info);
    if (st == VIF_OK && r->kind == VIF_RES_VETH && info->alias[0] == '\0') {
        st = vif__test_pair(j, r, info);    /* with another peer it is somebody else's */
    }
    return st;
}

/* Whether a link of that name is not the one that this call made: it has another index, and not the
 * tag that ours has had since it was made. */
static bool vif__is_anothers(const vif__job *j, const vif_resource *r, const vif_link_info *info)
{
    const char *tag = vif__want_tag(j, r);

    return info->index != 0 && r->priv.was.index != 0 && info->index != r->priv.was.index &&
        (tag == NULL || strcmp(info->alias, tag) != 0);
}

/* Whether the switch has a port of that name that is not the VIF's: the device is that port's. */
static bool vif__is_others_port(const vif__job *j, const char *name)
{
    size_t i;

    for (i = 0; i < j->plan.count; i++) {
        const vif_resource *r = &j->plan.items[i];

        if (r->kind == VIF_RES_OVS_PORT && r->want.ovs->priv.uuid[0] != '\0' &&
            r->priv.state == VIF__RIGHT && strcmp(r->want.ovs->name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* What this call made goes; of what it found only the fields that it changed are put back, and only
 * if the link is still the one with the index of then. */
static vif_status vif__link_revert(vif__job *j, vif_resource *r)
{
    const vif__link_note *n = r->priv.note.link;
    vif_link_info *info = r->priv.link;
    vif_status st;
    vif_link link;

    if (r->priv.created) {
        st = vif__refresh(j, info);
        if (st == VIF_OK && vif__is_anothers(j, r, info)) {
            info->index = 0;            /* ours has gone, and somebody has made one of its name */
        }
        st = st == VIF_OK && info->index != 0 ? vif__test_removed(j, r, info) : st;
#if !defined(VIF_NO_DIRECT) || !defined(VIF_NO_NETWORKS)
        if (st == VIF_OK && r->whose == VIF_COUNTED) {
#ifndef VIF_NO_NETWORKS
            if (info->index == 0 || vif__is_others_port(j, r->link)) {
                r->priv.created = false;
                return VIF_OK;
            }
#endif
            return vif__release(j, info->index, vif__kinds[r->kind].word, &r->priv.created);
        }
#endif
        return st == VIF_OK ? vif__delete(j, info) : st;
    }
    if (n == NULL || info->index == 0 || r->priv.was.index != info->index) {
        return VIF_OK;                  /* nothing was changed, or another link has the name now */
    }
#ifndef VIF_NO_NETWORKS
    if (n->bond.present != 0) {
        st = vif__set_bond(j, info, &n->bond);
        if (st != VIF_OK) {
            return st;
        }
    }
#endif
    if (n->changed == 0) {
        return VIF_OK;
    }
    memset(&link, 0, sizeof link);
    link.mtu = n->mtu;
    memcpy(link.mac, n->mac, 6);
    link.alias.data = (const unsigned char *)n->alias;
    link.alias.len = strlen(n->alias);
    link.present = n->changed;
    VIF_SET(&link, VIF_LINK_INDEX, index, info->index);
    st = vif__link_change(j, &link);
    return st == VIF_OK ? vif__changed(j, info, &link) : st;
}

/* >>kinds: device
 *
 * A device that somebody else made for the VIF: nothing is wanted of it but that it goes at
 * unplug. */

static void vif__device_describe(const vif_resource *r, const vif__sink *s)
{
    (void)r;
    (void)s;
}

static vif_status vif__device_test(vif__job *j, vif_resource *r)
{
    (void)j;
    (void)r;
    return VIF_OK;
}

static vif_status vif__device_apply(vif__job *j, vif_resource *r)
{
    return vif__device_test(j, r);
}

static vif_status vif__device_revert(vif__job *j, vif_resource *r)
{
    return vif__link_revert(j, r);
}

/* >>kinds: settings
 *
 * What is below /proc/sys/net for one link. Netlink tells all of IPv4's and IPv6's with the link
 * itself, so that a test costs nothing; it sets IPv4's too, while IPv6's have to be written to
 * their files, for which the host's proc_root must show this namespace. */

/* Where the host's /proc is, by its desc: a container may have it elsewhere. */
static void vif__proc_path(vif__job *j, const char *below)
{
    const char *root = j->host->desc.proc_root;

    j->path[0] = '\0';
    vif__cat_format(j->path, VIF__PATH_SIZE, "%s/sys/net/%s", root != NULL ? root : "/proc", below,
                 NULL);
}

/* The kernel's own name of the link: there is no directory for an altname. */
static void vif__conf_path(vif__job *j, const vif_link_info *info, unsigned which)
{
    char below[64] = "";

    vif__cat_format(below, sizeof below, vif__conf_is_neigh(which) ? "%s/neigh/%s/%s"
                    : "%s/conf/%s/%s", vif__confs[which].dir, info->real_name,
                    vif__confs[which].file);
    vif__proc_path(j, below);
}

/* Whether the name still leads to the link that was looked up. Of a shared one (looks) others may
 * have changed something meanwhile: it is looked at again. */
static vif_status vif__same_link(vif__job *j, vif_link_info *info, bool looks)
{
    const vif_link_info was = *info;
    vif_status st;

    if (!looks && vif_nl_link_index(&j->host->nl, info->real_name) == info->index) {
        return VIF_OK;
    }
    st = vif__refresh(j, info);
    if (st != VIF_OK || info->index == was.index) {
        return st;
    }
    *info = was;
    return vif__step_say(j, VIF_E_CONFLICT, "%s is no longer the link that it was", info->name,
                         NULL, NULL);
}

static void vif__conf_found(vif_link_info *info, unsigned which, uint32_t value)
{
    info->conf[which] = value;
    info->conf_known |= 1u << which;
}

/* Writes a setting below 10 to its file. A file is found by the link's name, and the file of a link
 * that loses its name can be written no more: while the name is looked up the file is open. A
 * resource's may be right by then: who makes the same bridge at the same time may have moved IPv6
 * addresses there, which the kernel would take away. */
static vif_status vif__conf_write(vif__job *j, vif_resource *r, vif_link_info *info,
                                  unsigned which, uint32_t value)
{
    char digit[2] = "0";
    vif_status st;
    int fd = -1;

    digit[0] = (char)('0' + (char)(value % 10));
    vif__conf_path(j, info, which);
    st = vif_file_open(j->path, &fd, &j->step);
    if (st == VIF_OK) {
        st = vif__same_link(j, info, r != NULL && r->whose == VIF_SHARED);
        if (st != VIF_OK || (r != NULL && vif__conf_right(r, info))) {
            (void)close(fd);
            if (st == VIF_OK) {
                r->priv.was.conf = info->conf[which];
            }
            return st;
        }
        st = vif_file_put(fd, j->path, digit, &j->step);
    }
    if (st != VIF_OK) {
        vif__step_cat(j, "; settings_optional does without");
        return st;
    }
    vif__conf_found(info, which, value);
    return VIF_OK;
}

/* Writes one setting in the way that its family has. What is remembered of the link follows only if
 * the kernel has taken it. */
static vif_status vif__conf_put(vif__job *j, vif_resource *r, vif_link_info *info,
                                unsigned which, uint32_t value)
{
    const bool ipv6 = vif__conf_is_ipv6(which);
    vif_inet_conf set;
    vif_status st;

    if (vif__conf_is_neigh(which)) {    /* in hundredths of a second, as its file has it */
        vif_nl_put_proxy_delay(vif__request_new(j), ipv6 ? VIF_AF_INET6 : VIF_AF_INET, info->index,
                               (uint64_t)value * 10);
        st = vif__request_send(j);
    } else if (ipv6) {
        return vif__conf_write(j, r, info, which, value);
    } else {
        set.which = vif__confs[which].number;
        set.value = value;
        vif_nl_put_inet_conf(vif__request_new(j), info->index, &set, 1);
        st = vif__request_send(j);
    }
    if (st == VIF_OK) {
        vif__conf_found(info, which, value);
    }
    return st;
}

static vif_status vif__conf_set(vif__job *j, vif_link_info *info, unsigned which, uint32_t value)
{
    return vif__conf_put(j, NULL, info, which, value);
}

/* What only a file tells is read once, where the link has the family. */
static vif_status vif__conf_load(vif__job *j, const vif_resource *r, vif_link_info *info)
{
    const unsigned which = r->want.conf.which;
    char text[16];
    int64_t value = 0;
    vif_status st;

    if (!vif__conf_is_neigh(which) || vif__conf_known(info, which) ||
        (vif__conf_is_ipv6(which) && !vif__conf_known(info, VIF_CONF_DISABLE_IPV6))) {
        return VIF_OK;
    }
    vif__conf_path(j, info, which);
    st = vif_file_read(j->path, text, sizeof text, &j->step);
    if (st == VIF_OK) {
        (void)vif_int_parse(text, strlen(text) - (strchr(text, '\n') != NULL ? 1 : 0), &value);
        info->conf[which] = (uint32_t)value;
        info->conf_known |= 1u << which;
    }
    return r->optional ? VIF_OK : st;
}

/* Whether the setting stays as it is: it may, and its file can't be written. */
static bool vif__conf_stays(vif__job *j, const vif_resource *r, const vif_link_info *info)
{
    const unsigned which = r->want.conf.which;
    int fd = -1;

    if (r->optional && vif__conf_is_ipv6(which) && !vif__conf_is_neigh(which)) {
        vif__conf_path(j, info, which);
        if (vif_file_open(j->path, &fd, NULL) != VIF_OK) {
            return true;
        }
        (void)close(fd);
    }
    return false;
}

/* A setting that can't be written, and need not be (settings_optional), is no difference. */
static vif_status vif__conf_test(vif__job *j, vif_resource *r)
{
    const unsigned which = r->want.conf.which;
    vif_link_info *info = r->priv.link;
    const vif_status st = vif__conf_load(j, r, info);

    if (st != VIF_OK) {
        return st;
    }
    if (!vif__conf_right(r, info) && !vif__conf_stays(j, r, info)) {
        vif__differ_int(j, r, vif__confs[which].file, r->want.conf.value, info->conf[which]);
    }
    return VIF_OK;
}

/* The value of before is noted: it comes back if the plug fails. */
static vif_status vif__conf_apply(vif__job *j, vif_resource *r)
{
    const unsigned which = r->want.conf.which;

    if (vif__conf_right(r, r->priv.link)) {
        return VIF_OK;
    }
    r->priv.was.conf = r->priv.link->conf[which];
    return vif__conf_put(j, r, r->priv.link, which, r->want.conf.value);
}

/* Somebody may have set it back already. */
static vif_status vif__conf_revert(vif__job *j, vif_resource *r)
{
    const unsigned which = r->want.conf.which;
    const vif_status st = r->priv.link->conf[which] == r->priv.was.conf
        ? VIF_OK : vif__conf_set(j, r->priv.link, which, r->priv.was.conf);

    return st == VIF_E_CONFLICT ? VIF_OK : st;  /* the link has gone, and its setting with it */
}

static void vif__conf_describe(const vif_resource *r, const vif__sink *s)
{
    const unsigned which = r->want.conf.which;
    vif__say(s, "family", vif__confs[which].dir);
    vif__say_int(s, vif__confs[which].file, r->want.conf.value);
}

/* A global setting is read only: it is the host's, and other guests live by it. */
static vif_status vif__require_test(vif__job *j, vif_resource *r)
{
    char value[16];
    vif_status st;

    vif__proc_path(j, r->want.require.path);
    st = vif_file_read(j->path, value, sizeof value, &j->step);
    if (st != VIF_OK && j->step.sys_errno == ENOENT && r->want.require.path[3] == '6') {
        vif__step_cat(j, ": the host has no IPv6; use_ipv6=false does without");
    }
    if (st == VIF_OK && value[0] == '0') {
        vif__differ(j, r, r->want.require.path, "1", "0");
    }
    return st;
}

/* The host's own affair: says what to do. */
static vif_status vif__require_apply(vif__job *j, vif_resource *r)
{
    return vif__step_say(j, VIF_E_UNSUPPORTED, "/proc/sys/net/%s is 0: a routed tap needs it on",
                          r->want.require.path, NULL, NULL);
}

static vif_status vif__require_revert(vif__job *j, vif_resource *r)
{
    (void)j;
    (void)r;
    return VIF_OK;
}

static void vif__require_describe(const vif_resource *r, const vif__sink *s)
{
    vif__say_int(s, r->want.require.path, 1);
}

/* >>kinds: master, port, up
 *
 * How a link is tied to its bridge. The message that makes it a port carries the MTU along where
 * the plan wants one, as each message of its own is a turn of the kernel's lock for all links. */

/* Sets flags of a link; those outside of `change` stay as others have set them. */
static vif_status vif__set_up(vif__job *j, vif_link_info *info, uint32_t flags,
                              uint32_t change)
{
    vif_status st;

    vif_nl_put_link_flags(vif__request_new(j), info->index, flags & change, change);
    st = vif__request_send(j);
    if (st == VIF_OK) {
        info->flags = (info->flags & ~change) | (flags & change);
    }
    return st;
}

/* Out of its bridge, bond or VRF, an uplink would leave behind what the host has there. */
static vif_status vif__refuse_master(vif__job *j, const vif_link_info *info)
{
    vif_status st;
    vif_link link;

    st = vif_nl_link_get(&j->host->nl, info->master, NULL, &link, &j->step);
    if (st != VIF_OK) {
        return st;
    }
    return vif__step_say(j, VIF_E_EXISTS, link.kind[0] != '\0'
                         ? "%s is a port of %s %s; the option uplink_take_over takes it"
                         : "%s is a port of %s%s; the option uplink_take_over takes it",
                         info->name, link.kind, link.name);
}

/* A port of somebody else's is not taken but where the plan says so; where it is now is told by its
 * kind and name, for whoever has to decide. */
static vif_status vif__master_test(vif__job *j, vif_resource *r)
{
    const vif_link_info *info = r->priv.link, *master = vif__other(j, r);

    if (master == NULL) {
        return j->step.status;
    }
    if (master->index != 0 && strcmp(master->kind, "bridge") != 0) {
        return vif__is_not(j, master, "bridge");
    }
    if (info->index != 0 && info->type != 1) {      /* lo, tun: of them the kernel says EINVAL */
        return vif__is_not(j, info, "an Ethernet device");
    }
    if (r->whose == VIF_SHARED && !r->want.master.take_over && info->master != 0 &&
        info->master != master->index) {
        return vif__refuse_master(j, info);
    }
    if (info->index == 0) {
        vif__differ(j, r, "exists", "yes", "no");
    } else if (master->index == 0 || info->master != master->index) {
        vif__differ(j, r, "master", r->other, info->master == 0 ? "none" : "another");
    }
    return VIF_OK;
}

/* mtu: set in the same message; 0: left as it is. */
static vif_status vif__set_master(vif__job *j, vif_link_info *info, int32_t master, uint32_t mtu)
{
    vif_status st;
    vif_link link;

    memset(&link, 0, sizeof link);
    VIF_SET(&link, VIF_LINK_INDEX, index, info->index);
    VIF_SET(&link, VIF_LINK_MASTER, master, (uint32_t)master);
    link.mtu = mtu;
    link.present |= mtu != 0 ? VIF_LINK_MTU : 0;
    st = vif__link_change(j, &link);
    st = st == VIF_OK ? vif__changed(j, info, &link) : st;
    if (st == VIF_OK && info->master != 0) {
        return vif__refresh(j, info);   /* its old master may have changed more than that */
    }
    if (st == VIF_OK) {
        info->master = master;
        /* What a new port has: the kernel's defaults (net/bridge/br_if.c new_nbp). */
        info->port = VIF_PORT_LEARNING | VIF_PORT_UNICAST_FLOOD | VIF_PORT_MCAST_FLOOD |
            VIF_PORT_BCAST_FLOOD;
    }
    return st;
}

/* For a change that must not end half way: once more, if it fails. */
static vif_status vif__link_change_twice(vif__job *j, const vif_link *link)
{
    return vif__link_change(j, link) == VIF_OK ? VIF_OK : vif__link_change(j, link);
}

/* A bridge whose MTU nobody has set takes the least of its ports'. An operator's keeps what it had:
 * set once, by a change to another value and back, it stays. */
static vif_status vif__pin_mtu(vif__job *j, const vif_link_info *bridge)
{
    vif_link link;
    vif_status st;

    if (vif__is_tag(bridge->alias) || bridge->mtu >= 65535) {
        return VIF_OK;
    }
    memset(&link, 0, sizeof link);
    VIF_SET(&link, VIF_LINK_INDEX, index, bridge->index);
    VIF_SET(&link, VIF_LINK_MTU, mtu, bridge->mtu + 1);
    st = vif__link_change_twice(j, &link);
    link.mtu = bridge->mtu;
    return st == VIF_OK ? vif__link_change_twice(j, &link) : st;
}

/* What the uplink is as a port of the bridge that it is taken from; what the kernel finds by itself
 * is left out. */
VIF__APART static vif_status vif__note_port(vif__job *j, vif_resource *r)
{
    vif_bridge_port port;
    vif_status st;
    vif_link link;

    st = vif_nl_link_get(&j->host->nl, r->priv.link->index, NULL, &link, &j->step);
    if (st != VIF_OK || strcmp(link.slave_kind, "bridge") != 0 ||
        !vif_bridge_port_parse(link.slave_data, &port)) {
        return st;
    }
    r->priv.note.master.port = (vif_bridge_port *)vif__alloc(j, sizeof port);
    if (r->priv.note.master.port == NULL) {
        return VIF_E_NOMEM;
    }
    port.present &= ~(uint32_t)VIF_BRIDGE_PORT_STATE;
    *r->priv.note.master.port = port;
    return VIF_OK;
}

/* The MTU that the plan wants of the same link, if that is to change. */
static vif_resource *vif__mtu_along(const vif__job *j, const vif_resource *r)
{
    size_t i;

    for (i = 0; i < j->plan.count; i++) {
        vif_resource *m = &j->plan.items[i];

        if (m->kind == VIF_RES_MTU && m->ns == r->ns && strcmp(m->link, r->link) == 0 &&
            m->other[0] == '\0' && m->priv.state >= VIF__DIFFERENT &&
            m->want.mtu.mtu != r->priv.link->mtu) {
            return m;
        }
    }
    return NULL;
}

/* Master and MTU in one message. Such a message is not all or nothing: both count as applied from
 * now on, and each is taken back by itself. If the kernel refuses one of them they are tried one by
 * one, so that the failure names it. */
static vif_status vif__master_and_mtu(vif__job *j, vif_resource *r, int32_t master)
{
    vif_resource *m = vif__mtu_along(j, r);
    vif_status st = VIF_E_KERNEL;

    if (m != NULL) {
        m->priv.state = VIF__APPLIED;
        m->priv.was.mtu = r->priv.link->mtu;
        st = vif__set_master(j, r->priv.link, master, m->want.mtu.mtu);
    }
    return st == VIF_E_KERNEL ? vif__set_master(j, r->priv.link, master, 0) : st;
}

/* What it was a port of before, with its switches, is noted: out of there the kernel forgets
 * them. */
static vif_status vif__master_apply(vif__job *j, vif_resource *r)
{
    vif_link_info *info = r->priv.link;
    vif_status st;
    const vif_link_info *master = vif__needed(j, r, &st);

    if (master == NULL) {
        return st;
    }
    r->priv.note.master.index = info->master;
    r->priv.note.master.flags = info->flags;
    st = info->master != 0 ? vif__note_port(j, r) : VIF_OK;
    st = st == VIF_OK && master->mtu > info->mtu ? vif__pin_mtu(j, master) : st;
    return st == VIF_OK ? vif__master_and_mtu(j, r, master->index) : st;
}

/* Back to where it was, and what it was there. A bond takes its ports only while they are down. */
static vif_status vif__master_revert(vif__job *j, vif_resource *r)
{
    const int32_t master = r->priv.note.master.index;
    const uint32_t flags = r->priv.note.master.flags;
    vif_link_info *info = r->priv.link;
    vif_status st = vif__set_master(j, info, master, 0);

    if (st != VIF_OK && st != VIF_E_UNKNOWN && master != 0) {
        st = vif__set_up(j, info, 0, VIF_IFF_UP);
        st = st == VIF_OK ? vif__set_master(j, info, master, 0) : st;
    }
    if (st == VIF_OK && r->priv.note.master.port != NULL) {
        vif_nl_put_bridge_port(vif__request_new(j), info->index, r->priv.note.master.port);
        st = vif__request_send(j);
    }
    if (st == VIF_OK && master != 0 && ((info->flags ^ flags) & VIF_IFF_UP) != 0) {
        st = vif__set_up(j, info, flags, VIF_IFF_UP);
    }
    return st;
}

static void vif__master_describe(const vif_resource *r, const vif__sink *s)
{
    vif__say(s, "master", r->other);
}

static const char vif__switches[] = "isolated\0hairpin\0learning\0unicast_flood\0mcast_flood\0"
                                    "bcast_flood";

/* Only the switches in the mask are the plan's; the others may be anybody's. */
static vif_status vif__port_test(vif__job *j, vif_resource *r)
{
    const unsigned port = r->priv.link->port;
    unsigned i;

    for (i = 0; i < 6; i++) {
        if (((port ^ r->want.port.on) & r->want.port.mask & 1u << i) != 0) {
            vif__differ_int(j, r, vif__packed(vif__switches, i), r->want.port.on >> i & 1,
                            port >> i & 1);
        }
    }
    return VIF_OK;
}

/* All switches of the mask in one message. */
static vif_status vif__set_port(vif__job *j, vif_link_info *info, uint32_t mask, uint32_t on)
{
    vif_bridge_port p;
    vif_status st;
    unsigned i;

    memset(&p, 0, sizeof p);
    for (i = 0; i < 6; i++) {
        ((unsigned char *)&p)[vif__port_rows[i].offset] = (unsigned char)(on >> i & 1);
        p.present |= (mask >> i & 1) != 0 ? vif__port_rows[i].present : 0;
    }
    vif_nl_put_bridge_port(vif__request_new(j), info->index, &p);
    st = vif__request_send(j);
    if (st == VIF_OK) {
        info->port = (uint8_t)((info->port & ~mask) | (on & mask));
    }
    return st;
}

static vif_status vif__port_apply(vif__job *j, vif_resource *r)
{
    r->priv.was.port = r->priv.link->port;
    return vif__set_port(j, r->priv.link, r->want.port.mask, r->want.port.on);
}

static vif_status vif__port_revert(vif__job *j, vif_resource *r)
{
    return vif__set_port(j, r->priv.link, r->want.port.mask, r->priv.was.port);
}

/* In the order of the bits of VIF_PORT_*. */
static void vif__port_describe(const vif_resource *r, const vif__sink *s)
{
    unsigned i;

    for (i = 0; i < 6; i++) {
        if ((r->want.port.mask >> i & 1) != 0) {
            vif__say_int(s, vif__packed(vif__switches, i), r->want.port.on >> i & 1);
        }
    }
}

#ifndef VIF_NO_SWITCH
/* >>kinds: rate
 *
 * What a link sends is bounded by a token bucket at its root, with a handle that nobody is given by
 * the kernel (those are from 8001: on) and few would choose. In its place there may be what the
 * kernel has put there by itself, with the handle 0, or ours; another is somebody's: refused.
 * A change of ours is made in place, and loses no frame that waits. */

enum { VIF__RATE_HANDLE = 0x76690000 }; /* "vi" */

/* What there was before this call, and is now. */
typedef struct vif__rate_note {
    vif_tbf was, is;
    bool had, has;
    char other[16];                     /* the kind of somebody else's; "": there is none */
} vif__rate_note;

/* Says where ours is, or would be. */
static void vif__rate_at(const vif_resource *r, vif_qdisc *q)
{
    memset(q, 0, sizeof *q);
    VIF_SET(q, VIF_QDISC_INDEX, index, r->priv.link->index);
    VIF_SET(q, VIF_QDISC_PARENT, parent, VIF_QDISC_ROOT);
}

/* Keeps what it read; the first time also as what was there before. */
static vif_status vif__rate_keep(vif__job *j, vif_resource *r, const vif__rate_note *read)
{
    vif__rate_note *n = r->priv.note.rate;

    if (n == NULL) {
        n = r->priv.note.rate = (vif__rate_note *)vif__alloc(j, sizeof *n);
        if (n == NULL) {
            return VIF_E_NOMEM;
        }
        n->was = read->is;
        n->had = read->has;
    }
    n->is = read->is;
    n->has = read->has;
    memcpy(n->other, read->other, sizeof n->other);
    return VIF_OK;
}

/* Asks for the root alone. Of a link that was never up the kernel has nothing to say (measured). */
static vif_status vif__rate_look(vif__job *j, vif_resource *r)
{
    vif_nl *nl = vif__nl(j, j->ns);
    vif__rate_note n;
    vif_nl_event event;
    vif_nl_msg msg;
    vif_qdisc q;

    memset(&n, 0, sizeof n);
    vif__rate_at(r, &q);
    vif_nl_put_qdisc(vif__request_new(j), VIF_RTM_GETQDISC, 0, &q);
    if (nl == NULL || vif_nl_send(nl, &j->buf, &j->step) != VIF_OK) {
        return j->step.status;
    }
    while ((event = vif_nl_next(nl, &msg, &j->step)) != VIF_NL_DONE) {
        if (event == VIF_NL_MESSAGE && vif_qdisc_parse(&msg, &q) &&
            q.index == r->priv.link->index && q.handle != 0) {
            n.has = q.handle == VIF__RATE_HANDLE && vif_tbf_parse(&q, &n.is);
            vif__name_copy(n.other, n.has ? "" : q.kind);
        }
    }
    return j->step.status == VIF_OK ? vif__rate_keep(j, r, &n) : j->step.status;
}

/* The bucket that is wanted. Of the peak a timer may be late for 1 ms; 50 ms of the rate, and at
 * least ten frames, wait behind a burst. */
static void vif__rate_of(const vif_rate_want *want, vif_tbf *to)
{
    const uint64_t limit = (uint64_t)want->burst + vif__rate_part(want, want->average, 20) +
        10 * (uint64_t)want->frame;

    memset(to, 0, sizeof *to);
    to->rate = vif__rate_bytes(want->average);
    to->burst = want->burst;
    to->limit = limit > UINT32_MAX ? UINT32_MAX : (uint32_t)limit;
    if (want->peak != 0) {
        to->peak = vif__rate_bytes(want->peak);
        to->peak_burst = vif__rate_part(want, want->peak, 1000);
    }
}

/* Whether two bursts are the same but for what the kernel rounds them by. */
static bool vif__rate_near(uint32_t a, uint32_t b, uint64_t rate)
{
    const uint32_t apart = a > b ? a - b : b - a;

    return apart <= rate / 7812500 + 1; /* two units of 64 ns */
}

/* The kernel counts bytes: bits that make none are no difference. Neither is the limit, by which
 * frames wait longer or are dropped sooner, but not more of them pass. */
static void vif__rate_compare(vif__job *j, vif_resource *r, const vif_tbf *is)
{
    const vif_rate_want *want = &r->want.rate;
    vif_tbf to;

    vif__rate_of(want, &to);
    if (is->rate != to.rate) {
        vif__differ_int(j, r, "rate", want->average, (int64_t)(is->rate * 8));
    }
    if (is->peak != to.peak) {
        vif__differ_int(j, r, "peak", want->peak, (int64_t)(is->peak * 8));
    }
    if (!vif__rate_near(is->burst, to.burst, is->rate)) {
        vif__differ_int(j, r, "burst", to.burst, is->burst);
    }
    if (!vif__rate_near(is->peak_burst, to.peak_burst, is->peak)) {
        vif__differ_int(j, r, "peak_burst", to.peak_burst, is->peak_burst);
    }
}

/* Where no bound is wanted, somebody else's is none of our business. */
static vif_status vif__rate_test(vif__job *j, vif_resource *r)
{
    const vif_status st = vif__rate_look(j, r);
    const vif__rate_note *n = r->priv.note.rate;

    if (st != VIF_OK) {
        return st;
    }
    if (r->want.rate.average == 0) {
        if (n->has) {
            vif__differ_int(j, r, "rate", 0, (int64_t)(n->is.rate * 8));
        }
    } else if (n->other[0] != '\0') {
        return vif__step_say(j, VIF_E_EXISTS, "%s has a qdisc already, %s, which is not vif's",
                             r->link, n->other, NULL);
    } else if (!n->has) {
        vif__differ(j, r, "exists", "yes", "no");
    } else {
        vif__rate_compare(j, r, &n->is);
    }
    return VIF_OK;
}

/* tbf NULL: none of ours. The kernel looks once more whose the one is that is there. */
static vif_status vif__rate_set(vif__job *j, const vif_resource *r, const vif_tbf *tbf)
{
    const bool has = r->priv.note.rate->has;
    vif_qdisc q;

    vif__rate_at(r, &q);
    VIF_SET(&q, VIF_QDISC_HANDLE, handle, VIF__RATE_HANDLE);
    if (tbf != NULL) {
        vif_nl_put_tbf(vif__request_new(j), has ? VIF_NLM_F_REPLACE
                       : VIF_NLM_F_CREATE | VIF_NLM_F_EXCL, &q, tbf);
    } else if (has) {
        vif_nl_put_qdisc(vif__request_new(j), VIF_RTM_DELQDISC, 0, &q);
    } else {
        return VIF_OK;
    }
    return vif__request_send(j);
}

/* What the look has found is at hand: ours is changed, or made where nobody has put one. */
static vif_status vif__rate_apply(vif__job *j, vif_resource *r)
{
    vif_tbf to;

    vif__rate_of(&r->want.rate, &to);
    return vif__rate_set(j, r, r->want.rate.average != 0 ? &to : NULL);
}

/* The former one comes back, or what the kernel has by itself; an unplug knows of no former one. In
 * place of ours that somebody has replaced, nothing is put back. */
static vif_status vif__rate_revert(vif__job *j, vif_resource *r)
{
    const bool had = r->priv.state == VIF__APPLIED && r->priv.note.rate->had;
    const vif_status st = vif__rate_look(j, r);

    if (st != VIF_OK || r->priv.note.rate->other[0] != '\0') {
        return st;
    }
    return vif__rate_set(j, r, had ? &r->priv.note.rate->was : NULL);
}

/* In the words of the options. */
static void vif__rate_describe(const vif_resource *r, const vif__sink *s)
{
    vif__say_int(s, "rate", r->want.rate.average);
    if (r->want.rate.average != 0) {
        if (r->want.rate.peak != 0) {
            vif__say_int(s, "peak", r->want.rate.peak);
        }
        vif__say_int(s, "burst", r->want.rate.burst);
    }
}
#endif

/* Of a link that is down nothing else is asked: what hangs on it waits anyway. */
static vif_status vif__up_test(vif__job *j, vif_resource *r)
{
    if ((r->priv.link->flags & VIF_IFF_UP) == 0) {
        vif__differ(j, r, "up", "yes", "no");
    }
    if ((~r->priv.link->flags & r->want.up.flags) != 0) {
        vif__differ(j, r, "promiscuous", "yes", "no");
    }
    return VIF_OK;
}

static vif_status vif__up_apply(vif__job *j, vif_resource *r)
{
    r->priv.was.flags = r->priv.link->flags;
    return vif__set_up(j, r->priv.link, ~0u, VIF_IFF_UP | r->want.up.flags);
}

/* Taken away at unplug it goes down. */
static vif_status vif__up_revert(vif__job *j, vif_resource *r)
{
    return vif__set_up(j, r->priv.link, r->priv.created ? 0 : r->priv.was.flags,
                       VIF_IFF_UP | r->want.up.flags);
}

static void vif__up_describe(const vif_resource *r, const vif__sink *s)
{
    if (r->want.up.flags != 0) {
        vif__say(s, "promiscuous", "yes");
    }
}

#ifndef VIF_NO_SWITCH
/* >>kinds: vlans
 *
 * The VLANs of a bridge's port are wanted as a whole set: what it has beyond that, its bridge's
 * default above all, is taken away. The kernel has no exchange of the one for the other, so what
 * goes goes first: the port is in no VLAN for a moment rather than in two that are to be apart. Of
 * other ports, and of the bridge itself, nothing is changed. On a bridge that does not filter, a
 * VLAN would be one in name alone: that is refused, and not switched on, as it would cut off ports
 * that others have. */

/* A bit each of VLANs 1 to 4094; pvid 0: none is of frames without a tag. */
typedef struct vif__vlan_set {
    uint8_t all[512], untagged[512];
    uint16_t pvid;
} vif__vlan_set;

typedef struct vif__port_vlans {
    vif__vlan_set want, found, before;
    bool noted;                         /* `before` is what the first apply found */
} vif__port_vlans;

/* What a set says of a VLAN: VIF_BRIDGE_VLAN_*, and that it is in there; 0: it is not. */
enum { VIF__VLAN_IN = 0x100 };
static unsigned vif__vlan_in(const vif__vlan_set *set, unsigned vlan)
{
    const unsigned untagged = (set->untagged[vlan / 8] >> vlan % 8 & 1u) != 0
        ? (unsigned)VIF_BRIDGE_VLAN_UNTAGGED : 0u;

    return (set->all[vlan / 8] >> vlan % 8 & 1u) == 0 ? 0
        : VIF__VLAN_IN | untagged | (set->pvid == vlan ? (unsigned)VIF_BRIDGE_VLAN_PVID : 0u);
}

static void vif__vlan_add(vif__vlan_set *set, const vif_bridge_vlan *vlans)
{
    unsigned v;

    for (v = vlans->first; v <= vlans->last; v++) {
        set->all[v / 8] |= (uint8_t)(1u << v % 8);
        if ((vlans->flags & VIF_BRIDGE_VLAN_UNTAGGED) != 0) {
            set->untagged[v / 8] |= (uint8_t)(1u << v % 8);
        }
        if ((vlans->flags & VIF_BRIDGE_VLAN_PVID) != 0) {
            set->pvid = (uint16_t)v;
        }
    }
}

/* "10,20-30", cut behind a whole number where there is no room. */
static void vif__vlan_list(const uint8_t bits[512], char *text, size_t cap)
{
    unsigned v, first = 0;

    text[0] = '\0';
    for (v = 1; v < 4096; v++) {
        const bool is = (bits[v / 8] >> v % 8 & 1) != 0 && v != 4095;

        if (is || first == 0) {
            first = first != 0 || !is ? first : v;
            continue;
        }
        if (strlen(text) + 14 > cap) {
            vif_cat(text, cap, ",..");
            return;
        }
        vif_cat(text, cap, text[0] != '\0' ? "," : "");
        vif_cat_int(text, cap, first);
        if (v - 1 != first) {
            vif_cat(text, cap, "-");
            vif_cat_int(text, cap, v - 1);
        }
        first = 0;
    }
}

/* What a link has. The kernel that filters no VLANs, or is too old, says that it can't. */
static vif_status vif__vlans_read(vif__job *j, int32_t index, vif__vlan_set *set)
{
    vif_nl *nl = vif__nl(j, 0);
    vif_bridge_vlan vlans;
    vif_nl_event event;
    vif_nl_view left;
    vif_nl_msg msg;

    memset(set, 0, sizeof *set);
    vif_nl_put_bridge_vlan_dump(vif__request_new(j), index);
    if (nl == NULL || vif_nl_send(nl, &j->buf, &j->step) != VIF_OK) {
        return j->step.status;
    }
    while ((event = vif_nl_next(nl, &msg, &j->step)) != VIF_NL_DONE) {
        if (event != VIF_NL_MESSAGE || vif_bridge_vlans_parse(&msg, &left) != index) {
            continue;
        }
        while (vif_bridge_vlan_next(&left, &vlans)) {
            vif__vlan_add(set, &vlans);
        }
    }
    return j->step.sys_errno != EOPNOTSUPP ? j->step.status
        : vif__step_fail(j, VIF_E_UNSUPPORTED, "port_vlan and port_trunks: the kernel's bridges "
                         "filter no VLANs, or it is older than Linux 5.6");
}

/* Those that `from` has and `to` does not go (DELLINK); those that `to` has and `from` does not, or
 * otherwise, come (SETLINK). A message has some of their ranges, as the buffer for them is no
 * larger. */
static vif_status vif__vlans_send(vif__job *j, int32_t index, uint16_t type,
                                  const vif__vlan_set *from, const vif__vlan_set *to)
{
    vif_bridge_vlan items[32];
    vif_bridge_vlans vlans = {items, 0, false};
    vif_status st = VIF_OK;
    unsigned v;

    for (v = 1; v <= 4095 && st == VIF_OK; v++) {
        const unsigned had = v < 4095 ? vif__vlan_in(from, v) : 0;
        const unsigned gets = v < 4095 ? vif__vlan_in(to, v) : 0;
        const bool is = type == VIF_RTM_DELLINK ? had != 0 && gets == 0 : gets != 0 && gets != had;
        const uint16_t flags = (uint16_t)(gets & 0xff);
        vif_bridge_vlan *last = &items[vlans.count - (vlans.count > 0)];

        if (is && vlans.count > 0 && last->last == v - 1 && last->flags == flags &&
            (flags & VIF_BRIDGE_VLAN_PVID) == 0) {
            last->last = (uint16_t)v;
            continue;
        }
        if (vlans.count == 32 || (v == 4095 && vlans.count > 0)) {
            vif_nl_put_bridge_vlans(vif__request_new(j), type, index, &vlans);
            st = vif__request_send(j);
            vlans.count = 0;
        }
        if (is) {
            items[vlans.count].first = items[vlans.count].last = (uint16_t)v;
            items[vlans.count++].flags = flags;
        }
    }
    return st;
}

static vif_status vif__vlans_change(vif__job *j, int32_t index, const vif__vlan_set *from,
                                    const vif__vlan_set *to)
{
    const vif_status st = vif__vlans_send(j, index, VIF_RTM_DELLINK, from, to);

    return st == VIF_OK ? vif__vlans_send(j, index, VIF_RTM_SETLINK, from, to) : st;
}

/* Whether the bridge filters VLANs, and which one its ports are in at first. A check says what is,
 * as for all else. */
VIF__APART static vif_status vif__vlans_bridge(vif__job *j, vif_resource *r,
                                               const vif_link_info *bridge, uint16_t *pvid)
{
    vif_nl_bridge b;
    vif_link link;
    vif_status st = vif_nl_link_get(&j->host->nl, bridge->index, NULL, &link, &j->step);

    if (st != VIF_OK) {
        return st;
    }
    if (vif_nl_bridge_parse(link.kind_data, &b) && b.vlan_filtering != 0) {
        *pvid = b.vlan_default_pvid;
        return VIF_OK;
    }
    if (j->verb == VIF_CHECK) {
        vif__differ(j, r, "vlan_filtering", "yes", "no");
        return VIF_OK;
    }
    return vif__step_say(j, VIF_E_UNSUPPORTED, "port_vlan and port_trunks: the bridge %s filters "
                         "no VLANs (ip link set %s type bridge vlan_filtering 1)", bridge->name,
                         bridge->name, NULL);
}

static void vif__vlans_want(const vif_resource *r, uint16_t pvid, vif__vlan_set *set)
{
    memset(set, 0, sizeof *set);
    if (r->want.vlans.tagged != NULL) {
        memcpy(set->all, r->want.vlans.tagged, sizeof set->all);
        set->all[0] &= 0xfe;
        set->all[511] &= 0x7f;          /* 0 and 4095 are no VLANs */
    }
    set->pvid = r->want.vlans.pvid != 0 || r->want.vlans.tagged != NULL ? r->want.vlans.pvid : pvid;
    if (set->pvid != 0) {
        set->all[set->pvid / 8] |= (uint8_t)(1u << set->pvid % 8);
        set->untagged[set->pvid / 8] |= (uint8_t)(1u << set->pvid % 8);
    }
}

/* Each list that is not as wanted. */
static void vif__vlans_compare(vif__job *j, vif_resource *r, const vif__port_vlans *p)
{
    char want[64], found[64];

    if (p->want.pvid != p->found.pvid) {
        vif__differ_int(j, r, "pvid", p->want.pvid, p->found.pvid);
    }
    if (memcmp(p->want.all, p->found.all, sizeof p->want.all) != 0) {
        vif__vlan_list(p->want.all, want, sizeof want);
        vif__vlan_list(p->found.all, found, sizeof found);
        vif__differ(j, r, "vlans", want, found);
    }
    if (memcmp(p->want.untagged, p->found.untagged, sizeof p->want.untagged) != 0) {
        vif__vlan_list(p->want.untagged, want, sizeof want);
        vif__vlan_list(p->found.untagged, found, sizeof found);
        vif__differ(j, r, "untagged", want, found);
    }
}

/* Also asked while there is no port, so that what can't be is refused before it is made. */
static vif_status vif__vlans_test(vif__job *j, vif_resource *r)
{
    const vif_link_info *info = r->priv.link, *bridge = vif__other(j, r);
    vif__port_vlans *p = r->priv.note.vlans;
    uint16_t pvid = 1;                  /* as the kernel makes bridges */
    vif_status st;
    bool on;

    p = p != NULL ? p : (vif__port_vlans *)vif__alloc(j, sizeof *p);
    if (bridge == NULL || p == NULL) {
        return bridge == NULL ? j->step.status : VIF_E_NOMEM;
    }
    r->priv.note.vlans = p;
    on = info->index != 0 && bridge->index != 0 && info->master == bridge->index;
    st = bridge->index != 0 ? vif__vlans_bridge(j, r, bridge, &pvid) : VIF_OK;
    if (st != VIF_OK || r->priv.state == VIF__DIFFERENT) {
        return st;
    }
    st = vif__vlans_read(j, on ? info->index : 1, &p->found);
    if (!on) {                          /* lo is no port, but the kernel has understood */
        vif__differ(j, r, "exists", "yes", "no");
        return j->step.sys_errno == EINVAL ? VIF_OK : st;
    }
    if (st == VIF_OK) {
        vif__vlans_want(r, pvid, &p->want);
        vif__vlans_compare(j, r, p);
    }
    return st;
}

/* Behind a test, which has found the port on its bridge. */
static vif_status vif__vlans_apply(vif__job *j, vif_resource *r)
{
    vif__port_vlans *p = r->priv.note.vlans;

    if (!p->noted) {
        p->before = p->found;
        p->noted = true;
    }
    return vif__vlans_change(j, r->priv.link->index, &p->found, &p->want);
}

/* From whatever an apply that failed has left. At an unplug there is nothing to do: off its bridge
 * a link has no VLANs. */
static vif_status vif__vlans_revert(vif__job *j, vif_resource *r)
{
    vif__port_vlans *p = r->priv.note.vlans;
    vif_status st;

    if (p == NULL || !p->noted) {
        return VIF_OK;
    }
    st = vif__vlans_read(j, r->priv.link->index, &p->found);
    if (st != VIF_OK) {                 /* EINVAL: somebody has taken it off its bridge */
        return j->step.sys_errno == EINVAL ? VIF_OK : st;
    }
    return vif__vlans_change(j, r->priv.link->index, &p->found, &p->before);
}

static void vif__vlans_describe(const vif_resource *r, const vif__sink *s)
{
    char text[128];

    if (r->want.vlans.pvid != 0) {
        vif__say_int(s, "pvid", r->want.vlans.pvid);
    }
    if (r->want.vlans.tagged != NULL) {
        vif__vlan_list(r->want.vlans.tagged, text, sizeof text);
        vif__say(s, "tagged", text);
    } else if (r->want.vlans.pvid == 0) {
        vif__say(s, "pvid", "default");
    }
}
#endif

/* >>kinds: move
 *
 * The uplink's addresses become the bridge's: all that names the uplink moves, or nothing does. It
 * is read once, before anything is changed (vif__look_all), each address, route and neighbour kept
 * as the request that makes it again. What can't move is refused then. Everything is there on the
 * bridge before it goes from the uplink, so that at no moment, and wherever the process dies, a
 * route is gone; what the kernel makes by itself is looked for, not assumed; and "done" is said
 * when a last look has found all of it on the bridge and nothing on the uplink. The same functions
 * bring all of it back, and finish from a note on disk what a killed process began. */

enum { VIF__ADDRESS, VIF__DIRECT, VIF__NEXTHOP, VIF__VIA, VIF__NEIGH, VIF__ORDERS };

/* What is put in this order: msg is vif_nl_put_moved's, for the link that it was read from. */
typedef struct vif__saved {
    struct vif__saved *next, *prev, *chain;
    vif_nl_msg msg;                     /* its data follows the struct */
    uint32_t hash;
    uint32_t lifetime[2];               /* s: an address's, preferred and valid; a route's: [1] */
    char label[16];                     /* of an IPv4 address; without the link's name before it */
    uint64_t id;                        /* the last half of an IPv6 address */
    uint8_t order, protocol;            /* protocol of a route */
    bool nodad;                         /* an address's flag */
    bool router;                        /* the default route of a router that the kernel knows */
    bool labelled;                      /* the label did not begin with the link's name */
    bool copied;                        /* link-local: put on the bridge, and stays on the uplink */
    bool behind;                        /* another route to the same destination comes first */
    bool at_once;                       /* in use already: no need to ask whether it is others' */
    bool was;                           /* the bridge had it before */
    bool seen, shorter;                 /* the link looked at has it; but for a shorter time */
    bool renewed;                       /* an address that the kernel made of a router's prefix */
    bool made;                          /* a route that comes and goes with an address */
    bool left;                          /* it is still to be taken from the other link */
} vif__saved;

/* The dumps of which a look consists, a bit each; see vif__put_dump. Addresses are always looked
 * for, the rest where the list has some. */
enum { VIF__DUMP_ADDRS = 1, VIF__DUMP_IPV4 = 2, VIF__DUMP_IPV6 = 4, VIF__DUMP_NEIGHS = 24,
       VIF__DUMP_NEXTHOPS = 32, VIF__DUMP_ALL = 63 };

/* All of a link's, in the order in which they are put. */
typedef struct vif__layer3 {
    vif__saved *first, *last, **table;
    size_t count;
    uint32_t mask;                      /* of the table; 0: there is none yet */
    int32_t home;                       /* the link's index */
    const char *name;
    unsigned dumps;                     /* those that show what the list is made of, a bit each */
    bool up, ipv6;                      /* the link was up; it may have IPv6 */
    bool routers;                       /* the kernel keeps routes by router advertisements */
    bool moves, moves_ipv6;             /* there is something that has to move */
    bool noted;                         /* it was read from a note, in the order of this list */
    bool looked, used;                  /* the bridge was looked at; it had addresses before */
    vif__saved *extra;                  /* what the kernel made on the new link alone */
    vif_nl_route run;                   /* the last IPv4 route read, of whatever link */
    vif_nl_view settings[2];            /* IFLA_AF_SPEC: VIF__LIKE the link's, and as they were */
    const vif__saved *renewed, *odd;    /* one by a router; and one that no token of it goes for */
    bool stops;                         /* the bridge has one that a token would let expire */
    uint64_t token, token_was;          /* that makes the bridge renew what moves; 0: none needed */
    uint64_t token_home;                /* the link's own */
} vif__layer3;
enum { VIF__LIKE, VIF__BEFORE };

/* Lifetimes, and what decides whether an address has to move. */
static bool vif__read_address(const vif_nl_msg *msg, const char *name, vif__saved *s)
{
    const size_t len = strlen(name);
    vif_addr a;

    if (!vif_addr_parse(msg, &a)) {
        return false;
    }
    s->order = VIF__ADDRESS;
    s->lifetime[0] = (a.present & VIF_ADDR_LIFETIME) != 0 ? a.lifetime[0] : UINT32_MAX;
    s->lifetime[1] = (a.present & VIF_ADDR_LIFETIME) != 0 ? a.lifetime[1] : UINT32_MAX;
    s->copied = a.family == VIF_AF_INET6 && a.scope == VIF_SCOPE_LINK;
    s->nodad = (a.flags & VIF_IFA_NODAD) != 0;
    /* The kernel gives this flag to all that it makes of routers' prefixes, and lets others set it:
     * an address that has been moved, or brought back, has it still, unlike that of a secret. */
    s->renewed = !s->copied && (a.flags & VIF_IFA_MANAGETEMPADDR) != 0 &&
        s->lifetime[1] != UINT32_MAX;
    s->id = vif__id_of(a.address);
    s->at_once = a.family == VIF_AF_INET6 &&
        (a.flags & (VIF_IFA_TENTATIVE | VIF_IFA_DADFAILED)) == 0;
    s->labelled = strncmp(a.label, name, len) != 0;
    vif__name_copy(s->label, s->labelled ? a.label : a.label + len);
    return true;
}

/* Expiry; false for what the kernel makes with each address, wherever that is. */
static bool vif__read_route(const vif_nl_msg *msg, vif__saved *s)
{
    const bool ipv6 = msg->data[0] == VIF_AF_INET6;
    vif_nl_route r;

    if (!vif_nl_route_parse(msg, &r) || (r.present & VIF_NL_ROUTE_NH_ID) != 0) {
        return false;                   /* it goes where its nexthop object goes */
    }
    s->order = (r.present & (VIF_NL_ROUTE_GATEWAY | VIF_NL_ROUTE_MULTIPATH | VIF_NL_ROUTE_VIA)) != 0
        ? VIF__VIA : VIF__DIRECT;
    s->protocol = r.protocol;
    if ((r.present & VIF_NL_ROUTE_CACHEINFO) != 0) {
        s->lifetime[1] = (int32_t)r.cacheinfo[2] > 0 ? (r.cacheinfo[2] + 99) / 100 : 0;
    } else {
        s->lifetime[1] = r.expires_s;
    }
    return r.protocol != VIF_RTPROT_KERNEL ||
        (r.table != VIF_TABLE_LOCAL && !(ipv6 && r.dst_len >= 10 && r.dst[0] == 0xfe &&
                                         (r.dst[1] & 0xc0) == 0x80));
}

/* Those that somebody has set, not those that the kernel has learnt. */
static bool vif__read_neigh(const vif_nl_msg *msg, vif__saved *s, unsigned char *head)
{
    uint16_t state = VIF_NUD_STALE;
    vif_neigh n;

    if (!vif_neigh_parse(msg, &n) || (n.family != VIF_AF_INET && n.family != VIF_AF_INET6)) {
        return false;
    }
    s->order = VIF__NEIGH;
    if ((n.flags & VIF_NTF_PROXY) != 0 || (n.state & VIF_NUD_PERMANENT) != 0) {
        state = VIF_NUD_PERMANENT;      /* a dump leaves it out; see vif_neigh */
    }
    memcpy(head + 8, &state, 2);
    return state == VIF_NUD_PERMANENT || (n.flags & VIF_NTF_EXT_LEARNED) != 0 ||
        (n.flags_ext & 1) != 0;         /* NTF_EXT_MANAGED */
}

/* The metrics of a router's route come with its next advertisement (RTA_METRICS is 8). */
static size_t vif__without_metrics(unsigned char *data, size_t len)
{
    size_t at = 12;

    while (at + 4 <= len) {
        uint16_t head[2];
        size_t step;

        memcpy(head, data + at, 4);
        step = ((size_t)head[0] + 3) & ~(size_t)3;
        if (step < 4 || step > len - at) {
            break;
        }
        if ((head[1] & 0x3fff) == 8) {
            memmove(data + at, data + at + step, len - at - step);
            return len - step;
        }
        at += step;
    }
    return len;
}

/* A message of a dump of the link `on` as it would be at home, built in j->trial; false if it is
 * not to be moved. Where the kernel's protocol of a router's route was lost, it is the same. */
VIF__APART static bool vif__read_saved(vif__job *j, const vif__layer3 *l, const vif_nl_msg *msg,
                                       int32_t on, vif__saved *s)
{
    unsigned char *data = j->trial.data + 16;
    const vif_nl_move move = {on, l->home, NULL, NULL, 0, 0, 0};
    bool counts;

    memset(s, 0, sizeof *s);
    vif_buf_init(&j->trial, j->trial.data, j->trial.cap);
    if (!vif_nl_put_moved(&j->trial, msg->type, 0, msg, &move)) {
        return false;
    }
    s->msg.type = msg->type;
    s->msg.data = data;
    s->msg.len = j->trial.len - 16;
    s->order = VIF__NEXTHOP;
    counts = msg->type == VIF_RTM_NEWADDR ? vif__read_address(msg, l->name, s)
        : msg->type == VIF_RTM_NEWROUTE ? vif__read_route(msg, s)
        : msg->type == VIF_RTM_NEWNEXTHOP || vif__read_neigh(msg, s, data);
    if (s->protocol == VIF_RTPROT_RA) {
        data[5] = VIF_RTPROT_BOOT;
        s->router = l->routers && data[1] == 0 && s->order == VIF__VIA;
    }
    if (s->router) {
        s->msg.len = vif__without_metrics(data, s->msg.len);
    }
    s->hash = vif__hash(2166136261u ^ msg->type, data, s->msg.len);
    return counts;
}

/* By hash: a full table of the Internet's routes is compared in one pass. */
static vif__saved *vif__saved_find(const vif__layer3 *l, const vif__saved *s)
{
    vif__saved *t = l->mask != 0 ? l->table[s->hash & l->mask] : NULL;

    while (t != NULL && (t->hash != s->hash || t->msg.len != s->msg.len ||
                         memcmp(t->msg.data, s->msg.data, s->msg.len) != 0)) {
        t = t->chain;
    }
    return t;
}

/* The message as the kernel has sent it, to be sent again with another link's index. */
static vif__saved *vif__saved_copy(vif__job *j, const vif__saved *s)
{
    vif__saved *copy = (vif__saved *)vif__alloc(j, sizeof *copy + s->msg.len);

    if (copy != NULL) {
        *copy = *s;
        memcpy(copy + 1, s->msg.data, s->msg.len);
        copy->msg.data = (const unsigned char *)(copy + 1);
    }
    return copy;
}

/* Whether two addresses have the same prefix. */
static bool vif__same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned i = 0;

    while (i < bits && ((a[i / 8] ^ b[i / 8]) >> (7 - i % 8) & 1) == 0) {
        i++;
    }
    return i == bits;
}

/* Whether the kernel makes the route with an address that was read before it: then it will make it
 * on another link, too, and take it away here. An IPv6 address that expires leaves its route. */
static bool vif__is_made(const vif__layer3 *l, const vif__saved *route)
{
    const vif__saved *s = route->protocol == VIF_RTPROT_KERNEL ? l->first : NULL;
    vif_nl_route r;
    vif_addr a;

    if (s == NULL || !vif_nl_route_parse(&route->msg, &r) || r.table != VIF_TABLE_MAIN) {
        return false;
    }
    for (; s != NULL && s->order == VIF__ADDRESS; s = s->next) {
        if (vif_addr_parse(&s->msg, &a) && a.family == r.family && a.prefix_len == r.dst_len &&
            (a.flags & VIF_IFA_NOPREFIXROUTE) == 0 &&
            (a.family == VIF_AF_INET || s->lifetime[1] == UINT32_MAX) &&
            vif__same_bits(a.address, r.dst, r.dst_len)) {
            return true;
        }
    }
    return false;
}

/* The dumps in which what is to move will be seen again. */
static unsigned vif__dump_of(const vif__saved *s, bool ipv6)
{
    unsigned dumps = ipv6 ? (unsigned)VIF__DUMP_IPV6 : (unsigned)VIF__DUMP_IPV4;

    if (s->order == VIF__NEIGH) {
        dumps = VIF__DUMP_NEIGHS;
    } else if (s->order == VIF__NEXTHOP) {
        dumps = VIF__DUMP_NEXTHOPS;
    }
    return s->copied ? 0 : dumps;
}

/* The kernel puts a new IPv6 address before the others of the link, so the last is put first. */
VIF__APART static vif_status vif__keep(vif__job *j, vif__layer3 *l, const vif__saved *s)
{
    const bool ipv6 = s->msg.data[0] == VIF_AF_INET6;
    const bool front = ipv6 && s->order == VIF__ADDRESS && !l->noted;
    vif__saved *copy = j->trial.overflow ? NULL : vif__saved_copy(j, s);

    if (copy == NULL) {
        return vif__no_memory(j);
    }
    copy->left = true;
    copy->made = s->order == VIF__DIRECT && vif__is_made(l, s);
    copy->next = front ? l->first : NULL;
    copy->prev = front ? NULL : l->last;
    *(front || l->last == NULL ? &l->first : &l->last->next) = copy;
    *(front && copy->next != NULL ? &copy->next->prev : &l->last) = copy;
    l->count++;
    l->dumps |= vif__dump_of(s, ipv6);
    l->moves = l->moves || !s->copied;
    l->moves_ipv6 = l->moves_ipv6 || (ipv6 && !s->copied);
    return VIF_OK;
}

/* So that each can be found in the same time, however many there are. */
static vif_status vif__saved_index(vif__job *j, vif__layer3 *l)
{
    size_t size = 8;
    vif__saved *s;

    while (size < l->count) {
        size *= 2;
    }
    l->table = (vif__saved **)vif__alloc(j, size * sizeof *l->table);
    if (l->table == NULL) {
        return VIF_E_NOMEM;
    }
    l->mask = (uint32_t)size - 1;
    for (s = l->first; s != NULL; s = s->next) {
        s->chain = l->table[s->hash & l->mask];
        l->table[s->hash & l->mask] = s;
    }
    return VIF_OK;
}

VIF__APART static bool vif__route_ip(const vif_nl_msg *msg, vif_ip *ip)
{
    vif_nl_route route;
    const bool good = vif_nl_route_parse(msg, &route);

    if (good) {
        ip->prefix = route.dst_len;
        memcpy(ip->bytes, route.dst, ip->len);
    }
    return good;
}

/* For people: what would be lost, or what can't move. */
static void vif__saved_text(const vif__saved *s, char *text, size_t cap)
{
    char ip_text[52];
    vif_neigh neigh;
    vif_addr a;
    vif_ip ip;

    memset(&ip, 0, sizeof ip);
    ip.len = s->msg.data[0] == VIF_AF_INET ? 4 : 16;
    ip.prefix = (uint8_t)(ip.len * 8);
    if (vif_addr_parse(&s->msg, &a)) {
        ip.prefix = a.prefix_len;
        memcpy(ip.bytes, (a.present & VIF_ADDR_LOCAL) != 0 ? a.local : a.address, ip.len);
    } else if (!vif__route_ip(&s->msg, &ip) && vif_neigh_parse(&s->msg, &neigh)) {
        memcpy(ip.bytes, neigh.dst, ip.len);
    }
    vif_ip_format(&ip, true, ip_text);
    vif_cat(text, cap, s->order == VIF__ADDRESS ? "" : s->order == VIF__NEIGH ? "neighbour "
        : s->order == VIF__NEXTHOP ? "a nexthop object" : "route ");
    vif_cat(text, cap, s->order != VIF__NEXTHOP ? ip_text : "");
}

/* KEEP: into the list. SEEN: which of the list the link has, and what the kernel made there alone.
 * LEFT: what of the list the link still has. */
enum { VIF__KEEP, VIF__SEEN, VIF__LEFT };

/* Two IPv4 routes one after the other in a dump, to the same destination: the first one counts. */
static bool vif__same_run(vif_nl_route *last, const vif_nl_msg *msg)
{
    const vif_nl_route before = *last;

    return msg->type == VIF_RTM_NEWROUTE && msg->len >= 12 && msg->data[0] == VIF_AF_INET &&
        vif_nl_route_parse(msg, last) && before.present != 0 && last->table == before.table &&
        last->dst_len == before.dst_len && last->tos == before.tos &&
        last->metric == before.metric && memcmp(last->dst, before.dst, 4) == 0;
}

/* An address on the bridge whose time is shorter than the one on the uplink, which somebody renews
 * there. A lease of IPv4 is for ever on the bridge: see vif__put_one. */
static bool vif__is_shorter(const vif__layer3 *l, const vif__saved *on, const vif__saved *s,
                            int32_t index)
{
    const bool ever = s->lifetime[1] == UINT32_MAX ||
        (index != l->home && s->msg.data[0] == VIF_AF_INET);

    return s->order == VIF__ADDRESS && on->lifetime[1] != UINT32_MAX &&
        (ever || s->lifetime[1] > on->lifetime[1] + 1);
}

/* One message of a dump, by what the dump is made for: see VIF__KEEP. */
static vif_status vif__scan_one(vif__job *j, vif__layer3 *l, const vif_nl_msg *msg, int32_t on,
                                unsigned how)
{
    const bool behind = how == VIF__KEEP && vif__same_run(&l->run, msg);
    vif__saved s, *t;

    if (!vif__read_saved(j, l, msg, on, &s)) {
        return VIF_OK;
    }
    s.behind = behind;
    if (how == VIF__KEEP) {
        return vif__keep(j, l, &s);
    }
    if (how == VIF__SEEN && !l->looked) {
        l->used = l->used || (s.order == VIF__ADDRESS && !s.copied);
        l->stops = l->stops || (s.renewed && s.id != l->token);
    }
    t = vif__saved_find(l, &s);
    if (how == VIF__LEFT) {
        if (t != NULL) {
            t->left = true;
        }
    } else if (t != NULL) {
        t->seen = true;
        t->shorter = vif__is_shorter(l, &s, t, on);
    } else if (l->looked && s.protocol == VIF_RTPROT_KERNEL) {
        t = vif__saved_copy(j, &s);
        if (t == NULL) {
            return VIF_E_NOMEM;
        }
        t->next = l->extra;
        l->extra = t;
    }
    return VIF_OK;
}

/* IPv6 shows routes to one destination as one, over several hops: each is looked at alone. */
static vif_status vif__scan_hops(vif__job *j, vif__layer3 *l, const vif_nl_msg *msg, int32_t on,
                                 unsigned how)
{
    vif_status st = VIF_OK;
    vif_nl_msg one = *msg;
    size_t i;

    if (msg->type != VIF_RTM_NEWROUTE || msg->len < 12 || msg->data[0] != VIF_AF_INET6) {
        return vif__scan_one(j, l, msg, on, how);
    }
    for (i = 0; st == VIF_OK && vif_nl_put_route_hop(vif__request_new(j), msg, i); i++) {
        one.data = j->buf.data + 16;
        one.len = j->buf.overflow ? 0 : j->buf.len - 16;
        st = vif__scan_one(j, l, &one, on, how);
    }
    return i > 0 ? st : vif__scan_one(j, l, msg, on, how);
}

/* IPv4's routes are all read when they are kept: which comes first to a destination is to be
 * known. */
static void vif__put_dump(vif_buf *buf, unsigned which, int32_t on, unsigned how)
{
    const uint32_t oif = which == 1 && how == VIF__KEEP ? 0 : (uint32_t)on;

    if (which == 0) {
        vif_nl_put_addr_dump(buf, VIF_AF_UNSPEC, on);
    } else if (which < 3) {
        vif_nl_put_route_dump(buf, which == 1 ? VIF_AF_INET : VIF_AF_INET6, oif, 0);
    } else if (which < 5) {
        vif_nl_put_neigh_dump(buf, VIF_AF_UNSPEC, on, 0, which == 4);
    } else {
        vif_nl_put_nexthop_dump(buf, oif);
    }
}

/* Asks for one of the dumps and reads it to its end, also behind an error of ours, since the rest
 * of the answer would else be taken for that of the next request. */
static vif_status vif__scan_dump(vif__job *j, vif__layer3 *l, unsigned which, int32_t on,
                                 unsigned how)
{
    vif_nl *nl = &j->host->nl;
    vif_status kept = VIF_OK;
    vif_nl_event event;
    vif_nl_msg msg;
    vif_error err;

    vif__put_dump(vif__request_new(j), which, on, how);
    if (vif_nl_send(nl, &j->buf, &j->step) != VIF_OK) {
        return j->step.status;
    }
    while ((event = vif_nl_next(nl, &msg, &err)) != VIF_NL_DONE) {
        if (event == VIF_NL_MESSAGE && kept == VIF_OK) {
            kept = vif__scan_hops(j, l, &msg, on, how);
        }
    }
    if (kept != VIF_OK) {
        return kept;
    }
    /* There is no table yet: an empty one. And a kernel may have no nexthop objects. */
    if (err.status != VIF_OK && err.sys_errno != ENOENT &&
        (which < 5 || (err.sys_errno != EOPNOTSUPP && err.sys_errno != EINVAL))) {
        j->step = err;
        return err.status;
    }
    return VIF_OK;
}

/* Looks at a link. A dump that others disturbed is read again, all of them if they are kept. */
static vif_status vif__scan(vif__job *j, vif__layer3 *l, int32_t on, unsigned dumps, unsigned how)
{
    vif_status st = VIF_OK;
    unsigned i, tries;

    dumps &= l->ipv6 ? ~0u : ~(unsigned)VIF__DUMP_IPV6;
    for (tries = 0; tries < 10; tries++) {
        if (how == VIF__KEEP) {
            l->first = l->last = NULL;
            l->count = 0;
        }
        for (i = 0; dumps >> i != 0 && st == VIF_OK; i++) {
            st = (dumps >> i & 1) != 0 ? vif__scan_dump(j, l, i, on, how) : VIF_OK;
        }
        if (st != VIF_E_INTERRUPTED) {
            return st;
        }
        st = VIF_OK;
    }
    return VIF_E_INTERRUPTED;
}

/* Whether the link believes routers. */
static bool vif__listens(const vif_link_info *info)
{
    return vif__conf_known(info, VIF_CONF_ACCEPT_RA) &&
        (info->conf[VIF_CONF_ACCEPT_RA] == 2 ||
         (info->conf[VIF_CONF_ACCEPT_RA] == 1 && info->conf[VIF_CONF_FORWARDING6] == 0));
}

/* Nothing of the link has been read yet but what its own message says. */
static void vif__layer3_init(vif__layer3 *l, const vif_link_info *info)
{
    l->home = info->index;
    l->name = info->name;
    l->up = (info->flags & VIF_IFF_UP) != 0;
    l->ipv6 = vif__conf_known(info, VIF_CONF_DISABLE_IPV6);
    l->routers = vif__listens(info);
}

/* Whether an attribute is that name. */
static bool vif__attr_names(vif_nl_view attrs, uint16_t type, const char *name)
{
    vif_nl_view v;

    return vif_attr_find(attrs, type, &v) && v.len == strlen(name) + 1 &&
        memcmp(v.data, name, v.len) == 0;
}

/* A routing rule names links by name, and would go on to name the uplink. It is an operator's
 * policy, written down elsewhere, too: it is not rewritten but refused, before all changes. */
static vif_status vif__refuse_rules(vif__job *j, const char *name)
{
    const unsigned char head[12] = {0};             /* struct fib_rule_hdr, of any family */
    vif_nl *nl = &j->host->nl;
    vif_nl_view v = {NULL, 0};
    bool named = false;
    vif_nl_event event;
    vif_nl_msg msg;
    vif_buf *buf = vif__request_new(j);

    vif_nl_end(buf, vif_nl_begin(buf, 34, VIF_NLM_F_DUMP, head, sizeof head));  /* RTM_GETRULE */
    if (vif_nl_send(nl, buf, &j->step) != VIF_OK) {
        return j->step.status;
    }
    while ((event = vif_nl_next(nl, &msg, &j->step)) != VIF_NL_DONE) {
        if (event == VIF_NL_MESSAGE && msg.len > sizeof head) {
            v.data = msg.data + sizeof head;
            v.len = msg.len - sizeof head;          /* FRA_IIFNAME, FRA_OIFNAME */
            named = named || vif__attr_names(v, 3, name) || vif__attr_names(v, 17, name);
        }
    }
    if (j->step.status == VIF_E_KERNEL || j->step.status == VIF_E_UNSUPPORTED) {
        memset(&j->step, 0, sizeof j->step);        /* a kernel that has none */
    }
    if (j->step.status == VIF_OK && named) {
        (void)vif__step_say(j, VIF_E_UNSUPPORTED, "a routing rule names %s, and would not move",
                             name, NULL, NULL);
    }
    return j->step.status;
}

/* Whether a link is a tunnel whose packets go out of that one. */
static bool vif__is_tunnel_over(const vif_link *link, int32_t index)
{
    static const char kinds[] = "gre\0gretap\0erspan\0ipip\0sit\0vti\0ip6gre\0ip6gretap\0"
                                "ip6erspan\0ip6tnl\0vti6\0";
    const char *kind = kinds;
    vif_vxlan v;

    if (strcmp(link->kind, "vxlan") == 0) {
        return vif_vxlan_parse(link->kind_data, &v) && v.link == (uint32_t)index;
    }
    while (*kind != '\0' && strcmp(kind, link->kind) != 0) {
        kind += strlen(kind) + 1;
    }
    return *kind != '\0' && link->link == (uint32_t)index;
}

/* A tunnel over the uplink would go on to send there, by routes that are the bridge's now. It can't
 * be moved while it is up, and is not ours: it is refused, before all changes. */
static vif_status vif__refuse_tunnels(vif__job *j, const vif__layer3 *l)
{
    vif_nl *nl = &j->host->nl;
    char name[16] = "";
    vif_link link;

    if (vif__links_ask(j, nl) != VIF_OK) {
        return j->step.status;
    }
    while (vif__links_next(nl, &link, &j->step)) {
        if (vif__is_tunnel_over(&link, l->home)) {
            vif__name_copy(name, link.name);
        }
    }
    return name[0] == '\0' ? j->step.status
        : vif__step_say(j, VIF_E_UNSUPPORTED, "the tunnel %s goes over %s, and would not move",
                        name, l->name, NULL);
}

/* The identifier that the kernel makes the last half of addresses of routers' prefixes
 * (addrconf_prefix_rcv in net/ipv6/addrconf.c): the link's token, or that of its MAC (RFC 4291,
 * appendix A). False: it makes them by a secret, and id is what it would be without one. */
VIF__APART static bool vif__identifier(const vif_link_info *info, uint64_t *id)
{
    uint8_t bytes[8] = {0, 0, 0, 0xff, 0xfe, 0, 0, 0};

    memcpy(bytes, info->mac, 3);
    bytes[0] ^= 2;
    memcpy(bytes + 5, info->mac + 3, 3);
    memcpy(id, bytes, sizeof *id);
    *id = info->token != 0 ? info->token : *id;
    return info->token != 0 || info->conf[VIF_CONF_ADDR_GEN_MODE] < 2;
}

/* A router renews an address that the kernel made of its prefix only if the link that hears it
 * would make the same one again. A bridge of another MAC, or an uplink that has a secret, would let
 * it expire; with the address's last half for a token, the bridge makes just this one. But a link
 * has one token, for all prefixes. */
VIF__APART static void vif__find_token(vif__layer3 *l, const vif_link_info *from,
                                       const vif_link_info *to)
{
    uint64_t id, there;
    const bool known = vif__identifier(from, &id);
    const bool fits = vif__identifier(to->index != 0 ? to : from, &there) || to->index == 0;
    const vif__saved *s = l->routers ? l->first : NULL;

    l->renewed = l->odd = NULL;
    for (; s != NULL; s = s->next) {
        /* What has been made by other settings than today's is renewed nowhere. */
        if (s->renewed && (s->id == id) == known) {
            l->renewed = l->renewed != NULL ? l->renewed : s;
            l->odd = s->id == l->renewed->id ? l->odd : s;
        }
    }
    l->token_home = l->routers && l->moves_ipv6 ? from->token : 0;
    l->token = l->renewed == NULL || (fits && l->renewed->id == there) ? 0 : l->renewed->id;
}

/* Before all changes: what routers renew has to be renewed on the bridge, too. An operator's stays
 * as it is but for its token, and that only where nothing of its own depends on having none. */
static vif_status vif__refuse_renewed(vif__job *j, vif__layer3 *l, const vif_link_info *to)
{
    const vif__saved *lost = l->odd;
    char text[64] = "";
    vif_status st = VIF_OK;

    /* A bridge that is yet to be made has the uplink's MAC and will get its settings, as one of
     * vif's will that has had no address so far. Any other is looked at: what it accepts, and what
     * it has of routers' prefixes, which a token would let expire. */
    if (l->renewed != NULL && to->index != 0 && lost == NULL) {
        st = vif__scan(j, l, to->index, VIF__DUMP_ADDRS, VIF__SEEN);
        lost = ((l->used || strcmp(to->alias, j->shared_tag) != 0) && !vif__listens(to)) ||
                (l->token != 0 && (l->stops || to->token != 0))
            ? l->renewed : NULL;
    }
    if (st == VIF_OK && lost != NULL) {
        vif__saved_text(lost, text, sizeof text);
        st = vif__step_say(j, VIF_E_UNSUPPORTED, "%s, which routers renew on %s, would expire on "
                           "%s (accept_ra, token)", text, l->name, to->name);
    }
    return st;
}

/* All that has to move from a link, or what some dumps show of it; NULL: j->step tells why not. */
static vif__layer3 *vif__look_all(vif__job *j, const vif_link_info *info, unsigned dumps)
{
    vif__layer3 *l = (vif__layer3 *)vif__alloc(j, sizeof *l);
    vif_status st;

    if (l == NULL) {
        return NULL;
    }
    vif__layer3_init(l, info);
    st = vif__scan(j, l, l->home, dumps, VIF__KEEP);
    if (st == VIF_OK && dumps == VIF__DUMP_ALL && l->moves) {
        st = vif__refuse_rules(j, l->name);
        st = st == VIF_OK ? vif__refuse_tunnels(j, l) : st;
    }
    if (st == VIF_OK && l->count > 0) {
        st = vif__saved_index(j, l);
    }
    j->step.status = st;
    return st == VIF_OK ? l : NULL;
}

/* A label begins with the link's name, as ifconfig wants it, unless it did not before. */
static void vif__make_label(char label[16], const vif__saved *s, const vif_link_info *to)
{
    const char *name = s->labelled ? "" : to->name;
    const bool fits = strlen(name) + strlen(s->label) < 16;

    label[0] = '\0';
    vif_cat(label, 16, name);
    vif_cat(label, 16, fits ? s->label : "");
}

/* What must not be there yet fails if it is; what may be is replaced. */
static uint16_t vif__put_flags(const vif__saved *s, bool again)
{
    const bool address = s->order == VIF__ADDRESS;

    return address ? again || s->shorter ? VIF_NLM_F_CREATE | VIF_NLM_F_REPLACE
                                         : VIF_NLM_F_CREATE | VIF_NLM_F_EXCL
        : s->order == VIF__NEIGH || s->order == VIF__NEXTHOP
        ? VIF_NLM_F_CREATE | VIF_NLM_F_REPLACE
        /* A route comes before others to its destination, or behind them. */
        : s->behind || s->msg.data[0] == VIF_AF_INET6 ? VIF_NLM_F_CREATE | VIF_NLM_F_APPEND
        : VIF_NLM_F_CREATE;
}

/* A lease of IPv4 never ends on the bridge: nobody renews it. An address that is valid for ever may
 * be deprecated nevertheless: it is no source of what the host sends. */
static void vif__put_one(vif_buf *buf, const vif__layer3 *l, const vif__saved *s, bool add,
                         const vif_link_info *on, bool again)
{
    const bool ipv6 = s->msg.data[0] == VIF_AF_INET6, address = s->order == VIF__ADDRESS;
    vif_nl_move move = {l->home, on->index, NULL, NULL, 0, 0, 0};
    char label[16];

    move.protocol = s->protocol == VIF_RTPROT_RA ? s->protocol : 0;
    if (!add) {
        (void)vif_nl_put_moved(buf, (uint16_t)(s->msg.type + 1), 0, &s->msg, &move);
        return;
    }
    if (address && !ipv6) {
        vif__make_label(label, s, on);
        move.label = label;
    }
    if (address && s->lifetime[0] != UINT32_MAX &&
        (ipv6 || on->index == l->home || s->lifetime[1] == UINT32_MAX)) {
        move.lifetime = s->lifetime;
    }
    move.flags = s->nodad || (s->at_once && !again) ? VIF_IFA_NODAD : 0;
    move.expires_s = address ? 0 : s->lifetime[1];
    (void)vif_nl_put_moved(buf, s->msg.type, vif__put_flags(s, again), &s->msg, &move);
}

/* struct in6_rtmsg (linux/ipv6_route.h). */
typedef struct vif__in6_rtmsg {
    uint8_t dst[16], src[16], gateway[16];
    uint32_t type;
    uint16_t dst_len, src_len;
    uint32_t metric;
    unsigned long info;                 /* when it expires, 1/100 s */
    uint32_t flags;
    int index;
} vif__in6_rtmsg;

/* A router's default route such that the router can withdraw it: the kernel looks for flags of its
 * own, which no netlink message sets. False: it is to be put as any other. */
static bool vif__put_router(const vif__job *j, const vif__saved *s, int32_t index)
{
    enum { SIOCADDRT_ = 0x890b, FLAGS = 0x450003 };  /* UP, GATEWAY, DEFAULT, ADDRCONF, EXPIRES */
    uint64_t cookie[2] = {0, 1};
    socklen_t len = sizeof cookie[0];
    vif__in6_rtmsg m;
    vif_nl_route r;
    bool put;
    int fd;

    if (!vif_nl_route_parse(&s->msg, &r) || s->lifetime[1] == 0 || r.table != VIF_TABLE_MAIN) {
        return false;
    }
    fd = socket(VIF_AF_INET6, SOCK_DGRAM, 0);
    if (fd < 0) {
        return false;
    }
    memset(&m, 0, sizeof m);
    memcpy(m.gateway, r.gateway, 16);
    m.metric = r.metric;
    m.info = (unsigned long)s->lifetime[1] * 100;
    m.flags = FLAGS | (uint32_t)(r.pref & 3) << 27;
    m.index = index;
    put = getsockopt(vif_nl_fd(&j->host->nl), SOL_SOCKET, VIF__SO_NETNS_COOKIE, &cookie[0],
                     &len) == 0 &&
        getsockopt(fd, SOL_SOCKET, VIF__SO_NETNS_COOKIE, &cookie[1], &len) == 0 &&
        cookie[0] == cookie[1] && (ioctl(fd, SIOCADDRT_, &m) == 0 || errno == EEXIST);
    (void)close(fd);
    return put;
}

/* Sends the requests that have come together, and takes all answers; returns the first failure.
 * What is there, or gone, already is none: the last look will tell. */
static vif_status vif__batch_send(vif__job *j, bool add)
{
    vif_error *first = &j->host->nl.exchange.error;
    vif_nl_event event;
    vif_nl_msg msg;

    if (j->buf.len == 0 && !j->buf.overflow) {
        return VIF_OK;
    }
    j->step.status = vif_nl_send(&j->host->nl, &j->buf, NULL);
    while ((event = vif_nl_next(&j->host->nl, &msg, &j->step)) != VIF_NL_DONE) {
        const int e = first->sys_errno;

        if (event == VIF_NL_ANSWER &&
            (add ? e == EEXIST : e == ESRCH || e == EADDRNOTAVAIL || e == ENOENT)) {
            memset(first, 0, sizeof *first);
        }
    }
    (void)vif__request_new(j);
    return j->step.status;
}

/* Adds or deletes one, together with others. A router's route goes alone, behind what it needs. */
static vif_status vif__move_one(vif__job *j, const vif__layer3 *l, const vif__saved *s, bool add,
                                const vif_link_info *on)
{
    const bool router = add && s->router;
    const vif_status st = router ? vif__batch_send(j, add) : VIF_OK;

    if (st != VIF_OK || (router && vif__put_router(j, s, on->index))) {
        return st;
    }
    vif__put_one(&j->buf, l, s, add, on, false);
    if (add && s->at_once && !s->nodad && !s->copied) {
        vif__put_one(&j->buf, l, s, add, on, true);     /* with its own flags, from now on */
    }
    return j->buf.len > j->buf.cap / 2 ? vif__batch_send(j, add) : VIF_OK;
}

/* Which of the list the link has now, and what the kernel has made there alone. */
static vif_status vif__see(vif__job *j, vif__layer3 *l, const vif_link_info *on)
{
    vif_status st;
    vif__saved *s;

    l->extra = NULL;
    for (s = l->first; s != NULL; s = s->next) {
        s->seen = false;
    }
    st = vif__scan(j, l, on->index, l->dumps | VIF__DUMP_ADDRS, VIF__SEEN);
    for (s = l->first; s != NULL && !l->looked; s = s->next) {
        s->was = s->seen;
    }
    l->looked = l->looked || st == VIF_OK;
    return st;
}

/* Whether one is to be added to a link, or deleted from it: from another one than home not what
 * that had before. */
static bool vif__is_due(const vif__layer3 *l, const vif__saved *s, bool add, bool home)
{
    return add ? (!s->seen || s->shorter) && (!s->copied || l->moves_ipv6)
        : s->order != VIF__NEXTHOP && (home ? s->left && !s->copied : !s->was);
}

/* Puts all of it on a link, or takes it away in reverse order. On the way out the first failure
 * ends it; on the way back all of it is tried. trusting: what the kernel does by itself is left to
 * it. Returns the first failure. */
static vif_status vif__move_each(vif__job *j, const vif__layer3 *l, const vif_link_info *on,
                                 bool add, bool trusting)
{
    const bool home = on->index == l->home, stops = add != home;
    vif_status st, first = VIF_OK;
    const vif__saved *s;
    unsigned i;

    (void)vif__request_new(j);
    for (i = 0; i < VIF__ORDERS; i++) {
        s = add ? l->first : l->last;
        for (; s != NULL && !(stops && first != VIF_OK); s = add ? s->next : s->prev) {
            st = s->order == (add ? i : VIF__ORDERS - 1 - i) && vif__is_due(l, s, add, home) &&
                    !(trusting && s->made)
                ? vif__move_one(j, l, s, add, on) : VIF_OK;
            first = first != VIF_OK ? first : st;
        }
    }
    st = vif__batch_send(j, add);
    return first != VIF_OK ? first : st;
}

/* What the kernel made on a link by itself, as it was not at home, goes again: it might be in the
 * way of what is put. A link that was down had no routes of the kernel's. But not from a bridge
 * that had an address at the first look: its routes may have moved before our list saw them. */
static vif_status vif__tidy(vif__job *j, const vif__layer3 *l, const vif_link_info *on)
{
    const bool tidies = l->up && (on->index == l->home || !l->used);
    const vif__saved *s = tidies ? l->extra : NULL;
    vif_status st = VIF_OK;

    (void)vif__request_new(j);
    for (; s != NULL && st == VIF_OK; s = s->next) {
        st = vif__move_one(j, l, s, false, on);
    }
    return st == VIF_OK ? vif__batch_send(j, false) : st;
}

/* The last look: all is there, and nothing stayed (from may be NULL). E_CONFLICT tells what not. */
static vif_status vif__see_moved(vif__job *j, vif__layer3 *l, const vif_link_info *to,
                                 const vif_link_info *from)
{
    vif_status st = vif__see(j, l, to);
    vif__saved *s;

    st = st == VIF_OK ? vif__tidy(j, l, to) : st;
    for (s = l->first; s != NULL; s = s->next) {
        s->left = false;
    }
    if (st == VIF_OK && from != NULL) {
        st = vif__scan(j, l, from->index, l->dumps | VIF__DUMP_ADDRS, VIF__LEFT);
    }
    for (s = l->first; s != NULL && st == VIF_OK; s = s->next) {
        const bool missing = !s->seen && (!s->copied || l->moves_ipv6);
        char text[64] = "";

        if (missing || (s->left && !s->copied)) {
            vif__saved_text(s, text, sizeof text);
            st = vif__step_say(j, VIF_E_CONFLICT, missing ? "%s is not on %s" : "%s stays on %s",
                               text, missing || from == NULL ? to->name : from->name, NULL);
        }
    }
    return st;
}

/* Puts all of it on a link, takes it from the other, and looks. What the kernel has not done by
 * itself, and what somebody else at work on it has undone, is done again. Brought back home, all is
 * tried whatever fails, and nothing is looked for elsewhere. */
static vif_status vif__move_all(vif__job *j, vif__layer3 *l, const vif_link_info *to,
                                const vif_link_info *from)
{
    const bool home = to->index == l->home;
    vif_status st = VIF_E_CONFLICT, next;
    unsigned tries;

    for (tries = 0; tries < 3 && st == VIF_E_CONFLICT; tries++) {
        const bool trusting = tries == 0 && !home;

        st = vif__move_each(j, l, to, true, trusting);
        if (from->index != 0 && (st == VIF_OK || home)) {
            next = vif__move_each(j, l, from, false, trusting);
            st = st != VIF_OK ? st : next;
        }
        if (st == VIF_OK || home) {
            next = vif__see_moved(j, l, to, home ? NULL : from);
            st = st != VIF_OK ? st : next;
        }
    }
    return st;
}

/* Settings of IPv6 on which addresses and routes depend, as numbers and files. All of IPv4's go
 * along, but for those of ARP, which the plan says, and one that can't be set. */
static const uint8_t vif__carried[] = {0, 3, 4, 5, 6, 7, 10, 11, 12, 15, 17, 18, 19, 21, 22, 23, 24,
                                       27, 29, 33, 35, 38, 42, 49, 52};
static const char vif__carried_files[] = "forwarding\0accept_ra\0accept_redirects\0autoconf\0"
    "dad_transmits\0router_solicitations\0use_tempaddr\0temp_valid_lft\0temp_prefered_lft\0"
    "max_addresses\0accept_ra_defrtr\0accept_ra_pinfo\0accept_ra_rtr_pref\0"
    "accept_ra_rt_info_max_plen\0proxy_ndp\0optimistic_dad\0accept_source_route\0accept_dad\0"
    "ndisc_notify\0accept_ra_from_local\0accept_ra_mtu\0accept_ra_min_hop_limit\0"
    "keep_addr_on_down\0accept_ra_rt_info_min_plen\0ra_defrtr_metric";

/* The settings of links as the kernel tells them, asked for in one datagram. What else is known of
 * them is as new from now on: a bridge has got its port's MTU, say. */
static vif_status vif__settings(vif__job *j, const int32_t *index, vif_nl_view *out, size_t count)
{
    vif_nl *nl = &j->host->nl;
    bool kept = true;
    vif_nl_event event;
    vif_nl_msg msg;
    vif_link link;
    size_t i;

    (void)vif__request_new(j);
    for (i = 0; i < count; i++) {
        vif_nl_put_link_get(&j->buf, index[i], NULL, 0);
    }
    j->step.status = vif_nl_send(nl, &j->buf, NULL);
    while ((event = vif_nl_next(nl, &msg, &j->step)) != VIF_NL_DONE) {
        if (event == VIF_NL_MESSAGE && msg.request < count && vif_link_parse(&msg, &link) &&
            (link.present & VIF_LINK_AF_SPEC) != 0) {
            unsigned char *copy = (unsigned char *)vif_arena_alloc(&j->arena, link.af_spec.len);
            vif__info *known = j->infos;

            while (known != NULL && (known->link.ns != 0 || known->link.index != link.index)) {
                known = known->next;
            }
            if (known != NULL) {
                vif__info_fill(&known->link, &link);
            }
            kept = kept && copy != NULL;
            if (copy != NULL) {
                memcpy(copy, link.af_spec.data, link.af_spec.len);
                out[msg.request].data = copy;
                out[msg.request].len = link.af_spec.len;
            }
        }
    }
    return kept ? j->step.status : vif__no_memory(j);
}

/* IPv6's settings have no message that sets them: they are written to their files, those alone that
 * differ. */
static vif_status vif__carry_ipv6(vif__job *j, const vif_link *from, const vif_link *to,
                                  const vif_link_info *info)
{
    vif_status st = VIF_OK;
    uint32_t want, is;
    unsigned i;

    for (i = 0; i < sizeof vif__carried && st == VIF_OK; i++) {
        char below[80] = "ipv6/conf/", digits[22];

        if (vif_link_inet6_conf(from, vif__carried[i], &want) &&
            vif_link_inet6_conf(to, vif__carried[i], &is) && want != is) {
            vif__cat_format(below, sizeof below, "%s/%s", info->name,
                         vif__packed(vif__carried_files, i), NULL);
            vif__proc_path(j, below);
            st = vif_file_write(j->path, vif_int_format((int32_t)want, digits), &j->step);
        }
    }
    return st;
}

/* Makes the settings of a link those of `like`; `is` what it has, if that is known. */
static vif_status vif__carry(vif__job *j, vif_nl_view like, vif_nl_view is,
                             const vif_link_info *info, bool ipv6)
{
    vif_status st = is.data != NULL ? VIF_OK : vif__settings(j, &info->index, &is, 1);
    vif_inet_conf set[32];
    vif_link *from = (vif_link *)vif__alloc(j, sizeof *from * 2), *to;
    uint32_t want, value;
    uint16_t i;
    size_t count = 0;

    if (from == NULL) {
        return VIF_E_NOMEM;
    }
    to = from + 1;
    VIF_SET(from, VIF_LINK_AF_SPEC, af_spec, like);
    VIF_SET(to, VIF_LINK_AF_SPEC, af_spec, is);
    for (i = 1; i <= 33 && st == VIF_OK; i++) {
        if (i != VIF_INET_ARP_ANNOUNCE && i != VIF_INET_ARP_IGNORE && i != 2 && count < 32 &&
            vif_link_inet_conf(from, i, &want) && vif_link_inet_conf(to, i, &value) &&
            want != value) {
            set[count].which = i;
            set[count++].value = want;
        }
    }
    if (count > 0) {
        vif_nl_put_inet_conf(vif__request_new(j), info->index, set, count);
        st = vif__request_send(j);
    }
    return st == VIF_OK && ipv6 ? vif__carry_ipv6(j, from, to, info) : st;
}

/* By which a link makes the addresses that it has of routers' prefixes. */
static vif_status vif__token_set(vif__job *j, int32_t index, uint64_t token)
{
    uint8_t bytes[16] = {0};

    memcpy(bytes + 8, &token, sizeof token);
    vif_nl_put_token(vif__request_new(j), index, bytes);
    return vif__request_send(j);
}

/* The bridge as the home of what moves: what IPv6 needs, and, if the bridge is vif's and has had no
 * addresses so far, the uplink's settings. It makes no address before it has them all. */
static vif_status vif__furnish(vif__job *j, vif__layer3 *l, vif_resource *r, vif_link_info *to)
{
    const bool off = l->moves_ipv6 && vif__conf_known(to, VIF_CONF_DISABLE_IPV6) &&
        to->conf[VIF_CONF_DISABLE_IPV6] != 0;
    const int32_t index[2] = {l->home, to->index};
    vif_nl_view *v = l->settings;
    vif_status st = VIF_OK;

    if (strcmp(to->alias, j->shared_tag) == 0 && !l->used) {
        st = v[VIF__BEFORE].data == NULL ? vif__settings(j, index, v, 2) : VIF_OK;
        st = st == VIF_OK ? vif__carry(j, v[VIF__LIKE], v[VIF__BEFORE], to, l->moves_ipv6) : st;
        l->token = l->token != 0 ? l->token : l->token_home;    /* a setting, too */
    }
    l->token_was = to->token;
    /* One that is there is not set again: the kernel would let expire what it made by it. */
    st = st == VIF_OK && l->token != 0 && l->token != to->token
        ? vif__token_set(j, to->index, l->token) : st;
    if (st == VIF_OK && off) {              /* the link-local address is to be the uplink's */
        r->priv.was.gen_mode = to->conf[VIF_CONF_ADDR_GEN_MODE] + 1;
        st = vif__conf_set(j, to, VIF_CONF_ADDR_GEN_MODE, 1);
        st = st == VIF_OK ? vif__conf_set(j, to, VIF_CONF_DISABLE_IPV6, 0) : st;
    }
    return st;
}

/* From now on the bridge may make a link-local address as the uplink did: it has that already. A
 * bridge of vif's that makes none was left so by a process that died here. */
static vif_status vif__furnished(vif__job *j, const vif__layer3 *l, const vif_resource *r,
                                 const vif_link_info *from, vif_link_info *to)
{
    const bool left = l->noted && strcmp(to->alias, j->shared_tag) == 0 &&
        to->conf[VIF_CONF_ADDR_GEN_MODE] == 1;

    return (r->priv.was.gen_mode > 0 || left) && from->conf[VIF_CONF_ADDR_GEN_MODE] == 0
        ? vif__conf_set(j, to, VIF_CONF_ADDR_GEN_MODE, 0) : VIF_OK;
}

/* Moves it to the bridge. One that this walk has made is as it was made; another is looked at. */
static vif_status vif__move_to(vif__job *j, vif__layer3 *l, vif_resource *r,
                               const vif_link_info *from, vif_link_info *to)
{
    const vif_resource *bridge = vif__plan_find(j, VIF_RES_BRIDGE, VIF_SHARED);
    vif_status st = VIF_OK;

    l->looked = l->looked || (bridge != NULL && bridge->priv.created);
    if (!l->looked) {
        st = vif__refresh(j, to);
        st = st == VIF_OK && to->index == 0 ? vif__missing(j, to->name) : st;   /* any more */
        st = st == VIF_OK ? vif__see(j, l, to) : st;
    }
    st = st == VIF_OK ? vif__furnish(j, l, r, to) : st;
    st = st == VIF_OK ? vif__move_all(j, l, to, from) : st;
    return st == VIF_OK ? vif__furnished(j, l, r, from, to) : st;
}

/* Brings it back; whatever fails, the rest is done. */
static vif_status vif__move_home(vif__job *j, vif__layer3 *l, const vif_resource *r,
                                 const vif_link_info *home, vif_link_info *to)
{
    const vif_nl_view none = {NULL, 0};
    vif_status st = vif__see(j, l, home), next = vif__move_all(j, l, home, to);

    st = st != VIF_OK ? st : next;
    if (r->priv.was.gen_mode > 0 && to->index != 0) {
        next = vif__conf_set(j, to, VIF_CONF_DISABLE_IPV6, 1);
        st = st != VIF_OK ? st : next;
        next = vif__conf_set(j, to, VIF_CONF_ADDR_GEN_MODE, r->priv.was.gen_mode - 1);
        st = st != VIF_OK ? st : next;
    }
    if (l->token != 0 && l->token != l->token_was && to->index != 0) {
        next = vif__token_set(j, to->index, l->token_was);
        st = st != VIF_OK ? st : next;
    }
    if (l->settings[VIF__BEFORE].data != NULL && to->index != 0) {
        next = vif__carry(j, l->settings[VIF__BEFORE], none, to, l->moves_ipv6);
        st = st != VIF_OK ? st : next;
    }
    return st;
}

static void vif__move_describe(const vif_resource *r, const vif__sink *s)
{
    vif__say(s, "to", r->other);
}

/* Of an uplink that is the bridge's port already, addresses alone are looked for: whoever renews a
 * lease there puts them back. */
static vif_status vif__move_test(vif__job *j, vif_resource *r)
{
    const vif_link_info *info = r->priv.link, *to = vif__other(j, r);
    vif__layer3 *l = r->priv.note.layer3;
    const vif__saved *s;
    bool port, any = false;

    if (to == NULL) {
        return j->step.status;
    }
    port = to->index != 0 && info->master == to->index;
    l = l != NULL ? l : vif__look_all(j, info, port ? VIF__DUMP_ADDRS : VIF__DUMP_ALL);
    if (l != NULL && port && l->moves && r->priv.note.layer3 == NULL && !j->dry) {
        l = vif__look_all(j, info, VIF__DUMP_ALL);
    }
    if (l == NULL || !l->moves) {
        return l == NULL ? j->step.status : VIF_OK;
    }
    vif__find_token(l, info, to);
    if (!port && vif__refuse_renewed(j, l, to) != VIF_OK) {     /* a port hears no router */
        return j->step.status;
    }
    r->priv.note.layer3 = l;
    r->priv.state = VIF__DIFFERENT;
    for (s = l->first; s != NULL && j->dry; s = s->next) {
        char text[64] = "";

        if (!s->copied && (s->order == VIF__ADDRESS || !any)) {
            vif__saved_text(s, text, sizeof text);
            vif__differ(j, r, s->order == VIF__ADDRESS ? "address" : "route", r->other, text);
            any = true;
        }
    }
    return VIF_OK;
}

/* The plan has the bridge before the move, so that it is there. */
static vif_status vif__move_apply(vif__job *j, vif_resource *r)
{
    vif_status st;
    vif_link_info *to = vif__needed(j, r, &st);

    return to == NULL ? st : vif__move_to(j, r->priv.note.layer3, r, r->priv.link, to);
}

/* Back to the uplink, if the move had begun at all. */
static vif_status vif__move_revert(vif__job *j, vif_resource *r)
{
    vif__layer3 *l = r->priv.note.layer3;
    vif_link_info *to = vif__other(j, r);

    return to == NULL ? j->step.status
        : l == NULL || !l->looked ? VIF_OK : vif__move_home(j, l, r, r->priv.link, to);
}

/* >>state on disk
 *
 * What a process that dies in the middle must not take with it: a note of what was on a link, and
 * who is setting up a bridge just now. Both are files of the state directory, named by the network
 * namespace (a number that the kernel gives each, which is never used again) and the link. A note
 * is written before the first change and goes after the last; it is a list of netlink messages, the
 * requests that would make all of it again, as the link had it, and complete if it ends with an
 * NLMSG_DONE. A lock is an empty file under flock(2): it ends with the process. Where the default
 * directory can't be written there are neither, and each step is safe without them as long as
 * nobody dies; one that the host's desc names must be writable. */

#define VIF__STATE_DIR "/run/vif"
enum { VIF__NOTE_END = 3 };             /* NLMSG_DONE */

static const char *vif__state_dir(const vif_host *h)
{
    return h->desc.state_dir != NULL ? h->desc.state_dir : VIF__STATE_DIR;
}

/* "DIR/NAMESPACE." */
static void vif__state_prefix(const vif_host *h, char *to, size_t cap)
{
    uint64_t cookie = 0;
    socklen_t len = sizeof cookie;
    char digits[22];

    if (getsockopt(vif_nl_fd(&h->nl), SOL_SOCKET, VIF__SO_NETNS_COOKIE, &cookie, &len) != 0) {
        cookie = 0;                     /* Linux before 5.14 */
    }
    to[0] = '\0';
    vif__cat_format(to, cap, "%s/%s.", vif__state_dir(h),
                    vif_int_format((int64_t)cookie, digits), NULL);
}

/* DIR/NAMESPACE.LINK.WHAT, in j->path. */
static void vif__state_path(vif__job *j, const char *link, const char *what)
{
    vif__state_prefix(j->host, j->path, VIF__PATH_SIZE);
    vif_cat(j->path, VIF__PATH_SIZE, link);
    vif_cat(j->path, VIF__PATH_SIZE, what);
}

/* Fails with errno, naming the file. */
static vif_status vif__state_refuse(vif__job *j, const char *call)
{
    (void)vif_fail(&j->step, VIF_E_SYSTEM, errno, call, j->path);
    return VIF_E_SYSTEM;
}

/* The same; VIF_OK where there may be no state. */
static vif_status vif__state_fail(vif__job *j, const char *call)
{
    const bool none = errno == EACCES || errno == EPERM || errno == EROFS || errno == ENOENT;

    return none && j->host->desc.state_dir == NULL ? VIF_OK : vif__state_refuse(j, call);
}

/* Opens the file at j->path; the directory is made when it is first needed. */
static int vif__state_open(vif__job *j, int flags)
{
    int fd = open(j->path, flags | VIF_O_CLOEXEC, 0600);

    if (fd < 0 && errno == ENOENT && (flags & O_CREAT) != 0 &&
        (mkdir(vif__state_dir(j->host), 0700) == 0 || errno == EEXIST)) {
        fd = open(j->path, flags | VIF_O_CLOEXEC, 0600);
    }
    return fd;
}

/* Locks the file at j->path, or E_BUSY: somebody has it. Without state it is left unset. A file
 * goes with what it stands for: one that has gone by the time it is locked is no lock. */
static vif_status vif__lock_file(vif__job *j, vif_fd *lock)
{
    const int fd = vif__state_open(j, O_RDWR | O_CREAT);
    struct stat is;

    if (fd < 0) {
        return vif__state_fail(j, "open");
    }
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &is) == 0 && is.st_nlink > 0) {
        *lock = vif_fd_of(fd);
        return VIF_OK;
    }
    (void)close(fd);
    return VIF_E_BUSY;
}

/* The lock of a link. */
static vif_status vif__lock_take(vif__job *j, const char *link, vif_fd *lock)
{
    vif__state_path(j, link, ".lock");
    return vif__lock_file(j, lock);
}

/* Writes what has been gathered; a short write goes on where it ended. */
static vif_status vif__note_flush(vif__job *j, int fd)
{
    size_t at = 0;

    while (at < j->buf.len) {
        const ssize_t put = write(fd, j->buf.data + at, j->buf.len - at);

        if (put < 0 && errno != EINTR) {
            return vif__state_fail(j, "write");
        }
        at += put > 0 ? (size_t)put : 0;
    }
    (void)vif__request_new(j);
    return VIF_OK;
}

/* What the note begins with: which link it is of, and where things were to move. */
static void vif__note_head(vif__job *j, const vif__layer3 *l, const char *to)
{
    vif_link link;

    memset(&link, 0, sizeof link);
    VIF_SET(&link, VIF_LINK_INDEX, index, l->home);
    (void)vif_link_set_name(&link, to);
    vif_nl_put_link(vif__request_new(j), VIF_RTM_NEWLINK, 0, &link);
}

/* The page cache outlives the process, and what the note is about does not outlive the host: its
 * addresses and routes go with its power, and so may the note. Nothing is synced to a disk. */
static vif_status vif__note_put(vif__job *j, int fd, const vif__layer3 *l, const char *to)
{
    vif_link_info *home = (vif_link_info *)vif__alloc(j, sizeof *home);
    vif_status st = VIF_OK;
    const vif__saved *s;

    if (home == NULL) {
        return VIF_E_NOMEM;
    }
    home->index = l->home;
    vif__name_copy(home->name, l->name);
    vif__note_head(j, l, to);
    for (s = l->first; s != NULL && st == VIF_OK; s = s->next) {
        vif__put_one(&j->buf, l, s, true, home, true);
        st = j->buf.len > j->buf.cap / 2 ? vif__note_flush(j, fd) : VIF_OK;
    }
    vif_nl_end(&j->buf, vif_nl_begin(&j->buf, VIF__NOTE_END, 0, NULL, 0));
    st = st == VIF_OK ? vif__note_flush(j, fd) : st;
    return st;
}

/* One that can't be removed is made void, or it would be put again when the host has changed. */
static void vif__note_remove(vif__job *j, const char *link)
{
    vif__state_path(j, link, ".note");
    if (unlink(j->path) != 0 && errno != ENOENT) {
        const int fd = vif__state_open(j, O_WRONLY | O_TRUNC);

        if (fd >= 0) {
            (void)close(fd);
        }
    }
}

/* Notes what a link has, before it moves to another. */
static vif_status vif__note_write(vif__job *j, const vif__layer3 *l, const char *to)
{
    vif_status st;
    int fd;

    vif__state_path(j, l->name, ".note");
    fd = vif__state_open(j, O_WRONLY | O_CREAT | O_TRUNC);
    if (fd < 0) {
        return vif__state_fail(j, "open");
    }
    st = vif__note_put(j, fd, l, to);
    (void)close(fd);
    if (st != VIF_OK) {
        vif__note_remove(j, l->name);
    }
    return st;
}

/* The file at j->path as bytes of the arena; none, and no data either: there is no such file. must:
 * one that nobody may look for is not taken for missing. */
static vif_status vif__note_bytes(vif__job *j, vif_nl_view *out, bool must)
{
    const int fd = vif__state_open(j, O_RDONLY);
    const off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
    unsigned char *bytes = size > 0 ? (unsigned char *)vif__alloc(j, (size_t)size) : NULL;
    ssize_t got = 1;

    out->data = fd >= 0 && size == 0 ? (const unsigned char *)"" : bytes;
    out->len = 0;
    if (fd < 0) {
        return errno == ENOENT ? VIF_OK : must ? vif__state_refuse(j, "open")
            : vif__state_fail(j, "open");
    }
    if (size > 0 && bytes != NULL && lseek(fd, 0, SEEK_SET) == 0) {
        while (got > 0 && out->len < (size_t)size) {
            got = read(fd, bytes + out->len, (size_t)size - out->len);
            out->len += got > 0 ? (size_t)got : 0;
        }
    }
    (void)close(fd);
    return size > 0 && bytes == NULL ? VIF_E_NOMEM
        : got < 0 ? vif__state_fail(j, "read") : VIF_OK;
}

/* The next message of a note; false: the end, or no message. */
static bool vif__note_next(vif_nl_view *left, vif_nl_msg *msg)
{
    uint32_t len = 0;

    memset(msg, 0, sizeof *msg);
    if (left->len < 16) {
        return false;
    }
    memcpy(&len, left->data, 4);
    memcpy(&msg->type, left->data + 4, 2);
    if (len < 16 || len > left->len) {
        return false;
    }
    /*@ split len; */
    msg->data = left->data + 16;
    msg->len = len - 16;
    len = (len + 3) & ~3u;
    len = len < left->len ? len : (uint32_t)left->len;
    left->data += len;
    left->len -= len;
    return msg->type != VIF__NOTE_END;
}

/* What is noted of a link: *out is NULL if nothing is, or if the note is of another link that had
 * the name, or was not complete when its writer died: then nothing had been changed. */
VIF__APART
static vif_status vif__note_read(vif__job *j, const vif_link_info *info, vif__layer3 **out,
                                 char to[16])
{
    vif__layer3 *l = (vif__layer3 *)vif__alloc(j, sizeof *l);
    vif_nl_view left;
    vif_status st;
    vif_link link;
    vif_nl_msg msg;

    *out = NULL;
    vif__state_path(j, info->name, ".note");
    st = l == NULL ? VIF_E_NOMEM : vif__note_bytes(j, &left, false);
    if (st != VIF_OK || left.len == 0 || !vif__note_next(&left, &msg) ||
        !vif_link_parse(&msg, &link) || link.index != info->index) {
        return st;
    }
    vif__name_copy(to, link.name);
    vif__layer3_init(l, info);
    l->noted = true;
    while (st == VIF_OK && vif__note_next(&left, &msg)) {
        st = vif__scan_hops(j, l, &msg, l->home, VIF__KEEP);
    }
    if (st == VIF_OK && l->count > 0 && msg.type == VIF__NOTE_END) {
        st = vif__saved_index(j, l);
        *out = l;
    }
    return st;
}

/* Finishes what a process that died had begun: on the bridge, if the link is its port by now, else
 * at home. Nothing is lost at any moment of a move, so that all of it can be put again. */
VIF__APART static vif_status vif__recover(vif__job *j, vif_resource *r, vif_link_info *info)
{
    char to[16] = "";
    vif_link_info *bridge;
    vif__layer3 *l;
    vif_status st = vif__note_read(j, info, &l, to);

    if (st == VIF_OK && l != NULL) {
        bridge = vif__link(j, 0, to);
        if (bridge == NULL) {
            return j->step.status;
        }
        if (bridge->index != 0 && info->master == bridge->index) {
            vif__find_token(l, info, bridge);
            st = vif__move_to(j, l, r, info, bridge);
            r->priv.was.gen_mode = 0;   /* what it turned on is not this walk's to turn off */
        } else {
            l->looked = true;
            st = vif__see(j, l, info);
            st = st == VIF_OK ? vif__move_each(j, l, info, true, false) : st;
        }
    }
    if (st == VIF_OK) {
        vif__note_remove(j, info->name);
    }
    if (st == VIF_OK && l != NULL) {
        vif__log(j, "recovered", r);
        st = vif__look_again(j);
    }
    return st;
}

#ifndef VIF_NO_NETWORKS
/* >>kinds: lease
 *
 * An address of a pool: no two guests may have the same. Whose it is stands in a file of the state
 * directory, NAMESPACE.BRIDGE.ADDRESS.lease: a tag, put there under the file's lock; an empty one
 * is of somebody who died before he had it. Where a tag looks, and in which order, comes from the
 * tag: so it finds again what it has, and a directory is never read. */

enum { VIF__LEASE_TRIES = 32 };

/* The nth address at which a tag looks; false: it is the bridge's own. A pool that has no more is
 * looked through from one end to the other. */
static bool vif__lease_nth(const vif_ip *pool, const char *tag, uint32_t n, vif_ip *out)
{
    static const vif_uuid space = {{0xb3, 0x0e, 0x5d, 0x6a, 0x1f, 0x0c, 0x47, 0x0d,
                                    0x8e, 0x21, 0x93, 0x44, 0xd0, 0x5b, 0x2a, 0x6c}};
    const uint32_t hosts = (1u << (32 - pool->prefix)) - 2;
    uint32_t from = 0, step = 0, at;
    vif_uuid id;
    unsigned i;

    vif_uuid_v5(&space, tag, strlen(tag), &id);
    for (i = 0; i < 4; i++) {
        from = from << 8 | id.bytes[i];
        step = step << 8 | id.bytes[12 + i];
    }
    step = hosts > VIF__LEASE_TRIES ? step | 1 : 1;
    at = (from % hosts + n * (step % hosts)) % hosts + 1;
    *out = vif__ip_net(*pool, pool->prefix);
    for (i = 0; i < 4; i++) {
        out->bytes[i] = (uint8_t)(out->bytes[i] | (at >> (24 - 8 * i) & 0xff));
    }
    return memcmp(out->bytes, pool->bytes, 4) != 0;
}

/* Where it is written who has the address, in j->path. */
static void vif__lease_path(vif__job *j, const char *bridge, const vif_ip *ip)
{
    char name[72] = "", text[52];

    vif_ip_format(ip, false, text);
    vif__cat_format(name, sizeof name, "%s.%s", bridge, text, NULL);
    vif__state_path(j, name, ".lease");
}

/* The tag of who has it; "": nobody. */
static vif_status vif__lease_read(vif__job *j, const char *bridge, const vif_ip *ip,
                                  char tag[160])
{
    vif_status st;

    vif__lease_path(j, bridge, ip);
    st = vif_file_read(j->path, tag, 160, &j->step);
    if (st != VIF_OK && j->step.sys_errno == ENOENT) {
        tag[0] = '\0';
        memset(&j->step, 0, sizeof j->step);
        return VIF_OK;
    }
    return st;
}

/* What the tag has of the pool, or else the first that is free. */
static bool vif__view_lease(void *user, const char *bridge, const vif_ip *pool, const char *tag,
                            vif_ip *out)
{
    vif__job *j = (vif__job *)user;
    bool found = false;
    char other[160];
    vif_ip ip;
    uint32_t n;

    for (n = 0; n < VIF__LEASE_TRIES; n++) {
        if (!vif__lease_nth(pool, tag, n, &ip) ||
            vif__lease_read(j, bridge, &ip, other) != VIF_OK) {
            continue;
        }
        if (strcmp(other, tag) == 0) {
            *out = ip;
            return true;
        }
        if (other[0] == '\0' && !found) {
            *out = ip;
            found = true;
        }
    }
    return found;
}

/* Rules that name the one address are to name the other. */
static void vif__lease_move_rules(vif_nft_rules *rules, const vif_ip *from, const vif_ip *to)
{
    size_t i;

    if (memcmp(rules->address, from->bytes, 4) == 0) {
        memcpy(rules->address, to->bytes, 4);
    }
    for (i = 0; i < rules->sender_count; i++) {
        if (rules->senders[i].len == 4 && memcmp(rules->senders[i].bytes, from->bytes, 4) == 0) {
            memcpy(rules->senders[i].bytes, to->bytes, 4);
        }
    }
}

/* In the plan all that names the one address is to name the other. */
static void vif__lease_move(vif_plan *plan, const vif_ip *from, const vif_ip *to)
{
    size_t i;

    for (i = 0; i < plan->count; i++) {
        vif_resource *r = &plan->items[i];

        if (vif__is(r, VIF__HAS_IP) && memcmp(r->want.ip.address.bytes, from->bytes, 4) == 0) {
            memcpy(r->want.ip.address.bytes, to->bytes, 4);
        } else if (r->kind == VIF_RES_RULES) {
            vif__lease_move_rules(r->want.rules, from, to);
        }
    }
}

/* The result says which it is. */
static void vif__lease_tell(vif__job *j, const vif_resource *r)
{
    char text[52];

    vif_ip_format(&r->want.ip.address, true, text);
    j->result->address[0] = '\0';
    vif_cat(j->result->address, sizeof j->result->address, text);
}

/* An empty file counts as there, so that an unplug clears it away, but not as ours. */
static vif_status vif__lease_test(vif__job *j, vif_resource *r)
{
    char tag[160];
    const vif_status st = vif__lease_read(j, r->link, &r->want.ip.address, tag);
    const bool ours = strcmp(tag, j->tag) == 0;

    r->priv.there = ours || (tag[0] == '\0' && access(j->path, F_OK) == 0);
    if (st == VIF_OK && ours) {
        vif__lease_tell(j, r);
    } else if (st == VIF_OK) {
        vif__differ(j, r, "taken", "yes", "no");
    }
    return st;
}

/* Writes the tag into the address's file, or (give) takes that away, whoever else tries to. E_BUSY:
 * another has it. */
static vif_status vif__lease_take(vif__job *j, const vif_resource *r, bool give)
{
    vif_fd lock = {false, -1};
    vif_status st;
    char tag[160];

    vif__lease_path(j, r->link, &r->want.ip.address);
    st = vif__lock_file(j, &lock);
    if (st == VIF_OK && !lock.set) {
        return vif__step_fail(j, VIF_E_SYSTEM, "a pool needs the state directory, which can't be "
                              "written");
    }
    st = st == VIF_OK ? vif__lease_read(j, r->link, &r->want.ip.address, tag) : st;
    if (st == VIF_OK && tag[0] != '\0' && strcmp(tag, j->tag) != 0) {
        st = VIF_E_BUSY;
    } else if (st == VIF_OK && give) {
        st = unlink(j->path) != 0 ? vif__state_fail(j, "unlink") : VIF_OK;
    } else if (st == VIF_OK && tag[0] == '\0') {
        (void)vif__request_new(j);
        j->buf.len = strlen(j->tag);
        memcpy(j->buf.data, j->tag, j->buf.len);
        st = vif__note_flush(j, lock.fd);
    }
    if (lock.set) {
        (void)close(lock.fd);
    }
    return st;
}

/* Somebody may have been quicker since the plan was made: then it is the next one that is free. */
static vif_status vif__lease_apply(vif__job *j, vif_resource *r)
{
    const vif_ip was = r->want.ip.address;
    vif_status st = VIF_E_BUSY;
    unsigned tries;

    for (tries = 0; tries < VIF__LEASE_TRIES && st == VIF_E_BUSY; tries++) {
        st = vif__lease_take(j, r, false);
        if (st == VIF_E_BUSY &&
            !vif__view_lease(j, r->link, r->want.ip.gateway, j->tag, &r->want.ip.address)) {
            break;
        }
        r->want.ip.address.prefix = was.prefix;
    }
    if (st == VIF_E_BUSY) {
        return vif__step_fail(j, VIF_E_CONFLICT, "no address of the pool is free");
    }
    if (st == VIF_OK) {
        r->priv.created = true;
        vif__lease_move(&j->plan, &was, &r->want.ip.address);
        vif__lease_tell(j, r);
    }
    return st;
}

/* Only one's own is given back. */
static vif_status vif__lease_revert(vif__job *j, vif_resource *r)
{
    const vif_status st = vif__lease_take(j, r, true);

    return st == VIF_E_BUSY ? VIF_OK : st;
}

static void vif__lease_describe(const vif_resource *r, const vif__sink *s)
{
    char text[52];

    vif_ip_format(&r->want.ip.address, true, text);
    vif__say(s, "ip", text);
}
#endif

#ifndef VIF_NO_SWITCH
/* >>kinds: filter
 *
 * A bridge that is there, and its ports with it, begins to tell VLANs apart, or ceases to: when a
 * virtual switch gets its first port group with a VLAN. Ports are in VLAN 1 then, without a tag, so
 * that nothing is lost between them. */

/* One attribute of the bridge; all others stay as they are. */
static vif_status vif__filter_set(vif__job *j, const vif_resource *r, uint8_t on)
{
    vif_nl_bridge bridge;
    vif_link link;

    memset(&bridge, 0, sizeof bridge);
    memset(&link, 0, sizeof link);
    VIF_SET(&link, VIF_LINK_INDEX, index, r->priv.link->index);
    VIF_SET(&bridge, VIF_NL_BRIDGE_VLAN_FILTERING, vlan_filtering, on);
    vif_nl_put_bridge(vif__request_new(j), VIF_NLM_F_REQUEST, &link, &bridge);
    return vif__request_send(j);
}

/* Whether it does so now; asked for alone, as no other kind needs to know it of a bridge. */
static vif_status vif__filter_look(vif__job *j, const vif_resource *r, bool *on)
{
    vif_nl_bridge bridge;
    vif_link link;
    const vif_status st = vif_nl_link_get(&j->host->nl, r->priv.link->index, NULL, &link,
                                          &j->step);

    *on = st == VIF_OK && vif_nl_bridge_parse(link.kind_data, &bridge) &&
        bridge.vlan_filtering != 0;
    return st;
}

static vif_status vif__filter_test(vif__job *j, vif_resource *r)
{
    bool on;
    const vif_status st = vif__filter_look(j, r, &on);

    if (st == VIF_OK && !on) {
        vif__differ(j, r, "vlan_filtering", "yes", "no");
    }
    return st;
}

static vif_status vif__filter_apply(vif__job *j, vif_resource *r)
{
    const vif_status st = vif__filter_set(j, r, 1);

    return st == VIF_E_UNSUPPORTED
        ? vif__step_fail(j, st, "this kernel's bridges tell no VLANs apart "
                         "(CONFIG_BRIDGE_VLAN_FILTERING)") : st;
}

/* A kernel that has refused to begin refuses to cease, too. */
static vif_status vif__filter_revert(vif__job *j, vif_resource *r)
{
    bool on;
    const vif_status st = vif__filter_look(j, r, &on);

    return st == VIF_OK && on ? vif__filter_set(j, r, 0) : st;
}

static void vif__filter_describe(const vif_resource *r, const vif__sink *s)
{
    (void)r;
    vif__say(s, "vlan_filtering", "yes");
}

/* >>kinds: record
 *
 * A text that is kept of a link in the state directory, NAMESPACE.LINK and what it is: a tag, the
 * end of the line, the text. It is written as a whole or not at all. A borrowed one has to be there
 * as the plan has it: it is looked at before all changes, and by a plug once more when the walk
 * comes to it. */

enum { VIF__STATE_TAG = 160, VIF__RECORD_MOST = 65536 };

/* What is kept, in the task's memory; NULL: nothing. */
static vif_status vif__record_read(vif__job *j, const vif_resource *r, char **text)
{
    struct stat is;
    size_t size;

    *text = NULL;
    vif__state_path(j, r->link, r->want.record.what);
    if (stat(j->path, &is) != 0) {
        return errno == ENOENT ? VIF_OK : vif__state_fail(j, "stat");
    }
    if (is.st_size < 0 || is.st_size > VIF__RECORD_MOST) {
        return vif__step_fail(j, VIF_E_PROTO, "what is kept of it is longer than 65536 bytes");
    }
    size = (size_t)is.st_size + 2;
    *text = (char *)vif__alloc(j, size);
    if (*text == NULL) {
        return VIF_E_NOMEM;
    }
    if (vif_file_read(j->path, *text, size, &j->step) == VIF_OK) {
        return VIF_OK;
    }
    *text = NULL;                       /* gone, or another one by now */
    if (j->step.sys_errno == ENOENT) {
        memset(&j->step, 0, sizeof j->step);
        return VIF_OK;
    }
    return j->step.status;
}

/* What stands behind the tag's line. */
static const char *vif__record_body(const char *text)
{
    const char *end = text != NULL ? strchr(text, '\n') : NULL;

    return end != NULL ? end + 1 : "";
}

/* Whether the first line is this subject's tag. */
static bool vif__record_is_ours(const vif__job *j, const char *text)
{
    const size_t len = strlen(j->tag);

    return text != NULL && strncmp(text, j->tag, len) == 0 &&
        (text[len] == '\n' || text[len] == '\0');
}

/* One that says something else now than it did when the subject was made is another. */
static vif_status vif__record_look(vif__job *j, const vif_resource *r)
{
    char *text;
    const vif_status st = vif__record_read(j, r, &text);

    return st != VIF_OK || (text != NULL &&
                            strcmp(vif__record_body(text), r->want.record.text) == 0) ? st
        : vif__step_fail(j, VIF_E_CONFLICT, "has been changed since its port group was looked up");
}

/* Whoever had the link's name before, and has gone without an unplug, has no claim to it. */
static vif_status vif__record_test(vif__job *j, vif_resource *r)
{
    char *text;
    vif_status st;

    if (r->whose == VIF_BORROWED) {
        st = vif__record_look(j, r);
        if (st == VIF_OK && j->verb == VIF_PLUG && !j->dry) {
            vif__differ(j, r, "looked at again", "yes", "no");
        }
        return st;
    }
    st = vif__record_read(j, r, &text);
    r->priv.note.text = text;
    r->priv.there = vif__record_is_ours(j, text);
    if (st == VIF_OK && !(r->priv.there &&
                          strcmp(vif__record_body(text), r->want.record.text) == 0)) {
        vif__differ(j, r, "kept", "yes", text == NULL ? "no" : "another");
    }
    return st;
}

/* A signal may cut a write short; anything else that does is a failure. */
static bool vif__write_whole(int fd, const char *bytes, size_t len)
{
    ssize_t put = 0;

    while (len > 0 && (put >= 0 || errno == EINTR)) {
        put = write(fd, bytes, len);
        bytes += put > 0 ? put : 0;
        len -= put > 0 ? (size_t)put : 0;
    }
    return len == 0;
}

/* Tag and text, or (tag NULL) a text that was read. */
static vif_status vif__record_write(vif__job *j, const vif_resource *r, const char *tag,
                                    const char *text)
{
    char path[VIF__PATH_SIZE];
    bool good;
    int fd;

    vif__state_path(j, r->link, r->want.record.what);
    memcpy(path, j->path, sizeof path);
    vif_cat(j->path, sizeof path, ".new");
    fd = vif__state_open(j, O_WRONLY | O_CREAT | O_TRUNC);
    if (fd < 0) {
        return vif__state_refuse(j, "open");
    }
    good = tag == NULL || (vif__write_whole(fd, tag, strlen(tag)) &&
                           vif__write_whole(fd, "\n", 1));
    good = good && vif__write_whole(fd, text, strlen(text)) && fsync(fd) == 0;
    if (close(fd) != 0 || !good || rename(j->path, path) != 0) {
        const vif_status st = vif__state_refuse(j, "write");

        (void)unlink(j->path);
        return st;
    }
    return VIF_OK;
}

/* Of a borrowed record this is the second look: see vif__plan_member. */
static vif_status vif__record_apply(vif__job *j, vif_resource *r)
{
    if (r->whose == VIF_BORROWED) {
        return vif__record_look(j, r);
    }
    r->priv.created = r->priv.note.text == NULL;
    return vif__record_write(j, r, j->tag, r->want.record.text);
}

/* What was there before a plug is there again. */
static vif_status vif__record_revert(vif__job *j, vif_resource *r)
{
    if (r->whose == VIF_BORROWED) {
        return VIF_OK;
    }
    if (j->phase == VIF__BACK && r->priv.note.text != NULL) {
        return vif__record_write(j, r, NULL, r->priv.note.text);
    }
    vif__state_path(j, r->link, r->want.record.what);
    return unlink(j->path) == 0 || errno == ENOENT ? VIF_OK : vif__state_refuse(j, "unlink");
}

static void vif__record_describe(const vif_resource *r, const vif__sink *s)
{
    vif__say(s, "text", r->want.record.text);
}
#endif

#if defined(VIF__DEVICES) || !defined(VIF_NO_DNS)
/* >>state on disk: notes that stay until unplug */

/* Texts stand in notes as aliases of links: one format, and one parser, for all of the note. */
static void vif__note_put_text(vif__job *j, const char *text)
{
    vif_link link;

    memset(&link, 0, sizeof link);
    VIF_SET(&link, VIF_LINK_INDEX, index, 1);
    VIF_SET(&link, VIF_LINK_ALIAS, alias.data, (const unsigned char *)text);
    link.alias.len = strlen(text);
    vif_nl_put_link(&j->buf, VIF_RTM_NEWLINK, 0, &link);
}

/* A text of a note. One that does not fit is no text of ours. */
static bool vif__note_get_text(vif_nl_view *left, char *to, size_t cap)
{
    vif_nl_msg msg;
    vif_link link;

    if (!vif__note_next(left, &msg) || !vif_link_parse(&msg, &link) || link.alias.len >= cap) {
        return false;
    }
    memset(to, 0, cap);
    if (link.alias.len > 0) {
        memcpy(to, link.alias.data, link.alias.len);
    }
    return true;
}

/* Whose the note is: its first text. */
VIF__APART static bool vif__note_tag(const char *path, char tag[160])
{
    const int fd = open(path, O_RDONLY | VIF_O_CLOEXEC);
    unsigned char bytes[256];
    vif_nl_view head = {bytes, 0};
    ssize_t got;

    if (fd < 0) {
        return false;
    }
    got = read(fd, bytes, sizeof bytes);
    (void)close(fd);
    head.len = got > 0 ? (size_t)got : 0;
    return vif__note_get_text(&head, tag, 160);
}

/* Writes the note of j->path beside the old one, which it then replaces: there is always a whole
 * one. `put` fills the request, which goes to the file fd when it is long. */
static vif_status vif__note_replace(vif__job *j,
                                    vif_status (*put)(vif__job *j, int fd, const void *what),
                                    const void *what)
{
    vif_status st;
    char path[160];
    int fd;

    memcpy(path, j->path, sizeof path);
    vif_cat(j->path, sizeof path, ".new");
    fd = vif__state_open(j, O_WRONLY | O_CREAT | O_TRUNC);
    (void)vif__request_new(j);
    st = fd >= 0 ? put(j, fd, what) : vif__state_fail(j, "open");
    if (fd >= 0 && st == VIF_OK) {
        vif_nl_end(&j->buf, vif_nl_begin(&j->buf, VIF__NOTE_END, 0, NULL, 0));
        st = vif__note_flush(j, fd);
    }
    if (st == VIF_OK && (fd < 0 || fsync(fd) != 0 || rename(j->path, path) != 0)) {
        (void)vif_fail(&j->step, VIF_E_SYSTEM, errno, "state", j->path);
        st = VIF_E_SYSTEM;
    }
    if (fd >= 0) {
        (void)close(fd);
        (void)(st != VIF_OK ? unlink(j->path) : 0);
    }
    return st;
}
#endif

#ifdef VIF__DEVICES
/* >>kinds: driver, vf, name
 *
 * A PCI device that a guest gets, what its physical function sets of it, and what its representor
 * is called. None of it is made by vif, so that a note says whose it is: DIR/NAMESPACE.ADDRESS.KIND
 * (a representor's address is its new name) holds the VIF's tag and what was there before, from
 * before the first change until it has been put back. Who finds another VIF's tag keeps off; an
 * unplug without a note of its own has nothing to do. */

typedef struct vif__pci_note {
    bool looked, ours, noted;           /* ours: before this call; noted: now */
    bool was_in;                        /* of a bonded link: it was in the bond before this call */
    vif_vf saved, set, before, now;     /* in the note; found first by this call; found last */
    union {                             /* in the note, three texts: by the resource's kind */
        struct {
            char driver[64], override[256]; /* "": none */
            char given[64];             /* the driver that a plug has given it */
        } pci;
        struct {
            char name[64], alias[256];
            char state[64];             /* of one that is lent: its MAC, and " up" */
        } link;
        struct {
            char bond[64], none[256], state[64];        /* "up" */
        } bonded;
    } was;
    uint8_t mac[6];                     /* in the note: of a function's netdev, or all zero */
    char found[64];                     /* the driver that it has now */
    char had[64], had_given[64];        /* found first by this call, and as noted then */
    char tag[160];
    vif_link_info card;                 /* that is lent, where it is now */
} vif__pci_note;

static void vif__pci_path(vif__job *j, const vif_resource *r)
{
    vif__state_path(j, r->want.device->address, ".");
    vif_cat(j->path, VIF__PATH_SIZE, vif__kinds[r->kind].name);
}

/* A MAC stands in a note as that of a link. */
static void vif__note_put_mac(vif__job *j, const uint8_t mac[6])
{
    vif_link link;

    memset(&link, 0, sizeof link);
    VIF_SET(&link, VIF_LINK_INDEX, index, 1);
    memcpy(link.mac, mac, 6);
    link.present |= VIF_LINK_MAC;
    vif_nl_put_link(&j->buf, VIF_RTM_NEWLINK, 0, &link);
}

static bool vif__note_get_mac(vif_nl_view *left, uint8_t mac[6])
{
    vif_nl_msg msg;
    vif_link link;

    if (!vif__note_next(left, &msg) || !vif_link_parse(&msg, &link)) {
        return false;
    }
    memcpy(mac, link.mac, 6);
    return true;
}

/* What vif__pci_read expects, in that order: a note of another order is no note. */
static vif_status vif__pci_put(vif__job *j, int fd, const void *what)
{
    const vif_resource *r = (const vif_resource *)what;
    const vif__pci_note *n = r->priv.note.device;

    (void)fd;
    vif__note_put_text(j, j->tag);
    if (r->kind == VIF_RES_VF) {
        vif_nl_put_vf(&j->buf, 1, &n->saved);
        vif_nl_put_vf(&j->buf, 1, &n->set);
        vif__note_put_mac(j, n->mac);
    } else {
        vif__note_put_text(j, n->was.pci.driver);
        vif__note_put_text(j, n->was.pci.override);
        vif__note_put_text(j, n->was.pci.given);
    }
    return VIF_OK;
}

static vif_status vif__pci_write(vif__job *j, const vif_resource *r)
{
    vif__pci_path(j, r);
    return vif__note_replace(j, vif__pci_put, r);
}

static void vif__pci_forget(vif__job *j, const vif_resource *r)
{
    vif__pci_path(j, r);
    (void)unlink(j->path);
}

/* A walk over the notes of devices of the host's namespace. */
typedef struct vif__note_walk {
    vif_host *host;
    bool (*each)(struct vif__note_walk *w, int kind, const char *device, const char *tag);
    void *user;                         /* each's */
    bool (*view_each)(void *context, int kind, const char *device);
    void *context;                      /* view_each's */
    char prefix[160];                   /* "DIR/NAMESPACE." */
} vif__note_walk;

/* A file of the state directory: "NAMESPACE.DEVICE.KIND", if it is such a note. */
static bool vif__note_file(void *context, const char *file)
{
    vif__note_walk *w = (vif__note_walk *)context;
    const char *start = strchr(file, '.'), *end = start, *dot;
    char tag[160], device[64];
    int kind = 0;
    size_t len;

    for (dot = start; dot != NULL; dot = strchr(dot + 1, '.')) {
        end = dot;
    }
    if (start == NULL || end == NULL) {
        return true;
    }
    len = end > start ? (size_t)(end - start) - 1 : 0;
    while (kind < VIF_RES_COUNT &&
           ((vif__kinds[kind].facts & VIF__IS_DEVICE) == 0 ||
            strcmp(vif__kinds[kind].name, end + 1) != 0)) {
        kind++;
    }
    if (len == 0 || len >= sizeof device || kind == VIF_RES_COUNT) {
        return true;
    }
    memcpy(device, start + 1, len);
    device[len] = '\0';
    w->host->priv.path[0] = '\0';
    vif__cat_format(w->host->priv.path, sizeof w->host->priv.path, "%s/%s",
                    vif__state_dir(w->host), file, NULL);
    return strncmp(w->host->priv.path, w->prefix, strlen(w->prefix)) != 0 ||
        !vif__note_tag(w->host->priv.path, tag) || w->each(w, kind, device, tag);
}

static void vif__note_walk_all(vif__note_walk *w)
{
    vif__state_prefix(w->host, w->prefix, sizeof w->prefix);
    (void)vif_dir_each(vif__state_dir(w->host), vif__note_file, w, NULL);
}

static bool vif__view_note(vif__note_walk *w, int kind, const char *device, const char *tag)
{
    return strcmp(tag, ((vif__job *)w->user)->tag) != 0 || w->view_each(w->context, kind, device);
}

static void vif__view_notes(void *user, bool (*each)(void *context, int kind, const char *device),
                            void *context)
{
    vif__note_walk w;

    w.host = ((vif__job *)user)->host;
    w.each = vif__view_note;
    w.user = user;
    w.view_each = each;
    w.context = context;
    vif__note_walk_all(&w);
}

/* Reads the note. One that is not whole is none: its writer had changed nothing. */
static vif_status vif__pci_read(vif__job *j, vif_resource *r)
{
    vif__pci_note *n = r->priv.note.device;
    vif_nl_view left;
    vif_nl_msg msg;
    vif_status st;
    bool whole;

    if (n == NULL) {
        n = r->priv.note.device = (vif__pci_note *)vif_arena_alloc(&j->arena, sizeof *n);
    }
    if (n == NULL) {
        return vif__step_fail(j, VIF_E_NOMEM, "no memory for a note");
    }
    vif__pci_path(j, r);
    st = vif__note_bytes(j, &left, true);
    whole = st == VIF_OK && vif__note_get_text(&left, n->tag, sizeof n->tag);
    if (whole && r->kind == VIF_RES_VF) {
        whole = vif__note_next(&left, &msg) &&
            vif_vf_parse(&msg, 0, &n->saved, NULL, NULL) == VIF_OK &&
            vif__note_next(&left, &msg) && vif_vf_parse(&msg, 0, &n->set, NULL, NULL) == VIF_OK &&
            vif__note_get_mac(&left, n->mac);
    } else if (whole) {
        whole = vif__note_get_text(&left, n->was.pci.driver, sizeof n->was.pci.driver) &&
            vif__note_get_text(&left, n->was.pci.override, sizeof n->was.pci.override) &&
            vif__note_get_text(&left, n->was.pci.given, sizeof n->was.pci.given);
    }
    whole = whole && !vif__note_next(&left, &msg) && msg.type == VIF__NOTE_END;
    n->noted = whole && strcmp(n->tag, j->tag) == 0;
    if (whole && !n->noted && j->verb != VIF_UNPLUG) {
        return vif__step_say(j, VIF_E_EXISTS, "the device belongs to %e", n->tag, NULL, NULL);
    }
    n->ours = n->looked ? n->ours : n->noted;
    return st;
}

/* Whether an unplug has something to give back. */
static vif_status vif__pci_is_ours(vif__job *j, vif_resource *r, bool *ours)
{
    const vif_status st = vif__pci_read(j, r);

    *ours = st == VIF_OK && r->priv.note.device->noted;
    if (j->lock.set) {                  /* a note that was being written when its writer died */
        vif__pci_path(j, r);
        vif_cat(j->path, VIF__PATH_SIZE, ".new");
        (void)unlink(j->path);
    }
    return st;
}

/* The first half of a test. What was found first is what a failed call goes back to. */
static vif_status vif__pci_test(vif__job *j, vif_resource *r)
{
    const vif_status st = vif__pci_read(j, r);

    if (st == VIF_OK && !r->priv.note.device->noted) {
        vif__differ(j, r, "note", "yes", "no");
    }
    return st;
}
#else
/* No plan has such a resource. */
static vif_status vif__pci_is_ours(vif__job *j, vif_resource *r, bool *ours)
{
    (void)j;
    (void)r;
    *ours = false;
    return VIF_OK;
}
#endif

#ifndef VIF_NO_OVS
/* One attempt to rename a link, by its index. */
static vif_status vif__name_try(vif__job *j, const vif_link_info *info, const char *name,
                                const char *alias)
{
    vif_link link;

    memset(&link, 0, sizeof link);
    VIF_SET(&link, VIF_LINK_INDEX, index, info->index);
    VIF_SET(&link, VIF_LINK_ALIAS, alias.data, (const unsigned char *)alias);
    link.alias.len = strlen(alias);
    (void)vif_link_set_name(&link, name);
    (void)vif__request_new(j);
    if ((info->flags & VIF_IFF_UP) != 0) {
        vif_nl_put_link_flags(&j->buf, info->index, 0, VIF_IFF_UP);
    }
    vif_nl_put_link(&j->buf, VIF_RTM_NEWLINK, 0, &link);
    return vif__request_send(j);
}

/* Calls the link so, and gives it that alias. For both it may be sent twice: it is the same link,
 * by its index. Before Linux 6.2 it has to be down meanwhile; it is up again where that failed, or
 * where it is to be. */
static vif_status vif__name_set(vif__job *j, const vif_link_info *info, const char *name,
                                const char *alias, bool up)
{
    vif_status st = vif__name_try(j, info, name, alias);
    vif__info *i;

    if (st == VIF_E_UNKNOWN && vif__name_try(j, info, name, alias) == VIF_OK) {
        st = VIF_OK;
    }
    if ((st != VIF_OK && (info->flags & VIF_IFF_UP) != 0) || up) {
        const vif_error step = j->step;
        vif_status back;

        vif_nl_put_link_flags(vif__request_new(j), info->index, VIF_IFF_UP, VIF_IFF_UP);
        back = vif__request_send(j);
        j->step = st != VIF_OK ? step : j->step;
        st = st != VIF_OK ? st : back;
    }
    for (i = j->infos; i != NULL; i = i->next) {
        i->known = false;               /* its names have changed, and so have others' */
    }
    return st;
}

/* The link by the name that it has now; NULL: *st tells why not. */
static vif_link_info *vif__name_from(vif__job *j, const vif_resource *r, vif_status *st)
{
    vif_link_info *info = r->priv.link;

    *st = VIF_OK;
    if (r->other[0] != '\0' && strcmp(info->alias, j->tag) != 0) {
        return vif__needed(j, r, st);
    }
    if (info->index == 0) {
        *st = vif__missing(j, r->link);
    }
    return *st == VIF_OK ? info : NULL;
}

/* A name that another link has, if only as an alternative one, is not taken from it. */
static vif_status vif__name_test(vif__job *j, vif_resource *r)
{
    const char *name = r->want.device->address;
    vif_status st = vif__pci_test(j, r);
    const vif_link_info *from = st == VIF_OK ? vif__name_from(j, r, &st) : NULL;
    vif__pci_note *n = r->priv.note.device;

    if (from == NULL) {
        return st;
    }
    if (strcmp(r->link, name) != 0 || (from != r->priv.link && r->priv.link->index != 0)) {
        return vif__step_say(j, VIF_E_EXISTS, "%s is the name of another link, or an alternative "
                             "one of %s", name, from->name, NULL);
    }
    if (vif__is_tag(from->alias) && strcmp(from->alias, j->tag) != 0) {
        return vif__step_say(j, VIF_E_EXISTS, "%s belongs to %e", from->name, from->alias, NULL);
    }
    if (strcmp(from->alias, j->tag) != 0) {
        vif__differ(j, r, "alias", j->tag, from->alias);
    }
    if (from != r->priv.link) {
        vif__differ(j, r, "name", name, from->name);
    }
    r->priv.was.flags = n->looked ? r->priv.was.flags : from->flags;
    n->looked = true;
    return VIF_OK;
}

/* What the link is called now is noted first, then it is renamed: a kill between the two leaves a
 * note that says too much, and none that says too little. */
static vif_status vif__name_apply(vif__job *j, vif_resource *r)
{
    vif__pci_note *n = r->priv.note.device;
    vif_status st;
    const vif_link_info *from = vif__name_from(j, r, &st);

    if (from == NULL) {
        return st;
    }
    if (!n->noted) {
        vif_cat(n->was.link.name, sizeof n->was.link.name, from->name);
        vif_cat(n->was.link.alias, sizeof n->was.link.alias, from->alias);
    }
    st = vif__pci_write(j, r);
    return st == VIF_OK ? vif__name_set(j, from, r->want.device->address, j->tag,
                                        (from->flags & VIF_IFF_UP) != 0) : st;
}

/* By the tag, as the link may have gone, and its name be another's. After an unplug it is down. */
static vif_status vif__name_revert(vif__job *j, vif_resource *r)
{
    const bool unplug = r->priv.created, back = unplug || !r->priv.note.device->ours;
    const vif__pci_note *n = r->priv.note.device;
    const vif_link_info *info = r->priv.link;
    vif_status st = vif__refresh(j, r->priv.link);

    if (st == VIF_OK && back && info->index != 0 && strcmp(info->alias, j->tag) == 0) {
        st = vif__name_set(j, info, n->was.link.name, n->was.link.alias,
                           !unplug && (r->priv.was.flags & VIF_IFF_UP) != 0);
    }
    if (st == VIF_OK && back) {
        vif__pci_forget(j, r);
    }
    return st;
}

static void vif__name_describe(const vif_resource *r, const vif__sink *s)
{
    if (r->other[0] != '\0') {
        vif__say(s, "of", r->other);
    }
}
#endif

#ifndef VIF_NO_OVS
/* >>kinds: fast path
 *
 * A device that comes from elsewhere: from the host's fast_path, which is called for it, or with
 * the rows of the switch. Either way it is waited for. */

static void vif__fast_path_describe(const vif_resource *r, const vif__sink *s)
{
    (void)r;
    (void)s;
}

/* The link is there. */
static vif_status vif__fast_path_test(vif__job *j, vif_resource *r)
{
    const char *alias = r->priv.link->alias;

    return !vif__is_tag(alias) || strcmp(alias, j->tag) == 0 ? VIF_OK
        : vif__step_say(j, VIF_E_EXISTS, "%s belongs to %e", r->link, alias, NULL);
}

static vif_status vif__fast_path_call(vif__job *j, vif_resource *r, vif_verb verb)
{
    const vif_host_desc *d = &j->host->desc;
    const vif_vif *vif = j->owner->priv.desc.subjects[j->subject].vif;

    return r->whose != VIF_OWN || d->fast_path == NULL ? VIF_OK
        : d->fast_path(d->user, verb, vif, r->link, &j->step);
}

/* The hook is called once; what it makes may come later, as a device of a daemon's does. */
static vif_status vif__fast_path_apply(vif__job *j, vif_resource *r)
{
    vif_status st = j->waited == 0 ? vif__fast_path_call(j, r, VIF_PLUG) : VIF_OK;

    st = st == VIF_OK ? vif__refresh(j, r->priv.link) : st;
    if (st != VIF_OK || r->priv.link->index != 0) {
        return st;
    }
    st = vif__wait(j, (uint32_t)j->plan.policy.ovs_applied_ms);
    return st == VIF_E_BUSY ? st : vif__step_say(j, VIF_E_TIMEOUT, "the fast path has not made %s",
                                                 r->link, NULL, NULL);
}

static vif_status vif__fast_path_revert(vif__job *j, vif_resource *r)
{
    return vif__fast_path_call(j, r, VIF_UNPLUG);
}
#endif

#ifndef VIF_NO_HOSTDEV
/* The driver that has the device, "" if none has; false: there is no such device. */
static bool vif__driver_read(vif__job *j, const vif_resource *r, char to[64])
{
    static const char key[] = "\nDRIVER=";
    char path[64] = "bus/pci/devices/", *at;
    char *text = (char *)j->buf.data;   /* where requests are made: none is under way */

    to[0] = '\0';
    vif_cat(path, sizeof path, r->want.device->address);
    vif_cat(path, sizeof path, "/uevent");
    text[0] = '\n';
    if (!vif__view_sysfs(j, path, text + 1, j->buf.cap - 1)) {
        return false;
    }
    at = strstr(text, key);
    if (at != NULL) {
        at += sizeof key - 1;
        at[strcspn(at, "\n")] = '\0';
        vif_cat(to, 64, at);
    }
    return true;
}

/* The files of a PCI device take one word each. */
static vif_status vif__driver_write(vif__job *j, const vif_resource *r, const char *file,
                                    const char *text)
{
    char path[96] = "bus/pci/devices/";

    vif_cat(path, sizeof path, r->want.device->address);
    vif_cat(path, sizeof path, file);
    (void)vif__sysfs_path(j, path);
    return vif_file_write(j->path, text, &j->step);
}

/* Binds the device to that driver, or to none. The kernel answers a probe with success whatever
 * came of it, so that it is looked at. override: what stays behind for later probes. */
static vif_status vif__driver_set(vif__job *j, const vif_resource *r, const char *driver,
                                  const char *override)
{
    vif__pci_note *n = r->priv.note.device;
    vif_status st = vif__driver_write(j, r, "/driver_override", driver[0] != '\0' ? driver : "\n");

    if (st == VIF_OK && n->found[0] != '\0' && strcmp(n->found, driver) != 0) {
        st = vif__driver_write(j, r, "/driver/unbind", r->want.device->address);
        n->found[0] = '\0';
    }
    if (st == VIF_OK && strcmp(n->found, driver) != 0) {
        (void)vif__sysfs_path(j, "bus/pci/drivers_probe");
        st = vif_file_write(j->path, r->want.device->address, &j->step);
    }
    if (st == VIF_OK && (!vif__driver_read(j, r, n->found) || strcmp(n->found, driver) != 0)) {
        st = vif__step_say(j, VIF_E_UNSUPPORTED, "%e did not take the device: is the driver there, "
                           "and an IOMMU?", driver, NULL, NULL);
    }
    if (strcmp(override, driver) != 0) {
        const vif_error step = j->step;
        const vif_status back = vif__driver_write(j, r, "/driver_override",
                                                  override[0] != '\0' ? override : "\n");

        if (st != VIF_OK) {
            j->step = step;
        }
        st = st == VIF_OK ? back : st;
    }
    return st;
}

/* What the device has now is remembered as it is read, since an apply begins with it. */
static vif_status vif__driver_test(vif__job *j, vif_resource *r)
{
    const vif_device_want *want = r->want.device;
    const vif_status st = vif__pci_test(j, r);
    vif__pci_note *n = r->priv.note.device;

    if (st != VIF_OK) {
        return st;
    }
    if (!vif__driver_read(j, r, n->found)) {
        return vif__step_fail(j, VIF_E_NO_PCI_DEVICE, want->address);
    }
    if (strcmp(n->found, want->driver) != 0) {
        vif__differ(j, r, "driver", want->driver, n->found[0] != '\0' ? n->found : "none");
    }
    if (!n->looked) {
        memcpy(n->had, n->found, sizeof n->had);
        memcpy(n->had_given, n->was.pci.given, sizeof n->had_given);
    }
    n->looked = true;
    return VIF_OK;
}

/* The note says what is given before it is given: an unplug takes that away and nothing else. A
 * device that has a note has let go of its driver by then, so that a kill here leaves it with none,
 * which an unplug may change, too. */
static vif_status vif__driver_give(vif__job *j, vif_resource *r, const char *driver,
                                   const char *given)
{
    vif__pci_note *n = r->priv.note.device;
    vif_status st = VIF_OK;

    if (n->noted && n->found[0] != '\0' && strcmp(n->found, driver) != 0) {
        st = vif__driver_write(j, r, "/driver/unbind", r->want.device->address);
        n->found[0] = '\0';
    }
    n->was.pci.given[0] = '\0';
    vif_cat(n->was.pci.given, sizeof n->was.pci.given, given);
    st = st == VIF_OK ? vif__pci_write(j, r) : st;
    return st == VIF_OK ? vif__driver_set(j, r, driver, given) : st;
}

/* What was there is noted on disk before the device is let go. */
static vif_status vif__driver_apply(vif__job *j, vif_resource *r)
{
    const vif_device_want *want = r->want.device;
    const bool has = strcmp(r->priv.note.device->found, want->driver) == 0;
    vif__pci_note *n = r->priv.note.device;
    char path[64] = "bus/pci/devices/";

    if (!n->noted) {
        vif_cat(path, sizeof path, want->address);
        vif_cat(path, sizeof path, "/driver_override");
        (void)vif__view_sysfs(j, path, n->was.pci.override, sizeof n->was.pci.override);
        n->was.pci.override[strcspn(n->was.pci.override, "\n(")] = '\0';    /* "(null)" is none */
        vif_cat(n->was.pci.driver, sizeof n->was.pci.driver,
                has && want->before != NULL ? want->before : n->found);
    }
    return vif__driver_give(j, r, want->driver, want->driver);
}

/* An unplug: a device that another driver has by now was given to somebody else, who is not
 * disturbed. One that has its own driver yet was about to lose it when the plug was killed: its
 * override is left. A plug that fails gives the device what it had before this call, which need not
 * be its own driver: an earlier plug may have given it another. */
static vif_status vif__driver_revert(vif__job *j, vif_resource *r)
{
    const bool unplug = r->priv.created;
    vif__pci_note *n = r->priv.note.device;
    const bool there = vif__driver_read(j, r, n->found);
    vif_status st = VIF_OK;

    if (!unplug && n->ours) {
        return there && (strcmp(n->found, n->had) != 0 ||
                         strcmp(n->was.pci.given, n->had_given) != 0)
            ? vif__driver_give(j, r, n->had, n->had_given) : VIF_OK;
    }
    if (there && (!unplug || n->found[0] == '\0' || strcmp(n->found, n->was.pci.driver) == 0 ||
         strcmp(n->found, n->was.pci.given) == 0)) {
        st = vif__driver_set(j, r, n->was.pci.driver, n->was.pci.override);
    }
    if (st == VIF_OK) {
        vif__pci_forget(j, r);
    }
    return st;
}

static void vif__driver_describe(const vif_resource *r, const vif__sink *s)
{
    vif__say(s, "driver", r->want.device->driver);
}

/* The numbers of a virtual function, beside its MAC: bit in `present`, place in the struct. */
static const struct {
    uint8_t present, offset;
} vif__vf_numbers[8] = {
    {VIF_VF_VLAN, offsetof(vif_vf, vlan)}, {VIF_VF_VLAN, offsetof(vif_vf, qos)},
    {VIF_VF_VLAN, offsetof(vif_vf, protocol)}, {VIF_VF_RATE, offsetof(vif_vf, min_rate)},
    {VIF_VF_RATE, offsetof(vif_vf, max_rate)}, {VIF_VF_SPOOFCHK, offsetof(vif_vf, spoofchk)},
    {VIF_VF_LINK_STATE, offsetof(vif_vf, link_state)}, {VIF_VF_TRUST, offsetof(vif_vf, trust)}};
static const char vif__vf_names[] = "vlan\0qos\0protocol\0min_rate_mbps\0max_rate_mbps\0spoofchk\0"
                                    "link_state\0trust";

/* The numbers differ in their places only, which the table has. */
static uint32_t vif__vf_number(const vif_vf *vf, unsigned i)
{
    uint32_t number;

    memcpy(&number, (const unsigned char *)vf + vif__vf_numbers[i].offset, sizeof number);
    return number;
}

/* What of `a` is not so in `b`, as bits. */
static uint32_t vif__vf_unlike(const vif_vf *a, const vif_vf *b)
{
    uint32_t bits = ~b->present;
    unsigned i;

    bits |= memcmp(a->mac, b->mac, 6) != 0 ? (uint32_t)VIF_VF_MAC : 0;
    for (i = 0; i < 8; i++) {
        bits |= vif__vf_number(a, i) != vif__vf_number(b, i) ? vif__vf_numbers[i].present : 0u;
    }
    return bits & a->present;
}

/* Asks for the function. An answer that is larger than the host's buffer, of a card with more than
 * 130 functions, gets one of the task's. */
static vif_status vif__vf_fetch(vif__job *j, vif_resource *r)
{
    vif_nl *nl = &j->host->nl;
    const uint32_t number = r->want.device->vf.number;
    vif_vf *now = &r->priv.note.device->now;
    vif_status st = vif_nl_vf_get(nl, r->priv.link->index, number, now, &j->step);
    size_t cap = nl->count.largest + 8192u;
    void *buffer = st == VIF_E_TOO_BIG ? vif_arena_alloc(&j->arena, cap) : NULL;

    if (buffer != NULL) {
        buffer = vif_nl_buffer(nl, buffer, &cap);
        st = vif_nl_vf_get(nl, r->priv.link->index, number, now, &j->step);
        (void)vif_nl_buffer(nl, buffer, &cap);
    }
    return st;
}

static const uint8_t vif__no_mac[6] = {0};

/* Sets what is not so yet. */
static vif_status vif__vf_set(vif__job *j, vif_resource *r, const vif_vf *to)
{
    vif_vf vf = *to;

    vf.number = r->want.device->vf.number;
    vf.present = vif__vf_unlike(to, &r->priv.note.device->now);
    if (vf.present == 0) {
        return VIF_OK;
    }
    vif_nl_put_vf(vif__request_new(j), r->priv.link->index, &vf);
    return vif__request_send(j);
}

/* What the driver reports back decides, not what was sent to it: several take a setting and ignore
 * it. */
static vif_status vif__vf_test(vif__job *j, vif_resource *r)
{
    const vif_vf *want = &r->want.device->vf;
    vif_status st = vif__pci_read(j, r);
    vif__pci_note *n = r->priv.note.device;
    char wanted[18], found[18];
    uint32_t unlike;
    unsigned i;

    if (st == VIF_OK && (r->priv.link->flags & VIF_IFF_UP) == 0) {
        (void)vif__step_fail(j, VIF_E_CONFLICT, r->link);
        vif__step_cat(j, " is down: drivers lose what is set of its virtual functions then");
        st = VIF_E_CONFLICT;
    }
    st = st == VIF_OK ? vif__vf_fetch(j, r) : st;
    if (r->optional && (st == VIF_E_PROTO || st == VIF_E_NO_INTERFACE)) {
        memset(&j->step, 0, sizeof j->step);    /* the driver (enic) tells nothing of it */
        r->priv.state = VIF__SKIPPED;
        return VIF_OK;
    }
    if (st != VIF_OK) {
        return st;
    }
    if (!n->noted) {
        vif__differ(j, r, "note", "yes", "no");
    }
    n->before = n->looked ? n->before : n->now;
    n->looked = true;
    unlike = vif__vf_unlike(want, &n->now);
    if ((unlike & VIF_VF_MAC) != 0) {
        vif_mac_format(want->mac, wanted);
        vif_mac_format(n->now.mac, found);
        vif__differ(j, r, "mac", wanted, found);
    }
    for (i = 0; i < 8; i++) {
        if ((unlike & vif__vf_numbers[i].present) != 0 &&
            vif__vf_number(want, i) != vif__vf_number(&n->now, i)) {
            vif__differ_int(j, r, vif__packed(vif__vf_names, i), vif__vf_number(want, i),
                            vif__vf_number(&n->now, i));
        }
    }
    if (unlike != 0 && r->priv.state != VIF__DIFFERENT) {
        vif__differ(j, r, "settings", "known", "the driver does not tell them");
    }
    return VIF_OK;
}

/* Gives the function's netdev that MAC, if it has another. */
static vif_status vif__vf_own_mac(vif__job *j, const vif_resource *r, const uint8_t mac[6])
{
    vif_link_info *own = vif__other(j, r);
    vif_link link;

    if (own == NULL || vif__refresh(j, own) != VIF_OK || own->index == 0 ||
        memcmp(own->mac, mac, 6) == 0) {
        return VIF_OK;                  /* there is none, or nothing to be done */
    }
    memset(&link, 0, sizeof link);
    VIF_SET(&link, VIF_LINK_INDEX, index, own->index);
    link.present |= VIF_LINK_MAC;
    memcpy(link.mac, mac, 6);
    return vif__link_change(j, &link);
}

/* Sets the function, and its netdev's MAC if that is the plan's affair (`other`): a macvtap would
 * set it, and give it back, but drivers let a function have no other MAC than the physical function
 * says; some (igb) not even that one, once it has said any. So nothing is said while the netdev's
 * is set; and where a driver knows no "nothing", the netdev's is set again afterwards. */
static vif_status vif__vf_and_own(vif__job *j, vif_resource *r, const vif_vf *to,
                                  const uint8_t mac[6])
{
    vif__pci_note *n = r->priv.note.device;
    const bool own = r->other[0] != '\0' && memcmp(mac, vif__no_mac, 6) != 0 &&
        (to->present & VIF_VF_MAC) != 0;
    vif_status st = own ? vif__vf_own_mac(j, r, mac) : VIF_OK, set;
    vif_vf nothing;

    if (st != VIF_OK && memcmp(n->now.mac, vif__no_mac, 6) != 0) {
        memset(&nothing, 0, sizeof nothing);
        nothing.present = VIF_VF_MAC;
        if (vif__vf_set(j, r, &nothing) == VIF_OK) {
            memset(n->now.mac, 0, 6);
        }
        st = vif__vf_own_mac(j, r, mac);
    }
    set = vif__vf_set(j, r, to);
    return set == VIF_OK && st != VIF_OK ? vif__vf_own_mac(j, r, mac) : set;
}

/* The note is on disk before the first change, and holds what both this plug and those before it
 * have set. */
static vif_status vif__vf_apply(vif__job *j, vif_resource *r)
{
    vif__pci_note *n = r->priv.note.device;
    const uint32_t before = n->noted ? n->set.present : 0;
    vif_status st;

    if (!n->noted && r->other[0] != '\0') {
        const vif_link_info *own = vif__other(j, r);

        if (own == NULL) {
            return j->step.status;
        }
        memcpy(n->mac, own->mac, 6);
    }
    n->saved = n->noted ? n->saved : n->before;
    n->set = r->want.device->vf;
    n->set.present |= before;           /* what an earlier plug has set comes back, too */
    st = vif__pci_write(j, r);
    return st == VIF_OK ? vif__vf_and_own(j, r, &r->want.device->vf, r->want.device->vf.mac) : st;
}

/* Whether the function's MAC is one that neither this plug nor what was before has set. */
static bool vif__vf_is_others(const vif__pci_note *n)
{
    const uint8_t *const known[4] = {n->set.mac, n->saved.mac, n->mac, vif__no_mac};
    unsigned i = 0;

    while (i < 4 && memcmp(n->now.mac, known[i], 6) != 0) {
        i++;
    }
    return i == 4;
}

/* A function whose MAC is neither what was set nor what it had was given to somebody else, and is
 * not touched. One that has gone, or its physical function, has nothing to be put back. */
static vif_status vif__vf_revert(vif__job *j, vif_resource *r)
{
    const bool unplug = r->priv.created;
    vif__pci_note *n = r->priv.note.device;
    vif_vf to = unplug ? n->saved : n->before;
    vif_status st = r->priv.link->index != 0 ? vif__vf_fetch(j, r) : VIF_E_NO_INTERFACE;

    to.present &= n->set.present;
    if (st == VIF_OK && !(unplug && (n->set.present & VIF_VF_MAC) != 0 && vif__vf_is_others(n))) {
        st = unplug || !n->ours ? vif__vf_and_own(j, r, &to, n->mac) : vif__vf_set(j, r, &to);
    }
    st = st == VIF_E_NO_INTERFACE ? VIF_OK : st;
    if (st == VIF_OK && (unplug || !n->ours)) {
        vif__pci_forget(j, r);
    }
    return st;
}

/* By its physical function and number, as `ip link set PF vf N` names it. */
static void vif__vf_describe(const vif_resource *r, const vif__sink *s)
{
    const vif_vf *vf = &r->want.device->vf;
    char mac[18];
    unsigned i;

    vif__say(s, "pf", r->link);
    vif__say_int(s, "number", vf->number);
    if ((vf->present & VIF_VF_MAC) != 0) {
        vif_mac_format(vf->mac, mac);
        vif__say(s, "mac", mac);
    }
    for (i = 0; i < 8; i++) {
        if ((vf->present & vif__vf_numbers[i].present) != 0) {
            vif__say_int(s, vif__packed(vif__vf_names, i), vif__vf_number(vf, i));
        }
    }
}
#endif

/* >>kinds: mtu
 *
 * An MTU below 1280 takes IPv6 from a link, addresses and all (RFC 8200 5), and a link's MTU bounds
 * those of the links above it. What the host would lose is refused; what it has, is put back. */

/* A link above another one that has less MTU now: a VLAN, a macvlan. */
typedef struct vif__above {
    struct vif__above *next;
    vif_link_info info;                 /* name, index, MTU and IPv6 as they were */
    vif_nl_view like;                   /* settings, which go with IPv6 */
} vif__above;

enum { VIF__IPV6_MTU = 1280 };

/* Whether a link of the dump is above one that is in the list already, and would lose MTU with it.
 * The ends of a pair are not above each other. */
static vif_status vif__keep_above(vif__job *j, const vif_nl_msg *msg, const vif_resource *r,
                                  vif__above **last)
{
    const vif__above *a = r->priv.note.above;
    vif_link link;

    if (!vif_link_parse(msg, &link) || (link.present & VIF_LINK_LINK) == 0 ||
        link.mtu <= r->want.mtu.mtu || vif__is_pair(link.kind)) {
        return VIF_OK;
    }
    while (a != NULL && a->info.index != (int32_t)link.link) {
        a = a->next;
    }
    if (a == NULL) {
        return VIF_OK;
    }
    (*last)->next = (vif__above *)vif__alloc(j, sizeof **last);
    *last = (*last)->next;
    if (*last == NULL) {
        return VIF_E_NOMEM;
    }
    vif__name_copy((*last)->info.name, link.name);
    vif__info_fill(&(*last)->info, &link);
    return VIF_OK;
}

/* The link itself, and all above it whose MTU would go down with its. */
static vif_status vif__look_above(vif__job *j, vif_resource *r)
{
    vif__above *last = (vif__above *)vif__alloc(j, sizeof *last);
    vif_nl *nl = &j->host->nl;
    vif_status kept = VIF_OK;
    vif_nl_event event;
    vif_nl_msg msg;

    r->priv.note.above = last;
    if (last == NULL) {
        return VIF_E_NOMEM;
    }
    last->info = *r->priv.link;
    vif_nl_put_link_dump(vif__request_new(j), 0, 0, NULL, 0);
    if (vif_nl_send(nl, &j->buf, &j->step) != VIF_OK) {
        return j->step.status;
    }
    while ((event = vif_nl_next(nl, &msg, &j->step)) != VIF_NL_DONE) {
        if (event == VIF_NL_MESSAGE && kept == VIF_OK) {
            kept = vif__keep_above(j, &msg, r, &last);
        }
    }
    /* Others at work meanwhile: what was read is good. */
    return kept != VIF_OK ? kept : j->step.status == VIF_E_INTERRUPTED ? VIF_OK : j->step.status;
}

/* Whether one of these links has IPv6 addresses that are not the kernel's own: they would be lost
 * without a word. */
static vif_status vif__refuse_mtu(vif__job *j, const vif_resource *r)
{
    vif__above *a;

    for (a = r->priv.note.above; a != NULL; a = a->next) {
        const vif__layer3 *l = a->info.mtu >= VIF__IPV6_MTU
            ? vif__look_all(j, &a->info, VIF__DUMP_ADDRS) : NULL;

        if (a->info.mtu >= VIF__IPV6_MTU &&
            (l == NULL || vif__settings(j, &a->info.index, &a->like, 1) != VIF_OK)) {
            return j->step.status;
        }
        if (l != NULL && l->moves_ipv6) {
            return vif__step_say(j, VIF_E_UNSUPPORTED, "%s has IPv6 addresses: an MTU below 1280 "
                                  "would take them", a->info.name, NULL, NULL);
        }
    }
    return VIF_OK;
}

/* Only a shared link that is to have less MTU than now can take something from others. */
static vif_status vif__mtu_test(vif__job *j, vif_resource *r)
{
    const vif_link_info *info = r->priv.link;
    const bool lower = r->whose == VIF_SHARED && r->want.mtu.mtu < info->mtu;
    vif_status st = VIF_OK;

    if (info->mtu != r->want.mtu.mtu) {
        vif__differ_int(j, r, "mtu", r->want.mtu.mtu, info->mtu);
    }
    if (lower && r->priv.note.above == NULL) {
        st = vif__look_above(j, r);
    }
    return st == VIF_OK && lower && r->want.mtu.mtu < VIF__IPV6_MTU ? vif__refuse_mtu(j, r) : st;
}

/* What the kernel made of it is read from its answer. */
static vif_status vif__set_mtu(vif__job *j, vif_link_info *info, uint32_t mtu)
{
    vif_status st;
    vif_link link;

    memset(&link, 0, sizeof link);
    VIF_SET(&link, VIF_LINK_INDEX, index, info->index);
    VIF_SET(&link, VIF_LINK_MTU, mtu, mtu);
    st = vif__link_change(j, &link);
    return st == VIF_OK ? vif__changed(j, info, &link) : st;
}

static vif_status vif__mtu_apply(vif__job *j, vif_resource *r)
{
    r->priv.was.mtu = r->priv.link->mtu;
    return vif__set_mtu(j, r->priv.link, r->want.mtu.mtu);
}

/* A link that has IPv6 anew has the default settings. */
static vif_status vif__restore_ipv6(vif__job *j, vif__above *a)
{
    const vif_nl_view none = {NULL, 0};
    const uint64_t token = vif__token_of(a->like);
    vif_status st;
    uint32_t off;

    if (a->like.data == NULL || !vif__conf_known(&a->info, VIF_CONF_DISABLE_IPV6)) {
        return VIF_OK;
    }
    off = a->info.conf[VIF_CONF_DISABLE_IPV6];
    st = vif__carry(j, a->like, none, &a->info, true);
    if (st == VIF_OK && token != 0) {
        st = vif__token_set(j, a->info.index, token);
        st = j->step.sys_errno == EINVAL ? VIF_OK : st;     /* it no longer listens to routers */
    }
    return st == VIF_OK && off != 0 ? vif__conf_set(j, &a->info, VIF_CONF_DISABLE_IPV6, off) : st;
}

/* The link's first; then those above, from below. One that has gone meanwhile is no failure. */
static vif_status vif__mtu_revert(vif__job *j, vif_resource *r)
{
    vif__above *a = r->priv.note.above;
    vif_status st = vif__set_mtu(j, r->priv.link, r->priv.was.mtu);

    st = st == VIF_OK && a != NULL ? vif__restore_ipv6(j, a) : st;
    for (a = a != NULL ? a->next : NULL; a != NULL && st == VIF_OK; a = a->next) {
        st = vif__set_mtu(j, &a->info, a->info.mtu);
        st = st == VIF_OK ? vif__restore_ipv6(j, a) : st == VIF_E_NO_INTERFACE ? VIF_OK : st;
    }
    return st;
}

static void vif__mtu_describe(const vif_resource *r, const vif__sink *s)
{
    vif__say_int(s, "mtu", r->want.mtu.mtu);
}

/* >>kinds: address, route, proxy */

static uint8_t vif__family(const vif_resource *r)
{
    return r->want.ip.address.len == 4 ? VIF_AF_INET : VIF_AF_INET6;
}

/* The route as it goes into a message, of both families. */
static void vif__route_of(const vif_resource *r, int32_t index, vif_nl_route *route)
{
    const vif_ip *ip = &r->want.ip.address, *gateway = r->want.ip.gateway;

    memset(route, 0, sizeof *route);
    VIF_SET(route, VIF_NL_ROUTE_FAMILY, family, vif__family(r));
    VIF_SET(route, VIF_NL_ROUTE_DST_LEN, dst_len, ip->prefix);
    VIF_SET(route, VIF_NL_ROUTE_OIF, oif, (uint32_t)index);
    route->present |= VIF_NL_ROUTE_DST;
    memcpy(route->dst, ip->bytes, 16);
    if (gateway != NULL) {
        route->present |= VIF_NL_ROUTE_GATEWAY;
        memcpy(route->gateway, gateway->bytes, 16);
    }
    if (r->want.ip.metric != 0) {
        VIF_SET(route, VIF_NL_ROUTE_METRIC, metric, r->want.ip.metric);
    }
}

/* The entry by which the kernel answers for an address that is not its own. */
static void vif__proxy_of(const vif_resource *r, int32_t index, vif_neigh *n)
{
    memset(n, 0, sizeof *n);
    VIF_SET(n, VIF_NEIGH_FAMILY, family, vif__family(r));
    VIF_SET(n, VIF_NEIGH_INDEX, index, index);
    VIF_SET(n, VIF_NEIGH_FLAGS, flags, VIF_NTF_PROXY);
    /* Not permanent, it would go when the guest's carrier does (measured). */
    VIF_SET(n, VIF_NEIGH_STATE, state, VIF_NUD_PERMANENT);
    n->present |= VIF_NEIGH_DST;
    memcpy(n->dst, r->want.ip.address.bytes, 16);
}

/* An address of the link. One that answers for a gateway is of no use as a source elsewhere. */
static void vif__address_of(const vif_resource *r, int32_t index, vif_addr *a)
{
    const bool answer = r->kind == VIF_RES_PROXY;

    memset(a, 0, sizeof *a);
    VIF_SET(a, VIF_ADDR_FAMILY, family, vif__family(r));
    VIF_SET(a, VIF_ADDR_PREFIX_LEN, prefix_len, answer ? 32 : r->want.ip.address.prefix);
    VIF_SET(a, VIF_ADDR_SCOPE, scope, answer ? VIF_SCOPE_LINK : VIF_SCOPE_UNIVERSE);
    VIF_SET(a, VIF_ADDR_INDEX, index, index);
    VIF_SET(a, VIF_ADDR_FLAGS, flags, answer || r->want.ip.dad ? 0 : VIF_IFA_NODAD);
    a->flags |= r->want.ip.optimistic ? VIF_IFA_OPTIMISTIC : 0;
    a->present |= VIF_ADDR_LOCAL;
    memcpy(a->local, r->want.ip.address.bytes, 16);
}

/* Over this very link and by this gateway: the same destination elsewhere is another route. */
static bool vif__is_route(const vif_nl_msg *msg, const vif_resource *r)
{
    const vif_ip *ip = &r->want.ip.address, *gateway = r->want.ip.gateway;
    const uint32_t metric = r->want.ip.metric;
    vif_nl_route got;

    return vif_nl_route_parse(msg, &got) && got.family == vif__family(r) &&
        got.dst_len == ip->prefix && memcmp(got.dst, ip->bytes, 16) == 0 &&
        ((got.present & VIF_NL_ROUTE_GATEWAY) != 0) == (gateway != NULL) &&
        (gateway == NULL || memcmp(got.gateway, gateway->bytes, 16) == 0) &&
        got.oif == (uint32_t)r->priv.link->index && got.table == VIF_TABLE_MAIN &&
        (metric == 0 || got.metric == metric);
}

/* Entries that were learned are of another sort, and of no interest. */
static bool vif__is_proxy(const vif_nl_msg *msg, const vif_resource *r)
{
    vif_neigh got;

    return vif_neigh_parse(msg, &got) && got.family == vif__family(r) &&
        got.index == r->priv.link->index && (got.flags & VIF_NTF_PROXY) != 0 &&
        memcmp(got.dst, r->want.ip.address.bytes, 16) == 0;
}

/* IPv6 tells of an address alone, IPv4 also of the link's end of it (linux/if_addr.h). */
static bool vif__is_address(const vif_nl_msg *msg, const vif_resource *r)
{
    vif_addr got;

    return vif_addr_parse(msg, &got) && got.index == r->priv.link->index &&
        memcmp((got.present & VIF_ADDR_LOCAL) != 0 ? got.local : got.address,
               r->want.ip.address.bytes, 16) == 0 &&
        (r->kind == VIF_RES_PROXY || got.prefix_len == r->want.ip.address.prefix);
}

/* A route that leads away from the link. */
static bool vif__is_elsewhere(const vif_nl_msg *msg, const vif_resource *r)
{
    vif_nl_route got;

    return vif_nl_route_parse(msg, &got) && got.type == VIF_RTN_UNICAST &&
        got.oif != (uint32_t)r->priv.link->index;
}

/* The answers are read to their end: whether one of them is what is wanted. */
static vif_status vif__has(vif__job *j, const vif_resource *r,
                           bool (*is)(const vif_nl_msg *msg, const vif_resource *r), bool *found)
{
    vif_nl *nl = vif__nl(j, j->ns);
    vif_nl_event event;
    vif_nl_msg msg;

    *found = false;
    if (nl == NULL || vif_nl_send(nl, &j->buf, &j->step) != VIF_OK) {
        return j->step.status;
    }
    while ((event = vif_nl_next(nl, &msg, &j->step)) != VIF_NL_DONE) {
        *found = *found || (event == VIF_NL_MESSAGE && is(&msg, r));
    }
    /* A namespace that never had a route has no table yet: as good as an empty one. And "there is
     * no route" is an answer. */
    if (j->step.sys_errno == ENOENT ||
        (is == vif__is_elsewhere && j->step.status == VIF_E_KERNEL)) {
        memset(&j->step, 0, sizeof j->step);
    }
    return j->step.status;
}

/* What a route or proxy entry is made of: bits of r->priv.was.ip. */
enum { VIF__IP_ENTRY = 1, VIF__IP_ANSWER = 2 };

/* IPv4: the kernel answers for others only where it has a route to them by another link. Without
 * one the link has the gateway's address itself. Another of vif's may have it today, and be gone
 * tomorrow: that does not count. */
static vif_status vif__test_answer(vif__job *j, vif_resource *r)
{
    bool found;
    vif_status st;

    vif_nl_put_route_get(vif__request_new(j), VIF_AF_INET, r->want.ip.address.bytes);
    st = vif__has(j, r, vif__is_elsewhere, &found);
    if (st == VIF_OK && !found) {
        vif_nl_put_addr_dump(vif__request_new(j), VIF_AF_INET, r->priv.link->index);
        st = vif__has(j, r, vif__is_address, &found);
    }
    if (st == VIF_OK && !found) {
        vif__differ(j, r, "answer", "yes", "no");
        r->priv.was.ip.missing |= VIF__IP_ANSWER;
    }
    return st;
}

/* One dump, which the kernel filters by family and link, serves each of the kinds. */
static vif_status vif__ip_test(vif__job *j, vif_resource *r)
{
    bool (*is)(const vif_nl_msg *msg, const vif_resource *r) = vif__is_address;
    const int32_t index = r->priv.link->index;
    const uint8_t family = vif__family(r);
    vif_status st;
    bool found;

    if (r->kind == VIF_RES_ROUTE) {
        is = vif__is_route;
        vif_nl_put_route_dump(vif__request_new(j), family, (uint32_t)index, VIF_TABLE_MAIN);
    } else if (r->kind == VIF_RES_PROXY) {
        is = vif__is_proxy;
        vif_nl_put_neigh_dump(vif__request_new(j), family, index, 0, true);
    } else {
        vif_nl_put_addr_dump(vif__request_new(j), family, index);
    }
    st = vif__has(j, r, is, &found);
    r->priv.was.ip.missing = 0;
    if (st == VIF_OK && !found) {
        vif__differ(j, r, "exists", "yes", "no");
        r->priv.was.ip.missing = VIF__IP_ENTRY;
    }
    return st == VIF_OK && is == vif__is_proxy && family == VIF_AF_INET ? vif__test_answer(j, r)
                                                                       : st;
}

/* What is there already was looked at by the test and is right; what has gone has gone. */
static vif_status vif__change_address(vif__job *j, const vif_resource *r, bool add)
{
    vif_addr address;

    vif__address_of(r, r->priv.link->index, &address);
    vif_nl_put_addr(vif__request_new(j), add ? VIF_RTM_NEWADDR : VIF_RTM_DELADDR,
                    add ? VIF_NLM_F_CREATE | VIF_NLM_F_EXCL : 0, &address);
    return vif__request_or(j, add ? EEXIST : EADDRNOTAVAIL);
}

/* The error that means "already so" differs by kind; a route that exists may be another's, and is
 * an error. */
static vif_status vif__change_entry(vif__job *j, const vif_resource *r, bool add)
{
    const uint16_t flags = add ? VIF_NLM_F_CREATE | VIF_NLM_F_EXCL : 0;
    vif_nl_route route;
    vif_neigh proxy;

    if (r->kind == VIF_RES_ADDRESS) {
        return vif__change_address(j, r, add);
    }
    if (r->kind == VIF_RES_ROUTE) {
        vif__route_of(r, r->priv.link->index, &route);
        vif_nl_put_route(vif__request_new(j), add ? VIF_RTM_NEWROUTE : VIF_RTM_DELROUTE, flags,
                         &route);
    } else {
        vif__proxy_of(r, r->priv.link->index, &proxy);
        vif_nl_put_neigh(vif__request_new(j), add ? VIF_RTM_NEWNEIGH : VIF_RTM_DELNEIGH, flags,
                         &proxy);
    }
    return vif__request_or(j, add ? 0 : r->kind == VIF_RES_ROUTE ? ESRCH : ENOENT);
}

/* Only what the test has found missing is made. Who lost his answer may have made it, and takes it
 * away in the revert. */
static vif_status vif__ip_apply(vif__job *j, vif_resource *r)
{
    vif_status st = VIF_OK;

    if ((r->priv.was.ip.missing & VIF__IP_ENTRY) != 0) {
        st = vif__change_entry(j, r, true);
        if (st != VIF_OK && j->step.sys_errno == EEXIST) {
            return vif__step_fail(j, VIF_E_EXISTS, "a route to this address leads elsewhere");
        }
        r->priv.was.ip.made |= st == VIF_OK || st == VIF_E_UNKNOWN ? VIF__IP_ENTRY : 0;
    }
    if (st == VIF_OK && (r->priv.was.ip.missing & VIF__IP_ANSWER) != 0) {
        r->priv.was.ip.made |= VIF__IP_ANSWER;
        st = vif__change_address(j, r, true);
    }
    return st;
}

/* What this call has made goes. (An unplug takes the whole link away.) */
static vif_status vif__ip_revert(vif__job *j, vif_resource *r)
{
    vif_status st = VIF_OK, entry = VIF_OK;

    if ((r->priv.was.ip.made & VIF__IP_ANSWER) != 0) {
        st = vif__change_address(j, r, false);
    }
    if ((r->priv.was.ip.made & VIF__IP_ENTRY) != 0 || r->priv.created) {
        entry = vif__change_entry(j, r, false);
    }
    return st != VIF_OK ? st : entry;
}

/* An address with its prefix; a proxy entry has none. */
static void vif__ip_describe(const vif_resource *r, const vif__sink *s)
{
    char text[52];

    vif_ip_format(&r->want.ip.address, r->kind != VIF_RES_PROXY, text);
    vif__say(s, "ip", text);
    if (r->want.ip.gateway != NULL) {
        vif_ip_format(r->want.ip.gateway, false, text);
        vif__say(s, "via", text);
    }
    if (r->want.ip.metric != 0) {
        vif__say_int(s, "metric", r->want.ip.metric);
    }
    if (r->want.ip.dad) {
        vif__say(s, "dad", r->want.ip.optimistic ? "optimistic" : "yes");
    }
}

#ifndef VIF_NO_NETWORKS
/* >>kinds: remote
 *
 * The other ends of a VXLAN, each an entry of no MAC in the forwarding table of its device. */

/* One to another port, or into another network, is another one. */
static bool vif__is_remote(const vif_nl_msg *msg, const vif_resource *r)
{
    vif_neigh got;

    return vif_neigh_parse(msg, &got) && got.family == VIF_AF_BRIDGE &&
        got.index == r->priv.link->index && (got.flags & VIF_NTF_SELF) != 0 &&
        (got.present & VIF_NEIGH_LLADDR) != 0 && memcmp(got.lladdr, "\0\0\0\0\0", 6) == 0 &&
        (got.present & (VIF_NEIGH_PORT | VIF_NEIGH_VNI)) == 0 &&
        memcmp(got.dst, r->want.ip.address.bytes, 16) == 0;
}

static vif_status vif__remote_test(vif__job *j, vif_resource *r)
{
    vif_status st;
    bool found;

    /* Asked for the one MAC the kernel would name the first of its ends alone. */
    vif_nl_put_neigh_dump(vif__request_new(j), VIF_AF_BRIDGE, r->priv.link->index, 0, false);
    st = vif__has(j, r, vif__is_remote, &found);
    if (st == VIF_OK && !found) {
        vif__differ(j, r, "exists", "yes", "no");
    }
    return st;
}

/* The entry by which a VXLAN sends to an address what is for all, or for nobody whom it knows, as
 * one of those of no MAC (drivers/net/vxlan: all_zeros_mac). It may be there, or have gone. */
static vif_status vif__remote_set(vif__job *j, const vif_resource *r, bool add)
{
    vif_neigh n;

    memset(&n, 0, sizeof n);
    VIF_SET(&n, VIF_NEIGH_FAMILY, family, VIF_AF_BRIDGE);
    VIF_SET(&n, VIF_NEIGH_INDEX, index, r->priv.link->index);
    VIF_SET(&n, VIF_NEIGH_FLAGS, flags, VIF_NTF_SELF);
    VIF_SET(&n, VIF_NEIGH_STATE, state, VIF_NUD_PERMANENT);
    n.present |= VIF_NEIGH_DST | VIF_NEIGH_LLADDR;
    memcpy(n.dst, r->want.ip.address.bytes, 16);
    vif_nl_put_neigh(vif__request_new(j), add ? VIF_RTM_NEWNEIGH : VIF_RTM_DELNEIGH,
                     add ? VIF_NLM_F_CREATE | VIF_NLM_F_APPEND : 0, &n);
    return vif__request_or(j, add ? 0 : ENOENT);
}

/* Who lost his answer may have made it, and takes it away in the revert. */
static vif_status vif__remote_apply(vif__job *j, vif_resource *r)
{
    const vif_status st = vif__remote_set(j, r, true);

    r->priv.was.sent = st == VIF_OK || st == VIF_E_UNKNOWN;
    return st;
}

static vif_status vif__remote_revert(vif__job *j, vif_resource *r)
{
    return r->priv.was.sent ? vif__remote_set(j, r, false) : VIF_OK;
}

static void vif__remote_describe(const vif_resource *r, const vif__sink *s)
{
    char text[52];

    vif_ip_format(&r->want.ip.address, false, text);
    vif__say(s, "ip", text);
}

/* >>kinds: lent
 *
 * A card that a container has for itself. It goes there and comes back in one message each, with
 * its name, MAC and alias, so that nobody sees it half made. The note of it (see above) has what it
 * was called, its alias, its MAC, and whether it was up; its alias says meanwhile that it is lent,
 * and to whom, in words that no unplug takes for a link of vif's own making. When a namespace goes,
 * the kernel gives its cards back by and by, under any name: they are found by their alias. */

enum { VIF__LENT_MS = 3000, VIF__SIOCGSKNS = 0x894c };  /* linux/sockios.h: a socket's namespace */

/* "vif-lent:<owner>:<id>" */
static void vif__lent_alias(const vif__job *j, char to[160])
{
    to[0] = '\0';
    vif__cat_format(to, 160, "vif-lent:%s", j->tag + 4, NULL, NULL);
}

/* The link of that alias in a namespace; index 0: there is none. */
VIF__APART
static vif_status vif__lent_look(vif__job *j, unsigned ns, vif_link_info *out)
{
    vif_nl *nl = vif__nl(j, ns);
    vif_link link;
    char alias[160];

    vif__lent_alias(j, alias);
    memset(out, 0, sizeof *out);
    if (vif__links_ask(j, nl) != VIF_OK) {
        return j->step.status;
    }
    while (vif__links_next(nl, &link, &j->step)) {
        if (vif__alias_is(&link, alias)) {
            vif__info_fill(out, &link);
        }
    }
    return j->step.status;
}

/* What is in use on the host stays there: its addresses and routes would be lost, its master left
 * without. */
static vif_status vif__lent_free(vif__job *j, const vif_link_info *card)
{
    const unsigned all = VIF__DUMP_ADDRS | VIF__DUMP_IPV4 | VIF__DUMP_IPV6 | VIF__DUMP_NEXTHOPS;
    const vif__layer3 *l;
    const vif__saved *s;
    char text[64] = "";

    if (card->master != 0) {
        return vif__step_say(j, VIF_E_EXISTS, "%s is a port of another link", card->name, NULL,
                             NULL);
    }
    if (card->alias[0] != '\0' && (vif__is_tag(card->alias) ||
                                   strncmp(card->alias, "vif-lent:", 9) == 0)) {
        return vif__step_say(j, VIF_E_EXISTS, "%s belongs to %e", card->name, card->alias, NULL);
    }
    l = vif__look_all(j, card, all);
    if (l == NULL || !l->moves) {
        return l == NULL ? j->step.status : VIF_OK;
    }
    for (s = l->first; s->copied; s = s->next) {
    }
    vif__saved_text(s, text, sizeof text);
    return vif__step_say(j, VIF_E_EXISTS, "%s has addresses of the host's, which would be lost: %s",
                         card->name, text, NULL);
}

/* A card that is in the container already is known by its alias; under that name with another alias
 * there is another link. Else it has to be on the host, and free. */
static vif_status vif__lent_test(vif__job *j, vif_resource *r)
{
    const vif_device_want *want = r->want.device;
    const vif_link_info *inside = r->priv.link, *card;
    vif_status st = vif__pci_test(j, r);
    const unsigned ns = j->ns;
    char alias[160], text[18];

    vif__lent_alias(j, alias);
    if (st == VIF_OK && inside->index != 0) {
        if (strcmp(inside->alias, alias) != 0) {
            return vif__step_say(j, VIF_E_EXISTS, "%s is there already, and not %s", r->link,
                                 r->other, NULL);
        }
        if ((want->vf.present & VIF_VF_MAC) != 0 && memcmp(want->vf.mac, inside->mac, 6) != 0) {
            vif_mac_format(inside->mac, text);
            vif__differ(j, r, "mac", "another", text);
        }
        return VIF_OK;
    }
    card = st == VIF_OK ? vif__link(j, 0, r->other) : NULL;
    if (card == NULL || card->index == 0) {
        return st != VIF_OK ? st : vif__missing(j, r->other);
    }
    j->ns = 0;
    st = vif__lent_free(j, card);
    j->ns = (uint8_t)ns;
    if (st == VIF_OK) {
        vif__differ(j, r, "exists", "yes", "no");
    }
    return st;
}

/* One message: where to (-1: it stays), and what it is called there. */
static vif_status vif__lent_send(vif__job *j, unsigned from, const vif_link_info *card, int to,
                                 const vif_link *set)
{
    vif_nl *nl = vif__nl(j, from);
    vif_link link = *set;
    vif__info *i;

    if (nl == NULL) {
        return j->step.status;
    }
    VIF_SET(&link, VIF_LINK_INDEX, index, card->index);
    (void)vif__request_new(j);
    if (to >= 0) {
        VIF_SET(&link, VIF_LINK_NET_NS_FD, net_ns_fd, to);
    } else {
        vif_nl_put_link_flags(&j->buf, card->index, 0, VIF_IFF_UP);     /* to be renamed */
    }
    vif_nl_put_link(&j->buf, VIF_RTM_NEWLINK, 0, &link);
    for (i = j->infos; i != NULL; i = i->next) {
        i->known = false;
    }
    return vif_nl_request(nl, &j->buf, &j->step);
}

/* The note comes first. A card that is there already only gets its MAC. */
static vif_status vif__lent_apply(vif__job *j, vif_resource *r)
{
    const vif_device_want *want = r->want.device;
    vif__pci_note *n = r->priv.note.device;
    const vif_link_info *card = vif__link(j, 0, r->other);
    char alias[160];
    vif_link link;
    vif_status st;

    if (card == NULL) {
        return j->step.status;
    }
    vif__lent_alias(j, alias);
    memset(&link, 0, sizeof link);
    (void)vif_link_set_name(&link, r->link);
    VIF_SET(&link, VIF_LINK_ALIAS, alias.data, (const unsigned char *)alias);
    link.alias.len = strlen(alias);
    if ((want->vf.present & VIF_VF_MAC) != 0) {
        link.present |= VIF_LINK_MAC;
        memcpy(link.mac, want->vf.mac, 6);
    }
    if (r->priv.link->index != 0) {
        return vif__lent_send(j, r->ns, r->priv.link, -1, &link);
    }
    if (!n->noted) {
        vif_cat(n->was.link.name, sizeof n->was.link.name, card->real_name);
        vif_cat(n->was.link.alias, sizeof n->was.link.alias, card->alias);
        vif_mac_format(card->mac, n->was.link.state);
        vif_cat(n->was.link.state, sizeof n->was.link.state,
                (card->flags & VIF_IFF_UP) != 0 ? " up" : "");
    }
    st = vif__pci_write(j, r);
    return st == VIF_OK ? vif__lent_send(j, 0, card, j->plan.namespaces[r->ns].fd, &link) : st;
}

/* Home, as the note has it. */
VIF__APART static vif_status vif__lent_home(vif__job *j, const vif__pci_note *n, unsigned ns,
                                 const vif_link_info *card)
{
    int home = -1;
    vif_link link;
    vif_status st;

    memset(&link, 0, sizeof link);
    (void)vif_link_set_name(&link, n->was.link.name);
    VIF_SET(&link, VIF_LINK_ALIAS, alias.data, (const unsigned char *)n->was.link.alias);
    link.alias.len = strlen(n->was.link.alias);
    if (strlen(n->was.link.state) > 16 && vif_mac_parse(n->was.link.state, 17, link.mac)) {
        link.present |= VIF_LINK_MAC;
    }
    if (strstr(n->was.link.state, " up") != NULL) {     /* in this message: then the note goes */
        VIF_SET(&link, VIF_LINK_FLAGS, flags, VIF_IFF_UP);
        VIF_SET(&link, VIF_LINK_CHANGE, change, VIF_IFF_UP);
    }
    if (ns != 0) {
        home = ioctl(vif_nl_fd(&j->host->nl), VIF__SIOCGSKNS);
        if (home < 0) {
            return vif_fail(&j->step, VIF_E_SYSTEM, errno, "SIOCGSKNS", NULL);
        }
    }
    st = vif__lent_send(j, ns, card, home, &link);
    if (home >= 0) {
        (void)close(home);
    }
    return st;
}

/* In the container, or where that has gone, by its alias; it may be on its way. */
static vif_status vif__lent_revert(vif__job *j, vif_resource *r)
{
    const bool unplug = r->priv.created;
    const vif__pci_note *n = r->priv.note.device;
    vif_link_info *card = &r->priv.note.device->card;
    unsigned ns = r->ns;
    vif_status st;

    if (!unplug && n->ours) {
        return VIF_OK;
    }
    st = vif__lent_look(j, ns, card);
    if (st == VIF_OK && card->index == 0 && ns != 0) {
        ns = 0;
        st = vif__lent_look(j, ns, card);
    }
    if (st == VIF_OK && card->index == 0 && r->ns == 0) {
        st = vif__wait(j, VIF__LENT_MS);
        return st == VIF_E_BUSY ? st
            : vif__step_say(j, VIF_E_NO_INTERFACE, "%s is not here: it may be in a namespace that "
                            "is not given", n->was.link.name, NULL, NULL);
    }
    if (st == VIF_OK && card->index != 0) {
        st = vif__lent_home(j, n, ns, card);
    }
    if (st == VIF_OK) {
        vif__pci_forget(j, r);
    }
    return st;
}

static void vif__lent_describe(const vif_resource *r, const vif__sink *s)
{
    char mac[18];

    vif__say(s, "card", r->other);
    if ((r->want.device->vf.present & VIF_VF_MAC) != 0) {
        vif_mac_format(r->want.device->vf.mac, mac);
        vif__say(s, "mac", mac);
    }
}

/* >>kinds: bonded
 *
 * A link of the host's that is a port of a bond. The kernel takes one only while it is down, gives
 * it the bond's MAC and MTU, and its own ones back when it lets it go, also where the bond is
 * deleted; but then it is down (drivers/net/bonding/bond_main.c). Whether it was up before is in
 * its note, with the bond's name. */

/* The bond that the link is in, if it is the one that the note, or else the plan, names. */
static vif_status vif__bonded_in(vif__job *j, const vif_resource *r, bool *in)
{
    const vif__pci_note *n = r->priv.note.device;
    const vif_link_info *bond = vif__link(j, 0, n->noted && n->was.bonded.bond[0] != '\0'
                                          ? n->was.bonded.bond : r->other);

    *in = bond != NULL && bond->index != 0 && r->priv.link->master == bond->index &&
        strcmp(bond->kind, "bond") == 0;
    return bond != NULL ? VIF_OK : j->step.status;
}

/* How the link was is kept from the first look on: a call that fails goes back to that. */
static vif_status vif__bonded_test(vif__job *j, vif_resource *r)
{
    const vif_link_info *info = r->priv.link;
    vif_status st = info->index == 0 ? vif__missing(j, r->link) : vif__pci_test(j, r);
    vif__pci_note *n = r->priv.note.device;
    bool in = false;

    st = st == VIF_OK ? vif__bonded_in(j, r, &in) : st;
    if (st != VIF_OK) {
        return st;
    }
    if (in && n->noted && strcmp(n->was.bonded.bond, r->other) != 0) {
        return vif__step_say(j, VIF_E_EXISTS, "%s is a port of %s", r->link, n->was.bonded.bond,
                             NULL);
    }
    if (!in) {
        vif__differ(j, r, "master", r->other, info->master != 0 ? "another" : "none");
        st = vif__lent_free(j, info);
    } else if ((info->flags & VIF_IFF_UP) == 0) {
        vif__differ(j, r, "up", "yes", "no");
    }
    r->priv.was.flags = n->looked ? r->priv.was.flags : info->flags;
    n->was_in = n->looked ? n->was_in : in;
    n->looked = true;
    return st;
}

/* Down and in, in one datagram; the kernel opens it again. */
static vif_status vif__bonded_join(vif__job *j, vif_link_info *info, int32_t bond)
{
    vif_status st;
    vif_link link;

    memset(&link, 0, sizeof link);
    VIF_SET(&link, VIF_LINK_INDEX, index, info->index);
    VIF_SET(&link, VIF_LINK_MASTER, master, (uint32_t)bond);
    vif_nl_put_link_flags(vif__request_new(j), info->index, 0, VIF_IFF_UP);
    vif_nl_put_link(&j->buf, VIF_RTM_NEWLINK, 0, &link);
    st = vif__request_send(j);
    return st == VIF_OK ? vif__refresh(j, info) : st;
}

/* The note comes first. */
static vif_status vif__bonded_apply(vif__job *j, vif_resource *r)
{
    vif__pci_note *n = r->priv.note.device;
    vif_link_info *info = r->priv.link;
    vif_status st;
    vif_link_info *bond = vif__needed(j, r, &st);

    if (bond == NULL) {
        return st;
    }
    if (!n->noted) {
        n->was.bonded.state[0] = '\0';
        vif_cat(n->was.bonded.state, sizeof n->was.bonded.state,
                (info->flags & VIF_IFF_UP) != 0 ? "up" : "");
    }
    n->was.bonded.bond[0] = '\0';
    vif_cat(n->was.bonded.bond, sizeof n->was.bonded.bond, r->other);
    st = vif__pci_write(j, r);
    if (st == VIF_OK && info->master != bond->index) {
        st = vif__bonded_join(j, info, bond->index);
        st = st == VIF_OK ? vif__refresh(j, bond) : st;     /* it may have got a MAC by that */
    }
    return st == VIF_OK && (info->flags & VIF_IFF_UP) == 0
        ? vif__set_up(j, info, VIF_IFF_UP, VIF_IFF_UP) : st;
}

/* Out of the bond, if it is in there, and up if it was. One that has another master by now is that
 * one's. */
static vif_status vif__bonded_revert(vif__job *j, vif_resource *r)
{
    const bool unplug = r->priv.created, back = unplug || !r->priv.note.device->ours;
    const vif__pci_note *n = r->priv.note.device;
    vif_link_info *info = r->priv.link;
    const bool up = unplug ? strcmp(n->was.bonded.state, "up") == 0
        : (r->priv.was.flags & VIF_IFF_UP) != 0;
    vif_status st = vif__refresh(j, info);
    bool in = false;

    st = st == VIF_OK ? vif__bonded_in(j, r, &in) : st;
    if (st == VIF_OK && in && (unplug || !n->was_in)) {
        st = vif__set_master(j, info, 0, 0);
        in = false;
    }
    if (st == VIF_OK && info->index != 0 && (in || info->master == 0) &&
        ((info->flags & VIF_IFF_UP) != 0) != up) {
        st = vif__set_up(j, info, up ? VIF_IFF_UP : 0, VIF_IFF_UP);
    }
    if (st == VIF_OK && back) {
        vif__pci_forget(j, r);
    }
    return st;
}

static void vif__bonded_describe(const vif_resource *r, const vif__sink *s)
{
    vif__say(s, "bond", r->other);
}
#endif

#ifndef VIF_NO_NETWORKS
/* >>kinds: service
 *
 * What a program or a service does for a NIC: a client of DHCP, a member of a ZeroTier network. The
 * host's desc.service begins it and ends it, and is asked again until it is done; all else goes on
 * meanwhile. */

static vif_status vif__service_call(vif__job *j, const vif_resource *r, vif_verb verb)
{
    const vif_host_desc *d = &j->host->desc;

    if (d->service == NULL) {
        return vif__step_fail(j, VIF_E_UNSUPPORTED, "needs desc.service, which the host has not");
    }
    return d->service(d->user, verb, (const vif_nic *)r->want.pointer,
                      j->plan.namespaces[r->ns].fd, &j->step);
}

/* A service that has begun and not ended yet (E_BUSY) is told again: an apply waits for its end. */
static vif_status vif__service_test(vif__job *j, vif_resource *r)
{
    const vif_status st = vif__service_call(j, r, VIF_CHECK);

    r->priv.there = st == VIF_OK || st == VIF_E_BUSY;
    if (st == VIF_E_DIFFERENT || st == VIF_E_BUSY) {
        vif__differ(j, r, "done", "yes", "no");
        return VIF_OK;
    }
    return st;
}

/* What it refused at once has not begun, and need not be ended. */
static vif_status vif__service_go(vif__job *j, vif_resource *r, vif_verb verb)
{
    const vif_status st = vif__service_call(j, r, verb);

    r->priv.created = r->priv.created || st == VIF_OK || st == VIF_E_BUSY;
    if (st != VIF_E_BUSY || vif__wait(j, j->plan.policy.service_ms) == VIF_E_BUSY) {
        return st;
    }
    return vif__step_fail(j, VIF_E_TIMEOUT, "it was not done in time");
}

static vif_status vif__service_apply(vif__job *j, vif_resource *r)
{
    return vif__service_go(j, r, VIF_PLUG);
}

static vif_status vif__service_revert(vif__job *j, vif_resource *r)
{
    return r->priv.created ? vif__service_go(j, r, VIF_UNPLUG) : VIF_OK;
}

static void vif__service_describe(const vif_resource *r, const vif__sink *s)
{
    const vif_nic *nic = (const vif_nic *)r->want.pointer;

    vif__say(s, "for", nic->type == VIF_NIC_ZEROTIER ? nic->id : "dhcp");
}
#endif

/* >>kinds: settled
 *
 * While the kernel asks on the link whether another has an address of IPv6 (DAD), nothing can use
 * it: about a second, in which other tasks go on. One that is found to be taken never works. */

/* Nobody may use it yet; an optimistic one is tentative, too, and works. */
static bool vif__is_tentative(const vif_nl_msg *msg, const vif_resource *r)
{
    vif_addr got;

    return vif_addr_parse(msg, &got) && got.index == r->priv.link->index &&
        (got.flags & VIF_IFA_TENTATIVE) != 0 &&
        !(r->want.settled.optimistic && (got.flags & VIF_IFA_OPTIMISTIC) != 0);
}

/* DAD has found another one: the kernel leaves the address there, useless, until somebody looks. */
static bool vif__is_taken(const vif_nl_msg *msg, const vif_resource *r)
{
    vif_addr got;

    return vif__is_tentative(msg, r) && vif_addr_parse(msg, &got) &&
        (got.flags & VIF_IFA_DADFAILED) != 0;
}

/* Two dumps, since an address that failed is tentative, too, and would be waited for in vain. */
static vif_status vif__look_settled(vif__job *j, const vif_resource *r, bool *settled)
{
    vif_status st;
    bool found;

    vif_nl_put_addr_dump(vif__request_new(j), VIF_AF_INET6, r->priv.link->index);
    st = vif__has(j, r, vif__is_taken, &found);
    if (st == VIF_OK && found) {
        return vif__step_fail(j, VIF_E_EXISTS, "another on this link has an address of the VIF's");
    }
    vif_nl_put_addr_dump(vif__request_new(j), VIF_AF_INET6, r->priv.link->index);
    st = st == VIF_OK ? vif__has(j, r, vif__is_tentative, &found) : st;
    *settled = !found;
    return st;
}

/* Behind a plug of before everything is settled, and nothing differs. */
static vif_status vif__settled_test(vif__job *j, vif_resource *r)
{
    bool settled = true;
    const vif_status st = vif__look_settled(j, r, &settled);

    if (!settled) {
        vif__differ(j, r, "tentative", "no", "yes");
    }
    return st;
}

/* Asleep until the next look, so that the job's other subjects go on meanwhile. */
static vif_status vif__settled_apply(vif__job *j, vif_resource *r)
{
    bool settled = true;
    vif_status st = vif__look_settled(j, r, &settled);

    if (st == VIF_OK && !settled) {
        st = vif__wait(j, r->want.settled.ms);
        if (!j->asleep) {
            (void)vif__step_fail(j, st, "addresses of IPv6 are tentative still after l3_settle_ms: "
                                 "has the link a carrier?");
        }
    }
    return st;
}

static vif_status vif__settled_revert(vif__job *j, vif_resource *r)
{
    (void)j;
    (void)r;
    return VIF_OK;
}

/* The kernel's delay of up to a second and its probes fit the usual time, which is not said. */
static void vif__settled_describe(const vif_resource *r, const vif__sink *s)
{
    if (r->want.settled.ms != 5000) {
        vif__say_int(s, "within_ms", r->want.settled.ms);
    }
}

#ifndef VIF_NO_ANNOUNCE
/* >>kinds: announcement
 *
 * Who has talked to the addresses elsewhere learns at once where they are now. That is an action
 * and no state: nothing of it is there to be found, so that each plug does it, also one that finds
 * all else right (as it may come behind one that was killed just before), a check never misses it,
 * and nothing takes it back. Two of each frame, in case that one is lost, and not for the seconds
 * apart that RFC 5227 and 4861 have between them, as long as a plug would then take. */

enum { VIF__ANNOUNCE_MS = 100 };        /* between the two */

/* A socket of ours has to be where the caller's are. */
static vif_status vif__announce_test(vif__job *j, vif_resource *r)
{
    const vif_host_desc *d = &j->host->desc;

    if (j->verb != VIF_PLUG) {
        return VIF_OK;
    }
    if (r->ns == 0 ? d->netlink_fd.set : d->netlink_in != NULL) {
        return vif__step_fail(j, VIF_E_INVAL, "l3_announce needs a packet socket, which can't be "
                              "opened where the caller opens the others");
    }
    vif__differ(j, r, "sent", "yes", "no");
    return VIF_OK;
}

/* The kernel takes a grace period to close such a socket (measured: 16 ms), so that one serves
 * both. */
static void vif__announce_end(vif__job *j)
{
    if (j->packet.set) {
        (void)close(j->packet.fd);
        j->packet.set = false;
    }
}

/* A frame for each address that the plan gives to the link. */
static vif_status vif__announce_send(vif__job *j, const vif_resource *r)
{
    const vif_link_info *info = r->priv.link;
    const bool router = (info->conf_known & 1u << VIF_CONF_FORWARDING6) != 0 &&
        info->conf[VIF_CONF_FORWARDING6] != 0;
    uint8_t frame[VIF_ANNOUNCEMENT_SIZE];
    vif_status st = VIF_OK;
    size_t i;

    for (i = 0; i < j->plan.count && st == VIF_OK; i++) {
        const vif_resource *a = &j->plan.items[i];
        const vif_ip *ip = &a->want.ip.address;

        if (a->kind == VIF_RES_ADDRESS && a->ns == r->ns && strcmp(a->link, r->link) == 0) {
            st = vif_packet_send(j->packet.fd, info->index, frame, vif_announcement(
                info->mac, ip->bytes, ip->len, router, frame), &j->step);
        }
    }
    return st;
}

/* Before the carrier is there nobody would hear of it. Links without a MAC have nothing to tell. */
static vif_status vif__announce_apply(vif__job *j, vif_resource *r)
{
    vif_link_info *info = r->priv.link;
    vif_status st = vif__refresh(j, info);

    if (st != VIF_OK || (info->flags & (VIF_IFF_NOARP | VIF_IFF_LOOPBACK)) != 0) {
        return st;
    }
    if ((info->flags & VIF_IFF_RUNNING) == 0) {
        st = vif__wait(j, r->want.settled.ms);
        return j->asleep ? st
            : vif__step_fail(j, st, "the link has no carrier, after l3_settle_ms");
    }
    if (!j->packet.set) {
        st = vif_packet_open(j->plan.namespaces[r->ns], &j->packet.fd, &j->step);
        j->packet.set = st == VIF_OK;
    }
    st = st == VIF_OK ? vif__announce_send(j, r) : st;
    if (st == VIF_OK && !r->priv.was.sent) {
        r->priv.was.sent = true;
        return vif__pause(j, VIF__ANNOUNCE_MS);
    }
    vif__announce_end(j);
    return st;
}

/* What was heard can't be unsaid; whoever takes the addresses over announces them himself. */
static vif_status vif__announce_revert(vif__job *j, vif_resource *r)
{
    (void)j;
    r->priv.created = false;            /* at an unplug there was nothing to take away */
    return VIF_OK;
}

/* Its addresses stand before it in the plan. */
static void vif__announce_describe(const vif_resource *r, const vif__sink *s)
{
    vif__settled_describe(r, s);
}
#endif

#ifndef VIF_NO_DNS
/* >>kinds: dns
 *
 * Name servers of a resolv.conf(5), which belongs to a container, or to its image. Its bytes come
 * in and go out again with lines missing or added at the end; which lines are whose is noted on
 * disk, as the file has no place for that. A note is of one file, DIR/NAMESPACE.HASH.file, and
 * holds its path, whether vif has made it, and a claim, a tag and a server, for each line of
 * vif's and each VIF that wants it: a line goes with its last claim, and one that was there before
 * any has none, and stays. A second note, .dns, of a hash of the VIF's tag, leads an unplug from
 * the tag to the file. What is about to be written is claimed before it is, and what goes loses its
 * claims after it went: a process that dies between leaves a claim without a line, never a line
 * without a claim. All of it is done under a lock of the file's, in one step. */

enum { VIF__DNS_SIZE = 65536, VIF__DNS_LINE = 58 };     /* "nameserver " and an address */

typedef struct vif__claim {
    struct vif__claim *next;
    const char *tag;
    vif_ip ip;
} vif__claim;

typedef struct vif__dns {
    const vif_dns_want *want;
    char key[37];                       /* of the notes on the file */
    vif_file file;
    char *text;                         /* its bytes, file.size of them; out: what it is to have */
    char *out;
    size_t len;                         /* of out */
    bool made;                          /* by vif */
    vif__claim *claims;
} vif__dns;

/* The end of the line at `at`, behind its newline, and whether it names a server as the resolver
 * reads it: in the first column, blanks, an address up to a blank. */
static bool vif__dns_line(const char *text, size_t len, size_t *at, vif_ip *ip)
{
    static const char word[] = "nameserver";
    const size_t start = *at;
    size_t i = start + sizeof word - 1, end, to;

    while (*at < len && text[*at] != '\n') {
        ++*at;
    }
    end = *at;
    *at += *at < len;
    if (end - start <= sizeof word || memcmp(text + start, word, sizeof word - 1) != 0 ||
        (text[i] != ' ' && text[i] != '\t')) {
        return false;
    }
    while (i < end && (text[i] == ' ' || text[i] == '\t')) {
        i++;
    }
    for (to = i; to < end && text[to] != ' ' && text[to] != '\t' && text[to] != '\r';) {
        to++;
    }
    return vif_ip_parse(text + i, to - i, false, ip);
}

/* The prefix does not count: of a server's address it says nothing. */
static bool vif__ip_same(const vif_ip *a, const vif_ip *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

/* Whether the text names the server, in whatever spelling. */
static bool vif__dns_has(const char *text, size_t len, const vif_ip *ip)
{
    size_t at = 0;
    vif_ip got;

    while (at < len) {
        if (vif__dns_line(text, len, &at, &got) && vif__ip_same(&got, ip)) {
            return true;
        }
    }
    return false;
}

/* A line as vif writes it. Returns its length. */
static size_t vif__dns_format(const vif_ip *ip, char line[VIF__DNS_LINE])
{
    char text[52];

    vif_ip_format(ip, false, text);
    line[0] = '\0';
    vif__cat_format(line, VIF__DNS_LINE, "nameserver %s\n", text, NULL, NULL);
    return strlen(line);
}

/* Takes out the first line that is as vif writes it; one that somebody has changed is his. Returns
 * the new length. */
static size_t vif__dns_cut(char *text, size_t len, const vif_ip *ip)
{
    char line[VIF__DNS_LINE];
    const size_t size = vif__dns_format(ip, line);
    size_t at = 0, from = 0;
    vif_ip got;

    while (from < len) {
        (void)vif__dns_line(text, len, &at, &got);
        if ((at - from == size || (at == len && at - from == size - 1)) &&
            memcmp(text + from, line, at - from) == 0) {
            memmove(text + from, text + at, len - at);
            return len - (at - from);
        }
        from = at;
    }
    return len;
}

/* Adds a line at the end, for which there is room. Returns the new length. */
static size_t vif__dns_add(char *text, size_t len, const vif_ip *ip)
{
    char line[VIF__DNS_LINE];
    const size_t size = vif__dns_format(ip, line);

    if (len > 0 && text[len - 1] != '\n') {
        text[len++] = '\n';
    }
    memcpy(text + len, line, size);
    return len + size;
}

/* A handful of servers at most: no order, no search. */
static bool vif__dns_wants(const vif_dns_want *want, const vif_ip *ip)
{
    size_t i = 0;

    while (i < want->count && !vif__ip_same(&want->servers[i], ip)) {
        i++;
    }
    return i < want->count;
}

/* A claim on the server by this VIF, or by any other; NULL: there is none. */
static vif__claim *vif__claim_find(const vif__job *j, const vif__dns *d, const vif_ip *ip,
                                   bool ours)
{
    vif__claim *c = d->claims;

    while (c != NULL && (!vif__ip_same(&c->ip, ip) || (strcmp(c->tag, j->tag) == 0) != ours)) {
        c = c->next;
    }
    return c;
}

/* False: no memory. */
static bool vif__claim_add(vif__job *j, vif__dns *d, const char *tag, const vif_ip *ip)
{
    vif__claim *c = (vif__claim *)vif__alloc(j, sizeof *c), **end = &d->claims;

    if (c == NULL) {
        return false;
    }
    while (*end != NULL) {
        end = &(*end)->next;
    }
    c->tag = tag;
    c->ip = *ip;
    *end = c;
    return true;
}

/* A name that files of the state directory may have, of any text. */
static void vif__dns_hash(const char *text, char key[37])
{
    static const vif_uuid space = {{0x3c, 0x5e, 0x0b, 0x52, 0x90, 0x1d, 0x4f, 0x6a,
                                    0xa7, 0x43, 0x1e, 0xd8, 0x66, 0x0f, 0x2b, 0x91}};
    vif_uuid id;

    vif_uuid_v5(&space, text, strlen(text), &id);
    vif_uuid_format(&id, key);
}

/* Of a file only its key is known, which is the same for all that name it so. */
static vif_status vif__dns_begin(vif__job *j, const vif_dns_want *want, vif__dns *d)
{
    const size_t cap = strlen(want->root) + strlen(want->file) + 2;
    char *path = (char *)vif__alloc(j, cap);

    memset(d, 0, sizeof *d);
    d->want = want;
    if (path == NULL) {
        return VIF_E_NOMEM;
    }
    vif__cat_format(path, cap, "%s\n%s", want->root, want->file, NULL);
    vif__dns_hash(path, d->key);
    return VIF_OK;
}

/* The next text of a note; NULL: there is none, or no memory (the step has failed). */
static const char *vif__note_copy(vif__job *j, vif_nl_view *left)
{
    const char *text = NULL;
    vif_nl_msg msg;
    vif_link link;

    if (vif__note_next(left, &msg) && vif_link_parse(&msg, &link) &&
        (link.present & VIF_LINK_ALIAS) != 0) {
        text = vif_arena_text(&j->arena, (const char *)link.alias.data, link.alias.len);
        if (text == NULL) {
            (void)vif__no_memory(j);
        }
    }
    return text;
}

/* What the note on the file says. One that is of another file by its path is none. */
static vif_status vif__dns_noted(vif__job *j, vif__dns *d)
{
    vif_status st;
    vif_nl_view left;
    const char *root, *file, *made, *tag, *text;
    vif_ip ip;

    memset(&j->step, 0, sizeof j->step);        /* what is in there now is done with */
    vif__state_path(j, d->key, ".file");
    st = vif__note_bytes(j, &left, true);
    if (st != VIF_OK || left.len == 0) {
        return st;
    }
    root = vif__note_copy(j, &left);
    file = root != NULL ? vif__note_copy(j, &left) : NULL;
    made = file != NULL ? vif__note_copy(j, &left) : NULL;
    if (made == NULL || strcmp(root, d->want->root) != 0 || strcmp(file, d->want->file) != 0) {
        return j->step.status;
    }
    d->made = made[0] != '\0';
    while ((tag = vif__note_copy(j, &left)) != NULL &&
           (text = vif__note_copy(j, &left)) != NULL) {
        if (vif_ip_parse(text, strlen(text), false, &ip) && !vif__claim_add(j, d, tag, &ip)) {
            return VIF_E_NOMEM;
        }
    }
    return j->step.status;
}

/* The note of a file. Paths and tags may be long, so that each claim goes to the disk before the
 * next one is written. */
static vif_status vif__dns_put(vif__job *j, int fd, const void *what)
{
    const vif__dns *d = (const vif__dns *)what;
    const vif__claim *c;
    vif_status st;
    char text[52];

    vif__note_put_text(j, d->want->root);
    vif__note_put_text(j, d->want->file);
    vif__note_put_text(j, d->made ? "made" : "");
    st = vif__note_flush(j, fd);
    for (c = d->claims; c != NULL && st == VIF_OK; c = c->next) {
        vif_ip_format(&c->ip, false, text);
        vif__note_put_text(j, c->tag);
        vif__note_put_text(j, text);
        st = vif__note_flush(j, fd);
    }
    return st;
}

/* The VIF's own note: which file it has lines of. */
static void vif__dns_tag_path(vif__job *j)
{
    char key[37];

    vif__dns_hash(j->tag, key);
    vif__state_path(j, key, ".dns");
}

/* What that says; a file of NULL: there is none, or (with a root) it was being written when its
 * writer died. must: as vif__note_bytes has it. */
static vif_status vif__dns_pointed(vif__job *j, bool must, const char **root, const char **file)
{
    const char *tag;
    vif_nl_view left;
    vif_status st;

    *root = *file = NULL;
    memset(&j->step, 0, sizeof j->step);
    vif__dns_tag_path(j);
    st = vif__note_bytes(j, &left, must);
    if (st != VIF_OK || left.data == NULL) {
        return st;
    }
    *root = "";
    tag = vif__note_copy(j, &left);
    if (tag != NULL && strcmp(tag, j->tag) == 0) {
        *root = vif__note_copy(j, &left);
        *file = *root != NULL ? vif__note_copy(j, &left) : NULL;
        *root = *root != NULL ? *root : "";
    }
    return j->step.status;
}

/* Written once, and not beside an old one: before it is whole nothing is claimed. */
VIF__APART static vif_status vif__dns_point(vif__job *j, const vif_dns_want *want)
{
    const char *root, *file;
    vif_status st = vif__dns_pointed(j, true, &root, &file);
    int fd;

    if (st != VIF_OK || file != NULL) {
        return st;
    }
    fd = vif__state_open(j, O_WRONLY | O_CREAT | O_TRUNC);
    if (fd < 0) {
        return vif_fail(&j->step, VIF_E_SYSTEM, errno, "state", j->path);
    }
    (void)vif__request_new(j);
    vif__note_put_text(j, j->tag);
    vif__note_put_text(j, want->root);
    vif__note_put_text(j, want->file);
    vif_nl_end(&j->buf, vif_nl_begin(&j->buf, VIF__NOTE_END, 0, NULL, 0));
    st = vif__note_flush(j, fd);
    (void)close(fd);
    return st;
}

/* Takes the note of j->path away, and what a process that died while it wrote one has left. */
static vif_status vif__dns_forget(vif__job *j)
{
    int bad = unlink(j->path) != 0 && errno != ENOENT;

    vif_cat(j->path, VIF__PATH_SIZE, ".new");
    bad = (unlink(j->path) != 0 && errno != ENOENT) || bad != 0;
    return bad != 0 ? vif_fail(&j->step, VIF_E_SYSTEM, errno, "unlink", j->path) : VIF_OK;
}

/* Writes the note of the file as d has it, or none without a claim on it. */
static vif_status vif__dns_note(vif__job *j, const vif__dns *d)
{
    vif__state_path(j, d->key, ".file");
    return d->claims != NULL ? vif__note_replace(j, vif__dns_put, d) : vif__dns_forget(j);
}

/* The note and the file's bytes, with room for the servers of a plan behind them; the file is to be
 * closed after VIF_OK. */
static vif_status vif__dns_load(vif__job *j, vif__dns *d)
{
    vif_status st = vif__dns_noted(j, d);

    st = st == VIF_OK ? vif_file_find(&d->file, d->want->root, d->want->file, &j->step) : st;
    if (st != VIF_OK) {
        return st;
    }
    if (d->file.size + d->want->count * VIF__DNS_LINE > VIF__DNS_SIZE) {
        st = vif__step_fail(j, VIF_E_TOO_BIG, "a file of more than 64 KB, or nearly");
    } else {
        d->text = (char *)vif__alloc(j, d->file.size + 1);
        d->out = (char *)vif__alloc(j, d->file.size + 1 + VIF_DNS_SERVERS * VIF__DNS_LINE);
        st = d->text == NULL || d->out == NULL ? VIF_E_NOMEM
            : vif_file_text(&d->file, d->text, &j->step);
    }
    if (st != VIF_OK) {
        vif_file_close(&d->file);
    }
    return st;
}

/* Claims what is wanted: of the servers that are there already those that others of vif's have
 * brought, since theirs would go with them; not those that nobody claims, which were there before
 * any. *more: a claim is new, and has to be on disk before the file changes. */
static vif_status vif__dns_claim(vif__job *j, vif__dns *d, const vif_dns_want *want, bool *more)
{
    size_t i;

    for (i = 0; i < want->count; i++) {
        const vif_ip *ip = &want->servers[i];

        if (vif__claim_find(j, d, ip, true) == NULL &&
            (vif__claim_find(j, d, ip, false) != NULL ||
             !vif__dns_has(d->text, d->file.size, ip))) {
            *more = true;
            if (!vif__claim_add(j, d, j->tag, ip)) {
                return VIF_E_NOMEM;
            }
        }
    }
    d->made = d->made || (!d->file.exists && want->count > 0);
    return VIF_OK;
}

/* What the file is to be: without what only this VIF claims and does not want, with what it does.
 * Nothing else of it is changed, and no line changes its place: the resolver asks in their
 * order. */
static void vif__dns_edit(vif__job *j, vif__dns *d, const vif_dns_want *want)
{
    const vif__claim *c;
    size_t i;

    d->len = d->file.size;
    memcpy(d->out, d->text, d->len);
    for (c = d->claims; c != NULL; c = c->next) {
        if (strcmp(c->tag, j->tag) == 0 && !vif__dns_wants(want, &c->ip) &&
            vif__claim_find(j, d, &c->ip, false) == NULL) {
            d->len = vif__dns_cut(d->out, d->len, &c->ip);
        }
    }
    for (i = 0; i < want->count; i++) {
        if (!vif__dns_has(d->out, d->len, &want->servers[i])) {
            d->len = vif__dns_add(d->out, d->len, &want->servers[i]);
        }
    }
}

/* This VIF's claims are what it wants. False: they were already. *ours: there is one. */
static bool vif__dns_drop(vif__job *j, vif__dns *d, const vif_dns_want *want, bool *ours)
{
    vif__claim **at = &d->claims;
    bool less = false;

    *ours = false;
    while (*at != NULL) {
        const bool mine = strcmp((*at)->tag, j->tag) == 0;

        if (mine && !vif__dns_wants(want, &(*at)->ip)) {
            less = true;
            *at = (*at)->next;
        } else {
            *ours = *ours || mine;
            at = &(*at)->next;
        }
    }
    return less;
}

/* Gives the file what it is to have. One that vif has made goes when nothing is in it any more and
 * nobody claims anything; what somebody has added keeps it there. A file that is right already is
 * not touched: others may watch it. */
static vif_status vif__dns_write(vif__job *j, vif__dns *d, const vif_resource *r)
{
    const bool empty = d->made && d->claims == NULL && d->len == 0;
    const bool same = d->len == d->file.size && memcmp(d->out, d->text, d->len) == 0;
    const vif_status st = empty || same ? vif_file_remove(&d->file, empty, &j->step)
        : vif_file_replace(&d->file, d->out, d->len, &j->step);

    if (d->file.in_place) {
        vif__log(j, "written in place", r);
    }
    return st;
}

/* All that a VIF has of the file becomes what is wanted, under its lock. *ours: that is something;
 * if not, also what is left to do for no claim at all is done. */
static vif_status vif__dns_make(vif__job *j, vif__dns *d, const vif_resource *r,
                                const vif_dns_want *want, bool *ours)
{
    bool more = false, less;
    vif_status st = vif__dns_claim(j, d, want, &more);

    if (st == VIF_OK && more) {
        st = vif__dns_note(j, d);
    }
    if (st != VIF_OK) {
        return st;
    }
    vif__dns_edit(j, d, want);
    less = vif__dns_drop(j, d, want, ours);
    st = vif__dns_write(j, d, r);
    return st == VIF_OK && (less || !*ours) ? vif__dns_note(j, d) : st;
}

/* Where there is no such file any more, or it is something else, no line of vif's is in it: a
 * container can't keep its VIF by what it makes of the file. */
static bool vif__dns_is_gone(const vif__job *j, vif_status st)
{
    const int number = j->step.sys_errno;

    return st == VIF_E_TOO_BIG ||
        (st == VIF_E_SYSTEM && (number == ENOENT || number == ENOTDIR || number == ELOOP ||
                                number == EINVAL));
}

/* The same, with the lock: whoever else is at work on the file is waited for. */
VIF__APART
static vif_status vif__dns_locked(vif__job *j, vif__dns *d, const vif_resource *r,
                                  const vif_dns_want *want, bool *ours)
{
    vif_status st = vif__dns_load(j, d);

    if (st == VIF_OK) {
        st = vif__dns_make(j, d, r, want, ours);
        vif_file_close(&d->file);
    } else if (want->count == 0 && vif__dns_is_gone(j, st)) {
        memset(&j->step, 0, sizeof j->step);
        (void)vif__dns_drop(j, d, want, ours);
        st = vif__dns_note(j, d);
    }
    return st;
}

/* `want` is of the resource's file. The VIF's own note comes first, and goes last, when nothing
 * else is left, not even the lock. */
static vif_status vif__dns_set(vif__job *j, const vif_resource *r, const vif_dns_want *want)
{
    const int most = j->host->desc.timeout_ms;
    vif_fd lock = {0, false};
    bool ours = true;
    vif__dns d;
    vif_status st = vif__dns_begin(j, r->want.dns, &d);

    st = st == VIF_OK && want->count > 0 ? vif__dns_point(j, r->want.dns) : st;
    st = st == VIF_OK ? vif__lock_take(j, d.key, &lock) : st;
    if (st == VIF_E_BUSY) {
        st = vif__wait(j, most > 0 ? (uint32_t)most : 5000);
        return j->asleep ? st
            : vif__step_fail(j, VIF_E_CONFLICT, "somebody else is at work on this file");
    }
    st = st == VIF_OK ? vif__dns_locked(j, &d, r, want, &ours) : st;
    if (lock.set) {
        vif__state_path(j, d.key, ".lock");
        if (unlink(j->path) != 0 && errno != ENOENT && st == VIF_OK) {
            st = vif_fail(&j->step, VIF_E_SYSTEM, errno, "unlink", j->path);
        }
        (void)close(lock.fd);
    }
    if (st == VIF_OK && !ours) {
        vif__dns_tag_path(j);
        st = vif__dns_forget(j);
    }
    return st;
}

/* What differs of a server that is wanted. One that is there for others' sake is claimed, too; one
 * that nobody claims is no concern of ours. */
static void vif__dns_compare(vif__job *j, vif_resource *r, const vif__dns *d, const vif_ip *ip)
{
    char text[52];

    vif_ip_format(ip, false, text);
    if (!vif__dns_has(d->text, d->file.size, ip)) {
        vif__differ(j, r, "server", text, "none");
    } else if (vif__claim_find(j, d, ip, true) == NULL &&
               vif__claim_find(j, d, ip, false) != NULL) {
        vif__differ(j, r, "claim", text, "others'");
    }
}

/* A VIF has lines of one file; those of another have to go first. */
static vif_status vif__dns_elsewhere(vif__job *j, const vif_dns_want *want)
{
    const char *root, *file;
    const vif_status st = vif__dns_pointed(j, true, &root, &file);

    return st == VIF_OK && file != NULL &&
        (strcmp(root, want->root) != 0 || strcmp(file, want->file) != 0)
        ? vif__step_say(j, VIF_E_EXISTS, "the VIF has lines in another file, %e/%e: unplug it "
                        "first", root, file, NULL) : st;
}

/* What the VIF had in the file when it was looked at first is what a failed call goes back to. */
static vif_status vif__dns_test(vif__job *j, vif_resource *r)
{
    const bool first = r->priv.note.dns == NULL;
    vif_dns_want *was = first ? (vif_dns_want *)vif__alloc(j, sizeof *was) : r->priv.note.dns;
    const vif_dns_want *want = r->want.dns;
    const vif__claim *c;
    vif__dns d;
    char text[52];
    vif_status st = was != NULL ? vif__dns_elsewhere(j, want) : VIF_E_NOMEM;
    size_t i;

    st = st == VIF_OK ? vif__dns_begin(j, want, &d) : st;
    r->priv.there = true;               /* at an unplug: a note said so */
    if (st != VIF_OK || j->verb == VIF_UNPLUG) {
        return st;
    }
    st = vif__dns_load(j, &d);
    if (st != VIF_OK) {
        return st;
    }
    vif_file_close(&d.file);
    r->priv.note.dns = was;
    for (i = 0; i < want->count; i++) {
        vif__dns_compare(j, r, &d, &want->servers[i]);
    }
    for (c = d.claims; c != NULL; c = c->next) {
        if (strcmp(c->tag, j->tag) != 0) {
            continue;
        }
        if (!vif__dns_wants(want, &c->ip)) {
            vif_ip_format(&c->ip, false, text);
            vif__differ(j, r, "server", "none", text);
        }
        if (first && was->count < VIF_DNS_SERVERS) {
            was->servers[was->count++] = c->ip;
        }
    }
    return VIF_OK;
}

/* All in one step, however little is missing: what the test has found may be old by now, and is
 * looked at again under the lock. */
static vif_status vif__dns_apply(vif__job *j, vif_resource *r)
{
    return vif__dns_set(j, r, r->want.dns);
}

/* Behind a failure the VIF has what it had before this call, at an unplug nothing. */
static vif_status vif__dns_revert(vif__job *j, vif_resource *r)
{
    static const vif_dns_want none = {NULL, NULL, {{{0}, 0, 0}}, 0};

    return vif__dns_set(j, r, r->priv.created || r->priv.note.dns == NULL ? &none
                        : r->priv.note.dns);
}

/* The file is its name already. Of an unplug, which goes by the note, no servers are known. */
static void vif__dns_describe(const vif_resource *r, const vif__sink *s)
{
    const vif_dns_want *want = r->want.dns;
    char text[52], all[160] = "";
    size_t i;

    if (strcmp(want->root, "/") != 0) {
        vif__say(s, "root", want->root);
    }
    for (i = 0; i < want->count; i++) {
        vif_ip_format(&want->servers[i], false, text);
        vif_cat(all, sizeof all, i > 0 ? "," : "");
        vif_cat(all, sizeof all, text);
    }
    if (want->count > 0) {
        vif__say(s, "servers", all);
    }
}

/* An unplug finds by the VIF's note which file has lines of its own. One that is not whole leads
 * nowhere: nothing was claimed. Who may not even look there has never had lines, and goes on. */
static vif_status vif__dns_find(vif__job *j)
{
    const char *root, *file;
    const vif_status st = vif__dns_pointed(j, false, &root, &file);

    if (st != VIF_OK) {
        return st;
    }
    if (file != NULL && vif__path_good(root) && vif__path_good(file)) {
        (void)vif__plan_resolv(&j->plan, root, file);
    } else if (root != NULL && !j->dry) {
        (void)unlink(j->path);
    }
    return j->plan.error.status;
}
#else
#define vif__dns_find(j) VIF_OK
#endif

/* >>kinds: rules
 *
 * Forwarding rules of a bridge, in nftables. vif_netlink.h knows how they look and compares them;
 * here is their socket, which is opened when the first plan wants rules, and the words for a kernel
 * without them. */

/* The socket that they are sent by. */
static vif_status vif__nf_open(vif_host *h, vif_error *err)
{
    vif_nl_desc d = vif_nl_desc_like(&h->nl);
    vif_status st;

    if (h->priv.nf_open) {
        return VIF_OK;
    }
    if (h->desc.netlink_fd.set && !h->desc.netfilter_fd.set) {
        return vif_fail(err, VIF_E_INVAL, 0, "", "netfilter_fd is needed, too: a socket "
                        "opened here might be in another namespace");
    }
    d.protocol = VIF_NETLINK_NETFILTER;
    d.fd = h->desc.netfilter_fd;
    st = vif_nl_open(&h->priv.nf, &d, err);
    h->priv.nf_open = st == VIF_OK;
    return st;
}

/* The rules as vif_netlink.h has them, with the tag of whose own they are. */
static vif_status vif__nf(vif__job *j, vif_nft_rules *spec, const vif_resource *r)
{
    *spec = *r->want.rules;
    spec->bridge = r->link;
    spec->tag = r->whose == VIF_OWN ? j->tag : NULL;
    return vif__nf_open(j->host, &j->step);
}

#ifndef VIF_NO_SWITCH
/* A kernel without nftables has no rules, which is right where none are to be. */
static bool vif__rules_none(const vif__job *j, const vif_nft_rules *rules)
{
    return j->phase == VIF__REMOVE || (rules->use >= VIF_NFT_PORT_FROM && rules->flags == 0 &&
                                       rules->rate == 0);
}
#endif

/* What was there before is noted with the first look, as the apply changes it. */
static vif_status vif__rules_test(vif__job *j, vif_resource *r)
{
    vif_nft_rules spec;
    vif_nft_found found = {false, false, false, false};
    vif_status st = vif__nf(j, &spec, r);

    st = st == VIF_OK ? vif_nft_test(&j->host->priv.nf, vif__request_new(j), &spec, &found,
                                        &j->step) : st;
#ifndef VIF_NO_SWITCH
    if (st == VIF_E_UNSUPPORTED && vif__rules_none(j, r->want.rules)) {
        memset(&j->step, 0, sizeof j->step);
        return VIF_OK;
    }
#endif
    if (st == VIF_OK && !found.right) {
        vif__differ(j, r, "rules", "as described", found.chain ? "others" : "none");
    }
    if (j->step.sys_errno == EPROTONOSUPPORT || j->step.sys_errno == EOPNOTSUPP) {
        vif__step_cat(j, ": nf_tables is missing");
        vif__step_cat(j, r->whose == VIF_SHARED ? "; forward_rules=false does without" : "");
    }
    r->priv.there = found.chain && !found.others;
    if (st == VIF_OK && !r->priv.created) {
        r->priv.was.rules = (found.table ? 1u : 0) | (found.chain ? 2u : 0);
    }
    return st;
}

/* The whole chain in one transaction: no packet meets half of it. */
static vif_status vif__rules_apply(vif__job *j, vif_resource *r)
{
    vif_nft_rules spec;
    vif_status st = vif__nf(j, &spec, r);

    r->priv.created = true;
    st = st == VIF_OK ? vif_nft_apply(&j->host->priv.nf, vif__request_new(j), &spec, &j->step) : st;
#ifndef VIF_NO_SWITCH
    if (spec.use == VIF_NFT_PORT_TO && j->step.sys_errno == EOPNOTSUPP) {
        vif__step_cat(j, ": port_mac_changes=false needs Linux 5.16, with NETFILTER_EGRESS");
    }
#endif
    return st;
}

/* Taken back, a chain that was there before with other rules keeps the new ones: it is ours, by its
 * table, which stays as it was found. An unplug takes away both, the table if it is empty. */
static vif_status vif__rules_revert(vif__job *j, vif_resource *r)
{
    const bool unplug = r->priv.state != VIF__APPLIED;
    vif_nft_rules spec;
    const vif_status st = vif__nf(j, &spec, r);

    if (!unplug && (!r->priv.created || (r->priv.was.rules & 2) != 0)) {
        return VIF_OK;
    }
    return st == VIF_OK ? vif_nft_remove(&j->host->priv.nf, vif__request_new(j), &spec,
                                         unplug || (r->priv.was.rules & 1) == 0, &j->step) : st;
}

#ifndef VIF_NO_NETWORKS
/* Of a guest: whose addresses these are. */
static void vif__rules_describe_other(const vif_nft_rules *rules, const vif__sink *s)
{
    static const char uses[] = "masquerade\0ports\0ports_here\0senders\0port_from\0"
        "port_to";
    char text[52] = "", digits[22];
    vif_ip ip;
    size_t i;

    vif__say(s, "use", vif__packed(uses, (unsigned)rules->use - 1));
    memset(&ip, 0, sizeof ip);
    ip.len = 4;
    memcpy(ip.bytes, rules->address, 4);
    ip.prefix = rules->prefix;
    vif_ip_format(&ip, rules->use == VIF_NFT_MASQUERADE, text);
    if (rules->use < VIF_NFT_SPOOF) {
        vif__say(s, "ip", text);
    } else {
        vif_mac_format(rules->mac, text);
        vif__say(s, "mac", rules->use == VIF_NFT_SPOOF || (rules->flags & VIF_NFT_ONLY_MAC) != 0
                 ? text : "any");
    }
    if (rules->rate != 0) {
        vif__say_int(s, "bytes_per_second", (int64_t)rules->rate);
        vif__say_int(s, "burst_bytes", rules->burst);
    }
    for (i = 0; i < rules->sender_count; i++) {
        ip.len = rules->senders[i].len;
        memcpy(ip.bytes, rules->senders[i].bytes, 16);
        vif_ip_format(&ip, false, text);
        vif__say(s, "ip", text);
    }
    for (i = 0; i < rules->port_count; i++) {
        text[0] = '\0';
        vif__cat_format(text, sizeof text, rules->ports[i].udp ? "udp/%s" : "tcp/%s",
                        vif_int_format(rules->ports[i].host, digits), NULL, NULL);
        vif__say_int(s, text, rules->ports[i].guest);
    }
}
#endif

/* In the words of the options that they come from. */
static void vif__rules_describe(const vif_resource *r, const vif__sink *s)
{
    const vif_nft_rules *rules = r->want.rules;

#ifndef VIF_NO_NETWORKS
    if (rules->use != VIF_NFT_FORWARD) {
        vif__rules_describe_other(rules, s);
        return;
    }
#endif
    vif__say(s, "gateway", (rules->flags & VIF_NFT_GATEWAY) != 0 ? "yes" : "no");
    if ((rules->flags & VIF_NFT_GATEWAY) != 0) {
        vif__say(s, "forward", rules->forward != NULL ? rules->forward : "all");
    }
    vif__say(s, "drop", (rules->flags & VIF_NFT_REJECT) != 0 ? "REJECT" : "DROP");
    vif__say(s, "ipv6", (rules->flags & VIF_NFT_IPV6) != 0 ? "yes" : "no");
}

#ifndef VIF_NO_DIRECT
/* >>kinds: queues
 *
 * What a hypervisor opens of a macvtap: /dev/tapN, where N is the link's index. The node is made by
 * the kernel or by udev, a while after the link; it is waited for. And it has to be this macvtap's:
 * /dev is the same for all network namespaces, indices are not, so that it may be the node of a
 * guest of another one. sysfs has the device's number. Queues are opened where they are asked for,
 * and handed over in the result. */

/* Whether the node is there, and right; its path is in j->path, the device's number in text. */
static bool vif__node_right(vif__job *j, const vif_link_info *info, char number[24])
{
    const char *root = j->host->desc.dev_root;
    char path[64] = "", node[16] = "tap";

    vif_cat_int(node, sizeof node, info->index);
    vif__cat_format(path, sizeof path, "class/net/%s/%s/dev", info->real_name, node, NULL);
    (void)vif__view_sysfs(j, path, number, 24);
    j->path[0] = '\0';
    vif__cat_format(j->path, VIF__PATH_SIZE, "%s/%s", root != NULL ? root : "/dev", node, NULL);
    return number[0] != '\0' && vif_dev_is(j->path, number);
}

/* A check does not ask for queues to be open: they are the caller's. */
static vif_status vif__queues_test(vif__job *j, vif_resource *r)
{
    char number[24];

    if (!vif__node_right(j, r->priv.link, number)) {
        vif__differ(j, r, "node", j->path, "none");
    } else if (j->verb == VIF_PLUG && r->want.queues.count > 0) {
        vif__differ_int(j, r, "opened", r->want.queues.count, 0);
    }
    return VIF_OK;
}

/* Those that this call has opened, which nobody has seen yet. */
static vif_status vif__queues_revert(vif__job *j, vif_resource *r)
{
    (void)r;
    while (j->result->queue_count > 0) {
        (void)close(j->result->queues[--j->result->queue_count]);
    }
    return VIF_OK;
}

/* All queues or none: an error behind the first closes them in the revert. */
static vif_status vif__queues_apply(vif__job *j, vif_resource *r)
{
    const int timeout = j->host->desc.timeout_ms;
    char number[24];
    vif_tap_desc d;
    vif_status st = VIF_OK;

    if (!vif__node_right(j, r->priv.link, number)) {
        if (number[0] == '\0') {
            return vif__step_say(j, VIF_E_NO_INTERFACE, "%s can't be told: sys_root shows another "
                                 "namespace", j->path, NULL, NULL);
        }
        st = vif__wait(j, timeout > 0 ? (uint32_t)timeout : 5000);
        return st == VIF_E_BUSY ? st
            : vif__step_say(j, st, "%s is not there, or another namespace's", j->path, NULL, NULL);
    }
    memset(&d, 0, sizeof d);
    d.dev_path = j->path;
    d.multi_queue = r->want.queues.multi_queue;
    d.vnet_hdr = r->want.queues.vnet_hdr;
    while (st == VIF_OK && j->result->queue_count < r->want.queues.count) {
        st = vif_macvtap_open(&d, number, &j->result->queues[j->result->queue_count], &j->step);
        j->result->queue_count += st == VIF_OK;
    }
    return st;
}

static void vif__queues_describe(const vif_resource *r, const vif__sink *s)
{
    if (r->want.queues.count > 0) {
        vif__say_int(s, "opened", r->want.queues.count);
    }
}
#endif

#ifndef VIF_NO_QBG
/* >>kinds: profile
 *
 * The switch outside is told of the guest, and gives its port what the profile names. Of 802.1Qbg
 * the daemon lldpad tells it, by VDP (IEEE 802.1Qbg 41): a request to it is the netlink message
 * that a driver would get, sent to the daemon; that answers at once that it has begun, and what
 * the switch says is seen by looking again. What a request was answered is never believed: an
 * association is there when it is listed with a good response, and has gone when it is not listed
 * (after a disassociation it stands there for a while, good as before; all measured). A driver's
 * answers to 802.1Qbh are taken in the same way. */

#define VIF__LLDPAD_PID "/var/run/lldpad.pid"

enum { VIF__PORT_LOOK = 4 };            /* behind VIF_PORT_*: no request */

struct vif__talk {
    vif_nl nl;
    uint8_t request;                    /* plus one: what it is about */
    bool asked, heard, busy;            /* an answer is due; there was one; it was EBUSY */
    bool accepted, told;                /* looks are next; a request was made */
    int found;                          /* by the last look: VIF_PORT_*, or a code */
};

/* What a refusal means here, by errno. */
static const struct vif__talk_word {
    uint8_t number;
    char words[47];
} vif__talk_words[] = {
    {EPROTONOSUPPORT, "lldpad has no EVB, or no VDP, on this device"},
    {EBUSY, "an earlier request is still under way"},
    {ENXIO, "the device's link is not ready for VDP"},
    {EOPNOTSUPP, "neither a driver for that, nor a VDP station"},
    {ECONNREFUSED, "no lldpad runs in this network namespace"},
    {ENOENT, "no lldpad runs: it has no pid file"}};

static const char vif__vdp_codes[] =
    "invalid format\0insufficient resources\0unused VTID\0VTID violation\0"
    "VTID version violation\0out of sync\0invalid\0bad state\0insufficient resources\0error";

/* The switch's refusal in words: codes of VDP, 1 to 6, and of 802.1Qbh, 0x102 to 0x105. */
static vif_status vif__talk_refused(vif__job *j, int code)
{
    const int word = code < 7 ? code - 1 : code - 0x102 + 6;
    char digits[12] = "";

    vif_cat_int(digits, sizeof digits, code);
    return vif__step_say(j, VIF_E_UNSUPPORTED, "the switch refuses the profile: %s (%s)",
                         vif__packed(vif__vdp_codes, word >= 0 && word < 10 &&
                                     (code < 7 || code > 0x101) ? (unsigned)word : 9),
                         digits, NULL);
}

/* The words of the protocol for what lldpad answered by an errno. */
static vif_status vif__talk_failed(vif__job *j)
{
    size_t i;

    for (i = 0; i < sizeof vif__talk_words / sizeof *vif__talk_words; i++) {
        if (j->step.sys_errno == vif__talk_words[i].number) {
            j->step.text[0] = '\0';
            vif_cat(j->step.text, sizeof j->step.text, vif__talk_words[i].words);
        }
    }
    return j->step.status;
}

/* Whatever is still on its way from lldpad goes with the socket. */
static void vif__talk_end(vif__job *j)
{
    if (j->talk != NULL) {
        vif_nl_close(&j->talk->nl);
        j->talk = NULL;
    }
}

/* A socket to whom the profile is for. What it receives lies in the host's memory no longer than a
 * turn. */
static vif_status vif__talk_begin(vif__job *j, const vif_nl_port *port)
{
    struct vif__talk *t = (struct vif__talk *)vif__alloc(j, sizeof *t);
    vif_nl_desc d = vif_nl_desc_like(&j->host->nl);
    char text[64];                      /* its number, and NULs up to 32 bytes */
    size_t len = 0;
    int64_t pid = 0;
    vif_status st;

    if (t == NULL) {
        return VIF_E_NOMEM;
    }
    if (port->name != NULL) {
        st = vif_file_read(VIF__LLDPAD_PID, text, sizeof text, &j->step);
        if (st != VIF_OK) {
            return vif__talk_failed(j);
        }
        while (text[len] >= '0' && text[len] <= '9') {
            len++;
        }
        if (!vif_int_parse(text, len, &pid) || pid <= 0 || pid > 0x7fffffff) {
            return vif__step_fail(j, VIF_E_PROTO, VIF__LLDPAD_PID " has no number");
        }
    }
    d.peer = (uint32_t)pid;
    d.timeout_ms = -1;
    st = vif_nl_open(&t->nl, &d, &j->step);
    j->talk = st == VIF_OK ? t : NULL;
    return st;
}

/* A request, or (accepted already) a look: E_BUSY while the answer is due. */
static vif_status vif__talk_once(vif__job *j, const vif_nl_port *port)
{
    struct vif__talk *t = j->talk;
    vif_buf *buf = vif__request_new(j);
    vif_nl_event event;
    vif_nl_msg msg;

    if (!t->asked) {
        if (t->accepted) {
            vif_nl_put_link_get(buf, port->index, NULL, VIF_EXT_VF);
        } else {
            vif_nl_put_port(buf, port, (uint8_t)(t->request - 1));
        }
        if (vif_nl_send(&t->nl, buf, &j->step) != VIF_OK) {
            return j->step.status;
        }
        t->found = VIF_PORT_ABSENT;
        t->asked = true;
    }
    while ((event = vif_nl_next(&t->nl, &msg, &j->step)) != VIF_NL_DONE) {
        if (event == VIF_NL_WANT_READ) {
            return vif__wait(j, j->plan.policy.profile_ms);
        }
        if (event == VIF_NL_MESSAGE || msg.type == VIF__NOTE_END) {    /* lldpad's NLMSG_DONE */
            t->found = vif_nl_port_response(&msg, port);
        }
    }
    t->asked = false;
    t->heard = true;
    t->busy = j->step.sys_errno == EBUSY;
    return j->step.status;
}

/* One step: a request until it is accepted, then looks until one finds what is wanted: that it is
 * so, or (disassociate) that it is not there. A look of its own is one step; and that is how a
 * disassociation begins, as what has gone can't be let go of. */
static vif_status vif__talk_step(vif__job *j, const vif_nl_port *port, uint8_t request)
{
    struct vif__talk *t = j->talk;
    const bool end = request == VIF_PORT_DISASSOCIATE;
    const vif_status st = vif__talk_once(j, port);
    const vif_error error = j->step;

    if (j->asleep) {
        return st;
    }
    if (st != VIF_OK) {                 /* busy with what it was asked before: asked again */
        if (error.sys_errno == EBUSY && vif__wait(j, j->plan.policy.profile_ms) == VIF_E_BUSY) {
            return VIF_E_BUSY;
        }
        j->step = error;
        return vif__talk_failed(j);
    }
    if (t->accepted && (request == VIF__PORT_LOOK ||
                        t->found == (end ? VIF_PORT_ABSENT : VIF_PORT_DONE))) {
        return VIF_OK;
    }
    if (t->accepted && t->found > 0 && !end) {
        return vif__talk_refused(j, t->found);
    }
    t->accepted = !t->accepted || !end || t->told;
    t->told = true;
    return vif__wait(j, j->plan.policy.profile_ms);
}

/* The same with whom it is for; E_BUSY: come again. *found is what the last look found. */
static vif_status vif__profile_talk(vif__job *j, vif_resource *r, uint8_t request, int *found)
{
    vif_nl_port *port = r->want.profile.port;
    vif_status st = j->talk == NULL ? vif__talk_begin(j, port) : VIF_OK;
    struct vif__talk *t = j->talk;

    if (st != VIF_OK) {
        return st;
    }
    if (t->request != request + 1) {    /* a new one, also where another was given up */
        t->request = (uint8_t)(request + 1);
        t->accepted = request == VIF__PORT_LOOK || request == VIF_PORT_DISASSOCIATE;
        t->asked = t->heard = t->told = false;
    }
    port->index = r->priv.link->index;
    st = vif__talk_step(j, port, request);
    *found = t->found;
    r->priv.created = t->told;          /* at an unplug: there was something to let go of */
    if (st == VIF_E_TIMEOUT && t->busy) {
        j->step.sys_errno = EBUSY;
        st = vif__talk_failed(j);
    } else if (st == VIF_E_TIMEOUT) {
        (void)vif__step_fail(j, st, port->name != NULL && !t->heard ? "lldpad does not answer"
                             : "the switch has not answered in time");
    }
    if (!j->asleep) {
        vif__talk_end(j);
    }
    return st;
}

/* lldpad does not tell an announced guest from one that is here; but that one's macvtap is up. */
static vif_status vif__profile_test(vif__job *j, vif_resource *r)
{
    const vif_link_info *tap = vif__other(j, r);
    int found = VIF_PORT_ABSENT;
    vif_status st = tap != NULL ? VIF_OK : j->step.status;

    if (st == VIF_OK && tap->index != 0 &&
        (r->want.profile.early || (tap->flags & VIF_IFF_UP) != 0)) {
        st = vif__profile_talk(j, r, VIF__PORT_LOOK, &found);
    }
    if (st == VIF_OK && found != VIF_PORT_DONE) {
        vif__differ(j, r, "associated", "yes", "no");
    }
    return st;
}

/* An `early` one is announced only: its guest is still on another host. */
static vif_status vif__profile_apply(vif__job *j, vif_resource *r)
{
    const bool qbg = r->want.profile.port->name != NULL;
    int found;

    if (!r->want.profile.early) {
        return vif__profile_talk(j, r, VIF_PORT_ASSOCIATE, &found);
    }
    return vif__profile_talk(j, r, qbg ? VIF_PORT_PREASSOCIATE : VIF_PORT_PREASSOCIATE_RR, &found);
}

/* Where nobody is that could have it, it is gone. */
static vif_status vif__profile_revert(vif__job *j, vif_resource *r)
{
    int found;
    const vif_status st = vif__profile_talk(j, r, VIF_PORT_DISASSOCIATE, &found);

    return j->step.sys_errno != 0 && j->step.sys_errno != EPERM && j->step.sys_errno != EBUSY
        ? VIF_OK : st;
}

/* Qbh names a profile, Qbg numbers it. */
static void vif__profile_describe(const vif_resource *r, const vif__sink *s)
{
    const vif_nl_port *port = r->want.profile.port;

    vif__say(s, "of", r->other);
    if (port->name == NULL) {
        vif__say(s, "name", port->profile);
    } else {
        vif__say_int(s, "manager", port->manager);
        vif__say_int(s, "type", port->type);
        vif__say_int(s, "version", port->version);
    }
    if (r->want.profile.early) {
        vif__say(s, "early", "yes");
    }
}
#endif

#ifndef VIF_NO_OVS
/* >>kinds: rows of Open vSwitch
 *
 * Adjacent resources of these kinds are one group, and each of its states one transaction: it is
 * tried (TRY) or looked at (LOOK, LOOK_MORE), changed (CHANGE), waited for (APPLIED), rid of other
 * holders of an interface id (SWEEP), and waited for again (READY). An unplug sweeps first, and
 * then waits. Their rows in vif__kinds write what they need into the transaction under
 * construction. */

enum { VIF__ROWS_TRY, VIF__ROWS_LOOK, VIF__ROWS_LOOK_MORE, VIF__ROWS_CHANGE, VIF__ROWS_APPLIED,
       VIF__ROWS_SWEEP, VIF__ROWS_READY };

static bool vif__ovs_waits(const vif__job *j)
{
    return j->plan.policy.ovs_wait != VIF_OVS_WAIT_COMMITTED;
}

static bool vif__ovs_waits_ready(const vif__job *j)
{
    return j->plan.policy.ovs_wait == VIF_OVS_WAIT_READY;
}

/* Whether an unplug takes the resource's rows away, or may. */
static bool vif__ovs_goes(const vif_resource *r)
{
    return r->whose == VIF_OWN || r->whose == VIF_COUNTED;
}

/* Whether it is a part of a network: it goes with the last port that is none of that. */
static bool vif__ovs_is_net(const vif_resource *r)
{
#ifndef VIF_NO_NETWORKS
    return r->whose == VIF_COUNTED && !r->want.ovs->by_vifs;
#else
    (void)r;
    return false;
#endif
}

/* The resource's rows are not there, as far as is known. */
static bool vif__ovs_absent(const vif_resource *r)
{
    return r->want.ovs->priv.uuid[0] == '\0';
}

/* Whether other holders of the interface id matter: the server walks all interfaces for them. */
static bool vif__ovs_seeks(const vif__job *j, const vif_ovs *o)
{
    return o->iface_id != NULL && (j->dry || j->plan.policy.ovs_remove_stale);
}

/* Whether the first look has left something open: what is there, of a port that an unplug has not
 * found by its tag; of one that is plugged where it is and who else holds its interface id; of a
 * bridge that is missing, or may be by this call, the port of its name. */
static bool vif__ovs_asks_more(const vif__job *j, const vif_resource *r)
{
    const vif_ovs *o = r->want.ovs;

    if (j->phase == VIF__REMOVE) {
#ifndef VIF_NO_NETWORKS
        if (o->anchor && !vif__ovs_absent(r)) {
            return true;
        }
#endif
        return o->bridge != NULL && vif__ovs_absent(r) && r->whose == VIF_OWN;
    }
    return o->bridge == NULL ? vif__ovs_absent(r) || o->priv.sent
        : !vif__ovs_absent(r) || o->priv.holders != NULL;
}

/* What may go with the VIF in the plan, and has that name. */
static vif_ovs *vif__ovs_in_plan(const vif__job *j, vif_ovsdb_value name, bool bridge)
{
    size_t i = j->rows.first;

    while (i < j->rows.end && (!vif__ovs_goes(&j->plan.items[i]) ||
                               (j->plan.items[i].want.ovs->bridge == NULL) != bridge ||
                               !vif_ovsdb_is(name, j->plan.items[i].want.ovs->name))) {
        i++;
    }
    return i < j->rows.end ? j->plan.items[i].want.ovs : NULL;
}

/* Adds a row to, or takes it from, a set of references: uuid, or that of an insert. */
static void vif__ovs_mutate(vif_ovsdb_txn *t, const char *column, const char *mutator,
                            const char *uuid, int insert)
{
    vif_ovsdb_mutation(t, column, mutator);
    if (uuid != NULL) {
        vif_ovsdb_put_uuid(t, uuid);
    } else {
        vif_ovsdb_put_ref(t, insert);
    }
}

/* >>kinds: looking at rows
 *
 * What is asked of the server before anything is changed, and what its answer means. A resource
 * writes its selects into the transaction of the group and notes the number of the first; when the
 * answer is there it reads its own results and fills its private part, or fails the step. Nothing
 * is decided here. The server has an index of UUIDs only: whatever is asked for otherwise costs a
 * walk over its table, so a select by name or tag has to be worth it. */

/* What the plan wants of a column or key; NULL: nothing. */
static const vif_ovs_column *vif__ovs_cell(const vif_ovs *o, const char *column, const char *key)
{
    const vif_ovs_column *c = o->columns;

    while (c != NULL && (c->fresh || strcmp(c->column, column) != 0 ||
                         (c->key == NULL) != (key == NULL) ||
                         (key != NULL && strcmp(c->key, key) != 0))) {
        c = c->next;
    }
    return c;
}

/* Columns of a select, each with its NUL. */
static void vif__ovs_columns(vif_ovsdb_txn *t, const char *names)
{
    for (; *names != '\0'; names += strlen(names) + 1) {
        vif_ovsdb_column(t, names);
    }
}

/* Selects columns of the row of that name: the server walks the whole table for it. */
static void vif__ovs_find(vif_ovsdb_txn *t, const char *table, const char *name,
                          const char *columns)
{
    (void)vif_ovsdb_select(t, table);
    vif_ovsdb_where_text(t, "name", name);
    vif__ovs_columns(t, columns);
}

/* The same, with all that the plan has something to say of. */
static void vif__ovs_select(vif_ovsdb_txn *t, const vif_ovs *o, const char *table,
                            const char *columns)
{
    vif__ovs_find(t, table, o->name, columns);
    vif_ovsdb_cells_columns(t, o->columns, table);
}

/* The names of all interfaces with that id. */
static void vif__ovs_find_holders(vif_ovsdb_txn *t, const char *iface_id)
{
    (void)vif_ovsdb_select(t, "Interface");
    vif_ovsdb_where_pair(t, "external_ids", "iface-id", iface_id);
    vif_ovsdb_column(t, "name");
}

/* Another port with the interface id; a port or bridge with the VIF's tag; a counted bridge. */
typedef struct vif__ovs_holder {
    struct vif__ovs_holder *next;
    char name[65], uuid[37];
    bool bridge, used;                  /* used: the trunk bridge has ports of other VIFs */
} vif__ovs_holder;

/* One more of them. NULL: no memory, and the step has failed. */
static vif__ovs_holder *vif__ovs_hold(vif__job *j, vif_ovs *o, const char *name,
                                      const char *uuid)
{
    vif__ovs_holder *h = (vif__ovs_holder *)vif__alloc(j, sizeof *h);

    if (h != NULL) {
        memset(h, 0, sizeof *h);
        vif_cat(h->name, sizeof h->name, name);
        vif_cat(h->uuid, sizeof h->uuid, uuid);
        h->next = o->priv.holders;
        o->priv.holders = h;
    }
    return h;
}

/* Whether it goes in a transaction of its own, behind the others (SWEEP). */
static bool vif__ovs_goes_last(const vif__job *j, const vif__ovs_holder *h)
{
    return j->phase == VIF__REMOVE ? h->bridge : h->uuid[0] != '\0';
}

/* Ports, then bridges, that carry the tag, then trunk bridges that have it among others. */
static void vif__ovs_look_tagged(vif__job *j, const vif_resource *r)
{
    static const char tables[] = "Port\0Bridge\0Bridge";
    const char *const tag = r->want.ovs->name;
    vif_ovsdb_txn *t = j->rows.txn;
    unsigned k;

    for (k = 0; k < 3; k++) {
        (void)vif_ovsdb_select(t, vif__packed(tables, k));
        vif_ovsdb_where_pair(t, "external_ids", k == 2 ? tag : "vif", k == 2 ? "user" : tag);
        vif__ovs_columns(t, "_uuid\0name\0");
    }
}

/* One that the plan names is that resource's; the others go besides. */
static void vif__ovs_seen_tagged(vif__job *j, vif_resource *r, const vif_ovsdb_event *ev)
{
    vif_ovs *o = r->want.ovs, *named;
    char uuid[37], name[65];
    vif__ovs_holder *h;
    vif_ovsdb_value row;
    unsigned k;

    o->priv.holders = NULL;
    for (k = 0; k < 3; k++) {
        vif_ovsdb_iter rows = vif_ovsdb_rows(ev, o->priv.op + (int)k);

        while (vif_ovsdb_next(&rows, NULL, &row)) {
            if (!vif_ovsdb_uuid(vif_ovsdb_member(row, "_uuid"), uuid)) {
                continue;
            }
            named = vif__ovs_in_plan(j, vif_ovsdb_member(row, "name"), k != 0);
            if (named != NULL) {
                memcpy(named->priv.uuid, uuid, sizeof uuid);
                named->priv.tagged = true;
                continue;
            }
            (void)vif_ovsdb_text(vif_ovsdb_member(row, "name"), name, sizeof name);
            if (k == 2 && !vif__is_trunk(name)) {
                continue;               /* a word of somebody else's */
            }
            h = vif__ovs_hold(j, o, name, uuid);
            if (h == NULL) {
                return;
            }
            h->bridge = k != 0;
        }
    }
}

/* Interfaces of VIFs on a trunk bridge: they say so, as Neutron wants it. */
static void vif__ovs_users(vif_ovsdb_txn *t, const char *bridge)
{
    vif_ovsdb_where_pair(t, "external_ids", "bridge_name", bridge);
    vif_ovsdb_column(t, "name");
}

/* Of a bridge that a plan says little of at least the datapath is wanted: ports of one in userspace
 * are made anew where their device is. A dry run of an unplug says whether a trunk bridge goes. */
static void vif__ovs_look_bridge(vif__job *j, const vif_resource *r)
{
    vif__ovs_select(j->rows.txn, r->want.ovs, "Bridge", "_uuid\0");
    if (vif__ovs_cell(r->want.ovs, "datapath_type", NULL) == NULL) {
        vif_ovsdb_column(j->rows.txn, "datapath_type");
    }
    if (j->dry && r->want.ovs->by_vifs) {
        (void)vif_ovsdb_select(j->rows.txn, "Interface");
        vif__ovs_users(j->rows.txn, r->want.ovs->name);
    }
    if (r->want.ovs->guarded) {
        (void)vif_ovsdb_select(j->rows.txn, "Open_vSwitch");
        vif_ovsdb_where_all(j->rows.txn);
        vif_ovsdb_column(j->rows.txn, "other_config");
    }
}

/* A port that has the name of the bridge, and whether somebody has made the bridge meanwhile. */
static void vif__ovs_look_bridge_more(vif__job *j, const vif_resource *r)
{
    vif__ovs_find(j->rows.txn, "Port", r->want.ovs->name, "_uuid\0");
    vif__ovs_find(j->rows.txn, "Bridge", r->want.ovs->name, "_uuid\0");
}

/* QoS rows that were made for the port of that name. */
static void vif__ovs_where_qos_of(vif_ovsdb_txn *t, const char *port)
{
    char id[37];

    vif__qos_id(port, id);
    vif_ovsdb_where_pair(t, "external_ids", "id", id);
}

/* What the switch makes of an interface: see vif__ovs_seen_state. */
static const char vif__ovs_state[] = "ofport\0error\0ifindex\0";

static const char vif__no_uuid[] = "00000000-0000-0000-0000-000000000000";

/* The name of the port's interface: of a bond's first. */
static const char *vif__ovs_interface(const vif_ovs *o, char to[65])
{
#ifndef VIF_NO_NETWORKS
    const char *list = o->links;

    if (list != NULL && vif_list_next(&list, to, 65)) {
        return to;
    }
#endif
    (void)to;
    return o->name;
}

/* The port and its interface. */
static void vif__ovs_look_rows(vif_ovsdb_txn *t, const vif_ovs *o)
{
    char name[65];

    vif__ovs_select(t, o, "Port", "_uuid\0interfaces\0qos\0");
    vif__ovs_find(t, "Interface", vif__ovs_interface(o, name), "_uuid\0");
    vif_ovsdb_cells_columns(t, o->columns, "Interface");
    vif__ovs_columns(t, vif__ovs_state);
    if (vif__ovs_cell(o, "type", NULL) == NULL) {
        vif_ovsdb_column(t, "type");
    }
}

/* Whether the port's queue has to be looked at: one may be there from before, whatever there is to
 * be now. */
static bool vif__ovs_seeks_queue(const vif__job *j, const vif_ovs *o)
{
#ifndef VIF_NO_SWITCH
    return j->phase != VIF__REMOVE && (o->qos_max_rate != NULL || o->qos_none);
#else
    (void)j;
    (void)o;
    return false;
#endif
}

/* Its queue and its QoS row; a bridge of its name. An unplug leaves it at that, as its tag leads to
 * the port without a walk over all interfaces; else the port itself, who else holds the interface
 * id, whether there are its mirrors. */
static void vif__ovs_look_port(vif__job *j, const vif_resource *r)
{
    vif_ovsdb_txn *t = j->rows.txn;
    vif_ovs *o = r->want.ovs;
    const char *list = o->mirrors;
    char name[65];

    if (vif__ovs_seeks_queue(j, o)) {
        (void)vif_ovsdb_select(t, "Queue");
        vif__ovs_where_qos_of(t, o->name);
        vif__ovs_columns(t, "_uuid\0other_config\0");
    }
    (void)vif_ovsdb_select(t, "QoS");
    vif__ovs_where_qos_of(t, o->name);
    vif__ovs_columns(t, "_uuid\0type\0other_config\0queues\0");
    vif__ovs_find(t, "Bridge", o->name, "_uuid\0");
    if (j->phase == VIF__REMOVE) {
        return;
    }
    vif__ovs_look_rows(t, o);
    if (vif__ovs_seeks(j, o)) {
        vif__ovs_find_holders(t, o->iface_id);
    }
    if (list != NULL) {
        vif__ovs_find(t, "Bridge", o->bridge, "mirrors\0");
    }
    while (vif_list_next(&list, name, sizeof name)) {
        vif__ovs_find(t, "Mirror", name, "_uuid\0");
    }
#ifndef VIF_NO_NETWORKS
    for (list = o->links; vif_list_next(&list, name, sizeof name);) {
        vif__ovs_find(t, "Interface", name, "_uuid\0");
    }
#endif
}

static const char *const vif__mirror_columns[2] = {"select_src_port", "select_dst_port"};

/* By the uuids found: the bridge it is on, the ports that hold the id, which mirrors see it. By its
 * name a port that an unplug has not found by its tag. */
static void vif__ovs_look_port_more(vif__job *j, const vif_resource *r)
{
    vif_ovsdb_txn *t = j->rows.txn;
    vif_ovs *o = r->want.ovs;
    const char *list = vif__ovs_absent(r) ? NULL : o->mirrors;
    const vif__ovs_holder *h;
    char name[65];
    unsigned n, k;

    if (j->phase == VIF__REMOVE) {
        vif__ovs_look_rows(t, o);
        return;
    }
    (void)vif_ovsdb_select(t, "Bridge");
    vif_ovsdb_where_has(t, "ports", vif__ovs_absent(r) ? vif__no_uuid : o->priv.uuid);
    vif_ovsdb_column(t, "name");
    for (h = o->priv.holders; h != NULL; h = h->next) {
        vif__ovs_find(t, "Port", h->name, "_uuid\0");
    }
    for (n = 0; vif_list_next(&list, name, sizeof name); n++) {
        for (k = 0; k < 2; k++) {
            (void)vif_ovsdb_select(t, "Mirror");
            vif_ovsdb_where_uuid(t, o->priv.mirrors[n]);
            vif_ovsdb_where(t, vif__mirror_columns[k], "includes");
            vif_ovsdb_put_uuid(t, o->priv.uuid);
            vif_ovsdb_column(t, "name");
        }
    }
}

/* Copies a string value, or JSON as it is, into the job's memory; NULL when there is none. */
static const char *vif__ovs_keep(vif__job *j, vif_ovsdb_value value, bool decode)
{
    const char *text = vif_ovsdb_copy(value, decode, &j->arena);

    if (text == NULL && value.text != NULL) {
        (void)vif__no_memory(j);
    }
    return text;
}

/* The same of a text that may be missing: then an empty one. */
static const char *vif__ovs_word(vif__job *j, vif_ovsdb_value value)
{
    const char *text = vif__ovs_keep(j, value, true);

    return text != NULL ? text : "";
}

/* What the columns are in the row that was found (if there is one), and whether they are right. An
 * earlier failure of the look stays the one that is told. */
static void vif__ovs_note(vif__job *j, const vif_ovs *o, const char *table, vif_ovsdb_value row)
{
    vif_error err;

    if (vif_ovsdb_cells_note(o->columns, table, row, &j->arena, &err) != VIF_OK &&
        j->step.status == VIF_OK) {
        j->step = err;
    }
}

/* Whether one of the interfaces is not the plan's. */
static bool vif__ovs_is_used(const vif__job *j, vif_ovsdb_iter rows)
{
    vif_ovsdb_value row;
    bool used = false;

    while (!used && vif_ovsdb_next(&rows, NULL, &row)) {
        used = vif__ovs_in_plan(j, vif_ovsdb_member(row, "name"), false) == NULL;
    }
    return used;
}

/* A counted bridge is swept at an unplug. */
static void vif__ovs_hold_counted(vif__job *j, vif_resource *r)
{
    vif_ovs *o = r->want.ovs;
    vif__ovs_holder *h = j->phase == VIF__REMOVE && r->whose == VIF_COUNTED && !vif__ovs_absent(r)
        ? vif__ovs_hold(j, o, o->name, o->priv.uuid) : NULL;

    if (h != NULL) {
        h->bridge = true;
    }
}

/* What was noted by an earlier look, or thought of before there was one, is forgotten first. */
static void vif__ovs_seen_bridge(vif__job *j, vif_resource *r, const vif_ovsdb_event *ev)
{
    vif_ovs *o = r->want.ovs;
    const vif_ovsdb_value row = vif_ovsdb_first(ev, o->priv.op);

    o->priv.holders = NULL;
    o->priv.uuid[0] = o->priv.iface[0] = '\0';
    (void)vif_ovsdb_uuid(vif_ovsdb_member(row, "_uuid"), o->priv.uuid);
    o->priv.taken = o->priv.tagged = false;
    o->priv.netdev = vif_ovsdb_is(vif_ovsdb_member(row, "datapath_type"), "netdev");
    vif__ovs_note(j, o, "Bridge", row);
    vif__ovs_hold_counted(j, r);
    if (j->dry && o->by_vifs && o->priv.holders != NULL) {
        o->priv.holders->used = vif__ovs_is_used(j, vif_ovsdb_rows(ev, o->priv.op + 1));
    }
    if (o->guarded) {
        const int op = o->priv.op + 1 + (j->dry && o->by_vifs);

        o->priv.offloads = vif_ovsdb_is(vif_ovsdb_map_get(vif_ovsdb_member(
            vif_ovsdb_first(ev, op), "other_config"), "hw-offload"), "true");
    }
}

/* Where the bridge is missing that port stands in its way; where this call made it, it is the port
 * that a bridge without others has. */
static void vif__ovs_seen_bridge_more(vif__job *j, vif_resource *r, const vif_ovsdb_event *ev)
{
    vif_ovs *o = r->want.ovs;
    const vif_ovsdb_value port = vif_ovsdb_first(ev, o->priv.op);

    (void)j;
    o->priv.taken = vif_ovsdb_uuid(vif_ovsdb_member(port, "_uuid"), o->priv.iface) &&
        vif__ovs_absent(r) && vif_ovsdb_first(ev, o->priv.op + 1).text == NULL;
}

/* The switch writes ofport -1 and words into error where it could not open the device; before it
 * has looked at the row at all, neither. */
static void vif__ovs_seen_state(vif__job *j, vif_ovs *o, vif_ovsdb_value row)
{
    const vif_ovsdb_value error = vif_ovsdb_member(row, "error");

    o->priv.ofport = o->priv.ifindex = 0;
    (void)vif_ovsdb_int(vif_ovsdb_member(row, "ofport"), &o->priv.ofport);
    (void)vif_ovsdb_int(vif_ovsdb_member(row, "ifindex"), &o->priv.ifindex);
    o->priv.error = vif_ovsdb_type(error) == VIF_JSON_STRING ? vif__ovs_keep(j, error, true) : NULL;
    o->priv.error = vif_has_text(o->priv.error) ? o->priv.error : NULL;
    o->priv.broken = o->priv.ofport <= 0 || o->priv.error != NULL;
#ifndef VIF_NO_NETWORKS
    if (o->refusal != NULL) {           /* a patch port whose peer comes loses its error later */
        o->priv.broken = o->priv.ofport <= 0;
    }
#endif
}

/* The bridge that the port is on; of several one that it should not be on. */
static void vif__ovs_seen_bridges(vif__job *j, vif_ovs *o, vif_ovsdb_iter rows)
{
    vif_ovsdb_value row;

    while ((o->priv.bridge[0] == '\0' || strcmp(o->priv.bridge, o->bridge) == 0) &&
           vif_ovsdb_next(&rows, NULL, &row)) {
        o->priv.bridge = vif__ovs_word(j, vif_ovsdb_member(row, "name"));
    }
}

/* What other_config of a QoS row, or of the queue, is to be: the nth key and its value; NULL: there
 * is no nth. Of a queue that is the port's only one, all three are what the type has. */
static const char *vif__ovs_qos_pair(const vif_ovs *o, bool queue, unsigned n, const char **value)
{
    static const char keys[] = "max-rate\0min-rate\0burst\0cir\0cbs";
    const bool policer = !queue && o->qos_burst != NULL && strcmp(o->qos, "egress-policer") == 0;
    const unsigned count = queue ? 3 : policer ? 2 : 1;

    *value = (queue && n == 2) || (policer && n == 1) ? o->qos_burst : o->qos_max_rate;
    return n < count ? vif__packed(keys, policer ? n + 3 : n) : NULL;
}

/* Whether all pairs are there, as they are wanted. */
static bool vif__ovs_qos_is(const vif_ovs *o, bool queue, vif_ovsdb_value config)
{
    const char *key, *value;
    unsigned n;

    for (n = 0; (key = vif__ovs_qos_pair(o, queue, n, &value)) != NULL; n++) {
        if (!vif_ovsdb_is(vif_ovsdb_map_get(config, key), value)) {
            return false;
        }
    }
    return true;
}

#ifndef VIF_NO_SWITCH
static bool vif__ovs_has_queue(const vif_ovs *o)
{
    return o->qos_burst != NULL && strcmp(o->qos, "egress-policer") != 0;
}

/* The queue that all frames of the port are in: is it the port's own, and as wanted, if one is? */
static void vif__ovs_seen_queue(vif__job *j, vif_ovs *o, vif_ovsdb_iter rows, vif_ovsdb_value qos)
{
    vif_ovsdb_iter queues = vif_ovsdb_map_of(vif_ovsdb_member(qos, "queues"));
    vif_ovsdb_value key, used = {NULL, 0}, queue = {NULL, 0}, config;
    int64_t number = -1;
    bool found = false;

    while (number != 0 && vif_ovsdb_next(&queues, &key, &used)) {
        (void)vif_ovsdb_int(key, &number);
    }
    used = number == 0 ? used : vif_ovsdb_view(NULL, 0);
    while (!found && vif_ovsdb_next(&rows, NULL, &queue)) {
        found = vif_ovsdb_same(vif_ovsdb_member(queue, "_uuid"), used);
    }
    config = found ? vif_ovsdb_member(queue, "other_config") : vif_ovsdb_view(NULL, 0);
    o->priv.queue0 = vif__ovs_keep(j, used, false);
    o->priv.queue_config = vif__ovs_keep(j, config, false);
    o->priv.queue_right = vif__ovs_has_queue(o) ? found && vif__ovs_qos_is(o, true, config)
                                                : !found;
}

#endif

/* Whether the port uses the row, and it is of the right type and rate; or none has a rate. */
static bool vif__ovs_is_qos(const vif_ovs *o, bool used, vif_ovsdb_value config)
{
    if (o->qos_none) {
        return !used || (vif_ovsdb_map_get(config, "max-rate").text == NULL &&
                         vif_ovsdb_map_get(config, "cir").text == NULL && o->priv.queue_right);
    }
    return o->qos_max_rate == NULL ||
        (used && o->priv.queue_right && vif_has_text(o->priv.qos_type) &&
         strcmp(o->priv.qos_type, o->qos) == 0 && vif__ovs_qos_is(o, false, config));
}

/* Is there a QoS row for the port? And does the port use it? */
static void vif__ovs_seen_qos(vif__job *j, vif_ovs *o, const vif_ovsdb_event *ev, int op,
                              vif_ovsdb_value port)
{
    vif_ovsdb_iter rows = vif_ovsdb_rows(ev, op);
    const vif_ovsdb_value used = vif_ovsdb_member(port, "qos");
    vif_ovsdb_value qos = {NULL, 0}, config;
    bool found = false;

    while (!found && vif_ovsdb_next(&rows, NULL, &qos)) {   /* several: others are left over */
        found = vif_ovsdb_same(vif_ovsdb_member(qos, "_uuid"), used);
    }
    config = vif_ovsdb_member(qos, "other_config");
    o->priv.qos_uuid = vif__ovs_keep(j, vif_ovsdb_member(qos, "_uuid"), false);
    o->priv.qos_type = vif__ovs_keep(j, vif_ovsdb_member(qos, "type"), true);
    o->priv.qos_config = vif__ovs_keep(j, config, false);
    o->priv.qos = vif__ovs_keep(j, used, false);
    o->priv.queue_right = true;
#ifndef VIF_NO_SWITCH
    if (vif__ovs_seeks_queue(j, o)) {
        vif__ovs_seen_queue(j, o, vif_ovsdb_rows(ev, op - 1), qos);
    }
#endif
    o->priv.qos_right = vif__ovs_is_qos(o, found, config);
}

/* A port of the plan that has the interface id of another one of it gives the id up, and stays. */
static bool vif__ovs_unbinds(vif__job *j, vif_ovsdb_value name)
{
    vif_ovs *o = vif__ovs_in_plan(j, name, false);

    if (o != NULL) {
        o->priv.unbind = true;
    }
    return o != NULL;
}

/* All interfaces with the id but the port's own; of many the first, as a request has room for. */
static void vif__ovs_seen_holders(vif__job *j, vif_ovs *o, vif_ovsdb_iter rows)
{
    vif_ovsdb_value row;
    unsigned count = 0;
    char name[65];

    o->priv.holders = NULL;
    while (vif__ovs_seeks(j, o) && count++ < 16 && vif_ovsdb_next(&rows, NULL, &row)) {
        if (vif_ovsdb_is(vif_ovsdb_member(row, "name"), o->name) ||
            vif__ovs_unbinds(j, vif_ovsdb_member(row, "name"))) {
            continue;
        }
        (void)vif_ovsdb_text(vif_ovsdb_member(row, "name"), name, sizeof name);
        if (vif__ovs_hold(j, o, name, "") == NULL) {
            return;
        }
    }
}

/* The mirror among the rows that is one of the bridge's: mirrors of others may have its name. */
static bool vif__ovs_mirror_of(vif_ovsdb_iter rows, vif_ovsdb_value mirrors, char uuid[37])
{
    vif_ovsdb_value row, one;
    char other[37];

    while (vif_ovsdb_next(&rows, NULL, &row)) {
        vif_ovsdb_iter it = vif_ovsdb_set_of(mirrors);

        (void)vif_ovsdb_uuid(vif_ovsdb_member(row, "_uuid"), uuid);
        while (vif_ovsdb_next(&it, NULL, &one)) {
            if (vif_ovsdb_uuid(one, other) && strcmp(other, uuid) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* Looks for all mirrors of the plan, from that operation on; one that is missing is named. */
static void vif__ovs_seen_mirrors(vif__job *j, vif_ovs *o, const vif_ovsdb_event *ev, int op)
{
    const char *list = o->mirrors, *at = list;
    const vif_ovsdb_value mirrors = vif_ovsdb_member(vif_ovsdb_first(ev, op), "mirrors");
    char name[65];
    unsigned n;

    o->priv.no_mirror = NULL;
    o->priv.mirrors_right = list == NULL;
    o->priv.mirrored = 0;
    if (list == NULL) {
        return;
    }
    o->priv.mirrors = (char (*)[37])vif__alloc(j, 8 * sizeof *o->priv.mirrors);
    if (o->priv.mirrors == NULL) {
        return;
    }
    for (n = 0; n < 8 && vif_list_next(&list, name, sizeof name); n++, at = list) {
        if (!vif__ovs_mirror_of(vif_ovsdb_rows(ev, ++op), mirrors, o->priv.mirrors[n])) {
            o->priv.no_mirror = at;
        }
    }
}

/* An interface without a port of its name is another port's, as a bond has several. */
static void vif__ovs_seen_rows(vif__job *j, vif_ovs *o, const vif_ovsdb_event *ev, int op)
{
    const vif_ovsdb_value port = vif_ovsdb_first(ev, op), iface = vif_ovsdb_first(ev, op + 1);

    (void)vif_ovsdb_uuid(vif_ovsdb_member(port, "_uuid"), o->priv.uuid);
    (void)vif_ovsdb_uuid(vif_ovsdb_member(iface, "_uuid"), o->priv.iface);
    o->priv.taken = port.text == NULL && iface.text != NULL;
    o->priv.bond = vif_ovsdb_count(vif_ovsdb_member(port, "interfaces")) > 1;
    o->priv.type = vif__ovs_word(j, vif_ovsdb_member(iface, "type"));
    vif__ovs_seen_state(j, o, iface);
    vif__ovs_note(j, o, "Port", port);
    vif__ovs_note(j, o, "Interface", iface);
}

#ifndef VIF_NO_NETWORKS
/* Whether the port has the interfaces from that operation on, and no others. */
static bool vif__ovs_has_links(const vif_ovs *o, const vif_ovsdb_event *ev, int op,
                               vif_ovsdb_value interfaces)
{
    const char *list = o->links;
    char name[17], uuid[37], other[37];
    size_t found = 0, count = 0;
    vif_ovsdb_value one;

    while (vif_list_next(&list, name, sizeof name)) {
        vif_ovsdb_iter it = vif_ovsdb_set_of(interfaces);
        const bool there = vif_ovsdb_uuid(vif_ovsdb_member(vif_ovsdb_first(ev, op++), "_uuid"),
                                          uuid);

        while (there && vif_ovsdb_next(&it, NULL, &one)) {
            found += vif_ovsdb_uuid(one, other) && strcmp(other, uuid) == 0;
        }
        count++;
    }
    return found == count && vif_ovsdb_count(interfaces) == count;
}
#endif

/* The results stand in the order in which vif__ovs_look_port has asked. A bond has no mirrors, and
 * no interface id. */
static void vif__ovs_seen_port(vif__job *j, vif_resource *r, const vif_ovsdb_event *ev)
{
    vif_ovs *o = r->want.ovs;
    const int op = o->priv.op + (vif__ovs_seeks_queue(j, o) ? 1 : 0);
    const bool plug = j->phase != VIF__REMOVE;

    o->priv.uuid[0] = o->priv.iface[0] = '\0';
    o->priv.bridge = "";
    o->priv.taken = o->priv.bond = o->priv.unbind = o->priv.renew = o->priv.tagged = false;
    vif__ovs_seen_qos(j, o, ev, op,
                      plug ? vif_ovsdb_first(ev, op + 2) : vif_ovsdb_view(NULL, 0));
    o->priv.local = vif_ovsdb_first(ev, op + 1).text != NULL && strcmp(o->name, o->bridge) != 0;
    if (plug) {
        vif__ovs_seen_rows(j, o, ev, op + 2);
        vif__ovs_seen_holders(j, o, vif_ovsdb_rows(ev, op + 4));
        vif__ovs_seen_mirrors(j, o, ev, op + (vif__ovs_seeks(j, o) ? 5 : 4));
#ifndef VIF_NO_NETWORKS
        o->priv.links_right = o->links != NULL &&
            vif__ovs_has_links(o, ev, op + 4, vif_ovsdb_member(vif_ovsdb_first(ev, op + 2),
                                                               "interfaces"));
#endif
    }
}

/* Holders that have no port any more keep an empty UUID, and are passed over. A mirror that shows
 * its name sees the port on that side. */
static void vif__ovs_seen_port_more(vif__job *j, vif_resource *r, const vif_ovsdb_event *ev)
{
    vif_ovs *o = r->want.ovs;
    const char *list = vif__ovs_absent(r) ? NULL : o->mirrors;
    vif__ovs_holder *h;
    int op = o->priv.op;
    char name[65];
    unsigned bit = 0;

    if (j->phase == VIF__REMOVE) {
        vif__ovs_seen_rows(j, o, ev, op);
        return;
    }
    o->priv.bridge = "";
    vif__ovs_seen_bridges(j, o, vif_ovsdb_rows(ev, op++));
    for (h = o->priv.holders; h != NULL; h = h->next) {
        h->uuid[0] = '\0';
        (void)vif_ovsdb_uuid(vif_ovsdb_member(vif_ovsdb_first(ev, op++), "_uuid"), h->uuid);
    }
    o->priv.mirrored = 0;
    while (bit < 32 && vif_list_next(&list, name, sizeof name)) {
        o->priv.mirrored |= (vif_ovsdb_first(ev, op++).text != NULL ? 1u : 0) << bit++;
        o->priv.mirrored |= (vif_ovsdb_first(ev, op++).text != NULL ? 1u : 0) << bit++;
    }
    o->priv.mirrors_right = o->priv.mirrored == (uint32_t)(((uint64_t)1 << bit) - 1);
}

#ifndef VIF_NO_NETWORKS
/* At an unplug, whether it is vif that has made what a network has, and a bridge's own port. */
static void vif__ovs_look_counted(vif__job *j, const vif_resource *r)
{
    const vif_ovs *o = r->want.ovs;

    vif__ovs_find(j->rows.txn, o->bridge == NULL ? "Bridge" : "Port", o->name,
                  "_uuid\0external_ids\0");
    if (o->bridge == NULL) {
        vif__ovs_find(j->rows.txn, "Port", o->name, "_uuid\0");
    }
}

/* Of a bridge that is counted, what the selects say: its row, its tag, and with whom it is shared.
 * What an earlier look found is forgotten first, as others change the bridge meanwhile. */
static void vif__ovs_seen_counted(vif__job *j, vif_resource *r, const vif_ovsdb_event *ev)
{
    vif_ovs *o = r->want.ovs;
    const int op = o->priv.op;
    const vif_ovsdb_value row = vif_ovsdb_first(ev, op);

    o->priv.holders = NULL;
    o->priv.bridge = "";
    o->priv.uuid[0] = o->priv.iface[0] = '\0';
    (void)vif_ovsdb_uuid(vif_ovsdb_member(row, "_uuid"), o->priv.uuid);
    o->priv.tagged = vif_ovsdb_is(vif_ovsdb_map_get(vif_ovsdb_member(row, "external_ids"), "vif"),
                                  j->shared_tag);
    if (o->bridge == NULL && o->priv.tagged) {
        (void)vif_ovsdb_uuid(vif_ovsdb_member(vif_ovsdb_first(ev, op + 1), "_uuid"),
                             o->priv.iface);
        vif__ovs_hold_counted(j, r);
    }
}

/* The bridge that the port is on. */
static void vif__ovs_look_on(vif__job *j, const vif_resource *r)
{
    (void)vif_ovsdb_select(j->rows.txn, "Bridge");
    vif_ovsdb_where_has(j->rows.txn, "ports", r->want.ovs->priv.uuid);
    vif_ovsdb_column(j->rows.txn, "name");
}

static void vif__ovs_seen_on(vif__job *j, vif_resource *r, const vif_ovsdb_event *ev)
{
    r->want.ovs->priv.bridge = "";
    vif__ovs_seen_bridges(j, r->want.ovs, vif_ovsdb_rows(ev, r->want.ovs->priv.op));
}
#endif

/* The looks of each kind, the first one and what it leaves open: what is asked, and what the answer
 * means. In the order of vif_kind; the last is that at what is counted, when it is to go. */
static const struct vif__ovs_look {
    void (*ask[2])(vif__job *j, const vif_resource *r);
    void (*seen[2])(vif__job *j, vif_resource *r, const vif_ovsdb_event *ev);
} vif__ovs_looks[] = {
    {{vif__ovs_look_bridge, vif__ovs_look_bridge_more},
     {vif__ovs_seen_bridge, vif__ovs_seen_bridge_more}},
    {{vif__ovs_look_port, vif__ovs_look_port_more}, {vif__ovs_seen_port, vif__ovs_seen_port_more}},
    {{vif__ovs_look_tagged, NULL}, {vif__ovs_seen_tagged, NULL}},
#ifndef VIF_NO_NETWORKS
    {{vif__ovs_look_counted, vif__ovs_look_on}, {vif__ovs_seen_counted, vif__ovs_seen_on}}
#endif
};

/* The looks at a resource that has a part in that state of the group; NULL: it has none. An unplug
 * leaves what is shared alone. */
static const struct vif__ovs_look *vif__ovs_look_of(const vif__job *j, const vif_resource *r)
{
    const bool part = j->rows.state == VIF__ROWS_LOOK_MORE ? vif__ovs_asks_more(j, r)
        : j->phase != VIF__REMOVE || vif__ovs_goes(r);

#ifndef VIF_NO_NETWORKS
    if (part && vif__ovs_is_net(r) && j->phase == VIF__REMOVE) {
        return &vif__ovs_looks[VIF_RES_OVS_TAGGED - VIF_RES_OVS_BRIDGE + 1];
    }
#endif
    return part ? &vif__ovs_looks[r->kind - VIF_RES_OVS_BRIDGE] : NULL;
}

/* >>kinds: testing rows
 *
 * What was seen is compared with what is wanted. What comes in is the private part of a resource,
 * with the cells of its rows noted; what goes out is its state, the differences that a check or a
 * dry run tells, or a refusal in words. A plug refuses what belongs to somebody else before it
 * changes anything; for an unplug the same tests say whether a row is the VIF's own, and goes. */

/* Refuses, saying what the row of that name is instead, and perhaps whose. */
static vif_status vif__ovs_is(vif__job *j, const vif_ovs *o, const char *what, const char *detail)
{
    return vif__step_say(j, VIF_E_EXISTS, detail != NULL ? "%s%s%e" : "%s%s", o->name, what,
                         detail);
}

/* Whose the port is: another owner's, another VIF's? One without ids is taken as it is. */
static vif_status vif__ovs_test_owner(vif__job *j, const vif_resource *r)
{
    const vif_ovs *o = r->want.ovs;
    const vif_ovs_column *c;
    bool alien;

#ifndef VIF_NO_NETWORKS
    if (o->links != NULL && !o->priv.links_right && !vif__ovs_absent(r) &&
        j->phase != VIF__REMOVE) {
        return vif__ovs_is(j, o, o->priv.bond ? " is a bond of other links" : " is no bond", NULL);
    }
    alien = o->priv.taken || o->priv.local ||
        (o->priv.bond && o->links == NULL &&
         !(j->phase == VIF__REMOVE && j->plan.policy.ovs_take_over));
#else
    alien = o->priv.taken || o->priv.bond || o->priv.local;
#endif
    if (alien) {
        return vif__ovs_is(j, o, o->priv.bond ? " is a bond"
                           : o->priv.local ? " is a bridge, not a port"
                           : o->bridge == NULL ? " is a port, not a bridge"
                           : " is an interface of another port", NULL);
    }
    for (c = o->columns; c != NULL && !o->priv.tagged && !j->plan.policy.ovs_take_over;
         c = c->next) {
        const bool tag = c->key != NULL && strcmp(c->key, "vif") == 0 && !c->fresh;

        if (c->differs && vif_has_text(c->found) && c->key != NULL &&
            (tag || strcmp(c->key, "iface-id") == 0)) {
            return vif__ovs_is(j, o, tag ? " belongs to " : " has the interface id ",
                               c->found);
        }
    }
    return VIF_OK;
}

/* Whether the rows carry the VIF's tag or its interface id. */
static bool vif__ovs_is_ours(const vif_ovs *o)
{
    const vif_ovs_column *tag = vif__ovs_cell(o, "external_ids", "vif");
    const vif_ovs_column *id = vif__ovs_cell(o, "external_ids", "iface-id");

    return (tag != NULL && tag->found != NULL && !tag->differs) ||
        (id != NULL && id->found != NULL && !id->differs);
}

/* Interface.type as the plan wants it; the kernel's devices have none. */
static const char *vif__ovs_type(const vif_ovs *o)
{
    const vif_ovs_column *c = vif__ovs_cell(o, "type", NULL);

    return c != NULL ? c->value : "";
}

/* The switch takes "system" for the same as no type. */
static bool vif__ovs_same_type(const vif_ovs *o)
{
    const char *found = strcmp(o->priv.type, "system") == 0 ? "" : o->priv.type;

    return strcmp(found, vif__ovs_type(o)) == 0;
}

#ifndef VIF_NO_NETWORKS
/* A network's port is known by its name. One that has no type, and no device of that name, is what
 * somebody has left half made. */
static vif_status vif__ovs_test_net(vif__job *j, const vif_ovs *o)
{
    if (o->priv.bridge[0] != '\0' && strcmp(o->priv.bridge, o->bridge) != 0) {
        return vif__step_fail(j, VIF_E_EXISTS, o->refusal);     /* (else it has just gone) */
    }
    return vif__ovs_same_type(o) || (o->priv.type[0] == '\0' && o->priv.broken) ? VIF_OK
        : vif__ovs_is(j, o, " is a port of another type: ", o->priv.type);
}
#endif

/* A port without the VIF's ids is taken for one that somebody made for it, where that can be: on
 * its bridge, and of its type. */
static vif_status vif__ovs_test_adopted(vif__job *j, const vif_ovs *o)
{
#ifndef VIF_NO_NETWORKS
    if (o->refusal != NULL) {
        return vif__ovs_test_net(j, o);
    }
#endif
    if (vif__ovs_is_ours(o) || j->plan.policy.ovs_take_over) {
        return VIF_OK;
    }
    if (!vif__ovs_same_type(o)) {
        return vif__ovs_is(j, o, " is a port of another type: ", o->priv.type);
    }
    return strcmp(o->priv.bridge, o->bridge) != 0
        ? vif__ovs_is(j, o, ", which has no ids of this VIF, is a port of ", o->priv.bridge)
        : VIF_OK;
}

/* The device that is there, where the plan has looked for it; 0: not known, or there is none. */
static int32_t vif__ovs_device(const vif__job *j, const vif_ovs *o)
{
    const vif__info *info = strlen(o->name) < 16 ? vif__info_find(j, 0, o->name) : NULL;

    return info != NULL ? info->link.index : 0;
}

/* Whether this call has made the port's device. */
static bool vif__ovs_device_is_new(const vif__job *j, const vif_ovs *o)
{
    size_t i = 0;

    while (i < j->rows.first && !(j->plan.items[i].priv.created &&
                                  strcmp(j->plan.items[i].link, o->name) == 0)) {
        i++;
    }
    return i < j->rows.first;
}

/* What the switch wrote about an earlier device of that name tells nothing of the one there is. One
 * that forwards in userspace keeps the earlier one open: its port is made anew. */
static void vif__ovs_test_device(vif__job *j, vif_resource *r)
{
    vif_ovs *o = r->want.ovs;
    const int32_t index = vif__ovs_device(j, o);
    size_t i;

    if (index == 0 || j->plan.policy.ovs_device_later || !vif__ovs_waits(j)) {
        return;
    }
    if (o->priv.ifindex != index || vif__ovs_device_is_new(j, o)) {
        vif__differ_int(j, r, "ifindex", index, o->priv.ifindex);
    }
    for (i = j->rows.first; i < j->rows.end && vif__ovs_device_is_new(j, o); i++) {
        const vif_ovs *b = j->plan.items[i].want.ovs;

        o->priv.renew = o->priv.renew || (b->priv.netdev && strcmp(b->name, o->bridge) == 0);
    }
}

/* "external_ids:iface-id" */
static const char *vif__ovs_title(const vif_ovs_column *c, char to[64])
{
    to[0] = '\0';
    vif__cat_format(to, 64, c->key != NULL ? "%s:%s" : "%s", c->column, c->key, NULL);
    return to;
}

static const char *vif__ovs_show(const char *json, char to[64])
{
    return vif_ovsdb_show(vif_ovsdb_view(json, strlen(json)), to, 64);
}

/* Tells of each cell that differs; of a column without keys as people would write it. */
static void vif__ovs_differ(vif__job *j, vif_resource *r)
{
    const vif_ovs_column *c;
    char title[64], wanted[64], found[64];

    for (c = r->want.ovs->columns; c != NULL; c = c->next) {
        const char *was = c->found != NULL ? c->found : "";

        if (c->differs) {
            vif__differ(j, r, vif__ovs_title(c, title),
                        c->json ? vif__ovs_show(c->value, wanted) : c->value,
                        c->key != NULL ? was : vif__ovs_show(was, found));
        }
    }
}

/* An unplug takes away what is there and goes with the VIF. */
static vif_status vif__ovs_test_gone(vif__job *j, vif_resource *r, bool goes)
{
    r->priv.created = true;
    r->priv.state = goes && vif__ovs_goes(r) ? VIF__DIFFERENT : VIF__RIGHT;
    return r->whose == VIF_OWN && !vif__ovs_absent(r) ? vif__ovs_test_owner(j, r) : VIF_OK;
}

/* A bridge is never moved to another datapath: its ports would all be made anew. Of a trunk bridge
 * a dry run of an unplug says whether it goes; a real one leaves what is counted to the sweep. */
static vif_status vif__ovs_bridge_test(vif__job *j, vif_resource *r)
{
    const vif_ovs_column *c = r->want.ovs->columns;
    const vif__ovs_holder *h = r->want.ovs->priv.holders;
    vif_status st;

    if (j->phase == VIF__REMOVE) {
        return vif__ovs_test_gone(j, r, r->whose != VIF_COUNTED ? !vif__ovs_absent(r)
                                  : j->dry && r->want.ovs->by_vifs && h != NULL && !h->used);
    }
    st = vif__ovs_test_owner(j, r);
#ifndef VIF_NO_NETWORKS
    if (st == VIF_OK && r->whose == VIF_BORROWED && vif__ovs_absent(r)) {
        st = vif__step_fail(j, VIF_E_NO_INTERFACE, r->want.ovs->refusal);
    }
#endif
    if (st != VIF_OK) {
        return st;
    }
#ifndef VIF_NO_SWITCH
    if (r->want.ovs->guarded && (r->want.ovs->priv.netdev || r->want.ovs->priv.offloads)) {
        return vif__step_say(j, VIF_E_UNSUPPORTED, "port_forged_transmits=false: %s",
                             r->want.ovs->priv.netdev ? vif__past_rules
                             : "with other_config:hw-offload frames pass rules of nftables by",
                             NULL, NULL);
    }
#endif
    if (vif__ovs_absent(r)) {
        vif__differ(j, r, "exists", "yes", "no");
    }
    for (; c != NULL; c = c->next) {
#ifndef VIF_NO_SWITCH
        if (c->differs && r->whose == VIF_BORROWED) {
            return vif__step_fail(j, VIF_E_CONFLICT, r->want.ovs->refusal);
        }
#endif
        if (c->differs && strcmp(c->column, "datapath_type") == 0 &&
            !(strcmp(c->value, "system") == 0 && strcmp(c->found, "\"\"") == 0)) {
            return vif__ovs_is(j, r->want.ovs, " is a bridge of another datapath: ", c->found);
        }
    }
    vif__ovs_differ(j, r);
    return VIF_OK;
}

/* A port is the VIF's own by its tag or its id; without them where its type says so, too. The one
 * that has its bridge's name is the bridge's. */
static vif_status vif__ovs_port_test_gone(vif__job *j, vif_resource *r)
{
    const vif_ovs *o = r->want.ovs;

    if (strcmp(o->bridge, o->name) == 0 || r->whose != VIF_OWN) {
        return VIF_OK;
    }
    return vif__ovs_test_gone(j, r, vif__ovs_absent(r) ? o->priv.qos_type != NULL
        : o->priv.tagged || vif__ovs_is_ours(o) || j->plan.policy.ovs_take_over ||
          (vif__ovs_type(o)[0] != '\0' && vif__ovs_same_type(o)));
}

/* First whose it is, then whether the plan can be carried out at all, then what differs. What other
 * ports hold the id is told only by a check or a dry run: a plug takes them away at its end. */
static vif_status vif__ovs_port_test(vif__job *j, vif_resource *r)
{
    const vif_ovs *o = r->want.ovs;
    const vif__ovs_holder *h = j->dry ? o->priv.holders : NULL;
    vif_status st;

    if (j->phase == VIF__REMOVE) {
        return vif__ovs_port_test_gone(j, r);
    }
    st = vif__ovs_test_owner(j, r);
    st = st == VIF_OK && !vif__ovs_absent(r) ? vif__ovs_test_adopted(j, o) : st;
    if (st != VIF_OK) {
        return st;
    }
    if (o->priv.no_mirror != NULL) {
        const char *at = o->priv.no_mirror;
        char name[65];

        (void)vif_list_next(&at, name, sizeof name);
        return vif__step_say(j, VIF_E_INVAL, "ovs_mirrors: there is no mirror %e", name, NULL,
                             NULL);
    }
    for (; h != NULL; h = h->next) {
        vif__differ(j, r, "stale holder", "none", h->name);
    }
    if (vif__ovs_absent(r) && r->optional) {
        return VIF_OK;                  /* it has gone since it was listed */
    }
    if (vif__ovs_absent(r)) {
        vif__differ(j, r, "exists", "yes", "no");
        return VIF_OK;
    }
    if (strcmp(o->priv.bridge, o->bridge) != 0) {
        vif__differ(j, r, "bridge", o->bridge, o->priv.bridge);
    }
    if (o->priv.broken && !j->plan.policy.ovs_device_later && vif__ovs_waits(j)) {
        vif__differ(j, r, "ofport", "a port of the switch",
                    o->priv.error != NULL ? o->priv.error : "none");
    }
    vif__ovs_test_device(j, r);
    if (o->priv.unbind) {
        vif__differ(j, r, "external_ids:iface-id", "none", "another port's");
    }
    if (!o->priv.mirrors_right) {
        vif__differ(j, r, "mirrors", o->mirrors, "not all");
    }
    if (!o->priv.qos_right) {
        vif__differ(j, r, "qos max-rate", o->qos_none ? "none" : o->qos_max_rate, "another");
    }
    vif__ovs_differ(j, r);
    return VIF_OK;
}

/* >>kinds: changing rows
 *
 * The operations that make rows as they are wanted, take them away, or put back what was found.
 * They go into one transaction with those of other VIFs, which the server does whole or not at
 * all. It holds only if the rows are still those that were seen: each change of an existing row is
 * guarded by a wait without patience, which fails the transaction, and all is looked at again.
 * Maps and sets that others write to, too, are mutated by key and by element, never updated. */

/* Whether the plan has the port that has its bridge's name. */
static bool vif__ovs_has_local(const vif__job *j, const vif_ovs *bridge)
{
    size_t i;

    for (i = j->rows.first; i < j->rows.end; i++) {
        const vif_ovs *o = j->plan.items[i].want.ovs;

        if (o->bridge != NULL && strcmp(o->name, bridge->name) == 0) {
            return true;
        }
    }
    return false;
}

#ifndef VIF_NO_NETWORKS
/* Whether the datapath of that bridge of the plan (or NULL) is in userspace: patch ports lead to no
 * other. */
static bool vif__ovs_is_like(const vif__job *j, const char *like)
{
    size_t i;

    for (i = j->rows.first; i < j->rows.end && like != NULL; i++) {
        const vif_ovs *o = j->plan.items[i].want.ovs;

        if (o->priv.netdev && strcmp(o->name, like) == 0) {
            return true;
        }
    }
    return false;
}
#else
#define vif__ovs_is_like(j, like) false
#endif

/* A bridge has a port of its own name and type internal: the switch does not run it without. */
static void vif__ovs_create_bridge(vif_ovsdb_txn *t, vif_ovs *o, bool has_local, bool netdev)
{
    int iface, port = -1;

    if (!has_local) {
        iface = vif_ovsdb_insert(t, "Interface");
        vif_ovsdb_row_text(t, "name", o->name);
        vif_ovsdb_row_text(t, "type", "internal");
        port = vif_ovsdb_insert(t, "Port");
        vif_ovsdb_row_text(t, "name", o->name);
        vif_ovsdb_row(t, "interfaces");
        vif_ovsdb_put_ref(t, iface);
    }
    o->priv.op = vif_ovsdb_insert(t, "Bridge");
    vif_ovsdb_row_text(t, "name", o->name);
    vif_ovsdb_cells_row(t, o->columns, "Bridge");
    if (netdev) {
        vif_ovsdb_row_text(t, "datapath_type", "netdev");
    }
    if (!has_local) {
        vif_ovsdb_row(t, "ports");
        vif_ovsdb_put_ref(t, port);
    }
    (void)vif_ovsdb_mutate(t, "Open_vSwitch");
    vif_ovsdb_where_all(t);
    vif__ovs_mutate(t, "bridges", "insert", NULL, o->priv.op);
}

/* Whether a transaction that has asked for one bridge, as it is to be, has so asked for the other,
 * too. A try that fails is looked into by all that had a part in it, so one guard is enough. */
static bool vif__ovs_guarded(const vif_ovs *asked, const vif_ovs *o)
{
    const vif_ovs_column *c = o->columns, *same;

    if (asked == NULL || strcmp(asked->name, o->name) != 0) {
        return false;
    }
    for (; c != NULL; c = c->next) {
        same = c->fresh ? c : vif__ovs_cell(asked, c->column, c->key);
        if (same == NULL || strcmp(same->value, c->value) != 0) {
            return false;
        }
    }
    return true;
}

/* A bridge that is there is changed where it differs; where nothing does, it still guards the ports
 * that are put on it, which would be garbage without it, and be gone. */
static vif_status vif__ovs_bridge_apply(vif__job *j, vif_resource *r)
{
    vif_ovsdb_txn *t = j->rows.txn;

    if (vif__ovs_absent(r)) {
        vif__ovs_create_bridge(t, r->want.ovs, vif__ovs_has_local(j, r->want.ovs),
                               vif__ovs_is_like(j, r->want.ovs->like));
        return VIF_OK;
    }
    if (j->rows.state == VIF__ROWS_TRY && vif__ovs_guarded(j->host->priv.guard, r->want.ovs)) {
        return VIF_OK;
    }
    (void)vif_ovsdb_require(t, "Bridge", r->want.ovs->name);
    if (j->rows.state == VIF__ROWS_TRY) {
        vif_ovsdb_cells_where(t, r->want.ovs->columns, "Bridge");
        j->host->priv.guard = r->want.ovs;
    }
    vif_ovsdb_cells_write(t, r->want.ovs->columns, "Bridge", r->want.ovs->priv.uuid, false);
    return VIF_OK;
}

/* The QoS rows of the port of that name and its queue go, and first the reference of the port (if
 * it is there), which would keep them. */
static void vif__ovs_drop_qos(vif_ovsdb_txn *t, const char *uuid, const char *port)
{
    if (uuid[0] != '\0') {
        (void)vif_ovsdb_update(t, "Port");
        vif_ovsdb_where_uuid(t, uuid);
        vif_ovsdb_row(t, "qos");
        vif_ovsdb_put_set(t);
        vif_ovsdb_put_end(t);
    }
    (void)vif_ovsdb_delete(t, "QoS");
    vif__ovs_where_qos_of(t, port);
#ifndef VIF_NO_SWITCH
    (void)vif_ovsdb_delete(t, "Queue");
    vif__ovs_where_qos_of(t, port);
#endif
}

/* JSON as it was found. */
static void vif__ovs_put_json(vif_ovsdb_txn *t, const char *json)
{
    vif_ovsdb_put_value(t, vif_ovsdb_view(json, json != NULL ? strlen(json) : 0));
}

/* The ids of a row of the port's; type NULL: of its queue. */
static void vif__ovs_row_ids(vif_ovsdb_txn *t, const vif_ovs *o, const char *type)
{
    char id[37];

    vif_ovsdb_row(t, "external_ids");
    vif_ovsdb_put_map(t);
    vif_ovsdb_put_text(t, "id");
    vif__qos_id(o->name, id);
    vif_ovsdb_put_text(t, id);
    if (type != NULL) {
        vif_ovsdb_put_text(t, "_type");
        vif_ovsdb_put_text(t, type);
    }
    vif_ovsdb_put_end(t);
}

/* other_config of a new row, as wanted or (back) as it was. */
static void vif__ovs_row_config(vif_ovsdb_txn *t, const vif_ovs *o, bool queue, bool back)
{
    const char *key, *value;
    unsigned n;

    if (back) {
        vif_ovsdb_row(t, "other_config");
        vif__ovs_put_json(t, queue ? o->priv.queue_config : o->priv.qos_config);
    } else if (o->qos_max_rate != NULL) {
        vif_ovsdb_row(t, "other_config");
        vif_ovsdb_put_map(t);
        for (n = 0; (key = vif__ovs_qos_pair(o, queue, n, &value)) != NULL; n++) {
            vif_ovsdb_put_text(t, key);
            vif_ovsdb_put_text(t, value);
        }
        vif_ovsdb_put_end(t);
    }
}

/* The queue, if there is (or was) one of the port's own; the number of its insert, or -1. */
static int vif__ovs_insert_queue(vif_ovsdb_txn *t, const vif_ovs *o, bool back)
{
    int op = -1;

#ifndef VIF_NO_SWITCH
    if (back ? o->priv.queue_config != NULL : vif__ovs_has_queue(o)) {
        op = vif_ovsdb_insert(t, "Queue");
        vif__ovs_row_ids(t, o, NULL);
        vif__ovs_row_config(t, o, true, back);
    }
#else
    (void)t;
    (void)o;
    (void)back;
#endif
    return op;
}

/* {0: the queue}: that of the insert, or the one that was there. */
static void vif__ovs_put_queue(vif_ovsdb_txn *t, const vif_ovs *o, int insert)
{
    vif_ovsdb_put_map(t);
    vif_ovsdb_put_int(t, 0);
    if (insert >= 0) {
        vif_ovsdb_put_ref(t, insert);
    } else {
        vif__ovs_put_json(t, o->priv.queue0);
    }
    vif_ovsdb_put_end(t);
}

/* A QoS row for the port, or (back) the one that it had; returns the number of its insert. */
static int vif__ovs_insert_qos(vif_ovsdb_txn *t, const vif_ovs *o, bool back)
{
    const char *type = back ? o->priv.qos_type : o->qos;
    const int queue = vif__ovs_insert_queue(t, o, back), op = vif_ovsdb_insert(t, "QoS");

    vif_ovsdb_row_text(t, "type", type);
    vif__ovs_row_ids(t, o, type);
    vif__ovs_row_config(t, o, false, back);
    if (queue >= 0 || (back && o->priv.queue0 != NULL)) {
        vif_ovsdb_row(t, "queues");
        vif__ovs_put_queue(t, o, queue);
    }
    return op;
}

/* The QoS row that was found. */
static void vif__ovs_where_qos(vif_ovsdb_txn *t, const vif_ovs *o)
{
    vif_ovsdb_where(t, "_uuid", "==");
    vif__ovs_put_json(t, o->priv.qos_uuid);
}

/* Type and rate of the QoS row that is there, as wanted or (back) as they were. */
static void vif__ovs_update_qos(vif_ovsdb_txn *t, const vif_ovs *o, bool back)
{
    const char *type = back ? o->priv.qos_type : o->qos, *key, *value;
    unsigned n;

    (void)vif_ovsdb_update(t, "QoS");
    vif__ovs_where_qos(t, o);
    vif_ovsdb_row_text(t, "type", type);
    if (back) {
        vif_ovsdb_row(t, "other_config");
        vif__ovs_put_json(t, o->priv.qos_config);
    }
    (void)vif_ovsdb_mutate(t, "QoS");
    vif__ovs_where_qos(t, o);
    vif_ovsdb_map_set(t, "external_ids", "_type", type);
    for (n = 0; !back && (key = vif__ovs_qos_pair(o, false, n, &value)) != NULL; n++) {
        vif_ovsdb_map_set(t, "other_config", key, value);
    }
}

#ifndef VIF_NO_SWITCH
/* The queue of the QoS row that is there: made anew, as wanted or (back) as it was. The switch goes
 * by its number, and changes the kernel's class in place (measured). */
static void vif__ovs_change_queue(vif_ovsdb_txn *t, const vif_ovs *o, bool back)
{
    int insert;

    (void)vif_ovsdb_mutate(t, "QoS");
    vif__ovs_where_qos(t, o);
    vif_ovsdb_mutation(t, "queues", "delete");
    vif_ovsdb_put_set(t);
    vif_ovsdb_put_int(t, 0);
    vif_ovsdb_put_end(t);
    (void)vif_ovsdb_delete(t, "Queue");
    vif__ovs_where_qos_of(t, o->name);
    insert = vif__ovs_insert_queue(t, o, back);
    if (insert >= 0 || (back && o->priv.queue0 != NULL)) {
        (void)vif_ovsdb_mutate(t, "QoS");
        vif__ovs_where_qos(t, o);
        vif_ovsdb_mutation(t, "queues", "insert");
        vif__ovs_put_queue(t, o, insert);
    }
}
#else
#define vif__ovs_change_queue(t, o, back) ((void)0)
#endif

/* The rows of the port that it is to have, of which the reference to its QoS row comes next: its
 * insert, or -1: the row that is there. A row that was found is changed in place, as other ports
 * may use it; else the port gets one of its own. */
static int vif__ovs_change_rows(vif_ovsdb_txn *t, const vif_ovs *o, bool back)
{
    if (o->priv.qos_type != NULL && !back) {
        (void)vif_ovsdb_wait(t, "QoS", "!=");
        vif_ovsdb_column(t, "_uuid");
        vif__ovs_where_qos(t, o);
    }
    if (o->qos_none && o->priv.leave_qos) {
        return -1;
    }
    if ((o->qos_none && !back) || (o->priv.qos_type == NULL && back)) {
        vif__ovs_drop_qos(t, "", o->name);
    } else if (o->priv.qos_type == NULL || o->qos_none) {
        return vif__ovs_insert_qos(t, o, back);
    } else {
        vif__ovs_update_qos(t, o, back);
        if (!o->priv.queue_right) {
            vif__ovs_change_queue(t, o, back);
        }
    }
    return -1;
}

/* Back: what the port referred to before. */
static void vif__ovs_change_qos(vif_ovsdb_txn *t, const vif_ovs *o, bool back)
{
    const int op = vif__ovs_change_rows(t, o, back);

    (void)vif_ovsdb_update(t, "Port");
    vif_ovsdb_where_uuid(t, o->priv.uuid);
    vif_ovsdb_row(t, "qos");
    if (op >= 0) {
        vif_ovsdb_put_ref(t, op);
    } else if (o->qos_none && !back) {
        vif_ovsdb_put_set(t);
        vif_ovsdb_put_end(t);
    } else if (back) {
        vif__ovs_put_json(t, o->priv.qos);
    } else {
        vif__ovs_put_json(t, o->priv.qos_uuid);
    }
}

/* The port's interface, or those of a bond. */
static void vif__ovs_insert_interfaces(vif_ovsdb_txn *t, const vif_ovs *o)
{
#ifndef VIF_NO_NETWORKS
    const char *list = o->links;
    char name[17];

    while (vif_list_next(&list, name, sizeof name)) {
        (void)vif_ovsdb_insert(t, "Interface");
        vif_ovsdb_row_text(t, "name", name);
    }
    if (o->links != NULL) {
        return;
    }
#endif
    (void)vif_ovsdb_insert(t, "Interface");
    vif_ovsdb_row_text(t, "name", o->name);
    vif_ovsdb_cells_row(t, o->columns, "Interface");
}

/* A set of the inserts from one to another. */
static void vif__ovs_put_refs(vif_ovsdb_txn *t, int from, int to)
{
    vif_ovsdb_put_set(t);
    for (; from < to; from++) {
        vif_ovsdb_put_ref(t, from);
    }
    vif_ovsdb_put_end(t);
}

/* All three rows are new, and refer to each other by the names of their inserts. A port that no
 * bridge has is garbage to the server: it joins one in the same transaction. */
static void vif__ovs_create_port(vif_ovsdb_txn *t, vif_ovs *o)
{
    const int qos = o->qos != NULL ? vif__ovs_insert_qos(t, o, false) : -1;
    const int first = t->ops;

    vif__ovs_insert_interfaces(t, o);
    o->priv.op = vif_ovsdb_insert(t, "Port");
    vif_ovsdb_row_text(t, "name", o->name);
    vif_ovsdb_cells_row(t, o->columns, "Port");
    vif_ovsdb_row(t, "interfaces");
    vif__ovs_put_refs(t, first, o->priv.op);
    if (qos >= 0) {
        vif_ovsdb_row(t, "qos");
        vif_ovsdb_put_ref(t, qos);
    }
    o->priv.joins = true;
}

/* The port leaves its bridge, whichever that is. What is taken back does so at once, as the bridge
 * itself may go behind it if it has no ports then; else with all others, see vif__ovs_end_ports. */
static void vif__ovs_leave(vif__job *j, vif_ovs *o)
{
    vif_ovsdb_txn *t = j->rows.txn;

    o->priv.leaves = j->phase != VIF__BACK;
    if (!o->priv.leaves) {
        (void)vif_ovsdb_mutate(t, "Bridge");
        vif_ovsdb_where_has(t, "ports", o->priv.uuid);
        vif__ovs_mutate(t, "ports", "delete", o->priv.uuid, 0);
    }
}

/* The operation behind which a run of ports is named; that of the run before it ends. */
static void vif__ovs_begin_ports(vif_ovsdb_txn *t, const vif_ovs *o, bool ends)
{
    if (ends) {
        vif_ovsdb_put_end(t);
    }
    (void)vif_ovsdb_mutate(t, "Bridge");
    if (o->priv.joins) {
        vif_ovsdb_where_text(t, "name", o->bridge);
    } else {
        vif_ovsdb_where_all(t);
    }
    vif_ovsdb_mutation(t, "ports", o->priv.joins ? "insert" : "delete");
    vif_ovsdb_put_set(t);
}

/* Ports that join or leave do so in one operation for as many as follow each other: of a bridge of
 * thousands of them the server copies the whole set for each operation. */
static void vif__ovs_end_ports(const vif__job *j, vif_ovsdb_txn *t)
{
    const vif_ovs *run = NULL;
    size_t i;

    for (; j != NULL; j = j->rows.mate) {
        for (i = j->rows.first; i < j->rows.end; i++) {
            const vif_ovs *o = j->plan.items[i].want.ovs;

            if (!o->priv.joins && !o->priv.leaves) {
                continue;
            }
            if (run == NULL || run->priv.joins != o->priv.joins ||
                (o->priv.joins && strcmp(run->bridge, o->bridge) != 0)) {
                vif__ovs_begin_ports(t, o, run != NULL);
            }
            run = o;
            if (o->priv.joins) {
                vif_ovsdb_put_ref(t, o->priv.op);
            } else {
                vif_ovsdb_put_uuid(t, o->priv.uuid);
            }
        }
    }
    if (run != NULL) {
        vif_ovsdb_put_end(t);
    }
}

/* From bridge to bridge, if it is still there: it must not end in two. */
static void vif__ovs_move(vif_ovsdb_txn *t, const vif_ovs *o, const char *from, const char *to)
{
    (void)vif_ovsdb_require(t, "Bridge", from);
    vif_ovsdb_where_has(t, "ports", o->priv.uuid);
    (void)vif_ovsdb_mutate(t, "Bridge");
    vif_ovsdb_where(t, "name", "!=");   /* of several all but that one */
    vif_ovsdb_put_text(t, to);
    vif_ovsdb_where_has(t, "ports", o->priv.uuid);
    vif__ovs_mutate(t, "ports", "delete", o->priv.uuid, 0);
    (void)vif_ovsdb_mutate(t, "Bridge");
    vif_ovsdb_where_text(t, "name", to);
    vif__ovs_mutate(t, "ports", "insert", o->priv.uuid, 0);
}

/* With another interface id, or without one, nothing that a controller said of the port holds. */
static void vif__ovs_unbind(vif_ovsdb_txn *t, const vif_ovs *o)
{
    const vif_ovs_column *id = vif__ovs_cell(o, "external_ids", "iface-id");

    if (o->priv.unbind || (id != NULL && id->differs)) {
        (void)vif_ovsdb_mutate(t, "Interface");
        vif_ovsdb_where_uuid(t, o->priv.iface);
        vif_ovsdb_map_delete(t, "external_ids", "ovn-installed");
        vif_ovsdb_map_delete(t, "external_ids", "ovn-installed-ts");
        if (o->priv.unbind && id == NULL) {
            vif_ovsdb_map_delete(t, "external_ids", "iface-id");
        }
    }
}

/* Only what differs. The guard is by name and UUID: a port that was made anew meanwhile is
 * another. */
static void vif__ovs_change_port(vif_ovsdb_txn *t, vif_ovs *o, bool back)
{
    const bool moved = strcmp(o->priv.bridge, o->bridge) != 0;

    if (!back || moved || !o->priv.qos_right) { /* else a port that has gone is as good */
        (void)vif_ovsdb_require(t, "Port", o->name);
        vif_ovsdb_where_uuid(t, o->priv.uuid);
    }
    vif_ovsdb_cells_write(t, o->columns, "Port", o->priv.uuid, back);
    vif_ovsdb_cells_write(t, o->columns, "Interface", o->priv.iface, back);
    if (!back) {
        vif__ovs_unbind(t, o);
    }
    if (moved) {
        vif__ovs_move(t, o, back ? o->bridge : o->priv.bridge, back ? o->priv.bridge : o->bridge);
    }
    if (!o->priv.qos_right) {
        vif__ovs_change_qos(t, o, back);
    }
}

/* Makes the mirrors see the port, new or not, or (back) no longer. They must still be there. */
static void vif__ovs_put_mirrors(vif_ovsdb_txn *t, const vif_resource *r, bool back)
{
    const vif_ovs *o = r->want.ovs;
    const char *list = o->mirrors, *uuid = vif__ovs_absent(r) ? NULL : o->priv.uuid;
    uint32_t bits = ~o->priv.mirrored;
    char name[65];
    unsigned n, k;

    for (n = 0; vif_list_next(&list, name, sizeof name); bits >>= 2, n++) {
        if (!back && (bits & 3) != 0) {
            (void)vif_ovsdb_require(t, "Mirror", name);
            vif_ovsdb_where_uuid(t, o->priv.mirrors[n]);
        }
        for (k = 0; k < 2; k++) {
            if ((bits >> k & 1) != 0) {
                (void)vif_ovsdb_mutate(t, "Mirror");
                vif_ovsdb_where_uuid(t, o->priv.mirrors[n]);
                vif__ovs_mutate(t, vif__mirror_columns[k], back ? "delete" : "insert", uuid,
                                o->priv.op);
            }
        }
    }
}

/* A try has not looked: it waits for nobody to hold the interface id, where that matters, and
 * relies on the server's refusal of a name that two rows would have. */
static vif_status vif__ovs_port_apply(vif__job *j, vif_resource *r)
{
    vif_ovsdb_txn *t = j->rows.txn;
    vif_ovs *o = r->want.ovs;

    if (j->rows.state == VIF__ROWS_TRY && vif__ovs_seeks(j, o)) {
        (void)vif_ovsdb_wait(t, "Interface", "==");
        vif_ovsdb_where_pair(t, "external_ids", "iface-id", o->iface_id);
        vif_ovsdb_column(t, "name");
    }
    if (o->priv.renew) {
        vif__ovs_leave(j, o);
        j->rows.renewing = true;
        return VIF_OK;
    }
    if (vif__ovs_absent(r)) {
        if (o->qos != NULL && j->rows.state == VIF__ROWS_CHANGE && !j->rows.leave_qos) {
            vif__ovs_drop_qos(t, "", o->name);    /* of an earlier port */
        }
        vif__ovs_create_port(t, o);
    } else {
        o->priv.leave_qos = j->rows.leave_qos;
        vif__ovs_change_port(t, o, false);
    }
    vif__ovs_put_mirrors(t, r, false);
    return VIF_OK;
}

/* The VIF is none of the trunk bridge's any more. */
static void vif__ovs_forsake(const vif__job *j, const char *uuid)
{
    (void)vif_ovsdb_mutate(j->rows.txn, "Bridge");
    vif_ovsdb_where_uuid(j->rows.txn, uuid);
    vif_ovsdb_map_delete(j->rows.txn, "external_ids", j->tag);
}

/* Taking back what this call did, or taking away at unplug. A bridge that this call made for all
 * stays if somebody has put a port on it since. */
static vif_status vif__ovs_bridge_revert(vif__job *j, vif_resource *r)
{
    vif_ovsdb_txn *t = j->rows.txn;
    vif_ovs *o = r->want.ovs;

    if (!r->priv.created) {
        vif_ovsdb_cells_write(t, o->columns, "Bridge", o->priv.uuid, true);
        return VIF_OK;
    }
    if (j->phase == VIF__BACK && j->rows.leave_bridges) {
        if (o->by_vifs) {
            vif__ovs_forsake(j, o->priv.uuid);
        }
        return VIF_OK;
    }
    if (j->phase == VIF__BACK) {
        (void)vif_ovsdb_wait(t, "Bridge", "==");
        vif_ovsdb_where_uuid(t, o->priv.uuid);
        vif_ovsdb_column(t, "ports");
        vif_ovsdb_row(t, "ports");
        vif_ovsdb_put_set(t);
        if (o->priv.iface[0] != '\0') {
            vif_ovsdb_put_uuid(t, o->priv.iface);
        }
        vif_ovsdb_put_end(t);
    }
    (void)vif_ovsdb_mutate(t, "Open_vSwitch");
    vif_ovsdb_where_all(t);
    vif__ovs_mutate(t, "bridges", "delete", o->priv.uuid, 0);
    return VIF_OK;
}

/* Whether a plug that is taken back takes the network with it: it has made it, and nobody else has
 * put a port on it since. */
static bool vif__ovs_net_goes(const vif__job *j)
{
    size_t i = j->rows.first;

    while (i < j->rows.end && (!vif__ovs_is_net(&j->plan.items[i]) ||
                               j->plan.items[i].want.ovs->bridge != NULL)) {
        i++;
    }
    return i < j->rows.end && j->plan.items[i].priv.created && !j->rows.leave_bridges;
}

/* A port that was there gets back what it had. One that this call made goes, as one does that is
 * the VIF's own at an unplug: its interface goes with it, its QoS row does not. */
static vif_status vif__ovs_port_revert(vif__job *j, vif_resource *r)
{
    vif_ovsdb_txn *t = j->rows.txn;
    vif_ovs *o = r->want.ovs;

    if (!r->priv.created && !vif__ovs_is_net(r)) {
        vif__ovs_change_port(t, o, true);
        vif__ovs_put_mirrors(t, r, true);
        return VIF_OK;
    }
    if (vif__ovs_is_net(r) && !vif__ovs_net_goes(j)) {
        r->priv.state = VIF__RIGHT;     /* and perhaps used meanwhile */
        return VIF_OK;
    }
    if (!vif__ovs_absent(r)) {
        vif__ovs_leave(j, o);
    }
    if (!j->rows.leave_qos && (j->phase == VIF__BACK ? o->qos != NULL : o->priv.qos_type != NULL)) {
        vif__ovs_drop_qos(t, o->priv.uuid, o->name);
    }
    return VIF_OK;
}

/* A port leaves its bridge, unless it is that one's own, as that would be no bridge without it. */
static void vif__ovs_drop_port(vif_ovsdb_txn *t, const vif__ovs_holder *h)
{
    (void)vif_ovsdb_mutate(t, "Bridge");
    vif_ovsdb_where_has(t, "ports", h->uuid);
    vif_ovsdb_where(t, "name", "!=");
    vif_ovsdb_put_text(t, h->name);
    vif__ovs_mutate(t, "ports", "delete", h->uuid, 0);
}

/* What the names of the plan did not lead to, as it was plugged with other options or under another
 * name: ports with their QoS rows; bridges are swept. */
static vif_status vif__ovs_tagged_revert(vif__job *j, vif_resource *r)
{
    vif_ovsdb_txn *t = j->rows.txn;
    const vif__ovs_holder *h;

    for (h = r->want.ovs->priv.holders; h != NULL; h = h->next) {
        if (h->bridge) {
            continue;
        }
        vif__ovs_drop_port(t, h);
        if (!j->rows.leave_qos) {
            vif__ovs_drop_qos(t, h->uuid, h->name);
        }
    }
    return VIF_OK;
}

static void vif__ovs_port_describe(const vif_resource *r, const vif__sink *s)
{
    const vif_ovs *o = r->want.ovs;
    const vif_ovs_column *c;
    char title[64];

    if (o->bridge != NULL) {
        vif__say(s, "bridge", o->bridge);
    }
    for (c = o->columns; c != NULL; c = c->next) {
        vif__say(s, vif__ovs_title(c, title), c->value);
    }
    if (o->qos != NULL) {
        vif__say(s, "qos", o->qos);
    }
    if (o->qos_max_rate != NULL) {
        vif__say(s, "max-rate", o->qos_max_rate);
    }
    if (o->qos_burst != NULL) {
        vif__say(s, "burst", o->qos_burst);
    }
    if (o->qos_none) {
        vif__say(s, "max-rate", "none");
    }
    if (o->mirrors != NULL) {
        vif__say(s, "mirrors", o->mirrors);
    }
}

static void vif__ovs_bridge_describe(const vif_resource *r, const vif__sink *s)
{
    vif__ovs_port_describe(r, s);
}

/* Rows that carry the VIF's tag under whatever name: they are only looked for, at an unplug. */
static void vif__ovs_tagged_describe(const vif_resource *r, const vif__sink *s)
{
    (void)r;
    (void)s;
}

static vif_status vif__ovs_tagged_test(vif__job *j, vif_resource *r)
{
    return vif__ovs_test_gone(j, r, r->want.ovs->priv.holders != NULL);
}

static vif_status vif__ovs_tagged_apply(vif__job *j, vif_resource *r)
{
    (void)j;
    (void)r;
    return VIF_OK;
}

#endif

/* What a person calls the resource: in errors, differences and logs alike. */
static void vif__title(const vif_resource *r, char *to, size_t cap)
{
    to[0] = '\0';
    vif__cat_format(to, cap, "%s %s", vif__kinds[r->kind].name, vif__resource_name(r), NULL);
    if (r->ns != 0) {
        vif_cat(to, cap, " in namespace ");
        vif_cat_int(to, cap, r->ns);
    }
}

static const char *vif__whose_name(vif_whose whose)
{
    return vif__packed("own\0shared\0counted\0borrowed", (unsigned)whose);
}

/* "tap tap0 (own) mac=… mtu=…" */
static void vif__resource_line(vif_json_out *out, const vif_resource *r)
{
    const char *whose = vif__whose_name(r->whose);
    char title[80];
    vif__sink s;

    s.out = out;
    s.json = false;
    vif__title(r, title, sizeof title);
    vif_json_put(out, title, strlen(title));
    vif_json_put(out, " (", 2);
    vif_json_put(out, whose, strlen(whose));
    vif_json_put(out, ")", 1);
    vif__kinds[r->kind].describe(r, &s);
}

/* The same, with the conditions under which it takes part. */
static void vif__plan_line(vif_json_out *out, const vif_resource *r)
{
    vif__resource_line(out, r);
    if (r->optional) {
        vif_json_put(out, " if it exists", 13);
    }
    if (r->only_ours) {
        vif_json_put(out, " if the link is ours", 20);
    }
}

/* A cut line is no line: what does not fit is left out from there on, and counted. */
VIF_API size_t vif_plan_print(const vif_plan *plan, char *buf, size_t cap)
{
    vif_json_out out;
    size_t i;

    vif_json_out_init(&out, buf, cap > 0 ? cap - 1 : 0);
    for (i = 0; i < plan->count; i++) {
        vif__plan_line(&out, &plan->items[i]);
        vif_json_put(&out, "\n", 1);
    }
    if (cap > 0) {
        buf[out.overflow ? 0 : out.len] = '\0';
    }
    return out.len;
}

/* The line is written as a plan's is, with the outcome in front and the reason behind. */
VIF_API size_t vif_event_text(const vif_event *event, char *buf, size_t cap)
{
    const vif_error *err = event->error;
    const char *parts[5];
    vif_json_out out;
    size_t i;

    parts[0] = event->resource == NULL && err != NULL ? err->where : "";
    parts[1] = parts[0][0] != '\0' ? ": " : "";
    parts[2] = vif_status_name(event->status);
    parts[3] = err != NULL && err->text[0] != '\0' ? ": " : "";
    parts[4] = err != NULL ? err->text : "";
    vif_json_out_init(&out, buf, cap > 0 ? cap - 1 : 0);
    vif_json_put(&out, event->what, strlen(event->what));
    vif_json_put(&out, ": ", 2);
    if (event->resource != NULL) {
        vif__resource_line(&out, event->resource);
        parts[1] = ": ";
    }
    for (i = 0; i < 5 && err != NULL; i++) {
        vif_json_put(&out, parts[i], strlen(parts[i]));
    }
    if (cap > 0) {
        buf[out.overflow ? 0 : out.len] = '\0';
    }
    return out.len;
}

/* Microseconds by the finest clock there is. */
static int64_t vif__now_us(const vif_host *h)
{
    const vif_host_desc *d = &h->desc;

    if (d->now_us != NULL) {
        return d->now_us(d->user);
    }
    return d->now_ms != NULL ? d->now_ms(d->user) * 1000 : 0;
}

/* Tells of what was done, or (err) could not be. A turn does one thing, so that this took since the
 * turn began; of rows, since the walk came to them. */
static void vif__tell(vif__job *j, const char *what, const vif_resource *r, const vif_error *err)
{
    vif_event event;

    if (j->host->desc.log == NULL) {
        return;
    }
    memset(&event, 0, sizeof event);
    event.verb = j->verb;
    event.subject = j->subject;
    event.vif = j->owner->priv.desc.subjects[j->subject].vif;
    event.what = what;
    event.kind = r != NULL ? vif__kinds[r->kind].name : "";
    event.resource = r;
    event.status = err != NULL ? err->status : VIF_OK;
    event.error = err;
    event.us = j->host->priv.since;
#ifndef VIF_NO_OVS
    event.us = r != NULL && vif__is(r, VIF__IS_ROW) ? j->rows.since : event.us;
#endif
    event.us = vif__now_us(j->host) - event.us;
    j->host->desc.log(j->host->desc.user, &event);
}

static void vif__log(vif__job *j, const char *what, const vif_resource *r)
{
    vif__tell(j, what, r, NULL);
}

/* What an outcome is called, and counted as. */
typedef struct vif__outcome {
    vif_status status;
    uint8_t counter;
    char word[12];
} vif__outcome;
static const vif__outcome vif__outcomes[5] = {
    {VIF_OK, offsetof(vif_stats, done), "done"},
    {VIF_E_DIFFERENT, offsetof(vif_stats, different), "different"},
    {VIF_E_UNKNOWN, offsetof(vif_stats, unknown), "unknown"},
    {VIF_E_UNCONFIRMED, offsetof(vif_stats, unconfirmed), "unconfirmed"},
    {VIF__STATUS_MIN, offsetof(vif_stats, refused), "refused"}};   /* all others */

/* The last row of the table stands for all statuses that have none of their own. */
static const vif__outcome *vif__outcome_of(vif_status st)
{
    const vif__outcome *o = vif__outcomes;

    while (o->status != st && o->status != VIF__STATUS_MIN) {
        o++;
    }
    return o;
}

/* Tells that the task has failed, at a resource or (NULL) before there was any. */
static void vif__tell_failure(vif__job *j, const vif_resource *r)
{
    const vif_error *err = &j->result->error;

    vif__tell(j, vif__outcome_of(err->status)->word, r, err);
}

/* >>runner
 *
 * The host keeps tasks in queues. RUN: their walk can go on. DOOM: they are at the end of an
 * unplug, and their links are to be deleted, those of all tasks at once. READY: their group of rows
 * has something to ask of the OVSDB. FLYING: it has been asked; only the first task of each
 * transaction is in there, the others are its mates. A task may be in one of the first two and, as
 * its walk goes on while the switch lets go of a port, in READY or FLYING. WAIT: a step of
 * their walk has to come again in a while, as what it waits for (a device node, a daemon) does not
 * call; all others go on meanwhile. */

enum { VIF__RUN, VIF__DOOM, VIF__READY, VIF__FLYING, VIF__WAIT };

/* A task has one link for the queues of its walk and one for those of its rows: see >>runner. */
static void vif__queue_put(vif_host *h, unsigned queue, vif__job *j)
{
    const unsigned link = queue / 2 & 1;

    j->next[link] = NULL;
    if (h->priv.queues[queue].first == NULL) {
        h->priv.queues[queue].first = j;
    } else {
        h->priv.queues[queue].last->next[link] = j;
    }
    h->priv.queues[queue].last = j;
}

#ifndef VIF_NO_OVS
/* Takes a task out that is in the queue. */
static void vif__queue_drop(vif_host *h, unsigned queue, vif__job *j)
{
    vif__job **at = &h->priv.queues[queue].first, *before = NULL;

    while (*at != j) {
        before = *at;
        at = &before->next[queue / 2];
    }
    *at = j->next[queue / 2];
    if (h->priv.queues[queue].last == j) {
        h->priv.queues[queue].last = before;
    }
}
#endif

/* The first of a queue, or NULL: tasks take turns. */
static vif__job *vif__queue_take(vif_host *h, unsigned queue)
{
    vif__job *j = h->priv.queues[queue].first;

    if (j != NULL) {
        h->priv.queues[queue].first = j->next[queue / 2 & 1];
    }
    return j;
}

/* Whether the link carries the tag that what the VIF owns, or shares, has. */
static bool vif__is_ours(const vif__job *j, const vif_resource *r, const vif_link_info *info)
{
    return strcmp(info->alias, r->whose == VIF_OWN ? j->tag : j->shared_tag) == 0;
}

/* Whether a resource takes no part: its link (or the one its value comes from) does not exist, or
 * is not ours to set up. */
static vif_status vif__skips(vif__job *j, const vif_resource *r, bool *skips)
{
    const bool depends = r->kind == VIF_RES_MTU && r->other[0] != '\0';
    const vif_link_info *info = depends ? vif__other(j, r) : vif__link(j, r->ns, r->link);

    if (info == NULL) {
        return j->step.status;
    }
    *skips = (((r->optional && r->kind != VIF_RES_CONF) || depends) && info->index == 0) ||
        (r->only_ours && info->index != 0 && !vif__is_ours(j, r, info));
    return VIF_OK;
}

/* A step of the kind, with the resource's link looked up. */
static vif_status vif__do(vif__job *j, vif_resource *r, unsigned step)
{
    const vif__kind *kind = &vif__kinds[r->kind];
    vif_link_info *info = r->priv.link = vif__link(j, r->ns, r->link);
    vif_status st;

    if (info == NULL) {
        return j->step.status;
    }
    if (info->index != 0 || (kind->facts >> step & 1) == 0) {
        r->priv.read = true;
        j->ns = r->ns;
        st = kind->steps[step](j, r);
        j->ns = 0;
        return st;
    }
    if (step != VIF__TEST) {
        return vif__missing(j, r->link);
    }
    vif__differ(j, r, "exists", "yes", "no");
    return VIF_OK;
}

/* A resource that is skipped counts as right for the walk, and is nothing that could be taken
 * back. */
static vif_status vif__test(vif__job *j, vif_resource *r)
{
    bool skips = false;
    const vif_status st = vif__skips(j, r, &skips);

    if (st != VIF_OK || skips) {
        r->priv.state = VIF__SKIPPED;
        return st;
    }
    r->priv.state = VIF__RIGHT;
    return vif__do(j, r, VIF__TEST);
}

/* A test changes nothing: when its answer is lost it is repeated, and then given up. */
static vif_status vif__test_twice(vif__job *j, vif_resource *r)
{
    vif_status st = vif__test(j, r);

    if (st == VIF_E_UNKNOWN) {
        st = vif__test(j, r);
    }
    return st == VIF_E_UNKNOWN ? VIF_E_TIMEOUT : st;
}

/* The answer was lost: looks, and tries once more what is still to be done. */
static vif_status vif__settle(vif__job *j, vif_resource *r)
{
    if (vif__look_again(j) != VIF_OK || vif__test(j, r) != VIF_OK) {
        return VIF_E_UNKNOWN;
    }
    return r->priv.state == VIF__DIFFERENT ? vif__do(j, r, VIF__APPLY) : VIF_OK;
}

/* The failure of the task as its caller gets it: the resource, then the words of the kernel or the
 * server. */
static void vif__job_fail(vif__job *j, vif_status st, const vif_resource *r)
{
    char where[96];

    j->status = st;
    j->result->error = j->step;
    j->result->error.status = st;
    vif__title(r, where, sizeof where);
    if (j->step.where[0] != '\0') {
        vif__cat_format(where, sizeof where, ": %s", j->step.where, NULL, NULL);
    }
    memcpy(j->result->error.where, where, sizeof where);
    vif__tell_failure(j, r);
}

/* What was found before all changes still holds if finding it was a request of its own: nobody but
 * this task changes it. The rest is cheap to look at again, and may depend on what was applied. */
static vif_status vif__forward(vif__job *j, vif_resource *r)
{
    const bool testing = j->dry || j->phase == VIF__TESTING, again = j->waited > 0 && !testing;
    const bool known = r->priv.read && vif__is(r, VIF__IS_READ) && j->waited == 0;
    const bool along = r->priv.state == VIF__APPLIED && !again;     /* an earlier message set it */
    vif_status st = known || again ? VIF_OK : vif__test_twice(j, r);

    if (along && (st != VIF_OK || r->priv.state == VIF__RIGHT)) {
        r->priv.state = VIF__APPLIED;
        r->priv.applied = st == VIF_OK;
        if (st == VIF_OK) {
            vif__log(j, "applied", r);
        }
        return st;
    }
    if (st != VIF_OK || testing || (r->priv.state != VIF__DIFFERENT && !again)) {
        return st;
    }
    r->priv.state = VIF__APPLIED;
    st = vif__do(j, r, VIF__APPLY);
    if (st == VIF_E_UNKNOWN) {
        st = vif__settle(j, r);
    }
    r->priv.state = VIF__APPLIED;       /* a test on the way may have said otherwise */
    r->priv.applied = st == VIF_OK;
    if (st == VIF_OK) {
        vif__log(j, "applied", r);
    }
    return st;
}

/* Taking back has failed, too: the caller has to know what is still there, behind the reason for it
 * all. */
static void vif__left_behind(vif__job *j, const vif_resource *r)
{
    char title[80];

    vif__tell(j, "left behind", r, &j->step);
    if (!j->left_behind) {
        vif__title(r, title, sizeof title);
        vif__cat_format(j->result->error.text, sizeof j->result->error.text, "; left behind: %s",
                     title, NULL, NULL);
    }
    j->left_behind = true;
}

/* >>runner: shared bridges
 *
 * A bridge that VIFs share is set up by one process at a time, under the lock of its name. Who
 * finds it set up does without the lock; who does not takes it, looks again, finishes what a
 * process that died has left (see >>state on disk), and notes what the uplink has before any of it
 * is changed. Nothing depends on the lock: another agent may know nothing of it. */

enum { VIF__LOCK_WAIT_MS = 2 };

/* Whether it is a network's, which nobody else may take away while a port is put on it. */
static bool vif__is_net(const vif_resource *r)
{
#ifndef VIF_NO_NETWORKS
    return r->whose == VIF_COUNTED && vif__is(r, VIF__IS_NET);
#else
    (void)r;
    return false;
#endif
}

/* What a task needs the lock of: its shared bridge, or its device, or its network; NULL: of
 * nothing. */
static const vif_resource *vif__locked(const vif__job *j)
{
    const vif_resource *bridge = vif__plan_find(j, VIF_RES_BRIDGE, VIF_SHARED);
    size_t i = 0;

    while (i < j->plan.count && !vif__is(&j->plan.items[i], VIF__IS_DEVICE) &&
           !vif__is_net(&j->plan.items[i])) {
        i++;
    }
    return bridge != NULL || i == j->plan.count ? bridge : &j->plan.items[i];
}

static const char *vif__lock_name(const vif__job *j)
{
    const vif_resource *r = vif__locked(j);

    return r != NULL ? vif__resource_name(r) : NULL;
}

/* Whether the lock is needed: the bridge that is wanted is not set up, or a note of the uplink is
 * there, which any verb finishes. */
VIF__APART static vif_status vif__needs_lock(vif__job *j, const vif_resource *bridge, bool *needs)
{
    const vif_resource *move = vif__plan_find(j, VIF_RES_MOVE, VIF_SHARED);
    const vif_link_info *b, *up;

    if (j->verb == VIF_PLUG) {
        b = vif__link(j, 0, bridge->link);
        up = b != NULL && move != NULL ? vif__link(j, 0, move->link) : b;
        if (up == NULL) {
            return j->step.status;
        }
        *needs = j->shares || b->index == 0 || (b->flags & VIF_IFF_UP) == 0 ||
            (up != b && up->index != 0 && up->master != b->index);
    }
    if (move != NULL && !*needs) {
        vif__state_path(j, move->link, ".note");
        *needs = access(j->path, F_OK) == 0;
    }
    return VIF_OK;
}

/* The lock, or E_BUSY for now. Who has waited for the time of an exchange goes on without; but not
 * to make or take away a network, which nobody can do beside another: that is given up, after six
 * times as long, as whoever is quick to ask again is often served first. */
VIF__APART static vif_status vif__lock(vif__job *j, const char *link)
{
    const bool net = vif__is_net(vif__locked(j));
    const int most = (j->host->desc.timeout_ms != 0 ? j->host->desc.timeout_ms : 5000) /
        VIF__LOCK_WAIT_MS * (net ? 6 : 1);
    const vif__job *other = j->host->priv.locking;
    vif_status st;

    while (other != NULL && strcmp(vif__lock_name(other), link) != 0) {
        other = other->next_locking;
    }
#ifndef VIF_NO_NETWORKS
    if (other != NULL && other->verb == j->verb && vif__is_net(vif__locked(j))) {
        j->shares_lock = true;          /* plugs are not in each other's way, nor are unplugs */
        j->next_locking = j->host->priv.locking;
        j->host->priv.locking = j;
        return VIF_OK;
    }
#endif
    if (other != NULL) {
        return VIF_E_BUSY;              /* a task of this host: it goes on meanwhile */
    }
    st = vif__lock_take(j, link, &j->lock);
    if (st == VIF_E_BUSY && j->lock_tries++ < most) {
        (void)poll(NULL, 0, VIF__LOCK_WAIT_MS);
        return st;
    }
    if (j->lock.set) {
        j->next_locking = j->host->priv.locking;
        j->host->priv.locking = j;
    }
    if (st == VIF_E_BUSY && net) {
        return vif__step_fail(j, VIF_E_TIMEOUT, "others are at work on the network");
    }
    return st == VIF_E_BUSY ? VIF_OK : st;
}

#ifndef VIF_NO_NETWORKS
/* Another task that shares the lock keeps it. */
static bool vif__lock_inherited(vif__job *j)
{
    vif__job *heir = j->host->priv.locking;

    while (heir != NULL && !(heir->shares_lock &&
                             strcmp(vif__lock_name(heir), vif__lock_name(j)) == 0)) {
        heir = heir->next_locking;
    }
    if (heir != NULL) {
        heir->lock = j->lock;
        heir->shares_lock = false;
        memset(&j->lock, 0, sizeof j->lock);
    }
    return heir != NULL;
}
#endif

/* The file goes while the lock is held: whoever waits for it finds a new one, and looks whether it
 * is that. */
static void vif__unlock(vif__job *j)
{
    vif__job **at = &j->host->priv.locking;

    if (j->lock.set || j->shares_lock) {
        while (*at != j) {
            at = &(*at)->next_locking;
        }
        *at = j->next_locking;
#ifndef VIF_NO_NETWORKS
        if (j->shares_lock || vif__lock_inherited(j)) {
            return;
        }
#endif
        vif__state_path(j, vif__lock_name(j), ".lock");
        (void)unlink(j->path);
        (void)close(j->lock.fd);
        memset(&j->lock, 0, sizeof j->lock);
    }
}

/* Of a PCI device there is no change without the lock. A network is looked at again under it. */
static vif_status vif__enter_device(vif__job *j)
{
    const char *name = vif__lock_name(j);
    const vif_status st = name == NULL || j->verb == VIF_CHECK || j->lock.set ? VIF_OK
        : vif__lock(j, name);

#ifndef VIF_NO_NETWORKS
    if (st == VIF_OK && name != NULL && vif__is_net(vif__locked(j))) {
        return vif__look_again(j);
    }
#endif
    return st == VIF_OK && name != NULL && j->verb == VIF_PLUG && !j->lock.set
        ? vif__step_fail(j, VIF_E_CONFLICT, "somebody else is at work on this device, or "
                         "the state directory can't be written") : st;
}

/* Before the walk begins: E_BUSY means to come again. */
VIF__APART static vif_status vif__enter(vif__job *j)
{
    const vif_resource *bridge = vif__plan_find(j, VIF_RES_BRIDGE, VIF_SHARED);
    vif_resource *move = vif__plan_find(j, VIF_RES_MOVE, VIF_SHARED);
    /* A recovery has a bridge alone. */
    const bool alone = !vif__subject_is(&j->owner->priv.desc.subjects[j->subject]);
    vif_link_info *uplink = NULL;
    bool needs = false;
    vif_status st;

    if (bridge == NULL || j->dry) {
        return j->dry ? VIF_OK : vif__enter_device(j);
    }
    st = vif__needs_lock(j, bridge, &needs);
    if (st != VIF_OK || !needs) {
        return st;
    }
    st = j->lock.set ? VIF_OK : vif__lock(j, bridge->link);
    if (st == VIF_OK && alone && !j->lock.set) {
        return vif__step_fail(j, VIF_E_TIMEOUT, "another process holds the bridge's lock");
    }
    st = st == VIF_OK ? vif__look_again(j) : st;
    if (st == VIF_OK && move != NULL) {
        uplink = vif__link(j, 0, move->link);
        if (uplink == NULL) {
            return j->step.status;
        }
        if (uplink->index != 0) {
            st = vif__recover(j, move, uplink);
        } else if (alone) {
            st = vif__missing(j, move->link);
        }
    }
    j->shares = j->shares || st == VIF_OK;
    return st;
}

/* How many ports the bridge has that are not its uplink. */
static vif_status vif__count_ports(vif__job *j, size_t *count)
{
    const vif_resource *bridge = vif__plan_find(j, VIF_RES_BRIDGE, VIF_SHARED);
    const vif_link_info *info = vif__link(j, 0, bridge->link);

    *count = 0;
    return info == NULL ? j->step.status
        : info->index != 0 ? vif__ports_of(j, info->index, bridge->other, count) : VIF_OK;
}

static bool vif__is_changing(const vif__job *j, vif_kind kind)
{
    const vif_resource *r = vif__plan_find(j, kind, VIF_SHARED);

    return r != NULL && r->priv.state == VIF__DIFFERENT;
}

/* All is tested, nothing is changed. E_BUSY: something shared is to be changed, and that needs the
 * lock, and another look. */
static vif_status vif__before_changes(vif__job *j)
{
    const vif_resource *move = vif__plan_find(j, VIF_RES_MOVE, VIF_SHARED);
    vif_status st;
    size_t i = 0;

    while (i < j->plan.count && (j->plan.items[i].priv.state != VIF__DIFFERENT ||
                                 j->plan.items[i].whose != VIF_SHARED)) {
        i++;
    }
    if (i == j->plan.count || vif__plan_find(j, VIF_RES_BRIDGE, VIF_SHARED) == NULL) {
        return VIF_OK;
    }
    if (!j->shares) {
        j->shares = true;
        return VIF_E_BUSY;
    }
    st = vif__count_ports(j, &j->ports);
    st = st == VIF_E_TIMEOUT ? vif__count_ports(j, &j->ports) : st;
    if (st == VIF_OK && vif__is_changing(j, VIF_RES_MOVE)) {
        st = vif__note_write(j, move->priv.note.layer3, move->other);
        j->noted = st == VIF_OK;
    }
    return st;
}

/* Whether somebody else has come to use the bridge, while it was set up for this VIF: then it
 * stays, if it is set up; what failed is behind it in the plan. */
static bool vif__is_in_use(vif__job *j)
{
    size_t ports = 0;

    if (j->in_use == 0) {
        j->in_use = vif__plan_find(j, VIF_RES_BRIDGE, VIF_SHARED) != NULL && !j->unfinished &&
            vif__count_ports(j, &ports) == VIF_OK && ports > j->ports ? 2 : 1;
    }
    return j->in_use == 2;
}

/* The note goes when nothing is under way any more. */
static void vif__leave(vif__job *j)
{
    if (j->noted && !j->left_behind && j->status != VIF_E_UNKNOWN) {
        vif__note_remove(j, vif__plan_find(j, VIF_RES_MOVE, VIF_SHARED)->link);
    }
    vif__unlock(j);
}

/* Takes back what this call has applied, if it is not used by others meanwhile. A lost answer is
 * looked at before it is tried once more, and a link that has gone took with it what was on it. */
static void vif__back(vif__job *j, vif_resource *r)
{
    vif_status st;

    if (r->priv.state != VIF__APPLIED || (r->whose == VIF_SHARED && vif__is_in_use(j))) {
        return;
    }
    st = vif__do(j, r, VIF__REVERT);
    if (j->asleep) {
        return;
    }
    if (st == VIF_E_UNKNOWN && vif__look_again(j) == VIF_OK) {
        st = vif__do(j, r, VIF__REVERT);
    }
    if (st != VIF_OK && r->link[0] != '\0' && r->priv.link != NULL &&
        vif__refresh(j, r->priv.link) == VIF_OK && r->priv.link->index == 0) {
        st = VIF_OK;                    /* the link has gone, and all that was on it */
    }
    if (st != VIF_OK && st != VIF_E_NO_INTERFACE) {
        vif__left_behind(j, r);
    } else if (r->priv.applied) {
        vif__log(j, "taken back", r);
    }
}

/* A link that is the VIF's own: it is deleted, and what belongs to it goes with it. */
static bool vif__is_own_link(const vif_resource *r)
{
    return r->whose == VIF_OWN && (vif__kinds[r->kind].facts & VIF__IS_LINK) != 0;
}

/* Whether the resource is about a link that the unplug deletes: the kernel then takes it away by
 * itself. */
static bool vif__goes_with_link(const vif__job *j, const vif_resource *r)
{
    size_t i;

    for (i = 0; i < j->plan.count && !vif__is(r, VIF__OUTLIVES); i++) {
        const vif_resource *l = &j->plan.items[i];

        if (l != r && vif__is_own_link(l) && r->link[0] != '\0' &&
            vif__is_end(l, r->ns, r->link)) {
            return true;
        }
    }
    return false;
}

/* What an unplug does something about: the rest stays, or goes with its link. */
static bool vif__is_removed(const vif__job *j, const vif_resource *r)
{
    return vif__is(r, VIF__IS_DEVICE) || r->whose == VIF_COUNTED ||
        (r->whose == VIF_OWN && !vif__goes_with_link(j, r));
}

/* Whether a link without the VIF's tag may be taken for its own, by its name and kind. A device
 * that a port has goes with it as in os-vif, if it is of a sort that is made for guests. */
static bool vif__is_plain(const vif__job *j, const vif_resource *r, const vif_link_info *info)
{
    return r->kind != VIF_RES_DEVICE ? !r->only_ours
        : vif__is_tag(info->alias) ||
          ((info->is_tap || vif__is_pair(info->kind)) && !vif__is_others_port(j, r->link));
}

/* Whether a link that the plan names as the VIF's own is not there. */
static bool vif__lacks_own(const vif__job *j, unsigned ns)
{
    size_t i;

    for (i = 0; i < j->plan.count; i++) {
        const vif_resource *r = &j->plan.items[i];
        const vif__info *info = vif__is_own_link(r) && r->ns == ns
            ? vif__info_find(j, ns, r->link) : NULL;

        if (info != NULL && info->known &&
            (info->link.index == 0 || (r->only_ours && !vif__is_ours(j, r, &info->link)))) {
            return true;
        }
    }
    return false;
}

/* A link of a dump that carries the VIF's tag, under a name that the plan does not know. */
static void vif__tagged(vif__job *j, unsigned ns, const vif_link *link)
{
    const size_t count = j->plan.count;
    vif__info *info;

    if (!vif__alias_is(link, j->tag) || vif__info_find(j, ns, link->name) != NULL) {
        return;
    }
    info = vif__info_add(j, ns, link->name);
    if (info != NULL) {
        vif__info_fill(&info->link, link);
        info->known = true;
        vif__plan_gone(&j->plan, info->link.name, link->kind);
    }
    if (j->plan.count > count) {
        j->plan.items[count].ns = (uint8_t)ns;
    }
}

/* A dump of all links: the kernel has no search by alias. */
static vif_status vif__look_for_tagged(vif__job *j, unsigned ns)
{
    vif_nl *nl = vif__nl(j, ns);
    vif_link link;

    if (vif__links_ask(j, nl) != VIF_OK) {
        return j->step.status;
    }
    while (vif__links_next(nl, &link, &j->step)) {
        vif__tagged(j, ns, &link);
    }
    return j->step.status;
}

/* Looks up the VIF's own links in a namespace of a guest's: those of the host's are known. */
static vif_status vif__look_inside(vif__job *j, unsigned ns)
{
    size_t i;

    for (i = 0; ns != 0 && i < j->plan.count; i++) {
        const vif_resource *r = &j->plan.items[i];

        if (r->ns == ns && vif__is_own_link(r) && vif__link(j, ns, r->link) == NULL) {
            return j->step.status;
        }
    }
    return VIF_OK;
}

/* At an unplug, where a name of the plan leads to nothing: somebody may have renamed the link, or
 * the VIF, or the options may be others today. Only then all links are looked through, as the
 * kernel filters none by alias; an alternative name instead, which it has an index of, would be one
 * more thing that others see, may take, and move with the link. */
static vif_status vif__find_tagged(vif__job *j)
{
    vif_status st = VIF_OK;
    unsigned ns;

    for (ns = 0; ns < VIF_PLAN_NAMESPACES && st == VIF_OK; ns++) {
        st = vif__look_inside(j, ns);
        if (st != VIF_OK || !vif__lacks_own(j, ns)) {
            continue;
        }
        st = vif__look_for_tagged(j, ns);
        if (st == VIF_E_UNKNOWN || st == VIF_E_INTERRUPTED) {   /* a look may be repeated */
            st = vif__look_for_tagged(j, ns);
        }
    }
    st = st == VIF_E_UNKNOWN ? VIF_E_TIMEOUT : st;
    return j->plan.error.status != VIF_OK ? j->plan.error.status : st;
}

/* An unplug that takes rows of a switch away, and then links, begins with a change of a link that
 * changes nothing: who may not do it is refused while all is there. */
static vif_status vif__may_change(vif__job *j)
{
    const vif__info *info = NULL;
    bool rows = false;
    vif_status st;
    size_t i;

    for (i = 0; i < j->plan.count; i++) {
        const vif_resource *r = &j->plan.items[i];
        const vif__info *own = vif__is_own_link(r) ? vif__info_find(j, r->ns, r->link) : NULL;

        info = own != NULL && own->link.index != 0 ? own : info;
        rows = rows || (vif__kinds[r->kind].facts & VIF__IS_ROW) != 0;
    }
    if (info == NULL || !rows) {
        return VIF_OK;
    }
    vif_nl_put_link_flags(vif__request_new(j), info->link.index, 0, 0);
    st = vif__request_send(j);
    return st == VIF_E_NO_INTERFACE ? VIF_OK : st;
}

/* Whether a counted link has to wait for the deletion of what may be over it, or its port: that of
 * this task's own links, and of others' in the same job. */
static bool vif__is_later(const vif__job *j, const vif_resource *r)
{
    return r->whose == VIF_COUNTED && vif__is(r, VIF__IS_LINK) && j->doomed_count > 0 &&
        !j->deleted;
}

/* Takes an own resource away, as if this call had made it. Links that carry another's tag are
 * refused; those that are not plainly the VIF's stay. Own links go together, when all is done that
 * needs them. */
static vif_status vif__remove(vif__job *j, vif_resource *r)
{
    vif_link_info *info = r->priv.link = vif__link(j, r->ns, r->link);
    const bool device = vif__is(r, VIF__IS_DEVICE), apart = vif__is(r, VIF__OUTLIVES);
    bool ours = false;
    vif_status st = VIF_OK;

    if (info == NULL) {
        return j->step.status;
    }
    if (device) {
        st = vif__pci_is_ours(j, r, &ours);
    } else if (apart) {
        st = vif__test(j, r);
        st = st == VIF_E_UNSUPPORTED ? VIF_OK : st;     /* so there is nothing of it */
        ours = r->priv.there;
        r->priv.state = VIF__NEW;
    }
    if (st != VIF_OK || vif__is_later(j, r)) {
        return st;
    }
    if (device || apart ? !ours
               : info->index == 0 || (!vif__is_ours(j, r, info) && !vif__is_plain(j, r, info))) {
        return VIF_OK;
    }
    if (r->kind == VIF_RES_UP && (info->flags & (VIF_IFF_UP | r->want.up.flags)) == 0) {
        return VIF_OK;
    }
    st = vif__is_own_link(r) ? vif__test_removed(j, r, info) : VIF_OK;
    if (st != VIF_OK) {
        return st;
    }
    r->priv.state = VIF__DIFFERENT;
    r->priv.created = true;
    if (j->dry) {
        return VIF_OK;
    }
    if (vif__is_own_link(r) && r->ns == 0 && j->doomed_count < VIF__DOOMED) {
        j->doomed[j->doomed_count++] = r;
        return VIF_OK;
    }
    st = vif__do(j, r, VIF__REVERT);
    if (st == VIF_OK && r->priv.created) {
        vif__log(j, "removed", r);
    }
    return st;
}

/* The doomed links of the tasks in line, as many as there is room for, go at once: each deletion
 * takes the kernel a grace period, and one of many no more than one. Returns how many tasks' links
 * have gone; 0: they are to be deleted one by one. */
static size_t vif__group_delete(vif_host *h, vif__job *first)
{
    const size_t misaligned = (uintptr_t)first->trial.data % sizeof(int32_t);
    int32_t *indices = (int32_t *)(void *)(first->trial.data + sizeof(int32_t) - misaligned);
    const size_t cap = first->trial.cap / sizeof(int32_t) - 1;
    size_t count = 0, tasks = 0, i;
    vif__job *j = first;

    for (; j != NULL && count + j->doomed_count <= cap; j = j->next[0]) {
        for (i = 0; i < j->doomed_count; i++) {
            indices[count++] = j->doomed[i]->priv.link->index;
        }
        tasks++;
    }
    return vif_nl_links_delete(&h->nl, vif__request_new(first), indices, count, &first->step) ==
        VIF_OK ? tasks : 0;
}

/* The end of a task's unplug: its own links go, one by one, unless they have gone together. */
static void vif__doomed_end(vif__job *j, bool gone)
{
    size_t i;

    for (i = 0; i < j->doomed_count; i++) {
        vif_link_info *info = j->doomed[i]->priv.link;
        vif_status st;

        info->index = gone ? 0 : info->index;
        st = vif__delete(j, info);
#ifndef VIF_NO_DIRECT
        if (st == VIF_OK && strcmp(info->kind, "macvtap") == 0) {
            st = vif__release(j, info->lower, "vlan", &gone);
        }
#endif
        if (st == VIF_OK) {
            j->host->priv.stats.links_deleted++;
            vif__log(j, "removed", j->doomed[i]);
        } else if (j->status == VIF_OK) {
            vif__job_fail(j, st, j->doomed[i]);
            if (j->result->committed || i > 0) {
                vif__left_behind(j, j->doomed[i]);
            }
        }
    }
    j->deleted = true;
    for (i = j->plan.count; i > 0 && j->status == VIF_OK; i--) {
        vif_resource *r = &j->plan.items[i - 1];

        if (r->whose == VIF_COUNTED && vif__is(r, VIF__IS_LINK)) {
            const vif_status st = vif__remove(j, r);

            if (st != VIF_OK) {
                vif__job_fail(j, st, r);
            }
        }
    }
    vif__queue_put(j->host, VIF__RUN, j);
}

/* The links that unplugs have come to the end with go, all at once. One alone, and those that could
 * not go together, go one by one, a task a call. */
VIF__APART static void vif__doomed_remove(vif_host *h)
{
    vif__job *const first = h->priv.queues[VIF__DOOM].first;
    const bool many = first->next[0] != NULL || first->doomed_count > 1;
    size_t gone = many && !first->alone ? vif__group_delete(h, first) : 0;
    vif__job *j = gone == 0 ? first : NULL;

    for (; j != NULL; j = j->next[0]) {
        j->alone = true;
    }
    if (gone == 0) {
        vif__doomed_end(vif__queue_take(h, VIF__DOOM), false);
    }
    for (; gone > 0; gone--) {
        vif__doomed_end(vif__queue_take(h, VIF__DOOM), true);
    }
}

#ifndef VIF_NO_OVS
/* >>job: the group of OVSDB resources
 *
 * A task's rows go through their states here: which it begins with, what each of them asks for,
 * what an answer means, and which comes next. The functions of a state are a row of
 * vif__rows_states; answered and its kin say VIF_E_BUSY where the group has more to ask, VIF_OK
 * where it is over, or how it failed. When the answer is known to be lost, or late, the group
 * knows what that may have left behind: a change that was sent may have been made, and is looked
 * for; a look is asked again. What is sent with what, and when, is the lane's matter. */

/* Hooks of the connection, which the host's desc has with another user. */
static void *vif__ovsdb_resize(void *user, void *ptr, size_t old_size, size_t size)
{
    const vif_host_desc *desc = &((const vif_host *)user)->desc;

    return desc->resize(desc->resize_user, ptr, old_size, size);
}

static int64_t vif__ovsdb_now(void *user)
{
    const vif_host_desc *desc = &((const vif_host *)user)->desc;

    return desc->now_ms(desc->user);
}

/* The host may have been moved since. */
static vif_ovsdb *vif__ovsdb_of(vif_host *h)
{
    if (h->desc.ovsdb == NULL) {
        vif_ovsdb_set_user(&h->ovsdb, h);
    }
    return &h->ovsdb;
}

/* The two buffers of the connection are one piece, of the host's memory or of its hook, and stay
 * until the host is closed. */
static vif_status vif__ovsdb_memory(vif_host *h, vif_ovsdb_desc *d, vif_error *err)
{
    enum { OUT = 8192 };

    if (d->in != NULL || d->resize != NULL) {
        return VIF_OK;
    }
    if (h->priv.ovs_memory == NULL && h->desc.memory == NULL) {
        h->priv.ovs_memory = (unsigned char *)h->desc.resize(h->desc.resize_user, NULL, 0,
                                                             VIF_HOST_OVS_MEMORY);
    }
    if (h->priv.ovs_memory == NULL) {
        return vif_fail(err, VIF_E_NOMEM, 0, "memory",
                         "VIF_HOST_OVS_MEMORY bytes more are needed");
    }
    if (h->desc.ovsdb == NULL && h->desc.resize != NULL) {      /* for rows that are uncommon */
        d->resize = vif__ovsdb_resize;
    }
    d->out = h->priv.ovs_memory;
    d->out_cap = OUT;
    d->in = h->priv.ovs_memory + OUT;
    d->in_cap = VIF_HOST_OVS_MEMORY - OUT;
    return VIF_OK;
}

/* Opened when rows are asked for: a host that plugs into Linux bridges alone needs no server. */
static vif_status vif__ovsdb_open(vif_host *h, vif_error *err)
{
    vif_ovsdb_desc *d = &h->priv.ovsdb_desc;
    const char *remote = h->priv.options.ovsdb_connection;
    vif_status st;

    memset(d, 0, sizeof *d);
    if (h->desc.ovsdb != NULL) {
        *d = *h->desc.ovsdb;
    }
    st = vif__ovsdb_memory(h, d, err);
    if (st != VIF_OK) {
        return st;
    }
    if (h->desc.ovsdb == NULL) {
        d->user = h;
        d->now_ms = h->desc.now_ms != NULL ? vif__ovsdb_now : NULL;
    }
    if (d->remote == NULL) {
        d->remote = vif_has_text(remote) ? remote : VIF_OVSDB_REMOTES;
    }
    st = vif_ovsdb_open(&h->ovsdb, d, err);
    h->priv.ovsdb_open = st == VIF_OK;
    if (st != VIF_OK) {
        vif_ovsdb_close(&h->ovsdb);
    }
    return st;
}

/* How long the group may stay in a state, in ms. */
static int64_t vif__ovs_patience(const vif__job *j, uint8_t state)
{
    const vif_policy *p = &j->plan.policy;

    switch (state) {
    case VIF__ROWS_APPLIED: return p->ovs_applied_ms;
    case VIF__ROWS_READY: return p->ovs_ready_ms;
    default: return p->ovs_commit_ms;
    }
}

static int64_t vif__ovsdb_clock(vif_host *h)
{
    return h->priv.ovsdb_open ? vif_ovsdb_now(vif__ovsdb_of(h)) : 0;
}

/* What is left, in ms, of the time that the server keeps for a wait: a second less than ours. */
static int64_t vif__rows_left(const vif__job *j)
{
    const int64_t left = j->rows.deadline - 1000 - vif__ovsdb_clock(j->host);

    return left > 0 ? left : 0;
}

/* The group's next state. The server itself keeps the time of the last two; it is given a second
 * more. */
static vif_status vif__rows_go(vif__job *j, uint8_t state)
{
    j->rows.state = state;
    if (state >= VIF__ROWS_APPLIED) {
        j->host->priv.stats.waits++;
        j->rows.deadline = vif__ovsdb_clock(j->host) + vif__ovs_patience(j, state) + 1000;
    }
    return VIF_E_BUSY;
}

/* What is thought of a resource before anything is known. True: it has to be looked at first. */
static bool vif__rows_expect(vif_resource *r)
{
    const bool there = r->whose != VIF_OWN && r->want.ovs->bridge == NULL;

    r->priv.state = there ? VIF__RIGHT : VIF__DIFFERENT;
    r->want.ovs->priv.uuid[0] = there ? '?' : '\0';
    r->want.ovs->priv.uuid[1] = '\0';
    return r->whose == VIF_COUNTED || r->want.ovs->mirrors != NULL ||
        (r->want.ovs->bridge != NULL && strcmp(r->want.ovs->bridge, r->want.ovs->name) == 0);
}

/* Where to begin. What is tried has to be safe without a look: the ports are new, the bridge is
 * there. False: there is nothing to take back. */
static bool vif__rows_start(vif__job *j)
{
    vif__rows *d = &j->rows;
    bool look = j->phase == VIF__REMOVE || j->dry, applied = false, port = false;
    size_t i;

    memset(d, 0, sizeof *d);
    memset(&j->step, 0, sizeof j->step);
    d->next_cfg = -1;
    d->since = j->host->priv.since;
    d->dials = j->host->priv.dials;
    d->first = d->end = j->phase == VIF__FORWARD ? j->at : j->at - 1;
    while (d->end < j->plan.count && vif__is_ovs(&j->plan.items[d->end])) {
        d->end++;
    }
    while (d->first > 0 && vif__is_ovs(&j->plan.items[d->first - 1])) {
        d->first--;
    }
    d->active = true;
    d->at_fault = d->end - 1;
    for (i = d->first; i < d->end; i++) {
        vif_resource *r = &j->plan.items[i];

        applied = applied || r->priv.state == VIF__APPLIED;
        port = port || r->want.ovs->bridge != NULL;
        look = (j->phase != VIF__BACK && (r->optional || r->want.ovs->guarded ||
                                          vif__rows_expect(r))) || look;
    }
    d->state = j->phase == VIF__BACK ? VIF__ROWS_CHANGE
        : look || !port ? VIF__ROWS_LOOK : VIF__ROWS_TRY;
    return j->phase != VIF__BACK || applied;
}

/* Whether the resource takes part in the change. A bridge that is right guards it. */
static bool vif__rows_changes(const vif__job *j, const vif_resource *r)
{
    switch (j->phase) {
    case VIF__FORWARD: return r->priv.state == VIF__DIFFERENT || r->want.ovs->bridge == NULL;
    case VIF__REMOVE: return r->priv.state == VIF__DIFFERENT;
    default: return r->priv.state == VIF__APPLIED;
    }
}

/* Every change is guarded by the one row that each database of Open vSwitch has. */
static void vif__rows_begin_change(vif__job *j)
{
    if (j->phase == VIF__FORWARD) {     /* without its row the rest would be garbage, and be gone */
        (void)vif_ovsdb_wait(j->rows.txn, "Open_vSwitch", "!=");
        vif_ovsdb_column(j->rows.txn, "_uuid");
    }
}

/* Backwards where things are taken back or away: a bridge goes after its ports. */
static void vif__rows_build_change(vif__job *j)
{
    vif__rows *d = &j->rows;
    const bool forward = j->phase == VIF__FORWARD;
    size_t i;

    for (i = d->first; i < d->end; i++) {
        vif_resource *r = &j->plan.items[forward ? i : d->first + d->end - 1 - i];

        r->want.ovs->priv.joins = r->want.ovs->priv.leaves = false;
        if (vif__rows_changes(j, r)) {
            (void)vif__kinds[r->kind].steps[forward ? VIF__APPLY : VIF__REVERT](j, r);
        }
    }
}

/* The operation that asks for next_cfg; in the server's log stands whose change it was. */
static int vif__rows_end_change(vif__job *j)
{
    int op;

    vif__ovs_end_ports(j, j->rows.txn);
    op = vif_ovsdb_next_cfg(j->rows.txn);
    (void)vif_ovsdb_comment(j->rows.txn, j->tag);
    return op;
}

/* What the switch made of it counts: every port, and a bridge that this call made. */
static bool vif__rows_judged(const vif_resource *r)
{
    return r->want.ovs->bridge != NULL || r->priv.created;
}

/* Whether somebody will hear of other ports with this interface id. */
static bool vif__rows_tells(const vif__job *j, const vif_ovs *o)
{
    return j->host->desc.log != NULL && o->iface_id != NULL;
}

/* The server answers a wait when the switch has got as far, with what it made of the ports. What is
 * left of the time that the state has is the server's to keep. */
static void vif__rows_begin_applied(vif__job *j)
{
    (void)vif_ovsdb_wait_cfg(j->rows.txn, j->rows.next_cfg, vif__rows_left(j));
}

/* The port's interface, by what the server has an index of. Of a bridge only the name is known. */
static void vif__ovs_where_iface(vif_ovsdb_txn *t, const vif_ovs *o)
{
    char name[65];

    if (o->bridge != NULL && o->priv.iface[0] != '\0') {
        vif_ovsdb_where_uuid(t, o->priv.iface);
    } else {
        vif_ovsdb_where_text(t, "name", vif__ovs_interface(o, name));
    }
}

#ifndef VIF_NO_NETWORKS
/* Each of a bond's interfaces; what it has become of them. */
static void vif__rows_build_links(vif_ovsdb_txn *t, const vif_ovs *o)
{
    const char *list = o->links;
    char name[17];

    while (vif_list_next(&list, name, sizeof name)) {
        vif__ovs_find(t, "Interface", name, vif__ovs_state);
    }
}

/* The first that the switch could not open is what the bond is. */
static void vif__rows_seen_links(vif__job *j, vif_ovs *o, const vif_ovsdb_event *ev)
{
    const char *list = o->links;
    int op = o->priv.op;
    char name[17];

    while (!o->priv.broken && vif_list_next(&list, name, sizeof name)) {
        vif__ovs_seen_state(j, o, vif_ovsdb_first(ev, ++op));
    }
}
#endif

/* Of a plug also what became of the ports: the switch counts a change as applied though it could
 * not open one. */
static void vif__rows_build_applied(vif__job *j)
{
    vif__rows *d = &j->rows;
    size_t i;

    for (i = d->first; i < d->end && j->phase == VIF__FORWARD; i++) {
        vif_ovs *o = j->plan.items[i].want.ovs;

        if (vif__rows_judged(&j->plan.items[i])) {
            o->priv.op = vif_ovsdb_select(d->txn, "Interface");
            vif__ovs_where_iface(d->txn, o);
            vif__ovs_columns(d->txn, vif__ovs_state);
            if (vif__rows_tells(j, o)) {
                vif__ovs_find_holders(d->txn, o->iface_id);
            }
#ifndef VIF_NO_NETWORKS
            vif__rows_build_links(d->txn, o);
#endif
        }
    }
}

/* OVN's controller writes ovn-installed into the interface when its flows are there. */
static void vif__rows_build_ready(vif__job *j)
{
    vif__rows *d = &j->rows;
    size_t i;

    for (i = d->first; i < d->end; i++) {
        const vif_ovs *o = j->plan.items[i].want.ovs;

        if (o->iface_id != NULL) {
            (void)vif_ovsdb_wait_ms(d->txn, "Interface", "!=", vif__rows_left(j));
            vif__ovs_where_iface(d->txn, o);
            vif_ovsdb_where_pair(d->txn, "external_ids", "ovn-installed", "true");
            vif_ovsdb_column(d->txn, "name");
        }
    }
}

/* The selects of all resources of the group, each of which notes where its answers begin. */
static void vif__rows_build_look(vif__job *j)
{
    vif__rows *d = &j->rows;
    size_t i;

    for (i = d->first; i < d->end; i++) {
        const vif_resource *r = &j->plan.items[i];
        const struct vif__ovs_look *look = vif__ovs_look_of(j, r);

        if (look != NULL) {
            r->want.ovs->priv.op = d->txn->ops;
            look->ask[d->state == VIF__ROWS_LOOK_MORE](j, r);
        }
    }
}

/* Is the switch as far as the database? */
static int vif__rows_end_look(vif__job *j)
{
    const int op = vif_ovsdb_select(j->rows.txn, "Open_vSwitch");

    vif__ovs_columns(j->rows.txn, "next_cfg\0cur_cfg\0");
    return op;
}

/* What the VIF's first port has become. */
static void vif__rows_result(vif__job *j)
{
    vif_result *result = j->result;
    size_t i = j->rows.first;

    while (i < j->rows.end && (j->plan.items[i].want.ovs->bridge == NULL ||
                               j->plan.items[i].whose != VIF_OWN)) {
        i++;
    }
    if (i < j->rows.end && j->phase == VIF__FORWARD) {
        const vif_ovs *o = j->plan.items[i].want.ovs;

        result->port[0] = '\0';
        vif_cat(result->port, sizeof result->port, o->name);
        result->ofport = o->priv.ofport;
        result->ifindex = o->priv.ifindex;
    }
}

/* The next resource with something to sweep, which is first among its holders. */
static const vif_resource *vif__rows_held(const vif__job *j)
{
    size_t i;

    for (i = j->rows.first; i < j->rows.end; i++) {
        vif_ovs *o = j->plan.items[i].want.ovs;

        while (o->priv.holders != NULL && !vif__ovs_goes_last(j, o->priv.holders)) {
            o->priv.holders = o->priv.holders->next;
        }
        if (o->priv.holders != NULL) {
            return &j->plan.items[i];
        }
    }
    return NULL;
}

#ifndef VIF_NO_NETWORKS
/* Whether it is a port that a network has on its bridge, or (on false) leads there from another. */
static bool vif__ovs_is_net_port(const vif_resource *r, const vif_ovs *bridge, bool on)
{
    const vif_ovs *o = r->want.ovs;

    return vif__ovs_is_net(r) && o->bridge != NULL && o->priv.tagged &&
        (strcmp(o->bridge, bridge->name) == 0) == on;
}

/* The bridge of a network has no ports but those that it was made with, and is still ours. What
 * leads to it from other bridges goes in the same transaction. */
static void vif__ovs_sweep_net(vif__job *j, const vif_ovs *bridge)
{
    vif_ovsdb_txn *t = j->rows.txn;
    size_t i;

    (void)vif_ovsdb_wait(t, "Bridge", "==");
    vif_ovsdb_where_uuid(t, bridge->priv.uuid);
    vif_ovsdb_where_pair(t, "external_ids", "vif", j->shared_tag);
    vif_ovsdb_column(t, "ports");
    vif_ovsdb_row(t, "ports");
    vif_ovsdb_put_set(t);
    vif_ovsdb_put_uuid(t, bridge->priv.iface);
    for (i = j->rows.first; i < j->rows.end; i++) {
        if (vif__ovs_is_net_port(&j->plan.items[i], bridge, true)) {
            vif_ovsdb_put_uuid(t, j->plan.items[i].want.ovs->priv.uuid);
        }
    }
    vif_ovsdb_put_end(t);
    for (i = j->rows.first; i < j->rows.end; i++) {
        if (vif__ovs_is_net_port(&j->plan.items[i], bridge, false)) {
            (void)vif_ovsdb_mutate(t, "Bridge");
            vif_ovsdb_where_has(t, "ports", j->plan.items[i].want.ovs->priv.uuid);
            vif__ovs_mutate(t, "ports", "delete", j->plan.items[i].want.ovs->priv.uuid, 0);
        }
    }
}
#endif

/* What goes when all else of the group is done, one by one: other holders of the interface id, as
 * they could not be put back, each if it still has the id; at an unplug counted bridges, each if
 * nobody else has a port on it. That can only be seen behind the transaction that takes the VIF's
 * own ports away: of several VIFs that leave at once each would else leave it to the others. */
static void vif__rows_build_sweep(vif__job *j)
{
    vif_ovsdb_txn *t = j->rows.txn;
    const vif_resource *r = vif__rows_held(j);
    const vif_ovs *o = r->want.ovs;
    const vif__ovs_holder *h = o->priv.holders;

    if (h->used) {                      /* unless a port of this VIF's is there still */
        (void)vif_ovsdb_wait(t, "Port", "==");
        vif_ovsdb_where_pair(t, "external_ids", "vif", j->tag);
        vif_ovsdb_column(t, "name");
        vif__ovs_forsake(j, h->uuid);
        return;
    }
    if (h->bridge) {
        (void)vif_ovsdb_wait(t, "Interface", "==");
        vif__ovs_users(t, h->name);
#ifndef VIF_NO_NETWORKS
        if (vif__ovs_is_net(r)) {
            vif__ovs_sweep_net(j, o);
        }
#endif
        (void)vif_ovsdb_mutate(t, "Open_vSwitch");
        vif_ovsdb_where_all(t);
        vif__ovs_mutate(t, "bridges", "delete", h->uuid, 0);
        return;
    }
    (void)vif_ovsdb_require(t, "Interface", h->name);
    vif_ovsdb_where_pair(t, "external_ids", "iface-id", o->iface_id);
    vif__ovs_drop_port(t, h);
}

static int vif__rows_end_sweep(vif__job *j)
{
    return vif_ovsdb_next_cfg(j->rows.txn);
}

/* Whether the walk of an unplug may go on while the switch lets go of its ports: where only links
 * are left, to be deleted. What is put back on a device that stays has to come after the switch,
 * which itself puts back what it found. */
static bool vif__rows_may_detach(const vif__job *j)
{
    size_t i = 0;

    while (i < j->rows.first && (!vif__is_removed(j, &j->plan.items[i]) ||
                                 vif__is_own_link(&j->plan.items[i]))) {
        i++;
    }
    return j->phase == VIF__REMOVE && i == j->rows.first;
}

/* The last step has been confirmed: is there another one to wait for? */
static vif_status vif__rows_next(vif__job *j)
{
    vif__rows *d = &j->rows;
    bool sweeps;

    if (j->dry || (j->phase == VIF__BACK && d->state == VIF__ROWS_APPLIED)) {
        return VIF_OK;
    }
    sweeps = d->state <= VIF__ROWS_SWEEP && j->phase != VIF__BACK && vif__rows_held(j) != NULL;
    j->result->committed = j->phase != VIF__BACK;
    if (sweeps && j->phase == VIF__REMOVE) {
        return vif__rows_go(j, VIF__ROWS_SWEEP);
    }
    if ((d->state < VIF__ROWS_APPLIED || j->phase == VIF__REMOVE) &&
        d->state != VIF__ROWS_APPLIED && d->next_cfg >= 0 && vif__ovs_waits(j)) {
        d->detached = vif__rows_may_detach(j);
        return vif__rows_go(j, VIF__ROWS_APPLIED);
    }
    if (j->phase == VIF__BACK) {
        return VIF_OK;
    }
    vif__rows_result(j);
    j->result->applied = vif__ovs_waits(j);
    if (sweeps) {
        return vif__rows_go(j, VIF__ROWS_SWEEP);
    }
    if (d->state < VIF__ROWS_READY && j->phase == VIF__FORWARD && vif__ovs_waits_ready(j)) {
        return vif__rows_go(j, VIF__ROWS_READY);
    }
    j->result->ready = d->state == VIF__ROWS_READY;
    return VIF_OK;
}

/* The change was made: who was new has a uuid now. */
static vif_status vif__rows_changed(vif__job *j, const vif_ovsdb_event *ev)
{
    vif__rows *d = &j->rows;
    size_t i;

    d->next_cfg = vif_ovsdb_next_cfg_of(ev, d->cfg_op);
    if (d->next_cfg < 0 && j->phase == VIF__FORWARD) {
        return vif__step_fail(j, VIF_E_UNKNOWN, "a reply without next_cfg");
    }
    if (d->renewing) {
        return vif__rows_go(j, VIF__ROWS_APPLIED);
    }
    for (i = d->first; i < d->end; i++) {
        vif_resource *r = &j->plan.items[i];
        vif_ovs *o = r->want.ovs;

        if (r->priv.state != VIF__DIFFERENT || j->phase == VIF__BACK) {
            continue;
        }
        if (j->phase == VIF__FORWARD && vif__ovs_absent(r)) {
            r->priv.created = true;
            (void)vif_ovsdb_uuid(vif_ovsdb_member(vif_ovsdb_result(ev, o->priv.op - 1), "uuid"),
                                 o->priv.iface);
            (void)vif_ovsdb_uuid(vif_ovsdb_member(vif_ovsdb_result(ev, o->priv.op), "uuid"),
                                 o->priv.uuid);
        }
        r->priv.state = VIF__APPLIED;
        vif__log(j, j->phase == VIF__FORWARD ? "applied" : "removed", r);
    }
    return vif__rows_next(j);
}

/* Everything has been seen: what is to be changed? */
static vif_status vif__rows_decide(vif__job *j)
{
    vif__rows *d = &j->rows;
    vif_status st = VIF_OK;
    bool any = false;
    size_t i;

    for (i = d->first; i < d->end && st == VIF_OK; i++) {
        vif_resource *r = &j->plan.items[i];

        r->priv.state = VIF__RIGHT;
        st = vif__kinds[r->kind].steps[VIF__TEST](j, r);
        if (r->want.ovs->priv.sent && !vif__ovs_absent(r)) {    /* the reply was lost */
            r->priv.created = true;
            if (r->priv.state == VIF__RIGHT) {
                r->priv.state = VIF__APPLIED;
            }
        }
        any = any || r->priv.state == VIF__DIFFERENT;
    }
    d->at_fault = i - 1;
    if (st != VIF_OK) {
        return st;
    }
    return any && !j->dry ? vif__rows_go(j, VIF__ROWS_CHANGE) : vif__rows_next(j);
}

#ifndef VIF_NO_NETWORKS
/* A bridge of the plan is another one, for all that the plan puts on it. */
static void vif__ovs_rename(vif__job *j, const char *from, const char *to)
{
    size_t i;

    for (i = j->rows.first; i < j->rows.end; i++) {
        vif_ovs *o = j->plan.items[i].want.ovs;

        if (o->bridge == NULL && strcmp(o->name, from) == 0) {
            o->name = to;
        } else if (o->bridge != NULL && strcmp(o->bridge, from) == 0) {
            o->bridge = to;
        }
    }
    j->plan.bridge = to;
}

/* A network that has no name of its own, but a bridge already, is on that one. True: all has to be
 * looked at again. */
static bool vif__ovs_follows(vif__job *j)
{
    size_t i;

    for (i = j->rows.first; i < j->rows.end; i++) {
        const vif_ovs *o = j->plan.items[i].want.ovs;

        if (o->anchor && !vif__ovs_absent(&j->plan.items[i]) && o->priv.bridge[0] != '\0' &&
            strcmp(o->priv.bridge, o->bridge) != 0 && j->rows.tries++ < 4) {
            vif__ovs_rename(j, o->bridge, o->priv.bridge);
            return true;
        }
    }
    return false;
}
#else
#define vif__ovs_follows(j) false
#endif

/* The first look is behind all others of its transaction in the same state of the database, so
 * cur_cfg tells whether the switch has something to do still: a plug that finds all rows right
 * waits for it none the less. */
static vif_status vif__rows_looked(vif__job *j, const vif_ovsdb_event *ev)
{
    vif__rows *d = &j->rows;
    const bool more = d->state == VIF__ROWS_LOOK_MORE;
    bool any = false;
    size_t i;

    memset(&j->step, 0, sizeof j->step);    /* nothing of a try that was refused */
    if (!more) {
        const vif_ovsdb_value row = vif_ovsdb_first(ev, d->cfg_op);
        int64_t applied = 0;

        if (row.text == NULL && j->phase == VIF__FORWARD) {
            return vif__step_fail(j, VIF_E_SYSTEM, "the database has no row in Open_vSwitch: it "
                                  "waits for \"ovs-vsctl init\"");
        }
        d->next_cfg = -1;
        (void)vif_ovsdb_int(vif_ovsdb_member(row, "cur_cfg"), &applied);
        (void)vif_ovsdb_int(vif_ovsdb_member(row, "next_cfg"), &d->next_cfg);
        d->next_cfg = applied < d->next_cfg ? d->next_cfg : -1;
    }
    for (i = d->first; i < d->end; i++) {
        vif_resource *r = &j->plan.items[i];
        const struct vif__ovs_look *look = vif__ovs_look_of(j, r);

        if (look != NULL) {
            look->seen[more](j, r, ev);
        }
        if (j->step.status != VIF_OK) {
            d->at_fault = i;
            return j->step.status;
        }
    }
    for (i = d->first; i < d->end && !more && !any; i++) {
        any = vif__ovs_asks_more(j, &j->plan.items[i]);
    }
    if (!any && vif__ovs_follows(j)) {
        return vif__rows_go(j, VIF__ROWS_LOOK);
    }
    return any ? vif__rows_go(j, VIF__ROWS_LOOK_MORE) : vif__rows_decide(j);
}

/* The switch lets go of a device with the flags that it found: the device of a port that went is
 * maybe down, and is brought up again. */
static void vif__rows_up(vif__job *j, const vif_ovs *o)
{
    size_t k;

    for (k = 0; k < j->rows.first; k++) {
        const vif_resource *up = &j->plan.items[k];

        if (up->kind == VIF_RES_UP && up->priv.state != VIF__SKIPPED &&
            strcmp(up->link, o->name) == 0) {
            (void)vif__set_up(j, up->priv.link, ~0u, VIF_IFF_UP | up->want.up.flags);
        }
    }
}

/* The switch's own words on a port that it could not open. */
static vif_status vif__rows_applied(vif__job *j, const vif_ovsdb_event *ev)
{
    vif__rows *d = &j->rows;
    vif_ovsdb_iter holders;
    vif_ovsdb_value row;
    size_t i;

    for (i = d->first; i < d->end && d->renewing; i++) {
        if (j->plan.items[i].want.ovs->priv.renew) {
            vif__rows_up(j, j->plan.items[i].want.ovs);
        }
    }
    if (d->renewing) {
        d->renewing = false;
        return vif__rows_go(j, VIF__ROWS_LOOK);
    }
    for (i = d->first; i < d->end && j->phase == VIF__FORWARD; i++) {
        vif_ovs *o = j->plan.items[i].want.ovs;

        if (!vif__rows_judged(&j->plan.items[i])) {
            continue;
        }
        vif__ovs_seen_state(j, o, vif_ovsdb_first(ev, o->priv.op));
#ifndef VIF_NO_NETWORKS
        vif__rows_seen_links(j, o, ev);
#endif
        holders = vif_ovsdb_rows(ev, o->priv.op + 1);
        if (vif__rows_tells(j, o) && vif_ovsdb_next(&holders, NULL, &row) &&
            vif_ovsdb_next(&holders, NULL, &row)) {
            vif__log(j, "another port has this interface id", &j->plan.items[i]);
        }
        if (o->priv.broken && !j->plan.policy.ovs_device_later) {
            d->at_fault = i;
            return vif__step_say(j, VIF_E_PLUG, "%e", o->priv.error != NULL ? o->priv.error
                                  : "the switch has not opened the port", NULL, NULL);
        }
    }
    return vif__rows_next(j);
}

#ifndef VIF_NO_NETWORKS
/* With its bridge all of a network has gone: the kernel's device of a port may follow. */
static void vif__ovs_net_gone(vif__job *j, const vif_resource *bridge)
{
    size_t i;

    for (i = j->rows.first; i < j->rows.end && vif__ovs_is_net(bridge); i++) {
        if (vif__ovs_is_net(&j->plan.items[i])) {
            j->plan.items[i].want.ovs->priv.uuid[0] = '\0';
        }
    }
}
#endif

/* The holder has gone, or is none any more; the bridge has gone, or is that of other VIFs, and then
 * not of this one. */
static vif_status vif__rows_swept(vif__job *j, const vif_ovsdb_event *ev)
{
    const vif_resource *r = vif__rows_held(j);
    vif__ovs_holder *h = r->want.ovs->priv.holders;

    if (ev == NULL && h->bridge && !h->used && !vif__ovs_is_net(r)) {
        h->used = true;
        return vif__rows_go(j, VIF__ROWS_SWEEP);
    }
    if (ev != NULL && !h->used) {
#ifndef VIF_NO_NETWORKS
        vif__ovs_net_gone(j, r);
#endif
        j->rows.next_cfg = vif_ovsdb_next_cfg_of(ev, j->rows.cfg_op);
        vif__log(j, j->phase == VIF__REMOVE ? "removed"
                 : "removed another port with this interface id", r);
    }
    r->want.ovs->priv.holders = h->next;
    return vif__rows_next(j);
}

/* The server said no. To a guard, or a name that is taken: looks, and tries again. */
static vif_status vif__rows_refused(vif__job *j, vif_status st)
{
    vif__rows *d = &j->rows;

    if (st != VIF_E_CONFLICT && st != VIF_E_EXISTS) {
        const bool again = d->state == VIF__ROWS_CHANGE && !d->leave_qos;

        d->leave_qos = true;            /* somebody else's port may use the QoS row */
        return again ? VIF_E_BUSY : st;
    }
    if (d->state == VIF__ROWS_SWEEP) {
        return vif__rows_swept(j, NULL);
    }
    if (d->state >= VIF__ROWS_APPLIED && j->phase == VIF__BACK) {
        return VIF_OK;                  /* it was taken back; the switch will see */
    }
    if (d->state >= VIF__ROWS_APPLIED) {
        return vif__step_fail(j, VIF_E_UNCONFIRMED, d->state == VIF__ROWS_APPLIED
            ? "committed, but the switch has not applied it in time: is ovs-vswitchd running?"
            : "applied, but no controller says ovn-installed in time");
    }
    if (j->phase == VIF__BACK) {
        st = d->leave_bridges ? st : VIF_E_BUSY;
        d->leave_bridges = true;
        return st;
    }
    return d->tries++ < 4 ? vif__rows_go(j, VIF__ROWS_LOOK) : st;
}

static vif_status vif__rows_done(vif__job *j, const vif_ovsdb_event *ev)
{
    (void)ev;
    return vif__rows_next(j);
}

typedef struct vif__rows_state {
    void (*begin)(vif__job *j);         /* operations for all tasks of a transaction; or NULL */
    void (*build)(vif__job *j);
    int (*end)(vif__job *j);            /* the same, at the end; or NULL. Becomes rows.cfg_op */
    vif_status (*answered)(vif__job *j, const vif_ovsdb_event *ev);
} vif__rows_state;

static const vif__rows_state vif__rows_states[] = {     /* in the order of VIF__ROWS_* */
    {vif__rows_begin_change, vif__rows_build_change, vif__rows_end_change, vif__rows_changed},
    {NULL, vif__rows_build_look, vif__rows_end_look, vif__rows_looked},
    {NULL, vif__rows_build_look, NULL, vif__rows_looked},
    {vif__rows_begin_change, vif__rows_build_change, vif__rows_end_change, vif__rows_changed},
    {vif__rows_begin_applied, vif__rows_build_applied, NULL, vif__rows_applied},
    {NULL, vif__rows_build_sweep, vif__rows_end_sweep, vif__rows_swept},
    {NULL, vif__rows_build_ready, NULL, vif__rows_done}};

/* The two states that make or take away the plan's rows: where the answer is lost, that may have
 * been done. */
static bool vif__rows_is_change(const vif__rows *d)
{
    return d->state == VIF__ROWS_TRY || d->state == VIF__ROWS_CHANGE;
}

/* A task that may have changed something, or has only to wait for what was committed, goes on
 * trying until its deadline; others give up with the connection. */
static bool vif__rows_is_patient(const vif__rows *d)
{
    return d->maybe || d->state >= VIF__ROWS_APPLIED;
}

/* The connection will not come back. Whether a change was made is then not known, whether one that
 * was committed has been applied neither. */
static vif_status vif__rows_broken(vif__job *j)
{
    const vif__rows *d = &j->rows;

    j->step = j->host->ovsdb.error;
    j->step.status = d->maybe ? VIF_E_UNKNOWN
        : d->state >= VIF__ROWS_APPLIED ? VIF_E_UNCONFIRMED : j->step.status;
    return j->step.status;
}

/* The connection went before the reply came. A change may have been made: it is looked for. */
static vif_status vif__rows_lost(vif__job *j, const vif_ovsdb_event *ev)
{
    vif__rows *d = &j->rows;
    const bool change = vif__rows_is_change(d);
    size_t i;

    d->maybe = d->maybe || (change && ev->status == VIF_E_UNKNOWN);
    if (j->host->ovsdb.error.status != VIF_E_SYSTEM || d->tries++ == 4) {
        return vif__rows_broken(j);     /* what the server sends is at fault: it would again */
    }
    d->dials = j->host->priv.dials;
    for (i = d->first; i < d->end && d->state == VIF__ROWS_CHANGE; i++) {
        vif_resource *r = &j->plan.items[i];

        r->want.ovs->priv.sent = r->priv.state == VIF__DIFFERENT && vif__ovs_absent(r);
    }
    if (change && j->phase != VIF__BACK) {
        d->state = VIF__ROWS_LOOK;
    }
    return VIF_E_BUSY;
}

/* What the time that ran out leaves behind depends on what was asked last. */
static vif_status vif__rows_expired(vif__job *j, bool flying)
{
    const vif__rows *d = &j->rows;

    if (d->state >= VIF__ROWS_APPLIED) {
        return vif__step_fail(j, VIF_E_UNCONFIRMED, "committed, but the OVSDB server has not "
                              "answered in time whether it is applied");
    }
    if (d->maybe || (flying && vif__rows_is_change(d))) {
        return vif__step_fail(j, VIF_E_UNKNOWN, "the OVSDB server has not answered in time");
    }
    return vif__step_say(j, VIF_E_TIMEOUT, "the OVSDB server has not answered in time; nothing "
                          "was changed; %s", j->host->ovsdb.error.text, NULL, NULL);
}

/* A port that went from one bridge to another. */
static void vif__rows_moved(vif__job *j)
{
    size_t i;

    for (i = j->rows.first; i < j->rows.end; i++) {
        const vif_resource *p = &j->plan.items[i];
        const vif_ovs *o = p->want.ovs;

        if (o->bridge != NULL && p->priv.state == VIF__APPLIED && !p->priv.created &&
            strcmp(o->priv.bridge, o->bridge) != 0) {
            vif__rows_up(j, o);
        }
    }
}

/* The group is over: the walk goes on behind it. An outcome that is not known is left as it is, for
 * a look by the next call; so is the rest of an unplug that failed here. */
static void vif__rows_finish(vif__job *j, vif_status st)
{
    vif__rows *d = &j->rows;
    size_t i;

    vif__info *info;

    d->active = false;
    if (d->detached) {                  /* the walk has gone on long ago */
        if (st != VIF_OK && j->status == VIF_OK) {
            vif__job_fail(j, st, &j->plan.items[d->at_fault]);
        }
        return;
    }
    j->at = j->phase == VIF__FORWARD ? d->end : d->first;
    for (info = j->infos; info != NULL && d->end < j->plan.count; info = info->next) {
        info->known = false;            /* links of the switch's own come and go with their rows */
    }
    if (st == VIF_OK) {
        if (j->phase == VIF__FORWARD && !j->dry) {
            vif__rows_moved(j);
        }
        return;
    }
    if (j->phase == VIF__BACK) {
        vif__left_behind(j, &j->plan.items[d->end - 1]);
        return;
    }
    vif__job_fail(j, st, &j->plan.items[d->at_fault]);
    j->phase = j->phase == VIF__REMOVE || st == VIF_E_UNKNOWN || st == VIF_E_UNCONFIRMED
        ? VIF__OVER : VIF__BACK;
    for (i = d->first; i < d->end && j->phase == VIF__BACK && d->maybe; i++) {
        const vif_resource *r = &j->plan.items[i];

        /* There, but by this call or an earlier one? A guest may be using it. */
        if (r->whose == VIF_OWN && !r->priv.created && !vif__ovs_absent(r)) {
            vif__left_behind(j, r);
        }
    }
}

/* The group has come a step further: it has more to ask, or it is over and the walk goes on. So the
 * walk does while nothing but the switch is waited for at an unplug. */
static void vif__rows_after(vif__job *j, vif_status st)
{
    vif_host *h = j->host;
    bool goes_on = j->rows.detached && j->parked;

    if (st == VIF_E_BUSY && j->owner->priv.cancelled && j->phase != VIF__BACK) {
        st = vif__step_fail(j, VIF_E_CANCELED, "cancelled by the caller");
    }
    if (st == VIF_E_BUSY) {
        vif__queue_put(h, VIF__READY, j);
        j->at = goes_on ? j->rows.first : j->at;
    } else {
        vif__rows_finish(j, st);
        goes_on = j->parked;
    }
    if (goes_on) {
        j->parked = false;
        vif__queue_put(h, VIF__RUN, j);
    }
}

/* The walk has come to a group. */
static void vif__rows_turn(vif__job *j)
{
    j->parked = true;
    if (!j->rows.active) {
        vif__rows_after(j, vif__rows_start(j) ? VIF_E_BUSY : VIF_OK);
    }
}

/* >>lane: requests to the OVSDB
 *
 * What tasks have to ask goes out when no walk can go on without an answer: so those of many tasks
 * share a transaction, as far as they are at the same point and it does not become too large. The
 * answer is handed to each of them. A refusal that names an operation is that task's own, and the
 * others ask again; one that names nobody is found by halving. */

enum { VIF__BATCH_MAX = 1 << 20, VIF__BATCH_END = 512 };

/* Whether two tasks may share a transaction. */
static bool vif__lane_joins(const vif__job *a, const vif__job *b)
{
    const uint8_t as = vif__rows_is_change(&a->rows) ? (uint8_t)VIF__ROWS_CHANGE : a->rows.state;
    const uint8_t bs = vif__rows_is_change(&b->rows) ? (uint8_t)VIF__ROWS_CHANGE : b->rows.state;

    return a == b || (as == bs && as != VIF__ROWS_SWEEP && a->phase == b->phase &&
        a->plan.policy.ovs_commit_ms == b->plan.policy.ovs_commit_ms &&
        (as != VIF__ROWS_APPLIED || (a->rows.next_cfg == b->rows.next_cfg &&
                                     a->rows.deadline - b->rows.deadline < 1000 &&
                                     b->rows.deadline - a->rows.deadline < 1000)));
}

/* Where the transaction is built: in the host's room for requests, or in a larger one. */
static void vif__lane_begin(vif_host *h, vif__job *lead, vif_ovsdb_txn *t)
{
    const bool large = h->priv.batch != NULL;

    vif_ovsdb_begin(t, large ? h->priv.batch : lead->buf.data,
                    large ? h->priv.batch_cap : lead->buf.cap, "Open_vSwitch");
    t->user = lead;
    h->priv.guard = NULL;
}

/* Twice the room for a transaction; false: there is none. */
static bool vif__lane_grow(vif_host *h, const vif__job *lead)
{
    const size_t old = h->priv.batch_cap, cap = (old > 0 ? old : lead->buf.cap) * 4;
    void *room = cap <= VIF__BATCH_MAX && h->desc.resize != NULL
        ? h->desc.resize(h->desc.resize_user, h->priv.batch, old, cap) : NULL;

    if (room != NULL) {
        h->priv.batch = (unsigned char *)room;
        h->priv.batch_cap = cap;
    }
    return room != NULL;
}

/* No job is at work: the larger room, which one of many may need, is given back. */
static void vif__lane_shrink(vif_host *h)
{
    if (h->priv.batch != NULL) {
        (void)h->desc.resize(h->desc.resize_user, h->priv.batch, h->priv.batch_cap, 0);
        h->priv.batch = NULL;
        h->priv.batch_cap = 0;
    }
}

/* Adds a task's operations. False, and taken back: they do not fit. */
static bool vif__lane_add(vif__job *j, vif_ovsdb_txn *t)
{
    const vif_ovsdb_txn before = *t;

    j->rows.txn = t;
    j->rows.first_op = t->ops;
    vif__rows_states[j->rows.state].build(j);
    j->rows.end_op = t->ops;
    if (t->out.overflow || t->out.len + VIF__BATCH_END > t->out.cap) {
        *t = before;
        return false;
    }
    return true;
}

/* Writes a transaction of the task that is first in line and all that may share it, its mates.
 * Returns how many there are, 0: there is more room now; *cfg_op is the operation that asks for
 * next_cfg, or -1. */
static unsigned vif__lane_write(vif_host *h, vif_ovsdb_txn *t, int *cfg_op)
{
    vif__job *const lead = h->priv.queues[VIF__READY].first;
    const vif__rows_state *state = &vif__rows_states[lead->rows.state];
    unsigned count = 0, most = lead->rows.limit != 0 ? lead->rows.limit : UINT16_MAX;
    vif__job *j = lead, *last = lead;

    vif__lane_begin(h, lead, t);
    lead->rows.txn = t;
    lead->rows.mate = NULL;
    if (state->begin != NULL) {
        state->begin(lead);
    }
    for (; j != NULL && count < most; j = j->next[1]) {
        if (!vif__lane_joins(lead, j)) {
            continue;
        }
        if (!vif__lane_add(j, t)) {
            break;
        }
        count++;
        if (j != lead) {
            last->rows.mate = j;
            j->rows.mate = NULL;
            last = j;
        }
    }
    if (j != NULL && count < most && vif__lane_grow(h, lead)) {
        return 0;
    }
    if (count == 0) {                   /* it never fits: the connection says so */
        h->priv.guard = NULL;
        state->build(lead);
        count = 1;
    }
    *cfg_op = state->end != NULL ? state->end(lead) : -1;
    return t->out.overflow && vif__lane_grow(h, lead) ? 0 : count;
}

/* The task that is first in line and its mates are on their way. */
static void vif__lane_launch(vif_host *h, int ops, int cfg_op)
{
    vif__job *const lead = h->priv.queues[VIF__READY].first;
    vif__job *j = lead;

    for (; j != NULL; j = j->rows.mate) {
        vif__queue_drop(h, VIF__READY, j);
        j->rows.cfg_op = cfg_op;
    }
    lead->rows.ops = ops;
    vif__queue_put(h, VIF__FLYING, lead);
}

/* A connection, or one on its way (E_BUSY). One that is lost is made anew. */
static vif_status vif__lane_connect(vif_host *h, vif__job *j)
{
    vif_ovsdb *db = vif__ovsdb_of(h);
    vif_status st;

    if (!h->priv.ovsdb_open) {
        return vif__ovsdb_open(h, &j->step);
    }
    if (db->error.status == VIF_OK) {
        return VIF_OK;
    }
    if (h->priv.dials != j->rows.dials && !vif__rows_is_patient(&j->rows)) {
        return vif__rows_broken(j);
    }
    st = vif_ovsdb_reconnect(db, vif_ovsdb_now(db));
    if (st == VIF_E_UNSUPPORTED) {      /* an adopted socket */
        return vif__rows_broken(j);
    }
    if (st == VIF_OK) {
        h->priv.dials++;
        (void)vif_ovsdb_run(db, false, true, vif_ovsdb_now(db));
        st = db->error.status == VIF_OK ? VIF_OK : VIF_E_BUSY;
    }
    return st;
}

/* Sends what the first task in line asks for, with all that may go with it. False: nothing can be
 * sent before the connection has moved. */
VIF__APART static bool vif__lane_send(vif_host *h)
{
    vif__job *const lead = h->priv.queues[VIF__READY].first;
    vif_status st = vif__lane_connect(h, lead);
    vif_ovsdb_txn t;
    unsigned count = 1;
    int cfg_op = -1;

    if (h->priv.ovsdb_open && lead->rows.deadline == 0) {
        lead->rows.deadline = vif_ovsdb_now(&h->ovsdb) + lead->plan.policy.ovs_commit_ms;
    }
    if (st == VIF_OK) {
        while ((count = vif__lane_write(h, &t, &cfg_op)) == 0) {
            /* with more room */
        }
        st = vif_ovsdb_transact(&h->ovsdb, &t, &lead->rows.request, &lead->step);
    }
    if (st == VIF_OK) {
        h->priv.stats.ovsdb_transactions++;
        vif__lane_launch(h, t.ops, cfg_op);
        (void)vif_ovsdb_run(&h->ovsdb, false, true, vif_ovsdb_now(&h->ovsdb));
        return true;
    }
    if (st == VIF_E_BUSY) {
        return false;
    }
    if (count > 1) {                    /* what is too large together may be good in parts */
        lead->rows.limit = (uint16_t)(count / 2);
        return true;
    }
    vif__queue_drop(h, VIF__READY, lead);
    vif__rows_after(lead, st);
    return true;
}

/* What the answer means to one of the tasks that had a share in the transaction. */
static vif_status vif__lane_reply(vif__job *j, const vif_ovsdb_event *ev, unsigned count,
                                  const vif_error *err, int fault)
{
    vif__rows *d = &j->rows;
    const vif_status st = err->status;

    if (st == VIF_OK) {
        return vif__rows_states[d->state].answered(j, ev);
    }
    j->step = *err;
    if (st == VIF_E_PROTO && d->state != VIF__ROWS_LOOK && d->state != VIF__ROWS_LOOK_MORE) {
        return VIF_E_UNKNOWN;           /* the server has answered, but what? */
    }
    if (count == 1 || (fault >= d->first_op && fault < d->end_op)) {
        return vif__rows_refused(j, st);
    }
    if (d->state == VIF__ROWS_TRY && (st == VIF_E_CONFLICT || st == VIF_E_EXISTS)) {
        return vif__rows_refused(j, st);    /* a look tells all of them more than halving */
    }
    if (d->state == VIF__ROWS_APPLIED && fault == 0) {
        return vif__rows_refused(j, st);    /* the wait that all share */
    }
    if (fault == -1) {                  /* nobody is named: one of this half, or of the other */
        d->limit = (uint16_t)(count / 2);
    }
    return fault == -2 ? st : VIF_E_BUSY;   /* the request as a whole; or another task's fault */
}

/* An answer, or word that none will come, for a transaction. */
static void vif__lane_answer(vif__job *lead, const vif_ovsdb_event *ev)
{
    const bool lost = ev->type == VIF_OVSDB_LOST;
    const int ops = lead->rows.ops;
    vif_error *err = &lead->host->priv.lane_error;
    vif__job *j, *mate;
    bool named = false;
    unsigned count = 0;
    int fault = -1;

    memset(err, 0, sizeof *err);
    if (!lost && vif_ovsdb_check(ev, ops, err) != VIF_OK) {
        fault = vif_ovsdb_type(ev->result) == VIF_JSON_ARRAY ? vif_ovsdb_fault(ev, ops) : -2;
    }
    for (j = lead; j != NULL; j = j->rows.mate) {
        count++;
        named = named || (fault >= j->rows.first_op && fault < j->rows.end_op);
    }
    if (fault >= 0 && !named && lead->rows.state != VIF__ROWS_APPLIED) {    /* what they share */
        fault = -1;
    }
    for (j = lead; j != NULL; j = mate) {
        mate = j->rows.mate;
        j->rows.mate = NULL;
        j->rows.request = 0;
        vif__rows_after(j, lost ? vif__rows_lost(j, ev)
                        : vif__lane_reply(j, ev, count, err, fault));
    }
}

/* Whoever waits for that answer waits no longer. */
static void vif__lane_expire(vif_host *h, unsigned queue, vif__job *j)
{
    const bool flying = queue == VIF__FLYING;
    vif__job *mate;

    vif__queue_drop(h, queue, j);
    if (flying) {
        vif_ovsdb_forget(&h->ovsdb, j->rows.request);
    }
    vif_ovsdb_expire(&h->ovsdb);        /* what comes on it now would answer nobody */
    for (; j != NULL; j = mate) {
        mate = flying ? j->rows.mate : NULL;
        vif__rows_after(j, vif__rows_expired(j, flying));
    }
}

/* Waits that a cancelled job has a part in are asked again, without it: they change nothing. */
static void vif__lane_recall(vif_host *h)
{
    vif__job *j = h->priv.queues[VIF__FLYING].first, *mate, *next;

    for (; j != NULL; j = next) {
        next = j->next[1];
        if (j->rows.state < VIF__ROWS_APPLIED || j->rows.state == VIF__ROWS_SWEEP) {
            continue;
        }
        vif__queue_drop(h, VIF__FLYING, j);
        vif_ovsdb_forget(&h->ovsdb, j->rows.request);
        for (; j != NULL; j = mate) {
            mate = j->rows.mate;
            vif__rows_after(j, VIF_E_BUSY);
        }
    }
}

/* Takes what has come, and gives up what has come too late. */
VIF__APART static void vif__lane_receive(vif_host *h, bool readable)
{
    vif_ovsdb *db = vif__ovsdb_of(h);
    const int64_t now = vif_ovsdb_now(db);
    vif_ovsdb_event ev;
    vif__job *j;
    unsigned queue;

    (void)vif_ovsdb_run(db, readable, true, now);
    h->priv.stuck = false;
    while (vif_ovsdb_step(db, now, &ev) != VIF_OVSDB_NOTHING) {
        j = (vif__job *)ev.user;        /* who leads; NULL: no answer to one of ours */
        if (j != NULL) {
            vif__queue_drop(h, VIF__FLYING, j);
            vif__lane_answer(j, &ev);
        } else {
            vif__watch_event(h, &ev);
        }
    }
    for (queue = VIF__READY; queue <= VIF__FLYING; queue++) {
        while ((j = h->priv.queues[queue].first) != NULL && j->rows.deadline != 0 &&
               now >= j->rows.deadline) {
            vif__lane_expire(h, queue, j);
        }
    }
}

#endif

static vif_resource *vif__at(const vif__job *j)
{
    const bool forward = j->phase == VIF__TESTING || j->phase == VIF__FORWARD;

    return &j->plan.items[forward ? j->at : j->at - 1];
}

/* One resource further forward. */
VIF__APART static void vif__step_forward(vif__job *j)
{
    vif_resource *r = vif__at(j);
    const vif_status st = vif__forward(j, r);

    if (j->asleep) {
        return;
    }
    j->waited = 0;
    j->at++;
    if (st != VIF_OK) {
        vif__job_fail(j, st, r);
        j->unfinished = r->whose == VIF_SHARED && r->kind != VIF_RES_RULES;
        j->phase = j->phase == VIF__TESTING ? VIF__OVER : VIF__BACK;
    }
}

/* One resource of a walk backwards: taken back behind a failure, or taken away by an unplug. The
 * first failure is told, and the walk goes on, since the rest would else stay for ever. */
VIF__APART static void vif__step_back(vif__job *j)
{
    vif_resource *r = vif__at(j);
    vif_status st = VIF_OK;

    if (j->phase == VIF__BACK) {
        vif__back(j, r);
    } else if (vif__is_removed(j, r)) {
        st = vif__remove(j, r);
    }
    if (j->asleep) {
        return;
    }
    j->waited = 0;
    j->at--;
    if (st != VIF_OK && j->status == VIF_OK) {
        vif__job_fail(j, st, r);
    }
}

/* Forward the walk ends behind the last resource, backward at the first. */
static bool vif__at_end(const vif__job *j)
{
    const bool forward = j->phase == VIF__TESTING || j->phase == VIF__FORWARD;

    return j->phase == VIF__OVER || j->at == (forward ? j->plan.count : 0);
}

/* Rows are not walked one by one: see >>job: the group of OVSDB resources. */
static bool vif__at_row(const vif__job *j)
{
    return !vif__at_end(j) && (vif__kinds[vif__at(j)->kind].facts & VIF__IS_ROW) != 0;
}

/* The walk stops where it is: what it has done so far is taken back, or (unplug) stays so. */
static void vif__cancel_here(vif__job *j)
{
    (void)vif__step_fail(j, VIF_E_CANCELED, "cancelled by the caller");
    j->status = j->step.status;
    j->result->error = j->step;
    vif__tell_failure(j, NULL);
    j->at += j->waited > 0 && j->phase == VIF__FORWARD;     /* what has begun is taken back, too */
    j->waited = 0;
    j->phase = j->phase == VIF__FORWARD ? VIF__BACK : VIF__OVER;
}

/* Nothing of the task is kept: what its caller gets lies in the result. */
static void vif__task_free(vif__job *j)
{
    /* The task itself lies in its arena, and that in memory that the next one may take. */
    vif_arena arena = j->arena;
    vif_host *h = j->host;
    vif_job *job = j->owner;
    void *memory = j->memory;
    const size_t size = j->memory_size;

#ifndef VIF_NO_QBG
    vif__talk_end(j);
#endif
#ifndef VIF_NO_ANNOUNCE
    vif__announce_end(j);
#endif
    job->priv.starved = false;
    vif_arena_free(&arena);
    if (job->priv.desc.memory == NULL) {
        (void)h->desc.resize(h->desc.resize_user, memory, size, 0);
    } else {
        memcpy(memory, &job->priv.free, sizeof job->priv.free);
        job->priv.free = memory;
    }
}

#ifndef VIF_NO_HOSTDEV
/* A device that the guest, or the pod, drives by itself, and the driver that is without it now. */
static void vif__task_device(vif__job *j)
{
    vif_result *to = j->result;
    size_t i;

    for (i = 0; i < j->plan.count; i++) {
        const vif_resource *r = &j->plan.items[i];

        if (r->kind == VIF_RES_DRIVER && r->priv.note.device != NULL && j->verb != VIF_UNPLUG &&
            to->pci_address[0] == '\0') {
            vif_cat(to->pci_address, sizeof to->pci_address, r->want.device->address);
            vif_cat(to->dev_driver, sizeof to->dev_driver, r->priv.note.device->was.pci.driver);
        }
    }
}
#endif

/* What its guest is to be given: the first link of the VIF's own, or a vDPA device. */
static void vif__task_link(vif__job *j)
{
    size_t i = 0;

    while (i < j->plan.count && !vif__is_own_link(&j->plan.items[i])) {
        i++;
    }
#ifndef VIF_NO_NETWORKS
    vif__name_copy(j->result->bridge, j->plan.bridge != NULL ? j->plan.bridge : "");
#endif
#ifndef VIF_NO_HOSTDEV
    vif__task_device(j);
#endif
#if !defined(VIF_NO_OVS) || !defined(VIF_NO_HOSTDEV)
    if (j->plan.vdpa != NULL) {
        const char *root = j->host->desc.dev_root;

        vif__cat_format(j->result->vdpa, sizeof j->result->vdpa, "%s/%s",
                        root != NULL ? root : "/dev", j->plan.vdpa, NULL);
    }
#endif
    if (i < j->plan.count && j->plan.items[i].priv.link != NULL && j->verb != VIF_UNPLUG) {
        vif__name_copy(j->result->link, j->plan.items[i].link);
        if (j->result->ifindex == 0) {
            j->result->ifindex = j->plan.items[i].priv.link->index;
        }
    }
}

/* The end of a subject, which it came to for better or worse. */
static void vif__subject_end(vif_job *job, vif_result *result, vif_status st)
{
    uint64_t *counters = (uint64_t *)&job->priv.host->priv.stats;

    counters[vif__outcome_of(st)->counter / sizeof *counters]++;
    result->us += vif__now_us(job->priv.host);
    result->status = st;
    job->failed += st != VIF_OK;
    job->done++;
    if (st != VIF_OK && job->priv.error.status == VIF_OK) {
        job->priv.error = result->error;
        job->priv.error.status = st;
    }
}

/* What was found goes to where the caller wants it. */
static void vif__diffs_out(const vif__job *j)
{
    const vif_subject *s = &j->owner->priv.desc.subjects[j->subject];
    vif__diff *d = j->diffs;
    size_t i;

    for (i = 0; d != NULL && i < s->difference_cap; d = d->next) {
        vif__title(d->resource, d->difference.resource, sizeof d->difference.resource);
        s->differences[i++] = d->difference;
    }
#ifndef VIF_NO_DRY_RUN
    if (j->owner->priv.text != NULL && j->status == VIF_OK) {
        vif__dry_print(j, j->owner->priv.text);
    }
#endif
}

/* The walk is over: the status is what it came to, and for a check whether it found anything. */
static void vif__task_end(vif__job *j)
{
    vif_job *job = j->owner;
    vif_status st = j->status;

    vif__leave(j);
    if (j->host->priv.guest == j) {
        vif__nl_leave(j->host);
    }
    if (j->forgetful && st == VIF_OK) {
        st = vif_fail(&j->result->error, VIF_E_NOMEM, 0, "differences", NULL);
    }
    j->result->differences = j->dry ? j->diff_count : 0;
    if (st == VIF_OK && j->verb == VIF_CHECK && j->diff_count > 0) {
        st = vif_fail(&j->result->error, VIF_E_DIFFERENT, 0, "", NULL);
    }
    vif__task_link(j);
    vif__diffs_out(j);
    vif__watch_learn(j);
    vif__subject_end(job, j->result, st);
    job->priv.flying--;
    vif__task_free(j);
}

/* A step of the walk's own, not of a resource, failed. */
static void vif__walk_fail(vif__job *j, vif_status st)
{
    vif__job_fail(j, st, vif__locked(j));
    j->phase = VIF__OVER;
}

/* What was found may be old once the lock is there: all is looked at again. */
static void vif__task_forget(vif__job *j)
{
    size_t i;

    for (i = 0; i < j->plan.count; i++) {
        memset(&j->plan.items[i].priv, 0, sizeof j->plan.items[i].priv);
    }
    j->entered = false;
}

/* Between the tests and the first change: the lock of a shared bridge, and the notes on disk. */
static void vif__task_tested(vif__job *j)
{
    const vif_status st = vif__before_changes(j);

    j->at = 0;
    if (st == VIF_OK) {
        j->phase = VIF__FORWARD;
    } else if (st == VIF_E_BUSY) {
        vif__task_forget(j);
    } else {
        vif__walk_fail(j, st);
    }
}

/* False: the task has to come again. */
static bool vif__task_enters(vif__job *j)
{
    vif_status st;

    if (j->entered || j->phase == VIF__OVER) {
        return true;
    }
    st = vif__enter(j);
    j->entered = st == VIF_OK;
    if (st != VIF_OK && st != VIF_E_BUSY) {
        vif__walk_fail(j, st);
    }
    return st != VIF_E_BUSY;
}

/* A walk has come to its end: what has to be waited for still, before the task is over? */
static void vif__task_arrived(vif__job *j)
{
    if (j->phase == VIF__TESTING) {
        vif__task_tested(j);
    } else if (j->phase == VIF__REMOVE && j->doomed_count > 0 && !j->deleted) {
        vif__queue_put(j->host, VIF__DOOM, j);
        return;
#ifndef VIF_NO_OVS
    } else if (j->rows.active) {        /* detached: the switch has not let go yet */
        j->parked = true;
        return;
#endif
    } else {
        vif__task_end(j);
        return;
    }
    vif__queue_put(j->host, VIF__RUN, j);
}

/* A task's walk goes one resource further. */
VIF__APART static void vif__task_turn(vif__job *j)
{
    if (j->owner->priv.cancelled && j->phase != VIF__BACK && j->phase != VIF__OVER &&
        j->status == VIF_OK && !vif__at_end(j)) {
        vif__cancel_here(j);
    }
    if (!vif__task_enters(j)) {
        vif__queue_put(j->host, VIF__RUN, j);
        return;
    }
    if (vif__at_end(j)) {
        vif__task_arrived(j);
        return;
    }
    if (vif__at_row(j) && j->phase == VIF__TESTING) {
        j->at++;                        /* rows are tested by the change itself */
#ifndef VIF_NO_OVS
    } else if (vif__at_row(j)) {
        vif__rows_turn(j);
        return;
#endif
    } else if (j->phase == VIF__TESTING || j->phase == VIF__FORWARD) {
        vif__step_forward(j);
    } else {
        vif__step_back(j);
    }
    vif__queue_put(j->host, j->asleep ? VIF__WAIT : VIF__RUN, j);
}

/* >>host
 *
 * Opening and closing. A host takes one block of memory and divides it: what the kernel's answers
 * are received into, requests under construction, and the rest for the task of a blocking call. The
 * connection to an OVSDB is made when the first VIF needs it. */

VIF_API vif_host_desc vif_host_desc_default(void)
{
    vif_host_desc d;

    memset(&d, 0, sizeof d);
    return d;
}

#ifndef VIF_NO_LIBC_ALLOC
static void *vif__libc_resize(void *user, void *ptr, size_t old_size, size_t size)
{
    (void)user;
    (void)old_size;
    if (size == 0) {
        free(ptr);
        return NULL;
    }
    return realloc(ptr, size);
}
#endif

enum { VIF__RECEIVE_SIZE = 32768, VIF__SEND_SIZE = 8192, VIF__TRIAL_SIZE = 4096 };

/* The caller's memory is taken as it is, with the part for Open vSwitch at its end if there is
 * enough; else the hook gives what a host needs. */
static vif_status vif__host_memory(vif_host *h, vif_error *err)
{
#ifndef VIF_NO_LIBC_ALLOC
    if (h->desc.resize == NULL) {
        h->desc.resize = vif__libc_resize;
    }
#endif
    h->priv.memory_size = h->desc.memory != NULL ? h->desc.memory_size : VIF_HOST_MEMORY;
    if (h->priv.memory_size < VIF_HOST_MEMORY) {
        return vif_fail(err, VIF_E_INVAL, 0, "memory_size", "below VIF_HOST_MEMORY");
    }
    h->priv.memory = (unsigned char *)h->desc.memory;
#ifndef VIF_NO_OVS
    if (h->desc.memory != NULL && h->priv.memory_size >= VIF_HOST_MEMORY + VIF_HOST_OVS_MEMORY) {
        h->priv.memory_size -= VIF_HOST_OVS_MEMORY;
        h->priv.ovs_memory = (unsigned char *)h->desc.memory + h->priv.memory_size;
    }
#endif
    if (h->priv.memory == NULL && h->desc.resize != NULL) {
        h->priv.memory = (unsigned char *)h->desc.resize(h->desc.resize_user, NULL, 0,
                                                         VIF_HOST_MEMORY);
    }
    if (h->priv.memory == NULL) {
        return vif_fail(err, VIF_E_NOMEM, 0, "memory", "no memory for the host");
    }
    return VIF_OK;
}

/* The socket is opened last of what may fail without it, so that little has to be closed again. */
VIF_API vif_status vif_host_open(vif_host *host, const vif_host_desc *desc, vif_error *err)
{
    vif_nl_desc nl = vif_nl_desc_default();
    vif_status st;

    memset(host, 0, sizeof *host);
    host->desc = *desc;
    host->desc.owner = desc->owner != NULL ? desc->owner : "local";
    if (!vif__owner_good(host->desc.owner)) {
        return vif_fail(err, VIF_E_INVAL, 0, "owner", "1 to 64 of A-Z a-z 0-9 . _ - are required");
    }
    if (desc->options != NULL) {
        host->priv.options = *desc->options;
    }
    st = vif__host_memory(host, err);
    if (st == VIF_OK) {
        nl.fd = desc->netlink_fd;
        nl.buffer = host->priv.memory;
        nl.buffer_cap = VIF__RECEIVE_SIZE;
        nl.timeout_ms = desc->timeout_ms;
        nl.seed = desc->seed;
        nl.now_ms = desc->now_ms;
        nl.user = desc->user;
        st = vif_nl_open(&host->nl, &nl, err);
        host->priv.open = st == VIF_OK;
    }
    if (st != VIF_OK) {
        vif_host_close(host);
    }
    return st;
}

/* Also behind an open that failed half way: what is not there is not closed. */
VIF_API void vif_host_close(vif_host *host)
{
    vif__nl_leave(host);
    if (host->priv.open) {
        vif_nl_close(&host->nl);
    }
    if (host->priv.nf_open) {
        vif_nl_close(&host->priv.nf);
    }
#ifndef VIF_NO_OVS
    if (host->priv.ovsdb_open) {
        vif_ovsdb_close(vif__ovsdb_of(host));
    }
    if (host->priv.ovs_memory != NULL && host->desc.memory == NULL) {
        (void)host->desc.resize(host->desc.resize_user, host->priv.ovs_memory, VIF_HOST_OVS_MEMORY,
                                0);
    }
#endif
    if (host->priv.memory != NULL && host->desc.memory == NULL) {
        (void)host->desc.resize(host->desc.resize_user, host->priv.memory,
                                host->priv.memory_size, 0);
    }
    memset(&host->priv, 0, sizeof host->priv);
}

/* Most counters are those of the connections, which count for themselves. */
VIF_API void vif_host_stats(const vif_host *host, vif_stats *out)
{
    const vif_nl *const sockets[3] = {&host->nl, &host->priv.nf, &host->priv.guest_nl};
    unsigned i;

    *out = host->priv.stats;
    for (i = 0; i < 3; i++) {
        out->kernel_requests += sockets[i]->count.requests;
        out->kernel_round_trips += sockets[i]->count.datagrams_sent;
        out->kernel_bytes_out += sockets[i]->count.bytes_sent;
        out->kernel_bytes_in += sockets[i]->count.bytes_received;
    }
    out->ovsdb_bytes_out = host->ovsdb.count.bytes_out;
    out->ovsdb_bytes_in = host->ovsdb.count.bytes_in;
    out->ovsdb_reconnects = host->priv.dials;
}

/* >>jobs
 *
 * A job begins its subjects one after the other, when nothing that has begun can go on, and as far
 * as it has memory for them; each becomes a task, which the runner moves. */

enum { VIF__TASK_BLOCK = 4096 };        /* of the hook, to begin with */

/* Memory for one more task, and its size; NULL: there is none now. What the caller gave is cut into
 * equal pieces; those that are free again begin with the address of the next. */
static void *vif__job_memory(vif_job *job, size_t *size)
{
    const vif_job_desc *d = &job->priv.desc;
    const size_t pieces = d->memory_size / VIF_JOB_MEMORY;
    void *memory = job->priv.free;

    *size = VIF__TASK_BLOCK;
    if (d->memory == NULL) {
        return job->priv.host->desc.resize == NULL ? NULL
            : job->priv.host->desc.resize(job->priv.host->desc.resize_user, NULL, 0, *size);
    }
    *size = d->memory_size / (pieces < 1 ? 1 : pieces < d->count ? pieces : d->count) / 16 * 16;
    if (memory != NULL) {
        memcpy(&job->priv.free, memory, sizeof job->priv.free);
    } else if ((job->priv.pieces + 1) * *size <= d->memory_size) {
        memory = (unsigned char *)d->memory + job->priv.pieces++ * *size;
    }
    return memory;
}

/* A task in that memory; NULL if it does not fit. */
static vif__job *vif__task_new(vif_job *job, void *memory, size_t size)
{
    vif_host *h = job->priv.host;
    unsigned char *rooms = h->priv.memory + VIF__RECEIVE_SIZE;
    vif_arena arena;
    vif__job *j;

    vif_arena_init_hook(&arena, memory, size, h->desc.resize, h->desc.resize_user);
    j = (vif__job *)vif_arena_alloc(&arena, sizeof *j);
    if (j != NULL) {
        j->arena = arena;
        j->memory = memory;
        j->memory_size = size;
        j->owner = job;
        j->host = h;
        j->path = h->priv.path;
        j->subject = job->priv.begun;
        j->verb = job->priv.desc.verb;
        j->dry = job->priv.desc.dry || j->verb == VIF_CHECK;
        j->result = &job->priv.desc.results[j->subject];
        vif_buf_init(&j->buf, rooms, VIF__SEND_SIZE);
        vif_buf_init(&j->trial, rooms + VIF__SEND_SIZE, VIF__TRIAL_SIZE);
    }
    return j;
}

/* The tag that links of the VIF's, or shared ones, carry; NULL: no memory. */
static const char *vif__tag_copy(vif__job *j, const char *what)
{
    char tag[160];

    vif__tag(tag, sizeof tag, j->host->desc.owner, what);
    return vif_arena_text(&j->arena, tag, strlen(tag));
}

/* Makes the plan, which may look at the host; then looks up its links. */
static vif_status vif__task_plan(vif__job *j)
{
    const vif_subject *s = &j->owner->priv.desc.subjects[j->subject];
    vif_host *h = j->host;
    vif_error *err = &j->result->error;
    vif_plan_input in;
    vif_view view;
    vif_status st;

    memset(&view, 0, sizeof view);
    view.link = vif__view_link;
    view.user = j;
#if !defined(VIF_NO_OVS) || !defined(VIF_NO_DIRECT) || !defined(VIF_NO_HOSTDEV)
    view.sysfs = vif__view_sysfs;
    view.sysfs_list = vif__view_sysfs_list;
    view.devlink_port = VIF__VIEW_DEVLINK;
#endif
#ifdef VIF__DEVICES
    view.notes = vif__view_notes;
#endif
#ifndef VIF_NO_NETWORKS
    view.lease = vif__view_lease;
#endif
    memset(&in, 0, sizeof in);
    in.verb = j->verb;
    in.vif = s->vif;
    in.object = s->object;
    in.id = s->id;
    in.plan = s->plan;
    in.instance = s->instance;
    in.options = s->options != NULL ? s->options : &h->priv.options;
    in.view = &view;
    in.owner = h->desc.owner;
    in.plugins = h->desc.plugins;
    in.plugin_count = h->desc.plugin_count;
    in.fast_path = h->desc.fast_path != NULL;
    j->shared_tag = vif__tag_copy(j, "shared");
    j->tag = vif_has_text(vif__input_id(&in)) ? vif__tag_copy(j, vif__input_id(&in))
                                              : j->shared_tag;
    if (j->tag == NULL || j->shared_tag == NULL) {
        return vif_fail(err, VIF_E_NOMEM, 0, "", "no memory for a tag");
    }
    vif__plan_init(&j->plan, &j->arena, j->trial.data, j->trial.cap, in.options);
    if (in.options->ovs_applied_timeout_ms == 0) {  /* the switch takes one port after the other */
        j->plan.policy.ovs_applied_ms += (int64_t)(j->owner->priv.desc.count - 1) * 50;
    }
    st = vif__subject_is(s)
        ? vif__plan_keep(&j->plan, vif__plan_write(&j->plan, &in, err), err)
        : vif__plan_found(&j->plan, &in, s, err);
    if (st != VIF_OK && j->step.status != VIF_OK) {
        memcpy(j->step.where, err->where, sizeof err->where);
        *err = j->step;                 /* a look-up that failed says more than the planner can */
        st = err->status;
    }
    return st;
}

/* Looks up the links of the plan. */
static vif_status vif__task_look(vif__job *j)
{
    vif_error *err = &j->result->error;
    vif_status st = vif__prefetch(j);

    vif__real_names(j);
    st = st == VIF_OK && j->verb == VIF_UNPLUG ? vif__find_tagged(j) : st;
    st = st == VIF_OK && j->verb == VIF_UNPLUG ? vif__dns_find(j) : st;
    st = st == VIF_OK && j->verb == VIF_UNPLUG && !j->dry ? vif__may_change(j) : st;
    if (st != VIF_OK) {
        *err = j->step;
        err->status = st;
        vif_cat(err->where, sizeof err->where, err->where[0] == '\0' ? "looking up links" : "");
    }
    return st;
}

/* Begins the next subject. False: there is no memory for it before another one is over. */
static bool vif__job_begin(vif_job *job)
{
    vif_result *result = &job->priv.desc.results[job->priv.begun];
    size_t size = 0;
    void *memory = job->priv.cancelled ? NULL : vif__job_memory(job, &size);
    vif__job *j = memory != NULL ? vif__task_new(job, memory, size) : NULL;

    job->priv.starved = memory == NULL && job->priv.flying > 0 && !job->priv.cancelled;
    if (job->priv.starved) {
        return false;
    }
    job->priv.begun++;
    job->priv.host->priv.stats.begun++;
    memset(result, 0, sizeof *result);
    result->us = -job->priv.host->priv.since;
    if (j == NULL) {
        vif__subject_end(job, result, job->priv.cancelled
            ? vif_fail(&result->error, VIF_E_CANCELED, 0, "", NULL)
            : vif_fail(&result->error, VIF_E_NOMEM, 0, "", "no memory for the job"));
        return true;
    }
    job->priv.flying++;
    j->status = vif__task_plan(j);
    j->status = j->status == VIF_OK ? vif__task_look(j) : j->status;
    if (j->status != VIF_OK) {
        result->error.status = j->status;
        vif__tell_failure(j, NULL);
        j->phase = VIF__OVER;
    } else if (j->verb == VIF_UNPLUG) {
        j->phase = VIF__REMOVE;
        j->at = j->plan.count;
    } else {
        j->phase = j->dry ? VIF__FORWARD : VIF__TESTING;
    }
    vif__queue_put(j->host, VIF__RUN, j);
    return true;
}

/* The next job that has a subject to begin, and memory for it. */
VIF__APART static bool vif__jobs_begin(vif_host *h)
{
    vif_job *job;

    for (job = h->priv.jobs; job != NULL; job = job->priv.next) {
        if (job->priv.begun < job->priv.desc.count && vif__job_begin(job)) {
            return true;
        }
    }
    return false;
}

/* Jobs whose subjects are all over are the caller's again. */
static void vif__jobs_end(vif_host *h)
{
    vif_job **at = &h->priv.jobs;

    while (*at != NULL) {
        vif_job *job = *at;

        if (job->done == job->priv.desc.count) {
            *at = job->priv.next;
            job->priv.host = NULL;
            h->priv.job_count--;
        } else {
            at = &job->priv.next;
        }
    }
#ifndef VIF_NO_OVS
    if (h->priv.jobs == NULL) {
        vif__lane_shrink(h);
    }
#endif
}

/* >>runner: a turn
 *
 * A turn does one thing: the first that there is to do, in this order. So every walk comes as far
 * as it can before its request is sent, with those of others; and the switch is at work while the
 * kernel deletes links. */

/* Those whose time has come go on. Where nobody else waits, or there is no clock to do it by, this
 * does. */
VIF__APART static void vif__host_wake(vif_host *h, bool sleeps)
{
    vif__job *j, *const last = h->priv.queues[VIF__WAIT].last;

    if (sleeps) {
        (void)poll(NULL, 0, VIF__PAUSE_MS);
        h->priv.clock += VIF__PAUSE_MS;
    }
    do {
        j = vif__queue_take(h, VIF__WAIT);
        j->asleep = j->wake > vif__host_now(h);
        vif__queue_put(h, j->asleep ? VIF__WAIT : VIF__RUN, j);
    } while (j != last);
}

/* One thing after the other, so that a turn ends with the first call of the kernel's that may take
 * time: a task's next step; another subject; a transaction; an answer of the server's; links that
 * are to be deleted. */
static void vif__host_turn(vif_host *h, bool readable)
{
    vif__job *j;

    h->priv.inside = true;
    h->priv.since = vif__now_us(h);
    j = vif__queue_take(h, VIF__RUN);
    if (j != NULL) {
        vif__task_turn(j);
    } else if (!vif__jobs_begin(h)) {
#ifndef VIF_NO_OVS
        const bool sent = h->priv.queues[VIF__READY].first != NULL && !h->priv.stuck &&
            vif__lane_send(h);

        h->priv.stuck = h->priv.queues[VIF__READY].first != NULL && !sent;
        if (!sent && h->priv.queues[VIF__DOOM].first == NULL && h->priv.ovsdb_open) {
            vif__lane_receive(h, readable);
        } else
#endif
        if (h->priv.queues[VIF__DOOM].first != NULL) {
            vif__doomed_remove(h);
        }
        if (readable && h->priv.queues[VIF__WAIT].first != NULL) {
            vif__host_wake(h, h->desc.now_ms == NULL);
        }
    }
    vif__jobs_end(h);
    h->priv.inside = false;
    (void)readable;
}

/* Whether a turn has something to do without an answer of the OVSDB's. */
static bool vif__host_can_go_on(const vif_host *h)
{
    const vif_job *job = h->priv.jobs;

    while (job != NULL && (job->priv.begun == job->priv.desc.count || job->priv.starved)) {
        job = job->priv.next;
    }
    return job != NULL || h->priv.queues[VIF__RUN].first != NULL ||
        h->priv.queues[VIF__DOOM].first != NULL ||
        (h->priv.queues[VIF__READY].first != NULL && !h->priv.stuck);
}

/* When a task looks again, or gives up. A blocking host without a clock sleeps in the step
 * itself. */
static int64_t vif__host_deadline(const vif_host *h)
{
    int64_t deadline = INT64_MAX;
    const vif__job *j;

#ifndef VIF_NO_OVS
    j = h->priv.queues[VIF__READY].first;
    if (j != NULL && j->rows.deadline != 0) {
        deadline = j->rows.deadline;
    }
    for (j = h->priv.queues[VIF__FLYING].first; j != NULL; j = j->next[1]) {
        deadline = j->rows.deadline < deadline ? j->rows.deadline : deadline;
    }
#endif
    for (j = h->priv.queues[VIF__WAIT].first; j != NULL; j = j->next[0]) {
        const int64_t wake = h->desc.now_ms != NULL ? j->wake : 0;  /* 0: sleeps in its step */

        deadline = wake < deadline ? wake : deadline;
    }
    return deadline;
}

VIF_API size_t vif_host_step(vif_host *host)
{
    if (!host->priv.inside && host->priv.jobs != NULL) {
        vif__host_turn(host, true);
    }
    return host->priv.job_count;
}

/* A host with something to do says that its time has come already; else it waits for the server, or
 * for the next time at which a task is to be asked again. */
VIF_API vif_want vif_host_want(const vif_host *host)
{
    vif_want want = {-1, false, false, INT64_MAX};
    const int64_t deadline = vif__host_deadline(host);

#ifndef VIF_NO_OVS
    if (host->priv.ovsdb_open) {
        want = vif_ovsdb_want(&host->ovsdb, vif_ovsdb_now(&host->ovsdb));
    }
#endif
    if (vif__host_can_go_on(host)) {
        want.deadline_ms = 0;
    } else if (deadline < want.deadline_ms) {
        want.deadline_ms = deadline;
    }
    return want;
}

/* Nothing is looked at yet: a subject is begun when there is memory for it, by a step. */
VIF_API vif_status vif_job_start(vif_job *job, vif_host *host, const vif_job_desc *desc,
                                 vif_error *err)
{
    memset(job, 0, sizeof *job);
    if (!host->priv.open) {
        return vif_fail(err, VIF_E_NOT_OPEN, 0, "", NULL);
    }
    if (host->priv.inside) {
        return vif_fail(err, VIF_E_BUSY, 0, "", "called from a callback of this host's");
    }
    if (desc->results == NULL || (desc->count > 0 && desc->subjects == NULL)) {
        return vif_fail(err, VIF_E_INVAL, 0, "results", "a result for each subject is required");
    }
    job->priv.desc = *desc;
    if (desc->count == 0) {
        return VIF_OK;
    }
    job->priv.host = host;
    job->priv.next = host->priv.jobs;
    host->priv.jobs = job;
    host->priv.job_count++;
    return VIF_OK;
}

VIF_API bool vif_job_step(vif_job *job)
{
    if (job->priv.host != NULL) {
        (void)vif_host_step(job->priv.host);
    }
    return job->priv.host != NULL;
}

VIF_API vif_status vif_job_finish(vif_job *job, vif_error *err)
{
    if (job->priv.host != NULL) {
        return vif_fail(err, VIF_E_BUSY, 0, "", "the job is not over");
    }
    if (err != NULL) {
        *err = job->priv.error;
    }
    return job->priv.error.status;
}

VIF_API void vif_job_cancel(vif_job *job)
{
    job->priv.cancelled = true;
#ifndef VIF_NO_OVS
    if (job->priv.host != NULL) {
        vif__lane_recall(job->priv.host);
    }
#endif
}

/* Nothing can go on: waits for the switch, or until those who look again have their turn. */
static void vif__host_rest(vif_host *h)
{
    const bool waits = h->priv.queues[VIF__WAIT].first != NULL;

    if (waits) {
        vif__host_wake(h, true);
    }
#ifndef VIF_NO_OVS
    if (!waits || h->priv.ovsdb_open) {
        vif_ovsdb *db = vif__ovsdb_of(h);

        (void)vif_ovsdb_poll(db, waits ? vif_ovsdb_now(db) : vif__host_deadline(h));
    }
#endif
    (void)waits;
}

/* Runs the host until the job is over. */
static vif_status vif__job_run(vif_job *job, vif_error *err)
{
    vif_host *h = job->priv.host;

    while (job->priv.host != NULL) {
        vif__host_turn(h, false);
        if (job->priv.host != NULL && !vif__host_can_go_on(h)) {
            vif__host_rest(h);
        }
    }
    return vif_job_finish(job, err);
}

VIF_API vif_status vif_verb_many(vif_host *host, const vif_job_desc *desc, vif_error *err)
{
    vif_job *job = &host->priv.blocking;
    const vif_status st = vif_job_start(job, host, desc, err);

    return st == VIF_OK && desc->count > 0 ? vif__job_run(job, err) : st;
}

#ifndef VIF_NO_WATCH
/* >>watch
 *
 * What comes in are notices of the kernel and of the OVSDB server, each about a link or a row; what
 * goes out are the subjects that are no longer as they were. Of each subject hashes of all names,
 * indices and UUIDs that the last look at it met are kept: a notice makes those due that know it,
 * and a job of checks looks at what is due. Nothing is concluded from the notice itself, so that
 * one too many costs a look, and one too few is made good by the next look at all. */

enum { VIF__WATCH_KEYS = 22, VIF__WATCH_MANY = 64 };

struct vif__watched {
    uint32_t told;                      /* a hash of what was said last; 0: nothing yet */
    bool due, fresh;                    /* is to be looked at; is another since the last look */
    uint8_t count;                      /* of keys; more than there is room for: all news count */
    uint32_t keys[VIF__WATCH_KEYS];
};

/* 32 bits: two names that share a key cost one look too many. */
static uint32_t vif__watch_key(const void *data, size_t len)
{
    return vif__hash(2166136261u, data, len);
}

/* A watch needs the caller's clock, as it has deadlines of its own. */
static int64_t vif__watch_now(const vif_watch *w)
{
    const vif_host_desc *d = &w->priv.host->desc;

    return d->now_ms(d->user);
}

/* Due once the news have settled; those that are gathered already do not wait longer for it. */
static void vif__watch_due(vif_watch *w, size_t n)
{
    w->priv.watched[n].due = true;
    if (w->priv.due_at == INT64_MAX) {
        w->priv.due_at = vif__watch_now(w) +
            (w->priv.desc.settle_ms != 0 ? w->priv.desc.settle_ms : 50);
    }
}

/* Something has changed that has this name, index or UUID. */
static void vif__watch_news(vif_watch *w, const void *data, size_t len)
{
    const uint32_t key = vif__watch_key(data, len);
    size_t n, i;

    for (n = 0; n < w->priv.desc.count; n++) {
        const struct vif__watched *s = &w->priv.watched[n];

        for (i = 0; i < s->count && i < VIF__WATCH_KEYS && s->keys[i] != key; i++) {
            /* not this one */
        }
        if (i < s->count) {
            vif__watch_due(w, n);
        }
    }
}

/* News were lost, or the server was: everything is looked at again. */
static void vif__watch_all(vif_watch *w)
{
    size_t n;

    w->resyncs++;
    for (n = 0; n < w->priv.desc.count; n++) {
        vif__watch_due(w, n);
    }
}

static void vif__watch_keep(struct vif__watched *s, const void *data, size_t len)
{
    const uint32_t key = vif__watch_key(data, len);
    size_t i = 0;

    while (i < s->count && i < VIF__WATCH_KEYS && s->keys[i] != key) {
        i++;
    }
    if (i < VIF__WATCH_KEYS) {
        s->keys[i] = key;
    }
    s->count = (uint8_t)(i < s->count ? s->count : i + 1);
}

static void vif__watch_keep_text(struct vif__watched *s, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        vif__watch_keep(s, text, strlen(text));
    }
}

/* At the end of a look: what its subject is to be looked at for. */
static void vif__watch_learn(const vif__job *j)
{
    vif_watch *w = j->host->priv.watch;
    struct vif__watched *s;
    const vif__info *info;
    size_t i;

    if (w == NULL || j->owner != &w->priv.job) {
        return;
    }
    s = &w->priv.watched[w->priv.first + j->subject];
    s->count = 0;
    for (info = j->infos; info != NULL; info = info->next) {
        vif__watch_keep_text(s, info->link.name);
        if (info->link.index != 0 && info->link.ns == 0) {
            vif__watch_keep(s, &info->link.index, sizeof info->link.index);
        }
    }
    for (i = 0; i < j->plan.count; i++) {
        vif__watch_keep_text(s, vif__resource_name(&j->plan.items[i]));
#ifndef VIF_NO_OVS
        if (vif__is_ovs(&j->plan.items[i])) {
            const vif_ovs *o = j->plan.items[i].want.ovs;
            const char *qos = o->priv.qos_uuid != NULL ? o->priv.qos_uuid : "";
            const vif_ovsdb_value reference = {qos, strlen(qos)};
            char uuid[37] = "";

            vif__watch_keep_text(s, o->priv.uuid);
            vif__watch_keep_text(s, o->priv.iface);
            (void)vif_ovsdb_uuid(reference, uuid);
            vif__watch_keep_text(s, uuid);
        }
#endif
    }
}

/* Takes what the kernel has to tell. */
static void vif__watch_links(vif_watch *w)
{
    vif_nl_event event;
    vif_nl_msg msg;
    vif_link link;
    int32_t index;

    while ((event = vif_nl_monitor_next(&w->priv.nl, &w->priv.links, &msg, &w->error)) ==
           VIF_NL_MESSAGE || event == VIF_NL_RESYNC) {
        if (event == VIF_NL_RESYNC) {
            vif__watch_all(w);
            continue;
        }
        index = vif_nl_monitor_link(&msg);
        vif__watch_news(w, &index, sizeof index);
        if (vif_link_parse(&msg, &link)) {
            vif__watch_news(w, link.name, strlen(link.name));
        }
    }
}

#ifndef VIF_NO_OVS
static void vif__watch_text(vif_watch *w, vif_ovsdb_value value)
{
    char text[65];

    if (vif_ovsdb_text(value, text, sizeof text)) {
        vif__watch_news(w, text, strlen(text));
    }
}

/* A row is known by its UUID or, if it is new, by its name. Of a bridge that is told to have other
 * ports than before, these are meant: it is its other ports' bridge as it was. */
static void vif__watch_row(vif_watch *w, const vif_ovsdb_change *change)
{
    vif_ovsdb_iter columns = vif_ovsdb_each(change->row), ports;
    vif_ovsdb_value column, value, port;
    bool itself = !change->difference;
    char uuid[37];

    while (change->difference && vif_ovsdb_next(&columns, &column, &value)) {
        if (!vif_ovsdb_is(column, "ports")) {
            itself = true;
            continue;
        }
        ports = vif_ovsdb_each(value);
        while (vif_ovsdb_next(&ports, NULL, &port)) {
            if (vif_ovsdb_uuid(port, uuid)) {
                vif__watch_news(w, uuid, strlen(uuid));
            }
        }
    }
    if (itself) {
        vif__watch_text(w, change->uuid);
        vif__watch_text(w, vif_ovsdb_member(change->row, "name"));
    }
}

/* An event on the host's connection that is no answer to a task. */
static void vif__watch_event(vif_host *h, const vif_ovsdb_event *ev)
{
    vif_watch *w = h->priv.watch;
    vif_ovsdb_changes changes;
    vif_ovsdb_change change;

    if (w == NULL) {
        return;
    }
    w->priv.asked = w->priv.asked && ev->type != VIF_OVSDB_CLOSED &&
        ev->type != VIF_OVSDB_MONITOR_CANCELED;
    switch (vif_ovsdb_monitor_take(&h->ovsdb, &w->priv.rows, ev, &changes)) {
    case VIF_OVSDB_SNAPSHOT:
        vif__watch_all(w);
        break;
    case VIF_OVSDB_CHANGES:
        while (vif_ovsdb_next_change(&changes, &change)) {
            vif__watch_row(w, &change);
        }
        break;
    case VIF_OVSDB_REFUSED:             /* without an answer it is asked again */
        if (ev->type == VIF_OVSDB_REPLY) {
            (void)!vif_ovsdb_check(ev, 1, &w->error);
        }
        break;
    case VIF_OVSDB_AGAIN:
    case VIF_OVSDB_NOT_MINE:
    default:
        break;
    }
}

/* Keeps the rows monitored, once a look has shown that there is an OVSDB. What came of them during
 * another call was dropped. */
static void vif__watch_rows(vif_watch *w)
{
    vif_host *h = w->priv.host;
    vif_ovsdb *db = h->priv.ovsdb_open ? vif__ovsdb_of(h) : NULL;

    if (db == NULL) {
        return;
    }
    if (h->priv.jobs == NULL) {
        vif__lane_receive(h, true);
    }
    if (db->error.status != VIF_OK) {
        w->priv.asked = false;
        if (h->priv.jobs == NULL && vif_ovsdb_reconnect(db, vif_ovsdb_now(db)) == VIF_OK) {
            h->priv.dials++;
        }
    } else if (!w->priv.asked) {
        w->priv.rows.last_txn[0] = '\0';
        w->priv.asked = vif_ovsdb_monitor_start(db, &w->priv.rows, NULL) == VIF_OK;
    } else if (db->count.dropped != w->priv.dropped) {
        vif__watch_all(w);
    }
    w->priv.dropped = db->count.dropped;
}
#endif

/* Looks at the next that are due, as far as they stand side by side. */
static void vif__watch_look(vif_watch *w)
{
    const vif_watch_desc *d = &w->priv.desc;
    size_t first = w->priv.next, last;
    vif_job_desc job;

    while (first < d->count &&
           (!w->priv.watched[first].due || !vif__subject_is(&d->subjects[first]))) {
        first++;
    }
    for (last = first; last < d->count && last - first < VIF__WATCH_MANY &&
         w->priv.watched[last].due && vif__subject_is(&d->subjects[last]); last++) {
        w->priv.watched[last].due = w->priv.watched[last].fresh = false;
    }
    w->priv.first = first;
    w->priv.last = w->priv.next = last;
    if (first == last) {                /* a round is over; what became due meanwhile is the next */
        w->priv.next = 0;
        w->priv.due_at = INT64_MAX;
        for (first = 0; first < d->count; first++) {
            if (w->priv.watched[first].due && vif__subject_is(&d->subjects[first])) {
                vif__watch_due(w, first);
            }
        }
        return;
    }
    memset(&job, 0, sizeof job);
    job.verb = VIF_CHECK;
    job.subjects = d->subjects + first;
    job.results = d->results + first;
    job.count = last - first;
    w->looks += (uint32_t)job.count;
    (void)!vif_job_start(&w->priv.job, w->priv.host, &job, &w->error);
}

/* What was seen of a subject, other than what it took to see it. */
static uint32_t vif__watch_seen(const vif_watch *w, size_t n)
{
    const vif_result *r = &w->priv.desc.results[n];
    const vif_subject *s = &w->priv.desc.subjects[n];
    const size_t count = r->differences < s->difference_cap ? r->differences : s->difference_cap;
    uint32_t hash = vif__watch_key(&r->status, sizeof r->status);

    hash = vif__hash(hash, &r->differences, sizeof r->differences);
    hash = vif__hash(hash, r->error.text, strlen(r->error.text));
    if (r->status == VIF_E_DIFFERENT) {
        hash = vif__hash(hash, s->differences, count * sizeof *s->differences);
    }
    return hash | 1;
}

/* The next of those that were looked at that is not as it was. */
static bool vif__watch_tell(vif_watch *w, size_t *subject)
{
    bool tells = false;

    while (w->priv.job.priv.host == NULL && w->priv.first < w->priv.last && !tells) {
        const size_t n = w->priv.first++;
        struct vif__watched *s = &w->priv.watched[n];
        const uint32_t seen = s->fresh ? s->told : vif__watch_seen(w, n);

        tells = seen != s->told;
        s->told = seen;
        *subject = n;
    }
    return tells;
}

/* One subject is told of a call. While there are some to be told of, no news are taken in. */
VIF_API bool vif_watch_step(vif_watch *watch, size_t *subject)
{
    vif_host *h = watch->priv.host;

    if (h->priv.inside || watch->error.status != VIF_OK || vif__watch_tell(watch, subject)) {
        return !h->priv.inside && watch->error.status == VIF_OK;
    }
    vif__watch_links(watch);
#ifndef VIF_NO_OVS
    vif__watch_rows(watch);
#endif
    if (watch->priv.look_at <= vif__watch_now(watch)) {
        watch->priv.look_at += watch->priv.desc.look_ms;
        vif__watch_all(watch);
    }
    if (watch->priv.job.priv.host == NULL && watch->priv.due_at <= vif__watch_now(watch)) {
        vif__watch_look(watch);
    }
    (void)vif_host_step(h);
    return vif__watch_tell(watch, subject);
}

/* The socket of news, and the earliest of what is due. */
VIF_API vif_want vif_watch_want(const vif_watch *watch)
{
    vif_want want = {-1, true, false, INT64_MAX};

    want.fd = vif_nl_fd(&watch->priv.nl);
    if (watch->priv.job.priv.host == NULL) {    /* else the host knows */
        want.deadline_ms = watch->priv.first < watch->priv.last ? 0 : watch->priv.due_at;
    }
    if (watch->priv.look_at < want.deadline_ms) {
        want.deadline_ms = watch->priv.look_at;
    }
    return want;
}

/* A subject that a check of the watch is about just now has to stay, as the check points at it. */
VIF_API bool vif_watch_set(vif_watch *watch, size_t n, const vif_subject *subject)
{
    struct vif__watched *s = &watch->priv.watched[n];

    if (watch->priv.job.priv.host != NULL && n >= watch->priv.first && n < watch->priv.last) {
        return false;
    }
    memset(s, 0, sizeof *s);
    memset(&watch->priv.desc.subjects[n], 0, sizeof *subject);
    s->fresh = true;
    if (subject != NULL) {
        watch->priv.desc.subjects[n] = *subject;
        vif__watch_due(watch, n);
    }
    return true;
}

/* The rows of Open vSwitch that a plan can have, without the columns that the switch writes all the
 * time. */
static void vif__watch_tables(vif_ovsdb_monitor *m)
{
#define VIF__WATCH_ROWS(name, columns) {name, columns, sizeof columns / sizeof *columns, NULL}
    static const char *const bridge[] = {"name", "ports", "datapath_type", "external_ids",
                                         "mirrors"};
    static const char *const port[] = {"name", "interfaces", "tag", "trunks", "vlan_mode", "qos",
                                       "protected", "external_ids"};
    static const char *const interface[] = {
        "name", "type", "options", "external_ids", "mtu_request", "ofport_request", "ofport",
        "ifindex", "error", "ingress_policing_rate", "ingress_policing_burst"};
    static const char *const qos[] = {"type", "other_config", "external_ids"};
    static const vif_ovsdb_watch tables[] = {
        VIF__WATCH_ROWS("Bridge", bridge), VIF__WATCH_ROWS("Port", port),
        VIF__WATCH_ROWS("Interface", interface), VIF__WATCH_ROWS("QoS", qos)};

    m->name = "vif";
    m->database = "Open_vSwitch";
    m->watches = tables;
    m->watch_count = sizeof tables / sizeof *tables;
    m->changes_only = true;
}

/* The watch has a socket of its own for the kernel's news: what comes on the host's own socket are
 * answers to its requests, and no news must push them out of its buffer. */
VIF_API vif_status vif_watch_start(vif_watch *watch, vif_host *host, const vif_watch_desc *desc,
                                   vif_error *err)
{
    vif_nl_desc nl = vif_nl_desc_like(&host->nl);
    const size_t size = desc->count * sizeof *watch->priv.watched;
    vif_status st;

    memset(watch, 0, sizeof *watch);
    watch->priv.desc = *desc;
    watch->priv.host = host;
    nl.fd = desc->netlink_fd;
    nl.groups = VIF_WATCH_GROUPS;
    if (!host->priv.open || host->desc.now_ms == NULL) {
        return vif_fail(err, host->priv.open ? VIF_E_INVAL : VIF_E_NOT_OPEN, 0, "now_ms",
                        "a host with a clock is required");
    }
    if (host->priv.watch != NULL || host->priv.inside) {
        return vif_fail(err, VIF_E_BUSY, 0, "", "the host has a watch already");
    }
    watch->priv.watched = host->desc.resize == NULL ? NULL
        : (struct vif__watched *)host->desc.resize(host->desc.resize_user, NULL, 0, size);
    if (watch->priv.watched == NULL) {
        return vif_fail(err, VIF_E_NOMEM, 0, "", "no memory for a watch");
    }
    memset(watch->priv.watched, 0, size);
    vif_nl_monitor_init(&watch->priv.links);
    vif__watch_tables(&watch->priv.rows);
    host->priv.watch = watch;
    st = vif_nl_open(&watch->priv.nl, &nl, err);
    watch->priv.look_at = desc->look_ms > 0 ? vif__watch_now(watch) + desc->look_ms : INT64_MAX;
    watch->priv.due_at = vif__watch_now(watch);
    vif__watch_all(watch);
    if (st != VIF_OK) {
        vif_watch_stop(watch);
    }
    return st;
}

/* The job of checks is the watch's own, and must not outlive it. */
VIF_API void vif_watch_stop(vif_watch *watch)
{
    vif_host *h = watch->priv.host;

    if (watch->priv.watched != NULL) {
        vif_job_cancel(&watch->priv.job);
        (void)vif__job_run(&watch->priv.job, NULL);
        vif_nl_close(&watch->priv.nl);
        (void)h->desc.resize(h->desc.resize_user, watch->priv.watched,
                             watch->priv.desc.count * sizeof *watch->priv.watched, 0);
        watch->priv.watched = NULL;
        h->priv.watch = NULL;
    }
}
#endif

/* >>verbs
 *
 * The blocking calls for one VIF: a job with one subject, run to its end. The memory of its task is
 * the host's own, so that they allocate nothing. */

/* One verb for one subject, in the host's scratch memory; text is a dry run's, or NULL. */
static vif_status vif__verb(vif_host *h, vif_job_desc *d, const vif_subject *subject,
                            vif_text *text, vif_error *err)
{
    const size_t used = VIF__RECEIVE_SIZE + VIF__SEND_SIZE + VIF__TRIAL_SIZE;
    vif_job *job = &h->priv.blocking;
    vif_status st;

    d->subjects = subject;
    d->count = 1;
    d->results = &h->result;
    if (h->priv.open && d->memory == NULL) {
        d->memory = h->priv.memory + used;
        d->memory_size = h->priv.memory_size - used;
    }
    if (h->priv.inside) {
        return vif_fail(err, VIF_E_BUSY, 0, "", "called from a callback of this host's");
    }
    st = vif_job_start(job, h, d, err);
    job->priv.text = text;
    return st == VIF_OK ? vif__job_run(job, err) : st;
}

/* A verb of which nothing but its result is wanted. */
static vif_status vif__verb_plain(vif_host *h, vif_verb verb, const vif_subject *subject,
                                  vif_error *err)
{
    vif_job_desc d;

    memset(&d, 0, sizeof d);
    d.verb = verb;
    return vif__verb(h, &d, subject, NULL, err);
}

/* The one subject of a blocking call. */
static vif_subject vif__subject_of(const vif_vif *vif, const vif_instance_info *instance,
                                   const vif_options *options)
{
    vif_subject s;

    memset(&s, 0, sizeof s);
    s.vif = vif;
    s.instance = instance;
    s.options = options;
    return s;
}

VIF_API vif_status vif_plug(vif_host *host, const vif_vif *vif, const vif_instance_info *instance,
                            const vif_options *options, vif_error *err)
{
    const vif_subject subject = vif__subject_of(vif, instance, options);

    return vif__verb_plain(host, VIF_PLUG, &subject, err);
}

VIF_API vif_status vif_unplug(vif_host *host, const vif_vif *vif,
                              const vif_instance_info *instance, const vif_options *options,
                              vif_error *err)
{
    const vif_subject subject = vif__subject_of(vif, instance, options);

    return vif__verb_plain(host, VIF_UNPLUG, &subject, err);
}

VIF_API vif_status vif_check(vif_host *host, const vif_subject *subject, vif_error *err)
{
    return vif__verb_plain(host, VIF_CHECK, subject, err);
}

#ifndef VIF_NO_DRY_RUN
/* >>dry run
 *
 * The end of a walk that only tested: each resource of its plan with what the verb would do to it,
 * and how it differs, as lines or as one JSON object. */

/* What the verb would do to a resource that has been tested. */
static const char *vif__action(const vif__job *j, const vif_resource *r)
{
    const vif__diff *d = j->diffs;

    if (j->verb == VIF_UNPLUG) {
        return r->whose != VIF_OWN && !(vif__is(r, VIF__IS_ROW) && r->priv.state == VIF__DIFFERENT)
            ? "leave" : vif__goes_with_link(j, r) ? "goes with its link"
            : r->priv.state == VIF__DIFFERENT ? "remove" : "gone";
    }
    if (r->priv.state != VIF__DIFFERENT) {
        return r->priv.state == VIF__SKIPPED ? "skip" : "keep";
    }
    while (d != NULL && d->resource != r) {
        d = d->next;
    }
    return d != NULL && strcmp(d->difference.attribute, "exists") == 0 ? "create" : "change";
}

/* One resource of the walk: what would be done to it, and why. */
static void vif__dry_json(const vif__job *j, const vif_resource *r, vif_json_out *out)
{
    const vif__diff *d;
    vif__sink s;

    s.out = out;
    s.json = true;
    vif_json_piece(out, "{");
    vif__say(&s, "kind", vif__kinds[r->kind].name);
    vif__say(&s, "link", vif__resource_name(r));
    vif__say(&s, "whose", vif__whose_name(r->whose));
    vif__say(&s, "action", vif__action(j, r));
    vif_json_piece(out, "\"wanted\":{");
    vif__kinds[r->kind].describe(r, &s);
    vif_json_piece(out, "}");
    vif_json_piece(out, "\"differences\":[");
    for (d = j->diffs; d != NULL; d = d->next) {
        if (d->resource == r) {
            vif_json_piece(out, "{");
            vif__pairs_of(out, &d->difference);
        }
    }
    vif_json_piece(out, "]}");
}

/* The same in a line for people, its differences in lines below. */
static void vif__dry_text(const vif__job *j, const vif_resource *r, vif_json_out *out)
{
    const char *action = vif__action(j, r);
    const vif__diff *d;

    vif_json_put(out, action, strlen(action));
    vif_json_put(out, "        ", strlen(action) < 7 ? 8 - strlen(action) : 1);
    vif__plan_line(out, r);
    for (d = j->diffs; d != NULL; d = d->next) {
        if (d->resource == r && strcmp(d->difference.attribute, "exists") != 0) {
            vif_json_put(out, "; ", 2);
            vif_json_put(out, d->difference.attribute, strlen(d->difference.attribute));
            vif_json_put(out, " is ", 4);
            vif_json_put(out, d->difference.found, strlen(d->difference.found));
        }
    }
    vif_json_put(out, "\n", 1);
}

/* Every resource of the plan has a line, also those about which nothing is to be done: a reader
 * wants to see that they were thought of. */
static void vif__dry_resources(const vif__job *j, bool json, vif_json_out *out)
{
    size_t i;

    if (json) {
        vif_json_piece(out, "{");
        vif__pair(out, "verb", j->verb == VIF_UNPLUG ? "unplug" : "plug");
        vif__pair(out, "plugin", j->plan.plugin);
        vif_json_piece(out, "\"resources\":[");
    }
    for (i = 0; i < j->plan.count; i++) {
        /* unplug walks backwards */
        const vif_resource *r = &j->plan.items[j->verb == VIF_UNPLUG ? j->plan.count - 1 - i : i];

        if (json) {
            vif__dry_json(j, r, out);
        } else {
            vif__dry_text(j, r, out);
        }
    }
    if (json) {
        vif_json_piece(out, "]}");
        vif_json_put(out, "\n", 1);
    }
}

/* Half a text would be no JSON and could mislead a person: what does not fit is none. Its whole
 * length is told, so that the caller can come again with the room. */
static void vif__dry_print(const vif__job *j, vif_text *text)
{
    vif_json_out out;

    vif_json_out_init(&out, text->buf, text->cap > 0 ? text->cap - 1 : 0);
    vif__dry_resources(j, text->json, &out);
    text->len = out.len;
    if (text->cap > 0) {
        text->buf[out.overflow ? 0 : out.len] = '\0';
    }
}

/* The tests of a job are run, and its plan written down with what they found. */
VIF_API vif_status vif_dry_run(vif_host *host, vif_verb verb, const vif_subject *subject,
                               vif_text *out, vif_error *err)
{
    vif_job_desc desc;
    vif_status st;

    memset(&desc, 0, sizeof desc);
    desc.verb = verb == VIF_CHECK ? VIF_PLUG : verb;
    desc.dry = true;
    out->len = 0;
    st = vif__verb(host, &desc, subject, out, err);
    return st == VIF_OK && out->len >= out->cap ? vif_fail(err, VIF_E_SPACE, 0, "", NULL) : st;
}
#endif

#ifndef VIF_NO_OVS
/* >>port data
 *
 * Two small calls on one key of an Interface's row, straight to the server: they are no VIF's verbs
 * and have no plan. */

/* A call on the host's connection, made anew if it has gone since. */
static vif_status vif__port_call(vif_host *h, vif_ovsdb_txn *t, vif_ovsdb_event *ev, vif_error *err)
{
    vif_ovsdb *db = vif__ovsdb_of(h);
    vif_status st = VIF_OK;

    if (h->priv.inside || h->priv.jobs != NULL) {
        return vif_fail(err, VIF_E_BUSY, 0, "", "jobs of this host are at work");
    }
    st = h->priv.ovsdb_open ? vif_ovsdb_run(db, true, true, vif_ovsdb_now(db))
                            : vif__ovsdb_open(h, err);

    while (h->priv.ovsdb_open && vif_ovsdb_step(db, vif_ovsdb_now(db), ev) != VIF_OVSDB_NOTHING) {
        vif__watch_event(h, ev);        /* nobody else waits for it */
    }
    if (h->priv.ovsdb_open && db->error.status != VIF_OK) {
        if (err != NULL) {
            *err = db->error;
        }
        st = vif_ovsdb_reconnect(db, vif_ovsdb_now(db)) == VIF_OK ? VIF_OK : db->error.status;
    }
    return st == VIF_OK ? vif_ovsdb_call(db, t, vif_ovsdb_now(db) + 10000, ev, err) : st;
}

/* One transaction, of a select: the row is found by its name, which is the table's index. */
VIF_API vif_status vif_port_data_get(vif_host *host, const char *port, char *buf, size_t cap,
                                     vif_error *err)
{
    vif_ovsdb_txn t;
    vif_ovsdb_event ev;
    vif_ovsdb_value row, data;
    vif_status st;

    if (!host->priv.open || cap == 0) {
        return vif_fail(err, cap == 0 ? VIF_E_SPACE : VIF_E_NOT_OPEN, 0, port, NULL);
    }
    vif_ovsdb_begin(&t, host->priv.memory + VIF__RECEIVE_SIZE, VIF__SEND_SIZE, "Open_vSwitch");
    (void)vif_ovsdb_select(&t, "Interface");
    vif_ovsdb_where_text(&t, "name", port);
    vif_ovsdb_column(&t, "external_ids");
    st = vif__port_call(host, &t, &ev, err);
    if (st != VIF_OK) {
        return st;
    }
    row = vif_ovsdb_first(&ev, 0);
    if (row.text == NULL) {
        return vif_fail(err, VIF_E_NO_INTERFACE, 0, port, "the switch has no such port");
    }
    data = vif_ovsdb_map_get(vif_ovsdb_member(row, "external_ids"), "PortData");
    buf[0] = '\0';
    return data.text == NULL || vif_ovsdb_text(data, buf, cap)
        ? VIF_OK : vif_fail(err, VIF_E_SPACE, 0, port, NULL);
}

/* The key is put in place of what it had; other keys of the map are left alone. */
VIF_API vif_status vif_port_data_set(vif_host *host, const char *port, const char *data,
                                     vif_error *err)
{
    vif_ovsdb_txn t;
    vif_ovsdb_event ev;
    vif_status st;

    if (!host->priv.open) {
        return vif_fail(err, VIF_E_NOT_OPEN, 0, "", NULL);
    }
    vif_ovsdb_begin(&t, host->priv.memory + VIF__RECEIVE_SIZE, VIF__SEND_SIZE, "Open_vSwitch");
    (void)vif_ovsdb_mutate(&t, "Interface");
    vif_ovsdb_where_text(&t, "name", port);
    vif_ovsdb_map_set(&t, "external_ids", "PortData", data);
    st = vif__port_call(host, &t, &ev, err);
    return st == VIF_OK && vif_ovsdb_changed(&ev, 0) != 1
        ? vif_fail(err, VIF_E_NO_INTERFACE, 0, port, "the switch has no such port") : st;
}

#ifndef VIF_NO_NETWORKS
/* What looks like a number or a truth value is one. */
static void vif__ovs_put_item(vif_ovsdb_txn *t, const char *value)
{
    int64_t number;

    if (vif_int_parse(value, strlen(value), &number) || strcmp(value, "true") == 0 ||
        strcmp(value, "false") == 0) {
        vif_ovsdb_put_value(t, vif_ovsdb_view(value, strlen(value)));
    } else {
        vif_ovsdb_put_text(t, value);
    }
}

/* "a,b" is a set, and "[]" an empty one. */
static void vif__ovs_put_items(vif_ovsdb_txn *t, const char *value)
{
    char item[128];

    if (strcmp(value, "[]") != 0 && strchr(value, ',') == NULL) {
        vif__ovs_put_item(t, value);
        return;
    }
    vif_ovsdb_put_set(t);
    while (strcmp(value, "[]") != 0 && vif_list_next(&value, item, sizeof item)) {
        vif__ovs_put_item(t, item);
    }
    vif_ovsdb_put_end(t);
}

/* As ovs-vsctl takes a record: a UUID, "." for a table's only row, or a name. */
static void vif__ovs_where_record(vif_ovsdb_txn *t, const char *record)
{
    vif_uuid uuid;

    if (vif_uuid_parse(record, strlen(record), &uuid)) {
        vif_ovsdb_where_uuid(t, record);
    } else if (strcmp(record, ".") == 0) {
        vif_ovsdb_where_all(t);
    } else {
        vif_ovsdb_where_text(t, "name", record);
    }
}

/* Columns in an update, then keys in a mutate, which leaves a map's other keys alone. Returns how
 * many operations there are. */
static int vif__ovs_put_row(vif_ovsdb_txn *t, const vif_ovs_row *row)
{
    const char *colon;
    char column[64];
    size_t i;
    int keys;

    for (keys = 0; keys < 2; keys++) {
        const int before = t->ops;

        for (i = 0; i < row->set_count; i++) {
            const vif_net_set *set = &row->set[i];

            colon = strchr(set->column, ':');
            if ((colon != NULL) != (keys == 1)) {
                continue;
            }
            if (t->ops == before) {
                (void)(keys == 1 ? vif_ovsdb_mutate(t, row->table)
                                 : vif_ovsdb_update(t, row->table));
                vif__ovs_where_record(t, row->record);
            }
            column[0] = '\0';
            vif_cat(column, sizeof column, set->column);
            if (keys == 1 && (size_t)(colon - set->column) < sizeof column) {
                column[colon - set->column] = '\0';
                vif_ovsdb_map_set(t, column, colon + 1, set->value);
            } else {
                vif_ovsdb_row(t, column);
                vif__ovs_put_items(t, set->value);
            }
        }
    }
    return t->ops;
}

VIF_API vif_status vif_ovs_set(vif_host *host, const vif_ovs_row *row, vif_error *err)
{
    vif_ovsdb_txn t;
    vif_ovsdb_event ev;
    vif_status st;
    int ops;

    if (!host->priv.open) {
        return vif_fail(err, VIF_E_NOT_OPEN, 0, "", NULL);
    }
    if (!vif_has_text(row->table) || !vif_has_text(row->record) || row->set_count == 0) {
        return vif_fail(err, VIF_E_FIELD, 0, !vif_has_text(row->table) ? "table"
                        : !vif_has_text(row->record) ? "record" : "values",
                        !vif_has_text(row->table) ? "missing table name"
                        : !vif_has_text(row->record) ? "missing record" : "no values to set");
    }
    vif_ovsdb_begin(&t, host->priv.memory + VIF__RECEIVE_SIZE, VIF__SEND_SIZE, "Open_vSwitch");
    ops = vif__ovs_put_row(&t, row);
    st = vif__port_call(host, &t, &ev, err);
    while (st == VIF_OK && ops-- > 0) {
        if (vif_ovsdb_changed(&ev, ops) != 1) {
            return vif_fail(err, VIF_E_NO_INTERFACE, 0, row->record, "there is no such row");
        }
    }
    return st;
}
#endif
#endif

#ifndef VIF_NO_LIST
/* >>verbs: list, gc
 *
 * Tags are all that is looked for: they say whose a thing is, whatever it is called and whoever
 * made the plan. Links and chains of rules come from a dump each, rows from one select of all ports
 * and bridges. */

typedef struct vif__finder {
    vif_host *host;
    vif_error *err;
    char prefix[80];                    /* "vif:<owner>:" */
    const char *id;                     /* only of this VIF; or NULL */
    vif_found *out;
    size_t cap, count;
} vif__finder;

enum { VIF__TAG_SIZE = 160 };

/* The host's scratch for a trial, here for a tag and a name. */
static char *vif__finder_room(const vif__finder *f)
{
    return (char *)f->host->priv.memory + VIF__RECEIVE_SIZE + VIF__SEND_SIZE;
}

/* Notes a thing, if its tag is one of ours. */
static void vif__finder_note(vif__finder *f, const char *tag, const char *kind, const char *name,
                             int32_t index)
{
    const size_t len = strlen(f->prefix);
    vif_found *to = &f->out[f->count];

    if (strncmp(tag, f->prefix, len) != 0 || tag[len] == '\0' ||
        (f->id != NULL && strcmp(tag + len, f->id) != 0)) {
        return;
    }
    if (f->count++ < f->cap) {
        memset(to, 0, sizeof *to);
        vif_cat(to->id, sizeof to->id, tag + len);
        vif_cat(to->kind, sizeof to->kind, kind);
        vif_cat(to->name, sizeof to->name, name);
        to->index = index;
    }
}

/* A link counts by its tag alone, whatever its name and kind. */
static void vif__finder_link(vif__finder *f, const vif_link *link)
{
    char *alias = vif__finder_room(f);

    if ((link->present & VIF_LINK_ALIAS) != 0 && link->alias.len < VIF__TAG_SIZE) {
        memcpy(alias, link->alias.data, link->alias.len);
        alias[link->alias.len] = '\0';
        vif__finder_note(f, alias, link->kind, link->name, link->index);
    }
}

/* One dump, without the statistics that make most of it. */
static vif_status vif__finder_links(vif__finder *f)
{
    vif_nl *nl = &f->host->nl;
    unsigned char mem[64];
    vif_buf buf;
    vif_link link;
    vif_status st;

    vif_buf_init(&buf, mem, sizeof mem);
    vif_nl_put_link_dump(&buf, VIF_AF_UNSPEC, 0, NULL, VIF_EXT_SKIP_STATS);
    st = vif_nl_send(nl, &buf, f->err);
    if (st != VIF_OK) {
        return st;
    }
    while (vif__links_next(nl, &link, f->err)) {
        vif__finder_link(f, &link);
    }
    return nl->exchange.error.status;
}

#ifdef VIF__DEVICES
/* A device that is noted as a VIF's. */
static bool vif__finder_device(vif__note_walk *w, int kind, const char *device, const char *tag)
{
    vif__finder_note((vif__finder *)w->user, tag, vif__kinds[kind].name, device, 0);
    return true;
}

VIF__APART static void vif__finder_devices(vif__finder *f)
{
    vif__note_walk w;

    memset(&w, 0, sizeof w);
    w.host = f->host;
    w.each = vif__finder_device;
    w.user = f;
    vif__note_walk_all(&w);
}
#endif

#ifndef VIF_NO_OVS
/* A row counts by its tag; a trunk bridge, by each of those of which it has one for each VIF. */
static void vif__finder_row(vif__finder *f, vif_ovsdb_value row, bool port)
{
    char *tag = vif__finder_room(f), *name = tag + VIF__TAG_SIZE;
    vif_ovsdb_iter ids = vif_ovsdb_map_of(vif_ovsdb_member(row, "external_ids"));
    const bool named = vif_ovsdb_text(vif_ovsdb_member(row, "name"), name, 65);
    vif_ovsdb_value key, value;

    while (named && vif_ovsdb_next(&ids, &key, &value)) {
        const bool one = vif_ovsdb_is(key, "vif");

        if ((one || (!port && vif__is_trunk(name))) &&
            vif_ovsdb_text(one ? value : key, tag, VIF__TAG_SIZE)) {
            vif__finder_note(f, tag, port ? "ovs port" : "ovs bridge", name, 0);
        }
    }
}

/* One transaction of two selects. Whether a missing server is an error depends on who asked for
 * one. */
static vif_status vif__finder_ovs(vif__finder *f)
{
    vif_host *h = f->host;
    const bool named = h->desc.ovsdb != NULL || vif_has_text(h->priv.options.ovsdb_connection);
    static const char tables[2][7] = {"Port", "Bridge"};
    vif_ovsdb_txn t;
    vif_ovsdb_event ev;
    vif_ovsdb_value row;
    vif_error *const err = &h->priv.lane_error;     /* no job is at work that would need it */
    vif_status st;
    int op;

    vif_ovsdb_begin(&t, h->priv.memory + VIF__RECEIVE_SIZE, VIF__SEND_SIZE, "Open_vSwitch");
    for (op = 0; op < 2; op++) {
        (void)vif_ovsdb_select(&t, tables[op]);
        vif_ovsdb_where_all(&t);
        vif_ovsdb_column(&t, "name");
        vif_ovsdb_column(&t, "external_ids");
    }
    st = vif__port_call(h, &t, &ev, err);
    for (op = 0; op < 2 && st == VIF_OK; op++) {
        vif_ovsdb_iter rows = vif_ovsdb_rows(&ev, op);

        while (vif_ovsdb_next(&rows, NULL, &row)) {
            vif__finder_row(f, row, op == 0);
        }
    }
    if (st == VIF_E_SYSTEM && !named) {
        return VIF_OK;                  /* no server that takes connections: no switch is here */
    }
    if (st != VIF_OK && f->err != NULL) {
        *f->err = *err;
    }
    return st;
}
#endif

#ifndef VIF_NO_NETWORKS
/* A file of the state directory: is it an address that a tag of this namespace has? */
static bool vif__leases_each(void *user, const char *file)
{
    vif__finder *f = (vif__finder *)user;
    char *prefix = vif__finder_room(f), *path = prefix + VIF__TAG_SIZE;
    char *tag = path + 2 * VIF__TAG_SIZE;
    const size_t len = strlen(prefix);
    size_t end;

    path[0] = '\0';
    vif__cat_format(path, 2 * VIF__TAG_SIZE, "%s/%s", vif__state_dir(f->host), file, NULL);
    end = strlen(path);
    if (end > len + 6 && strncmp(path, prefix, len) == 0 &&
        (strcmp(path + end - 6, ".lease") == 0 || strcmp(path + end - 6, ".group") == 0)) {
        tag[0] = '\0';                  /* behind its first line a record may be long */
        (void)!vif_file_read(path, tag, VIF__TAG_SIZE, NULL);
        tag[strcspn(tag, "\n")] = '\0';
        path[end - 6] = '\0';
        vif__finder_note(f, tag, path[end - 1] == 'e' ? "lease" : "record", path + len, 0);
    }
    return true;
}

/* No directory, no leases. */
VIF__APART static vif_status vif__finder_leases(vif__finder *f)
{
    vif__state_prefix(f->host, vif__finder_room(f), VIF__TAG_SIZE);
    (void)vif_dir_each(vif__state_dir(f->host), vif__leases_each, f, NULL);
    return VIF_OK;
}

static void vif__finder_chain(void *user, const char *chain, const char *tag)
{
    vif__finder_note((vif__finder *)user, tag, "nft chain", chain, 0);
}

/* One dump, and again if somebody changes rules meanwhile. A host without nftables has none, nor
 * has one whose sockets are adopted, and none for nftables is among them. */
static vif_status vif__finder_chains(vif__finder *f)
{
    vif_host *h = f->host;
    const size_t before = f->count;
    vif_status st = vif__nf_open(h, f->err);
    unsigned char mem[64];
    vif_buf buf;
    int tries;

    for (tries = 10; st == VIF_OK || (st == VIF_E_INTERRUPTED && tries > 0); tries--) {
        f->count = before;
        vif_buf_init(&buf, mem, sizeof mem);
        st = vif_nft_each(&h->priv.nf, &buf, vif__finder_chain, f, f->err);
        if (st != VIF_E_INTERRUPTED) {
            break;
        }
    }
    return st == VIF_E_UNSUPPORTED || !h->priv.nf_open ? VIF_OK : st;
}
#endif

#ifndef VIF_NO_DNS
/* A VIF that has lines in somebody's file. */
static bool vif__finder_file(void *user, const char *file)
{
    vif__finder *f = (vif__finder *)user;
    char *prefix = vif__finder_room(f), *path = prefix + VIF__TAG_SIZE;
    char *tag = path + 2 * VIF__TAG_SIZE;
    size_t end;

    path[0] = '\0';
    vif__cat_format(path, 2 * VIF__TAG_SIZE, "%s/%s", vif__state_dir(f->host), file, NULL);
    end = strlen(path);
    if (end > 4 && strncmp(path, prefix, strlen(prefix)) == 0 &&
        strcmp(path + end - 4, ".dns") == 0 && vif__note_tag(path, tag)) {
        vif__finder_note(f, tag, "dns", "resolv.conf", 0);
    }
    return true;
}

/* No directory, no notes. */
VIF__APART static void vif__finder_files(vif__finder *f)
{
    vif__state_prefix(f->host, vif__finder_room(f), VIF__TAG_SIZE);
    (void)vif_dir_each(vif__state_dir(f->host), vif__finder_file, f, NULL);
}
#endif

/* Links first: they are there without any switch. */
static vif_status vif__finder_run(vif__finder *f)
{
    vif_status st;

    if (!f->host->priv.open) {
        return vif_fail(f->err, VIF_E_NOT_OPEN, 0, "", NULL);
    }
    if (f->host->priv.inside || f->host->priv.jobs != NULL) {
        return vif_fail(f->err, VIF_E_BUSY, 0, "", "jobs of this host are at work");
    }
    vif__tag(f->prefix, sizeof f->prefix, f->host->desc.owner, "");
    st = vif__finder_links(f);
#ifdef VIF__DEVICES
    vif__finder_devices(f);
#endif
#ifndef VIF_NO_NETWORKS
    st = st == VIF_OK ? vif__finder_leases(f) : st;
    st = st == VIF_OK ? vif__finder_chains(f) : st;
#endif
#ifndef VIF_NO_DNS
    vif__finder_files(f);
#endif
#ifndef VIF_NO_OVS
    st = st == VIF_OK ? vif__finder_ovs(f) : st;
#endif
    return st;
}

/* Whoever has too little room is told how much there would have to be, and calls again. */
VIF_API vif_status vif_list(vif_host *host, vif_found *out, size_t cap, size_t *count,
                            vif_error *err)
{
    vif__finder f;
    vif_status st;

    memset(&f, 0, sizeof f);
    f.host = host;
    f.err = err;
    f.out = out;
    f.cap = cap;
    st = vif__finder_run(&f);
    *count = f.count;
    return st;
}

/* What carries the tag is found first, in one look at everything; the unplug then is one of a
 * subject that is known by that alone. */
VIF_API vif_status vif_unplug_id(vif_host *host, const char *id, vif_error *err)
{
    enum { MOST = 32 };                 /* a VIF has a few links, ports and bridges */
    const size_t used = VIF__RECEIVE_SIZE + VIF__SEND_SIZE + VIF__TRIAL_SIZE;
    vif_subject subject;
    vif_job_desc d;
    vif__finder f;
    vif_status st;

    memset(&f, 0, sizeof f);
    memset(&d, 0, sizeof d);
    memset(&subject, 0, sizeof subject);
    f.host = host;
    f.err = err;
    f.id = subject.id = id;
    f.cap = MOST;
    if (host->priv.open) {              /* the list is before the task, in the same scratch */
        f.out = (vif_found *)(void *)(host->priv.memory + used +
                                      (size_t)(-(uintptr_t)host->priv.memory % sizeof(void *)));
        d.memory = f.out + MOST;
        d.memory_size = host->priv.memory_size - used - sizeof(void *) - MOST * sizeof *f.out;
    }
    st = vif__finder_run(&f);
    if (st == VIF_OK && f.count > MOST) {
        return vif_fail(err, VIF_E_SPACE, 0, id, "too much carries its tag: list and gc take it");
    }
    subject.found = f.out;
    subject.found_count = f.count;
    d.verb = VIF_UNPLUG;
    return st == VIF_OK ? vif__verb(host, &d, &subject, NULL, err) : st;
}

/* A file of the state directory: is it a note of this namespace, and what of? Its first message
 * says so; one without was being written when its writer died, and says nothing. */
static bool vif__notes_each(void *user, const char *file)
{
    vif__finder *f = (vif__finder *)user;
    char *prefix = vif__finder_room(f), *path = prefix + VIF__TAG_SIZE;
    unsigned char *head = (unsigned char *)path + 2 * VIF__TAG_SIZE;
    const size_t len = strlen(prefix);
    vif_nl_view left;
    vif_found *to = &f->out[f->count];
    vif_link link;
    vif_nl_msg msg;
    ssize_t got;
    size_t end;
    int fd;

    path[0] = '\0';
    vif__cat_format(path, 2 * VIF__TAG_SIZE, "%s/%s", vif__state_dir(f->host), file, NULL);
    end = strlen(path);
    if (end < len + 6 || strncmp(path, prefix, len) != 0 || strcmp(path + end - 5, ".note") != 0) {
        return true;
    }
    fd = open(path, O_RDONLY | VIF_O_CLOEXEC);
    got = fd >= 0 ? read(fd, head, VIF__TAG_SIZE) : 0;
    left.data = head;
    left.len = got > 0 ? (size_t)got : 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    if (vif__note_next(&left, &msg) && vif_link_parse(&msg, &link) && f->count++ < f->cap) {
        memset(to, 0, sizeof *to);
        vif_cat(to->id, sizeof to->id, link.name);
        vif_cat(to->kind, sizeof to->kind, "note");
        path[end - 5] = '\0';
        vif_cat(to->name, sizeof to->name, path + len);
        to->index = link.index;
    }
    return true;
}

/* The directory is read in a frame of its own. */
VIF__APART static vif_status vif__notes_read(vif__finder *f, vif_error *err)
{
    return vif_dir_each(vif__state_dir(f->host), vif__notes_each, f, err);
}

/* A directory that is not there has no notes in it. */
VIF_API vif_status vif_notes(vif_host *host, vif_found *out, size_t cap, size_t *count,
                             vif_error *err)
{
    vif__finder f;
    vif_status st;

    memset(&f, 0, sizeof f);
    f.host = host;
    f.out = out;
    f.cap = cap;
    *count = 0;
    if (!host->priv.open || host->priv.inside) {
        return vif_fail(err, host->priv.inside ? VIF_E_BUSY : VIF_E_NOT_OPEN, 0, "", NULL);
    }
    vif__state_prefix(host, vif__finder_room(&f), VIF__TAG_SIZE);
    st = vif__notes_read(&f, err);
    *count = f.count;
    return st != VIF_OK && (errno == ENOENT || host->desc.state_dir == NULL) ? VIF_OK : st;
}

VIF_API vif_status vif_recover(vif_host *host, const vif_found *note, vif_error *err)
{
    vif_subject subject;

    memset(&subject, 0, sizeof subject);
    subject.id = note->id;
    subject.found = note;
    subject.found_count = 1;
    return vif__verb_plain(host, VIF_UNPLUG, &subject, err);
}

VIF_API bool vif_found_is_of_vif(const vif_found *found)
{
    return strcmp(found->id, "shared") != 0 && strncmp(found->id, "net:", 4) != 0 &&
        strncmp(found->id, "switch:", 7) != 0;
}

/* Whether the VIF of that finding is to go: it is the first finding of it, and it does not live. */
static bool vif__gc_is_dead(const vif_gc_desc *d, size_t n)
{
    const char *id = d->found[n].id;
    size_t i;

    for (i = 0; i < n && strcmp(d->found[i].id, id) != 0; i++) {
        /* it is not of the same VIF */
    }
    if (i < n || !vif_found_is_of_vif(&d->found[n])) {
        return false;
    }
    for (i = 0; i < d->live_count && strcmp(d->live[i], id) != 0; i++) {
        /* it is another that lives */
    }
    return i == d->live_count;
}

/* The dead in one job, so that their links go at once and their rows in one transaction. */
VIF_API vif_status vif_gc(vif_host *host, const vif_gc_desc *desc, size_t *dead, vif_error *err)
{
    const size_t each = sizeof(vif_subject) + sizeof(vif_result);
    vif_subject *subjects = NULL;
    vif_status first;
    vif_job_desc d;
    size_t i, count = 0;

    *dead = 0;
    memset(&d, 0, sizeof d);
    d.verb = VIF_UNPLUG;
    for (i = 0; i < desc->found_count; i++) {
        *dead += vif__gc_is_dead(desc, i);
    }
    if (!host->priv.open || desc->dry || *dead == 0) {
        return host->priv.open ? VIF_OK : vif_fail(err, VIF_E_NOT_OPEN, 0, "", NULL);
    }
    if (host->desc.resize != NULL) {
        subjects = (vif_subject *)host->desc.resize(host->desc.resize_user, NULL, 0, *dead * each);
    }
    if (subjects == NULL) {
        return vif_fail(err, VIF_E_NOMEM, 0, "", "no memory for the dead");
    }
    for (i = 0; i < desc->found_count; i++) {
        if (vif__gc_is_dead(desc, i)) {
            vif_subject *s = &subjects[count++];

            memset(s, 0, sizeof *s);
            s->id = desc->found[i].id;
            s->found = desc->found;
            s->found_count = desc->found_count;
        }
    }
    d.subjects = subjects;
    d.count = count;
    d.results = (vif_result *)(void *)(subjects + count);
    first = vif_verb_many(host, &d, err);
    (void)host->desc.resize(host->desc.resize_user, subjects, *dead * each, 0);
    return first;
}

#ifndef VIF_NO_NETWORKS
/* A network of the kernel's that may be idle: the device that leads out of it, and its bridge. */
typedef struct vif__idle {
    char device[16], kind[16], bridge[16];
    int32_t index, master;              /* of the device; 0: there is none */
    bool used;
} vif__idle;

/* The device that comes next by its index, if it has the kind and the name of a network's. */
static void vif__idle_device(vif__idle *n, const vif_link *link, int32_t last)
{
    const bool vxlan = strcmp(link->kind, "vxlan") == 0 && strncmp(link->name, "vtep", 4) == 0;
    const bool vlan = strcmp(link->kind, "vlan") == 0 && strncmp(link->name, "vlbr", 4) == 0;

    if ((vxlan || vlan) && (int32_t)link->master > 0 && link->index > last &&
        (n->index == 0 || link->index < n->index)) {
        n->index = link->index;
        n->master = (int32_t)link->master;
        memcpy(n->device, link->name, sizeof n->device);
        memcpy(n->kind, link->kind, sizeof n->kind);
    }
}

/* Its bridge, which has to be vif's, or what is on that, or over it. */
static void vif__idle_link(vif__idle *n, const vif_link *link, bool ours)
{
    if (link->index == n->master) {
        memcpy(n->bridge, link->name, sizeof n->bridge);
        n->used = n->used || !ours || strcmp(link->kind, "bridge") != 0;
    } else if ((int32_t)link->link == n->master ||
               ((int32_t)link->master == n->master && link->index != n->index)) {
        n->used = true;
    }
}

/* One look at all links: for the next device (its index is 0), or for what its bridge has. */
VIF__APART
static vif_status vif__idle_look(vif_host *h, vif__idle *n, int32_t last, vif_error *err)
{
    const bool bridge = n->index != 0;
    char *tag = (char *)h->priv.memory + VIF__RECEIVE_SIZE + VIF__SEND_SIZE;
    unsigned char mem[64];
    vif_buf buf;
    vif_link link;

    vif__tag(tag, VIF__TAG_SIZE, h->desc.owner, "shared");
    vif_buf_init(&buf, mem, sizeof mem);
    vif_nl_put_link_dump(&buf, VIF_AF_UNSPEC, 0, NULL, VIF_EXT_SKIP_STATS);
    if (vif_nl_send(&h->nl, &buf, err) != VIF_OK) {
        return h->nl.exchange.error.status;
    }
    while (vif__links_next(&h->nl, &link, err)) {
        const bool ours = vif__alias_is(&link, tag);

        if (bridge) {
            vif__idle_link(n, &link, ours);
        } else if (ours) {
            vif__idle_device(n, &link, last);
        }
    }
    return h->nl.exchange.error.status;
}

/* As net-del does it, by the numbers in the device's name. */
VIF__APART
static vif_status vif__idle_remove(vif_host *h, const vif__idle *n, vif_error *err)
{
    const bool vxlan = strcmp(n->kind, "vxlan") == 0;
    const char *digit = n->device + 4;
    uint32_t number = 0;
    vif_subject subject;
    vif_net net;

    for (; *digit >= '0' && *digit <= '9'; digit++) {
        number = number * 10 + (uint32_t)(*digit - '0');
    }
    memset(&net, 0, sizeof net);
    net.type = vxlan ? VIF_NET_VXLAN : VIF_NET_VLAN;
    net.backend = VIF_NET_LINUX;
    net.name = n->bridge;
    net.master = "lo";                  /* an unplug does not look at it */
    net.vni = vxlan ? number : 0;
    net.tag = vxlan ? 0 : number;
    memset(&subject, 0, sizeof subject);
    subject.id = "net:gc";
    subject.plan = vif_net_plan;
    subject.object = &net;
    return vif__verb_plain(h, VIF_UNPLUG, &subject, err);
}

VIF_API vif_status vif_gc_networks(vif_host *host, const vif_gc_networks_desc *desc, size_t *count,
                                   vif_error *err)
{
    vif_found *to = desc->out;
    vif_status st, first = VIF_OK;
    vif__idle n;
    int32_t last = 0;

    *count = 0;
    if (!host->priv.open || host->priv.inside || host->priv.jobs != NULL) {
        return vif_fail(err, host->priv.open ? VIF_E_BUSY : VIF_E_NOT_OPEN, 0, "", NULL);
    }
    for (;; last = n.index) {
        vif_error *const e = first == VIF_OK ? err : NULL;  /* a look that succeeds writes, too */

        memset(&n, 0, sizeof n);
        st = vif__idle_look(host, &n, last, e);
        st = st == VIF_OK && n.index != 0 ? vif__idle_look(host, &n, last, e) : st;
        if (st != VIF_OK || n.index == 0) {
            return first != VIF_OK ? first : st;
        }
        if (n.used || n.bridge[0] == '\0' || (*count)++ >= desc->cap) {
            continue;
        }
        memset(to, 0, sizeof *to);
        vif_cat(to->id, sizeof to->id, "shared");
        vif_cat(to->kind, sizeof to->kind, n.kind);
        vif_cat(to->name, sizeof to->name, n.bridge);
        (to++)->index = n.master;
        st = desc->dry ? VIF_OK : vif__idle_remove(host, &n, e);
        first = first == VIF_OK ? st : first;
    }
}
#endif
#endif

/* >>host info
 *
 * What the plugins take, told in the objects with which the reference tells it, so that a scheduler
 * that knows those can read it. */

/* Versions are all "1.<minor>". */
static const char *vif__minor_text(vif_arena *arena, unsigned minor)
{
    char text[8] = "1.";

    vif_cat_int(text, sizeof text, minor);
    return vif_arena_text(arena, text, strlen(text));
}

/* The port profiles that go with a class; none is an empty list. */
static bool vif__describe_profiles(vif_arena *arena, const vif_plugin_profile *p,
                                   vif_host_vif_info *to)
{
    vif_host_port_profile_info *items;
    size_t count = 0, i;

    while (p != NULL && p[count].klass != VIF_CLASS_NONE) {
        count++;
    }
    items = (vif_host_port_profile_info *)vif_arena_alloc(arena, (count + 1) * sizeof *items);
    for (i = 0; items != NULL && i < count; i++) {
        vif_object_init(&items[i], VIF_CLASS_HostPortProfileInfo);
        items[i].profile_object_name = vif_class_name(p[i].klass);
        items[i].min_version = vif__minor_text(arena, p[i].min_minor);
        items[i].max_version = vif__minor_text(arena, p[i].max_minor);
    }
    to->supported_port_profiles.items = items;
    to->supported_port_profiles.count = count;
    return items != NULL && (count == 0 || items[count - 1].max_version != NULL);
}

/* Whether the class is one of those that are to be told; all are where none is named. */
static bool vif__is_permitted(const vif_describe_desc *desc, vif_class klass)
{
    size_t i = 0;

    while (i < desc->permitted_count && desc->permitted[i] != klass) {
        i++;
    }
    return desc->permitted_count == 0 || i < desc->permitted_count;
}

/* One plugin with all that it takes; false: the arena is full. There is room for every class that
 * it has, since how many of them the operator permits is not known yet. */
static bool vif__describe_plugin(const vif_describe_desc *desc, vif_arena *arena,
                                 const vif_plugin *plugin, vif_host_plugin_info *to)
{
    const vif_plugin_vif *v = plugin->vifs;
    vif_host_vif_info *items;
    size_t count = 0;

    while (v[count].klass != VIF_CLASS_NONE) {
        count++;
    }
    memset(to, 0, sizeof *to);
    items = (vif_host_vif_info *)vif_arena_alloc(arena, (count + 1) * sizeof *items);
    if (items == NULL) {
        return false;
    }
    vif_object_init(to, VIF_CLASS_HostPluginInfo);
    to->plugin_name = plugin->name;
    to->vif_info.items = items;
    for (; v->klass != VIF_CLASS_NONE; v++) {
        if (vif__is_permitted(desc, v->klass)) {
            vif_object_init(items, VIF_CLASS_HostVIFInfo);
            items->vif_object_name = vif_class_name(v->klass);
            items->min_version = vif__minor_text(arena, v->min_minor);
            items->max_version = vif__minor_text(arena, v->max_minor);
            if (items->max_version == NULL ||
                !vif__describe_profiles(arena, v->profiles, items)) {
                return false;
            }
            items++;
            to->vif_info.count++;
        }
    }
    return true;
}

VIF_API vif_status vif_host_describe(const vif_describe_desc *desc, vif_arena *arena,
                                     vif_host_info **out, vif_error *err)
{
    const size_t total = desc->plugin_count + VIF__PLUGIN_COUNT;
    vif_host_info *info = (vif_host_info *)vif_arena_alloc(arena, sizeof *info);
    vif_host_plugin_info *items = (vif_host_plugin_info *)vif_arena_alloc(arena,
                                                                          total * sizeof *items);
    size_t n, at;

    if (info == NULL || items == NULL) {
        return vif_fail(err, VIF_E_NOMEM, 0, "", "the arena is full");
    }
    vif_object_init(info, VIF_CLASS_HostInfo);
    for (n = 0; n < total; n++) {
        const vif_plugin *plugin = vif__plugin(desc->plugins, desc->plugin_count, n);

        for (at = n; at > 0 && strcmp(items[at - 1].plugin_name, plugin->name) > 0; at--) {
            items[at] = items[at - 1];
        }
        if (!vif__describe_plugin(desc, arena, plugin, &items[at])) {
            return vif_fail(err, VIF_E_NOMEM, 0, "", "the arena is full");
        }
    }
    info->plugin_info.items = items;
    info->plugin_info.count = total;
    *out = info;
    return VIF_OK;
}

#if !defined(VIF_NO_NETWORKS) && !defined(VIF_NO_DECODE)
/* >>plain JSON
 *
 * Objects of JSON that are no os-vif's, by a table of their fields: a row says under which path a
 * value stands, what it has to be, and where in a struct it goes. Text comes in; out goes the
 * struct, whose texts are in the arena, or an error with the path. */

enum { VIF__PLAIN_TEXT,                 /* const char *; a whole number is taken as it is written */
       VIF__PLAIN_TEXTS,                /* vif_texts */
       VIF__PLAIN_SWITCH,               /* vif_bool */
       VIF__PLAIN_WORD,                 /* int: 1 and up, which of `words` */
       VIF__PLAIN_PAIRS,                /* vif__plain_pairs: an object with any keys */
       VIF__PLAIN_NUMBER,               /* vif_int: a whole number */
       VIF__PLAIN_IGNORED,              /* known, and of no use here */
       VIF__PLAIN_TEXTS_MOST = 16 };

typedef struct vif__plain_row {
    const char *path;                   /* "config.cidr": of an object within */
    const char *words;
    uint16_t offset;
    uint8_t kind;
} vif__plain_row;

typedef struct vif__plain {
    vif_arena *arena;
    vif_json json;
    const vif__plain_row *rows;
    size_t count;
    char path[64];                      /* of the value in hand, behind its first `base` bytes */
    size_t base;
    vif_error *err;
} vif__plain;

static vif_status vif__plain_fail(vif__plain *f, const char *why)
{
    return f->json.why != NULL
        ? vif_fail(f->err, VIF_E_JSON, 0, f->path, f->json.why)
        : vif_fail(f->err, VIF_E_FIELD, 0, f->path, why);
}

/* Begins to read a text; what strings need of scratch is in the arena. */
static vif_status vif__plain_begin(vif__plain *f, const char *text, size_t len)
{
    char *scratch = (char *)vif_arena_alloc(f->arena, len + 4);

    if (scratch == NULL) {
        return vif_fail(f->err, VIF_E_NOMEM, 0, "", NULL);
    }
    vif_json_init(&f->json, scratch, len + 4);
    vif_json_feed(&f->json, text, len);
    vif_json_finish(&f->json);
    return VIF_OK;
}

/* The row of the value in hand; *group: it is an object with rows of its own. */
static const vif__plain_row *vif__plain_find(const vif__plain *f, bool *group)
{
    const char *path = f->path + f->base;
    const size_t len = strlen(path);
    size_t i;

    *group = false;
    for (i = 0; i < f->count; i++) {
        if (strcmp(f->rows[i].path, path) == 0) {
            return &f->rows[i];
        }
        *group |= strncmp(f->rows[i].path, path, len) == 0 && f->rows[i].path[len] == '.';
    }
    return NULL;
}

/* The list is allocated whole, before it is known how long it is: few have more than three. */
static vif_status vif__plain_texts(vif__plain *f, vif_json_type type, vif_texts *out)
{
    const char **items = (const char **)vif_arena_alloc(f->arena,
                                                        VIF__PLAIN_TEXTS_MOST * sizeof *items);
    vif_json_token t;
    size_t count = 0;

    if (items == NULL) {
        return vif_fail(f->err, VIF_E_NOMEM, 0, f->path, NULL);
    }
    while (type == VIF_JSON_ARRAY && vif_json_next(&f->json, &t) == VIF_JSON_STRING &&
           count < VIF__PLAIN_TEXTS_MOST) {
        items[count] = vif_arena_text(f->arena, t.text, t.len);
        if (items[count++] == NULL) {
            return vif_fail(f->err, VIF_E_NOMEM, 0, f->path, NULL);
        }
    }
    if (type != VIF_JSON_ARRAY || t.type != VIF_JSON_ARRAY_END) {
        return vif__plain_fail(f, "a list of at most 16 texts is required");
    }
    out->items = items;
    out->count = count;
    return VIF_OK;
}

static vif_status vif__plain_text(vif__plain *f, const vif_json_token *t, const char **out)
{
    if (t->type != VIF_JSON_STRING && t->type != VIF_JSON_INT) {
        return vif__plain_fail(f, "a text is required");
    }
    *out = vif_arena_text(f->arena, t->text, t->len);
    return *out != NULL ? VIF_OK : vif_fail(f->err, VIF_E_NOMEM, 0, f->path, NULL);
}

/* Words are told by their place in the table's list of them, from 1, so that 0 is "not given". */
static vif_status vif__plain_word(vif__plain *f, const vif__plain_row *row,
                                  const vif_json_token *t, int *out)
{
    const char *word = row->words;
    int n = 1;

    while (*word != '\0' && t->type == VIF_JSON_STRING &&
           (strlen(word) != t->len || memcmp(word, t->text, t->len) != 0)) {
        word += strlen(word) + 1;
        n++;
    }
    *out = n;
    return t->type == VIF_JSON_STRING && *word != '\0' ? VIF_OK
        : vif__plain_fail(f, "is none of the words that it may be");
}

typedef struct vif__plain_pairs {
    const vif_net_set *items;
    size_t count;
} vif__plain_pairs;

/* Keys and values of an object, as texts. */
static vif_status vif__plain_set(vif__plain *f, vif_json_type type, vif__plain_pairs *out)
{
    vif_net_set *items = (vif_net_set *)vif_arena_alloc(f->arena,
                                                        VIF__PLAIN_TEXTS_MOST * sizeof *items);
    vif_json_token t;
    size_t count = 0;

    if (items == NULL) {
        return vif_fail(f->err, VIF_E_NOMEM, 0, f->path, NULL);
    }
    while (type == VIF_JSON_OBJECT && vif_json_next(&f->json, &t) == VIF_JSON_KEY &&
           count < VIF__PLAIN_TEXTS_MOST) {
        items[count].column = vif_arena_text(f->arena, t.text, t.len);
        (void)vif_json_next(&f->json, &t);
        if (t.type == VIF_JSON_STRING || t.type == VIF_JSON_INT) {
            items[count].value = vif_arena_text(f->arena, t.text, t.len);
        } else if (t.type == VIF_JSON_TRUE || t.type == VIF_JSON_FALSE) {
            items[count].value = t.type == VIF_JSON_TRUE ? "true" : "false";
        } else {
            return vif__plain_fail(f, "a text, a whole number, true or false is required");
        }
        if (items[count].column == NULL || items[count].value == NULL) {
            return vif_fail(f->err, VIF_E_NOMEM, 0, f->path, NULL);
        }
        count++;
    }
    if (type != VIF_JSON_OBJECT || t.type != VIF_JSON_OBJECT_END) {
        return vif__plain_fail(f, "an object of at most 16 members is required");
    }
    out->items = items;
    out->count = count;
    return VIF_OK;
}

/* The value that begins with t. */
static vif_status vif__plain_put(vif__plain *f, const vif__plain_row *row,
                                 const vif_json_token *t, void *object)
{
    void *to = (char *)object + row->offset;

    if (t->type == VIF_JSON_ERROR) {
        return vif__plain_fail(f, NULL);
    }
    if (t->type == VIF_JSON_NULL) {
        return VIF_OK;                  /* as if it were not there */
    }
    switch (row->kind) {
    case VIF__PLAIN_TEXT:
        return vif__plain_text(f, t, (const char **)to);
    case VIF__PLAIN_TEXTS:
        return vif__plain_texts(f, t->type, (vif_texts *)to);
    case VIF__PLAIN_WORD:
        return vif__plain_word(f, row, t, (int *)to);
    case VIF__PLAIN_NUMBER:
        *(vif_int *)to = vif_int_of(0);
        return t->type == VIF_JSON_INT && vif_int_parse(t->text, t->len, &((vif_int *)to)->value)
            ? VIF_OK : vif__plain_fail(f, "a whole number is required");
    case VIF__PLAIN_PAIRS:
        return vif__plain_set(f, t->type, (vif__plain_pairs *)to);
    case VIF__PLAIN_SWITCH:
        *(vif_bool *)to = t->type == VIF_JSON_TRUE ? VIF_TRUE : VIF_FALSE;
        return t->type == VIF_JSON_TRUE || t->type == VIF_JSON_FALSE ? VIF_OK
            : vif__plain_fail(f, "true or false is required");
    default:
        return (t->type != VIF_JSON_OBJECT && t->type != VIF_JSON_ARRAY) ||
            vif_json_skip(&f->json, t->type) == VIF_JSON_END ? VIF_OK : vif__plain_fail(f, NULL);
    }
}

/* One object, whose bracket has been read, into a zeroed struct. An object within adds to the path,
 * and has rows, so that the depth is the table's. */
static vif_status vif__plain_read(vif__plain *f, void *object)
{
    vif_status st = VIF_OK;
    size_t stem = f->base;
    vif_json_token t;
    bool group;

    while (st == VIF_OK) {
        const vif__plain_row *row;

        f->path[stem] = '\0';
        if (vif_json_next(&f->json, &t) == VIF_JSON_OBJECT_END) {
            if (stem == f->base) {
                return VIF_OK;
            }
            stem = f->base;             /* tables have one level of these */
            continue;
        }
        if (t.type != VIF_JSON_KEY) {
            return vif__plain_fail(f, NULL);
        }
        vif_cat_escaped(f->path, sizeof f->path - 1, t.text, t.len);
        row = vif__plain_find(f, &group);
        (void)vif_json_next(&f->json, &t);
        if (group && t.type == VIF_JSON_OBJECT) {
            vif_cat(f->path, sizeof f->path, ".");
            stem = strlen(f->path);
        } else if (!group || t.type != VIF_JSON_NULL) {
            st = row != NULL ? vif__plain_put(f, row, &t, object)
                : vif__plain_fail(f, group ? "an object is required" : "no such field");
        }
    }
    return st;
}

/* A text that is one object, and nothing behind it. */
static vif_status vif__plain_object(vif__plain *f, const char *text, size_t len, void *object)
{
    vif_status st = vif__plain_begin(f, text, len);
    vif_json_token t;

    if (st == VIF_OK && vif_json_next(&f->json, &t) != VIF_JSON_OBJECT) {
        return vif__plain_fail(f, "an object is required");
    }
    st = st == VIF_OK ? vif__plain_read(f, object) : st;
    if (st == VIF_OK) {
        (void)vif_json_next(&f->json, &t);      /* the end of the object, then that of the text */
        (void)vif_json_next(&f->json, &t);
    }
    return st != VIF_OK || (t.type == VIF_JSON_ERROR && f->json.offset == len) ? st
        : vif_fail(f->err, VIF_E_JSON, 0, "", "text behind the object");
}

/* >>plain JSON: NICs */

#define VIF__NIC_WORD(name, text) text "\0"
#define VIF__NIC_FIELD(path, field, kind) \
    {path, NULL, offsetof(vif_nic, field), VIF__PLAIN_##kind}
static const vif__plain_row vif__nic_fields[] = {
    {"type", VIF_NIC_TYPE_MAP(VIF__NIC_WORD), offsetof(vif_nic, type), VIF__PLAIN_WORD},
    VIF__NIC_FIELD("id", id, TEXT),
    VIF__NIC_FIELD("hwaddr", hwaddr, TEXT),
    VIF__NIC_FIELD("name", name, TEXT),
    VIF__NIC_FIELD("monitor", monitor, SWITCH),
    VIF__NIC_FIELD("master", master, TEXT),
    {"backend", "ovs\0linux\0", offsetof(vif_nic, backend), VIF__PLAIN_WORD},
    VIF__NIC_FIELD("state", type, IGNORED),
    VIF__NIC_FIELD("config.dhcp", dhcp, SWITCH),
    VIF__NIC_FIELD("config.cidr", cidr, TEXT),
    VIF__NIC_FIELD("config.gateway", gateway, TEXT),
    VIF__NIC_FIELD("config.gw", gateway, TEXT),
    VIF__NIC_FIELD("config.dns", dns, TEXTS),
    VIF__NIC_FIELD("config.pool", pool, TEXT),
    VIF__NIC_FIELD("config.masquerade", masquerade, SWITCH),
    VIF__NIC_FIELD("config.ports", ports, TEXTS),
    VIF__NIC_FIELD("bandwidth.ingressRate", in_bps, NUMBER),
    VIF__NIC_FIELD("bandwidth.ingressBurst", in_burst_bits, NUMBER),
    VIF__NIC_FIELD("bandwidth.egressRate", out_bps, NUMBER),
    VIF__NIC_FIELD("bandwidth.egressBurst", out_burst_bits, NUMBER)
};

/* An empty text says as little as none. */
static const char *vif__nic_text(const char *text)
{
    return text != NULL && text[0] != '\0' ? text : NULL;
}

/* Each NIC has a path of its own in front of its fields' names, and the place in the list as its
 * index: two agents that read the same list give the same names to links. */
VIF__APART
static vif_status vif__nic_read(vif__plain *f, const vif_nic_desc *desc, vif_nic *nic,
                                size_t index)
{
    char digits[22];
    vif_status st;

    f->path[0] = '\0';
    vif__cat_format(f->path, sizeof f->path, "nics[%s].", vif_int_format((int64_t)index, digits),
                    NULL, NULL);
    f->base = strlen(f->path);
    memset(nic, 0, sizeof *nic);
    st = vif__plain_read(f, nic);
    nic->container = desc->container;
    nic->backend -= nic->backend > 0;   /* words count from 1, and OVS is 0 */
    nic->index = (uint32_t)index;
    nic->id = vif__nic_text(nic->id);
    nic->hwaddr = vif__nic_text(nic->hwaddr);
    nic->name = vif__nic_text(nic->name);
    nic->cidr = vif__nic_text(nic->cidr);
    nic->gateway = vif__nic_text(nic->gateway);
    return st;
}

/* A list and a NIC alone are read by the same loop: the bracket of a list is passed over. The NICs
 * are looked at one by one as they come, and against each other at the end. */
VIF_API vif_status vif_nic_decode(vif_arena *arena, const vif_nic_desc *desc, vif_nic *nics,
                                  size_t *count, vif_error *err)
{
    const size_t cap = *count;
    vif__plain f;
    vif_json_token t;
    vif_status st;
    bool list;

    memset(&f, 0, sizeof f);
    f.arena = arena;
    f.rows = vif__nic_fields;
    f.count = sizeof vif__nic_fields / sizeof *vif__nic_fields;
    f.err = err;
    *count = 0;
    st = vif__plain_begin(&f, desc->text, desc->len);
    if (st != VIF_OK) {
        return st;
    }
    list = vif_json_next(&f.json, &t) == VIF_JSON_ARRAY;
    if (list) {
        (void)vif_json_next(&f.json, &t);
    }
    while (st == VIF_OK && t.type == VIF_JSON_OBJECT) {
        if (*count == cap) {
            return vif_fail(err, VIF_E_SPACE, 0, "nics", NULL);
        }
        st = vif__nic_read(&f, desc, &nics[*count], *count);
        ++*count;
        (void)vif_json_next(&f.json, &t);
    }
    f.path[0] = '\0';
    if (st == VIF_OK && list && t.type == VIF_JSON_ARRAY_END) {
        (void)vif_json_next(&f.json, &t);
    }
    if (st == VIF_OK && (t.type != VIF_JSON_END || *count == 0)) {
        return vif__plain_fail(&f, "a NIC, or a list of them, is required");
    }
    if (st == VIF_OK && (vif_json_next(&f.json, &t) != VIF_JSON_ERROR ||
                         f.json.offset != desc->len)) {
        return vif_fail(err, VIF_E_JSON, 0, "", "text behind the NICs");
    }
    return st == VIF_OK ? vif_nic_check(nics, *count, err) : st;
}

/* >>plain JSON: commands of networks
 *
 * A command's arguments come in; what is done is a plug or unplug of a vif_net, and what goes out
 * is the one word that Zero-OS's plugin returns. */

typedef struct vif__net_args {
    const char *bridge, *port, *master, *name, *vlan, *vxlan, *vnid, *mode, *table, *record, *group;
    const char *dst_port, *ageing_s;
    vif_texts links, remotes;
    vif__plain_pairs set;
    vif_bool lacp, stp, mcast_snooping, vlan_filtering;
    int backend;                        /* vif_net_backend, plus one; 0: unset */
    vif_net net;                        /* what they come to; and for its verb */
    vif_options options;
} vif__net_args;

#define VIF__NET_FIELD(name, field, kind) \
    {name, NULL, offsetof(vif__net_args, field), VIF__PLAIN_##kind}
static const vif__plain_row vif__net_fields[] = {
    VIF__NET_FIELD("bridge", bridge, TEXT), VIF__NET_FIELD("port", port, TEXT),
    VIF__NET_FIELD("master", master, TEXT), VIF__NET_FIELD("name", name, TEXT),
    VIF__NET_FIELD("vlan", vlan, TEXT), VIF__NET_FIELD("vxlan", vxlan, TEXT),
    VIF__NET_FIELD("vnid", vnid, TEXT), VIF__NET_FIELD("mode", mode, TEXT),
    VIF__NET_FIELD("table", table, TEXT), VIF__NET_FIELD("record", record, TEXT),
    VIF__NET_FIELD("group", group, TEXT), VIF__NET_FIELD("dst_port", dst_port, TEXT),
    VIF__NET_FIELD("ageing_s", ageing_s, TEXT), VIF__NET_FIELD("links", links, TEXTS),
    VIF__NET_FIELD("remotes", remotes, TEXTS), VIF__NET_FIELD("options", set, PAIRS),
    VIF__NET_FIELD("values", set, PAIRS), VIF__NET_FIELD("lacp", lacp, SWITCH),
    VIF__NET_FIELD("stp", stp, SWITCH), VIF__NET_FIELD("mcast_snooping", mcast_snooping, SWITCH),
    VIF__NET_FIELD("vlan_filtering", vlan_filtering, SWITCH),
    {"backend", "ovs\0linux\0", offsetof(vif__net_args, backend), VIF__PLAIN_WORD}};

enum { VIF__NET_NEW = 1,                /* what it names must not be there yet, */
       VIF__NET_THERE = 2 };            /* or must be */

static const struct vif__net_verb {
    char name[14];
    uint8_t type, verb, how;            /* of a row: vif_net_type, vif_verb */
} vif__net_verbs[] = {
    {"bridge-add", VIF_NET_BRIDGE, VIF_PLUG, VIF__NET_NEW},
    {"bridge-del", VIF_NET_BRIDGE, VIF_UNPLUG, VIF__NET_THERE},
    {"port-add", VIF_NET_PORT, VIF_PLUG, VIF__NET_NEW},
    {"port-del", VIF_NET_PORT, VIF_UNPLUG, VIF__NET_THERE},
    {"bond-add", VIF_NET_BOND, VIF_PLUG, VIF__NET_NEW},
    {"vlan-ensure", VIF_NET_VLAN, VIF_PLUG, 0},
    {"vxlan-ensure", VIF_NET_VXLAN, VIF_PLUG, 0},
    {"vtep-ensure", VIF_NET_VTEP, VIF_PLUG, 0},
    {"vtep-del", VIF_NET_VTEP, VIF_UNPLUG, VIF__NET_THERE},
    {"net-del", VIF_NET_VLAN, VIF_UNPLUG, 0},
    {"set", 0, VIF_CHECK, 0}};

/* A number that an argument is, else one that is refused where it is looked at. */
static uint32_t vif__net_number(const char *text)
{
    int64_t number;

    return text == NULL ? 0 : vif_int_parse(text, strlen(text), &number) && number >= 0 &&
        number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
}

/* A bridge is what `bridge` names, and what a port is on. */
static void vif__net_fill(vif_net *net, const struct vif__net_verb *v, const vif__net_args *a,
                          vif_arena *arena)
{
    net->type = v->verb == VIF_UNPLUG && v->type == VIF_NET_VLAN && a->vxlan != NULL
        ? VIF_NET_VXLAN : (vif_net_type)v->type;
    net->backend = a->backend == 2 ? VIF_NET_LINUX : VIF_NET_OVS;
    net->alone = net->type == VIF_NET_BRIDGE;
    net->name = net->alone ? a->bridge : net->type == VIF_NET_PORT || net->type == VIF_NET_BOND
        ? a->port : vif__nic_text(a->name);
    net->master = net->type == VIF_NET_VLAN || net->type == VIF_NET_VXLAN ? a->master : a->bridge;
    net->tag = vif__net_number(a->vlan);
    net->vni = vif__net_number(a->vxlan != NULL ? a->vxlan : a->vnid);
    net->remotes = a->remotes.count > 0 ? vif__texts_list(arena, &a->remotes) : NULL;
    net->group = a->group;
    net->port = vif__net_number(a->dst_port);
    net->links = vif__texts_list(arena, &a->links);
    net->bond_mode = a->mode;
    net->lacp = a->lacp;
    net->stp = a->stp;
    net->mcast_snooping = a->mcast_snooping;
    net->vlan_filtering = a->vlan_filtering;
    net->ageing_s.set = a->ageing_s != NULL;
    net->ageing_s.value = vif__net_number(a->ageing_s);
    net->set = a->set.items;
    net->set_count = a->set.count;
}

/* Whether what the command names is there, before it is made or taken away. */
static vif_status vif__net_there(vif_host *h, const vif_net *net, bool *there, vif_error *err)
{
    char vtep[24] = "vtep";
    const char *name = net->name;
    vif_status st;
    vif_link link;

#ifndef VIF_NO_OVS
    if (net->backend == VIF_NET_OVS && net->type != VIF_NET_VTEP) {
        vif_ovsdb_txn t;
        vif_ovsdb_event ev;

        vif_ovsdb_begin(&t, h->priv.memory + VIF__RECEIVE_SIZE, VIF__SEND_SIZE, "Open_vSwitch");
        vif__ovs_find(&t, net->type == VIF_NET_BRIDGE ? "Bridge" : "Port",
                      name != NULL ? name : "", "_uuid\0");
        st = vif__port_call(h, &t, &ev, err);
        *there = st == VIF_OK && vif_ovsdb_first(&ev, 0).text != NULL;
        return st;
    }
#endif
    vif_cat_int(vtep, sizeof vtep, net->vni);
    name = net->type == VIF_NET_VTEP ? vtep : name;
    st = vif_ifname_check(name != NULL ? name : "") == NULL
        ? vif_nl_link_get(&h->nl, 0, name, &link, err) : VIF_E_NO_INTERFACE;
    *there = st == VIF_OK;
    return st == VIF_E_NO_INTERFACE ? VIF_OK : st;
}

/* What has to be so before, and behind a del: nothing is left of what it names. */
static vif_status vif__net_strict(vif_host *h, const vif_net *net, unsigned how, bool behind,
                                  vif_error *err)
{
    const bool wanted = (how & VIF__NET_THERE) != 0 && !behind;
    bool there = wanted;
    vif_status st = how != 0 && !(behind && (how & VIF__NET_NEW) != 0)
        ? vif__net_there(h, net, &there, err) : VIF_OK;

    if (st != VIF_OK || there == wanted) {
        return st;
    }
    return behind ? vif_fail(err, VIF_E_EXISTS, 0, net->name, "is in use, or somebody else's")
        : wanted ? vif_fail(err, VIF_E_NO_INTERFACE, 0, net->name, "there is none of that name")
        : vif_fail(err, VIF_E_EXISTS, 0, net->name, "there is one of that name already");
}

/* The arguments are good: what is refused for them is refused before anything is asked. */
static vif_status vif__net_good(const vif_net *net, vif_verb verb, vif_error *err)
{
    vif_plan_input in;
    const char *field, *bad;

    memset(&in, 0, sizeof in);
    in.verb = verb;
    bad = vif__net_wrong(&in, net, &field);
    return bad != NULL ? vif_fail(err, VIF_E_FIELD, 0, field, bad) : VIF_OK;
}

/* The verb of the command, for the network as a subject. */
static vif_status vif__net_execute(vif_host *h, const struct vif__net_verb *v,
                                   vif__net_args *args, vif_error *err)
{
    const vif_net *net = &args->net;
    vif_status st = vif__net_good(net, (vif_verb)v->verb, err);
    vif_subject s;
    char id[81] = "net:";

    memset(&s, 0, sizeof s);
    vif_cat(id, sizeof id, net->name != NULL ? net->name : "");
    if (v->how == VIF__NET_THERE) {     /* what a del names goes, whoever made it */
        args->options.ovs_take_over = VIF_TRUE;
    }
    s.id = id;
    s.plan = vif_net_plan;
    s.object = net;
    s.options = &args->options;
    st = st == VIF_OK ? vif__net_strict(h, net, v->how, false, err) : st;
    st = st == VIF_OK ? vif__verb_plain(h, (vif_verb)v->verb, &s, err) : st;
    return st == VIF_OK ? vif__net_strict(h, net, v->how, true, err) : st;
}

static vif_status vif__net_read(vif_arena *arena, const vif_net_command *c, vif__net_args *args,
                                vif_error *err)
{
    vif__plain f;

    memset(args, 0, sizeof *args);
    memset(&f, 0, sizeof f);
    f.arena = arena;
    f.rows = vif__net_fields;
    f.count = sizeof vif__net_fields / sizeof *vif__net_fields;
    f.err = err;
    return vif__plain_object(&f, c->args, c->len, args);
}

/* The command, its arguments read. */
static vif_status vif__net_do(vif_host *h, const struct vif__net_verb *v, vif_arena *arena,
                              vif__net_args *args, vif_error *err)
{
    if (v->verb == VIF_CHECK) {
#ifndef VIF_NO_OVS
        const vif_ovs_row row = {args->table, args->record, args->set.items, args->set.count};

        return vif_ovs_set(h, &row, err);
#else
        return vif_fail(err, VIF_E_UNSUPPORTED, 0, "set", "Open vSwitch is left out");
#endif
    }
    vif__net_fill(&args->net, v, args, arena);
    args->options = h->priv.options;
    return vif__net_execute(h, v, args, err);
}

VIF_API vif_status vif_net_run(vif_host *host, const vif_net_command *command, char out[65],
                               vif_error *err)
{
    const size_t count = sizeof vif__net_verbs / sizeof *vif__net_verbs;
    const struct vif__net_verb *v = vif__net_verbs;
    vif__net_args *args;
    vif_arena arena;
    vif_status st;
    size_t n = 0;

    out[0] = '\0';
    while (n < count && strcmp(vif__net_verbs[n].name, command->name) != 0) {
        n++;
    }
    if (n == count || !host->priv.open) {
        return n == count ? vif_fail(err, VIF_E_INVAL, 0, command->name, "no such command")
                          : vif_fail(err, VIF_E_NOT_OPEN, 0, "", NULL);
    }
    v += n;
    vif_arena_init_hook(&arena, NULL, 0, host->desc.resize, host->desc.resize_user);
    args = (vif__net_args *)vif_arena_alloc(&arena, sizeof *args);
    st = args != NULL ? vif__net_read(&arena, command, args, err)
                      : vif_fail(err, VIF_E_NOMEM, 0, "", NULL);
    st = st == VIF_OK ? vif__net_do(host, v, &arena, args, err) : st;
    if (st == VIF_OK && v->verb == VIF_PLUG && v->how == 0) {
        vif_cat(out, 65, v->type == VIF_NET_VTEP ? "vtep" : host->result.bridge);
        if (v->type == VIF_NET_VTEP) {
            vif_cat_int(out, 65, args->net.vni);
        }
    }
    vif_arena_free(&arena);
    return st;
}
#endif

#ifndef VIF_NO_SWITCH
/* >>plain JSON: switches
 *
 * A switch and its groups are read from one text in two passes, each by its own table: the list of
 * groups is passed over by the first, and is all that the second looks at. */

/* Room for one more in a list that grows in the arena, which gives nothing back singly; NULL
 * without memory. */
static void *vif__grow(vif_arena *arena, void *items, size_t count, size_t *cap, size_t size)
{
    void *more;

    if (count < *cap) {
        return items;
    }
    *cap = *cap > 0 ? *cap * 2 : 8;
    more = vif_arena_alloc(arena, *cap * size);
    if (more != NULL && count > 0) {
        memcpy(more, items, count * size);
    }
    return more;
}

#define VIF__SWITCH_FIELD(path, type, field, kind) \
    {path, NULL, offsetof(type, field), VIF__PLAIN_##kind}
#define VIF__POLICY_FIELDS(type) \
    VIF__SWITCH_FIELD("shaping.in_bps", type, policy.in_bps, NUMBER), \
    VIF__SWITCH_FIELD("shaping.in_peak_bps", type, policy.in_peak_bps, NUMBER), \
    VIF__SWITCH_FIELD("shaping.in_burst_bytes", type, policy.in_burst_bytes, NUMBER), \
    VIF__SWITCH_FIELD("shaping.out_bps", type, policy.out_bps, NUMBER), \
    VIF__SWITCH_FIELD("shaping.out_peak_bps", type, policy.out_peak_bps, NUMBER), \
    VIF__SWITCH_FIELD("shaping.out_burst_bytes", type, policy.out_burst_bytes, NUMBER), \
    VIF__SWITCH_FIELD("security.promiscuous", type, policy.promiscuous, SWITCH), \
    VIF__SWITCH_FIELD("security.mac_changes", type, policy.mac_changes, SWITCH), \
    VIF__SWITCH_FIELD("security.forged_transmits", type, policy.forged_transmits, SWITCH)

static const vif__plain_row vif__switch_fields[] = {
    VIF__SWITCH_FIELD("name", vif_switch, name, TEXT),
    VIF__SWITCH_FIELD("backend", vif_switch, backend, TEXT),
    VIF__SWITCH_FIELD("datapath_type", vif_switch, datapath_type, TEXT),
    VIF__SWITCH_FIELD("uplinks", vif_switch, uplinks, TEXTS),
    VIF__SWITCH_FIELD("mtu", vif_switch, mtu, NUMBER),
    VIF__SWITCH_FIELD("teaming.mode", vif_switch, teaming, TEXT),
    VIF__SWITCH_FIELD("teaming.lacp", vif_switch, lacp, SWITCH),
    VIF__SWITCH_FIELD("port_groups", vif_switch, groups, IGNORED),
    VIF__POLICY_FIELDS(vif_switch)};
static const vif__plain_row vif__group_fields[] = {
    VIF__SWITCH_FIELD("name", vif_port_group, name, TEXT),
    VIF__SWITCH_FIELD("vlan", vif_port_group, vlan, NUMBER),
    VIF__SWITCH_FIELD("management", vif_port_group, management, SWITCH),
    VIF__POLICY_FIELDS(vif_port_group)};

/* The members of the list that follows, into an array that grows in the arena. */
static vif_status vif__switch_groups(vif__plain *f, vif_switch *sw)
{
    vif_port_group *groups = NULL;
    vif_status st = VIF_OK;
    vif_json_token t;
    size_t cap = 0;
    char digits[22];

    while (st == VIF_OK && vif_json_next(&f->json, &t) == VIF_JSON_OBJECT) {
        groups = (vif_port_group *)vif__grow(f->arena, groups, sw->group_count, &cap,
                                             sizeof *groups);
        if (groups == NULL) {
            return vif_fail(f->err, VIF_E_NOMEM, 0, "port_groups", NULL);
        }
        f->path[0] = '\0';
        vif__cat_format(f->path, sizeof f->path, "port_groups[%s].",
                        vif_int_format((int64_t)sw->group_count, digits), NULL, NULL);
        f->base = strlen(f->path);
        memset(&groups[sw->group_count], 0, sizeof *groups);
        st = vif__plain_read(f, &groups[sw->group_count++]);
    }
    sw->groups = groups;
    if (st != VIF_OK || t.type == VIF_JSON_ARRAY_END) {
        return st;
    }
    f->path[0] = '\0';                  /* no longer within the group before it */
    vif_cat(f->path, sizeof f->path, "port_groups");
    return vif__plain_fail(f, "a list of objects is required");
}

/* The second pass: to the list of groups, if there is one. */
static vif_status vif__switch_seek(vif__plain *f, vif_switch *sw)
{
    vif_status st = VIF_OK;
    vif_json_token t;
    bool groups, seen = false;

    (void)vif_json_next(&f->json, &t);
    while (st == VIF_OK && vif_json_next(&f->json, &t) == VIF_JSON_KEY) {
        groups = t.len == 11 && memcmp(t.text, "port_groups", 11) == 0;
        (void)vif_json_next(&f->json, &t);
        if (groups && seen) {
            return vif_fail(f->err, VIF_E_FIELD, 0, "port_groups", "is there twice");
        }
        seen |= groups;
        if (groups && t.type == VIF_JSON_ARRAY) {
            st = vif__switch_groups(f, sw);
        } else if (groups && t.type != VIF_JSON_NULL) {
            return vif_fail(f->err, VIF_E_FIELD, 0, "port_groups", "a list is required");
        } else if (t.type == VIF_JSON_OBJECT || t.type == VIF_JSON_ARRAY) {
            (void)vif_json_skip(&f->json, t.type);
        }
    }
    return st;
}

/* The text is fed twice: see above. */
VIF_API vif_status vif_switch_decode(vif_arena *arena, const char *text, size_t len,
                                     vif_switch *sw, vif_error *err)
{
    vif__plain f;
    vif_status st;

    memset(sw, 0, sizeof *sw);
    memset(&f, 0, sizeof f);
    f.arena = arena;
    f.err = err;
    f.rows = vif__switch_fields;
    f.count = sizeof vif__switch_fields / sizeof *vif__switch_fields;
    st = vif__plain_object(&f, text, len, sw);
    if (st != VIF_OK) {
        return st;
    }
    st = vif__plain_begin(&f, text, len);
    f.rows = vif__group_fields;
    f.count = sizeof vif__group_fields / sizeof *vif__group_fields;
    st = st == VIF_OK ? vif__switch_seek(&f, sw) : st;
    return st == VIF_OK ? vif_switch_check(sw, err) : st;
}
#endif

#ifndef VIF_NO_SWITCH
/* >>switches
 *
 * The verbs of virtual switches. What is refused is decided here, from what the backends list, and
 * the same for all of them; what is done is one change of a backend. The two built-in ones list
 * what the database, or the state directory, says, and change by plans, as any other verb does. */

/* Names may be anybody's, and texts are as long as they are. */
enum { VIF__GROUP_NAME = 80, VIF__SWITCH_TEXT = 32768,
       VIF__SWITCH_ROOM = VIF__SWITCH_TEXT + 160 };     /* with the line of a tag */

/* Adds a name that may be anybody's. */
static void vif__error_name(vif_error *err, const char *name)
{
    if (err != NULL) {
        vif_cat_escaped(err->text, sizeof err->text, name, strlen(name));
    }
}

/* What is wrong with what ports are to be, and in which field; or NULL. */
static const char *vif__policy_wrong(const vif_port_policy *p, const char **field)
{
    static const char names[] = "shaping.in_bps\0shaping.in_peak_bps\0shaping.in_burst_bytes\0"
                                "shaping.out_bps\0shaping.out_peak_bps\0shaping.out_burst_bytes";
    const vif_int *rates[6] = {&p->in_bps, &p->in_peak_bps, &p->in_burst_bytes,
                               &p->out_bps, &p->out_peak_bps, &p->out_burst_bytes};
    unsigned i;

    for (i = 0; i < 6; i++) {
        const vif_int *average = rates[i / 3 * 3];
        const int64_t most = i % 3 == 2 ? UINT32_MAX - 1 : INT64_MAX;

        *field = vif__packed(names, i);
        if (rates[i]->state != VIF_STATE_SET) {
            continue;
        }
        if (rates[i]->value < 0 || rates[i]->value > most) {
            return i % 3 == 2 ? "0 to 4294967294 bytes are required" : "no rate in bit/s";
        }
        if (i % 3 != 0 && rates[i]->value != 0 &&
            (average->state != VIF_STATE_SET || average->value == 0)) {
            return "needs an average rate beside it";
        }
        if (i % 3 == 1 && rates[i]->value != 0 && rates[i]->value < average->value) {
            return "is below the average";
        }
    }
    return NULL;
}

/* What is wrong with a text that people see, or NULL. */
static const char *vif__group_name_wrong(const char *name)
{
    const unsigned char *at = (const unsigned char *)name;

    if (!vif_has_text(name) || strlen(name) > VIF__GROUP_NAME || !vif_utf8_valid(name)) {
        return "1 to 80 bytes of UTF-8 are required";
    }
    while (*at >= 0x20 && *at != 0x7f) {
        at++;
    }
    return *at != '\0' ? "has a control character" : NULL;
}

/* What is wrong with a port group, and in which field; or NULL. */
static const char *vif__group_wrong(const vif_port_group *g, const char **field)
{
    *field = "name";
    if (vif__group_name_wrong(g->name) != NULL) {
        return vif__group_name_wrong(g->name);
    }
    *field = "vlan";
    if (g->vlan.state == VIF_STATE_SET && (g->vlan.value < 0 || g->vlan.value > VIF__VLAN_TRUNK)) {
        return "0, 1 to 4094, or 4095 for all is required";
    }
    return vif__policy_wrong(&g->policy, field);
}

/* Whether the list has the text among its first `count`. */
static bool vif__texts_have(const vif_texts *list, size_t count, const char *text)
{
    size_t i = 0;

    while (i < count && strcmp(list->items[i], text) != 0) {
        i++;
    }
    return i < count;
}

/* What is wrong with it as a whole, but for its groups; or NULL. */
static const char *vif__switch_wrong(const vif_switch *sw, const char **field)
{
    static const char modes[] = "active-backup\0balance-slb\0balance-tcp";
    const char *mode = vif_has_text(sw->teaming) ? sw->teaming : modes;
    unsigned n = 0;
    size_t i;

    *field = "name";
    if (vif__group_name_wrong(sw->name) != NULL) {
        return vif__group_name_wrong(sw->name);
    }
    *field = "uplinks";
    for (i = 0; i < sw->uplinks.count; i++) {
        const char *bad = vif_ifname_check(sw->uplinks.items[i]);

        if (bad != NULL || vif__texts_have(&sw->uplinks, i, sw->uplinks.items[i]) || i == 16) {
            return bad != NULL ? bad : i == 16 ? "more than 16" : "one is named twice";
        }
    }
    *field = "mtu";
    if (sw->mtu.state == VIF_STATE_SET && (sw->mtu.value < 68 || sw->mtu.value > 65535)) {
        return "68 to 65535 bytes are required";
    }
    *field = "teaming.mode";
    while (n < 3 && strcmp(vif__packed(modes, n), mode) != 0) {
        n++;
    }
    if (n == 3) {
        return "active-backup, balance-slb or balance-tcp is required";
    }
    *field = "teaming.lacp";
    return n == 2 && sw->lacp != VIF_TRUE ? "balance-tcp needs it"
        : vif__policy_wrong(&sw->policy, field);
}

/* Groups are told apart by their names alone. */
VIF_API vif_status vif_switch_check(const vif_switch *sw, vif_error *err)
{
    const char *field, *bad = vif__switch_wrong(sw, &field);
    char where[64], digits[22];
    size_t i, k;

    if (bad != NULL) {
        return vif_fail(err, VIF_E_FIELD, 0, field, bad);
    }
    for (i = 0; i < sw->group_count; i++) {
        bad = vif__group_wrong(&sw->groups[i], &field);
        for (k = 0; bad == NULL && k < i; k++) {
            if (strcmp(sw->groups[i].name, sw->groups[k].name) == 0) {
                field = "name";
                bad = "two port groups have it";
            }
        }
        if (bad != NULL) {
            where[0] = '\0';
            vif__cat_format(where, sizeof where, "port_groups[%s].%s",
                            vif_int_format((int64_t)i, digits), field, NULL);
            return vif_fail(err, VIF_E_FIELD, 0, where, bad);
        }
    }
    return vif_switch_encode(sw, NULL, 0) < VIF__SWITCH_TEXT ? VIF_OK
        : vif_fail(err, VIF_E_FIELD, 0, "port_groups", "its text would be longer than 32768 bytes");
}

/* A number, if there is one. */
static void vif__put_rate(vif_json_out *out, const char *key, const vif_int *rate)
{
    if (rate->state == VIF_STATE_SET) {
        vif_json_key(out, key);
        vif_json_int(out, rate->value);
    }
}

static void vif__put_switch(vif_json_out *out, const char *key, vif_bool on)
{
    if (on != VIF_BOOL_UNSET) {
        vif_json_key(out, key);
        vif_json_bool(out, on == VIF_TRUE);
    }
}

/* What is unset is left out, so that it reads back as it was. */
static void vif__put_policy(vif_json_out *out, const vif_port_policy *p)
{
    const vif_int *rates[6] = {&p->in_bps, &p->in_peak_bps, &p->in_burst_bytes,
                               &p->out_bps, &p->out_peak_bps, &p->out_burst_bytes};
    unsigned said = 0, i;

    for (i = 0; i < 6; i++) {
        said += rates[i]->state == VIF_STATE_SET;   /* also a 0 that stands alone */
    }
    if (said > 0) {
        vif_json_key(out, "shaping");
        vif_json_open(out, '{');
        vif__put_rate(out, "in_bps", &p->in_bps);
        vif__put_rate(out, "in_peak_bps", &p->in_peak_bps);
        vif__put_rate(out, "in_burst_bytes", &p->in_burst_bytes);
        vif__put_rate(out, "out_bps", &p->out_bps);
        vif__put_rate(out, "out_peak_bps", &p->out_peak_bps);
        vif__put_rate(out, "out_burst_bytes", &p->out_burst_bytes);
        vif_json_close(out, '}');
    }
    if (p->promiscuous != VIF_BOOL_UNSET || p->mac_changes != VIF_BOOL_UNSET ||
        p->forged_transmits != VIF_BOOL_UNSET) {
        vif_json_key(out, "security");
        vif_json_open(out, '{');
        vif__put_switch(out, "promiscuous", p->promiscuous);
        vif__put_switch(out, "mac_changes", p->mac_changes);
        vif__put_switch(out, "forged_transmits", p->forged_transmits);
        vif_json_close(out, '}');
    }
}

static void vif__put_group(vif_json_out *out, const vif_port_group *g)
{
    vif_json_open(out, '{');
    vif_json_key(out, "name");
    vif_json_string(out, g->name);
    vif__put_rate(out, "vlan", &g->vlan);
    vif__put_switch(out, "management", g->management);
    vif__put_policy(out, &g->policy);
    vif_json_close(out, '}');
}

static void vif__put_team(vif_json_out *out, const vif_switch *sw)
{
    if (vif_has_text(sw->teaming) || sw->lacp != VIF_BOOL_UNSET) {
        vif_json_key(out, "teaming");
        vif_json_open(out, '{');
        if (vif_has_text(sw->teaming)) {
            vif_json_key(out, "mode");
            vif_json_string(out, sw->teaming);
        }
        vif__put_switch(out, "lacp", sw->lacp);
        vif_json_close(out, '}');
    }
}

VIF_API size_t vif_switch_encode(const vif_switch *sw, char *buf, size_t cap)
{
    vif_json_out out;
    size_t i;

    vif_json_out_init(&out, buf, cap > 0 ? cap - 1 : 0);
    vif_json_open(&out, '{');
    vif_json_key(&out, "name");
    vif_json_string(&out, sw->name);
    vif_json_key(&out, "backend");
    vif_json_string(&out, vif_has_text(sw->backend) ? sw->backend : "ovs");
    if (vif_has_text(sw->datapath_type)) {
        vif_json_key(&out, "datapath_type");
        vif_json_string(&out, sw->datapath_type);
    }
    if (sw->uplinks.count > 0) {
        vif_json_key(&out, "uplinks");
        vif_json_open(&out, '[');
        for (i = 0; i < sw->uplinks.count; i++) {
            vif_json_string(&out, sw->uplinks.items[i]);
        }
        vif_json_close(&out, ']');
    }
    vif__put_rate(&out, "mtu", &sw->mtu);
    vif__put_team(&out, sw);
    vif__put_policy(&out, &sw->policy);
    if (sw->group_count > 0) {
        vif_json_key(&out, "port_groups");
        vif_json_open(&out, '[');
        for (i = 0; i < sw->group_count; i++) {
            vif__put_group(&out, &sw->groups[i]);
        }
        vif_json_close(&out, ']');
    }
    vif_json_close(&out, '}');
    if (cap > 0) {
        buf[out.overflow ? 0 : out.len] = '\0';
    }
    return out.len;
}

/* A list of switches, or of ports, under construction. */
typedef struct vif__listing {
    vif_host *host;
    vif_arena *arena;
    vif_error *err;
    const vif_switch *sw;               /* whose ports are listed */
    vif_switch *switches;
    vif_switch_port *ports;
    size_t count, cap;
    char *text;                         /* VIF__SWITCH_TEXT bytes and a tag, for what is read */
    char prefix[160];                   /* of the files of this namespace */
    vif_error why;                      /* of the text in hand */
    vif_status status;
} vif__listing;

/* The first failure is the list's; what else can be read is listed. */
static bool vif__listing_fail(vif__listing *w, vif_status st, const char *where, const char *why)
{
    const bool first = w->status == VIF_OK;

    if (first) {
        w->status = vif_fail(w->err, st, 0, where, why);
    }
    return first;
}

/* Nothing of a host may be at work: its buffers are used. */
static vif_status vif__listing_begin(vif_host *h, vif_arena *arena, vif_error *err,
                                     vif__listing **out)
{
    vif__listing *w = (vif__listing *)vif_arena_alloc(arena, sizeof *w);

    *out = w;
    if (w == NULL) {
        return vif_fail(err, VIF_E_NOMEM, 0, "", NULL);
    }
    memset(w, 0, sizeof *w);
    w->host = h;
    w->arena = arena;
    w->err = err;
    w->text = (char *)vif_arena_alloc(arena, VIF__SWITCH_ROOM);
    if (w->text == NULL) {
        (void)vif__listing_fail(w, VIF_E_NOMEM, "", NULL);
    } else if (!h->priv.open) {
        (void)vif__listing_fail(w, VIF_E_NOT_OPEN, "", NULL);
    } else if (h->priv.inside || h->priv.jobs != NULL) {
        (void)vif__listing_fail(w, VIF_E_BUSY, "", "jobs of this host are at work");
    }
    return w->status;
}

/* Whose it is, by the tag, for as long as the arena; NULL: nobody's that is known. */
static const char *vif__listing_owner(vif__listing *w, const char *tag)
{
    const char *owner;

    if (!vif__is_tag(tag) || strchr(tag + 4, ':') == NULL) {
        return NULL;
    }
    owner = vif_arena_text(w->arena, tag + 4, strcspn(tag + 4, ":"));
    if (owner == NULL) {
        (void)vif__listing_fail(w, VIF_E_NOMEM, tag, NULL);
    }
    return owner;
}

/* A switch that is kept as this text beside the bridge of that name. Whoever else could write it
 * is told to put it right. */
static void vif__listing_switch(vif__listing *w, const char *bridge, const char *owner,
                                const char *text)
{
    vif_switch *items = (vif_switch *)vif__grow(w->arena, w->switches, w->count, &w->cap,
                                                sizeof *items);
    vif_error *why = &w->why;

    if (items == NULL) {
        (void)vif__listing_fail(w, VIF_E_NOMEM, bridge, NULL);
        return;
    }
    w->switches = items;
    if (vif_switch_decode(w->arena, text, strlen(text), &items[w->count], why) != VIF_OK) {
        if (vif__listing_fail(w, why->status, bridge,
                              "what is kept of the switch can't be read: ") && w->err != NULL) {
            vif_cat(w->err->text, sizeof w->err->text, why->text);
        }
    } else if (strcmp(items[w->count].name, bridge) != 0) {
        (void)vif__listing_fail(w, VIF_E_PROTO, bridge, "what is kept of the switch names another");
    } else {
        items[w->count++].owner = owner;
    }
}

/* A port, with texts that the arena keeps. */
static vif_switch_port *vif__listing_port(vif__listing *w, const char *name, vif_port_role role)
{
    vif_switch_port *items = (vif_switch_port *)vif__grow(w->arena, w->ports, w->count, &w->cap,
                                                          sizeof *items);
    vif_switch_port *p;

    if (items == NULL) {
        (void)vif__listing_fail(w, VIF_E_NOMEM, name, NULL);
        return NULL;
    }
    w->ports = items;
    p = &items[w->count++];
    memset(p, 0, sizeof *p);
    p->name = vif_arena_text(w->arena, name, strlen(name));
    p->group = p->id = p->mac = "";
    p->role = role;
    if (p->name == NULL) {
        (void)vif__listing_fail(w, VIF_E_NOMEM, name, NULL);
    }
    return p;
}

/* "vif:<owner>:<id>": the id; "" of a tag that has none. */
static const char *vif__tag_id(const char *tag)
{
    const char *id = vif__is_tag(tag) ? strchr(tag + 4, ':') : NULL;

    return id != NULL ? id + 1 : "";
}

/* The alias of the link, if it may be a tag; else "". */
static void vif__alias_tag(const vif_link *link, char tag[VIF__STATE_TAG])
{
    tag[0] = '\0';
    if (link->alias.len > 0 && link->alias.len < VIF__STATE_TAG) {
        memcpy(tag, link->alias.data, link->alias.len);
        tag[link->alias.len] = '\0';
    }
}

/* Whether the name is of the way out. */
static bool vif__switch_is_uplink(const vif_switch *sw, const char *name)
{
    return vif__texts_have(&sw->uplinks, sw->uplinks.count, name) ||
        (sw->uplinks.count > 1 && strncmp(name, "u-", 2) == 0 && strcmp(name + 2, sw->name) == 0);
}

/* Whether the link has addresses that somebody gave it. */
VIF__APART
static vif_status vif__has_addresses(vif_host *h, int32_t index, bool *has, vif_error *err)
{
    vif_nl *nl = &h->nl;
    unsigned char mem[64];
    vif_nl_event event;
    vif_addr addr;
    vif_nl_msg msg;
    vif_buf buf;
    vif_status st;

    *has = false;
    vif_buf_init(&buf, mem, sizeof mem);
    vif_nl_put_addr_dump(&buf, VIF_AF_UNSPEC, index);
    st = vif_nl_send(nl, &buf, err);
    if (st != VIF_OK) {
        return st;
    }
    while ((event = vif_nl_next(nl, &msg, err)) != VIF_NL_DONE) {
        *has |= event == VIF_NL_MESSAGE && vif_addr_parse(&msg, &addr) && addr.index == index &&
            addr.scope != VIF_SCOPE_LINK;
    }
    return nl->exchange.error.status;
}

/* The index of the bridge's link; 0: there is none. The bridge itself is a port of the host's own,
 * if the host has addresses on it. */
VIF__APART static vif_status vif__listing_bridge(vif__listing *w, int32_t *index)
{
    bool has = false;
    vif_link link;
    vif_status st = vif_nl_link_get(&w->host->nl, 0, w->sw->name, &link, w->err);

    *index = st == VIF_OK ? link.index : 0;
    if (st != VIF_OK) {
        return st == VIF_E_NO_INTERFACE ? VIF_OK : st;
    }
    st = vif__has_addresses(w->host, link.index, &has, w->err);
    if (st == VIF_OK && has) {
        (void)vif__listing_port(w, w->sw->name, VIF_PORT_HOST);
    }
    return st == VIF_OK ? w->status : st;
}

#ifndef VIF_NO_OVS
/* One transaction, in memory of the host's that no job has. */
static vif_status vif__switch_ask(vif_host *h, vif_ovsdb_txn *t, vif_ovsdb_event *ev,
                                  vif_error *err)
{
    const bool named = h->desc.ovsdb != NULL || vif_has_text(h->priv.options.ovsdb_connection);
    vif_error why;
    const vif_status st = vif__port_call(h, t, ev, &why);

    if (st == VIF_E_SYSTEM && !named) {         /* no switch is here */
        if (h->priv.ovsdb_open && h->priv.watch == NULL) {
            vif_ovsdb_close(vif__ovsdb_of(h));  /* the next look does not wait for the pause */
            h->priv.ovsdb_open = false;
        }
        return VIF_E_NO_INTERFACE;
    }
    if (st != VIF_OK && err != NULL) {
        *err = why;
    }
    return st;
}

/* One key of a row's external_ids, for as long as the arena; "". */
static const char *vif__listing_key(vif__listing *w, vif_ovsdb_value row, const char *key)
{
    const vif_ovsdb_value value = vif_ovsdb_map_get(vif_ovsdb_member(row, "external_ids"), key);
    const char *text;

    if (value.text == NULL || !vif_ovsdb_text(value, w->text, VIF__SWITCH_TEXT)) {
        return "";
    }
    text = vif_arena_text(w->arena, w->text, strlen(w->text));
    if (text == NULL) {
        (void)vif__listing_fail(w, VIF_E_NOMEM, key, NULL);
    }
    return text != NULL ? text : "";
}

/* All bridges are asked for, as there is no condition for "has that key". */
static vif_status vif__ovs_switches(const vif_switch_backend *self, vif_host *h, vif_arena *arena,
                                    vif_switches *out, vif_error *err)
{
    vif__listing *w;
    vif_ovsdb_txn t;
    vif_ovsdb_event ev;
    vif_ovsdb_iter rows;
    vif_ovsdb_value row, text;
    vif_status st;
    char name[65];

    (void)self;
    out->count = 0;
    if (vif__listing_begin(h, arena, err, &w) != VIF_OK) {
        return w != NULL ? w->status : VIF_E_NOMEM;
    }
    vif_ovsdb_begin(&t, h->priv.memory + VIF__RECEIVE_SIZE, VIF__SEND_SIZE, "Open_vSwitch");
    (void)vif_ovsdb_select(&t, "Bridge");
    vif_ovsdb_where_all(&t);
    vif_ovsdb_column(&t, "name");
    vif_ovsdb_column(&t, "external_ids");
    st = vif__switch_ask(h, &t, &ev, err);
    if (st != VIF_OK) {
        return st == VIF_E_NO_INTERFACE ? VIF_OK : st;
    }
    rows = vif_ovsdb_rows(&ev, 0);
    while (w->status != VIF_E_NOMEM && vif_ovsdb_next(&rows, NULL, &row)) {
        text = vif_ovsdb_map_get(vif_ovsdb_member(row, "external_ids"), "vif-switch");
        if (text.text != NULL && vif_ovsdb_text(vif_ovsdb_member(row, "name"), name, sizeof name)) {
            const char *owner = vif__listing_owner(w, vif__listing_key(w, row, "vif"));

            if (vif_ovsdb_text(text, w->text, VIF__SWITCH_TEXT)) {
                vif__listing_switch(w, name, owner, w->text);
            } else {
                (void)vif__listing_fail(w, VIF_E_PROTO, name,
                                        "external_ids:vif-switch is too long");
            }
        }
    }
    out->items = w->switches;
    out->count = w->count;
    return w->status;
}

/* A row of Port that is one of the bridge's. Its name may be longer than a link's, as a bond's. */
static void vif__listing_row(vif__listing *w, vif_ovsdb_value row)
{
    vif_switch_port *p;
    const char *tag, *id;

    if (!vif_ovsdb_text(vif_ovsdb_member(row, "name"), w->text, VIF__SWITCH_TEXT)) {
        (void)vif__listing_fail(w, VIF_E_PROTO, w->sw->name, "has a port whose name is too long");
        return;
    }
    p = strcmp(w->text, w->sw->name) != 0
        ? vif__listing_port(w, w->text, VIF_PORT_FOREIGN) : NULL;
    if (p == NULL || p->name == NULL) {
        return;
    }
    tag = vif__listing_key(w, row, "vif");
    id = vif__tag_id(tag);
    if (vif__switch_is_uplink(w->sw, p->name)) {
        p->role = VIF_PORT_UPLINK;
    } else if (id[0] != '\0' && strcmp(id, "shared") != 0) {
        p->role = VIF_PORT_OF_VIF;
        p->owner = vif__listing_owner(w, tag);
        p->id = id;
        p->group = vif__listing_key(w, row, "vif-port-group");
        p->mac = vif__listing_key(w, row, "vif-mac");
    }
}

/* Whether the bridge's set of ports has the row. */
static bool vif__listing_has(vif_ovsdb_value bridge, vif_ovsdb_value row)
{
    vif_ovsdb_iter ports = vif_ovsdb_set_of(vif_ovsdb_member(bridge, "ports"));
    vif_ovsdb_value port;
    char want[37], uuid[37];

    if (!vif_ovsdb_uuid(vif_ovsdb_member(row, "_uuid"), want)) {
        return false;
    }
    while (vif_ovsdb_next(&ports, NULL, &port)) {
        if (vif_ovsdb_uuid(port, uuid) && strcmp(uuid, want) == 0) {
            return true;
        }
    }
    return false;
}

/* Which ports a bridge has is told by their rows' UUIDs, whose they are by the rows. */
static vif_status vif__ovs_switch_ports(const vif_switch_backend *self, vif_host *h,
                                        vif_arena *arena, vif_switch_ports *out, vif_error *err)
{
    vif__listing *w;
    vif_ovsdb_txn t;
    vif_ovsdb_event ev;
    vif_ovsdb_iter rows;
    vif_ovsdb_value row, bridge;
    int32_t index;

    (void)self;
    out->count = 0;
    if (vif__listing_begin(h, arena, err, &w) != VIF_OK) {
        return w != NULL ? w->status : VIF_E_NOMEM;
    }
    w->sw = out->sw;
    w->status = vif__listing_bridge(w, &index);
    vif_ovsdb_begin(&t, h->priv.memory + VIF__RECEIVE_SIZE, VIF__SEND_SIZE, "Open_vSwitch");
    vif__ovs_find(&t, "Bridge", w->sw->name, "ports\0");
    (void)vif_ovsdb_select(&t, "Port");
    vif_ovsdb_where_all(&t);
    vif_ovsdb_column(&t, "_uuid");
    vif_ovsdb_column(&t, "name");
    vif_ovsdb_column(&t, "external_ids");
    w->status = w->status == VIF_OK ? vif__switch_ask(h, &t, &ev, err) : w->status;
    if (w->status != VIF_OK) {
        return w->status;
    }
    bridge = vif_ovsdb_first(&ev, 0);
    rows = vif_ovsdb_rows(&ev, 1);
    while (w->status == VIF_OK && vif_ovsdb_next(&rows, NULL, &row)) {
        if (vif__listing_has(bridge, row)) {
            vif__listing_row(w, row);
        }
    }
    out->items = w->ports;
    out->count = w->status == VIF_OK ? w->count : 0;
    return w->status;
}
#endif

/* A file of the state directory: is it the text of a switch of this namespace? */
static bool vif__switch_file(void *user, const char *file)
{
    vif__listing *w = (vif__listing *)user;
    const size_t start = strlen(w->prefix), len = strlen(file);
    char path[160] = "", bridge[65] = "";
    vif_error *why = &w->why;
    vif_status st;
    char *text;

    vif__cat_format(path, sizeof path, "%s/%s", vif__state_dir(w->host), file, NULL);
    if (len < 8 || strcmp(file + len - 7, ".switch") != 0 ||
        strncmp(path, w->prefix, start) != 0 || strlen(path) - start - 7 >= sizeof bridge) {
        return true;
    }
    memcpy(bridge, path + start, strlen(path) - start - 7);
    st = vif_file_read(path, w->text, VIF__SWITCH_ROOM, why);
    if (st == VIF_OK) {
        text = w->text + strcspn(w->text, "\n");
        text += *text != '\0';
        vif__listing_switch(w, bridge, vif__listing_owner(w, w->text), text);
    } else if (why->sys_errno != ENOENT) {       /* it has not gone meanwhile */
        (void)vif__listing_fail(w, st, bridge, "what is kept of the switch can't be read");
    }
    return w->status != VIF_E_NOMEM;
}

/* No directory, no switches. */
static vif_status vif__linux_switches(const vif_switch_backend *self, vif_host *h,
                                      vif_arena *arena, vif_switches *out, vif_error *err)
{
    vif__listing *w;

    (void)self;
    out->count = 0;
    if (vif__listing_begin(h, arena, err, &w) != VIF_OK) {
        return w != NULL ? w->status : VIF_E_NOMEM;
    }
    vif__state_prefix(h, w->prefix, sizeof w->prefix);
    (void)vif_dir_each(vif__state_dir(h), vif__switch_file, w, NULL);
    out->items = w->switches;
    out->count = w->count;
    return w->status;
}

/* A port of the bridge; what is kept of it beside its link says whose it is. */
VIF__APART static void vif__listing_link(vif__listing *w, const vif_link *link)
{
    vif_switch_port *p;
    char path[160] = "", tag[VIF__STATE_TAG];
    char *group, *mac;

    vif__alias_tag(link, tag);
    p = vif__listing_port(w, link->name, vif__switch_is_uplink(w->sw, link->name) ? VIF_PORT_UPLINK
                       : vif__is_tag(tag) && strcmp(vif__tag_id(tag), "shared") != 0
                       ? VIF_PORT_OF_VIF : VIF_PORT_FOREIGN);
    if (p == NULL || p->role != VIF_PORT_OF_VIF) {
        return;
    }
    p->id = vif_arena_text(w->arena, vif__tag_id(tag), strlen(vif__tag_id(tag)));
    p->owner = vif__listing_owner(w, tag);
    vif__cat_format(path, sizeof path, "%s%s.group", w->prefix, link->name, NULL);
    if (vif_file_read(path, w->text, VIF__SWITCH_TEXT, NULL) == VIF_OK &&
        (group = strchr(w->text, '\n')) != NULL && (mac = strchr(group + 1, '\n')) != NULL) {
        p->group = vif_arena_text(w->arena, group + 1, (size_t)(mac - group) - 1);
        p->mac = vif_arena_text(w->arena, mac + 1, strlen(mac + 1));
    }
    if (p->id == NULL || p->group == NULL || p->mac == NULL) {
        (void)vif__listing_fail(w, VIF_E_NOMEM, link->name, NULL);
    }
}

/* One dump of the links whose master the bridge is. A bridge that has gone has none. */
static vif_status vif__linux_switch_ports(const vif_switch_backend *self, vif_host *h,
                                          vif_arena *arena, vif_switch_ports *out, vif_error *err)
{
    vif__listing *w;
    unsigned char mem[64];
    int32_t bridge;
    vif_link link;
    vif_buf buf;

    (void)self;
    out->count = 0;
    if (vif__listing_begin(h, arena, err, &w) != VIF_OK) {
        return w != NULL ? w->status : VIF_E_NOMEM;
    }
    w->sw = out->sw;
    w->status = vif__listing_bridge(w, &bridge);
    if (w->status != VIF_OK || bridge == 0) {
        return w->status;
    }
    vif__state_prefix(h, w->prefix, sizeof w->prefix);
    vif_buf_init(&buf, mem, sizeof mem);
    vif_nl_put_link_dump(&buf, VIF_AF_UNSPEC, (uint32_t)bridge, NULL, VIF_EXT_SKIP_STATS);
    w->status = vif_nl_send(&h->nl, &buf, err);
    if (w->status != VIF_OK) {
        return w->status;
    }
    while (vif__links_next(&h->nl, &link, err)) {
        if (link.master == (uint32_t)bridge && w->status == VIF_OK) {
            vif__listing_link(w, &link);
        }
    }
    w->status = w->status == VIF_OK ? h->nl.exchange.error.status : w->status;
    out->items = w->ports;
    out->count = w->status == VIF_OK ? w->count : 0;
    return w->status;
}

typedef void vif__planner(vif_plan *plan, const vif_plan_input *in);

/* A verb for the switch, or for a part of it. */
static vif_status vif__switch_verb(vif_host *h, vif_verb verb, const vif_switch *sw,
                                   vif__planner *planner, vif_error *err)
{
    char id[81] = "switch:";
    vif_subject s;

    memset(&s, 0, sizeof s);
    vif_cat(id, sizeof id, sw->name);
    s.id = id;
    s.plan = planner;
    s.object = sw;
    return vif__verb_plain(h, verb, &s, err);
}

/* The switch with those of its uplinks alone that it is not to have any more; a team goes as a
 * whole. count 0: all of them stay. */
static void vif__switch_gone(const vif_switch *before, const vif_switch *now, vif_switch *gone,
                             const char *one[1])
{
    const bool team = before->uplinks.count > 1;
    size_t i, same = 0;

    for (i = 0; i < before->uplinks.count; i++) {
        same += vif__texts_have(&now->uplinks, now->uplinks.count, before->uplinks.items[i]);
    }
    *gone = *before;
    if (same == before->uplinks.count && (!team || now->uplinks.count == same) &&
        (team || now->uplinks.count < 2)) {
        gone->uplinks.count = 0;
    } else if (!team && before->uplinks.count == 1) {
        one[0] = before->uplinks.items[0];
        gone->uplinks.items = one;
    }
}

/* The switch's group of that name, or NULL. */
static const vif_port_group *vif__switch_group(const vif_switch *sw, const char *name)
{
    size_t i = 0;

    while (i < sw->group_count && strcmp(sw->groups[i].name, name) != 0) {
        i++;
    }
    return i < sw->group_count ? &sw->groups[i] : NULL;
}

/* The ports that are in groups, as subjects; *count of them. Also where the group is as it was, as
 * an edit that was killed may not have reached them: of one that is right nothing is changed. */
static vif_subject *vif__switch_edits(vif_host *h, vif_arena *arena, const vif_switch_ports *ports,
                                      size_t *count)
{
    const size_t most = ports->count + 1;
    vif_subject *s = (vif_subject *)vif_arena_alloc(arena, most * sizeof *s);
    vif__member_edit *e = (vif__member_edit *)vif_arena_alloc(arena, most * sizeof *e);
    const vif_switch *to = ports->sw;
    size_t i;

    *count = 0;
    for (i = 0; s != NULL && e != NULL && i < ports->count; i++) {
        const vif_switch_port *p = &ports->items[i];
        vif__member_edit *at = &e[*count];

        if (p->role != VIF_PORT_OF_VIF || vif__switch_group(to, p->group) == NULL) {
            continue;
        }
        memset(&s[*count], 0, sizeof *s);
        at->sw = to;
        at->group = vif__switch_group(to, p->group);
        at->port = p;
        at->options = h->priv.options;
        vif_object_init(&at->vif, VIF_CLASS_VIFGeneric);
        at->vif.base.id = p->id;
        at->vif.base.address = p->mac[0] != '\0' ? p->mac : NULL;
        at->options.ovs_device_later = VIF_TRUE;        /* one that has gone is not the edit's */
        vif__switch_options(&at->options, to, at->group);
        s[*count].options = &at->options;
        s[*count].plan = vif__plan_member_edit;
        s[*count].object = at;
        s[(*count)++].id = p->id;
    }
    return e != NULL ? s : NULL;
}

/* The ports as they are now that the switch's text is: what was plugged between the look that the
 * edit was admitted by and the change is among them, and who comes later sees the new text. A group
 * that has gone may have got one. */
static vif_status vif__switch_again(vif_host *h, vif_arena *arena, vif_switch_ports *ports,
                                    vif_error *err)
{
    vif_status st = VIF_OK;
    size_t i;

    if (vif__switch_is_linux(ports->sw)) {
        st = vif__linux_switch_ports(NULL, h, arena, ports, err);
#ifndef VIF_NO_OVS
    } else {
        st = vif__ovs_switch_ports(NULL, h, arena, ports, err);
#endif
    }
    for (i = 0; i < ports->count && st == VIF_OK; i++) {
        const vif_switch_port *p = &ports->items[i];

        if (p->role == VIF_PORT_OF_VIF && p->group[0] != '\0' &&
            vif__switch_group(ports->sw, p->group) == NULL) {
            st = vif_fail(err, VIF_E_BUSY, 0, p->group, "has got a port meanwhile");
        }
    }
    return st;
}

/* Plugs all of these: the first failure is the whole's. A port that is unplugged just then fails as
 * half of it has gone; the next look knows. */
static vif_status vif__switch_reach(vif_host *h, const vif_switch_change *c, const vif_switch *to,
                                    vif_error *err)
{
    vif_switch_ports ports;
    vif_job_desc d;
    vif_status st;
    int tries;

    memset(&d, 0, sizeof d);
    memset(&ports, 0, sizeof ports);
    ports.sw = to;
    st = vif__switch_again(h, c->arena, &ports, err);
    if (st != VIF_OK) {
        return st;
    }
    d.verb = VIF_PLUG;
    d.subjects = vif__switch_edits(h, c->arena, &ports, &d.count);
    d.results = (vif_result *)vif_arena_alloc(c->arena, (d.count + 1) * sizeof *d.results);
    if (d.subjects == NULL || d.results == NULL) {
        return vif_fail(err, VIF_E_NOMEM, 0, to->name, NULL);
    }
    for (tries = 0; d.count > 0 && (tries == 0 || st == VIF_E_KERNEL || st == VIF_E_NO_INTERFACE) &&
         tries < 5; tries++) {
        st = vif_verb_many(h, &d, err);
    }
    return st;
}

/* Whether the bridge has to begin to filter VLANs for what it is to be (plug), or to cease. */
static vif_status vif__switch_filter(vif_host *h, vif_verb verb, const vif_switch *from,
                                     const vif_switch *to, vif_error *err)
{
    const bool more = vif__switch_has_vlans(to), less = vif__switch_has_vlans(from);

    return !vif__switch_is_linux(to) || more == less || more != (verb == VIF_PLUG) ? VIF_OK
        : vif__switch_verb(h, verb, to, vif__plan_switch_filter, err);
}

/* What is dropped goes first, as a card cannot be on its own and in a team. */
static vif_status vif__switch_turn(vif_host *h, const vif_switch_change *c, const vif_switch *from,
                                   const vif_switch *to, vif_error *err)
{
    const char *one[1];
    vif_switch gone;
    vif_status st = vif__switch_filter(h, VIF_PLUG, from, to, err);

    vif__switch_gone(from, to, &gone, one);
    if (gone.uplinks.count > 0 && st == VIF_OK) {
        st = vif__switch_verb(h, VIF_UNPLUG, &gone, vif__plan_switch_drop, err);
    }
    st = st == VIF_OK ? vif__switch_verb(h, VIF_PLUG, to, vif_switch_plan, err) : st;
    st = st == VIF_OK ? vif__switch_reach(h, c, to, err) : st;
    return st == VIF_OK ? vif__switch_filter(h, VIF_UNPLUG, from, to, err) : st;
}

/* An edit that fails is turned back, as far as it came; what can't be is said. */
static vif_status vif__switch_change_edit(vif_host *h, const vif_switch_change *c, vif_error *err)
{
    vif_status st = vif__switch_turn(h, c, c->before, c->now, err);

    if (st != VIF_OK && vif__switch_turn(h, c, c->now, c->before, NULL) != VIF_OK && err != NULL) {
        vif_cat(err->text, sizeof err->text, "; left behind: a part of the edit");
    }
    return st;
}

/* A bridge that somebody has put a port on meanwhile stays, and is the switch that it was. */
static vif_status vif__switch_change_undefine(vif_host *h, const vif_switch_change *c,
                                              vif_error *err)
{
    const vif_switch *sw = c->before;
    vif_status st = vif__switch_verb(h, VIF_UNPLUG, sw, vif_switch_plan, err);
    vif_error why;
    vif_net net;
    bool there;

    memset(&net, 0, sizeof net);
    net.type = VIF_NET_BRIDGE;
    net.backend = vif__switch_is_linux(sw) ? VIF_NET_LINUX : VIF_NET_OVS;
    net.name = sw->name;
    if (st != VIF_OK) {                 /* an unplug goes on past what fails */
        if (vif__switch_verb(h, VIF_PLUG, sw, vif_switch_plan, NULL) != VIF_OK && err != NULL) {
            vif_cat(err->text, sizeof err->text, "; left behind: a part of the switch");
        }
        return st;
    }
    if (vif__net_there(h, &net, &there, &why) != VIF_OK) {
        (void)vif_fail(err, VIF_E_UNKNOWN, why.sys_errno, sw->name, "is taken away, but for a look "
                       "whether its bridge has gone: ");
        vif__error_name(err, why.text);
        return VIF_E_UNKNOWN;
    }
    if (there) {
        (void)vif__switch_verb(h, VIF_PLUG, sw, vif_switch_plan, NULL);
        return vif_fail(err, VIF_E_BUSY, 0, sw->name, "somebody has put a port on it");
    }
    return st;
}

/* The built-in backends' one way to change a switch: by plans. */
static vif_status vif__switch_change(const vif_switch_backend *self, vif_host *h,
                                     const vif_switch_change *c, vif_error *err)
{
    (void)self;
    return c->now == NULL ? vif__switch_change_undefine(h, c, err)
        : c->before == NULL ? vif__switch_verb(h, VIF_PLUG, c->now, vif_switch_plan, err)
        : vif__switch_change_edit(h, c, err);
}

/* Says where a card is in use. */
static vif_status vif__switch_in_use(const char *card, const char *how, const char *who,
                                     vif_error *err)
{
    (void)vif_fail(err, VIF_E_EXISTS, 0, card, how);
    vif__error_name(err, who);
    return VIF_E_EXISTS;
}

#ifndef VIF_NO_OVS
/* The bridge of Open vSwitch that has the link, of its own or in a bond; "": none. The userspace
 * datapath is seen in the database alone. */
VIF__APART static vif_status vif__switch_ovs_of(vif_host *h, const char *link, char bridge[65],
                                                vif_error *err)
{
    static const char tables[] = "Interface\0Port\0Bridge", sets[] = "\0interfaces\0ports";
    vif_ovsdb_event ev;
    vif_ovsdb_value row;
    vif_ovsdb_txn t;
    char uuid[37];
    unsigned i;

    for (i = 0; i < 3; i++) {
        vif_status st;

        vif_ovsdb_begin(&t, h->priv.memory + VIF__RECEIVE_SIZE, VIF__SEND_SIZE, "Open_vSwitch");
        (void)vif_ovsdb_select(&t, vif__packed(tables, i));
        if (i == 0) {
            vif_ovsdb_where_text(&t, "name", link);
        } else {
            vif_ovsdb_where_has(&t, vif__packed(sets, i), uuid);
        }
        vif__ovs_columns(&t, "_uuid\0name\0");
        st = vif__switch_ask(h, &t, &ev, err);
        if (st != VIF_OK) {
            return st == VIF_E_NO_INTERFACE ? VIF_OK : st;
        }
        row = vif_ovsdb_first(&ev, 0);
        if (!vif_ovsdb_uuid(vif_ovsdb_member(row, "_uuid"), uuid)) {
            return VIF_OK;
        }
    }
    return vif_ovsdb_text(vif_ovsdb_member(row, "name"), bridge, 65) ? VIF_OK
        : vif_fail(err, VIF_E_PROTO, 0, link, "is on a bridge whose name is too long");
}
#endif

/* The master of a card; that it is the switch's own bridge is what an earlier call has left. */
VIF__APART
static vif_status vif__switch_master(vif_host *h, const vif_switch *sw, const vif_link *card,
                                     vif_error *err)
{
    char bridge[65] = "";
    vif_link master;
    vif_status st = VIF_OK;

#ifndef VIF_NO_OVS
    st = vif__switch_ovs_of(h, card->name, bridge, err);
#endif
    if (st == VIF_OK && bridge[0] == '\0' && card->master != 0) {
        st = vif_nl_link_get(&h->nl, (int32_t)card->master, NULL, &master, err);
        vif_cat(bridge, sizeof bridge, st == VIF_OK ? master.name : "");
    }
    return st != VIF_OK || bridge[0] == '\0' || strcmp(bridge, sw->name) == 0 ? st
        : vif__switch_in_use(card->name, "is in use: a port of ", bridge, err);
}

/* What is over the card, as a VLAN, has frames that the switch would miss, and a macvlan all of
 * them. A pair's other end is not over it. */
VIF__APART
static vif_status vif__switch_over(vif_host *h, const vif_link *card, vif_error *err)
{
    char who[40] = "";
    unsigned char mem[64];
    vif_status st;
    vif_link link;
    vif_buf buf;

    vif_buf_init(&buf, mem, sizeof mem);
    vif_nl_put_link_dump(&buf, VIF_AF_UNSPEC, 0, NULL, VIF_EXT_SKIP_STATS);
    st = vif_nl_send(&h->nl, &buf, err);
    if (st != VIF_OK) {
        return st;
    }
    while (vif__links_next(&h->nl, &link, err)) {
        const bool over = (int32_t)link.link == card->index && link.index != card->index &&
            (link.present & VIF_LINK_LINK_NETNSID) == 0 && !vif__is_pair(link.kind);

        if (who[0] == '\0' && (over || vif__is_tunnel_over(&link, card->index))) {
            vif__cat_format(who, sizeof who, "%s %s", link.kind, link.name, NULL);
        }
    }
    st = h->nl.exchange.error.status;
    return st != VIF_OK || who[0] == '\0' ? st
        : vif__switch_in_use(card->name, "is in use: under the ", who, err);
}

/* The tag of the VIF that made it. */
VIF__APART static vif_status vif__switch_whose(const vif_link *card, vif_error *err)
{
    char tag[VIF__STATE_TAG];

    vif__alias_tag(card, tag);
    return !vif__is_tag(tag) || strcmp(vif__tag_id(tag), "shared") == 0 ? VIF_OK
        : vif__switch_in_use(card->name, "is in use: it belongs to ", tag, err);
}

/* A card that is to become an uplink is nobody's: no port of anything, under no other link, no
 * VIF's, and without addresses, of which the host would be cut off. */
static vif_status vif__switch_card(vif_host *h, const vif_switch *sw, const char *name,
                                   vif_error *err)
{
    vif_status st;
    vif_link link;
    bool has = false;

    st = vif_nl_link_get(&h->nl, 0, name, &link, err);
    if (st != VIF_OK) {
        return st == VIF_E_NO_INTERFACE
            ? vif_fail(err, st, 0, name, "there is no such uplink") : st;
    }
    if (strcmp(link.name, name) != 0) {
        (void)vif_fail(err, VIF_E_FIELD, 0, "uplinks", "the kernel has that one as ");
        vif__error_name(err, link.name);
        return VIF_E_FIELD;
    }
    st = vif__switch_whose(&link, err);
    st = st == VIF_OK ? vif__switch_master(h, sw, &link, err) : st;
    st = st == VIF_OK ? vif__switch_over(h, &link, err) : st;
    st = st == VIF_OK ? vif__has_addresses(h, link.index, &has, err) : st;
    return st == VIF_OK && has
        ? vif_fail(err, VIF_E_EXISTS, 0, name, "is in use: the host has addresses on it") : st;
}

/* A VIF that might come. */
typedef struct vif__switch_guest {
    vif_member member;
    vif_vif vif;
    vif_plan_input in;
    vif_plan plan;
    vif_error why;
} vif__switch_guest;

/* Whether a VIF could be plugged into the group: as its planner says, for a host that is not looked
 * at. What it refuses is an option, named behind the group. */
static vif_status vif__switch_try(vif_host *h, const vif_switch *sw, size_t group,
                                  vif_arena *arena, vif_error *err)
{
    vif__switch_guest *g = (vif__switch_guest *)vif_arena_alloc(arena, sizeof *g);
    char where[64] = "", digits[22];
    vif_status st;

    if (g == NULL) {
        return vif_fail(err, VIF_E_NOMEM, 0, "port_groups", NULL);
    }
    memset(g, 0, sizeof *g);
    vif_object_init(&g->vif, VIF_CLASS_VIFGeneric);
    g->vif.base.id = g->in.id = "guest";
    g->vif.base.address = "02:00:00:00:00:01";
    g->vif.generic.vif_name = "guest";
    g->member.vif = &g->vif;
    g->member.sw = *sw;
    g->member.group = &sw->groups[group];
    g->in.options = &h->priv.options;
    g->in.owner = h->desc.owner;
    g->in.object = &g->member;
    g->in.plan = vif__plan_member;
    st = vif_plan_make(&g->plan, arena, &g->in, &g->why);
    if (st != VIF_OK) {
        vif__cat_format(where, sizeof where, "port_groups[%s]",
                        vif_int_format((int64_t)group, digits), NULL, NULL);
        (void)vif_fail(err, st, 0, where, g->why.where);
        if (err != NULL) {
            vif_cat(err->text, sizeof err->text, ": ");
            vif_cat(err->text, sizeof err->text, g->why.text);
        }
    }
    return st;
}

/* Of each group: what would be refused of all its VIFs is refused when it is defined. */
static vif_status vif__switch_try_all(vif_host *h, const vif_switch *sw, vif_error *err)
{
    vif_status st = VIF_OK;
    vif_arena arena;
    size_t i;

    for (i = 0; i < sw->group_count && st == VIF_OK; i++) {
        if (sw->groups[i].management != VIF_TRUE) {
            vif_arena_init_hook(&arena, NULL, 0, h->desc.resize, h->desc.resize_user);
            st = vif__switch_try(h, sw, i, &arena, err);
            vif_arena_free(&arena);
        }
    }
    return st;
}

/* Names that fit, and cards that are nobody's, of those that the switch did not have before. */
static vif_status vif__switch_admit(const vif_switch_backend *self, vif_host *h,
                                    const vif_switch *before, const vif_switch *now, vif_error *err)
{
    const char *field, *bad = vif__switch_unfit(now, &field);
    vif_status st = bad != NULL ? vif_fail(err, VIF_E_FIELD, 0, field, bad)
                                : vif__switch_try_all(h, now, err);
    size_t i;

    (void)self;
    for (i = 0; i < now->uplinks.count && st == VIF_OK; i++) {
        if (before == NULL || !vif__switch_is_uplink(before, now->uplinks.items[i])) {
            st = vif__switch_card(h, now, now->uplinks.items[i], err);
        }
    }
    return st;
}

static const vif_switch_backend vif__backends[] = {
#ifndef VIF_NO_OVS
    {"ovs", vif__ovs_switches, vif__ovs_switch_ports, vif__switch_admit, vif__switch_change},
#endif
    {"linux", vif__linux_switches, vif__linux_switch_ports, vif__switch_admit, vif__switch_change}};

/* Backend n of the agent's and then of the built-in ones; NULL behind the last. */
static const vif_switch_backend *vif__backend(const vif_host *h, size_t n)
{
    const size_t own = h->desc.backend_count;

    return n < own ? h->desc.backends[n]
        : n - own < sizeof vif__backends / sizeof *vif__backends ? &vif__backends[n - own] : NULL;
}

/* The backend that the switch names, refused if the host has none of that name. */
VIF__APART
static const vif_switch_backend *vif__backend_of(const vif_host *h, const vif_switch *sw,
                                                 vif_error *err)
{
    const char *name = vif_has_text(sw->backend) ? sw->backend : "ovs";
    const vif_switch_backend *b;
    size_t n = 0;

    while ((b = vif__backend(h, n)) != NULL && strcmp(b->name, name) != 0) {
        n++;
    }
    if (b == NULL) {
        (void)vif_fail(err, VIF_E_FIELD, 0, "backend", "the host has none of that name");
    }
    return b;
}

/* One list of all backends': names of groups are the host's, not a switch's. */
VIF_API vif_status vif_switch_list(vif_host *host, vif_arena *arena, vif_switches *out,
                                   vif_error *err)
{
    vif_status first = VIF_OK;
    const vif_switch_backend *b;
    vif_switch *all = NULL;
    size_t n, cap = 0;

    memset(out, 0, sizeof *out);
    for (n = 0; (b = vif__backend(host, n)) != NULL; n++) {
        vif_switches some = {NULL, 0};
        const vif_status st = b->list(b, host, arena, &some, first == VIF_OK ? err : NULL);
        size_t i;

        first = first == VIF_OK ? st : first;
        for (i = 0; i < some.count; i++) {
            all = (vif_switch *)vif__grow(arena, all, out->count, &cap, sizeof *all);
            if (all == NULL) {
                out->count = 0;
                return vif_fail(err, VIF_E_NOMEM, 0, "", NULL);
            }
            all[out->count++] = some.items[i];
        }
    }
    out->items = all;
    return first;
}

/* The switch of that name, or NULL. */
static const vif_switch *vif__switch_find(const vif_switches *list, const char *name)
{
    size_t i = 0;

    while (i < list->count && strcmp(list->items[i].name, name) != 0) {
        i++;
    }
    return i < list->count ? &list->items[i] : NULL;
}

/* A group, or an uplink, that another switch has already is refused, naming that one. */
static vif_status vif__switch_clash(const vif_switches *list, const vif_switch *sw, vif_error *err)
{
    char where[64], digits[22];
    size_t i, k;

    for (i = 0; i < list->count; i++) {
        const vif_switch *other = &list->items[i];

        if (strcmp(other->name, sw->name) == 0) {
            continue;
        }
        for (k = 0; k < sw->group_count; k++) {
            if (vif__switch_group(other, sw->groups[k].name) != NULL) {
                where[0] = '\0';
                vif__cat_format(where, sizeof where, "port_groups[%s].name",
                                vif_int_format((int64_t)k, digits), NULL, NULL);
                (void)vif_fail(err, VIF_E_EXISTS, 0, where, "is a port group of the switch ");
                vif__error_name(err, other->name);
                return VIF_E_EXISTS;
            }
        }
        for (k = 0; k < sw->uplinks.count; k++) {
            if (vif__texts_have(&other->uplinks, other->uplinks.count, sw->uplinks.items[k])) {
                (void)vif_fail(err, VIF_E_EXISTS, 0, sw->uplinks.items[k],
                               "is an uplink of the switch ");
                vif__error_name(err, other->name);
                return VIF_E_EXISTS;
            }
        }
    }
    return VIF_OK;
}

/* Verbs of switches come one after the other, over all backends, as names are the host's: a lock of
 * the state directory, or none where there is no state. Whoever waits longer than an exchange may
 * take is told. */
static vif_status vif__switch_lock(vif_host *h, vif_fd *lock, vif_error *err)
{
    const int most = h->desc.timeout_ms != 0 ? h->desc.timeout_ms : 5000;
    char path[160] = "";
    int waited, fd;

    vif__cat_format(path, sizeof path, "%s/switches.lock", vif__state_dir(h), NULL, NULL);
    fd = open(path, O_RDWR | O_CREAT | VIF_O_CLOEXEC, 0600);
    if (fd < 0 && errno == ENOENT && mkdir(vif__state_dir(h), 0700) == 0) {
        fd = open(path, O_RDWR | O_CREAT | VIF_O_CLOEXEC, 0600);
    }
    if (fd < 0) {
        return h->desc.state_dir == NULL ? VIF_OK
            : vif_fail(err, VIF_E_SYSTEM, errno, "state_dir", path);
    }
    *lock = vif_fd_of(fd);
    for (waited = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; waited += 10) {
        if (waited >= most) {
            return vif_fail(err, VIF_E_TIMEOUT, 0, "", "others are at work on the host's switches");
        }
        (void)poll(NULL, 0, 10);
    }
    return VIF_OK;
}

/* A verb under the lock: what the host has of switches, and the switch of that name. */
typedef struct vif__switch_call {
    vif_arena arena;
    vif_fd lock;
    vif_switches all;
    const vif_switch *before;
    vif_error *listed;                  /* an edit needs all of them, an undefine this one */
    vif_switch_ports ports;
    vif_switch_change change;
} vif__switch_call;

/* Whether all switches could be listed. */
static vif_status vif__switch_whole(const vif__switch_call *call, vif_error *err)
{
    if (call->listed->status != VIF_OK && err != NULL) {
        *err = *call->listed;
    }
    return call->listed->status;
}

/* Everything that a refusal goes by is looked up under the lock, in memory of the call. */
VIF__APART
static vif_status vif__switch_begin(vif_host *h, const char *name, vif__switch_call *call,
                                    vif_error *err)
{
    const vif_switch_backend *b;
    vif_status st;

    memset(call, 0, sizeof *call);
    vif_arena_init_hook(&call->arena, NULL, 0, h->desc.resize, h->desc.resize_user);
    if (!h->priv.open) {
        return vif_fail(err, VIF_E_NOT_OPEN, 0, "", NULL);
    }
    st = vif__switch_lock(h, &call->lock, err);
    if (st != VIF_OK) {
        return st;
    }
    call->listed = (vif_error *)vif_arena_alloc(&call->arena, sizeof *call->listed);
    if (call->listed == NULL) {
        return vif_fail(err, VIF_E_NOMEM, 0, name, NULL);
    }
    st = vif_switch_list(h, &call->arena, &call->all, call->listed);
    call->listed->status = st;
    call->before = vif__switch_find(&call->all, name);
    if (call->before == NULL) {
        return vif__switch_whole(call, err);
    }
    b = vif__backend_of(h, call->before, err);
    call->ports.sw = call->before;
    st = b != NULL ? b->ports(b, h, &call->arena, &call->ports, err) : VIF_E_FIELD;
    call->change.before = call->before;
    call->change.ports = &call->ports;
    call->change.arena = &call->arena;
    return st;
}

/* Closing the file ends the lock. */
static vif_status vif__switch_end(vif__switch_call *call, vif_status st)
{
    if (call->lock.set) {
        (void)close(call->lock.fd);
    }
    vif_arena_free(&call->arena);
    return st;
}

/* The change, if nothing speaks against it. */
VIF__APART
static vif_status vif__switch_do(vif_host *h, vif__switch_call *call, const vif_switch *now,
                                 vif_error *err)
{
    const vif_switch_backend *b = vif__backend_of(h, now != NULL ? now : call->before, err);
    vif_status st = b != NULL ? VIF_OK : VIF_E_FIELD;

    if (st == VIF_OK && now != NULL) {
        st = vif_switch_check(now, err);
        st = st == VIF_OK ? vif__switch_clash(&call->all, now, err) : st;
        st = st == VIF_OK ? b->admit(b, h, call->before, now, err) : st;
    }
    call->change.now = now;
    return st == VIF_OK ? b->change(b, h, &call->change, err) : st;
}

/* A bridge, or a link, of that name which is no switch's is somebody's. What an agent's backend
 * carries is no link of this host's. */
VIF__APART static vif_status vif__switch_new(vif_host *h, const vif_switch *sw, vif_error *err)
{
    const vif_switch_backend *b = vif__backend_of(h, sw, err);
    vif_net net;
    bool there = false;
    vif_status st = VIF_OK;

    if (b == NULL || b->change != vif__switch_change) {
        return b == NULL ? VIF_E_FIELD : VIF_OK;
    }
    memset(&net, 0, sizeof net);
    net.type = VIF_NET_BRIDGE;
    net.name = sw->name;
    net.backend = VIF_NET_LINUX;
    if (vif_ifname_check(sw->name) == NULL) {
        st = vif__net_there(h, &net, &there, err);
    }
    if (st == VIF_OK && !there && !vif__switch_is_linux(sw)) {
        net.backend = VIF_NET_OVS;
        st = vif__net_there(h, &net, &there, err);
    }
    return st == VIF_OK && there
        ? vif_fail(err, VIF_E_EXISTS, 0, sw->name, "there is a bridge, or another link, of that "
                   "name already") : st;
}

/* A switch that there is, of this owner. */
static vif_status vif__switch_mine(const vif_host *h, const vif__switch_call *call,
                                   const char *name, vif_error *err)
{
    const vif_switch *sw = call->before;

    if (sw == NULL) {
        return vif_fail(err, VIF_E_NO_INTERFACE, 0, name, "there is no such switch");
    }
    if (sw->owner == NULL || strcmp(sw->owner, h->desc.owner) == 0) {
        return VIF_OK;
    }
    (void)vif_fail(err, VIF_E_EXISTS, 0, name, "belongs to the owner ");
    vif__error_name(err, sw->owner);
    return VIF_E_EXISTS;
}

/* What there is of that name is another's: an edit is asked for by its own verb. */
VIF_API vif_status vif_switch_define(vif_host *host, const vif_switch *sw, vif_error *err)
{
    vif__switch_call call;
    vif_status st = vif_switch_check(sw, err);

    if (st != VIF_OK) {
        return st;
    }
    st = vif__switch_begin(host, sw->name, &call, err);
    if (st == VIF_OK && call.before != NULL) {
        st = vif_fail(err, VIF_E_EXISTS, 0, sw->name, "there is a switch of that name");
    }
    st = st == VIF_OK ? vif__switch_new(host, sw, err) : st;
    return vif__switch_end(&call, st == VIF_OK ? vif__switch_do(host, &call, sw, err) : st);
}

/* A port of a group that an edit would take away, or (now NULL) any that an undefine would; NULL:
 * there is none. */
static const vif_switch_port *vif__switch_held(const vif_switch_ports *ports,
                                               const vif_switch *now)
{
    size_t i = 0;

    while (i < ports->count &&
           !(now == NULL ? ports->items[i].role != VIF_PORT_UPLINK
             : ports->items[i].role == VIF_PORT_OF_VIF && ports->items[i].group[0] != '\0' &&
               vif__switch_group(now, ports->items[i].group) == NULL)) {
        i++;
    }
    return i < ports->count ? &ports->items[i] : NULL;
}

/* Says which port it is that stands against it, and whose. */
VIF__APART
static vif_status vif__switch_busy(const vif_switch_port *p, const char *name, vif_error *err)
{
    static const char whose[] = "has a port of the VIF \0\0is the host's own, which has addresses "
                                "on \0has a port that is somebody else's: ";
    const char *what = p->role == VIF_PORT_OF_VIF ? p->id : p->name;

    (void)vif_fail(err, VIF_E_BUSY, 0, p->group[0] != '\0' ? p->group : name,
                   vif__packed(whose, p->role));
    vif__error_name(err, what);
    return VIF_E_BUSY;
}

/* Groups may come and go, but for those that have ports. */
VIF_API vif_status vif_switch_edit(vif_host *host, const vif_switch *sw, vif_error *err)
{
    const vif_switch_port *held;
    vif__switch_call call;
    vif_status st = vif_switch_check(sw, err);

    if (st != VIF_OK) {
        return st;
    }
    st = vif__switch_begin(host, sw->name, &call, err);
    st = st == VIF_OK ? vif__switch_whole(&call, err) : st;     /* names are told of all of them */
    st = st == VIF_OK ? vif__switch_mine(host, &call, sw->name, err) : st;
    if (st == VIF_OK && vif__backend_of(host, sw, err) !=
        vif__backend_of(host, call.before, err)) {
        st = vif_fail(err, VIF_E_FIELD, 0, "backend", "a switch stays on the one that it has");
    }
    held = st == VIF_OK ? vif__switch_held(&call.ports, sw) : NULL;
    st = held != NULL ? vif__switch_busy(held, sw->name, err) : st;
    return vif__switch_end(&call, st == VIF_OK ? vif__switch_do(host, &call, sw, err) : st);
}

/* A guest's port, the host's own and a stranger's are equally in the way. */
VIF_API vif_status vif_switch_undefine(vif_host *host, const char *name, vif_error *err)
{
    const vif_switch_port *held;
    vif__switch_call call;
    vif_status st = vif__switch_begin(host, name, &call, err);

    st = st == VIF_OK ? vif__switch_mine(host, &call, name, err) : st;
    held = st == VIF_OK ? vif__switch_held(&call.ports, NULL) : NULL;
    st = held != NULL ? vif__switch_busy(held, name, err) : st;
    return vif__switch_end(&call, st == VIF_OK ? vif__switch_do(host, &call, NULL, err) : st);
}

/* The switch is looked up by its name among all. */
VIF_API vif_status vif_switch_port_list(vif_host *host, vif_arena *arena, const char *name,
                                        vif_switch_ports *out, vif_error *err)
{
    const vif_switch_backend *b;
    const vif_switch *sw;
    vif_switches all;
    vif_status st;

    memset(out, 0, sizeof *out);
    st = vif_switch_list(host, arena, &all, err);
    sw = vif__switch_find(&all, name);
    if (sw == NULL) {
        return st != VIF_OK ? st
            : vif_fail(err, VIF_E_NO_INTERFACE, 0, name, "there is no such switch");
    }
    b = vif__backend_of(host, sw, err);
    out->sw = sw;
    return b != NULL ? b->ports(b, host, arena, out, err) : VIF_E_FIELD;
}

/* No two switches have a group of one name, so that the name is enough. */
VIF_API vif_status vif_port_group_find(vif_host *host, vif_arena *arena, const char *name,
                                       vif_member *member, vif_error *err)
{
    vif_switches all;
    vif_status st;
    size_t i = 0;

    member->group = NULL;
    st = vif_switch_list(host, arena, &all, err);
    while (i < all.count && vif__switch_group(&all.items[i], name) == NULL) {
        i++;
    }
    if (i == all.count) {               /* or it is of a switch that can't be read */
        return st != VIF_OK ? st
            : vif_fail(err, VIF_E_NO_INTERFACE, 0, name, "there is no such port group");
    }
    member->sw = all.items[i];
    member->group = vif__switch_group(&all.items[i], name);
    return member->group == NULL || member->group->management != VIF_TRUE ? VIF_OK
        : vif_fail(err, VIF_E_FIELD, 0, name, "is a management group: the host's own");
}

/* A line of sysfs's uevent, "DRIVER=igb", into `to`; "" where there is none. */
static void vif__nic_line(const char *text, const char *key, char *to, size_t cap)
{
    const size_t len = strlen(key);

    to[0] = '\0';
    while (text != NULL && strncmp(text, key, len) != 0) {
        text = strchr(text, '\n');
        text += text != NULL;
    }
    if (text != NULL && strcspn(text + len, "\n") < cap) {
        memcpy(to, text + len, strcspn(text + len, "\n"));
        to[strcspn(text + len, "\n")] = '\0';
    }
}

/* A file of the link's in sysfs; "" where it can't be read, as the speed of a link without a
 * carrier. */
VIF__APART
static void vif__nic_file(const vif_host *h, const char *link, const char *file, char *text,
                          size_t cap)
{
    const char *root = h->desc.sys_root != NULL ? h->desc.sys_root : "/sys";
    char path[160] = "", end[48] = "";

    vif__cat_format(end, sizeof end, "%s/%s", link, file, NULL);
    vif__cat_format(path, sizeof path, "%s/class/net/%s", root, end, NULL);
    if (vif_file_read(path, text, cap, NULL) != VIF_OK && text[0] != '\0') {
        text[cap - 1] = '\0';           /* cut */
    }
}

/* Sysfs may be that of another namespace, or missing: what it would say is left out then. */
VIF__APART static void vif__nic_card(vif_host *h, const vif_switches *all, const vif_link *link,
                                     vif_physical_nic *n)
{
    char text[208];                     /* more than the first lines */
    size_t i;

    memset(n, 0, sizeof *n);
    vif__name_copy(n->name, link->name);
    n->index = link->index;
    memcpy(n->mac, link->mac, 6);
    n->up = (link->flags & VIF_IFF_UP) != 0;
    n->carrier = link->carrier != 0;
    vif__nic_file(h, link->name, "device/uevent", text, sizeof text);
    vif__nic_line(text, "DRIVER=", n->driver, sizeof n->driver);
    vif__nic_line(text, "PCI_SLOT_NAME=", n->pci_address, sizeof n->pci_address);
    vif__nic_file(h, link->name, "speed", text, sizeof text);
    text[strcspn(text, "\n")] = '\0';
    if (!vif_int_parse(text, strlen(text), &n->speed_mbps) || n->speed_mbps < 0) {
        n->speed_mbps = 0;
    }
    for (i = 0; i < all->count; i++) {
        if (vif__texts_have(&all->items[i].uplinks, all->items[i].uplinks.count, n->name)) {
            vif__name_copy(n->used_by, all->items[i].name);
        }
    }
}

/* Hardware has no kind (IFLA_INFO_KIND), and neither has netdevsim, which stands in for it. */
VIF_API vif_status vif_switch_nics(vif_host *host, vif_physical_nic *out, size_t cap,
                                   size_t *count, vif_error *err)
{
    enum { ETHERNET = 1 };              /* ARPHRD_ETHER */
    vif_switches all;
    unsigned char mem[64];
    vif_arena arena;
    vif_link link;
    vif_buf buf;
    vif_status st;

    *count = 0;
    vif_arena_init_hook(&arena, NULL, 0, host->desc.resize, host->desc.resize_user);
    st = vif_switch_list(host, &arena, &all, err);
    if (st == VIF_OK) {
        vif_buf_init(&buf, mem, sizeof mem);
        vif_nl_put_link_dump(&buf, VIF_AF_UNSPEC, 0, NULL, VIF_EXT_SKIP_STATS);
        st = vif_nl_send(&host->nl, &buf, err);
    }
    while (st == VIF_OK && vif__links_next(&host->nl, &link, err)) {
        if (link.kind[0] == '\0' && link.type == ETHERNET && (*count)++ < cap) {
            vif__nic_card(host, &all, &link, &out[*count - 1]);
        }
    }
    st = st == VIF_OK ? host->nl.exchange.error.status : st;
    vif_arena_free(&arena);
    return st;
}
#endif

/* >>calls in JSON
 *
 * A verb whose object and options come in as text, and whose outcome goes out as text, for programs
 * that know no struct of ours. Nothing is decided here: texts become structs, the verb is called,
 * and its result is written. */

VIF_API uint32_t vif_version(void)
{
    return VIF_VERSION_NUM;
}

VIF_API size_t vif_sizeof(const char *name)
{
#define VIF__SIZEOF_NAME(type) #type "\0"
#define VIF__SIZEOF_ROW(type) sizeof(type),
    static const char names[] = VIF_SIZEOF_MAP(VIF__SIZEOF_NAME);
    static const uint32_t sizes[] = {VIF_SIZEOF_MAP(VIF__SIZEOF_ROW) 0};
    unsigned n = 0;

    while (sizes[n] != 0 && strcmp(vif__packed(names, n), name) != 0) {
        n++;
    }
    return sizes[n];
}

#ifndef VIF_NO_CALL_JSON
enum { VIF__CALL_DIFFERENCES = 64 };

typedef struct vif__called {
    vif_arena *arena;
    vif_options options;
    vif_subject subject;
    vif_text plan;                      /* of a dry run */
#ifndef VIF_NO_NETWORKS
    vif_nic nic;                        /* that the subject is about, or of no use */
    vif_member member;                  /* the same of a VIF in a port group */
#endif
    vif_error err;
} vif__called;

/* An object of that class, or of one below, from its text. */
static vif_status vif__call_object(vif__called *c, const char *text, bool unknown, vif_class klass,
                                   vif_object **out)
{
    vif_decode_desc desc;
    vif_status st;

    memset(&desc, 0, sizeof desc);
    desc.text = text;
    desc.len = text != NULL ? strlen(text) : 0;
    desc.unknown_fields = unknown;
    st = vif_decode_with(c->arena, &desc, out, &c->err);
    if (st == VIF_OK && !vif_is_a(*out, klass)) {
        st = vif_fail(&c->err, VIF_E_OBJECT, 0, vif_class_name((vif_class)(*out)->klass),
                      "an object of another class is required");
    }
    return st;
}

/* One option: the value's token goes to vif_option_set as the text it would have in a file. */
static vif_status vif__call_option(vif__called *c, const vif_json_token *name, vif_json *json)
{
    const char *key = vif_arena_text(c->arena, name->text, name->len), *value;
    vif_json_token t;

    switch (vif_json_next(json, &t)) {
    case VIF_JSON_STRING:
    case VIF_JSON_INT:
        value = vif_arena_text(c->arena, t.text, t.len);
        break;
    case VIF_JSON_TRUE:
        value = "true";
        break;
    case VIF_JSON_FALSE:
        value = "false";
        break;
    case VIF_JSON_ERROR:
    case VIF_JSON_MORE:
    case VIF_JSON_END:
    case VIF_JSON_OBJECT:
    case VIF_JSON_OBJECT_END:
    case VIF_JSON_ARRAY:
    case VIF_JSON_ARRAY_END:
    case VIF_JSON_KEY:
    case VIF_JSON_REAL:
    case VIF_JSON_NULL:
    case VIF_JSON_SPACE:
    default:
        return vif_fail(&c->err, json->why != NULL ? VIF_E_JSON : VIF_E_INVAL, 0,
                        key != NULL ? key : "", json->why != NULL ? json->why
                        : "a text, a whole number, true or false is required");
    }
    if (key == NULL || value == NULL) {
        return vif_fail(&c->err, VIF_E_NOMEM, 0, "options", NULL);
    }
    return vif_option_set(&c->options, key, value, &c->err);
}

/* The options of a call are read over the host's, name by name, as vif_option_set takes them. */
static vif_status vif__call_options(vif__called *c, const char *text)
{
    const size_t len = strlen(text);
    char *scratch = (char *)vif_arena_alloc(c->arena, len + 4);
    vif_status st = VIF_OK;
    vif_json json;
    vif_json_token t;

    if (scratch == NULL) {
        return vif_fail(&c->err, VIF_E_NOMEM, 0, "options", NULL);
    }
    vif_json_init(&json, scratch, len + 4);
    vif_json_feed(&json, text, len);
    vif_json_finish(&json);
    if (vif_json_next(&json, &t) != VIF_JSON_OBJECT) {
        return vif_fail(&c->err, VIF_E_JSON, 0, "options", "an object is required");
    }
    while (st == VIF_OK && vif_json_next(&json, &t) == VIF_JSON_KEY) {
        st = vif__call_option(c, &t, &json);
    }
    if (st == VIF_OK && (t.type != VIF_JSON_OBJECT_END ||
                         vif_json_next(&json, &t) != VIF_JSON_END ||
                         vif_json_next(&json, &t) != VIF_JSON_ERROR || json.offset != len)) {
        return vif_fail(&c->err, VIF_E_JSON, 0, "options",
                        t.type == VIF_JSON_ERROR ? json.why : "text behind the object");
    }
    return st;
}

/* The VIF that has been read, in its port group. */
static vif_status vif__call_member(vif__called *c, vif_host *h, const char *group)
{
#ifndef VIF_NO_SWITCH
    const vif_status st = vif_port_group_find(h, c->arena, group, &c->member, &c->err);

    c->member.vif = c->subject.vif;
    c->subject = vif_member_subject(&c->member, &c->options);
    return st;
#else
    (void)h;
    (void)group;
    return vif_fail(&c->err, VIF_E_UNSUPPORTED, 0, "port_group", "switches are left out");
#endif
}

/* The VIF, or NIC. */
static vif_status vif__call_subject(vif__called *c, vif_host *h, const vif_call *call)
{
    vif_object *o = NULL;
    vif_status st;
#ifndef VIF_NO_NETWORKS
    vif_nic_desc d;
    size_t count = 1;

    d.text = call->vif;
    d.len = call->vif != NULL ? strlen(call->vif) : 0;
    d.container = call->container;
    if (call->container != NULL) {
        st = vif_nic_decode(c->arena, &d, &c->nic, &count, &c->err);
        c->subject = vif_nic_subject(&c->nic, &c->options);
        return st;
    }
#else
    if (call->container != NULL) {
        return vif_fail(&c->err, VIF_E_UNSUPPORTED, 0, "container", "NICs are left out");
    }
#endif
    st = vif__call_object(c, call->vif, call->unknown_fields, VIF_CLASS_VIFBase, &o);
    c->subject.vif = st == VIF_OK ? vif_as_vif(o) : NULL;
    c->subject.options = &c->options;
    return st == VIF_OK && call->port_group != NULL ? vif__call_member(c, h, call->port_group) : st;
}

/* A verb of switches; VIF_E_DIFFERENT: it is none. */
static vif_status vif__call_switch(vif__called *c, vif_host *h, const vif_call *call)
{
    static const char verbs[] = "define\0edit\0undefine";
    unsigned n = 0;

    while (n < 3 && strcmp(vif__packed(verbs, n), call->verb) != 0) {
        n++;
    }
#ifndef VIF_NO_SWITCH
    if (n < 3 && call->vif == NULL) {
        return vif_fail(&c->err, VIF_E_INVAL, 0, "vif", "is not set");
    }
    if (n < 2) {
        vif_status st = vif_switch_decode(c->arena, call->vif, strlen(call->vif), &c->member.sw,
                                          &c->err);

        return st != VIF_OK ? st : n == 0 ? vif_switch_define(h, &c->member.sw, &c->err)
                                          : vif_switch_edit(h, &c->member.sw, &c->err);
    }
    return n == 2 ? vif_switch_undefine(h, call->vif, &c->err) : VIF_E_DIFFERENT;
#else
    (void)h;
    return n == 3 ? VIF_E_DIFFERENT
        : vif_fail(&c->err, VIF_E_UNSUPPORTED, 0, "verb", "switches are left out");
#endif
}

/* All of the call is read before anything is done: what can't be understood is refused. */
static vif_status vif__call_read(vif__called *c, vif_host *h, const vif_call *call)
{
    vif_object *o = NULL;
    vif_status st = vif__call_subject(c, h, call);

    if (st == VIF_OK && call->instance != NULL) {
        st = vif__call_object(c, call->instance, call->unknown_fields, VIF_CLASS_InstanceInfo, &o);
        c->subject.instance = st == VIF_OK ? &vif_as_any(o)->instance_info : NULL;
    }
    if (st == VIF_OK && call->options != NULL) {
        st = vif__call_options(c, call->options);
    }
    return st;
}

/* What is written of a check's differences, or of a dry run, needs room before. */
static vif_status vif__call_do(vif__called *c, vif_host *h, const char *verb, size_t cap)
{
    static const char verbs[] = "plug\0unplug\0check\0dry_plug\0dry_unplug\0";
    unsigned n = 0;

    while (n < 5 && strcmp(vif__packed(verbs, n), verb) != 0) {
        n++;
    }
    if (n == 2) {
        c->subject.difference_cap = VIF__CALL_DIFFERENCES;
        c->subject.differences = (vif_difference *)vif_arena_alloc(
            c->arena, VIF__CALL_DIFFERENCES * sizeof *c->subject.differences);
    } else if (n > 2) {
        c->plan.json = true;
        c->plan.cap = cap;
        c->plan.buf = (char *)vif_arena_alloc(c->arena, cap);
    }
    if (n >= 2 && n < 5 && c->subject.differences == NULL && c->plan.buf == NULL) {
        return vif_fail(&c->err, VIF_E_NOMEM, 0, "", NULL);
    }
    switch (n) {
    case 0: return vif__verb_plain(h, VIF_PLUG, &c->subject, &c->err);
    case 1: return vif__verb_plain(h, VIF_UNPLUG, &c->subject, &c->err);
    case 2: return vif_check(h, &c->subject, &c->err);
#ifndef VIF_NO_DRY_RUN
    case 3: return vif_dry_run(h, VIF_PLUG, &c->subject, &c->plan, &c->err);
    case 4: return vif_dry_run(h, VIF_UNPLUG, &c->subject, &c->plan, &c->err);
#endif
    default: return vif_fail(&c->err, VIF_E_INVAL, 0, "verb", "no such verb");
    }
}

/* "link", and so on, of what was done, from the host's result. */
static void vif__call_result(vif_json_out *out, const vif_result *r)
{
    static const char names[] = "committed\0applied\0ready";
    const bool flags[3] = {r->committed, r->applied, r->ready};
    unsigned i;

    vif__pair(out, "link", r->link);
    vif__pair_int(out, "ifindex", r->ifindex);
    vif__pair(out, "port", r->port);
    vif__pair_int(out, "ofport", r->ofport);
    vif__pair(out, "vdpa", r->vdpa);
    vif__pair(out, "pci_address", r->pci_address);
    vif__pair(out, "dev_driver", r->dev_driver);
    vif__pair(out, "bridge", r->bridge);
    vif__pair(out, "address", r->address);
    for (i = 0; i < 3; i++) {
        vif_json_key(out, vif__packed(names, i));
        vif_json_bool(out, flags[i]);
    }
}

/* The error of a call, in the words of vif_error's fields. */
static void vif__call_error(vif_json_out *out, const vif_error *err)
{
    static const char retries[] = "never\0changed\0looked\0now";
    const vif_retry retry = vif_error_retry(err);

    vif__pair(out, "where", err->where);
    vif__pair(out, "text", err->text);
    vif__pair_int(out, "errno", err->sys_errno);
    vif__pair(out, "retry", vif__packed(retries, (unsigned)retry));
}

/* Those that there was room for; the number of all is in the result. */
static void vif__call_differences(vif_json_out *out, const vif_difference *d, size_t count)
{
    size_t i;

    vif_json_piece(out, "\"differences\":[");
    for (i = 0; i < count && i < VIF__CALL_DIFFERENCES; i++, d++) {
        vif_json_piece(out, "{");
        vif__pair(out, "resource", d->resource);
        vif__pairs_of(out, d);
    }
    vif_json_piece(out, "]");
}

/* Without memory c is NULL, and the status is all there is to say. */
static void vif__call_write(vif_json_out *out, const vif_host *h, const vif__called *c,
                            vif_status st)
{
    vif_json_open(out, '{');
    vif__pair(out, "status", vif_status_name(st));
    if (st == VIF_OK || st == VIF_E_UNCONFIRMED) {
        vif__call_result(out, &h->result);
    }
    if (c != NULL && st != VIF_OK) {
        vif__call_error(out, &c->err);
    }
    if (c != NULL && c->subject.differences != NULL && (st == VIF_OK || st == VIF_E_DIFFERENT)) {
        vif__call_differences(out, c->subject.differences, h->result.differences);
    }
    if (c != NULL && c->plan.len > 0 && st == VIF_OK) {
        vif_json_key(out, "plan");
        vif_json_raw(out, c->plan.buf, c->plan.len - 1);    /* without its newline */
    }
    vif_json_close(out, '}');
}

VIF_API vif_status vif_call_json(vif_host *host, const vif_call *call, char *out, size_t cap)
{
    vif_status st = host->priv.open ? VIF_E_NOMEM : VIF_E_NOT_OPEN;
    vif__called *c = NULL;
    vif_json_out json;
    vif_arena arena;

    if (cap < VIF_CALL_SPACE) {
        if (cap > 0) {
            out[0] = '\0';
        }
        return VIF_E_SPACE;
    }
    vif_json_out_init(&json, out, cap - 1);
    vif_arena_init_hook(&arena, NULL, 0, host->desc.resize, host->desc.resize_user);
    if (host->priv.open) {
        c = (vif__called *)vif_arena_alloc(&arena, sizeof *c);
    }
    if (c != NULL) {
        c->arena = &arena;
        c->options = host->priv.options;
        st = vif__call_switch(c, host, call);
    }
    if (st == VIF_E_DIFFERENT) {        /* no switch's verb, then a VIF's */
        st = vif__call_read(c, host, call);
        st = st == VIF_OK ? vif__call_do(c, host, call->verb, cap) : st;
    }
    vif__call_write(&json, host, c, st);
    out[json.overflow ? 0 : json.len] = '\0';
    vif_arena_free(&arena);
    return json.overflow ? VIF_E_SPACE : st;
}
#endif

#endif /* VIF_IMPLEMENTATION */

/* The licence text is in LICENSE. */
