package org.cotangent.numpy;

import static org.cotangent.numpy.Messages.assertMessage;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.cotangent.error.ArgumentException;
import org.cotangent.error.ClosedException;
import org.cotangent.error.CotangentException;
import org.cotangent.error.DTypeException;
import org.cotangent.error.DeviceException;
import org.cotangent.error.FormatException;
import org.cotangent.error.ShapeException;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Arrays in other people's memory: where their elements lie, and that nothing else is read. */
class ArrayInterfaceTest {
  private static final NumPyDType INT32 = NumPyDType.parse("i4");

  /** 24 numbers, each its place. */
  private static MemorySegment memory() {
    return MemorySegment.ofArray(LongStream.range(0, 24).mapToInt(i -> (int) i).toArray());
  }

  private static List<Integer> elements(ArrayLike array) {
    HostArray host = array.toNumPyArray().toHost();
    List<Integer> elements = new ArrayList<>();
    for (long i = 0; i < host.type().shape().size(); i++) {
      elements.add((Integer) host.get(i));
    }
    return elements;
  }

  private static ArrayInterface strided(Shape shape, long offset, Long... strides) {
    return new ArrayInterface(shape, INT32, List.of(strides), memory(), offset);
  }

  @Test
  void ordersAreTakenAsTheyAreAndAllElseIsCopied() {
    ArrayInterface c = strided(Shape.of(2, 3), 8, 12L, 4L);
    assertEquals(List.of(2, 3, 4, 5, 6, 7), elements(c));
    assertTrue(c.toNumPyArray().data().asOverlappingSlice(c.memory()).isPresent());
    ArrayInterface fortran = strided(Shape.of(2, 3), 0, 4L, 8L);
    assertEquals(Order.FORTRAN, fortran.toNumPyArray().order());
    assertEquals(List.of(0, 2, 4, 1, 3, 5), elements(fortran));
    assertEquals(List.of(5, 3, 1), elements(strided(Shape.of(3), 20, -8L)));
    assertEquals(List.of(7, 7, 7, 8, 8, 8), elements(strided(Shape.of(2, 3), 28, 4L, 0L)));
    assertEquals(List.of(23), elements(strided(Shape.SCALAR, 92)));
    assertEquals(List.of(), elements(strided(Shape.of(0, 5), 1 << 20, 4L, 4L)));
    // An axis of size 1 goes nowhere, whatever its stride.
    ArrayInterface thin = strided(Shape.of(1, 3), 0, 1L << 60, 4L);
    assertTrue(thin.toNumPyArray().data().asOverlappingSlice(thin.memory()).isPresent());
    assertEquals(List.of(0, 1, 2), elements(thin));
  }

  @Test
  void elementsAtOddPlacesAndInBothByteOrders() {
    byte[] bytes = {9, 0, 0, 1, 2, 0, 0, 3, 4};
    NumPyArray big =
        new ArrayInterface(
                Shape.of(2), NumPyDType.parse(">i4"), List.of(4L), MemorySegment.ofArray(bytes), 1)
            .toNumPyArray();
    assertEquals(List.of(0x0102, 0x0304), elements(big));
  }

  @Test
  void nothingOutsideOfTheMemoryIsRead() {
    Random random = new Random(3);
    int inside = 0;
    for (int round = 0; round < 20_000; round++) {
      int rank = random.nextInt(4);
      long[] dims = new long[rank];
      List<Long> strides = new ArrayList<>();
      for (int axis = 0; axis < rank; axis++) {
        dims[axis] = random.nextInt(4);
        strides.add((long) random.nextInt(-24, 25));
      }
      long offset = random.nextInt(-8, 100);
      // What the extremes are, by looking at every element.
      long first = Long.MAX_VALUE;
      long last = Long.MIN_VALUE;
      Shape shape = Shape.of(dims);
      for (long i = 0; i < shape.size(); i++) {
        long at = offset;
        long rest = i;
        for (int axis = rank - 1; axis >= 0; axis--) {
          at += rest % dims[axis] * strides.get(axis);
          rest /= dims[axis];
        }
        first = Math.min(first, at);
        last = Math.max(last, at + 4);
      }
      boolean fits = shape.size() == 0 || (first >= 0 && last <= 96);
      if (fits) {
        ArrayInterface array = new ArrayInterface(shape, INT32, strides, memory(), offset);
        HostArray host = array.toNumPyArray().toHost();
        assertEquals(shape, host.type().shape());
        inside++;
      } else {
        FormatException e =
            assertThrows(
                FormatException.class,
                () -> new ArrayInterface(shape, INT32, strides, memory(), offset));
        assertMessage("arrayInterface: int32", "but the memory has 96", e);
      }
    }
    assertTrue(inside > 2_000, inside + " inside");
  }

