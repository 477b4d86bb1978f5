#!/bin/sh
# Runs a libvirtd of one's own, in the foreground, until it is told to stop (SIGTERM):
#
#   private-libvirtd.sh DIRECTORY [option of libvirtd]...
#
# When clients can connect, it prints "libvirtd is ready:" and the URIs. With "--timeout 120", an option of libvirtd, it
# also ends after two minutes without a client and without a guest, so that none stays after a test that was killed.
#
# It needs no root, keeps everything in DIRECTORY and knows nothing of the system's own virtual
# machines. Root would get the system-wide mode, so it becomes "nobody" first. The socket is
# DIRECTORY/run/libvirt/libvirt-sock; keep DIRECTORY short, a socket's path ends at 107 characters:
#
#   virsh -c "qemu:///session?socket=DIRECTORY/run/libvirt/libvirt-sock" list
#
# The script creates DIRECTORY if it is missing. An existing DIRECTORY must belong to you, must not be writable by
# others, and must not contain links where the script writes. When root starts the script, an existing DIRECTORY must
# be empty or belong to "nobody". The script gives it to "nobody" and creates all files in it as that user, so that
# root follows no link of another user.
#
# Guests survive their libvirtd, so destroy them first. libvirt waits until a guest that it stops is gone,
# and a process is gone only when its parent took note: under tini, where it is installed, at once.
set -eu

give_up() {
  echo "private-libvirtd.sh: $*" >&2
  exit 1
}

# Goes on as a command, which runs as the user of libvirtd.
become() {
  if [ "$uid" -ne "$(id -u)" ]; then
    exec setpriv --reuid="$uid" --regid="$gid" --clear-groups "$@"
  fi
  exec "$@"
}

# Fails where others could have made or changed what is in the working directory.
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
    ?????w* | ????????w*) give_up "others may write to $PWD: chmod go-w it, or name a new folder" ;;
  esac
  if [ "$owner" -ne "$uid" ] && [ -n "$(ls -A)" ]; then
    give_up "$PWD is root's, is not empty, and would be given to nobody: name a new folder"
  fi
}

# Makes the directory and what libvirtd needs in it, and prints its absolute path.
prepare() {
  mkdir -p "${1%/*}"
  umask 077
  [ -d "$1" ] || mkdir "$1"
  found=$(stat -c %d:%i "$1")
  CDPATH='' cd -P "$1"
  # A link has an inode of its own, and so has what was put in the place of a folder meanwhile.
  [ "$found" = "$(stat -c %d:%i .)" ] || give_up "$1 is a link to $PWD: name a folder"
  check_folder
  if [ "$owner" -ne "$uid" ]; then
    chown "$uid:$gid" .
  fi
  # Without stdio_handler, QEMU's output would go through virtlogd, one daemon more.
  (become sh -euc '
    mkdir -p config/libvirt run cache data
    echo "stdio_handler = \"file\"" > config/libvirt/qemu.conf
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
# Without a "-" at the beginning, which would make it an option, and a "/" at the end, which would follow a link.
dir=$(prepare "$(dirname -- "$1")/$(basename -- "$1")")
shift

export HOME="$dir" XDG_CONFIG_HOME="$dir/config" XDG_RUNTIME_DIR="$dir/run" \
  XDG_CACHE_HOME="$dir/cache" XDG_DATA_HOME="$dir/data" PATH="$PATH:/usr/sbin:/sbin"
socket=$dir/run/libvirt/libvirt-sock
started=$dir/run/started

# A daemon that was killed has left its socket.
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
# No child of libvirtd's, which does not wait for one that it did not start.
(announce &)
become "$@"
