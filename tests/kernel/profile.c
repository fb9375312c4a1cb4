/* SPDX-License-Identifier: MIT */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open,--wrap=read,--wrap=write */
/* flags: -Wl,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt */
/* Port profiles of a macvtap. 802.1Qbg: lldpad is a child of this process, which answers as it is
 * told to; tests/kernel/lldpad.sh has the real one. 802.1Qbh: the kernel's own refusal. */
#include "kernel/plug.h"
#include <sys/mman.h>

#define PID_FILE "/var/run/lldpad.pid"

static char root[64];

/* How it answers, and what it was asked; shared with the child. */
static struct mock {
    int error, busy;                    /* of each request; of the first so many: EBUSY */
    int code;                           /* the response of the switch; -1: none */
    bool silent, deaf;                  /* no answer at all; no answer to looks */
    int late;                           /* looks before the response is there, or the VSI gone */
    int requests[16], count, looks;
    unsigned char first[256];
    size_t first_len;
} *mock;
static pid_t mock_pid;

static void put(unsigned char *to, size_t *len, unsigned type, const void *data, size_t size)
{
    const uint16_t head[2] = {(uint16_t)(4 + size), (uint16_t)type};
    memcpy(to + *len, head, 4);
    memcpy(to + *len + 4, data, size);
    *len += (4 + size + 3) & ~(size_t)3;
}

static const unsigned char uuid[16] = {0x09, 0xb1, 0x1c, 0x53, 0x8b, 0x5c, 0x4e, 0xeb,
                                       0x8f, 0x00, 0xd8, 0x4e, 0xaa, 0x0a, 0xaa, 0x4f};

/* The list of VSIs, in an NLMSG_DONE: another one's first, which failed; then perhaps ours. */
static size_t list(unsigned char *to, bool there, int code)
{
    unsigned char ports[256], port[64], other[16] = {9};
    size_t len = 16, all = 0, one = 0;
    const int32_t self = -1;
    uint16_t response = 4;
    put(port, &one, 4, other, 16);
    put(port, &one, 1, &self, 4);
    put(port, &one, 7, &response, 2);
    put(ports, &all, 1, port, one);
    if (there) {
        one = 0;
        response = (uint16_t)code;
        put(port, &one, 4, uuid, 16);
        put(port, &one, 1, &self, 4);
        if (code >= 0) {
            put(port, &one, 7, &response, 2);
        }
        put(ports, &all, 1, port, one);
    }
    memset(to, 0, 16);
    put(to, &len, 24, ports, all);
    return len;
}

static int last_request(const unsigned char *data, size_t len)
{
    for (size_t i = 0; i + 5 <= len; i += 4) {
        if (memcmp(data + i, "\x05\0\x06\0", 4) == 0) {
            return data[i + 4];
        }
    }
    return -1;
}

static void mock_run(int fd)
{
    bool there = false, wanted = false;
    int late = 0;
    for (;;) {
        unsigned char got[4096], answer[600] = {0};
        struct sockaddr_nl from;
        socklen_t from_len = sizeof from;
        const ssize_t n = recvfrom(fd, got, sizeof got, 0, (struct sockaddr *)&from, &from_len);
        struct nlmsghdr *h = (struct nlmsghdr *)answer;
        size_t len = 16;
        if (n < 16) {
            return;
        }
        memcpy(answer, got, 16);
        if (((struct nlmsghdr *)got)->nlmsg_type == RTM_SETLINK) {
            const int request = last_request(got, (size_t)n);
            int error = mock->count < mock->busy ? EBUSY : mock->error;
            if (mock->count == 0) {
                memcpy(mock->first, got, mock->first_len = (size_t)n);
            }
            mock->requests[mock->count++ % 16] = request;
            if (error == 0 && request == VIF_PORT_DISASSOCIATE && !there) {
                error = EINVAL;
            }
            if (error == 0) {
                wanted = request != VIF_PORT_DISASSOCIATE;
                there = true;
                late = mock->late;
            }
            error = -error;
            h->nlmsg_type = NLMSG_ERROR;
            memcpy(answer + 16, &error, 4);
            memcpy(answer + 20, got, 16);
            len = 36;
        } else {
            mock->looks++;
            if (late > 0) {
                late--;
            } else if (!wanted) {
                there = false;
            }
            h->nlmsg_type = NLMSG_DONE;
            len = 16 + list(answer + 16, there, late > 0 && wanted ? -1 : mock->code);
        }
        h->nlmsg_len = (uint32_t)len;
        if (!mock->silent && !(mock->deaf && h->nlmsg_type == NLMSG_DONE)) {
            sendto(fd, answer, len, 0, (struct sockaddr *)&from, sizeof from);
        }
    }
}

