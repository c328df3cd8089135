"""The scripts of the actions, as they are written, in a repository with a merge.

The program is not installed again for each: what the script would make is there already.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.ci.posting import post
from tests.ci.runner import BUMPED, HOSTILE, MULTUS, OTHER, VIDEO, Done, bash, merged, program
from tests.ci.templates import loaded
from tests.cli.test_review_git import commit, git
from tests.cli.tools import ROOT

pytestmark = pytest.mark.slow


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
    (step,) = loaded(".ci/comment/action.yml")["runs"]["steps"]
    assert step["env"] == {"GITHUB_TOKEN": "${{ github.token }}"}
    (tmp_path / "event.json").write_text(json.dumps({"workflow_run": {"event": "push"}}))
    commit(repo, {"post.py": HOSTILE["pip.py"], "json.py": HOSTILE["pip.py"]})
    env = {
        "GITHUB_TOKEN": "t0ken",
        "GITHUB_ACTION_PATH": str(ROOT / ".ci" / "comment"),
        "GITHUB_API_URL": "http://127.0.0.1:9",
        "GITHUB_REPOSITORY": "shop/infra",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
    }
    done = bash(step["run"], repo, env)
    expected = "multus-migrator: the run was not for a pull request: nothing is posted\n"
    assert (done.code, done.out, done.err) == (0, expected, "")
