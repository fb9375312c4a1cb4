/* SPDX-License-Identifier: MIT
 * Forwarding rules of bridges against the running kernel, in namespaces of its own. nft is there to
 * look and to meddle; without it all is skipped. Tests named row_* show a fact of the kernel. */
#include "packets.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#define VIF_IMPLEMENTATION
#include "vif.h"
#include "check.h"

static unsigned char room[32768], mem[65536];
static vif_nl nf;
static vif_buf buf;
static vif_error err;
static char text[65536];

static int64_t now_ms(void *user)
{
    struct timespec t;
    (void)user;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What a command prints, in text; its exit status. */
__attribute__((format(printf, 1, 2))) static int sh(const char *format, ...)
{
    char command[2048];
    va_list args;
    FILE *pipe;
    size_t len;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    pipe = popen(command, "r");
    if (!pipe) {
        return -1;
    }
    len = fread(text, 1, sizeof text - 1, pipe);
    text[len] = '\0';
    return pclose(pipe);
}

static bool have_nft(void)
{
    setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
    return sh("nft --version 2>&1") == 0;
}

/* An empty rule set, a fresh socket. */
static bool fresh(void)
{
    static bool open;
    vif_nl_desc d = vif_nl_desc_default();
    if (!have_nft()) {
        return false;
    }
    sh("nft flush ruleset 2>&1");
    if (open) {
        vif_nl_close(&nf);
    }
    d.protocol = 12;
    d.buffer = room;
    d.buffer_cap = sizeof room;
    d.now_ms = now_ms;
    d.timeout_ms = 2000;
    memset(&err, 0, sizeof err);
    vif_buf_init(&buf, mem, sizeof mem);
    open = vif_nl_open(&nf, &d, &err) == VIF_OK;
    return open;
}
#define FRESH() do { if (!fresh()) { SKIP("no nft, or no nfnetlink: %s", err.text); } } while (0)

static vif_nft_rules spec_of(const char *bridge, const char *forward, unsigned flags)
{
    vif_nft_rules spec;
    memset(&spec, 0, sizeof spec);
    spec.bridge = bridge;
    spec.forward = forward;
    spec.flags = flags;
    return spec;
}

/* As letters: t(able), c(hain), r(ight); or the status. */
static const char *found(const vif_nft_rules *spec)
{
    static char letters[24];
    vif_nft_found f;
    const vif_status status = vif_nft_test(&nf, &buf, spec, &f, &err);
    if (status != VIF_OK) {
        snprintf(letters, sizeof letters, "status %d", (int)status);
    } else {
        snprintf(letters, sizeof letters, "%s%s%s", f.table ? "t" : "", f.chain ? "c" : "",
                 f.right ? "r" : "");
    }
    return letters;
}

static vif_status apply(const vif_nft_rules *spec)
{
    return vif_nft_apply(&nf, &buf, spec, &err);
}

/* What nft says of a table in JSON: its rules, in order, must be those of `want`: per rule its text
 * in a short form, "iif B oif N accept". The comments must count. */
static void rules_are(const char *family, const char *chain, const char *const *want, size_t count)
{
    char expr[512], comment[64];
    const char *at;
    size_t i;
    CHECK_INT(sh("nft -j list ruleset"), 0);
    snprintf(expr, sizeof expr,
             "\"chain\": {\"family\": \"%s\", \"table\": \"vif\", \"name\": \"%s\"", family, chain);
    CHECK_HAS(text, expr);
    at = strstr(text, expr);
    CHECK_HAS(at ? at : "", "\"type\": \"filter\", \"hook\": \"forward\", \"prio\": 0, "
                            "\"policy\": \"accept\"}}");
    snprintf(expr, sizeof expr,
             "\"rule\": {\"family\": \"%s\", \"table\": \"vif\", \"chain\": \"%s\"", family, chain);
    at = text;
    for (i = 0; (at = strstr(at, expr)) != NULL; i++) {
        const char *end = strstr(at, "]}}");
        char one[2048], *e;
        REQUIRE(end && (size_t)(end - at) < sizeof one);
        memcpy(one, at, (size_t)(end - at));
        one[end - at] = '\0';
        at = end;
        snprintf(comment, sizeof comment, "\"comment\": \"vif %zu/%zu ", i + 1, count);
        CHECK_HAS(one, comment);
        e = strstr(one, "\"expr\": [");
        REQUIRE(e != NULL && i < count);
        CHECK_STR(e + 9, want[i]);
    }
    CHECK_INT(i, count);
}

#define MATCH(key, name) \
    "{\"match\": {\"op\": \"==\", \"left\": {\"meta\": {\"key\": \"" key "\"}}, \"right\": \"" \
    name "\"}}, "
#define IIF(name) MATCH("iifname", name)
#define OIF(name) MATCH("oifname", name)
#define ACCEPT "{\"accept\": null}"
#define DROP "{\"drop\": null}"
#define REJECT(type) "{\"reject\": {\"type\": \"" type "\", \"expr\": \"port-unreachable\"}}"
#define RULES_ARE(family, chain, ...) \
    do { \
        static const char *const want_[] = { __VA_ARGS__ }; \
        rules_are(family, chain, want_, sizeof want_ / sizeof *want_); \
    } while (0)

/* Test, apply, test, apply again changes nothing, each with its round trips. */
static void life(const vif_nft_rules *spec, const char *before)
{
    const uint32_t sent = nf.count.datagrams_sent;
    CHECK_STR(found(spec), before);
    CHECK_INT(nf.count.datagrams_sent - sent, 1);
    CHECK_INT(apply(spec), VIF_OK);
    CHECK_INT(nf.count.datagrams_sent - sent, 3);
    CHECK_STR(found(spec), "tcr");
    CHECK_INT(nf.count.datagrams_sent - sent, 4);
    CHECK_INT(nf.count.requests - nf.count.datagrams_sent > 0, 1);
}

TEST(gateway_to_all)
{
    vif_nft_rules spec = spec_of("br0", "all", VIF_NFT_GATEWAY);
    FRESH();
    life(&spec, "");
    RULES_ARE("ip", "br0", IIF("br0") ACCEPT, OIF("br0") ACCEPT);
    spec.forward = NULL;
    CHECK_STR(found(&spec), "tcr");
    spec.forward = "eth0,all";
    CHECK_STR(found(&spec), "tc");
    life(&spec, "tc");
    RULES_ARE("ip", "br0", IIF("br0") ACCEPT, OIF("br0") ACCEPT);
}

TEST(gateway_to_names)
{
    const vif_nft_rules spec = spec_of("br0", "eth0,,a234567890.2345,", VIF_NFT_GATEWAY);
    FRESH();
    life(&spec, "");
    RULES_ARE("ip", "br0",
              IIF("br0") OIF("eth0") ACCEPT, IIF("eth0") OIF("br0") ACCEPT,
              IIF("br0") OIF("a234567890.2345") ACCEPT, IIF("a234567890.2345") OIF("br0") ACCEPT,
              IIF("br0") OIF("br0") ACCEPT, IIF("br0") DROP, OIF("br0") DROP);
}

TEST(gateway_to_nothing)
{
    const vif_nft_rules spec = spec_of("br0", "", VIF_NFT_GATEWAY);
    FRESH();
    life(&spec, "");
    RULES_ARE("ip", "br0", IIF("br0") OIF("br0") ACCEPT, IIF("br0") DROP, OIF("br0") DROP);
}

TEST(no_gateway)
{
    vif_nft_rules spec = spec_of("br0", "not: looked at", 0);
    FRESH();
    life(&spec, "");
    RULES_ARE("ip", "br0", IIF("br0") DROP, OIF("br0") DROP);
    spec.flags = VIF_NFT_REJECT;
    life(&spec, "tc");
    RULES_ARE("ip", "br0", IIF("br0") REJECT("icmp"), OIF("br0") REJECT("icmp"));
}

TEST(ipv6_is_inet)
{
    vif_nft_rules spec = spec_of("br0", "eth0", VIF_NFT_GATEWAY | VIF_NFT_IPV6);
    FRESH();
    life(&spec, "");
    RULES_ARE("inet", "br0", IIF("br0") OIF("eth0") ACCEPT, IIF("eth0") OIF("br0") ACCEPT,
              IIF("br0") OIF("br0") ACCEPT, IIF("br0") DROP, OIF("br0") DROP);
    spec.flags = VIF_NFT_IPV6 | VIF_NFT_REJECT;
    life(&spec, "tc");
    RULES_ARE("inet", "br0", IIF("br0") REJECT("icmpx"), OIF("br0") REJECT("icmpx"));
}

/* A name with a comma is a name, and one of 15 bytes is all of them. */
TEST(odd_bridges)
{
    const vif_nft_rules a = spec_of("a,b", "eth0", VIF_NFT_GATEWAY);
    const vif_nft_rules b = spec_of("b23456789012345", "all", VIF_NFT_GATEWAY);
    FRESH();
    life(&a, "");
    life(&b, "t");
    CHECK_STR(found(&a), "tcr");
    RULES_ARE("ip", "b23456789012345",
              IIF("b23456789012345") ACCEPT, OIF("b23456789012345") ACCEPT);
    RULES_ARE("ip", "a,b", IIF("a,b") OIF("eth0") ACCEPT, IIF("eth0") OIF("a,b") ACCEPT,
              IIF("a,b") OIF("a,b") ACCEPT, IIF("a,b") DROP, OIF("a,b") DROP);
}

/* What nft itself makes of the same rules is right, too: also after save and restore. */
TEST(restored_by_nft)
{
    const vif_nft_rules spec = spec_of("br0", "eth0", VIF_NFT_GATEWAY | VIF_NFT_REJECT);
    FRESH();
    CHECK_INT(apply(&spec), VIF_OK);
    CHECK_INT(sh("f=$(mktemp) && nft list ruleset >$f && nft flush ruleset &&"
                 "nft -f $f; rm $f"), 0);
    CHECK_STR(found(&spec), "tcr");
}

static void repaired(const vif_nft_rules *spec, const char *meddling, const char *seen)
{
    CHECK_INT(sh("nft '%s' 2>&1", meddling), 0);
    CHECK_STR(found(spec), seen);
    if (apply(spec) != VIF_OK) {
        CHECK_FAIL("after %s: %s", meddling, err.text);
    }
    if (strcmp(found(spec), "tcr") != 0) {
        CHECK_FAIL("not repaired: %s", meddling);
    }
}

TEST(meddling_is_repaired)
{
    static const char *const meddling[] = {
        "add rule ip vif br0 accept", "insert rule ip vif br0 accept", "flush chain ip vif br0",
        "add rule ip vif br0 accept comment \"vif 3/2 00000000\"",
        "add chain ip vif br0 { policy drop; }", "add table ip vif { flags dormant; }",
        "add table ip vif { flags dormant; }; flush chain ip vif br0",
        "add table ip vif { flags dormant; }; add chain ip vif br0 { policy drop; }",
        "delete chain ip vif br0; add chain ip vif br0",
        "delete chain ip vif br0; "
            "add chain ip vif br0 { type filter hook input priority 0; policy accept; }",
        "delete chain ip vif br0; "
            "add chain ip vif br0 { type filter hook forward priority 1; policy accept; }",
        "add table inet vif; add chain inet vif br0; add rule inet vif br0 drop"
    };
    const vif_nft_rules spec = spec_of("br0", NULL, 0);
    char command[200];
    unsigned handle;
    FRESH();
    CHECK_INT(apply(&spec), VIF_OK);
    for (size_t i = 0; i < sizeof meddling / sizeof *meddling; i++) {
        repaired(&spec, meddling[i], "tc");
        RULES_ARE("ip", "br0", IIF("br0") DROP, OIF("br0") DROP);
    }
    repaired(&spec, "delete table ip vif", "");
    repaired(&spec, "delete chain ip vif br0", "t");
    CHECK_INT(sh("nft -a list chain ip vif br0 | sed -n '/iifname/s/.*handle //p'"), 0);
    handle = (unsigned)atoi(text);
    snprintf(command, sizeof command, "delete rule ip vif br0 handle %u", handle);
    repaired(&spec, command, "tc");
    CHECK_INT(sh("nft list tables"), 0);
    CHECK_STR(text, "table ip vif\n");
}

/* The kernel does not wake a table and make chains in it at once. It is said, not worked around. */
TEST(row_dormant_table_gets_no_chain)
{
    const vif_nft_rules spec = spec_of("br0", NULL, 0);
    FRESH();
    CHECK_INT(sh("nft 'add table ip vif { flags dormant; }'"), 0);
    CHECK_STR(found(&spec), "t");
    CHECK_INT(apply(&spec), VIF_E_KERNEL);
    CHECK_INT(err.sys_errno, EINVAL);
    CHECK_INT(sh("nft 'add table ip vif'"), 0);
}

/* Two rules in the wrong order: each is known by its number. */
TEST(order_counts)
{
    const vif_nft_rules spec = spec_of("br0", NULL, 0);
    FRESH();
    CHECK_INT(apply(&spec), VIF_OK);
    CHECK_INT(sh("f=$(mktemp); nft list ruleset >$f; nft flush ruleset;"
                 "sed -i '/iifname/{h;d};/oifname/G' $f; nft -f $f; nft list ruleset; rm $f"), 0);
    CHECK(strstr(text, "oifname") < strstr(text, "iifname"));
    CHECK_STR(found(&spec), "tc");
}

TEST(family_changes)
{
    vif_nft_rules spec = spec_of("br0", "eth0", VIF_NFT_GATEWAY);
    const vif_nft_rules br1 = spec_of("br1", NULL, 0);
    FRESH();
    CHECK_INT(apply(&spec), VIF_OK);
    spec.flags |= VIF_NFT_IPV6;
    life(&spec, "");
    CHECK_INT(sh("nft list tables"), 0);
    CHECK_STR(text, "table inet vif\n");
    spec.flags &= ~(unsigned)VIF_NFT_IPV6;
    CHECK_INT(sh("nft add table ip vif"), 0);
    life(&spec, "t");
    CHECK_INT(sh("nft list tables"), 0);
    CHECK_STR(text, "table ip vif\n");
    CHECK_INT(apply(&br1), VIF_OK);
    spec.flags |= VIF_NFT_IPV6;
    life(&spec, "");                    /* now the old table is not empty */
    CHECK_INT(sh("nft list tables"), 0);
    CHECK_STR(text, "table ip vif\ntable inet vif\n");
    CHECK_STR(found(&br1), "tcr");
    CHECK_INT(vif_nft_remove(&nf, &buf, &br1, true, &err), VIF_OK);
    CHECK_STR(found(&spec), "tcr");
}

TEST(remove)
{
    const vif_nft_rules br0 = spec_of("br0", "all", VIF_NFT_GATEWAY);
    const vif_nft_rules br1 = spec_of("br1", "bad name", VIF_NFT_GATEWAY);
    const vif_nft_rules br2 = spec_of("br1", NULL, 0);
    uint32_t sent;
    FRESH();
    CHECK_INT(vif_nft_remove(&nf, &buf, &br0, true, &err), VIF_OK);
    CHECK_INT(nf.count.datagrams_sent, 1);
    CHECK_INT(apply(&br0), VIF_OK);
    CHECK_INT(apply(&br2), VIF_OK);
    sent = nf.count.datagrams_sent;
    CHECK_INT(vif_nft_remove(&nf, &buf, &br0, true, &err), VIF_OK);
    CHECK_INT(nf.count.datagrams_sent - sent, 2);
    CHECK_STR(found(&br0), "t");        /* kept: it holds the other bridge */
    CHECK_STR(found(&br2), "tcr");
    CHECK_INT(vif_nft_remove(&nf, &buf, &br1, false, &err), VIF_OK);
    CHECK_STR(found(&br2), "t");
    CHECK_INT(vif_nft_remove(&nf, &buf, &br1, false, &err), VIF_OK);
    CHECK_INT(vif_nft_remove(&nf, &buf, &br1, true, &err), VIF_OK);
    CHECK_STR(found(&br2), "");
    CHECK_INT(sh("nft list ruleset"), 0);
    CHECK_STR(text, "");
    CHECK_INT(apply(&br0), VIF_OK);
    CHECK_INT(sh("nft 'add table ip vif { flags dormant; }'"), 0);
    CHECK_INT(vif_nft_remove(&nf, &buf, &br0, true, &err), VIF_OK);
    CHECK_STR(found(&br0), "");
}

TEST(remove_after_the_family_changed)
{
    vif_nft_rules spec = spec_of("br0", "all", VIF_NFT_GATEWAY | VIF_NFT_IPV6);
    FRESH();
    CHECK_INT(apply(&spec), VIF_OK);
    spec.flags = VIF_NFT_GATEWAY;
    CHECK_INT(vif_nft_remove(&nf, &buf, &spec, true, &err), VIF_OK);
    CHECK_INT(sh("nft list ruleset"), 0);
    CHECK_STR(text, "");
}

TEST(what_is_not_ours_stays)
{
    static char before[sizeof text];
    const vif_nft_rules spec = spec_of("br0", "eth0", VIF_NFT_GATEWAY);
    const vif_nft_rules both = spec_of("br0", "eth0", VIF_NFT_GATEWAY | VIF_NFT_IPV6);
    FRESH();
    CHECK_INT(sh("nft 'table ip filter { chain br0 { type filter hook forward priority 0; "
                 "ip saddr 192.0.2.1 drop; }; }; table inet other { set s { type ipv4_addr; "
                 "elements = { 192.0.2.7 }; }; }; table bridge vif { chain br0 { accept; }; }; "
                 "table ip6 vif { chain br0 { accept; }; }; "
                 "table ip vif { chain mine { accept; }; }'"), 0);
    CHECK_INT(sh("nft list ruleset"), 0);
    memcpy(before, text, sizeof before);
    CHECK_INT(apply(&spec), VIF_OK);
    CHECK_INT(apply(&both), VIF_OK);
    CHECK_INT(apply(&spec), VIF_OK);
    CHECK_INT(vif_nft_remove(&nf, &buf, &spec, true, &err), VIF_OK);
    CHECK_INT(sh("nft list ruleset"), 0);
    CHECK_STR(text, before);
}

TEST(names_are_checked)
{
    static const struct { const char *bridge, *forward, *where, *rule; } bad[] = {
        { NULL, "all", "", "1 to 15" }, { "", "all", "", "1 to 15" },
        { "a/b", "all", "a/b", "'/'" },
        { "br0", "eth0,a:b", "a:b", "':'" }, { "br0", "all,a%d", "a%d", "'%'" },
        { "br0", "eth0, eth1", " eth1", "space" }, { "br0", "a\tb", "a\\x09b", "space" },
        { "br0", "a2345678901234567890,x", "a234567890123456", "1 to 15" },
        { "br0", "default", "default", "" }, { "b23456789012345678", "all",
          "b23456789012345678", "1 to 15" }
    };
    FRESH();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const vif_nft_rules spec = spec_of(bad[i].bridge, bad[i].forward, VIF_NFT_GATEWAY);
        vif_nft_found f = { true, false, true, false };
        memset(&err, 0x55, sizeof err);
        CHECK_INT(vif_nft_apply(&nf, &buf, &spec, &err), VIF_E_INVAL);
        CHECK_STR(err.where, bad[i].where);
        CHECK_HAS(err.text, bad[i].rule);
        CHECK_INT(vif_nft_test(&nf, &buf, &spec, &f, NULL), VIF_E_INVAL);
        CHECK(f.table && !f.chain && f.right);
    }
    CHECK_INT(nf.count.datagrams_sent, 0);
}

