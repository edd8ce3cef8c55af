#!/bin/sh
# SPDX-License-Identifier: MIT
# A repository packed anew and its history shown by git: objects, deltas, two threads.
. "$(dirname -- "$0")/common.sh"
packages=git

# The history as one stream: 40 commits that each change some of 400 files.
stream()
{
    awk 'function text(file, version,   i, s) {
            for (i = 0; i < 150; i++) {
                change = i % 10 == version % 10 ? version * 31 : 0
                s = s sprintf("line %d of file %d: %d\n", i, file,
                    (file * 7919 + i * 104729 + change) % 99991)
            }
            return s
        }
        BEGIN {
            for (c = 1; c <= 40; c++) {
                print "commit refs/heads/main"
                printf "committer A <a@localhost> %d +0000\n", 1600000000 + c * 60
                message = "change " c "\n"
                printf "data %d\n%s", length(message), message
                for (f = c == 1 ? 0 : c % 8; f < 400; f += c == 1 ? 1 : 8) {
                    s = text(f, c)
                    printf "M 100644 inline dir%d/file%d\ndata %d\n%s\n", f % 9, f, length(s), s
                }
            }
        }'
}

inputs()
{
    rm -rf "$input/repository"
    git init -q --bare -b main "$input/repository" &&
        stream | git -C "$input/repository" fast-import --quiet &&
        git -C "$input/repository" config safe.directory '*'
}

# How well a pack is packed depends on which thread was first, what is in it does not.
work()
{
    git config --global safe.directory '*'
    launch git -C "$input/repository" pack-objects -q --all --revs --no-reuse-delta \
        --no-reuse-object --threads=2 --window=20 --stdout </dev/null >"$scratch/all.pack" &&
        launch git -C "$input/repository" log --stat -p main >"$scratch/log" || return 1
    git index-pack "$scratch/all.pack" >/dev/null || return 1
    git show-index <"$scratch/all.idx" | cut -d' ' -f2 | cksum
    cksum <"$scratch/log"
}

main "$@"
