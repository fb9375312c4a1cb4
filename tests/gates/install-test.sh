#!/bin/bash
# SPDX-License-Identifier: MIT
# What "make install" leaves behind is enough to compile a program elsewhere.
set -eu
root=$(pwd)
dest=$root/$BUILD/installed
case $BUILD in /*) dest=$BUILD/installed ;; esac
rm -rf "$dest"
MAKEFLAGS='' make -s install DESTDIR="$dest" PREFIX=/usr BUILD="$BUILD" CFLAGS=-O0
for header in $HEADERS; do cmp "$header" "$dest/usr/include/$header"; done
cat "$dest/usr/share/pkgconfig/vif.pc"
grep -qx "Version: $VERSION" "$dest/usr/share/pkgconfig/vif.pc"
grep -q '[0-9]\.[0-9]' <<<"$VERSION"
flags=-I$dest/usr/include
if command -v pkg-config >/dev/null; then
    flags=$(PKG_CONFIG_PATH=$dest/usr/share/pkgconfig PKG_CONFIG_SYSROOT_DIR=$dest \
        PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 pkg-config --cflags vif)
    [ "$(PKG_CONFIG_PATH=$dest/usr/share/pkgconfig pkg-config --libs vif | tr -d ' ')" = '' ]
fi
"$dest/usr/bin/vifctl" --version | grep -qx "vifctl $VERSION"
for file in man/man1/vifctl.1 bash-completion/completions/vifctl doc/vif/LICENSE doc/vif/README.md \
    doc/vif/examples/plug.c doc/vif/examples/vifs/ovs.json; do
    [ -s "$dest/usr/share/$file" ] || { echo "not ok $file"; exit 1; }
done
echo "ok vifctl, its page and completion, examples"
cp examples/vif.c "$dest"
cd "$dest"
# shellcheck disable=SC2086
"$CC" -std=c99 $flags -c vif.c -o vif.o
echo "ok headers and vif.pc"
