/* SPDX-License-Identifier: MIT
 * After the libc's network headers, which do not go with the kernel's. */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#define VIF_IMPLEMENTATION
#include "vif.h"
