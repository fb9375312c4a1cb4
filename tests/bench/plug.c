/* SPDX-License-Identifier: MIT
 * What plug and unplug cost, in namespaces of its own (tests/ns.h), next to
 *   floor     the same requests to the kernel, built beforehand, sent and received in a row:
 *             messages, ioctls, and all calls of files, as those of sysfs, of notes and of locks
 *   by hand   the fewest requests to the same end: no look, no note, no lock
 *   os-vif    the reference in one warm process (tests/bench/osvif.py), where it has the flow
 *   ip        "ip -batch" with commands to the same end: a process each time; for virtual
 *             functions also a process for each command, as somebody types them
 * Each round runs all of them, one behind the other, from the same start; ratios are taken round by
 * round. The floor is not written down here: libc's functions are wrapped (-Wl,--wrap), what vif
 * does through them is taped twice, and where the index of a new link stands in the requests is
 * found by comparing the tapes.
 *   plug flows [steps]     the tables; steps: each call of each flow, too
 *   plug functions [TITLE LINK ADDRESS]...
 *                          the tables of a tap, of a macvtap and of virtual functions: the first
 *                          one of each LINK, at that PCI address; in no namespace of its own, where
 *                          tests/bench/functions.sh has prepared everything
 *   plug lab COMMAND...    runs it in a fresh namespace with an uplink eth1
 *   plug peak COMMAND...   runs it and prints its resident memory; also "plug lab plug peak ..." */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open */
/* flags: -Wl,--wrap=read,--wrap=write,--wrap=ioctl,--wrap=close,--wrap=socket */
/* flags: -Wl,--wrap=opendir,--wrap=readdir,--wrap=closedir,--wrap=stat,--wrap=fstat */
/* flags: -Wl,--wrap=access,--wrap=unlink,--wrap=flock,--wrap=getsockopt */
/* flags: -Wl,--wrap=lseek,--wrap=fsync,--wrap=rename,--wrap=bind */
#include "ns.h"
#include "wrap.h"
#include <net/if.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/resource.h>
#define VIF_IMPLEMENTATION
#include "vif.h"
#include "bench/host.h"

/* ---- the tape: what vif asks of libc --------------------------------------------------------- */

enum { SEND, RECV, POLL, OPEN, READ, WRITE, IOCTL, CLOSE, SOCKET, OPENDIR, READDIR, CLOSEDIR, STAT,
       FSTAT, ACCESS, UNLINK, FLOCK, COOKIE, LSEEK, FSYNC, RENAME, CALLS };
enum { MOST_CALLS = 512, IFREQ = 40, GET_INDEX = 0x8933, NETNS_COOKIE = 71 };

typedef struct call {
    int kind, flags;                    /* of sendmsg, recvmsg, open */
    unsigned long request, value;       /* of ioctl; value: whence, of lseek; groups, of socket */
    bool inside;                        /* of the socket that was opened meanwhile */
    bool rules;                         /* of nftables' socket */
    bool fails;                         /* a read of what a driver does not tell, or of news */
    size_t at, len, cap;                /* bytes on the tape; room that a receive had */
    double us;
} call;

typedef struct tape {
    call calls[MOST_CALLS];
    size_t count, used;
    unsigned char bytes[1 << 17];
} tape;

static tape *taping;                    /* NULL: calls go through as they are */
static int taped_inside = -1;           /* the socket that was opened meanwhile: in the guest's */
static unsigned taped_groups;           /* namespace, or for news of these groups */

/* A call has taken place; returns it. data may be NULL. */
static call *taped(int kind, double start, const void *data, size_t len)
{
    const double us = now_us() - start;
    call *c = &taping->calls[taping->count++];
    if (taping->count == MOST_CALLS || taping->used + len > sizeof taping->bytes) {
        die("the tape is full", NULL);
    }
    memset(c, 0, sizeof *c);
    c->kind = kind;
    c->us = us;
    c->at = taping->used;
    c->len = len;
    if (data) {
        memcpy(taping->bytes + taping->used, data, len);
        taping->used += (len + 3) & ~(size_t)3;
    }
    return c;
}

ssize_t __wrap_sendmsg(int fd, const struct msghdr *msg, int flags)
{
    const double start = taping ? now_us() : 0;
    const ssize_t got = __real_sendmsg(fd, msg, flags);
    if (taping) {
        call *c = taped(SEND, start, msg->msg_iov->iov_base, msg->msg_iov->iov_len);
        c->flags = flags;
        c->rules = host.priv.nf_open && fd == host.priv.nf.priv.fd;
        c->inside = fd == taped_inside && !c->rules;
    }
    return got;
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags)
{
    const double start = taping ? now_us() : 0;
    const ssize_t got = __real_recvmsg(fd, msg, flags);
    if (taping) {
        const bool news = fd == taped_inside && taped_groups != 0;
        call *c = taped(RECV, start, msg->msg_iov->iov_base, got > 0 && !news ? (size_t)got : 0);
        c->flags = news ? flags : flags & ~MSG_DONTWAIT;
        c->fails = news;                /* there may be less of it, or none */
        c->cap = msg->msg_iov->iov_len;
        c->rules = host.priv.nf_open && fd == host.priv.nf.priv.fd;
        c->inside = fd == taped_inside && !c->rules;
    }
    return got;
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
    const double start = taping ? now_us() : 0;
    const int got = __real_poll(fds, count, timeout);
    if (taping) {
        taped(POLL, start, NULL, 0);
    }
    return got;
}

int __wrap_open(const char *path, int flags, ...)
{
    const double start = taping ? now_us() : 0;
    const int fd = __real_open(path, flags, 0600);
    if (taping) {
        taped(OPEN, start, path, strlen(path) + 1)->flags = flags;
    }
    return fd;
}

ssize_t __wrap_read(int fd, void *data, size_t len)
{
    const double start = taping ? now_us() : 0;
    const ssize_t got = __real_read(fd, data, len);
    if (taping) {
        call *c = taped(READ, start, NULL, 0);
        c->cap = len;
        c->fails = got < 0;
    }
    return got;
}

ssize_t __wrap_write(int fd, const void *data, size_t len)
{
    const double start = taping ? now_us() : 0;
    const ssize_t got = __real_write(fd, data, len);
    if (taping) {
        taped(WRITE, start, data, len);
    }
    return got;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
    const double start = taping ? now_us() : 0;
    unsigned long value;
    va_list args;
    int got;

    va_start(args, request);
    value = va_arg(args, unsigned long);
    va_end(args);
    got = __real_ioctl(fd, request, value);
    if (taping) {
        const bool at_pointer = request == VIF__TUNSETIFF || request == GET_INDEX;
        call *c = taped(IOCTL, start, at_pointer ? (void *)value : NULL, at_pointer ? IFREQ : 0);
        c->request = request;
        c->value = value;
    }
    return got;
}

int __wrap_close(int fd)
{
    const double start = taping ? now_us() : 0;
    const int got = __real_close(fd);
    if (taping) {
        taped(CLOSE, start, NULL, 0)->inside = fd == taped_inside;
        taped_inside = fd == taped_inside ? -1 : taped_inside;
    }
    return got;
}

int __wrap_socket(int domain, int type, int protocol)
{
    const double start = taping ? now_us() : 0;
    const int fd = __real_socket(domain, type, protocol);
    if (taping) {
        taped_inside = fd;
        taped_groups = 0;
        taped(SOCKET, start, NULL, 0);
    }
    return fd;
}

/* The sockaddr_nl of a socket that hears news names their groups. */
int __wrap_bind(int fd, const struct sockaddr *addr, socklen_t len)
{
    const int got = __real_bind(fd, addr, len);
    if (taping && fd == taped_inside && addr->sa_family == AF_NETLINK) {
        memcpy(&taped_groups, (const char *)addr + 8, sizeof taped_groups);
        taping->calls[taping->count - 1].value = taped_groups;
    }
    return got;
}

