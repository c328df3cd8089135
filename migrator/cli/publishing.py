"""Brings about what ``pr`` proposes: branches, a push, and requests at the host."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from migrator.cli.output import write_own
from migrator.cli.progress import doing
from migrator.cli.proposals import Proposal
from migrator.cli.written import WRITTEN
from migrator.gitops.branches import check_names
from migrator.gitops.proposal import Seen, committed, held, move_to, seen_here, seen_there
from migrator.model.errors import MigratorError
from migrator.read.files import TOOL
from migrator.read.files import shown as files_shown
from migrator.report.writer import Branched, Outcome, Published, Told
from migrator.tools import git_commits, git_refs, hosts
from migrator.tools.hosts import Host


class Remote(NamedTuple):
    """The remote, and what is to be done there."""

    name: str
    push: bool
    create: bool


def shown(proposal: Proposal, remote: Remote) -> Published:
    """What would come of it, as far as it is known without asking the remote.

    Errors: MigratorError where a person has put something on a branch.
    """
    seen = seen_here(proposal.root, remote.name, [branch.name for branch in proposal.branches])
    done = any(held(proposal.root, proposal.base, proposal.branches, seen))
    return Published(
        outcome=Outcome.UP_TO_DATE if done else Outcome.SHOWN, branches=_told(proposal)
    )


def published(proposal: Proposal, remote: Remote) -> Published:
    """Makes the branches, unless they are as they shall be; pushes them, and makes requests, where that is
    asked for.

    Errors: MigratorError where a person has put something on a branch, or git, a hook, or the remote
    refuses.
    """
    root, names = proposal.root, [branch.name for branch in proposal.branches]
    seen = seen_here(root, remote.name, names)
    url = git_refs.remote_url(root, remote.name)
    if remote.push:
        seen = _asked(proposal, remote.name, url, seen)
    here, there = held(root, proposal.base, proposal.branches, seen)
    if not (here or there):
        with doing("committing"):
            tips = committed(root, proposal.base, proposal.branches)
        for name, tip in tips.items():
            WRITTEN.note_if(f"the branch {name}", partial(_is_at, root, name, tip))
        move_to(root, tips, seen)
    leases = {name: each.remote for name, each in seen.items()}
    if remote.push and not there:
        with doing(f"pushing to {remote.name}"):
            git_commits.push(root, remote.name, leases)
    files = list(_texts(proposal))
    host = hosts.host_of(url) if url else None
    requests, changed = _requested(proposal, host) if remote.create and host else ((), False)
    pushed = there or remote.push
    done = (here or there) and (there or not remote.push) and not changed
    return Published(
        outcome=Outcome.UP_TO_DATE if done else Outcome.MADE,
        branches=_told(proposal),
        remote=remote.name if pushed else "",
        requests=requests,
        commands=(
            *(
                ()
                if pushed
                else (shlex.join(["git", *git_commits.push_words(remote.name, leases)]),)
            ),
            *(() if requests else _commands(proposal, host, files)),
        ),
    )


def _is_at(root: Path, branch: str, commit: str) -> bool:
    return git_refs.tip(root, branch) == commit


def _asked(
    proposal: Proposal, remote: str, url: str | None, here: Mapping[str, Seen]
) -> dict[str, Seen]:
    """Where the branches are at the remote now. Errors: MigratorError where one is its default branch."""
    root, names = proposal.root, list(here)
    if url is None:
        hint = f"git remote add {shlex.quote(remote)} URL, or name another: --remote NAME"
        raise MigratorError(f"the repository has no remote {remote}", hint=hint)
    with doing(f"asking {remote}"):
        tips = git_commits.remote_tips(root, remote, names)
        check_names(root, names, proposal.base, {*filter(None, [tips.get("HEAD")])})
        return seen_there(root, remote, here, tips)


def _host(root: Path, remote: str) -> Host | None:
    url = git_refs.remote_url(root, remote)
    return hosts.host_of(url) if url else None


def _requested(proposal: Proposal, host: Host) -> tuple[tuple[str, ...], bool]:
    """The requests at the host, () where its program is not there; and whether anything was done."""
    if not hosts.is_there(host):
        return (), False
    with doing(f"asking {host.value}"):
        done = [hosts.put(proposal.root, host, wish) for wish in proposal.wishes]
    return tuple(url for url, _ in done), any(changed for _, changed in done)


def missing(proposal: Proposal, remote: Remote, done: Published) -> str:
    """Why a request that was asked for was not made, "" where all was done."""
    if not remote.create or done.requests:
        return ""
    host = _host(proposal.root, remote.name)
    if host is None:
        return (
            f"the host of {remote.name} is not known for GitHub or GitLab, so nothing was created"
        )
    return f"{host.value} is not on PATH, so nothing was created"


def _texts(proposal: Proposal) -> Iterator[str]:
    """The files with the texts of the requests, in the folder of Git."""
    folder = git_refs.git_path(proposal.root, TOOL)
    for wish in proposal.wishes:
        path = folder / f"{wish.branch}.md"
        write_own(path, wish.body)
        yield os.path.relpath(path)


def _commands(proposal: Proposal, host: Host | None, files: Sequence[str]) -> Iterator[str]:
    """What makes the requests: of the host of the remote, where it is known, else of both."""
    for each in [host] if host else Host:
        for wish, file in zip(proposal.wishes, files, strict=True):
            yield hosts.command(each, wish, file)


def _told(proposal: Proposal) -> tuple[Branched, ...]:
    return tuple(
        Branched(
            name=branch.name,
            base=wish.base if wish else "",
            commits=tuple(
                Told(
                    subject=each.text.partition("\n")[0],
                    files=tuple(files_shown(Path(name)) for name in each.part.files),
                )
                for each in branch.commits
            ),
        )
        for branch, wish in zip_longest(proposal.branches, proposal.wishes)
    )
