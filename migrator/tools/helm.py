"""The real helm: finding it, and rendering a chart that nobody trusts with it (ruling 10).

helm renders a copy of the chart (``charts.py``) in an environment without anything of the user's: no
plugins, registries, repositories, clusters or proxies, and so without a way to fetch anything. Of
the cluster it knows what the command line says. What helm 3.9 to 4.3 do with such charts was tried.
"""

from __future__ import annotations

import contextlib
import os
import re
import struct
import time
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from msgspec import Struct

from migrator.model.errors import EnvironmentProblem, MigratorError
from migrator.tools import bounds, process, programs
from migrator.tools.charts import ChartCopy, reads_clock
from migrator.tools.copies import temporary
from migrator.tools.kustomize import fetching, telling_line

KUBE_VERSION: Final = "1.34.0"
"""The Kubernetes that charts are rendered for where nobody says which: helm's own default is 1.20 in
some releases and the newest in others, and app-template needs 1.28."""

_VERSION_SECONDS: Final = 20.0
_VERSION: Final = re.compile(r"v(\d+)\.(\d+)\.(\d+)[\w.-]*")
_OLDEST: Final = (3, 11, 1)
"""Before it, a chart could have host names looked up (CVE-2023-25165; seen in 3.9.4)."""
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
_KUBE: Final = re.compile(r"v?\d[\w.+-]*")
_NOWHERE: Final = "http://127.0.0.1:9"
_KEPT: Final = ("PATH", "SYSTEMROOT")
_HOMES: Final = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "TMPDIR", "TEMP", "TMP")
_ZONES: Final = (-23, 23)
"""Hours from UTC, of the two runs: no day is the same in both. Go takes no JSON of a time in a zone of a day
or more (time.Time.MarshalJSON)."""
_DEBUG: Final = "Use --debug flag to render out invalid YAML"
_MISSING: Final = "found in Chart.yaml, but missing in charts/ directory"


class Helm(Struct, frozen=True, kw_only=True):
    """The program: ``path`` is absolute, ``version`` such as v3.17.3."""

    path: str
    version: str

    def __str__(self) -> str:
        return f"helm {self.version}"


class Template(Struct, frozen=True, kw_only=True):
    """What is rendered: ``chart`` is a folder that holds Chart.yaml, or a packed chart (.tgz).

    ``values`` are YAML texts, the one that wins last. ``crds`` says whether what is in `crds/` is rendered
    too. The chart's path is followed if it is a link: who asks says where charts may lie.
    """

    chart: Path
    release: str
    namespace: str
    values: tuple[str, ...] = ()
    kube_version: str = KUBE_VERSION
    crds: bool = True


def find_helm() -> Helm | None:
    """helm on PATH, else among the scripts of this environment of Python, which need not be active.

    Errors: MigratorError where the program is there but does not run, or is too old.
    """
    path = next(programs.found("helm"), None)
    return Helm(path=path, version=_version_of(path)) if path else None


@cache
def _version_of(path: str) -> str:
    with _room("run helm in") as folder:
        out = _run([path, "version", "--short"], "helm version", folder, _VERSION_SECONDS)
    match = _VERSION.search(out)
    if match is None:
        raise EnvironmentProblem("helm does not print its version", hint=f"is {path} helm?")
    if tuple(map(int, match.groups())) < _OLDEST:
        hint = "install 3.11.1 or newer: with an older one, charts have host names looked up"
        raise EnvironmentProblem(f"helm {match[0]} is too old to render charts", hint=hint)
    return match[0]


def template(helm: Helm, wanted: Template) -> tuple[str, str]:
    """The chart, rendered twice: where the two texts differ, the chart reads a clock or draws lots.

    Hooks are left out, and what is in `crds/` comes first. Errors: MigratorError, one line, with helm's
    own complaint, or what of the chart is refused; EnvironmentProblem where there is no room for
    the copy.
    """
    _check(wanted)
    values = [
        text.encode("utf-8", "surrogatepass") for text in wanted.values
    ]  # helm refuses half a pair
    with _room("render a chart in") as folder:
        copy = ChartCopy(wanted.chart)
        try:
            chart = copy.into(folder)
            files = [_file(folder, f"values-{n}.yaml", data) for n, data in enumerate(values, 1)]
            early, late = (_file(folder, f"zone{hours:+}", _zone(hours)) for hours in _ZONES)
        except OSError as error:
            message = f"{wanted.chart} cannot be copied to render it: {error.strerror or error}"
            raise EnvironmentProblem(message) from error
        words = [
            *(
                "template",
                *(("--include-crds",) if wanted.crds else ("--skip-crds",)),
                "--no-hooks",
            ),
            f"--kube-version={wanted.kube_version}",
            *(f"--namespace={wanted.namespace}", *(f"--values={_quoted(path)}" for path in files)),
        ]
        command = [helm.path, *words, "--", wanted.release, str(chart)]
        first = _render(command, wanted, folder, early)
        if copy.reads_clock or any(map(reads_clock, values)):
            time.sleep(1 - time.time() % 1)  # the two have not even their seconds in common
        return first, _render(command, wanted, folder, late)


