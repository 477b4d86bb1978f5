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
# Guests survive their libvirtd, so destroy them first. libvirt waits until a guest that it stops is gone,
# and a process is gone only when its parent took note: under tini, where it is installed, at once.
set -eu

if [ $# -eq 0 ]; then
  echo "usage: private-libvirtd.sh DIRECTORY [option of libvirtd]..." >&2
  exit 2
fi
mkdir -p "$1"
dir=$(cd "$1" && pwd)
shift

export HOME="$dir" XDG_CONFIG_HOME="$dir/config" XDG_RUNTIME_DIR="$dir/run" \
  XDG_CACHE_HOME="$dir/cache" XDG_DATA_HOME="$dir/data" PATH="$PATH:/usr/sbin:/sbin"
mkdir -p "$XDG_CONFIG_HOME/libvirt" "$XDG_RUNTIME_DIR" "$XDG_CACHE_HOME" "$XDG_DATA_HOME"
# Without this, QEMU's output would go through virtlogd, one daemon more.
echo 'stdio_handler = "file"' > "$XDG_CONFIG_HOME/libvirt/qemu.conf"

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
if [ "$(id -u)" -eq 0 ]; then
  group=$(id -gn nobody)
  chown "nobody:$group" "$dir" "$dir/config" "$dir/config/libvirt" "$dir/config/libvirt/qemu.conf" \
    "$dir/run" "$dir/cache" "$dir/data"
  set -- setpriv --reuid=nobody --regid="$group" --clear-groups "$@"
fi
touch "$started"
# No child of libvirtd's, which does not wait for one that it did not start.
(announce &)
exec "$@"
