"""What a chart made stays as it is where Flux fills in the variables of a release."""

from __future__ import annotations

import pytest
import yaml

from migrator.gitops.dollars import unfilled

FORMS = {
    "plain": "a: --dir=${DIR}/bin  # why\nb: 1\n",
    "single": "a: '${DIR}: it''s'\nb: 1\n",
    "double": 'a: "${DIR}\\t\\u00e9"\nb: 1\n',
    "literal": 'a: |\n  x ${DIR}\n\n  "y" \\ é\nb: 1\n',
    "stripped": "a: |-\n  x ${DIR}\nb: 1\n",
    "last": "b: 1\na: |\n  x ${DIR}\n",
    "folded": "a: >-\n  x\n  ${DIR}\nb: 1\n",
    "key": '"${DIR}": 1\n',
    "flow": "a: [x, '${DIR}', {b: '${DIR}'}]\n",
    "escaped": "a: $${DIR}\n",
    "expansion": "a: ${DIR:-/opt} ${#X} ${1}\n",
    "list": "- ${A}\n- - ${B}\n",
    "comments": "# ${A}\na: 1  # ${B}\n",
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_nothing_is_left_to_fill_in_and_the_data_are_the_same(text: str) -> None:
    made = unfilled(text, "")
    assert "${" not in made
    assert yaml.safe_load(made) == yaml.safe_load(text)


def test_only_what_has_a_variable_is_written_anew() -> None:
    text = "# why\na: '1'   # b\nc: ${DIR}\nd: |\n  $HOME\n"
    assert unfilled(text, "") == text.replace("${DIR}", '"\\x24{DIR}"')
    assert unfilled("a: '$DIR'\n", "") == "a: '$DIR'\n"


@pytest.mark.parametrize(
    ("own", "kept"), [("tag: ${TAG}", True), ("tag: ${TAGS}", False), ("tag: ${TAG:=1}", False)]
)
def test_variables_of_the_release_itself_are_filled_in_alike(own: str, kept: bool) -> None:
    assert (unfilled("a: x:${TAG}\n", own) == "a: x:${TAG}\n") is kept


def test_of_two_variables_both_have_to_be_its_own() -> None:
    assert "${" not in unfilled("a: ${TAG}${DIR}\n", "tag: ${TAG}")
