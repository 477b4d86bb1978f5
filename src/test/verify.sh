#!/bin/bash
# Checks everything: shell scripts, formatting, static analysis, unit tests, integration tests on the test
# driver, a real libvirtd and real QEMU; on each JDK the library is made for that this machine has. The
# tests with QEMU guests run on the first of them only: what they check does not depend on the JDK. While the tests of
# the next one run, all is built once more in a copy of the project, and servers lie to the library.
#
#   src/test/verify.sh [--matrix]
#   src/test/verify.sh --only TESTS
#   src/test/verify.sh --walks NUMBER
#   src/test/verify.sh --on NAME [--keep]
#
# With --matrix, what depends on libvirt's version also runs in a Debian 13, with libvirt 11.3 and QEMU
# 10.0, and in a Debian unstable, each in a chroot; that needs root. With --only, just these integration
# tests run, on the default JDK, as in --only PlanIT,QemuFaultIT. With --walks, just this many random
# walks, of 20 steps each on average.
#
# With --on, both of the README's commands run in another distribution, in a chroot, as a user who has sudo;
# that needs root. NAME is bullseye, bookworm, trixie, sid, jammy, noble or all; with --keep, the chroot
# stays and is used again. It ends with a table.
#
# Installs what is missing on Debian and Ubuntu (a JDK, Maven, libvirt and its API description, QEMU,
# SASL's tools, libvirt-python, shellcheck), as root or through sudo. Other systems are told which packages are
# needed. Where the environment variable CI is set, a test that is skipped or can't be run is a failure; where
# REQUIRED_JDKS names JDKs, so is one of them that is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."

# The JDKs that the library is made for: the baseline and the newest long-term release.
JDKS=(17 25)

# What is different from one libvirt to the next.
VERSION_DEPENDENT=PlanIT,RefusalRulesIT,FoundInLibvirtIT,PlanIsReadOnlyIT,RandomWalkIT,QemuFaultIT
VERSION_DEPENDENT+=,GuestIT,RevertDomainIT,DaemonFaultIT,QemuRevertIT,QemuRevertTableIT,LibvirtApiIT

# About two minutes of them.
HOSTILE_SERVERS=8000

# Error Prone has checked the sources in the first build.
CHECKED=-Dstatic.analysis=-g

# What the build with another JDK need not make, as no test needs it.
TESTS_ONLY=(-Dmaven.source.skip -Dcyclonedx.skip -Djacoco.skip "$CHECKED")

DISTRIBUTIONS=(bullseye bookworm trixie sid jammy noble)

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

# Runs Maven, and leaves out the escape sequences that some releases print whatever they are told. Says at the
# end why it failed, if it is for one of the usual reasons.
maven() {
  local log status=0
  log=$(mktemp -p "$work")
  mvn -B -ntp -Dstyle.color=never "$@" 2>&1 | sed -u 's/\x1b\[[0-9;]*m//g' | tee "$log" || status=1
  if ((status)) && reason=$(examples/why-maven-failed.sh "$log"); then
    summary+="$reason"$'\n'
  fi
  return "$status"
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
  # What an earlier build has left is not of this one.
  rm -rf target/surefire-reports target/failsafe-reports target/jacoco.exec
  if ! JAVA_HOME=$home MAVEN_OPTS=$options maven verify "$@"; then
    failed=1
  fi
  counts=$(count) || failed=1
  summary+="JDK $jdk: $counts$note"$'\n'
}

# Builds all once more, in the folder "again" and another time zone, and compares the files with those of the folder
# "first".
reproduce() {
  local file same=1
  (cd "$work/again" && TZ=Asia/Tokyo maven -q package -Dmaven.test.skip=true "$CHECKED") || same=
  for file in "$work"/again/target/*.jar "$work"/again/target/*-cyclonedx.*; do
    cmp "$file" "$work/first/${file##*/}" || same=
  done
  if [[ -n $same ]]; then
    summary+="two builds: the same bytes"$'\n'
  else
    summary+="two builds: DIFFERENT BYTES"$'\n'
    failed=1
  fi
}

# Uses the library with servers that lie, with little memory.
fuzz() {
  local options=("$CHECKED" -Dtest=HostileServerTest "-Djqwik.tries.default=$HOSTILE_SERVERS" -DargLine=-Xmx256m)
  if (cd "$work/again" && maven test "${options[@]}"); then
    summary+="$HOSTILE_SERVERS hostile servers: no exception but the library's own"$'\n'
  else
    summary+="hostile servers: FAILED; the seed and the lies are above"$'\n'
    failed=1
  fi
}

# Does both, and leaves the summary of them in a file.
reproduce_and_fuzz() {
  export JAVA_HOME=$1
  summary=
  failed=0
  reproduce
  fuzz
  echo -n "$summary" > "$work/summary"
  exit "$failed"
}

