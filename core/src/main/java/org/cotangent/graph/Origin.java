package org.cotangent.graph;

import java.lang.StackWalker.StackFrame;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The op that the user called and the line of the call. Every node keeps it, gradients those of the
 * node they are the gradient of; so an error names what the user wrote, never an inserted view.
 */
public final class Origin {
  /** The origin of nodes that no user's line asked for. */
  public static final Origin UNKNOWN = new Origin("", "");

  private static final StackWalker WALKER = StackWalker.getInstance();

  /** The engine's own packages; whatever else is on the stack is the user's. */
  private static final Set<String> ENGINE =
      Set.of(
          "org.cotangent",
          "org.cotangent.autodiff",
          "org.cotangent.backend",
          "org.cotangent.compile",
          "org.cotangent.file",
          "org.cotangent.graph",
          "org.cotangent.io",
          "org.cotangent.nn",
          "org.cotangent.op",
          "org.cotangent.optim");

  private final String op;

  /** Looked up when it is first asked for: most origins never are, and line numbers are slow. */
  private final @Nullable StackFrame frame;

  private @Nullable String place;

  /**
   * An origin at a known place.
   *
   * @param op the user's name of the op
   * @param place file and line, as in {@code Digits.java:42}; empty if unknown
   */
  public Origin(String op, String place) {
    this.op = op;
    this.place = place;
    this.frame = null;
  }

  private Origin(String op, StackFrame frame) {
    this.op = op;
    this.frame = frame;
  }

  /**
   * {@return the origin of an op that is being called: the nearest line outside the engine}
   *
   * @param op the user's name of the op
   */
  public static Origin here(String op) {
    return WALKER.walk(frames ->
        frames
            .filter(Origin::isUsers)
            .findFirst()
            .map(frame -> new Origin(op, frame))
            .orElseGet(() -> new Origin(op, "")));
  }

  private static boolean isUsers(StackFrame frame) {
    String name = frame.getClassName();
    int dot = name.lastIndexOf('.');
    String in = dot < 0 ? "" : name.substring(0, dot);
    return !ENGINE.contains(in) && !in.startsWith("java.") && !in.startsWith("jdk.");
  }

  /** {@return the user's name of the op} */
  public String op() {
    return op;
  }

  /** {@return file and line, as in {@code Digits.java:42}; empty if unknown} */
  public String place() {
    String known = place;
    if (known == null) {
      known = resolve(frame);
      // Two threads may both look it up; they find the same.
      place = known;
    }
    return known;
  }

  private static String resolve(@Nullable StackFrame frame) {
    if (frame == null) {
      return "";
    }
    String file = frame.getFileName();
    return (file == null ? frame.getClassName() : file) + ":" + frame.getLineNumber();
  }

  /** {@return as in {@code add at Digits.java:42}} */
  @Override
  public String toString() {
    String at = place();
    return at.isEmpty() ? op : op + " at " + at;
  }
}
