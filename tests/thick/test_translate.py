"""Every thin flag becomes the right key of daemon-config.json, or is dropped with a reason."""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.model.inventory import HostPaths
from migrator.model.release import parse
from migrator.multus.primary import Primary
from migrator.thick.entry import Entry, container_path
from migrator.thick.form import thick
from migrator.thick.translate import Translation, translate
from tests.builders import UNKNOWN, daemonset, hand_written, install, target, v3, with_hand_written

CALICO = Primary(
    file="10-calico.conflist",
    cni_version="0.3.1",
    name="k8s-pod-network",
    by_node={"": "10-calico.conflist"},
    candidates=("10-calico.conflist",),
)
PREVIEW = (
    "[/usr/src/multus-cni/bin/multus-daemon]",
    "ghcr.io/k8snetworkplumbingwg/multus-cni:v3.9.3-thick-amd64",
)


def thin(kind: str, *args: str, primary: Primary = CALICO, release: str = "4.2.4") -> Translation:
    """The translation of an install that runs the v3 shell, v4's thin_entrypoint, or v3.9's
    thick-plugin preview with these args."""
    if kind == "goflag":
        command, image = PREVIEW
        manifest = daemonset("-cni-version=0.3.1", *args, command=command, image=image)
    elif kind == "shell":
        file = (
            () if any("multus-conf-file" in arg for arg in args) else ("--multus-conf-file=auto",)
        )
        manifest = v3(*file, *args)
    else:
        manifest = daemonset(*args)
    return translate(install(manifest), parse(release), primary)


def entry(translation: Translation, name: str) -> Entry:
    (found,) = [e for e in translation.entries if e.name == name]
    return found


