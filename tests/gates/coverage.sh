#!/bin/bash
# SPDX-License-Identifier: MIT
# Branch coverage of each header by the programs that have just run below build/tests: at least
# COV_MIN percent. Less is wanted of what children run that are killed and leave no count, or the
# virtual machine alone: of vif.h (moves, notes, the undoing of many things; virtual functions) 78,
# of vif_netlink.h (files in containers, ports of cards) 87. The pages from build/cov/index.html
# show what was missed.
set -u
filter=()
mkdir -p "$BUILD/cov"
for header in $HEADERS; do filter+=(--filter "$PWD/$header\$"); done
gcovr --root . "${filter[@]}" --branches --exclude-unreachable-branches --exclude-throw-branches \
    --gcov-ignore-parse-errors \
    --html-details "$BUILD/cov/index.html" --txt "$BUILD/cov/summary.txt" "$BUILD/tests" || exit 1
find "$BUILD/tests" -name '*.gcda' -delete
awk -v min="$COV_MIN" '
    $1 ~ /^vif.*\.h$/ {
        printf "# %s: %d of %d branches, %s; missed at line %s\n", $1, $3, $2, $4, $5
        least = $1 == "vif.h" ? 78 : $1 == "vif_netlink.h" ? 87 : min
        print ($4 + 0 >= (least < min ? least : min) ? "ok " : "not ok ") $1
        seen++
    }
    END {exit !seen}' "$BUILD/cov/summary.txt"
