"""Writes the tables that TranscendentalTest reads: x, the double nearest to f(x), and the rest.

The rest is in units in the last place of the double, so that it does not underflow. f(x) is
computed with 200 bits. Among the x are the worst of a million tried.
Needs mpmath: python3 transcendental_tables.py DIRECTORY
"""

import math
import pathlib
import random
import sys

import mpmath as mp

mp.mp.prec = 200
LEAST = 5e-324
NORMAL = sys.float_info.min
LARGEST = sys.float_info.max


def ndtri(p):
  """The standard normal quantile: Newton's iteration on the logarithm of the tail."""
  tail = p if p <= 0.5 else 1 - p
  if tail == 0.5:
    return mp.mpf(0)
  z = mp.sqrt(-2 * mp.log(2 * tail))
  for _ in range(100):
    upper = mp.erfc(z / mp.sqrt(2)) / 2
    step = mp.log(upper / tail) * upper / mp.npdf(z)
    z += step
    if abs(step) < mp.ldexp(z, -150):
      return -z if p <= 0.5 else z
  raise ArithmeticError(p)


def write(directory, name, function, points):
  """Points are numbers, or tuples of arguments."""
  lines = []
  for point in points:
    arguments = point if isinstance(point, tuple) else (point,)
    value = function(*map(mp.mpf, arguments))
    high = float(value)
    if math.isinf(high):
      continue
    rest = float((value - high) / math.ulp(high))
    lines.append(" ".join(x.hex() for x in (*arguments, high, rest)) + "\n")
  (directory / f"{name}.txt").write_text("".join(lines))


def sigmoid(x):
  return 1 / (1 + mp.exp(-x))


def softplus(x):
  return mp.log1p(mp.exp(x))


def cbrt(x):
  return mp.sign(x) * mp.cbrt(abs(x))


def drawn(seed):
  r = random.Random(seed)

  def between(low, high, count):
    return [r.uniform(low, high) for _ in range(count)]

  def scales(low, high, count):
    return [math.ldexp(r.uniform(1, 2), r.randint(low, high)) for _ in range(count)]

  return between, scales


def both(points):
  return [s * x for x in points for s in (1, -1)]


def main(directory):
  between, scales = drawn(1)
  write(
      directory, "exp", mp.exp,
      [-745.1, -708.5, 709.7, 709.782712893384, -708.7832582961565]
      + between(-745, -708, 60) + between(-708, 709.7, 150) + between(-2, 2, 200)
      + both(scales(-60, -1, 45)))
  write(
      directory, "log", mp.log,
      [LEAST, NORMAL, LARGEST, 1 - 2**-53, 1 + 2**-52, 0.7036082475295032]
      + scales(-1074, -1023, 60) + scales(-1022, 1022, 130) + between(0.5, 2, 200)
      + [1 + x for x in both(scales(-50, -3, 50))])
  write(
      directory, "tanh", mp.tanh,
      [LEAST, -NORMAL, 0.75, 0.75 - 2**-53, 0.7591538867323626]
      + both(scales(-1060, -30, 20) + scales(-30, -2, 60)) + between(-1.5, 1.5, 240)
      + between(-20, 20, 95))
  write(
      directory, "ndtri", ndtri,
      [LEAST, NORMAL, 5.798298270560782e-296, 0.075, 0.925, 1 - 2**-53, 0.5 + 2**-53, 0.5 - 2**-54]
      + scales(-1074, -20, 80) + scales(-37, -36, 20) + scales(-20, -4, 80)
      + between(0.05, 0.95, 200) + [1 - x for x in scales(-45, -4, 80)]
      + [0.5 + x for x in both(scales(-30, -4, 16))])

  exponentials(directory, between, scales)
  special(directory)
  trigonometric(directory)


