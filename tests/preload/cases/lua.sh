# SPDX-License-Identifier: MIT
# Tables and strings in lua, whose allocator is a single realloc.
# Programs: lua5.4
# Packages: lua5.4
exec lua5.4 -e '
local scale = tonumber(os.getenv("SCALE"))
local t, order = {}, {}
for i = 1, 300000 * scale do
    local k = "key" .. (i * 7919 % 60013)
    if not t[k] then t[k] = {}; order[#order + 1] = k end
    t[k][#t[k] + 1] = i
end
table.sort(order)
local sum = 0
for i, k in ipairs(order) do sum = (sum * 31 + #t[k] * i) % 1000003 end
print(#order, sum)
local parts = {}
for i = 1, 50000 do parts[#parts + 1] = string.rep(string.char(97 + i % 26), i % 40) end
local text = table.concat(parts)
print(#text, select(2, text:gsub("z+", "%0%0")))
for round = 1, 20 * scale do
    local list
    for i = 1, 30000 do list = { next = list, value = i } end
end
collectgarbage()
print(collectgarbage("count") < 100000)'
