#!/bin/bash
# SPDX-License-Identifier: MIT
# The heartbeat of 10 ms of examples/agent.c while 100 VIFs are plugged on Open vSwitch, whose server and
# switch are stopped for 0.4 s each meanwhile: its longest gap, beside the longest step of the run, which
# is one call of the kernel's. "agent_" lines are those of tests/ovs/agent.sh, which it runs.
set -u
VIFCTL=${VIFCTL:-build/vifctl} bash tests/ovs/agent.sh | grep -E '^longest|^not ok agent|^skip'
