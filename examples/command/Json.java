package command;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.util.Optional;

/** The JSON that the commands print and read. */
public final class Json {
  private Json() {}

  /** Prints an object in ASCII, with line breaks and indentation. */
  public static void print(JsonObject object) {
    Gson gson =
        new GsonBuilder().setPrettyPrinting().serializeNulls().disableHtmlEscaping().create();
    System.out.println(SafeText.escapeJson(gson.toJson(object)));
  }

  /** Parses a JSON object; empty if the text is anything else. */
  public static Optional<JsonObject> parseObject(String text) {
    try {
      return Optional.of(JsonParser.parseString(text).getAsJsonObject());
    } catch (JsonParseException | IllegalStateException e) {
      return Optional.empty();
    }
  }

  /** Returns whether a value is a string, and not null. */
  public static boolean isText(JsonElement value) {
    return value instanceof JsonPrimitive primitive && primitive.isString();
  }

  /** Returns whether a value is true or false, and not null. */
  public static boolean isFlag(JsonElement value) {
    return value instanceof JsonPrimitive primitive && primitive.isBoolean();
  }
}
