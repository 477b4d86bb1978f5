#!/bin/bash
# Runs commands of this project in another distribution, each as a line of the shell:
#
#   src/test/in-distribution.sh [--keep] [--user] NAME COMMAND...
#
# NAME is one of Debian's or Ubuntu's, as in bullseye or jammy. It makes a minimal system in a folder of
# its own with debootstrap, copies the project there, runs the commands in the copy, and removes all of
# it. With --keep, the folder is /tmp/libvirt-snapshot-NAME, which stays, and is used again if it is
# there. With --user, the commands run as a user who has sudo, else as root. Needs root and Debian's
# debootstrap, which it installs if it is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
  echo "usage, as root: src/test/in-distribution.sh [--keep] [--user] NAME COMMAND..." >&2
  exit 2
}

keep=
user=root
while [[ ${1-} == --* ]]; do
  case $1 in
    --keep) keep=1 ;;
    --user) user=tester ;;
    *) usage ;;
  esac
  shift
done
if [[ $# -lt 2 || $(id -u) -ne 0 ]]; then
  usage
fi
name=$1
shift

unmount() {
  local mounted
  for mounted in sys dev proc; do
    if mountpoint -q "$root/$mounted"; then
      umount -R -l "$root/$mounted"
    fi
  done
}

end() {
  unmount
  if [[ -z $keep ]]; then
    rm -rf --one-file-system "$root"
  fi
}

in_root() {
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    ${CI:+CI="$CI"} chroot "$@"
}

# Prints what debootstrap has to be told of this distribution.
source_of() {
  case $1 in
    jammy | noble)
      # An older debootstrap does not know the newer of them; the way is the same.
      echo --components=main,universe "$1" "$root" http://archive.ubuntu.com/ubuntu jammy
      ;;
    *) echo "$1" "$root" ;;
  esac
}

bootstrap() {
  local arguments
  read -ra arguments <<< "$(source_of "$name")"
  echo "making a $name in $root"
  debootstrap --variant=minbase "${arguments[@]}"
  # A mirror of unstable may be older than its own lists allow.
  echo 'Acquire::Check-Valid-Until "false";' > "$root/etc/apt/apt.conf.d/99-check-valid-until"
  if [[ -e $root/etc/lsb-release ]]; then
    sed -i "p; s/ $name / $name-updates /" "$root/etc/apt/sources.list"
  fi
  # What this machine's administrator trusts has to be there before Java is.
  mkdir -p "$root/usr/local/share/ca-certificates"
  cp -r /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/"
}

prepare() {
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  printf '127.0.0.1 localhost %s\n' "$(uname -n)" > "$root/etc/hosts"
  local setup='apt-get -q update'
  setup+=' && apt-get -q install -y --no-install-recommends sudo ca-certificates'
  setup+=' && update-ca-certificates -f && { id tester || useradd -m -s /bin/bash tester; }'
  setup+=' && echo "tester ALL=(ALL) NOPASSWD: ALL" > /etc/sudoers.d/tester'
  in_root "$root" sh -c "$setup"
}

if ! command -v debootstrap > /dev/null; then
  apt-get -q update > /dev/null
  DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends debootstrap > /dev/null
fi
if [[ -n $keep ]]; then
  root=/tmp/libvirt-snapshot-$name
  mkdir -p "$root"
else
  root=$(mktemp -d /tmp/libvirt-snapshot-XXXXXX)
fi
chmod 755 "$root"
log=$(mktemp)
trap end EXIT
trap 'exit 1' INT TERM HUP

if [[ ! -e $root/etc/apt/apt.conf.d/99-check-valid-until ]]; then
  bootstrap > "$log" 2>&1 || { cat "$log" >&2; exit 1; }
fi
mount -t proc proc "$root/proc"
mount --rbind --make-rslave /dev "$root/dev"
# libvirt 11.3 starts no guest without /sys, nor where the host's name can't be resolved.
mount --rbind --make-rslave /sys "$root/sys"
prepare > "$log" 2>&1 || { cat "$log" >&2; exit 1; }
rm "$log"

home=$(in_root "$root" sh -c "echo ~$user")
mkdir -p "$root$home/project" "$root$home/.m2"
rm -rf "$root$home"/project/{src,examples,docs}
if [[ -e ~/.m2/settings.xml ]]; then
  cp ~/.m2/settings.xml "$root$home/.m2/"
fi
tar -c --exclude=./target --exclude=./.git . | tar -x -C "$root$home/project"
in_root "$root" chown -R "$user:" "$home"
for command in "$@"; do
  echo "== $name, as $user: $command"
  in_root --userspec="$user:" "$root" env HOME="$home" USER="$user" sh -c "cd ~/project && $command"
done
