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
//   RIGHT_PACKED  for each panel of columns and each span of the depth the item makes a copy of its
//                 own, which the tiles of its rows read from the first-level cache; zeros beyond the
//                 last column
//   otherwise     the operand itself, whose columns are neighbours; the last panel then starts
//                 early enough to end with the last column, and finishes only its own columns
//
// A depth beyond SPAN (with SPILL) goes in spans; between them the accumulators rest, unrounded, in
// the workspace: the chain is the same.
//
// Defined before this text: T, V, WIDTH, LOAD, STORE, FMA, FINISH_PARAMETERS, FINISH_ELEMENT,
// FINISH_VECTOR (not where rows and columns have changed roles), ROWS, VECTORS, DEPTH_BLOCK,
// SPAN, a multiple of DEPTH_BLOCK, and the choices above.

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
#define RIGHT(vector) b[vector]
#define RIGHT_STEP VECTORS
#define RIGHT_POINTER const V *
#else
#define RIGHT(vector) LOAD(b + (vector) * WIDTH)
#define RIGHT_STEP rightDepth
#define RIGHT_POINTER __global const T *
#endif

// One step of the depth for a whole tile.
#define MULTIPLY_ADD(step)                                \
  {                                                       \
    V right[VECTORS];                                     \
    _Pragma("unroll") for (int v = 0; v < VECTORS; v++)   \
      right[v] = RIGHT(v);                                \
    _Pragma("unroll") for (int r = 0; r < ROWS; r++) {    \
      V left = (V)(LEFT(r, step));                      \
      _Pragma("unroll") for (int v = 0; v < VECTORS; v++) \
        sum[r][v] = FMA(left, right[v], sum[r][v]);       \
    }                                                     \
    b += RIGHT_STEP;                                      \
  }

#ifdef RIGHT_PACKED
// Copies a span of a panel: for each step PANEL elements.
static void KERNEL_pack(V *panel, __global const T *source, long sourceColumn, long sourceDepth,
                        int valid, int steps) {
  int step = 0;
  if (valid == PANEL) {
#if defined(RIGHT_COLUMNS_INNER)
    for (; step < steps; step++) {
      V row[VECTORS];
#pragma unroll
      for (int v = 0; v < VECTORS; v++) row[v] = LOAD(source + step * sourceDepth + v * WIDTH);
#pragma unroll
      for (int v = 0; v < VECTORS; v++) panel[step * VECTORS + v] = row[v];
    }
#elif defined(RIGHT_DEPTH_INNER) && WIDTH > 1
    // Squares of WIDTH x WIDTH, transposed by log2(WIDTH) rounds of interleaving.
    for (; step + WIDTH <= steps; step += WIDTH)
#pragma nounroll
      for (int i = 0; i < PANEL; i += WIDTH) {
        V square[WIDTH];
#pragma unroll
        for (int w = 0; w < WIDTH; w++) square[w] = LOAD(source + (i + w) * sourceColumn + step);
#pragma unroll
        for (int round = 1; round < WIDTH; round *= 2) {
          V mixed[WIDTH];
#pragma unroll
          for (int w = 0; w < WIDTH / 2; w++) {
            mixed[2 * w].even = square[w].lo;
            mixed[2 * w].odd = square[w + WIDTH / 2].lo;
            mixed[2 * w + 1].even = square[w].hi;
            mixed[2 * w + 1].odd = square[w + WIDTH / 2].hi;
          }
#pragma unroll
          for (int w = 0; w < WIDTH; w++) square[w] = mixed[w];
        }
#pragma unroll
        for (int w = 0; w < WIDTH; w++) panel[(step + w) * VECTORS + i / WIDTH] = square[w];
      }
#endif
  }
#pragma nounroll
  for (; step < steps; step++)
#pragma nounroll
    for (int i = 0; i < PANEL; i++)
      ((T *)panel)[step * PANEL + i] = i < valid ? source[i * sourceColumn + step * sourceDepth] : 0;
}
#endif

#ifdef SPILL
#define SPILL_PARAMETERS __global uchar *spillMemory, ulong spillOffset,
#else
#define SPILL_PARAMETERS
#endif

__kernel void KERNEL(__global uchar *leftMemory, ulong leftOffset, __global uchar *rightMemory,
                     ulong rightOffset, SPILL_PARAMETERS long leftBatch, long leftRow, long leftDepth, long rightBatch,
                     long rightColumn, long rightDepth, long rows, long columns, long depth,
                     long rowBlock, long columnBlock, long rowBlocks,
                     long columnBlocks FINISH_PARAMETERS) {
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
  V result[ROWS * VECTORS];
#ifdef RIGHT_PACKED
  V panel[SPAN * VECTORS];
#endif

#ifdef SPILL
  for (long from = 0; from < depth; from += SPAN) {
#else
  const long from = 0;
  {
#endif
    long steps = min((long)SPAN, depth - from);
#ifdef SPILL
    __global T *resting = spill;
#endif
    for (long column = columnFrom; column < columnTo; column += PANEL) {
#ifdef RIGHT_PACKED
      long first = column;
      RIGHT_POINTER bStart = panel;
      KERNEL_pack(panel, rightStart + column * rightColumn + from * rightDepth, rightColumn,
                  rightDepth, min((long)PANEL, columns - column), steps);
#else
      long first = min(column, columns - PANEL);
      RIGHT_POINTER bStart = rightStart + first + from * rightDepth;
#endif
      for (long row = rowFrom; row < rowTo; row += ROWS) {
        RIGHT_POINTER b = bStart;
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
        if (from + SPAN < depth) {
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
          for (int v = 0; v < VECTORS; v++) result[r * VECTORS + v] = sum[r][v];
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
              FINISH_VECTOR(batch, row + r, first + lane, result[r * VECTORS + lane / WIDTH]);
#endif
#pragma nounroll
          for (; lane < lanesTo; lane++)
            FINISH_ELEMENT(batch, row + r, first + lane, ((const T *)result)[r * PANEL + lane]);
        }
      }
    }
  }
}
