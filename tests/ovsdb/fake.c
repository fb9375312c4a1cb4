/* SPDX-License-Identifier: MIT
 * The POSIX shell of vif_ovsdb.h against a peer of ours on a socket pair or a listening socket, for
 * what a real server does not do when asked: bytes one at a time, a full socket, signals, sudden
 * ends. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#define VIF_IMPLEMENTATION
#include "vif_ovsdb.h"
#include "check.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

static char in[4096], out[2048], dir[] = "/tmp/vif-fake-XXXXXX", path[100], remote[300];
static vif_ovsdb db;
static vif_error err;
static vif_ovsdb_event ev;
static int peer;

/* A request and its reply, once the connection is there. */
static vif_status ask_for(vif_ovsdb *c, const char *method, const char *params, int64_t deadline)
{
    int64_t id = 0;
    vif_status st = vif_ovsdb_ready(c, deadline, &err);
    st = st == VIF_OK ? vif_ovsdb_send(c, method, params, &id, &err) : st;
    return st == VIF_OK ? vif_ovsdb_await(c, id, deadline, &ev, &err) : st;
}

static vif_ovsdb_desc defaults(void)
{
    vif_ovsdb_desc desc = vif_ovsdb_desc_default();
    desc.in = in;
    desc.in_cap = sizeof in;
    desc.out = out;
    desc.out_cap = sizeof out;
    return desc;
}

static int adopt(void)
{
    int two[2];
    vif_ovsdb_desc desc = defaults();
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, two), 0);
    peer = two[1];
    desc.fd = vif_fd_of(two[0]);
    CHECK_INT(vif_ovsdb_open(&db, &desc, &err), VIF_OK);
    return two[0];
}

static void say(const char *s)
{
    CHECK_INT(write(peer, s, strlen(s)), strlen(s));
}

static vif_status ask(int64_t ms)
{
    memset(&err, 0, sizeof err);
    return ask_for(&db, "x", "[]", vif_ovsdb_now(&db) + ms);
}

TEST(adopted_socket_blocks_nobody_and_stays_open)
{
    const int fd = adopt();
    say("{\"id\":7,\"result\":[]}{\"id\":1,\"result\":[7]}");
    CHECK_INT(ask(1000), VIF_OK);       /* the other one is a stranger */
    CHECK_INT(db.count.strangers, 1);
    CHECK_INT(ask(20), VIF_E_UNKNOWN);
    CHECK_HAS(err.text, "no reply in time");
    say("{\"id\":2,\"result\":[]}");   /* too late: what comes now is nobody's */
    CHECK_INT(ask(1000), VIF_E_SYSTEM);
    CHECK_HAS(err.text, "no answer in time");
    CHECK_INT(vif_ovsdb_step(&db, 0, &ev), VIF_OVSDB_CLOSED);
    CHECK_INT(vif_ovsdb_reconnect(&db, 0), VIF_E_UNSUPPORTED);
    vif_ovsdb_close(&db);
    vif_ovsdb_close(&db);
    CHECK(fcntl(fd, F_GETFD) >= 0);     /* T20: the caller's */
    close(fd);
    close(peer);
}

