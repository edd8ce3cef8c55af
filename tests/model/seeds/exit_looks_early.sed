# SPDX-License-Identifier: MIT
# file: tls/thread.c
# scenario: exit
# delays
# A thread that ends may read its inbox before others see that it ends.
s|&t->life, life, memory_order_seq_cst|\&t->life, life, memory_order_release|
