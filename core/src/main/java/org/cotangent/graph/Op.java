package org.cotangent.graph;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.cotangent.type.TensorType;

/**
 * What a node computes. Sealed into families, over which passes and backends switch without {@code
 * default}; ops inside a family are open, one file each: a record whose components are the op's
 * attributes, so that equal ops are equal. An op never broadcasts: the user's face inserts views.
 */
public sealed interface Op
    permits Source,
        Generator,
        Elementwise,
        View,
        Rearrange,
        Reduction,
        Contraction,
        Indexing,
        Call,
        Composite {

  /** {@return the op's name in messages and dumps: the class name with a small first letter} */
  default String name() {
    String name = getClass().getSimpleName();
    return name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1);
  }

  /**
   * {@return the types of the results: the op's shape and dtype rule}
   *
   * @param inputs types of the inputs
   * @throws org.cotangent.error.ShapeException if shapes do not fit
   * @throws org.cotangent.error.DTypeException if dtypes do not fit
   */
  List<TensorType> infer(List<TensorType> inputs);

  /** {@return how the op is differentiated} */
  Derivative derivative();

  /**
   * {@return how the op is computed for many examples at once, or empty if no way is known}
   *
   * <p>Without one, an elementwise op, a generator or a composite is batched by what it is made of,
   * and any other op is repeated for each example.
   */
  default Optional<Batching> batching() {
    return Optional.empty();
  }

  /** {@return name and attributes, the same text in every JVM} */
  default String text() {
    String attributes = toString();
    int bracket = attributes.indexOf('[');
    return bracket < 0 || attributes.endsWith("[]")
        ? name()
        : name() + attributes.substring(bracket);
  }
}
