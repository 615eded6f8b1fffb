package org.cotangent.cpu.gemm;

import java.lang.foreign.MemorySegment;

/**
 * Blocked for the second cache, in the order of GotoBLAS (Goto and van de Geijn, 2008): a block of
 * A, and panels of B as wide as a tile, which are packed. All tiles of A's block pass over a panel,
 * which streams from the second cache to the first: a tile multiplies and adds sixteen vectors for
 * four that it reads. A is read where it lies if its rows are contiguous, since a tile only
 * broadcasts single elements of it; copying it gained nothing.
 *
 * <p>Blocks are deep, since C is read and written once for each block of the depth. Measured on
 * 512-bit vectors (Zen 4, one JVM each, float32), with depths of 128 elements, which have a panel
 * in the first cache, and of 1024: 91% and 96% of the peak of multiply-adds at n = 512, 82% and 93%
 * at 1024, 75% and 93% at 2048.
 */
final class PanelBlocks implements Blocks {
  /** Bytes of a row of A's block. For float32 in vectors of 512 bits a panel of B has 256 KiB. */
  private static final int DEPTH_BYTES = 4096;

  /** Rows of A's block, which has 256 KiB. */
  private static final int BLOCK_ROWS = 64;

  /**
   * Bytes of a row of B's block, which has 1 MiB for float32 and comes from the last cache panel by
   * panel. Wider, and C leaves that between depths.
   */
  private static final int COLUMN_BYTES = 1024;

  /**
   * Up to this many rows B is read where it lies, since packing it would cost more than it saves.
   */
  private static final int FEW_ROWS = 8;

  /** Elements of a vector that are copied at a time, since they are not adjacent. */
  private static final int COLUMN_DEPTH = 4096;

  /** The workspace: a row of zeros, which chains start from; a tile; the last rows of A; A; B. */
  private static final long ZEROS = 0;

  private static final int LARGEST_ROW = 256;
  private static final long TILE = ZEROS + LARGEST_ROW;
  private static final long LAST_ROWS = TILE + TileKernel.MOST_ROWS * LARGEST_ROW;
  private static final long A_BLOCK = LAST_ROWS + TileKernel.MOST_ROWS * DEPTH_BYTES;

  private final TileKernel kernel;
  private final int elementBytes;
  private final int lanes;
  private final int panel;
  private final int mostDepth;

  PanelBlocks(TileKernel kernel, int elementBytes) {
    this.kernel = kernel;
    this.elementBytes = elementBytes;
    this.lanes = kernel.vectorBytes() / elementBytes;
    this.panel = lanes * kernel.widest();
    this.mostDepth = DEPTH_BYTES / elementBytes;
  }

  @Override
  public void multiply(
      Product p,
      long m,
      long n,
      MemorySegment a,
      long aOffset,
      MemorySegment b,
      long bOffset,
      MemorySegment c,
      long cOffset,
      Workspace workspace) {
    if (n == 1 && p.aRowsContiguous()) {
      column(p, m, a, aOffset, b, bOffset, c, cOffset, workspace);
      return;
    }
    int blockColumns = (int) Math.min(n, COLUMN_BYTES / elementBytes);
    int blockRows = (int) Math.min(m, BLOCK_ROWS);
    int blockDepth = (int) Math.min(p.k(), mostDepth);
    long aBytes = p.aRowsContiguous() ? 0 : (long) blockRows * blockDepth * elementBytes;
    long bBlock = A_BLOCK + Math.ceilDiv(aBytes, 64L) * 64;
    long bBytes = (long) (blockColumns + panel) * blockDepth * elementBytes;
    MemorySegment work = workspace.atLeast(bBlock + bBytes);
    Transposer transposer = workspace.transposer();
    // Then B is one panel as it lies.
    boolean isPanel = n == panel && p.bRow() == (long) panel * elementBytes;
    boolean inPlace = p.bRowsContiguous() && (m <= FEW_ROWS || isPanel);
    for (long j = 0; j < n; j += blockColumns) {
      int columns = (int) Math.min(blockColumns, n - j);
      long l = 0;
      do {
        int depth = (int) Math.min(mostDepth, p.k() - l);
        long bFrom = bOffset + l * p.bRow() + j * p.bColumn();
        packB(p, b, bFrom, work, bBlock, depth, columns, inPlace, transposer);
        for (long i = 0; i < m; i += blockRows) {
          int rows = (int) Math.min(blockRows, m - i);
          long aFrom = aOffset + i * p.aRow() + l * p.aColumn();
          long to = cOffset + i * p.cRow() + j * p.cColumn();
          boolean first = l == 0 && !p.continues();
          block(
              p,
              a,
              aFrom,
              b,
              bFrom,
              inPlace,
              work,
              bBlock,
              c,
              to,
              rows,
              columns,
              depth,
              first,
              transposer);
        }
        l += mostDepth;
      } while (l < p.k());
    }
  }

