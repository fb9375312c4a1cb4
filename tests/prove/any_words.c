/* SPDX-License-Identifier: MIT
 * Takes the place of the copying of the kernel's words, which text.c shows by itself: what is copied
 * must be readable, and what it is copied to has any content then. So for the reading of an answer. */
#include "prove.h"
#include "vif_netlink.h"

void vif_cat_escaped(char *to, size_t cap, const char *text, size_t len)
{
    /*@ check readable: len == 0 || \valid_read(text + (0 .. len - 1)); */
    /*@ check room: \valid(to + (0 .. cap - 1)); */
    (void)text;
    (void)len;
    Frama_C_make_unknown(to, cap);
    to[cap - 1] = '\0';
}

#ifdef PART_step
/* An answer has any outcome; what reads it is the part "answer". */
vif_status vif_nl_answer(const vif_nl_msg *msg, vif_error *error)
{
    /*@ check readable: msg->len == 0 || \valid_read(msg->data + (0 .. msg->len - 1)); */
    if (error) {
        FILL(*error);
    }
    return ANY_BOOL() ? VIF_OK : VIF_E_KERNEL;
}
#endif
