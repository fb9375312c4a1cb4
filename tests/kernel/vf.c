/* SPDX-License-Identifier: MIT */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open,--wrap=read,--wrap=write */
/* flags: -Wl,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt */
/* The settings of a virtual function: each request, and each setting of a request, fails in turn,
 * and the process is killed at each call; all fields are as before. A veth plays the physical
 * function, and what the kernel's driver would do with its functions is done below the shim. The
 * real kernel is in tests/vm/inside/hostdev.sh. */
#include "kernel/plug.h"
#include "kernel/tree.h"
#include <arpa/inet.h>
#include <sys/mman.h>

#define VF "0000:03:10.1"

typedef struct function {
    unsigned char mac[6];
    uint32_t vlan[3], rate[2], spoofchk, link_state, trust;     /* vlan: id, qos, protocol */
} function;

/* Two functions, of which number 1 is the VIF's. Children work on the same. */
static struct card {
    function vf[2];
    int set, fail;                      /* settings so far; the one that the driver refuses */
    bool asked;                         /* the request is for the functions as well */
} *card;
static const function as_found[2] = {
    {{2, 0, 0, 0, 1, 0}, {0, 0, 0x8100}, {0, 0}, 1, 0, 0},
    {{2, 0, 0, 0, 1, 1}, {7, 2, 0x8100}, {0, 50}, 1, 0, 0}};

static void *put(unsigned char **to, unsigned type, const void *data, size_t size)
{
    struct rtattr *a = (struct rtattr *)(void *)*to;
    a->rta_type = (unsigned short)type;
    a->rta_len = (unsigned short)RTA_LENGTH(size);
    if (size > 0) {
        memcpy(RTA_DATA(a), data, size);
    }
    *to += RTA_ALIGN(a->rta_len);
    return a;
}

static void nested(void *begin, const unsigned char *end)
{
    ((struct rtattr *)begin)->rta_len = (unsigned short)(end - (unsigned char *)begin);
}

/* What the kernel says of the functions. */
static size_t tell(unsigned char *to)
{
    unsigned char *at = to;
    void *const list = put(&at, IFLA_VFINFO_LIST, NULL, 0);
    for (uint32_t n = 0; n < 2; n++) {
        const function *f = &card->vf[n];
        void *const info = put(&at, IFLA_VF_INFO, NULL, 0), *vlans;
        struct ifla_vf_mac mac = {.vf = n};
        struct ifla_vf_vlan vlan = {n, f->vlan[0], f->vlan[1]};
        struct ifla_vf_vlan_info more = {n, f->vlan[0], f->vlan[1], htons((uint16_t)f->vlan[2])};
        struct ifla_vf_rate rate = {n, f->rate[0], f->rate[1]};
        struct ifla_vf_spoofchk spoofchk = {n, f->spoofchk};
        struct ifla_vf_link_state state = {n, f->link_state};
        struct ifla_vf_trust trust = {n, f->trust};
        memcpy(mac.mac, f->mac, 6);
        put(&at, IFLA_VF_MAC, &mac, sizeof mac);
        put(&at, IFLA_VF_VLAN, &vlan, sizeof vlan);
        put(&at, IFLA_VF_RATE, &rate, sizeof rate);
        put(&at, IFLA_VF_SPOOFCHK, &spoofchk, sizeof spoofchk);
        put(&at, IFLA_VF_LINK_STATE, &state, sizeof state);
        put(&at, IFLA_VF_TRUST, &trust, sizeof trust);
        vlans = put(&at, IFLA_VF_VLAN_LIST, NULL, 0);
        put(&at, IFLA_VF_VLAN_INFO, &more, sizeof more);
        nested(vlans, at);
        nested(info, at);
    }
    nested(list, at);
    return (size_t)(at - to);
}