/* A call of which only the path, if it has one, is of interest. */
#define TAPED(kind, type, name, params, args, path) \
    type __wrap_##name params \
    { \
        const double start = taping ? now_us() : 0; \
        type const got = __real_##name args; \
        if (taping) { \
            const char *const text = path; \
            (void)taped(kind, start, text, text ? strlen(text) + 1 : 0); \
        } \
        return got; \
    }
TAPED(OPENDIR, DIR *, opendir, (const char *path), (path), path)
TAPED(READDIR, struct dirent *, readdir, (DIR *dir), (dir), NULL)
TAPED(CLOSEDIR, int, closedir, (DIR *dir), (dir), NULL)
TAPED(STAT, int, stat, (const char *path, struct stat *is), (path, is), path)
TAPED(FSTAT, int, fstat, (int fd, struct stat *is), (fd, is), NULL)
TAPED(ACCESS, int, access, (const char *path, int mode), (path, mode), path)
TAPED(UNLINK, int, unlink, (const char *path), (path), path)
TAPED(FLOCK, int, flock, (int fd, int how), (fd, how), NULL)
TAPED(COOKIE, int, getsockopt, (int fd, int level, int name, void *value, socklen_t *len),
      (fd, level, name, value, len), NULL)
TAPED(FSYNC, int, fsync, (int fd), (fd), NULL)

off_t __wrap_lseek(int fd, off_t at, int whence)
{
    const double start = taping ? now_us() : 0;
    const off_t got = __real_lseek(fd, at, whence);
    if (taping) {
        taped(LSEEK, start, NULL, 0)->value = (unsigned long)whence;
    }
    return got;
}

/* Both paths, one behind the other. */
int __wrap_rename(const char *from, const char *to)
{
    const double start = taping ? now_us() : 0;
    const int got = __real_rename(from, to);
    if (taping) {
        char both[512];
        const size_t len = strlen(from) + 1;
        snprintf(both, sizeof both, "%s%c%s", from, '\0', to);
        (void)taped(RENAME, start, both, len + strlen(to) + 1);
    }
    return got;
}

/* ---- the floor ------------------------------------------------------------------------------- */

enum { SLOTS = 2, MOST_WORDS = 64 };

/* A word of a datagram that is, or takes, the index of the slot's link. */
typedef struct word {
    size_t call, offset;
    int slot;
} word;

typedef struct tune {
    tape calls;                         /* polls left out */
    struct msghdr msgs[MOST_CALLS];
    struct iovec vecs[MOST_CALLS];
    word learn[SLOTS], put[MOST_WORDS];
    size_t learns, puts;
} tune;

static unsigned char floor_room[1 << 16];
static struct sockaddr floor_kernel;    /* of sendmsg: AF_NETLINK, port 0 */
static int floor_fd, floor_rules, guest_ns = -1;
static int guest_socket = -1;           /* for looks between the runs */

static uint32_t word_at(const tape *t, const call *c, size_t offset)
{
    uint32_t w;
    memcpy(&w, t->bytes + c->at + offset, sizeof w);
    return w;
}

/* The next offset in call c at which both tapes have the slot's index; SIZE_MAX: none. */
static size_t find_index(const tape *a, const tape *b, size_t c, const uint32_t index[2],
                         size_t from)
{
    const call *x = &a->calls[c], *y = &b->calls[c];
    for (; from + 4 <= x->len && from + 4 <= y->len; from += 4) {
        if (word_at(a, x, from) == index[0] && word_at(b, y, from) == index[1]) {
            return from;
        }
    }
    return SIZE_MAX;
}

static void find_words(tune *t, const tape *b, const uint32_t index[2], int slot)
{
    bool learned = false;
    if (index[0] == index[1]) {
        return;                         /* not made by this verb */
    }
    for (size_t c = 0; c < t->calls.count; c++) {
        size_t at = SIZE_MAX;
        if (t->calls.calls[c].kind == RECV && !learned) {
            at = find_index(&t->calls, b, c, index, 0);
            if (at != SIZE_MAX) {
                t->learn[t->learns++] = (word){c, at, slot};
                learned = true;
            }
        }
        if (t->calls.calls[c].kind != SEND) {
            continue;
        }
        while ((at = find_index(&t->calls, b, c, index, at == SIZE_MAX ? 0 : at + 4)) != SIZE_MAX) {
            if (!learned) {
                return;                 /* vif has chosen it: it is free again for the floor */
            }
            if (t->puts == MOST_WORDS) {
                die("too many indices are sent", NULL);
            }
            t->put[t->puts++] = (word){c, at, slot};
        }
    }
}

static int by_call(const void *a, const void *b)
{
    const word *x = a, *y = b;
    return x->call < y->call ? -1 : x->call > y->call;
}

static void without_polls(tape *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->count; i++) {
        if (t->calls[i].kind != POLL && !(t->calls[i].kind == RECV && t->calls[i].len == 0)) {
            t->calls[n++] = t->calls[i];
        }
    }
    t->count = n;
}

static bool same_shape(const tape *a, const tape *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++) {
        same = a->calls[i].kind == b->calls[i].kind &&
            (a->calls[i].kind != SEND || a->calls[i].len == b->calls[i].len);
    }
    return same;
}

static void prepare(tune *t)
{
    for (size_t i = 0; i < t->calls.count; i++) {
        const call *c = &t->calls.calls[i];
        t->vecs[i].iov_base = c->kind == RECV ? floor_room : t->calls.bytes + c->at;
        t->vecs[i].iov_len = c->kind == RECV ? c->cap : c->len;
        t->msgs[i].msg_iov = &t->vecs[i];
        t->msgs[i].msg_iovlen = 1;
        t->msgs[i].msg_name = &floor_kernel;
        t->msgs[i].msg_namelen = 12;
    }
    qsort(t->learn, t->learns, sizeof *t->learn, by_call);
    qsort(t->put, t->puts, sizeof *t->put, by_call);
}

/* The answer as it was on the tape: the same kind, and the same error if it is one. */
static void check_answer(const tune *t, const call *c, ssize_t got)
{
    if (got < 20 || c->len < 20 ||
        memcmp(floor_room + 4, t->calls.bytes + c->at + 4, 2) != 0 ||
        (floor_room[4] == 2 && memcmp(floor_room + 16, t->calls.bytes + c->at + 16, 4) != 0)) {
        die("the floor is answered otherwise than vif", NULL);
    }
}

/* A socket as vif has it in the guest's namespace, where `home` is the thread's own; with groups,
 * in this one, and it hears their news. */
static int floor_inside(int home, unsigned groups)
{
    static const int options[] = {11, 10, 12};      /* NETLINK_EXT_ACK, CAP_ACK, GET_STRICT_CHK */
    struct sockaddr_storage own;
    socklen_t len = sizeof own;
    unsigned char addr[12];             /* sockaddr_nl */
    const int on = 1;
    const int fd = groups != 0 || setns(guest_ns, CLONE_NEWNET) == 0
        ? __real_socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0) : -1;
    for (int i = 0; i < 3; i++) {
        (void)setsockopt(fd, 270, options[i], &on, sizeof on);      /* SOL_NETLINK */
    }
    memcpy(addr, &floor_kernel, 8);
    memcpy(addr + 8, &groups, 4);
    if (__real_bind(fd, (const void *)addr, 12) != 0 || getsockname(fd, (void *)&own, &len) != 0 ||
        (groups == 0 && setns(home, CLONE_NEWNET) != 0)) {
        die("no second socket", NULL);
    }
    return fd;
}