TEST(room_for_the_batch)
{
    static char names[2000];
    const vif_nft_rules spec = spec_of("br0", names, VIF_NFT_GATEWAY);
    const vif_nft_rules none = spec_of("br0", NULL, 0);
    size_t cap, len = 0;
    FRESH();
    CHECK_INT(apply(&none), VIF_OK);
    for (int i = 0; i < 100; i++) {
        len += (size_t)snprintf(names + len, sizeof names - len, "%seth%d", i ? "," : "", i);
    }
    for (cap = 0; cap < 65536; cap = cap < 400 ? cap + 20 : cap * 2) {
        vif_buf_init(&buf, mem, cap);
        CHECK_INT(apply(&spec), VIF_E_SPACE);
        CHECK_INT(err.status, VIF_E_SPACE);
    }
    CHECK_INT(sh("nft list ruleset | grep -c drop"), 0);
    CHECK_STR(text, "2\n");
    vif_buf_init(&buf, mem, 2048);
    CHECK_STR(found(&none), "tcr");
    names[9] = '\0';
    vif_buf_init(&buf, mem, sizeof mem);
    CHECK_INT(apply(&spec), VIF_OK);
    names[9] = ',';
    {
        static unsigned char large[131072];
        vif_buf_init(&buf, large, sizeof large);
        CHECK_INT(apply(&spec), VIF_OK);
        printf("# 203 rules: %zu bytes, ", buf.len);
        cap = nf.count.datagrams_received;
        CHECK_STR(found(&spec), "tcr");
        printf("read in %zu datagrams\n", nf.count.datagrams_received - cap);
    }
    CHECK_INT(sh("nft list chain ip vif br0 | grep -c accept"), 0);
    CHECK_STR(text, "202\n");           /* with the policy */
}

