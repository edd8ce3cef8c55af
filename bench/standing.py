# SPDX-License-Identifier: MIT
# Where the allocators stand: ratios to the best of each row, their means, and the targets.
import math
import os

from allocators import OURS, PLAIN

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "..", "tests", "counts", "golden.txt")
MARGIN = 1.03
REUSED_KIB = 400e6 / 1024


def mean(values):
    """The geometric mean; nothing of nothing."""
    values = list(values)
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


class Standing:
    """Cells by workload and allocator, seen as ratios. `rows` are those that means are taken of."""

    def __init__(self, cells, names):
        self.cells = cells
        self.rows = [key for key in cells if key[0] != "scale"]
        self.curves = [key for key in cells if key[0] == "scale"]
        means = {name: self.mean(name, "time") or math.inf for name in names}
        self.peers = sorted((name for name in names if name != OURS), key=means.get)
        self.names = ([OURS] if OURS in names else []) + self.peers

    def label(self, key):
        """The name of a row, with its kind where another kind has the name too."""
        kind, name, _ = key
        if kind == "scale":
            return f"by {name}"
        alone = all(row[0] == kind for row in self.rows if row[1] == name)
        return name if alone else f"{name} ({kind})"

    def value(self, key, name, what):
        cell = self.cells[key].get(name)
        return getattr(cell, what) if cell is not None and cell.ok else None

    def best(self, key, what, names=None):
        values = [self.value(key, name, what) for name in names or self.cells[key]]
        return min((value for value in values if value is not None), default=None)

    def ratio(self, key, name, what):
        """To the best of the row, or nothing when there is no figure."""
        value = self.value(key, name, what)
        return None if value is None else value / self.best(key, what)

    def mean(self, name, what):
        ratios = [self.ratio(key, name, what) for key in self.rows]
        return mean(ratio for ratio in ratios if ratio is not None)

    def wins(self, name, what):
        return sum(self.ratio(key, name, what) == 1 for key in self.rows)

    def behind(self, what):
        """Our ratio to the best peer in each row, the worst first."""
        found = []
        for key in self.rows:
            ours, best = self.value(key, OURS, what), self.best(key, what, self.peers)
            if ours is not None and best is not None:
                winner = next(name for name in self.peers if self.value(key, name, what) == best)
                found.append((ours / best, key, winner))
        return sorted(found, reverse=True)

    def dominated(self):
        """Rows in which a peer is both faster and smaller than we are, by more than the margin."""
        found = []
        for key in self.rows:
            for name in self.peers:
                pairs = [(self.value(key, OURS, what), self.value(key, name, what))
                         for what in ("time", "peak")]
                if all(ours is not None and peer is not None and ours > peer * MARGIN
                       for ours, peer in pairs):
                    found.append((key, name, *(ours / peer for ours, peer in pairs)))
        return found


def verdict(met):
    return "met" if met else "**missed**"


def not_dominated(standing):
    found = standing.dominated()
    rows = sorted({standing.label(row[0]) for row in found})
    return ("rows in which a peer is faster and smaller, each by more than 3 %", "none",
            f"{len(rows)}: {', '.join(rows)}" if rows else "none", verdict(not rows))


def mean_target(standing, what, title, limit):
    means = [(standing.mean(name, what), name) for name in standing.peers]
    ours = standing.mean(OURS, what)
    means = [pair for pair in means if pair[0] is not None]
    if not means or ours is None:
        return None
    best, name = min(means)
    return (f"geometric mean of {title} over that of the best peer", f"<= {limit:.2f}",
            f"{ours / best:.3f} ({ours:.3f}, {name} {best:.3f})", verdict(ours / best <= limit))


def worst_target(standing, what, title, limit):
    behind = standing.behind(what)
    if not behind:
        return None
    ratio, key, name = behind[0]
    above = sum(row[0] > limit for row in behind)
    return (f"worst row, {title} over the best peer", f"<= {limit:.2f}",
            f"{ratio:.2f} ({standing.label(key)}, {name}); {above} of {len(behind)} rows above",
            verdict(ratio <= limit))


def growth_target(standing):
    key = ("bench", "growth_one", "")
    if key not in standing.cells or standing.value(key, OURS, "time") is None:
        return None
    ahead = standing.best(key, "time", standing.peers) / standing.value(key, OURS, "time")
    return ("growth of one large block by realloc, time of the best peer over ours", ">= 2",
            f"{ahead:.2f}", verdict(ahead >= 2))


def reuse_target(standing):
    """What is not reused comes on top of the first 400 MB, whose true need nobody undercuts."""
    key = ("bench", "reuse", "")
    if key not in standing.cells or standing.value(key, OURS, "peak") is None:
        return None
    need = min(standing.best(key, "peak"), 1.1 * REUSED_KIB)

    def share(name):
        peak = standing.value(key, name, "peak")
        return None if peak is None else max(0, min(1, 2 - peak / need))

    peers = ", ".join(f"{name} {share(name):.0%}" for name in standing.peers
                      if share(name) is not None)
    return ("reused of 400 MB freed to a thread that sleeps", ">= 95 %",
            f"{share(OURS):.0%} ({peers})", verdict(share(OURS) >= 0.95))


def fault_target(standing):
    keys = [key for key in standing.rows if key[0] == "program"
            and standing.value(key, OURS, "faults") and standing.value(key, PLAIN, "faults")]
    pairs = [(standing.label(key), standing.value(key, OURS, "faults"),
              standing.value(key, PLAIN, "faults")) for key in keys]
    above = [f"{name} {ours:,.0f} ({plain:,.0f})" for name, ours, plain in pairs if ours > plain]
    if not keys:
        return None
    return (f"page faults of real programs, at most those on {PLAIN}", "all",
            f"{len(keys) - len(above)} of {len(keys)}"
            + (f"; above: {', '.join(above)}" if above else ""), verdict(not above))


def instruction_target():
    """The figures that the test counts.instructions keeps, of the first platform it knows."""
    with open(GOLDEN, encoding="utf-8") as file:
        lines = [line.split() for line in file if not line.startswith("#")]
    lines = [line for line in lines if line[0] == lines[0][0] and line[1] == "instructions"]
    rows = [(line[2], float(line[3]), float(line[5])) for line in lines]
    met = [count < target + 0.05 for _, count, target in rows]
    kinds = ", ".join(row[0] for row in rows)
    return (f"instructions of a pair of calls ({lines[0][0]}): {kinds}",
            " / ".join(f"{row[2]:g}" for row in rows),
            " / ".join(f"{row[1]:g}" if good else f"**{row[1]:g}**"
                       for row, good in zip(rows, met)), verdict(all(met)))


def targets(standing):
    rows = [
        not_dominated(standing),
        mean_target(standing, "time", "time", 0.95),
        mean_target(standing, "peak", "peak RSS", 0.97),
        worst_target(standing, "time", "time", 1.05),
        worst_target(standing, "peak", "peak RSS", 1.10),
        growth_target(standing),
        reuse_target(standing),
        instruction_target(),
        fault_target(standing),
    ]
    return [row for row in rows if row is not None]
