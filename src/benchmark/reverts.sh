#!/usr/bin/env bash
# Measures reverts of a running QEMU guest, with the bare libvirt call and with SnapshotReverter:
#
#   src/benchmark/reverts.sh [rounds]
#
# The script prints the medians. The time of libvirt itself differs by 10 % or more between reverts. The last column
# leaves it out, and so shows better how much time SnapshotReverter adds. With a safety snapshot, most of that is the
# time of the snapshot. The first revert loads the library. Needs what verify.sh needs, and the jars that mvn package
# builds.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=src/benchmark/guests.sh disable=SC1091
. src/benchmark/guests.sh

rounds=${1:-41}
use_libvirtd /tmp
make_image "$folder" guest
describe_guest "$folder" guest
virsh -q -c "$uri" "define $folder/guest.xml; start guest; snapshot-create-as guest clean" > /dev/null
java -Djava.util.logging.config.file=/dev/null -cp "$jar" \
  src/benchmark/java/io/github/libvirtsnapshot/benchmark/GuestReverts.java "$uri" guest clean "$rounds"
