"""Creates, changes and reads disk images with qemu-img and qemu-io, for guest_driver.py.

The kind of an image is its format, "raw" or "qcow2", or "luks" for a qcow2 image that is encrypted
with PASSWORD.
"""

import hashlib
import json
import os
import subprocess

PASSWORD = "password"
SIZE = "1M"


class ActionFailed(Exception):
    """The guest or a tool rejected an action."""


def run(*command):
    completed = subprocess.run(command, capture_output=True, text=True)
    if completed.returncode:
        raise ActionFailed("%s: %s" % (" ".join(command), completed.stderr.strip()))
    return completed.stdout


def digest(data):
    return hashlib.sha1(data).hexdigest()[:12]


def file_digest(path):
    """Returns a digest of the bytes of a file; None if the file does not exist."""
    try:
        with open(path, "rb") as file:
            return digest(file.read())
    except FileNotFoundError:
        return None


def image_arguments(path, kind):
    """Returns the arguments that name an image to qemu-img and qemu-io."""
    if kind != "luks":
        return ["-f", kind, path]
    return [
        "--object",
        "secret,id=key,data=" + PASSWORD,
        "--image-opts",
        "driver=qcow2,file.filename=%s,encrypt.key-secret=key" % path,
    ]


def create(path, kind, *options):
    run("qemu-img", "create", "-q", "-f", kind, *options, path, SIZE)


def create_encrypted(path):
    """Creates an encrypted image; this takes some seconds."""
    key = ["--object", "secret,id=key,data=" + PASSWORD]
    options = ["-o", "encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=200"]
    for _ in range(50):
        # qemu-img fails if it cannot measure the speed of the processor, which is busy at times.
        try:
            return create(path, "qcow2", *key, *options)
        except ActionFailed as e:
            failure = e
    raise failure


def write(path, kind, byte):
    run("qemu-io", "-c", "write -P %s 0 64k" % byte, *image_arguments(path, kind))


def content(path, kind, copy, snapshot=None):
    """Returns a digest of what a guest reads from an image, or from an internal snapshot in it.

    copy: the path of a temporary file
    """
    command = ["qemu-img", "convert", "-U", "-O", "raw"]
    if snapshot:
        command += ["-l", "snapshot.name=" + snapshot]
    try:
        run(*command, *image_arguments(path, kind), copy)
        return file_digest(copy)
    except ActionFailed as e:
        # The definition of an overlay does not say that its backing image is encrypted.
        return "encrypted" if "encrypt.key-secret" in str(e) else "unreadable"
    finally:
        if os.path.exists(copy):
            os.unlink(copy)


def change_snapshots(option, name, path, kind):
    """Creates (-c) or deletes (-d) an internal snapshot in an image that no guest has open."""
    run("qemu-img", "snapshot", option, name, *(image_arguments(path, kind) if kind == "luks" else [path]))


def stored_bitmaps(path):
    """Returns the names of the bitmaps in a qcow2 image; none if the image cannot be read."""
    try:
        description = json.loads(run("qemu-img", "info", "-U", "-f", "qcow2", "--output=json", path))
    except ActionFailed:
        return []
    return [bitmap["name"] for bitmap in description["format-specific"]["data"].get("bitmaps", [])]
