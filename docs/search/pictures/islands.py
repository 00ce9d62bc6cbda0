"""Draws a search of several ranks from its log: ``python docs/search/pictures/islands.py LOG_DIR PICTURE.svg``.

A row is a worker, a box an evaluation in the colour of its island; a thin line goes from parent to child, a thick one
from the trial at whose birth others migrated, at the time of that.
"""

import sys
from pathlib import Path

from hypersonde.study.reading import read_study
from hypersonde.trials import referred

WIDTH, ROW, LEFT, TOP = 1000.0, 64.0, 70.0, 40.0
COLOURS = ("#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#b07aa1", "#76b7b2")


def picture(history):
    """The SVG of a history."""
    workers = sorted({trial.worker for trial in history})
    begin = min(trial.started for trial in history)
    scale = (WIDTH - LEFT - 10) / (max(trial.finished for trial in history) - begin)

    def x(time):
        return LEFT + (time - begin) * scale

    def y(trial):
        return TOP + ROW * workers.index(trial.worker)

    def colour(island):
        return COLOURS[island % len(COLOURS)]

    lines, moves, boxes = [], [], []
    for trial in history:
        island = trial.why.get("island", 0)
        for parent in (history[n] for n in referred(trial.why, "parents") if n >= 0):
            lines.append(
                f'<path d="M{x(parent.finished):.1f} {y(parent) + 15:.1f} L{x(trial.started):.1f} {y(trial) + 15:.1f}" '
                f'stroke="{colour(island)}" stroke-width="0.7" opacity="0.45"/>'
            )
        to = [int(word) for word in str(trial.why.get("to", "")).split()]
        for number, target in zip(referred(trial.why, "migrants"), to, strict=False):
            gone = history[number]
            moves.append(
                f'<path d="M{x(gone.finished):.1f} {y(gone) + 30:.1f} Q{(x(gone.finished) + x(trial.queued)) / 2:.1f} '
                f'{max(y(gone), y(trial)) + 52:.1f} {x(trial.queued):.1f} {y(trial) + 30:.1f}" fill="none" '
                f'stroke="{colour(target)}" stroke-width="2" marker-end="url(#head{target % len(COLOURS)})"/>'
            )
        boxes.append(
            f'<rect x="{x(trial.started):.1f}" y="{y(trial):.1f}" '
            f'width="{max(1.0, x(trial.finished) - x(trial.started) - 1):.1f}" height="30" rx="2" '
            f'fill="{colour(island)}"><title>trial {trial.number}, island {island}: {trial.value:.3g}</title></rect>'
        )
    names = [f'<text x="4" y="{TOP + ROW * i + 20:.0f}">worker {i}</text>' for i in range(len(workers))]
    islands = sorted({trial.why.get("island", 0) for trial in history})
    legend = [
        f'<rect x="{LEFT + 90 * i:.0f}" y="8" width="14" height="14" fill="{colour(i)}"/>'
        f'<text x="{LEFT + 90 * i + 20:.0f}" y="20">island {i}</text>'
        for i in islands
    ]
    legend.append(
        f'<text x="{LEFT + 90 * len(islands) + 20:.0f}" y="20">thin: parent to child; thick: a copy goes to the island '
        f"of that colour</text>"
    )
    heads = [
        f'<marker id="head{i}" markerWidth="6" markerHeight="6" refX="5" refY="3" orient="auto">'
        f'<path d="M0 0 L6 3 L0 6 z" fill="{c}"/></marker>'
        for i, c in enumerate(COLOURS)
    ]
    seconds = int((WIDTH - LEFT - 10) / scale) + 1
    bottom = TOP + ROW * len(workers)
    ticks = [f'<text x="{LEFT + s * scale:.0f}" y="{bottom + 14:.0f}">{s} s</text>' for s in range(seconds)]
    body = "\n".join(["<defs>", *heads, "</defs>", *legend, *names, *lines, *boxes, *moves, *ticks])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {bottom + 24:.0f}" '
        f'font-family="sans-serif" font-size="13">\n<rect width="100%" height="100%" fill="white"/>\n{body}\n</svg>\n'
    )


if __name__ == "__main__":
    log_dir, target = map(Path, sys.argv[1:])
    target.write_text(picture(read_study(log_dir)[1]))
