package org.cotangent.benchmarks.work;

/** A program that does nothing. */
public final class NoProgram {
  /** What it prints, to show that it ran. */
  static final String OUTPUT = "started";

  private NoProgram() {}

  /**
   * Prints a word.
   *
   * @param args are ignored
   */
  public static void main(String[] args) {
    System.out.println(OUTPUT);
  }
}
