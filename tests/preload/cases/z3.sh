# SPDX-License-Identifier: MIT
# An SMT solver on bit vectors, arithmetic and a pigeonhole problem.
# Programs: z3
# Packages: z3
awk -v holes=$((8 + SCALE / 4)) 'BEGIN {
    for (p = 0; p <= holes; p++) for (h = 0; h < holes; h++)
        printf "(declare-const p%d_%d Bool)\n", p, h
    for (p = 0; p <= holes; p++) {
        printf "(assert (or"
        for (h = 0; h < holes; h++) printf " p%d_%d", p, h
        print "))"
    }
    for (h = 0; h < holes; h++) for (p = 0; p <= holes; p++) for (q = p + 1; q <= holes; q++)
        printf "(assert (or (not p%d_%d) (not p%d_%d)))\n", p, h, q, h
    print "(check-sat)\n(reset)"
    for (i = 0; i < 1500; i++) printf "(declare-const x%d Int)\n", i
    for (i = 1; i < 1500; i++)
        printf "(assert (and (> x%d (+ x%d %d)) (< x%d (* 2000 %d))))\n", i, i - 1, i % 7, i, i + 1
    print "(assert (> x0 0))\n(check-sat)\n(reset)"
    print "(declare-const a (_ BitVec 20))\n(declare-const b (_ BitVec 20))"
    print "(assert (= (bvmul a b) #xBEEF1))\n(assert (bvugt a #x00010))\n(assert (bvugt b #x00010))"
    print "(check-sat)"
}' >problem.smt2
exec z3 problem.smt2
