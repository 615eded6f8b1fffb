// Batched matrix product (batch, rows, depth) x (batch, depth, columns) of few columns, on the
// cores that multiply and add one number at a time: float32 and float64, any strides.
//
// For chips from sm_80 on.
//
// Such a product takes as long as its left operand takes to come from memory, and each element is
// one chain of fused multiply-adds in ascending depth, from +0, so depth is not split among
// threads. 4096 rows are 128 tiles, about one for each multiprocessor of a large chip: so a block
// by itself has to have as many bytes on their way as memory's latency takes. They go to a ring of
// stages in shared memory (cp.async), beside the threads; of 5 stages 4 are on their way while one
// is multiplied.
//
//   tile     slice  stages  threads  a thread's part  shared memory  on their way
//   32 x 8   256 B     5      128      1 x 2             51 KiB         32 KiB
//
// All threads copy. A warp multiplies all rows of a tile by one column, and at once by the one 4
// columns later if there is one: of a vector the first warp does, and the others only copy. If a
// chain of float32 takes a step every 4 cycles, a tile takes in 32 B a cycle; a multiprocessor of
// an H200 gets about 21 B a cycle from memory. Three blocks share a multiprocessor where there are
// as many. The share of the limit is not measured yet.
//
// The left operand lies in a stage as it does in global memory: in lines along the depth where its
// elements are neighbours there, else in lines along the rows. The pieces of 16 bytes of a line
// along the depth are swapped with each other, by the line's number, so that eight threads, which
// read pieces of eight lines, meet different banks. What does not lie in whole pieces is copied
// element by element. The right operand always is, and lies there in lines along the depth.
//
// What becomes of the results is written where the mark of product.cuh stands.

#include "copies.cuh"
#include "product.cuh"

DEVICE float multiplyAdd(float a, float b, float c) { return __fmaf_rn(a, b, c); }
DEVICE double multiplyAdd(double a, double b, double c) { return __fma_rn(a, b, c); }

// ---- tiles

template <typename T> struct Tile {
  static const int ROWS = 32;
  static const int COLUMNS = 8;
  static const int THREADS = 128;
  static const int STAGES = 5;
  static const int WIDTH = Vector<T>::WIDTH;

  // Steps of the depth.
  static const int SLICE = 256 / sizeof(T);

  // Of a thread: columns that are so far from each other.
  static const int APART = THREADS / ROWS;
  static const int CHAINS = COLUMNS / APART;

  // Pieces of the left operand that a thread copies.
  static const int PIECES = ROWS * SLICE / WIDTH / THREADS;

  // A column of the right operand begins in other banks than the one before.
  static const int PITCH = SLICE + WIDTH;

  static const int LEFT_BYTES = ROWS * SLICE * sizeof(T);
  static const int STAGE_BYTES = LEFT_BYTES + COLUMNS * PITCH * sizeof(T);
  static const int BYTES = STAGES * STAGE_BYTES;
};

// Where a piece of a line along the depth is in a slice of the left operand, in bytes.
template <typename T> DEVICE unsigned placeOf(int row, int piece) {
  return (row * (Tile<T>::SLICE / Tile<T>::WIDTH) + (piece ^ row % 8)) * PIECE;
}

// ---- operands

