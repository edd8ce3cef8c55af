# SPDX-License-Identifier: MIT
# The plots, drawn by gnuplot: ratios by row, means against each other, and the scaling curves.
import subprocess

from allocators import OURS

# Told apart by shape and colour; ours is the red disc of all plots.
COLOURS = ("#d62020", "#404040", "#1f77b4", "#2ca02c", "#9467bd", "#ff7f0e", "#17a2b8", "#8c564b",
           "#e377c2", "#9a9a20", "#4060a0", "#c07060", "#606060", "#00a070")
SHAPES = (7, 2, 5, 9, 11, 13, 4, 6, 8, 10, 12, 1, 3, 15)
FONT = "Helvetica,13"
FARTHEST = 8


def style(index):
    return COLOURS[index % len(COLOURS)], SHAPES[index % len(SHAPES)]


def quoted(text):
    return '"' + text.replace("\\", "").replace('"', "").replace("_", "\\\\_") + '"'


def block(name, lines):
    return f"${name} << END\n" + "\n".join(lines) + "\nEND\n"


def draw(script):
    try:
        done = subprocess.run(["gnuplot"], input=script, capture_output=True, text=True,
                              check=False)
    except FileNotFoundError:
        raise SystemExit("bench: gnuplot is needed for the plots") from None
    if done.returncode != 0 or done.stderr.strip():
        raise SystemExit(f"bench: gnuplot: {done.stderr.strip()}")


def start(path, width, height):
    return (f"set terminal svg size {width},{height} font '{FONT}' background '#ffffff'\n"
            f"set output {quoted_path(path)}\nset border lc rgb '#808080'\n"
            "set key noenhanced\nset grid lc rgb '#dddddd' lt 1 lw 1\n"
            "set tics textcolor rgb '#202020'\n")


def quoted_path(path):
    return "'" + path.replace("'", "''") + "'"


def heights(keys):
    """Where each row stands, from the top down, with a gap between patterns and programs."""
    found, height = {}, 0
    for before, key in zip([None, *keys], keys):
        height -= 2 if before and before[0] != key[0] else 1
        found[key] = height
    return found


def ratios(standing, what, title, path):
    """One line a row; a ratio beyond the right edge stands on it."""
    height = heights(standing.rows)
    parts, blocks = [], []
    for index in reversed(range(len(standing.names))):
        name = standing.names[index]
        colour, shape = style(index)
        found = [(key, standing.ratio(key, name, what)) for key in standing.rows]
        lines = [f"{min(ratio, FARTHEST):.4f} {height[key]}" for key, ratio in found if ratio]
        if lines:
            size = 1.3 if name == OURS else 0.9
            blocks.append(block(f"points{index}", lines))
            parts.append(f"$points{index} using 1:2 with points pt {shape} ps {size} lw 1.5 "
                         f"lc rgb '{colour}' title {quoted(name)}")
    ticks = ", ".join(f'"{standing.label(key)}" {at}' for key, at in height.items())
    marks = '1, "1.1" 1.1, "1.25" 1.25, "1.5" 1.5, 2, 3, 4, 6'
    bottom = min(height.values()) - 0.8
    draw(start(path, 900, max(120 - int(19 * bottom), 360)) + "".join(blocks) + f"""
set title {quoted(title)} noenhanced
set logscale x 2
set logscale x2 2
set xrange [0.97:{FARTHEST * 1.03}]
set x2range [0.97:{FARTHEST * 1.03}]
set xtics ({marks}, "{FARTHEST} or more" {FARTHEST})
set x2tics ({marks}, "" {FARTHEST})
set yrange [{bottom}:-0.2]
set ytics ({ticks}) noenhanced scale 0
set xlabel "ratio to the best of the row"
set key outside right top Left reverse noenhanced invert
plot {", ".join(parts)}
""")


def boxes(x, y, width):
    """Places for a label beside a point, in pixels: left edge, middle and how it is aligned."""
    return [(x + 12, y, "left", "1.5,0"), (x - 12 - width, y, "right", "-1.5,0"),
            (x - width / 2, y + 18, "center", "0,1"), (x - width / 2, y - 18, "center", "0,-1")]


