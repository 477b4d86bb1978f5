#!/usr/bin/env bash
# Reverts linked clones of one libvirtd, which are shut off: with a FleetReverter, with virsh started in parallel
# by xargs, and with libvirt-python, in turn:
#
#   src/benchmark/clones.sh [clones] [rounds]
#
# A clone is a disk image that is based on a golden image, with an internal snapshot. FleetReverter and xargs have
# four at once. The times of virsh and libvirt-python are those of the whole commands. Of FleetReverter, the start of
# Java is left out; it reverts twice, as a program that was just started loads and compiles the library meanwhile.
# The calls of libvirt's functions are counted in a run of their own. Needs what verify.sh needs, and the jars that
# mvn package makes.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=src/benchmark/guests.sh disable=SC1091
. src/benchmark/guests.sh

clones=${1:-100}
rounds=${2:-3}
folder=$(mktemp -d /tmp/lvXXXX)
uri=$(uri "$folder")
jar=$(examples/find-jar.sh)
program=src/benchmark/java/io/github/libvirtsnapshot/benchmark/LinkedClones.java
export LC_ALL=C.UTF-8

stop() {
  kill "$daemon" || true
  wait
  rm -rf "$folder"
}
trap stop EXIT

# Defines the clones, and takes a snapshot of each.
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

# Prints what the program prints: by_fleet time, or by_fleet calls.
by_fleet() {
  java -cp "$jar" "$program" "$1" "$uri" "$clones" 2> /dev/null
}

start_libvirtd "$folder"
daemon=$!
define
echo "$clones linked clones; $(by_fleet calls) calls of libvirt's functions by a FleetReverter"
for ((round = 1; round <= rounds; round++)); do
  echo "FleetReverter $(by_fleet time); virsh $(milliseconds by_virsh) ms;" \
    "libvirt-python $(milliseconds by_python) ms"
done
