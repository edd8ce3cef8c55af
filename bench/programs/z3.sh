#!/bin/sh
# SPDX-License-Identifier: MIT
# Logic, arithmetic and bit vectors decided by the solver Z3: terms and clauses of all small sizes.
. "$(dirname -- "$0")/common.sh"
packages=z3

# Seven pigeons in six holes, a chain of sums, and a product of bit vectors; none has a solution.
inputs()
{
    awk 'BEGIN {
        for (p = 0; p < 7; p++) {
            line = ""
            for (h = 0; h < 6; h++) {
                print "(declare-const p" p "h" h " Bool)"
                line = line " p" p "h" h
            }
            print "(assert (or" line "))"
        }
        for (h = 0; h < 6; h++)
            for (p = 0; p < 7; p++)
                for (q = p + 1; q < 7; q++)
                    print "(assert (not (and p" p "h" h " p" q "h" h ")))"
        print "(check-sat)\n(reset)"
        n = 400
        for (i = 0; i <= n; i++)
            print "(declare-const x" i " Int)"
        for (i = 0; i < n; i++)
            printf "(assert (or (= x%d (+ x%d %d)) (= x%d (+ x%d 8))))\n", i + 1, i, i % 7 + 1,
                i + 1, i
        print "(assert (= x0 0))\n(assert (> x" n " " 8 * n "))\n(check-sat)\n(reset)"
        print "(declare-const a (_ BitVec 9))\n(declare-const b (_ BitVec 9))"
        print "(assert (not (= (bvmul a (bvadd b #b000000011))"
        print "    (bvadd (bvmul a b) (bvmul #b000000011 a)))))"
        print "(check-sat)"
    }' >"$input/problem.smt2"
}

work()
{
    launch z3 "$input/problem.smt2"
}

main "$@"
