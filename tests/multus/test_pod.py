"""Whole pods: default-network, isolation, clusterNetwork, what is not known, the founding case.

The id of a case names the function it comes from and the release where that matters.
"""

from __future__ import annotations

from typing import Any

import pytest

from migrator.model.plan import Failure, Resolution
from migrator.multus import pod
from migrator.multus.lookup import Installed, Unknown
from migrator.multus.pod import PodNetwork
from migrator.multus.releases import parse

DIR = "/etc/cni/multus/net.d"
CONF = '{"cniVersion":"0.3.1","name":"n","type":"macvlan"}'
LIST = '{"cniVersion":"1.0.0","name":"n","plugins":[{"type":"a"}]}'
ISTIO = '{"cniVersion":"0.3.1","name":"istio-cni","type":"istio-cni"}'
NADS = {
    ("prod", "n"): CONF,
    ("other", "n"): CONF,
    ("default", "n"): CONF,
    ("kube-system", "n"): CONF,
}


def installed(release: str = "4.2.4", **settings: Any) -> Installed:
    known: dict[str, Any] = {"mode": "thick", "files": {}, "nads": NADS, **settings}
    return Installed(release=parse(release), **known)


def resolve(
    multus: Installed,
    networks: str | None = None,
    default: str | None = None,
    namespace: str = "prod",
) -> tuple[PodNetwork, ...]:
    return pod.resolve(multus, namespace, networks, default)


def only(networks: tuple[PodNetwork, ...]) -> Resolution:
    (network,) = networks
    return network.resolution


def test_a_pod_that_asks_for_nothing_gets_nothing() -> None:
    assert resolve(installed()) == ()
    assert resolve(installed(), networks="") == ()


def test_every_network_has_its_own_answer() -> None:
    first, second, third = resolve(installed(), "n@e0,missing,other/n")
    assert (first.namespace, first.name, first.interface, first.found) == ("prod", "n", "e0", True)
    assert first.resolution == Resolution(config=CONF, where="NetworkAttachmentDefinition prod/n")
    assert (second.found, bool(second.resolution.error)) == (False, True)
    assert third.resolution.config == CONF


def test_an_annotation_at_fault_is_one_answer() -> None:
    (fault,) = resolve(installed(), "a/b/c,n")
    assert (fault.role, fault.name) == ("network", "")
    assert fault.resolution.error == (
        "parsePodNetworkAnnotation: parsePodNetworkObjectName: Invalid network object (failed at "
        "'/')"
    )


class TestFoundingCase:
    """multus-cni issue 1238: istio-cni with an empty NAD and its file on the node."""

    nads = {("istio-system", "istio-cni"): None}  # noqa: RUF012
    networks = "istio-system/istio-cni"

    def test_thin_reads_the_file_on_the_host(self) -> None:
        thin = installed("3.9.3", mode="thin", nads=self.nads, files={"istio-cni.conf": ISTIO})
        assert only(resolve(thin, self.networks)) == Resolution(
            config=ISTIO, where=f"{DIR}/istio-cni.conf"
        )

    @pytest.mark.parametrize(
        ("release", "conf_dir", "files", "error"),
        [
            pytest.param(
                "4.0.2",
                "/host/etc/cni/net.d",
                {"10-calico.conflist": LIST},
                "no network available in the name istio-cni in cni dir /host/etc/cni/net.d",
                id="v4.0.2 as shipped looks beside the primary",
            ),
            pytest.param(
                "4.1.4",
                DIR,
                None,
                f"No networks found in {DIR}",
                id="v4.1.4 as shipped mounts nothing",
            ),
        ],
    )
    def test_thick_does_not_see_it(
        self, release: str, conf_dir: str, files: dict[str, str] | None, error: str
    ) -> None:
        thick = installed(release, nads=self.nads, conf_dir=conf_dir, files=files)
        assert only(resolve(thick, self.networks)).error == (
            "GetNetworkDelegates: failed getting the delegate: GetCNIConfig: err in "
            f"GetCNIConfigFromFile: {error}"
        )

    def test_thick_sees_it_once_it_is_mounted(self) -> None:
        thick = installed("4.2.4", nads=self.nads, files={"istio-cni.conf": ISTIO})
        assert only(resolve(thick, self.networks)).config == ISTIO

    def test_nobody_knows_files_that_were_not_copied(self) -> None:
        thick = installed("4.2.4", nads=self.nads, files=Unknown(reason=f"{DIR} was not copied"))
        assert only(resolve(thick, self.networks)) == Resolution(unknown=f"{DIR} was not copied")


