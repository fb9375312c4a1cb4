/* SPDX-License-Identifier: MIT
 * The ports of a card, as the kernel tells them by devlink: run by tests/vm/inside/reps.sh, as only
 * root of the machine may make a card. */
#include <stdlib.h>
#include <unistd.h>
#define VIF_IMPLEMENTATION
#include "vif_netlink.h"
#include "check.h"

static bool write_to(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    bool good = f && fputs(text, f) >= 0;
    return f && fclose(f) == 0 && good;
}

/* netdevsim is a card without hardware: its functions' representors are ports of devlink's. */
TEST(devlink_ports)
{
    vif_devlink_port port;
    static unsigned char room[32768];
    vif_nl_desc d = vif_nl_desc_default();
    vif_error err;
    vif_nl generic;
    unsigned vf;
    d.buffer = room;
    d.buffer_cap = sizeof room;
    d.protocol = VIF_NETLINK_GENERIC;
    REQUIRE(write_to("/sys/bus/netdevsim/new_device", "7 1"));
    usleep(300000);
    CHECK(write_to("/sys/bus/netdevsim/devices/netdevsim7/sriov_numvfs", "3"));
    CHECK_INT(system("devlink dev eswitch set netdevsim/netdevsim7 mode switchdev"), 0);
    REQUIRE(vif_nl_open(&generic, &d, &err) == VIF_OK);
    for (vf = 0; vf < 4; vf++) {
        memset(&port, 0, sizeof port);
        strcpy(port.bus, "netdevsim");
        strcpy(port.device, "netdevsim7");
        port.flavour = VIF_PORT_PCI_VF;
        port.vf = (uint16_t)vf;
        port.present = VIF_DEVLINK_PORT_BUS | VIF_DEVLINK_PORT_DEVICE | VIF_DEVLINK_PORT_FLAVOUR |
                       VIF_DEVLINK_PORT_VF | VIF_DEVLINK_PORT_CONTROLLER;
        CHECK_INT(vif_nl_devlink_port(&generic, &port, &err),
                  vf < 3 ? VIF_OK : VIF_E_NO_INTERFACE);
        if (vf < 3) {
            char path[80], name[40] = "", want[40];
            snprintf(path, sizeof path, "/sys/class/net/%s/phys_port_name", port.netdev);
            snprintf(want, sizeof want, "pf%uvf%u\n", port.pf, vf);
            CHECK_INT(vif_file_read(path, name, sizeof name, &err), VIF_OK);
            CHECK_STR(name, want);
        }
    }
    vif_nl_close(&generic);
    CHECK(write_to("/sys/bus/netdevsim/del_device", "7"));
}

int main(int argc, char **argv)
{
    return check_main(argc, argv);
}
