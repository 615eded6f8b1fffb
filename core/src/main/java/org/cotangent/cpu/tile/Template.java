package org.cotangent.cpu.tile;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.util.Objects;

/**
 * Makes one copy of a loop for each operation. HotSpot turns a Vector API call into an instruction
 * only if the operator is a compile-time constant, and inlines an interface call reliably only if
 * its receiver is one. So a loop is written once, in a class whose static final fields are its
 * class data, and is loaded as a hidden class once for each operation it is needed for.
 *
 * <p>Rule for templates: a copy is no nest mate of anything, so it may use no private member of
 * another class, not even of the one it is nested in.
 */
final class Template {
  private Template() {}

  /**
   * {@return an instance of a fresh copy of the class}
   *
   * @param template has a constructor without parameters, and reads {@link #data} when initialised
   * @param data the copy's class data
   */
  static TileFunction copy(Class<? extends TileFunction> template, Object data) {
    String file = template.getName().substring(template.getPackageName().length() + 1) + ".class";
    try (InputStream in = Objects.requireNonNull(template.getResourceAsStream(file), file)) {
      return MethodHandles.lookup()
          .defineHiddenClassWithClassData(in.readAllBytes(), data, true)
          .lookupClass()
          .asSubclass(TileFunction.class)
          .getDeclaredConstructor()
          .newInstance();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * {@return the class data of a copy}
   *
   * @param copy the copy's own lookup
   * @param type of the data
   */
  static <T> T data(MethodHandles.Lookup copy, Class<T> type) {
    try {
      return Objects.requireNonNull(MethodHandles.classData(copy, "_", type));
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }
}
