# SPDX-License-Identifier: MIT
# The file results.csv: one row a run, written as it comes, and notes in lines that begin with `#`:
#
#   # machine; memory; 23.5 GiB        # allocator; NAME; version        # left out; NAME; reason
#   # run; command, rounds and seed; how quiet the machine was meanwhile
#
# A later row or note about the same thing replaces an earlier one, so that both can be appended.
import csv
import os
import statistics

COLUMNS = ("kind", "name", "point", "allocator", "round", "figure", "unit", "wall_s", "cpu_s",
           "peak_kib", "minor_faults", "status")
SECTIONS = ("machine", "allocator", "run", "left out")


class Cell:
    """What the runs of one workload on one allocator come to."""

    def __init__(self, rows):
        good = [row for row in rows if row["status"] == "ok"]
        self.failures = [row["status"] for row in rows if row["status"] != "ok"]
        self.runs = len(rows)
        self.ok = bool(good)
        if good:
            self.time = min(float(row["figure"]) for row in good)
            self.unit = good[0]["unit"]
            self.peak = statistics.median(float(row["peak_kib"]) for row in good)
            self.faults = statistics.median(float(row["minor_faults"]) for row in good)


class Results:
    """The rows and notes of a file, kept in step with it."""

    def __init__(self, path, keep):
        self.path = path
        self.rows = {}
        self.notes = {section: {} for section in SECTIONS}
        if keep and os.path.exists(path):
            self.read()
        if not keep:
            self.rewrite()

    def read(self):
        with open(self.path, encoding="utf-8", newline="") as file:
            lines = file.read().split("\n")
        for line in lines:
            if line.startswith("# "):
                section, name, value = line[2:].split("; ", 2)
                self.notes[section][name] = value
        for row in csv.DictReader(line for line in lines if line and not line.startswith("#")):
            # A run that was cut short may have left half a line.
            if row["status"] is not None and row["kind"] != "kind":
                self.rows[tuple(row[column] for column in COLUMNS[:5])] = row

    def rewrite(self):
        draft = self.path + ".new"
        with open(draft, "w", encoding="utf-8", newline="") as file:
            for section in SECTIONS:
                for name, value in self.notes[section].items():
                    file.write(f"# {section}; {name}; {value}\n")
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows([row[column] for column in COLUMNS] for row in self.rows.values())
        os.replace(draft, self.path)

    def note(self, section, pairs, instead_of=()):
        """Adds notes to a section, after those of some names are taken out of it."""
        for name in instead_of:
            self.notes[section].pop(name, None)
        self.notes[section].update(pairs)
        self.rewrite()

    def add(self, workload, allocator, number, figures):
        values = [*workload.key, allocator.name, str(number), *map(str, figures)]
        self.rows[tuple(values[:5])] = dict(zip(COLUMNS, values))
        with open(self.path, "a", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerow(values)

    def has(self, workload, allocator, number):
        row = self.rows.get((*workload.key, allocator.name, str(number)))
        return row is not None and row["status"] == "ok"

    def drop(self, chosen):
        """Takes out the rows that `chosen` says, given workload key and allocator."""
        self.rows = {key: row for key, row in self.rows.items() if not chosen(key[:3], key[3])}
        self.rewrite()

    def cells(self):
        """By workload, by allocator, what was measured."""
        groups = {}
        for key, row in self.rows.items():
            groups.setdefault(key[:3], {}).setdefault(key[3], []).append(row)
        return {workload: {allocator: Cell(rows) for allocator, rows in groups[workload].items()}
                for workload in sorted(groups, key=order)}


def order(key):
    kind, name, point = key
    return ("bench", "program", "scale").index(kind), name, int(point or 0)
