package org.cotangent.opencl;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;
import org.jspecify.annotations.Nullable;

/** Reads the properties of OpenCL objects, whatever their size. */
@FunctionalInterface
interface ClInfo {
  /** One of the calls {@code clGet...Info}, for one object. */
  void get(int property, long bytes, @Nullable Pointer target, long @Nullable [] needed);

  /** {@return the properties of a platform} */
  static ClInfo of(cl_platform_id platform) {
    return (property, bytes, target, needed) ->
        CL.clGetPlatformInfo(platform, property, bytes, target, needed);
  }

  /** {@return the properties of a device} */
  static ClInfo of(cl_device_id device) {
    return (property, bytes, target, needed) ->
        CL.clGetDeviceInfo(device, property, bytes, target, needed);
  }

  /** {@return a property that is text} */
  default String text(int property) {
    return new String(bytes(property), StandardCharsets.UTF_8).replace("\0", "").strip();
  }

  /** {@return a property that is a number of 4 or 8 bytes, without sign} */
  default long number(int property) {
    byte[] bytes = bytes(property);
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    return bytes.length >= Long.BYTES ? buffer.getLong() : Integer.toUnsignedLong(buffer.getInt());
  }

  /** {@return a property that is a truth value} */
  default boolean flag(int property) {
    return number(property) != 0;
  }

  private byte[] bytes(int property) {
    long[] needed = new long[1];
    get(property, 0, null, needed);
    byte[] bytes = new byte[Math.toIntExact(needed[0])];
    get(property, bytes.length, Pointer.to(bytes), null);
    return bytes;
  }
}
