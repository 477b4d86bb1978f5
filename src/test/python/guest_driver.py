"""Runs actions on one guest and observes the result, independently of the library.

    guest_driver.py URI DIRECTORY LINUX

Each line of the standard input is an action and its arguments, separated by tabs. The answer is a
line for each result, with a key, a tab and a value, and then an empty line. The key "error" says
why libvirt or QEMU rejected the action. The script uses only libvirt-python, qemu-img and qemu-io.

The clock of the firmware identifies the memory of a guest that stays in its firmware: a counter of
18.2 ticks per second, which a revert restores with the memory. The Linux of make-linux.sh has a
counter of about the same speed, and a file in its tmpfs.
"""

import base64
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as xml

import guest_images
import libvirt
import libvirt_qemu
from guest_images import ActionFailed, digest, run

TICKS_ADDRESS = "0x46c"
VARIABLES = "/usr/share/OVMF/OVMF_VARS_4M.fd"
FIRMWARE = "/usr/share/OVMF/OVMF_CODE_4M.fd"
SECRET = "aaaaaaaa-0000-4000-8000-000000000002"
EMULATOR = "/usr/bin/qemu-system-x86_64"
NEWER_EMULATOR = os.environ.get("NEWER_EMULATOR")

# STATE_RESET_DATA in the state of libtpms: from its magic number to that of the data that follow it.
RESET_DATA = re.compile(rb"\x01\x10\x23\x32.*(?=\x98\x89\x76\x67)", re.DOTALL)

# The folder of a guest has a second name: a link whose name is that of the folder and this.
LINK = "-link"


def flatten(path, node):
    """Returns each attribute and text of an element and its descendants, by path."""
    values = {"%s@%s" % (path, name): value for name, value in node.attrib.items()}
    if (node.text or "").strip():
        values[path] = node.text.strip()
    for index, child in enumerate(sorted(node, key=xml.tostring)):
        values["%s/%s[%d]" % (path, child.tag, index)] = ""
        values.update(flatten("%s/%s[%d]" % (path, child.tag, index), child))
    return values


