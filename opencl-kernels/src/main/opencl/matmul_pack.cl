// Copies an operand of a matrix product into panels for matmul_cpu.cl. Bytes moved: twice the
// operand; a work-item, alone in its group, copies one stretch of the depth of one panel.
//
// An operand is seen as (batch, index, depth); a panel holds PANEL neighbouring indices and the
// whole depth. For each step of the depth PANEL elements (and zeros beyond the last index), or,
// with DEPTH_INNER, for each DEPTH_BLOCK of the depth PANEL runs of that length. What is inner in
// the operand is said by SOURCE_INDEX_INNER or SOURCE_DEPTH_INNER.
//
// Defined before this text: T, V, WIDTH, LOAD, STORE, PANEL, DEPTH_BLOCK and the choices above.

#ifdef SOURCE_INDEX_INNER
#define SOURCE(index, step) source[(index) + (step) * sourceDepth]
#elif defined(SOURCE_DEPTH_INNER)
#define SOURCE(index, step) source[(index) * sourceIndex + (step)]
#else
#define SOURCE(index, step) source[(index) * sourceIndex + (step) * sourceDepth]
#endif

__kernel void KERNEL(__global uchar *sourceMemory, ulong sourceOffset, __global uchar *targetMemory,
                     ulong targetOffset, long sourceBatch, long sourceIndex, long sourceDepth,
                     long indices, long depth, long panels, long stretch, long stretches) {
  long part = get_group_id(0);
  long from = part % stretches * stretch;
  part /= stretches;
  long first = part % panels * PANEL;
  long batch = part / panels;
  int valid = min((long)PANEL, indices - first);
  int steps = min(stretch, depth - from);
  __global const T *source = AT(const T, sourceMemory, sourceOffset) + batch * sourceBatch +
                             first * sourceIndex + from * sourceDepth;
#ifdef DEPTH_INNER
  long padded = (depth + DEPTH_BLOCK - 1) / DEPTH_BLOCK * DEPTH_BLOCK;
#else
  long padded = depth;
#endif
  __global T *target = AT(T, targetMemory, targetOffset) +
                       (batch * panels * PANEL + first) * padded + from * PANEL;
  int step = 0;
#ifdef DEPTH_INNER
  for (; step + DEPTH_BLOCK <= steps; step += DEPTH_BLOCK) {
#pragma nounroll
    for (int i = 0; i < valid; i++)
#pragma unroll
      for (int s = 0; s < DEPTH_BLOCK; s++)
        target[(long)step * PANEL + i * DEPTH_BLOCK + s] = SOURCE((long)i, (long)step + s);
#pragma nounroll
    for (int i = valid * DEPTH_BLOCK; i < PANEL * DEPTH_BLOCK; i++)
      target[(long)step * PANEL + i] = 0;
  }
#pragma nounroll
  for (int i = 0; step < steps && i < PANEL; i++)
#pragma nounroll
    for (int s = 0; s < DEPTH_BLOCK; s++)
      target[(long)step * PANEL + i * DEPTH_BLOCK + s] =
          i < valid && step + s < steps ? SOURCE((long)i, (long)step + s) : 0;
#else
  if (valid == PANEL) {
#if defined(SOURCE_INDEX_INNER)
    for (; step < steps; step++)
#pragma unroll
      for (int i = 0; i < PANEL; i++)
        target[(long)step * PANEL + i] = SOURCE((long)i, (long)step);
#elif defined(SOURCE_DEPTH_INNER) && WIDTH > 1 && PANEL % WIDTH == 0
    // Squares of WIDTH x WIDTH, transposed by log2(WIDTH) rounds of interleaving.
    for (; step + WIDTH <= steps; step += WIDTH)
      for (int i = 0; i < PANEL; i += WIDTH) {
        V square[WIDTH];
#pragma unroll
        for (int w = 0; w < WIDTH; w++) square[w] = LOAD(&SOURCE((long)i + w, (long)step));
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
        for (int w = 0; w < WIDTH; w++) STORE(square[w], target + (long)(step + w) * PANEL + i);
      }
#endif
  }
#pragma nounroll
  for (; step < steps; step++)
#pragma nounroll
    for (int i = 0; i < PANEL; i++)
      target[(long)step * PANEL + i] = i < valid ? SOURCE((long)i, (long)step) : 0;
#endif
}
