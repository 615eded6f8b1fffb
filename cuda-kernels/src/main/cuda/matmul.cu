// Batched matrix product (batch, rows, depth) x (batch, depth, columns) on the cores that multiply
// and add one number at a time: float32, float64, int32 and int64, any strides.
//
// A block of threads computes tiles of ROWS x COLUMNS elements. The depth goes in slices of
// SLICE steps, two of them in shared memory: while one is multiplied, the next is on its way
// from global memory to registers. Both operands lie there as rows of one step, so that a thread
// reads vectors of 16 bytes of each. A warp owns a rectangle of the tile, and each of its
// threads THREAD_ROWS x THREAD_COLUMNS elements of that, in chunks of a vector, so that the 32
// threads together read few different vectors, from different banks. For N steps of the depth a
// tile reads (ROWS + COLUMNS) * N elements for 2 * ROWS * COLUMNS * N operations.
//
//   tile          slice  threads  a thread's part   for
//   128 x 128        8     256    8 x 8             large products of float32
//   64 x 64       16 / 8   128    8 x 4             where there are too few of those; float64
//   32 x 32       16 / 8    64    4 x 4             small products, integers
//   32 x 4        64 / 32  128    1 x 1             few columns, as fast as memory is
//
// A step of the large tile is 64 multiply-adds of a thread for 4 loads from shared memory. With
// 128 registers a thread and 16.5 KiB a block, two blocks share a multiprocessor. The share of the
// limit is not measured yet.
//
// Each element is one chain of fused multiply-adds in ascending depth, from +0. So the depth is
// never split among threads, and a last, shorter slice takes as many steps as there are: another
// multiply-add of zeros would turn -0 into 0.
//
// The results are not stored here. What becomes of them is written into the PTX where the marks of
// product.cuh stand. Every element is handed over once. For that the tile goes through shared memory, a row of each
// thread at a time: so a mark stands here once, and not once for each register, and neighbouring
// threads have neighbouring elements.

#include "product.cuh"

// ---- numbers

DEVICE float multiplyAdd(float a, float b, float c) { return __fmaf_rn(a, b, c); }
DEVICE double multiplyAdd(double a, double b, double c) { return __fma_rn(a, b, c); }
DEVICE int multiplyAdd(int a, int b, int c) { return int(unsigned(a) * unsigned(b) + unsigned(c)); }
DEVICE Long multiplyAdd(Long a, Long b, Long c) {
  return Long(Unsigned(a) * Unsigned(b) + Unsigned(c));
}

// ---- operands

