"""Writes the table and the chart of docs/performance.md: report.py DIRECTORY ROUNDS."""

import json
import pathlib
import re
import sys

DIRECTORY, ROUNDS = pathlib.Path(sys.argv[1]), int(sys.argv[2])
PAGE = pathlib.Path("docs/performance.md")
SIZES = (100, 1000, 10000)

best = {}


def add(name, size, microseconds):
    key = (name, size)
    best[key] = min(best.get(key, microseconds), microseconds)


for line in (DIRECTORY / "measured").read_text().splitlines():
    name, size, microseconds = line.split()
    add(name, int(size), float(microseconds))
for round in range(1, ROUNDS + 1):
    for result in json.loads((DIRECTORY / f"jmh-{round}.json").read_text()):
        name = result["benchmark"].rpartition(".")[2]
        size = int(result.get("params", {}).get("size", 1))
        add(f"jmh.{name}", size, result["primaryMetric"]["scorePercentiles"]["0.0"] / size)


def row(*cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |\n"


def number(value):
    return "-" if value is None else f"{value:.2f}" if value < 100 else f"{value:.0f}"


# What is done, and the names of its figures: C, libvirt-python, bare JNA, this library.
KINDS = [
    ("handles of a list", "c.handles", "python.handles", None, "jmh.handles"),
    ("names and parents", "c.names", "python.names", "jmh.bareNames", "jmh.names"),
    ("with details; XML unread", "c.xml", "python.xml", "jmh.bareXml", "jmh.tree"),
]

table = row("µs per snapshot", "of", "C", "libvirt-python", "bare JNA", "this library", "to C", "to Python")
table += row(*["---"] * 8)
chart = ""
for label, c, python, bare, ours in KINDS:
    for size in SIZES:
        figures = [best.get((name, size)) for name in (c, python, bare, ours)]
        ratios = [f"{figures[3] / figures[i]:.2f}" for i in (0, 1)]
        table += row(label, f"{size:,}", *map(number, figures), *ratios)
        if size == 1000:
            chart += "\t".join([label.partition(";")[0], *map(number, figures)]) + "\n"

table += "\n" + row("µs per revert", "", "to the bare call") + row("---", "---", "---")
for label, ours, bare in [
    ("C, the bare call", "c.revert", "c.revert"),
    ("C, with the calls that check it", "c.checked", "c.revert"),
    ("bare JNA, with RUNNING", "jmh.bareRunning", "jmh.bareRunning"),
    ("`SnapshotReverter`, `running()`", "jmh.reverterRunning", "jmh.bareRunning"),
    ("bare JNA, without flags", "jmh.bareAsTaken", "jmh.bareAsTaken"),
    ("`SnapshotReverter`, without", "jmh.reverterAsTaken", "jmh.bareAsTaken"),
]:
    ratio = best[ours, 1] / best[bare, 1]
    table += row(label, number(best[ours, 1]), f"{ratio:.2f}")

table += "\nCost per snapshot among 10,000, to that among 100: " + ", ".join(
    f"{label.partition(';')[0]} {best[ours, 10000] / best[ours, 100]:.2f}"
    f" (in C {best[c, 10000] / best[c, 100]:.2f})"
    for label, c, *_, ours in KINDS
)
(DIRECTORY / "chart.tsv").write_text(chart)
MARKED = re.compile("(<!-- measured -->\n).*(<!-- end -->)", re.DOTALL)
PAGE.write_text(MARKED.sub(lambda found: f"{found[1]}{table}.\n{found[2]}", PAGE.read_text()))
print(table)
