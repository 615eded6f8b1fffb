package org.cotangent;

import java.util.function.Supplier;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.CotangentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.DeviceException;
import org.cotangent.error.DeviceMemoryException;
import org.cotangent.error.FormatException;
import org.cotangent.error.IndexException;
import org.cotangent.error.NumericException;
import org.cotangent.error.ShapeException;
import org.cotangent.error.TraceException;
import org.cotangent.graph.Origin;

/** Errors in the user's words: what was called, and in which line. */
final class Located {
  private Located() {}

  /** What an action returns; its errors get the user's line. */
  static <T> T in(String op, Supplier<T> action) {
    try {
      return action.get();
    } catch (CotangentException error) {
      throw at(Origin.here(op), error);
    }
  }

  /** The error again, with {@code (at File.java:line)} at the end of its message. */
  static CotangentException at(Origin origin, CotangentException error) {
    String message = String.valueOf(error.getMessage());
    if (origin.place().isEmpty() || (message.endsWith(")") && message.contains("(at "))) {
      return error;
    }
    return saying(message + " (at " + origin.place() + ")", error);
  }

  /** What an action returns that calls something else; its errors speak of what the user called. */
  static <T> T as(String op, String inner, Supplier<T> action) {
    try {
      return action.get();
    } catch (CotangentException error) {
      String message = String.valueOf(error.getMessage());
      throw message.startsWith(inner + ":")
          ? saying(op + message.substring(inner.length()), error)
          : error;
    }
  }

  /** The error again, with another message. */
  private static CotangentException saying(String message, CotangentException error) {
    CotangentException copy =
        switch (error) {
          case ArgumentException e -> new ArgumentException(message);
          case ShapeException e -> new ShapeException(message);
          case DTypeException e -> new DTypeException(message);
          case IndexException e -> new IndexException(message);
          case TraceException e -> new TraceException(message);
          case ClosedException e -> new ClosedException(message);
          case DeviceMemoryException e -> new DeviceMemoryException(message);
          case DeviceException e -> new DeviceException(message);
          case FormatException e -> new FormatException(message);
          case NumericException e -> new NumericException(message);
        };
    copy.setStackTrace(error.getStackTrace());
    if (error.getCause() != null) {
      copy.initCause(error.getCause());
    }
    return copy;
  }
}
