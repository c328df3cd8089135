"""Names of files, and kustomize target selectors, for an object."""

from __future__ import annotations

import hashlib
import re
from typing import Any, Final

from migrator.model.inputs import ObjectRef

_MAX_STEM: Final = 200  # of the 255 bytes that file systems allow, the rest is for the suffix
_HASH: Final = 16


def file_stem(ref: ObjectRef) -> str:
    """``daemonset.apps--kube-system--kube-multus-ds``: different objects, different stems, also
    on a file system that ignores case. ``_cluster`` stands where the document has no namespace."""
    kind = encoded(ref.kind.lower())
    group = f".{encoded(ref.group)}" if ref.group else ""
    stem = f"{kind}{group}--{encoded(ref.namespace) or '_cluster'}--{encoded(ref.name)}"
    return shortened(stem)


def shortened(stem: str, most: int = _MAX_STEM) -> str:
    """The stem, or its beginning and a digest of all of it where it is longer than ``most``."""
    if len(stem) <= most:
        return stem
    digest = hashlib.sha256(stem.encode()).hexdigest()[:_HASH]
    return f"{stem[: most - _HASH - 1]}-{digest}"


def encoded(text: str) -> str:
    """Percent-encoded outside [a-z0-9.-]; so is each dash that could be taken for the ``--``."""
    safe = re.sub(r"[^a-z0-9.-]", lambda m: "".join(f"%{b:02X}" for b in m[0].encode()), text)
    return re.sub(r"^-|(?<=-)-|-$", "%2D", safe)


def target(ref: ObjectRef, groups: frozenset[str]) -> dict[str, Any]:
    """The selector of a JSON6902 patch that hits exactly this object, in any version.

    Each value is a regular expression that kustomize anchors (api/types/selector.go), and an
    empty one matches all: so the core group is ``^$``. No namespace counts as ``default``; that
    of a cluster-scoped kind as ``_non_namespaceable_``, whatever the document says (kyaml/resid).
    The version is left to the guard: a base whose apiVersion was raised by hand must fail, not
    be passed over.
    """
    return {
        "group": "|".join(_escaped(group) if group else "^$" for group in sorted(groups)),
        "kind": _escaped(ref.kind),
        "name": _escaped(ref.name),
        "namespace": f"{_escaped(ref.namespace or 'default')}|_non_namespaceable_",
    }


def _escaped(text: str) -> str:
    """What is special in a Go regular expression (regexp.QuoteMeta)."""
    return re.sub(r"[\\.+*?()|\[\]{}^$]", r"\\\g<0>", text)
