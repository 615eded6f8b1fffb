package org.cotangent.testing;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import org.cotangent.Device;
import org.cotangent.Key;
import org.cotangent.Tensor;
import org.cotangent.numpy.NumPyArray;
import org.cotangent.optim.Optimizer;
import org.cotangent.optim.Schedule;
import org.cotangent.type.DType;
import org.cotangent.type.Shape;

/** Looks at all that a call returned, so that what is wrong shows. */
final class ReadBack {
  /** Trees deeper than this are of the caller's own making. */
  private static final int DEEPEST = 6;

  private ReadBack() {}

  static void read(Device device, Object result) {
    read(device, result, 0);
  }

  private static void read(Device device, Object result, int depth) {
    if (depth > DEEPEST) {
      return;
    }
    switch (result) {
      case null -> {}
      case Tensor tensor -> {
        if (!tensor.isTraced()) {
          tensor.toHost();
        }
      }
      case Key key -> key.uniform(DType.FLOAT32, Shape.of(2)).toHost();
      case NumPyArray array -> array.toHost();
      case Schedule schedule -> read(device, schedule.at(device.zeros(DType.FLOAT32)), depth + 1);
      case Optimizer optimizer -> {
        Tensor parameter = device.ones(DType.FLOAT32, 2);
        Object step = optimizer.step(parameter, parameter, optimizer.start(parameter));
        read(device, step, depth + 1);
      }
      case Optional<?> optional -> read(device, optional.orElse(null), depth + 1);
      case Map<?, ?> map -> map.values().forEach(value -> read(device, value, depth + 1));
      case Path _ -> {}
      case Iterable<?> iterable -> {
        Iterator<?> elements = iterable.iterator();
        for (int i = 0; i < 3 && elements.hasNext(); i++) {
          read(device, elements.next(), depth + 1);
        }
      }
      case Record record when Modifier.isPublic(record.getClass().getModifiers()) -> {
        for (RecordComponent component : record.getClass().getRecordComponents()) {
          read(device, value(record, component), depth + 1);
        }
      }
      default -> assertNotNull(result.toString());
    }
  }

  private static Object value(Record record, RecordComponent component) {
    try {
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
