"""The init container that installs the binary: which one, where to, and what else it does."""

from __future__ import annotations

import pytest

from migrator.inventory.installer import (
    destination,
    further_installers,
    installer_of,
    other_work,
)

BIN = "/usr/src/multus-cni/bin"
SHIM = f"cp {BIN}/multus-shim /host/opt/cni/bin/multus-shim"


def script(text: str) -> dict[str, object]:
    return {"name": "i", "command": ["sh", "-c", text]}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(["-d", "/host/x"], "/host/x", id="-d X"),
        pytest.param(["-d=/host/x"], "/host/x", id="-d=X"),
        pytest.param(["-d/host/x"], "/host/x", id="-dX"),
        pytest.param(["--dest-dir", "/host/x", "-t", "thin"], "/host/x", id="--dest-dir X"),
        pytest.param(["--dest-dir=/host/x"], "/host/x", id="--dest-dir=X"),
        pytest.param(["-d", "/host/y", "-d", "/host/x"], "/host/x", id="the last one wins"),
        pytest.param(["--type", "thin"], "/host/opt/cni/bin", id="its own default"),
        pytest.param(["-d"], "/host/opt/cni/bin", id="no value"),
    ],
)
def test_where_install_multus_writes(words: list[str], expected: str) -> None:
    found = {"name": "i", "command": ["/install_multus"], "args": words}
    assert destination(found) == expected
    assert other_work(found) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            f"{SHIM} && cp {BIN}/passthru /host/opt/cni/bin/passthru",
            "/host/opt/cni/bin",
            id="as v4.2.1 ships it: the second file is not a directory",
        ),
        pytest.param(
            f"cp {BIN}/multus /host/b/multus; cp /extra/vlan /host/b/vlan", "/host/b", id="a plugin"
        ),
        pytest.param(f"cp -f {BIN}/multus /host/b/", "/host/b/", id="a slash at the end"),
        pytest.param(f"cp {BIN}/* /host/b", "/host/b", id="all of the image's folder"),
        pytest.param(
            f"cp {BIN}/multus /host/b/multus.tmp\nmv /host/b/multus.tmp /host/b/multus",
            "/host/b",
            id="renamed into place",
        ),
        pytest.param("/install.sh multus", "/host/opt/cni/bin", id="not known"),
    ],
)
def test_where_a_script_copies_to(text: str, expected: str) -> None:
    assert destination(script(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(SHIM, id="the copy alone"),
        pytest.param(f"set -ex\n# vlan too?\n{SHIM}\necho done", id="set, echo and comments"),
        pytest.param(f"{SHIM} && cp {BIN}/passthru /host/opt/cni/bin/passthru", id="v4.2.1"),
        pytest.param(f"{SHIM} \\\n && chmod 755 /host/opt/cni/bin/multus-shim", id="chmod"),
        pytest.param(f"mkdir -p /host/opt/multus; {BIN}/install_multus -t thick", id="a folder"),
    ],
)
def test_a_script_that_only_installs_multus(text: str) -> None:
    assert other_work(script(text)) == ()


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        (
            f"{SHIM} && cp /extra/vlan /host/opt/cni/bin/vlan",
            "cp /extra/vlan /host/opt/cni/bin/vlan",
        ),
        (f"modprobe macvlan; {SHIM}", "modprobe macvlan"),
        (f"{SHIM}\nsed -i 's/a/b/' /host/x.conf", "sed -i s/a/b/ /host/x.conf"),
    ],
    ids=["another plugin", "a module", "a file of the node"],
)
def test_what_else_a_script_does(text: str, lost: str) -> None:
    assert other_work(script(text)) == (lost,)


def test_open_quotes_do_not_end_it() -> None:
    assert other_work(script(f"{SHIM}; cp 'open x")) != ()


def test_a_container_that_copies_other_plugins_is_not_the_installer() -> None:
    plugins = script("cp -rf /plugins/* /host/opt/cni/bin/ && echo ready for multus")
    own = {"name": "own", "command": ["/install_multus"]}
    assert installer_of({"initContainers": [{**plugins, "name": "plugins"}, own]}) == "own"
    assert installer_of({"initContainers": [plugins]}) == ""


def test_install_multus_comes_before_a_copy() -> None:
    own = {"name": "own", "command": [f"{BIN}/install_multus", "-t", "thick"]}
    assert installer_of({"initContainers": [script(SHIM), own]}) == "own"


def test_every_other_container_that_installs_it_is_found() -> None:
    pod = {
        "initContainers": [
            {"name": "copy", "command": ["cp", f"{BIN}/multus", "/host/b/"]},
            {"name": "install", "command": ["/install_multus", "--type", "thin"]},
            {"name": "wait", "command": ["sh", "-c", "cp /a /b; sleep 5"]},
        ]
    }
    assert installer_of(pod) == "install"
    assert further_installers(pod) == ("copy",)
