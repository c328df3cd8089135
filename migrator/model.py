"""The data that flows through the program: frozen records, and nothing else.

Every record is keyword-only and immutable. Trees (``data``, ``before``, ``after``) are plain
``dict``/``list``/scalar values as YAML 1.2 or JSON gives them; nobody mutates them in place,
whoever needs another tree makes a copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple


class _Missing:
    """The value of a field that is not there (``None`` is a value: YAML ``null``)."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"

    def __copy__(self) -> _Missing:
        return self

    def __deepcopy__(self, memo: object) -> _Missing:
        return self

    def __reduce__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = _Missing()


class ItemKey(NamedTuple):
    """One item of a list, addressed by its merge key: ``[name=kube-multus]``."""

    field: str
    value: str

    def __str__(self) -> str:
        return f"[{self.field}={self.value}]"


Path = tuple["str | int | ItemKey", ...]
"""Where a value stands in an object: map keys, merge keys of list items, or an index."""

Severity = Literal["blocker", "warning", "info"]
Mode = Literal["thin", "thick"]
Confidence = Literal["stated", "certain", "likely", "assumed"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Source:
    """A place in an input: the file as the user named it and a line, counted from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectRef:
    """Identity of a Kubernetes object. ``namespace`` is what the document says ("" if nothing)."""

    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        where = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind} {where}{self.name}"

    @property
    def sort_key(self) -> tuple[str, str, str, str]:
        return (self.kind, self.group, self.namespace, self.name)


Form = Literal["standalone", "list-item", "json", "stdin", "live", "build"]
"""How a document came: only "standalone" is written to base/ byte for byte (ruling 4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One Kubernetes object of the input.

    ``text`` is the document's own text, without the ``---`` lines ("" unless form is
    "standalone"); ``lines`` maps a path (map keys and list indices) to its 1-based line.
    """

    ref: ObjectRef
    api_version: str
    source: Source
    data: Mapping[str, Any]
    form: Form
    text: str
    lines: Mapping[tuple[str | int, ...], int]

    def at(self, path: tuple[str | int, ...]) -> Source:
        """The source line of ``path`` or of its nearest recorded parent."""
        while path and path not in self.lines:
            path = path[:-1]
        return Source(file=self.source.file, line=self.lines.get(path, self.source.line))


@dataclass(frozen=True, slots=True, kw_only=True)
class CniFile:
    """A CNI file as it lies on a node, or as a ConfigMap key will put it there.

    ``directory`` and ``name`` are the absolute host path; ``node`` is "" where one set stands
    for all nodes. ``content`` is the raw text (CNI files need not be valid JSON).
    """

    node: str
    directory: str
    name: str
    content: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFiles:
    """What was copied from the nodes: which directories are known, and their files.

    A (node, directory) that is not in ``directories`` is unknown; one that is there without
    files is empty (design, --node-files).
    """

    nodes: tuple[str, ...]
    directories: frozenset[tuple[str, str]]
    files: tuple[CniFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """An input as it was read: name as the user gave it, SHA-256 of its bytes."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KustomizeRoot:
    """Set where the input is a kustomize root: its folder, whose build gave the documents.

    ``transforms`` are its own fields that run after a component and could undo it: name, place.
    """

    path: str
    transforms: tuple[tuple[str, Source], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An input that could not be read: shown as one line ``source: message; hint``."""

    source: Source
    message: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that reading gave: documents in input order, and what could not be read."""

    documents: tuple[Document, ...]
    inputs: tuple[InputFile, ...]
    problems: tuple[Problem, ...]
    fragments: tuple[Source, ...]
    root: KustomizeRoot | None
    node_files: NodeFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One flag of the entrypoint as the installed parser reads it."""

    name: str
    value: str
    raw: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class HandConfig:
    """A JSON config held in a ConfigMap: a hand-written Multus config, or the daemon's config.

    ``data`` is empty and ``error`` says why where the text is not a JSON object.
    """

    document: Document
    key: str
    filename: str
    source: Source
    data: Mapping[str, Any]
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPaths:
    """Directories of an install (no trailing slash): ``*_dir`` on the host, ``*_mount`` where
    the main container (for ``bin_mount``: the one that installs the binary) sees them.

    ``conf_dir`` is the host directory of NADs without spec.config; "" where the daemon reads a
    directory that no volume gives it.
    """

    cni_conf_dir: str
    cni_conf_mount: str
    autoconfig_dir: str
    autoconfig_mount: str
    bin_dir: str
    bin_mount: str
    conf_dir: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Install:
    """One Multus DaemonSet and what it says about itself.

    ``release`` is the source release ("3.9.3"), known as surely as ``confidence`` says, for
    the reason in ``evidence``. ``preview`` marks v3.9's thick-plugin manifest, which is thin.
    ``installer`` names the init container that installs the binary ("" if none), ``wrapper``
    the shell script around the entrypoint ("" if none), ``config_file`` the Multus config that
    is copied to the node ("" in auto mode), ``owner`` who would revert patches ("" if nobody).
    """

    daemonset: Document
    mode: Mode
    preview: bool
    release: str
    confidence: Confidence
    evidence: str
    container: str
    installer: str
    entrypoint: Literal["shell", "pflag", "goflag", "daemon", "unknown"]
    wrapper: str
    flags: tuple[Flag, ...]
    config_file: str
    config: HandConfig | None
    daemon_config: HandConfig | None
    paths: HostPaths
    cluster_roles: tuple[Document, ...]
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkAttachment:
    """A NetworkAttachmentDefinition. ``config`` is None where spec.config is absent."""

    document: Document
    namespace: str
    name: str
    config: str | None
    resource_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A pod template (or a bare Pod) and the annotations that Multus reads.

    ``networks`` and ``default_network`` are the raw annotation values, None where absent.
    ``origin`` says where the request for networks stands.
    """

    document: Document
    namespace: str
    networks: str | None
    default_network: str | None
    origin: Literal["annotation", "kubevirt", "injected"]
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Another network component that the inputs show: istio-cni, cilium, whereabouts ..."""

    kind: str
    document: Document | None
    source: Source
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inventory:
    """What the inputs hold, understood. Compared by identity, so that what is derived from one
    can be kept beside it."""

    reading: Reading
    installs: tuple[Install, ...]
    nads: tuple[NetworkAttachment, ...]
    workloads: tuple[Workload, ...]
    cni_files: tuple[CniFile, ...]
    neighbours: tuple[Neighbour, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Target:
    """What the user asked for. Compared by identity, like the Inventory.

    ``source_release`` is what ``--source`` states ("" if nothing); ``nad_config`` is the
    strategy for NADs without spec.config, ``nad_overrides`` maps "namespace/name" to one.
    """

    release: str
    image: str = ""
    source_release: str = ""
    source_mode: Mode = "thin"
    nad_config: str = "auto"
    nad_overrides: Mapping[str, str]
    primary_cni: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a step or check is: an id that never changes, and why it exists.

    ``since``/``until`` bound the target releases it applies to ("" is open).
    """

    id: str
    title: str
    why: str
    reference: str
    since: str = ""
    until: str = ""
    severity: Severity = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One planned change of one field of one object, yielded by a step.

    ``path`` () means the whole object: ``before`` MISSING creates it.
    """

    object: ObjectRef
    path: Path
    before: Any
    after: Any
    reason: str
    rule: str
    source: Source | None


Outcome = Literal["kept", "moved", "renamed", "dropped", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What became of one thing of the old install (promise 2)."""

    kind: Literal["flag", "config-key", "volume", "mount", "env", "rbac-rule", "field"]
    name: str
    outcome: Outcome
    detail: str
    source: Source
    object: ObjectRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something a person must know or do, yielded by a check (or a step that could not act).

    ``error`` is the message that the user would otherwise meet ("" if none); ``cured`` says
    that the emitted build no longer shows it; ``manual`` that a person has to act;
    ``suppressed`` is the reason why the user does not want to hear of it ("" if they do).
    """

    id: str
    severity: Severity
    title: str
    seen: str
    why: str
    remedy: str
    reference: str
    error: str = ""
    object: ObjectRef | None = None
    source: Source | None = None
    cured: bool = False
    manual: bool = False
    suppressed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What Multus makes of one network selection: a config, an error, or not known.

    Exactly one of ``config`` (the delegate's bytes), ``error`` (Multus's words) and
    ``unknown`` (why it cannot be told) is set. ``where`` says what the config came from.
    """

    config: str = ""
    error: str = ""
    unknown: str = ""
    where: str = ""


Verdict = Literal["equal", "changed", "broken", "cured", "still-broken", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """What one workload gets of one network, today and after the move (promise 1)."""

    workload: ObjectRef
    source: Source
    network: str
    origin: str
    nodes: tuple[str, ...]
    before: Resolution
    after: Resolution
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One object of the plan: as it is (None for a new one) and as it shall be."""

    ref: ObjectRef
    document: Document | None
    desired: Mapping[str, Any]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A choice the planner made, with its reason: strategy of a NAD, release assumed, image."""

    subject: str
    choice: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The whole result: what changes, what a person must know, and what resolves to what.

    ``objects`` holds every object of the install and every object that changes, in input
    order, new ones last. ``blocked`` holds the blockers that are not allowed.
    """

    target: Target
    inventory: Inventory
    objects: tuple[Planned, ...]
    findings: tuple[Finding, ...]
    accounts: tuple[Account, ...]
    attachments: tuple[Attachment, ...]
    decisions: tuple[Decision, ...]
    allowed: frozenset[str]

    @property
    def blockers(self) -> tuple[Finding, ...]:
        """Blockers that neither the patches cure nor the user allowed or suppressed."""
        return tuple(
            f
            for f in self.findings
            if f.severity == "blocker"
            and not (f.cured or f.suppressed)
            and f.id not in self.allowed
        )

    @property
    def changed(self) -> tuple[Planned, ...]:
        return tuple(o for o in self.objects if o.changes)

    @property
    def needs_person(self) -> bool:
        """An unknown item or a manual step remains (exit code 3 under --detailed-exitcode)."""
        return any(a.outcome == "unknown" for a in self.accounts) or any(
            f.manual and not f.cured and not f.suppressed for f in self.findings
        )
