#!/bin/sh
# SPDX-License-Identifier: MIT
# C++ with the standard library's templates compiled by clang: arenas, and maps by operator new.
. "$(dirname -- "$0")/common.sh"
packages='clang libstdc++-12-dev'

inputs()
{
    cat >"$input/templates.cpp" <<'CPLUSPLUS'
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

template <int N> struct Row {
    std::map<std::string, std::vector<std::unique_ptr<Row<N - 1>>>> rows;
    int sum() const
    {
        int total = N;
        for (const auto &entry : rows)
            for (const auto &row : entry.second)
                total += row->sum();
        return total;
    }
};
template <> struct Row<0> {
    int sum() const { return 1; }
};

int count(const std::vector<std::string> &words)
{
    std::unordered_map<std::string, int> seen;
    for (const auto &word : words)
        seen[word]++;
    Row<8> row;
    auto sorted = words;
    std::sort(sorted.begin(), sorted.end());
    return row.sum() + static_cast<int>(seen.size() + sorted.size());
}
CPLUSPLUS
}

work()
{
    launch clang++ -std=c++17 -O0 -S -o - "$input/templates.cpp" >"$scratch/templates.s" || return 1
    cksum <"$scratch/templates.s"
}

main "$@"
