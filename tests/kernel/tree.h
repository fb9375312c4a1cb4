/* SPDX-License-Identifier: MIT
 * A host that sees a directory of the test's in the place of /sys. */
static char root[64], state[80];

static void remove_tree(void)
{
    sh("rm -rf %s", root);
}

static bool opened(void)
{
    vif_host_desc d = vif_host_desc_default();
    d.sys_root = root;
    d.state_dir = state;
    memset(&host, 0, sizeof host);
    return vif_host_open(&host, &d, &err) == VIF_OK;
}
