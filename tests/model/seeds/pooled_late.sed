# SPDX-License-Identifier: MIT
# file: tls/thread.c
# scenario: exit
# A thread that ends looks into its inbox for the last time before it says so.
/^static bool leave_to/,/^}/{
/^    atomic_store_explicit(&t->life, /d
s|^    if (!quiet)|    if (quiet)|
s|^        atomic_store_explicit(&t->life, CACHE_LIVE,|        atomic_store_explicit(\&t->life, life,|
}
