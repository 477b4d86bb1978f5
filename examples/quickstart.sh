#!/bin/sh
# Reverts a real domain, and prints its state before and after:
#
#   examples/quickstart.sh          on the test driver that is part of libvirt
#   examples/quickstart.sh --qemu   on a QEMU guest, in a private libvirtd that ends with the script
#
# On Debian and Ubuntu, the script installs missing packages (the client library, a JDK, Maven; with --qemu also
# libvirtd and QEMU), as root or through sudo. On other systems, it prints which packages are needed.
set -eu
cd "$(dirname "$0")/.."
# The default character set, ASCII, does not have the lines of the snapshot tree.
if [ "$(locale charmap 2> /dev/null)" = ANSI_X3.4-1968 ]; then
  export LC_ALL=C.UTF-8
fi

usage() {
  echo "usage: examples/quickstart.sh [--qemu]" >&2
  exit 2
}

quick_start() {
  native_access=
  if javac -version 2>&1 | grep -qE '^javac (2[2-9]|[3-9][0-9])'; then
    native_access=--enable-native-access=ALL-UNNAMED
  fi
  java ${native_access:+"$native_access"} \
    "-Djava.util.logging.SimpleFormatter.format=%4\$s: %5\$s%n" \
    -cp "$(examples/find-jar.sh)" examples/QuickStart.java "$@"
}

# Builds the jar if a source is newer than the jar.
build() {
  if jar=$(examples/find-jar.sh) && [ -z "$(find pom.xml LICENSE src/main -newer "$jar")" ]; then
    return
  fi
  if ! [ -w . ] || { [ -e target ] && ! [ -w target ]; }; then
    give_up "$(pwd) can't be written to: copy the project to a folder that you can write to"
  fi
  echo "building the jar"
  log=$(mktemp)
  if ! mvn -B -q -ntp -Dstyle.color=never clean package -Dmaven.test.skip=true -Dmaven.javadoc.skip=true > "$log" 2>&1; then
    explain "$log"
  fi
  rm "$log"
}

# Prints in one sentence why Maven failed, or prints the output of Maven.
explain() {
  if reason=$(examples/why-maven-failed.sh "$1"); then
    rm "$1"
    give_up "$reason"
  fi
  sed 's/\x1b\[[0-9;]*m//g' "$1" >&2
  rm "$1"
  exit 1
}

give_up() {
  echo "quickstart.sh: $*" >&2
  exit 1
}

on_qemu() {
  dir=$(mktemp -d /tmp/lvXXXXXX)
  # The user of libvirtd can enter this folder, but can write only to the folder d in it.
  chmod 711 "$dir"
  uri="qemu:///session?socket=$dir/d/run/libvirt/libvirt-sock"
  examples/private-libvirtd.sh "$dir/d" --timeout 120 > "$dir/log" 2>&1 &
  libvirtd=$!
  trap end EXIT
  trap 'exit 1' INT TERM HUP
  echo "starting libvirtd and a guest in $dir"
  until grep -q "^libvirtd is ready:" "$dir/log"; do
    kill -0 "$libvirtd" || { cat "$dir/log" >&2; exit 1; }
    sleep 0.1
  done
  qemu-img create -q -f qcow2 "$dir/disk.qcow2" 64M
  chown "$(stat -c %u:%g "$dir/d")" "$dir/disk.qcow2"
  guest_xml > "$dir/guest.xml"
  virsh -q -c "$uri" define "$dir/guest.xml"
  virsh -q -c "$uri" start quickstart
  quick_start "$uri" quickstart
}

guest_xml() {
  cat << XML
<domain type='qemu'>
  <name>quickstart</name>
  <memory unit='MiB'>32</memory>
  <os><type machine='pc'>hvm</type></os>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/>
      <source file='$dir/disk.qcow2'/>
      <target dev='vda' bus='virtio'/>
    </disk>
  </devices>
</domain>
XML
}

end() {
  status=$?
  virsh -q -c "$uri" destroy quickstart > /dev/null 2>&1 || true
  kill "$libvirtd"
  wait "$libvirtd" || true
  rm -rf "$dir"
  exit $status
}

case "$#:${1-}" in
  0:)
    examples/install-missing.sh jdk maven client
    build
    quick_start
    ;;
  1:--qemu)
    examples/install-missing.sh jdk maven client daemon qemu
    build
    on_qemu
    ;;
  *) usage ;;
esac
