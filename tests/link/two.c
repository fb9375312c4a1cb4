/* SPDX-License-Identifier: MIT
 * The other file: both call the library, which is a third one, or private in each (VIF_STATIC). */
#include "vif.h"
#include "two.h"
#include <stdio.h>

int main(void)
{
    unsigned char mem[64];
    char text[80];
    vif_buf buf;
    vif_error err;
    vif_options options;

    vif_buf_init(&buf, mem, sizeof mem);
    vif_put_u32(&buf, 7, 0x01020304);
    vif_put_str(&buf, 8, "eth0");
    if (vif_buf_status(&buf, &err) != VIF_OK) {
        return 1;
    }
    if (!one_true(&options) || options.create_tap != VIF_TRUE) {
        fprintf(stderr, "true is not VIF_TRUE\n");
        return 1;
    }
    printf("%.*s", (int)one_encode(text, sizeof text), text);
    for (size_t i = 0; i < buf.len; i++) {
        printf(" %02x", mem[i]);
    }
    printf("\n");
    return 0;
}
