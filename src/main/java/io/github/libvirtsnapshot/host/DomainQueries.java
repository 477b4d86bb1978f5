package io.github.libvirtsnapshot.host;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LibvirtUnavailableException;
import io.github.libvirtsnapshot.calls.HandleAccess;
import io.github.libvirtsnapshot.internal.CStringArguments;
import io.github.libvirtsnapshot.jna.DomainCheckpointPointer;
import io.github.libvirtsnapshot.jna.DomainPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.virDomainBlockInfo;
import io.github.libvirtsnapshot.jna.virDomainBlockJobInfo;
import io.github.libvirtsnapshot.jna.virDomainJobInfo;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * Queries about a domain.
 *
 * @param domain the domain, which the caller closes
 */
public record DomainQueries(Domain domain) {
  private static final int NO_FLAGS = 0;

  /** Creates the queries; the domain may not be null. */
  public DomainQueries {
    checkNotNull(domain, "domain is null");
  }

  /** Returns the object of this class that is attached to the connection of the domain. */
  public <T> Optional<T> attached(Class<T> type) {
    return HandleAccess.attached(domain, type);
  }

  /**
   * Returns the name of libvirt's driver for the domain. libvirt calls the host only once for each
   * connection.
   *
   * @see LibvirtLibrary#virConnectGetType
   */
  public String driver() throws LibvirtException {
    return HandleAccess.use(
        domain,
        (calls, pointer) ->
            calls.nonNull(library -> library.virConnectGetType(calls.connection())));
  }

  /**
   * Returns whether a block job, such as a copy or a commit, is in progress on a disk of the active
   * domain.
   *
   * @param disk the target of the disk, as in {@code vda}, or the path of its image
   * @see LibvirtLibrary#virDomainGetBlockJobInfo
   */
  public boolean hasBlockJob(String disk) throws LibvirtException {
    CStringArguments.check("disk", disk);
    virDomainBlockJobInfo info = new virDomainBlockJobInfo();
    return nonNegative(
            (library, pointer) -> library.virDomainGetBlockJobInfo(pointer, disk, info, NO_FLAGS))
        == 1;
  }

  /**
   * Returns whether a job, such as a save, a dump, a backup or a migration, is in progress on the
   * active domain. A save whose memory QEMU has sent, but which libvirt has not finished writing,
   * is still in progress, although its type is {@code VIR_DOMAIN_JOB_COMPLETED}. After the end of a
   * job, the type is {@code VIR_DOMAIN_JOB_NONE}.
   *
   * @see LibvirtLibrary#virDomainGetJobInfo
   */
  public boolean hasJob() throws LibvirtException {
    virDomainJobInfo info = new virDomainJobInfo();
    int unused = nonNegative((library, pointer) -> library.virDomainGetJobInfo(pointer, info));
    return info.type() != virDomainJobInfo.NONE;
  }

  /**
   * Returns the size of a disk. For an inactive domain, libvirt opens the image.
   *
   * @param disk the target of the disk, as in {@code vda}, or the path of its image
   * @throws LibvirtException also if the image can't be opened
   * @see LibvirtLibrary#virDomainGetBlockInfo
   */
  public DiskSize readSize(String disk) throws LibvirtException {
    CStringArguments.check("disk", disk);
    virDomainBlockInfo info = new virDomainBlockInfo();
    int unused =
        nonNegative(
            (library, pointer) -> library.virDomainGetBlockInfo(pointer, disk, info, NO_FLAGS));
    return new DiskSize(info.capacity(), info.allocation());
  }

  /**
   * Returns the images of the domain, as {@link HostQueries#inactiveDomainImages} does for all
   * inactive domains.
   *
   * @return the images; empty if the domain is active
   * @throws LibvirtException also if the driver lacks this call ({@code VIR_ERR_NO_SUPPORT})
   * @throws LibvirtUnavailableException if the installed libvirt lacks the function
   * @see LibvirtLibrary#virDomainListGetStats
   */
  public Optional<DomainImages> images() throws LibvirtException {
    return HandleAccess.use(domain, DomainImages::of);
  }

  /**
   * Returns the XML of each checkpoint of the domain. Backup programs create checkpoints.
   *
   * @see LibvirtLibrary#virDomainListAllCheckpoints
   * @see <a href="https://libvirt.org/formatcheckpoint.html">Checkpoint XML format</a>
   */
  public List<String> checkpointXmls() throws LibvirtException {
    return HandleAccess.read(
        domain,
        (library, pointer, array) -> library.virDomainListAllCheckpoints(pointer, array, NO_FLAGS),
        DomainCheckpointPointer::new,
        (calls, checkpoint) ->
            calls
                .nonNull(library -> library.virDomainCheckpointGetXMLDesc(checkpoint, NO_FLAGS))
                .value(),
        LibvirtLibrary::virDomainCheckpointFree);
  }

  private int nonNegative(BiFunction<LibvirtLibrary, DomainPointer, Integer> call)
      throws LibvirtException {
    return HandleAccess.use(
        domain, (calls, pointer) -> calls.nonNegative(library -> call.apply(library, pointer)));
  }
}
