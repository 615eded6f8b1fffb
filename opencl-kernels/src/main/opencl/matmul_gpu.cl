// Matrix product for devices of many short work-items in groups that share local memory: GPUs.
//
// A group of LOCAL work-items computes a tile of TILE_ROWS x TILE_COLUMNS elements, each item
// ROWS x (VECTORS * WIDTH) of them in registers. The depth goes in slices of SLICE steps, two in
// local memory: while one is multiplied the next is on its way from global memory to registers. The
// left slice lies transposed, so that a step reads vectors of both. Items of a square of 8 x 4 stay
// together, so that a warp reads few different vectors of a step. Each element is one chain in
// ascending depth; a last, shorter slice takes as many steps as there are, for a multiply-add of
// zeros would turn -0 into 0.
//
// Bytes of global memory for 2 * TILE_ROWS * TILE_COLUMNS operations and a step of the depth:
// (TILE_ROWS + TILE_COLUMNS) * sizeof(T). Operands are read along what is inner in them, by fours
// where WIDTH is 4: LEFT_DEPTH_INNER or LEFT_ROWS_INNER, RIGHT_DEPTH_INNER or RIGHT_COLUMNS_INNER;
// neither: element by element. Groups that follow each other share rows and columns of tiles, STRIPE
// rows of tiles together.
//
// Defined before this text: T, V, WIDTH (1 or 4), LOAD, STORE, FMA, FINISH_PARAMETERS,
// FINISH_ELEMENT, FINISH_VECTOR (where WIDTH is 4 and rows are rows), TILE_ROWS, TILE_COLUMNS,
// ROWS, VECTORS, SLICE, STRIPE and the choices above.

#define ITEM_COLUMNS (TILE_COLUMNS / (VECTORS * WIDTH))
#define ITEM_ROWS (TILE_ROWS / ROWS)
#define LOCAL (ITEM_ROWS * ITEM_COLUMNS)
// Rows are padded: items that store a column of a slice meet different banks.
#define LEFT_PITCH (TILE_ROWS + WIDTH)
#define RIGHT_PITCH (TILE_COLUMNS + WIDTH)
#define LEFT_VECTORS ((TILE_ROWS * SLICE / WIDTH + LOCAL - 1) / LOCAL)
#define RIGHT_VECTORS ((TILE_COLUMNS * SLICE / WIDTH + LOCAL - 1) / LOCAL)

// Where the i-th vector of a slice lies: its step and its row or column.
#define INNER_STEP(i) ((i) % (SLICE / WIDTH) * WIDTH)
#define INNER_INDEX(i) ((i) / (SLICE / WIDTH))
#define OUTER_STEP(i, tile) ((i) / ((tile) / WIDTH))
#define OUTER_INDEX(i, tile) ((i) % ((tile) / WIDTH) * WIDTH)

// A vector of neighbours, zeros beyond the ends.
static V KERNEL_fetch(__global const T *source, long stride, long valid) {
#if WIDTH == 1
  return valid > 0 ? *source : (T)0;
#else
  // Compilers for GPUs load the parts of what may be misaligned one by one.
  if (stride == 1 && valid >= WIDTH)
    return (ulong)source % sizeof(V) == 0 ? *(__global const V *)source : LOAD(source);
  return (V)(valid > 0 ? source[0] : (T)0, valid > 1 ? source[stride] : (T)0,
             valid > 2 ? source[2 * stride] : (T)0, valid > 3 ? source[3 * stride] : (T)0);
#endif
}

// A slice's part of this item, from global memory.
static void KERNEL_fetchAll(V *vectors, int count, int tile, bool depthInner,
                            __global const T *source, long index, long depth, long indices,
                            long steps, int item) {
#pragma unroll
  for (int n = 0; n < count; n++) {
    int i = item + n * LOCAL;
    if (depthInner) {
      int at = INNER_INDEX(i);
      int step = INNER_STEP(i);
      vectors[n] = KERNEL_fetch(source + at * index + step * depth, depth,
                                at < min(indices, (long)tile) ? steps - step : 0);
    } else {
      int at = OUTER_INDEX(i, tile);
      int step = OUTER_STEP(i, tile);
      vectors[n] = KERNEL_fetch(source + at * index + step * depth, index,
                                step < min(steps, (long)SLICE) ? indices - at : 0);
    }
  }
}

