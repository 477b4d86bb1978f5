#!/bin/sh
# Installs the missing packages that the project needs:
#
#   install-missing.sh [jdk] [maven] [client] [daemon] [drivers] [qemu] [api] [sasl] [python] [shellcheck] [ovmf]
#       [tpm] [linux] [node] [zsh] [groff] [browser]
#
# On Debian and Ubuntu, the script installs the packages, as root or through sudo, and prints their names. On other
# systems, and for users who may not install packages, it prints which packages are needed, and fails.
set -eu

is_there_jdk() {
  javac -version 2>&1 | /bin/grep -qE '^javac (1[7-9]|[2-9][0-9])'
}

has_driver() {
  find /usr/lib*/libvirt /usr/lib/*/libvirt -name "libvirt_driver_$1.so" | grep .
}

is_there() {
  case $1 in
    jdk) is_there_jdk ;;
    maven) command -v mvn ;;
    client) PATH="$PATH:/sbin:/usr/sbin" ldconfig -p | grep -F libvirt.so.0 ;;
    daemon) PATH="$PATH:/usr/sbin" command -v libvirtd && command -v virsh && command -v setpriv && command -v tini ;;
    drivers) has_driver network && has_driver secret ;;
    qemu) command -v qemu-system-x86_64 && command -v qemu-img ;;
    api) test -e /usr/share/libvirt/api/libvirt-api.xml ;;
    sasl) PATH="$PATH:/usr/sbin" command -v saslpasswd2 && find /usr/lib*/sasl2 /usr/lib/*/sasl2 -name 'libdigestmd5*' | grep . ;;
    python) /usr/bin/python3 -c 'import libvirt' ;;
    shellcheck) command -v shellcheck ;;
    ovmf) test -e /usr/share/OVMF/OVMF_CODE_4M.fd ;;
    tpm) command -v swtpm && command -v swtpm_setup ;;
    linux) PATH="$PATH:/usr/sbin" command -v qemu-ga && command -v cpio && command -v xz && command -v zstd && test -x /bin/busybox ;;
    node) command -v node && command -v npm ;;
    zsh | groff) command -v "$1" ;;
    browser) command -v chromium || command -v chromium-browser || command -v google-chrome ;;
    *) echo "install-missing.sh: unknown name: $1" >&2 && exit 2 ;;
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
    tpm) debian_tpm ;;
    linux) echo busybox-static qemu-guest-agent cpio xz-utils zstd ;;
    node) echo nodejs npm ;;
    zsh) echo zsh ;;
    groff) echo groff-base ;;
    browser) echo chromium ;;
  esac
}

# The drivers are part of an older libvirt-daemon.
debian_drivers() {
  if [ -n "$(apt-cache madison libvirt-daemon-driver-network)" ]; then
    echo libvirt-daemon-driver-network libvirt-daemon-driver-nodedev libvirt-daemon-driver-secret \
      libvirt-daemon-driver-storage
  else
    echo libvirt-daemon
  fi
}

# Debian has swtpm since version 12.
debian_tpm() {
  if [ -n "$(apt-cache madison swtpm-tools)" ]; then
    echo swtpm swtpm-tools
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
    drivers)
      echo libvirt-daemon-driver-network libvirt-daemon-driver-nodedev libvirt-daemon-driver-secret \
        libvirt-daemon-driver-storage
      ;;
    qemu) echo qemu-system-x86-core qemu-img ;;
    api) echo libvirt-devel ;;
    sasl) echo cyrus-sasl cyrus-sasl-md5 ;;
    python) echo python3-libvirt ;;
    shellcheck) echo ShellCheck ;;
    ovmf) echo edk2-ovmf ;;
    tpm) echo swtpm swtpm-tools ;;
    linux) echo busybox qemu-guest-agent cpio xz zstd ;;
    node) echo nodejs npm ;;
    zsh) echo zsh ;;
    groff) echo groff-base ;;
    browser) echo chromium ;;
  esac
}

rhel_packages() {
  case $1 in
    jdk) echo java-21-openjdk-devel ;;
    qemu) echo qemu-kvm qemu-img ;;
    *) fedora_packages "$1" ;;
  esac
}

suse_packages() {
  case $1 in
    jdk) echo java-21-openjdk-devel ;;
    qemu) echo qemu-x86 qemu-img ;;
    sasl) echo cyrus-sasl cyrus-sasl-digestmd5 ;;
    python) echo python3-libvirt-python ;;
    ovmf) echo qemu-ovmf-x86_64 ;;
    tpm) echo swtpm ;;
    linux) echo busybox-static qemu-guest-agent cpio xz zstd ;;
    groff) echo groff ;;
    *) fedora_packages "$1" ;;
  esac
}

arch_packages() {
  case $1 in
    jdk) echo jdk-openjdk ;;
    maven) echo maven ;;
    client | drivers | api) echo libvirt ;;
    daemon) echo libvirt util-linux tini ;;
    qemu) echo qemu-system-x86 qemu-img ;;
    sasl) echo cyrus-sasl ;;
    python) echo libvirt-python ;;
    shellcheck) echo shellcheck ;;
    ovmf) echo edk2-ovmf ;;
    tpm) echo swtpm ;;
    linux) echo busybox qemu-guest-agent cpio xz zstd ;;
    node) echo nodejs npm ;;
    zsh | groff) echo "$1" ;;
    browser) echo chromium ;;
  esac
}

alpine_packages() {
  case $1 in
    jdk) echo openjdk21 ;;
    maven) echo maven ;;
    client) echo libvirt-libs ;;
    daemon | drivers) echo libvirt-daemon libvirt-qemu libvirt-client setpriv tini ;;
    qemu) echo qemu-system-x86_64 qemu-img ;;
    api) echo libvirt-dev ;;
    sasl) echo cyrus-sasl cyrus-sasl-digestmd5 ;;
    python) echo py3-libvirt ;;
    shellcheck) echo shellcheck ;;
    ovmf) echo ovmf ;;
    tpm) echo swtpm ;;
    linux) echo busybox-static qemu-guest-agent cpio xz zstd ;;
    node) echo nodejs npm ;;
    zsh | groff) echo "$1" ;;
    browser) echo chromium ;;
  esac
}

# Prints the package family of this system.
family() {
  like=$(sed -nE 's/^(ID|ID_LIKE)="?([^"]*)"?$/\2/p' /etc/os-release 2> /dev/null | tr '\n' ' ')
  case " $like " in
    *" debian "* | *" ubuntu "*) echo debian ;;
    *" rhel "* | *" centos "*) echo rhel ;;
    *" suse "* | *" opensuse"*) echo suse ;;
    *" arch "*) echo arch ;;
    *" alpine "*) echo alpine ;;
    *) echo fedora ;;
  esac
}

# Prints which packages are needed, and fails.
ask_for() {
  family=$(family)
  echo "Please install these packages ($1; names for the $family family):" >&2
  for name in $missing; do
    echo "  $("${family}_packages" "$name")" >&2
  done
  exit 1
}

if [ -n "${JAVA_HOME-}" ] && ! PATH="$JAVA_HOME/bin" is_there_jdk; then
  echo "JAVA_HOME is $JAVA_HOME, which is not a JDK 17 or newer: unset it, or set it to one" >&2
  exit 1
fi
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
  ask_for "they are missing, and this script can only use apt-get"
fi
sudo=
if [ "$(id -u)" -ne 0 ]; then
  sudo=sudo
  if ! command -v sudo > /dev/null || ! sudo true; then
    ask_for "they are missing, and you are not root and can't use sudo"
  fi
fi
log=$(mktemp)

# Runs apt-get. If it fails, prints its output, and exits.
apt() {
  if ! $sudo env DEBIAN_FRONTEND=noninteractive apt-get -q "$@" > "$log" 2>&1; then
    cat "$log" >&2
    rm "$log"
    echo "apt-get $1 failed, see above: check the network, the proxy and the free disk space" >&2
    exit 1
  fi
}

apt update
set --
for name in $missing; do
  for package in $(debian_packages "$name"); do
    set -- "$@" "$package"
  done
done
echo "installing: $*"
apt install -y --no-install-recommends "$@"
rm "$log"
