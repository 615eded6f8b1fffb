package org.cotangent.testing;

import org.cotangent.Device;
import org.cotangent.Scope;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** A device for all tests of a class, and a scope for each. */
abstract class OnCpu {
  static Device device;
  Scope scope;

  @BeforeAll
  static void openDevice() {
    device = Device.cpu();
  }

  @AfterAll
  static void closeDevice() {
    device.close();
  }

  @BeforeEach
  void open() {
    scope = device.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }
}
