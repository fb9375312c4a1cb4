#!/bin/bash
# SPDX-License-Identifier: MIT
# The library as a shared object, driven by Python's ctypes: texts in, texts out, no struct known.
. tests/cli/lib
inside_namespace "$@"
have python3 bindings && have ip bindings && have_tun || exit $failed

# Without the flags of a build with sanitizers, which Python would have to be started with.
${CC%% *} -std=c99 -O1 -shared -fPIC -I. examples/vif.c -o "$tmp/libvif.so" ||
    { not_ok bindings_build; exit 1; }
ip link set lo up && ip link add up0 type veth peer name up1 || { not_ok setup; exit 1; }
python3 tests/cli/bindings.py "$tmp/libvif.so" "$vifs" || failed=1
exit $failed
