"""What holds for any input: nothing raises, and an explicit config comes through unchanged."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from migrator.golang.errors import GoError, GoPanic
from migrator.golang.files import Filesystem
from migrator.multus import add, annotation, daemon, nad, netconf, pod
from migrator.multus.lookup import Installed, Unknown
from migrator.multus.nad import ConfDir
from tests.multus.known import KNOWN

RELEASES = st.sampled_from(KNOWN)
KEYS = st.sampled_from(
    ["name", "Name", "type", "plugins", "cniVersion", "cniVersions", "ipam", "dns", "disableCheck",
     "capabilities", "prevResult", "args", "cni", "namespace", "interface", "ips", "mac",
     "default-route", "cni-args", "portMappings", "bandwidth", "multusAutoconfigDir",
     "multusMasterCNI", "readinessindicatorfile", "overrideNetworkName", "forceCNIVersion",
     "logOptions", "loadOnlyInlinedPlugins"]
)  # fmt: skip
WORDS = st.sampled_from(["", "n", "/d", "/d/x", "1.0.0", "0.3.1", "true", "10.0.0.1", "a/b", "%s"])
TREES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=12,
)
DOCUMENTS = TREES.map(json.dumps) | st.text() | st.text(alphabet='{}[],:"\\ntrue019.eE- ')
NAMES = st.sampled_from(
    ["n", "a.conf", "b.conflist", "c.json", "n/x.conf", "00-multus.conf", ".conf"]
)
FILES = st.none() | st.dictionaries(NAMES, DOCUMENTS, max_size=4)
ANY_TEXT = st.text() | st.text(alphabet=st.characters())


@given(ANY_TEXT | DOCUMENTS, ANY_TEXT, RELEASES)
def test_any_annotation_has_an_answer(text: str, namespace: str, release: Any) -> None:
    got = annotation.parse(text, namespace, release)
    assert not (got.error and got.panic)
    for network in got.networks:
        assert json.loads(annotation.marshal(network))["name"] == network.name


@given(ANY_TEXT, st.none() | DOCUMENTS, FILES, RELEASES)
def test_any_nad_has_exactly_one_answer(
    name: str, config: str | None, files: dict[str, str] | None, release: Any
) -> None:
    got = nad.resolve(name, config, ConfDir(path="/d", files=files), release)
    assert sum(map(bool, (got.error, got.panic, got.delegate_error, got.delegate))) == 1
    assert bool(got.config) is bool(got.delegate or got.delegate_error)


@given(TREES.filter(lambda tree: isinstance(tree, dict)), st.text(min_size=1), RELEASES, FILES)
def test_an_explicit_config_with_a_name_comes_through_byte_for_byte(
    tree: dict[str, Any], name: str, release: Any, files: dict[str, str] | None
) -> None:
    config = json.dumps({**tree, "name": name}, indent=2)
    got = nad.resolve("other", config, ConfDir(path="/d", files=files), release)
    assert got.config == config or got.panic
    assert got.error == ""


@given(DOCUMENTS, FILES, RELEASES)
def test_any_daemon_configuration_has_exactly_one_answer(
    config: str, files: dict[str, str] | None, release: Any
) -> None:
    seen = Filesystem(directories={} if files is None else {"/d": files})
    got = daemon.start(config, seen, release)
    answers = (got.load_error, got.parse_error, got.manager_error, got.panic, got.text)
    assert sum(map(bool, answers)) + (got.config_file is not None) == 1


@given(DOCUMENTS, st.booleans(), RELEASES)
def test_any_configuration_is_held_or_refused_in_multus_words(
    config: str, is_list: bool, release: Any
) -> None:
    with suppress(GoPanic):
        try:
            conf = netconf.load(config, release)
        except GoError as error:
            assert str(error).startswith("LoadNetConf: ")
        else:
            assert bool(conf.cluster_network) is not bool(conf.delegates)
    added = add.add(config, is_list, release)
    assert sum(map(bool, (added.parse_error, added.error, added.panic))) <= 1
    assert bool(added.runs) or added.parse_error or added.error or added.panic


@given(
    st.builds(
        Installed,
        release=RELEASES,
        mode=st.sampled_from(["thin", "thick"]),
        files=FILES | st.just(Unknown(reason="not copied")),
        nads=st.dictionaries(st.tuples(WORDS, WORDS), st.none() | DOCUMENTS, max_size=3),
        namespace_isolation=st.booleans(),
        global_namespaces=WORDS,
        cluster_network=WORDS,
        default_networks=st.lists(WORDS, max_size=2).map(tuple),
        paths=st.dictionaries(st.sampled_from(["/d/x", "/d/x/a.conf", "/d/b.conflist"]), DOCUMENTS),
    ),
    WORDS,
    st.none() | WORDS | DOCUMENTS,
    st.none() | WORDS | DOCUMENTS,
)
def test_any_pod_has_exactly_one_answer_for_each_network(
    installed: Installed, namespace: str, networks: str | None, default: str | None
) -> None:
    for network in pod.resolve(installed, namespace, networks, default):
        got = network.resolution
        assert sum(map(bool, (got.config, got.error, got.unknown))) == 1
        assert bool(got.error) is (got.failure is not None)
