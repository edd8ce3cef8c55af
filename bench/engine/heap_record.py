#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes a trace of bench/bins/record.c as heap_trace.h reads it: lines of a C string.

Usage: heap_record.py TRACE

A block taken is twice its size; one given back is twice the number of blocks taken since it was,
and 1. Numbers are written in digits of 5 bits, the lowest first, as letters of base 64: the last
digit of a number is one of the first 32.
"""
import struct
import sys

RECORD = struct.Struct("QQQ")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def numbers(trace):
    """The events as numbers; a block that realloc moves is a new one and an end of the old."""
    taken = {}
    count = 0
    for before, after, size in RECORD.iter_unpack(trace[: len(trace) // RECORD.size * RECORD.size]):
        if before == 0 and after == 0:
            return
        ended = taken.pop(before, None)
        if after != 0:
            count += 1
            taken[after] = count
            yield 2 * (size & (1 << 56) - 1)
        if ended is not None:
            yield 2 * (count - ended) + 1


def digits(number):
    text = ""
    while number >= 32:
        text += LETTERS[32 + number % 32]
        number //= 32
    return text + LETTERS[number]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    with open(sys.argv[1], "rb") as file:
        text = "".join(map(digits, numbers(file.read())))
    for at in range(0, len(text), 96):
        print(f'"{text[at:at + 96]}"')


if __name__ == "__main__":
    main()
