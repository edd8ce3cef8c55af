#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a command where programs of another CPU run as if they were this machine's, also those that
# programs start themselves: emulate.sh QEMU_NAME TRIPLE_OR_ROOT COMMAND... All happens in name
# spaces of its own, so nothing of the machine is changed, and nothing is left behind.
# $PLAIN_MREMAP is the program that hides MREMAP_DONTUNMAP, as the emulator takes the pages that it
# leaves for unmapped.
set -u
if [ "$1" != --inside ]; then
    exec unshare --user --map-root-user --mount --pid --fork --kill-child --mount-proc \
        sh "$0" --inside "$@"
fi
cpu=$2
case $3 in
/*) QEMU_LD_PREFIX=$3 ;;
*) QEMU_LD_PREFIX=/usr/$3 ;;
esac
export QEMU_LD_PREFIX
shift 3
# A program that is started without an environment finds its libraries where they belong.
mount -t overlay overlay -o "lowerdir=$QEMU_LD_PREFIX/lib:/usr/lib" /usr/lib || exit 1
mount -t binfmt_misc none /proc/sys/fs/binfmt_misc &&
    cat "/usr/lib/binfmt.d/qemu-$cpu.conf" >/proc/sys/fs/binfmt_misc/register || exit 1
# Not the first process of the name space, which does not hear signals that end others: a program
# that fails would wait for ever.
"$PLAIN_MREMAP" "$@"
exit $?
