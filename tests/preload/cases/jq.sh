# SPDX-License-Identifier: MIT
# jq builds, groups and prints a large JSON document.
# Programs: jq
# Packages: jq
jq -n --argjson n $((20000 * SCALE)) \
    '[range($n) | {id: ., name: "name \(. * 7919 % 10007)", tags: [range(. % 6)]}]' \
    >rows.json || exit 1
jq -c 'group_by(.tags | length) | map({n: length, last: (map(.id) | max)})' rows.json
jq -r '.[] | select(.name | test("77$")) | .id' rows.json | cksum
jq -S 'map({(.name): .tags}) | add | to_entries | length' rows.json
