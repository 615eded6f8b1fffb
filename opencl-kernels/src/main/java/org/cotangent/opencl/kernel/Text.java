package org.cotangent.opencl.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

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

  /** {@return a text after macros, each as in {@code W 16}} */
  static String defined(List<String> macros, String text) {
    return macros.stream().map(macro -> "#define " + macro + "\n").collect(Collectors.joining())
        + text;
  }
}
