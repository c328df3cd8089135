"""What keeps a plan out of the values of a release, though they could say it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from migrator.gitops.release_values import with_values
from migrator.model.errors import MigratorError
from migrator.model.inputs import Render
from migrator.trees.paths import put
from tests.gitops.test_chart_values import (
    NODE,
    POD,
    RELEASE,
    VALUES,
    daemonset,
    main_of,
    planned,
    render,
    with_main,
)

PATH = ("spec", "source", "helm", "valuesObject")
MAIN_PATH = ("controllers", "multus", "containers", "multus")
OTHER = "$" + "{LEVEL}"


def described(values: Any = VALUES) -> Render:
    return replace(render(("object", values)), chart_name="app-template")


def carried(release: Any, rendered: Render, *args: str) -> Any:
    objects = [planned("DaemonSet", daemonset(POD), daemonset(with_main(POD, args=list(args))))]
    return with_values(release, rendered, objects)


def test_values_of_the_release_itself() -> None:
    release = put({}, PATH, VALUES)
    tree = carried(release, described(), "--thick").tree
    assert main_of(tree["spec"]["source"]["helm"]["valuesObject"])["args"] == ["--thick"]
    assert carried(release, described(), "--thick").file is None


def test_a_variable_that_the_release_does_not_have_is_not_put_into_it() -> None:
    """Flux's postBuild fills in what stands in the release, and not what the chart makes."""
    release = put({}, PATH, VALUES)
    with pytest.raises(MigratorError, match="a variable that stands elsewhere would be filled in"):
        carried(release, described(), f"--level={OTHER}")
    own = put(release, ("metadata", "labels", "level"), OTHER)
    tree = carried(own, described(), f"--level={OTHER}").tree
    assert main_of(tree["spec"]["source"]["helm"]["valuesObject"])["args"] == [f"--level={OTHER}"]


def test_a_file_of_values_is_filled_in_by_no_one() -> None:
    rendered = replace(render(("file", VALUES)), chart_name="app-template")
    found = carried({}, rendered, f"--level={OTHER}")
    assert str(found.file) == "file.yaml"
    assert main_of(found.tree)["args"] == [f"--level={OTHER}"]


def test_values_that_are_not_known_here_may_have_the_last_word() -> None:
    rendered = replace(described(), unknown=("Secret own, which SOPS encrypted",))
    said = f"not all values of {RELEASE} are known here: Secret own, which SOPS encrypted"
    with pytest.raises(MigratorError) as error:
        carried(put({}, PATH, VALUES), rendered, "--thick")
    assert error.value.message == said


def test_a_chart_of_which_nothing_is_known_has_post_renderers_or_nothing() -> None:
    with pytest.raises(MigratorError, match="has no post-renderers"):
        carried(put({}, PATH, VALUES), render(("object", VALUES)), "--thick")


@pytest.mark.parametrize("where", ["secret", "map"])
def test_a_value_of_a_secret_is_not_copied_into_the_release(where: str) -> None:
    """A list is written as a whole, also with what another set had in it."""
    token = {"name": "TOKEN", "value": "hunter2"}
    rendered = replace(
        render((where, put({}, (*MAIN_PATH, "env"), [token])), ("object", VALUES)),
        chart_name="app-template",
    )
    pod = with_main(POD, env=[token])
    objects = [planned("DaemonSet", daemonset(pod), daemonset(with_main(pod, env=[token, NODE])))]
    release = put({}, PATH, VALUES)
    if where == "map":
        tree = with_values(release, rendered, objects).tree
        assert main_of(tree["spec"]["source"]["helm"]["valuesObject"])["env"] == [token, NODE]
        return
    with pytest.raises(MigratorError, match="a value of a Secret would be written") as error:
        with_values(release, rendered, objects)
    assert "hunter2" not in " ".join(error.value.lines())
