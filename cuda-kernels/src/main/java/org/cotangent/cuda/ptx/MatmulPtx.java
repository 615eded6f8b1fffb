package org.cotangent.cuda.ptx;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.Product;
import org.cotangent.backend.Product.Side;
import org.cotangent.cuda.ptx.Argument.Int64;
import org.cotangent.error.DeviceException;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;

/**
 * Matrix products: which kernel of {@code matmul.cu} computes one, and its launch. Results have the
 * bits of the CPU backend, whatever the tile.
 */
final class MatmulPtx {
  /** Columns up to which memory is slower than the cores, however the tile is made. */
  private static final int FEW = 8;

  /** Blocks that keep a large chip busy. */
  private static final double BUSY = 128;

  private MatmulPtx() {}

  /**
   * What a block of threads computes at once.
   *
   * @param rows of a tile
   * @param columns of a tile
   * @param share of the cores' speed that it reaches on a busy chip: an estimate, by its loads from
   *     shared memory
   */
  record Tile(int rows, int columns, double share) {
    long count(Product product) {
      return product.batch()
          * Math.ceilDiv(product.rows(), (long) rows)
          * Math.ceilDiv(product.columns(), (long) columns);
    }

    /** The time that a product takes, in some unit: what lies beyond its ends is computed too. */
    double time(Product product) {
      double tiles = count(product);
      return Math.max(tiles, BUSY) * rows * columns / share;
    }
  }

  private static final Tile FEW_COLUMNS = new Tile(32, 4, 0.1);
  private static final Tile SMALL = new Tile(32, 32, 0.5);
  private static final Tile MEDIUM = new Tile(64, 64, 0.8);
  private static final Tile LARGE = new Tile(128, 128, 0.95);

  /**
   * {@return what computes the product and its epilogue; nothing where the result has no elements}
   *
   * @param kernel with operands and accumulator of one dtype
   * @throws DeviceException if the dtypes differ
   */
  static List<Launch> launches(ContractionKernel kernel) {
    Product product = Product.of(kernel, "CUDA");
    if (product.size() == 0) {
      return List.of();
    }
    Product turned = swaps(kernel, product) ? product.swap() : product;
    return List.of(launch(kernel, turned, tile(turned)));
  }

  /** Few rows are computed as few columns, and results are stored along what is inner in them. */
  private static boolean swaps(ContractionKernel kernel, Product product) {
    Layout result = kernel.outputs().getFirst().layout();
    return product.rows() <= FEW
        ? product.rows() < product.columns()
        : product.columns() > FEW && result.stride(1) == 1 && result.stride(2) != 1;
  }

  /** {@return what computes a product with a tile of its dtype} */
  static Launch launch(ContractionKernel kernel, Product product, Tile tile) {
    Side left = product.left();
    Side right = product.right();
    List<Argument> arguments =
        new ArrayList<>(
            List.of(
                Argument.Memory.of(left.operand()),
                Argument.Memory.of(right.operand()),
                new Int64(left.batch()),
                new Int64(left.index()),
                new Int64(left.depth()),
                new Int64(right.batch()),
                new Int64(right.index()),
                new Int64(right.depth()),
                new Int64(product.rows()),
                new Int64(product.columns()),
                new Int64(product.depth()),
                new Int64(product.batch())));
    PtxFunction code = new PtxFunction(arguments);
    FinishPtx finish = new FinishPtx(code, kernel, product.swapped());
    String function = "%s_%dx%d".formatted(product.dtype(), tile.rows, tile.columns);
    return code.launch(PtxTemplate.of("matmul", function), finish::write, tile.count(product));
  }

  private static Tile tile(Product product) {
    return product.columns() <= FEW && tiles(product.dtype()).contains(FEW_COLUMNS)
        ? FEW_COLUMNS
        : tiles(product.dtype()).stream()
            .filter(tile -> !tile.equals(FEW_COLUMNS))
            .min(Comparator.comparingDouble(tile -> tile.time(product)))
            .orElseThrow();
  }

  /** {@return the tiles that {@code matmul.cu} has for a dtype} */
  static List<Tile> tiles(DType dtype) {
    return switch (dtype) {
      case FLOAT32 -> List.of(LARGE, MEDIUM, SMALL, FEW_COLUMNS);
      case FLOAT64 -> List.of(MEDIUM, SMALL, FEW_COLUMNS);
      case INT32, INT64 -> List.of(SMALL);
      case BOOL, INT8, INT16, UINT8, FLOAT16, BFLOAT16 ->
          throw new IllegalArgumentException(dtype + " is widened before it is multiplied");
    };
  }
}
