package io.github.libvirtsnapshot.integration;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.libvirtjava.LibvirtJava;

/** Calls the bridge without a supported libvirt-java, and prints the message of the exception. */
public final class NoLibvirtJavaProbe {
  private NoLibvirtJavaProbe() {}

  /** Converts a domain, and prints the message. */
  public static void main(String[] args) throws Exception {
    try (Connect connect = new Connect("test:///default");
        Domain domain = connect.domainLookupByName("test")) {
      var unused = LibvirtJava.toLibvirtJava(domain);
    } catch (IllegalStateException e) {
      System.out.println(e.getMessage());
    }
  }
}
