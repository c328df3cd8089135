#!/usr/bin/env bash
# Reviews a change in the Git repository of this folder: .ci/review.sh PROGRAM BASE..HEAD FORMAT FOLDER
#
# PROGRAM is an installed multus-migrator, FORMAT that of what is printed. FOLDER gets comment.md,
# review.sarif and review.xml (JUnit). From the environment: MULTUS_REVIEW_PATHS, a path on each line
# (none: the whole repository), MULTUS_REVIEW_NODE_FILES, a folder, and MULTUS_REVIEW_ALLOW, ids with
# blanks between them. The exit code is that of `multus-migrator review`.
set -euf -o pipefail

program=$1 range=$2 format=$3 folder=$4
mkdir -p "$folder"

set -- --git "$range" --format "$format"
set -- "$@" --format "markdown=$folder/comment.md"
set -- "$@" --format "sarif=$folder/review.sarif" --format "junit=$folder/review.xml"
if [ -n "${MULTUS_REVIEW_NODE_FILES-}" ]; then
  set -- "$@" --node-files "$MULTUS_REVIEW_NODE_FILES"
fi
for id in ${MULTUS_REVIEW_ALLOW-}; do
  set -- "$@" --allow "$id"
done
set -- "$@" --
while read -r path; do
  [ -z "$path" ] || set -- "$@" "$path"
done <<< "${MULTUS_REVIEW_PATHS-}"

code=0
"$program" review "$@" || code=$?
case $code in
  0 | 2 | 4) ;;
  *) # a comment of an earlier review must not stand as if it were of this change
    rm -f "$folder/review.sarif" "$folder/review.xml"
    printf '%s\n' '<!-- multus-migrator review -->' '## multus-migrator review' '' \
      '**NOT REVIEWED: the review could not be done, and the log of its job says why**' \
      > "$folder/comment.md"
    ;;
esac
exit "$code"
