package command;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.util.Optional;

/** JSON as the commands print it and read it. */
public final class Json {
  private Json() {}

  /** Prints an object in ASCII, on more than one line. */
  public static void print(JsonObject object) {
    Gson gson =
        new GsonBuilder().setPrettyPrinting().serializeNulls().disableHtmlEscaping().create();
    System.out.println(SafeText.escapeJson(gson.toJson(object)));
  }

  /** Returns the object that a text is, or nothing if it is something else. */
  public static Optional<JsonObject> parseObject(String text) {
    try {
      return Optional.of(JsonParser.parseString(text).getAsJsonObject());
    } catch (JsonParseException | IllegalStateException e) {
      return Optional.empty();
    }
  }

  /** Returns whether this is a string; null is none. */
  public static boolean isText(JsonElement value) {
    return value instanceof JsonPrimitive primitive && primitive.isString();
  }

  /** Returns whether this is true or false; null is neither. */
  public static boolean isFlag(JsonElement value) {
    return value instanceof JsonPrimitive primitive && primitive.isBoolean();
  }
}
