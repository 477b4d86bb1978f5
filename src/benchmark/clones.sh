#!/usr/bin/env bash
# Measures reverts of linked clones that are shut off, on one libvirtd: with a FleetReverter, with virsh that xargs
# starts in parallel, and with libvirt-python:
#
#   src/benchmark/clones.sh [clones] [rounds]
#
# A clone is a disk image that is based on a golden image, with an internal snapshot. FleetReverter and xargs revert
# four clones concurrently. The times of virsh and libvirt-python include the start of the commands. The time of
# FleetReverter does not include the start of Java; the program reverts twice, as the JVM loads and compiles the library
# during the first run. A separate run counts the calls of libvirt functions. Needs what verify.sh needs, and the jars
# that mvn package builds.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=src/benchmark/guests.sh disable=SC1091
. src/benchmark/guests.sh

clones=${1:-100}
rounds=${2:-3}
program=src/benchmark/java/io/github/libvirtsnapshot/benchmark/LinkedClones.java

# Defines the clones, and creates a snapshot of each.
define() {
  make_image "$folder" golden
  for ((i = 0; i < clones; i++)); do
    make_image "$folder" "vm$i" -b golden.qcow2 -F qcow2
    describe_guest "$folder" "vm$i"
    echo "define $folder/vm$i.xml"
    echo "snapshot-create-as vm$i clean"
  done | virsh -q -c "$uri" > /dev/null
}

by_virsh() {
  for ((i = 0; i < clones; i++)); do
    echo "-c $uri snapshot-revert vm$i clean"
  done | xargs -P 4 -L 1 virsh -q
}

by_python() {
  /usr/bin/python3 src/benchmark/python/revert_all.py "$uri" "$clones"
}

# Runs the program: by_fleet time, or by_fleet calls.
by_fleet() {
  java -cp "$jar" "$program" "$1" "$uri" "$clones" 2> /dev/null
}

use_libvirtd /tmp
define
echo "$clones linked clones; $(by_fleet calls) calls of libvirt's functions by a FleetReverter"
for ((round = 1; round <= rounds; round++)); do
  echo "FleetReverter $(by_fleet time); virsh $(milliseconds by_virsh) ms;" \
    "libvirt-python $(milliseconds by_python) ms"
done
