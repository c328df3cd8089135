"""The values of a release as helm is given them: each set as a text, the one that wins last."""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct, field

from migrator.model.errors import InputError, MigratorError
from migrator.model.inputs import Document, Source, ValueSet
from migrator.read.chart_files import Around, below
from migrator.read.chart_sources import argo_path
from migrator.read.files import read_bytes, shown
from migrator.read.lookup import Lookup
from migrator.read.namespaces import effective_namespace
from migrator.read.releases import Release, merge, unfolded
from migrator.read.remotes import is_elsewhere, repository_of_url
from migrator.read.set_values import (
    flux_merged,
    flux_typed,
    typed,
    unclear_name,
    unclear_number,
    unclear_text,
)
from migrator.read.streams import parse_text
from migrator.read.wording import quoted
from migrator.trees.dig import NodePath, mapping, string, strings
from migrator.trees.paths import same
from migrator.trees.pods import items
from migrator.trees.redact import MARK
from migrator.trees.wording import listed

_URL: Final = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_SEALED: Final = "ENC[AES256_GCM,"
"""How SOPS writes a value that it encrypted (getsops.io)."""
_SHORTEST: Final = 5
_K3S: Final = "helm.cattle.io"
_SET_BY_OTHERS: Final = (".argocd-source.yaml", ".argocd-source-{}.yaml")
"""What else in the folder of a chart sets parameters (argo-cd.readthedocs.io, "Store Overrides In
Git"); Argo CD's image updater writes the second."""