TEST(t20_nothing_is_done_with_the_number_of_a_closed_fd)
{
    struct sockaddr_un addr;
    vif_ovsdb_desc desc = defaults();
    int listener, fd, other;
    memset(&addr, 0, sizeof addr);
    addr.sun_family = AF_UNIX;
    memcpy(addr.sun_path, path, strlen(path));
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(bind(listener, (struct sockaddr *)&addr, sizeof addr) == 0 && listen(listener, 5) == 0);
    desc.remote = remote;
    CHECK_INT(vif_ovsdb_open(&db, &desc, &err), VIF_OK);
    fd = db.priv.fd;
    CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0 && (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    peer = accept(listener, NULL, NULL);
    close(peer);
    CHECK_INT(ask(1000), VIF_E_SYSTEM);
    CHECK_INT(vif_ovsdb_run(&db, true, true, 0), VIF_E_SYSTEM);
    other = fcntl(0, F_DUPFD, fd);      /* the number is somebody else's now */
    CHECK_INT(other, fd);
    CHECK_INT(vif_ovsdb_want(&db, 0).fd, -1);
    while (vif_ovsdb_step(&db, 0, &ev) != VIF_OVSDB_NOTHING) {
    }
    CHECK_INT(vif_ovsdb_reconnect(&db, 0), VIF_OK);
    CHECK_INT(vif_ovsdb_ready(&db, 1000, &err), VIF_OK);
    CHECK(db.priv.fd != other && fcntl(other, F_GETFD) >= 0);
    vif_ovsdb_close(&db);
    CHECK(fcntl(other, F_GETFD) >= 0);
    close(other);
    close(listener);
    unlink(path);
}

/* 1, 2, 4, 8, 8 s behind the attempt before, and at once after a connection that worked. */
TEST(backoff)
{
    static const int64_t waits[] = {0, 1000, 2000, 4000, 8000, 8000};
    vif_ovsdb_desc desc = defaults();
    int64_t now = 100000;
    desc.remote = remote;
    CHECK_INT(vif_ovsdb_open(&db, &desc, &err), VIF_E_SYSTEM);
    CHECK_INT(err.sys_errno, ENOENT);
    CHECK_HAS(err.text, path);
    db.priv.dial_at = now;
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        while (vif_ovsdb_step(&db, now, &ev) != VIF_OVSDB_NOTHING) {
        }
        CHECK_INT(vif_ovsdb_reconnect(&db, now), VIF_OK);
        CHECK_INT(vif_ovsdb_reconnect(&db, now), VIF_OK);
        CHECK_INT(vif_ovsdb_want(&db, now).deadline_ms, now + waits[i]);
        if (waits[i] > 0) {
            CHECK_INT(vif_ovsdb_run(&db, false, false, now + waits[i] - 1), VIF_OK);
        }
        now += waits[i];
        CHECK_INT(vif_ovsdb_run(&db, false, false, now), VIF_E_SYSTEM);
    }
    vif_ovsdb_close(&db);
}

/* A listening socket; bit is added to the path, so that there can be several. */
static int listener(char bit, char name[200])
{
    struct sockaddr_un addr;
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(name, 200, "%s%c", path, bit);
    memset(&addr, 0, sizeof addr);
    addr.sun_family = AF_UNIX;
    memcpy(addr.sun_path, name, strlen(name));
    CHECK(bind(fd, (struct sockaddr *)&addr, sizeof addr) == 0 && listen(fd, 5) == 0);
    return fd;
}

static vif_ovsdb_event_type step_at(int64_t now)
{
    (void)vif_ovsdb_run(&db, true, true, now);
    return vif_ovsdb_step(&db, now, &ev);
}

/* The first accepts and says nothing: it has a second. The last one is taken as it is. */
TEST(a_silent_remote_is_passed_over)
{
    char name[2][200], both[420];
    const int first = listener('1', name[0]), last = listener('2', name[1]);
    vif_ovsdb_desc desc = defaults();
    const int64_t start = 1000000;      /* a clock that the connection hears of only now */
    snprintf(both, sizeof both, "unix:%s,unix:%s", name[0], name[1]);
    desc.remote = both;
    CHECK_INT(vif_ovsdb_open(&db, &desc, &err), VIF_OK);
    CHECK_INT(step_at(start), VIF_OVSDB_NOTHING);
    CHECK_INT(step_at(start), VIF_OVSDB_NOTHING);
    CHECK_INT(vif_ovsdb_want(&db, start).deadline_ms, start + 1000);
    CHECK_INT(step_at(start + 999), VIF_OVSDB_NOTHING);
    CHECK_INT(vif_ovsdb_ready(&db, 0, &err), VIF_E_TIMEOUT);
    CHECK_HAS(err.text, name[0]);
    CHECK_INT(step_at(start + 1000), VIF_OVSDB_NOTHING);
    CHECK_INT(vif_ovsdb_want(&db, start + 1000).deadline_ms, start + 1000);
    CHECK_INT(step_at(start + 1000), VIF_OVSDB_CONNECTED);
    CHECK_INT(db.error.status, VIF_OK);
    CHECK_STR(db.error.text, "");
    peer = accept(last, NULL, NULL);
    CHECK(peer >= 0);
    vif_ovsdb_close(&db);
    close(peer);
    close(first);
    close(last);
    unlink(name[0]);
    unlink(name[1]);
}

