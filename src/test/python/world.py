"""A world of one guest for RandomWalkIT: makes the moves, and looks at what came of them.

    world.py URI DIRECTORY LINUX

Reads a move on each line of the standard input, its words separated by tabs, and answers with lines
of a key, a tab and a value, and an empty line at the end. It uses libvirt-python, qemu-img and
qemu-io only. The key "refused" says why libvirt or QEMU did not make a move.

The memory of a guest that sits in its firmware is known by the firmware's own clock, a counter of
18.2 ticks a second that goes back with the memory. A Linux that make-linux.sh made counts about as
fast, and has a file in its tmpfs.
"""

import base64
import glob
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as xml

import libvirt
import libvirt_qemu

TICKS_ADDRESS = "0x46c"
VARIABLES = "/usr/share/OVMF/OVMF_VARS_4M.fd"
FIRMWARE = "/usr/share/OVMF/OVMF_CODE_4M.fd"


class Refused(Exception):
    """A move that was not made."""


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Refused("%s: %s" % (" ".join(command), done.stderr.strip()))
    return done.stdout


def digest(data):
    return hashlib.sha1(data).hexdigest()[:12]


def flat(path, node):
    """Returns each attribute and text of an element, and of those within, by its path."""
    seen = {"%s@%s" % (path, name): value for name, value in node.attrib.items()}
    if (node.text or "").strip():
        seen[path] = node.text.strip()
    for index, child in enumerate(sorted(node, key=xml.tostring)):
        seen["%s/%s[%d]" % (path, child.tag, index)] = ""
        seen.update(flat("%s/%s[%d]" % (path, child.tag, index), child))
    return seen


