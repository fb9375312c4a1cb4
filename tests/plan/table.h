/* SPDX-License-Identifier: MIT
 * table.h: the links of a host that is a table, as plans see them. Include it behind vif.h. */
#ifndef TABLE_H_INCLUDED
#define TABLE_H_INCLUDED
#include "check.h"

/* What comes in by a tap is not for the host. */
#define SEALED(tap) \
    "setting " tap " (own) family=ipv6 disable_ipv6=1\n" \
    "setting " tap " (own) family=ipv4 rp_filter=1\n" \
    "setting " tap " (own) family=ipv4 arp_ignore=1\n" \
    "setting " tap " (own) family=ipv4 accept_redirects=0\n" \
    "setting " tap " (own) family=ipv4 send_redirects=0\n"

static vif_link_info table[4];
static size_t table_count;
static int looks;
static bool view_fails;

static const vif_link_info *view_link(void *user, const char *name)
{
    static vif_link_info none;
    size_t i;
    CHECK(user == (void *)table);
    looks++;
    for (i = 0; i < table_count; i++) {
        if (strcmp(table[i].name, name) == 0) {
            return &table[i];
        }
    }
    return view_fails ? NULL : &none;
}

__attribute__((unused)) static void there_is(const char *name, const char *kind, const char *alias)
{
    vif_link_info *i = &table[table_count++];
    memset(i, 0, sizeof *i);
    i->index = (int32_t)table_count + 1;
    vif_cat(i->name, sizeof i->name, name);
    vif_cat(i->kind, sizeof i->kind, kind);
    vif_cat(i->alias, sizeof i->alias, alias);
    i->is_tap = strcmp(kind, "tun") == 0;
}
#endif
