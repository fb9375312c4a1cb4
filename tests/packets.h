/* SPDX-License-Identifier: MIT
 * packets.h: single frames, put on a link and counted on another one, for the tests of what a port
 * lets through. They are of the protocol that is for experiments (IEEE 802, 88b5). */
#ifndef PACKETS_H_INCLUDED
#define PACKETS_H_INCLUDED
#include "ns.h"
#include <arpa/inet.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <stdlib.h>
#include <sys/socket.h>

#define PACKET_ALL "\xff\xff\xff\xff\xff\xff"
#define PACKET_GROUP "\x01\0\x5e\0\0\x05"
#define PACKET_NEAREST "\x01\x80\xc2\0\0\x0e"       /* of LLDP: a bridge forwards none of it */
#define PACKET_OTHER "\x02\0\0\0\0\x99"             /* nobody's MAC */

/* A socket on the link of that name, in that namespace (-1: here); -1: there is none. */
static inline int packet_on(int ns, const char *link)
{
    struct sockaddr_ll at;
    const int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    int fd = -1;
    memset(&at, 0, sizeof at);
    at.sll_family = AF_PACKET;
    at.sll_protocol = htons(0x88b5);
    if (ns < 0 || setns(ns, CLONE_NEWNET) == 0) {
        at.sll_ifindex = (int)if_nametoindex(link);
        fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(0x88b5));
        if (at.sll_ifindex == 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0) {
            close(fd);
            fd = -1;
        }
        if (setns(home, CLONE_NEWNET) != 0) {
            abort();
        }
    }
    close(home);
    return fd;
}

/* One frame of len bytes, 1514 at most. */
static inline void packet_send(int fd, const char *receiver, const char *sender, size_t len)
{
    char bytes[1514];
    memset(bytes, 'x', sizeof bytes);
    memcpy(bytes, receiver, 6);
    memcpy(bytes + 6, sender, 6);
    bytes[12] = (char)0x88;
    bytes[13] = (char)0xb5;
    (void)!send(fd, bytes, len, 0);
}

/* How many have come there since the last time. */
static inline int packet_count(int fd)
{
    struct sockaddr_ll from;
    socklen_t len = sizeof from;
    char bytes[1514];
    int count = 0;
    while (recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &len) > 0) {
        count += from.sll_pkttype != PACKET_OUTGOING;
        len = sizeof from;
    }
    return count;
}

/* How many of one frame come from the one to the other, so many ms later: 0 or 1. */
static inline int packet_passes(int from, int to, const char *receiver, const char *sender, int ms)
{
    (void)packet_count(to);
    packet_send(from, receiver, sender, 60);
    usleep((useconds_t)ms * 1000);
    return packet_count(to);
}
#endif