class ReleaseValues(Struct, kw_only=True):
    """``texts`` are YAML maps for ``helm --values``; ``sets`` are the values as they stand, the ones
    that win last, and ``unknown`` is what else the release takes values from, in words: it is
    encrypted. To lay the sets over each other gives what the texts give. ``secrets`` are the texts that
    come from Secrets."""

    texts: list[str] = field(default_factory=list)
    sets: list[ValueSet] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)

    def without_secrets(self, text: str) -> str:
        """What a template that fails says may hold any value."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, MARK)
        return text

    def add_map(self, values: Mapping[str, Any], owner: Document, at: NodePath) -> None:
        """Values that are a map at a path of an object."""
        if values:
            self._add(json.dumps(values, ensure_ascii=False), owner, at, owner.at(at), values)

    def add_single(self, named: Mapping[str, Any], owner: Document, at: NodePath) -> None:
        """Values by their dotted names, said at a path of an object."""
        if values := unfolded(named):
            self._add(json.dumps(values, ensure_ascii=False), owner, (), owner.at(at), values)

    def add_text(self, text: str, owner: Document, at: NodePath, named: str) -> None:
        """A text goes to helm as it is: YAML is not the same to every reader."""
        if values := _map_of(text, owner.at(at), named):
            self._add(text, owner, at, owner.at(at), values)

    def add_file(self, text: str, file: Path, asked: Source, named: str) -> None:
        """A file of values, which the release asks for at ``asked``."""
        if values := _map_of(text, asked, named):
            source = Source(file=shown(Path(os.path.relpath(file))), line=1)
            self._add(text, None, (), source, values)

    def _add(
        self,
        text: str,
        owner: Document | None,
        path: NodePath,
        source: Source,
        values: Mapping[str, Any],
    ) -> None:
        self.texts.append(text)
        ref = owner.ref if owner else None
        self.sets.append(ValueSet(owner=ref, path=path, source=source, values=values))


def release_values(release: Release, lookup: Lookup, around: Around | None) -> ReleaseValues:
    """All values of a release, in the order in which its controller merges them; ``around`` is where
    files lie that it names, None for standard input.

    Errors: MigratorError where some cannot be known here.
    """
    found = ReleaseValues()
    document = release.document
    if document.ref.kind == "HelmRelease":
        _flux(document, found, lookup)
    elif document.ref.group == _K3S:
        _k3s(document, found, lookup)
    else:
        _argo(release, found, around)
    return found


def _flux(document: Document, found: ReleaseValues, lookup: Lookup) -> None:
    """fluxcd.io/flux/components/helm/helmreleases: valuesFrom in order, then values."""
    spec = mapping(document.data, "spec")
    own: NodePath = ("spec", "chart", "spec")
    _refuse_defaults(document, own, mapping(document.data, *own))
    if reference := mapping(spec, "chartRef"):
        namespace = string(reference, "namespace") or effective_namespace(document)
        where = (string(reference, "kind"), namespace, string(reference, "name"))
        chart = lookup.find(*where, "source.toolkit.fluxcd.io")
        _refuse_defaults(document, ("spec", "chartRef"), mapping(chart and chart.data, "spec"))
    sets: list[tuple[str, Any]] = []
    for index, entry in enumerate(items(spec, "valuesFrom")):
        at: NodePath = ("spec", "valuesFrom", index)
        taken = _values_from(document, at, entry, found, lookup)
        if taken is None:
            continue
        text, holder, key = taken
        data: NodePath = ("data", key)
        named = f"{key} of {holder.ref.kind} {holder.ref.name}"
        if string(entry, "kind") == "Secret":
            found.secrets |= _long_texts(entry, text, holder.at(data), named)
        if path := string(entry, "targetPath"):
            value = flux_typed(text)
            if unclear_name(path) or unclear_text(text) or "," in text or unclear_number(value):
                raise _unknown(document, at, f"{document.ref} sets {quoted(path)} to {_ODD}")
            sets.append((path, value))
            found.add_single({path: value}, document, at)
        else:
            found.add_text(text, holder, data, named)
            sets.append(("", _map_of(text, holder.at(data), named)))
    inline = mapping(spec, "values")
    found.add_map(inline, document, ("spec", "values"))
    if any(path for path, _ in sets):
        merged = flux_merged(sets, inline)
        found.texts = [json.dumps(merged, ensure_ascii=False)]
        # Most single values win over the inline ones; those that do not are in the order of valuesFrom.
        found.sets.sort(key=lambda each: not each.path and _holds(merged, each.values))


def _holds(merged: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    return same(merge(merged, values), merged)


_ODD: Final = "what helm alone can read: a part of a list, an escape or a long number"


def _refuse_defaults(document: Document, at: NodePath, spec: Mapping[str, Any]) -> None:
    """valuesFiles take the place of the chart's own values.yaml."""
    for key in ("valuesFiles", "valuesFile"):
        if files := spec.get(key):
            message = f"{document.ref} takes the chart's defaults from {quoted(_first(files))}"
            raise _unknown(document, (*at, key), message)


def _values_from(
    document: Document,
    at: NodePath,
    entry: Mapping[str, Any],
    found: ReleaseValues,
    lookup: Lookup,
) -> tuple[str, Document, str] | None:
    """A text, and the object and its key that have it; None where there is none, or nobody can read it."""
    kind, name = string(entry, "kind"), string(entry, "name")
    key = string(entry, "valuesKey") or "values.yaml"
    holder = lookup.find(kind, effective_namespace(document), name)
    text = _entry(holder, key) if holder else None
    if holder is None or text is None:
        if entry.get("optional") is True:
            return None
        missing = f"{kind} {name}" if holder is None else f"{key} of {kind} {name}"
        message = f"{document.ref} takes values from {quoted(missing)}, which is not in the inputs"
        raise _unknown(document, at, message)
    if _SEALED in text or "sops" in holder.data:
        found.unknown.append(f"{kind} {name}, which SOPS encrypted")
        return None
    return text, holder, key


def _long_texts(entry: Mapping[str, Any], text: str, source: Source, named: str) -> frozenset[str]:
    """The values of a Secret's text; of those that are shorter, most are no secrets."""
    whole = string(entry, "targetPath")
    texts = (text,) if whole else _texts_in(_map_of(text, source, named))
    lines = (" ".join(each.split()) for each in texts)  # as messages have them
    return frozenset(line for line in lines if len(line) >= _SHORTEST)


