package io.github.libvirtsnapshot.revert;

import com.google.common.io.Files;
import com.google.common.primitives.Longs;
import com.google.common.util.concurrent.Uninterruptibles;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.images.Disk;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Objects;

/**
 * libvirt names the files that disks go on in after an external revert after the time in seconds; a
 * second one within that second would stop the guest and then fail.
 */
final class OverlayClock {
  private static final Duration MARGIN = Duration.ofMillis(100);

  /** A name from further ahead is not of this clock. */
  private static final Duration LONGEST = Duration.ofSeconds(2);

  private OverlayClock() {}

  /** Waits until the second that a disk's file is named after is over. */
  static void await(Domain domain) throws LibvirtException {
    long named =
        Disk.of(XmlNode.parse(domain.getXMLDesc())).stream()
            .map(disk -> Longs.tryParse(Files.getFileExtension(disk.image())))
            .filter(Objects::nonNull)
            .max(Comparator.naturalOrder())
            .filter(seconds -> seconds < Instant.MAX.getEpochSecond())
            .orElse(0L);
    Duration left = Duration.between(Instant.now(), Instant.ofEpochSecond(named + 1).plus(MARGIN));
    if (!left.isNegative() && left.compareTo(LONGEST) < 0) {
      Uninterruptibles.sleepUninterruptibly(left);
    }
  }
}
