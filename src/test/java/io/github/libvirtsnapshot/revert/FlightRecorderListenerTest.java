package io.github.libvirtsnapshot.revert;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlightRecorderListenerTest {
  @ParameterizedTest
  @CsvSource({
    "qemu:///system,                                       qemu:///system",
    "qemu:/system,                                         qemu:///system",
    "test:///default?socket=/run/libvirt-sock,             test:///default",
    "qemu+tcp://host1/system,                              qemu+tcp://host1/system",
    "qemu+tcp://kvm_host_1/system,                         qemu+tcp://kvm_host_1/system",
    "qemu+tcp://kvm_host_1:16509/system,                   qemu+tcp://kvm_host_1:16509/system",
    "qemu+ssh://fred@kvm_host_1:22/system?keyfile=/id,     qemu+ssh://kvm_host_1:22/system",
    "qemu+tcp://fred:secret@host1:16509/system?pkipath=/s, qemu+tcp://host1:16509/system",
    "qemu+tcp://fred:se@cret@host1/system#secret,          qemu+tcp://host1/system",
    "qemu+tls://[2001:db8::1]:16514/system,                qemu+tls://[2001:db8::1]:16514/system",
    "qemu+tcp://fred@[fe80::1%25eth0]/system,              qemu+tcp://[fe80::1%25eth0]/system",
    "esx://EXAMPLE%5Cfred:secret@esx_1/?no_verify=1,       esx://esx_1/"
  })
  void hostIsTheUriWithoutCredentialsAndParameters(String uri, String host) {
    assertEquals(Optional.of(host), FlightRecorderListener.host(uri));
  }

  @Test
  void invalidUriHasNoHost() {
    assertEquals(Optional.empty(), FlightRecorderListener.host("no URI: fred@host"));
  }
}
