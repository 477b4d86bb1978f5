"""Prints what reverts do, measured with libvirt-python: the oracle of QemuRevertTableIT.

    revert_table.py URI DOMAIN

Brings the domain to each state, reverts it to each snapshot with each set of flags, and prints a
line for each revert: state before, snapshot, flags, error code (0 for none), state and reason
afterwards. States, reasons and codes are libvirt's numbers.
"""

import sys

import libvirt

FLAGS = list(range(16)) + [99]
SNAPSHOTS = ["running", "paused", "shutoff"]


def bring_to(domain, state):
    current = domain.state()[0]
    if current == state:
        return
    if state == libvirt.VIR_DOMAIN_SHUTOFF:
        domain.destroy()
    elif current == libvirt.VIR_DOMAIN_SHUTOFF:
        paused = state == libvirt.VIR_DOMAIN_PAUSED
        domain.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED if paused else 0)
    elif state == libvirt.VIR_DOMAIN_PAUSED:
        domain.suspend()
    else:
        domain.resume()


def revert(domain, name, flags):
    try:
        domain.revertToSnapshot(domain.snapshotLookupByName(name), flags)
        return 0
    except libvirt.libvirtError as error:
        return error.get_error_code()


def main(uri, name):
    libvirt.registerErrorHandler(lambda context, error: None, None)
    connection = libvirt.open(uri)
    domain = connection.lookupByName(name)
    for before in [libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_PAUSED, libvirt.VIR_DOMAIN_SHUTOFF]:
        for snapshot in SNAPSHOTS:
            for flags in FLAGS:
                bring_to(domain, before)
                code = revert(domain, snapshot, flags)
                state, reason = domain.state()
                print(before, snapshot, flags, code, state, reason, flush=True)


main(*sys.argv[1:])