/* 2048 bytes hold the rules for one name. */
TEST(small_room)
{
    const vif_nft_rules spec = spec_of("b23456789012345", "a23456789012345", VIF_NFT_GATEWAY);
    FRESH();
    vif_buf_init(&buf, mem, 2048);
    life(&spec, "");
    apply(&spec);
    printf("# one name: %zu bytes\n", buf.len);
}

/* A rule the kernel refuses, in the middle: the whole batch is taken back. */
TEST(row_refused_batch_changes_nothing)
{
    const vif_nft_rules old = spec_of("br0", NULL, 0), spec = spec_of("br0", "eth0", 1);
    vif__nft_job job;
    size_t at;
    FRESH();
    CHECK_INT(apply(&old), VIF_OK);
    memset(&job, 0, sizeof job);
    job.nf = &nf;
    job.buf = &buf;
    job.err = &err;
    CHECK_INT(vif__nft_prepare(&job, &spec), VIF_OK);
    vif_buf_init(&buf, mem, sizeof mem);
    vif__nft_put_batch(&job, VIF__NFT_BATCH_BEGIN);
    vif__nft_put(&job, 0, VIF__NFT_DELRULE);
    vif__nft_put_rule(&job, job.bridge, NULL, VIF__NFT_ACCEPT);
    at = vif__nft_begin(&job, 0, VIF__NFT_NEWRULE);
    vif__nft_attrs(&buf, "4(1(1=nonsense\0" "))", 0, NULL, 0);
    vif_nl_end(&buf, at);
    job.at = job.count - 1;
    vif__nft_put_rule(&job, NULL, job.bridge, VIF__NFT_ACCEPT);
    vif__nft_put_batch(&job, VIF__NFT_BATCH_END);
    CHECK_INT(vif_nl_request(&nf, &buf, &err), VIF_E_KERNEL);
    CHECK_INT(err.sys_errno, ENOENT);
    CHECK_STR(found(&old), "tcr");
    RULES_ARE("ip", "br0", IIF("br0") DROP, OIF("br0") DROP);
}

