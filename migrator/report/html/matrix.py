"""The matrix of workloads and networks: a small picture, whatever the size of the plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct

from migrator.model.plan import Attachment, Verdict
from migrator.report.summary import VERDICTS

_ROWS: Final = 24
_COLUMNS: Final = 16
_WORST: Final = {verdict: index for index, verdict in enumerate(VERDICTS)}

REST: Final = ("rest",)

Name = tuple[str, ...]
"""What a row or column stands for: ("workload", "Deployment app/web"), ("namespace", "app"),
("network", "app/macvlan"), or ("rest",) for all that found no place."""


class Line(Struct, frozen=True, kw_only=True):
    """A row or a column; ``members`` is how many workloads or networks it stands for."""

    name: Name
    members: int


class Cell(Struct, frozen=True, kw_only=True):
    """The worst verdict of ``count`` attachments where a row and a column meet."""

    row: int
    column: int
    verdict: Verdict
    count: int


class Matrix(Struct, frozen=True, kw_only=True):
    rows: tuple[Line, ...]
    columns: tuple[Line, ...]
    cells: tuple[Cell, ...]
    verdicts: tuple[Verdict, ...]


def matrix(attachments: Sequence[Attachment]) -> Matrix:
    """At most 24 rows and 16 columns. Many workloads are one row a namespace, and many networks one
    column; what still has no room is the row or column REST, and what needs to be read keeps a
    place of its own."""
    workloads = {a.user for a in attachments}
    row_of = _workload if len(workloads) <= _ROWS else _namespace
    column_of = _network if len({*map(network_of, attachments)}) <= _COLUMNS else _space
    rows = _placed(attachments, row_of, lambda a: a.user, _ROWS)
    columns = _placed(attachments, column_of, network_of, _COLUMNS)
    row_at, column_at = _positions(rows), _positions(columns)
    cells: dict[tuple[int, int], list[Verdict]] = {}
    for a in attachments:
        place = (row_at(row_of(a)), column_at(column_of(a)))
        cells.setdefault(place, []).append(a.verdict)
    return Matrix(
        rows=rows,
        columns=columns,
        cells=tuple(
            Cell(
                row=row, column=column, verdict=min(found, key=_WORST.__getitem__), count=len(found)
            )
            for (row, column), found in sorted(cells.items())
        ),
        verdicts=tuple(v for v in VERDICTS if any(a.verdict == v for a in attachments)),
    )


def network_of(attachment: Attachment) -> str:
    """The network without the interface that the pod gives it."""
    return attachment.network.partition("@")[0]


def _workload(attachment: Attachment) -> Name:
    return ("workload", attachment.user)


def _namespace(attachment: Attachment) -> Name:
    return ("namespace", attachment.workload.namespace)


def _space(attachment: Attachment) -> Name:
    namespace, slash, _ = network_of(attachment).partition("/")
    return ("namespace", namespace if slash else "")


def _network(attachment: Attachment) -> Name:
    return ("network", network_of(attachment))


def _placed(
    attachments: Sequence[Attachment],
    name_of: Callable[[Attachment], Name],
    member_of: Callable[[Attachment], str],
    most: int,
) -> tuple[Line, ...]:
    """The lines in the order of the plan; the worst and the most used keep their place."""
    members: dict[Name, set[str]] = {}
    worst: dict[Name, int] = {}
    for attachment in attachments:
        name = name_of(attachment)
        members.setdefault(name, set()).add(member_of(attachment))
        worst[name] = min(worst.get(name, len(_WORST)), _WORST[attachment.verdict])
    used = Counter(map(name_of, attachments))
    kept = set(members)
    if len(members) > most:
        kept = set(sorted(members, key=lambda n: (worst[n], -used[n]))[: most - 1])
    lines = [Line(name=name, members=len(members[name])) for name in members if name in kept]
    left = {member for name in members if name not in kept for member in members[name]}
    return (*lines, Line(name=REST, members=len(left))) if left else tuple(lines)


def _positions(lines: Sequence[Line]) -> Callable[[Name], int]:
    """Name -> index of its line, the last one's where it has none of its own."""
    places = {line.name: index for index, line in enumerate(lines)}
    return lambda name: places.get(name, len(lines) - 1)
