"""The Jinja2 environments, and their templates compiled beforehand.

Compiling all templates of a plan takes longer than the plan of a small install. So the build of
the package compiles them once, with Jinja2's own ``compile_templates``, into Python modules that
its ``ModuleLoader`` imports. A folder of modules has the digest of its sources in its name: after a
change of a template it is not found, and the template is compiled as it is used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    ModuleLoader,
    StrictUndefined,
)
from jinja2.bccache import bc_version
from jinja2.nodes import Impossible

from migrator.trees.resources import templates_dir

COMPILED: Final = "compiled"
"""The folder of compiled templates, beside their sources."""


class Family(NamedTuple):
    """Templates that are compiled alike: those with ``endings`` in ``folders`` (below templates/).

    ``blocks_trimmed`` says that a line with a block alone prints nothing, ``html`` that what is
    printed is escaped for it.
    ``finalized`` says whether an environment changes what is printed; ``replaced`` are filters of
    Jinja2 that stand for something else here.
    """

    name: str
    folders: tuple[str, ...]
    endings: tuple[str, ...]
    blocks_trimmed: bool = True
    html: bool = False
    finalized: bool = True
    replaced: tuple[str, ...] = ()

    def holds(self, template: str) -> bool:
        """Whether it is one; what lies deeper than the folders is another family's."""
        return "/" not in template and template.endswith(self.endings)


BLUEPRINTS: Final = Family(
    name="blueprints",
    folders=("thick", "smoke", "live"),
    endings=(".yaml.j2",),
    blocks_trimmed=False,
    finalized=False,
    # Jinja's own escapes for HTML, which YAML would take literally.
    replaced=("tojson",),
)
TEXTS: Final = Family(
    name="texts",
    folders=("report", "live"),
    endings=(".md.j2", ".txt.j2", ".sh.j2", "verdict.j2"),
)
PAGES: Final = Family(
    name="pages",
    folders=("report/html", "report"),
    endings=(".html.j2", ".svg.j2", "verdict.j2"),
    html=True,
)
FAMILIES: Final = (BLUEPRINTS, TEXTS, PAGES)


def environment(
    family: Family,
    filters: Mapping[str, Callable[..., Any]],
    finalize: Callable[[Any], Any] | None = None,
) -> Environment:
    """An environment of ``family`` that takes its templates compiled where they are so.

    ``finalize`` gets each value that is printed. Neither it nor a filter may be one to which Jinja2
    passes a context: the compiled code of such a call differs.
    Errors: ValueError where the family says otherwise about one of them (a bug).
    """
    modules = ModuleLoader(compiled(family))
    made = _environment(family, ChoiceLoader([modules, _loader(family)]))
    replaced = sorted(set(filters) & set(made.filters))
    if replaced != sorted(family.replaced) or family.finalized != (finalize is not None):
        raise ValueError(f"{family.name} says otherwise of {replaced} or {finalize}")
    made.finalize = finalize
    made.filters |= filters
    return made


def _loader(family: Family) -> FileSystemLoader:
    return FileSystemLoader([templates_dir() / folder for folder in family.folders])


def _environment(family: Family, loader: BaseLoader) -> Environment:
    return Environment(
        loader=loader,
        undefined=StrictUndefined,
        autoescape=family.html,  # noqa: S701  # where it is no HTML, finalize or a filter escapes
        trim_blocks=family.blocks_trimmed,
        lstrip_blocks=family.blocks_trimmed,
        keep_trailing_newline=not family.html,
    )


def compiled(family: Family) -> Path:
    """Where its compiled templates are, if they are: the name has a digest of all that their code
    depends on, which is the family, its sources and the form of Jinja2's code."""
    digest = hashlib.sha256(f"{bc_version} {family}".encode())
    for source in sources(family):
        text = source.read_bytes()
        digest.update(f"\n{source.name} {len(text)}\n".encode())
        digest.update(text)
    return templates_dir() / COMPILED / f"{family.name}-{digest.hexdigest()[:32]}"


def sources(family: Family) -> list[Path]:
    """Its templates, in the order of their names within each folder."""
    return [
        path
        for folder in family.folders
        for path in sorted((templates_dir() / folder).iterdir())
        if family.holds(path.name)
    ]


def compile_all(target: Path) -> None:
    """Write the compiled templates of all families below ``target``, an empty or new folder.

    Neither our filters nor ``finalize`` are in the compiled code: here they raise what Jinja2 raises
    for a call that is known only when a template is printed, and it leaves them to that time.
    """
    for family in FAMILIES:
        made = _environment(family, _loader(family))
        made.finalize = _later if family.finalized else None
        made.filters = _Filters(made.filters | dict.fromkeys(family.replaced, _later))
        made.compile_templates(
            target / compiled(family).name, zip=None, filter_func=family.holds, ignore_errors=False
        )


def _later(*_: object, **__: object) -> Any:
    raise Impossible


class _Filters(dict[str, Callable[..., Any]]):
    """Jinja2's own filters; each other name is taken for one that an environment will have."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name, _later)
