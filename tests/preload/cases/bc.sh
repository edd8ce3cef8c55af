# SPDX-License-Identifier: MIT
# Arbitrary precision: numbers that are allocated for every operation.
# Programs: bc dc
# Packages: bc dc
echo "scale = 400 * $SCALE; 4 * a(1); e(1); sqrt(2)" | bc -l | cksum
echo "2 $((40000 * SCALE)) ^ p" | dc | cksum