/* Looks at files of whatever kind. What is not there is looked for in vain, as vif does. */
static void play_look(const call *c, const char *path, int file)
{
    static DIR *dir;
    uint64_t cookie;
    socklen_t len = sizeof cookie;
    struct stat is;
    switch (c->kind) {
    case OPENDIR: dir = __real_opendir(path); break;
    case READDIR: (void)__real_readdir(dir); break;
    case CLOSEDIR: (void)__real_closedir(dir); break;
    case STAT: (void)__real_stat(path, &is); break;
    case FSTAT: (void)__real_fstat(file, &is); break;
    case ACCESS: (void)!__real_access(path, F_OK); break;
    case UNLINK: (void)!__real_unlink(path); break;
    case FLOCK: (void)!__real_flock(file, LOCK_EX | LOCK_NB); break;
    case LSEEK: (void)__real_lseek(file, 0, (int)c->value); break;
    case FSYNC: (void)!__real_fsync(file); break;
    case RENAME: (void)!__real_rename(path, path + strlen(path) + 1); break;
    default: (void)!__real_getsockopt(floor_fd, SOL_SOCKET, NETNS_COOKIE, &cookie, &len);
    }
}

static void play(tune *t, bool check)
{
    const word *learn = t->learn, *put = t->put;
    uint32_t index[SLOTS] = {0, 0};
    int files[4], open_files = 0;           /* a lock is held while others are written */
    int inside = -1;
    for (size_t i = 0; i < t->calls.count; i++) {
        const int file = open_files > 0 ? files[open_files - 1] : -1;
        call *c = &t->calls.calls[i];
        const int fd = c->inside ? inside : c->rules ? floor_rules : floor_fd;
        unsigned char *bytes = t->calls.bytes + c->at;
        ssize_t got = 0;
        switch (c->kind) {
        case SEND:
            for (; put < t->put + t->puts && put->call == i; put++) {
                memcpy(bytes + put->offset, &index[put->slot], 4);
            }
            got = __real_sendmsg(fd, &t->msgs[i], c->flags);
            break;
        case RECV:
            got = __real_recvmsg(fd, &t->msgs[i], c->flags);
            for (; learn < t->learn + t->learns && learn->call == i; learn++) {
                memcpy(&index[learn->slot], floor_room + learn->offset, 4);
            }
            if (check && !c->fails) {
                check_answer(t, c, got);
            }
            break;
        case OPEN:                      /* one that is not there is looked for in vain, too */
            files[open_files] = __real_open((const char *)bytes, c->flags, 0600);
            open_files += files[open_files] >= 0;
            break;
        case READ: got = __real_read(file, floor_room, c->cap); break;
        case WRITE: got = __real_write(file, bytes, c->len); break;
        case IOCTL:
            got = __real_ioctl(c->request == GET_INDEX ? floor_fd : file, c->request,
                               c->len > 0 ? (unsigned long)bytes : c->value);
            break;
        case SOCKET: got = inside = floor_inside(file, (unsigned)c->value); break;
        case CLOSE:
            got = __real_close(c->inside ? inside : file);
            open_files -= !c->inside;
            break;
        default: play_look(c, (const char *)bytes, file);
        }
        if (got < 0 && !c->fails) {
            die("the floor fails", NULL);
        }
    }
}

/* ---- the host, and what is there before a plug ----------------------------------------------- */

#define BRIDGE "brq1b2c3d4e-5f"         /* the names in tests/fixtures/vifs */
#define TAP "tapdc065497-3c"
#define UPLINK "eth1"

static vif_nl broom;                    /* what is between the runs goes over its own socket */
static unsigned char broom_room[32768], broom_request[4096];
static vif_buf request;

static vif_buf *ask(void)
{
    vif_buf_init(&request, broom_request, sizeof broom_request);
    return &request;
}

static void done(const char *what)
{
    vif_error err;
    if (vif_nl_request(&broom, &request, &err) != VIF_OK) {
        die(what, &err);
    }
}

static void set_link(const char *what, const char *name, uint32_t mtu)
{
    vif_link link;
    memset(&link, 0, sizeof link);
    VIF_SET(&link, VIF_LINK_INDEX, index, (int32_t)if_nametoindex(name));
    VIF_SET(&link, VIF_LINK_MTU, mtu, mtu);
    vif_nl_put_link(ask(), VIF_RTM_NEWLINK, 0, &link);
    done(what);
}

/* Of a link of the host's or, behind an @, of the guest's; 0: there is none. */
static uint32_t index_of(const char *name)
{
    struct { char name[16]; int32_t index; char rest[20]; } ifreq;
    if (name[0] != '@') {
        return if_nametoindex(name);
    }
    memset(&ifreq, 0, sizeof ifreq);
    snprintf(ifreq.name, sizeof ifreq.name, "%s", name + 1);
    return __real_ioctl(guest_socket, GET_INDEX, (unsigned long)&ifreq) == 0
        ? (uint32_t)ifreq.index : 0;
}

static void set_up(const char *name)
{
    vif_nl_put_link_flags(ask(), (int32_t)if_nametoindex(name), VIF_IFF_UP, VIF_IFF_UP);
    done(name);
}

static void remove_link(const char *name)
{
    vif_error err;
    const int32_t index = (int32_t)if_nametoindex(name);
    if (index != 0 && vif_nl_link_delete(&broom, index, &err) != VIF_OK) {
        die(name, &err);
    }
}

/* 192.0.2.LAST/24 */
static void put_address(int32_t index, uint8_t last, uint16_t type, uint16_t flags)
{
    const uint8_t address[4] = {192, 0, 2, last};
    vif_addr a;
    memset(&a, 0, sizeof a);
    VIF_SET(&a, VIF_ADDR_FAMILY, family, VIF_AF_INET);
    VIF_SET(&a, VIF_ADDR_INDEX, index, index);
    VIF_SET(&a, VIF_ADDR_PREFIX_LEN, prefix_len, 24);
    a.present |= VIF_ADDR_LOCAL | VIF_ADDR_ADDRESS;
    memcpy(a.local, address, 4);
    memcpy(a.address, address, 4);
    vif_nl_put_addr(&request, type, flags, &a);
}

static void change_address(const char *name, uint16_t type, uint16_t flags)
{
    (void)ask();
    put_address((int32_t)if_nametoindex(name), 1, type, flags);
    done("address");
}

static void give_address(const char *name)
{
    change_address(name, VIF_RTM_NEWADDR, VIF_NLM_F_CREATE | VIF_NLM_F_REPLACE);
}

static void take_address(const char *name)
{
    change_address(name, VIF_RTM_DELADDR, 0);
}

/* A veth pair that is the uplink and the wire behind it, without IPv6. */
static void make_uplink(void)
{
    vif_link link, peer;
    memset(&link, 0, sizeof link);
    memset(&peer, 0, sizeof peer);
    (void)vif_link_set_name(&link, UPLINK);
    (void)vif_link_set_name(&peer, "wire");
    vif_nl_put_veth(ask(), VIF_NLM_F_CREATE | VIF_NLM_F_EXCL, &link, &peer);
    done("veth");
    ns_write("/proc/sys/net/ipv6/conf/" UPLINK "/disable_ipv6", "1");
    ns_write("/proc/sys/net/ipv6/conf/wire/disable_ipv6", "1");
    set_up("wire");
    set_up(UPLINK);
}

/* The uplink is a card's, as far as sysfs knows here: of the address in tests/fixtures/vifs. */
static void make_card(void)
{
    static const char *const dirs[3] = {"/sys/bus/pci/devices/0000:03:00.2",
        "/sys/bus/pci/devices/0000:03:00.2/net", "/sys/bus/pci/devices/0000:03:00.2/net/" UPLINK};
    bool made = mount("tmpfs", "/sys/bus/pci/devices", "tmpfs", 0, NULL) == 0;
    for (int i = 0; i < 3; i++) {
        made = made && mkdir(dirs[i], 0700) == 0;
    }
    if (!made) {
        die("no /sys/bus/pci/devices of its own", NULL);
    }
}

