// Sum of two operands over rows: each group takes blocks of rows, its items take vectors of a block
// in turn. Defined before this text:
//   T  type of an element; of integers the unsigned one, which wraps
//   W  lanes of a vector                   GROUP  items of a group
//   A_STEP, B_STEP, C_STEP: along a row an operand is the same element (0), consecutive elements
//   (1) or elements at a distance (2); so a scalar, a row, a column and the same shape are all here.
//   PASSES  where vectors are stored past the caches
// Table: inner, block, blocks, units, steps of a, b and c; then for each of the `outer` axes its
// size and the strides of a, b and c.

#define CAT_(x, y) x##y
#define CAT(x, y) CAT_(x, y)
#define VECTOR CAT(T, W)
#define VLOAD CAT(vload, W)
#define VSTORE CAT(vstore, W)

#if A_STEP == 0
#define A_ALL (VECTOR)(*a)
#define A(i) *a
#elif A_STEP == 1
#define A_ALL VLOAD(0, a + x)
#define A(i) a[i]
#else
#define A(i) a[(i) * as]
#endif

#if B_STEP == 0
#define B_ALL (VECTOR)(*b)
#define B(i) *b
#elif B_STEP == 1
#define B_ALL VLOAD(0, b + x)
#define B(i) b[i]
#else
#define B(i) b[(i) * bs]
#endif

#if C_STEP == 1
#define C(i) c[i]
#else
#define C(i) c[(i) * cs]
#endif

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void KERNEL(
    __global uchar *am, const ulong ao, __global uchar *bm, const ulong bo, __global uchar *cm,
    const ulong co, const long outer, __global const long *table, const ulong first) {
  table += first;
  const long inner = table[0], block = table[1], blocks = table[2], units = table[3];
  const long as = table[4], bs = table[5], cs = table[6];
  const long groups = get_num_groups(0), group = get_group_id(0), item = get_local_id(0);
  const long each = units / groups, more = units % groups;
  const long from = group * each + min(group, more);
  const long to = from + each + (group < more);
  for (long unit = from; unit < to; unit++) {
    __global const T *a = AT(const T, am, ao);
    __global const T *b = AT(const T, bm, bo);
    __global T *c = AT(T, cm, co);
    long rest = unit / blocks;
    for (long axis = outer - 1; axis >= 0; axis--) {
      __global const long *entry = table + 7 + 4 * axis;
      const long index = rest % entry[0];
      rest /= entry[0];
      a += index * entry[1];
      b += index * entry[2];
      c += index * entry[3];
    }
    const long begin = (unit % blocks) * block;
    const long end = min(begin + block, inner);
    long x = begin + item * W;
#if A_STEP < 2 && B_STEP < 2 && C_STEP == 1 && W > 1
    for (; x + W <= end; x += GROUP * W) {
#ifdef PASSES
      PASS(VECTOR, VSTORE, A_ALL + B_ALL, c + x)
#else
      VSTORE(A_ALL + B_ALL, 0, c + x);
#endif
    }
#endif
    for (; x < end; x += GROUP * W) {
      for (long i = x; i < min(x + W, end); i++) {
        C(i) = A(i) + B(i);
      }
    }
  }
}
