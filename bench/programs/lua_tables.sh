#!/bin/sh
# SPDX-License-Identifier: MIT
# Tables, closures and strings in Lua: each object one block, given back with its size by realloc.
. "$(dirname -- "$0")/common.sh"
packages=lua5.4

inputs()
{
    cat >"$input/tables.lua" <<'LUA'
local function tree(depth)
  if depth == 0 then return {value = 1} end
  return {left = tree(depth - 1), right = tree(depth - 1), value = depth}
end
local function sum(node)
  if not node.left then return node.value end
  return node.value + sum(node.left) + sum(node.right)
end
local total = 0
for round = 1, 12 do total = total + sum(tree(13)) end
local words, size = {}, 0
for i = 1, 200000 do
  local key = "word" .. (i * 7919 % 60013)
  words[key] = (words[key] or "") .. string.char(65 + i % 26)
end
for key, text in pairs(words) do size = size + #key * #text end
local parts, calls = {}, {}
for i = 1, 200000 do
  parts[#parts + 1] = string.format("%d:%s", i, ("x"):rep(i % 50))
  calls[i % 1000] = function() return parts[i] end
end
table.sort(parts)
local reached = 0
for _, call in pairs(calls) do reached = reached + #call() end
print(total, size, #table.concat(parts, ","), reached)
LUA
}

work()
{
    launch lua5.4 "$input/tables.lua"
}

main "$@"