/* A namespace, and a bridge that its NIC is to be on. */
static void make_guest(void)
{
    const int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    vif_nl_bridge b;
    vif_link link;
    guest_ns = ns_new_net();
    if (guest_ns < 0 || setns(guest_ns, CLONE_NEWNET) != 0) {
        die("no second namespace", NULL);
    }
    guest_socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (setns(home, CLONE_NEWNET) != 0) {
        die("no way back", NULL);
    }
    close(home);
    memset(&b, 0, sizeof b);
    memset(&link, 0, sizeof link);
    (void)vif_link_set_name(&link, "br0");
    vif_nl_put_bridge(ask(), VIF_NLM_F_CREATE | VIF_NLM_F_EXCL, &link, &b);
    done("br0");
    ns_write("/proc/sys/net/ipv6/conf/br0/disable_ipv6", "1");
    set_up("br0");
}

static void enter(bool own)
{
    vif_nl_desc d = vif_nl_desc_default();
    vif_error err;
    if (own && !ns_enter()) {
        puts("skip plug: no user namespaces");
        exit(0);
    }
    d.buffer = broom_room;
    d.buffer_cap = sizeof broom_room;
    if (vif_nl_open(&broom, &d, &err) != VIF_OK) {
        die("netlink", &err);
    }
    make_uplink();
    if (own) {
        make_card();
    }
    make_guest();
}

/* ---- flows ----------------------------------------------------------------------------------- */

enum { VERBS = UNPLUG + 1 };
enum { VIF, FLOOR, HAND, VIF_COLD, OSVIF, IP, IP_EACH, RUNNERS };

typedef struct flow {
    const char *title, *file;           /* no file: the NIC that stands here */
    bool stays;                         /* plugged once, then everything is right */
    bool uplink, create_tap, osvif;
    int rounds, rounds_others;
    const char *made[SLOTS];
    const char *ip[VERBS];              /* commands of ip -batch */
    void (*hand)(void);                 /* a plug by hand */
    const char *card, *address;         /* of a virtual function: its physical one, and its own */
    const char *each[VERBS];            /* commands of ip, each by itself */
} flow;
static void hand_bridge(void), hand_tap(void), hand_macvtap(void), hand_nic(void);
static void hand_function(void);

#define IP_BRIDGE \
    "link add name " BRIDGE " type bridge forward_delay 0 stp_state 0 mcast_snooping 0\n" \
    "link set dev " BRIDGE " alias vif:local:shared\nlink set dev " BRIDGE " up\n"
#define IP_TAP \
    "tuntap add dev " TAP " mode tap\nlink set dev " TAP " mtu 1450 address 22:52:25:62:e2:aa " \
    "alias vif:local:dc065497-3c8d-4f44-8fb4-e1d33c16a536\n"
#define IP_TAP_OFF "link del dev " TAP "\n"
#define MACVTAP "macvtapdc06549"
#define HOST_END "cont17-0"

static vif_nic bridge_nic = {.type = VIF_NIC_BRIDGE, .container = "17", .id = "br0",
    .hwaddr = "52:54:00:00:00:01", .cidr = "192.0.2.2/24", .gateway = "192.0.2.1"};

static const flow usual[] = {
    {"bridge, uplink: right", "linux_bridge", true, true, false, true, 201, 31, {BRIDGE, NULL},
     {"link show dev " BRIDGE "\nlink show dev " UPLINK "\naddr show dev " UPLINK "\n", NULL},
     NULL},
    {"new bridge, uplink", "linux_bridge", false, true, false, true, 101, 21, {BRIDGE, NULL},
     {IP_BRIDGE "link set dev " UPLINK " master " BRIDGE "\nlink set dev " UPLINK " up mtu 1450\n"
      "addr add 192.0.2.1/24 dev " BRIDGE "\naddr del 192.0.2.1/24 dev " UPLINK "\n"
      "link set dev " BRIDGE " mtu 1450\n", NULL}, hand_bridge},
    {"tap of its own", "generic_tap", false, false, false, false, 201, 31, {TAP, NULL},
     {IP_TAP "link set dev " TAP " up\n", IP_TAP_OFF}, hand_tap},
    {"macvtap", "direct_bridge", false, true, false, false, 101, 21, {MACVTAP, NULL},
     {"link add link " UPLINK " name " MACVTAP " mtu 1500 address 22:52:25:62:e2:aa type macvtap "
      "mode bridge\nlink set dev " MACVTAP " alias vif:local:dc065497-3c8d-4f44-8fb4-e1d33c16a536\n"
      "link set dev " MACVTAP " up\n", "link del dev " MACVTAP "\n"}, hand_macvtap},
    {"new bridge, new tap", "linux_bridge", false, false, true, false, 101, 21, {BRIDGE, TAP},
     {IP_BRIDGE IP_TAP "link set dev " TAP " master " BRIDGE "\nlink set dev " TAP " up\n",
      IP_TAP_OFF}, NULL},
    {"NIC in a namespace", NULL, false, false, false, false, 101, 0, {HOST_END, "@eth0"},
     {NULL, NULL}, hand_nic}};
enum { USUAL = sizeof usual / sizeof usual[0], TAP_FLOW = 2, MACVTAP_FLOW = 3, MOST_FLOWS = 8 };

static flow flows[MOST_FLOWS];          /* those that are played */
static int flow_count;

/* What a virtual function has while it is a VIF's, and at other times. */
static const vif_vf function_set = {.present = VIF_VF_MAC | VIF_VF_VLAN | VIF_VF_RATE |
    VIF_VF_SPOOFCHK | VIF_VF_TRUST, .vlan = 101, .qos = 3, .protocol = 0x8100, .max_rate = 100,
    .trust = 1, .mac = {0x22, 0x52, 0x25, 0x62, 0xe2, 0xaa}};
static const vif_vf function_free = {.present = VIF_VF_MAC | VIF_VF_VLAN | VIF_VF_RATE |
    VIF_VF_SPOOFCHK | VIF_VF_TRUST, .protocol = 0x8100, .spoofchk = 1, .mac = {0x52, 0x54, 0, 0, 0,
    0x0f}};
#define IP_SET \
    "mac 22:52:25:62:e2:aa", "vlan 101 qos 3", "max_tx_rate 100", "spoofchk off", "trust on"
#define IP_FREE "mac 52:54:00:00:00:0f", "vlan 0", "max_tx_rate 0", "spoofchk on", "trust off"

/* ip's commands for a function: all settings in one command, or a command each. */
static const char *function_commands(const char *card, bool each, const char *const *settings)
{
    char *text = calloc(1, 512);
    for (int i = 0; i < 5 && text; i++) {
        const size_t len = strlen(text);
        const char *const start = each || i == 0 ? "link set dev " : "";
        snprintf(text + len, 512 - len, "%s%s%s%s%s", start, *start ? card : "",
                 *start ? " vf 0 " : " ", settings[i], each || i == 4 ? "\n" : "");
    }
    return text;
}

/* The first function of that card. */
static flow function_flow(const char *title, const char *card, const char *address)
{
    static const char *const set[5] = {IP_SET}, *const free_again[5] = {IP_FREE};
    const flow f = {title, "hostdev", false, false, false, false, 101, 21, {NULL, NULL},
        {function_commands(card, false, set), function_commands(card, false, free_again)},
        hand_function, card, address,
        {function_commands(card, true, set), function_commands(card, true, free_again)}};
    return f;
}

/* What a flow's runs gave. */
typedef struct result {
    double us[RUNNERS][VERBS][MOST_ROUNDS];
    bool has[RUNNERS][VERBS];
    int rounds, rounds_others, rounds_parts;
    tape taped[VERBS];
    unsigned allocated[VERBS], resized[VERBS], round_trips[VERBS], messages[VERBS];
    double part[VERBS][CALLS + 2][MOST_ROUNDS];     /* by kind of call; of vif itself; all */
    double step[VERBS][MOST_CALLS][MOST_ROUNDS];
    size_t stack[VERBS];
} result;

static result results[MOST_FLOWS];

static int32_t function_index;          /* of the function's card */

static void set_function(const vif_vf *to)
{
    vif_nl_put_vf(ask(), function_index, to);
    done("virtual function");
}

