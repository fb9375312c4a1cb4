#!/bin/bash
# SPDX-License-Identifier: MIT
# The one mechanism behind every gate and test: run a thing, keep its log, say how it went.
#
#   run.sh build OUTPUT COMMAND...    make OUTPUT; if that fails there is none, and OUTPUT.log says why
#   run.sh run [-l] [-n TOOL]... [-b OUTPUT] NAME COMMAND...
#                                     results: build/results/NAME.lines; log: build/log/NAME.log
#   run.sh sum NAME...                count the results; last line "N passed, N failed[, N skipped]"
#   run.sh longest [N]                the N (20) that took longest, of all that was built and run
#
# A command reports by lines "ok TEST", "not ok TEST" and "skip TEST: reason"; one that prints none
# is a single test. -l: a command without such lines has failed. -n: without TOOL it is skipped.
# -b: OUTPUT is what it runs; if it was not built, that is the failure.
# "run" and "build" never fail, "sum" does. V=1 shows each passed test. TIMEOUT: seconds, 600.
BUILD=${BUILD:-build} TIMEOUT=${TIMEOUT:-600}

# timed NAME COMMAND...: a line of build/times: when it began, its seconds, those of user and kernel
timed()
{
    local TIMEFORMAT="$EPOCHSECONDS %R %U %S $1"
    { time "${@:2}" 2>&3; } 3>&2 2>>"$BUILD/times"
}

build()
{
    out=$1
    shift
    mkdir -p "${out%/*}"
    if timed "build ${out#"$BUILD"/}" "$@" >"$out.log" 2>&1; then
        cat "$out.log"
        rm -f "$out.log"
    else
        rm -f "$out"
        for part; do                    # why there is none of those
            case $part in "$out") ;; *.o) [ -e "$part" ] || cat "$part.log" >>"$out.log" ;; esac
        done
    fi
}

# What the exit status says beyond the command's own lines.
verdict()
{
    case $1 in
    0)
        if [ "$lines" ]; then return; fi
        if [ "$want" ]; then echo "not ok $name: no test in it"; else echo "ok $name"; fi ;;
    124 | 137) echo "not ok $name: not done after $TIMEOUT s" ;;
    *)
        case $lines in *"not ok "*) return ;; esac
        if [ "$1" -gt 128 ]; then echo "not ok $name: killed by signal $(($1 - 128))"
        else echo "not ok $name: exit status $1"; fi ;;
    esac
}

# One write, so that what runs at the same time does not mix.
show()
{
    text=$(
        passed=$(grep -c '^ok ' "$results")
        if [ "${V:-}" ]; then grep '^ok ' "$results"
        elif grep -qx "ok $name" "$results"; then echo "ok $name$slow"
        elif [ "$passed" -gt 0 ]; then echo "ok $name ($passed)$slow"; fi
        grep '^skip ' "$results"
        if grep '^not ok ' "$results"; then
            grep -avE '^(ok|skip) ' "$log" | head -n 40 | sed 's/^/    /'
            echo "    (all of it: $log)"
        fi
    )
    printf '%s\n' "$text"
}

run()
{
    want='' missing='' binary=''
    while :; do
        case $1 in
        -l) want=1 ;;
        -n) command -v "$2" >/dev/null 2>&1 || missing="$missing $2"; shift ;;
        -b) binary=$2; shift ;;
        *) break ;;
        esac
        shift
    done
    name=$1 log=$BUILD/log/$1.log results=$BUILD/results/$1.lines
    shift
    mkdir -p "${log%/*}" "${results%/*}"
    rm -f "$results"
    : >"$log"
    slow=''
    if [ "$missing" ]; then
        echo "skip $name: needs$missing" >"$results"
    elif [ "$binary" ] && [ ! -e "$binary" ]; then
        cat "$binary.log" >"$log"
        echo "not ok $name: $binary does not build" >"$results"
    else
        started=$EPOCHSECONDS
        timed "run $name" timeout -k 5 "$TIMEOUT" "$@" >"$log" 2>&1 </dev/null
        status=$?
        seconds=$((EPOCHSECONDS - started))
        [ $seconds -lt 10 ] || slow=", $seconds s"
        lines=$(grep -aE '^(ok|not ok|skip) ' "$log" | sed -E "s,^(ok|not ok|skip) ,&$name: ,")
        { [ -z "$lines" ] || printf '%s\n' "$lines"; verdict $status; } >"$results"
    fi
    show
}

sum()
{
    passed=0 failed=0 skipped=0
    for name; do
        if [ ! -f "$BUILD/results/$name.lines" ]; then
            echo "not ok $name: was not run"
            failed=$((failed + 1))
            continue
        fi
        while read -r word _; do
            case $word in
            ok) passed=$((passed + 1)) ;;
            not) failed=$((failed + 1)) ;;
            skip) skipped=$((skipped + 1)) ;;
            esac
        done <"$BUILD/results/$name.lines"
    done
    if [ "$skipped" -gt 0 ]; then echo "$passed passed, $failed failed, $skipped skipped"
    else echo "$passed passed, $failed failed"; fi
    [ "$failed" -eq 0 ]
}

# The last time of each, and what all of them took.
longest()
{
    awk '{
        name = $5 " " $6
        wall[name] = $2
        user[name] = $3
        kernel[name] = $4
    } END {
        for (name in wall) printf "%8.1f %8.1f %8.1f  %s\n", wall[name], user[name], kernel[name], name
    }' "$BUILD/times" | sort -k2,2nr | awk -v n="${1:-20}" '
        BEGIN {print "    wall     user   kernel"}
        NR <= n
        {user += $2; kernel += $3}
        END {printf "         %8.1f %8.1f  all\n", user, kernel}'
}

"$@"
