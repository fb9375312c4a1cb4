// SPDX-License-Identifier: MIT
// libcni with the networks of /etc/cni/net.d: add, check or del NETWORK NAMESPACE, as runtimes do.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/containernetworking/cni/libcni"
)

func call(verb, network, namespace string) error {
	plugins := []string{"/opt/cni/bin"}
	list, err := libcni.LoadConfList("/etc/cni/net.d", network)
	if err != nil {
		return err
	}
	cni := libcni.NewCNIConfigWithCacheDir(plugins, os.Getenv("CNI_CACHE"), nil)
	container := &libcni.RuntimeConf{ContainerID: "libcni", NetNS: namespace, IfName: "eth0"}
	switch verb {
	case "add":
		_, err = cni.AddNetworkList(context.TODO(), list, container)
	case "check":
		err = cni.CheckNetworkList(context.TODO(), list, container)
	default:
		err = cni.DelNetworkList(context.TODO(), list, container)
	}
	return err
}

func main() {
	if err := call(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
