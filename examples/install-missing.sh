#!/bin/sh
# Installs what the project needs and this machine lacks:
#
#   install-missing.sh [jdk] [maven] [client] [daemon] [drivers] [qemu] [api] [sasl] [python] [shellcheck] [ovmf]
#       [linux]
#
# It installs on Debian and Ubuntu, as root or through sudo, and prints the packages. On other systems it
# prints which packages are needed, and fails.
set -eu

is_there() {
  case $1 in
    jdk) javac -version 2>&1 | grep -qE '^javac (1[7-9]|[2-9][0-9])' ;;
    maven) command -v mvn ;;
    client) PATH="$PATH:/sbin:/usr/sbin" ldconfig -p | grep -F libvirt.so.0 ;;
    daemon) PATH="$PATH:/usr/sbin" command -v libvirtd && command -v virsh && command -v setpriv && command -v tini ;;
    drivers) ls /usr/lib*/libvirt/connection-driver/libvirt_driver_network.so /usr/lib/*/libvirt/connection-driver/libvirt_driver_network.so | grep . ;;
    qemu) command -v qemu-system-x86_64 && command -v qemu-img ;;
    api) test -e /usr/share/libvirt/api/libvirt-api.xml ;;
    sasl) PATH="$PATH:/usr/sbin" command -v saslpasswd2 && ls /usr/lib*/sasl2/libdigestmd5* /usr/lib/*/sasl2/libdigestmd5* ;;
    python) /usr/bin/python3 -c 'import libvirt' ;;
    shellcheck) command -v shellcheck ;;
    ovmf) test -e /usr/share/OVMF/OVMF_CODE_4M.fd ;;
    linux) PATH="$PATH:/usr/sbin" command -v qemu-ga && command -v cpio && command -v xz && command -v zstd && test -x /bin/busybox ;;
    *) echo "install-missing.sh: what is $1?" >&2 && exit 2 ;;
  esac > /dev/null 2>&1
}

debian_packages() {
  case $1 in
    jdk) newest_debian_jdk ;;
    maven) echo maven ;;
    client) echo libvirt0 ;;
    daemon) echo libvirt-daemon libvirt-daemon-driver-qemu libvirt-clients util-linux tini ;;
    drivers) debian_drivers ;;
    qemu) echo qemu-system-x86 qemu-utils ;;
    api) echo libvirt-dev ;;
    sasl) echo sasl2-bin libsasl2-modules ;;
    python) echo python3-libvirt ;;
    shellcheck) echo shellcheck ;;
    ovmf) echo ovmf ;;
    linux) echo busybox-static qemu-guest-agent cpio xz-utils zstd ;;
  esac
}

# An older libvirt-daemon has them in itself.
debian_drivers() {
  if [ -n "$(apt-cache madison libvirt-daemon-driver-network)" ]; then
    echo libvirt-daemon-driver-network libvirt-daemon-driver-nodedev libvirt-daemon-driver-storage
  else
    echo libvirt-daemon
  fi
}

newest_debian_jdk() {
  for version in 25 21 17; do
    if [ -n "$(apt-cache madison openjdk-$version-jdk-headless)" ]; then
      echo openjdk-$version-jdk-headless
      return
    fi
  done
  echo default-jdk-headless
}

fedora_packages() {
  case $1 in
    jdk) echo java-latest-openjdk-devel ;;
    maven) echo maven ;;
    client) echo libvirt-libs ;;
    daemon) echo libvirt-daemon libvirt-daemon-driver-qemu libvirt-client util-linux tini ;;
    drivers) echo libvirt-daemon-driver-network libvirt-daemon-driver-nodedev libvirt-daemon-driver-storage ;;
    qemu) echo qemu-system-x86-core qemu-img ;;
    api) echo libvirt-devel ;;
    sasl) echo cyrus-sasl cyrus-sasl-md5 ;;
    python) echo python3-libvirt ;;
    shellcheck) echo ShellCheck ;;
    ovmf) echo edk2-ovmf ;;
    linux) echo busybox qemu-guest-agent cpio xz zstd ;;
  esac
}

missing=
for name in "$@"; do
  if ! is_there "$name"; then
    missing="$missing $name"
  fi
done
if [ -z "$missing" ]; then
  exit 0
fi
if ! command -v apt-get > /dev/null; then
  echo "Please install these packages (Fedora's names; yours may differ a little):" >&2
  for name in $missing; do
    echo "  $(fedora_packages "$name")" >&2
  done
  exit 1
fi
sudo=
if [ "$(id -u)" -ne 0 ]; then
  sudo=sudo
fi
$sudo apt-get -q update > /dev/null
set --
for name in $missing; do
  for package in $(debian_packages "$name"); do
    set -- "$@" "$package"
  done
done
echo "installing: $*"
log=$(mktemp)
if ! $sudo env DEBIAN_FRONTEND=noninteractive \
  apt-get -q install -y --no-install-recommends "$@" > "$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi
rm "$log"
