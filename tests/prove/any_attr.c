/* SPDX-License-Identifier: MIT
 * Takes the place of a look for an attribute, where netlink_walk.c has shown that a walk keeps to
 * its bytes: these must be readable, and the last of them, however many, may be found. */
#include "prove.h"
#include "vif_netlink.h"

bool vif_attr_find(vif_nl_view attrs, uint16_t type, vif_nl_view *out)
{
    const size_t len = UPTO(attrs.len);

    /*@ check readable: attrs.len == 0 || \valid_read(attrs.data + (0 .. attrs.len - 1)); */
    (void)type;
    if (ANY_BOOL()) {
        return false;
    }
    //@ split len;
    out->data = attrs.data + (attrs.len - len);
    out->len = len;
    return true;
}
