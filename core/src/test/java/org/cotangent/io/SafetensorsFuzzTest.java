package org.cotangent.io;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.cotangent.error.FormatException;
import org.cotangent.numpy.MemoryTaken;
import org.cotangent.numpy.NumPyArray;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.TensorType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/**
 * Whatever the bytes, a file is refused by the engine's own exception or read whole, and takes no
 * more memory to open than twice its size; what was read is written and read again as the same.
 *
 * <p>A build runs the seeds, which lie under this class's name in the resources. To look for more:
 *
 * <pre>{@code
 * mvn -q -Pfuzz -pl core -Dtest=SafetensorsFuzzTest#header [-Djazzer.max_duration=2h]
 * }</pre>
 */
class SafetensorsFuzzTest {
  /** What a call may take on top: a message, a decoder, a path. */
  private static final long ROOM = 1 << 20;

  private static @Nullable Path folder;

  @BeforeAll
  static void makeFolder() throws IOException {
    Path memory = Path.of("/dev/shm");
    folder =
        Files.isWritable(memory)
            ? Files.createTempDirectory(memory, "cotangent")
            : Files.createTempDirectory("cotangent");
  }

  @AfterAll
  static void deleteFolder() throws IOException {
    Files.deleteIfExists(path("input"));
    Files.deleteIfExists(path("again"));
    Files.deleteIfExists(Objects.requireNonNull(folder));
  }

  private static Path path(String name) {
    return Objects.requireNonNull(folder).resolve(name);
  }

  private static <T> Optional<T> within(long bytes, Supplier<T> action) {
    return MemoryTaken.within(bytes + ROOM, FormatException.class, action);
  }

  @FuzzTest
  void file(byte[] bytes) throws IOException {
    Path path = Files.write(path("input"), bytes);
    Optional<Safetensors> opened =
        within(SafetensorsTest.COST * bytes.length, () -> Safetensors.open(path));
    if (opened.isEmpty()) {
      return;
    }
    Map<String, HostArray> arrays = new LinkedHashMap<>();
    Map<String, String> metadata;
    try (Safetensors file = opened.get()) {
      metadata = file.metadata();
      long all = 0;
      for (String name : file.names()) {
        NumPyArray array = file.get(name);
        all += array.data().byteSize();
        DType dtype = array.dtype().element().nearest();
        if (dtype.bytes() == array.dtype().bytes()) {
          arrays.put(name, new HostArray(new TensorType(dtype, array.shape()), array.data()));
        }
      }
      // Each byte of the file is of the header or of one tensor.
      long header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
      assertEquals(bytes.length, 8 + header + all);
    }
    Path again = path("again");
    Safetensors.write(again, arrays, metadata);
    try (Safetensors file = Safetensors.open(again)) {
      assertEquals(metadata, file.metadata());
      assertEquals(arrays.keySet(), file.introspect().keySet());
      arrays.forEach((name, array) -> {
        assertEquals(array.type().shape(), file.get(name).shape());
        MemorySegment read = file.get(name).data();
        assertEquals(-1, array.data().mismatch(read));
      });
    }
  }

  /** A header of the right length: the first byte says how many bytes of data there are. */
  @FuzzTest
  void header(byte[] bytes) throws IOException {
    if (bytes.length > 0) {
      byte[] text = Arrays.copyOfRange(bytes, 1, bytes.length);
      file(
          ByteBuffer.allocate(8 + text.length + (bytes[0] & 0xff))
              .order(ByteOrder.LITTLE_ENDIAN)
              .putLong(text.length)
              .put(text)
              .array());
    }
  }
}
