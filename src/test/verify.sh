#!/bin/bash
# Runs all checks: shell scripts, workflows, formatting, static analysis, unit tests, and integration tests on the
# test driver, a real libvirtd and real QEMU. They run on each supported JDK of this machine. What does not depend on the
# JDK runs on the first JDK only: the tests with QEMU guests, and those tagged any-jdk, such as the tests of scripts.
# During the integration tests, a second build runs in a copy of the project, and the library is tested with hostile
# servers.
#
#   src/test/verify.sh [--matrix]
#   src/test/verify.sh --integration-tests
#   src/test/verify.sh --only TESTS
#   src/test/verify.sh --walks NUMBER
#   src/test/verify.sh --on NAME [--keep]
#
# --matrix also runs the tests that depend on libvirt's version in chroots of Debian 13 (libvirt 11.3, QEMU 10.0) and of
# Debian unstable; this needs root. If QEMU here is older than 10, the random walks also upgrade it to that of Debian 13
# between a snapshot and a revert. --integration-tests leaves out what does not depend on the distribution: the unit
# tests, the integration tests tagged any-distribution, the projects in src/it, the second build and the hostile
# servers. --only runs only these integration tests on the default JDK, as in --only PlanIT,QemuFaultIT. --walks runs
# only this number of new random walks, with 20 steps each on average.
#
# --on runs examples/quickstart.sh and verify.sh --integration-tests in a chroot of another distribution, as a user
# with sudo, and prints a table of the results; this needs root. NAME is bullseye, bookworm, trixie, sid, jammy,
# noble or all. --keep keeps the chroot for the next run.
#
# On Debian and Ubuntu, the script installs missing packages as root or through sudo: a JDK, Maven, libvirt and its
# API description, QEMU, SASL's tools, libvirt-python, shellcheck, swtpm, zsh, groff. On other systems, it prints the
# packages that it needs. If the environment variable CI is set, a test that is skipped or cannot run is a failure. A
# JDK that REQUIRED_JDKS names and that is missing is a failure too. The workflows are linted if Node.js and npm are
# there; if REQUIRED_LINT is set, the script installs them, and a lint that cannot run is a failure.
# The same applies to Chromium, which opens the pages of reports, and REQUIRED_BROWSER.
set -euo pipefail
cd "$(dirname "$0")/../.."

# The supported JDKs: the baseline and the newest long-term release.
JDKS=(17 25)

# The tests that depend on libvirt's version.
VERSION_DEPENDENT=PlanIT,RefusalRulesIT,FoundInLibvirtIT,PlanIsReadOnlyIT,RandomWalkIT,QemuFaultIT
VERSION_DEPENDENT+=,GuestIT,GuestNetworkIT,RevertDomainIT,DaemonFaultIT,QemuRevertIT,QemuRevertTableIT,LibvirtApiIT
VERSION_DEPENDENT+=,SnapshotIdentityIT,FrozenImagesIT,CheckpointsIT,FileNamesIT,HostRequirementsIT
VERSION_DEPENDENT+=,StateOutsideSnapshotIT,UndoIT,PlanStatementsIT,DeviceStatesIT,DeviceChangesIT
VERSION_DEPENDENT+=,TransientPoolsIT,SnapshotArchiveIT,SnapshotMakerIT

# They take about two minutes.
HOSTILE_SERVERS=8000

# Skips Error Prone, which checks the sources in the second build: the tests need not wait for it.
UNCHECKED=(-Dstatic.analysis=-g -Dstatic.analysis.of.tests=-g)

# Skips the coverage, and runs the integration tests without the optimizing compiler and without the parallel garbage
# collector, which take a third of their processor time.
FIRST_JDK=(-Djacoco.skip "-Dintegration.tests.jvm=-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")

# Skips files that no test needs, in the builds with other JDKs, whose integration tests run with the JVM's defaults.
OTHER_JDKS=(-Djacoco.skip -Dmaven.source.skip -Dcyclonedx.skip)

DISTRIBUTIONS=(bullseye bookworm trixie sid jammy noble)

# Prints the feature release of the JDK in a folder.
feature() {
  "$1/bin/javac" -version 2>&1 | sed -E 's/^javac ([0-9]+).*/\1/'
}

