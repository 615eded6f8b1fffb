// For chips of sm_90a alone.
//
// Batched matrix product (batch, rows, depth) x (batch, depth, columns) of float16, bfloat16 or
// float32 as tf32 on the tensor cores of Hopper: `wgmma`, whose sums are float32, fed by TMA.
//
// A block has three groups of four warps. The first one is the producer: one of its threads has
// TMA copy slices of both operands, 128 bytes of the depth each, into a ring of stages in shared
// memory. The other two are consumers: each multiplies one half of the tile's rows. A stage has
// two barriers in shared memory. "full" is passed when all bytes of both slices are there, "empty"
// when all warps of both consumers have read them. So copies run some slices ahead, also into the
// next tile while the consumers still hand over the last one. The grid is as large as the chip;
// blocks take tile after tile, in stripes of rows so that what neighbours read stays in the L2
// cache.
//
//   tile       stages  shared memory  sums of a thread      for
//   128 x 256     4       212 KiB     128 of 232 registers  large products
//   128 x 128     6       212 KiB      64                   where there are too few of those
//   128 x 64      8       212 KiB      32                   few columns
//
// For 64 steps of halves or 32 of floats a tile of 128 x 256 reads 48 KiB; it computes 4.2 million
// operations with them, or 2.1. A `wgmma` of 64 x 256 takes 128 cycles for 32 bytes of the depth,
// 16 steps or 8. The share of the limit is not measured yet.
//
// An operand lies in memory along the depth (K-major) or along its index (MN-major). TMA copies
// boxes whose rows are 128 bytes, and swizzles them: the 16 bytes of number c in row r go to place
// c ^ (r % 8), so that neither copies nor `wgmma` meet the same bank twice (PTX ISA, "Tensors",
// "Swizzling modes"). A K-major slice is one box, whose rows are indices; an MN-major one is a box
// after the other, whose rows are steps. Beyond the ends TMA fills in zeros, which change nothing
// that is handed over.
//
// `wgmma` transposes nothing but halves, so the right operand of floats is K-major. A left one that
// is not goes through registers, where a thread loads what it has of the 64 rows of a `wgmma`. Such
// a warp has no 16 neighbouring rows, but twice 8 that are 16 apart, so that its threads find their
// numbers in different banks. While one consumer loads, the other one multiplies. `wgmma` looks at
// the first 10 bits of a fraction alone; that these are rounded is up to TMA, whose maps of such
// operands are of TFLOAT32, and which converts what it copies.
//
// Words stand for what Java puts in their places: HALF, the dtype; LEFT_MAJOR and RIGHT_MAJOR, 1
// for an MN-major operand and 0 for a K-major one; RESULT_MAJOR, 1 if neighbours in a column of the
// result lie beside each other. What becomes of the results is written where marks stand.

#include "product.cuh"

// CUtensorMap of cuda.h, which only the driver writes.
struct alignas(64) TensorMap {
  char opaque[128];
};

// ---- operands

static const int ROW_BYTES = 128;              // a row of the swizzle
static const int GROUP_BYTES = 8 * ROW_BYTES;  // 8 rows, after which the swizzle begins anew
static const int STEP_BYTES = 32;              // of the depth in one wgmma

static const int WARP_ROWS = 16;               // of 64 that a wgmma multiplies

// Rows of a wgmma as they lie in the operand.
struct Straight {
  // The row of a consumer's 64 that a warp hands over, and where the warp has it.
  DEVICE static int rowOf(int warp, int line) { return warp * WARP_ROWS + line; }
  DEVICE static int placeOf(int line) { return line; }
  DEVICE static bool resultMajor() { return false; }

  static const int UNDER_WAY = 1;  // slices that are multiplied while the next one begins
};

// float16 or bfloat16.
struct Halves : Straight {
  static const int SLICE = 64;  // steps of the depth in a stage
  static const int BOX = 64;    // indices of a box of an MN-major operand

  DEVICE static bool leftMajor() {
    int major;
    asm("mov.b32 %0, LEFT_MAJOR;" : "=r"(major));
    return major != 0;
  }
  DEVICE static bool rightMajor() {
    int major;
    asm("mov.b32 %0, RIGHT_MAJOR;" : "=r"(major));
    return major != 0;
  }
};

