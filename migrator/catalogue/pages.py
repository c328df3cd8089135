"""Every rule of the program with its kind, for ``rules``, ``explain`` and docs/rules.md.

``python -m migrator.catalogue`` writes docs/rules.md to standard output.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from migrator.catalogue import pitfalls, traps
from migrator.catalogue.cases import cases_of
from migrator.checks import RULES, suppression
from migrator.checks.withdrawn import WITHDRAWN
from migrator.model.plan import Rule
from migrator.multus.platforms import PLATFORMS
from migrator.steps import STEPS
from migrator.trees.wording import sentence

Kind = Literal["step", "check", "pitfall", "trap"]


class Page(Struct, frozen=True, kw_only=True):
    """A rule and what it is. ``label`` is "step", "trap", or the severity and, where it is not at
    once, when to act on it."""

    rule: Rule
    kind: Kind

    @property
    def label(self) -> str:
        if self.kind in ("step", "trap"):
            return self.kind
        later = "" if self.rule.when == "decide" else f", {self.rule.when}"
        return f"{self.rule.severity}{later}"


def pages() -> tuple[Page, ...]:
    """Steps, then checks and the pitfalls without one, then traps."""
    checks = [Page(rule=rule, kind="check") for rule in (*RULES, *suppression.RULES)]
    rest = [Page(rule=rule, kind="pitfall") for rule in pitfalls.RULES]
    return (
        *(Page(rule=rule, kind="step") for rule, _ in STEPS),
        *sorted((*checks, *rest), key=lambda page: page.rule.id),
        *(Page(rule=rule, kind="trap") for rule in traps.RULES),
    )


def markdown() -> str:
    """docs/rules.md."""
    sections = (line for page in pages() for line in _section(page))
    return "\n".join((_INTRODUCTION, *sections, *_withdrawn(), *_platforms(), ""))


_INTRODUCTION = """\
<!-- Written by python -m migrator.catalogue; change the rules, not this file. -->
# Rules

Steps (S) change the manifests. Checks (M, N, P) report what you must know or do: a *blocker* holds
the patches back unless it is allowed (`--allow ID`), a *warning* and an *info* do not; what the
patches cure is reported as *fixed by this migration*. P numbers are the pitfalls of the migration,
K numbers the traps of kustomize that the overlay avoids. Ids never change. `multus-migrator rules`
lists them; `multus-migrator explain ID` shows one of them with an example.

What the words mean: a **NAD** is a NetworkAttachmentDefinition, one network that pods can ask for.
The **primary CNI** gives every pod its first network (Calico, Cilium, Flannel); Multus adds the
others by calling **plugins**, programs in a **bin dir** of the node, once to connect a pod (ADD) and
once to disconnect it (DEL). A **delegate** is the config that Multus hands to a plugin, and the
**conf dir** holds the configs that are files. In thin mode the container runtime runs the whole of
Multus for each pod; in thick mode it runs a small **shim**, which asks the **daemon**, a container
that runs on each node all the time. A **chroot** lets that container run plugins as if they were
started on the node itself.

A finding can be suppressed with a reason: by the annotation `multus-migrator/ignore.<id>` on the
object, or by a `[[suppress]]` table in `multus-migrator.toml`.
"""


def _section(page: Page) -> Iterator[str]:
    rule = page.rule
    seen = [case.name for case in cases_of(rule.id) if case.triggers]
    yield from (f'## <a id="{rule.id.lower()}"></a>{rule.id}: {rule.title}', "")
    yield f"*{page.label}*{_targets(rule)}. {sentence(rule.why)}"
    yield ""
    if seen:
        told = "Applied to" if page.kind == "step" else "Reported for"
        yield f"- {told}: {'; '.join(seen)}."
    if rule.handling:
        yield f"- What the tool does: {_linked(rule.handling)}"
    yield from (f"- Reference: {rule.reference}", "")


def _targets(rule: Rule) -> str:
    since = f" from {rule.since}" if rule.since else ""
    until = f" up to {rule.until}" if rule.until else ""
    return f", for targets{since}{until}" if since or until else ""


def _linked(text: str) -> str:
    return re.sub(r"\b[SMNPK]\d\d?\b", lambda found: f"[{found[0]}](#{found[0].lower()})", text)


def _withdrawn() -> Iterator[str]:
    yield from ("## Withdrawn", "", "These ids are no longer used, and will not be used again.", "")
    yield from (f"- **{rule_id}** {text}" for rule_id, text in WITHDRAWN.items())
    yield ""


def _platforms() -> Iterator[str]:
    """What P08, P10 and P54 to P56 know of distributions (multus/platforms.py)."""
    yield from ("## Distributions", "", "| | CNI files | plugins | kubelet | who ships Multus | |")
    yield "|---|---|---|---|---|---|"
    for known in PLATFORMS:
        paths = (", ".join(known.conf_dirs), ", ".join(known.bin_dirs), known.kubelet_dir)
        yield f"| {known.name} | {' | '.join(paths)} | {known.owner} | {known.note} |"
