// SPDX-License-Identifier: MIT
// A row of the table: one piece of work, done in several ways that take turns, so that what
// disturbs the machine for a while disturbs all of them. The shortest time of each counts.
#ifndef BENCH_ENGINE_COMPARE_HPP
#define BENCH_ENGINE_COMPARE_HPP

#include "../bench.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

class row
{
  public:
    // Each call of a way's work does so many operations.
    row(const char *name, double operations, int rounds = 40)
        : name_(name), operations_(operations), rounds_(rounds)
    {
    }
    row(const row &) = delete;
    row &operator=(const row &) = delete;

    template <class Work> row &way(const char *name, Work work)
    {
        ways_.push_back({name, std::move(work), 1, 1e9});
        return *this;
    }

    // Runs the ways, and prints `row,way,nanoseconds of an operation` for each.
    ~row()
    {
        for (int round = 0; round < rounds_; round++) {
            for (auto &way : ways_)
                way.seconds = std::min(way.seconds, seconds_of(way));
        }
        for (auto &way : ways_)
            printf("%s,%s,%.2f\n", name_, way.name, way.seconds * 1e9 / operations_);
    }

  private:
    struct one {
        const char *name;
        std::function<void()> work;
        long calls;
        double seconds;
    };

    // Of one call, where so many are timed together that the clock does not count.
    static double seconds_of(one &way)
    {
        for (;; way.calls *= 2) {
            double began = bench_now();

            for (long i = 0; i < way.calls; i++)
                way.work();

            double took = bench_now() - began;

            if (took > 1e-3)
                return took / static_cast<double>(way.calls);
        }
    }

    const char *name_;
    double operations_;
    int rounds_;
    std::vector<one> ways_;
};

// A block is written to, as every block of a program is, and the compiler may not drop it.
inline void *touch(void *block)
{
    *static_cast<volatile char *>(bench_need(block)) = 1;
    return block;
}

#endif
