#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws the heaps as heap_policies shows them: a strip each, darker where more is live.

Usage: heap_picture.py PROGRAM OUT.svg
"""
import subprocess
import sys

COLUMNS, WIDTH, HEIGHT, LEFT, TOP, STEP = 450, 2, 34, 210, 40, 48
COLOURS = {"live": "#404040", "kept": "#ff7f0e"}


def rows(program):
    """The blocks of each heap, in order: name -> [(start, size, state)]."""
    heaps = {}
    done = subprocess.run([program, "blocks"], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        name, start, size, state = line.split("\t")
        heaps.setdefault(name, []).append((int(start), int(size), state))
    return heaps


def shares(blocks, end, state):
    """How much of each column is in blocks of a state."""
    share = [0.0] * COLUMNS
    width = end / COLUMNS
    for start, size, kind in blocks:
        at = start
        while kind == state and at < start + size:
            column = min(int(at / width), COLUMNS - 1)
            until = min((column + 1) * width, start + size)
            share[column] += (until - at) / width
            at = until if until > at else start + size
    return share


def strip(blocks, end, y):
    for state, colour in COLOURS.items():
        for column, share in enumerate(shares(blocks, end, state)):
            if share > 0.004:
                yield (f'<rect x="{LEFT + column * WIDTH}" y="{y}" width="{WIDTH}" height="{HEIGHT}" '
                       f'fill="{colour}" fill-opacity="{min(share, 1):.2f}"/>')


def picture(heaps):
    end = max(start + size for blocks in heaps.values() for start, size, state in blocks
              if state != "free")
    bottom = TOP + STEP * len(heaps)
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + COLUMNS * WIDTH + 20}" '
           f'height="{bottom + 10}" font-family="Helvetica" font-size="13">')
    yield '<rect width="100%" height="100%" fill="#ffffff"/>'
    yield (f'<text x="{LEFT}" y="24">jq when half is given back, on six heaps of '
           f'{end / 1024:.0f} KiB: live blocks grey, blocks kept for reuse orange, free memory '
           'white</text>')
    for index, (name, blocks) in enumerate(heaps.items()):
        y = TOP + STEP * index
        free = [size for _, size, state in blocks if state == "free"]
        yield f'<text x="10" y="{y + 15}">{name}</text>'
        yield f'<text x="10" y="{y + 31}" fill="#808080">{len(free)} free blocks</text>'
        yield from strip(blocks, end, y)
        yield (f'<rect x="{LEFT}" y="{y}" width="{COLUMNS * WIDTH}" height="{HEIGHT}" fill="none" '
               'stroke="#808080"/>')
    yield "</svg>"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        out.write("\n".join(picture(rows(sys.argv[1]))) + "\n")


if __name__ == "__main__":
    main()
