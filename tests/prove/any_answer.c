/* SPDX-License-Identifier: MIT
 * Takes the place of the reading of an answer in the proof of the exchange: its bytes must be
 * readable, its outcome and its words may be any. */
#include "prove.h"
#include "vif_netlink.h"

vif_status vif_nl_answer(const vif_nl_msg *msg, vif_error *error)
{
    /*@ check readable: msg->len == 0 || \valid_read(msg->data + (0 .. msg->len - 1)); */
    if (error) {
        FILL(*error);
    }
    return ANY_BOOL() ? VIF_OK : VIF_E_KERNEL;
}
