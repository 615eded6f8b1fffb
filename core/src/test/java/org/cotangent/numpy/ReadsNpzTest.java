package org.cotangent.numpy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Archives of every make that NumPy and Python's {@code zipfile} write, from {@code
 * npz_archives.py}: the same names, dtypes, shapes and elements are found as NumPy finds.
 */
class ReadsNpzTest {
  private static List<String> ours(Path file) {
    List<String> lines = new ArrayList<>();
    try (Npz npz = Npz.open(file)) {
      var infos = npz.introspect();
      assertEquals(npz.names(), List.copyOf(infos.keySet()));
      for (String name : npz.names()) {
        NumPyArray array = npz.get(name);
        assertEquals(Objects.requireNonNull(infos.get(name)).shape(), array.shape());
        assertEquals(Order.C, array.order());
        CRC32 checksum = new CRC32();
        checksum.update(array.data().toArray(ValueLayout.JAVA_BYTE));
        String descr = array.dtype().descr();
        lines.add(
            String.join(
                "|",
                file.toString(),
                name,
                descr,
                array.shape().toString(),
                Long.toString(checksum.getValue())));
      }
      lines.add(file + "|" + npz.names().size());
    }
    return lines;
  }

  @Test
  void whatNumPyFinds(@TempDir Path folder) throws Exception {
    Path script =
        Path.of(System.getProperty("cotangent.basedir"), "src/test/python/npz_archives.py");
    List<String> expected = RealNumPy.run(Files.readString(script), folder);
    List<Path> files;
    try (Stream<Path> list = Files.list(folder)) {
      files = list.sorted().toList();
    }
    assertEquals(15, files.size());
    assertEquals(expected, files.stream().map(ReadsNpzTest::ours).flatMap(List::stream).toList());
  }
}
