package org.cotangent.testing;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Listens to one of the engine's loggers, and keeps what it says from the console. {@code
 * System.Logger} hands it to {@code java.util.logging}, which the engine's module does not read:
 * hence the reflection.
 */
final class FaceLog implements AutoCloseable {
  private final List<String> messages = new CopyOnWriteArrayList<>();
  private final Object logger;

  FaceLog(String name) {
    this(name, true);
  }

  /** Keeps what is logged from the output, and itself only if asked to. */
  FaceLog(String name, boolean isKept) {
    try {
      Class<?> filter = Class.forName("java.util.logging.Filter");
      InvocationHandler listen =
          (proxy, method, arguments) -> {
            Object message =
                Class.forName("java.util.logging.LogRecord")
                    .getMethod("getMessage")
                    .invoke(arguments[0]);
            if (isKept) {
              messages.add(String.valueOf(message));
            }
            return false;
          };
      logger =
          Class.forName("java.util.logging.Logger")
              .getMethod("getLogger", String.class)
              .invoke(null, name);
      set(Proxy.newProxyInstance(filter.getClassLoader(), new Class<?>[] {filter}, listen));
    } catch (ReflectiveOperationException impossible) {
      throw new LinkageError("java.util.logging", impossible);
    }
  }

  private void set(Object filter) throws ReflectiveOperationException {
    logger
        .getClass()
        .getMethod("setFilter", Class.forName("java.util.logging.Filter"))
        .invoke(logger, filter);
  }

  /** What was logged since the last call. */
  List<String> take() {
    List<String> taken = List.copyOf(messages);
    messages.clear();
    return taken;
  }

  @Override
  public void close() {
    try {
      set(null);
    } catch (ReflectiveOperationException impossible) {
      throw new LinkageError("java.util.logging", impossible);
    }
  }
}
