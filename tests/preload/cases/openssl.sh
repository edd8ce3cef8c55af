# SPDX-License-Identifier: MIT
# Ciphers, digests, keys and the speed test, whose figures are left out.
# Programs: openssl
# Packages: openssl
# Quick: yes
awk -v n=$((100000 * SCALE)) 'BEGIN { for (i = 0; i < n; i++) print i, i * i }' >plain
for cipher in aes-256-cbc aes-128-ctr chacha20 camellia-192-cbc; do
    openssl enc -$cipher -K 000102030405060708090a0b0c0d0e0f -iv 00112233445566778899aabbccddeeff \
        -in plain -out secret 2>/dev/null || exit 1
    cksum secret
    openssl enc -d -$cipher -K 000102030405060708090a0b0c0d0e0f \
        -iv 00112233445566778899aabbccddeeff -in secret 2>/dev/null | cmp - plain || exit 1
done
openssl dgst -sha256 plain
openssl dgst -sha3-512 plain
openssl genrsa 2048 2>/dev/null >key || exit 1
openssl req -x509 -new -key key -subj /CN=test -days 9 >cert || exit 1
openssl verify -CAfile cert cert
openssl speed -seconds "$SCALE" -bytes 1024 -multi 2 sha256 >/dev/null 2>&1 && echo 'speed: done'
