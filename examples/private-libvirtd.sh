#!/bin/sh
# Runs a private libvirtd, in the foreground, until it is stopped (SIGTERM):
#
#   private-libvirtd.sh DIRECTORY [option of libvirtd]...
#
# When clients can connect, the script prints "libvirtd is ready:" and the URIs. With "--timeout 120", an option of
# libvirtd, it also ends after two minutes without a client and without a guest, so that no daemon remains after a test
# that was killed.
#
# The script does not need root, stores all files in DIRECTORY, and does not use the virtual machines of the system. For
# root, libvirtd would run in its system-wide mode, so the script runs it as "nobody". The socket is
# DIRECTORY/run/libvirt/libvirt-sock. Keep DIRECTORY short: the path of a socket has at most 107 characters.
#
#   virsh -c "qemu:///session?socket=DIRECTORY/run/libvirt/libvirt-sock" list
#
# The script creates DIRECTORY if it is missing. An existing DIRECTORY must belong to you, must not be writable by
# others, and must not contain links where the script writes. When root starts the script, an existing DIRECTORY must
# be empty or belong to "nobody". The script gives it to "nobody" and creates all files in it as that user, so that
# root follows no link of another user.
#
# The environment variable QEMU_SETTINGS can contain further lines of qemu.conf, the configuration of libvirt's QEMU
# driver.
#
# Guests continue to run without libvirtd, so destroy them first. When libvirt stops a guest, it waits until the process
# of the guest is gone, which is when its parent has read the exit status. If tini is installed, the script runs libvirtd
# under tini, which does that immediately.
set -eu

give_up() {
  echo "private-libvirtd.sh: $*" >&2
  exit 1
}

# Replaces this process by a command that runs as the user of libvirtd.
become() {
  if [ "$uid" -ne "$(id -u)" ]; then
    exec setpriv --reuid="$uid" --regid="$gid" --clear-groups "$@"
  fi
  exec "$@"
}

# Fails if other users could have created or changed files in the working directory.
check_folder() {
  for file in config config/libvirt config/libvirt/qemu.conf run run/started cache data; do
    [ ! -L "$file" ] || give_up "$PWD/$file is a link: remove it, or name a new folder"
  done
  owner=$(stat -c %u .)
  case $owner in
    "$uid" | "$(id -u)") ;;
    *) give_up "$PWD belongs to $(stat -c %U .): name a new folder" ;;
  esac
  case $(stat -c %A .) in
    ?????w* | ????????w*) give_up "other users can write to $PWD: run chmod go-w $PWD, or name a new folder" ;;
  esac
  if [ "$owner" -ne "$uid" ] && [ -n "$(ls -A)" ]; then
    give_up "$PWD belongs to root and is not empty, so it is not given to nobody: name a new folder"
  fi
}

# Creates the directory with the files that libvirtd needs, and prints its absolute path.
prepare() {
  mkdir -p "${1%/*}"
  umask 077
  [ -d "$1" ] || mkdir "$1"
  found=$(stat -c %d:%i "$1")
  CDPATH='' cd -P "$1"
  # The inode differs if the name is a link, or if the folder was replaced meanwhile.
  [ "$found" = "$(stat -c %d:%i .)" ] || give_up "$1 is a link to $PWD: name a folder"
  check_folder
  if [ "$owner" -ne "$uid" ]; then
    chown "$uid:$gid" .
  fi
  # Without stdio_handler, QEMU's output would need virtlogd, another daemon.
  printf '%s\n' 'stdio_handler = "file"' "${QEMU_SETTINGS-}" | (become sh -euc '
    mkdir -p config/libvirt run cache data
    cat > config/libvirt/qemu.conf
    touch run/started
  ')
  echo "$PWD"
}

if [ $# -eq 0 ]; then
  echo "usage: private-libvirtd.sh DIRECTORY [option of libvirtd]..." >&2
  exit 2
fi
uid=$(id -u)
gid=$(id -g)
if [ "$uid" -eq 0 ]; then
  uid=$(id -u nobody)
  gid=$(id -g nobody)
fi
# The path must not begin with "-", which would make it an option, or end with "/", which would follow a link.
dir=$(prepare "$(dirname -- "$1")/$(basename -- "$1")")
shift

export HOME="$dir" XDG_CONFIG_HOME="$dir/config" XDG_RUNTIME_DIR="$dir/run" \
  XDG_CACHE_HOME="$dir/cache" XDG_DATA_HOME="$dir/data" PATH="$PATH:/usr/sbin:/sbin"
socket=$dir/run/libvirt/libvirt-sock
started=$dir/run/started

# A daemon that was killed leaves an old socket, so the socket must be newer than this start.
announce() {
  until [ -n "$(find "$socket" -newer "$started" 2> /dev/null)" ]; do
    kill -0 $$ 2> /dev/null || exit 0
    sleep 0.1
  done
  echo "libvirtd is ready:"
  echo "qemu:///session?socket=$socket"
  echo "test+unix:///default?socket=$socket"
}

set -- libvirtd "$@"
if command -v tini > /dev/null; then
  set -- tini -s -- "$@"
fi
# Started by a subshell: libvirtd would not read the exit status of a child that it did not start.
(announce &)
become "$@"