static void load(const flow *f)
{
    vif_vif *v = load_vif(f->file ? f->file : "generic_tap");
    nic = f->file ? NULL : &bridge_nic;
    if (nic) {
        options.netns_fd = vif_u32_of((uint32_t)guest_ns);
    }
    v->base.port_profile = NULL;        /* the fixture's tap is a routed one */
    if (!f->uplink) {
        ((vif_network *)(uintptr_t)v->base.network)->bridge_interface = NULL;
    }
    options.create_tap = f->create_tap ? VIF_TRUE : VIF_BOOL_UNSET;
    if (f->card) {
        vif_network *n = (vif_network *)(uintptr_t)v->base.network;
        v->host_device.dev_address = f->address;
        n->vlan.state = VIF_STATE_SET;
        n->vlan.value = function_set.vlan;
        options.vf_vlan_qos = (uint8_t)function_set.qos;
        options.vf_max_rate_mbps = vif_u32_of(function_set.max_rate);
        options.vf_spoofchk = VIF_FALSE;
        options.vf_trust = VIF_TRUE;
        function_index = (int32_t)if_nametoindex(f->card);
    }
}

/* The flow's start: nothing of it is there, and the uplink is as it was. */
static void restore(const flow *f)
{
    if (f->stays) {
        return;
    }
    for (int i = SLOTS - 1; i >= 0; i--) {
        if (f->made[i] && f->made[i][0] != '@') {
            remove_link(f->made[i]);
        }
    }
    if (f->card) {
        set_function(&function_free);
    }
    remove_link(BRIDGE);                /* of an earlier flow, it would have the uplink */
    if (f->uplink) {
        set_link("mtu", UPLINK, 1500);
        give_address(UPLINK);
    }
}

static void record(const flow *f, tape tapes[VERBS], uint32_t index[VERBS][SLOTS])
{
    restore(f);
    for (int verb = 0; verb < VERBS; verb++) {
        for (int i = 0; i < SLOTS; i++) {
            index[verb][i] = f->made[i] && verb == UNPLUG ? index_of(f->made[i]) : 0;
        }
        tapes[verb].count = tapes[verb].used = 0;
        taping = &tapes[verb];
        vif_run(verb);
        taping = NULL;
        for (int i = 0; i < SLOTS; i++) {
            index[verb][i] = f->made[i] && verb == PLUG ? index_of(f->made[i])
                                                        : index[verb][i];
        }
    }
}

static tape tapes[2][VERBS];

static void make_tunes(const flow *f, result *r, tune tunes[VERBS])
{
    uint32_t index[2][VERBS][SLOTS];
    record(f, tapes[1], index[1]);      /* once before: the first unplug opens nftables' socket */
    record(f, tapes[0], index[0]);
    record(f, tapes[1], index[1]);
    for (int verb = 0; verb < VERBS; verb++) {
        tune *t = &tunes[verb];
        memset(t, 0, sizeof *t);
        r->taped[verb] = tapes[0][verb];
        t->calls = tapes[0][verb];
        without_polls(&t->calls);
        without_polls(&tapes[1][verb]);
        if (!same_shape(&t->calls, &tapes[1][verb])) {
            die("vif does not do the same twice", NULL);
        }
        for (int slot = 0; slot < SLOTS; slot++) {
            const uint32_t both[2] = {index[0][verb][slot], index[1][verb][slot]};
            find_words(t, &tapes[1][verb], both, slot);
        }
        prepare(t);
    }
}

/* ---- the other two --------------------------------------------------------------------------- */

/* For files of os-vif and ip; removed at the end. */
static char scratch[] = "/tmp/vif-bench-XXXXXX";

static void remove_scratch(void)
{
    const char *const argv[] = {"rm", "-rf", scratch, NULL};
    process(argv);
}

static void make_scratch(void)
{
    exit_on_signals();
    if (!mkdtemp(scratch) || atexit(remove_scratch) != 0) {
        die("/tmp", NULL);
    }
}

static double ip_run(const char *commands)
{
    char path[64];
    const char *const argv[] = {"ip", "-batch", path, NULL};
    FILE *f;
    snprintf(path, sizeof path, "%s/batch", scratch);
    f = fopen(path, "w");
    if (!f || fputs(commands, f) < 0 || fclose(f) != 0) {
        die(path, NULL);
    }
    return process(argv);
}

/* A process each command. */
static double ip_each(const char *commands)
{
    char text[512];
    double us = 0;
    snprintf(text, sizeof text, "%s", commands);
    for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        const char *argv[20] = {"ip", NULL};
        *end = '\0';
        for (int n = 1; n < 19 && (argv[n] = strtok(n == 1 ? line : NULL, " ")) != NULL; n++) {
        }
        us += process(argv);
    }
    return us;
}

/* ---- by hand --------------------------------------------------------------------------------- */

static void put_alias(vif_link *link, const char *tag)
{
    link->present |= VIF_LINK_ALIAS;
    link->alias.data = (const unsigned char *)tag;
    link->alias.len = strlen(tag);
}

/* Six requests: the bridge, what it is set to, up; the port with its MTU; the address, and away. */
static void hand_bridge(void)
{
    static const vif_inet_conf set[] = {{VIF_INET_ARP_IGNORE, 1}, {VIF_INET_ARP_ANNOUNCE, 2}};
    const int32_t index = 0x200000;
    vif_nl_bridge b;
    vif_link link;
    size_t at;
    memset(&b, 0, sizeof b);
    memset(&link, 0, sizeof link);
    VIF_SET(&b, VIF_NL_BRIDGE_FORWARD_DELAY, forward_delay, 0);
    VIF_SET(&b, VIF_NL_BRIDGE_STP_STATE, stp_state, 0);
    VIF_SET(&b, VIF_NL_BRIDGE_MCAST_SNOOPING, mcast_snooping, 0);
    (void)vif_link_set_name(&link, BRIDGE);
    VIF_SET(&link, VIF_LINK_INDEX, index, index);
    vif_nl_put_bridge(ask(), VIF_NLM_F_CREATE | VIF_NLM_F_EXCL, &link, &b);
    link.present = VIF_LINK_INDEX;
    put_alias(&link, "vif:local:shared");
    at = vif_nl_link_begin(&request, VIF_RTM_NEWLINK, 0, &link);
    vif_put_inet_conf(&request, set, 2);
    vif_nl_end(&request, at);
    done("bridge");
    ns_write("/proc/sys/net/ipv6/conf/" BRIDGE "/disable_ipv6", "1");
    set_up(BRIDGE);
    memset(&link, 0, sizeof link);
    VIF_SET(&link, VIF_LINK_INDEX, index, (int32_t)if_nametoindex(UPLINK));
    VIF_SET(&link, VIF_LINK_MASTER, master, (uint32_t)index);
    VIF_SET(&link, VIF_LINK_MTU, mtu, 1450);
    vif_nl_put_link(ask(), VIF_RTM_NEWLINK, 0, &link);
    done("master");
    give_address(BRIDGE);
    take_address(UPLINK);
}

#define VIF_TAG "vif:local:dc065497-3c8d-4f44-8fb4-e1d33c16a536"
/* The VIF's MAC; the host's end of a tap has another first byte. */
static void put_mac(vif_link *link, uint8_t first)
{
    static const uint8_t mac[6] = {0, 0x52, 0x25, 0x62, 0xe2, 0xaa};
    link->present |= VIF_LINK_MAC;
    memcpy(link->mac, mac, 6);
    link->mac[0] = first;
}

/* Sets it, and that the host accepts nothing from it. */
static void set_sealed(const vif_link *link)
{
    static const vif_inet_conf set[] = {{VIF_INET_RP_FILTER, 1}, {VIF_INET_ARP_IGNORE, 1},
                                        {VIF_INET_ACCEPT_REDIRECTS, 0},
                                        {VIF_INET_SEND_REDIRECTS, 0}};
    const size_t at = vif_nl_link_begin(ask(), VIF_RTM_NEWLINK, 0, link);
    vif_put_inet_conf(&request, set, 4);
    vif_nl_end(&request, at);
    done("sealed");
}