class World:
    def __init__(self, uri, directory, linux):
        self.directory = directory
        self.linux = linux
        self.uri = uri
        self.number = 0
        self.patience = 10
        self.images = 0
        self.checkpoints = 0
        self.connect()

    def connect(self):
        self.connection = libvirt.open(self.uri)

    # what there is

    def make(self, disks, firmware, cdrom, transient):
        """Makes a guest, and forgets the one before.

        disks: the kinds of its disks, as in "qcow2,raw,clone"
        """
        self.number += 1
        self.other = None
        self.name = "w%d-%d" % (os.getpid(), self.number)
        devices = [
            self.disk("vd" + "abc"[i], self.image(kind), kind)
            for i, kind in enumerate(disks.split(","))
        ]
        if cdrom != "none":
            devices.append(self.cdrom(cdrom))
        self.has_agent = firmware == "linux"
        definition = self.linux_definition(devices) if self.has_agent else self.definition(devices, firmware)
        if transient == "true":
            self.domain = self.connection.createXML(definition, 0)
        else:
            self.domain = self.connection.defineXML(definition)
        return {"name": self.name, "version": self.connection.getLibVersion()}

    def path(self, name):
        return "%s/%s-%s" % (self.directory, self.name, name)

    def image(self, kind):
        self.images += 1
        path = self.path("%d.%s" % (self.images, "img" if kind in ("raw", "shared") else "qcow2"))
        if kind == "clone":
            golden = self.path("golden%d.qcow2" % self.images)
            run("qemu-img", "create", "-q", "-f", "qcow2", golden, "1M")
            run("qemu-io", "-f", "qcow2", "-c", "write -P 0x77 512k 64k", golden)
            run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", golden, path)
            self.give(golden)
        else:
            run("qemu-img", "create", "-q", "-f", "raw" if kind == "shared" else kind, path, "1M")
        self.give(path)
        return path

    def give(self, path):
        """Gives a file to the guests' user, to whom the directory belongs."""
        owner = os.stat(self.directory)
        os.chown(path, owner.st_uid, owner.st_gid)

    @staticmethod
    def disk(target, path, kind):
        return (
            "<disk type='file' device='disk'><driver name='qemu' type='%s'/><source file='%s'/>"
            "<target dev='%s' bus='virtio'/>%s</disk>"
            % (
                "raw" if kind in ("raw", "shared") else "qcow2",
                path,
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
                self.give(path)
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

    # looks

    def tree(self, inactive=False):
        return xml.fromstring(self.domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE if inactive else 0))

    @staticmethod
    def disks(tree):
        for disk in tree.findall("devices/disk"):
            source = disk.find("source")
            if disk.get("device") == "disk" and source is not None and source.get("file"):
                yield disk.find("target").get("dev"), source.get("file"), disk.find("driver").get("type")

    @staticmethod
    def content(path, kind, snapshot=None):
        """Returns what a guest would read from an image, or from an internal snapshot in it."""
        command = ["qemu-img", "convert", "-U", "-f", kind, "-O", "raw"]
        if snapshot:
            command += ["-l", "snapshot.name=" + snapshot]
        copy = path + ".look"
        try:
            run(*command, path, copy)
            with open(copy, "rb") as file:
                return digest(file.read())
        except Refused:
            return "unreadable"
        finally:
            if os.path.exists(copy):
                os.unlink(copy)

    def ticks(self):
        answer = libvirt_qemu.qemuMonitorCommand(
            self.domain, "xp /1wx " + TICKS_ADDRESS, libvirt_qemu.VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP
        )
        return int(answer.split(":")[1], 16)

    def agent(self, command, **arguments):
        question = json.dumps({"execute": command, "arguments": arguments})
        return json.loads(libvirt_qemu.qemuAgentCommand(self.domain, question, self.patience, 0))["return"]

    def file(self, path, mode="r", text=None):
        """Reads a file of the guest, or writes it."""
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
        deadline = time.time() + 20
        while running and time.time() < deadline:
            try:
                return {"memory": self.file("/tmp/count"), "tmpfs": self.file("/tmp/mark")}
            except libvirt.libvirtError as e:
                if "No such file" in str(e):
                    self.file("/tmp/mark", "w", "none")
                time.sleep(0.2)
        return {}

    def look(self):
        try:
            state, reason = self.domain.state()
        except libvirt.libvirtError as e:
            if e.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:
                raise
            return {"state": "gone"}
        seen = {"state": state, "id": self.domain.ID(), "time": time.time(), "reason": reason}
        tree = self.tree()
        for target, path, kind in self.disks(tree):
            seen["disk " + target] = self.content(path, kind)
        if state in (libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_PAUSED):
            seen.update(self.memory(state == libvirt.VIR_DOMAIN_RUNNING))
        variables = tree.find("os/nvram")
        # A running firmware writes its variables when it likes.
        still = state != libvirt.VIR_DOMAIN_RUNNING
        if variables is not None and os.path.exists(variables.text or "") and still:
            seen["nvram"] = self.content(variables.text, variables.get("format") or "raw")
        if self.domain.isPersistent():
            definition = self.tree(inactive=True)
            seen.update(flat("definition", definition))
            seen["files"] = " ".join("%s=%s" % (t, p) for t, p, k in self.disks(definition))
        seen["autostart"] = self.domain.autostart() if self.domain.isPersistent() else 0
        seen["managed save"] = self.domain.hasManagedSaveImage()
        seen["snapshots"] = " ".join(sorted(self.domain.snapshotListNames()))
        seen["current"] = self.domain.snapshotCurrent().getName() if self.domain.hasCurrentSnapshot() else ""
        return seen

    def stored(self):
        """Returns the content of each snapshot as it is on the host now, and the image files."""
        seen = {}
        for snapshot in self.domain.listAllSnapshots():
            tree = xml.fromstring(snapshot.getXMLDesc())
            modes = {d.get("name"): d.get("snapshot") for d in tree.findall("disks/disk")}
            domain = tree.find("domain")
            for target, path, kind in self.disks(domain):
                mode = modes.get(target)
                if mode in ("internal", "external"):
                    seen["stored %s %s" % (snapshot.getName(), target)] = self.content(
                        path, kind, snapshot.getName() if mode == "internal" else None
                    )
            variables = domain.find("os/nvram")
            if "internal" in modes.values() and tree.find("state").text == "shutoff" and variables is not None:
                if variables.get("format") == "qcow2":
                    seen["stored %s nvram" % snapshot.getName()] = self.content(
                        variables.text, "qcow2", snapshot.getName()
                    )
            memory = tree.find("memory")
            if memory is not None and memory.get("file"):
                seen["stored %s memory" % snapshot.getName()] = str(os.path.exists(memory.get("file")))
        for path in sorted(glob.glob(self.path("*"))):
            seen["file " + path] = ""
        return seen

    # moves

    def start(self):
        self.domain.create()
        time.sleep(0.15)

    def suspend(self):
        self.domain.suspend()

    def resume(self):
        self.domain.resume()

    def stop(self):
        self.domain.destroy()

    def kill(self):
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
                raise Refused("it is still in state %d" % self.domain.state()[0])
            time.sleep(0.05)

    def doze(self):
        """Lets the guest suspend itself to memory."""
        if self.has_agent and self.domain.state()[0] == libvirt.VIR_DOMAIN_RUNNING:
            self.memory(True)
            self.patience = 2
            try:
                # Not guest-suspend-ram, which an older agent leaves to programs that are not there.
                self.file("/sys/power/state", "w", "mem")
            except libvirt.libvirtError:
                pass  # It sleeps, and does not answer.
            finally:
                self.patience = 10
        else:
            self.domain.pMSuspendForDuration(libvirt.VIR_NODE_SUSPEND_TARGET_MEM, 0)
        self.wait_for(libvirt.VIR_DOMAIN_PMSUSPENDED)

    def wake(self):
        self.domain.pMWakeup()
        self.wait_for(libvirt.VIR_DOMAIN_RUNNING)

    def fail(self):
        """Takes the storage away from under a disk of a Linux that writes to it."""
        self.memory(True)
        socket = self.path("nbd")
        server = subprocess.Popen(["qemu-nbd", "-f", "raw", "-t", "-k", socket, self.image("raw")])
        while not os.path.exists(socket):
            time.sleep(0.05)
        self.give(socket)
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
            pass  # The guest was paused before it could answer.
        self.wait_for(libvirt.VIR_DOMAIN_PAUSED)

    def save(self):
        self.domain.managedSave()

    def write(self, target, byte):
        if self.has_agent and self.domain.isActive() and self.domain.state()[0] == libvirt.VIR_DOMAIN_RUNNING:
            self.memory(True)
            self.file("/tmp/mark", "w", byte)
        for disk in self.tree().findall("devices/disk"):
            if disk.find("target").get("dev") == target and disk.find("source") is not None:
                if disk.find("readonly") is not None:
                    raise Refused("%s can only be read" % target)
                command = "write -P %s 0 64k" % byte
                if self.domain.isActive():
                    device = "/machine/peripheral/%s/virtio-backend" % disk.find("alias").get("name")
                    for each in (command, "flush"):
                        answer = libvirt_qemu.qemuMonitorCommand(
                            self.domain, 'qemu-io -d %s "%s"' % (device, each), 1
                        )
                        if "rror" in answer:
                            raise Refused(answer)
                else:
                    run("qemu-io", "-f", disk.find("driver").get("type"), "-c", command, disk.find("source").get("file"))
                return
        raise Refused("no disk " + target)

    def take(self, name, kind):
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

    def delete(self, name, flags):
        self.domain.snapshotLookupByName(name).delete(int(flags))

    def redefine(self, name):
        """Lets libvirt forget a snapshot and be told of it again, as after a move to another host."""
        snapshot = self.domain.snapshotLookupByName(name)
        description = snapshot.getXMLDesc()
        snapshot.delete(libvirt.VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY)
        self.domain.snapshotCreateXML(description, libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE)

    def checkpoint(self):
        self.checkpoints += 1
        self.domain.checkpointCreateXML(
            "<domaincheckpoint><name>c%d</name></domaincheckpoint>" % self.checkpoints, 0
        )

    def forget(self):
        for checkpoint in self.domain.listAllCheckpoints():
            checkpoint.delete(libvirt.VIR_DOMAIN_CHECKPOINT_DELETE_CHILDREN)

    def attach(self, target):
        self.domain.attachDeviceFlags(
            self.disk(target, self.image("qcow2"), "qcow2"), libvirt.VIR_DOMAIN_AFFECT_CONFIG
        )

    def detach(self, target):
        for disk in self.tree(inactive=True).findall("devices/disk"):
            if disk.find("target").get("dev") == target:
                self.domain.detachDeviceFlags(
                    xml.tostring(disk).decode(), libvirt.VIR_DOMAIN_AFFECT_CONFIG
                )

    def rename(self, title):
        self.domain.setMetadata(
            libvirt.VIR_DOMAIN_METADATA_TITLE, title, None, None, libvirt.VIR_DOMAIN_AFFECT_CONFIG
        )

    def lose(self, name):
        """Takes the data of a snapshot out of its first disk, as a person might."""
        snapshot = xml.fromstring(self.domain.snapshotLookupByName(name).getXMLDesc())
        path = next(self.disks(snapshot.find("domain")))[1]
        if snapshot.find("disks/disk").get("snapshot") == "internal":
            run("qemu-img", "snapshot", "-d", name, path)
        elif path not in [disk[1] for disk in self.disks(self.tree())] and not self.domain.isActive():
            os.rename(path, path + ".lost")

    def move(self, target, other):
        """Moves a disk to another place."""
        definition = self.domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE)
        for disk in self.tree(inactive=True).findall("devices/disk"):
            if disk.find("target").get("dev") == other:
                raise Refused("there is a disk already")
        tree = xml.fromstring(definition)
        for disk in tree.findall("devices/disk"):
            if disk.find("target").get("dev") == target:
                disk.find("target").set("dev", other)
                self.connection.defineXML(xml.tostring(tree).decode())

    def share(self, target):
        """Lets another domain have an image of the guest."""
        for name, path, kind in self.disks(self.tree()):
            if name == target:
                self.other = self.connection.defineXML(
                    "<domain type='qemu'><name>%s-other</name><memory unit='MiB'>32</memory>"
                    "<os><type arch='x86_64' machine='pc'>hvm</type></os><devices>%s</devices></domain>"
                    % (self.name, self.disk("vda", path, kind))
                )
                if not self.domain.isActive():
                    self.other.create()

    def unshare(self):
        if self.other:
            if self.other.isActive():
                self.other.destroy()
            self.other.undefine()
            self.other = None

    def job(self):
        self.domain.blockCopy(
            "vda",
            "<disk type='file'><source file='%s'/></disk>" % self.path("copy"),
            {libvirt.VIR_DOMAIN_BLOCK_COPY_BANDWIDTH: 1},
            libvirt.VIR_DOMAIN_BLOCK_COPY_TRANSIENT_JOB,
        )

    def abort(self):
        self.domain.blockJobAbort("vda", 0)

    def end(self):
        try:
            self.unshare()
            if self.domain.isActive():
                self.domain.destroy()
            if self.domain.isPersistent():
                self.domain.undefineFlags(
                    libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
                    | libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
                    | libvirt.VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA
                    | libvirt.VIR_DOMAIN_UNDEFINE_KEEP_NVRAM
                )
        except libvirt.libvirtError:
            pass
        for path in glob.glob(self.path("*")):
            os.unlink(path)


def answer(world, words):
    try:
        return getattr(world, words[0])(*words[1:]) or {}
    except libvirt.libvirtError as e:
        return {"refused": "%d %s" % (e.get_error_code(), e.get_error_message())}
    except (Refused, FileNotFoundError, StopIteration) as e:
        return {"refused": str(e)}


def main(uri, directory, linux):
    libvirt.registerErrorHandler(lambda context, error: None, None)
    world = World(uri, directory, linux)
    for line in sys.stdin:
        for key, value in answer(world, line.rstrip("\n").split("\t")).items():
            print("%s\t%s" % (key, re.sub(r"\s+", " ", str(value))))
        print(flush=True)


main(*sys.argv[1:])
