from __future__ import annotations

import re
import shlex
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from migrator.report import safe
from tests.report import hostile


@pytest.mark.parametrize(
    "text",
    ["plain", "kube-multus-ds", "/etc/cni/net.d", "déjà vu", "网络", "a b", "~!@#$%^&*()_+`|\\"],
)
def test_what_is_seen_stays(text: str) -> None:
    assert safe.visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31m", "a\\x1b[31m"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\x9b", "\\x9b"),
        ("a\u202eb", "a\\u202eb"),
        ("a\u200bb", "a\\u200bb"),
        ("a\xadb", "a\\xadb"),
        ("a\xa0b", "a\\xa0b"),
        ("a\u3164b", "a\\u3164b"),
        ("a\ufe0fb", "a\\ufe0fb"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
    ],
)
def test_what_is_not_seen_is_shown(text: str, shown: str) -> None:
    assert safe.visible(text) == shown


@given(st.text())
def test_nothing_invisible_is_left(text: str) -> None:
    shown = safe.visible(text)
    assert {unicodedata.category(c) for c in shown}.isdisjoint(
        {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    )
    assert safe.visible(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words, and (more).", "plain words, and (more)."),
        ("v4.2.4 is newer.", "v4.2.4 is newer."),
        ("00-multus.conf is gone", "`00-multus.conf` is gone"),
        ("evil.example", "`evil.example`"),
        ("see /etc/cni/net.d, then", "see `/etc/cni/net.d`, then"),
        ("(--foo=bar)", "(--foo=bar)"),
        ("@octocat", "`@octocat`"),
        ("multus-cni#1238", "`multus-cni#1238`"),
        ("GH-12", "`GH-12`"),
        ("(see !12)", "(see `!12`)"),
        ("group/project!12", "`group/project!12`"),
        ("of %3", "of `%3`"),
        ("50% of it!", "50% of it!"),
        ("www.example.com", "`www.example.com`"),
        ("0123abc is a commit, decade is none", "`0123abc` is a commit, decade is none"),
        ("costs $5", "costs `$5`"),
        ("a:tada:b :+1", "`a:tada:b` :+1"),
        ("a_b * c", "a_b \\* c"),
        ("__c__ ~ _e_", "\\_\\_c\\_\\_ \\~ \\_e\\_"),
        ("~bug ~~d~~ [[page]] [epic:1]", "`~bug` `~~d~~` `[[page]]` `[epic:1]`"),
        ("(" * 2_000 + "@x", "(" * 8 + "`" + "(" * 1_992 + "@x`"),
        ("<b> &lt; &#64; a & b", "\\<b\\> \\&lt; `&#64`; a & b"),
        ("[a](b)", "\\[a\\](b)"),
        ("- item", "\\- item"),
        ("2) item", "2\\) item"),
        ("4.2.4 is newer", "4.2.4 is newer"),
        ("# Heading", "\\# Heading"),
        ("===", "\\==="),
        ("two\nlines", "two lines"),
        ("a `b`", "a `b`"),
        ("`kubectl kustomize a/k` failed", "`kubectl kustomize a/k` failed"),
        ("`<b>` and @x", "`<b>` and `@x`"),
        ("a `b", "a \\`b"),
        ('is ["/usr/bin/x", "-d", "/y"] now', 'is \\["/usr/bin/x", "-d", "/y"\\] now'),
        ('is ["/usr/x.conf", "-d"] now', 'is `["/usr/x.conf"`, "-d"\\] now'),
        ("(10-a.conf and 20-b.conf)", "(`10-a.conf` and `20-b.conf`)"),
        ('"10-a.conf", (a)', '"`10-a.conf`", (a)'),
        ("[@a [b] c", "`[@a` \\[b\\] c"),
        ("", ""),
    ],
)
def test_prose_for_markdown(text: str, shown: str) -> None:
    assert safe.md(text) == shown


@given(st.text(alphabet="`*_~[]<>&!#-+=1.)(ab \\\\\"'\n"))
def test_prose_is_read_as_it_was_written(text: str) -> None:
    """Whatever stands outside of backticks is shown by a renderer as the characters that it is; there may be a
    blank more between two code spans."""
    shown = "".join(
        child.content
        for token in MarkdownIt("gfm-like", {"linkify": False}).parse(safe.md(text))
        for child in token.children or ()
    )
    # a command to the log of a CI is defused, and code of blanks alone is said to be blank
    written = re.sub("` +`", "(blank)", safe.visible(" ".join(text.split())))
    assert re.sub("[` ]", "", shown) == re.sub("[` ]", "", written)


def test_issues_of_multus_are_links_and_others_are_not() -> None:
    shown = safe.mdlinks(
        "multus-cni#1, PR#2, 6597fa65f; multus-cni 0123abc; other/multus-cni#3, talos#4; a_ @b"
    )
    url = "https://redirect.github.com/k8snetworkplumbingwg/multus-cni"
    assert shown == (
        f"[multus-cni issue 1]({url}/issues/1), [multus-cni PR 2]({url}/issues/2), "
        f"[multus-cni commit 6597fa6]({url}/commit/6597fa65f); "
        f"[multus-cni commit 0123abc]({url}/commit/0123abc); "
        "`other/multus-cni#3`, `talos#4`; a\\_ `@b`"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a", "`a`"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("a``", "``` a`` ```"),
        (" a", "`  a `"),
        ("", "(empty)"),
        ("  ", "(blank)"),
    ],
)
def test_code_span(text: str, shown: str) -> None:
    assert safe.mdcode(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [("`a|b`", "`a\\|b`"), ("`a\\|b`", "`a\\x7cb`"), ("a", "a")],
    ids=["a pipe", "a pipe behind a backslash, which some renderers take for two", "no pipe"],
)
def test_cell(text: str, shown: str) -> None:
    assert safe.mdcell(text) == shown


@given(st.text(alphabet="`~\n ax"))
def test_no_line_of_a_fenced_block_ends_it(text: str) -> None:
    first, *body, last = safe.mdfence(text, "diff").split("\n")
    fence = first.removesuffix("diff")
    assert fence == last
    assert set(fence) == {"`"}
    assert len(fence) >= 3
    assert all(fence not in line for line in body)


@pytest.mark.parametrize("text", hostile.TEXTS.values(), ids=hostile.TEXTS)
def test_a_word_of_a_shell_command_is_one_word(text: str) -> None:
    words = shlex.split(f"kubectl get {safe.shell(text)} -o yaml", comments=True)
    assert len(words) == 5
    assert not words[2].startswith("-")


def test_shell_words_that_need_no_quotes_have_none() -> None:
    assert safe.shell("/etc/cni/net.d") == "/etc/cni/net.d"
    assert safe.shell("daemonset/kube-multus-ds") == "daemonset/kube-multus-ds"


@pytest.mark.parametrize(
    ("text", "width"), [("abc", 3), ("网络", 4), ("e\u0301", 1)], ids=["ascii", "wide", "combining"]
)
def test_columns(text: str, width: int) -> None:
    assert safe.columns(text) == width


def test_short_says_how_much_is_gone() -> None:
    assert safe.short("a" * 12, 10) == "a" * 10 + " ... (2 more characters)"
    assert safe.short("a" * 10, 10) == "a" * 10
