#!/bin/sh
# SPDX-License-Identifier: MIT
# Strings, arrays and hashes built and collected in Ruby: contents freed in sweeps, out of order.
. "$(dirname -- "$0")/common.sh"
packages=ruby

inputs()
{
    cat >"$input/objects.rb" <<'RUBY'
table = Hash.new { |hash, key| hash[key] = [] }
200_000.times do |i|
  table[i * 7919 % 10_007] << "a value that does not fit into its slot: #{i} #{'x' * (i % 90)}"
end
total = table.sum { |_, values| values.sum(&:length) }
20.times do |round|
  table.each { |key, values| table[key] = values.map(&:reverse) if key % 20 == round }
end
words = table.values.flatten.each_with_index.map { |v, i| v[i % 20, 12] }
groups = words.group_by { |w| w[0, 2] }
text = groups.sort.map { |k, v| "#{k}:#{v.length}" }.join(',')
raise 'values were lost' unless words.length == 200_000
puts total, groups.length, text.sum
RUBY
}

work()
{
    launch ruby --disable=gems "$input/objects.rb"
}

main "$@"
