#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Measures every workload under every allocator and writes results.csv, results.md and the plots.
#
# Everything is compiled and prepared first and run once unmeasured. Then come the rounds: in each,
# every workload in shuffled order, and for each workload every allocator in shuffled order, so that
# what disturbs the machine for a while disturbs all of them.
import argparse
import datetime
import os
import random
import sys
import time

sys.dont_write_bytecode = True

import allocators  # noqa: E402
import report  # noqa: E402
import workloads  # noqa: E402
from machine import Disturbance, describe  # noqa: E402
from results import COLUMNS, Results  # noqa: E402

ROOT = os.path.dirname(workloads.HERE)


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def arguments():
    parser = argparse.ArgumentParser(prog="./dev bench", description=(
        "Compares allocators: the C library's, ours, those found in the system and those named."))
    add = parser.add_argument
    add("libraries", nargs="*", metavar="LIBRARY[=NAME]", help="further allocators")
    add("--only-named", action="store_true", help="leave out the allocators found in the system")
    add("--quick", action="store_true", help="three rounds of a short list, some minutes")
    add("--rounds", type=int, metavar="N", help="rounds that count (7)")
    add("--only", metavar="NAME,...", help="only these workloads; NAME or KIND/NAME")
    add("--no-programs", action="store_true", help="leave out the real programs")
    add("--no-scale", action="store_true", help="leave out the scaling curves")
    add("--install", action="store_true", help="install the packages that programs need")
    add("--resume", action="store_true", help="go on with the results there are; with --only, "
        "measure these rows again")
    add("--seed", type=int, help="of the order of the runs")
    add("--out", metavar="DIR", help="where the results go; bench/results for a full run")
    add("--work", metavar="DIR", default=os.path.join(ROOT, "build", "bench"),
        help="where programs and their inputs are made")
    add("--ours", metavar="LIBRARY", help="the library of this tree",
        default=os.path.join(ROOT, "build", "release", "libikyoalloc.so"))
    add("--report", action="store_true", help="measure nothing, only write the report again")
    options = parser.parse_intermixed_args()
    options.rounds = options.rounds or (3 if options.quick else 7)
    if options.rounds < 1:
        parser.error("--rounds needs a number above zero")
    partial = options.quick or options.only or options.no_programs or options.no_scale
    options.out = options.out or (os.path.join(options.work, "results")
                                  if partial and not options.resume
                                  else os.path.join(workloads.HERE, "results"))
    return options


def command_line(options):
    """As it was given, but of libraries only what says which they were."""
    words = ["./dev", "bench"]
    for word in sys.argv[1:]:
        if word in options.libraries:
            path, _, name = word.partition("=")
            word = os.path.basename(path) + (f'="{name}"' if name else "")
        words.append(word)
    for name in ("--out", "--work", "--ours"):
        if name in words:
            del words[words.index(name):words.index(name) + 2]
    return " ".join(words)


def chosen(options):
    """The workloads that the options ask for."""
    names = set(options.only.split(",")) if options.only else None
    unknown = set(names or ())
    wanted = []
    for workload in workloads.everything():
        labels = {workload.name, f"{workload.kind}/{workload.name}"}
        unknown -= labels
        if names is not None and not labels & names:
            continue
        if options.quick and names is None and workload.name not in workloads.QUICK[workload.kind]:
            continue
        if options.no_programs and workload.kind == "program":
            continue
        if options.no_scale and workload.kind == "scale":
            continue
        wanted.append(workload)
    if unknown:
        raise SystemExit(f"bench: no such workload: {', '.join(sorted(unknown))}")
    return wanted


