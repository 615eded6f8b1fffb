package org.cotangent.benchmarks.digits;
import org.cotangent.*;
public class Try {
  public static void main(String[] a) {
    try (Device d = Device.cpu(DeviceOptions.DEFAULT.threads(1)); Scope s = d.open()) {
      Data data = Data.load(d);
      for (double[] c : new double[][] {{.1,0},{.1,.5},{.1,.8},{.1,.9},{.05,.9},{.2,.5}}) {
        Training.RATE = c[0]; Training.MOMENTUM = c[1];
        double[][] acc = new double[10][61];
        for (int seed = 0; seed < 10; seed++) 
        try (Training t = new Training(d, data, seed)) {
          for (int i = 1; i <= 60; i++) acc[seed][i] = t.epoch().accuracy();
        }
        StringBuilder b = new StringBuilder();
        for (int i = 20; i <= 60; i += 5) { double m = 1, mean = 0; for (int k = 0; k < 10; k++) { m = Math.min(m, acc[k][i]); mean += acc[k][i] / 10; } b.append(String.format("  %d: %.4f %.4f", i, m, mean)); }
        System.out.println(c[0] + " " + c[1] + b);
      }
    }
  }
}
