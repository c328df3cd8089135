"""The values of a release as helm is given them: each set as a text, the one that wins last."""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct, field

from migrator.model.errors import MigratorError
from migrator.model.inputs import Document, Source
from migrator.read.chart_files import Around, chart_path
from migrator.read.files import read_bytes
from migrator.read.lookup import Lookup
from migrator.read.namespaces import effective_namespace
from migrator.read.releases import Release, unfolded, yaml_map
from migrator.trees.dig import mapping, string, strings
from migrator.trees.pods import items

_URL: Final = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_SEALED: Final = "ENC[AES256_GCM,"
"""How SOPS writes a value that it encrypted (getsops.io)."""


class ReleaseValues(Struct, kw_only=True):
    """``texts`` are YAML maps for ``helm --values``; ``sources`` where they stand, and ``unknown``
    what else the release takes values from, in words: it is encrypted."""

    texts: list[str] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def add(self, text: str, source: Source) -> None:
        self.texts.append(text)
        self.sources.append(source)

    def add_map(self, values: Mapping[str, Any], source: Source) -> None:
        if values:
            self.add(json.dumps(values, ensure_ascii=False), source)


def release_values(release: Release, lookup: Lookup, around: Around | None) -> ReleaseValues:
    """All values of a release, in the order in which its controller merges them; ``around`` is where
    files lie that it names, None for standard input.

    Errors: MigratorError where some cannot be known here.
    """
    found = ReleaseValues()
    document = release.document
    if document.ref.kind == "HelmRelease":
        _flux(document, found, lookup)
    elif document.ref.group == "helm.cattle.io":
        _k3s(document, found)
    else:
        _argo(release, found, around)
    return found


def _flux(document: Document, found: ReleaseValues, lookup: Lookup) -> None:
    """fluxcd.io/flux/components/helm/helmreleases: valuesFrom in order, then values."""
    spec = mapping(document.data, "spec")
    if spec_files := mapping(spec, "chart", "spec").get("valuesFiles"):
        message = f"{document.ref} takes the chart's defaults from {_first(spec_files)}"
        raise _unknown(document, ("spec", "chart", "spec", "valuesFiles"), message)
    for index, entry in enumerate(items(spec, "valuesFrom")):
        _values_from(document, ("spec", "valuesFrom", index), entry, found, lookup)
    found.add_map(mapping(spec, "values"), document.at(("spec", "values")))


def _values_from(
    document: Document,
    at: tuple[str | int, ...],
    entry: Mapping[str, Any],
    found: ReleaseValues,
    lookup: Lookup,
) -> None:
    kind, name = string(entry, "kind"), string(entry, "name")
    key = string(entry, "valuesKey") or "values.yaml"
    holder = lookup.find(kind, effective_namespace(document), name)
    text = _entry(holder, key) if holder else None
    if holder is None or text is None:
        if entry.get("optional") is True:
            return
        missing = f"{kind} {name}" if holder is None else f"{key} of {kind} {name}"
        message = f"{document.ref} takes values from {missing}, which is not in the inputs"
        raise _unknown(document, at, message)
    if _SEALED in text or "sops" in holder.data:
        found.unknown.append(f"{kind} {name}, which SOPS encrypted")
        return
    path = string(entry, "targetPath")
    if path:
        found.add_map(unfolded({path: _typed(text.strip())}), document.at(at))
    elif values := yaml_map(text):
        found.add_map(values, holder.at(("data", key)))
    elif text.strip():
        raise _unknown(document, at, f"{key} of {kind} {name} is no YAML map")


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


def _k3s(document: Document, found: ReleaseValues) -> None:
    """docs.k3s.io/helm: valuesContent, and set over it."""
    spec = mapping(document.data, "spec")
    if items(spec, "valuesSecrets"):
        message = f"{document.ref} takes values from Secrets"
        raise _unknown(document, ("spec", "valuesSecrets"), message)
    text = string(spec, "valuesContent")
    if text.strip():
        if not (values := yaml_map(text)):
            message = f"valuesContent of {document.ref} is no YAML map"
            raise _unknown(document, ("spec", "valuesContent"), message)
        found.add_map(values, document.at(("spec", "valuesContent")))
    _set(document, ("spec", "set"), mapping(spec, "set"), found)


