package org.cotangent.benchmarks.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Looks for what is missing in records that were read from JSON, which knows nothing of
 * {@code @Nullable}: a component that the file lacks is null, or 0 if it is a number.
 */
final class Gaps {
  private Gaps() {}

  /**
   * Checks a record and all that it holds.
   *
   * @param found in a file
   * @param json that it was made of
   * @throws IOException if something is missing; says what, as in {@code timings[3].engine}
   */
  static void check(Record found, JsonNode json) throws IOException {
    record(found, json, "");
  }

  private static void record(Record found, JsonNode json, String path) throws IOException {
    for (RecordComponent component : found.getClass().getRecordComponents()) {
      String name = component.getName();
      String inner = path.isEmpty() ? name : path + "." + name;
      Object value = get(component, found);
      if (component.getType().isPrimitive() && !json.hasNonNull(name)) {
        value(null, json, inner);
      } else if (value != null || !isNullable(component)) {
        value(value, json.path(name), inner);
      }
    }
  }

  private static void value(@Nullable Object value, JsonNode json, String path) throws IOException {
    switch (value) {
      case null -> throw new IOException("it lacks " + path);
      case Record inner -> record(inner, json, path);
      case Collection<?> list -> {
        int index = 0;
        for (Object element : list) {
          value(element, json.path(index), path + "[" + index + "]");
          index++;
        }
      }
      case Map<?, ?> map -> {
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          value(
              entry.getValue(), json.path(entry.getKey().toString()), path + "." + entry.getKey());
        }
      }
      default -> {}
    }
  }

  private static boolean isNullable(RecordComponent component) {
    return component.getAnnotatedType().isAnnotationPresent(Nullable.class);
  }

  private static @Nullable Object get(RecordComponent component, Record owner) {
    try {
      return component.getAccessor().invoke(owner);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(component + " cannot be read", e);
    }
  }
}
