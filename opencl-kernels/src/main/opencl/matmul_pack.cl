// Copies the left operand of a matrix product into panels for matmul_cpu.cl. Bytes moved: twice the
// operand; a work-item, alone in its group, copies a stretch of the depth of one panel.
//
// A panel holds ROWS neighbouring rows and the whole depth. For each DEPTH_BLOCK of the depth it has
// ROWS runs of that length; or, with LEFT_ROWS_INNER, for each step of the depth ROWS elements: each
// a copy of what lies together in the operand. Rows beyond the last are zeros.
//
// Defined before this text: T, ROWS, DEPTH_BLOCK and the choice above.

__kernel void KERNEL(__global uchar *sourceMemory, ulong sourceOffset, __global uchar *targetMemory,
                     ulong targetOffset, long sourceBatch, long sourceRow, long sourceDepth,
                     long rows, long depth, long padded, long panels, long stretch,
                     long stretches) {
  long part = get_group_id(0);
  long from = part % stretches * stretch;
  part /= stretches;
  long first = part % panels * ROWS;
  long batch = part / panels;
  int valid = min((long)ROWS, rows - first);
  long steps = min(stretch, depth - from);
  __global const T *source = AT(const T, sourceMemory, sourceOffset) + batch * sourceBatch +
                             first * sourceRow + from * sourceDepth;
  __global T *target = AT(T, targetMemory, targetOffset) +
                       (batch * panels * ROWS + first) * padded + from * ROWS;
  long step = 0;
#ifdef LEFT_ROWS_INNER
  if (valid == ROWS)
    for (; step < steps; step++)
#pragma unroll
      for (int r = 0; r < ROWS; r++)
        target[step * ROWS + r] = source[r + step * sourceDepth];
#pragma nounroll
  for (; step < steps; step++)
#pragma nounroll
    for (int r = 0; r < ROWS; r++)
      target[step * ROWS + r] = r < valid ? source[r + step * sourceDepth] : 0;
#else
  if (valid == ROWS && sourceDepth == 1)
    for (; step + DEPTH_BLOCK <= steps; step += DEPTH_BLOCK)
#pragma unroll
      for (int r = 0; r < ROWS; r++)
#pragma unroll
        for (int s = 0; s < DEPTH_BLOCK; s++)
          target[step * ROWS + r * DEPTH_BLOCK + s] = source[r * sourceRow + step + s];
#pragma nounroll
  for (; step < steps; step += DEPTH_BLOCK)
#pragma nounroll
    for (int r = 0; r < ROWS; r++)
#pragma nounroll
      for (int s = 0; s < DEPTH_BLOCK; s++)
        target[step * ROWS + r * DEPTH_BLOCK + s] =
            r < valid && step + s < steps ? source[r * sourceRow + (step + s) * sourceDepth] : 0;
#endif
}
