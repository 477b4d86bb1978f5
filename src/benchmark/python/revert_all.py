"""Reverts domains vm0, vm1, ... of a host to their snapshots "clean", sequentially:

    revert_all.py URI COUNT
"""
import sys

import libvirt

connect = libvirt.open(sys.argv[1])
for i in range(int(sys.argv[2])):
    domain = connect.lookupByName(f"vm{i}")
    domain.revertToSnapshot(domain.snapshotLookupByName("clean"), 0)