/* It says a word within its second: whatever it says, it is taken, and asked only once. */
TEST(a_remote_that_answers_is_kept)
{
    char name[200], both[420], got[100] = "";
    const int first = listener('1', name);
    vif_ovsdb_desc desc = defaults();
    snprintf(both, sizeof both, "unix:%s,unix:/nonesuch", name);
    desc.remote = both;
    CHECK_INT(vif_ovsdb_open(&db, &desc, &err), VIF_OK);
    CHECK_INT(step_at(5), VIF_OVSDB_NOTHING);
    peer = accept(first, NULL, NULL);
    CHECK(read(peer, got, sizeof got - 1) > 0);
    CHECK_STR(got, "{\"id\":1,\"method\":\"echo\",\"params\":[]}");
    CHECK_INT(vif_ovsdb_send(&db, "x", "[]", NULL, &err), VIF_E_BUSY);
    say("{\"id\":1,\"error\":\"what?\"}");
    CHECK_INT(step_at(2000), VIF_OVSDB_CONNECTED);      /* late, but it was there to be read */
    CHECK_INT(vif_ovsdb_want(&db, 2000).deadline_ms, INT64_MAX);
    CHECK_INT(db.count.strangers, 0);
    vif_ovsdb_close(&db);
    close(peer);
    close(first);
    unlink(name);
}

/* Each that failed is named, with the reason: one that is not there, one that is no socket, one
 * that goes without a word. */
TEST(every_remote_that_failed_is_named)
{
    char name[200], all[420];
    const int first = listener('1', name);
    vif_ovsdb_desc desc = defaults();
    snprintf(all, sizeof all, "unix:%s,unix:/nonesuch,tcp:127.0.0.1:1", name);
    desc.remote = all;
    CHECK_INT(vif_ovsdb_open(&db, &desc, &err), VIF_OK);
    close(accept(first, NULL, NULL));
    CHECK_INT(vif_ovsdb_ready(&db, 60000, &err), VIF_E_SYSTEM);
    snprintf(all, sizeof all, "cannot connect to unix:%s: the server closed the connection", name);
    CHECK_HAS(err.text, all);
    CHECK_HAS(err.text, "; unix:/nonesuch: no such file; tcp:127.0.0.1:1: refused");
    CHECK_INT(err.sys_errno, ECONNREFUSED);
    vif_ovsdb_close(&db);
    desc.remote = "unix:/dev/null,unix:/dev/null/x,unix:/nonesuch";
    CHECK_INT(vif_ovsdb_open(&db, &desc, &err), VIF_E_SYSTEM);
    CHECK_STR(err.text, "cannot connect to unix:/dev/null: refused; "
              "unix:/dev/null/x: not a directory; "
              "unix:/nonesuch: no such file");
    vif_ovsdb_close(&db);
    close(first);
    unlink(name);
}

/* A host that takes no connection and refuses none: nothing but time tells, whatever the caller
 * believes of the socket. */
