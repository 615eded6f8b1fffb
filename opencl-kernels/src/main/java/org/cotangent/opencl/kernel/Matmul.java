package org.cotangent.opencl.kernel;

import java.util.List;
import java.util.Optional;
import org.cotangent.backend.ContractionKernel;
import org.cotangent.backend.Product;
import org.cotangent.error.DeviceException;

/**
 * Matrix products in OpenCL C: from a {@link ContractionKernel} to launches of hand-written
 * kernels, with tiles from a table. Results have the bits of the CPU backend: each float is one
 * chain of fused multiply-adds in ascending depth, whatever the tile.
 */
final class Matmul {
  private final Traits traits;
  private final TuningTable table;

  /**
   * Products for a device.
   *
   * @param traits of the device
   * @param table of tiles
   */
  Matmul(Traits traits, TuningTable table) {
    this.traits = traits;
    this.table = table;
  }

  /**
   * {@return bytes of workspace, a multiple of 128; 0 where none is needed}
   *
   * @param kernel to compute
   */
  long workspace(ContractionKernel kernel) {
    return family(kernel).map(MatmulFamily::workspace).orElse(0L);
  }

  /**
   * {@return what computes the product and its epilogue; nothing where the result has no elements}
   *
   * @param kernel to compute; operands and accumulator of one dtype
   * @param workspace buffer of {@link #workspace} bytes, aligned to 128; not touched if that is 0
   * @throws DeviceException if the dtypes differ
   */
  List<Launch> launches(ContractionKernel kernel, int workspace) {
    return family(kernel)
        .map(family -> family.launches(Finish.of(kernel, family.widths()), workspace))
        .orElse(List.of());
  }

  /** Empty for a product without elements. */
  private Optional<MatmulFamily> family(ContractionKernel kernel) {
    Product product = Product.of(kernel, "OpenCL");
    if (product.size() == 0) {
      return Optional.empty();
    }
    return Optional.of(
        traits.cpu()
            ? new CpuMatmul(CpuPlan.of(product, table.cpu(product, traits), traits))
            : new GpuMatmul(product, table.gpu(product, traits), traits));
  }
}
