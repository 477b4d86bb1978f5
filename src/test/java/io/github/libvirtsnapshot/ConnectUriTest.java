package io.github.libvirtsnapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.errors.LibvirtError;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests URIs with which libvirt 9.0 was seen to run a program or to write to a file, and others.
 */
class ConnectUriTest {
  @ParameterizedTest
  @CsvSource({
    "transport ext,     qemu+ext:///system?command=/bin/x",
    "transport ext,     QEMU+Ext:///system?COMMAND=/bin/x",
    "transport ext,     qemu+ext:?command=/bin/x",
    "parameter command, qemu+ssh://host/system?command=/bin/x",
    "parameter command, qemu+ssh://host/system?no_tty=1&CoMMand=/bin/x",
    "parameter command, qemu+ssh://host/system?no_tty=1;comm%61nd=/bin/x",
    "parameter command, qemu+ssh://host/system?command%00x=/bin/x",
    "parameter command, qemu+ssh://host/system?=x&command",
    "parameter netcat,  qemu+ssh://host/system?netcat=/bin/x&proxy=netcat",
    "parameter socket,  qemu+ssh://host/system?socket=%27%3Btouch%20x%3B%27",
    "parameter socket,  qemu+ssh://host/system?socket=$(touch%20x)",
    "parameter socket,  qemu+libssh2://host/system?socket=/x%26touch%20x",
    "parameter name,    test+unix:///default?name=qemu%2bssh://host/system%3Fcommand=/bin/x",
    "parameter name,    qemu+tls://host/system?name=qemu:///embed%3froot=/tmp",
    "parameter root,    qemu:///embed?root=/tmp/x",
    "parameter known_hosts, qemu+libssh://host/system?known_hosts=/tmp/x&known_hosts_verify=auto"
  })
  void findsPartThatMakesLibvirtRunAProgram(String part, String uri) {
    assertEquals(Optional.of(part), ConnectUri.programChosenBy(uri));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "host1",
        "qemu:///system",
        "test:///srv/command=x/node.xml",
        "qemu+ssh://root@host/system?keyfile=/k&no_tty=1&proxy=native",
        "qemu+ssh://host/system?socket=/run/user/1000/libvirt/libvirt-sock_1",
        "qemu+unix:///system?socket=%2Frun%2Flibvirt-sock",
        "remote+tls://[2001:db8::1]:16514/?name=qemu:///system&no_verify=1&pkipath=/p",
        "esx://root@esx1/?no_verify=1&transport=http&proxy=socks://p:1080&commands=x",
        "qemu+tls://external/system?x=command"
      })
  void acceptsUrisThatRunNoProgram(String uri) {
    assertEquals(Optional.empty(), ConnectUri.programChosenBy(uri));
  }

  @ParameterizedTest
  @CsvSource({
    "qmu:///system,         'the scheme \"qmu\" is unknown; did you mean qemu?'",
    "QEMUU+ssh://host/x,    'the scheme \"qemuu\" is unknown; did you mean qemu?'",
    "tset+unix:///default,  'the scheme \"tset\" is unknown; for QEMU and KVM, use qemu'",
    "vmwareplayr:///x,      'the scheme \"vmwareplayr\" is unknown; did you mean vmwareplayer?'",
    "kvm:///system,         'the scheme \"kvm\" is unknown; for QEMU and KVM, use qemu'"
  })
  void unknownSchemeHasHint(String uri, String hint) {
    LibvirtError error =
        LibvirtError.of(ErrorNumber.VIR_ERR_NO_CONNECT, ErrorDomain.VIR_FROM_NONE, "no driver");
    assertEquals(Optional.of(hint), ConnectUri.hint(uri, error));
  }

  @ParameterizedTest
  @CsvSource({
    "qemu:///system,         VIR_ERR_SYSTEM_ERROR, VIR_FROM_RPC,  true",
    "QEMU+unix:///system,    VIR_ERR_SYSTEM_ERROR, VIR_FROM_RPC,  true",
    "qemu+ssh:///system,     VIR_ERR_SYSTEM_ERROR, VIR_FROM_RPC,  false",
    "QEMU+TCP:///system,     VIR_ERR_SYSTEM_ERROR, VIR_FROM_RPC,  false",
    "qemu+ssh://host/system, VIR_ERR_SYSTEM_ERROR, VIR_FROM_RPC,  false",
    "qemu:///system,         VIR_ERR_SYSTEM_ERROR, VIR_FROM_QEMU, false",
    "qemu:///system,         VIR_ERR_NO_CONNECT,   VIR_FROM_RPC,  false",
    "host1,                  VIR_ERR_SYSTEM_ERROR, VIR_FROM_RPC,  false"
  })
  void missingSocketOfThisHostHasHint(
      String uri, ErrorNumber code, ErrorDomain domain, boolean expected) {
    Optional<String> hint =
        ConnectUri.hint(uri, LibvirtError.of(code, domain, "Failed to connect socket"));
    assertEquals(
        expected
            ? Optional.of(
                "is libvirtd (or virtqemud) running on this host, and may this user connect to it?")
            : Optional.empty(),
        hint);
  }

  @ParameterizedTest
  @CsvSource({
    "authentication failed: Failed to verify the certificate of the peer,                  true",
    "authentication failed: TLS handshake failed The TLS connection was non-properly terminated.,"
        + " true",
    "authentication failed: Failed to start SASL negotiation: -4,                 false"
  })
  void rejectedCertificateHasHint(String message, boolean expected) {
    LibvirtError error =
        LibvirtError.of(ErrorNumber.VIR_ERR_AUTH_FAILED, ErrorDomain.VIR_FROM_RPC, message);
    Optional<String> hint = ConnectUri.hint("qemu+tls://host/system", error);
    assertEquals(expected, hint.filter(text -> text.startsWith("check the cert")).isPresent());
  }
}
