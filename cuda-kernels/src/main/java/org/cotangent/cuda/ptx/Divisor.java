package org.cotangent.cuda.ptx;

/**
 * A size that row-major numbers are divided by, as parameters of a text. A division of 64 bits
 * takes a GPU about a hundred instructions; so numbers below 2^31 are multiplied by a reciprocal.
 */
sealed interface Divisor {
  /**
   * What a number comes to, of 64 bits each.
   *
   * @param quotient the number divided, rounded down
   * @param remainder what is left
   */
  record Division(Reg quotient, Reg remainder) {}

  /** {@return what divides a number, which is not negative} */
  Division divide(PtxFunction code, Reg number);

  /**
   * {@return a divisor}
   *
   * @param code takes the parameters
   * @param size from 1 to count
   * @param count all numbers are below it
   */
  static Divisor of(PtxFunction code, long size, long count) {
    return count <= Integer.MAX_VALUE
        ? Reciprocal.of(code, Math.toIntExact(size))
        : new Size(code.number(size));
  }

  /**
   * A size by which any number is divided.
   *
   * @param size of 64 bits
   */
  record Size(Reg size) implements Divisor {
    @Override
    public Division divide(PtxFunction code, Reg number) {
      return new Division(
          code.op(PtxType.B64, "div.u64", number, size),
          code.op(PtxType.B64, "rem.u64", number, size));
    }
  }

  /**
   * A size by which numbers below 2^31 are divided: n / size is n * multiplier >> shift. With
   * 2^shift at least 2^31 times the size, and the multiplier rounded up from 2^shift / size, that
   * is too much by less than 1 / size, so that no quotient is reached too early.
   *
   * @param size of 32 bits
   * @param multiplier of 32 bits without a sign
   * @param shift of 32 bits
   */
  record Reciprocal(Reg size, Reg multiplier, Reg shift) implements Divisor {
    /** {@return the size as parameters} */
    static Reciprocal of(PtxFunction code, int size) {
      int shift = Integer.SIZE - 1 + Integer.SIZE - Integer.numberOfLeadingZeros(size - 1);
      // The least such shift: so the multiplier has 32 bits, and the product 63.
      long multiplier = Math.ceilDiv(1L << shift, (long) size);
      return new Reciprocal(word(code, size), word(code, multiplier), word(code, shift));
    }

    private static Reg word(PtxFunction code, long value) {
      return code.op(PtxType.B32, "cvt.u32.u64", code.number(value));
    }

    @Override
    public Division divide(PtxFunction code, Reg number) {
      Reg n = code.op(PtxType.B32, "cvt.u32.u64", number);
      Reg product = code.op(PtxType.B64, "mul.wide.u32", n, multiplier);
      Reg shifted = code.op(PtxType.B64, "shr.u64", product, shift);
      Reg quotient = code.op(PtxType.B32, "cvt.u32.u64", shifted);
      Reg whole = code.op(PtxType.B32, "mul.lo.s32", quotient, size);
      Reg remainder = code.op(PtxType.B32, "sub.s32", n, whole);
      // So the assembler sees that both have no upper half, which saves registers.
      return new Division(widened(code, quotient), widened(code, remainder));
    }

    private static Reg widened(PtxFunction code, Reg word) {
      return code.op(PtxType.B64, "cvt.u64.u32", word);
    }
  }
}
