package org.cotangent.opencl.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.cotangent.backend.Product;
import org.cotangent.backend.Product.Side;
import org.cotangent.opencl.kernel.Argument.Int64;

/** The launch of {@code matmul_gpu.cl}, or of {@code matmul_item.cl} without local memory. */
final class GpuMatmul implements MatmulFamily {
  /** Rows of tiles that groups go through together, so that their operands stay in the cache. */
  private static final int STRIPE = 8;

  /** Rows of an item without local memory. */
  private static final int ITEM_ROWS = 4;

  private final Product product;
  private final Optional<GpuTile> tile;
  private final int groupSize;

  /**
   * Prepares a product.
   *
   * @param product to compute
   * @param tiles of which the first is taken that the device has room for
   * @param traits of the device
   */
  GpuMatmul(Product product, List<GpuTile> tiles, Traits traits) {
    this.product = product;
    groupSize = Math.min(traits.groupSize(), 64);
    tile =
        tiles.stream()
            .filter(candidate -> candidate.local() <= traits.groupSize())
            .filter(
                candidate -> candidate.localBytes(product.dtype().bytes()) <= traits.localBytes())
            .findFirst();
  }

  @Override
  public Set<Integer> widths() {
    return Finishing.widths(false, tile.map(GpuTile::width).orElse(1));
  }

  @Override
  public long workspace() {
    return 0;
  }

  @Override
  public List<Launch> launches(Finish finish, int workspace) {
    return List.of(tile.map(chosen -> tiled(finish, chosen)).orElseGet(() -> plain(finish)));
  }

  private Launch tiled(Finish finish, GpuTile chosen) {
    int width = chosen.width();
    StringBuilder text = new StringBuilder(finish.functions());
    text.append(C.macros(product.dtype(), width));
    Text.define(text, "TILE_ROWS", chosen.tileRows());
    Text.define(text, "TILE_COLUMNS", chosen.tileColumns());
    Text.define(text, "ROWS", chosen.rows());
    Text.define(text, "VECTORS", chosen.columns() / width);
    Text.define(text, "SLICE", chosen.slice());
    Text.define(text, "STRIPE", STRIPE);
    if (product.left().isDepthInner()) {
      Text.define(text, "LEFT_DEPTH_INNER", 1);
    }
    if (product.right().isDepthInner()) {
      Text.define(text, "RIGHT_DEPTH_INNER", 1);
    }
    text.append(Finishing.macros(finish, false, width));
    text.append(Text.of("matmul_gpu.cl"));
    long rowTiles = Math.ceilDiv(product.rows(), chosen.tileRows());
    long columnTiles = Math.ceilDiv(product.columns(), chosen.tileColumns());
    return launch(text.toString(), finish, rowTiles, columnTiles, chosen.local());
  }

  private Launch plain(Finish finish) {
    StringBuilder text = new StringBuilder(finish.functions());
    text.append(C.macros(product.dtype(), 1));
    Text.define(text, "ROWS", ITEM_ROWS);
    text.append(Finishing.macros(finish, false, 1));
    text.append(Text.of("matmul_item.cl"));
    long rowTiles = Math.ceilDiv(product.rows(), ITEM_ROWS);
    long columnTiles = Math.ceilDiv(product.columns(), groupSize);
    return launch(text.toString(), finish, rowTiles, columnTiles, groupSize);
  }

  private Launch launch(String text, Finish finish, long rowTiles, long columnTiles, int local) {
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
                new Int64(rowTiles),
                new Int64(columnTiles)));
    arguments.addAll(finish.arguments());
    return new Launch(new Source(text), arguments, product.batch() * rowTiles * columnTiles, local);
  }
}
