#!/bin/bash
# SPDX-License-Identifier: MIT
# The manual page, the help and the completion of vifctl say what its table of verbs and options
# says, and nothing else.
. tests/cli/lib
page=examples/vifctl.1
"$VIFCTL" help --words >"$tmp/words" || not_ok words
sed ':a;/\\$/{N;s/\\\n//;ba}; s/\\f[A-Z]//g; s/\\-/-/g' $page >"$tmp/page"

# same NAME WANTED FOUND: two sorted lists
same()
{
    if [ -s "$2" ] && diff "$2" "$3" >"$tmp/diff"; then ok "$1"
    else not_ok "$1" "$(cat "$tmp/diff")"; fi
}
awk -F '\t' '$1 == "verb" {print $3}' "$tmp/words" | sort >"$tmp/wanted"
sed -n '/^.SH SYNOPSIS/,/^.fi/p' "$tmp/page" | grep ^vifctl | sort >"$tmp/found"
same page_synopsis "$tmp/wanted" "$tmp/found"
awk -F '\t' '$1 == "option" {print $3 ", " $4 ($5 ? " " $5 : "")}' "$tmp/words" |
    sort -u >"$tmp/wanted"
sed -n '/^.SH OPTIONS/,/^.SH KEYS/p' "$tmp/page" | grep '^-' | sort >"$tmp/found"
same page_options "$tmp/wanted" "$tmp/found"
awk -F '\t' '$1 == "key" {print $2}' "$tmp/words" | sort >"$tmp/wanted"
sed -n '/^.SH KEYS/,/^.SH JSON/s/^\.B \([a-z0-9_]*\)$/\1/p' "$tmp/page" | sort >"$tmp/found"
same page_keys "$tmp/wanted" "$tmp/found"
awk -F '\t' '$1 == "verb" {split($2, w, " "); print w[1]}' "$tmp/words" | sort -u >"$tmp/wanted"
sed -n '/^.SH VERBS/,/^.SH OPTIONS/p' "$tmp/page" | grep -A 1 '^.TP' |
    sed -n 's/^\.B //p' | sort >"$tmp/found"
same page_verbs "$tmp/wanted" "$tmp/found"
version=$("$VIFCTL" --version)
check page_version grep -q "vif ${version#vifctl }\"" $page
if have mandoc page_lint; then
    mandoc -Tlint -W warning $page >"$tmp/lint"
    check page_lint test ! -s "$tmp/lint"
fi

# The help of each verb: its synopsis and its options.
while IFS=$'\t' read -r sort verb rest; do
    [ "$sort" = verb ] || continue
    # shellcheck disable=SC2086
    "$VIFCTL" help $verb >"$tmp/help"
    awk -F '\t' -v verb="$verb" '
        $1 == "option" && $2 == verb {print "  " $3 ", " $4 ($5 ? " " $5 : "")}' \
        "$tmp/words" >"$tmp/wanted"
    sed -n 's/^\(  -., --[a-z-]*\( [A-Z=|]*\)*[A-Z=|]\{0,1\}\)  .*/\1/p' "$tmp/help" |
        sed 's/ *$//' >"$tmp/found"
    check "help_of_$verb" grep -Fqx "usage: $rest" "$tmp/help"
    same "help_options_of_$verb" "$tmp/wanted" "$tmp/found"
done <"$tmp/words"

# Completion. completes WORD...: what is offered for the last one
. examples/vifctl.bash-completion
completes()
{
    COMP_WORDS=("$VIFCTL" "$@")
    COMP_CWORD=$#
    COMPREPLY=()
    _vifctl
    printf '%s\n' "${COMPREPLY[@]}" | sort
}
awk -F '\t' '$1 == "verb" {split($2, w, " "); print w[1]}' "$tmp/words" | sort -u >"$tmp/wanted"
completes '' >"$tmp/found"
same complete_verbs "$tmp/wanted" "$tmp/found"
check complete_verb test "$(completes pl | xargs)" = 'plan plug'
check complete_ovs test "$(completes ovs '' | xargs)" = 'monitor select transact'
check complete_switch test "$(completes switch '' | xargs)" = \
    'define edit groups list nics ports undefine'
check complete_options test "$(completes show -- | xargs)" = '--dot --help --json --ovsdb'
check complete_options_ovs test "$(completes ovs select -- | xargs)" = '--help --ovsdb'
check complete_keys test "$(completes plug -c create | xargs)" = 'create_tap='
awk -F '\t' '$1 == "key" {print $2 "="}' "$tmp/words" | sort >"$tmp/wanted"
completes check --config '' >"$tmp/found"
same complete_all_keys "$tmp/wanted" "$tmp/found"
check complete_files test -z "$(completes plug exam)"
exit $failed
