#!/bin/sh
# Prints what is new in the version of pom.xml, from CHANGELOG.md:
#
#   .github/release-notes.sh TAG
#
# Fails if TAG is not v and this version, if CHANGELOG.md has no section for the version, or if the title of the section
# says "not released yet".
set -eu
cd "$(dirname "$0")/.."

fail() {
  echo "release-notes.sh: $1" >&2
  exit 1
}

version=$(sed -n 's:^  <version>\(.*\)</version>$:\1:p' pom.xml)
if [ "${1-}" != "v$version" ]; then
  fail "the tag is \"${1-}\", and the version in pom.xml is $version: tag the commit whose pom.xml has the version"
fi
notes=$(awk -v title="## $version" '/^## / { inside = $1 " " $2 == title; next } inside' .github/CHANGELOG.md)
if [ -z "$notes" ]; then
  fail "CHANGELOG.md has no section \"## $version\": add it before you tag the release"
fi
if grep -qxF "## $version (not released yet)" .github/CHANGELOG.md; then
  fail "CHANGELOG.md says that $version is not released yet: replace these words by the date before you tag the release"
fi
echo "$notes" | sed '1{/^$/d;}'
