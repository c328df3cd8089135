"""The plan as it may be shown: the one place where secrets leave it.

`formats` hands every writer such a plan, so none of them can forget it. What is applied (base/,
component/, rollback/) is made from the plan itself, and so is plan.json, which marks each secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, Final, TypeVar, cast

from msgspec import Struct
from msgspec.structs import replace

from migrator.live.reviewed import Review
from migrator.model.inputs import MISSING, Document, ObjectRef, Source
from migrator.model.inventory import Flag, State
from migrator.model.plan import Account, Attachment, Change, Plan, Planned
from migrator.trees.paths import get
from migrator.trees.redact import redact, redact_both, redact_text

T = TypeVar("T")

_NAMES: Final = (ObjectRef, Source)
"""Records that say where something is: nobody hides a secret there, and reports look things up by
them."""


def redacted(plan: Plan) -> Plan:
    """The same plan without secrets; a change of one stays a change. Pure.

    Of what was read, a report names objects and where they stand: the documents have no text and
    no data there, and there are no NADs and workloads. What a plan shows of one is its `objects`,
    installs and attachments.
    """
    shown = _Shown()
    return shown.record(
        plan,
        before=shown.state(plan.before),
        after=shown.state(plan.after),
        accounts=_accounts(plan.accounts),
        attachments=tuple(_attachment(row, shown) for row in plan.attachments),
        objects=tuple(map(_planned, plan.objects)),
    )


def redacted_review(review: Review) -> Review:
    """The same review without secrets. Pure."""
    shown = _Shown()
    networks = tuple(replace(n, row=_attachment(n.row, shown)) for n in review.networks)
    return shown.record(review, networks=networks)


class _Shown:
    """Records without secrets, each document once: several records hold the same."""

    def __init__(self) -> None:
        self._documents: dict[int, Document] = {}
        self._named: dict[int, Document] = {}

    def record(self, value: T, /, **known: Any) -> T:
        """A record with all its fields cleaned, whatever fields it has; ``known`` are those that
        somebody cleaned who knows more of them."""
        kind: Any = type(value)
        clean = {
            name: self._value(getattr(value, name))
            for name in kind.__struct_fields__
            if name not in known
        }
        return cast(T, kind(**clean, **known))

    def state(self, state: State) -> State:
        inventory = state.inventory
        named = tuple(map(self._name_of, inventory.reading.documents))
        reading = self.record(inventory.reading, documents=named)
        return self.record(
            state, inventory=self.record(inventory, reading=reading, nads=(), workloads=())
        )

    def _name_of(self, document: Document) -> Document:
        """Which object it is and where it stands, without what it holds."""
        if id(document) not in self._named:
            self._named[id(document)] = replace(document, data={}, text="")
        return self._named[id(document)]

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return redact_text(value)
        if isinstance(value, Document):
            return self._document(value)
        if isinstance(value, Flag):
            return self.record(value, value=redact(value.value, (value.name,)))
        if isinstance(value, _NAMES):
            return value
        if isinstance(value, Struct):
            return self.record(value)
        if isinstance(value, tuple):
            return tuple(map(self._value, value))
        return redact(value) if isinstance(value, Mapping) else value

    def _document(self, document: Document) -> Document:
        if id(document) not in self._documents:
            clean = replace(document, data=redact(document.data), text="")
            self._documents[id(document)] = clean
        return self._documents[id(document)]


def _planned(planned: Planned) -> Planned:
    document = planned.document
    before, after = redact_both(document.data if document else MISSING, planned.desired)
    return Planned(
        ref=planned.ref,
        document=replace(document, data=before, text="") if document else None,
        desired=after,
        changes=tuple(_change(change, before, after) for change in planned.changes),
    )


def _change(change: Change, before: Any, after: Any) -> Change:
    """Its values as they stand in the objects, where all that is around them counted: the name of
    a variable, the flag before a word."""
    path = change.path
    old, new = (MISSING if tree is MISSING else get(tree, path) for tree in (before, after))
    if (old is MISSING, new is MISSING) != (change.before is MISSING, change.after is MISSING):
        old, new = redact_both(change.before, change.after, path, change.object.kind)
    return replace(change, before=old, after=new, reason=redact_text(change.reason))


def _attachment(attachment: Attachment, shown: _Shown) -> Attachment:
    """Its two configs are one pair, so that a change of a secret is seen."""
    old, new = attachment.before.config, attachment.after.config
    if old == new:
        old = new = redact_text(old)
    else:
        old, new = redact_both(old, new)
    before = shown.record(attachment.before, config=old)
    same = attachment.before == attachment.after
    after = before if same else shown.record(attachment.after, config=new)
    return shown.record(attachment, before=before, after=after)


def _accounts(accounts: Iterable[Account]) -> tuple[Account, ...]:
    """The flags of one object in order are its arguments: a word follows its flag."""
    shown = _Shown()
    result: list[Account] = []
    for _, group in groupby(accounts, key=lambda account: (account.object, account.kind)):
        members = list(group)
        names = redact([account.name for account in members])
        pairs = zip(members, names, strict=True)
        result += [shown.record(account, name=name) for account, name in pairs]
    return tuple(result)