# Prints the home of a JDK with a feature release.
jdk_home() {
  local home
  # The last folders are those of a hosted runner.
  for home in "$default_home" "${JAVA_HOME:-$default_home}" /usr/lib/jvm/* /opt/* /opt/hostedtoolcache/Java*/*/x64; do
    if [[ -x $home/bin/javac && $(feature "$home") == "$1" ]]; then
      echo "$home"
      return
    fi
  done
  return 1
}

# Runs Maven, and removes the escape sequences that some releases print in spite of the options. Adds the cause of a
# failure to the summary, if it is a common one.
maven() {
  local log status=0
  log=$(mktemp -p "$work")
  mvn -B -ntp -Dstyle.color=never "$@" 2>&1 | sed -u 's/\x1b\[[0-9;]*m//g' | tee "$log" || status=1
  if ((status)) && reason=$(examples/why-maven-failed.sh "$log"); then
    summary+="$reason"$'\n'
  fi
  return "$status"
}

# Builds and tests with one JDK and options for Maven, and adds a line to the summary.
verify() {
  local jdk=$1 home=$2 note=$3 counts begin=$SECONDS
  # Also for the Mavens that build the projects in src/it: the optimizing compiler would take half of their time.
  local options='-XX:TieredStopAtLevel=1 -XX:+UseSerialGC'
  shift 3
  if ((jdk >= 24)); then
    # Maven itself causes these warnings of the JDK.
    options+=' --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow'
  fi
  echo "== JDK $jdk: $home"
  # The JDK compiles everything itself, and the reports are those of this build only.
  rm -rf target/classes target/test-classes target/example-classes target/maven-status
  rm -rf target/surefire-reports target/failsafe-reports
  if ! JAVA_HOME=$home MAVEN_OPTS=$options maven verify "${UNCHECKED[@]}" "$@"; then
    failed=1
  fi
  counts=$(count) || failed=1
  summary+="JDK $jdk$note: $((SECONDS - begin)) s, $counts"$'\n'
}

# Builds the project again in the folder "again", with Error Prone and another time zone, and compares the files with
# those in the folder "first".
reproduce() {
  local file same=1
  if (cd "$work/again" && TZ=Asia/Tokyo maven -q package -DskipTests); then
    summary+="Error Prone: no findings"$'\n'
  else
    summary+="build with Error Prone: FAILED"$'\n'
    failed=1
  fi
  for file in "$work"/again/target/*.jar "$work"/again/target/*-cyclonedx.*; do
    cmp "$file" "$work/first/${file##*/}" || same=
  done
  if [[ -n $same ]]; then
    summary+="two builds: identical bytes"$'\n'
  else
    summary+="two builds: DIFFERENT BYTES"$'\n'
    failed=1
  fi
}

# Tests the library with hostile servers, with little memory.
fuzz() {
  local options=(-Dtest=HostileServerTest "-Djqwik.tries.default=$HOSTILE_SERVERS" -DargLine=-Xmx256m)
  if (cd "$work/again" && maven test "${options[@]}"); then
    summary+="$HOSTILE_SERVERS hostile servers: only exceptions of the library"$'\n'
  else
    summary+="hostile servers: FAILED; the seed and the wrong answers are above"$'\n'
    failed=1
  fi
}