TEST(tcp_that_never_connects)
{
    struct sockaddr_in addr;
    socklen_t len = sizeof addr;
    char both[100];
    int full[4];
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    vif_ovsdb_desc desc = defaults();
    memset(&addr, 0, sizeof addr);
    addr.sin_family = AF_INET;
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(bind(fd, (struct sockaddr *)&addr, sizeof addr) == 0 && listen(fd, 0) == 0);
    CHECK_INT(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
    for (size_t i = 0; i < 4; i++) {    /* its queue is full */
        full[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)connect(full[i], (struct sockaddr *)&addr, sizeof addr);
    }
    snprintf(both, sizeof both, "tcp:127.0.0.1:%d,unix:/nonesuch", ntohs(addr.sin_port));
    desc.remote = both;
    CHECK_INT(vif_ovsdb_open(&db, &desc, &err), VIF_OK);
    for (int64_t now = 0; now < 1000; now += 100) {
        CHECK_INT(step_at(now), VIF_OVSDB_NOTHING);
    }
    CHECK_INT(vif_ovsdb_ready(&db, 0, &err), VIF_E_TIMEOUT);
    CHECK_INT(step_at(1000), VIF_OVSDB_NOTHING);
    CHECK_INT(step_at(1000), VIF_OVSDB_CLOSED);
    both[strlen(both) - strlen(",unix:/nonesuch")] = 0;
    CHECK_HAS(db.error.text, both);
    CHECK_HAS(db.error.text, ": no answer; unix:/nonesuch: no such file");
    vif_ovsdb_close(&db);

    desc.remote = both;                 /* the only one is waited for, until somebody has enough */
    CHECK_INT(vif_ovsdb_open(&db, &desc, &err), VIF_OK);
    CHECK_INT(step_at(0), VIF_OVSDB_NOTHING);
    CHECK_INT(step_at(50000), VIF_OVSDB_NOTHING);
    vif_ovsdb_expire(&db);
    CHECK_INT(step_at(50000), VIF_OVSDB_CLOSED);
    CHECK_HAS(db.error.text, ": no answer in time");
    CHECK_HAS(db.error.text, both);
    CHECK_INT(vif_ovsdb_want(&db, 50000).fd, -1);
    vif_ovsdb_close(&db);
    for (size_t i = 0; i < 4; i++) {
        close(full[i]);
    }
    close(fd);
}

/* A peer over TCP that dies without a word is found out; over a unix socket the kernel says so. */
TEST(tcp_is_probed)
{
    struct sockaddr_in addr;
    socklen_t len = sizeof addr;
    char where[60];
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    vif_ovsdb_desc desc = defaults();
    memset(&addr, 0, sizeof addr);
    addr.sin_family = AF_INET;
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(bind(fd, (struct sockaddr *)&addr, sizeof addr) == 0 && listen(fd, 5) == 0);
    CHECK_INT(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
    snprintf(where, sizeof where, "tcp:127.0.0.1:%d", ntohs(addr.sin_port));
    desc.remote = where;
    CHECK_INT(vif_ovsdb_open(&db, &desc, &err), VIF_OK);
    CHECK_INT(vif_ovsdb_ready(&db, 1000, &err), VIF_OK);
    CHECK_INT(step_at(0), VIF_OVSDB_CONNECTED);
    CHECK_INT(step_at(0), VIF_OVSDB_NOTHING);
    CHECK_INT(vif_ovsdb_want(&db, 0).deadline_ms, 5000);
    CHECK_INT(step_at(5000), VIF_OVSDB_NOTHING);
    CHECK_INT(step_at(9999), VIF_OVSDB_NOTHING);
    CHECK_INT(step_at(10000), VIF_OVSDB_CLOSED);
    CHECK_HAS(db.error.text, "does not answer");
    vif_ovsdb_close(&db);
    desc.probe_ms = -1;
    CHECK_INT(vif_ovsdb_open(&db, &desc, &err), VIF_OK);
    CHECK_INT(vif_ovsdb_ready(&db, 1000, &err), VIF_OK);
    CHECK_INT(step_at(0), VIF_OVSDB_CONNECTED);
    CHECK_INT(vif_ovsdb_want(&db, 0).deadline_ms, INT64_MAX);
    vif_ovsdb_close(&db);
    close(fd);
}

TEST(remotes_that_are_none)
{
    static const char *const bad[] = {
        "", "unix:", "unix", "tcp:", "tcp:localhost:6640", "tcp:1.2.3.4:", "tcp:1.2.3.4:0",
        "tcp:1.2.3.4:65536", "tcp:1.2.3.4:66x", "tcp:::1:6640", "tcp:[::1", "tcp:[1.2.3.4]:1",
        "tcp:[::1]6640", "ssl:1.2.3.4:6640", "tcp:1.2.3.4:1,", "tcp:1.2.3.4/8:1", "tcp:[]:1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        vif_ovsdb_desc desc = defaults();
        desc.remote = bad[i];
        CHECK_INT(vif_ovsdb_open(&db, &desc, &err), VIF_E_INVAL);
        if (err.status != VIF_E_INVAL) {
            printf("# %s\n", bad[i]);
        }
        vif_ovsdb_close(&db);
    }
    vif_ovsdb_desc desc = defaults();
    CHECK_INT(vif_ovsdb_open(&db, &desc, &err), VIF_E_INVAL);
}

TEST(r7_26_paths_of_107_bytes_and_more)
{
    char name[400];
    for (size_t len = 106; len < 112; len++) {
        vif_ovsdb_desc desc = defaults();
        memset(name, 'x', sizeof name);
        memcpy(name, "unix:/", 6);
        name[5 + len] = 0;
        desc.remote = name;
        if (len <= 107) {
            CHECK_INT(vif_ovsdb_open(&db, &desc, &err), VIF_E_SYSTEM);
            CHECK_INT(err.sys_errno, ENOENT);
        } else {
            CHECK_INT(vif_ovsdb_open(&db, &desc, &err), VIF_E_INVAL);
            CHECK_HAS(err.text, "107 bytes");
        }
        vif_ovsdb_close(&db);
    }
}

/* ---- functions of the caller's that move bytes ---- */

static char given[4096], taken[4096];
static size_t given_len, given_at, taken_len;
static int script, calls, cut_at;

/* One byte at most, and now and then none: EAGAIN, EINTR. script 1: an error at call cut_at. */
static ptrdiff_t slow_read(void *user, void *to, size_t len)
{
    (void)user;
    CHECK(len > 0);
    if (script && calls == cut_at) {
        return script == 1 ? 0 : -ECONNRESET;
    }
    if (++calls % 3 != 0) {
        return calls % 3 == 1 ? -EAGAIN : -EINTR;
    }
    if (given_at == given_len) {
        return -EAGAIN;
    }
    memcpy(to, given + given_at++, 1);
    return 1;
}

static ptrdiff_t slow_write(void *user, const void *from, size_t len)
{
    (void)user;
    CHECK(len > 0);
    if (script && calls == cut_at) {
        return script == 1 ? 0 : -EPIPE;
    }
    if (++calls % 3 != 0) {
        return calls % 3 == 1 ? -EAGAIN : -EINTR;
    }
    memcpy(taken + taken_len++, from, 1);
    return 1;
}

static void carry(int how, int at)
{
    vif_ovsdb_desc desc = defaults();
    script = how;
    calls = 0;
    cut_at = at;
    taken_len = given_at = 0;
    strcpy(given, "{\"method\":\"echo\",\"id\":\"e\",\"params\":[]}{\"id\":1,\"result\":[1]}");
    given_len = strlen(given);
    desc.fd = vif_fd_of(peer);        /* always readable and writable */
    desc.read = slow_read;
    desc.write = slow_write;
    CHECK_INT(vif_ovsdb_open(&db, &desc, &err), VIF_OK);
}

TEST(t14_short_reads_and_writes_and_eagain)
{
    int two[2];
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, two), 0);
    CHECK_INT(write(two[1], "x", 1), 1);
    peer = two[0];
    carry(0, 0);
    CHECK_INT(ask_for(&db, "x", "[]", 10000), VIF_OK);
    CHECK_INT(ev.result.len, 3);
    while (vif_ovsdb_want(&db, 0).write) {
        vif_ovsdb_run(&db, false, true, 0);
    }
    taken[taken_len] = 0;
    CHECK_STR(taken, "{\"id\":1,\"method\":\"x\",\"params\":[]}"
              "{\"id\":\"e\",\"error\":null,\"result\":[]}");
    CHECK_INT(db.count.bytes_out, taken_len);
    CHECK_INT(db.count.bytes_in, given_len);
    vif_ovsdb_close(&db);
    close(two[0]);
    close(two[1]);
}