/* The same in a whole call: a chain that others jump to can't be deleted. */
TEST(refused_apply_changes_nothing)
{
    static char before[sizeof text];
    const vif_nft_rules spec = spec_of("br0", "all", VIF_NFT_GATEWAY);
    uint32_t sent;
    FRESH();
    CHECK_INT(sh("nft 'table ip vif { chain br0 { drop; }; chain x { jump br0; }; }; "
                 "table inet vif { chain br0 { drop; }; }'"), 0);
    CHECK_INT(sh("nft list ruleset"), 0);
    memcpy(before, text, sizeof before);
    sent = nf.count.datagrams_sent;
    CHECK_INT(apply(&spec), VIF_E_KERNEL);
    CHECK_INT(err.sys_errno, EBUSY);
    CHECK_INT(nf.count.datagrams_sent - sent, 4);       /* tried twice */
    CHECK_INT(vif_nft_remove(&nf, &buf, &spec, true, &err), VIF_E_KERNEL);
    CHECK_INT(sh("nft list ruleset"), 0);
    CHECK_STR(text, before);
}

/* NLM_F_NONREC: a table that got a chain since we looked is not deleted, nor anything else. */
TEST(row_nonrec_keeps_what_came_in_between)
{
    const vif_nft_rules spec = spec_of("br0", NULL, 0);
    vif__nft_job job;
    FRESH();
    CHECK_INT(apply(&spec), VIF_OK);
    memset(&job, 0, sizeof job);
    job.nf = &nf;
    job.buf = &buf;
    job.err = &err;
    job.how = VIF__NFT_DO_REMOVE_TABLE;
    CHECK_INT(vif__nft_prepare(&job, &spec), VIF_OK);
    CHECK_INT(vif__nft_look(&job), VIF_OK);
    CHECK_INT(sh("nft add chain ip vif br1"), 0);
    CHECK_INT(vif__nft_batch(&job), VIF_E_KERNEL);
    CHECK_INT(err.sys_errno, EBUSY);
    CHECK_STR(found(&spec), "tcr");
    CHECK_INT(sh("nft list chain ip vif br1"), 0);
}

/* Without privileges nfnetlink answers the first message only: nobody waits for the others. */
TEST(row_unprivileged)
{
    const vif_nft_rules spec = spec_of("br0", NULL, 0);
    int64_t start;
    int status = 0;
    pid_t child;
    FRESH();
    fflush(stdout);
    child = fork();
    if (child == 0) {
        static const uint32_t head[2] = { 0x20080522, 0 };      /* _LINUX_CAPABILITY_VERSION_3 */
        static const uint32_t none[6] = { 0 };
        vif_nft_found f;
        bool good = syscall(SYS_capset, head, none) == 0;
        start = now_ms(NULL);
        good = good && vif_nft_test(&nf, &buf, &spec, &f, &err) == VIF_E_KERNEL &&
               err.sys_errno == EPERM && apply(&spec) == VIF_E_KERNEL && err.sys_errno == EPERM;
        _exit(good && now_ms(NULL) - start < 1000 ? 0 : 1);
    }
    waitpid(child, &status, 0);
    CHECK_INT(status, 0);
}

