/* SPDX-License-Identifier: MIT
 * Fuzz target: the text of a resolv.conf, which a container may write as it likes. The first byte
 * says which server is added, and with how many others; a server that is added is found, a line
 * that is taken out was exactly vif's, and all other bytes stay. Two servers that differ in
 * spelling are one. */
#define VIF_STATIC
#include "vif.h"
#include <stdlib.h>

#define MUST(cond) do { if (!(cond)) { __builtin_trap(); } } while (0)

enum { MOST = 4096 };
static const char *const servers[8] = {"192.0.2.53", "2001:db8::53", "::ffff:192.0.2.53", "::1",
                                       "0.0.0.0", "255.255.255.255", "fe80::1", "::"};

/* Whether the text has the line as vif writes it, in its whole length or at its end without the
 * newline; where. */
static const char *line_in(const char *text, size_t len, const char *line, size_t *cut)
{
    const size_t size = strlen(line);
    const char *at = text, *end = text + len;

    while (at < end) {
        const char *newline = (const char *)memchr(at, '\n', (size_t)(end - at));
        const size_t n = newline != NULL ? (size_t)(newline + 1 - at) : (size_t)(end - at);

        if ((n == size || (newline == NULL && n == size - 1)) && memcmp(at, line, n) == 0) {
            *cut = n;
            return at;
        }
        at += n;
    }
    return NULL;
}

/* Every line is passed once, and the text is not read behind its end. */
static size_t lines_of(const char *text, size_t len)
{
    char *exact = (char *)malloc(len + (len == 0));
    size_t at = 0, count = 0, before;
    vif_ip ip;

    MUST(exact != NULL);
    memcpy(exact, text, len);
    while (at < len) {
        before = at;
        count += vif__dns_line(exact, len, &at, &ip);
        MUST(at > before && at <= len);
        MUST(memchr(exact + before, '\n', at - before) ==
             (exact[at - 1] == '\n' ? (void *)(exact + at - 1) : NULL));
    }
    free(exact);
    return count;
}

static void one(const char *text, size_t len, const vif_ip *ip)
{
    static char out[MOST + 2 * VIF__DNS_LINE], back[sizeof out];
    char line[VIF__DNS_LINE];
    const bool had = vif__dns_has(text, len, ip);
    const size_t size = vif__dns_format(ip, line), servers_before = lines_of(text, len);
    size_t cut = 0, n, ends = len > 0 && text[len - 1] != '\n';
    const char *at = line_in(text, len, line, &cut);

    MUST(size < sizeof line && line[size - 1] == '\n');
    MUST(at == NULL || had);
    memcpy(out, text, len);
    n = vif__dns_cut(out, len, ip);
    MUST(n == len - (at != NULL ? cut : 0));
    if (at != NULL) {
        MUST(memcmp(out, text, (size_t)(at - text)) == 0);
        MUST(memcmp(out + (at - text), at + cut, len - cut - (size_t)(at - text)) == 0);
        MUST(lines_of(out, n) == servers_before - 1);
    } else {
        MUST(memcmp(out, text, len) == 0);
    }
    memcpy(out, text, len);
    n = vif__dns_add(out, len, ip);
    MUST(n == len + ends + size && memcmp(out, text, len) == 0);
    MUST(memcmp(out + n - size, line, size) == 0 && vif__dns_has(out, n, ip));
    MUST(lines_of(out, n) == servers_before + 1);
    if (!had) {                         /* what was added goes, and no more */
        memcpy(back, out, n);
        MUST(vif__dns_cut(back, n, ip) == len + ends);
        MUST(memcmp(back, out, len + ends) == 0 && !vif__dns_has(back, len + ends, ip));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data + 1;
    vif_ip ip;

    if (size < 1 || size > MOST) {
        return 0;
    }
    MUST(vif_ip_parse(servers[data[0] % 8], strlen(servers[data[0] % 8]), false, &ip));
    one(text, size - 1, &ip);
    return 0;
}
