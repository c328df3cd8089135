"""report.md for pull requests: it fits a limit of characters whatever the plan.

The opening (the verdict, what changes, what is at risk, manual steps) is never cut, only told
shorter. The rest gives way in the reverse order of importance, and what was left out is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from migrator.kustomize import replaced
from migrator.model.plan import Attachment, Plan, Planned
from migrator.report import environment
from migrator.report.changes import Row, changes, several
from migrator.report.diff import by_reason, json_paths, unified
from migrator.report.granted import Gain, gains
from migrator.report.plugins import directories
from migrator.report.summary import Group, Summary, fates, summarise, worst_first
from migrator.report.writer import ALONE, Context

PULL_REQUEST: Final = 65_536
"""What GitHub takes for a comment or the body of a pull request."""

_LEVELS: Final = (
    (20, 1500, 100, 30),
    (5, 500, 30, 20),
    (2, 240, 10, 12),
    (1, 120, 5, 8),
    (0, 80, 0, 4),
)
"""How much of the opening is told: cases of a finding, characters of a text, unknown items, rows of
what changes."""
_LISTED: Final = 12
"""So many names are listed in a cell; the others are counted."""
_FLOOR: Final = 3_000
"""Room that a section leaves to each less important one, as far as that needs it."""
_OUTCOMES: Final = ("unknown", "dropped", "moved", "renamed", "kept")


class _Item(Struct, frozen=True, kw_only=True):
    """One entry of a section: as it should be, and in one line where that does not fit. Each is asked for
    twice, to be measured and to be written."""

    full: Callable[[], str]
    short: Callable[[], str] = field(default=lambda: "")
    label: str = ""


class _Section(Struct, frozen=True, kw_only=True):
    """``complete`` says that each item is told at least in short."""

    opening: str
    items: Sequence[_Item]
    left: Callable[[Sequence[_Item]], str]
    closing: str = ""
    complete: bool = False


class _Opening(Struct, frozen=True, kw_only=True):
    """What changes, for the table; ``most`` rows of it are shown, ``listed`` names in a cell and
    ``chars`` of a text. ``several`` says that an object has to be named to know which is meant."""

    rows: tuple[Row, ...]
    gains: tuple[Gain, ...]
    networks: tuple[tuple[str, tuple[str, ...]], ...]
    several: bool
    most: int = 0
    listed: int = _LISTED
    chars: int = 0


def render(plan: Plan, context: Context = ALONE) -> str:
    """The report, fit for the body of a pull request."""
    return fitted(plan, context, PULL_REQUEST)


def fitted(plan: Plan, context: Context, limit: int) -> str:
    """The report in at most ``limit`` characters."""
    template = environment.markdown().get_template("report.md.j2")
    page: Any = template.make_module({"request": context.request is not None})
    summary = summarise(plan)
    tail = str(page.tail(summary))
    sections = _sections(page, plan, summary, replaced.number_in(context.files))
    least = sum(_shortest(section) for section in sections.values())
    top = _top(page, plan, summary, context.verification, limit - len(tail) - max(least, _FLOOR))
    order = sorted(sections, key=lambda name: _IMPORTANCE.index(name))
    room = limit - len(top) - len(tail) - 2
    needs = {name: _need(sections[name]) for name in order}
    reserved = sum(needs.values())
    texts: dict[str, str] = {}
    for name in order:
        reserved -= needs[name]
        texts[name] = _fitted(sections[name], room - reserved)
        room -= len(texts[name])
    text = environment.squeezed("\n\n".join([top, *(texts[name] for name in sections), tail]))
    return text if len(text) <= limit else _cut(text, limit)


_IMPORTANCE: Final = (
    "lasting",
    "warnings",
    "suppressed",
    "decisions",
    "changes",
    "attachments",
    "plugins",
    "accounts",
    "notes",
    "equal",
    "cured",
)


def _top(page: Any, plan: Plan, summary: Summary, verification: str, room: int) -> str:
    """The verdict, what changes and the risks, as fully as fits."""
    opening = _opening(plan)
    text = ""
    for cases, chars, unknowns, rows in _LEVELS:
        shown = replace(opening, most=rows, chars=chars, listed=min(_LISTED, rows))
        text = environment.squeezed(
            page.top(summary, shown, verification, cases, chars, unknowns),
        )
        if len(text) <= room:
            return text
    return text


def _opening(plan: Plan) -> _Opening:
    rows = changes(plan)
    return _Opening(
        rows=rows,
        gains=gains(plan),
        networks=fates(plan.attachments),
        several=several(rows),
    )


def _cut(text: str, limit: int) -> str:
    """The last resort, for limits that are smaller than the verdict."""
    return text[: text.rfind("\n", 0, limit) + 1] if "\n" in text[:limit] else text[:limit]


def _shortest(section: _Section) -> int:
    """The room without which a complete section could not be complete."""
    if not (section.complete and section.items):
        return 0
    return _frame(section) + sum(len(item.short()) for item in section.items)


def _frame(section: _Section) -> int:
    return len(section.opening) + len(section.closing) + len(section.left(section.items)) + 2


def _need(section: _Section) -> int:
    """How much of the floor a section would use."""
    used = len(section.opening) + len(section.closing) + 200
    for item in section.items:
        used += len(item.full())
        if used >= _FLOOR:
            return _FLOOR
    return used if section.items else 0


def _fitted(section: _Section, room: int) -> str:
    """The section with as many items as fit; "" where it has none."""
    if not section.items:
        return ""
    room -= _frame(section)
    if room < 0:
        return ""
    parts: list[str] = []
    later = _shortest(section) - _frame(section) if section.complete else 0
    for item in section.items:
        text = item.full()
        later -= len(item.short()) if section.complete else 0
        if len(text) > room - later:
            text = item.short()
        if not text or len(text) > room:
            break
        parts.append(text)
        room -= len(text)
    left = section.items[len(parts) :]
    return section.opening + "".join(parts) + (section.left(left) if left else "") + section.closing


def _sections(page: Any, plan: Plan, summary: Summary, whole: int) -> dict[str, _Section]:
    """In the order in which they stand in the report; ``whole`` networks of OUT are not patched."""

    def left(items: Sequence[_Item]) -> str:
        return str(page.left(len(items)))

    changed = [account for account in plan.accounts if account.outcome != "kept"]
    return {
        "warnings": _Section(
            opening=page.warnings(),
            items=_findings(page, summary.warnings),
            left=left,
            complete=True,
        ),
        "lasting": _Section(
            opening=page.lasting(),
            items=[_item(page.lasting_line, group) for group in summary.lasting],
            left=left,
        ),
        "changes": _changes(page, summary, whole),
        "attachments": _attachments(page, plan.attachments),
        "equal": _equal(page, plan.attachments),
        "plugins": _Section(
            opening=page.plugins(directories(plan)),
            items=[_item(page.plugin, called) for called in plan.plugins],
            left=left,
        ),
        "decisions": _Section(
            opening=page.decisions(),
            items=[_item(page.decision, d) for d in plan.decisions],
            left=left,
        ),
        "accounts": _Section(
            opening=page.accounts(len(plan.accounts) - len(changed), len(changed)),
            items=[
                _item(page.account, account)
                for account in sorted(changed, key=lambda a: _OUTCOMES.index(a.outcome))
            ],
            left=left,
            closing=page.close(),
        ),
        "notes": _folded(page, page.notes, _findings(page, summary.notes)),
        "suppressed": _folded(
            page,
            page.suppressed,
            [_item(page.suppressed_line, group) for group in summary.suppressed],
        ),
        "cured": _folded(
            page, page.cured, [_item(page.cured_line, group) for group in summary.cured]
        ),
    }


def _folded(page: Any, opening: Any, items: Sequence[_Item]) -> _Section:
    """A section that is folded, with its count."""
    return _Section(
        opening=opening(len(items)),
        items=items,
        left=lambda left: str(page.left(len(left))),
        closing=page.close(),
    )


def _item(macro: Any, *values: Any) -> _Item:
    return _Item(full=cache(lambda: str(macro(*values))))


def _findings(page: Any, groups: Iterable[Group]) -> list[_Item]:
    def item(group: Group) -> _Item:
        return _Item(
            full=cache(lambda: str(page.finding(group, 5, 500)) + "\n"),
            short=cache(lambda: str(page.finding_line(group)) + "\n"),
        )

    return [item(group) for group in groups]


def _changes(page: Any, summary: Summary, whole: int) -> _Section:
    """The DaemonSets first, and NADs last: there may be thousands of them."""

    def item(planned: Planned) -> _Item:
        count = len(planned.changes)
        return _Item(
            full=cache(
                lambda: str(page.object(planned, unified(planned), by_reason(planned), count))
            ),
            short=cache(lambda: str(page.object_line(planned, count))),
            label=planned.ref.kind,
        )

    def left(items: Sequence[_Item]) -> str:
        return str(page.objects_left(Counter(item.label for item in items).most_common()))

    places = {"DaemonSet": 0, "NetworkAttachmentDefinition": 2}
    objects = sorted(summary.changed, key=lambda planned: places.get(planned.ref.kind, 1))
    return _Section(
        opening=page.changes(whole, replaced.MOST_PATCHED),
        items=[item(o) for o in objects],
        left=left,
    )


def _attachments(page: Any, attachments: Sequence[Attachment]) -> _Section:
    """A row for each that does not stay as it is, the worst first."""

    def item(a: Attachment) -> _Item:
        return _Item(
            full=cache(lambda: str(page.attachment(a, json_paths(a.before.config, a.after.config))))
        )

    return _Section(
        opening=page.attachments(),
        items=[item(a) for a in worst_first(attachments) if a.verdict != "equal"],
        left=lambda items: str(page.attachments_left(len(items))),
    )


def _equal(page: Any, attachments: Sequence[Attachment]) -> _Section:
    same = [a for a in attachments if a.verdict == "equal"]
    return _Section(
        opening=page.equal(len(same)),
        items=[_item(page.equal_row, a) for a in same],
        left=lambda items: str(page.attachments_left(len(items))),
        closing=page.close(),
    )
