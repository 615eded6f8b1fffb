package org.cotangent.opencl.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Texts that lie beside this class: hand-written kernels and tables. */
final class Text {
  private Text() {}

  /**
   * {@return a text}
   *
   * @param name of its file
   */
  static String read(String name) {
    try (InputStream stream = Text.class.getResourceAsStream(name)) {
      if (stream == null) {
        throw new IllegalStateException(
            "the OpenCL backend is incomplete: " + name + " is not beside " + Text.class.getName());
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot read " + name + " of the OpenCL backend", failure);
    }
  }
}
