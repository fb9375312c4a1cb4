/* SPDX-License-Identifier: MIT
 * The frames that say where an address is, byte by byte as RFC 826, 5227 and 4861 have them; and,
 * where there is one, as tcpdump reads them. */
#include <stdio.h>
#define VIF_IMPLEMENTATION
#include "vif_netlink.h"
#include "check.h"
#include "shell.h"

static const uint8_t mac[6] = { 0x22, 0x52, 0x25, 0x62, 0xe2, 0xaa };
static const uint8_t ip4[4] = { 192, 0, 2, 17 };
static const uint8_t ip6[16] = { 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x17 };
static uint8_t frame[VIF_ANNOUNCEMENT_SIZE];

TEST(arp)
{
    static const uint8_t want[42] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x22, 0x52, 0x25, 0x62, 0xe2, 0xaa, 0x08, 0x06,
        0x00, 0x01, 0x08, 0x00, 0x06, 0x04, 0x00, 0x01,
        0x22, 0x52, 0x25, 0x62, 0xe2, 0xaa, 192, 0, 2, 17,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 192, 0, 2, 17
    };
    memset(frame, 0x5a, sizeof frame);
    CHECK_BYTES(frame, vif_announcement(mac, ip4, 4, false, frame), want, sizeof want);
    CHECK_INT(frame[42], 0x5a);         /* and not a byte more */
    CHECK_INT(vif_announcement(mac, ip4, 4, true, frame), 42);
    CHECK_BYTES(frame, 42, want, sizeof want);
}

/* The sum of RFC 1071 over pseudo header and message, its own field included, is all ones. */
static uint32_t sum_of(const uint8_t *f)
{
    uint32_t sum = 32 + 58;
    for (int i = 22; i < 86; i += 2) {
        sum += (uint32_t)(f[i] * 256 + f[i + 1]);
    }
    while (sum > 0xffff) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return sum;
}

TEST(neighbour_advertisement)
{
    static const uint8_t want[86] = {
        0x33, 0x33, 0x00, 0x00, 0x00, 0x01, 0x22, 0x52, 0x25, 0x62, 0xe2, 0xaa, 0x86, 0xdd,
        0x60, 0, 0, 0, 0, 32, 58, 255,
        0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x17,
        0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
        136, 0, 0xd0, 0xa0, 0x20, 0, 0, 0,
        0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x17,
        2, 1, 0x22, 0x52, 0x25, 0x62, 0xe2, 0xaa
    };
    uint8_t ip[16];
    memset(frame, 0x5a, sizeof frame);
    CHECK_BYTES(frame, vif_announcement(mac, ip6, 16, false, frame), want, sizeof want);
    CHECK_INT(vif_announcement(mac, ip6, 16, true, frame), 86);
    CHECK_INT(frame[58], 0xa0);         /* router and override, not solicited */
    CHECK_INT(sum_of(frame), 0xffff);
    for (int i = 0; i < 512; i++) {     /* carries of all sorts */
        memset(ip, i & 1 ? 0xff : 0, sizeof ip);
        ip[i % 16] = (uint8_t)i;
        ip[15 - i / 16 % 16] = (uint8_t)(i * 7);
        CHECK_INT(vif_announcement(mac, ip, 16, false, frame), 86);
        CHECK_INT(sum_of(frame), 0xffff);
    }
}

TEST(no_address)
{
    CHECK_INT(vif_announcement(mac, ip4, 0, false, frame), 0);
    CHECK_INT(vif_announcement(mac, ip6, 6, false, frame), 0);
}

/* A file of the frame, as libpcap has them, in this machine's byte order. */
static const char *decoded(size_t len)
{
    const uint32_t head[6] = { 0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, 1 };
    const uint16_t version[2] = { 2, 4 };
    const uint32_t packet[4] = { 0, 0, (uint32_t)len, (uint32_t)len };
    char path[] = "/tmp/vif-frame-XXXXXX";
    const int fd = mkstemp(path);
    FILE *f = fd >= 0 ? fdopen(fd, "wb") : NULL;
    if (f) {
        fwrite(&head[0], 4, 1, f);
        fwrite(version, 4, 1, f);
        fwrite(&head[2], 4, 4, f);
        fwrite(packet, sizeof packet, 1, f);
        fwrite(frame, len, 1, f);
        fclose(f);
    }
    sh("tcpdump -envvtr %s 2>/dev/null", path);
    remove(path);
    return sh_text;
}

TEST(as_tcpdump_reads_them)
{
    if (sh("tcpdump --version") != 0) {
        SKIP("no tcpdump");
    }
    decoded(vif_announcement(mac, ip4, 4, false, frame));
    CHECK_HAS(sh_text, "22:52:25:62:e2:aa > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806)");
    CHECK_HAS(sh_text, "Request who-has 192.0.2.17 tell 192.0.2.17");
    decoded(vif_announcement(mac, ip6, 16, true, frame));
    CHECK_HAS(sh_text, "22:52:25:62:e2:aa > 33:33:00:00:00:01, ethertype IPv6 (0x86dd)");
    CHECK_HAS(sh_text, "hlim 255");
    CHECK_HAS(sh_text, "[icmp6 sum ok] ICMP6, neighbor advertisement");
    CHECK_HAS(sh_text, "tgt is 2001:db8::17, Flags [router, override]");
    CHECK_HAS(sh_text, "destination link-address option (2), length 8 (1): 22:52:25:62:e2:aa");
}

CHECK_MAIN
