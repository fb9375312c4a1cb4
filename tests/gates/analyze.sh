#!/bin/bash
# SPDX-License-Identifier: MIT
# analyze.sh TOOL: static analysis of vif.h and all it includes, by gcc (-fanalyzer), clang-tidy
# (what it checks and what not: .clang-tidy) or cppcheck. Nothing found, or it fails. gcc follows
# few paths at once; "analyze.sh gcc-whole" follows more, for longer than anybody has waited.
set -eu
source=$BUILD/analyze/$1.c
mkdir -p "$BUILD/analyze"
printf '#define VIF_IMPLEMENTATION\n#include "vif.h"\n' >"$source"

case $1 in
gcc)
    for header in vif_netlink.h vif_ovsdb.h vif.h; do
        printf '#define VIF_IMPLEMENTATION\n#include "%s"\n' $header >"$source"
        gcc -std=c99 -O1 -fanalyzer --param=analyzer-bb-explosion-factor=1 -Werror -I. \
            -c "$source" -o "$source.o"
    done ;;
gcc-whole) gcc -std=c99 -O1 -fanalyzer -Werror -I. -c "$source" -o "$source.o" ;;
clang-tidy) clang-tidy --quiet "$source" -- -std=c99 -I. ;;
# Left out: declarations stand at the top of their block (variableScope); libc's headers are not
# looked into, so that their flags are said; it does not see that a call changes what a pointer in
# its argument leads to (knownConditionTrueFalse), and takes the end of a text without its NUL for
# the outside (pointerOutOfBounds). All there is at once, and all that can be left out: of its own
# choice it takes twelve sets of macros, most of them with an implementation that is said to be
# there already.
cppcheck)
    for options in '-D__GNUC__=12 -D__BYTE_ORDER__=1 -D__ORDER_LITTLE_ENDIAN__=1' \
        '-DVIF_STATIC -DVIF_NO_OVS -DVIF_NO_LIBC_ALLOC'; do
        # shellcheck disable=SC2086
        cppcheck -q --std=c99 --enable=warning,style,performance,portability -I. \
            --error-exitcode=1 -DO_NOFOLLOW=1 -DO_DIRECTORY=2 \
            --suppress=variableScope --suppress=missingIncludeSystem \
            --suppress=knownConditionTrueFalse --suppress=pointerOutOfBounds $options "$source"
    done ;;
esac