def test_an_explicit_config_does_not_ask_for_files() -> None:
    assert only(resolve(installed(files=Unknown(reason="x")), "n")).config == CONF


@pytest.mark.parametrize(
    ("release", "mode", "error"),
    [
        pytest.param(
            "3.3",
            "thin",
            "GetPodNetwork: failed getting the delegate: getKubernetesDelegate: failed to get "
            "network resource, refer Multus README.md for the usage guide: the server could not "
            "find the requested resource",
            id="getKubernetesDelegate v3.3",
        ),
        pytest.param(
            "3.9.3",
            "thin",
            "GetNetworkDelegates: failed getting the delegate: getKubernetesDelegate: cannot find "
            "a network-attachment-definition (x) in namespace (prod): "
            'network-attachment-definitions.k8s.cni.cncf.io "x" not found',
            id="getKubernetesDelegate v3.9.3: the API server's words",
        ),
        pytest.param(
            "4.2.4",
            "thick",
            "GetNetworkDelegates: failed getting the delegate: getKubernetesDelegate: cannot find "
            "a network-attachment-definition (x) in namespace (prod): "
            'networkattachmentdefinition.k8s.cni.cncf.io "x" not found',
            id="getKubernetesDelegate v4.2.4 thick: the informer's words",
        ),
    ],
)
def test_a_nad_that_is_not_there(release: str, mode: str, error: str) -> None:
    assert only(resolve(installed(release, mode=mode), "x")).error == error


@pytest.mark.parametrize(
    ("release", "settings", "target", "allowed"),
    [
        pytest.param("4.2.4", {}, "other", True, id="off by default"),
        pytest.param("4.2.4", {"namespace_isolation": True}, "prod", True, id="its own namespace"),
        pytest.param("4.2.4", {"namespace_isolation": True}, "other", False, id="another"),
        pytest.param(
            "4.2.4", {"namespace_isolation": True}, "default", True, id="default, unset list"
        ),
        pytest.param(
            "4.2.4",
            {"namespace_isolation": True, "global_namespaces": " other , x"},
            "other",
            True,
            id="LoadNetConf v3.7: the list, trimmed",
        ),
        pytest.param(
            "4.2.4",
            {"namespace_isolation": True, "global_namespaces": "other"},
            "default",
            False,
            id="LoadNetConf v3.7: a list replaces default",
        ),
        pytest.param(
            "3.6",
            {"namespace_isolation": True, "global_namespaces": "other"},
            "other",
            False,
            id="GetNetworkDelegates v3.6: no list yet",
        ),
        pytest.param(
            "3.4.2",
            {"namespace_isolation": True},
            "default",
            True,
            id="v3.4.2: default, hard-coded",
        ),
        pytest.param(
            "3.4.1", {"namespace_isolation": True}, "default", False, id="v3.4.1: not even default"
        ),
        pytest.param(
            "3.1", {"namespace_isolation": True}, "other", True, id="v3.1 has no isolation"
        ),
    ],
)
def test_isolation(release: str, settings: dict[str, Any], target: str, allowed: bool) -> None:
    got = only(resolve(installed(release, **settings), f"{target}/n"))
    assert bool(got.config) is allowed
    assert (got.failure is Failure.ISOLATION) is not allowed


