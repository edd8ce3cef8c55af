# SPDX-License-Identifier: MIT
# Turns results.csv into results.md and the plots beside it.
import os

import plots
import workloads
from allocators import OURS
from results import Results
from standing import Standing, targets

TITLES = {"bench": "Patterns", "program": "Programs"}
AXES = {
    "threads": "threads that share the work",
    "live": "MiB live",
    "size": "bytes a block",
    "idle": "threads that sleep",
}
LISTED = 10


def table(head, rows, left=1):
    """Markdown; the first `left` columns are text, the others figures."""
    lines = [head, ["---"] * left + ["---:"] * (len(head) - left), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"


def bold(text, when=True):
    return f"**{text}**" if when else text


def three(value):
    """Three digits, or all before the point."""
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def title(name):
    return bold(name, name == OURS)


def top(results):
    machine = results.notes["machine"]
    lines = ["# Results", "",
             "Written by `./dev bench`, as [README.md](../README.md) says; every run is a row "
             "of [results.csv](results.csv). Lower is better everywhere. A ratio is to the best "
             "of its row, ours included.", "",
             table(["machine", ""], machine.items(), 2),
             table(["allocator", "version"],
                   [(title(name), version) for name, version in
                    results.notes["allocator"].items()], 2)]
    for command, quiet in results.notes["run"].items():
        lines.append(f"- {command}: {quiet}")
    if results.notes["left out"]:
        lines += ["", "Left out:", ""]
        lines += [f"- {name}: {reason}" for name, reason in results.notes["left out"].items()]
    return "\n".join(lines) + "\n"


def summary(standing):
    rows = []
    for name in standing.names:
        counted = sum(standing.value(key, name, "time") is not None for key in standing.rows)
        means = [standing.mean(name, what) for what in ("time", "peak")]
        rows.append([title(name), *(f"{value:.3f}" if value else "-" for value in means),
                     standing.wins(name, "time"), standing.wins(name, "peak"), counted])
    return "\n".join([
        "## Summary", "",
        table(["allocator", "time, geometric mean of ratios", "peak RSS, likewise",
               "fastest in rows", "smallest in rows", "rows"], rows),
        "![Means of time and peak RSS](scatter.svg)", ""])


def targets_met(standing):
    return "## Targets\n\n" + table(["what", "target", "here", ""], targets(standing), 4)


def losses(standing):
    """Where we are behind, in full."""
    lines = [f"## Where {OURS} is behind", ""]
    found = standing.dominated()
    lines.append("A peer is both faster and smaller by more than 3 %:\n" if found else
                 "In no row is a peer both faster and smaller by more than 3 %.\n")
    if found:
        lines.append(table(["workload", "peer", "our time over its", "our peak RSS over its"],
                           [[standing.label(key), name, f"{time:.2f}", f"{peak:.2f}"]
                            for key, name, time, peak in found], 2))
    for what, text in (("time", "time"), ("peak", "peak RSS")):
        behind = [row for row in standing.behind(what) if row[0] > 1][:LISTED]
        lines.append(f"The worst rows in {text}, of those in which a peer is ahead:\n"
                     if behind else f"In no row is a peer ahead in {text}.\n")
        if behind:
            lines.append(table(["workload", "best peer", "ours over it"],
                               [[standing.label(key), name, f"{ratio:.2f}"]
                                for ratio, key, name in behind], 2))
    return "\n".join(lines)


def cell_text(standing, key, name, what, form):
    cell = standing.cells[key].get(name)
    if cell is None:
        return "-"
    if not cell.ok:
        return cell.failures[-1].split(":")[0]
    mark = f" ({len(cell.failures)} of {cell.runs} failed)" if cell.failures else ""
    return form(standing, key, name, what) + mark


def ratio_text(standing, key, name, what):
    ratio = standing.ratio(key, name, what)
    return bold(f"{ratio:.2f}", ratio == 1)


def fault_text(standing, key, name, what):
    value = standing.value(key, name, what)
    return bold(f"{value:,.0f}", value == standing.best(key, what))


def best_text(standing, key, what):
    best = standing.best(key, what)
    if best is None:
        return "-"
    if what == "peak":
        return f"{three(best / 1024)} MiB"
    unit = next(cell.unit for cell in standing.cells[key].values() if cell.ok)
    return f"{best:.3f} s" if unit == "s" else f"{three(best)} ns"


def full(standing, what, heading, picture):
    parts = [f"## {heading}\n"]
    parts += [f"![{heading}]({picture})\n"] if picture else []
    for kind, text in TITLES.items():
        keys = [key for key in standing.rows if key[0] == kind]
        if not keys:
            continue
        form = ratio_text if picture else fault_text
        rows = [[standing.label(key), *([best_text(standing, key, what)] if picture else []),
                 *(cell_text(standing, key, name, what, form) for name in standing.names)]
                for key in keys]
        head = [text.lower(), *(["best"] if picture else []), *map(title, standing.names)]
        parts.append(table(head, rows))
    return "\n".join(parts)


def curves(standing):
    parts = ["## Scaling\n"]
    for axis in dict.fromkeys(key[1] for key in standing.curves):
        keys = [key for key in standing.curves if key[1] == axis]
        text = AXES.get(axis, axis)
        parts.append(f"### By {text}\n\n![Time by {text}](scale_{axis}.svg)\n")
        for what, unit in (("time", "nanoseconds an operation"), ("peak", "peak RSS in MiB")):
            rows = []
            for key in keys:
                def form(standing, key, name, what):
                    value = standing.value(key, name, what)
                    shown = three(value / 1024 if what == "peak" else value)
                    return bold(shown, value == standing.best(key, what))
                rows.append([f"{int(key[2]):,}", *(cell_text(standing, key, name, what, form)
                                                   for name in standing.names)])
            parts.append(table([f"{text}: {unit}", *map(title, standing.names)], rows))
    return "\n".join(parts)


def legend(standing):
    shown = {key[:2]: standing.label(key) for key in standing.cells}
    rows = {shown[workload.key[:2]]: workloads.description(workload.source)
            for workload in workloads.everything() if workload.key[:2] in shown}
    return "## What the workloads are\n\n" + table(["workload", "what it does"], rows.items(), 2)


def write(path):
    """Writes results.md and the plots beside a results.csv."""
    results = Results(path, True)
    cells = results.cells()
    names = list(dict.fromkeys(name for row in cells.values() for name in row))
    if not cells:
        raise SystemExit(f"bench: {path} has no rows")
    standing = Standing(cells, names)
    parts = [top(results)]
    if standing.rows:
        parts += [summary(standing), targets_met(standing), losses(standing),
                  full(standing, "time", "Time", "time.svg"),
                  full(standing, "peak", "Peak RSS", "rss.svg"),
                  full(standing, "faults", "Minor page faults", "")]
    parts += [curves(standing)] if standing.curves else []
    parts += [legend(standing)]
    folder = os.path.dirname(path)
    with open(os.path.join(folder, "results.md"), "w", encoding="utf-8") as file:
        file.write("\n".join(parts))
    plots.write(standing, folder, AXES)


def summary_of(text):
    """The part of a report for the terminal."""
    begin, end = text.find("## Summary"), text.find("## Time")
    return text[begin:end].strip() if begin >= 0 else text
