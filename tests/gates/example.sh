#!/bin/bash
# SPDX-License-Identifier: MIT
# example.sh FILE: compiles as strict C99, links, and is short, but for those that are programs.
# A first line "/* flags: ... */" names the libraries it needs, as in a test; a missing one is a
# skip.
set -eu
name=$(basename "$1" .c)
out=$BUILD/examples/$name
mkdir -p "$BUILD/examples"
strict="$CC -std=c99 -Wall -Wextra -Wpedantic -Werror -I."
if grep -q '\<main(' "$1"; then
    libraries=$(sed -n '1,20s|.*/\* flags: \(.*\) \*/.*|\1|p' "$1")
    # shellcheck disable=SC2086
    if [ "$libraries" ] && ! $CC -x c -o "$BUILD/has-libraries" - $libraries <<<'int main(void) { return 0; }' 2>/dev/null; then
        echo "skip compiles: cannot link $libraries"
        exit 0
    fi
    # shellcheck disable=SC2046,SC2086
    $strict "$1" $(grep -q VIF_IMPLEMENTATION "$1" || echo "$BUILD/examples/vif.o") -o "$out" \
        $libraries
else
    $strict -c "$1" -o "$out.o"
fi
echo "ok compiles"
case " vifctl agent cni services libvirt_net " in
*" $name "*) ;;
*)
    lines=$(wc -l <"$1")
    if [ "$lines" -le "$([ "${libraries:-}" ] && echo 110 || echo 40)" ]; then echo "ok short"; else echo "not ok short"; echo "# $lines lines"; fi
    ;;
esac
