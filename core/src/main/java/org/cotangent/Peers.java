package org.cotangent;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The functions of NumPy, JAX and PyTorch that a method corresponds to, each as its users write it;
 * empty where there is none. The README's table of ops is made from these.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Peers {
  /** {@return in NumPy, such as {@code np.add}} */
  String numpy() default "";

  /** {@return in JAX, such as {@code jnp.add}} */
  String jax() default "";

  /** {@return in PyTorch, such as {@code torch.add}} */
  String torch() default "";
}
