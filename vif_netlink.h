/* vif_netlink.h: Linux links, bridges, addresses, routes and neighbours over rtnetlink
 * version 0.2.0, part of vif
 * SPDX-License-Identifier: MIT
 *
 * USE
 *   #include "vif_netlink.h"                in every file that uses it
 *   #define VIF_IMPLEMENTATION              in exactly one file, before that line
 * C99 to C2x and C++11 to C++20. Nothing to link, no kernel headers, no feature macros.
 *
 * EXAMPLE: a veth pair, and the index the kernel gave it
 *   static unsigned char room[32768];
 *   unsigned char mem[512];
 *   vif_buf req;
 *   vif_nl nl;
 *   vif_error err;
 *   vif_link outer = {0}, peer = {0};
 *   vif_nl_desc desc = vif_nl_desc_default();
 *   desc.buffer = room;
 *   desc.buffer_cap = sizeof room;
 *   vif_buf_init(&req, mem, sizeof mem);
 *   vif_link_set_name(&outer, "veth0");
 *   vif_link_set_name(&peer, "veth1");
 *   VIF_SET(&outer, VIF_LINK_MTU, mtu, 9000);
 *   vif_nl_put_veth(&req, 0, &outer, &peer);
 *   if (vif_nl_open(&nl, &desc, &err) != VIF_OK ||
 *       vif_nl_link_new(&nl, &req, &outer, &err) != VIF_OK) {
 *       fprintf(stderr, "%s\n", err.text);
 *   }
 *
 * EXAMPLE: every bridge of the host, from a dump
 *   vif_nl_event event;
 *   vif_nl_msg msg;
 *   vif_buf_init(&req, mem, sizeof mem);
 *   vif_nl_put_link_dump(&req, VIF_AF_UNSPEC, 0, "bridge", 0);
 *   if (vif_nl_send(&nl, &req, &err) == VIF_OK) {
 *       while ((event = vif_nl_next(&nl, &msg, &err)) != VIF_NL_DONE) {
 *           if (event == VIF_NL_MESSAGE && vif_link_parse(&msg, &outer)) {
 *               printf("%d %s\n", (int)outer.index, outer.name);
 *           }
 *       }
 *   }
 *
 * EXAMPLE: a copy of the host's links that is never wrong for long
 *   vif_nl_monitor monitor;
 *   desc.groups = VIF_GROUP_LINK;         the socket of this desc is for nothing else
 *   vif_nl_monitor_init(&monitor);
 *   for (;;) {
 *       switch (vif_nl_monitor_next(&watch, &monitor, &msg, &err)) {
 *       case VIF_NL_RESYNC: forget all, dump all (on nl); break;
 *       case VIF_NL_MESSAGE: one link is there, changed (RTM_NEWLINK) or gone (RTM_DELLINK); break;
 *       case VIF_NL_WANT_READ: poll vif_nl_fd(&watch); break;
 *       default: give up: err says why
 *       }
 *   }
 *
 * EXAMPLE: eth0 of a container, made from the host, addressed and brought up from inside
 *   VIF_SET(&peer, VIF_LINK_NET_NS_FD, net_ns_fd, ns);        before vif_nl_put_veth
 *   vif_nl_open_in(&inside, &desc, ns, &err);                 with a buffer of its own
 *   vif_nl_link_get(&inside, 0, "veth1", &peer, &err);        its index is another one there
 *   vif_nl_put_addr(&req, VIF_RTM_NEWADDR, VIF_NLM_F_CREATE | VIF_NLM_F_EXCL, &address);
 *   vif_nl_put_link_flags(&req, peer.index, VIF_IFF_UP, VIF_IFF_UP);
 *   vif_nl_request(&inside, &req, &err);
 *
 * OPTIONS (define before including)
 *   VIF_STATIC     makes every function static and includes the implementation: a private copy
 *   VIF_API        linkage of the functions; default extern
 *   VIF_NO_POSIX   leave out sockets, taps and files; builder, exchange and parsers stay
 *   VIF_NO_NFT     leave out the forwarding rules of bridges (nftables; -4 KB)
 *   VIF_NO_VF      leave out the settings of virtual functions (SR-IOV; -1.3 KB)
 *   VIF_NO_DEVLINK leave out the ports of network cards (devlink; -0.6 KB)
 *   VIF_NO_QBG     leave out vif_nl_put_port and vif_nl_port_response
 *   VIF_NO_DIRECT  leave out vif_macvtap_open and vif_dev_is
 *   VIF_NO_ANNOUNCE  leave out vif_announcement and vif_packet_* (-0.7 KB)
 *   VIF_NO_DNS     leave out the functions of a vif_file (-1.8 KB)
 *   VIF_NO_SWITCH  leave out the VLANs of bridges' ports, and qdiscs (-1.4 KB)
 *   VIF_NO_NETWORKS  the same, and leave out bonds, and all of nftables but VIF_NFT_FORWARD
 *
 * PARTS, each usable without the next
 *   builder        vif_buf, vif_put_*, vif_nl_begin: build messages in your memory; errors stick
 *   messages       vif_link, vif_addr, ...: plain structs; one table for each builds and reads it
 *   exchange       vif_nl_exchange: takes bytes, gives events; owns no socket and no clock
 *   monitor        vif_nl_monitor: the same for what others change
 *   POSIX shell    vif_nl: a socket around both; blocking calls; taps; namespaces; small files
 *   nftables       vif_nft_*: test, apply and remove the rules of a bridge or link
 *
 * RULES
 *   present    Each struct starts with `present`, a mask with one bit per field (VIF_LINK_MTU).
 *              Only fields whose bit is set are sent, and only they were received. 0 is a value:
 *              master 0 with its bit detaches. VIF_SET writes a field and its bit.
 *   views      A vif_nl_view borrows the bytes of the message that it was read from, until the next
 *              call that sends or reads on that socket. Nothing is allocated or has to be freed.
 *   errors     Functions return a vif_status and fill a vif_error (may be NULL) only on failure.
 *              E_KERNEL carries the kernel's errno and, if the kernel gave them, its own words and
 *              the offset of the attribute that it blames. EOPNOTSUPP becomes E_UNSUPPORTED (a
 *              module may be missing), and ENODEV becomes E_NO_INTERFACE.
 *   unknown    E_UNKNOWN after sending (no answer came in time, or it was lost) means that the
 *              change may have been made. Look before you repeat it. The socket stays usable,
 *              because sequence numbers tell late answers apart.
 *   batches    Several messages in one vif_buf travel as one datagram. The kernel takes them in
 *              order, and a refused one does not stop the later ones. So batch only independent
 *              requests, and at most 64 that are acknowledged, or answers may overflow the socket.
 *   atomicity  A creation is done as a whole or not at all. A change of several attributes is not:
 *              with a bad master, the MTU and UP of the same request are applied all the same. Send
 *              master and UP last, in requests of their own.
 *   indices    Act by index: a name can change hands between look-up and use.
 *   namespaces A socket works in the network namespace it was opened in, whatever its thread does
 *              later. For another namespace open the socket there, let vif_nl_open_in do so (only
 *              it and vif_packet_open call setns), or adopt one. IFLA_TARGET_NETNSID does not
 *              replace that, because some requests ignore it and act here. A namespace's fd in
 *              vif_link.net_ns_fd moves a link there, or creates it there (also a veth's peer). An
 *              index may change on a move, and a peer's index belongs to the peer's namespace. The
 *              kernel sends no echo for a link created elsewhere.
 *   threads    Use a vif_nl in one thread at a time. Objects are independent; there are no globals.
 *   fork       A child that shares the socket steals answers: close it there and open another.
 *   signals    EINTR is retried, and sends carry MSG_NOSIGNAL.
 *   monitoring Use a socket with desc.groups only for vif_nl_monitor_next: when a subscribed socket
 *              overflows, answers are lost as well.
 *   sizes      The receive buffer has at least 8192 bytes, 32768 for dumps (their largest
 *              datagram). An attribute carries at most 65531 bytes.
 *
 * NOT HERE: ethtool, options of qdiscs other than tbf's, other messages of nftables (the exchange
 * can carry them), waiting for anything but an answer.
 *
 * Facts marked (measured) were seen on Linux 6.18. Licence text: LICENSE. */
/* vif common block: the same to the letter in vif_objects.h and vif_netlink.h */
#ifndef VIF_COMMON_INCLUDED
#define VIF_COMMON_INCLUDED
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#define VIF_VERSION_MAJOR 0
#define VIF_VERSION_MINOR 2
#define VIF_VERSION_PATCH 0
#define VIF_VERSION_NUM 200             /* major * 10000 + minor * 100 + patch */
#if defined(__GNUC__) || defined(__clang__)
#define VIF_UNUSED_FN __attribute__((unused))
#define VIF_MUST_CHECK __attribute__((warn_unused_result))
#else
#define VIF_UNUSED_FN
#define VIF_MUST_CHECK
#endif
#if defined(VIF_STATIC) && !defined(VIF_IMPLEMENTATION)
#define VIF_IMPLEMENTATION              /* a private copy is always a whole copy */
#endif
#ifndef VIF_API
#ifdef VIF_STATIC
#define VIF_API VIF_UNUSED_FN static
#else
#define VIF_API extern
#endif
#endif

/* Every status: its name, its value, what a second try needs (vif_retry), and its words. Each
 * exception of os-vif has a code; vif adds the others. */
#define VIF_STATUS_MAP(X) \
    X(OK, 0, NEVER, "success") \
    X(E_INVAL, -1, CHANGED, "invalid argument") \
    X(E_NOMEM, -2, NOW, "out of memory") \
    X(E_SPACE, -3, CHANGED, "the caller's buffer is too small") \
    X(E_SYSTEM, -4, CHANGED, "a system call failed; see sys_errno") \
    X(E_KERNEL, -5, CHANGED, "the kernel refused the request; see sys_errno") \
    X(E_UNKNOWN, -6, LOOKED, "outcome unknown: look before repeating") \
    X(E_PROTO, -7, LOOKED, "malformed message") \
    X(E_TOO_BIG, -8, CHANGED, "message larger than the buffer") \
    X(E_TIMEOUT, -9, NOW, "deadline passed; nothing was changed") \
    X(E_INTERRUPTED, -10, NOW, "the table changed while it was read") \
    X(E_UNSUPPORTED, -11, NEVER, "not supported by this kernel or server") \
    X(E_EXISTS, -12, CHANGED, "exists and belongs to somebody else") \
    X(E_CONFLICT, -13, NOW, "changed by somebody else in between") \
    X(E_BUSY, -14, NOW, "busy: another call is at work, or there is no room now") \
    X(E_JSON, -15, CHANGED, "malformed JSON") \
    X(E_FIELD, -16, CHANGED, "ValueError: value not allowed") \
    X(E_KEY, -17, CHANGED, "KeyError: required key is missing") \
    X(E_OBJECT, -18, NEVER, "UnsupportedObjectError: unknown class or namespace") \
    X(E_VERSION, -19, NEVER, "IncompatibleObjectVersion: version not supported") \
    X(E_BAD_VERSION, -20, CHANGED, "InvalidVersion: not a version") \
    X(E_ACTION, -21, NEVER, "ObjectActionError: cannot be encoded for that version") \
    X(E_NOT_OPEN, -22, CHANGED, "LibraryNotInitialized: the host is not open") \
    X(E_NO_PLUGIN, -23, NEVER, "NoMatchingPlugin: no plugin of that name") \
    X(E_PLUG, -24, CHANGED, "PlugException") \
    X(E_UNPLUG, -25, CHANGED, "UnplugException") \
    X(E_NO_VIF_CLASS, -26, NEVER, "NoMatchingVIFClass: the plugin does not take this class") \
    X(E_VIF_VERSION, -27, NEVER, "NoSupportedVIFVersion: the plugin does not take this version") \
    X(E_NO_PROFILE_CLASS, -28, NEVER, "NoMatchingPortProfileClass: not taken by the plugin") \
    X(E_PROFILE_VERSION, -29, NEVER, "NoSupportedPortProfileVersion: not taken by the plugin") \
    X(E_NO_INTERFACE, -30, CHANGED, "NetworkInterfaceNotFound: no such network interface") \
    X(E_NO_INTERFACE_TYPE, -31, CHANGED, "NetworkInterfaceTypeNotDefined: no interface type") \
    X(E_NO_PROFILE, -32, CHANGED, "MissingPortProfile: the VIF needs a port profile") \
    X(E_WRONG_PROFILE, -33, CHANGED, "WrongPortProfile: the port profile is of the wrong class") \
    X(E_NO_REPRESENTOR, -34, CHANGED, "RepresentorNotFound: no representor for this VF") \
    X(E_NO_PCI_DEVICE, -35, CHANGED, "PciDeviceNotFoundById: no such PCI device") \
    X(E_TAP_CREATION, -36, NEVER, "TapCreationNotSupported: this VIF cannot have its tap created") \
    X(E_DIFFERENT, -37, CHANGED, "check found differences") \
    X(E_UNCONFIRMED, -38, LOOKED, "committed, but not yet confirmed as applied or ready") \
    X(E_CANCELED, -39, CHANGED, "cancelled by the caller")
#define VIF__STATUS_ENUM(name, value, retry, words) VIF_##name = value,
typedef enum vif_status { VIF_STATUS_MAP(VIF__STATUS_ENUM) VIF__STATUS_MIN = -4096 } vif_status;

/* Why a call failed. Both texts end with a NUL. What the other side chose is escaped in them. */
typedef struct vif_error {
    vif_status status;
    int sys_errno;                      /* positive errno, 0 if none */
    uint32_t offset;                    /* byte at fault in the input or our request; 0: none */
    char where[96];                     /* field path of an object, or resource of a plan */
    char text[160];                     /* the broken rule and its class, or the other side's
                                         * own words */
} vif_error;

/* What the same call needs before it is worth a second try. */
typedef enum vif_retry {
    VIF_RETRY_NEVER,                    /* this program, kernel or server will not do it */
    VIF_RETRY_CHANGED,                  /* something must change first, here or on the far side */
    VIF_RETRY_LOOKED,                   /* a look: all or a part may have been done */
    VIF_RETRY_NOW                       /* nothing: the other side was busy, or a race was lost */
} vif_retry;

#if defined(__cplusplus) && !defined(VIF_STATIC)
extern "C" {
#endif
/* The code's name, as "E_FIELD", and its words. Never NULL; static storage. */
VIF_API const char *vif_status_name(vif_status status);
VIF_API const char *vif_status_words(vif_status status);
/* Decides by the status, and by errno where the status leaves it open. */
VIF_API vif_retry vif_error_retry(const vif_error *err);

/* Append to the NUL-terminated string in a buffer of cap bytes and cut what does not fit. _escaped
 * turns control characters, double quotes, backslashes and bytes that are not ASCII into \xNN. */
VIF_API void vif_cat(char *to, size_t cap, const char *text);
VIF_API void vif_cat_escaped(char *to, size_t cap, const char *text, size_t len);
/* Fills *err (may be NULL) and returns the status. It escapes `where` and copies `text` as it is.
 * Without a text it takes the words for sys_errno, or those for the status if errno has none. */
VIF_API vif_status vif_fail(vif_error *err, vif_status status, int sys_errno, const char *where,
                            const char *text);
/* Copies the next word of a list separated by commas, cut to cap - 1 bytes and padded with NULs,
 * and moves *list behind it. Skips empty words. False at the end, or if *list is NULL. */
VIF_API bool vif_list_next(const char **list, char *word, size_t cap);
#if defined(__cplusplus) && !defined(VIF_STATIC)
}
#endif

/* A file descriptor and a number that may be unset, which they are when all bytes are zero. */
typedef struct vif_fd {
    bool set;
    int fd;
} vif_fd;
typedef struct vif_u32 {
    bool set;
    uint32_t value;
} vif_u32;
static VIF_UNUSED_FN vif_fd vif_fd_of(int fd)
{
    vif_fd out;
    out.set = true;
    out.fd = fd;
    return out;
}
static VIF_UNUSED_FN vif_u32 vif_u32_of(uint32_t value)
{
    vif_u32 out;
    out.set = true;
    out.value = value;
    return out;
}
#endif
#if VIF_VERSION_NUM != 200
#error "vif headers of different versions: take all of them from one release (0.2.0 here)"
#endif
/* >>common: texts and errors
 *
 * Every part reports its failures through these functions: the status, errno, the place and the
 * words. Bytes that the other side chose come in, and plain ASCII goes out. Of all names that begin
 * with vif__ only these are used by more than one header. */
#if defined(VIF_IMPLEMENTATION) && !defined(VIF_COMMON_IMPLEMENTATION_DONE)
#define VIF_COMMON_IMPLEMENTATION_DONE
#include <errno.h>

/* A constant array of bytes without alignment. Even with -Os gcc aligns an array of 32 bytes or
 * more to 32 bytes, which would make holes of a tenth of all constants. */
#if defined(__GNUC__) || defined(__clang__)
#define VIF__BYTES __attribute__((aligned(1))) static const
#else
#define VIF__BYTES static const
#endif

/* A function that compilers would inline, but that has to stay a function of its own, because that
 * makes the code or the stack frame of its caller smaller. */
#if defined(__GNUC__) || defined(__clang__)
#define VIF__APART __attribute__((noinline))
#else
#define VIF__APART
#endif

/* Names and words alternate, in the order of the codes: 0, -1, -2, ... */
#define VIF__STATUS_TEXT(name, value, retry, words) #name "\0" words "\0"
#define VIF__STATUS_RETRY(name, value, retry, words) VIF_RETRY_##retry,
VIF__BYTES char vif__status_texts[] = VIF_STATUS_MAP(VIF__STATUS_TEXT) "E_?\0unknown status";
VIF__BYTES uint8_t vif__status_retries[] = {VIF_STATUS_MAP(VIF__STATUS_RETRY) VIF_RETRY_NEVER};

/* Returns the n-th of texts that follow one another, each with its NUL. */
static const char *vif__packed(const char *text, unsigned n)
{
    for (; n > 0; n--) {
        text += strlen(text) + 1;
    }
    return text;
}

static unsigned vif__status_index(vif_status status)
{
    const int count = (int)sizeof vif__status_retries - 1;
    return (unsigned)(status > 0 || -(int)status > count ? count : -(int)status);
}

VIF_API const char *vif_status_name(vif_status status)
{
    return vif__packed(vif__status_texts, vif__status_index(status) * 2);
}

VIF_API const char *vif_status_words(vif_status status)
{
    return vif__packed(vif__status_texts, vif__status_index(status) * 2 + 1);
}

/* Words for the usual case that the kernel gives none itself. On every architecture these numbers
 * are below 256. */
static const char *vif__errno_words(int number)
{
    VIF__BYTES uint8_t numbers[] = {
        EPERM, ENOENT, ENOMEM, EACCES, EBUSY, EEXIST, ENODEV, EINVAL, ERANGE, EOPNOTSUPP,
        EADDRNOTAVAIL, ENETUNREACH, ENOBUFS, ETIMEDOUT, ENOTDIR, ELOOP, EROFS, ENOSPC
    };
    VIF__BYTES char words[] =
        "not permitted\0" "no such entry\0" "out of memory\0" "access denied\0" "busy\0"
        "already exists\0" "no such device\0" "invalid argument\0" "out of range\0"
        "not supported\0" "no such address\0" "unreachable\0" "an answer was lost\0"
        "no answer in time\0" "not a directory\0" "too many symbolic links\0"
        "read-only file system\0" "no space left\0";
    unsigned i = 0;
    while (i < sizeof numbers && numbers[i] != number) {
        i++;
    }
    return vif__packed(words, i);
}

VIF_API vif_retry vif_error_retry(const vif_error *err)
{
    if (err->status == VIF_E_KERNEL || err->status == VIF_E_SYSTEM) {
        switch (err->sys_errno) {
        case EAGAIN: case EBUSY: case EINTR: case ENOBUFS: case ENOMEM: return VIF_RETRY_NOW;
        default: break;
        }
    }
    return (vif_retry)vif__status_retries[vif__status_index(err->status)];
}

VIF__BYTES char vif__digits[] = "0123456789abcdef";

static void vif__cat_bytes(char *to, size_t cap, const char *text, size_t len)
{
    const size_t used = strlen(to), room = cap - used - 1, n = len < room ? len : room;
    memcpy(to + used, text, n);
    to[used + n] = '\0';
}

VIF_API void vif_cat(char *to, size_t cap, const char *text)
{
    vif__cat_bytes(to, cap, text, strlen(text));
}

/* An escape is appended whole or, at the end of the buffer, not at all. */
VIF_API void vif_cat_escaped(char *to, size_t cap, const char *text, size_t len)
{
    size_t used = strlen(to);
    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)text[i];
        const char e[4] = {'\\', 'x', vif__digits[c >> 4], vif__digits[c & 15]};
        const bool plain = c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
        const size_t n = plain ? 1 : 4;
        if (used + n >= cap) {
            break;
        }
        memcpy(to + used, plain ? text + i : e, n);
        used += n;
        to[used] = '\0';
    }
}

/* Appends the format. Each %s in it stands for the next of the texts, and each %e for the next one
 * with its odd bytes escaped. */
static void vif__cat_format(char *to, size_t cap, const char *format, const char *a, const char *b,
                            const char *c)
{
    for (;;) {
        const char *end = format;
        while (*end != '\0' && *end != '%') {
            end++;
        }
        vif__cat_bytes(to, cap, format, (size_t)(end - format));
        if (*end == '\0' || !a) {         /* a NULL text ends the output */
            break;
        }
        if (end[1] == 'e') {
            vif_cat_escaped(to, cap, a, strlen(a));
        } else {
            vif_cat(to, cap, a);
        }
        format = end + 2;
        a = b;
        b = c;
    }
}

VIF_API vif_status vif_fail(vif_error *err, vif_status status, int sys_errno, const char *where,
                            const char *text)
{
    if (err) {
        const char *said = sys_errno != 0 ? vif__errno_words(sys_errno) : "";
        memset(err, 0, sizeof *err);
        err->status = status;
        err->sys_errno = sys_errno;
        vif__cat_format(err->where, sizeof err->where, "%e", where, NULL, NULL);
        if (text) {
            said = text;
        } else if (said[0] == '\0') {
            said = vif_status_words(status);
        }
        vif_cat(err->text, sizeof err->text, said);
    }
    return status;
}

/* Most failures are vif's own decision: they have no errno, and no place to name. */
static vif_status vif__fail(vif_error *err, vif_status status, const char *text)
{
    return vif_fail(err, status, 0, "", text);
}

VIF_API bool vif_list_next(const char **list, char *word, size_t cap)
{
    size_t len = 0;
    memset(word, 0, cap);
    for (; *list && **list != '\0' && (len == 0 || **list != ','); ++*list) {
        if (**list != ',' && len < cap - 1) {
            word[len++] = **list;
        }
    }
    return len > 0;
}
#endif
/* end of the vif common block */

#ifndef VIF_NETLINK_H_INCLUDED
#define VIF_NETLINK_H_INCLUDED

#if defined(__cplusplus) && !defined(VIF_STATIC)
extern "C" {
#endif

/* ---- Numbers of the wire (uapi linux/netlink.h, rtnetlink.h), named as there ---- */

enum {                                  /* nlmsg_flags; their meaning depends on the message */
    VIF_NLM_F_REQUEST = 0x1, VIF_NLM_F_MULTI = 0x2, VIF_NLM_F_ACK = 0x4, VIF_NLM_F_ECHO = 0x8,
    VIF_NLM_F_DUMP_INTR = 0x10, VIF_NLM_F_DUMP_FILTERED = 0x20,                 /* in a dump */
    VIF_NLM_F_ROOT = 0x100, VIF_NLM_F_MATCH = 0x200, VIF_NLM_F_DUMP = 0x300,    /* in a GET */
    VIF_NLM_F_REPLACE = 0x100, VIF_NLM_F_EXCL = 0x200,                          /* in a NEW */
    VIF_NLM_F_CREATE = 0x400, VIF_NLM_F_APPEND = 0x800,
    VIF_NLM_F_CAPPED = 0x100, VIF_NLM_F_ACK_TLVS = 0x200                        /* in an answer */
};
enum {                                  /* nlmsg_type, in groups of four: NEW, DEL, GET, SET */
    VIF_RTM_NEWLINK = 16, VIF_RTM_DELLINK, VIF_RTM_GETLINK, VIF_RTM_SETLINK,
    VIF_RTM_NEWADDR = 20, VIF_RTM_DELADDR, VIF_RTM_GETADDR,             /* addresses of links */
    VIF_RTM_NEWROUTE = 24, VIF_RTM_DELROUTE, VIF_RTM_GETROUTE,
    VIF_RTM_NEWNEIGH = 28, VIF_RTM_DELNEIGH, VIF_RTM_GETNEIGH,          /* and forwarding tables */
    VIF_RTM_NEWQDISC = 36, VIF_RTM_DELQDISC, VIF_RTM_GETQDISC,
    VIF_RTM_NEWNSID = 88, VIF_RTM_DELNSID, VIF_RTM_GETNSID,             /* numbers of namespaces */
    VIF_RTM_NEWNEXTHOP = 104, VIF_RTM_DELNEXTHOP, VIF_RTM_GETNEXTHOP,   /* objects for routes */
    VIF_RTM_NEWLINKPROP = 108, VIF_RTM_DELLINKPROP,                     /* alternative names */
    VIF_RTM_NEWVLAN = 112, VIF_RTM_DELVLAN, VIF_RTM_GETVLAN             /* of bridges' ports */
};
enum {                                  /* vif_nl_desc.protocol */
    VIF_NETLINK_ROUTE = 0, VIF_NETLINK_NETFILTER = 12, VIF_NETLINK_GENERIC = 16
};
enum { VIF_AF_UNSPEC = 0, VIF_AF_INET = 2, VIF_AF_BRIDGE = 7, VIF_AF_INET6 = 10 };  /* family */
enum {                                  /* vif_link.flags, vif_link.change (if.h) */
    VIF_IFF_UP = 0x1,                   /* wanted up */
    VIF_IFF_BROADCAST = 0x2,            /* can send to all */
    VIF_IFF_LOOPBACK = 0x8,             /* lo */
    VIF_IFF_RUNNING = 0x40,             /* operational: up, and has a carrier */
    VIF_IFF_NOARP = 0x80,               /* neighbours are not asked for */
    VIF_IFF_PROMISC = 0x100,            /* takes frames for anybody */
    VIF_IFF_ALLMULTI = 0x200,           /* takes all multicast */
    VIF_IFF_MULTICAST = 0x1000,         /* can send to groups */
    VIF_IFF_LOWER_UP = 0x10000          /* has a carrier */
};
enum {                                  /* ext_mask of a link request (RTEXT_FILTER_*) */
    VIF_EXT_VF = 1,                     /* virtual functions; cut at 64 KB without an error */
    VIF_EXT_BRVLAN = 2,                 /* VLANs of a bridge's ports, one by one */
    VIF_EXT_BRVLAN_COMPRESSED = 4,      /* the same as ranges */
    VIF_EXT_SKIP_STATS = 8              /* no counters: a message is a quarter smaller */
};
/* vif_bridge_port.state (linux/if_bridge.h): only FORWARDING lets frames through. */
enum { VIF_BRIDGE_STATE_DISABLED, VIF_BRIDGE_STATE_LISTENING, VIF_BRIDGE_STATE_LEARNING,
       VIF_BRIDGE_STATE_FORWARDING, VIF_BRIDGE_STATE_BLOCKING };
enum {                                  /* vif_bridge_vlan.flags */
    VIF_BRIDGE_VLAN_MASTER = 1,         /* the bridge device has it as well */
    VIF_BRIDGE_VLAN_PVID = 2,           /* frames that come in without a tag belong to it */
    VIF_BRIDGE_VLAN_UNTAGGED = 4        /* its frames go out without a tag */
};
/* vif_macvlan.mode (linux/if_link.h): how macvlans over one lower device reach each other. */
enum {
    VIF_MACVLAN_PRIVATE = 1,            /* not at all */
    VIF_MACVLAN_VEPA = 2,               /* by way of the external switch */
    VIF_MACVLAN_BRIDGE = 4,             /* directly */
    VIF_MACVLAN_PASSTHRU = 8,           /* it is the only one, and has the lower device's MAC */
    VIF_MACVLAN_SOURCE = 16             /* takes only what allowed MACs send */
};
enum {                                  /* vif_neigh.state (linux/neighbour.h) */
    VIF_NUD_REACHABLE = 0x2,            /* it has answered lately */
    VIF_NUD_STALE = 0x4,                /* its answer is older: it is asked again on the next use */
    VIF_NUD_NOARP = 0x40,               /* it is never asked; in forwarding tables: static */
    VIF_NUD_PERMANENT = 0x80            /* stays until it is deleted; in tables: the port's own */
};
enum {                                  /* vif_neigh.flags */
    VIF_NTF_SELF = 0x2,                 /* in the table of the device itself (vxlan) */
    VIF_NTF_MASTER = 0x4,               /* in the table of the bridge it is a port of */
    VIF_NTF_PROXY = 0x8,                /* the host answers for it */
    VIF_NTF_EXT_LEARNED = 0x10,         /* a controller or a switch chip has learnt it */
    VIF_NTF_STICKY = 0x40,              /* does not move to another port */
    VIF_NTF_ROUTER = 0x80               /* NDP says that it is a router */
};
/* vif_addr.flags (linux/if_addr.h). DAD is duplicate address detection (RFC 4862 5.4). TENTATIVE:
 * DAD is under way, and the address is not used yet. OPTIMISTIC: used during DAD (RFC 4429). */
enum { VIF_IFA_NODAD = 0x2, VIF_IFA_OPTIMISTIC = 0x4, VIF_IFA_DADFAILED = 0x8,
       VIF_IFA_DEPRECATED = 0x20,
       VIF_IFA_TENTATIVE = 0x40, VIF_IFA_PERMANENT = 0x80, VIF_IFA_MANAGETEMPADDR = 0x100,
       VIF_IFA_NOPREFIXROUTE = 0x200, VIF_IFA_STABLE_PRIVACY = 0x800 };
/* vif_addr.scope, vif_nl_route.scope (linux/rtnetlink.h): how far it is valid. */
enum { VIF_SCOPE_UNIVERSE = 0, VIF_SCOPE_SITE = 200, VIF_SCOPE_LINK = 253, VIF_SCOPE_HOST = 254,
       VIF_SCOPE_NOWHERE = 255 };
enum { VIF_TABLE_MAIN = 254, VIF_TABLE_LOCAL = 255 };   /* LOCAL: the kernel's, from addresses */
/* vif_nl_route.protocol: who made the route. type: what happens to a packet. */
enum { VIF_RTPROT_KERNEL = 2, VIF_RTPROT_BOOT = 3, VIF_RTPROT_STATIC = 4,
       VIF_RTPROT_RA = 9 };             /* RA: advertised by a router */
enum { VIF_RTN_UNICAST = 1, VIF_RTN_LOCAL = 2, VIF_RTN_BLACKHOLE = 6, VIF_RTN_UNREACHABLE = 7 };
enum { VIF_RTF_ONLINK = 4 };            /* vif_nl_route.flags: the gateway is on the link */
enum {                                  /* per link IPv4 settings (linux/ip.h IPV4_DEVCONF_*) */
    VIF_INET_FORWARDING = 1,            /* routes what comes in here */
    VIF_INET_PROXY_ARP = 3,             /* answers for what it routes elsewhere */
    VIF_INET_ACCEPT_REDIRECTS = 4,      /* of ICMP */
    VIF_INET_SEND_REDIRECTS = 6,        /* of ICMP */
    VIF_INET_RP_FILTER = 8,             /* the route to the sender must use 1: this, 2: any link */
    VIF_INET_ARP_ANNOUNCE = 18,         /* which source address its ARP requests name */
    VIF_INET_ARP_IGNORE = 19,           /* 1: answers only for addresses of this link */
    VIF_INET_PROMOTE_SECONDARIES = 20,  /* secondary addresses outlive the subnet's first one */
    VIF_INET_ARP_ACCEPT = 21,           /* learns from gratuitous ARP */
    VIF_INET_ACCEPT_LOCAL = 23,         /* takes packets from its own addresses */
    VIF_INET_PROXY_ARP_PVLAN = 25,      /* answers for hosts on the same link as well */
    VIF_INET_ROUTE_LOCALNET = 26        /* routes 127.0.0.0/8 as any other net */
};
enum {                                  /* per link IPv6 settings (linux/ipv6.h DEVCONF_*) */
    VIF_INET6_FORWARDING = 0,           /* routes, and no longer listens to routers */
    VIF_INET6_ACCEPT_RA = 3,            /* listens to routers; 2: even if it routes */
    VIF_INET6_ACCEPT_REDIRECTS = 4,     /* of ICMPv6 */
    VIF_INET6_AUTOCONF = 5,             /* makes addresses from routers' prefixes */
    VIF_INET6_DAD_TRANSMITS = 6,        /* how often DAD asks for an address */
    VIF_INET6_PROXY_NDP = 22,           /* answers for its proxy entries */
    VIF_INET6_DISABLE_IPV6 = 26,        /* no IPv6 on this link */
    VIF_INET6_ACCEPT_DAD = 27,          /* 2: a duplicate of the MAC-based address disables IPv6 */
    VIF_INET6_ADDR_GEN_MODE = 47        /* 0: link-local address from the MAC, 1: none */
};

/* ---- Builder ---- */

/* Messages under construction in the caller's memory. A put that does not fit, or that names
 * something not allowed, marks the buffer. All later puts then do nothing, and a send refuses the
 * buffer, so a program tests only once, at the end:
 *
 *     vif_buf_init(&buf, mem, sizeof mem);
 *     at = vif_nl_begin(&buf, VIF_RTM_GETLINK, 0, NULL, 16);
 *     vif_put_str(&buf, 3, "eth0");
 *     vif_nl_end(&buf, at);
 *     st = vif_nl_send(&nl, &buf, &err);
 *
 * Several messages in one buffer go out as one datagram. The kernel answers each by itself, and
 * refusing one does not keep it from doing the next. */
typedef struct vif_buf {
    unsigned char *data;                /* the caller's memory */
    size_t len, cap;                    /* bytes used, and size of the memory */
    bool overflow;                      /* a put did not fit, or had over 65531 bytes */
    const char *invalid;                /* NULL, or the broken rule (static text) */
} vif_buf;

/* Makes an empty buffer, also of a used one. mem stays the caller's and needs no alignment. */
VIF_API void vif_buf_init(vif_buf *buf, void *mem, size_t cap);
/* OK; E_INVAL if a rule was broken; E_SPACE if something did not fit. err may be NULL. */
VIF_API VIF_MUST_CHECK vif_status vif_buf_status(const vif_buf *buf, vif_error *err);

/* Append an attribute (nlattr): any bytes, an integer in host order or (_be) in network order, or a
 * text. vif_nl_put_* put the types that this header knows by name. */
VIF_API void vif_put_attr(vif_buf *buf, uint16_t type, const void *data, size_t len);
VIF_API void vif_put_u8(vif_buf *buf, uint16_t type, uint8_t value);
VIF_API void vif_put_u16(vif_buf *buf, uint16_t type, uint16_t value);
VIF_API void vif_put_u32(vif_buf *buf, uint16_t type, uint32_t value);
VIF_API void vif_put_u64(vif_buf *buf, uint16_t type, uint64_t value);
VIF_API void vif_put_be16(vif_buf *buf, uint16_t type, uint16_t value);
VIF_API void vif_put_be32(vif_buf *buf, uint16_t type, uint32_t value);
VIF_API void vif_put_be64(vif_buf *buf, uint16_t type, uint64_t value);
/* The text goes with its NUL. */
VIF_API void vif_put_str(vif_buf *buf, uint16_t type, const char *text);
/* Opens an attribute that contains attributes (with NLA_F_NESTED); returns what its end takes. */
VIF_API size_t vif_nest_begin(vif_buf *buf, uint16_t type);
/* Closes it and writes its length. Close nests in the reverse order. */
VIF_API void vif_nest_end(vif_buf *buf, size_t at);
/* The same, but removes a nest that is empty. */
VIF_API void vif_nest_end_or_drop(vif_buf *buf, size_t at);

/* Opens a message: its header, then `len` bytes of its family's header (NULL: zeros). It adds
 * REQUEST and ACK to the flags. The header is struct nlmsghdr { u32 len; u16 type, flags; u32 seq,
 * pid }, whose last two fields the exchange fills in when the buffer is sent. */
VIF_API size_t vif_nl_begin(vif_buf *buf, uint16_t type, uint16_t flags, const void *family_header,
                            size_t len);
/* The same without ACK: the exchange does not wait for an answer (nfnetlink's batch begin and end).
 * If the kernel refuses the first message of a batch so, the exchange ends with that error, because
 * the other answers may never come. */
VIF_API size_t vif_nl_begin_noack(vif_buf *buf, uint16_t type, uint16_t flags,
                                  const void *family_header, size_t len);
/* Closes a message. Its content is what was put since vif_nl_begin. */
VIF_API void vif_nl_end(vif_buf *buf, size_t at);

/* ---- Reader ---- */

typedef struct vif_nl_view {            /* borrowed bytes; len 0 may come with data set */
    const unsigned char *data;          /* NULL: there is none */
    size_t len;                         /* bytes */
} vif_nl_view;

typedef struct vif_attr {               /* type without its flag bits; data borrowed */
    uint16_t type;                      /* as the message's family defines it */
    const unsigned char *data;          /* its content, without padding */
    size_t len;                         /* 0 to 65531 */
} vif_attr;

/* Takes the next attribute of the *left bytes at *at and advances both. False at the end, and with
 * *malformed set at a bad attribute. Whatever the bytes claim, it never reads beyond *left. */
VIF_API bool vif_attr_next(const unsigned char **at, size_t *left, vif_attr *out, bool *malformed);
/* Finds the last attribute of that type in a view of attributes; false if there is none. */
VIF_API bool vif_attr_find(vif_nl_view attrs, uint16_t type, vif_nl_view *out);

/* ---- Exchange: requests out, answers in; no socket, no clock ---- */

/* One message from the kernel, as it was received. */
typedef struct vif_nl_msg {
    uint16_t type, flags;               /* nlmsg_type, nlmsg_flags */
    uint32_t request;                   /* the message of the batch that it answers, from 0 */
    const unsigned char *data;          /* behind the nlmsghdr; borrowed until the next deliver */
    size_t len;
} vif_nl_msg;

/* What vif_nl_step and vif_nl_monitor_step find next. */
typedef enum vif_nl_event {
    VIF_NL_DONE,                        /* every request is answered, or the exchange has failed */
    VIF_NL_MESSAGE,                     /* one message of an answer (GET, dump, echo) */
    VIF_NL_ANSWER,                      /* msg.request is finished; see vif_nl_answer */
    VIF_NL_WANT_READ,                   /* deliver a datagram, then step again */
    VIF_NL_RESYNC                       /* a monitor does not know what has changed */
} vif_nl_event;

/* A batch of requests and its answers. Begin, send the bytes, then deliver and step until DONE:
 *
 *     st = vif_nl_exchange_begin(&x, &buf, first_seq, port);
 *     send buf.data, buf.len in one datagram;
 *     while ((event = vif_nl_step(&x, &msg)) != VIF_NL_DONE) {
 *         WANT_READ: receive a datagram, vif_nl_deliver(&x, bytes, len, sender's port);
 *         MESSAGE: read it, as by vif_link_parse; ANSWER: vif_nl_answer(&msg, &err);
 *     }
 *
 * The same object serves a program's own event loop, a test with canned bytes, and vif_nl below,
 * which adds a socket. */
typedef struct vif_nl_exchange {
    struct {                            /* private; first, as small offsets make small code */
        const unsigned char *at;        /* the rest of the current datagram */
        size_t left;
        uint32_t first, count;          /* sequence numbers of the requests */
        uint32_t waiting, port;         /* requests whose answer is due; the socket's own port */
        bool interrupted, finished;
    } priv;
    vif_error error;                    /* the first failure of the batch; status OK if none */
} vif_nl_exchange;

/* Counts the messages of `requests` and writes sequence numbers first_seq, first_seq + 1, ... (none
 * may be 0, which is the kernel's own) and the port into their headers. The buffer is then ready to
 * be sent as one datagram. E_INVAL or E_SPACE if it is marked, empty or malformed. */
VIF_API VIF_MUST_CHECK vif_status vif_nl_exchange_begin(vif_nl_exchange *x, vif_buf *requests,
                                                        uint32_t first_seq, uint32_t port);
/* Takes one datagram, borrowed until the next. sender_port is nl_pid of its source address. What is
 * not from the kernel (port 0) is dropped silently, as any process may write to our port. */
VIF_API void vif_nl_deliver(vif_nl_exchange *x, const void *bytes, size_t len,
                            uint32_t sender_port);
/* Returns the next event. For MESSAGE and ANSWER it fills *msg, which borrows from the datagram. */
VIF_API vif_nl_event vif_nl_step(vif_nl_exchange *x, vif_nl_msg *msg);
/* The outcome of a request, at VIF_NL_ANSWER. Fills *error (may be NULL) in any case: after a
 * success error->text may hold the kernel's warning. */
VIF_API vif_status vif_nl_answer(const vif_nl_msg *msg, vif_error *error);
/* Reports a failure of the transport. After E_TOO_BIG (a cut datagram) the exchange goes on, as the
 * acknowledgement still follows (measured). Anything else ends it. */
VIF_API void vif_nl_exchange_fail(vif_nl_exchange *x, vif_status status, int sys_errno);

/* ---- Names ---- */

/* NULL if the kernel takes this name for a new link, else the rule that it breaks. It also refuses
 * what the kernel would take for a template ("tap%d"). */
VIF_API const char *vif_ifname_check(const char *name);

/* ---- Monitor: what others change, as it happens ---- */

enum {                                  /* vif_nl_desc.groups, combined by | (RTMGRP_*) */
    VIF_GROUP_LINK = 0x1,               /* links, also their state and carrier */
    VIF_GROUP_NEIGH = 0x4,              /* neighbours and forwarding tables: many messages */
    VIF_GROUP_ADDR4 = 0x10, VIF_GROUP_ADDR6 = 0x100,    /* addresses */
    VIF_GROUP_ROUTE4 = 0x40, VIF_GROUP_ROUTE6 = 0x400,  /* routes */
    VIF_GROUP_CONF4 = 0x800000, VIF_GROUP_CONF6 = 0x1000000     /* settings: forwarding, rp_filter,
                                         * proxy_arp, proxy_ndp; others change unannounced */
};

/* Notifications without IO: deliver datagrams, then step until WANT_READ. MESSAGE is one change.
 * RESYNC means that changes are unknown, as at the start of a monitor and after a loss: dump
 * everything again, on another socket. What is delivered after it is newer. */
typedef struct vif_nl_monitor {
    uint32_t messages, resyncs;         /* counters */
    struct {                            /* private */
        const unsigned char *at;        /* the rest of the current datagram */
        size_t left;
        bool lost;                      /* a RESYNC is due */
    } priv;
} vif_nl_monitor;

/* The first event of a new monitor is RESYNC. */
VIF_API void vif_nl_monitor_init(vif_nl_monitor *monitor);
/* Takes a datagram, borrowed until WANT_READ. sender_port is nl_pid of its source address. */
VIF_API void vif_nl_monitor_deliver(vif_nl_monitor *monitor, const void *bytes, size_t len,
                                    uint32_t sender_port);
/* Reports that a datagram was cut, or that reading failed with ENOBUFS. Before the call read and
 * discard what is still queued. */
VIF_API void vif_nl_monitor_lost(vif_nl_monitor *monitor);
/* MESSAGE, RESYNC or WANT_READ. */
VIF_API vif_nl_event vif_nl_monitor_step(vif_nl_monitor *monitor, vif_nl_msg *msg);
/* The index of the link that such a message is about; 0 if it is about none, or about several. */
VIF_API int32_t vif_nl_monitor_link(const vif_nl_msg *msg);

/* ---- Messages: structs, and the lists that read and build them ---- */

/* One row per field: X(kind, type, field, size, MASK, attribute number or offset in the header).
 * The kinds are HEAD: in the family's header; COPY: exactly that many bytes, integers in host
 * order; BE16: network order on the wire, host order here; STR: a text that fits with its NUL;
 * ADDR: 4 or 16 bytes, as the family says; NEST, TEXT, RAW: views of attributes, of a string, of
 * bytes; IN_*: the same inside the one nest of the struct (these rows stand last). An attribute of
 * the wrong length counts as absent. Of duplicates the first wins, because the rest of a list of
 * virtual functions that the kernel cut short looks like more attributes of the link. */

#define VIF_LINK_MAP(X) \
    X(HEAD, link, family, 1, LINK_FAMILY, 0)                   /* ifi_family */ \
    X(HEAD, link, type, 2, LINK_TYPE, 2)                       /* ARPHRD_* */ \
    X(HEAD, link, index, 4, LINK_INDEX, 4)                     /* ifi_index */ \
    X(HEAD, link, flags, 4, LINK_FLAGS, 8)                     /* VIF_IFF_* */ \
    X(HEAD, link, change, 4, LINK_CHANGE, 12)                  /* which flags are meant */ \
    X(COPY, link, mac, 6, LINK_MAC, 1)                         /* IFLA_ADDRESS */ \
    X(STR, link, name, 16, LINK_NAME, 3)                       /* IFLA_IFNAME */ \
    X(COPY, link, mtu, 4, LINK_MTU, 4)                         /* bytes */ \
    X(COPY, link, link, 4, LINK_LINK, 5)                       /* lower device, peer */ \
    X(COPY, link, master, 4, LINK_MASTER, 10)                  /* the bridge, ... */ \
    X(COPY, link, txqlen, 4, LINK_TXQLEN, 13)                  /* packets */ \
    X(COPY, link, operstate, 1, LINK_OPERSTATE, 16)            /* IF_OPER_* */ \
    X(TEXT, link, alias, 0, LINK_ALIAS, 20)                    /* IFLA_IFALIAS */ \
    X(NEST, link, protinfo, 0, LINK_PROTINFO, 12)              /* of a bridge dump */ \
    X(NEST, link, af_spec, 0, LINK_AF_SPEC, 26)                /* IPv4, IPv6; VLANs */ \
    X(COPY, link, group, 4, LINK_GROUP, 27)                    /* 0: none was set */ \
    X(COPY, link, net_ns_fd, 4, LINK_NET_NS_FD, 28)            /* only sent */ \
    X(COPY, link, promiscuity, 4, LINK_PROMISCUITY, 30)        /* how many users want it */ \
    X(COPY, link, num_tx_queues, 4, LINK_NUM_TX_QUEUES, 31)    /* sent in a creation */ \
    X(COPY, link, num_rx_queues, 4, LINK_NUM_RX_QUEUES, 32)    /* sent in a creation */ \
    X(COPY, link, carrier, 1, LINK_CARRIER, 33)                /* 0, 1 */ \
    X(COPY, link, carrier_changes, 4, LINK_CARRIER_CHANGES, 35) /* up and down */ \
    X(COPY, link, link_netnsid, 4, LINK_LINK_NETNSID, 37)      /* where `link` is */ \
    X(COPY, link, min_mtu, 4, LINK_MIN_MTU, 50)                /* the driver's */ \
    X(COPY, link, max_mtu, 4, LINK_MAX_MTU, 51)                /* 0: no limit */ \
    X(NEST, link, prop_list, 0, LINK_PROP_LIST, 52)            /* altnames */ \
    X(COPY, link, perm_mac, 6, LINK_PERM_MAC, 54)              /* the hardware's */ \
    X(IN_STR, link, kind, 16, LINK_KIND, 1)                    /* IFLA_INFO_KIND */ \
    X(IN_NEST, link, kind_data, 0, LINK_KIND_DATA, 2)          /* IFLA_INFO_DATA */ \
    X(IN_STR, link, slave_kind, 16, LINK_SLAVE_KIND, 4)        /* its master's kind */ \
    X(IN_NEST, link, slave_data, 0, LINK_SLAVE_DATA, 5)        /* its settings as a port */

/* A network interface (RTM_*LINK). The format of kind_data depends on `kind`: vif_nl_bridge_parse,
 * vif_vlan_parse, ... read it. vif_bridge_port_parse reads the slave_data of a bridge's port. */
typedef struct vif_link {
    uint32_t present;                   /* VIF_LINK_*: the fields that count */
    uint8_t family, operstate, carrier; /* operstate: RFC 2863, 6 = up; carrier: 0, 1 */
    uint8_t mac[6], perm_mac[6];        /* Ethernet; another length counts as absent */
    uint16_t type;                      /* ARPHRD_*, 1 = Ethernet */
    int32_t index;                      /* > 0, unique in its namespace */
    uint32_t flags, change;             /* IFF_*; change: the bits that a request sets or clears */
    uint32_t mtu, min_mtu, max_mtu;     /* bytes; max_mtu 0 = no limit */
    uint32_t master;                    /* index of the bridge, ...; 0 detaches */
    uint32_t link;                      /* index of the lower device or veth's peer */
    int32_t link_netnsid;               /* number of the namespace of `link`, if another */
    int32_t net_ns_fd;                  /* only sent: the namespace to move it to or create it in */
    char name[16], kind[16];            /* with a NUL; hardware has kind "" */
    vif_nl_view alias;                  /* text without NUL, at most 255 bytes; length 0 clears */
    vif_nl_view kind_data, slave_data, af_spec, protinfo, prop_list;    /* attributes */
    char slave_kind[16];                /* of a port, as "bridge" */
    uint32_t group, txqlen, num_tx_queues, num_rx_queues, promiscuity, carrier_changes;
} vif_link;

/* IFLA_INFO_DATA of a bridge (linux/if_link.h, IFLA_BR_*). */
#define VIF_NL_BRIDGE_MAP(X) \
    X(COPY, nl_bridge, forward_delay, 4, NL_BRIDGE_FORWARD_DELAY, 1) /* listening, learning */ \
    X(COPY, nl_bridge, hello_time, 4, NL_BRIDGE_HELLO_TIME, 2) /* between hellos */ \
    X(COPY, nl_bridge, max_age, 4, NL_BRIDGE_MAX_AGE, 3)       /* how long a hello is valid */ \
    X(COPY, nl_bridge, ageing_time, 4, NL_BRIDGE_AGEING_TIME, 4) /* how long a MAC is kept */ \
    X(COPY, nl_bridge, stp_state, 4, NL_BRIDGE_STP_STATE, 5)   /* 0, 1, 2: in user space */ \
    X(COPY, nl_bridge, priority, 2, NL_BRIDGE_PRIORITY, 6)     /* lowest is root */ \
    X(COPY, nl_bridge, vlan_filtering, 1, NL_BRIDGE_VLAN_FILTERING, 7) /* 0, 1 */ \
    X(BE16, nl_bridge, vlan_protocol, 2, NL_BRIDGE_VLAN_PROTOCOL, 8) /* 0x8100, 0x88a8 */ \
    X(COPY, nl_bridge, group_fwd_mask, 2, NL_BRIDGE_GROUP_FWD_MASK, 9) /* 01:80:c2:00:00:0n */ \
    X(COPY, nl_bridge, root_id, 8, NL_BRIDGE_ROOT_ID, 10)      /* priority, MAC */ \
    X(COPY, nl_bridge, bridge_id, 8, NL_BRIDGE_ID, 11)         /* priority, MAC */ \
    X(COPY, nl_bridge, group_addr, 6, NL_BRIDGE_GROUP_ADDR, 20) /* destination of STP frames */ \
    X(COPY, nl_bridge, mcast_router, 1, NL_BRIDGE_MCAST_ROUTER, 22) /* 0, 1: if heard, 2 */ \
    X(COPY, nl_bridge, mcast_snooping, 1, NL_BRIDGE_MCAST_SNOOPING, 23) /* 0, 1 */ \
    X(COPY, nl_bridge, mcast_query_use_ifaddr, 1, NL_BRIDGE_MCAST_QUERY_USE_IFADDR, 24) \
    X(COPY, nl_bridge, mcast_querier, 1, NL_BRIDGE_MCAST_QUERIER, 25) /* sends queries */ \
    X(COPY, nl_bridge, mcast_hash_max, 4, NL_BRIDGE_MCAST_HASH_MAX, 27) /* limit of groups */ \
    X(COPY, nl_bridge, nf_call_iptables, 1, NL_BRIDGE_NF_CALL_IPTABLES, 36) /* see br_netfilter */ \
    X(COPY, nl_bridge, nf_call_ip6tables, 1, NL_BRIDGE_NF_CALL_IP6TABLES, 37) \
    X(COPY, nl_bridge, nf_call_arptables, 1, NL_BRIDGE_NF_CALL_ARPTABLES, 38) \
    X(COPY, nl_bridge, vlan_default_pvid, 2, NL_BRIDGE_VLAN_DEFAULT_PVID, 39) /* 0: none */ \
    X(COPY, nl_bridge, vlan_stats, 1, NL_BRIDGE_VLAN_STATS, 41) /* counters per VLAN */ \
    X(COPY, nl_bridge, mcast_stats, 1, NL_BRIDGE_MCAST_STATS, 42) \
    X(COPY, nl_bridge, igmp_version, 1, NL_BRIDGE_IGMP_VERSION, 43) /* 2, 3 */ \
    X(COPY, nl_bridge, mld_version, 1, NL_BRIDGE_MLD_VERSION, 44) /* 1, 2 */ \
    X(COPY, nl_bridge, vlan_stats_per_port, 1, NL_BRIDGE_VLAN_STATS_PER_PORT, 45)

/* Kind "bridge". Times are in 1/100 s. STP is the spanning tree protocol (IEEE 802.1D). */
typedef struct vif_nl_bridge {
    uint32_t present;                   /* VIF_NL_BRIDGE_* */
    uint32_t forward_delay, hello_time, max_age, ageing_time;       /* 1/100 s */
    uint32_t stp_state, mcast_hash_max; /* stp_state: 0 off, 1 kernel, 2 user space */
    uint16_t priority, vlan_protocol, group_fwd_mask, vlan_default_pvid;
    uint8_t vlan_filtering, vlan_stats, vlan_stats_per_port;        /* 0 or 1 */
    uint8_t mcast_router, mcast_snooping, mcast_query_use_ifaddr, mcast_querier, mcast_stats;
    uint8_t igmp_version, mld_version, nf_call_iptables, nf_call_ip6tables, nf_call_arptables;
    uint8_t root_id[8], bridge_id[8], group_addr[6];                /* the ids are only received */
} vif_nl_bridge;

/* IFLA_INFO_SLAVE_DATA of a link whose master is a bridge (IFLA_BRPORT_*). */
#define VIF_BRIDGE_PORT_MAP(X) \
    X(COPY, bridge_port, state, 1, BRIDGE_PORT_STATE, 1)       /* VIF_BRIDGE_STATE_* */ \
    X(COPY, bridge_port, priority, 2, BRIDGE_PORT_PRIORITY, 2) /* 0 to 63 */ \
    X(COPY, bridge_port, cost, 4, BRIDGE_PORT_COST, 3)         /* of a path by STP */ \
    X(COPY, bridge_port, hairpin, 1, BRIDGE_PORT_HAIRPIN, 4)   /* IFLA_BRPORT_MODE */ \
    X(COPY, bridge_port, guard, 1, BRIDGE_PORT_GUARD, 5)       /* drops frames of STP */ \
    X(COPY, bridge_port, protect, 1, BRIDGE_PORT_PROTECT, 6)   /* never the root port */ \
    X(COPY, bridge_port, fast_leave, 1, BRIDGE_PORT_FAST_LEAVE, 7) /* leaves groups at once */ \
    X(COPY, bridge_port, learning, 1, BRIDGE_PORT_LEARNING, 8) /* learns MACs */ \
    X(COPY, bridge_port, unicast_flood, 1, BRIDGE_PORT_UNICAST_FLOOD, 9) /* to unknown MACs */ \
    X(COPY, bridge_port, proxyarp, 1, BRIDGE_PORT_PROXYARP, 10) /* answers ARP */ \
    X(COPY, bridge_port, proxyarp_wifi, 1, BRIDGE_PORT_PROXYARP_WIFI, 12) \
    X(COPY, bridge_port, mcast_router, 1, BRIDGE_PORT_MCAST_ROUTER, 25) /* as of the bridge */ \
    X(COPY, bridge_port, mcast_flood, 1, BRIDGE_PORT_MCAST_FLOOD, 27) /* unknown groups */ \
    X(COPY, bridge_port, mcast_to_ucast, 1, BRIDGE_PORT_MCAST_TO_UCAST, 28) /* copies */ \
    X(COPY, bridge_port, vlan_tunnel, 1, BRIDGE_PORT_VLAN_TUNNEL, 29) \
    X(COPY, bridge_port, bcast_flood, 1, BRIDGE_PORT_BCAST_FLOOD, 30) /* broadcasts */ \
    X(COPY, bridge_port, group_fwd_mask, 2, BRIDGE_PORT_GROUP_FWD_MASK, 31) /* as of the bridge */ \
    X(COPY, bridge_port, neigh_suppress, 1, BRIDGE_PORT_NEIGH_SUPPRESS, 32) /* ARP, NDP */ \
    X(COPY, bridge_port, isolated, 1, BRIDGE_PORT_ISOLATED, 33) /* from isolated ports */ \
    X(COPY, bridge_port, backup_port, 4, BRIDGE_PORT_BACKUP_PORT, 34) /* if carrier is lost */ \
    X(COPY, bridge_port, locked, 1, BRIDGE_PORT_LOCKED, 39)    /* takes known MACs only */ \
    X(COPY, bridge_port, mab, 1, BRIDGE_PORT_MAB, 40)          /* learns locked MACs */

/* A bridge's port. Switches are 0 or 1; `hairpin` is the kernel's "mode". */
typedef struct vif_bridge_port {
    uint32_t present;                   /* VIF_BRIDGE_PORT_* */
    uint32_t cost, backup_port;         /* backup_port: an index, 0 = none */
    uint16_t priority, group_fwd_mask;  /* STP's; which link-local frames it forwards */
    uint8_t state, hairpin, guard, protect, fast_leave, learning, unicast_flood, mcast_flood;
    uint8_t bcast_flood, mcast_to_ucast, mcast_router, proxyarp, proxyarp_wifi, neigh_suppress;
    uint8_t vlan_tunnel, isolated, locked, mab;
} vif_bridge_port;

/* IFLA_VLAN_*, without the maps of priorities (INGRESS_QOS, EGRESS_QOS). */
#define VIF_VLAN_MAP(X) \
    X(COPY, vlan, id, 2, VLAN_ID, 1)                           /* 1 to 4094 */ \
    X(COPY, vlan, flags, 8, VLAN_FLAGS, 2)                     /* struct ifla_vlan_flags */ \
    X(BE16, vlan, protocol, 2, VLAN_PROTOCOL, 5)               /* 0x8100, 0x88a8 */

typedef struct vif_vlan {               /* kind "vlan", over vif_link.link */
    uint32_t present;                   /* VIF_VLAN_* */
    uint32_t flags[2];                  /* VLAN_FLAG_*, and the mask of those to change */
    uint16_t id, protocol;              /* 1-4094; 0x8100 (default) or 0x88a8 */
} vif_vlan;

/* IFLA_TUN_*. The kernel reports them over netlink but takes none of them. */
#define VIF_TUN_MAP(X) \
    X(COPY, tun, owner, 4, TUN_OWNER, 1)                       /* uid */ \
    X(COPY, tun, group, 4, TUN_GROUP, 2)                       /* gid */ \
    X(COPY, tun, type, 1, TUN_TYPE, 3)                         /* VIF_TUN_IS_* */ \
    X(COPY, tun, pi, 1, TUN_PI, 4)                             /* 4 bytes before each packet */ \
    X(COPY, tun, vnet_hdr, 1, TUN_VNET_HDR, 5)                 /* offload header */ \
    X(COPY, tun, persist, 1, TUN_PERSIST, 6)                   /* stays without an open fd */ \
    X(COPY, tun, multi_queue, 1, TUN_MULTI_QUEUE, 7)           /* one fd for each queue */ \
    X(COPY, tun, num_queues, 4, TUN_NUM_QUEUES, 8)             /* attached */ \
    X(COPY, tun, num_disabled_queues, 4, TUN_NUM_DISABLED_QUEUES, 9) /* attached, off */

/* Kind "tun": taps and tuns. This is only read; vif_tap_create makes taps. Without its bit, the
 * owner or group is anybody. num_queues counts the queues that are attached now. */
typedef struct vif_tun {
    uint32_t present;                   /* VIF_TUN_* */
    uint32_t owner, group, num_queues, num_disabled_queues; /* uid, gid; queues attached, and not */
    uint8_t type;                       /* VIF_TUN_IS_TUN, VIF_TUN_IS_TAP */
    uint8_t pi, vnet_hdr, persist, multi_queue;     /* 0 or 1 */
} vif_tun;
enum { VIF_TUN_IS_TUN = 1, VIF_TUN_IS_TAP = 2 };

/* IFLA_MACVLAN_*, of macvlans and macvtaps alike. */
#define VIF_MACVLAN_MAP(X) \
    X(COPY, macvlan, mode, 4, MACVLAN_MODE, 1)                 /* VIF_MACVLAN_* */ \
    X(COPY, macvlan, flags, 2, MACVLAN_FLAGS, 2)               /* MACVLAN_FLAG_* */

typedef struct vif_macvlan {            /* kinds "macvlan" and "macvtap", over vif_link.link */
    uint32_t present;                   /* VIF_MACVLAN_MODE, _FLAGS */
    uint32_t mode;                      /* VIF_MACVLAN_* */
    uint16_t flags;                     /* 1: passthru leaves the lower device's PROMISC alone */
} vif_macvlan;

/* IFLA_VXLAN_*. Addresses of IPv4 and of IPv6 have separate attributes. */
#define VIF_VXLAN_MAP(X) \
    X(COPY, vxlan, id, 4, VXLAN_ID, 1)                         /* network identifier, 24 bits */ \
    X(COPY, vxlan, group, 4, VXLAN_GROUP, 2)                   /* or the peer */ \
    X(COPY, vxlan, link, 4, VXLAN_LINK, 3)                     /* lower device */ \
    X(COPY, vxlan, local, 4, VXLAN_LOCAL, 4)                   /* source address */ \
    X(COPY, vxlan, ttl, 1, VXLAN_TTL, 5)                       /* 0: inherit */ \
    X(COPY, vxlan, tos, 1, VXLAN_TOS, 6)                       /* 1: inherit */ \
    X(COPY, vxlan, learning, 1, VXLAN_LEARNING, 7)             /* 0, 1 */ \
    X(COPY, vxlan, ageing, 4, VXLAN_AGEING, 8)                 /* seconds */ \
    X(COPY, vxlan, limit, 4, VXLAN_LIMIT, 9)                   /* of MACs; 0: no limit */ \
    X(COPY, vxlan, proxy, 1, VXLAN_PROXY, 11)                  /* answers ARP */ \
    X(COPY, vxlan, l2miss, 1, VXLAN_L2MISS, 13)                /* reports unknown MACs */ \
    X(COPY, vxlan, l3miss, 1, VXLAN_L3MISS, 14)                /* and unknown IPs */ \
    X(BE16, vxlan, port, 2, VXLAN_PORT, 15)                    /* UDP, 4789 */ \
    X(COPY, vxlan, group6, 16, VXLAN_GROUP6, 16)               /* or the peer */ \
    X(COPY, vxlan, local6, 16, VXLAN_LOCAL6, 17)               /* source address */ \
    X(COPY, vxlan, udp_csum, 1, VXLAN_UDP_CSUM, 18)            /* 0, 1 */ \
    X(COPY, vxlan, collect_metadata, 1, VXLAN_COLLECT_METADATA, 25) /* id by route or flow */

typedef struct vif_vxlan {              /* kind "vxlan"; one address family only */
    uint32_t present;                   /* VIF_VXLAN_* */
    uint32_t id, link, ageing, limit;   /* ageing in seconds */
    uint16_t port;                      /* UDP; set it, as the kernel's default is 8472 */
    uint8_t group[4], local[4], group6[16], local6[16];             /* network order */
    uint8_t ttl, tos, learning, proxy, l2miss, l3miss, udp_csum, collect_metadata;
} vif_vxlan;

/* Those of IFLA_BOND_* that vif sets. */
#define VIF_BOND_MAP(X) \
    X(COPY, bond, mode, 1, BOND_MODE, 1)                       /* VIF_BOND_* */ \
    X(COPY, bond, miimon, 4, BOND_MIIMON, 3)                   /* ms between carrier checks */ \
    X(COPY, bond, hash, 1, BOND_HASH, 14)                      /* IFLA_BOND_XMIT_HASH_POLICY */ \
    X(COPY, bond, lacp_rate, 1, BOND_LACP_RATE, 21)            /* 0: each 30 s, 1: each second */

/* Kind "bond" (Documentation/networking/bonding.rst). The mode can be changed only while the bond
 * is down and has no ports, and the rate only while it is down and in mode LACP (the link
 * aggregation control protocol). A link that is up can't become a port. A port gets the bond's MAC
 * and MTU and is brought up. When it leaves the bond, or the bond is deleted, the kernel restores
 * the port's own MAC and MTU and leaves the port down. (Measured, Linux 6.1.) */
typedef struct vif_bond {
    uint32_t present;                   /* VIF_BOND_MODE, _MIIMON, _HASH, _LACP_RATE */
    uint32_t miimon;                    /* 0: carriers are not checked */
    uint8_t mode;                       /* VIF_BOND_RR to _ALB */
    uint8_t hash;                       /* what chooses a port: 0: layer 2, 1: layers 3 and 4 */
    uint8_t lacp_rate;                  /* only in mode VIF_BOND_LACP */
} vif_bond;
enum {
    VIF_BOND_RR, VIF_BOND_BACKUP,       /* uses the ports in turn; one port until it fails */
    VIF_BOND_XOR, VIF_BOND_BROADCAST,   /* the port that the hash gives; all ports */
    VIF_BOND_LACP,                      /* 802.3ad: by the hash, among those the far end accepts */
    VIF_BOND_TLB, VIF_BOND_ALB          /* by load; ALB balances what it receives as well, by ARP */
};

/* struct ifaddrmsg, and IFA_*. */
#define VIF_ADDR_MAP(X) \
    X(HEAD, addr, family, 1, ADDR_FAMILY, 0)                   /* VIF_AF_* */ \
    X(HEAD, addr, prefix_len, 1, ADDR_PREFIX_LEN, 1)           /* bits */ \
    X(HEAD, addr, scope, 1, ADDR_SCOPE, 3)                     /* VIF_SCOPE_* */ \
    X(HEAD, addr, index, 4, ADDR_INDEX, 4)                     /* the link's */ \
    X(ADDR, addr, address, 16, ADDR_ADDRESS, 1) /* IFA_ADDRESS: peer's, or its own */ \
    X(ADDR, addr, local, 16, ADDR_LOCAL, 2)                    /* IFA_LOCAL: its own */ \
    X(STR, addr, label, 16, ADDR_LABEL, 3)                     /* IPv4 only, for ifconfig */ \
    X(ADDR, addr, broadcast, 16, ADDR_BROADCAST, 4)            /* IPv4 only */ \
    X(COPY, addr, lifetime, 16, ADDR_LIFETIME, 6)              /* struct ifa_cacheinfo */ \
    X(COPY, addr, flags, 4, ADDR_FLAGS, 8)                     /* VIF_IFA_* */ \
    X(COPY, addr, metric, 4, ADDR_METRIC, 9) /* IFA_RT_PRIORITY: of its route */ \
    X(COPY, addr, protocol, 1, ADDR_PROTOCOL, 11)              /* IFAPROT_*: who made it */

/* An address of a link. IPv4 needs `local`, and in `address` the peer's or the same.
 * IPv6 needs `address`. */
typedef struct vif_addr {
    uint32_t present;                   /* VIF_ADDR_* */
    uint8_t family, prefix_len, scope, protocol; /* VIF_AF_*, bits, VIF_SCOPE_* */
    int32_t index;                      /* of the link that has it */
    uint32_t flags, metric;             /* VIF_IFA_*; metric of its prefix's route */
    uint32_t lifetime[4];               /* preferred, valid (s; 0xffffffff for ever), two stamps */
    uint8_t address[16], local[16], broadcast[16]; /* network order; IPv4 in the first four */
    char label[16];                     /* begins with the link's name */
} vif_addr;

/* struct rtmsg and RTA_*, and inside the nest RTA_METRICS RTAX_*. */
#define VIF_NL_ROUTE_MAP(X) \
    X(HEAD, nl_route, family, 1, NL_ROUTE_FAMILY, 0)           /* VIF_AF_* */ \
    X(HEAD, nl_route, dst_len, 1, NL_ROUTE_DST_LEN, 1)         /* bits; 0: default */ \
    X(HEAD, nl_route, src_len, 1, NL_ROUTE_SRC_LEN, 2)         /* bits */ \
    X(HEAD, nl_route, tos, 1, NL_ROUTE_TOS, 3)                 /* DSCP */ \
    X(HEAD, nl_route, protocol, 1, NL_ROUTE_PROTOCOL, 5)       /* VIF_RTPROT_* */ \
    X(HEAD, nl_route, scope, 1, NL_ROUTE_SCOPE, 6)             /* VIF_SCOPE_* */ \
    X(HEAD, nl_route, type, 1, NL_ROUTE_TYPE, 7)               /* VIF_RTN_* */ \
    X(HEAD, nl_route, flags, 4, NL_ROUTE_FLAGS, 8)             /* VIF_RTF_* */ \
    X(ADDR, nl_route, dst, 16, NL_ROUTE_DST, 1)                /* destination */ \
    X(ADDR, nl_route, src, 16, NL_ROUTE_SRC, 2)                /* only packets from it; IPv6 */ \
    X(COPY, nl_route, oif, 4, NL_ROUTE_OIF, 4)                 /* the link */ \
    X(ADDR, nl_route, gateway, 16, NL_ROUTE_GATEWAY, 5)        /* of the same family */ \
    X(COPY, nl_route, metric, 4, NL_ROUTE_METRIC, 6)           /* RTA_PRIORITY: lower wins */ \
    X(ADDR, nl_route, prefsrc, 16, NL_ROUTE_PREFSRC, 7)        /* source to use */ \
    X(RAW, nl_route, multipath, 0, NL_ROUTE_MULTIPATH, 9)      /* struct rtnexthop[] */ \
    X(COPY, nl_route, table, 4, NL_ROUTE_TABLE, 15)            /* VIF_TABLE_* */ \
    X(RAW, nl_route, via, 0, NL_ROUTE_VIA, 18)                 /* gateway of another family */ \
    X(COPY, nl_route, pref, 1, NL_ROUTE_PREF, 20)              /* router preference, RFC 4191 */ \
    X(COPY, nl_route, nh_id, 4, NL_ROUTE_NH_ID, 30)            /* nexthop object */ \
    X(COPY, nl_route, cacheinfo, 32, NL_ROUTE_CACHEINFO, 12)   /* struct rta_cacheinfo */ \
    X(COPY, nl_route, expires_s, 4, NL_ROUTE_EXPIRES, 23)      /* IPv6 */ \
    X(IN_COPY, nl_route, lock, 4, NL_ROUTE_LOCK, 1)            /* bit n: metric n is fixed */ \
    X(IN_COPY, nl_route, mtu, 4, NL_ROUTE_MTU, 2)              /* bytes */ \
    X(IN_COPY, nl_route, window, 4, NL_ROUTE_WINDOW, 3)        /* limit, bytes */ \
    X(IN_COPY, nl_route, advmss, 4, NL_ROUTE_ADVMSS, 8)        /* bytes */ \
    X(IN_COPY, nl_route, hoplimit, 4, NL_ROUTE_HOPLIMIT, 10)   /* or TTL */ \
    X(IN_COPY, nl_route, initcwnd, 4, NL_ROUTE_INITCWND, 11)   /* segments */ \
    X(IN_COPY, nl_route, rto_min, 4, NL_ROUTE_RTO_MIN, 13)     /* ms */ \
    X(IN_COPY, nl_route, initrwnd, 4, NL_ROUTE_INITRWND, 14)   /* segments */

/* A route. type, protocol and scope may be left out. A new route is then unicast and static, with
 * link scope if it has no gateway; a deletion matches any. The default table is main. */
typedef struct vif_nl_route {
    uint32_t present;                   /* VIF_NL_ROUTE_* */
    uint8_t family, dst_len, src_len, tos, protocol, scope, type, pref; /* linux/rtnetlink.h */
    uint32_t flags, table, oif, metric, nh_id;  /* packets go by oif, multipath or nh_id */
    uint32_t expires_s;                 /* only sent, for IPv6: lifetime in seconds */
    uint32_t cacheinfo[8];              /* only received; [2]: lifetime in 1/100 s, 0 for ever */
    uint32_t lock, mtu, window, advmss, hoplimit, initcwnd, rto_min, initrwnd;  /* RTAX_* */
    uint8_t dst[16], src[16], gateway[16], prefsrc[16];     /* network order */
    vif_nl_view multipath, via;         /* struct rtnexthop[], struct rtvia */
} vif_nl_route;

/* struct ndmsg, and NDA_* (linux/neighbour.h). */
#define VIF_NEIGH_MAP(X) \
    X(HEAD, neigh, family, 1, NEIGH_FAMILY, 0)                 /* VIF_AF_* */ \
    X(HEAD, neigh, index, 4, NEIGH_INDEX, 4)                   /* the link's */ \
    X(HEAD, neigh, state, 2, NEIGH_STATE, 8)                   /* VIF_NUD_* */ \
    X(HEAD, neigh, flags, 1, NEIGH_FLAGS, 10)                  /* VIF_NTF_* */ \
    X(HEAD, neigh, type, 1, NEIGH_TYPE, 11)                    /* RTN_* */ \
    X(ADDR, neigh, dst, 16, NEIGH_DST, 1)                      /* IP address */ \
    X(COPY, neigh, lladdr, 6, NEIGH_LLADDR, 2)                 /* MAC */ \
    X(COPY, neigh, vlan, 2, NEIGH_VLAN, 5)                     /* forwarding entries only */ \
    X(BE16, neigh, port, 2, NEIGH_PORT, 6)                     /* the tunnel's UDP port */ \
    X(COPY, neigh, vni, 4, NEIGH_VNI, 7)                       /* the tunnel's identifier */ \
    X(COPY, neigh, via, 4, NEIGH_VIA, 8)                       /* the tunnel's lower device */ \
    X(COPY, neigh, master, 4, NEIGH_MASTER, 9)                 /* the bridge */ \
    X(COPY, neigh, protocol, 1, NEIGH_PROTOCOL, 12)            /* RTPROT_*: who made it */ \
    X(COPY, neigh, flags_ext, 4, NEIGH_FLAGS_EXT, 15)          /* NTF_EXT_* */

/* A neighbour, a proxy entry (VIF_NTF_PROXY), or with family VIF_AF_BRIDGE an entry of a bridge's
 * forwarding table. Make a proxy entry VIF_NUD_PERMANENT, or it goes when the peer's carrier does.
 * In a forwarding table dst is a tunnel's far end, of 4 bytes if the other 12 are zero (no IPv6
 * host address ends so), else of 16. */
typedef struct vif_neigh {
    uint32_t present;                   /* VIF_NEIGH_* */
    uint8_t family, flags, type, protocol; /* VIF_NTF_* in flags */
    int32_t index;                      /* of the link behind which it is */
    uint16_t state, vlan, port;         /* VIF_NUD_*; 1 to 4094; the tunnel's */
    uint32_t vni, master, flags_ext;    /* master: index of the bridge */
    uint32_t via;                       /* index of the tunnel's lower device */
    uint8_t dst[16], lladdr[6];         /* network order */
} vif_neigh;

/* struct tcmsg, and TCA_*. */
#define VIF_QDISC_MAP(X) \
    X(HEAD, qdisc, index, 4, QDISC_INDEX, 4)                   /* the link's */ \
    X(HEAD, qdisc, handle, 4, QDISC_HANDLE, 8)                 /* major:minor */ \
    X(HEAD, qdisc, parent, 4, QDISC_PARENT, 12)                /* handle of its parent */ \
    X(STR, qdisc, kind, 16, QDISC_KIND, 1)                     /* its name */ \
    X(NEST, qdisc, options, 0, QDISC_OPTIONS, 2)               /* TCA_OPTIONS */

/* A queueing discipline. ingress and clsact have parent 0xfffffff1 and handle 0xffff0000. */
typedef struct vif_qdisc {
    uint32_t present;                   /* VIF_QDISC_* */
    uint8_t family;                     /* always 0 */
    int32_t index;                      /* of the link whose packets it handles */
    uint32_t handle, parent;            /* parent 0xffffffff: root */
    char kind[16];                      /* "fq_codel", "ingress", "clsact", ... */
    vif_nl_view options;                /* as the kind defines them */
} vif_qdisc;
#define VIF_QDISC_ROOT 0xffffffffu      /* vif_qdisc.parent: handles all that the link sends */

/* A token bucket, the options of kind "tbf" (linux/pkt_sched.h). The link sends `rate` on average,
 * but `burst` bytes at the rate `peak`, or as fast as it can. Rates are in bytes per second. */
typedef struct vif_tbf {
    uint64_t rate, peak;                /* peak 0: none; else above the rate (kernel: EINVAL) */
    uint32_t burst, peak_burst;         /* bytes; peak_burst: how many at once at the peak. A frame
                                         * that is larger than either is dropped */
    uint32_t limit;                     /* bytes that may wait; more is dropped */
} vif_tbf;

/* A port of a card's switch, and the function of the card that it leads to (linux/devlink.h). PF
 * and VF are the physical and virtual functions of SR-IOV, SF are sub-functions. */
#define VIF_DEVLINK_PORT_MAP(X) \
    X(STR, devlink_port, bus, 16, DEVLINK_PORT_BUS, 1)         /* "pci" */ \
    X(STR, devlink_port, device, 32, DEVLINK_PORT_DEVICE, 2)   /* "0000:03:00.0", of the switch */ \
    X(COPY, devlink_port, index, 4, DEVLINK_PORT_INDEX, 3) \
    X(STR, devlink_port, netdev, 16, DEVLINK_PORT_NETDEV, 7)   /* its representor */ \
    X(COPY, devlink_port, flavour, 2, DEVLINK_PORT_FLAVOUR, 77) /* VIF_PORT_PCI_* and others */ \
    X(COPY, devlink_port, pf, 2, DEVLINK_PORT_PF, 127) \
    X(COPY, devlink_port, vf, 2, DEVLINK_PORT_VF, 128) \
    X(COPY, devlink_port, external, 1, DEVLINK_PORT_EXTERNAL, 149) /* 1: another machine's */ \
    X(COPY, devlink_port, controller, 4, DEVLINK_PORT_CONTROLLER, 150) \
    X(COPY, devlink_port, sf, 4, DEVLINK_PORT_SF, 164)

enum { VIF_PORT_PCI_PF = 3, VIF_PORT_PCI_VF = 4, VIF_PORT_PCI_SF = 7 };   /* flavour */
typedef struct vif_devlink_port {
    uint32_t present;                   /* VIF_DEVLINK_PORT_* */
    uint32_t index;                     /* the port's number on its card */
    uint32_t controller, sf;            /* 0: this machine's; number of the SF */
    uint16_t flavour, pf, vf;           /* VIF_PORT_PCI_*; numbers of PF and VF */
    uint8_t external;                   /* 1: the port is another machine's */
    char bus[16], device[32], netdev[16]; /* netdev: "" without one */
} vif_devlink_port;

/* A virtual function (SR-IOV), as the device of its physical function reports it: IFLA_VF_INFO of
 * linux/if_link.h. What a driver lacks is absent, and setting it is refused (EOPNOTSUPP). */
enum { VIF_VF_MAC = 1, VIF_VF_VLAN = 2, VIF_VF_RATE = 4, VIF_VF_SPOOFCHK = 8,
       VIF_VF_LINK_STATE = 16, VIF_VF_TRUST = 32 };

typedef struct vif_vf {
    uint32_t present, number;           /* VIF_VF_* of the fields that count; from 0 */
    uint32_t vlan, qos, protocol;       /* 0 (none) to 4095; its priority, 0 to 7; 0x8100, 0x88a8 */
    uint32_t min_rate, max_rate;        /* guarantee and limit for what it sends, Mbit/s; 0: none */
    uint32_t link_state;                /* 0: as the port's, 1: always up, 2: always down */
    uint32_t spoofchk, trust;           /* 1: may send only from its own MAC; 1: may change that
                                         * MAC, and more */
    uint8_t mac[6];                     /* zeros: the function chooses */
} vif_vf;

/* The bits of `present`, in the order of the rows. */
#define VIF__BIT(kind, type, field, size, mask, wire) VIF__BIT_##mask,
#define VIF__MASK(kind, type, field, size, mask, wire) VIF_##mask = 1 << VIF__BIT_##mask,
#define VIF__MASKS(MAP, name) \
    enum { MAP(VIF__BIT) VIF__COUNT_##name }; \
    enum { MAP(VIF__MASK) VIF__MASKS_OF_##name = 0 };
VIF__MASKS(VIF_LINK_MAP, link)
VIF__MASKS(VIF_NL_BRIDGE_MAP, nl_bridge)
VIF__MASKS(VIF_BRIDGE_PORT_MAP, bridge_port)
VIF__MASKS(VIF_VLAN_MAP, vlan)
VIF__MASKS(VIF_TUN_MAP, tun)
VIF__MASKS(VIF_MACVLAN_MAP, macvlan)
VIF__MASKS(VIF_VXLAN_MAP, vxlan)
VIF__MASKS(VIF_BOND_MAP, bond)
VIF__MASKS(VIF_ADDR_MAP, addr)
VIF__MASKS(VIF_NL_ROUTE_MAP, nl_route)
VIF__MASKS(VIF_NEIGH_MAP, neigh)
VIF__MASKS(VIF_QDISC_MAP, qdisc)
VIF__MASKS(VIF_DEVLINK_PORT_MAP, devlink_port)

/* Writes a field and its bit: VIF_SET(&link, VIF_LINK_MTU, mtu, 9000). Copy arrays and views, and
 * set their bits, by hand: memcpy(addr.local, ip, 4), addr.present |= VIF_ADDR_LOCAL. Start from a
 * struct of zeros. The macro evaluates the object twice. */
#define VIF_SET(object, bit, field, value) \
    ((void)((object)->present |= (uint32_t)(bit)), (void)((object)->field = (value)))

/* Read one message into a struct whose views borrow from it. False if the message has another type
 * or malformed attributes (E_PROTO); then do not use *out. */
VIF_API bool vif_link_parse(const vif_nl_msg *msg, vif_link *out);
VIF_API bool vif_addr_parse(const vif_nl_msg *msg, vif_addr *out);
VIF_API bool vif_nl_route_parse(const vif_nl_msg *msg, vif_nl_route *out);
VIF_API bool vif_neigh_parse(const vif_nl_msg *msg, vif_neigh *out);
VIF_API bool vif_qdisc_parse(const vif_nl_msg *msg, vif_qdisc *out);
/* Reads the options of a qdisc of kind "tbf". The kernel keeps a burst as a time in units of 64 ns,
 * so the burst is rounded up to what the rate gives in that time. Setting it again gives the same
 * time. False if the kind is another one, or the options are incomplete. */
VIF_API bool vif_tbf_parse(const vif_qdisc *qdisc, vif_tbf *out);
/* Read the kind_data of a link, or the slave_data of a port (in a dump of family VIF_AF_BRIDGE, its
 * protinfo). False if it is malformed. */
VIF_API bool vif_nl_bridge_parse(vif_nl_view kind_data, vif_nl_bridge *out);
VIF_API bool vif_bridge_port_parse(vif_nl_view slave_data, vif_bridge_port *out);
VIF_API bool vif_vlan_parse(vif_nl_view kind_data, vif_vlan *out);
VIF_API bool vif_tun_parse(vif_nl_view kind_data, vif_tun *out);
VIF_API bool vif_macvlan_parse(vif_nl_view kind_data, vif_macvlan *out);
VIF_API bool vif_vxlan_parse(vif_nl_view kind_data, vif_vxlan *out);
VIF_API bool vif_bond_parse(vif_nl_view kind_data, vif_bond *out);
/* Set a field and its bit. False, with nothing set, if the name is not allowed or does not fit. */
VIF_API bool vif_link_set_name(vif_link *link, const char *name);
/* The kind, as "bridge", that vif_nl_put_link is to create. The puts for one kind set their own. */
VIF_API bool vif_link_set_kind(vif_link *link, const char *kind);

/* Reads one setting of a link, VIF_INET_*; false if the message did not carry it. */
VIF_API bool vif_link_inet_conf(const vif_link *link, unsigned which, uint32_t *value);
/* The same for VIF_INET6_*. */
VIF_API bool vif_link_inet6_conf(const vif_link *link, unsigned which, uint32_t *value);
/* The same in two steps, for those who read many: the settings of one family, empty if the message
 * did not carry them, and one of them by its number (VIF_INET_* or VIF_INET6_*). */
VIF_API void vif_link_confs(const vif_link *link, bool ipv6, vif_nl_view *out);
VIF_API bool vif_conf_get(vif_nl_view confs, bool ipv6, size_t which, uint32_t *value);
/* Reads the link's token from vif_link.af_spec: 8 bytes of 0, then the last 8 bytes of every
 * address that the link makes from a router's prefix. False if it has none. */
VIF_API bool vif_link_token(vif_nl_view af_spec, uint8_t token[16]);

typedef struct vif_bridge_vlan {        /* the VLANs from first to last, with the same flags */
    uint16_t first, last, flags;        /* 1-4094; VIF_BRIDGE_VLAN_* */
} vif_bridge_vlan;
#ifndef VIF_NO_SWITCH
/* Reads the VLANs of a bridge's port from a dump of family VIF_AF_BRIDGE with VIF_EXT_BRVLAN or its
 * compressed form. Writes at most cap of them and returns how many there are. */
VIF_API size_t vif_link_bridge_vlans(const vif_link *link, vif_bridge_vlan *out, size_t cap);
/* Reads a message that answers vif_nl_put_bridge_vlan_dump. Returns the index of the link that it
 * is about, or 0 for another message. *vlans becomes a view of its VLANs, borrowed from the
 * message. A link with many VLANs has several messages. */
VIF_API int32_t vif_bridge_vlans_parse(const vif_nl_msg *msg, vif_nl_view *vlans);
/* Takes the next range of VLANs with the same flags from *vlans; false at the end. It skips
 * whatever else a later kernel may send there. */
VIF_API bool vif_bridge_vlan_next(vif_nl_view *vlans, vif_bridge_vlan *out);
#endif

/* Reads virtual function `number` of a link from a message with VIF_EXT_VF. *count (may be NULL)
 * becomes how many the link has. E_NO_INTERFACE: it has no such function. E_PROTO: the kernel cut
 * the list, whose length has 16 bits, enough for 334 functions without their counters. */
VIF_API VIF_MUST_CHECK vif_status vif_vf_parse(const vif_nl_msg *msg, uint32_t number, vif_vf *out,
                                               uint32_t *count, vif_error *err);

/* ---- Requests: each appends one message to the buffer ---- */

/* VIF_RTM_NEWLINK with VIF_NLM_F_CREATE | VIF_NLM_F_EXCL creates a link. Without these flags it
 * changes the link with link->index, or of that name. DELLINK and GETLINK send only index, name and
 * family. Without an index and a name everything but a creation is refused, because the kernel
 * would take a link group for the target. */
VIF_API void vif_nl_put_link(vif_buf *buf, uint16_t type, uint16_t flags, const vif_link *link);
/* The same, but the message stays open for more attributes until vif_nl_end. */
VIF_API size_t vif_nl_link_begin(vif_buf *buf, uint16_t type, uint16_t flags, const vif_link *link);
/* Sets or clears the flags that are in `change`: VIF_IFF_UP in both brings the link up. */
VIF_API void vif_nl_put_link_flags(vif_buf *buf, int32_t index, uint32_t flags, uint32_t change);
/* Deletes a link. A veth takes its peer along, a bridge leaves its ports behind. */
VIF_API void vif_nl_put_link_delete(vif_buf *buf, int32_t index);
/* Requests about all links of a group, which the kernel handles in one go: it waits for one RCU
 * grace period, however many links are deleted. A probe changes nothing. It is refused (EINVAL) if
 * the group has a link, and succeeds if it has none. Group 0 is refused: new links are in it. */
VIF_API void vif_nl_put_group_probe(vif_buf *buf, uint32_t group);
VIF_API void vif_nl_put_group_delete(vif_buf *buf, uint32_t group);
/* Asks for a link by index, or by name if index is 0. It adds VIF_EXT_SKIP_STATS to ext_mask. */
VIF_API void vif_nl_put_link_get(vif_buf *buf, int32_t index, const char *name, uint32_t ext_mask);
/* The same by an alternative name of at most 127 bytes. */
VIF_API void vif_nl_put_link_get_alt(vif_buf *buf, const char *altname, uint32_t ext_mask);

/* Links with the settings of their kind. With flags 0 the link is created and must not exist. To
 * change a link, give its index and VIF_NLM_F_REQUEST. link->kind and kind_data are ignored. */
VIF_API void vif_nl_put_bridge(vif_buf *buf, uint16_t flags, const vif_link *link,
                               const vif_nl_bridge *bridge);
/* link->link is the lower device, which may be in another namespace than the new link. */
VIF_API void vif_nl_put_vlan(vif_buf *buf, uint16_t flags, const vif_link *link,
                             const vif_vlan *vlan);
/* The kind is "macvlan" or "macvtap"; link->link is the lower device. */
VIF_API void vif_nl_put_macvlan(vif_buf *buf, uint16_t flags, const char *kind,
                                const vif_link *link, const vif_macvlan *macvlan);
/* The lower device is vxlan->link. Without a port the link gets 8472, not the 4789 of RFC 7348. */
VIF_API void vif_nl_put_vxlan(vif_buf *buf, uint16_t flags, const vif_link *link,
                              const vif_vxlan *vxlan);
/* To change a bond, put only what is to change: while it has ports the kernel refuses any mode,
 * even the one that it has. */
VIF_API void vif_nl_put_bond(vif_buf *buf, uint16_t flags, const vif_link *link,
                             const vif_bond *bond);
/* Creates both ends in one request, each with its own name, MAC, MTU and namespace. The request
 * must not bring the peer up (ENOTCONN, and nothing is created: measured). */
VIF_API void vif_nl_put_veth(vif_buf *buf, uint16_t flags, const vif_link *link,
                             const vif_link *peer);
/* The same for netkit (Linux 6.7) in mode L2, whose ends have MACs and may be ports of bridges. The
 * kernel's default, L3, refuses both (measured). `link` is the primary end, from whose namespace
 * BPF programs can be attached to both ends. */
VIF_API void vif_nl_put_netkit(vif_buf *buf, uint16_t flags, const vif_link *link,
                               const vif_link *peer);
/* What an external switch is told of a guest's virtual station interface (VSI), so that it can give
 * the guest's port a profile. In 802.1Qbg the daemon lldpad tells the switch by VDP, the VSI
 * discovery protocol. Such a request has the device's name and goes to lldpad's netlink port
 * (vif_nl_desc.peer). In 802.1Qbh the kernel has the device's driver do it; the name is NULL.
 * Format of both: linux/if_link.h, IFLA_VF_PORTS and IFLA_PORT_SELF. */
typedef struct vif_nl_port {
    int32_t index;                      /* of the physical device */
    int32_t vf;                         /* its virtual function; -1: the device itself */
    const char *name;                   /* of the device: to lldpad; NULL: to the kernel */
    uint16_t vlan;                      /* of the guest's frames, for lldpad; 0: none */
    bool has_mac, has_host;
    uint8_t mac[6];                     /* the guest's */
    uint8_t manager, version;           /* 802.1Qbg: who defined the VSI type; its version */
    uint32_t type;                      /* 802.1Qbg: the VSI type, 24 bits */
    uint8_t instance[16], host[16];     /* UUIDs of the VSI and of the machine */
    const char *profile;                /* 802.1Qbh: at most 39 bytes; or NULL */
} vif_nl_port;
enum { VIF_PORT_PREASSOCIATE, VIF_PORT_PREASSOCIATE_RR, VIF_PORT_ASSOCIATE, VIF_PORT_DISASSOCIATE };
/* request is a VIF_PORT_*. Ask for the device's link to learn what became of it. */
VIF_API void vif_nl_put_port(vif_buf *buf, const vif_nl_port *port, uint8_t request);
/* What such an answer (the kernel's RTM_NEWLINK, lldpad's NLMSG_DONE) says of the port: one of
 * these, or the code of a refusal, PORT_VDP_RESPONSE_* or PORT_PROFILE_RESPONSE_*. */
enum { VIF_PORT_ABSENT = -2, VIF_PORT_UNDER_WAY = -1, VIF_PORT_DONE = 0 };
VIF_API int vif_nl_port_response(const vif_nl_msg *msg, const vif_nl_port *port);
/* Changes the settings of a bridge's port. The kernel refuses it for any other link. */
VIF_API void vif_nl_put_bridge_port(vif_buf *buf, int32_t index, const vif_bridge_port *port);

/* Sets what is present of virtual function vf->number of the link. The kernel goes through it in
 * the order MAC, VLAN, rates, spoof check, link state, trust. When it refuses one, it keeps what it
 * did before. */
VIF_API void vif_nl_put_vf(vif_buf *buf, int32_t index, const vif_vf *vf);

/* For a socket of VIF_NETLINK_GENERIC, whose families get new numbers at each boot. _family_get
 * asks for the number of a family, as "devlink"; vif_nl_family reads it, or returns 0 for another
 * message. _devlink_ports asks for all ports, and vif_devlink_port_parse reads one. */
VIF_API void vif_nl_put_family_get(vif_buf *buf, const char *name);
VIF_API uint16_t vif_nl_family(const vif_nl_msg *msg);
VIF_API void vif_nl_put_devlink_ports(vif_buf *buf, uint16_t family);
VIF_API bool vif_devlink_port_parse(const vif_nl_msg *msg, vif_devlink_port *out);

/* The VLANs that a port is to get or to lose. */
typedef struct vif_bridge_vlans {
    const vif_bridge_vlan *items;       /* ranges, in any order */
    size_t count;                       /* 0: nothing changes */
    bool self;                          /* true: those of the bridge itself, not of a port */
} vif_bridge_vlans;
/* type VIF_RTM_SETLINK adds the VLANs, VIF_RTM_DELLINK removes them. */
VIF_API void vif_nl_put_bridge_vlans(vif_buf *buf, uint16_t type, int32_t index,
                                     const vif_bridge_vlans *vlans);

/* One IPv4 setting of a link, as in /proc/sys/net/ipv4/conf/NAME. */
typedef struct vif_inet_conf {
    uint16_t which;                     /* VIF_INET_* */
    uint32_t value;                     /* most are 0 or 1 */
} vif_inet_conf;
/* Change settings of one link. The kernel takes all of IPv4's over netlink, but only two of IPv6's:
 * how the link makes its link-local address (0: from its MAC, 1: none), and its token (see
 * vif_link_token; zeros: none), if it listens to routers. The others are files of
 * /proc/sys/net/ipv6/conf. */
VIF_API void vif_nl_put_addr_gen_mode(vif_buf *buf, int32_t index, uint8_t mode);
VIF_API void vif_nl_put_token(vif_buf *buf, int32_t index, const uint8_t token[16]);
VIF_API void vif_nl_put_inet_conf(vif_buf *buf, int32_t index, const vif_inet_conf *set,
                                  size_t count);
/* Puts the same as an attribute of a message that vif_nl_link_begin has opened, or none if count is
 * 0. The kernel sets these after everything else in the message. */
VIF_API void vif_put_inet_conf(vif_buf *buf, const vif_inet_conf *set, size_t count);

/* type is NEW or DEL. With flags CREATE | EXCL the kernel refuses a NEW of what is there
 * already (EEXIST); with CREATE | REPLACE it changes that. Set the family, which gives
 * the address length. */
VIF_API void vif_nl_put_addr(vif_buf *buf, uint16_t type, uint16_t flags, const vif_addr *addr);
/* See vif_nl_route for what may be left out, and vif_nl_put_addr for flags. EEXIST means that there
 * is a route, perhaps another one, with this destination, table, tos and metric. */
VIF_API void vif_nl_put_route(vif_buf *buf, uint16_t type, uint16_t flags,
                              const vif_nl_route *route);
/* A neighbour, a proxy entry, or with family VIF_AF_BRIDGE an entry of a forwarding table. */
VIF_API void vif_nl_put_neigh(vif_buf *buf, uint16_t type, uint16_t flags, const vif_neigh *neigh);
/* It adds ECHO to a GETQDISC, because the kernel answers none without it. */
VIF_API void vif_nl_put_qdisc(vif_buf *buf, uint16_t type, uint16_t flags, const vif_qdisc *qdisc);
/* A token bucket with the index, handle and parent of `at`. With flags CREATE | EXCL it replaces
 * only what the kernel put there by itself, whose handle is 0 (else EEXIST). With REPLACE it only
 * changes the one with that handle, and no frame is lost (else ENOENT). */
VIF_API void vif_nl_put_tbf(vif_buf *buf, uint16_t flags, const vif_qdisc *at, const vif_tbf *tbf);

/* Dumps, filtered by the kernel (strict checking). An argument of 0 or NULL filters nothing. */
/* Links by master (an index) and kind. With family VIF_AF_BRIDGE: ports, with their VLANs. */
VIF_API void vif_nl_put_link_dump(vif_buf *buf, uint8_t family, uint32_t master, const char *kind,
                                  uint32_t ext_mask);
#ifndef VIF_NO_SWITCH
/* The VLANs of one link, a bridge or a bridge's port, as RTM_NEWVLAN messages with ranges (Linux
 * 5.6). It costs the work for this one link, while a link dump of VIF_AF_BRIDGE visits every link.
 * E_UNSUPPORTED: the kernel is older, or its bridges can't filter VLANs. E_KERNEL with EINVAL: the
 * link is neither. E_NO_INTERFACE: there is no such link. */
VIF_API void vif_nl_put_bridge_vlan_dump(vif_buf *buf, int32_t index);
#endif
/* All addresses of a family, or those of a link. Without strict checking (before Linux 4.20) the
 * kernel sends those of all links, so compare vif_addr.index as well. */
VIF_API void vif_nl_put_addr_dump(vif_buf *buf, uint8_t family, int32_t index);
/* The routes of a family by link and table. The family must be given, as each has its own dump. A
 * route over several links is listed for each of them. */
VIF_API void vif_nl_put_route_dump(vif_buf *buf, uint8_t family, uint32_t oif, uint32_t table);
/* The nexthop objects of a link, or all (0); or the groups of such objects, which have no link.
 * parse returns the object's number, or 0, with *group borrowed from the message: its members, each
 * 8 bytes that begin with a number; without data if it is no group. */
VIF_API void vif_nl_put_nexthop_dump(vif_buf *buf, uint32_t oif, bool groups);
VIF_API uint32_t vif_nl_nexthop_parse(const vif_nl_msg *msg, vif_nl_view *group);
/* With family VIF_AF_BRIDGE, master is the bridge and index a port. proxy: only proxy entries. */
VIF_API void vif_nl_put_neigh_dump(vif_buf *buf, uint8_t family, int32_t index, uint32_t master,
                                   bool proxy);
/* The route that the host itself would take to an address. E_KERNEL with the route's own errno
 * (ENETUNREACH, ...) if it has none. */
VIF_API void vif_nl_put_route_get(vif_buf *buf, uint8_t family, const uint8_t address[16]);
/* Sets how long, in ms, the link waits before it answers ARP or NDP for others. To read it, use the
 * file /proc/sys/net/ipv4 (or ipv6)/neigh/NAME/proxy_delay. */
VIF_API void vif_nl_put_proxy_delay(vif_buf *buf, uint8_t family, int32_t index, uint64_t ms);
/* Timers of neighbours, which are in /proc/sys/net/ipv4 (or ipv6)/neigh/NAME: dumps those of all
 * links; reads a message of that dump and returns the index of the link that it is about, or 0,
 * with *timers borrowed from the message; gives a link those of `like` that differ in `is`, and
 * appends nothing if none does. */
VIF_API void vif_nl_put_timers_dump(vif_buf *buf);
VIF_API int32_t vif_nl_timers_parse(const vif_nl_msg *msg, uint8_t *family, vif_nl_view *timers);
VIF_API void vif_nl_put_timers(vif_buf *buf, uint8_t family, int32_t index, vif_nl_view like,
                               vif_nl_view is);

/* A move from one link to another, and what a dump can't say about the result. */
typedef struct vif_nl_move {
    int32_t from, to;                   /* indices of links */
    const char *label;                  /* of an IPv4 address; NULL: none */
    const uint32_t *lifetime;           /* of an address, s: preferred, valid; NULL: for ever */
    uint32_t flags;                     /* VIF_IFA_* that an address gets beside its own */
    uint32_t expires_s;                 /* lifetime of a route; 0: for ever */
    uint8_t protocol;                   /* of a route; 0: as it is */
} vif_nl_move;
/* Makes a route, address, neighbour or nexthop object, as a dump returned it, into a request for
 * another device. type is NEW* or DEL*; with from = to and DEL* the request removes it. All
 * attributes are kept but two kinds: those that name the old device (also in the hops of a
 * multipath route), and the state that the kernel keeps (label, flags, lifetimes, cache), which is
 * as the move says. A route by a nexthop object names only that, and a group of such objects only
 * its members, so their requests are the same for any device. False, with nothing appended, if the
 * object belongs to another device (which a group does not say, and such a route not always), is
 * cached or is malformed. */
VIF_API bool vif_nl_put_moved(vif_buf *buf, uint16_t type, uint16_t flags, const vif_nl_msg *msg,
                              const vif_nl_move *move);
/* Puts the nth hop (from 0) of a multipath route as a route of its own. IPv6 keeps each hop as a
 * route, but shows them as one. False, with nothing appended, if it has no such hop. */
VIF_API bool vif_nl_put_route_hop(vif_buf *buf, const vif_nl_msg *from, size_t nth);

/* ---- POSIX shell ---- */

typedef struct vif_nl_desc {            /* all zero is the default; only the buffer must be set */
    vif_fd fd;                          /* a bound netlink socket to use; stays the caller's */
    int protocol;                       /* VIF_NETLINK_*; 0 is VIF_NETLINK_ROUTE */
    uint32_t groups;                    /* 0: for requests; VIF_GROUP_*: for vif_nl_monitor_next */
    void *buffer;                       /* for receiving; the caller's, as long as the socket */
    size_t buffer_cap;                  /* >= 8192; 32768 recommended */
    int timeout_ms;                     /* of one exchange; 0: 5000; < 0: see vif_nl_next */
    uint32_t peer;                      /* port of a process to talk to; 0: the kernel */
    uint32_t seed;                      /* makes sequence numbers hard to guess; 0 is allowed */
    int64_t (*now_ms)(void *user);      /* monotonic clock; NULL: see vif_nl_next */
    void *user;                         /* for now_ms */
} vif_nl_desc;

/* A socket and the exchange on it. The struct may be moved while no exchange is under way. */
typedef struct vif_nl {
    struct {                            /* private; first, as small offsets make small code */
        int fd;                         /* -1: closed */
        uint32_t port, next_seq;        /* what answers must carry */
        size_t hold;                    /* bytes at the start of the buffer that views point at */
        int64_t deadline;               /* of the exchange, by now_ms */
        vif_nl_desc desc;               /* a copy; the buffer is the caller's */
    } priv;
    vif_nl_exchange exchange;           /* .error: the first failure of the last exchange */
    struct {                            /* totals; each datagram sent is one round trip */
        uint32_t requests, datagrams_sent, datagrams_received;
        uint32_t largest;               /* bytes of the largest datagram offered, cut or not */
        uint64_t bytes_sent, bytes_received;
    } count;
} vif_nl;

/* ---- Frames that announce an address ---- */

enum { VIF_ANNOUNCEMENT_SIZE = 86 };    /* bytes of the longest frame */
/* Makes the Ethernet frame that tells everybody on a link that the address now has this MAC.
 * For IPv4 (ip_len 4) it is an ARP announcement (RFC 5227 3), for IPv6 (16) an unsolicited
 * neighbour advertisement with the override flag (RFC 4861 7.2.6). router: the address belongs
 * to an IPv6 router, which the advertisement has to repeat. Returns the length, 42 or 86, or 0
 * for another ip_len. */
VIF_API size_t vif_announcement(const uint8_t mac[6], const uint8_t *ip, size_t ip_len,
                                bool router, uint8_t frame[VIF_ANNOUNCEMENT_SIZE]);

/* A tap to be made: an Ethernet device whose other end is a file descriptor. */
typedef struct vif_tap_desc {
    const char *name;                   /* must pass vif_ifname_check */
    bool persistent;                    /* stays when the fd is closed */
    bool multi_queue, vnet_hdr;         /* IFF_MULTI_QUEUE, IFF_VNET_HDR */
    vif_u32 uid, gid;                   /* who may attach; unset: anybody with CAP_NET_ADMIN */
    const char *dev_path;               /* NULL = /dev/net/tun */
} vif_tap_desc;

/* A file in a directory that somebody else controls, as in a container: see vif_file_find. */
typedef struct vif_file {
    bool exists, in_place;              /* in_place: see vif_file_replace */
    size_t size;                        /* bytes; 0 if the file does not exist */
    struct {                            /* private */
        int dir, fd;                    /* its directory; the file, open for reading, or -1 */
        const char *name;               /* in that directory */
        uint32_t mode, uid, gid;
        uint64_t device, inode;
    } priv;
} vif_file;

#ifndef VIF_NO_POSIX
/* A desc of zeros, for C++, which has no (vif_nl_desc){0}. */
VIF_API vif_nl_desc vif_nl_desc_default(void);
/* The desc with which nl was opened, but without an fd to adopt: for a second socket beside it. */
VIF_API vif_nl_desc vif_nl_desc_like(const vif_nl *nl);
/* The socket, for poll; -1 if it is closed. */
VIF_API int vif_nl_fd(const vif_nl *nl);
/* Opens (CLOEXEC) and binds a socket in the calling thread's namespace, or adopts one. It asks for
 * extended and short answers and strict checks, as far as the kernel knows them. After a failure
 * nothing stays open, and vif_nl_close may still be called. */
VIF_API VIF_MUST_CHECK vif_status vif_nl_open(vif_nl *nl, const vif_nl_desc *desc, vif_error *err);
/* The same in the network namespace behind netns_fd. The calling thread enters it with setns(2),
 * opens the socket and comes back, which needs CAP_SYS_ADMIN and /proc. If it can't come back, the
 * status is E_UNKNOWN, err->where is "setns" and nothing stays open. The thread is then in the
 * other namespace and should end. Other threads are never moved. */
VIF_API VIF_MUST_CHECK vif_status vif_nl_open_in(vif_nl *nl, const vif_nl_desc *desc, int netns_fd,
                                                 vif_error *err);
/* The number that the socket's namespace has for another one, as in vif_link.link_netnsid; -1 if it
 * has none. */
VIF_API VIF_MUST_CHECK vif_status vif_nl_nsid_get(vif_nl *nl, int netns_fd, int32_t *nsid,
                                                  vif_error *err);
/* Never closes an adopted socket. A second call does nothing. */
VIF_API void vif_nl_close(vif_nl *nl);
/* Opens a socket (CLOEXEC, the caller's to close) that sends whole frames and receives none. It is
 * in the namespace behind `netns`, entered as by vif_nl_open_in, or (unset) in the thread's own.
 * Needs CAP_NET_RAW. */
VIF_API VIF_MUST_CHECK vif_status vif_packet_open(vif_fd netns, int *fd, vif_error *err);
/* Sends a frame of at least 14 bytes, which is only read, by the link with that index. E_SYSTEM
 * with ENETDOWN if the link is down, with ENXIO if there is none. */
VIF_API VIF_MUST_CHECK vif_status vif_packet_send(int fd, int32_t index, uint8_t *frame, size_t len,
                                                  vif_error *err);

/* Sends the buffer as one datagram. Then call vif_nl_next until VIF_NL_DONE. */
VIF_API VIF_MUST_CHECK vif_status vif_nl_send(vif_nl *nl, vif_buf *requests, vif_error *err);
/* Reads as needed and returns the next event, as vif_nl_step: MESSAGE (borrowed until the next
 * call), ANSWER or DONE, with which it fills *err (may be NULL). It blocks until desc.timeout_ms
 * after the send, or, without a clock, after the last datagram or signal. With a timeout below 0 it
 * never blocks, but returns WANT_READ. */
VIF_API vif_nl_event vif_nl_next(vif_nl *nl, vif_nl_msg *msg, vif_error *err);
/* The next event of a socket with desc.groups. It is MESSAGE (borrowed until the next call),
 * RESYNC, WANT_READ if there is nothing now (it never blocks: poll vif_nl_fd), or DONE if the
 * socket can't be used any more (*err, which may be NULL, says why). */
VIF_API vif_nl_event vif_nl_monitor_next(vif_nl *nl, vif_nl_monitor *monitor, vif_nl_msg *msg,
                                         vif_error *err);
/* Sends, reads to the end and returns the first failure. */
VIF_API VIF_MUST_CHECK vif_status vif_nl_request(vif_nl *nl, vif_buf *requests, vif_error *err);
/* The same, with each[i] as the status of the i-th message. It is E_UNKNOWN if the message was not
 * answered, but OK if it asked for no answer and the exchange ended well. */
VIF_API VIF_MUST_CHECK vif_status vif_nl_request_each(vif_nl *nl, vif_buf *requests,
                                                      vif_status *each, size_t count,
                                                      vif_error *err);

/* Asks for a link by index, or by name if index is 0. Views in *out last until the next call on
 * that socket. */
VIF_API VIF_MUST_CHECK vif_status vif_nl_link_get(vif_nl *nl, int32_t index, const char *name,
                                                  vif_link *out, vif_error *err);
/* Asks for a virtual function of the link with that index. On E_TOO_BIG give nl a larger buffer:
 * 4 KB more than the reply, which has 1.5 KB and 200 bytes for each function. count.largest is
 * the size of the reply. */
VIF_API VIF_MUST_CHECK vif_status vif_nl_vf_get(vif_nl *nl, int32_t index, uint32_t number,
                                                vif_vf *out, vif_error *err);
/* Finds the port that agrees with what is present of *port, and fills in the rest. nl is a socket
 * of VIF_NETLINK_GENERIC. E_NO_INTERFACE: there is no such port, or the kernel has no devlink.
 * E_PROTO: there are several, and the port stays unknown. */
VIF_API VIF_MUST_CHECK vif_status vif_nl_devlink_port(vif_nl *nl, vif_devlink_port *port,
                                                      vif_error *err);
/* Makes the socket receive into another buffer of *cap bytes from now on, which must live
 * as long as it. Returns the previous buffer, and its size in *cap. Views of earlier
 * messages become invalid. */
VIF_API void *vif_nl_buffer(vif_nl *nl, void *buffer, size_t *cap);
/* Sends one creation, made with vif_nl_put_veth or its like, and adds CREATE, EXCL and ECHO to it.
 * *created (may be NULL) becomes the link as the kernel made it, from the echo in the same round
 * trip, or else from a look-up by name. Its index is 0 if the link was created in another namespace
 * or could not be looked up. E_KERNEL with EEXIST if a name is taken. */
VIF_API VIF_MUST_CHECK vif_status vif_nl_link_new(vif_nl *nl, vif_buf *request, vif_link *created,
                                                  vif_error *err);
/* Changes what is present in *link of the link with that index (or, without one, of that name).
 * There is room for 350 bytes of attributes. */
VIF_API VIF_MUST_CHECK vif_status vif_nl_link_set(vif_nl *nl, const vif_link *link, vif_error *err);
/* E_NO_INTERFACE if it is gone already. */
VIF_API VIF_MUST_CHECK vif_status vif_nl_link_delete(vif_nl *nl, int32_t index, vif_error *err);
/* The index of the link of that name (at most 15 bytes), by the cheapest call, which returns
 * nothing else (SIOCGIFINDEX). 0 if there is no such link, or the call is not allowed. */
VIF_API int32_t vif_nl_link_index(const vif_nl *nl, const char *name);
/* Deletes all these links in one go, by way of a link group that has no other link. E_EXISTS: that
 * group was taken, and nothing was changed. After another refusal one of the links is gone or can't
 * be deleted, and all the others are still there, some in that group: delete them one by one. buf
 * is scratch, 48 bytes for each link of up to 64 at once. */
VIF_API VIF_MUST_CHECK vif_status vif_nl_links_delete(vif_nl *nl, vif_buf *buf,
                                                      const int32_t *indices, size_t count,
                                                      vif_error *err);

/* Makes the tap of that fd stay when the fd is closed. Until then it dies with the process, so it
 * can be set up first. */
VIF_API VIF_MUST_CHECK vif_status vif_tap_keep(int fd, vif_error *err);
/* The name that the tap of that fd has now. */
VIF_API VIF_MUST_CHECK vif_status vif_tap_name(int fd, char name[16], vif_error *err);
/* Whether the file is the character device with that number, "major:minor" as in sysfs. */
VIF_API bool vif_dev_is(const char *path, const char *number);
/* Opens a queue of a macvtap by its node, desc->dev_path, if that node has the number. Of the desc
 * only dev_path, multi_queue and vnet_hdr count. All namespaces share /dev, so a node may belong to
 * another namespace's macvtap. Then, or without a node, the status is E_NO_INTERFACE. *fd is
 * CLOEXEC and the caller's to close. */
VIF_API VIF_MUST_CHECK vif_status vif_macvtap_open(const vif_tap_desc *desc, const char *number,
                                                   int *fd, vif_error *err);
/* Creates a tap, which netlink can't. If an interface has the name already, the call fails with
 * E_KERNEL and EBUSY (TUNSETIFF alone would attach to it). *fd becomes the first queue, CLOEXEC,
 * the caller's to close; if fd is NULL the queue is closed, and the tap must be persistent. A
 * failure closes the fd, and the tap with it. name_out (may be NULL) gets the name. err->where is
 * the step that failed. */
VIF_API VIF_MUST_CHECK vif_status vif_tap_create(const vif_tap_desc *desc, int *fd,
                                                 char name_out[16], vif_error *err);

/* ---- Small files of /proc/sys and /sys ---- */

/* How all of these fail: closes the fd (or -1), and says E_SYSTEM with errno, call and path. */
VIF_API vif_status vif_file_fail(vif_error *err, int fd, const char *call, const char *path);

/* Reads the whole file as text and adds a NUL, in any case. E_SYSTEM has the errno, the call that
 * failed in err->where and the path in err->text. E_SPACE: the file does not fit. */
VIF_API VIF_MUST_CHECK vif_status vif_file_read(const char *path, char *text, size_t cap,
                                                vif_error *err);
/* The two halves of vif_file_write, to check something in between. put always closes the fd. */
VIF_API VIF_MUST_CHECK vif_status vif_file_open(const char *path, int *fd, vif_error *err);
VIF_API VIF_MUST_CHECK vif_status vif_file_put(int fd, const char *path, const char *text,
                                               vif_error *err);
/* Writes the text in one go, as these files require. The file must exist. */
VIF_API VIF_MUST_CHECK vif_status vif_file_write(const char *path, const char *text,
                                                 vif_error *err);
/* Calls `each` for every name in a directory that does not begin with a dot,
 * until it returns false. */
VIF_API vif_status vif_dir_each(const char *path, bool (*each)(void *user, const char *name),
                                void *user, vif_error *err);

/* ---- A file in a directory that somebody else controls, as in a container ---- */

/* Opens the file of that path below root. After VIF_OK close it by vif_file_close, and keep `path`
 * until then. root may be a symbolic link or lead over some. Below it no component may be a
 * symbolic link or "..", so whoever controls the directory can't lead the call anywhere else. It is
 * no error if the file is missing, but it is one if a directory is. E_SYSTEM names the path:
 * ENOTDIR or ELOOP: a symbolic link; EINVAL: no regular file, or ".." or a bad name. */
VIF_API VIF_MUST_CHECK vif_status vif_file_find(vif_file *f, const char *root, const char *path,
                                                vif_error *err);
/* Reads f->size bytes, without a NUL. f->size becomes smaller if the file was cut meanwhile. */
VIF_API VIF_MUST_CHECK vif_status vif_file_text(vif_file *f, char *text, vif_error *err);
/* Gives the file these bytes and keeps its mode and owner. (A new file gets 0644 and the
 * directory's owner.) A new file with all of the bytes takes the old one's place. Where that is
 * impossible (the file is a mount point, the directory can't be written, the owner can't be set) it
 * overwrites the old one in one go and sets f->in_place. text must have room for f->size bytes;
 * what is behind len is overwritten. */
VIF_API VIF_MUST_CHECK vif_status vif_file_replace(vif_file *f, char *text, size_t len,
                                                   vif_error *err);
/* Removes the temporary file that a killed vif_file_replace left, and with `all` the file itself.
 * It is no error if they are gone. */
VIF_API VIF_MUST_CHECK vif_status vif_file_remove(vif_file *f, bool all, vif_error *err);
/* Closes what vif_file_find opened. Call it once, and not after vif_file_find failed. */
VIF_API void vif_file_close(vif_file *f);
#endif

/* ---- Rules of a bridge or link, in nftables ---- */

enum {                                  /* vif_nft_rules.flags; the first three are for FORWARD */
    VIF_NFT_GATEWAY = 1,                /* forward to and from the names, else nothing */
    VIF_NFT_IPV6 = 2,                   /* IPv6 as well as IPv4 */
    VIF_NFT_REJECT = 4,                 /* reject the rest instead of dropping it */
    VIF_NFT_ONLY_MAC = 8,               /* PORT_FROM and PORT_TO: only from, or to, `mac` */
    VIF_NFT_NONE = 16                   /* SPOOF: no rules are wanted, and no chain */
};

/* What the rules are for, and the name of their chain. VIF_NO_NETWORKS leaves
 * out all but the first. */
typedef enum vif_nft_use {
    VIF_NFT_FORWARD,                    /* chain "br0": between which links and the bridge packets
                                         * are forwarded */
    VIF_NFT_MASQUERADE,                 /* chain "nat-br0": what `address` and its net send out of
                                         * another link than the bridge gets this host's address */
    VIF_NFT_PORTS,                      /* chain "to-tap0": connections from outside to ports of
                                         * this host are led to `address` */
    VIF_NFT_PORTS_HERE,                 /* chain "here-tap0": the same for connections that this
                                         * host makes to itself */
    VIF_NFT_SPOOF,                      /* chain "only-tap0" of the device: drops what comes in by
                                         * the link from another sender than `mac` and
                                         * `senders` */
    VIF_NFT_PORT_FROM,                  /* chain "from-tap0" of the device: drops what comes in by
                                         * the link from another MAC than `mac` (ONLY_MAC) or beyond
                                         * `rate`. VIF_NO_SWITCH leaves out this and the next */
    VIF_NFT_PORT_TO,                    /* chain "into-tap0" of the device (Linux 5.16): drops what
                                         * goes out by the link to a single MAC that is not `mac` */
    VIF_NFT_LINK,                       /* for test and remove: all chains of a device, which are
                                         * the three above. right: there is none */
    VIF_NFT_USES
} vif_nft_use;

/* A port of the host, and the port of the guest that it leads to. */
typedef struct vif_nft_port {
    uint16_t host, guest;
    bool udp;                           /* else TCP */
} vif_nft_port;

/* An address: IPv4 has 4 bytes, IPv6 16. */
typedef struct vif_nft_address {
    uint8_t bytes[16], len;
} vif_nft_address;

/* The wanted rules: one chain of table "vif". SPOOF (with NONE), PORT_FROM and PORT_TO may ask for
 * no rules, and then they want no chain. */
typedef struct vif_nft_rules {
    const char *bridge;                 /* name of the bridge or link; part of the chain's name */
    const char *forward;                /* "all" (also NULL), or names separated by commas */
    unsigned flags;                     /* VIF_NFT_* */
    vif_nft_use use;                    /* zero: FORWARD */
    vif_nft_address address;            /* for MASQUERADE, PORTS and PORTS_HERE; its family is that
                                         * of the chain, and IPv4 if it is empty */
    uint8_t prefix;                     /* bits of the net, for MASQUERADE */
    uint8_t mac[6];                     /* for SPOOF, PORT_FROM and PORT_TO */
    uint32_t burst;                     /* bytes at once, beyond those of one second at `rate` */
    uint64_t rate;                      /* for PORT_FROM, bytes per second; 0: no limit. rate plus
                                         * burst is at most 2^64 / 10^9 */
    vif_nft_address *senders;           /* for SPOOF; with none of them any address may send */
    size_t sender_count;
    const vif_nft_port *ports;          /* for PORTS and PORTS_HERE */
    size_t port_count;
    const char *tag;                    /* the chain's comment, at most 252 bytes; NULL: any */
} vif_nft_rules;

/* What the host has. right: these rules and no others are in force, in this family only. */
typedef struct vif_nft_found {
    bool table, chain;                  /* whether they exist in the wanted family */
    bool right;                         /* nothing is missing, and nothing has to go */
    bool others;                        /* the chain has another comment than `tag` */
} vif_nft_found;

#ifndef VIF_NO_POSIX
/* Compares and changes nothing. nf is a socket of VIF_NETLINK_NETFILTER, and buf is scratch.
 * E_UNSUPPORTED: the kernel has no nftables, or the program was built with VIF_NO_NFT.
 * E_INVAL: a name is not allowed; err->where has it.
 * Round trips: 1, and one more each time that the rules change while they are read. */
VIF_API VIF_MUST_CHECK vif_status vif_nft_test(vif_nl *nf, vif_buf *buf, const vif_nft_rules *rules,
                                               vif_nft_found *found, vif_error *err);
/* Makes the rules. Round trips: 2, and more only if somebody else changes the same. E_SPACE: the
 * batch is larger than buf, and nothing was changed. It takes 212 bytes and the tag, 216 for each
 * rule, and 92 more for a rule with two names, so 2048 bytes are enough for one name. */
VIF_API VIF_MUST_CHECK vif_status vif_nft_apply(vif_nl *nf, vif_buf *buf,
                                                const vif_nft_rules *rules, vif_error *err);
/* Removes the chain, unless it has another comment than `tag`. With with_table, or for LINK, it
 * also removes a table in which nothing is left. Round trips: 2, or 1 if nothing is there; for LINK
 * 2 for each chain, or 1 if there is no table. Of the rules only the bridge, the use, the tag and
 * the family count. */
VIF_API VIF_MUST_CHECK vif_status vif_nft_remove(vif_nl *nf, vif_buf *buf,
                                                 const vif_nft_rules *rules, bool with_table,
                                                 vif_error *err);
/* Calls `each` for every chain with a comment in the tables "vif". ipv6: the chain is in the table
 * of family ip6. E_INTERRUPTED: the rules changed meanwhile, and some may have been missed. buf is
 * scratch of at least 64 bytes. VIF_NO_NETWORKS leaves out this and the next. */
VIF_API VIF_MUST_CHECK vif_status vif_nft_each(vif_nl *nf, vif_buf *buf,
                                               void (*each)(void *user, const char *chain,
                                                            const char *tag, bool ipv6),
                                               void *user, vif_error *err);
/* Tells by a chain's name what it is for, and the bridge or link that it is about. VIF_NFT_USES: it
 * is none of vif's, or has the forwarding rules of a bridge. */
VIF_API vif_nft_use vif_nft_chain_of(const char *chain, const char **link);
#endif

#if defined(__cplusplus) && !defined(VIF_STATIC)
}
#endif
#endif

#if defined(VIF_IMPLEMENTATION) && !defined(VIF_NETLINK_IMPLEMENTATION_DONE)
#define VIF_NETLINK_IMPLEMENTATION_DONE
#if defined(VIF_NO_NETWORKS) && !defined(VIF_NO_SWITCH)
#define VIF_NO_SWITCH
#endif
#include <errno.h>

/* >>bytes
 *
 * Netlink uses the host's byte order, but messages lie wherever the kernel or a caller put them. So
 * every load and store is a memcpy, which assumes no alignment, breaks no aliasing rule, and is
 * compiled to one instruction. Lengths are padded to four bytes (NLMSG_ALIGN, NLA_ALIGN). The
 * numbers of the generic layer come from linux/netlink.h. */

enum { VIF__NLMSG_HEAD = 16, VIF__NLMSG_ERROR = 2, VIF__NLMSG_DONE = 3, VIF__NLMSG_FIRST = 16,
       VIF__NLA_NESTED = 0x8000, VIF__NLA_TYPE = 0x3fff, VIF__NLA_MAX = 65531 };

static size_t vif__nl_align(size_t len)
{
    return (len + 3) & ~(size_t)3;
}

static uint16_t vif__nl_u16(const unsigned char *p)
{
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static uint32_t vif__nl_u32(const unsigned char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static void vif__nl_set16(unsigned char *p, uint16_t v)
{
    memcpy(p, &v, sizeof v);
}

static void vif__nl_set32(unsigned char *p, uint32_t v)
{
    memcpy(p, &v, sizeof v);
}

/* C++ has no compound literals. */
static vif_nl_view vif__nl_view(const unsigned char *data, size_t len)
{
    vif_nl_view v;
    v.data = data;
    v.len = len;
    return v;
}

/* >>builder
 *
 * Values come in, and messages grow in the caller's memory. A put that fails marks the buffer
 * instead of returning a status, so callers write a whole message and test once. Sending a marked
 * buffer is refused. Appended bytes are zeroed first, so padding never carries what was in that
 * memory before. A message or nest is opened with length 0 or that of its header, and gets its true
 * length when it is closed. */

/* It leaves the memory as it is, because only appended bytes are ever sent. */
VIF_API void vif_buf_init(vif_buf *buf, void *mem, size_t cap)
{
    memset(buf, 0, sizeof *buf);
    buf->data = (unsigned char *)mem;
    buf->cap = cap;
}

/* A broken rule is reported before a lack of room, which may be its consequence. */
VIF_API vif_status vif_buf_status(const vif_buf *buf, vif_error *err)
{
    if (buf->invalid) {
        return vif__fail(err, VIF_E_INVAL, buf->invalid);
    }
    if (buf->overflow) {
        return vif__fail(err, VIF_E_SPACE, "request too large");
    }
    return VIF_OK;
}

/* Appends len zeroed bytes (a multiple of 4); NULL if they don't fit. */
static unsigned char *vif__nl_grow(vif_buf *buf, size_t len)
{
    unsigned char *at = buf->data + buf->len;
    if (buf->overflow || buf->invalid || len > buf->cap - buf->len) {
        buf->overflow = !buf->invalid;
        return NULL;
    }
    memset(at, 0, len);
    buf->len += len;
    return at;
}

VIF_API void vif_put_attr(vif_buf *buf, uint16_t type, const void *data, size_t len)
{
    unsigned char *at;
    if (len > VIF__NLA_MAX) {
        buf->overflow = true;
        return;
    }
    at = vif__nl_grow(buf, vif__nl_align(4 + len));
    if (at) {
        vif__nl_set16(at, (uint16_t)(4 + len));
        vif__nl_set16(at + 2, type);
        if (len > 0) {
            memcpy(at + 4, data, len);
        }
    }
}

VIF_API void vif_put_u8(vif_buf *buf, uint16_t type, uint8_t value)
{
    vif_put_attr(buf, type, &value, sizeof value);
}

VIF_API void vif_put_u16(vif_buf *buf, uint16_t type, uint16_t value)
{
    vif_put_attr(buf, type, &value, sizeof value);
}

VIF_API void vif_put_u32(vif_buf *buf, uint16_t type, uint32_t value)
{
    vif_put_attr(buf, type, &value, sizeof value);
}

VIF_API void vif_put_u64(vif_buf *buf, uint16_t type, uint64_t value)
{
    vif_put_attr(buf, type, &value, sizeof value);
}

/* Only attributes that other protocols define are in network order: VLAN protocols, UDP ports, and
 * everything of nftables. */
static void vif__nl_put_be(vif_buf *buf, uint16_t type, uint64_t value, size_t size)
{
    unsigned char wire[8];
    for (size_t i = size; i-- > 0; value >>= 8) {
        wire[i] = (unsigned char)(value & 0xff);
    }
    vif_put_attr(buf, type, wire, size);
}

VIF_API void vif_put_be16(vif_buf *buf, uint16_t type, uint16_t value)
{
    vif__nl_put_be(buf, type, value, 2);
}

VIF_API void vif_put_be32(vif_buf *buf, uint16_t type, uint32_t value)
{
    vif__nl_put_be(buf, type, value, 4);
}

VIF_API void vif_put_be64(vif_buf *buf, uint16_t type, uint64_t value)
{
    vif__nl_put_be(buf, type, value, 8);
}

/* Where the kernel wants no NUL (IFLA_IFALIAS), use vif_put_attr instead. */
VIF_API void vif_put_str(vif_buf *buf, uint16_t type, const char *text)
{
    vif_put_attr(buf, type, text, strlen(text) + 1);
}

/* The kernel's strict checks want the flag on every nest (netlink(7), NLA_F_NESTED). */
VIF_API size_t vif_nest_begin(vif_buf *buf, uint16_t type)
{
    const size_t at = buf->len;
    vif_put_attr(buf, (uint16_t)(type | VIF__NLA_NESTED), NULL, 0);
    return at;
}

/* `at` is the place of the nest's header. In a marked buffer there may be no header. */
VIF_API void vif_nest_end(vif_buf *buf, size_t at)
{
    if (buf->overflow || buf->invalid) {
        return;
    }
    if (buf->len - at > 4 + VIF__NLA_MAX) {
        buf->overflow = true;           /* nla_len has 16 bits and would wrap */
        return;
    }
    vif__nl_set16(buf->data + at, (uint16_t)(buf->len - at));
}

/* A nest of settings may turn out to be empty, and then nothing is sent. */
VIF_API void vif_nest_end_or_drop(vif_buf *buf, size_t at)
{
    vif_nest_end(buf, at);
    if (!buf->overflow && !buf->invalid && buf->len == at + 4) {
        buf->len = at;
    }
}

VIF_API size_t vif_nl_begin_noack(vif_buf *buf, uint16_t type, uint16_t flags,
                                  const void *family_header, size_t len)
{
    const size_t at = buf->len;
    unsigned char *head = vif__nl_grow(buf, VIF__NLMSG_HEAD + vif__nl_align(len));
    if (head) {
        vif__nl_set16(head + 4, type);
        vif__nl_set16(head + 6, (uint16_t)(flags | VIF_NLM_F_REQUEST));
        if (family_header && len > 0) {
            memcpy(head + VIF__NLMSG_HEAD, family_header, len);
        }
    }
    return at;
}

VIF_API size_t vif_nl_begin(vif_buf *buf, uint16_t type, uint16_t flags, const void *family_header,
                            size_t len)
{
    return vif_nl_begin_noack(buf, type, (uint16_t)(flags | VIF_NLM_F_ACK), family_header, len);
}

VIF_API void vif_nl_end(vif_buf *buf, size_t at)
{
    if (!buf->overflow && !buf->invalid) {
        vif__nl_set32(buf->data + at, (uint32_t)(buf->len - at));
    }
}

/* >>reader
 *
 * Bytes from the kernel, or from somebody who pretends to be it, come in, and attributes go out one
 * by one. struct nlattr is { u16 len, type }, where len includes this header. Every length is
 * compared with what is left before it is used. */

/* A length with its padding, but without the padding that is missing at the end of the data. */
static size_t vif__nl_step_len(size_t len, size_t left)
{
    const size_t step = vif__nl_align(len);
    return step < left ? step : left;
}

/* It removes the flags NLA_F_NESTED and NLA_F_NET_BYTEORDER from the type, because some of the
 * kernel's messages set them and others do not. */
VIF_API bool vif_attr_next(const unsigned char **at, size_t *left, vif_attr *out, bool *malformed)
{
    size_t len, step;
    if (*left < 4) {
        *malformed = *left != 0;
        return false;
    }
    len = vif__nl_u16(*at);
    if (len < 4 || len > *left) {
        *malformed = true;
        return false;
    }
    *malformed = false;
    out->type = (uint16_t)(vif__nl_u16(*at + 2) & VIF__NLA_TYPE);
    out->data = *at + 4;
    out->len = len - 4;
    step = vif__nl_step_len(len, *left);
    /*@ split step; */
    *at += step;
    *left -= step;
    return true;
}

/* The last one wins, as in the kernel's own nla_parse. */
VIF_API bool vif_attr_find(vif_nl_view attrs, uint16_t type, vif_nl_view *out)
{
    vif_attr attr;
    bool bad, found = false;
    /*@ split attrs.len; */
    while (vif_attr_next(&attrs.data, &attrs.len, &attr, &bad)) {
        if (attr.type == type) {
            *out = vif__nl_view(attr.data, attr.len);
            /*@ split out->len; */
            found = true;
        }
    }
    return found;
}

/* >>tables
 *
 * A message comes in and a struct goes out, or the other way round. Both directions walk the same
 * list, so reading and writing cannot differ. The lists are the VIF_*_MAP of the declarations,
 * compiled to rows of 6 bytes: how the value is stored, its length, its number on the wire, and its
 * place in the struct. The bits of `present` are in the order of the rows. A new attribute takes
 * one row there and one field. */

typedef struct vif__row {
    uint8_t kind, size;
    uint16_t wire, off;
} vif__row;

enum { VIF__K_HEAD = 1, VIF__K_COPY, VIF__K_BE16, VIF__K_STR, VIF__K_ADDR, VIF__K_NEST, VIF__K_TEXT,
       VIF__K_RAW, VIF__K_IN = 0x80, VIF__K_IN_COPY = VIF__K_IN | VIF__K_COPY,
       VIF__K_IN_STR = VIF__K_IN | VIF__K_STR, VIF__K_IN_NEST = VIF__K_IN | VIF__K_NEST };

/* A row whose size is not the field's (or 0 for a view) does not compile. */
#define VIF__HOLDS(cond, value) (sizeof(char[(cond) ? 1 : -1]) ? (value) : 0)
#define VIF__FITS(type, field, size) \
    VIF__HOLDS(sizeof(((type *)0)->field) == ((size) ? (size) : sizeof(vif_nl_view)), (size))
#define VIF__ROW(kind, type, field, size, mask, wire) \
    { VIF__K_##kind, VIF__FITS(vif_##type, field, size), (wire), offsetof(vif_##type, field) },
/* The limit is 31 rows: `present` has 32 bits, and an enum can't name the last of them.
 * Row 0 is the shape: the number of rows, bytes of the header, attribute of the nest,
 * and sizeof the struct. */
#define VIF__SHAPE(MAP, type, head, nest) \
    static const vif__row vif__##type##_rows[] = { \
        { VIF__HOLDS(VIF__COUNT_##type <= 31 && offsetof(vif_##type, present) == 0, \
                     VIF__COUNT_##type), (head), (nest), sizeof(vif_##type) }, \
        MAP(VIF__ROW) \
    };

VIF__SHAPE(VIF_LINK_MAP, link, 16, 18)
VIF__SHAPE(VIF_NL_BRIDGE_MAP, nl_bridge, 0, 0)
VIF__SHAPE(VIF_BRIDGE_PORT_MAP, bridge_port, 0, 0)
VIF__SHAPE(VIF_VLAN_MAP, vlan, 0, 0)
VIF__SHAPE(VIF_TUN_MAP, tun, 0, 0)
VIF__SHAPE(VIF_MACVLAN_MAP, macvlan, 0, 0)
VIF__SHAPE(VIF_VXLAN_MAP, vxlan, 0, 0)
VIF__SHAPE(VIF_ADDR_MAP, addr, 8, 0)
VIF__SHAPE(VIF_NL_ROUTE_MAP, nl_route, 12, 8)
VIF__SHAPE(VIF_NEIGH_MAP, neigh, 12, 0)
#ifndef VIF_NO_NETWORKS
VIF__SHAPE(VIF_BOND_MAP, bond, 0, 0)
#endif
#ifndef VIF_NO_SWITCH
VIF__SHAPE(VIF_QDISC_MAP, qdisc, 20, 0)
#endif
#ifndef VIF_NO_DEVLINK
VIF__SHAPE(VIF_DEVLINK_PORT_MAP, devlink_port, 4, 0)
#endif

/* In structs with ADDR rows the family is the first member after `present`. */
static bool vif__nl_addr_fits(uint8_t family, size_t len)
{
    return (len == 4 && (family == VIF_AF_INET || family == VIF_AF_BRIDGE)) ||
           (len == 16 && (family == VIF_AF_INET6 || family == VIF_AF_BRIDGE));
}

/* How many bytes of an address are sent. A forwarding entry does not give the family of its
 * tunnel's far end: see vif_neigh. */
static size_t vif__nl_addr_len(uint8_t family, const unsigned char *addr)
{
    VIF__BYTES unsigned char zeros[12] = { 0 };
    if (family == VIF_AF_BRIDGE) {
        return memcmp(addr + 4, zeros, sizeof zeros) ? 16 : 4;
    }
    return family == VIF_AF_INET ? 4 : 16;
}

/* strnlen, which C99 does not have. */
static size_t vif__nl_text_len(const unsigned char *text, size_t cap)
{
    size_t len = 0;
    while (len < cap && text[len] != 0) {
        len++;
    }
    return len;
}

/* Whether the row's field takes a value of this length. */
static bool vif__nl_row_fits(const vif__row *row, const unsigned char *object, size_t len)
{
    switch (row->kind & ~VIF__K_IN) {
    case VIF__K_STR: return len < row->size;
    case VIF__K_ADDR: return vif__nl_addr_fits(object[4], len);
    default: return len == row->size;
    }
}

/* Stores one attribute. Returns false (absent) if it has a wrong length. */
static bool vif__nl_row_take(const vif__row *row, unsigned char *object, const vif_attr *attr)
{
    const int kind = row->kind & ~VIF__K_IN;
    unsigned char *to = object + row->off;
    vif_nl_view view = vif__nl_view(attr->data, attr->len);

    if (row->size == 0) {
        view.len = kind == VIF__K_TEXT ? vif__nl_text_len(attr->data, attr->len) : attr->len;
        memcpy(to, &view, sizeof view);
        return true;
    }
    if (kind == VIF__K_STR) {
        view.len = vif__nl_text_len(attr->data, attr->len);
    }
    /*@ split view.len; */
    if (!vif__nl_row_fits(row, object, view.len)) {
        return false;
    }
    if (kind == VIF__K_BE16) {
        const uint16_t value = (uint16_t)(attr->data[0] << 8 | attr->data[1]);
        memcpy(to, &value, sizeof value);
        return true;
    }
    memset(to, 0, row->size);
    memcpy(to, attr->data, view.len);
    return true;
}

/* Writes down the row of each attribute of one level, at the attribute's number modulo 64. No two
 * rows of a level share that. So a message's many attributes are found without a search. */
static void vif__nl_rows_index(const vif__row *rows, int level, uint8_t index[64])
{
    memset(index, 0, 64);
    for (unsigned i = 1; i <= rows->kind; i++) {
        if (rows[i].kind != VIF__K_HEAD && (rows[i].kind & VIF__K_IN) == level) {
            index[rows[i].wire & 63] = (uint8_t)i;
        }
    }
}

/* Stores an attribute whose row, if it has one, is row i. Returns the row's bit, or 0. seen has the
 * bits stored so far. Attributes without a row are skipped, as newer kernels add some. */
static uint32_t vif__nl_attr_take(const vif__row *rows, unsigned i, unsigned char *object,
                                  const vif_attr *attr, uint32_t seen)
{
    const uint32_t bit = (uint32_t)1 << ((i - 1) & 31);
    /*@ split i; */
    return i != 0 && rows[i].wire == attr->type && (seen & bit) == 0 &&
        vif__nl_row_take(rows + i, object, attr) ? bit : 0;
}

/* Fields of the header are always present. Their rows come first. */
static uint32_t vif__nl_head_take(const vif__row *rows, unsigned char *object,
                                  const unsigned char *head)
{
    uint32_t seen = 0;
    for (unsigned i = 1; i <= rows->kind && rows[i].kind == VIF__K_HEAD; i++) {
        memcpy(object + rows[i].off, head + rows[i].wire, rows[i].size);
        seen |= (uint32_t)1 << (i - 1);
    }
    return seen;
}

/* It makes up to two passes: over the message's own attributes, then over those of its nest. */
static bool vif__nl_rows_parse(const vif__row *rows, void *object, const unsigned char *data,
                               size_t len)
{
    unsigned char *to = (unsigned char *)object;
    vif_nl_view nest = vif__nl_view(NULL, 0);
    uint8_t index[64];
    vif_attr attr;
    uint32_t seen;
    bool bad;

    memset(to, 0, rows->off);
    if (!data || len < rows->size) {
        return rows->size == 0;         /* for an absent view (NULL): nothing is present */
    }
    seen = vif__nl_head_take(rows, to, data);
    data += rows->size;
    len -= rows->size;
    /*@ dynamic_split nest.len; */
    /*@ dynamic_split len; */
    for (int level = 0; ; level = VIF__K_IN) {
        vif__nl_rows_index(rows, level, index);
        while (vif_attr_next(&data, &len, &attr, &bad)) {
            if (level == 0 && rows->wire != 0 && attr.type == rows->wire) {
                nest = vif__nl_view(attr.data, attr.len);
            } else {
                seen |= vif__nl_attr_take(rows, index[attr.type & 63], to, &attr, seen);
            }
        }
        if (bad) {
            return false;
        }
        if (level != 0 || !nest.data) {
            memcpy(to, &seen, sizeof seen);
            return true;
        }
        data = nest.data;
        len = nest.len;
    }
}

/* Appends one row as an attribute. */
static void vif__nl_row_put(const vif__row *row, vif_buf *buf, const unsigned char *object)
{
    const int kind = row->kind & ~VIF__K_IN;
    const unsigned char *from = object + row->off;
    vif_nl_view view = vif__nl_view(from, row->size);
    uint16_t type = row->wire;

    if (kind == VIF__K_BE16) {
        vif_put_be16(buf, type, vif__nl_u16(from));
        return;
    }
    if (row->size == 0) {
        memcpy(&view, from, sizeof view);
        type = (uint16_t)(kind == VIF__K_NEST ? type | VIF__NLA_NESTED : type);
    } else if (kind == VIF__K_STR) {
        view.len = vif__nl_text_len(from, row->size - 1u) + 1;
    } else if (kind == VIF__K_ADDR) {
        view.len = vif__nl_addr_len(object[4], from);
        if (!vif__nl_addr_fits(object[4], view.len)) {
            buf->invalid = "address without family";
        }
    }
    vif_put_attr(buf, type, view.data, view.len);
}

/* Appends the header, then the rows of `only` that are present, in table order. */
static void vif__nl_rows_build(const vif__row *rows, vif_buf *buf, const void *object,
                               uint32_t only)
{
    const unsigned char *from = (const unsigned char *)object;
    const uint32_t wanted = vif__nl_u32(from) & only;
    unsigned char *head = vif__nl_grow(buf, rows->size);
    size_t nest = 0;

    for (unsigned i = 1; head && i <= rows->kind; i++) {
        const vif__row *row = rows + i;
        if ((wanted >> (i - 1) & 1) == 0) {
            continue;
        }
        if (row->kind == VIF__K_HEAD) {
            memcpy(head + row->wire, from + row->off, row->size);
            continue;
        }
        if ((row->kind & VIF__K_IN) != 0 && nest == 0) {
            nest = vif_nest_begin(buf, rows->wire);
        }
        vif__nl_row_put(row, buf, from);
    }
    if (nest != 0) {
        vif_nest_end(buf, nest);
    }
}

/* Types come in groups of four: NEW, DEL, GET, SET (linux/rtnetlink.h). */
static bool vif__nl_msg_parse(const vif__row *rows, int type, const vif_nl_msg *msg, void *out)
{
    return (msg->type & ~3u) == (unsigned)type &&
           vif__nl_rows_parse(rows, out, msg->data, msg->len);
}

/* Each of the functions below only names a list, and a type. */
VIF_API bool vif_link_parse(const vif_nl_msg *msg, vif_link *out)
{
    return vif__nl_msg_parse(vif__link_rows, VIF_RTM_NEWLINK, msg, out);
}

VIF_API bool vif_addr_parse(const vif_nl_msg *msg, vif_addr *out)
{
    return vif__nl_msg_parse(vif__addr_rows, VIF_RTM_NEWADDR, msg, out);
}

VIF_API bool vif_nl_route_parse(const vif_nl_msg *msg, vif_nl_route *out)
{
    return vif__nl_msg_parse(vif__nl_route_rows, VIF_RTM_NEWROUTE, msg, out);
}

VIF_API bool vif_neigh_parse(const vif_nl_msg *msg, vif_neigh *out)
{
    return vif__nl_msg_parse(vif__neigh_rows, VIF_RTM_NEWNEIGH, msg, out);
}

VIF_API bool vif_nl_bridge_parse(vif_nl_view kind_data, vif_nl_bridge *out)
{
    return vif__nl_rows_parse(vif__nl_bridge_rows, out, kind_data.data, kind_data.len);
}

VIF_API bool vif_bridge_port_parse(vif_nl_view slave_data, vif_bridge_port *out)
{
    return vif__nl_rows_parse(vif__bridge_port_rows, out, slave_data.data, slave_data.len);
}

VIF_API bool vif_vlan_parse(vif_nl_view kind_data, vif_vlan *out)
{
    return vif__nl_rows_parse(vif__vlan_rows, out, kind_data.data, kind_data.len);
}

VIF_API bool vif_tun_parse(vif_nl_view kind_data, vif_tun *out)
{
    return vif__nl_rows_parse(vif__tun_rows, out, kind_data.data, kind_data.len);
}

VIF_API bool vif_macvlan_parse(vif_nl_view kind_data, vif_macvlan *out)
{
    return vif__nl_rows_parse(vif__macvlan_rows, out, kind_data.data, kind_data.len);
}

VIF_API bool vif_vxlan_parse(vif_nl_view kind_data, vif_vxlan *out)
{
    return vif__nl_rows_parse(vif__vxlan_rows, out, kind_data.data, kind_data.len);
}

#ifndef VIF_NO_NETWORKS
VIF_API bool vif_bond_parse(vif_nl_view kind_data, vif_bond *out)
{
    return vif__nl_rows_parse(vif__bond_rows, out, kind_data.data, kind_data.len);
}
#endif

/* >>names
 *
 * The kernel answers a bad name with EINVAL or ERANGE and no text (measured). Here a bad name is
 * refused before anything is sent, with the rule that it breaks. */

/* The rules are those of the kernel's dev_valid_name. It also refuses the names that sysctl
 * reserves, and the '%' of templates. 0xa0 is a space to the kernel. */
VIF_API const char *vif_ifname_check(const char *name)
{
    VIF__BYTES char reserved[] = ".\0..\0all\0default\0";
    const size_t len = name ? strlen(name) : 0;
    if (len == 0 || len > 15) {
        return "a name has 1 to 15 bytes";
    }
    for (const char *r = reserved; *r != '\0'; r += strlen(r) + 1) {
        if (strlen(r) == len && memcmp(r, name, len) == 0) {
            return "reserved: . .. all default";
        }
    }
    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)name[i];
        if (c <= 0x20 || c == 0x7f || c == 0xa0 || c == '/' || c == ':' || c == '%') {
            return "no '/', ':', '%', space or control byte in a name";
        }
    }
    return NULL;
}

/* It writes the whole field, so that equal links are equal byte by byte. */
static bool vif__nl_set_text(vif_link *link, char field[16], const char *text, uint32_t bit)
{
    const size_t len = strlen(text);
    if (len == 0 || len > 15) {
        return false;
    }
    memset(field, 0, 16);
    memcpy(field, text, len);
    link->present |= bit;
    return true;
}

VIF_API bool vif_link_set_name(vif_link *link, const char *name)
{
    return !vif_ifname_check(name) && vif__nl_set_text(link, link->name, name, VIF_LINK_NAME);
}

VIF_API bool vif_link_set_kind(vif_link *link, const char *kind)
{
    return vif__nl_set_text(link, link->kind, kind, VIF_LINK_KIND);
}

/* >>settings of a link
 *
 * A link's message also carries what is in /proc/sys/net/ipv4/conf and ipv6/conf, as
 * IFLA_AF_SPEC{family{array}} (linux/if_link.h). An older kernel has a shorter array, and a setting
 * that it lacks is absent, not 0. In messages of family VIF_AF_BRIDGE, IFLA_AF_SPEC has the VLANs
 * of the bridge's port instead. */

/* Finds a family's array, IFLA_INET_CONF or IFLA_INET6_CONF. A missing one is empty. */
VIF_API void vif_link_confs(const vif_link *link, bool ipv6, vif_nl_view *out)
{
    if ((link->present & VIF_LINK_AF_SPEC) == 0 ||
        !vif_attr_find(link->af_spec, ipv6 ? VIF_AF_INET6 : VIF_AF_INET, out) ||
        !vif_attr_find(*out, ipv6 ? 2 : 1, out)) {
        *out = vif__nl_view(NULL, 0);
    }
}

/* Reads one number from such an array. */
VIF_API bool vif_conf_get(vif_nl_view confs, bool ipv6, size_t which, uint32_t *value)
{
    /* Settings of IPv4 are numbered from 1, and number 1 is the first of the array. */
    which -= ipv6 ? 0u : 1u;
    if (which >= confs.len / 4) {
        return false;
    }
    *value = vif__nl_u32(confs.data + 4 * which);
    return true;
}

VIF_API bool vif_link_inet_conf(const vif_link *link, unsigned which, uint32_t *value)
{
    vif_nl_view confs;
    vif_link_confs(link, false, &confs);
    return vif_conf_get(confs, false, which, value);
}

VIF_API bool vif_link_inet6_conf(const vif_link *link, unsigned which, uint32_t *value)
{
    vif_nl_view confs;
    vif_link_confs(link, true, &confs);
    return vif_conf_get(confs, true, which, value);
}

/* IFLA_INET6_TOKEN. */
VIF_API bool vif_link_token(vif_nl_view af_spec, uint8_t token[16])
{
    VIF__BYTES uint8_t none[16] = { 0 };
    vif_nl_view view;
    if (!vif_attr_find(af_spec, VIF_AF_INET6, &view) || !vif_attr_find(view, 7, &view) ||
        view.len != 16 || memcmp(view.data, none, 16) == 0) {
        return false;
    }
    memcpy(token, view.data, 16);
    return true;
}

#ifndef VIF_NO_SWITCH
/* struct bridge_vlan_info is { u16 flags, vid }. A range is two of them (linux/if_bridge.h). */
enum { VIF__BRIDGE_VLAN_INFO = 2, VIF__VLAN_BEGIN = 8, VIF__VLAN_END = 16 };

/* In the compressed form one entry begins a range and another ends it. An end without a beginning
 * is one VLAN, and so is any entry between the two. */
VIF_API size_t vif_link_bridge_vlans(const vif_link *link, vif_bridge_vlan *out, size_t cap)
{
    vif_nl_view left = link->af_spec;
    size_t count = 0;
    uint16_t first = 0;
    vif_attr attr;
    bool bad;

    while (vif_attr_next(&left.data, &left.len, &attr, &bad)) {
        const uint16_t flags = attr.len == 4 ? vif__nl_u16(attr.data) : 0;
        const uint16_t vid = attr.len == 4 ? vif__nl_u16(attr.data + 2) : 0;
        if (attr.type != VIF__BRIDGE_VLAN_INFO || attr.len != 4) {
            continue;
        }
        if ((flags & VIF__VLAN_BEGIN) != 0) {
            first = vid;
            continue;
        }
        if (count < cap) {
            out[count].first = (flags & VIF__VLAN_END) != 0 && first != 0 ? first : vid;
            out[count].last = vid;
            out[count].flags = (uint16_t)(flags & (VIF_BRIDGE_VLAN_MASTER | VIF_BRIDGE_VLAN_PVID |
                                                   VIF_BRIDGE_VLAN_UNTAGGED));
        }
        count++;
        first = 0;
    }
    return count;
}

/* struct br_vlan_msg is { u8 family, pad; u16 pad; i32 index }. Behind it come attributes
 * BRIDGE_VLANDB_ENTRY{INFO, RANGE, ...}, each from the VLAN in INFO to the one in RANGE, if there
 * is a RANGE (linux/if_bridge.h). */
VIF_API int32_t vif_bridge_vlans_parse(const vif_nl_msg *msg, vif_nl_view *vlans)
{
    const bool is = msg->type == VIF_RTM_NEWVLAN && msg->len >= 8;
    *vlans = vif__nl_view(is ? msg->data + 8 : msg->data, is ? msg->len - 8 : 0);
    return is ? (int32_t)vif__nl_u32(msg->data + 4) : 0;
}

VIF_API bool vif_bridge_vlan_next(vif_nl_view *vlans, vif_bridge_vlan *out)
{
    vif_nl_view info, last;
    vif_attr entry;
    bool bad;

    while (vif_attr_next(&vlans->data, &vlans->len, &entry, &bad)) {
        const vif_nl_view attrs = vif__nl_view(entry.data, entry.len);
        /*@ split vlans->len; */
        if (entry.type != 1 || !vif_attr_find(attrs, 1, &info) || info.len != 4) {
            continue;                   /* BRIDGE_VLANDB_ENTRY, BRIDGE_VLANDB_ENTRY_INFO */
        }
        out->flags = (uint16_t)(vif__nl_u16(info.data) &
                                (VIF_BRIDGE_VLAN_PVID | VIF_BRIDGE_VLAN_UNTAGGED));
        out->first = out->last = vif__nl_u16(info.data + 2);
        if (vif_attr_find(attrs, 2, &last) && last.len == 2) {  /* BRIDGE_VLANDB_ENTRY_RANGE */
            out->last = vif__nl_u16(last.data);
        }
        if (out->first != 0 && out->first <= out->last && out->last < 4095) {
            return true;
        }
    }
    return false;
}
#endif

/* >>exchange
 *
 * A batch of requests goes out, datagrams come in, and events come out. Each request asks for an
 * acknowledgement, so it ends in exactly one ERROR (0 is success) or, for a dump, one DONE. When as
 * many have come as were asked for, the exchange is over. Sequence numbers tell answers apart, also
 * late ones of an earlier exchange. The only state is counters: a transport may cut, lose or delay
 * anything, and reports that with vif_nl_exchange_fail.
 *
 * A DONE can carry an error, like an ERROR (measured: a dump with a bad header). A disturbed dump
 * has a flag on any of its messages, which is remembered until its DONE. */

/* The length of the message at the start of `left` bytes; 0 if it is malformed. */
static uint32_t vif__nl_msg_len(const unsigned char *head, size_t left)
{
    const uint32_t len = left < VIF__NLMSG_HEAD ? 0 : vif__nl_u32(head);
    return len < VIF__NLMSG_HEAD || len > left ? 0 : len;
}

/* It walks the buffer as the kernel will: a message that was not closed has length 0 and ends the
 * walk before the end of the buffer. */
VIF_API vif_status vif_nl_exchange_begin(vif_nl_exchange *x, vif_buf *requests, uint32_t first_seq,
                                         uint32_t port)
{
    memset(x, 0, sizeof *x);
    x->priv.first = first_seq;
    x->priv.port = port;
    if (vif_buf_status(requests, &x->error) != VIF_OK) {
        x->priv.finished = true;
        return x->error.status;
    }
    for (size_t at = 0; at < requests->len; x->priv.count++) {
        unsigned char *head = requests->data + at;
        const size_t left = requests->len - at;
        const uint32_t len = vif__nl_msg_len(head, left);
        if (len == 0) {
            break;
        }
        vif__nl_set32(head + 8, first_seq + x->priv.count);
        vif__nl_set32(head + 12, port);
        x->priv.waiting += (vif__nl_u16(head + 6) & VIF_NLM_F_ACK) != 0;
        at += vif__nl_step_len(len, left);
        if (at == requests->len) {
            x->priv.count++;
            return VIF_OK;
        }
    }
    x->priv.finished = true;
    return vif__fail(&x->error, VIF_E_INVAL, "message not ended");
}

/* It keeps the first failure, because later ones are often its consequence. */
VIF_API void vif_nl_exchange_fail(vif_nl_exchange *x, vif_status status, int sys_errno)
{
    if (x->error.status == VIF_OK) {
        (void)vif_fail(&x->error, status, sys_errno, "", NULL);
    }
    x->priv.finished = x->priv.finished || status != VIF_E_TOO_BIG;
}

/* It drops whatever another process sent: an attacker may know our port and sequence numbers, but
 * can't send as port 0. */
VIF_API void vif_nl_deliver(vif_nl_exchange *x, const void *bytes, size_t len, uint32_t sender_port)
{
    x->priv.at = (const unsigned char *)bytes;
    x->priv.left = sender_port == 0 ? len : 0;
}

/* Where the attributes (TLVs) of an answer begin: in a DONE behind the status, in an ERROR behind
 * the echoed header and, unless the answer is capped, its payload (linux/netlink.h, nlmsgerr). */
static size_t vif__nl_tlvs_at(const vif_nl_msg *msg)
{
    size_t at = 4;
    if (msg->type == VIF__NLMSG_ERROR) {
        if (msg->len < 4 + VIF__NLMSG_HEAD) {
            return msg->len;
        }
        at += (msg->flags & VIF_NLM_F_CAPPED) != 0 ? 16u : vif__nl_u32(msg->data + 4);
        at = vif__nl_align(at);
    }
    return at < msg->len && at >= 4 ? at : msg->len;
}

/* Reads what the kernel adds to an answer: a text (NLMSGERR_ATTR_MSG), which after a success is a
 * warning, and the place of the fault in the request (NLMSGERR_ATTR_OFFS). */
static void vif__nl_tlvs(const vif_nl_msg *msg, vif_error *error)
{
    const size_t at = vif__nl_tlvs_at(msg);
    const vif_nl_view tlvs = vif__nl_view(msg->data + at, msg->len - at);
    vif_nl_view view;
    /*@ split at; */
    if ((msg->flags & VIF_NLM_F_ACK_TLVS) == 0) {
        return;
    }
    if (vif_attr_find(tlvs, 1, &view)) {            /* NLMSGERR_ATTR_MSG */
        error->text[0] = '\0';
        vif_cat_escaped(error->text, sizeof error->text, (const char *)view.data,
                        vif__nl_text_len(view.data, view.len));
    }
    if (vif_attr_find(tlvs, 2, &view) && view.len == 4) {
        error->offset = vif__nl_u32(view.data);     /* NLMSGERR_ATTR_OFFS */
    }
}

/* Reads a negative errno, which some subsystems send positive. It compares before it negates, as
 * INT_MIN has no negative. -1: no errno. */
static int vif__nl_errno(const unsigned char *data)
{
    int32_t wire;
    memcpy(&wire, data, sizeof wire);
    if (wire >= -4095 && wire <= 4095) {
        return wire < 0 ? -wire : wire;
    }
    return -1;
}

/* Two refusals have a status of their own, because callers react to them. */
static vif_status vif__nl_status(const vif_nl_msg *msg, int number)
{
    switch (number) {
    case -1: return VIF_E_PROTO;
    case 0: return (msg->flags & VIF_NLM_F_DUMP_INTR) != 0 ? VIF_E_INTERRUPTED : VIF_OK;
    case EOPNOTSUPP: return VIF_E_UNSUPPORTED;
    case ENODEV: return VIF_E_NO_INTERFACE;
    default: return VIF_E_KERNEL;
    }
}

VIF_API vif_status vif_nl_answer(const vif_nl_msg *msg, vif_error *error)
{
    const int number = msg->len >= 4 ? vif__nl_errno(msg->data) : -1;
    const vif_status status = vif__nl_status(msg, number);
    (void)vif_fail(error, status, number > 0 ? number : 0, "", NULL);
    if (error && number >= 0) {
        vif__nl_tlvs(msg, error);
    }
    return status;
}

/* Whether this answers a message that asked for no answer, as only errors do. An ERROR always
 * echoes that message's header. */
static bool vif__nl_unasked(const vif_nl_msg *msg)
{
    return msg->type == VIF__NLMSG_ERROR && msg->len >= 4 + VIF__NLMSG_HEAD &&
           (vif__nl_u16(msg->data + 10) & VIF_NLM_F_ACK) == 0;
}

/* Finishes one request. If the first of a batch is refused although it asked for no answer, it is
 * nfnetlink's batch begin, and the batch is refused as a whole (net/netfilter/nfnetlink.c). The
 * other answers may never come, so the exchange does not wait for them. */
static void vif__nl_settle(vif_nl_exchange *x, vif_nl_msg *msg)
{
    if (x->priv.interrupted) {
        msg->flags = (uint16_t)(msg->flags | VIF_NLM_F_DUMP_INTR);
        x->priv.interrupted = false;
    }
    if (x->error.status == VIF_OK && vif_nl_answer(msg, NULL) != VIF_OK) {
        (void)vif_nl_answer(msg, &x->error);
    }
    if (vif__nl_unasked(msg)) {
        x->priv.finished = x->priv.finished || msg->request == 0;
        return;
    }
    x->priv.waiting--;
}

/* Takes the message at *at; msg->request becomes its sequence number. Returns its length, or 0 if
 * it is malformed. */
static uint32_t vif__nl_msg_take(const unsigned char **at, size_t *left, vif_nl_msg *msg)
{
    const unsigned char *head = *at;
    const uint32_t len = vif__nl_msg_len(head, *left);
    if (len != 0) {
        const size_t step = vif__nl_step_len(len, *left);
        /*@ split step; */
    *at += step;
        *left -= step;
        msg->type = vif__nl_u16(head + 4);
        msg->flags = vif__nl_u16(head + 6);
        msg->request = vif__nl_u32(head + 8);
        msg->data = head + VIF__NLMSG_HEAD;
        msg->len = len - VIF__NLMSG_HEAD;
    }
    return len;
}

/* It skips messages that answer no request of ours (notifications, late answers, numbers that
 * were never sent), and those below NLMSG_MIN_TYPE other than ERROR and DONE, which mean
 * nothing (NOOP, OVERRUN). */
VIF_API vif_nl_event vif_nl_step(vif_nl_exchange *x, vif_nl_msg *msg)
{
    while (!x->priv.finished && x->priv.waiting > 0) {
        if (x->priv.left == 0) {
            return VIF_NL_WANT_READ;
        }
        if (vif__nl_msg_take(&x->priv.at, &x->priv.left, msg) == 0) {
            vif_nl_exchange_fail(x, VIF_E_PROTO, 0);
            break;
        }
        msg->request -= x->priv.first;
        if (msg->request >= x->priv.count || vif__nl_u32(msg->data - 4) != x->priv.port) {
            continue;                   /* a notification, or an answer of an earlier exchange */
        }
        if (msg->type == VIF__NLMSG_ERROR || msg->type == VIF__NLMSG_DONE) {
            x->priv.interrupted = x->priv.interrupted || (msg->type == VIF__NLMSG_DONE &&
                                                (msg->flags & VIF_NLM_F_DUMP_INTR) != 0);
            vif__nl_settle(x, msg);
            return VIF_NL_ANSWER;
        }
        if (msg->type >= VIF__NLMSG_FIRST) {
            x->priv.interrupted = x->priv.interrupted || (msg->flags & VIF_NLM_F_DUMP_INTR) != 0;
            return VIF_NL_MESSAGE;
        }
    }
    return VIF_NL_DONE;
}

/* >>monitor
 *
 * Datagrams of notifications come in, and changes go out one by one. What cannot be read is
 * reported as lost instead of being skipped, so a program that keeps a copy of the host's state
 * always knows when it may be wrong. */

VIF_API void vif_nl_monitor_init(vif_nl_monitor *monitor)
{
    memset(monitor, 0, sizeof *monitor);
    monitor->priv.lost = true;
}

VIF_API void vif_nl_monitor_deliver(vif_nl_monitor *monitor, const void *bytes, size_t len,
                                    uint32_t sender_port)
{
    monitor->priv.at = (const unsigned char *)bytes;
    monitor->priv.left = sender_port == 0 ? len : 0;
}

VIF_API void vif_nl_monitor_lost(vif_nl_monitor *monitor)
{
    monitor->priv.left = 0;
    monitor->priv.lost = true;
}

/* Links, addresses and neighbours have the index in their header. Routes have it in RTA_OIF
 * behind struct rtmsg, and settings in NETCONFA_IFINDEX behind struct netconfmsg
 * (linux/rtnetlink.h, linux/netconf.h). */
VIF_API int32_t vif_nl_monitor_link(const vif_nl_msg *msg)
{
    enum { NETCONF = 80 };
    const bool route = msg->type / 4 == VIF_RTM_NEWROUTE / 4;
    const size_t head = route ? 12 : 4;
    vif_nl_view attrs, index;

    if (!route && msg->type / 4 != NETCONF / 4) {
        return msg->len >= 8 ? (int32_t)vif__nl_u32(msg->data + 4) : 0;
    }
    if (msg->len < head) {
        return 0;
    }
    attrs.data = msg->data + head;
    attrs.len = msg->len - head;
    return vif_attr_find(attrs, route ? 4 : 1, &index) && index.len == 4
        ? (int32_t)vif__nl_u32(index.data) : 0;
}

/* The rest of the datagram comes first. A loss is reported behind the messages that were not lost,
 * so the dump that follows is newer than all of them. */
VIF_API vif_nl_event vif_nl_monitor_step(vif_nl_monitor *monitor, vif_nl_msg *msg)
{
    while (monitor->priv.left > 0) {
        const uint32_t len = vif__nl_msg_take(&monitor->priv.at, &monitor->priv.left, msg);
        if (len == 0) {
            vif_nl_monitor_lost(monitor);
        } else if (msg->type >= VIF__NLMSG_FIRST) {
            monitor->messages++;
            return VIF_NL_MESSAGE;
        }
    }
    if (monitor->priv.lost) {
        monitor->priv.lost = false;
        monitor->resyncs++;
        return VIF_NL_RESYNC;
    }
    return VIF_NL_WANT_READ;
}

/* >>requests
 *
 * Structs come in, and each becomes one message in a buffer. Requests that the kernel would
 * understand otherwise than they were meant are refused here. Above all this is a message about a
 * link that names none: the kernel applies it to a link group or, for a deletion, answers EINVAL
 * without a text. The numbers of attributes are those of linux/if_link.h, rtnetlink.h, neighbour.h
 * and if_bridge.h. */

enum { VIF__LINK_SELECTS = VIF_LINK_INDEX | VIF_LINK_NAME | VIF_LINK_FAMILY,
       VIF__LINK_INNER = VIF_LINK_KIND | VIF_LINK_KIND_DATA | VIF_LINK_SLAVE_KIND |
                         VIF_LINK_SLAVE_DATA };

/* A name that is not allowed marks the buffer. */
static void vif__nl_check_name(vif_buf *buf, const char *name)
{
    const char *rule = vif_ifname_check(name);
    if (rule) {
        buf->invalid = rule;
    }
}

/* Appends a link's header and rows, in a message of its own or as a veth's peer. */
static void vif__nl_link_rows(vif_buf *buf, const vif_link *link, uint32_t only)
{
    if ((link->present & only & VIF_LINK_NAME) != 0) {
        char name[17];                  /* the field may be full and have no NUL */
        memcpy(name, link->name, 16);
        name[16] = '\0';
        vif__nl_check_name(buf, name);
    }
    vif__nl_rows_build(vif__link_rows, buf, link, only);
}

/* Opens a message about a link. only: the bits of the rows that may be sent. */
static size_t vif__nl_link_open(vif_buf *buf, uint16_t type, uint16_t flags, const vif_link *link,
                                uint32_t only)
{
    const bool creates = type == VIF_RTM_NEWLINK && (flags & VIF_NLM_F_CREATE) != 0;
    size_t at;
    if (!creates && !((link->present & VIF_LINK_INDEX) != 0 && link->index > 0) &&
        (link->present & VIF_LINK_NAME) == 0) {
        buf->invalid = "no index or name given";
    }
    if (type == VIF_RTM_DELLINK || type == VIF_RTM_GETLINK) {
        only = VIF__LINK_SELECTS;
    }
    at = vif_nl_begin(buf, type, flags, NULL, 0);
    vif__nl_link_rows(buf, link, only);
    return at;
}

VIF_API size_t vif_nl_link_begin(vif_buf *buf, uint16_t type, uint16_t flags, const vif_link *link)
{
    return vif__nl_link_open(buf, type, flags, link, UINT32_MAX);
}

VIF_API void vif_nl_put_link(vif_buf *buf, uint16_t type, uint16_t flags, const vif_link *link)
{
    vif_nl_end(buf, vif_nl_link_begin(buf, type, flags, link));
}

/* Begins a request whose header has a family at 0 and an index, or zero, at 4, as all headers of
 * rtnetlink do. */
static size_t vif__nl_head_begin(vif_buf *buf, uint16_t type, int flags, uint8_t family,
                                 int32_t index, size_t len)
{
    unsigned char head[16] = { 0 };
    head[0] = family;
    memcpy(head + 4, &index, sizeof index);
    if (index <= 0 && (type & 3) != (VIF_RTM_GETLINK & 3)) {
        buf->invalid = "an index is positive";
    }
    return vif_nl_begin(buf, type, (uint16_t)flags, head, len);
}

/* struct ifinfomsg is { u8 family, pad; u16 type; i32 index; u32 flags, change }. */
static size_t vif__nl_info_begin(vif_buf *buf, uint16_t type, uint8_t family, int32_t index)
{
    return vif__nl_head_begin(buf, type, 0, family, index, 16);
}

/* Everything is in the header, so no attribute follows. */
VIF_API void vif_nl_put_link_flags(vif_buf *buf, int32_t index, uint32_t flags, uint32_t change)
{
    const size_t at = vif__nl_info_begin(buf, VIF_RTM_NEWLINK, 0, index);
    vif_nl_end(buf, at);
    if (vif_buf_status(buf, NULL) == VIF_OK) {
        vif__nl_set32(buf->data + at + VIF__NLMSG_HEAD + 8, flags);
        vif__nl_set32(buf->data + at + VIF__NLMSG_HEAD + 12, change);
    }
}

VIF_API void vif_nl_put_link_delete(vif_buf *buf, int32_t index)
{
    vif_nl_end(buf, vif__nl_info_begin(buf, VIF_RTM_DELLINK, 0, index));
}

enum { VIF__IFLA_ADDRESS = 1, VIF__IFLA_IFNAME = 3, VIF__IFLA_MASTER = 10,
       VIF__IFLA_LINKINFO = 18, VIF__IFLA_AF_SPEC = 26, VIF__IFLA_GROUP = 27,
       VIF__IFLA_EXT_MASK = 29, VIF__IFLA_ALT_IFNAME = 53 };

/* A request whose target is a group: an ifinfomsg without index and name (net/core/rtnetlink.c,
 * rtnl_group_dellink and rtnl_group_changelink). */
static size_t vif__nl_group_begin(vif_buf *buf, uint16_t type, uint32_t group)
{
    const size_t at = vif_nl_begin(buf, type, 0, NULL, 16);
    if (group == 0) {
        buf->invalid = "group 0 has every other link in it";
    }
    vif_put_u32(buf, VIF__IFLA_GROUP, group);
    return at;
}

/* It sends an address of one byte, which the kernel refuses for any link of the group before it
 * changes anything (validate_linkmsg). */
VIF_API void vif_nl_put_group_probe(vif_buf *buf, uint32_t group)
{
    const size_t at = vif__nl_group_begin(buf, VIF_RTM_NEWLINK, group);
    vif_put_u8(buf, VIF__IFLA_ADDRESS, 0);
    vif_nl_end(buf, at);
}

VIF_API void vif_nl_put_group_delete(vif_buf *buf, uint32_t group)
{
    vif_nl_end(buf, vif__nl_group_begin(buf, VIF_RTM_DELLINK, group));
}

/* Closes a request without counters, which are a quarter of a link's message and unused here. */
static void vif__nl_end_masked(vif_buf *buf, size_t at, uint32_t ext_mask)
{
    vif_put_u32(buf, VIF__IFLA_EXT_MASK, ext_mask | VIF_EXT_SKIP_STATS);
    vif_nl_end(buf, at);
}

VIF_API void vif_nl_put_link_get(vif_buf *buf, int32_t index, const char *name, uint32_t ext_mask)
{
    const size_t at = vif__nl_info_begin(buf, VIF_RTM_GETLINK, 0, index);
    if (index == 0) {
        vif__nl_check_name(buf, name);
        if (!buf->invalid) {
            vif_put_str(buf, VIF__IFLA_IFNAME, name);
        }
    }
    vif__nl_end_masked(buf, at, ext_mask);
}

/* It does not use IFLA_IFNAME, where the kernel refuses a long name (ERANGE, measured). */
VIF_API void vif_nl_put_link_get_alt(vif_buf *buf, const char *altname, uint32_t ext_mask)
{
    const size_t at = vif__nl_info_begin(buf, VIF_RTM_GETLINK, 0, 0);
    if (altname[0] == '\0' || strlen(altname) > 127) {
        buf->invalid = "an altname has 1 to 127 bytes";
    }
    vif_put_str(buf, VIF__IFLA_ALT_IFNAME, altname);
    vif__nl_end_masked(buf, at, ext_mask);
}

enum { VIF__IFLA_NETKIT_MODE = 5, VIF__NETKIT_L2 = 0 };         /* linux/if_link.h */

/* Puts LINKINFO{KIND, DATA{rows}}. A pair has no rows: its DATA is VETH_INFO_PEER or
 * IFLA_NETKIT_PEER_INFO (both are 1), which contains the other link. */
static void vif__nl_put_kind(vif_buf *buf, uint16_t flags, const vif_link *link, const char *kind,
                             const vif__row *rows, const void *object)
{
    const int how = flags != 0 ? (int)flags : VIF_NLM_F_CREATE | VIF_NLM_F_EXCL;
    const size_t at = vif__nl_link_open(buf, VIF_RTM_NEWLINK, (uint16_t)how, link,
                                        ~(uint32_t)VIF__LINK_INNER);
    const size_t info = vif_nest_begin(buf, VIF__IFLA_LINKINFO);
    size_t data, peer;
    vif_put_str(buf, 1, kind);
    data = vif_nest_begin(buf, 2);
    if (rows) {
        vif__nl_rows_build(rows, buf, object, UINT32_MAX);
    } else {
        peer = vif_nest_begin(buf, 1);
        vif__nl_link_rows(buf, (const vif_link *)object, ~(uint32_t)VIF__LINK_INNER);
        vif_nest_end(buf, peer);
        if (strcmp(kind, "netkit") == 0) {
            vif_put_u32(buf, VIF__IFLA_NETKIT_MODE, VIF__NETKIT_L2);
        }
    }
    vif_nest_end_or_drop(buf, data);
    vif_nest_end(buf, info);
    vif_nl_end(buf, at);
}

VIF_API void vif_nl_put_bridge(vif_buf *buf, uint16_t flags, const vif_link *link,
                               const vif_nl_bridge *bridge)
{
    vif__nl_put_kind(buf, flags, link, "bridge", vif__nl_bridge_rows, bridge);
}

VIF_API void vif_nl_put_vlan(vif_buf *buf, uint16_t flags, const vif_link *link,
                             const vif_vlan *vlan)
{
    vif__nl_put_kind(buf, flags, link, "vlan", vif__vlan_rows, vlan);
}

VIF_API void vif_nl_put_macvlan(vif_buf *buf, uint16_t flags, const char *kind,
                                const vif_link *link, const vif_macvlan *macvlan)
{
    vif__nl_put_kind(buf, flags, link, kind, vif__macvlan_rows, macvlan);
}

VIF_API void vif_nl_put_vxlan(vif_buf *buf, uint16_t flags, const vif_link *link,
                              const vif_vxlan *vxlan)
{
    vif__nl_put_kind(buf, flags, link, "vxlan", vif__vxlan_rows, vxlan);
}

#ifndef VIF_NO_NETWORKS
VIF_API void vif_nl_put_bond(vif_buf *buf, uint16_t flags, const vif_link *link,
                             const vif_bond *bond)
{
    vif__nl_put_kind(buf, flags, link, "bond", vif__bond_rows, bond);
}
#endif

VIF_API void vif_nl_put_veth(vif_buf *buf, uint16_t flags, const vif_link *link,
                             const vif_link *peer)
{
    vif__nl_put_kind(buf, flags, link, "veth", NULL, peer);
}

VIF_API void vif_nl_put_netkit(vif_buf *buf, uint16_t flags, const vif_link *link,
                               const vif_link *peer)
{
    vif__nl_put_kind(buf, flags, link, "netkit", NULL, peer);
}

#ifndef VIF_NO_QBG
enum { VIF__IFLA_VF_PORTS = 24, VIF__IFLA_PORT_SELF = 25 };     /* linux/if_link.h */

/* Puts what the port is to have. A disassociation of 802.1Qbh does not name the profile. */
static void vif__nl_put_profile(vif_buf *buf, const vif_nl_port *p, uint8_t request)
{
    const bool qbg = p->name != NULL;
    unsigned char vsi[8] = { 0 };       /* struct ifla_port_vsi: u8 manager, 3 of type, version */
    if (!qbg && p->vf >= 0) {
        vif_put_u32(buf, 1, (uint32_t)p->vf);       /* IFLA_PORT_VF */
    }
    if (qbg) {
        vif__nl_set32(vsi, p->manager | p->type << 8);
        vsi[4] = p->version;
        vif_put_attr(buf, 3, vsi, sizeof vsi);      /* IFLA_PORT_VSI_TYPE */
    } else if (p->profile && request != VIF_PORT_DISASSOCIATE) {
        vif_put_str(buf, 2, p->profile);            /* IFLA_PORT_PROFILE */
    }
    if (qbg || request != VIF_PORT_DISASSOCIATE) {
        vif_put_attr(buf, 4, p->instance, sizeof p->instance);      /* IFLA_PORT_INSTANCE_UUID */
    }
    if (p->has_host && request != VIF_PORT_DISASSOCIATE) {
        vif_put_attr(buf, 5, p->host, sizeof p->host);              /* IFLA_PORT_HOST_UUID */
    }
    vif_put_u8(buf, 6, request);                    /* IFLA_PORT_REQUEST */
}

/* Puts IFLA_VFINFO_LIST{IFLA_VF_INFO{IFLA_VF_MAC, IFLA_VF_VLAN}}. Each value begins with the number
 * of the function, and struct ifla_vf_mac has 32 bytes for the address. lldpad needs a VLAN, and
 * the kernel must get none. */
static void vif__nl_put_guest(vif_buf *buf, const vif_nl_port *p)
{
    const size_t list = vif_nest_begin(buf, 22), info = vif_nest_begin(buf, 1);
    unsigned char wire[36] = { 0 };
    vif__nl_set32(wire, (uint32_t)p->vf);
    if (p->has_mac && (p->name || p->vf >= 0)) {    /* the kernel takes no function -1 */
        memcpy(wire + 4, p->mac, sizeof p->mac);
        vif_put_attr(buf, 1, wire, sizeof wire);
    }
    if (p->name) {
        memset(wire + 4, 0, 8);
        vif__nl_set32(wire + 4, p->vlan);
        vif_put_attr(buf, 2, wire, 12);
    }
    vif_nest_end_or_drop(buf, info);
    vif_nest_end_or_drop(buf, list);
}

/* Puts SETLINK{IFNAME, VFINFO_LIST, VF_PORTS{VF_PORT} or PORT_SELF} for one of two readers. lldpad
 * speaks VDP on the port of that name, and takes -1 for a function. The kernel hands the message to
 * the driver, and wants PORT_SELF for a device that is no virtual function. A disassociation of
 * 802.1Qbh names only the function, because a driver looks for nothing else. */
VIF_API void vif_nl_put_port(vif_buf *buf, const vif_nl_port *port, uint8_t request)
{
    const bool self = !port->name && port->vf < 0;
    const size_t at = vif__nl_info_begin(buf, VIF_RTM_SETLINK, VIF_AF_UNSPEC, port->index);
    size_t nest;
    if (port->name) {
        vif_put_str(buf, 3, port->name);            /* IFLA_IFNAME */
    }
    if (port->name || request != VIF_PORT_DISASSOCIATE) {
        vif__nl_put_guest(buf, port);
    }
    nest = vif_nest_begin(buf, self ? VIF__IFLA_PORT_SELF : VIF__IFLA_VF_PORTS);
    if (self) {
        vif__nl_put_profile(buf, port, request);
    } else {
        const size_t one = vif_nest_begin(buf, 1);  /* IFLA_VF_PORT */
        vif__nl_put_profile(buf, port, request);
        vif_nest_end(buf, one);
    }
    vif_nest_end(buf, nest);
    vif_nl_end(buf, at);
}

/* lldpad lists all ports of the device by their UUIDs. Like drivers, it leaves the response out as
 * long as there is none. 0x100 is PORT_PROFILE_RESPONSE_SUCCESS, and 0x101 means in progress. */
VIF_API int vif_nl_port_response(const vif_nl_msg *msg, const vif_nl_port *port)
{
    const bool self = !port->name && port->vf < 0;
    vif_nl_view list, value;
    vif_attr one;
    bool bad;
    if (msg->len < 16 || !vif_attr_find(vif__nl_view(msg->data + 16, msg->len - 16),
                                        self ? VIF__IFLA_PORT_SELF : VIF__IFLA_VF_PORTS, &list)) {
        return VIF_PORT_ABSENT;
    }
    one.data = list.data;
    one.len = list.len;
    while (self || vif_attr_next(&list.data, &list.len, &one, &bad)) {
        const vif_nl_view attrs = vif__nl_view(one.data, one.len);
        const bool right = self || (port->name
            ? vif_attr_find(attrs, 4, &value) && value.len == 16 &&
              memcmp(value.data, port->instance, 16) == 0
            : vif_attr_find(attrs, 1, &value) && value.len == 4 &&
              vif__nl_u32(value.data) == (uint32_t)port->vf);
        if (right) {
            const int code = vif_attr_find(attrs, 7, &value) && value.len == 2
                           ? vif__nl_u16(value.data) : 0x101;
            return code == 0x101 ? VIF_PORT_UNDER_WAY : code == 0x100 ? VIF_PORT_DONE : code;
        }
    }
    return VIF_PORT_ABSENT;
}
#endif

/* Puts LINKINFO{SLAVE_KIND, SLAVE_DATA{rows}}, as "ip link set type bridge_slave" does. */
VIF_API void vif_nl_put_bridge_port(vif_buf *buf, int32_t index, const vif_bridge_port *port)
{
    const size_t at = vif__nl_info_begin(buf, VIF_RTM_NEWLINK, 0, index);
    const size_t info = vif_nest_begin(buf, VIF__IFLA_LINKINFO);
    size_t data;
    vif_put_str(buf, 4, "bridge");      /* IFLA_INFO_SLAVE_KIND, IFLA_INFO_SLAVE_DATA */
    data = vif_nest_begin(buf, 5);
    vif__nl_rows_build(vif__bridge_port_rows, buf, port, UINT32_MAX);
    vif_nest_end(buf, data);
    vif_nest_end(buf, info);
    vif_nl_end(buf, at);
}

#ifndef VIF_NO_SWITCH
VIF_API void vif_nl_put_bridge_vlans(vif_buf *buf, uint16_t type, int32_t index,
                                     const vif_bridge_vlans *vlans)
{
    const size_t at = vif__nl_info_begin(buf, type, VIF_AF_BRIDGE, index);
    const size_t spec = vif_nest_begin(buf, VIF__IFLA_AF_SPEC);
    if (vlans->self) {
        vif_put_u16(buf, 0, 2);         /* IFLA_BRIDGE_FLAGS, BRIDGE_FLAGS_SELF */
    }
    for (size_t i = 0; i < vlans->count; i++) {
        const vif_bridge_vlan *v = vlans->items + i;
        if (v->first == 0 || v->first > v->last || v->last > 4094) {
            buf->invalid = "VLANs: 1 to 4094, first to last";
        }
        /* A range is two entries, its first and its last. A single VLAN is one, without a mark. */
        for (int last = v->first == v->last; last < 2; last++) {
            const int end = last ? VIF__VLAN_END : VIF__VLAN_BEGIN;
            const int range = v->first == v->last ? 0 : end;
            unsigned char info[4];
            vif__nl_set16(info, (uint16_t)(v->flags | range));
            vif__nl_set16(info + 2, last ? v->last : v->first);
            vif_put_attr(buf, VIF__BRIDGE_VLAN_INFO, info, sizeof info);
        }
    }
    vif_nest_end(buf, spec);
    vif_nl_end(buf, at);
}
#endif

/* Puts AF_SPEC{AF_INET{IFLA_INET_CONF{number: value, ...}}}. The kernel sends an array, but
 * takes an attribute for each setting. It handles AF_SPEC after everything else in a message,
 * even IFF_UP (net/core/rtnetlink.c do_setlink), so what must be set before a link is up goes
 * into an earlier message. */
VIF_API void vif_put_inet_conf(vif_buf *buf, const vif_inet_conf *set, size_t count)
{
    const size_t spec = vif_nest_begin(buf, VIF__IFLA_AF_SPEC);
    const size_t inet = vif_nest_begin(buf, VIF_AF_INET);
    const size_t conf = vif_nest_begin(buf, 1);     /* IFLA_INET_CONF */
    for (size_t i = 0; i < count; i++) {
        vif_put_u32(buf, set[i].which, set[i].value);
    }
    vif_nest_end_or_drop(buf, conf);
    vif_nest_end_or_drop(buf, inet);
    vif_nest_end_or_drop(buf, spec);
}

VIF_API void vif_nl_put_inet_conf(vif_buf *buf, int32_t index, const vif_inet_conf *set,
                                  size_t count)
{
    const size_t at = vif__nl_info_begin(buf, VIF_RTM_NEWLINK, 0, index);
    vif_put_inet_conf(buf, set, count);
    vif_nl_end(buf, at);
}

/* Puts AF_SPEC{AF_INET6{type: bytes}}. */
static void vif__nl_put_inet6(vif_buf *buf, int32_t index, uint16_t type, const void *data,
                              size_t len)
{
    const size_t at = vif__nl_info_begin(buf, VIF_RTM_NEWLINK, 0, index);
    const size_t spec = vif_nest_begin(buf, VIF__IFLA_AF_SPEC);
    const size_t inet6 = vif_nest_begin(buf, VIF_AF_INET6);
    vif_put_attr(buf, type, data, len);
    vif_nest_end(buf, inet6);
    vif_nest_end(buf, spec);
    vif_nl_end(buf, at);
}

VIF_API void vif_nl_put_addr_gen_mode(vif_buf *buf, int32_t index, uint8_t mode)
{
    vif__nl_put_inet6(buf, index, 8, &mode, 1);     /* IFLA_INET6_ADDR_GEN_MODE */
}

VIF_API void vif_nl_put_token(vif_buf *buf, int32_t index, const uint8_t token[16])
{
    vif__nl_put_inet6(buf, index, 7, token, 16);    /* IFLA_INET6_TOKEN */
}

/* Puts a whole message from one struct. Returns the place of its family's header. */
static size_t vif__nl_put_rows(vif_buf *buf, uint16_t type, uint16_t flags, const vif__row *rows,
                               const void *object)
{
    const size_t at = vif_nl_begin(buf, type, flags, NULL, 0);
    vif__nl_rows_build(rows, buf, object, UINT32_MAX);
    vif_nl_end(buf, at);
    return at + VIF__NLMSG_HEAD;
}

VIF_API void vif_nl_put_addr(vif_buf *buf, uint16_t type, uint16_t flags, const vif_addr *addr)
{
    (void)vif__nl_put_rows(buf, type, flags, vif__addr_rows, addr);
}

/* struct rtmsg has its protocol at 5, scope at 6 and type at 7. The defaults are those of "ip
 * route": without a gateway the destination is on the link, and a deletion has scope NOWHERE and 0
 * for the rest, which matches any. */
VIF_API void vif_nl_put_route(vif_buf *buf, uint16_t type, uint16_t flags,
                              const vif_nl_route *route)
{
    const size_t at = vif__nl_put_rows(buf, type, flags, vif__nl_route_rows, route);
    const uint32_t beyond = VIF_NL_ROUTE_GATEWAY | VIF_NL_ROUTE_VIA | VIF_NL_ROUTE_MULTIPATH |
                            VIF_NL_ROUTE_NH_ID;
    const uint32_t seen = route->present;
    unsigned char *head = buf->data + at;
    if (type == VIF_RTM_GETROUTE || vif_buf_status(buf, NULL) != VIF_OK) {
        return;
    }
    if ((seen & VIF_NL_ROUTE_SCOPE) == 0) {
        head[6] = (seen & beyond) != 0 ? VIF_SCOPE_UNIVERSE : VIF_SCOPE_LINK;
        if (type == VIF_RTM_DELROUTE) {
            head[6] = VIF_SCOPE_NOWHERE;
        }
    }
    if (type == VIF_RTM_NEWROUTE && (seen & VIF_NL_ROUTE_TYPE) == 0) {
        head[7] = VIF_RTN_UNICAST;
    }
    if (type == VIF_RTM_NEWROUTE && (seen & VIF_NL_ROUTE_PROTOCOL) == 0) {
        head[5] = VIF_RTPROT_STATIC;
    }
}

VIF_API void vif_nl_put_neigh(vif_buf *buf, uint16_t type, uint16_t flags, const vif_neigh *neigh)
{
    (void)vif__nl_put_rows(buf, type, flags, vif__neigh_rows, neigh);
}

#ifndef VIF_NO_SWITCH
VIF_API bool vif_qdisc_parse(const vif_nl_msg *msg, vif_qdisc *out)
{
    return vif__nl_msg_parse(vif__qdisc_rows, VIF_RTM_NEWQDISC, msg, out);
}

VIF_API void vif_nl_put_qdisc(vif_buf *buf, uint16_t type, uint16_t flags, const vif_qdisc *qdisc)
{
    const int how = type == VIF_RTM_GETQDISC ? flags | VIF_NLM_F_ECHO : flags;
    (void)vif__nl_put_rows(buf, type, (uint16_t)how, vif__qdisc_rows, qdisc);
}

/* >>token buckets
 *
 * A vif_tbf becomes the options of a qdisc, and the other way round. struct tc_tbf_qopt is {
 * tc_ratespec rate, peakrate; u32 limit, buffer, mtu }, and a tc_ratespec is { u8 cell_log,
 * linklayer; u16 overhead; i16 cell_align; u16 mpu; u32 rate }. If a link layer is given, the
 * kernel computes the cost of a frame itself and needs no table of costs (sch_generic.c and
 * sch_tbf.c in net/sched; measured). Attributes: linux/pkt_sched.h, TCA_TBF_*. */

enum { VIF__TBF_PARMS = 1, VIF__TBF_RATE64 = 4, VIF__TBF_PRATE64 = 5, VIF__TBF_BURST = 6,
       VIF__TBF_PBURST = 7, VIF__TBF_PARMS_LEN = 36, VIF__LINKLAYER_ETHERNET = 1 };
/* The kernel's units of time in a second. */
#define VIF__TBF_TICKS 15625000u

/* Fills in a tc_ratespec. A rate of more than 32 bits also has an attribute of its own. */
static void vif__tbf_spec(unsigned char spec[12], uint64_t rate)
{
    spec[1] = VIF__LINKLAYER_ETHERNET;
    vif__nl_set32(spec + 8, rate > UINT32_MAX ? UINT32_MAX : (uint32_t)rate);
}

VIF_API void vif_nl_put_tbf(vif_buf *buf, uint16_t flags, const vif_qdisc *at, const vif_tbf *tbf)
{
    unsigned char room[96], parms[VIF__TBF_PARMS_LEN] = { 0 };
    vif_qdisc q = *at;
    vif_buf options;

    vif__tbf_spec(parms, tbf->rate);
    vif__nl_set32(parms + 24, tbf->limit);
    if (tbf->peak != 0) {
        vif__tbf_spec(parms + 12, tbf->peak);
    }
    vif_buf_init(&options, room, sizeof room);
    vif_put_attr(&options, VIF__TBF_PARMS, parms, sizeof parms);
    if (tbf->rate > UINT32_MAX) {
        vif_put_u64(&options, VIF__TBF_RATE64, tbf->rate);
    }
    if (tbf->peak > UINT32_MAX) {
        vif_put_u64(&options, VIF__TBF_PRATE64, tbf->peak);
    }
    vif_put_u32(&options, VIF__TBF_BURST, tbf->burst);
    if (tbf->peak != 0) {
        vif_put_u32(&options, VIF__TBF_PBURST, tbf->peak_burst);
    }
    memcpy(q.kind, "tbf", 4);
    q.options = vif__nl_view(room, options.len);
    q.present |= VIF_QDISC_KIND | VIF_QDISC_OPTIONS;
    vif_nl_put_qdisc(buf, VIF_RTM_NEWQDISC, flags, &q);
}

/* Reads a rate: 32 bits from the tc_ratespec, or 64 from the attribute for wide ones. */
static uint64_t vif__tbf_rate(vif_nl_view options, uint16_t wide, const unsigned char *spec)
{
    uint64_t rate = vif__nl_u32(spec + 8);
    vif_nl_view found;

    if (vif_attr_find(options, wide, &found) && found.len >= sizeof rate) {
        memcpy(&rate, found.data, sizeof rate);
    }
    return rate;
}

/* The bytes that pass at that rate in that time, rounded up. The product may have over 64 bits. */
static uint32_t vif__tbf_bytes(uint64_t rate, uint32_t ticks)
{
    const uint64_t whole = rate / VIF__TBF_TICKS, part = rate % VIF__TBF_TICKS * ticks;
    uint64_t bytes = part / VIF__TBF_TICKS + (part % VIF__TBF_TICKS != 0);

    if (ticks != 0 && whole > UINT32_MAX / ticks) {
        return UINT32_MAX;
    }
    bytes += whole * ticks;
    return bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes;
}

VIF_API bool vif_tbf_parse(const vif_qdisc *qdisc, vif_tbf *out)
{
    vif_nl_view parms;

    memset(out, 0, sizeof *out);
    if ((qdisc->present & VIF_QDISC_OPTIONS) == 0 || memcmp(qdisc->kind, "tbf", 4) != 0 ||
        !vif_attr_find(qdisc->options, VIF__TBF_PARMS, &parms) ||
        parms.len < VIF__TBF_PARMS_LEN) {
        return false;
    }
    out->rate = vif__tbf_rate(qdisc->options, VIF__TBF_RATE64, parms.data);
    out->peak = vif__tbf_rate(qdisc->options, VIF__TBF_PRATE64, parms.data + 12);
    out->limit = vif__nl_u32(parms.data + 24);
    out->burst = vif__tbf_bytes(out->rate, vif__nl_u32(parms.data + 28));
    out->peak_burst = vif__tbf_bytes(out->peak, vif__nl_u32(parms.data + 32));
    return true;
}
#endif

/* >>dumps
 *
 * Requests for all objects of a kind. With strict checking (see >>posix) the kernel filters by what
 * is in the request, and refuses what it can't filter by. Without it, the kernel ignores filters
 * and sends everything, so readers compare again. */

/* A value of 0 is no filter. */
static void vif__nl_put_filter(vif_buf *buf, uint16_t type, uint32_t value)
{
    if (value != 0) {
        vif_put_u32(buf, type, value);
    }
}

VIF_API void vif_nl_put_link_dump(vif_buf *buf, uint8_t family, uint32_t master, const char *kind,
                                  uint32_t ext_mask)
{
    const size_t at = vif__nl_head_begin(buf, VIF_RTM_GETLINK, VIF_NLM_F_DUMP, family, 0, 16);
    vif__nl_put_filter(buf, VIF__IFLA_MASTER, master);
    if (kind) {
        const size_t info = vif_nest_begin(buf, VIF__IFLA_LINKINFO);
        vif_put_str(buf, 1, kind);
        vif_nest_end(buf, info);
    }
    vif__nl_end_masked(buf, at, ext_mask);
}

#ifndef VIF_NO_SWITCH
VIF_API void vif_nl_put_bridge_vlan_dump(vif_buf *buf, int32_t index)
{
    vif_nl_end(buf, vif__nl_head_begin(buf, VIF_RTM_GETVLAN, VIF_NLM_F_DUMP, VIF_AF_BRIDGE, index,
                                       8));
}
#endif

VIF_API void vif_nl_put_addr_dump(vif_buf *buf, uint8_t family, int32_t index)
{
    vif_nl_end(buf, vif__nl_head_begin(buf, VIF_RTM_GETADDR, VIF_NLM_F_DUMP, family, index, 8));
}

VIF_API void vif_nl_put_route_dump(vif_buf *buf, uint8_t family, uint32_t oif, uint32_t table)
{
    const size_t at = vif__nl_head_begin(buf, VIF_RTM_GETROUTE, VIF_NLM_F_DUMP, family, 0, 12);
    vif__nl_put_filter(buf, 4, oif);            /* RTA_OIF, RTA_TABLE */
    vif__nl_put_filter(buf, 15, table);
    vif_nl_end(buf, at);
}

VIF_API void vif_nl_put_route_get(vif_buf *buf, uint8_t family, const uint8_t address[16])
{
    const uint8_t len = family == VIF_AF_INET ? 4 : 16;
    const size_t at = vif__nl_head_begin(buf, VIF_RTM_GETROUTE, 0, family, 0, 12);
    vif_put_attr(buf, 1, address, len);         /* RTA_DST */
    if (vif_buf_status(buf, NULL) == VIF_OK) {
        buf->data[at + VIF__NLMSG_HEAD + 1] = (uint8_t)(len * 8);
    }
    vif_nl_end(buf, at);
}

/* RTM_SETNEIGHTBL has an ndtmsg, NDTA_NAME (1) and NDTA_PARMS (6), which has NDTPA_IFINDEX (1)
 * and a number for each timer (linux/neighbour.h). Returns the end of NDTA_PARMS. */
enum { VIF__RTM_GETNEIGHTBL = 66, VIF__NDTA_PARMS = 6, VIF__NDTPA_IFINDEX = 1,
       VIF__NDTPA_PROXY_DELAY = 13 };

static size_t vif__nl_timers_begin(vif_buf *buf, uint8_t family, int32_t index)
{
    const unsigned char head[4] = {family, 0, 0, 0};
    size_t parms;
    (void)vif_nl_begin(buf, VIF__RTM_GETNEIGHTBL + 1, 0, head, sizeof head);
    vif_put_str(buf, 1, family == VIF_AF_INET ? "arp_cache" : "ndisc_cache");
    parms = vif_nest_begin(buf, VIF__NDTA_PARMS);
    vif_put_u32(buf, VIF__NDTPA_IFINDEX, (uint32_t)index);
    return parms;
}

VIF_API void vif_nl_put_proxy_delay(vif_buf *buf, uint8_t family, int32_t index, uint64_t ms)
{
    const size_t at = buf->len, parms = vif__nl_timers_begin(buf, family, index);
    vif_put_u64(buf, VIF__NDTPA_PROXY_DELAY, ms);
    vif_nest_end(buf, parms);
    vif_nl_end(buf, at);
}

VIF_API void vif_nl_put_timers_dump(vif_buf *buf)
{
    const unsigned char head[4] = {0, 0, 0, 0};
    vif_nl_end(buf, vif_nl_begin(buf, VIF__RTM_GETNEIGHTBL, VIF_NLM_F_DUMP, head, sizeof head));
}

VIF_API int32_t vif_nl_timers_parse(const vif_nl_msg *msg, uint8_t *family, vif_nl_view *timers)
{
    vif_nl_view index;
    if (msg->type != VIF__RTM_GETNEIGHTBL - 2 || msg->len <= 4 ||
        !vif_attr_find(vif__nl_view(msg->data + 4, msg->len - 4), VIF__NDTA_PARMS, timers) ||
        !vif_attr_find(*timers, VIF__NDTPA_IFINDEX, &index) || index.len != 4) {
        return 0;
    }
    *family = msg->data[0];
    return (int32_t)vif__nl_u32(index.data);
}

/* 1 to 3 are the index, a count, and a time that the kernel draws from another one. The first two
 * are not sent. */
VIF_API void vif_nl_put_timers(vif_buf *buf, uint8_t family, int32_t index, vif_nl_view like,
                               vif_nl_view is)
{
    const size_t at = buf->len, parms = vif__nl_timers_begin(buf, family, index), none = buf->len;
    vif_attr timer;
    vif_nl_view view;
    bool bad;
    while (vif_attr_next(&like.data, &like.len, &timer, &bad)) {
        if (timer.type > 3 && vif_attr_find(is, timer.type, &view) &&
            (view.len != timer.len || memcmp(view.data, timer.data, view.len) != 0)) {
            vif_put_attr(buf, timer.type, timer.data, timer.len);
        }
    }
    if (buf->len == none) {
        buf->len = at;
        return;
    }
    vif_nest_end(buf, parms);
    vif_nl_end(buf, at);
}

VIF_API void vif_nl_put_nexthop_dump(vif_buf *buf, uint32_t oif, bool groups)
{
    const size_t at = vif__nl_head_begin(buf, VIF_RTM_GETNEXTHOP, VIF_NLM_F_DUMP, 0, 0, 8);
    if (groups) {
        vif_put_attr(buf, 9, NULL, 0);          /* NHA_GROUPS */
    }
    vif__nl_put_filter(buf, 5, oif);            /* NHA_OIF */
    vif_nl_end(buf, at);
}

/* Strict checking wants a port of a forwarding table in the header, but any other
 * link in an attribute. */
VIF_API void vif_nl_put_neigh_dump(vif_buf *buf, uint8_t family, int32_t index, uint32_t master,
                                   bool proxy)
{
    const bool table = family == VIF_AF_BRIDGE;
    const size_t at = vif__nl_head_begin(buf, VIF_RTM_GETNEIGH, VIF_NLM_F_DUMP, family,
                                         table ? index : 0, 12);
    if (proxy && vif_buf_status(buf, NULL) == VIF_OK) {
        buf->data[at + VIF__NLMSG_HEAD + 10] = VIF_NTF_PROXY;
    }
    vif__nl_put_filter(buf, 8, table ? 0 : (uint32_t)index);                    /* NDA_IFINDEX */
    vif__nl_put_filter(buf, 9, master);                                         /* NDA_MASTER */
    vif_nl_end(buf, at);
}

/* >>moves
 *
 * A message of a dump comes in, and a request that makes the same object on another link goes
 * out. It copies all attributes, known or not, so a library that is older than the kernel
 * loses nothing that somebody has set. It leaves out only what names the link, and the state
 * that the kernel keeps. */

/* Copies all attributes but those in `drop`, a mask of types. */
static void vif__nl_put_all(vif_buf *buf, vif_nl_view left, uint64_t drop)
{
    vif_attr attr;
    bool bad;
    while (vif_attr_next(&left.data, &left.len, &attr, &bad)) {
        if (attr.type > 63 || (drop >> attr.type & 1) == 0) {
            vif_put_attr(buf, vif__nl_u16(attr.data - 2), attr.data, attr.len);
        }
    }
}

static void vif__nl_copy_attrs(vif_buf *buf, const vif_nl_msg *msg, size_t head, uint64_t drop)
{
    vif__nl_put_all(buf, vif__nl_view(msg->data + head, msg->len - head), drop);
}

/* Makes the hops that use one device use the other, and clears all flags but ONLINK. False if no
 * hop uses the device, or a length is bad. struct rtnexthop is { u16 len; u8 flags, hops; i32
 * ifindex }, then attributes. */
static bool vif__nl_hops(unsigned char *hops, size_t left, const vif_nl_move *move)
{
    bool found = false;
    while (left >= 8) {
        const size_t raw = vif__nl_u16(hops), len = vif__nl_align(raw);
        if (raw < 8 || len > left) {
            return false;
        }
        if (vif__nl_u32(hops + 4) == (uint32_t)move->from) {
            vif__nl_set32(hops + 4, (uint32_t)move->to);
            found = true;
        }
        hops[2] &= VIF_RTF_ONLINK;
        hops += len;
        left -= len;
    }
    return found && left == 0;
}

/* The nth hop, from 0; empty if there is none. */
static vif_nl_view vif__nl_hop(vif_nl_view hops, size_t nth)
{
    while (hops.len >= 8) {
        const size_t raw = vif__nl_u16(hops.data), len = vif__nl_align(raw);
        if (raw < 8 || len > hops.len) {
            break;
        }
        if (nth-- == 0) {
            return vif__nl_view(hops.data, raw);
        }
        hops.data += len;
        hops.len -= len;
    }
    return vif__nl_view(NULL, 0);
}

VIF_API bool vif_nl_put_route_hop(vif_buf *buf, const vif_nl_msg *from, size_t nth)
{
    const size_t at = buf->len;
    vif_nl_view hop, left;
    vif_nl_route route;
    vif_attr attr;
    bool bad;
    if (!vif_nl_route_parse(from, &route) ||
        (route.present & (VIF_NL_ROUTE_MULTIPATH | VIF_NL_ROUTE_NH_ID)) != VIF_NL_ROUTE_MULTIPATH) {
        return false;
    }
    hop = vif__nl_hop(route.multipath, nth);
    if (hop.len == 0) {
        return false;
    }
    vif_nl_end(buf, vif_nl_begin(buf, VIF_RTM_NEWROUTE, 0, from->data, 12));
    left = vif__nl_view(from->data + 12, from->len - 12);
    while (vif_attr_next(&left.data, &left.len, &attr, &bad)) {
        if (attr.type != 9 || hop.data[3] != 0) {       /* a weight needs RTA_MULTIPATH (9) */
            vif_put_attr(buf, vif__nl_u16(attr.data - 2), attr.type != 9 ? attr.data : hop.data,
                         attr.type != 9 ? attr.len : hop.len);
        } else {
            vif__nl_put_all(buf, vif__nl_view(hop.data + 8, hop.len - 8), 0);
            vif_put_u32(buf, 4, vif__nl_u32(hop.data + 4));
            if (vif_buf_status(buf, NULL) == VIF_OK) {
                buf->data[at + VIF__NLMSG_HEAD + 8] |= hop.data[2] & VIF_RTF_ONLINK;
            }
        }
    }
    vif_nl_end(buf, at);
    return true;
}

enum { VIF__RTA_OIF = 4, VIF__RTA_MULTIPATH = 9, VIF__RTA_CACHEINFO = 12, VIF__RTA_EXPIRES = 23,
       VIF__IFA_LABEL = 3, VIF__IFA_CACHEINFO = 6, VIF__IFA_FLAGS = 8,
       VIF__NHA_GROUP = 2, VIF__NHA_OIF = 5, VIF__NHA_ENCAP = 8, VIF__NHA_RES_GROUP = 12 };

static bool vif__nl_put_route_moved(vif_buf *buf, const vif_nl_msg *from,
                                    const vif_nl_move *move)
{
    const uint64_t drop = 1u << VIF__RTA_OIF | 1u << VIF__RTA_MULTIPATH | 1u << VIF__RTA_CACHEINFO |
                          1u << VIF__RTA_EXPIRES;
    /* RTA_GATEWAY, RTA_VIA, RTA_ENCAP_TYPE and RTA_ENCAP are shown, but are the object's. */
    const uint64_t of_object = 1u << 5 | 1u << 18 | 1u << 21 | 1u << 22;
    unsigned char *head = buf->data + buf->len - 12;
    bool multipath, object;
    vif_nl_route route;
    size_t hops;
    if (!vif_nl_route_parse(from, &route) || (route.flags & 0x200) != 0) {  /* RTM_F_CLONED */
        return false;
    }
    object = (route.present & VIF_NL_ROUTE_NH_ID) != 0;
    multipath = (route.present & VIF_NL_ROUTE_MULTIPATH) != 0;
    vif__nl_copy_attrs(buf, from, 12, object ? drop | of_object : drop);
    hops = buf->len + 4;
    if (multipath && !object) {
        vif_put_attr(buf, VIF__RTA_MULTIPATH, route.multipath.data, route.multipath.len);
    } else if (!object) {
        vif_put_u32(buf, VIF__RTA_OIF, (uint32_t)move->to);
    }
    if (vif_buf_status(buf, NULL) != VIF_OK) {
        return true;
    }
    vif__nl_set32(head + 8, object ? 0 : route.flags & VIF_RTF_ONLINK);
    head[5] = move->protocol != 0 ? move->protocol : head[5];
    vif__nl_put_filter(buf, VIF__RTA_EXPIRES, move->expires_s);
    return object && (multipath || route.oif == 0) ? true
        : multipath ? vif__nl_hops(buf->data + hops, route.multipath.len, move)
        : route.oif == (uint32_t)move->from;
}

static bool vif__nl_put_addr_moved(vif_buf *buf, const vif_nl_msg *from,
                                   const vif_nl_move *move)
{
    /* Flags that somebody has set: HOMEADDRESS, MANAGETEMPADDR, NOPREFIXROUTE, MCAUTOJOIN. */
    const uint32_t keep = 0x710;
    unsigned char *head = buf->data + buf->len - 8;
    uint32_t times[4] = { 0, 0, 0, 0 }, flags;  /* struct ifa_cacheinfo; its stamps are not sent */
    vif_addr addr;
    if (!vif_addr_parse(from, &addr) || addr.index != move->from) {
        return false;
    }
    flags = (addr.flags & keep) | move->flags;
    vif__nl_copy_attrs(buf, from, 8,
                       1u << VIF__IFA_LABEL | 1u << VIF__IFA_CACHEINFO | 1u << VIF__IFA_FLAGS);
    vif_put_u32(buf, VIF__IFA_FLAGS, flags);
    if (move->label) {
        vif_put_str(buf, VIF__IFA_LABEL, move->label);
    }
    if (move->lifetime) {
        memcpy(times, move->lifetime, 8);
        vif_put_attr(buf, VIF__IFA_CACHEINFO, times, sizeof times);
    }
    if (vif_buf_status(buf, NULL) == VIF_OK) {
        head[2] = (unsigned char)flags;         /* the header has the low 8 bits as well */
        memcpy(head + 4, &move->to, sizeof move->to);
    }
    return true;
}

static bool vif__nl_put_neigh_moved(vif_buf *buf, const vif_nl_msg *from,
                                    const vif_nl_move *move)
{
    unsigned char *head = buf->data + buf->len - 12;
    vif_neigh neigh;
    if (!vif_neigh_parse(from, &neigh) || neigh.index != move->from) {
        return false;
    }
    vif__nl_copy_attrs(buf, from, 12, 1u << 3 | 1u << 4);       /* NDA_CACHEINFO, NDA_PROBES */
    if (vif_buf_status(buf, NULL) == VIF_OK) {
        memcpy(head + 4, &move->to, sizeof move->to);
    }
    return true;
}

/* struct nhmsg is { u8 family, scope, protocol, 0; u32 flags }. The kernel refuses a scope. */
static bool vif__nl_put_nexthop_moved(vif_buf *buf, const vif_nl_msg *from,
                                      const vif_nl_move *move)
{
    const vif_nl_view attrs = vif__nl_view(from->data + 8, from->len - 8);
    unsigned char *head = buf->data + buf->len - 8;
    vif_nl_view oif, encap;
    if (vif_attr_find(attrs, VIF__NHA_GROUP, &oif)) {
        vif__nl_copy_attrs(buf, from, 8, ~(uint64_t)0xe);   /* NHA_ID, NHA_GROUP, its type */
        return !vif_attr_find(attrs, VIF__NHA_RES_GROUP, &oif);     /* which has times, too */
    }
    if (!vif_attr_find(attrs, VIF__NHA_OIF, &oif) || oif.len != 4 ||
        vif__nl_u32(oif.data) != (uint32_t)move->from) {
        return false;
    }
    vif__nl_copy_attrs(buf, from, 8, 1u << VIF__NHA_OIF | 1u << VIF__NHA_ENCAP);
    vif_put_u32(buf, VIF__NHA_OIF, (uint32_t)move->to);
    if (vif_attr_find(attrs, VIF__NHA_ENCAP, &encap)) {     /* shown without the flag it needs */
        vif_put_attr(buf, (uint16_t)VIF__NHA_ENCAP | VIF__NLA_NESTED, encap.data, encap.len);
    }
    if (vif_buf_status(buf, NULL) == VIF_OK) {
        head[1] = 0;
        vif__nl_set32(head + 4, vif__nl_u32(head + 4) & VIF_RTF_ONLINK);
    }
    return true;
}

VIF_API uint32_t vif_nl_nexthop_parse(const vif_nl_msg *msg, vif_nl_view *group)
{
    const vif_nl_view attrs = vif__nl_view(msg->data + 8, msg->len < 8 ? 0 : msg->len - 8);
    vif_nl_view id;
    if (!vif_attr_find(attrs, VIF__NHA_GROUP, group)) {
        *group = vif__nl_view(NULL, 0);
    }
    return vif_attr_find(attrs, 1, &id) && id.len == 4 ? vif__nl_u32(id.data) : 0;  /* NHA_ID */
}

static bool vif__nl_put_any_moved(vif_buf *buf, const vif_nl_msg *msg, const vif_nl_move *move)
{
    switch (msg->type) {
    case VIF_RTM_NEWADDR: return vif__nl_put_addr_moved(buf, msg, move);
    case VIF_RTM_NEWNEIGH: return vif__nl_put_neigh_moved(buf, msg, move);
    case VIF_RTM_NEWNEXTHOP: return vif__nl_put_nexthop_moved(buf, msg, move);
    default: return vif__nl_put_route_moved(buf, msg, move);
    }
}

/* It copies the header first. Each kind then names the other device there or in an attribute. */
VIF_API bool vif_nl_put_moved(vif_buf *buf, uint16_t type, uint16_t flags, const vif_nl_msg *msg,
                              const vif_nl_move *move)
{
    const bool short_head = msg->type == VIF_RTM_NEWADDR || msg->type == VIF_RTM_NEWNEXTHOP;
    const size_t start = buf->len, head = short_head ? 8 : 12;
    if (move->from == 0 || msg->len < head) {
        return false;
    }
    vif_nl_end(buf, vif_nl_begin(buf, type, flags, msg->data, head));
    if (vif_buf_status(buf, NULL) != VIF_OK) {
        return true;                    /* no room, which the buffer reports */
    }
    if (!vif__nl_put_any_moved(buf, msg, move)) {
        buf->len = start;
        return false;
    }
    vif_nl_end(buf, start);
    return true;
}

#ifndef VIF_NO_VF
/* >>virtual functions
 *
 * A link's message with VIF_EXT_VF has IFLA_NUM_VF and IFLA_VFINFO_LIST{IFLA_VF_INFO{...}...}; a
 * message that sets them has only the list. Each attribute in it is the number of the function and
 * then a value, so these rows have a shape of their own: number on the wire, bit, bytes of the
 * value here and on the wire, and place in the struct. The VLAN is one nest deeper, with its
 * protocol (since Linux 4.9). The older IFLA_VF_VLAN, which has no protocol, is skipped. */

enum { VIF__IFLA_NUM_VF = 21, VIF__IFLA_VFINFO_LIST = 22, VIF__IFLA_VF_INFO = 1,
       VIF__IFLA_VF_VLAN_LIST = 12, VIF__IFLA_VF_VLAN_INFO = 1 };

typedef struct vif__vf_row {
    uint8_t wire, present, size, space, off;
} vif__vf_row;
static const vif__vf_row vif__vf_rows[] = {
    { 1, VIF_VF_MAC, 6, 32, offsetof(vif_vf, mac) },
    { VIF__IFLA_VF_VLAN_LIST, VIF_VF_VLAN, 12, 12, offsetof(vif_vf, vlan) },
    { 6, VIF_VF_RATE, 8, 8, offsetof(vif_vf, min_rate) },
    { 4, VIF_VF_SPOOFCHK, 4, 4, offsetof(vif_vf, spoofchk) },
    { 5, VIF_VF_LINK_STATE, 4, 4, offsetof(vif_vf, link_state) },
    { 9, VIF_VF_TRUST, 4, 4, offsetof(vif_vf, trust) } };
enum { VIF__VF_ROWS = sizeof vif__vf_rows / sizeof *vif__vf_rows };

/* Stores one attribute of IFLA_VF_INFO. The kernel sends -1 for what it does not know. */
static void vif__vf_take(vif_vf *out, vif_attr attr)
{
    vif_nl_view view = vif__nl_view(attr.data, attr.len);
    for (size_t i = 0; i < VIF__VF_ROWS; i++) {
        const vif__vf_row *row = &vif__vf_rows[i];
        if (row->wire != attr.type || (row->wire == VIF__IFLA_VF_VLAN_LIST &&
                                       !vif_attr_find(view, VIF__IFLA_VF_VLAN_INFO, &view))) {
            continue;
        }
        if (view.len < 4u + row->size || vif__nl_u32(view.data + 4) == UINT32_MAX) {
            return;
        }
        memcpy((unsigned char *)out + row->off, view.data + 4, row->size);
        out->number = vif__nl_u32(view.data);
        out->present |= row->present;
        if (row->present == VIF_VF_VLAN) {
            out->protocol = (uint32_t)view.data[12] << 8 | view.data[13];
        }
    }
}

/* IFLA_NUM_VF says how many functions there should be. A list of another length was cut by the
 * kernel because its message was full. */
VIF_API vif_status vif_vf_parse(const vif_nl_msg *msg, uint32_t number, vif_vf *out,
                                uint32_t *count, vif_error *err)
{
    vif_nl_view list, info = vif__nl_view(NULL, 0), view;
    uint32_t have = 0, want;
    vif_attr attr;
    bool bad = false;

    memset(out, 0, sizeof *out);
    list = msg->len > 16 ? vif__nl_view(msg->data + 16, msg->len - 16) : info;
    want = vif_attr_find(list, VIF__IFLA_NUM_VF, &view) && view.len == 4 ? vif__nl_u32(view.data)
                                                                         : UINT32_MAX;
    if (!vif_attr_find(list, VIF__IFLA_VFINFO_LIST, &list)) {
        list = info;
    }
    while (vif_attr_next(&list.data, &list.len, &attr, &bad)) {
        if (have++ == number) {
            info = vif__nl_view(attr.data, attr.len);
        }
    }
    if (bad || (want != UINT32_MAX && have != want)) {
        return vif__fail(err, VIF_E_PROTO, "the list of virtual functions is cut short");
    }
    if (count) {
        *count = have;
    }
    while (vif_attr_next(&info.data, &info.len, &attr, &bad)) {
        vif__vf_take(out, attr);
    }
    return number < have && out->present != 0 ? VIF_OK
           : vif__fail(err, VIF_E_NO_INTERFACE, "no such virtual function");
}

/* All numbers have 32 bits, but the VLAN's protocol has 16 bits in network order. */
VIF_API void vif_nl_put_vf(vif_buf *buf, int32_t index, const vif_vf *vf)
{
    const size_t at = vif__nl_info_begin(buf, VIF_RTM_SETLINK, 0, index);
    const size_t list = vif_nest_begin(buf, VIF__IFLA_VFINFO_LIST);
    const size_t info = vif_nest_begin(buf, VIF__IFLA_VF_INFO);
    for (size_t i = 0; i < VIF__VF_ROWS; i++) {
        const vif__vf_row *row = &vif__vf_rows[i];
        const bool vlan = row->present == VIF_VF_VLAN;
        unsigned char value[36] = { 0 };
        size_t nest;
        if ((vf->present & row->present) == 0) {
            continue;
        }
        nest = vlan ? vif_nest_begin(buf, row->wire) : 0;
        vif__nl_set32(value, vf->number);
        memcpy(value + 4, (const unsigned char *)vf + row->off, row->size);
        if (vlan) {
            value[12] = (unsigned char)(vf->protocol >> 8);
            value[13] = (unsigned char)vf->protocol;
            value[14] = value[15] = 0;
        }
        vif_put_attr(buf, vlan ? (uint16_t)VIF__IFLA_VF_VLAN_INFO : row->wire, value,
                     4u + row->space);
        if (vlan) {
            vif_nest_end(buf, nest);
        }
    }
    vif_nest_end(buf, info);
    vif_nest_end(buf, list);
    vif_nl_end(buf, at);
}
#endif

#ifndef VIF_NO_DEVLINK
/* >>devlink
 *
 * Requests for a card's ports go out, and ports come in, over generic netlink. There every message
 * has behind its header a command and its version, 4 bytes with padding (struct genlmsghdr). The
 * number of a family is asked for by its name, from family 16, which always exists
 * (linux/genetlink.h). */

enum { VIF__GENL_ID_CTRL = 16, VIF__CTRL_CMD_GETFAMILY = 3, VIF__CTRL_ATTR_FAMILY_ID = 1,
       VIF__CTRL_ATTR_FAMILY_NAME = 2, VIF__DEVLINK_CMD_NEW = 3, VIF__DEVLINK_CMD_PORT_GET = 5,
       VIF__DEVLINK_CMD_PORT_NEW = 7 };

VIF_API void vif_nl_put_family_get(vif_buf *buf, const char *name)
{
    VIF__BYTES unsigned char head[4] = { VIF__CTRL_CMD_GETFAMILY, 1 };
    const size_t at = vif_nl_begin(buf, VIF__GENL_ID_CTRL, 0, head, sizeof head);
    vif_put_attr(buf, VIF__CTRL_ATTR_FAMILY_NAME, name, strlen(name) + 1);
    vif_nl_end(buf, at);
}

VIF_API uint16_t vif_nl_family(const vif_nl_msg *msg)
{
    vif_nl_view view;
    return msg->type == VIF__GENL_ID_CTRL && msg->len > 4 &&
           vif_attr_find(vif__nl_view(msg->data + 4, msg->len - 4), VIF__CTRL_ATTR_FAMILY_ID,
                         &view) && view.len == 2 ? vif__nl_u16(view.data) : 0;
}

VIF_API void vif_nl_put_devlink_ports(vif_buf *buf, uint16_t family)
{
    VIF__BYTES unsigned char head[4] = { VIF__DEVLINK_CMD_PORT_GET, 1 };
    vif_nl_end(buf, vif_nl_begin(buf, family, VIF_NLM_F_DUMP, head, sizeof head));
}

/* Up to Linux 6.3 a dump reports ports with the command of new devices (net/devlink/leftover.c). */
VIF_API bool vif_devlink_port_parse(const vif_nl_msg *msg, vif_devlink_port *out)
{
    return msg->len >= 4 && (msg->data[0] == VIF__DEVLINK_CMD_PORT_NEW ||
                             msg->data[0] == VIF__DEVLINK_CMD_NEW) &&
           vif__nl_rows_parse(vif__devlink_port_rows, out, msg->data, msg->len);
}
#endif

#ifndef VIF_NO_ANNOUNCE
/* >>announcements
 *
 * An address and a MAC come in, and a frame in network byte order goes out. Nothing is sent here.
 * The numbers are those of RFC 826, 4861 and 8200. */

/* Fills in the checksum of ICMPv6 (RFC 4443 2.3) over both addresses, length, next header and
 * message. The addresses and the message are the bytes of the frame from 22 on; 32 and 58 are the
 * other two. */
static void vif__frame_checksum(uint8_t frame[VIF_ANNOUNCEMENT_SIZE])
{
    uint32_t sum = 32 + 58;
    for (size_t i = 22; i < VIF_ANNOUNCEMENT_SIZE; i += 2) {
        sum += (uint32_t)frame[i] << 8 | frame[i + 1];
    }
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~(sum + (sum >> 16));
    frame[56] = (uint8_t)(sum >> 8);
    frame[57] = (uint8_t)sum;
}

/* An ARP request for the sender's own address, which nobody answers but everybody learns from. */
static size_t vif__frame_arp(const uint8_t mac[6], const uint8_t ip[4], uint8_t *frame)
{
    /* The frame's type, then Ethernet, IPv4, the lengths of their addresses, and "request". */
    VIF__BYTES uint8_t head[10] = { 8, 6, 0, 1, 8, 0, 6, 4, 0, 1 };
    memset(frame, 0xff, 6);
    memcpy(frame + 6, mac, 6);
    memcpy(frame + 12, head, sizeof head);
    memcpy(frame + 22, mac, 6);
    memcpy(frame + 28, ip, 4);
    memset(frame + 32, 0, 6);
    memcpy(frame + 38, ip, 4);
    return 42;
}

VIF_API size_t vif_announcement(const uint8_t mac[6], const uint8_t *ip, size_t ip_len,
                                bool router, uint8_t frame[VIF_ANNOUNCEMENT_SIZE])
{
    /* The frame's type, then version 6, length 32, ICMPv6, and hop limit 255. */
    VIF__BYTES uint8_t head[10] = { 0x86, 0xdd, 0x60, 0, 0, 0, 0, 32, 58, 255 };
    VIF__BYTES uint8_t all_nodes[16] = { 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 };
    if (ip_len != 16) {
        return ip_len == 4 ? vif__frame_arp(mac, ip, frame) : 0;
    }
    memset(frame, 0, VIF_ANNOUNCEMENT_SIZE);
    memset(frame, 0x33, 2);             /* the group's own MAC (RFC 2464 7) */
    frame[5] = 1;
    memcpy(frame + 6, mac, 6);
    memcpy(frame + 12, head, sizeof head);
    memcpy(frame + 22, ip, 16);
    memcpy(frame + 38, all_nodes, 16);
    frame[54] = 136;                    /* neighbour advertisement */
    frame[58] = router ? 0xa0 : 0x20;   /* router; override */
    memcpy(frame + 62, ip, 16);
    frame[78] = 2;                      /* option target link-layer address, 8 bytes in all */
    frame[79] = 1;
    memcpy(frame + 80, mac, 6);
    vif__frame_checksum(frame);
    return VIF_ANNOUNCEMENT_SIZE;
}
#endif

#ifndef VIF_NO_POSIX
/* >>posix
 *
 * A socket around the exchange and the monitor. Bytes go through the caller's buffer, and the only
 * state is in vif_nl. Most answers are queued before sendmsg returns, so it reads before it waits.
 * A look-up keeps its message at the start of the buffer ("hold") and receives what follows behind
 * it, so views of the message stay valid until the next request. */

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* struct sockaddr_nl is { u16 family, u16 pad, u32 pid, u32 groups } (linux/netlink.h). */
enum { VIF__AF_NETLINK = 16, VIF__SOCKADDR_NL = 12, VIF__SOL_NETLINK = 270, VIF__CAP_ACK = 10,
       VIF__EXT_ACK = 11, VIF__GET_STRICT_CHK = 12 };

VIF_API vif_nl_desc vif_nl_desc_default(void)
{
    vif_nl_desc desc;
    memset(&desc, 0, sizeof desc);
    return desc;
}

VIF_API vif_nl_desc vif_nl_desc_like(const vif_nl *nl)
{
    vif_nl_desc desc = nl->priv.desc;
    desc.fd.set = false;
    return desc;
}

VIF_API int vif_nl_fd(const vif_nl *nl)
{
    return nl->priv.fd;
}

/* With fd -1 a second call, or one after a failed open, does nothing. */
VIF_API void vif_nl_close(vif_nl *nl)
{
    if (nl->priv.fd >= 0 && !nl->priv.desc.fd.set) {
        (void)close(nl->priv.fd);
    }
    nl->priv.fd = -1;
}

/* Old kernels lack some of the options (ENOPROTOOPT). Without them only the errors are poorer. */
static bool vif__nl_options(int fd)
{
    VIF__BYTES uint8_t wanted[] = { VIF__EXT_ACK, VIF__CAP_ACK, VIF__GET_STRICT_CHK };
    const int on = 1;
    for (size_t i = 0; i < sizeof wanted; i++) {
        if (setsockopt(fd, VIF__SOL_NETLINK, wanted[i], &on, sizeof on) < 0 &&
            errno != ENOPROTOOPT) {
            return false;
        }
    }
    return true;
}

/* The kernel chooses the port. An adopted socket must have one already, as it would get
 * no answers without. */
static bool vif__nl_bind(vif_nl *nl)
{
    unsigned char wire[sizeof(struct sockaddr)] = { 0 };
    struct sockaddr addr;
    socklen_t len = sizeof addr;
    vif__nl_set16(wire, VIF__AF_NETLINK);
    vif__nl_set32(wire + 8, nl->priv.desc.groups);
    memcpy(&addr, wire, sizeof addr);
    if ((!nl->priv.desc.fd.set && bind(nl->priv.fd, &addr, VIF__SOCKADDR_NL) < 0) ||
        getsockname(nl->priv.fd, &addr, &len) < 0) {
        return false;
    }
    memcpy(wire, &addr, sizeof wire);
    nl->priv.port = vif__nl_u32(wire + 4);
    return true;
}

/* Sequence numbers begin at a value that is hard to guess: the port and the caller's
 * seed, multiplied by a prime near 2^32 divided by the golden ratio. A process that may
 * look still sees them, but a blind forger, or an answer to a socket that had this port
 * before, does not hit them. */
VIF_API vif_status vif_nl_open(vif_nl *nl, const vif_nl_desc *desc, vif_error *err)
{
    memset(nl, 0, sizeof *nl);
    nl->priv.desc = *desc;
    nl->priv.fd = -1;
    if (!desc->buffer || desc->buffer_cap < 8192) {
        return vif__fail(err, VIF_E_INVAL, "receive buffer below 8192 bytes");
    }
    nl->priv.fd = desc->fd.set ? desc->fd.fd
           : socket(VIF__AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, desc->protocol);
    if (nl->priv.fd < 0 || !vif__nl_options(nl->priv.fd) || !vif__nl_bind(nl)) {
        const vif_status status = vif_fail(err, VIF_E_SYSTEM, errno, "", NULL);
        vif_nl_close(nl);
        return status;
    }
    if (nl->priv.port == 0) {
        return vif__fail(err, VIF_E_INVAL, "socket not bound");
    }
    nl->priv.next_seq = (desc->seed ^ nl->priv.port) * 2654435761u;
    return VIF_OK;
}

/* Returns the outcome of the exchange, and copies its error for the caller. */
static vif_status vif__nl_report(const vif_nl *nl, vif_error *err)
{
    if (err) {
        *err = nl->exchange.error;
    }
    return nl->exchange.error.status;
}

/* The first of `count` numbers without 0, which marks the kernel's notifications. */
static uint32_t vif__nl_first_seq(vif_nl *nl, uint32_t count)
{
    if (nl->priv.next_seq == 0 || nl->priv.next_seq + count < nl->priv.next_seq) {
        nl->priv.next_seq = 1;
    }
    return nl->priv.next_seq;
}

/* A message in one piece, and its sockaddr_nl. */
typedef struct vif__nl_io {
    struct msghdr msg;
    struct iovec vec;
    unsigned char addr[VIF__SOCKADDR_NL];
} vif__nl_io;

/* Sets address and data for sendmsg, or the room for both for recvmsg. */
VIF__APART static void vif__nl_io_init(const vif_nl *nl, vif__nl_io *io, void *data, size_t len)
{
    memset(io, 0, sizeof *io);
    vif__nl_set16(io->addr, VIF__AF_NETLINK);
    vif__nl_set32(io->addr + 4, nl->priv.desc.peer);
    io->vec.iov_base = data;
    io->vec.iov_len = len;
    io->msg.msg_name = io->addr;
    io->msg.msg_namelen = VIF__SOCKADDR_NL;
    io->msg.msg_iov = &io->vec;
    io->msg.msg_iovlen = 1;
}

/* A datagram is sent as a whole or not at all, so a failure here has changed nothing. */
static vif_status vif__nl_transmit(vif_nl *nl, const vif_buf *buf, vif_error *err)
{
    vif__nl_io io;
    vif__nl_io_init(nl, &io, buf->data, buf->len);
    while (sendmsg(nl->priv.fd, &io.msg, MSG_NOSIGNAL) < 0) {
        if (errno != EINTR) {
            vif_nl_exchange_fail(&nl->exchange, VIF_E_SYSTEM, errno);
            return vif__nl_report(nl, err);
        }
    }
    return VIF_OK;
}

/* Receives into the buffer behind what is held. Returns the size of the whole datagram, even if it
 * was cut, or -1 with errno. */
static ssize_t vif__nl_receive(vif_nl *nl, vif__nl_io *io)
{
    vif__nl_io_init(nl, io, (unsigned char *)nl->priv.desc.buffer + nl->priv.hold,
                    nl->priv.desc.buffer_cap - nl->priv.hold);
    return recvmsg(nl->priv.fd, &io->msg, MSG_DONTWAIT | MSG_TRUNC);
}

/* Discards what is queued. After ENOBUFS the kernel drops every answer until the queue is empty,
 * and it refuses a dump as long as the previous one was not read to its end (both measured). The
 * loop is bounded, in case somebody fills the queue as fast. */
static void vif__nl_drain(vif_nl *nl)
{
    vif__nl_io io;
    int most = 65536;
    while (most-- > 0 && vif__nl_receive(nl, &io) >= 0) {
    }
}

/* The deadline holds for the whole exchange. It is set before the send, so the time that the kernel
 * takes for its work counts. */
VIF_API vif_status vif_nl_send(vif_nl *nl, vif_buf *requests, vif_error *err)
{
    vif_nl_exchange *x = &nl->exchange;
    const uint32_t most = (uint32_t)(requests->len / VIF__NLMSG_HEAD);
    nl->priv.hold = 0;
    if (x->priv.waiting > 0) {
        vif__nl_drain(nl);              /* the last exchange was abandoned */
    }
    if (vif_nl_exchange_begin(x, requests, vif__nl_first_seq(nl, most), nl->priv.port) != VIF_OK) {
        return vif__nl_report(nl, err);
    }
    nl->priv.next_seq += x->priv.count;
    nl->count.requests += x->priv.count;
    nl->count.datagrams_sent++;
    nl->count.bytes_sent += requests->len;
    nl->priv.deadline = nl->priv.desc.timeout_ms != 0 ? nl->priv.desc.timeout_ms : 5000;
    if (nl->priv.desc.now_ms) {
        nl->priv.deadline += nl->priv.desc.now_ms(nl->priv.desc.user);
    }
    return vif__nl_transmit(nl, requests, err);
}

/* Waits for a datagram. It ends the exchange if the deadline passes or poll fails. */
static void vif__nl_wait(vif_nl *nl)
{
    struct pollfd p;
    for (;;) {
        const vif_nl_desc *desc = &nl->priv.desc;
        int64_t left = nl->priv.deadline - (desc->now_ms ? desc->now_ms(desc->user) : 0);
        int ready;
        left = left < INT_MAX ? left : INT_MAX;         /* poll: an int, < 0 is for ever */
        left = left > 0 ? left : 0;
        p.fd = nl->priv.fd;
        p.events = POLLIN;
        p.revents = 0;
        ready = poll(&p, 1, (int)left);
        if (ready > 0) {
            return;
        }
        if (ready == 0 || errno != EINTR) {
            vif_nl_exchange_fail(&nl->exchange, VIF_E_UNKNOWN, ready == 0 ? ETIMEDOUT : errno);
            return;
        }
    }
}

/* Reads one datagram without waiting. False if there is none now. */
static bool vif__nl_read(vif_nl *nl)
{
    vif__nl_io io;
    const ssize_t got = vif__nl_receive(nl, &io);
    const uint32_t other = vif__nl_u32(io.addr + 4) ^ nl->priv.desc.peer;   /* 0: from our peer */
    if (got < 0) {
        const int why = errno;
        if (why != EINTR && why != EAGAIN) {
            vif_nl_exchange_fail(&nl->exchange, VIF_E_UNKNOWN, why);
            vif__nl_drain(nl);
        }
        return why != EAGAIN;
    }
    nl->count.datagrams_received++;
    nl->count.bytes_received += (size_t)got;
    if ((size_t)got > nl->count.largest) {
        nl->count.largest = (uint32_t)got;
    }
    if ((size_t)got <= io.vec.iov_len) {
        vif_nl_deliver(&nl->exchange, io.vec.iov_base, (size_t)got, other);
    } else if (other == 0) {
        vif_nl_exchange_fail(&nl->exchange, VIF_E_TOO_BIG, 0);
    }
    return true;
}

VIF_API vif_nl_event vif_nl_next(vif_nl *nl, vif_nl_msg *msg, vif_error *err)
{
    vif_nl_event event;
    while ((event = vif_nl_step(&nl->exchange, msg)) == VIF_NL_WANT_READ) {
        if (!vif__nl_read(nl)) {
            if (nl->priv.desc.timeout_ms < 0) {
                return event;
            }
            vif__nl_wait(nl);
        }
    }
    if (event == VIF_NL_DONE) {
        (void)vif__nl_report(nl, err);
    }
    return event;
}

/* A request without an answer at the end may have been carried out, so its status is unknown unless
 * the whole exchange went well. */
VIF_API vif_status vif_nl_request_each(vif_nl *nl, vif_buf *requests, vif_status *each,
                                       size_t count, vif_error *err)
{
    vif_status status = vif_nl_send(nl, requests, err);
    vif_nl_event event;
    vif_nl_msg msg;
    for (size_t i = 0; i < count; i++) {
        each[i] = status != VIF_OK ? status : VIF_E_UNKNOWN;
    }
    if (status != VIF_OK) {
        return status;
    }
    while ((event = vif_nl_next(nl, &msg, err)) != VIF_NL_DONE) {
        if (event == VIF_NL_ANSWER && msg.request < count) {
            each[msg.request] = vif_nl_answer(&msg, NULL);
        }
    }
    status = nl->exchange.error.status;
    for (size_t i = 0; status == VIF_OK && i < count; i++) {
        each[i] = VIF_OK;
    }
    return status;
}

VIF_API vif_status vif_nl_request(vif_nl *nl, vif_buf *requests, vif_error *err)
{
    return vif_nl_request_each(nl, requests, NULL, 0, err);
}

/* Sends, and takes the first message that comes back; if none does, first->data is NULL. It moves
 * the message to the start of the buffer, so that views of it survive the acknowledgement, which is
 * a datagram of its own. */
static vif_status vif__nl_ask(vif_nl *nl, vif_buf *req, vif_nl_msg *first, vif_error *err)
{
    vif_nl_event event;
    vif_nl_msg msg;
    memset(first, 0, sizeof *first);
    if (vif_nl_send(nl, req, err) != VIF_OK) {
        return nl->exchange.error.status;
    }
    while ((event = vif_nl_next(nl, &msg, err)) != VIF_NL_DONE) {
        if (event != VIF_NL_MESSAGE || first->data) {
            continue;
        }
        if (nl->priv.desc.buffer_cap - 4096 < msg.len) {
            vif_nl_exchange_fail(&nl->exchange, VIF_E_TOO_BIG, 0);
            continue;
        }
        memmove(nl->priv.desc.buffer, msg.data, msg.len);
        nl->exchange.priv.left = 0;     /* nothing follows the one message of a GET or an echo */
        nl->priv.hold = vif__nl_align(msg.len);
        *first = msg;
        first->data = (const unsigned char *)nl->priv.desc.buffer;
    }
    return nl->exchange.error.status;
}

/* out may be NULL. If no message comes, *out stays as it is. */
static vif_status vif__nl_link_ask(vif_nl *nl, vif_buf *req, vif_link *out, vif_error *err)
{
    vif_nl_msg msg;
    const vif_status status = vif__nl_ask(nl, req, &msg, err);
    if (status == VIF_OK && out && msg.data && !vif_link_parse(&msg, out)) {
        return vif__fail(err, VIF_E_PROTO, NULL);
    }
    return status;
}

VIF_API vif_status vif_nl_link_get(vif_nl *nl, int32_t index, const char *name, vif_link *out,
                                   vif_error *err)
{
    unsigned char mem[64];
    vif_buf req;
    vif_buf_init(&req, mem, sizeof mem);
    vif_nl_put_link_get(&req, index, name, 0);
    memset(out, 0, sizeof *out);
    return vif__nl_link_ask(nl, &req, out, err);
}

#ifndef VIF_NO_DEVLINK
/* Whether the port agrees with all that is present of the wanted one. Texts are padded with zeros.
 * What the kernel leaves out (an old one: the controller) is 0. */
static bool vif__devlink_same(const vif_devlink_port *wanted, const vif_devlink_port *port)
{
    const unsigned char *a = (const unsigned char *)wanted, *b = (const unsigned char *)port;
    const vif__row *row = vif__devlink_port_rows + 1;
    for (unsigned i = 0; i < VIF__COUNT_devlink_port; i++, row++) {
        if ((wanted->present >> i & 1) != 0 && memcmp(a + row->off, b + row->off, row->size) != 0) {
            return false;
        }
    }
    return true;
}

/* It takes two exchanges, because devlink is a generic family, whose number changes with each boot.
 * A kernel without devlink answers ENOENT, and then there is no such port either. */
VIF_API vif_status vif_nl_devlink_port(vif_nl *nl, vif_devlink_port *port, vif_error *err)
{
    const vif_devlink_port wanted = *port;
    vif_devlink_port found;
    unsigned char mem[64];
    vif_nl_event event;
    vif_status status;
    unsigned there = 0;
    uint16_t family;
    vif_nl_msg msg;
    vif_buf req;
    vif_buf_init(&req, mem, sizeof mem);
    vif_nl_put_family_get(&req, "devlink");
    status = vif__nl_ask(nl, &req, &msg, err);
    family = status == VIF_OK && msg.data ? vif_nl_family(&msg) : 0;
    vif_buf_init(&req, mem, sizeof mem);
    vif_nl_put_devlink_ports(&req, family);
    status = family != 0 ? vif_nl_send(nl, &req, err) : status;
    while (family != 0 && status == VIF_OK &&
           (event = vif_nl_next(nl, &msg, err)) != VIF_NL_DONE) {
        if (event == VIF_NL_MESSAGE && msg.type == family &&
            vif_devlink_port_parse(&msg, &found) && vif__devlink_same(&wanted, &found)) {
            *port = found;
            there++;
        }
    }
    status = status == VIF_OK && family != 0 ? nl->exchange.error.status : status;
    if (status == VIF_OK && there > 1) {
        status = vif__fail(err, VIF_E_PROTO, "several ports have these attributes");
    }
    return there != 0 || (status != VIF_OK && nl->exchange.error.sys_errno != ENOENT) ? status
           : vif__fail(err, VIF_E_NO_INTERFACE, "no such port");
}
#endif

#ifndef VIF_NO_VF
VIF_API vif_status vif_nl_vf_get(vif_nl *nl, int32_t index, uint32_t number, vif_vf *out,
                                 vif_error *err)
{
    unsigned char mem[64];
    vif_nl_msg msg;
    vif_status status;
    vif_buf req;
    vif_buf_init(&req, mem, sizeof mem);
    vif_nl_put_link_get(&req, index, NULL, VIF_EXT_VF);
    status = vif__nl_ask(nl, &req, &msg, err);
    return status == VIF_OK ? vif_vf_parse(&msg, number, out, NULL, err) : status;
}

VIF_API void *vif_nl_buffer(vif_nl *nl, void *buffer, size_t *cap)
{
    const size_t size = nl->priv.desc.buffer_cap;
    void *before = nl->priv.desc.buffer;
    nl->priv.desc.buffer = buffer;
    nl->priv.desc.buffer_cap = *cap;
    nl->priv.hold = 0;
    *cap = size;
    return before;
}
#endif

/* Looks a new link up if its creation had no echo, as with an old kernel. A link in another
 * namespace can't be looked up here. */
static vif_status vif__nl_link_made(vif_nl *nl, const vif_buf *request, vif_link *created,
                                    vif_error *err)
{
    vif_nl_msg msg;
    char name[16];
    msg.type = VIF_RTM_NEWLINK;
    msg.flags = 0;
    msg.request = 0;
    msg.data = request->data + VIF__NLMSG_HEAD;
    msg.len = request->len - VIF__NLMSG_HEAD;
    if (!vif_link_parse(&msg, created) || (created->present & VIF_LINK_NAME) == 0 ||
        (created->present & VIF_LINK_NET_NS_FD) != 0) {
        memset(created, 0, sizeof *created);
        return VIF_OK;
    }
    memcpy(name, created->name, sizeof name);
    return vif_nl_link_get(nl, 0, name, created, err);
}

/* The echo has the new link as the kernel made it, with index and name, in the same round trip. A
 * look-up by name could find another link that was renamed in between. */
VIF_API vif_status vif_nl_link_new(vif_nl *nl, vif_buf *request, vif_link *created, vif_error *err)
{
    const uint16_t flags = VIF_NLM_F_CREATE | VIF_NLM_F_EXCL | VIF_NLM_F_ECHO;
    vif_status status = vif_buf_status(request, err);
    if (status != VIF_OK) {
        return status;
    }
    if (request->len < VIF__NLMSG_HEAD || vif__nl_u32(request->data) != request->len ||
        vif__nl_u16(request->data + 4) != VIF_RTM_NEWLINK) {
        return vif__fail(err, VIF_E_INVAL, "not one creation");
    }
    vif__nl_set16(request->data + 6, (uint16_t)(vif__nl_u16(request->data + 6) | flags));
    if (created) {
        memset(created, 0, sizeof *created);
    }
    status = vif__nl_link_ask(nl, request, created, err);
    if (status == VIF_OK && created && created->index == 0) {
        status = vif__nl_link_made(nl, request, created, err);
    }
    return status;
}

/* A change is no transaction: the caller decides what to send together (see "atomicity" above). */
VIF_API vif_status vif_nl_link_set(vif_nl *nl, const vif_link *link, vif_error *err)
{
    unsigned char mem[384];
    vif_buf req;
    vif_buf_init(&req, mem, sizeof mem);
    vif_nl_put_link(&req, VIF_RTM_NEWLINK, 0, link);
    return vif_nl_request(nl, &req, err);
}

VIF_API vif_status vif_nl_link_delete(vif_nl *nl, int32_t index, vif_error *err)
{
    unsigned char mem[32];
    vif_buf req;
    vif_buf_init(&req, mem, sizeof mem);
    vif_nl_put_link_delete(&req, index);
    return vif_nl_request(nl, &req, err);
}

/* Moves links into a group, at most 64 in a datagram, so that the answers fit into the socket. */
static vif_status vif__nl_group_fill(vif_nl *nl, vif_buf *buf, const int32_t *indices, size_t count,
                                     uint32_t group)
{
    vif_link link;
    memset(&link, 0, sizeof link);
    VIF_SET(&link, VIF_LINK_GROUP, group, group);
    for (size_t i = 0; i < count; ) {
        const size_t end = count - i > 64 ? i + 64 : count;
        vif_buf_init(buf, buf->data, buf->cap);
        for (; i < end; i++) {
            VIF_SET(&link, VIF_LINK_INDEX, index, indices[i]);
            vif_nl_put_link(buf, VIF_RTM_NEWLINK, 0, &link);
        }
        if (vif_nl_request(nl, buf, NULL) != VIF_OK &&
            nl->exchange.error.status != VIF_E_NO_INTERFACE) {  /* a link that has gone is fine */
            return nl->exchange.error.status;
        }
    }
    return VIF_OK;
}

/* It probes, fills and deletes a group. The group's number comes from the sequence number, which
 * depends on the socket's port, and has the top bit, which programs do not usually set. The probe
 * makes sure that the group is free. After that a foreign link gets into it only if somebody uses
 * this very number. */
VIF_API vif_status vif_nl_links_delete(vif_nl *nl, vif_buf *buf, const int32_t *indices,
                                       size_t count, vif_error *err)
{
    const uint32_t group = nl->priv.next_seq | 0x80000000u;
    vif_status status;
    if (count == 0) {
        return VIF_OK;                  /* the kernel calls an empty group ENODEV */
    }
    vif_buf_init(buf, buf->data, buf->cap);
    vif_nl_put_group_probe(buf, group);
    status = vif_nl_request(nl, buf, err);
    if (status != VIF_OK) {
        return status == VIF_E_KERNEL
             ? vif__fail(err, VIF_E_EXISTS, "the link group is taken") : status;
    }
    if (vif__nl_group_fill(nl, buf, indices, count, group) != VIF_OK) {
        return vif__nl_report(nl, err);
    }
    vif_buf_init(buf, buf->data, buf->cap);
    vif_nl_put_group_delete(buf, group);
    return vif_nl_request(nl, buf, err);
}

/* A datagram larger than the buffer is a loss, like a full socket. Both lead to a RESYNC. */
VIF_API vif_nl_event vif_nl_monitor_next(vif_nl *nl, vif_nl_monitor *monitor, vif_nl_msg *msg,
                                         vif_error *err)
{
    vif_nl_event event;
    while ((event = vif_nl_monitor_step(monitor, msg)) == VIF_NL_WANT_READ) {
        vif__nl_io io;
        const ssize_t got = vif__nl_receive(nl, &io);
        if (got >= 0 && (size_t)got <= io.vec.iov_len) {
            vif_nl_monitor_deliver(monitor, io.vec.iov_base, (size_t)got,
                                   vif__nl_u32(io.addr + 4));
        } else if (got >= 0 || errno == ENOBUFS) {
            /* What is queued now is older than the dump that follows, and would undo it. */
            vif__nl_drain(nl);
            vif_nl_monitor_lost(monitor);
        } else if (errno == EAGAIN) {
            break;
        } else if (errno != EINTR) {
            (void)vif_fail(err, VIF_E_SYSTEM, errno, "", NULL);
            return VIF_NL_DONE;
        }
    }
    return event;
}

/* >>files
 *
 * Settings that no netlink message changes are small text files below /proc/sys and /sys. A path
 * comes in and its text goes out, or the other way round. A failure names the call in `where` and
 * the file in `text`. */

/* Without feature macros glibc hides O_CLOEXEC. Its value is the same on almost all machines. */
#ifdef O_CLOEXEC
#define VIF_O_CLOEXEC O_CLOEXEC
#elif defined(__O_CLOEXEC)
#define VIF_O_CLOEXEC __O_CLOEXEC
#else
#define VIF_O_CLOEXEC 02000000
#endif

/* Closes the file and fails with errno as it was before, in words like "access denied: PATH". */
VIF_API vif_status vif_file_fail(vif_error *err, int fd, const char *call, const char *path)
{
    const int number = errno;
    if (fd >= 0) {
        (void)close(fd);
    }
    (void)vif_fail(err, VIF_E_SYSTEM, number, call, NULL);
    if (err) {
        vif__cat_format(err->text, sizeof err->text, ": %e", path, NULL, NULL);
    }
    return VIF_E_SYSTEM;
}

/* It reads until a read returns 0, because files of the kernel show their end in no other way. A
 * FIFO that somebody has put there must not block. */
VIF_API vif_status vif_file_read(const char *path, char *text, size_t cap, vif_error *err)
{
    const int fd = open(path, O_RDONLY | VIF_O_CLOEXEC | O_NONBLOCK);
    size_t len = 0;
    ssize_t got = 1;
    text[0] = '\0';
    if (fd < 0) {
        return vif_file_fail(err, fd, "open", path);
    }
    while (got != 0 && len < cap) {
        got = read(fd, text + len, cap - len);
        if (got < 0 && errno != EINTR) {
            text[0] = '\0';
            return vif_file_fail(err, fd, "read", path);
        }
        len += got > 0 ? (size_t)got : 0;
    }
    (void)close(fd);
    text[len < cap ? len : cap - 1] = '\0';
    return len < cap ? VIF_OK : vif__fail(err, VIF_E_SPACE, "a file larger than its buffer");
}

VIF_API vif_status vif_file_open(const char *path, int *fd, vif_error *err)
{
    *fd = open(path, O_WRONLY | VIF_O_CLOEXEC);
    return *fd < 0 ? vif_file_fail(err, *fd, "open", path) : VIF_OK;
}

VIF_API vif_status vif_file_put(int fd, const char *path, const char *text, vif_error *err)
{
    const size_t len = strlen(text);
    errno = EIO;                        /* for a partial write, which these files do not do */
    if (write(fd, text, len) != (ssize_t)len) {
        return vif_file_fail(err, fd, "write", path);
    }
    (void)close(fd);
    return VIF_OK;
}

/* It makes one write, because these files take a value as a whole. It uses neither O_TRUNC nor
 * O_CREAT, because a missing file is an error. */
VIF_API vif_status vif_file_write(const char *path, const char *text, vif_error *err)
{
    int fd;
    const vif_status st = vif_file_open(path, &fd, err);
    return st == VIF_OK ? vif_file_put(fd, path, text, err) : st;
}

/* A name that begins with a dot is no device and no setting. */
VIF_API vif_status vif_dir_each(const char *path, bool (*each)(void *user, const char *name),
                                void *user, vif_error *err)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    int number;
    if (!dir) {
        return vif_file_fail(err, -1, "opendir", path);
    }
    for (errno = 0; (entry = readdir(dir)) != NULL; errno = 0) {
        if (entry->d_name[0] != '.' && !each(user, entry->d_name)) {
            break;
        }
    }
    number = entry ? 0 : errno;
    (void)closedir(dir);
    errno = number;
    return number == 0 ? VIF_OK : vif_file_fail(err, -1, "readdir", path);
}

#ifndef VIF_NO_DNS
/* >>files in containers
 *
 * A path below a directory comes in, and the file that it names goes out. The file is held by the
 * descriptor of its directory, so no rename in between can lead elsewhere. A container may do in
 * its directory whatever it likes, but can't choose what is read and written outside. Each
 * component is opened by itself and never through a symbolic link, an opened file is checked before
 * it is read, and opening a FIFO does not wait for its other end. */

/* Without feature macros fcntl.h hides these as well. Here a value must not be guessed: with a
 * wrong one symbolic links would be followed. */
#ifdef O_NOFOLLOW
#define VIF__O_NOFOLLOW O_NOFOLLOW
#define VIF__O_DIRECTORY O_DIRECTORY
#elif defined(__O_NOFOLLOW)
#define VIF__O_NOFOLLOW __O_NOFOLLOW
#define VIF__O_DIRECTORY __O_DIRECTORY
#else
#error "fcntl.h has no O_NOFOLLOW: define _GNU_SOURCE, or VIF_NO_DNS"
#endif

/* fcntl.h, stdio.h, unistd.h and sys/stat.h declare these only with feature macros, and then
 * perhaps differently; so they are declared here under other names. */
#ifdef __cplusplus
extern "C" {
#endif
int vif__openat(int dir, const char *name, int flags, ...) __asm__("openat");
int vif__renameat(int dir, const char *name, int to, const char *other) __asm__("renameat");
int vif__unlinkat(int dir, const char *name, int flags) __asm__("unlinkat");
int vif__fchmod(int fd, mode_t mode) __asm__("fchmod");
int vif__fchown(int fd, uid_t uid, gid_t gid) __asm__("fchown");
#ifdef __USE_FILE_OFFSET64              /* glibc, with an off_t that is longer than long */
int vif__ftruncate(int fd, off_t len) __asm__("ftruncate64");
#else
int vif__ftruncate(int fd, off_t len) __asm__("ftruncate");
#endif
#ifdef __cplusplus
}
#endif

enum { VIF__FILE_READ = O_RDONLY | VIF__O_NOFOLLOW | VIF_O_CLOEXEC | O_NONBLOCK,
       VIF__FILE_WRITE = O_WRONLY | VIF__O_NOFOLLOW | VIF_O_CLOEXEC | O_NONBLOCK };

/* Fails with that errno and these words, in which %e stands for the path. */
static vif_status vif__file_refuse(vif_error *err, int number, const char *words, const char *path)
{
    (void)vif_fail(err, VIF_E_SYSTEM, number, "open", "");
    if (err) {
        vif__cat_format(err->text, sizeof err->text, words, path, NULL, NULL);
    }
    return VIF_E_SYSTEM;
}

/* Fails for a component below the root that could not be opened. */
static vif_status vif__file_lost(vif_error *err, const char *path)
{
    return errno == ELOOP || errno == ENOTDIR
        ? vif__file_refuse(err, errno, "a symbolic link, or no directory, is on the way: %e", path)
        : vif_file_fail(err, -1, "open", path);
}

/* Opens one directory after the other. The last component becomes the name of the file. */
static vif_status vif__file_walk(vif_file *f, const char *path, vif_error *err)
{
    const char *at = path;
    char name[256];
    for (;;) {
        const size_t slashes = strspn(at, "/"), len = strcspn(at + slashes, "/");
        int next;
        at += slashes;
        if (len == 0 || len > 249 || (at[0] == '.' && (len == 1 || (len == 2 && at[1] == '.')))) {
            return vif__file_refuse(err, EINVAL, "no name of a file: %e", path);
        }
        f->priv.name = at;
        if (at[len] == '\0') {
            return VIF_OK;
        }
        memcpy(name, at, len);
        name[len] = '\0';
        next = vif__openat(f->priv.dir, name, VIF__FILE_READ | VIF__O_DIRECTORY);
        if (next < 0) {
            return vif__file_lost(err, path);
        }
        (void)close(f->priv.dir);
        f->priv.dir = next;
        at += len;
    }
}

/* Opens the file, if it exists, and makes sure that it is a regular one. */
static vif_status vif__file_look(vif_file *f, const char *path, vif_error *err)
{
    struct stat is;
    f->priv.fd = vif__openat(f->priv.dir, f->priv.name, VIF__FILE_READ);
    if (f->priv.fd < 0) {
        return errno == ENOENT ? VIF_OK : vif__file_lost(err, path);
    }
    if (fstat(f->priv.fd, &is) != 0 || !S_ISREG(is.st_mode)) {
        return vif__file_refuse(err, EINVAL, "no regular file: %e", path);
    }
    f->exists = true;
    f->size = (size_t)is.st_size;
    f->priv.mode = (uint32_t)is.st_mode & 07777;
    f->priv.uid = is.st_uid;
    f->priv.gid = is.st_gid;
    f->priv.device = (uint64_t)is.st_dev;
    f->priv.inode = (uint64_t)is.st_ino;
    return VIF_OK;
}

VIF_API vif_status vif_file_find(vif_file *f, const char *root, const char *path, vif_error *err)
{
    vif_status status;
    memset(f, 0, sizeof *f);
    f->priv.fd = -1;
    f->priv.dir = open(root, O_RDONLY | VIF__O_DIRECTORY | VIF_O_CLOEXEC);
    if (f->priv.dir < 0) {
        return vif_file_fail(err, -1, "open", root);
    }
    status = vif__file_walk(f, path, err);
    status = status == VIF_OK ? vif__file_look(f, path, err) : status;
    if (status != VIF_OK) {
        vif_file_close(f);
    }
    return status;
}

VIF_API vif_status vif_file_text(vif_file *f, char *text, vif_error *err)
{
    size_t len = 0;
    ssize_t got = 1;
    while (got != 0 && len < f->size) {
        got = read(f->priv.fd, text + len, f->size - len);
        if (got < 0 && errno != EINTR) {
            return vif_file_fail(err, -1, "read", f->priv.name);
        }
        len += got > 0 ? (size_t)got : 0;
    }
    f->size = len;
    return VIF_OK;
}

/* Writes all of the text, in as many writes as that takes. */
static bool vif__file_fill(int fd, const char *text, size_t len)
{
    while (len > 0) {
        const ssize_t put = write(fd, text, len);
        if (put < 0 && errno != EINTR) {
            return false;
        }
        text += put > 0 ? put : 0;
        len -= put > 0 ? (size_t)put : 0;
    }
    return true;
}

/* The name that the new file has until it takes the place of the old one. */
static void vif__file_beside(const vif_file *f, char name[256])
{
    name[0] = '\0';
    vif__cat_format(name, 256, ".%s.vif", f->priv.name, NULL, NULL);
}

/* It sets the owner before the mode, because a change of owner clears bits of the mode. It syncs
 * the file before the rename, or after a power failure the name could belong to an empty file. */
static bool vif__file_make(const vif_file *f, int fd, const char *text, size_t len)
{
    struct stat dir;
    if (f->exists) {
        return vif__fchown(fd, f->priv.uid, f->priv.gid) == 0 && vif__file_fill(fd, text, len) &&
               vif__fchmod(fd, (mode_t)f->priv.mode) == 0 && fsync(fd) == 0;
    }
    return fstat(f->priv.dir, &dir) == 0 && vif__file_fill(fd, text, len) &&
           (vif__fchown(fd, dir.st_uid, dir.st_gid) == 0 || errno == EPERM) &&
           vif__fchmod(fd, 0644) == 0 && fsync(fd) == 0;
}

/* Overwrites the file that was read, if it is still the same file. A shorter text is first padded
 * with empty lines to the old length. So one write does it all, and a process that dies after it
 * leaves nothing of the old text. */
static vif_status vif__file_over(vif_file *f, char *text, size_t len, vif_error *err)
{
    const int fd = vif__openat(f->priv.dir, f->priv.name, VIF__FILE_WRITE);
    const size_t all = len < f->size ? f->size : len;
    struct stat is;
    if (fd < 0 || fstat(fd, &is) != 0) {
        return vif_file_fail(err, fd, "open", f->priv.name);
    }
    if ((uint64_t)is.st_dev != f->priv.device || (uint64_t)is.st_ino != f->priv.inode) {
        (void)close(fd);
        return vif_fail(err, VIF_E_CONFLICT, 0, f->priv.name, "is another file meanwhile");
    }
    memset(text + len, '\n', all - len);
    if (!vif__file_fill(fd, text, all) || vif__ftruncate(fd, (off_t)len) != 0 || fsync(fd) != 0) {
        return vif_file_fail(err, fd, "write", f->priv.name);
    }
    (void)close(fd);
    f->in_place = true;
    return VIF_OK;
}

/* A new file beside the old one takes its place, so readers see all of the old or all of the new
 * text. A file that is a mount point (EBUSY) can't be replaced, but it can be overwritten. */
VIF_API vif_status vif_file_replace(vif_file *f, char *text, size_t len, vif_error *err)
{
    char name[256];
    int fd, number;
    vif__file_beside(f, name);
    (void)vif__unlinkat(f->priv.dir, name, 0);
    fd = vif__openat(f->priv.dir, name, VIF__FILE_WRITE | O_CREAT | O_EXCL, 0600);
    if (fd >= 0 && vif__file_make(f, fd, text, len) &&
        vif__renameat(f->priv.dir, name, f->priv.dir, f->priv.name) == 0) {
        (void)close(fd);
        return VIF_OK;
    }
    number = errno;
    if (fd >= 0) {
        (void)close(fd);
        (void)vif__unlinkat(f->priv.dir, name, 0);
    }
    errno = number;
    return f->exists && (number == EBUSY || number == EROFS || number == EACCES || number == EPERM)
         ? vif__file_over(f, text, len, err) : vif_file_fail(err, -1, "write", f->priv.name);
}

VIF_API vif_status vif_file_remove(vif_file *f, bool all, vif_error *err)
{
    char name[256];
    vif__file_beside(f, name);
    (void)vif__unlinkat(f->priv.dir, name, 0);
    return !all || vif__unlinkat(f->priv.dir, f->priv.name, 0) == 0 || errno == ENOENT
         ? VIF_OK : vif_file_fail(err, -1, "unlink", f->priv.name);
}

VIF_API void vif_file_close(vif_file *f)
{
    if (f->priv.fd >= 0) {
        (void)close(f->priv.fd);
    }
    (void)close(f->priv.dir);
    f->priv.fd = f->priv.dir = -1;
}
#endif

/* >>namespaces
 *
 * A namespace comes in as an fd of the caller's. Out goes a socket that works in it, or the number
 * that the kernel's messages use for it here. Nothing else in this header depends on the namespace
 * of its thread. */

/* sched.h declares this only with _GNU_SOURCE, and then perhaps differently. */
#ifdef __cplusplus
extern "C"
#endif
int vif__setns(int fd, int type) __asm__("setns");
enum { VIF__CLONE_NEWNET = 0x40000000 };    /* linux/sched.h */

/* Moves the thread into the namespace. Returns an fd for the way back, opened before it goes, or
 * -1. The path has thread-self and not self, because each thread of a process may be in a namespace
 * of its own, and only this one moves. */
static int vif__netns_enter(int netns_fd, vif_error *err)
{
    VIF__BYTES char path[] = "/proc/thread-self/ns/net";
    const int home = open(path, O_RDONLY | VIF_O_CLOEXEC);
    if (home < 0) {
        (void)vif_file_fail(err, home, "open", path);
    } else if (vif__setns(netns_fd, VIF__CLONE_NEWNET) < 0) {
        (void)vif_fail(err, VIF_E_SYSTEM, errno, "setns", NULL);
        (void)close(home);
        return -1;
    }
    return home;
}

/* Moves the thread back and passes on the status that it reached. If the thread can't come back, it
 * can't use what it has opened either. */
static vif_status vif__netns_leave(int home, vif_status status, vif_error *err)
{
    if (vif__setns(home, VIF__CLONE_NEWNET) < 0) {
        status = vif_fail(err, VIF_E_UNKNOWN, errno, "setns",
                          "this thread cannot leave the other network namespace");
    }
    (void)close(home);
    return status;
}

/* A socket belongs for ever to the namespace in which it was opened, so the thread stays there only
 * while it opens the socket. */
VIF_API vif_status vif_nl_open_in(vif_nl *nl, const vif_nl_desc *desc, int netns_fd, vif_error *err)
{
    const int home = vif__netns_enter(netns_fd, err);
    vif_status status;
    memset(nl, 0, sizeof *nl);
    nl->priv.fd = -1;
    if (home < 0) {
        return VIF_E_SYSTEM;
    }
    status = vif_nl_open(nl, desc, err);
    status = vif__netns_leave(home, status, err);
    if (status != VIF_OK) {
        vif_nl_close(nl);
    }
    return status;
}

#ifndef VIF_NO_ANNOUNCE
enum { VIF__AF_PACKET = 17 };

VIF_API vif_status vif_packet_open(vif_fd netns, int *fd, vif_error *err)
{
    const int home = netns.set ? vif__netns_enter(netns.fd, err) : -1;
    vif_status status = VIF_OK;
    *fd = -1;
    if (netns.set && home < 0) {
        return VIF_E_SYSTEM;
    }
    /* Protocol 0: nothing is received. */
    *fd = socket(VIF__AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (*fd < 0) {
        status = vif_fail(err, VIF_E_SYSTEM, errno, "socket", NULL);
    }
    status = home >= 0 ? vif__netns_leave(home, status, err) : status;
    if (status != VIF_OK && *fd >= 0) {
        (void)close(*fd);
        *fd = -1;
    }
    return status;
}

/* struct sockaddr_ll has family, the frame's type and index; the rest is for
 * packets without a header. */
VIF_API vif_status vif_packet_send(int fd, int32_t index, uint8_t *frame, size_t len,
                                   vif_error *err)
{
    unsigned char to[20];
    struct msghdr msg;
    struct iovec vec;
    memset(&msg, 0, sizeof msg);
    memset(to, 0, sizeof to);
    vif__nl_set16(to, VIF__AF_PACKET);
    memcpy(to + 2, frame + 12, 2);
    memcpy(to + 4, &index, 4);
    vec.iov_base = frame;
    vec.iov_len = len;
    msg.msg_name = to;
    msg.msg_namelen = sizeof to;
    msg.msg_iov = &vec;
    msg.msg_iovlen = 1;
    while (sendmsg(fd, &msg, 0) < 0) {
        if (errno != EINTR) {
            return vif_fail(err, VIF_E_SYSTEM, errno, "sendmsg", NULL);
        }
    }
    return VIF_OK;
}
#endif

/* struct rtgenmsg is a family. NETNSA_NSID is 1, NETNSA_FD is 3 (linux/net_namespace.h). */
VIF_API vif_status vif_nl_nsid_get(vif_nl *nl, int netns_fd, int32_t *nsid, vif_error *err)
{
    unsigned char mem[32];
    vif_buf req;
    vif_nl_msg msg;
    vif_nl_view view;
    vif_status status;
    size_t at;
    vif_buf_init(&req, mem, sizeof mem);
    at = vif_nl_begin(&req, VIF_RTM_GETNSID, 0, NULL, 1);
    vif_put_u32(&req, 3, (uint32_t)netns_fd);
    vif_nl_end(&req, at);
    status = vif__nl_ask(nl, &req, &msg, err);
    if (status != VIF_OK) {
        return status;
    }
    if (msg.len < 4 || !vif_attr_find(vif__nl_view(msg.data + 4, msg.len - 4), 1, &view) ||
        view.len != sizeof *nsid) {
        return vif__fail(err, VIF_E_PROTO, NULL);
    }
    memcpy(nsid, view.data, sizeof *nsid);
    return VIF_OK;
}

/* >>tap
 *
 * Netlink can't make taps (EOPNOTSUPP, measured); ioctls of /dev/net/tun can. A name comes in, and
 * a persistent tap or an fd goes out. struct ifreq is a name of 16 bytes, followed here by flags.
 * The numbers are those of linux/if_tun.h. */

/* linux/if_tun.h */
enum { VIF__IFF_TAP = 0x2, VIF__IFF_MULTI_QUEUE = 0x100, VIF__IFF_NO_PI = 0x1000,
       VIF__IFF_VNET_HDR = 0x4000, VIF__IFF_TUN_EXCL = 0x8000 };
#define VIF__TUNSETIFF _IOW('T', 202, int)
#define VIF__TUNGETIFF _IOR('T', 210, unsigned)
#define VIF__TUNSETPERSIST _IOW('T', 203, int)
#define VIF__TUNSETOWNER _IOW('T', 204, int)
#define VIF__TUNSETGROUP _IOW('T', 206, int)

/* Returns NULL, or the step that failed. Persistence comes last: until then closing the
 * fd undoes everything. */
static const char *vif__nl_tap_make(int fd, const vif_tap_desc *desc, unsigned char *ifreq)
{
    const unsigned flags = VIF__IFF_TAP | VIF__IFF_NO_PI | VIF__IFF_TUN_EXCL |
                           (desc->multi_queue ? (unsigned)VIF__IFF_MULTI_QUEUE : 0u) |
                           (desc->vnet_hdr ? (unsigned)VIF__IFF_VNET_HDR : 0u);
    memcpy(ifreq, desc->name, strlen(desc->name));
    vif__nl_set16(ifreq + 16, (uint16_t)flags);
    if (ioctl(fd, VIF__TUNSETIFF, ifreq) < 0) {
        return "TUNSETIFF";
    }
    if (desc->uid.set && ioctl(fd, VIF__TUNSETOWNER, (unsigned long)desc->uid.value) < 0) {
        return "TUNSETOWNER";
    }
    if (desc->gid.set && ioctl(fd, VIF__TUNSETGROUP, (unsigned long)desc->gid.value) < 0) {
        return "TUNSETGROUP";
    }
    if (desc->persistent && ioctl(fd, VIF__TUNSETPERSIST, 1ul) < 0) {
        return "TUNSETPERSIST";
    }
    return NULL;
}

/* The step that failed becomes err->where. Without /dev/net/tun taps are not supported at all. */
static vif_status vif__nl_tap_fail(vif_error *err, const char *step)
{
    const bool none = errno == EOPNOTSUPP || errno == ENOENT;
    return vif_fail(err, none ? VIF_E_UNSUPPORTED : VIF_E_KERNEL, errno, step, NULL);
}

/* A netlink socket has no ioctls of its own. The kernel applies those of devices in the namespace
 * in which the socket was opened, not in that of the caller (net/socket.c sock_do_ioctl). This one
 * takes no lock and builds no message. struct ifreq is { char name[16]; a union in which the index
 * comes first }. */
VIF_API int32_t vif_nl_link_index(const vif_nl *nl, const char *name)
{
    enum { SIOCGIFINDEX_ = 0x8933 };
    unsigned char ifreq[40] = { 0 };
    int32_t index = 0;
    memcpy(ifreq, name, vif__nl_text_len((const unsigned char *)name, 15));
    if (ioctl(nl->priv.fd, SIOCGIFINDEX_, ifreq) == 0) {
        memcpy(&index, ifreq + 16, sizeof index);
    }
    return index;
}

VIF_API vif_status vif_tap_name(int fd, char name[16], vif_error *err)
{
    unsigned char ifreq[40] = { 0 };
    if (ioctl(fd, VIF__TUNGETIFF, ifreq) < 0) {
        return vif__nl_tap_fail(err, "TUNGETIFF");
    }
    memcpy(name, ifreq, 16);
    name[15] = '\0';
    return VIF_OK;
}

VIF_API vif_status vif_tap_keep(int fd, vif_error *err)
{
    return ioctl(fd, VIF__TUNSETPERSIST, 1ul) < 0 ? vif__nl_tap_fail(err, "TUNSETPERSIST")
                                                  : VIF_OK;
}

#ifndef VIF_NO_DIRECT
/* In Linux's st_rdev the major number has its low 12 bits at 8 and the minor its low 8 at 0; their
 * other bits are further up. */
static bool vif__nl_dev_is(const struct stat *is, const char *number)
{
    const uint64_t dev = (uint64_t)is->st_rdev;
    uint64_t part[2] = { 0, 0 };
    for (size_t i = 0; *number > ' '; number++) {
        i |= *number == ':';
        part[i] = *number == ':' ? 0 : part[i] * 10 + (uint64_t)(*number - '0');
    }
    return S_ISCHR(is->st_mode) && part[0] == ((dev >> 8 & 0xfff) | (dev >> 32 & 0xfffff000)) &&
           part[1] == ((dev & 0xff) | (dev >> 12 & 0xffffff00));
}

/* It follows a symbolic link to the node, because udev may have made one. */
VIF_API bool vif_dev_is(const char *path, const char *number)
{
    struct stat is;
    return stat(path, &is) == 0 && vif__nl_dev_is(&is, number);
}

/* It checks the node before it opens it, because opening makes a queue that gets frames from then
 * on. It checks again afterwards, because the node may have been replaced in between. A new queue
 * has IFF_VNET_HDR; TUNSETIFF sets all flags anew, and here it ignores the name. */
VIF_API vif_status vif_macvtap_open(const vif_tap_desc *desc, const char *number, int *fd,
                                    vif_error *err)
{
    const unsigned flags = VIF__IFF_TAP | VIF__IFF_NO_PI |
                           (desc->multi_queue ? (unsigned)VIF__IFF_MULTI_QUEUE : 0u) |
                           (desc->vnet_hdr ? (unsigned)VIF__IFF_VNET_HDR : 0u);
    unsigned char ifreq[40] = { 0 };
    struct stat is;
    int tap;
    if (!vif_dev_is(desc->dev_path, number)) {
        return vif_fail(err, VIF_E_NO_INTERFACE, 0, desc->dev_path, "not this macvtap's device");
    }
    tap = open(desc->dev_path, O_RDWR | VIF_O_CLOEXEC);
    vif__nl_set16(ifreq + 16, (uint16_t)flags);
    if (tap < 0 || fstat(tap, &is) != 0 || !vif__nl_dev_is(&is, number) ||
        ioctl(tap, VIF__TUNSETIFF, ifreq) < 0) {
        const vif_status status = vif__nl_tap_fail(err, tap < 0 ? "open" : "TUNSETIFF");
        if (tap >= 0) {
            (void)close(tap);
        }
        return status;
    }
    *fd = tap;
    return VIF_OK;
}
#endif

/* IFF_TUN_EXCL makes it create a tap, and not attach to an existing one. */
VIF_API vif_status vif_tap_create(const vif_tap_desc *desc, int *fd, char name_out[16],
                                  vif_error *err)
{
    unsigned char ifreq[40] = { 0 };    /* 40 bytes with 64-bit pointers, else 32 */
    const char *step = vif_ifname_check(desc->name);
    int tap;
    if (!step && !fd && !desc->persistent) {
        step = "neither kept nor persistent";
    }
    if (step) {
        return vif_fail(err, VIF_E_INVAL, 0, "name", step);
    }
    tap = open(desc->dev_path ? desc->dev_path : "/dev/net/tun", O_RDWR | VIF_O_CLOEXEC);
    step = tap < 0 ? "open" : vif__nl_tap_make(tap, desc, ifreq);
    if (step) {
        const vif_status status = vif__nl_tap_fail(err, step);
        if (tap >= 0) {
            (void)close(tap);
        }
        return status;
    }
    if (name_out) {
        memcpy(name_out, ifreq, 16);
    }
    if (fd) {
        *fd = tap;
    } else {
        (void)close(tap);
    }
    return VIF_OK;
}

/* >>nft: the forwarding rules of a bridge, in nftables
 *
 * A vif_nft_rules comes in, and one batch of nfnetlink messages goes out. It makes the table "vif",
 * in it a chain with the bridge's name at the hook "forward", and in that os-vif's rules. Each rule
 * has a comment with its number, the number of rules, and a hash of what was asked for. Rules are
 * right when all their comments are, so their expressions are never read back. A job looks at both
 * families, because a chain in the other one would be in force as well.
 *
 * Numbers are those of uapi linux/netfilter/nf_tables.h and nfnetlink.h. */

typedef enum vif__nft_how {
    VIF__NFT_DO_LOOK, VIF__NFT_DO_TEST, VIF__NFT_DO_APPLY, VIF__NFT_DO_REMOVE,
    VIF__NFT_DO_REMOVE_TABLE
} vif__nft_how;

#ifdef VIF_NO_NFT
static vif_status vif__nft_run(vif_nl *nf, vif_buf *buf, const vif_nft_rules *spec,
                               vif__nft_how how, vif_nft_found *found, vif_error *err)
{
    (void)nf, (void)buf, (void)spec, (void)how, (void)found;
    return vif__fail(err, VIF_E_UNSUPPORTED, "built without nftables (VIF_NO_NFT)");
}

#ifndef VIF_NO_NETWORKS
VIF_API vif_status vif_nft_each(vif_nl *nf, vif_buf *buf,
                                void (*each)(void *user, const char *chain, const char *tag,
                                             bool ipv6),
                                void *user, vif_error *err)
{
    (void)nf, (void)buf, (void)each, (void)user;
    return vif__fail(err, VIF_E_UNSUPPORTED, "built without nftables (VIF_NO_NFT)");
}

VIF_API vif_nft_use vif_nft_chain_of(const char *chain, const char **link)
{
    (void)chain, (void)link;
    return VIF_NFT_USES;
}
#endif
#else
enum {                                  /* nf_tables_msg_types; the high byte is the subsystem */
    VIF__NFT_NEWTABLE = 0xa00, VIF__NFT_GETTABLE, VIF__NFT_DELTABLE, VIF__NFT_NEWCHAIN,
    VIF__NFT_GETCHAIN, VIF__NFT_DELCHAIN, VIF__NFT_NEWRULE, VIF__NFT_GETRULE, VIF__NFT_DELRULE,
    VIF__NFT_BATCH_BEGIN = 16, VIF__NFT_BATCH_END = 17, VIF__NFT_SUBSYSTEM = 10,
    VIF__NFT_NONREC = 0x100             /* NLM_F_NONREC of a DEL: only if it is empty */
};
enum { VIF__NFT_INET = 1, VIF__NFT_IPV4 = 2, VIF__NFT_NETDEV = 5, VIF__NFT_BRIDGE = 7,
       VIF__NFT_IPV6 = 10 };            /* NFPROTO_* */
/* Verdicts: the first two are NF_* of linux/netfilter.h; a rejection is REJECT plus the family. */
enum { VIF__NFT_DROP, VIF__NFT_ACCEPT, VIF__NFT_REJECT = 1 };
enum {                                  /* NFTA_*; the table's name is 1 in every message */
    VIF__NFTA_TABLE_NAME = 1, VIF__NFTA_TABLE_FLAGS = 2, VIF__NFTA_TABLE_USE = 3,
    VIF__NFTA_CHAIN_NAME = 3, VIF__NFTA_CHAIN_HOOK = 4,
    VIF__NFTA_CHAIN_POLICY = 5, VIF__NFTA_CHAIN_USERDATA = 12,
    VIF__NFTA_HOOK_NUMBER = 1, VIF__NFTA_HOOK_PRIORITY = 2, VIF__NFTA_HOOK_DEVICE = 3,
    VIF__NFTA_RULE_CHAIN = 2, VIF__NFTA_RULE_EXPRESSIONS = 4,
    VIF__NFTA_RULE_USERDATA = 7,
    VIF__NFT_HOOK_FORWARD = 2, VIF__NFT_META_IIFNAME = 6
};

typedef struct vif__nft_side {
    bool table, chain;
    bool elsewhere;                     /* the chain is at another hook, and must be made again */
    bool others;                        /* it has another comment, and must be made again */
    bool differs;                       /* its policy is not accept, or the table is dormant */
    uint32_t use;                       /* how many chains, sets, ... the table has */
} vif__nft_side;

/* One call: what to do, what is wanted, and what there is. */
typedef struct vif__nft_job {
    vif_nl *nf;
    vif_buf *buf;
    vif_error *err;
    vif__nft_how how;
    const char *names;                  /* separated by commas; used if count > 2 */
    uint32_t count, hash;
    uint8_t family[2], last;            /* the wanted one, the other; verdict of the last rules */
    bool theirs;                        /* a chain with another comment is removed as well */
    const vif_nft_rules *rules;
    char bridge[17];                    /* padded with NULs, as in rules */
    char chain[22];                     /* the chain's name */
    vif__nft_side side[2];              /* what there is of family[] */
    uint32_t at;                        /* number of rules read, or put; a wrong one sets the top
                                         * bit */
    size_t rule[2];                     /* where the present rule and its expressions begin */
} vif__nft_job;

/* FNV-1a. */
static uint32_t vif__nl_hash_bytes(uint32_t hash, const void *bytes, size_t len)
{
    const unsigned char *at = (const unsigned char *)bytes;
    while (len-- > 0) {
        hash = (hash ^ *at++) * 16777619u;
    }
    return hash;
}

/* The same for a text with its NUL. */
static uint32_t vif__nl_hash(uint32_t hash, const char *text)
{
    return vif__nl_hash_bytes(hash, text, strlen(text) + 1);
}

/* Where the chain of each use hooks in, and the prefix of its name. */
static const struct vif__nft_hook {
    char prefix[6], attrs[24];          /* NFTA_CHAIN_HOOK of HOOKNUM and PRIORITY, POLICY, TYPE */
    uint8_t hook;
    int16_t priority;
    uint8_t family;                     /* 0: it depends on the flags, or the address */
} vif__nft_uses[] = {
    {"", "4(1:22:#)5:17=filter\0", VIF__NFT_HOOK_FORWARD, 0, 0},
#ifndef VIF_NO_NETWORKS
    {"nat-", "4(1:42:#)5:17=nat\0", 4, 100, 0},
    {"to-", "4(1:02:#)5:17=nat\0", 0, -100, 0},
    {"here-", "4(1:32:#)5:17=nat\0", 3, -100, 0},
    {"only-", "4(1:02:#3@)5:17=filter\0", 0, -300, VIF__NFT_NETDEV},
#ifndef VIF_NO_SWITCH
    {"from-", "4(1:02:#3@)5:17=filter\0", 0, -300, VIF__NFT_NETDEV},
    {"into-", "4(1:12:#3@)5:17=filter\0", 1, 300, VIF__NFT_NETDEV}
#endif
#endif
};
#define VIF__NFT_KNOWN (sizeof vif__nft_uses / sizeof *vif__nft_uses)

#ifndef VIF_NO_NETWORKS
/* The differences between the two families: the length of an address, its place in a packet, and
 * the host's loopback net. */
static const struct vif__nft_family {
    uint8_t number, len;
    char from[30], to[30];              /* expressions of payload: see below */
    uint8_t loopback[16], prefix;
} vif__nft_families[2] = {
    {VIF__NFT_IPV4, 4, "1(1=payload\0" "2(1:12:13:<4:4))", "1(1=payload\0" "2(1:12:13:@4:4))",
     {127}, 8},
    {VIF__NFT_IPV6, 16, "1(1=payload\0" "2(1:12:13:84:@))", "1(1=payload\0" "2(1:12:13:H4:@))",
     {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128}
};

VIF__APART static const struct vif__nft_family *vif__nft_family_of(const vif_nft_rules *rules)
{
    return &vif__nft_families[rules->address.len == 16];
}

/* Computes how many rules a use has, and the hash of all that they are made of. The comment of each
 * rule has this hash, which tells the rules from those of another request. */
static void vif__nft_prepare_other(vif__nft_job *job, const vif_nft_rules *spec)
{
    uint32_t hash = vif__nl_hash(2166136261u, job->chain);
    size_t i;
    hash = vif__nl_hash_bytes(hash, spec->address.bytes, vif__nft_family_of(spec)->len);
    hash ^= spec->prefix;
    hash = vif__nl_hash_bytes(hash, spec->mac, 6);
    for (i = 0; i < spec->sender_count; i++) {
        hash = vif__nl_hash_bytes(hash, spec->senders[i].bytes, spec->senders[i].len);
    }
    for (i = 0; i < spec->port_count; i++) {
        const vif_nft_port *p = &spec->ports[i];
        hash = (hash ^ ((uint32_t)p->host << 16 | p->guest)) * 16777619u + p->udp;
    }
    job->hash = hash;
    job->family[0] = vif__nft_uses[spec->use].family;
    if (job->family[0] == 0) {
        job->family[0] = vif__nft_family_of(spec)->number;
    }
    job->family[1] = job->family[0] == VIF__NFT_NETDEV ? VIF__NFT_BRIDGE : VIF__NFT_INET;
    job->count = 1;
    if (spec->use == VIF_NFT_SPOOF) {
        job->count = (spec->flags & VIF_NFT_NONE) != 0 ? 0 : spec->sender_count > 0 ? 5 : 2;
#ifndef VIF_NO_SWITCH
    } else if (spec->use >= VIF_NFT_PORT_FROM) {
        hash = vif__nl_hash_bytes(hash, &spec->rate, sizeof spec->rate) ^ spec->flags;
        job->hash = vif__nl_hash_bytes(hash, &spec->burst, sizeof spec->burst);
        job->count = (spec->rate != 0 ? 1u : 0) + ((spec->flags & VIF_NFT_ONLY_MAC) != 0);
#endif
    } else if (spec->use != VIF_NFT_MASQUERADE) {
        job->count = (uint32_t)spec->port_count;
    }
}
#endif

/* "all" anywhere among the names means all, as in os-vif. A list that is not
 * used is not checked. */
VIF__APART static vif_status vif__nft_prepare(vif__nft_job *job, const vif_nft_rules *spec)
{
    const unsigned flags = spec->flags;
    const bool gateway = (flags & VIF_NFT_GATEWAY) != 0 && job->how < VIF__NFT_DO_REMOVE;
    const char *name = spec->bridge, *rule = vif_ifname_check(name);
    const char *forward = spec->forward ? spec->forward : "all", *list = gateway ? forward : "";
    char item[17];
    if ((unsigned)spec->use >= VIF__NFT_KNOWN) {
        return vif__fail(job->err, VIF_E_UNSUPPORTED, "left out (VIF_NO_NETWORKS)");
    }
    if (!rule) {
        memcpy(job->bridge, name, strlen(name));
    }
    job->rules = spec;
    vif_cat(job->chain, sizeof job->chain, vif__nft_uses[spec->use].prefix);
    vif_cat(job->chain, sizeof job->chain, job->bridge);
#ifndef VIF_NO_NETWORKS
    if (spec->use != VIF_NFT_FORWARD && !rule) {
        vif__nft_prepare_other(job, spec);
        return VIF_OK;
    }
#endif
    job->names = list;
    job->hash = vif__nl_hash(vif__nl_hash(2166136261u ^ flags, job->bridge), list);
    job->family[0] = (flags & VIF_NFT_IPV6) != 0 ? VIF__NFT_INET : VIF__NFT_IPV4;
    job->family[1] = (uint8_t)(VIF__NFT_INET + VIF__NFT_IPV4 - job->family[0]);
    if ((flags & VIF_NFT_REJECT) != 0) {
        job->last = (uint8_t)(VIF__NFT_REJECT + job->family[0]);
    }
    job->count = gateway ? 3 : 2;
    for (; !rule && vif_list_next(&list, item, sizeof item); job->count += 2) {
        if (memcmp(item, "all", 4) == 0) {
            job->last = VIF__NFT_ACCEPT;
        } else {
            rule = vif_ifname_check(name = item);
        }
    }
    if (job->last == VIF__NFT_ACCEPT) {
        job->count = 2;
    }
    return rule ? vif_fail(job->err, VIF_E_INVAL, 0, name ? name : "", rule) : VIF_OK;
}

/* Writes a number that ends before `end`, and returns where it begins. */
VIF__APART static unsigned char *vif__nft_number(unsigned char *end, uint32_t value, unsigned base)
{
    do {
        *--end = (unsigned char)vif__digits[value % base];
        value /= base;
    } while (value != 0);
    return end;
}

/* Makes the comment of the next rule, as "vif 1/2 89abcdef", in the form of user data
 * (libnftnl/udata.h: type 0, length, text with its NUL). It ends where the room does.
 * Returns its length. */
static size_t vif__nft_mark(vif__nft_job *job, unsigned char room[40])
{
    unsigned char *at = room + 39;
    *at = 0;
    at = vif__nft_number(at, job->hash | 0x80000000u, 16);    /* so that it has all 8 digits */
    *--at = ' ';
    at = vif__nft_number(at, job->count, 10);
    *--at = '/';
    at = vif__nft_number(at, ++job->at, 10) - 6;
    memcpy(at + 1, "\0vif ", 5);
    at[0] = 0;
    at[1] = (unsigned char)(room + 38 - at);
    return (size_t)(room + 40 - at);
}

/* >>nft: messages
 *
 * Every message has a header, the table, the chain and, for a rule, a list of expressions, each
 * with a name and attributes. The expressions are written as short lines of text, which one
 * function turns into attributes. That is smaller than a call for each, and easier to compare with
 * "nft --debug=netlink". */

/* Puts the attributes that a line describes. Each begins with its type, a digit. Then 1(...) is a
 * nest, 1:2 a big-endian integer of one digit, 1;2 the same with 64 bits, 1.2 a byte, 1@ the bytes
 * of data, 1& as many zeros, and 1=text\0 a string. The digit # stands for `value`, and digits
 * continue behind 9 as in ASCII: "<" is 12, "@" is 16. */
static void vif__nft_attrs(vif_buf *buf, const char *line, uint64_t value, const void *data,
                           size_t len)
{
    VIF__BYTES unsigned char zeros[16] = { 0 };
    size_t nest[4], depth = 0;
    for (; *line != '\0'; line++) {
        const uint16_t type = (uint16_t)(*line - '0');
        if (*line == ')') {
            vif_nest_end(buf, nest[--depth]);
            continue;
        }
        switch (*++line) {
        case '(': nest[depth++] = vif_nest_begin(buf, type); break;
        case ':':
            line++;
            vif_put_be32(buf, type, *line == '#' ? (uint32_t)value : (uint32_t)(*line - '0'));
            break;
#ifndef VIF_NO_SWITCH
        case ';':
            line++;
            vif_put_be64(buf, type, *line == '#' ? value : (uint64_t)(*line - '0'));
            break;
#endif
        case '.': vif_put_u8(buf, type, (uint8_t)(*++line - '0')); break;
        case '@': vif_put_attr(buf, type, data, len); break;
        case '&': vif_put_attr(buf, type, zeros, len); break;
        default:
            vif_put_str(buf, type, ++line);
            line += strlen(line);
            break;
        }
    }
}

/* Puts a line that needs neither value nor data. */
static void vif__nft_line(vif_buf *buf, const char *line)
{
    vif__nft_attrs(buf, line, 0, NULL, 0);
}

/* Opens a message about table "vif" of a family, or about our chain in it. Only the last rule asks
 * for an acknowledgement: refusals come anyway, and many answers could overflow the socket. */
static size_t vif__nft_begin(const vif__nft_job *job, unsigned side, unsigned type)
{
    static const uint16_t flags[9] = {  /* NEW, GET, DEL of table, chain, rule */
        VIF_NLM_F_CREATE | VIF_NLM_F_ACK, VIF_NLM_F_ACK, (uint16_t)VIF__NFT_NONREC | VIF_NLM_F_ACK,
        VIF_NLM_F_CREATE | VIF_NLM_F_ACK, VIF_NLM_F_ACK, VIF_NLM_F_ACK,
        VIF_NLM_F_CREATE | VIF_NLM_F_APPEND, VIF_NLM_F_DUMP | VIF_NLM_F_ACK, VIF_NLM_F_ACK
    };
    const bool last = type == VIF__NFT_NEWRULE && job->at + 1 == job->count;
    unsigned char head[4] = { 0 };      /* nfgenmsg: family, version, res_id */
    size_t at;
    head[0] = job->family[side];
    at = vif_nl_begin_noack(job->buf, (uint16_t)type,
                            (uint16_t)(flags[type & 15] | (last ? VIF_NLM_F_ACK : 0)), head, 4);
    vif_put_str(job->buf, VIF__NFTA_TABLE_NAME, "vif");
    if (type >= VIF__NFT_NEWCHAIN) {
        vif_put_str(job->buf,
                    type < VIF__NFT_NEWRULE ? VIF__NFTA_CHAIN_NAME : VIF__NFTA_RULE_CHAIN,
                    job->chain);
    }
    return at;
}

/* Puts a chain's comment as user data (libnftnl/udata.h: type 0, length, text with its NUL).
 * Kernels before 5.10 do not keep it. */
static void vif__nft_put_tag(vif_buf *buf, const char *tag)
{
    const size_t len = tag != NULL ? strlen(tag) + 1 : 0, at = buf->len;
    unsigned char *to;
    if (len == 0 || len > 253) {
        return;
    }
    vif_put_attr(buf, VIF__NFTA_CHAIN_USERDATA, NULL, 0);
    to = vif__nl_grow(buf, vif__nl_align(2 + len));
    if (to) {
        vif__nl_set16(buf->data + at, (uint16_t)(4 + 2 + len));
        to[0] = 0;
        to[1] = (unsigned char)len;
        memcpy(to + 2, tag, len);
    }
}

/* The comment in a message about a chain, or NULL if it has none. */
static const char *vif__nft_tag(vif_nl_view attrs)
{
    vif_nl_view v;
    return vif_attr_find(attrs, VIF__NFTA_CHAIN_USERDATA, &v) && v.len > 2 && v.data[0] == 0 &&
           v.data[1] == v.len - 2 && v.data[v.len - 1] == 0 ? (const char *)v.data + 2 : NULL;
}

/* Puts a whole message about a table, a chain, or all rules of a chain. For a table "2" is
 * NFTA_TABLE_FLAGS; for a chain see vif__nft_uses. */
static void vif__nft_put(const vif__nft_job *job, unsigned side, unsigned type)
{
    const size_t at = vif__nft_begin(job, side, type);
    if (type == VIF__NFT_NEWTABLE) {
        vif__nft_line(job->buf, "2:0");            /* not dormant */
    } else if (type == VIF__NFT_NEWCHAIN) {
        const struct vif__nft_hook *use = &vif__nft_uses[job->rules->use];
        vif__nft_attrs(job->buf, use->attrs, (uint64_t)(int64_t)use->priority, job->bridge,
                       strlen(job->bridge) + 1);
        vif__nft_put_tag(job->buf, job->rules->tag);
    }
    vif_nl_end(job->buf, at);
}

static void vif__nft_put_batch(const vif__nft_job *job, uint16_t type)
{
    VIF__BYTES unsigned char head[4] = { 0, 0, 0, VIF__NFT_SUBSYSTEM };
    vif_nl_end(job->buf, vif_nl_begin_noack(job->buf, type, 0, head, sizeof head));
}

/* Opens a rule, and its list of expressions. */
static void vif__nft_rule(vif__nft_job *job)
{
    job->rule[0] = vif__nft_begin(job, 0, VIF__NFT_NEWRULE);
    job->rule[1] = vif_nest_begin(job->buf, VIF__NFTA_RULE_EXPRESSIONS);
}

/* Closes a rule's list of expressions, adds the comment, and closes the rule. */
static void vif__nft_rule_end(vif__nft_job *job)
{
    unsigned char mark[40];
    const size_t len = vif__nft_mark(job, mark);
    vif_nest_end(job->buf, job->rule[1]);
    vif_put_attr(job->buf, VIF__NFTA_RULE_USERDATA, mark + 40 - len, len);
    vif_nl_end(job->buf, job->rule[0]);
}

/* in and out have 16 bytes, or are NULL for any device. Devices are matched by name, because they
 * may come and go, and then get another index. */
static void vif__nft_put_rule(vif__nft_job *job, const char *in, const char *out,
                              unsigned verdict)
{
    /* In an expression 1 is its name and 2 has its attributes: NFTA_META_KEY and _DREG;
     * NFTA_CMP_SREG, _OP (equal), _DATA; NFTA_IMMEDIATE_DREG, _DATA; NFTA_REJECT_TYPE (ICMPX or
     * ICMP unreachable), _ICMP_CODE (port, in the numbers of either). */
    VIF__BYTES char verdicts[3][36] = {
        "1(1=immediate\0" "2(1:02(2(1:#))))", "1(1=reject\0" "2(1:22.1))",
        "1(1=reject\0" "2(1:02.3))"
    };
    vif__nft_rule(job);
    for (uint32_t i = 0; i < 2; i++) {          /* IIFNAME and OIFNAME are neighbours */
        const char *device = i == 0 ? in : out;
        if (device) {
            vif__nft_attrs(job->buf, "1(1=meta\0" "2(2:#1:1))1(1=cmp\0" "2(1:12:03(1@)))",
                           VIF__NFT_META_IIFNAME + i, device, 16);
        }
    }
    vif__nft_attrs(job->buf, verdicts[verdict < 2 ? 0 : verdict - 1], verdict, NULL, 0);
    vif__nft_rule_end(job);
}

#ifndef VIF_NO_NETWORKS
/* Expressions of the rules below have the form 1(1=name, 2(attributes)). Their attributes, by
 * number, are: meta: KEY, DREG; payload: DREG, BASE (link 0, network 1, transport 2), OFFSET, LEN;
 * cmp: SREG, OP (equal 0, not 1), DATA; bitwise: SREG, DREG, LEN, MASK, XOR; fib: DREG, RESULT (3:
 * address type), FLAGS (2: of the destination); immediate: DREG, DATA; nat: TYPE (1: destination),
 * FAMILY, REG_ADDR_MIN, REG_PROTO_MIN. */
VIF__BYTES char vif__nft_is[] = "1(1=cmp\0" "2(1:12:03(1@)))";
VIF__BYTES char vif__nft_is_not[] = "1(1=cmp\0" "2(1:12:13(1@)))";

/* Clears all bits but those of the mask, of at most 16 bytes, in what was read. */
static void vif__nft_put_mask(const vif__nft_job *job, const void *mask, size_t len)
{
    vif__nft_attrs(job->buf, "1(1=bitwise\0" "2(1:12:13:#4(1@)5(1&)))", len, mask, len);
}

/* Lets the rule go on if the address that was read is in the net, or is not in it: `is` is the
 * comparison. It masks and compares the whole address, as nft(8) does. */
static void vif__nft_put_net(const vif__nft_job *job, const char *is, const uint8_t *address,
                             unsigned prefix)
{
    const size_t len = vif__nft_family_of(job->rules)->len;
    uint8_t mask[16], net[16];
    for (unsigned i = 0; i < 16; i++) {
        const unsigned bits = prefix > i * 8 ? prefix - i * 8 : 0;
        mask[i] = (uint8_t)(0xff00u >> (bits < 8 ? bits : 8));
        net[i] = address[i] & mask[i];
    }
    if (prefix < len * 8) {
        vif__nft_put_mask(job, mask, len);
    }
    vif__nft_attrs(job->buf, is, 0, net, len);
}

/* The rule of a masquerade, for packets from the net that leave by another link than the bridge. */
static void vif__nft_put_masquerade(vif__nft_job *job)
{
    const vif_nft_rules *r = job->rules;
    vif__nft_rule(job);
    vif__nft_line(job->buf, vif__nft_family_of(r)->from);
    vif__nft_put_net(job, vif__nft_is, r->address.bytes, r->prefix);
    vif__nft_line(job->buf, "1(1=meta\0" "2(2:71:1))");
    vif__nft_attrs(job->buf, vif__nft_is_not, 0, job->bridge, 16);
    vif__nft_line(job->buf, "1(1=masq\0" "2())");
    vif__nft_rule_end(job);
}

/* The rule of a port, for packets to one of this host's addresses with that protocol and port. The
 * routing table tells for each packet whether the address is the host's own, so addresses may come
 * and go. Packets that the host forwards are left alone. Packets from 127/8 leave by no link whose
 * setting route_localnet is off (ip(7)). With that of the bridge on, and a masquerade, they arrive,
 * but then every guest reaches what listens on the host's 127.0.0.1 only (measured, Linux 6.18). So
 * it stays off, and a connection to 127.0.0.1 is refused as before. */
static void vif__nft_put_port(vif__nft_job *job, const vif_nft_port *p)
{
    const uint8_t protocol = p->udp ? 17 : 6;
    const uint32_t local = 2;           /* RTN_LOCAL, in host byte order */
    const struct vif__nft_family *f = vif__nft_family_of(job->rules);
    const uint8_t ports[4] = {(uint8_t)(p->host >> 8), (uint8_t)p->host,
                              (uint8_t)(p->guest >> 8), (uint8_t)p->guest};
    vif__nft_rule(job);
    if (job->rules->use == VIF_NFT_PORTS_HERE) {        /* all but 127/8 or ::1: see above */
        vif__nft_line(job->buf, f->to);
        vif__nft_put_net(job, vif__nft_is_not, f->loopback, f->prefix);
    }
    vif__nft_line(job->buf, "1(1=fib\0" "2(1:12:33:2))");
    vif__nft_attrs(job->buf, vif__nft_is, 0, &local, sizeof local);
    vif__nft_line(job->buf, "1(1=meta\0" "2(2:@1:1))");             /* l4proto, 16 */
    vif__nft_attrs(job->buf, vif__nft_is, 0, &protocol, 1);
    vif__nft_line(job->buf, "1(1=payload\0" "2(1:12:23:24:2))");
    vif__nft_attrs(job->buf, vif__nft_is, 0, ports, 2);
    vif__nft_attrs(job->buf, "1(1=immediate\0" "2(1:12(1@)))", 0, job->rules->address.bytes,
                   f->len);
    vif__nft_attrs(job->buf, "1(1=immediate\0" "2(1:22(1@)))", 0, ports + 2, 2);
    vif__nft_attrs(job->buf, "1(1=nat\0" "2(1:12:#3:15:2))", f->number, NULL, 0);
    vif__nft_rule_end(job);
}

/* Lets the rule go on if the field that was read is the MAC (6 bytes) or address of no sender,
 * which takes one comparison for each. Zeros are allowed in ARP and IP, as a guest without an
 * address asks for one so, and in IPv6 link-local addresses (fe80::/10). */
static void vif__nft_put_senders(const vif__nft_job *job, size_t len)
{
    VIF__BYTES uint8_t none[16] = { 0 }, local[4] = { 0xfe, 0x80 };
    const vif_nft_rules *r = job->rules;
    if (len == 6) {
        vif__nft_attrs(job->buf, vif__nft_is_not, 0, r->mac, 6);
        return;
    }
    for (size_t i = 0; i < r->sender_count; i++) {
        if (r->senders[i].len == len) {
            vif__nft_attrs(job->buf, vif__nft_is_not, 0, r->senders[i].bytes, len);
        }
    }
    vif__nft_attrs(job->buf, vif__nft_is_not, 0, none, len);
    if (len == 16) {
        vif__nft_line(job->buf, "1(1=payload\0" "2(1:12:13:84:4))");
        vif__nft_put_mask(job, "\xff\xc0\0", 4);
        vif__nft_attrs(job->buf, vif__nft_is_not, 0, local, 4);
    }
}

#define VIF__NFT_DROPPED "1(1=immediate\0" "2(1:02(2(1:0))))"

/* One rule that drops what comes in by the link from another sender. protocol 0 is any. `where` is
 * the expression that reads the sender, of len bytes. */
static void vif__nft_put_only(vif__nft_job *job, uint16_t protocol, const char *where, size_t len)
{
    const uint8_t type[2] = { (uint8_t)(protocol >> 8), (uint8_t)protocol };
    vif__nft_rule(job);
    if (protocol != 0) {
        vif__nft_line(job->buf, "1(1=meta\0" "2(2:11:1))");
        vif__nft_attrs(job->buf, vif__nft_is, 0, type, 2);
    }
    vif__nft_line(job->buf, where);
    vif__nft_put_senders(job, len);
    vif__nft_line(job->buf, VIF__NFT_DROPPED);
    vif__nft_rule_end(job);
}

/* The rules against other senders, by MAC and, if there are any addresses, by address. */
static void vif__nft_put_spoof(vif__nft_job *job)
{
    vif__nft_put_only(job, 0, "1(1=payload\0" "2(1:12:03:64:6))", 6);
    vif__nft_put_only(job, 0x0806, "1(1=payload\0" "2(1:12:13:84:6))", 6);
    if (job->count > 2) {
        vif__nft_put_only(job, 0x0806, "1(1=payload\0" "2(1:12:13:>4:4))", 4);
        vif__nft_put_only(job, 0x0800, vif__nft_families[0].from, 4);
        vif__nft_put_only(job, 0x86dd, vif__nft_families[1].from, 16);
    }
}

#ifndef VIF_NO_SWITCH
/* One of the rules of a port, in the device's own chain. The first drops other senders or
 * receivers, and the second (limit) what is beyond the rate, so forged frames use up nothing of the
 * rate. limit has RATE, UNIT (a second), BURST, TYPE (1: bytes) and FLAGS (1: match what is over
 * it). A frame is for a group if the lowest bit of its first byte is set (IEEE 802.3 §3.2.3). */
static void vif__nft_put_port_rule(vif__nft_job *job, bool limit)
{
    VIF__BYTES unsigned char none[4] = { 0 };
    const vif_nft_rules *r = job->rules;
    const bool to = r->use == VIF_NFT_PORT_TO;
    const unsigned char burst[4] = { (unsigned char)(r->burst >> 24),
                                     (unsigned char)(r->burst >> 16),
                                     (unsigned char)(r->burst >> 8), (unsigned char)r->burst };
    vif__nft_rule(job);
    if (limit) {
        vif__nft_attrs(job->buf, "1(1=limit\0" "2(1;#2;13@4:15:1))", r->rate, burst, 4);
    } else {
        if (to) {
            vif__nft_line(job->buf, "1(1=payload\0" "2(1:12:03:04:4))");
            vif__nft_put_mask(job, "\1\0\0", 4);
            vif__nft_attrs(job->buf, vif__nft_is, 0, none, 4);
        }
        vif__nft_attrs(job->buf, "1(1=payload\0" "2(1:12:03:#4:6))", to ? 0 : 6, NULL, 0);
        vif__nft_attrs(job->buf, vif__nft_is_not, 0, r->mac, 6);
    }
    vif__nft_line(job->buf, VIF__NFT_DROPPED);
    vif__nft_rule_end(job);
}
#endif

/* Puts the rules of the other uses, as many as vif__nft_prepare_other has counted. */
static void vif__nft_put_other(vif__nft_job *job)
{
    const vif_nft_rules *r = job->rules;
    if (r->use == VIF_NFT_MASQUERADE) {
        vif__nft_put_masquerade(job);
    } else if (r->use == VIF_NFT_SPOOF) {
        vif__nft_put_spoof(job);
    }
#ifndef VIF_NO_SWITCH
    if (r->use >= VIF_NFT_PORT_FROM) {
        if ((r->flags & VIF_NFT_ONLY_MAC) != 0) {
            vif__nft_put_port_rule(job, false);
        }
        if (r->rate != 0) {
            vif__nft_put_port_rule(job, true);
        }
    }
#endif
    for (size_t i = 0; r->use != VIF_NFT_MASQUERADE && i < r->port_count; i++) {
        vif__nft_put_port(job, &r->ports[i]);
    }
}
#endif

/* Puts the rules in os-vif's order: to and from each name, within the bridge, then everything else
 * that comes in or goes out. os-vif's rules that can't match (a second drop) are left out. */
static void vif__nft_put_rules(vif__nft_job *job)
{
    const char *list = job->names;
    char name[17];
    job->at = 0;
#ifndef VIF_NO_NETWORKS
    if (job->rules->use != VIF_NFT_FORWARD) {
        vif__nft_put_other(job);
        return;
    }
#endif
    if (job->count > 2) {
        while (vif_list_next(&list, name, sizeof name)) {
            vif__nft_put_rule(job, job->bridge, name, VIF__NFT_ACCEPT);
            vif__nft_put_rule(job, name, job->bridge, VIF__NFT_ACCEPT);
        }
        vif__nft_put_rule(job, job->bridge, job->bridge, VIF__NFT_ACCEPT);
    }
    vif__nft_put_rule(job, job->bridge, NULL, job->last);
    vif__nft_put_rule(job, NULL, job->bridge, job->last);
}

/* >>nft: looking
 *
 * Messages of the kernel come in and fill the two sides of the job, which say what
 * exists in either family. */

/* Reads a number; all ones if it is not there. */
static uint32_t vif__nft_u32(vif_nl_view attrs, uint16_t type)
{
    uint32_t value = 0;
    vif_nl_view v;
    if (!vif_attr_find(attrs, type, &v) || v.len != 4) {
        return UINT32_MAX;
    }
    for (size_t i = 0; i < 4; i++) {
        value = value << 8 | v.data[i];
    }
    return value;
}

/* Whether a chain is at the hook of its use and, in family netdev, at our device. */
static bool vif__nft_in_place(const vif__nft_job *job, vif_nl_view hook)
{
    const struct vif__nft_hook *use = &vif__nft_uses[job->rules->use];
    const size_t len = strlen(job->bridge) + 1;
    vif_nl_view v;
    return vif__nft_u32(hook, VIF__NFTA_HOOK_NUMBER) == use->hook &&
           vif__nft_u32(hook, VIF__NFTA_HOOK_PRIORITY) == (uint32_t)(int32_t)use->priority &&
           (use->family != VIF__NFT_NETDEV ||
            (vif_attr_find(hook, VIF__NFTA_HOOK_DEVICE, &v) && v.len == len &&
             memcmp(v.data, job->bridge, len) == 0));
}

/* Notes one message. The type of a chain need not be checked, as another type
 * has another priority. */
VIF__APART static void vif__nft_note(vif__nft_job *job, const vif_nl_msg *msg)
{
    vif__nft_side *side = &job->side[msg->request / 2 % 2];
    vif_nl_view attrs, v = { NULL, 0 };
    unsigned char mark[40];
    const char *tag;
    size_t len;
    if (msg->len < 4) {                 /* nfgenmsg */
        return;
    }
    attrs.data = msg->data + 4;
    attrs.len = msg->len - 4;
    if (msg->type == VIF__NFT_NEWTABLE) {
        side->table = true;
        side->use = vif__nft_u32(attrs, VIF__NFTA_TABLE_USE);
        side->differs = (vif__nft_u32(attrs, VIF__NFTA_TABLE_FLAGS) & 1) != 0;
    } else if (msg->type == VIF__NFT_NEWCHAIN) {
        (void)vif_attr_find(attrs, VIF__NFTA_CHAIN_HOOK, &v);
        side->chain = true;
        side->elsewhere = !vif__nft_in_place(job, v);
        side->differs = side->differs ||
                        vif__nft_u32(attrs, VIF__NFTA_CHAIN_POLICY) != VIF__NFT_ACCEPT;
        tag = vif__nft_tag(attrs);
        side->others = tag != NULL && job->rules->tag != NULL && strcmp(tag, job->rules->tag) != 0;
    } else {
        (void)vif_attr_find(attrs, VIF__NFTA_RULE_USERDATA, &v);
        len = vif__nft_mark(job, mark);
        if (v.len != len || memcmp(v.data, mark + 40 - len, len) != 0) {
            job->at |= 0x80000000u;
        }
    }
}

/* Judges a refused request. ENOENT means that a table or chain does not exist, which is no failure.
 * After anything else it does not wait for the other answers: without CAP_NET_ADMIN none come
 * (measured). EINVAL is what nfnetlink answers if a subsystem is missing (nfnetlink_rcv_msg). */
static void vif__nft_refused(vif_nl_exchange *x)
{
    const int number = x->error.sys_errno;
    if (number == ENOENT || number == EINVAL) {
        memset(&x->error, 0, sizeof x->error);
    }
    if (number != ENOENT) {
        vif_nl_exchange_fail(x, VIF_E_UNSUPPORTED, EOPNOTSUPP);
    }
}

/* Asks in one round trip for the tables and chains of both families and the rules of the wanted
 * one, or (LOOK) only for its table. */
VIF__APART static vif_status vif__nft_look(vif__nft_job *job)
{
    vif_nl_event event;
    vif_nl_msg msg;
    memset(job->side, 0, sizeof job->side);
    job->at = 0;
    vif_buf_init(job->buf, job->buf->data, job->buf->cap);
    for (unsigned i = 0; i < 2 && job->how != VIF__NFT_DO_LOOK; i++) {
        vif__nft_put(job, i, VIF__NFT_GETTABLE);
        vif__nft_put(job, i, VIF__NFT_GETCHAIN);
    }
    vif__nft_put(job, 0, job->how != VIF__NFT_DO_LOOK ? VIF__NFT_GETRULE : VIF__NFT_GETTABLE);
    if (vif_nl_send(job->nf, job->buf, job->err) != VIF_OK) {
        return job->nf->exchange.error.status;
    }
    while ((event = vif_nl_next(job->nf, &msg, job->err)) != VIF_NL_DONE) {
        if (event == VIF_NL_MESSAGE) {
            vif__nft_note(job, &msg);
        } else if (job->nf->exchange.error.status != VIF_OK) {
            vif__nft_refused(&job->nf->exchange);
        }
    }
    return job->nf->exchange.error.status;
}

/* >>nft: changing
 *
 * What was seen decides what the batch has. The kernel takes the batch as a whole, or refuses it as
 * a whole if the rule set is no longer what was seen. */

/* Removes the chain, and the table if it has nothing else. The kernel refuses the batch if
 * something has come into the table since we looked. */
static void vif__nft_drop(const vif__nft_job *job, unsigned i, bool with_table)
{
    const vif__nft_side *side = &job->side[i];
    const bool chain = side->chain && (job->theirs || !side->others);
    if (chain) {
        vif__nft_put(job, i, VIF__NFT_DELRULE);
        vif__nft_put(job, i, VIF__NFT_DELCHAIN);
    }
    if (with_table && side->table && side->use == chain) {
        vif__nft_put(job, i, VIF__NFT_DELTABLE);
    }
}

/* Sends one batch, which the kernel takes as a whole or not at all. Rules are replaced in place, so
 * a packet meets all of the old ones or all of the new ones. A chain at another hook can't be
 * changed into ours, so it is removed first. A dormant table is woken, but not by a batch that also
 * makes or deletes chains in it (EINVAL, measured). */
VIF__APART static vif_status vif__nft_batch(vif__nft_job *job)
{
    const bool apply = job->how == VIF__NFT_DO_APPLY;
    vif_buf *buf = job->buf;
    size_t empty;
    vif_buf_init(buf, buf->data, buf->cap);
    vif__nft_put_batch(job, VIF__NFT_BATCH_BEGIN);
    empty = buf->len;
    if (!apply || job->side[0].elsewhere || job->side[0].others) {
        vif__nft_drop(job, 0, job->how == VIF__NFT_DO_REMOVE_TABLE);
    }
    if (!apply || job->side[1].chain) {
        vif__nft_drop(job, 1, job->how != VIF__NFT_DO_REMOVE);
    }
    if (apply) {
        vif__nft_put(job, 0, VIF__NFT_NEWTABLE);
        vif__nft_put(job, 0, VIF__NFT_NEWCHAIN);
        vif__nft_put(job, 0, VIF__NFT_DELRULE);
        vif__nft_put_rules(job);
    }
    if (!buf->overflow && buf->len == empty) {
        return VIF_OK;
    }
    vif__nft_put_batch(job, VIF__NFT_BATCH_END);
    return vif_nl_request(job->nf, buf, job->err);
}

/* Others may interfere. Rules that changed while they were read are read again, at most ten times.
 * If the kernel refuses the batch, because something has gone or the table is no longer empty, it
 * looks and makes the batch once more. */
static vif_status vif__nft_run(vif_nl *nf, vif_buf *buf, const vif_nft_rules *spec,
                                 vif__nft_how how, vif_nft_found *found, vif_error *err)
{
    vif__nft_job job;
    const vif__nft_side *side = job.side;
    vif_status status;
    int refused = 0;
    memset(&job, 0, sizeof job);
    job.nf = nf;
    job.buf = buf;
    job.err = err;
    job.how = how;
    job.theirs = how == VIF__NFT_DO_APPLY;
    status = vif__nft_prepare(&job, spec);
    if (how == VIF__NFT_DO_APPLY && job.count == 0) {
        job.how = VIF__NFT_DO_REMOVE_TABLE;
    }
    for (int tries = status == VIF_OK ? 10 : 0; tries > 0; tries--) {
        status = vif__nft_look(&job);
        if (status == VIF_OK && !found) {
            status = vif__nft_batch(&job);
        }
        refused += status == VIF_E_KERNEL;
        if (status != VIF_E_INTERRUPTED && (status != VIF_E_KERNEL || refused > 1)) {
            break;
        }
    }
    if (status == VIF_OK && found) {
        const bool good = side->chain && !side->elsewhere && !side->differs && !side->others;
        found->table = side->table;
        found->chain = side->chain;
        found->others = side->others;
        found->right = (job.count == 0 ? !side->chain : good) && !side[1].chain &&
                       job.at == job.count;
    }
    return status;
}

#ifndef VIF_NO_NETWORKS
/* Tests or removes the chains of all uses of a device. Most hosts have no table for them, which one
 * request tells. */
static vif_status vif__nft_link(vif_nl *nf, vif_buf *buf, const vif_nft_rules *spec, bool remove,
                                vif_nft_found *found, vif_error *err)
{
    vif_nft_rules one = *spec;
    vif_nft_found each;
    vif_status status;
    memset(&each, 0, sizeof each);
    one.use = VIF_NFT_SPOOF;
    status = vif__nft_run(nf, buf, &one, VIF__NFT_DO_LOOK, &each, err);
    found->table = each.table;
    found->right = true;
    for (size_t i = VIF_NFT_SPOOF; status == VIF_OK && found->table && i < VIF__NFT_KNOWN; i++) {
        one.use = (vif_nft_use)i;
        status = vif__nft_run(nf, buf, &one, remove ? VIF__NFT_DO_REMOVE_TABLE : VIF__NFT_DO_TEST,
                              remove ? NULL : &each, err);
        found->chain = found->chain || (each.chain && !each.others);
        found->right = found->right && !found->chain;
    }
    return status;
}

/* Reports a chain, if it is in a table "vif" and has a comment. */
static void vif__nft_chain(const vif_nl_msg *msg,
                           void (*each)(void *user, const char *chain, const char *tag, bool ipv6),
                           void *user)
{
    vif_nl_view attrs, table, name;
    const char *tag;
    if (msg->type != VIF__NFT_NEWCHAIN || msg->len < 4) {
        return;
    }
    attrs.data = msg->data + 4;
    attrs.len = msg->len - 4;
    tag = vif__nft_tag(attrs);
    if (tag && vif_attr_find(attrs, VIF__NFTA_TABLE_NAME, &table) && table.len == 4 &&
        memcmp(table.data, "vif", 4) == 0 && vif_attr_find(attrs, VIF__NFTA_CHAIN_NAME, &name) &&
        name.len > 0 && name.data[name.len - 1] == 0) {
        each(user, (const char *)name.data, tag, msg->data[0] == VIF__NFT_IPV6);
    }
}

VIF_API vif_status vif_nft_each(vif_nl *nf, vif_buf *buf,
                                void (*each)(void *user, const char *chain, const char *tag,
                                             bool ipv6),
                                void *user, vif_error *err)
{
    VIF__BYTES unsigned char head[4] = { 0 };
    vif_nl_event event;
    vif_nl_msg msg;
    vif_buf_init(buf, buf->data, buf->cap);
    vif_nl_end(buf, vif_nl_begin_noack(buf, VIF__NFT_GETCHAIN, VIF_NLM_F_DUMP | VIF_NLM_F_ACK, head,
                                       sizeof head));
    if (vif_nl_send(nf, buf, err) != VIF_OK) {
        return nf->exchange.error.status;
    }
    while ((event = vif_nl_next(nf, &msg, err)) != VIF_NL_DONE) {
        if (event == VIF_NL_MESSAGE) {
            vif__nft_chain(&msg, each, user);
        } else if (nf->exchange.error.status != VIF_OK &&
                   nf->exchange.error.status != VIF_E_INTERRUPTED) {
            vif__nft_refused(&nf->exchange);
        }
    }
    return nf->exchange.error.status;
}

VIF_API vif_nft_use vif_nft_chain_of(const char *chain, const char **link)
{
    size_t i;
    for (i = 1; i < VIF__NFT_KNOWN; i++) {
        const size_t len = strlen(vif__nft_uses[i].prefix);
        if (strlen(chain) > len && memcmp(chain, vif__nft_uses[i].prefix, len) == 0) {
            *link = chain + len;
            return (vif_nft_use)i;
        }
    }
    return VIF_NFT_USES;
}
#endif
#endif

#if defined(VIF_NO_NFT) || defined(VIF_NO_NETWORKS)
#define vif__nft_link(nf, buf, rules, remove, found, err) \
    vif__nft_run(nf, buf, rules, VIF__NFT_DO_LOOK, found, err)
#endif

/* These three are one walk that stops earlier or later. */
VIF_API vif_status vif_nft_test(vif_nl *nf, vif_buf *buf, const vif_nft_rules *rules,
                                vif_nft_found *found, vif_error *err)
{
    if (rules->use == VIF_NFT_LINK) {
        return vif__nft_link(nf, buf, rules, false, found, err);
    }
    return vif__nft_run(nf, buf, rules, VIF__NFT_DO_TEST, found, err);
}

VIF_API vif_status vif_nft_apply(vif_nl *nf, vif_buf *buf, const vif_nft_rules *rules,
                                 vif_error *err)
{
    return vif__nft_run(nf, buf, rules, VIF__NFT_DO_APPLY, NULL, err);
}

VIF_API vif_status vif_nft_remove(vif_nl *nf, vif_buf *buf, const vif_nft_rules *rules,
                                  bool with_table, vif_error *err)
{
    vif_nft_found found;
    memset(&found, 0, sizeof found);
    if (rules->use == VIF_NFT_LINK) {
        return vif__nft_link(nf, buf, rules, true, &found, err);
    }
    return vif__nft_run(nf, buf, rules, with_table ? VIF__NFT_DO_REMOVE_TABLE : VIF__NFT_DO_REMOVE,
                        NULL, err);
}
#endif
#endif
