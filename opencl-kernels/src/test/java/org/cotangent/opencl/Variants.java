package org.cotangent.opencl;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;

/** Real devices that say something else of themselves in one point. */
final class Variants {
  private Variants() {}

  /** {@return the first device} */
  static ClDevice device() {
    return ClDevices.find().select("");
  }

  /** {@return a device like another, but for one component of the record} */
  static ClDevice with(ClDevice device, String name, Object value) {
    RecordComponent[] components = ClDevice.class.getRecordComponents();
    Object[] values = new Object[components.length];
    try {
      for (int i = 0; i < components.length; i++) {
        boolean changed = components[i].getName().equals(name);
        values[i] = changed ? value : components[i].getAccessor().invoke(device);
      }
      Class<?>[] types =
          Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
      return ClDevice.class.getDeclaredConstructor(types).newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("ClDevice", e);
    }
  }
}