// float32 as tf32.
struct Floats : Straight {
  static const int SLICE = 32;
  static const int BOX = 32;

  DEVICE static bool leftMajor() { return false; }
  DEVICE static bool rightMajor() { return false; }
};

// The same with an MN-major left operand. Two warps share 32 rows: each has 8 of them and, 16 rows
// further, 8 more.
struct TurnedFloats {
  static const int SLICE = 32;
  static const int BOX = 32;
  static const int UNDER_WAY = 0;

  DEVICE static bool leftMajor() { return true; }
  DEVICE static bool rightMajor() { return false; }
  DEVICE static bool resultMajor() {
    int major;
    asm("mov.b32 %0, RESULT_MAJOR;" : "=r"(major));
    return major != 0;
  }
  DEVICE static int rowOf(int warp, int line) {
    return warp / 2 * 32 + line / 8 * 16 + warp % 2 * 8 + line % 8;
  }
  DEVICE static int placeOf(int line) { return line / 8 * 4 + line / 4 % 2 * 8 + line % 4; }
};

// Has TMA copy a box that starts at a place of the tensor: inner axis, outer axis, batch. The
// bytes count down what a barrier waits for.
DEVICE void copy(unsigned to, const TensorMap &map, int inner, int outer, int batch,
                 unsigned barrier) {
  asm volatile(
      "cp.async.bulk.tensor.3d.shared::cluster.global.mbarrier::complete_tx::bytes "
      "[%0], [%1, {%2, %3, %4}], [%5];" ::"r"(to), "l"(&map), "r"(inner), "r"(outer), "r"(batch),
      "r"(barrier) : "memory");
}

// Has TMA copy a slice of so many indices of an operand.
template <typename KIND, int INDICES>
DEVICE void copySlice(unsigned to, const TensorMap &map, bool major, int index, int depth,
                      int batch, unsigned barrier) {
  if (major) {
#pragma unroll
    for (int i = 0; i < INDICES; i += KIND::BOX)
      copy(to + i / KIND::BOX * (KIND::SLICE * ROW_BYTES), map, index + i, depth, batch, barrier);
  } else {
    copy(to, map, depth, index, batch, barrier);
  }
}

// Where wgmma finds an operand in shared memory (PTX ISA, "Asynchronous Warpgroup Level Matrix
// Shared Memory Layout", "Matrix Descriptor Format"), in units of 16 bytes:
//   bits 0 to 13   the start, of which 18 bits are looked at
//   bits 16 to 29  leading dimension: of an MN-major operand from 64 indices to the next 64; not
//                  used for a K-major swizzled one, where 1 is written
//   bits 32 to 45  stride dimension: from 8 rows of 128 bytes to the next 8; a row is an index of a
//                  K-major operand, a step of an MN-major one
//   bits 49 to 51  0, because stages begin at multiples of 1024 bytes
//   bits 62 to 63  1, the swizzle of 128 bytes
DEVICE Unsigned descriptor(unsigned start, bool major) {
  const int leading = major ? Halves::SLICE * ROW_BYTES >> 4 : 1;
  return Unsigned((start & 0x3ffff) >> 4) | Unsigned(leading) << 16 |
         Unsigned(GROUP_BYTES >> 4) << 32 | Unsigned(1) << 62;
}

// What a step of the depth adds to a descriptor: 32 bytes of each row, or 16 rows of halves.
DEVICE Unsigned stepOf(bool major) { return (major ? 16 * ROW_BYTES : STEP_BYTES) >> 4; }

// ---- barriers in shared memory (PTX ISA, "mbarrier")

DEVICE void initialize(unsigned barrier, int arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals) : "memory");
}
DEVICE void arrive(unsigned barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory");
}
// Arrives, and has the barrier wait for so many bytes as well.
DEVICE void expect(unsigned barrier, int bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes)
               : "memory");
}
// Waits until a phase is over. The first one has parity 0; of one with parity 1 before it a new
// barrier says that it is over.
DEVICE void wait(unsigned barrier, unsigned parity) {
  int over;
  do {
    asm volatile(
        "{\n\t"
        ".reg .pred over;\n\t"
        "mbarrier.try_wait.parity.shared::cta.b64 over, [%1], %2;\n\t"
        "selp.b32 %0, 1, 0, over;\n\t"
        "}"
        : "=r"(over)
        : "r"(barrier), "r"(parity)
        : "memory");
  } while (!over);
}

