/* SPDX-License-Identifier: MIT */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open,--wrap=read,--wrap=write */
/* flags: -Wl,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt */
/* A fault at every step of a VLAN over the uplink, and of a port in VLANs: of a bridge that filters
 * them, of one that the plug makes, and of a port that others have put in VLANs of theirs. */
#include "fault/faults.h"

PLUG(vlan) UNPLUG(vlan) REPAIR(vlan)
PLUG(vlans) UNPLUG(vlans) REPAIR(vlans) SEE(vlans) DRY(vlans)
PLUG(vlans_new)
PLUG(vlans_borrowed) REPAIR(vlans_borrowed)
PLUG(vlans_refused)

FAULTS_MAIN
