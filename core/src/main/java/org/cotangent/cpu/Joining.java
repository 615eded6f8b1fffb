package org.cotangent.cpu;

/**
 * Which steps are joined; the bits are the same. Where kernels are measured none is.
 *
 * @param bandBytes what a band of rows may touch, see {@link Bands}; 0 for no bands
 * @param portion work of the smallest part of a wave, see {@link Waves}; infinite for no waves
 */
record Joining(long bandBytes, double portion) {
  /** What is fastest. */
  static final Joining USUAL = new Joining(Bands.CACHED, Pieces.SMALLEST);

  /** Each kernel stays a step. */
  static final Joining NONE = new Joining(0, Double.POSITIVE_INFINITY);
}
