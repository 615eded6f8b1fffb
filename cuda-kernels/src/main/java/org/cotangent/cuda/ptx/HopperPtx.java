package org.cotangent.cuda.ptx;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.Product;
import org.cotangent.backend.Product.Side;
import org.cotangent.cuda.driver.TensorMap;
import org.cotangent.cuda.ptx.Argument.Int64;
import org.cotangent.cuda.ptx.Tile.Unit;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;

/**
 * Products of {@code hopper.cu}: which it can compute, and their launches. Its copies find operands
 * by tensor maps, which have rules of their own. Of float32 the right operand lies along the depth.
 * As operands of it are copied the chip converts them to tf32, by a rounding that its maker does
 * not describe (so an operand may err by a whole unit of its 10th bit, where that of {@code
 * tensor.cu} errs by half of one).
 */
final class HopperPtx {
  /** Rows of every tile. */
  private static final int ROWS = 128;

  /** Columns of the narrowest tile. */
  private static final int COLUMNS = 64;

  /** Bytes of a box's row. */
  private static final int BOX_BYTES = 128;

  /** Beyond it a stride has too many bits. */
  private static final long STRIDE_BYTES = 1L << 40;

  /**
   * The tiles that there are. The shares are of what {@code tensor.cu} could reach: its
   * instructions have about 0.6 of the speed of these.
   */
  static final List<Tile> TILES =
      List.of(
          new Tile(Unit.WARPGROUPS, ROWS, 256, 0, 1.45),
          new Tile(Unit.WARPGROUPS, ROWS, 128, 0, 1.3),
          new Tile(Unit.WARPGROUPS, ROWS, COLUMNS, 0, 0.8));

  private HopperPtx() {}

  /**
   * Of an operand's box: indices if it lies along these, else steps of the depth, of which a tile
   * takes so many at least, zeros if there are fewer.
   */
  private static int box(DType dtype) {
    return BOX_BYTES / dtype.bytes();
  }

  /**
   * {@return a product with its sides swapped, if that is how the kernels may find its operands}
   */
  static Product turned(Product product) {
    return product.dtype() == DType.FLOAT32 && isMajor(product.right()) ? product.swap() : product;
  }

  /**
   * {@return the tile that computes a product sooner than another one; empty if there is none, the
   * chip is another, or operands do not fit}
   *
   * @param product perhaps with its sides swapped
   * @param tile of another unit
   * @param traits of the device
   */
  static Optional<Tile> faster(Product product, Tile tile, Traits traits) {
    int units = traits.units();
    return tile.few() == 0
            && traits.hasWarpgroups(product.dtype())
            && product.depth() >= box(product.dtype())
            && fits(product)
        ? TILES.stream()
            .min(Comparator.comparingDouble(own -> own.time(product, units)))
            .filter(own -> own.time(product, units) < tile.time(product, units))
        : Optional.empty();
  }

  /** {@return whether the kernels find the operands of a product, of halves or float32} */
  static boolean fits(Product product) {
    return product.depth() > 0
        && Stream.of(product.rows(), product.columns(), product.depth(), product.batch())
            .allMatch(size -> size <= Integer.MAX_VALUE - ROWS)
        && tiles(product) <= Integer.MAX_VALUE
        && fits(product, product.left())
        && fits(product, product.right())
        && (product.dtype().isNarrow() || !isMajor(product.right()));
  }

  /** The smallest tiles of one product of a batch. */
  private static long tiles(Product product) {
    return Math.ceilDiv(product.rows(), (long) ROWS)
        * Math.ceilDiv(product.columns(), (long) COLUMNS);
  }

  private static boolean fits(Product product, Side side) {
    int bytes = product.dtype().bytes();
    long outer = isMajor(side) ? side.depth() : side.index();
    return (isMajor(side) || side.depth() == 1)
        && Argument.Memory.of(side.operand()).offset() % TensorMap.ELEMENT_ALIGNMENT == 0
        && fits(outer * bytes)
        && (batches(product, side) == 1 || fits(side.batch() * bytes));
  }

  /** Of which an operand has one for each product, or one for all. */
  private static long batches(Product product, Side side) {
    return side.batch() == 0 ? 1 : product.batch();
  }

  private static boolean fits(long stride) {
    return stride > 0 && stride < STRIDE_BYTES && stride % TensorMap.ELEMENT_ALIGNMENT == 0;
  }

  /** Whether an operand lies along its index. */
  private static boolean isMajor(Side side) {
    return side.index() == 1 && side.depth() != 1;
  }

  /**
   * {@return what computes a product that {@link #fits}}
   *
   * @param kernel of the product
   * @param product perhaps with its sides swapped
   * @param tile one of {@link #TILES}
   * @param units of the chip, each of which has room for one block
   */
  static Launch launch(ContractionKernel kernel, Product product, Tile tile, int units) {
    PtxFunction code =
        new PtxFunction(
            List.of(
                tensor(product, product.left(), product.rows(), tile.rows()),
                tensor(product, product.right(), product.columns(), tile.columns()),
                new Int64(batches(product, product.left()) == 1 ? 0 : 1),
                new Int64(batches(product, product.right()) == 1 ? 0 : 1),
                new Int64(product.rows()),
                new Int64(product.columns()),
                new Int64(product.depth()),
                new Int64(product.batch())));
    FinishPtx finish = new FinishPtx(code, kernel, product.swapped());
    PtxTemplate template =
        template(product, tile)
            .with(
                Map.of(
                    "HALF", product.dtype() == DType.FLOAT16 ? "f16" : "bf16",
                    "LEFT_MAJOR", isMajor(product.left()) ? "1" : "0",
                    "RIGHT_MAJOR", isMajor(product.right()) ? "1" : "0",
                    "RESULT_MAJOR", isResultMajor(kernel, product) ? "1" : "0"));
    return code.launch(template, finish::write, Math.min(units, tile.count(product)));
  }

  /** Halves are turned where they lie, floats on their way through registers. */
  private static PtxTemplate template(Product product, Tile tile) {
    return product.dtype() == DType.FLOAT32 && isMajor(product.left())
        ? PtxTemplate.of("hopper", "turned_tf32_%dx%d".formatted(tile.rows(), tile.columns()))
        : tile.template(product.dtype());
  }

  /** Whether neighbours in a column of the result, as the product has it, lie beside each other. */
  private static boolean isResultMajor(ContractionKernel kernel, Product product) {
    Layout result = kernel.outputs().getFirst().layout();
    int rows = product.swapped() ? 2 : 1;
    return result.stride(rows) == 1 && result.stride(3 - rows) != 1;
  }

  /** Of axes inner, outer and batch; where all products have the same operand, of one. */
  private static Argument.Tensor tensor(Product product, Side side, long indices, int tile) {
    boolean major = isMajor(side);
    int bytes = product.dtype().bytes();
    int box = box(product.dtype());
    long outer = (major ? side.depth() : side.index()) * bytes;
    long batches = batches(product, side);
    return new Argument.Tensor(
        Argument.Memory.of(side.operand()),
        new TensorMap(
            product.dtype(),
            List.of(major ? indices : product.depth(), major ? product.depth() : indices, batches),
            // That of an axis with one index says nothing, but has to be one.
            List.of(outer, batches == 1 ? TensorMap.ELEMENT_ALIGNMENT : side.batch() * bytes),
            List.of(box, major ? box : tile, 1)));
  }
}
