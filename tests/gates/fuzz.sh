#!/bin/bash
# SPDX-License-Identifier: MIT
# fuzz.sh NAME SECONDS: the fuzz target build/fuzz/NAME. It starts from fuzz/corpus/NAME and what it
# found before in build/fuzz/NAME.corpus, keeps what is new there, and inputs that fail in build/fuzz.
# Options of libFuzzer that a target wants stand on top of it.
set -u
program=$BUILD/fuzz/$1
corpus=$BUILD/fuzz/$1.corpus
[ -x "$program" ] || { cat "$program.log"; exit 1; }
mkdir -p "$corpus"
[ -d "fuzz/corpus/$1" ] && set -- "$@" "fuzz/corpus/$1"
[ -f "fuzz/$1.dict" ] && set -- "$@" "-dict=fuzz/$1.dict"
options=$(sed -n '1,20s|.*/\* libFuzzer: \(.*\) \*/.*|\1|p' "fuzz/$1.c")
"$program" "$corpus" -max_total_time="$2" -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="$program-" $options "${@:3}" >"$program.out" 2>&1
status=$?
runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$program.out")
if [ $status -eq 0 ]; then
    echo "# fuzz $1: ${runs:-0} runs, no finding"
else
    grep -v "^INFO:\|^Dictionary" "$program.out" | tail -n 60
    echo "# fuzz $1: a finding after ${runs:-?} runs: $(ls -t "$program"-* | head -n 1)"
fi
exit $status
