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
