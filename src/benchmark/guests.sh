# shellcheck shell=bash
# What the benchmarks with QEMU guests share; to be sourced.

# Prints the URI of the libvirtd in a folder.
uri() {
  echo "qemu:///session?socket=$1/d/run/libvirt/libvirt-sock"
}

# Starts a libvirtd in a folder, in the background, and waits until it answers. It may pass through the folder, but
# writes to its own only, which is within.
start_libvirtd() {
  chmod 711 "$1"
  examples/private-libvirtd.sh "$1/d" --timeout 120 > /dev/null 2>&1 &
  until virsh -q -c "$(uri "$1")" list > /dev/null 2>&1; do
    sleep 0.1
  done
}

# Makes an image of the guests' user in a folder: make_image FOLDER NAME [option of qemu-img create]...
make_image() {
  local folder=$1 name=$2
  shift 2
  qemu-img create -q -f qcow2 "$@" "$folder/$name.qcow2" 64M
  chown "$(stat -c %u:%g "$folder/d")" "$folder/$name.qcow2"
}

# Writes the definition of a guest that has the image of its name: describe_guest FOLDER NAME
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
