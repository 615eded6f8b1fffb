package org.cotangent.numpy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import java.util.List;
import java.util.function.Function;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.cotangent.error.DTypeException;
import org.cotangent.error.ShapeException;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;

/** Buffers and memory segments as arrays. */
class BufferTest {
  /** Views of 10 elements of 8 bytes; an element too many on each side. */
  private static final List<Function<ByteBuffer, Buffer>> VIEWS =
      List.of(
          ByteBuffer::asFloatBuffer,
          ByteBuffer::asDoubleBuffer,
          ByteBuffer::asShortBuffer,
          ByteBuffer::asIntBuffer,
          ByteBuffer::asLongBuffer);

  private static List<Object> elements(NumPyArray array) {
    HostArray host = array.toHost();
    return LongStream.range(0, array.shape().size()).mapToObj(host::get).toList();
  }

  /** What the buffer itself says its elements are. */
  private static List<Object> elements(Buffer buffer) {
    return LongStream.range(buffer.position(), buffer.limit())
        .mapToInt(i -> (int) i)
        .<Object>mapToObj(i ->
            switch (buffer) {
              case FloatBuffer b -> b.get(i);
              case DoubleBuffer b -> b.get(i);
              case ShortBuffer b -> (int) b.get(i); // As HostArray gives int16.
              case IntBuffer b -> b.get(i);
              case LongBuffer b -> b.get(i);
              case ByteBuffer b -> b.get(i);
              case CharBuffer b -> b.get(i);
            })
        .toList();
  }

  private static Stream<ByteBuffer> bytes() {
    return Stream.of(ByteBuffer.allocate(100), ByteBuffer.allocateDirect(100))
        .flatMap(buffer -> {
          for (int i = 0; i < buffer.capacity(); i++) {
            buffer.put(i, (byte) (i * 37 + 11));
          }
          return Stream.of(buffer, buffer.asReadOnlyBuffer(), buffer.slice(3, 90));
        });
  }

  @Test
  void everyClassOrderAndPlace() {
    int checked = 0;
    for (ByteBuffer bytes : bytes().toList()) {
      for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
        for (Function<ByteBuffer, Buffer> view : VIEWS) {
          Buffer buffer = view.apply(bytes.order(order)).position(1).limit(7);
          NumPyArray array = NumPyArray.of(buffer, 2, 3);
          assertEquals(elements(buffer), elements(array));
          assertEquals(order, array.dtype().byteOrder());
          assertEquals(1, buffer.position());
          assertEquals(7, buffer.limit());
          checked++;
        }
      }
    }
    assertEquals(60, checked);
    assertEquals("int16(3,)", NumPyArray.of(ShortBuffer.wrap(new short[3]), 3).toString());
    assertEquals("float32()", NumPyArray.of(FloatBuffer.wrap(new float[1])).toString());
    assertEquals("int64(0, 4)", NumPyArray.of(LongBuffer.allocate(0), 0, 4).toString());
  }

  @Test
  void bytesOfAnElement() {
    byte[] bytes = {9, 0x3f, (byte) 0x80, 0, 0, (byte) 0xc0, 0, 0, 0, 9};
    ByteBuffer buffer = ByteBuffer.wrap(bytes, 1, 8);
    NumPyArray array = NumPyArray.of(buffer, NumPyDType.Element.FLOAT32, 2);
    assertEquals(List.of(1f, -2f), elements(array));
    assertEquals(1, buffer.position());
    buffer.order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(
        List.of((int) (short) 0x803f, 0, 0xc0, 0),
        elements(NumPyArray.of(buffer, NumPyDType.Element.INT16, 4)));
    assertEquals("uint8(8,)", NumPyArray.of(buffer, NumPyDType.Element.UINT8, 8).toString());
    bytes[1] = 0;
    assertEquals(List.of(1f, -2f), elements(array), "a copy");
  }

  @Test
  void whatDoesNotFit() {
    ShapeException e =
        assertThrows(ShapeException.class, () -> NumPyArray.of(IntBuffer.allocate(5), 2, 3));
    assertEquals(
        "of: 5 elements do not fill shape (2, 3) of 6; pass the sizes of the axes after the data",
        e.getMessage());
    e =
        assertThrows(
            ShapeException.class,
            () -> NumPyArray.of(ByteBuffer.allocate(7), NumPyDType.Element.INT16, 3));
    assertEquals(
        "of: 7 bytes do not fill shape (3,) of 3; pass the sizes of the axes after the data",
        e.getMessage());
    DTypeException refused =
        assertThrows(DTypeException.class, () -> NumPyArray.of(ByteBuffer.allocate(4), 4));
    assertEquals("of: bytes of what? Pass the element after the buffer", refused.getMessage());
    assertThrows(DTypeException.class, () -> NumPyArray.of(CharBuffer.wrap("ab"), 2));
  }

  @Test
  void aSegmentIsSeenWithoutACopy() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(4 * 6);
      ValueLayout.OfInt big = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
      for (int i = 0; i < 6; i++) {
        memory.setAtIndex(big, i, i);
      }
      NumPyArray array =
          new NumPyArray(NumPyDType.parse(">i4"), Shape.of(2, 3), Order.FORTRAN, memory);
      assertEquals(List.of(0, 2, 4, 1, 3, 5), elements(array));
      memory.setAtIndex(big, 5, 50);
      assertEquals(List.of(0, 2, 4, 1, 3, 50), elements(array));
      // So is a buffer by its segment, from position to limit.
      ByteBuffer buffer = memory.asByteBuffer().position(4).limit(12);
      NumPyArray view =
          new NumPyArray(
              NumPyDType.parse(">i4"), Shape.of(2), Order.C, MemorySegment.ofBuffer(buffer));
      assertTrue(view.data().asOverlappingSlice(memory).isPresent());
      assertEquals(List.of(1, 2), elements(view));
    }
  }
}
