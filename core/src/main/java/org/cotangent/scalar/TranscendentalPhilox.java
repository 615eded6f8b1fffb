package org.cotangent.scalar;

import org.cotangent.type.DType;

/**
 * Philox 4x32-10. Words are uint32 in int64, so that a word's product with a constant is one
 * multiplication, whose upper 32 bits are the high word also where it wraps into the sign.
 */
final class TranscendentalPhilox {
  private static final int ROUNDS = 10;
  private static final long MASK = 0xFFFFFFFFL;

  private TranscendentalPhilox() {}

  static Term[] of(Term[] counter, Term[] key) {
    check("counter", counter, 4);
    check("key", key, 2);
    Term[] c = counter;
    Term[] k = key;
    for (int round = 0; round < ROUNDS; round++) {
      if (round > 0) {
        k = new Term[] {bump(k[0], 0x9E3779B9L), bump(k[1], 0xBB67AE85L)};
      }
      Term first = c[0].times(c[0].literal(0xD2511F53L));
      Term second = c[2].times(c[2].literal(0xCD9E8D57L));
      c =
          new Term[] {
            high(second).xor(c[1]).xor(k[0]),
            low(second),
            high(first).xor(c[3]).xor(k[1]),
            low(first)
          };
    }
    return c;
  }

  private static Term bump(Term key, long weyl) {
    return low(key.plus(key.literal(weyl)));
  }

  private static Term low(Term product) {
    return product.and(product.literal(MASK));
  }

  private static Term high(Term product) {
    return product.shiftRightLogical(product.literal(32L));
  }

  private static void check(String name, Term[] words, int count) {
    if (words.length != count) {
      throw new IllegalArgumentException(
          "philox: " + name + " has " + words.length + " words: pass " + count);
    }
    for (Term word : words) {
      if (word.dtype() != DType.INT64) {
        throw new IllegalArgumentException(
            "philox: a word of the " + name + " is " + word.dtype() + ": convert to int64 first");
      }
    }
  }
}
