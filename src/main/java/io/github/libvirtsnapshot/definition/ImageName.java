package io.github.libvirtsnapshot.definition;

import com.google.common.collect.ImmutableSet;
import com.google.common.io.Files;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The name by which the library identifies an image on a host: the path of a file, block device or
 * folder; {@code pool/volume} for a volume whose path is unknown; an address with the server for an
 * image on the network.
 */
public final class ImageName {
  private static final ImmutableSet<String> PATHS =
      ImmutableSet.of("@file", "@dev", "@dir", "@path");

  private static final Pattern PROTOCOL = Pattern.compile("[^/:]+:");

  private ImageName() {}

  /** Returns the name in a {@code source} element; empty if the element names no image. */
  static String of(XmlNode source) {
    if (!source.text("@volume").isEmpty()) {
      return source.text("@pool") + "/" + source.text("@volume");
    }
    if (!source.text("@protocol").isEmpty()) {
      return address(source.text("@protocol"), servers(source), source.text("@name"));
    }
    if (source.text("@type").equals("pci")) {
      return address("nvme", pciAddress(source), source.text("@namespace"));
    }
    return PATHS.stream().map(source::text).filter(path -> !path.isEmpty()).findFirst().orElse("");
  }

  /** Returns the part of the name after the last slash. */
  public static String fileName(String image) {
    return image.substring(image.lastIndexOf('/') + 1);
  }

  /** Returns the name without the part of the file's name after the last dot. */
  public static String withoutExtension(String image) {
    String extension = Files.getFileExtension(image);
    return extension.isEmpty()
        ? image
        : image.substring(0, image.length() - extension.length() - 1);
  }

  /** Returns whether a name is the address of an image on the network. */
  public static boolean isOnNetwork(String image) {
    return hasProtocol(image) && image.contains("://");
  }

  /**
   * Returns whether a name begins with a protocol: an address, or a name that only QEMU
   * understands, as in {@code json:}.
   */
  public static boolean hasProtocol(String image) {
    return PROTOCOL.matcher(image).lookingAt();
  }

  /** Returns whether a name is that of a volume, with its storage pool. */
  public static boolean isVolume(String image) {
    return image.indexOf('/') > 0 && !hasProtocol(image);
  }

  private static String address(String protocol, String server, String name) {
    return protocol + "://" + server + (name.startsWith("/") ? "" : "/") + name;
  }

  private static String servers(XmlNode source) {
    return source.all("host").stream()
        .map(host -> host.text("@socket").isEmpty() ? server(host) : host.text("@socket"))
        .collect(Collectors.joining(","));
  }

  private static String server(XmlNode host) {
    String port = host.text("@port");
    return host.text("@name") + (port.isEmpty() ? "" : ":" + port);
  }

  private static String pciAddress(XmlNode source) {
    return Stream.of("domain", "bus", "slot", "function")
        .map(part -> source.text("address/@" + part))
        .collect(Collectors.joining(":"));
  }
}
