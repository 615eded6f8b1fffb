// Batched matrix product (batch, rows, depth) x (batch, depth, columns) on tensor cores: float16 and
// bfloat16, and float32 with its operands rounded to tf32, which has 10 bits of fraction; any
// strides. Products are exact; sums are float32, in the order and with the rounding that the chip's
// mma.sync has.
//
// For chips from sm_80 on.
//
// A block of threads computes tiles of ROWS x COLUMNS elements, a warp of it a rectangle of
// fragments of 16 x 8. The depth goes in slices, STAGES of them in shared memory: while one is
// multiplied, the others are on their way from global memory (cp.async, 16 bytes at a time). For N
// steps of the depth a tile reads (ROWS + COLUMNS) * N elements for 2 * ROWS * COLUMNS * N
// operations.
//
//   tile         slice  stages  threads  a warp's part  for
//   128 x 128    64 B      3      128      64 x 64      large products
//   64 x 64      64 B      3      128      32 x 32      where there are too few of those
//   32 x 16     128 B      4       64      16 x 16      few columns of halves, as fast as memory is
//
// A warp of the large tile reads 4 KiB of shared memory for 32 mma.sync, half of what the shared
// memory of an A100 delivers while its tensor cores do these. With 48 KiB and 128 threads of up to
// 255 registers two blocks share a multiprocessor. The share of the limit is not measured yet.
//
// An operand lies in shared memory as it does in global memory: in lines along the depth where its
// elements are neighbours there, else in lines along the index, the row of the left operand and the
// column of the right one. The pieces of 16 bytes of a line are swapped with each other, by the
// line's number, so that the lanes of a warp that read a fragment meet different banks.
//
// What is written into the PTX by Java, beside the marks of product.cuh, because it depends on the
// dtype of halves and on how they lie:
//   LEFT a0, a1, a2, a3, address     loads four matrices of 8 x 8 of the left operand: ldmatrix, with
//                                    .trans where lines go along the index
//   RIGHT b0, b1, b2, b3, address    the same of the right operand
//   MULTIPLY d0, ..., d3, a0, ..., a3, b0, b1, c0, ..., c3    mma.sync

#include "copies.cuh"
#include "product.cuh"

// ---- operands

typedef unsigned short Half;

// An operand's lines in shared memory, each so many pieces of 16 bytes. T is Half or float.
template <typename T, int TILE, int SLICE> struct Lines {
  static const int WIDTH = PIECE / sizeof(T);

  bool depthInner;  // lines go along the depth
  int pieces;       // of a line

  DEVICE explicit Lines(bool depthInner)
      : depthInner(depthInner), pieces((depthInner ? SLICE : TILE) / WIDTH) {}

  // Where a piece of a line is, in bytes from the slice on.
  DEVICE unsigned place(int line, int piece) const {
    return (line * pieces + (piece ^ swap(line))) * PIECE;
  }

  // Eight lines that are read together, or four of floats along the index, have all banks.
  DEVICE int swap(int line) const {
    if (sizeof(T) == 4 && !depthInner) return line % 4 * 2;
    return pieces >= 8 ? line % 8 : line / (8 / pieces) % pieces;
  }
};