static void mock_stop(void)
{
    if (mock_pid > 0) {
        kill(mock_pid, SIGKILL);
        waitpid(mock_pid, NULL, 0);
        mock_pid = 0;
    }
    unlink(PID_FILE);
}

static bool mock_start(void)
{
    char text[33] = "";
    int ready[2];
    char c;
    mock_stop();
    memset(mock, 0, sizeof *mock);
    mock->late = 1;
    if (pipe(ready) != 0) {
        return false;
    }
    mock_pid = fork();
    if (mock_pid == 0) {
        struct sockaddr_nl at = {.nl_family = AF_NETLINK, .nl_pid = (uint32_t)getpid()};
        const int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && write(ready[1], "r", 1) == 1) {
            mock_run(fd);
        }
        _exit(1);
    }
    close(ready[1]);
    c = '\0';
    (void)!read(ready[0], &c, 1);
    close(ready[0]);
    snprintf(text, sizeof text, "%d\n", (int)mock_pid);
    const int fd = open(PID_FILE, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const bool written = fd >= 0 && write(fd, text, 32) == 32;   /* NULs behind it, as lldpad's */
    close(fd);
    return c == 'r' && written;
}

static bool opened(void)
{
    vif_host_desc d = vif_host_desc_default();
    d.options = &s.options;
    d.sys_root = root;
    d.state_dir = root;
    memset(&host, 0, sizeof host);
    return vif_host_open(&host, &d, &err) == VIF_OK;
}