def exponentials(directory, between, scales):
  """Functions made of exponentials and logarithms, powers and roots.

  Numbers that stand alone are the worst of 360,000 tried.
  """
  wide = both(scales(-1074, -30, 40) + scales(-30, 0, 150))
  positive = scales(-1074, -1023, 60) + scales(-1022, 1023, 140)
  around = between(0.5, 2, 200) + [1 + x for x in both(scales(-50, -3, 50))]
  write(
      directory, "exp2", lambda x: mp.mpf(2) ** x,
      [-1022.4167359547475]
      + between(-1074, -1020, 80) + between(-1022, 1024, 160) + between(-2, 2, 200)
      + both(scales(-60, -1, 40)))
  write(
      directory, "expm1", mp.expm1,
      [0.35949475976853473, 709.78, -745.0, 0.5, -0.5] + between(-50, 709.7, 120) + between(-2, 2, 250) + wide)
  write(
      directory, "sigmoid", sigmoid,
      [-708.8131462014733]
      + between(-745, -700, 60) + between(-700, 50, 100) + between(-4, 4, 300)
      + both(scales(-60, -1, 30)))
  write(
      directory, "sinh", mp.sinh,
      both(between(1, 3, 80) + between(0.5, 1.1, 80) + between(3, 710, 40) + [710.4])
      + [1.0580110938670555] + wide)
  write(
      directory, "cosh", mp.cosh,
      [0.12884151608845187]
      + both(between(0, 3, 180) + between(3, 710, 60) + [710.4] + scales(-40, 0, 40)))
  write(
      directory, "log1p", mp.log1p,
      [0.43666051094936237, LARGEST, -1 + 2**-53] + [x for x in wide if x > -1] + between(-1, 1, 160) + scales(0, 1023, 60))
  write(
      directory, "log2", lambda x: mp.log(x) / mp.log(2),
      [0.7100835941788458] + positive + around)
  write(
      directory, "log10", lambda x: mp.log(x) / mp.log(10),
      [0.7099016963922705] + positive + around)
  write(
      directory, "asinh", mp.asinh,
      [1.1400738741229808] + wide + both(between(0.2, 3, 60) + scales(0, 1023, 20) + scales(0, 32, 20)))
  write(
      directory, "acosh", mp.acosh,
      [1.0580371391081438] + [1 + x for x in scales(-52, 2, 300)] + between(1, 3, 120) + scales(0, 1023, 90))
  write(
      directory, "atanh", mp.atanh,
      [0.18208606173119948]
      + [x for x in wide if abs(x) < 1] + between(-1, 1, 160) + both([1 - x for x in scales(-53, -2, 40)]))
  write(
      directory, "softplus", softplus,
      [-36.76939935255865] + between(-745, -30, 80) + between(-40, 45, 160) + between(-3, 3, 240)
      + both(scales(-60, -1, 30)))
  write(
      directory, "cbrt", cbrt,
      both(scales(-1074, -1023, 40) + scales(-1022, 1023, 80) + between(1, 8, 140)))
  r = random.Random(2)
  pairs = [(3.583421829312364e244, -1.2584965277752402)]
  for _ in range(700):
    x = math.ldexp(r.uniform(1, 2), r.choice([r.randint(-1074, 1023), r.randint(-2, 2), 0]))
    largest = 745 / max(abs(math.log(x)), 1e-300)
    pairs.append((x, r.uniform(-1, 1) * min(largest, 1e300)))
  pairs += [(x, 0.5) for x in scales(-1074, 1023, 20)] + [(x, 2.0) for x in scales(-530, 510, 20)]
  write(directory, "pow", lambda x, y: mp.power(x, y), pairs)
  pairs = [(1.6133343742852053e-308, 2.095488818644687e-309)]
  for _ in range(600):
    x = math.ldexp(r.uniform(1, 2), r.randint(-1074, 1022))
    pairs.append((x, math.ldexp(x, r.randint(-30, 1)) * r.uniform(0.5, 1)))
  write(directory, "hypot", mp.hypot, pairs)


