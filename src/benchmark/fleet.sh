#!/usr/bin/env bash
# Measures reverts of QEMU guests of two libvirtds: with examples/revert-fleet, and with virsh that xargs starts in
# parallel:
#
#   src/benchmark/fleet.sh [guests of each libvirtd] [rounds]
#
# Both revert eight guests concurrently, four of each libvirtd. Then revert-fleet is measured with a higher and a lower
# concurrency. The times include the start of the commands, and of Java. After each measurement, virsh counts the running
# guests. Needs what verify.sh needs, and the jars that mvn package builds.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=src/benchmark/guests.sh disable=SC1091
. src/benchmark/guests.sh

guests=${1:-60}
rounds=${2:-3}
per_host=4
first=$(mktemp -d /tmp/lvXXXX)
second=$(mktemp -d /tmp/lvXXXX)
folders=("$first" "$second")
daemons=()

# Runs a virsh command for each guest, concurrently: each MAX_CONCURRENT COMMAND [argument]
each() {
  local max_concurrent=$1 command=$2 argument=${3-} folder
  for ((i = 0; i < guests; i++)); do
    for folder in "${folders[@]}"; do
      echo "-c $(uri "$folder") $command vm$i${argument:+ $argument}"
    done
  done | xargs -P "$max_concurrent" -L 1 virsh -q
}

# Guests continue to run without libvirtd, so they are destroyed first.
stop() {
  each 8 destroy > /dev/null 2>&1 || true
  kill "${daemons[@]}" || true
  wait
  rm -rf "${folders[@]}"
}
trap stop EXIT

start() {
  start_libvirtd "$1"
  daemons+=($!)
  for ((i = 0; i < guests; i++)); do
    make_image "$1" "vm$i"
    describe_guest "$1" "vm$i"
    virsh -q -c "$(uri "$1")" define "$1/vm$i.xml" > /dev/null
  done
}

# Suspends the guests; the snapshots are of running guests.
pause() {
  each 8 suspend > /dev/null
}

# Prints the number of running guests.
running() {
  each 8 domstate | grep -c '^running$'
}

by_virsh() {
  each $((2 * per_host)) snapshot-revert clean
}

by_fleet() {
  examples/revert-fleet clean "$(uri "$first")" "$(uri "$second")" --per-host "$1" 2> /dev/null
}

for folder in "${folders[@]}"; do
  start "$folder"
done
each 8 start > /dev/null
each 8 snapshot-create-as clean > /dev/null
echo "$((2 * guests)) guests"
for ((round = 1; round <= rounds; round++)); do
  pause
  virsh_took=$(milliseconds by_virsh)
  virsh_ran=$(running)
  pause
  fleet_took=$(milliseconds by_fleet "$per_host")
  echo "virsh $virsh_took ms, $virsh_ran guests run; revert-fleet $fleet_took ms, $(running) guests run;" \
    "$((100 * fleet_took / virsh_took)) %"
done
for per_host in 1 2 4 8 16; do
  pause
  took=$(milliseconds by_fleet "$per_host")
  echo "revert-fleet, $per_host concurrent reverts of each libvirtd: $took ms, $(running) guests run"
done
