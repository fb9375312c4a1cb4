#!/bin/sh
# SPDX-License-Identifier: MIT
# Decode and encode of a VIF by vif, two JSON libraries and os-vif itself. "make bench" builds the program.
exec "${BUILD:-build}/bench/objects" tests/fixtures/vifs/ovs.json "${ROUNDS:-21}"
