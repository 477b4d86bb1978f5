"""Looks at a domain through libvirt-python: the independent witness of QemuFaultIT.

    look.py URI DOMAIN

Prints its state and its reason as libvirt numbers them, and its number, -1 if it is inactive; or
"gone".
"""

import sys

import libvirt


def main(uri, name):
    libvirt.registerErrorHandler(lambda context, error: None, None)
    try:
        domain = libvirt.openReadOnly(uri).lookupByName(name)
        state, reason = domain.state()
        print(state, reason, domain.ID())
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:
            raise
        print("gone")


main(*sys.argv[1:])