@contextlib.contextmanager
def pulled(helm: Helm, chart: str, repository: str, version: str) -> Iterator[Path]:
    """A packed chart for the time of a block, downloaded: ``chart`` is its name in ``repository`` (an
    https URL), or itself an oci URL where ``repository`` is "". The newest where ``version`` is "".

    Errors: MigratorError with helm's complaint, and for another kind of URL.
    """
    if not (repository.startswith("https://") or (not repository and chart.startswith("oci://"))):
        raise MigratorError(f"{repository or chart} is neither an https nor an oci URL")
    options = [f"--repo={repository}"] if repository else []
    options += [f"--version={version}"] if version else []
    with _room("download a chart to") as folder:
        (folder / "got").mkdir()
        words = ["pull", *options, f"--destination={folder / 'got'}", "--", chart]
        called = f"helm pull {chart}"
        environment = {**_environment(folder), **fetching()}
        environment |= {name: fetching().get(name, "") for name in ("HTTPS_PROXY", "https_proxy")}
        done = process.run(
            [helm.path, *words],
            called=called,
            environment=environment,
            seconds=bounds.BUILD_TIME.value(),
        )
        found = sorted((folder / "got").glob("*.tgz"))
        if done.code != 0 or len(found) != 1:
            complaint = _complaint(done.err.decode("utf-8", "replace"), folder)
            raise MigratorError(f"`{called}` failed: {complaint}")
        yield found[0]


def _check(wanted: Template) -> None:
    """helm says what is wrong with a name; these would not be read as one by the system."""
    for what, text, form in (
        ("release", wanted.release, _NAME),
        ("namespace", wanted.namespace, _NAME),
        ("version of Kubernetes", wanted.kube_version, _KUBE),
    ):
        if not form.fullmatch(text):
            raise MigratorError(f"{text!r} is not the name of a {what}")


def _file(folder: Path, name: str, data: bytes) -> str:
    path = folder / name
    path.write_bytes(data)
    return str(path)


def _zone(hours: int) -> bytes:
    """A time zone, whose file Go reads where TZ is an absolute path: no system has to have any.

    Version 1 of TZif (RFC 8536): no transitions, one kind of time with a name of four bytes.
    """
    counts = (0, 0, 0, 0, 1, 4)
    return struct.pack(">4s16x6Ll2x4s", b"TZif", *counts, hours * 3600, b"own")


def _quoted(path: str) -> str:
    """As one value of a flag that takes several, separated by commas (pflag, StringSlice)."""
    doubled = path.replace('"', '""')
    return f'"{doubled}"'


def _render(command: list[str], wanted: Template, folder: Path, zone: str) -> str:
    called = f"helm template {wanted.release} {wanted.chart}"
    return _run(command, called, folder, bounds.BUILD_TIME.value(), zone)


def _run(command: list[str], called: str, folder: Path, seconds: float, zone: str = "UTC") -> str:
    environment = {**_environment(folder), "TZ": zone}
    done = process.run(command, called=called, environment=environment, seconds=seconds)
    if done.code != 0:
        complaint = _complaint(done.err.decode("utf-8", "replace"), folder)
        _, missing, names = complaint.partition(_MISSING)
        hint = "`helm dependency build` fetches them" if missing else ""
        message = f"`{called}` failed: {missing + names or complaint}"
        raise MigratorError(message, hint=hint)
    try:
        return done.out.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"`{called}` printed what is not UTF-8, at byte {error.start}"
        raise MigratorError(message) from None


def _complaint(stderr: str, folder: Path) -> str:
    """What helm says last, without what it warned of before, and without our temporary names."""
    found = re.search(r"^Error: .*", stderr, re.MULTILINE | re.DOTALL)
    text = (found[0] if found else stderr).replace(_DEBUG, "")
    return telling_line(text.replace(f"{folder}{os.sep}", ""))


@contextlib.contextmanager
def _room(purpose: str) -> Iterator[Path]:
    """A temporary folder with an empty home, and a KUBECONFIG that knows no cluster."""
    with temporary(purpose) as made:
        folder = Path(made)
        try:
            (folder / "home").mkdir()
            (folder / "kubeconfig").touch(mode=0o600)
        except OSError as error:
            message = (
                f"there is no room to {purpose.removesuffix(' in')}: {error.strerror or error}"
            )
            raise EnvironmentProblem(message) from error
        yield folder


def _environment(folder: Path) -> Mapping[str, str]:
    """Of a room. The proxies lead nowhere, as for a build."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), _NOWHERE)
    homes = dict.fromkeys(_HOMES, str(folder / "home"))
    return {**kept, **homes, **proxies, "KUBECONFIG": str(folder / "kubeconfig"), "LC_ALL": "C"}
