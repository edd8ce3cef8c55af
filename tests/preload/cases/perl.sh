# SPDX-License-Identifier: MIT
# Hashes, sorting and string building in perl.
# Programs: perl
# Packages: perl
# Quick: yes
exec perl -e '
my (%h, $text);
for my $i (1 .. 300000 * $ENV{SCALE}) { $h{"key" . ($i * 7919 % 200003)} .= "value $i,"; }
my ($n, $sum) = (0, 0);
for my $k (sort keys %h) { $n++; $sum = ($sum * 31 + length $h{$k}) % 1000003; }
print "$n $sum\n";
delete $h{$_} for grep { /7/ } keys %h;
print scalar(keys %h), "\n";
for my $i (1 .. 200000) { $text .= chr(97 + $i * $i % 26); }
my %words;
$words{$1}++ while $text =~ /(\w{3})/g;
print join(" ", map { "$_=$words{$_}" } (sort keys %words)[0 .. 5]), "\n";
my @matrix = map { [ map { $_ * 2 } 1 .. 300 ] } 1 .. 300;
my $trace = 0;
$trace += $matrix[$_][$_] for 0 .. 299;
print "$trace\n";'
