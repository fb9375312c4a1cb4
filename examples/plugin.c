/* SPDX-License-Identifier: MIT
 * plugin.c: a plugin of your own. It takes VIFGeneric and plans a tap that answers ARP only for its
 * own addresses. plug, unplug, check and dry run follow from the plan.
 *   cc -I. examples/plugin.c -o plugin && unshare -Urn ./plugin */
#define VIF_IMPLEMENTATION
#include "vif.h"
#include <stdio.h>

static void plan_quiet(vif_plan *plan, const vif_plan_input *in)
{
    const char *name = vif_has(in->vif->generic.vif_name) ? in->vif->generic.vif_name : "";
    (void)vif_plan_tap(plan, in, name, NULL, vif_plan_mtu(plan, in));
    (void)vif_plan_conf(plan, VIF_OWN, name, VIF_CONF_ARP_IGNORE, 1);
    (void)vif_plan_add(plan, VIF_RES_UP, VIF_OWN, name, NULL);
}

static const vif_plugin_vif takes[] = {{VIF_CLASS_VIFGeneric, 0, 0, NULL},
                                       {VIF_CLASS_NONE, 0, 0, NULL}};
static const vif_plugin quiet = {"quiet", takes, plan_quiet};

int main(void)
{
    const vif_plugin *const plugins[] = {&quiet};
    vif_host_desc desc = vif_host_desc_default();
    vif_host host;
    vif_vif vif;
    vif_error err = {VIF_OK, 0, 0, "", ""};
    desc.plugins = plugins;
    desc.plugin_count = 1;
    vif_object_init(&vif, VIF_CLASS_VIFGeneric);
    vif.base.plugin = "quiet";
    vif.base.id = "dc065497-3c8d-4f44-8fb4-e1d33c16a536";
    vif.generic.vif_name = "tap0";
    if (vif_host_open(&host, &desc, &err) != VIF_OK ||
        vif_plug(&host, &vif, NULL, NULL, &err) != VIF_OK) {
        fprintf(stderr, "%s: %s: %s\n", err.where, vif_status_name(err.status), err.text);
    }
    vif_host_close(&host);
    return err.status != VIF_OK;
}