/* ---- hostile answers ---- */

static uint32_t seed = 1;

static uint32_t noise(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    return seed ^= seed << 5;
}

/* Answers as the kernel gives them, changed, cut and mistaken for each other, in just as many bytes
 * as they have, for a sanitizer to watch. */
TEST(hostile_answers)
{
    static unsigned char kept[8][2048];
    static vif_nl_msg kept_msg[8];
    size_t count = 0;
    const vif_nft_rules spec = spec_of("br0", "eth0", VIF_NFT_GATEWAY);
    vif__nft_job job;
    vif_nl_event event;
    vif_nl_msg msg;
    FRESH();
    CHECK_INT(apply(&spec), VIF_OK);
    memset(&job, 0, sizeof job);
    job.buf = &buf;
    CHECK_INT(vif__nft_prepare(&job, &spec), VIF_OK);
    vif_buf_init(&buf, mem, sizeof mem);
    vif__nft_put(&job, 0, VIF__NFT_GETTABLE);
    vif__nft_put(&job, 0, VIF__NFT_GETCHAIN);
    vif__nft_put(&job, 0, VIF__NFT_GETRULE);
    CHECK_INT(vif_nl_send(&nf, &buf, &err), VIF_OK);
    while ((event = vif_nl_next(&nf, &msg, &err)) != VIF_NL_DONE) {
        if (event == VIF_NL_MESSAGE && count < 8 && msg.len <= sizeof kept[0]) {
            memcpy(kept[count], msg.data, msg.len);
            kept_msg[count++] = msg;
        }
    }
    REQUIRE(count == 7);
    for (int i = 0; i < 300000; i++) {
        const size_t k = noise() % count;
        const size_t len = noise() % 8 == 0 ? noise() % (kept_msg[k].len + 1) : kept_msg[k].len;
        unsigned char *bytes = (unsigned char *)malloc(len + !len);
        REQUIRE(bytes);
        memcpy(bytes, kept[k], len);
        for (uint32_t n = noise() % 8; len && n > 0; n--) {
            bytes[noise() % len] = (unsigned char)noise();
        }
        msg = kept_msg[k];
        msg.data = bytes;
        msg.len = len;
        msg.request = noise() % 16 == 0 ? noise() : noise() % 5;
        msg.type = (uint16_t)(VIF__NFT_NEWTABLE + noise() % 10);
        vif__nft_note(&job, &msg);
        free(bytes);
    }
}

/* ---- traffic ---- */

/* client (c0, 10.77.1.2) - br0 here (10.77.1.1), up0 here (10.77.2.1) - server (s0, 10.77.2.2) */
static int client = -1, server = -1, home = -1;

__attribute__((format(printf, 2, 3))) static int in(int ns, const char *format, ...)
{
    char command[2048];
    va_list args;
    int status;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    if (setns(ns, CLONE_NEWNET) != 0) {
        return -1;
    }
    status = sh("( %s ) 2>&1", command);
    if (setns(home, CLONE_NEWNET) != 0) {
        _exit(99);
    }
    return status;
}

static bool built(void)
{
    static int done = -1;
    const int pid = (int)getpid();
    if (done >= 0) {
        return done != 0;
    }
    done = 0;
    home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    client = ns_new_net();
    server = ns_new_net();
    done = home >= 0 && client >= 0 && server >= 0 &&
        in(home, "set -e; ip link add br0 type bridge; ip link add p0 type veth peer name c0;"
           "ip link add up0 type veth peer name s0; ip link set p0 master br0 up;"
           "ip link set c0 netns /proc/%d/fd/%d; ip link set s0 netns /proc/%d/fd/%d;"
           "ip addr add 10.77.1.1/24 dev br0; ip addr add 10.77.2.1/24 dev up0;"
           "ip addr add fd77:1::1/64 dev br0 nodad; ip addr add fd77:2::1/64 dev up0 nodad;"
           "ip link set br0 up; ip link set up0 up; echo 1 >/proc/sys/net/ipv4/ip_forward;"
           "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding", pid, client, pid, server) == 0 &&
        in(client, "set -e; ip addr add 10.77.1.2/24 dev c0; ip addr add fd77:1::2/64 dev c0 nodad;"
           "ip link set c0 up; ip route add default via 10.77.1.1;"
           "ip route add default via fd77:1::1") == 0 &&
        in(server, "set -e; ip addr add 10.77.2.2/24 dev s0; ip addr add fd77:2::2/64 dev s0 nodad;"
           "ip link set s0 up; ip route add default via 10.77.2.1;"
           "ip route add default via fd77:2::1") == 0;
    return done != 0;
}

static int udp(int ns, int family)
{
    int fd;
    if (setns(ns, CLONE_NEWNET) != 0) {
        return -1;
    }
    fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (setns(home, CLONE_NEWNET) != 0) {
        _exit(99);
    }
    return fd;
}

static socklen_t address(struct sockaddr_storage *to, int family, const char *host)
{
    memset(to, 0, sizeof *to);
    to->ss_family = (sa_family_t)family;
    if (family == AF_INET) {
        struct sockaddr_in in4;
        memcpy(&in4, to, sizeof in4);
        in4.sin_port = htons(7777);
        inet_pton(AF_INET, host, &in4.sin_addr);
        memcpy(to, &in4, sizeof in4);
        return sizeof in4;
    }
    struct sockaddr_in6 in6;
    memcpy(&in6, to, sizeof in6);
    in6.sin6_port = htons(7777);
    inet_pton(AF_INET6, host, &in6.sin6_addr);
    memcpy(to, &in6, sizeof in6);
    return sizeof in6;
}

/* What becomes of a datagram from one namespace to another: "passed", "rejected", "dropped". */
static const char *fate(int from, int to, int family, const char *host)
{
    struct sockaddr_storage where;
    const socklen_t len = address(&where, family, host);
    const int a = udp(from, family), b = udp(to, family);
    const char *what = "not sent";
    struct pollfd p[2] = { { a, POLLIN, 0 }, { b, POLLIN, 0 } };
    char byte[4];
    if (bind(b, (struct sockaddr *)&where, len) == 0 &&
        connect(a, (struct sockaddr *)&where, len) == 0 && send(a, "x", 1, 0) == 1) {
        what = poll(p, 2, 250) <= 0 ? "dropped"
             : p[1].revents != 0 ? "passed"
             : recv(a, byte, sizeof byte, MSG_DONTWAIT) < 0 && errno == ECONNREFUSED ? "rejected"
             : "lost";
    }
    close(a);
    close(b);
    return what;
}

