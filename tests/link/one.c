/* SPDX-License-Identifier: MIT
 * One of two files of a program; see two.c. */
#include "vif.h"
#include "two.h"

size_t one_encode(char *buf, size_t cap)
{
    vif_json_out out;
    vif_json_out_init(&out, buf, cap);
    vif_json_open(&out, '[');
    vif_json_string(&out, vif_class_name(vif_class_find("VIFBridge", 9)));
    vif_json_string(&out, vif_status_name(VIF_E_NO_INTERFACE));
    vif_json_close(&out, ']');
    return out.len;
}

const void *one_address(void)
{
    return vif_status_name(VIF_OK);
}
