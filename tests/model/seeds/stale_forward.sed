# SPDX-License-Identifier: MIT
# file: tls/remote.c
# scenario: forward
# The owner takes what is in its inbox for its own.
s|^        deliver(t, d, (struct block \*)m, last, count);|        magazine_return(t, d, (struct block *)m, last, count);|