/* Two requests: what the tap is set to, while it is held; up. */
static void hand_tap(void)
{
    struct { char name[16]; int16_t flags; char rest[22]; } ifreq;
    const int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    vif_link link;
    memset(&ifreq, 0, sizeof ifreq);
    strcpy(ifreq.name, TAP);
    ifreq.flags = VIF__IFF_TAP | VIF__IFF_NO_PI;
    memset(&link, 0, sizeof link);
    (void)vif_link_set_name(&link, TAP);
    put_mac(&link, 0xfe);
    put_alias(&link, VIF_TAG);
    if (ioctl(fd, VIF__TUNSETIFF, &ifreq) != 0 || ioctl(fd, VIF__TUNSETPERSIST, 1UL) != 0) {
        die("tap", NULL);
    }
    set_sealed(&link);
    close(fd);
    ns_write("/proc/sys/net/ipv6/conf/" TAP "/disable_ipv6", "1");
    set_up(TAP);
}

/* Three requests: the macvtap and its tag; up. */
static void hand_macvtap(void)
{
    vif_macvlan macvlan;
    vif_link link;
    memset(&macvlan, 0, sizeof macvlan);
    memset(&link, 0, sizeof link);
    VIF_SET(&macvlan, VIF_MACVLAN_MODE, mode, VIF_MACVLAN_BRIDGE);
    (void)vif_link_set_name(&link, MACVTAP);
    VIF_SET(&link, VIF_LINK_INDEX, index, 0x200000);
    VIF_SET(&link, VIF_LINK_LINK, link, if_nametoindex(UPLINK));
    VIF_SET(&link, VIF_LINK_MTU, mtu, 1500);
    put_mac(&link, 0x22);
    vif_nl_put_macvlan(ask(), VIF_NLM_F_CREATE | VIF_NLM_F_EXCL, "macvtap", &link, &macvlan);
    memset(&link, 0, sizeof link);
    VIF_SET(&link, VIF_LINK_INDEX, index, 0x200000);
    put_alias(&link, VIF_TAG);
    vif_nl_put_link(&request, VIF_RTM_NEWLINK, 0, &link);
    done("macvtap");
    ns_write("/proc/sys/net/ipv6/conf/" MACVTAP "/disable_ipv6", "1");
    set_up(MACVTAP);
}

/* One request with all settings. */
static void hand_function(void)
{
    set_function(&function_set);
}

/* By 192.0.2.1, of metric 1000. */
static void put_default_route(int32_t index)
{
    static const uint8_t gateway[4] = {192, 0, 2, 1};
    vif_nl_route r;
    memset(&r, 0, sizeof r);
    VIF_SET(&r, VIF_NL_ROUTE_FAMILY, family, VIF_AF_INET);
    VIF_SET(&r, VIF_NL_ROUTE_TYPE, type, VIF_RTN_UNICAST);
    VIF_SET(&r, VIF_NL_ROUTE_PROTOCOL, protocol, VIF_RTPROT_BOOT);
    VIF_SET(&r, VIF_NL_ROUTE_OIF, oif, (uint32_t)index);
    VIF_SET(&r, VIF_NL_ROUTE_METRIC, metric, 1000);
    VIF_SET(&r, VIF_NL_ROUTE_TABLE, table, VIF_TABLE_MAIN);
    r.present |= VIF_NL_ROUTE_GATEWAY;
    memcpy(r.gateway, gateway, 4);
    vif_nl_put_route(&request, VIF_RTM_NEWROUTE, VIF_NLM_F_CREATE | VIF_NLM_F_EXCL, &r);
}

/* Three datagrams: the pair; its tag, and up; inside lo and the link up, its address and route. */
static void hand_nic(void)
{
    static const uint8_t macs[2][6] = {{0x52, 0x54, 0, 0, 0, 1}, {0xfe, 0x54, 0, 0, 0, 1}};
    static unsigned char room[32768];
    vif_nl_desc d = vif_nl_desc_default();
    vif_link link, peer;
    vif_error err;
    vif_nl inside;
    memset(&link, 0, sizeof link);
    memset(&peer, 0, sizeof peer);
    (void)vif_link_set_name(&link, HOST_END);
    (void)vif_link_set_name(&peer, "eth0");
    VIF_SET(&link, VIF_LINK_INDEX, index, 0x200000);
    VIF_SET(&link, VIF_LINK_MTU, mtu, 1500);
    VIF_SET(&link, VIF_LINK_MASTER, master, if_nametoindex("br0"));
    VIF_SET(&peer, VIF_LINK_INDEX, index, 0x200000);
    VIF_SET(&peer, VIF_LINK_MTU, mtu, 1500);
    VIF_SET(&peer, VIF_LINK_NET_NS_FD, net_ns_fd, guest_ns);
    link.present |= VIF_LINK_MAC;
    peer.present |= VIF_LINK_MAC;
    memcpy(peer.mac, macs[0], 6);
    memcpy(link.mac, macs[1], 6);
    vif_nl_put_veth(ask(), VIF_NLM_F_CREATE | VIF_NLM_F_EXCL, &link, &peer);
    done("veth");
    ns_write("/proc/sys/net/ipv6/conf/" HOST_END "/disable_ipv6", "1");
    link.present = VIF_LINK_INDEX | VIF_LINK_FLAGS | VIF_LINK_CHANGE;
    put_alias(&link, "vif:local:nic:17:0");
    link.flags = link.change = VIF_IFF_UP;
    set_sealed(&link);
    d.buffer = room;
    d.buffer_cap = sizeof room;
    vif_nl_put_link_flags(ask(), 1, VIF_IFF_UP, VIF_IFF_UP);
    put_address(0x200000, 2, VIF_RTM_NEWADDR, VIF_NLM_F_CREATE | VIF_NLM_F_EXCL);
    vif_nl_put_link_flags(&request, 0x200000, VIF_IFF_UP, VIF_IFF_UP);
    put_default_route(0x200000);
    if (vif_nl_open_in(&inside, &d, guest_ns, &err) != VIF_OK ||
        vif_nl_request(&inside, &request, &err) != VIF_OK) {
        die("inside", &err);
    }
    vif_nl_close(&inside);
}

/* ---- runs ------------------------------------------------------------------------------------ */

static double run_one(int runner, int verb, const flow *f, tune tunes[VERBS], bool check)
{
    const double start = now_us();
    switch (runner) {
    case VIF: vif_run(verb); break;
    case FLOOR: play(&tunes[verb], check); break;
    case HAND: f->hand(); break;
    case OSVIF: return osvif_run(verb_names[verb]);
    case IP_EACH: return ip_each(f->each[verb]);
    default: return ip_run(f->ip[verb]);
    }
    return now_us() - start;
}

/* One runner's turn. Round -1 warms up, and checks. */
static void turn(const flow *f, result *r, int runner, int as, int round, tune tunes[VERBS])
{
    restore(f);
    for (int verb = 0; verb < VERBS; verb++) {
        if (r->has[runner][verb]) {
            r->us[as][verb][round < 0 ? 0 : round] = run_one(runner, verb, f, tunes, round < 0);
        }
        if (round < 0 && runner <= HAND && verb == PLUG && r->has[runner][verb]) {
            expect_right(runner == VIF ? "vif" : runner == FLOOR ? "the floor" : "a plug by hand",
                         f->title);
        }
    }
}

/* vif and the floor take turns alone: behind a process that has emptied the caches, the first of
 * them would pay for both. Then vif takes turns with the others. */