  /** One column of C: A's rows are read once, so nothing is packed. */
  private void column(
      Product p,
      long m,
      MemorySegment a,
      long aOffset,
      MemorySegment b,
      long bOffset,
      MemorySegment c,
      long cOffset,
      Workspace workspace) {
    boolean adjacent = p.bRow() == elementBytes;
    int most = adjacent ? Integer.MAX_VALUE : COLUMN_DEPTH;
    MemorySegment vector =
        adjacent ? b : workspace.atLeast(A_BLOCK + (long) COLUMN_DEPTH * elementBytes);
    long l = 0;
    do {
      int depth = (int) Math.min(most, p.k() - l);
      long from = bOffset + l * p.bRow();
      if (!adjacent) {
        Strided.copy(
            elementBytes, b, from, 0, p.bRow(), vector, A_BLOCK, 0, elementBytes, 1, depth);
        from = A_BLOCK;
      }
      for (long i = 0; i < m; i += TileKernel.MOST_ROWS) {
        kernel.column(
            (int) Math.min(TileKernel.MOST_ROWS, m - i),
            a,
            aOffset + i * p.aRow() + l * elementBytes,
            p.aRow(),
            vector,
            from,
            depth,
            l == 0 && !p.continues(),
            c,
            cOffset + i * p.cRow(),
            p.cRow());
      }
      l += depth;
    } while (l < p.k());
  }

  /** Packs the whole panels, unless B is read in place, and the rest of the columns. */
  private void packB(
      Product p,
      MemorySegment b,
      long offset,
      MemorySegment work,
      long to,
      int depth,
      int columns,
      boolean inPlace,
      Transposer transposer) {
    long width = (long) panel * elementBytes;
    int panels = columns / panel;
    int rest = columns % panel;
    if (!inPlace && p.bRowsContiguous()) {
      kernel.pack(b, offset, p.bRow(), work, to, width * depth, depth, panels);
    } else if (!inPlace) {
      for (int i = 0; i < panels; i++) {
        long from = offset + (long) i * panel * p.bColumn();
        long start = to + i * width * depth;
        if (p.bRow() == elementBytes) {
          transposer.copy(elementBytes, b, from, p.bColumn(), work, start, width, panel, depth);
          continue;
        }
        Strided.copy(
            elementBytes,
            b,
            from,
            p.bColumn(),
            p.bRow(),
            work,
            start,
            elementBytes,
            width,
            panel,
            depth);
      }
    }
    for (int j = columns - rest; j < columns; j += vectors(columns - j) * lanes) {
      int vectors = vectors(columns - j);
      int valid = Math.min(vectors * lanes, columns - j);
      long from = offset + j * p.bColumn();
      long start = to + (long) j * depth * elementBytes;
      int row = vectors * kernel.vectorBytes();
      if (valid < vectors * lanes) {
        // Lanes beyond the matrix compute on zeros, since rubbish may be slow to multiply.
        work.asSlice(start, (long) row * depth).fill((byte) 0);
      }
      if (p.bRowsContiguous()) {
        Strided.copy(
            elementBytes,
            b,
            from,
            p.bRow(),
            elementBytes,
            work,
            start,
            row,
            elementBytes,
            depth,
            valid);
      } else {
        Strided.copy(
            elementBytes,
            b,
            from,
            p.bColumn(),
            p.bRow(),
            work,
            start,
            elementBytes,
            row,
            valid,
            depth);
      }
    }
  }

  /** {@return vectors in a row of the widest tile that the columns fill, or 1 if they fill none} */
  private int vectors(int columns) {
    return columns >= panel ? kernel.widest() : columns >= 2 * lanes ? 2 : 1;
  }

