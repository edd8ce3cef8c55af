# SPDX-License-Identifier: MIT
# Tcl has an allocator of its own on top of malloc.
# Programs: tclsh
# Packages: tcl
cat >work.tcl <<'END'
set n [expr {250000 * $env(SCALE)}]
for {set i 0} {$i < $n} {incr i} {
    lappend d([expr {$i * 7919 % 5003}]) "value $i"
}
set sum 0
foreach k [lsort -integer [array names d]] {
    set sum [expr {($sum * 31 + [llength $d($k)] * [string length $d($k)]) % 1000003}]
}
puts "[array size d] $sum"
set text [string repeat "abc 123 " 20000]
puts [string length [regsub -all {\d+} $text <&>]]
END
exec tclsh work.tcl
