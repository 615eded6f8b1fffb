package org.cotangent.opencl.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.cotangent.opencl.kernel.Argument.Int64;
import org.cotangent.opencl.kernel.Argument.Memory;
import org.cotangent.opencl.kernel.Product.Side;

/** Launches of {@code matmul_cpu.cl} and {@code matmul_pack.cl}. */
final class CpuMatmul implements MatmulFamily {
  /** Bytes of a run of the left operand's panels: steps of the depth that a text spells out. */
  private static final int RUN = 32;

  /** Alignment of the parts of the workspace. */
  private static final long ALIGNMENT = 128;

  private final CpuPlan plan;
  private final Product product;
  private final Element element;

  /**
   * Prepares a product.
   *
   * @param plan for it
   */
  CpuMatmul(CpuPlan plan) {
    this.plan = plan;
    product = plan.product();
    element = Element.of(product.dtype(), plan.width());
  }

  @Override
  public Set<Integer> widths() {
    return Finishing.widths(product.swapped(), plan.width());
  }

  @Override
  public long workspace() {
    return leftBytes() + rightBytes() + spillBytes();
  }

  private int depthBlock() {
    return RUN / product.dtype().bytes();
  }

  private int panel() {
    return plan.vectors() * plan.width();
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

  private long rightBytes() {
    return plan.packRight()
        ? bytes(
            batches(product.right(), product.batch())
                * roundUp(product.columns(), panel())
                * product.depth())
        : 0;
  }

  private boolean spills() {
    return product.depth() > plan.span();
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
  public List<Launch> launches(String label, Finish finish, int workspace) {
    List<Launch> launches = new ArrayList<>();
    Memory left = product.left().memory();
    Memory right = product.right().memory();
    if (plan.packLeft() && product.depth() > 0) {
      Memory panels = new Memory(workspace, 0);
      launches.add(
          pack(label + " left", product.left(), product.rows(), plan.rows(), !rowsInner(), panels));
      left = panels;
    }
    if (plan.packRight() && product.depth() > 0) {
      Memory panels = new Memory(workspace, leftBytes());
      launches.add(
          pack(label + " right", product.right(), product.columns(), panel(), false, panels));
      right = panels;
    }
    launches.add(
        multiply(label, finish, left, right, new Memory(workspace, leftBytes() + rightBytes())));
    return launches;
  }

  private Launch pack(
      String label, Side side, long indices, int panel, boolean depthInner, Memory target) {
    StringBuilder text = new StringBuilder(element.macros());
    define(text, "PANEL", panel);
    define(text, "DEPTH_BLOCK", depthBlock());
    if (depthInner) {
      define(text, "DEPTH_INNER", 1);
    }
    if (side.depth() == 1) {
      define(text, "SOURCE_DEPTH_INNER", 1);
    } else if (side.index() == 1) {
      define(text, "SOURCE_INDEX_INNER", 1);
    }
    text.append(Text.of("matmul_pack.cl"));
    long panels = Math.ceilDiv(indices, panel);
    long batches = batches(side, product.batch());
    long stretch =
        Math.clamp(
            roundUp(Math.ceilDiv(product.depth(), plan.packs(batches * panels)), depthBlock()),
            depthBlock(),
            roundUp(product.depth(), depthBlock()));
    long stretches = Math.ceilDiv(product.depth(), stretch);
    return new Launch(
        label,
        new Source(text.toString()),
        List.of(
            side.memory(),
            target,
            new Int64(side.batch()),
            new Int64(side.index()),
            new Int64(side.depth()),
            new Int64(indices),
            new Int64(product.depth()),
            new Int64(panels),
            new Int64(stretch),
            new Int64(stretches)),
        batches * panels * stretches,
        1);
  }

  private Launch multiply(String label, Finish finish, Memory left, Memory right, Memory spill) {
    StringBuilder text = new StringBuilder(finish.functions()).append(element.macros());
    define(text, "ROWS", plan.rows());
    define(text, "VECTORS", plan.vectors());
    define(text, "DEPTH_BLOCK", depthBlock());
    if (plan.packLeft()) {
      define(text, "LEFT_PACKED", 1);
      if (rowsInner()) {
        define(text, "LEFT_ROWS_INNER", 1);
      }
    } else if (product.left().depth() == 1) {
      define(text, "LEFT_DEPTH_INNER", 1);
    }
    if (plan.packRight()) {
      define(text, "RIGHT_PACKED", 1);
    }
    if (spills()) {
      define(text, "SPILL", 1);
    }
    text.append(Finishing.macros(finish, product.swapped(), plan.width()));
    text.append(Text.of("matmul_cpu.cl"));
    List<Argument> arguments = new ArrayList<>(List.of(left, right));
    if (spills()) {
      arguments.add(spill);
    }
    arguments.addAll(
        List.of(
            new Int64(leftBatchStride()),
            new Int64(plan.packLeft() ? leftDepth() : product.left().index()),
            new Int64(product.left().depth()),
            new Int64(rightBatchStride()),
            new Int64(product.right().depth()),
            new Int64(product.rows()),
            new Int64(product.columns()),
            new Int64(product.depth()),
            new Int64(plan.rowBlock()),
            new Int64(plan.columnBlock()),
            new Int64(rowBlocks()),
            new Int64(columnBlocks()),
            new Int64(plan.span())));
    arguments.addAll(finish.arguments());
    return new Launch(label, new Source(text.toString()), arguments, blocks(), 1);
  }

  private long leftBatchStride() {
    if (product.left().batch() == 0 || !plan.packLeft()) {
      return product.left().batch();
    }
    return roundUp(product.rows(), plan.rows()) * leftDepth();
  }

  private long rightBatchStride() {
    if (product.right().batch() == 0 || !plan.packRight()) {
      return product.right().batch();
    }
    return roundUp(product.columns(), panel()) * product.depth();
  }

  private static void define(StringBuilder text, String name, int value) {
    text.append("#define ").append(name).append(' ').append(value).append('\n');
  }
}
