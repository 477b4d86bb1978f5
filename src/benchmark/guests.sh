# shellcheck shell=bash
# Functions of the benchmarks with QEMU guests; the benchmarks source this file.

# Prints the URI of the libvirtd in a folder.
uri() {
  echo "qemu:///session?socket=$1/d/run/libvirt/libvirt-sock"
}

# Starts a libvirtd in a folder, in the background, and waits until it responds. The user of libvirtd can enter the
# folder, but can write only to the folder d in it.
start_libvirtd() {
  chmod 711 "$1"
  examples/private-libvirtd.sh "$1/d" --timeout 120 > /dev/null 2>&1 &
  until virsh -q -c "$(uri "$1")" list > /dev/null 2>&1; do
    sleep 0.1
  done
}

# Starts a libvirtd in a new folder of another folder, for the whole script: use_libvirtd FOLDER. When the script ends,
# the guests and libvirtd end too, and the new folder is removed. Sets folder, uri and jar, and the locale of programs.
use_libvirtd() {
  folder=$(mktemp -d "$1/lvXXXX")
  uri=$(uri "$folder")
  jar=$(examples/find-jar.sh)
  export LC_ALL=C.UTF-8 jar
  trap end_libvirtd EXIT
  start_libvirtd "$folder"
  daemon=$!
}

# Guests continue to run without libvirtd, so they are destroyed first.
end_libvirtd() {
  virsh -q -c "$uri" list --name | xargs -r -n 1 virsh -q -c "$uri" destroy || true
  kill "$daemon" || true
  wait
  rm -rf "$folder"
}

# Creates an image that belongs to the guests' user: make_image FOLDER NAME [option of qemu-img create]...
make_image() {
  local folder=$1 name=$2
  shift 2
  qemu-img create -q -f qcow2 "$@" "$folder/$name.qcow2" 64M
  chown "$(stat -c %u:%g "$folder/d")" "$folder/$name.qcow2"
}

# Writes the definition of a guest, with the image of the same name: describe_guest FOLDER NAME
describe_guest() {
  cat > "$1/$2.xml" << XML
<domain type='qemu'>
  <name>$2</name>
  <memory unit='MiB'>32</memory>
  <os><type machine='pc'>hvm</type></os>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/>
      <source file='$1/$2.qcow2'/>
      <target dev='vda' bus='virtio'/>
    </disk>
  </devices>
</domain>
XML
}

# Starts guests with a Linux and a guest agent, and takes the snapshot "clean" of each: make_linux_guests FOLDER NAME...
make_linux_guests() {
  local folder=$1 guest
  shift
  src/test/make-linux.sh "$folder/linux"
  chmod -R a+rX "$folder/linux"
  for guest in "$@"; do
    make_image "$folder" "$guest"
    describe_guest "$folder" "$guest"
    add_linux "$folder" "$guest"
    virsh -q -c "$(uri "$folder")" "define $folder/$guest.xml; start $guest" > /dev/null
    until virsh -q -c "$(uri "$folder")" domtime "$guest" > /dev/null 2>&1; do
      sleep 0.2
    done
    virsh -q -c "$(uri "$folder")" snapshot-create-as "$guest" clean > /dev/null
  done
}

# Adds the Linux and the guest agent to the definition of a guest: add_linux FOLDER NAME
add_linux() {
  sed -i -e 's|<memory.*|<memory unit="MiB">128</memory><features><acpi/></features>|' \
    -e "s|<os>.*|<os><type machine='pc'>hvm</type><kernel>$1/linux/vmlinuz</kernel>\
<initrd>$1/linux/initrd.gz</initrd><cmdline>console=ttyS0 quiet</cmdline></os>|" \
    -e "s|</devices>|<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel></devices>|" \
    "$1/$2.xml"
}

now() {
  date +%s%3N
}

# Prints how many milliseconds a command takes.
milliseconds() {
  local begin
  begin=$(now)
  "$@" > /dev/null
  echo $(($(now) - begin))
}
