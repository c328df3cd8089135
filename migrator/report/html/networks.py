"""What each network resolves to, before and after: one row for all workloads that get the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from migrator.model.plan import Attachment, Resolution, Verdict
from migrator.report.html.matrix import network_of
from migrator.report.html.panes import Pane, configs
from migrator.report.summary import VERDICTS, worst_first


class Side(Struct, frozen=True, kw_only=True):
    """Where a configuration comes from, Multus's error, or why it is not known."""

    where: str
    error: str
    unknown: str


class Row(Struct, frozen=True, kw_only=True):
    """``users`` are the workloads, each with the interface it asks for; ``nodes`` is empty where
    all nodes are alike. ``same`` says that both sides hold the same text."""

    network: str
    anchor: str
    namespace: str
    origin: str
    verdict: Verdict
    reason: str
    nodes: tuple[str, ...]
    before: Side
    after: Side
    pane: Pane
    same: bool
    users: tuple[str, ...]


class Group(Struct, frozen=True, kw_only=True):
    """The rows of one namespace of networks; ``verdicts`` counts them, the worst first."""

    namespace: str
    rows: tuple[Row, ...]
    verdicts: tuple[tuple[Verdict, int], ...]


def networks(attachments: Sequence[Attachment], anchor: Callable[..., str]) -> tuple[Group, ...]:
    """The rows by namespace, within one the worst first."""
    alike: dict[tuple[object, ...], list[Attachment]] = {}
    for a in worst_first(attachments):
        key = (network_of(a), a.origin, a.nodes, a.before, a.after, a.verdict, a.reason)
        alike.setdefault(key, []).append(a)
    spaces: dict[str, list[Row]] = {}
    for members in alike.values():
        row = _row(members, anchor)
        spaces.setdefault(row.namespace, []).append(row)
    return tuple(_group(namespace, rows) for namespace, rows in sorted(spaces.items()))


def _group(namespace: str, rows: Sequence[Row]) -> Group:
    counts = [(v, sum(row.verdict == v for row in rows)) for v in VERDICTS]
    return Group(
        namespace=namespace,
        rows=tuple(rows),
        verdicts=tuple((verdict, count) for verdict, count in counts if count),
    )


def _row(members: Sequence[Attachment], anchor: Callable[..., str]) -> Row:
    first = members[0]
    network = network_of(first)
    pane = configs(first.before.config, first.after.config)
    return Row(
        network=network,
        anchor=anchor("network", network),
        namespace=network.partition("/")[0] if "/" in network else "",
        origin=first.origin,
        verdict=first.verdict,
        reason=first.reason,
        nodes=first.nodes,
        before=_side(first.before),
        after=_side(first.after),
        pane=pane,
        same=pane.before == pane.after,
        users=tuple(dict.fromkeys(map(_user, members))),
    )


def _user(attachment: Attachment) -> str:
    interface = attachment.network.partition("@")[2]
    return f"{attachment.user} ({interface})" if interface else attachment.user


def _side(resolution: Resolution) -> Side:
    return Side(
        where=resolution.where,
        error=resolution.error,
        unknown=resolution.unknown,
    )
