// What the kernels of matrix products share: their parameters, the order in which tiles are
// computed, and the marks in whose place Java writes what becomes of the results.
//
// Marks are lines of inline assembly that are no instructions; their operands are registers:
//   ALIGNED flag                            sets the flag, not 0 where VECTOR may be used
//   ELEMENT batch, row, column, value       an element
//   VECTOR batch, row, column, value, ...   16 bytes of neighbours in a row
#pragma once

#include "vector.cuh"

// Sizes, and strides in elements.
struct Parameters {
  Long leftBatch, leftRow, leftDepth, rightBatch, rightColumn, rightDepth;
  Long rows, columns, depth, batch;
};

// ---- what becomes of the results

DEVICE bool aligned() {
  int flag;
  asm("ALIGNED %0;" : "=r"(flag));
  return flag != 0;
}

#define ELEMENT(T, constraint)                                      \
  DEVICE void element(Long batch, Long row, Long column, T value) { \
    asm volatile("ELEMENT %0, %1, %2, %3;" ::"l"(batch), "l"(row),  \
                 "l"(column), constraint(value));                   \
  }
ELEMENT(float, "f")
ELEMENT(double, "d")
ELEMENT(int, "r")
ELEMENT(Long, "l")

#define VECTOR_OF_4(T, constraint)                                         \
  DEVICE void vector(Long batch, Long row, Long column, const T *values) { \
    asm volatile("VECTOR %0, %1, %2, %3, %4, %5, %6;" ::"l"(batch), "l"(row), "l"(column), \
                 constraint(values[0]), constraint(values[1]), constraint(values[2]),      \
                 constraint(values[3]));                                   \
  }
VECTOR_OF_4(float, "f")
VECTOR_OF_4(int, "r")

#define VECTOR_OF_2(T, constraint)                                         \
  DEVICE void vector(Long batch, Long row, Long column, const T *values) { \
    asm volatile("VECTOR %0, %1, %2, %3, %4;" ::"l"(batch), "l"(row), "l"(column), \
                 constraint(values[0]), constraint(values[1]));            \
  }
VECTOR_OF_2(double, "d")
VECTOR_OF_2(Long, "l")

// Hands over neighbours in a row that lie in shared memory: 16 bytes of them, or as many as there
// are. A vector only where all may be used.
template <typename T>
DEVICE void handOver(Long batch, Long row, Long column, const T *values, int count, bool vectors) {
  const int WIDTH = Vector<T>::WIDTH;
  if (vectors && count >= WIDTH) {
    T lanes[WIDTH];
    unpack<T>(*reinterpret_cast<const typename Vector<T>::Type *>(values), lanes);
    vector(batch, row, column, lanes);
  } else {
#pragma unroll 1
    for (int i = 0; i < min(WIDTH, count); i++) element(batch, row, column + i, values[i]);
  }
}

// ---- the order of tiles

// Rows of tiles whose columns are gone through together, so that their operands stay in the cache.
static const unsigned STRIPE = 8;

// Tiles of ROWS x COLUMNS elements that cover all products.
template <int ROWS, int COLUMNS> struct Tiles {
  unsigned rowTiles, columnTiles;
  Long count;

  DEVICE explicit Tiles(const Parameters &all)
      : rowTiles(unsigned((all.rows + ROWS - 1) / ROWS)),
        columnTiles(unsigned((all.columns + COLUMNS - 1) / COLUMNS)) {
    count = all.batch * (rowTiles * columnTiles);
  }

  DEVICE void find(Long tile, Long &batch, Long &firstRow, Long &firstColumn) const {
    const unsigned tilesOfBatch = rowTiles * columnTiles;
    batch = tile / tilesOfBatch;
    unsigned number = unsigned(tile - batch * tilesOfBatch);
    const unsigned stripe = number / (STRIPE * columnTiles) * STRIPE;
    const unsigned stripeRows = min(rowTiles - stripe, STRIPE);
    number -= stripe * columnTiles;
    firstRow = Long(stripe + number % stripeRows) * ROWS;
    firstColumn = Long(number / stripeRows) * COLUMNS;
  }
};
