"""Which filled cells of a sheet belong together: tables side by side or one below the other are told apart."""

from __future__ import annotations

Place = tuple[int, int]

_MAX_CELLS = 200_000
"""A sheet with more filled cells is taken as one table."""


def regions(cells: dict[Place, str]) -> list[list[list[str]]]:
    """Tables in reading order: cells that touch (corners too) form one table with the cells of its rectangle.

    Rectangles that overlap or touch are joined. Every cell appears exactly once.
    """
    if not cells:
        return []
    boxes = [_box(list(cells))] if len(cells) > _MAX_CELLS else _joined(_touching(cells))
    found = []
    for top, left, bottom, right in sorted(boxes):
        rows = [[cells.get((row, column), "") for column in range(left, right + 1)] for row in range(top, bottom + 1)]
        found.append([row for row in rows if any(row)])
    return found


def _touching(cells: dict[Place, str]) -> list[tuple[int, int, int, int]]:
    left = set(cells)
    boxes = []
    while left:
        waiting = [left.pop()]
        group = []
        while waiting:
            row, column = waiting.pop()
            group.append((row, column))
            around = {(row + down, column + aside) for down in (-1, 0, 1) for aside in (-1, 0, 1)} & left
            left -= around
            waiting += around
        boxes.append(_box(group))
    return boxes


def _joined(boxes: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """Rectangles that share a cell become one, again and again until none do."""
    if len(boxes) > 500:
        return [
            (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))
        ]
    done: list[tuple[int, int, int, int]] = []
    waiting = list(boxes)
    while waiting:
        box = waiting.pop()
        for number, other in enumerate(done):
            if box[0] <= other[2] and other[0] <= box[2] and box[1] <= other[3] and other[1] <= box[3]:
                done.pop(number)
                waiting.append(
                    (min(box[0], other[0]), min(box[1], other[1]), max(box[2], other[2]), max(box[3], other[3]))
                )
                break
        else:
            done.append(box)
    return done


def _box(places: list[Place]) -> tuple[int, int, int, int]:
    rows, columns = [row for row, _ in places], [column for _, column in places]
    return min(rows), min(columns), max(rows), max(columns)
