/* SPDX-License-Identifier: MIT
 * The plans of the plugin nested, as text: VLANs, macvlans and cards with DPDK of pods, and what is
 * refused. No kernel, no privileges. */
#define VIF_IMPLEMENTATION
#include "vif.h"
#define PLUGIN "nested"
#include "plan/golden.h"

#define MAC "mac=22:52:25:62:e2:aa"

static vif_subnet_list subnets;
static vif_subnet subnet;
static vif_fixed_ip_list ips;
static vif_fixed_ip ip;

static void start(vif_class klass)
{
    memset(&options, 0, sizeof options);
    file_count = note_count = table_count = 0;
    bare = false;
    options.netns_fd = vif_u32_of(5);
    vif_object_init(&vif, klass);
    vif_object_init(&network, VIF_CLASS_Network);
    vif_object_init(&subnets, VIF_CLASS_SubnetList);
    vif_object_init(&subnet, VIF_CLASS_Subnet);
    vif_object_init(&ips, VIF_CLASS_FixedIPList);
    vif_object_init(&ip, VIF_CLASS_FixedIP);
    ip.address = "192.0.2.17";
    ips.objects.items = &ip;
    ips.objects.count = 1;
    subnet.cidr = "192.0.2.0/24";
    subnet.gateway = "192.0.2.1";
    subnet.ips = &ips;
    subnets.objects.items = &subnet;
    subnets.objects.count = 1;
    network.subnets = &subnets;
    network.bridge_interface = "ens3";
    vif.base.id = VIF_ID;
    vif.base.address = "22:52:25:62:e2:aa";
    vif.base.network = &network;
    vif.macvlan_nested.vif_name = "tapdc065497-3c";
    if (klass == VIF_CLASS_VIFVlanNested) {
        vif.vlan_nested.vlan_id = vif_int_of(101);
    }
}

#define INSIDE(link) \
    "up lo in namespace 1 (shared)\n" \
    "address " link " in namespace 1 (own) ip=192.0.2.17/24\n" \
    "up " link " in namespace 1 (own)\n" \
    "route " link " in namespace 1 (own) ip=0.0.0.0/0 via=192.0.2.1\n"

TEST(a_vlan)
{
    start(VIF_CLASS_VIFVlanNested);
    golden(VIF_PLUG, "up ens3 (counted)\n"
           "vlan eth0 in namespace 1 (own) id=101 lower=ens3 " MAC "\n" INSIDE("eth0"));
    options.vlan_interface = "ens4";
    options.flat_interface = "ens5";
    options.netns_link = "net1";
    network.mtu = vif_int_of(1450);
    golden(VIF_CHECK, "up ens4 (counted)\n"
           "vlan net1 in namespace 1 (own) id=101 lower=ens4 " MAC " mtu=1450\n" INSIDE("net1"));
    options.l3_setup = VIF_FALSE;
    golden(VIF_UNPLUG,
           "vlan net1 in namespace 1 (own) id=101 lower=ens4 " MAC " mtu=1450\n"
           "up lo in namespace 1 (shared)\n"
           "up net1 in namespace 1 (own)\n");
}

TEST(a_macvlan)
{
    start(VIF_CLASS_VIFMacvlanNested);
    golden(VIF_PLUG, "up ens3 (counted)\n"
           "macvlan eth0 in namespace 1 (own) lower=ens3 mode=bridge " MAC "\n" INSIDE("eth0"));
    options.flat_interface = "ens5";
    golden(VIF_UNPLUG,
           "macvlan eth0 in namespace 1 (own) lower=ens5 mode=bridge " MAC "\n" INSIDE("eth0"));
}

/* What is not known any more is not needed to take the link away. */
TEST(unplug_with_less)
{
    start(VIF_CLASS_VIFVlanNested);
    vif.base.network = NULL;
    vif.vlan_nested.vlan_id = vif_int_of(0);
    golden(VIF_UNPLUG, "vlan eth0 in namespace 1 (own) " MAC "\n"
           "up lo in namespace 1 (shared)\n"
           "up eth0 in namespace 1 (own)\n");
    options.netns_fd.set = false;
    golden(VIF_UNPLUG, "vlan tapdc065497-3c (own) " MAC " if the link is ours\n");
}

