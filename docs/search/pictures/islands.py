"""Draws a search of several ranks from its log: ``python docs/search/pictures/islands.py LOG_DIR PICTURE.svg``.

A row is a worker, a box an evaluation in the colour of its island. A thin line goes from a parent to its child. A thick
arrow goes from a trial to the birth at which a copy of it went to another island, in the colour of that island.
"""

import sys
from pathlib import Path

from hypersonde.study.reading import read_study
from hypersonde.trials import referred

WIDTH, ROW, BOX, LEFT, TOP = 1040.0, 66.0, 30.0, 78.0, 66.0
COLOURS = ("#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#b07aa1", "#76b7b2")
DARK = ("#2f4f73", "#b3610c", "#35702c", "#9c2b2e", "#74466d", "#3f7f7a")
GREY = "#5f6368"


def shade(colours, island):
    """The colour of an island."""
    return colours[island % len(colours)]


class Drawing:
    """Where things are on the picture of a history."""

    def __init__(self, history):
        self.history = history
        self.workers = sorted({trial.worker for trial in history})
        self.begin = min(trial.started for trial in history)
        self.seconds = max(trial.finished for trial in history) - self.begin
        self.scale = (WIDTH - LEFT - 12) / self.seconds
        self.bottom = TOP + ROW * len(self.workers)

    def x(self, time):
        """Of a moment."""
        return LEFT + (time - self.begin) * self.scale

    def y(self, trial):
        """Of the middle of a trial's box."""
        return TOP + ROW * self.workers.index(trial.worker) + BOX / 2

    def curve(self, start, end):
        """A path between two points (x, y): level where it begins and ends, an arc below when both are in one row."""
        (x, y), (u, v) = start, end
        if y == v:
            low = y + BOX / 2 + 14
            return f"M{x:.1f} {y:.1f} C{x:.1f} {low:.1f} {u:.1f} {low:.1f} {u:.1f} {v + BOX / 2 + 2:.1f}"
        bend = max(18.0, 0.45 * abs(u - x))
        return f"M{x:.1f} {y:.1f} C{x + bend:.1f} {y:.1f} {u - bend:.1f} {v:.1f} {u - 1:.1f} {v:.1f}"

    # -- layers ------------------------------------------------------------------------------------------

    def ticks(self):
        """A grid of seconds."""
        step = next(s for s in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 1000) if self.seconds / s <= 12)
        for i in range(int(self.seconds / step) + 1):
            x = self.x(self.begin + i * step)
            yield (
                f'<path d="M{x:.1f} {TOP - 8} V{self.bottom - 20:.0f}" stroke="#e4e6e8"/>'
                f'<text x="{x:.1f}" y="{self.bottom - 4:.0f}" text-anchor="middle" fill="{GREY}">{i * step:g} s</text>'
            )

    def boxes(self):
        """The evaluations; the best one so far has a white dot."""
        best = float("inf")
        sign = self.history.metrics[0].sign
        for trial in sorted(self.history, key=lambda trial: trial.finished):
            island, x, y = trial.why.get("island", 0), self.x(trial.started), self.y(trial)
            width = max(1.5, self.x(trial.finished) - x - 1)
            said = f"{self.history.label(trial.number)}, island {island}: {trial.value:.3g}"
            yield (
                f'<rect x="{x:.1f}" y="{y - BOX / 2:.1f}" width="{width:.1f}" height="{BOX:.0f}" rx="3" '
                f'fill="{shade(COLOURS, island)}"><title>{said}</title></rect>'
            )
            if sign * trial.value < best:
                best = sign * trial.value
                yield f'<circle cx="{x + width - 8:.1f}" cy="{y:.1f}" r="4" fill="white"/>'

    def births(self):
        """From parents to children."""
        for child in self.history:
            for parent in (self.history[n] for n in referred(child.why, "parents") if n >= 0):
                start, end = (self.x(parent.finished), self.y(parent)), (self.x(child.started), self.y(child))
                if start[1] == end[1] and end[0] - start[0] < 6:
                    continue  # the one before it on the same rank
                path = self.curve(start, end)
                colour = shade(DARK, child.why.get("island", 0))
                yield f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1" opacity="0.45"/>'

    def migrations(self):
        """From those of whom a copy goes elsewhere to the birth at which that was decided."""
        for birth in self.history:
            to = [int(word) for word in str(birth.why.get("to", "")).split()]
            for number, target in zip(referred(birth.why, "migrants"), to, strict=False):
                gone = self.history[number]
                path = self.curve((self.x(gone.finished) - 4, self.y(gone)), (self.x(birth.queued), self.y(birth)))
                yield (
                    f'<path d="{path}" fill="none" stroke="white" stroke-width="5"/>'
                    f'<path d="{path}" fill="none" stroke="{shade(DARK, target)}" stroke-width="2.4" '
                    f'marker-end="url(#head{target % len(DARK)})"/>'
                )

    def frame(self):
        """Names of rows and colours."""
        for i in range(len(self.workers)):
            yield f'<text x="{LEFT - 12:.0f}" y="{TOP + ROW * i + 20:.0f}" text-anchor="end">rank {i}</text>'
        islands = sorted({trial.why.get("island", 0) for trial in self.history})
        for i in islands:
            x = LEFT + 84 * i
            yield f'<rect x="{x:.0f}" y="10" width="14" height="14" rx="3" fill="{shade(COLOURS, i)}"/>'
            yield f'<text x="{x + 20:.0f}" y="22">island {i}</text>'
        words = "thin: parent to child · thick: a copy goes to the island of that colour · white dot: best so far"
        yield f'<text x="{LEFT:.0f}" y="44" fill="{GREY}">{words}</text>'

    def heads(self):
        """Arrow heads in each colour."""
        for i, colour in enumerate(DARK):
            yield (
                f'<marker id="head{i}" markerWidth="9" markerHeight="9" refX="7" refY="4" orient="auto" '
                f'markerUnits="userSpaceOnUse"><path d="M0 0 L9 4 L0 8 z" fill="{colour}"/></marker>'
            )

    def svg(self):
        """The whole picture."""
        layers = (self.ticks, self.frame, self.boxes, self.births, self.migrations)
        body = "\n".join(["<defs>", *self.heads(), "</defs>", *(line for layer in layers for line in layer())])
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {self.bottom + 6:.0f}" '
            f'font-family="sans-serif" font-size="13">\n<rect width="100%" height="100%" fill="white"/>\n'
            f"{body}\n</svg>\n"
        )


if __name__ == "__main__":
    log_dir, target = map(Path, sys.argv[1:])
    target.write_text(Drawing(read_study(log_dir)[1]).svg())
