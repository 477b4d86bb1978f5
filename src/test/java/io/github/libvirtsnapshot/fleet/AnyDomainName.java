package io.github.libvirtsnapshot.fleet;

import io.github.libvirtsnapshot.FaultInjection;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import java.lang.reflect.Proxy;

/** A host with one domain, which each name leads to. */
final class AnyDomainName {
  private AnyDomainName() {}

  static LibvirtLibrary of(LibvirtLibrary libvirt, String domain) {
    return (LibvirtLibrary)
        Proxy.newProxyInstance(
            LibvirtLibrary.class.getClassLoader(),
            new Class<?>[] {LibvirtLibrary.class},
            (proxy, method, args) -> {
              if (method.getName().equals("virDomainLookupByName")) {
                args[1] = domain;
              }
              return FaultInjection.call(libvirt, method, args);
            });
  }
}
