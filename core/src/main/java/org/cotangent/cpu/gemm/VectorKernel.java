package org.cotangent.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.Supplier;
import org.cotangent.cpu.gemm.GemmProblem.Strides;
import org.cotangent.cpu.tier.Candidate;
import org.cotangent.cpu.tier.Trial;
import org.cotangent.cpu.tier.VectorWidth;
import org.cotangent.type.DType;
import org.jspecify.annotations.Nullable;

/**
 * The tiles of one dtype, and what is known of them: for the process, as what HotSpot compiled is.
 */
final class VectorKernel implements Candidate {
  /** Of float32. */
  static final VectorKernel FLOAT32 = new VectorKernel(DType.FLOAT32, FloatTiles::new);

  /** Of float64. */
  static final VectorKernel FLOAT64 = new VectorKernel(DType.FLOAT64, DoubleTiles::new);

  private final DType dtype;
  private final Supplier<TileKernel> tiles;
  private volatile @Nullable Blocks proven;

  /**
   * Makes a kernel of which nothing is known; but for tests there is one for each dtype.
   *
   * @param dtype of all operands
   * @param tiles makes the tiles, when they are asked for
   */
  VectorKernel(DType dtype, Supplier<TileKernel> tiles) {
    this.dtype = dtype;
    this.tiles = tiles;
  }

  /** {@return blocks of its tiles, proven or not} */
  Blocks blocks() {
    VectorWidth.check(); // here, where it is no error of a class's initialisation
    return new PanelBlocks(tiles.get(), dtype.bytes());
  }

  /** {@return blocks of its tiles, or null as long as they were not seen to be faster} */
  @Nullable Blocks proven() {
    return proven;
  }

  /** {@return what multiplies meanwhile} */
  Blocks plain(Product product) {
    return PlainGemm.blocks(dtype, product);
  }

  @Override
  public Optional<Trial> trial() {
    return proven == null ? Optional.of(new Products(tiles.get())) : Optional.empty();
  }

  /** It may be asked for again: without vectors products are ten times slower. */
  @Override
  public void stays() {}

  /**
   * A product for each width of a tile and for one column, since each is a method of its own. One
   * that is not compiled takes longer than all plain ones.
   */
  private final class Products implements Trial {
    /** Whole tiles and a rest, and too many for B to be read where it lies: packing counts too. */
    private static final int ROWS = 12;

    private static final int DEPTH = 128;

    private final Workspace workspace = new Workspace();
    private final Blocks blocks;
    private final int[] columns;
    private final MemorySegment memory;
    private final long b;
    private final long c;

    /** Elements from one row of B to the next: more than a panel has, so that it is packed. */
    private final int bRow;

    Products(TileKernel kernel) {
      blocks = new PanelBlocks(kernel, dtype.bytes());
      int lanes = kernel.vectorBytes() / dtype.bytes();
      columns = new int[] {1, lanes, 2 * lanes, kernel.widest() * lanes};
      int widest = columns[columns.length - 1];
      bRow = widest + lanes;
      b = (long) ROWS * DEPTH * dtype.bytes();
      c = b + (long) DEPTH * bRow * dtype.bytes();
      memory = workspace.stage(c + (long) ROWS * widest * dtype.bytes());
    }

    @Override
    public int few() {
      return 4 * MOST / DEPTH;
    }

    @Override
    public void present(int elements) {
      for (int n : columns) {
        Product product = product(n, elements);
        multiply(plain(product), product);
      }
    }

    @Override
    public void faster(int elements) {
      for (int n : columns) {
        multiply(blocks, product(n, elements));
      }
    }

    private Product product(int n, int elements) {
      int depth = elements * DEPTH / MOST;
      Strides left = Strides.rowMajor(ROWS, depth);
      Strides right = new Strides(0, bRow, 1);
      return Product.of(new GemmProblem(dtype, 1, ROWS, n, depth, left, right, 0, n));
    }

    private void multiply(Blocks blocks, Product p) {
      blocks.multiply(p, p.m(), p.n(), memory, 0, memory, b, memory, c, workspace);
    }

    @Override
    public void use() {
      proven = blocks;
    }

    @Override
    public void close() {
      workspace.close();
    }
  }
}
