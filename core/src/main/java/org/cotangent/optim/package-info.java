/**
 * Optimisers, schedules of their rates and clipping of gradients, as pure functions over trees of
 * tensors: a step takes parameters, gradients and state and returns new ones, so it can be
 * compiled, replayed with donated state, and differentiated. Names, defaults and formulas are
 * PyTorch's.
 */
@NullMarked
package org.cotangent.optim;

import org.jspecify.annotations.NullMarked;