// The same part, to local memory: row s of a slice holds step s.
static void KERNEL_storeAll(const V *vectors, int count, int tile, int pitch, bool depthInner,
                            __local V *slice, int item) {
#pragma unroll
  for (int n = 0; n < count; n++) {
    int i = item + n * LOCAL;
    if (i < tile * SLICE / WIDTH) {
      if (depthInner) {
        __local T *first = (__local T *)slice + INNER_STEP(i) * pitch + INNER_INDEX(i);
#if WIDTH == 1
        *first = vectors[n];
#else
        first[0] = vectors[n].s0;
        first[pitch] = vectors[n].s1;
        first[2 * pitch] = vectors[n].s2;
        first[3 * pitch] = vectors[n].s3;
#endif
      } else {
        slice[(OUTER_STEP(i, tile) * pitch + OUTER_INDEX(i, tile)) / WIDTH] = vectors[n];
      }
    }
  }
}

#ifdef LEFT_DEPTH_INNER
#define LEFT_INNER true
#else
#define LEFT_INNER false
#endif
#ifdef RIGHT_DEPTH_INNER
#define RIGHT_INNER true
#else
#define RIGHT_INNER false
#endif

// An item's rows of a step, by vectors where they fill them.
#if ROWS % WIDTH == 0
#define LEFT_ITEM(step)                                    \
  _Pragma("unroll") for (int r = 0; r < ROWS; r += WIDTH)  \
      STORE(leftSlice[((step) * LEFT_PITCH + y * ROWS + r) / WIDTH], left + r);
#else
#define LEFT_ITEM(step)                                \
  _Pragma("unroll") for (int r = 0; r < ROWS; r++)     \
      left[r] = ((__local const T *)leftSlice)[(step) * LEFT_PITCH + y * ROWS + r];
#endif

