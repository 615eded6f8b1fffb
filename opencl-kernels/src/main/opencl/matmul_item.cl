// Matrix product without local memory, for devices that have next to none: a work-item computes
// ROWS rows of one column, neighbours in a group neighbouring columns. Each element is one chain in
// ascending depth. Bytes of memory for 2 * ROWS operations: (ROWS + 1) * sizeof(T), less what
// caches and items of a group share.
//
// Defined before this text: T, FMA, FINISH_PARAMETERS, FINISH_ELEMENT, ROWS.

__kernel void KERNEL(__global uchar *leftMemory, ulong leftOffset, __global uchar *rightMemory,
                     ulong rightOffset, long leftBatch, long leftRow, long leftDepth,
                     long rightBatch, long rightColumn, long rightDepth, long rows, long columns,
                     long depth, long rowTiles, long columnTiles FINISH_PARAMETERS) {
  long group = get_group_id(0);
  long column = group % columnTiles * get_local_size(0) + get_local_id(0);
  group /= columnTiles;
  long row = group % rowTiles * ROWS;
  long batch = group / rowTiles;
  if (column >= columns) return;
  __global const T *right =
      AT(const T, rightMemory, rightOffset) + batch * rightBatch + column * rightColumn;
  __global const T *left[ROWS];
  T sum[ROWS];
#pragma unroll
  for (int r = 0; r < ROWS; r++) {
    left[r] = AT(const T, leftMemory, leftOffset) + batch * leftBatch +
              min(row + r, rows - 1) * leftRow;
    sum[r] = 0;
  }
  for (long step = 0; step < depth; step++) {
    T factor = right[step * rightDepth];
#pragma unroll
    for (int r = 0; r < ROWS; r++) sum[r] = FMA(left[r][step * leftDepth], factor, sum[r]);
  }
#pragma unroll
  for (int r = 0; r < ROWS; r++)
    if (row + r < rows) FINISH_ELEMENT(batch, row + r, column, sum[r]);
}
