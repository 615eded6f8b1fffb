package org.cotangent;

import org.cotangent.type.TensorType;

/**
 * What a block of memory is for. The sentence is put together when a message needs it, which is
 * hardly ever.
 *
 * @param type of the tensor
 * @param op that made it
 */
record Made(TensorType type, String op) {
  @Override
  public String toString() {
    return type + " made by " + op;
  }
}