@pytest.mark.parametrize(
    ("release", "error"),
    [
        pytest.param(
            "3.3",
            "GetPodNetwork: namespace isolation violation: podnamespace: prod / target namespace: "
            "other",
            id="v3.3",
        ),
        pytest.param(
            "4.2.4",
            "GetNetworkDelegates: namespace isolation enabled, annotation violates permission, "
            "pod is in namespace prod but refers to target namespace other",
            id="v4.2.4",
        ),
    ],
)
def test_isolation_error(release: str, error: str) -> None:
    got = resolve(installed(release, namespace_isolation=True), "other/n")
    assert only(got).error == error


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(
            "n",
            Resolution(config=CONF, where="NetworkAttachmentDefinition kube-system/n"),
            id="in multusNamespace",
        ),
        pytest.param(
            "other/n",
            Resolution(config=CONF, where="NetworkAttachmentDefinition other/n"),
            id="elsewhere, free of isolation",
        ),
        pytest.param(
            "n,other/n",
            Resolution(
                error="tryLoadK8sPodDefaultNetwork: more than one default network is specified: "
                "n,other/n",
                failure=Failure.ANNOTATION,
            ),
            id="two",
        ),
        pytest.param(
            "",
            Resolution(
                error="tryLoadK8sPodDefaultNetwork: failed to parse CRD object: "
                'parsePodNetworkAnnotation: pod annotation does not have "network" as key',
                failure=Failure.ANNOTATION,
            ),
            id="empty",
        ),
        pytest.param(
            "[]",
            Resolution(
                error="panic: runtime error: index out of range [0] with length 0",
                failure=Failure.PANIC,
            ),
            id="an empty list",
        ),
        pytest.param(
            "x",
            Resolution(
                error="tryLoadK8sPodDefaultNetwork: failed getting the delegate: "
                "getKubernetesDelegate: cannot find a network-attachment-definition (x) in "
                'namespace (kube-system): networkattachmentdefinition.k8s.cni.cncf.io "x" not found',
                failure=Failure.NOT_FOUND,
            ),
            id="not there",
        ),
    ],
)
def test_default_network(value: str, expected: Resolution) -> None:
    (network,) = resolve(installed(namespace_isolation=True), default=value)
    assert (network.role, network.resolution) == ("default-network", expected)


def test_v3_1_does_not_know_default_network() -> None:
    assert resolve(installed("3.1"), default="n") == ()


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param({}, CONF, id="getNetDelegate: a NAD in multusNamespace"),
        pytest.param(
            {"nads": {}, "files": {"a.conflist": LIST}},
            LIST,
            id="getNetDelegate: a file by its name",
        ),
        pytest.param(
            {"nads": {("kube-system", "n"): "{"}, "files": {"a.conflist": LIST}},
            LIST,
            id="getNetDelegate: a file where the NAD is broken",
        ),
        pytest.param(
            {"cluster_network": "/host/x/a.conf", "paths": {"/host/x/a.conf": CONF}},
            CONF,
            id="getNetDelegate v4.0.0: a path",
        ),
        pytest.param(
            {
                "cluster_network": "/host/x/a.conflist",
                "paths": {"/host/x/a.conflist": LIST, "/host/x/n/1.conf": '{"type":"b"}'},
            },
            '{"cniVersion":"1.0.0","name":"n","plugins":[{"type":"a"},{"type":"b"}]}',
            id="LoadChainedPluginsFromFile v4.2.1: a path with a chain",
        ),
        pytest.param(
            {
                "cluster_network": "/host/x",
                "paths": {"/host/x/b.conf": "{", "/host/x/a.conf": CONF},
            },
            CONF,
            id="getNetDelegate: the first file of a directory",
        ),
    ],
)
def test_cluster_network(settings: dict[str, Any], expected: str) -> None:
    network = resolve(installed(**{"cluster_network": "n", **settings}))
    assert only(network).config == expected
    assert network[0].role == "clusterNetwork"


@pytest.mark.parametrize(
    ("release", "settings", "error"),
    [
        pytest.param(
            "3.9.2", {}, "getNetDelegate: cannot find network: x", id="getNetDelegate v3.9.2"
        ),
        pytest.param(
            "3.9.3",
            {},
            "GetDefaultNetworks: failed to get clusterNetwork x in namespace kube-system",
            id="GetDefaultNetworks v3.9.3 hides the reason",
        ),
        pytest.param(
            "4.2.4",
            {"nads": {("kube-system", "x"): "null"}},
            "panic: assignment to entry in nil map",
            id="a panic is not an error",
        ),
    ],
)
def test_cluster_network_error(release: str, settings: dict[str, Any], error: str) -> None:
    assert only(resolve(installed(release, cluster_network="x", **settings))).error == error


