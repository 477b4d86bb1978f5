#!/bin/sh
# Says in one sentence why Maven failed, if it is for one of the usual reasons; else it says nothing, and fails:
#
#   examples/why-maven-failed.sh LOG
set -eu
if grep -qE '^.?\[ERROR\].*No space left on device' "$1"; then
  echo "the disk is full: make room in $(pwd) and in $HOME/.m2"
elif grep -qF 'Checksum validation failed' "$1"; then
  echo "Maven got a file whose checksum is wrong or missing: try again, and if that fails too, look at the mirror" \
    "or the proxy in $HOME/.m2/settings.xml"
elif grep -qE 'Could not transfer|Non-resolvable|could not be resolved' "$1"; then
  echo "Maven could not fetch what it needs: is the network there? Behind a proxy or a mirror," \
    "name it in $HOME/.m2/settings.xml (https://maven.apache.org/guides/mini/guide-proxies.html)"
else
  exit 1
fi