class Protocol:
    """The order of the runs, and what becomes of each."""

    def __init__(self, bench, results, field, rounds, seed):
        self.bench, self.results, self.field, self.rounds = bench, results, field, rounds
        self.random = random.Random(seed)
        self.seconds = {}
        self.hopeless = set()
        self.shown = time.monotonic()

    def pending(self, wanted):
        """Rounds that are not in the results yet, by workload and allocator."""
        return {(workload, allocator): missing
                for workload in wanted for allocator in self.field
                if (missing := [number for number in range(1, self.rounds + 1)
                                if not self.results.has(workload, allocator, number)])}

    def shuffled(self, runs):
        order = list({workload: None for workload, _ in runs})
        self.random.shuffle(order)
        for workload in order:
            field = [allocator for allocator in self.field if (workload, allocator) in runs]
            self.random.shuffle(field)
            yield from ((workload, allocator) for allocator in field)

    def measure(self, workload, allocator, number):
        began = time.monotonic()
        try:
            row = [*self.bench.run(workload, allocator), "ok"]
        except workloads.Failure as failure:
            row = ["", "", "", "", "", "", str(failure)]
            say(f"{workload} on {allocator.name}: {failure}")
            if number == 0:
                self.hopeless.add((workload, allocator))
        self.seconds[workload, allocator] = time.monotonic() - began
        # A warm-up is worth a row only when it says that the workload does not work.
        if number > 0 or row[-1] != "ok":
            self.results.add(workload, allocator, number, row)

    def run(self, wanted):
        pending = self.pending(wanted)
        say(f"{sum(map(len, pending.values()))} runs of {len(wanted)} workloads "
            f"on {len(self.field)} allocators")
        for number in range(self.rounds + 1):
            runs = {run for run, missing in pending.items()
                    if (number in missing or number == 0) and run not in self.hopeless}
            done = 0
            for workload, allocator in self.shuffled(runs):
                self.measure(workload, allocator, number)
                done += 1
                self.progress(number, done, len(runs), pending)
        if sys.stderr.isatty():
            print(file=sys.stderr)

    def progress(self, number, done, total, pending):
        left = sum(self.seconds.get(run, 1.5) * sum(later > number for later in missing)
                   for run, missing in pending.items() if run not in self.hopeless)
        known = [self.seconds[run] for run in pending if run in self.seconds]
        left += (total - done) * sum(known) / len(known)
        stage = f"round {number} of {self.rounds}" if number else "warm-up"
        text = f"bench: {stage}, {done} of {total}, about {left / 60:.0f} min left"
        if sys.stderr.isatty():
            print(f"\r{text}  ", end="", file=sys.stderr, flush=True)
        elif time.monotonic() - self.shown > 60:
            self.shown = time.monotonic()
            print(text, file=sys.stderr, flush=True)


def prepare(bench, wanted, results):
    """Makes the workloads ready; those that cannot be run are named in the results."""
    ready, left_out, made = [], [], set()
    for workload in wanted:
        reason = "" if workload.source in made else bench.ready(workload)
        made.add(workload.source)
        if reason:
            say(f"left out: {workload.name} ({reason})")
            left_out.append((workload.name, reason))
        else:
            ready.append(workload)
    results.note("left out", left_out, [workload.name for workload in wanted])
    return ready


def drop_replaced(results, options, wanted, field):
    """Rows that are measured again: those of --only, and of the others those that failed."""
    keys = {workload.key for workload in wanted}
    names = {allocator.name for allocator in field}
    broken = {key[:4] for key, row in results.rows.items() if row["status"] != "ok"}
    results.drop(lambda key, name: key in keys and name in names
                 and (options.only or (*key, name) in broken))


def main():
    options = arguments()
    path = os.path.join(options.out, "results.csv")
    os.makedirs(options.out, exist_ok=True)
    if options.report:
        report.write(path)
        return
    field = allocators.field(options.ours, options.libraries, options.only_named)
    wanted = chosen(options)
    if options.install:
        workloads.install(wanted)
    disturbance = Disturbance()
    if disturbance.loaded():
        say(f"the machine is not quiet: the load is {disturbance.load:.2f}")
    results = Results(path, options.resume)
    drop_replaced(results, options, wanted, field)
    seed = options.seed if options.seed is not None else random.randrange(10**6)
    results.note("machine", [("date", datetime.date.today().isoformat()), *describe("cc")])
    results.note("allocator", [(allocator.name, allocator.version) for allocator in field])
    run = f"{command_line(options)}, {options.rounds} rounds, seed {seed}"
    results.note("run", [(run, "interrupted")])
    bench = workloads.Bench(options.work)
    ready = prepare(bench, wanted, results)
    say(f"seed {seed}, rows go to {path} ({', '.join(COLUMNS)})")
    try:
        Protocol(bench, results, field, options.rounds, seed).run(ready)
    finally:
        results.note("run", [(run, disturbance.summary())])
    report.write(path)
    with open(os.path.join(options.out, "results.md"), encoding="utf-8") as file:
        print(report.summary_of(file.read()))
    say(f"{options.out}: results.md, results.csv, *.svg")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit("bench: interrupted; --resume goes on from here") from None