def test_a_cluster_network_path_that_was_not_copied_is_unknown() -> None:
    got = only(resolve(installed(cluster_network="/host/etc/cni/net.d/10-a.conflist")))
    assert got.unknown == "/host/etc/cni/net.d/10-a.conflist was not copied"


def test_v3_takes_a_directory_only_after_names() -> None:
    multus = installed("3.9.3", cluster_network="/x", paths={"/x/a.conf": CONF})
    assert only(resolve(multus)).config == CONF


def test_default_networks_go_to_all_but_the_system_namespaces() -> None:
    multus = installed(cluster_network="n", default_networks=("n", "x"))
    roles = [network.role for network in resolve(multus)]
    assert roles == ["clusterNetwork", "defaultNetworks", "defaultNetworks"]
    assert [n.role for n in resolve(multus, namespace="kube-system")] == ["clusterNetwork"]
    assert resolve(multus)[2].resolution.error == "getNetDelegate: cannot find network: x"


@pytest.mark.parametrize(
    ("release", "first", "second", "refused"),
    [
        pytest.param("4.2.4", "10.0.0.1", "10.0.0.2", True, id="CheckGatewayConfig: two of IPv4"),
        pytest.param("4.2.4", "fe80::1", "fe80::2", True, id="CheckGatewayConfig: two of IPv6"),
        pytest.param("4.2.4", "10.0.0.1", "fe80::1", False, id="one of each"),
        pytest.param("3.8", "10.0.0.1", "10.0.0.2", False, id="v3.8 does not look at the result"),
    ],
)
def test_gateways(release: str, first: str, second: str, refused: bool) -> None:
    networks = ",".join(f'{{"name":"n","default-route":["{ip}"]}}' for ip in (first, second))
    got = resolve(installed(release), f"[{networks}]")
    errors = {network.resolution.error for network in got}
    assert errors == ({"multus does not support ECMP for default-route"} if refused else {""})


@pytest.mark.parametrize(
    ("release", "config"),
    [
        pytest.param("3.3", CONF, id="v3.3 ignores cni-args"),
        pytest.param(
            "3.4",
            '{"args":{"cni":{"a":1}},"cniVersion":"0.3.1","name":"n","type":"macvlan"}',
            id="addCNIArgsInConfig v3.4 writes the config anew",
        ),
    ],
)
def test_cni_args_change_the_config(release: str, config: str) -> None:
    multus = installed(release, mode="thin")
    assert only(resolve(multus, '[{"name":"n","cni-args":{"a":1}}]')).config == config


def test_a_panic_is_told_as_go_prints_it() -> None:
    multus = installed(nads={("prod", "n"): '{"name":"n","plugins":[]}'})
    assert only(resolve(multus, "n")).error == (
        "panic: runtime error: index out of range [0] with length 0"
    )


LOSSY = '{"cniVersion":"1.0.0","name":"n","plugins":[{"ipam":{},"type":"a"}]}'


@pytest.mark.parametrize(
    ("name", "text", "release", "failure"),
    [
        pytest.param("a.conf", '{"name":"n","plugins":[{"type":"x"}]}', "4.0.2", Failure.CONFIG,
                     id="a .conf that holds a list"),
        pytest.param("a.conf", '{"name":"n","type":"x","plugins":[{"type":"y"}]}', "4.2.4", None,
                     id="a .conf with both"),
        pytest.param("a.conflist", '{"name":"n","type":"x"}', "4.0.2", Failure.CONFIG,
                     id="a .conflist that holds one plugin"),
        pytest.param("a.conflist", '{"name":"n","type":"x"}', "4.2.4", Failure.CONFIG,
                     id="a .conflist that holds one plugin, libcni 1.3"),
        pytest.param("a.conflist", LIST, "4.2.4", None, id="a list"),
        pytest.param("a.conflist", LIST.replace('"n"', '"a b"'), "4.2.4", Failure.CONFIG,
                     id="loadSubdirectoryChain v4.2.1 checks the name"),
        pytest.param("a.conflist", LIST.replace('"n"', '"a b"'), "4.1.4", Failure.ADD,
                     id="v4.1.4 leaves that to ADD"),
    ],
)  # fmt: skip
def test_primary_file(name: str, text: str, release: str, failure: Failure | None) -> None:
    path = f"/host/etc/cni/net.d/{name}"
    multus = installed(release, cluster_network=path, paths={path: text})
    assert only(resolve(multus)).failure is failure