static void run_rounds(const flow *f, result *r, tune tunes[VERBS])
{
    double start;
    for (int verb = 0; verb < VERBS; verb++) {
        r->has[VIF][verb] = r->has[FLOOR][verb] = true;
        r->has[VIF_COLD][verb] = f->rounds_others > 0;
        r->has[HAND][verb] = verb == PLUG && f->hand;
        r->has[OSVIF][verb] = f->osvif && osvif_in;
        r->has[IP][verb] = f->ip[verb] != NULL;
        r->has[IP_EACH][verb] = f->each[verb] != NULL;
    }
    start = now_us();
    for (int round = -1; round < f->rounds && in_time(start, round); r->rounds = ++round) {
        turn(f, r, VIF, VIF, round, tunes);
        turn(f, r, FLOOR, FLOOR, round, tunes);
        if (r->has[HAND][PLUG]) {
            turn(f, r, HAND, HAND, round, tunes);
        }
    }
    start = now_us();
    for (int round = -1; round < f->rounds_others && in_time(start, round);
         r->rounds_others = ++round) {
        turn(f, r, VIF, VIF_COLD, round, tunes);
        if (r->has[OSVIF][PLUG]) {
            turn(f, r, OSVIF, OSVIF, round, tunes);
        }
        turn(f, r, IP, IP, round, tunes);
        if (r->has[IP_EACH][PLUG]) {
            turn(f, r, IP_EACH, IP_EACH, round, tunes);
        }
    }
}

/* What taping a call adds outside of the time noted for it. */
static double taping_cost(void)
{
    enum { TURNS = 100 };
    double noted = 0, start = now_us();
    tape *t = &tapes[0][0];
    t->count = t->used = 0;
    taping = t;
    for (int i = 0; i < TURNS; i++) {
        __wrap_close(-1);
    }
    taping = NULL;
    start = now_us() - start;
    for (int i = 0; i < TURNS; i++) {
        noted += t->calls[i].us;
    }
    return (start - noted) / TURNS;
}

/* Where vif's time goes: each call timed, the rest is vif's. */
static void run_parts(const flow *f, result *r)
{
    const double cost = taping_cost(), begin = now_us();
    for (int round = 0; round < f->rounds && in_time(begin, round); r->rounds_parts = ++round) {
        restore(f);
        for (int verb = 0; verb < VERBS; verb++) {
            tape *t = &tapes[0][verb];
            double start, all;
            t->count = t->used = 0;
            taping = t;
            start = now_us();
            vif_run(verb);
            all = now_us() - start;
            taping = NULL;
            all -= cost * (double)t->count;
            r->part[verb][CALLS + 1][round] = all;
            for (size_t i = 0; i < t->count; i++) {
                r->part[verb][t->calls[i].kind][round] += t->calls[i].us;
                r->step[verb][i][round] = t->calls[i].us;
                all -= t->calls[i].us;
            }
            r->part[verb][CALLS][round] = all;
        }
    }
}

static void run_counts(const flow *f, result *r)
{
    restore(f);
    for (int verb = 0; verb < VERBS; verb++) {
        const unsigned a = allocations, b = resizes, c = host.nl.count.datagrams_sent,
                       d = host.nl.count.requests;
        vif_run(verb);
        r->allocated[verb] = allocations - a;
        r->resized[verb] = resizes - b;
        r->round_trips[verb] = host.nl.count.datagrams_sent - c;
        r->messages[verb] = host.nl.count.requests - d;
    }
}

static void run_stack(const flow *f, result *r)
{
    const size_t idle = stack_of(-1);
    restore(f);
    for (int verb = 0; verb < VERBS; verb++) {
        r->stack[verb] = stack_of(verb) - idle;
    }
}

/* ---- the tables ------------------------------------------------------------------------------ */

static void print_times(int verb)
{
    printf("\n");
    print_head(verb_names[verb], "vif/it");
    for (int i = 0; i < flow_count; i++) {
        static const char *const names[RUNNERS] = {"vif", "floor", "by hand", "vif between those",
                                                   "os-vif",
                                                   "ip -batch", "ip, each command"};
        const result *r = &results[i];
        for (int who = 0; who < RUNNERS; who++) {
            if (r->has[who][verb]) {
                print_line(who == VIF ? flows[i].title : "", names[who], r->us[who][verb],
                           who == FLOOR || who == HAND ? r->us[VIF][verb]
                               : who > VIF_COLD ? r->us[VIF_COLD][verb] : NULL,
                           r->us[who][verb], who <= HAND ? r->rounds : r->rounds_others);
            }
        }
    }
}

static unsigned count_kind(const tape *t, int kind)
{
    unsigned n = 0;
    for (size_t i = 0; i < t->count; i++) {
        n += t->calls[i].kind == kind;
    }
    return n;
}

/* Requests that change something: types of rtnetlink that are not the third of four. */
static unsigned count_changes(const tape *t)
{
    unsigned n = 0;
    for (size_t i = 0; i < t->count; i++) {
        const call *c = &t->calls[i];
        for (size_t at = 0; c->kind == SEND && at + 16 <= c->len;) {
            n += (word_at(t, c, at + 4) & 3) != 2;
            at += (word_at(t, c, at) + 3) & ~(size_t)3;
        }
    }
    return n;
}

static void print_counts(void)
{
    printf("\none verb on an open host; changes: requests that change something; malloc, resize: "
           "calls; stack: bytes\n"
           "%-22s %-7s %8s %8s %8s %8s | %5s %5s %5s %5s %5s %5s | %6s %6s %6s\n", "", "",
           "syscalls", "trips", "requests", "changes", "send", "recv", "poll", "open", "r/w",
           "ioctl", "malloc", "resize", "stack");
    for (int i = 0; i < flow_count; i++) {
        for (int v = 0; v < VERBS && results[i].rounds > 0; v++) {
            const result *r = &results[i];
            const tape *t = &r->taped[v];
            printf("%-22s %-7s %8zu %8u %8u %8u | %5u %5u %5u %5u %5u %5u | %6u %6u %6zu\n",
                   v == 0 ? flows[i].title : "", verb_names[v], t->count, r->round_trips[v],
                   r->messages[v], count_changes(t), count_kind(t, SEND), count_kind(t, RECV),
                   count_kind(t, POLL), count_kind(t, OPEN),
                   count_kind(t, READ) + count_kind(t, WRITE), count_kind(t, IOCTL),
                   r->allocated[v], r->resized[v], r->stack[v]);
        }
    }
}

static void print_parts(void)
{
    printf("\nwhere vif's time goes, us, medians of further rounds with each call timed\n"
           "%-22s %-7s %8s %8s %8s %8s %8s %8s %8s\n", "", "", "all", "send", "recv", "poll",
           "files", "ioctl", "vif");
    for (int i = 0; i < flow_count; i++) {
        for (int v = 0; v < VERBS && results[i].rounds > 0; v++) {
            double m[CALLS + 2], files = 0;
            for (int k = 0; k < CALLS + 2; k++) {
                m[k] = median(results[i].part[v][k], results[i].rounds_parts);
                files += k == OPEN || k == READ || k == WRITE || (k >= CLOSE && k < CALLS) ? m[k]
                                                                                           : 0;
            }
            printf("%-22s %-7s %8.1f %8.1f %8.1f %8.1f %8.1f %8.1f %8.1f\n",
                   v == 0 ? flows[i].title : "", verb_names[v], m[CALLS + 1], m[SEND], m[RECV],
                   m[POLL], files, m[IOCTL], m[CALLS]);
        }
    }
}

/* "NEWLINK 3 18" is the type and the attributes' numbers. */
static void print_message(const unsigned char *m, size_t len)
{
    static const char *const types[] = {"NEWLINK", "DELLINK", "GETLINK", "SETLINK", "NEWADDR",
        "DELADDR", "GETADDR", "?", "NEWROUTE", "DELROUTE", "GETROUTE", "?", "NEWNEIGH", "DELNEIGH",
        "GETNEIGH"};
    static const size_t heads[] = {16, 8, 12, 12};
    const unsigned type = m[4] | (unsigned)m[5] << 8;
    const bool known = type >= 16 && type < 16 + sizeof types / sizeof types[0];
    uint32_t index;
    if (!known) {
        printf(" type %u", type);
        return;
    }
    memcpy(&index, m + 20, 4);
    printf(" %s", types[type - 16]);
    for (size_t at = 16 + heads[(type - 16) / 4]; at + 4 <= len;) {
        const size_t size = m[at] | (size_t)m[at + 1] << 8;
        printf(" %u", (m[at + 2] | (unsigned)m[at + 3] << 8) & 0x3fff);
        at += size < 4 ? len : (size + 3) & ~(size_t)3;
    }
}