// A thread's part of the slices of the left operand.
template <typename T> struct Lefts {
  typedef Tile<T> TILE;
  static const int WIDTH = TILE::WIDTH;

  // From a thread's piece to its next one: so many rows, or so many steps.
  static const int ROWS = TILE::THREADS / (TILE::SLICE / WIDTH);
  static const int STEPS = TILE::THREADS / (TILE::ROWS / WIDTH);

  static_assert(ROWS % 8 == 0, "all pieces of a thread are swapped alike");

  bool depthInner;  // lines go along the depth
  bool packed;      // pieces may be copied at once
  Long rowStride, depthStride;
  int step, row;  // in a slice, of the first element
  unsigned to;    // in a slice, of the first piece

  const T *place;
  int rows;  // that the tile has

  DEVICE Lefts(const T *start, const Parameters &all)
      : rowStride(all.leftRow), depthStride(all.leftDepth) {
    depthInner = rowStride != 1 && (depthStride == 1 || llabs(depthStride) < llabs(rowStride));
    const Long outer = depthInner ? rowStride : depthStride;
    packed = (depthInner ? depthStride : rowStride) == 1 &&
             reinterpret_cast<Long>(start) % PIECE == 0 && (all.leftBatch | outer) % WIDTH == 0;
    const int pieces = (depthInner ? TILE::SLICE : TILE::ROWS) / WIDTH;
    const int line = threadIdx.x / pieces, piece = threadIdx.x % pieces;
    to = depthInner ? placeOf<T>(line, piece) : threadIdx.x * PIECE;
    step = depthInner ? piece * WIDTH : line;
    row = depthInner ? line : piece * WIDTH;
  }

  // Goes to the first slice of a tile.
  DEVICE void begin(const T *tile, int rest) {
    place = tile + row * rowStride + step * depthStride;
    rows = rest;
  }

  // Begins to copy a slice of so many steps, and goes to the next one. Beyond the ends there is
  // what was there before, which changes nothing that is handed over.
  DEVICE void copy(unsigned slice, int steps) {
    const Long along = depthInner ? depthStride : rowStride;
    const Long between = depthInner ? ROWS * rowStride : STEPS * depthStride;
#pragma unroll
    for (int p = 0; p < TILE::PIECES; p++) {
      const int restRows = rows - row - (depthInner ? p * ROWS : 0);
      const int restSteps = steps - step - (depthInner ? 0 : p * STEPS);
      if (restRows <= 0 || restSteps <= 0) continue;
      const int valid = min(WIDTH, depthInner ? restSteps : restRows);
      const unsigned target = slice + to + p * TILE::THREADS * PIECE;
      const T *from = place + p * between;
      if (packed) {
        copyPiece(target, from, valid * int(sizeof(T)));
      } else {
#pragma unroll
        for (int lane = 0; lane < WIDTH; lane++)
          if (lane < valid) copyElement(target + lane * int(sizeof(T)), from + lane * along);
      }
    }
    place += TILE::SLICE * depthStride;
  }
};

// A thread's part of the slices of the right operand. Neighbouring threads copy neighbouring
// columns where these are neighbours in memory, else neighbouring steps.
template <typename T> struct Rights {
  typedef Tile<T> TILE;
  static const int ELEMENTS = TILE::SLICE * TILE::COLUMNS / TILE::THREADS;

  Long columnStride, depthStride;
  int step, column;           // of the first element
  int nextStep, nextColumn;  // from one element to the next

  const T *place;
  int columns;  // that the tile has

  DEVICE explicit Rights(const Parameters &all)
      : columnStride(all.rightColumn), depthStride(all.rightDepth) {
    const bool depthInner = columnStride != 1;
    const int thread = threadIdx.x;
    step = depthInner ? thread % TILE::SLICE : thread / TILE::COLUMNS;
    column = depthInner ? thread / TILE::SLICE : thread % TILE::COLUMNS;
    nextStep = depthInner ? 0 : TILE::THREADS / TILE::COLUMNS;
    nextColumn = depthInner ? TILE::THREADS / TILE::SLICE : 0;
  }

  DEVICE void begin(const T *tile, int rest) {
    place = tile + column * columnStride + step * depthStride;
    columns = rest;
  }

  DEVICE void copy(unsigned slice, int steps) {
    const Long between = nextColumn * columnStride + nextStep * depthStride;
#pragma unroll
    for (int e = 0; e < ELEMENTS; e++) {
      const int toColumn = column + e * nextColumn, toStep = step + e * nextStep;
      if (toColumn < columns && toStep < steps)
        copyElement(slice + (toColumn * TILE::PITCH + toStep) * int(sizeof(T)),
                    place + e * between);
    }
    place += TILE::SLICE * depthStride;
  }
};