@pytest.mark.parametrize(
    ("kind", "flag", "expected"),
    [
        ("pflag", "--multus-log-level=debug", {"logLevel": "debug"}),
        ("pflag", "--multus-log-level=Verbose", {"logLevel": "verbose"}),
        ("pflag", "--multus-log-level=Info", {}),
        ("shell", "--multus-log-level=${LEVEL}", {"logLevel": "${LEVEL}"}),
        ("pflag", "--multus-log-file=/var/log/multus.log", {"logFile": "/var/log/multus.log"}),
        ("pflag", "--multus-log-to-stderr=false", {"logToStderr": False}),
        ("shell", "--multus-log-to-stderr=no", {"logToStderr": True}),
        ("shell", "--multus-log-to-stderr=false", {"logToStderr": False}),
        ("pflag", "--namespace-isolation", {"namespaceIsolation": True}),
        ("shell", "--namespace-isolation", {"namespaceIsolation": False}),
        ("shell", "--namespace-isolation=true", {"namespaceIsolation": True}),
        ("shell", "--namespace-isolation=True", {"namespaceIsolation": False}),
        ("pflag", "--namespace-isolation=T", {"namespaceIsolation": True}),
        ("pflag", "--global-namespaces=default,infra", {"globalNamespaces": "default,infra"}),
        ("pflag", "--override-network-name", {"overrideNetworkName": True}),
        ("shell", "--cni-version=0.4.0", {"cniVersion": "0.4.0"}),
        ("goflag", "-cni-version=0.3.1", {"cniVersion": "0.3.1"}),
        ("pflag", "--multus-master-cni-file-name=05-x.conf", {"multusMasterCNI": "05-x.conf"}),
        ("goflag", "-multus-master-cni-file=05-x.conf", {"multusMasterCNI": "05-x.conf"}),
        ("pflag", "--additional-bin-dir=/opt/plugins/", {"binDir": "/opt/plugins"}),
        (
            "pflag",
            "--readiness-indicator-file=/etc/cni/net.d/10-calico.conflist",
            {"readinessindicatorfile": "/host/etc/cni/net.d/10-calico.conflist"},
        ),
        ("goflag", "-multus-log-max-size=50", {"logOptions": {"maxSize": 50}}),
        ("goflag", "-multus-log-max-age=3", {"logOptions": {"maxAge": 3}}),
        ("goflag", "-multus-log-max-backups=2", {"logOptions": {"maxBackups": 2}}),
        ("goflag", "-multus-log-compress=false", {"logOptions": {"compress": False}}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_flag_becomes_a_key(kind: str, flag: str, expected: dict[str, Any]) -> None:
    keys = thin(kind, flag, primary=UNKNOWN).keys
    assert {name: keys[name] for name in expected} == expected


DROPPED = [
    ("pflag", "--multus-kubeconfig-file-host=/etc/cni/net.d/multus.d/multus.kubeconfig"),
    ("shell", "--multus-bin-file=/usr/src/multus-cni/bin/multus"),
    ("shell", "--skip-multus-binary-copy=true"),
    ("shell", "--skip-multus-binary-copy=false"),
    ("pflag", "--multus-cni-conf-dir=/host/etc/cni/multus/net.d"),
    ("pflag", "--cleanup-config-on-exit=true"),
    ("shell", "--rename-conf-file=true"),
    ("shell", "--rename-conf-file=false"),
    ("shell", "--restart-crio=true"),
    ("pflag", "--skip-config-watch"),
    ("pflag", "--skip-tls-verify"),
    ("pflag", "--force-cni-version"),
    ("pflag", "--global-namespaces="),
    ("pflag", "--cni-version="),
    ("pflag", "--multus-master-cni-file-name="),
    ("pflag", "--additional-bin-dir="),
    ("pflag", "--readiness-indicator-file="),
    ("pflag", "--help"),
    ("goflag", "-version"),
]


@pytest.mark.parametrize(("kind", "flag"), DROPPED, ids=[f"{k} {f}" for k, f in DROPPED])
def test_a_flag_without_a_thick_meaning_is_dropped_with_a_reason(kind: str, flag: str) -> None:
    without, translation = thin(kind), thin(kind, flag)
    assert translation.keys == without.keys
    assert entry(translation, flag).outcome == "dropped"
    assert entry(translation, flag).detail


@pytest.mark.parametrize(
    ("kind", "flag"),
    [
        ("pflag", "--no-such-flag=1"),
        ("shell", "stray"),
        ("goflag", "-multus-log-max-size=big"),
        ("pflag", "--namespace-isolation=yes"),
    ],
    ids=["no release has it", "no flag", "no number", "no boolean: v4 would not start"],
)
def test_what_is_not_understood_is_unknown_and_needs_a_person(kind: str, flag: str) -> None:
    found = entry(thin(kind, flag), flag)
    assert (found.outcome, found.manual) == ("unknown", True)


@pytest.mark.parametrize(
    ("kind", "flag", "pitfall", "manual"),
    [
        ("pflag", "--global-namespaces=infra", "P20", False),
        ("pflag", "--multus-log-file=/var/log/multus.log", "P17", False),
        ("pflag", "--multus-master-cni-file-name=05-x.conf", "P04", False),
        ("shell", "--rename-conf-file=true", "P04", True),
        ("shell", "--skip-multus-binary-copy=true", "P25", False),
        ("pflag", "--multus-cni-conf-dir=/host/elsewhere", "P01", False),
        ("shell", "--multus-conf-file=/etc/own.conf", "P02", True),
    ],
)
def test_what_a_person_should_know_of_a_flag(
    kind: str, flag: str, pitfall: str, manual: bool
) -> None:
    found = entry(thin(kind, flag), flag)
    assert (found.pitfall, found.manual) == (pitfall, manual)
    assert found.warning


@pytest.mark.parametrize(
    ("kind", "flag"),
    [
        ("pflag", "--global-namespaces=infra,default"),
        ("shell", "--multus-master-cni-file-name=05-x.conf"),
        ("shell", "--rename-conf-file=false"),
        ("shell", "--skip-multus-binary-copy=false"),
        ("pflag", "--multus-cni-conf-dir=/host/etc/cni/multus/net.d/"),
        ("pflag", "--multus-log-level=debug"),
        ("pflag", "--multus-conf-file=auto"),
    ],
)
def test_what_needs_no_word_has_no_warning(kind: str, flag: str) -> None:
    assert not entry(thin(kind, flag), flag).warning


def test_every_flag_gives_one_entry_that_is_never_silent() -> None:
    args = ("--multus-conf-file=auto", "--cni-conf-dir=/host/etc/cni/net.d", "--cni-version=0.3.1")
    translation = thin("pflag", *args)
    assert [e.name for e in translation.entries if e.kind == "flag"] == list(args)
    assert all(e.detail for e in translation.entries)


def test_the_last_value_of_a_flag_wins() -> None:
    translation = thin("pflag", "--multus-log-level=debug", "--multus-log-level=error")
    assert translation.keys["logLevel"] == "error"


def test_flags_of_the_generated_config_do_nothing_beside_a_file() -> None:
    flag = "--namespace-isolation=true"
    translation = thin("shell", "--multus-conf-file=/etc/own.conf", flag)
    assert "namespaceIsolation" not in translation.keys
    assert entry(translation, flag).outcome == "dropped"


def test_the_config_in_the_image_of_v3_is_said_to_be_unknown() -> None:
    translation = translate(install(v3()), parse("4.2.4"), CALICO)
    found = entry(translation, "/usr/src/multus-cni/images/70-multus.conf")
    assert (found.outcome, found.pitfall, found.manual) == ("unknown", "P02", True)


@pytest.mark.parametrize(
    ("stated", "of_primary", "release", "expected", "pitfall"),
    [
        pytest.param("0.3.1", "", "4.2.4", "0.3.1", "", id="stated"),
        pytest.param("1.0.0", "0.4.0", "4.2.4", "1.0.0", "", id="stated, over a newer primary"),
        pytest.param("", "1.0.0", "4.2.4", "1.0.0", "", id="the primary's own"),
        pytest.param("", "", "4.2.4", "0.3.1", "P12", id="nothing is known: as upstream ships it"),
        pytest.param("0.4.0", "0.3.1", "4.2.4", "0.3.1", "P12", id="lowered to an old primary"),
        pytest.param("0.3.1", "0.2.0", "4.2.4", "0.3.1", "", id="below 0.4.0 nothing is compared"),
        pytest.param("1.1.0", "", "4.2.4", "1.0.0", "P13", id="1.1.0 stated before v4.3.0"),
        pytest.param("", "1.1.0", "4.2.4", "1.0.0", "P13", id="1.1.0 of the primary before v4.3.0"),
        pytest.param("", "1.1.0", "4.3.0", "1.1.0", "", id="1.1.0 from v4.3.0 on"),
    ],
)
def test_cni_version(
    stated: str, of_primary: str, release: str, expected: str, pitfall: str
) -> None:
    primary = Primary(
        file="10-x.conf", cni_version=of_primary, name="x", by_node={}, candidates=("10-x.conf",)
    )
    args = ("--multus-conf-file=auto", *([f"--cni-version={stated}"] if stated else []))
    translation = thin("shell", *args, primary=primary, release=release)
    assert translation.keys["cniVersion"] == expected
    assert [e.pitfall for e in translation.entries if e.pitfall] == [pitfall] * bool(pitfall)


def test_the_primary_is_pinned_where_it_is_known() -> None:
    assert thin("pflag").keys["multusMasterCNI"] == "10-calico.conflist"


def test_an_unknown_primary_is_not_pinned_but_said() -> None:
    translation = thin("pflag", primary=UNKNOWN)
    assert "multusMasterCNI" not in translation.keys
    assert entry(translation, "multusMasterCNI").pitfall == "P04"


@pytest.mark.parametrize(
    ("args", "bin_dirs", "bin_dir"),
    [
        pytest.param((), ("/opt/cni/bin",), None, id="the default is not said"),
        pytest.param(
            ("--additional-bin-dir=/opt/cni/bin/",), ("/opt/cni/bin",), "/opt/cni/bin", id="same"
        ),
        pytest.param(
            ("--additional-bin-dir=/srv/cni",), ("/opt/cni/bin", "/srv/cni"), "/srv/cni", id="two"
        ),
    ],
)
def test_directories_of_plugins(
    args: tuple[str, ...], bin_dirs: tuple[str, ...], bin_dir: str | None
) -> None:
    translation = thin("pflag", *args)
    assert translation.bin_dirs == bin_dirs
    assert translation.keys.get("binDir") == bin_dir


def test_a_bin_dir_elsewhere_becomes_bin_dir() -> None:
    crio = daemonset(
        "--cni-bin-dir=/host/usr/libexec/cni",
        mounts="- {name: libexec, mountPath: /host/usr/libexec/cni}",
        volumes="- {name: libexec, hostPath: {path: /usr/libexec/cni}}",
    )
    translation = translate(install(crio), parse("4.2.4"), CALICO)
    assert translation.keys["binDir"] == "/usr/libexec/cni"
    assert translation.bin_dirs == ("/usr/libexec/cni",)


@pytest.mark.parametrize("directory", ["/var/log/m", "/run/multus-logs", "/var/run/logs"])
def test_the_directory_of_the_log_file_is_mounted(directory: str) -> None:
    assert thin("pflag", f"--multus-log-file={directory}/x.log").host_dirs == (directory,)


K3S = HostPaths(
    cni_conf_dir="/var/lib/rancher/k3s/agent/etc/cni/net.d",
    cni_conf_mount="/host/etc/cni/net.d",
    autoconfig_dir="/etc/cni",
    autoconfig_mount="/host/other",
    bin_dir="/var/lib/rancher/k3s/data/cni",
    bin_mount="/host/opt/cni/bin",
    conf_dir="/etc/cni/multus/net.d",
)


@pytest.mark.parametrize(
    ("host", "inside"),
    [
        ("/var/lib/rancher/k3s/agent/etc/cni/net.d/05.conf", "/host/etc/cni/net.d/05.conf"),
        ("/var/lib/rancher/k3s/agent/etc/cni/net.d", "/host/etc/cni/net.d"),
        ("/var/lib/rancher/k3s/agent/etc/cni/net.d2/x", "/hostroot/var/lib/rancher/k3s/agent/etc/cni/net.d2/x"),
        ("/etc/cni/x.conf", "/host/other/x.conf"),
        ("/run/flannel/subnet.env", "/host/run/flannel/subnet.env"),
        ("/var/run/flannel/subnet.env", "/host/run/flannel/subnet.env"),
        ("/runner/x", "/hostroot/runner/x"),
        ("/srv/ready", "/hostroot/srv/ready"),
    ],
    ids=[
        "in the CNI directory",
        "the directory itself",
        "a longer name is another directory",
        "in the autoconfig directory",
        "/run",
        "/var/run is /run",
        "a longer name than /run",
        "else below /hostroot",
    ],
)  # fmt: skip
def test_where_the_daemon_sees_a_host_path(host: str, inside: str) -> None:
    assert container_path(host, K3S) == inside


@pytest.mark.parametrize(
    "path",
    [
        *("/multus.log", "/var/multus.log", "/etc/multus/multus.log"),
        # /var/run is a link to /run: mounted there it hides the mounts of /run/netns and others
        *("/run/multus.log", "/var/run/multus.log", "/var/run//multus.log"),
        # the daemon empties its socket's directory when it starts
        *("/run/multus/multus.log", "/var/run/multus/log/multus.log"),
    ],
)
def test_a_log_file_in_a_system_directory_is_not_mounted(path: str) -> None:
    """Its directory would be mounted over the container's own."""
    got = translate(
        install(daemonset("--multus-conf-file=auto", f"--multus-log-file={path}")),
        parse("4.2.4"),
        UNKNOWN,
    )
    assert "logFile" not in got.keys
    assert got.host_dirs == ()
    assert any(e.outcome == "dropped" and "system directory" in e.warning for e in got.entries)


@pytest.mark.parametrize(
    ("cluster", "pinned"),
    [
        ("/etc/cni/net.d/20-second.conflist", "20-second.conflist"),
        ("/etc/cni/net.d/20-second.conf", "20-second.conf"),
        ("/etc/cni/net.d", "10-calico.conflist"),
        ("/etc/cni/net.d/sub/20-second.conf", "10-calico.conflist"),
        ("some-nad", "10-calico.conflist"),
    ],
    ids=["a file", "a plain file", "a directory", "a file elsewhere", "a NAD"],
)
def test_the_primary_is_pinned_beside_cluster_network(cluster: str, pinned: str) -> None:
    """Auto mode needs a primary's file all the same, and would take the first one (P03)."""
    hand = install(with_hand_written(json.dumps({"clusterNetwork": cluster})))
    assert translate(hand, parse("4.2.4"), CALICO).keys["multusMasterCNI"] == pinned


@pytest.mark.parametrize(
    ("value", "to", "outcome"),
    [
        ("/etc/cni/net.d/multus.d/70-multus.conf", "4.2.4", "unknown"),
        ("/etc/cni/net.d/multus.d/70-multus.conf", "4.0.2", "kept"),
        ("auto", "4.2.4", "kept"),
        ("", "4.2.4", "kept"),
    ],
)
def test_the_config_file_of_a_thick_install_is_not_lost_without_a_word(
    value: str, to: str, outcome: str
) -> None:
    """v4.0.x copies it to the node; v4.1.0 and later end with it (P02)."""
    mount = "- {name: c, mountPath: /etc/cni/net.d/multus.d}"
    config = json.dumps({"multusConfigFile": value, "cniVersion": "0.3.1"})
    text = daemonset(
        command=PREVIEW[0],
        image="ghcr.io/k8snetworkplumbingwg/multus-cni:v4.0.2-thick",
        mounts=mount,
        volumes="- {name: c, configMap: {name: multus-daemon-config}}",
    )
    config_map = hand_written(config, name="multus-daemon-config")
    daemon = install(text, config_map.replace("cni-conf.json", "daemon-config.json"))
    found = entry(translate(daemon, parse(to), CALICO), "multusConfigFile")
    config_file = thick(daemon, (), target(to), "multus-daemon-config").config["multusConfigFile"]
    assert config_file == (value if to == "4.0.2" else "auto")
    assert (found.outcome, found.manual) == (outcome, outcome == "unknown")