def _argo(release: Release, found: ReleaseValues, around: Around | None) -> None:
    """argo-cd.readthedocs.io, Helm: valueFiles, then values or valuesObject, then parameters."""
    document, place = release.document, (*release.root, "helm")
    helm = mapping(document.data, *place)
    for field_name in ("fileParameters", "valueFiles"):
        entries = helm.get(field_name)
        if entries and field_name == "fileParameters":
            message = f"{document.ref} takes values from files by fileParameters"
            raise _unknown(document, (*place, field_name), message)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            at = (*place, field_name, index)
            text = _value_file(release, at, str(entry), around)
            if text is not None:
                found.add(text, document.at(at))
    inline = mapping(helm, "valuesObject") or yaml_map(string(helm, "values"))
    key = "valuesObject" if mapping(helm, "valuesObject") else "values"
    found.add_map(inline, document.at((*place, key)))
    listed = {
        string(p, "name"): p.get("value") if p.get("forceString") else _typed(str(p.get("value")))
        for p in items(helm, "parameters")
    }
    _set(document, (*place, "parameters"), listed, found)


def _value_file(
    release: Release, at: tuple[str | int, ...], entry: str, around: Around | None
) -> str | None:
    """The text of a file that the release names; None where it may be absent and is."""
    document = release.document
    if _URL.match(entry):
        message = f"{document.ref} takes values from a URL, and nothing is fetched here"
        raise _unknown(document, at, message)
    if "*" in entry:
        raise _unknown(document, at, f"{document.ref} takes values from files by a pattern")
    if around is None:
        raise _unknown(
            document, at, f"{document.ref} takes values from {entry}, which is not known"
        )
    first, _, rest = entry.partition("/")
    path = chart_path(release)
    if first.startswith("$"):
        place = around.top / rest
    elif path or entry.startswith("/"):
        place = around.top / ("" if entry.startswith("/") else path) / entry.lstrip("/")
    else:
        message = f"{document.ref} takes values from {entry}, a file of its chart"
        raise _unknown(document, at, message)
    real = Path(os.path.realpath(place))
    if not real.is_relative_to(around.top):
        raise _unknown(document, at, f"{entry} of {document.ref} leads out of the repository")
    if not real.is_file():
        helm = mapping(document.data, *release.root, "helm")
        if helm.get("ignoreMissingValueFiles") is True:
            return None
        raise _unknown(document, at, f"{entry} of {document.ref} is not there")
    text = read_bytes(place).decode("utf-8", "replace")
    if text.strip() and not yaml_map(text):
        raise _unknown(document, at, f"{entry} of {document.ref} is no YAML map")
    return text


def _set(
    document: Document,
    at: tuple[str | int, ...],
    named: Mapping[str, Any],
    found: ReleaseValues,
) -> None:
    """Single values by dotted names; a list within one cannot be told apart from here."""
    if odd := next((name for name in named if re.search(r"[\[\]{},=]", name)), None):
        raise _unknown(document, at, f"{document.ref} sets {odd!r}, an item of a list")
    found.add_map(unfolded(named), document.at(at))


def _typed(text: str) -> Any:
    """What ``helm --set`` makes of a text (helm.sh/docs/intro/using_helm; pkg/strvals)."""
    if text in ("true", "false"):
        return text == "true"
    if text == "null":
        return None
    return int(text) if re.fullmatch(r"-?(?:0|[1-9]\d{0,17})", text) else text


def _first(entries: Any) -> str:
    return str(entries[0]) if isinstance(entries, list) and entries else "a file"


def _unknown(document: Document, at: tuple[str | int, ...], message: str) -> MigratorError:
    return MigratorError(message, source=document.at(at))