class GuestDriver:
    def __init__(self, uri, directory, linux):
        self.directory = directory
        self.linux = linux
        self.uri = uri
        self.number = 0
        self.agent_timeout = 10
        self.images = 0
        self.checkpoints = 0
        self.changes = []
        self.contents = {}
        self.connection = libvirt.open(self.uri)

    # creating a guest

    def create(self, disks, firmware, cdrom, transient, pool="false", extra="none"):
        """Creates a guest in a folder of its own; later actions are on this guest.

        disks: the kinds of the disks, as in "qcow2,raw,clone"
        pool: whether the folder is an active storage pool
        extra: "tpm", "vcpu" (the guest can get a second CPU), "emulator" (the path of the guest's
            emulator is a link of its own) or "none"
        """
        self.number += 1
        self.other_domain = None
        self.name = "w%d-%d" % (os.getpid(), self.number)
        self.folder = os.path.join(self.directory, self.name)
        os.mkdir(self.folder)
        self.change_owner(self.folder)
        os.symlink(self.folder, self.folder + LINK)
        self.has_secret = "luks" in disks
        if self.has_secret:
            self.restore_secret()
        devices = [
            self.disk("vd" + "abc"[i], self.image(kind), kind)
            for i, kind in enumerate(disks.split(","))
        ]
        if cdrom != "none":
            devices.append(self.cdrom(cdrom))
        self.has_tpm = extra == "tpm"
        if self.has_tpm:
            devices.append("<tpm model='tpm-tis'><backend type='emulator' version='2.0'/></tpm>")
        self.has_emulator = extra == "emulator"
        if self.has_emulator:
            self.use_emulator(EMULATOR)
            devices.append("<emulator>%s</emulator>" % self.emulator())
        self.has_agent = firmware == "linux"
        definition = self.linux_definition(devices) if self.has_agent else self.definition(devices, firmware)
        if extra == "vcpu":
            definition = definition.replace("<os>", "<vcpu current='1'>2</vcpu><os>")
        if transient == "true":
            self.domain = self.connection.createXML(definition, 0)
        else:
            self.domain = self.connection.defineXML(definition)
        self.pool = self.create_pool() if pool == "true" else None
        return {"name": self.name, "version": self.connection.getLibVersion()}

    def create_pool(self):
        return self.connection.storagePoolCreateXML(
            "<pool type='dir'><name>%s</name><target><path>%s</path></target></pool>" % (self.name, self.folder)
        )

    def path(self, name):
        return os.path.join(self.folder, name)

    def emulator(self):
        """Returns a path that all guests with an emulator of their own share: libvirt asks each emulator once."""
        return os.path.join(self.directory, "emulator")

    def image(self, kind):
        self.images += 1
        path = self.path("%d.%s" % (self.images, "img" if kind in ("raw", "shared") else "qcow2"))
        if kind == "clone":
            golden = self.path("golden%d.qcow2" % self.images)
            guest_images.create(golden, "qcow2")
            run("qemu-io", "-f", "qcow2", "-c", "write -P 0x77 512k 64k", golden)
            self.change_owner(golden)
            run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", golden, path)
        elif kind == "luks":
            template = os.path.join(self.directory, "encrypted.qcow2")
            if not os.path.exists(template):
                guest_images.create_encrypted(template)
            shutil.copyfile(template, path)
        else:
            guest_images.create(path, "raw" if kind == "shared" else kind)
        self.change_owner(path)
        return path

    def change_owner(self, path):
        """Gives a file to the user that the guests run as, who owns the directory."""
        owner = os.stat(self.directory)
        os.chown(path, owner.st_uid, owner.st_gid)

    @staticmethod
    def disk(target, path, kind):
        encryption = "<encryption format='luks'><secret type='passphrase' uuid='%s'/></encryption>" % SECRET
        return (
            "<disk type='file' device='disk'><driver name='qemu' type='%s'/><source file='%s'>%s</source>"
            "<target dev='%s' bus='virtio'/>%s</disk>"
            % (
                "raw" if kind in ("raw", "shared") else "qcow2",
                path,
                encryption if kind == "luks" else "",
                target,
                "<readonly/>" if kind == "shared" else "",
            )
        )

    def cdrom(self, medium):
        source = ""
        if medium == "medium":
            path = self.path("medium-%d.iso" % self.images)
            run("qemu-img", "create", "-q", "-f", "raw", path, "64k")
            source = "<driver name='qemu' type='raw'/><source file='%s'/>" % path
        return (
            "<disk type='file' device='cdrom'>%s<target dev='hdc' bus='ide'/><readonly/></disk>"
            % source
        )

    def definition(self, devices, firmware):
        machine, extra = "pc", ""
        if firmware != "bios":
            machine = "q35"
            kind = "raw" if firmware == "raw" else "qcow2"
            variables, template = self.path("nvram"), self.path("template")
            for path in variables, template:
                run("qemu-img", "convert", "-O", kind, VARIABLES, path)
                self.change_owner(path)
            template = {
                "raw": "",
                "qcow2": " template='%s' templateFormat='qcow2' format='qcow2'" % template,
                "mixed": " template='%s' format='qcow2'" % VARIABLES,
            }[firmware]
            extra = (
                "<loader readonly='yes' type='pflash'>%s</loader><nvram%s>%s</nvram>"
                % (FIRMWARE, template, variables)
            )
            devices = [device.replace("bus='ide'", "bus='sata'") for device in devices]
        return (
            "<domain type='qemu'><name>%s</name><memory unit='MiB'>%d</memory>"
            "<os><type arch='x86_64' machine='%s'>hvm</type>%s</os><features><acpi/></features>"
            "<on_crash>preserve</on_crash><devices>%s<panic model='isa'/></devices></domain>"
            % (self.name, 32 if firmware == "bios" else 64, machine, extra, "".join(devices))
        )

    def linux_definition(self, devices):
        return (
            "<domain type='qemu'><name>%s</name><memory unit='MiB'>128</memory>"
            "<os><type arch='x86_64' machine='pc'>hvm</type><kernel>%s/vmlinuz</kernel>"
            "<initrd>%s/initrd.gz</initrd><cmdline>console=ttyS0 quiet</cmdline></os>"
            "<features><acpi/></features><pm><suspend-to-mem enabled='yes'/></pm>"
            "<devices>%s<channel type='unix'>"
            "<target type='virtio' name='org.qemu.guest_agent.0'/></channel></devices></domain>"
            % (self.name, self.linux, self.linux, "".join(devices))
        )

    # observing the guest

    def tree(self, inactive=False):
        return xml.fromstring(self.domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE if inactive else 0))

    def disks(self, tree):
        """Returns the target, the path and the kind of each disk with an image."""
        for disk in tree.findall("devices/disk"):
            source = disk.find("source")
            if disk.get("device") == "disk" and source is not None and disk.get("type") in ("file", "volume"):
                yield disk.find("target").get("dev"), self.source_path(source), self.kind(disk)

    def source_path(self, source):
        """A volume is a file in the folder of the guest, which is the only pool."""
        return source.get("file") or self.path(source.get("volume"))

    @staticmethod
    def kind(disk):
        encrypted = disk.find("source/encryption") is not None or disk.find("encryption") is not None
        return "luks" if encrypted else disk.find("driver").get("type")

    def media(self, tree):
        """Returns the paths of the media in the drives."""
        for disk in tree.findall("devices/disk"):
            source = disk.find("source")
            if disk.get("device") == "cdrom" and source is not None and source.get("file"):
                yield self.source_path(source)

    def content(self, path, kind, snapshot=None):
        """Reads an image again only if a file of the guest has changed."""
        files = [os.stat(file) for file in sorted(glob.glob(self.path("*")))]
        changes = [(file.st_ino, file.st_size, file.st_mtime_ns, file.st_ctime_ns) for file in files]
        if changes != self.changes:
            self.changes = changes
            self.contents = {}
        key = path, kind, snapshot
        if key not in self.contents:
            self.contents[key] = guest_images.content(path, kind, os.path.join(self.directory, "copy"), snapshot)
        return self.contents[key]

    def monitor(self, command, **arguments):
        """Runs a command of QEMU's monitor protocol."""
        request = json.dumps({"execute": command, "arguments": arguments})
        answer = json.loads(libvirt_qemu.qemuMonitorCommand(self.domain, request, 0))
        if "error" in answer:
            raise ActionFailed(answer["error"]["desc"])
        return answer["return"]

    def bitmaps(self):
        """Returns the bitmaps of the disks: those that an active guest has, or those in the images."""
        if self.domain.isActive():
            nodes = self.monitor("query-named-block-nodes", flat=True)
            bitmaps = [bitmap for node in nodes for bitmap in node.get("dirty-bitmaps", [])]
            return {bitmap["name"] for bitmap in bitmaps if "name" in bitmap}
        return self.bitmaps_in_images(self.tree())

    def bitmaps_in_images(self, definition):
        return {
            bitmap
            for target, path, kind in self.disks(definition)
            if kind == "qcow2" and os.path.exists(path)
            for bitmap in guest_images.stored_bitmaps(path)
        }

    def tpm_state(self):
        folder = "%s/config/libvirt/qemu/swtpm/%s" % (self.directory, self.domain.UUIDString())
        return next(iter(glob.glob(folder + "/tpm2/tpm2-00.permall")), None)

    def tpm_content(self):
        """Returns a digest of the TPM's state without the data that the next start of its guest replaces.

        libtpms 0.10.2 loses a value of these data, which belong to the null hierarchy, when QEMU
        loads the memory of a guest: nullSeedCompatLevel was 1 before and is 0 afterwards.
        """
        with open(self.tpm_state(), "rb") as state:
            content = state.read()
        return digest(RESET_DATA.sub(b"", content))

    def ticks(self):
        answer = libvirt_qemu.qemuMonitorCommand(
            self.domain, "xp /1wx " + TICKS_ADDRESS, libvirt_qemu.VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP
        )
        return int(answer.split(":")[1], 16)

    def agent(self, command, **arguments):
        request = json.dumps({"execute": command, "arguments": arguments})
        return json.loads(libvirt_qemu.qemuAgentCommand(self.domain, request, self.agent_timeout, 0))["return"]

    def file(self, path, mode="r", text=None):
        """Reads a file in the guest; writes the text to the file if a text is given."""
        handle = self.agent("guest-file-open", path=path, mode=mode)
        try:
            if text is None:
                answer = self.agent("guest-file-read", handle=handle)
                return base64.b64decode(answer["buf-b64"]).decode().strip()
            self.agent(
                "guest-file-write", **{"handle": handle, "buf-b64": base64.b64encode(text.encode()).decode()}
            )
        finally:
            self.agent("guest-file-close", handle=handle)

    def memory(self, running):
        if not self.has_agent:
            return {"memory": self.ticks()}
        deadline = time.time() + 120
        while running and time.time() < deadline:
            try:
                return {"memory": self.file("/tmp/count"), "tmpfs": self.file("/tmp/mark")}
            except libvirt.libvirtError as e:
                if "No such file" in str(e):
                    self.file("/tmp/mark", "w", "none")
                time.sleep(0.2)
        return {}

    def status(self):
        """Returns the state and the snapshots only."""
        try:
            names = self.domain.snapshotListNames()
            return {"state": self.domain.state()[0], "snapshots": " ".join(sorted(names))}
        except libvirt.libvirtError as e:
            if e.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:
                raise
            return {"state": "gone"}

    def observe(self):
        try:
            state, reason = self.domain.state()
        except libvirt.libvirtError as e:
            if e.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:
                raise
            return {"state": "gone"}
        # The ID in the present handle is that of the last start through this connection.
        identity = self.connection.lookupByName(self.name).ID()
        observed = {"state": state, "id": identity, "time": time.time(), "reason": reason}
        tree = self.tree()
        for target, path, kind in self.disks(tree):
            observed["disk " + target] = self.content(path, kind)
        if state in (libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_PAUSED):
            observed.update(self.memory(state == libvirt.VIR_DOMAIN_RUNNING))
        variables = tree.find("os/nvram")
        # A running firmware can write its variables and the state of the TPM at any time.
        not_running = state != libvirt.VIR_DOMAIN_RUNNING
        if variables is not None and os.path.exists(variables.text or "") and not_running:
            observed["nvram"] = self.content(variables.text, variables.get("format") or "raw")
        if self.has_tpm and not_running and self.tpm_state():
            observed["tpm"] = self.tpm_content()
        observed["cpus"] = tree.find("vcpu").get("current") or tree.find("vcpu").text
        observed["interfaces"] = " ".join(mac.get("address") for mac in tree.findall("devices/interface/mac"))
        if self.domain.isPersistent():
            definition = self.tree(inactive=True)
            observed.update(flatten("definition", definition))
            observed["files"] = " ".join("%s=%s" % (t, p) for t, p, k in self.disks(definition))
            # The running guest can lack a disk of the stored definition, or have it in another image.
            present = {os.path.realpath(path) for target, path, kind in self.disks(tree)}
            for target, path, kind in self.disks(definition):
                if os.path.realpath(path) not in present:
                    observed["definition content " + target] = self.content(path, kind)
        observed["autostart"] = self.domain.autostart() if self.domain.isPersistent() else 0
        observed["managed save"] = self.domain.hasManagedSaveImage()
        observed["snapshots"] = " ".join(sorted(self.domain.snapshotListNames()))
        observed["current"] = self.domain.snapshotCurrent().getName() if self.domain.hasCurrentSnapshot() else ""
        return observed

    def observe_image(self, name, image):
        """Returns by this name the content of an image that the definition of a snapshot names."""
        for snapshot in self.domain.listAllSnapshots():
            for _, path, kind in self.disks(xml.fromstring(snapshot.getXMLDesc()).find("domain")):
                if os.path.realpath(path) == os.path.realpath(image):
                    return {name: self.content(path, kind)}
        return {}

    def observe_storage(self):
        """Returns the stored content of each snapshot, all bitmaps, the files of the guest, and missing media."""
        observed = {}
        bitmaps = self.bitmaps()
        definitions = [self.tree()]
        for snapshot in self.domain.listAllSnapshots():
            tree = xml.fromstring(snapshot.getXMLDesc())
            modes = {d.get("name"): d.get("snapshot") for d in tree.findall("disks/disk")}
            domain = tree.find("domain")
            definitions.append(domain)
            bitmaps |= self.bitmaps_in_images(domain)
            for target, path, kind in self.disks(domain):
                mode = modes.get(target)
                if mode in ("internal", "external"):
                    observed["stored %s %s" % (snapshot.getName(), target)] = self.content(
                        path, kind, snapshot.getName() if mode == "internal" else None
                    )
            variables = domain.find("os/nvram")
            if "internal" in modes.values() and tree.find("state").text == "shutoff" and variables is not None:
                if variables.get("format") == "qcow2":
                    observed["stored %s nvram" % snapshot.getName()] = self.content(
                        variables.text, "qcow2", snapshot.getName()
                    )
            memory = tree.find("memory")
            if memory is not None and memory.get("file"):
                observed["stored %s memory" % snapshot.getName()] = str(os.path.exists(memory.get("file")))
        observed["bitmaps"] = " ".join(sorted(bitmaps))
        for path in sorted(glob.glob(self.path("*"))):
            observed["file " + path] = ""
        for medium in {medium for definition in definitions for medium in self.media(definition)}:
            if not os.path.exists(medium):
                observed["missing " + medium] = ""
        return observed

    # actions

    def start(self):
        self.domain.create()
        time.sleep(0.15)

    def make_active(self):
        if not self.domain.isActive():
            self.start()

    def suspend(self):
        self.domain.suspend()

    def resume(self):
        self.domain.resume()

    def stop(self):
        self.domain.destroy()

    def kill_process(self):
        with open("%s/run/libvirt/qemu/run/%s.pid" % (self.directory, self.name)) as file:
            os.kill(int(file.read()), signal.SIGKILL)
        deadline = time.time() + 5
        while time.time() < deadline:
            try:
                if not self.domain.isActive():
                    return
            except libvirt.libvirtError:
                return
            time.sleep(0.05)

    def crash(self):
        libvirt_qemu.qemuMonitorCommand(self.domain, "o /b 0x505 1", 1)
        time.sleep(0.3)

    def wait_for(self, state):
        deadline = time.time() + 10
        while self.domain.state()[0] != state:
            if time.time() > deadline:
                raise ActionFailed("the guest is still in state %d" % self.domain.state()[0])
            time.sleep(0.05)

    def wait_for_end(self):
        """Waits until libvirt has noticed that the process of the guest has ended."""
        deadline = time.time() + 10
        try:
            while self.domain.isActive() and time.time() < deadline:
                time.sleep(0.05)
        except libvirt.libvirtError:
            pass  # A transient domain is gone.

    def suspend_to_memory(self):
        """Makes the guest suspend itself to memory."""
        if self.has_agent and self.domain.state()[0] == libvirt.VIR_DOMAIN_RUNNING:
            self.memory(True)
            self.agent_timeout = 2
            try:
                # An older agent runs programs for guest-suspend-ram, and this Linux does not have them.
                self.file("/sys/power/state", "w", "mem")
            except libvirt.libvirtError:
                pass  # The guest is suspended and does not answer.
            finally:
                self.agent_timeout = 10
        else:
            self.domain.pMSuspendForDuration(libvirt.VIR_NODE_SUSPEND_TARGET_MEM, 0)
        self.wait_for(libvirt.VIR_DOMAIN_PMSUSPENDED)

    def wake_up(self):
        self.domain.pMWakeup()
        self.wait_for(libvirt.VIR_DOMAIN_RUNNING)

    def fail_storage(self):
        """Stops the server of a network disk, and makes the Linux write to that disk."""
        self.memory(True)
        socket = self.path("nbd")
        server = subprocess.Popen(["qemu-nbd", "-f", "raw", "-t", "-k", socket, self.image("raw")])
        while not os.path.exists(socket):
            time.sleep(0.05)
        self.change_owner(socket)
        self.domain.attachDevice(
            "<disk type='network' device='disk'><driver name='qemu' type='raw' error_policy='stop'/>"
            "<source protocol='nbd'><host transport='unix' socket='%s'/></source>"
            "<target dev='vdz' bus='virtio'/></disk>" % socket
        )
        deadline = time.time() + 10
        while time.time() < deadline:
            try:
                handle = self.agent("guest-file-open", path="/dev/vdb", mode="r")
                self.agent("guest-file-close", handle=handle)
                break
            except libvirt.libvirtError:
                time.sleep(0.1)
        server.kill()
        server.wait()
        try:
            self.file("/dev/vdb", "w", "x" * 65536)
        except libvirt.libvirtError:
            pass  # QEMU paused the guest before the agent could answer.
        self.wait_for(libvirt.VIR_DOMAIN_PAUSED)

    def managed_save(self):
        self.domain.managedSave()

    def write_disk(self, target, byte):
        if self.has_agent and self.domain.isActive() and self.domain.state()[0] == libvirt.VIR_DOMAIN_RUNNING:
            self.memory(True)
            self.file("/tmp/mark", "w", byte)
        for disk in self.tree().findall("devices/disk"):
            if disk.find("target").get("dev") == target and disk.find("source") is not None:
                if disk.find("readonly") is not None:
                    raise ActionFailed("%s is read-only" % target)
                if self.domain.isActive():
                    self.run_in_guest_process(disk, "write -P %s 0 64k" % byte)
                    self.run_in_guest_process(disk, "flush")
                else:
                    guest_images.write(self.source_path(disk.find("source")), self.kind(disk), byte)
                return
        raise ActionFailed("no disk " + target)

    def run_in_guest_process(self, disk, command):
        """Lets QEMU execute a command of qemu-io on a disk of the running guest."""
        device = "/machine/peripheral/%s/virtio-backend" % disk.find("alias").get("name")
        answer = libvirt_qemu.qemuMonitorCommand(self.domain, 'qemu-io -d %s "%s"' % (device, command), 1)
        if "rror" in answer:
            raise ActionFailed(answer)

    def create_snapshot(self, name, kind):
        description = "<domainsnapshot><name>%s</name>" % name
        flags = 0
        if kind == "external":
            flags = libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY
        elif kind == "memory":
            description += "<memory snapshot='external' file='%s'/>" % self.path(name + ".memory")
        elif kind == "partial":
            flags = libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY
            description += "<disks><disk name='vdb' snapshot='no'/></disks>"
        self.domain.snapshotCreateXML(description + "</domainsnapshot>", flags)

    def delete_snapshot(self, name, flags):
        self.domain.snapshotLookupByName(name).delete(int(flags))

    def redefine_snapshot(self, name, shift=0):
        """Deletes and redefines a snapshot's metadata, as a move to another host does.

        shift: the seconds by which the time of the snapshot changes
        """
        snapshot = self.domain.snapshotLookupByName(name)
        description = re.sub(
            "<creationTime>([0-9]+)<",
            lambda time: "<creationTime>%d<" % (int(time.group(1)) + int(shift)),
            snapshot.getXMLDesc(),
        )
        snapshot.delete(libvirt.VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY)
        self.domain.snapshotCreateXML(description, libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE)

    def revert(self, name):
        self.domain.revertToSnapshot(
            self.domain.snapshotLookupByName(name), libvirt.VIR_DOMAIN_SNAPSHOT_REVERT_FORCE
        )

    def add_snapshot_to_image(self, name):
        """Creates an internal snapshot that libvirt does not know, in the image of vda."""
        path, kind = self.image_of("vda")
        if kind == "raw":
            raise ActionFailed("a raw image has no snapshots")
        guest_images.change_snapshots("-c", name, path, kind)

    def create_checkpoint(self):
        self.checkpoints += 1
        self.domain.checkpointCreateXML(
            "<domaincheckpoint><name>c%d</name></domaincheckpoint>" % self.checkpoints, 0
        )

    def delete_checkpoints(self):
        for checkpoint in self.domain.listAllCheckpoints():
            checkpoint.delete(libvirt.VIR_DOMAIN_CHECKPOINT_DELETE_CHILDREN)

    def forget_checkpoints(self):
        """Deletes libvirt's metadata of all checkpoints; the bitmaps stay."""
        for checkpoint in self.domain.listAllCheckpoints():
            checkpoint.delete(libvirt.VIR_DOMAIN_CHECKPOINT_DELETE_METADATA_ONLY)

    def add_bitmap(self, target):
        """Adds a bitmap that libvirt does not know."""
        self.checkpoints += 1
        name = "nightly%d" % self.checkpoints
        if self.domain.isActive():
            alias = self.device_of(target).find("alias").get("name")
            nodes = self.monitor("query-block")
            node = next(node for node in nodes if alias in node.get("qdev", "").split("/"))
            self.monitor(
                "block-dirty-bitmap-add", node=node["inserted"]["node-name"], name=name, persistent=True
            )
        else:
            path, kind = self.image_of(target)
            run("qemu-img", "bitmap", "--add", "-f", kind, path, name)

    def remove_bitmaps(self):
        """Removes all bitmaps from the images of the guest, which is shut off."""
        for target, path, kind in self.disks(self.tree()):
            if kind == "qcow2":
                for bitmap in guest_images.stored_bitmaps(path):
                    run("qemu-img", "bitmap", "--remove", "-f", kind, path, bitmap)

    def attach_disk(self, target):
        self.domain.attachDeviceFlags(
            self.disk(target, self.image("qcow2"), "qcow2"), libvirt.VIR_DOMAIN_AFFECT_CONFIG
        )

    def plug_disk(self, target):
        """Attaches a disk to the active guest only."""
        self.make_active()
        self.domain.attachDeviceFlags(
            self.disk(target, self.image("qcow2"), "qcow2"), libvirt.VIR_DOMAIN_AFFECT_LIVE
        )

    def plug_cpu(self):
        self.make_active()
        self.domain.setVcpusFlags(2, libvirt.VIR_DOMAIN_AFFECT_LIVE)

    def plug_interface(self):
        self.make_active()
        self.domain.attachDeviceFlags(
            "<interface type='user'><model type='virtio'/></interface>", libvirt.VIR_DOMAIN_AFFECT_LIVE
        )

    def detach_disk(self, target):
        for disk in self.tree(inactive=True).findall("devices/disk"):
            if disk.find("target").get("dev") == target:
                self.domain.detachDeviceFlags(
                    xml.tostring(disk).decode(), libvirt.VIR_DOMAIN_AFFECT_CONFIG
                )

    def set_title(self, title):
        self.domain.setMetadata(
            libvirt.VIR_DOMAIN_METADATA_TITLE, title, None, None, libvirt.VIR_DOMAIN_AFFECT_CONFIG
        )

    def remove_snapshot_data(self, name):
        """Removes a snapshot's data from its first disk, as an administrator might do by mistake."""
        snapshot = xml.fromstring(self.domain.snapshotLookupByName(name).getXMLDesc())
        _, path, kind = next(self.disks(snapshot.find("domain")))
        if snapshot.find("disks/disk").get("snapshot") == "internal":
            guest_images.change_snapshots("-d", name, path, kind)
        elif path not in [disk[1] for disk in self.disks(self.tree())] and not self.domain.isActive():
            os.rename(path, path + ".removed")

    def move_disk(self, target, new_target):
        """Gives a disk another target name."""
        definition = self.domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE)
        for disk in self.tree(inactive=True).findall("devices/disk"):
            if disk.find("target").get("dev") == new_target:
                raise ActionFailed("the target %s is in use" % new_target)
        tree = xml.fromstring(definition)
        for disk in tree.findall("devices/disk"):
            if disk.find("target").get("dev") == target:
                disk.find("target").set("dev", new_target)
                self.connection.defineXML(xml.tostring(tree).decode())

    def change_source(self, target, change):
        """Changes the source of a disk in the persistent definition."""
        tree = xml.fromstring(
            self.domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE)
        )
        for disk in tree.findall("devices/disk"):
            if disk.find("target").get("dev") == target and disk.find("source") is not None:
                change(disk, disk.find("source"))
                self.connection.defineXML(xml.tostring(tree).decode())
                return
        raise ActionFailed("no disk " + target)

    def name_by_volume(self, target):
        """Lets the definition name the image of a disk by pool and volume."""
        if not self.pool:
            raise ActionFailed("the guest has no pool")

        def change(disk, source):
            disk.set("type", "volume")
            source.set("volume", os.path.basename(self.source_path(source)))
            source.set("pool", self.name)
            source.attrib.pop("file", None)

        self.pool.refresh()
        self.change_source(target, change)

    def name_by_path(self, target, link):
        """Lets the definition name the image of a disk by its path.

        link: whether the path leads through the second name of the folder
        """

        def change(disk, source):
            folder = self.folder + LINK if link == "true" else self.folder
            disk.set("type", "file")
            source.set("file", os.path.join(folder, os.path.basename(self.source_path(source))))
            for attribute in "pool", "volume":
                source.attrib.pop(attribute, None)

        self.change_source(target, change)

    def device_of(self, target):
        for disk in self.tree().findall("devices/disk"):
            if disk.find("target").get("dev") == target and disk.find("source") is not None:
                return disk
        raise ActionFailed("no disk " + target)

    def image_of(self, target):
        """Returns the path and the kind of the present image of a disk."""
        disk = self.device_of(target)
        return self.source_path(disk.find("source")), self.kind(disk)

    # what the guest needs of its host

    def medium(self):
        """Returns the path of the medium, which is not an overlay that libvirt has created."""
        path = next(self.media(self.tree()))
        if not path.endswith(".iso"):
            raise ActionFailed("%s is an overlay of the medium" % path)
        return path

    def remove_medium(self):
        os.unlink(self.medium())

    def replace_medium(self):
        """Writes another medium to the file in the drive, or restores the file."""
        path = self.medium()
        if os.path.exists(path):
            os.unlink(path)
        guest_images.create(path, "raw")
        self.change_owner(path)

    def eject_medium(self):
        is_active = self.domain.isActive()
        for disk in self.tree(inactive=True).findall("devices/disk"):
            if disk.get("device") == "cdrom" and disk.find("source") is not None:
                disk.remove(disk.find("source"))
                self.domain.updateDeviceFlags(
                    xml.tostring(disk).decode(),
                    libvirt.VIR_DOMAIN_AFFECT_CONFIG | (libvirt.VIR_DOMAIN_AFFECT_LIVE if is_active else 0),
                )

    def remove_secret(self):
        self.connection.secretLookupByUUIDString(SECRET).undefine()

    def restore_secret(self):
        secret = self.connection.secretDefineXML(
            "<secret ephemeral='no' private='no'><uuid>%s</uuid></secret>" % SECRET
        )
        secret.setValue(guest_images.PASSWORD.encode())

    def use_emulator(self, path):
        if os.path.lexists(self.emulator()):
            os.unlink(self.emulator())
        os.symlink(path, self.emulator())
        self.present_emulator = path

    def remove_emulator(self):
        os.unlink(self.emulator())

    def restore_emulator(self):
        if self.has_emulator:
            self.use_emulator(self.present_emulator)

    def upgrade_emulator(self):
        """Replaces QEMU by a newer one; an active guest keeps its process."""
        if not NEWER_EMULATOR or not self.has_emulator:
            raise ActionFailed("there is no newer QEMU, or the guest has no emulator of its own")
        self.use_emulator(NEWER_EMULATOR)

    def reset_tpm(self):
        """Removes the state of the TPM of a guest that is shut off; the next start makes a new one."""
        state = self.tpm_state()
        if self.domain.isActive() or not state:
            raise ActionFailed("the guest is active, or it has no TPM")
        os.unlink(state)

    # changing the chains of images

    def chain(self, target):
        """Returns the paths of the image of a disk and of its backing images."""
        node = self.device_of(target)
        while node is not None and node.find("source") is not None:
            yield self.source_path(node.find("source"))
            node = node.find("backingStore")

    def wait_for_job(self, target, is_mirror=False):
        deadline = time.time() + 10
        while time.time() < deadline:
            job = self.domain.blockJobInfo(target)
            if not job or (is_mirror and job["cur"] == job["end"]):
                return
            time.sleep(0.02)
        self.domain.blockJobAbort(target)
        raise ActionFailed("the block job did not end")

    def pivot(self, target):
        """Lets the guest continue in the copy, as soon as QEMU has noticed that the copy is complete."""
        self.wait_for_job(target, is_mirror=True)
        deadline = time.time() + 5
        while True:
            try:
                return self.domain.blockJobAbort(target, libvirt.VIR_DOMAIN_BLOCK_JOB_ABORT_PIVOT)
            except libvirt.libvirtError as e:
                if time.time() > deadline:
                    self.domain.blockJobAbort(target)
                    raise ActionFailed("no pivot: %s" % e) from e
                time.sleep(0.05)

    def commit_middle(self, target):
        """Merges the image below the present one into the image below it."""
        self.make_active()
        chain = list(self.chain(target))
        if len(chain) < 3:
            raise ActionFailed("%s has %d images" % (target, len(chain)))
        self.domain.blockCommit(target, chain[2], chain[1], 0, 0)
        self.wait_for_job(target)

    def commit_top(self, target):
        """Merges the present image and all below it into the lowest one."""
        self.make_active()
        self.domain.blockCommit(target, None, None, 0, libvirt.VIR_DOMAIN_BLOCK_COMMIT_ACTIVE)
        self.pivot(target)

    def pull(self, target):
        """Copies the data of all images below the present one into it."""
        self.make_active()
        self.domain.blockPull(target, 0, 0)
        self.wait_for_job(target)
        # QEMU keeps the new tables of clusters in memory, where qemu-img does not see them.
        self.run_in_guest_process(self.device_of(target), "flush")

    def move_to_copy(self, target):
        """Lets the guest continue in a copy of the image."""
        self.make_active()
        self.images += 1
        self.domain.blockCopy(
            target,
            "<disk type='file'><driver type='%s'/><source file='%s'/></disk>"
            % (self.device_of(target).find("driver").get("type"), self.path("%d.copy" % self.images)),
            {},
            libvirt.VIR_DOMAIN_BLOCK_COPY_TRANSIENT_JOB,
        )
        self.pivot(target)

    def share_image(self, target):
        """Defines another domain that uses an image of the guest."""
        for name, path, kind in self.disks(self.tree()):
            if name == target:
                self.other_domain = self.connection.defineXML(
                    "<domain type='qemu'><name>%s-other</name><memory unit='MiB'>32</memory>"
                    "<os><type arch='x86_64' machine='pc'>hvm</type></os><devices>%s</devices></domain>"
                    % (self.name, self.disk("vda", path, kind))
                )
                if not self.domain.isActive():
                    self.other_domain.create()

    def remove_other_domain(self):
        if self.other_domain:
            if self.other_domain.isActive():
                self.other_domain.destroy()
            self.other_domain.undefine()
            self.other_domain = None

    def start_block_job(self):
        self.domain.blockCopy(
            "vda",
            "<disk type='file'><source file='%s'/></disk>" % self.path("mirror"),
            {libvirt.VIR_DOMAIN_BLOCK_COPY_BANDWIDTH: 1},
            libvirt.VIR_DOMAIN_BLOCK_COPY_TRANSIENT_JOB,
        )

    def abort_block_job(self):
        self.domain.blockJobAbort("vda", 0)

    def remove_domain(self):
        if self.domain.isActive():
            self.domain.destroy()
        if self.domain.isPersistent():
            self.domain.undefineFlags(
                libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
                | libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
                | libvirt.VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA
                | libvirt.VIR_DOMAIN_UNDEFINE_KEEP_NVRAM
            )

    def remove_guest(self):
        steps = [self.remove_other_domain, self.remove_domain]
        if self.pool:
            steps.append(self.pool.destroy)
        if self.has_secret:
            steps.append(self.remove_secret)
        for step in steps:
            try:
                step()
            except libvirt.libvirtError:
                pass  # A transient domain can be gone, and libvirtd can have crashed.
        shutil.rmtree(self.folder)
        os.unlink(self.folder + LINK)


def perform(driver, action, *arguments):
    try:
        return getattr(driver, action)(*arguments) or {}
    except libvirt.libvirtError as e:
        if "from monitor" in e.get_error_message():
            driver.wait_for_end()
        return {"error": "%d %s" % (e.get_error_code(), e.get_error_message())}
    except (ActionFailed, FileNotFoundError, StopIteration) as e:
        return {"error": str(e)}


def main(uri, directory, linux):
    libvirt.registerErrorHandler(lambda context, error: None, None)
    driver = GuestDriver(uri, directory, linux)
    for line in sys.stdin:
        for key, value in perform(driver, *line.rstrip("\n").split("\t")).items():
            print("%s\t%s" % (key, re.sub(r"\s+", " ", str(value))))
        print(flush=True)


main(*sys.argv[1:])
