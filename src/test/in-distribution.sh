#!/bin/bash
# Runs shell commands in a copy of this project in another distribution:
#
#   src/test/in-distribution.sh [--keep] [--user] NAME COMMAND...
#
# NAME is a release of Debian or Ubuntu, such as bullseye or jammy. The script installs a minimal system with debootstrap
# in a temporary folder, copies the project into it, runs the commands in the copy, and removes the folder. With --keep,
# the folder is /tmp/libvirt-snapshot-NAME: the script does not remove it, and uses it again. With --user, the commands
# run as a user who has sudo, otherwise as root. Needs root, and Debian's debootstrap, gpgv and debian-archive-keyring,
# which the script installs if they are missing.
#
# Only root can enter the folder: users of this machine have the same numeric IDs as users of the system in it, and the
# programs in it may be older than those of this machine.
set -euo pipefail
cd "$(dirname "$0")/../.."

DEBIAN_KEYS=/usr/share/keyrings/debian-archive-keyring.gpg
UBUNTU_KEYS=/usr/share/keyrings/ubuntu-archive-keyring.gpg

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
[[ $name =~ ^[a-z]+$ ]] || usage
shift

unmount() {
  local mounted
  for mounted in sys dev proc; do
    if mountpoint -q "$root/$mounted"; then
      umount -R -l "$root/$mounted"
    fi
  done
}

# Prints the output of a failed step, and removes the folder.
end() {
  cat "$log" >&2
  rm "$log"
  unmount
  if [[ -z $keep ]]; then
    rm -rf --one-file-system "$folder"
  fi
}

in_root() {
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    ${CI:+CI="$CI"} chroot "$@"
}

# Downloads Ubuntu's keys if they are not installed. Debian 12 has no package of these keys, but it has the keys that
# sign the packages of Debian 13.
fetch_ubuntu_keys() {
  [[ ! -e $UBUNTU_KEYS ]] || return 0
  local work options
  work=$(mktemp -d)
  # apt downloads as another user.
  chmod 755 "$work"
  mkdir -p "$work"/{lists,cache/archives}/partial
  echo "deb [signed-by=$DEBIAN_KEYS] http://deb.debian.org/debian trixie main" > "$work/sources.list"
  options=(-q -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache"
    -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null)
  apt-get "${options[@]}" update
  (cd "$work" && apt-get "${options[@]}" download ubuntu-keyring)
  dpkg-deb -x "$work"/ubuntu-keyring_*.deb "$work/keyring"
  cp "$work/keyring$UBUNTU_KEYS" "$folder/"
  rm -rf "$work"
  UBUNTU_KEYS=$folder/${UBUNTU_KEYS##*/}
}

bootstrap() {
  local keys=$DEBIAN_KEYS arguments=("$name" "$root")
  case $name in
    jammy | noble)
      fetch_ubuntu_keys
      keys=$UBUNTU_KEYS
      # An older debootstrap has no script for noble; the script of jammy also works for noble.
      arguments=("--components=main,universe" "$name" "$root" http://archive.ubuntu.com/ubuntu jammy)
      ;;
  esac
  echo "creating a $name system in $root"
  debootstrap --variant=minbase --force-check-gpg --keyring="$keys" "${arguments[@]}"
  if [[ $name == sid ]]; then
    # The package lists of a mirror of unstable can be past their expiry date.
    echo 'Acquire::Check-Valid-Until "false";' > "$root/etc/apt/apt.conf.d/99-check-valid-until"
  fi
  if [[ -e $root/etc/lsb-release ]]; then
    sed -i "p; s/ $name / $name-updates /" "$root/etc/apt/sources.list"
  fi
  # The additional certificates of this machine must be there before Java is installed.
  mkdir -p "$root/usr/local/share/ca-certificates"
  cp -r /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/"
  touch "$folder/complete"
}

prepare() {
  cp --remove-destination /etc/resolv.conf "$root/etc/resolv.conf"
  printf '127.0.0.1 localhost %s\n' "$(uname -n)" > "$root/etc/hosts"
  local setup='apt-get -q update'
  setup+=' && apt-get -q install -y --no-install-recommends sudo ca-certificates'
  setup+=' && update-ca-certificates -f && { id tester || useradd -m -s /bin/bash tester; }'
  setup+=' && echo "tester ALL=(ALL) NOPASSWD: ALL" > /etc/sudoers.d/tester'
  in_root "$root" sh -c "$setup"
}

# Runs a shell command as the user, in the home directory.
as_user() {
  in_root --userspec="$user:" "$root" env HOME="$home" USER="$user" sh -c "cd && $1"
}

# Creates the folder for --keep, or uses an existing one if only root can have changed its content.
keep_folder() {
  [[ -e $folder || -L $folder ]] || mkdir -m 700 "$folder"
  local found
  found=$(stat -c '%U %A' "$folder")
  if [[ $found != 'root drwx------' ]]; then
    echo "in-distribution.sh: $folder is not a folder of root's with the mode drwx------, but has: $found;" \
      "check who created it, and remove it" >&2
    exit 1
  fi
}

if ! command -v debootstrap > /dev/null || ! command -v gpgv > /dev/null || [[ ! -e $DEBIAN_KEYS ]]; then
  apt-get -q update > /dev/null
  DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends \
    debootstrap gpgv debian-archive-keyring > /dev/null
fi
if [[ -n $keep ]]; then
  folder=/tmp/libvirt-snapshot-$name
  keep_folder
else
  folder=$(mktemp -d /tmp/libvirt-snapshot-XXXXXX)
fi
root=$folder/root
[[ -d $root ]] || mkdir -m 755 "$root"
log=$(mktemp)
trap end EXIT
trap 'exit 1' INT TERM HUP

if [[ ! -e $folder/complete ]]; then
  bootstrap > "$log" 2>&1
fi
mount -t proc proc "$root/proc"
mount --rbind --make-rslave /dev "$root/dev"
# libvirt 11.3 starts no guest if /sys is missing or the host name does not resolve.
mount --rbind --make-rslave /sys "$root/sys"
prepare > "$log" 2>&1
: > "$log"

home=$(in_root "$root" sh -c "echo ~$user")
tar -c --exclude=./target --exclude=./.git . |
  as_user 'mkdir -p project && cd project && rm -rf src examples docs && tar -x --no-same-owner'
if [[ -e ~/.m2/settings.xml ]]; then
  # The file can contain passwords.
  as_user 'umask 077 && mkdir -p .m2 && chmod 700 .m2 && rm -f .m2/settings.xml && cat > .m2/settings.xml' \
    < ~/.m2/settings.xml
fi
for command in "$@"; do
  echo "== $name, as $user: $command"
  as_user "cd project && $command"
done
