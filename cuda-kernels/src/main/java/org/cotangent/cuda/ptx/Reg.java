package org.cotangent.cuda.ptx;

/**
 * A virtual register, written once unless a loop moves something to it.
 *
 * @param type what it holds
 * @param number unlike those of others of its type in a function
 */
record Reg(PtxType type, int number) {
  /** {@return its name in the text} */
  @Override
  public String toString() {
    return type.prefix() + number;
  }
}
