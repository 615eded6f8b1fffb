/**
 * What models are made of, as stateless functions over tensors: activations, normalisation,
 * convolution and pooling, losses, attention, recurrent cells, initial values. Names, defaults and
 * formulas are PyTorch's where NumPy has none. There are no layers: parameters are fields of the
 * user's records.
 */
@NullMarked
package org.cotangent.nn;

import org.jspecify.annotations.NullMarked;