# Starts both on this JDK, in a copy of the project; what they compute takes only the time of the processors that the
# tests of another JDK leave, and that wait for most of theirs.
start_in_copy() {
  mkdir "$work/again" "$work/first"
  tar -c --exclude=./target --exclude=./.git . | tar -x -C "$work/again"
  # Where the build failed, there are none, and the comparison fails.
  cp target/*.jar target/*-cyclonedx.* "$work/first" || true
  # In a group of processes of their own, which can be ended as a whole.
  set -m
  reproduce_and_fuzz "$1" > "$work/log" 2>&1 &
  in_copy=$!
  set +m
  renice -n 19 -g "$in_copy" > /dev/null || true
}

# Waits for them, and prints what they have printed.
finish_in_copy() {
  wait "$in_copy" || failed=1
  in_copy=
  echo "== in a copy of the project"
  cat "$work/log"
  summary+=$(cat "$work/summary")$'\n'
}

# Ends what is still running, and leaves no files.
end() {
  [[ -z $in_copy ]] || kill -- "-$in_copy" || true
  rm -rf "$work"
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
  echo "usage: src/test/verify.sh [--matrix | --only TESTS | --walks NUMBER | --on NAME [--keep]]" >&2
  exit 2
}

# Prints the versions of what a run depends on, as cells of a table.
tools() {
  printf '%s | %s | %s | %s' \
    "$(mvn -B -Dstyle.color=never -v 2>&1 | sed -nE 's/.*Apache Maven ([0-9.]+).*/\1/p')" \
    "$(javac -version 2>&1 | cut -d ' ' -f 2)" \
    "$(virsh --version)" \
    "$(qemu-img --version | sed -nE 's/^qemu-img version ([^ ]+).*/\1/p')"
}

# Runs both commands in other distributions.
verify_on() {
  local names=("$1") table='' name log result
  shift
  [[ ${names[0]} != all ]] || names=("${DISTRIBUTIONS[@]}")
  log=$(mktemp)
  for name in "${names[@]}"; do
    result=passed
    src/test/in-distribution.sh "$@" --user "$name" examples/quickstart.sh src/test/verify.sh |
      tee "$log" || result=FAILED
    table+="| $name | $(sed -n 's/^tools: //p' "$log") | $result |"$'\n'
  done
  rm "$log"
  printf '\n| distribution | Maven | JDK | libvirt | QEMU | both commands |\n|---|---|---|---|---|---|\n%s' "$table"
  [[ $table != *FAILED* ]]
}

matrix=
selection=()
case "$#:${1-}" in
  0:) ;;
  1:--matrix) matrix=1 ;;
  2:--only)
    JDKS=()
    selection=(-DskipUnitTests "-Dit.test=$2" -Dinvoker.skip)
    ;;
  2:--walks)
    JDKS=()
    selection=(-DskipUnitTests -Dit.test=RandomWalkIT -Dinvoker.skip "-Djqwik.tries.default=$2")
    ;;
  2:--on | 3:--on)
    [[ -z ${3-} || $3 == --keep ]] || usage
    verify_on "${@:2}"
    exit
    ;;
  *) usage ;;
esac

if ! [[ -w . && ( ! -e target || -w target ) ]]; then
  echo "verify.sh: $PWD can't be written to: copy the project to a folder of yours" >&2
  exit 1
fi

examples/install-missing.sh jdk maven client daemon drivers qemu api sasl python shellcheck ovmf linux

default_home=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")
failed=0
summary=
in_copy=
work=$(mktemp -d)
trap end EXIT
excluded=()
if [[ $(virsh --version) == [1-7].* ]]; then
  # It goes back within the guest's process, so that none can be kept from being started.
  excluded+=(another-process)
  summary+="libvirt is older than 8.0: without the tests of a guest that has to be started anew"$'\n'
fi
if [[ $(id -u) -ne 0 ]] && ! sudo -n true 2> /dev/null; then
  excluded+=(root)
  summary+="neither root nor sudo: NOT RUN: what a full disk does, and the scripts as root"$'\n'
  [[ -z ${CI-} ]] || failed=1
fi
if shellcheck .ci/run examples/*.sh examples/revert-domain examples/revert-fleet src/benchmark/*.sh src/test/*.sh; then
  summary+="shell scripts: no findings"$'\n'
else
  summary+="shell scripts: FINDINGS, above"$'\n'
  failed=1
fi
note=
for jdk in $(printf '%s\n' "$(feature "$default_home")" ${JDKS[@]+"${JDKS[@]}"} | sort -nu); do
  if home=$(jdk_home "$jdk"); then
    groups=$(IFS=,; echo "${excluded[*]-}")
    verify "$jdk" "$home" "$note" ${selection[@]+"${selection[@]}"} ${groups:+"-DexcludedGroups=$groups"}
    if [[ -z $note ]]; then
      if [[ -z ${selection[*]-} ]]; then
        start_in_copy "$home"
      fi
      note=", without the tests that have QEMU guests, which ran on JDK $jdk"
      excluded+=(qemu)
      selection+=("${TESTS_ONLY[@]}")
    fi
  else
    summary+="JDK $jdk: not found, so nothing was run on it"$'\n'
    [[ " ${REQUIRED_JDKS-} " != *" $jdk "* ]] || failed=1
  fi
done

[[ -z $in_copy ]] || finish_in_copy

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
echo "tools: $(tools)"
echo -n "$summary"
if ((failed)); then
  echo "FAILED"
  exit 1
fi
echo "ALL GOOD"
