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
  lines = []
  for x in points:
    value = function(mp.mpf(x))
    high = float(value)
    rest = float((value - high) / math.ulp(high))
    lines.append(f"{x.hex()} {high.hex()} {rest.hex()}\n")
  (directory / f"{name}.txt").write_text("".join(lines))


def main(directory):
  r = random.Random(1)

  def between(low, high, count):
    return [r.uniform(low, high) for _ in range(count)]

  def scales(low, high, count):
    return [math.ldexp(r.uniform(1, 2), r.randint(low, high)) for _ in range(count)]

  def both(points):
    return [s * x for x in points for s in (1, -1)]

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


if __name__ == "__main__":
  main(pathlib.Path(sys.argv[1]))
