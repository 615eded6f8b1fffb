package org.cotangent.opencl.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.cotangent.backend.Product;
import org.cotangent.error.FormatException;
import org.cotangent.type.DType;
import org.jspecify.annotations.Nullable;

/**
 * Which tile a matrix product gets on a device. The file {@code matmul.table} beside this class has
 * the format in its head; a file of the user comes before it.
 *
 * @param lines tried in order
 */
public record TuningTable(List<Line> lines) {
  /** System property with the path of the user's file. */
  public static final String PROPERTY = "cotangent.opencl.table";

  private static final String ANY = "*";
  private static final int KEYS = 4;

  /**
   * A line: for which products, and the tile.
   *
   * @param cpu whether for CPUs; else for GPUs
   * @param vectorBytes of the device's vectors, or null for any
   * @param dtype of the operands, or null for any
   * @param sizes class of the product, or null for any
   * @param tile for such products
   */
  record Line(
      boolean cpu,
      @Nullable Integer vectorBytes,
      @Nullable DType dtype,
      @Nullable SizeClass sizes,
      Tile tile) {
    private boolean fits(Product product, Traits traits) {
      return cpu == traits.cpu()
          && (vectorBytes == null || vectorBytes == traits.vectorBytes())
          && (dtype == null || dtype == product.dtype())
          && (sizes == null || sizes == SizeClass.of(product));
    }

    /** {@return as in a file} */
    @Override
    public String toString() {
      return "%-8s %-6s %-7s %-7s %s"
          .formatted(cpu ? "cpu" : "gpu", any(vectorBytes), any(dtype), any(sizes), tile);
    }

    private static Object any(@Nullable Object key) {
      return key == null ? ANY : key;
    }
  }

  /** Those that a product is computed in; narrow operands are widened before. */
  private static final List<DType> DTYPES =
      Stream.of(DType.values()).filter(dtype -> dtype != DType.BOOL && !dtype.isNarrow()).toList();

  /** Copies the list. */
  public TuningTable {
    lines = List.copyOf(lines);
  }

  /** {@return the table that comes with the backend} */
  public static TuningTable standard() {
    return parse("matmul.table", Text.of("matmul.table"));
  }

  /**
   * {@return the table for this machine: the user's lines, then those that come with the backend}
   *
   * @throws FormatException if a line of the user's file is wrong, or the file cannot be read
   */
  public static TuningTable load() {
    Path file = userFile();
    if (!Files.exists(file)) {
      return standard();
    }
    try {
      return parse(file.toString(), Files.readString(file)).before(standard());
    } catch (IOException failure) {
      throw new FormatException(
          file + ": cannot be read: " + failure + "; remove it or tune again", failure);
    }
  }

  /** {@return where the user's file is, or would be} */
  public static Path userFile() {
    String path = System.getProperty(PROPERTY);
    return path == null
        ? Path.of(System.getProperty("user.home"), ".cotangent", "opencl-matmul.table")
        : Path.of(path);
  }

  /**
   * {@return the table of a text}
   *
   * @param name of the file, for messages
   * @param text of the file
   * @throws FormatException if a line is wrong
   */
  public static TuningTable parse(String name, String text) {
    List<Line> lines = new ArrayList<>();
    int number = 0;
    for (String row : text.lines().toList()) {
      number++;
      String content = row.strip();
      if (!content.isEmpty() && !content.startsWith("#")) {
        try {
          lines.add(line(content));
        } catch (IllegalArgumentException wrong) {
          throw new FormatException(
              name + ":" + number + ": " + wrong.getMessage() + ": " + content, wrong);
        }
      }
    }
    return new TuningTable(lines);
  }

  private static Line line(String content) {
    String[] words = content.split("\\s+");
    if (words.length <= KEYS) {
      throw new IllegalArgumentException("expected device, vector, dtype, class and a tile");
    }
    boolean cpu = one(words[0], List.of("cpu", "gpu")).equals("cpu");
    Parameters parameters = new Parameters(Arrays.asList(words).subList(KEYS, words.length));
    Tile tile =
        cpu
            ? new CpuTile(
                parameters.take("rows"),
                parameters.take("vectors"),
                parameters.take("span"),
                parameters.take("row-block"),
                parameters.take("column-block"),
                parameters.take("pack-left"),
                parameters.take("pack-right"))
            : new GpuTile(
                parameters.take("tile-rows"),
                parameters.take("tile-columns"),
                parameters.take("rows"),
                parameters.take("columns"),
                parameters.take("slice"));
    parameters.requireEmpty();
    return new Line(
        cpu,
        words[1].equals(ANY) ? null : number("vector", words[1]),
        words[2].equals(ANY) ? null : one(words[2], DTYPES),
        words[3].equals(ANY) ? null : one(words[3], List.of(SizeClass.values())),
        tile);
  }

  private static <E> E one(String word, List<E> choices) {
    return choices.stream()
        .filter(choice -> choice.toString().equals(word))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("'" + word + "' is none of " + choices));
  }

  private static int number(String name, String word) {
    try {
      return Integer.parseInt(word);
    } catch (NumberFormatException wrong) {
      throw new IllegalArgumentException(name + " is '" + word + "', not a whole number", wrong);
    }
  }

  /** The words {@code name=number} of a line. */
  private static final class Parameters {
    private final Map<String, Integer> values = new HashMap<>();

    Parameters(List<String> words) {
      for (String word : words) {
        String[] sides = word.split("=", 2);
        if (sides.length != 2) {
          throw new IllegalArgumentException("'" + word + "' is not name=number");
        }
        if (values.put(sides[0], number(sides[0], sides[1])) != null) {
          throw new IllegalArgumentException(sides[0] + " is given twice");
        }
      }
    }

    int take(String name) {
      Integer value = values.remove(name);
      if (value == null) {
        throw new IllegalArgumentException(name + " is missing");
      }
      return value;
    }

    void requireEmpty() {
      if (!values.isEmpty()) {
        throw new IllegalArgumentException("a tile has no " + String.join(", ", values.keySet()));
      }
    }
  }

  /**
   * {@return a table with these lines first}
   *
   * @param other whose lines come after them
   */
  public TuningTable before(TuningTable other) {
    return new TuningTable(Stream.concat(lines.stream(), other.lines.stream()).toList());
  }

  private Stream<Tile> fitting(Product product, Traits traits) {
    return lines.stream().filter(line -> line.fits(product, traits)).map(Line::tile);
  }

  /** The tile of a product on a CPU. */
  CpuTile cpu(Product product, Traits traits) {
    Optional<Tile> tile = fitting(product, traits).findFirst();
    if (tile.isPresent() && tile.get() instanceof CpuTile found) {
      return found;
    }
    throw new IllegalStateException("the table has no line for " + product + " on " + traits);
  }

  /** The tiles of a product on a GPU, best first. */
  List<GpuTile> gpu(Product product, Traits traits) {
    return fitting(product, traits)
        .filter(GpuTile.class::isInstance)
        .map(GpuTile.class::cast)
        .toList();
  }
}
