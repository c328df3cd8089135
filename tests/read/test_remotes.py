"""Which repository a URL means, and what is taken from a work tree of another one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from migrator.read.remotes import is_elsewhere, repository_of_url
from tests.read.test_rendering import CHART, FLUX, Helm, application, problem, put, read

ONE = [
    "https://git.example/net/fleet",
    "https://git.example/net/fleet.git",
    "https://git.example/net/fleet/",
    "https://GIT.example:8443/Net/Fleet.git",
    "https://me:secret@git.example/net/fleet.git",
    "http://git.example/net/fleet?ref=main",
    "ssh://git@git.example/net/fleet",
    "ssh://git@git.example:2222/net/fleet.git",
    "git://git.example/net/fleet.git",
    "git+ssh://git@git.example/net//fleet",
    "git@git.example:net/fleet.git",
    "git.example:/net/fleet.git",
    "https://git.example/scm/net/fleet.git",
    " https://git.example/net/fl%65et ",
]


@pytest.mark.parametrize("url", ONE)
def test_a_repository_has_many_spellings(url: str) -> None:
    assert repository_of_url(url) == "git.example/net/fleet"
    assert not is_elsewhere(url, {"git.example/net/fleet"})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ssh://git@ssh.github.com:443/a/b.git", "https://github.com/a/b"),
        ("git@ssh.dev.azure.com:v3/org/team/b", "https://org@dev.azure.com/org/team/_git/b"),
        ("ssh://git@altssh.gitlab.com:443/a/b", "git@gitlab.com:a/b"),
    ],
)
def test_a_host_has_names_for_ssh(one: str, other: str) -> None:
    assert repository_of_url(one) == repository_of_url(other) != ""


@pytest.mark.parametrize(
    "url",
    [
        "https://git.example/net/other",
        "https://git.example/other/fleet",
        "https://mirror.example/net/fleet",
        "https://git.example/net/fleet/sub",
        "https://git.example/scm/fleet",
        "git@mirror.example:net/fleet",
    ],
)
def test_another_repository_is_another(url: str) -> None:
    assert is_elsewhere(url, {"git.example/net/fleet"})


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "/srv/git/fleet.git",
            "../fleet",
            "file:///srv/fleet",
            "C:\\fleet",
            "C:/fleet",
            "fleet",
        ),
        *("https://git.example/${REPO}", "https://git.example/{{name}}", "https://", "https:///x"),
    ],
)
def test_what_is_not_known_is_not_another(url: str) -> None:
    assert not is_elsewhere(url, {"git.example/net/fleet"})
    assert not is_elsewhere("https://git.example/net/other", set())


REPOSITORY = """
    ---
    apiVersion: source.toolkit.fluxcd.io/v1
    kind: GitRepository
    metadata: {name: flux-system, namespace: net}
    spec: {url: "URL"}
"""
OTHER = "https://me:hunter2@git.example/net/charts.git"


def estate(folder: Path, files: dict[str, str], *remotes: str) -> Path:
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    for number, url in enumerate(remotes):
        command = ["git", "-C", str(folder), "remote", "add", f"r{number}", url]
        subprocess.run(command, check=True)
    return put(folder, {**files, **CHART})


def flux(url: str) -> dict[str, str]:
    return {"apps/multus.yaml": FLUX + REPOSITORY.replace("URL", url)}


@pytest.mark.parametrize(
    ("url", "remotes"),
    [
        ("ssh://git@git.example/net/fleet", ["git@git.example:net/fleet.git"]),
        (OTHER, []),
        (OTHER, ["/srv/git/fleet.git"]),
        (OTHER, ["git@git.example:net/fleet", "https://git.example/net/charts"]),
        ("https://git.example/${REPO}", ["git@git.example:net/fleet"]),
    ],
    ids=["the same", "no remote", "a folder", "one of two", "a variable"],
)
def test_a_chart_of_this_repository_is_taken_from_it(
    tmp_path: Path, url: str, remotes: list[str]
) -> None:
    helm = Helm()
    read(estate(tmp_path, flux(url), *remotes), helm)
    assert len(helm.asked) == 1


def test_a_chart_of_another_repository_is_not_seen(tmp_path: Path) -> None:
    helm = Helm()
    said = problem(read(estate(tmp_path, flux(OTHER), "git@git.example:net/fleet"), helm))
    assert (
        "its chart is charts/multus of git.example/net/charts, and this work tree is "
        "git.example/net/fleet"
    ) in said
    assert "git remote add" in said
    assert "--rendered multus=FILE" in said
    assert "hunter2" not in said
    assert helm.asked == []


def test_a_chart_of_argo_cd_is_one_of_the_repository_that_it_names(tmp_path: Path) -> None:
    files = {"apps/a.yaml": application("{}")}
    helm = Helm()
    read(estate(tmp_path / "same", files, "ssh://git.example/fleet"), helm)
    assert len(helm.asked) == 1
    said = problem(read(estate(tmp_path / "other", files, "ssh://git.example/charts"), Helm()))
    assert "charts/multus of git.example/fleet, and this work tree is git.example/charts" in said


def test_values_of_another_repository_are_not_known(tmp_path: Path) -> None:
    text = application("{valueFiles: [$values/prod.yaml]}", "chart: multus")
    head, _, source = text.partition("source:")
    lines = source.strip().splitlines()
    listed = "\n".join(f"{' ' * 12}{line.strip()}" for line in lines[1:])
    refers = f"{' ' * 10}- {{repoURL: 'https://git.example/values', ref: values}}"
    whole = f"{head}sources:\n{' ' * 10}- {lines[0].strip()}\n{listed}\n{refers}\n"
    files = {"apps/a.yaml": whole, "prod.yaml": "a: 1\n"}
    helm = Helm()
    read(estate(tmp_path / "same", files, "ssh://git.example/values"), helm)
    assert helm.values == [{"a": 1}]
    said = problem(read(estate(tmp_path / "other", files, "ssh://git.example/fleet"), Helm()))
    assert "$values/prod.yaml of Application argocd/multus is in git.example/values" in said
