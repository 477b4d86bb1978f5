#!/usr/bin/env bash
# Measures how long a job waits for a clean QEMU guest: from a DomainPool, and with virsh snapshot-revert:
#
#   src/benchmark/pool.sh [leases]
#
# Two guests run a Linux with a guest agent (src/test/make-linux.sh). A job comes when a guest stands by. The script
# prints the medians: the wait with each kind of stand-by, with and without setting the guest's clock, and the time of
# virsh snapshot-revert, which does not wait for the guest. Needs what verify.sh needs, and the jars that mvn package
# builds.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=src/benchmark/guests.sh disable=SC1091
. src/benchmark/guests.sh

leases=${1:-100}
guests=(guest0 guest1)
# As on a host, where libvirt keeps the states of guests in /run, which is in memory.
use_libvirtd /dev/shm
make_linux_guests "$folder" "${guests[@]}"
java -Djava.util.logging.config.file=/dev/null -cp "$jar" \
  src/benchmark/java/io/github/libvirtsnapshot/benchmark/PoolWaits.java "$uri" clean "$leases" "$folder/locks" \
  "${guests[@]}"
for ((i = 0; i < leases; i++)); do
  milliseconds virsh -q -c "$uri" snapshot-revert guest0 clean
done | sort -n | awk '{ ms[NR] = $1 } END { print "| virsh snapshot-revert | " ms[int((NR + 1) / 2)] " | |" }'
