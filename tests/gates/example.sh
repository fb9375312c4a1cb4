#!/bin/bash
# SPDX-License-Identifier: MIT
# example.sh FILE: compiles as strict C99, links, and is short; vifctl is a program, not an example.
set -eu
name=$(basename "$1" .c)
out=$BUILD/examples/$name
mkdir -p "$BUILD/examples"
strict="$CC -std=c99 -Wall -Wextra -Wpedantic -Werror -O1 -I."
if grep -q '\<main(' "$1"; then
    # shellcheck disable=SC2046
    $strict "$1" $(grep -q VIF_IMPLEMENTATION "$1" || echo examples/vif.c) -o "$out"
else
    $strict -c "$1" -o "$out.o"
fi
echo "ok compiles"
if [ "$name" != vifctl ]; then
    lines=$(wc -l <"$1")
    if [ "$lines" -le 40 ]; then echo "ok short"; else echo "not ok short"; echo "# $lines lines"; fi
fi
