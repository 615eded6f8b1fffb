// Copies of a thread from global to shared memory that go on beside it (PTX ISA, "cp.async"), for
// chips from sm_80 on. They are waited for in groups, which are over in the order in which they
// were committed.
#pragma once

#include "vector.cuh"

static const int PIECE = 16;

// Copies 16 bytes past the first-level cache; those that are not valid become 0.
DEVICE void copyPiece(unsigned target, const void *from, int valid) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(target), "l"(from), "r"(valid)
               : "memory");
}

// Copies one element, of 4 or 8 bytes.
template <typename T> DEVICE void copyElement(unsigned target, const T *from) {
  asm volatile("cp.async.ca.shared.global [%0], [%1], %2;" ::"r"(target), "l"(from),
               "n"(sizeof(T))
               : "memory");
}

DEVICE void commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }

// Waits for all groups of a thread's copies but the last ones.
template <int LAST> DEVICE void await() {
  asm volatile("cp.async.wait_group %0;" ::"n"(LAST) : "memory");
}