// ---- multiplying (PTX ISA, "wgmma")

// Orders what was written to registers before what follows.
DEVICE void fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
DEVICE void commit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
// Waits until at most so many groups are under way.
template <int GROUPS> DEVICE void await() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(GROUPS) : "memory");
}

#define FLOATS_8(d, i)                                                                    \
  "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3]), "+f"(d[i + 4]), "+f"(d[i + 5]), \
      "+f"(d[i + 6]), "+f"(d[i + 7])
#define FLOATS_32(d, i) \
  FLOATS_8(d, i), FLOATS_8(d, i + 8), FLOATS_8(d, i + 16), FLOATS_8(d, i + 24)

#define NAMES_32                                                                    \
  "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "         \
  "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
#define NAMES_64                                                                    \
  NAMES_32 ", "                                                                     \
  "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, " \
  "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
#define NAMES_128                                                                   \
  NAMES_64 ", "                                                                     \
  "%64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, " \
  "%80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, " \
  "%96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, " \
  "%110, %111, %112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, "  \
  "%123, %124, %125, %126, %127"

// A step of 64 rows: of a kind of numbers, as the instruction calls them. LEFT is how it is told
// where the left operand is, RIGHT the number of the right one's operand. The last numbers say: add
// to what is there, change no signs, how the operands lie.
#define WGMMA(COLUMNS, NUMBERS, NAMES, LEFT, RIGHT, LIE)                              \
  "wgmma.mma_async.sync.aligned.m64n" COLUMNS NUMBERS " {" NAMES "}, " LEFT ", " RIGHT \
  ", 1, 1, 1" LIE ";"
#define MULTIPLY_ADD(KIND, NUMBERS, LIE)                                                 \
  DEVICE void multiplyAdd(KIND, float (&d)[32], Unsigned left, Unsigned right) {         \
    asm volatile(WGMMA("64", NUMBERS, NAMES_32, "%32", "%33", LIE)                       \
                 : FLOATS_32(d, 0)                                                       \
                 : "l"(left), "l"(right));                                               \
  }                                                                                      \
  DEVICE void multiplyAdd(KIND, float (&d)[64], Unsigned left, Unsigned right) {         \
    asm volatile(WGMMA("128", NUMBERS, NAMES_64, "%64", "%65", LIE)                      \
                 : FLOATS_32(d, 0), FLOATS_32(d, 32)                                     \
                 : "l"(left), "l"(right));                                               \
  }                                                                                      \
  DEVICE void multiplyAdd(KIND, float (&d)[128], Unsigned left, Unsigned right) {        \
    asm volatile(WGMMA("256", NUMBERS, NAMES_128, "%128", "%129", LIE)                   \
                 : FLOATS_32(d, 0), FLOATS_32(d, 32), FLOATS_32(d, 64), FLOATS_32(d, 96) \
                 : "l"(left), "l"(right));                                               \
  }
MULTIPLY_ADD(Halves, "k16.f32.HALF.HALF", ", LEFT_MAJOR, RIGHT_MAJOR")
MULTIPLY_ADD(Floats, "k8.f32.tf32.tf32", "")

// The same of a left operand in registers.
#define REGISTERS_4(a) "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3])
DEVICE void multiplyAdd(float (&d)[32], const unsigned (&left)[4], Unsigned right) {
  asm volatile(WGMMA("64", "k8.f32.tf32.tf32", NAMES_32, "{%32, %33, %34, %35}", "%36", "")
               : FLOATS_32(d, 0)
               : REGISTERS_4(left), "l"(right));
}
DEVICE void multiplyAdd(float (&d)[64], const unsigned (&left)[4], Unsigned right) {
  asm volatile(WGMMA("128", "k8.f32.tf32.tf32", NAMES_64, "{%64, %65, %66, %67}", "%68", "")
               : FLOATS_32(d, 0), FLOATS_32(d, 32)
               : REGISTERS_4(left), "l"(right));
}
DEVICE void multiplyAdd(float (&d)[128], const unsigned (&left)[4], Unsigned right) {
  asm volatile(WGMMA("256", "k8.f32.tf32.tf32", NAMES_128, "{%128, %129, %130, %131}", "%132", "")
               : FLOATS_32(d, 0), FLOATS_32(d, 32), FLOATS_32(d, 64), FLOATS_32(d, 96)
               : REGISTERS_4(left), "l"(right));
}

