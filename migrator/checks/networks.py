"""Networks: how each NAD gets its configuration, and what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from migrator.checks.common import finding
from migrator.inventory.confdir import conf_dir_of, main_install, views, writer_of
from migrator.inventory.nads import config_type, is_string
from migrator.inventory.nodes import nodes_of
from migrator.inventory.operators import owner_of
from migrator.model.inputs import MISSING
from migrator.model.inventory import Inventory, NetworkAttachment
from migrator.model.plan import Finding, Rule
from migrator.model.release import Release
from migrator.multus import add
from migrator.multus import nad as nads
from migrator.multus.defaults import NAMESPACE
from migrator.multus.nad import Answer, ConfDir
from migrator.multus.primary import content, is_multus_config
from migrator.thick.form import Thick
from migrator.thick.intent import Intent
from migrator.thick.nad_strategy import Choice, Why
from migrator.trees.dig import string
from migrator.trees.embedded import json_or_text
from migrator.trees.paths import same
from migrator.trees.redact import redact
from migrator.trees.variables import has_variables
from migrator.trees.wording import listed

REFUSED = Rule(
    id="N01",
    title="The requested strategy is not possible",
    why="the daemon reads a single directory, and every pod that names a network fails "
    "where the daemon does not find its configuration",
    reference="pkg/utils/cniconfig.go GetCNIConfigFromFile",
    severity="blocker",
)
DRIFT = Rule(
    id="N02",
    title="Nodes have different files for one network",
    why="one spec.config cannot match all of them; the directory stays mounted, so "
    "each node keeps its own",
    reference="multus-cni#1238",
    severity="warning",
)
LINT = Rule(
    id="N03",
    title="Multus cannot use a NAD's configuration",
    why="every pod that names it fails, both before and after the migration",
    reference="pkg/types/conf.go LoadDelegateNetConf",
    severity="warning",
)
PANIC = Rule(
    id="N04",
    title="A NAD's configuration makes Multus panic",
    why="in thin mode that crashed a single process; in thick mode it happens inside "
    "the daemon that serves the whole node",
    reference="pkg/types/conf.go LoadDelegateNetConfList; GetCNIConfigFromSpec",
    severity="warning",
)
UNSEEN = Rule(
    id="N05",
    title="A NAD's configuration is in a file that was not given",
    why="the directory is mounted, so the daemon finds what thin Multus finds, but "
    "nobody has checked it",
    reference="--node-files",
    severity="info",
)
UNNAMED = Rule(
    id="N06",
    title="No NAD of the input names this file of the conf dir",
    why="with --nad-config configmap it would no longer be found",
    reference="pkg/utils/cniconfig.go GetCNIConfigFromFile",
    severity="info",
)
OWNED = Rule(
    id="N07",
    title="A NAD belongs to a chart or an operator",
    why="its owner overwrites spec.config at its next upgrade: set the owner's value instead",
    reference="istio.io/latest/docs/setup/additional-setup/cni",
    severity="warning",
)
SNAPSHOT = Rule(
    id="N16",
    title="A configuration that an agent writes was copied",
    why="the agent goes on writing its own file, and the copy does not follow: no pod "
    "sees a new version or setting of the agent",
    reference="istio.io/latest/docs/setup/additional-setup/cni",
    severity="warning",
)
TAKEN = Rule(
    id="N17",
    title="A NAD has the name that a delegate needs",
    why="the delegates of a hand-written config become NADs in multusNamespace that "
    "every pod gets; an existing NAD of that name with another configuration would "
    "take its place",
    reference="pkg/k8sclient GetDefaultNetworks",
    severity="blocker",
)

RULES = (REFUSED, DRIFT, LINT, PANIC, UNSEEN, UNNAMED, OWNED, SNAPSHOT, TAKEN)

_LONGEST = 80
"""A longer value is cut: the files themselves are at hand."""


def findings(intent: Intent) -> Iterable[Finding]:
    """Strategies first, then the configurations themselves, then files without a NAD."""
    for choice in intent.networks:
        yield from _strategy(choice, intent.inventory)
    seen = views(intent.inventory)
    for nad in intent.inventory.nads:
        yield from _config(nad, seen, (intent.before.release, intent.target.release))
    yield from _unnamed_files(intent.inventory)
    for form in intent.forms:
        yield from _taken_names(form, intent.inventory)


def _taken_names(form: Thick, inventory: Inventory) -> Iterable[Finding]:
    translation = form.translation
    namespace = str(translation.keys.get("multusNamespace") or NAMESPACE)
    for name, config in translation.networks:
        for nad in inventory.nads:
            same = (nad.namespace, nad.name) == (namespace, name)
            if same and nad.data != json_or_text(config):
                yield finding(
                    TAKEN,
                    document=nad.document,
                    seen=f"{namespace}/{name} is not the delegate {name} of {form.install.config_file}",
                    remedy="rename the NAD or the delegate; the workloads of the NAD name it in "
                    "their networks annotation",
                )


def _strategy(choice: Choice, inventory: Inventory) -> Iterable[Finding]:
    nad = choice.nad
    if choice.refused:
        yield finding(
            REFUSED,
            document=nad.document,
            seen=f"{nad.namespace}/{nad.name}: {choice.refused}",
            remedy="leave it to --nad-config auto, or set mount for this NAD in "
            "multus-migrator.toml",
        )
    if choice.drift:
        yield finding(
            DRIFT,
            document=nad.document,
            seen=f"{nad.namespace}/{nad.name}: {differing(choice.drift)}",
            remedy="make the files equal and plan again to have spec.config written, or keep the "
            "directory mounted, which is what is planned",
        )
    owner = owner_of(nad.document)
    if owner and choice.strategy == "explicit" and not choice.refused:
        yield finding(
            OWNED,
            document=nad.document,
            seen=f"{nad.namespace}/{nad.name} belongs to {owner.value}",
            remedy="set the NAD's config in the owner's values, or choose mount for it",
            manual=True,
        )
    agent = writer_of(inventory.neighbours, conf_dir_of(inventory), nad.name)
    if agent and choice.strategy != "mount" and not choice.refused:
        yield finding(
            SNAPSHOT,
            document=nad.document,
            seen=f"{nad.namespace}/{nad.name}: {agent} writes this file at run time",
            remedy="choose mount for this NAD, unless the agent is gone",
        )
    unseen = choice.strategy == "mount" and choice.reason.why is Why.NOT_GIVEN
    if unseen and not agent:
        yield finding(
            UNSEEN,
            document=nad.document,
            seen=f"{nad.namespace}/{nad.name} is looked up in {conf_dir_of(inventory)}",
            remedy=_to_copy(inventory),
        )


def _to_copy(inventory: Inventory) -> str:
    """What is missing: the directory, that of some nodes, or what tells where the daemon looks."""
    directory, copied = conf_dir_of(inventory), inventory.reading.node_files.directories
    nodes = nodes_of(inventory, main_install(inventory))
    missing = [node for node in nodes if (node, directory) not in copied]
    if not missing:
        return "add the ConfigMap with daemon-config.json to the inputs: it says where to look"
    if len(missing) < len(nodes):
        return f"copy that directory from {listed(missing)} too"
    return f"copy that directory from the nodes, to DIR{directory} of --node-files DIR"


def differing(drift: Mapping[str, tuple[str, ...]]) -> str:
    """The top-level fields in which the contents differ, each with its value by group of nodes."""
    groups = [(json_or_text(text), nodes) for text, nodes in sorted(drift.items())]
    if not all(isinstance(data, dict) for data, _ in groups):
        return "the contents differ: " + "; ".join(listed(nodes, most=3) for _, nodes in groups)
    contents = [(data, nodes) for data, nodes in groups if isinstance(data, dict)]
    keys = sorted({key for data, _ in contents for key in data})
    first = contents[0][0]
    return "; ".join(
        f"{key} is "
        + ", ".join(f"{_value(data, key)} on {listed(n, most=3)}" for data, n in contents)
        for key in keys
        if not all(same(data.get(key, MISSING), first.get(key, MISSING)) for data, _ in contents)
    )


def _value(data: Mapping[str, object], key: str) -> str:
    if key not in data:
        return "absent"
    text = json.dumps(redact(data[key], (key,)), ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _config(
    nad: NetworkAttachment,
    seen: Mapping[str, ConfDir | None],
    releases: tuple[Release, Release],
) -> Iterable[Finding]:
    if not is_string(nad.document):
        yield _no_string(nad)
        return
    known = {node: directory for node, directory in seen.items() if directory is not None}
    places = {"": ConfDir(path="", files={})} if nad.config else known
    for node, directory in places.items():
        answer = nads.resolve(nad.name, nad.config, directory, releases[0])
        error, panic = _error(answer, releases)
        if not (error or panic) or has_variables(answer.config or nad.config or ""):
            continue
        where = f" on {node}" if node else ""
        yield finding(
            PANIC if panic else LINT,
            document=nad.document,
            source=nad.document.at(("spec", "config")),
            seen=f"{nad.namespace}/{nad.name}{where}",
            error=panic or error,
            remedy=_correction(nad, answer, directory),
        )
        return


def _error(answer: Answer, releases: tuple[Release, Release]) -> tuple[str, str]:
    """What Multus says while it loads the configuration, else when it runs the plugins: (its error,
    its panic), each "" where there is none. What only the source release refuses to run counts for
    nothing: it may be assumed, and the tables show what the move cures."""
    failed = answer.error or answer.delegate_error
    if failed or answer.panic or answer.delegate is None:
        return failed, answer.panic
    then = add.add(answer.config, answer.delegate.is_list, releases[1])
    if not (then.parse_error or then.error or then.panic):
        return "", ""
    today = add.add(answer.config, answer.delegate.is_list, releases[0])
    return today.parse_error or today.error, today.panic


def _correction(nad: NetworkAttachment, answer: Answer, directory: ConfDir) -> str:
    """What can be done: where the configuration stands, or that there is none."""
    then = "no pod that names it can start today"
    if nad.config:
        return f"correct spec.config; {then}"
    if answer.source:
        return f"correct {answer.source}; {then}"
    return (
        f'add a file with "name": "{nad.name}" to {directory.path} on the node, or '
        f"write the configuration as spec.config; {then}"
    )


def _no_string(nad: NetworkAttachment) -> Finding:
    """The words are the API server's (apiextensions-apiserver, validation of the CRD's schema)."""
    kind = config_type(nad.document)
    return finding(
        LINT,
        document=nad.document,
        source=nad.document.at(("spec", "config")),
        seen=f"spec.config of {nad.namespace}/{nad.name} is of type {kind}, but has to "
        "be one string of JSON",
        error=f'spec.config: Invalid value: "{kind}": spec.config in body must be of type string: '
        f'"{kind}"',
        remedy="write the JSON as a string: config: | and the JSON in the lines below it",
        manual=True,
    )


def _unnamed_files(inventory: Inventory) -> Iterable[Finding]:
    directory = conf_dir_of(inventory)
    names = {nad.name for nad in inventory.nads}
    told: set[str] = set()
    for file in inventory.cni_files:
        inner = string(content(file), "name")
        ours = file.directory == directory and file.name.endswith((".conf", ".conflist", ".json"))
        if not ours or inner in names or file.name in told or is_multus_config(content(file)):
            continue
        told.add(file.name)
        yield finding(
            UNNAMED,
            source=file.source,
            seen=f"{directory}/{file.name} holds the network {inner or '(no name)'}",
            remedy="nothing, if no NAD of the cluster has that name",
        )
