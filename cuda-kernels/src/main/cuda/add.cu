// Sum of two operands, c = a + b, over rows of `inner` elements: the same shape, scalars, rows,
// columns and any strides on up to four axes.
//
// A block of 256 threads takes 256 >> shift rows at once, as short as they are, and of longer
// rows a piece: so the row's index on each axis is found once for a thread's elements and not
// for each one. Where the operands' elements are beside each other, or one and the same along a
// row, and lie on multiples of 16 bytes, a thread takes 16 bytes at a time: 48 bytes of memory
// for 4 sums of float32.
//
// c may be the memory of a or of b: nothing is read but what the same thread then writes.

#include "vector.cuh"

static const int THREADS = 256;

// What a thread takes of a piece of a row.
static const int VECTORS = 4;

DEVICE float add(float a, float b) { return __fadd_rn(a, b); }
DEVICE double add(double a, double b) { return __dadd_rn(a, b); }
DEVICE int add(int a, int b) { return int(unsigned(a) + unsigned(b)); }
DEVICE Long add(Long a, Long b) { return Long(Unsigned(a) + Unsigned(b)); }

// Where an operand lies: strides in elements on three axes of rows, and along a row.
template <typename T> struct Operand {
  T *start;
  Long outer, middle, near, step;

  DEVICE T *row(Unsigned i, Unsigned j, Unsigned k) const {
    return start + Long(i) * outer + Long(j) * middle + Long(k) * near;
  }

  // Whether a row's vectors can be loaded at once, or are one element.
  DEVICE bool packed() const {
    return step == 0 || (step == 1 && reinterpret_cast<Long>(start) % 16 == 0 &&
                         (outer | middle | near) % Vector<T>::WIDTH == 0);
  }

  DEVICE void load(const T *row, Long x, T *lanes) const {
    if (step == 1) {
      unpack<T>(*reinterpret_cast<const typename Vector<T>::Type *>(row + x), lanes);
    } else {
#pragma unroll
      for (int lane = 0; lane < Vector<T>::WIDTH; lane++) lanes[lane] = *row;
    }
  }
};

// Takes the index on the innermost of some axes from a number. Most often there is but one axis.
DEVICE Unsigned index(Unsigned &number, Unsigned dim) {
  if (dim == 1) return 0;
  Unsigned rest = number;
  number = rest / dim;
  return rest - number * dim;
}

template <typename T>
DEVICE void sum(const Operand<T> &a, const Operand<T> &b, const Operand<T> &c, Long inner,
                Unsigned rows, Unsigned middle, Unsigned near, int shift) {
  const int WIDTH = Vector<T>::WIDTH;
  const bool packed = a.packed() && b.packed() && c.packed() && c.step == 1;
  const int across = 1 << shift, lane = threadIdx.x & (across - 1);
  const unsigned rowsOfBlock = THREADS >> shift;
  const Long piece = Long(across) * VECTORS * WIDTH;
  const Unsigned pieces = Unsigned((inner + piece - 1) / piece);
  const Unsigned units = (rows + rowsOfBlock - 1) / rowsOfBlock * pieces;
  for (Unsigned unit = blockIdx.x; unit < units; unit += gridDim.x) {
    Unsigned group = unit;
    const Long begin = Long(index(group, pieces)) * piece;
    Unsigned number = group * rowsOfBlock + (threadIdx.x >> shift);
    if (number >= rows) continue;
    const Unsigned k = index(number, near), j = index(number, middle);
    const T *const as = a.row(number, j, k), *const bs = b.row(number, j, k);
    T *const cs = c.row(number, j, k);
    const Long end = min(begin + piece, inner);
    Long done = begin;
    if (packed) {
      done += (end - begin) / WIDTH * WIDTH;
      for (Long x = begin + lane * WIDTH; x < done; x += across * WIDTH) {
        T left[WIDTH], right[WIDTH];
        a.load(as, x, left);
        b.load(bs, x, right);
#pragma unroll
        for (int i = 0; i < WIDTH; i++) left[i] = add(left[i], right[i]);
        // A plain store is taken apart by nvcc.
        __stwb(reinterpret_cast<typename Vector<T>::Type *>(cs + x), pack(left));
      }
    }
    for (Long x = done + lane; x < end; x += across)
      cs[x * c.step] = add(as[x * a.step], bs[x * b.step]);
  }
}

#define ADD(NAME, T)                                                                             \
  extern "C" __global__ void __launch_bounds__(THREADS, 4) NAME(                                 \
      T *a, Long aOuter, Long aMiddle, Long aNear, Long aStep, T *b, Long bOuter, Long bMiddle,  \
      Long bNear, Long bStep, T *c, Long cOuter, Long cMiddle, Long cNear, Long cStep,           \
      Long inner, Long rows, Long middle, Long near, Long shift) {                               \
    sum<T>(Operand<T>{a, aOuter, aMiddle, aNear, aStep},                                         \
           Operand<T>{b, bOuter, bMiddle, bNear, bStep},                                         \
           Operand<T>{c, cOuter, cMiddle, cNear, cStep}, inner, rows, middle, near, int(shift)); \
  }

ADD(float32_add, float)
ADD(float64_add, double)
ADD(int32_add, int)
ADD(int64_add, Long)