# Waits until the first build begins its integration tests, or has ended. Until then it downloads what the second build
# needs too, and Maven does not support two downloads of one file at a time.
wait_for_first_build() {
  until [[ target/failsafe-reports -nt $work/again || -e $work/ended ]]; do
    sleep 1
  done
  # If the first build failed, there are no files, and the comparison fails.
  cp target/*.jar target/*-cyclonedx.* "$work/first" || true
}

# Runs the second build and the hostile servers, and writes their summary to a file.
reproduce_and_fuzz() {
  export JAVA_HOME=$1
  summary=
  failed=0
  wait_for_first_build
  reproduce
  fuzz
  echo -n "$summary" > "$work/summary"
  exit "$failed"
}

# Starts the second build and the hostile servers in a copy of the project. They have a lower priority than the
# integration tests, which often wait, but end before them.
start_in_copy() {
  mkdir "$work/again" "$work/first"
  tar -c --exclude=./target --exclude=./.git . | tar -x -C "$work/again"
  # In a new process group, which can be ended as a whole.
  set -m
  reproduce_and_fuzz "$1" > "$work/log" 2>&1 &
  in_copy=$!
  set +m
  renice -n 5 -g "$in_copy" > /dev/null || true
}

# Waits for the second build and the hostile servers, and prints their output.
finish_in_copy() {
  wait "$in_copy" || failed=1
  in_copy=
  echo "== in a copy of the project"
  cat "$work/log"
  summary+=$(cat "$work/summary")$'\n'
}

# Ends running processes, and removes temporary files.
end() {
  [[ -z $in_copy ]] || kill -- "-$in_copy" || true
  rm -rf "$work"
}

# Lints the workflows, and adds a line to the summary.
lint() {
  local status=0
  src/test/lint-workflows.sh || status=$?
  case $status in
    0) summary+="workflows: no findings"$'\n' ;;
    3)
      summary+="workflows: NOT RUN: the lint needs Node.js 16 or newer, npm and its packages; the reason is above"$'\n'
      [[ -z ${REQUIRED_LINT-} ]]
      ;;
    *)
      summary+="workflows: FINDINGS, above"$'\n'
      return 1
      ;;
  esac
}

# Prints the numbers of passed, failed and skipped tests of the last build, and the first line of each failure.
count() {
  python3 - target/surefire-reports target/failsafe-reports << 'PYTHON'
import glob, os, sys
import xml.etree.ElementTree as xml

total = failed = skipped = 0
failures = []
for folder in sys.argv[1:]:
    for report in glob.glob(folder + "/TEST-*.xml"):
        suite = xml.parse(report).getroot()
        total += int(suite.get("tests"))
        failed += int(suite.get("failures")) + int(suite.get("errors"))
        skipped += int(suite.get("skipped"))
        for test in suite.iter("testcase"):
            for problem in test.findall("failure") + test.findall("error"):
                message = (problem.get("message") or problem.get("type") or "").strip().partition("\n")[0]
                failures.append(f"\n  {test.get('classname')}.{test.get('name')}: {message[:300]}")
print(f"{total - failed - skipped} passed, {failed} failed, {skipped} skipped", *failures, sep="")
sys.exit(failed > 0 or total == 0 or (skipped > 0 and "CI" in os.environ))
PYTHON
}

usage() {
  echo "usage: src/test/verify.sh [--matrix | --integration-tests | --only TESTS | --walks NUMBER |" \
    "--on NAME [--keep]]" >&2
  exit 2
}

# Prints the versions of Maven, the JDK, libvirt and QEMU, as cells of a table.
tools() {
  printf '%s | %s | %s | %s' \
    "$(mvn -B -Dstyle.color=never -v 2>&1 | sed -nE 's/.*Apache Maven ([0-9.]+).*/\1/p')" \
    "$(javac -version 2>&1 | cut -d ' ' -f 2)" \
    "$(virsh --version)" \
    "$(qemu-img --version | sed -nE 's/^qemu-img version ([^ ]+).*/\1/p')"
}

# Runs the two commands of the README in other distributions.
verify_on() {
  local names=("$1") table='' name log result
  shift
  [[ ${names[0]} != all ]] || names=("${DISTRIBUTIONS[@]}")
  log=$(mktemp)
  for name in "${names[@]}"; do
    result=passed
    src/test/in-distribution.sh "$@" --user "$name" examples/quickstart.sh "src/test/verify.sh --integration-tests" |
      tee "$log" || result=FAILED
    table+="| $name | $(sed -n 's/^tools: //p' "$log") | $result |"$'\n'
  done
  rm "$log"
  printf '\n| distribution | Maven | JDK | libvirt | QEMU | both commands |\n|---|---|---|---|---|---|\n%s' "$table"
  [[ $table != *FAILED* ]]
}

matrix=
selection=()
excluded=()
case "$#:${1-}" in
  0:) ;;
  1:--matrix) matrix=1 ;;
  1:--integration-tests)
    selection=(-DskipUnitTests -DskipUserProjects)
    excluded=(any-distribution)
    ;;
  2:--only)
    JDKS=()
    selection=(-DskipUnitTests "-Dit.test=$2" -DskipUserProjects)
    ;;
  2:--walks)
    JDKS=()
    selection=(-DskipUnitTests -Dit.test=NewRandomWalks -DskipUserProjects "-Djqwik.tries.default=$2")
    ;;
  2:--on | 3:--on)
    [[ -z ${3-} || $3 == --keep ]] || usage
    verify_on "${@:2}"
    exit
    ;;
  *) usage ;;
