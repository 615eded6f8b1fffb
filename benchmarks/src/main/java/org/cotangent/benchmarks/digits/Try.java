package org.cotangent.benchmarks.digits;
import org.cotangent.*;
public class Try {
  public static void main(String[] a) {
    for (long seed = 0; seed < Integer.getInteger("seeds", 5); seed++) {
      try (Device d = Device.cpu(DeviceOptions.DEFAULT.threads(Integer.getInteger("threads", 0))); Scope s = d.open()) {
        Data data = Data.load(d);
        if (seed == 0) { System.out.println(d.description()); data.report().forEach(System.out::println); }
        try (Training t = new Training(d, data, seed)) {
          StringBuilder b = new StringBuilder(); double secs = 0; int steps = 0; Epoch e = null;
          for (int i = 1; i <= 60; i++) { e = t.epoch(); secs += e.seconds(); steps += e.steps(); if (i % 10 == 0) b.append(String.format(" %.4f/%.4f", e.loss(), e.accuracy())); }
          System.out.printf("seed %d %s  %.0f steps/s%n", seed, b, steps / secs);
          if (seed == 0) System.out.println(t.plan());
        }
      }
    }
  }
}