  private void block(
      Product p,
      MemorySegment a,
      long aOffset,
      MemorySegment b,
      long bOffset,
      boolean inPlace,
      MemorySegment work,
      long bBlock,
      MemorySegment c,
      long cOffset,
      int rows,
      int columns,
      int depth,
      boolean first,
      Transposer transposer) {
    int last = rows % TileKernel.MOST_ROWS;
    int whole = rows - last;
    long packedRow = (long) depth * elementBytes;
    MemorySegment left = a;
    long leftOffset = aOffset;
    long leftRow = p.aRow();
    if (!p.aRowsContiguous()) {
      if (p.aRow() == elementBytes) {
        transposer.copy(
            elementBytes, a, aOffset, p.aColumn(), work, A_BLOCK, packedRow, depth, rows);
      } else {
        Strided.copy(
            elementBytes,
            a,
            aOffset,
            p.aRow(),
            p.aColumn(),
            work,
            A_BLOCK,
            packedRow,
            elementBytes,
            rows,
            depth);
      }
      left = work;
      leftOffset = A_BLOCK;
      leftRow = packedRow;
    }
    if (last > 0) {
      long from = leftOffset + whole * leftRow;
      Strided.copy(
          elementBytes,
          left,
          from,
          leftRow,
          elementBytes,
          work,
          LAST_ROWS,
          packedRow,
          elementBytes,
          last,
          depth);
    }
    for (int j = 0; j < columns; j += vectors(columns - j) * lanes) {
      int vectors = vectors(columns - j);
      int valid = Math.min(vectors * lanes, columns - j);
      boolean there = inPlace && valid == panel;
      MemorySegment right = there ? b : work;
      long rightOffset = there ? bOffset + (long) j * elementBytes : bBlock + j * packedRow;
      long rightRow = there ? p.bRow() : (long) vectors * kernel.vectorBytes();
      long to = cOffset + j * p.cColumn();
      int tileRows = kernel.rows(vectors);
      int tiles = rows / tileRows;
      int rest = rows % tileRows;
      if (valid == vectors * lanes && p.cRowsContiguous()) {
        kernel.run(
            vectors,
            tiles,
            left,
            leftOffset,
            leftRow,
            right,
            rightOffset,
            rightRow,
            depth,
            first ? work : c,
            first ? ZEROS : to,
            first ? 0 : p.cRow(),
            c,
            to,
            p.cRow());
      } else {
        for (int t = 0; t < tiles; t++) {
          long row = (long) t * tileRows;
          edge(
              p,
              vectors,
              left,
              leftOffset + row * leftRow,
              leftRow,
              right,
              rightOffset,
              rightRow,
              depth,
              work,
              c,
              to + row * p.cRow(),
              tileRows,
              valid,
              first);
        }
      }
      if (rest > 0) {
        long from = LAST_ROWS + (last - rest) * packedRow;
        edge(
            p,
            vectors,
            work,
            from,
            packedRow,
            right,
            rightOffset,
            rightRow,
            depth,
            work,
            c,
            to + (rows - rest) * p.cRow(),
            rest,
            valid,
            first);
      }
    }
  }

  /**
   * A tile of which C holds but a part, or whose rows in C are not contiguous: through a buffer.
   */
  private void edge(
      Product p,
      int vectors,
      MemorySegment a,
      long aOffset,
      long aRow,
      MemorySegment b,
      long bOffset,
      long bRow,
      int depth,
      MemorySegment work,
      MemorySegment c,
      long cOffset,
      int rows,
      int columns,
      boolean first) {
    if (!first) {
      Strided.copy(
          elementBytes,
          c,
          cOffset,
          p.cRow(),
          p.cColumn(),
          work,
          TILE,
          LARGEST_ROW,
          elementBytes,
          rows,
          columns);
    }
    kernel.run(
        vectors,
        1,
        a,
        aOffset,
        aRow,
        b,
        bOffset,
        bRow,
        depth,
        work,
        first ? ZEROS : TILE,
        first ? 0 : LARGEST_ROW,
        work,
        TILE,
        LARGEST_ROW);
    Strided.copy(
        elementBytes,
        work,
        TILE,
        LARGEST_ROW,
        elementBytes,
        c,
        cOffset,
        p.cRow(),
        p.cColumn(),
        rows,
        columns);
  }
}
