package org.cotangent.cuda.ptx;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.Product;
import org.cotangent.backend.Product.Side;
import org.cotangent.cuda.ptx.Argument.Int64;
import org.cotangent.cuda.ptx.Tile.Unit;
import org.cotangent.error.DeviceException;
import org.cotangent.type.DType;
import org.cotangent.type.Layout;

/**
 * Matrix products: which kernel of {@code matmul.cu}, {@code skinny.cu}, {@code tensor.cu} or
 * {@code hopper.cu} computes one, and its launch. Results of the first two have the bits of the CPU
 * backend, whatever the tile; tensor cores sum in an order of their own.
 */
final class MatmulPtx {
  private static final Tile FEW_COLUMNS = new Tile(Unit.CORES, 32, 4, 8, 0.1);
  private static final Tile SKINNY = new Tile(Unit.SKINNY, 32, 8, 8, 0.1);
  private static final Tile SMALL = new Tile(Unit.CORES, 32, 32, 0, 0.5);
  private static final Tile MEDIUM = new Tile(Unit.CORES, 64, 64, 0, 0.8);
  private static final Tile LARGE = new Tile(Unit.CORES, 128, 128, 0, 0.95);
  private static final Tile TENSOR_FEW_COLUMNS = new Tile(Unit.TENSOR_CORES, 32, 16, 16, 0.1);
  private static final Tile TENSOR_MEDIUM = new Tile(Unit.TENSOR_CORES, 64, 64, 0, 0.5);
  private static final Tile TENSOR_LARGE = new Tile(Unit.TENSOR_CORES, 128, 128, 0, 0.9);

  private MatmulPtx() {}

  /**
   * {@return what computes the product and its epilogue; nothing where the result has no elements}
   *
   * @param kernel with operands of one dtype
   * @param traits of the device
   * @throws DeviceException if the dtypes differ
   */
  static List<Launch> launches(ContractionKernel kernel, Traits traits) {
    // A step that is never taken is no reason to load element by element.
    Product product = Product.of(kernel, "CUDA").withoutIdleStrides();
    if (product.size() == 0) {
      return List.of();
    }
    List<Tile> tiles = tiles(product.dtype(), traits);
    int few = tiles.stream().mapToInt(Tile::few).max().orElse(0);
    Product turned = swaps(kernel, product, few) ? product.swap() : product;
    Tile tile = tile(turned, tiles);
    Launch launch = launch(kernel, turned, tile);
    Product other = HopperPtx.turned(turned);
    return List.of(
        HopperPtx.faster(other, tile, traits)
            .map(faster -> HopperPtx.launch(kernel, other, faster, traits.units()).or(launch))
            .orElse(launch));
  }

  /**
   * Few rows are computed as few columns, and results are stored along what is inner in them.
   *
   * @param few columns for which there is a tile of its own
   */
  private static boolean swaps(ContractionKernel kernel, Product product, int few) {
    Layout result = kernel.outputs().getFirst().layout();
    return product.rows() <= few
        ? product.rows() < product.columns()
        : product.columns() > few && result.stride(1) == 1 && result.stride(2) != 1;
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
    if (tile.unit() == Unit.TENSOR_CORES) {
      arguments.add(new Int64(left.isDepthInner() ? 1 : 0));
      arguments.add(new Int64(right.isDepthInner() ? 1 : 0));
    }
    PtxFunction code = new PtxFunction(arguments);
    FinishPtx finish = new FinishPtx(code, kernel, product.swapped());
    TensorPtx tensor = new TensorPtx(code, product);
    return code.launch(
        tile.template(product.dtype()),
        (mark, operands) -> {
          if (TensorPtx.isMark(mark)) {
            tensor.write(mark, operands);
          } else {
            finish.write(mark, operands);
          }
        },
        tile.count(product));
  }

  private static Tile tile(Product product, List<Tile> tiles) {
    return tiles.stream()
        .filter(tile -> product.columns() <= tile.few())
        .findFirst()
        .orElseGet(() ->
            tiles.stream()
                .filter(tile -> tile.few() == 0)
                .min(Comparator.comparingDouble(tile -> tile.time(product)))
                .orElseThrow());
  }

  /** {@return the tiles that there are for operands of a dtype} */
  static List<Tile> tiles(DType dtype, Traits traits) {
    boolean tensor = traits.hasTensorCores(dtype);
    Tile fewColumns = traits.hasCopies() ? SKINNY : FEW_COLUMNS;
    return switch (dtype) {
      // Few columns take as long as memory does: nothing is gained by rounding them.
      case FLOAT32 ->
          tensor
              ? List.of(TENSOR_LARGE, TENSOR_MEDIUM, fewColumns)
              : List.of(LARGE, MEDIUM, SMALL, fewColumns);
      case FLOAT64 -> List.of(MEDIUM, SMALL, fewColumns);
      case INT32, INT64 -> List.of(SMALL);
      case FLOAT16, BFLOAT16 -> {
        if (!tensor) {
          throw widened(dtype);
        }
        yield List.of(TENSOR_LARGE, TENSOR_MEDIUM, TENSOR_FEW_COLUMNS);
      }
      case BOOL, INT8, INT16, UINT8 -> throw widened(dtype);
    };
  }

  private static IllegalArgumentException widened(DType dtype) {
    return new IllegalArgumentException(dtype + " is widened before it is multiplied");
  }
}
