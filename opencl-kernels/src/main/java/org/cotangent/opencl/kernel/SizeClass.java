package org.cotangent.opencl.kernel;

import java.util.Locale;
import org.cotangent.backend.Product;

/** Products for which one tile is best. */
enum SizeClass {
  /** Up to 4 rows. */
  ROW,
  /** Up to 4 columns. */
  COLUMN,
  /** Few elements: they do not fill a device with tiles. */
  SMALL,
  /** Enough elements for tiles of middling size. */
  MEDIUM,
  /** Elements enough for any tile. */
  LARGE;

  private static final long FEW = 4;
  private static final long SMALL_SIZE = 1L << 16;
  private static final long MEDIUM_SIZE = 1L << 21;

  /**
   * {@return the class of a product}
   *
   * @param product to compute
   */
  static SizeClass of(Product product) {
    if (product.rows() <= FEW) {
      return ROW;
    }
    if (product.columns() <= FEW) {
      return COLUMN;
    }
    return product.size() < SMALL_SIZE ? SMALL : product.size() < MEDIUM_SIZE ? MEDIUM : LARGE;
  }

  /** {@return the name in tables} */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