// A thread's part of the slices of an operand, from global to shared memory.
template <typename T, int TILE, int SLICE, int THREADS> struct Fetch {
  static const int WIDTH = PIECE / sizeof(T);
  static const int PIECES = TILE * SLICE / WIDTH / THREADS;

  // From a thread's piece to its next one: so many indices, or so many steps.
  static const int INDICES = THREADS / (SLICE / WIDTH);
  static const int STEPS = THREADS / (TILE / WIDTH);

  static_assert(TILE * SLICE / WIDTH % THREADS == 0, "whole pieces");
  static_assert(INDICES % 8 == 0 && (STEPS % 8 == 0 || (sizeof(T) == 4 && STEPS % 4 == 0)),
                "all pieces of a thread are swapped alike");

  bool depthInner;
  bool packed;  // pieces may be copied at once
  Long indexStride, depthStride;
  int step, index;  // in a slice, of the first element
  unsigned to;      // in a slice, of the first piece

  const T *place;
  int indices;  // that the tile has

  DEVICE Fetch(const T *start, Long batchStride, Long indexStride, Long depthStride,
               bool depthInner)
      : depthInner(depthInner), indexStride(indexStride), depthStride(depthStride) {
    const Lines<T, TILE, SLICE> lines(depthInner);
    Long outer = depthInner ? indexStride : depthStride;
    packed = (depthInner ? depthStride : indexStride) == 1 &&
             reinterpret_cast<Long>(start) % PIECE == 0 && (batchStride | outer) % WIDTH == 0;
    const int line = threadIdx.x / lines.pieces, piece = threadIdx.x % lines.pieces;
    to = lines.place(line, piece);
    step = depthInner ? piece * WIDTH : line;
    index = depthInner ? line : piece * WIDTH;
  }

  // Goes to the first slice of a tile.
  DEVICE void begin(const T *tile, Long rest) {
    place = tile + index * indexStride + step * depthStride;
    indices = int(min(rest, Long(TILE)));
  }

  // Begins to copy a slice of so many steps, with zeros beyond its ends, and goes to the next one.
  DEVICE void copy(unsigned slice, int steps) {
    const Long along = depthInner ? depthStride : indexStride;
    const Long between = depthInner ? INDICES * indexStride : STEPS * depthStride;
#pragma unroll
    for (int p = 0; p < PIECES; p++) {
      const int restIndices = indices - index - (depthInner ? p * INDICES : 0);
      const int restSteps = steps - step - (depthInner ? 0 : p * STEPS);
      const bool inside = depthInner ? restIndices > 0 : restSteps > 0;
      const int valid =
          inside ? max(0, min(WIDTH, depthInner ? restSteps : restIndices)) : 0;
      copyPiece(slice + to + p * THREADS * PIECE, place + p * between, along, valid);
    }
    place += SLICE * depthStride;
  }

  DEVICE void copyPiece(unsigned target, const T *from, Long along, int valid) const {
    if (packed) {
      ::copyPiece(target, from, valid * int(sizeof(T)));
    } else {
      unsigned words[4] = {0, 0, 0, 0};
      if (valid > 0)
#pragma unroll
        for (int w = 0; w < 4; w++) words[w] = word(from, along, valid, w);
      asm volatile("st.shared.v4.b32 [%0], {%1, %2, %3, %4};" ::"r"(target), "r"(words[0]),
                   "r"(words[1]), "r"(words[2]), "r"(words[3]));
    }
  }

  // The bits of one float, or of two halves. In place of one beyond the end the last one is loaded,
  // so that there is no branch and all are on their way at once.
  DEVICE static unsigned word(const T *from, Long along, int valid, int number) {
    const int LANES = 4 / sizeof(T);
    unsigned bits = 0;
#pragma unroll
    for (int lane = 0; lane < LANES; lane++) {
      const int element = number * LANES + lane;
      const unsigned loaded = bitsOf(__ldg(from + min(element, valid - 1) * along));
      bits |= (element < valid ? loaded : 0) << (16 * lane);
    }
    return bits;
  }

  DEVICE static unsigned bitsOf(Half half) { return half; }
  DEVICE static unsigned bitsOf(float number) { return __float_as_uint(number); }
};

// ---- fragments

// What a lane reads of an operand: the place of an element is the sum of one part by its block of
// indices and one by its block of steps.
template <typename T, int TILE, int SLICE, int PART> struct Reader;

