# SPDX-License-Identifier: MIT
# Objects, strings, garbage collection and threads in ruby.
# Programs: ruby
# Packages: ruby
exec ruby -e '
scale = ENV["SCALE"].to_i
table = Hash.new { |h, k| h[k] = [] }
(150_000 * scale).times { |i| table["key#{i * 7919 % 20011}"] << "value #{i}" * (i % 5) }
puts table.size, table.values.sum { |v| v.sum(&:length) }
results = 4.times.map do |t|
  Thread.new { (10000 * scale).times.sum { |i| ("x" * (i % 700) + t.to_s).reverse.length } }
end.map(&:value)
p results
rows = (20000 * scale).times.map { |i| { id: i, name: "n" * (i % 40), list: (0..i % 10).to_a } }
GC.start
puts Marshal.load(Marshal.dump(rows)) == rows
puts rows.map { |r| r[:name] }.tally.sort_by { |k, v| [-v, k.length] }.first[1]'
