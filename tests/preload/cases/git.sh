# SPDX-License-Identifier: MIT
# A repository from init to gc; every hash must come out the same.
# Programs: git
# Packages: git
# Quick: yes
HOME=$PWD
GIT_AUTHOR_DATE='2020-01-01T00:00:00Z'
GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE
GIT_CONFIG_NOSYSTEM=1
export HOME GIT_AUTHOR_DATE GIT_COMMITTER_DATE GIT_CONFIG_NOSYSTEM
git config --global user.name tester
git config --global user.email tester@localhost
git config --global init.defaultBranch main
git config --global gc.auto 0
git init -q tree && cd tree || exit 1
mkdir part
awk -v n=$((40000 * SCALE)) 'BEGIN {
    for (i = 0; i < n; i++) print i * 7919 % 100003, "record", i
}' |
    split -a 4 -l 100 - part/
for round in 1 2 3; do
    for file in part/*a; do
        echo "changed in round $round" >>"$file"
    done
    git add -A && git commit -q -m "round $round" || exit 1
done
git log --stat --format=%H%n%s | cksum
git gc -q --aggressive || exit 1
git fsck --no-progress || exit 1
git rev-parse HEAD
git diff HEAD~1 | cksum
git blame part/aaaa | wc -l
git grep -c record | awk -F: '{ n += $2 } END { print n }'
git count-objects -v | sed -n 's/^in-pack/&/p'
