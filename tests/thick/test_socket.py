"""Where the daemon's socket is: nothing that the install reads may lie in a directory that it empties."""

from __future__ import annotations

import pytest

from tests.builders import daemonset, intent

AUTO = "--multus-conf-file=auto"
USUAL = ("/host/run/multus/", None)
OTHER = ("/host/run/multus-daemon/", "/run/multus-daemon/")


def _primary_in(directory: str) -> str:
    return daemonset(
        AUTO,
        "--multus-autoconfig-dir=/host/primary",
        "--cni-conf-dir=/host/etc/cni/net.d",
        mounts="- {name: primary, mountPath: /host/primary}",
        volumes=f"- {{name: primary, hostPath: {{path: {directory}}}}}",
    )


@pytest.mark.parametrize(
    ("install", "to", "socket"),
    [
        pytest.param(daemonset(AUTO), "4.2.4", USUAL, id="nothing lies there"),
        pytest.param(_primary_in("/run/multus/cni/net.d"), "4.2.4", OTHER, id="the primary CNI"),
        pytest.param(_primary_in("/var/run/multus"), "4.1.4", OTHER, id="the directory itself"),
        pytest.param(_primary_in("/run/multus-cni"), "4.2.4", USUAL, id="a neighbour's name"),
        pytest.param(_primary_in("/run/multus/net.d"), "4.0.2", USUAL, id="v4.0.x knows no other"),
        pytest.param(
            daemonset(AUTO, "--readiness-indicator-file=/run/multus/ready"),
            "4.2.4",
            OTHER,
            id="the readiness file",
        ),
        pytest.param(
            daemonset(
                AUTO,
                mounts="- {name: own, mountPath: /plugins}",
                volumes="- {name: own, hostPath: {path: /var/run/multus/plugins}}",
            ),
            "4.2.4",
            OTHER,
            id="a mount of the user's own",
        ),
    ],
)
def test_the_directory_of_the_socket(install: str, to: str, socket: tuple[str, str | None]) -> None:
    (form,) = intent(install, release=to).forms
    assert (form.config["socketDir"], form.config.get("daemonSocketDir")) == socket