/* Out of the bridge over IPv4, into it, and the same over IPv6. */
static void fates(const char *forward, unsigned flags, const char *want, const char *want6)
{
    const vif_nft_rules spec = spec_of("br0", forward, flags);
    CHECK_INT(apply(&spec), VIF_OK);
    CHECK_STR(fate(client, server, AF_INET, "10.77.2.2"), want);
    CHECK_STR(fate(server, client, AF_INET, "10.77.1.2"), want);
    CHECK_STR(fate(client, server, AF_INET6, "fd77:2::2"), want6);
    CHECK_STR(fate(server, client, AF_INET6, "fd77:1::2"), want6);
}

TEST(traffic)
{
    FRESH();
    if (!built()) {
        SKIP("no namespaces, or no ip: %.120s", text);
    }
    for (int i = 0; i < 15 &&
         (strcmp(fate(client, server, AF_INET, "10.77.2.2"), "passed") != 0 ||
          strcmp(fate(client, server, AF_INET6, "fd77:2::2"), "passed") != 0); i++) {
    }                                   /* until there is a carrier, and neighbours are looked up */
    CHECK_STR(fate(client, server, AF_INET, "10.77.2.2"), "passed");
    CHECK_STR(fate(client, server, AF_INET6, "fd77:2::2"), "passed");
    CHECK_STR(fate(server, client, AF_INET6, "fd77:1::2"), "passed");
    fates(NULL, 0, "dropped", "passed");
    fates(NULL, VIF_NFT_REJECT, "rejected", "passed");
    fates(NULL, VIF_NFT_IPV6, "dropped", "dropped");
    fates(NULL, VIF_NFT_IPV6 | VIF_NFT_REJECT, "rejected", "rejected");
    fates("all", VIF_NFT_GATEWAY, "passed", "passed");
    fates("eth7", VIF_NFT_GATEWAY, "dropped", "passed");
    fates("eth7,up0", VIF_NFT_GATEWAY, "passed", "passed");
    fates("eth7,up00", VIF_NFT_GATEWAY | VIF_NFT_IPV6, "dropped", "dropped");
    fates("up0", VIF_NFT_GATEWAY | VIF_NFT_IPV6 | VIF_NFT_REJECT, "passed", "passed");
    fates("", VIF_NFT_GATEWAY | VIF_NFT_REJECT, "rejected", "passed");
}

/* While rules are replaced no datagram gets through: the old ones and the new ones drop it. */
TEST(row_replaced_without_a_gap)
{
    const vif_nft_rules one = spec_of("br0", "eth7", VIF_NFT_GATEWAY);
    const vif_nft_rules two = spec_of("br0", NULL, 0);
    struct sockaddr_storage where;
    int status = 0, b, got = 0;
    socklen_t len;
    pid_t child;
    char byte[4];
    FRESH();
    if (!built()) {
        SKIP("no namespaces, or no ip: %.120s", text);
    }
    len = address(&where, AF_INET, "10.77.2.2");
    CHECK_INT(apply(&one), VIF_OK);
    b = udp(server, AF_INET);
    REQUIRE(bind(b, (struct sockaddr *)&where, len) == 0);
    fflush(stdout);
    child = fork();
    if (child == 0) {
        const int a = udp(client, AF_INET);
        const int64_t end = now_ms(NULL) + 800;
        long sent = 0;
        while (now_ms(NULL) < end) {
            sent += sendto(a, "x", 1, 0, (struct sockaddr *)&where, len) == 1;
        }
        printf("# %ld datagrams\n", sent);
        fflush(stdout);
        _exit(0);
    }
    for (int i = 0; i < 40; i++) {
        CHECK_INT(apply(i % 2 == 0 ? &two : &one), VIF_OK);
    }
    waitpid(child, &status, 0);
    while (recv(b, byte, sizeof byte, MSG_DONTWAIT) > 0) {
        got++;
    }
    CHECK_INT(got, 0);
    close(b);
}

/* ---- of networks ----------------------------------------------------------------------------- */

/* One chain, as nft prints it, without white space in front of lines. */
static void chain_is(const char *family, const char *chain, const char *want)
{
    char flat[4096];
    size_t len = 0;
    CHECK_INT(sh("nft -n list chain %s vif '%s'", family, chain), 0);
    for (const char *at = text; *at && len + 1 < sizeof flat; at++) {
        if (*at != '\t') {
            flat[len++] = *at;
        }
    }
    flat[len] = '\0';
    for (char *mark; (mark = strstr(flat, " comment \"vif ")) != NULL;) {
        const char *end = strchr(mark, '\n');
        memmove(mark, end, strlen(end) + 1);
    }
    CHECK_STR(flat, want);
}

TEST(a_masquerade)
{
    vif_nft_rules spec = spec_of("core0", NULL, 0);
    FRESH();
    spec.use = VIF_NFT_MASQUERADE;
    memcpy(spec.address.bytes, "\xac\x12\x00\x01", 4);
    spec.prefix = 12;
    life(&spec, "");
    chain_is("ip", "nat-core0", "table ip vif {\nchain nat-core0 {\n"
             "type nat hook postrouting priority 100; policy accept;\n"
             "ip saddr 172.16.0.0/12 oifname != \"core0\" masquerade\n}\n}\n");
    spec.prefix = 16;
    life(&spec, "tc");
    CHECK_INT(vif_nft_remove(&nf, &buf, &spec, true, &err), VIF_OK);
    CHECK_STR(found(&spec), "");
}

TEST(ports_of_a_guest)
{
    const vif_nft_port ports[2] = {{8080, 80, false}, {53, 5353, true}};
    vif_nft_rules spec = spec_of("cont17-0", NULL, 0);
    FRESH();
    spec.use = VIF_NFT_PORTS;
    memcpy(spec.address.bytes, "\xac\x12\x00\x02", 4);
    spec.ports = ports;
    spec.port_count = 2;
    life(&spec, "");
    chain_is("ip", "to-cont17-0", "table ip vif {\nchain to-cont17-0 {\n"
             "type nat hook prerouting priority -100; policy accept;\n"
             "fib daddr type 2 tcp dport 8080 dnat to 172.18.0.2:80\n"
             "fib daddr type 2 udp dport 53 dnat to 172.18.0.2:5353\n}\n}\n");
    spec.use = VIF_NFT_PORTS_HERE;
    life(&spec, "t");
    chain_is("ip", "here-cont17-0", "table ip vif {\nchain here-cont17-0 {\n"
             "type nat hook output priority -100; policy accept;\n"
             "ip daddr != 127.0.0.0/8 fib daddr type 2 tcp dport 8080 dnat to 172.18.0.2:80\n"
             "ip daddr != 127.0.0.0/8 fib daddr type 2 udp dport 53 "
             "dnat to 172.18.0.2:5353\n}\n}\n");
    spec.port_count = 1;
    CHECK_STR(found(&spec), "tc");
}

