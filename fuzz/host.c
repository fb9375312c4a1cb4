/* SPDX-License-Identifier: MIT
 * Fuzz target: verbs of vif.h on a host made of the input: what the files below /sys say and
 * which there are, what a note in the state directory holds that somebody has spoilt, what a
 * container has for a resolv.conf, and what the kernel answers, the virtual functions of a card
 * among it. The system calls are replaced;
 * so is time. Every call ends after a bounded number of them, every file is closed again, an
 * error says what it is, without control bytes, and no memory is kept. */
/* flags: -O2 -fno-sanitize-coverage=trace-cmp -fsanitize-trap=undefined */
/* libFuzzer: -max_len=700 -entropic=0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int fuzz_open(const char *path);
static int fuzz_close(int fd);
static ssize_t fuzz_read(int fd, void *to, size_t len);
static off_t fuzz_lseek(int fd, off_t at, int from);
static int fuzz_stat(struct stat *out);
static int fuzz_fstat(int fd, struct stat *out);
static int fuzz_dir(struct stat *out);
static int fuzz_some(void);
static void *fuzz_opendir(void);
static struct dirent *fuzz_readdir(void);
static int fuzz_poll(struct pollfd *fds, nfds_t count, int timeout);
static ssize_t fuzz_sendmsg(const struct msghdr *msg);
static ssize_t fuzz_recvmsg(struct msghdr *msg);
static int fuzz_getsockname(struct sockaddr *addr);
#define open(path, ...) fuzz_open(path)
#define close(fd) fuzz_close(fd)
#define read(fd, to, len) fuzz_read(fd, to, len)
#define write(fd, from, len) (fuzz_some() == 0 ? (ssize_t)(len) : -1)
#define lseek(fd, at, from) fuzz_lseek(fd, at, from)
#define fstat(fd, out) (strcmp(__func__, "vif__file_look") != 0 && \
    strcmp(__func__, "vif__file_make") != 0 && strcmp(__func__, "vif__file_over") != 0 \
        ? fuzz_stat(out) : fuzz_fstat(fd, out))
#define stat(path, out) (strcmp(__func__, "vif__state_look") == 0 ? fuzz_dir(out) : fuzz_stat(out))
#define access(path, mode) fuzz_some()
#define unlink(path) fuzz_some()
#define rename(from, to) fuzz_some()
#define mkdir(path, mode) fuzz_some()
#define flock(fd, how) fuzz_some()
#define fsync(fd) fuzz_some()
#define ioctl(fd, ...) fuzz_some()
#define opendir(path) ((DIR *)fuzz_opendir())
#define readdir(dir) fuzz_readdir()
#define closedir(dir) fuzz_close(51)
#define poll(fds, count, timeout) fuzz_poll(fds, count, timeout)
#define socket(domain, type, protocol) (50)
#define bind(fd, addr, len) (0)
#define setsockopt(fd, level, name, value, len) (0)
#define getsockopt(fd, level, name, value, len) (0)
#define getsockname(fd, addr, len) fuzz_getsockname(addr)
#define sendmsg(fd, msg, flags) fuzz_sendmsg(msg)
#define recvmsg(fd, msg, flags) fuzz_recvmsg(msg)
#define VIF_NO_OVS
#define VIF_IMPLEMENTATION
#include "vif.h"

#define MUST(cond) do { if (!(cond)) { __builtin_trap(); } } while (0)

/* ---- the input, byte by byte; zeros behind its end ------------------------------------------- */

static const uint8_t *at, *end;
static unsigned steps;
static int64_t now;

static unsigned byte(void)
{
    return at < end ? *at++ : 0;
}

static void bytes(void *to, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        ((uint8_t *)to)[i] = (uint8_t)byte();
    }
}

/* ---- messages -------------------------------------------------------------------------------- */

static const char mine[] = "vif:local:dc065497-3c8d-4f44-8fb4-e1d33c16a536";

