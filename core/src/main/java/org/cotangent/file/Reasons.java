package org.cotangent.file;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/** Why a file could not be read or written, for messages. */
public final class Reasons {
  private Reasons() {}

  /**
   * {@return what went wrong, in words; the path is the caller's to name}
   *
   * @param e what the file system says
   */
  public static String of(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> "no such file or folder";
      case AccessDeniedException _ -> "permission denied";
      default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    };
  }
}
