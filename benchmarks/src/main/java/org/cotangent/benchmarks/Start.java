package org.cotangent.benchmarks;

/**
 * Where {@code benchmarks.jar} starts: compiled for Java 11, so that an older Java than the rest
 * needs is told so, and not by a stack trace.
 */
public final class Start {
  private static final int JAVA = 25;

  private Start() {}

  /**
   * Starts {@link Bench}.
   *
   * @param args for it
   * @throws ReflectiveOperationException if the jar lacks it
   */
  public static void main(String[] args) throws ReflectiveOperationException {
    int here = Runtime.version().feature();
    if (here < JAVA) {
      System.err.println(
          "benchmarks.jar needs Java "
              + JAVA
              + " or newer, and this is Java "
              + here
              + ": start it with the java of a newer JDK");
      System.exit(2);
    }
    Class.forName("org.cotangent.benchmarks.Bench")
        .getMethod("main", String[].class)
        .invoke(null, (Object) args);
  }
}