/* The stream ends or breaks at every call: an outcome each time, that fits what was sent. */
TEST(fault_at_every_call)
{
    int two[2], how, k;
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, two), 0);
    CHECK_INT(write(two[1], "x", 1), 1);
    peer = two[0];
    for (how = 1; how <= 2; how++) {
        vif_status st = VIF_E_BUSY;
        for (k = 0; st != VIF_OK; k++) {
            REQUIRE(k < 2000);
            carry(how, k);
            st = ask_for(&db, "x", "[]", 10000);
            if (st != VIF_OK) {
                CHECK_INT(st, taken_len >= 33 ? VIF_E_UNKNOWN : VIF_E_SYSTEM);
                CHECK_INT(vif_ovsdb_ready(&db, 0, &err), VIF_E_SYSTEM);
                CHECK_INT(vif_ovsdb_step(&db, 0, &ev), VIF_OVSDB_CLOSED);
                CHECK_INT(vif_ovsdb_reconnect(&db, 0), VIF_E_UNSUPPORTED);
            }
            vif_ovsdb_close(&db);
        }
    }
    close(two[0]);
    close(two[1]);
}

TEST(t14_reads_of_exactly_the_buffer)
{
    char big[sizeof in + 1];
    const int fd = adopt();
    memset(big, ' ', sizeof big);
    memcpy(big, "{\"id\":1,\"result\":[]", 19);
    big[sizeof in - 1] = '}';
    CHECK_INT(write(peer, big, sizeof in), sizeof in);
    CHECK_INT(ask(1000), VIF_OK);
    big[7] = ' ';
    big[6] = '2';
    big[7] = ',';
    CHECK_INT(write(peer, big, sizeof in), sizeof in);
    say("{\"id\":3,\"result\":[]}");
    CHECK_INT(ask(1000), VIF_OK);
    CHECK_INT(ask(1000), VIF_OK);
    vif_ovsdb_close(&db);
    close(fd);
    close(peer);
}