def special(directory):
  """Error functions, and gamma's logarithm and its derivatives.

  Numbers that stand alone are the worst of 400,000 tried.
  """
  between, scales = drawn(3)
  wide = both(scales(-1074, -30, 40) + scales(-30, 0, 100))
  write(
      directory, "erf", mp.erf,
      [0.45099884979823707] + wide
      + both(between(0, 1, 150) + between(0.8, 1.2, 40) + between(1, 6, 60)))
  write(
      directory, "erfc", mp.erfc,
      [0.5376854509673547, 26.54578618879679] + wide + between(0, 1, 150) + between(0.4, 3, 200)
      + between(-6, 0, 60) + between(3, 26, 150) + between(26, 27.3, 100))
  positive = (
      scales(-1074, -30, 40) + scales(-30, 0, 60) + between(0, 1, 60) + between(1, 2.5, 150)
      + between(2.5, 20, 60) + scales(3, 900, 60))
  near = [c + x for c in (1, 2, 1.4616321449683622) for x in both(scales(-52, -3, 15))]
  negative = [-x for x in scales(-60, 0, 40) + between(0, 4, 100) + between(4, 60, 60)]
  write(
      directory, "lgamma", lambda x: mp.re(mp.loggamma(x)),
      [2.528294267716987, -3.450575594876785] + positive + near + negative)
  write(
      directory, "digamma", mp.digamma,
      [1.0580495022514853, -4.508152407373069] + positive + near + negative)
  for n in (1, 2, 5, 20):
    write(
        directory, f"polygamma{n}", lambda x: mp.polygamma(n, x),
        scales(-14, 0, 40) + between(0, 1, 40) + between(1, 30, 160) + scales(5, 48, 40)
        + [-x for x in between(0.1, 5, 100) + between(4, 30, 40)])


def near_quarters(count):
  """The float64 nearest to multiples of pi / 2, whose mantissa is the denominator of a convergent.

  As in Muller, "Elementary functions", on finding the worst case of a range reduction.
  """
  found = []
  with mp.workprec(2600):
    for e in range(-53, 972):
      ratio = mp.ldexp(2 / mp.pi, e)
      rest, before, mantissa = ratio, 0, 1
      while mantissa < 2**53:
        quarters = mantissa * ratio
        if mp.nint(quarters):
          found.append((abs(quarters - mp.nint(quarters)), math.ldexp(mantissa, e)))
        whole = mp.floor(rest)
        rest = 1 / (rest - whole)
        before, mantissa = mantissa, int(mp.floor(rest)) * mantissa + before
  return [x for _, x in sorted(set(found))[:count]]


def trigonometric(directory):
  """Numbers that stand alone are the worst of 300,000 tried."""
  r = random.Random(3)

  def between(low, high, count):
    return [r.uniform(low, high) for _ in range(count)]

  def scales(low, high, count):
    return [math.ldexp(r.uniform(1, 2), r.randint(low, high)) * r.choice((1, -1)) for _ in range(count)]

  near = near_quarters(60)
  assert near[0] == 6381956970095103 * 2.0**797, near[0]
  angles = (
      near + [LEAST, -NORMAL, LARGEST, 0.75, math.nextafter(0.75, 0), math.pi / 4, math.pi / 2, math.pi]
      + between(-4, 4, 160) + between(-1000, 1000, 60) + scales(-1074, -30, 30) + scales(-30, 0, 40)
      + scales(0, 60, 60) + scales(0, 1023, 100))
  for name, function, worst in ("sin", mp.sin, -860.0112762054428), ("cos", mp.cos, 0.8118885796130799), ("tan", mp.tan, 2.1168364013398e153):
    write(directory, name, function, [worst] + angles)
  arcs = (
      [1.0, -1.0, 0.5, math.nextafter(0.5, 1), LEAST, NORMAL] + between(-1, 1, 200) + between(-0.6, 0.6, 100)
      + scales(-1074, -30, 20) + scales(-30, -1, 60) + [s * (1 - abs(x)) for x in scales(-53, -2, 30) for s in (1, -1)])
  write(directory, "asin", mp.asin, [0.5259666345571572] + arcs)
  write(directory, "acos", mp.acos, [0.5499298279008483] + arcs)
  write(
      directory, "atan", mp.atan,
      [0.2527544274117497, LEAST, NORMAL, LARGEST, 1.0, 0.25, 0.72, 4.0] + between(-1.5, 1.5, 250) + between(-20, 20, 60)
      + scales(-1074, -30, 20) + scales(-30, 60, 100) + scales(60, 1023, 20))
  pairs = [(1.9502530579855657, 1.8972171452553121e307)]
  for _ in range(600):
    x = scales(*r.choice(((-1074, 1022), (-2, 2))), 1)[0]
    y = r.choice((x * r.uniform(-2, 2), math.ldexp(x, r.randint(-60, 1)) * r.uniform(0.5, 1), scales(-1074, 1022, 1)[0]))
    if x and y:
      pairs.append((y, x))
  write(directory, "atan2", mp.atan2, pairs)


if __name__ == "__main__":
  main(pathlib.Path(sys.argv[1]))
