/* SPDX-License-Identifier: MIT
 * vifs.h: the VIFs of the tests of plugin ovs, as structs. Include it behind vif.h. */
#ifndef VIFS_H_INCLUDED
#define VIFS_H_INCLUDED
#define VIF_ID "dc065497-3c8d-4f44-8fb4-e1d33c16a536"
#define IFACE_ID "a909a1b5-4b0e-4b6d-8f4b-a1a7a3c11d33"
#define VM_ID "d5b1090c-9e00-4fa4-9504-4b1494857970"
#define MAC "22:52:25:62:e2:aa"
#define TAG "vif:local:" VIF_ID

static vif_vif vif;
static vif_network network;
static vif_port_profile profile;
static vif_instance_info instance;
static vif_options options;

/* What all of a test's VIFs begin with: a function of each file's own, which calls this first. */
static void start(vif_class klass);
static void start_vif(vif_class klass)
{
    memset(&options, 0, sizeof options);
    vif_object_init(&vif, klass);
    vif_object_init(&network, VIF_CLASS_Network);
    vif_object_init(&profile, VIF_CLASS_VIFPortProfileOpenVSwitch);
    vif_object_init(&instance, VIF_CLASS_InstanceInfo);
    instance.uuid = VM_ID;
    network.bridge = "br-int";
    network.mtu = vif_int_of(1450);
    profile.openvswitch.interface_id = IFACE_ID;
    vif.base.network = &network;
    vif.base.port_profile = &profile;
    vif.base.id = VIF_ID;
    vif.base.address = MAC;
    vif.base.plugin = "ovs";
}

static inline void hybrid(void)
{
    start(VIF_CLASS_VIFBridge);
    vif.bridge.vif_name = "tap0";
    vif.bridge.bridge_name = "qbrdc065497-3c";
}

static inline void vhost(vif_vhost_mode mode)
{
    start(VIF_CLASS_VIFVHostUser);
    vif.vhost_user.mode = mode;
    vif.vhost_user.path = "/run/vhu0";
}
#endif
