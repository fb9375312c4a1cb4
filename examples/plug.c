/* SPDX-License-Identifier: MIT
 * plug.c: a VIF from C structs: makes a bridge with the VIF's tap, and removes the tap again.
 *   cc -I. examples/plug.c -o plug && unshare -Urn ./plug */
#define VIF_IMPLEMENTATION
#include "vif.h"
#include <stdio.h>

int main(void)
{
    vif_network network;
    vif_options options = {0};
    vif_vif vif;
    vif_host host;
    vif_error err = {VIF_OK, 0, 0, "", ""};
    const vif_host_desc desc = vif_host_desc_default();

    /* vif_object_init gives every field its default. Texts are only pointed at, not copied. */
    vif_object_init(&network, VIF_CLASS_Network);
    network.bridge = "br-green";
    network.multi_host = VIF_FALSE;
    network.should_provide_bridge = VIF_TRUE;   /* make the bridge if it is missing */
    network.mtu = vif_int_of(9000);
    vif_object_init(&vif, VIF_CLASS_VIFBridge);
    vif.base.id = "dc065497-3c8d-4f44-8fb4-e1d33c16a536";   /* goes into the tag of what is made */
    vif.base.address = "22:52:25:62:e2:aa";
    vif.base.network = &network;
    vif.bridge.vif_name = "tap0";
    vif.bridge.bridge_name = "br-green";
    options.create_tap = VIF_TRUE;              /* else the hypervisor makes the tap */

    if (vif_host_open(&host, &desc, &err) == VIF_OK &&
        vif_plug(&host, &vif, NULL, &options, &err) == VIF_OK &&
        vif_unplug(&host, &vif, NULL, &options, &err) == VIF_OK) {
        printf("plugged and unplugged with %u requests\n", (unsigned)host.nl.count.requests);
    } else {
        fprintf(stderr, "%s: %s: %s\n", err.where, vif_status_name(err.status), err.text);
    }
    vif_host_close(&host);
    return err.status != VIF_OK;
}
