"""Which files of a node may stand in a command, and what is said of the others."""

from __future__ import annotations

import pytest

from migrator.multus import nodefile

NET_D = "/etc/cni/net.d"


@pytest.mark.parametrize(
    "path",
    [
        f"{NET_D}/00-multus.conf",
        f"{NET_D}/00-multus.conflist",
        f"{NET_D}/00-multus.conf.cilium_bak",
        f"{NET_D}/multus.kubeconfig",
        f"{NET_D}/10-calico.conflist.old",
        f"{NET_D}/a.json",
        f"{NET_D}/multus.d/multus.kubeconfig",
    ],
)
def test_configs_and_what_multus_calls_its_own_may_go(path: str) -> None:
    assert nodefile.removal(path, ["/elsewhere", NET_D]) == f"rm {path}"


@pytest.mark.parametrize(
    ("path", "directory"),
    [
        (f"{NET_D}/passwd", NET_D),
        ("/etc/passwd.conf", NET_D),
        (f"{NET_D}/../passwd.conf", NET_D),
        (f"{NET_D}/a b.conf", NET_D),
        (NET_D, NET_D),
        ("/etc/app/a.conf", "/etc/app"),
        ("/etc/app/00-multus.conf", "etc/app"),
        ("/etc/app/00-multus.conf", "/etc/app/.."),
        ("etc/cni/net.d/a.conf", NET_D),
    ],
)
def test_what_may_not_go_is_told(path: str, directory: str) -> None:
    assert nodefile.removal(path, [directory]) == ""
    assert nodefile.restoring(path, [directory]) == ""
    assert nodefile.remove(path, [directory]).startswith(f"look at {path}, and remove it (by hand")
    said = nodefile.restore(path, [directory])
    assert said.startswith(f"take .old off the name of {path} (by hand")


def test_multus_goes_from_any_directory_of_an_install() -> None:
    assert nodefile.removal("/etc/app/00-multus.conf", ["/etc/app"]) == "rm /etc/app/00-multus.conf"


def test_a_renamed_file_gets_its_name_back() -> None:
    path = f"{NET_D}/10-calico.conflist"
    assert nodefile.restore(f"{path}.old", [NET_D]) == f"mv {path}.old {path}"


@pytest.mark.parametrize(
    ("directory", "is_one"),
    [
        (NET_D, True),
        ("/etc/cni/multus/net.d", True),
        ("/opt/cni/bin", True),
        ("/var/lib/rancher/k3s/agent/etc/cni/net.d", True),
        ("/home/my-cni/conf", True),
        ("/srv/net.d", True),
        ("/srv/net.d.old", False),
        ("/srv/acnib", False),
        ("/etc", False),
        ("/etc/cni/", False),
        ("etc/cni", False),
    ],
)
def test_a_directory_of_cni_is_known_or_says_so(directory: str, is_one: bool) -> None:
    assert nodefile.is_cni_directory(directory) is is_one
