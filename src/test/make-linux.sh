#!/bin/bash
# Builds a Linux that boots in seconds under software emulation, with a guest agent:
#
#   src/test/make-linux.sh DIRECTORY
#
# The script creates DIRECTORY/vmlinuz and DIRECTORY/initrd.gz from Debian's kernel, busybox and qemu-guest-agent. The
# guest increments a counter in its memory (/tmp/count, in a tmpfs) about 18 times per second, which shows to which
# moment the memory was reverted. All its network interfaces are up, and eth0 has the address 10.0.2.15. Options on the
# kernel's command line: "data=/dev/vda" creates a file system on that disk and mounts it; with "norealtime", the guest
# can't read its real-time clock; with "deaf", the guest opens the channel of the agent, but never responds.
# Needs Debian's or Ubuntu's busybox-static, qemu-guest-agent, cpio, xz-utils and zstd.
set -euo pipefail
mkdir -p -- "$1"
directory=$(CDPATH='' cd -- "$1" && pwd)
# The script does not write into DIRECTORY directly: other users may have created links there.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# The names in Debian and in Ubuntu.
for kernels in linux-image-cloud-amd64 linux-image-virtual; do
  kernel=$(apt-cache depends "$kernels" 2> /dev/null | sed -nE 's/.*Depends: (linux-image-[^ ]+)$/\1/p' | head -n 1) || true
  [[ -z $kernel ]] || break
done
# A newer Debian has separate packages for the kernel and its modules.
for part in image binary modules; do
  package=linux-$part-${kernel#linux-image-}
  if [[ -n $(apt-cache madison "$package") ]]; then
    apt-get -q download "$package" > /dev/null 2>&1
    dpkg-deb -x "$package"_*.deb kernel
    rm "$package"_*.deb
  fi
done
drivers=(kernel/lib/modules/*/kernel/drivers)
[[ -d ${drivers[0]} ]] || drivers=(kernel/usr/lib/modules/*/kernel/drivers)

# Each module follows the modules that it needs.
modules=(virtio/virtio_ring virtio/virtio virtio/virtio_pci_legacy_dev virtio/virtio_pci_modern_dev
  virtio/virtio_pci char/virtio_console block/virtio_blk ../net/core/failover net/net_failover
  net/virtio_net)

mkdir -p root/{bin,data,dev,proc,run,sys,sbin,tmp,lib/modules,usr/sbin}
cp /bin/busybox root/bin/
for applet in sh mount insmod mkdir mv sleep cat mke2fs rm ip; do
  ln -s busybox "root/bin/$applet"
done
# The agent sets the clock with hwclock.
ln -s ../bin/busybox root/sbin/hwclock
cp /usr/sbin/qemu-ga root/usr/sbin/
for library in $(ldd /usr/sbin/qemu-ga | grep -oE '/[^ ]+'); do
  mkdir -p "root$(dirname "$library")"
  cp -L "$library" "root$library"
done
for module in "${modules[@]}"; do
  name=${module##*/}
  if [[ -e ${drivers[0]}/$module.ko.xz ]]; then
    xz -dc "${drivers[0]}/$module.ko.xz" > "root/lib/modules/$name.ko"
  elif [[ -e ${drivers[0]}/$module.ko ]]; then
    cp "${drivers[0]}/$module.ko" root/lib/modules/
  elif [[ -e ${drivers[0]}/$module.ko.zst ]]; then
    zstd -q -dc "${drivers[0]}/$module.ko.zst" > "root/lib/modules/$name.ko"
  fi
done

cat > root/init << INIT
#!/bin/sh
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs tmp /tmp
mount -t tmpfs run /run
for module in ${modules[*]##*/}; do
  insmod /lib/modules/\$module.ko 2> /dev/null
done
for card in /sys/class/net/*; do
  ip link set \${card##*/} up
done
ip address add 10.0.2.15/24 dev eth0 2> /dev/null
(
  count=0
  while true; do
    count=\$((count + 1))
    echo \$count > /tmp/count.new
    mv /tmp/count.new /tmp/count
    sleep 0.055
  done
) &
for option in \$(cat /proc/cmdline); do
  case \$option in
    data=*)
      mke2fs \${option#*=} > /dev/null
      mount -t ext4 \${option#*=} /data
      ;;
    norealtime) rm /dev/rtc* ;;
    deaf) deaf=1 ;;
  esac
done
while [ -z "\$port" ]; do
  for device in /sys/class/virtio-ports/*; do
    if [ "\$(cat \$device/name 2> /dev/null)" = org.qemu.guest_agent.0 ]; then
      port=/dev/\${device##*/}
    fi
  done
  sleep 0.1
done
[ -z "\$deaf" ] || exec sleep 100000 < \$port
exec /usr/sbin/qemu-ga -m virtio-serial -p \$port -t /run -f /run/agent.pid
INIT
# The guest agent shuts the guest down with this program.
printf '#!/bin/sh\necho o > /proc/sysrq-trigger\n' > root/sbin/shutdown
chmod +x root/init root/sbin/shutdown
(cd root && find . | cpio -o -H newc --quiet | gzip -1) > initrd.gz
cp "$(find kernel -name 'vmlinuz*' -type f | head -n 1)" vmlinuz
chmod a+r vmlinuz initrd.gz
mv vmlinuz initrd.gz "$directory"
