#!/usr/bin/env bash
# Reverts a running QEMU guest with the bare call of libvirt and with SnapshotReverter, in turn:
#
#   src/benchmark/reverts.sh [rounds]
#
# It prints the medians. Libvirt's own time for a revert differs by a tenth and more from one to the next: what
# SnapshotReverter adds is seen better in the last column, which leaves it out. With a safety snapshot, most of that
# is the snapshot. The first revert loads the library. Needs what verify.sh needs, and the jars that mvn package makes.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=src/benchmark/guests.sh disable=SC1091
. src/benchmark/guests.sh

rounds=${1:-41}
folder=$(mktemp -d /tmp/lvXXXX)
uri=$(uri "$folder")
jar=$(examples/find-jar.sh)
export LC_ALL=C.UTF-8

# Guests survive their libvirtd.
stop() {
  virsh -q -c "$uri" destroy guest || true
  kill "$daemon" || true
  wait
  rm -rf "$folder"
}
trap stop EXIT

start_libvirtd "$folder"
daemon=$!
make_image "$folder" guest
describe_guest "$folder" guest
virsh -q -c "$uri" "define $folder/guest.xml; start guest; snapshot-create-as guest clean" > /dev/null
java -Djava.util.logging.config.file=/dev/null -cp "$jar" \
  src/benchmark/java/io/github/libvirtsnapshot/benchmark/GuestReverts.java "$uri" guest clean "$rounds"
