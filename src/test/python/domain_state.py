"""Prints the state of a domain, independently of the library: uses only libvirt-python.

    domain_state.py URI DOMAIN

The output is libvirt's numbers of the state and of the reason, and the domain's ID, which is -1 if
the domain is inactive; or "gone" if there is no such domain.
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
