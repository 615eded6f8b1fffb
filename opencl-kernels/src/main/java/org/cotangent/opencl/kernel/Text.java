package org.cotangent.opencl.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Hand-written texts: the files of {@code src/main/opencl}. */
final class Text {
  private Text() {}

  /**
   * {@return the contents of a file}
   *
   * @param name as in {@code add.cl}
   */
  static String of(String name) {
    try (InputStream file = Text.class.getResourceAsStream(name)) {
      if (file == null) {
        throw new IllegalStateException(name + " is missing from the jar of cotangent-opencl");
      }
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Adds a macro to a text. */
  static void define(StringBuilder text, String name, int value) {
    text.append("#define ").append(name).append(' ').append(value).append('\n');
  }
}
