package org.cotangent.cuda.ptx;

import org.cotangent.backend.IndexKernel;

/**
 * The places on an axis that indices stand for.
 *
 * @param code takes the instructions
 * @param indices of shape (outer, count, inner)
 * @param size of the axis
 * @param clips whether a wrong index is moved into the axis
 */
record AxisPtx(PtxFunction code, OperandPtx indices, Reg size, boolean clips) {
  static AxisPtx of(PtxFunction code, IndexKernel kernel) {
    OperandPtx indices = OperandPtx.of(code, kernel.indices());
    return new AxisPtx(code, indices, code.number(kernel.size()), kernel.clips());
  }

  /** {@return a place on the axis, outside of it only if that is an error} */
  Reg place(Reg outer, Reg position, Reg inner) {
    Reg index = code.wide(indices.load(outer, position, inner));
    Reg isFromEnd = code.compare("lt", index, 0);
    Reg place = code.select(isFromEnd, code.sum(index, size), index);
    if (!clips) {
      return place;
    }
    Reg last = code.op(PtxType.B64, "sub.s64", size, 1);
    return code.op(PtxType.B64, "min.s64", code.op(PtxType.B64, "max.s64", place, 0), last);
  }

  /** {@return whether a place is on a part of the axis} */
  Reg isInside(Reg place, Object low, Reg high) {
    return code.both(code.compare("ge", place, low), code.compare("lt", place, high));
  }

  /** {@return whether a place is on the axis} */
  Reg isInside(Reg place) {
    return isInside(place, 0, size);
  }
}
