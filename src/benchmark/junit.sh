#!/usr/bin/env bash
# Measures JUnit tests that need a clean QEMU guest, on one guest and on two:
#
#   src/benchmark/junit.sh [rounds]
#
# Two guests run a Linux with a guest agent (src/test/make-linux.sh). Each of 12 tests waits for the agent and then
# takes a second. The script prints the wall clock of all tests, for each round. Needs what verify.sh needs, and the
# jars that mvn package builds.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=src/benchmark/guests.sh disable=SC1091
. src/benchmark/guests.sh

rounds=${1:-3}
guests=(guest0 guest1)
use_libvirtd /tmp
mvn -B -ntp -q dependency:build-classpath -Dmdep.includeScope=test -Dmdep.outputFile="$folder/classpath" > /dev/null
make_linux_guests "$folder" "${guests[@]}"
java -Djava.util.logging.config.file=/dev/null -Dio.github.libvirtsnapshot.lockFolder="$folder/locks" \
  -Dbenchmark.uri="$uri" -Dbenchmark.domains="${guests[*]}" -cp "$jar:$(cat "$folder/classpath")" \
  src/benchmark/java/io/github/libvirtsnapshot/benchmark/JunitDomains.java "$rounds"
