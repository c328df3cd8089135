"""Paths of a manifest that the runbook would hand to root: checked, or told in a sentence."""

from __future__ import annotations

import re

import pytest

from migrator.multus.nodefile import is_cni_directory, may_go
from migrator.report.runbook import render
from tests import builders
from tests.report.test_runbook import ROLE, migration, shell, thin_v4

NET_D = "/etc/cni/net.d"
BY_HAND = ". Look at these paths yourself**"


def _copying(config_file: str, directory: str = NET_D) -> str:
    """A runbook for thin mode that copies ``config_file`` into ``directory`` of the host."""
    daemonset = builders.with_hand_written('{"type": "multus"}')
    for old, new in (
        ("70-multus.conf", config_file),
        ("path: /etc/cni/net.d", f"path: {directory}"),
    ):
        assert old in daemonset
        daemonset = daemonset.replace(old, new)
    return render(migration(daemonset, ROLE))


def _touched(text: str) -> str:
    return "\n".join(re.findall(r"^.*\b(?:rm|mv)\b.*$", shell(text), re.M))


@pytest.mark.parametrize(
    ("config_file", "directory"),
    [
        pytest.param("passwd", "/etc", id="a file of the system"),
        pytest.param("resolv.conf", "/etc", id="a config that is not CNI's"),
        pytest.param("passwd", NET_D, id="no config by its name"),
        pytest.param("a$(reboot).conf", NET_D, id="a substitution"),
        pytest.param("7*.conf", NET_D, id="a glob"),
        pytest.param("7 0.conf", NET_D, id="a blank"),
        pytest.param("70.conf", '"/etc/cni/net.d --checkpoint-action=exec=x"', id="an option of tar"),
        pytest.param("70.conf", '"/etc/cni/a\\nrm -rf /x"', id="a line of its own"),
    ],
)  # fmt: skip
def test_it_is_a_sentence_and_no_command(config_file: str, directory: str) -> None:
    text = _copying(config_file, directory)
    assert BY_HAND in text
    for command in _touched(text).splitlines():
        words = command.split()
        assert not any(w.endswith(config_file.split()[-1]) for w in words), command
        assert "/x" not in command
    assert "checkpoint" not in shell(text)
    assert "rm -rf" not in shell(text)


def test_the_config_that_thin_mode_copies_is_removed_as_ever() -> None:
    text = _copying("70-multus.conf")
    assert f"rm -f {NET_D}/70-multus.conf" in shell(text)
    assert BY_HAND not in text


def test_renamed_files_get_their_names_back_in_a_directory_of_cni_alone() -> None:
    renaming = builders.v3("--multus-conf-file=auto", "--rename-conf-file=true")
    assert f"{NET_D}/*.old; do mv" in shell(render(migration(renaming, ROLE)))
    text = render(migration(renaming.replace("path: /etc/cni/net.d", "path: /etc"), ROLE))
    assert "do mv" not in shell(text)
    assert "`/etc/*.old`" in text


def test_a_bin_directory_that_is_no_plain_path_is_in_no_command() -> None:
    text = render(
        migration(thin_v4().replace("path: /opt/cni/bin", 'path: "/opt/cni bin/x"'), ROLE)
    )
    assert "/opt/cni bin" not in shell(text)
    assert "`/opt/cni bin/x`" in text


@pytest.mark.parametrize(
    ("path", "directory", "expected"),
    [
        ("/etc/cni/net.d/70-multus.conf", NET_D, True),
        ("/etc/cni/net.d/sub/x.json", NET_D, True),
        ("/usr/local/bin/multus-shim", "/usr/local/bin", True),
        ("/host/etc/cni/net.d/multus.d/multus.kubeconfig", "/host/etc/cni/net.d", True),
        ("/etc/cni/net.d/../x.conf", NET_D, False),
        ("/etc/cni/net.d", NET_D, False),
        ("/etc/cni/net.d2/x.conf", NET_D, False),
        ("/etc/shadow", "/etc", False),
        ("/etc/nsswitch.conf", "/etc", False),
        ("/etc/x.conf", "/", False),
        ("etc/cni/net.d/x.conf", NET_D, False),
        ("/etc/cni/net.d/-rf.conf", NET_D, False),
        ("/etc/cni/net.d/x.conf\n", NET_D, False),
    ],
)
def test_what_may_go(path: str, directory: str, expected: bool) -> None:
    assert may_go(path, (directory,)) is expected


@pytest.mark.parametrize(
    ("directory", "expected"),
    [
        ("/etc/cni/net.d", True),
        ("/var/lib/rancher/k3s/agent/etc/cni/net.d", True),
        ("/var/snap/microk8s/current/args/cni-network", True),
        ("/opt/acme/net.d", True),
        ("/run/multus-x", True),
        ("/etc", False),
        ("/", False),
        ("/etc/cnidarian", False),
        ("/etc/sysctl.d", False),
        ("$SNAP_DATA/args/cni-network", False),
    ],
)
def test_a_directory_of_cni(directory: str, expected: bool) -> None:
    assert is_cni_directory(directory) is expected
