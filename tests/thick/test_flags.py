"""What is said of each flag, whole: what becomes of it, of which pitfall, and who has to act."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.thick.entry import Entry
from tests.builders import UNKNOWN

from .test_translate import entry, thin

AUTO = "--multus-conf-file=auto"


def told(found: Entry) -> tuple[str, str, bool]:
    assert found.kind == "flag"
    return found.outcome, found.pitfall, found.manual


@pytest.mark.parametrize(
    ("kind", "flag", "expected", "detail"),
    [
        ("pflag", AUTO, ("renamed", "", False), ""),
        ("pflag", "--cni-conf-dir=/host/etc/cni/net.d", ("renamed", "", False),
         "cniConfigDir: /host/etc/cni/net.d"),
        ("pflag", "--multus-autoconfig-dir=/host/etc/cni/net.d", ("renamed", "", False),
         "multusAutoconfigDir: /host/etc/cni/net.d"),
        ("pflag", "--cni-bin-dir=/host/opt/cni/bin", ("moved", "", False), "/opt/cni/bin is still"),
        ("pflag", "--cni-version=0.4.0", ("renamed", "", False), "0.4.0"),
        ("pflag", "--multus-master-cni-file-name=05-x.conf", ("renamed", "P04", False),
         "multusMasterCNI: 05-x.conf"),
        ("pflag", "--additional-bin-dir=/srv/cni/", ("renamed", "", False), "binDir: /srv/cni; "),
        ("pflag", "--additional-bin-dir=", ("dropped", "", False), "empty"),
        ("pflag", "--multus-log-level=DEBUG", ("renamed", "", False), 'logLevel: "debug"'),
        ("pflag", "--multus-log-level=info", ("dropped", "", False), "info is not a log level"),
        ("pflag", "--multus-log-level=", ("dropped", "", False), "empty"),
        ("pflag", "--multus-cni-conf-dir=/host/etc/cni/multus/net.d", ("dropped", "", False), ""),
        ("pflag", "--multus-cni-conf-dir=/x", ("dropped", "P01", False), ""),
        ("shell", "--rename-conf-file=true", ("dropped", "P04", True), ""),
        ("shell", "--rename-conf-file=false", ("dropped", "", False), "false, which is the default"),
        ("shell", "--skip-multus-binary-copy=true", ("dropped", "P25", False), ""),
        ("shell", "--skip-multus-binary-copy=false", ("dropped", "", False), "false, which"),
        ("pflag", "--force-cni-version", ("dropped", "", False), "forceCNIVersion"),
        ("pflag", "--force-cni-version=false", ("dropped", "", False), "false, which"),
        ("pflag", "--namespace-isolation", ("renamed", "", False), "namespaceIsolation: true"),
        ("pflag", "--namespace-isolation=yes", ("unknown", "", True), "'yes' is not a boolean"),
        ("goflag", "-multus-log-max-age=x", ("unknown", "", True), "'x' is not a number"),
        ("goflag", "-multus-log-max-age=1234567890", ("unknown", "", True), "is not a number"),
        ("goflag", "-multus-log-max-age=123456789", ("renamed", "", False),
         "logOptions.maxAge: 123456789 in"),
        ("pflag", "--readiness-indicator-file=/run/x", ("moved", "", False),
         'readinessindicatorfile: "/host/run/x"'),
        ("pflag", "--readiness-indicator-file=${FILE}", ("unknown", "", True), "${FILE}"),
        ("pflag", "--multus-log-file=/var/log/m/x.log", ("renamed", "P17", False), "logFile"),
        ("pflag", "--multus-log-file=${LOG}", ("unknown", "", True), "${LOG}"),
        ("pflag", "--global-namespaces=a", ("renamed", "P20", False), 'globalNamespaces: "a"'),
        ("pflag", "--global-namespaces=a, default", ("renamed", "", False), "globalNamespaces"),
        ("pflag", "--global-namespaces=${NAMES}", ("renamed", "", False), "globalNamespaces"),
        ("pflag", "--global-namespaces=", ("dropped", "", False), "empty"),
        ("pflag", "--skip-tls-verify", ("dropped", "", False), "service account"),
        ("pflag", "--no-such", ("unknown", "", True), "no entrypoint of Multus"),
    ],
)  # fmt: skip
def test_what_is_said_of_a_flag(
    kind: str, flag: str, expected: tuple[str, str, bool], detail: str
) -> None:
    found = entry(thin(kind, flag), flag)
    assert told(found) == expected
    assert detail in found.detail
    assert bool(found.warning) is bool(found.pitfall)


def test_only_the_master_s_flag_names_the_primary() -> None:
    flags = ("--multus-master-cni-file-name=05-x.conf", "--namespace-isolation")
    translation = thin("pflag", AUTO, *flags)
    assert [entry(translation, flag).primary for flag in flags] == ["05-x.conf", None]


@pytest.mark.parametrize(
    ("kind", "flag", "keys"),
    [
        ("pflag", "--additional-bin-dir=/srv/cni/", {"binDir": "/srv/cni"}),
        ("pflag", "--namespace-isolation=false", {"namespaceIsolation": False}),
        ("goflag", "-multus-log-max-age=123456789", {"logOptions": {"maxAge": 123456789}}),
    ],
)
def test_the_keys_of_a_flag(kind: str, flag: str, keys: dict[str, Any]) -> None:
    without, found = thin(kind, primary=UNKNOWN).keys, thin(kind, flag, primary=UNKNOWN).keys
    assert {key: value for key, value in found.items() if without.get(key) != value} == keys


def test_of_a_flag_that_is_given_twice_the_first_is_dropped() -> None:
    first, second = "--multus-log-level=debug", "--multus-log-level=error"
    translation = thin("pflag", first, second)
    assert told(entry(translation, first)) == ("dropped", "", False)
    assert f"the last one counts: {second}" in entry(translation, first).detail
    assert told(entry(translation, second)) == ("renamed", "", False)
    assert translation.keys["logLevel"] == "error"


def test_an_unknown_flag_that_is_given_twice_is_unknown_twice() -> None:
    translation = thin("pflag", "--no-such=1", "--no-such=2")
    assert [told(entry(translation, f"--no-such={n}"))[0] for n in "12"] == ["unknown"] * 2
