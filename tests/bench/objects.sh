#!/bin/sh
# SPDX-License-Identifier: MIT
# Decode and encode of a VIF by vif, two JSON libraries and os-vif itself; "make bench" builds it.
exec "${BUILD:-build}/bench/objects" tests/fixtures/vifs/ovs.json "${ROUNDS:-21}"
