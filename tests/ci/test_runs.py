"""Each script of the actions and of the template is run as it is written, in a repository with a merge.

The program is not installed again for each: what the script would make is there already.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ci.comment import post
from migrator import __version__
from tests.ci.forge import forge
from tests.ci.templates import gitlab_scripts, loaded
from tests.cli.test_review_git import commit, git, manifest
from tests.cli.tools import ROOT

pytestmark = pytest.mark.slow

MULTUS, VIDEO = "infra/multus.yaml", "apps/video.yaml"
START = {MULTUS: manifest("multus.yaml"), VIDEO: manifest("video.yaml")}
BUMPED = {MULTUS: START[MULTUS].replace("v4.0.2", "v4.2.4-thick")}
OTHER = {VIDEO: START[VIDEO].replace("br-cam", "br-other")}
HOSTILE = dict.fromkeys(("venv.py", "pip.py"), "raise SystemExit('taken from the work tree')\n")


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


def bash(script: str, cwd: Path, env: Mapping[str, str]) -> Done:
    """As a runner does: `shell: bash` of GitHub, and what GitLab sets."""
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**clean, "no_proxy": "127.0.0.1", **env},
        capture_output=True,
        text=True,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def program(folder: Path) -> None:
    """The multus-migrator of this checkout, where an installation would be."""
    (folder / "bin").mkdir(parents=True)
    script = folder / "bin" / "multus-migrator"
    text = f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -P -m migrator "$@"\n'
    script.write_text(text if sys.version_info >= (3, 11) else text.replace(" -P", ""))
    script.chmod(0o755)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository in whose branch `change` nothing has happened yet."""
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder, START)
    git(folder, "checkout", "--quiet", "-b", "change")
    return folder


def merged(repo: Path, files: Mapping[str, str | bytes | None]) -> str:
    """Commits to `change`, merges it into a `main` that has gone on, as GitHub does; the head of `change`."""
    head = commit(repo, files)
    git(repo, "checkout", "--quiet", "--detach", "main")
    commit(repo, {"README.md": "hello\n"})
    git(repo, "merge", "--quiet", "--no-ff", "--message", "merged", "change")
    return head