// Halves: blocks of 16 x 16 are four matrices of 8 x 8, and a lane has the address of one line of
// one of them. Their order is that of the fragments' registers: by index, then by step for the left
// operand, the other way round for the right one.
template <int TILE, int SLICE, int PART> struct Reader<Half, TILE, SLICE, PART> {
  static const int INDICES = PART / 16, STEPS = SLICE / 16;
  unsigned byIndex[INDICES], byStep[STEPS];

  DEVICE Reader(bool depthInner, int first, bool left) {
    const Lines<Half, TILE, SLICE> lines(depthInner);
    const int lane = threadIdx.x % 32, matrix = lane / 8;
    const int upper = left ? matrix % 2 : matrix / 2;  // of the indices
    const int later = left ? matrix / 2 : matrix % 2;  // of the steps
#pragma unroll
    for (int i = 0; i < INDICES; i++)
      byIndex[i] = depthInner ? (first + 16 * i + 8 * upper + lane % 8) * lines.pieces * PIECE
                              : ((first / 8 + 2 * i + upper) ^ lines.swap(lane % 8)) * PIECE;
#pragma unroll
    for (int s = 0; s < STEPS; s++)
      byStep[s] = depthInner ? ((2 * s + later) ^ lines.swap(lane % 8)) * PIECE
                             : (16 * s + 8 * later + lane % 8) * lines.pieces * PIECE;
  }
};

// Floats: blocks of 8 indices x 4 steps, of which a lane has one element.
template <int TILE, int SLICE, int PART> struct Reader<float, TILE, SLICE, PART> {
  static const int INDICES = PART / 8, STEPS = SLICE / 4;
  unsigned byIndex[INDICES], byStep[STEPS];

  DEVICE Reader(bool depthInner, int first, bool) {
    const Lines<float, TILE, SLICE> lines(depthInner);
    const int index = threadIdx.x % 32 / 4, step = threadIdx.x % 4;
    const int swap = lines.swap(depthInner ? index : step);
#pragma unroll
    for (int i = 0; i < INDICES; i++)
      byIndex[i] =
          depthInner
              ? (first + 8 * i + index) * lines.pieces * PIECE + step * 4
              : ((first / 4 + 2 * i + index / 4) ^ swap) * PIECE + index % 4 * 4;
#pragma unroll
    for (int s = 0; s < STEPS; s++)
      byStep[s] = depthInner ? (s ^ swap) * PIECE : (4 * s + step) * lines.pieces * PIECE;
  }
};

DEVICE unsigned tf32(unsigned address) {
  unsigned rounded;
  float number;
  asm volatile("ld.shared.f32 %0, [%1];" : "=f"(number) : "r"(address));
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(rounded) : "f"(number));
  return rounded;
}

// Fragments of a warp's part for one mma.sync of each: 16 x DEPTH of the left operand, DEPTH x 8 of
// the right one.
template <typename T, typename TILE> struct Fragments;

template <typename TILE> struct Fragments<Half, TILE> {
  static const int DEPTH = 16;
  unsigned left[TILE::WARP_ROWS / 16][4], right[TILE::WARP_COLUMNS / 8][2];

  template <typename LEFT, typename RIGHT>
  DEVICE void load(const LEFT &lefts, const RIGHT &rights, unsigned leftSlice,
                   unsigned rightSlice, int step) {
#pragma unroll
    for (int r = 0; r < TILE::WARP_ROWS / 16; r++)
      asm volatile("LEFT %0, %1, %2, %3, %4;"
                   : "=r"(left[r][0]), "=r"(left[r][1]), "=r"(left[r][2]), "=r"(left[r][3])
                   : "r"(leftSlice + lefts.byIndex[r] + lefts.byStep[step]));
#pragma unroll
    for (int c = 0; c < TILE::WARP_COLUMNS / 8; c += 2)
      asm volatile("RIGHT %0, %1, %2, %3, %4;"
                   : "=r"(right[c][0]), "=r"(right[c][1]), "=r"(right[c + 1][0]),
                     "=r"(right[c + 1][1])
                   : "r"(rightSlice + rights.byIndex[c / 2] + rights.byStep[step]));
  }

  DEVICE void multiplyAdd(int r, int c, float (&sum)[4]) const {
    float d[4];
    asm volatile(
        "MULTIPLY %0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13;"
        : "=f"(d[0]), "=f"(d[1]), "=f"(d[2]), "=f"(d[3])
        : "r"(left[r][0]), "r"(left[r][1]), "r"(left[r][2]), "r"(left[r][3]), "r"(right[c][0]),
          "r"(right[c][1]), "f"(sum[0]), "f"(sum[1]), "f"(sum[2]), "f"(sum[3]));
#pragma unroll
    for (int i = 0; i < 4; i++) sum[i] = d[i];
  }
};

