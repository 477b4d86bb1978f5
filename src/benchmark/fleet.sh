#!/usr/bin/env bash
# Reverts QEMU guests of two libvirtds, once with examples/revert-fleet and once with virsh, started in parallel
# by xargs, in turn:
#
#   src/benchmark/fleet.sh [guests of each libvirtd] [rounds]
#
# Both have eight guests at once, four of each libvirtd. Then, with revert-fleet alone, how long it takes with more
# and with fewer. The times are those of the whole commands, the start of Java included. After each, virsh is
# asked what each guest is. Needs what verify.sh needs, and the jars that mvn package makes.
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

# Runs a command of virsh for each guest, so many at once: each AT_ONCE COMMAND [argument]
each() {
  local at_once=$1 command=$2 argument=${3-} folder
  for ((i = 0; i < guests; i++)); do
    for folder in "${folders[@]}"; do
      echo "-c $(uri "$folder") $command vm$i${argument:+ $argument}"
    done
  done | xargs -P "$at_once" -L 1 virsh -q
}

# Guests survive their libvirtd.
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

# Suspends the guests, which were running when their snapshots were taken.
use() {
  each 8 suspend > /dev/null
}

# Prints how many guests run again.
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
  use
  virsh_took=$(milliseconds by_virsh)
  virsh_ran=$(running)
  use
  fleet_took=$(milliseconds by_fleet "$per_host")
  echo "virsh $virsh_took ms, $virsh_ran run; revert-fleet $fleet_took ms, $(running) run;" \
    "$((100 * fleet_took / virsh_took)) %"
done
for at_once in 1 2 4 8 16; do
  use
  took=$(milliseconds by_fleet "$at_once")
  echo "revert-fleet, $at_once at once of each: $took ms, $(running) run"
done
