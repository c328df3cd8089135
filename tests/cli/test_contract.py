"""Exit codes, stdout and stderr, help and environment: all of it is API."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

from migrator.cli.main import COMMANDS, cli
from tests.builders import ROLE, V4, daemonset
from tests.cli.tools import ROOT, Run, migrator, process, tree
from tests.plan.estates import RULES, cni, deployment, nad

THIN = daemonset(
    "--multus-conf-file=auto",
    "--multus-master-cni-file-name=10-x.conf",
    "--cni-version=0.3.1",
    image=V4.replace("4.0.2", "4.1.4"),
)
INSTALL = f"{THIN}---\n{ROLE}{RULES}"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "multus.yaml").write_text(INSTALL)
    return tmp_path


def plan(place: Path, *arguments: str) -> Run:
    return migrator("plan", "multus.yaml", *arguments, cwd=place)


@pytest.mark.kustomize
def test_0_done_and_verified(place: Path) -> None:
    run = plan(place)
    assert run.code == 0, run.err
    assert "Verified: built with" in run.out
    assert run.err == ""
    written = tree(place / "multus-thick")
    assert {"kustomization.yaml", "plan.json", "report.md", "report.html", "runbook.md"} <= set(
        written
    )


@pytest.mark.slow
def test_a_process_ends_as_the_command_does(place: Path) -> None:
    for arguments in (("plan", "multus.yaml", "--dry-run"), ("plan", "absent.yaml"), ("verify",)):
        assert process(*arguments, cwd=place) == migrator(*arguments, cwd=place)


def test_1_input_error_and_nothing_written(place: Path) -> None:
    run = migrator("plan", "absent.yaml", cwd=place)
    assert (run.code, run.out) == (1, "")
    assert run.err.startswith("error: absent.yaml")
    assert not (place / "multus-thick").exists()


def test_2_changes_only_with_detailed_exitcode(place: Path) -> None:
    assert plan(place, "--detailed-exitcode", "--dry-run").code == 2
    assert plan(place, "--dry-run").code == 0


def test_3_something_needs_a_person(place: Path) -> None:
    text = INSTALL.replace("'--cni-version=0.3.1'", "'--cni-version=0.3.1', '--unheard-of=1'")
    (place / "multus.yaml").write_text(text)
    run = plan(place, "--detailed-exitcode", "--dry-run")
    assert run.code == 3
    assert "--unheard-of=1" in run.out


def test_4_blocked_writes_plan_and_report_but_no_patches(place: Path) -> None:
    text = INSTALL.replace(
        "ghcr.io/k8snetworkplumbingwg/multus-cni", "docker.io/bitnami/multus-cni"
    )
    (place / "multus.yaml").write_text(text)
    run = plan(place)
    assert run.code == 4
    assert "--image" in run.out
    written = set(tree(place / "multus-thick"))
    assert {"plan.json", "report.md", "report.html"} <= written
    assert not any(name.startswith(("base/", "component/")) for name in written)
    assert plan(place, "--image", "docker.io/bitnami/multus-cni:thick").code == 0


def test_4_goes_on_with_allow(place: Path) -> None:
    labels = INSTALL.replace(
        "  name: kube-multus-ds\n",
        "  name: kube-multus-ds\n  labels: {app.kubernetes.io/managed-by: Helm}\n",
    )
    (place / "multus.yaml").write_text(labels)
    assert plan(place, "--dry-run").code == 4
    assert plan(place, "--dry-run", "--allow", "P54").code == 0


def test_0_nothing_to_do_with_detailed_exitcode(place: Path) -> None:
    (place / "multus.yaml").write_text(nad("lan", config='{"name": "lan", "type": "macvlan"}'))
    assert plan(place, "--detailed-exitcode", "--dry-run").code == 0


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["plan"], "INPUT"),
        (["plan", "multus.yaml", "--target", "9.9.9"], "--target"),
        (["plan", "multus.yaml", "--targe", "4.2.4"], "--targe"),
        (["plan", "multus.yaml", "--source", "yesterday"], "--source"),
        (["plan", "multus.yaml", "-o", "-"], "the result is a folder"),
        (["plan", "multus.yaml", "--nad-config", "magic"], "--nad-config"),
        (["plan", "multus.yaml", "--allow", "P99X"], "P99X"),
        (["plann", "multus.yaml"], "plann"),
        (["check", "multus.yaml", "--format", "pdf"], "pdf"),
        (["check", "multus.yaml", "--format", "sarif", "--format", "json"], "stdout"),
        (["verify"], "OUT"),
        (["explain", "P999"], "P999"),
        (["--bogus"], "--bogus"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_64_usage(place: Path, arguments: list[str], word: str) -> None:
    run = migrator(*arguments, cwd=place)
    assert (run.code, run.out) == (64, "")
    assert word in run.err
    assert "Traceback" not in run.err


def test_check_is_0_or_4(place: Path) -> None:
    assert migrator("check", "multus.yaml", cwd=place).code == 0
    (place / "multus.yaml").write_text(INSTALL.replace("k8snetworkplumbingwg/", "bitnami/"))
    run = migrator("check", "multus.yaml", cwd=place)
    assert run.code == 4
    assert "M01" in run.out
    assert migrator("check", "multus.yaml", "--allow", "M01", cwd=place).code == 0


def test_check_gives_json_on_stdout_and_others_in_files(place: Path) -> None:
    run = migrator(
        "check", "multus.yaml", "--format", "json", "--format", "markdown=r.md", cwd=place
    )
    assert json.loads(run.out)["tool"] == "multus-migrator"
    assert (place / "r.md").read_text().startswith("# READY: Multus")
    assert not (place / "multus-thick").exists()


def test_diff_writes_nothing(place: Path) -> None:
    before = tree(place)
    run = migrator("diff", "multus.yaml", cwd=place)
    assert run.code == 0
    assert "daemon-config.json" in run.out
    assert tree(place) == before


@pytest.mark.kustomize
def test_verify_proves_what_is_on_disk(place: Path) -> None:
    assert plan(place, "--no-verify").code == 0
    run = migrator("verify", "multus-thick", cwd=place)
    assert run.code == 0, run.err
    assert "is what was planned" in run.out


@pytest.mark.kustomize
def test_verify_fails_on_an_edited_patch(place: Path) -> None:
    plan(place, "--no-verify")
    (patch,) = (place / "multus-thick/component/patches").glob("daemonset*-ds.yaml")
    patch.write_text(patch.read_text().replace("hostPID: true", "hostPID: false"))
    run = migrator("verify", "multus-thick", cwd=place)
    assert run.code == 1
    assert "hostPID" in run.err
    assert run.out == ""


@pytest.mark.usefixtures("_no_programs")
def test_verify_says_where_no_kustomize_is_there(place: Path) -> None:
    plan(place, "--no-verify")
    run = migrator("verify", "multus-thick", cwd=place)
    assert run.code == 1
    assert "not verified" in run.err


@pytest.mark.usefixtures("_no_programs")
def test_without_kustomize_plan_says_that_nothing_was_verified(place: Path) -> None:
    run = migrator("plan", "multus.yaml", cwd=place)
    assert run.code == 0
    assert "Not verified" in run.out
    assert "Not verified" in (place / "multus-thick/report.md").read_text()


def test_pods_without_their_network(place: Path) -> None:
    pod = {
        "kind": "Pod",
        "metadata": {
            "name": "web-1",
            "namespace": "app",
            "annotations": {"k8s.v1.cni.cncf.io/networks": "lan, edge/wan"},
        },
        "spec": {"nodeName": "n1"},
        "status": {"phase": "Running"},
    }
    text = json.dumps({"kind": "List", "items": [pod]}).encode()
    run = migrator("verify", "--pods", "-", cwd=place, stdin=text)
    assert run.code == 1
    assert "app/web-1 on n1: app/lan, edge/wan; no network-status" in run.out


@pytest.mark.parametrize(
    "command", ["plan", "check", "diff", "edit", "verify", "explain", "rules", "fleet"]
)
def test_help_fits_96_columns_and_names_the_exit_codes(place: Path, command: str) -> None:
    run = migrator(command, "--help", cwd=place)
    assert run.code == 0
    assert max(map(len, run.out.splitlines())) <= 96
    assert "Exit codes" in migrator("--help", cwd=place).out


def test_the_help_names_every_command_and_imports_none() -> None:
    code = "import sys; from migrator.cli.main import run; run(['--help']); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    shown, _, loaded = done.stdout.rstrip("\n").rpartition("\n")
    assert "migrator.cli.main" in loaded.split()
    assert not {"jinja2", "ruamel.yaml", "migrator.cli.plan"} & set(loaded.split())
    for name, what in COMMANDS.items():
        assert f"  {name}" in shown
        assert what in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_the_function_of_its_name(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.name == name


def test_stdin_and_environment_twins(place: Path) -> None:
    run = migrator(
        "plan",
        "-",
        "--dry-run",
        cwd=place,
        stdin=INSTALL.encode(),
        env={"MULTUS_MIGRATOR_PLAN_TARGET": "4.3.0"},
    )
    assert run.code == 0, run.err
    assert "v4.3.0 thick" in run.out


def test_no_colour_in_a_pipe_and_colour_when_asked(place: Path) -> None:
    assert "\x1b[" not in plan(place, "--dry-run").out
    assert "\x1b[" in plan(place, "--dry-run", "--color", "always").out


def test_quiet_prints_nothing(place: Path) -> None:
    run = plan(place, "--no-verify", "-q")
    assert (run.code, run.out, run.err) == (0, "", "")


@pytest.mark.kustomize
def test_a_root_is_built_to_be_read_where_the_result_is_not(place: Path) -> None:
    """--no-verify turns off the proof, and said that kubectl is not there."""
    (place / "kustomization.yaml").write_text("resources: [multus.yaml]\n")
    run = migrator("plan", ".", "--no-verify", "--dry-run", cwd=place)
    assert (run.code, run.err) == (0, "")
    assert run.out.startswith("READY")


def test_a_wish_for_one_nad_comes_from_the_config_file(place: Path) -> None:
    (place / "multus.yaml").write_text(f"{INSTALL}---\n{nad('lan')}---\n{deployment('lan')}")
    file = cni({"cniVersion": "0.3.1", "name": "lan", "type": "macvlan"})
    folder = place / "nodes/n1/etc/cni/multus/net.d"
    folder.mkdir(parents=True)
    (folder / "lan.conf").write_text(file.content)
    assert plan(place, "--node-files", "nodes", "--no-verify").code == 0
    patch = "component/patches/networkattachmentdefinition.k8s.cni.cncf.io--default--lan.yaml"
    assert patch in tree(place / "multus-thick")
    (place / "multus-migrator.toml").write_text('[nads]\n"default/lan" = "mount"\n')
    assert plan(place, "--node-files", "nodes", "--no-verify").code == 0
    assert patch not in tree(place / "multus-thick")