static const int STEPS = ROW_BYTES / STEP_BYTES;  // of a slice, each a wgmma

// Begins a slice of a consumer's 64 rows: 8 KiB of the left operand, however it lies.
template <typename KIND, int SUMS>
DEVICE void begin(KIND kind, float (&sum)[SUMS], unsigned leftSlice, unsigned rightSlice) {
  const Unsigned left = descriptor(leftSlice, KIND::leftMajor());
  const Unsigned right = descriptor(rightSlice, KIND::rightMajor());
  const Unsigned leftStep = stepOf(KIND::leftMajor()), rightStep = stepOf(KIND::rightMajor());
  fence();
#pragma unroll
  for (int step = 0; step < STEPS; step++)
    multiplyAdd(kind, sum, left + step * leftStep, right + step * rightStep);
  commit();
}

// A thread has four numbers of a step, in two of its warp's rows: of steps lane % 4 and 4 later
// (PTX ISA, "Register Fragments for wgmma.mma_async.m64nNk8", A).
template <int SUMS>
DEVICE void begin(TurnedFloats, float (&sum)[SUMS], unsigned leftSlice, unsigned rightSlice) {
  const int lane = threadIdx.x % 32, warp = threadIdx.x % 128 / 32;
  const unsigned row = lane / 16 * 16 + warp % 2 * 8 + lane / 4 % 4;
  const unsigned box = leftSlice + warp / 2 * (TurnedFloats::SLICE * ROW_BYTES);
  unsigned left[STEPS][4];
#pragma unroll
  for (int i = 0; i < 4; i++) {
    const unsigned inStep = lane % 4 + i / 2 * 4;
    const unsigned from =
        box + inStep * ROW_BYTES + ((row / 4 + i % 2) ^ inStep) * 16 + row % 4 * 4;
#pragma unroll
    for (int step = 0; step < STEPS; step++)
      asm volatile("ld.shared.b32 %0, [%1];"
                   : "=r"(left[step][i])
                   : "r"(from + step * 8 * ROW_BYTES)
                   : "memory");
  }
  const Unsigned right = descriptor(rightSlice, false);
  fence();
#pragma unroll
  for (int step = 0; step < STEPS; step++)
    multiplyAdd(sum, left[step], right + step * stepOf(false));
  commit();
}

// ---- tiles

static const int ROWS = 128;
static const int CONSUMERS = 2;
static const int CONSUMER_ROWS = ROWS / CONSUMERS;
static const int GROUP = 128;  // threads of four warps
static const int THREADS = (1 + CONSUMERS) * GROUP;
static const int CONSUMER_WARPS = CONSUMERS * GROUP / 32;
static const int BARRIER_BYTES = 8;

template <typename NUMBERS, int TILE_COLUMNS, int RING> struct Tile {
  typedef NUMBERS Kind;
  static const int COLUMNS = TILE_COLUMNS;
  static const int STAGES = RING;
  static const int LEFT_BYTES = ROWS * ROW_BYTES;
  static const int STAGE_BYTES = LEFT_BYTES + COLUMNS * ROW_BYTES;

  // Results on their way out: of a warp 16 rows of 32 columns, and 8 more so that threads that
  // store below each other meet different banks.
  static const int PASS = 32;
  static const int PITCH = PASS + 8;
  static const int RESULT_BYTES = CONSUMER_WARPS * WARP_ROWS * PITCH * 4;

  static const int BYTES = STAGES * (STAGE_BYTES + 2 * BARRIER_BYTES) + RESULT_BYTES;
};

// A stage of the ring, and the parity of the phase in which it is filled.
template <int STAGES> struct Place {
  int stage = 0;
  unsigned parity = 0;

  DEVICE void next() {
    if (++stage == STAGES) {
      stage = 0;
      parity ^= 1;
    }
  }
};

