package org.cotangent.numpy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.cotangent.type.Shape;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tiled reordering against the definition, at sizes around the tile's. */
class ReorderTest {
  static Stream<Shape> shapes() {
    return Stream.of(
        Shape.of(),
        Shape.of(0, 3),
        Shape.of(5),
        Shape.of(1, 7),
        Shape.of(7, 1),
        Shape.of(31, 33),
        Shape.of(63, 129),
        Shape.of(65, 127),
        Shape.of(130, 258),
        Shape.of(3, 700),
        Shape.of(700, 3),
        Shape.of(3, 40, 140),
        Shape.of(140, 40, 3),
        Shape.of(2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2),
        Shape.of(32, 64),
        Shape.of(65, 2),
        Shape.of(2, 1, 65),
        Shape.of(33, 3, 31),
        Shape.of(2, 3, 5, 7),
        Shape.of(3, 1, 2, 2, 1, 2, 3));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void followsTheDefinition(Shape shape) {
    for (int bytes : new int[] {1, 2, 4, 8}) {
      byte[] fortran = new byte[(int) shape.size() * bytes];
      new Random(1).nextBytes(fortran);
      byte[] expected = new byte[fortran.length];
      for (long linear = 0; linear < shape.size(); linear++) {
        long rest = linear;
        long position = 0;
        for (int axis = shape.rank() - 1; axis >= 0; axis--) {
          long stride = 1;
          for (int before = 0; before < axis; before++) {
            stride *= shape.dim(before);
          }
          position += rest % shape.dim(axis) * stride;
          rest /= shape.dim(axis);
        }
        System.arraycopy(fortran, (int) position * bytes, expected, (int) linear * bytes, bytes);
      }
      MemorySegment c = MemorySegment.ofArray(new byte[fortran.length]);
      Reorder.fortranToC(MemorySegment.ofArray(fortran), c, shape, bytes);
      assertArrayEquals(expected, c.toArray(ValueLayout.JAVA_BYTE));
      inSlabs(MemorySegment.ofArray(fortran), c.fill((byte) 0), shape, bytes);
      assertArrayEquals(expected, c.toArray(ValueLayout.JAVA_BYTE));
      MemorySegment back = MemorySegment.ofArray(new byte[fortran.length]);
      Reorder.cToFortran(c, back, shape, bytes);
      assertArrayEquals(fortran, back.toArray(ValueLayout.JAVA_BYTE));
    }
  }

  /** The same, two slabs of the last axis at a time. */
  private static void inSlabs(MemorySegment from, MemorySegment to, Shape shape, int bytes) {
    if (Reorder.isSame(shape)) {
      to.copyFrom(from);
      return;
    }
    long[] dims = LongStream.of(shape.dims()).filter(dim -> dim != 1).toArray();
    long slabs = dims[dims.length - 1];
    long slab = shape.size() / slabs * bytes;
    Through through =
        Through.bits(Carrier.ofBytes(bytes), ByteOrder.nativeOrder(), Reorder.tile(shape));
    for (long first = 0; first < slabs; first += 2) {
      long count = Math.min(2, slabs - first);
      MemorySegment part = from.asSlice(first * slab, count * slab);
      Reorder.fortranToC(part, to, shape, first, count, through);
    }
  }
}
