"""What is remembered of a build is the answer to the same question, and to no other."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from migrator.tools import process
from migrator.tools.kustomize import find_tool
from migrator.tools.process import Done
from tests.needs import give_up
from tests.remembered import Memory

Edit = Callable[[Path], object]

ENVIRONMENT = {"PATH": "/bin", "GIT_ALLOW_PROTOCOL": "none"}
FILES = {
    "base/kustomization.yaml": "resources: [a.yaml]\n",
    "base/a.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n",
    "out/kustomization.yaml": (
        "resources: [../base, own]\ncomponents: [part]\npatches: [{path: patch.yaml}]\n"
        "configMapGenerator: [{name: d, files: [key=data.txt]}]\n"
    ),
    "out/own/kustomization.yml": "resources: [b.yaml]\n",
    "out/own/b.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n",
    "out/part/Kustomization": "{apiVersion: kustomize.config.k8s.io/v1alpha1, kind: Component, namePrefix: a}\n",
    "out/patch.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: b}}\n",
    "out/data.txt": "text\n",
    "out/report.md": "# Report\n",
}
ROOM = {
    "kubeconfig": "",
    "values-1.yaml": "a: 1\n",
    "zone+23": "one",
    "zone-23": "other",
    "chart/Chart.yaml": "name: a\n",
    "chart/templates/a.yaml": "a: {{ .Values.a }}\n",
}


class Counting:
    """Answers each call otherwise, and counts them."""

    def __init__(self, code: int = 0, *, place: bool = False) -> None:
        self.count, self.code, self.place = 0, code, place

    def __call__(
        self,
        command: Sequence[str],
        *,
        called: str,
        environment: Mapping[str, str],
        seconds: float,
        given: bytes = b"",
    ) -> Done:
        self.count += 1
        out = f"{command[-1]} {self.count}" if self.place else f"{self.count}"
        return Done(code=self.code, out=out.encode(), err=b"")


class Asked:
    """A place with files, and a program in it that nobody starts."""

    def __init__(self, place: Path, files: Mapping[str, str], memory: Memory) -> None:
        self.place, self.memory = place, memory
        for name, text in files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(text)
        self.command = [str(place.parent / "program"), "kustomize", str(place / "out")]
        self.environment: dict[str, str] = dict(ENVIRONMENT)
        self.seconds, self.given = 60.0, b""
        if "kubeconfig" in files:
            zone, values = place / "zone+23", place / "values-1.yaml"
            words = ["template", f"--values={values}", "--", "a", str(place / "chart")]
            self.command[1:] = words
            self.environment |= {"KUBECONFIG": str(place / "kubeconfig"), "TZ": str(zone)}

    def answer(self) -> bytes:
        return self.memory.run(
            self.command,
            called="a build",
            environment=self.environment,
            seconds=self.seconds,
            given=self.given,
        ).out


Ask = Callable[[str], Asked]


@pytest.fixture
def start() -> Counting:
    return Counting()


@pytest.fixture
def ask(tmp_path: Path, start: Counting) -> Ask:
    """A place of this name, with a root or a room of helm in it."""
    (tmp_path / "program").write_bytes(b"\x7fELF and so on")
    (tmp_path / "kept").mkdir()
    memory = Memory(start)
    memory.folder = tmp_path / "kept"
    return lambda name: Asked(tmp_path / name, ROOM if name.startswith("room") else FILES, memory)


@pytest.mark.parametrize("kind", ["root", "room"])
def test_the_same_bytes_elsewhere_have_the_same_answer(
    kind: str, ask: Ask, start: Counting
) -> None:
    assert [ask(f"{kind}{number}").answer() for number in range(3)] == [b"1"] * 3
    assert start.count == 1


def test_what_no_kustomization_names_makes_no_difference(ask: Ask) -> None:
    one, other = ask("root1"), ask("root2")
    (other.place / "out/report.md").write_text("another\n")
    (other.place / "out/unnamed").mkdir()
    assert (one.answer(), other.answer()) == (b"1", b"1")


def edited(name: str, old: str, new: str) -> Edit:
    def edit(place: Path) -> None:
        text = (place / name).read_text()
        assert old in text
        (place / name).write_text(text.replace(old, new))

    return edit


def renamed(name: str, to: str) -> Edit:
    return lambda place: (place / name).rename(place / to)


BYTES: Mapping[str, Edit] = {
    "a resource": edited("out/own/b.yaml", "name: b", "name: c"),
    "a resource of another root": edited("base/a.yaml", "name: a", "name: c"),
    "a kustomization of another root": edited("base/kustomization.yaml", "[a.yaml]", "[]"),
    "the kustomization": edited("out/kustomization.yaml", "name: d", "name: c"),
    "a component": edited("out/part/Kustomization", "Prefix: a", "Prefix: b"),
    "a patch": edited("out/patch.yaml", "a: b", "a: c"),
    "a file of a generator": edited("out/data.txt", "text", "other"),
    "a comment": edited("base/a.yaml", "\n", " # a\n"),
    "the name of a kustomization": renamed("base/kustomization.yaml", "base/Kustomization"),
    "a second kustomization": lambda place: shutil.copy(
        place / "base/kustomization.yaml", place / "base/kustomization.yml"
    ),
    "a file that is gone": lambda place: (place / "out/data.txt").unlink(),
    "a root that is gone": lambda place: shutil.rmtree(place / "base"),
    "the mode of a file": lambda place: (place / "out/data.txt").chmod(0o600),
}


@pytest.mark.parametrize("edit", BYTES.values(), ids=BYTES)
def test_other_bytes_are_another_question(edit: Edit, ask: Ask) -> None:
    one, other = ask("root1"), ask("root2")
    edit(other.place)
    assert (one.answer(), other.answer(), other.answer()) == (b"1", b"2", b"2")


CHARTS: Mapping[str, Edit] = {
    "a template": edited("chart/templates/a.yaml", "a:", "b:"),
    "values": edited("values-1.yaml", "1", "2"),
    "the name of a template": renamed("chart/templates/a.yaml", "chart/templates/b.yaml"),
    "a zone": edited("zone-23", "other", "third"),
    "a file more": lambda place: (place / "chart/b").write_text(""),
}


@pytest.mark.parametrize("edit", CHARTS.values(), ids=CHARTS)
def test_another_chart_is_another_question(edit: Edit, ask: Ask) -> None:
    one, other = ask("room1"), ask("room2")
    edit(other.place)
    assert (one.answer(), other.answer(), other.answer()) == (b"1", b"2", b"2")


def program_of(text: bytes) -> Callable[[Asked], object]:
    return lambda asked: Path(asked.command[0]).write_bytes(text)


def elsewhere(asked: Asked) -> None:
    asked.command[0] = shutil.copy2(asked.command[0], f"{asked.command[0]}2")


def limited(name: str, value: str) -> Callable[[Asked], object]:
    return lambda asked: os.environ.__setitem__(name, value)


AROUND: Mapping[str, Callable[[Asked], object]] = {
    "the program's bytes": program_of(b"\x7fELF and so forth"),
    "the program's time": lambda asked: os.utime(asked.command[0], (1, 1)),
    "the program's path": elsewhere,
    "a word": lambda asked: asked.command.__setitem__(1, "build"),
    "a word more": lambda asked: asked.command.insert(2, "--enable-helm"),
    "the environment": lambda asked: asked.environment.__setitem__("PATH", "/usr/bin"),
    "more of the environment": lambda asked: asked.environment.__setitem__("LC_ALL", "C"),
    "the time that it may take": lambda asked: setattr(asked, "seconds", 61.0),
    "what it may print": limited("MULTUS_MIGRATOR_MAX_BUILD_MIB", "1"),
    "the memory that it may take": limited("MULTUS_MIGRATOR_MAX_BUILD_MEMORY_MIB", "64"),
    "how it collects garbage": limited("GOGC", "1"),
}


CASES = [(kind, name) for kind in ("root", "room") for name in AROUND]
CASES.remove(("room", "a word"))  # it is what renders a chart


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_what_is_around_the_bytes_counts_too(
    kind: str, name: str, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ))
    one, other = ask(f"{kind}1"), ask(f"{kind}2")
    first = one.answer()
    AROUND[name](other)
    assert (first, other.answer(), other.answer()) == (b"1", b"2", b"2")


def test_the_other_zone_is_another_question(ask: Ask) -> None:
    one = ask("room1")
    first = one.answer()
    one.environment["TZ"] = str(one.place / "zone-23")
    assert (first, one.answer()) == (b"1", b"2")


def linked(name: str) -> Callable[[Asked], object]:
    def link(asked: Asked) -> None:
        path = asked.place / name
        path.rename(asked.place / "target")
        path.symlink_to(asked.place / "target")

    return link


def written(name: str, text: str) -> Callable[[Asked], object]:
    def write(asked: Asked) -> None:
        path = asked.place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("HERE", str(asked.place)))

    return write


def settings(asked: Asked) -> None:
    written("home/.kube/kuberc", "")(asked)
    asked.environment["HOME"] = str(asked.place / "home")


def repository(asked: Asked) -> None:
    written("out/.git/a.yaml", "")(asked)
    written("out/kustomization.yaml", "resources: [.git/a.yaml]\n")(asked)


def back(asked: Asked) -> None:
    (asked.place / "base/link").symlink_to("/")
    written("base/kustomization.yaml", "resources: [link/../a.yaml]\n")(asked)


def pipe(asked: Asked) -> None:
    (asked.place / "base/a.yaml").unlink()
    os.mkfifo(asked.place / "base/a.yaml")


UNSURE: Mapping[str, Callable[[Asked], object]] = {
    "a script": program_of(b"#!/bin/sh\n"),
    "a program that is not there": lambda asked: asked.command.__setitem__(0, "/gone"),
    "a link": linked("base/a.yaml"),
    "a link to a root": linked("base"),
    "a link to a kustomization": linked("base/kustomization.yaml"),
    "a link on the way": linked("out"),
    "plugins": written("base/kustomization.yaml", "generators: [a.yaml]\n"),
    "plugins, in another case": written("base/kustomization.yaml", "GeneratorS: [a.yaml]\n"),
    "a path from the top": written("base/kustomization.yaml", "resources: [HERE/base/a.yaml]\n"),
    "a path back through a link": back,
    "broken YAML": written("base/kustomization.yaml", "resources: [\n"),
    "settings of kubectl": settings,
    "a file of .git": repository,
    "a pipe": pipe,
    "downloads": lambda asked: asked.environment.__setitem__("GIT_ALLOW_PROTOCOL", "https"),
    "what it is given": lambda asked: setattr(asked, "given", b"text"),
    "another command": lambda asked: asked.command.__setitem__(1, "apply"),
    "no word at all": lambda asked: asked.command.__delitem__(slice(1, None)),
    "another program": lambda asked: asked.environment.pop("GIT_ALLOW_PROTOCOL"),
    "a test that starts each program": lambda asked: setattr(asked.memory, "on", False),
    "no place to keep it": lambda asked: setattr(asked.memory, "folder", None),
}


@pytest.mark.parametrize("change", UNSURE.values(), ids=UNSURE)
def test_what_is_not_sure_is_run(change: Callable[[Asked], object], ask: Ask) -> None:
    one = ask("root1")
    change(one)
    assert [one.answer() for _ in range(3)] == [b"1", b"2", b"3"]


CHANCE: Mapping[str, Callable[[Asked], object]] = {
    "chance": written("chart/templates/a.yaml", "a: {{ randAlphaNum 5 }}\n"),
    "a certificate": written("chart/templates/a.yaml", "{{ genCA `a` 1 }}\n"),
    "the clock": written("chart/templates/a.yaml", "a: {{ now }}\n"),
    "the clock, by values": written("values-1.yaml", "a: '{{ now }}'\n"),
    "a packed chart": lambda asked: (asked.place / "chart/a.tgz").write_bytes(b"\x1f\x8b"),
    "a link": linked("values-1.yaml"),
    "a chart of another place": lambda asked: asked.command.__setitem__(-1, "/chart"),
    "values of another place": lambda asked: asked.command.insert(2, "--values=/values.yaml"),
    "a zone of another place": lambda asked: asked.environment.__setitem__("TZ", "/zone"),
    "no room": lambda asked: asked.environment.pop("KUBECONFIG"),
}


@pytest.mark.parametrize("change", CHANCE.values(), ids=CHANCE)
def test_a_chart_that_may_render_otherwise_is_rendered(
    change: Callable[[Asked], object], ask: Ask
) -> None:
    one = ask("room1")
    change(one)
    assert [one.answer() for _ in range(3)] == [b"1", b"2", b"3"]


@pytest.mark.parametrize("kind", ["root", "room"])
def test_neither_what_fails_nor_what_names_its_place_is_kept(
    kind: str, ask: Ask, start: Counting
) -> None:
    one = ask(f"{kind}1")
    start.code = 1
    assert (one.answer(), one.answer()) == (b"1", b"2")
    start.code, start.place = 0, True
    assert one.answer() != one.answer()


@pytest.mark.kustomize
@pytest.mark.afresh
def test_a_real_build_is_remembered_to_the_byte(tmp_path: Path) -> None:
    tool = find_tool()
    if tool is None:
        give_up("neither kustomize nor kubectl is on PATH")
    started: list[Sequence[str]] = []

    def run(command: Sequence[str], **asked: object) -> Done:
        started.append(command)
        return process.run(command, **asked)  # type: ignore[arg-type]

    memory = Memory(run)
    memory.folder = tmp_path / "kept"
    memory.folder.mkdir()
    answers = []
    for name in ("one", "other"):
        one = Asked(tmp_path / name, FILES, memory)
        one.command = [*tool.command, str(one.place / "out")]
        answers.append(one.answer())
    assert answers[0] == answers[1] != b""
    assert len(started) == 1
