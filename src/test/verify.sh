#!/bin/bash
# Checks everything: shell scripts, formatting, static analysis, unit tests, integration tests on the test
# driver, a real libvirtd and real QEMU; on each JDK the library is made for that this machine has. The
# tests with QEMU guests run on the first of them only: what they check does not depend on the JDK.
#
#   src/test/verify.sh [--matrix]
#   src/test/verify.sh --only TESTS
#   src/test/verify.sh --walks NUMBER
#
# With --matrix, what depends on libvirt's version also runs in a Debian 13, with libvirt 11.3 and QEMU
# 10.0, and in a Debian unstable, each in a chroot; that needs root. With --only, just these integration
# tests run, on the default JDK, as in --only PlanIT,QemuFaultIT. With --walks, just this many random
# walks, of 20 steps each on average.
#
# Installs what is missing on Debian and Ubuntu (a JDK, Maven, libvirt and its API description, QEMU,
# SASL's tools, libvirt-python, shellcheck), as root or through sudo. Other systems are told which packages are
# needed. Where the environment variable CI is set, a JDK that is missing and a test that is skipped
# are failures.
set -euo pipefail
cd "$(dirname "$0")/../.."

# The JDKs that the library is made for: the baseline and the newest long-term release.
JDKS=(17 25)

# What is different from one libvirt to the next.
VERSION_DEPENDENT=PlanIT,FamiliesIT,FoundInLibvirtIT,PlanTouchesNothingIT,RandomWalkIT,QemuFaultIT
VERSION_DEPENDENT+=,DaemonFaultIT,QemuRevertIT,QemuRevertTableIT,LibvirtApiIT

# Prints the feature release of the JDK in this folder.
feature() {
  "$1/bin/javac" -version 2>&1 | sed -E 's/^javac ([0-9]+).*/\1/'
}

# Prints the home of a JDK of this feature release.
jdk_home() {
  local home
  for home in "$default_home" "${JAVA_HOME:-$default_home}" /usr/lib/jvm/* /opt/*; do
    if [[ -x $home/bin/javac && $(feature "$home") == "$1" ]]; then
      echo "$home"
      return
    fi
  done
  return 1
}

# Builds and tests with one JDK and these options of Maven's, and adds a line to the summary.
verify() {
  local jdk=$1 home=$2 note=$3 counts options=
  shift 3
  if ((jdk >= 24)); then
    # Maven itself uses what this JDK warns of.
    options='--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow'
  fi
  echo "== JDK $jdk: $home"
  if ! JAVA_HOME=$home MAVEN_OPTS=$options mvn -B -ntp clean verify "$@"; then
    failed=1
  fi
  counts=$(count) || failed=1
  summary+="JDK $jdk: $counts$note"$'\n'
}

# Prints how many tests ran, failed and were skipped, from the reports of the last build.
count() {
  python3 - target/surefire-reports target/failsafe-reports << 'PYTHON'
import glob, os, sys
import xml.etree.ElementTree as xml

total = failed = skipped = 0
for folder in sys.argv[1:]:
    for report in glob.glob(folder + "/TEST-*.xml"):
        suite = xml.parse(report).getroot()
        total += int(suite.get("tests"))
        failed += int(suite.get("failures")) + int(suite.get("errors"))
        skipped += int(suite.get("skipped"))
print(f"{total - failed - skipped} passed, {failed} failed, {skipped} skipped")
sys.exit(failed > 0 or total == 0 or (skipped > 0 and "CI" in os.environ))
PYTHON
}

usage() {
  echo "usage: src/test/verify.sh [--matrix | --only TESTS | --walks NUMBER]" >&2
  exit 2
}

matrix=
selection=()
case "$#:${1-}" in
  0:) ;;
  1:--matrix) matrix=1 ;;
  2:--only)
    JDKS=()
    selection=(-Dtest=NamesTest "-Dit.test=$2" -Dinvoker.skip)
    ;;
  2:--walks)
    JDKS=()
    selection=(-Dtest=NamesTest -Dit.test=RandomWalkIT -Dinvoker.skip "-Djqwik.tries.default=$2")
    ;;
  *) usage ;;
esac

examples/install-missing.sh jdk maven client daemon drivers qemu api sasl python shellcheck ovmf linux

default_home=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")
failed=0
summary=
if shellcheck .ci/run examples/*.sh src/test/*.sh; then
  summary+="shell scripts: no findings"$'\n'
else
  summary+="shell scripts: FINDINGS, above"$'\n'
  failed=1
fi
note=
for jdk in $(printf '%s\n' "$(feature "$default_home")" ${JDKS[@]+"${JDKS[@]}"} | sort -nu); do
  if home=$(jdk_home "$jdk"); then
    verify "$jdk" "$home" "$note" ${selection[@]+"${selection[@]}"}
    if [[ -z $note ]]; then
      note=", without the tests that have QEMU guests, which ran on JDK $jdk"
      selection+=(-DexcludedGroups=qemu)
    fi
  else
    summary+="JDK $jdk: not found, so nothing was run on it"$'\n'
    [[ -z ${CI-} ]] || failed=1
  fi
done

for suite in ${matrix:+trixie sid}; do
  if src/test/in-distribution.sh "$suite" "src/test/verify.sh --only $VERSION_DEPENDENT"; then
    summary+="Debian $suite: passed; its own summary is above"$'\n'
  else
    summary+="Debian $suite: FAILED; its own summary is above"$'\n'
    failed=1
  fi
done

echo
echo "== Summary: formatting, static analysis, unit and integration tests"
echo -n "$summary"
if ((failed)); then
  echo "FAILED"
  exit 1
fi
echo "ALL GOOD"