class Action:
    """The steps of action.yml in a job: files of the runner, and what expressions are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "temp").mkdir()
        program(folder / "temp" / "multus-migrator")
        self.review = folder / "temp" / "multus-migrator-review"
        self.env = {
            "RUNNER_TEMP": str(folder / "temp"),
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        }

    def run(self, repo: Path, head: str, **inputs: str) -> Done:
        given = {f"inputs.{name.replace('_', '-')}": value for name, value in inputs.items()}
        known = {"github.event.pull_request.head.sha": head, **given}
        (step,) = [s for s in loaded("action.yml")["runs"]["steps"] if s.get("id") == "review"]
        env = {name: known.get(_expression(text), "") for name, text in step["env"].items()}
        return bash(step["run"], repo, {**self.env, **env})

    def instead(self, code: int) -> None:
        """A program that keeps its words and writes each file that it is asked for."""
        script = self.folder / "temp" / "multus-migrator" / "bin" / "multus-migrator"
        script.write_text(
            "#!/bin/sh\n"
            f"printf '%s\\n' \"$@\" > '{self.folder}/called'\n"
            'for word; do case $word in *=*) echo made > "${word#*=}" ;; esac; done\n'
            f"exit {code}\n"
        )

    def called(self) -> list[str]:
        return (self.folder / "called").read_text().splitlines()

    def output(self) -> str:
        return (self.folder / "output").read_text()

    def summary(self) -> str:
        return (self.folder / "summary").read_text()


def _expression(text: str) -> str:
    found = re.fullmatch(r"\$\{\{ (\S+) \}\}", text)
    assert found, text
    return found[1]


@pytest.fixture
def action(tmp_path: Path) -> Action:
    return Action(tmp_path)


def test_a_bump_that_breaks_fails_the_job(repo: Path, action: Action) -> None:
    done = action.run(repo, merged(repo, {**BUMPED, **HOSTILE}))
    assert (done.code, done.err) == (4, "")
    first, second = done.out.splitlines()
    assert first == "::error title=multus-migrator::BREAKS: 1 new blocker"
    assert second.startswith(f"::error file={MULTUS},line=80,title=P66 ")
    assert action.output() == f"folder={action.review}\n"
    assert sorted(path.name for path in action.review.iterdir()) == [
        post.FILE,
        "review.sarif",
        "review.xml",
    ]
    text = (action.review / post.FILE).read_text()
    assert action.summary() == text
    assert post.comment(text.encode()).splitlines()[3] == "**BREAKS: 1 new blocker**"
    (run,) = json.loads((action.review / "review.sarif").read_text())["runs"]
    assert [result["ruleId"] for result in run["results"]] == ["P66"]


def test_what_merging_does_is_reviewed_and_not_the_branch_alone(repo: Path, action: Action) -> None:
    """The branch that it goes into has learnt meanwhile to live with what the change does."""
    commit(repo, BUMPED)
    git(repo, "checkout", "--quiet", "main")
    known = '[[suppress]]\nid = "P66"\nobject = "*"\nreason = "known"\n'
    commit(repo, {"multus-migrator.toml": known})
    git(repo, "checkout", "--quiet", "change")
    assert action.run(repo, merged(repo, {})).code == 0
    assert "suppressed: known" in action.summary()


def test_a_change_that_loses_nothing_passes(repo: Path, action: Action) -> None:
    done = action.run(repo, merged(repo, OTHER))
    assert done.code == 0, done
    assert "**CHANGES: 1 network changes; nothing is lost**" in action.summary()


def test_paths_are_one_on_each_line_and_no_options(repo: Path, action: Action) -> None:
    head = merged(repo, {**BUMPED, VIDEO: None, "-x y/video.yaml": OTHER[VIDEO]})
    done = action.run(repo, head, paths="\n  apps \n-x y\n\n")
    assert (done.code, done.err) == (0, "")
    assert "**CHANGES: 1 network changes; nothing is lost**" in action.summary()


def test_all_inputs_are_given_as_they_are(repo: Path, action: Action) -> None:
    """No blank, star or quote of an input makes another word."""
    action.instead(0)
    inputs = {"paths": "a b\n* $(touch x)\n-v\n", "node_files": "n o", "allow": " P66\n* --fetch"}
    assert action.run(repo, "", range="a..b c", **inputs).code == 0
    assert action.called() == [
        *("review", "--git", "a..b c", "--format", "github"),
        *("--format", f"markdown={action.review}/comment.md"),
        *("--format", f"sarif={action.review}/review.sarif"),
        *("--format", f"junit={action.review}/review.xml"),
        *("--node-files", "n o", "--allow", "P66", "--allow", "*", "--allow", "--fetch"),
        *("--", "a b", "* $(touch x)", "-v"),
    ]


def test_the_program_takes_all_of_them(repo: Path, action: Action) -> None:
    file = "nodes/etc/cni/net.d/10-x.conflist"
    commit(repo, {file: '{"cniVersion": "1.0.0", "name": "x", "plugins": [{"type": "bridge"}]}'})
    git(repo, "branch", "--force", "main")
    head = merged(repo, BUMPED)
    done = action.run(repo, head, paths="infra\napps", node_files="nodes", allow="P66 n08")
    assert (done.code, done.err) == (0, "")
    assert "P66 (blocker, allowed)" in action.summary()


@pytest.mark.parametrize(
    ("checked_out", "head"),
    [
        pytest.param("change", "change", id="the branch"),
        pytest.param("merge", "main", id="the merge of something else"),
        pytest.param("merge", "", id="no pull request"),
    ],
)
def test_a_checkout_that_is_not_the_merge_is_refused(
    repo: Path, action: Action, checked_out: str, head: str
) -> None:
    """A branch whose last commit is itself a merge would else be reviewed from there on."""
    merged(repo, BUMPED)
    git(repo, "branch", "merge")
    git(repo, "checkout", "--quiet", checked_out)
    done = action.run(repo, git(repo, "rev-parse", head) if head else "")
    assert done.code == 1
    assert done.out.startswith("::error title=multus-migrator::HEAD is not the merge of a pull ")
    assert not (action.folder / "output").exists()


@pytest.mark.parametrize(("depth", "code"), [(1, 1), (2, 4)])
def test_two_commits_are_deep_enough(repo: Path, action: Action, depth: int, code: int) -> None:
    head = merged(repo, BUMPED)
    git(repo, "branch", "merge")
    clone = action.folder / "clone"
    words = ("clone", "--quiet", "--depth", str(depth), "--branch", "merge", f"file://{repo}")
    git(repo, *words, str(clone))
    assert action.run(clone, head).code == code


@pytest.mark.parametrize("code", [0, 2, 4])
def test_the_exit_code_of_the_review_is_that_of_the_step(
    repo: Path, action: Action, code: int
) -> None:
    action.instead(code)
    assert action.run(repo, merged(repo, {})).code == code
    assert action.summary() == "made\n"
    assert len([*action.review.iterdir()]) == 3


@pytest.mark.parametrize("code", [1, 64, 137])
def test_a_review_that_is_not_done_leaves_no_other_comment(
    repo: Path, action: Action, code: int
) -> None:
    action.instead(code)
    assert action.run(repo, merged(repo, {})).code == code
    _not_reviewed(action)


def test_a_review_that_cannot_be_done_says_so(repo: Path, action: Action) -> None:
    done = action.run(repo, merged(repo, BUMPED), paths="nowhere")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: nowhere is in neither revision")
    _not_reviewed(action)


def _not_reviewed(action: Action) -> None:
    (file,) = action.review.iterdir()
    text = file.read_text()
    assert file.name == post.FILE
    assert "**NOT REVIEWED: " in post.comment(text.encode()) == text == action.summary()
    assert not post.is_quiet(text)


def test_the_comment_is_posted_by_the_other_action(repo: Path, tmp_path: Path) -> None:
    (step,) = loaded("ci/comment/action.yml")["runs"]["steps"]
    assert step["env"] == {"GITHUB_TOKEN": "${{ github.token }}"}
    (tmp_path / "event.json").write_text(json.dumps({"workflow_run": {"event": "push"}}))
    commit(repo, {"post.py": HOSTILE["pip.py"], "json.py": HOSTILE["pip.py"]})
    env = {
        "GITHUB_TOKEN": "t0ken",
        "GITHUB_ACTION_PATH": str(ROOT / "ci" / "comment"),
        "GITHUB_API_URL": "http://127.0.0.1:9",
        "GITHUB_REPOSITORY": "shop/infra",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
    }
    done = bash(step["run"], repo, env)
    expected = "multus-migrator: the run was not for a pull request: nothing is posted\n"
    assert (done.code, done.out, done.err) == (0, expected, "")


@pytest.fixture
def project(tmp_path: Path) -> str:
    """A project like this one, at a tag, whose installation takes no time."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT / "ci", folder / "ci", ignore=shutil.ignore_patterns("__pycache__"))
    git(folder, "init", "--quiet")
    program(folder / "made")
    (folder / "ci" / "install.sh").write_text('#!/bin/sh\ncp -r "$(dirname "$0")/../made" "$1"\n')
    commit(folder, {})
    git(folder, "tag", "v1")
    commit(folder, {"ci/install.sh": "#!/bin/sh\nexit 77\n"})
    return f"file://{folder}"