TEST(r7_29_no_sigpipe)
{
    const int fd = adopt();
    close(peer);
    signal(SIGPIPE, SIG_DFL);
    CHECK_INT(ask(1000), VIF_E_SYSTEM);         /* could not be sent: not done */
    vif_ovsdb_close(&db);
    close(fd);
}

TEST(full_socket_and_deadline)
{
    static char big[60000];
    static char large_out[65536], text[65536];
    vif_ovsdb_txn txn;
    int two[2], size = 4096;
    vif_ovsdb_desc desc = defaults();
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, two), 0);
    setsockopt(two[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    desc.fd = vif_fd_of(two[0]);
    desc.out = large_out;
    desc.out_cap = sizeof large_out;
    memset(big, 'a', sizeof big);
    big[0] = '[';
    big[1] = big[sizeof big - 3] = '"';
    big[sizeof big - 2] = ']';
    big[sizeof big - 1] = 0;
    CHECK_INT(vif_ovsdb_open(&db, &desc, &err), VIF_OK);
    CHECK_INT(vif_ovsdb_send(&db, "x", big, NULL, &err), VIF_OK);
    vif_ovsdb_begin(&txn, text, sizeof text, "d");
    (void)vif_ovsdb_comment(&txn, big);
    CHECK_INT(vif_ovsdb_call(&db, &txn, 60, &ev, &err), VIF_E_TIMEOUT);
    CHECK(vif_ovsdb_want(&db, 0).write);
    vif_ovsdb_expire(&db);              /* a part of it has gone, the rest never will */
    CHECK_INT(vif_ovsdb_step(&db, 0, &ev), VIF_OVSDB_LOST);
    CHECK_INT(ev.status, VIF_E_SYSTEM);
    CHECK_INT(vif_ovsdb_step(&db, 0, &ev), VIF_OVSDB_CLOSED);
    CHECK_INT(vif_ovsdb_step(&db, 0, &ev), VIF_OVSDB_NOTHING);
    vif_ovsdb_close(&db);
    close(two[0]);
    close(two[1]);
}

static void on_alarm(int sig)
{
    (void)sig;
}

TEST(storm_of_signals)
{
    struct itimerval every = {{0, 500}, {0, 500}}, none = {{0, 0}, {0, 0}};
    struct sigaction act;
    const int fd = adopt();
    memset(&act, 0, sizeof act);
    act.sa_handler = on_alarm;
    sigaction(SIGALRM, &act, NULL);
    setitimer(ITIMER_REAL, &every, NULL);
    for (int i = 1; i <= 200; i++) {
        char s[64];
        snprintf(s, sizeof s, "{\"id\":%d,\"result\":[]}", i);
        while (write(peer, s, strlen(s)) < 0) {
        }
        CHECK_INT(ask(1000), VIF_OK);
    }
    setitimer(ITIMER_REAL, &none, NULL);
    vif_ovsdb_close(&db);
    close(fd);
    close(peer);
}

TEST(r7_25_the_next_server_is_tried_when_one_does_not_lead)
{
    static const char answer[] = "{\"id\":%d,\"result\":[{%s}]}";
    vif_ovsdb_desc desc = defaults();
    char both[700], names[2][220], s[200];
    int listeners[2], fds[2];
    for (int i = 0; i < 2; i++) {
        struct sockaddr_un addr;
        memset(&addr, 0, sizeof addr);
        addr.sun_family = AF_UNIX;
        snprintf(names[i], sizeof names[i], "%s.%d", path, i);
        memcpy(addr.sun_path, names[i], strlen(names[i]));
        listeners[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        CHECK(bind(listeners[i], (struct sockaddr *)&addr, sizeof addr) == 0);
        CHECK_INT(listen(listeners[i], 1), 0);
    }
    snprintf(both, sizeof both, "unix:%s,unix:%s", names[0], names[1]);
    desc.remote = both;
    desc.leader_of = "d";
    CHECK_INT(vif_ovsdb_open(&db, &desc, &err), VIF_OK);
    for (int i = 0; i < 2; i++) {
        fds[i] = accept(listeners[i], NULL, NULL);
        snprintf(s, sizeof s, answer, i + 1, i ? "" : "\"error\":\"timed out\"");
        CHECK_INT(write(fds[i], s, strlen(s)), strlen(s));
        CHECK_INT(vif_ovsdb_ready(&db, vif_ovsdb_now(&db) + 50, &err), i ? VIF_OK : VIF_E_TIMEOUT);
    }
    CHECK_INT(ask(0), VIF_E_UNKNOWN);    /* so it can be sent to */
    vif_ovsdb_close(&db);
    for (int i = 0; i < 2; i++) {
        close(fds[i]);
        close(listeners[i]);
        unlink(names[i]);
    }
}

TEST(a_wait_ends_with_the_connection)
{
    const int fd = adopt();
    say("{\"id\":1,\"error\":null,\"result\":[]}");
    CHECK_INT(ask(1000), VIF_OK);
    CHECK_INT(ask(20), VIF_E_UNKNOWN);
    close(peer);
    CHECK_INT(ask(1000), VIF_E_SYSTEM);      /* it was never sent */
    vif_ovsdb_close(&db);
    close(fd);
}

int main(int argc, char **argv)
{
    int failed;
    if (!mkdtemp(dir)) {
        return 1;
    }
    snprintf(path, sizeof path, "%s/sock", dir);
    snprintf(remote, sizeof remote, "unix:%s", path);
    failed = check_main(argc, argv);
    rmdir(dir);
    return failed;
}
