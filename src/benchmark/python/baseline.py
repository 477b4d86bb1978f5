"""Measures listing snapshots with libvirt-python, as baseline.c does in C."""

import sys
import time

import libvirt


def ignore(*_):
    pass


def handle(snapshot):
    snapshot.getName()


def name_and_parent(snapshot):
    snapshot.getName()
    try:
        snapshot.getParent().getName()
    except libvirt.libvirtError:
        pass


def xml(snapshot):
    snapshot.getXMLDesc()


def listing(domain, look):
    start = time.perf_counter()
    snapshots = domain.listAllSnapshots()
    count = len(snapshots)
    for snapshot in snapshots:
        look(snapshot)
    del snapshots, snapshot
    return (time.perf_counter() - start) * 1e6 / count


def measure(what, size, domain, look):
    best = listing(domain, look)
    end = time.perf_counter() + 1
    while time.perf_counter() < end:
        best = min(best, listing(domain, look))
    print(f"python.{what} {size} {best:.4f}")


libvirt.registerErrorHandler(ignore, None)
SIZE = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
CONNECT = libvirt.open("test:///default")
DOMAIN = CONNECT.lookupByName("test")
for i in range(SIZE):
    DOMAIN.snapshotCreateXML(f"<domainsnapshot><name>snapshot-{i}</name></domainsnapshot>")
measure("handles", SIZE, DOMAIN, handle)
measure("names", SIZE, DOMAIN, name_and_parent)
measure("xml", SIZE, DOMAIN, xml)
