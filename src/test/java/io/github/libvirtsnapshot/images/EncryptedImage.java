package io.github.libvirtsnapshot.images;

import com.google.common.collect.ImmutableList;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.libvirtsnapshot.integration.PrivateLibvirtd;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Creates images that are encrypted in the format LUKS. */
public final class EncryptedImage {
  /**
   * qemu-img measures how fast it derives a key, and fails on some machines if their processors are
   * busy.
   */
  private static final String CREATE =
      "for i in $(seq 50); do qemu-img create -q -f qcow2 --object secret,id=key,data=password"
          + " -o encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=200 \"$0\" 8M"
          + " 2> /dev/null && exit; done; exit 1";

  private static final List<String> SECRET = List.of("--object", "secret,id=key,data=password");

  private EncryptedImage() {}

  /** Creates a qcow2 image of 8 MiB with the password {@code password}. */
  public static void create(Path image) throws IOException {
    PrivateLibvirtd.run("sh", "-c", CREATE, image.toString());
  }

  /**
   * Returns the arguments of qemu-io that name an image, which may be encrypted with the password
   * {@code password}, as may each of its backing images.
   */
  public static List<String> toOpen(Path image) throws IOException {
    String chain =
        PrivateLibvirtd.run(
            "qemu-img", "info", "-U", "--backing-chain", "--output=json", image.toString());
    List<JsonObject> images =
        JsonParser.parseString(chain).getAsJsonArray().asList().stream()
            .map(JsonElement::getAsJsonObject)
            .toList();
    if (images.stream().noneMatch(EncryptedImage::isEncrypted)) {
      return List.of(image.toString());
    }
    return ImmutableList.<String>builder()
        .addAll(SECRET)
        .add("--image-opts", options(images))
        .build();
  }

  private static String options(List<JsonObject> images) {
    List<String> options = new ArrayList<>();
    String prefix = "";
    for (JsonObject image : images) {
      options.add(prefix + "driver=" + image.get("format").getAsString());
      options.add(prefix + "file.filename=" + image.get("filename").getAsString());
      if (isEncrypted(image)) {
        options.add(prefix + "encrypt.key-secret=key");
      }
      prefix += "backing.";
    }
    return String.join(",", options);
  }

  private static boolean isEncrypted(JsonObject image) {
    return image.has("encrypted") && image.get("encrypted").getAsBoolean();
  }
}
