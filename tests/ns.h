/* SPDX-License-Identifier: MIT
 * ns.h: a private user, network and mount namespace for kernel tests; no privileges needed.
 *   if (!ns_enter()) { puts("skip all: no user namespaces"); return 0; }
 * Include it before any other header: it asks for _GNU_SOURCE. */
#ifndef NS_H_INCLUDED
#define NS_H_INCLUDED
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

static inline bool ns_write(const char *path, const char *text)
{
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    const bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0) {
        close(fd);
    }
    return done;
}

/* struct ifreq is a name of 16 bytes, then here the flags. */
static inline bool ns_lo_up(void)
{
    unsigned char ifreq[40] = "lo";
    const short up = 1;
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    memcpy(ifreq + 16, &up, sizeof up);
    const bool done = fd >= 0 && ioctl(fd, 0x8914 /* SIOCSIFFLAGS */, ifreq) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return done;
}

/* Another network namespace inside the same user namespace: its fd. The thread stays where it
 * was. */
static inline int ns_new_net(void)
{
    const int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    int other = -1;
    if (home >= 0 && unshare(CLONE_NEWNET) == 0) {
        ns_lo_up();
        other = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
        if (setns(home, CLONE_NEWNET) != 0) {
            _exit(99);                  /* lost in the wrong namespace: nothing else is safe */
        }
    }
    if (home >= 0) {
        close(home);
    }
    return other;
}

/* The caller becomes root of fresh namespaces with lo up and, where they may be mounted, a /sys
 * that shows them and a /run in memory, as hosts have it. False, with nothing promised about the
 * caller, if the kernel does not allow it. */
static inline bool ns_enter(void)
{
    char map[64];
    const unsigned uid = (unsigned)getuid(), gid = (unsigned)getgid();
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) != 0) {
        return false;
    }
    ns_write("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "0 %u 1", uid);
    if (!ns_write("/proc/self/uid_map", map)) {
        return false;
    }
    snprintf(map, sizeof map, "0 %u 1", gid);
    if (!ns_write("/proc/self/gid_map", map)) {
        return false;
    }
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0) {
        (void)!mount("sysfs", "/sys", "sysfs", 0, NULL);
        (void)!mount("tmpfs", "/run", "tmpfs", 0, NULL);
    }
    return ns_lo_up();
}
#endif