@pytest.mark.parametrize(
    ("release", "kept"),
    [
        pytest.param("4.1.4", "", id="v4.1.4 keeps the file"),
        pytest.param("4.2.4", LOSSY, id="v4.2.4 keeps what its structs hold"),
    ],
)
def test_what_is_kept_of_a_list_for_check_and_del(release: str, kept: str) -> None:
    text = LIST.replace('{"type":"a"}', '{"type":"a","kubeconfig":"/k"}')
    multus = installed(release, cluster_network="/x/a.conflist", paths={"/x/a.conflist": text})
    (network,) = resolve(multus)
    assert (network.resolution.config, network.kept) == (text, kept)


def test_a_list_with_a_type_too_is_a_list_by_its_path_from_v4_2_1() -> None:
    text = '{"cniVersion":"0.3.1","name":"n","type":"x","plugins":[{"type":"y"}]}'
    taken = []
    for release in ("4.1.4", "4.2.4"):
        multus = installed(release, cluster_network="/x/a.conflist", paths={"/x/a.conflist": text})
        taken += [n.delegate.is_list for n in resolve(multus) if n.delegate]
    assert taken == [False, True]


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        pytest.param({}, "stat /x/a.conf: no such file or directory", id="os.Stat"),
        pytest.param({"paths": {"/x": CONF}}, "stat /x/a.conf: not a directory", id="below a file"),
        pytest.param(
            {"paths": {"/x/a.conf/b.txt": ""}},
            "getNetDelegate: cannot find network: /x/a.conf",
            id="a directory without configs",
        ),
    ],
)
def test_a_path_that_is_known_not_to_be_there(settings: dict[str, Any], error: str) -> None:
    multus = installed(
        cluster_network="n", default_networks=("/x/a.conf",), all_paths=True, **settings
    )
    got = resolve(multus)[1].resolution
    assert (got.error, got.failure) == (error, Failure.NOT_FOUND)


@pytest.mark.parametrize(
    ("element", "reason"),
    [
        pytest.param(
            '{"name":".."}', "invalid resource name \"..\": [may not be '..']", id="two dots"
        ),
        pytest.param(
            '{"name":"a/b"}', "invalid resource name \"a/b\": [may not contain '/']", id="a slash"
        ),
        pytest.param(
            '{"name":"","namespace":"a/b"}',
            "invalid namespace \"a/b\": [may not contain '/']",
            id="the namespace first",
        ),
    ],
)
def test_names_that_client_go_refuses(element: str, reason: str) -> None:
    got = only(resolve(installed("4.2.4", mode="thin"), f"[{element}]"))
    assert got.error.endswith(reason)
    informed = only(resolve(installed("4.2.4", mode="thick"), f"[{element}]"))
    assert informed.error.endswith("not found")


def test_the_gateways_of_the_default_network_count_too() -> None:
    two = '[{"name":"n","namespace":"prod","default-route":["10.0.0.1","10.0.0.2"]}]'
    got = resolve(installed(), "n", two)
    assert [n.resolution.failure for n in got] == [Failure.DEFAULT_ROUTE, None]
    assert resolve(installed(), None, two)[0].resolution.failure is None


def test_a_network_without_a_name_is_not_asked_for() -> None:
    """rest/request.go of client-go."""
    got = only(resolve(installed(mode="thin"), '[{"name": ""}]'))
    assert got.error.endswith("in namespace (prod): resource name may not be empty")
