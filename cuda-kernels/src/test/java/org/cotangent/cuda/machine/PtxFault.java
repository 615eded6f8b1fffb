package org.cotangent.cuda.machine;

/** Something that a GPU would have been wrong about, or would not have told. */
final class PtxFault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  PtxFault(String message) {
    super(message);
  }
}
