#!/bin/sh
# SPDX-License-Identifier: MIT
# Random objects, random JSON in any field, and random spellings of values, through the real os-vif
# and through vif: the same encodings, the same refusals, and where vif is stricter, only where its
# header says so.
# COUNT and SEED: how many, and which.
PY=/usr/bin/python3
OUT=${BUILD:-build}/tests/unit
names="objects_as_the_reference_at_random types_as_the_reference_at_random
    values_as_the_reference_at_random"
if ! "$PY" -c 'import os_vif.objects, netaddr' 2>/dev/null; then
    for n in $names; do echo "skip $n: needs python3-os-vif"; done
    exit 0
fi
mkdir -p "$OUT"
if ! ${CC:-cc} -std=gnu11 -O1 -g -Wall -Wextra -I. tests/fixtures/convert.c \
    -o "$OUT/objects_convert"; then
    for n in $names; do echo "not ok $n: the converter does not compile"; done
    exit 1
fi
status=0
for mode in objects types values; do
    [ $mode = values ] && count=$((${COUNT:-2000} * 10)) || count=${COUNT:-2000}
    "$PY" tests/fixtures/manifest.py $mode "$count" "${SEED:-1}" "$OUT/objects_convert" || status=1
done
exit $status