/* What a link says of its virtual functions: as it should be, or any bytes in any nest. */
static void put_functions(vif_buf *b)
{
    const unsigned count = byte() % 4;
    const uint32_t said = byte() % 8 == 1 ? byte() : count;
    vif_put_u32(b, 21, said);
    const size_t list = vif_nest_begin(b, 22);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t value[9] = {i, byte(), byte()};
        uint8_t raw[40];
        const size_t info = vif_nest_begin(b, 1);
        if (byte() % 4 == 1) {
            const size_t len = byte() % sizeof raw;
            bytes(raw, len);
            vif_put_attr(b, (uint16_t)(byte() % 14), raw, len);
        }
        vif_put_attr(b, 1, value, 36);
        vif_put_attr(b, 6, value, 12);
        vif_put_attr(b, 4, value, 8);
        vif_put_attr(b, 5, value, 8);
        const size_t vlans = vif_nest_begin(b, 12);
        vif_put_attr(b, 1, value, 16);
        vif_nest_end(b, vlans);
        vif_nest_end(b, info);
    }
    vif_nest_end(b, list);
}

static void put_link(vif_buf *b, const char *name, uint32_t seq)
{
    static const char *const kinds[] = {"", "bridge", "tun", "vlan", "macvtap", "veth"};
    uint8_t raw[64], head[16] = {0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    const unsigned how = byte();
    const size_t start = b->len;
    const int32_t index = (int32_t)(1 + how % 8);
    memcpy(head + 4, &index, 4);
    head[8] = (uint8_t)(how / 8 % 2);
    const size_t m = vif_nl_begin(b, 16, 0, head, sizeof head);
    vif_put_str(b, 3, name);
    vif_put_u32(b, 4, 1500);
    vif_put_attr(b, 1, "\2\0\0\0\0\1", 6);
    if (how / 16 % 2) {
        vif_put_str(b, 20, byte() % 2 ? mine : "vif:local:shared");
    }
    if (how / 32 % 2) {
        vif_put_u32(b, 10, byte() % 8);
        const size_t info = vif_nest_begin(b, 18);
        vif_put_str(b, 1, kinds[byte() % 6]);
        vif_nest_end(b, info);
    }
    if (how / 64 % 2) {
        put_functions(b);
    }
    if (how / 128) {
        const size_t len = byte() % sizeof raw;
        bytes(raw, len);
        vif_put_attr(b, (uint16_t)(byte() % 64), raw, len);
    }
    vif_nl_end(b, m);
    if (!b->overflow) {
        memcpy(b->data + start + 8, &seq, 4);
    }
}

/* An address or a route of the uplink. */
static void put_layer3(vif_buf *b)
{
    const unsigned how = byte();
    if (how % 2 == 0) {
        vif_addr addr;
        memset(&addr, 0, sizeof addr);
        VIF_SET(&addr, VIF_ADDR_FAMILY, family, how / 2 % 2 ? VIF_AF_INET6 : VIF_AF_INET);
        VIF_SET(&addr, VIF_ADDR_INDEX, index, 1 + (int32_t)(byte() % 8));
        VIF_SET(&addr, VIF_ADDR_PREFIX_LEN, prefix_len, 24);
        bytes(addr.local, 4);
        addr.present |= VIF_ADDR_LOCAL;
        vif_nl_put_addr(b, VIF_RTM_NEWADDR, 0, &addr);
    } else {
        vif_nl_route route;
        uint8_t hops[24];
        memset(&route, 0, sizeof route);
        VIF_SET(&route, VIF_NL_ROUTE_FAMILY, family, VIF_AF_INET);
        if (how / 2 % 4 == 1) {
            bytes(hops, sizeof hops);
            VIF_SET(&route, VIF_NL_ROUTE_MULTIPATH, multipath.data, hops);
            route.multipath.len = sizeof hops;
        } else {
            VIF_SET(&route, VIF_NL_ROUTE_OIF, oif, 1 + byte() % 8);
        }
        vif_nl_put_route(b, VIF_RTM_NEWROUTE, 0, &route);
    }
}

/* ---- files ----------------------------------------------------------------------------------- */

static struct { bool used; size_t len, at; char text[1024]; } files[8];
static unsigned directories;

/* A note as a process that died has left it, or as somebody has made it since. */
static size_t note(char *to, size_t cap)
{
    vif_buf b;
    vif_buf_init(&b, (unsigned char *)to, cap);
    put_link(&b, byte() % 4 ? "br0" : "eth1", 0);
    for (unsigned n = byte() % 4; n > 0; n--) {
        put_layer3(&b);
    }
    if (byte() % 4 != 1) {
        vif_nl_end(&b, vif_nl_begin(&b, 3, 0, NULL, 0));
    }
    for (unsigned n = byte() % 4; n > 0 && b.len > 0; n--) {
        const size_t where = (byte() * 256u + byte()) % b.len;
        to[where] = (char)byte();
    }
    return byte() % 8 == 1 ? b.len / 2 : b.len;
}

/* The same of name servers: which file a VIF has lines of (.dns), or whose lines a file has; and of
 * a device: whose it is, and the driver that it had and got. */
static size_t note_of_file(char *to, size_t cap, bool file)
{
    static const char *const texts[] = {"192.0.2.53", "::1", "vif:local:other", mine, "made", "",
                                        "c", "192.0.2.54", "/", "etc/resolv.conf"};
    vif_buf b;
    vif_link link;
    vif_buf_init(&b, (unsigned char *)to, cap);
    for (unsigned n = 0, left = 3 + byte() % (file ? 8 : 2); n < left; n++) {
        const unsigned choice = byte();
        const char *usual = file ? texts[n == 0 ? 6 : n == 1 ? 9 : n == 2 ? 4 : n % 2 ? 3 : 0]
            : texts[n == 0 ? 3 : n == 1 ? 6 : 9];
        memset(&link, 0, sizeof link);
        VIF_SET(&link, VIF_LINK_INDEX, index, 1);
        usual = choice % 4 == 1 ? texts[choice / 4 % 10] : usual;
        VIF_SET(&link, VIF_LINK_ALIAS, alias.data, (const unsigned char *)usual);
        link.alias.len = strlen(usual);
        vif_nl_put_link(&b, VIF_RTM_NEWLINK, 0, &link);
    }
    vif_nl_end(&b, vif_nl_begin(&b, 3, 0, NULL, 0));
    for (unsigned n = byte() % 4; n > 0 && b.len > 0; n--) {
        const size_t where = (byte() * 256u + byte()) % b.len;
        to[where] = (char)byte();
    }
    return byte() % 8 == 1 ? b.len / 2 : b.len;
}

static int fuzz_open(const char *path)
{
    static const char *const usual[] = {
        "0x8086\n", "0x1521\n", "0\n", "1\n", "4\n", "p0\n", "pf0vf1\n", "c1pf0vf3\n",
        "0000:03:00.2\n", "DRIVER=ixgbevf\nPCI_SLOT_NAME=0000:03:10.1\n",
        "DRIVER=ixgbe\nPCI_SLOT_NAME=0000:03:00.0\n",
        "nameserver 192.0.2.53\nnameserver ::1\n", "search x\nnameserver 192.0.2.54",
        "MAJOR=240\nMINOR=7\nDEVNAME=tap7\n", "DRIVER=vfio-pci\n", "22:52:25:62:e2:aa\n",
        "DRIVER=virtio_net\nMODALIAS=virtio:d00000001v00001AF4\n", "PCI_SLOT_NAME=\n", "\n", "",
        "-1\n", "18446744073709551616\n", "0xffffffff\n", "PHYSDEVPATH=/devices/../..\n"};
    const unsigned choice = byte();
    int fd = 0;
    MUST(++steps < 100000);
    if (choice % 4 == 1) {
        errno = choice % 8 == 1 ? ENOENT : EACCES;
        return -1;
    }
    while (fd < 8 && files[fd].used) {
        fd++;
    }
    MUST(fd < 8);
    files[fd].used = true;
    files[fd].at = 0;
    if (strstr(path, ".note") != NULL || strstr(path, ".dev") != NULL) {
        files[fd].len = choice % 4 == 2 ? byte() : note(files[fd].text, sizeof files[fd].text);
        if (choice % 4 == 2) {
            bytes(files[fd].text, files[fd].len);
        }
    } else if (strstr(path, ".dns") != NULL || strstr(path, ".file") != NULL ||
               strstr(path, ".driver") != NULL) {
        files[fd].len = note_of_file(files[fd].text, sizeof files[fd].text,
                                     strstr(path, ".file") != NULL);
    } else if (choice % 16 == 2) {
        files[fd].len = byte();
        bytes(files[fd].text, files[fd].len);
    } else {
        const char *text = usual[choice / 4 % (sizeof usual / sizeof *usual)];
        files[fd].len = strlen(text);
        memcpy(files[fd].text, text, files[fd].len);
    }
    return 60 + fd;
}

static int fuzz_close(int fd)
{
    MUST(fd == 50 || (fd == 51 && directories-- > 0) ||
         (fd >= 60 && fd < 68 && files[fd - 60].used));
    if (fd >= 60) {
        files[fd - 60].used = false;
    }
    return 0;
}

static ssize_t fuzz_read(int fd, void *to, size_t len)
{
    MUST(fd >= 60 && fd < 68 && files[fd - 60].used && ++steps < 100000);
    const size_t end = files[fd - 60].len, at = files[fd - 60].at, left = at < end ? end - at : 0;
    if (byte() % 32 == 1) {
        errno = EIO;
        return -1;
    }
    len = len < left ? len : left;
    memcpy(to, files[fd - 60].text + files[fd - 60].at, len);
    files[fd - 60].at += len;
    return (ssize_t)len;
}

static off_t fuzz_lseek(int fd, off_t to, int from)
{
    MUST(fd >= 60 && fd < 68 && files[fd - 60].used);
    if (from == SEEK_END) {
        return (off_t)files[fd - 60].len;
    }
    files[fd - 60].at = (size_t)to;
    return to;
}

/* What a container's files are opened, made and renamed by is declared under other names: these are
 * its symbols. */
int fuzz_openat(int dir, const char *name, int flags, ...) __asm__("openat");
int fuzz_renameat(int dir, const char *name, int to, const char *other) __asm__("renameat");
int fuzz_unlinkat(int dir, const char *name, int flags) __asm__("unlinkat");
int fuzz_fchmod(int fd, mode_t mode) __asm__("fchmod");
int fuzz_fchown(int fd, uid_t uid, gid_t gid) __asm__("fchown");
int fuzz_ftruncate(int fd, off_t len) __asm__("ftruncate");

int fuzz_openat(int dir, const char *name, int flags, ...)
{
    MUST(dir >= 60 && dir < 68 && files[dir - 60].used);
    MUST(*name != '\0' && !strchr(name, '/') && strcmp(name, "..") != 0);
    MUST((flags & O_NOFOLLOW) != 0);
    return fuzz_open(name);
}

int fuzz_renameat(int dir, const char *name, int to, const char *other)
{
    (void)name;
    (void)other;
    MUST(dir == to && dir >= 60);
    if (byte() % 4 == 1) {
        errno = EBUSY;
        return -1;
    }
    return fuzz_some();
}

int fuzz_unlinkat(int dir, const char *name, int flags)
{
    (void)name;
    MUST(dir >= 60 && flags == 0);
    return fuzz_some();
}

int fuzz_fchmod(int fd, mode_t mode)
{
    (void)mode;
    MUST(fd >= 60);
    return fuzz_some();
}

int fuzz_fchown(int fd, uid_t uid, gid_t gid)
{
    MUST(fd >= 60 && uid == 0 && gid == 0);
    return fuzz_some();
}

int fuzz_ftruncate(int fd, off_t len)
{
    MUST(fd >= 60 && len >= 0);
    return fuzz_some();
}

static int fuzz_fstat(int fd, struct stat *out)
{
    memset(out, 0, sizeof *out);
    out->st_nlink = 1;
    out->st_mode = byte() % 8 == 1 ? S_IFLNK : S_IFREG;
    out->st_ino = byte() % 8 == 1 ? 2 : 1;
    out->st_size = fd >= 60 && fd < 68 ? (off_t)files[fd - 60].len : 0;
    return 0;
}

static int fuzz_stat(struct stat *out)
{
    memset(out, 0, sizeof *out);
    out->st_nlink = 1;
    out->st_mode = S_IFCHR;
    out->st_rdev = byte() == 1 ? 7 : 240 << 8 | 7;
    return 0;
}

/* The state directory, when the host is opened. */
static int fuzz_dir(struct stat *out)
{
    memset(out, 0, sizeof *out);
    out->st_mode = S_IFDIR;
    return 0;
}

static int fuzz_some(void)
{
    MUST(++steps < 100000);
    if (byte() % 8 == 1) {
        errno = EPERM;
        return -1;
    }
    return 0;
}

static void *fuzz_opendir(void)
{
    MUST(++steps < 100000);
    if (byte() % 4 == 1) {
        errno = ENOENT;
        return NULL;
    }
    directories++;
    return files;
}

static struct dirent *fuzz_readdir(void)
{
    static const char *const usual[] = {
        "eth1", "eth2", "virtfn0", "virtfn1", "0000:03:10.1", "tap7", ".", "vdpa0", "pf0vf1",
        "phys_port_name", "1.note", "4.eth1.note", "0.x.dns", "0.0000:03:10.1.driver",
        "0.0000:03:10.1.vf", "virtio0"};
    static struct dirent entry;
    const unsigned choice = byte();
    if (choice % 3 == 0) {
        return NULL;
    }
    memset(&entry, 0, sizeof entry);
    if (choice == 1) {
        bytes(entry.d_name, byte());
        return &entry;
    }
    strcpy(entry.d_name, usual[choice % (sizeof usual / sizeof *usual)]);
    return &entry;
}

/* ---- the kernel ------------------------------------------------------------------------------ */

static unsigned char answers[65536];
static vif_buf out;
static size_t said;

static void put_answer(int32_t error, const unsigned char *request)
{
    const uint32_t port = 2;
    uint32_t wire[5] = {(uint32_t)error, 0, 0, 0, 0};
    const size_t start = out.len;
    memcpy(wire + 1, request, 16);
    vif_nl_end(&out, vif_nl_begin(&out, 2, 0, wire, sizeof wire));
    if (!out.overflow) {
        memcpy(out.data + start + 8, request + 8, 4);
        memcpy(out.data + start + 12, &port, 4);
    }
}

/* As many messages as the input has, then the end: of what is asked for, or of anything. */
static void put_dump(uint16_t type, const unsigned char *request, uint32_t seq)
{
    static const char *const names[] = {"eth1", "br0", "mv0", "tap0"};
    const uint16_t multi = 2;
    uint8_t raw[64];
    for (unsigned n = byte() % 6; n > 0; n--) {
        const size_t start = out.len;
        if (byte() % 8 == 1) {
            const size_t len = byte() % sizeof raw;
            bytes(raw, len);
            vif_nl_end(&out, vif_nl_begin(&out, (uint16_t)(type - 2), 0, raw, len));
        } else if (type == 18) {
            put_link(&out, names[byte() % 4], seq);
        } else {
            put_layer3(&out);
        }
        if (!out.overflow) {
            memcpy(out.data + start + 6, &multi, 2);
            memcpy(out.data + start + 8, &seq, 4);
        }
    }
    const size_t start = out.len;
    const int32_t zero = 0;
    vif_nl_end(&out, vif_nl_begin(&out, 3, multi, &zero, 4));
    memcpy(out.data + start + 6, &multi, 2);
    memcpy(out.data + start + 8, request + 8, 4);
}

static ssize_t fuzz_sendmsg(const struct msghdr *msg)
{
    const unsigned char *p = (const unsigned char *)msg->msg_iov[0].iov_base;
    size_t left = msg->msg_iov[0].iov_len;
    MUST(++steps < 100000);
    vif_buf_init(&out, answers, sizeof answers);
    said = 0;
    while (left >= 16) {
        uint32_t len, seq;
        uint16_t type, flags;
        memcpy(&len, p, 4);
        memcpy(&type, p + 4, 2);
        memcpy(&flags, p + 6, 2);
        memcpy(&seq, p + 8, 4);
        MUST(len >= 16 && len <= left && out.len < sizeof answers / 2);
        if ((flags & 0x300) == 0x300) {
            put_dump(type, p, seq);
        } else {
            const unsigned choice = byte();
            vif_nl_view name = {NULL, 0}, attrs = {p + 32, len > 32 ? len - 32 : 0};
            char text[16] = "eth1";
            if (type == 18 && vif_attr_find(attrs, 3, &name) && name.len <= 16) {
                memcpy(text, name.data, name.len);
                text[15] = '\0';
            }
            if (type == 18 && choice % 4 != 1) {
                put_link(&out, text, seq);
            }
            put_answer(type == 18 && choice % 4 == 1 ? -ENODEV
                       : choice == 255 ? -(int32_t)byte() : 0, p);
        }
        len = (len + 3) & ~3u;
        p += len;
        left = len < left ? left - len : 0;
    }
    return (ssize_t)msg->msg_iov[0].iov_len;
}

static ssize_t fuzz_recvmsg(struct msghdr *msg)
{
    const uint16_t family = 16;
    uint32_t len;
    MUST(++steps < 100000);
    if (said >= out.len) {
        errno = EAGAIN;
        return -1;
    }
    memcpy(&len, answers + said, 4);
    len = (len + 3) & ~3u;
    if (len < 16 || len > out.len - said || len > msg->msg_iov[0].iov_len) {
        said = out.len;
        errno = ENOBUFS;
        return -1;
    }
    memcpy(msg->msg_iov[0].iov_base, answers + said, len);
    said += len;
    if (msg->msg_name != NULL) {
        memset(msg->msg_name, 0, msg->msg_namelen);
        memcpy(msg->msg_name, &family, 2);
    }
    msg->msg_flags = 0;
    return (ssize_t)len;
}

static int fuzz_poll(struct pollfd *fds, nfds_t count, int timeout)
{
    MUST(++steps < 100000);
    (void)fds;
    (void)count;
    now += timeout > 0 ? timeout : 1;
    return 0;
}

static int fuzz_getsockname(struct sockaddr *addr)
{
    static const uint16_t family = 16;
    static const uint32_t port = 2;
    memset(addr, 0, sizeof *addr);
    memcpy(addr, &family, 2);
    memcpy((char *)addr + 4, &port, 4);
    return 0;
}

static int64_t clock_now(void *user)
{
    (void)user;
    return now += 1;
}

/* ---- VIFs, and what must hold ---------------------------------------------------------------- */

static vif_vif vif;
static vif_network network;
static vif_options options;

static void make_vif(void)
{
    const unsigned how = byte();
    memset(&options, 0, sizeof options);
    vif_object_init(&vif, how % 3 == 0 ? VIF_CLASS_VIFHostDevice
                    : how % 3 == 1 ? VIF_CLASS_VIFDirect : VIF_CLASS_VIFBridge);
    vif_object_init(&network, VIF_CLASS_Network);
    network.mtu = vif_int_of(1450);
    network.bridge = "br0";
    vif.base.network = &network;
    vif.base.id = mine + 10;
    vif.base.address = "22:52:25:62:e2:aa";
    if (how % 12 == 9) {
        vif_object_init(&vif, VIF_CLASS_VIFNestedDPDK);
        vif.base.id = mine + 10;
        vif.base.address = how / 12 % 2 ? "22:52:25:62:e2:aa" : NULL;
        vif.nested_dpdk.pci_address = how / 24 % 2 ? "0000:03:10.1" : NULL;
        vif.nested_dpdk.dev_driver = how / 48 % 2 ? "igbvf" : NULL;
    } else if (how % 3 == 0) {
        vif.host_device.dev_type = how / 3 % 2 ? VIF_DEV_GENERIC : VIF_DEV_ETHERNET;
        vif.host_device.dev_address = "0000:03:10.1";
        vif.base.plugin = "hostdev";
    } else if (how % 3 == 1) {
        vif.direct.vif_name = "mv0";
        vif.direct.dev_address = "0000:03:00.0";
        vif.direct.mode = (vif_direct_mode)(how / 3 % 4);
        vif.direct.vlan_name = how / 12 % 2 ? "eth1.5" : NULL;
        vif.base.plugin = "direct";
    } else {
        network.bridge_interface = "eth1";
        network.should_provide_bridge = VIF_TRUE;
        vif.bridge.vif_name = "tap0";
        vif.bridge.bridge_name = "br0";
        vif.base.plugin = "linux_bridge";
        options.create_tap = how / 3 % 2 ? VIF_TRUE : VIF_FALSE;
    }
}

/* A container's name servers, and nothing else. */
static void plan_dns(vif_plan *plan, const vif_plan_input *in)
{
    static vif_dns_want want;
    vif_resource *r = vif_plan_add(plan, VIF_RES_DNS, VIF_OWN, "lo", NULL);
    r->link[0] = '\0';
    r->want.dns = &want;
    memset(&want, 0, sizeof want);
    want.root = "c";
    want.file = "etc/resolv.conf";
    for (want.count = 0; want.count < 2 && in->verb != VIF_UNPLUG; want.count++) {
        MUST(vif_ip_parse(want.count ? "::1" : "192.0.2.53", want.count ? 3 : 10, false,
                          &want.servers[want.count]));
    }
}

static size_t held;

static void *hook(void *user, void *ptr, size_t old_size, size_t size)
{
    (void)user;
    held += size - old_size;
    if (size == 0) {
        free(ptr);
        return NULL;
    }
    return realloc(ptr, size);
}

static void check_outcome(vif_status st, const vif_error *err)
{
    MUST(st == VIF_OK || (err->status == st && err->text[0] != '\0'));
    for (const char *s = st == VIF_OK ? "" : err->where; *s != '\0'; s++) {
        MUST((unsigned char)*s >= 0x20 && *s != 0x7f);
    }
    for (const char *s = st == VIF_OK ? "" : err->text; *s != '\0'; s++) {
        MUST((unsigned char)*s >= 0x20 && *s != 0x7f);
    }
    MUST(directories == 0);
}

static vif_status plug(vif_host *host, const vif_subject *subject, vif_error *err)
{
    vif_job_desc d;
    memset(&d, 0, sizeof d);
    d.verb = VIF_PLUG;
    d.subjects = subject;
    d.count = 1;
    d.results = &host->result;
    return vif_verb_many(host, &d, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vif_host_desc desc = vif_host_desc_default();
    static vif_found found[8];
    vif_subject subject;
    vif_error err;
    vif_host host;
    size_t count;
    unsigned calls = 0;

    at = data;
    end = data + size;
    now = 1000;
    memset(files, 0, sizeof files);
    steps = directories = 0;
    held = 0;
    said = out.len = 0;
    desc.resize = hook;
    desc.now_ms = clock_now;
    desc.netlink_fd = vif_fd_of(50);
    desc.netfilter_fd = vif_fd_of(50);
    desc.state_dir = "/state";
    if (vif_host_open(&host, &desc, NULL) != VIF_OK) {
        __builtin_trap();
    }
    make_vif();
    do {
        const unsigned how = byte();
        memset(&err, 0, sizeof err);
        memset(&subject, 0, sizeof subject);
        subject.vif = &vif;
        subject.options = &options;
        if (how / 6 % 4 == 1) {
            subject.vif = NULL;
            subject.plan = plan_dns;
            subject.id = vif.base.id;
        }
        switch (how % 6) {
        case 1: check_outcome(vif_unplug(&host, &vif, NULL, &options, &err), &err); break;
        case 2: check_outcome(vif_check(&host, &subject, &err), &err); break;
        case 3: check_outcome(vif_unplug_id(&host, vif.base.id, &err), &err); break;
        case 4: check_outcome(vif_list(&host, found, 8, &count, &err), &err); break;
        default: check_outcome(plug(&host, &subject, &err), &err); break;
        }
    } while (++calls < 4 && at < end);
    vif_host_close(&host);
    MUST(held == 0);
    for (size_t i = 0; i < 8; i++) {
        MUST(!files[i].used);
    }
    return 0;
}