template <typename TILE>
DEVICE void produce(const TensorMap &left, const TensorMap &right, const Parameters &all,
                    unsigned ring, unsigned full, unsigned empty) {
  typedef typename TILE::Kind KIND;
  const Tiles<ROWS, TILE::COLUMNS> tiles(all);
  Place<TILE::STAGES> place;
  for (Long tile = blockIdx.x; tile < tiles.count; tile += gridDim.x) {
    Long batch, row, column;
    tiles.find(tile, batch, row, column);
    for (Long depth = 0; depth < all.depth; depth += KIND::SLICE) {
      const unsigned to = ring + place.stage * TILE::STAGE_BYTES;
      const unsigned barrier = full + place.stage * BARRIER_BYTES;
      wait(empty + place.stage * BARRIER_BYTES, place.parity ^ 1);
      expect(barrier, TILE::STAGE_BYTES);
      copySlice<KIND, ROWS>(to, left, KIND::leftMajor(), int(row), int(depth),
                            int(batch * all.leftBatch), barrier);
      copySlice<KIND, TILE::COLUMNS>(to + TILE::LEFT_BYTES, right, KIND::rightMajor(), int(column),
                                     int(depth), int(batch * all.rightBatch), barrier);
      place.next();
    }
  }
}

// Hands the sums of a warp over, 32 columns after the other; a consumer's first row is given. A
// thread's sums of 8 columns are two neighbours in row lane / 4 and two in the row 8 below (PTX
// ISA, "Register Fragments", D).
template <typename TILE>
DEVICE void finish(const float (&sum)[TILE::COLUMNS / 2], float *shared, const Parameters &all,
                   Long batch, Long firstRow, Long firstColumn) {
  typedef typename TILE::Kind KIND;
  const int PASS = TILE::PASS, PITCH = TILE::PITCH;
  const int lane = threadIdx.x % 32, warp = threadIdx.x % GROUP / 32;
  const int rows = int(min(all.rows - firstRow, Long(CONSUMER_ROWS)));
  const int columns = int(min(all.columns - firstColumn, Long(TILE::COLUMNS)));
  const bool vectors = aligned();
  // Neighbouring threads take neighbours in the result.
  const bool downwards = KIND::resultMajor();
  const int together = downwards ? 1 : 4;
  float *const mine = shared + lane / 4 * PITCH + lane % 4 * 2;
#pragma unroll 1
  for (int pass = 0; pass < TILE::COLUMNS / PASS; pass++) {
#pragma unroll
    for (int each = 0; each < TILE::COLUMNS / PASS; each++) {
      if (each != pass) continue;
#pragma unroll
      for (int eight = 0; eight < PASS / 8; eight++) {
        const float *from = sum + each * PASS / 2 + eight * 4;
        *reinterpret_cast<float2 *>(mine + eight * 8) = make_float2(from[0], from[1]);
        *reinterpret_cast<float2 *>(mine + 8 * PITCH + eight * 8) = make_float2(from[2], from[3]);
      }
    }
    __syncwarp();
#pragma unroll 1
    for (int v = lane; v < WARP_ROWS * PASS / together; v += 32) {
      const int line = downwards ? v % WARP_ROWS : v / (PASS / 4);
      const int inPass = downwards ? v / WARP_ROWS : v % (PASS / 4) * 4;
      const int row = KIND::rowOf(warp, line), column = pass * PASS + inPass;
      if (row < rows)
        handOver(batch, firstRow + row, firstColumn + column,
                 shared + KIND::placeOf(line) * PITCH + inPass, min(together, columns - column),
                 vectors);
    }
    __syncwarp();
  }
}

