# SPDX-License-Identifier: MIT
# Scheme with threads; its collector looks for pointers in the blocks and stacks that it finds.
# Programs: guile
# Packages: guile-3.0
GUILE_AUTO_COMPILE=0
export GUILE_AUTO_COMPILE
exec guile -c '
(use-modules (ice-9 threads) (rnrs bytevectors))
(define scale (string->number (getenv "SCALE")))
(define (work n)
  (let loop ((i 0) (sum 0) (kept (quote ())))
    (if (= i (* scale 60000))
        (+ sum (length kept))
        (let ((text (string-append (number->string (* i n)) (make-string (modulo i 40) #\x))))
          (loop (+ i 1) (+ sum (string-length text))
                (if (zero? (modulo i 10)) (cons text kept) kept))))))
(display (n-par-map 4 work (list 1 2 3 4)))
(newline)
(define table (make-hash-table))
(do ((i 0 (+ i 1))) ((= i (* scale 60000)))
  (hash-set! table (modulo (* i 7919) 20011) (make-bytevector (modulo i 3000) (modulo i 251))))
(display (hash-fold (lambda (key value sum) (+ sum (bytevector-length value))) 0 table))
(newline)
(define big (let loop ((i 0) (n 1)) (if (= i 3000) n (loop (+ i 1) (* n (+ i 1))))))
(display (string-length (number->string big)))
(newline)'
