package org.cotangent.scalar;
import java.nio.file.*;
import java.util.*;
import org.cotangent.type.DType;
import org.junit.jupiter.api.Test;
class GammaTry {
  @Test void go() throws Exception {
    for (Path p : Files.newDirectoryStream(Path.of("/tmp/w/special-fit/t"))) {
      String name = p.getFileName().toString();
      java.util.function.UnaryOperator<Term> f = name.startsWith("lgamma") ? Transcendental::lgamma : name.startsWith("digamma") ? Transcendental::digamma : x -> Transcendental.polygamma(Integer.parseInt(name.substring(9)), x);
      List<double[]> rows = Files.readAllLines(p).stream().map(l -> Arrays.stream(l.split(" ")).mapToDouble(Double::parseDouble).toArray()).toList();
      double[] x = rows.stream().mapToDouble(r -> r[0]).toArray();
      double[] y = Lanes.of(DType.FLOAT64, f::apply).apply(x);
      float[] fx = new float[x.length]; for (int i = 0; i < x.length; i++) fx[i] = (float) x[i];
      float[] fy = Lanes.of(DType.FLOAT32, f::apply).apply(fx);
      Lanes l64 = Lanes.of(DType.FLOAT64, f::apply);
      double[] wide = new double[x.length]; for (int i = 0; i < x.length; i++) wide[i] = fx[i];
      double[] ref = l64.apply(wide);
      for (int neg = 0; neg < 2; neg++) {
        double w = 0, at = 0, wa = 0, ata = 0, f32 = 0, fat = 0, fa = 0, faat = 0;
        for (int i = 0; i < x.length; i++) {
          if ((x[i] < 0) != (neg == 1)) continue;
          double[] r = rows.get(i);
          double e = Math.abs((y[i] - r[1]) / Math.ulp(r[1]) - r[2]);
          if (!(e <= w)) { w = e; at = x[i]; }
          double s = e * Math.ulp(r[1]) / Math.ulp(Math.max(1, Math.abs(r[1])));
          if (!(s <= wa)) { wa = s; ata = x[i]; }
          float n = (float) ref[i];
          if (Float.isInfinite(n) || Float.isNaN(n)) { if (Float.compare(n, fy[i]) != 0) System.out.println("?? " + name + " " + fx[i] + " " + fy[i] + " " + n); continue; }
          e = Math.abs(fy[i] - ref[i]) / Math.ulp(n);
          if (!(e <= f32)) { f32 = e; fat = fx[i]; }
          s = Math.abs(fy[i] - ref[i]) / Math.ulp(Math.max(1, Math.abs(n)));
          if (!(s <= fa)) { fa = s; faat = fx[i]; }
        }
        System.out.printf("%s neg=%d f64 rel %.3f at %s, abs %.3f at %s; f32 rel %.3f at %s abs %.3f at %s%n", name, neg, w, at, wa, ata, f32, fat, fa, faat);
      }
      double[] sp = {0, -0.0, -1, -2, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NaN, 1, 2, 1e308, 3e305, 1e-310, -1e-310, -1e20};
      System.out.println(name + Arrays.toString(l64.apply(sp)));
      float[] fs = new float[sp.length]; for (int i = 0; i < sp.length; i++) fs[i] = (float) sp[i];
      System.out.println(name + Arrays.toString(Lanes.of(DType.FLOAT32, f::apply).apply(fs)));
    }
  }
}