@pytest.fixture
def job(project: str, tmp_path: Path) -> dict[str, str]:
    """The environment of a job of GitLab; folders of mktemp are made where they are thrown away."""
    (tmp_path / "temp").mkdir()
    return {
        "MULTUS_REVIEW_PROJECT": project,
        "MULTUS_REVIEW_REF": "v1",
        "TMPDIR": str(tmp_path / "temp"),
    }


def test_gitlab_reviews_what_the_branch_does(repo: Path, job: dict[str, str]) -> None:
    base = git(repo, "rev-parse", "main")
    head = commit(repo, {**BUMPED, "multus-migrator-review": "a file of that name\n"})
    request = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "CI_COMMIT_SHA": head}
    empty = {"CI_MERGE_REQUEST_TARGET_BRANCH_SHA": "", "MULTUS_REVIEW_PATHS": "infra\napps\n"}
    done = bash(gitlab_scripts("multus-migrator-review"), repo, {**job, **request, **empty})
    assert done.code == 4, done.err
    assert done.out.startswith("BREAKS: 1 new blocker\n")
    made = repo / "multus-migrator-review"
    artifacts = loaded("ci/gitlab.yml")["multus-migrator-review"]["artifacts"]
    for path in (*artifacts["paths"], artifacts["reports"]["junit"]):
        assert (repo / path).is_file()
    assert 'failures="1"' in (made / "review.xml").read_text()
    assert "BREAKS" in post.comment((made / post.FILE).read_bytes())


def test_gitlab_reviews_the_result_of_a_merge(repo: Path, job: dict[str, str]) -> None:
    """What the target branch did meanwhile is not of this request."""
    base = git(repo, "rev-parse", "main")
    commit(repo, OTHER)
    git(repo, "checkout", "--quiet", "main")
    target = commit(repo, BUMPED)
    git(repo, "merge", "--quiet", "--no-ff", "--message", "merged", "change")
    request = {
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
        "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": target,
        "CI_COMMIT_SHA": git(repo, "rev-parse", "HEAD"),
    }
    done = bash(gitlab_scripts("multus-migrator-review"), repo, {**job, **request})
    assert done.code == 0, done.err
    assert done.out.startswith("CHANGES: 1 network changes")


