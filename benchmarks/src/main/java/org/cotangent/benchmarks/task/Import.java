package org.cotangent.benchmarks.task;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SequencedMap;
import org.cotangent.numpy.NumPy;
import org.cotangent.type.DType;
import org.cotangent.type.HostArray;
import org.cotangent.type.Shape;

/**
 * From a {@code .npy} file of float32 in C order, which the operating system has in its cache, to
 * an engine's array.
 *
 * @param mib size of the array, of rows of 1 Ki
 */
public record Import(long mib) implements Task {
  private static final long COLUMNS = 1024;
  private static final long ROWS = (1 << 20) / (COLUMNS * Float.BYTES);

  /** Checks the size. */
  public Import {
    if (mib < 1) {
      throw new IllegalArgumentException("Load: mib " + mib + " is none; take 1 or more");
    }
  }

  /**
   * {@return the file, alone in a new folder}
   *
   * @see #delete
   */
  public Path save() {
    try {
      Path file = Files.createTempDirectory("cotangent").resolve("a.npy");
      NumPy.save(file, inputs().getFirst());
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Deletes a file and its folder.
   *
   * @param file as {@link #save} returned it
   */
  public static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
      Files.deleteIfExists(file.toAbsolutePath().getParent());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String suite() {
    return "Load";
  }

  @Override
  public SequencedMap<String, String> parameters() {
    return Inputs.map("mib", mib);
  }

  @Override
  public DType dtype() {
    return DType.FLOAT32;
  }

  /** {@return the array that is in the file} */
  @Override
  public List<HostArray> inputs() {
    return List.of(Inputs.uniform(DType.FLOAT32, 1, mib * ROWS, COLUMNS));
  }

  @Override
  public Shape shape() {
    return Shape.of(mib * ROWS, COLUMNS);
  }

  @Override
  public Reference reference() {
    HostArray array = inputs().getFirst();
    return (_, index) -> array.getDouble(index);
  }

  /** {@return none} */
  @Override
  public double tolerance() {
    return 0;
  }

  @Override
  public double flop() {
    return 0;
  }

  /** {@return those of the array twice: they are read and written} */
  @Override
  public double bytes() {
    return 2.0 * (mib << 20);
  }
}
