import java.net.URI;
import java.util.UUID;
import org.libvirt.Connect;
import org.libvirt.ConnectAuth;
import org.libvirt.Domain;
import org.libvirt.DomainInfo;
import org.libvirt.DomainInfo.DomainState;
import org.libvirt.DomainInterface;
import org.libvirt.DomainSnapshot;
import org.libvirt.LibvirtException;

/** A program as people write it for libvirt-java: what of it has to do with reverting. */
public class WrittenForLibvirtJava {
  static class Login extends ConnectAuth {
    Login() {
      credType =
          new CredentialType[] {
            CredentialType.VIR_CRED_AUTHNAME, CredentialType.VIR_CRED_PASSPHRASE
          };
    }

    @Override
    public int callback(Credential[] credentials) {
      for (Credential credential : credentials) {
        switch (credential.type) {
          case VIR_CRED_AUTHNAME:
            credential.result = "user";
            break;
          case VIR_CRED_PASSPHRASE:
            credential.result = "secret";
            break;
          default:
            System.out.println(credential.prompt + credential.challenge);
            credential.result = credential.defresult;
        }
      }
      return 0;
    }
  }

  static Connect open(String uri, boolean readOnly, boolean login) throws Exception {
    if (login) {
      return readOnly
          ? new Connect(uri, new Login(), 1)
          : new Connect(URI.create(uri), new Login());
    }
    return readOnly ? new Connect(URI.create(uri), Connect.OpenFlags.READONLY) : new Connect(uri);
  }

  static String cleanUp(Connect connect, String name, String snapshotName) throws LibvirtException {
    for (int id : connect.listDomains()) {
      Domain active = connect.domainLookupByID(id);
      System.out.println(active.getName());
      active.free();
    }
    for (String defined : connect.listDefinedDomains()) {
      System.out.println(defined);
    }
    for (Domain each : connect.listAllDomains(0)) {
      System.out.println(each.getUUIDString() + " " + each.getID());
      each.free();
    }
    System.out.println(connect.numOfDomains() + connect.numOfDefinedDomains());
    System.out.println(connect.getURI() + connect.getType() + connect.getLibVersion());

    Domain domain = connect.domainLookupByName(name);
    Domain same = connect.domainLookupByUUID(UUID.fromString(domain.getUUIDString()));
    same.free();
    DomainInfo info = domain.getInfo();
    if (info.state == DomainState.VIR_DOMAIN_SHUTOFF) {
      domain.create(0);
    } else if (info.state == DomainState.VIR_DOMAIN_PAUSED) {
      domain.resume();
    }
    System.out.println(info.maxMem + info.memory + info.nrVirtCpu + info.cpuTime);
    System.out.println(domain.getXMLDesc(0));
    for (DomainInterface card : domain.interfaceAddresses(0, 0)) {
      System.out.println(card.name + card.hwAddr);
      for (DomainInterface.InterfaceAddress each : card.addrs) {
        System.out.println(each.address + "/" + each.prefixLength);
      }
    }

    DomainSnapshot taken =
        domain.snapshotCreateXML(
            "<domainsnapshot><name>" + snapshotName + "</name></domainsnapshot>", 0);
    System.out.println(taken.getXMLDesc());
    System.out.println(domain.snapshotNum());
    for (String listed : domain.snapshotListNames()) {
      System.out.println(listed);
    }
    domain.suspend();
    domain.destroy();
    DomainSnapshot found = domain.snapshotLookupByName(snapshotName);
    domain.revertToSnapshot(found);
    String state = domain.getInfo().state.toString();
    found.delete(0);
    found.free();
    taken.free();
    domain.free();
    connect.close();
    return state;
  }
}