TEST(refusals)
{
    start(VIF_CLASS_VIFVlanNested);
    vif.vlan_nested.vlan_id = vif_int_of(4095);
    refuses(VIF_E_FIELD, "vlan_id", "1 to 4094");
    vif.vlan_nested.vlan_id = vif_int_of(0);
    refuses(VIF_E_FIELD, "vlan_id", "1 to 4094");
    start(VIF_CLASS_VIFVlanNested);
    vif.vlan_nested.vif_name = NULL;
    refuses(VIF_E_FIELD, "vif_name", "not set");
    start(VIF_CLASS_VIFMacvlanNested);
    network.bridge_interface = NULL;
    refuses(VIF_E_FIELD, "network.bridge_interface", "a lower device is needed");
    options.flat_interface = "a/b";
    refuses(VIF_E_FIELD, "flat_interface", "");
    start(VIF_CLASS_VIFMacvlanNested);
    options.netns_fd.set = false;
    refuses(VIF_E_INVAL, "netns_fd", "not set");
    start(VIF_CLASS_VIFMacvlanNested);
    options.netns_link = "a/b";
    refuses(VIF_E_INVAL, "netns_link", "");
    start(VIF_CLASS_VIFMacvlanNested);
    network.mtu = vif_int_of(60);
    refuses(VIF_E_FIELD, "network.mtu", "68 to 65535");
    start(VIF_CLASS_VIFMacvlanNested);
    vif.base.address = "01:00:5e:00:00:01";
    refuses(VIF_E_FIELD, "address", "multicast");
}

/* A profile of a pod's says so, too. */
TEST(layer_3_is_left_to_the_pod)
{
    static vif_port_profile profile;
    start(VIF_CLASS_VIFMacvlanNested);
    vif_object_init(&profile, VIF_CLASS_VIFPortProfileK8sDPDK);
    profile.k8s_dpdk.l3_setup = VIF_FALSE;
    vif.base.port_profile = &profile;
    golden(VIF_PLUG, "up ens3 (counted)\n"
           "macvlan eth0 in namespace 1 (own) lower=ens3 mode=bridge " MAC "\n"
           "up lo in namespace 1 (shared)\n"
           "up eth0 in namespace 1 (own)\n");
    profile.k8s_dpdk.l3_setup = VIF_TRUE;
    golden(VIF_PLUG, "up ens3 (counted)\n"
           "macvlan eth0 in namespace 1 (own) lower=ens3 mode=bridge " MAC "\n" INSIDE("eth0"));
}

/* ---- cards with DPDK ------------------------------------------------------------------------- */

#define DRIVER(slot, name) "driver " slot " (borrowed) driver=" name "\n"
#define SLOT "0000:00:05.0"

/* A host with its own card, and a virtio card with the VIF's MAC. */
static void dpdk(void)
{
    start(VIF_CLASS_VIFDPDKNested);
    vif.macvlan_nested.vif_name = NULL;
    vif.dpdk_nested.vif_name = "tapdc065497-3c";
    file("class/net/ens3/address", "52:54:00:00:00:01\n");
    file("class/net/ens3/device/uevent", "DRIVER=e1000\nPCI_SLOT_NAME=0000:00:03.0\n");
    file("class/net/ens5/address", "22:52:25:62:E2:aa\n");
    file("class/net/ens5/device/uevent", "DRIVER=virtio_net\nMODALIAS=virtio:d1v1\n");
    file("class/net/ens5/device/../uevent", "DRIVER=virtio-pci\nPCI_SLOT_NAME=" SLOT "\n");
    file("class/net/vlan5/address", "22:52:25:62:e2:aa\n");     /* over it: it has no device */
    file("bus/pci/devices/" SLOT "/virtio2/net/ens5/mtu", "1500\n");
    there_is("ens5", "", "");
}

TEST(a_card_with_dpdk)
{
    dpdk();
    golden(VIF_PLUG, DRIVER(SLOT, "uio_pci_generic"));
    CHECK(plan.items[0].want.device->before == NULL);
    options.hostdev_driver = "vfio-pci";
    golden(VIF_CHECK, DRIVER(SLOT, "vfio-pci"));
    golden(VIF_UNPLUG, DRIVER(SLOT, "vfio-pci"));       /* without a note nothing is done to it */
    options.netns_fd.set = false;
    golden(VIF_PLUG, DRIVER(SLOT, "vfio-pci"));
    vif.base.object.klass = VIF_CLASS_VIFNestedDPDK;
    golden(VIF_PLUG, DRIVER(SLOT, "vfio-pci"));
    vif.base.plugin = "noop";           /* Kuryr's, whose agent does it itself */
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    CHECK_INT(plan.count, 0);
}