def _texts_in(value: Any) -> Iterator[str]:
    """The strings of a tree, without its keys."""
    if isinstance(value, str):
        yield value
    below = value.values() if isinstance(value, Mapping) else value
    for each in below if isinstance(value, Mapping | list) else ():
        yield from _texts_in(each)


def _map_of(text: str, source: Source, named: str) -> Mapping[str, Any]:
    """The map that a text of values holds, {} where it holds nothing but comments.

    Errors: MigratorError for anything else.
    """
    try:
        parsed, _ = parse_text(text, file="", line=1)
    except InputError:
        raise MigratorError(f"{named} is not a YAML map", source=source) from None
    first = parsed[0] if parsed else None
    if first is None or first.value is None:
        return {}
    if isinstance(first.value, Mapping) and not first.problems:
        return first.value
    raise MigratorError(f"{named} is not a YAML map", source=source)


def _entry(holder: Document, key: str) -> str | None:
    """The text of a key of a ConfigMap or Secret; None where there is none."""
    plain = strings(holder.data, "stringData") | (
        strings(holder.data, "data") if holder.ref.kind == "ConfigMap" else {}
    )
    if key in plain:
        return plain[key]
    coded = strings(holder.data, "data").get(key) if holder.ref.kind == "Secret" else None
    if coded is None or _SEALED in coded:
        return coded
    try:
        return base64.b64decode(coded, validate=False).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None


def _k3s(document: Document, found: ReleaseValues, lookup: Lookup) -> None:
    """valuesContent, that of the HelmChartConfig of the same name over it, and set over both (k3s:
    helm-controller, pkg/controllers/chart/chart.go)."""
    namespace, at = effective_namespace(document), ("spec", "valuesContent")
    config = lookup.find("HelmChartConfig", namespace, document.ref.name, _K3S)
    for holder in (document, *((config,) if config and config.ref != document.ref else ())):
        if items(mapping(holder.data, "spec"), "valuesSecrets"):
            message = f"{holder.ref} takes values from Secrets"
            raise _unknown(holder, ("spec", "valuesSecrets"), message)
        named = f"valuesContent of {holder.ref}"
        found.add_text(string(holder.data, *at), holder, at, named)
    listed = mapping(document.data, "spec", "set")
    _set(document, ("spec", "set"), {k: _k3s_typed(v) for k, v in listed.items()}, found)


def _k3s_typed(value: Any) -> Any:
    """--set for these words and for numbers, --set-string for other text (the same file, typedVal)."""
    return typed(value) if str(value).lower() in ("true", "false", "null") else value


def _argo(release: Release, found: ReleaseValues, around: Around | None) -> None:
    """argo-cd.readthedocs.io, Helm: valueFiles, then values or valuesObject, then parameters."""
    document, place = release.document, (*release.root, "helm")
    helm = mapping(document.data, *place)
    _refuse_overrides(release, around)
    if helm.get("fileParameters"):
        message = f"{document.ref} takes values from files by fileParameters"
        raise _unknown(document, (*place, "fileParameters"), message)
    entries = helm.get("valueFiles")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        at = (*place, "valueFiles", index)
        file = _value_file(release, at, str(entry), around)
        if file is not None:
            text = read_bytes(file).decode("utf-8", "replace")
            named = f"{quoted(entry)} of {document.ref}"
            found.add_file(text, file, document.at(at), named)
    if isinstance(helm.get("valuesObject"), Mapping):
        found.add_map(mapping(helm, "valuesObject"), document, (*place, "valuesObject"))
    else:
        at = (*place, "values")
        found.add_text(string(document.data, *at), document, at, f"values of {document.ref}")
    at = (*place, "parameters")
    for forced in (False, True):  # --set, then --set-string
        listed = {
            string(p, "name"): str(p.get("value", ""))
            for p in items(helm, "parameters")
            if (p.get("forceString") is True) is forced
        }
        if any("$" in text for text in listed.values()):
            message = f"{document.ref} sets what a variable of Argo CD holds"
            raise _unknown(document, at, message)
        singles = {name: text if forced else typed(text) for name, text in listed.items()}
        _set(document, at, singles, found)