@pytest.mark.parametrize("missing", ["MULTUS_REVIEW_PROJECT", "MULTUS_REVIEW_REF"])
def test_gitlab_says_which_variable_is_missing(
    repo: Path, job: dict[str, str], missing: str
) -> None:
    done = bash(gitlab_scripts("multus-migrator-review"), repo, {**job, missing: ""})
    assert done.code != 0
    assert f"{missing}: is not set: the " in done.err
    assert not (repo / "multus-migrator-review").exists()


@pytest.mark.parametrize("ref", ["gone", "--upload-pack=touch PWNED"])
def test_gitlab_stops_at_a_project_that_is_not_there(
    repo: Path, job: dict[str, str], ref: str
) -> None:
    done = bash(gitlab_scripts("multus-migrator-review"), repo, {**job, "MULTUS_REVIEW_REF": ref})
    assert done.code not in (0, 4)
    assert not [*Path(job["TMPDIR"]).rglob("PWNED"), *repo.rglob("PWNED")]


def test_gitlab_posts_the_note(repo: Path, job: dict[str, str]) -> None:
    text = f"{post.MARKER}\n## multus-migrator review\n\n**BREAKS: 1 new blocker**\n"
    (repo / "multus-migrator-review").mkdir()
    (repo / "multus-migrator-review" / post.FILE).write_text(text)
    notes = "/projects/3/merge_requests/7/notes"
    with forge() as api:
        api.answers = {"/user": {"id": 40}, notes: []}
        request = {
            "CI_API_V4_URL": api.url,
            "CI_MERGE_REQUEST_PROJECT_ID": "3",
            "CI_MERGE_REQUEST_IID": "7",
            "MULTUS_REVIEW_TOKEN": "t0ken",
        }
        done = bash(gitlab_scripts("multus-migrator-note"), repo, {**job, **request})
        expected = "multus-migrator: the comment is made\n"
        assert (done.code, done.out, done.err) == (0, expected, "")
        assert api.written() == [("POST", notes, text)]


@pytest.fixture
def python3(tmp_path: Path) -> Path:
    """A python3 that keeps how it is called, and makes another one where it is told to make an environment."""
    script = tmp_path / "bin" / "python3"
    script.parent.mkdir()
    script.write_text(
        "#!/bin/sh\n"
        'printf "%s|" "$PWD" "$PIP_CONSTRAINT" "$PIP_BUILD_CONSTRAINT" "$@" >> "$CALLS"\n'
        'echo >> "$CALLS"\n'
        '[ "$3" != venv ] || { mkdir -p "$4/bin" && cp "$0" "$4/bin/python"; }\n'
    )
    script.chmod(0o755)
    return script


def test_the_action_installs_its_own_checkout(tmp_path: Path, python3: Path) -> None:
    first: dict[str, Any] = loaded("action.yml")["runs"]["steps"][0]
    env = {
        "PATH": f"{python3.parent}:{os.environ['PATH']}",
        "RUNNER_TEMP": str(tmp_path / "a place"),
        "GITHUB_ACTION_PATH": str(ROOT),
        "CALLS": str(tmp_path / "calls"),
    }
    assert bash(first["run"], tmp_path, env).code == 0
    pinned = f"{ROOT}|constraints.txt|constraints.txt|-I|-m|"
    venv = tmp_path / "a place" / "multus-migrator"
    assert (tmp_path / "calls").read_text().splitlines() == [
        f"{pinned}venv|{venv}|",
        f"{pinned}pip|install|--quiet|.|",
    ]


def test_the_installation_is_real(tmp_path: Path) -> None:
    """But for what an index would be asked for: an environment made here finds that, and pip, in the
    one that runs the tests. The work tree has modules called like those of Python."""
    for name, text in HOSTILE.items():
        (tmp_path / name).write_text(text)
    python3 = tmp_path / "bin" / "python3"
    python3.parent.mkdir()
    library = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    python3.write_text(
        f'#!/bin/sh\nset -e\n"{sys.executable}" "$1" -m venv --without-pip "$4"\n'
        f'echo "{sysconfig.get_path("purelib")}" > "$4/{library}/beside.pth"\n'
    )
    python3.chmod(0o755)
    env = {
        "PATH": f"{python3.parent}:{os.environ['PATH']}",
        "PIP_NO_INDEX": "1",
        "PIP_NO_COMPILE": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # none, by pip's way to read this variable
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_ACTION_PATH": str(ROOT),
    }
    done = bash(loaded("action.yml")["runs"]["steps"][0]["run"], tmp_path, env)
    assert done.code == 0, done.err
    venv = tmp_path / "multus-migrator"
    assert (venv / library / "migrator" / "_templates" / "compiled").is_dir()
    said = bash(f'"{venv}/bin/multus-migrator" --version', tmp_path, env)
    assert (said.code, said.err) == (0, "")
    assert __version__ in said.out