/* By its MAC; else by the note, which counts more than what the object says. */
TEST(a_card_is_found)
{
    dpdk();
    vif.dpdk_nested.pci_address = "0000:00:09.0";
    vif.dpdk_nested.dev_driver = "virtio-pci";
    note(VIF_RES_DRIVER, "0000:00:07.0");
    golden(VIF_PLUG, DRIVER(SLOT, "uio_pci_generic"));
    CHECK_STR(plan.items[0].want.device->before, "virtio-pci");
    file_count = 0;                     /* the driver has it: no netdev */
    golden(VIF_PLUG, DRIVER("0000:00:07.0", "uio_pci_generic"));
    note_count = 0;
    golden(VIF_PLUG, DRIVER("0000:00:09.0", "uio_pci_generic"));
    note(VIF_RES_NAME, "eth7");
    golden(VIF_PLUG, DRIVER("0000:00:09.0", "uio_pci_generic"));
    dpdk();
    vif.base.address = NULL;
    vif.dpdk_nested.pci_address = "0000:00:03.0";
    golden(VIF_PLUG, DRIVER("0000:00:03.0", "uio_pci_generic"));
}

/* All that is noted for the VIF comes back, whatever the options and the object say. */
TEST(a_card_comes_back)
{
    dpdk();
    vif.dpdk_nested.pci_address = "0000:00:09.0";
    note(VIF_RES_DRIVER, SLOT);
    note(VIF_RES_DRIVER, "0000:00:07.0");
    golden(VIF_UNPLUG, DRIVER(SLOT, "uio_pci_generic") DRIVER("0000:00:07.0", "vfio-pci"));
    file_count = 0;
    golden(VIF_UNPLUG, DRIVER(SLOT, "uio_pci_generic") DRIVER("0000:00:07.0", "vfio-pci"));
    note_count = 0;
    vif.dpdk_nested.pci_address = NULL;
    golden(VIF_UNPLUG, "");
}

TEST(cards_that_are_refused)
{
    static vif_port_profile profile;
    dpdk();
    table[0].flags = VIF_IFF_UP;
    refuses(VIF_E_EXISTS, "ens5", "the host uses the card");
    table[0].flags = 0;
    table[0].master = 7;
    refuses(VIF_E_EXISTS, "ens5", "the host uses the card");
    table[0].master = 0;
    file("bus/pci/devices/" SLOT "/sriov_numvfs", "2\n");
    refuses(VIF_E_EXISTS, SLOT, "has functions");
    /* Another pod has its device, which nobody sees here. */
    dpdk();
    file_count = 0;
    vif.dpdk_nested.pci_address = SLOT;
    file("bus/pci/devices/" SLOT "/virtio2/net/../modalias", "virtio:d1v1\n");
    file("bus/pci/devices/" SLOT "/virtio2/modalias", "virtio:d1v1\n");
    refuses(VIF_E_EXISTS, SLOT, "in another namespace");
    dpdk();
    file("class/net/ens6/address", "22:52:25:62:e2:aa\n");
    file("class/net/ens6/device/uevent", "DRIVER=igb\nPCI_SLOT_NAME=0000:00:06.0\n");
    refuses(VIF_E_CONFLICT, "address", "several devices");
    /* A sub-function stands below its card, and is not the card. */
    dpdk();
    file_count = 0;
    file("class/net/ens6/address", "22:52:25:62:e2:aa\n");
    file("class/net/ens6/device/uevent", "DRIVER=mlx5_core.sf\nMODALIAS=auxiliary:x\n");
    file("class/net/ens6/device/../uevent", "DRIVER=mlx5_core\nPCI_SLOT_NAME=0000:00:06.0\n");
    refuses(VIF_E_NO_PCI_DEVICE, "pci_address", "no network device has the VIF's MAC");
    vif.dpdk_nested.pci_address = "../0000:00:06.0";
    refuses(VIF_E_NO_PCI_DEVICE, "pci_address", "");
    /* The address is another card's by now. */
    dpdk();
    vif.base.address = "22:52:25:62:e2:ab";
    vif.dpdk_nested.pci_address = SLOT;
    refuses(VIF_E_EXISTS, "ens5", "another MAC");
    bare = true;
    refuses(VIF_E_NO_PCI_DEVICE, "pci_address", "no sysfs");
    dpdk();
    vif_object_init(&profile, VIF_CLASS_VIFPortProfile8021Qbh);
    vif.base.port_profile = &profile;
    refuses(VIF_E_NO_PROFILE_CLASS, "port_profile", "");
    vif_object_init(&profile, VIF_CLASS_VIFPortProfileK8sDPDK);
    golden(VIF_PLUG, DRIVER(SLOT, "uio_pci_generic"));
}

CHECK_MAIN
