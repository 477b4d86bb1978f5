package io.github.libvirtsnapshot.integration;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.libvirtjava.LibvirtJava;

/** A program that calls the bridge where there is no libvirt-java to go to, and prints why not. */
public final class NoLibvirtJavaProbe {
  private NoLibvirtJavaProbe() {}

  /** Prints the message. */
  public static void main(String[] args) throws Exception {
    try (Connect connect = new Connect("test:///default");
        Domain domain = connect.domainLookupByName("test")) {
      var unused = LibvirtJava.toLibvirtJava(domain);
    } catch (IllegalStateException e) {
      System.out.println(e.getMessage());
    }
  }
}
