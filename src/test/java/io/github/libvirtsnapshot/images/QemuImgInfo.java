package io.github.libvirtsnapshot.images;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.github.libvirtsnapshot.images.Qcow2Image.Encryption;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/** What {@code qemu-img info} reports about a qcow2 image. */
final class QemuImgInfo {
  private static final int SECTOR = 512;

  private QemuImgInfo() {}

  /**
   * Returns the image, without the sizes of the disk in its snapshots, which qemu-img does not
   * report; empty if qemu-img can't open the image.
   */
  static Optional<Qcow2Image> of(Path image) throws IOException {
    Process process =
        new ProcessBuilder(
                "qemu-img", "info", "-U", "--output=json", "-f", "qcow2", image.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String json = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      return process.waitFor() == 0
          ? Optional.of(image(JsonParser.parseString(json).getAsJsonObject()))
          : Optional.empty();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * Returns the part of an image that qemu-img reports: no size of the disk in snapshots, and whole
   * sectors only.
   */
  static Qcow2Image comparable(Qcow2Image image) {
    return new Qcow2Image(
        image.version(),
        image.virtualSize() / SECTOR * SECTOR,
        image.backingFile(),
        image.backingFormat(),
        image.encryption(),
        image.externalData(),
        image.dataFile(),
        image.dirty(),
        image.corrupt(),
        image.snapshots().stream()
            .map(
                each ->
                    new Qcow2Snapshot(
                        each.id(),
                        each.name(),
                        each.created(),
                        each.vmClock(),
                        each.vmStateSize(),
                        OptionalLong.empty()))
            .toList(),
        image.bitmaps());
  }

  private static Qcow2Image image(JsonObject info) {
    JsonObject data = info.getAsJsonObject("format-specific").getAsJsonObject("data");
    boolean hasExternalData = data.has("data-file-raw");
    boolean isVersion2 = data.get("compat").getAsString().equals("0.10");
    return new Qcow2Image(
        isVersion2 ? 2 : 3,
        info.get("virtual-size").getAsLong(),
        text(info, "backing-filename"),
        text(info, "backing-filename-format"),
        encryption(data),
        hasExternalData,
        text(data, "data-file").filter(name -> hasExternalData),
        info.get("dirty-flag").getAsBoolean(),
        !isVersion2 && data.get("corrupt").getAsBoolean(),
        list(info, "snapshots").stream().map(QemuImgInfo::snapshot).toList(),
        list(data, "bitmaps").stream().map(QemuImgInfo::bitmap).toList());
  }

  private static Encryption encryption(JsonObject data) {
    return data.has("encrypt")
        ? Encryption.valueOf(
            data.getAsJsonObject("encrypt").get("format").getAsString().toUpperCase(Locale.ROOT))
        : Encryption.NONE;
  }

  private static Qcow2Snapshot snapshot(JsonObject snapshot) {
    return new Qcow2Snapshot(
        snapshot.get("id").getAsString(),
        snapshot.get("name").getAsString(),
        Instant.ofEpochSecond(
            snapshot.get("date-sec").getAsLong(), snapshot.get("date-nsec").getAsLong()),
        Duration.ofSeconds(
            snapshot.get("vm-clock-sec").getAsLong(), snapshot.get("vm-clock-nsec").getAsLong()),
        snapshot.get("vm-state-size").getAsLong(),
        OptionalLong.empty());
  }

  private static Qcow2Bitmap bitmap(JsonObject bitmap) {
    JsonArray flags = bitmap.getAsJsonArray("flags");
    return new Qcow2Bitmap(
        bitmap.get("name").getAsString(),
        flags.contains(new JsonPrimitive("in-use")),
        flags.contains(new JsonPrimitive("auto")));
  }

  private static Optional<String> text(JsonObject object, String name) {
    return Optional.ofNullable(object.get(name))
        .map(JsonElement::getAsString)
        .filter(text -> !text.isEmpty());
  }

  private static List<JsonObject> list(JsonObject object, String name) {
    return object.has(name)
        ? object.getAsJsonArray(name).asList().stream().map(JsonElement::getAsJsonObject).toList()
        : List.of();
  }
}
