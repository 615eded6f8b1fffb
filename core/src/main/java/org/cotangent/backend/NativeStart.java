package org.cotangent.backend;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Starts a binding that brings its native part in its jar.
 *
 * <p>Such bindings unpack it under a fixed name in {@code java.io.tmpdir} and load whatever they
 * find there, were it truncated or another user's. So that property points at a fresh folder, which
 * only this user can open, while a binding starts; the folder goes once the library is in memory.
 */
public final class NativeStart {
  private static final String TEMPORARY = "java.io.tmpdir";

  private NativeStart() {}

  /**
   * Starts a binding, once a JVM: a class whose start failed stays failed. One at a time, because
   * the property is the JVM's.
   *
   * @param binding its name
   * @param first uses it for the first time
   * @param access what lets it load native code
   * @return why it does not start and what to do, or empty if it has
   */
  public static synchronized Optional<String> of(String binding, Runnable first, String access) {
    String usual = System.getProperty(TEMPORARY);
    Path folder;
    try {
      folder = Files.createTempDirectory("cotangent-native");
    } catch (IOException e) {
      return Optional.of(
          "cannot unpack " + binding + " into " + usual + ": " + e + "; " + elsewhere());
    }
    try {
      System.setProperty(TEMPORARY, folder.toString());
      first.run();
      return Optional.empty();
    } catch (LinkageError e) {
      return Optional.of(
          binding + " does not start: " + reason(e) + "; " + elsewhere() + ", and " + access);
    } finally {
      System.setProperty(TEMPORARY, usual);
      remove(folder.toFile());
    }
  }

  private static String elsewhere() {
    return "point -D" + TEMPORARY + " at a folder that may be written and holds programs";
  }

  /** The first line of the innermost message: bindings put whole stack traces into them. */
  private static String reason(Throwable error) {
    Throwable cause = error;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String message = String.valueOf(cause.getMessage()).strip();
    return message.lines().findFirst().orElse(message);
  }

  /** Windows keeps a file that is loaded: what is left there is a few hundred kilobytes. */
  private static void remove(File folder) {
    File[] files = folder.listFiles();
    if (files != null) {
      for (File file : files) {
        if (!file.delete()) {
          file.deleteOnExit();
        }
      }
    }
    if (!folder.delete()) {
      folder.deleteOnExit();
    }
  }
}
