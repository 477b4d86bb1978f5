#!/bin/sh
# Prints in one sentence why Maven failed. Fails without output if the reason is not one of the usual ones:
#
#   examples/why-maven-failed.sh LOG
set -eu
if grep -qE '^.?\[ERROR\].*No space left on device' "$1"; then
  echo "the disk is full: free space for $(pwd) and $HOME/.m2"
elif grep -qF 'Checksum validation failed' "$1"; then
  echo "Maven downloaded a file whose checksum is wrong or missing: try again; if that fails too, check the mirror" \
    "or the proxy in $HOME/.m2/settings.xml"
elif grep -qE 'Could not transfer|Non-resolvable|could not be resolved' "$1"; then
  echo "Maven could not download files: check the network; if there is a proxy or a mirror," \
    "set it in $HOME/.m2/settings.xml (https://maven.apache.org/guides/mini/guide-proxies.html)"
else
  exit 1
fi