/* The same of IPv6 is in a table of its own, and neither touches the other. */
TEST(the_same_of_ipv6)
{
    const vif_nft_port port = {8080, 80, false};
    vif_nft_rules four = spec_of("core0", NULL, 0), six = four;
    FRESH();
    four.use = six.use = VIF_NFT_MASQUERADE;
    memcpy(four.address.bytes, "\xac\x12\x00\x01", 4);
    four.prefix = 16;
    six.address = (vif_nft_address){{0xfd, 0, 0, 0x18, [15] = 1}, 16};
    six.prefix = 67;
    life(&four, "");
    life(&six, "");
    chain_is("ip6", "nat-core0", "table ip6 vif {\nchain nat-core0 {\n"
             "type nat hook postrouting priority 100; policy accept;\n"
             "ip6 saddr fd00:18::/67 oifname != \"core0\" masquerade\n}\n}\n");
    CHECK_STR(found(&four), "tcr");
    six.prefix = 64;
    life(&six, "tc");
    CHECK_INT(vif_nft_remove(&nf, &buf, &six, true, &err), VIF_OK);
    CHECK_STR(found(&six), "");
    CHECK_STR(found(&four), "tcr");
    six = spec_of("cont17-0", NULL, 0);
    six.use = VIF_NFT_PORTS_HERE;
    six.address = (vif_nft_address){{0xfd, 0, 0, 0x18, [15] = 2}, 16};
    six.ports = &port;
    six.port_count = 1;
    life(&six, "");
    chain_is("ip6", "here-cont17-0", "table ip6 vif {\nchain here-cont17-0 {\n"
             "type nat hook output priority -100; policy accept;\n"
             "ip6 daddr != ::1 fib daddr type 2 tcp dport 8080 dnat to [fd00:18::2]:80\n}\n}\n");
}

TEST(senders_of_a_link)
{
    static vif_nft_address senders[3] = {
        {{0xac, 0x12, 0, 2}, 4}, {{0x20, [15] = 1}, 16}, {{0xac, 0x12, 0, 3}, 4}};
    vif_nft_rules spec = spec_of("cont17-0", NULL, 0);
    FRESH();
    sh("ip link add cont17-0 type veth peer name cont17-1 2>&1");
    spec.use = VIF_NFT_SPOOF;
    memcpy(spec.mac, "\x52\x54\0\0\0\x17", 6);
    life(&spec, "");
#define ONLY "table netdev vif {\nchain only-cont17-0 {\n" \
             "type filter hook ingress device \"cont17-0\" priority -300; policy accept;\n" \
             "@ll,48,48 != 0x525400000017 drop\n" \
             "arp saddr ether != 52:54:00:00:00:17 drop\n"
    chain_is("netdev", "only-cont17-0", ONLY "}\n}\n");
    spec.senders = senders;
    spec.sender_count = 3;
    CHECK_STR(found(&spec), "tc");
    life(&spec, "tc");
    chain_is("netdev", "only-cont17-0", ONLY
             "arp saddr ip != 172.18.0.2 "
             "arp saddr ip != 172.18.0.3 arp saddr ip != 0.0.0.0 drop\n"
             "ip saddr != 172.18.0.2 ip saddr != 172.18.0.3 "
             "ip saddr != 0.0.0.0 drop\n"
             "ip6 saddr != 2000::1 ip6 saddr != :: "
             "@nh,64,32 & 0xffc00000 != 0xfe800000 drop\n}\n}\n");
    /* where it was before it was the device's own */
    repaired(&spec, "add table bridge vif; add chain bridge vif only-cont17-0", "tc");
    CHECK_INT(sh("nft list tables"), 0);
    CHECK_STR(text, "table netdev vif\n");
    CHECK_INT(vif_nft_remove(&nf, &buf, &spec, true, &err), VIF_OK);
    CHECK_STR(found(&spec), "");
}

/* ---- of a port of a switch ---- */

/* Ends of guests g1 and g2, whose ports p1 and p2 are on br1 here; frames are seen there, too. */
static int ends[3];
enum { G1, G2, BR1 };
static const char *const end_names[3] = { "g1", "g2", "br1" };
#define MAC1 "\x02\0\0\0\0\x01"
#define MAC2 "\x02\0\0\0\0\x02"
#define OTHER PACKET_OTHER
#define ALL PACKET_ALL

static bool switch_built(void)
{
    static bool done;
    if (done) {
        return true;
    }
    done = sh("( set -e; ip link add br1 type bridge; for i in 1 2; do "
              "ip link add p$i type veth peer name g$i; "
              "ip link set g$i address 02:00:00:00:00:0$i; ip link set p$i master br1; done; "
              "for i in br1 p1 p2 g1 g2; do "
              "echo 1 >/proc/sys/net/ipv6/conf/$i/disable_ipv6; ip link set $i up; "
              "done ) 2>&1") == 0;
    for (int i = 0; i < 3 && done; i++) {
        ends[i] = packet_on(-1, end_names[i]);
        done = ends[i] >= 0;
    }
    for (int i = 0; i < 100 && sh("bridge link show dev p2 | grep forwarding") != 0; i++) {
        usleep(20000);
    }
    return done;
}
#define SWITCH_BUILT() do { if (!switch_built()) { SKIP("no bridge: %.120s", text); } } while (0)

static int passes(int from, const char *to, const char *sender, int at)
{
    return packet_passes(ends[from], ends[at], to, sender, 2);
}

static vif_nft_rules port_of(vif_nft_use use, const char *link, const char *mac)
{
    vif_nft_rules spec = spec_of(link, NULL, 0);
    spec.use = use;
    memcpy(spec.mac, mac, 6);
    return spec;
}

static bool learned(const char *mac)
{
    return sh("bridge fdb show br br1 | grep -i '^%s'", mac) == 0;
}

