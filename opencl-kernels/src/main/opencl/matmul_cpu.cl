// Matrix product for devices whose work-items are long loops over vectors: CPUs.
//
// A work-item, alone in its group, owns a block of the result and goes through its tiles of
// ROWS x (VECTORS * WIDTH) elements. The accumulators of a tile stay in registers; a step of the
// depth loads VECTORS vectors of the right operand, broadcasts ROWS elements of the left one and
// does ROWS * VECTORS fused multiply-adds: 12 x 2 vectors of 64 bytes fill the 32 registers of
// AVX-512 and need 14 loads for 24 multiply-adds. Each element is one chain in ascending depth.
//
// Where an operand is read from, chosen before translation:
//   LEFT_PACKED   panels of ROWS rows: for each DEPTH_BLOCK of the depth, ROWS runs of that length,
//                 so that the panel is a plain copy of rows; or, with LEFT_ROWS_INNER, for each
//                 step of the depth ROWS elements, a plain copy of a transposed operand
//   otherwise     the operand itself, any strides
//   RIGHT_PACKED  panels of VECTORS * WIDTH columns, zeros beyond the last column
//   otherwise     the operand itself, whose columns are neighbours; the last panel then starts
//                 early enough to end with the last column, and finishes only its own columns
//
// A depth beyond SPAN (with SPILL) goes in spans, so that a block's panels stay in the second-level
// cache; between spans the accumulators rest, unrounded, in the workspace: the chain is the same.
//
// Defined before this text: T, V, WIDTH, LOAD, STORE, FMA, FINISH_PARAMETERS, FINISH_ELEMENT,
// FINISH_VECTOR (not where rows and columns have changed roles), ROWS, VECTORS, DEPTH_BLOCK and the
// choices above.

#define PANEL (VECTORS * WIDTH)

#ifdef LEFT_PACKED
#ifdef LEFT_ROWS_INNER
#define LEFT(row, step) a[(step) * ROWS + (row)]
#else
#define LEFT(row, step) a[(row) * DEPTH_BLOCK + (step)]
#endif
#define LEFT_ADVANCE a += ROWS * DEPTH_BLOCK;
#else
#ifdef LEFT_DEPTH_INNER
#define LEFT(row, step) a[row][step]
#else
#define LEFT(row, step) a[row][(step) * leftDepth]
#endif
#ifdef LEFT_DEPTH_INNER
#define LEFT_ADVANCE \
  _Pragma("unroll") for (int r = 0; r < ROWS; r++) a[r] += DEPTH_BLOCK;
#else
#define LEFT_ADVANCE \
  _Pragma("unroll") for (int r = 0; r < ROWS; r++) a[r] += DEPTH_BLOCK * leftDepth;
#endif
#endif

#ifdef RIGHT_PACKED
#define RIGHT_STEP PANEL
#else
#define RIGHT_STEP rightDepth
#endif

// One step of the depth for a whole tile.
#define MULTIPLY_ADD(step)                                \
  {                                                       \
    V right[VECTORS];                                     \
    _Pragma("unroll") for (int v = 0; v < VECTORS; v++)   \
      right[v] = LOAD(b + v * WIDTH);                     \
    _Pragma("unroll") for (int r = 0; r < ROWS; r++) {    \
      V left = (V)(LEFT(r, step));                      \
      _Pragma("unroll") for (int v = 0; v < VECTORS; v++) \
        sum[r][v] = FMA(left, right[v], sum[r][v]);       \
    }                                                     \
    b += RIGHT_STEP;                                      \
  }

#ifdef SPILL
#define SPILL_PARAMETERS __global uchar *spillMemory, ulong spillOffset,
#else
#define SPILL_PARAMETERS
#endif

