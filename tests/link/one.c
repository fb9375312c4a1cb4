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

/* "= true" says yes in C and in C++, as the other file, the writer and the options read it. */
int one_true(vif_options *options)
{
    vif_vif vif;
    vif_json_out out;
    char text[400];

    options->create_tap = true;
    vif_object_init(&vif, VIF_CLASS_VIFBase);
    vif.base.active = true;
    vif_json_out_init(&out, text, sizeof text);
    return vif_encode(&vif.object, NULL, &out, NULL) == VIF_OK &&
        vif.base.active == VIF_TRUE && strstr(text, "\"active\":true") != NULL;
}

const void *one_address(void)
{
    return vif_status_name(VIF_OK);
}