// A thread's part of the slices of an operand, from global to shared memory. The "index"
// is the row of the left operand and the column of the right one. Vectors lie along what is inner in
// the operand: the depth, or the index.
template <typename T, int TILE, int SLICE, int THREADS, int PITCH> struct Fetch {
  static const int WIDTH = Vector<T>::WIDTH;
  static const int ALL = TILE * SLICE / WIDTH;
  static const int VECTORS = (ALL + THREADS - 1) / THREADS;

  // From a thread's vector to its next one: so many indices, or so many steps.
  static const int INDICES = THREADS / (SLICE / WIDTH);
  static const int STEPS = THREADS / (TILE / WIDTH);

  static_assert(THREADS % (SLICE / WIDTH) == 0 && THREADS % (TILE / WIDTH) == 0, "a thread's part");

  bool depthInner;  // vectors lie along the depth
  bool packed;      // and may be loaded at once
  Long indexStride, depthStride;
  int step, index;  // in a slice, of the first element

  const T *place;
  int indices;  // that the tile has
  T lanes[VECTORS][WIDTH];

  DEVICE Fetch(const T *start, Long batchStride, Long indexStride, Long depthStride)
      : indexStride(indexStride), depthStride(depthStride) {
    depthInner = indexStride != 1 && (depthStride == 1 || llabs(depthStride) < llabs(indexStride));
    Long outer = depthInner ? indexStride : depthStride;
    packed = (depthInner ? depthStride : indexStride) == 1 &&
             reinterpret_cast<Long>(start) % 16 == 0 && (batchStride | outer) % WIDTH == 0;
    int thread = threadIdx.x;
    step = depthInner ? thread % (SLICE / WIDTH) * WIDTH : thread / (TILE / WIDTH);
    index = depthInner ? thread / (SLICE / WIDTH) : thread % (TILE / WIDTH) * WIDTH;
  }

  // Goes to the first slice of a tile.
  DEVICE void begin(const T *tile, Long rest) {
    place = tile + index * indexStride + step * depthStride;
    indices = int(min(rest, Long(TILE)));
  }

  // Loads a slice of so many steps, with zeros beyond its ends, and goes to the next one.
  DEVICE void load(int steps) {
    Long along = depthInner ? depthStride : indexStride;
    Long between = depthInner ? INDICES * indexStride : STEPS * depthStride;
#pragma unroll
    for (int v = 0; v < VECTORS; v++) {
      int restIndices = indices - index - (depthInner ? v * INDICES : 0);
      int restSteps = steps - step - (depthInner ? 0 : v * STEPS);
      bool inside = depthInner ? restIndices > 0 : restSteps > 0;
      int valid = inside ? (depthInner ? restSteps : restIndices) : 0;
      const T *from = place + v * between;
      if (packed && valid >= WIDTH) {
        unpack<T>(__ldg(reinterpret_cast<const typename Vector<T>::Type *>(from)), lanes[v]);
      } else {
#pragma unroll
        for (int lane = 0; lane < WIDTH; lane++)
          lanes[v][lane] = lane < valid ? __ldg(from + lane * along) : T(0);
      }
    }
    place += SLICE * depthStride;
  }

  // Stores what was loaded.
  DEVICE void store(T *slice) const {
#pragma unroll
    for (int v = 0; v < VECTORS; v++) {
      if (ALL % THREADS != 0 && threadIdx.x + v * THREADS >= ALL) break;
      if (depthInner) {
#pragma unroll
        for (int lane = 0; lane < WIDTH; lane++)
          slice[(step + lane) * PITCH + index + v * INDICES] = lanes[v][lane];
      } else {
        T *to = slice + (step + v * STEPS) * PITCH + index;
        if (PITCH % WIDTH == 0) {
          *reinterpret_cast<typename Vector<T>::Type *>(to) = pack(lanes[v]);
        } else {
#pragma unroll
          for (int lane = 0; lane < WIDTH; lane++) to[lane] = lanes[v][lane];
        }
      }
    }
  }
};

// ---- tiles

template <typename T, int TILE_ROWS, int TILE_COLUMNS, int SLICE_STEPS, int PART_ROWS,
          int PART_COLUMNS, int LANES, bool PACKED>
struct Tile {
  static const int ROWS = TILE_ROWS;
  static const int COLUMNS = TILE_COLUMNS;
  static const int SLICE = SLICE_STEPS;

  // Of a thread.
  static const int THREAD_ROWS = PART_ROWS;
  static const int THREAD_COLUMNS = PART_COLUMNS;

  // Threads of a warp, beside and below each other.
  static const int LANE_ROWS = LANES;
  static const int LANE_COLUMNS = 32 / LANES;

  // Neighbouring rows of a thread, and neighbouring columns.
  static const int CHUNK = PACKED ? Vector<T>::WIDTH : 1;

  static const int WARP_ROWS = LANE_ROWS * THREAD_ROWS;
  static const int WARP_COLUMNS = LANE_COLUMNS * THREAD_COLUMNS;
  static const int THREADS = ROWS / WARP_ROWS * (COLUMNS / WARP_COLUMNS) * 32;

  // Rows of shared memory are longer, so that threads that store a vector of the depth meet
  // different banks.
  static const int LEFT_PITCH = ROWS + CHUNK;
  static const int RIGHT_PITCH = COLUMNS + CHUNK;

  static_assert(ROWS % WARP_ROWS == 0 && COLUMNS % WARP_COLUMNS == 0, "whole warps");
  static_assert(THREAD_ROWS % CHUNK == 0 && THREAD_COLUMNS % CHUNK == 0, "whole chunks");
};

// A thread's numbers of a step, from the first on, chunks apart from each other.
template <typename T, int COUNT, int CHUNK, int APART> DEVICE void read(const T *from, T *numbers) {
#pragma unroll
  for (int i = 0; i < COUNT; i += CHUNK) {
    if (CHUNK == Vector<T>::WIDTH) {
      unpack<T>(*reinterpret_cast<const typename Vector<T>::Type *>(from + i * APART), numbers + i);
    } else {
#pragma unroll
      for (int lane = 0; lane < CHUNK; lane++) numbers[i + lane] = from[i * APART + lane];
    }
  }
}

