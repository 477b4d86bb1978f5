#!/usr/bin/env bash
# Compares the library with C, libvirt-python and bare JNA in one run, and writes the results to
# docs/performance.md and docs/performance.svg:
#
#   src/benchmark/run.sh [rounds]
#
# A round takes four minutes. Each figure is the minimum of all rounds: other work of the machine only increases
# the times. Needs a JDK, Maven, a C compiler, libvirt's client library with its headers,
# libvirt-python and gnuplot.
set -euo pipefail
cd "$(dirname "$0")/../.."

rounds=${1:-2}
sizes=(1 100 1000 10000)
out=target/benchmark
mkdir -p "$out"
: > "$out/measured"

gcc -O2 -Wall -Wextra src/benchmark/c/baseline.c -o "$out/baseline" -lvirt
for ((round = 1; round <= rounds; round++)); do
  for size in "${sizes[@]}"; do
    "$out/baseline" "$size" >> "$out/measured"
    /usr/bin/python3 src/benchmark/python/baseline.py "$size" >> "$out/measured"
  done
  mvn -B -q -ntp -Pbenchmark test -DskipTests -Dmaven.javadoc.skip=true \
    -Dbenchmark.options="-f 1 -wi 4 -w 1 -i 4 -r 1 -rf json -rff $out/jmh-$round.json"
done
/usr/bin/python3 src/benchmark/python/report.py "$out" "$rounds"
gnuplot -e "data='$out/chart.tsv'" src/benchmark/chart.gnuplot > docs/performance.svg
