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
    i->alias = alias;
    i->is_tap = strcmp(kind, "tun") == 0;
}

/* Ports of cards, as devlink has them. */
static vif_devlink_port ports[4];
static size_t port_count;

__attribute__((unused)) static bool view_devlink(void *user, vif_devlink_port *port)
{
    size_t i;
    CHECK(user == (void *)table);
    for (i = 0; i < port_count; i++) {
        const vif_devlink_port *p = &ports[i];
        if (strcmp(p->bus, port->bus) == 0 && strcmp(p->device, port->device) == 0 &&
            p->flavour == port->flavour && p->pf == port->pf && p->vf == port->vf &&
            p->external == port->external && p->controller == port->controller) {
            *port = *p;
            return true;
        }
    }
    return false;
}

/* Notes of devices that are the VIF's. */
static struct {
    vif_kind kind;
    const char *device;
} notes[4];
static size_t note_count;

__attribute__((unused)) static void note(vif_kind kind, const char *device)
{
    notes[note_count].kind = kind;
    notes[note_count++].device = device;
}

__attribute__((unused))
static void view_notes(void *user, bool (*each)(void *context, int kind, const char *device),
                       void *context)
{
    size_t i;
    CHECK(user == (void *)table);
    for (i = 0; i < note_count && each(context, (int)notes[i].kind, notes[i].device); i++) {
    }
}

/* sysfs: files with their text; a directory is what its files' paths say. */
static const char *files[128][2];
static size_t file_count;
static unsigned sysfs_looks;            /* files and directories asked for so far */

__attribute__((unused)) static void file(const char *path, const char *text)
{
    files[file_count][0] = path;
    files[file_count++][1] = text;
}

__attribute__((unused))
static bool view_sysfs(void *user, const char *path, char *text, size_t cap)
{
    size_t i;
    CHECK(user == (void *)table);
    sysfs_looks++;
    for (i = 0; i < file_count; i++) {
        if (strcmp(files[i][0], path) == 0 && strlen(files[i][1]) < cap - 1) {
            memcpy(text, files[i][1], strlen(files[i][1]) + 1);
            return true;
        }
    }
    text[0] = '\0';
    return false;
}

__attribute__((unused))
static void view_sysfs_list(void *user, const char *path,
                            bool (*each)(void *context, const char *name), void *context)
{
    const size_t len = strlen(path);
    char seen[32][64];
    size_t i, k, count = 0;
    CHECK(user == (void *)table);
    sysfs_looks++;
    for (i = 0; i < file_count; i++) {
        const char *name = files[i][0] + len + 1;
        if (strncmp(files[i][0], path, len) != 0 || files[i][0][len] != '/' || *name == '.') {
            continue;
        }
        snprintf(seen[count], sizeof *seen, "%.*s", (int)strcspn(name, "/"), name);
        for (k = 0; strcmp(seen[k], seen[count]) != 0; k++) {
        }
        if (k == count++) {
            if (!each(context, seen[k])) {
                return;
            }
        } else {
            count--;
        }
    }
}
#endif