// One step of the depth.
template <typename T, typename TILE>
DEVICE void multiplyAdd(const T *left, const T *right, int step,
                        T (&sum)[TILE::THREAD_ROWS][TILE::THREAD_COLUMNS]) {
  T rows[TILE::THREAD_ROWS], columns[TILE::THREAD_COLUMNS];
  read<T, TILE::THREAD_ROWS, TILE::CHUNK, TILE::LANE_ROWS>(left + step * TILE::LEFT_PITCH, rows);
  read<T, TILE::THREAD_COLUMNS, TILE::CHUNK, TILE::LANE_COLUMNS>(
      right + step * TILE::RIGHT_PITCH, columns);
#pragma unroll
  for (int r = 0; r < TILE::THREAD_ROWS; r++)
#pragma unroll
    for (int c = 0; c < TILE::THREAD_COLUMNS; c++)
      sum[r][c] = multiplyAdd(rows[r], columns[c], sum[r][c]);
}

template <typename T, typename TILE>
DEVICE void product(const T *left, const T *right, const Parameters &all) {
  const int WIDTH = Vector<T>::WIDTH;
  const int ROWS = TILE::ROWS, COLUMNS = TILE::COLUMNS, SLICE = TILE::SLICE;
  const int THREAD_ROWS = TILE::THREAD_ROWS, THREAD_COLUMNS = TILE::THREAD_COLUMNS;
  const int CHUNK = TILE::CHUNK, THREADS = TILE::THREADS;
  const int LEFT_SLICE = SLICE * TILE::LEFT_PITCH, RIGHT_SLICE = SLICE * TILE::RIGHT_PITCH;
  __shared__ __align__(16) T shared[2 * (LEFT_SLICE + RIGHT_SLICE)];
  T *const leftSlices = shared;
  T *const rightSlices = shared + 2 * LEFT_SLICE;

  Fetch<T, ROWS, SLICE, THREADS, TILE::LEFT_PITCH> leftFetch(
      left, all.leftBatch, all.leftRow, all.leftDepth);
  Fetch<T, COLUMNS, SLICE, THREADS, TILE::RIGHT_PITCH> rightFetch(
      right, all.rightBatch, all.rightColumn, all.rightDepth);

  // Where the thread's first element is in the tile.
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const int warpRow = warp / (COLUMNS / TILE::WARP_COLUMNS);
  const int warpColumn = warp % (COLUMNS / TILE::WARP_COLUMNS);
  const int laneRow = lane / TILE::LANE_COLUMNS, laneColumn = lane % TILE::LANE_COLUMNS;
  const int threadRow = warpRow * TILE::WARP_ROWS + laneRow * CHUNK;
  const int threadColumn = warpColumn * TILE::WARP_COLUMNS + laneColumn * CHUNK;

  const bool vectors = aligned();
  const Tiles<ROWS, COLUMNS> tiles(all);
  for (Long tile = blockIdx.x; tile < tiles.count; tile += gridDim.x) {
    Long batch, firstRow, firstColumn;
    tiles.find(tile, batch, firstRow, firstColumn);
    const int rows = int(min(all.rows - firstRow, Long(ROWS)));
    const int columns = int(min(all.columns - firstColumn, Long(COLUMNS)));

    T sum[THREAD_ROWS][THREAD_COLUMNS];
#pragma unroll
    for (int r = 0; r < THREAD_ROWS; r++)
#pragma unroll
      for (int c = 0; c < THREAD_COLUMNS; c++) sum[r][c] = 0;

    leftFetch.begin(left + batch * all.leftBatch + firstRow * all.leftRow, rows);
    rightFetch.begin(right + batch * all.rightBatch + firstColumn * all.rightColumn, columns);
    // Nothing is there for a warp beyond the ends.
    const bool works =
        warpRow * TILE::WARP_ROWS < rows && warpColumn * TILE::WARP_COLUMNS < columns;
    int steps = int(min(all.depth, Long(SLICE)));
    leftFetch.load(steps);
    rightFetch.load(steps);
    leftFetch.store(leftSlices);
    rightFetch.store(rightSlices);
    __syncthreads();
    int current = 0;
    for (Long rest = all.depth; rest > 0; rest -= SLICE) {
      const int next = int(min(rest - SLICE, Long(SLICE)));
      if (next > 0) {
        leftFetch.load(next);
        rightFetch.load(next);
      }
      if (works) {
        const T *leftSlice = leftSlices + current * LEFT_SLICE + threadRow;
        const T *rightSlice = rightSlices + current * RIGHT_SLICE + threadColumn;
        if (next >= 0) {
#pragma unroll
          for (int step = 0; step < SLICE; step++)
            multiplyAdd<T, TILE>(leftSlice, rightSlice, step, sum);
        } else {
#pragma unroll 1
          for (int step = 0; step < int(rest); step++)
            multiplyAdd<T, TILE>(leftSlice, rightSlice, step, sum);
        }
      }
      current = 1 - current;
      if (next > 0) {
        leftFetch.store(leftSlices + current * LEFT_SLICE);
        rightFetch.store(rightSlices + current * RIGHT_SLICE);
      }
      // Nobody reads before all have stored, nor stores again before all have read.
      __syncthreads();
    }

    // A row of each thread at a time, which then are the thread's first ones.
#pragma unroll 1
    for (int pass = 0; pass < THREAD_ROWS; pass++) {
      T *const mine = shared + (warpRow * TILE::LANE_ROWS + laneRow) * COLUMNS + threadColumn;
#pragma unroll
      for (int c = 0; c < THREAD_COLUMNS; c += CHUNK)
#pragma unroll
        for (int i = 0; i < CHUNK; i++) mine[c * TILE::LANE_COLUMNS + i] = sum[0][c + i];
#pragma unroll
      for (int r = 0; r + 1 < THREAD_ROWS; r++)
#pragma unroll
        for (int c = 0; c < THREAD_COLUMNS; c++) sum[r][c] = sum[r + 1][c];
      __syncthreads();
#pragma unroll 1
      for (int v = threadIdx.x; v < ROWS / THREAD_ROWS * (COLUMNS / WIDTH); v += THREADS) {
        const int line = v / (COLUMNS / WIDTH), column = v % (COLUMNS / WIDTH) * WIDTH;
        const int row = line / TILE::LANE_ROWS * TILE::WARP_ROWS +
                        pass / CHUNK * TILE::LANE_ROWS * CHUNK + line % TILE::LANE_ROWS * CHUNK +
                        pass % CHUNK;
        if (row >= rows) continue;
        const T *values = shared + line * COLUMNS + column;
        if (vectors && column + WIDTH <= columns) {
          T lanes[WIDTH];
          unpack<T>(*reinterpret_cast<const typename Vector<T>::Type *>(values), lanes);
          vector(batch, firstRow + row, firstColumn + column, lanes);
        } else {
#pragma unroll 1
          for (int i = 0; i < min(WIDTH, columns - column); i++)
            element(batch, firstRow + row, firstColumn + column + i, values[i]);
        }
      }
      __syncthreads();
    }
  }
}

