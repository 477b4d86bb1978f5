#!/bin/bash
# Runs a command of this project in another Debian:
#
#   src/test/in-debian.sh SUITE COMMAND [argument]...
#
# It makes a minimal Debian of that suite in a folder of its own with debootstrap, copies the project
# there, runs the command in the copy as root, and removes all of it. Needs root and Debian's
# debootstrap, which it installs if it is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."

if [[ $# -lt 2 || $(id -u) -ne 0 ]]; then
  echo "usage, as root: src/test/in-debian.sh SUITE COMMAND [argument]..." >&2
  exit 2
fi
suite=$1
shift

end() {
  local mounted
  for mounted in sys dev/pts dev proc; do
    if mountpoint -q "$root/$mounted"; then
      umount -R "$root/$mounted"
    fi
  done
  rm -rf --one-file-system "$root"
}

if ! command -v debootstrap > /dev/null; then
  apt-get -q update > /dev/null
  DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends debootstrap > /dev/null
fi
root=$(mktemp -d /tmp/debian-XXXXXX)
chmod 755 "$root"
trap end EXIT
trap 'exit 1' INT TERM HUP

echo "making a Debian $suite in $root"
debootstrap --variant=minbase "$suite" "$root" > "$root.log" 2>&1 || { cat "$root.log" >&2; exit 1; }
rm "$root.log"
mount -t proc proc "$root/proc"
mount --rbind --make-rslave /dev "$root/dev"
# libvirt 11.3 starts no guest without /sys, nor where the host's name can't be resolved.
mount --rbind --make-rslave /sys "$root/sys"
cp /etc/resolv.conf "$root/etc/resolv.conf"
# A mirror of unstable may be older than its own lists allow.
echo 'Acquire::Check-Valid-Until "false";' > "$root/etc/apt/apt.conf.d/99-check-valid-until"
printf '127.0.0.1 localhost %s\n' "$(uname -n)" > "$root/etc/hosts"

# What this machine's administrator trusts and mirrors.
mkdir -p "$root/usr/local/share/ca-certificates" "$root/root/.m2" "$root/project"
cp -r /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/"
if [[ -e ~/.m2/settings.xml ]]; then
  cp ~/.m2/settings.xml "$root/root/.m2/"
fi
tar -c --exclude=./target --exclude=./.git . | tar -x -C "$root/project"

in_root() {
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    chroot "$root" "$@"
}
in_root sh -c 'apt-get -q update && apt-get -q install -y --no-install-recommends ca-certificates \
  ca-certificates-java default-jre-headless && update-ca-certificates -f' > "$root/setup.log" 2>&1 ||
  { cat "$root/setup.log" >&2; exit 1; }
in_root sh -c 'cd /project && exec "$@"' sh "$@"