// ---- multiplying

// A number of a row, whose lines go along the depth or along the rows.
template <typename T, bool DEPTH_INNER>
DEVICE T number(const char *slice, int row, int step) {
  typedef Tile<T> TILE;
  const T *line = reinterpret_cast<const T *>(
      slice + (DEPTH_INNER ? placeOf<T>(row, step / TILE::WIDTH)
                           : step * TILE::ROWS * unsigned(sizeof(T))));
  return line[DEPTH_INNER ? step % TILE::WIDTH : row];
}

// The thread's numbers of a row, from a step on that begins a piece.
template <typename T, bool DEPTH_INNER>
DEVICE void numbers(const char *slice, int row, int step, T *lanes) {
  if (DEPTH_INNER) {
    const char *piece = slice + placeOf<T>(row, step / Tile<T>::WIDTH);
    unpack<T>(*reinterpret_cast<const typename Vector<T>::Type *>(piece), lanes);
  } else {
#pragma unroll
    for (int lane = 0; lane < Tile<T>::WIDTH; lane++)
      lanes[lane] = number<T, false>(slice, row, step + lane);
  }
}

// The steps of a piece.
template <typename T, bool DEPTH_INNER, int CHAINS>
DEVICE void multiplyAddPiece(const char *left, const T *right, int row, int step,
                             T (&sum)[Tile<T>::CHAINS]) {
  const int WIDTH = Tile<T>::WIDTH, NEXT = Tile<T>::APART * Tile<T>::PITCH;
  T lefts[WIDTH], rights[CHAINS][WIDTH];
  numbers<T, DEPTH_INNER>(left, row, step, lefts);
#pragma unroll
  for (int c = 0; c < CHAINS; c++)
    unpack<T>(*reinterpret_cast<const typename Vector<T>::Type *>(right + c * NEXT + step),
              rights[c]);
#pragma unroll
  for (int lane = 0; lane < WIDTH; lane++)
#pragma unroll
    for (int c = 0; c < CHAINS; c++) sum[c] = multiplyAdd(lefts[lane], rights[c][lane], sum[c]);
}

// So many steps of so many chains, from the beginning of a slice on.
template <typename T, bool DEPTH_INNER, int CHAINS>
DEVICE void multiplyAddSlice(const char *left, const T *right, int row, int steps,
                             T (&sum)[Tile<T>::CHAINS]) {
  const int WIDTH = Tile<T>::WIDTH, NEXT = Tile<T>::APART * Tile<T>::PITCH;
  if (steps == Tile<T>::SLICE) {
#pragma unroll
    for (int step = 0; step < Tile<T>::SLICE; step += WIDTH)
      multiplyAddPiece<T, DEPTH_INNER, CHAINS>(left, right, row, step, sum);
    return;
  }
  int step = 0;
#pragma unroll 4
  for (; step + WIDTH <= steps; step += WIDTH)
    multiplyAddPiece<T, DEPTH_INNER, CHAINS>(left, right, row, step, sum);
#pragma unroll 1
  for (; step < steps; step++)
#pragma unroll
    for (int c = 0; c < CHAINS; c++)
      sum[c] = multiplyAdd(number<T, DEPTH_INNER>(left, row, step), right[c * NEXT + step], sum[c]);
}

template <typename T, bool DEPTH_INNER>
DEVICE void multiplyAddStage(const char *stage, int row, int column, int columns, int steps,
                             T (&sum)[Tile<T>::CHAINS]) {
  const T *right = reinterpret_cast<const T *>(stage + Tile<T>::LEFT_BYTES) +
                   column * Tile<T>::PITCH;
  static_assert(Tile<T>::CHAINS == 2, "one chain or two");
  if (column + Tile<T>::APART < columns) {
    multiplyAddSlice<T, DEPTH_INNER, 2>(stage, right, row, steps, sum);
  } else if (column < columns) {
    multiplyAddSlice<T, DEPTH_INNER, 1>(stage, right, row, steps, sum);
  }
}

