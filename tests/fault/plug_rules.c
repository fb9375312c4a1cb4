/* SPDX-License-Identifier: MIT */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open,--wrap=read,--wrap=write */
/* flags: -Wl,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt */
/* A fault at every step of forwarding rules. */
#include "fault/faults.h"

PLUG(rules) REPAIR(rules) SEE(rules) DRY(rules)
PLUG(rules_refused)

FAULTS_MAIN
