#!/bin/bash
# Installs the QEMU of Debian 13 in a folder beside the QEMU of this system, and prints the path of the emulator:
#
#   src/test/newer-qemu.sh FOLDER
#
# With the path in the environment variable NEWER_EMULATOR, the random walks also upgrade QEMU between a snapshot and a
# revert. The script needs Debian's apt and debian-archive-keyring, but not root. It downloads about 100 MB. All users
# can read the folder, as libvirt runs the guests of tests as another user.
set -euo pipefail

if [[ $# -ne 1 ]]; then
  echo "usage: src/test/newer-qemu.sh FOLDER" >&2
  exit 2
fi
mkdir -p "$1"
folder=$(realpath "$1")
emulator=$folder/qemu-system-x86_64
if [[ -x $emulator ]]; then
  echo "$emulator"
  exit
fi

# apt's files are in the folder. With an empty list of installed packages, apt downloads all dependencies.
apt=$folder/apt
mkdir -p "$apt"/{lists,cache/archives}/partial
touch "$apt/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian trixie main" \
  > "$apt/sources.list"
options=(-qq -o "Dir::State::Lists=$apt/lists" -o "Dir::State::status=$apt/status" -o "Dir::Cache=$apt/cache"
  -o "Dir::Etc::SourceList=$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Debug::NoLocking=true
  -o "APT::Sandbox::User=$(id -un)")
apt-get "${options[@]}" update >&2
apt-get "${options[@]}" install -y --no-install-recommends --download-only qemu-system-x86 >&2
for package in "$apt"/cache/archives/*.deb; do
  dpkg-deb -x "$package" "$folder/root"
done
rm -rf "$apt"

# The loader and the libraries belong to this QEMU. QEMU has the folder of its modules in its code, and must not load
# the modules of this system.
root=$folder/root
sed -i 's,/usr/lib/x86_64-linux-gnu/qemu,/no-modules-of-this-build/qemu,g' "$root/usr/bin/qemu-system-x86_64"
cat > "$emulator" << EOF
#!/bin/sh
exec "$root/usr/lib64/ld-linux-x86-64.so.2" --library-path "$root/usr/lib/x86_64-linux-gnu" \\
  "$root/usr/bin/qemu-system-x86_64" -L "$root/usr/share/seabios" -L "$root/usr/share/qemu" "\$@"
EOF
chmod 755 "$emulator"
chmod -R a+rX "$folder"
"$emulator" --version >&2
echo "$emulator"
