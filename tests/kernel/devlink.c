/* SPDX-License-Identifier: MIT
 * A devlink that lies about the ports of a card. It is a child of this process, which a socket of
 * generic netlink asks in the kernel's place; tests/vm/ports.c has the kernel's own. */
#include "ns.h"
#include <errno.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#define VIF_IMPLEMENTATION
#include "vif_netlink.h"
#include "check.h"

enum { FAMILY = 20, PORT_NEW = 7, MULTI = 2, INTERRUPTED = 0x10 };

/* How one port is told. */
typedef struct told {
    const char *device, *netdev;
    unsigned flavour, pf, vf, external, controller;
    unsigned type, command;             /* of the message, if not the usual ones */
    unsigned cut;                       /* bytes that the last attribute claims to have more */
} told;

/* What the family is said to be, what is told, and how that ends. */
static const struct lie {
    const char *name;
    unsigned family;
    told ports[3];
    unsigned flags;                     /* of the messages */
    int error;                          /* at the end of the dump */
    bool endless;                       /* no end comes, and nothing more */
    vif_status status;
} lies[] = {
#define RIGHT {"0000:03:00.0", "rep3", VIF_PORT_PCI_VF, 1, 3, 0, 0, 0, 0, 0}
    {"the truth", FAMILY, {RIGHT}, 0, 0, false, VIF_OK},
    {"another card's", FAMILY, {{"0000:04:00.0", "rep3", VIF_PORT_PCI_VF, 1, 3, 0, 0, 0, 0, 0}},
     0, 0, false, VIF_E_NO_INTERFACE},
    {"a card whose address begins so", FAMILY,
     {{"0000:03:00.01", "rep3", VIF_PORT_PCI_VF, 1, 3, 0, 0, 0, 0, 0}}, 0, 0, false,
     VIF_E_NO_INTERFACE},
    {"another function's", FAMILY, {{"0000:03:00.0", "rep4", VIF_PORT_PCI_VF, 1, 4, 0, 0, 0, 0, 0}},
     0, 0, false, VIF_E_NO_INTERFACE},
    {"another physical function's", FAMILY,
     {{"0000:03:00.0", "rep3", VIF_PORT_PCI_VF, 0, 3, 0, 0, 0, 0, 0}}, 0, 0, false,
     VIF_E_NO_INTERFACE},
    {"a physical function's", FAMILY,
     {{"0000:03:00.0", "rep3", VIF_PORT_PCI_PF, 1, 3, 0, 0, 0, 0, 0}}, 0, 0, false,
     VIF_E_NO_INTERFACE},
    {"another machine's", FAMILY, {{"0000:03:00.0", "rep3", VIF_PORT_PCI_VF, 1, 3, 1, 0, 0, 0, 0}},
     0, 0, false, VIF_E_NO_INTERFACE},
    {"another controller's", FAMILY,
     {{"0000:03:00.0", "rep3", VIF_PORT_PCI_VF, 1, 3, 0, 1, 0, 0, 0}}, 0, 0, false,
     VIF_E_NO_INTERFACE},
    {"two that say the same", FAMILY,
     {RIGHT, {"0000:03:00.0", "other3", VIF_PORT_PCI_VF, 1, 3, 0, 0, 0, 0, 0}}, 0, 0, false,
     VIF_E_PROTO},
    {"another family's message", FAMILY,
     {{"0000:03:00.0", "rep3", VIF_PORT_PCI_VF, 1, 3, 0, 0, FAMILY + 1, 0, 0}}, 0, 0, false,
     VIF_E_NO_INTERFACE},
    {"another command", FAMILY, {{"0000:03:00.0", "rep3", VIF_PORT_PCI_VF, 1, 3, 0, 0, 0, 9, 0}},
     0, 0, false, VIF_E_NO_INTERFACE},
    {"an attribute beyond the message", FAMILY,
     {{"0000:03:00.0", "rep3", VIF_PORT_PCI_VF, 1, 3, 0, 0, 0, 0, 64}}, 0, 0, false,
     VIF_E_NO_INTERFACE},
    {"a dump that something has changed", FAMILY, {RIGHT}, INTERRUPTED, 0, false,
     VIF_E_INTERRUPTED},
    {"a dump that fails at its end", FAMILY, {RIGHT}, 0, EIO, false, VIF_E_KERNEL},
    {"a dump without an end", FAMILY, {RIGHT}, 0, 0, true, VIF_E_UNKNOWN},
    {"a family of no number", 0, {RIGHT}, 0, 0, false, VIF_E_NO_INTERFACE}};

static unsigned char answer[4096];

/* A message's header, the generic one, and room for what follows; returns where it begins. */
static size_t begin(size_t *len, unsigned type, unsigned flags, const unsigned char *asked)
{
    const size_t at = *len;
    const uint16_t words[2] = {(uint16_t)type, (uint16_t)flags};
    memcpy(answer + at + 4, words, 4);
    memcpy(answer + at + 8, asked + 8, 8);
    *len += 16;
    return at;
}

static void end(size_t at, size_t len)
{
    const uint32_t size = (uint32_t)(len - at);
    memcpy(answer + at, &size, 4);
}

static void attribute(size_t *len, unsigned type, const void *data, size_t size, unsigned more)
{
    const uint16_t head[2] = {(uint16_t)(4 + size + more), (uint16_t)type};
    memcpy(answer + *len, head, 4);
    memcpy(answer + *len + 4, data, size);
    *len += (4 + size + 3) & ~(size_t)3;
}