def _refuse_overrides(release: Release, around: Around | None) -> None:
    """What of an Argo CD release is known to its controller alone, or stands elsewhere."""
    document, path = release.document, _path(release)
    name = document.ref.name
    if document.ref.kind == "ApplicationSet":
        spec = mapping(document.data, "spec")
        if "templatePatch" in spec or "{{" in json.dumps(spec.get("template"), default=str):
            message = f"{document.ref} is a template, which its generators fill in"
            raise _unknown(document, ("spec", "template"), message)
        name = string(spec, "template", "metadata", "name")
    for form in _SET_BY_OTHERS if around and path else ():
        file = below(around, f"{path}/{form.format(name)}") if around else None
        if file is not None:
            message = f"{document.ref} has parameters in {path}/{file.name}"
            raise _unknown(document, release.root, message)


def _value_file(release: Release, at: NodePath, entry: str, around: Around | None) -> Path | None:
    """A file that the release names, links followed; None where it may be absent and is."""
    document = release.document
    if _URL.match(entry):
        message = f"{document.ref} takes values from a URL, and nothing is downloaded here"
        raise _unknown(document, at, message)
    if "*" in entry:
        raise _unknown(document, at, f"{document.ref} takes values from files by a pattern")
    first, _, rest = entry.partition("/")
    path = _path(release)
    if around is None or "$" in (rest if first in _references(release) else entry):
        message = f"{document.ref} takes values from {quoted(entry)}, which is not known"
        raise _unknown(document, at, message)
    if first in (referred := _references(release)):
        place = rest
        if is_elsewhere(referred[first], around.remotes):
            there, here = repository_of_url(referred[first]), listed(sorted(around.remotes))
            message = (
                f"{quoted(entry)} of {document.ref} is in {there}, and this work tree is {here}"
            )
            raise _unknown(document, at, message)
    elif path or entry.startswith("/"):
        place = entry if entry.startswith("/") else f"{path}/{entry}"
    else:
        message = f"{document.ref} takes values from {quoted(entry)}, a file of its chart"
        raise _unknown(document, at, message)
    try:
        file = below(around, place)
    except MigratorError:
        message = f"{quoted(entry)} of {document.ref} leads out of the repository"
        raise _unknown(document, at, message) from None
    if file is None:
        helm = mapping(document.data, *release.root, "helm")
        if helm.get("ignoreMissingValueFiles") is True:
            return None
        raise _unknown(document, at, f"{quoted(entry)} of {document.ref} is not there")
    return file


def _path(release: Release) -> str:
    return argo_path(mapping(release.document.data, *release.root))


def _references(release: Release) -> Mapping[str, str]:
    """What begins the names of files of the Application's other sources, each with the URL of that."""
    sources = mapping(release.document.data, *release.root[:-2]).get("sources")
    return {
        f"${string(source, 'ref')}": string(source, "repoURL")
        for source in (sources if isinstance(sources, list) else ())
        if string(source, "ref")
    }


def _set(document: Document, at: NodePath, named: Mapping[str, Any], found: ReleaseValues) -> None:
    """Single values by dotted names; a list within one cannot be told apart from here."""
    for name, value in named.items():
        if unclear_name(name) or unclear_text(str(value)) or unclear_number(value):
            raise _unknown(document, at, f"{document.ref} sets {quoted(name)} to {_ODD}")
    found.add_single(named, document, at)


def _first(entries: Any) -> str:
    return str(entries[0]) if isinstance(entries, list) and entries else str(entries)


def _unknown(document: Document, at: NodePath, message: str) -> MigratorError:
    return MigratorError(message, source=document.at(at))