template <typename TILE>
DEVICE void consume(int consumer, const Parameters &all, unsigned ring, unsigned full,
                    unsigned empty, float *results) {
  typedef typename TILE::Kind KIND;
  const int warp = threadIdx.x % GROUP / 32;
  const bool first = threadIdx.x % 32 == 0;
  float *const mine = results + (consumer * GROUP / 32 + warp) * WARP_ROWS * TILE::PITCH;
  const Tiles<ROWS, TILE::COLUMNS> tiles(all);
  Place<TILE::STAGES> place;
  for (Long tile = blockIdx.x; tile < tiles.count; tile += gridDim.x) {
    Long batch, row, column;
    tiles.find(tile, batch, row, column);
    float sum[TILE::COLUMNS / 2];
#pragma unroll
    for (int i = 0; i < TILE::COLUMNS / 2; i++) sum[i] = 0;
    int last = -1;  // the stage that is still being read
    for (Long depth = 0; depth < all.depth; depth += KIND::SLICE) {
      const unsigned from = ring + place.stage * TILE::STAGE_BYTES;
      wait(full + place.stage * BARRIER_BYTES, place.parity);
      begin(KIND(), sum, from + consumer * CONSUMER_ROWS * ROW_BYTES, from + TILE::LEFT_BYTES);
      // While these are under way, those before are over; or these, if registers are to be free.
      await<KIND::UNDER_WAY>();
      const int over = KIND::UNDER_WAY == 0 ? place.stage : last;
      if (first && over >= 0) arrive(empty + over * BARRIER_BYTES);
      last = KIND::UNDER_WAY == 0 ? -1 : place.stage;
      place.next();
    }
    await<0>();
    if (first && last >= 0) arrive(empty + last * BARRIER_BYTES);
    finish<TILE>(sum, mine, all, batch, row + consumer * CONSUMER_ROWS, column);
  }
}

extern __shared__ __align__(1024) char dynamic[];

// The ring comes first, then results, then barriers.
template <typename TILE>
DEVICE void product(const TensorMap &left, const TensorMap &right, const Parameters &all) {
  // Java has a launch give a block so many bytes of shared memory.
  asm volatile("SHARED %0;" ::"n"(TILE::BYTES));
  const unsigned ring = unsigned(__cvta_generic_to_shared(dynamic));
  float *const results = reinterpret_cast<float *>(dynamic + TILE::STAGES * TILE::STAGE_BYTES);
  const unsigned full = ring + TILE::STAGES * TILE::STAGE_BYTES + TILE::RESULT_BYTES;
  const unsigned empty = full + TILE::STAGES * BARRIER_BYTES;
  if (threadIdx.x == 0) {
    for (int stage = 0; stage < TILE::STAGES; stage++) {
      initialize(full + stage * BARRIER_BYTES, 1);
      initialize(empty + stage * BARRIER_BYTES, CONSUMER_WARPS);
    }
    // TMA is to see them as well.
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
    asm volatile("fence.proxy.async;" ::: "memory");
  }
  __syncthreads();
  const int group = threadIdx.x / GROUP;
  // 40 and twice 232 registers a thread are what a multiprocessor has for three groups.
  if (group == 0) {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 40;");
    if (threadIdx.x == 0) produce<TILE>(left, right, all, ring, full, empty);
  } else {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 232;");
    consume<TILE>(group - 1, all, ring, full, empty, results);
  }
}

// The strides of the batches are 1, or 0 where all products have the same operand: indices of maps.
#define PRODUCT(NAME, ...)                                                                        \
  extern "C" __global__ void __launch_bounds__(THREADS, 1)                                        \
      NAME(const __grid_constant__ TensorMap left, const __grid_constant__ TensorMap right,       \
           Long leftBatch, Long rightBatch, Long rows, Long columns, Long depth, Long batch) {    \
    product<Tile<__VA_ARGS__>>(                                                                   \
        left, right, Parameters{leftBatch, 0, 0, rightBatch, 0, 0, rows, columns, depth, batch}); \
  }

PRODUCT(half_128x256, Halves, 256, 4)
PRODUCT(half_128x128, Halves, 128, 6)
PRODUCT(half_128x64, Halves, 64, 8)
PRODUCT(tf32_128x256, Floats, 256, 4)
PRODUCT(tf32_128x128, Floats, 128, 6)
PRODUCT(tf32_128x64, Floats, 64, 8)
PRODUCT(turned_tf32_128x256, TurnedFloats, 256, 4)
PRODUCT(turned_tf32_128x128, TurnedFloats, 128, 6)
PRODUCT(turned_tf32_128x64, TurnedFloats, 64, 8)