static void put_port(size_t *len, const struct lie *l, const told *t, const unsigned char *asked)
{
    const uint16_t numbers[3] = {(uint16_t)t->flavour, (uint16_t)t->pf, (uint16_t)t->vf};
    const uint8_t external = (uint8_t)t->external;
    const uint32_t controller = t->controller;
    const size_t at = begin(len, t->type ? t->type : FAMILY, MULTI | l->flags, asked);
    answer[*len] = (unsigned char)(t->command ? t->command : PORT_NEW);
    answer[*len + 1] = 1;
    *len += 4;
    attribute(len, 1, "pci", 4, 0);
    attribute(len, 2, t->device, strlen(t->device) + 1, 0);
    attribute(len, 7, t->netdev, strlen(t->netdev) + 1, 0);
    for (unsigned i = 0; i < 3; i++) {
        attribute(len, i == 0 ? 77 : 126 + i, &numbers[i], 2, 0);
    }
    attribute(len, 149, &external, 1, 0);
    attribute(len, 150, &controller, 4, t->cut);
    end(at, *len);
}

/* Answers one request: for the family, or for the ports. */
static size_t answer_to(const struct lie *l, const unsigned char *asked)
{
    const uint16_t number = (uint16_t)l->family;
    const int32_t error = -l->error;
    uint16_t type;
    size_t len = 0, at;
    memset(answer, 0, sizeof answer);
    memcpy(&type, asked + 4, 2);
    if (type != FAMILY) {
        at = begin(&len, 16, 0, asked);
        answer[len] = 1;
        len += 4;
        attribute(&len, 2, "devlink", 8, 0);
        attribute(&len, 1, &number, 2, 0);
        end(at, len);
        return len;
    }
    for (unsigned i = 0; i < 3 && l->ports[i].device; i++) {
        put_port(&len, l, &l->ports[i], asked);
    }
    if (!l->endless) {
        at = begin(&len, NLMSG_DONE, MULTI | l->flags, asked);
        memcpy(answer + len, &error, 4);
        len += 4;
        end(at, len);
    }
    return len;
}

/* The request is done: a datagram of its own, as the kernel's. */
static size_t done_with(const unsigned char *asked)
{
    size_t len = 0;
    const size_t at = begin(&len, NLMSG_ERROR, 0, asked);
    memset(answer + len, 0, 4);
    memcpy(answer + len + 4, asked, 16);
    len += 20;
    end(at, len);
    return len;
}

static void serve(const struct lie *l, int ready)
{
    struct sockaddr_nl at = {.nl_family = AF_NETLINK, .nl_pid = (uint32_t)getpid()}, from;
    const int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
    unsigned char asked[4096];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || write(ready, "r", 1) != 1) {
        return;
    }
    for (;;) {
        socklen_t len = sizeof from;
        if (recvfrom(fd, asked, sizeof asked, 0, (struct sockaddr *)&from, &len) < 16) {
            return;
        }
        (void)!sendto(fd, answer, answer_to(l, asked), 0, (struct sockaddr *)&from, sizeof from);
        if (asked[5] == 0 && asked[4] != FAMILY) {    /* a dump has its own end */
            (void)!sendto(fd, answer, done_with(asked), 0, (struct sockaddr *)&from, sizeof from);
        }
    }
}

/* What comes of looking for the right port. */
static vif_status look(const struct lie *l, vif_devlink_port *port)
{
    static unsigned char room[32768];
    vif_nl_desc d = vif_nl_desc_default();
    vif_status st = VIF_E_SYSTEM;
    int ready[2], pid;
    vif_error err;
    char c = '\0';
    vif_nl nl;
    if (pipe(ready) != 0 || (pid = fork()) < 0) {
        return st;
    }
    if (pid == 0) {
        serve(l, ready[1]);
        _exit(1);
    }
    close(ready[1]);
    (void)!read(ready[0], &c, 1);
    close(ready[0]);
    d.buffer = room;
    d.buffer_cap = sizeof room;
    d.protocol = VIF_NETLINK_GENERIC;
    d.peer = (uint32_t)pid;
    d.timeout_ms = 300;
    memset(port, 0, sizeof *port);
    strcpy(port->bus, "pci");
    strcpy(port->device, "0000:03:00.0");
    port->flavour = VIF_PORT_PCI_VF;
    port->pf = 1;
    port->vf = 3;
    port->present = VIF_DEVLINK_PORT_BUS | VIF_DEVLINK_PORT_DEVICE | VIF_DEVLINK_PORT_FLAVOUR |
        VIF_DEVLINK_PORT_PF | VIF_DEVLINK_PORT_VF | VIF_DEVLINK_PORT_EXTERNAL |
        VIF_DEVLINK_PORT_CONTROLLER;
    if (c == 'r' && vif_nl_open(&nl, &d, &err) == VIF_OK) {
        st = vif_nl_devlink_port(&nl, port, &err);
        vif_nl_close(&nl);
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    return st;
}

TEST(lies_of_devlink)
{
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        vif_devlink_port port;
        const vif_status st = look(&lies[i], &port);
        if (st != lies[i].status) {
            CHECK_FAIL("%s: %s, want %s", lies[i].name, vif_status_name(st),
                       vif_status_name(lies[i].status));
        }
        CHECK(st != VIF_OK || strcmp(port.netdev, "rep3") == 0);
    }
}

int main(int argc, char **argv)
{
    if (!ns_enter()) {
        puts("skip all: no user namespaces");
        return 0;
    }
    return check_main(argc, argv);
}
