"""What reading gives: documents and CNI files with their places.

Every record is keyword-only and immutable. Trees (``data``) are plain ``dict``/``list``/scalar
values as YAML 1.2 or JSON gives them; nobody mutates them in place, whoever needs another tree
makes a copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final, Literal, NamedTuple

from msgspec import Struct, field


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


class Naming(Enum):
    """What the files of a run are called: the same plan, made for another reader."""

    TYPED = "typed"
    """As the user typed them: for the terminal."""
    COMMON = "common"
    """From the folder on that all inputs have in common: for files, which say nothing of the
    machine and are the same wherever the program was called."""
    REPOSITORY = "repository"
    """From the root of the Git repository on, where there is one: for tools that mark its lines."""


class Source(Struct, frozen=True, kw_only=True, order=True):
    """A place in an input: the file as its reading names it (`Naming`) and a line, from 1 on; 0 where there is
    no file at all, which ends the run."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class Folder(Struct, frozen=True):
    """A folder of the inputs within a sentence."""

    name: str

    def __str__(self) -> str:
        return self.name


class Complaint(Struct, frozen=True):
    """What a tool said, within a sentence: it may name any path of the machine."""

    text: str

    def __str__(self) -> str:
        return self.text


class Sentence(str):
    """A sentence that knows its parts (text, Source, Folder, Complaint), so that it can be said
    again with other names of files."""

    parts: tuple[object, ...]

    def __new__(cls, *parts: object) -> Sentence:
        self = super().__new__(cls, "".join(map(str, parts)))
        self.parts = parts
        return self


class ObjectRef(Struct, frozen=True, kw_only=True):
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


class Document(Struct, frozen=True, kw_only=True):
    """One Kubernetes object of the input.

    ``text`` is the document's own text, without the ``---`` lines ("" unless form is
    "standalone"); ``lines`` maps a path (map keys and list indices) to its 1-based line.
    ``placed`` is the namespace that a kustomization or a Flux Kustomization of the inputs puts it
    into, whatever the document says ("" if none does).
    """

    ref: ObjectRef
    api_version: str
    source: Source
    data: Mapping[str, Any]
    form: Form
    text: str
    lines: Mapping[tuple[str | int, ...], int]
    placed: str = ""

    def at(self, path: tuple[str | int, ...]) -> Source:
        """The source line of ``path`` or of its nearest recorded parent."""
        line = self.lines.get(path)
        while line is None and path:
            path = path[:-1]
            line = self.lines.get(path)
        return Source(file=self.source.file, line=self.source.line if line is None else line)


class CniFile(Struct, frozen=True, kw_only=True):
    """A CNI file as it lies on a node, or as a ConfigMap key will put it there.

    ``directory`` and ``name`` are the absolute host path; ``node`` is "" where one set stands
    for all nodes. ``content`` is the raw text (CNI files need not be valid JSON).
    """

    node: str
    directory: str
    name: str
    content: str
    source: Source


class NodeLink(Struct, frozen=True, kw_only=True):
    """A symbolic link as it lies on a node, in place of a file that is no CNI config.

    ``directory`` and ``target`` are absolute host paths; the target need not have been copied.
    """

    node: str
    directory: str
    name: str
    target: str
    source: Source


class NodeFiles(Struct, frozen=True, kw_only=True):
    """What was copied from the nodes: which directories are known, their files, and links.

    A (node, directory) that is not in ``directories`` is unknown; one that is there without
    files is empty (design, --node-files).
    """

    nodes: tuple[str, ...]
    directories: frozenset[tuple[str, str]]
    files: tuple[CniFile, ...]
    links: tuple[NodeLink, ...] = ()


class InputFile(Struct, frozen=True, kw_only=True):
    """An input as it was read: its name (`Naming`), SHA-256 of its bytes."""

    name: str
    sha256: str


class KustomizeRoot(Struct, frozen=True, kw_only=True):
    """Set where the input is a kustomize root: its folder, whose build gave the documents.

    ``transforms`` are its own fields that run after a component and could undo it: name, place.
    """

    path: str
    transforms: tuple[tuple[str, Source], ...] = ()


class NestedRoot(Struct, frozen=True, kw_only=True):
    """A kustomize root below a folder that was read as plain files: its folder, the files that it
    builds as the inputs name them, and the fields with which it changes them. ``namespace`` is
    what it sets ("" if nothing)."""

    path: str
    files: frozenset[str]
    namespace: str
    transforms: tuple[str, ...]


class ChartFile(Struct, frozen=True, kw_only=True):
    """A Helm chart that was found and not rendered: its folder, its Chart.yaml, the entries of
    ``dependencies`` with their lines, and its values.yaml ({} where there is none)."""

    folder: str
    source: Source
    name: str
    dependencies: tuple[tuple[Mapping[str, Any], Source], ...]
    values: Mapping[str, Any]