TEST(other_senders_at_a_port)
{
    vif_nft_rules spec = port_of(VIF_NFT_PORT_FROM, "p1", MAC1);
    FRESH();
    SWITCH_BUILT();
    CHECK_INT(passes(G1, ALL, OTHER, G2), 1);
    packet_send(ends[G1], PACKET_NEAREST, "\x02\0\0\0\0\x98", 60);
    usleep(2000);
    CHECK(learned("02:00:00:00:00:98"));    /* so a guest takes over what is for another one */
    spec.flags = VIF_NFT_ONLY_MAC;
    life(&spec, "");
    chain_is("netdev", "from-p1", "table netdev vif {\nchain from-p1 {\n"
             "type filter hook ingress device \"p1\" priority -300; policy accept;\n"
             "@ll,48,48 != 0x20000000001 drop\n}\n}\n");
    sh("bridge fdb del 02:00:00:00:00:99 dev p1 master");
    CHECK_INT(passes(G1, ALL, OTHER, G2), 0);
    CHECK_INT(passes(G1, ALL, OTHER, BR1), 0);
    CHECK_INT(passes(G1, MAC2, OTHER, G2), 0);
    packet_send(ends[G1], PACKET_NEAREST, OTHER, 60);
    usleep(2000);
    CHECK(!learned("02:00:00:00:00:99"));
    CHECK_INT(passes(G1, ALL, MAC1, G2), 1);
    CHECK_INT(passes(G1, MAC2, MAC1, G2), 1);
    CHECK_INT(passes(G2, ALL, OTHER, G1), 1);   /* of the other port nothing was said */
    sh("bridge fdb del 02:00:00:00:00:99 dev p2 master");
    spec.flags = 0;
    CHECK_STR(found(&spec), "tc");
    CHECK_INT(apply(&spec), VIF_OK);
    CHECK_STR(found(&spec), "r");
    CHECK_INT(apply(&spec), VIF_OK);
    CHECK_INT(passes(G1, ALL, OTHER, G2), 1);
    sh("bridge fdb del 02:00:00:00:00:99 dev p1 master");
}

TEST(other_receivers_at_a_port)
{
    vif_nft_rules spec = port_of(VIF_NFT_PORT_TO, "p2", MAC2);
    FRESH();
    SWITCH_BUILT();
    CHECK_INT(passes(G1, OTHER, MAC1, G2), 1);  /* nobody has it: to all ports */
    spec.flags = VIF_NFT_ONLY_MAC;
    life(&spec, "");
    chain_is("netdev", "into-p2", "table netdev vif {\nchain into-p2 {\n"
             "type filter hook egress device \"p2\" priority 300; policy accept;\n"
             "@ll,0,32 & 0x1000000 == 0x0 @ll,0,48 != 0x20000000002 drop\n}\n}\n");
    CHECK_INT(passes(G1, OTHER, MAC1, G2), 0);
    CHECK_INT(passes(BR1, OTHER, MAC1, G2), 0);
    CHECK_INT(passes(BR1, OTHER, MAC1, G1), 1);
    CHECK_INT(passes(G1, MAC2, MAC1, G2), 1);
    CHECK_INT(passes(BR1, MAC2, MAC1, G2), 1);
    CHECK_INT(passes(G1, ALL, MAC1, G2), 1);
    CHECK_INT(passes(BR1, PACKET_GROUP, MAC1, G2), 1);
    CHECK_INT(vif_nft_remove(&nf, &buf, &spec, true, &err), VIF_OK);
    CHECK_INT(passes(G1, OTHER, MAC1, G2), 1);
    CHECK_STR(found(&spec), "");
}

/* What is let through is the burst, and a second's worth of the rate; then the rate alone. */
TEST(a_rate_of_what_comes_in)
{
    vif_nft_rules spec = port_of(VIF_NFT_PORT_FROM, "p1", MAC1);
    int count, more;
    FRESH();
    SWITCH_BUILT();
    spec.rate = 100000;
    spec.burst = 50000;
    life(&spec, "");
    chain_is("netdev", "from-p1", "table netdev vif {\nchain from-p1 {\n"
             "type filter hook ingress device \"p1\" priority -300; policy accept;\n"
             "limit rate over 100000 bytes/second burst 50000 bytes drop\n}\n}\n");
    (void)packet_count(ends[G2]);
    for (count = 0, more = 0; more < 400; more++) {
        packet_send(ends[G1], MAC2, MAC1, 1014);
        count += packet_count(ends[G2]);
    }
    usleep(2000);
    count += packet_count(ends[G2]);
    printf("# %d of 400 frames at once\n", count);
    CHECK(count >= 140 && count <= 200);
    usleep(500000);
    for (count = 0, more = 0; more < 400; more++) {
        packet_send(ends[G1], MAC2, MAC1, 1014);
        count += packet_count(ends[G2]);
    }
    usleep(2000);
    count += packet_count(ends[G2]);
    printf("# %d of 400 frames half a second later\n", count);
    CHECK(count >= 45 && count <= 110);
    spec.rate = 12000000000u;           /* 96 Gbit/s; with a burst, and another rule */
    spec.burst = 4294967295u;
    spec.flags = VIF_NFT_ONLY_MAC;
    CHECK_STR(found(&spec), "tc");
    life(&spec, "tc");
    CHECK_INT(sh("nft -n list chain netdev vif from-p1"), 0);
    CHECK_HAS(text, "@ll,48,48 != 0x20000000001 drop");
    CHECK_HAS(text, "limit rate over 11718750 kbytes/second burst 4294967295 bytes drop");
    spec.burst = 0;
    CHECK_STR(found(&spec), "tc");
}

#define GONE "delete chain netdev vif from-p1; add chain netdev vif from-p1 { type filter hook "

/* What somebody else does to the chain of a device is seen, and set right. */
TEST(a_port_meddled_with)
{
    vif_nft_rules spec = port_of(VIF_NFT_PORT_FROM, "p1", MAC1);
    FRESH();
    SWITCH_BUILT();
    spec.flags = VIF_NFT_ONLY_MAC;
    spec.tag = "me";
    CHECK_INT(apply(&spec), VIF_OK);
    repaired(&spec, "flush chain netdev vif from-p1", "tc");
    repaired(&spec, GONE "ingress device g1 priority -300; }", "tc");
    repaired(&spec, GONE "ingress devices = { p1, g1 } priority -300; }", "tc");
    repaired(&spec, GONE "egress device p1 priority -300; }", "tc");
    repaired(&spec, "add table bridge vif; add chain bridge vif from-p1 "
             "{ type filter hook prerouting priority -300; }", "tc");
    repaired(&spec, "flush ruleset", "");
    spec.tag = "you";
    CHECK_STR(found(&spec), "tc");
    spec.flags = 0;
    CHECK_INT(apply(&spec), VIF_OK);
    CHECK_STR(found(&spec), "r");
}

int main(int argc, char **argv)
{
    if (!ns_enter()) {
        puts("skip all: no user namespaces");
        return 0;
    }
    return check_main(argc, argv);
}