esac

if ! [[ -w . && ( ! -e target || -w target ) ]]; then
  echo "verify.sh: $PWD is not writable: copy the project to a folder that is writable for you" >&2
  exit 1
fi

examples/install-missing.sh jdk maven client daemon drivers qemu api sasl python shellcheck ovmf tpm linux \
  zsh groff ${REQUIRED_LINT:+node} ${REQUIRED_BROWSER:+browser}

default_home=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")
failed=0
summary=
in_copy=
work=$(mktemp -d)
trap end EXIT
if [[ $(virsh --version) == [1-7].* ]]; then
  # This libvirt reverts within the guest's process, so a test cannot prevent the start of a new process. It takes no
  # checkpoints, its distribution has no swtpm, and the qemu-img beside it reads some images differently.
  excluded+=(another-process recent-qemu)
  summary+="libvirt is older than 8.0: NOT RUN: tests that need a new process for the guest, checkpoints, a"
  summary+=" TPM or a recent qemu-img"$'\n'
fi
if [[ $(id -u) -ne 0 ]] && ! sudo -n true 2> /dev/null; then
  excluded+=(root)
  summary+="neither root nor sudo: NOT RUN: the test with a full disk, and the tests of scripts as root"$'\n'
  [[ -z ${CI-} ]] || failed=1
fi
if ! { command -v chromium || command -v chromium-browser || command -v google-chrome; } > /dev/null; then
  excluded+=(browser)
  summary+="no Chromium: NOT RUN: the tests that open pages in a browser"$'\n'
  [[ -z ${REQUIRED_BROWSER-} ]] || failed=1
fi
if shellcheck .ci/run .github/*.sh .mvn/mvnw examples/*.sh examples/revert-domain examples/revert-fleet \
  src/benchmark/*.sh src/test/*.sh; then
  summary+="shell scripts: no findings"$'\n'
else
  summary+="shell scripts: FINDINGS, above"$'\n'
  failed=1
fi
lint || failed=1
if [[ -n $matrix && $(qemu-img --version) == *" version "[1-9].* ]]; then
  # The guests of the tests run as another user.
  chmod 711 "$work"
  NEWER_EMULATOR=$(src/test/newer-qemu.sh "$work/newer")
  export NEWER_EMULATOR
fi
note=
options=("${FIRST_JDK[@]}")
for jdk in $(printf '%s\n' "$(feature "$default_home")" ${JDKS[@]+"${JDKS[@]}"} | sort -nu); do
  if home=$(jdk_home "$jdk"); then
    groups=$(IFS=,; echo "${excluded[*]-}")
    if [[ -z $note && -z ${selection[*]-} ]]; then
      start_in_copy "$home"
    fi
    verify "$jdk" "$home" "$note" "${options[@]}" ${selection[@]+"${selection[@]}"} \
      ${groups:+"-DexcludedGroups=$groups"}
    touch "$work/ended"
    if [[ -z $note ]]; then
      note=" without the tests that do not depend on the JDK, such as those with QEMU guests, which ran on JDK $jdk"
      excluded+=(qemu any-jdk)
      options=("${OTHER_JDKS[@]}")
    fi
  else
    summary+="JDK $jdk: NOT RUN: this JDK is not installed"$'\n'
    [[ " ${REQUIRED_JDKS-} " != *" $jdk "* ]] || failed=1
  fi
done

[[ -z $in_copy ]] || finish_in_copy

for suite in ${matrix:+trixie sid}; do
  if src/test/in-distribution.sh "$suite" "src/test/verify.sh --only $VERSION_DEPENDENT"; then
    summary+="Debian $suite: passed; the summary is above"$'\n'
  else
    summary+="Debian $suite: FAILED; the summary is above"$'\n'
    failed=1
  fi
done

echo
echo "== Summary: formatting, static analysis, unit and integration tests"
echo "tools: $(tools)"
echo "time: $SECONDS s"
echo -n "$summary"
if ((failed)); then
  echo "FAILED"
  exit 1
fi
echo "ALL GOOD"