  @Test
  void extentsThatOverflow() {
    for (long stride : new long[] {Long.MAX_VALUE, Long.MIN_VALUE, 1L << 62}) {
      assertMessage(
          "arrayInterface: strides [" + stride,
          "beyond 64 bits",
          assertThrows(FormatException.class, () -> strided(Shape.of(3, 1), 0, stride, 4L)));
    }
    assertThrows(FormatException.class, () -> strided(Shape.of(2), Long.MAX_VALUE, 4L));
    assertThrows(FormatException.class, () -> strided(Shape.of(2), Long.MIN_VALUE, -4L));
  }

  private static Map<String, @Nullable Object> fields(@Nullable Object... pairs) {
    Map<String, @Nullable Object> fields =
        new HashMap<>(Map.of("version", 3, "shape", List.of(2, 3), "typestr", "<i4"));
    for (int i = 0; i < pairs.length; i += 2) {
      fields.put(String.valueOf(pairs[i]), pairs[i + 1]);
    }
    return fields;
  }

  private static List<Integer> read(@Nullable Object... pairs) {
    return elements(ArrayInterface.of(fields(pairs), memory(), 4));
  }

  @Test
  void theFieldsOfADictionary() {
    assertEquals(List.of(1, 2, 3, 4, 5, 6), read());
    assertEquals(List.of(1, 2, 3, 4, 5, 6), read("strides", null, "mask", null, "offset", null));
    assertEquals(
        List.of(2, 4, 3, 5),
        read("shape", new long[] {2, 2}, "strides", new int[] {4, 8}, "offset", 4));
    assertEquals(
        List.of(1, 3), read("shape", new Object[] {2L}, "strides", new Object[] {(short) 8}));
    // From Python these are ignored: the memory is given.
    assertEquals(
        List.of(1), read("shape", List.of(), "data", List.of(0xdeadL, true), "descr", List.of()));
  }

  private static void refused(String part, @Nullable Object... pairs) {
    CotangentException e =
        assertThrows(CotangentException.class, () -> ArrayInterface.of(fields(pairs), memory(), 4));
    assertTrue(e instanceof FormatException || e instanceof DTypeException, e.toString());
    assertTrue(String.valueOf(e.getMessage()).contains(part), e.getMessage());
  }

  @Test
  void fieldsThatAreWrong() {
    refused("version 2; 3 is read", "version", 2);
    refused("the array has a mask", "mask", List.of());
    refused("typestr is null", "typestr", null);
    refused("typestr is 4", "typestr", 4);
    refused("is not supported", "typestr", "|O");
    refused("is not supported", "typestr", "<c16");
    refused("shape is null", "shape", null);
    refused("shape is 3", "shape", 3);
    refused("shape has 2.5", "shape", List.of(2.5));
    refused("negative size", "shape", List.of(-1));
    refused("1 strides for the 2 axes", "strides", List.of(4));
    refused("strides has x", "strides", List.of("x", 4));
    refused("offset has true", "offset", true);
    refused("the memory has 96", "offset", 88L);
    refused("beyond 64 bits", "offset", Long.MAX_VALUE);
    refused("the memory has 96", "shape", List.of(1 << 20, 1 << 20));
    assertThrows(ShapeException.class, () -> strided(Shape.of(2, 2), 0, 4L));
    // As NumPy refuses it, though there are no elements.
    refused("more bytes than 64 bits count", "shape", List.of(0, 1L << 62));
    refused("100000 axes", "shape", Collections.nCopies(100_000, 1));
  }

  @Test
  void memoryThatIsClosedOrAnotherThreads() throws Exception {
    Arena arena = Arena.ofConfined();
    MemorySegment memory = arena.allocate(96);
    List<ArrayInterface> arrays =
        List.of(
            ArrayInterface.of(Shape.of(3), "<i4", memory),
            new ArrayInterface(Shape.of(3), INT32, List.of(8L), memory, 0));
    for (ArrayInterface array : arrays) {
      assertEquals(List.of(0, 0, 0), elements(array));
      CompletableFuture<NumPyArray> elsewhere = CompletableFuture.supplyAsync(array::toNumPyArray);
      ExecutionException e = assertThrows(ExecutionException.class, elsewhere::get);
      assertMessage(
          "arrayInterface: the memory is another thread's",
          "Arena.ofShared",
          assertInstanceOf(ArgumentException.class, e.getCause()));
    }
    arena.close();
    for (ArrayInterface array : arrays) {
      assertMessage(
          "arrayInterface: the memory's arena is closed",
          "keep it open",
          assertThrows(ClosedException.class, array::toNumPyArray));
    }
  }

