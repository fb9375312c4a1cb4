/* SPDX-License-Identifier: MIT
 * Takes the place of the walk over attributes in the proofs of its users: the next attribute has any
 * type and 0 to ATTR bytes of any content, which end with their object; or there is none. That a step
 * does nothing else is shown by netlink_walk.c. */
#include "prove.h"
#include "vif_netlink.h"

enum { ATTR = 36 };
unsigned char any_attr[ATTR];

bool vif_attr_next(const unsigned char **at, size_t *left, vif_attr *out, bool *malformed)
{
    const size_t len = UPTO(ATTR);

    /*@ check readable: *left == 0 || \valid_read(*at + (0 .. *left - 1)) ||
      @                 \base_addr(*at) == \base_addr(&any_attr[0]); */
    *malformed = ANY_BOOL();
    if (ANY_BOOL()) {
        return false;
    }
    *malformed = false;
    FILL(any_attr);
    out->type = (uint16_t)UPTO(0x3fff);
    //@ split len;
    out->data = any_attr + (ATTR - len);
    out->len = len;
    return true;
}

bool vif_attr_find(vif_nl_view attrs, uint16_t type, vif_nl_view *out)
{
    const size_t len = UPTO(ATTR);

    (void)type;
    /*@ check readable: attrs.len == 0 || \valid_read(attrs.data + (0 .. attrs.len - 1)) ||
      @                 \base_addr(attrs.data) == \base_addr(&any_attr[0]); */
    if (ANY_BOOL()) {
        return false;
    }
    FILL(any_attr);
    //@ split len;
    out->data = any_attr + (ATTR - len);
    out->len = len;
    return true;
}