def label_places(marks, right, top):
    """For each name the place where its label lies on the fewest points and other labels."""
    pixels = {name: ((x - 1) / (right - 1) * 690, (y - 1) / (top - 1) * 440)
              for name, (x, y) in marks.items()}
    taken, places = [(x - 8, y, 16) for x, y in pixels.values()], {}
    for name, (x, y) in pixels.items():
        width = 7 * len(name)

        def hits(box):
            inside = 0 <= box[0] and box[0] + width <= 690 and 0 <= box[1] <= 440
            return (not inside) * 100 + sum(
                box[0] < left + size and left < box[0] + width and abs(box[1] - middle) < 15
                for left, middle, size in taken)

        best = min(boxes(x, y, width), key=hits)
        taken.append((best[0], best[1], width))
        places[name] = best[2:]
    return places


def scatter(standing, path):
    marks = {name: (standing.mean(name, "time"), standing.mean(name, "peak"))
             for name in standing.names if standing.mean(name, "time")}
    right = max(x for x, _ in marks.values()) * 1.05 + 0.05
    top = max(y for _, y in marks.values()) * 1.04 + 0.02
    places = label_places(marks, right, top)
    blocks, parts = [], []
    for name, (time, peak) in marks.items():
        index = standing.names.index(name)
        colour, shape = style(index)
        side, offset = places[name]
        blocks.append(block(f"mean{index}", [f'{time:.4f} {peak:.4f} "{name}"']))
        parts.append(f"$mean{index} using 1:2 with points pt {shape} ps 1.5 lw 1.5 "
                     f"lc rgb '{colour}' notitle")
        parts.append(f"$mean{index} using 1:2:3 with labels {side} offset {offset} noenhanced "
                     f"tc rgb '{colour}' notitle")
    draw(start(path, 800, 560) + "".join(blocks) + f"""
set title "Time and peak memory over all rows: the lower left corner is the best of every row"
set xlabel "time, geometric mean of the ratios to the best"
set ylabel "peak RSS, geometric mean of the ratios to the best"
set xrange [1:{right:.3f}]
set yrange [1:{top:.3f}]
unset key
plot {", ".join(parts)}
""")


def short(number):
    """A power of two as people write it."""
    for factor, letter in ((2**20, "M"), (2**10, "K")):
        if number >= factor and number % factor == 0:
            return f"{number // factor}{letter}"
    return str(number)


def curve(standing, axis, text, path):
    keys = [key for key in standing.curves if key[1] == axis]
    points = [int(key[2]) for key in keys]
    blocks, parts = [], []
    for index in reversed(range(len(standing.names))):
        name = standing.names[index]
        colour, shape = style(index)
        values = [(key[2], standing.value(key, name, "time")) for key in keys]
        lines = [f"{point} {value}" for point, value in values if value is not None]
        if lines:
            blocks.append(block(f"curve{index}", lines))
            width, size = (3, 1) if name == OURS else (1.3, 0.7)
            parts.append(f"$curve{index} using 1:2 with linespoints pt {shape} ps {size} "
                         f"lw {width} lc rgb '{colour}' title {quoted(name)}")
    ticks = ", ".join(f'"{short(point) if point >= 2.5 * before else ""}" {point}'
                      for before, point in zip([0, *points], points))
    draw(start(path, 800, 480) + "".join(blocks) + f"""
set title "Time an operation by {text}"
set logscale xy
set format y "%.0f"
set xrange [{min(points) / 1.2}:{max(points) * 1.2}]
set xtics ({ticks})
set xlabel "{text}"
set ylabel "nanoseconds an operation"
set key outside right top Left reverse noenhanced invert
plot {", ".join(parts)}
""")


def write(standing, folder, axes):
    if standing.rows:
        ratios(standing, "time", "Time", f"{folder}/time.svg")
        ratios(standing, "peak", "Peak RSS", f"{folder}/rss.svg")
        scatter(standing, f"{folder}/scatter.svg")
    for axis in dict.fromkeys(key[1] for key in standing.curves):
        curve(standing, axis, axes.get(axis, axis), f"{folder}/scale_{axis}.svg")