extern __shared__ __align__(1024) char dynamic[];

template <typename T>
DEVICE void product(const T *left, const T *right, const Parameters &all) {
  typedef Tile<T> TILE;
  const int ROWS = TILE::ROWS, COLUMNS = TILE::COLUMNS, SLICE = TILE::SLICE;
  const int STAGES = TILE::STAGES, STAGE = TILE::STAGE_BYTES, CHAINS = TILE::CHAINS;
  // Java has a launch give a block so many bytes of shared memory.
  asm volatile("SHARED %0;" ::"n"(TILE::BYTES));
  const unsigned stages = unsigned(__cvta_generic_to_shared(dynamic));
  Lefts<T> lefts(left, all);
  Rights<T> rights(all);
  const int row = threadIdx.x % ROWS, column = threadIdx.x / ROWS;

  const Tiles<ROWS, COLUMNS> tiles(all);
  for (Long tile = blockIdx.x; tile < tiles.count; tile += gridDim.x) {
    Long batch, firstRow, firstColumn;
    tiles.find(tile, batch, firstRow, firstColumn);
    const int rows = int(min(all.rows - firstRow, Long(ROWS)));
    const int columns = int(min(all.columns - firstColumn, Long(COLUMNS)));
    lefts.begin(left + batch * all.leftBatch + firstRow * all.leftRow, rows);
    rights.begin(right + batch * all.rightBatch + firstColumn * all.rightColumn, columns);

    // Each slice is a group of copies, and so are those that are not there.
    Long toCopy = all.depth;
    int filled = 0;
    auto copy = [&]() {
      if (toCopy > 0) {
        const int steps = int(min(toCopy, Long(SLICE)));
        lefts.copy(stages + filled, steps);
        rights.copy(stages + filled + TILE::LEFT_BYTES, steps);
        toCopy -= SLICE;
        filled = filled + STAGE == STAGES * STAGE ? 0 : filled + STAGE;
      }
      commit();
    };
#pragma unroll 1
    for (int s = 0; s < STAGES - 1; s++) copy();
    T sum[CHAINS] = {};
    int read = 0;
#pragma unroll 1
    for (Long rest = all.depth; rest > 0; rest -= SLICE) {
      await<STAGES - 2>();
      // All have this slice, and nobody reads the one before, whose place is filled next.
      __syncthreads();
      copy();
      const int steps = int(min(rest, Long(SLICE)));
      if (lefts.depthInner) {
        multiplyAddStage<T, true>(dynamic + read, row, column, columns, steps, sum);
      } else {
        multiplyAddStage<T, false>(dynamic + read, row, column, columns, steps, sum);
      }
      read = read + STAGE == STAGES * STAGE ? 0 : read + STAGE;
    }
    // The next tile begins to fill the ring.
    __syncthreads();

    // One of the chains at a time, which then is the first one.
#pragma unroll 1
    for (int c = column; c < columns && row < rows; c += TILE::APART) {
      element(batch, firstRow + row, firstColumn + c, sum[0]);
      sum[0] = sum[1];
    }
  }
}

#define PRODUCT(NAME, T)                                                                          \
  extern "C" __global__ void __launch_bounds__(Tile<T>::THREADS, 3)                               \
      NAME(const T *left, const T *right, Long leftBatch, Long leftRow, Long leftDepth,           \
           Long rightBatch, Long rightColumn, Long rightDepth, Long rows, Long columns,           \
           Long depth, Long batch) {                                                              \
    product<T>(left, right,                                                                       \
               Parameters{leftBatch, leftRow, leftDepth, rightBatch, rightColumn, rightDepth,     \
                          rows, columns, depth, batch});                                          \
  }

PRODUCT(float32_32x8, float)
PRODUCT(float64_32x8, double)