template <typename TILE> struct Fragments<float, TILE> {
  static const int DEPTH = 8;
  unsigned left[TILE::WARP_ROWS / 16][4], right[TILE::WARP_COLUMNS / 8][2];

  template <typename LEFT, typename RIGHT>
  DEVICE void load(const LEFT &lefts, const RIGHT &rights, unsigned leftSlice,
                   unsigned rightSlice, int step) {
#pragma unroll
    for (int r = 0; r < TILE::WARP_ROWS / 16; r++)
#pragma unroll
      for (int i = 0; i < 4; i++)
        left[r][i] =
            tf32(leftSlice + lefts.byIndex[2 * r + i % 2] + lefts.byStep[2 * step + i / 2]);
#pragma unroll
    for (int c = 0; c < TILE::WARP_COLUMNS / 8; c++)
#pragma unroll
      for (int i = 0; i < 2; i++)
        right[c][i] = tf32(rightSlice + rights.byIndex[c] + rights.byStep[2 * step + i]);
  }

  DEVICE void multiplyAdd(int r, int c, float (&sum)[4]) const {
    float d[4];
    asm volatile(
        "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
        "{%8, %9}, {%10, %11, %12, %13};"
        : "=f"(d[0]), "=f"(d[1]), "=f"(d[2]), "=f"(d[3])
        : "r"(left[r][0]), "r"(left[r][1]), "r"(left[r][2]), "r"(left[r][3]), "r"(right[c][0]),
          "r"(right[c][1]), "f"(sum[0]), "f"(sum[1]), "f"(sum[2]), "f"(sum[3]));
#pragma unroll
    for (int i = 0; i < 4; i++) sum[i] = d[i];
  }
};

// ---- tiles

template <typename T, int TILE_ROWS, int TILE_COLUMNS, int SLICE_BYTES, int SLICES, int PART_ROWS,
          int PART_COLUMNS>
struct Tile {
  static const int ROWS = TILE_ROWS;
  static const int COLUMNS = TILE_COLUMNS;
  static const int SLICE = SLICE_BYTES / sizeof(T);
  static const int STAGES = SLICES;
  static const int WARP_ROWS = PART_ROWS;
  static const int WARP_COLUMNS = PART_COLUMNS;
  static const int THREADS = ROWS / WARP_ROWS * (COLUMNS / WARP_COLUMNS) * 32;

  // In bytes.
  static const int LEFT_SLICE = ROWS * SLICE_BYTES;
  static const int STAGE = (ROWS + COLUMNS) * SLICE_BYTES;

  // A row of results in shared memory: rows that a warp stores at once begin in different banks.
  static const int PITCH = COLUMNS + 8;

  // Rows of results that are handed over at once.
  static const int PASS_ROWS = ROWS / WARP_ROWS * 16;

  static_assert(ROWS % WARP_ROWS == 0 && COLUMNS % WARP_COLUMNS == 0, "whole warps");
  static_assert(WARP_ROWS % 16 == 0 && WARP_COLUMNS % 16 == 0, "whole fragments");
  static_assert(PASS_ROWS * PITCH * 4 <= STAGE * STAGES, "results have room");
};