__kernel void KERNEL(__global uchar *leftMemory, ulong leftOffset, __global uchar *rightMemory,
                     ulong rightOffset, SPILL_PARAMETERS long leftBatch, long leftRow, long leftDepth, long rightBatch,
                     long rightDepth, long rows, long columns, long depth, long rowBlock,
                     long columnBlock, long rowBlocks, long columnBlocks,
                     long span FINISH_PARAMETERS) {
  long block = get_group_id(0);
  long columnFrom = block % columnBlocks * columnBlock;
  block /= columnBlocks;
  long rowFrom = block % rowBlocks * rowBlock;
  long batch = block / rowBlocks;
  long columnTo = min(columnFrom + columnBlock, columns);
  long rowTo = min(rowFrom + rowBlock, rows);
  __global const T *leftStart = AT(const T, leftMemory, leftOffset) + batch * leftBatch;
  __global const T *rightStart = AT(const T, rightMemory, rightOffset) + batch * rightBatch;
#ifdef SPILL
  __global T *spill =
      AT(T, spillMemory, spillOffset) + get_group_id(0) * (ulong)(rowBlock * columnBlock);
#endif
  T result[ROWS * PANEL];

  for (long from = 0; from == 0 || from < depth; from += span) {
    long steps = min(span, depth - from);
#ifdef SPILL
    __global T *resting = spill;
#endif
    for (long column = columnFrom; column < columnTo; column += PANEL) {
#ifdef RIGHT_PACKED
      long first = column;
      __global const T *bStart = rightStart + column * depth + from * PANEL;
#else
      long first = min(column, columns - PANEL);
      __global const T *bStart = rightStart + first + from * rightDepth;
#endif
      for (long row = rowFrom; row < rowTo; row += ROWS) {
        __global const T *b = bStart;
#ifdef LEFT_PACKED
        __global const T *a = leftStart + row * leftRow + from * ROWS;
#else
        __global const T *a[ROWS];
#pragma unroll
        for (int r = 0; r < ROWS; r++)
          a[r] = leftStart + min(row + r, rows - 1) * leftRow + from * leftDepth;
#endif
        V sum[ROWS][VECTORS];
#ifdef SPILL
        if (from > 0) {
#pragma unroll
          for (int r = 0; r < ROWS; r++)
#pragma unroll
            for (int v = 0; v < VECTORS; v++) sum[r][v] = LOAD(resting + r * PANEL + v * WIDTH);
        } else
#endif
        {
#pragma unroll
          for (int r = 0; r < ROWS; r++)
#pragma unroll
            for (int v = 0; v < VECTORS; v++) sum[r][v] = (V)(0);
        }

        long step = 0;
        for (; step + DEPTH_BLOCK <= steps; step += DEPTH_BLOCK) {
#pragma unroll
          for (int s = 0; s < DEPTH_BLOCK; s++) MULTIPLY_ADD(s)
          LEFT_ADVANCE
        }
#pragma nounroll
        for (int s = 0; step < steps; step++, s++) MULTIPLY_ADD(s)

#ifdef SPILL
        if (from + span < depth) {
#pragma unroll
          for (int r = 0; r < ROWS; r++)
#pragma unroll
            for (int v = 0; v < VECTORS; v++) STORE(sum[r][v], resting + r * PANEL + v * WIDTH);
          resting += ROWS * PANEL;
          continue;
        }
        resting += ROWS * PANEL;
#endif
        // Through memory, so that the epilogue stands here once and not once for each register.
#pragma unroll
        for (int r = 0; r < ROWS; r++)
#pragma unroll
          for (int v = 0; v < VECTORS; v++) STORE(sum[r][v], result + r * PANEL + v * WIDTH);
        int tileRows = min((long)ROWS, rowTo - row);
        int lanesFrom = column - first;
        int lanesTo = min((long)PANEL, columnTo - first);
#pragma nounroll
        for (int r = 0; r < tileRows; r++) {
          int lane = lanesFrom;
#ifdef FINISH_VECTOR
          if (lane % WIDTH == 0)
#pragma nounroll
            for (; lane + WIDTH <= lanesTo; lane += WIDTH)
              FINISH_VECTOR(batch, row + r, first + lane, LOAD(result + r * PANEL + lane));
#endif
#pragma nounroll
          for (; lane < lanesTo; lane++)
            FINISH_ELEMENT(batch, row + r, first + lane, result[r * PANEL + lane]);
        }
      }
    }
  }
}