  @Test
  void dlpackCountsElements() {
    DlpackTensor tensor =
        new DlpackTensor(1, 0, 32, 1, List.of(2L, 2L), Optional.of(List.of(-3L, 2L)), memory(), 16);
    assertEquals(List.of(4, 6, 1, 3), elements(tensor));
    assertEquals(
        List.of(1, 2),
        elements(new DlpackTensor(1, 0, 32, 1, List.of(2L), Optional.empty(), memory(), 4)));
    assertEquals(
        "uint8(2,)",
        new DlpackTensor(1, 1, 8, 1, List.of(2L), Optional.empty(), memory(), 0)
            .toNumPyArray()
            .toString());
    assertEquals(
        "bool(2,)",
        new DlpackTensor(1, 6, 8, 1, List.of(2L), Optional.empty(), memory(), 0)
            .toNumPyArray()
            .toString());
    assertMessage(
        "dlpack: the array is on a device of kind 2",
        "copy it to the host",
        assertThrows(
            DeviceException.class,
            () ->
                new DlpackTensor(2, 0, 32, 1, List.of(2L), Optional.empty(), memory(), 0)
                    .toNumPyArray()));
    for (int[] dtype : new int[][] {{2, 32, 4}, {4, 16, 1}, {5, 64, 1}, {0, 4, 1}, {6, 1, 1}}) {
      assertThrows(
          DTypeException.class,
          () ->
              new DlpackTensor(
                      1, dtype[0], dtype[1], dtype[2], List.of(2L), Optional.empty(), memory(), 0)
                  .toNumPyArray());
    }
    assertThrows(
        FormatException.class,
        () ->
            new DlpackTensor(1, 0, 32, 1, List.of(25L), Optional.empty(), memory(), 0)
                .toNumPyArray());
    assertMessage(
        "arrayInterface: int32(0, 4611686018427387904) has more bytes",
        "64 bits",
        assertThrows(
            FormatException.class,
            () ->
                new DlpackTensor(1, 0, 32, 1, List.of(0L, 1L << 62), Optional.empty(), memory(), 0)
                    .toNumPyArray()));
    assertThrows(
        FormatException.class,
        () ->
            new DlpackTensor(
                    1, 0, 32, 1, List.of(2L), Optional.of(List.of(Long.MAX_VALUE)), memory(), 0)
                .toNumPyArray());
  }

  /** A real Python process and this one, on the same pages. */
  @Test
  void anArrayInSharedMemory() throws Exception {
    String script =
        """
        import sys
        import numpy as np
        from multiprocessing import resource_tracker, shared_memory
        shm = shared_memory.SharedMemory(create=True, size=240)
        resource_tracker.unregister(shm._name, 'shared_memory')
        whole = np.ndarray((5, 6), '>f8', buffer=shm.buf)
        whole[:] = np.arange(30).reshape(5, 6)
        view = whole[::-2, 1::2]
        i = view.__array_interface__
        start = i['data'][0] - whole.__array_interface__['data'][0]
        print(shm.name, start, i['typestr'], *i['shape'], *i['strides'])
        print(*view.ravel().astype(int))
        del whole, view
        shm.close()
        """;
    List<String> lines = RealNumPy.run(script);
    String[] words = lines.get(0).split(" ", -1);
    Path file = Path.of("/dev/shm", words[0]);
    try (Arena arena = Arena.ofConfined();
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      MemorySegment memory = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
      ArrayInterface array =
          ArrayInterface.of(
              Map.of(
                  "version",
                  3,
                  "typestr",
                  words[2],
                  "shape",
                  List.of(Long.valueOf(words[3]), Long.valueOf(words[4])),
                  "strides",
                  List.of(Long.valueOf(words[5]), Long.valueOf(words[6]))),
              memory,
              Long.parseLong(words[1]));
      double[] found = array.toNumPyArray().toHost().data().toArray(ValueLayout.JAVA_DOUBLE);
      double[] expected =
          Stream.of(lines.get(1).split(" ", -1)).mapToDouble(Double::parseDouble).toArray();
      assertArrayEquals(expected, found);
      assertEquals(9, found.length);
    } finally {
      Files.deleteIfExists(file);
    }
  }
}
