// SPDX-License-Identifier: MIT OR GPL-2.0
/* A kernel module that makes a NIC with SR-IOV look like one in switchdev mode: its device, the
 * parameter "uplink", becomes port p0 of a switch, and each of "count" functions gets a device
 * with the NIC for its parent, whose port is called pf0vf0, pf0vf1, ... Nothing is forwarded: it is
 * there for those who look for representors. Its switch takes port profiles of 802.1Qbh, too, of
 * the NIC and of each function, as only the driver enic does: all, but one called "refused". */
#include <linux/etherdevice.h>
#include <linux/if_link.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <net/netlink.h>

enum { MOST = 16 };
static char *uplink = "eth0";
static int count = 2;
module_param(uplink, charp, 0444);
module_param(count, int, 0444);
MODULE_LICENSE("Dual MIT/GPL");

static struct net_device *nic, *made[MOST];
static const struct net_device_ops *nic_ops;
static struct net_device_ops uplink_ops;

static int switch_id(struct net_device *dev, struct netdev_phys_item_id *id)
{
    id->id_len = ETH_ALEN;
    memcpy(id->id, nic->perm_addr, ETH_ALEN);
    return 0;
}

static int uplink_port(struct net_device *dev, char *name, size_t len)
{
    return snprintf(name, len, "p0") < len ? 0 : -EINVAL;
}

static int function_port(struct net_device *dev, char *name, size_t len)
{
    return snprintf(name, len, "pf0vf%d", *(int *)netdev_priv(dev)) < len ? 0 : -EINVAL;
}

/* The profiles that are associated: of the NIC itself, then of its functions. */
static char profiles[MOST + 1][PORT_PROFILE_MAX];

static int profile_set(struct net_device *dev, int vf, struct nlattr *port[])
{
    char *to = vf >= -1 && vf < MOST ? profiles[vf + 1] : NULL;

    if (!to || !port[IFLA_PORT_REQUEST])
        return -EINVAL;
    memset(to, 0, PORT_PROFILE_MAX);
    if (nla_get_u8(port[IFLA_PORT_REQUEST]) == PORT_REQUEST_DISASSOCIATE)
        return 0;
    if (!port[IFLA_PORT_PROFILE])
        return -EINVAL;
    nla_strscpy(to, port[IFLA_PORT_PROFILE], PORT_PROFILE_MAX);
    return 0;
}

static int profile_get(struct net_device *dev, int vf, struct sk_buff *skb)
{
    const char *has = vf >= -1 && vf < MOST ? profiles[vf + 1] : "";
    u16 response = strcmp(has, "refused") ? PORT_PROFILE_RESPONSE_SUCCESS
                                          : PORT_PROFILE_RESPONSE_INVALID;

    if (!*has)
        return -ENODATA;
    return nla_put(skb, IFLA_PORT_PROFILE, PORT_PROFILE_MAX, has) ||
        nla_put_u16(skb, IFLA_PORT_RESPONSE, response) ? -EMSGSIZE : 0;
}

static int function_open(struct net_device *dev)
{
    netif_carrier_on(dev);
    return 0;
}

static netdev_tx_t function_send(struct sk_buff *skb, struct net_device *dev)
{
    dev_kfree_skb(skb);
    return NETDEV_TX_OK;
}

static const struct net_device_ops function_ops = {
    .ndo_open = function_open,
    .ndo_start_xmit = function_send,
    .ndo_set_mac_address = eth_mac_addr,
    .ndo_get_port_parent_id = switch_id,
    .ndo_get_phys_port_name = function_port,
};

static struct net_device *function_make(int number)
{
    struct net_device *dev = alloc_etherdev(sizeof(int));

    if (!dev)
        return NULL;
    *(int *)netdev_priv(dev) = number;
    dev->netdev_ops = &function_ops;
    SET_NETDEV_DEV(dev, nic->dev.parent);
    eth_hw_addr_random(dev);
    if (register_netdev(dev)) {
        free_netdev(dev);
        return NULL;
    }
    return dev;
}

static void ops_set(const struct net_device_ops *ops)
{
    rtnl_lock();
    nic->netdev_ops = ops;
    rtnl_unlock();
}

static void end(void)
{
    int i;

    for (i = 0; i < MOST && made[i]; i++) {
        unregister_netdev(made[i]);
        free_netdev(made[i]);
    }
    ops_set(nic_ops);
    dev_put(nic);
}

static int __init begin(void)
{
    int i;

    nic = dev_get_by_name(&init_net, uplink);
    if (!nic)
        return -ENODEV;
    nic_ops = nic->netdev_ops;
    uplink_ops = *nic_ops;
    uplink_ops.ndo_get_port_parent_id = switch_id;
    uplink_ops.ndo_get_phys_port_name = uplink_port;
    uplink_ops.ndo_set_vf_port = profile_set;
    uplink_ops.ndo_get_vf_port = profile_get;
    ops_set(&uplink_ops);
    for (i = 0; i < count && i < MOST; i++) {
        made[i] = function_make(i);
        if (!made[i]) {
            end();
            return -ENOMEM;
        }
    }
    return 0;
}

module_init(begin);
module_exit(end);
