package org.cotangent.opencl.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.cotangent.backend.Operand;
import org.cotangent.backend.Product;
import org.cotangent.backend.Product.Side;
import org.cotangent.error.FormatException;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;
import org.cotangent.type.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TuningTableTest {
  private static final String TILE =
      "rows=7 vectors=2 span=32 row-block=14 column-block=64 pack-left=0 pack-right=0";

  private static Traits traits(boolean cpu, int vectorBytes) {
    return new Traits(cpu, vectorBytes, true, 48 << 10, 256, 1024, 2, 0);
  }

  private static Product product(DType dtype, long rows, long columns) {
    Side side = new Side(new Operand(0, dtype, Layout.contiguous(Shape.of(1, rows, 8))), 0, 1, 1);
    return new Product(dtype, 1, rows, columns, 8, side, side, false);
  }

  @Test
  void theFirstLineThatFitsWins() {
    TuningTable table =
        TuningTable.parse("user", "# mine\n\ncpu 64 float32 medium " + TILE + "\n")
            .before(TuningTable.standard());
    Traits cpu = traits(true, 64);
    assertEquals(7, table.cpu(product(DType.FLOAT32, 512, 512), cpu).rows());
    assertEquals(12, table.cpu(product(DType.FLOAT64, 512, 512), cpu).rows());
    assertEquals(12, table.cpu(product(DType.FLOAT32, 64, 64), cpu).rows());
    assertEquals(6, table.cpu(product(DType.FLOAT32, 512, 512), traits(true, 32)).rows());
  }

  @Test
  void everyProductHasATile() {
    TuningTable table = TuningTable.standard();
    for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64, DType.INT32, DType.INT64}) {
      for (long[] sizes : new long[][] {{1, 9}, {9, 1}, {99, 99}, {999, 999}, {9999, 9999}}) {
        Product product = product(dtype, sizes[0], sizes[1]);
        for (int vectorBytes : new int[] {16, 32, 64}) {
          table.cpu(product, traits(true, vectorBytes));
        }
        assertTrue(table.gpu(product, traits(false, 16)).size() > 1, product.toString());
      }
    }
  }

  @Test
  void aLineReadsAsItIsWritten() {
    TuningTable table = TuningTable.standard();
    String text = String.join("\n", table.lines().stream().map(Object::toString).toList());
    assertEquals(table, TuningTable.parse("again", text));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tpu 64 float32 * rows=1 | 'tpu' is none of [cpu, gpu]",
        "cpu wide float32 * TILE | vector is 'wide', not a whole number",
        "cpu 64 float16 * TILE | 'float16' is none of [float32, float64, int32, int64]",
        "cpu 64 * huge TILE | 'huge' is none of [row, column, small, medium, large]",
        "cpu 64 * * | expected device, vector, dtype, class and a tile",
        "cpu 64 * * rows=7 | vectors is missing",
        "cpu 64 * * rows | 'rows' is not name=number",
        "cpu 64 * * rows=x | rows is 'x', not a whole number",
        "cpu 64 * * TILE rows=7 | rows is given twice",
        "cpu 64 * * TILE depth=7 | a tile has no depth",
        "cpu 64 * * rows=70 vectors=2 span=32 row-block=1 column-block=1 pack-left=0 pack-right=0"
            + " | a tile of 70 rows of 2 vectors",
        "gpu * * * tile-rows=30 tile-columns=32 rows=4 columns=4 slice=8 | a tile of 30 x 32",
      })
  void aWrongLineIsNamed(String line, String message) {
    String text = "# head\n" + line.replace("TILE", TILE);
    FormatException wrong =
        assertThrows(FormatException.class, () -> TuningTable.parse("my.table", text));
    String actual = String.valueOf(wrong.getMessage());
    assertTrue(actual.startsWith("my.table:2: " + message), actual);
  }

  @Test
  void theUsersFileComesFirst(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("matmul.table");
    String before = System.getProperty(TuningTable.PROPERTY);
    System.setProperty(TuningTable.PROPERTY, file.toString());
    try {
      assertEquals(TuningTable.standard(), TuningTable.load());
      Files.writeString(file, "cpu * * * " + TILE);
      Product product = product(DType.FLOAT32, 512, 512);
      assertEquals(7, TuningTable.load().cpu(product, traits(true, 64)).rows());
    } finally {
      if (before == null) {
        System.clearProperty(TuningTable.PROPERTY);
      } else {
        System.setProperty(TuningTable.PROPERTY, before);
      }
    }
  }
}
