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

/** Adds the user's line to an error's message. */
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
    String located = message + " (at " + origin.place() + ")";
    CotangentException copy =
        switch (error) {
          case ArgumentException e -> new ArgumentException(located);
          case ShapeException e -> new ShapeException(located);
          case DTypeException e -> new DTypeException(located);
          case IndexException e -> new IndexException(located);
          case TraceException e -> new TraceException(located);
          case ClosedException e -> new ClosedException(located);
          case DeviceMemoryException e -> new DeviceMemoryException(located);
          case DeviceException e -> new DeviceException(located);
          case FormatException e -> new FormatException(located);
          case NumericException e -> new NumericException(located);
        };
    copy.setStackTrace(error.getStackTrace());
    if (error.getCause() != null) {
      copy.initCause(error.getCause());
    }
    return copy;
  }
}
