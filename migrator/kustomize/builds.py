"""The builds that prove OUT: base, OUT and rollback, each once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

from msgspec import Struct

from migrator.kustomize.compare import Objects
from migrator.kustomize.digests import object_digest
from migrator.kustomize.plan_file import PlanFile
from migrator.model.errors import MigratorError
from migrator.model.inputs import Document
from migrator.read.streams import parse_documents
from migrator.tools.kustomize import Build
from migrator.trees.redact import redact_text


class Builds(Struct, frozen=True, kw_only=True):
    """What was built: the ``base``; the objects as they were (``before``), which are those and the
    replaced ones that the rollback holds; OUT. ``failure`` says why nothing can be held against the
    plan: OUT does not build, or not the rollback that holds what is replaced. ``back`` says what of the
    rollback is not as it was."""

    base: Objects
    before: Objects
    documents: Sequence[Document]
    after: Objects
    failure: str
    back: tuple[str, ...]


NOTHING: Final = Builds(base={}, before={}, documents=(), after={}, failure="", back=())


def built(out: Path, build: Build, plan: PlanFile) -> Builds:
    """Errors: MigratorError where the base does not build."""
    with ThreadPoolExecutor(max_workers=3) as pool:
        base, whole, rollback = (
            pool.submit(build, folder) for folder in (out / "base", out, out / "rollback")
        )
        text = base.result()
        based = _documents(text)
        rolled, back = _rolled_back(rollback, text, based)
        try:
            documents, failure = _documents(whole.result()), ""
        except MigratorError as error:
            documents, failure = (), f"it does not build: {complaint(error)}"
    old, gone_back = _objects(based), _objects(rolled)
    replaced = {item.ref for item in plan.base if item.replaced}
    held = {ref: data for ref, data in gone_back.items() if ref in replaced and ref not in old}
    return Builds(
        base=old,
        before={**old, **held},
        documents=documents,
        after=_objects(documents),
        failure=failure or "".join(back if replaced else ()),
        back=back or tuple(_not_as_it_was({**old, **held}, gone_back)),
    )


def complaint(error: MigratorError) -> str:
    """What keeps a folder from being built, with its file: the first of several."""
    where = f"{error.source.file}: " if error.source else ""
    return redact_text(f"{where}{error.message}")


def _rolled_back(
    rollback: Future[str], base: str, based: Sequence[Document]
) -> tuple[Sequence[Document], tuple[str, ...]]:
    """The build of the rollback, or why there is none."""
    try:
        text = rollback.result()
        return (based if text == base else _documents(text)), ()
    except MigratorError as error:
        return (), (f"the rollback does not build: {complaint(error)}",)


def _not_as_it_was(before: Objects, back: Objects) -> Iterator[str]:
    """Where the rollback does not give the base, and beside it what is replaced."""
    for ref in before.keys() | back.keys():
        if ref not in back:
            yield f"rollback: {ref}: missing"
        elif ref not in before:
            yield f"rollback: {ref}: not in the base"
        elif before[ref] is not back[ref] and object_digest(before[ref]) != object_digest(
            back[ref]
        ):
            yield f"rollback: {ref}: not as in the base"


def _documents(text: str) -> Sequence[Document]:
    documents, problems = parse_documents(text.encode(), "the build")
    if problems:
        first = problems[0]
        raise MigratorError(f"the build cannot be read: {first.message}", source=first.source)
    return documents


def _objects(documents: Sequence[Document]) -> Objects:
    return {document.ref: document.data for document in documents}