class ValueSet(Struct, frozen=True, kw_only=True):
    """One set of the values that a release gives to its chart.

    ``owner`` is the object that has it, at ``path`` (a map, or a text that holds YAML; () where single
    values were unfolded), None for a file of its own, which is that of ``source``. ``values`` is what it says.
    """

    owner: ObjectRef | None
    path: tuple[str | int, ...]
    source: Source
    values: Mapping[str, Any]


class Render(Struct, frozen=True, kw_only=True):
    """What a chart made for a release of the inputs, with the release's own post-renderers.

    ``release`` is the object that asks for it, at ``source``; ``name`` is the file that its documents
    name as theirs. ``chart`` is the folder or ``.tgz`` that was rendered, "" where the user gave the
    render or it was downloaded; ``chart_name`` is what the chart calls itself, "" where the user gave the
    render. ``values`` are the sets of values that went into it, the one that wins last, and ``unknown``
    says what could not; ``defaults`` is the text of the chart's own, over which they lie, "" where it is not
    known. Where a Flux Kustomization or an Application applies upstream's own manifests,
    ``manifests`` are the URLs of these, and ``repository`` is the GitRepository that they come from. Where
    it applies a kustomize root of the repository that is no INPUT, ``folder`` is the path of that.
    """

    release: ObjectRef
    source: Source
    name: str
    chart: str
    chart_name: str = ""
    values: tuple[ValueSet, ...] = ()
    unknown: tuple[str, ...] = ()
    defaults: str = ""
    manifests: tuple[str, ...] = ()
    repository: ObjectRef | None = None
    folder: str = ""

    @property
    def is_chart(self) -> bool:
        """Whether helm applies what it makes."""
        return not self.manifests and not self.folder


class Problem(Struct, frozen=True, kw_only=True):
    """An input that could not be read: shown as one line ``source: message; hint``. What names
    a file of the inputs in them is a part of a Sentence.

    ``related`` is False where no word of the quick scan is in its bytes: it is not Multus, nor
    anything that Multus depends on.
    """

    source: Source
    message: str
    hint: str
    related: bool = True


class WhyNotRead(Enum):
    """Why a kind of objects is not in a snapshot."""

    FORBIDDEN = "forbidden"
    FAILED = "failed"


class NotRead(Struct, frozen=True, kw_only=True):
    """What ``collect`` asked for in vain: ``resource`` is ``clusterroles.rbac.authorization.k8s.io``,
    ``namespace`` where it was asked for in one alone; ``detail`` is what the server said."""

    resource: str
    namespace: str
    reason: WhyNotRead
    detail: str


class Snapshot(Struct, frozen=True, kw_only=True):
    """What ``collect`` says of a snapshot of its own, in the file of ``source``.

    ``collected`` is when (UTC), ``context`` kubectl's and ``server`` the release of Kubernetes, both ""
    where they are not known. ``namespaces`` are those that were asked for, none where all were.
    """

    source: Source
    collected: str
    context: str
    server: str
    namespaces: tuple[str, ...]
    unread: tuple[NotRead, ...]

    def lacks(self, resource: str) -> bool:
        """Whether its objects were not read, of one namespace at least."""
        return any(each.resource == resource for each in self.unread)


class Language(Enum):
    """What makes manifests, and is not read."""

    TERRAFORM = "Terraform"
    JSONNET = "Jsonnet"
    NIX = "Nix"
    CUE = "CUE"
    JINJA = "Jinja"
    ANSIBLE = "Ansible"


class Foreign(Struct, frozen=True, kw_only=True):
    """A file of such a language that names Multus, at ``source``."""

    source: Source
    language: Language


class Reading(Struct, frozen=True, kw_only=True):
    """All that reading gave: documents in input order, and what could not be read.

    ``mentions`` are places that name Multus where no Kubernetes object stands: values of a chart,
    a file of a generator, a compose file; ``foreign`` files of other languages that do. ``nested`` are roots that were not built, and ``charts``
    those that were not rendered, ``renders`` what was. ``folders`` has the real folder of each file
    and root by the name of its documents' source: what Flux and Argo CD call it begins at the root
    of the repository, wherever that was checked out. It is for comparing, and never shown. ``snapshot``
    is what the inputs say of themselves where ``collect`` wrote them.
    """

    documents: tuple[Document, ...]
    inputs: tuple[InputFile, ...]
    problems: tuple[Problem, ...]
    fragments: tuple[Source, ...]
    root: KustomizeRoot | None
    node_files: NodeFiles
    mentions: tuple[Source, ...] = ()
    foreign: tuple[Foreign, ...] = ()
    nested: tuple[NestedRoot, ...] = ()
    folders: Mapping[str, str] = field(default_factory=dict)
    charts: tuple[ChartFile, ...] = ()
    renders: tuple[Render, ...] = ()
    snapshot: Snapshot | None = None

    @property
    def wrapped(self) -> KustomizeRoot | None:
        """The root that OUT is laid around: none where charts were rendered, since its build holds
        the releases, and nothing of what they make."""
        return None if self.renders else self.root
