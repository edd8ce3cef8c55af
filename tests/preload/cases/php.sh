# SPDX-License-Identifier: MIT
# Strings, sorting and patterns in PHP, which opens its extensions with RTLD_DEEPBIND.
# Programs: php
# Packages: php-cli
# Quick: yes
exec php -r '
$words = [];
for ($i = 1; $i <= 200000 * getenv("SCALE"); $i++) {
    $key = "key" . ($i * 7919 % 20011);
    $words[$key] = ($words[$key] ?? "") . " value $i";
}
ksort($words);
$sum = 0;
foreach ($words as $key => $text)
    $sum = ($sum * 31 + strlen($text) + substr_count($text, "7")) % 1000003;
echo count($words), " $sum\n";
preg_match_all("/value (\d*77)\b/", implode($words), $found);
echo count($found[1]), " ", md5(implode($found[1])), "\n";
echo md5(json_encode(array_map("strrev", array_slice($words, 0, 5000)))), "\n";
echo md5(serialize(array_chunk(range(1, 100000), 7))), "\n";
'
