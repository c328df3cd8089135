"""P99: keys that stand twice in JSON that Multus reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from migrator.checks.common import finding
from migrator.model.inputs import Document, Source
from migrator.model.inventory import Inventory
from migrator.model.plan import Finding, Rule
from migrator.thick.intent import Intent
from migrator.trees.embedded import decoder, loads
from migrator.trees.wording import listed

RULE = Rule(
    id="P99",
    title="JSON that Multus reads has the same key twice",
    why="Go's decoder silently takes the last one, and does not tell upper from lower "
    "case in the names of fields: whoever reads the first one expects something "
    "else than pods get",
    reference="encoding/json, Unmarshal, which every release of Multus calls",
    handling="Reported where it is. The text is unchanged.",
    severity="warning",
    when="before the rollout",
)
RULES = (RULE,)


def findings(intent: Intent) -> Iterable[Finding]:
    for document, source, what, text in _texts(intent.inventory):
        doubled = list(dict.fromkeys(_doubled(text)))
        if doubled:
            yield finding(
                RULE,
                document=document,
                source=source,
                seen=f"{listed(doubled)} in {what}: the last one counts",
                remedy="keep the one that you mean, and remove the other",
                manual=True,
            )


def _texts(inventory: Inventory) -> Iterator[tuple[Document, Source, str, str]]:
    """(object, line, what it is, text) of each JSON text that Multus reads."""
    for nad in inventory.nads:
        place = nad.document.at(("spec", "config"))
        yield nad.document, place, "spec.config", nad.config or ""
    for workload in inventory.workloads:
        for what, text in (
            ("the networks annotation", workload.networks),
            ("the default-network annotation", workload.default_network),
        ):
            yield workload.document, workload.source, what, text or ""
    for install in inventory.installs:
        for config in filter(None, (install.config, install.daemon_config)):
            yield config.document, config.source, config.key, config.text


def _doubled(text: str) -> Iterator[str]:
    """The keys that stand twice in one object, as they are written the second time; those of the
    outermost object also where they differ in the case of their letters."""
    if text.lstrip()[:1] not in ("{", "["):
        return
    if not _may_double(text):
        return
    found: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found.extend(_again([key for key, _ in items]))
        return dict(items)

    try:
        value = loads(text, decoder(pairs))
    except ValueError:  # told by those who read it
        return
    yield from found
    if isinstance(value, dict):
        seen = [key.lower() for key in value]
        yield from (key for i, key in enumerate(value) if key.lower() in seen[:i])


def _may_double(text: str) -> bool:
    """False for a JSON text none of whose objects has a key twice, as nearly all are."""
    try:
        value = loads(text, _EACH_KEY_ONCE)
    except ValueError:
        return True
    return isinstance(value, dict) and len({key.lower() for key in value}) < len(value)


def _each_key_once(items: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(items)
    if len(result) != len(items):
        raise ValueError("a key twice")
    return result


_EACH_KEY_ONCE = decoder(_each_key_once)


def _again(keys: list[str]) -> Iterator[str]:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            yield key
        seen.add(key)
