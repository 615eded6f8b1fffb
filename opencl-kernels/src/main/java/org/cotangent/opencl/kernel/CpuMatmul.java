package org.cotangent.opencl.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.cotangent.backend.Product;
import org.cotangent.backend.Product.Side;
import org.cotangent.opencl.kernel.Argument.Int64;
import org.cotangent.opencl.kernel.Argument.Memory;

/** Launches of {@code matmul_cpu.cl} and {@code matmul_pack.cl}. */
final class CpuMatmul implements MatmulFamily {
  /** Bytes of a run of the left operand's panels: steps of the depth that a text spells out. */
  private static final int RUN = 32;

  /** Alignment of the parts of the workspace. */
  private static final long ALIGNMENT = 128;

  private final CpuPlan plan;
  private final Product product;
  private final String macros;

  /**
   * Prepares a product.
   *
   * @param plan for it
   */
  CpuMatmul(CpuPlan plan) {
    this.plan = plan;
    product = plan.product();
    macros = C.macros(product.dtype(), plan.width());
  }

  @Override
  public Set<Integer> widths() {
    return Finishing.widths(product.swapped(), plan.width());
  }

  @Override
  public long workspace() {
    return leftBytes() + spillBytes();
  }

  private int depthBlock() {
    return RUN / product.dtype().bytes();
  }

  /** Whether the left operand's rows are neighbours, so that its panels hold them so. */
  private boolean rowsInner() {
    return product.left().index() == 1 && product.left().depth() != 1;
  }

  private long leftDepth() {
    return rowsInner() ? product.depth() : roundUp(product.depth(), depthBlock());
  }

  private static long batches(Side side, long batch) {
    return side.batch() == 0 ? 1 : batch;
  }

  private long leftBytes() {
    return plan.packLeft()
        ? bytes(
            batches(product.left(), product.batch())
                * roundUp(product.rows(), plan.rows())
                * leftDepth())
        : 0;
  }

  /** Only copies of panels have a size that the depth may exceed. */
  private boolean spills() {
    return plan.packRight() && product.depth() > plan.span();
  }

  private long spillBytes() {
    return spills() ? bytes(blocks() * plan.rowBlock() * plan.columnBlock()) : 0;
  }

  private long bytes(long elements) {
    return roundUp(elements * product.dtype().bytes(), ALIGNMENT);
  }

  private long rowBlocks() {
    return Math.ceilDiv(product.rows(), plan.rowBlock());
  }

  private long columnBlocks() {
    return Math.ceilDiv(product.columns(), plan.columnBlock());
  }

  private long blocks() {
    return product.batch() * rowBlocks() * columnBlocks();
  }

  private static long roundUp(long value, long multiple) {
    return Math.ceilDiv(value, multiple) * multiple;
  }

  @Override
  public List<Launch> launches(Finish finish, int workspace) {
    List<Launch> launches = new ArrayList<>();
    Memory left = Memory.of(product.left().operand());
    if (plan.packLeft() && product.depth() > 0) {
      left = new Memory(workspace, 0);
      launches.add(pack(left));
    }
    launches.add(multiply(finish, left, new Memory(workspace, leftBytes())));
    return launches;
  }

  private Launch pack(Memory panels) {
    StringBuilder text = new StringBuilder(macros);
    Text.define(text, "ROWS", plan.rows());
    Text.define(text, "DEPTH_BLOCK", depthBlock());
    if (rowsInner()) {
      Text.define(text, "LEFT_ROWS_INNER", 1);
    }
    text.append(Text.of("matmul_pack.cl"));
    Side side = product.left();
    long count = Math.ceilDiv(product.rows(), plan.rows());
    long batches = batches(side, product.batch());
    long stretch = plan.stretch(batches * count, depthBlock());
    long stretches = Math.ceilDiv(product.depth(), stretch);
    return new Launch(
        new Source(text.toString()),
        List.of(
            Memory.of(side.operand()),
            panels,
            new Int64(side.batch()),
            new Int64(side.index()),
            new Int64(side.depth()),
            new Int64(product.rows()),
            new Int64(product.depth()),
            new Int64(leftDepth()),
            new Int64(count),
            new Int64(stretch),
            new Int64(stretches)),
        batches * count * stretches,
        1);
  }

  private Launch multiply(Finish finish, Memory left, Memory spill) {
    StringBuilder text = new StringBuilder(finish.functions()).append(macros);
    Text.define(text, "ROWS", plan.rows());
    Text.define(text, "VECTORS", plan.vectors());
    Text.define(text, "DEPTH_BLOCK", depthBlock());
    if (plan.packLeft()) {
      Text.define(text, "LEFT_PACKED", 1);
      if (rowsInner()) {
        Text.define(text, "LEFT_ROWS_INNER", 1);
      }
    } else if (product.left().depth() == 1) {
      Text.define(text, "LEFT_DEPTH_INNER", 1);
    }
    Text.define(text, "SPAN", plan.packRight() ? plan.span() : Integer.MAX_VALUE);
    if (plan.packRight()) {
      Text.define(text, "RIGHT_PACKED", 1);
      if (product.right().index() == 1) {
        Text.define(text, "RIGHT_COLUMNS_INNER", 1);
      } else if (product.right().depth() == 1) {
        Text.define(text, "RIGHT_DEPTH_INNER", 1);
      }
    }
    if (spills()) {
      Text.define(text, "SPILL", 1);
    }
    text.append(Finishing.macros(finish, product.swapped(), plan.width()));
    text.append(Text.of("matmul_cpu.cl"));
    List<Argument> arguments = new ArrayList<>(List.of(left, Memory.of(product.right().operand())));
    if (spills()) {
      arguments.add(spill);
    }
    arguments.addAll(
        List.of(
            new Int64(leftBatchStride()),
            new Int64(plan.packLeft() ? leftDepth() : product.left().index()),
            new Int64(product.left().depth()),
            new Int64(product.right().batch()),
            new Int64(product.right().index()),
            new Int64(product.right().depth()),
            new Int64(product.rows()),
            new Int64(product.columns()),
            new Int64(product.depth()),
            new Int64(plan.rowBlock()),
            new Int64(plan.columnBlock()),
            new Int64(rowBlocks()),
            new Int64(columnBlocks())));
    arguments.addAll(finish.arguments());
    return new Launch(new Source(text.toString()), arguments, blocks(), 1);
  }

  private long leftBatchStride() {
    if (product.left().batch() == 0 || !plan.packLeft()) {
      return product.left().batch();
    }
    return roundUp(product.rows(), plan.rows()) * leftDepth();
  }
}
