#!/bin/sh
# SPDX-License-Identifier: MIT
# Buffers of many sizes made, kept and dropped in Node.js: blocks freed late, by another thread.
. "$(dirname -- "$0")/common.sh"
packages=nodejs

inputs()
{
    cat >"$input/buffers.js" <<'JAVASCRIPT'
'use strict';
let seed = 1;
function random(n) {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return (seed >>> 8) % n;
}
const kept = new Array(3000).fill(null);
let sum = 0;
for (let i = 0; i < 120000; i++) {
    const size = 16 << random(10);
    const buffer = i % 3 ? Buffer.allocUnsafeSlow(size + random(size)) : Buffer.alloc(size);
    buffer[0] = i & 255;
    buffer[buffer.length - 1] = 7;
    const slot = random(kept.length);
    if (kept[slot]) sum = (sum + kept[slot][0] + kept[slot].length) % 1000000007;
    kept[slot] = buffer;
}
const all = Buffer.concat(kept.filter((b) => b !== null).map((b) => b.subarray(0, 1)));
const text = Buffer.alloc(3000000, 'some text of a page ').toString('latin1');
const pages = text.match(/.{1,4000}/g).map((page) => Buffer.from(page, 'utf8'));
console.log(sum, all.length, pages.length, Buffer.concat(pages).length);
JAVASCRIPT
}

work()
{
    launch node "$input/buffers.js"
}

main "$@"
