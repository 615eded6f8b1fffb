package org.cotangent.file;

import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

/**
 * Names in the bytes of a file's directory, each known by its place there: a hash table with open
 * addressing in 5 bytes a name, whatever the name's length, and without an object for any.
 *
 * <p>A hash is the value at a random point of the polynomial whose coefficients are the name's
 * characters, two at a time, modulo a prime (Carter and Wegman): who writes a file cannot know
 * which names meet.
 */
public final class NameTable {
  /** What stands behind the last character of a name. */
  public static final int END = -1;

  private static final long PRIME = (1L << 61) - 1;

  /** Reads names, one after the other. */
  public interface Reader {
    /**
     * Goes to a name.
     *
     * @param place of the name, more than 0
     */
    void goTo(int place);

    /** {@return the name's next character, or END behind the last} */
    int point();
  }

  private final Supplier<Reader> readers;
  private final long base = ThreadLocalRandom.current().nextLong(1L << 32, PRIME);

  /** Places of names; 0, where no name can be, is free. */
  private final int[] slots;

  /** To read a name, and another one beside it; of the one thread that adds. */
  private final Reader left;

  private final Reader right;

  /**
   * A table without names.
   *
   * @param readers of the names, a fresh one each time
   * @param most names that will be in it
   */
  public NameTable(Supplier<Reader> readers, int most) {
    this.readers = readers;
    this.slots = new int[most + most / 4 + 1];
    this.left = readers.get();
    this.right = readers.get();
  }

  /**
   * {@return whether a name is a new one, which is now in the table}
   *
   * @param name its place
   */
  public boolean add(int name) {
    left.goTo(name);
    int slot = slot(hash(left));
    for (; slots[slot] != 0; slot = after(slot)) {
      left.goTo(name);
      if (isSame(left, right, slots[slot])) {
        return false;
      }
    }
    slots[slot] = name;
    return true;
  }

  /**
   * {@return the place of a name, or 0 if it is not there} Any number of threads may ask.
   *
   * @param name that is looked for
   */
  public int find(String name) {
    Text wanted = new Text(name);
    int slot = slot(hash(wanted));
    Reader reader = readers.get();
    for (; slots[slot] != 0; slot = after(slot)) {
      wanted.goTo(1);
      if (isSame(wanted, reader, slots[slot])) {
        return slots[slot];
      }
    }
    return 0;
  }

  private static boolean isSame(Reader name, Reader other, int place) {
    other.goTo(place);
    int point;
    do {
      point = name.point();
      if (point != other.point()) {
        return false;
      }
    } while (point != END);
    return true;
  }

  /** Two characters a step, which depends on the one before. */
  private long hash(Reader name) {
    long hash = 1;
    for (int point = name.point(); point != END; ) {
      int next = name.point();
      hash = step(hash, ((point + 1L) << 22) | (next + 1));
      point = next == END ? END : name.point();
    }
    return hash;
  }

  /** (hash + coefficient) * base modulo the prime, give or take it. */
  private long step(long hash, long coefficient) {
    long sum = hash + coefficient;
    long low = sum * base;
    long folded = (low & PRIME) + ((Math.multiplyHigh(sum, base) << 3) | (low >>> 61));
    return folded >= PRIME ? folded - PRIME : folded;
  }

  private int slot(long hash) {
    // The high half of a product with the golden ratio, so that the prime's low bits count too.
    return (int) ((((hash * 0x9e3779b97f4a7c15L) >>> 32) * slots.length) >>> 32);
  }

  private int after(int slot) {
    return slot + 1 == slots.length ? 0 : slot + 1;
  }

  /** A name that is looked for; its only place is 1. */
  private static final class Text implements Reader {
    private final String text;
    private int at;

    Text(String text) {
      this.text = text;
    }

    @Override
    public void goTo(int place) {
      at = 0;
    }

    @Override
    public int point() {
      if (at == text.length()) {
        return END;
      }
      int point = text.codePointAt(at);
      at += Character.charCount(point);
      return point;
    }
  }
}
