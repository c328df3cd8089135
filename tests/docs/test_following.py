"""The test of the pages can fail: it sees what a page says wrong, leaves out, or does not run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import Command, PageError, Saved, matches, renewed, steps
from tests.docs.test_pages import follow


def page(*lines: str) -> str:
    return "\n".join(["```console", *lines, "```", ""])


def test_an_output_that_differs_is_put_right_and_so_noticed(tmp_path: Path) -> None:
    text = page("$ echo one", "two", "$ echo three", "three")
    assert follow("page.md", text, tmp_path) == page("$ echo one", "one", "$ echo three", "three")


def test_each_output_goes_below_its_own_command(tmp_path: Path) -> None:
    text = page("$ printf 'a\\nb\\n'", "$ echo c", "x", "y")
    right = page("$ printf 'a\\nb\\n'", "a", "b", "$ echo c", "c")
    assert follow("page.md", text, tmp_path) == right


def test_a_command_of_the_program_is_run_as_on_a_terminal(tmp_path: Path) -> None:
    text = page("$ multus-migrator explain P999", "?", "$ echo $?", "?")
    written = follow("page.md", text, tmp_path)
    assert "P999" in written
    assert written.endswith("$ echo $?\n64\n```\n")


def test_a_command_that_fails_says_so_on_the_page(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"page\.md:2: false"):
        follow("page.md", page("$ false"), tmp_path)
    text = page("$ false", "$ echo $?", "1")
    assert follow("page.md", text, tmp_path / "again") == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (page("kubectl get pods"), "begins with a command"),
        ("```sh\nkubectl get pods\n```\n", "blocks of commands are console"),
        ("```\nkubectl get pods\n```\n", "blocks of commands are console"),
        ("Save this as `a.yaml`, or not.\n\n```yaml\na: 1\n```\n", "no block follows"),
    ],
    ids=["no prompt", "another shell", "no kind", "a file that is none"],
)
def test_what_would_not_be_run_is_an_error(text: str, why: str) -> None:
    with pytest.raises(PageError, match=why):
        list(steps("page.md", text))


def test_what_says_that_it_is_not_run_is_left_alone() -> None:
    assert list(steps("page.md", page("# not run by our tests: a cluster", "$ kubectl"))) == []


def test_files_to_save_and_commands_that_go_on_in_the_next_line() -> None:
    text = "Save this as\n`a/b.yaml`:\n\n```yaml\na: 1\n```\n" + page("$ cat a |", "    wc", "1")
    assert list(steps("page.md", text)) == [
        Saved("a/b.yaml", "a: 1\n"),
        Command(8, "cat a |\n    wc", ("1",), 11),
    ]


@pytest.mark.parametrize(
    ("shown", "said", "same"),
    [
        (["a", "b"], ["a", "b"], True),
        (["a", "b"], ["a", "B"], False),
        (["a", "b"], ["a", "b", "c"], False),
        (["a"], ["a "], False),
        (["a", "..."], ["a", "b", "c"], True),
        (["a", "...", "d"], ["a", "b", "c", "d"], True),
        (["a", "...", "d"], ["a", "b", "c"], False),
        (["...", "c"], ["b", "cc"], False),
        ([], ["a"], False),
        ([".*"], ["abc"], False),
    ],
)
def test_a_cut_stands_for_whole_lines_and_nothing_else(
    shown: list[str], said: list[str], same: bool
) -> None:
    assert matches(shown, said) is same


@pytest.mark.parametrize(
    ("shown", "said", "now"),
    [
        (["a", "b"], ["a", "B"], ["a", "B"]),
        (["a", "...", "d"], ["a", "b", "c", "D"], ["a", "...", "D"]),
        (["A", "...", "d"], ["a", "b", "c", "d"], ["a", "...", "d"]),
        (["..."], ["a", "b"], ["..."]),
    ],
)
def test_what_is_written_anew_is_cut_where_it_was(
    shown: list[str], said: list[str], now: list[str]
) -> None:
    assert renewed(shown, said) == now
    assert matches(now, said)
