"""Every rule of the program with all that is known of it, for ``rules``, ``explain`` and the docs.

``python -m migrator.catalogue`` writes docs/rules.md to standard output.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from migrator.catalogue import pitfalls, traps
from migrator.catalogue.examples import Sample, planned, samples_of
from migrator.checks import RULES, suppression
from migrator.model.inputs import MISSING
from migrator.model.plan import Change, Finding, Plan, Rule
from migrator.multus.platforms import PLATFORMS
from migrator.steps import STEPS
from migrator.trees import paths

Kind = Literal["step", "check", "pitfall", "trap"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """``label`` is "step", "trap" or the severity."""

    rule: Rule
    kind: Kind
    samples: tuple[Sample, ...]

    @property
    def label(self) -> str:
        return self.kind if self.kind in ("step", "trap") else self.rule.severity

    @property
    def triggering(self) -> tuple[Sample, ...]:
        return tuple(sample for sample in self.samples if sample.triggers)

    @property
    def others(self) -> tuple[tuple[str, list[str]], ...]:
        """(heading, captions) of the samples that are not shown whole."""
        more = [sample.caption for sample in self.triggering[1:]]
        alone = [sample.caption for sample in self.samples if not sample.triggers]
        both = (("The same of:", more), ("Left alone:", alone))
        return tuple((title, captions) for title, captions in both if captions)


def all_rules() -> tuple[Rule, ...]:
    """Steps in their order, then checks by id."""
    checks = sorted((*RULES, *suppression.RULES), key=lambda rule: _order(rule.id))
    return (*(rule for rule, _ in STEPS), *checks)


def pages() -> tuple[Page, ...]:
    """Steps, then checks and the pitfalls without one, then traps."""
    steps = {rule.id for rule, _ in STEPS}
    known = [(rule, "step" if rule.id in steps else "check") for rule in all_rules()]
    rest = [(rule, "pitfall") for rule in pitfalls.RULES]
    ordered = sorted((*known, *rest), key=lambda entry: (entry[1] != "step", _order(entry[0].id)))
    found = [*ordered, *((rule, "trap") for rule in traps.RULES)]
    return tuple(_page(rule, kind) for rule, kind in found)  # type: ignore[arg-type]


def page_of(rule_id: str) -> Page | None:
    """The page of one id, None where no rule has it."""
    return next((page for page in pages() if page.rule.id == rule_id.upper()), None)


def _page(rule: Rule, kind: Kind) -> Page:
    return Page(rule=rule, kind=kind, samples=samples_of(rule.id))


def _order(rule_id: str) -> tuple[str, int]:
    return rule_id[0], int(rule_id[1:])


def outcome(sample: Sample) -> list[str]:
    """What the tool makes of a sample, in lines: the rule's findings, or its changes."""
    plan = planned(sample)
    if any(rule.id == sample.rule for rule, _ in STEPS):
        lines = [line for change in _changes(plan, sample.rule) for line in _change(change)]
    else:
        found = [f for f in plan.findings if f.id == sample.rule]
        lines = [line for finding in found for line in told(finding)]
    return [line.replace(f"{sample.path.parent}/", "") for line in lines]


def _changes(plan: Plan, rule: str) -> Iterator[Change]:
    for planned_object in plan.objects:
        yield from (change for change in planned_object.changes if change.rule == rule)


def _change(change: Change) -> list[str]:
    where = paths.format_path(change.path) or "new"
    return [
        f"{change.object}: {where}",
        *([f"  before: {_value(change.before)}"] if change.path else []),
        f"  after:  {_value(change.after)}",
    ]


def _value(value: Any) -> str:
    if value is MISSING:
        return "(not there)"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return " ".join(text.split())


def told(finding: Finding) -> list[str]:
    """A finding in lines, without its title."""
    lines = [f"{'cured' if finding.cured else finding.severity}: {finding.seen}"]
    if finding.error:
        lines.append(f"  else:   {finding.error}")
    return [
        *lines,
        *(
            f"  {'remedy: ' if i == 0 else '        '}{line}"
            for i, line in enumerate(finding.remedy.split("\n"))
        ),
    ]


def markdown() -> str:
    """docs/rules.md."""
    listed = pages()
    rows = (f"| [{p.rule.id}](#{p.rule.id.lower()}) | {p.label} | {p.rule.title} |" for p in listed)
    return "\n".join(
        (
            "<!-- Written by python -m migrator.catalogue; change the rules, not this file. -->",
            "# Rules",
            "",
            _INTRODUCTION,
            "",
            "| id | | what it is about |",
            "|---|---|---|",
            *rows,
            "",
            *(line for page in listed for line in _section(page)),
            *_platforms(),
            "",
        )
    )


_INTRODUCTION = """\
Steps (S) change the manifests. Checks (M, N, P) tell what a person must know or do: a *blocker*
holds the patches back, a *warning* and an *info* do not; what the patches cure is told as *cured*.
P numbers are the pitfalls of the move, K numbers the traps of kustomize that the overlay avoids.
`multus-migrator explain ID` shows one of them. Ids never change.

A finding can be suppressed with a reason: by the annotation `multus-migrator/ignore.<id>` on the
object, or by a `[[suppress]]` table in `multus-migrator.toml`."""


def _platforms() -> Iterator[str]:
    """What P08, P10 and P54 to P56 know of distributions (multus/platforms.py)."""
    yield from ("## Distributions", "", "| | CNI files | plugins | kubelet | who ships Multus | |")
    yield "|---|---|---|---|---|---|"
    for known in PLATFORMS:
        paths_ = (", ".join(known.conf_dirs), ", ".join(known.bin_dirs), known.kubelet_dir)
        yield f"| {known.name} | {' | '.join(paths_)} | {known.owner} | {known.note} |"


def _section(page: Page) -> Iterator[str]:
    rule = page.rule
    yield from (f'<a id="{rule.id.lower()}"></a>', f"## {rule.id}: {rule.title}", "")
    yield f"*{page.label}*. {sentence(rule.why)}"
    yield ""
    if rule.handling:
        yield from (f"**What the tool does.** {_linked(rule.handling)}", "")
    for sample in page.triggering[:1]:
        yield from _example(sample)
    for title, captions in page.others:
        yield from (title, "", *(f"- {caption}" for caption in captions), "")
    yield from (f"Reference: {rule.reference}", "")


def _linked(text: str) -> str:
    return re.sub(r"\b[SMNPK]\d\d?\b", lambda found: f"[{found[0]}](#{found[0].lower()})", text)


def sentence(text: str) -> str:
    """With a capital letter and a full stop. A name stays as it is written: v4.2.1, apps/v1."""
    word = text.partition(" ")[0]
    return f"{text[:1].upper() if word.isalpha() else text[:1]}{text[1:]}."


def _example(sample: Sample) -> Iterator[str]:
    yield from (
        f"{sample.caption}:",
        "",
        "```yaml",
        *sample.text.rstrip("\n").split("\n"),
        "```",
        "",
    )
    for name, text in node_files_of(sample):
        yield from (
            f"`{name}` of a node:",
            "",
            "```json",
            *text.rstrip("\n").split("\n"),
            "```",
            "",
        )
    yield from ("gives", "", "```text", *outcome(sample), "```", "")


def node_files_of(sample: Sample) -> Iterable[tuple[str, str]]:
    """(path on the node, text) of each CNI file of a sample; the node's name goes before it."""
    folder = sample.node_files
    if folder is None:
        return
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            relative = path.relative_to(folder).as_posix()
            name = f"/{relative}" if relative.startswith(("etc/", "var/")) else relative
            yield name, path.read_text(encoding="utf-8")