// One step of the depth.
#define MULTIPLY_ADD(step)                                                         \
  {                                                                                \
    T left[ROWS];                                                                  \
    V right[VECTORS];                                                              \
    LEFT_ITEM(step)                                                                \
    _Pragma("unroll") for (int v = 0; v < VECTORS; v++)                            \
      right[v] = rightSlice[(step) * (RIGHT_PITCH / WIDTH) + v * ITEM_COLUMNS + x]; \
    _Pragma("unroll") for (int r = 0; r < ROWS; r++)                               \
      _Pragma("unroll") for (int v = 0; v < VECTORS; v++)                          \
        sum[r][v] = FMA((V)(left[r]), right[v], sum[r][v]);                        \
  }

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1))) void KERNEL(
    __global uchar *leftMemory, ulong leftOffset, __global uchar *rightMemory, ulong rightOffset,
    long leftBatch, long leftRow, long leftDepth, long rightBatch, long rightColumn,
    long rightDepth, long rows, long columns, long depth, long rowTiles,
    long columnTiles FINISH_PARAMETERS) {
  __local V leftSlices[2][SLICE * LEFT_PITCH / WIDTH];
  __local V rightSlices[2][SLICE * RIGHT_PITCH / WIDTH];
  int item = get_local_id(0);
#if ITEM_COLUMNS % 8 == 0 && ITEM_ROWS % 4 == 0
  int x = item % 8 + item / 32 % (ITEM_COLUMNS / 8) * 8;
  int y = item / 8 % 4 + item / (4 * ITEM_COLUMNS) * 4;
#else
  int x = item % ITEM_COLUMNS;
  int y = item / ITEM_COLUMNS;
#endif

  long group = get_group_id(0);
  long batch = group / (rowTiles * columnTiles);
  group -= batch * rowTiles * columnTiles;
  long stripe = group / (STRIPE * columnTiles) * STRIPE;
  long stripeRows = min(rowTiles - stripe, (long)STRIPE);
  group -= stripe * columnTiles;
  long row = (stripe + group % stripeRows) * TILE_ROWS;
  long column = group / stripeRows * TILE_COLUMNS;

  __global const T *left =
      AT(const T, leftMemory, leftOffset) + batch * leftBatch + row * leftRow;
  __global const T *right =
      AT(const T, rightMemory, rightOffset) + batch * rightBatch + column * rightColumn;

  V sum[ROWS][VECTORS];
#pragma unroll
  for (int r = 0; r < ROWS; r++)
#pragma unroll
    for (int v = 0; v < VECTORS; v++) sum[r][v] = (V)(0);

  V leftNext[LEFT_VECTORS];
  V rightNext[RIGHT_VECTORS];
  KERNEL_fetchAll(leftNext, LEFT_VECTORS, TILE_ROWS, LEFT_INNER, left, leftRow, leftDepth,
                  rows - row, depth, item);
  KERNEL_fetchAll(rightNext, RIGHT_VECTORS, TILE_COLUMNS, RIGHT_INNER, right, rightColumn,
                  rightDepth, columns - column, depth, item);
  KERNEL_storeAll(leftNext, LEFT_VECTORS, TILE_ROWS, LEFT_PITCH, LEFT_INNER, leftSlices[0], item);
  KERNEL_storeAll(rightNext, RIGHT_VECTORS, TILE_COLUMNS, RIGHT_PITCH, RIGHT_INNER,
                  rightSlices[0], item);
  barrier(CLK_LOCAL_MEM_FENCE);

  int current = 0;
  for (long step = 0; step < depth; step += SLICE) {
    long beyond = depth - step - SLICE;
    if (beyond > 0) {
      left += SLICE * leftDepth;
      right += SLICE * rightDepth;
      KERNEL_fetchAll(leftNext, LEFT_VECTORS, TILE_ROWS, LEFT_INNER, left, leftRow, leftDepth,
                      rows - row, beyond, item);
      KERNEL_fetchAll(rightNext, RIGHT_VECTORS, TILE_COLUMNS, RIGHT_INNER, right, rightColumn,
                      rightDepth, columns - column, beyond, item);
    }
    __local const V *leftSlice = leftSlices[current];
    __local const V *rightSlice = rightSlices[current];
    if (beyond >= 0) {
#pragma unroll
      for (int s = 0; s < SLICE; s++) MULTIPLY_ADD(s)
    } else {
      int last = depth - step;
      for (int s = 0; s < last; s++) MULTIPLY_ADD(s)
    }
    current = 1 - current;
    if (beyond > 0) {
      KERNEL_storeAll(leftNext, LEFT_VECTORS, TILE_ROWS, LEFT_PITCH, LEFT_INNER,
                      leftSlices[current], item);
      KERNEL_storeAll(rightNext, RIGHT_VECTORS, TILE_COLUMNS, RIGHT_PITCH, RIGHT_INNER,
                      rightSlices[current], item);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }

#pragma unroll
  for (int r = 0; r < ROWS; r++) {
    long at = row + y * ROWS + r;
#pragma unroll
    for (int v = 0; v < VECTORS; v++) {
      long first = column + (v * ITEM_COLUMNS + x) * WIDTH;
      if (at < rows && first < columns) {
#ifdef FINISH_VECTOR
        if (first + WIDTH <= columns) {
          FINISH_VECTOR(batch, at, first, sum[r][v]);
          continue;
        }
#endif
        T lanes[WIDTH];
        STORE(sum[r][v], lanes);
        int valid = min((long)WIDTH, columns - first);
        for (int lane = 0; lane < valid; lane++)
          FINISH_ELEMENT(batch, at, first + lane, lanes[lane]);
      }
    }
  }
}