/* One setting, as the driver takes it. */
static void take(const struct rtattr *a)
{
    const uint32_t *u = (const uint32_t *)RTA_DATA(a);
    function *f;
    uint16_t protocol;
    if ((a->rta_type & NLA_TYPE_MASK) == IFLA_VF_VLAN_LIST) {
        a = (const struct rtattr *)RTA_DATA(a);
        u = (const uint32_t *)RTA_DATA(a);
        f = &card->vf[u[0] & 1];
        memcpy(&protocol, u + 3, 2);
        f->vlan[0] = u[1];
        f->vlan[1] = u[2];
        f->vlan[2] = ntohs(protocol);
        return;
    }
    f = &card->vf[u[0] & 1];
    switch (a->rta_type) {
    case IFLA_VF_MAC: memcpy(f->mac, u + 1, 6); break;
    case IFLA_VF_RATE: memcpy(f->rate, u + 1, 8); break;
    case IFLA_VF_SPOOFCHK: f->spoofchk = u[1]; break;
    case IFLA_VF_LINK_STATE: f->link_state = u[1]; break;
    case IFLA_VF_TRUST: f->trust = u[1]; break;
    default: CHECK_FAIL("a setting %d that no driver has", a->rta_type);
    }
}

static struct rtattr *attr_of(const struct nlmsghdr *h, int type)
{
    struct rtattr *a;
    const size_t head = NLMSG_LENGTH(sizeof(struct ifinfomsg));
    if (h->nlmsg_len < head) {
        return NULL;
    }
    DUMP_EACH(a, (const char *)h + head, h->nlmsg_len - head) {
        if ((a->rta_type & NLA_TYPE_MASK) == type) {
            return a;
        }
    }
    return NULL;
}

/* Settings are taken one by one until the driver refuses one (net/core/rtnetlink.c do_setvfinfo),
 * and the kernel gets a request that changes nothing, or that it does not know. */
static ssize_t below_send(int fd, const struct msghdr *msg, int flags)
{
    const struct nlmsghdr *h = msg->msg_iov[0].iov_base;
    struct rtattr *list, *a;
    unsigned char copy[32];
    struct iovec vec = {copy, sizeof copy};
    struct msghdr instead_of = *msg;
    struct nlmsghdr *empty = (struct nlmsghdr *)(void *)copy;
    const uint32_t *mask;
    if (shim_protocol_is_nf(fd) || msg->msg_iov[0].iov_len < sizeof copy) {
        return __real_sendmsg(fd, msg, flags);
    }
    a = h->nlmsg_type == RTM_GETLINK ? attr_of(h, IFLA_EXT_MASK) : NULL;
    mask = a ? (const uint32_t *)RTA_DATA(a) : NULL;
    card->asked = mask && (*mask & RTEXT_FILTER_VF) != 0;
    list = h->nlmsg_type == RTM_SETLINK ? attr_of(h, IFLA_VFINFO_LIST) : NULL;
    if (!list) {
        return __real_sendmsg(fd, msg, flags);
    }
    memcpy(copy, h, sizeof copy);
    empty->nlmsg_len = sizeof copy;
    list = (struct rtattr *)RTA_DATA(list);
    DUMP_EACH(a, RTA_DATA(list), RTA_PAYLOAD(list)) {
        if (++card->set == card->fail) {
            empty->nlmsg_type = 4000;
            break;
        }
        take(a);
    }
    instead_of.msg_iov = &vec;
    (void)!__real_sendmsg(fd, &instead_of, flags);
    return (ssize_t)msg->msg_iov[0].iov_len;
}

static ssize_t below_receive(int fd, struct msghdr *msg, int flags)
{
    const ssize_t got = __real_recvmsg(fd, msg, flags);
    struct nlmsghdr *h = msg->msg_iov[0].iov_base;
    size_t more;
    if (got < (ssize_t)sizeof *h || !card->asked || h->nlmsg_type != RTM_NEWLINK) {
        return got;
    }
    more = tell((unsigned char *)h + got);
    h->nlmsg_len += (uint32_t)more;
    return got + (ssize_t)more;
}

/* ---- the VIF --------------------------------------------------------------------------------- */

static bool tree(void)
{
    strcpy(root, "/tmp/vif-vf.XXXXXX");
    if (!mkdtemp(root) || atexit(remove_tree) != 0) {
        return false;
    }
    snprintf(state, sizeof state, "%s/state", root);
    return sh("p=%s/bus/pci/devices && mkdir -p $p/0000:03:00.0/net/eth1 $p/0000:03:10.0 $p/" VF
              " && ln -s /sys/class %s/class && cd $p && for n in 0 1; do "
              "ln -s ../0000:03:10.$n 0000:03:00.0/virtfn$n && ln -s ../0000:03:00.0 "
              "0000:03:10.$n/physfn; done && for d in *; do echo PCI_SLOT_NAME=$d >$d/uevent; done",
              root, root) == 0;
}