// A warp's part of a slice.
template <typename T, typename TILE, typename LEFT, typename RIGHT>
DEVICE void multiplyAdd(const LEFT &lefts, const RIGHT &rights, unsigned stage,
                        float (&sum)[TILE::WARP_ROWS / 16][TILE::WARP_COLUMNS / 8][4]) {
  const int STEPS = TILE::SLICE / Fragments<T, TILE>::DEPTH;
  Fragments<T, TILE> fragments[2];
  fragments[0].load(lefts, rights, stage, stage + TILE::LEFT_SLICE, 0);
#pragma unroll
  for (int step = 0; step < STEPS; step++) {
    // The next fragments are on their way while these are multiplied.
    if (step + 1 < STEPS)
      fragments[(step + 1) % 2].load(lefts, rights, stage, stage + TILE::LEFT_SLICE, step + 1);
#pragma unroll
    for (int r = 0; r < TILE::WARP_ROWS / 16; r++)
#pragma unroll
      for (int c = 0; c < TILE::WARP_COLUMNS / 8; c++)
        fragments[step % 2].multiplyAdd(r, c, sum[r][c]);
  }
}

template <typename T, typename TILE>
DEVICE void product(const T *left, const T *right, const Parameters &all, bool leftInner,
                    bool rightInner) {
  const int ROWS = TILE::ROWS, COLUMNS = TILE::COLUMNS, SLICE = TILE::SLICE;
  const int STAGES = TILE::STAGES, STAGE = TILE::STAGE, THREADS = TILE::THREADS;
  const int FRAGMENT_ROWS = TILE::WARP_ROWS / 16, FRAGMENT_COLUMNS = TILE::WARP_COLUMNS / 8;
  __shared__ __align__(128) char shared[STAGES * STAGE];
  const unsigned stages = unsigned(__cvta_generic_to_shared(shared));

  Fetch<T, ROWS, SLICE, THREADS> leftFetch(left, all.leftBatch, all.leftRow, all.leftDepth,
                                           leftInner);
  Fetch<T, COLUMNS, SLICE, THREADS> rightFetch(right, all.rightBatch, all.rightColumn,
                                               all.rightDepth, rightInner);

  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const int warpRow = warp / (COLUMNS / TILE::WARP_COLUMNS);
  const int warpColumn = warp % (COLUMNS / TILE::WARP_COLUMNS) * TILE::WARP_COLUMNS;
  const Reader<T, ROWS, SLICE, TILE::WARP_ROWS> lefts(leftInner, warpRow * TILE::WARP_ROWS, true);
  const Reader<T, COLUMNS, SLICE, TILE::WARP_COLUMNS> rights(rightInner, warpColumn, false);

  const bool vectors = aligned();
  const Tiles<ROWS, COLUMNS> tiles(all);
  for (Long tile = blockIdx.x; tile < tiles.count; tile += gridDim.x) {
    Long batch, firstRow, firstColumn;
    tiles.find(tile, batch, firstRow, firstColumn);
    const int rows = int(min(all.rows - firstRow, Long(ROWS)));
    const int columns = int(min(all.columns - firstColumn, Long(COLUMNS)));

    float sum[FRAGMENT_ROWS][FRAGMENT_COLUMNS][4];
#pragma unroll
    for (int r = 0; r < FRAGMENT_ROWS; r++)
#pragma unroll
      for (int c = 0; c < FRAGMENT_COLUMNS; c++)
#pragma unroll
        for (int i = 0; i < 4; i++) sum[r][c][i] = 0;

    leftFetch.begin(left + batch * all.leftBatch + firstRow * all.leftRow, rows);
    rightFetch.begin(right + batch * all.rightBatch + firstColumn * all.rightColumn, columns);
    // Nothing is there for a warp beyond the ends.
    const bool works = warpRow * TILE::WARP_ROWS < rows && warpColumn < columns;

    // Each slice is a group of copies, and so are those that are not there.
    Long toCopy = all.depth;
    unsigned filled = 0;
    auto copy = [&]() {
      if (toCopy > 0) {
        const int steps = int(min(toCopy, Long(SLICE)));
        leftFetch.copy(stages + filled, steps);
        rightFetch.copy(stages + filled + TILE::LEFT_SLICE, steps);
        toCopy -= SLICE;
        filled = filled + STAGE == STAGES * STAGE ? 0 : filled + STAGE;
      }
      commit();
    };
#pragma unroll 1
    for (int s = 0; s < STAGES - 1; s++) copy();
    unsigned read = 0;
#pragma unroll 1
    for (Long rest = all.depth; rest > 0; rest -= SLICE) {
      await<STAGES - 2>();
      // All have this slice, and nobody reads the one before, whose place is filled next.
      __syncthreads();
      copy();
      if (works) multiplyAdd<T, TILE>(lefts, rights, stages + read, sum);
      read = read + STAGE == STAGES * STAGE ? 0 : read + STAGE;
    }
    __syncthreads();

    // A row of fragments of each warp at a time, which then are the warp's first ones.
    float *const results = reinterpret_cast<float *>(shared);
#pragma unroll 1
    for (int pass = 0; pass < FRAGMENT_ROWS; pass++) {
      float *const mine =
          results + (warpRow * 16 + lane / 4) * TILE::PITCH + warpColumn + lane % 4 * 2;
#pragma unroll
      for (int c = 0; c < FRAGMENT_COLUMNS; c++) {
        *reinterpret_cast<float2 *>(mine + c * 8) = make_float2(sum[0][c][0], sum[0][c][1]);
        *reinterpret_cast<float2 *>(mine + c * 8 + 8 * TILE::PITCH) =
            make_float2(sum[0][c][2], sum[0][c][3]);
      }
#pragma unroll
      for (int r = 0; r + 1 < FRAGMENT_ROWS; r++)
#pragma unroll
        for (int c = 0; c < FRAGMENT_COLUMNS; c++)
#pragma unroll
          for (int i = 0; i < 4; i++) sum[r][c][i] = sum[r + 1][c][i];
      __syncthreads();
#pragma unroll 1
      for (int v = threadIdx.x; v < TILE::PASS_ROWS * (COLUMNS / 4); v += THREADS) {
        const int line = v / (COLUMNS / 4), column = v % (COLUMNS / 4) * 4;
        const int row = line / 16 * TILE::WARP_ROWS + pass * 16 + line % 16;
        if (row >= rows) continue;
        handOver(batch, firstRow + row, firstColumn + column,
                 results + line * TILE::PITCH + column, columns - column, vectors);
      }
      __syncthreads();
    }
  }
}