static bool started(void)
{
    clean();
    uplink("eth1");
    DO("ip link set eth1 up");
    if (root[0] == '\0') {
        mock = mmap(NULL, sizeof *mock, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        strcpy(root, "/tmp/vif-profile.XXXXXX");
        if (mock == MAP_FAILED || !mkdtemp(root) ||
            mount("tmpfs", "/run", "tmpfs", 0, NULL) != 0) {
            return false;
        }
        DO("mkdir -p %s/bus/pci/devices/0000:03:00.0/net/eth1 && ln -s /sys/class %s/class", root,
           root);
    }
    memset(&s, 0, sizeof s);
    vif_object_init(&s.vif, VIF_CLASS_VIFDirect);
    scene_network(&s);
    s.vif.direct.vif_name = "pp0";
    s.vif.direct.dev_address = "0000:03:00.0";
    s.vif.direct.mode = VIF_DIRECT_VEPA;
    s.options.direct_queues = vif_u32_of(0);
    vif_object_init(&s.profile, VIF_CLASS_VIFPortProfile8021Qbg);
    s.profile.qbg.manager_id = vif_int_of(11);
    s.profile.qbg.type_id = vif_int_of(0x123456);
    s.profile.qbg.type_id_version = vif_int_of(2);
    s.profile.qbg.instance_id = "09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f";
    s.vif.base.port_profile = &s.profile;
    dump_host(&was);
    return mock_start() && opened();
}
#define START() \
    do { REQUIRE(started()); \
         if (sh("ip link add link eth1 name probe0 type macvtap mode bridge && " \
                "ip link del probe0") != 0) { SKIP("no macvtap"); } } while (0)
#define STOP() do { vif_host_close(&host); mock_stop(); } while (0)

/* linux/if_link.h and what lldpad wants of it: name, VFINFO_LIST{VF_INFO{MAC, VLAN}},
 * VF_PORTS{VF_PORT{VSI_TYPE, INSTANCE_UUID, REQUEST}}. */
static void golden(const unsigned char *data, size_t len)
{
    static const unsigned char want[] =
        "\x09\0\x03\0" "eth1\0\0\0\0"
        "\x40\0\x16\x80" "\x3c\0\x01\x80"
        "\x28\0\x01\0" "\xff\xff\xff\xff" "\x22\x52\x25\x62\xe2\xaa" "\0\0\0\0\0\0\0\0\0\0"
        "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
        "\x10\0\x02\0" "\xff\xff\xff\xff" "\0\0\0\0" "\0\0\0\0"
        "\x30\0\x18\x80" "\x2c\0\x01\x80"
        "\x0c\0\x03\0" "\x0b\x56\x34\x12\x02\0\0\0"
        "\x14\0\x04\0" "\x09\xb1\x1c\x53\x8b\x5c\x4e\xeb\x8f\x00\xd8\x4e\xaa\x0a\xaa\x4f"
        "\x05\0\x06\0" "\x02\0\0\0";
    CHECK_INT(len, 32 + sizeof want - 1);
    CHECK(len == 32 + sizeof want - 1 && memcmp(data + 32, want, sizeof want - 1) == 0);
}

TEST(associated_and_let_go)
{
    vif_difference d[8];
    size_t count;
    START();
    OK(plug());
    CHECK_INT(mock->count, 1);
    CHECK_INT(mock->requests[0], VIF_PORT_ASSOCIATE);
    golden(mock->first, mock->first_len);
    CHECK_HAS(show("link show", "pp0"), ",UP");
    OK(plug());
    OK(check_with(&s.options, d, 8, &count, &err));
    CHECK_INT(mock->count, 1);
    OK(unplug());
    CHECK_INT(mock->count, 2);
    CHECK_INT(mock->requests[1], VIF_PORT_DISASSOCIATE);
    CHECK(same_host());
    OK(unplug());
    CHECK_INT(mock->count, 2);
    STOP();
}

TEST(announced_before_the_guest_comes)
{
    START();
    s.options.direct_down = VIF_TRUE;
    OK(plug());
    OK(plug());
    CHECK_INT(mock->count, 1);
    CHECK_INT(mock->requests[0], VIF_PORT_PREASSOCIATE);
    s.options.direct_down = VIF_FALSE;
    OK(plug());
    CHECK_INT(mock->count, 2);
    CHECK_INT(mock->requests[1], VIF_PORT_ASSOCIATE);
    OK(unplug());
    CHECK(same_host());
    STOP();
}

/* What lldpad answers, in words; nothing is left. */
TEST(refused_by_lldpad)
{
    static const struct {
        int error;
        const char *words;
    } all[] = {{EPROTONOSUPPORT, "lldpad has no EVB, or no VDP"}, {ENXIO, "not ready for VDP"},
               {EOPNOTSUPP, "nor a VDP station"}, {ENODEV, ""}, {EINVAL, ""}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        START();
        mock->error = all[i].error;
        CHECK(plug() != VIF_OK);
        CHECK_HAS(err.text, all[i].words);
        CHECK(strstr(err.text, "left behind") == NULL);
        CHECK_HAS(err.where, "profile eth1");
        CHECK(same_host());
        STOP();
    }
}

TEST(refused_by_the_switch)
{
    static const struct {
        int code;
        const char *words;
    } all[] = {{1, "invalid format"}, {2, "insufficient resources"}, {3, "unused VTID"},
               {4, "VTID violation"}, {5, "VTID version violation"}, {6, "out of sync"},
               {0x102, "invalid"}, {0x103, "bad state"}, {0x105, "error"}, {77, "(77)"}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        START();
        mock->code = all[i].code;
        CHECK_INT(plug(), VIF_E_UNSUPPORTED);
        CHECK_HAS(err.text, "the switch refuses the profile");
        CHECK_HAS(err.text, all[i].words);
        CHECK(strstr(err.text, "left behind") == NULL);
        CHECK(same_host());
        STOP();
    }
    START();
    mock->code = 0x100;                 /* PORT_PROFILE_RESPONSE_SUCCESS */
    OK(plug());
    STOP();
}

/* lldpad is at something else: asked again, until the deadline. */
TEST(busy_for_a_while)
{
    START();
    mock->busy = 3;
    OK(plug());
    CHECK_INT(mock->count, 4);
    STOP();
    START();
    s.options.profile_timeout_ms = 1000;
    mock->busy = 1000;
    CHECK(plug() != VIF_OK);
    CHECK_HAS(err.text, "an earlier request is still under way");
    CHECK(same_host());
    STOP();
}

TEST(no_answer)
{
    START();
    s.options.profile_timeout_ms = 60;
    mock->code = -1;                    /* the switch says nothing */
    CHECK_INT(plug(), VIF_E_TIMEOUT);
    CHECK_HAS(err.text, "the switch has not answered");
    CHECK(strstr(err.text, "left behind") == NULL);
    CHECK(same_host());
    mock->silent = true;
    CHECK_INT(plug(), VIF_E_TIMEOUT);
    CHECK_HAS(err.text, "lldpad does not answer");
    CHECK_HAS(err.text, "left behind: profile eth1");   /* for all that is known */
    CHECK(same_host());
    STOP();
}

TEST(no_lldpad)
{
    START();
    mock_stop();
    CHECK(plug() != VIF_OK);
    CHECK_HAS(err.text, "no lldpad runs: it has no pid file");
    CHECK(same_host());
    REQUIRE(mock_start());
    kill(mock_pid, SIGKILL);
    waitpid(mock_pid, NULL, 0);
    mock_pid = 0;
    CHECK(plug() != VIF_OK);
    CHECK_HAS(err.text, "no lldpad runs in this network namespace");
    CHECK(same_host());
    REQUIRE(mock_start());
    OK(plug());
    mock_stop();                        /* what it knew is gone with it */
    OK(unplug());
    CHECK(same_host());
    STOP();
}

/* A pid file that names no lldpad: what was not asked for is not left behind, and what was is not
 * taken for released. */
TEST(a_pid_file_that_is_none)
{
    static const struct {
        const char *make, *words;
    } all[] = {{"echo lldpad >" PID_FILE, "has no number"}, {": >" PID_FILE, "has no number"},
               {"ln -sf lldpad.pid " PID_FILE, "too many symbolic links: " PID_FILE}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        START();
        DO("%s", all[i].make);
        CHECK(plug() != VIF_OK);
        CHECK_HAS(err.text, all[i].words);
        CHECK(strstr(err.text, "left behind") == NULL);
        CHECK(same_host());
        OK(unplug());
        CHECK_INT(mock->count, 0);
        REQUIRE(mock_start());
        OK(plug());
        DO("mv %s /run/kept && %s", PID_FILE, all[i].make);
        CHECK(unplug() != VIF_OK);
        CHECK_HAS(err.text, all[i].words);
        CHECK_INT(mock->count, 1);
        DO("mv -T /run/kept %s", PID_FILE);
        OK(unplug());
        CHECK_INT(mock->requests[1], VIF_PORT_DISASSOCIATE);
        CHECK(same_host());
        STOP();
    }
}

/* While the switch takes its time another VIF is plugged, and a cancelled one is taken back. */
TEST(others_go_on)
{
    vif_subject two[2];
    vif_result results[2];
    vif_job_desc d;
    vif_job job;
    scene tap;
    START();
    mock->code = -1;
    scene_tap(&tap);
    tap.vif.base.id = "00000000-0000-4000-8000-000000000002";
    memset(&d, 0, sizeof d);
    memset(two, 0, sizeof two);
    two[0].vif = &s.vif;
    two[1].vif = &tap.vif;
    two[0].options = two[1].options = &s.options;
    d.verb = VIF_PLUG;
    d.subjects = two;
    d.count = 2;
    d.results = results;
    OK(vif_job_start(&job, &host, &d, &err));
    while (job.done < 1 && vif_job_step(&job)) {
    }
    for (int i = 0; i < 10; i++) {
        CHECK(vif_job_step(&job));
    }
    CHECK_INT(job.done, 1);
    vif_job_cancel(&job);
    while (vif_job_step(&job)) {
    }
    CHECK_INT(results[0].status, VIF_E_CANCELED);
    CHECK_INT(mock->requests[mock->count - 1], VIF_PORT_DISASSOCIATE);
    CHECK(!exists("pp0"));
    STOP();
}

TEST(a_driver_without_profiles)
{
    START();
    vif_object_init(&s.profile, VIF_CLASS_VIFPortProfile8021Qbh);
    s.profile.qbh.profile_id = "finance";
    CHECK_INT(plug(), VIF_E_UNSUPPORTED);
    CHECK_HAS(err.text, "neither a driver for that");
    CHECK_INT(err.sys_errno, EOPNOTSUPP);
    CHECK(same_host());
    CHECK_INT(mock->count, 0);
    STOP();
}

/* 802.1Qbh as it goes to a driver: of the device itself, or of a virtual function. */
TEST(messages_of_8021qbh)
{
    unsigned char mem[512];
    vif_nl_port p;
    vif_buf buf;
    memset(&p, 0, sizeof p);
    p.index = 7;
    p.vf = -1;
    p.has_mac = p.has_host = true;
    memcpy(p.mac, "\x22\x52\x25\x62\xe2\xaa", 6);
    p.profile = "finance";
    memcpy(p.instance, uuid, 16);
    memset(p.host, 7, 16);
    vif_buf_init(&buf, mem, sizeof mem);
    vif_nl_put_port(&buf, &p, VIF_PORT_ASSOCIATE);
    CHECK_INT(buf.len, 32 + 4 + 12 + 20 + 20 + 8);
    CHECK(memcmp(mem + 32, "\x40\0\x19\x80\x0c\0\x02\0finance\0\x14\0\x04\0", 20) == 0);
    CHECK(memcmp(mem + 88, "\x05\0\x06\0\x02", 5) == 0);
    vif_buf_init(&buf, mem, sizeof mem);
    p.vf = 3;
    vif_nl_put_port(&buf, &p, VIF_PORT_PREASSOCIATE_RR);
    CHECK_INT(buf.len, 32 + 48 + 4 + 4 + 8 + 12 + 20 + 20 + 8);
    CHECK(memcmp(mem + 32, "\x30\0\x16\x80\x2c\0\x01\x80\x28\0\x01\0\x03\0\0\0\x22\x52", 18) == 0);
    CHECK(memcmp(mem + 80, "\x4c\0\x18\x80\x48\0\x01\x80\x08\0\x01\0\x03\0\0\0\x0c\0\x02\0", 20)
          == 0);
    vif_buf_init(&buf, mem, sizeof mem);
    p.vf = 3;
    vif_nl_put_port(&buf, &p, VIF_PORT_DISASSOCIATE);   /* which function is enough */
    CHECK_INT(buf.len, 32 + 4 + 4 + 8 + 8);
    CHECK(memcmp(mem + 32, "\x18\0\x18\x80\x14\0\x01\x80\x08\0\x01\0\x03\0\0\0\x05\0\x06\0\x03",
                 21) == 0);
}

TEST(answers_of_any_sort)
{
    static const unsigned char self[] = "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
        "\x0c\0\x19\0" "\x06\0\x07\0\x01\x01\0\0";
    vif_nl_msg msg;
    vif_nl_port p;
    memset(&msg, 0, sizeof msg);
    memset(&p, 0, sizeof p);
    p.vf = -1;
    for (size_t len = 0; len < sizeof self; len++) {    /* cut anywhere: never more than is there */
        unsigned char *copy = malloc(len + 1);
        memcpy(copy, self, len);
        msg.data = copy;
        msg.len = len;
        CHECK_INT(vif_nl_port_response(&msg, &p), len >= 28 ? VIF_PORT_UNDER_WAY : VIF_PORT_ABSENT);
        free(copy);
    }
}

int main(int argc, char **argv)
{
    int result;
    shim_start(FAULT_NONE, 0, 0);
    shim_stop();
    if (!ns_enter()) {
        puts("skip all: no user and network namespaces here");
        return 0;
    }
    result = check_main(argc, argv);
    return result;
}