static void print_steps(void)
{
    static const char *const kinds[CALLS] = {"send", "recv", "poll", "open", "read", "write",
        "ioctl", "close", "socket", "opendir", "readdir", "closedir", "stat", "fstat", "access",
        "unlink", "flock", "getsockopt", "lseek", "fsync", "rename"};
    for (int i = 0; i < flow_count * VERBS; i++) {
        const result *r = &results[i / VERBS];
        const int verb = i % VERBS;
        const tape *t = &r->taped[verb];
        if (r->rounds == 0) {
            continue;
        }
        printf("\neach call of \"%s\", %s: median us; message types, their attributes\n",
               flows[i / VERBS].title, verb_names[verb]);
        for (size_t k = 0; k < t->count; k++) {
            const call *c = &t->calls[k];
            const unsigned char *b = t->bytes + c->at;
            printf("%8.1f  %-5s", median(r->step[verb][k], r->rounds_parts),
                   kinds[c->kind]);
            if (c->kind == SEND) {
                for (size_t at = 0; at + 16 <= c->len;) {
                    const uint32_t len = word_at(t, c, at);
                    print_message(b + at, len);
                    at += (len + 3) & ~(size_t)3;
                }
            }
            if (c->kind == RECV) {
                printf(" %zu bytes", c->len);
            }
            printf(c->len > 0 && (c->kind == OPEN || c->kind >= OPENDIR) ? " %s\n" : "\n", b);
        }
    }
}

/* ---- commands -------------------------------------------------------------------------------- */

static void open_sockets(void)
{
    vif_nl_desc n = vif_nl_desc_default();
    static unsigned char room[32768];
    static vif_nl other, rules;
    const unsigned before = allocations;
    vif_error err;
    open_host();
    printf("\nvif_host_open: %u call of resize, %u of malloc; sizeof(vif_host) %zu\n", resizes,
           allocations - before, sizeof host);
    n.buffer = room;
    n.buffer_cap = sizeof room;
    if (vif_nl_open(&other, &n, &err) != VIF_OK) {
        die("netlink", &err);
    }
    floor_fd = other.priv.fd;
    n.protocol = VIF_NETLINK_NETFILTER;
    if (vif_nl_open(&rules, &n, &err) != VIF_OK) {
        die("nftables", &err);
    }
    floor_rules = rules.priv.fd;
    floor_kernel.sa_family = AF_NETLINK;
}

static bool tap_there(void)
{
    const int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (fd >= 0) {
        close(fd);
    }
    return fd >= 0;
}

static void run_flows(void)
{
    static tune tunes[VERBS];
    for (int i = 0; i < flow_count; i++) {
        const flow *f = &flows[i];
        if (!tap_there() && strcmp(f->made[f->made[1] != NULL], TAP) == 0) {
            printf("skip %s: /dev/net/tun does not open\n", f->title);
            continue;
        }
        load(f);
        if (osvif_in && f->osvif) {
            char words[80];
            snprintf(words, sizeof words, "load %s", f->file);
            osvif_run(words);
        }
        restore(f);
        if (f->stays) {
            vif_run(PLUG);
        }
        make_tunes(f, &results[i], tunes);
        run_rounds(f, &results[i], tunes);
        run_counts(f, &results[i]);
        run_stack(f, &results[i]);
        run_parts(f, &results[i]);
        remove_link(TAP);
        remove_link(BRIDGE);
    }
}

/* Plays the flows, and prints what they gave. */
static int show_flows(bool steps)
{
    double nothing[21];
    const double start = now_us();
    open_sockets();
    for (int i = 0; i < 21; i++) {
        nothing[i] = ip_run("");
    }
    run_flows();
    printf("\nus: median, quartiles of the rounds; vif/it: vif's time over its, round by round\n"
           "vif      vif_plug or vif_unplug on an open host\n"
           "         \"between those\": in the rounds of os-vif and ip, which empty the caches\n"
           "floor    vif's own requests, ioctls and calls of files taped, then made in a row, "
           "without poll\n"
           "os-vif   %s"
           "ip       ip -batch, a process each time (%.0f us without a command); does less: no "
           "look first,\n         nothing below /proc\n",
           osvif_about, median(nothing, 21));
    print_times(PLUG);
    print_times(UNPLUG);
    print_counts();
    print_parts();
    if (steps) {
        print_steps();
    }
    printf("(%.0f s)\n", (now_us() - start) / 1e6);
    return 0;
}

static int command_flows(bool steps)
{
    enter(true);
    make_scratch();
    osvif_start("tests/bench/osvif.py", "linux_bridge", scratch);
    memcpy(flows, usual, sizeof usual);
    flow_count = USUAL;
    return show_flows(steps);
}

static int command_functions(char **args)
{
    enter(false);
    make_scratch();
    strcpy(osvif_about, "has no such flows\n");
    flows[flow_count++] = usual[TAP_FLOW];
    flows[flow_count++] = usual[MACVTAP_FLOW];
    for (; args[0] && args[1] && args[2] && flow_count < MOST_FLOWS; args += 3) {
        flows[flow_count++] = function_flow(args[0], args[1], args[2]);
    }
    return show_flows(getenv("STEPS") != NULL);
}

/* Lines of /proc/PID/FILE that start with one of the words, as "word number" behind each other. */
static void show_lines(pid_t pid, const char *name, const char *const *words)
{
    char path[64], line[256];
    FILE *f;
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f)) {
        for (int i = 0; words[i]; i++) {
            if (strncmp(line, words[i], strlen(words[i])) == 0) {
                printf(" %s %ld kB;", words[i], atol(line + strlen(words[i])));
            }
        }
    }
    if (f) {
        fclose(f);
    }
}

/* Stops the child as it exits, while its memory is still there. What wait4 reports would include
 * what this process had at the fork. */
static int command_peak(char **args)
{
    static const char *const status_words[] = {"VmHWM:", "RssAnon:", "RssFile:", NULL};
    static const char *const exact_words[] = {"Rss:", "Private_Dirty:", "Pss:", NULL};
    const pid_t pid = fork();
    int status;
    if (pid == 0) {
        const int null = open("/dev/null", O_WRONLY);
        dup2(null, 1);
        close(null);
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGSTOP);
        execvp(args[0], args);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL));
    ptrace(PTRACE_CONT, pid, NULL, NULL);
    while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
        const int signal = WSTOPSIG(status);
        if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8)) {
            show_lines(pid, "status", status_words);
            show_lines(pid, "smaps_rollup", exact_words);
        }
        ptrace(PTRACE_CONT, pid, NULL, (void *)(long)(signal == SIGTRAP ? 0 : signal));
    }
    printf("\n");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[1], "flows") == 0) {
        return command_flows(argc > 2);
    }
    if (argc >= 2 && strcmp(argv[1], "functions") == 0) {
        return command_functions(argv + 2);
    }
    if (argc > 2 && strcmp(argv[1], "lab") == 0) {
        enter(true);
        give_address(UPLINK);
        execvp(argv[2], argv + 2);
        die(argv[2], NULL);
    }
    if (argc > 2 && strcmp(argv[1], "peak") == 0) {
        return command_peak(argv + 2);
    }
    fputs("usage: plug flows [steps] | functions [TITLE LINK ADDRESS]... | lab COMMAND... | "
          "peak COMMAND...\n", stderr);
    return 2;
}
