#!/bin/sh
# SPDX-License-Identifier: MIT
# Hashes of strings and of arrays in Perl: many small blocks of mixed sizes, strings that grow.
. "$(dirname -- "$0")/common.sh"
packages=perl

inputs()
{
    cat >"$input/hashes.pl" <<'PERL'
use strict;
use warnings;
my (%text, %list);
for my $i (1 .. 160000) {
    my $key = "key" . ($i * 7919 % 100003);
    $text{$key} .= "value $i ";
    push @{$list{$i % 5000}}, $key;
}
my $length = 0;
for my $key (sort keys %text) {
    $length += length $text{$key};
    delete $text{$key} if $length % 3 == 0;
}
my %count;
$count{$_}++ for map { split / /, $_ } values %text;
my $pushed = 0;
$pushed += @$_ for values %list;
die "values were lost" unless $pushed == 160000;
print join(" ", $length, $pushed, scalar keys %text, scalar keys %count), "\n";
PERL
}

work()
{
    launch perl "$input/hashes.pl"
}

main "$@"
