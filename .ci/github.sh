#!/usr/bin/env bash
# The step of action.yml that reviews: what the pull request does to the branch that it goes into.
#
# RANGE is BASE..HEAD, or empty for the merge that actions/checkout takes for a pull request, whose
# parents are that branch and HEAD_SHA. Anything else that is checked out is refused: HEAD^1 of a branch
# is the commit before, and no more would be reviewed than the last one.
set -euo pipefail

range=${RANGE-}
if [ -z "$range" ]; then
  if [ -z "${HEAD_SHA-}" ] || [ "$(git rev-parse --quiet --verify 'HEAD^2')" != "$HEAD_SHA" ]; then
    echo "::error title=multus-migrator::HEAD is not the merge of a pull request with both of its" \
      "parents: let actions/checkout take what it takes by default, with fetch-depth 2, or give the" \
      "action a range"
    exit 1
  fi
  range="$(git rev-parse --short=12 'HEAD^1')..$(git rev-parse --short=12 HEAD)"
fi

folder=$RUNNER_TEMP/multus-migrator-review
code=0
"$GITHUB_ACTION_PATH/.ci/review.sh" \
  "$RUNNER_TEMP/multus-migrator/bin/multus-migrator" "$range" github "$folder" || code=$?
echo "folder=$folder" >> "$GITHUB_OUTPUT"
cat "$folder/comment.md" >> "$GITHUB_STEP_SUMMARY"
exit "$code"