static bool started(void)
{
    shim_send = __real_sendmsg;
    shim_receive = __real_recvmsg;
    if (!card) {
        card = mmap(NULL, sizeof *card, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    }
    if (card == MAP_FAILED || (root[0] == '\0' && !tree())) {
        return false;
    }
    clean();
    uplink("eth1");
    DO("ip link set eth1 up");
    memset(card, 0, sizeof *card);
    memcpy(card->vf, as_found, sizeof as_found);
    shim_send = below_send;
    shim_receive = below_receive;
    memset(&s, 0, sizeof s);
    vif_object_init(&s.vif, VIF_CLASS_VIFHostDevice);
    scene_network(&s);
    s.network.vlan = vif_int_of(101);
    s.vif.base.plugin = "hostdev";
    s.vif.host_device.dev_type = VIF_DEV_ETHERNET;
    s.vif.host_device.dev_address = VF;
    s.options.vf_vlan_qos = 3;
    s.options.vf_spoofchk = VIF_FALSE;
    s.options.vf_trust = VIF_TRUE;
    s.options.vf_max_rate_mbps = vif_u32_of(100);
    s.options.vf_link_state = VIF_LINK_STATE_UP;
    return opened();
}

static void is_plugged(void)
{
    const function want = {{0x22, 0x52, 0x25, 0x62, 0xe2, 0xaa}, {101, 3, 0x8100}, {0, 100}, 0, 1,
                           1};
    CHECK(memcmp(&card->vf[1], &want, sizeof want) == 0);
    CHECK(memcmp(&card->vf[0], &as_found[0], sizeof want) == 0);
}

static void is_unplugged(void)
{
    CHECK(memcmp(card->vf, as_found, sizeof as_found) == 0);
    sh("ls -A %s 2>/dev/null", state);
    CHECK_STR(sh_text, "");
}

TEST(plug_check_and_unplug)
{
    vif_difference d[4];
    size_t count;
    REQUIRE(started());
    OK(plug());
    is_plugged();
    OK(check_with(&s.options, d, 4, &count, &err));
    OK(plug());
    OK(unplug());
    is_unplugged();
    OK(unplug());
    vif_host_close(&host);
}

/* The physical function's device has moved to another namespace: the note stays until it is back. A
 * driver that refuses what is restored, as the device is down. */
TEST(the_physical_function_is_elsewhere)
{
    REQUIRE(started());
    OK(plug());
    DO("mv %s/bus/pci/devices/0000:03:00.0/net/eth1 %s/eth1", root, root);
    CHECK_INT(unplug(), VIF_E_NO_INTERFACE);
    CHECK_HAS(err.where, "vf " VF);
    CHECK_HAS(err.text, "another network namespace");
    CHECK_INT(vif_unplug_id(&host, VIF_ID, &err), VIF_E_NO_INTERFACE);
    is_plugged();
    DO("mv %s/eth1 %s/bus/pci/devices/0000:03:00.0/net/eth1 && ip link set eth1 down", root, root);
    card->set = 0;
    card->fail = 1;
    CHECK(unplug() != VIF_OK);
    CHECK_HAS(err.text, "; eth1 is down");
    card->fail = 0;
    OK(unplug());
    is_unplugged();
    vif_host_close(&host);
}

/* The driver takes some settings of a request, and refuses one. What it has taken is taken back. */
TEST(each_setting_is_refused)
{
    vif_status st;
    REQUIRE(started());
    for (int k = 1; k == 1 || card->set >= k - 1; k++) {
        card->set = 0;
        card->fail = k;
        st = plug();
        CHECK((st == VIF_OK) == (card->set < k));
        if (st != VIF_OK) {
            is_unplugged();
        }
    }
    is_plugged();
    for (int k = 1; k < 20; k++) {
        OK(plug());
        card->set = 0;
        card->fail = k;
        st = unplug();
        card->fail = 0;
        CHECK((st == VIF_OK) == (card->set < k));
        OK(unplug());
        is_unplugged();
    }
    vif_host_close(&host);
}

TEST(each_request)
{
    REQUIRE(started());
    fault_at_each_call((killing){opened, is_plugged, is_unplugged, 0});
    vif_host_close(&host);
}

TEST(a_kill_at_each_call)
{
    REQUIRE(started());
    kill_at_each_call((killing){opened, is_plugged, is_unplugged, 0});
    vif_host_close(&host);
}

PLUG_MAIN
