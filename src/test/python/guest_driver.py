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


class ActionFailed(Exception):
    """The guest or a tool rejected an action."""


def run(*command):
    completed = subprocess.run(command, capture_output=True, text=True)
    if completed.returncode:
        raise ActionFailed("%s: %s" % (" ".join(command), completed.stderr.strip()))
    return completed.stdout


def digest(data):
    return hashlib.sha1(data).hexdigest()[:12]


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
        self.connect()

    def connect(self):
        self.connection = libvirt.open(self.uri)

    # creating a guest

    def create(self, disks, firmware, cdrom, transient):
        """Creates a guest; later actions are on this guest.

        disks: the kinds of the disks, as in "qcow2,raw,clone"
        """
        self.number += 1
        self.other_domain = None
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
            self.change_owner(golden)
        else:
            run("qemu-img", "create", "-q", "-f", "raw" if kind == "shared" else kind, path, "1M")
        self.change_owner(path)
        return path

    def change_owner(self, path):
        """Gives a file to the user that the guests run as, who owns the directory."""
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

    @staticmethod
    def disks(tree):
        for disk in tree.findall("devices/disk"):
            source = disk.find("source")
            if disk.get("device") == "disk" and source is not None and source.get("file"):
                yield disk.find("target").get("dev"), source.get("file"), disk.find("driver").get("type")

    @staticmethod
    def content(path, kind, snapshot=None):
        """Returns a digest of what a guest reads from an image, or from an internal snapshot in it."""
        command = ["qemu-img", "convert", "-U", "-f", kind, "-O", "raw"]
        if snapshot:
            command += ["-l", "snapshot.name=" + snapshot]
        copy = path + ".copy"
        try:
            run(*command, path, copy)
            with open(copy, "rb") as file:
                return digest(file.read())
        except ActionFailed:
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
        deadline = time.time() + 20
        while running and time.time() < deadline:
            try:
                return {"memory": self.file("/tmp/count"), "tmpfs": self.file("/tmp/mark")}
            except libvirt.libvirtError as e:
                if "No such file" in str(e):
                    self.file("/tmp/mark", "w", "none")
                time.sleep(0.2)
        return {}

    def observe(self):
        try:
            state, reason = self.domain.state()
        except libvirt.libvirtError as e:
            if e.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:
                raise
            return {"state": "gone"}
        observed = {"state": state, "id": self.domain.ID(), "time": time.time(), "reason": reason}
        tree = self.tree()
        for target, path, kind in self.disks(tree):
            observed["disk " + target] = self.content(path, kind)
        if state in (libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_PAUSED):
            observed.update(self.memory(state == libvirt.VIR_DOMAIN_RUNNING))
        variables = tree.find("os/nvram")
        # A running firmware can write its variables at any time.
        not_running = state != libvirt.VIR_DOMAIN_RUNNING
        if variables is not None and os.path.exists(variables.text or "") and not_running:
            observed["nvram"] = self.content(variables.text, variables.get("format") or "raw")
        if self.domain.isPersistent():
            definition = self.tree(inactive=True)
            observed.update(flatten("definition", definition))
            observed["files"] = " ".join("%s=%s" % (t, p) for t, p, k in self.disks(definition))
        observed["autostart"] = self.domain.autostart() if self.domain.isPersistent() else 0
        observed["managed save"] = self.domain.hasManagedSaveImage()
        observed["snapshots"] = " ".join(sorted(self.domain.snapshotListNames()))
        observed["current"] = self.domain.snapshotCurrent().getName() if self.domain.hasCurrentSnapshot() else ""
        return observed

    def observe_storage(self):
        """Returns the stored content of each snapshot, and the names of the guest's files."""
        observed = {}
        for snapshot in self.domain.listAllSnapshots():
            tree = xml.fromstring(snapshot.getXMLDesc())
            modes = {d.get("name"): d.get("snapshot") for d in tree.findall("disks/disk")}
            domain = tree.find("domain")
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
        for path in sorted(glob.glob(self.path("*"))):
            observed["file " + path] = ""
        return observed

    # actions

    def start(self):
        self.domain.create()
        time.sleep(0.15)

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
                command = "write -P %s 0 64k" % byte
                if self.domain.isActive():
                    device = "/machine/peripheral/%s/virtio-backend" % disk.find("alias").get("name")
                    for each in (command, "flush"):
                        answer = libvirt_qemu.qemuMonitorCommand(
                            self.domain, 'qemu-io -d %s "%s"' % (device, each), 1
                        )
                        if "rror" in answer:
                            raise ActionFailed(answer)
                else:
                    run("qemu-io", "-f", disk.find("driver").get("type"), "-c", command, disk.find("source").get("file"))
                return
        raise ActionFailed("no disk " + target)

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

    def redefine_snapshot(self, name):
        """Deletes and redefines a snapshot's metadata, as a move to another host does."""
        snapshot = self.domain.snapshotLookupByName(name)
        description = snapshot.getXMLDesc()
        snapshot.delete(libvirt.VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY)
        self.domain.snapshotCreateXML(description, libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE)

    def create_checkpoint(self):
        self.checkpoints += 1
        self.domain.checkpointCreateXML(
            "<domaincheckpoint><name>c%d</name></domaincheckpoint>" % self.checkpoints, 0
        )

    def delete_checkpoints(self):
        for checkpoint in self.domain.listAllCheckpoints():
            checkpoint.delete(libvirt.VIR_DOMAIN_CHECKPOINT_DELETE_CHILDREN)

    def attach_disk(self, target):
        self.domain.attachDeviceFlags(
            self.disk(target, self.image("qcow2"), "qcow2"), libvirt.VIR_DOMAIN_AFFECT_CONFIG
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
        path = next(self.disks(snapshot.find("domain")))[1]
        if snapshot.find("disks/disk").get("snapshot") == "internal":
            run("qemu-img", "snapshot", "-d", name, path)
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
            "<disk type='file'><source file='%s'/></disk>" % self.path("copy"),
            {libvirt.VIR_DOMAIN_BLOCK_COPY_BANDWIDTH: 1},
            libvirt.VIR_DOMAIN_BLOCK_COPY_TRANSIENT_JOB,
        )

    def abort_block_job(self):
        self.domain.blockJobAbort("vda", 0)

    def remove_guest(self):
        try:
            self.remove_other_domain()
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


def perform(driver, action, *arguments):
    try:
        return getattr(driver, action)(*arguments) or {}
    except libvirt.libvirtError as e:
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