#define PRODUCT(NAME, T, BLOCKS, ...)                                                             \
  extern "C" __global__ void __launch_bounds__(Tile<T, __VA_ARGS__>::THREADS, BLOCKS)             \
      NAME(const T *left, const T *right, Long leftBatch, Long leftRow, Long leftDepth,           \
           Long rightBatch, Long rightColumn, Long rightDepth, Long rows, Long columns,           \
           Long depth, Long batch) {                                                              \
    product<T, Tile<T, __VA_ARGS__>>(                                                             \
        left, right,                                                                              \
        Parameters{leftBatch, leftRow, leftDepth, rightBatch, rightColumn, rightDepth, rows,      \
                   columns, depth, batch});                                                       \
  }

PRODUCT(float32_128x128, float, 2, 128, 128, 8, 8, 8, 8, true)
PRODUCT(float32_64x64, float, 4, 64, 64, 16, 8, 4, 8, true)
PRODUCT(float32_32x32, float, 8, 32, 32, 16, 4, 4, 8, true)
PRODUCT(float32_32x4, float, 6, 32, 4, 64, 1, 1, 32, false)
PRODUCT(float64_64x64, double, 3, 64, 64, 8, 8, 4, 8, true)
PRODUCT(float64_32x32, double, 6, 32, 32, 8, 4, 4, 8, true)
PRODUCT(float64_32x4, double, 6, 32, 4, 32, 1, 1, 32, false)
PRODUCT(int32_32x32, int, 8, 32, 32, 16, 4, 4, 8, true)
PRODUCT(int64_32x32, Long, 6, 32, 32, 8, 4, 4, 8, true)
