# SPDX-License-Identifier: MIT
# A JavaScript engine that maps its own heap, with buffers, compression and worker threads.
# Programs: node
# Packages: nodejs
exec node -e '
const zlib = require("zlib"), crypto = require("crypto");
const { Worker } = require("worker_threads");
const scale = Number(process.env.SCALE);
const map = new Map();
for (let i = 0; i < 400000 * scale; i++)
    map.set("k" + (i * 7919) % 50021, { i, s: "x".repeat(i % 50) });
console.log(map.size, JSON.stringify([...map.values()].slice(0, 5)));
const hash = crypto.createHash("sha256");
for (let i = 0; i < 400 * scale; i++) {
    const plain = Buffer.alloc(100000, "row " + i);
    const packed = zlib.deflateSync(plain);
    if (!zlib.inflateSync(packed).equals(plain)) throw new Error("round trip");
    hash.update(packed);
}
console.log(hash.digest("hex"));
const body = "const { parentPort } = require(\"worker_threads\");" +
    "let n = 0; for (let i = 0; i < 2000; i++) n += Buffer.alloc(i).length;" +
    "parentPort.postMessage(n);";
let left = 4, sum = 0;
for (let w = 0; w < 4; w++) {
    new Worker(body, { eval: true }).on("message", (n) => { sum += n; })
        .on("exit", () => { if (--left === 0) console.log("workers", sum); });
}'
