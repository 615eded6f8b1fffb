package org.cotangent.benchmarks.digits;

import org.cotangent.*;

public class Try {
  public static void main(String[] a) {
    try (Device d = Device.cpu(DeviceOptions.DEFAULT.threads(Integer.getInteger("threads")));
        Scope s = d.open()) {
      Data data = Data.load(d);
      Training.RATE = .1;
      Training.MOMENTUM = .9;
      for (int seed = 0; seed < Integer.getInteger("seeds"); seed++) {
        double acc = 0, secs = 0;
        int steps = 0;
        try (Training t = new Training(d, data, seed)) {
          for (int i = 1; i <= 30; i++) {
            Epoch e = t.epoch();
            acc = e.accuracy();
            secs += e.seconds();
            System.out.printf("%.0f ", e.seconds() * 1e3);
            steps += e.steps();
          }
          System.out.println(d.description() + " seed " + seed + " " + acc + " " + steps / secs);
        }
      }
    }
  }
}