#define PRODUCT(NAME, T, BLOCKS, ...)                                                             \
  extern "C" __global__ void __launch_bounds__(Tile<T, __VA_ARGS__>::THREADS, BLOCKS)             \
      NAME(const T *left, const T *right, Long leftBatch, Long leftRow, Long leftDepth,           \
           Long rightBatch, Long rightColumn, Long rightDepth, Long rows, Long columns,           \
           Long depth, Long batch, Long leftInner, Long rightInner) {                             \
    product<T, Tile<T, __VA_ARGS__>>(                                                             \
        left, right,                                                                              \
        Parameters{leftBatch, leftRow, leftDepth, rightBatch, rightColumn, rightDepth, rows,      \
                   columns, depth, batch},                                                        \
        leftInner != 0, rightInner != 0);                                                         \
  }

PRODUCT(half_128x128, Half, 2, 128, 128, 64, 3, 64, 64)
PRODUCT(half_64x64, Half, 4, 64, 64, 64, 3, 32, 32)
PRODUCT(half_32x16, Half, 4, 32, 16, 128, 4, 16, 16)
PRODUCT(tf32_128x128, float, 2, 128, 128, 64, 3, 64, 64)
PRODUCT(tf32_64x64, float, 4, 64, 64, 64, 3, 32, 32)
